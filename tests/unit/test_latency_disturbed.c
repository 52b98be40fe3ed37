/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pairs in spite of what disturbs them: exits, tracers, lost records, a full table; and a model of
 * the kernel's queues that mixes disturbances by chance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "latency_reports.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

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

	return cmocka_run_group_tests_name("latency_disturbed", tests, NULL, NULL);
}
