/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGTRACE_CMD_CLOCK_H
#define SIGTRACE_CMD_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Of a clock that every kernel has: it cannot fail. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

#endif
