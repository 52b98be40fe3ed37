/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins the signals of a process with what followed: a SIGKILL after a signal that asked it to end,
 * and its exit. Fed every generate, deliver and exit report in the order of the ring buffer.
 *
 * Memory: one fixed block. A process that is not heard of for long, or for which there is no room,
 * is forgotten: outcome_evicted() counts those whose end was still open.
 */
#ifndef SIGTRACE_CORE_OUTCOME_H
#define SIGTRACE_CORE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "report.h"

/* Processes that are remembered at a time. All of them take less than 4 MiB. */
#define OUTCOME_PROCESSES_MAX 4096

struct outcome;

/* 0 and *ret, or -ENOMEM. */
int outcome_new(struct outcome **ret);
/* Accepts NULL. */
void outcome_free(struct outcome *o);

/*
 * Remembers a generation of a signal that ends a process by default. For a SIGKILL sets r->earlier
 * to what it escalates, if there is one: SIGTERM, SIGINT, SIGQUIT, SIGHUP from somebody else;
 * failing that another signal from another process, SIGXCPU, a real-time signal. PENDING is said
 * only where r's own pending sets show it. r->origin is set already, and kept with the signal.
 */
void outcome_generate(struct outcome *o, struct report *r, const struct verdict *v);
/* What became of a signal that was remembered. */
void outcome_deliver(struct outcome *o, const struct report *r, const struct verdict *v);
/*
 * Sets r->earlier of an exit report and forgets the process. False: no signal to it is known, and
 * r is left alone. Without `caused` it is the last signal that asked for the end, rather not one
 * that was ignored; its fate is never PENDING, for nothing proves that it was still pending.
 */
bool outcome_exit(struct outcome *o, struct report *r);
/*
 * Records were lost: what became of the signals that were remembered before is not known any more.
 */
void outcome_lost(struct outcome *o);

/*
 * What became of the signal `sig` that was sent to that process at `boot_ns`. NOT_KNOWN also if it
 * is not remembered: of one number the last that was queued and the last that was dropped are.
 * PENDING: no delivery was seen; sigwait() or a signalfd may have taken it.
 */
enum signal_fate outcome_fate(struct outcome *o, const struct report_task *process, int sig,
			      uint64_t boot_ns);

/* How many processes were forgotten for want of room although they had not ended. */
uint64_t outcome_evicted(const struct outcome *o);

#endif
