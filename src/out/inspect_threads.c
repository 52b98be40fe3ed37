/* SPDX-License-Identifier: BSD-2-Clause */
#include "inspect_threads.h"

#include "inspect_words.h"
#include "signals.h"
#include "syscalls.h"

#define TID_COLUMN    2
#define NAME_COLUMN   11
#define STATE_COLUMN  28
#define ASLEEP_COLUMN 34
#define PLACE_COLUMN  46
#define PLACE_WIDTH   34

/* What has less room than this goes on below, from NAME on. */
#define ROOM_MIN 20

/* The columns that the table does not always have, or not everywhere. */
struct layout {
	bool places; /* WAITS IN is there */
	size_t place_indent;
	size_t signals;
	size_t signals_indent;
};

static bool places_known(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].place)
			return true;
	return false;
}

/* Where the further lines of a cell begin. */
static size_t indent_of(const struct page *page, size_t start)
{
	size_t width = page->row.width;

	return width > 0 && start + ROOM_MIN > width ? NAME_COLUMN : start;
}

static struct layout layout_of(const struct page *page, const struct process *p)
{
	struct layout layout = {.places = places_known(p)};

	layout.signals = layout.places ? PLACE_COLUMN + PLACE_WIDTH : PLACE_COLUMN;
	layout.signals_indent = indent_of(page, layout.signals);
	layout.place_indent = indent_of(page, PLACE_COLUMN);
	return layout;
}

/* "futex (futex_do_wait)" */
static void write_place(const struct thread_place *place, struct strbuf *out)
{
	const char *name = syscall_name(place->syscall);

	if (place->syscall_known && !place->in_syscall) {
		strbuf_add(out, "user space");
		return;
	}
	if (place->syscall_known && name) {
		strbuf_add(out, name);
	} else if (place->syscall_known) {
		strbuf_add(out, "system call ");
		strbuf_add_i64(out, place->syscall);
	}
	if (place->wchan[0] == '\0')
		return;
	strbuf_add(out, place->syscall_known ? " (" : "");
	strbuf_add_escaped(out, place->wchan, sizeof(place->wchan));
	strbuf_add(out, place->syscall_known ? ")" : "");
}

static void add_place(struct row *row, const struct layout *layout,
		      const struct thread_place *place)
{
	char data[256];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (place)
		write_place(place, &text);
	if (text.len == 0)
		strbuf_add_char(&text, '-');
	row_wrap(row, PLACE_COLUMN, layout->place_indent, data, text.len);
}

static void write_set(const char *what, uint64_t set, struct strbuf *out)
{
	if (set == 0)
		return;
	strbuf_add(out, out->len > 0 ? "; " : "");
	strbuf_add(out, what);
	inspect_write_signals(out, set);
}

static void write_fact(const char *fact, struct strbuf *out)
{
	strbuf_add(out, out->len > 0 ? "; " : "");
	strbuf_add(out, fact);
}

static void write_signals(const struct inspect_process *ip, const struct thread *t, bool shorten,
			  struct strbuf *out)
{
	write_set("pending ", t->pending, out);
	write_set("blocks ", t->blocked, out);
	if (t->waited_for_known)
		write_set("waits for ", t->waited_for, out);
	if (t->tracer_tgid != 0) {
		write_fact("", out);
		inspect_write_tracer(ip->table, t->tracer_tgid, shorten, out);
	}
	if ((ip->process->known & PROCESS_KNOWN_FROZEN) && (t->frozen || t->frozen_v2))
		write_fact("frozen", out);
	if (t->exiting)
		write_fact("exiting", out);
}

static void add_number(struct row *row, size_t start, uint64_t number)
{
	char data[sizeof("18446744073709551615")];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	strbuf_add_u64(&text, number);
	row_add(row, start, NULL, data, text.len);
}

static void add_asleep(struct row *row, const struct thread *t)
{
	char data[64];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (t->asleep_known)
		strbuf_add_duration(&text, t->asleep_ns);
	else
		strbuf_add_char(&text, '-');
	row_add(row, ASLEEP_COLUMN, NULL, data, text.len);
}

static void add_thread(struct page *page, const struct inspect_process *ip, const struct thread *t,
		       const struct layout *layout)
{
	const char state = task_state_letter(t->state);
	bool shorten = page->row.width > 0;
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	add_number(&page->row, TID_COLUMN, t->tid);
	strbuf_init(&text, data, sizeof(data));
	row_write_comm(&text, t->comm, shorten);
	row_add(&page->row, NAME_COLUMN, NULL, data, text.len);
	row_add(&page->row, STATE_COLUMN, NULL, &state, 1);
	add_asleep(&page->row, t);
	if (layout->places)
		add_place(&page->row, layout, t->place);
	strbuf_reset(&text);
	write_signals(ip, t, shorten, &text);
	if (text.len > 0)
		row_wrap(&page->row, layout->signals, layout->signals_indent, data, text.len);
	page_end_line(page);
}

static void add_heading(struct page *page, const struct layout *layout)
{
	const char *color = page_color(page, COLOR_HEADING);

	row_add_word(&page->row, TID_COLUMN, color, "TID");
	row_add_word(&page->row, NAME_COLUMN, color, "NAME");
	row_add_word(&page->row, STATE_COLUMN, color, "STATE");
	row_add_word(&page->row, ASLEEP_COLUMN, color, "ASLEEP");
	if (layout->places)
		row_add_word(&page->row, PLACE_COLUMN, color, "WAITS IN");
	if (layout->signals_indent == layout->signals)
		row_add_word(&page->row, layout->signals, color, "SIGNALS");
	page_end_line(page);
}

void inspect_add_threads(struct page *page, const struct inspect_process *ip)
{
	const struct process *p = ip->process;
	struct layout layout = layout_of(page, p);

	if (p->threads_len == 0)
		return;
	add_heading(page, &layout);
	for (size_t i = 0; i < p->threads_len; i++)
		add_thread(page, ip, &p->threads[i], &layout);
}
