/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each of the two questions of core/watch rests on, for core/watch.c only. Entries of other
 * questions are not theirs; those that return int return 0 or what `show` returned.
 */
#ifndef SIGTRACE_CORE_WATCH_RULES_H
#define SIGTRACE_CORE_WATCH_RULES_H

#include "watch_table.h"

/* How long after the event a question is given up. */
#define WATCH_GIVE_UP_NS 60000000000ULL

/* Records of different CPUs may be a little out of order. */
static inline uint64_t watch_since_ns(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* The report that an entry leads to, `at_ns` CLOCK_BOOTTIME, as far as both have it. */
struct report watch_entry_report(const struct watch *w, uint16_t index, uint64_t at_ns);
/* Remembers the event that an entry is about. */
void watch_entry_remember(struct watch_entry *e, const struct report *r);

/* What a generate or deliver report says of the signals that are asked for; then what it begins. */
int watch_taken_evidence(struct watch *w, const struct report *r);
void watch_taken_begin(struct watch *w, const struct report *r, const struct verdict *v);
void watch_taken_see(struct watch *w, uint16_t index, const struct watch_seen *seen);
int watch_taken_conclude(struct watch *w, uint64_t consumed);
void watch_taken_forget_all(struct watch *w);

int watch_handler_evidence(struct watch *w, const struct report *r);
void watch_handler_begin(struct watch *w, const struct report *r, const struct verdict *v);
int watch_handler_see(struct watch *w, uint16_t index, const struct watch_seen *seen);

#endif
