// SPDX-License-Identifier: BSD-2-Clause
/*
 * Graphviz. A label is a string in double quotes in which a backslash and an HTML entity mean
 * something (escString).
 */
#include "chain_graph.h"
#include "chain_renderer.h"

static const struct chain_graph_escape escapes[] = {
	{'"', "\\\""},
	{'\\', "\\\\"},
	{'&', "&amp;"},
	{'\0', NULL},
};

/* Not told by colour alone: the label has a mark and words. */
static const char *const look_styles[] = {
	[CHAIN_LOOK_BESIDE] = "style=dashed, color=gray50",
	[CHAIN_LOOK_GETS] = "style=filled, fillcolor=palegreen",
	[CHAIN_LOOK_DROPS] = "style=filled, fillcolor=lightsalmon, peripheries=2",
	[CHAIN_LOOK_NOT] = "style=filled, fillcolor=lightsalmon",
	[CHAIN_LOOK_NOT_KNOWN] = "style=filled, fillcolor=lightyellow",
};
_Static_assert(sizeof(look_styles) / sizeof(look_styles[0]) == CHAIN_LOOK_COUNT, "look_styles");

static const char *const arrow_styles[] = {
	[CHAIN_ARROW_CHILD] = "arrowhead=none, color=gray50",
	[CHAIN_ARROW_FORWARDS] = "penwidth=2, color=darkgreen",
	[CHAIN_ARROW_BREAK] = "style=dashed, penwidth=2, color=red",
};
_Static_assert(sizeof(arrow_styles) / sizeof(arrow_styles[0]) == CHAIN_ARROW_COUNT, "arrow_styles");

static void add_node_name(struct strbuf *out, uint32_t node)
{
	strbuf_add_char(out, 'n');
	strbuf_add_u64(out, node);
}

static void begin_node(struct strbuf *out, uint32_t node)
{
	strbuf_add_char(out, '\t');
	add_node_name(out, node);
	strbuf_add(out, " [label=\"");
}

static void label_line(struct strbuf *out, const char *text, bool first)
{
	(void)first;
	chain_graph_add(out, escapes, text);
	strbuf_add(out, "\\l");
}

static void end_node(struct strbuf *out, enum chain_look look)
{
	strbuf_add(out, "\", ");
	strbuf_add(out, look_styles[look]);
	strbuf_add(out, "];\n");
}

static void arrow(struct strbuf *out, enum chain_arrow kind, uint32_t from, uint32_t to,
		  const char *label)
{
	strbuf_add_char(out, '\t');
	add_node_name(out, from);
	strbuf_add(out, " -> ");
	add_node_name(out, to);
	strbuf_add(out, " [");
	strbuf_add(out, arrow_styles[kind]);
	if (label[0] != '\0') {
		strbuf_add(out, ", label=\"");
		chain_graph_add(out, escapes, label);
		strbuf_add_char(out, '"');
	}
	strbuf_add(out, "];\n");
}

static void dot_write(const struct chain_config *config, const struct chain *c,
		      const struct inspect_sink *sink)
{
	static const struct chain_graph_language dot = {
		.before_title = "digraph chain {\n\tgraph [labelloc=t, label=\"",
		.behind_title = "\"];\n\tnode [shape=box, fontname=\"monospace\"];\n"
				"\tedge [fontname=\"monospace\"];\n",
		.begin_node = begin_node,
		.label_line = label_line,
		.end_node = end_node,
		.arrow = arrow,
		.end = "}\n",
	};

	(void)config;
	chain_graph_write(&dot, c, sink);
}

const struct chain_ops chain_dot = {
	.name = "dot",
	.write = dot_write,
};
