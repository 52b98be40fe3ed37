/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trees that never were: processes are added to the table of `chain`, chain_build() makes nodes of
 * them, and the test says what runs in each and where it sits.
 */
#ifndef SIGTRACE_TESTS_CHAIN_SCENE_H
#define SIGTRACE_TESTS_CHAIN_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"
#include "signals.h"
#include "syscalls.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

/* include/linux/sched.h, sched/signal.h */
#define SLEEPS	   0x0001
#define ZOMBIE	   0x0020
#define GROUP_EXIT 0x04
#define UNKILLABLE 0x40

#define INITIAL_PID_NS 4026531836
/* When the first of them began; each began 10 ms after the one before. */
#define CHAIN_BEGAN (100 * S)
/* Pointers into the table stay good up to so many, while none is added below another. */
#define CHAIN_SCENE_MAX 1024

static struct chain chain;

static inline int chain_setup(void **state)
{
	(void)state;
	chain = (struct chain){.sig = SIGTERM, .deadline_ns = 5 * S};
	chain.table.list = calloc(CHAIN_SCENE_MAX, sizeof(*chain.table.list));
	chain.table.capacity = CHAIN_SCENE_MAX;
	return chain.table.list ? 0 : -1;
}

static inline int chain_teardown(void **state)
{
	(void)state;
	chain_free(&chain);
	return 0;
}

/*
 * In ascending order of the numbers. As the task iterator gives it: asleep, every signal at its
 * default; in the group, session, terminal and PID namespace of its parent, where that is there.
 */
static inline struct process *chain_process(uint32_t tgid, uint32_t parent_tgid, const char *comm)
{
	const uint64_t start = CHAIN_BEGAN + chain.table.len * 10 * MS;
	struct process *p = process_table_add(&chain.table, tgid);
	const struct process *parent;
	struct thread *thread;

	assert_non_null(p);
	thread = process_add_thread(p, tgid);
	assert_non_null(thread);
	thread->state = SLEEPS;
	thread->ns_tid = tgid;
	thread->waited_for_known = true;
	memcpy(thread->comm, comm, strlen(comm));
	memcpy(p->comm, comm, strlen(comm));
	p->start_boot_ns = start;
	p->parent_tgid = parent_tgid;
	p->ns_tgid = tgid;
	p->pid_ns = INITIAL_PID_NS;
	p->pgid = tgid;
	p->sid = tgid;
	p->thread_count = 1;
	p->selected = true;
	p->known = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN |
		   PROCESS_KNOWN_SIGNALFD | PROCESS_KNOWN_IDS | PROCESS_KNOWN_PDEATH |
		   PROCESS_KNOWN_VFORK;
	parent = process_table_find(&chain.table, parent_tgid);
	if (parent && parent != p) {
		p->pgid = parent->pgid;
		p->sid = parent->sid;
		p->has_tty = parent->has_tty;
		p->pid_ns = parent->pid_ns;
		p->ns_level = parent->ns_level;
		p->ns_tgid = parent->ns_level ? tgid % 1000 : tgid;
	}
	return p;
}

/* The init of a new PID namespace, one level below its parent's. */
static inline struct process *chain_init(uint32_t tgid, uint32_t parent_tgid, const char *comm)
{
	struct process *p = chain_process(tgid, parent_tgid, comm);

	p->ns_level++;
	p->ns_tgid = 1;
	p->pid_ns = INITIAL_PID_NS + 1000 * p->ns_level;
	p->namespace_init = true;
	p->signal_flags = UNKILLABLE;
	return p;
}

/* Its own group, as job control and setpgid() do; and its own session, without a terminal. */
static inline void chain_group(struct process *p)
{
	p->pgid = p->tgid;
}

static inline void chain_session(struct process *p)
{
	p->pgid = p->tgid;
	p->sid = p->tgid;
	p->has_tty = false;
}

static inline void chain_catches(struct process *p, int sig)
{
	p->caught |= signal_bit(sig);
}

static inline void chain_ignores(struct process *p, int sig)
{
	p->ignored |= signal_bit(sig);
}

/* In sigwait() for all of these bits, as tini and dumb-init do. */
static inline void chain_sigwaits(struct process *p, uint64_t set)
{
	p->threads[0].waited_for = set;
}

/* Blocked in its only thread, and taken by a signalfd that is polled. */
static inline void chain_signalfd(struct process *p, uint64_t set)
{
	p->threads[0].blocked = set;
	p->signalfd = set;
	p->signalfd_each = set;
	p->signalfd_polled = true;
	p->known |= PROCESS_KNOWN_POLLED;
}

static inline void chain_zombie(struct process *p)
{
	p->threads[0].state = ZOMBIE;
	p->threads[0].exiting = true;
	p->known &= ~PROCESS_KNOWN_DISPOSITIONS;
}

static inline int64_t chain_syscall(const char *name)
{
	for (int64_t i = 0; i < 1024; i++)
		if (syscall_name(i) && strcmp(syscall_name(i), name) == 0)
			return i;
	fail_msg("no system call %s", name);
	return -1;
}

/* NULL: it runs in user space. */
static inline void chain_sits(struct process *p, const char *syscall, int64_t argument)
{
	struct thread_place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->syscall_known = true;
	place->in_syscall = syscall;
	place->syscall = syscall ? chain_syscall(syscall) : -1;
	place->args[0] = (uint64_t)argument;
	free(p->threads[0].place);
	p->threads[0].place = place;
}

static inline void chain_make(uint32_t root_tgid, uint32_t up)
{
	process_table_sort(&chain.table);
	assert_int_equal(chain_build(&chain, root_tgid, up, NULL, NULL), 0);
}

static inline struct chain_node *chain_node(uint32_t tgid)
{
	const uint32_t index = chain_find(&chain, tgid);

	if (index == CHAIN_NONE)
		fail_msg("no node %u", tgid);
	return &chain.nodes[index];
}

static inline uint32_t chain_index(uint32_t tgid)
{
	return (uint32_t)(chain_node(tgid) - chain.nodes);
}

/* After chain_make(): its file proves that. */
static inline struct program *chain_runs(uint32_t tgid, enum program_kind kind)
{
	struct program *program = &chain_node(tgid)->program;

	program->kind = kind;
	if (program_is_shell(kind)) {
		program->runs = PROGRAM_RUNS_SCRIPT;
		program->operand = "run.sh";
		program->interactive = PROGRAM_NO;
		program->job_control = PROGRAM_NO;
	}
	return program;
}

/* The arguments of a node, up to NULL; one block, as process_words_read() makes it. */
static inline void chain_words(uint32_t tgid, const char *const words[])
{
	struct chain_node *node = chain_node(tgid);
	size_t len = 0, bytes = 0;
	char *text;

	for (; words[len]; len++)
		bytes += strlen(words[len]) + 1;
	free(node->words);
	node->words = malloc(len * sizeof(char *) + bytes);
	assert_non_null(node->words);
	node->words_len = len;
	text = (char *)(node->words + len);
	for (size_t i = 0; i < len; i++) {
		node->words[i] = text;
		memcpy(text, words[i], strlen(words[i]) + 1);
		text += strlen(words[i]) + 1;
	}
}

static inline void chain_terminal(uint32_t tgid, const char *tty, bool foreground)
{
	struct chain_node *node = chain_node(tgid);

	node->tty_known = true;
	memset(node->tty, 0, sizeof(node->tty));
	memcpy(node->tty, tty, strlen(tty));
	node->foreground = foreground;
}

/* Shells and prediction, as cmd/chain does it. */
static inline void chain_foretell(int sig, enum chain_to to)
{
	chain.sig = sig;
	chain.to = to;
	chain_find_shells(&chain);
	chain_predict(&chain);
}

/* "yes/forwarded/handle"; `from` 0: nobody. */
static inline void chain_expect(uint32_t tgid, enum chain_answer gets, enum chain_way way,
				uint32_t from, enum chain_does does)
{
	const struct chain_node *node = chain_node(tgid);
	const uint32_t source = node->from == CHAIN_NONE ? 0
							 : chain.nodes[node->from].process->tgid;

	if (node->gets != gets || node->way != way || source != from || node->does != does)
		fail_msg("%u: %s/%s/%u/%s, not %s/%s/%u/%s", tgid, chain_answer_name(node->gets),
			 chain_way_name(node->way) ? chain_way_name(node->way) : "none", source,
			 chain_does_name(node->does), chain_answer_name(gets),
			 chain_way_name(way) ? chain_way_name(way) : "none", from,
			 chain_does_name(does));
}

#endif
