/* SPDX-License-Identifier: BSD-2-Clause */
/* Inits, and other programs that forward what they get. */
#include "chain_predict_scene.h"

/* include/linux/sched.h: TASK_STOPPED */
#define STOPPED 0x0004

/* After make_init(): `parent` was told to start `cmd -x`, and that is what `child` runs. */
static void start(uint32_t parent, uint32_t child)
{
	static const char *const init[] = {"init", "--", "cmd", "-x", NULL};
	static const char *const command[] = {"/usr/bin/cmd", "-x", NULL};

	chain_words(parent, init);
	chain_node(parent)->program.command = 2;
	chain_words(child, command);
}

static void test_tini(void **state)
{
	(void)state;
	add_init("tini");
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	MISSES(4, PARENT_ENDS);
	MISSES_FROM(5, CHILD_ONLY, 2);
	assert_int_equal(chain_node(3)->sig, SIGTERM);
}

static void test_tini_group(void **state)
{
	(void)state;
	add_init("tini");
	chain_session(chain_process(6, 4, "escaped"));
	chain_session(chain_process(7, 2, "daemon"));
	make_init(PROGRAM_TINI, PROGRAM_YES);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	GETS(5, FORWARDED_GROUP, 2, END);
	MISSES(6, OUTSIDE_GROUP);
	MISSES(7, OUTSIDE_GROUP);
}

static void test_tini_group_not_known(void **state)
{
	(void)state;
	add_init("tini");
	make_init(PROGRAM_TINI, PROGRAM_ANSWER_NOT_KNOWN);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

static void test_tini_by_name_only(void **state)
{
	(void)state;
	add_init("tini");
	make_init(PROGRAM_TINI, PROGRAM_YES)->by_name_only = true;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(4, PARENT_NOT_KNOWN);
}

/* The shell started something and became tini: its child is the one with a group of its own. */
static void test_tini_child_that_was_there_before(void **state)
{
	(void)state;
	add_init("tini");
	process(5)->start_boot_ns = process(2)->start_boot_ns + MS;
	process(5)->pgid = 2;
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES_FROM(5, CHILD_ONLY, 2);
}

/* `setsid sleep 9 & exec tini cmd -x`: the older one is not its child, and it has a group, too. */
static void test_tini_two_groups(void **state)
{
	(void)state;
	add_init("tini");
	chain_session(process(5));
	process(5)->start_boot_ns = process(2)->start_boot_ns + MS;
	make_init(PROGRAM_TINI, PROGRAM_YES);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(5, PARENT_MAY_FORWARD);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	MISSES(5, OUTSIDE_GROUP);
	/* Two that run it. */
	start(2, 5);
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(5, PARENT_MAY_FORWARD);
}

/* Which of them runs what it was told to start. */
static void test_tini_command(void **state)
{
	static const char *const init[] = {"tini", "-s", "cmd", "-x", NULL};
	static const struct {
		const char *const words[6];
		bool runs;
	} rows[] = {
		{{"cmd", "-x"}, true},
		{{"/usr/bin/cmd", "-x"}, true},
		{{"/bin/sh", "/usr/bin/cmd", "-x"}, true},
		{{"/usr/bin/env", "-S", "./cmd", "-x"}, true},
		{{"a", "b", "c", "cmd", "-x"}, false},
		{{"cmd"}, false},
		{{"cmd", "-y"}, false},
		{{"cmd", "-x", "more"}, false},
		{{"command", "-x"}, false},
	};

	(void)state;
	add_init("tini");
	chain_group(process(5));
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_words(2, init);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_words(5, rows[i].words);
		chain_node(2)->program.command = 2;
		chain_foretell(SIGTERM, PROCESS);
		if (!rows[i].runs) {
			NOT_KNOWN(5, PARENT_MAY_FORWARD);
			continue;
		}
		GETS(5, FORWARDED, 2, END);
		MISSES_FROM(3, CHILD_ONLY, 2);
		chain_node(5)->words_cut = true;
		chain_foretell(SIGTERM, PROCESS);
		NOT_KNOWN(5, PARENT_MAY_FORWARD);
		chain_node(5)->words_cut = false;
		chain_node(2)->program.command = 0;
		chain_foretell(SIGTERM, PROCESS);
		NOT_KNOWN(5, PARENT_MAY_FORWARD);
	}
}

static void test_tini_without_child(void **state)
{
	(void)state;
	add_init("tini");
	process(3)->pgid = 2;
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

/* From outside even an init is killed, and with it its namespace. */
static void test_kill_is_not_forwarded(void **state)
{
	(void)state;
	add_init("tini");
	make_init(PROGRAM_TINI, PROGRAM_YES);
	chain_foretell(SIGKILL, PROCESS);
	GETS(2, SENT, 0, END);
	MISSES_FROM(3, TEARDOWN, 2);
	MISSES_FROM(4, TEARDOWN, 2);
	MISSES_FROM(5, TEARDOWN, 2);
	chain_foretell(SIGSTOP, PROCESS);
	GETS(2, SENT, 0, STOP);
	MISSES(3, NOT_SENT);
}

static void test_sigchld_is_not_forwarded(void **state)
{
	(void)state;
	add_init("tini");
	chain_sigwaits(process(2), ~UINT64_C(0));
	make_init(PROGRAM_TINI, PROGRAM_YES);
	chain_foretell(SIGCHLD, PROCESS);
	GETS(2, SENT, 0, HANDLE);
}

static void test_catatonit(void **state)
{
	(void)state;
	add_init("catatonit");
	chain_sigwaits(process(2), 0);
	chain_signalfd(process(2), TINI_SET);
	process(2)->signalfd_polled = false;
	make_init(PROGRAM_CATATONIT, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	process(2)->known &= ~PROCESS_KNOWN_SIGNALFD;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	process(2)->known |= PROCESS_KNOWN_SIGNALFD;
	/* Without that signalfd it would be pending for good. */
	process(2)->signalfd = 0;
	process(2)->signalfd_each = 0;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
}

static void add_dumb_init(void)
{
	add_init("dumb-init");
	chain_session(process(3));
	process(4)->sid = 3;
	process(5)->sid = 3;
}

static void test_dumb_init(void **state)
{
	(void)state;
	add_dumb_init();
	make_init(PROGRAM_DUMB_INIT, PROGRAM_YES);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
}

/* It sends SIGTERM to the group of its child when that has ended, whoever ended it. */
static void test_dumb_init_above(void **state)
{
	(void)state;
	add_dumb_init();
	chain_make(3, 1);
	chain_runs(2, PROGRAM_DUMB_INIT)->to_group = PROGRAM_YES;
	chain_foretell(SIGHUP, PROCESS);
	GETS(3, SENT, 0, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	assert_int_equal(chain_node(4)->sig, SIGTERM);
	chain_node(2)->program.by_name_only = true;
	chain_foretell(SIGHUP, PROCESS);
	MISSES(4, PARENT_ENDS);
	chain_node(2)->program.by_name_only = false;
	chain_node(2)->program.to_group = PROGRAM_NO;
	chain_foretell(SIGHUP, PROCESS);
	MISSES(4, PARENT_ENDS);
	chain_node(2)->program.to_group = PROGRAM_YES;
	/* A process further down is none of its business. */
	process(3)->sid = 2;
	chain_foretell(SIGHUP, PROCESS);
	MISSES(4, PARENT_ENDS);
}

static void test_dumb_init_single_child(void **state)
{
	(void)state;
	add_init("dumb-init");
	process(3)->pgid = 2;
	process(4)->pgid = 2;
	process(5)->pgid = 2;
	make_init(PROGRAM_DUMB_INIT, PROGRAM_NO);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES(4, PARENT_ENDS);
	MISSES_FROM(5, CHILD_ONLY, 2);
	/* DUMB_INIT_SETSID=0: no argument says so, but its child leads no session. */
	chain_node(2)->program.to_group = PROGRAM_YES;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES(4, PARENT_ENDS);
}

/* A child that made a session for itself proves nothing. */
static void test_dumb_init_single_child_with_session(void **state)
{
	(void)state;
	add_dumb_init();
	make_init(PROGRAM_DUMB_INIT, PROGRAM_NO);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES(4, PARENT_ENDS);
}

/* `sleep 9 & exec dumb-init -c cmd -x`, and the same with setsid: neither is its own. */
static void test_dumb_init_older_child(void **state)
{
	(void)state;
	add_dumb_init();
	process(5)->start_boot_ns = process(2)->start_boot_ns + MS;
	make_init(PROGRAM_DUMB_INIT, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(5, PARENT_MAY_FORWARD);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES_FROM(5, CHILD_ONLY, 2);
	chain_session(process(5));
	chain_node(2)->program.to_group = PROGRAM_YES;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	MISSES(5, OUTSIDE_GROUP);
	/* DUMB_INIT_SETSID=0: the one with a session has come to it. */
	process(3)->sid = 2;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES_FROM(5, CHILD_ONLY, 2);
	chain_node(2)->program.command = 0;
	process(3)->sid = 3;
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(5, PARENT_MAY_FORWARD);
}

static void test_dumb_init_rewrites(void **state)
{
	struct program *program;

	(void)state;
	add_dumb_init();
	chain_ignores(process(4), SIGQUIT);
	program = make_init(PROGRAM_DUMB_INIT, PROGRAM_YES);
	program->rewrite_from = SIGTERM;
	program->rewrite_to = SIGQUIT;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	assert_int_equal(chain_node(2)->sig, SIGTERM);
	assert_int_equal(chain_node(3)->sig, SIGQUIT);
	/* It ignores that, and its SIGTERM when bash has ended becomes one, too. */
	GETS(4, FORWARDED_GROUP, 2, DROP);
	assert_int_equal(chain_node(4)->sig, SIGQUIT);
	chain_foretell(SIGHUP, PROCESS);
	assert_int_equal(chain_node(3)->sig, SIGHUP);
	/* Another rule, which is not kept, may be about it. */
	program->rewrite_more = true;
	chain_foretell(SIGHUP, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
}

static void test_dumb_init_swallows(void **state)
{
	(void)state;
	add_dumb_init();
	make_init(PROGRAM_DUMB_INIT, PROGRAM_YES)->rewrite_from = SIGTERM;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	MISSES(3, NOT_SENT);
}

static void test_dumb_init_terminal_stop(void **state)
{
	(void)state;
	add_dumb_init();
	make_init(PROGRAM_DUMB_INIT, PROGRAM_YES);
	chain_foretell(SIGTSTP, PROCESS);
	GETS(3, FORWARDED, 2, STOP);
	assert_int_equal(chain_node(3)->sig, SIGSTOP);
	chain_node(2)->program.to_group = PROGRAM_NO;
	start(2, 3);
	chain_foretell(SIGTSTP, PROCESS);
	assert_int_equal(chain_node(3)->sig, SIGTSTP);
}

/* timeout[2] → bash[3] → sleep[4] */
static struct program *add_timeout(void)
{
	static const int caught[] = {SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGCHLD};

	chain_group(chain_process(2, 1, "timeout"));
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		chain_catches(process(2), caught[i]);
	chain_process(3, 2, "bash");
	chain_process(4, 3, "sleep");
	chain_session(chain_process(5, 3, "away"));
	return make_init(PROGRAM_TIMEOUT, PROGRAM_YES);
}

static void test_timeout(void **state)
{
	(void)state;
	add_timeout();
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	MISSES(5, OUTSIDE_GROUP);
	/* It sends what -s says. */
	chain_foretell(SIGALRM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	chain_foretell(SIGUSR1, PROCESS);
	GETS(2, SENT, 0, END);
	MISSES(3, PARENT_ENDS);
}

static void test_timeout_foreground(void **state)
{
	(void)state;
	add_timeout()->to_group = PROGRAM_NO;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES(4, PARENT_ENDS);
	MISSES(5, PARENT_ENDS);
}

static void test_timeout_group_not_known(void **state)
{
	(void)state;
	add_timeout()->to_group = PROGRAM_ANSWER_NOT_KNOWN;
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	chain_node(2)->program.to_group = PROGRAM_YES;
	process(2)->pgid = 1;
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

/* It sends SIGCONT, too: what is stopped does act on it. */
static void test_timeout_stopped(void **state)
{
	(void)state;
	add_timeout();
	process(4)->threads[0].state = STOPPED;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(4, PARENT_NOT_KNOWN);
	process(4)->threads[0].state = SLEEPS;
	process(3)->threads[0].state = STOPPED;
	/* Outside of its group. */
	chain_group(process(3));
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	process(3)->threads[0].state = SLEEPS;
	process(5)->threads[0].state = STOPPED;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	/* --foreground */
	process(3)->threads[0].state = STOPPED;
	chain_node(2)->program.to_group = PROGRAM_NO;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, DROP);
}

/* `sleep 9 & exec timeout 5 cmd`: which of the two is its own? */
static void test_timeout_two_children(void **state)
{
	(void)state;
	chain_group(chain_process(2, 1, "timeout"));
	chain_catches(process(2), SIGTERM);
	chain_process(3, 2, "sleep");
	chain_process(4, 2, "cmd");
	make_init(PROGRAM_TIMEOUT, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
	NOT_KNOWN(4, PARENT_MAY_FORWARD);
	start(2, 4);
	chain_foretell(SIGTERM, PROCESS);
	GETS(4, FORWARDED, 2, END);
	MISSES_FROM(3, CHILD_ONLY, 2);
}

/* bash[2] → sudo[3] → make[4] */
static void add_sudo(void)
{
	chain_process(2, 1, "bash")->has_tty = true;
	chain_group(chain_process(3, 2, "sudo"));
	chain_catches(process(3), SIGTERM);
	chain_catches(process(3), SIGINT);
	chain_process(4, 3, "make");
}

static void test_sudo(void **state)
{
	(void)state;
	add_sudo();
	chain_make(3, 0);
	chain_runs(3, PROGRAM_SUDO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, SENT, 0, FORWARD);
	GETS(4, FORWARDED, 3, END);
	chain_foretell(SIGINT, PROCESS);
	GETS(4, FORWARDED, 3, END);
}

/* Ctrl-C reaches the command without it; one in another group gets nothing. */
static void test_sudo_at_terminal(void **state)
{
	(void)state;
	add_sudo();
	chain_process(5, 3, "more");
	chain_group(process(5));
	chain_make(3, 0);
	chain_runs(3, PROGRAM_SUDO);
	for (uint32_t i = 3; i <= 5; i++)
		chain_terminal(i, "pts/3", i != 5);
	chain_foretell(SIGINT, FOREGROUND);
	GETS(3, IN_GROUP, 0, HANDLE);
	GETS(4, IN_GROUP, 0, END);
	MISSES(5, OUTSIDE_GROUP);
	/* SIGTERM does not come from a terminal. */
	chain_foretell(SIGTERM, FOREGROUND);
	GETS(3, IN_GROUP, 0, FORWARD);
	MISSES_FROM(5, CHILD_ONLY, 3);
}

/* timeout is in its group, but sudo does not lead it. */
static void test_sudo_below_timeout(void **state)
{
	(void)state;
	chain_group(chain_process(2, 1, "timeout"));
	chain_catches(process(2), SIGTERM);
	chain_process(3, 2, "sudo");
	chain_catches(process(3), SIGTERM);
	chain_process(4, 3, "make");
	make_init(PROGRAM_TIMEOUT, PROGRAM_NO);
	chain_runs(3, PROGRAM_SUDO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, FORWARD);
	GETS(4, FORWARDED, 3, END);
}

/* With a pty the child is sudo's own monitor. */
static void test_sudo_with_monitor(void **state)
{
	(void)state;
	add_sudo();
	chain_make(3, 0);
	chain_runs(3, PROGRAM_SUDO);
	chain_runs(4, PROGRAM_SUDO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, SENT, 0, HANDLE);
	NOT_KNOWN(4, PARENT_MAY_FORWARD);
}

static void test_su(void **state)
{
	(void)state;
	chain_process(2, 1, "su");
	chain_catches(process(2), SIGTERM);
	chain_catches(process(2), SIGINT);
	chain_session(chain_process(3, 2, "sleep"));
	chain_make(2, 0);
	chain_runs(2, PROGRAM_SU);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	GETS(3, FORWARDED, 2, END);
	chain_foretell(SIGINT, PROCESS);
	GETS(2, SENT, 0, HANDLE);
	NOT_KNOWN(3, PARENT_MAY_FORWARD);
}

/* Handlers of programs of which it is not known what they forward. */
static void test_not_proven(void **state)
{
	static const enum program_kind kinds[] = {PROGRAM_S6,  PROGRAM_DOCKER, PROGRAM_COMPOSE,
						  PROGRAM_NPM, PROGRAM_YARN,   PROGRAM_XARGS,
						  PROGRAM_SHIM};

	(void)state;
	chain_catches(chain_process(2, 1, "app"), SIGTERM);
	chain_process(3, 2, "worker");
	chain_make(2, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		chain_runs(2, kinds[i])->to_group = PROGRAM_YES;
		chain_foretell(SIGTERM, PROCESS);
		GETS(2, SENT, 0, HANDLE);
		NOT_KNOWN(3, PARENT_MAY_FORWARD);
	}
}

static void test_two_forwarders(void **state)
{
	(void)state;
	chain_sigwaits(chain_init(2, 1, "tini"), TINI_SET);
	chain_group(chain_process(3, 2, "timeout"));
	chain_catches(process(3), SIGTERM);
	chain_process(4, 3, "bash");
	chain_process(5, 4, "sleep");
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_runs(3, PROGRAM_TIMEOUT)->to_group = PROGRAM_YES;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, FORWARD);
	GETS(4, FORWARDED, 3, END);
	GETS(5, FORWARDED_GROUP, 3, END);
}

/* Every one of them forwards to its child: one way through all, without recursion. */
static void test_deep(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= LARGE; i++) {
		chain_group(chain_process(i, i - 1, "timeout"));
		if (i < LARGE)
			chain_catches(process(i), SIGTERM);
	}
	chain_make(1, 0);
	for (uint32_t i = 1; i < LARGE; i++)
		chain_runs(i, PROGRAM_TIMEOUT)->to_group = PROGRAM_YES;
	chain_foretell(SIGTERM, PROCESS);
	GETS(LARGE - 1, FORWARDED, LARGE - 2, FORWARD);
	GETS(LARGE, FORWARDED, LARGE - 1, END);
}

/* An init that has adopted all: it is asked once, not once for each. */
static void test_wide(void **state)
{
	(void)state;
	chain_sigwaits(chain_init(2, 1, "tini"), TINI_SET);
	for (uint32_t i = 3; i <= LARGE; i++)
		chain_group(chain_process(i, 2, "sleep"));
	make_init(PROGRAM_TINI, PROGRAM_NO);
	start(2, 3);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	MISSES_FROM(LARGE, CHILD_ONLY, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tini),
		TEST(test_tini_group),
		TEST(test_tini_group_not_known),
		TEST(test_tini_by_name_only),
		TEST(test_tini_child_that_was_there_before),
		TEST(test_tini_two_groups),
		TEST(test_tini_command),
		TEST(test_tini_without_child),
		TEST(test_kill_is_not_forwarded),
		TEST(test_sigchld_is_not_forwarded),
		TEST(test_catatonit),
		TEST(test_dumb_init),
		TEST(test_dumb_init_above),
		TEST(test_dumb_init_single_child),
		TEST(test_dumb_init_single_child_with_session),
		TEST(test_dumb_init_older_child),
		TEST(test_dumb_init_rewrites),
		TEST(test_dumb_init_swallows),
		TEST(test_dumb_init_terminal_stop),
		TEST(test_timeout),
		TEST(test_timeout_foreground),
		TEST(test_timeout_group_not_known),
		TEST(test_timeout_stopped),
		TEST(test_timeout_two_children),
		TEST(test_sudo),
		TEST(test_sudo_at_terminal),
		TEST(test_sudo_below_timeout),
		TEST(test_sudo_with_monitor),
		TEST(test_su),
		TEST(test_not_proven),
		TEST(test_two_forwarders),
		TEST(test_deep),
		TEST(test_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
