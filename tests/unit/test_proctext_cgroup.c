/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proctext_cgroup.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A copy of exactly the bytes, so that the sanitizer sees a read beyond them. */
static char *copy(const void *text, size_t size)
{
	char *exact = malloc(size ? size : 1);

	assert_non_null(exact);
	memcpy(exact, text, size);
	return exact;
}

static const struct {
	const char *text;
	int result;
	const char *v1; /* NULL: none */
	const char *v2;
} cgroup_rows[] = {
	{"9:name=systemd:/\n8:pids:/x\n6:freezer:/docker/1f\n0::/user.slice\n", 0, "/docker/1f",
	 "/user.slice"},
	{"0::/\n", 0, NULL, "/"},
	{"6:freezer:/\n", 0, "/", NULL},
	{"", 0, NULL, NULL},
	{"3:cpu,freezer:/a\n", 0, "/a", NULL},
	{"3:freezer,cpu:/a\n", 0, "/a", NULL},
	{"3:cpu,freezer,pids:/a\n", 0, "/a", NULL},
	/* names are not escaped, and may hold what separates */
	{"0::/a b:c\\d\t\x1b\xff (deleted)\n", 0, NULL, "/a b:c\\d\t\x1b\xff (deleted)"},
	{"6:freezer:/0::/x\n", 0, "/0::/x", NULL},
	{"0::/...\n", 0, NULL, "/..."},
	{"0::/..a/.b/a..\n", 0, NULL, "/..a/.b/a.."},
	/* a controller that is only named alike */
	{"3:freezers:/a\n3:xfreezer:/b\n3:name=freezer:/c\n", 0, NULL, NULL},
	{"0:freezers:/a\n", 0, NULL, NULL},
	{"1::/a\n", 0, NULL, NULL},
	/* a bad path matters only where it would be used */
	{"8:pids:/../x\n0::/a\n", 0, NULL, "/a"},
	{"0::/../x\n", -EINVAL, NULL, NULL},
	{"0::/..\n", -EINVAL, NULL, NULL},
	{"0::/a/..\n", -EINVAL, NULL, NULL},
	{"0::/a/../b\n", -EINVAL, NULL, NULL},
	{"0::/./a\n", -EINVAL, NULL, NULL},
	{"0::/a/.\n", -EINVAL, NULL, NULL},
	{"0:://a\n", -EINVAL, NULL, NULL},
	{"0::/a//b\n", -EINVAL, NULL, NULL},
	{"0::/a/\n", -EINVAL, NULL, NULL},
	{"0::a\n", -EINVAL, NULL, NULL},
	{"0::\n", -EINVAL, NULL, NULL},
	{"6:freezer:/../x\n0::/a\n", -EINVAL, NULL, NULL},
	/* twice */
	{"0::/a\n0::/a\n", -EINVAL, NULL, NULL},
	{"6:freezer:/a\n7:freezer:/b\n", -EINVAL, NULL, NULL},
	/* not whole */
	{"0::/a", -EINVAL, NULL, NULL},
	{"6:freezer:/a\n0::/a", -EINVAL, NULL, NULL},
	{"\n", -EINVAL, NULL, NULL},
	{"0\n", -EINVAL, NULL, NULL},
	{"0:\n", -EINVAL, NULL, NULL},
	{":freezer:/a\n", -EINVAL, NULL, NULL},
	{"-1:freezer:/a\n", -EINVAL, NULL, NULL},
	{"06:freezer:/a\n", -EINVAL, NULL, NULL},
	{"2147483648:freezer:/a\n", -EINVAL, NULL, NULL},
	{"0::/a\nx\n", -EINVAL, NULL, NULL},
};

static void check_path(size_t row, const struct proctext_cgroup_path *found, const char *expected)
{
	if (!expected) {
		assert_null(found->path);
		return;
	}
	if (!found->path || found->len != strlen(expected) ||
	    memcmp(found->path, expected, found->len) != 0)
		fail_msg("row %zu: not %s", row, expected);
}

static void test_cgroup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cgroup_rows); i++) {
		struct proctext_cgroup_path paths[CGROUP_HIERARCHY_COUNT] = {{"before", 6}};
		size_t size = strlen(cgroup_rows[i].text);
		char *exact = copy(cgroup_rows[i].text, size);

		if (proctext_parse_cgroup(exact, size, paths) != cgroup_rows[i].result)
			fail_msg("row %zu: %s", i, cgroup_rows[i].text);
		if (cgroup_rows[i].result < 0) {
			assert_string_equal(paths[0].path, "before");
		} else {
			check_path(i, &paths[CGROUP_V1_FREEZER], cgroup_rows[i].v1);
			check_path(i, &paths[CGROUP_V2], cgroup_rows[i].v2);
		}
		free(exact);
	}
}

static const struct {
	const char *text;
	const char *controller; /* NULL: of v2 */
	int result;
	const char *path; /* NULL: none */
} cgroup_of_rows[] = {
	{"8:pids:/x\n6:freezer:/f\n0::/u\n", "pids", 0, "/x"},
	{"8:pids:/x\n6:freezer:/f\n0::/u\n", "freezer", 0, "/f"},
	{"8:pids:/x\n6:freezer:/f\n0::/u\n", NULL, 0, "/u"},
	{"8:cpu,pids,freezer:/x\n", "pids", 0, "/x"},
	{"8:xpids:/x\n7:name=pids:/y\n0::/u\n", "pids", 0, NULL},
	{"8:pids:/x\n", NULL, 0, NULL},
	/* another's bad path does not matter */
	{"8:pids:/x\n6:freezer:/../f\n0::/..\n", "pids", 0, "/x"},
	{"8:pids:/../x\n0::/u\n", "pids", -EINVAL, NULL},
	{"8:pids:/x\n9:pids:/y\n", "pids", -EINVAL, NULL},
	{"0::/u\n0::/u\n", NULL, -EINVAL, NULL},
	{"8:pids:/x\n0::/u", "pids", -EINVAL, NULL},
};

static void test_cgroup_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cgroup_of_rows); i++) {
		struct proctext_cgroup_path path = {"before", 6};
		size_t size = strlen(cgroup_of_rows[i].text);
		char *exact = copy(cgroup_of_rows[i].text, size);

		if (proctext_parse_cgroup_of(exact, size, cgroup_of_rows[i].controller, &path) !=
		    cgroup_of_rows[i].result)
			fail_msg("row %zu: %s", i, cgroup_of_rows[i].text);
		if (cgroup_of_rows[i].result < 0)
			assert_string_equal(path.path, "before");
		else
			check_path(i, &path, cgroup_of_rows[i].path);
		free(exact);
	}
}

static void test_cgroup_with_nul(void **state)
{
	static const char text[] = "0::/a\0b\n";
	struct proctext_cgroup_path paths[CGROUP_HIERARCHY_COUNT];

	(void)state;
	assert_int_equal(proctext_parse_cgroup(text, sizeof(text) - 1, paths), -EINVAL);
}

#define FREEZER "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime"
#define PIDS	"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime"
#define UNIFIED "41 31 0:38 / /sys/fs/cgroup rw"

static const struct {
	const char *text;
	int result;
	enum cgroup_hierarchy hierarchy;
	const char *root;
	const char *point;
} mount_rows[] = {
	{FREEZER " - cgroup cgroup rw,freezer", 0, CGROUP_V1_FREEZER, "/",
	 "/sys/fs/cgroup/freezer"},
	{FREEZER " shared:9 master:1 - cgroup cgroup rw,freezer", 0, CGROUP_V1_FREEZER, "/",
	 "/sys/fs/cgroup/freezer"},
	{FREEZER " - cgroup none rw,cpu,freezer,pids", 0, CGROUP_V1_FREEZER, "/",
	 "/sys/fs/cgroup/freezer"},
	{UNIFIED " - cgroup2 cgroup2 rw,nsdelegate", 0, CGROUP_V2, "/", "/sys/fs/cgroup"},
	{"1 2 0:3 /kubepods/pod1 /a\\040b\\011c\\134d\\043e rw - cgroup2 none rw", 0, CGROUP_V2,
	 "/kubepods/pod1", "/a b\tc\\d#e"},
	{"1 2 0:3 / /\xff rw - cgroup2 none rw", 0, CGROUP_V2, "/", "/\xff"},
	{"1 2 0:3 / / rw - cgroup2 none rw", 0, CGROUP_V2, "/", "/"},
	/* outside of the reader's cgroup namespace */
	{"1 2 0:3 /.. /a rw - cgroup2 none rw", 0, CGROUP_HIERARCHY_COUNT, "", "/a"},
	{"1 2 0:3 /../.. /a rw - cgroup2 none rw", 0, CGROUP_HIERARCHY_COUNT, "", "/a"},
	{"1 2 0:3 /../../b /a rw - cgroup c rw,freezer", 0, CGROUP_HIERARCHY_COUNT, "", "/a"},
	{"1 2 0:3 /..b /a rw - cgroup2 none rw", 0, CGROUP_V2, "/..b", "/a"},
	/* no freezer */
	{PIDS " - cgroup cgroup rw,pids", 0, CGROUP_HIERARCHY_COUNT, "/", "/sys/fs/cgroup/pids"},
	/* others; their paths do not matter */
	{FREEZER " - cgroup cgroup rw,memory", 0, CGROUP_HIERARCHY_COUNT, "", ""},
	{FREEZER " - cgroup cgroup rw,xfreezer,name=freezer,name=pids", 0, CGROUP_HIERARCHY_COUNT,
	 "", ""},
	{FREEZER " - cgroup3 cgroup2 rw,freezer", 0, CGROUP_HIERARCHY_COUNT, "", ""},
	{FREEZER " - tmpfs cgroup2 rw,freezer", 0, CGROUP_HIERARCHY_COUNT, "", ""},
	{"1 2 0:3 net:[4026532281] /run/x rw - nsfs nsfs rw", 0, CGROUP_HIERARCHY_COUNT, "", ""},
	/* not whole */
	{"", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{FREEZER, -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{FREEZER " -", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{FREEZER " - cgroup", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{FREEZER " - cgroup cgroup", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{FREEZER " shared:1 cgroup cgroup rw,freezer", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / / - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	/* paths that lead elsewhere */
	{"1 2 0:3 /a/.. /a rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 /a/../b /a rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a/../b rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a/\\056\\056/b rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL,
	 NULL},
	{"1 2 0:3 / a rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3  /a rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	/* escapes */
	{"1 2 0:3 / /a\\04 rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a\\ rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a\\n rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a\\048 rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a\\000 rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
	{"1 2 0:3 / /a\\777 rw - cgroup2 none rw", -EINVAL, CGROUP_HIERARCHY_COUNT, NULL, NULL},
};

static void test_mount(void **state)
{
	static struct proctext_mount mount;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mount_rows); i++) {
		size_t size = strlen(mount_rows[i].text);
		char *exact = copy(mount_rows[i].text, size);
		bool good = mount_rows[i].result == 0;

		memcpy(mount.root, "before", 7);
		if (proctext_parse_mount(exact, size, &mount) != mount_rows[i].result)
			fail_msg("row %zu: %s", i, mount_rows[i].text);
		assert_string_equal(mount.root, good ? mount_rows[i].root : "before");
		if (good) {
			assert_int_equal(mount.hierarchy, mount_rows[i].hierarchy);
			assert_string_equal(mount.point, mount_rows[i].point);
		}
		free(exact);
	}
}

/* Which of the trees that show containers it is; one of v1 can be for several controllers. */
static void test_mount_tree(void **state)
{
	static const struct {
		const char *text;
		enum cgroup_hierarchy hierarchy;
		bool v2;
		bool v1_pids;
	} rows[] = {
		{UNIFIED " - cgroup2 cgroup2 rw,nsdelegate", CGROUP_V2, true, false},
		{UNIFIED " - cgroup2 pids rw,pids", CGROUP_V2, true, false},
		{PIDS " - cgroup cgroup rw,pids", CGROUP_HIERARCHY_COUNT, false, true},
		{PIDS " - cgroup cgroup rw,cpu,pids,cpuacct", CGROUP_HIERARCHY_COUNT, false, true},
		{PIDS " - cgroup cgroup rw,freezer,pids", CGROUP_V1_FREEZER, false, true},
		{FREEZER " - cgroup cgroup rw,freezer", CGROUP_V1_FREEZER, false, false},
		{PIDS " - cgroup cgroup rw,name=pids", CGROUP_HIERARCHY_COUNT, false, false},
		{PIDS " - cgroup pids rw", CGROUP_HIERARCHY_COUNT, false, false},
		{PIDS " - tmpfs cgroup rw,pids", CGROUP_HIERARCHY_COUNT, false, false},
		{"1 2 0:3 /.. /a rw - cgroup2 none rw", CGROUP_HIERARCHY_COUNT, true, false},
		{"1 2 0:3 /../b /a rw - cgroup none rw,pids", CGROUP_HIERARCHY_COUNT, false, true},
	};
	static struct proctext_mount mount;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(proctext_parse_mount(rows[i].text, strlen(rows[i].text), &mount),
				 0);
		assert_int_equal(mount.hierarchy, rows[i].hierarchy);
		assert_int_equal(mount.v2, rows[i].v2);
		assert_int_equal(mount.v1_pids, rows[i].v1_pids);
	}
}

static void test_mount_length(void **state)
{
	static struct proctext_mount mount;
	static char text[PROCTEXT_PATH_SIZE + 100];

	(void)state;
	for (size_t len = PROCTEXT_PATH_SIZE - 2; len <= PROCTEXT_PATH_SIZE; len++) {
		static const char end[] = " rw - cgroup2 none rw";
		char *at = text;

		memcpy(at, "1 2 0:3 / /", 11);
		memset(at + 11, 'a', len - 1);
		memcpy(at + 10 + len, end, sizeof(end));
		assert_int_equal(proctext_parse_mount(text, strlen(text), &mount),
				 len < PROCTEXT_PATH_SIZE ? 0 : -EINVAL);
		if (len < PROCTEXT_PATH_SIZE)
			assert_int_equal(strlen(mount.point), len);
	}
}

static void test_freezer_state(void **state)
{
	static const struct {
		const char *text;
		int state; /* -1: an error */
	} rows[] = {
		{"THAWED\n", CGROUP_THAWED},
		{"FREEZING\n", CGROUP_FREEZING},
		{"FROZEN\n", CGROUP_FROZEN},
		{"FROZEN", -1},
		{"FROZEN\n\n", -1},
		{"FROZEN \n", -1},
		{"frozen\n", -1},
		{"FRO\n", -1},
		{"", -1},
		{"\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);
		char *exact = copy(rows[i].text, size);
		enum cgroup_freezer found = CGROUP_FREEZING;

		assert_int_equal(proctext_parse_freezer_state(exact, size, &found),
				 rows[i].state < 0 ? -EINVAL : 0);
		assert_int_equal(found, rows[i].state < 0 ? CGROUP_FREEZING : rows[i].state);
		free(exact);
	}
}

static void test_events(void **state)
{
	static const struct {
		const char *text;
		int frozen; /* -1: an error */
	} rows[] = {
		{"populated 1\nfrozen 1\n", 1},
		{"populated 1\nfrozen 0\n", 0},
		{"frozen 1\npopulated 0\n", 1},
		{"frozen 1\n", 1},
		{"populated 1\n", -1}, /* before Linux 5.2 */
		{"", -1},
		{"frozen 1", -1},
		{"frozen 2\n", -1},
		{"frozen 10\n", -1},
		{"frozen \n", -1},
		{"frozen  1\n", -1},
		{"frozen\t1\n", -1},
		{"notfrozen 1\n", -1},
		{"frozen 1\nfrozen 1\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);
		char *exact = copy(rows[i].text, size);
		bool frozen = i % 2;

		if (proctext_parse_cgroup_events(exact, size, &frozen) !=
		    (rows[i].frozen < 0 ? -EINVAL : 0))
			fail_msg("row %zu: %s", i, rows[i].text);
		assert_int_equal(frozen, rows[i].frozen < 0 ? (int)(i % 2) : rows[i].frozen);
		free(exact);
	}
}

static void test_flag(void **state)
{
	static const struct {
		const char *text;
		int flag; /* -1: an error */
	} rows[] = {
		{"0\n", 0},  {"1\n", 1},   {"1", -1},	  {"", -1},	{"\n", -1},
		{"2\n", -1}, {"01\n", -1}, {"1\n\n", -1}, {"10\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);
		char *exact = copy(rows[i].text, size);
		bool flag = true;

		assert_int_equal(proctext_parse_flag(exact, size, &flag),
				 rows[i].flag < 0 ? -EINVAL : 0);
		assert_int_equal(flag, rows[i].flag < 0 ? 1 : rows[i].flag);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),	      cmocka_unit_test(test_cgroup_with_nul),
		cmocka_unit_test(test_cgroup_of),     cmocka_unit_test(test_mount_tree),
		cmocka_unit_test(test_mount),	      cmocka_unit_test(test_mount_length),
		cmocka_unit_test(test_freezer_state), cmocka_unit_test(test_events),
		cmocka_unit_test(test_flag),
	};

	return cmocka_run_group_tests_name("proctext_cgroup", tests, NULL, NULL);
}
