/* SPDX-License-Identifier: BSD-2-Clause */
/* chain: what to do where the signal stops. */
#include "chain_scene.h"

#define SENTENCE_SIZE 1536

#define FORWARD(sent, caught)                                             \
	"forward: `trap 'kill -" sent " \"$pid\"; wait \"$pid\"' " caught \
	"; cmd & pid=$!; wait \"$pid\"`"
#define EXEC_OR_TRAP(sent, caught)                                                           \
	"`exec` the last command, so that it takes the shell's place; or trap and " FORWARD( \
		sent, caught)

/* `b`: at, rule, missed, counts. */
static void expect(const struct chain_break b, const char *remedy)
{
	char data[SENTENCE_SIZE];
	struct strbuf out;
	bool any;

	strbuf_init(&out, data, sizeof(data));
	any = chain_write_remedy(&chain, &b, &out);
	assert_false(out.cut);
	assert_int_equal(any, out.len > 0);
	assert_string_equal(data, remedy);
}

/* tini[1] -> bash[12] -> test_pipeline[13] -> pytest[14], all in one group and session. */
static void build(void)
{
	chain_process(1, 0, "tini");
	chain_process(12, 1, "bash");
	chain_process(13, 12, "test_pipeline");
	chain_process(14, 13, "pytest");
	chain_make(1, 0);
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].from = CHAIN_NONE;
}

static struct process *process_of(uint32_t tgid)
{
	return (struct process *)chain_node(tgid)->process;
}

/* Below tgid: one of its children. */
static struct chain_break at(uint32_t tgid, enum chain_rule rule, uint32_t missed)
{
	return (struct chain_break){chain_index(tgid), rule,
				    missed ? chain_index(missed) : CHAIN_NONE, missed ? 1 : 0,
				    missed ? 1 : 0};
}

static void test_shell(void **state)
{
	static const enum chain_rule rules[] = {
		CHAIN_RULE_SHELL_WAITS,	  CHAIN_RULE_SHELL_ENDS, CHAIN_RULE_CHILD_ONLY,
		CHAIN_RULE_NOT_FORWARDED, CHAIN_RULE_TEARDOWN,	 CHAIN_RULE_ENDS_WITHOUT_FORWARDING,
	};
	struct program *program;

	(void)state;
	build();
	program = chain_runs(12, PROGRAM_BASH);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		expect(at(12, rules[i], 13), "in run.sh, " EXEC_OR_TRAP("TERM", "TERM"));
	program->operand = "/srv/a\x1b[31m.sh";
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "in a\\x1b[31m.sh, " EXEC_OR_TRAP("TERM", "TERM"));
	program->runs = PROGRAM_RUNS_NOT_KNOWN;
	program->operand = NULL;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13), EXEC_OR_TRAP("TERM", "TERM"));
	chain.sig = SIGHUP;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13), EXEC_OR_TRAP("HUP", "HUP"));
	/* What a script starts with & would not see these two. */
	chain.sig = SIGINT;
	expect(at(12, CHAIN_RULE_SHELL_WAITS, 13),
	       EXEC_OR_TRAP("TERM", "INT") " (what is started with & ignores SIGINT)");
	chain.sig = SIGQUIT;
	expect(at(12, CHAIN_RULE_SHELL_WAITS, 13),
	       EXEC_OR_TRAP("TERM", "QUIT") " (what is started with & ignores SIGQUIT)");
	/* `sleep 9 & wait`: there is nothing to exec. */
	chain_node(12)->shell = CHAIN_SHELL_WAITS_BUILTIN;
	chain.sig = SIGTERM;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13), "trap and " FORWARD("TERM", "TERM"));
	chain_node(12)->shell = CHAIN_SHELL_NOT_KNOWN;
	/* A trap that is there is not to be lost by exec. */
	chain.sig = SIGTERM;
	program->runs = PROGRAM_RUNS_SCRIPT;
	program->operand = "run.sh";
	chain_catches(process_of(12), SIGTERM);
	expect(at(12, CHAIN_RULE_SHELL_WAITS, 13),
	       "in run.sh, start the command with & (a trap interrupts `wait`, not a command), "
	       "and " FORWARD("TERM", "TERM"));
}

static void test_shell_command(void **state)
{
	struct program *program;

	(void)state;
	build();
	program = chain_runs(12, PROGRAM_DASH);
	program->runs = PROGRAM_RUNS_COMMAND;
	program->operand = "a; b";
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "`exec` the last command (dash -c 'exec cmd'), so that it takes the shell's place; "
	       "or trap and " FORWARD("TERM", "TERM"));
	chain_runs(1, PROGRAM_NPM);
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "begin the last command of the script in package.json with `exec`, so that it takes "
	       "the shell's place");
	chain_node(1)->program.by_name_only = true;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "`exec` the last command (dash -c 'exec cmd'), so that it takes the shell's place; "
	       "or trap and " FORWARD("TERM", "TERM"));
	process_of(12)->namespace_init = true;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "write CMD and ENTRYPOINT in exec form (a JSON array), so that no shell is PID 1, "
	       "or begin the last command with `exec`");
}

/* There is no script to change. */
static void test_interactive_shell(void **state)
{
	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH)->interactive = PROGRAM_YES;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "send it to test_pipeline[13] itself: kill -TERM 13");
	chain_group(process_of(13));
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "send it to test_pipeline[13] and all of its group: kill -TERM -13");
	/* Not its leader: who else is in that group is not known. */
	process_of(13)->pgid = 99;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "send it to test_pipeline[13] itself: kill -TERM 13");
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 0), "");
}

static void test_dropped(void **state)
{
	struct chain_node *node;

	(void)state;
	build();
	node = chain_node(12);
	chain_ignores(process_of(12), SIGTERM);
	node->has_prediction = true;
	predict_signal(&chain.table, node->process, SIGTERM, PREDICT_OUTSIDE, &node->prediction);
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "install a handler, or reset SIGTERM to SIG_DFL before exec: an ignored signal "
	       "stays ignored across fork and exec");
	/* That would be no help to whoever sits before it. */
	chain_runs(12, PROGRAM_BASH)->interactive = PROGRAM_YES;
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "an interactive shell ignores SIGTERM, but SIGHUP ends it, with its jobs: kill -HUP "
	       "12");
	chain_runs(12, PROGRAM_DASH)->interactive = PROGRAM_YES;
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "an interactive shell ignores SIGTERM, but SIGHUP ends it: kill -HUP 12");
	chain_ignores(process_of(12), SIGHUP);
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "install a handler, or reset SIGTERM to SIG_DFL before exec: an ignored signal "
	       "stays ignored across fork and exec");
	/* Without a prediction nothing is known that would help. */
	node->has_prediction = false;
	expect(at(12, CHAIN_RULE_DROPPED, 0), "");
}

/* A shell cannot take back what it began with. */
static void test_dropped_by_shell(void **state)
{
	struct chain_node *node;

	(void)state;
	build();
	chain.watched = true;
	node = chain_node(12);
	node->cause = CAUSE_SIG_IGN;
	chain_runs(12, PROGRAM_BASH);
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "remove `trap '' TERM` from run.sh; if the shell was started with SIGTERM ignored, "
	       "no trap in it helps: start it with `env --default-signal=TERM`");
	chain_runs(12, PROGRAM_DASH)->runs = PROGRAM_RUNS_COMMAND;
	node->sig = SIGHUP;
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "remove `trap '' HUP` from its commands; if the shell was started with SIGHUP "
	       "ignored, no trap in it helps: start it with `env --default-signal=HUP`");
	/* They ignore that by themselves, and a trap helps. */
	chain_runs(12, PROGRAM_BASH);
	node->sig = SIGQUIT;
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "install a handler, or reset SIGQUIT to SIG_DFL before exec, which inherits it "
	       "ignored");
	/* So it does in zsh. */
	chain_runs(12, PROGRAM_ZSH);
	node->sig = SIGTERM;
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "install a handler, or reset SIGTERM to SIG_DFL before exec, which inherits it "
	       "ignored");
}

static void test_dropped_watched(void **state)
{
	static const struct {
		enum cause cause;
		const char *remedy;
	} rows[] = {
		{CAUSE_UNKILLABLE_SIG_DFL, "handle SIGTERM in PID 1, or start an init in front of "
					   "it (docker run --init, tini)"},
		{CAUSE_SIG_IGN, "install a handler, or reset SIGTERM to SIG_DFL before exec, which "
				"inherits it ignored"},
		{CAUSE_SIG_DFL_IGNORE, "install a handler for SIGTERM"},
		{CAUSE_BLOCKED, "unblock SIGTERM (pthread_sigmask), or take it with sigwait or a "
				"signalfd"},
		{CAUSE_FROZEN,
		 "thaw it: docker unpause, or its cgroup's cgroup.freeze (v1: freezer.state)"},
		{CAUSE_STOPPED, "kill -CONT 12"},
		{CAUSE_EXITING, ""},
		{CAUSE_KERNEL_THREAD, ""},
	};
	struct chain_node *node;

	(void)state;
	build();
	chain.watched = true;
	node = chain_node(12);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		node->cause = rows[i].cause;
		expect(at(12, CHAIN_RULE_DROPPED, 0), rows[i].remedy);
	}
	node->cause = CAUSE_UNKILLABLE_SIG_DFL;
	chain_runs(12, PROGRAM_DASH);
	expect(at(12, CHAIN_RULE_DROPPED, 0),
	       "in the script, `trap 'exit 0' TERM` before the work, `exec` the last command, or "
	       "start an init in front (docker run --init, tini)");
	node->sig = SIGKILL;
	expect(at(12, CHAIN_RULE_DROPPED, 0), "send it from outside of the PID namespace");
	chain_runs(12, PROGRAM_SU);
	node->cause = CAUSE_BLOCKED;
	node->sig = SIGHUP;
	expect(at(12, CHAIN_RULE_DROPPED, 0), "su takes SIGTERM, and sends that on: kill -TERM 12");
	node->sig = SIGTERM;
	expect(at(12, CHAIN_RULE_DROPPED, 0), rows[3].remedy);
}

/* bash[12] had it from tini[1], which does not tell test_pipeline[13]. */
static void test_group_modes(void **state)
{
	static const struct {
		enum program_kind kind;
		const char *remedy;
	} rows[] = {
		{PROGRAM_TINI, "tini -g signals the whole group (with docker run --init: -e "
			       "TINI_KILL_PROCESS_GROUP=1)"},
		{PROGRAM_CATATONIT, "catatonit -g signals the whole group"},
		{PROGRAM_DUMB_INIT, "dumb-init without --single-child (-c, DUMB_INIT_SETSID=0) "
				    "signals the whole group"},
		{PROGRAM_TIMEOUT, "timeout without --foreground signals the whole group"},
		{PROGRAM_SUDO, "send it to test_pipeline[13] itself: kill -TERM 13"},
		{PROGRAM_NOT_KNOWN, "send it to test_pipeline[13] itself: kill -TERM 13"},
	};

	(void)state;
	build();
	chain_node(13)->way = CHAIN_WAY_CHILD_ONLY;
	chain_node(13)->from = chain_index(1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_node(1)->program.kind = rows[i].kind;
		expect(at(12, CHAIN_RULE_CHILD_ONLY, 13), rows[i].remedy);
	}
	/* Its name alone proves nothing; and it would not help who is in another group. */
	chain_node(1)->program.kind = PROGRAM_TINI;
	chain_node(1)->program.by_name_only = true;
	expect(at(12, CHAIN_RULE_CHILD_ONLY, 13), rows[5].remedy);
	chain_node(1)->program.by_name_only = false;
	chain_group(process_of(13));
	expect(at(12, CHAIN_RULE_CHILD_ONLY, 13),
	       "send it to test_pipeline[13] and all of its group: kill -TERM -13");
	/* A second child of the init itself. */
	expect(at(1, CHAIN_RULE_CHILD_ONLY, 12), "send it to bash[12] itself: kill -TERM 12");
}

/* bash[12] had it from tini[1], which could have reached test_pipeline[13] without it. */
static void test_init_in_front_of_shell(void **state)
{
	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH);
	chain_node(1)->program.kind = PROGRAM_TINI;
	chain_node(12)->way = CHAIN_WAY_FORWARDED;
	chain_node(12)->from = chain_index(1);
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "tini -g signals the whole group (with docker run --init: -e "
	       "TINI_KILL_PROCESS_GROUP=1); or in run.sh, " EXEC_OR_TRAP("TERM", "TERM"));
	/* It would not help. */
	chain_group(process_of(13));
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13), "in run.sh, " EXEC_OR_TRAP("TERM", "TERM"));
}

static void test_outside_group(void **state)
{
	(void)state;
	build();
	chain_group(process_of(13));
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 13),
	       "send it to test_pipeline[13] and all of its group: kill -TERM -13");
	chain_runs(12, PROGRAM_BASH)->job_control = PROGRAM_YES;
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 13),
	       "turn job control off in the shell (set +m); or send it to test_pipeline[13] and "
	       "all of its group: kill -TERM -13");
	chain_node(12)->program.interactive = PROGRAM_YES;
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 13),
	       "send it to test_pipeline[13] and all of its group: kill -TERM -13");
	chain_node(13)->program = (struct program){.kind = PROGRAM_TIMEOUT,
						   .to_group = PROGRAM_YES};
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 13),
	       "timeout --foreground stays in the group; or send it to test_pipeline[13] and all "
	       "of its group: kill -TERM -13");
	chain_node(13)->program.kind = PROGRAM_NOT_KNOWN;
	chain_session(process_of(13));
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 13),
	       "start it without setsid; or send it to test_pipeline[13] and all of its group: "
	       "kill -TERM -13");
	expect(at(12, CHAIN_RULE_OUTSIDE_GROUP, 0), "");
}

static void test_other_programs(void **state)
{
	static const char generic[] =
		"let test_pipeline[13] send SIGTERM on to pytest[14] and wait for the end, or "
		"start it behind tini -g, which signals the whole group";
	static const char direct[] = "send it to pytest[14] itself: kill -TERM 14";
	static const struct {
		enum program_kind kind;
		enum chain_rule rule;
		const char *remedy;
	} rows[] = {
		{PROGRAM_NOT_KNOWN, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, generic},
		{PROGRAM_NOT_KNOWN, CHAIN_RULE_NOT_FORWARDED, generic},
		{PROGRAM_NOT_KNOWN, CHAIN_RULE_TEARDOWN, generic},
		{PROGRAM_XARGS, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, direct},
		{PROGRAM_SUDO, CHAIN_RULE_NOT_FORWARDED, direct},
		{PROGRAM_SU, CHAIN_RULE_NOT_FORWARDED, direct},
		{PROGRAM_DOCKER, CHAIN_RULE_NOT_FORWARDED, direct},
		{PROGRAM_TINI, CHAIN_RULE_TEARDOWN, direct},
		{PROGRAM_COMPOSE, CHAIN_RULE_NOT_FORWARDED,
		 "docker compose before 2.19 passes nothing on to the container of `run`: update "
		 "it, or stop the container itself (docker stop)"},
		{PROGRAM_NPM, CHAIN_RULE_NOT_FORWARDED,
		 "start the program itself in place of npm (CMD [\"node\", \"server.js\"]); or "
		 "send it to pytest[14] itself: kill -TERM 14"},
		{PROGRAM_YARN, CHAIN_RULE_KILLED_UNASKED,
		 "send it SIGTERM before SIGKILL, and give it time; or start the program itself in "
		 "place of yarn (CMD [\"node\", \"server.js\"]); or send it to pytest[14] itself: "
		 "kill -TERM 14"},
	};

	(void)state;
	build();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_node(13)->program.kind = rows[i].kind;
		expect(at(13, rows[i].rule, 14), rows[i].remedy);
	}
	chain_node(13)->program.kind = PROGRAM_NOT_KNOWN;
	chain_group(process_of(14));
	expect(at(13, CHAIN_RULE_NOT_FORWARDED, 14),
	       "let test_pipeline[13] send SIGTERM on to pytest[14] and wait for the end");
	expect(at(13, CHAIN_RULE_NOT_FORWARDED, 0),
	       "let test_pipeline[13] send SIGTERM on and wait for the end");
}

/* sudo.8: a signal from the command's own group is not relayed. */
static void test_sudo(void **state)
{
	struct chain_edge edge = {.sig = SIGTERM, .sender_node = 1, .target = 2, .asks = true};

	(void)state;
	build();
	chain.watched = true;
	chain.edges = &edge;
	chain.edges_len = 1;
	chain_node(13)->sig = SIGTERM;
	chain_node(13)->program.kind = PROGRAM_SUDO;
	expect(at(13, CHAIN_RULE_NOT_FORWARDED, 14),
	       "sudo does not pass on what comes from its command's own process group: send it "
	       "from outside of that; or send it to pytest[14] itself: kill -TERM 14");
	chain_group(process_of(12));
	expect(at(13, CHAIN_RULE_NOT_FORWARDED, 14), "send it to pytest[14] itself: kill -TERM 14");
	chain.edges = NULL;
	chain.edges_len = 0;
}

static void test_never_forwarded(void **state)
{
	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH);
	chain.sig = SIGKILL;
	/* They share group 1, and kill(-1) means everybody. */
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "no program can pass SIGKILL on: send SIGTERM first; or send it to "
	       "test_pipeline[13] itself: kill -KILL 13");
	process_of(12)->pgid = 12;
	process_of(13)->pgid = 12;
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "no program can pass SIGKILL on: send SIGTERM first; or send it to the whole group: "
	       "kill -KILL -12");
	chain_group(process_of(13));
	expect(at(12, CHAIN_RULE_SHELL_ENDS, 13),
	       "no program can pass SIGKILL on: send SIGTERM first; or send it to "
	       "test_pipeline[13] and all of its group: kill -KILL -13");
	chain.sig = SIGSTOP;
	expect(at(12, CHAIN_RULE_NOT_FORWARDED, 13),
	       "no program can pass SIGSTOP on: send it to test_pipeline[13] and all of its group: "
	       "kill -STOP -13");
	chain.sig = SIGTERM;
	chain_node(12)->program = (struct program){
		.kind = PROGRAM_DUMB_INIT, .to_group = PROGRAM_YES, .rewrite_from = SIGTERM};
	expect(at(12, CHAIN_RULE_NOT_FORWARDED, 13),
	       "leave -r 15:0 out: it tells dumb-init to keep SIGTERM to itself");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shell, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_shell_command, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_interactive_shell, chain_setup,
						chain_teardown),
		cmocka_unit_test_setup_teardown(test_dropped, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_dropped_by_shell, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_dropped_watched, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_group_modes, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_init_in_front_of_shell, chain_setup,
						chain_teardown),
		cmocka_unit_test_setup_teardown(test_outside_group, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_other_programs, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_sudo, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_never_forwarded, chain_setup, chain_teardown),
	};

	return cmocka_run_group_tests_name("chain_remedy", tests, NULL, NULL);
}
