/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes are nodes, and in what order. */
#include <errno.h>

#include "chain_scene.h"

#define LARGE 20000

/* The numbers of all nodes in their order, and each one's depth and place in or above the tree. */
static void expect_nodes(const char *expected)
{
	char text[1024];
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	for (uint32_t i = 0; i < chain.len; i++) {
		if (i)
			strbuf_add_char(&out, ' ');
		if (!chain.nodes[i].in_tree)
			strbuf_add_char(&out, '^');
		strbuf_add_u64(&out, chain.nodes[i].process->tgid);
		strbuf_add_char(&out, ':');
		strbuf_add_u64(&out, chain.nodes[i].depth);
	}
	assert_string_equal(text, expected);
	assert_int_equal(chain.nodes[chain.root].in_tree, true);
	for (uint32_t i = 0; i < chain.len; i++) {
		assert_int_equal(chain_find(&chain, chain.nodes[i].process->tgid), i);
		if (chain.nodes[i].parent != CHAIN_NONE)
			assert_true(chain.nodes[i].parent < i);
	}
}

static void add_seed_tree(void)
{
	chain_process(1, 0, "systemd");
	chain_process(10, 1, "ci-agent");
	chain_process(11, 10, "docker");
	chain_process(20, 11, "bash");
	chain_process(21, 20, "test_pipeline");
	chain_process(22, 21, "pytest");
	chain_process(23, 20, "tee");
	chain_process(24, 10, "other");
	chain_process(30, 22, "sh");
}

static void test_no_such_process(void **state)
{
	(void)state;
	assert_int_equal(chain_build(&chain, 5, 0, NULL, NULL), -ESRCH);
	add_seed_tree();
	assert_int_equal(chain_build(&chain, 5, 0, NULL, NULL), -ESRCH);
	assert_int_equal(chain.len, 0);
}

static void test_tree(void **state)
{
	(void)state;
	add_seed_tree();
	chain_make(20, 0);
	expect_nodes("20:0 21:1 22:2 30:3 23:1");
	assert_int_equal(chain.hidden_up, 3);
	assert_int_equal(chain_node(20)->children, 2);
	assert_int_equal(chain_node(22)->children, 1);
	assert_int_equal(chain_node(30)->children, 0);
	assert_int_equal(chain_node(22)->parent, chain_index(21));
	assert_int_equal(chain_node(20)->parent, CHAIN_NONE);
	assert_int_equal(chain_find(&chain, 24), CHAIN_NONE);
	assert_int_equal(chain_find(&chain, 0), CHAIN_NONE);
	assert_int_equal(chain_find(&chain, 31), CHAIN_NONE);
}

static void test_below(void **state)
{
	(void)state;
	add_seed_tree();
	chain_make(20, 1);
	assert_true(chain_is_below(&chain, chain_index(30), chain_index(20)));
	assert_true(chain_is_below(&chain, chain_index(30), chain_index(11)));
	assert_true(chain_is_below(&chain, chain_index(20), chain_index(20)));
	assert_false(chain_is_below(&chain, chain_index(20), chain_index(30)));
	assert_false(chain_is_below(&chain, chain_index(23), chain_index(21)));
	assert_false(chain_is_below(&chain, chain_index(30), chain_index(23)));
}

static void test_up(void **state)
{
	(void)state;
	add_seed_tree();
	chain_make(20, 2);
	expect_nodes("^10:0 ^11:1 20:2 21:3 22:4 30:5 23:3");
	assert_int_equal(chain.hidden_up, 1);
	/* Only those on the way to the root. */
	assert_int_equal(chain_node(10)->children, 1);
}

static void test_up_to_the_end(void **state)
{
	(void)state;
	add_seed_tree();
	chain_make(21, 99);
	expect_nodes("^1:0 ^10:1 ^11:2 ^20:3 21:4 22:5 30:6");
	assert_int_equal(chain.hidden_up, 0);
}

/* Of the test's own table: "ci-agent", "shim" and "tini" by name. */
static enum program_kind kind_of(void *context, const struct process *p)
{
	(*(unsigned int *)context)++;
	if (strcmp(p->comm, "ci-agent") == 0)
		return PROGRAM_CI_AGENT;
	if (strcmp(p->comm, "tini") == 0)
		return PROGRAM_TINI;
	return strcmp(p->comm, "shim") == 0 ? PROGRAM_SHIM : PROGRAM_NOT_KNOWN;
}

static void make_default(uint32_t root_tgid)
{
	unsigned int asked = 0;

	process_table_sort(&chain.table);
	assert_int_equal(chain_build(&chain, root_tgid, CHAIN_UP_DEFAULT, kind_of, &asked), 0);
	assert_true(asked > 0);
}

static void test_up_to_the_agent(void **state)
{
	(void)state;
	add_seed_tree();
	make_default(21);
	expect_nodes("^10:0 ^11:1 ^20:2 21:3 22:4 30:5");
	assert_int_equal(chain.hidden_up, 1);
}

static void test_up_to_the_nearest(void **state)
{
	(void)state;
	chain_process(1, 0, "ci-agent");
	chain_process(2, 1, "shim");
	chain_init(3, 2, "bash");
	chain_process(4, 3, "sleep");
	make_default(4);
	expect_nodes("^2:0 ^3:1 4:2");
}

static void test_root_is_the_agent(void **state)
{
	(void)state;
	add_seed_tree();
	make_default(10);
	assert_int_equal(chain.root, 0);
	assert_int_equal(chain.hidden_up, 1);
}

static void test_up_to_who_started_the_init(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_process(5, 1, "login");
	chain_process(10, 5, "unshare");
	chain_init(11, 10, "tini");
	chain_process(12, 11, "bash");
	chain_process(13, 12, "sleep");
	make_default(13);
	expect_nodes("^10:0 ^11:1 ^12:2 13:3");
	assert_int_equal(chain.hidden_up, 2);
}

/* In the namespace that numbers count in there is nobody above to be shown. */
static void test_no_init_of_the_initial_namespace(void **state)
{
	struct process *p;

	(void)state;
	chain_process(1, 0, "systemd")->pid_ns = 1;
	p = chain_process(2, 1, "bash");
	p->pid_ns = 2;
	p->sid = 9;
	make_default(2);
	expect_nodes("2:0");
}

static void test_up_to_the_session_leader(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_session(chain_process(5, 1, "bash"));
	chain_group(chain_process(6, 5, "make"));
	chain_process(7, 6, "sh");
	make_default(7);
	expect_nodes("^5:0 ^6:1 7:2");
}

static void test_session_leader_is_gone(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_process(7, 1, "worker")->sid = 5;
	make_default(7);
	expect_nodes("7:0");
	assert_int_equal(chain.hidden_up, 1);
}

static void test_root_leads_its_session(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_session(chain_process(7, 1, "worker"));
	make_default(7);
	expect_nodes("7:0");
}

/* The session is the one that an init in front made for it. */
static void test_init_above_the_session(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_process(6, 1, "tini");
	chain_session(chain_process(7, 6, "worker"));
	chain_process(8, 7, "sleep");
	make_default(8);
	expect_nodes("^6:0 ^7:1 8:2");
	assert_int_equal(chain.hidden_up, 1);
}

static void test_no_ids(void **state)
{
	(void)state;
	chain_process(1, 0, "systemd");
	chain_process(7, 1, "worker")->known &= ~PROCESS_KNOWN_IDS;
	make_default(7);
	expect_nodes("7:0");
}

/* The number of a parent that is gone was given to somebody else. */
static void test_parent_is_younger(void **state)
{
	(void)state;
	chain_process(5, 0, "bash");
	chain_process(6, 7, "sleep");
	chain_process(7, 5, "new");
	chain_make(5, 0);
	expect_nodes("5:0 7:1");
}

static void make_circle(void)
{
	chain_process(5, 7, "a")->start_boot_ns = 1;
	chain_process(6, 5, "b")->start_boot_ns = 1;
	chain_process(7, 6, "c")->start_boot_ns = 1;
	chain_process(8, 6, "d")->start_boot_ns = 1;
	chain_process(9, 9, "e")->start_boot_ns = 1;
}

static void test_circle(void **state)
{
	(void)state;
	make_circle();
	chain_make(5, 0);
	expect_nodes("5:0 6:1 7:2 8:2");
	assert_int_equal(chain.hidden_up, 2);
}

static void test_circle_above(void **state)
{
	(void)state;
	make_circle();
	chain_make(8, 99);
	expect_nodes("^7:0 ^5:1 ^6:2 8:3");
}

static void test_circle_above_and_below(void **state)
{
	(void)state;
	make_circle();
	chain_make(5, 1);
	expect_nodes("^7:0 5:1 6:2 8:3");
}

static void test_own_parent(void **state)
{
	(void)state;
	make_circle();
	chain_make(9, 99);
	expect_nodes("9:0");
}

/* No recursion, and no time that grows with the square: this would not end otherwise. */
static void test_deep(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= LARGE; i++)
		chain_process(i, i - 1, "deep");
	chain_make(1, 0);
	assert_int_equal(chain.len, LARGE);
	assert_int_equal(chain.nodes[LARGE - 1].depth, LARGE - 1);
	assert_true(chain_is_below(&chain, LARGE - 1, 0));
	for (uint32_t i = 1; i < LARGE; i++)
		chain_node(i)->tty_known = true;
	chain_foretell(SIGTERM, CHAIN_TO_GROUP);
	chain_expect(LARGE, CHAIN_YES, CHAIN_WAY_IN_GROUP, 0, CHAIN_DOES_END);
}

static void test_wide(void **state)
{
	(void)state;
	chain_process(1, 0, "init");
	for (uint32_t i = 2; i <= LARGE; i++)
		chain_process(i, 1, "wide");
	chain_make(LARGE, CHAIN_UP_DEFAULT);
	chain.len = 0;
	free(chain.nodes);
	free(chain.by_tgid);
	chain.nodes = NULL;
	chain.by_tgid = NULL;
	chain.capacity = 0;
	chain_make(1, 0);
	assert_int_equal(chain.len, LARGE);
	assert_int_equal(chain.nodes[0].children, LARGE - 1);
	assert_int_equal(chain.nodes[LARGE - 1].process->tgid, LARGE);
}

/* What is added while the tree is watched. */

static struct process fresh(uint32_t tgid, uint32_t parent_tgid)
{
	struct process p = {
		.tgid = tgid,
		.parent_tgid = parent_tgid,
		.pgid = 20,
		.start_boot_ns = CHAIN_BEGAN + 60 * S + tgid * MS,
		.known = PROCESS_KNOWN_IDS | PROCESS_KNOWN_FROZEN,
	};

	memcpy(p.comm, "new", 3);
	return p;
}

static void test_add(void **state)
{
	struct process p = fresh(40, 22), q = fresh(41, 40);
	struct thread thread = {.tid = 40, .state = SLEEPS};
	uint32_t index;

	(void)state;
	add_seed_tree();
	chain_make(20, 1);
	p.threads = &thread;
	p.threads_len = 1;
	index = chain_watch_add(&chain, &p);
	assert_int_equal(index, 6);
	assert_int_equal(chain_watch_add(&chain, &q), 7);
	expect_nodes("^11:0 20:1 21:2 22:3 30:4 23:2 40:4 41:5");
	assert_int_equal(chain_node(22)->children, 2);
	assert_string_equal(chain_node(40)->process->comm, "new");
	/* What hangs on it stays with its own snapshot. */
	assert_null(chain_node(40)->process->threads);
	assert_int_equal(chain_node(40)->process->leader_state, SLEEPS);
	assert_int_equal(chain_node(40)->process->known, PROCESS_KNOWN_IDS | PROCESS_KNOWN_STATE);
	assert_int_equal(chain_node(40)->waits_for, CHAIN_NONE);
	assert_int_equal(chain_node(40)->from, CHAIN_NONE);
}

static void test_add_again(void **state)
{
	struct process p = fresh(40, 22), q;

	(void)state;
	add_seed_tree();
	chain_make(20, 0);
	assert_int_equal(chain_watch_add(&chain, &p), 5);
	/* Its parent may have ended meanwhile. */
	p.parent_tgid = 1;
	assert_int_equal(chain_watch_add(&chain, &p), 5);
	q = *chain_node(21)->process;
	q.start_boot_ns += 9 * MS;
	assert_int_equal(chain_watch_add(&chain, &q), chain_index(21));
	assert_int_equal(chain.len, 6);
}

static void test_add_stranger(void **state)
{
	struct process p = fresh(40, 10), q = fresh(40, 999), r = fresh(40, 22);

	(void)state;
	add_seed_tree();
	chain_make(20, 2);
	/* A child of an ancestor is none of the tree's. */
	assert_int_equal(chain_watch_add(&chain, &p), CHAIN_NONE);
	assert_int_equal(chain_watch_add(&chain, &q), CHAIN_NONE);
	/* Its parent's number is older than the parent. */
	r.start_boot_ns = 1;
	assert_int_equal(chain_watch_add(&chain, &r), CHAIN_NONE);
	assert_int_equal(chain.len, 7);
}

/* After a wrap of the numbers a new one is lower, or one that was there before. */
static void test_add_after_wrap(void **state)
{
	struct process p = fresh(15, 30), q = fresh(23, 15);
	const uint32_t old = 4;

	(void)state;
	add_seed_tree();
	chain_make(20, 0);
	assert_int_equal(chain_index(23), old);
	assert_int_equal(chain_watch_add(&chain, &p), 5);
	assert_int_equal(chain_watch_add(&chain, &q), 6);
	assert_int_equal(chain_find(&chain, 23), 6);
	assert_int_equal(chain_find(&chain, 15), 5);
	assert_int_equal(chain.nodes[old].process->tgid, 23);
	assert_string_equal(chain.nodes[old].process->comm, "tee");
	assert_string_equal(chain.nodes[6].process->comm, "new");
	assert_string_equal(chain_node(30)->process->comm, "sh");
	for (size_t i = 1; i < chain.table.len; i++)
		assert_true(chain.table.list[i - 1].tgid <= chain.table.list[i].tgid);
}

/* Nodes and table are moved. */
static void test_add_many(void **state)
{
	(void)state;
	chain_process(1, 0, "init");
	chain_process(2, 1, "bash");
	chain_make(1, 0);
	for (uint32_t i = 3; i <= 2 * CHAIN_SCENE_MAX; i++) {
		struct process p = fresh(i, i - 1);

		assert_int_equal(chain_watch_add(&chain, &p), i - 1);
	}
	for (uint32_t i = 1; i <= 2 * CHAIN_SCENE_MAX; i++) {
		assert_int_equal(chain_find(&chain, i), i - 1);
		assert_int_equal(chain.nodes[i - 1].process->tgid, i);
		assert_int_equal(chain.nodes[i - 1].depth, i - 1);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(chain_to_name(CHAIN_TO_FOREGROUND), "foreground");
	assert_string_equal(chain_answer_name(CHAIN_NOT_KNOWN), "unknown");
	assert_null(chain_way_name(CHAIN_WAY_NONE));
	assert_string_equal(chain_way_name(CHAIN_WAY_FORWARDED_GROUP), "forwarded_group");
	assert_string_equal(chain_does_name(CHAIN_DOES_RUN_TRAP), "run_trap");
	assert_null(chain_end_name(CHAIN_END_NONE));
	assert_string_equal(chain_end_name(CHAIN_END_TEARDOWN), "teardown");
	assert_string_equal(chain_rule_name(CHAIN_RULE_SHELL_WAITS), "shell_waits");
	assert_string_equal(chain_note_name(CHAIN_NOTE_GROUP_REACHES), "group_reaches");
	for (int i = 1; i < CHAIN_WAY_COUNT; i++)
		assert_non_null(chain_way_name(i));
	for (int i = 0; i < CHAIN_DOES_COUNT; i++)
		assert_non_null(chain_does_name(i));
	for (int i = 1; i < CHAIN_END_COUNT; i++)
		assert_non_null(chain_end_name(i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_such_process),
		TEST(test_tree),
		TEST(test_below),
		TEST(test_up),
		TEST(test_up_to_the_end),
		TEST(test_up_to_the_agent),
		TEST(test_up_to_the_nearest),
		TEST(test_root_is_the_agent),
		TEST(test_up_to_who_started_the_init),
		TEST(test_no_init_of_the_initial_namespace),
		TEST(test_up_to_the_session_leader),
		TEST(test_session_leader_is_gone),
		TEST(test_root_leads_its_session),
		TEST(test_init_above_the_session),
		TEST(test_no_ids),
		TEST(test_parent_is_younger),
		TEST(test_circle),
		TEST(test_circle_above),
		TEST(test_circle_above_and_below),
		TEST(test_own_parent),
		TEST(test_deep),
		TEST(test_wide),
		TEST(test_add),
		TEST(test_add_again),
		TEST(test_add_stranger),
		TEST(test_add_after_wrap),
		TEST(test_add_many),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
