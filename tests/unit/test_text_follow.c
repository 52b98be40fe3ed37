/* SPDX-License-Identifier: BSD-2-Clause */
/* What text says about handlers that return, failed sends, and what was found by looking again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "text_scene.h"

/* On one endless line, without remedies and ancestors. */
static void assert_line(const struct report *r, const char *expected)
{
	struct renderer_config config = {.skip_remedy = true, .skip_ancestors = true};

	render(&config, r);
	assert_contains(expected);
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));
}

static void assert_whole_line(const struct report *r, const char *expected)
{
	assert_line(r, expected);
	assert_string_equal(text, expected);
}

static void test_return(void **state)
{
	struct report r = everyday_return();

	(void)state;
	assert_whole_line(&r, "00:00:05.000 SIGTERM   -                    app[200]               "
			      "  -> returned  its handler app!on_term returned after 104 us\n");
	r.target.tid = 201;
	assert_line(&r, " app[200, tid 201] ");
	r.handler_symbol = NULL;
	assert_line(&r, " its handler 0x401136 returned after 104 us\n");
	r.handler_symbol = "\033[2J!\xff";
	assert_line(&r, " its handler \\x1b[2J!\\xff returned after 104 us\n");
}

/* Of a generation and a delivery, too. */
static void test_symbols(void **state)
{
	struct report r = everyday_report();

	(void)state;
	r.handler = 0x401136;
	r.result = EVENT_RESULT_DELIVERED;
	r.handler_symbol = "app!on_term";
	assert_line(&r, " its handler app!on_term will run\n");
	r.handler_symbol = "\033[2J";
	assert_line(&r, " its handler \\x1b[2J will run\n");
	r.kind = REPORT_DELIVER;
	assert_line(&r, " its handler \\x1b[2J runs\n");
}

static void test_taken(void **state)
{
	struct report r = everyday_later(REPORT_TAKEN);

	(void)state;
	assert_whole_line(&r,
			  "00:00:05.000 SIGTERM   -                    app[200]               "
			  "  -> taken     by sigwait() or a signalfd, without a handler, within "
			  "102 ms after SIGTERM from runc[812]\n");
	r.taken_by = TAKEN_BY_SIGWAIT;
	assert_line(&r, " by sigwait() or sigtimedwait(), without a handler, within 102 ms ");
	r.taken_by = TAKEN_BY_SIGNALFD;
	assert_line(&r, " by a reader of its signalfd, without a handler, within 102 ms ");
}

/* The handler came between two looks; the same words are not said twice. */
static void test_handler(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_later(REPORT_HANDLER);

	(void)state;
	r.missing_ns = 51000000;
	r.age_ns = 400000000;
	assert_whole_line(&r,
			  "00:00:05.000 SIGTERM   -                    app[200]               "
			  "  -> too early SIGTERM from runc[812] came 51.0 ms to 102 ms too "
			  "early, when the process was 400 ms old: it was ignored, and only then "
			  "was a handler installed\n");
	r.age_ns = 0;
	r.missing_ns = 102000001;
	assert_line(&r, " came 102 ms too early: it was ignored");
	r.missing_ns = 0;
	assert_line(&r, " came at most 102 ms too early: it was ignored");
	render(&config, &r);
	assert_contains("\n             remedy: send SIGTERM again, and let its sender wait until "
			"the process is ready\n");
}

static void test_alive(void **state)
{
	static const char *const fates[SIGNAL_FATE_COUNT] = {
		[SIGNAL_FATE_NOT_KNOWN] = " 102 ms after SIGTERM from runc[812]; what",
		[SIGNAL_FATE_IGNORED] = " from runc[812], which it ignored; what",
		[SIGNAL_FATE_PENDING] = " from runc[812], which is still pending; what",
		[SIGNAL_FATE_HANDLED] = " from runc[812], which it handled; what",
		[SIGNAL_FATE_ACTED] = " from runc[812], whose default action has begun; what",
	};
	struct report r = everyday_later(REPORT_ALIVE);

	(void)state;
	assert_whole_line(&r,
			  "00:00:05.000 -         -                    app[200]               "
			  "  still alive  102 ms after SIGTERM from runc[812]; what it is doing is "
			  "not known\n");
	for (int fate = 0; fate < SIGNAL_FATE_COUNT; fate++) {
		r.earlier.fate = (enum signal_fate)fate;
		assert_line(&r, fates[fate]);
	}
}

static void test_alive_and_stuck(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_later(REPORT_ALIVE);
	struct process_table table = {0};
	struct stuck stuck;

	(void)state;
	r.earlier.fate = SIGNAL_FATE_PENDING;
	alive_scene("\033[2J", "\xff", &table, &stuck, &r.alive);
	assert_line(&r,
		    " which is still pending: thread \\x1b[2J[201] is in uninterruptible sleep "
		    "(D) in \\xff; all its threads block SIGTERM, which stays pending until it is "
		    "unblocked; the main thread \\x1b[2J[200] sleeps in \\xff\n");
	/* Each finding has its own. */
	render(&config, &r);
	assert_contains("\n             remedy: no signal ends that wait");
	assert_contains("\n             remedy: unblock SIGTERM");
	stuck.len = 0;
	assert_line(&r, " which is still pending\n");
	process_table_free(&table);
}

static void test_failed(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_failure();

	(void)state;
	assert_whole_line(&r,
			  "00:00:05.000 SIGTERM   bash[100]            app[200]               "
			  "  EPERM        kill(): uid 1000 may not signal app[200] of uid 0, and "
			  "lacks CAP_KILL\n");
	add_ancestor(&r, "systemd", 1);
	render(&config, &r);
	assert_contains("CAP_KILL\n             sender: systemd[1] -> bash[100]\n             "
			"remedy: ");
	r.failure.syscall = EVENT_SYSCALL_PIDFD_SEND_SIGNAL;
	assert_line(&r, " pidfd_send_signal(): ");
	r.failure.error = ESRCH;
	assert_line(&r, " ESRCH        pidfd");
	r.failure.error = 4095;
	assert_line(&r, " E4095        pidfd");
	r.failure.sig = 0;
	r.sig = 0;
	assert_line(&r, "00:00:05.000 0         bash[100]");
	r.failure.sig = -2147483647 - 1;
	assert_line(&r, "00:00:05.000 -2147483648 bash[100]");
}

/* Where nobody knows who it would have been, the number stands as it was given. */
static void test_failed_targets(void **state)
{
	static const struct {
		enum event_syscall syscall;
		int32_t nr;
		int32_t tid;
		const char *cell;
	} rows[] = {
		{EVENT_SYSCALL_KILL, 4242, 0, " bash[100]            pid 4242                 "},
		{EVENT_SYSCALL_KILL, 0, 0, " its own group            "},
		{EVENT_SYSCALL_KILL, -1, 0, " every process            "},
		{EVENT_SYSCALL_KILL, -17, 0, " group 17                 "},
		{EVENT_SYSCALL_KILL, INT32_MIN, 0, " group 2147483648         "},
		{EVENT_SYSCALL_TKILL, 0, 4243, " tid 4243                 "},
		{EVENT_SYSCALL_TKILL, 0, -1, " tid -1                   "},
		{EVENT_SYSCALL_TGKILL, 4242, 4243, " pid 4242, tid 4243       "},
		{EVENT_SYSCALL_RT_TGSIGQUEUEINFO, 4242, 0, " pid 4242, tid 0          "},
		{EVENT_SYSCALL_RT_SIGQUEUEINFO, -4242, 0, " pid -4242                "},
		{EVENT_SYSCALL_PIDFD_SEND_SIGNAL, 5, 0, " pidfd 5                  "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = everyday_failure();

		r.target.source = REPORT_SOURCE_ABSENT;
		r.failure.facts = 0;
		r.failure.error = ESRCH;
		r.failure.syscall = rows[i].syscall;
		r.failure.target_nr = rows[i].nr;
		r.failure.target_tid = rows[i].tid;
		assert_line(&r, rows[i].cell);
	}
}

static void test_colors(void **state)
{
	struct renderer_config config = {.color = true};
	struct report r = everyday_failure();

	(void)state;
	render(&config, &r);
	assert_contains("\033[1;31mEPERM\033[0m ");
	r.failure.sig = 0; /* a probe */
	render(&config, &r);
	assert_contains(" EPERM ");
	r = everyday_later(REPORT_HANDLER);
	render(&config, &r);
	assert_contains("\033[1;31m-> too early\033[0m ");
	assert_contains("\033[36mremedy: ");
	r = everyday_later(REPORT_ALIVE);
	render(&config, &r);
	assert_contains("\033[33mstill alive\033[0m ");
	r = everyday_later(REPORT_TAKEN);
	render(&config, &r);
	assert_contains("\033[32m-> taken\033[0m ");
	r = everyday_return();
	render(&config, &r);
	assert_contains(" -> returned ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_return), cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_taken),  cmocka_unit_test(test_handler),
		cmocka_unit_test(test_alive),  cmocka_unit_test(test_alive_and_stuck),
		cmocka_unit_test(test_failed), cmocka_unit_test(test_failed_targets),
		cmocka_unit_test(test_colors),
	};

	return cmocka_run_group_tests_name("text_follow", tests, NULL, NULL);
}
