/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of core/outcome share: one table, a clock, and reports of one process. */
#ifndef SIGTRACE_TESTS_OUTCOME_REPORTS_H
#define SIGTRACE_TESTS_OUTCOME_REPORTS_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outcome.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define TGID  100
#define START 50
#define RUNC  812
#define RT3   (SIGNAL_RT_MIN + 3)

#define GROUP_EXIT 0x4
#define HANDLER	   0x401000
#define IGNORE	   1
#define CORE	   0x80

static struct outcome *outcome;
static uint64_t now;

static inline int setup(void **state)
{
	(void)state;
	now = 1000;
	return outcome_new(&outcome);
}

static inline int teardown(void **state)
{
	(void)state;
	outcome_free(outcome);
	return 0;
}

static inline struct report_task task_of(uint32_t tgid, uint64_t start)
{
	return (struct report_task){
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = start,
		.tgid = tgid,
		.tid = tgid,
	};
}

/* Process-directed, from runc, caught and queued. */
static inline struct report generation(int sig)
{
	struct report r = {
		.kind = REPORT_GENERATE,
		.boot_ns = now,
		.sig = sig,
		.result = EVENT_RESULT_DELIVERED,
		.process_directed = true,
		.sender_kind = SENDER_USER,
		.sender = task_of(RUNC, 7),
		.target = task_of(TGID, START),
		.handler = sig == SIGKILL ? 0 : HANDLER,
		.threads = 1,
		.pending_process = signal_bit(sig),
	};

	memcpy(r.sender.comm, "runc", 5);
	return r;
}

static inline struct report ignored_generation(int sig)
{
	struct report r = generation(sig);

	r.result = EVENT_RESULT_IGNORED;
	r.handler = IGNORE;
	r.pending_process = 0;
	return r;
}

/* It began the group exit. */
static inline struct report fatal_generation(int sig)
{
	struct report r = generation(sig);

	r.handler = 0;
	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = sig;
	return r;
}

static inline struct report delivery(int sig, uint64_t handler)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.boot_ns = now,
		.sig = sig,
		.handler = handler,
		.target = task_of(TGID, START),
	};
}

/* As any death shows. */
static inline struct report group_exit_delivery(int code)
{
	struct report r = delivery(SIGKILL, 0);

	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = code;
	return r;
}

static inline void feed(struct report *r)
{
	const struct verdict v = explain_report(r);

	if (r->kind == REPORT_GENERATE)
		outcome_generate(outcome, r, &v);
	else
		outcome_deliver(outcome, r, &v);
}

static inline void generate(int sig)
{
	struct report r = generation(sig);

	feed(&r);
}

static inline void ignore(int sig)
{
	struct report r = ignored_generation(sig);

	feed(&r);
}

static inline void deliver(int sig, uint64_t handler)
{
	struct report r = delivery(sig, handler);

	feed(&r);
}

static inline void deliver_group_exit(int code)
{
	struct report r = group_exit_delivery(code);

	feed(&r);
}

/* SIGKILL; `pending` are the signals that are still pending beside it. */
static inline struct report_earlier escalate(uint64_t pending)
{
	struct report r = fatal_generation(SIGKILL);

	r.pending_process |= pending;
	feed(&r);
	return r.earlier;
}

/* The same, without a trace: what is refused is not remembered. */
static inline struct report_earlier peek(uint64_t pending)
{
	struct report r = generation(SIGKILL);

	r.result = EVENT_RESULT_OVERFLOW_FAIL;
	r.pending_process = pending;
	feed(&r);
	return r.earlier;
}

#define CODE(code) ((code) << 8)

static inline struct report exit_report(int32_t code)
{
	return (struct report){
		.kind = REPORT_EXIT,
		.boot_ns = now,
		.target = task_of(TGID, START),
		.exit_code = code,
	};
}

/* Of an exit; `sig` 0 if nothing is known. */
static inline struct report_earlier after(int32_t code)
{
	struct report r = exit_report(code);
	const bool known = outcome_exit(outcome, &r);

	assert_int_equal(known, r.earlier.sig != 0);
	return r.earlier;
}

static inline void assert_earlier(struct report_earlier e, int sig, uint64_t elapsed_ns,
				  enum signal_fate fate, bool caused)
{
	assert_int_equal(e.sig, sig);
	assert_int_equal(e.elapsed_ns, elapsed_ns);
	assert_int_equal(e.fate, fate);
	assert_int_equal(e.caused, caused);
}

static inline void assert_none(struct report_earlier e)
{
	assert_earlier(e, 0, 0, SIGNAL_FATE_NOT_KNOWN, false);
}

#endif
