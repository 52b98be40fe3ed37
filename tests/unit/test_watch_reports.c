/* SPDX-License-Identifier: BSD-2-Clause */
/* What other reports of a process prove of a signal that is pending. */
#include "watch_reports.h"

/* Deliveries. */

static void test_delivered(void **state)
{
	static const struct {
		int sig;
		uint32_t tid;
		bool still_pending; /* in its queue, after the delivery */
		bool to_thread;
		bool told;
	} rows[] = {
		{SIGTERM, TGID, false, false, false},
		{SIGTERM, THREAD, false, false, false},
		{SIGTERM, THREAD, false, true, false},
		/* One that was directed at that thread, from its own queue. */
		{SIGTERM, TGID, true, false, true},
		{RT3, TGID, true, false, true},
		{RT3, TGID, false, false, false},
		/* Of another thread: never from our queue. */
		{SIGTERM, TGID, false, true, true},
		{SIGTERM, THREAD, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r;

		/* It was seen gone before the record was read: still, it was delivered. */
		feed(rows[i].to_thread ? to_thread(rows[i].sig) : blocked(rows[i].sig));
		see(clear_sets());
		r = delivery(rows[i].sig);
		r.target.tid = rows[i].tid;
		if (rows[i].still_pending && rows[i].to_thread)
			r.pending_thread = signal_bit(rows[i].sig);
		else if (rows[i].still_pending)
			r.pending_process = signal_bit(rows[i].sig);
		feed(r);
		assert_int_equal(watch_conclude(watch, 500), 0);
		if (rows[i].told)
			assert_told(REPORT_TAKEN, rows[i].sig, 10);
		assert_forgotten();
	}
}

static void test_delivered_to_another_process(void **state)
{
	struct report r;

	(void)state;
	feed(blocked(SIGTERM));
	see(clear_sets());
	r = delivery(SIGTERM);
	r.target = task_of(TGID + 1, START);
	feed(r);
	r.target = task_of(TGID, START + 1); /* its number, used again */
	feed(r);
	assert_int_equal(watch_conclude(watch, 500), 0);
	assert_told(REPORT_TAKEN, SIGTERM, 10);
}

/* What other reports show. */

static struct report other_report(bool deliver)
{
	struct report r = deliver ? delivery(SIGUSR1) : blocked(SIGUSR1);

	r.facts &= ~EVENT_FACT_ALL_BLOCKED; /* not asked for itself */
	return r;
}

static void test_pending_set_of_a_report(void **state)
{
	(void)state;
	for (unsigned int deliver = 0; deliver < 2; deliver++) {
		struct report r;

		feed(blocked(SIGTERM));
		see((struct watch_seen){.after_ns = now, .pending = signal_bit(SIGTERM)});
		assert_nothing_due();
		r = other_report(deliver);
		r.pending_process |= signal_bit(SIGTERM);
		feed(r);
		assert_nothing_due();
		r = other_report(deliver);
		r.boot_ns += 300;
		feed(r);
		/* It may have been thrown away: that a look has to show. */
		assert_int_equal(told_count, 0);
		assert_int_equal(watch_due_ns(watch), now + 300);
		r.boot_ns += 300;
		feed(r);
		now += MS;
		see_and_conclude(clear_sets());
		assert_told(REPORT_TAKEN, SIGTERM, 300);
		assert_forgotten();

		feed(blocked(SIGTERM));
		feed(other_report(deliver));
		{
			struct watch_seen seen = clear_sets();

			seen.ignored = signal_bit(SIGTERM);
			see_and_conclude(seen);
		}
		assert_forgotten();
	}
}

static void test_pending_set_of_another_thread(void **state)
{
	struct report r;

	(void)state;
	feed(to_thread(SIGTERM));
	see((struct watch_seen){
		.after_ns = now, .pending = signal_bit(SIGTERM), .image = IMAGE, .threads = 3});
	feed(other_report(true));
	feed(other_report(false));
	assert_nothing_due();
	r = other_report(true);
	r.target.tid = THREAD;
	feed(r);
	assert_int_equal(look().tid, THREAD);
}

static void test_sent_again(void **state)
{
	struct report r;

	(void)state;
	feed(waited_for(SIGTERM));
	now += 700;
	feed(waited_for(SIGTERM));
	assert_told(REPORT_TAKEN, SIGTERM, 700);
	assert_int_equal(told.taken_by, TAKEN_BY_SIGWAIT);
	now += 50;
	r = waited_for(SIGTERM);
	r.result = EVENT_RESULT_LOSE_INFO;
	feed(r);
	assert_told(REPORT_TAKEN, SIGTERM, 50);
	/* The last one is asked for now. */
	assert_int_equal(look().signal_ns, now);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGTERM, 10);
	assert_forgotten();
}

static void test_sent_again_after_it_was_seen_gone(void **state)
{
	(void)state;
	feed(waited_for(SIGTERM));
	see(clear_sets());
	now += 700;
	feed(waited_for(SIGTERM));
	assert_told(REPORT_TAKEN, SIGTERM, 10);
	assert_int_equal(look().signal_ns, now);
}

static void test_sent_again_proves_nothing(void **state)
{
	static const struct {
		enum event_result result;
		int code;
		uint64_t handler;
		uint32_t facts;
		bool asked_still; /* for the old one */
	} rows[] = {
		{EVENT_RESULT_ALREADY_PENDING, 0, HANDLER, 0, true},
		{EVENT_RESULT_OVERFLOW_FAIL, 0, HANDLER, 0, true},
		{EVENT_RESULT_IGNORED, 0, HANDLER, 0, false},
		{EVENT_RESULT_DELIVERED, SI_TIMED, HANDLER, 0, false},
		{EVENT_RESULT_DELIVERED, 0, IGNORE, 0, false},
		{EVENT_RESULT_DELIVERED, 0, HANDLER, EVENT_FACT_PTRACED, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r = blocked(SIGTERM);

		feed(r);
		r.result = rows[i].result;
		r.code = rows[i].code;
		r.handler = rows[i].handler;
		r.facts |= rows[i].facts;
		feed(r);
		assert_int_equal(told_count, 0);
		if (rows[i].asked_still) {
			look();
			assert_int_equal(watch_see(watch, NULL), 0);
		}
		assert_forgotten();
	}
}

/* After exec() of another thread its number is that of the leader, whose queue is lost. */
static void test_sent_again_to_another_thread(void **state)
{
	struct report r = to_thread(SIGTERM);

	(void)state;
	r.target.tid = TGID;
	feed(r);
	r.image += 16;
	feed(r);
	assert_int_equal(told_count, 0);
	r.image = 0;
	feed(r);
	feed(r);
	assert_int_equal(told_count, 0);
	r.image = IMAGE;
	feed(r);
	r.threads = 1;
	feed(r);
	assert_int_equal(told_count, 0);
}

/* The queue of the process and that of a thread are two. */
static void test_sent_to_both_queues(void **state)
{
	struct report r;

	(void)state;
	feed(blocked(SIGTERM));
	r = to_thread(SIGTERM);
	r.pending_process = signal_bit(SIGTERM);
	r.boot_ns += 1;
	feed(r);
	r.target.tid = THREAD + 1;
	r.boot_ns += 1;
	feed(r);
	assert_int_equal(told_count, 0);
	now += 2;
	assert_int_equal(look().tid, 0);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGTERM, 12);
	assert_int_equal(look().tid, THREAD);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGTERM, 11);
	assert_false(told.process_directed);
	assert_int_equal(look().tid, THREAD + 1);
}

/* Of those several may be queued: the bit tells of the last one only. */
static void test_realtime(void **state)
{
	(void)state;
	feed(blocked(RT3));
	now += 100;
	feed(blocked(RT3));
	assert_int_equal(told_count, 0);
	assert_int_equal(look().signal_ns, now);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, RT3, 10);
	assert_forgotten();
}

static void test_realtime_seen_gone(void **state)
{
	(void)state;
	feed(blocked(RT3));
	see(clear_sets());
	now += 5; /* not after the look: it may be what the look did not find */
	feed(blocked(RT3));
	assert_int_equal(told_count, 0);
	see(clear_sets());
	now += 100;
	feed(blocked(RT3));
	assert_told(REPORT_TAKEN, RT3, 10);
}

/* Gone by another report, but no look has shown that it was not thrown away. */
static void test_realtime_gone_somehow(void **state)
{
	(void)state;
	feed(blocked(RT3));
	now += 100;
	feed(other_report(false));
	now += 100;
	feed(blocked(RT3));
	assert_int_equal(told_count, 0);
	assert_int_equal(look().signal_ns, now);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_delivered),
		TEST(test_delivered_to_another_process),
		TEST(test_pending_set_of_a_report),
		TEST(test_pending_set_of_another_thread),
		TEST(test_sent_again),
		TEST(test_sent_again_after_it_was_seen_gone),
		TEST(test_sent_again_proves_nothing),
		TEST(test_sent_again_to_another_thread),
		TEST(test_sent_to_both_queues),
		TEST(test_realtime),
		TEST(test_realtime_seen_gone),
		TEST(test_realtime_gone_somehow),
#undef TEST
	};

	return cmocka_run_group_tests_name("watch_reports", tests, NULL, NULL);
}
