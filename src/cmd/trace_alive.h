/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that were asked to end and have not: core/deadline keeps the time, the worker takes a
 * snapshot of those that are late, and core/stuck says what holds them.
 */
#ifndef SIGTRACE_CMD_TRACE_ALIVE_H
#define SIGTRACE_CMD_TRACE_ALIVE_H

#include <stdint.h>

#include "report.h"
#include "worker.h"

struct trace_alive;

/*
 * Called by trace_alive_run(). A REPORT_ALIVE, with `earlier` but for its fate, and `alive`, which
 * is good during the call only. 0, or a negative errno that ends the trace.
 */
typedef int (*trace_alive_fn)(void *context, struct report *r);

/*
 * `first_ns` is the first deadline; the second is at 30 s, or at six times the first if that is
 * later. `signals`: bit sig - 1, those that ask for an end. Borrows the worker. 0 and *ret, or
 * -ENOMEM.
 */
int trace_alive_new(struct worker *worker, uint64_t first_ns, uint64_t signals, trace_alive_fn show,
		    void *context, struct trace_alive **ret);
/* After worker_free(). Accepts NULL. */
void trace_alive_free(struct trace_alive *a);
/* Every generate report that was shown, and every exit. */
void trace_alive_report(struct trace_alive *a, const struct report *r);
/* When the next deadline is, CLOCK_BOOTTIME; UINT64_MAX: none. */
uint64_t trace_alive_due_ns(const struct trace_alive *a);
/* Shows what worker_finish() brought, and sends the worker to look at those that are late now. */
void trace_alive_run(struct trace_alive *a, uint64_t now_boot_ns);
/* 0, or what `show` returned since the last call, or -ENOMEM. */
int trace_alive_error(struct trace_alive *a);
/* How many processes were given up for want of room. */
uint64_t trace_alive_evicted(const struct trace_alive *a);

#endif
