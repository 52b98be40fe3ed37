/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "latency.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define TGID  100
#define START 50

#define HUP  1
#define QUIT 3
#define KILL 9
#define USR1 10
#define ALRM 14
#define TERM 15
#define RT   40

#define CODE_USER   0
#define CODE_KERNEL 0x80
#define CODE_QUEUE  (-1)
#define CODE_TIMER  (-2)
#define CODE_TKILL  (-6)

#define GROUP_EXIT 0x4

static struct latency *latency;
static uint64_t now;

static int setup(void **state)
{
	(void)state;
	now = 1000;
	return latency_new(&latency);
}

static int teardown(void **state)
{
	(void)state;
	latency_free(latency);
	return 0;
}

/* A generation for the process TGID; tid 0: process-directed. */
static struct report generation(int sig, uint32_t tid, int code, uint64_t value)
{
	return (struct report){
		.kind = REPORT_GENERATE,
		.boot_ns = now,
		.sig = sig,
		.code = code,
		.result = EVENT_RESULT_DELIVERED,
		.process_directed = tid == 0,
		.info_pid = 7,
		.value = value,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .start_boot_ns = START,
			   .tgid = TGID,
			   .tid = tid ? tid : TGID},
	};
}

static struct report delivery(int sig, uint32_t tid, int code, uint64_t value)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.boot_ns = now,
		.sig = sig,
		.code = code,
		.info_pid = 7,
		.value = value,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .start_boot_ns = START,
			   .tgid = TGID,
			   .tid = tid},
	};
}

static void generate(int sig, uint32_t tid, int code, uint64_t value)
{
	struct report r = generation(sig, tid, code, value);

	latency_generate(latency, &r);
}

#define NOT_PROVEN UINT64_MAX

static uint64_t deliver_report(struct report *r)
{
	latency_deliver(latency, r);
	if (!r->has_latency) {
		assert_int_equal(r->latency_ns, 0);
		return NOT_PROVEN;
	}
	return r->latency_ns;
}

/* Bits of `more`: this number is still pending afterwards. */
#define MORE_IN_THREAD 1
#define MORE_IN_SHARED 2

static uint64_t deliver(int sig, uint32_t tid, int code, uint64_t value, int more)
{
	struct report r = delivery(sig, tid, code, value);

	r.pending_thread = more & MORE_IN_THREAD ? signal_bit(sig) : 0;
	r.pending_process = more & MORE_IN_SHARED ? signal_bit(sig) : 0;
	return deliver_report(&r);
}

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

static void generate_fatal(int sig, uint32_t tid, int code)
{
	struct report r = generation(sig, tid, CODE_USER, 0);

	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = code;
	latency_generate(latency, &r);
}

static uint64_t deliver_kill(uint32_t tid, uint32_t flags, int code)
{
	struct report r = delivery(KILL, tid, CODE_USER, 0);

	r.facts = EVENT_FACT_INFO_NONE;
	r.info_pid = 0;
	r.signal_flags = flags;
	r.group_exit_code = code;
	return deliver_report(&r);
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

static void test_exit_forgets_only_the_process(void **state)
{
	struct report other;

	(void)state;
	generate(USR1, 0, CODE_USER, 0);
	generate(USR1, 101, CODE_TKILL, 0);
	for (int i = 0; i < 10; i++)
		generate(RT, 0, CODE_QUEUE, 0);
	other = generation(USR1, 0, CODE_USER, 0);
	other.target.tgid = TGID + 1;
	latency_generate(latency, &other);
	latency_exit(latency, TGID);
	latency_exit(latency, TGID);
	latency_exit(latency, 4000000);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_TKILL, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), NOT_PROVEN);
	other = delivery(USR1, 101, CODE_USER, 0);
	other.target.tgid = TGID + 1;
	assert_int_equal(deliver_report(&other), 0);
}

/* More processes than places in the table of processes. */
static void test_exit_among_many(void **state)
{
	const uint32_t count = LATENCY_ENTRIES_MAX;

	(void)state;
	for (uint32_t tgid = 1; tgid <= count; tgid++) {
		struct report r = generation(USR1, 0, CODE_USER, 0);

		r.target.tgid = tgid;
		latency_generate(latency, &r);
	}
	for (uint32_t tgid = 1; tgid <= count / 2; tgid++)
		latency_exit(latency, tgid);
	for (uint32_t tgid = 1; tgid <= count; tgid++) {
		struct report r = delivery(USR1, 1, CODE_USER, 0);

		r.target.tgid = tgid;
		assert_int_equal(deliver_report(&r), tgid <= count / 2 ? NOT_PROVEN : 0);
	}
}

static struct report traced(struct report r)
{
	r.facts |= EVENT_FACT_PTRACED;
	return r;
}

static void test_traced(void **state)
{
	struct report r;

	(void)state;
	/* A lone one is beyond doubt. */
	generate(USR1, 0, CODE_USER, 0);
	now += 10;
	r = traced(delivery(USR1, 101, CODE_USER, 0));
	assert_int_equal(deliver_report(&r), 10);

	/* The tracer replaced the siginfo; the entry is gone all the same. */
	generate(USR1, 0, CODE_USER, 0);
	r = traced(delivery(USR1, 101, CODE_USER, 0));
	r.info_pid = 1;
	assert_int_equal(deliver_report(&r), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);

	/* The tracer holds the first while the second comes: neither is proven. */
	generate(USR1, 0, CODE_USER, 0);
	now += 10;
	r = traced(generation(USR1, 0, CODE_USER, 0));
	latency_generate(latency, &r);
	r = traced(delivery(USR1, 101, CODE_USER, 0));
	assert_int_equal(deliver_report(&r), NOT_PROVEN);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);

	/* The same, and the tracer is gone by the time of the delivery. */
	generate(USR1, 0, CODE_USER, 0);
	r = traced(generation(USR1, 0, CODE_USER, 0));
	latency_generate(latency, &r);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);

	/* Two in one queue, or one in each. */
	generate(RT, 0, CODE_QUEUE, 0);
	generate(RT, 0, CODE_QUEUE, 0);
	r = traced(delivery(RT, 101, CODE_QUEUE, 0));
	assert_int_equal(deliver_report(&r), NOT_PROVEN);
	generate(RT, 0, CODE_QUEUE, 0);
	generate(RT, 101, CODE_QUEUE, 0);
	r = traced(delivery(RT, 101, CODE_QUEUE, 0));
	assert_int_equal(deliver_report(&r), NOT_PROVEN);

	/* Nothing of that is left. */
	generate(RT, 101, CODE_QUEUE, 0);
	r = traced(delivery(RT, 101, CODE_QUEUE, 0));
	assert_int_equal(deliver_report(&r), 0);
}

static void test_lost_records(void **state)
{
	(void)state;
	generate(USR1, 0, CODE_USER, 0);
	generate_fatal(TERM, 0, TERM);
	now = 2000;
	latency_lost(latency, 2000);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), NOT_PROVEN);
	assert_int_equal(deliver_kill(101, GROUP_EXIT, TERM), NOT_PROVEN);

	/* The first report after the gap counts again, for standard signals. */
	generate(USR1, 0, CODE_USER, 0);
	now += 10;
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 10);

	/* The very same real-time signals may have been queued in the gap; the last one is proven.
	 */
	generate(RT, 0, CODE_QUEUE, 0);
	now += 10;
	generate(RT, 0, CODE_QUEUE, 0);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, MORE_IN_SHARED), NOT_PROVEN);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), 10);

	/* An earlier gap, told later, changes nothing. */
	generate(USR1, 0, CODE_USER, 0);
	latency_lost(latency, 5);
	assert_int_equal(deliver(USR1, 101, CODE_USER, 0, 0), 0);
}

static void test_process_from_after_the_gap(void **state)
{
	(void)state;
	latency_lost(latency, START);
	generate(RT, 0, CODE_QUEUE, 0);
	now += 10;
	generate(RT, 0, CODE_QUEUE, 0);
	now += 10;
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, MORE_IN_SHARED), 20);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 0, 0), 10);
}

static void test_eviction_of_the_oldest(void **state)
{
	struct report r;

	(void)state;
	for (uint32_t i = 0; i < LATENCY_ENTRIES_MAX + 100; i++) {
		r = generation(USR1, 0, CODE_USER, 0);
		r.target.tgid = 1 + i;
		latency_generate(latency, &r);
		now++;
	}
	assert_int_equal(latency_evicted(latency), 100);
	for (uint32_t i = 0; i < LATENCY_ENTRIES_MAX + 100; i++) {
		r = delivery(USR1, 1, CODE_USER, 0);
		r.target.tgid = 1 + i;
		assert_int_equal(deliver_report(&r),
				 i < 100 ? NOT_PROVEN : LATENCY_ENTRIES_MAX + 100 - i);
	}
	/* Room again. */
	for (uint32_t i = 0; i < LATENCY_ENTRIES_MAX; i++) {
		r = generation(USR1, 0, CODE_USER, 0);
		r.target.tgid = 1 + i;
		latency_generate(latency, &r);
	}
	assert_int_equal(latency_evicted(latency), 100);
	for (uint32_t i = 0; i < LATENCY_ENTRIES_MAX; i++)
		latency_exit(latency, 1 + i);
	for (int i = 0; i < LATENCY_QUEUE_MAX; i++)
		generate(RT, 0, CODE_QUEUE, 0);
	assert_int_equal(latency_evicted(latency), 100);
}

/* A reader of a signalfd leaves its entries; it must not crowd out a patient blocked signal. */
static void test_one_queue_does_not_fill_the_table(void **state)
{
	(void)state;
	generate(TERM, 0, CODE_USER, 0);
	for (int i = 0; i < 3 * LATENCY_ENTRIES_MAX; i++) {
		now++;
		generate(RT, 0, CODE_QUEUE, (uint64_t)i);
	}
	assert_int_equal(latency_evicted(latency), 3 * LATENCY_ENTRIES_MAX - LATENCY_QUEUE_MAX);
	assert_int_equal(deliver(TERM, 101, CODE_USER, 0, 0), 3 * LATENCY_ENTRIES_MAX);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 3 * LATENCY_ENTRIES_MAX - 1, 0), 0);
	assert_int_equal(deliver(RT, 101, CODE_QUEUE, 3 * LATENCY_ENTRIES_MAX - 2, 0), NOT_PROVEN);
}

static void test_free_accepts_null(void **state)
{
	(void)state;
	latency_free(NULL);
}

/*
 * A model of the kernel's queues, driven by chance. It knows the truth of every delivery, so every
 * latency that is claimed can be judged.
 */
#define MODEL_THREADS	3
#define MODEL_QUEUE_MAX 12

static const int model_sigs[] = {USR1, ALRM, RT, 41};

struct instance {
	uint64_t boot_ns;
	uint64_t value;
	int code;
	int32_t info_pid;
};

struct model_queue {
	struct instance queued[MODEL_QUEUE_MAX];
	size_t count;
	bool bit;
	uint64_t bare_boot_ns;
};

struct model {
	struct model_queue queues[1 + MODEL_THREADS][ARRAY_SIZE(model_sigs)]; /* [0] is shared */
	uint64_t random;
	uint64_t next_value;
	/* What may happen. */
	bool consumes;	   /* signals are consumed without a deliver event */
	bool unique;	   /* every siginfo is another one */
	bool loses_info;   /* RLIMIT_SIGPENDING is reached now and then */
	bool loses_events; /* records are lost */
	/* What happened. */
	bool gap;
	unsigned int delivered;
	unsigned int claimed;
};

static uint32_t chance(struct model *m, uint32_t n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (uint32_t)(m->random >> 33) % n;
}

/* Hands a report in, or loses it. */
static void model_report(struct model *m, struct report *r)
{
	if (m->loses_events && chance(m, 20) == 0) {
		m->gap = true;
		return;
	}
	if (m->gap)
		latency_lost(latency, r->boot_ns);
	m->gap = false;
	if (r->kind == REPORT_GENERATE)
		latency_generate(latency, r);
	else
		latency_deliver(latency, r);
}

static void model_generate(struct model *m)
{
	size_t sig = chance(m, ARRAY_SIZE(model_sigs));
	uint32_t thread = chance(m, 1 + MODEL_THREADS);
	struct model_queue *q = &m->queues[thread][sig];
	struct report r = generation(model_sigs[sig], thread ? 100 + thread : 0,
				     thread ? CODE_TKILL : CODE_USER, 0);
	bool timer = chance(m, 3) == 0;

	if (timer)
		r.code = CODE_TIMER -
			 (int)thread * 100; /* a code for each queue; only -2 is a timer */
	timer = r.code == CODE_TIMER;
	if (m->unique)
		r.value = ++m->next_value;
	if (q->bit && model_sigs[sig] < 32 && !timer) {
		r.result = EVENT_RESULT_ALREADY_PENDING;
	} else if (q->count == MODEL_QUEUE_MAX) {
		r.result = EVENT_RESULT_OVERFLOW_FAIL;
	} else if (m->loses_info && !timer && chance(m, 5) == 0) {
		r.result = EVENT_RESULT_LOSE_INFO;
		if (!q->bit)
			q->bare_boot_ns = now;
		q->bit = true;
	} else {
		q->queued[q->count++] = (struct instance){now, r.value, r.code, r.info_pid};
		q->bit = true;
	}
	model_report(m, &r);
}

static struct instance model_dequeue(struct model_queue *q)
{
	struct instance ret = {.boot_ns = q->bare_boot_ns};

	if (q->count) {
		ret = q->queued[0];
		q->count--;
		memmove(q->queued, q->queued + 1, q->count * sizeof(q->queued[0]));
	}
	q->bit = q->count > 0;
	return ret;
}

static void model_take(struct model *m, bool silently)
{
	size_t sig = chance(m, ARRAY_SIZE(model_sigs));
	uint32_t thread = 1 + chance(m, MODEL_THREADS);
	struct model_queue *own = &m->queues[thread][sig];
	struct model_queue *shared = &m->queues[0][sig];
	struct instance taken;
	struct report r;

	if (!own->bit && !shared->bit)
		return;
	taken = model_dequeue(own->bit ? own : shared);
	if (silently)
		return;
	r = delivery(model_sigs[sig], 100 + thread, taken.code, taken.value);
	r.info_pid = taken.info_pid;
	r.pending_thread = own->bit ? signal_bit(r.sig) : 0;
	r.pending_process = shared->bit ? signal_bit(r.sig) : 0;
	model_report(m, &r);
	m->delivered++;
	if (r.has_latency) {
		m->claimed++;
		assert_int_equal(r.latency_ns, now - taken.boot_ns);
	}
}

static void run_model(struct model *m)
{
	for (int i = 0; i < 50000; i++) {
		now += 1 + chance(m, 1000);
		if (chance(m, 2))
			model_generate(m);
		else
			model_take(m, m->consumes && chance(m, 3) == 0);
	}
	assert_true(m->delivered > 10000);
}

/* Every mixture of disturbances, from several beginnings: never a wrong latency. */
static void test_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		for (unsigned int mix = 0; mix < 16; mix++) {
			struct model m = {
				.random = seed * 0x9e3779b97f4a7c15ULL,
				.consumes = mix & 1,
				.unique = mix & 2,
				.loses_info = mix & 4,
				.loses_events = mix & 8,
			};

			latency_free(latency);
			setup(NULL);
			/*
			 * What looks alike is taken for the first in the queue unless records were
			 * lost since the process began.
			 */
			if (m.loses_events || (!m.unique && (m.consumes || m.loses_info)))
				latency_lost(latency, START + 1);
			run_model(&m);
			/* Undisturbed every one is paired, and disturbed still many. */
			if (!m.consumes && !m.loses_info && !m.loses_events)
				assert_int_equal(m.claimed, m.delivered);
			else if (m.unique && !m.loses_events)
				assert_true(m.claimed > m.delivered / 100 * 95);
			else
				assert_true(m.claimed > m.delivered / 100 * 20);
		}
	}
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
		TEST(test_exit_forgets_only_the_process),
		TEST(test_exit_among_many),
		TEST(test_traced),
		TEST(test_lost_records),
		TEST(test_process_from_after_the_gap),
		TEST(test_eviction_of_the_oldest),
		TEST(test_one_queue_does_not_fill_the_table),
		TEST(test_model),
#undef TEST
		cmocka_unit_test(test_free_accepts_null),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
