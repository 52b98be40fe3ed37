/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds processes for the tests of the stuck report, and compares what it says. */
#ifndef SIGTRACE_TESTS_STUCK_SCENE_H
#define SIGTRACE_TESTS_STUCK_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signals.h"
#include "stuck.h"
#include "syscalls.h"

/* include/linux/sched.h, sched/signal.h */
#define RUNS	     0x0000
#define SLEEPS	     0x0001
#define SLEEPS_D     0x0002
#define STOPPED	     0x0004
#define HELD	     0x0008
#define DEAD	     0x0010
#define ZOMBIE	     0x0020
#define KILLABLE     0x0102
#define IDLE	     0x0402
#define STOP_STOPPED 0x01
#define GROUP_EXIT   0x04
#define UNKILLABLE   0x40

#define SENTENCE_SIZE 1024

static struct process_table scene;

static inline int scene_clear(void **state)
{
	(void)state;
	process_table_free(&scene);
	return 0;
}

static inline struct thread *scene_thread(struct process *p, uint32_t tid, const char *comm,
					  uint32_t state)
{
	struct thread *thread = process_add_thread(p, tid);

	assert_non_null(thread);
	thread->state = state;
	thread->exiting = state == ZOMBIE || state == DEAD;
	memcpy(thread->comm, comm, strlen(comm));
	p->thread_count = (uint32_t)p->threads_len;
	return thread;
}

/*
 * As the task iterator gives it, with a leader in that state. In ascending order of the numbers,
 * fewer than the table has room for from the start: the pointers stay good.
 */
static inline struct process *scene_process(uint32_t tgid, const char *comm, uint32_t parent_tgid,
					    uint32_t state)
{
	struct process *p = process_table_add(&scene, tgid);

	assert_non_null(p);
	p->parent_tgid = parent_tgid;
	p->ns_tgid = tgid;
	p->pid_ns = 4026531836;
	p->known = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN |
		   PROCESS_KNOWN_VFORK;
	memcpy(p->comm, comm, strlen(comm));
	scene_thread(p, tgid, comm, state);
	return p;
}

/* One that nobody asked for. */
static inline struct process *scene_stranger(uint32_t tgid, const char *comm, uint32_t parent_tgid,
					     uint32_t state)
{
	struct process *p = scene_process(tgid, comm, parent_tgid, state);

	process_forget_details(p);
	p->known |= PROCESS_KNOWN_STATE;
	p->leader_state = state;
	return p;
}

static inline int64_t scene_syscall(const char *name)
{
	for (int64_t i = 0; i < 1024; i++)
		if (syscall_name(i) && strcmp(syscall_name(i), name) == 0)
			return i;
	fail_msg("no system call %s", name);
	return -1;
}

/* NULL: not in a system call. */
static inline struct thread_place *scene_place(struct thread *thread, const char *syscall,
					       const char *wchan)
{
	struct thread_place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->syscall_known = true;
	place->in_syscall = syscall;
	place->syscall = syscall ? scene_syscall(syscall) : -1;
	memcpy(place->wchan, wchan, strlen(wchan));
	thread->place = place;
	return place;
}

static inline void scene_asleep(struct thread *thread, uint64_t ns)
{
	thread->asleep_known = true;
	thread->asleep_ns = ns;
}

static inline struct stuck scene_examine(const struct process *p, int no_effect)
{
	struct stuck s;

	process_table_sort(&scene);
	assert_true(stuck_is_due(p, no_effect, &s));
	stuck_examine(&scene, p, &s);
	/* A report that is made again is the same. */
	stuck_examine(&scene, p, &s);
	assert_true(s.len <= STUCK_FINDINGS_MAX);
	return s;
}

static inline const struct stuck_finding *scene_find(const struct stuck *s, enum stuck_rule rule)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->findings[i].rule == rule)
			return &s->findings[i];
	return NULL;
}

/* SIGTERM has no effect on it: the least that brings a report. */
static inline void scene_expect(const struct process *p, enum stuck_rule rule, const char *clause,
				const char *remedy)
{
	const struct stuck s = scene_examine(p, SIGTERM);
	const struct stuck_finding *f = scene_find(&s, rule);
	char text[SENTENCE_SIZE];
	struct strbuf out;
	bool any;

	if (!f)
		fail_msg("no finding %s", stuck_rule_name(rule));
	assert_true(f->count > 0);
	strbuf_init(&out, text, sizeof(text));
	stuck_write(&scene, p, f, &out);
	assert_false(out.cut);
	assert_string_equal(text, clause);
	strbuf_reset(&out);
	any = stuck_write_remedy(&scene, p, f, &out);
	assert_false(out.cut);
	assert_int_equal(any, out.len > 0);
	assert_string_equal(text, remedy ? remedy : "");
}

static inline void scene_expect_not(const struct process *p, enum stuck_rule rule)
{
	const struct stuck s = scene_examine(p, SIGTERM);
	const struct stuck_finding *f = scene_find(&s, rule);
	char text[SENTENCE_SIZE];
	struct strbuf out;

	if (!f)
		return;
	strbuf_init(&out, text, sizeof(text));
	stuck_write(&scene, p, f, &out);
	fail_msg("%s: %s", stuck_rule_name(rule), text);
}

static inline void scene_expect_reason(const struct process *p, int no_effect,
				       enum stuck_reason reason, int sig, const char *sentence)
{
	char text[SENTENCE_SIZE];
	struct strbuf out;
	struct stuck s;

	strbuf_init(&out, text, sizeof(text));
	assert_int_equal(stuck_is_due(p, no_effect, &s), reason != STUCK_REASON_NONE);
	assert_int_equal(s.reason, reason);
	assert_int_equal(s.sig, sig);
	stuck_write_reason(p, &s, &out);
	assert_string_equal(text, sentence);
}

#endif
