/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "inspect_tables.h"

#define ROUNDS	    1000
#define THREADS	    50000
#define PIECE_MAX   (64 * 1024)
#define PREDICTABLE "{\"cause\":\"default_terminate\",\"effect\":true,\"explanation\":"

static const struct inspect_config config;
static struct scene scene;
static struct written written;

/* The document of `count` times the scene, parsed; its text stays in `written`. */
static json_t *render(size_t count)
{
	struct inspect_sink sink = written_sink(&written);
	json_error_t error;
	json_t *root;

	written_free(&written);
	inspect_json.begin(&config, scene.table.evidence, &sink);
	for (scene.shown.index = 0; scene.shown.index < count; scene.shown.index++)
		inspect_json.process(&config, &scene.shown, &sink);
	inspect_json.end(&config, NULL, 0, &sink);
	assert_ptr_equal(strchr(written.text, '\n'), written.text + written.len - 1);
	root = json_loadb(written.text, written.len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at %d: %s", error.text, error.position, written.text);
	return root;
}

static json_t *first_process(json_t *root)
{
	return json_array_get(json_object_get(root, "processes"), 0);
}

static json_t *first_of(json_t *process, const char *array)
{
	return json_array_get(json_object_get(process, array), 0);
}

static void assert_text(json_t *object, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void assert_contains(const char *expected)
{
	if (!strstr(written.text, expected))
		fail_msg("%s is not in %s", expected, written.text);
}

static void test_hostile_processes_parse(void **state)
{
	uint64_t seed = 0x3a51;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		scene_random(&scene, &seed);
		json_decref(render(1 + (size_t)i % 3));
		for (const char *c = written.text; *c != '\n'; c++)
			if (*c < 0x20 || *c >= 0x7f)
				fail_msg("byte %d in %s", *c, written.text);
	}
}

static void test_document(void **state)
{
	static const uint32_t gone[] = {7, 4294967295};
	struct inspect_sink sink = written_sink(&written);

	(void)state;
	written_free(&written);
	inspect_json.begin(&config, PROCESS_EVIDENCE_PROCFS, &sink);
	inspect_json.end(&config, gone, 2, &sink);
	assert_string_equal(written.text, "{\"v\":1,\"type\":\"inspect\",\"evidence\":\"procfs\","
					  "\"processes\":[],\"gone\":[7,4294967295]}\n");
}

static void test_several_processes(void **state)
{
	json_t *root;

	(void)state;
	scene_init(&scene);
	root = render(3);
	assert_int_equal(json_array_size(json_object_get(root, "processes")), 3);
	assert_text(root, "evidence", "bpf");
	json_decref(root);
}

static void test_container(void **state)
{
	struct container web = everyday_container();
	json_t *root;

	(void)state;
	scene_init(&scene);
	scene_process(&scene)->container = &web;
	root = render(1);
	assert_text(json_object_get(first_process(root), "container"), "container_name", "app");
	assert_text(json_object_get(first_process(root), "container"), "runtime", "containerd");
	assert_contains("\"comm\":\"app\",\"uid\":1000,\"container\":{\"id\":");
	json_decref(root);
}

/* What is not known is absent; what every source tells is there. */
static void test_nothing_known(void **state)
{
	static const char expected[] =
		"{\"tgid\":300,\"comm\":\"app\",\"uid\":1000,\"state\":\"S\",\"ptraced\":false,"
		"\"thread_count\":1,\"pending\":[],\"signals\":[{\"number\":15,\"name\":\"SIGTERM\","
		"\"blocked\":false,\"pending\":\"none\",\"if_sent\":{\"outside\":{\"missing\":\"a\"}}}],"
		"\"threads\":[{\"tid\":300,\"comm\":\"app\",\"state\":\"S\",\"blocked\":[],"
		"\"pending\":[],\"ptraced\":false,\"exiting\":false}]}";

	(void)state;
	scene_init(&scene);
	scene.signals[0] = (struct inspect_signal){
		.sig = 15,
		.outside = {.missing = "a"},
		.inside = {.missing = "b"},
	};
	scene.shown.signals_len = 1;
	json_decref(render(1));
	assert_contains(expected);
}

static void test_no_thread_was_seen(void **state)
{
	json_t *root;

	(void)state;
	scene_init(&scene);
	scene_process(&scene)->threads_len = 0;
	scene_ask(&scene, 15);
	root = render(1);
	assert_null(json_object_get(first_process(root), "state"));
	assert_null(json_object_get(first_process(root), "ptraced"));
	assert_null(json_object_get(first_of(first_process(root), "signals"), "blocked"));
	assert_contains("\"threads\":[]");
	json_decref(root);
}

static void test_everything_known(void **state)
{
	json_t *root;
	json_t *signal;
	json_t *thread;

	(void)state;
	scene_init(&scene);
	scene_know_everything(&scene);
	scene_ask(&scene, 15);
	root = render(1);
	assert_contains("\"ns_tgid\":7,\"pid_ns\":4026532281,\"namespace_init\":false,"
			"\"parent\":{\"tgid\":100,\"comm\":\"parent\"},\"state\":\"S\"");
	assert_contains("\"frozen\":false,\"signal_flags\":[],\"thread_count\":2,"
			"\"caught\":[\"SIGTERM\"],\"ignored\":[\"SIGHUP\",\"SIGPIPE\"],"
			"\"pending\":[\"SIGUSR1\"],\"signals\":");
	signal = first_of(first_process(root), "signals");
	assert_text(signal, "disposition", "caught");
	assert_text(signal, "handler", "0x401136");
	assert_text(signal, "handler_symbol", "app!runtime.sigtramp");
	assert_text(signal, "runtime", "go");
	assert_contains("\"sa_flags\":[\"SA_RESTORER\",\"SA_RESTART\"],"
			"\"sa_mask\":[\"SIGINT\",\"SIGRTMAX\"],\"blocked\":false");
	thread = first_of(first_process(root), "threads");
	assert_int_equal(json_integer_value(json_object_get(thread, "ns_tid")), 7);
	assert_contains("\"waits_for\":[],\"ptraced\":false,\"frozen\":false,\"exiting\":false,"
			"\"asleep_ns\":1500000000,\"syscall\":{\"number\":0,");
	assert_contains("\"wchan\":\"do_wait\"");
	assert_contains("\"waits_for\":[\"SIGCHLD\"],\"ptraced\":true,"
			"\"tracer\":{\"tgid\":200,\"comm\":\"strace\"}");
	assert_contains("\"in_syscall\":false");
	json_decref(root);
}

static void test_places(void **state)
{
	(void)state;
	scene_init(&scene);
	scene.threads[0].place = &scene.places[0];
	scene.places[0] = (struct thread_place){.wchan = "do_wait"};
	json_decref(render(1));
	assert_contains("\"exiting\":false,\"wchan\":\"do_wait\"}");
	scene.places[0] = (struct thread_place){.syscall_known = true};
	json_decref(render(1));
	assert_contains("\"exiting\":false,\"in_syscall\":false}");
	scene.places[0].in_syscall = true;
	scene.places[0].syscall = 99999;
	json_decref(render(1));
	assert_contains("\"exiting\":false,\"syscall\":{\"number\":99999}}");
	scene.threads[0].place = NULL;
	json_decref(render(1));
	assert_contains("\"exiting\":false}");
}

static void assert_pending(uint64_t shared, uint64_t own, const char *expected)
{
	json_t *root;

	scene_init(&scene);
	scene_process(&scene)->pending = shared;
	scene.threads[0].pending = own;
	scene_ask(&scene, 15);
	root = render(1);
	assert_text(first_of(first_process(root), "signals"), "pending", expected);
	json_decref(root);
}

static void test_pending(void **state)
{
	(void)state;
	assert_pending(0, ~signal_bit(15), "none");
	assert_pending(~signal_bit(15), signal_bit(15), "thread");
	assert_pending(signal_bit(15), signal_bit(15), "process");
}

static bool rendered_blocked(uint64_t first, uint64_t second, bool second_exits)
{
	json_t *root;
	bool blocked;

	scene_init(&scene);
	scene_process(&scene)->threads_len = 2;
	scene.threads[0].blocked = first;
	scene.threads[1] = (struct thread){.tid = 301, .blocked = second, .exiting = second_exits};
	scene_ask(&scene, 15);
	root = render(1);
	blocked =
		json_is_true(json_object_get(first_of(first_process(root), "signals"), "blocked"));
	json_decref(root);
	return blocked;
}

/* Only who could take it counts. */
static void test_blocked(void **state)
{
	(void)state;
	assert_true(rendered_blocked(signal_bit(15), signal_bit(15), false));
	assert_false(rendered_blocked(signal_bit(15), 0, false));
	assert_true(rendered_blocked(signal_bit(15), 0, true));
	assert_false(rendered_blocked(~signal_bit(15), ~0ULL, false));
}

static void test_predictions(void **state)
{
	struct inspect_signal *s;

	(void)state;
	scene_init(&scene);
	scene_know_everything(&scene);
	s = scene_ask(&scene, 2);
	assert_true(s->outside.known);
	json_decref(render(1));
	assert_contains("\"if_sent\":{\"outside\":" PREDICTABLE);
	assert_null(strstr(written.text, "\"inside\""));

	s->outside.effect = PREDICT_EFFECT_UNKNOWN;
	s->inside = (struct prediction){.missing = "who knows"};
	s->differs = true;
	json_decref(render(1));
	assert_contains("\"outside\":{\"cause\":\"default_terminate\",\"explanation\":");
	assert_contains("\"inside\":{\"missing\":\"who knows\"}}");
}

static void test_group_exit(void **state)
{
	struct process *p = scene_process(&scene);

	(void)state;
	scene_init(&scene);
	p->signal_flags = 4;
	p->group_exit_code = 15;
	json_decref(render(1));
	assert_null(strstr(written.text, "group_exit"));
	p->known = PROCESS_KNOWN_SIGNAL_FLAGS;
	json_decref(render(1));
	assert_contains("\"signal_flags\":[\"SIGNAL_GROUP_EXIT\"],"
			"\"group_exit\":{\"signal\":\"SIGTERM\"}");
	p->group_exit_code = 3 << 8;
	json_decref(render(1));
	assert_contains("\"group_exit\":{\"code\":3}");
	p->signal_flags = 0;
	json_decref(render(1));
	assert_null(strstr(written.text, "group_exit"));
	p->group_exec = true;
	json_decref(render(1));
	assert_contains("\"group_exit\":{\"exec\":true}");
}

static void test_stuck(void **state)
{
	(void)state;
	scene_init(&scene);
	scene.shown.stuck = (struct stuck){
		.reason = STUCK_REASON_PENDING,
		.sig = 15,
		.len = 2,
		.findings = {{.rule = STUCK_RULE_TRACED,
			      .thread = &scene.threads[0],
			      .other = &scene.list[1],
			      .count = 1},
			     {.rule = STUCK_RULE_BLOCKED, .sig = 15, .count = 1}},
	};
	json_decref(render(1));
	assert_contains(
		",\"stuck\":{\"reason\":\"pending\",\"signal\":\"SIGTERM\",\"explanation\":");
	assert_contains("\"findings\":[{\"rule\":\"traced\",\"explanation\":");
	assert_contains("\"tid\":300,\"other\":{\"tgid\":200,\"comm\":\"strace\"},\"count\":1},"
			"{\"rule\":\"blocked\",");
	assert_contains("\"signal\":\"SIGTERM\",\"count\":1}]}}],\"gone\"");
	scene.shown.stuck.reason = STUCK_REASON_NONE;
	json_decref(render(1));
	assert_null(strstr(written.text, "stuck"));
}

static void test_hostile_symbol(void **state)
{
	char symbol[3000];
	json_t *root;
	json_t *signal;

	(void)state;
	scene_init(&scene);
	scene_know_everything(&scene);
	memset(symbol, 0x7f, sizeof(symbol) - 1);
	memcpy(symbol, "\xff\x1b\"\\", 4);
	symbol[sizeof(symbol) - 1] = '\0';
	scene.symbols[0].text = symbol;
	scene_ask(&scene, 15);
	root = render(1);
	signal = first_of(first_process(root), "signals");
	assert_non_null(json_object_get(signal, "if_sent"));
	assert_contains("\"handler_symbol\":\"\\uFFFD\\u001B\\\"\\\\\\u007f\\u007f");
	json_decref(root);
}

/* Memory and the length of a piece do not grow with the threads. */
static void test_many_threads(void **state)
{
	struct thread *threads = calloc(THREADS, sizeof(*threads));
	json_t *root;

	(void)state;
	assert_non_null(threads);
	scene_init(&scene);
	scene_process(&scene)->threads = threads;
	scene_process(&scene)->threads_len = THREADS;
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = (struct thread){
			.tid = (uint32_t)(300 + i),
			.blocked = i,
		};
	root = render(1);
	assert_int_equal(json_array_size(json_object_get(first_process(root), "threads")), THREADS);
	assert_in_range(written.longest, 100, PIECE_MAX);
	json_decref(root);
	free(threads);
}

/* Allocations until one fails; later ones succeed again. */
static size_t allocations_left;

static void *failing_malloc(size_t size)
{
	return allocations_left-- == 0 ? NULL : malloc(size);
}

/* Whatever fails, the document is JSON, and says that it is not whole. */
static void test_failed_allocations(void **state)
{
	struct inspect_sink sink = written_sink(&written);
	size_t count = 0;
	bool whole = false;

	(void)state;
	scene_init(&scene);
	scene_know_everything(&scene);
	scene_ask(&scene, 15);
	scene.shown.stuck = (struct stuck){.reason = STUCK_REASON_DYING, .len = 1};
	for (; !whole; count++) {
		json_t *root;

		written_free(&written);
		scene.shown.index = 0;
		allocations_left = count;
		json_set_alloc_funcs(failing_malloc, free);
		inspect_json.begin(&config, PROCESS_EVIDENCE_BPF, &sink);
		inspect_json.process(&config, &scene.shown, &sink);
		inspect_json.end(&config, NULL, 0, &sink);
		json_set_alloc_funcs(malloc, free);
		root = json_loadb(written.text, written.len, JSON_REJECT_DUPLICATES, NULL);
		if (!root)
			fail_msg("allocation %zu: %s", count, written.text);
		json_decref(root);
		whole = !strstr(written.text, "{\"incomplete\":true");
	}
	assert_in_range(count, 100, 2000);
	assert_contains("\"stuck\"");
}

static int teardown(void **state)
{
	(void)state;
	written_free(&written);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_processes_parse),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_several_processes),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_no_thread_was_seen),
		cmocka_unit_test(test_everything_known),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_predictions),
		cmocka_unit_test(test_group_exit),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_hostile_symbol),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_failed_allocations),
	};

	return cmocka_run_group_tests_name("inspect_json", tests, NULL, teardown);
}
