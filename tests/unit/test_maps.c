/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A copy of exactly the bytes, so that the sanitizer sees a read beyond them. */
static char *exact_copy(const char *text, size_t size)
{
	char *exact = malloc(size ? size : 1);

	assert_non_null(exact);
	memcpy(exact, text, size);
	return exact;
}

#define HEAD "7f1234560000-7f1234562000 r-xp 00001000 fe:00 247134"

/* As 6.18 wrote them, or as it would. */
static const struct {
	const char *text;
	enum maps_kind kind;
	bool deleted;
	const char *path; /* as it is copied */
} path_rows[] = {
	{HEAD "                     /usr/bin/cat", MAPS_KIND_FILE, false, "/usr/bin/cat"},
	{HEAD " /usr/bin/cat", MAPS_KIND_FILE, false, "/usr/bin/cat"},
	{HEAD " /usr/bin/cat (deleted)", MAPS_KIND_FILE, true, "/usr/bin/cat"},
	{HEAD " /a (deleted) (deleted)", MAPS_KIND_FILE, true, "/a (deleted)"},
	{HEAD " /a (deleted) ", MAPS_KIND_FILE, false, "/a (deleted) "},
	{HEAD " /a(deleted)", MAPS_KIND_FILE, false, "/a(deleted)"},
	{HEAD " /a\\012b", MAPS_KIND_FILE, false, "/a\nb"},
	{HEAD " /a\\012", MAPS_KIND_FILE, false, "/a\n"},
	{HEAD " /a\\01", MAPS_KIND_FILE, false, "/a\\01"},
	{HEAD " /a\\\\012", MAPS_KIND_FILE, false, "/a\\\n"},
	{HEAD " /a\\011\\0122", MAPS_KIND_FILE, false, "/a\\011\n2"},
	{HEAD " /a b  c ", MAPS_KIND_FILE, false, "/a b  c "},
	{HEAD " /\x1b[31m\xff", MAPS_KIND_FILE, false, "/\x1b[31m\xff"},
	{HEAD " /", MAPS_KIND_FILE, false, "/"},
	{HEAD " ", MAPS_KIND_ANONYMOUS, false, ""},
	{HEAD "      ", MAPS_KIND_ANONYMOUS, false, ""},
	{HEAD " [heap]", MAPS_KIND_ANONYMOUS, false, "[heap]"},
	{HEAD " [stack]", MAPS_KIND_ANONYMOUS, false, "[stack]"},
	{HEAD " [anon:/usr/bin/cat]", MAPS_KIND_ANONYMOUS, false, "[anon:/usr/bin/cat]"},
	{HEAD " [vdso]", MAPS_KIND_VDSO, false, "[vdso]"},
	{HEAD " [vdso] ", MAPS_KIND_ANONYMOUS, false, "[vdso] "},
	{HEAD " [vvar]", MAPS_KIND_ANONYMOUS, false, "[vvar]"},
	{HEAD " anon_inode:[perf_event]", MAPS_KIND_OTHER, false, "anon_inode:[perf_event]"},
	{HEAD " usr/bin/cat", MAPS_KIND_OTHER, false, "usr/bin/cat"},
	{HEAD " /dev/zero (deleted)", MAPS_KIND_ANONYMOUS, true, "/dev/zero"},
	{HEAD " /dev/zero", MAPS_KIND_ANONYMOUS, false, "/dev/zero"},
	{HEAD " /dev/zeros", MAPS_KIND_FILE, false, "/dev/zeros"},
	/* Memory only on a device of no driver. */
	{HEAD " /memfd:jit (deleted)", MAPS_KIND_FILE, true, "/memfd:jit"},
	{"1000-2000 r-xp 0 00:01 5 /memfd:jit (deleted)", MAPS_KIND_MEMFD, true, "/memfd:jit"},
	{"1000-2000 r-xp 0 00:01 5 /memfd:jit", MAPS_KIND_FILE, false, "/memfd:jit"},
	{"1000-2000 r-xp 0 00:01 5 /memfd (deleted)", MAPS_KIND_FILE, true, "/memfd"},
	{"1000-2000 r-xs 0 00:01 5 /SYSV00000000 (deleted)", MAPS_KIND_ANONYMOUS, true,
	 "/SYSV00000000"},
	{"1000-2000 r-xs 0 00:01 5 /SYSV00000000", MAPS_KIND_FILE, false, "/SYSV00000000"},
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(path_rows); i++) {
		const size_t len = strlen(path_rows[i].text);
		char *exact = exact_copy(path_rows[i].text, len);
		struct maps_line line;
		char path[64];

		if (maps_parse_line(exact, len, &line) != 0)
			fail_msg("row %zu: %s", i, path_rows[i].text);
		if (line.kind != path_rows[i].kind || line.deleted != path_rows[i].deleted)
			fail_msg("row %zu: kind %d: %s", i, (int)line.kind, path_rows[i].text);
		assert_int_equal(maps_copy_path(&line, path, sizeof(path)),
				 strlen(path_rows[i].path));
		assert_string_equal(path, path_rows[i].path);
		assert_true(line.executable);
		free(exact);
	}
}

static void test_numbers(void **state)
{
	static const char text[] = "00401000-ffffffffffffffff ---s fffffffffffff000 103:0abc "
				   "18446744073709551615 /x";
	struct maps_line line;

	(void)state;
	assert_int_equal(maps_parse_line(text, strlen(text), &line), 0);
	assert_int_equal(line.start, 0x401000);
	assert_int_equal(line.end, UINT64_MAX);
	assert_int_equal(line.offset, 0xfffffffffffff000);
	assert_int_equal(line.dev_major, 0x103);
	assert_int_equal(line.dev_minor, 0xabc);
	assert_int_equal(line.inode, UINT64_MAX);
	assert_false(line.executable);
}

static const char *const bad_lines[] = {
	"",
	" ",
	"-",
	HEAD,
	"1000-2000 r-xp 0 0:0",
	"1000-2000 r-xp 0 0:0 ",
	"1000-2000 r-xp 0 0:0 x ",
	"1000-2000 r-xp 0 0:0 -1 ",
	"1000-2000 r-xp 0 0:0 01 ",
	"1000-2000 r-xp 0 0:0 18446744073709551616 ",
	"1000-2000 r-xp 0 0:0  0 ",
	"1000-2000 r-xp 0 0-0 0 ",
	"1000-2000 r-xp 0 100000000:0 0 ",
	"1000-2000 r-xp 0 0:100000000 0 ",
	"1000-2000 r-xp  0:0 0 ",
	"1000-2000 r-xp 0x0 0:0 0 ",
	"1000-2000 r-xp 10000000000000000 0:0 0 ",
	"1000-2000 r-x 0 0:0 0 ",
	"1000-2000 r-xpp 0 0:0 0 ",
	"1000-2000 x-rp 0 0:0 0 ",
	"1000-2000 r-xP 0 0:0 0 ",
	"1000-2000  0 0:0 0 ",
	"1000 2000 r-xp 0 0:0 0 ",
	"1000-1000 r-xp 0 0:0 0 ",
	"2000-1000 r-xp 0 0:0 0 ",
	"-2000 r-xp 0 0:0 0 ",
	"1000- r-xp 0 0:0 0 ",
	" 1000-2000 r-xp 0 0:0 0 ",
	"1000-2000A r-xp 0 0:0 0 ",
	"1000-ABCD r-xp 0 0:0 0 ",
	"00000000000001000-2000 r-xp 0 0:0 0 ",
	"1000-2000 r-xp 0 0:0 0 /a\n",
};

static void test_bad_lines(void **state)
{
	static const char with_nul[] = "1000-2000 r-xp 0 0:0 0 /a\0b";
	struct maps_line line = {.start = 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
		const size_t len = strlen(bad_lines[i]);
		char *exact = exact_copy(bad_lines[i], len);

		if (maps_parse_line(exact, len, &line) != -EINVAL)
			fail_msg("row %zu: %s", i, bad_lines[i]);
		free(exact);
	}
	assert_int_equal(maps_parse_line(with_nul, sizeof(with_nul) - 1, &line), -EINVAL);
	assert_int_equal(line.start, 99);
}

/* A line that is cut is an error, until nothing but the path is cut. */
static void test_cut(void **state)
{
	static const char text[] = HEAD " /usr/bin/cat";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *exact = exact_copy(text, len);
		struct maps_line line;

		assert_int_equal(maps_parse_line(exact, len, &line),
				 len < strlen(HEAD " ") ? -EINVAL : 0);
		free(exact);
	}
}

static void test_copy_is_cut(void **state)
{
	static const char text[] = HEAD " /a\\012bcd";
	struct maps_line line;
	char path[4];

	(void)state;
	assert_int_equal(maps_parse_line(text, strlen(text), &line), 0);
	assert_int_equal(maps_copy_path(&line, path, sizeof(path)), strlen("/a\nbcd"));
	assert_string_equal(path, "/a\n");
	assert_int_equal(maps_copy_path(&line, path, 1), strlen("/a\nbcd"));
	assert_string_equal(path, "");
}

static void test_base_name(void **state)
{
	(void)state;
	assert_string_equal(maps_base_name("/usr/bin/bash"), "bash");
	assert_string_equal(maps_base_name("bash"), "bash");
	assert_string_equal(maps_base_name("/"), "");
	assert_string_equal(maps_base_name(""), "");
}

static const struct {
	const char *text;
	int result;
	uint32_t dev_minor;
	bool remote;
} mount_rows[] = {
	{"36 35 98:7 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw", 0, 7, false},
	{"36 35 0:52 / / rw - overlay overlay rw,lowerdir=/x", 0, 52, false},
	{"36 35 0:52 / /mnt rw,relatime shared:1 master:2 - nfs4 srv:/x rw", 0, 52, true},
	{"36 35 0:52 / /mnt rw - nfs srv:/x rw", 0, 52, true},
	{"36 35 0:52 / /mnt rw - nfsd nfsd rw", 0, 52, false},
	{"36 35 0:52 / /mnt rw - cifs //srv/x rw", 0, 52, true},
	{"36 35 0:52 / /mnt rw - fuse.sshfs srv: rw", 0, 52, true},
	{"36 35 0:52 / /mnt rw - fuse srv: rw", 0, 52, true},
	{"36 35 0:52 / /mnt rw - fusectl fusectl rw", 0, 52, false},
	{"36 35 0:52 / /mnt\\040-\\040nfs rw - tmpfs tmpfs rw", 0, 52, false},
	{"36 35 0:52 / /mnt rw - tmpfs - nfs rw", 0, 52, false},
	{"36 35 0:52 / /mnt rw tmpfs tmpfs rw", -EINVAL, 0, false},
	{"36 35 0:52 / /mnt rw - tmpfs", -EINVAL, 0, false},
	{"36 35 0:52 / /mnt rw -  tmpfs", -EINVAL, 0, false},
	{"36 35 0.52 / /mnt rw - tmpfs tmpfs rw", -EINVAL, 0, false},
	{"36 35 0:4294967296 / /mnt rw - tmpfs tmpfs rw", -EINVAL, 0, false},
	{"36 35 0:-1 / /mnt rw - tmpfs tmpfs rw", -EINVAL, 0, false},
	{"36 x 0:52 / /mnt rw - tmpfs tmpfs rw", -EINVAL, 0, false},
	{"36", -EINVAL, 0, false},
	{"", -EINVAL, 0, false},
};

static void test_mounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mount_rows); i++) {
		const size_t len = strlen(mount_rows[i].text);
		char *exact = exact_copy(mount_rows[i].text, len);
		struct mount_line mount = {.dev_minor = 0};

		if (mountinfo_parse_line(exact, len, &mount) != mount_rows[i].result ||
		    mount.dev_minor != mount_rows[i].dev_minor ||
		    mount.remote != mount_rows[i].remote)
			fail_msg("row %zu: %s", i, mount_rows[i].text);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),	    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bad_lines),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_copy_is_cut), cmocka_unit_test(test_base_name),
		cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
