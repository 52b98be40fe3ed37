/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "syscalls.h"

/* Against the C library's own numbers; some are defined by way of another macro on arm64. */
static void test_names(void **state)
{
#define ROW(name)                 \
	{                         \
		SYS_##name, #name \
	}
	static const struct {
		int64_t number;
		const char *name;
	} rows[] = {
		ROW(read),
		ROW(write),
		ROW(openat),
		ROW(close),
		ROW(wait4),
		ROW(waitid),
		ROW(futex),
		ROW(ppoll),
		ROW(epoll_pwait),
		ROW(nanosleep),
		ROW(clone),
		ROW(rt_sigaction),
		ROW(rt_sigtimedwait),
		ROW(exit_group),
		ROW(fcntl),
		ROW(lseek),
		ROW(mmap),
		ROW(sendfile),
		ROW(truncate),
		ROW(statfs),
		ROW(fsync),
	};
#undef ROW

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = syscall_name(rows[i].number);

		if (!name || strcmp(name, rows[i].name) != 0)
			fail_msg("%s: %s", rows[i].name, name ? name : "not known");
	}
}

static void test_no_such_number(void **state)
{
	static const int64_t numbers[] = {
		INT64_MIN,
		INT32_MIN,
		-2,
		-1,
		1 << 20,
		INT32_MAX,
		INT64_C(1) << 32,
		(INT64_C(1) << 32) + SYS_read,
		0x40000000,
		INT64_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_null(syscall_name(numbers[i]));
}

/* Each number up to far behind the last: no name twice, none that is empty. */
static void test_names_are_different(void **state)
{
	enum { FAR = 2048 };
	unsigned int count = 0;

	(void)state;
	for (int64_t i = 0; i < FAR; i++) {
		const char *name = syscall_name(i);

		if (!name)
			continue;
		count++;
		assert_true(name[0] != '\0');
		for (int64_t j = i + 1; j < FAR; j++)
			if (syscall_name(j) && strcmp(name, syscall_name(j)) == 0)
				fail_msg("%s twice", name);
	}
	assert_true(count > 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_such_number),
		cmocka_unit_test(test_names_are_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
