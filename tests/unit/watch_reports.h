/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of core/watch share: one table, a clock, what it told, and reports of a process.
 */
#ifndef SIGTRACE_TESTS_WATCH_REPORTS_H
#define SIGTRACE_TESTS_WATCH_REPORTS_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signals.h"
#include "watch.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define TGID   100
#define THREAD 101
#define START  50
#define RUNC   812
#define IMAGE  0xfc123456
#define RT3    (SIGNAL_RT_MIN + 3)

#define HANDLER	 0x401000
#define IGNORE	 1
#define SI_TIMED (-2)

#define MS 1000000ULL
#define S  1000000000ULL

static struct watch *watch;
static uint64_t now;
static struct report told;
static unsigned int told_count;
static int told_result;

static inline int on_told(void *context, struct report *r)
{
	(void)context;
	told = *r;
	told_count++;
	return told_result;
}

static inline int setup(void **state)
{
	(void)state;
	now = 1000 * S;
	told_count = 0;
	told_result = 0;
	return watch_new(on_told, NULL, &watch);
}

static inline int teardown(void **state)
{
	(void)state;
	watch_free(watch);
	return 0;
}

static inline struct report_task task_of(uint32_t tgid, uint64_t start)
{
	return (struct report_task){
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = start,
		.tgid = tgid,
		.tid = tgid,
		.comm = "app",
	};
}

/* From runc, to the process, which blocks it in all its threads. */
static inline struct report blocked(int sig)
{
	struct report r = {
		.kind = REPORT_GENERATE,
		.boot_ns = now,
		.sig = sig,
		.result = EVENT_RESULT_DELIVERED,
		.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED,
		.process_directed = true,
		.sender_kind = SENDER_USER,
		.sender = task_of(RUNC, 7),
		.target = task_of(TGID, START),
		.image = IMAGE,
		.handler = HANDLER,
		.threads = 1,
		.pending_process = signal_bit(sig),
	};

	memcpy(r.sender.comm, "runc", 5);
	return r;
}

/* A thread sits in sigtimedwait() for it. */
static inline struct report waited_for(int sig)
{
	struct report r = blocked(sig);

	r.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_WAITED_FOR;
	return r;
}

static inline struct report to_thread(int sig)
{
	struct report r = blocked(sig);

	r.facts &= ~EVENT_FACT_PROCESS_DIRECTED;
	r.process_directed = false;
	r.target.tid = THREAD;
	r.threads = 3;
	r.pending_process = 0;
	r.pending_thread = signal_bit(sig);
	return r;
}

static inline struct report ignored(int sig)
{
	struct report r = blocked(sig);

	r.result = EVENT_RESULT_IGNORED;
	r.facts = EVENT_FACT_PROCESS_DIRECTED;
	r.handler = IGNORE;
	r.pending_process = 0;
	return r;
}

static inline struct report delivery(int sig)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.boot_ns = now,
		.sig = sig,
		.handler = HANDLER,
		.image = IMAGE,
		.target = task_of(TGID, START),
	};
}

static inline int feed_result(const struct report *r)
{
	struct verdict v = {.cause = CAUSE_UNEXPLAINED};

	if (r->kind == REPORT_EXIT)
		return watch_report(watch, r, NULL);
	if (r->kind == REPORT_GENERATE || r->kind == REPORT_DELIVER)
		v = explain_report(r);
	return watch_report(watch, r, &v);
}

static inline void feed(struct report r)
{
	assert_int_equal(feed_result(&r), 0);
}

/* What a look finds: nothing pending, all caught. */
static inline struct watch_seen clear_sets(void)
{
	return (struct watch_seen){
		.before_ns = now,
		.after_ns = now + 10,
		.written = 500,
		.caught = UINT64_MAX,
		.image = IMAGE,
		.threads = 3,
		.comm = "app",
	};
}

static inline struct watch_look look(void)
{
	struct watch_look ret = {.sig = 0};

	assert_true(watch_next(watch, now, &ret));
	return ret;
}

static inline void assert_nothing_due(void)
{
	struct watch_look ret;

	assert_false(watch_next(watch, now, &ret));
}

/* Nothing is asked any more, and nothing was told. */
static inline void assert_forgotten(void)
{
	assert_int_equal(watch_due_ns(watch), UINT64_MAX);
	assert_int_equal(watch_conclude(watch, UINT64_MAX), 0);
	assert_int_equal(told_count, 0);
}

/* Looks at what is due. */
static inline void see(struct watch_seen seen)
{
	look();
	assert_int_equal(watch_see(watch, &seen), 0);
}

/* Finds it gone, and all records read. */
static inline void see_and_conclude(struct watch_seen seen)
{
	see(seen);
	assert_int_equal(watch_conclude(watch, seen.written), 0);
}

static inline void assert_told(enum report_kind kind, int sig, uint64_t elapsed_ns)
{
	assert_int_equal(told_count, 1);
	assert_int_equal(told.kind, kind);
	assert_int_equal(told.sig, sig);
	assert_int_equal(told.earlier.sig, sig);
	assert_int_equal(told.earlier.elapsed_ns, elapsed_ns);
	assert_int_equal(told.target.tgid, TGID);
	assert_int_equal(told.target.source, REPORT_SOURCE_EVENT);
	told_count = 0;
}

#endif
