/* SPDX-License-Identifier: BSD-2-Clause */
/* What text says about a trace as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "renderer.h"
#include "signals.h"

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
	s.lost[EVENT_LOST_CGROUP] = 4;
	assert_summary(
		&s,
		"sigtrace: 0 events in 1.0 s; 7 lost: 1 handler return, 2 failed send, 4 cgroup\n"
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

static void assert_absent(const struct renderer_config *config, uint64_t signals,
			  uint64_t waited_ns, const char *what, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	text_renderer.absent(config, what, signals, waited_ns, &out);
	assert_false(out.cut);
	assert_string_equal(text, expected);
}

static uint64_t set_of(int a, int b, int c)
{
	return signal_bit(a) | signal_bit(b) | signal_bit(c);
}

static void test_absent(void **state)
{
	const struct renderer_config config = {0};
	const uint64_t term = signal_bit(15);
	const char *pod = "pod default/web-0";

	(void)state;
	assert_absent(&config, term, 30000000000, pod,
		      "no SIGTERM was generated for pod default/web-0 in 30 s\n");
	assert_absent(&config, set_of(15, 15, 2), 1000000000, pod,
		      "no SIGINT or SIGTERM was generated for pod default/web-0 in 1 s\n");
	assert_absent(&config, set_of(1, 2, 64), 90000000000, pod,
		      "no SIGHUP, SIGINT or SIGRTMAX was generated for pod default/web-0 in "
		      "1 min 30 s\n");
	assert_absent(&config, 0xff, 500000000, pod,
		      "no SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS or SIGFPE was "
		      "generated for pod default/web-0 in 500 ms\n");
	assert_absent(&config, 0x1ff, 2500000000, pod,
		      "none of 9 signals was generated for pod default/web-0 in 2.5 s\n");
	assert_absent(&config, UINT64_MAX, 60000000000, pod,
		      "no signal was generated for pod default/web-0 in 1 min\n");
	assert_absent(&config, 0, 60000000000, pod,
		      "no signal was generated for pod default/web-0 in 1 min\n");
}

/* What the user typed may come from somebody else. */
static void test_absent_on_a_terminal(void **state)
{
	const struct renderer_config wide = {.width = 100, .color = true};
	const struct renderer_config narrow = {.width = 1};
	char what[5000];
	struct strbuf out;

	(void)state;
	assert_absent(&wide, signal_bit(15), 30000000000, "container \033[2J\n\xff",
		      "\033[1;31mno SIGTERM was generated for container \\x1b[2J\\x0a\\xff in 30 "
		      "s\033[0m\n");
	assert_absent(&narrow, signal_bit(15), 30000000000, "pod monitoring/prometheus-server-0",
		      "no SIGTERM was generated for pod\n"
		      "monitoring/prometheus-server-0 in 30 s\n");
	memset(what, '\n', sizeof(what) - 1);
	what[sizeof(what) - 1] = '\0';
	strbuf_init(&out, text, sizeof(text));
	text_renderer.absent(&wide, what, signal_bit(15), 30000000000, &out);
	assert_false(out.cut);
	assert_non_null(strstr(text, "\\x0a.. in 30 s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_absent_on_a_terminal),
	};

	return cmocka_run_group_tests_name("text_summary", tests, NULL, NULL);
}
