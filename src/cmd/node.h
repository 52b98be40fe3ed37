/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the node beside its processes: the tree of cgroups, the runtimes' files. */
#ifndef SIGTRACE_CMD_NODE_H
#define SIGTRACE_CMD_NODE_H

#include "choice.h"

struct node {
	struct cgroups *cgroups;       /* NULL: none are mounted here */
	struct containers *containers; /* NULL, too, then */
};

/*
 * Unless cgroups are chosen, or places are named, nothing is needed, and what is missing is only
 * left out. Otherwise prints what is missing and what to do. 0, -EOPNOTSUPP (it cannot run here),
 * -ENOMEM.
 */
int node_open(const struct choice *c, struct node *ret);
/* Accepts a zeroed one. */
void node_close(struct node *n);

#endif
