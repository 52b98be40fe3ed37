/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "inspect_tables.h"
#include "inspect_words.h"
#include "row.h"
#include "utf8.h"

#define ROUNDS 1000

static struct inspect_config config;
static struct scene scene;
static struct written written;

static void render(void)
{
	struct inspect_sink sink = written_sink(&written);

	written_free(&written);
	inspect_text.begin(&config, scene.table.evidence, &sink);
	inspect_text.process(&config, &scene.shown, &sink);
	inspect_text.end(&config, NULL, 0, &sink);
}

static void assert_contains(const char *expected)
{
	if (!strstr(written.text, expected))
		fail_msg("'%s' is not in\n%s", expected, written.text);
}

static void assert_not_contains(const char *unexpected)
{
	if (strstr(written.text, unexpected))
		fail_msg("'%s' is in\n%s", unexpected, written.text);
}

static size_t occurrences(const char *text)
{
	size_t count = 0;

	for (const char *at = written.text; (at = strstr(at, text)); at++)
		count++;
	return count;
}

/* Printable, no line wider than the width. */
static void assert_clean_lines(size_t width)
{
	for (const char *line = written.text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (width > 0 && utf8_columns(line, len) > width)
			fail_msg("wider than %zu: %.*s", width, (int)len, line);
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
				fail_msg("byte %d in: %.*s", line[i], (int)len, line);
		assert_int_equal(line[len], '\n');
		line += len + 1;
	}
}

static void setup_default(void)
{
	config = (struct inspect_config){0};
	scene_init(&scene);
}

static void test_container(void **state)
{
	struct container web = everyday_container();
	char longest[CONTAINER_NAME_MAX + 1];

	(void)state;
	setup_default();
	scene_know_everything(&scene);
	scene_process(&scene)->container = &web;
	render();
	assert_contains("app[300, ns 7]: in shop/web-0:app, in PID namespace 4026532281, "
			"sleeping (S), ");
	setup_default(); /* nothing else is known */
	scene_process(&scene)->container = &web;
	render();
	assert_contains("app[300]: in shop/web-0:app, sleeping (S), 1 thread, uid 1000\n");
	web.pod = "\033[2J\n";
	render();
	assert_contains("app[300]: in shop/\\x1b[2J\\x0a:app, sleeping (S)");
	memset(longest, 'w', CONTAINER_NAME_MAX);
	longest[CONTAINER_NAME_MAX] = '\0';
	web.pod = longest;
	config.width = 100;
	render();
	assert_clean_lines(100);
	assert_contains("w:app, sleeping (S)");
}

static void test_hostile_processes_keep_the_width(void **state)
{
	static const unsigned int widths[] = {0, 1, 60, 69, 70, 80, 99, 100, 140, 300};
	uint64_t seed = 0x1d;

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int width = widths[i % (sizeof(widths) / sizeof(widths[0]))];

		scene_random(&scene, &seed);
		config = (struct inspect_config){.width = width, .threads = i & 1};
		render();
		assert_clean_lines(row_usable_width(width));
	}
}

static void test_color_adds_only_escapes(void **state)
{
	uint64_t seed = 0xc0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct written plain;
		size_t to = 0;

		scene_random(&scene, &seed);
		config = (struct inspect_config){.width = 100, .threads = true};
		render();
		plain = written;
		written = (struct written){0};
		config.color = true;
		render();
		for (size_t from = 0; from < written.len; from++) {
			if (written.text[from] == '\033')
				from += strcspn(written.text + from, "m");
			else
				written.text[to++] = written.text[from];
		}
		written.text[to] = '\0';
		assert_string_equal(written.text, plain.text);
		written_free(&plain);
	}
}

static void test_nothing_known(void **state)
{
	(void)state;
	setup_default();
	scene.signals[0] = (struct inspect_signal){.sig = 15, .outside = {.missing = "what not"}};
	scene.shown.signals_len = 1;
	render();
	assert_string_equal(written.text, "app[300]: sleeping (S), 1 thread, uid 1000\n"
					  "  catches: not known\n"
					  "  ignores: not known\n"
					  "  pending: nothing\n"
					  "  SIGNAL   SET TO   IF SENT   WHY\n"
					  "  SIGTERM  -        unknown   not known: what not\n");
}

static void test_everything_known(void **state)
{
	(void)state;
	setup_default();
	scene_know_everything(&scene);
	config.threads = true;
	render();
	assert_contains("app[300, ns 7]: in PID namespace 4026532281, sleeping (S), 2 threads, "
			"uid 1000, parent parent[100]\n"
			"  catches: TERM\n"
			"  ignores: HUP PIPE\n"
			"  blocks:  in some threads: USR2\n"
			"  awaits:  in sigwait(): CHLD\n"
			"  pending: USR1; in thread 301: USR2\n");
	assert_contains(
		"  TID      NAME             STATE ASLEEP      WAITS IN                          "
		"SIGNALS\n");
	assert_contains(" (do_wait)\n");
	assert_contains(
		"  301      worker           R     1.5 s       user space                 "
		"       pending USR2; blocks USR2; waits for CHLD; traced by strace[200]\n");
}

static void test_threads_only_if_asked(void **state)
{
	(void)state;
	setup_default();
	render();
	assert_not_contains("TID");
	config.threads = true;
	render();
	assert_contains("  TID      NAME             STATE ASLEEP      SIGNALS\n"
			"  300      app              S     -\n");
	assert_not_contains("WAITS IN");
}

static void test_blank_line_between(void **state)
{
	(void)state;
	setup_default();
	render();
	assert_int_equal(written.text[0], 'a');
	scene.shown.index = 1;
	render();
	assert_memory_equal(written.text, "\napp[300]", 9);
}

static void test_why_goes_below_on_a_narrow_terminal(void **state)
{
	(void)state;
	setup_default();
	scene.signals[0] = (struct inspect_signal){.sig = 15, .outside = {.missing = "what not"}};
	scene.shown.signals_len = 1;
	config.width = 70;
	render();
	assert_contains("\n  SIGTERM  -        unknown   not known: what not\n");
	config.width = 69;
	render();
	assert_contains("\n  SIGTERM  -        unknown\n           not known: what not\n");
}

static void become_init(void)
{
	setup_default();
	scene_know_everything(&scene);
	scene_process(&scene)->ns_tgid = 1;
	scene_process(&scene)->namespace_init = true;
	scene_process(&scene)->signal_flags = 0x40;
	scene_process(&scene)->threads_len = 1;
}

static void test_words(void **state)
{
	(void)state;
	become_init();
	scene_process(&scene)->ignored |= signal_bit(3);
	scene.actions[2].handler = 1;
	scene.threads[0].blocked = signal_bit(12);
	scene_ask(&scene, 2);
	scene_ask(&scene, 3);
	scene_ask(&scene, 9);
	scene_ask(&scene, 12);
	scene_ask(&scene, 15);
	render();
	assert_contains("\n  SIGINT   default  NO EFFECT ");
	assert_contains("\n  SIGQUIT  ignored  NO EFFECT ");
	assert_contains("\n  SIGKILL  default  acts      ");
	assert_contains("\n       from inside: NO EFFECT ");
	assert_contains("\n  SIGTERM  caught   acts      ");
	assert_contains("\n           now: blocked\n");
	assert_int_equal(occurrences("from inside:"), 1);

	/* What the words go by, whatever predict makes of it. */
	scene.signals[0].outside.verdict.effect = EFFECT_WAITS;
	scene.signals[1].outside.effect = PREDICT_EFFECT_UNKNOWN;
	scene.signals[2].outside.known = false;
	scene.signals[2].outside.missing = "anything";
	render();
	assert_contains("\n  SIGINT   default  waits     ");
	assert_contains("\n  SIGQUIT  ignored  unknown   ");
	assert_contains("\n  SIGKILL  default  unknown   not known: anything\n");
}

/* Once for all signals that it is the same for, and SIGTERM's if that is one of them. */
static void test_remedy_once(void **state)
{
	(void)state;
	become_init();
	scene_process(&scene)->caught = 0;
	scene.actions[14] = (struct process_action){0};
	scene_ask(&scene, 2);
	scene_ask(&scene, 10);
	render();
	assert_int_equal(occurrences("remedy:"), 1);
	assert_contains("remedy: handle SIGINT in PID 1");
	scene_ask(&scene, 15);
	scene_ask(&scene, 12);
	render();
	assert_int_equal(occurrences("remedy:"), 1);
	assert_contains("remedy: handle SIGTERM in PID 1");
}

static void test_handler_is_named_once(void **state)
{
	(void)state;
	setup_default();
	scene_know_everything(&scene);
	scene_process(&scene)->threads_len = 1;
	scene_ask(&scene, 15);
	render();
	assert_int_equal(occurrences("app!runtime.sigtramp"), 1);
	assert_not_contains("handler: ");

	scene.threads[0].blocked = signal_bit(15);
	scene.shown.signals_len = 0;
	scene_ask(&scene, 15);
	render();
	assert_contains("\n           handler: app!runtime.sigtramp\n");
	scene_process(&scene)->symbols_len = 0;
	render();
	assert_contains("\n           handler: 0x401136\n");
	scene_process(&scene)->actions = NULL;
	render();
	assert_not_contains("handler: ");
}

/* In full for the first signal that has it. */
static void test_origin_once(void **state)
{
	(void)state;
	setup_default();
	scene_know_everything(&scene);
	scene_ask(&scene, 1)->provenance = PROVENANCE_IGNORED_INHERITED;
	scene_ask(&scene, 2)->provenance = PROVENANCE_NONE;
	scene_ask(&scene, 13)->provenance = PROVENANCE_IGNORED_INHERITED;
	scene_ask(&scene, 15)->provenance = PROVENANCE_BLOCKED_INHERITED;
	render();
	assert_int_equal(occurrences("\n           origin: "), 3);
	assert_int_equal(occurrences("\n           origin: its parent parent[100] ignores it"), 1);
	assert_int_equal(occurrences("\n           origin: as SIGHUP\n"), 1);
	assert_int_equal(occurrences("\n           origin: its parent parent[100] blocks it"), 1);
}

static void assert_head(const char *expected)
{
	render();
	assert_memory_equal(written.text, expected, strlen(expected));
}

static void test_head(void **state)
{
	struct process *p = scene_process(&scene);

	(void)state;
	setup_default();
	p->parent_tgid = 4711;
	assert_head("app[300]: sleeping (S), 1 thread, uid 1000, parent 4711\n");
	p->kernel_thread = true;
	p->parent_tgid = 0;
	assert_head("app[300]: kernel thread, sleeping (S), 1 thread, uid 1000\n");
	p->kernel_thread = false;
	p->namespace_init = true;
	p->ns_tgid = 1;
	assert_head("app[300, init]: init of PID namespace, sleeping (S), 1 thread, uid 1000\n");
	p->global_init = true;
	assert_head("app[300, init]: init of this machine, sleeping (S), 1 thread, uid 1000\n");
	p->global_init = false;
	p->namespace_init = false;
	p->ns_tgid = 300;
	p->known = PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN;
	scene.threads[0].state = 2;
	scene.threads[0].frozen = true;
	scene.threads[0].tracer_tgid = 200;
	p->signal_flags = 4;
	p->group_exit_code = 15;
	assert_head("app[300]: in uninterruptible sleep (D), dying of SIGTERM, traced by "
		    "strace[200], frozen, 1 thread, uid 1000\n");
	p->group_exit_code = 2 << 8;
	scene.threads[0] = (struct thread){.tid = 300, .state = 0x20, .exiting = true};
	assert_head("app[300]: zombie (Z), exiting with code 2, 1 thread, uid 1000\n");
	p->known = 0;
	p->threads_len = 0;
	assert_head("app[300]: 1 thread, uid 1000\n");
}

static void test_pending_and_blocked(void **state)
{
	struct process *p = scene_process(&scene);

	(void)state;
	setup_default();
	p->threads_len = 2;
	scene.threads[1].tid = 301;
	scene.threads[0].pending = signal_bit(1);
	scene.threads[1].pending = signal_bit(2);
	scene.threads[0].blocked = signal_bit(3) | signal_bit(15);
	scene.threads[1].blocked = signal_bit(15);
	scene_ask(&scene, 1);
	p->pending = signal_bit(15);
	scene_ask(&scene, 15);
	render();
	assert_contains("\n  blocks:  TERM; in some threads: QUIT\n"
			"  pending: TERM; in 2 threads: HUP INT\n");
	assert_contains("\n           now: pending for single threads\n");
	assert_contains("\n           now: blocked, pending for the process\n");
	p->pending = 0;
	scene.threads[1].pending = 0;
	render();
	assert_contains("\n  pending: in thread 300: HUP\n");
}

static void assert_set(uint64_t set, const char *expected)
{
	char text[1024];
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	inspect_write_signals(&out, set);
	assert_string_equal(text, expected);
}

static void test_libc_signals(void **state)
{
	const uint64_t libc = signal_bit(32) | signal_bit(33);

	(void)state;
	assert_true(inspect_without_libc(libc) == 0);
	assert_true(inspect_without_libc(libc | signal_bit(34)) == signal_bit(34));
	assert_true(inspect_without_libc(~0ULL) == ~0ULL);
	assert_true(inspect_without_libc(~signal_bit(9)) == ~signal_bit(9));
}

static void test_sets(void **state)
{
	const uint64_t all = ~0ULL;

	(void)state;
	assert_set(0, "nothing");
	assert_set(all, "all");
	assert_set(signal_bit(1) | signal_bit(2) | signal_bit(3), "HUP INT QUIT");
	assert_set(all & ~signal_bit(9) & ~signal_bit(19), "all but KILL STOP");
	assert_set(all << 31, "32..RTMAX");
	assert_set(signal_bit(34) | signal_bit(35), "RTMIN RTMIN+1");
	assert_set(signal_bit(34) | signal_bit(35) | signal_bit(36) | signal_bit(64),
		   "RTMIN..RTMIN+2 RTMAX");
	assert_set(signal_bit(62) | signal_bit(63) | signal_bit(64) | signal_bit(31),
		   "SYS RTMIN+28..RTMAX");
}

static void test_stuck(void **state)
{
	(void)state;
	setup_default();
	scene.shown.stuck = (struct stuck){
		.reason = STUCK_REASON_PENDING,
		.sig = 15,
		.len = 2,
		.findings = {{.rule = STUCK_RULE_TRACED,
			      .thread = &scene.threads[0],
			      .other = &scene.list[1],
			      .count = 1},
			     {.rule = STUCK_RULE_BLOCKED, .sig = 15, .count = 1}},
	};
	render();
	assert_contains("\n  stuck: SIGTERM is pending");
	assert_int_equal(occurrences("\n    - "), 2);
	assert_contains("strace[200]");
	assert_contains("\n      remedy: ");
	scene.shown.stuck.reason = STUCK_REASON_NONE;
	render();
	assert_not_contains("stuck");
}

static void test_formats(void **state)
{
	(void)state;
	assert_ptr_equal(inspect_ops_from_name("text"), &inspect_text);
	assert_ptr_equal(inspect_ops_from_name("json"), &inspect_json);
	assert_null(inspect_ops_from_name("jso"));
	assert_null(inspect_ops_from_name(""));
	assert_null(inspect_ops_from_name("TEXT"));
}

static int teardown(void **state)
{
	(void)state;
	written_free(&written);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_hostile_processes_keep_the_width),
		cmocka_unit_test(test_color_adds_only_escapes),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_everything_known),
		cmocka_unit_test(test_threads_only_if_asked),
		cmocka_unit_test(test_blank_line_between),
		cmocka_unit_test(test_why_goes_below_on_a_narrow_terminal),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_remedy_once),
		cmocka_unit_test(test_handler_is_named_once),
		cmocka_unit_test(test_origin_once),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_pending_and_blocked),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_libc_signals),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests_name("inspect_text", tests, NULL, teardown);
}
