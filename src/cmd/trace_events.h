/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a record: decoded, joined with earlier ones, explained, filtered, rendered. */
#ifndef SIGTRACE_CMD_TRACE_EVENTS_H
#define SIGTRACE_CMD_TRACE_EVENTS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf_session.h"
#include "trace_options.h"

struct trace_events;

/*
 * `stop_writes`, once it is not 0, ends even a write that its reader keeps waiting. Borrows
 * everything. 0 and *ret, or a negative errno.
 */
int trace_events_new(const struct trace_options *options, struct session *session,
		     const volatile sig_atomic_t *stop_writes, struct trace_events **ret);
/* Accepts NULL. */
void trace_events_free(struct trace_events *e);

/* What stands above the first event. As the others: 0, or the negative errno of the output. */
int trace_events_begin(struct trace_events *e);
/* Readable when a look-up is done, for epoll: trace_events_run() takes it. -1: there are none. */
int trace_events_fd(const struct trace_events *e);
/* When trace_events_run() is due even if no record comes, CLOCK_BOOTTIME; UINT64_MAX: never. */
uint64_t trace_events_due_ns(struct trace_events *e);
/*
 * What does not wait for a record: look-ups that are done, signals and processes that are watched.
 * To be called once a round, after the records. -ECANCELED: -n is reached.
 */
int trace_events_run(struct trace_events *e);
/* Before the programs are detached: from now on records may be missing. */
void trace_events_stop(struct trace_events *e);
/* At the end, when all records are read: waits for names that are on their way, a moment at most.
 */
int trace_events_finish(struct trace_events *e);
/* One record (a ring_record_fn; the context is a struct trace_events). -ECANCELED: -n is reached.
 */
int trace_events_record(void *context, const void *data, size_t size);
/* The same for one that comes after -n is reached: it is not shown, but may be what was awaited. */
int trace_events_unshown_record(void *context, const void *data, size_t size);
/* Everything that was named has been there. */
bool trace_events_has_target(const struct trace_events *e);
/* A signal was generated for what is selected. */
bool trace_events_has_arrived(const struct trace_events *e);
/*
 * The finding of --absent: no signal was generated for what is selected in that time. 0; -ENODATA,
 * and nothing is said: what was lost may have been one; or another negative errno.
 */
int trace_events_absent(struct trace_events *e, uint64_t waited_ns);
int trace_events_flush(struct trace_events *e);
/* Reads the kernel's counters, and says what was lost since the last time. */
int trace_events_count_lost(struct trace_events *e);
/* The wall clock may be set, and the time zone change, while a trace runs. */
void trace_events_set_clocks(struct trace_events *e);
int trace_events_summary(struct trace_events *e, uint64_t elapsed_ns);

/* -n is reached. */
bool trace_events_is_full(const struct trace_events *e);

#endif
