/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bar of a timeline, in ASCII, so that any CI log shows it:
 *
 *   S-H-----R!=====================================================G
 *   0.000 s                                                 10.612 s
 *
 * '.' is the time until it was ready, '-' the time until it was sent the signal, '=' the time that
 * it took. Marks are at their moments, rounded to a column; those that fall into the same one stand
 * side by side in their order.
 */
#include "check_timeline.h"

#include "check_facts.h"
#include "check_words.h"

#define INDENT	    2
#define COLUMNS_MAX 100
#define BAR_MAX	    (COLUMNS_MAX - INDENT)

/* How far the program has got, and with which letter the time is filled from then on. */
enum phase {
	PHASE_STARTS,
	PHASE_READY,
	PHASE_STOPS,
	PHASE_COUNT,
};

static const char phase_fill[] = {
	[PHASE_STARTS] = '.',
	[PHASE_READY] = '-',
	[PHASE_STOPS] = '=',
};
_Static_assert(sizeof(phase_fill) == PHASE_COUNT, "phase_fill");

static const struct {
	char letter;
	enum phase phase;
} mark_rows[] = {
	[CHECK_MARK_STARTED] = {'S', PHASE_STARTS},   [CHECK_MARK_HANDLER] = {'H', PHASE_STARTS},
	[CHECK_MARK_READY] = {'R', PHASE_READY},      [CHECK_MARK_SENT] = {'!', PHASE_STOPS},
	[CHECK_MARK_GRACE_OVER] = {'G', PHASE_STOPS}, [CHECK_MARK_KILLED] = {'K', PHASE_STOPS},
	[CHECK_MARK_EXITED] = {'E', PHASE_STOPS},     [CHECK_MARK_REPORT] = {' ', PHASE_STARTS},
};
_Static_assert(sizeof(mark_rows) / sizeof(mark_rows[0]) == CHECK_MARK_COUNT, "mark_rows");

struct place {
	enum check_mark mark;
	uint64_t after_ns; /* of the first one */
	size_t column;
};

char check_timeline_letter(enum check_mark mark)
{
	return mark_rows[mark].letter;
}

bool check_timeline_has(const struct check_run *run, const struct check_event *e)
{
	if (e->mark == CHECK_MARK_EXITED)
		return !run->killed_by_check;
	return e->mark != CHECK_MARK_REPORT && check_mark_holds(run, e);
}

uint64_t check_timeline_ns(const struct check_run *run, const struct check_event *e)
{
	return e->mark == CHECK_MARK_EXITED ? check_end_ns(run) : e->boot_ns;
}

/* Each mark once, in the order of time. */
static size_t find_places(const struct check_run *run, struct place places[CHECK_MARK_COUNT])
{
	uint64_t first_ns = 0;
	uint32_t seen = 0;
	size_t len = 0;

	for (size_t i = 0; i < run->events_len; i++) {
		const struct check_event *e = &run->events[i];
		const uint64_t boot_ns = check_timeline_ns(run, e);

		if (!check_timeline_has(run, e) || (seen & 1U << e->mark))
			continue;
		if (len == 0)
			first_ns = boot_ns;
		seen |= 1U << e->mark;
		places[len++] = (struct place){
			.mark = e->mark,
			.after_ns = boot_ns > first_ns ? boot_ns - first_ns : 0,
		};
	}
	return len;
}

static size_t column_of(uint64_t after_ns, uint64_t total_ns, size_t width)
{
	double part = total_ns > 0 ? (double)after_ns / (double)total_ns : 0;

	return (size_t)(part * (double)(width - 1) + 0.5);
}

/* Every mark has a column of its own: those that collide move to the right, or back from the end.
 */
static void set_columns(struct place *places, size_t len, size_t width)
{
	uint64_t total_ns = places[len - 1].after_ns;
	size_t end = width;

	for (size_t i = 0; i < len; i++) {
		size_t column = column_of(places[i].after_ns, total_ns, width);
		size_t min = i > 0 ? places[i - 1].column + 1 : 0;

		places[i].column = column > min ? column : min;
	}
	for (size_t i = len; i-- > 0;) {
		if (places[i].column >= end)
			places[i].column = end - 1;
		end = places[i].column;
	}
}

static void draw(struct row *row, const struct place *places, size_t len)
{
	enum phase phase = PHASE_STARTS;
	char bar[BAR_MAX];
	size_t column = 0;

	for (size_t i = 0; i < len; i++) {
		enum phase next = mark_rows[places[i].mark].phase;

		while (column < places[i].column)
			bar[column++] = phase_fill[phase];
		bar[column++] = mark_rows[places[i].mark].letter;
		phase = next > phase ? next : phase;
	}
	row_add(row, INDENT, NULL, bar, column);
}

static void write_scale(struct page *page, const struct place *last, size_t width)
{
	char text[sizeof("18446744073.710 s")];
	struct strbuf end;

	row_add_word(&page->row, INDENT, page_color(page, COLOR_TIME), "0.000 s");
	strbuf_init(&end, text, sizeof(text));
	check_words_write_seconds(last->after_ns, &end);
	strbuf_add(&end, " s");
	row_add(&page->row, INDENT + width - end.len, page_color(page, COLOR_TIME), text, end.len);
	page_end_line(page);
}

void check_timeline_write(struct page *page, const struct check_run *run)
{
	size_t columns = row_usable_width(page->config->width);
	size_t width = (columns > 0 && columns < COLUMNS_MAX ? columns : COLUMNS_MAX) - INDENT;
	struct place places[CHECK_MARK_COUNT];
	size_t len = find_places(run, places);

	if (len < 2)
		return;
	set_columns(places, len, width);
	draw(&page->row, places, len);
	page_end_line(page);
	write_scale(page, &places[len - 1], width);
}
