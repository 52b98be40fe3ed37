/* SPDX-License-Identifier: BSD-2-Clause */
/* Who would get a signal by which way, and what it does by its disposition; shells. */
#include "chain_predict_scene.h"

static void test_shell_ends(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, END);
	MISSES(13, PARENT_ENDS);
	MISSES(14, PARENT_WITHOUT);
	assert_int_equal(chain.group, 0);
	assert_int_equal(chain_node(12)->sig, SIGTERM);
	assert_true(chain_node(12)->has_prediction);
	assert_int_equal(chain_node(12)->prediction.verdict.cause, CAUSE_DEFAULT_TERMINATE);
	assert_int_equal(chain_node(13)->sig, 0);
	assert_false(chain_node(13)->has_prediction);
}

static void test_group(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(12, IN_GROUP, 0, END);
	GETS(13, IN_GROUP, 0, END);
	GETS(14, IN_GROUP, 0, END);
	assert_int_equal(chain.group, 12);
	assert_int_equal(chain.beside, 0);
}

/* What was predicted before is forgotten. */
static void test_predict_again(void **state)
{
	test_group(state);
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, END);
	MISSES(13, PARENT_ENDS);
	assert_int_equal(chain.group, 0);
}

static void test_outside_group(void **state)
{
	(void)state;
	add_pipeline();
	chain_session(process(14));
	chain_process(15, 14, "sh");
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, END);
	MISSES(14, OUTSIDE_GROUP);
	MISSES(15, PARENT_WITHOUT);
}

static void test_group_not_known(void **state)
{
	(void)state;
	add_pipeline();
	process(14)->known &= ~PROCESS_KNOWN_IDS;
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, END);
	NOT_KNOWN(14, PARENT_NOT_KNOWN);
}

static void test_group_of_root_not_known(void **state)
{
	(void)state;
	add_pipeline();
	process(12)->known &= ~PROCESS_KNOWN_IDS;
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(12, IN_GROUP, 0, END);
	assert_int_equal(chain.group, 0);
	MISSES(13, PARENT_ENDS);
}

/* Members above the root, and beside the tree. */
static void test_group_beside(void **state)
{
	(void)state;
	chain_process(2, 1, "bash");
	chain_process(3, 2, "tee");
	chain_zombie(chain_process(4, 2, "gone"));
	chain_process(5, 2, "bash");
	chain_process(6, 5, "sleep");
	chain_make(5, 1);
	chain_foretell(SIGTERM, GROUP);
	GETS(2, IN_GROUP, 0, END);
	GETS(6, IN_GROUP, 0, END);
	assert_int_equal(chain.beside, 1);
	chain_foretell(SIGTERM, PROCESS);
	assert_int_equal(chain.beside, 0);
	chain_expect(2, CHAIN_NO, CHAIN_WAY_NONE, 0, CHAIN_DOES_NOTHING);
}

static void test_ignored(void **state)
{
	(void)state;
	add_pipeline();
	chain_ignores(process(12), SIGTERM);
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, DROP);
	MISSES(13, PARENT_DROPS);
	MISSES(14, PARENT_WITHOUT);
}

static void test_stop(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_foretell(SIGSTOP, PROCESS);
	GETS(12, SENT, 0, STOP);
	MISSES(13, NOT_SENT);
}

static void test_handler(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(13), SIGTERM);
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, HANDLE);
	GETS(14, IN_GROUP, 0, END);
	chain_session((struct process *)chain_node(14)->process);
	chain_foretell(SIGTERM, GROUP);
	NOT_KNOWN(14, PARENT_MAY_FORWARD);
}

static void test_below_a_handler(void **state)
{
	(void)state;
	chain_catches(chain_process(2, 1, "app"), SIGTERM);
	chain_process(3, 2, "worker");
	chain_process(4, 3, "helper");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(4, PARENT_NOT_KNOWN);
}

static void test_signalfd(void **state)
{
	(void)state;
	chain_signalfd(chain_process(2, 1, "app"), signal_bit(SIGTERM));
	chain_process(3, 2, "worker");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

/* It may take it or not. */
static void test_signalfd_not_awaited(void **state)
{
	(void)state;
	chain_signalfd(chain_process(2, 1, "app"), signal_bit(SIGTERM));
	process(2)->signalfd_polled = false;
	chain_process(3, 2, "worker");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	NOT_KNOWN(3, PARENT_NOT_KNOWN);
}

static void test_prediction_not_known(void **state)
{
	(void)state;
	chain_process(2, 1, "app")->threads[0].waited_for_known = false;
	chain_process(3, 2, "worker");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	NOT_KNOWN(3, PARENT_NOT_KNOWN);
}

/* It resumes, or goes on: neither ends nor stops it. */
static void test_continue(void **state)
{
	(void)state;
	chain_process(2, 1, "app")->threads[0].state = 4;
	chain_process(3, 2, "worker");
	chain_make(2, 0);
	chain_foretell(SIGCONT, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	process(2)->threads[0].blocked = signal_bit(SIGCONT);
	chain_foretell(SIGCONT, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	NOT_KNOWN(3, PARENT_NOT_KNOWN);
}

static void test_zombie(void **state)
{
	(void)state;
	chain_process(2, 1, "app");
	chain_zombie(chain_process(3, 2, "gone"));
	chain_make(2, 0);
	chain_foretell(SIGTERM, GROUP);
	GETS(2, IN_GROUP, 0, END);
	chain_expect(3, CHAIN_NO, CHAIN_WAY_NONE, 0, CHAIN_DOES_NOTHING);
}

static void test_dying(void **state)
{
	(void)state;
	chain_process(2, 1, "app");
	chain_process(3, 2, "stuck")->signal_flags = GROUP_EXIT;
	chain_process(4, 3, "below");
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	chain_expect(3, CHAIN_NO, CHAIN_WAY_NONE, 0, CHAIN_DOES_NOTHING);
	MISSES(4, PARENT_WITHOUT);
}

static void test_root_is_a_zombie(void **state)
{
	(void)state;
	chain_zombie(chain_process(2, 1, "gone"));
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	assert_int_equal(chain_node(2)->prediction.verdict.cause, CAUSE_EXITING);
}

/* Shells. */

static void test_shell_waits(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, WAIT);
	MISSES(13, SHELL_WAITS);
	MISSES(14, PARENT_WITHOUT);
}

/* Its text says that it does not wait for what it started with &. */
static void make_pipeline_beside_job(void)
{
	struct program *program;

	make_pipeline();
	program = &chain_node(12)->program;
	program->runs = PROGRAM_RUNS_COMMAND;
	program->operand = "job & test_pipeline; true";
}

/* They end, too; then its trap runs. */
static void test_shell_waits_in_group(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	chain_session(chain_process(15, 12, "away"));
	process(15)->start_boot_ns = CHAIN_BEGAN;
	background(process(15));
	make_pipeline_beside_job();
	chain_foretell(SIGTERM, GROUP);
	GETS(12, IN_GROUP, 0, WAIT);
	assert_int_equal(chain_node(12)->waits_for, chain_index(13));
	GETS(13, IN_GROUP, 0, END);
	NOT_KNOWN(15, PARENT_MAY_FORWARD);
	/* It does not end: nothing comes of it. */
	chain_ignores(process(13), SIGTERM);
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, DROP);
	MISSES(15, SHELL_WAITS);
}

/* Another child ends: the one that it waits for does not. */
static void test_shell_waits_for_another(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	chain_session(process(13));
	chain_process(15, 12, "tee")->start_boot_ns = CHAIN_BEGAN;
	background(process(15));
	make_pipeline_beside_job();
	chain_foretell(SIGTERM, GROUP);
	assert_int_equal(chain_node(12)->waits_for, chain_index(13));
	GETS(15, IN_GROUP, 0, END);
	MISSES(13, SHELL_WAITS);
}

static void test_shell_runs_trap(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	background(process(13));
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, RUN_TRAP);
	NOT_KNOWN(13, PARENT_MAY_FORWARD);
	NOT_KNOWN(14, PARENT_NOT_KNOWN);
}

static void test_shell_not_known(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	make_pipeline();
	chain_sits(process(12), "read", 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	NOT_KNOWN(13, PARENT_MAY_FORWARD);
}

static void test_shell_by_name_only(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	make_pipeline();
	chain_node(12)->program.by_name_only = true;
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	NOT_KNOWN(13, PARENT_MAY_FORWARD);
}

/* `trap cleanup EXIT`: bash catches all that would end it with one handler, and does not wait. */
static struct process_action *catch_all(struct process *p)
{
	static const int all[] = {SIGHUP, SIGTERM, SIGSYS, SIGXCPU, SIGUSR1};

	p->actions = calloc(SIGNAL_MAX, sizeof(*p->actions));
	assert_non_null(p->actions);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		chain_catches(p, all[i]);
		p->actions[all[i] - 1].handler = 0x401000;
	}
	p->actions[SIGINT - 1].handler = 0x402000;
	p->actions[SIGCHLD - 1].handler = 0x403000;
	return p->actions;
}

static void test_bash_ends_itself(void **state)
{
	(void)state;
	add_pipeline();
	catch_all(process(12));
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	NOT_KNOWN(13, PARENT_MAY_FORWARD);
	/* SIGINT has a handler of its own, and that waits. */
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, WAIT);
}

/* `trap cleanup EXIT TERM` */
static void test_bash_with_both_traps(void **state)
{
	(void)state;
	add_pipeline();
	catch_all(process(12))[SIGTERM - 1].handler = 0x404000;
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, WAIT);
	chain_foretell(SIGHUP, PROCESS);
	GETS(12, SENT, 0, HANDLE);
}

/* From /proc: no addresses. */
static void test_bash_which_handler_not_known(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	chain_catches(process(12), SIGSYS);
	chain_catches(process(12), SIGXCPU);
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	/* That one is bash's own in any case. */
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, WAIT);
}

/* dash has no such handler. */
static void test_dash_catches_much(void **state)
{
	(void)state;
	add_pipeline();
	catch_all(process(12));
	make_pipeline();
	chain_runs(12, PROGRAM_DASH);
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, WAIT);
	MISSES(13, SHELL_WAITS);
}

static void test_sigint(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, WAIT);
	MISSES(13, SHELL_WAITS);
	/* In `wait` it ends by it, or a trap runs. */
	background(process(13));
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	NOT_KNOWN(13, PARENT_MAY_FORWARD);
}

static void test_sigint_interactive(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_node(12)->program.interactive = PROGRAM_YES;
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, HANDLE);
	chain_node(12)->program.interactive = PROGRAM_ANSWER_NOT_KNOWN;
	chain_foretell(SIGINT, PROCESS);
	GETS(12, SENT, 0, HANDLE);
}

/* What all shells catch for themselves. */
static void test_sigchld(void **state)
{
	(void)state;
	add_pipeline();
	make_pipeline();
	chain_foretell(SIGCHLD, PROCESS);
	GETS(12, SENT, 0, HANDLE);
}

/* Nobody knows what zsh does. */
static void test_zsh(void **state)
{
	(void)state;
	add_pipeline();
	chain_catches(process(12), SIGTERM);
	make_pipeline();
	chain_runs(12, PROGRAM_ZSH);
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, HANDLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shell_ends),
		TEST(test_group),
		TEST(test_predict_again),
		TEST(test_outside_group),
		TEST(test_group_not_known),
		TEST(test_group_of_root_not_known),
		TEST(test_group_beside),
		TEST(test_ignored),
		TEST(test_stop),
		TEST(test_handler),
		TEST(test_below_a_handler),
		TEST(test_signalfd),
		TEST(test_signalfd_not_awaited),
		TEST(test_prediction_not_known),
		TEST(test_continue),
		TEST(test_zombie),
		TEST(test_dying),
		TEST(test_root_is_a_zombie),
		TEST(test_shell_waits),
		TEST(test_shell_waits_in_group),
		TEST(test_shell_waits_for_another),
		TEST(test_shell_runs_trap),
		TEST(test_shell_not_known),
		TEST(test_shell_by_name_only),
		TEST(test_bash_ends_itself),
		TEST(test_bash_with_both_traps),
		TEST(test_bash_which_handler_not_known),
		TEST(test_dash_catches_much),
		TEST(test_sigint),
		TEST(test_sigint_interactive),
		TEST(test_sigchld),
		TEST(test_zsh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
