/* SPDX-License-Identifier: BSD-2-Clause */
/* Room, order and time of the questions of core/watch. */
#include <stdlib.h>

#include "watch_reports.h"

static struct report ignored_by(uint32_t tgid)
{
	struct report r = ignored(SIGTERM);

	r.target = task_of(tgid, START);
	return r;
}

static void test_new(void **state)
{
	(void)state;
	assert_int_equal(watch_due_ns(watch), UINT64_MAX);
	now = UINT64_MAX;
	assert_nothing_due();
	assert_int_equal(watch_see(watch, NULL), 0);
	assert_int_equal(watch_conclude(watch, UINT64_MAX), 0);
	assert_int_equal(watch_evicted(watch), 0);
	watch_lost(watch);
	watch_free(NULL);
}

static void test_other_kinds(void **state)
{
	(void)state;
	feed(blocked(SIGTERM));
	look();
	assert_int_equal(watch_see(watch, &(struct watch_seen){.after_ns = now,
							       .pending = signal_bit(SIGTERM)}),
			 0);
	for (int kind = 0; kind < REPORT_KIND_COUNT; kind++) {
		struct report r = blocked(SIGTERM);

		r.kind = (enum report_kind)kind;
		if (kind == REPORT_GENERATE || kind == REPORT_DELIVER)
			r.sig = 0;
		if (kind == REPORT_EXIT)
			continue;
		r.pending_process = 0;
		feed(r);
		r.sig = SIGNAL_MAX + 1;
		feed(r);
	}
	assert_int_equal(told_count, 0);
	assert_int_equal(watch_due_ns(watch), now + MS);
}

/* Whoever is due first is looked at first, whatever was asked or given up in between. */
static void test_due_order(void **state)
{
	uint32_t seed = 1;
	uint64_t last = 0;

	(void)state;
	for (unsigned int i = 0; i < 600; i++) {
		struct report r;

		seed = seed * 1103515245 + 12345;
		r = ignored_by(1000 + i);
		r.boot_ns = now + (seed >> 8) % 100000;
		feed(r);
		if (i % 3 == 2) {
			r = (struct report){.kind = REPORT_EXIT,
					    .target = task_of(1000 + (seed >> 4) % i, START)};
			feed(r);
		}
	}
	now += S;
	while (watch_due_ns(watch) != UINT64_MAX) {
		assert_true(watch_due_ns(watch) >= last);
		last = watch_due_ns(watch);
		look();
		assert_int_equal(watch_see(watch, NULL), 0);
	}
	assert_true(last > 0);
}

static void test_full(void **state)
{
	const unsigned int extra = 10;
	unsigned int count = 0;
	struct report r;

	(void)state;
	for (unsigned int i = 0; i < WATCH_QUESTIONS_MAX; i++)
		feed(ignored_by(1000 + i));
	feed(ignored_by(1000)); /* the newest again */
	for (unsigned int i = 0; i < extra; i++)
		feed(ignored_by(5000 + i));
	assert_int_equal(watch_evicted(watch), extra);
	/* Those that went are the oldest. */
	for (unsigned int i = 0; i <= extra + 1; i++) {
		r = delivery(SIGTERM);
		r.target = task_of(1000 + i, START);
		feed(r);
		assert_int_equal(told_count, i == 0 || i == extra + 1);
		told_count = 0;
	}
	now += S;
	for (; watch_due_ns(watch) != UINT64_MAX; count++) {
		look();
		assert_int_equal(watch_see(watch, NULL), 0);
	}
	assert_int_equal(count, WATCH_QUESTIONS_MAX - 2);
}

/* One process cannot have all the room. */
static void test_share_of_a_process(void **state)
{
	const unsigned int extra = 5;

	(void)state;
	feed(ignored_by(1000)); /* older than all of them */
	for (unsigned int i = 0; i < WATCH_PER_PROCESS_MAX + extra; i++) {
		struct report r = to_thread(SIGTERM);

		r.target.tid = THREAD + i;
		feed(r);
	}
	assert_int_equal(watch_evicted(watch), extra);
	for (unsigned int i = extra; i < WATCH_PER_PROCESS_MAX + extra; i++) {
		struct report r = to_thread(SIGTERM);

		r.target.tid = THREAD + i;
		feed(r);
		assert_told(REPORT_TAKEN, SIGTERM, 0);
	}
	assert_int_equal(watch_evicted(watch), extra);
	now += S;
	feed((struct report){.kind = REPORT_EXIT, .target = task_of(TGID, START)});
	assert_int_equal(look().tgid, 1000);
}

/* To forget what was told is no answer lost. */
static void test_full_of_answers(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < WATCH_QUESTIONS_MAX; i++) {
		feed(ignored_by(1000 + i));
		now += 10 * MS;
		see(clear_sets());
	}
	assert_int_equal(told_count, WATCH_QUESTIONS_MAX);
	for (unsigned int i = 0; i < WATCH_QUESTIONS_MAX; i++)
		feed(ignored_by(5000 + i));
	assert_int_equal(watch_evicted(watch), 0);
	feed(ignored_by(9000));
	assert_int_equal(watch_evicted(watch), 1);
}

static void test_room_is_used_again(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10 * WATCH_QUESTIONS_MAX; i++) {
		struct report exit = {.kind = REPORT_EXIT, .target = task_of(1000 + i, START)};
		struct report r = blocked(SIGTERM);

		r.target = exit.target;
		feed(r);
		feed(ignored_by(1000 + i));
		feed(exit);
	}
	assert_int_equal(watch_evicted(watch), 0);
	assert_forgotten();
}

/* Proofs are counted right whatever ends them. */
static void test_evicted_proof(void **state)
{
	(void)state;
	feed(blocked(SIGTERM));
	see(clear_sets());
	assert_true(watch_is_waiting(watch));
	for (unsigned int i = 0; i < WATCH_QUESTIONS_MAX; i++)
		feed(ignored_by(1000 + i));
	assert_int_equal(watch_evicted(watch), 1);
	assert_false(watch_is_waiting(watch));
	assert_int_equal(watch_conclude(watch, UINT64_MAX), 0);
	assert_int_equal(told_count, 0);
}

/* Records of different CPUs: a later one may bear an earlier time. */
static void test_time_backwards(void **state)
{
	struct report r;

	(void)state;
	feed(blocked(SIGTERM));
	r = blocked(SIGTERM);
	r.boot_ns -= 5;
	feed(r);
	assert_told(REPORT_TAKEN, SIGTERM, 0);
	feed(ignored(SIGINT));
	r = delivery(SIGINT);
	r.boot_ns -= 5;
	feed(r);
	assert_told(REPORT_HANDLER, SIGINT, 0);
	assert_int_equal(told.missing_ns, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_other_kinds),
		TEST(test_due_order),
		TEST(test_full),
		TEST(test_share_of_a_process),
		TEST(test_full_of_answers),
		TEST(test_room_is_used_again),
		TEST(test_evicted_proof),
		TEST(test_time_backwards),
#undef TEST
	};

	return cmocka_run_group_tests_name("watch_table", tests, NULL, NULL);
}
