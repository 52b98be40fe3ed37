/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table by number, and a list by age. Links are indexes into the pool; 0 is none, so that a
 * zeroed block is an empty table.
 */
#include "process_pool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define BUCKETS_BITS 13

struct process_pool {
	uint64_t evicted;
	size_t size;
	uint16_t capacity;
	uint16_t oldest;
	uint16_t newest;
	uint16_t free;
	uint16_t touched; /* processes that were ever used: the rest costs no resident memory */
	uint16_t buckets[1 << BUCKETS_BITS];
	_Alignas(max_align_t) unsigned char processes[]; /* capacity + 1: [0] is never used */
};

int process_pool_new(size_t size, uint16_t capacity, struct process_pool **ret)
{
	struct process_pool *pool = calloc(1, sizeof(*pool) + (capacity + 1) * size);

	if (!pool)
		return -ENOMEM;
	pool->size = size;
	pool->capacity = capacity;
	*ret = pool;
	return 0;
}

void process_pool_free(struct process_pool *pool)
{
	free(pool);
}

uint64_t process_pool_evicted(const struct process_pool *pool)
{
	return pool->evicted;
}

static struct pool_process *at(struct process_pool *pool, uint16_t index)
{
	return (void *)(pool->processes + index * pool->size);
}

static uint16_t index_of(const struct process_pool *pool, const struct pool_process *p)
{
	return (uint16_t)((size_t)((const unsigned char *)p - pool->processes) / pool->size);
}

/* The link to the process of that number, or the one at the end of its bucket, which holds 0. */
static uint16_t *find_link(struct process_pool *pool, uint32_t tgid)
{
	uint16_t *link = &pool->buckets[tgid * 2654435769U >> (32 - BUCKETS_BITS)];

	while (*link && at(pool, *link)->tgid != tgid)
		link = &at(pool, *link)->bucket_next;
	return link;
}

static void leave_ages(struct process_pool *pool, const struct pool_process *p)
{
	if (p->older)
		at(pool, p->older)->newer = p->newer;
	else
		pool->oldest = p->newer;
	if (p->newer)
		at(pool, p->newer)->older = p->older;
	else
		pool->newest = p->older;
}

static void become_newest(struct process_pool *pool, uint16_t index)
{
	struct pool_process *p = at(pool, index);

	p->newer = 0;
	p->older = pool->newest;
	if (pool->newest)
		at(pool, pool->newest)->newer = index;
	else
		pool->oldest = index;
	pool->newest = index;
}

static bool is_process(const struct pool_process *p, const struct report_task *process)
{
	return p->tgid == process->tgid && p->start_boot_ns == process->start_boot_ns;
}

void *process_pool_find(struct process_pool *pool, const struct report_task *process)
{
	uint16_t index = pool->newest;

	/* Floods are most often to one process. */
	if (index && is_process(at(pool, index), process))
		return at(pool, index);
	index = *find_link(pool, process->tgid);
	return index && is_process(at(pool, index), process) ? at(pool, index) : NULL;
}

void process_pool_renew(struct process_pool *pool, void *process)
{
	if (process == at(pool, pool->newest))
		return;
	leave_ages(pool, process);
	become_newest(pool, index_of(pool, process));
}

void process_pool_remove(struct process_pool *pool, void *process)
{
	struct pool_process *p = process;

	*find_link(pool, p->tgid) = p->bucket_next;
	leave_ages(pool, p);
	p->newer = pool->free;
	pool->free = index_of(pool, p);
}

void *process_pool_oldest(struct process_pool *pool)
{
	return pool->oldest ? at(pool, pool->oldest) : NULL;
}

static uint16_t take_free(struct process_pool *pool)
{
	const uint16_t index = pool->free;

	if (index) {
		pool->free = at(pool, index)->newer;
		return index;
	}
	return ++pool->touched;
}

void *process_pool_add(struct process_pool *pool, const struct report_task *process)
{
	uint16_t index = *find_link(pool, process->tgid);
	struct pool_process *p;

	if (index) {
		process_pool_remove(pool, at(pool, index));
	} else if (!pool->free && pool->touched == pool->capacity) {
		process_pool_remove(pool, at(pool, pool->oldest));
		pool->evicted++;
	}
	index = take_free(pool);
	p = at(pool, index);
	p->start_boot_ns = process->start_boot_ns;
	p->tgid = process->tgid;
	p->bucket_next = 0;
	*find_link(pool, process->tgid) = index;
	become_newest(pool, index);
	return p;
}
