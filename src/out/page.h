/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of text on their way to a sink: a row, and the room in which it is built. */
#ifndef SIGTRACE_OUT_PAGE_H
#define SIGTRACE_OUT_PAGE_H

#include "inspect_renderer.h"
#include "row.h"

/* The longest sentence that is not cut. */
#define PAGE_SENTENCE_SIZE_MAX 1536

struct page {
	const struct inspect_config *config;
	const struct inspect_sink *sink;
	struct row row;
	struct strbuf out;
	/* A cell and a sentence, wrapped at RENDERER_WIDTH_MIN and indented by half of it. */
	char data[4 * PAGE_SENTENCE_SIZE_MAX];
};

void page_init(struct page *page, const struct inspect_config *config,
	       const struct inspect_sink *sink);
/* `color`, or NULL where none is wanted. */
const char *page_color(const struct page *page, const char *color);
/* Ends the row and hands over what was built. */
void page_end_line(struct page *page);
/* A line of its own: a label at `start`, in a colour, and a text behind it. */
void page_add_labelled(struct page *page, size_t start, const char *color, const char *label,
		       const struct strbuf *text);

#endif
