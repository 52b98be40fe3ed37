/* SPDX-License-Identifier: BSD-2-Clause */
/* What the formats for people write of a node of a chain. Names are escaped. */
#ifndef SIGTRACE_OUT_CHAIN_CELLS_H
#define SIGTRACE_OUT_CHAIN_CELLS_H

#include "chain_rows.h"

/* The longest sentence that is not cut. */
#define CHAIN_CELLS_SENTENCE_SIZE 1536
/* The other cells: a name that grew by escapes is cut. */
#define CHAIN_CELLS_SIZE 192

/* How a node is to be drawn. */
enum chain_look {
	CHAIN_LOOK_BESIDE, /* above or beside the tree, has ended before, or nothing happened */
	CHAIN_LOOK_GETS,
	CHAIN_LOOK_DROPS, /* it gets it, without effect */
	CHAIN_LOOK_NOT,
	CHAIN_LOOK_NOT_KNOWN,
	CHAIN_LOOK_COUNT,
};

enum chain_look chain_cells_look(const struct chain *c, const struct chain_node *n);
/* "✓ gets SIGTERM, forwards it": a mark and words, readable without colour. */
void chain_cells_write_answer(const struct chain *c, uint32_t node, struct strbuf *out);
/* "bash[12]"; of a row for several "python3 ×1998 [3001 … 4998]". */
void chain_cells_write_name(const struct chain_rows *rows, uint32_t node, struct strbuf *out);
/* Why it gets it or not, what it does with it, how it ended: clauses; perhaps nothing. */
void chain_cells_write_story(const struct chain *c, uint32_t node, struct strbuf *out);
/* The same behind where it runs and what it is. */
void chain_cells_write_facts(const struct chain *c, uint32_t node, struct strbuf *out);
/* What is sent to whom, or was; and how that is known. */
void chain_cells_write_heading(const struct chain *c, struct strbuf *out);
/* "0.003 s": since the first signal. */
void chain_cells_write_time(const struct chain *c, uint64_t boot_ns, struct strbuf *out);
/* "SIGTERM"; a number that has no name is written, too. */
void chain_cells_write_signal(int sig, struct strbuf *out);

#endif
