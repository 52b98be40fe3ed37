/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kallsyms.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *line;
	uint64_t address;
	const char *name; /* NULL: not a function */
} rows[] = {
	{"ffffffff81000000 T _stext", 0xffffffff81000000, "_stext"},
	{"ffffffff810a1b20 t __send_signal_locked", 0xffffffff810a1b20, "__send_signal_locked"},
	{"ffffffff810a1b20 W weak", 0xffffffff810a1b20, "weak"},
	{"ffffffff810a1b20 w weak", 0xffffffff810a1b20, "weak"},
	{"ffffffffc0123450 t ext4_da_write\t[ext4]", 0xffffffffc0123450, "ext4_da_write"},
	{"ffffffffc0123450 t bpf_prog_6deef7357e7b4530_f [bpf]", 0xffffffffc0123450,
	 "bpf_prog_6deef7357e7b4530_f"},
	{"ffffffff810a1b20 t __isig.isra.0", 0xffffffff810a1b20, "__isig"},
	{"ffffffff810a1b20 t oom_kill_process.cold", 0xffffffff810a1b20, "oom_kill_process"},
	{"ffffffff810a1b20 t f.constprop.1.part.2\t[m]", 0xffffffff810a1b20, "f"},
	/* Hidden (kptr_restrict), and of 32 bits. */
	{"0000000000000000 T _stext", 0, "_stext"},
	{"c0008000 T stext", 0xc0008000, "stext"},
	{"ffffffffffffffff T last", UINT64_MAX, "last"},
	{"0 t x", 0, "x"},
	{"ffffffff810a1b20 t $", 0, NULL},
	/* Data, marks, labels. */
	{"ffffffff82000000 D jiffies", 0, NULL},
	{"ffffffff82000000 r __func__.1", 0, NULL},
	{"ffffffff82000000 A absolute", 0, NULL},
	{"ffff800080010000 t $x", 0, NULL},
	{"ffff800080010000 t $d.12", 0, NULL},
	{"ffffffff81000000 t .Lrelocate", 0, NULL},
	{"ffffffff81000000 t .slowpath", 0, NULL},
	/* Not of this form. */
	{"", 0, NULL},
	{"T", 0, NULL},
	{"ffffffff81000000", 0, NULL},
	{"ffffffff81000000 ", 0, NULL},
	{"ffffffff81000000 T", 0, NULL},
	{"ffffffff81000000 T ", 0, NULL},
	{"ffffffff81000000 T  two", 0, NULL},
	{"ffffffff81000000  T two", 0, NULL},
	{"ffffffff81000000\tT\ttabs", 0, NULL},
	{"ffffffff81000000 TT name", 0, NULL},
	{"ffffffff81000000T name", 0, NULL},
	{"1ffffffff81000000 T long", 0, NULL},
	{"0xffffffff81000000 T prefix", 0, NULL},
	{"FFFFFFFF81000000 T upper", 0, NULL},
	{"-1 T negative", 0, NULL},
	{" ffffffff81000000 T blank", 0, NULL},
	{"g T name", 0, NULL},
	{" T name", 0, NULL},
	{"ffffffff81000000\tT name", 0, NULL},
	{"ffffffff81000000 T\tname", 0, NULL},
};

/* In exactly these bytes. */
static bool parse(const char *line, size_t len, struct kallsyms_function *ret)
{
	char *copy = malloc(len ? len : 1);
	bool is_function;

	assert_non_null(copy);
	memcpy(copy, line, len);
	is_function = kallsyms_parse_function(copy, len, ret);
	if (is_function) {
		assert_true(ret->name >= copy && ret->name + ret->name_len <= copy + len);
		ret->name = line + (ret->name - copy);
	}
	free(copy);
	return is_function;
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kallsyms_function f = {.address = 7};

		if (parse(rows[i].line, strlen(rows[i].line), &f) != !!rows[i].name)
			fail_msg("\"%s\"", rows[i].line);
		if (!rows[i].name) {
			assert_true(f.address == 7 && !f.name && f.name_len == 0);
			continue;
		}
		assert_true(f.address == rows[i].address);
		assert_int_equal(f.name_len, strlen(rows[i].name));
		assert_memory_equal(f.name, rows[i].name, f.name_len);
	}
}

/* Wherever it is cut, nothing behind the cut is read. */
static void test_cut_lines(void **state)
{
	static const char line[] = "ffffffffc0123450 t ext4_da_write.isra.0\t[ext4]";

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		struct kallsyms_function f = {0};

		assert_int_equal(parse(line, len, &f), len >= sizeof("ffffffffc0123450 t e") - 1);
	}
}

static void test_nul(void **state)
{
	static const char line[] = "ffffffffc0123450 t na\0me";
	struct kallsyms_function f = {0};

	(void)state;
	assert_false(parse(line, sizeof(line) - 1, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut_lines),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests_name("kallsyms", tests, NULL, NULL);
}
