/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <errno.h>
#include <stdlib.h>

#include "signals.h"
#include "watch_rules.h"
#include "watch_table.h"

int watch_new(watch_fn show, void *context, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->show = show;
	w->context = context;
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	free(w);
}

uint64_t watch_evicted(const struct watch *w)
{
	return w->evicted;
}

void watch_entry_remember(struct watch_entry *e, const struct report *r)
{
	e->boot_ns = r->boot_ns;
	e->image = r->image;
	e->facts = r->facts;
	e->threads = r->threads;
	e->sender_kind = r->sender_kind;
	e->origin = r->origin;
	e->target = r->target;
	e->sender = r->sender;
	e->instead = r->sender_acts_for;
}

struct report watch_entry_report(const struct watch *w, uint16_t index, uint64_t at_ns)
{
	const struct watch_entry *e = &w->entries[index];
	const struct watch_key *key = &w->keys[index];
	struct report r = {
		.boot_ns = at_ns,
		.sig = key->sig,
		.target = e->target,
		.earlier =
			{
				.sig = key->sig,
				.elapsed_ns = watch_since_ns(e->boot_ns, at_ns),
				.sender_kind = e->sender_kind,
				.sender = e->sender,
				.origin = e->origin,
				.instead = e->instead,
			},
	};

	/* The thread that a generation names is anyone's, unless it was for that one alone. */
	r.target.tid = key->tid ? key->tid : key->tgid;
	return r;
}

static void forget_process(struct watch *w, const struct report_task *process)
{
	uint16_t index = watch_table_first(w, process);

	while (index) {
		const uint16_t next = watch_table_next(w, index);

		watch_table_remove(w, index);
		index = next;
	}
}

int watch_report(struct watch *w, const struct report *r, const struct verdict *v)
{
	int error;

	if (r->kind == REPORT_EXIT) {
		forget_process(w, &r->target);
		return 0;
	}
	if ((r->kind != REPORT_GENERATE && r->kind != REPORT_DELIVER) || r->sig < 1 ||
	    r->sig > SIGNAL_MAX)
		return 0;
	error = watch_taken_evidence(w, r);
	if (error == 0)
		error = watch_handler_evidence(w, r);
	if (error < 0 || r->kind != REPORT_GENERATE)
		return error;
	watch_taken_begin(w, r, v);
	watch_handler_begin(w, r, v);
	return 0;
}

void watch_lost(struct watch *w)
{
	watch_taken_forget_all(w);
}

uint64_t watch_due_ns(const struct watch *w)
{
	return w->count ? w->entries[w->heap[1]].due_ns : WATCH_NEVER_NS;
}

bool watch_is_waiting(const struct watch *w)
{
	return w->proofs > 0;
}

bool watch_next(const struct watch *w, uint64_t now_ns, struct watch_look *ret)
{
	const uint16_t index = w->heap[1];
	const struct watch_entry *e = &w->entries[index];
	const struct watch_key *key = &w->keys[index];

	if (watch_due_ns(w) > now_ns || watch_due_ns(w) == WATCH_NEVER_NS)
		return false;
	*ret = (struct watch_look){
		.start_boot_ns = key->start_boot_ns,
		.tgid = key->tgid,
		.tid = key->tid,
		.sig = key->sig,
		.signal_ns = e->boot_ns,
		.pending = key->question == WATCH_TAKEN,
		.signalfd = key->question == WATCH_TAKEN &&
			    (e->facts & EVENT_FACT_SIGNALFD_POLLED) &&
			    !(e->facts & EVENT_FACT_WAITED_FOR),
	};
	return true;
}

int watch_see(struct watch *w, const struct watch_seen *seen)
{
	const uint16_t index = w->heap[1];

	if (w->count == 0)
		return 0;
	if (!seen) {
		watch_table_remove(w, index);
		return 0;
	}
	if (w->keys[index].question == WATCH_HANDLER)
		return watch_handler_see(w, index, seen);
	watch_taken_see(w, index, seen);
	return 0;
}

int watch_conclude(struct watch *w, uint64_t consumed)
{
	return watch_taken_conclude(w, consumed);
}
