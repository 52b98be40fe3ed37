/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "container.h"
#include "container_words.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define ID		  "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"

static void test_runtimes(void **state)
{
	(void)state;
	assert_null(container_runtime_name(CONTAINER_RUNTIME_NOT_KNOWN));
	assert_string_equal(container_runtime_name(CONTAINER_RUNTIME_DOCKER), "docker");
	assert_string_equal(container_runtime_name(CONTAINER_RUNTIME_CONTAINERD), "containerd");
	assert_string_equal(container_runtime_name(CONTAINER_RUNTIME_CRIO), "cri-o");
	assert_string_equal(container_runtime_name(CONTAINER_RUNTIME_PODMAN), "podman");
	assert_null(container_runtime_name(CONTAINER_RUNTIME_COUNT));
}

static void test_ids(void **state)
{
	(void)state;
	assert_true(container_id_is_valid(ID, 64));
	assert_false(container_id_is_valid(ID, 63));
	assert_false(container_id_is_valid(ID "0", 65));
	assert_false(container_id_is_valid("", 0));
	for (size_t i = 0; i < 64; i++) {
		static const char wrong[] = {'g', 'A', 'F', '/', ':', '`', '\0', '-'};
		char id[] = ID;

		id[i] = wrong[i % sizeof(wrong)];
		assert_false(container_id_is_valid(id, 64));
	}
}

static const struct {
	const char *name; /* what is to be written */
	struct container container;
} name_rows[] = {
	{"shop/web-0:app",
	 {.id = ID, .pod = "web-0", .namespace = "shop", .in_pod = "app", .name = "k8s_app"}},
	{"shop/web-0", {.id = ID, .pod = "web-0", .namespace = "shop", .sandbox = true}},
	{"web-0:app", {.id = ID, .pod = "web-0", .in_pod = "app"}},
	{"docker:web", {.id = ID, .name = "web", .runtime = CONTAINER_RUNTIME_DOCKER}},
	{"podman:web", {.id = ID, .name = "web", .runtime = CONTAINER_RUNTIME_PODMAN}},
	{"containerd:1f2e3d4c5b6a", {.id = ID, .runtime = CONTAINER_RUNTIME_CONTAINERD}},
	{"cri-o:1f2e3d4c5b6a",
	 {.id = ID, .runtime = CONTAINER_RUNTIME_CRIO, .namespace = "shop", .in_pod = "app"}},
	{"container:1f2e3d4c5b6a", {.id = ID}},
	{"a\\x1b[2J/b\\x0a:\\xe2\\x80\\xae\\xff",
	 {.id = ID, .namespace = "a\033[2J", .pod = "b\n", .in_pod = "\342\200\256\377"}},
	{"docker:\\\\x", {.id = ID, .runtime = CONTAINER_RUNTIME_DOCKER, .name = "\\x"}},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(name_rows); i++) {
		char text[256];
		struct strbuf b;

		strbuf_init(&b, text, sizeof(text));
		container_write_name(&name_rows[i].container, &b);
		assert_string_equal(text, name_rows[i].name);
		assert_false(b.cut);
	}
}

static void test_matches(void **state)
{
	static const struct container c = {.id = ID, .name = "web"};
	static const struct {
		const char *text;
		bool matches;
	} rows[] = {
		{"web", true},
		{"we", false},
		{"web1", false},
		{"/web", false},
		{"Web", false},
		{"1f2e", true},
		{"1f2", false}, /* too short for an id */
		{"1f2e3d4c5b6a", true},
		{ID, true},
		{ID "0", false},
		{"1F2E", false},
		{"1f2f", false},
		{"f2e3", false}, /* not its beginning */
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (container_matches(&c, rows[i].text) != rows[i].matches)
			fail_msg("\"%s\"", rows[i].text);
	assert_false(container_matches(&(struct container){.id = ID}, "web"));
	assert_false(container_matches(&(struct container){.id = ""}, "1f2e"));
	assert_false(container_matches(&(struct container){.id = ""}, ""));
	/* A short name is one. */
	assert_true(container_matches(&(struct container){.id = ID, .name = "a"}, "a"));
}

static void test_matches_pod(void **state)
{
	static const struct container c = {.pod = "web-0", .namespace = "shop", .in_pod = "app"};
	static const struct {
		const char *text;
		bool matches;
	} rows[] = {
		{"web-0", true},
		{"shop/web-0", true},
		{"web", false},
		{"web-00", false},
		{"shop/web", false},
		{"sho/web-0", false},
		{"shop2/web-0", false},
		{"/web-0", false},
		{"shop/", false},
		{"/", false},
		{"", false},
		{"app", false},
		{"shop/web-0/app", false},
		{"a/shop/web-0", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (container_matches_pod(&c, rows[i].text) != rows[i].matches)
			fail_msg("\"%s\"", rows[i].text);
	assert_false(container_matches_pod(&(struct container){.pod = "web-0"}, "shop/web-0"));
	assert_false(container_matches_pod(&(struct container){.pod = "web-0"}, "/web-0"));
	assert_false(container_matches_pod(&(struct container){.namespace = "shop"}, "shop/web-0"));
	assert_false(container_matches_pod(&(struct container){.name = "web-0"}, "web-0"));
}

static void test_complete(void **state)
{
	const struct container first = {.id = ID, .name = "a", .pod = "p"};
	const struct container second = {
		.id = "other",
		.runtime = CONTAINER_RUNTIME_PODMAN,
		.name = "b",
		.image = "i",
		.namespace = "n",
		.pod_uid = "u",
		.in_pod = "c",
		.sandbox = true,
	};
	struct container c = {.id = ""};

	(void)state;
	assert_int_equal(container_complete(&c, &first), 0);
	assert_int_equal(container_complete(&c, &second), 0);
	assert_string_equal(c.id, ID);
	assert_int_equal(c.runtime, CONTAINER_RUNTIME_PODMAN);
	assert_string_equal(c.name, "a");
	assert_ptr_not_equal(c.name, first.name);
	assert_string_equal(c.image, "i");
	assert_string_equal(c.pod, "p");
	assert_string_equal(c.namespace, "n");
	assert_string_equal(c.pod_uid, "u");
	assert_string_equal(c.in_pod, "c");
	assert_true(c.sandbox);
	container_free(&c);
	assert_null(c.name);
	assert_null(c.in_pod);
	container_free(&c);
}

/* Cut in whole characters. */
static void test_long_names(void **state)
{
	static const struct {
		const char *character;
		size_t count; /* of them, after one "a" */
		size_t len;   /* of what is kept */
	} rows[] = {
		{"b", 251, 252},	 {"b", 252, 253},	  {"b", 253, 253},
		{"b", 4000, 253},	 {"é", 126, 253},	  {"é", 127, 253},
		{"é", 2000, 253},	 {"€", 84, 253},	  {"€", 85, 253},
		{"\U0001f600", 63, 253}, {"\U0001f600", 64, 253}, {"\377", 300, 253},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t step = strlen(rows[i].character);
		char *text = malloc(1 + rows[i].count * step + 1);
		struct container c = {.id = ""};

		assert_non_null(text);
		strcpy(text, "a");
		for (size_t j = 0; j < rows[i].count; j++)
			strcpy(text + 1 + j * step, rows[i].character);
		assert_int_equal(container_complete(&c, &(struct container){.name = text}), 0);
		if (strlen(c.name) != rows[i].len)
			fail_msg("row %zu: %zu", i, strlen(c.name));
		assert_memory_equal(c.name, text, rows[i].len);
		container_free(&c);
		free(text);
	}
	/* One byte too few for the last character. */
	for (size_t spare = 1; spare <= 3; spare++) {
		char text[CONTAINER_NAME_MAX + 8];
		struct container c = {.id = ""};

		memset(text, 'x', sizeof(text));
		strcpy(text + CONTAINER_NAME_MAX - spare, "\U0001f600");
		assert_int_equal(container_complete(&c, &(struct container){.name = text}), 0);
		assert_int_equal(strlen(c.name), CONTAINER_NAME_MAX - spare);
		container_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runtimes),    cmocka_unit_test(test_ids),
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_matches),
		cmocka_unit_test(test_matches_pod), cmocka_unit_test(test_complete),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
