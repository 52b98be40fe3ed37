// SPDX-License-Identifier: BSD-2-Clause
#include "boot_clock.h"

#include <errno.h>
#include <time.h>

#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
/* An int holds no more than 24 days in milliseconds. */
#define ONE_POLL_MS 3600000ULL

uint64_t boot_clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

int boot_clock_poll(struct pollfd *fds, nfds_t count, uint64_t deadline_boot_ns)
{
	for (;;) {
		const uint64_t now_ns = boot_clock_now();
		uint64_t left_ms = 0;
		int r;

		if (now_ns < deadline_boot_ns)
			left_ms = (deadline_boot_ns - now_ns - 1) / NSEC_PER_MSEC + 1;
		r = poll(fds, count, (int)(left_ms < ONE_POLL_MS ? left_ms : ONE_POLL_MS));
		if (r > 0 || (r == 0 && left_ms <= ONE_POLL_MS))
			return r;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}
