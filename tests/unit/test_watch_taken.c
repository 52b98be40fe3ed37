/* SPDX-License-Identifier: BSD-2-Clause */
/* When a pending signal is said to have been taken, and when it is not. */
#include "watch_reports.h"

/* Looks. */

static void test_taken_by_sigwait(void **state)
{
	struct watch_look l;

	(void)state;
	feed(waited_for(SIGTERM));
	l = look();
	assert_int_equal(l.tgid, TGID);
	assert_int_equal(l.start_boot_ns, START);
	assert_int_equal(l.tid, 0);
	assert_int_equal(l.sig, SIGTERM);
	assert_int_equal(l.signal_ns, now);
	assert_true(l.pending);
	assert_false(l.signalfd);
	now += MS;
	see(clear_sets());
	/* A delivery may stand in what is not read yet. */
	assert_true(watch_is_waiting(watch));
	assert_int_equal(watch_conclude(watch, 499), 0);
	assert_int_equal(told_count, 0);
	assert_nothing_due();
	assert_int_equal(watch_conclude(watch, 500), 0);
	assert_told(REPORT_TAKEN, SIGTERM, MS + 10);
	assert_int_equal(told.taken_by, TAKEN_BY_SIGWAIT);
	assert_int_equal(told.boot_ns, now + 10);
	assert_int_equal(told.target.tid, TGID);
	assert_true(told.process_directed);
	assert_int_equal(told.earlier.sender.tgid, RUNC);
	assert_string_equal(told.earlier.sender.comm, "runc");
	assert_int_equal(told.earlier.fate, SIGNAL_FATE_PENDING);
	assert_false(watch_is_waiting(watch));
	assert_forgotten();
}

static void test_who_took_it(void **state)
{
	static const struct {
		uint32_t facts;
		uint64_t signalfd;
		bool wants_signalfd;
		enum taken_by by;
	} rows[] = {
		{EVENT_FACT_WAITED_FOR, 0, false, TAKEN_BY_SIGWAIT},
		{EVENT_FACT_WAITED_FOR | EVENT_FACT_SIGNALFD_POLLED, UINT64_MAX, false,
		 TAKEN_BY_NOT_KNOWN},
		{EVENT_FACT_ALL_BLOCKED, UINT64_MAX, false, TAKEN_BY_NOT_KNOWN},
		{EVENT_FACT_ALL_BLOCKED | EVENT_FACT_SIGNALFD_POLLED, 1ULL << (SIGTERM - 1), true,
		 TAKEN_BY_SIGNALFD},
		{EVENT_FACT_ALL_BLOCKED | EVENT_FACT_SIGNALFD_POLLED, 1ULL << (SIGINT - 1), true,
		 TAKEN_BY_NOT_KNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct watch_seen seen = clear_sets();
		struct report r = blocked(SIGTERM);

		r.facts = EVENT_FACT_PROCESS_DIRECTED | rows[i].facts;
		feed(r);
		assert_int_equal(look().signalfd, rows[i].wants_signalfd);
		seen.signalfd = rows[i].signalfd;
		see_and_conclude(seen);
		assert_told(REPORT_TAKEN, SIGTERM, 10);
		assert_int_equal(told.taken_by, rows[i].by);
	}
}

/* At once, after 1 ms, 2 ms, … 1 s, 1 s …, for a minute. */
static void test_looks_become_rare(void **state)
{
	const uint64_t sent = now;
	uint64_t pause = MS;
	unsigned int looks = 0;

	(void)state;
	feed(blocked(SIGTERM));
	assert_int_equal(watch_due_ns(watch), sent);
	while (watch_due_ns(watch) != UINT64_MAX) {
		struct watch_seen seen = clear_sets();

		now = watch_due_ns(watch);
		seen.after_ns = now;
		seen.pending = signal_bit(SIGTERM);
		see(seen);
		looks++;
		if (watch_due_ns(watch) == UINT64_MAX)
			break;
		assert_int_equal(watch_due_ns(watch), now + pause);
		pause = pause * 2 < S ? pause * 2 : S;
	}
	assert_true(now >= sent + 60 * S && now < sent + 62 * S);
	assert_true(looks > 60 && looks < 80);
	assert_forgotten();
}

static void test_looks_that_conclude_nothing(void **state)
{
	static const struct {
		uint64_t ignored;
		uint64_t caught;
		uint32_t image;
		uint32_t threads;
		bool traced;
		bool to_thread;
		bool told;
	} rows[] = {
		{0, 0, IMAGE, 3, false, false, true},
		{0, 0, IMAGE, 3, false, true, true},
		/* Thrown away by sigaction(). */
		{1ULL << (SIGTERM - 1), 0, IMAGE, 3, false, false, false},
		{1ULL << (SIGTERM - 1), 0, IMAGE, 3, false, true, false},
		{1ULL << (SIGINT - 1), 0, IMAGE, 3, false, false, true},
		/* A tracer may have it. */
		{0, 0, IMAGE, 3, true, false, false},
		/* The process goes on after exec(), but its threads do not. */
		{0, 0, IMAGE + 16, 3, false, false, true},
		{0, 0, IMAGE + 16, 3, false, true, false},
		{0, 0, 0, 3, false, true, false},
		{0, 0, IMAGE, 1, false, true, false},
		{0, 0, IMAGE, 1, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct watch_seen seen = clear_sets();

		feed(rows[i].to_thread ? to_thread(SIGTERM) : blocked(SIGTERM));
		assert_int_equal(look().tid, rows[i].to_thread ? THREAD : 0);
		seen.ignored = rows[i].ignored;
		seen.caught = rows[i].caught;
		seen.image = rows[i].image;
		seen.threads = rows[i].threads;
		seen.traced = rows[i].traced;
		see_and_conclude(seen);
		if (rows[i].told) {
			assert_told(REPORT_TAKEN, SIGTERM, 10);
			assert_int_equal(told.target.tid, rows[i].to_thread ? THREAD : TGID);
		}
		assert_forgotten();
	}
}

/* By default some signals are ignored: sigaction(SIG_DFL) throws them away, too. */
static void test_ignored_by_default(void **state)
{
	struct watch_seen seen = clear_sets();

	(void)state;
	feed(blocked(SIGWINCH));
	seen.caught = 0;
	see_and_conclude(seen);
	assert_forgotten();
	feed(blocked(SIGWINCH));
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGWINCH, 10);
}

static void test_gone(void **state)
{
	(void)state;
	feed(blocked(SIGTERM));
	look();
	assert_int_equal(watch_see(watch, NULL), 0);
	assert_forgotten();
}

/* What is never asked for. */

static void assert_not_asked(struct report r)
{
	feed(r);
	assert_forgotten();
}

static void test_never_asked(void **state)
{
	static const uint32_t facts[] = {
		EVENT_FACT_PTRACED,    EVENT_FACT_KTHREAD,	EVENT_FACT_EXITING,
		EVENT_FACT_GROUP_EXEC, EVENT_FACT_CORE_DUMPING, EVENT_FACT_ALL_EXITING,
	};
	static const int job_control[] = {SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGKILL};
	static const int by_default[] = {SIGCHLD, SIGURG, SIGWINCH};
	struct report r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		r = blocked(SIGTERM);
		r.facts |= facts[i];
		assert_not_asked(r);
		r = waited_for(SIGTERM);
		r.facts |= facts[i];
		assert_not_asked(r);
	}
	for (size_t i = 0; i < ARRAY_SIZE(job_control); i++) {
		assert_not_asked(blocked(job_control[i]));
		assert_not_asked(waited_for(job_control[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(by_default); i++) {
		r = blocked(by_default[i]);
		r.handler = 0;
		assert_not_asked(r);
	}
	r = blocked(SIGTERM);
	r.tracer_tgid = 9;
	assert_not_asked(r);
	r = blocked(SIGTERM);
	r.handler = IGNORE;
	assert_not_asked(r);
	r = blocked(SIGTERM);
	r.code = SI_TIMED;
	assert_not_asked(r);
	/* Not blocked: a delivery is to come. */
	r = blocked(SIGTERM);
	r.facts = EVENT_FACT_PROCESS_DIRECTED;
	assert_not_asked(r);
	/* Perhaps a thread that was not read does not block it. */
	r = blocked(SIGTERM);
	r.facts |= EVENT_FACT_SCAN_CUT;
	assert_not_asked(r);
	r = blocked(SIGTERM);
	r.result = EVENT_RESULT_ALREADY_PENDING;
	assert_not_asked(r);
	r = blocked(RT3);
	r.result = EVENT_RESULT_OVERFLOW_FAIL;
	assert_not_asked(r);
	r = blocked(RT3);
	r.result = EVENT_RESULT_LOSE_INFO;
	assert_not_asked(r);
	/* Not in the queue that it was sent to. */
	r = blocked(SIGTERM);
	r.pending_process = 0;
	r.pending_thread = signal_bit(SIGTERM);
	assert_not_asked(r);
	r = to_thread(SIGTERM);
	r.pending_process = signal_bit(SIGTERM);
	r.pending_thread = 0;
	assert_not_asked(r);
	/* Selected as the sender only. */
	r = blocked(SIGTERM);
	r.facts |= EVENT_FACT_MATCHED_FROM;
	assert_not_asked(r);
	r.facts |= EVENT_FACT_MATCHED_TO;
	feed(r);
	look();
}

static void test_lost_info_is_asked(void **state)
{
	struct report r = blocked(SIGTERM);

	(void)state;
	r.result = EVENT_RESULT_LOSE_INFO;
	feed(r);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGTERM, 10);
}

/* What ends it. */

static void test_lost(void **state)
{
	(void)state;
	feed(blocked(SIGTERM));
	feed(ignored(SIGINT));
	see(clear_sets());
	watch_lost(watch);
	assert_int_equal(watch_conclude(watch, UINT64_MAX), 0);
	assert_int_equal(told_count, 0);
	assert_false(watch_is_waiting(watch));
	/* That of a handler rests on no record. */
	now += S;
	assert_int_equal(look().sig, SIGINT);
	/* What comes afterwards is asked for as ever. */
	feed(blocked(SIGTERM));
	assert_int_equal(watch_see(watch, NULL), 0);
	see_and_conclude(clear_sets());
	assert_told(REPORT_TAKEN, SIGTERM, 10);
}

static void test_exit(void **state)
{
	struct report r = {.kind = REPORT_EXIT, .target = task_of(TGID, START + 1)};

	(void)state;
	feed(blocked(SIGTERM));
	feed(to_thread(SIGINT));
	see(clear_sets());
	feed(r); /* of the one that had the number before */
	assert_true(watch_is_waiting(watch));
	r.target = task_of(TGID, START);
	feed(r);
	assert_forgotten();
}

/* What the caller's function returns ends everything, and the rest is not lost. */
static void test_error(void **state)
{
	struct report r;

	(void)state;
	feed(blocked(SIGTERM));
	told_result = -EPIPE;
	r = blocked(SIGTERM);
	assert_int_equal(feed_result(&r), -EPIPE);
	told_result = 0;
	feed(blocked(SIGTERM));
	see(clear_sets());
	told_result = -EPIPE;
	assert_int_equal(watch_conclude(watch, 500), -EPIPE);
	told_count = 0;
	assert_forgotten();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_taken_by_sigwait),
		TEST(test_who_took_it),
		TEST(test_looks_become_rare),
		TEST(test_looks_that_conclude_nothing),
		TEST(test_ignored_by_default),
		TEST(test_gone),
		TEST(test_never_asked),
		TEST(test_lost_info_is_asked),
		TEST(test_lost),
		TEST(test_exit),
		TEST(test_error),
#undef TEST
	};

	return cmocka_run_group_tests_name("watch_taken", tests, NULL, NULL);
}
