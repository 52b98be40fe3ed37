/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render_reports.h"
#include "suggest.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void test_distances(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		unsigned int distance;
	} rows[] = {
		{"", "", 0},
		{"a", "", 1},
		{"trace", "trace", 0},
		{"TRACE", "trace", 0},
		{"trac", "trace", 1},
		{"traces", "trace", 1},
		{"trade", "trace", 1},
		{"tarce", "trace", 1},
		{"rtaec", "trace", 2},
		{"kitten", "sitting", 3},
		/* Optimal string alignment: what was swapped is not edited again. */
		{"ca", "abc", 3},
		{"abc", "xyz", 3},
		{"\xc3\x9c", "\xc3\xbc", 1}, /* case is that of ASCII only */
		{"@", "`", 1},
		{"[", "{", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (suggest_distance(rows[i].a, rows[i].b) != rows[i].distance ||
		    suggest_distance(rows[i].b, rows[i].a) != rows[i].distance)
			fail_msg("%s, %s: %u", rows[i].a, rows[i].b,
				 suggest_distance(rows[i].a, rows[i].b));
	}
}

static void test_lengths(void **state)
{
	char longest[SUGGEST_LENGTH_MAX + 1];
	char longer[SUGGEST_LENGTH_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(suggest_distance(longest, longest), 0);
	assert_int_equal(suggest_distance(longest, ""), SUGGEST_LENGTH_MAX);
	assert_int_equal(suggest_distance("", longest), SUGGEST_LENGTH_MAX);
	assert_int_equal(suggest_distance(longer, longest), UINT_MAX);
	assert_int_equal(suggest_distance(longest, longer), UINT_MAX);
	assert_int_equal(suggest_distance(longer, longer), UINT_MAX);
}

/* The laws that every such distance obeys, whatever the words. */
static void test_laws(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char a[12] = "";
		char b[12] = "";
		size_t a_len = random_next(&seed) % sizeof(a);
		size_t b_len = random_next(&seed) % sizeof(b);
		unsigned int distance;

		for (size_t i = 0; i < a_len; i++)
			a[i] = "abAB\xff"[random_next(&seed) % 5];
		for (size_t i = 0; i < b_len; i++)
			b[i] = "abAB\xff"[random_next(&seed) % 5];
		distance = suggest_distance(a, b);
		assert_int_equal(distance, suggest_distance(b, a));
		assert_true(distance <= (a_len > b_len ? a_len : b_len));
		assert_true(distance >= (a_len > b_len ? a_len - b_len : b_len - a_len));
		assert_int_equal(suggest_distance(a, a), 0);
	}
}

static void test_results(void **state)
{
	static const char *const names[] = {"trace",   "features", "completion",
					    "inspect", "check",	   "chain"};
	static const struct {
		const char *word;
		const char *name; /* NULL: none is near */
	} rows[] = {
		{"trace", "trace"},
		{"tarce", "trace"},
		{"TRACE", "trace"},
		{"tracee", "trace"},
		{"feture", "features"},
		{"fture", NULL}, /* three letters away, and one is allowed */
		{"fetures", "features"},
		{"featuers", "features"},
		{"chcek", "check"},
		{"chan", "chain"},
		{"xyz", NULL},
		{"", NULL},
		{"t", NULL},
		/* Abbreviations, however short. */
		{"fe", "features"},
		{"comp", "completion"},
		{"tr", "trace"},
		{"ch", "check"}, /* the first of two */
		{"featuresx", "features"},
		{"featuresxyzwv", NULL},
		{"an argument that is much longer than any name", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct suggest s;
		const char *result;

		suggest_init(&s, rows[i].word);
		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			suggest_offer(&s, names[n]);
		result = suggest_result(&s);
		if (result ? !rows[i].name || strcmp(result, rows[i].name) != 0
			   : rows[i].name != NULL)
			fail_msg("%s: %s", rows[i].word, result ? result : "nothing");
	}
}

static void test_nothing_offered(void **state)
{
	struct suggest s;

	(void)state;
	suggest_init(&s, "trace");
	assert_null(suggest_result(&s));
}

static void test_ties_go_to_the_first(void **state)
{
	struct suggest s;

	(void)state;
	suggest_init(&s, "cat");
	suggest_offer(&s, "bat");
	suggest_offer(&s, "hat");
	assert_string_equal(suggest_result(&s), "bat");
	suggest_offer(&s, "cat");
	assert_string_equal(suggest_result(&s), "cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_nothing_offered),
		cmocka_unit_test(test_ties_go_to_the_first),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
