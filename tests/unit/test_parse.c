/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED	  0x5a5a5a5a5a5a5a5aULL

/* What no number parser may take for a number. */
static const char *const no_numbers[] = {
	"",    " ",   "1 ", " 1",  "1ABC", "ABC",   "0x10",	"1e3",
	"1.0", "1,2", "+1", "--1", "-",	   "+",	    "01",	"00",
	"-01", "-0",  "1-", "1\n", "\t1",  "1_000", "\xd9\xa1", "99999999999999999999999x",
};

static const struct {
	const char *text;
	uint64_t min;
	uint64_t max;
	int result;
	uint64_t value;
} unsigned_rows[] = {
	{"0", 0, 0, 0, 0},
	{"7", 7, 7, 0, 7},
	{"6", 7, 9, -ERANGE, 0},
	{"10", 7, 9, -ERANGE, 0},
	{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", 0, UINT64_MAX, -ERANGE, 0},
	{"18446744073709551620", 0, UINT64_MAX, -ERANGE, 0},
	{"99999999999999999999999999", 0, UINT64_MAX, -ERANGE, 0},
	{"-1", 0, UINT64_MAX, -EINVAL, 0},
};

static void test_u64(void **state)
{
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unsigned_rows); i++) {
		value = UNTOUCHED;
		assert_int_equal(parse_u64(unsigned_rows[i].text, unsigned_rows[i].min,
					   unsigned_rows[i].max, &value),
				 unsigned_rows[i].result);
		assert_true(value ==
			    (unsigned_rows[i].result ? UNTOUCHED : unsigned_rows[i].value));
	}
	for (size_t i = 0; i < ARRAY_SIZE(no_numbers); i++) {
		value = UNTOUCHED;
		assert_int_equal(parse_u64(no_numbers[i], 0, UINT64_MAX, &value), -EINVAL);
		assert_true(value == UNTOUCHED);
	}
	assert_int_equal(parse_u64_span("123", 2, 0, 99, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(parse_u64_span("1\0002", 3, 0, 99, &value), -EINVAL);
	assert_int_equal(parse_u64_span("1", 0, 0, 99, &value), -EINVAL);
}

static const struct {
	const char *text;
	int64_t min;
	int64_t max;
	int result;
	int64_t value;
} signed_rows[] = {
	{"0", INT64_MIN, INT64_MAX, 0, 0},
	{"-1", INT64_MIN, INT64_MAX, 0, -1},
	{"-20", -20, 19, 0, -20},
	{"-21", -20, 19, -ERANGE, 0},
	{"20", -20, 19, -ERANGE, 0},
	{"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
	{"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
	{"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
	{"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0},
	{"-99999999999999999999999", INT64_MIN, INT64_MAX, -ERANGE, 0},
};

static void test_i64(void **state)
{
	int64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signed_rows); i++) {
		value = 12345;
		assert_int_equal(parse_i64_span(signed_rows[i].text, strlen(signed_rows[i].text),
						signed_rows[i].min, signed_rows[i].max, &value),
				 signed_rows[i].result);
		assert_true(value == (signed_rows[i].result ? 12345 : signed_rows[i].value));
	}
	for (size_t i = 0; i < ARRAY_SIZE(no_numbers); i++)
		assert_int_equal(parse_i64_span(no_numbers[i], strlen(no_numbers[i]), INT64_MIN,
						INT64_MAX, &value),
				 -EINVAL);
	assert_int_equal(parse_i64_span("-12", 1, INT64_MIN, INT64_MAX, &value), -EINVAL);
	assert_int_equal(parse_i64_span("-12", 2, INT64_MIN, INT64_MAX, &value), 0);
	assert_int_equal(value, -1);
}

static void test_pid(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"1", 0},
		{"4242", 0},
		{"4194304", 0},
		{"4194305", -ERANGE},
		{"0", -ERANGE},
		{"-1", -EINVAL},
		{"+1", -EINVAL},
		{"1 ", -EINVAL},
		{" 1", -EINVAL},
		{"self", -EINVAL},
		{"", -EINVAL},
		{"1,2", -EINVAL},
		{"4294967297", -ERANGE},
		{"18446744073709551617", -ERANGE},
		{"1.0", -EINVAL},
		{"012", -EINVAL},
	};
	uint32_t pid;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid = 99;
		assert_int_equal(parse_pid(rows[i].text, &pid), rows[i].result);
		if (rows[i].result)
			assert_int_equal(pid, 99);
	}
	assert_int_equal(parse_pid("4194304", &pid), 0);
	assert_int_equal(pid, PARSE_PID_MAX);
	assert_int_equal(parse_pid_span("17,18", 2, &pid), 0);
	assert_int_equal(pid, 17);
}

#define SECOND 1000000000ULL

static const struct {
	const char *text;
	int result;
	uint64_t ns;
} durations[] = {
	{"0", 0, 0},
	{"0s", 0, 0},
	{"500ms", 0, SECOND / 2},
	{"2s", 0, 2 * SECOND},
	{"1.5s", 0, SECOND + SECOND / 2},
	{"0.25s", 0, SECOND / 4},
	{"1.500s", 0, SECOND + SECOND / 2},
	{"3m", 0, 180 * SECOND},
	{"1h", 0, 3600 * SECOND},
	{"1.5h", 0, 5400 * SECOND},
	{"1m30s", 0, 90 * SECOND},
	{"1h0m1ns", 0, 3600 * SECOND + 1},
	{"1h2m3s4ms5us6ns", 0, 3723004005006ULL},
	{"1m1.5s", 0, 61 * SECOND + SECOND / 2},
	{"90m", 0, 5400 * SECOND},
	{"007s", 0, 7 * SECOND},
	{"10us", 0, 10000},
	{"250ns", 0, 250},
	{"1.0ns", 0, 1},
	{"0.001us", 0, 1},
	{"0.000000001s", 0, 1},
	{"1.5000000000000000000000s", 0, SECOND + SECOND / 2},
	{"9223372036854775807ns", 0, INT64_MAX},
	{"9223372036854775808ns", -ERANGE, 0},
	{"18446744073709551616ns", -ERANGE, 0},
	{"99999999999999999999999h", -ERANGE, 0},
	{"2562048h", -ERANGE, 0},
	{"9223372036s854775807ns", 0, INT64_MAX},
	{"9223372036s854775808ns", -ERANGE, 0},
	{"18446744073s18446744073709551615ns", -ERANGE, 0},
	{"", -EINVAL, 0},
	{"1", -EINVAL, 0},
	{"00", -EINVAL, 0},
	{"0.0", -EINVAL, 0},
	{"10", -EINVAL, 0},
	{"s", -EINVAL, 0},
	{"ms", -EINVAL, 0},
	{".5s", -EINVAL, 0},
	{"1.s", -EINVAL, 0},
	{"1..5s", -EINVAL, 0},
	{"1.5.5s", -EINVAL, 0},
	{"-1s", -EINVAL, 0},
	{"+1s", -EINVAL, 0},
	{" 1s", -EINVAL, 0},
	{"1 s", -EINVAL, 0},
	{"1s ", -EINVAL, 0},
	{"1S", -EINVAL, 0},
	{"1sec", -EINVAL, 0},
	{"1min", -EINVAL, 0},
	{"1d", -EINVAL, 0},
	{"1ss", -EINVAL, 0},
	{"1s1s", -EINVAL, 0},
	{"30s1m", -EINVAL, 0},
	{"1m30", -EINVAL, 0},
	{"1.5m30s", -EINVAL, 0},
	{"1,5s", -EINVAL, 0},
	{"1e3s", -EINVAL, 0},
	{"0x1s", -EINVAL, 0},
	{"0.5ns", -EINVAL, 0},
	{"1.0000000001s", -EINVAL, 0},
	{"1s,2s", -EINVAL, 0},
};

static void test_duration(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		uint64_t ns = UNTOUCHED;

		assert_int_equal(parse_duration(durations[i].text, &ns), durations[i].result);
		assert_true(ns == (durations[i].result ? UNTOUCHED : durations[i].ns));
	}
}

static const struct {
	const char *text;
	int result;
	uint64_t bytes;
} sizes[] = {
	{"0", 0, 0},
	{"1", 0, 1},
	{"4096", 0, 4096},
	{"4096B", 0, 4096},
	{"256K", 0, 256 << 10},
	{"256k", 0, 256 << 10},
	{"256KiB", 0, 256 << 10},
	{"64M", 0, 64 << 20},
	{"64m", 0, 64 << 20},
	{"64MiB", 0, 64 << 20},
	{"1G", 0, 1 << 30},
	{"1g", 0, 1 << 30},
	{"1GiB", 0, 1 << 30},
	{"18446744073709551615", 0, UINT64_MAX},
	{"18446744073709551616", -ERANGE, 0},
	{"17179869183G", 0, 17179869183ULL << 30},
	{"17179869184G", -ERANGE, 0},
	{"18014398509481984K", -ERANGE, 0},
	{"99999999999999999999M", -ERANGE, 0},
	{"", -EINVAL, 0},
	{"K", -EINVAL, 0},
	{"B", -EINVAL, 0},
	{"-1", -EINVAL, 0},
	{"+64M", -EINVAL, 0},
	{"64 M", -EINVAL, 0},
	{"64M ", -EINVAL, 0},
	{" 64M", -EINVAL, 0},
	{"64MB", -EINVAL, 0},
	{"64KB", -EINVAL, 0},
	{"64Kib", -EINVAL, 0},
	{"64kiB", -EINVAL, 0},
	{"64Ki", -EINVAL, 0},
	{"64b", -EINVAL, 0},
	{"64T", -EINVAL, 0},
	{"64MM", -EINVAL, 0},
	{"1.5M", -EINVAL, 0},
	{"0x40M", -EINVAL, 0},
	{"064M", -EINVAL, 0},
	{"1M1K", -EINVAL, 0},
	{"64,M", -EINVAL, 0},
};

static void test_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t bytes = UNTOUCHED;

		assert_int_equal(parse_size(sizes[i].text, &bytes), sizes[i].result);
		assert_true(bytes == (sizes[i].result ? UNTOUCHED : sizes[i].bytes));
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *text;
		const char *words; /* separated by blanks; "!" is -EINVAL */
	} rows[] = {
		{"1", "1 "},	{"1,2,3", "1 2 3 "}, {"", "! "},	 {",", "! ! "},
		{"1,", "1 ! "}, {",1", "! 1 "},	     {"1,,2", "1 ! 2 "}, {"a b,c", "a b c "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parse_words words;
		char text[64] = "";
		const char *word;
		size_t len;
		int r;

		parse_words_init(&words, rows[i].text);
		/* Going on after an error is allowed, and ends. */
		while ((r = parse_words_next(&words, &word, &len)) != 0) {
			if (r < 0) {
				assert_int_equal(r, -EINVAL);
				assert_int_equal(len, 0);
				strcat(text, "!");
			} else {
				assert_int_equal(r, 1);
				strncat(text, word, len);
			}
			assert_in_range((uintptr_t)word, (uintptr_t)rows[i].text,
					(uintptr_t)rows[i].text + strlen(rows[i].text));
			strcat(text, " ");
		}
		assert_string_equal(text, rows[i].words);
		assert_int_equal(parse_words_next(&words, &word, &len), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),  cmocka_unit_test(test_i64),
		cmocka_unit_test(test_pid),  cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
