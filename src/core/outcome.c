/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed pool of processes in a hash table by number, and in a list by the age of their last
 * event. Each keeps a few signals: of every number the last that was queued and the last that was
 * dropped, so that one that is ignored does not hide an earlier one that was handled.
 *
 * Links are indexes into the pool; 0 is none, so that a zeroed block is an empty table. Every
 * operation is constant in time: floods of signals are normal.
 */
#include "outcome.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel_bits.h"
#include "signals.h"

#define BUCKETS_BITS 13

#define SIG_HUP	 1
#define SIG_TERM 15
#define SIG_XCPU 24

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
	struct report_task sender;
	uint32_t tid; /* the thread that it was directed at; 0: the process */
	uint8_t sender_kind;
	uint8_t fate;
	uint8_t wish;
	bool joined; /* one was pending already, and that one was not seen: it is not the cause */
};

struct process {
	uint64_t start_boot_ns;
	uint32_t tgid;
	uint32_t losses; /* as of its last event: struct outcome */
	uint16_t bucket_next;
	uint16_t age_older;
	uint16_t age_newer; /* of a free one: the next free one */
	uint8_t count;
	uint8_t keys[SENT_MAX]; /* in one cache line with what finds the process */
	struct sent sent[SENT_MAX];
};

struct outcome {
	uint64_t evicted;
	uint32_t losses;
	uint16_t oldest;
	uint16_t newest;
	uint16_t free;
	uint16_t touched; /* processes that were ever used: the rest costs no resident memory */
	uint16_t buckets[1 << BUCKETS_BITS];
	struct process processes[OUTCOME_PROCESSES_MAX + 1]; /* [0] is never used */
};

_Static_assert(sizeof(struct sent) == 64, "a cache line");
_Static_assert(OUTCOME_PROCESSES_MAX < UINT16_MAX, "links are 16 bits");
_Static_assert(sizeof(struct outcome) <= 4 << 20, "the promise of outcome.h");

int outcome_new(struct outcome **ret)
{
	struct outcome *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	*ret = o;
	return 0;
}

void outcome_free(struct outcome *o)
{
	free(o);
}

uint64_t outcome_evicted(const struct outcome *o)
{
	return o->evicted;
}

void outcome_lost(struct outcome *o)
{
	o->losses++;
}

/* The link to the process of that number, or the one at the end of its bucket, which holds 0. */
static uint16_t *find_link(struct outcome *o, uint32_t tgid)
{
	uint16_t *link = &o->buckets[tgid * 2654435769U >> (32 - BUCKETS_BITS)];

	while (*link && o->processes[*link].tgid != tgid)
		link = &o->processes[*link].bucket_next;
	return link;
}

static void leave_ages(struct outcome *o, const struct process *p)
{
	if (p->age_older)
		o->processes[p->age_older].age_newer = p->age_newer;
	else
		o->oldest = p->age_newer;
	if (p->age_newer)
		o->processes[p->age_newer].age_older = p->age_older;
	else
		o->newest = p->age_older;
}

static void become_newest(struct outcome *o, uint16_t index)
{
	struct process *p = &o->processes[index];

	p->age_newer = 0;
	p->age_older = o->newest;
	if (o->newest)
		o->processes[o->newest].age_newer = index;
	else
		o->oldest = index;
	o->newest = index;
}

static void remove_process(struct outcome *o, uint16_t index)
{
	struct process *p = &o->processes[index];

	*find_link(o, p->tgid) = p->bucket_next;
	leave_ages(o, p);
	p->age_newer = o->free;
	o->free = index;
}

static bool is_process(const struct process *p, const struct report_task *task)
{
	return p->tgid == task->tgid && p->start_boot_ns == task->start_boot_ns;
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
	uint16_t index = o->newest;

	if (!index || !is_process(&o->processes[index], task)) {
		index = *find_link(o, task->tgid);
		if (!index || !is_process(&o->processes[index], task))
			return NULL;
		leave_ages(o, &o->processes[index]);
		become_newest(o, index);
	}
	apply_losses(o, &o->processes[index]);
	return &o->processes[index];
}

static uint16_t take_free(struct outcome *o)
{
	uint16_t index = o->free;

	if (index) {
		o->free = o->processes[index].age_newer;
		return index;
	}
	return ++o->touched;
}

/* Begins a process that find_process() did not find. */
static struct process *add_process(struct outcome *o, const struct report_task *task)
{
	uint16_t index = *find_link(o, task->tgid);
	uint16_t *link;
	struct process *p;

	if (index) { /* the number was used again, so that one has ended */
		remove_process(o, index);
	} else if (!o->free && o->touched == OUTCOME_PROCESSES_MAX) {
		remove_process(o, o->oldest);
		o->evicted++;
	}
	index = take_free(o);
	link = find_link(o, task->tgid);
	p = &o->processes[index];
	p->start_boot_ns = task->start_boot_ns;
	p->tgid = task->tgid;
	p->losses = o->losses;
	p->count = 0;
	p->bucket_next = 0;
	*link = index;
	become_newest(o, index);
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

static bool sent_to_itself(const struct report *r)
{
	return r->sender_kind == SENDER_USER && r->sender.tgid == r->target.tgid &&
	       r->sender.start_boot_ns == r->target.start_boot_ns;
}

static enum wish wish_of(const struct report *r)
{
	const bool plain = asks_plainly(r->sig);

	/* abort(), and the runtimes that stop their own threads by a signal. */
	if (sent_to_itself(r))
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
		.sender = r->sender,
		.tid = r->process_directed ? 0 : r->target.tid,
		.sender_kind = (uint8_t)r->sender_kind,
		.fate = (uint8_t)fate_at_generation(r),
		.wish = (uint8_t)wish_of(r),
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
	return (struct report_earlier){
		.sig = sig,
		.elapsed_ns = r->boot_ns - s->boot_ns,
		.fate = (enum signal_fate)s->fate,
		.sender_kind = (enum sender_kind)s->sender_kind,
		.sender = s->sender,
	};
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
	remove_process(o, o->newest);
	return known;
}
