/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "render_reports.h"
#include "renderer.h"

#define ROUNDS 5000

static char text[RENDERER_REPORT_SIZE_MAX];
static const struct renderer_config config;

/* `text` parsed: one object, one newline at the end. The golden tests parse without jansson. */
static json_t *parse_line(const struct strbuf *out)
{
	json_error_t error;
	json_t *root;

	assert_false(out->cut);
	assert_ptr_equal(strchr(text, '\n'), text + out->len - 1);
	root = json_loadb(text, out->len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at %d: %s", error.text, error.position, text);
	return root;
}

static json_t *render(const struct report *r)
{
	struct verdict v = verdict_of(r);
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	json_renderer.report(&config, r, has_verdict(r) ? &v : NULL, &out);
	return parse_line(&out);
}

static void assert_contains(const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("%s is not in %s", expected, text);
}

static void assert_rendered(const struct report *r, const char *expected)
{
	json_decref(render(r));
	assert_contains(expected);
}

static void assert_not_rendered(const struct report *r, const char *unexpected)
{
	json_decref(render(r));
	if (strstr(text, unexpected))
		fail_msg("%s is in %s", unexpected, text);
}

static void test_hostile_reports_parse(void **state)
{
	uint64_t seed = 0x150;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct report r = random_report(&seed);

		json_decref(render(&r));
		for (const char *c = text; *c != '\n'; c++)
			assert_true(*c >= 0x20 && *c < 0x7f);
	}
}

static void test_fits_or_leaves_nothing(void **state)
{
	struct report r = everyday_report();
	struct verdict v = explain_report(&r);
	struct strbuf out;
	size_t whole;

	(void)state;
	memset(r.target.comm, 0x7f, 3); /* grows after jansson has written it */
	strbuf_init(&out, text, sizeof(text));
	json_renderer.report(&config, &r, &v, &out);
	whole = out.len;
	for (size_t size = 5; size <= whole + 5; size++) {
		char *data = malloc(size); /* exact, for the sanitizer */

		assert_non_null(data);
		strbuf_init(&out, data, size);
		strbuf_add(&out, "old\n");
		json_renderer.report(&config, &r, &v, &out);
		if (size < whole + 5) {
			assert_true(out.cut);
			assert_string_equal(data, "old\n");
			assert_int_equal(out.len, 4);
		} else {
			assert_false(out.cut);
			assert_string_equal(data + 4, text);
		}
		free(data);
	}
}

static void test_two_lines_in_one_buffer(void **state)
{
	struct report r = everyday_report();
	struct verdict v = explain_report(&r);
	struct strbuf out;
	size_t first;

	(void)state;
	strbuf_init(&out, text, sizeof(text));
	json_renderer.begin(&config, &out);
	assert_int_equal(out.len, 0);
	json_renderer.report(&config, &r, &v, &out);
	first = out.len;
	json_renderer.report(&config, &r, &v, &out);
	assert_int_equal(out.len, 2 * first);
	assert_memory_equal(text, text + first, first);
}

static void test_key_order(void **state)
{
	static const char *const keys[] = {
		"v",	  "type",  "time",	  "boot_ns", "signal", "code",	 "scope",
		"result", "cause", "explanation", "remedy",  "sender", "target",
	};
	struct report r = everyday_report();
	json_t *root = render(&r);
	void *at = json_object_iter(root);

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_string_equal(json_object_iter_key(at), keys[i]);
		at = json_object_iter_next(root, at);
	}
	assert_null(at);
	json_decref(root);
}

static void assert_comm(const char *comm, size_t size, const char *expected)
{
	struct report r = everyday_report();
	json_t *root;

	memset(r.target.comm, 0, sizeof(r.target.comm));
	memcpy(r.target.comm, comm, size);
	root = render(&r);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(root, "target"), "comm")),
		expected);
	json_decref(root);
}

static void test_comm(void **state)
{
	(void)state;
	assert_comm("0123456789abcdef", 16, "0123456789abcdef");
	assert_comm("a\"b\\c/", 6, "a\"b\\c/");
	assert_comm("\033[31m\a\n", 7, "\033[31m\a\n");
	assert_comm("\177a\177\177", 4, "\177a\177\177");
	assert_contains("\"comm\":\"\\u007fa\\u007f\\u007f\"");
	assert_comm("d\xc3\xa4mon", 6, "d\xc3\xa4mon");
	assert_contains("\"comm\":\"d\\u00E4mon\"");
	assert_comm("cut\xe2\x82", 5, "cut\xef\xbf\xbd\xef\xbf\xbd");
	assert_comm("\xff"
		    "a\xc0\xaf",
		    4,
		    "\xef\xbf\xbd"
		    "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_comm("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_comm("\xf4\x90\x80\x80", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_comm("\xc2\x9b", 2, "\xc2\x9b");
	assert_contains("\"comm\":\"\\u009B\"");
	assert_comm("\xe2\x80\xae", 3, "\xe2\x80\xae");
	assert_contains("\"comm\":\"\\u202E\"");
	assert_comm("\xf3\xa0\x81\x81", 4, "\xf3\xa0\x81\x81");
	assert_contains("\"comm\":\"\\uDB40\\uDC41\"");
	assert_comm("\xe6\x97\xa5\xf0\x9f\x98\x80", 7, "\xe6\x97\xa5\xf0\x9f\x98\x80");
	assert_contains("\"comm\":\"\\u65E5\\uD83D\\uDE00\"");
	assert_comm("", 0, "");
}

static void test_time(void **state)
{
	static const struct {
		uint64_t boot_ns;
		int64_t realtime_offset_ns;
		const char *time;
	} rows[] = {
		{0, 0, "1970-01-01T00:00:00.000000000Z"},
		{999999999, 1, "1970-01-01T00:00:01.000000000Z"},
		{0, -1, "1969-12-31T23:59:59.999999999Z"},
		{0, 951782400000000000, "2000-02-29T00:00:00.000000000Z"},
		{0, 951868799999999999, "2000-02-29T23:59:59.999999999Z"},
		{0, 951868800000000000, "2000-03-01T00:00:00.000000000Z"},
		{0, 4107542400000000000, "2100-03-01T00:00:00.000000000Z"},
		{0, 4107542399000000000, "2100-02-28T23:59:59.000000000Z"},
		{3600000000001, 1767319200000000000, "2026-01-02T03:00:00.000000001Z"},
		{0, 1798761599123456789, "2026-12-31T23:59:59.123456789Z"},
		{0, INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
		{UINT64_MAX, INT64_MAX, "2846-10-30T23:21:50.564327422Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct renderer_config at = {.realtime_offset_ns = rows[i].realtime_offset_ns,
					     .utc_offset_s = 7200};
		struct report r = everyday_report();
		struct verdict v = explain_report(&r);
		struct strbuf out;

		r.boot_ns = rows[i].boot_ns;
		strbuf_init(&out, text, sizeof(text));
		json_renderer.report(&at, &r, &v, &out);
		assert_contains(rows[i].time);
	}
}

static void test_numbers(void **state)
{
	struct report r = everyday_report();
	struct verdict v = explain_report(&r);
	struct strbuf out;

	(void)state;
	r.boot_ns = UINT64_MAX;
	r.code = INT32_MIN;
	r.target.tgid = UINT32_MAX;
	r.handler = UINT64_MAX;
	strbuf_init(&out, text, sizeof(text));
	json_renderer.report(&config, &r, &v, &out);
	assert_contains("\"boot_ns\":9223372036854775807,"); /* never negative */
	assert_contains("\"code\":{\"value\":-2147483648}");
	assert_contains("\"target\":{\"tgid\":4294967295,");
	assert_contains("\"handler\":\"0xffffffffffffffff\",");
}

static void test_what_is_not_known_is_absent(void **state)
{
	struct report r = everyday_report();

	(void)state;
	assert_rendered(&r, "\"ns_tgid\":200,\"pid_ns\":4026531836,");
	r.target.ns_tgid = 0;
	r.target.pid_ns = 0;
	r.threads = 0;
	assert_rendered(&r, "\"comm\":\"app\",\"namespace_init\":false,");
	assert_not_rendered(&r, "\"threads\"");
	assert_not_rendered(&r, "\"tracer\"");
	assert_not_rendered(&r, "\"handler\"");
	assert_not_rendered(&r, "\"sa_flags\"");
	assert_not_rendered(&r, "\"latency_ns\"");
	r.sender_kind = SENDER_KERNEL;
	assert_rendered(&r, "\"sender\":{\"kind\":\"kernel\"},");
	r.sender_kind = SENDER_USER;
	r.sender.source = REPORT_SOURCE_ABSENT;
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\"},");
	r.code = 12345;
	assert_rendered(&r, "\"code\":{\"value\":12345},");
	r.code = 0;
	assert_rendered(&r, "\"code\":{\"value\":0,\"name\":\"SI_USER\"},");
}

static void test_target(void **state)
{
	struct report r = everyday_report();

	(void)state;
	r.handler = 0x401136;
	r.sa_flags = 0x10000000 | 0x4 | 0x20000000;
	assert_rendered(&r, "\"disposition\":\"caught\",\"handler\":\"0x401136\","
			    "\"sa_flags\":[\"SA_SIGINFO\",\"SA_RESTART\",\"0x20000000\"],");
	r.signal_flags = 0x40 | 0x80000000;
	assert_rendered(&r, "\"signal_flags\":[\"SIGNAL_UNKILLABLE\",\"0x80000000\"],");
	r.facts |= EVENT_FACT_PTRACED | EVENT_FACT_NAMESPACE_INIT;
	assert_rendered(&r, "\"namespace_init\":true,");
	assert_rendered(&r, "\"ptraced\":true,\"state\"");
	r.tracer_tgid = 77;
	strcpy(r.tracer_comm, "strace");
	assert_rendered(&r, "\"ptraced\":true,\"tracer\":{\"tgid\":77,\"comm\":\"strace\"},");
	assert_rendered(&r, "\"state\":\"S\",\"frozen\":false,");
	r.facts |= EVENT_FACT_FROZEN_V2;
	assert_rendered(&r, "\"frozen\":true,");
	r.handler = 0;
	assert_rendered(&r, "\"disposition\":\"default\",\"blocked\"");
}

static void test_blocked(void **state)
{
	struct report r = everyday_report();

	(void)state;
	r.facts = EVENT_FACT_BLOCKED;
	assert_rendered(&r, "\"blocked\":false,"); /* another thread takes it */
	r.facts |= EVENT_FACT_ALL_BLOCKED;
	assert_rendered(&r, "\"blocked\":true,");
	r.facts |= EVENT_FACT_SCAN_CUT;
	assert_not_rendered(&r, "\"blocked\":"); /* not proven */
	r.process_directed = false;
	assert_rendered(&r, "\"blocked\":true,");
	r.facts = 0;
	assert_rendered(&r, "\"blocked\":false,");
}

static struct report delivered_kill(uint32_t facts, uint32_t signal_flags, int32_t group_exit_code)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.sig = 9,
		.facts = facts,
		.target = everyday_task("app", 200),
		.signal_flags = signal_flags,
		.group_exit_code = group_exit_code,
	};
}

static void test_group_exit(void **state)
{
	struct report r = delivered_kill(0, 0x4, 15);

	(void)state;
	assert_rendered(&r, "\"group_exit\":{\"signal\":\"SIGTERM\"}}\n");
	r = delivered_kill(0, 0x4, 0x8b);
	assert_rendered(&r, "\"group_exit\":{\"signal\":\"SIGSEGV\"}}\n");
	r = delivered_kill(0, 0x4, 0);
	assert_rendered(&r, "\"group_exit\":{\"code\":0}}\n");
	r = delivered_kill(0, 0x4, 0xff00);
	assert_rendered(&r, "\"group_exit\":{\"code\":255}}\n");
	r = delivered_kill(EVENT_FACT_GROUP_EXEC, 0, 0);
	assert_rendered(&r, "\"group_exit\":{\"exec\":true}}\n");
	r.handler = 0x401136;
	r.sig = 15;
	r.has_latency = true;
	r.latency_ns = 0;
	assert_not_rendered(&r, "group_exit");
	assert_contains("\"latency_ns\":0}\n");
}

static void test_exits(void **state)
{
	struct report r = {.kind = REPORT_EXIT, .target = everyday_task("app", 200)};

	(void)state;
	assert_rendered(&r, "\"status\":{\"code\":0}}\n");
	r.exit_code = 137 << 8;
	assert_rendered(&r, "\"status\":{\"code\":137}}\n");
	r.exit_code = 15;
	assert_rendered(&r, "\"status\":{\"signal\":\"SIGTERM\",\"core_dumped\":false}}\n");
	r.exit_code = 11 | 0x80;
	assert_rendered(&r, "\"status\":{\"signal\":\"SIGSEGV\",\"core_dumped\":true}}\n");
	r.exit_code = 0x7f;
	assert_rendered(&r, "\"status\":{\"signal\":\"SIG127\",\"core_dumped\":false}}\n");
	assert_contains("\"namespace_init\":false}");
	r.target.ns_tgid = 1;
	assert_rendered(&r, "\"namespace_init\":true}");
	r.target.ns_tgid = 0;
	assert_not_rendered(&r, "namespace_init");
}

#define RUNC                                                                                    \
	"\"sender\":{\"kind\":\"user\",\"tgid\":812,\"tid\":812,\"comm\":\"runc\",\"ns_tgid\":" \
	"812,\"pid_ns\":4026531836}}}\n"

static void test_after(void **state)
{
	static const char *const became[SIGNAL_FATE_COUNT] = {
		[SIGNAL_FATE_NOT_KNOWN] = "\"caused\":false,\"sender\":",
		[SIGNAL_FATE_IGNORED] = "\"caused\":false,\"became\":\"ignored\",\"sender\":",
		[SIGNAL_FATE_PENDING] = "\"caused\":false,\"became\":\"pending\",\"sender\":",
		[SIGNAL_FATE_HANDLED] = "\"caused\":false,\"became\":\"handled\",\"sender\":",
		[SIGNAL_FATE_ACTED] = "\"caused\":false,\"became\":\"acted\",\"sender\":",
	};
	struct report r = everyday_exit();

	(void)state;
	assert_rendered(&r, "\"after\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":102000000,"
			    "\"caused\":false," RUNC);
	for (int fate = 0; fate < SIGNAL_FATE_COUNT; fate++) {
		r.earlier.fate = (enum signal_fate)fate;
		assert_rendered(&r, became[fate]);
	}
	r.earlier.caused = true;
	assert_rendered(&r, "\"caused\":true,");
	r.earlier.sender.ns_tgid = 0;
	r.earlier.sender.pid_ns = 0;
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\",\"tgid\":812,\"tid\":812,"
			    "\"comm\":\"runc\"}}}\n");
	r.earlier.sender.source = REPORT_SOURCE_ABSENT;
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\"}}}\n");
	r.earlier.sender_kind = SENDER_KERNEL;
	r.earlier.sender.source = REPORT_SOURCE_EVENT;
	assert_rendered(&r, "\"sender\":{\"kind\":\"kernel\"}}}\n");
	assert_not_rendered(&r, "escalation");
	r.earlier.sig = 0;
	assert_not_rendered(&r, "after");
}

static void test_escalation(void **state)
{
	struct report r = everyday_escalation();

	(void)state;
	assert_rendered(&r,
			"\"escalation\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":10000000000," RUNC);
	assert_not_rendered(&r, "\"after\"");
	assert_not_rendered(&r, "\"caused\"");
	r.earlier.fate = SIGNAL_FATE_IGNORED;
	assert_rendered(&r, "\"elapsed_ns\":10000000000,\"became\":\"ignored\",\"sender\":");
	r.earlier.sig = 0;
	assert_not_rendered(&r, "escalation");
}

static void test_ancestors_and_origin(void **state)
{
	struct report r = everyday_report();

	(void)state;
	assert_not_rendered(&r, "ancestors");
	assert_not_rendered(&r, "origin");
	add_ancestor(&r, "\xff\"", 90);
	add_ancestor(&r, "systemd", 1);
	assert_rendered(&r, "\"pid_ns\":4026531836,\"ancestors\":["
			    "{\"tgid\":90,\"comm\":\"\\uFFFD\\\"\"},"
			    "{\"tgid\":1,\"comm\":\"systemd\"}]},\"target\"");
	r.origin = ORIGIN_OOM_KILLER;
	r.sender_kind = SENDER_KERNEL;
	assert_rendered(&r, "\"sender\":{\"kind\":\"kernel\",\"origin\":\"oom_killer\","
			    "\"origin_detail\":\"the OOM killer\"},");
}

static void test_facts_only_when_unexplained(void **state)
{
	struct report r = everyday_report();

	(void)state;
	assert_not_rendered(&r, "\"facts\"");
	r.handler = 0x401136; /* ignored although caught: no rule has that */
	r.value = UINT64_MAX;
	assert_rendered(&r, "\"cause\":\"unexplained\"");
	assert_contains("\"facts\":{\"facts\":\"0x1\",");
	assert_contains("\"value\":\"0xffffffffffffffff\"");
}

static void test_lost_and_summary(void **state)
{
	struct trace_summary s = {.events = UINT64_MAX,
				  .hidden = 3,
				  .corrupt = 4,
				  .forgotten = 5,
				  .watch_forgotten = 6,
				  .alive_forgotten = 7,
				  .lost = {10, 20, 30, 40, 50, 60, 70}};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, text, sizeof(text));
	json_renderer.lost(&config, 17, &out);
	assert_string_equal(text, "{\"v\":1,\"type\":\"lost\",\"count\":17}\n");
	strbuf_reset(&out);
	json_renderer.summary(&config, &s, &out);
	assert_string_equal(
		text, "{\"v\":1,\"type\":\"summary\",\"events\":9223372036854775807,\"lost\":280,"
		      "\"hidden\":3,\"corrupt\":4,\"outcomes_forgotten\":5,\"watches_forgotten\":6,"
		      "\"deadlines_forgotten\":7,\"lost_by\":{\"generate\":10,\"deliver\":20,"
		      "\"exit\":30,\"follow\":40,\"handler_return\":50,\"send_failed\":60,"
		      "\"cgroup\":70}}\n");
}

/* Allocations until one fails. Later ones succeed again: only a remembered failure is noticed. */
static size_t allocations_left;

static void *failing_malloc(size_t size)
{
	return allocations_left-- == 0 ? NULL : malloc(size);
}

/* Renders into `text` after "old\n" and returns whether the line is there. */
static bool render_failing(const struct report *r, size_t allocation)
{
	struct verdict v = verdict_of(r);
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	strbuf_add(&out, "old\n");
	allocations_left = allocation;
	json_set_alloc_funcs(failing_malloc, free);
	json_renderer.report(&config, r, has_verdict(r) ? &v : NULL, &out);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(out.len, strlen(text));
	assert_int_equal(out.cut, out.len == 4);
	assert_memory_equal(text, "old\n", 4);
	return out.len > 4;
}

static void assert_every_allocation_counts(const struct report *r)
{
	static char whole[RENDERER_REPORT_SIZE_MAX];
	size_t allocations = 0;

	assert_true(render_failing(r, SIZE_MAX));
	strcpy(whole, text);
	while (!render_failing(r, allocations))
		allocations++;
	assert_in_range(allocations, 40, 1000);
	assert_string_equal(text, whole);
}

static void test_failed_allocations(void **state)
{
	struct report r = everyday_report();

	(void)state;
	/* Unexplained, with flags and a tracer: every function has its part in the line. */
	r.handler = 0x401136;
	r.sa_flags = 0x10000000 | 0x20000000;
	r.facts |= EVENT_FACT_PTRACED;
	r.tracer_tgid = 77;
	r.origin = ORIGIN_CHILD;
	r.earlier = everyday_exit().earlier;
	add_ancestor(&r, "systemd", 1);
	r.handler_symbol = "app!on_term";
	assert_every_allocation_counts(&r);
}

/* The same of the members that only what followed has. */
static void test_failed_allocations_of_what_followed(void **state)
{
	struct report r = everyday_later(REPORT_ALIVE);
	struct process_table table = {0};
	struct stuck stuck;

	(void)state;
	r.earlier.sender_kind = SENDER_KERNEL;
	r.earlier.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	r.earlier.instead = everyday_task("app-init", 4242);
	alive_scene("app", "futex_do_wait", &table, &stuck, &r.alive);
	assert_every_allocation_counts(&r);
	process_table_free(&table);
	r = everyday_failure();
	add_ancestor(&r, "systemd", 1);
	assert_every_allocation_counts(&r);
	r = everyday_return();
	assert_every_allocation_counts(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_reports_parse),
		cmocka_unit_test(test_fits_or_leaves_nothing),
		cmocka_unit_test(test_two_lines_in_one_buffer),
		cmocka_unit_test(test_key_order),
		cmocka_unit_test(test_comm),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_is_not_known_is_absent),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_group_exit),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_escalation),
		cmocka_unit_test(test_ancestors_and_origin),
		cmocka_unit_test(test_facts_only_when_unexplained),
		cmocka_unit_test(test_lost_and_summary),
		cmocka_unit_test(test_failed_allocations),
		cmocka_unit_test(test_failed_allocations_of_what_followed),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
