/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of handlers in events: a table of what was found, by process, program and address; what
 * it does not have, the worker looks up. Nobody waits: whoever has an event asks again later.
 *
 * A name is that of the program that the process executed at the event, or there is none: not if
 * it has executed another one, or ended, before the look-up; nor if its memory is not laid out at
 * random (setarch -R), because nothing tells then one program from the next.
 */
#ifndef SIGTRACE_CMD_TRACE_SYMBOLS_H
#define SIGTRACE_CMD_TRACE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"
#include "worker.h"

struct trace_symbols;

/* Borrows the worker. 0 and *ret, or -ENOMEM. */
int trace_symbols_new(struct worker *worker, struct trace_symbols **ret);
/* After worker_free(): no job of it is left. Accepts NULL. */
void trace_symbols_free(struct trace_symbols *s);
/*
 * Looks up all handlers of a process that is about to be traced, so that its first event has a
 * name. start_boot_ns as in struct report_task, or the beginning of its 10 ms tick.
 */
void trace_symbols_prepare(struct trace_symbols *s, uint32_t tgid, uint64_t start_boot_ns);
/*
 * Sets handler_symbol and handler_runtime of a report with a handler (G D R), if they are known.
 * The text is good until the next call of the event loop's worker_finish(). True: the answer is on
 * its way, and worth a little patience; false: it is there, or there will be none.
 */
bool trace_symbols_find(struct trace_symbols *s, struct report *r);

#endif
