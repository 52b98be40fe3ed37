/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "strbuf.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static char memory[256];
static struct strbuf buffer;

static struct strbuf *fresh(void)
{
	memset(memory, '#', sizeof(memory));
	strbuf_init(&buffer, memory, sizeof(memory));
	return &buffer;
}

static void assert_text(const struct strbuf *b, const char *expected)
{
	assert_string_equal(b->data, expected);
	assert_int_equal(b->len, strlen(expected));
	assert_false(b->cut);
}

static void test_init_and_reset(void **state)
{
	struct strbuf *b = fresh();

	(void)state;
	assert_text(b, "");
	strbuf_add(b, "abc");
	strbuf_add_char(b, '-');
	strbuf_add_bytes(b, "defgh", 2);
	assert_text(b, "abc-de");
	strbuf_reset(b);
	assert_text(b, "");
	strbuf_add(b, "x");
	assert_text(b, "x");
}

static const uint64_t numbers[] = {
	0,
	1,
	9,
	10,
	11,
	99,
	100,
	101,
	999,
	1000,
	4194304,
	UINT32_MAX,
	INT64_MAX,
	(uint64_t)INT64_MIN,
	UINT64_MAX,
	1234567890,
	10000000000,
	9999999999,
	1ULL << 63,
	1ULL << 40,
	UINT64_MAX - 1,
};

static void test_numbers_as_printf_writes_them(void **state)
{
	char expected[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		strbuf_add_u64(fresh(), numbers[i]);
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)numbers[i]);
		assert_text(&buffer, expected);

		strbuf_add_i64(fresh(), (int64_t)numbers[i]);
		snprintf(expected, sizeof(expected), "%lld", (long long)numbers[i]);
		assert_text(&buffer, expected);

		strbuf_add_hex(fresh(), numbers[i]);
		snprintf(expected, sizeof(expected), "0x%llx", (unsigned long long)numbers[i]);
		assert_text(&buffer, expected);

		for (int width = 0; width <= 24; width++) {
			strbuf_add_u64_padded(fresh(), numbers[i], (unsigned int)width);
			snprintf(expected, sizeof(expected), "%0*llu", width,
				 (unsigned long long)numbers[i]);
			/* "%00llu" of 0 would be empty for a precision, not for a width. */
			assert_text(&buffer, expected);
		}
	}
	for (uint64_t n = 0; n < 20000; n++) {
		strbuf_add_u64(fresh(), n);
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)n);
		assert_string_equal(memory, expected);
	}
}

static void test_pad_to(void **state)
{
	struct strbuf *b = fresh();

	(void)state;
	strbuf_pad_to(b, 0, 0);
	assert_text(b, "");
	strbuf_pad_to(b, 0, 3);
	assert_text(b, "   ");
	strbuf_pad_to(b, 0, 3);
	assert_text(b, "   ");
	strbuf_add(b, "ab");
	strbuf_pad_to(b, 3, 2);
	assert_text(b, "   ab");
	strbuf_pad_to(b, 3, 4);
	assert_text(b, "   ab  ");
	strbuf_pad_to(b, 100, 1);
	assert_text(b, "   ab   ");
	strbuf_pad_to(b, SIZE_MAX, SIZE_MAX);
	assert_true(b->cut);
	assert_int_equal(b->len, sizeof(memory) - 1);
}

static const struct {
	const char *bytes;
	const char *expected;
} escapes[] = {
	{"", ""},
	{"plain text, with ~ and !", "plain text, with ~ and !"},
	{"a\\b", "a\\\\b"},
	{"\\", "\\\\"},
	{"\\x1b", "\\\\x1b"},
	{"\x1b[31mred", "\\x1b[31mred"},
	{"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
	{"\x01\x1f\x7f", "\\x01\\x1f\\x7f"},
	{"\x20\x7e", " ~"},
	/* valid UTF-8 of two, three and four bytes */
	{"na\xc3\xafve", "na\xc3\xafve"},
	{"\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97"},
	{"\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7"},
	{"\xc2\xa0", "\xc2\xa0"},
	{"\xed\x9f\xbf", "\xed\x9f\xbf"},
	{"\xef\xbf\xbd", "\xef\xbf\xbd"},
	/* C1, format and bidirectional controls, separators, fillers: valid, and dangerous */
	{"\xc2\x80\xc2\x9b\xc2\x9f", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f"},
	{"\xc2\xad", "\\xc2\\xad"},
	{"\xd8\x9c", "\\xd8\\x9c"},
	{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
	{"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
	{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
	{"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
	{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
	{"\xe3\x85\xa4", "\\xe3\\x85\\xa4"},
	{"\xf3\xa0\x80\x81", "\\xf3\\xa0\\x80\\x81"},
	/* private use and noncharacters */
	{"\xee\x80\x80", "\\xee\\x80\\x80"},
	{"\xef\xb7\x90", "\\xef\\xb7\\x90"},
	{"\xef\xbf\xbe\xef\xbf\xbf", "\\xef\\xbf\\xbe\\xef\\xbf\\xbf"},
	{"\xf0\x9f\xbf\xbe", "\\xf0\\x9f\\xbf\\xbe"},
	{"\xf4\x8f\xbf\xbf", "\\xf4\\x8f\\xbf\\xbf"},
	/* not UTF-8: alone, cut, overlong, surrogate, too large */
	{"\x80", "\\x80"},
	{"\xff\xfe", "\\xff\\xfe"},
	{"\xc3", "\\xc3"},
	{"\xc3(", "\\xc3("},
	{"\xe6\xbc", "\\xe6\\xbc"},
	{"\xe6\xbcx", "\\xe6\\xbcx"},
	{"\xf0\x9f\x90", "\\xf0\\x9f\\x90"},
	{"\xc0\xaf\xc1\xbf", "\\xc0\\xaf\\xc1\\xbf"},
	{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
	{"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
	{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
	{"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
	{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
	{"\xed\xbf\xbf", "\\xed\\xbf\\xbf"},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
	{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
	/* a broken sequence does not swallow what follows */
	{"\xe6\xc3\xaf", "\\xe6\xc3\xaf"},
	{"\xf0\x9f\x1b[", "\\xf0\\x9f\\x1b["},
};

static void test_escaped(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		strbuf_add_escaped(fresh(), escapes[i].bytes, strlen(escapes[i].bytes));
		assert_text(&buffer, escapes[i].expected);
		/* The NUL ends it, too. */
		strbuf_add_escaped(fresh(), escapes[i].bytes, strlen(escapes[i].bytes) + 1);
		assert_text(&buffer, escapes[i].expected);
	}
}

static void test_escaped_reads_no_further(void **state)
{
	static const char comm[4] = {'a', 'b', 'c', 'd'};
	char *exact = malloc(3);

	(void)state;
	strbuf_add_escaped(fresh(), comm, sizeof(comm));
	assert_text(&buffer, "abcd");
	strbuf_add_escaped(fresh(), "ab\0cd", 5);
	assert_text(&buffer, "ab");
	strbuf_add_escaped(fresh(), "abc", 0);
	assert_text(&buffer, "");
	/* A sequence that the end cuts; the sanitizer sees a byte too far. */
	assert_non_null(exact);
	memcpy(exact, "\xf0\x9f\x90", 3);
	strbuf_add_escaped(fresh(), exact, 3);
	assert_text(&buffer, "\\xf0\\x9f\\x90");
	memcpy(exact, "\xe6\xbc\xa2", 3);
	strbuf_add_escaped(fresh(), exact, 2);
	assert_text(&buffer, "\\xe6\\xbc");
	free(exact);
}

/* Nothing but printable ASCII and valid multi-byte sequences may come out, whatever goes in. */
static void test_escaped_every_byte_pair(void **state)
{
	(void)state;
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			char bytes[2] = {(char)first, (char)second};

			strbuf_add_escaped(fresh(), bytes, 2);
			for (size_t i = 0; i < buffer.len; i++) {
				unsigned char c = (unsigned char)memory[i];

				if (c >= 0x80) {
					/* only a pair that is one character from U+00A0 on */
					assert_int_equal(buffer.len, 2);
					assert_in_range(first, 0xc2, 0xdf);
					assert_in_range(second, 0x80, 0xbf);
					assert_false(first == 0xc2 && second < 0xa0);
				} else {
					assert_in_range(c, 0x20, 0x7e);
				}
			}
		}
	}
}

static const struct {
	uint64_t ns;
	const char *expected;
} durations[] = {
	{0, "0 ns"},
	{1, "1 ns"},
	{850, "850 ns"},
	{999, "999 ns"},
	{1000, "1.00 us"},
	{1004, "1.00 us"},
	{1005, "1.01 us"},
	{9994, "9.99 us"},
	{9995, "10.0 us"},
	{12300, "12.3 us"},
	{12349, "12.3 us"},
	{12350, "12.4 us"},
	{99949, "99.9 us"},
	{99950, "100 us"},
	{999499, "999 us"},
	{999500, "1.00 ms"},
	{1000000, "1.00 ms"},
	{4560000, "4.56 ms"},
	{45600000, "45.6 ms"},
	{456000000, "456 ms"},
	{999499999, "999 ms"},
	{999500000, "1.0 s"},
	{1000000000, "1.0 s"},
	{7800000000, "7.8 s"},
	{10000000000, "10.0 s"},
	{59949999999, "59.9 s"},
	{59950000000, "1 min"},
	{60000000000, "1 min"},
	{60500000000, "1 min 1 s"},
	{180000000000, "3 min"},
	{200000000000, "3 min 20 s"},
	{3599499999999, "59 min 59 s"},
	{3599500000000, "1 h"},
	{3600000000000, "1 h"},
	{3629999999999, "1 h"},
	{3630000000000, "1 h 1 min"},
	{90000000000000, "25 h"},
	{UINT64_MAX, "5124095 h 35 min"},
};

static void test_duration(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		strbuf_add_duration(fresh(), durations[i].ns);
		assert_text(&buffer, durations[i].expected);
	}
}

static void add_everything(struct strbuf *b)
{
	strbuf_add(b, "text ");
	strbuf_add_char(b, '*');
	strbuf_add_u64(b, 18446744073709551615ULL);
	strbuf_add_i64(b, -42);
	strbuf_add_hex(b, 0xdeadbeef);
	strbuf_add_u64_padded(b, 7, 9);
	strbuf_pad_to(b, 0, 60);
	strbuf_add_escaped(b, "\x1b\\\xe6\xbc\xa2z", 16);
	strbuf_add_duration(b, 200000000000);
	strbuf_add_bytes(b, "end", 3);
}

/* At every size: a beginning of the whole text, nothing outside the memory, no half unit. */
static void test_cut_everywhere(void **state)
{
	char whole[256];
	struct strbuf b;

	(void)state;
	strbuf_init(&b, whole, sizeof(whole));
	add_everything(&b);
	assert_false(b.cut);
	for (size_t size = 1; size <= b.len + 1; size++) {
		char *exact = malloc(size);
		struct strbuf cut;

		assert_non_null(exact);
		strbuf_init(&cut, exact, size);
		add_everything(&cut);
		assert_true(cut.len < size);
		assert_int_equal(exact[cut.len], '\0');
		assert_memory_equal(exact, whole, cut.len);
		assert_int_equal(cut.cut, size <= b.len);
		/* Only an escape or a character, at most 4 bytes, may leave room unused. */
		assert_true(size - 1 - cut.len < 4);
		free(exact);
	}
}

static void test_units_stay_whole(void **state)
{
	static const struct {
		const char *bytes;
		const char *expected;
		size_t size;
	} rows[] = {
		{"ab\x1b", "ab", 6},
		{"ab\x1b", "ab\\x1b", 7},
		{"ab\\c", "ab", 4},
		{"ab\\c", "ab\\\\", 5},
		{"\xe6\xbc\xa2", "", 3},
		{"\xe6\xbc\xa2", "\xe6\xbc\xa2", 4},
		{"a\x1b"
		 "b",
		 "a", 4},
	};
	char small[16];
	struct strbuf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_init(&b, small, rows[i].size);
		strbuf_add_escaped(&b, rows[i].bytes, 16);
		assert_string_equal(small, rows[i].expected);
	}
}

static void test_nothing_follows_a_cut(void **state)
{
	char small[6];
	struct strbuf b;

	(void)state;
	strbuf_init(&b, small, sizeof(small));
	strbuf_add_escaped(&b, "abc\x1b", 4);
	assert_true(b.cut);
	strbuf_add_char(&b, 'd');
	strbuf_add(&b, "e");
	strbuf_add_u64(&b, 1);
	strbuf_pad_to(&b, 0, 5);
	assert_string_equal(small, "abc");
	strbuf_reset(&b);
	strbuf_add(&b, "12345");
	assert_text(&b, "12345");
	strbuf_add(&b, "");
	assert_false(b.cut);
	strbuf_add_char(&b, '6');
	assert_true(b.cut);
	assert_string_equal(small, "12345");
}

static void test_huge_requests_are_bounded(void **state)
{
	(void)state;
	strbuf_add_u64_padded(fresh(), 1, UINT32_MAX);
	assert_true(buffer.cut);
	assert_int_equal(buffer.len, sizeof(memory) - 1);
	strbuf_init(&buffer, memory, 1);
	strbuf_add(&buffer, "x");
	strbuf_add_duration(&buffer, 1);
	strbuf_add_escaped(&buffer, "\x1b", 1);
	assert_true(buffer.cut);
	assert_int_equal(buffer.len, 0);
	assert_int_equal(memory[0], '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_and_reset),
		cmocka_unit_test(test_numbers_as_printf_writes_them),
		cmocka_unit_test(test_pad_to),
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_escaped_reads_no_further),
		cmocka_unit_test(test_escaped_every_byte_pair),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_units_stay_whole),
		cmocka_unit_test(test_nothing_follows_a_cut),
		cmocka_unit_test(test_huge_requests_are_bounded),
	};

	return cmocka_run_group_tests_name("strbuf", tests, NULL, NULL);
}
