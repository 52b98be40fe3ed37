/* SPDX-License-Identifier: BSD-2-Clause */
/* One thing that this machine has, or lacks, and how that is known. */
#ifndef SIGTRACE_SYS_FEATURE_ITEM_H
#define SIGTRACE_SYS_FEATURE_ITEM_H

#include <stdbool.h>

enum features_state {
	FEATURES_UNKNOWN, /* could not be found out: the evidence says why */
	FEATURES_NO,
	FEATURES_YES,
	FEATURES_STATE_COUNT,
};

#define FEATURES_EVIDENCE_SIZE 192

struct features_item {
	const char *name;	      /* a stable identifier */
	const char *const *needed_by; /* commands and options, ends with NULL; may be empty */
	bool required;		      /* without it trace cannot run */
	const char *cost;	      /* what its absence costs */
	const char *remedy;	      /* how to get it */
	enum features_state state;
	char evidence[FEATURES_EVIDENCE_SIZE]; /* what was read or tried; printable ASCII */
};

/* The evidence as for printf; what is not printable ASCII becomes "?". */
void features_conclude(struct features_item *item, enum features_state state, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

#endif
