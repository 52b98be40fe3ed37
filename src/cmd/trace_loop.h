/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader: waits for records, explains and renders them, ends when something ends it. */
#ifndef SIGTRACE_CMD_TRACE_LOOP_H
#define SIGTRACE_CMD_TRACE_LOOP_H

#include <stdbool.h>

#include "bpf_session.h"
#include "child.h"
#include "selection.h"
#include "trace_options.h"

struct trace_loop;

/*
 * Takes over SIGINT, SIGTERM, SIGHUP and SIGQUIT and opens what the loop waits for. Nothing is read
 * yet. 0, or a negative errno.
 */
int trace_loop_new(const struct trace_options *options, struct session *session,
		   struct selection *selection, struct child *child, struct trace_loop **ret);
/* Accepts NULL. */
void trace_loop_free(struct trace_loop *l);

/*
 * Reads until a limit (-n, -d), a signal, the end of every selected process, the end of the child,
 * or an error of the output ends it; then what is still in the buffer, then the summary. Returns 0
 * or the negative errno of the output (-EPIPE: the reader has gone) or of the kernel.
 */
int trace_loop_run(struct trace_loop *l);

/*
 * What --absent found, as an exit code: fine (a signal came, or it was not asked), a finding (none
 * came), inconclusive (the trace ended too early, or lost what might have been one).
 */
int trace_loop_result(const struct trace_loop *l);

/* Waits for a child that outlived the trace, passing on signals; returns its wait status. */
int trace_loop_wait_child(struct trace_loop *l);

#endif
