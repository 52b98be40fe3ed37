/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of handlers that return and of failed sends. */
#include "decode_records.h"

static void test_return(void **state)
{
	const struct event_return e = handler_return();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_RETURN);
	assert_int_equal(r.boot_ns, 4000);
	assert_int_equal(r.lost, 4007);
	assert_int_equal(r.sig, 15);
	assert_task(&r.target, &target, 4011);
	assert_int_equal(r.handler, 0x401000);
	assert_int_equal(r.image, 0xfd123458);
	assert_int_equal(r.duration_ns, 100);
	assert_null(r.handler_symbol);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.sa_flags, 0);
}

static void test_failed(void **state)
{
	const struct event_failed e = failed();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_FAILED);
	assert_int_equal(r.boot_ns, 5000);
	assert_int_equal(r.lost, 5007);
	assert_int_equal(r.sig, 15);
	assert_int_equal(r.code, -1);
	assert_int_equal(r.sender_kind, SENDER_USER);
	assert_task(&r.sender, &sender, 5012);
	assert_int_equal(r.sender_uid, 1000);
	assert_task(&r.target, &target, 5011);
	assert_int_equal(r.failure.syscall, EVENT_SYSCALL_RT_TGSIGQUEUEINFO);
	assert_int_equal(r.failure.error, EPERM);
	assert_int_equal(r.failure.facts, e.facts);
	assert_int_equal(r.failure.sig, 15);
	assert_int_equal(r.failure.target_nr, 4242);
	assert_int_equal(r.failure.target_tid, 4243);
	assert_int_equal(r.failure.sender_euid, 1001);
	assert_int_equal(r.failure.sender_user_ns, 1002);
	assert_int_equal(r.failure.target_uid, 1003);
	assert_int_equal(r.failure.target_suid, 1004);
	assert_int_equal(r.failure.target_user_ns, 1005);
	assert_int_equal(r.ancestors_len, 2);
	assert_int_equal(r.ancestors[0].tgid, 700);
	assert_string_equal(r.ancestors[1].comm, "systemd");
	assert_int_equal(r.ancestors[2].tgid, 0);
	assert_int_equal(r.facts, 0);
}

/* What is there says so, and nothing else is believed. */
static void test_failed_unknown_parts(void **state)
{
	struct event_failed e = failed();
	struct report r;

	(void)state;
	e.facts = 0;
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.target.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.target.tgid, 0);
	assert_int_equal(r.target.cgroup, 0);
	assert_int_equal(r.failure.target_uid, 0);
	assert_int_equal(r.failure.target_suid, 0);
	assert_int_equal(r.failure.target_user_ns, 0);
	assert_int_equal(r.failure.target_nr, 4242);
	assert_task(&r.sender, &sender, 5012);
}

/* A handler does not return before it ran. */
static void test_return_times(void **state)
{
	struct event_return e = handler_return();

	(void)state;
	e.began_boot_ns = 4000;
	assert_int_equal(decode_copy(&e, sizeof(e)), 0);
	e.began_boot_ns = 4001;
	assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
	e.began_boot_ns = UINT64_MAX;
	assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
}

/* The head has the number that was given, or 0 where that is no signal. */
static void test_failed_signal_numbers(void **state)
{
	static const int32_t numbers[] = {INT32_MIN, -1, 0, 1, 9, 64, 65, 265, 321, INT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct event_failed e = failed();
		const bool is_signal = numbers[i] >= 1 && numbers[i] <= 64;

		e.sig = numbers[i];
		for (int sig = 0; sig < 256; sig++) {
			const bool good = sig == (is_signal ? numbers[i] : 0);

			e.head.sig = (__u8)sig;
			assert_int_equal(decode_copy(&e, sizeof(e)), good ? 0 : -EBADMSG);
		}
	}
}

static void test_failed_ranges(void **state)
{
	static const int32_t bad_errors[] = {INT32_MIN, -EPERM, 0, 4096, INT32_MAX};
	struct event_failed e;

	(void)state;
	for (int n = 0; n < 256; n++) {
		e = failed();
		e.syscall = (__u8)n;
		assert_int_equal(decode_copy(&e, sizeof(e)),
				 n < EVENT_SYSCALL_COUNT ? 0 : -EBADMSG);
		e = failed();
		e.ancestors_len = (__u8)n;
		assert_int_equal(decode_copy(&e, sizeof(e)),
				 n <= EVENT_ANCESTORS_MAX ? 0 : -EBADMSG);
	}
	e = failed();
	for (int error = 1; error < 4096; error++) {
		e.error = error;
		assert_int_equal(decode_copy(&e, sizeof(e)), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad_errors); i++) {
		e.error = bad_errors[i];
		assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
	}
}

static void test_cgroup(void **state)
{
	const struct event_cgroup e = cgroup_made();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_CGROUP);
	assert_int_equal(r.boot_ns, 6000);
	assert_int_equal(r.lost, 6007);
	assert_int_equal(r.target.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.target.cgroup, 4100200300);
	assert_string_equal(r.cgroup_path, "/kubepods/pod1/1f2e");
	assert_int_equal(r.sig, 0);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.sender.cgroup, 0);
}

/* Any path that ends inside of the record, and begins with a slash. */
static void test_cgroup_paths(void **state)
{
	(void)state;
	for (size_t len = 0; len <= EVENT_CGROUP_PATH_SIZE; len++) {
		struct event_cgroup e = cgroup_made();
		const bool fits = len >= 1 && len < EVENT_CGROUP_PATH_SIZE;

		memset(e.path, 0, sizeof(e.path));
		memset(e.path, '\xff', len);
		e.path[0] = '/';
		for (uint32_t told = 0; told <= EVENT_CGROUP_PATH_SIZE + 1; told++) {
			const bool cut = len == EVENT_CGROUP_PATH_SIZE - 1 && told == len + 1;
			const bool good = (fits && told == len) || cut || (len == 0 && told == 1);

			e.path_len = told;
			assert_int_equal(decode_copy(&e, sizeof(e)), good ? 0 : -EBADMSG);
		}
		e.path_len = UINT32_MAX;
		assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
		e.path_len = (uint32_t)len;
		e.path[0] = 'a';
		assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
	}
}

/* Nobody could look up what it is. */
static void test_cgroup_without_number(void **state)
{
	struct event_cgroup e = cgroup_made();

	(void)state;
	e.head.cgroup = 0;
	assert_int_equal(decode_copy(&e, sizeof(e)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_return_times),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_failed_unknown_parts),
		cmocka_unit_test(test_failed_signal_numbers),
		cmocka_unit_test(test_failed_ranges),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_cgroup_paths),
		cmocka_unit_test(test_cgroup_without_number),
	};

	return cmocka_run_group_tests_name("decode_follow", tests, NULL, NULL);
}
