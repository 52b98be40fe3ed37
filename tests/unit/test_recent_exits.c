/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recent_exits.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND		  1000000000ULL

/* A thread that is not in a namespace the event could read has ns_tgid 0. */
#define GROUP_EXIT 0x4

static struct report killed(uint32_t tgid, uint64_t start, uint32_t tid, uint64_t boot_ns)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.sig = SIGKILL,
		.boot_ns = boot_ns,
		.signal_flags = GROUP_EXIT,
		.group_exit_code = SIGTERM,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .tgid = tgid,
			   .tid = tid,
			   .start_boot_ns = start},
	};
}

static void test_group_exit_is_shown_once(void **state)
{
	static struct recent_exits n;
	struct report first = killed(100, 1, 100, 10);
	struct report second = killed(100, 1, 101, 11);
	struct report late = killed(100, 1, 102, 3600 * SECOND);
	struct report other = killed(101, 1, 101, 12);
	struct report reused = killed(100, 2, 100, 13);

	(void)state;
	n = (struct recent_exits){0};
	assert_false(recent_exits_repeats(&n, &first));
	assert_true(recent_exits_repeats(&n, &second));
	assert_false(recent_exits_repeats(&n, &other));
	assert_true(recent_exits_repeats(&n, &late));
	assert_false(recent_exits_repeats(&n, &reused));
	assert_true(recent_exits_repeats(&n, &reused));
}

static void test_exec_is_shown_once_each_time(void **state)
{
	static struct recent_exits n;
	struct report r = killed(100, 1, 101, 10);

	(void)state;
	n = (struct recent_exits){0};
	r.signal_flags = 0;
	r.facts = EVENT_FACT_GROUP_EXEC;
	assert_false(recent_exits_repeats(&n, &r));
	r.boot_ns += SECOND / 2;
	assert_true(recent_exits_repeats(&n, &r));
	r.boot_ns += 2 * SECOND;
	assert_false(recent_exits_repeats(&n, &r));
	/* Then the process ends: that is news. */
	r.signal_flags = GROUP_EXIT;
	assert_false(recent_exits_repeats(&n, &r));
	assert_true(recent_exits_repeats(&n, &r));
}

static void test_other_reports_are_not_group_exits(void **state)
{
	static struct recent_exits n;
	struct report rows[] = {
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
	};

	(void)state;
	n = (struct recent_exits){0};
	rows[0].kind = REPORT_GENERATE;
	rows[1].kind = REPORT_EXIT;
	rows[2].sig = SIGTERM;
	rows[3].signal_flags = 0x40;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_false(recent_exits_repeats(&n, &rows[i]));
		assert_false(recent_exits_repeats(&n, &rows[i]));
	}
	rows[0].kind = REPORT_DELIVER;
	assert_false(recent_exits_repeats(&n, &rows[0]));
}

/* The table forgets, it never confuses: a first report is never taken for a repetition. */
static void test_many_processes(void **state)
{
	static struct recent_exits n;
	unsigned int remembered = 0;

	(void)state;
	n = (struct recent_exits){0};
	for (uint32_t tgid = 1; tgid <= 4 * RECENT_EXITS_COUNT; tgid++) {
		struct report r = killed(tgid, 1, tgid, tgid);

		assert_false(recent_exits_repeats(&n, &r));
		assert_true(recent_exits_repeats(&n, &r));
	}
	for (uint32_t tgid = 4 * RECENT_EXITS_COUNT; tgid > 4 * RECENT_EXITS_COUNT - 64; tgid--) {
		struct report r = killed(tgid, 1, tgid, tgid);

		remembered += recent_exits_repeats(&n, &r);
	}
	/* Neighbouring pids, as a shutdown kills them, hardly share a place. */
	assert_true(remembered >= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_exit_is_shown_once),
		cmocka_unit_test(test_exec_is_shown_once_each_time),
		cmocka_unit_test(test_other_reports_are_not_group_exits),
		cmocka_unit_test(test_many_processes),
	};

	return cmocka_run_group_tests_name("recent_exits", tests, NULL, NULL);
}
