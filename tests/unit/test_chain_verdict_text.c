/* SPDX-License-Identifier: BSD-2-Clause */
/* chain: what a process does with the signal, what is noted, and the line at the end. */
#include "chain_scene.h"

#define SENTENCE_SIZE 1536
#define GOT	      (200 * S)
#define NO_NODE	      0

static void expect_does(const char *text)
{
	char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	chain_write_does(&chain, chain_index(12), &out);
	assert_false(out.cut);
	assert_string_equal(data, text);
}

static void expect_note(enum chain_note_kind kind, uint32_t at, uint32_t other, uint32_t count,
			const char *text)
{
	const struct chain_note note = {kind, chain_index(at),
					other ? chain_index(other) : CHAIN_NONE, count};
	char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	chain_write_note(&chain, &note, &out);
	assert_false(out.cut);
	assert_string_equal(data, text);
}

static void expect_verdict(const char *text)
{
	char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	chain_write_verdict(&chain, &out);
	assert_false(out.cut);
	assert_string_equal(data, text);
}

/* bash[12] -> test_pipeline[13] -> pytest[14] */
static void build(void)
{
	chain_process(12, 0, "bash");
	chain_process(13, 12, "test_pipeline");
	chain_process(14, 13, "pytest");
	chain_make(12, 0);
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].from = CHAIN_NONE;
	chain_node(12)->waits_for = CHAIN_NONE;
}

static void predict(uint32_t tgid)
{
	struct chain_node *node = chain_node(tgid);

	node->has_prediction = true;
	node->sig = chain.sig;
	predict_signal(&chain.table, node->process, chain.sig, PREDICT_OUTSIDE, &node->prediction);
}

static struct process *process_of(uint32_t tgid)
{
	return (struct process *)chain_node(tgid)->process;
}

static void test_predicted(void **state)
{
	static const char *const alone[] = {
		[CHAIN_DOES_NOTHING] = "",
		[CHAIN_DOES_END] = "the default action ends it",
		[CHAIN_DOES_STOP] = "the default action stops it",
		[CHAIN_DOES_HANDLE] = "its program handles it",
		[CHAIN_DOES_FORWARD] = "forwards it",
		[CHAIN_DOES_WAIT] = "it acts on SIGTERM when a child ends",
		[CHAIN_DOES_RUN_TRAP] = "its trap runs at once: it sits in `wait`",
		[CHAIN_DOES_DROP] = "no effect: why is not known",
		[CHAIN_DOES_NOT_KNOWN] = "what it does with it is not known",
	};
	struct chain_node *node;

	(void)state;
	_Static_assert(ARRAY_SIZE(alone) == CHAIN_DOES_COUNT, "a row for every deed");
	build();
	node = chain_node(12);
	for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
		node->does = i;
		expect_does(alone[i]);
	}
	/* With the sentences of inspect. */
	predict(12);
	node->does = CHAIN_DOES_END;
	expect_does("no handler: the default action ends the process");
	chain.sig = SIGSTOP;
	predict(12);
	node->does = CHAIN_DOES_STOP;
	expect_does("the default action stops the process");
	chain.sig = SIGTERM;
	chain_ignores(process_of(12), SIGTERM);
	predict(12);
	node->does = CHAIN_DOES_DROP;
	expect_does("no effect: it ignores SIGTERM (SIG_IGN)");
	process_of(12)->ignored = 0;
	chain_catches(process_of(12), SIGTERM);
	predict(12);
	node->does = CHAIN_DOES_HANDLE;
	expect_does("its handler will run");
	/* Of another signal it says nothing. */
	node->sig = SIGHUP;
	expect_does("its program handles it");
	process_of(12)->known &= ~PROCESS_KNOWN_DISPOSITIONS;
	predict(12);
	node->does = CHAIN_DOES_NOT_KNOWN;
	expect_does("not known: what it does with signals: it ended while the snapshot was "
		    "taken, so ask again");
}

static void test_predicted_programs(void **state)
{
	struct chain_node *node;

	(void)state;
	build();
	node = chain_node(12);
	node->does = CHAIN_DOES_FORWARD;
	node->program.to_group = PROGRAM_NO;
	expect_does("forwards it to its child alone");
	node->program.to_group = PROGRAM_YES;
	expect_does("forwards it to its child's whole group");

	node->does = CHAIN_DOES_WAIT;
	node->shell = CHAIN_SHELL_WAITS_FOREGROUND;
	node->waits_for = chain_index(13);
	chain_catches(process_of(12), SIGTERM);
	chain_catches(process_of(12), SIGINT);
	/* Only of a shell it is known that what it catches is a trap. */
	expect_does("it acts on SIGTERM when test_pipeline[13] ends");
	chain_runs(12, PROGRAM_BASH);
	expect_does("its trap runs when test_pipeline[13] ends");
	node->program.by_name_only = true;
	expect_does("it acts on SIGTERM when test_pipeline[13] ends");
	node->program.by_name_only = false;
	node->program.interactive = PROGRAM_YES;
	expect_does("it acts on SIGTERM when test_pipeline[13] ends");
	node->program.interactive = PROGRAM_NO;
	/* A bash that waits catches that by itself; a dash does not. */
	node->sig = SIGINT;
	expect_does("it acts on SIGINT when test_pipeline[13] ends");
	chain_runs(12, PROGRAM_ZSH);
	expect_does("it acts on SIGINT when test_pipeline[13] ends");
	chain_runs(12, PROGRAM_DASH);
	expect_does("its trap runs when test_pipeline[13] ends");
	process_of(12)->caught = 0;
	expect_does("it acts on SIGINT when test_pipeline[13] ends");
}

static void test_watched(void **state)
{
	static const char *const alone[] = {
		[CHAIN_DOES_NOTHING] = "",
		[CHAIN_DOES_END] = "the default action of SIGTERM ended it",
		[CHAIN_DOES_STOP] = "the default action stopped it",
		[CHAIN_DOES_HANDLE] = "it handled the signal",
		[CHAIN_DOES_FORWARD] = "sent it on",
		[CHAIN_DOES_WAIT] = "it acts on SIGTERM when a child ends",
		[CHAIN_DOES_RUN_TRAP] = "its trap ran, which ended its `wait`",
		[CHAIN_DOES_DROP] = "no effect: it ignores SIGTERM (SIG_IGN)",
		[CHAIN_DOES_NOT_KNOWN] = "what it did with it is not known",
	};
	struct chain_edge edges[] = {
		{.sig = SIGTERM, .sender_node = 0, .target = 0, .asks = true},
		{.sig = SIGCHLD, .sender_node = 0, .target = 2},
		{.sig = SIGTERM, .sender_node = 0, .target = 1, .asks = true},
		{.sig = SIGTERM, .sender_node = 0, .target = 1, .asks = true},
		{.sig = SIGTERM, .sender_node = 1, .target = 2, .asks = true},
	};
	struct chain_node *node;

	(void)state;
	_Static_assert(ARRAY_SIZE(alone) == CHAIN_DOES_COUNT, "a row for every deed");
	build();
	chain.watched = true;
	node = chain_node(12);
	node->cause = CAUSE_SIG_IGN;
	for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
		node->does = i;
		expect_does(alone[i]);
	}
	node->does = CHAIN_DOES_HANDLE;
	node->fate = SIGNAL_FATE_HANDLED;
	expect_does("its handler ran");
	node->taken = true;
	expect_does("it took the signal with sigwait() or a signalfd");
	/* A shell that ended before its child did not wait for it. */
	node->taken = false;
	node->does = CHAIN_DOES_WAIT;
	node->end = CHAIN_END_EXITED;
	node->end_ns = GOT;
	expect_does("its handler ran");
	node->waits_for = chain_index(13);
	expect_does("its handler ran");
	chain_node(13)->end = CHAIN_END_EXITED;
	chain_node(13)->end_ns = GOT - 1;
	expect_does("it acts on SIGTERM when a child ends");
	/* Each receiver once, and only those whom it sent it. */
	chain.edges = edges;
	chain.edges_len = ARRAY_SIZE(edges);
	node->does = CHAIN_DOES_FORWARD;
	expect_does("sent it on to test_pipeline[13]");
	edges[4].sender_node = 0;
	expect_does("sent it on to test_pipeline[13] and 1 more");
	chain.edges = NULL;
	chain.edges_len = 0;
}

static void test_notes(void **state)
{
	static const char *const words[] = {"dumb-init", "/bin/bash", "-c", "pytest", NULL};

	struct process *beside;

	(void)state;
	build();
	expect_note(CHAIN_NOTE_SHELL_REPLACED, 13, 12, 1,
		    "`sh -c` replaced itself by its last command, test_pipeline[13]: there is no "
		    "shell here");
	chain_words(12, words);
	chain_node(12)->program.command = 1;
	expect_note(CHAIN_NOTE_SHELL_REPLACED, 13, 12, 1,
		    "`bash -c` replaced itself by its last command, test_pipeline[13]: there is "
		    "no bash here");
	expect_note(CHAIN_NOTE_SHELL_REPLACED, 13, 12, 2,
		    "`bash -c` replaced itself by its last command, test_pipeline[13]: there is "
		    "no bash here; nor in 1 other place");
	expect_note(CHAIN_NOTE_SHELL_REPLACED, 13, 12, 3,
		    "`bash -c` replaced itself by its last command, test_pipeline[13]: there is "
		    "no bash here; nor in 2 other places");

	expect_note(CHAIN_NOTE_NEW_SESSION, 14, 13, 1,
		    "setsid put pytest[14] outside the group of test_pipeline[13]");
	expect_note(CHAIN_NOTE_NEW_SESSION, 14, NO_NODE, 1,
		    "setsid put pytest[14] outside the group of test_pipeline[13]");
	expect_note(CHAIN_NOTE_NEW_SESSION, 14, 13, 3,
		    "setsid put pytest[14] and 2 more outside the group of their parents");
	expect_note(CHAIN_NOTE_NEW_SESSION, 12, NO_NODE, 1,
		    "setsid put bash[12] outside the group");

	expect_note(CHAIN_NOTE_MAY_FORWARD, 13, 14, 1,
		    "whether test_pipeline[13] forwards SIGTERM is not known: its program decides");
	expect_note(CHAIN_NOTE_MAY_FORWARD, 13, 14, 2,
		    "whether test_pipeline[13] and 1 more forward SIGTERM is not known: their "
		    "programs decide");
	chain_node(12)->does = CHAIN_DOES_RUN_TRAP;
	expect_note(CHAIN_NOTE_MAY_FORWARD, 12, 13, 1,
		    "whether bash[12] forwards SIGTERM is not known: its trap decides");
	chain_node(12)->does = CHAIN_DOES_HANDLE;
	chain_runs(12, PROGRAM_BASH);
	chain_catches(process_of(12), SIGTERM);
	expect_note(CHAIN_NOTE_MAY_FORWARD, 12, 13, 1,
		    "whether bash[12] forwards SIGTERM is not known: its trap decides");

	expect_note(CHAIN_NOTE_BY_DAEMON, 13, NO_NODE, 1,
		    "the container's processes hang on the daemon's shim, not on "
		    "test_pipeline[13]: sigtrace chain -c CONTAINER shows them");
	expect_note(CHAIN_NOTE_GROUP_REACHES, 14, 12, 1,
		    "pytest[14] shares the process group of bash[12]: `kill -TERM -12` would reach "
		    "it");
	expect_note(CHAIN_NOTE_GROUP_REACHES, 14, 12, 2,
		    "pytest[14] and 1 more share the process group of bash[12]: `kill -TERM -12` "
		    "would reach them");
	/* Whom else it would hit: not what is below bash[12]. */
	beside = chain_process(90, 0, "ci-agent");
	beside->pgid = 12;
	process_table_sort(&chain.table);
	expect_note(CHAIN_NOTE_GROUP_REACHES, 14, 12, 1,
		    "pytest[14] shares the process group of bash[12]: `kill -TERM -12` would reach "
		    "it; it would hit ci-agent[90], too, which is not below bash[12]");
	beside = chain_process(91, 0, "step");
	beside->pgid = 12;
	expect_note(CHAIN_NOTE_GROUP_REACHES, 14, 12, 1,
		    "pytest[14] shares the process group of bash[12]: `kill -TERM -12` would reach "
		    "it; it would hit ci-agent[90] and 1 more, too, which are not below bash[12]");
	process_of(14)->pgid = 1;
	expect_note(
		CHAIN_NOTE_GROUP_REACHES, 14, 12, 1,
		"pytest[14] shares the process group of bash[12]: it is 1, and no kill can name that group (-1 means everybody)");
}

static void test_more_notes(void **state)
{
	(void)state;
	build();
	chain.group = 12;
	expect_note(CHAIN_NOTE_BESIDE, 14, NO_NODE, 1,
		    "pytest[14] is in process group 12, but not below bash[12]: what is sent to "
		    "the group reaches it, too");
	chain.beside = 2;
	expect_note(CHAIN_NOTE_BESIDE, 14, NO_NODE, 1,
		    "pytest[14] and 2 more are in process group 12, but not below bash[12]: what "
		    "is sent to the group reaches them, too");
	/* None of them is a node. */
	expect_note(CHAIN_NOTE_BESIDE, 12, NO_NODE, 1,
		    "2 processes are in process group 12, but not below bash[12]: what is sent to "
		    "the group reaches them, too");
	expect_note(CHAIN_NOTE_NO_TERMINAL, 12, NO_NODE, 1,
		    "whether bash[12] has a controlling terminal is not known");
	chain_terminal(12, "", false);
	expect_note(CHAIN_NOTE_NO_TERMINAL, 12, NO_NODE, 1,
		    "bash[12] has no controlling terminal, and so no foreground group");
	chain_terminal(12, "pts/3", false);
	expect_note(CHAIN_NOTE_NO_TERMINAL, 12, NO_NODE, 1,
		    "the foreground group of pts/3, the terminal of bash[12], is not known");

	chain.watched = true;
	expect_note(CHAIN_NOTE_MAY_FORWARD, 13, 14, 1,
		    "whether test_pipeline[13] forwards SIGTERM is not known: the watch ended too "
		    "early");
	expect_note(CHAIN_NOTE_STILL_ALIVE, 12, NO_NODE, 1,
		    "bash[12] handled SIGTERM and is alive");
	chain.first_ns = GOT;
	chain.ended_ns = GOT + 5 * S + 3 * MS;
	chain_node(12)->got_ns = GOT;
	expect_note(CHAIN_NOTE_STILL_ALIVE, 12, NO_NODE, 1,
		    "bash[12] handled SIGTERM and is alive 5 s later");
	process_of(12)->namespace_init = true;
	expect_note(CHAIN_NOTE_STILL_ALIVE, 12, NO_NODE, 2,
		    "bash[12] and 1 more handled SIGTERM and are alive 5 s later; an image that "
		    "stops on another signal says so with STOPSIGNAL");
	expect_note(CHAIN_NOTE_ESCAPED, 14, 13, 1,
		    "pytest[14] is alive, and its parent test_pipeline[13] is gone");
	expect_note(CHAIN_NOTE_ESCAPED, 14, NO_NODE, 1,
		    "pytest[14] is alive, and its parent is gone");
	expect_note(CHAIN_NOTE_ESCAPED, 14, 13, 4,
		    "pytest[14] and 3 more are alive, and their parents are gone");
}

static void test_verdict_predicted(void **state)
{
	struct chain_note notes[] = {
		{CHAIN_NOTE_NEW_SESSION, 2, 1, 1},
		{CHAIN_NOTE_MAY_FORWARD, 1, 2, 1},
	};
	struct chain_break breaks[] = {
		{1, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, 2, 1, 1},
		{0, CHAIN_RULE_DROPPED, CHAIN_NONE, 0, 0},
		{0, CHAIN_RULE_DROPPED, CHAIN_NONE, 0, 0},
	};

	(void)state;
	build();
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].gets = CHAIN_YES;
	expect_verdict("no break predicted: all 3 processes get SIGTERM");
	chain_node(14)->gets = CHAIN_NO;
	expect_verdict("no break predicted: 2 of 3 processes get SIGTERM");
	chain_node(13)->gets = CHAIN_NO;
	expect_verdict("no break predicted: 1 of 3 processes gets SIGTERM");
	/* Who is dead already is not asked. */
	chain_zombie(process_of(13));
	chain_zombie(process_of(14));
	expect_verdict("no break predicted: bash[12] gets SIGTERM");
	chain_node(14)->gets = CHAIN_NOT_KNOWN;
	process_of(14)->threads[0].state = SLEEPS;
	expect_verdict("no break is proven; of 1 process it is not known: watch with --watch "
		       "--send TERM");
	chain.notes = notes;
	chain.notes_len = 2;
	expect_verdict("no break is proven; whether test_pipeline[13] forwards is not known: watch "
		       "it with --watch --send TERM");
	notes[1].kind = CHAIN_NOTE_NO_TERMINAL;
	notes[1].at = 0;
	chain_terminal(12, "", false);
	chain_node(14)->gets = CHAIN_NO;
	expect_verdict("no break predicted: 1 of 2 processes gets SIGTERM");
	chain_node(12)->gets = CHAIN_NO;
	expect_verdict("nobody gets it: bash[12] has no controlling terminal, and so no foreground "
		       "group");
	chain.breaks = breaks;
	chain.breaks_len = 1;
	expect_verdict("break predicted at test_pipeline[13]: ends by SIGTERM and forwards "
		       "nothing: pytest[14] goes on without it");
	chain.breaks_len = 3;
	expect_verdict("break predicted at test_pipeline[13]: ends by SIGTERM and forwards "
		       "nothing: pytest[14] goes on without it (and 2 more)");
	chain.breaks = NULL;
	chain.breaks_len = 0;
	chain.notes = NULL;
	chain.notes_len = 0;
}

static void test_verdict_watched(void **state)
{
	static const enum chain_end ends[] = {CHAIN_END_SIGNAL, CHAIN_END_EXITED, CHAIN_END_NONE};

	(void)state;
	build();
	chain.watched = true;
	chain.began_ns = GOT - S;
	chain.ended_ns = chain.began_ns + 60 * S + 20 * MS;
	expect_verdict("no signal came in 60 s");
	chain.ended_ns = chain.began_ns + 180 * S;
	expect_verdict("no signal came in 3 min");
	chain.ended_ns = chain.began_ns + 2300 * MS;
	chain.interrupted = true;
	expect_verdict("no signal came in 2.3 s, then the watch was interrupted");
	chain.interrupted = false;
	chain.lost = 3;
	expect_verdict("no signal came in 2.3 s; but records of signals were lost");
	chain.lost = 0;
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].end = CHAIN_END_EXITED;
	expect_verdict("no signal came in 2.3 s: no process of the tree is left");

	chain.first_ns = GOT;
	for (uint32_t i = 0; i < chain.len; i++) {
		chain.nodes[i].gets = CHAIN_YES;
		chain.nodes[i].end = ends[i];
		chain.nodes[i].end_ns = GOT + S;
	}
	expect_verdict("no break: all 3 processes got SIGTERM; 1 was ended by it, 1 exited, 1 is "
		       "still alive");
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].end = CHAIN_END_SIGNAL;
	expect_verdict("no break: all 3 processes got SIGTERM; 3 were ended by it");
	/* It had gone before; then it is none of those that were asked. */
	chain_node(14)->gets = CHAIN_NO;
	chain_node(14)->end = CHAIN_END_EXITED;
	expect_verdict("no break: 2 of 3 processes got SIGTERM; 2 were ended by it");
	chain_node(14)->end_ns = GOT - 1;
	expect_verdict("no break: both processes got SIGTERM; 2 were ended by it");
	chain_node(13)->end = CHAIN_END_TEARDOWN;
	chain_node(12)->end = CHAIN_END_NOT_KNOWN;
	chain_node(12)->sig = SIGHUP;
	expect_verdict("no break: both processes got the signal; 1 was killed, 1 is gone");
	chain_node(12)->sig = SIGTERM;
	chain_node(13)->gets = CHAIN_NOT_KNOWN;
	chain.lost = 1;
	expect_verdict("no break is proven, for records of signals were lost: 1 of 2 processes got "
		       "SIGTERM; 1 is gone; of 1 it is not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_predicted, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_predicted_programs, chain_setup,
						chain_teardown),
		cmocka_unit_test_setup_teardown(test_watched, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_notes, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_more_notes, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_verdict_predicted, chain_setup,
						chain_teardown),
		cmocka_unit_test_setup_teardown(test_verdict_watched, chain_setup, chain_teardown),
	};

	return cmocka_run_group_tests_name("chain_verdict_text", tests, NULL, NULL);
}
