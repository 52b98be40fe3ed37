// SPDX-License-Identifier: BSD-2-Clause
#include "chain_findings.h"

static void replaced(const char *const wrapper[], size_t command, const char *const child[],
		     bool expected)
{
	chain_words(ROOT, wrapper);
	chain_words(CHILD, child);
	chain_runs(ROOT, PROGRAM_TIMEOUT)->command = command;
	find();
	if ((find_note(CHAIN_NOTE_SHELL_REPLACED) != NULL) != expected)
		fail_msg("`%s` is%s %s", wrapper[command + 2], expected ? " not" : "", child[0]);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_shell_replaced(void **state)
{
	static const struct {
		const char *command;
		const char *words[4];
		bool expected;
	} rows[] = {
		{"sleep 100", {"sleep", "100"}, true},
		{"  sleep\t100 ", {"sleep", "100"}, true},
		{"exec sleep 100", {"sleep", "100"}, true},
		{"\texec sleep 100", {"sleep", "100"}, true},
		{"sleep '100'", {"sleep", "100"}, true},
		{"'a b' \"c d\" e", {"a b", "c d", "e"}, true},
		{"run --a=b ''", {"run", "--a=b", ""}, true},
		{"sleep 1''00", {"sleep", "100"}, true},
		{"exec", {"exec"}, true},
		{"'$HOME'", {"$HOME"}, true},
		{"sleep 100", {"sleep", "10"}, false},
		{"sleep 10", {"sleep", "100"}, false},
		{"sleep 100", {"sleep", "100", "5"}, false},
		{"sleep 100 5", {"sleep", "100"}, false},
		{"sleep 100; date", {"sleep", "100;", "date"}, false},
		{"sleep 100 && date", {"sleep", "100"}, false},
		{"echo $x", {"echo", "$x"}, false},
		{"echo \"$x\"", {"echo", "$x"}, false},
		{"echo *", {"echo", "*"}, false},
		{"echo 'a", {"echo", "a"}, false},
		{"echo a\\ b", {"echo", "a\\", "b"}, false},
		{"", {"sleep"}, false},
	};

	(void)state;
	chain_process(ROOT, 1, "timeout");
	chain_process(CHILD, ROOT, "sleep");
	chain_make(ROOT, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		replaced(WORDS("timeout", "9", "/bin/sh", "-c", rows[i].command), 2, rows[i].words,
			 rows[i].expected);
	replaced(WORDS("timeout", "9", "bash", "-ec", "sleep 1"), 2, WORDS("sleep", "1"), true);
	expect_note(CHAIN_NOTE_SHELL_REPLACED, CHILD, ROOT, 1);
	replaced(WORDS("timeout", "9", "bash", "-c", "sleep 1", "x"), 2, WORDS("sleep", "1"),
		 false);
	replaced(WORDS("timeout", "9", "bash", "--c", "sleep 1"), 2, WORDS("sleep", "1"), false);
	replaced(WORDS("timeout", "9", "bash", "-e", "sleep 1"), 2, WORDS("sleep", "1"), false);
	replaced(WORDS("timeout", "9", "fish", "-c", "sleep 1"), 2, WORDS("sleep", "1"), false);
	replaced(WORDS("timeout", "9", "bash", "-c", "sleep 1"), 0, WORDS("sleep", "1"), false);
	chain_node(ROOT)->words_cut = true;
	replaced(WORDS("timeout", "9", "bash", "-c", "sleep 1"), 2, WORDS("sleep", "1"), false);
	chain_node(ROOT)->words_cut = false;
	chain_node(CHILD)->words_cut = true;
	replaced(WORDS("timeout", "9", "bash", "-c", "sleep 1"), 2, WORDS("sleep", "1"), false);
	chain_node(CHILD)->words_cut = false;
	chain_runs(CHILD, PROGRAM_BASH);
	replaced(WORDS("timeout", "9", "bash", "-c", "bash x"), 2, WORDS("bash", "x"), false);
}

static void test_shell_replaced_of_several(void **state)
{
	(void)state;
	make_tree();
	replaced(WORDS("timeout", "9", "bash", "-c", "sleep 1"), 2, WORDS("sleep", "1"), false);
}

static void test_new_session(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_session(chain_process(CHILD, ROOT, "daemon"));
	chain_process(LEAF, CHILD, "worker");
	chain_session(chain_process(OTHER, ROOT, "daemon"));
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_END);
	expect_note(CHAIN_NOTE_NEW_SESSION, CHILD, ROOT, 2);
	gets(CHILD, CHAIN_DOES_END);
	expect_note(CHAIN_NOTE_NEW_SESSION, OTHER, ROOT, 1);
	gets(OTHER, CHAIN_DOES_END);
	expect_no_note(CHAIN_NOTE_NEW_SESSION);
}

static void test_by_daemon(void **state)
{
	(void)state;
	make_tree();
	chain_runs(ROOT, PROGRAM_DOCKER);
	chain_words(ROOT, WORDS("docker", "build", "."));
	expect_no_note(CHAIN_NOTE_BY_DAEMON);
	chain_words(ROOT, WORDS("docker", "--debug", "run", "--init", "alpine"));
	expect_note(CHAIN_NOTE_BY_DAEMON, ROOT, 0, 1);
	chain_node(ROOT)->program.by_name_only = true;
	expect_no_note(CHAIN_NOTE_BY_DAEMON);
	chain_runs(CHILD, PROGRAM_COMPOSE);
	chain_words(CHILD, WORDS("docker-compose", "up"));
	expect_note(CHAIN_NOTE_BY_DAEMON, CHILD, 0, 1);
}

static void test_group_reaches(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "app");
	chain_process(CHILD, ROOT, "worker");
	chain_ignores(chain_process(LEAF, ROOT, "deaf"), SIGTERM);
	chain_process(OTHER, ROOT, "worker");
	chain_group(chain_process(50, ROOT, "job"));
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_END);
	expect_note(CHAIN_NOTE_GROUP_REACHES, CHILD, ROOT, 2);
}

/* However many groups there are. */
static void test_notes_are_bounded(void **state)
{
	size_t groups = 0;

	(void)state;
	chain_process(ROOT, 1, "app");
	for (uint32_t i = 0; i < 40; i++) {
		chain_group(chain_process(100 + 2 * i, ROOT, "job"));
		chain_process(101 + 2 * i, 100 + 2 * i, "worker");
	}
	chain_make(ROOT, 0);
	gets(ROOT, CHAIN_DOES_FORWARD);
	for (uint32_t i = 0; i < 40; i++)
		gets(100 + 2 * i, CHAIN_DOES_END);
	find();
	assert_int_equal(chain.breaks_len, 40);
	for (size_t i = 0; i < chain.notes_len; i++)
		groups += chain.notes[i].kind == CHAIN_NOTE_GROUP_REACHES;
	assert_int_equal(groups, 8);
}

static void test_beside(void **state)
{
	(void)state;
	chain_process(4, 1, "agent");
	chain_process(5, 4, "agent");
	chain_process(ROOT, 5, "app");
	chain_make(ROOT, 2);
	chain_foretell(SIGTERM, CHAIN_TO_GROUP);
	expect_note(CHAIN_NOTE_BESIDE, 4, 0, 2);
	chain_foretell(SIGTERM, CHAIN_TO_PROCESS);
	expect_no_note(CHAIN_NOTE_BESIDE);
}

static void test_still_alive(void **state)
{
	static const struct {
		int sig;
		enum chain_does does;
		bool expected;
	} rows[] = {
		{SIGTERM, CHAIN_DOES_HANDLE, true},   {SIGQUIT, CHAIN_DOES_FORWARD, true},
		{SIGINT, CHAIN_DOES_RUN_TRAP, true},  {SIGTERM, CHAIN_DOES_WAIT, false},
		{SIGTERM, CHAIN_DOES_DROP, false},    {SIGTERM, CHAIN_DOES_END, false},
		{SIGTSTP, CHAIN_DOES_HANDLE, false},  {SIGCONT, CHAIN_DOES_HANDLE, false},
		{SIGWINCH, CHAIN_DOES_HANDLE, false},
	};

	(void)state;
	make_tree();
	chain.first_ns = WATCH_BEGAN;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain.watched = true;
		gets(ROOT, rows[i].does)->sig = rows[i].sig;
		if (!rows[i].expected) {
			expect_no_note(CHAIN_NOTE_STILL_ALIVE);
			continue;
		}
		expect_note(CHAIN_NOTE_STILL_ALIVE, ROOT, 0, 1);
		chain.watched = false;
		expect_no_note(CHAIN_NOTE_STILL_ALIVE);
	}
}

static void test_no_terminal(void **state)
{
	(void)state;
	make_tree();
	chain.to = CHAIN_TO_FOREGROUND;
	expect_note(CHAIN_NOTE_NO_TERMINAL, ROOT, 0, 1);
	chain.group = ROOT;
	expect_no_note(CHAIN_NOTE_NO_TERMINAL);
	chain.group = 0;
	chain.to = CHAIN_TO_PROCESS;
	expect_no_note(CHAIN_NOTE_NO_TERMINAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shell_replaced), TEST(test_shell_replaced_of_several),
		TEST(test_new_session),	   TEST(test_by_daemon),
		TEST(test_group_reaches),  TEST(test_notes_are_bounded),
		TEST(test_beside),	   TEST(test_still_alive),
		TEST(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
