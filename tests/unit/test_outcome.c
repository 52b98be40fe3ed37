/* SPDX-License-Identifier: BSD-2-Clause */
/* What a SIGKILL and an exit are said to follow. */
#include "outcome_reports.h"

/* Escalation. */

static void test_kill_after_ignored(void **state)
{
	struct report_earlier e;

	(void)state;
	ignore(SIGTERM);
	now += 10000;
	e = escalate(0);
	assert_earlier(e, SIGTERM, 10000, SIGNAL_FATE_IGNORED, false);
	assert_int_equal(e.sender_kind, SENDER_USER);
	assert_int_equal(e.sender.source, REPORT_SOURCE_EVENT);
	assert_int_equal(e.sender.tgid, RUNC);
	assert_string_equal(e.sender.comm, "runc");
}

static void test_kill_after_handled(void **state)
{
	(void)state;
	generate(SIGTERM);
	now += 5;
	deliver(SIGTERM, HANDLER);
	now += 95;
	assert_earlier(escalate(0), SIGTERM, 100, SIGNAL_FATE_HANDLED, false);
}

/* Queued, and the pending set of the SIGKILL says whether it still is. */
static void test_kill_after_pending(void **state)
{
	(void)state;
	generate(SIGTERM);
	now += 100;
	assert_earlier(escalate(signal_bit(SIGTERM)), SIGTERM, 100, SIGNAL_FATE_PENDING, false);
	/* Of another number: taken by sigwait() or a signalfd. */
	assert_earlier(escalate(signal_bit(SIGINT)), SIGTERM, 100, SIGNAL_FATE_NOT_KNOWN, false);
}

static void test_kill_after_pending_in_thread(void **state)
{
	static const struct {
		uint32_t tid; /* whose pending set comes with the SIGKILL */
		uint64_t pending_thread;
		uint64_t pending_process;
		enum signal_fate fate;
	} rows[] = {
		{101, 1ULL << (SIGTERM - 1), 0, SIGNAL_FATE_PENDING},
		{101, 0, 1ULL << (SIGTERM - 1), SIGNAL_FATE_NOT_KNOWN},
		{100, 1ULL << (SIGTERM - 1), 0, SIGNAL_FATE_NOT_KNOWN},
		{100, 0, 0, SIGNAL_FATE_NOT_KNOWN},
	};
	struct report r = generation(SIGTERM);

	(void)state;
	r.process_directed = false;
	r.target.tid = 101;
	feed(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report kill = fatal_generation(SIGKILL);

		kill.target.tid = rows[i].tid;
		kill.pending_thread = rows[i].pending_thread;
		kill.pending_process = rows[i].pending_process;
		feed(&kill);
		assert_earlier(kill.earlier, SIGTERM, 0, rows[i].fate, false);
	}
}

/* SIGTERM began the group exit, but the process is stuck on its way out. */
static void test_kill_after_default_action(void **state)
{
	struct report r = fatal_generation(SIGTERM);
	struct report kill;

	(void)state;
	feed(&r);
	now += 9;
	kill = fatal_generation(SIGKILL);
	kill.result = EVENT_RESULT_IGNORED;
	kill.group_exit_code = SIGTERM;
	feed(&kill);
	assert_earlier(kill.earlier, SIGTERM, 9, SIGNAL_FATE_ACTED, false);
}

static void test_kill_follows_nothing(void **state)
{
	static const int harmless[] = {SIGCHLD, SIGCONT, SIGURG,  SIGWINCH, SIGSTOP,
				       SIGTSTP, SIGTTIN, SIGTTOU, 32,	    33};
	struct report r;

	(void)state;
	assert_none(escalate(0));
	now += 1;
	assert_none(escalate(0)); /* a second one does not escalate the first */
	after(SIGKILL);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		generate(harmless[i]);
	assert_none(escalate(0));
	after(SIGKILL);
	/* Refused with EAGAIN. */
	r = generation(RT3);
	r.result = EVENT_RESULT_OVERFLOW_FAIL;
	feed(&r);
	assert_none(escalate(0));
	/* Another signal is no escalation. */
	generate(SIGTERM);
	r = generation(SIGINT);
	feed(&r);
	assert_none(r.earlier);
	r = generation(SIGTERM);
	r.boot_ns = now + 1; /* not before the SIGKILL */
	after(SIGKILL);
	feed(&r);
	assert_none(escalate(0));
}

/* Who else asked: the plainest, and of two alike the last. */
static void test_kill_follows_the_plainest(void **state)
{
	(void)state;
	generate(RT3);
	now += 1;
	assert_earlier(escalate(signal_bit(RT3)), RT3, 1, SIGNAL_FATE_PENDING, false);
	generate(SIGUSR1);
	now += 1;
	generate(RT3);
	assert_earlier(escalate(signal_bit(SIGUSR1)), SIGUSR1, 1, SIGNAL_FATE_PENDING, false);
	generate(SIGUSR2);
	assert_int_equal(escalate(0).sig, SIGUSR2);
	ignore(SIGHUP);
	now += 1;
	generate(SIGUSR2);
	assert_int_equal(escalate(0).sig, SIGHUP);
	ignore(SIGQUIT);
	assert_int_equal(escalate(0).sig, SIGQUIT);
	now += 1;
	ignore(SIGINT);
	assert_int_equal(escalate(0).sig, SIGINT);
	now += 1;
	ignore(SIGTERM);
	assert_int_equal(escalate(0).sig, SIGTERM);
	now += 1;
	ignore(SIGHUP);
	assert_int_equal(escalate(0).sig, SIGHUP);
}

static void test_wishes_by_sender(void **state)
{
	enum who { OTHER, ITSELF, KERNEL };
	static const struct {
		int sig;
		enum who who;
		bool asks;
	} rows[] = {
		{SIGHUP, KERNEL, true},	  /* its terminal went away */
		{SIGXCPU, KERNEL, true},  /* the soft limit */
		{SIGALRM, KERNEL, false}, /* a timer */
		{SIGSEGV, KERNEL, false}, /* a JVM's null check */
		{SIGALRM, OTHER, true},	  /* somebody's stop signal */
		{SIGUSR1, ITSELF, false}, /* a runtime's own */
		{SIGTERM, ITSELF, true},  /* if nothing else does */
		{RT3, ITSELF, false},	  {SIGXCPU, ITSELF, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r = ignored_generation(rows[i].sig);

		if (rows[i].who == ITSELF)
			r.sender = task_of(TGID, START);
		if (rows[i].who == KERNEL) {
			r.sender_kind = SENDER_KERNEL;
			r.sender = (struct report_task){0};
		}
		feed(&r);
		assert_int_equal(escalate(0).sig, rows[i].asks ? rows[i].sig : 0);
		after(SIGKILL);
	}
	/* What it sent to itself comes last, also when it was the last. */
	generate(RT3);
	generate(SIGUSR1);
	now += 1;
	{
		struct report r = generation(SIGTERM);

		r.sender = task_of(TGID, START);
		feed(&r);
		assert_int_equal(escalate(0).sig, SIGUSR1);
		/* The number is that of an earlier process. */
		r.sender.start_boot_ns--;
		feed(&r);
		assert_int_equal(escalate(0).sig, SIGTERM);
	}
}

/* Which generation of a number is meant. */

static void test_the_latest_of_a_number(void **state)
{
	(void)state;
	ignore(SIGTERM);
	now += 10;
	ignore(SIGTERM);
	now += 1;
	assert_int_equal(escalate(0).elapsed_ns, 1);
	after(SIGKILL);
	generate(SIGTERM);
	deliver(SIGTERM, HANDLER);
	now += 10;
	generate(SIGTERM);
	now += 1;
	assert_earlier(escalate(signal_bit(SIGTERM)), SIGTERM, 1, SIGNAL_FATE_PENDING, false);
}

static void test_already_pending_keeps_the_first(void **state)
{
	struct report r;

	(void)state;
	generate(SIGTERM);
	now += 10;
	r = generation(SIGTERM);
	r.result = EVENT_RESULT_ALREADY_PENDING;
	feed(&r);
	now += 1;
	assert_int_equal(escalate(signal_bit(SIGTERM)).elapsed_ns, 11);
	/* The first was taken, and the one that is pending was not seen. */
	deliver(SIGTERM, HANDLER);
	r.boot_ns = now;
	feed(&r);
	assert_earlier(escalate(signal_bit(SIGTERM)), SIGTERM, 0, SIGNAL_FATE_PENDING, false);
	assert_earlier(after(SIGTERM), SIGTERM, 0, SIGNAL_FATE_NOT_KNOWN, false);
}

/* The queue that the thread took it from, and what is left there. */
static void test_delivery_of_another_instance(void **state)
{
	struct report d;
	struct report r;

	(void)state;
	generate(RT3);
	generate(RT3);
	d = delivery(RT3, HANDLER);
	d.pending_process = signal_bit(RT3);
	feed(&d);
	assert_int_equal(escalate(signal_bit(RT3)).fate, SIGNAL_FATE_PENDING);
	d.pending_process = signal_bit(SIGTERM);
	feed(&d);
	assert_int_equal(escalate(0).fate, SIGNAL_FATE_HANDLED);
	after(SIGKILL);

	/* Directed at a thread: another one took its own. */
	r = generation(SIGTERM);
	r.process_directed = false;
	r.target.tid = 101;
	feed(&r);
	deliver(SIGTERM, HANDLER);
	assert_int_equal(escalate(0).fate, SIGNAL_FATE_NOT_KNOWN);
	d = delivery(SIGTERM, HANDLER);
	d.target.tid = 101;
	d.pending_process = signal_bit(SIGTERM);
	feed(&d);
	assert_int_equal(escalate(0).fate, SIGNAL_FATE_HANDLED);
}

static void test_fates_at_delivery(void **state)
{
	static const struct {
		struct report delivery;
		enum signal_fate fate;
	} rows[] = {
		{{.sig = SIGTERM, .handler = HANDLER}, SIGNAL_FATE_HANDLED},
		{{.sig = SIGTERM, .handler = 0}, SIGNAL_FATE_ACTED},
		{{.sig = SIGTERM, .handler = IGNORE}, SIGNAL_FATE_IGNORED},
		{{.sig = SIGTERM, .handler = 0, .signal_flags = 0x40}, SIGNAL_FATE_IGNORED},
		{{.sig = SIGKILL, .signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM},
		 SIGNAL_FATE_ACTED},
		/* No thread takes it from the queue any more. */
		{{.sig = SIGKILL,
		  .signal_flags = GROUP_EXIT,
		  .group_exit_code = SIGTERM,
		  .pending_process = 1ULL << (SIGTERM - 1)},
		 SIGNAL_FATE_ACTED},
		/* Another number, another death, an exec, exit_group(). */
		{{.sig = SIGINT, .handler = HANDLER}, SIGNAL_FATE_PENDING},
		{{.sig = SIGKILL, .signal_flags = GROUP_EXIT, .group_exit_code = SIGINT},
		 SIGNAL_FATE_PENDING},
		{{.sig = SIGKILL, .signal_flags = GROUP_EXIT, .group_exit_code = CODE(SIGTERM)},
		 SIGNAL_FATE_PENDING},
		{{.sig = SIGKILL, .facts = EVENT_FACT_GROUP_EXEC}, SIGNAL_FATE_PENDING},
		/* Out of range, and another kind. */
		{{.sig = 0}, SIGNAL_FATE_PENDING},
		{{.sig = 65}, SIGNAL_FATE_PENDING},
		{{.sig = -1}, SIGNAL_FATE_PENDING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report d = rows[i].delivery;

		d.kind = REPORT_DELIVER;
		d.boot_ns = now;
		d.target = task_of(TGID, START);
		generate(SIGTERM);
		feed(&d);
		/* The first delivery counts: what comes now is of another generation. */
		if (rows[i].fate != SIGNAL_FATE_PENDING)
			deliver(SIGTERM, HANDLER);
		assert_int_equal(escalate(signal_bit(SIGTERM)).fate, rows[i].fate);
		after(SIGKILL);
	}
}

/* Exits. */

static void test_exit_with_a_code(void **state)
{
	struct report_earlier e;

	(void)state;
	assert_none(after(CODE(0)));
	generate(SIGTERM);
	deliver(SIGTERM, HANDLER);
	now += 102;
	e = after(CODE(143));
	assert_earlier(e, SIGTERM, 102, SIGNAL_FATE_HANDLED, false);
	assert_int_equal(e.sender.tgid, RUNC);
	/* It is forgotten. */
	assert_none(after(CODE(0)));
	assert_none(escalate(0));
	after(SIGKILL);
	/* exit_group(15) is no death by SIGTERM. */
	generate(SIGTERM);
	assert_earlier(after(CODE(SIGTERM)), SIGTERM, 0, SIGNAL_FATE_NOT_KNOWN, false);
}

static void test_exit_prefers_what_was_not_ignored(void **state)
{
	struct report r;

	(void)state;
	ignore(SIGTERM);
	now += 3;
	assert_earlier(after(CODE(0)), SIGTERM, 3, SIGNAL_FATE_IGNORED, false);

	generate(SIGUSR1);
	deliver(SIGUSR1, HANDLER);
	now += 1;
	ignore(SIGTERM);
	assert_earlier(after(CODE(0)), SIGUSR1, 1, SIGNAL_FATE_HANDLED, false);

	generate(SIGTERM);
	deliver(SIGTERM, HANDLER);
	now += 1;
	generate(SIGUSR1);
	deliver(SIGUSR1, HANDLER);
	assert_earlier(after(CODE(0)), SIGTERM, 1, SIGNAL_FATE_HANDLED, false);

	/* Of two alike the last. */
	generate(SIGTERM);
	now += 1;
	generate(SIGHUP);
	assert_int_equal(after(CODE(0)).sig, SIGHUP);
	generate(SIGHUP);
	now += 1;
	generate(SIGTERM);
	assert_int_equal(after(CODE(0)).sig, SIGTERM);

	/* Handled, then the same number ignored: a Go program as init raises it again in vain. */
	generate(SIGTERM);
	deliver(SIGTERM, HANDLER);
	now += 1;
	r = ignored_generation(SIGTERM);
	r.sender = task_of(TGID, START);
	feed(&r);
	assert_earlier(after(CODE(2)), SIGTERM, 1, SIGNAL_FATE_HANDLED, false);

	/* What nobody meant comes last, also behind what was ignored; but better than nothing. */
	r = generation(SIGALRM);
	r.sender_kind = SENDER_KERNEL;
	feed(&r);
	now += 1;
	assert_earlier(after(CODE(0)), SIGALRM, 1, SIGNAL_FATE_NOT_KNOWN, false);
	ignore(SIGTERM);
	feed(&r);
	deliver(SIGALRM, HANDLER);
	assert_int_equal(after(CODE(0)).sig, SIGTERM);
}

static void test_death_by_the_signal(void **state)
{
	static const int32_t codes[] = {SIGTERM, SIGTERM | CORE};
	struct report r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		r = fatal_generation(SIGTERM);
		feed(&r);
		now += 300;
		deliver_group_exit(SIGTERM);
		generate(SIGINT); /* no part in it */
		assert_earlier(after(codes[i]), SIGTERM, 300, SIGNAL_FATE_ACTED, true);
	}
	/* A core dump: queued like any other, then its default action. */
	r = generation(SIGQUIT);
	r.handler = 0;
	feed(&r);
	deliver(SIGQUIT, 0);
	assert_earlier(after(SIGQUIT | CORE), SIGQUIT, 0, SIGNAL_FATE_ACTED, true);
	/* The delivery was not seen, but the wait status says it. */
	feed(&r);
	assert_earlier(after(SIGQUIT | CORE), SIGQUIT, 0, SIGNAL_FATE_ACTED, true);
	/* Thread-directed, and from the kernel. */
	r = generation(SIGSEGV);
	r.process_directed = false;
	r.target.tid = 101;
	r.sender_kind = SENDER_KERNEL;
	r.sender = (struct report_task){0};
	feed(&r);
	now += 4;
	{
		struct report_earlier e = after(SIGSEGV | CORE);

		assert_earlier(e, SIGSEGV, 4, SIGNAL_FATE_ACTED, true);
		assert_int_equal(e.sender_kind, SENDER_KERNEL);
		assert_int_equal(e.sender.source, REPORT_SOURCE_ABSENT);
	}
}

static void test_death_by_kill_after_term(void **state)
{
	(void)state;
	ignore(SIGTERM);
	now += 10000;
	escalate(0);
	now += 3;
	deliver_group_exit(SIGKILL);
	assert_earlier(after(SIGKILL), SIGKILL, 3, SIGNAL_FATE_ACTED, true);
}

/* What is sent to a dying process has no part in its end. */
static void test_too_late(void **state)
{
	struct report first = fatal_generation(SIGTERM);
	struct report late;

	(void)state;
	feed(&first);
	now += 10;
	late = fatal_generation(SIGTERM);
	late.result = EVENT_RESULT_IGNORED;
	feed(&late);
	/* Before 5.16 it is queued. */
	late.result = EVENT_RESULT_ALREADY_PENDING;
	feed(&late);
	late.result = EVENT_RESULT_DELIVERED;
	feed(&late);
	assert_earlier(after(SIGTERM), SIGTERM, 10, SIGNAL_FATE_ACTED, true);

	late.result = EVENT_RESULT_IGNORED;
	late.group_exit_code = CODE(1);
	feed(&late);
	assert_none(after(CODE(1)));
	late.result = EVENT_RESULT_DELIVERED;
	feed(&late);
	assert_none(after(CODE(1)));

	/* But SIGKILL gives up a core dump. */
	late = fatal_generation(SIGKILL);
	late.facts = EVENT_FACT_CORE_DUMPING;
	feed(&late);
	assert_earlier(after(SIGKILL), SIGKILL, 0, SIGNAL_FATE_ACTED, true);
}

static void test_death_by_what_was_not_seen(void **state)
{
	(void)state;
	generate(SIGINT);
	deliver(SIGINT, HANDLER);
	now += 5;
	assert_earlier(after(SIGTERM), SIGINT, 5, SIGNAL_FATE_HANDLED, false);
	/* The one that was seen was handled, or ignored: it was another one. */
	generate(SIGTERM);
	deliver(SIGTERM, HANDLER);
	assert_earlier(after(SIGTERM), SIGTERM, 0, SIGNAL_FATE_HANDLED, false);
	ignore(SIGTERM);
	assert_earlier(after(SIGTERM), SIGTERM, 0, SIGNAL_FATE_IGNORED, false);
	assert_none(after(SIGKILL));
	/* Dropped, and queued before: the process died of the latter. */
	generate(SIGTERM);
	now += 1;
	ignore(SIGTERM);
	assert_earlier(after(SIGTERM), SIGTERM, 1, SIGNAL_FATE_ACTED, true);
}

static void test_exit_near_misses(void **state)
{
	struct report r;

	(void)state;
	generate(SIGTERM);
	r = exit_report(SIGTERM);
	r.target.start_boot_ns++;
	assert_false(outcome_exit(outcome, &r));
	r = exit_report(SIGTERM);
	r.target.tgid++;
	assert_false(outcome_exit(outcome, &r));
	r = exit_report(SIGTERM);
	r.kind = REPORT_DELIVER;
	assert_false(outcome_exit(outcome, &r));
	assert_none(r.earlier);
	assert_int_equal(after(SIGTERM).sig, SIGTERM);
	/* Ended before it was sent: some record is wrong, and it is forgotten. */
	generate(SIGTERM);
	now--;
	assert_none(after(SIGTERM));
	now++;
	assert_none(after(SIGTERM));
}

/* Reports of another kind change nothing. */
static void test_kinds(void **state)
{
	const struct verdict v = {.cause = CAUSE_CAUGHT, .effect = EFFECT_ACTS};
	static const int out_of_range[] = {0, -1, SIGNAL_MAX + 1};
	struct report r = generation(SIGTERM);

	(void)state;
	r.kind = REPORT_DELIVER;
	outcome_generate(outcome, &r, &v);
	assert_none(after(SIGTERM));
	for (size_t i = 0; i < ARRAY_SIZE(out_of_range); i++) {
		r = generation(SIGTERM);
		r.sig = out_of_range[i];
		outcome_generate(outcome, &r, &v);
		assert_none(after(CODE(0)));
	}
	generate(SIGTERM);
	r = generation(SIGTERM);
	r.pending_process = 0;
	outcome_deliver(outcome, &r, &v);
	assert_int_equal(escalate(signal_bit(SIGTERM)).fate, SIGNAL_FATE_PENDING);
}

/* Who sent it. */

static void test_origins_are_kept(void **state)
{
	static const struct {
		enum origin origin;
		bool kernel;
		bool actor;
	} rows[] = {
		{ORIGIN_PID_NAMESPACE_TEARDOWN, true, true},
		{ORIGIN_CGROUP_KILL, true, true},
		{ORIGIN_PARENT_DEATH, false, false}, /* the sender itself */
		{ORIGIN_TTY_HANGUP, true, false},    /* `current` is whoever ran */
		{ORIGIN_NOT_KNOWN, true, false},
		{ORIGIN_NOT_KNOWN, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r = generation(SIGTERM);
		struct report_earlier e[2];

		r.origin = rows[i].origin;
		if (rows[i].kernel) {
			r.sender_kind = SENDER_KERNEL;
			r.sender_acts_for = r.sender;
			r.sender = (struct report_task){0};
		}
		feed(&r);
		e[0] = escalate(signal_bit(SIGTERM));
		feed(&r);
		e[1] = after(SIGTERM);
		for (int exit = 0; exit < 2; exit++) {
			assert_int_equal(e[exit].sig, SIGTERM);
			assert_int_equal(e[exit].origin, rows[i].origin);
			assert_int_equal(e[exit].sender_kind,
					 rows[i].kernel ? SENDER_KERNEL : SENDER_USER);
			assert_int_equal(e[exit].sender.source, rows[i].kernel
									? REPORT_SOURCE_ABSENT
									: REPORT_SOURCE_EVENT);
			assert_int_equal(e[exit].instead.source, rows[i].actor
									 ? REPORT_SOURCE_EVENT
									 : REPORT_SOURCE_ABSENT);
			assert_int_equal(e[exit].instead.tgid, rows[i].actor ? RUNC : 0);
			assert_int_equal(e[exit].sender.tgid, rows[i].kernel ? 0 : RUNC);
		}
	}
}

/* What became of one that the caller kept for itself. */

static enum signal_fate fate(int sig, uint64_t boot_ns)
{
	const struct report_task process = task_of(TGID, START);

	return outcome_fate(outcome, &process, sig, boot_ns);
}

static void test_fate_of_one(void **state)
{
	const uint64_t first = now;
	struct report_task other = task_of(TGID, START + 1);

	(void)state;
	assert_int_equal(fate(SIGTERM, now), SIGNAL_FATE_NOT_KNOWN);
	generate(SIGTERM);
	assert_int_equal(fate(SIGTERM, first), SIGNAL_FATE_PENDING);
	assert_int_equal(fate(SIGINT, first), SIGNAL_FATE_NOT_KNOWN);
	assert_int_equal(fate(SIGTERM, first + 1), SIGNAL_FATE_NOT_KNOWN);
	assert_int_equal(outcome_fate(outcome, &other, SIGTERM, first), SIGNAL_FATE_NOT_KNOWN);
	now += 5;
	deliver(SIGTERM, HANDLER);
	assert_int_equal(fate(SIGTERM, first), SIGNAL_FATE_HANDLED);
	/* The one that was dropped does not hide it. */
	ignore(SIGTERM);
	assert_int_equal(fate(SIGTERM, now), SIGNAL_FATE_IGNORED);
	assert_int_equal(fate(SIGTERM, first), SIGNAL_FATE_HANDLED);
	/* The next one that is queued does. */
	now += 5;
	generate(SIGTERM);
	assert_int_equal(fate(SIGTERM, first), SIGNAL_FATE_NOT_KNOWN);
	assert_int_equal(fate(SIGTERM, now), SIGNAL_FATE_PENDING);
	outcome_lost(outcome);
	assert_int_equal(fate(SIGTERM, now), SIGNAL_FATE_NOT_KNOWN);
	after(CODE(0));
	assert_int_equal(fate(SIGTERM, now), SIGNAL_FATE_NOT_KNOWN);
}

static void test_fate_of_no_signal(void **state)
{
	static const int numbers[] = {INT32_MIN, -1, 0, SIGCHLD, 32, 65, 0x80 | SIGTERM, 0x10f};

	(void)state;
	generate(SIGTERM);
	ignore(SIGTERM);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_int_equal(fate(numbers[i], now), SIGNAL_FATE_NOT_KNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_kill_after_ignored),
		TEST(test_kill_after_handled),
		TEST(test_kill_after_pending),
		TEST(test_kill_after_pending_in_thread),
		TEST(test_kill_after_default_action),
		TEST(test_kill_follows_nothing),
		TEST(test_kill_follows_the_plainest),
		TEST(test_wishes_by_sender),
		TEST(test_the_latest_of_a_number),
		TEST(test_already_pending_keeps_the_first),
		TEST(test_delivery_of_another_instance),
		TEST(test_fates_at_delivery),
		TEST(test_exit_with_a_code),
		TEST(test_exit_prefers_what_was_not_ignored),
		TEST(test_death_by_the_signal),
		TEST(test_death_by_kill_after_term),
		TEST(test_too_late),
		TEST(test_death_by_what_was_not_seen),
		TEST(test_exit_near_misses),
		TEST(test_kinds),
		TEST(test_origins_are_kept),
		TEST(test_fate_of_one),
		TEST(test_fate_of_no_signal),
#undef TEST
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
