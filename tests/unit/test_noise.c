/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The C library makes macros of them; they are members of struct report. */
#undef si_pid
#undef si_uid

#include "noise.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND		  1000000000ULL

static struct report generate(int sig, enum sender_kind kind, uint32_t sender, uint32_t target)
{
	return (struct report){
		.kind = REPORT_GENERATE,
		.sig = sig,
		.sender_kind = kind,
		.sender = {.source = kind == SENDER_USER ? REPORT_SOURCE_EVENT
							 : REPORT_SOURCE_ABSENT,
			   .tgid = kind == SENDER_USER ? sender : 0},
		.target = {.source = REPORT_SOURCE_EVENT, .tgid = target, .ns_tgid = 7},
	};
}

static struct report deliver(int sig, int code, int32_t si_pid)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.sig = sig,
		.code = code,
		.si_pid = si_pid,
		.target = {.source = REPORT_SOURCE_EVENT, .tgid = 100, .ns_tgid = 7},
	};
}

static void test_hidden(void **state)
{
	const struct {
		struct report report;
		bool hidden;
	} rows[] = {
		{generate(SIGCHLD, SENDER_KERNEL, 0, 100), true},
		{generate(SIGCHLD, SENDER_USER, 50, 100), true},
		{generate(SIGCHLD, SENDER_USER, 100, 100), true},
		{deliver(SIGCHLD, CLD_EXITED, 9), true},
		{deliver(SIGCHLD, SI_USER, 9), true},
		{generate(SIGWINCH, SENDER_KERNEL, 0, 100), true},
		{generate(SIGWINCH, SENDER_USER, 50, 100), true},
		{deliver(SIGWINCH, SI_KERNEL, 0), true},
		{generate(SIGURG, SENDER_USER, 100, 100), true},
		{generate(SIGURG, SENDER_USER, 50, 100), false},
		{generate(SIGURG, SENDER_KERNEL, 0, 100), false},
		/* the kernel has no number, and 0 is nobody's */
		{generate(SIGURG, SENDER_KERNEL, 0, 0), false},
		{deliver(SIGURG, SI_TKILL, 7), true},
		{deliver(SIGURG, SI_TKILL, 8), false},
		{deliver(SIGURG, SI_TKILL, 0), false},
		{deliver(SIGURG, SI_USER, 7), false},
		{deliver(SIGURG, SI_KERNEL, 0), false},
		{generate(SIGTERM, SENDER_USER, 100, 100), false},
		{deliver(SIGTERM, SI_TKILL, 7), false},
		{generate(SIGCONT, SENDER_USER, 50, 100), false},
		{deliver(SIGKILL, SI_USER, 0), false},
		{{.kind = REPORT_EXIT}, false},
		{{.kind = REPORT_EXIT, .sig = SIGCHLD}, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct report *r = &rows[i].report;
		uint64_t own = r->sig ? signal_bit(r->sig) : 0;

		assert_int_equal(noise_is_hidden(r, 0, false), rows[i].hidden);
		/* A selection of exclusions only has any_selected false: nothing was asked for. */
		assert_int_equal(noise_is_hidden(r, UINT64_MAX, false), rows[i].hidden);
		assert_int_equal(noise_is_hidden(r, UINT64_MAX & ~own, true), rows[i].hidden);
		assert_false(noise_is_hidden(r, own, true) && own);
		assert_false(noise_is_hidden(r, UINT64_MAX, true));
	}
}

/* A thread that is not in a namespace the event could read has ns_tgid 0. */
static void test_unknown_number_is_not_self(void **state)
{
	struct report r = deliver(SIGURG, SI_TKILL, 0);

	(void)state;
	r.target.ns_tgid = 0;
	assert_false(noise_is_hidden(&r, 0, false));
}

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
	static struct noise n;
	struct report first = killed(100, 1, 100, 10);
	struct report second = killed(100, 1, 101, 11);
	struct report late = killed(100, 1, 102, 3600 * SECOND);
	struct report other = killed(101, 1, 101, 12);
	struct report reused = killed(100, 2, 100, 13);

	(void)state;
	n = (struct noise){0};
	assert_false(noise_is_repeated_group_exit(&n, &first));
	assert_true(noise_is_repeated_group_exit(&n, &second));
	assert_false(noise_is_repeated_group_exit(&n, &other));
	assert_true(noise_is_repeated_group_exit(&n, &late));
	assert_false(noise_is_repeated_group_exit(&n, &reused));
	assert_true(noise_is_repeated_group_exit(&n, &reused));
}

static void test_exec_is_shown_once_each_time(void **state)
{
	static struct noise n;
	struct report r = killed(100, 1, 101, 10);

	(void)state;
	n = (struct noise){0};
	r.signal_flags = 0;
	r.facts = EVENT_FACT_GROUP_EXEC;
	assert_false(noise_is_repeated_group_exit(&n, &r));
	r.boot_ns += SECOND / 2;
	assert_true(noise_is_repeated_group_exit(&n, &r));
	r.boot_ns += 2 * SECOND;
	assert_false(noise_is_repeated_group_exit(&n, &r));
	/* Then the process ends: that is news. */
	r.signal_flags = GROUP_EXIT;
	assert_false(noise_is_repeated_group_exit(&n, &r));
	assert_true(noise_is_repeated_group_exit(&n, &r));
}

static void test_other_reports_are_not_group_exits(void **state)
{
	static struct noise n;
	struct report rows[] = {
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
		killed(100, 1, 100, 1),
	};

	(void)state;
	n = (struct noise){0};
	rows[0].kind = REPORT_GENERATE;
	rows[1].kind = REPORT_EXIT;
	rows[2].sig = SIGTERM;
	rows[3].signal_flags = 0x40;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_false(noise_is_repeated_group_exit(&n, &rows[i]));
		assert_false(noise_is_repeated_group_exit(&n, &rows[i]));
	}
	rows[0].kind = REPORT_DELIVER;
	assert_false(noise_is_repeated_group_exit(&n, &rows[0]));
}

/* The table forgets, it never confuses: a first report is never taken for a repetition. */
static void test_many_processes(void **state)
{
	static struct noise n;
	unsigned int remembered = 0;

	(void)state;
	n = (struct noise){0};
	for (uint32_t tgid = 1; tgid <= 4 * NOISE_RECENT_COUNT; tgid++) {
		struct report r = killed(tgid, 1, tgid, tgid);

		assert_false(noise_is_repeated_group_exit(&n, &r));
		assert_true(noise_is_repeated_group_exit(&n, &r));
	}
	for (uint32_t tgid = 4 * NOISE_RECENT_COUNT; tgid > 4 * NOISE_RECENT_COUNT - 64; tgid--) {
		struct report r = killed(tgid, 1, tgid, tgid);

		remembered += noise_is_repeated_group_exit(&n, &r);
	}
	/* Neighbouring pids, as a shutdown kills them, hardly share a place. */
	assert_true(remembered >= 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_unknown_number_is_not_self),
		cmocka_unit_test(test_group_exit_is_shown_once),
		cmocka_unit_test(test_exec_is_shown_once_each_time),
		cmocka_unit_test(test_other_reports_are_not_group_exits),
		cmocka_unit_test(test_many_processes),
	};

	return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
