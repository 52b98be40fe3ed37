/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading end of a BPF ring buffer (kernel/bpf/ringbuf.c). libbpf has one, too; it publishes
 * its position after every record, and the producers read that very cache line whenever they
 * reserve: a reader that keeps up makes each traced signal a third more expensive. This one
 * publishes in steps.
 */
#ifndef SIGTRACE_SYS_RING_H
#define SIGTRACE_SYS_RING_H

#include <stddef.h>

/* Zeroed, it is closed. */
struct ring {
	size_t page_bytes;
	size_t size_bytes;
	unsigned long at;	 /* our position, in bytes since the beginning */
	unsigned long *consumer; /* the same as the kernel knows it, which is late */
	unsigned long *producer; /* the kernel's, followed by the data, mapped twice in a row */
	const char *data;
};

/* Maps the ring buffer map `fd` of that size. 0 or a negative errno. */
int ring_open(struct ring *ring, int fd, size_t size_bytes);
void ring_close(struct ring *ring);

/* One record. Returns 0, or a negative errno that ends ring_read(). */
typedef int (*ring_record_fn)(void *context, const void *data, size_t size);
/*
 * Hands over the records that wait, in order, `budget` at most. Returns how many there were, or
 * what the callback returned if that was negative; that record counts as read.
 */
int ring_read(struct ring *ring, ring_record_fn each, void *context, unsigned int budget);

/*
 * Positions, in bytes since the beginning: behind the last record that was begun, and behind the
 * last one that was handed over, which ring_read() may not have told the kernel yet.
 */
unsigned long ring_written(const struct ring *ring);
unsigned long ring_consumed(const struct ring *ring);

#endif
