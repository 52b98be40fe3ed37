// SPDX-License-Identifier: BSD-2-Clause
/*
 * Text of chain, for people: what is sent to whom, the tree with what each process gets and does,
 * where the signal stops and what to do there, and one line that is the verdict.
 */

#include "chain_cells.h"
#include "chain_renderer.h"
#include "page.h"
#include "utf8.h"

#define WIDTH_DEFAULT 100
#define INDENT	      2
#define BREAK_INDENT  4

/* A level that is drawn. */
#define GUIDE_COLUMNS 3
/*
 * So many levels are drawn side by side; then the next one begins at the left again, behind its
 * number: every name fits into the width, and no tree is too deep.
 */
#define LEVELS_WIDE	10
#define LEVELS_NARROW	5
#define LEVELS_WIDE_MIN 100 /* columns of the page */

/* The columns behind the tree are in line as long as it is not wider than this. */
#define TREE_COLUMNS_MAX 46

/* Room for the guides of a line: each has four bytes at most for a column. */
#define GUIDES_SIZE 256

struct tree {
	struct page page;
	const struct chain *chain;
	struct chain_rows rows;
	uint32_t levels; /* that are drawn side by side */
	size_t width;
	/* Where the cells begin. */
	size_t pgid;
	size_t sid;
	size_t tty;
	size_t time; /* 0: none */
	size_t answer;
};

static const char *const look_colors[] = {
	[CHAIN_LOOK_BESIDE] = COLOR_TIME,     [CHAIN_LOOK_GETS] = COLOR_ACTS,
	[CHAIN_LOOK_DROPS] = COLOR_PROBLEM,   [CHAIN_LOOK_NOT] = COLOR_PROBLEM,
	[CHAIN_LOOK_NOT_KNOWN] = COLOR_WAITS,
};
_Static_assert(sizeof(look_colors) / sizeof(look_colors[0]) == CHAIN_LOOK_COUNT, "look_colors");

static void add_guide(struct strbuf *out, bool ends)
{
	strbuf_add(out, ends ? "   " : "│  ");
}

/*
 * What stands left of a node: of the line with its name, or of those below that. The lines of its
 * ancestors that have siblings to come go on.
 */
static void write_guides(const struct tree *t, uint32_t node, bool of_name, struct strbuf *out)
{
	const struct chain *c = t->chain;
	const uint32_t depth = c->nodes[node].depth;
	const uint32_t base = depth - depth % t->levels;
	bool ends[LEVELS_WIDE] = {false};
	uint32_t drawn = 0;

	if (base > 0) {
		const size_t before = out->len;

		strbuf_add_u64(out, base);
		strbuf_add(out, "… ");
		if (!of_name) {
			const size_t columns = utf8_columns(out->data + before, out->len - before);

			out->len = before;
			strbuf_pad_to(out, before, columns);
		}
	}
	/* The top has no line that leads to it. */
	for (uint32_t at = node; drawn < depth - base + (base > 0); at = c->nodes[at].parent)
		ends[drawn++] = t->rows.rows[at].ends;
	while (drawn-- > 1)
		add_guide(out, ends[drawn]);
	if (depth == 0)
		return;
	if (of_name)
		strbuf_add(out, ends[0] ? "└─ " : "├─ ");
	else
		add_guide(out, ends[0]);
}

static void write_number(const struct chain *c, uint32_t node, uint32_t number, struct strbuf *out)
{
	if (number != 0 && (c->nodes[node].process->known & PROCESS_KNOWN_IDS))
		strbuf_add_u64(out, number);
	else
		strbuf_add_char(out, '?');
}

/*
 * Of a group or session. Where a row stands for several, each may have one of its own: that of the
 * process itself, or of the one above it that stands for several, too.
 */
static bool is_one_each(const struct tree *t, uint32_t node, uint32_t id)
{
	const struct chain_node *nodes = t->chain->nodes;

	for (; node != CHAIN_NONE && t->rows.rows[node].times > 1; node = nodes[node].parent)
		if (nodes[node].process->tgid == id)
			return true;
	return false;
}

static void write_id(const struct tree *t, uint32_t node, uint32_t id, struct strbuf *out)
{
	if (is_one_each(t, node, id))
		strbuf_add(out, "each");
	else
		write_number(t->chain, node, id, out);
}

static void write_pgid(const struct tree *t, uint32_t node, struct strbuf *out)
{
	write_id(t, node, t->chain->nodes[node].process->pgid, out);
}

static void write_sid(const struct tree *t, uint32_t node, struct strbuf *out)
{
	write_id(t, node, t->chain->nodes[node].process->sid, out);
}

static void write_tty(const struct tree *t, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = &t->chain->nodes[node];

	if (!n->tty_known)
		strbuf_add_char(out, '?');
	else if (n->tty[0] == '\0')
		strbuf_add_char(out, '-');
	else
		strbuf_add_escaped(out, n->tty, sizeof(n->tty));
	if (n->foreground)
		strbuf_add_char(out, '*');
}

static void write_time(const struct tree *t, uint32_t node, struct strbuf *out)
{
	const uint64_t got_ns = t->chain->nodes[node].got_ns;

	if (got_ns == 0)
		strbuf_add_char(out, '-');
	else
		chain_cells_write_time(t->chain, got_ns, out);
}

static void write_tree(const struct tree *t, uint32_t node, struct strbuf *out)
{
	write_guides(t, node, true, out);
	chain_cells_write_name(&t->rows, node, out);
}

/* The columns of the widest cell of that kind. */
static size_t widest(const struct tree *t,
		     void (*write)(const struct tree *t, uint32_t node, struct strbuf *out),
		     size_t least)
{
	char data[GUIDES_SIZE + CHAIN_CELLS_SIZE];
	struct strbuf cell;

	for (uint32_t i = 0; i < t->rows.len; i++) {
		size_t columns;

		strbuf_init(&cell, data, sizeof(data));
		write(t, t->rows.order[i], &cell);
		columns = utf8_columns(cell.data, cell.len);
		least = columns > least ? columns : least;
	}
	return least;
}

static void set_columns(struct tree *t)
{
	size_t tree = widest(t, write_tree, sizeof("PROCESS") - 1);

	t->pgid = (tree < TREE_COLUMNS_MAX ? tree : TREE_COLUMNS_MAX) + 2;
	t->sid = t->pgid + widest(t, write_pgid, sizeof("PGID") - 1) + 1;
	t->tty = t->sid + widest(t, write_sid, sizeof("SID") - 1) + 1;
	t->answer = t->tty + widest(t, write_tty, sizeof("TTY") - 1) + 2;
	if (!t->chain->watched)
		return;
	t->time = t->answer;
	t->answer += widest(t, write_time, 1) + 2;
}

static void add_cell(struct tree *t, size_t start, uint32_t node,
		     void (*write)(const struct tree *t, uint32_t node, struct strbuf *out))
{
	char data[CHAIN_CELLS_SIZE];
	struct strbuf cell;

	strbuf_init(&cell, data, sizeof(data));
	write(t, node, &cell);
	row_add(&t->page.row, start, NULL, cell.data, cell.len);
}

static void add_titles(struct tree *t)
{
	const char *color = page_color(&t->page, COLOR_TIME);

	row_add_word(&t->page.row, 0, color, "PROCESS");
	row_add_word(&t->page.row, t->pgid, color, "PGID");
	row_add_word(&t->page.row, t->sid, color, "SID");
	row_add_word(&t->page.row, t->tty, color, "TTY");
	if (t->time != 0)
		row_add_word(&t->page.row, t->time, color, "AT");
	row_add_word(&t->page.row, t->answer, color,
		     t->chain->watched ? "WHAT HAPPENED" : "WHAT HAPPENS");
	page_end_line(&t->page);
}

static void add_name_line(struct tree *t, uint32_t node)
{
	const struct chain_node *n = &t->chain->nodes[node];
	char data[GUIDES_SIZE + CHAIN_CELLS_SIZE];
	struct strbuf cell;

	strbuf_init(&cell, data, sizeof(data));
	write_tree(t, node, &cell);
	row_add(&t->page.row, 0, NULL, cell.data, cell.len);
	add_cell(t, t->pgid, node, write_pgid);
	add_cell(t, t->sid, node, write_sid);
	add_cell(t, t->tty, node, write_tty);
	if (t->time != 0)
		add_cell(t, t->time, node, write_time);
	strbuf_reset(&cell);
	chain_cells_write_answer(t->chain, node, &cell);
	row_add(&t->page.row, t->answer,
		page_color(&t->page, look_colors[chain_cells_look(t->chain, n)]), cell.data,
		cell.len);
	page_end_line(&t->page);
}

/* How much of a text fits into a line; at blanks, which belong to neither line, if there are any.
 */
static size_t line_len(const char *text, size_t len, size_t columns)
{
	const size_t fits = utf8_fit(text, len, columns);
	size_t at = fits;

	if (fits == len)
		return len;
	while (at > 0 && text[at] != ' ')
		at--;
	while (at > 0 && text[at - 1] == ' ')
		at--;
	return at > 0 ? at : fits;
}

/* Wrapped, with the lines of the tree beside it. */
static void add_facts(struct tree *t, uint32_t node)
{
	const bool above_others = t->rows.rows[node].first_child != CHAIN_NONE;
	char facts_data[2 * CHAIN_CELLS_SENTENCE_SIZE];
	char guides_data[GUIDES_SIZE];
	struct strbuf facts, guides;
	size_t columns;

	strbuf_init(&guides, guides_data, sizeof(guides_data));
	write_guides(t, node, false, &guides);
	add_guide(&guides, !above_others || (t->chain->nodes[node].depth + 1) % t->levels == 0);
	columns = utf8_columns(guides.data, guides.len);
	strbuf_init(&facts, facts_data, sizeof(facts_data));
	chain_cells_write_facts(t->chain, node, &facts);
	for (const char *text = facts.data, *end = text + facts.len; text < end;) {
		const size_t len = line_len(text, (size_t)(end - text), t->width - columns);

		row_add(&t->page.row, 0, NULL, guides.data, guides.len);
		strbuf_add_bytes(&t->page.out, text, len);
		page_end_line(&t->page);
		text += len;
		while (text < end && *text == ' ')
			text++;
	}
}

static void add_note(struct tree *t, const char *text)
{
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf note;

	strbuf_init(&note, data, sizeof(data));
	strbuf_add(&note, text);
	page_add_labelled(&t->page, INDENT, COLOR_WAITS, "note:", &note);
}

static void add_hidden(struct tree *t)
{
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf text;

	if (t->chain->hidden_up == 0)
		return;
	strbuf_init(&text, data, sizeof(data));
	row_write_count(&text, t->chain->hidden_up, "process", "processes");
	strbuf_add(&text, " above: see --up");
	page_add_labelled(&t->page, 0, COLOR_TIME, "…", &text);
}

static void add_tree(struct tree *t)
{
	bool is_cut = false;

	set_columns(t);
	add_titles(t);
	add_hidden(t);
	for (uint32_t i = 0; i < t->rows.len; i++) {
		const uint32_t node = t->rows.order[i];

		is_cut = is_cut || t->chain->nodes[node].depth >= t->levels;
		add_name_line(t, node);
		add_facts(t, node);
	}
	if (is_cut)
		add_note(t, "a number and \"…\" before a process: so many levels above it are "
			    "not drawn there");
}

static void add_break(struct tree *t, const struct chain_break *b)
{
	const uint32_t times = t->rows.rows[b->at].times;
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf text;

	/* It is told of the first of those that are alike. */
	if (times == 0)
		return;
	strbuf_init(&text, data, sizeof(data));
	chain_write_break(t->chain, b, &text);
	if (times > 1) {
		strbuf_add(&text, "; the same holds for ");
		row_write_count(&text, times - 1, "other", "others");
		strbuf_add(&text, " like it");
	}
	page_add_labelled(&t->page, INDENT, COLOR_PROBLEM, "break:", &text);
	strbuf_reset(&text);
	if (chain_write_remedy(t->chain, b, &text))
		page_add_labelled(&t->page, BREAK_INDENT, COLOR_REMEDY, "→", &text);
}

static void add_notes(struct tree *t)
{
	const struct chain *c = t->chain;
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf text;

	for (size_t i = 0; i < c->notes_len; i++) {
		strbuf_init(&text, data, sizeof(data));
		chain_write_note(c, &c->notes[i], &text);
		add_note(t, data);
	}
	strbuf_init(&text, data, sizeof(data));
	if (c->lost > 0) {
		row_write_count(&text, c->lost, "event of the kernel was lost",
				"events of the kernel were lost");
		strbuf_add(&text, ": that something was not seen proves nothing");
		add_note(t, data);
	}
	strbuf_reset(&text);
	if (c->edges_dropped > 0) {
		row_write_count(&text, c->edges_dropped, "more signal", "more signals");
		strbuf_add(&text, " than are kept");
		add_note(t, data);
	}
}

static const char *verdict_color(const struct chain *c)
{
	const enum chain_result result = chain_result_of(c);

	if (result == CHAIN_RESULT_BROKEN)
		return COLOR_PROBLEM;
	return result == CHAIN_RESULT_NO_BREAK ? COLOR_ACTS : COLOR_WAITS;
}

static void add_verdict(struct tree *t)
{
	const char *color = page_color(&t->page, verdict_color(t->chain));
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	chain_write_verdict(t->chain, &text);
	if (color)
		strbuf_add(&t->page.out, color);
	row_wrap(&t->page.row, 0, INDENT, text.data, text.len);
	if (color)
		strbuf_add(&t->page.out, COLOR_OFF);
	page_end_line(&t->page);
}

static void add_heading(struct tree *t)
{
	char data[CHAIN_CELLS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	chain_cells_write_heading(t->chain, &text);
	page_add_labelled(&t->page, 0, COLOR_HEADING, "chain:", &text);
}

static void text_write(const struct chain_config *config, const struct chain *c,
		       const struct inspect_sink *sink)
{
	const struct inspect_config page = {
		.color = config->color,
		.width = config->width > 0 ? config->width : WIDTH_DEFAULT,
	};
	struct tree t = {.chain = c};

	page_init(&t.page, &page, sink);
	t.width = t.page.row.width;
	t.levels = t.width >= LEVELS_WIDE_MIN ? LEVELS_WIDE : LEVELS_NARROW;
	add_heading(&t);
	if (chain_rows_init(&t.rows, c) < 0) {
		add_note(&t, "there is no memory to draw the tree");
	} else {
		add_tree(&t);
		for (size_t i = 0; i < c->breaks_len; i++)
			add_break(&t, &c->breaks[i]);
		chain_rows_free(&t.rows);
	}
	add_notes(&t);
	add_verdict(&t);
}

const struct chain_ops chain_text = {
	.name = "text",
	.write = text_write,
	.for_people = true,
};
