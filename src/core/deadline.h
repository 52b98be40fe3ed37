/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that were asked to end, and have not after a while. Fed every generate and exit report
 * in the order of the ring buffer.
 *
 * A process is watched from the first signal that asks it to end until its exit, and is late twice
 * at most: at the two deadlines of that signal. Then it is forgotten. Further signals change
 * nothing, so that "10 s after SIGTERM" stays true; but SIGKILL is the last word: the first one
 * takes the place of what was there, and has both deadlines of its own.
 *
 * Memory: two fixed blocks. Where there is no room, the process that is watched the longest is
 * forgotten, and counted.
 */
#ifndef SIGTRACE_CORE_DEADLINE_H
#define SIGTRACE_CORE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/* Processes before their first deadline, and as many before their second. */
#define DEADLINE_PROCESSES_MAX 4096
/* Where the second deadline is, unless six times the first is later. */
#define DEADLINE_SECOND_NS 30000000000ULL

struct deadline;

/* A process that has not ended, and the signal that asked it to. */
struct deadline_late {
	struct report_task process;  /* as of the signal */
	uint64_t boot_ns;	     /* of the signal */
	struct report_earlier asked; /* without elapsed_ns and fate */
};

/* `signals`: those that ask for an end, bit sig - 1. 0 and *ret, or -ENOMEM. */
int deadline_new(uint64_t first_ns, uint64_t signals, struct deadline **ret);
/* Accepts NULL. */
void deadline_free(struct deadline *d);
/*
 * A generation begins the watch, if it is from somebody else and not to a kernel thread nor to a
 * process that ends already; its result does not matter, unless the sender got an error. An exit
 * ends it. Other kinds are let be.
 */
void deadline_report(struct deadline *d, const struct report *r);
/* When the next deadline is, CLOCK_BOOTTIME; UINT64_MAX: there is none. */
uint64_t deadline_due_ns(const struct deadline *d);
/* Takes a process whose deadline has passed, the earliest first; false: there is none. */
bool deadline_take(struct deadline *d, uint64_t now_boot_ns, struct deadline_late *ret);
/* How many were forgotten for want of room. */
uint64_t deadline_evicted(const struct deadline *d);

#endif
