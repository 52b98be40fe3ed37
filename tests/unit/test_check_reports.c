/* SPDX-License-Identifier: BSD-2-Clause */
/* The report formats of check, with runs that no machine would give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "check_renderer.h"
#include "check_words.h"
#include "inspect_tables.h"
#include "render_reports.h"
#include "utf8.h"

#define ROUNDS	  400
#define START_NS  5000000000ULL
#define MS	  1000000ULL
#define CROWD	  1000
#define INIT_TGID 4242
#define LIST_MAX  12

static struct renderer_config config;
static struct written written;

static void render(const struct check_ops *ops, const struct check_result *results, size_t len)
{
	struct inspect_sink sink = written_sink(&written);

	written_free(&written);
	ops->write(&config, results, len, &sink);
}

/* A PID 1 that was started, sent SIGTERM after half a second, and ended 20 ms later. */
static void run_init(struct check_run *run)
{
	*run = (struct check_run){
		.name = "app",
		.sig = 15,
		.ready_wait = "settle",
		.ready_timeout_ns = 30000 * MS,
		.grace_ns = 10000 * MS,
		.init_tgid = INIT_TGID,
		.is_namespace_init = true,
		.pid_ns = 4026532201,
		.comm = "app",
	};
	assert_int_equal(check_run_add_mark(run, CHECK_MARK_STARTED, START_NS), 0);
	assert_int_equal(check_run_add_mark(run, CHECK_MARK_READY, START_NS + 500 * MS), 0);
	assert_int_equal(check_run_add_mark(run, CHECK_MARK_SENT, START_NS + 501 * MS), 0);
}

static void run_end(struct check_run *run)
{
	run->status_known = true;
	assert_int_equal(check_run_add_mark(run, CHECK_MARK_EXITED, START_NS + 521 * MS), 0);
}

static struct check_result result_of(struct check_run *run)
{
	static const struct check_limits limits;

	return (struct check_result){
		.run = run, .judgement = check_judge(run, &limits), .elapsed_ns = 521 * MS};
}

static size_t count_lines(const char *prefix)
{
	size_t count = 0;

	for (const char *line = written.text; *line;
	     line += strcspn(line, "\n"), line += *line != 0)
		count += strncmp(line, prefix, strlen(prefix)) == 0;
	return count;
}

static void assert_contains(const char *expected)
{
	if (!strstr(written.text, expected))
		fail_msg("'%s' is not in\n%s", expected, written.text);
}

static void test_names(void **state)
{
	static const char *const names[] = {"text", "json", "junit", "tap", "github"};
	char data[64];
	struct strbuf out;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(check_ops_from_name(names[i])->name, names[i]);
	assert_null(check_ops_from_name("xml"));
	assert_null(check_ops_from_name("js"));
	strbuf_init(&out, data, sizeof(data));
	check_write_names(&out);
	assert_string_equal(data, "text, json, junit, tap, github");
	assert_true(check_text.for_people);
}

static void assert_seconds(uint64_t ns, const char *expected)
{
	char data[32];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	check_words_write_seconds(ns, &out);
	assert_string_equal(data, expected);
}

static void test_seconds(void **state)
{
	(void)state;
	assert_seconds(0, "0.000");
	assert_seconds(499999, "0.000");
	assert_seconds(500000, "0.001");
	assert_seconds(999999999, "1.000");
	assert_seconds(12345678901, "12.346");
	assert_seconds(UINT64_MAX, "18446744073.710");
}

static struct report exit_of_init(uint64_t boot_ns)
{
	return (struct report){
		.kind = REPORT_EXIT,
		.boot_ns = boot_ns,
		.target = {.source = REPORT_SOURCE_EVENT, .tgid = INIT_TGID, .comm = "app"},
	};
}

/* The check noticed the end later than it marked the end of the grace. */
static void test_grace_marked_too_soon(void **state)
{
	const struct report r = exit_of_init(START_NS + 520 * MS);
	struct check_run run;
	struct check_result result;

	(void)state;
	run_init(&run);
	run.grace_ns = 20 * MS;
	assert_int_equal(check_run_add_report(&run, &r, NULL), 0);
	assert_int_equal(check_run_add_mark(&run, CHECK_MARK_GRACE_OVER, START_NS + 522 * MS), 0);
	assert_int_equal(check_run_add_mark(&run, CHECK_MARK_EXITED, START_NS + 523 * MS), 0);
	result = result_of(&run);
	render(&check_text, &result, 1);
	assert_int_equal(count_lines("PASS "), 1);
	assert_int_equal(count_lines("  G "), 0);
	assert_null(strstr(written.text, "still running"));
	assert_contains("  E    0.520 s  exited with 0, 19.0 ms after SIGTERM\n");
	render(&check_json, &result, 1);
	assert_null(strstr(written.text, "grace_over"));
	assert_contains("\"answer_ms\":19");
	check_run_free(&run);
	written_free(&written);
}

/* It has exited, and is not gone when the check gives up. */
static void test_not_gone(void **state)
{
	const struct report r = exit_of_init(START_NS + 520 * MS);
	struct check_run run;
	struct check_result result;

	(void)state;
	run_init(&run);
	run.grace_ns = 1000 * MS;
	assert_int_equal(check_run_add_report(&run, &r, NULL), 0);
	assert_int_equal(check_run_add_mark(&run, CHECK_MARK_GRACE_OVER, START_NS + 1501 * MS), 0);
	assert_int_equal(check_run_add_mark(&run, CHECK_MARK_KILLED, START_NS + 1502 * MS), 0);
	result = result_of(&run);
	render(&check_text, &result, 1);
	assert_int_equal(count_lines("FAIL "), 1);
	assert_null(strstr(written.text, "still running"));
	assert_contains("       0.520 s  exit code 0\n");
	assert_contains("  G    1.501 s  the grace period is over, and it is not gone\n");
	render(&check_json, &result, 1);
	assert_contains("\"exit\":{\"code\":0}");
	check_run_free(&run);
	written_free(&written);
}

static void test_left_behind(void **state)
{
	struct check_run run;
	struct check_result result;

	(void)state;
	run_init(&run);
	assert_int_equal(check_run_add_mark(&run, CHECK_MARK_KILLED, START_NS + 502 * MS), 0);
	result = result_of(&run);
	render(&check_text, &result, 1);
	assert_contains("  K    0.502 s  killed by the check, with everything that it had "
			"started\n");
	run.left_behind = true;
	render(&check_text, &result, 1);
	assert_contains("  K    0.502 s  the check could not clear up all of it: the message on "
			"stderr says what is left\n");
	check_run_free(&run);
	written_free(&written);
}

/* Nothing was attached: what is known is what the engine said. */
static void test_evidence_of_no_start(void **state)
{
	struct check_run run = {
		.subject = CHECK_SUBJECT_IMAGE,
		.name = "no/image",
		.engine = "docker",
		.ready_wait = "settle",
		.sig = 15,
		.failure = "no such image",
	};
	struct check_result result = result_of(&run);

	(void)state;
	render(&check_json, &result, 1);
	assert_contains("\"evidence\":\"engine\"");
	render(&check_tap, &result, 1);
	assert_contains("  evidence: \"engine\"\n");
	written_free(&written);
}

/* No result, one that knows nothing, and JSON's three numbers. */
static void test_nothing(void **state)
{
	struct check_run run = {.name = "x", .ready_wait = "settle", .sig = 15};
	struct check_result result = result_of(&run);

	(void)state;
	render(&check_text, NULL, 0);
	assert_int_equal(written.len, 0);
	render(&check_tap, NULL, 0);
	assert_string_equal(written.text, "TAP version 13\n1..0\n");
	render(&check_text, &result, 1);
	assert_int_equal(count_lines("  "), 0);
	render(&check_json, &result, 1);
	assert_contains("\"timeline\":[],\"survivors\":[]}\n");
	assert_null(strstr(written.text, "\"init\""));
	assert_null(strstr(written.text, "\"exit\""));
	assert_null(strstr(written.text, "_ms\":0.0"));
}

static void test_milliseconds(void **state)
{
	struct check_run run;
	struct check_result result;

	(void)state;
	run_init(&run);
	run.grace_ns = 1500;
	result = result_of(&run);
	result.elapsed_ns = 12345678;
	render(&check_json, &result, 1);
	assert_contains("\"grace_ms\":0.002,\"elapsed_ms\":12.346");
	result.elapsed_ns = 12000499;
	render(&check_json, &result, 1);
	assert_contains("\"elapsed_ms\":12,");
	assert_contains("\"name\":\"ready\",\"after_ms\":500}");
	check_run_free(&run);
}

static void add_child(struct check_run *run, int number, int sig, bool by_kernel)
{
	struct report r = everyday_report();
	struct verdict v;

	r.boot_ns = START_NS + 510 * MS + (uint64_t)number;
	r.sig = sig;
	r.handler = 0;
	r.result = EVENT_RESULT_DELIVERED;
	r.target = everyday_task("worker", 5000 + (uint32_t)number);
	r.target.ns_tgid = 2 + (uint32_t)number;
	if (by_kernel) {
		r.sender_kind = SENDER_KERNEL;
		r.sender_acts_for = everyday_task("app", INIT_TGID);
		r.sender = (struct report_task){0};
		r.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	}
	v = explain_report(&r);
	assert_int_equal(check_run_add_report(run, &r, &v), 0);
}

/* A list of a dozen lines, however many there are. */
static void test_crowd(void **state)
{
	struct check_run run;
	struct check_result result;

	(void)state;
	run_init(&run);
	for (int i = 0; i < CROWD; i++)
		add_child(&run, i, 10, false);
	for (int i = 0; i < CROWD; i++)
		add_child(&run, i, 9, true);
	run_end(&run);
	result = result_of(&run);
	config = (struct renderer_config){0};
	render(&check_text, &result, 1);
	assert_contains(
		"the end of its PID namespace killed 1000 processes that nothing had asked "
		"to end: worker[5000, ns 2], worker[5001, ns 3], worker[5002, ns 4] and 997 "
		"more\n");
	assert_contains("more events\n");
	assert_contains(" more events than are kept\n");
	/* Beside them: the bar, its scale, a note, and what follows. */
	assert_int_equal(count_lines("   ") + count_lines("  S  ") + count_lines("  R  ") +
				 count_lines("  !  ") + count_lines("  E  "),
			 LIST_MAX);
	assert_true(written.longest < 4096);
	check_run_free(&run);
}

/* Marks that fall into one column stand side by side, at either end. */
static void test_collisions(void **state)
{
	static const struct {
		uint64_t handler, ready, sent, over, killed;
		const char *bar;
	} rows[] = {
		{0, 0, 0, 0, 0, "\n  SHR!GK\n"},
		{0, 1, 2, 999999, 1000000, "\n  SHR!="},
		{0, 1, 2, 999999, 1000000, "=GK\n"},
		{999998, 999998, 999999, 999999, 1000000, "\n  S."},
		{999998, 999998, 999999, 999999, 1000000, ".HR!GK\n"},
		{500000, 500000, 500000, 500000, 1000000, ".HR!G="},
	};

	(void)state;
	config = (struct renderer_config){.width = 60};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check_run run = {.name = "x", .ready_wait = "settle", .sig = 15};
		struct check_result result;

		check_run_add_mark(&run, CHECK_MARK_STARTED, START_NS);
		check_run_add_mark(&run, CHECK_MARK_HANDLER, START_NS + rows[i].handler);
		check_run_add_mark(&run, CHECK_MARK_READY, START_NS + rows[i].ready);
		check_run_add_mark(&run, CHECK_MARK_SENT, START_NS + rows[i].sent);
		check_run_add_mark(&run, CHECK_MARK_GRACE_OVER, START_NS + rows[i].over);
		check_run_add_mark(&run, CHECK_MARK_KILLED, START_NS + rows[i].killed);
		result = result_of(&run);
		render(&check_text, &result, 1);
		assert_contains(rows[i].bar);
		check_run_free(&run);
	}
}

/* The name of a command has no bound. */
static void test_long_name(void **state)
{
	static char name[300000];
	struct check_run run;
	struct check_result result;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	run_init(&run);
	run.name = name;
	run_end(&run);
	result = result_of(&run);
	for (int format = 0; format < 5; format++) {
		static const struct check_ops *const formats[] = {
			&check_text, &check_json, &check_junit, &check_tap, &check_github};

		render(formats[format], &result, 1);
		assert_true(written.len < 8192);
	}
	memset(name, '\xff', sizeof(name) - 1);
	render(&check_text, &result, 1);
	assert_contains("\\xff\\xff");
	assert_contains("..: graceful: ");
	check_run_free(&run);
}

static const char *random_text(char *text, size_t size)
{
	static const char alphabet[] = "<>&\"'\n\r\t#:,%\\\x01\x1b\xff\xc3\xa4 -ab";
	size_t len = (size_t)rand() % size;

	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
	text[len] = '\0';
	return text;
}

static void random_run(uint64_t *seed, struct check_run *run, char *texts, size_t size)
{
	*run = (struct check_run){
		.subject = rand() % 2 ? CHECK_SUBJECT_IMAGE : CHECK_SUBJECT_COMMAND,
		.name = random_text(texts, size),
		.engine = rand() % 2 ? random_text(texts + size, size) : NULL,
		.ready_wait = random_text(texts + 2 * size, size),
		.evidence = (enum check_evidence)(rand() % CHECK_EVIDENCE_COUNT),
		.sig = 1 + rand() % 64,
		.grace_ns = (uint64_t)rand() * (uint64_t)rand(),
		.lost = (uint64_t)(rand() % 2),
		.init_tgid = rand() % 2 ? INIT_TGID : 0,
		.is_namespace_init = rand() % 2,
		.status = rand(),
		.status_known = rand() % 2,
		.interrupted = rand() % 8 == 0,
		.sender_failed = rand() % 8 == 0,
	};
	random_text(run->comm, sizeof(run->comm));
	random_text(run->failure, sizeof(run->failure));
	random_text(run->evidence_why, sizeof(run->evidence_why));
	for (int i = rand() % CHECK_MARK_REPORT; i > 0; i--)
		check_run_add_mark(run, (enum check_mark)(rand() % CHECK_MARK_REPORT),
				   (uint64_t)rand() << rand() % 32);
	for (int i = rand() % 30; i > 0; i--) {
		struct report r = random_report(seed);
		struct verdict v = verdict_of(&r);

		check_run_add_report(run, &r, has_verdict(&r) ? &v : NULL);
	}
}

static void assert_printable(bool color)
{
	for (size_t i = 0; i < written.len;) {
		uint32_t code;
		size_t size = utf8_decode(written.text + i, written.len - i, &code);

		assert_int_not_equal(size, 0);
		if (code < 0x20 && code != '\n' && !(color && code == 0x1b))
			fail_msg("a control character at %zu of %s", i, written.text);
		i += size;
	}
}

static void assert_json(void)
{
	json_error_t error;
	json_t *root = json_loadb(written.text, written.len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		fail_msg("%s at %d: %s", error.text, error.position, written.text);
	assert_ptr_equal(strchr(written.text, '\n'), written.text + written.len - 1);
	json_decref(root);
}

static void test_hostile(void **state)
{
	static char texts[3 * 3000];
	uint64_t seed = 1;

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		struct check_run run;
		struct check_result result;

		random_run(&seed, &run, texts, sizeof(texts) / 3);
		result = result_of(&run);
		config = (struct renderer_config){
			.color = rand() % 2,
			.width = (unsigned int)(rand() % 200),
		};
		render(&check_text, &result, 1);
		assert_printable(config.color);
		assert_int_equal(count_lines("PASS ") + count_lines("FAIL ") +
					 count_lines("INCONCLUSIVE "),
				 !config.color);
		render(&check_json, &result, 1);
		assert_json();
		render(&check_junit, &result, 1);
		assert_printable(false);
		assert_int_equal(count_lines("    <testcase "), 1);
		render(&check_tap, &result, 1);
		assert_printable(false);
		assert_int_equal(count_lines("ok ") + count_lines("not ok "), 1);
		render(&check_github, &result, 1);
		assert_printable(false);
		assert_int_equal(count_lines("::"), count_lines(""));
		check_run_free(&run);
	}
	written_free(&written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_milliseconds),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_grace_marked_too_soon),
		cmocka_unit_test(test_not_gone),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_evidence_of_no_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
