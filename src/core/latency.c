/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed pool of entries, one for each signal that is believed pending. The entries of one kernel
 * queue and signal number form a list, oldest first; its head is in a hash table under (process,
 * thread or shared, number) and in the list of its process. All entries together form a list by
 * age.
 *
 * A list only ever loses its head: what is older than a delivered signal was consumed before it,
 * perhaps without a deliver event (sigwait, signalfd, a flush). So the oldest entry of all is
 * always the head of its list, and eviction is constant, too.
 *
 * Links are indexes into the pool; 0 is none, so that a zeroed block is an empty table.
 */
#include "latency.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "signal_numbers.h"
#include "signals.h"

#define QUEUE_BUCKETS_BITS   14
#define PROCESS_BUCKETS_BITS 13

/* How many older entries a delivery may skip. Beyond that it gets no latency. */
#define SCAN_MAX 64

#define CODE_SI_USER	0
#define CODE_SI_KERNEL	0x80
#define CODE_SI_TIMER	(-2)
#define FLAG_GROUP_EXIT 0x4U /* SIGNAL_GROUP_EXIT, include/linux/sched/signal.h */

/* A queue of the kernel, or what stands in for one. */
struct queue_key {
	uint64_t start_boot_ns;
	uint32_t tgid;
	/*
	 * tid << 8 | signal number; a pid has 22 bits. tid 0 is the queue that the threads share,
	 * number 0 stands for the signal that began the group exit, in info.code.
	 */
	uint32_t tid_sig;
};

/* What tells one siginfo from another. The uid does not: it comes with the pid. */
struct info {
	uint64_t value;
	int32_t code;
	int32_t info_pid;
};

struct entry {
	struct queue_key key;
	bool unproven; /* a delivery that looks like this one may be another's */
	bool bare;     /* the siginfo was lost: a bit in the pending set and nothing in the queue */
	bool bare_behind; /* a bare one came after it: is there if this one was consumed unseen */
	uint16_t age_older;
	uint16_t age_newer;
	uint64_t boot_ns;
	struct info info;     /* at delivery */
	uint16_t queue_newer; /* of a free entry: the next free one */
	/* Of heads only. */
	uint16_t queue_newest;
	uint16_t queue_count;
	uint16_t bucket_next;
	uint16_t process_prev;
	uint16_t process_next;
};

struct latency {
	uint64_t evicted;
	uint64_t lost_until_boot_ns;
	uint16_t oldest;
	uint16_t newest;
	uint16_t free;
	uint16_t touched; /* entries that were ever used: the rest costs no resident memory */
	uint16_t queues[1 << QUEUE_BUCKETS_BITS];
	uint16_t processes[1 << PROCESS_BUCKETS_BITS];
	struct entry entries[LATENCY_ENTRIES_MAX + 1]; /* [0] is never used */
};

_Static_assert(sizeof(struct entry) == 64, "a cache line");
_Static_assert(LATENCY_ENTRIES_MAX < UINT16_MAX, "links are 16 bits");
_Static_assert(sizeof(struct latency) <= 1 << 20, "the promise of latency.h");

int latency_new(struct latency **ret)
{
	struct latency *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*ret = l;
	return 0;
}

void latency_free(struct latency *l)
{
	free(l);
}

uint64_t latency_evicted(const struct latency *l)
{
	return l->evicted;
}

static uint16_t *queue_bucket(struct latency *l, const struct queue_key *key)
{
	uint64_t hash = key->start_boot_ns ^ ((uint64_t)key->tid_sig << 32 | key->tgid);

	/* The finalizer of MurmurHash3, shortened: start times differ in their low bits only. */
	hash = (hash ^ hash >> 29) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return &l->queues[hash >> (64 - QUEUE_BUCKETS_BITS)];
}

static uint16_t *process_bucket(struct latency *l, uint32_t tgid)
{
	return &l->processes[tgid * 2654435769U >> (32 - PROCESS_BUCKETS_BITS)];
}

static bool same_key(const struct queue_key *a, const struct queue_key *b)
{
	return a->tgid == b->tgid && a->tid_sig == b->tid_sig &&
	       a->start_boot_ns == b->start_boot_ns;
}

/* The link to the head of a queue's list, or the one at the end of its bucket, which holds 0. */
static uint16_t *find_queue(struct latency *l, const struct queue_key *key)
{
	uint16_t *link = queue_bucket(l, key);

	while (*link && !same_key(&l->entries[*link].key, key))
		link = &l->entries[*link].bucket_next;
	return link;
}

/* Puts `with` (0: nothing) in the place of the head `e` in the list of its process. */
static void replace_in_process(struct latency *l, const struct entry *e, uint16_t with)
{
	uint16_t next = e->process_next;
	uint16_t prev = e->process_prev;

	if (prev)
		l->entries[prev].process_next = with ? with : next;
	else
		*process_bucket(l, e->key.tgid) = with ? with : next;
	if (next)
		l->entries[next].process_prev = with ? with : prev;
	if (with) {
		l->entries[with].process_prev = prev;
		l->entries[with].process_next = next;
	}
}

/* Removes the oldest entry of the queue at *link, which then links to the next one or the next
 * queue. */
static void remove_head(struct latency *l, uint16_t *link)
{
	uint16_t index = *link;
	struct entry *e = &l->entries[index];
	uint16_t next = e->queue_newer;

	replace_in_process(l, e, next);
	if (next) {
		l->entries[next].queue_newest = e->queue_newest;
		l->entries[next].queue_count = e->queue_count - 1;
		l->entries[next].bucket_next = e->bucket_next;
		*link = next;
	} else {
		*link = e->bucket_next;
	}

	if (e->age_older)
		l->entries[e->age_older].age_newer = e->age_newer;
	else
		l->oldest = e->age_newer;
	if (e->age_newer)
		l->entries[e->age_newer].age_older = e->age_older;
	else
		l->newest = e->age_older;

	e->queue_newer = l->free;
	l->free = index;
}

static void remove_heads(struct latency *l, uint16_t *link, unsigned int count)
{
	while (count--)
		remove_head(l, link);
}

static void drop_queue(struct latency *l, uint16_t *link)
{
	remove_heads(l, link, l->entries[*link].queue_count);
}

/* Makes sure that an entry is free. Links found before are no longer good. */
static void make_room(struct latency *l)
{
	if (l->free || l->touched < LATENCY_ENTRIES_MAX)
		return;
	remove_head(l, find_queue(l, &l->entries[l->oldest].key));
	l->evicted++;
}

/* Takes an entry from the pool, as the newest of all. Room was made before. */
static uint16_t new_entry(struct latency *l, const struct queue_key *key)
{
	uint16_t index = l->free;

	if (index)
		l->free = l->entries[index].queue_newer;
	else
		index = ++l->touched;
	l->entries[index] = (struct entry){.key = *key, .age_older = l->newest};
	if (l->newest)
		l->entries[l->newest].age_newer = index;
	else
		l->oldest = index;
	l->newest = index;
	return index;
}

/* Begins the queue of `key`, which is not in the table; *link is a place in its bucket. */
static struct entry *begin_queue(struct latency *l, const struct queue_key *key, uint16_t *link)
{
	uint16_t *process = process_bucket(l, key->tgid);
	uint16_t index = new_entry(l, key);
	struct entry *e = &l->entries[index];

	e->queue_newest = index;
	e->queue_count = 1;
	e->bucket_next = *link;
	*link = index;
	e->process_next = *process;
	if (*process)
		l->entries[*process].process_prev = index;
	*process = index;
	return e;
}

/* Appends to the queue whose head is *link. */
static struct entry *append(struct latency *l, const struct queue_key *key, const uint16_t *link)
{
	struct entry *head = &l->entries[*link];
	uint16_t index = new_entry(l, key);

	l->entries[head->queue_newest].queue_newer = index;
	head->queue_newest = index;
	head->queue_count++;
	return &l->entries[index];
}

static struct queue_key shared_key(const struct report *r, int sig)
{
	return (struct queue_key){
		.start_boot_ns = r->target.start_boot_ns,
		.tgid = r->target.tgid,
		.tid_sig = (uint32_t)sig,
	};
}

static struct queue_key thread_key(const struct report *r, int sig)
{
	struct queue_key key = shared_key(r, sig);

	key.tid_sig |= r->target.tid << 8;
	return key;
}

/* The signal that a process dies of; 0 if it is none. */
static int group_exit_signal(const struct report *r)
{
	/* wait4(2): the low 7 bits are the signal, 0 for exit_group(2). */
	return r->signal_flags & FLAG_GROUP_EXIT ? r->group_exit_code & 0x7f : 0;
}

static void remember_group_exit(struct latency *l, const struct report *r)
{
	struct queue_key key = shared_key(r, 0);
	uint16_t *link;
	struct entry *e;

	make_room(l);
	link = find_queue(l, &key);
	if (*link) {
		/* 5.10 still queues signals for a dying process: the first began it. */
		if (l->entries[*link].info.code == r->sig)
			return;
		/* SIGKILL during a core dump begins a second group exit. */
		remove_head(l, link);
	}
	e = begin_queue(l, &key, link);
	e->boot_ns = r->boot_ns;
	e->info.code = r->sig;
}

/* What collect_signal() makes up where there is no siginfo. */
static const struct info bare_info = {.code = CODE_SI_USER};

/* What collect_signal() will find: the siginfo as __send_signal_locked() stored it. */
static struct info expected_info(const struct report *r)
{
	if (r->result == EVENT_RESULT_LOSE_INFO)
		return bare_info;
	if (r->facts & EVENT_FACT_INFO_PRIV)
		return (struct info){.code = CODE_SI_KERNEL};
	if (r->facts & EVENT_FACT_INFO_NONE)
		return (struct info){.code = CODE_SI_USER, .info_pid = (int32_t)r->sender_nr};
	return (struct info){.code = r->code, .info_pid = r->info_pid, .value = r->value};
}

static bool same_info(const struct info *a, const struct info *b)
{
	return a->code == b->code && a->info_pid == b->info_pid && a->value == b->value;
}

static void remember_queued(struct latency *l, const struct report *r)
{
	/* legacy_queue() refuses a standard signal that is there already; timers do not ask it. */
	bool was_empty = r->sig < KERNEL_SIGRTMIN && r->code != CODE_SI_TIMER;
	bool bare = r->result == EVENT_RESULT_LOSE_INFO;
	struct queue_key key = r->process_directed ? shared_key(r, r->sig) : thread_key(r, r->sig);
	bool unproven = false;
	struct entry *head;
	uint16_t *link;
	struct entry *e;

	make_room(l);
	link = find_queue(l, &key);
	head = &l->entries[*link];
	if (!*link) {
		e = begin_queue(l, &key, link);
	} else if (was_empty) {
		/* The older one was consumed; or a tracer has it, and its delivery is to come. */
		unproven = r->facts & EVENT_FACT_PTRACED;
		drop_queue(l, link);
		e = begin_queue(l, &key, link);
	} else if (bare) {
		l->entries[head->queue_newest].bare_behind = true;
		return;
	} else if (head->bare) {
		/* collect_signal() takes what is queued, and clears the bit of a bare one with it.
		 */
		drop_queue(l, link);
		e = begin_queue(l, &key, link);
	} else {
		if (head->queue_count >= LATENCY_QUEUE_MAX) {
			remove_head(l, link);
			l->evicted++;
		}
		e = append(l, &key, link);
	}
	/* All bare ones look alike, and one may be there from the time when records were lost. */
	if (bare && r->target.start_boot_ns < l->lost_until_boot_ns)
		unproven = true;
	e->boot_ns = r->boot_ns;
	e->unproven = unproven;
	e->bare = bare;
	e->info = expected_info(r);
}

void latency_generate(struct latency *l, const struct report *r)
{
	if (r->kind != REPORT_GENERATE || r->sig < 1 || r->sig > SIGNAL_MAX)
		return;
	if (r->result != EVENT_RESULT_DELIVERED && r->result != EVENT_RESULT_LOSE_INFO)
		return;
	/*
	 * complete_signal() has begun the group exit already. No thread will take this signal from
	 * its queue: each shows SIGKILL, and later signals are dropped.
	 */
	if (group_exit_signal(r) == r->sig)
		remember_group_exit(l, r);
	else
		remember_queued(l, r);
}

static struct info delivered_info(const struct report *r)
{
	return (struct info){.code = r->code, .info_pid = r->info_pid, .value = r->value};
}

static bool matches(const struct entry *e, const struct report *r)
{
	const struct info info = delivered_info(r);

	return same_info(&e->info, &info);
}

/* True if the report looks as a bare one does that may have come after the entry. */
static bool matches_bare_behind(const struct entry *e, const struct report *r)
{
	const struct info info = delivered_info(r);

	return e->bare_behind && same_info(&bare_info, &info);
}

static bool newest_matches(const struct latency *l, uint16_t head, const struct report *r)
{
	const struct entry *newest = &l->entries[l->entries[head].queue_newest];

	return head && (matches(newest, r) || matches_bare_behind(newest, r));
}

/*
 * Which entry of the queue it was, 0 the oldest, if at least one more is pending behind it: the
 * first that matches, but not the newest, for that one is pending. -1: none.
 */
static int find_first_match(const struct latency *l, uint16_t head, const struct report *r)
{
	uint16_t index = head;

	for (int i = 0; i < SCAN_MAX && index && l->entries[index].queue_newer; i++) {
		if (matches(&l->entries[index], r))
			return i;
		index = l->entries[index].queue_newer;
	}
	return -1;
}

static void set_latency(const struct latency *l, const struct entry *e, struct report *r)
{
	if (e->unproven || e->boot_ns < l->lost_until_boot_ns || e->boot_ns > r->boot_ns)
		return;
	r->has_latency = true;
	r->latency_ns = r->boot_ns - e->boot_ns;
}

/* Nothing of this number is left in the queue, so the newest entry is what was delivered. */
static void take_newest(struct latency *l, uint16_t head, struct report *r)
{
	const struct entry *newest = &l->entries[l->entries[head].queue_newest];

	if (!matches_bare_behind(newest, r))
		set_latency(l, newest, r);
}

/* The entry at `position` was delivered; everything before it was consumed earlier. */
static void take_at(struct latency *l, uint16_t *link, int position, struct report *r)
{
	remove_heads(l, link, (unsigned int)position);
	/* Older ones, the very same as this, may have been queued while records were lost. */
	if (r->target.start_boot_ns >= l->lost_until_boot_ns)
		set_latency(l, &l->entries[*link], r);
	remove_head(l, link);
}

static void forget(struct latency *l, const struct queue_key *key)
{
	uint16_t *link = find_queue(l, key);

	if (*link)
		drop_queue(l, link);
}

/*
 * A tracer held the thread after the dequeue, for any time: the pending sets are not those of the
 * dequeue, and the siginfo may be the tracer's. Only a lone entry that matches is beyond doubt.
 */
static void deliver_ptraced(struct latency *l, const struct queue_key *thread,
			    const struct queue_key *shared, struct report *r)
{
	uint16_t in_thread = *find_queue(l, thread);
	uint16_t in_shared = *find_queue(l, shared);
	uint16_t head = in_thread ? in_thread : in_shared;

	if (head && !(in_thread && in_shared) && l->entries[head].queue_count == 1 &&
	    newest_matches(l, head, r))
		take_newest(l, head, r);
	forget(l, thread);
	forget(l, shared);
}

/* From the thread's own queue for certain: it is not empty even now. */
static void deliver_from_thread(struct latency *l, uint16_t *link, struct report *r)
{
	int position = find_first_match(l, *link, r);

	if (position >= 0)
		take_at(l, link, position, r);
}

static void deliver_queued(struct latency *l, struct report *r)
{
	const struct queue_key thread = thread_key(r, r->sig);
	const struct queue_key shared = shared_key(r, r->sig);
	bool more_in_thread = r->pending_thread & signal_bit(r->sig);
	bool more_in_shared = r->pending_process & signal_bit(r->sig);
	uint16_t *thread_link;
	uint16_t *shared_link;
	int shared_position = -1;
	bool thread_fits;
	bool shared_fits;

	if (r->facts & EVENT_FACT_PTRACED) {
		deliver_ptraced(l, &thread, &shared, r);
		return;
	}
	thread_link = find_queue(l, &thread);
	if (more_in_thread) {
		deliver_from_thread(l, thread_link, r);
		return;
	}
	shared_link = find_queue(l, &shared);
	thread_fits = newest_matches(l, *thread_link, r);
	if (more_in_shared) {
		shared_position = find_first_match(l, *shared_link, r);
		shared_fits = shared_position >= 0;
	} else {
		shared_fits = newest_matches(l, *shared_link, r);
	}

	/* If both fit, one of them was consumed unseen, and they cannot be told apart. */
	if (thread_fits && !shared_fits)
		take_newest(l, *thread_link, r);
	else if (shared_fits && !thread_fits && !more_in_shared)
		take_newest(l, *shared_link, r);

	if (*thread_link) {
		drop_queue(l, thread_link);
		shared_link = find_queue(l, &shared);
	}
	if (!*shared_link)
		return;
	if (!more_in_shared || (shared_fits && thread_fits))
		drop_queue(l, shared_link);
	else if (shared_fits)
		take_at(l, shared_link, shared_position, r);
}

void latency_deliver(struct latency *l, struct report *r)
{
	if (r->kind != REPORT_DELIVER || r->sig < 1 || r->sig > SIGNAL_MAX)
		return;
	if (r->sig == SIG_KILL) {
		/* Never dequeued: get_signal() shows SIGKILL for any group exit. */
		struct queue_key key = shared_key(r, 0);
		uint16_t head = *find_queue(l, &key);
		int sig = group_exit_signal(r);

		if (head && sig && l->entries[head].info.code == sig)
			set_latency(l, &l->entries[head], r);
		return;
	}
	deliver_queued(l, r);
}

void latency_exit(struct latency *l, uint32_t tgid)
{
	uint16_t index = *process_bucket(l, tgid);

	while (index) {
		const struct entry *e = &l->entries[index];
		uint16_t next = e->process_next;

		if (e->key.tgid == tgid)
			drop_queue(l, find_queue(l, &e->key));
		index = next;
	}
}

void latency_lost(struct latency *l, uint64_t until_boot_ns)
{
	if (until_boot_ns > l->lost_until_boot_ns)
		l->lost_until_boot_ns = until_boot_ns;
}
