/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of core/latency share: one table, a clock, and reports of one process. */
#ifndef SIGTRACE_TESTS_LATENCY_REPORTS_H
#define SIGTRACE_TESTS_LATENCY_REPORTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "latency.h"
#include "signals.h"

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

static inline int setup(void **state)
{
	(void)state;
	now = 1000;
	return latency_new(&latency);
}

static inline int teardown(void **state)
{
	(void)state;
	latency_free(latency);
	return 0;
}

/* A generation for the process TGID; tid 0: process-directed. */
static inline struct report generation(int sig, uint32_t tid, int code, uint64_t value)
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

static inline struct report delivery(int sig, uint32_t tid, int code, uint64_t value)
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

static inline void generate(int sig, uint32_t tid, int code, uint64_t value)
{
	struct report r = generation(sig, tid, code, value);

	latency_generate(latency, &r);
}

#define NOT_PROVEN UINT64_MAX

static inline uint64_t deliver_report(struct report *r)
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

static inline uint64_t deliver(int sig, uint32_t tid, int code, uint64_t value, int more)
{
	struct report r = delivery(sig, tid, code, value);

	r.pending_thread = more & MORE_IN_THREAD ? signal_bit(sig) : 0;
	r.pending_process = more & MORE_IN_SHARED ? signal_bit(sig) : 0;
	return deliver_report(&r);
}

static inline void generate_fatal(int sig, uint32_t tid, int code)
{
	struct report r = generation(sig, tid, CODE_USER, 0);

	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = code;
	latency_generate(latency, &r);
}

static inline uint64_t deliver_kill(uint32_t tid, uint32_t flags, int code)
{
	struct report r = delivery(KILL, tid, CODE_USER, 0);

	r.facts = EVENT_FACT_INFO_NONE;
	r.info_pid = 0;
	r.signal_flags = flags;
	r.group_exit_code = code;
	return deliver_report(&r);
}

#endif
