/* SPDX-License-Identifier: BSD-2-Clause */
/* "container" in JSON lines: whose, which members, and that the largest fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "render_reports.h"
#include "renderer.h"

#define WEB                                                                                         \
	"\"container\":{\"id\":\"1f2e3d4c5b6a79880716253443526170898f9e9dacbbcad9e8f7061524334251"  \
	"\",\"runtime\":\"containerd\",\"image\":\"busybox:1.36\",\"pod\":\"web-0\",\"namespace\":" \
	"\"shop\",\"pod_uid\":\"9d7a0b52-6f1c-4d3e-8a55-0c1b2d3e4f50\",\"container_name\":\"app\"}"

static char text[RENDERER_REPORT_SIZE_MAX];
static const struct renderer_config config;

/* The line, parsed; the caller owns it. */
static json_t *render(const struct report *r)
{
	struct verdict v = verdict_of(r);
	json_error_t error;
	struct strbuf out;
	json_t *root;

	strbuf_init(&out, text, sizeof(text));
	json_renderer.report(&config, r, has_verdict(r) ? &v : NULL, &out);
	assert_false(out.cut);
	root = json_loadb(text, out.len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at %d: %s", error.text, error.position, text);
	return root;
}

/* `expected` is in the line, and no other container than those in it. */
static void assert_rendered(const struct report *r, const char *expected)
{
	const char *found;

	json_decref(render(r));
	found = strstr(text, expected);
	if (!found)
		fail_msg("%s is not in %s", expected, text);
	assert_true(strstr(text, "\"container\"") >= found);
	assert_null(strstr(found + strlen(expected), "\"container\""));
}

static void test_everybody_has_one(void **state)
{
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	r.sender.container = &web;
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\",\"tgid\":100,\"tid\":100,\"comm\":"
			    "\"bash\",\"uid\":0,\"ns_tgid\":100,\"pid_ns\":4026531836," WEB "}");
	r = everyday_report();
	r.target.container = &web;
	assert_rendered(&r, "\"target\":{\"tgid\":200,\"tid\":200,\"comm\":\"app\",\"ns_tgid\":200,"
			    "\"pid_ns\":4026531836," WEB ",");
	r = everyday_escalation();
	r.earlier.sender.container = &web;
	assert_rendered(&r, "\"escalation\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":10000000000,"
			    "\"sender\":{\"kind\":\"user\",\"tgid\":812,\"tid\":812,\"comm\":"
			    "\"runc\",\"ns_tgid\":812,\"pid_ns\":4026531836," WEB "}}");
	r = everyday_exit();
	r.target.container = &web;
	assert_rendered(&r,
			"\"process\":{\"tgid\":200,\"tid\":200,\"comm\":\"app\",\"ns_tgid\":200,"
			"\"pid_ns\":4026531836," WEB ",");
	r = everyday_exit();
	r.earlier.sender.container = &web;
	assert_rendered(&r, "\"comm\":\"runc\",\"ns_tgid\":812,\"pid_ns\":4026531836," WEB "}}");
	r = everyday_return();
	r.target.container = &web;
	assert_rendered(&r, "\"pid_ns\":4026531836," WEB "},\"handler\"");
	r = everyday_failure();
	r.sender.container = &web;
	assert_rendered(&r,
			"\"user_ns\":4026531837,\"ns_tgid\":100,\"pid_ns\":4026531836," WEB "}");
	r = everyday_failure();
	r.target.container = &web;
	assert_rendered(&r,
			"\"user_ns\":4026531837,\"ns_tgid\":200,\"pid_ns\":4026531836," WEB "}");
}

/* Whom the kernel acted for. */
static void test_origin_by(void **state)
{
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	r.sender_kind = SENDER_KERNEL;
	r.sender.source = REPORT_SOURCE_ABSENT;
	r.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	r.sender_acts_for = everyday_task("app-init", 4242);
	r.sender_acts_for.container = &web;
	assert_rendered(&r, "\"origin_by\":{\"tgid\":4242,\"comm\":\"app-init\",\"ns_tgid\":4242,"
			    "\"pid_ns\":4026531836," WEB "}");
	r = everyday_exit();
	r.earlier.sender_kind = SENDER_KERNEL;
	r.earlier.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	r.earlier.instead = everyday_task("app-init", 4242);
	r.earlier.instead.container = &web;
	assert_rendered(&r,
			"\"comm\":\"app-init\",\"ns_tgid\":4242,\"pid_ns\":4026531836," WEB "}");
}

static void assert_container(const struct container *c, const char *expected)
{
	struct report r = everyday_report();
	const char *found;

	r.target.container = c;
	json_decref(render(&r));
	found = strstr(text, "\"container\":");
	assert_non_null(found);
	if (strncmp(found, expected, strlen(expected)) != 0)
		fail_msg("not %s: %s", expected, found);
}

static void test_what_is_not_known_is_absent(void **state)
{
	struct container c = {.id = "ab"};
	struct report r = everyday_report();

	(void)state;
	assert_container(&c, "\"container\":{\"id\":\"ab\"},");
	c.runtime = CONTAINER_RUNTIME_CRIO;
	c.sandbox = true;
	assert_container(&c,
			 "\"container\":{\"id\":\"ab\",\"runtime\":\"cri-o\",\"sandbox\":true}");
	c.runtime = CONTAINER_RUNTIME_DOCKER;
	c.sandbox = false;
	c.name = "web";
	c.pod = ""; /* no stand-in for what is not known */
	assert_container(&c,
			 "\"container\":{\"id\":\"ab\",\"runtime\":\"docker\",\"name\":\"web\"},");
	r.target.container = &c;
	r.target.source = REPORT_SOURCE_ABSENT;
	json_decref(render(&r));
	assert_null(strstr(text, "\"container\""));
}

static void test_untrusted_names(void **state)
{
	static char longer[2 * CONTAINER_NAME_MAX];
	struct container c = {.id = "ab", .name = "a\377b\033\n\"\177", .image = longer};
	struct report r = everyday_report();
	json_t *line;
	const char *image;

	(void)state;
	assert_container(
		&c, "\"container\":{\"id\":\"ab\",\"name\":\"a\\uFFFDb\\u001B\\n\\\"\\u007f\"},");
	memset(longer, 'x', sizeof(longer) - 1);
	memcpy(longer + CONTAINER_NAME_MAX - 1, "\xc3\xa9", 2); /* its end is beyond the limit */
	r.target.container = &c;
	line = render(&r);
	image = json_string_value(json_object_get(
		json_object_get(json_object_get(line, "target"), "container"), "image"));
	assert_non_null(image);
	assert_int_equal(strlen(image), CONTAINER_NAME_MAX - 1 + 3);
	assert_string_equal(image + CONTAINER_NAME_MAX - 1, "\xef\xbf\xbd");
	json_decref(line);
}

/* The largest line there can be: everybody in a container, each byte six in JSON. */
static void test_largest_fits(void **state)
{
	static char longest[CONTAINER_NAME_MAX + 1];
	static char symbol[1025];
	struct container c = {
		.runtime = CONTAINER_RUNTIME_CONTAINERD,
		.name = longest,
		.image = longest,
		.pod = longest,
		.namespace = longest,
		.pod_uid = longest,
		.in_pod = longest,
		.sandbox = true,
	};
	struct report r = everyday_escalation();

	(void)state;
	memset(longest, 1, CONTAINER_NAME_MAX);
	memset(symbol, 1, sizeof(symbol) - 1);
	memset(c.id, 1, sizeof(c.id) - 1);
	memset(r.ancestors, 1, sizeof(r.ancestors));
	r.ancestors_len = EVENT_ANCESTORS_MAX;
	r.handler = UINT64_MAX - 1;
	r.handler_symbol = symbol;
	r.sa_flags = UINT32_MAX;
	r.signal_flags = UINT32_MAX;
	r.facts |= EVENT_FACT_PTRACED;
	r.tracer_tgid = UINT32_MAX;
	r.origin = ORIGIN_CGROUP_KILL;
	r.earlier.origin = ORIGIN_CGROUP_KILL;
	r.earlier.sender_kind = SENDER_KERNEL;
	r.earlier.instead = r.target;
	r.earlier.instead.container = &c;
	r.sender.container = &c;
	r.target.container = &c;
	json_decref(render(&r));
	assert_true(strlen(text) > 3 * 6 * 6 * CONTAINER_NAME_MAX);
	assert_true(strlen(text) < RENDERER_REPORT_SIZE_MAX * 3 / 4);
}

static void assert_absent(uint64_t signals, const char *what, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	json_renderer.absent(&config, what, signals, 30000000000, &out);
	assert_false(out.cut);
	assert_string_equal(text, expected);
}

static void test_absent(void **state)
{
	(void)state;
	assert_absent(1 << 14, "pod default/web-0",
		      "{\"v\":1,\"type\":\"absent\",\"signals\":[\"SIGTERM\"],\"selection\":\"pod "
		      "default/web-0\",\"waited_ns\":30000000000}\n");
	assert_absent(1 << 14 | 2, "pod \033\n\377",
		      "{\"v\":1,\"type\":\"absent\",\"signals\":[\"SIGINT\",\"SIGTERM\"],"
		      "\"selection\":\"pod \\u001B\\n\\uFFFD\",\"waited_ns\":30000000000}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_has_one),
		cmocka_unit_test(test_origin_by),
		cmocka_unit_test(test_what_is_not_known_is_absent),
		cmocka_unit_test(test_untrusted_names),
		cmocka_unit_test(test_largest_fits),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests_name("json_containers", tests, NULL, NULL);
}
