/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports that wait for the name of a handler, and whatever came behind them: a fixed queue, first
 * in, first out.
 */
#ifndef SIGTRACE_CMD_TRACE_QUEUE_H
#define SIGTRACE_CMD_TRACE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "report.h"

#define TRACE_QUEUE_MAX 512

struct held_report {
	struct report report;
	struct verdict verdict;
	bool has_verdict;
	uint64_t until_boot_ns; /* it is shown then, with or without a name */
};

/* Zeroed, it is empty. */
struct trace_queue {
	unsigned int first;
	unsigned int len;
	struct held_report held[TRACE_QUEUE_MAX];
};

static inline bool trace_queue_is_full(const struct trace_queue *q)
{
	return q->len == TRACE_QUEUE_MAX;
}

/* NULL: it is empty. */
static inline struct held_report *trace_queue_first(struct trace_queue *q)
{
	return q->len ? &q->held[q->first] : NULL;
}

/* It must not be full. `v` may be NULL. */
static inline void trace_queue_put(struct trace_queue *q, const struct report *r,
				   const struct verdict *v, uint64_t until_boot_ns)
{
	struct held_report *held = &q->held[(q->first + q->len++) % TRACE_QUEUE_MAX];

	held->report = *r;
	held->has_verdict = v;
	if (v)
		held->verdict = *v;
	held->until_boot_ns = until_boot_ns;
}

/* It must not be empty. */
static inline void trace_queue_drop_first(struct trace_queue *q)
{
	q->first = (q->first + 1) % TRACE_QUEUE_MAX;
	q->len--;
}

#endif
