/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The explanation of an event: which cause the recorded facts prove, what that means in one
 * sentence, and what to do about it. The causes, their order and the templates of the sentences are
 * one table, cause_table.c.
 */
#ifndef SIGTRACE_CORE_EXPLAIN_H
#define SIGTRACE_CORE_EXPLAIN_H

#include <stdbool.h>

#include "report.h"
#include "strbuf.h"

/* Stable identifiers: X(enum suffix, JSON name). */
#define CAUSE_LIST(X)                               \
	X(EXITING, "exiting")                       \
	X(GLOBAL_INIT, "global_init")               \
	X(UNKILLABLE_SIG_DFL, "unkillable_sig_dfl") \
	X(KERNEL_THREAD, "kernel_thread")           \
	X(SIG_IGN, "sig_ign")                       \
	X(SIG_DFL_IGNORE, "sig_dfl_ignore")         \
	X(SIGWAIT, "sigwait")                       \
	X(BLOCKED, "blocked")                       \
	X(PTRACED, "ptraced")                       \
	X(FROZEN, "frozen")                         \
	X(STOPPED, "stopped")                       \
	X(UNINTERRUPTIBLE, "uninterruptible")       \
	X(CAUGHT, "caught")                         \
	X(DEFAULT_TERMINATE, "default_terminate")   \
	X(DEFAULT_CORE, "default_core")             \
	X(DEFAULT_STOP, "default_stop")             \
	X(DEFAULT_CONTINUE, "default_continue")     \
	X(GROUP_EXIT, "group_exit")                 \
	X(EPERM, "eperm")                           \
	X(ESRCH, "esrch")                           \
	X(EINVAL, "einval")                         \
	X(EAGAIN, "eagain")                         \
	X(EACCES, "eacces")                         \
	X(UNEXPLAINED, "unexplained")

enum cause {
#define X(name, text) CAUSE_##name,
	CAUSE_LIST(X)
#undef X
		CAUSE_COUNT,
};

/* What becomes of the signal, as far as the facts say. */
enum effect {
	EFFECT_ACTS,  /* it is acted on: a handler, a default action, a waiting thread */
	EFFECT_WAITS, /* it stays pending behind an obstacle */
	EFFECT_NONE,  /* it is dropped: nothing will come of it */
	EFFECT_COUNT,
};

/* One row of the cause table; see cause_table.h. */
struct cause_rule;

struct verdict {
	enum cause cause;
	enum effect effect;
	bool problem; /* the signal did not take effect although somebody may have expected it to
			 (-x) */
	const struct cause_rule *rule;
};

const char *cause_name(enum cause cause);

/*
 * Finds the cause of a generate, deliver or failed report. Always succeeds: at worst
 * CAUSE_UNEXPLAINED.
 */
struct verdict explain_report(const struct report *r);
/* One sentence that names the facts, without a full stop at its end. */
void explain_write(const struct report *r, const struct verdict *v, struct strbuf *out);
/* What to do, one sentence; returns false and writes nothing if there is no remedy. */
bool explain_write_remedy(const struct report *r, const struct verdict *v, struct strbuf *out);

/* "its handler app!on_term"; the address where the name is not known. */
void explain_write_handler(const struct report *r, struct strbuf *out);

/* The signal that began the group exit that a delivered SIGKILL shows; 0 if it was exit_group() or
 * exec. */
int explain_group_exit_signal(const struct report *r);
/* Whether that is the name of a shell; `comm` is untrusted, perhaps without a NUL. */
bool explain_is_shell(const char comm[EVENT_COMM_SIZE]);

#endif
