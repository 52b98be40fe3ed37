/* SPDX-License-Identifier: BSD-2-Clause */
/* Records for the tests of decode_record(), and what they check all. */
#ifndef SIGTRACE_TESTS_DECODE_RECORDS_H
#define SIGTRACE_TESTS_DECODE_RECORDS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct event_task sender = {
	.start_boot_ns = 11,
	.tgid = 812,
	.tid = 813,
	.ns_tgid = 814,
	.pid_ns = 815,
	.comm = "runc",
};

/* Sixteen bytes without a NUL. */
static const struct event_task target = {
	.start_boot_ns = 21,
	.tgid = 4242,
	.tid = 4243,
	.ns_tgid = 1,
	.pid_ns = 25,
	.comm = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'},
};

static inline struct event_return handler_return(void)
{
	struct event_return e = {
		.head = {.boot_ns = 4000,
			 .size = sizeof(e),
			 .kind = EVENT_RETURN,
			 .sig = 15,
			 .lost = 4007,
			 .cgroup = 4011},
		.process = target,
		.began_boot_ns = 3900,
		.handler = 0x401000,
		.image = 0xfd123458,
	};

	return e;
}

static inline struct event_failed failed(void)
{
	struct event_failed e = {
		.head = {.boot_ns = 5000,
			 .size = sizeof(e),
			 .kind = EVENT_FAILED,
			 .sig = 15,
			 .code = -1,
			 .lost = 5007,
			 .cgroup = 5011},
		.sender = sender,
		.target = target,
		.sig = 15,
		.target_nr = 4242,
		.target_tid = 4243,
		.error = EPERM,
		.facts = EVENT_FAILED_TARGET_KNOWN | EVENT_FAILED_INFO_KNOWN | EVENT_FAILED_NS_SAME,
		.sender_uid = 1000,
		.sender_euid = 1001,
		.sender_user_ns = 1002,
		.target_uid = 1003,
		.target_suid = 1004,
		.target_user_ns = 1005,
		.sender_cgroup = 5012,
		.syscall = EVENT_SYSCALL_RT_TGSIGQUEUEINFO,
		.ancestors_len = 2,
		.pad = {9, 9},
		.ancestors = {{700, "shim"}, {1, "systemd"}, {9, "beyond"}},
	};

	return e;
}

static inline void assert_task(const struct report_task *task, const struct event_task *expected,
			       uint32_t cgroup)
{
	assert_int_equal(task->cgroup, cgroup);
	assert_null(task->container);
	assert_int_equal(task->source, REPORT_SOURCE_EVENT);
	assert_int_equal(task->start_boot_ns, expected->start_boot_ns);
	assert_int_equal(task->tgid, expected->tgid);
	assert_int_equal(task->tid, expected->tid);
	assert_int_equal(task->ns_tgid, expected->ns_tgid);
	assert_int_equal(task->pid_ns, expected->pid_ns);
	assert_memory_equal(task->comm, expected->comm, EVENT_COMM_SIZE);
}

static inline struct event_cgroup cgroup_made(void)
{
	struct event_cgroup e = {
		.head = {.boot_ns = 6000,
			 .size = sizeof(e),
			 .kind = EVENT_CGROUP_MADE,
			 .lost = 6007,
			 .cgroup = 4100200300},
		.path_len = 19,
		.path = "/kubepods/pod1/1f2e",
	};

	return e;
}

/* Decodes `size` bytes that lie alone and unaligned; the report must stay as it is on failure. */
static inline int decode_copy(const void *data, size_t size)
{
	char *memory = malloc(size + 1);
	struct report before;
	struct report r;
	int result;

	assert_non_null(memory);
	memcpy(memory + 1, data, size);
	memset(&before, 0x77, sizeof(before));
	memcpy(&r, &before, sizeof(r));
	result = decode_record(memory + 1, size, &r);
	if (result < 0)
		assert_memory_equal(&r, &before, sizeof(r));
	free(memory);
	return result;
}

#endif
