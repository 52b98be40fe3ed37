/* SPDX-License-Identifier: BSD-2-Clause */
/* chain: where the signal stops, sentence by sentence. */
#include "chain_scene.h"

#define SENTENCE_SIZE 1536
#define GOT	      (200 * S)

static void expect_break(const struct chain_break *b, const char *sentence, const char *verdict)
{
	char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	chain_write_break(&chain, b, &out);
	assert_false(out.cut);
	assert_string_equal(data, sentence);
	chain.breaks = (struct chain_break *)b;
	chain.breaks_len = 1;
	strbuf_reset(&out);
	chain_write_verdict(&chain, &out);
	chain.breaks = NULL;
	chain.breaks_len = 0;
	assert_false(out.cut);
	assert_string_equal(data, verdict);
}

/* tini[1] -> bash[12] -> test_pipeline[13] -> pytest[14], and node[31] below bash. */
static void build(void)
{
	chain_process(1, 0, "tini");
	chain_process(12, 1, "bash");
	chain_process(13, 12, "test_pipeline");
	chain_process(14, 13, "pytest");
	chain_process(31, 12, "node");
	chain_make(1, 0);
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].from = CHAIN_NONE;
	chain_node(12)->shell = CHAIN_SHELL_WAITS_FOREGROUND;
	chain_node(12)->waits_for = chain_index(13);
}

static void watched(void)
{
	chain.watched = true;
	chain.began_ns = GOT - S;
	chain.first_ns = GOT;
	chain.ended_ns = GOT + 5 * S + 12 * MS;
	chain_node(12)->got_ns = GOT;
	chain_node(12)->fate = SIGNAL_FATE_HANDLED;
}

static struct process *process_of(uint32_t tgid)
{
	return (struct process *)chain_node(tgid)->process;
}

/* Below bash[12]: test_pipeline[13]. */
static struct chain_break break_at_shell(enum chain_rule rule, uint32_t count, uint32_t beyond)
{
	return (struct chain_break){chain_index(12), rule, chain_index(13), count, beyond};
}

static void predict(uint32_t tgid)
{
	struct chain_node *node = chain_node(tgid);

	node->has_prediction = true;
	predict_signal(&chain.table, node->process, chain.sig, PREDICT_OUTSIDE, &node->prediction);
}

static void test_dropped(void **state)
{
	struct chain_break b = {0, CHAIN_RULE_DROPPED, CHAIN_NONE, 0, 0};
	struct process *init;

	(void)state;
	init = chain_init(4242, 0, "sleep");
	chain_make(4242, 0);
	predict(4242);
	expect_break(&b,
		     "sleep[4242, init] ignores SIGTERM: namespace init without a SIGTERM "
		     "handler (SIGNAL_UNKILLABLE + SIG_DFL)",
		     "break predicted at sleep[4242, init]: ignores SIGTERM: namespace init "
		     "without a SIGTERM handler (SIGNAL_UNKILLABLE + SIG_DFL)");
	chain_ignores(init, SIGTERM);
	predict(4242);
	expect_break(&b,
		     "sleep[4242, init] gets SIGTERM without effect: it ignores SIGTERM "
		     "(SIG_IGN)",
		     "break predicted at sleep[4242, init]: gets SIGTERM without effect: it "
		     "ignores SIGTERM (SIG_IGN)");
	/* What was seen is something else than what was predicted. */
	chain.watched = true;
	chain.first_ns = GOT;
	chain.nodes[0].got_ns = GOT + 12 * MS;
	chain.nodes[0].cause = CAUSE_UNKILLABLE_SIG_DFL;
	expect_break(&b,
		     "sleep[4242, init] got SIGTERM at 0.012 s, without effect: namespace init "
		     "without a SIGTERM handler (SIGNAL_UNKILLABLE + SIG_DFL)",
		     "chain broken at sleep[4242, init]: got SIGTERM at 0.012 s, without "
		     "effect: namespace init without a SIGTERM handler (SIGNAL_UNKILLABLE + "
		     "SIG_DFL)");
	chain.nodes[0].got_ns = 0;
	chain.nodes[0].sig = SIGKILL;
	expect_break(&b,
		     "sleep[4242, init] got SIGKILL, without effect: a PID namespace's init "
		     "takes SIGKILL only from an ancestor namespace (SIGNAL_UNKILLABLE)",
		     "chain broken at sleep[4242, init]: got SIGKILL, without effect: a PID "
		     "namespace's init takes SIGKILL only from an ancestor namespace "
		     "(SIGNAL_UNKILLABLE)");
}

/* Every cause that a drop may have, from the events alone. */
static void test_dropped_by_cause(void **state)
{
	static const struct {
		enum cause cause;
		const char *why;
	} rows[] = {
		{CAUSE_EXITING, "it was exiting already"},
		{CAUSE_GLOBAL_INIT, "the machine's own init takes no SIGTERM"},
		{CAUSE_KERNEL_THREAD, "a kernel thread takes no SIGTERM from a process"},
		{CAUSE_SIG_IGN, "it ignores SIGTERM (SIG_IGN)"},
		{CAUSE_SIG_DFL_IGNORE, "no SIGTERM handler: by default it is ignored"},
		{CAUSE_BLOCKED, "it blocks SIGTERM, which stays pending"},
		{CAUSE_PTRACED, "it is traced: its tracer decides what becomes of SIGTERM"},
		{CAUSE_FROZEN, "it is frozen by its cgroup"},
		{CAUSE_STOPPED, "it is stopped (job control)"},
		{CAUSE_UNINTERRUPTIBLE, "it is in uninterruptible sleep (D)"},
		{CAUSE_EAGAIN, "its user has too many signals pending (RLIMIT_SIGPENDING)"},
		{CAUSE_CAUGHT, "why is not known"},
	};
	const struct chain_break b = {1, CHAIN_RULE_DROPPED, CHAIN_NONE, 0, 0};

	(void)state;
	build();
	watched();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char sentence[256] = "bash[12] got SIGTERM at 0.000 s, without effect: ";
		char verdict[256] = "chain broken at bash[12]: got SIGTERM at 0.000 s, without "
				    "effect: ";

		chain_node(12)->cause = rows[i].cause;
		expect_break(&b, strcat(sentence, rows[i].why), strcat(verdict, rows[i].why));
	}
}

static void test_shell_waits(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH);
	chain_catches(process_of(12), SIGTERM);
	b = break_at_shell(CHAIN_RULE_SHELL_WAITS, 1, 1);
	expect_break(&b,
		     "bash[12] (script run.sh) has a trap for SIGTERM and waits for "
		     "test_pipeline[13]: the trap runs when that ends, and nothing is forwarded "
		     "until then",
		     "break predicted at bash[12]: has a trap for SIGTERM and waits for "
		     "test_pipeline[13]: the trap runs when that ends, and nothing is forwarded "
		     "until then");
	chain_node(12)->program.operand = NULL;
	chain.sig = SIGINT;
	expect_break(&b,
		     "bash[12] waits for test_pipeline[13] and acts on SIGINT only when that ends",
		     "break predicted at bash[12]: waits for test_pipeline[13] and acts on SIGINT "
		     "only when that ends");
	chain_node(12)->waits_for = CHAIN_NONE;
	expect_break(&b, "bash[12] waits for a child and acts on SIGINT only when that ends",
		     "break predicted at bash[12]: waits for a child and acts on SIGINT only when "
		     "that ends");
}

static void test_shell_waited(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH);
	chain_catches(process_of(12), SIGTERM);
	watched();
	b = break_at_shell(CHAIN_RULE_SHELL_WAITS, 1, 1);
	expect_break(&b,
		     "bash[12] (script run.sh) got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] in 5 s: it waited for test_pipeline[13], and runs its "
		     "trap only when that ends",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] in 5 s");
	chain_node(12)->sig = SIGINT;
	chain_node(12)->got_ns = GOT + 1234567890;
	chain.ended_ns = GOT + 3 * S;
	b.missed_count = 2;
	expect_break(&b,
		     "bash[12] (script run.sh) got SIGINT at 1.234 s, sent nothing to "
		     "test_pipeline[13] and 1 more in 1.8 s: it waited for test_pipeline[13], and "
		     "acts on the signal only when that ends",
		     "chain broken at bash[12]: got SIGINT at 1.234 s, sent nothing to "
		     "test_pipeline[13] and 1 more in 1.8 s");
	/* It ended at once, as a bash with nothing but a trap on EXIT does: it did not wait. */
	chain_node(12)->end = CHAIN_END_SIGNAL;
	chain_node(12)->end_ns = chain_node(12)->got_ns + 6 * MS;
	expect_break(&b,
		     "bash[12] (script run.sh) got SIGINT at 1.234 s, sent nothing to "
		     "test_pipeline[13] and 1 more and ended 6.00 ms later",
		     "chain broken at bash[12]: got SIGINT at 1.234 s, sent nothing to "
		     "test_pipeline[13] and 1 more and ended 6.00 ms later");
}

static void test_ends(void **state)
{
	static const struct {
		uint32_t count, beyond;
		const char *predicted;
		const char *watched;
	} rows[] = {
		{1, 1, "test_pipeline[13] goes on without it", "test_pipeline[13] got nothing"},
		{1, 2, "test_pipeline[13] and 1 below it go on without it",
		 "test_pipeline[13] and 1 below it got nothing"},
		{1, 3, "test_pipeline[13] and 2 below it go on without it",
		 "test_pipeline[13] and 2 below it got nothing"},
		{2, 2, "test_pipeline[13] and 1 more go on without it",
		 "test_pipeline[13] and 1 more got nothing"},
		{2, 5, "test_pipeline[13] and 4 more go on without it",
		 "test_pipeline[13] and 4 more got nothing"},
	};

	(void)state;
	build();
	chain_runs(12, PROGRAM_BASH);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const size_t row = i / 2;
		struct chain_break b = break_at_shell(i % 2 ? CHAIN_RULE_ENDS_WITHOUT_FORWARDING
							    : CHAIN_RULE_SHELL_ENDS,
						      rows[row].count, rows[row].beyond);
		char sentence[256] = "bash[12] (script run.sh) ends by SIGTERM and forwards "
				     "nothing: ";
		char verdict[256] = "break predicted at bash[12]: ends by SIGTERM and forwards "
				    "nothing: ";

		expect_break(&b, strcat(sentence, rows[row].predicted),
			     strcat(verdict, rows[row].predicted));
	}
	watched();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct chain_break b = break_at_shell(CHAIN_RULE_SHELL_ENDS, rows[i].count,
						      rows[i].beyond);
		char sentence[256] = "bash[12] (script run.sh) got SIGTERM at 0.000 s, was ended "
				     "by it and sent nothing: ";
		char verdict[256] = "chain broken at bash[12]: got SIGTERM at 0.000 s, was ended "
				    "by it and sent nothing: ";

		expect_break(&b, strcat(sentence, rows[i].watched),
			     strcat(verdict, rows[i].watched));
	}
}

/* What an init leaves does not go on. */
static void test_ends_with_namespace(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	chain.sig = SIGKILL;
	chain_node(13)->way = CHAIN_WAY_TEARDOWN;
	b = break_at_shell(CHAIN_RULE_ENDS_WITHOUT_FORWARDING, 1, 2);
	expect_break(&b,
		     "bash[12] ends by SIGKILL and forwards nothing: the end of its PID namespace "
		     "kills test_pipeline[13] and 1 below it",
		     "break predicted at bash[12]: ends by SIGKILL and forwards nothing: the end "
		     "of its PID namespace kills test_pipeline[13] and 1 below it");
}

static void test_outside_group(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	for (uint32_t i = 0; i < chain.len; i++)
		((struct process *)chain.nodes[i].process)->pgid = 12;
	chain.to = CHAIN_TO_GROUP;
	chain.group = 12;
	chain_group(process_of(31));
	b = (struct chain_break){chain_index(12), CHAIN_RULE_OUTSIDE_GROUP, chain_index(31), 1, 1};
	expect_break(&b,
		     "node[31] is in process group 31, not in 12: job control, or another call of "
		     "setpgid, put it outside the group",
		     "break predicted at bash[12]: node[31] is in process group 31, not in 12: job "
		     "control, or another call of setpgid, put it outside the group");
	chain_session(process_of(31));
	chain.to = CHAIN_TO_FOREGROUND;
	b.missed_count = 2;
	expect_break(&b,
		     "node[31] is in process group 31, not in the terminal's foreground group 12: "
		     "setsid put it outside the group; so it is with 1 other",
		     "break predicted at bash[12]: node[31] is in process group 31, not in the "
		     "terminal's foreground group 12: setsid put it outside the group; so it is "
		     "with 1 other");
	process_of(31)->known &= ~PROCESS_KNOWN_IDS;
	b.missed_count = 3;
	expect_break(&b,
		     "node[31] is in another process group: setsid or job control put it outside "
		     "the group; so it is with 2 others",
		     "break predicted at bash[12]: node[31] is in another process group: setsid or "
		     "job control put it outside the group; so it is with 2 others");
	/* A forwarder's group is not the one that the user named. */
	process_of(31)->known |= PROCESS_KNOWN_IDS;
	process_of(12)->pgid = 20;
	b.missed_count = 1;
	watched();
	expect_break(&b,
		     "node[31] got nothing: it is in process group 31, not in 20: setsid put it "
		     "outside the group",
		     "chain broken at bash[12]: node[31] got nothing: it is in process group 31, "
		     "not in 20: setsid put it outside the group");
}

static void test_killed(void **state)
{
	struct chain_edge kill = {
		.boot_ns = GOT + 10 * S,
		.sig = SIGKILL,
		.sender = {.source = REPORT_SOURCE_EVENT, .tgid = 901, .comm = "dockerd"},
		.sender_node = CHAIN_NONE,
		.target = 2};
	struct chain_break b;

	(void)state;
	build();
	b = break_at_shell(CHAIN_RULE_TEARDOWN, 1, 2);
	expect_break(&b,
		     "bash[12] sends nothing on: the end of the PID namespace kills "
		     "test_pipeline[13] and 1 below it, not asked before",
		     "break predicted at bash[12]: sends nothing on: the end of the PID namespace "
		     "kills test_pipeline[13] and 1 below it, not asked before");
	watched();
	chain_node(12)->end = CHAIN_END_EXITED;
	chain_node(12)->end_ns = GOT + 10 * S;
	expect_break(&b,
		     "bash[12] got SIGTERM at 0.000 s, sent nothing to test_pipeline[13] and ended "
		     "10.0 s later: the end of the PID namespace killed test_pipeline[13], not "
		     "asked before; 1 more got nothing, either",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] and ended 10.0 s later: the end of the PID namespace "
		     "killed test_pipeline[13], not asked before; 1 more got nothing, either");
	b = break_at_shell(CHAIN_RULE_KILLED_UNASKED, 1, 1);
	chain_node(12)->end = CHAIN_END_NONE;
	chain.edges = &kill;
	chain.edges_len = 1;
	expect_break(&b,
		     "bash[12] got SIGTERM at 0.000 s, sent nothing to test_pipeline[13] in 5 s: "
		     "test_pipeline[13] was killed with SIGKILL by dockerd[901] at 10.000 s, not "
		     "asked before",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] in 5 s: test_pipeline[13] was killed with SIGKILL by "
		     "dockerd[901] at 10.000 s, not asked before");
	chain.edges = NULL;
	chain.edges_len = 0;
	expect_break(&b,
		     "bash[12] got SIGTERM at 0.000 s, sent nothing to test_pipeline[13] in 5 s: "
		     "test_pipeline[13] was killed with SIGKILL, not asked before",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] in 5 s: test_pipeline[13] was killed with SIGKILL, not "
		     "asked before");
}

static void test_child_only(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	chain_node(13)->way = CHAIN_WAY_CHILD_ONLY;
	chain_node(13)->from = chain_index(1);
	b = break_at_shell(CHAIN_RULE_CHILD_ONLY, 1, 1);
	expect_break(
		&b,
		"bash[12] gets SIGTERM from tini[1, init], which signals its child alone: "
		"test_pipeline[13] goes on without it",
		"break predicted at bash[12]: gets SIGTERM from tini[1, init], which signals its "
		"child alone: test_pipeline[13] goes on without it");
	chain_node(13)->from = chain_index(12);
	expect_break(&b,
		     "bash[12] forwards SIGTERM to its child alone: test_pipeline[13] goes on "
		     "without it",
		     "break predicted at bash[12]: forwards SIGTERM to its child alone: "
		     "test_pipeline[13] goes on without it");
	b = (struct chain_break){chain_index(1), CHAIN_RULE_CHILD_ONLY, chain_index(14), 1, 1};
	watched();
	expect_break(
		&b,
		"tini[1, init] sent SIGTERM to its child bash[12] alone: pytest[14] got nothing",
		"chain broken at tini[1, init]: sent SIGTERM to its child bash[12] alone: "
		"pytest[14] got nothing");
}

static void test_not_forwarded(void **state)
{
	struct chain_break b;

	(void)state;
	build();
	b = break_at_shell(CHAIN_RULE_NOT_FORWARDED, 1, 1);
	expect_break(
		&b,
		"bash[12] gets SIGTERM and sends nothing on: test_pipeline[13] goes on without it",
		"break predicted at bash[12]: gets SIGTERM and sends nothing on: test_pipeline[13] "
		"goes on without it");
	watched();
	expect_break(&b,
		     "bash[12] got SIGTERM at 0.000 s, sent nothing to test_pipeline[13] in 5 s; "
		     "its handler ran",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing to "
		     "test_pipeline[13] in 5 s");
	chain_node(12)->taken = true;
	chain_runs(12, PROGRAM_BASH)->runs = PROGRAM_RUNS_COMMAND;
	chain_node(12)->program.operand = "a; b";
	b.missed = CHAIN_NONE;
	b.missed_count = 0;
	expect_break(&b,
		     "bash[12] (-c 'a; b') got SIGTERM at 0.000 s, sent nothing on in 5 s; it took "
		     "the signal with sigwait() or a signalfd",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing on in 5 s");
	chain_node(12)->taken = false;
	chain_node(12)->fate = SIGNAL_FATE_NOT_KNOWN;
	chain_node(12)->program.by_name_only = true;
	expect_break(&b, "bash[12] got SIGTERM at 0.000 s, sent nothing on in 5 s",
		     "chain broken at bash[12]: got SIGTERM at 0.000 s, sent nothing on in 5 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dropped, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_dropped_by_cause, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_shell_waits, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_shell_waited, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_ends, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_ends_with_namespace, chain_setup,
						chain_teardown),
		cmocka_unit_test_setup_teardown(test_outside_group, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_killed, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_child_only, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_not_forwarded, chain_setup, chain_teardown),
	};

	return cmocka_run_group_tests_name("chain_break_text", tests, NULL, NULL);
}
