/* SPDX-License-Identifier: BSD-2-Clause */
/* Where text says in which container a process is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "row.h"
#include "text_scene.h"

static void assert_lacks(const char *unexpected)
{
	if (strstr(text, unexpected))
		fail_msg("'%s' is in '%s'", unexpected, text);
}

static size_t count_lines(void)
{
	size_t lines = 0;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	return lines;
}

/* On a terminal the target's is on a line of its own, above those of the sender and the remedy. */
static void test_target_on_a_terminal(void **state)
{
	struct renderer_config config = {.width = 100};
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	add_ancestor(&r, "systemd", 1);
	r.target.container = &web;
	render(&config, &r);
	assert_contains("bash[100]          app[200]                 IGNORED\n"
			"             it ignores SIGTERM (SIG_IGN)\n"
			"             target: shop/web-0:app\n"
			"             sender: systemd[1] -> bash[100]\n"
			"             remedy: ");
	config.skip_container = true;
	render(&config, &r);
	assert_lacks("shop");
	config.skip_container = false;
	r.target.source = REPORT_SOURCE_ABSENT; /* then no member of it means anything */
	render(&config, &r);
	assert_lacks("shop");
}

static void test_target_of_every_kind(void **state)
{
	static const enum report_kind later[] = {REPORT_TAKEN, REPORT_HANDLER, REPORT_ALIVE};
	struct renderer_config config = {.width = 100};
	struct container web = everyday_container();
	struct report reports[] = {
		everyday_exit(),	  everyday_escalation(),    everyday_return(),
		everyday_failure(),	  everyday_later(later[0]), everyday_later(later[1]),
		everyday_later(later[2]),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		reports[i].target.container = &web;
		render(&config, &reports[i]);
		assert_contains("\n             target: shop/web-0:app\n");
	}
}

static void test_sender_on_a_terminal(void **state)
{
	struct renderer_config config = {.width = 100};
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	r.sender.container = &web;
	render(&config, &r);
	assert_contains("\n             sender: bash[100] in shop/web-0:app\n");
	assert_lacks("target:");
	add_ancestor(&r, "containerd-shim", 90);
	render(&config, &r);
	assert_contains("\n             sender: containerd-shim[90] -> bash[100] in "
			"shop/web-0:app\n");
	config.skip_ancestors = true;
	render(&config, &r);
	assert_lacks("shop");
}

/* What it sent to itself: the line of the target has said it. */
static void test_itself(void **state)
{
	struct renderer_config config = {.width = 100};
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	r.target.container = &web;
	r.sender = r.target;
	render(&config, &r);
	assert_contains("target: shop/web-0:app\n");
	assert_lacks("sender:");
	r.sender.start_boot_ns++; /* the same number, another process */
	render(&config, &r);
	assert_contains("sender: app[200] in shop/web-0:app\n");
}

/* Whoever happened to run when the kernel sent is not told. */
static void test_kernel_is_in_no_container(void **state)
{
	struct container web = everyday_container();
	struct report r = everyday_report();

	(void)state;
	r.sender_acts_for = r.sender;
	r.sender_acts_for.container = &web;
	r.sender = (struct report_task){.container = &web};
	r.sender_kind = SENDER_KERNEL;
	for (unsigned int width = 0; width <= 100; width += 100) {
		render(&(struct renderer_config){.width = width}, &r);
		assert_lacks("shop");
	}
}

/* Without a width each line stands for itself, and nothing is left out. */
static void test_cells_without_a_width(void **state)
{
	struct renderer_config config = {.skip_remedy = true};
	struct container web = everyday_container();
	struct container sidecar = everyday_container();
	struct report r = everyday_report();

	(void)state;
	sidecar.in_pod = "sidecar";
	add_ancestor(&r, "systemd", 1);
	r.sender.container = &sidecar;
	r.target.container = &web;
	r.target.ns_tgid = 1;
	render(&config, &r);
	assert_contains(" SIGTERM   bash[100] in shop/web-0:sidecar app[200, init] in "
			"shop/web-0:app IGNORED it ignores SIGTERM (SIG_IGN)\n"
			"             sender: systemd[1] -> bash[100]\n");
	assert_int_equal(count_lines(), 2);
	config.skip_container = true;
	config.skip_ancestors = true;
	render(&config, &r);
	assert_contains("app[200, init] in shop/web-0:app ");
	assert_int_equal(count_lines(), 1);
	r.ancestors_len = 0; /* the cell has said it */
	config.skip_ancestors = false;
	render(&config, &r);
	assert_int_equal(count_lines(), 1);
}

/* A column that is wide enough for every name leaves no room for the others. */
static void test_columns_are_kept(void **state)
{
	static const unsigned int widths[] = {80, 100, 140};
	struct container web = everyday_container();
	char without[sizeof(text)];
	struct report r = everyday_report();

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct renderer_config config = {.width = widths[i]};
		const char *line;

		r.target.container = NULL;
		render(&config, &r);
		strcpy(without, text);
		r.target.container = &web;
		render(&config, &r);
		line = strstr(text, "             target: shop/web-0:app\n");
		assert_non_null(line);
		/* Only that line is added. */
		assert_memory_equal(text, without, (size_t)(line - text));
		assert_string_equal(strchr(line, '\n') + 1, without + (line - text));
	}
}

static void test_hostile_names(void **state)
{
	struct container web = everyday_container();
	struct report r = everyday_report();
	char longest[CONTAINER_NAME_MAX + 1];

	(void)state;
	r.target.container = &web;
	web.pod = "\033[2J\r\nweb\xff\xe2\x80\xae";
	for (unsigned int width = 0; width <= 100; width += 100) {
		render(&(struct renderer_config){.width = width, .skip_remedy = true}, &r);
		assert_contains("shop/\\x1b[2J\\x0d\\x0aweb\\xff\\xe2\\x80\\xae:app");
		assert_int_equal(count_lines(), width == 0 ? 1 : 3);
	}
	memset(longest, 'w', CONTAINER_NAME_MAX);
	longest[CONTAINER_NAME_MAX] = '\0';
	web.pod = longest;
	render(&(struct renderer_config){0}, &r);
	assert_contains(longest);
	assert_contains("w:app ");
	/* On a terminal it goes on in the next line. */
	render(&(struct renderer_config){.width = 80, .skip_remedy = true}, &r);
	assert_contains("\n             target: shop/ww");
	assert_contains("w\n                     ww");
	assert_contains("w:app\n");
}

/* Longer than any that Kubernetes allows: the end is not there, and that is shown. */
static void test_longest_name(void **state)
{
	char long_namespace[CONTAINER_NAME_MAX + 1];
	char written[2 * ROW_CONTAINER_SIZE_MAX];
	struct container web = everyday_container();
	struct strbuf out;

	(void)state;
	memset(long_namespace, 'n', CONTAINER_NAME_MAX);
	long_namespace[CONTAINER_NAME_MAX] = '\0';
	web.namespace = long_namespace;
	web.pod = long_namespace;
	web.in_pod = long_namespace;
	strbuf_init(&out, written, sizeof(written));
	row_write_container(&out, &web);
	assert_int_equal(out.len, ROW_CONTAINER_SIZE_MAX - 1);
	assert_string_equal(written + out.len - 3, "n..");
	/* The longest that Kubernetes allows is there whole. */
	long_namespace[63] = '\0';
	web.in_pod = long_namespace;
	web.namespace = long_namespace;
	web.pod = everyday_container().id;
	strbuf_reset(&out);
	row_write_container(&out, &web);
	assert_int_equal(out.len, 63 + 1 + 64 + 1 + 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target_on_a_terminal),
		cmocka_unit_test(test_target_of_every_kind),
		cmocka_unit_test(test_sender_on_a_terminal),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_kernel_is_in_no_container),
		cmocka_unit_test(test_cells_without_a_width),
		cmocka_unit_test(test_columns_are_kept),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_longest_name),
	};

	return cmocka_run_group_tests_name("text_containers", tests, NULL, NULL);
}
