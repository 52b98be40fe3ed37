/* SPDX-License-Identifier: BSD-2-Clause */
/* What Graphviz and Mermaid draw of a chain: boxes of several lines, and arrows between them. */
#ifndef SIGTRACE_OUT_CHAIN_GRAPH_H
#define SIGTRACE_OUT_CHAIN_GRAPH_H

#include "chain_cells.h"
#include "inspect_renderer.h"

/* One line of a label at the longest: more is cut, a box is no page. */
#define CHAIN_GRAPH_COLUMNS_MAX 72

enum chain_arrow {
	CHAIN_ARROW_CHILD,    /* parent and child, and nothing went that way */
	CHAIN_ARROW_FORWARDS, /* the signal goes this way */
	CHAIN_ARROW_BREAK,    /* it stops here */
	CHAIN_ARROW_COUNT,
};

/* How one language writes it. All texts are UTF-8 without control characters. */
struct chain_graph_language {
	/* The title's lines stand between these. */
	const char *before_title;
	const char *behind_title;
	/* A box, up to its label; lines of the label; and what stands behind it. */
	void (*begin_node)(struct strbuf *out, uint32_t node);
	void (*label_line)(struct strbuf *out, const char *text, bool first);
	void (*end_node)(struct strbuf *out, enum chain_look look);
	/* label: "" for none. */
	void (*arrow)(struct strbuf *out, enum chain_arrow arrow, uint32_t from, uint32_t to,
		      const char *label);
	const char *end;
};

void chain_graph_write(const struct chain_graph_language *language, const struct chain *c,
		       const struct inspect_sink *sink);

/* One escape of a character; the table ends with a NULL. */
struct chain_graph_escape {
	char c;
	const char *text;
};

/*
 * Appends a text with its escapes. What is neither printable ASCII nor a valid UTF-8 character
 * becomes U+FFFD.
 */
void chain_graph_add(struct strbuf *out, const struct chain_graph_escape *escapes,
		     const char *text);

#endif
