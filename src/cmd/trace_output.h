/* SPDX-License-Identifier: BSD-2-Clause */
/* What trace writes: reports, with the names of handlers where they come in time, and the rest. */
#ifndef SIGTRACE_CMD_TRACE_OUTPUT_H
#define SIGTRACE_CMD_TRACE_OUTPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "report.h"
#include "trace_containers.h"
#include "trace_options.h"
#include "trace_symbols.h"

struct trace_output;

/*
 * `symbols` and `containers` may be NULL: no names. `stop_writes`, once it is not 0, ends even a
 * write that its reader keeps waiting. Borrows everything. 0 and *ret, or a negative errno.
 */
int trace_output_new(const struct trace_options *options, struct trace_symbols *symbols,
		     struct trace_containers *containers, const volatile sig_atomic_t *stop_writes,
		     struct trace_output **ret);
/* Accepts NULL. */
void trace_output_free(struct trace_output *o);

/* What stands above the first event. As the others: 0, or the negative errno of the output. */
int trace_output_begin(struct trace_output *o);
/*
 * One report; `v` NULL for a kind without one. Perhaps a little later, so that the name of its
 * handler can be looked up; always in order. -ECANCELED: -n is reached.
 */
int trace_output_report(struct trace_output *o, struct report *r, const struct verdict *v);
/* The same, at once, behind all that wait: for a report that borrows what goes away. */
int trace_output_report_now(struct trace_output *o, struct report *r);
/* Shows what has waited long enough by now, or has got its name. -ECANCELED: -n is reached. */
int trace_output_run(struct trace_output *o, uint64_t now_boot_ns);
/* Until when the first one waits, CLOCK_BOOTTIME; UINT64_MAX: none does. */
uint64_t trace_output_due_ns(struct trace_output *o);
int trace_output_flush(struct trace_output *o);
/* So many records were lost here. */
int trace_output_lost(struct trace_output *o, uint64_t count);
/* The finding of --absent, after that time. */
int trace_output_absent(struct trace_output *o, uint64_t waited_ns);
/* The wall clock may be set, and the time zone change, while a trace runs. */
void trace_output_set_clocks(struct trace_output *o);
/* The caller's counts; those of what was shown are the output's own. */
int trace_output_summary(struct trace_output *o, const struct trace_summary *counts);
/* -n is reached. */
bool trace_output_is_full(const struct trace_output *o);

#endif
