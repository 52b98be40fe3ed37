// SPDX-License-Identifier: BSD-2-Clause
/* What a watched tree comes to at the end. */
#include "chain_reports.h"

/* Shells. */

static void shell(enum chain_shell what, uint32_t waits_for)
{
	make_tree();
	chain_runs(ROOT, PROGRAM_BASH);
	chain_node(ROOT)->shell = what;
	if (waits_for)
		chain_node(ROOT)->waits_for = chain_index(waits_for);
}

static void test_shell_waits(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, CHILD);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_WAIT);
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_SHELL_WAITS, 0, CHAIN_DOES_NOTHING);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_PARENT_WITHOUT, 0, CHAIN_DOES_NOTHING);
}

static void test_shell_waited_before(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, CHILD);
	ends(CHILD, EXITED(0));
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
}

static void test_shell_waited_then(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, CHILD);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	ends(CHILD, EXITED(0));
	ends(ROOT, EXITED(0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_WAIT);
	assert_ended(ROOT, CHAIN_END_EXITED);
}

/* It ended at once, as a bash with a trap for EXIT does. */
static void test_shell_did_not_wait(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, CHILD);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	ends(ROOT, EXITED(143));
	ends(CHILD, EXITED(0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
}

static void test_shell_waits_for_some_child(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_WAIT);
}

static void test_shell_in_wait(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_BUILTIN, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_RUN_TRAP);
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
}

static void test_shell_forwards(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_BUILTIN, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, CHILD, DIES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_FORWARD);
}

static void test_shell_by_name(void **state)
{
	(void)state;
	shell(CHAIN_SHELL_WAITS_FOREGROUND, CHILD);
	chain_node(ROOT)->program.by_name_only = true;
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
}

/* Who got nothing. */

static void test_below_who_ends(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGTERM);
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_PARENT_ENDS, 0, CHAIN_DOES_NOTHING);
}

static void test_below_who_drops(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, IGNORES);
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_PARENT_DROPS, 0, CHAIN_DOES_NOTHING);
}

static void test_child_only(void **state)
{
	(void)state;
	make_tree();
	chain_runs(ROOT, PROGRAM_TINI)->to_group = PROGRAM_NO;
	sends(SIGTERM, DOCKERD, ROOT, SIGWAITS);
	sends(SIGTERM, ROOT, CHILD, DIES);
	conclude();
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_CHILD_ONLY, ROOT, CHAIN_DOES_NOTHING);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_PARENT_ENDS, 0, CHAIN_DOES_NOTHING);
}

static void test_who_sends_to_its_child_alone(void **state)
{
	static const struct {
		enum program_kind kind;
		enum program_answer to_group;
		bool by_name_only;
		bool alone;
	} rows[] = {
		{PROGRAM_DUMB_INIT, PROGRAM_NO, false, true},
		{PROGRAM_TIMEOUT, PROGRAM_NO, false, true},
		{PROGRAM_SUDO, PROGRAM_ANSWER_NOT_KNOWN, false, true},
		{PROGRAM_SU, PROGRAM_ANSWER_NOT_KNOWN, false, true},
		{PROGRAM_TINI, PROGRAM_YES, false, false},
		{PROGRAM_TINI, PROGRAM_NO, true, false},
		{PROGRAM_NPM, PROGRAM_NO, false, false},
	};

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, SIGWAITS);
	sends(SIGTERM, ROOT, CHILD, DIES);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct program *program = chain_runs(ROOT, rows[i].kind);

		program->to_group = rows[i].to_group;
		program->by_name_only = rows[i].by_name_only;
		conclude();
		if (rows[i].alone)
			chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_CHILD_ONLY, ROOT,
				     CHAIN_DOES_NOTHING);
		else
			chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
	}
}

static void test_torn_down(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, LEAF, HANDLES);
	ends(ROOT, EXITED(0));
	is_torn_down(CHILD);
	is_torn_down(LEAF);
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_TEARDOWN, 0, CHAIN_DOES_NOTHING);
	assert_ended(CHILD, CHAIN_END_TEARDOWN);
	chain_expect(LEAF, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, ROOT, CHAIN_DOES_HANDLE);
	assert_ended(LEAF, CHAIN_END_TEARDOWN);
	assert_ended(OTHER, CHAIN_END_NONE);
}

/* Without names of the kernel's functions its order proves it: the init has ended. */
static void test_torn_down_without_names(void **state)
{
	struct report r;

	(void)state;
	chain_init(ROOT, 1, "sh");
	chain_process(CHILD, ROOT, "java");
	chain_process(OTHER, ROOT, "log");
	chain_make(ROOT, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	r = generation(SIGKILL, KERNEL, OTHER, DIES);
	r.sender_acts_for = task_of(ROOT);
	feed(r);
	ends(OTHER, SIGKILL);
	ends(ROOT, EXITED(0));
	r = generation(SIGKILL, KERNEL, CHILD, DIES);
	r.sender_acts_for = task_of(ROOT);
	feed(r);
	ends(CHILD, SIGKILL);
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_TEARDOWN, 0, CHAIN_DOES_NOTHING);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_KILLED, 0, CHAIN_DOES_NOTHING);
}

static void test_killed(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGKILL, DOCKERD, CHILD, DIES);
	ends(CHILD, SIGKILL);
	kernel_sends(SIGKILL, ORIGIN_OOM_KILLER, OTHER, DIES);
	chain_watch_gone(&chain, chain_index(OTHER), now += MS);
	sends(SIGKILL, LEAF, LEAF, DIES);
	ends(LEAF, SIGKILL);
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_KILLED, 0, CHAIN_DOES_NOTHING);
	assert_ended(CHILD, CHAIN_END_KILLED);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_KILLED, 0, CHAIN_DOES_NOTHING);
	assert_ended(OTHER, CHAIN_END_KILLED);
	assert_ended(LEAF, CHAIN_END_NOT_KNOWN);
}

/* kill -9 from inside does nothing to a namespace's init. */
static void test_not_killed(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	r = generation(SIGKILL, CHILD, ROOT, DIES);
	r.result = EVENT_RESULT_IGNORED;
	r.facts |= EVENT_FACT_NAMESPACE_INIT;
	r.signal_flags = UNKILLABLE;
	r.handler = 0;
	r.sender_nr = 2;
	feed(r);
	ends(ROOT, SIGKILL);
	conclude();
	assert_ended(ROOT, CHAIN_END_NOT_KNOWN);
}

/* SIGKILL that begins the story is what is followed. */
static void test_story_of_sigkill(void **state)
{
	(void)state;
	make_tree();
	sends(SIGKILL, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGKILL);
	sends(SIGKILL, DOCKERD, CHILD, DIES);
	ends(CHILD, SIGKILL);
	is_torn_down(LEAF);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
	assert_ended(ROOT, CHAIN_END_SIGNAL);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_TEARDOWN, 0, CHAIN_DOES_NOTHING);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_PARENT_ENDS, 0, CHAIN_DOES_NOTHING);
}

static void test_gone(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	chain_watch_gone(&chain, chain_index(ROOT), now += MS);
	chain_watch_gone(&chain, chain_index(CHILD), now += MS);
	ends(OTHER, EXITED(3));
	chain_watch_gone(&chain, chain_index(OTHER), now += MS);
	conclude();
	assert_ended(ROOT, CHAIN_END_SIGNAL);
	assert_false(chain_node(ROOT)->status_known);
	assert_true(chain_node(ROOT)->end_ns > chain_node(ROOT)->got_ns);
	assert_ended(CHILD, CHAIN_END_NOT_KNOWN);
	assert_ended(OTHER, CHAIN_END_EXITED);
}

static void test_losses(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGKILL, DOCKERD, CHILD, DIES);
	ends(CHILD, SIGKILL);
	chain.lost = 3;
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
	chain_expect(CHILD, CHAIN_NOT_KNOWN, CHAIN_WAY_LOST, 0, CHAIN_DOES_NOTHING);
	chain_expect(OTHER, CHAIN_NOT_KNOWN, CHAIN_WAY_LOST, 0, CHAIN_DOES_NOTHING);
}

/* Interrupted: who handles it had not all of the time that it was given. */
static void test_cut_short(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, CHILD, DIES);
	ends(CHILD, SIGTERM);
	chain_watch_conclude(&chain, now + S);
	chain_expect(OTHER, CHAIN_NOT_KNOWN, CHAIN_WAY_PARENT_MAY_FORWARD, 0, CHAIN_DOES_NOTHING);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_PARENT_ENDS, 0, CHAIN_DOES_NOTHING);
	chain_watch_conclude(&chain, chain_node(ROOT)->got_ns + chain.deadline_ns);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
}

static void test_cut_short_after_its_end(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	ends(ROOT, EXITED(0));
	chain_watch_conclude(&chain, now + S);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
}

static void test_zombie(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "bash");
	chain_zombie(chain_process(CHILD, ROOT, "old"));
	chain_make(ROOT, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	conclude();
	assert_ended(CHILD, CHAIN_END_NOT_KNOWN);
	assert_ended(ROOT, CHAIN_END_NONE);
}

/* It is forked while the story goes on. */
static void test_new_child(void **state)
{
	struct process p = {.tgid = 50,
			    .parent_tgid = CHILD,
			    .start_boot_ns = CHAIN_BEGAN + S,
			    .known = PROCESS_KNOWN_IDS};
	uint32_t added;

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	added = chain_watch_add(&chain, &p);
	assert_int_not_equal(added, CHAIN_NONE);
	sends(SIGTERM, ROOT, 50, DIES);
	conclude();
	chain_expect(50, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, ROOT, CHAIN_DOES_END);
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
}

/* What is above the root is no part of the story, whatever was predicted. */
static void test_above_the_root(void **state)
{
	(void)state;
	chain_process(5, 1, "agent");
	chain_process(ROOT, 5, "bash");
	chain_make(ROOT, 1);
	chain_node(5)->gets = CHAIN_YES;
	chain_node(5)->way = CHAIN_WAY_IN_GROUP;
	chain_node(5)->sig = SIGTERM;
	chain_node(5)->from = 1;
	chain_node(5)->does = CHAIN_DOES_END;
	sends(SIGTERM, DOCKERD, 5, DIES);
	assert_int_equal(chain.first_ns, 0);
	sends(SIGTERM, 5, ROOT, DIES);
	conclude();
	chain_expect(5, CHAIN_NO, CHAIN_WAY_NONE, 0, CHAIN_DOES_NOTHING);
	assert_int_equal(chain_node(5)->sig, 0);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
}

/* A prediction explains what was seen only where it says the same. */
static void test_prediction(void **state)
{
	(void)state;
	make_tree();
	for (uint32_t i = 0; i < chain.len; i++) {
		chain.nodes[i].has_prediction = true;
		chain.nodes[i].prediction.report.sig = SIGTERM;
		chain.nodes[i].prediction.verdict.cause = CAUSE_CAUGHT;
	}
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, DOCKERD, CHILD, IGNORES);
	sends(SIGINT, DOCKERD, LEAF, HANDLES);
	conclude();
	assert_true(chain_node(ROOT)->has_prediction);
	assert_false(chain_node(CHILD)->has_prediction);
	assert_false(chain_node(LEAF)->has_prediction);
	assert_false(chain_node(OTHER)->has_prediction);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shell_waits),
		TEST(test_shell_waited_before),
		TEST(test_shell_waited_then),
		TEST(test_shell_did_not_wait),
		TEST(test_shell_waits_for_some_child),
		TEST(test_shell_in_wait),
		TEST(test_shell_forwards),
		TEST(test_shell_by_name),
		TEST(test_below_who_ends),
		TEST(test_below_who_drops),
		TEST(test_child_only),
		TEST(test_who_sends_to_its_child_alone),
		TEST(test_torn_down),
		TEST(test_torn_down_without_names),
		TEST(test_killed),
		TEST(test_not_killed),
		TEST(test_story_of_sigkill),
		TEST(test_gone),
		TEST(test_losses),
		TEST(test_cut_short),
		TEST(test_cut_short_after_its_end),
		TEST(test_zombie),
		TEST(test_new_child),
		TEST(test_above_the_root),
		TEST(test_prediction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
