/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proctext_thread.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A copy of exactly the bytes, so that the sanitizer sees a read beyond them. */
static char *copy(const void *text, size_t size)
{
	char *exact = malloc(size ? size : 1);

	assert_non_null(exact);
	memcpy(exact, text, size);
	return exact;
}

static int parse_syscall(const char *text, size_t size, struct thread_place *ret)
{
	char *exact = copy(text, size);
	int r = proctext_parse_syscall(exact, size, ret);

	free(exact);
	return r;
}

static void test_syscall(void **state)
{
	static const char text[] = "202 0x7f60ef05ac2f 0x80 0x0 0xffffffff 0x1 "
				   "0xffffffffffffffff 0x7ffd40d001f0 0x7f60ef05ac2f\n";
	struct thread_place place = {.wchan = "futex_wait_queue"};

	(void)state;
	assert_int_equal(parse_syscall(text, strlen(text), &place), 0);
	assert_true(place.syscall_known);
	assert_true(place.in_syscall);
	assert_int_equal(place.syscall, 202);
	assert_true(place.args[0] == 0x7f60ef05ac2f);
	assert_int_equal(place.args[1], 0x80);
	assert_int_equal(place.args[2], 0);
	assert_true(place.args[3] == 0xffffffff);
	assert_int_equal(place.args[4], 1);
	assert_true(place.args[5] == UINT64_MAX);
	assert_string_equal(place.wchan, "futex_wait_queue");
	for (size_t size = 0; size < strlen(text); size++)
		assert_int_equal(parse_syscall(text, size, &place), -EINVAL);
}

#define ARGS_6 " 0x0 0x1 0x2 0x3 0x4 0x5"

static const struct {
	const char *text;
	int result;
	bool in_syscall;
} syscall_rows[] = {
	{"running\n", 0, false},
	{"-1 0x7ffd40d001f0 0x7f60ef05ac2f\n", 0, false},
	{"-1 0x0 0x0\n", 0, false},
	{"-512 0x0 0x0\n", 0, false},
	{"0" ARGS_6 " 0x0 0x0\n", 0, true},
	{"2147483647" ARGS_6 " 0x0 0x0\n", 0, true},
	/* near misses */
	{"", -EINVAL, false},
	{"\n", -EINVAL, false},
	{"running", -EINVAL, false},
	{"running\n\n", -EINVAL, false},
	{"Running\n", -EINVAL, false},
	{"running 0x0 0x0\n", -EINVAL, false},
	{"0\n", -EINVAL, false},
	{"-1\n", -EINVAL, false},
	{"-1 0x0\n", -EINVAL, false},
	{"-1 0x0 0x0 0x0\n", -EINVAL, false},
	{"-1\n0x0 0x0\n", -EINVAL, false},
	{"-1" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"0 0x0 0x0\n", -EINVAL, false},
	{"0" ARGS_6 " 0x0\n", -EINVAL, false},
	{"0" ARGS_6 " 0x0 0x0 0x0\n", -EINVAL, false},
	{"0" ARGS_6 " 0x0 0x0\nx", -EINVAL, false},
	{"0" ARGS_6 " 0x0 0x0 \n", -EINVAL, false},
	{"0 0x0 0x1\n0x2 0x3 0x4 0x5 0x0 0x0\n", -EINVAL, false},
	{" 0" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"00" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"-0" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"0x0" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"2147483648" ARGS_6 " 0x0 0x0\n", -EINVAL, false},
	{"0  0x0 0x1 0x2 0x3 0x4 0x5 0x0 0x0\n", -EINVAL, false},
	{"-1 0x0 0x\n", -EINVAL, false},
	{"-1 0x0 0\n", -EINVAL, false},
	{"-1 0x0 0x00\n", -EINVAL, false},
	{"-1 0x0 0X1\n", -EINVAL, false},
	{"-1 0x0 0xA\n", -EINVAL, false},
	{"-1 0x0 0xg\n", -EINVAL, false},
	{"-1 0x0 0x10000000000000000\n", -EINVAL, false},
};

static void test_syscall_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(syscall_rows); i++) {
		struct thread_place place = {.syscall = 99, .args = {98}};
		struct thread_place before = place;
		const char *text = syscall_rows[i].text;

		if (parse_syscall(text, strlen(text), &place) != syscall_rows[i].result)
			fail_msg("row %zu: %s", i, text);
		if (syscall_rows[i].result < 0) {
			assert_memory_equal(&place, &before, sizeof(place));
			continue;
		}
		assert_true(place.syscall_known);
		assert_int_equal(place.in_syscall, syscall_rows[i].in_syscall);
	}
}

static int parse_wchan(const char *text, size_t size, char *ret, size_t ret_size)
{
	char *exact = copy(text, size);
	int r = proctext_parse_wchan(exact, size, ret, ret_size);

	free(exact);
	return r;
}

static void test_wchan(void **state)
{
	static const struct {
		const char *text;
		const char *name; /* NULL: an error */
	} rows[] = {
		{"do_sigtimedwait", "do_sigtimedwait"},
		{"poll_schedule_timeout.constprop.0", "poll_schedule_timeout.constprop.0"},
		{"_RNvXs_6kernel$x", "_RNvXs_6kernel$x"},
		{"0", ""},
		{"", ""},
		{"00", "00"},
		{"a", "a"},
		{"do_wait\n", NULL},
		{"do wait", NULL},
		{"do_wait\x1b[31m", NULL},
		{"do_wait\x7f", NULL},
		{"do_wait\xc3\xa9", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64] = "before";
		int r = parse_wchan(rows[i].text, strlen(rows[i].text), name, sizeof(name));

		assert_int_equal(r, rows[i].name ? 0 : -EINVAL);
		assert_string_equal(name, rows[i].name ? rows[i].name : "before");
	}
}

static void test_wchan_size(void **state)
{
	char name[8] = "before";

	(void)state;
	assert_int_equal(parse_wchan("1234567", 7, name, sizeof(name)), 0);
	assert_string_equal(name, "1234567");
	assert_int_equal(parse_wchan("12345678", 8, name, sizeof(name)), -EINVAL);
	assert_string_equal(name, "1234567");
	assert_int_equal(parse_wchan("a\0b", 3, name, sizeof(name)), -EINVAL);
}

#define FDINFO "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t2056\n"

static void test_signalfd(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{FDINFO "sigmask:\t8000000000004000\n", 0},
		{"sigmask:\t8000000000004000\n" FDINFO, 0},
		{"", -EINVAL},
		{FDINFO, -EINVAL},
		{FDINFO "sigmask:\t8000000000004000", -EINVAL},
		{FDINFO "sigmask:\t8000000000004000\nsigmask:\t8000000000004000\n", -EINVAL},
		{FDINFO "sigmask: 8000000000004000\n", -EINVAL},
		{FDINFO "sigmasks:\t8000000000004000\n", -EINVAL},
		{FDINFO " sigmask:\t8000000000004000\n", -EINVAL},
		{FDINFO "sigmask:\t800000000000400\n", -EINVAL},
		{FDINFO "sigmask:\t80000000000040000\n", -EINVAL},
		{FDINFO "sigmask:\t800000000000400G\n", -EINVAL},
		{FDINFO "sigmask:\t0x00000000004000\n", -EINVAL},
		/* what an eventfd shows is none */
		{FDINFO "eventfd-count:                0\n", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);
		char *exact = copy(rows[i].text, size);
		uint64_t mask = 99;

		if (proctext_parse_signalfd(exact, size, &mask) != rows[i].result)
			fail_msg("row %zu: %s", i, rows[i].text);
		assert_true(mask == (rows[i].result ? 99 : 0x8000000000004000));
		free(exact);
	}
}

static int parse_phent(const void *data, size_t size, uint64_t *ret)
{
	char *exact = copy(data, size);
	int r = proctext_parse_auxv_phent(exact, size, ret);

	free(exact);
	return r;
}

static void test_auxv(void **state)
{
	static const unsigned long whole[] = {33, 0x7fff00000000, 16, 4, 4, 56, 0, 0};
	static const unsigned long ended[] = {33, 1, 0, 0, 4, 56};
	static const unsigned long as_value[] = {16, 4, 17, 100, 0, 0};
	/* Words of 32 bits, read as those of 64: the type is never 4 alone. */
	static const uint32_t small[] = {32, 0xf7f0, 33, 0xf7f1, 4, 32, 5, 9, 0, 0, 0, 0};
	uint64_t phent = 99;

	(void)state;
	for (size_t size = 0; size <= sizeof(whole); size++) {
		bool there = size >= 6 * sizeof(whole[0]);

		phent = 99;
		assert_int_equal(parse_phent(whole, size, &phent), there ? 0 : -EINVAL);
		assert_int_equal(phent, there ? 56 : 99);
	}
	phent = 99;
	assert_int_equal(parse_phent(ended, sizeof(ended), &phent), -EINVAL);
	assert_int_equal(parse_phent(as_value, sizeof(as_value), &phent), -EINVAL);
	assert_int_equal(parse_phent(small, sizeof(small), &phent), -EINVAL);
	assert_int_equal(phent, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syscall),	 cmocka_unit_test(test_syscall_rows),
		cmocka_unit_test(test_wchan),	 cmocka_unit_test(test_wchan_size),
		cmocka_unit_test(test_signalfd), cmocka_unit_test(test_auxv),
	};

	return cmocka_run_group_tests_name("proctext_thread", tests, NULL, NULL);
}
