/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is late, when, and after which signal. */
#include "deadline.h"
#include "outcome_reports.h"

#define SECOND	  1000000000ULL
#define FIRST_NS  (5 * SECOND)
#define SECOND_NS (30 * SECOND)
#define SIGNALS                                                                 \
	(1ULL << (SIGTERM - 1) | 1ULL << (SIGINT - 1) | 1ULL << (SIGQUIT - 1) | \
	 1ULL << (SIGHUP - 1) | 1ULL << (SIGKILL - 1))

static struct deadline *deadline;

static int begin(void **state)
{
	(void)state;
	now = 1000;
	return deadline_new(FIRST_NS, SIGNALS, &deadline);
}

static int end(void **state)
{
	(void)state;
	deadline_free(deadline);
	return 0;
}

static void report(struct report r)
{
	deadline_report(deadline, &r);
}

static struct report to(struct report r, uint32_t tgid)
{
	r.target.tgid = r.target.tid = tgid;
	return r;
}

static void assert_no_one(void)
{
	struct deadline_late late;

	assert_true(deadline_due_ns(deadline) == UINT64_MAX);
	assert_false(deadline_take(deadline, UINT64_MAX, &late));
}

/* The next one is late at `due_ns` and not before. Afterwards it is then. */
static struct deadline_late take(uint64_t due_ns)
{
	struct deadline_late late;

	assert_true(deadline_due_ns(deadline) == due_ns);
	assert_false(deadline_take(deadline, due_ns - 1, &late));
	assert_true(deadline_take(deadline, due_ns, &late));
	now = due_ns;
	return late;
}

static void assert_late(uint64_t due_ns, uint32_t tgid, int sig, uint64_t boot_ns)
{
	const struct deadline_late late = take(due_ns);

	assert_int_equal(late.process.tgid, tgid);
	assert_int_equal(late.asked.sig, sig);
	assert_true(late.boot_ns == boot_ns);
}

static void test_late_twice(void **state)
{
	(void)state;
	assert_no_one();
	report(generation(SIGTERM));
	assert_late(1000 + FIRST_NS, TGID, SIGTERM, 1000);
	assert_late(1000 + SECOND_NS, TGID, SIGTERM, 1000);
	assert_no_one();
	/* It is as new. */
	now = 90 * SECOND;
	report(generation(SIGINT));
	assert_late(90 * SECOND + FIRST_NS, TGID, SIGINT, 90 * SECOND);
	assert_late(90 * SECOND + SECOND_NS, TGID, SIGINT, 90 * SECOND);
	assert_no_one();
}

static void test_second_deadline_follows_the_first(void **state)
{
	struct deadline *of_setup = deadline;

	(void)state;
	assert_int_equal(deadline_new(8 * SECOND, SIGNALS, &deadline), 0);
	report(generation(SIGTERM));
	take(1000 + 8 * SECOND);
	take(1000 + 48 * SECOND);
	assert_no_one();
	deadline_free(deadline);
	deadline = of_setup;
}

static void test_exit_ends_it(void **state)
{
	(void)state;
	report(generation(SIGTERM));
	report(exit_report(0));
	assert_no_one();
	report(generation(SIGTERM));
	take(now + FIRST_NS);
	report(exit_report(0));
	assert_no_one();
	assert_int_equal(deadline_evicted(deadline), 0);
}

static void test_reused_number(void **state)
{
	struct report other = generation(SIGINT);
	struct report other_exits = exit_report(0);

	(void)state;
	other.target.start_boot_ns++;
	other_exits.target.start_boot_ns++;
	report(generation(SIGTERM));
	report(other_exits);
	assert_late(1000 + FIRST_NS, TGID, SIGTERM, 1000);
	report(other_exits);
	assert_late(1000 + SECOND_NS, TGID, SIGTERM, 1000);
	assert_no_one();
	/* The other one takes the place of one that has ended unseen. */
	report(to(generation(SIGTERM), TGID));
	other.boot_ns = now + 1;
	report(other);
	report(exit_report(0));
	assert_late(now + 1 + FIRST_NS, TGID, SIGINT, now + 1);
	report(other_exits);
	assert_no_one();
}

static void test_first_signal_counts(void **state)
{
	(void)state;
	report(generation(SIGTERM));
	now += SECOND;
	report(generation(SIGTERM));
	report(generation(SIGINT));
	assert_late(1000 + FIRST_NS, TGID, SIGTERM, 1000);
	report(generation(SIGTERM));
	assert_late(1000 + SECOND_NS, TGID, SIGTERM, 1000);
	assert_no_one();
}

static void test_kill_is_the_last_word(void **state)
{
	uint64_t kill_ns = 1000 + SECOND;

	(void)state;
	report(generation(SIGTERM));
	now = kill_ns;
	report(fatal_generation(SIGKILL));
	now += SECOND;
	report(fatal_generation(SIGKILL));
	report(generation(SIGTERM));
	assert_late(kill_ns + FIRST_NS, TGID, SIGKILL, kill_ns);
	report(fatal_generation(SIGKILL));
	assert_late(kill_ns + SECOND_NS, TGID, SIGKILL, kill_ns);
	assert_no_one();
	/* Right before the second deadline of the one before it. */
	report(generation(SIGTERM));
	take(now + FIRST_NS);
	kill_ns = now + SECOND_NS - FIRST_NS - 1;
	now = kill_ns;
	report(fatal_generation(SIGKILL));
	assert_late(kill_ns + FIRST_NS, TGID, SIGKILL, kill_ns);
	assert_late(kill_ns + SECOND_NS, TGID, SIGKILL, kill_ns);
	assert_no_one();
}

static void test_in_order_of_time(void **state)
{
	(void)state;
	report(to(generation(SIGTERM), 1));
	now = 1000 + 20 * SECOND;
	assert_late(1000 + FIRST_NS, 1, SIGTERM, 1000);
	now = 1000 + 24 * SECOND;
	report(to(generation(SIGINT), 2));
	now = 1000 + 26 * SECOND;
	report(to(generation(SIGHUP), 3));
	assert_late(1000 + 29 * SECOND, 2, SIGINT, 1000 + 24 * SECOND);
	assert_late(1000 + 30 * SECOND, 1, SIGTERM, 1000);
	assert_late(1000 + 31 * SECOND, 3, SIGHUP, 1000 + 26 * SECOND);
	assert_late(1000 + 54 * SECOND, 2, SIGINT, 1000 + 24 * SECOND);
	assert_late(1000 + 56 * SECOND, 3, SIGHUP, 1000 + 26 * SECOND);
	assert_no_one();
}

/* Nobody asked in time: one line says it all. */
static void test_too_late_for_two(void **state)
{
	struct deadline_late late;

	(void)state;
	report(generation(SIGTERM));
	assert_true(deadline_take(deadline, 1000 + SECOND_NS, &late));
	assert_no_one();
	report(generation(SIGTERM));
	assert_true(deadline_take(deadline, 1000 + SECOND_NS - 1, &late));
	assert_late(1000 + SECOND_NS, TGID, SIGTERM, 1000);
	assert_no_one();
}

static void test_who_asked(void **state)
{
	struct report r = generation(SIGTERM);
	struct deadline_late late;

	(void)state;
	report(r);
	late = take(1000 + FIRST_NS);
	assert_memory_equal(&late.process, &r.target, sizeof(r.target));
	assert_int_equal(late.asked.sender_kind, SENDER_USER);
	assert_memory_equal(&late.asked.sender, &r.sender, sizeof(r.sender));
	assert_int_equal(late.asked.instead.source, REPORT_SOURCE_ABSENT);
	report(exit_report(0));

	r = generation(SIGHUP);
	r.sender_kind = SENDER_KERNEL;
	r.sender_acts_for = r.sender;
	r.sender = (struct report_task){0};
	r.origin = ORIGIN_PARENT_DEATH;
	report(r);
	late = take(now + FIRST_NS);
	assert_int_equal(late.asked.sender_kind, SENDER_KERNEL);
	assert_int_equal(late.asked.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(late.asked.origin, ORIGIN_PARENT_DEATH);
	assert_memory_equal(&late.asked.instead, &r.sender_acts_for, sizeof(r.sender_acts_for));
}

static void test_result_does_not_matter(void **state)
{
	struct report r = ignored_generation(SIGTERM);

	(void)state;
	report(r);
	report(to(fatal_generation(SIGTERM), 1));
	r = to(generation(SIGTERM), 2);
	r.result = EVENT_RESULT_ALREADY_PENDING;
	report(r);
	r = to(generation(SIGTERM), 3);
	r.process_directed = false;
	report(r);
	take(1000 + FIRST_NS);
	for (uint32_t tgid = 1; tgid <= 3; tgid++)
		assert_late(1000 + FIRST_NS, tgid, SIGTERM, 1000);
}

static void test_asks_for_nothing(void **state)
{
	struct report r = generation(SIGTERM);

	(void)state;
	r.sender = r.target;
	report(r); /* to itself */
	r = generation(SIGTERM);
	r.result = EVENT_RESULT_OVERFLOW_FAIL;
	report(r);
	r = generation(SIGTERM);
	r.facts = EVENT_FACT_KTHREAD;
	r.result = EVENT_RESULT_IGNORED;
	report(r);
	/* It is ending already. */
	r = fatal_generation(SIGTERM);
	r.result = EVENT_RESULT_IGNORED;
	report(r);
	report(generation(SIGUSR1));
	report(delivery(SIGTERM, HANDLER));
	assert_no_one();
	/* A namesake is somebody else. */
	r = generation(SIGTERM);
	r.sender = r.target;
	r.sender.start_boot_ns++;
	report(r);
	take(1000 + FIRST_NS);
}

static void test_eviction_of_the_oldest(void **state)
{
	const uint32_t last = DEADLINE_PROCESSES_MAX;

	(void)state;
	for (uint32_t tgid = 1; tgid <= last; tgid++, now++)
		report(to(generation(SIGTERM), tgid));
	assert_int_equal(deadline_evicted(deadline), 0);
	report(to(generation(SIGTERM), last + 1));
	now++;
	report(to(generation(SIGTERM), last + 2));
	assert_int_equal(deadline_evicted(deadline), 2);
	for (uint32_t tgid = 3; tgid <= last + 2; tgid++)
		assert_late(1000 + tgid - 1 + FIRST_NS, tgid, SIGTERM, 1000 + tgid - 1);
	/* All of these wait for the second deadline, and there is no room for one more. */
	report(to(generation(SIGTERM), 1));
	take(now + FIRST_NS);
	assert_int_equal(deadline_evicted(deadline), 3);
	assert_late(1000 + 3 + SECOND_NS, 4, SIGTERM, 1000 + 3);
}

/* Those that end make room. */
static void test_no_eviction_without_need(void **state)
{
	(void)state;
	for (uint32_t tgid = 1; tgid <= 3 * DEADLINE_PROCESSES_MAX; tgid++) {
		report(to(generation(SIGTERM), tgid));
		if (tgid % 2)
			take(now + FIRST_NS);
		report(to(exit_report(0), tgid));
	}
	assert_int_equal(deadline_evicted(deadline), 0);
	assert_no_one();
	deadline_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(test_late_twice),
		TEST(test_second_deadline_follows_the_first),
		TEST(test_exit_ends_it),
		TEST(test_reused_number),
		TEST(test_first_signal_counts),
		TEST(test_kill_is_the_last_word),
		TEST(test_in_order_of_time),
		TEST(test_too_late_for_two),
		TEST(test_who_asked),
		TEST(test_result_does_not_matter),
		TEST(test_asks_for_nothing),
		TEST(test_eviction_of_the_oldest),
		TEST(test_no_eviction_without_need),
#undef TEST
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
