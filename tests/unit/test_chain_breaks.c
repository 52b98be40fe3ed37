// SPDX-License-Identifier: BSD-2-Clause
#include "chain_findings.h"

/* Rules. */

static void test_no_break(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_FORWARD);
	gets(CHILD, CHAIN_DOES_END);
	gets(LEAF, CHAIN_DOES_END);
	gets(OTHER, CHAIN_DOES_HANDLE);
	expect_none();
}

/* Nobody had it: nothing is broken. */
static void test_nobody_gets_it(void **state)
{
	(void)state;
	make_tree();
	misses(ROOT, CHAIN_WAY_OUTSIDE_GROUP);
	expect_none();
}

static void test_not_known_is_no_break(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_HANDLE);
	for (uint32_t i = 1; i < chain.len; i++) {
		chain.nodes[i].gets = CHAIN_NOT_KNOWN;
		chain.nodes[i].way = CHAIN_WAY_PARENT_NOT_KNOWN;
	}
	chain_node(CHILD)->way = CHAIN_WAY_PARENT_MAY_FORWARD;
	chain_node(OTHER)->way = CHAIN_WAY_PARENT_MAY_FORWARD;
	expect_none();
	expect_note(CHAIN_NOTE_MAY_FORWARD, ROOT, CHILD, 1);
}

static void test_dropped(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_DROP);
	misses(CHILD, CHAIN_WAY_PARENT_DROPS);
	misses(OTHER, CHAIN_WAY_PARENT_DROPS);
	expect_only(ROOT, CHAIN_RULE_DROPPED, CHILD, 2, 3);
}

static void test_dropped_without_children(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_END);
	gets(CHILD, CHAIN_DOES_END);
	gets(OTHER, CHAIN_DOES_END);
	gets(LEAF, CHAIN_DOES_DROP);
	expect_only(LEAF, CHAIN_RULE_DROPPED, 0, 0, 0);
}

/* Its children have it from elsewhere: it has passed. */
static void test_dropped_and_passed(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_DROP);
	gets(CHILD, CHAIN_DOES_END);
	gets(LEAF, CHAIN_DOES_END);
	gets(OTHER, CHAIN_DOES_END);
	expect_none();
	misses(OTHER, CHAIN_WAY_OUTSIDE_GROUP);
	expect_only(ROOT, CHAIN_RULE_DROPPED, OTHER, 1, 1);
}

static void test_shell_waits(void **state)
{
	(void)state;
	make_tree();
	chain_runs(ROOT, PROGRAM_BASH);
	gets(ROOT, CHAIN_DOES_WAIT);
	gets(OTHER, CHAIN_DOES_END);
	misses(CHILD, CHAIN_WAY_SHELL_WAITS);
	expect_only(ROOT, CHAIN_RULE_SHELL_WAITS, CHILD, 1, 2);
}

static void test_ends(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_END);
	misses(CHILD, CHAIN_WAY_PARENT_ENDS);
	misses(OTHER, CHAIN_WAY_PARENT_ENDS);
	expect_only(ROOT, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, CHILD, 2, 3);
	chain_runs(ROOT, PROGRAM_DASH);
	expect_only(ROOT, CHAIN_RULE_SHELL_ENDS, CHILD, 2, 3);
	chain_node(ROOT)->program.by_name_only = true;
	expect_only(ROOT, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, CHILD, 2, 3);
}

/* It was sent to the root's group, in which the one is and the other is not. */
static void test_outside_group(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_process(CHILD, ROOT, "runner");
	chain_session(chain_process(LEAF, ROOT, "escaped"));
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_END)->way = CHAIN_WAY_IN_GROUP;
	gets(CHILD, CHAIN_DOES_END)->way = CHAIN_WAY_IN_GROUP;
	misses(LEAF, CHAIN_WAY_PARENT_ENDS);
	expect_only(ROOT, CHAIN_RULE_OUTSIDE_GROUP, LEAF, 1, 1);
	gets(ROOT, CHAIN_DOES_END)->way = CHAIN_WAY_SENT;
	expect_only(ROOT, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, LEAF, 1, 1);
	misses(LEAF, CHAIN_WAY_OUTSIDE_GROUP);
	expect_only(ROOT, CHAIN_RULE_OUTSIDE_GROUP, LEAF, 1, 1);
}

/* dumb-init sends to the group of its child; what is below in another one does not get it. */
static void test_outside_forwarders_group(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "dumb-init");
	chain_session(chain_process(CHILD, ROOT, "runner"));
	chain_group(chain_process(LEAF, CHILD, "job"));
	chain_make(ROOT, 0);
	chain_runs(ROOT, PROGRAM_DUMB_INIT)->to_group = PROGRAM_YES;
	gets(ROOT, CHAIN_DOES_FORWARD);
	gets(CHILD, CHAIN_DOES_END)->way = CHAIN_WAY_FORWARDED;
	chain_node(CHILD)->from = chain_index(ROOT);
	misses(LEAF, CHAIN_WAY_PARENT_ENDS);
	expect_only(CHILD, CHAIN_RULE_OUTSIDE_GROUP, LEAF, 1, 1);
	chain_node(ROOT)->program.to_group = PROGRAM_NO;
	expect_only(CHILD, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, LEAF, 1, 1);
	chain_node(CHILD)->way = CHAIN_WAY_FORWARDED_GROUP;
	expect_only(CHILD, CHAIN_RULE_OUTSIDE_GROUP, LEAF, 1, 1);
}

/* One break for each rule: what is said of the one is not true of the other. */
static void test_rules_of_one_place(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_group(chain_process(CHILD, ROOT, "job"));
	chain_process(LEAF, ROOT, "worker");
	chain_group(chain_process(OTHER, ROOT, "job"));
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_HANDLE)->way = CHAIN_WAY_IN_GROUP;
	misses(CHILD, CHAIN_WAY_OUTSIDE_GROUP);
	misses(LEAF, CHAIN_WAY_NOT_SENT);
	misses(OTHER, CHAIN_WAY_OUTSIDE_GROUP);
	find();
	assert_int_equal(chain.breaks_len, 2);
	expect_break(0, ROOT, CHAIN_RULE_OUTSIDE_GROUP, CHILD, 2, 2);
	expect_break(1, ROOT, CHAIN_RULE_NOT_FORWARDED, LEAF, 1, 1);
}

static void test_child_only(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_FORWARD);
	gets(CHILD, CHAIN_DOES_HANDLE);
	gets(LEAF, CHAIN_DOES_END);
	misses(OTHER, CHAIN_WAY_CHILD_ONLY)->from = chain_index(ROOT);
	expect_only(ROOT, CHAIN_RULE_CHILD_ONLY, OTHER, 1, 1);
}

/* Below what does not get it somebody does, from elsewhere, and below that the chain goes on. */
static void test_reached_from_elsewhere(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_process(CHILD, ROOT, "a");
	chain_process(LEAF, CHILD, "b");
	chain_process(OTHER, LEAF, "c");
	chain_process(50, CHILD, "d");
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_HANDLE);
	misses(CHILD, CHAIN_WAY_NOT_SENT);
	misses(50, CHAIN_WAY_PARENT_WITHOUT);
	gets(LEAF, CHAIN_DOES_END);
	misses(OTHER, CHAIN_WAY_PARENT_ENDS);
	find();
	assert_int_equal(chain.breaks_len, 2);
	expect_break(0, ROOT, CHAIN_RULE_NOT_FORWARDED, CHILD, 1, 2);
	expect_break(1, LEAF, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, OTHER, 1, 1);
}

static void test_zombie_misses_nothing(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_zombie(chain_process(CHILD, ROOT, "old"));
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_END);
	misses(CHILD, CHAIN_WAY_PARENT_ENDS);
	expect_none();
}

/* Above the root, and beside it. */
static void test_only_the_tree(void **state)
{
	(void)state;
	chain_process(5, 1, "agent");
	chain_process(ROOT, 5, "app");
	chain_make(ROOT, 1);
	gets(5, CHAIN_DOES_DROP);
	misses(ROOT, CHAIN_WAY_OUTSIDE_GROUP);
	expect_none();
}

static void test_again(void **state)
{
	(void)state;
	make_tree();
	gets(ROOT, CHAIN_DOES_DROP);
	find();
	expect_only(ROOT, CHAIN_RULE_DROPPED, CHILD, 2, 3);
	gets(ROOT, CHAIN_DOES_NOTHING)->gets = CHAIN_NO;
	expect_none();
}

/* Predicted: from the facts of the processes to the break. */

static void test_predicted_shell(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "bash");
	chain_process(CHILD, ROOT, "pytest");
	chain_make(ROOT, 0);
	chain_runs(ROOT, PROGRAM_BASH);
	chain_foretell(SIGTERM, CHAIN_TO_PROCESS);
	expect_only(ROOT, CHAIN_RULE_SHELL_ENDS, CHILD, 1, 1);
	expect_note(CHAIN_NOTE_GROUP_REACHES, CHILD, ROOT, 1);
	chain_foretell(SIGTERM, CHAIN_TO_GROUP);
	expect_none();
	expect_no_note(CHAIN_NOTE_GROUP_REACHES);
}

static void test_predicted_foreground(void **state)
{
	(void)state;
	make_tree();
	chain_terminal(ROOT, "", false);
	chain_foretell(SIGINT, CHAIN_TO_FOREGROUND);
	expect_none();
	expect_note(CHAIN_NOTE_NO_TERMINAL, ROOT, 0, 1);
	chain_foretell(SIGINT, CHAIN_TO_GROUP);
	expect_no_note(CHAIN_NOTE_NO_TERMINAL);
}

/* Watched. */

static void watched_tree(void)
{
	make_tree();
	now = WATCH_BEGAN;
	chain.watched = true;
	chain.wanted = signal_bit(SIGTERM);
}

static void test_watched_not_forwarded(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, OTHER, DIES);
	ends(OTHER, SIGTERM);
	conclude();
	expect_only(ROOT, CHAIN_RULE_NOT_FORWARDED, CHILD, 1, 2);
	expect_note(CHAIN_NOTE_STILL_ALIVE, ROOT, 0, 1);
	expect_note(CHAIN_NOTE_GROUP_REACHES, CHILD, ROOT, 1);
	expect_no_note(CHAIN_NOTE_ESCAPED);
}

/* Who ended by itself misses nothing, whatever ended it. */
static void test_watched_own_end(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	ends(CHILD, EXITED(0));
	ends(OTHER, SIGPIPE);
	chain_watch_gone(&chain, chain_index(LEAF), now += MS);
	ends(ROOT, EXITED(0));
	conclude();
	expect_none();
}

static void test_watched_teardown(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	ends(ROOT, EXITED(143));
	is_torn_down(CHILD);
	is_torn_down(LEAF);
	kernel_sends(SIGKILL, ORIGIN_OOM_KILLER, OTHER, DIES);
	ends(OTHER, SIGKILL);
	conclude();
	find();
	assert_int_equal(chain.breaks_len, 2);
	expect_break(0, ROOT, CHAIN_RULE_TEARDOWN, CHILD, 1, 2);
	expect_break(1, ROOT, CHAIN_RULE_KILLED_UNASKED, OTHER, 1, 1);
	expect_no_note(CHAIN_NOTE_STILL_ALIVE);
	expect_no_note(CHAIN_NOTE_GROUP_REACHES);
}

static void test_watched_escape(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGTERM);
	sends(SIGTERM, DOCKERD, CHILD, DIES);
	ends(CHILD, SIGTERM);
	sends(SIGTERM, DOCKERD, LEAF, HANDLES);
	conclude();
	expect_only(ROOT, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, OTHER, 1, 1);
	expect_note(CHAIN_NOTE_ESCAPED, LEAF, CHILD, 2);
	expect_note(CHAIN_NOTE_STILL_ALIVE, LEAF, 0, 1);
}

/* What was gone when its parent got the signal, and what began after that. */
static void test_watched_before_and_after(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, CHILD, QUEUED);
	sends(SIGKILL, DOCKERD, OTHER, DIES);
	ends(OTHER, SIGKILL);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	chain.table.list[2].start_boot_ns = now;
	conclude();
	assert_int_equal(chain_node(LEAF)->gets, CHAIN_NO);
	expect_none();
}

static void test_watched_with_losses(void **state)
{
	(void)state;
	watched_tree();
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGTERM);
	sends(SIGTERM, DOCKERD, CHILD, IGNORES);
	chain.lost = 1;
	conclude();
	expect_only(CHILD, CHAIN_RULE_DROPPED, 0, 0, 0);
}

static void test_nothing_came(void **state)
{
	(void)state;
	watched_tree();
	ends(CHILD, EXITED(0));
	conclude();
	expect_none();
	expect_no_note(CHAIN_NOTE_ESCAPED);
}

/* Thousands of processes: wide, deep, and each a break of its own. */

#define MANY 20000

static void make_many(bool deep)
{
	free(chain.table.list);
	chain.table = (struct process_table){0};
	for (uint32_t i = 0; i < MANY; i++) {
		struct process *p = process_table_add(&chain.table, 100 + i);

		assert_non_null(p);
		p->parent_tgid = i == 0 ? 1 : deep ? 99 + i : 100;
		p->start_boot_ns = CHAIN_BEGAN + i;
		p->pgid = 100;
		p->known = PROCESS_KNOWN_IDS | PROCESS_KNOWN_DISPOSITIONS;
	}
	chain_make(100, 0);
	assert_int_equal(chain.len, MANY);
}

static void test_many_children(void **state)
{
	(void)state;
	make_many(false);
	gets(100, CHAIN_DOES_END);
	expect_only(100, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, 101, MANY - 1, MANY - 1);
	assert_int_equal(find_note(CHAIN_NOTE_GROUP_REACHES)->count, MANY - 1);
}

static void test_deep(void **state)
{
	(void)state;
	make_many(true);
	gets(100, CHAIN_DOES_END);
	expect_only(100, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, 101, 1, MANY - 1);
	for (uint32_t i = 0; i < MANY; i += 2)
		gets(100 + i, CHAIN_DOES_END);
	find();
	assert_int_equal(chain.breaks_len, MANY / 2);
	expect_break(MANY / 2 - 1, 100 + MANY - 2, CHAIN_RULE_ENDS_WITHOUT_FORWARDING,
		     100 + MANY - 1, 1, 1);
}

static void test_many_watched(void **state)
{
	(void)state;
	make_many(true);
	now = WATCH_BEGAN;
	chain.watched = true;
	chain.wanted = signal_bit(SIGTERM);
	for (uint32_t i = 0; i < MANY; i++)
		sends(SIGTERM, i ? 99 + i : DOCKERD, 100 + i, HANDLES);
	for (uint32_t i = 0; i < MANY; i++)
		ends(100 + i, EXITED(0));
	assert_int_equal(chain_watch_due_ns(&chain), 0);
	conclude();
	expect_none();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_break),
		TEST(test_nobody_gets_it),
		TEST(test_not_known_is_no_break),
		TEST(test_dropped),
		TEST(test_dropped_without_children),
		TEST(test_dropped_and_passed),
		TEST(test_shell_waits),
		TEST(test_ends),
		TEST(test_outside_group),
		TEST(test_outside_forwarders_group),
		TEST(test_rules_of_one_place),
		TEST(test_child_only),
		TEST(test_reached_from_elsewhere),
		TEST(test_zombie_misses_nothing),
		TEST(test_only_the_tree),
		TEST(test_again),
		TEST(test_predicted_shell),
		TEST(test_predicted_foreground),
		TEST(test_watched_not_forwarded),
		TEST(test_watched_own_end),
		TEST(test_watched_teardown),
		TEST(test_watched_escape),
		TEST(test_watched_before_and_after),
		TEST(test_watched_with_losses),
		TEST(test_nothing_came),
		TEST(test_many_children),
		TEST(test_deep),
		TEST(test_many_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
