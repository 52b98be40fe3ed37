/* SPDX-License-Identifier: BSD-2-Clause */
/* When a handler is said to have come too late for a signal. */
#include "watch_reports.h"

static struct watch_seen without_handler(void)
{
	struct watch_seen seen = clear_sets();

	seen.caught = 0;
	return seen;
}

static void test_installed_later(void **state)
{
	const uint64_t sent = now;
	struct watch_seen seen;
	struct watch_look l;

	(void)state;
	feed(ignored(SIGTERM));
	assert_nothing_due();
	assert_int_equal(watch_due_ns(watch), sent + 10 * MS);
	now = sent + 10 * MS;
	l = look();
	assert_int_equal(l.tgid, TGID);
	assert_int_equal(l.start_boot_ns, START);
	assert_int_equal(l.tid, 0);
	assert_int_equal(l.sig, SIGTERM);
	assert_false(l.pending);
	assert_false(l.signalfd);
	see(without_handler());
	assert_int_equal(told_count, 0);
	now = sent + 700 * MS;
	seen = clear_sets();
	seen.caught = signal_bit(SIGTERM);
	memcpy(seen.comm, "server", 7);
	see(seen);
	assert_told(REPORT_HANDLER, SIGTERM, 700 * MS + 10);
	assert_int_equal(told.boot_ns, now + 10);
	assert_int_equal(told.missing_ns, 10 * MS);
	assert_int_equal(told.age_ns, sent - START);
	assert_string_equal(told.target.comm, "server");
	assert_int_equal(told.target.tid, TGID);
	assert_int_equal(told.earlier.fate, SIGNAL_FATE_IGNORED);
	assert_int_equal(told.earlier.sender.tgid, RUNC);
	assert_int_equal(told.earlier.sender_kind, SENDER_USER);
	assert_forgotten();
}

static void test_another_handler(void **state)
{
	struct watch_seen seen = clear_sets();

	(void)state;
	feed(ignored(SIGTERM));
	now += 10 * MS;
	seen.after_ns = now;
	seen.caught = ~signal_bit(SIGTERM);
	see(seen);
	assert_int_equal(told_count, 0);
	assert_int_equal(watch_due_ns(watch), now + 10 * MS);
}

/* Every 10 ms; from 160 ms on after a sixteenth of the time that has passed; for a minute. */
static void test_looks_become_rare(void **state)
{
	const uint64_t sent = now;
	unsigned int looks = 0;

	(void)state;
	feed(ignored(SIGTERM));
	while (watch_due_ns(watch) != UINT64_MAX) {
		struct watch_seen seen = without_handler();
		const uint64_t pause = watch_due_ns(watch) - now;
		const uint64_t share = (now - sent) / 16;

		assert_int_equal(pause, share > 10 * MS ? share : 10 * MS);
		now += pause;
		seen.after_ns = now;
		see(seen);
		looks++;
	}
	assert_true(now >= sent + 60 * S && now < sent + 65 * S);
	assert_true(looks > 50 && looks < 150);
	assert_forgotten();
}

/* The last one counts, but the looks do not wait for an end. */
static void test_ignored_again(void **state)
{
	const uint64_t sent = now;

	(void)state;
	feed(ignored(SIGTERM));
	now = sent + 9 * MS;
	feed(ignored(SIGTERM));
	assert_int_equal(watch_due_ns(watch), sent + 10 * MS);
	now = sent + 320 * MS;
	see(without_handler());
	assert_int_equal(watch_due_ns(watch), now + 10 + (320 * MS + 10) / 16);
	now = sent + 400 * MS;
	feed(ignored(SIGTERM));
	see(clear_sets());
	assert_told(REPORT_HANDLER, SIGTERM, 10);
	assert_int_equal(told.missing_ns, 0);
	assert_int_equal(told.age_ns, now - START);
}

/* Looks at one that is ignored for ever go on, four seconds apart. */
static void test_ignored_for_ever(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		feed(ignored(SIGTERM));
		now += 500 * MS;
		if (watch_due_ns(watch) <= now) {
			see(without_handler());
			assert_true(watch_due_ns(watch) > now);
			assert_true(watch_due_ns(watch) <= now + 4 * S);
		}
	}
	now = watch_due_ns(watch);
	see(clear_sets());
	assert_int_equal(told_count, 1);
}

static void test_once_is_enough(void **state)
{
	struct report r;

	(void)state;
	feed(ignored(SIGTERM));
	now += 10 * MS;
	see(clear_sets());
	assert_told(REPORT_HANDLER, SIGTERM, 10 * MS + 10);
	feed(ignored(SIGTERM));
	feed(delivery(SIGTERM));
	assert_forgotten();
	/* Another signal, another process. */
	feed(ignored(SIGINT));
	r = ignored(SIGTERM);
	r.target.start_boot_ns++;
	feed(r);
	now += 10 * MS;
	assert_int_equal(look().sig, SIGINT);
	assert_int_equal(watch_see(watch, NULL), 0);
	assert_int_equal(look().start_boot_ns, START + 1);
}

static void test_shown_by_a_report(void **state)
{
	(void)state;
	for (unsigned int deliver = 0; deliver < 2; deliver++) {
		struct report exit = {.kind = REPORT_EXIT, .target = task_of(TGID, START)};
		struct report r;

		feed(ignored(SIGTERM));
		r = deliver ? delivery(SIGTERM) : blocked(SIGTERM);
		r.facts &= ~EVENT_FACT_ALL_BLOCKED;
		r.boot_ns += 20;
		memcpy(r.target.comm, "server", 7);
		/* Nothing is proven by another signal, another process, or without a handler. */
		r.sig = SIGINT;
		feed(r);
		r.sig = SIGTERM;
		r.target.start_boot_ns++;
		feed(r);
		r.target.start_boot_ns--;
		for (r.handler = 0; r.handler < 4; r.handler++)
			feed(r);
		assert_int_equal(told_count, 0);
		r.handler = HANDLER;
		feed(r);
		assert_told(REPORT_HANDLER, SIGTERM, 20);
		assert_int_equal(told.missing_ns, 0);
		assert_string_equal(told.target.comm, "server");
		feed(exit);
	}
}

/* Read after a look that was made later: the handler was there, and is not any more. */
static void test_shown_by_an_older_report(void **state)
{
	struct report r = delivery(SIGTERM);

	(void)state;
	feed(ignored(SIGTERM));
	now += 10 * MS;
	see(without_handler());
	r.boot_ns += 5;
	feed(r);
	assert_told(REPORT_HANDLER, SIGTERM, 5);
	assert_int_equal(told.missing_ns, 0);
}

static void test_causes(void **state)
{
	static const struct {
		int sig;
		uint64_t handler;
		uint32_t signal_flags;
		bool asked;
	} rows[] = {
		{SIGTERM, 0, 0x40, true}, /* SIGNAL_UNKILLABLE */
		{SIGTERM, IGNORE, 0, true},
		{SIGWINCH, 0, 0, true}, /* ignored by default; a stop signal of httpd */
		{SIGWINCH, 0, 0x40, true},
		/* Nobody asks for anything with these. */
		{SIGCHLD, 0, 0, false},
		{SIGCHLD, IGNORE, 0, false},
		{SIGCHLD, 0, 0x40, false},
		{SIGCONT, 0, 0, false},
		{SIGCONT, IGNORE, 0, false},
		/* Already dying. */
		{SIGTERM, IGNORE, 0x4, false},
		/* There is no handler for them. */
		{SIGKILL, 0, 0x40, false},
		{SIGSTOP, 0, 0x40, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r = ignored(rows[i].sig);

		r.handler = rows[i].handler;
		r.signal_flags = rows[i].signal_flags;
		feed(r);
		assert_int_equal(watch_due_ns(watch) != UINT64_MAX, rows[i].asked);
		if (rows[i].asked) {
			now = watch_due_ns(watch);
			look();
			assert_int_equal(watch_see(watch, NULL), 0);
		}
		assert_forgotten();
	}
}

static void test_never_asked(void **state)
{
	static const uint32_t facts[] = {
		EVENT_FACT_KTHREAD,
		EVENT_FACT_EXITING,
		EVENT_FACT_ALL_EXITING,
		/* SIGPIPE and the like. */
		EVENT_FACT_INFO_NONE | EVENT_FACT_SENDER_IS_TARGET,
	};
	struct report r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		r = ignored(SIGTERM);
		r.facts |= facts[i];
		feed(r);
		assert_forgotten();
	}
	r = ignored(SIGTERM);
	r.result = EVENT_RESULT_DELIVERED;
	feed(r);
	assert_forgotten();
	/* Selected as the sender only: looks need no records. */
	r = ignored(SIGTERM);
	r.facts |= EVENT_FACT_MATCHED_FROM;
	feed(r);
	assert_int_equal(watch_due_ns(watch), now + 10 * MS);
}

static void test_ends(void **state)
{
	struct report r = {.kind = REPORT_EXIT, .target = task_of(TGID, START)};

	(void)state;
	feed(ignored(SIGTERM));
	watch_lost(watch);
	feed(r);
	assert_forgotten();
	/* After its end the same number is of somebody else. */
	feed(delivery(SIGTERM));
	assert_int_equal(told_count, 0);
	feed(ignored(SIGTERM));
	now += 10 * MS;
	look();
	assert_int_equal(watch_see(watch, NULL), 0);
	assert_forgotten();
}

static void test_error(void **state)
{
	struct watch_seen seen = clear_sets();
	struct report r;

	(void)state;
	told_result = -EPIPE;
	feed(ignored(SIGTERM));
	r = delivery(SIGTERM);
	assert_int_equal(feed_result(&r), -EPIPE);
	feed(ignored(SIGINT));
	now += 10 * MS;
	look();
	assert_int_equal(watch_see(watch, &seen), -EPIPE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_installed_later),
		TEST(test_another_handler),
		TEST(test_looks_become_rare),
		TEST(test_ignored_again),
		TEST(test_ignored_for_ever),
		TEST(test_once_is_enough),
		TEST(test_shown_by_a_report),
		TEST(test_shown_by_an_older_report),
		TEST(test_causes),
		TEST(test_never_asked),
		TEST(test_ends),
		TEST(test_error),
#undef TEST
	};

	return cmocka_run_group_tests_name("watch_handler", tests, NULL, NULL);
}
