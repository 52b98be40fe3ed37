// SPDX-License-Identifier: BSD-2-Clause
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* How far our position may run ahead of what the kernel knows; less in a small buffer. */
#define STEP_BYTES ((size_t)64 * 1024)

int ring_open(struct ring *ring, int fd, size_t size_bytes)
{
	const size_t page_bytes = sysconf(_SC_PAGESIZE);
	void *consumer, *producer;

	consumer = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	producer = mmap(NULL, page_bytes + 2 * size_bytes, PROT_READ, MAP_SHARED, fd, page_bytes);
	if (producer == MAP_FAILED) {
		const int error = errno;

		munmap(consumer, page_bytes);
		return -error;
	}
	*ring = (struct ring){
		.page_bytes = page_bytes,
		.size_bytes = size_bytes,
		.consumer = consumer,
		.producer = producer,
		.data = (const char *)producer + page_bytes,
		.at = *(unsigned long *)consumer,
	};
	return 0;
}

void ring_close(struct ring *ring)
{
	if (!ring->data)
		return;
	munmap(ring->consumer, ring->page_bytes);
	munmap(ring->producer, ring->page_bytes + 2 * ring->size_bytes);
	*ring = (struct ring){};
}

/* Records are aligned to 8 bytes, with their header. */
static size_t record_bytes(uint32_t len)
{
	return ((size_t)len + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

unsigned long ring_written(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

unsigned long ring_consumed(const struct ring *ring)
{
	return ring->at;
}

int ring_read(struct ring *ring, ring_record_fn each, void *context, unsigned int budget)
{
	const size_t step = ring->size_bytes / 8 < STEP_BYTES ? ring->size_bytes / 8 : STEP_BYTES;
	const unsigned long end = ring_written(ring);
	unsigned long known = ring->at;
	unsigned int count = 0;
	int r = 0;

	while (ring->at < end && count < budget && r >= 0) {
		const char *record = ring->data + (ring->at & (ring->size_bytes - 1));
		uint32_t header = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
		uint32_t len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (header & BPF_RINGBUF_BUSY_BIT)
			break; /* reserved, not yet submitted */
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			count++;
			r = each(context, record + BPF_RINGBUF_HDR_SZ, len);
		}
		ring->at += record_bytes(len);
		if (ring->at - known >= step) {
			__atomic_store_n(ring->consumer, ring->at, __ATOMIC_RELEASE);
			known = ring->at;
		}
	}
	if (ring->at != known)
		__atomic_store_n(ring->consumer, ring->at, __ATOMIC_RELEASE);
	return r < 0 ? r : (int)count;
}
