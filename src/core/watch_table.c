/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch_table.h"

#include <stddef.h>

_Static_assert(WATCH_QUESTIONS_MAX < UINT16_MAX, "links are 16 bits");
_Static_assert(sizeof(struct watch) <= 512 << 10, "the promise of watch.h");

struct watch_key watch_key_of(const struct report *r, enum watch_question question, uint32_t tid)
{
	return (struct watch_key){
		.start_boot_ns = r->target.start_boot_ns,
		.tgid = r->target.tgid,
		.tid = tid,
		.sig = (uint8_t)r->sig,
		.question = (uint8_t)question,
	};
}

static uint32_t bucket_of(uint32_t tgid)
{
	return tgid * 2654435769U >> (32 - WATCH_BUCKETS_BITS);
}

/* From `index` on in its bucket. */
static uint16_t find_process(const struct watch *w, uint16_t index, uint32_t tgid,
			     uint64_t start_boot_ns)
{
	while (index &&
	       (w->keys[index].tgid != tgid || w->keys[index].start_boot_ns != start_boot_ns))
		index = w->keys[index].bucket_next;
	return index;
}

uint16_t watch_table_first(const struct watch *w, const struct report_task *process)
{
	return find_process(w, w->buckets[bucket_of(process->tgid)], process->tgid,
			    process->start_boot_ns);
}

uint16_t watch_table_next(const struct watch *w, uint16_t index)
{
	const struct watch_key *key = &w->keys[index];

	return find_process(w, key->bucket_next, key->tgid, key->start_boot_ns);
}

uint16_t watch_table_find(const struct watch *w, const struct watch_key *key)
{
	uint16_t index = w->buckets[bucket_of(key->tgid)];

	while ((index = find_process(w, index, key->tgid, key->start_boot_ns))) {
		const struct watch_key *found = &w->keys[index];

		if (found->sig == key->sig && found->question == key->question &&
		    found->tid == key->tid)
			break;
		index = found->bucket_next;
	}
	return index;
}

static void put_in_heap(struct watch *w, uint16_t at, uint16_t index)
{
	w->heap[at] = index;
	w->entries[index].heap_at = at;
}

static uint64_t due_at(const struct watch *w, unsigned int at)
{
	return w->entries[w->heap[at]].due_ns;
}

/* Moves the one at `at` to where it belongs. */
static void settle(struct watch *w, uint16_t at)
{
	const uint16_t index = w->heap[at];
	const uint64_t due_ns = w->entries[index].due_ns;
	unsigned int child;

	for (; at > 1 && due_at(w, at / 2) > due_ns; at /= 2)
		put_in_heap(w, at, w->heap[at / 2]);
	while ((child = 2U * at) <= w->count) {
		if (child < w->count && due_at(w, child + 1) < due_at(w, child))
			child++;
		if (due_at(w, child) >= due_ns)
			break;
		put_in_heap(w, at, w->heap[child]);
		at = (uint16_t)child;
	}
	put_in_heap(w, at, index);
}

void watch_table_set_due(struct watch *w, uint16_t index, uint64_t due_ns)
{
	w->entries[index].due_ns = due_ns;
	settle(w, w->entries[index].heap_at);
}

void watch_table_set_proof(struct watch *w, uint16_t index, bool has_proof)
{
	struct watch_entry *e = &w->entries[index];

	if (e->has_proof != has_proof)
		w->proofs = has_proof ? w->proofs + 1 : w->proofs - 1;
	e->has_proof = has_proof;
}

static void leave_ages(struct watch *w, const struct watch_entry *e)
{
	if (e->older)
		w->entries[e->older].newer = e->newer;
	else
		w->oldest = e->newer;
	if (e->newer)
		w->entries[e->newer].older = e->older;
	else
		w->newest = e->older;
}

static void become_newest(struct watch *w, uint16_t index)
{
	struct watch_entry *e = &w->entries[index];

	e->newer = 0;
	e->older = w->newest;
	if (w->newest)
		w->entries[w->newest].newer = index;
	else
		w->oldest = index;
	w->newest = index;
}

void watch_table_renew(struct watch *w, uint16_t index)
{
	leave_ages(w, &w->entries[index]);
	become_newest(w, index);
}

void watch_table_remove(struct watch *w, uint16_t index)
{
	struct watch_entry *e = &w->entries[index];
	uint16_t *link = &w->buckets[bucket_of(w->keys[index].tgid)];
	const uint16_t last = w->heap[w->count];

	watch_table_set_proof(w, index, false);
	while (*link != index)
		link = &w->keys[*link].bucket_next;
	*link = w->keys[index].bucket_next;
	leave_ages(w, e);
	w->count--;
	if (last != index) {
		put_in_heap(w, e->heap_at, last);
		settle(w, e->heap_at);
	}
	e->newer = w->free;
	w->free = index;
}

/* What was answered and is kept only so as not to be told twice is no loss. */
static void evict(struct watch *w, uint16_t index)
{
	if (!w->entries[index].done)
		w->evicted++;
	watch_table_remove(w, index);
}

static void make_room(struct watch *w, const struct watch_key *key)
{
	uint16_t index = find_process(w, w->buckets[bucket_of(key->tgid)], key->tgid,
				      key->start_boot_ns);
	uint16_t last = 0;
	unsigned int count = 0;

	/* In a bucket the newest comes first. */
	for (; index; index = watch_table_next(w, index)) {
		last = index;
		count++;
	}
	if (count == WATCH_PER_PROCESS_MAX)
		evict(w, last);
	else if (w->count == WATCH_QUESTIONS_MAX)
		evict(w, w->oldest);
}

uint16_t watch_table_add(struct watch *w, const struct watch_key *key)
{
	uint16_t *link = &w->buckets[bucket_of(key->tgid)];
	uint16_t index;

	make_room(w, key);
	index = w->free;
	if (index)
		w->free = w->entries[index].newer;
	else
		index = ++w->touched;
	w->keys[index] = *key;
	w->keys[index].bucket_next = *link;
	*link = index;
	w->entries[index] = (struct watch_entry){.due_ns = WATCH_NEVER_NS};
	become_newest(w, index);
	put_in_heap(w, ++w->count, index);
	return index;
}
