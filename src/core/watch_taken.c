/* SPDX-License-Identifier: BSD-2-Clause */
/* A pending signal is gone: was it taken? See watch.h for what the answers rest on. */
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"
#include "watch_rules.h"

#define FIRST_PAUSE_NS 1000000ULL
#define LAST_PAUSE_NS  1000000000ULL

#define CODE_SI_TIMER (-2) /* include/uapi/asm-generic/siginfo.h */

/* The only queue that may hold a signal twice. */
static bool is_realtime(int sig)
{
	return sig >= KERNEL_SIGRTMIN;
}

static uint32_t queue_of(const struct report *r)
{
	return r->process_directed ? 0 : r->target.tid;
}

static bool default_ignores(int sig)
{
	const enum default_action action = signal_default_action(sig);

	return action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE;
}

/* sigaction() throws away what is pending when it makes a signal ignored, also by default. */
static bool is_ignored_by(int sig, uint64_t handler)
{
	return handler == HANDLER_IGN || (handler == HANDLER_DFL && default_ignores(sig));
}

static bool is_ignored_now(int sig, const struct watch_seen *seen)
{
	const uint64_t bit = signal_bit(sig);

	return (seen->ignored & bit) || (!(seen->caught & bit) && default_ignores(sig));
}

/* Of these the kernel removes some itself: prepare_signal(). */
static bool is_job_control(int sig)
{
	return sig == SIG_CONT || signal_default_action(sig) == DEFAULT_STOP;
}

static bool was_queued(const struct report *r)
{
	return r->result == EVENT_RESULT_DELIVERED || r->result == EVENT_RESULT_LOSE_INFO;
}

static bool can_be_taken(const struct report *r, const struct verdict *v)
{
	const uint32_t disturbing = EVENT_FACT_PTRACED | EVENT_FACT_KTHREAD | EVENT_FACT_EXITING |
				    EVENT_FACT_GROUP_EXEC;
	const uint64_t pending = r->process_directed ? r->pending_process : r->pending_thread;

	if (v->cause != CAUSE_SIGWAIT && v->cause != CAUSE_BLOCKED)
		return false;
	/* A real-time signal that lost its siginfo is a bit without a place in the queue. */
	if (!was_queued(r) || (is_realtime(r->sig) && r->result == EVENT_RESULT_LOSE_INFO))
		return false;
	if ((r->facts & disturbing) || r->tracer_tgid)
		return false;
	/* Selected as the sender only: not every delivery of the receiver is seen. */
	if ((r->facts & EVENT_FACT_MATCHED_FROM) && !(r->facts & EVENT_FACT_MATCHED_TO))
		return false;
	if (r->sig == SIG_KILL || is_job_control(r->sig) || r->code == CODE_SI_TIMER)
		return false;
	return (pending & signal_bit(r->sig)) && !is_ignored_by(r->sig, r->handler);
}

void watch_taken_begin(struct watch *w, const struct report *r, const struct verdict *v)
{
	const struct watch_key key = watch_key_of(r, WATCH_TAKEN, queue_of(r));
	struct watch_entry *e;
	uint16_t index;

	if (!can_be_taken(r, v))
		return;
	/* One that was asked before was told or removed by queued_again(). */
	index = watch_table_add(w, &key);
	e = &w->entries[index];
	watch_entry_remember(e, r);
	e->pause_ns = FIRST_PAUSE_NS;
	e->clear_ns = WATCH_NEVER_NS;
	watch_table_set_due(w, index, r->boot_ns);
}

static enum taken_by taken_by(const struct watch_entry *e)
{
	const bool waited_for = e->facts & EVENT_FACT_WAITED_FOR;
	const bool polled = e->facts & EVENT_FACT_SIGNALFD_POLLED;

	if (waited_for && !polled)
		return TAKEN_BY_SIGWAIT;
	if (!waited_for && polled && e->signalfd)
		return TAKEN_BY_SIGNALFD;
	return TAKEN_BY_NOT_KNOWN;
}

/* Tells it, at the latest that it can have been by `by_ns`. */
static int tell(struct watch *w, uint16_t index, uint64_t by_ns)
{
	const struct watch_entry *e = &w->entries[index];
	struct report r = watch_entry_report(w, index, e->clear_ns < by_ns ? e->clear_ns : by_ns);

	r.kind = REPORT_TAKEN;
	r.taken_by = taken_by(e);
	r.process_directed = w->keys[index].tid == 0;
	r.earlier.fate = SIGNAL_FATE_PENDING;
	watch_table_remove(w, index);
	return w->show(w->context, &r);
}

/* Gone by the time of this report; whether it was thrown away a look will show. */
static void note_clear(struct watch *w, uint16_t index, uint64_t boot_ns)
{
	if (w->entries[index].clear_ns != WATCH_NEVER_NS)
		return;
	w->entries[index].clear_ns = boot_ns;
	watch_table_set_due(w, index, boot_ns);
}

/* By the pending sets of a report, which has those of one thread. */
static bool is_pending(const struct watch *w, uint16_t index, const struct report *r)
{
	const struct watch_key *key = &w->keys[index];

	if (key->tid && key->tid != r->target.tid)
		return true; /* nothing is said of it */
	return (key->tid ? r->pending_thread : r->pending_process) & signal_bit(key->sig);
}

/*
 * exec() in another thread puts that one in the place of the leader, whose queue is lost. It ends
 * all other threads first, and changes the image last.
 */
static bool may_be_another_thread(const struct watch_entry *e, uint32_t image, uint32_t threads)
{
	return image == 0 || image != e->image || (threads <= 1 && e->threads > 1);
}

/* The same signal is sent into the same queue once more, and the older one would be in its way. */
static bool proves_taken(const struct watch_entry *e, const struct report *r)
{
	/* A look saw it gone; if it had been delivered before that, the record would be here. */
	if (is_realtime(r->sig))
		return e->has_proof && e->clear_ns < r->boot_ns;
	if (!was_queued(r) || is_ignored_by(r->sig, r->handler))
		return false;
	if (!r->process_directed && may_be_another_thread(e, r->image, r->threads))
		return false;
	return r->code != CODE_SI_TIMER; /* those are queued beside another */
}

static int queued_again(struct watch *w, uint16_t index, const struct report *r)
{
	if (r->result == EVENT_RESULT_ALREADY_PENDING || r->result == EVENT_RESULT_OVERFLOW_FAIL)
		return 0;
	if (proves_taken(&w->entries[index], r))
		return tell(w, index, r->boot_ns);
	/* From here on the last one in the queue counts, or nothing is certain any more. */
	watch_table_remove(w, index);
	return 0;
}

static int weigh_generate(struct watch *w, uint16_t index, const struct report *r)
{
	const struct watch_key *key = &w->keys[index];

	if (key->sig == r->sig && key->tid == queue_of(r))
		return queued_again(w, index, r);
	if (!is_pending(w, index, r))
		note_clear(w, index, r->boot_ns);
	return 0;
}

/* First in, first out: as long as one is pending, the last one is. */
static void weigh_deliver(struct watch *w, uint16_t index, const struct report *r)
{
	if (is_pending(w, index, r))
		return;
	if (w->keys[index].sig == r->sig)
		watch_table_remove(w, index);
	else
		note_clear(w, index, r->boot_ns);
}

static int weigh(struct watch *w, uint16_t index, const struct report *r)
{
	if (w->keys[index].question != WATCH_TAKEN)
		return 0;
	if (r->facts & EVENT_FACT_PTRACED) {
		watch_table_remove(w, index);
		return 0;
	}
	if (r->kind == REPORT_GENERATE)
		return weigh_generate(w, index, r);
	weigh_deliver(w, index, r);
	return 0;
}

int watch_taken_evidence(struct watch *w, const struct report *r)
{
	uint16_t index = watch_table_first(w, &r->target);
	int error = 0;

	while (index && error == 0) {
		const uint16_t next = watch_table_next(w, index);

		error = weigh(w, index, r);
		index = next;
	}
	return error;
}

void watch_taken_see(struct watch *w, uint16_t index, const struct watch_seen *seen)
{
	const struct watch_key *key = &w->keys[index];
	struct watch_entry *e = &w->entries[index];

	if (seen->traced || (key->tid && may_be_another_thread(e, seen->image, seen->threads))) {
		watch_table_remove(w, index);
		return;
	}
	if (!(seen->pending & signal_bit(key->sig))) {
		if (is_ignored_now(key->sig, seen)) {
			watch_table_remove(w, index);
			return;
		}
		if (seen->after_ns < e->clear_ns)
			e->clear_ns = seen->after_ns;
		e->signalfd = seen->signalfd & signal_bit(key->sig);
		e->written = seen->written;
		watch_table_set_proof(w, index, true);
		watch_table_set_due(w, index, WATCH_NEVER_NS);
		return;
	}
	if (watch_since_ns(e->boot_ns, seen->after_ns) >= WATCH_GIVE_UP_NS) {
		watch_table_remove(w, index);
		return;
	}
	watch_table_set_due(w, index, seen->after_ns + e->pause_ns);
	e->pause_ns = e->pause_ns < LAST_PAUSE_NS / 2 ? e->pause_ns * 2 : LAST_PAUSE_NS;
}

int watch_taken_conclude(struct watch *w, uint64_t consumed)
{
	uint16_t index = w->oldest;
	int error = 0;

	while (w->proofs > 0 && index && error == 0) {
		const struct watch_entry *e = &w->entries[index];
		const uint16_t next = e->newer;

		if (e->has_proof && e->written <= consumed)
			error = tell(w, index, e->clear_ns);
		index = next;
	}
	return error;
}

void watch_taken_forget_all(struct watch *w)
{
	uint16_t index = w->oldest;

	while (index) {
		const uint16_t next = w->entries[index].newer;

		if (w->keys[index].question == WATCH_TAKEN)
			watch_table_remove(w, index);
		index = next;
	}
}
