/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signal_list.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED	  0x5a5a5a5a5a5a5a5aULL

#define ALL	      UINT64_MAX
#define BIT(sig)      (1ULL << ((sig)-1))
#define FROM_34_TO_64 (ALL << 33)

static const struct {
	const char *text;
	uint64_t mask;
} lists[] = {
	{"TERM", BIT(15)},
	{"sigterm", BIT(15)},
	{"TERM,INT", BIT(15) | BIT(2)},
	{"TERM,TERM,15", BIT(15)},
	{"1-15", 0x7fff},
	{"1-64", ALL},
	{"9-9", BIT(9)},
	{"HUP-TERM", 0x7fff},
	{"64", BIT(64)},
	{"63-64", BIT(63) | BIT(64)},
	{"RTMIN-RTMAX", FROM_34_TO_64},
	{"SIGRTMIN-SIGRTMAX", FROM_34_TO_64},
	{"RTMIN+1-RTMIN+4", BIT(35) | BIT(36) | BIT(37) | BIT(38)},
	{"RTMAX-2", BIT(62)},
	{"RTMAX-2-RTMAX", BIT(62) | BIT(63) | BIT(64)},
	{"RTMAX-5-RTMAX-2", BIT(59) | BIT(60) | BIT(61) | BIT(62)},
	{"RTMAX-2-64", BIT(62) | BIT(63) | BIT(64)},
	{"60-RTMAX-2", BIT(60) | BIT(61) | BIT(62)},
	{"32-33", BIT(32) | BIT(33)},
	{"SIG32-SIG33", BIT(32) | BIT(33)},
	{"all", ALL},
	{"ALL", ALL},
	{"all,TERM", ALL},
	{"!CHLD", ALL & ~BIT(17)},
	{"!CHLD,!URG", ALL & ~BIT(17) & ~BIT(23)},
	{"!RTMIN-RTMAX", ~FROM_34_TO_64},
	{"!1-15", ALL & ~0x7fffULL},
	{"all,!CHLD", ALL & ~BIT(17)},
	{"!CHLD,all", ALL & ~BIT(17)},
	{"1-15,!KILL", 0x7fff & ~BIT(9)},
	{"!KILL,1-15", 0x7fff & ~BIT(9)},
	{"TERM,!CHLD", BIT(15)},
	{"SIGRTMIN+29-SIGRTMAX", BIT(63) | BIT(64)},
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *bad = (const char *)&bad;
		size_t bad_len = 77;
		uint64_t mask = 0;

		assert_int_equal(signal_list_parse(lists[i].text, &mask, NULL, &bad, &bad_len), 0);
		assert_true(mask == lists[i].mask);
		assert_ptr_equal(bad, &bad);
		assert_int_equal(bad_len, 77);
	}
}

static const struct {
	const char *text;
	int result;
	size_t bad_at;
	size_t bad_len;
} bad_lists[] = {
	{"", -EINVAL, 0, 0},
	{",", -EINVAL, 0, 0},
	{"TERM,", -EINVAL, 5, 0},
	{",TERM", -EINVAL, 0, 0},
	{"TERM,,INT", -EINVAL, 5, 0},
	{"FOO", -EINVAL, 0, 3},
	{"TERM,FOO,INT", -EINVAL, 5, 3},
	{"TERM, INT", -EINVAL, 5, 4},
	{"TERM ", -EINVAL, 0, 5},
	{"!", -EINVAL, 0, 1},
	{"!!TERM", -EINVAL, 0, 6},
	{"TERM,!FOO", -EINVAL, 5, 4},
	{"! TERM", -EINVAL, 0, 6},
	{"TERM!", -EINVAL, 0, 5},
	{"65", -EINVAL, 0, 2},
	{"1-65", -EINVAL, 0, 4},
	{"15-1", -EINVAL, 0, 4},
	{"TERM-HUP", -EINVAL, 0, 8},
	{"1-", -EINVAL, 0, 2},
	{"-15", -EINVAL, 0, 3},
	{"-", -EINVAL, 0, 1},
	{"1-2-3", -EINVAL, 0, 5},
	{"1--2", -EINVAL, 0, 4},
	{"1-FOO", -EINVAL, 0, 5},
	{"all-5", -EINVAL, 0, 5},
	{"alll", -EINVAL, 0, 4},
	{"RTMAX-RTMIN", -EINVAL, 0, 11},
	{"RTMIN+31", -EINVAL, 0, 8},
	{"TERM;INT", -EINVAL, 0, 8},
	{"015", -EINVAL, 0, 3},
	{"00", -EINVAL, 0, 2},
	{"TERM,AVERYLONGWORDTHATISNOSIGNALATALL", -EINVAL, 5, 32},
	{"1-AVERYLONGWORDTHATISNOSIGNALATALL", -EINVAL, 0, 34},
	{"0", -ENOMSG, 0, 1},
	{"!0", -ENOMSG, 0, 2},
	{"TERM,0", -ENOMSG, 5, 1},
	{"0-15", -ENOMSG, 0, 4},
	{"0-0", -ENOMSG, 0, 3},
	{"15-0", -ENOMSG, 0, 4},
	{"0-FOO", -EINVAL, 0, 5},
	{"FOO-0", -EINVAL, 0, 5},
	{"TERM,!TERM", -ENODATA, 0, 10},
	{"!all", -ENODATA, 0, 4},
	{"TERM,!1-64", -ENODATA, 0, 10},
};

static void test_bad_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_lists); i++) {
		const char *bad = NULL;
		size_t bad_len = 0;
		uint64_t mask = UNTOUCHED;

		assert_int_equal(signal_list_parse(bad_lists[i].text, &mask, NULL, &bad, &bad_len),
				 bad_lists[i].result);
		assert_true(mask == UNTOUCHED);
		assert_ptr_equal(bad, bad_lists[i].text + bad_lists[i].bad_at);
		assert_int_equal(bad_len, bad_lists[i].bad_len);
	}
}

static void test_every_single_signal(void **state)
{
	(void)state;
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		const char *bad;
		size_t bad_len;
		uint64_t mask = 0;

		assert_int_equal(signal_list_parse(signal_name(sig), &mask, NULL, &bad, &bad_len),
				 0);
		assert_true(mask == signal_bit(sig));
	}
}

/* Where signal 0 is asked for, it changes nothing about the others. */
static void test_probes(void **state)
{
	static const struct {
		const char *text;
		uint64_t mask;
	} rows[] = {
		{"0", 0},	{"0,0", 0},	{"0,TERM", BIT(15)}, {"TERM,0", BIT(15)},
		{"all,0", ALL}, {"0,!TERM", 0}, {"TERM,0,!TERM", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *bad = NULL;
		size_t bad_len = 0;
		uint64_t mask = UNTOUCHED;
		bool probes = false;

		assert_int_equal(signal_list_parse(rows[i].text, &mask, &probes, &bad, &bad_len),
				 0);
		assert_true(mask == rows[i].mask);
		assert_true(probes);
		assert_null(bad);
	}
}

/* "0" as a word of its own. */
static bool text_has_probe(const char *text)
{
	return strcmp(text, "0") == 0 || strcmp(text, "TERM,0") == 0;
}

static void test_probes_beside_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *bad;
		size_t bad_len;
		uint64_t mask = 0;
		bool probes = false;

		assert_int_equal(signal_list_parse(lists[i].text, &mask, &probes, &bad, &bad_len),
				 0);
		assert_true(mask == lists[i].mask);
		assert_false(probes);
		/* What an earlier list said stays. */
		probes = true;
		signal_list_parse(lists[i].text, &mask, &probes, &bad, &bad_len);
		assert_true(probes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad_lists); i++) {
		const bool fine = bad_lists[i].result == -ENOMSG &&
				  text_has_probe(bad_lists[i].text);
		const char *bad;
		size_t bad_len;
		uint64_t mask = UNTOUCHED;
		bool probes = false;

		assert_int_equal(
			signal_list_parse(bad_lists[i].text, &mask, &probes, &bad, &bad_len),
			fine ? 0 : bad_lists[i].result);
		assert_true(probes == fine);
		assert_true((mask == UNTOUCHED) == !fine);
	}
}

static void test_only_excludes(void **state)
{
	(void)state;
	assert_true(signal_list_only_excludes("!CHLD"));
	assert_true(signal_list_only_excludes("!CHLD,!URG"));
	assert_false(signal_list_only_excludes("CHLD"));
	assert_false(signal_list_only_excludes("!CHLD,URG"));
	assert_false(signal_list_only_excludes("all,!CHLD"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bad_lists),
		cmocka_unit_test(test_every_single_signal),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probes_beside_others),
		cmocka_unit_test(test_only_excludes),
	};

	return cmocka_run_group_tests_name("signal_list", tests, NULL, NULL);
}
