/* SPDX-License-Identifier: BSD-2-Clause */
/* What the formats of inspect say about a process alike, read off the snapshot in one place. */
#ifndef SIGTRACE_OUT_INSPECT_FACTS_H
#define SIGTRACE_OUT_INSPECT_FACTS_H

#include "process.h"
#include "signals.h"

/* Where a signal is pending; the process's own set is the one that any thread may take it from. */
enum inspect_pending {
	INSPECT_PENDING_NONE,
	INSPECT_PENDING_THREAD,
	INSPECT_PENDING_PROCESS,
	INSPECT_PENDING_COUNT,
};

/* "none", "thread", "process". Stable (JSON). */
const char *inspect_pending_name(enum inspect_pending pending);
enum inspect_pending inspect_pending_of(const struct process *p, int sig);

/* False: not known, and *ret is left alone. */
bool inspect_disposition_of(const struct process *p, int sig, enum disposition *ret);
/* The action of a caught signal; NULL: not caught, or no more than that is known. */
const struct process_action *inspect_action_of(const struct process *p, int sig);

/* Whether a thread is known that could take a signal. */
bool inspect_masks_known(const struct process *p);
/* What every thread that could take a signal blocks, and what at least one does; bit sig - 1. */
uint64_t inspect_blocked_by_all(const struct process *p);
uint64_t inspect_blocked_by_any(const struct process *p);

/* Whether a freezer holds one of its threads; means something with PROCESS_KNOWN_FROZEN. */
bool inspect_is_frozen(const struct process *p);
/* Whether a group exit is under way, or an exec that ends the siblings; false if not known. */
bool inspect_in_group_exit(const struct process *p);

#endif
