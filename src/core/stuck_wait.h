/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread that sits in wait4() or waitid() waits for. */
#ifndef SIGTRACE_CORE_STUCK_WAIT_H
#define SIGTRACE_CORE_STUCK_WAIT_H

#include "process.h"

enum stuck_wait_kind {
	STUCK_WAIT_ANY,	  /* any child */
	STUCK_WAIT_PID,	  /* the one that has the number */
	STUCK_WAIT_GROUP, /* those of one process group */
	STUCK_WAIT_PIDFD, /* the one behind a descriptor */
};

struct stuck_wait {
	enum stuck_wait_kind kind;
	uint32_t number; /* PID: as the waiting process sees it, in its own PID namespace */
	const char *syscall;
};

/* False: it does not wait for a child, or where it sits is not known. */
bool stuck_wait_of(const struct thread *thread, struct stuck_wait *ret);
/* The child that has this number in the PID namespace of p; NULL: not seen, or not certain. */
const struct process *stuck_child_by_number(const struct process_table *t, const struct process *p,
					    uint32_t number);
/* How many children it has; *only is the child if there is one, else NULL. */
uint32_t stuck_count_children(const struct process_table *t, const struct process *p,
			      const struct process **only);

#endif
