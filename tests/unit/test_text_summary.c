/* SPDX-License-Identifier: BSD-2-Clause */
/* What text says about a trace as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "renderer.h"

static char text[RENDERER_REPORT_SIZE_MAX];

static void assert_summary(const struct trace_summary *s, const char *expected)
{
	struct renderer_config config = {0};
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	text_renderer.summary(&config, s, &out);
	assert_false(out.cut);
	assert_string_equal(text, expected);
}

static void test_summary(void **state)
{
	struct trace_summary s = {.events = 12, .hidden = 45, .elapsed_ns = 30100000000};
	struct strbuf out;

	(void)state;
	assert_summary(
		&s,
		"sigtrace: 12 events in 30.1 s; 45 hidden (SIGCHLD, SIGWINCH, SIGURG to itself; "
		"select them with -s); none lost\n");
	s = (struct trace_summary){.events = 2, .elapsed_ns = 1000000000, .repeated = 7};
	assert_summary(&s,
		       "sigtrace: 2 events in 1.0 s; 7 threads that ended with the process left "
		       "out; none lost\n");
	s = (struct trace_summary){.events = 2, .elapsed_ns = 1000000000, .forgotten = 3};
	assert_summary(&s, "sigtrace: 2 events in 1.0 s; the end of 3 processes was not followed: "
			   "too many at once; none lost\n");
	s.forgotten = 1;
	assert_summary(&s, "sigtrace: 2 events in 1.0 s; the end of 1 process was not followed: "
			   "too many at once; none lost\n");
	s = (struct trace_summary){
		.elapsed_ns = 1000000000, .watch_forgotten = 3, .alive_forgotten = 2};
	assert_summary(&s,
		       "sigtrace: 0 events in 1.0 s; what became of 3 signals was not watched: too "
		       "many at once; the deadline of 2 processes was not kept: too many at once; "
		       "none lost\n");
	s = (struct trace_summary){.elapsed_ns = 1000000000, .lost = {[EVENT_LOST_FAILED] = 2}};
	s.lost[EVENT_LOST_RETURN] = 1;
	assert_summary(
		&s,
		"sigtrace: 0 events in 1.0 s; 3 lost: 1 handler return, 2 failed send\n"
		"sigtrace: the ring buffer was full: use a larger --buffer-size, or select fewer "
		"processes or signals\n");
	s = (struct trace_summary){.events = 1, .elapsed_ns = 1000000000, .corrupt = 1};
	assert_summary(&s,
		       "sigtrace: 1 event in 1.0 s; none lost\n"
		       "sigtrace: 1 record was corrupt and not shown: a defect of sigtrace, please "
		       "report it\n");
	s = (struct trace_summary){.elapsed_ns = 1000000000, .lost = {5, 0, 2, 0}};
	assert_summary(
		&s,
		"sigtrace: 0 events in 1.0 s; 7 lost: 5 generate, 2 exit\n"
		"sigtrace: the ring buffer was full: use a larger --buffer-size, or select fewer "
		"processes or signals\n");
	s = (struct trace_summary){.elapsed_ns = 1000000000, .lost = {0, 0, 0, 3}};
	assert_summary(&s,
		       "sigtrace: 0 events in 1.0 s; 3 lost: 3 follow\n"
		       "sigtrace: too many processes to follow them all: select a smaller tree\n");
	memset(&s, 0xff, sizeof(s));
	strbuf_init(&out, text, sizeof(text));
	text_renderer.summary(&(struct renderer_config){0}, &s, &out);
	assert_false(out.cut);
	assert_int_equal(text[out.len - 1], '\n');
}

static void test_lost(void **state)
{
	struct renderer_config config = {0};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, text, sizeof(text));
	text_renderer.lost(&config, 1, &out);
	assert_string_equal(text,
			    "sigtrace: lost 1 record here: more came than the buffer holds\n");
	strbuf_reset(&out);
	text_renderer.lost(&config, UINT64_MAX, &out);
	assert_string_equal(text,
			    "sigtrace: lost 18446744073709551615 records here: more came than the "
			    "buffer holds\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests_name("text_summary", tests, NULL, NULL);
}
