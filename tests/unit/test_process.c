/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "report.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* include/linux/sched.h, sched/signal.h */
#define SLEEPS	   0x0001
#define EXIT_DEAD  0x0010
#define ZOMBIE	   0x0020
#define GROUP_EXIT 0x04
#define UNKILLABLE 0x40

static struct process *add(struct process_table *t, uint32_t tgid, uint32_t parent_tgid)
{
	struct process *p = process_table_add(t, tgid);

	assert_non_null(p);
	p->parent_tgid = parent_tgid;
	return p;
}

static struct thread *add_thread(struct process *p, uint32_t tid, uint32_t state)
{
	struct thread *thread = process_add_thread(p, tid);

	assert_non_null(thread);
	thread->state = state;
	thread->exiting = state & (EXIT_DEAD | ZOMBIE);
	return thread;
}

static void test_evidence_names(void **state)
{
	(void)state;
	assert_string_equal(process_evidence_name(PROCESS_EVIDENCE_BPF), "bpf");
	assert_string_equal(process_evidence_name(PROCESS_EVIDENCE_PROCFS), "procfs");
}

static void test_empty(void **state)
{
	struct process_table t = {0};

	(void)state;
	process_table_sort(&t);
	assert_null(process_table_find(&t, 1));
	assert_int_equal(process_table_select_descendants(&t), 0);
	process_table_free(&t);
	assert_null(t.list);
}

/* Enough to grow several times; added in descending order. */
static void test_find(void **state)
{
	struct process_table t = {0};

	(void)state;
	for (uint32_t i = 0; i < 3000; i++)
		add(&t, 4194304 - 3 * i, i);
	process_table_sort(&t);
	assert_int_equal(t.len, 3000);
	for (uint32_t i = 0; i < 3000; i++) {
		const struct process *p = process_table_find(&t, 4194304 - 3 * i);

		assert_non_null(p);
		assert_int_equal(p->parent_tgid, i);
		assert_null(process_table_find(&t, 4194304 - 3 * i - 1));
	}
	assert_null(process_table_find(&t, 0));
	process_table_free(&t);
	assert_int_equal(t.len, 0);
}

static void assert_tids(const struct process *p, const uint32_t *tids, size_t len)
{
	assert_int_equal(p->threads_len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(p->threads[i].tid, tids[i]);
}

/* Threads of an old process have wrapped around: their numbers are below the leader's, too. */
static void test_leader_first(void **state)
{
	static const uint32_t sorted[] = {500, 7, 8, 499, 501, 4000};
	static const uint32_t orphans[] = {20, 40, 60};
	struct process_table t = {0};
	struct process *p;

	(void)state;
	p = add(&t, 500, 1);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		add_thread(p, sorted[(i + 3) % ARRAY_SIZE(sorted)], SLEEPS);
	p = add(&t, 30, 1);
	add_thread(p, 60, SLEEPS);
	add_thread(p, 20, SLEEPS);
	add_thread(p, 40, SLEEPS);
	add(&t, 10, 1);
	process_table_sort(&t);

	p = process_table_find(&t, 500);
	assert_tids(p, sorted, ARRAY_SIZE(sorted));
	assert_ptr_equal(process_leader(p), &p->threads[0]);
	p = process_table_find(&t, 30);
	assert_tids(p, orphans, ARRAY_SIZE(orphans));
	assert_null(process_leader(p));
	assert_null(process_leader(process_table_find(&t, 10)));
	process_table_free(&t);
}

static bool is_selected(const struct process_table *t, uint32_t tgid)
{
	const struct process *p = process_table_find(t, tgid);

	assert_non_null(p);
	return p->selected;
}

static void test_descendants(void **state)
{
	static const uint32_t family[] = {50, 30, 31, 7, 900};
	static const uint32_t others[] = {1, 2, 40, 41, 60};
	struct process_table t = {0};

	(void)state;
	add(&t, 1, 0);
	add(&t, 2, 0);
	add(&t, 50, 1)->selected = true;
	add(&t, 30, 50);
	add(&t, 31, 50);
	add(&t, 7, 31); /* a number that was used again */
	add(&t, 900, 7);
	add(&t, 40, 1);
	add(&t, 41, 40);
	add(&t, 60, 12345); /* its parent began or ended meanwhile */
	process_table_sort(&t);
	assert_int_equal(process_table_select_descendants(&t), 0);
	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		assert_true(is_selected(&t, family[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(is_selected(&t, others[i]));
	process_table_free(&t);
}

/* Both a process and one of its descendants are asked for; the second is met first. */
static void test_descendants_of_two(void **state)
{
	struct process_table t = {0};

	(void)state;
	add(&t, 10, 20);
	add(&t, 20, 30)->selected = true;
	add(&t, 30, 40);
	add(&t, 40, 50)->selected = true;
	add(&t, 50, 1);
	process_table_sort(&t);
	assert_int_equal(process_table_select_descendants(&t), 0);
	assert_true(is_selected(&t, 10) && is_selected(&t, 20) && is_selected(&t, 30) &&
		    is_selected(&t, 40));
	assert_false(is_selected(&t, 50));
	process_table_free(&t);
}

/* The parents were read one after the other while they changed. */
static void test_circles(void **state)
{
	struct process_table t = {0};

	(void)state;
	add(&t, 10, 11);
	add(&t, 11, 12);
	add(&t, 12, 10);
	add(&t, 13, 12); /* hangs on that circle */
	add(&t, 20, 20); /* its own parent */
	add(&t, 30, 31);
	add(&t, 31, 32)->selected = true; /* in a circle itself */
	add(&t, 32, 30);
	add(&t, 33, 30);
	process_table_sort(&t);
	assert_int_equal(process_table_select_descendants(&t), 0);
	for (uint32_t tgid = 10; tgid <= 13; tgid++)
		assert_false(is_selected(&t, tgid));
	assert_false(is_selected(&t, 20));
	for (uint32_t tgid = 30; tgid <= 33; tgid++)
		assert_true(is_selected(&t, tgid));
	process_table_free(&t);
}

/* Quadratic, this would take minutes. */
static void test_long_chain(void **state)
{
	enum { LENGTH = 200000 };
	struct process_table t = {0};

	(void)state;
	for (uint32_t tgid = 1; tgid <= LENGTH; tgid++)
		add(&t, tgid, tgid < LENGTH ? tgid + 1 : 0);
	t.list[LENGTH - 2].selected = true;
	process_table_sort(&t);
	assert_int_equal(process_table_select_descendants(&t), 0);
	assert_true(is_selected(&t, 1));
	assert_true(is_selected(&t, LENGTH - 1));
	assert_false(is_selected(&t, LENGTH));
	process_table_free(&t);
}

static void test_forget_details(void **state)
{
	struct process_table t = {0};
	struct process *p = add(&t, 5, 1);
	struct thread *thread = add_thread(p, 5, SLEEPS);

	(void)state;
	thread->place = calloc(1, sizeof(*thread->place));
	p->actions = calloc(EVENT_SIG_MAX, sizeof(*p->actions));
	p->symbols = calloc(1, sizeof(*p->symbols));
	p->symbols_len = 1;
	p->symbols[0] = (struct process_symbol){.handler = 7, .text = calloc(1, 1)};
	p->freezer_path = calloc(1, 1);
	p->selected = true;
	p->known = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNALFD;
	p->signalfd = 3;
	p->signalfd_each = 1;
	p->caught = 4;
	assert_non_null(process_symbol_of(p, 7));

	process_forget_details(p);
	assert_null(process_leader(p));
	assert_null(process_symbol_of(p, 7));
	assert_null(p->actions);
	assert_null(p->freezer_path);
	assert_false(p->selected);
	assert_int_equal(p->known, PROCESS_KNOWN_DISPOSITIONS);
	assert_int_equal(p->signalfd, 0);
	assert_int_equal(p->signalfd_each, 0);
	assert_int_equal(p->caught, 4);
	process_forget_details(p);
	add_thread(p, 5, SLEEPS);
	assert_non_null(process_leader(p));
	process_table_free(&t);
}

static void test_handlers(void **state)
{
	struct process_action actions[EVENT_SIG_MAX] = {
		[14] = {.handler = 0x401000},
		[63] = {.handler = 1},
	};
	struct process p = {
		.ignored = 1ULL << 63 | 1,
		.caught = 1ULL << 14 | 1ULL << 31,
	};

	(void)state;
	assert_int_equal(process_handler(&p, 1), 1);
	assert_int_equal(process_handler(&p, 2), 0);
	assert_true(process_handler(&p, 15) == REPORT_HANDLER_NOT_KNOWN);
	assert_true(process_handler(&p, 32) == REPORT_HANDLER_NOT_KNOWN);
	assert_int_equal(process_handler(&p, 64), 1);
	p.actions = actions;
	assert_int_equal(process_handler(&p, 15), 0x401000);
	assert_int_equal(process_handler(&p, 64), 1);
	assert_int_equal(process_handler(&p, 32), 0);
}

static void test_symbols(void **state)
{
	struct process_symbol symbols[] = {
		{.handler = 0x401000, .text = NULL},
		{.handler = 0x402000, .text = NULL},
	};
	const struct process p = {.symbols = symbols, .symbols_len = ARRAY_SIZE(symbols)};

	(void)state;
	assert_ptr_equal(process_symbol_of(&p, 0x402000), &symbols[1]);
	assert_null(process_symbol_of(&p, 0x403000));
	assert_null(process_symbol_of(&(struct process){0}, 0));
}

enum {
	NO_THREAD = 0xffff,
};

/* Threads' states, the leader's first; what each of the three must say. */
static const struct life_row {
	const char *what;
	uint32_t states[3]; /* NO_THREAD: not there */
	uint32_t known;
	uint32_t signal_flags;
	bool core_dumping;
	bool zombie;
	bool zombie_leader;
	bool dying;
} lives[] = {
	{"sleeps", {SLEEPS, NO_THREAD, NO_THREAD}, 0, 0, false, false, false, false},
	{"zombie", {ZOMBIE, NO_THREAD, NO_THREAD}, 0, 0, false, true, false, true},
	{"being reaped", {EXIT_DEAD, NO_THREAD, NO_THREAD}, 0, 0, false, true, false, true},
	{"leader ended", {ZOMBIE, ZOMBIE, SLEEPS}, 0, 0, false, false, true, false},
	{"all ended", {ZOMBIE, EXIT_DEAD, ZOMBIE}, 0, 0, false, true, false, true},
	{"a thread ended", {SLEEPS, ZOMBIE, SLEEPS}, 0, 0, false, false, false, false},
	{"leader not seen", {NO_THREAD, ZOMBIE, NO_THREAD}, 0, 0, false, false, false, true},
	{"no thread seen", {NO_THREAD, NO_THREAD, NO_THREAD}, 0, 0, false, false, false, false},
	{"group exit",
	 {SLEEPS, SLEEPS, SLEEPS},
	 PROCESS_KNOWN_SIGNAL_FLAGS,
	 GROUP_EXIT | UNKILLABLE,
	 false,
	 false,
	 false,
	 true},
	{"flags not known", {SLEEPS, SLEEPS, SLEEPS}, 0, GROUP_EXIT, true, false, false, false},
	{"other flags",
	 {SLEEPS, SLEEPS, SLEEPS},
	 PROCESS_KNOWN_SIGNAL_FLAGS,
	 UNKILLABLE,
	 false,
	 false,
	 false,
	 false},
	{"dumps core",
	 {SLEEPS, SLEEPS, SLEEPS},
	 PROCESS_KNOWN_SIGNAL_FLAGS,
	 0,
	 true,
	 false,
	 false,
	 true},
};

static void test_lives(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++) {
		const struct life_row *row = &lives[i];
		struct process_table t = {0};
		struct process *p = add(&t, 70, 1);

		for (uint32_t j = 0; j < ARRAY_SIZE(row->states); j++)
			if (row->states[j] != NO_THREAD)
				add_thread(p, 70 + j, row->states[j]);
		p->known = row->known;
		p->signal_flags = row->signal_flags;
		p->core_dumping = row->core_dumping;
		if (process_is_zombie(p) != row->zombie ||
		    process_has_zombie_leader(p) != row->zombie_leader ||
		    process_is_dying(p) != row->dying)
			fail_msg("%s", row->what);
		process_table_free(&t);
	}
}

/* Threads that have begun to exit and are not zombies yet. */
static void test_all_threads_exit(void **state)
{
	struct process_table t = {0};
	struct process *p = add(&t, 70, 1);

	(void)state;
	add_thread(p, 70, SLEEPS)->exiting = true;
	add_thread(p, 71, SLEEPS);
	assert_false(process_is_dying(p));
	p->threads[1].exiting = true;
	assert_true(process_is_dying(p));
	assert_false(process_is_zombie(p));
	process_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evidence_names),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_leader_first),
		cmocka_unit_test(test_descendants),
		cmocka_unit_test(test_descendants_of_two),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_forget_details),
		cmocka_unit_test(test_handlers),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_all_threads_exit),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
