// SPDX-License-Identifier: BSD-2-Clause
#include "snapshot_decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_bits.h"

#define THREADS_CAPACITY_MIN 1024

/* A thread that waits for its process: the two come in any order. */
struct loose_thread {
	uint32_t tgid;
	struct thread thread;
};

union record {
	struct snapshot_head head;
	struct snapshot_process process;
	struct snapshot_actions actions;
	struct snapshot_thread thread;
};

struct snapshot_decoder {
	struct process_table table;
	struct loose_thread *threads;
	size_t threads_len;
	size_t threads_capacity;
	int error; /* 0, or what the stream ended with */

	/* A record as far as it has come; wanted is its size, once its head is there, else 0. */
	size_t len;
	size_t wanted;
	union record record;
};

int snapshot_decoder_new(struct snapshot_decoder **ret)
{
	struct snapshot_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	*ret = d;
	return 0;
}

void snapshot_decoder_free(struct snapshot_decoder *d)
{
	if (!d)
		return;
	process_table_free(&d->table);
	free(d->threads);
	free(d);
}

static int take_process(struct snapshot_decoder *d)
{
	const struct snapshot_process *r = &d->record.process;
	const uint32_t facts = r->facts;
	struct process *p;

	if (r->tgid == 0)
		return -EBADMSG;
	p = process_table_add(&d->table, r->tgid);
	if (!p)
		return -ENOMEM;
	p->parent_tgid = r->parent_tgid;
	p->ns_tgid = r->ns_tgid;
	p->pid_ns = r->pid_ns;
	p->ns_level = r->ns_level;
	p->pgid = r->pgid;
	p->sid = r->sid;
	p->uid = r->uid;
	p->saved_uid = r->uid;
	p->start_boot_ns = r->start_boot_ns;
	memcpy(p->comm, r->comm, sizeof(p->comm));

	p->known = PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN | PROCESS_KNOWN_IDS |
		   PROCESS_KNOWN_VFORK | PROCESS_KNOWN_STATE | PROCESS_KNOWN_PDEATH;
	p->pdeath_signal = r->pdeath_signal <= EVENT_SIG_MAX ? (int)r->pdeath_signal : 0;
	p->kernel_thread = facts & SNAPSHOT_PROCESS_KTHREAD;
	p->namespace_init = facts & SNAPSHOT_PROCESS_NAMESPACE_INIT;
	p->global_init = facts & SNAPSHOT_PROCESS_GLOBAL_INIT;
	p->selected = facts & SNAPSHOT_PROCESS_SELECTED;
	p->core_dumping = facts & SNAPSHOT_PROCESS_CORE_DUMPING;
	p->group_exec = facts & SNAPSHOT_PROCESS_GROUP_EXEC;
	p->vfork_child = facts & SNAPSHOT_PROCESS_VFORK_CHILD;
	p->has_tty = facts & SNAPSHOT_PROCESS_HAS_TTY;
	p->pending = r->pending;
	p->signal_flags = r->signal_flags;
	p->group_exit_code = r->group_exit_code;
	p->thread_count = r->threads;
	p->leader_state = r->state;
	/* All of this is in the sighand, which a process that is being reaped has no more. */
	if (facts & SNAPSHOT_PROCESS_ACTIONS_KNOWN) {
		p->known |= PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_POLLED;
		p->ignored = r->ignored;
		p->caught = r->caught;
		p->signalfd_polled = facts & SNAPSHOT_PROCESS_SIGNALFD_POLLED;
	}
	return 0;
}

/* Actions come right behind their process, or not at all. */
static int take_actions(struct snapshot_decoder *d)
{
	const struct snapshot_actions *r = &d->record.actions;
	struct process *p = d->table.len ? &d->table.list[d->table.len - 1] : NULL;

	if (!p || p->tgid != r->tgid || !p->selected || !(p->known & PROCESS_KNOWN_DISPOSITIONS) ||
	    p->actions)
		return -EBADMSG;
	p->actions = calloc(EVENT_SIG_MAX, sizeof(*p->actions));
	if (!p->actions)
		return -ENOMEM;
	for (size_t i = 0; i < EVENT_SIG_MAX; i++)
		p->actions[i] = (struct process_action){
			.handler = r->actions[i].handler,
			.flags = r->actions[i].flags,
			.mask = r->actions[i].mask,
		};
	return 0;
}

static struct loose_thread *add_loose_thread(struct snapshot_decoder *d)
{
	if (d->threads_len == d->threads_capacity) {
		size_t capacity = d->threads_capacity ? 2 * d->threads_capacity
						      : THREADS_CAPACITY_MIN;
		struct loose_thread *threads = realloc(d->threads, capacity * sizeof(*threads));

		if (!threads)
			return NULL;
		d->threads = threads;
		d->threads_capacity = capacity;
	}
	return &d->threads[d->threads_len++];
}

static int take_thread(struct snapshot_decoder *d)
{
	const struct snapshot_thread *r = &d->record.thread;
	struct loose_thread *loose;

	if (r->tgid == 0 || r->tid == 0)
		return -EBADMSG;
	loose = add_loose_thread(d);
	if (!loose)
		return -ENOMEM;
	*loose = (struct loose_thread){
		.tgid = r->tgid,
		.thread = {
			.tid = r->tid,
			.ns_tid = r->ns_tid,
			.blocked = r->blocked,
			.pending = r->pending,
			.waited_for = r->real_blocked & ~r->blocked,
			.state = r->state,
			.tracer_tgid = r->tracer_tgid,
			.exit_code = r->exit_code,
			.waited_for_known = true,
			.exiting = (r->facts & SNAPSHOT_THREAD_EXITING) || (r->state & TASK_EXITED),
			.frozen = r->facts & SNAPSHOT_THREAD_FROZEN,
			.frozen_v2 = r->facts & SNAPSHOT_THREAD_FROZEN_V2,
			.listening = r->jobctl & JOBCTL_LISTENING,
		}};
	memcpy(loose->thread.comm, r->comm, sizeof(loose->thread.comm));
	if (r->facts & SNAPSHOT_THREAD_ASLEEP_KNOWN) {
		loose->thread.asleep_known = true;
		loose->thread.asleep_ns = r->asleep_ns;
	}
	return 0;
}

static const struct record_kind {
	size_t size;
	int (*take)(struct snapshot_decoder *d);
} record_kinds[] = {
	[SNAPSHOT_PROCESS] = {sizeof(struct snapshot_process), take_process},
	[SNAPSHOT_ACTIONS] = {sizeof(struct snapshot_actions), take_actions},
	[SNAPSHOT_THREAD] = {sizeof(struct snapshot_thread), take_thread},
};

_Static_assert(sizeof(record_kinds) / sizeof(record_kinds[0]) == SNAPSHOT_KIND_COUNT,
	       "a decoder for every kind");

static int check_head(const struct snapshot_head *head)
{
	if (head->kind >= SNAPSHOT_KIND_COUNT || !record_kinds[head->kind].take)
		return -EPROTO;
	return head->size == record_kinds[head->kind].size ? 0 : -EBADMSG;
}

/* Adds to the record, up to `limit` bytes in all, and returns how much it took. */
static size_t collect(struct snapshot_decoder *d, const unsigned char *data, size_t size,
		      size_t limit)
{
	size_t count = limit - d->len < size ? limit - d->len : size;

	memcpy((unsigned char *)&d->record + d->len, data, count);
	d->len += count;
	return count;
}

static int feed(struct snapshot_decoder *d, const unsigned char *data, size_t size)
{
	int r;

	while (size > 0) {
		size_t limit = d->wanted ? d->wanted : sizeof(d->record.head);
		size_t count = collect(d, data, size, limit);

		data += count;
		size -= count;
		if (d->len < limit)
			return 0;
		if (!d->wanted) {
			r = check_head(&d->record.head);
			if (r < 0)
				return r;
			d->wanted = d->record.head.size;
			continue;
		}
		r = record_kinds[d->record.head.kind].take(d);
		if (r < 0)
			return r;
		d->len = 0;
		d->wanted = 0;
	}
	return 0;
}

int snapshot_decoder_feed(struct snapshot_decoder *d, const void *data, size_t size)
{
	if (d->error == 0)
		d->error = feed(d, data, size);
	return d->error;
}

static int compare_loose_threads(const void *a, const void *b)
{
	const struct loose_thread *x = a;
	const struct loose_thread *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return (x->thread.tid > y->thread.tid) - (x->thread.tid < y->thread.tid);
}

/*
 * A thread in exec takes over its leader's number. The iterator goes by numbers and may meet it
 * under its own and then, with everything else the same, under the leader's.
 */
static void drop_repeated_processes(struct process_table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		if (kept > 0 && t->list[kept - 1].tgid == t->list[i].tgid)
			process_forget_details(&t->list[i]);
		else
			t->list[kept++] = t->list[i];
	}
	t->len = kept;
}

/* Both are sorted by tgid. */
static int attach_threads(struct snapshot_decoder *d)
{
	const struct loose_thread *before = NULL;

	for (size_t i = 0; i < d->threads_len; i++) {
		const struct loose_thread *loose = &d->threads[i];
		struct process *p = process_table_find(&d->table, loose->tgid);
		struct thread *thread;

		if (!p || !p->selected || (before && compare_loose_threads(before, loose) == 0))
			continue;
		thread = process_add_thread(p, loose->thread.tid);
		if (!thread)
			return -ENOMEM;
		*thread = loose->thread;
		before = loose;
	}
	return 0;
}

int snapshot_decoder_finish(struct snapshot_decoder *d, struct process_table *t)
{
	if (d->error == 0 && d->len > 0)
		d->error = -EBADMSG;
	if (d->error < 0)
		return d->error;

	process_table_sort(&d->table);
	drop_repeated_processes(&d->table);
	if (d->threads_len > 1)
		qsort(d->threads, d->threads_len, sizeof(*d->threads), compare_loose_threads);
	d->error = attach_threads(d);
	if (d->error < 0)
		return d->error;
	free(d->threads);
	d->threads = NULL;
	d->threads_len = d->threads_capacity = 0;
	process_table_sort(&d->table); /* the leaders' threads first */

	d->table.evidence = PROCESS_EVIDENCE_BPF;
	*t = d->table;
	d->table = (struct process_table){0};
	return 0;
}
