/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fixed number of processes that something is remembered of: found by number and start time, and
 * in the order in which they were added or renewed. Every operation is constant in time.
 */
#ifndef SIGTRACE_CORE_PROCESS_POOL_H
#define SIGTRACE_CORE_PROCESS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "report.h"

/* The head of whoever's own struct. */
struct pool_process {
	uint64_t start_boot_ns;
	uint32_t tgid;
	uint16_t bucket_next;
	uint16_t older;
	uint16_t newer; /* of a free one: the next free one */
};

struct process_pool;

/* Room for `capacity` (below 65535) structs of `size` bytes. 0 and *ret, or -ENOMEM. */
int process_pool_new(size_t size, uint16_t capacity, struct process_pool **ret);
/* Accepts NULL. */
void process_pool_free(struct process_pool *pool);

/* NULL: not there. */
void *process_pool_find(struct process_pool *pool, const struct report_task *process);
/*
 * Adds a process that is not there, as the newest; what comes behind the head is left as it was:
 * zeros, or of another process. Another one that had the number has ended, and is removed. The
 * oldest one is evicted if there is no room.
 */
void *process_pool_add(struct process_pool *pool, const struct report_task *process);
/* Makes one that is there the newest. */
void process_pool_renew(struct process_pool *pool, void *process);
void process_pool_remove(struct process_pool *pool, void *process);
/* NULL: there is none. */
void *process_pool_oldest(struct process_pool *pool);
/* How many were evicted. */
uint64_t process_pool_evicted(const struct process_pool *pool);

#endif
