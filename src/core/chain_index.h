/* SPDX-License-Identifier: BSD-2-Clause */
/* Which nodes are somebody's children, and which have a number in common: for trees of thousands.
 */
#ifndef SIGTRACE_CORE_CHAIN_INDEX_H
#define SIGTRACE_CORE_CHAIN_INDEX_H

#include "chain.h"

/* Good as long as no node is added. Zeroed, it is empty. */
struct chain_index {
	uint32_t *first_child;	/* of each node; CHAIN_NONE: none */
	uint32_t *next_sibling; /* in the order of the nodes */
	uint64_t *by_group;	/* process group << 32 | node, sorted; those whose group is known */
	size_t by_group_len;
};

/* 0 or -ENOMEM; then *ret is empty. */
int chain_index_init(struct chain_index *ret, const struct chain *c);
void chain_index_free(struct chain_index *x);
/*
 * The members of a process group, one after the other: begin with *place at 0. CHAIN_NONE: no more.
 */
uint32_t chain_index_next_member(const struct chain_index *x, uint32_t pgid, size_t *place);

/* Has ended, or has been told to: no signal means anything to it any more. */
bool chain_is_gone(const struct chain_node *n);

#endif
