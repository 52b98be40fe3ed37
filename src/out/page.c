/* SPDX-License-Identifier: BSD-2-Clause */
#include "page.h"

void page_init(struct page *page, const struct inspect_config *config,
	       const struct inspect_sink *sink)
{
	page->config = config;
	page->sink = sink;
	strbuf_init(&page->out, page->data, sizeof(page->data));
	page->row = (struct row){.out = &page->out, .width = row_usable_width(config->width)};
}

const char *page_color(const struct page *page, const char *color)
{
	return page->config->color ? color : NULL;
}

static void flush(struct page *page)
{
	page->sink->put(page->sink->context, page->out.data, page->out.len);
	strbuf_reset(&page->out);
}

void page_end_line(struct page *page)
{
	row_break(&page->row);
	flush(page);
}

void page_add_labelled(struct page *page, size_t start, const char *color, const char *label,
		       const struct strbuf *text)
{
	row_add_labelled(&page->row, start, page_color(page, color), label, text->data, text->len);
	flush(page);
}
