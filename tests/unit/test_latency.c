/* SPDX-License-Identifier: BSD-2-Clause */
/* Which generation a delivery is paired with, as long as every record is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "latency_reports.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void test_simple_pair(void **state)
{
	(void)state;
	generate(TERM, 0, CODE_USER, 0);
	now += 850;
	assert_int_equal(deliver(TERM, 101, CODE_USER, 0, 0), 850);
	/* It is used up. */
	assert_int_equal(deliver(TERM, 101, CODE_USER, 0, 0), NOT_PROVEN);
	generate(USR1, 101, CODE_TKILL, 0);
	now += 3;
	assert_int_equal(deliver(USR1, 101, CODE_TKILL, 0, 0), 3);
	assert_int_equal(latency_evicted(latency), 0);
}

static void test_zero_is_a_latency(void **state)
{
	struct report r;

	(void)state;
	generate(TERM, 0, CODE_USER, 0);
	r = delivery(TERM, TGID, CODE_USER, 0);
	latency_deliver(latency, &r);
	assert_true(r.has_latency);
	assert_int_equal(r.latency_ns, 0);
}

/* One member differs: not the same signal, not the same process, or not a pair. */
static void test_near_misses(void **state)
{
	static const struct {
		size_t offset;
		size_t size;
		uint64_t value;
	} rows[] = {
#define MEMBER(member, to) \
	{offsetof(struct report, member), sizeof(((struct report *)0)->member), to}
		MEMBER(target.tgid, TGID + 1),
		MEMBER(target.start_boot_ns, START + 1), /* the number was used again */
		MEMBER(sig, TERM),
		MEMBER(code, CODE_QUEUE),
		MEMBER(info_pid, 8), /* rewritten by a tracer */
		MEMBER(value, 5),
		MEMBER(boot_ns, 999), /* before its generation */
		MEMBER(kind, REPORT_GENERATE),
		MEMBER(kind, REPORT_EXIT),
		MEMBER(sig, 0),
		MEMBER(sig, 65),
		MEMBER(sig, -1),
#undef MEMBER
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r;

		now = 1000;
		generate(USR1, 0, CODE_USER, 0);
		now = 2000;
		r = delivery(USR1, 101, CODE_USER, 0);
		memcpy((char *)&r + rows[i].offset, &rows[i].value, rows[i].size);
		latency_deliver(latency, &r);
		assert_false(r.has_latency);
		latency_exit(latency, TGID);
	}
	/* A thread-directed one belongs to its thread. */
	generate(USR1, 101, CODE_TKILL, 0);
	assert_int_equal(deliver(USR1, 102, CODE_TKILL, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_TKILL, 0, 0), 0);
}

static void test_only_queued_results_count(void **state)
{
	(void)state;
	for (int result = 0; result < EVENT_RESULT_COUNT; result++) {
		struct report r = generation(USR1, 0, CODE_USER, 0);
		bool queued = result == EVENT_RESULT_DELIVERED || result == EVENT_RESULT_LOSE_INFO;
		struct report d = delivery(USR1, 101, CODE_USER, 0);

		r.result = (enum event_result)result;
		r.info_pid = 0;
		d.info_pid = 0;
		latency_generate(latency, &r);
		latency_deliver(latency, &d);
		assert_int_equal(d.has_latency, queued);
	}
	/* Other kinds are not generations, whatever they say. */
	for (int kind = REPORT_DELIVER; kind < REPORT_KIND_COUNT; kind++) {
		struct report r = generation(USR1, 0, CODE_USER, 0);

		r.kind = (enum report_kind)kind;
		latency_generate(latency, &r);
		assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);
	}
}

/* What the queue will hold is not what the generate report holds. */
static void test_info_made_by_the_kernel(void **state)
{
	static const struct {
		uint32_t facts;
		enum event_result result;
		int code;
		int32_t info_pid;
	} rows[] = {
		{EVENT_FACT_INFO_NONE, EVENT_RESULT_DELIVERED, CODE_USER, 33},
		{EVENT_FACT_INFO_PRIV, EVENT_RESULT_DELIVERED, CODE_KERNEL, 0},
		{EVENT_FACT_INFO_NONE, EVENT_RESULT_LOSE_INFO, CODE_USER, 0},
		{EVENT_FACT_INFO_PRIV, EVENT_RESULT_LOSE_INFO, CODE_USER, 0},
		{0, EVENT_RESULT_LOSE_INFO, CODE_USER, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report g = generation(USR1, 0, 0x12345, 99);
		struct report d = delivery(USR1, 101, rows[i].code, 0);

		g.facts = rows[i].facts;
		g.result = rows[i].result;
		g.sender_nr = 33;
		latency_generate(latency, &g);
		d.info_pid = rows[i].info_pid;
		assert_int_equal(deliver_report(&d), 0);
	}
}

/* Consumed by sigwait, signalfd or a flush; sent again. */
static void test_newer_standard_signal_replaces(void **state)
{
	(void)state;
	generate(USR1, 0, CODE_USER, 0);
	now += 500;
	generate(USR1, 0, CODE_USER, 0);
	now += 7;
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 7);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);
}

static void test_already_pending_keeps_the_first(void **state)
{
	struct report again;

	(void)state;
	generate(USR1, 0, CODE_USER, 0);
	now += 500;
	again = generation(USR1, 0, CODE_USER, 0);
	again.result = EVENT_RESULT_ALREADY_PENDING;
	latency_generate(latency, &again);
	now += 7;
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 507);
}

static void test_real_time_queue_in_order(void **state)
{
	static const int more[] = {MORE_IN_SHARED, MORE_IN_SHARED, MORE_IN_SHARED, 0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		generate(RT, 0, CODE_QUEUE, 0); /* all the same */
		now += 10;
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, more[i]), 40 - 10 * i);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), NOT_PROVEN);
}

static void test_real_time_stale_entries(void **state)
{
	(void)state;
	/* The first two were read from a signalfd. */
	for (uint64_t value = 1; value <= 4; value++) {
		generate(RT, 0, CODE_QUEUE, value);
		now += 10;
	}
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 3, MORE_IN_SHARED), 20);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 4, 0), 10);

	/* All the same, and all but the last were: an empty set says so. */
	for (int i = 0; i < 3; i++) {
		generate(RT, 0, CODE_QUEUE, 0);
		now += 10;
	}
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), 10);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), NOT_PROVEN);
}

/* With more behind it, the newest cannot be it: queued before the trace began. */
static void test_newest_is_still_pending(void **state)
{
	(void)state;
	generate(RT, 0, CODE_QUEUE, 0);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, MORE_IN_SHARED), NOT_PROVEN);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), 20);

	generate(RT, 101, CODE_TKILL, 0);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_TKILL, 0, MORE_IN_THREAD), NOT_PROVEN);
	assert_int_equal(deliver(RT, 101, CODE_TKILL, 0, 0), 10);
}

static void test_no_match_leaves_the_queue(void **state)
{
	(void)state;
	generate(RT, 0, CODE_QUEUE, 1);
	generate(RT, 0, CODE_QUEUE, 2);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 77, MORE_IN_SHARED), NOT_PROVEN);
	now += 4;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 1, MORE_IN_SHARED), 4);
	/* Nothing is left in the kernel, so nothing is left here. */
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 77, 0), NOT_PROVEN);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 2, 0), NOT_PROVEN);
}

static void test_timers_queue_standard_signals_twice(void **state)
{
	(void)state;
	generate(ALRM, 0, CODE_USER, 0);
	now += 10;
	generate(ALRM, 0, CODE_TIMER, 1);
	now += 10;
	generate(ALRM, 0, CODE_TIMER, 2);
	now += 10;
	assert_int_equal(deliver(ALRM, 101, CODE_USER, 0, MORE_IN_SHARED), 30);
	assert_int_equal(deliver(ALRM, 101, CODE_TIMER, 1, MORE_IN_SHARED), 20);
	assert_int_equal(deliver(ALRM, 101, CODE_TIMER, 2, 0), 10);
}

static void test_own_queue_comes_first(void **state)
{
	(void)state;
	/* The very same siginfo in both; the shared one is still pending afterwards. */
	generate(USR1, 0, CODE_QUEUE, 0);
	now += 10;
	generate(USR1, 101, CODE_QUEUE, 0);
	now += 10;
	assert_int_equal(deliver(USR1, 101, CODE_QUEUE, 0, MORE_IN_SHARED), 10);
	assert_int_equal(deliver(USR1, 101, CODE_QUEUE, 0, 0), 20);

	/* Another thread takes the shared one. */
	generate(USR1, 0, CODE_QUEUE, 0);
	now += 10;
	generate(USR1, 101, CODE_QUEUE, 0);
	now += 10;
	assert_int_equal(deliver(USR1, 102, CODE_QUEUE, 0, 0), 20);
	assert_int_equal(deliver(USR1, 101, CODE_QUEUE, 0, 0), 10);

	/* Real-time in both, told apart by the code. */
	generate(RT, 101, CODE_TKILL, 0);
	generate(RT, 0, CODE_USER, 0);
	now += 10;
	generate(RT, 101, CODE_TKILL, 0);
	generate(RT, 0, CODE_USER, 0);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_TKILL, 0, MORE_IN_THREAD | MORE_IN_SHARED), 20);
	assert_int_equal(deliver(RT, 101, CODE_TKILL, 0, MORE_IN_SHARED), 10);
	assert_int_equal(deliver(RT, 101, CODE_USER, 0, MORE_IN_SHARED), 20);
	assert_int_equal(deliver(RT, 101, CODE_USER, 0, 0), 10);
}

/* Both queues are empty afterwards, so one of the two was consumed unseen: which? */
static void test_two_alike_are_not_told_apart(void **state)
{
	(void)state;
	generate(USR1, 0, CODE_QUEUE, 0);
	now += 10;
	generate(USR1, 101, CODE_QUEUE, 0);
	assert_int_equal(deliver(USR1, 101, CODE_QUEUE, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_QUEUE, 0, 0), NOT_PROVEN);
	/* The siginfo tells. */
	generate(USR1, 0, CODE_USER, 0);
	now += 10;
	generate(USR1, 101, CODE_TKILL, 0);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 10);
	assert_int_equal(deliver(USR1, 101, CODE_TKILL, 0, 0), NOT_PROVEN);
}

static void test_lost_siginfo(void **state)
{
	struct report lost;
	struct report d;

	(void)state;
	/* A queued one behind a bare one takes its bit along. */
	lost = generation(RT, 0, CODE_USER, 0);
	lost.result = EVENT_RESULT_LOSE_INFO;
	latency_generate(latency, &lost);
	now += 10;
	generate(RT, 0, CODE_QUEUE, 1);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 1, 0), 10);
	d = delivery(RT, 101, CODE_USER, 0);
	d.info_pid = 0;
	assert_int_equal(deliver_report(&d), NOT_PROVEN);

	/* Also where the queued ones look like the bare one. */
	lost.boot_ns = now;
	latency_generate(latency, &lost);
	for (int i = 0; i < 2; i++) {
		struct report g = generation(RT, 0, CODE_USER, 0);

		now += 10;
		g.boot_ns = now;
		g.info_pid = 0;
		latency_generate(latency, &g);
	}
	d = delivery(RT, 101, CODE_USER, 0);
	d.info_pid = 0;
	d.pending_process = signal_bit(RT);
	assert_int_equal(deliver_report(&d), 10);
	latency_exit(latency, TGID);

	/* A bare one behind a queued one is no instance of its own. */
	generate(RT, 0, CODE_QUEUE, 1);
	now += 10;
	lost.boot_ns = now;
	latency_generate(latency, &lost);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 1, 0), 10);

	/* Two bare ones look alike, and the first may have been consumed. */
	latency_generate(latency, &lost);
	latency_generate(latency, &lost);
	d = delivery(RT, 101, CODE_USER, 0);
	d.info_pid = 0;
	assert_int_equal(deliver_report(&d), NOT_PROVEN);
	latency_generate(latency, &lost);
	assert_int_equal(deliver_report(&d), 0);
}

static void test_group_exit_for_every_thread(void **state)
{
	(void)state;
	generate_fatal(TERM, 0, TERM);
	for (uint32_t i = 1; i <= 3; i++) {
		now += 10;
		assert_int_equal(deliver_kill(100 + i, GROUP_EXIT, TERM), 10 * i);
	}
	latency_exit(latency, TGID);
	assert_int_equal(deliver_kill(104, GROUP_EXIT, TERM), NOT_PROVEN);

	/* Thread-directed, and SIGKILL itself. */
	generate_fatal(HUP, 101, HUP);
	now += 10;
	assert_int_equal(deliver_kill(102, GROUP_EXIT, HUP), 10);
	latency_exit(latency, TGID);
	generate_fatal(KILL, 0, KILL);
	now += 10;
	assert_int_equal(deliver_kill(102, GROUP_EXIT, KILL), 10);
}

static void test_group_exit_near_misses(void **state)
{
	(void)state;
	generate_fatal(TERM, 0, TERM);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, HUP), NOT_PROVEN);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, 0), NOT_PROVEN);
	/* exit_group(15): the signal's bits are 0 */
	assert_int_equal(deliver_kill(101, GROUP_EXIT, 15 << 8), NOT_PROVEN);
	assert_int_equal(deliver_kill(101, 0, TERM), NOT_PROVEN);
	/* It does not go by the name of the signal itself. */
	assert_int_equal(deliver(TERM, 101, CODE_USER, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, TERM), 0);

	/* Queued while another signal's group exit is on: not what it died of. */
	generate_fatal(USR1, 0, TERM);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, USR1), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 0);
}

static void test_group_exit_keeps_the_first(void **state)
{
	(void)state;
	generate_fatal(TERM, 0, TERM);
	now += 10;
	generate_fatal(TERM, 101, TERM);
	now += 10;
	assert_int_equal(deliver_kill(101, GROUP_EXIT, TERM), 20);
	/* A core dump is killed: a new group exit. */
	generate_fatal(KILL, 0, KILL);
	now += 10;
	assert_int_equal(deliver_kill(101, GROUP_EXIT, KILL), 10);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, TERM), NOT_PROVEN);
}

/* A core-dump signal is dequeued like any other; the core flag is not part of the number. */
static void test_core_dump_signal(void **state)
{
	(void)state;
	generate(QUIT, 0, CODE_USER, 0);
	now += 10;
	assert_int_equal(deliver(QUIT, 101, CODE_USER, 0, 0), 10);
	assert_int_equal(deliver_kill(102, GROUP_EXIT, QUIT | 0x80), NOT_PROVEN);
	generate_fatal(TERM, 0, TERM | 0x80);
	assert_int_equal(deliver_kill(102, GROUP_EXIT, TERM | 0x80), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_simple_pair),
		TEST(test_zero_is_a_latency),
		TEST(test_near_misses),
		TEST(test_only_queued_results_count),
		TEST(test_info_made_by_the_kernel),
		TEST(test_newer_standard_signal_replaces),
		TEST(test_already_pending_keeps_the_first),
		TEST(test_real_time_queue_in_order),
		TEST(test_real_time_stale_entries),
		TEST(test_newest_is_still_pending),
		TEST(test_no_match_leaves_the_queue),
		TEST(test_timers_queue_standard_signals_twice),
		TEST(test_own_queue_comes_first),
		TEST(test_two_alike_are_not_told_apart),
		TEST(test_lost_siginfo),
		TEST(test_group_exit_for_every_thread),
		TEST(test_group_exit_near_misses),
		TEST(test_group_exit_keeps_the_first),
		TEST(test_core_dump_signal),
#undef TEST
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
