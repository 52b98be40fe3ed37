/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery latency: pairs a deliver report with the generate report of the same signal.
 *
 * Feed it every generate and deliver report in the order of the ring buffer. It claims a latency
 * only where the reports prove the pair, so the caller must not use it when a filter lets some
 * events of a signal through and keeps others back (--problems): a generation that was never seen
 * cannot be told from one that was not there.
 *
 * What the proof rests on (kernel/signal.c): generate and deliver happen under the target's
 * siglock, so their order is the kernel's. A thread takes from its own queue before the shared one.
 * Within a signal number a queue is first in, first out. A standard signal is queued at most once a
 * queue, except by POSIX timers, which do not look. The pending sets of a deliver report are those
 * after the dequeue, unless a tracer held the thread in between. One assumption is left: a
 * real-time signal that was queued before the first report, and is the very same in code, sender
 * and value as later ones behind it, is taken for the first of those.
 *
 * Memory: one block of less than 1 MiB, allocated by latency_new(). Time: constant for generate and
 * deliver, except for entries that a call removes.
 */
#ifndef SIGTRACE_CORE_LATENCY_H
#define SIGTRACE_CORE_LATENCY_H

#include <stdint.h>

#include "report.h"

/* Signals that can be pending at once; beyond that the oldest is forgotten. */
#define LATENCY_ENTRIES_MAX 15360
/* Of these, in one queue under one number: a reader of a signalfd leaves stale ones behind. */
#define LATENCY_QUEUE_MAX 1024

struct latency;

/* 0 and *ret, or -ENOMEM. */
int latency_new(struct latency **ret);
/* Accepts NULL. */
void latency_free(struct latency *l);

/* Remembers a generation that was queued. Other reports and results are ignored. */
void latency_generate(struct latency *l, const struct report *r);
/*
 * Sets r->has_latency and r->latency_ns of a deliver report if its generation is proven, else
 * leaves them alone. Every thread that a group exit ends gets the latency of the signal that
 * began it.
 */
void latency_deliver(struct latency *l, struct report *r);
/* Forgets a process that exited. */
void latency_exit(struct latency *l, uint32_t tgid);
/*
 * Records were lost, all of them before until_boot_ns (CLOCK_BOOTTIME): no generation from before
 * is paired any more. Of real-time signals, which may have been queued in the gap, too, a process
 * that was there before it gets only the latency of the last in the queue. To be called before the
 * first report after the gap is handed in, with the time of that report.
 */
void latency_lost(struct latency *l, uint64_t until_boot_ns);

/* How many pending signals were forgotten for want of room. */
uint64_t latency_evicted(const struct latency *l);

#endif
