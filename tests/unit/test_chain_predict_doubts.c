/* SPDX-License-Identifier: BSD-2-Clause */
/* Of a prediction: processes that do not run, and what the kernel may do besides. */
#include "chain_predict_scene.h"

/* include/linux/sched.h */
#define STOPPED 0x0004

#define NOBODY 65534

#define DOUBTS(tgid, why, from) doubts(tgid, CHAIN_DOUBT_##why, from)

static void doubts(uint32_t tgid, enum chain_doubt doubt, uint32_t from)
{
	chain_expect(tgid, CHAIN_NOT_KNOWN, CHAIN_WAY_PARENT_NOT_KNOWN, from, CHAIN_DOES_NOTHING);
	assert_int_equal(chain_node(tgid)->doubt, doubt);
}

static void stop(struct process *p)
{
	p->threads[0].state = STOPPED;
	p->signal_flags |= 1;
}

/* Processes that do not run. */

/* What it waits for in sigwait() when it runs, it blocks while it is stopped. */
static void test_stopped_init(void **state)
{
	(void)state;
	add_init("tini");
	stop(process(2));
	chain_sigwaits(process(2), 0);
	process(2)->threads[0].blocked = TINI_SET;
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	assert_int_equal(chain_node(2)->halt, CHAIN_HALT_STOPPED);
	MISSES(3, PARENT_DROPS);
	chain_foretell(SIGCONT, PROCESS);
	GETS(2, SENT, 0, NOT_KNOWN);
	assert_int_equal(chain_node(2)->halt, CHAIN_HALT_NONE);
	/* As soon as it goes on. */
	process(2)->threads[0].state = SLEEPS;
	process(2)->signal_flags &= ~1U;
	chain_sigwaits(process(2), TINI_SET);
	process(2)->threads[0].blocked = 0;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	assert_int_equal(chain_node(2)->halt, CHAIN_HALT_NONE);
}

/* In the freezer of cgroup v1 it sleeps in sigwait() still. */
static void test_frozen_init(void **state)
{
	(void)state;
	add_init("tini");
	process(2)->threads[0].frozen = true;
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	assert_int_equal(chain_node(2)->halt, CHAIN_HALT_FROZEN);
	MISSES(3, PARENT_DROPS);
	process(2)->threads[0].frozen = false;
	process(2)->threads[0].frozen_v2 = true;
	chain_sigwaits(process(2), 0);
	process(2)->threads[0].blocked = TINI_SET;
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
	assert_int_equal(chain_node(2)->halt, CHAIN_HALT_FROZEN_V2);
}

static void test_stopped_signalfd(void **state)
{
	(void)state;
	add_init("catatonit");
	chain_sigwaits(process(2), 0);
	chain_signalfd(process(2), TINI_SET);
	make_init(PROGRAM_CATATONIT, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	stop(process(2));
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, DROP);
}

/* Nothing holds SIGKILL back there, and SIGCONT is what it needs. */
static void test_stopped_is_killed(void **state)
{
	(void)state;
	add_pipeline();
	stop(process(12));
	make_pipeline();
	chain_foretell(SIGKILL, PROCESS);
	GETS(12, SENT, 0, END);
	assert_int_equal(chain_node(12)->halt, CHAIN_HALT_NONE);
	chain_foretell(SIGCONT, PROCESS);
	GETS(12, SENT, 0, NOT_KNOWN);
	assert_int_equal(chain_node(12)->halt, CHAIN_HALT_NONE);
}

/* init[1]; shell[2], a job of it[3] and below that[4]. */
static void add_job(void)
{
	chain_process(1, 0, "init")->global_init = true;
	chain_session(chain_process(2, 1, "shell"));
	chain_group(chain_process(3, 2, "job"));
	chain_process(4, 3, "below");
}

static void test_stop_in_orphaned_group(void **state)
{
	(void)state;
	add_job();
	process(3)->parent_tgid = 1;
	chain_make(3, 0);
	chain_foretell(SIGTSTP, GROUP);
	GETS(3, IN_GROUP, 0, DROP);
	GETS(4, IN_GROUP, 0, DROP);
	chain_foretell(SIGSTOP, GROUP);
	GETS(3, IN_GROUP, 0, STOP);
	/* The machine's init does not count, and nobody of another session does. */
	process(1)->sid = 2;
	chain_foretell(SIGTSTP, GROUP);
	GETS(3, IN_GROUP, 0, DROP);
	process(3)->parent_tgid = 2;
	process(3)->sid = 3;
	process(4)->sid = 3;
	chain_foretell(SIGTSTP, GROUP);
	GETS(3, IN_GROUP, 0, DROP);
	/* A shell above it could continue it. */
	process(3)->sid = 2;
	process(4)->sid = 2;
	chain_foretell(SIGTSTP, GROUP);
	GETS(3, IN_GROUP, 0, STOP);
	/* Nobody can look whether there is one. */
	process(3)->parent_tgid = 0;
	chain_foretell(SIGTSTP, GROUP);
	GETS(3, IN_GROUP, 0, STOP);
}

/* Hangups. */

static void test_stopped_job(void **state)
{
	(void)state;
	add_job();
	stop(process(4));
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, END);
	DOUBTS(3, ORPHANED, 0);
	DOUBTS(4, ORPHANED, 0);
	/* A job that runs goes on without the shell. */
	process(4)->threads[0].state = SLEEPS;
	chain_foretell(SIGTERM, PROCESS);
	MISSES(3, PARENT_ENDS);
	MISSES(4, PARENT_WITHOUT);
}

/* Another session, or the group of who ends: that was orphaned, or is not by this. */
static void test_stopped_elsewhere(void **state)
{
	(void)state;
	add_job();
	stop(process(4));
	process(3)->sid = 3;
	process(4)->sid = 3;
	chain_make(2, 0);
	chain_foretell(SIGTERM, PROCESS);
	MISSES(3, PARENT_ENDS);
	process(3)->sid = 2;
	process(4)->sid = 2;
	process(3)->pgid = 2;
	process(4)->pgid = 2;
	chain_foretell(SIGTERM, PROCESS);
	MISSES(3, PARENT_ENDS);
}

/* The shell's other child is in the job's group, too: it is not orphaned. */
static void test_stopped_job_not_orphaned(void **state)
{
	(void)state;
	add_job();
	chain_process(5, 3, "last")->pgid = 5;
	chain_process(6, 2, "sort")->pgid = 5;
	stop(process(5));
	chain_make(3, 0);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, SENT, 0, END);
	MISSES(4, PARENT_ENDS);
	MISSES(5, PARENT_ENDS);
	process(6)->parent_tgid = 1;
	chain_foretell(SIGTERM, PROCESS);
	DOUBTS(5, ORPHANED, 0);
	MISSES(4, PARENT_ENDS);
}

/* By its own end: what was stopped with it is hung up, and acts on what it got. */
static void test_stopped_in_own_group(void **state)
{
	(void)state;
	add_job();
	stop(process(4));
	chain_process(5, 4, "last");
	process(5)->pgid = 5;
	chain_make(3, 0);
	chain_foretell(SIGTERM, GROUP);
	GETS(3, IN_GROUP, 0, END);
	GETS(4, IN_GROUP, 0, NOT_KNOWN);
	NOT_KNOWN(5, PARENT_NOT_KNOWN);
	/* The kernel's SIGHUP means nothing to it. */
	chain_ignores(process(4), SIGHUP);
	chain_foretell(SIGTERM, GROUP);
	GETS(4, IN_GROUP, 0, DROP);
	MISSES(5, PARENT_DROPS);
}

/* holder[2] → helper[3] → login[4], which leads a session on a terminal, → below[5]. */
static void make_terminal(const char *tty)
{
	chain_process(2, 1, "holder");
	chain_process(3, 2, "helper");
	chain_session(chain_process(4, 3, "login"));
	process(4)->has_tty = true;
	chain_process(5, 4, "below");
	chain_make(2, 0);
	if (tty)
		chain_terminal(4, tty, true);
}

static void test_terminal_of_another(void **state)
{
	(void)state;
	make_terminal("pts/7");
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, END);
	MISSES(3, PARENT_ENDS);
	DOUBTS(4, TERMINAL, 0);
	NOT_KNOWN(5, PARENT_NOT_KNOWN);
	/* Who handles it may be none that ends. */
	chain_catches(process(2), SIGTERM);
	chain_foretell(SIGTERM, PROCESS);
	NOT_KNOWN(4, PARENT_NOT_KNOWN);
	assert_int_equal(chain_node(4)->doubt, CHAIN_DOUBT_NONE);
}

static void test_terminal_of_the_machine(void **state)
{
	(void)state;
	make_terminal("tty1");
	chain_foretell(SIGTERM, PROCESS);
	MISSES(4, PARENT_WITHOUT);
	process(4)->has_tty = false;
	chain_terminal(4, "", false);
	chain_foretell(SIGTERM, PROCESS);
	MISSES(4, PARENT_WITHOUT);
}

static void test_terminal_not_known(void **state)
{
	(void)state;
	make_terminal(NULL);
	chain_foretell(SIGTERM, PROCESS);
	DOUBTS(4, TERMINAL, 0);
}

/* Users. */

static void test_other_user(void **state)
{
	(void)state;
	add_init("tini");
	process(2)->uid = process(2)->saved_uid = NOBODY;
	make_init(PROGRAM_TINI, PROGRAM_NO);
	chain_foretell(SIGTERM, PROCESS);
	GETS(2, SENT, 0, FORWARD);
	DOUBTS(3, USER, 2);
	NOT_KNOWN(4, PARENT_NOT_KNOWN);
	/* One number in common is enough. */
	process(2)->saved_uid = 1000;
	process(3)->saved_uid = NOBODY;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	process(3)->saved_uid = 0;
	process(3)->uid = NOBODY;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	/* And root may do all. */
	process(3)->uid = process(3)->saved_uid = 1000;
	process(2)->uid = 0;
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
}

/* kill() of the group succeeds, and leaves out whom it may not signal. */
static void test_other_user_in_group(void **state)
{
	(void)state;
	add_init("tini");
	for (uint32_t tgid = 2; tgid <= 5; tgid++)
		process(tgid)->uid = process(tgid)->saved_uid = tgid == 4 ? 0 : NOBODY;
	make_init(PROGRAM_TINI, PROGRAM_YES);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
	GETS(5, FORWARDED_GROUP, 2, END);
	DOUBTS(4, USER, 2);
	/* In one session everybody may continue everybody. */
	chain_foretell(SIGCONT, PROCESS);
	assert_int_equal(chain_node(4)->gets, CHAIN_YES);
}

/* Who is sent to by somebody outside is sent to by root. */
static void test_other_user_from_outside(void **state)
{
	(void)state;
	add_pipeline();
	process(12)->uid = process(12)->saved_uid = NOBODY;
	make_pipeline();
	chain_foretell(SIGTERM, GROUP);
	GETS(13, IN_GROUP, 0, END);
}

/* The kernel asks who the parent was. */
static void test_parent_death_of_other_user(void **state)
{
	(void)state;
	add_pipeline();
	process(12)->uid = process(12)->saved_uid = NOBODY;
	process(13)->pdeath_signal = SIGKILL;
	make_pipeline();
	chain_foretell(SIGTERM, PROCESS);
	GETS(12, SENT, 0, END);
	DOUBTS(13, USER, 12);
}

static void test_set_user_id_root(void **state)
{
	(void)state;
	chain_process(2, 1, "su")->uid = NOBODY;
	process(2)->saved_uid = NOBODY;
	chain_catches(process(2), SIGTERM);
	chain_process(3, 2, "sh");
	chain_make(2, 0);
	chain_runs(2, PROGRAM_SU);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, FORWARDED, 2, END);
}

/* dumb-init's own child. */

/* dumb-init[2] → daemon[3], the root, → sleep[4]; app[5] beside it. */
static struct program *make_adopted(bool beside)
{
	struct program *program;

	chain_sigwaits(chain_init(2, 1, "dumb-init"), TINI_SET);
	chain_session(chain_process(3, 2, "daemon"));
	chain_process(4, 3, "sleep");
	if (beside)
		chain_session(chain_process(5, 2, "app"));
	chain_make(3, 1);
	program = chain_runs(2, PROGRAM_DUMB_INIT);
	program->to_group = PROGRAM_YES;
	return program;
}

static void test_child_of_dumb_init(void **state)
{
	struct program *program;

	(void)state;
	program = make_adopted(false);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, SENT, 0, END);
	GETS(4, FORWARDED_GROUP, 2, END);
	/* It rewrites that one, too. */
	program->rewrite_from = SIGTERM;
	program->rewrite_to = SIGQUIT;
	chain_foretell(SIGTERM, PROCESS);
	GETS(4, FORWARDED_GROUP, 2, END);
	assert_int_equal(chain_node(4)->sig, SIGQUIT);
	program->rewrite_to = 0;
	chain_foretell(SIGTERM, PROCESS);
	MISSES(4, PARENT_ENDS);
}

/* Another one, which is no node, leads a session, too. */
static void test_adopted_by_dumb_init(void **state)
{
	(void)state;
	make_adopted(true);
	chain_foretell(SIGTERM, PROCESS);
	GETS(3, SENT, 0, END);
	DOUBTS(4, CHILD, 2);
}

/* Both are there, and the arguments say which one it started. */
static void test_adopted_and_seen(void **state)
{
	static const char *const init[] = {"dumb-init", "app", NULL};
	static const char *const app[] = {"app", NULL};
	static const char *const other[] = {"other", NULL};
	struct program *program;

	(void)state;
	chain_process(1, 0, "shim");
	chain_sigwaits(chain_init(2, 1, "dumb-init"), TINI_SET);
	chain_session(chain_process(3, 2, "one"));
	chain_ignores(chain_process(4, 3, "sleep"), SIGTERM);
	chain_session(chain_process(5, 2, "two"));
	process(1)->pgid = process(3)->pgid;
	chain_make(1, 0);
	program = chain_runs(2, PROGRAM_DUMB_INIT);
	program->to_group = PROGRAM_YES;
	program->command = 1;
	program->rewrite_from = SIGTERM;
	program->rewrite_to = SIGQUIT;
	chain_words(2, init);
	chain_words(3, other);
	chain_words(5, app);
	chain_foretell(SIGTERM, GROUP);
	GETS(3, IN_GROUP, 0, END);
	GETS(4, IN_GROUP, 0, DROP);
	chain_words(3, app);
	chain_words(5, other);
	chain_foretell(SIGTERM, GROUP);
	GETS(4, FORWARDED_GROUP, 2, END);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stopped_init),
		TEST(test_frozen_init),
		TEST(test_stopped_signalfd),
		TEST(test_stopped_is_killed),
		TEST(test_stop_in_orphaned_group),
		TEST(test_stopped_job),
		TEST(test_stopped_elsewhere),
		TEST(test_stopped_job_not_orphaned),
		TEST(test_stopped_in_own_group),
		TEST(test_terminal_of_another),
		TEST(test_terminal_of_the_machine),
		TEST(test_terminal_not_known),
		TEST(test_other_user),
		TEST(test_other_user_in_group),
		TEST(test_other_user_from_outside),
		TEST(test_parent_death_of_other_user),
		TEST(test_set_user_id_root),
		TEST(test_child_of_dumb_init),
		TEST(test_adopted_by_dumb_init),
		TEST(test_adopted_and_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
