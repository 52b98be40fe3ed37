/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of processes by the age of their last event. Each keeps a few signals: of every number the
 * last that was queued and the last that was dropped, so that one that is ignored does not hide an
 * earlier one that was handled. Every operation is constant in time: floods of signals are normal.
 */
#include "outcome.h"

#include <errno.h>
#include <stdlib.h>

#include "process_pool.h"
#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"

/* Those that ask plainly, queued and dropped, never make room for others: at most 10. */
#define SENT_MAX 12

/* In a key: dropped at generation. The rest is the number. */
#define KEY_DROPPED 0x80

/* How likely it is that somebody wanted the process to end. */
enum wish {
	WISH_NONE,  /* a timer, a fault, what the process did to itself */
	WISH_WEAK,  /* real-time signals; a plain one that it sent to itself */
	WISH_OTHER, /* any signal of another process that ends one by default */
	WISH_PLAIN,
};

struct sent {
	uint64_t boot_ns;
	struct report_task by; /* the sender; of the kernel's: who made it send */
	uint32_t tid;	       /* the thread that it was directed at; 0: the process */
	uint8_t origin;
	uint8_t fate;
	uint8_t wish;
	bool by_kernel : 1;
	bool joined : 1; /* one was pending already, and that one was not seen: not the cause */
};

struct process {
	struct pool_process head;
	uint32_t losses; /* as of its last event: struct outcome */
	uint8_t count;
	uint8_t keys[SENT_MAX]; /* in one cache line with what finds the process */
	struct sent sent[SENT_MAX];
};

struct outcome {
	struct process_pool *pool;
	uint32_t losses;
};

_Static_assert(ORIGIN_COUNT <= UINT8_MAX, "an origin is a byte");
_Static_assert((OUTCOME_PROCESSES_MAX + 1) * sizeof(struct process) <= 4 << 20,
	       "the promise of outcome.h");

int outcome_new(struct outcome **ret)
{
	struct outcome *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	if (process_pool_new(sizeof(struct process), OUTCOME_PROCESSES_MAX, &o->pool) < 0) {
		free(o);
		return -ENOMEM;
	}
	*ret = o;
	return 0;
}

void outcome_free(struct outcome *o)
{
	if (!o)
		return;
	process_pool_free(o->pool);
	free(o);
}

uint64_t outcome_evicted(const struct outcome *o)
{
	return process_pool_evicted(o->pool);
}

void outcome_lost(struct outcome *o)
{
	o->losses++;
}

/* What was pending when records were lost may be anything by now. */
static void apply_losses(const struct outcome *o, struct process *p)
{
	if (p->losses == o->losses)
		return;
	p->losses = o->losses;
	for (unsigned int i = 0; i < p->count; i++)
		if (p->sent[i].fate == SIGNAL_FATE_PENDING)
			p->sent[i].fate = SIGNAL_FATE_NOT_KNOWN;
}

/* NULL: nothing is remembered of it. Otherwise it becomes the newest. */
static struct process *find_process(struct outcome *o, const struct report_task *task)
{
	struct process *p = process_pool_find(o->pool, task);

	if (!p)
		return NULL;
	process_pool_renew(o->pool, p);
	apply_losses(o, p);
	return p;
}

/* Begins a process that find_process() did not find. */
static struct process *add_process(struct outcome *o, const struct report_task *task)
{
	struct process *p = process_pool_add(o->pool, task);

	p->losses = o->losses;
	p->count = 0;
	return p;
}

static int signal_of(uint8_t key)
{
	return key & ~KEY_DROPPED;
}

/* NULL: none. */
static struct sent *find_sent(struct process *p, uint8_t key)
{
	for (unsigned int i = 0; i < p->count; i++)
		if (p->keys[i] == key)
			return &p->sent[i];
	return NULL;
}

static bool asks_plainly(int sig)
{
	return sig == SIG_TERM || sig == SIG_INT || sig == SIG_QUIT || sig == SIG_HUP ||
	       sig == SIG_KILL;
}

/* A place for `key`: a new one, or that of the oldest signal that may be forgotten. */
static struct sent *place_sent(struct process *p, uint8_t key)
{
	unsigned int place = SENT_MAX;

	if (p->count < SENT_MAX) {
		place = p->count++;
	} else {
		for (unsigned int i = 0; i < SENT_MAX; i++) {
			if (asks_plainly(signal_of(p->keys[i])))
				continue;
			if (place == SENT_MAX || p->sent[i].boot_ns < p->sent[place].boot_ns)
				place = i;
		}
	}
	p->keys[place] = key;
	return &p->sent[place];
}

static enum wish wish_of(const struct report *r)
{
	const bool plain = asks_plainly(r->sig);

	/* abort(), and the runtimes that stop their own threads by a signal. */
	if (sender_is_target(r))
		return plain ? WISH_WEAK : WISH_NONE;
	if (plain)
		return WISH_PLAIN;
	if (r->sender_kind == SENDER_KERNEL) /* SIGKILL follows at the hard limit */
		return r->sig == SIG_XCPU ? WISH_OTHER : WISH_NONE;
	return r->sig < KERNEL_SIGRTMIN ? WISH_OTHER : WISH_WEAK;
}

/* Whether the signal can end a process. The two that libc keeps for itself mean nothing to it. */
static bool can_end(int sig)
{
	const enum default_action action = signal_default_action(sig);

	if (sig < 1 || sig > SIGNAL_MAX || (sig >= KERNEL_SIGRTMIN && sig < SIGNAL_RT_MIN))
		return false;
	return action == DEFAULT_TERMINATE || action == DEFAULT_CORE;
}

static enum signal_fate fate_at_generation(const struct report *r)
{
	if (r->result == EVENT_RESULT_IGNORED)
		return SIGNAL_FATE_IGNORED;
	/* complete_signal() has begun the group exit already. */
	if (explain_group_exit_signal(r) == r->sig)
		return SIGNAL_FATE_ACTED;
	return SIGNAL_FATE_PENDING;
}

static struct report_task who_sent(const struct report *r)
{
	if (r->sender_kind != SENDER_KERNEL)
		return r->sender;
	return origin_has_actor(r->origin) ? r->sender_acts_for : (struct report_task){0};
}

static void remember(struct process *p, const struct report *r)
{
	const bool dropped = r->result == EVENT_RESULT_IGNORED;
	const bool joined = r->result == EVENT_RESULT_ALREADY_PENDING;
	const uint8_t key = (uint8_t)(r->sig | (dropped ? KEY_DROPPED : 0));
	struct sent *s = find_sent(p, key);

	if (s && s->fate == SIGNAL_FATE_ACTED)
		return; /* it is dying of that one */
	if (s && s->fate == SIGNAL_FATE_PENDING && joined)
		return; /* that one is what will be delivered */
	if (!s)
		s = place_sent(p, key);
	*s = (struct sent){
		.boot_ns = r->boot_ns,
		.by = who_sent(r),
		.tid = r->process_directed ? 0 : r->target.tid,
		.origin = (uint8_t)r->origin,
		.fate = (uint8_t)fate_at_generation(r),
		.wish = (uint8_t)wish_of(r),
		.by_kernel = r->sender_kind == SENDER_KERNEL,
		.joined = joined,
	};
}

/* By the pending sets of a report; false also for a thread whose set it does not have. */
static bool is_pending(const struct sent *s, int sig, const struct report *r)
{
	if (s->tid == 0)
		return r->pending_process & signal_bit(sig);
	return s->tid == r->target.tid && (r->pending_thread & signal_bit(sig));
}

static struct report_earlier earlier_of(const struct sent *s, int sig, const struct report *r)
{
	struct report_earlier e = {
		.sig = sig,
		.elapsed_ns = r->boot_ns - s->boot_ns,
		.fate = (enum signal_fate)s->fate,
		.sender_kind = s->by_kernel ? SENDER_KERNEL : SENDER_USER,
		.origin = (enum origin)s->origin,
	};

	if (s->by_kernel)
		e.instead = s->by;
	else
		e.sender = s->by;
	return e;
}

static void set_escalation(const struct process *p, struct report *r)
{
	const struct sent *best = NULL;
	int sig = 0;

	for (unsigned int i = 0; i < p->count; i++) {
		const struct sent *s = &p->sent[i];

		if (s->wish == WISH_NONE || signal_of(p->keys[i]) == SIG_KILL ||
		    s->boot_ns > r->boot_ns)
			continue;
		if (best &&
		    (s->wish < best->wish || (s->wish == best->wish && s->boot_ns < best->boot_ns)))
			continue;
		best = s;
		sig = signal_of(p->keys[i]);
	}
	if (!best)
		return;
	r->earlier = earlier_of(best, sig, r);
	/* Left its queue without a delivery: taken by sigwait() or a signalfd, or by a tracer. */
	if (best->fate == SIGNAL_FATE_PENDING && !is_pending(best, sig, r))
		r->earlier.fate = SIGNAL_FATE_NOT_KNOWN;
}

void outcome_generate(struct outcome *o, struct report *r, const struct verdict *v)
{
	struct process *p;

	if (r->kind != REPORT_GENERATE || !can_end(r->sig))
		return;
	p = find_process(o, &r->target);
	if (p && r->sig == SIG_KILL)
		set_escalation(p, r);
	/* Sent to one that was dying anyway, it has no part in the end. */
	if (r->result == EVENT_RESULT_OVERFLOW_FAIL ||
	    (v->cause == CAUSE_EXITING && v->effect == EFFECT_NONE))
		return;
	remember(p ? p : add_process(o, &r->target), r);
}

void outcome_deliver(struct outcome *o, const struct report *r, const struct verdict *v)
{
	static const uint8_t fates[CAUSE_COUNT] = {
		[CAUSE_CAUGHT] = SIGNAL_FATE_HANDLED,
		[CAUSE_DEFAULT_TERMINATE] = SIGNAL_FATE_ACTED,
		[CAUSE_DEFAULT_CORE] = SIGNAL_FATE_ACTED,
		[CAUSE_GROUP_EXIT] = SIGNAL_FATE_ACTED,
		[CAUSE_SIG_IGN] = SIGNAL_FATE_IGNORED,
		[CAUSE_UNKILLABLE_SIG_DFL] = SIGNAL_FATE_IGNORED,
	};
	const bool group_exit = v->cause == CAUSE_GROUP_EXIT;
	const int sig = group_exit ? explain_group_exit_signal(r) : r->sig;
	struct process *p;
	struct sent *s;

	if (r->kind != REPORT_DELIVER || !can_end(sig))
		return;
	p = find_process(o, &r->target);
	s = p ? find_sent(p, (uint8_t)sig) : NULL;
	if (!s || s->fate != SIGNAL_FATE_PENDING)
		return;
	/* One of the same number from the other queue, or one that was queued before. */
	if (!group_exit && ((s->tid && s->tid != r->target.tid) || is_pending(s, sig, r)))
		return;
	s->fate = fates[v->cause];
}

/* What comes first, most significant: it was meant, it was not ignored, how plainly, how late. */
static bool explains_exit_better(const struct sent *a, const struct sent *b)
{
	const bool a_ignored = a->fate == SIGNAL_FATE_IGNORED;
	const bool b_ignored = b->fate == SIGNAL_FATE_IGNORED;

	if ((a->wish == WISH_NONE) != (b->wish == WISH_NONE))
		return a->wish != WISH_NONE;
	if (a_ignored != b_ignored)
		return b_ignored;
	return a->wish != b->wish ? a->wish > b->wish : a->boot_ns > b->boot_ns;
}

/* The signal that the process died of, where it is one that was seen and not another like it. */
static bool set_cause(struct process *p, int sig, struct report *r)
{
	const struct sent *s = find_sent(p, (uint8_t)sig);

	if (!s || s->joined || s->boot_ns > r->boot_ns)
		return false;
	if (s->fate != SIGNAL_FATE_PENDING && s->fate != SIGNAL_FATE_ACTED)
		return false;
	r->earlier = earlier_of(s, sig, r);
	r->earlier.fate = SIGNAL_FATE_ACTED;
	r->earlier.caused = true;
	return true;
}

static bool set_last_wish(const struct process *p, struct report *r)
{
	const struct sent *best = NULL;
	int sig = 0;

	for (unsigned int i = 0; i < p->count; i++) {
		const struct sent *s = &p->sent[i];

		if (s->boot_ns > r->boot_ns || (best && !explains_exit_better(s, best)))
			continue;
		best = s;
		sig = signal_of(p->keys[i]);
	}
	if (!best)
		return false;
	r->earlier = earlier_of(best, sig, r);
	/* An exit has no pending sets, and what sigwait() or a signalfd took shows no delivery. */
	if (best->fate == SIGNAL_FATE_PENDING)
		r->earlier.fate = SIGNAL_FATE_NOT_KNOWN;
	return true;
}

bool outcome_exit(struct outcome *o, struct report *r)
{
	const int sig = r->exit_code & 0x7f; /* wait4(2); 0: exit_group(2) */
	struct process *p;
	bool known;

	if (r->kind != REPORT_EXIT)
		return false;
	p = find_process(o, &r->target);
	if (!p)
		return false;
	known = (sig && set_cause(p, sig, r)) || set_last_wish(p, r);
	process_pool_remove(o->pool, p);
	return known;
}

enum signal_fate outcome_fate(struct outcome *o, const struct report_task *process, int sig,
			      uint64_t boot_ns)
{
	const uint8_t keys[] = {(uint8_t)sig, (uint8_t)sig | KEY_DROPPED};
	struct process *p = can_end(sig) ? find_process(o, process) : NULL;

	for (size_t i = 0; p && i < sizeof(keys); i++) {
		const struct sent *s = find_sent(p, keys[i]);

		if (s && s->boot_ns == boot_ns)
			return (enum signal_fate)s->fate;
	}
	return SIGNAL_FATE_NOT_KNOWN;
}
