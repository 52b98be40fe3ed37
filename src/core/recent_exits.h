/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of a process is one line, however many threads the kernel shows it for. */
#ifndef SIGTRACE_CORE_RECENT_EXITS_H
#define SIGTRACE_CORE_RECENT_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

#define RECENT_EXITS_COUNT 512 /* a power of two */

/*
 * The processes whose end was shown lately: a fixed table of 12 KiB that forgets the older of two
 * that share a place; what it forgets is shown once more. Zeroed, it is empty.
 */
struct recent_exits {
	struct recent_exit {
		uint64_t start_boot_ns;
		uint64_t boot_ns;
		uint32_t tgid; /* 0: free */
		uint32_t exec; /* the siblings ended for an exec, not for an exit */
	} recent[RECENT_EXITS_COUNT];
};

/*
 * True for a deliver report that shows, in a further thread of the same process, the group exit (or
 * the exec that ends the siblings) of an earlier report. Remembers it otherwise, so call it once
 * for each report that is about to be shown. For text only: data keeps a line a thread.
 */
bool recent_exits_repeats(struct recent_exits *e, const struct report *r);

#endif
