/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes of a chain as they are now: a snapshot, and what only /proc tells of each. */
#ifndef SIGTRACE_CMD_CHAIN_COLLECT_H
#define SIGTRACE_CMD_CHAIN_COLLECT_H

#include "chain.h"
#include "node.h"

/*
 * Fills an empty chain whose sig and to are set, for the process that has this number and start:
 * the tree, what each process runs, does and waits for, and the group that is meant. `up` as
 * chain_build(). 0; -ESRCH: it is gone; or another negative errno.
 */
int chain_collect(struct chain *c, uint32_t tgid, uint64_t start_boot_ns, uint32_t up,
		  const struct node *node);

/*
 * Adds to a chain that is watched the processes that were forked since, and calls `each` for every
 * new node of the tree. 0 or a negative errno.
 */
int chain_collect_new(struct chain *c, const struct node *node,
		      int (*each)(void *context, const struct chain_node *node), void *context);

#endif
