/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a process that should have ended has not: what it and its threads are held by, as facts of a
 * snapshot prove it. An ordered table of rules in stuck.c; each that holds gives one finding.
 */
#ifndef SIGTRACE_CORE_STUCK_H
#define SIGTRACE_CORE_STUCK_H

#include "process.h"
#include "strbuf.h"

/* Stable identifiers: X(enum suffix, JSON name). */
#define STUCK_RULE_LIST(X)                          \
	X(ZOMBIE, "zombie")                         \
	X(ZOMBIE_LEADER, "zombie_leader")           \
	X(NAMESPACE_TEARDOWN, "namespace_teardown") \
	X(CORE_DUMP, "core_dump")                   \
	X(FROZEN, "frozen")                         \
	X(TRACED, "traced")                         \
	X(STOPPED, "stopped")                       \
	X(EXEC, "exec")                             \
	X(VFORK, "vfork")                           \
	X(UNINTERRUPTIBLE, "uninterruptible")       \
	X(EXITING, "exiting")                       \
	X(BLOCKED, "blocked")                       \
	X(WAITS_FOR_CHILD, "waits_for_child")       \
	X(RUNNING, "running")                       \
	X(SLEEPING, "sleeping")

enum stuck_rule {
#define X(name, text) STUCK_RULE_##name,
	STUCK_RULE_LIST(X)
#undef X
		STUCK_RULE_COUNT,
};

const char *stuck_rule_name(enum stuck_rule rule);

/* Why there is a report at all. Stable (JSON): the names in lower case. */
enum stuck_reason {
	STUCK_REASON_NONE,
	STUCK_REASON_ZOMBIE,	/* it has ended and is not reaped */
	STUCK_REASON_DYING,	/* it has been told to end: a group exit is under way */
	STUCK_REASON_PENDING,	/* a signal whose action is to end it is pending */
	STUCK_REASON_NO_EFFECT, /* the signal that was asked for (default TERM) has no effect */
	STUCK_REASON_ALIVE,	/* a signal was seen that asked it to end: the caller's to set */
	STUCK_REASON_COUNT,
};

const char *stuck_reason_name(enum stuck_reason reason);

struct stuck_finding {
	enum stuck_rule rule;
	/* The most telling of the threads it is about; NULL: the whole process. */
	const struct thread *thread;
	/*
	 * Who it is held by: the tracer (TRACED; ZOMBIE with a thread), the parent (ZOMBIE
	 * without), the child (VFORK, WAITS_FOR_CHILD), one that is left (NAMESPACE_TEARDOWN).
	 * NULL: none, not certain which, or not in the table.
	 */
	const struct process *other;
	uint32_t count; /* of threads it is true for; NAMESPACE_TEARDOWN: of processes left */
	int sig;	/* BLOCKED: the pending signal that is blocked; WAITS_FOR_CHILD: that of the
			 * report, or 0 */
};

#define STUCK_FINDINGS_MAX 8

struct stuck {
	enum stuck_reason reason; /* NONE: no report, the rest means nothing */
	int sig; /* PENDING, NO_EFFECT, ALIVE: that signal; DYING: what began it, or 0 */
	struct stuck_finding findings[STUCK_FINDINGS_MAX];
	size_t len;
};

/*
 * Whether a report is due; `no_effect` is a signal that was asked for and has none (0: none). Sets
 * reason and sig only, so that the places of the threads need be read only where it is true.
 */
bool stuck_is_due(const struct process *p, int no_effect, struct stuck *ret);
/*
 * Fills the findings of a report that is due, the most telling first. They point into the table.
 * Many threads give one finding that counts them and names one.
 */
void stuck_examine(const struct process_table *t, const struct process *p, struct stuck *s);

/* The first sentence: why there is a report. No full stop. */
void stuck_write_reason(const struct process *p, const struct stuck *s, struct strbuf *out);
/*
 * A clause that names the facts, without a full stop: "sleeps in futex for 12.3 s". Its subject is
 * the process, or it brings its own: it can follow "still alive: ".
 */
void stuck_write(const struct process_table *t, const struct process *p,
		 const struct stuck_finding *f, struct strbuf *out);
/* What to do; false, and nothing written, if there is nothing. */
bool stuck_write_remedy(const struct process_table *t, const struct process *p,
			const struct stuck_finding *f, struct strbuf *out);

#endif
