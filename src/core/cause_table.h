/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cause table. Its order is the kernel's own order of decisions (kernel/signal.c:
 * prepare_signal, sig_ignored, complete_signal, get_signal); the first row of the right stage whose
 * condition holds gives the cause. A condition looks at recorded facts only, so no cause is printed
 * that they do not prove. The last row holds always.
 */
#ifndef SIGTRACE_CORE_CAUSE_TABLE_H
#define SIGTRACE_CORE_CAUSE_TABLE_H

#include "explain.h"

/* A bit of sa_flags that libc sets on every handler: it says nothing. */
#define CAUSE_SA_RESTORER 0x04000000u

/* Where in a signal's life a row applies. */
enum stage {
	STAGE_IGNORED = 1 << 0,	  /* generate, result ignored */
	STAGE_QUEUED = 1 << 1,	  /* generate, in the queue now or before */
	STAGE_OVERFLOW = 1 << 2,  /* generate, refused for want of room */
	STAGE_DELIVERED = 1 << 3, /* deliver */
	STAGE_ANY = STAGE_IGNORED | STAGE_QUEUED | STAGE_OVERFLOW | STAGE_DELIVERED,
};

struct cause_rule {
	enum stage stages;
	enum cause cause;
	enum effect effect;
	bool problem;
	bool (*holds)(const struct report *r);
	/* Templates: {word} is replaced, the words are in explain.c. */
	const char *explanation;
	const char *remedy;
};

extern const struct cause_rule cause_rules[];

#endif
