/* SPDX-License-Identifier: BSD-2-Clause */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#include <cmocka.h>

#include "render_reports.h"
#include "renderer.h"

#define ROUNDS 3000

static char text[RENDERER_REPORT_SIZE_MAX];

/* One report, with its verdict, into `text`. */
static struct strbuf render(const struct renderer_config *config, const struct report *r)
{
	struct verdict v = verdict_of(r);
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	text_renderer.report(config, r, has_verdict(r) ? &v : NULL, &out);
	return out;
}

static void assert_rendered(const struct renderer_config *config, const struct report *r,
			    const char *expected)
{
	render(config, r);
	assert_string_equal(text, expected);
}

static void assert_contains(const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("'%s' is not in '%s'", expected, text);
}

/* Takes colour escapes out of `line`, in place. Any other ESC stays, and is found later. */
static void strip_color(char *line)
{
	char *to = line;

	while (*line) {
		size_t digits = line[0] == '\033' && line[1] == '['
					? strspn(line + 2, "0123456789;")
					: 0;

		if (digits > 0 && line[2 + digits] == 'm') {
			line += 2 + digits + 1;
			continue;
		}
		*to++ = *line++;
	}
	*to = '\0';
}

/* Columns as the C library counts them: another opinion than utf8.c. */
static size_t line_columns(const char *line, size_t len)
{
	mbstate_t state = {0};
	size_t columns = 0;

	while (len > 0) {
		wchar_t c;
		size_t used = mbrtowc(&c, line, len, &state);
		int width;

		assert_true(used > 0 && used <= len);
		width = wcwidth(c);
		columns += width < 0 ? 1 : (size_t)width;
		line += used;
		len -= used;
	}
	return columns;
}

static size_t check_lines(size_t width)
{
	size_t lines = 0;

	for (const char *line = text; *line; lines++) {
		const char *end = strchr(line, '\n');

		assert_non_null(end);
		for (const char *at = line; at < end; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
		if (width > 0 && line_columns(line, (size_t)(end - line)) > width)
			fail_msg("more than %zu columns: %s", width, text);
		line = end + 1;
	}
	return lines;
}

static void test_hostile_reports_keep_the_width(void **state)
{
	uint64_t seed = 0x5eed;

	(void)state;
	for (unsigned int width = 60; width <= 200; width++) {
		for (int i = 0; i < ROUNDS / 20; i++) {
			struct renderer_config config = {.width = width, .color = i & 1};
			struct report r = random_report(&seed);
			struct strbuf out = render(&config, &r);

			assert_false(out.cut);
			assert_int_equal(out.len, strlen(text));
			if (config.color)
				strip_color(text);
			assert_true(check_lines(width) >= 1);
		}
	}
}

static size_t count_remedies(const struct report *r)
{
	struct verdict v = verdict_of(r);
	char remedy_text[1024];
	struct strbuf remedy;
	size_t count = 0;

	strbuf_init(&remedy, remedy_text, sizeof(remedy_text));
	if (r->kind == REPORT_HANDLER)
		return 1;
	for (size_t i = 0; r->alive.table && i < r->alive.stuck->len; i++)
		count += stuck_write_remedy(r->alive.table, r->alive.process,
					    &r->alive.stuck->findings[i], &remedy);
	return count + (v.problem && explain_write_remedy(r, &v, &remedy));
}

static void test_without_width_one_line_for_everything(void **state)
{
	uint64_t seed = 0xfeed;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct renderer_config config = {.width = 0};
		struct report r = random_report(&seed);
		bool has_ancestors = r.ancestors_len > 0 && r.sender.source != REPORT_SOURCE_ABSENT;

		assert_false(render(&config, &r).cut);
		assert_int_equal(check_lines(0), 1 + count_remedies(&r) + has_ancestors);
		config.skip_remedy = true;
		render(&config, &r);
		assert_int_equal(check_lines(0), 1 + has_ancestors);
		config.skip_ancestors = true;
		render(&config, &r);
		assert_int_equal(check_lines(0), 1);
	}
}

static void test_wrapping_loses_no_word(void **state)
{
	struct renderer_config narrow = {.width = 100, .skip_remedy = true};
	struct renderer_config endless = {.width = 0, .skip_remedy = true};
	uint64_t seed = 0xabcd;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		static char whole[RENDERER_REPORT_SIZE_MAX];
		struct report r = random_report(&seed);
		const char *wrapped = text;

		/* Names that are cut on a terminal, or have blanks, are another matter. */
		strcpy(r.sender.comm, "sender");
		strcpy(r.target.comm, "target");
		strcpy(r.tracer_comm, "tracer");
		strcpy(r.earlier.sender.comm, "earlier");
		strcpy(r.earlier.instead.comm, "instead");
		r.alive = (struct report_alive){0};
		/* Without a width they stand elsewhere. */
		r.sender.container = NULL;
		r.target.container = NULL;
		for (uint32_t a = 0; a < r.ancestors_len; a++)
			strcpy(r.ancestors[a].comm, "ancestor");
		render(&endless, &r);
		strcpy(whole, text);
		render(&narrow, &r);
		for (const char *c = whole; *c; c++) {
			if (*c == ' ' || *c == '\n')
				continue;
			wrapped += strspn(wrapped, " \n");
			assert_int_equal(*wrapped++, *c);
		}
		wrapped += strspn(wrapped, " \n");
		assert_int_equal(*wrapped, '\0');
	}
}

static void test_short_buffers_are_cut_not_overrun(void **state)
{
	struct renderer_config config = {.width = 100, .color = true};
	struct report r = everyday_report();
	struct verdict v = explain_report(&r);

	(void)state;
	r.earlier = everyday_exit().earlier;
	r.origin = ORIGIN_CHILD;
	add_ancestor(&r, "systemd", 1);
	for (size_t size = 1; size < 800; size++) {
		char *data = malloc(size); /* exact, for the sanitizer */
		struct strbuf out;

		assert_non_null(data);
		strbuf_init(&out, data, size);
		text_renderer.report(&config, &r, &v, &out);
		assert_true(out.len < size);
		assert_int_equal(data[out.len], '\0');
		free(data);
	}
}

static void test_columns(void **state)
{
	struct renderer_config config = {.width = 0, .skip_remedy = true};
	struct report r = everyday_report();

	(void)state;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM   bash[100]            app[200]                 "
			"IGNORED      it ignores SIGTERM (SIG_IGN)\n");
	config.width = 120;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM  bash[100]          app[200]                 "
			"IGNORED      it ignores SIGTERM (SIG_IGN)\n");
	config.width = 119;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM  bash[100]          app[200]                 "
			"IGNORED\n"
			"             it ignores SIGTERM (SIG_IGN)\n");
	config.width = 80;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM  bash[100]        app[200]            IGNORED\n"
			"             it ignores SIGTERM (SIG_IGN)\n");
}

/* Below 120 columns, WHY stays beside its event only whole, and only if it is no problem. */
static void test_why_that_fits_stays_on_the_line(void **state)
{
	struct renderer_config config = {.width = 110};
	struct report r = everyday_report();

	(void)state;
	r.kind = REPORT_DELIVER;
	r.sender.source = REPORT_SOURCE_ABSENT;
	r.handler = 0;
	r.has_latency = true;
	r.latency_ns = 3200;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM  -                  app[200]                 "
			"-> terminate after 3.20 us, ends the process\n");
	config.width = 109;
	assert_rendered(&config, &r,
			"00:00:05.000 SIGTERM  -                  app[200]                 "
			"-> terminate\n"
			"             after 3.20 us, ends the process\n");
	config.width = 119;
	r.has_latency = false;
	r.handler = 1;
	config.skip_remedy = true;
	render(&config, &r);
	assert_contains("-> ignored\n             dropped at delivery: it ignores");
	r = (struct report){
		.kind = REPORT_EXIT, .boot_ns = 5000000000, .target = everyday_task("app", 200)};
	config.width = 100;
	assert_rendered(&config, &r,
			"00:00:05.000 -        -                  app[200]                 "
			"exited       exit code 0\n");
}

/* Where `word` begins in its line. */
static size_t column_of(const char *lines, const char *word)
{
	const char *found = strstr(lines, word);
	const char *begin = found;

	assert_non_null(found);
	while (begin > lines && begin[-1] != '\n')
		begin--;
	return (size_t)(found - begin);
}

static void test_heading_stands_over_the_columns(void **state)
{
	static const unsigned int widths[] = {0, 60, 80, 96, 100, 120, 140, 200};

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct renderer_config config = {.width = widths[i]};
		struct report r = everyday_report();
		char heading[512];
		struct strbuf out;

		strbuf_init(&out, heading, sizeof(heading));
		text_renderer.begin(&config, &out);
		r.kind = REPORT_EXIT;
		render(&config, &r);
		assert_int_equal(column_of(heading, "SIGNAL"), column_of(text, "-"));
		assert_int_equal(column_of(heading, "TARGET"), column_of(text, "app["));
		assert_int_equal(column_of(heading, "RESULT"), column_of(text, "exited"));
		assert_int_equal(column_of(heading, "WHY"), column_of(text, "exit code 0"));
		r.kind = REPORT_GENERATE;
		render(&config, &r);
		assert_int_equal(column_of(heading, "SIGNAL"), column_of(text, "SIGTERM"));
		assert_int_equal(column_of(heading, "SENDER"), column_of(text, "bash["));
		assert_int_equal(column_of(heading, "TARGET"), column_of(text, "app["));
		assert_int_equal(column_of(heading, "RESULT"), column_of(text, "IGNORED"));
	}
}

static void test_processes(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_report();

	(void)state;
	r.target.ns_tgid = 1;
	render(&config, &r);
	assert_contains(" app[200, init] ");
	r.target.ns_tgid = 7;
	r.target.tid = 201;
	render(&config, &r);
	assert_contains(" app[200, ns 7] ");
	r.process_directed = false;
	render(&config, &r);
	assert_contains(" app[200, ns 7, tid 201] ");
	r.target.ns_tgid = 0;
	render(&config, &r);
	assert_contains(" app[200, tid 201] ");
	r.sender.source = REPORT_SOURCE_ABSENT;
	r.sender_kind = SENDER_KERNEL;
	render(&config, &r);
	assert_contains(" kernel ");
	r.sender_kind = SENDER_USER;
	render(&config, &r);
	assert_contains(" SIGTERM   -     ");
}

static void test_generate_words(void **state)
{
	static const char *const words[EVENT_RESULT_COUNT] = {
		" DELIVERED ", " IGNORED ", " ALREADY_PENDING ", " OVERFLOW_FAIL ", " LOSE_INFO ",
	};
	struct renderer_config config = {.width = 0};
	struct report r = everyday_report();

	(void)state;
	for (int i = 0; i < EVENT_RESULT_COUNT; i++) {
		r.result = (enum event_result)i;
		render(&config, &r);
		assert_contains(words[i]);
	}
}

static void test_deliver_words(void **state)
{
	static const struct {
		int sig;
		uint64_t handler;
		uint32_t signal_flags;
		int32_t group_exit_code;
		const char *word;
	} rows[] = {
		{15, 0x401000, 0, 0, " -> handler "}, {15, 0, 0, 0, " -> terminate "},
		{11, 0, 0, 0, " -> core "},	      {19, 0, 0, 0, " -> stop "},
		{15, 1, 0, 0, " -> ignored "},	      {18, 0, 0, 0, " -> ignored "},
		{15, 0, 0x40, 0, " -> dropped "},     {9, 0, 0x4, 15, " -> exit "},
	};
	struct renderer_config config = {.width = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {
			.kind = REPORT_DELIVER,
			.sig = rows[i].sig,
			.target = everyday_task("app", 200),
			.handler = rows[i].handler,
			.signal_flags = rows[i].signal_flags,
			.group_exit_code = rows[i].group_exit_code,
		};

		render(&config, &r);
		assert_contains(rows[i].word);
	}
}

/* Every cause has a word at delivery, even those that explain never gives there. */
static void test_deliver_words_are_total(void **state)
{
	struct renderer_config config = {.width = 100, .color = true};
	struct report r = everyday_report();
	struct verdict v = explain_report(&r);

	(void)state;
	r.kind = REPORT_DELIVER;
	for (int cause = 0; cause < CAUSE_COUNT; cause++) {
		struct strbuf out;

		strbuf_init(&out, text, sizeof(text));
		v.cause = (enum cause)cause;
		text_renderer.report(&config, &r, &v, &out);
		assert_contains("-> ");
	}
}

static void test_latency(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_report();

	(void)state;
	r.kind = REPORT_DELIVER;
	r.handler = 0x401136;
	r.has_latency = true;
	r.latency_ns = 118400;
	render(&config, &r);
	assert_contains(" after 118 us, its handler ");
	r.has_latency = false;
	render(&config, &r);
	assert_null(strstr(text, "after"));
}

static void test_exits(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = {
		.kind = REPORT_EXIT,
		.boot_ns = 5000000000,
		.target = everyday_task("app", 200),
	};

	(void)state;
	render(&config, &r);
	assert_contains(" exited       exit code 0\n");
	r.exit_code = 3 << 8;
	render(&config, &r);
	assert_contains(" exited       exit code 3\n");
	r.exit_code = 15;
	render(&config, &r);
	assert_contains(" killed       ended by SIGTERM\n");
	r.exit_code = 11 | 0x80;
	render(&config, &r);
	assert_contains(" killed       ended by SIGSEGV, core dumped\n");
	r.exit_code = 0x7f;
	render(&config, &r);
	assert_contains(" killed       ended by signal 127\n");
}

static void test_colors(void **state)
{
	struct renderer_config config = {.width = 0, .color = true};
	struct report r = everyday_report();

	(void)state;
	render(&config, &r);
	assert_contains("\033[2m00:00:05.000\033[0m ");
	assert_contains("\033[1;31mIGNORED\033[0m ");
	assert_contains("\033[36mremedy: ");
	r.result = EVENT_RESULT_DELIVERED;
	r.handler = 0x401136;
	render(&config, &r);
	assert_contains("\033[32mDELIVERED\033[0m ");
	r.facts |= EVENT_FACT_PTRACED;
	render(&config, &r);
	assert_contains("\033[33mDELIVERED\033[0m ");
}

static void test_time(void **state)
{
	static const struct {
		uint64_t boot_ns;
		int64_t realtime_offset_ns;
		int32_t utc_offset_s;
		const char *time;
	} rows[] = {
		{0, 0, 0, "00:00:00.000 "},
		{86399999999999, 0, 0, "23:59:59.999 "},
		{86400000000000, 0, 0, "00:00:00.000 "},
		{1999999, 0, 0, "00:00:00.001 "},
		{999999999, 1, 0, "00:00:01.000 "},
		{0, -1, 0, "23:59:59.999 "},
		{0, 0, 7200, "02:00:00.000 "},
		{0, 0, -1800, "23:30:00.000 "},
		{3600000000000, 1767319200000000000, 20700, "08:45:00.000 "},
		{UINT64_MAX, INT64_MAX, INT32_MAX, "02:35:57.564 "},
		{0, INT64_MIN, INT32_MIN, "20:58:35.145 "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct renderer_config config = {
			.realtime_offset_ns = rows[i].realtime_offset_ns,
			.utc_offset_s = rows[i].utc_offset_s,
		};
		struct report r = everyday_report();

		r.boot_ns = rows[i].boot_ns;
		render(&config, &r);
		text[strlen(rows[i].time)] = '\0';
		assert_string_equal(text, rows[i].time);
	}
}

static void test_renderer_names(void **state)
{
	struct strbuf out;

	(void)state;
	assert_ptr_equal(renderer_from_name("text"), &text_renderer);
	assert_ptr_equal(renderer_from_name("json"), &json_renderer);
	assert_null(renderer_from_name("jso"));
	assert_null(renderer_from_name("jsonl"));
	assert_null(renderer_from_name("JSON"));
	assert_null(renderer_from_name(""));
	strbuf_init(&out, text, sizeof(text));
	renderer_write_names(&out);
	assert_string_equal(text, "text, json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_reports_keep_the_width),
		cmocka_unit_test(test_without_width_one_line_for_everything),
		cmocka_unit_test(test_wrapping_loses_no_word),
		cmocka_unit_test(test_short_buffers_are_cut_not_overrun),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_why_that_fits_stays_on_the_line),
		cmocka_unit_test(test_heading_stands_over_the_columns),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_generate_words),
		cmocka_unit_test(test_deliver_words),
		cmocka_unit_test(test_deliver_words_are_total),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_renderer_names),
	};

	/* For mbrtowc() and wcwidth(), the judges of width. */
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		print_error("no locale C.UTF-8\n");
		return 1;
	}
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
