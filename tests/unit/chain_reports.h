/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel would report of a tree that is watched: fed to chain_watch_report(). */
#ifndef SIGTRACE_TESTS_CHAIN_REPORTS_H
#define SIGTRACE_TESTS_CHAIN_REPORTS_H

#include "chain_scene.h"
#include "explain.h"

/* Nobody of the tree. */
#define KERNEL	0
#define DOCKERD 901

#define HANDLER	     0x401000
#define IGNORE	     1
#define EXITED(code) ((code) << 8)
#define WATCH_BEGAN  (1000 * S)

#define ROOT  10
#define CHILD 20
#define LEAF  30
#define OTHER 40

/* root ─ child ─ leaf, and root ─ other. */
static inline void make_tree(void)
{
	chain_process(ROOT, 1, "bash");
	chain_process(CHILD, ROOT, "runner");
	chain_process(LEAF, CHILD, "pytest");
	chain_process(OTHER, ROOT, "logger");
	chain_make(ROOT, 0);
}

/* Each report is 1 ms later than the one before. */
static uint64_t now;

enum reaction {
	DIES,	  /* by the default action */
	HANDLES,  /* a handler runs */
	IGNORES,  /* SIG_IGN */
	BLOCKS,	  /* pending, and nothing shows who would take it */
	SIGWAITS, /* taken at once */
	QUEUED,	  /* for a handler, which was not seen to run */
	DEAD,	  /* it was exiting already */
	REFUSED,  /* no room in its queue */
};

static inline int watch_setup(void **state)
{
	now = WATCH_BEGAN;
	chain_setup(state);
	chain.watched = true;
	chain.began_ns = now;
	chain.wanted = signal_bit(SIGTERM) | signal_bit(SIGINT) | signal_bit(SIGKILL);
	return 0;
}

/* A node, as events name it: a moment later than the beginning of its tick; or a stranger. */
static inline struct report_task task_of(uint32_t tgid)
{
	const uint32_t index = chain_find(&chain, tgid);
	struct report_task task = {
		.source = tgid == KERNEL ? REPORT_SOURCE_ABSENT : REPORT_SOURCE_EVENT,
		.tgid = tgid,
		.tid = tgid,
		.start_boot_ns = 7,
	};

	if (index != CHAIN_NONE)
		task.start_boot_ns = chain.nodes[index].process->start_boot_ns + 7;
	return task;
}

static inline struct report generation(int sig, uint32_t from, uint32_t to, enum reaction reaction)
{
	struct report r = {
		.kind = REPORT_GENERATE,
		.boot_ns = now += MS,
		.sig = sig,
		.result = EVENT_RESULT_DELIVERED,
		.facts = EVENT_FACT_PROCESS_DIRECTED,
		.process_directed = true,
		.sender_kind = from == KERNEL ? SENDER_KERNEL : SENDER_USER,
		.sender = task_of(from),
		.target = task_of(to),
		.handler = HANDLER,
		.state = SLEEPS,
		.threads = 1,
		.stack_id = -1,
		.pending_process = signal_bit(sig),
	};

	switch (reaction) {
	case DIES:
		r.handler = 0;
		r.signal_flags = GROUP_EXIT;
		r.group_exit_code = sig;
		break;
	case IGNORES:
		r.handler = IGNORE;
		r.result = EVENT_RESULT_IGNORED;
		break;
	case BLOCKS:
		r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED;
		break;
	case SIGWAITS:
		r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_WAITED_FOR;
		break;
	case DEAD:
		r.facts |= EVENT_FACT_EXITING | EVENT_FACT_ALL_EXITING;
		r.state = ZOMBIE;
		r.result = EVENT_RESULT_IGNORED;
		break;
	case REFUSED:
		r.result = EVENT_RESULT_OVERFLOW_FAIL;
		break;
	case HANDLES:
	case QUEUED:
		break;
	}
	return r;
}

static inline void feed(struct report r)
{
	struct verdict v = explain_report(&r);
	const bool has = r.kind == REPORT_GENERATE || r.kind == REPORT_DELIVER;

	assert_int_equal(chain_watch_report(&chain, &r, has ? &v : NULL), 0);
}

static inline struct report delivery(int sig, uint32_t to, uint64_t handler)
{
	return (struct report){.kind = REPORT_DELIVER,
			       .boot_ns = now += MS,
			       .sig = sig,
			       .target = task_of(to),
			       .handler = handler};
}

/* And what follows of it. */
static inline void sends(int sig, uint32_t from, uint32_t to, enum reaction reaction)
{
	feed(generation(sig, from, to, reaction));
	if (reaction == HANDLES)
		feed(delivery(sig, to, HANDLER));
}

/* The kernel's own. */
static inline void kernel_sends(int sig, enum origin origin, uint32_t to, enum reaction reaction)
{
	struct report r = generation(sig, KERNEL, to, reaction);

	r.origin = origin;
	feed(r);
}

static inline void ends(uint32_t tgid, int32_t status)
{
	feed((struct report){.kind = REPORT_EXIT,
			     .boot_ns = now += MS,
			     .target = task_of(tgid),
			     .exit_code = status});
}

static inline void taken(uint32_t tgid, int sig)
{
	feed((struct report){
		.kind = REPORT_TAKEN, .boot_ns = now += MS, .sig = sig, .target = task_of(tgid)});
}

/* zap_pid_ns_processes(), and the end of the process. */
static inline void is_torn_down(uint32_t tgid)
{
	kernel_sends(SIGKILL, ORIGIN_PID_NAMESPACE_TEARDOWN, tgid, DIES);
	ends(tgid, SIGKILL);
}

/* When the deadline has passed. */
static inline void conclude(void)
{
	now += chain.deadline_ns;
	chain_watch_conclude(&chain, now);
}

static inline void assert_ended(uint32_t tgid, enum chain_end end)
{
	assert_int_equal(chain_node(tgid)->end, end);
}

#endif
