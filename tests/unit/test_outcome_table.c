/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of core/outcome: room, reuse of numbers, lost records. */
#include "outcome_reports.h"

static struct report generation_for(uint32_t tgid, int sig)
{
	struct report r = ignored_generation(sig);

	r.target.tgid = tgid;
	return r;
}

static void ignore_for(uint32_t tgid)
{
	struct report r = generation_for(tgid, SIGTERM);

	feed(&r);
}

static bool is_known(uint32_t tgid)
{
	struct report r = exit_report(CODE(0));

	r.target.tgid = tgid;
	return outcome_exit(outcome, &r);
}

static void test_reused_number(void **state)
{
	struct report r;

	(void)state;
	generate(SIGTERM);
	r = delivery(SIGTERM, HANDLER);
	r.target.start_boot_ns++;
	feed(&r);
	r = fatal_generation(SIGKILL);
	r.target.start_boot_ns++;
	feed(&r);
	assert_none(r.earlier);
	/* The first of that number is gone, and has not been evicted. */
	assert_none(after(CODE(0)));
	r = exit_report(SIGKILL);
	r.target.start_boot_ns++;
	assert_true(outcome_exit(outcome, &r));
	assert_int_equal(r.earlier.sig, SIGKILL);
	assert_int_equal(outcome_evicted(outcome), 0);
}

/* exec keeps the number and the start. */
static void test_exec_keeps_the_process(void **state)
{
	struct report kill;

	(void)state;
	ignore(SIGTERM);
	kill = fatal_generation(SIGKILL);
	memcpy(kill.target.comm, "other", 6);
	feed(&kill);
	assert_int_equal(kill.earlier.sig, SIGTERM);
}

static void test_process_of_zeros(void **state)
{
	struct report r = exit_report(CODE(0));

	(void)state;
	r.target = (struct report_task){0};
	assert_false(outcome_exit(outcome, &r));
	r = generation_for(0, SIGTERM);
	r.target.start_boot_ns = 0;
	feed(&r);
	r = exit_report(CODE(0));
	r.target = (struct report_task){0};
	assert_true(outcome_exit(outcome, &r));
	assert_false(outcome_exit(outcome, &r));
}

static void test_eviction_of_the_oldest(void **state)
{
	const uint32_t first = 1000, last = first + OUTCOME_PROCESSES_MAX - 1;
	struct report d = delivery(SIGTERM, HANDLER);

	(void)state;
	for (uint32_t tgid = first; tgid <= last; tgid++)
		ignore_for(tgid);
	assert_int_equal(outcome_evicted(outcome), 0);
	/* Heard of again, by a generation and by a delivery. */
	ignore_for(first);
	d.target.tgid = first + 1;
	feed(&d);
	ignore_for(last + 1);
	ignore_for(last + 2);
	assert_int_equal(outcome_evicted(outcome), 2);
	assert_true(is_known(first));
	assert_true(is_known(first + 1));
	assert_false(is_known(first + 2));
	assert_false(is_known(first + 3));
	for (uint32_t tgid = first + 4; tgid <= last + 2; tgid++)
		assert_true(is_known(tgid));
	assert_int_equal(outcome_evicted(outcome), 2);
}

/* Those that end make room; a number that is used again takes none. */
static void test_no_eviction_without_need(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4 * OUTCOME_PROCESSES_MAX; i++) {
		ignore_for(1000 + i);
		assert_true(is_known(1000 + i));
	}
	for (uint32_t i = 0; i < OUTCOME_PROCESSES_MAX; i++)
		ignore_for(1000 + i);
	for (uint32_t i = 0; i < OUTCOME_PROCESSES_MAX; i++) {
		struct report r = generation_for(1000 + i, SIGTERM);

		r.target.start_boot_ns++;
		feed(&r);
	}
	assert_int_equal(outcome_evicted(outcome), 0);
}

/* Every number that there is: those that ask plainly stay, and of the others the last. */
static void test_many_numbers_to_one_process(void **state)
{
	static const int plain[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		now = 1000 + i;
		ignore(plain[i]);
		generate(plain[i]);
		deliver(plain[i], HANDLER);
		now = 5000;
		for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
			now++;
			if (signal_default_action(sig) == DEFAULT_TERMINATE && sig > SIGTERM) {
				ignore(sig);
				generate(sig);
			}
		}
		assert_int_equal(peek(0).sig, plain[i]);
		assert_earlier(after(CODE(0)), plain[i], now - 1000 - i, SIGNAL_FATE_HANDLED,
			       false);
	}
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		now++;
		generate(sig);
	}
	assert_earlier(after(SIGNAL_MAX), SIGNAL_MAX, 0, SIGNAL_FATE_ACTED, true);
}

/* The first of so many real-time signals is forgotten, and only that one. */
static void test_the_oldest_number_makes_room(void **state)
{
	const int first = SIGNAL_RT_MIN, count = 12;

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (int sig = first; sig <= first + count; sig++) {
			now++;
			generate(sig);
		}
		assert_int_equal(after(first + i).caused, i > 0);
	}
}

/* What was pending may be anything now; what is known stays so. */
static void test_lost_records(void **state)
{
	static const struct {
		int sig;
		enum signal_fate fate;
	} rows[] = {
		{SIGTERM, SIGNAL_FATE_NOT_KNOWN},
		{SIGINT, SIGNAL_FATE_HANDLED},
		{SIGHUP, SIGNAL_FATE_IGNORED},
		{SIGQUIT, SIGNAL_FATE_ACTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const int sig = rows[i].sig;
		struct report r = fatal_generation(sig);

		if (rows[i].fate == SIGNAL_FATE_ACTED)
			feed(&r);
		else if (rows[i].fate == SIGNAL_FATE_IGNORED)
			ignore(sig);
		else
			generate(sig);
		if (rows[i].fate == SIGNAL_FATE_HANDLED)
			deliver(sig, HANDLER);
		outcome_lost(outcome);
		assert_int_equal(peek(signal_bit(sig)).fate, rows[i].fate);
		/* It may have been another one of that number. */
		deliver(sig, HANDLER);
		assert_int_equal(peek(signal_bit(sig)).fate, rows[i].fate);
		assert_earlier(after(sig), sig, 0, rows[i].fate, rows[i].fate == SIGNAL_FATE_ACTED);
	}
	/* After the gap everything is seen again, also of a process that was known before. */
	generate(SIGTERM);
	outcome_lost(outcome);
	generate(SIGTERM);
	assert_int_equal(peek(signal_bit(SIGTERM)).fate, SIGNAL_FATE_PENDING);
	outcome_lost(outcome);
	generate(SIGINT);
	now++;
	assert_earlier(after(SIGINT), SIGINT, 1, SIGNAL_FATE_ACTED, true);
	/* And of one that was not. */
	outcome_lost(outcome);
	generate(SIGTERM);
	assert_int_equal(peek(signal_bit(SIGTERM)).fate, SIGNAL_FATE_PENDING);
}

static void test_free_of_nothing(void **state)
{
	(void)state;
	outcome_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_reused_number),
		TEST(test_exec_keeps_the_process),
		TEST(test_process_of_zeros),
		TEST(test_eviction_of_the_oldest),
		TEST(test_no_eviction_without_need),
		TEST(test_many_numbers_to_one_process),
		TEST(test_the_oldest_number_makes_room),
		TEST(test_lost_records),
		TEST(test_free_of_nothing),
#undef TEST
	};

	return cmocka_run_group_tests_name("outcome_table", tests, NULL, NULL);
}
