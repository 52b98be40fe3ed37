/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of processes for each of the deadlines. What is added to a pool is due later than what is
 * there, so that its oldest process is the next one. (Records of different CPUs may be a moment out
 * of order, and then a process is late by that moment.)
 */
#include "deadline.h"

#include <errno.h>
#include <stdlib.h>

#include "explain.h"
#include "process_pool.h"
#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"

enum stage {
	STAGE_FIRST,
	STAGE_SECOND,
	STAGE_COUNT,
};

struct watched {
	struct pool_process head;
	struct deadline_late late;
};

struct deadline {
	uint64_t signals;
	uint64_t after_ns[STAGE_COUNT];
	struct process_pool *pools[STAGE_COUNT];
};

int deadline_new(uint64_t first_ns, uint64_t signals, struct deadline **ret)
{
	struct deadline *d = calloc(1, sizeof(*d));
	int r = d ? 0 : -ENOMEM;

	for (unsigned int i = 0; r == 0 && i < STAGE_COUNT; i++)
		r = process_pool_new(sizeof(struct watched), DEADLINE_PROCESSES_MAX, &d->pools[i]);
	if (r < 0) {
		deadline_free(d);
		return r;
	}
	d->signals = signals;
	d->after_ns[STAGE_FIRST] = first_ns;
	d->after_ns[STAGE_SECOND] = 6 * first_ns > DEADLINE_SECOND_NS ? 6 * first_ns
								      : DEADLINE_SECOND_NS;
	*ret = d;
	return 0;
}

void deadline_free(struct deadline *d)
{
	if (!d)
		return;
	for (unsigned int i = 0; i < STAGE_COUNT; i++)
		process_pool_free(d->pools[i]);
	free(d);
}

uint64_t deadline_evicted(const struct deadline *d)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < STAGE_COUNT; i++)
		sum += process_pool_evicted(d->pools[i]);
	return sum;
}

static bool asks_to_end(const struct deadline *d, const struct report *r)
{
	struct verdict v;

	if (!(d->signals & signal_bit(r->sig)) || sender_is_target(r) ||
	    (r->facts & EVENT_FACT_KTHREAD) || r->result == EVENT_RESULT_OVERFLOW_FAIL)
		return false;
	v = explain_report(r);
	return v.cause != CAUSE_EXITING || v.effect != EFFECT_NONE;
}

static void watch(struct deadline *d, const struct report *r)
{
	struct watched *w;

	for (unsigned int i = 0; i < STAGE_COUNT; i++) {
		w = process_pool_find(d->pools[i], &r->target);
		if (!w)
			continue;
		if (r->sig != SIG_KILL || w->late.asked.sig == SIG_KILL)
			return;
		process_pool_remove(d->pools[i], w);
	}
	w = process_pool_add(d->pools[STAGE_FIRST], &r->target);
	w->late = (struct deadline_late){
		.process = r->target,
		.boot_ns = r->boot_ns,
		.asked = {.sig = r->sig,
			  .sender_kind = r->sender_kind,
			  .sender = r->sender,
			  .origin = r->origin,
			  .instead = r->sender_acts_for},
	};
}

static void forget(struct deadline *d, const struct report_task *process)
{
	for (unsigned int i = 0; i < STAGE_COUNT; i++) {
		struct watched *w = process_pool_find(d->pools[i], process);

		if (w)
			process_pool_remove(d->pools[i], w);
	}
}

void deadline_report(struct deadline *d, const struct report *r)
{
	if (r->kind == REPORT_EXIT)
		forget(d, &r->target);
	else if (r->kind == REPORT_GENERATE && asks_to_end(d, r))
		watch(d, r);
}

/* The stage whose oldest process is due first, and when; STAGE_COUNT: nobody is watched. */
static enum stage next_stage(const struct deadline *d, uint64_t *due_ns)
{
	enum stage next = STAGE_COUNT;

	*due_ns = UINT64_MAX;
	for (unsigned int i = 0; i < STAGE_COUNT; i++) {
		const struct watched *w = process_pool_oldest(d->pools[i]);

		if (!w || w->late.boot_ns + d->after_ns[i] >= *due_ns)
			continue;
		*due_ns = w->late.boot_ns + d->after_ns[i];
		next = (enum stage)i;
	}
	return next;
}

uint64_t deadline_due_ns(const struct deadline *d)
{
	uint64_t due_ns;

	next_stage(d, &due_ns);
	return due_ns;
}

bool deadline_take(struct deadline *d, uint64_t now_boot_ns, struct deadline_late *ret)
{
	uint64_t due_ns;
	const enum stage stage = next_stage(d, &due_ns);
	struct watched *w;

	if (stage == STAGE_COUNT || due_ns > now_boot_ns)
		return false;
	w = process_pool_oldest(d->pools[stage]);
	*ret = w->late;
	process_pool_remove(d->pools[stage], w);
	/* Who comes too late for the first deadline is not told twice at the second. */
	if (stage == STAGE_FIRST && ret->boot_ns + d->after_ns[STAGE_SECOND] > now_boot_ns) {
		w = process_pool_add(d->pools[STAGE_SECOND], &ret->process);
		w->late = *ret;
	}
	return true;
}
