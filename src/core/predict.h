/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a signal would do to a process if somebody sent it now: the kernel's decision at generation,
 * computed from the facts of a snapshot as a struct report that never happened, and explained by
 * the same code and table that explain events (core/explain).
 */
#ifndef SIGTRACE_CORE_PREDICT_H
#define SIGTRACE_CORE_PREDICT_H

#include "explain.h"
#include "process.h"

/* From where it would be sent; it matters for SIGKILL and SIGSTOP to a namespace init. */
enum predict_from {
	PREDICT_OUTSIDE, /* an ancestor PID namespace, as the node is for a container; for a process
			    of the initial namespace: that one */
	PREDICT_INSIDE,	 /* its own PID namespace */
	PREDICT_FROM_COUNT,
};

enum predict_effect {
	PREDICT_EFFECT_NO,	/* dropped, or it stays pending as things are */
	PREDICT_EFFECT_YES,	/* it would be acted on */
	PREDICT_EFFECT_UNKNOWN, /* pending until the program takes it, and it may or may not */
	PREDICT_EFFECT_COUNT,
};

struct prediction {
	bool known;	      /* false: the snapshot does not tell enough; `missing` says what */
	const char *missing;  /* a clause: "whether a thread waits for it in sigwait() …" */
	struct report report; /* hypothetical; points into the process */
	struct verdict verdict;
	enum predict_effect effect;
};

/*
 * kill(tgid, sig) by a process that may. `t` names the tracer; sig in 1..64. Read the
 * signalfds of the process before, and with evidence from /proc the freezer (sys/enrich.h): without
 * them many answers are not known.
 */
void predict_signal(const struct process_table *t, const struct process *p, int sig,
		    enum predict_from from, struct prediction *ret);
/* Whether the two senders get different answers; without that only OUTSIDE is shown. */
bool predict_differs(const struct prediction *outside, const struct prediction *inside);

/* Where a disposition or mask comes from, as far as it can be proven. */
enum provenance {
	PROVENANCE_NONE,
	PROVENANCE_IGNORED_INHERITED, /* the parent ignores it, too */
	PROVENANCE_BLOCKED_INHERITED, /* the parent blocks it, too, and the process itself blocks it
					 in every thread */
	PROVENANCE_BACKGROUND_JOB,    /* INT and QUIT ignored by a non-interactive shell's `&` */
	PROVENANCE_COUNT,
};

/* "ignored_inherited" …; NULL for NONE. Stable (JSON). */
const char *provenance_name(enum provenance provenance);
enum provenance provenance_of(const struct process_table *t, const struct process *p, int sig);
/* One clause that names the parent, without a full stop. */
void provenance_write(const struct process_table *t, const struct process *p, int sig,
		      enum provenance provenance, struct strbuf *out);

#endif
