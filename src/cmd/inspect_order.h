/* SPDX-License-Identifier: BSD-2-Clause */
/* In which order inspect shows the processes of a snapshot. */
#ifndef SIGTRACE_CMD_INSPECT_ORDER_H
#define SIGTRACE_CMD_INSPECT_ORDER_H

#include "inspect_pids.h"
#include "process.h"

struct inspect_entry {
	struct process *process;   /* inside the table */
	struct inspect_pid *named; /* inside the pids; NULL: a descendant */
};

struct inspect_order {
	struct inspect_entry *list;
	size_t len;
};

void inspect_order_free(struct inspect_order *o);
/*
 * The named processes that are not gone, in their order, then their descendants that are selected,
 * parents before children. Returns 0 or -ENOMEM.
 */
int inspect_order_make(struct inspect_pids *pids, const struct process_table *t,
		       struct inspect_order *ret);

#endif
