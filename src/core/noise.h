/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that are true and that nobody asked for. They are counted as hidden, never dropped. */
#ifndef SIGTRACE_CORE_NOISE_H
#define SIGTRACE_CORE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/*
 * True for a generate or deliver report of
 *  - SIGCHLD, whoever sent it: every child that ends causes one,
 *  - SIGWINCH: every window that is resized,
 *  - SIGURG from a process to itself: how the Go runtime preempts goroutines, up to 100 a second
 *    and thread,
 * unless the user selected that signal: any_selected says that there is a selection that names
 * signals (not one of exclusions only, parse_signal_list_only_excludes()), selected_signals which,
 * bit sig - 1.
 */
bool noise_is_hidden(const struct report *r, uint64_t selected_signals, bool any_selected);

#define NOISE_RECENT_COUNT 512 /* a power of two */

/*
 * The processes whose end was shown lately: a fixed table of 12 KiB that forgets the older of two
 * that share a place; what it forgets is shown once more. Zeroed, it is empty.
 */
struct noise {
	struct noise_recent {
		uint64_t start_boot_ns;
		uint64_t boot_ns;
		uint32_t tgid; /* 0: free */
		uint32_t exec; /* the siblings ended for an exec, not for an exit */
	} recent[NOISE_RECENT_COUNT];
};

/*
 * True for a deliver report that shows, in a further thread of the same process, the group exit (or
 * the exec that ends the siblings) of an earlier report. Remembers it otherwise, so call it once
 * for each report that is about to be shown. For text only: data keeps a line a thread.
 */
bool noise_is_repeated_group_exit(struct noise *n, const struct report *r);

#endif
