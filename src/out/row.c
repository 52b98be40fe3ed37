/* SPDX-License-Identifier: BSD-2-Clause */
#include "row.h"

#include <string.h>

#include "container_words.h"
#include "renderer.h"
#include "utf8.h"

size_t row_usable_width(unsigned int columns)
{
	if (columns > 0 && columns < RENDERER_WIDTH_MIN)
		return RENDERER_WIDTH_MIN;
	return columns;
}

void row_pad(struct row *row, size_t column)
{
	strbuf_pad_to(row->out, row->out->len, column - row->column);
	row->column = column;
}

void row_break(struct row *row)
{
	strbuf_add_char(row->out, '\n');
	row->column = 0;
}

/* Where the next cell begins that wants to begin at `start`. */
static size_t next_column(const struct row *row, size_t start)
{
	return row->column >= start && row->column > 0 ? row->column + 1 : start;
}

void row_add(struct row *row, size_t start, const char *color, const char *text, size_t len)
{
	size_t columns = utf8_columns(text, len);
	size_t column = next_column(row, start);

	if (row->width > 0 && column + columns > row->width) {
		row_break(row);
		column = start;
		if (start + columns > row->width)
			column = columns < row->width ? row->width - columns : 0;
	}
	row_pad(row, column);
	if (color)
		strbuf_add(row->out, color);
	strbuf_add_bytes(row->out, text, len);
	if (color)
		strbuf_add_bytes(row->out, COLOR_OFF, sizeof(COLOR_OFF) - 1);
	row->column += columns;
}

void row_add_word(struct row *row, size_t start, const char *color, const char *word)
{
	row_add(row, start, color, word, strlen(word));
}

static void add_unwrapped(struct row *row, size_t start, const char *text, size_t len)
{
	row_pad(row, next_column(row, start));
	strbuf_add_bytes(row->out, text, len);
	row->column += utf8_columns(text, len);
}

void row_wrap(struct row *row, size_t start, size_t indent, const char *text, size_t len)
{
	const char *end = text + len;
	size_t gap = next_column(row, start) - row->column;

	if (row->width == 0) {
		add_unwrapped(row, start, text, len);
		return;
	}
	while (text < end) {
		const char *blank = memchr(text, ' ', (size_t)(end - text));
		size_t size = (size_t)((blank ? blank : end) - text);
		size_t columns = utf8_columns(text, size);

		if (row->column + gap + columns <= row->width) {
			row_pad(row, row->column + gap);
			strbuf_add_bytes(row->out, text, size);
			row->column += columns;
			text += size + (blank != NULL);
			gap = 1;
			continue;
		}
		if (row->column > indent) {
			row_break(row);
			gap = indent;
			continue;
		}
		/* A line of its own does not hold the word either. */
		row_pad(row, row->column + gap);
		size = utf8_fit(text, size, row->width - row->column);
		strbuf_add_bytes(row->out, text, size);
		text += size;
		row_break(row);
		gap = indent;
	}
}

void row_add_labelled(struct row *row, size_t start, const char *color, const char *label,
		      const char *text, size_t len)
{
	row_pad(row, start);
	if (color)
		strbuf_add(row->out, color);
	strbuf_add(row->out, label);
	row->column += strlen(label);
	row_wrap(row, row->column + 1, row->column + 1, text, len);
	if (color)
		strbuf_add(row->out, COLOR_OFF);
	row_break(row);
}

void row_write_comm(struct strbuf *out, const char *comm, bool shorten)
{
	char text[EVENT_COMM_SIZE * (sizeof("\\xff") - 1) + 1];
	struct strbuf name;

	strbuf_init(&name, text, sizeof(text));
	strbuf_add_escaped(&name, comm, EVENT_COMM_SIZE);
	if (!shorten || utf8_columns(text, name.len) <= EVENT_COMM_SIZE) {
		strbuf_add_bytes(out, text, name.len);
		return;
	}
	/* Only escaped names are that long. JSON has them whole. */
	strbuf_init(&name, text, EVENT_COMM_SIZE - 1);
	strbuf_add_escaped(&name, comm, EVENT_COMM_SIZE);
	strbuf_add_bytes(out, text, name.len);
	strbuf_add(out, "..");
}

void row_write_process(struct strbuf *out, const struct row_process *p, bool shorten)
{
	row_write_comm(out, p->comm, shorten);
	strbuf_add_char(out, '[');
	strbuf_add_u64(out, p->tgid);
	if (p->ns_tgid == 1) {
		strbuf_add(out, ", init");
	} else if (p->ns_tgid != 0 && p->ns_tgid != p->tgid) {
		strbuf_add(out, ", ns ");
		strbuf_add_u64(out, p->ns_tgid);
	}
	if (p->tid != p->tgid) {
		strbuf_add(out, ", tid ");
		strbuf_add_u64(out, p->tid);
	}
	strbuf_add_char(out, ']');
	if (p->container) {
		strbuf_add(out, " in ");
		row_write_container(out, p->container);
	}
}

void row_write_container(struct strbuf *out, const struct container *c)
{
	char text[ROW_CONTAINER_SIZE_MAX - (sizeof("..") - 1)];
	struct strbuf name;

	strbuf_init(&name, text, sizeof(text));
	container_write_name(c, &name);
	strbuf_add_bytes(out, text, name.len);
	if (name.cut)
		strbuf_add(out, "..");
}

void row_write_count(struct strbuf *out, uint64_t count, const char *singular, const char *plural)
{
	strbuf_add_u64(out, count);
	strbuf_add_char(out, ' ');
	strbuf_add(out, count == 1 ? singular : plural);
}
