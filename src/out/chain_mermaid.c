// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mermaid, a flowchart. Inside quotes it still finds directives ("%%{"), Markdown and HTML, so that
 * only letters, digits, blanks, commas and slashes stand there as they are: all other ASCII
 * characters become entities ("#35;").
 */
#include "chain_graph.h"
#include "chain_renderer.h"

static const struct chain_graph_escape escapes[] = {
	{'!', "#33;"}, {'"', "#34;"},  {'#', "#35;"},  {'$', "#36;"},  {'%', "#37;"},
	{'&', "#38;"}, {'\'', "#39;"}, {'(', "#40;"},  {')', "#41;"},  {'*', "#42;"},
	{'+', "#43;"}, {'-', "#45;"},  {'.', "#46;"},  {':', "#58;"},  {';', "#59;"},
	{'<', "#60;"}, {'=', "#61;"},  {'>', "#62;"},  {'?', "#63;"},  {'@', "#64;"},
	{'[', "#91;"}, {'\\', "#92;"}, {']', "#93;"},  {'^', "#94;"},  {'_', "#95;"},
	{'`', "#96;"}, {'{', "#123;"}, {'|', "#124;"}, {'}', "#125;"}, {'~', "#126;"},
	{'\0', NULL},
};

static const char *const look_classes[] = {
	[CHAIN_LOOK_BESIDE] = "beside",	     [CHAIN_LOOK_GETS] = "gets",
	[CHAIN_LOOK_DROPS] = "drops",	     [CHAIN_LOOK_NOT] = "missed",
	[CHAIN_LOOK_NOT_KNOWN] = "notknown",
};
_Static_assert(sizeof(look_classes) / sizeof(look_classes[0]) == CHAIN_LOOK_COUNT, "look_classes");

static const char head[] = "flowchart TD\n"
			   "\tclassDef beside fill:#ffffff,stroke:#7f7f7f,stroke-dasharray:4\n"
			   "\tclassDef gets fill:#d7f5d7,stroke:#1b7f1b\n"
			   "\tclassDef drops fill:#ffd9cc,stroke:#b22222,stroke-width:3px\n"
			   "\tclassDef missed fill:#ffd9cc,stroke:#b22222\n"
			   "\tclassDef notknown fill:#fff8cc,stroke:#8a6d00\n"
			   "\tverdict[\"";

static const char *const arrows[] = {
	[CHAIN_ARROW_CHILD] = "---",
	[CHAIN_ARROW_FORWARDS] = "==>",
	[CHAIN_ARROW_BREAK] = "-.->",
};
_Static_assert(sizeof(arrows) / sizeof(arrows[0]) == CHAIN_ARROW_COUNT, "arrows");

static void add_node_name(struct strbuf *out, uint32_t node)
{
	strbuf_add_char(out, 'n');
	strbuf_add_u64(out, node);
}

static void begin_node(struct strbuf *out, uint32_t node)
{
	strbuf_add_char(out, '\t');
	add_node_name(out, node);
	strbuf_add(out, "[\"");
}

static void label_line(struct strbuf *out, const char *text, bool first)
{
	if (!first)
		strbuf_add(out, "<br/>");
	chain_graph_add(out, escapes, text);
}

static void end_node(struct strbuf *out, enum chain_look look)
{
	strbuf_add(out, "\"]:::");
	strbuf_add(out, look_classes[look]);
	strbuf_add_char(out, '\n');
}

static void arrow(struct strbuf *out, enum chain_arrow kind, uint32_t from, uint32_t to,
		  const char *label)
{
	strbuf_add_char(out, '\t');
	add_node_name(out, from);
	strbuf_add_char(out, ' ');
	strbuf_add(out, arrows[kind]);
	if (label[0] != '\0') {
		strbuf_add(out, "|\"");
		chain_graph_add(out, escapes, label);
		strbuf_add(out, "\"|");
	}
	strbuf_add_char(out, ' ');
	add_node_name(out, to);
	strbuf_add_char(out, '\n');
}

static void mermaid_write(const struct chain_config *config, const struct chain *c,
			  const struct inspect_sink *sink)
{
	static const struct chain_graph_language mermaid = {
		.before_title = head,
		.behind_title = "\"]\n",
		.begin_node = begin_node,
		.label_line = label_line,
		.end_node = end_node,
		.arrow = arrow,
		.end = "",
	};

	(void)config;
	chain_graph_write(&mermaid, c, sink);
}

const struct chain_ops chain_mermaid = {
	.name = "mermaid",
	.write = mermaid_write,
};
