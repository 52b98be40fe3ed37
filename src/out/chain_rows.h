/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nodes of a chain in the order in which people read a tree: each process is followed by those
 * below it. Siblings that are alike, with all that is below them, share the row of the first.
 */
#ifndef SIGTRACE_OUT_CHAIN_ROWS_H
#define SIGTRACE_OUT_CHAIN_ROWS_H

#include "chain.h"

struct chain_row {
	uint32_t first_child;  /* nodes, with a row or without; CHAIN_NONE */
	uint32_t next_sibling; /* the same */
	uint32_t like;	       /* one and the same node for all that are alike */
	uint32_t count;	       /* siblings for which this row stands; 0: it has no row */
	uint32_t last;	       /* the last of them */
	uint32_t times; /* the processes for which it stands: count, times those of the rows above
			 */
	bool ends;	/* no row of a sibling follows */
};

struct chain_rows {
	const struct chain *chain;
	struct chain_row *rows; /* one a node, and one above the tops; owned */
	uint32_t *order;	/* the nodes that have a row; owned */
	uint32_t len;		/* of order */
};

/* 0 or -ENOMEM. */
int chain_rows_init(struct chain_rows *ret, const struct chain *c);
void chain_rows_free(struct chain_rows *rows);

#endif
