/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal on its way through a tree: chain_predict.c sends it on, and chain_without.c says of
 * those that it has not reached why.
 */
#ifndef SIGTRACE_CORE_CHAIN_SPREAD_H
#define SIGTRACE_CORE_CHAIN_SPREAD_H

#include "chain_index.h"

/* What is true of a node that nobody reaches, and what it means to those below it. */
struct chain_mark {
	enum chain_way way; /* said by its parent, which gets it; NONE: nothing was said */
	uint32_t reaper;    /* index of the namespace init whose end kills all below; CHAIN_NONE */
	bool as_group;	    /* it got it as a member of a group */
	unsigned int asked; /* how often it got a signal */
	bool child_may_end; /* a shell that waits: the child that it waits for acts on it */
	bool end_above;	    /* a process above it ends */
	bool group_seen;    /* its process group was looked at (chain_hangup.c) */
};

struct chain_spread {
	struct chain *c;
	struct chain_index index;
	struct chain_mark *marks;
	uint32_t *queue;
	uint32_t first, len;
	uint32_t *reapers; /* namespace inits that end */
	uint32_t reapers_len;
};

static inline struct chain_node *chain_spread_node(const struct chain_spread *s, uint32_t node)
{
	return &s->c->nodes[node];
}

static inline bool chain_knows_ids(const struct chain_node *n)
{
	return n->process->known & PROCESS_KNOWN_IDS;
}

/* The default action ends it. */
static inline bool chain_ends(const struct chain_node *n)
{
	return n->gets == CHAIN_YES && n->does == CHAIN_DOES_END;
}

/* When all that get it have it: who may be hung up by the kernel, for others end. */
void chain_find_hangups(struct chain_spread *s);
/* After that: the ways and answers of those that it does not reach. */
void chain_go_without(struct chain_spread *s);

#endif
