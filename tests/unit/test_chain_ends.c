/* SPDX-License-Identifier: BSD-2-Clause */
/* Of a prediction: namespaces, terminals, and what the end of a process brings to others. */
#include "chain_predict_scene.h"

/* SIGTERM without a handler is dropped there, whoever sends it; SIGKILL only from inside. */
static void test_init_drops(void **state)
{
	(void)state;
	chain_init(2, 1, "sleep");
	chain_process(3, 2, "child");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	MISSES(3, PARENT_DROPS);
	assert_int_equal(chain_node(2)->prediction.verdict.cause, CAUSE_UNKILLABLE_SIG_DFL);
}

/* sigtrace is in the namespace whose init it is asked about. */
static void test_kill_from_inside(void **state)
{
	(void)state;
	chain_init(2, 1, "sleep")->ns_level = 0;
	chain_process(3, 2, "child");
	chain_make(2, 0);
	chain_foretell(SIGKILL, PROCESS);
	GETS(2, SENT, 0, DROP);
}

/* dumb-init makes SIGKILL of it, for the init of a namespace below. */
static void test_kill_across_namespaces(void **state)
{
	struct program *program;

	(void)state;
	chain_sigwaits(chain_init(2, 1, "dumb-init"), TINI_SET);
	chain_session(chain_init(3, 2, "sleep"));
	chain_group(chain_process(4, 3, "child"));
	program = make_init(PROGRAM_DUMB_INIT, PROGRAM_YES);
	program->rewrite_from = SIGTERM;
	program->rewrite_to = SIGKILL;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	MISSES_FROM(4, TEARDOWN, 3);
	/* In its own namespace it would be the init that kills itself. */
	process(3)->pid_ns = process(2)->pid_ns;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, DROP);
}

/* Processes that entered the namespace, and namespaces below it. */
static void test_teardown(void **state)
{
	(void)state;
	chain_process(2, 1, "shim");
	chain_init(3, 2, "app");
	chain_init(4, 3, "nested");
	chain_process(5, 4, "below");
	chain_process(6, 2, "exec");
	process(6)->pid_ns = process(3)->pid_ns;
	process(6)->ns_level = 1;
	chain_session(process(3));
	chain_session(process(6));
	chain_session(process(4));
	process(2)->pgid = 3;
	process(5)->pgid = 5;
	chain_make(2, 0);
	chain_foretell(SIGKILL, GROUP);
	GETS(2, IN_GROUP, 0, END);
	GETS(3, IN_GROUP, 0, END);
	MISSES_FROM(4, TEARDOWN, 3);
	MISSES_FROM(5, TEARDOWN, 3);
	MISSES_FROM(6, TEARDOWN, 3);
}

/* What else the end of a process brings. */

static void test_parent_death(void **state)
{
	(void)state;
	add_pipeline();
	process(13)->pdeath_signal = SIGKILL;
	process(14)->pdeath_signal = SIGHUP;
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, END);
	GETS(13, PARENT_DEATH, 12, END);
	GETS(14, PARENT_DEATH, 13, END);
	assert_int_equal(chain_node(13)->sig, SIGKILL);
	assert_int_equal(chain_node(14)->sig, SIGHUP);
	process(13)->known &= ~PROCESS_KNOWN_PDEATH;
	chain_foretell(SIGTERM, PROCESS);
	MISSES(13, PARENT_ENDS);
}

/* A signal follows one that it drops. */
static void test_second_signal(void **state)
{
	(void)state;
	add_pipeline();
	chain_ignores(process(13), SIGTERM);
	process(13)->pdeath_signal = SIGKILL;
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(13, PARENT_DEATH, 12, END);
	chain_ignores(process(13), SIGHUP);
	process(13)->pdeath_signal = SIGHUP;
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, DROP);
	assert_int_equal(chain_node(13)->sig, SIGTERM);
}

/* bash[2] leads its session at pts/3; vim[3] is in the foreground, make[4] is not. */
static void make_session(bool shell_in_front)
{
	chain_session(chain_process(2, 1, "bash"));
	process(2)->has_tty = true;
	chain_group(chain_process(3, 2, "vim"));
	chain_group(chain_process(4, 2, "make"));
	chain_process(5, 3, "sh");
	chain_make(2, 0);
	chain_runs(2, PROGRAM_BASH)->interactive = PROGRAM_YES;
	chain_terminal(2, "pts/3", shell_in_front);
	chain_terminal(3, "pts/3", !shell_in_front);
	chain_terminal(5, "pts/3", !shell_in_front);
	chain_terminal(4, "pts/3", false);
}

static void test_hangup(void **state)
{
	(void)state;
	make_session(false);
	chain_foretell(SIGKILL, PROCESS);
	GETS(2, SENT, 0, END);
	GETS(3, HANGUP, 2, END);
	GETS(5, HANGUP, 2, END);
	MISSES(4, PARENT_ENDS);
	assert_int_equal(chain_node(3)->sig, SIGHUP);
}

static void test_no_hangup(void **state)
{
	(void)state;
	make_session(false);
	process(2)->has_tty = false;
	chain_foretell(SIGKILL, PROCESS);
	MISSES(3, PARENT_ENDS);
	process(2)->has_tty = true;
	process(2)->sid = 1;
	chain_foretell(SIGKILL, PROCESS);
	MISSES(3, PARENT_ENDS);
}

/* vim is not the leader. */
static void test_no_hangup_by_another(void **state)
{
	(void)state;
	make_session(false);
	chain_catches(process(2), SIGTERM);
	process(2)->pgid = 3;
	process(5)->pgid = 5;
	chain_foretell(SIGTERM, GROUP);
	GETS(3, IN_GROUP, 0, END);
	MISSES(5, OUTSIDE_GROUP);
}

/* The terminal of another session has a foreground group, too. */
static void test_other_terminal(void **state)
{
	(void)state;
	make_session(true);
	process(3)->sid = 3;
	process(3)->has_tty = true;
	chain_terminal(3, "tty4", true);
	chain_foretell(SIGKILL, PROCESS);
	MISSES(3, PARENT_ENDS);
	chain_terminal(2, "pts/3", false);
	chain_foretell(SIGINT, FOREGROUND);
	assert_int_equal(chain.group, 0);
	MISSES(2, OUTSIDE_GROUP);
}

/* SIGHUP and then nothing: interactive ones ignore SIGTERM. */
static void test_interactive(void **state)
{
	(void)state;
	make_session(true);
	chain_ignores(process(2), SIGTERM);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	MISSES(3, PARENT_DROPS);
}

static void test_foreground(void **state)
{
	(void)state;
	make_session(false);
	chain_foretell(SIGINT, FOREGROUND);
	assert_int_equal(chain.group, 3);
	MISSES(2, OUTSIDE_GROUP);
	GETS(3, IN_GROUP, 0, END);
	GETS(5, IN_GROUP, 0, END);
	MISSES(4, PARENT_WITHOUT);
}

static void test_foreground_is_the_root(void **state)
{
	(void)state;
	make_session(true);
	chain_catches(process(2), SIGINT);
	chain_foretell(SIGINT, FOREGROUND);
	assert_int_equal(chain.group, 2);
	GETS(2, IN_GROUP, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(5, PARENT_NOT_KNOWN);
}

static void test_no_terminal(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_terminal(12, "", false);
	chain_foretell(SIGINT, FOREGROUND);
	assert_int_equal(chain.group, 0);
	MISSES(12, OUTSIDE_GROUP);
	MISSES(13, PARENT_WITHOUT);
	chain_node(12)->tty_known = false;
	chain_foretell(SIGINT, FOREGROUND);
	NOT_KNOWN(12, PARENT_NOT_KNOWN);
	NOT_KNOWN(13, PARENT_NOT_KNOWN);
}

/* The foreground group is that of a process above the root, and what that one does decides. */
static void test_foreground_above(void **state)
{
	(void)state;
	chain_session(chain_process(2, 1, "app"));
	chain_group(chain_process(3, 2, "worker"));
	chain_make(3, 1);
	chain_terminal(2, "pts/3", true);
	chain_terminal(3, "pts/3", false);
	chain_foretell(SIGINT, FOREGROUND);
	GETS(2, IN_GROUP, 0, END);
	MISSES(3, OUTSIDE_GROUP);
	chain_catches(process(2), SIGINT);
	chain_foretell(SIGINT, FOREGROUND);
	GETS(2, IN_GROUP, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_init_drops),
		TEST(test_kill_from_inside),
		TEST(test_kill_across_namespaces),
		TEST(test_teardown),
		TEST(test_parent_death),
		TEST(test_second_signal),
		TEST(test_hangup),
		TEST(test_no_hangup),
		TEST(test_no_hangup_by_another),
		TEST(test_other_terminal),
		TEST(test_interactive),
		TEST(test_foreground),
		TEST(test_foreground_is_the_root),
		TEST(test_no_terminal),
		TEST(test_foreground_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
