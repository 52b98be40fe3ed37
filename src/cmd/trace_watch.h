/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks after signals whose end no event shows: a pending one that somebody takes out of the queue
 * without a delivery, and an ignored one for which a handler comes too late. It looks at /proc,
 * ever more rarely, and core/watch draws the conclusions.
 */
#ifndef SIGTRACE_CMD_TRACE_WATCH_H
#define SIGTRACE_CMD_TRACE_WATCH_H

#include <stdint.h>

#include "bpf_session.h"
#include "explain.h"
#include "report.h"

struct trace_watch;

/* A REPORT_TAKEN or REPORT_HANDLER. 0, or a negative errno that ends the trace. */
typedef int (*trace_watch_fn)(void *context, struct report *r);

/* Borrows the session. 0 and *ret, or a negative errno. */
int trace_watch_new(struct session *session, trace_watch_fn show, void *context,
		    struct trace_watch **ret);
/* Accepts NULL. */
void trace_watch_free(struct trace_watch *w);
/*
 * Every generate and deliver report that was wanted, in order, and every exit (`v` NULL). `origin`
 * of the report is set already. What it returns is that of `show`, or 0.
 */
int trace_watch_report(struct trace_watch *w, const struct report *r, const struct verdict *v);
/* Records were lost: what was pending before proves nothing any more. */
void trace_watch_lost(struct trace_watch *w);
/* When the next look is due, CLOCK_BOOTTIME; UINT64_MAX: nothing is watched. */
uint64_t trace_watch_due_ns(const struct trace_watch *w);
/*
 * Looks at some of what is due, and concludes from earlier looks whose events have all been read by
 * now. Bounded in time; to be called once a round of the loop.
 */
int trace_watch_run(struct trace_watch *w, uint64_t now_boot_ns);
/*
 * To be called before the programs are detached: from now on a delivery may go unrecorded. Nothing
 * is looked at any more; what was seen before still counts.
 */
void trace_watch_stop(struct trace_watch *w);
/* How many signals were given up for want of room. */
uint64_t trace_watch_evicted(const struct trace_watch *w);

#endif
