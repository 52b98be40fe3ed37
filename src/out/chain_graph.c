// SPDX-License-Identifier: BSD-2-Clause
#include "chain_graph.h"

#include <string.h>

#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* A label's lines, each character of which may grow to an entity. */
#define NODE_SIZE (16 * CHAIN_CELLS_SENTENCE_SIZE)

struct graph {
	const struct chain_graph_language *language;
	const struct chain *chain;
	const struct inspect_sink *sink;
	struct chain_rows rows;
};

void chain_graph_add(struct strbuf *out, const struct chain_graph_escape *escapes, const char *text)
{
	const size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		const struct chain_graph_escape *escape = escapes;
		uint32_t code;
		const size_t size = utf8_decode(text + i, len - i, &code);

		while (escape->text && escape->c != text[i])
			escape++;
		if (escape->text)
			strbuf_add(out, escape->text);
		else if (size > 0 && code >= ' ' && code != 0x7f)
			strbuf_add_bytes(out, text + i, size);
		else
			strbuf_add(out, REPLACEMENT);
		i += size > 0 ? size : 1;
	}
}

static void put(const struct graph *g, const struct strbuf *text)
{
	g->sink->put(g->sink->context, text->data, text->len);
}

/* Breaks a text at a blank, as lines of a label. */
static void add_label(const struct graph *g, struct strbuf *out, const char *text, bool first)
{
	char line[4 * CHAIN_GRAPH_COLUMNS_MAX + 1];
	size_t len = strlen(text);

	while (len > 0) {
		const size_t fits = utf8_fit(text, len, CHAIN_GRAPH_COLUMNS_MAX);
		size_t at = fits;

		while (fits < len && at > 0 && text[at] != ' ')
			at--;
		if (at == 0)
			at = fits;
		memcpy(line, text, at);
		line[at] = '\0';
		g->language->label_line(out, line, first);
		first = false;
		at += at < len && text[at] == ' ';
		text += at;
		len -= at;
	}
}

/* The rules that it breaks, as one line. */
static void write_breaks(const struct chain *c, uint32_t node, struct strbuf *out)
{
	for (size_t i = 0; i < c->breaks_len; i++) {
		if (c->breaks[i].at != node)
			continue;
		strbuf_add(out, out->len > 0 ? ", " : "✗ break: ");
		strbuf_add(out, chain_rule_name(c->breaks[i].rule));
	}
}

static void put_node(const struct graph *g, uint32_t node)
{
	char data[NODE_SIZE];
	char text_data[2 * CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf out, text;

	strbuf_init(&out, data, sizeof(data));
	strbuf_init(&text, text_data, sizeof(text_data));
	g->language->begin_node(&out, node);
	chain_cells_write_name(&g->rows, node, &text);
	add_label(g, &out, text_data, true);
	strbuf_reset(&text);
	chain_cells_write_answer(g->chain, node, &text);
	add_label(g, &out, text_data, false);
	strbuf_reset(&text);
	chain_cells_write_facts(g->chain, node, &text);
	add_label(g, &out, text_data, false);
	strbuf_reset(&text);
	write_breaks(g->chain, node, &text);
	add_label(g, &out, text_data, false);
	g->language->end_node(&out, chain_cells_look(g->chain, &g->chain->nodes[node]));
	put(g, &out);
}

static void put_arrow(const struct graph *g, enum chain_arrow arrow, uint32_t from, uint32_t to,
		      const char *label)
{
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	g->language->arrow(&out, arrow, from, to, label);
	put(g, &out);
}

/* NULL: it stops elsewhere. A break names the first that is missed; others may share it. */
static const struct chain_break *break_between(const struct chain *c, uint32_t from, uint32_t to)
{
	const struct chain_break *found = NULL;

	if (c->nodes[to].gets != CHAIN_NO)
		return NULL;
	for (size_t i = 0; i < c->breaks_len; i++) {
		const struct chain_break *b = &c->breaks[i];

		if (b->at != from || b->missed == CHAIN_NONE)
			continue;
		if (b->missed == to)
			return b;
		found = found ? found : b;
	}
	return found;
}

static bool is_passed_on(const struct chain_node *n)
{
	return n->gets == CHAIN_YES && n->from != CHAIN_NONE;
}

static void put_arrows(const struct graph *g, uint32_t node)
{
	const struct chain_node *n = &g->chain->nodes[node];
	const struct chain_break *b;
	char data[CHAIN_CELLS_SIZE];
	struct strbuf label;

	strbuf_init(&label, data, sizeof(data));
	if (n->sig != 0)
		chain_cells_write_signal(n->sig, &label);
	if (is_passed_on(n) && n->from != n->parent && g->rows.rows[n->from].count > 0)
		put_arrow(g, CHAIN_ARROW_FORWARDS, n->from, node, data);
	if (n->parent == CHAIN_NONE)
		return;
	b = break_between(g->chain, n->parent, node);
	if (b) {
		strbuf_reset(&label);
		strbuf_add(&label, "✗ break: ");
		strbuf_add(&label, chain_rule_name(b->rule));
		put_arrow(g, CHAIN_ARROW_BREAK, n->parent, node, data);
	} else if (is_passed_on(n) && n->from == n->parent) {
		put_arrow(g, CHAIN_ARROW_FORWARDS, n->parent, node, data);
	} else {
		put_arrow(g, CHAIN_ARROW_CHILD, n->parent, node, "");
	}
}

void chain_graph_write(const struct chain_graph_language *language, const struct chain *c,
		       const struct inspect_sink *sink)
{
	struct graph g = {.language = language, .chain = c, .sink = sink};
	char data[NODE_SIZE];
	char title_data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf out, title;

	strbuf_init(&title, title_data, sizeof(title_data));
	chain_write_verdict(c, &title);
	strbuf_init(&out, data, sizeof(data));
	strbuf_add(&out, language->before_title);
	add_label(&g, &out, title_data, true);
	strbuf_add(&out, language->behind_title);
	put(&g, &out);
	/* Without memory it is a graph of its title. */
	if (chain_rows_init(&g.rows, c) == 0) {
		for (uint32_t i = 0; i < g.rows.len; i++)
			put_node(&g, g.rows.order[i]);
		for (uint32_t i = 0; i < g.rows.len; i++)
			put_arrows(&g, g.rows.order[i]);
		chain_rows_free(&g.rows);
	}
	sink->put(sink->context, language->end, strlen(language->end));
}
