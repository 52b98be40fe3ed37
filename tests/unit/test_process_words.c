/* SPDX-License-Identifier: BSD-2-Clause */
/* Real processes, and what core/program makes of them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "process_words.h"
#include "program.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define WAIT_S		  60
#define HOLDER_ENV	  "SIGTRACE_TEST_HOLDER"

static char self[512];

/* What a child does between fork() and exec(). */
struct setup {
	const char *path;
	const char *const *words;
	size_t title_len; /* of its arguments it keeps so many bytes, the rest is NUL */
	int terminal;	  /* 0, 1 and 2 are this one, and it controls the session; -1: none */
	bool output_elsewhere;
};

static void die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
}

/* Its words: the arguments that it is told to have, until it is killed. */
static pid_t start(const struct setup *s)
{
	const pid_t parent = getpid();
	int gate[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		die_with_parent(parent);
		if (s->terminal >= 0) {
			if (setsid() < 0 || ioctl(s->terminal, TIOCSCTTY, 0) < 0)
				_exit(125);
			for (int fd = 0; fd <= 2; fd++)
				dup2(s->terminal, fd);
			if (s->output_elsewhere)
				dup2(null, 1);
		} else {
			dup2(null, 0);
		}
		execv(s->path, (char *const *)s->words);
		_exit(127);
	}
	close(gate[1]);
	/* Its end is closed by the exec(). */
	assert_int_equal(read(gate[0], &byte, 1), 0);
	close(gate[0]);
	return pid;
}

/* And what it leaves: the test is their reaper. */
static void stop(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		FILE *children;
		int found;

		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		children = fopen(path, "re");
		assert_non_null(children);
		found = fscanf(children, "%d", &pid);
		fclose(children);
		if (found != 1)
			return;
	}
}

static struct proc_dir open_dir(pid_t pid)
{
	struct proc_dir d;

	assert_int_equal(proc_dir_open((uint32_t)pid, 0, &d), 0);
	return d;
}

/* In the middle of an exec() a process has none. */
static void read_words(pid_t pid, struct process_words *w)
{
	struct proc_dir d = open_dir(pid);
	const time_t until = time(NULL) + WAIT_S;

	for (;;) {
		memset(w, 0x5a, sizeof(*w));
		assert_int_equal(process_words_read(&d, w), 0);
		if (w->len > 0 || time(NULL) > until)
			break;
		process_words_free(w);
		poll(NULL, 0, 1);
	}
	proc_dir_close(&d);
}

static void check_words(const char *const *words)
{
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	const pid_t pid = start(&s);
	struct process_words w;
	size_t count = 0;

	read_words(pid, &w);
	while (words[count])
		count++;
	assert_string_equal(w.exe, self);
	assert_int_equal(w.len, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(w.words[i], words[i]);
	assert_false(w.cut);
	process_words_free(&w);
	assert_null(w.words);
	assert_int_equal(w.len, 0);
	stop(pid);
}

static void test_words(void **state)
{
	static const char *const one[] = {"hold", NULL};
	static const char *const several[] = {"hold", "-c", "a b\n\x1b[31m\xff", NULL};
	static const char *const with_empty[] = {"hold", "", "x", "", NULL};

	(void)state;
	check_words(one);
	check_words(several);
	check_words(with_empty);
}

static void test_many_words(void **state)
{
	const char *words[PROCESS_WORDS_MAX + 2] = {"hold"};
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	struct process_words w;
	pid_t pid;

	(void)state;
	for (size_t i = 1; i < PROCESS_WORDS_MAX; i++)
		words[i] = "x";
	check_words(words);
	words[PROCESS_WORDS_MAX] = "y";
	pid = start(&s);
	read_words(pid, &w);
	assert_int_equal(w.len, PROCESS_WORDS_MAX);
	assert_string_equal(w.words[PROCESS_WORDS_MAX - 1], "x");
	assert_true(w.cut);
	process_words_free(&w);
	stop(pid);
}

static void test_long_words(void **state)
{
	char text[PROCESS_WORDS_BYTES_MAX + 10];
	const char *words[] = {"hold", text, NULL};
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	struct process_words w;
	pid_t pid;

	(void)state;
	/* "hold", its NUL, and the NUL at the end: it just fits. */
	memset(text, 'x', sizeof(text));
	text[PROCESS_WORDS_BYTES_MAX - 6] = '\0';
	check_words(words);
	text[PROCESS_WORDS_BYTES_MAX - 6] = 'x';
	text[sizeof(text) - 1] = '\0';
	pid = start(&s);
	read_words(pid, &w);
	assert_int_equal(w.len, 2);
	assert_int_equal(strlen(w.words[1]), PROCESS_WORDS_BYTES_MAX - 5);
	assert_true(w.cut);
	process_words_free(&w);
	stop(pid);
}

/* Its arguments as it wrote over them, as npm does. */
static void test_title(void **state)
{
	static const char *const words[] = {"hold", "/a/long/path", "x", "--title", NULL};
	static const char *const rest[] = {"npm run x"};
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	const pid_t pid = start(&s);
	struct process_words w = {.exe = NULL};
	const time_t until = time(NULL) + WAIT_S;

	(void)state;
	for (;;) {
		read_words(pid, &w);
		if (w.len == 1 || time(NULL) > until)
			break;
		process_words_free(&w);
		poll(NULL, 0, 10);
	}
	assert_int_equal(w.len, 1);
	assert_string_equal(w.words[0], rest[0]);
	assert_false(w.cut);
	process_words_free(&w);
	stop(pid);
}

static void test_variable(void **state)
{
	static const char *const words[] = {"hold", NULL};
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	struct proc_dir d;
	bool known = false;
	pid_t pid;

	(void)state;
	assert_int_equal(setenv("SIGTRACE_TEST_A", "1", 1), 0);
	assert_int_equal(setenv("SIGTRACE_TEST_EMPTY", "", 1), 0);
	pid = start(&s);
	d = open_dir(pid);
	assert_true(process_has_variable(&d, "SIGTRACE_TEST_A", &known));
	assert_true(known);
	assert_true(process_has_variable(&d, "SIGTRACE_TEST_EMPTY", &known));
	/* Part of a name, a value. */
	assert_false(process_has_variable(&d, "SIGTRACE_TEST", &known));
	assert_true(known);
	assert_false(process_has_variable(&d, "SIGTRACE_TEST_A=1", &known));
	assert_false(process_has_variable(&d, "1", &known));
	stop(pid);
	known = true;
	assert_false(process_has_variable(&d, "SIGTRACE_TEST_A", &known));
	assert_false(known);
	proc_dir_close(&d);
}

static void test_gone(void **state)
{
	static const char *const words[] = {"hold", NULL};
	const struct setup s = {.path = self, .words = words, .terminal = -1};
	const pid_t pid = start(&s);
	struct proc_dir d = open_dir(pid);
	struct process_words w = {.cut = true};
	struct process_tty tty = {.foreground_pgid = 7};
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	/* A zombie: it has neither any more. */
	assert_int_equal(process_words_read(&d, &w), 0);
	assert_null(w.exe);
	assert_null(w.words);
	assert_int_equal(w.len, 0);
	assert_false(w.cut);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	w.cut = true;
	assert_int_equal(process_words_read(&d, &w), -ESRCH);
	assert_true(w.cut);
	assert_int_equal(process_tty_read(&d, &tty), -ESRCH);
	assert_int_equal(tty.foreground_pgid, 7);
	proc_dir_close(&d);
}

static int open_terminal(int *main_end, char *name, size_t size)
{
	int fd;

	*main_end = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(*main_end >= 0);
	assert_int_equal(grantpt(*main_end), 0);
	assert_int_equal(unlockpt(*main_end), 0);
	assert_int_equal(ptsname_r(*main_end, name, size), 0);
	fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void test_terminal(void **state)
{
	static const char *const words[] = {"hold", NULL};
	struct setup s = {.path = self, .words = words};
	char name[64];
	int main_end;
	struct process_tty tty;
	struct proc_dir d;
	bool known;
	pid_t pid;

	(void)state;
	s.terminal = open_terminal(&main_end, name, sizeof(name));
	pid = start(&s);
	d = open_dir(pid);
	memset(&tty, 0x5a, sizeof(tty));
	assert_int_equal(process_tty_read(&d, &tty), 0);
	assert_true(tty.known);
	assert_string_equal(tty.name, name + strlen("/dev/"));
	assert_true(tty.foreground);
	assert_int_equal(tty.foreground_pgid, pid);
	assert_true(process_stdin_is_tty(&d, &known));
	assert_true(known);
	proc_dir_close(&d);
	stop(pid);

	/* Some shells are interactive so, others are not. */
	s.output_elsewhere = true;
	pid = start(&s);
	d = open_dir(pid);
	known = true;
	assert_false(process_stdin_is_tty(&d, &known));
	assert_false(known);
	proc_dir_close(&d);
	stop(pid);
	close(s.terminal);
	close(main_end);
}

/* A process of a terminal whose foreground is another group. */
static void test_background(void **state)
{
	char name[64];
	int main_end, ready[2];
	int fd = open_terminal(&main_end, name, sizeof(name));
	const pid_t parent = getpid();
	struct process_tty tty;
	struct proc_dir d;
	pid_t own_pid, leader, background;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	leader = fork();
	assert_true(leader >= 0);
	if (leader == 0) {
		die_with_parent(parent);
		own_pid = getpid();
		if (setsid() < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
			_exit(125);
		background = fork();
		if (background == 0) {
			die_with_parent(own_pid);
			for (;;)
				pause();
		}
		if (setpgid(background, background) < 0 ||
		    write(ready[1], &background, sizeof(background)) < 0)
			_exit(125);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &background, sizeof(background)), sizeof(background));
	d = open_dir(background);
	assert_int_equal(process_tty_read(&d, &tty), 0);
	assert_true(tty.known);
	assert_string_equal(tty.name, name + strlen("/dev/"));
	assert_false(tty.foreground);
	assert_int_equal(tty.foreground_pgid, leader);
	proc_dir_close(&d);
	stop(leader);
	close(ready[0]);
	close(fd);
	close(main_end);
}

static void test_no_terminal(void **state)
{
	const pid_t parent = getpid();
	int ready[2];
	char byte;
	struct process_tty tty;
	struct proc_dir d;
	bool known = false;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		die_with_parent(parent);
		close(0);
		if (setsid() < 0 || write(ready[1], "x", 1) != 1)
			_exit(125);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	d = open_dir(pid);
	memset(&tty, 0x5a, sizeof(tty));
	assert_int_equal(process_tty_read(&d, &tty), 0);
	assert_true(tty.known);
	assert_string_equal(tty.name, "");
	assert_false(tty.foreground);
	assert_int_equal(tty.foreground_pgid, 0);
	/* It is closed. */
	assert_false(process_stdin_is_tty(&d, &known));
	assert_true(known);
	proc_dir_close(&d);
	stop(pid);
	close(ready[0]);
	close(ready[1]);
}

/* What the installed programs are seen as; one that is not installed is left out. */
static const struct {
	const char *path;
	const char *words[10];
	enum program_kind kind;
	enum program_runs runs;
	enum program_answer to_group;
	size_t command;
} programs[] = {
	{"/bin/bash",
	 {"bash", "-c", "\"$0\"; :", self},
	 PROGRAM_BASH,
	 PROGRAM_RUNS_COMMAND,
	 PROGRAM_ANSWER_NOT_KNOWN,
	 0},
	/* It has replaced itself. */
	{"/bin/bash",
	 {"bash", "-c", "exec \"$0\"", self},
	 PROGRAM_NOT_KNOWN,
	 PROGRAM_RUNS_NOT_KNOWN,
	 PROGRAM_ANSWER_NOT_KNOWN,
	 0},
	{"/bin/dash",
	 {"sh", "-ec", "\"$0\"; :", self},
	 PROGRAM_DASH,
	 PROGRAM_RUNS_COMMAND,
	 PROGRAM_ANSWER_NOT_KNOWN,
	 0},
	{"/bin/busybox",
	 {"sh", "-c", "\"$0\"; :", self},
	 PROGRAM_ASH,
	 PROGRAM_RUNS_COMMAND,
	 PROGRAM_ANSWER_NOT_KNOWN,
	 0},
	{"/usr/bin/tini",
	 {"tini", "-s", "-g", "--", self},
	 PROGRAM_TINI,
	 PROGRAM_RUNS_NOT_KNOWN,
	 PROGRAM_YES,
	 4},
	{"/usr/bin/tini",
	 {"tini", "-sp", "SIGKILL", self},
	 PROGRAM_TINI,
	 PROGRAM_RUNS_NOT_KNOWN,
	 PROGRAM_NO,
	 3},
	{"/usr/bin/dumb-init",
	 {"dumb-init", "--single", self},
	 PROGRAM_DUMB_INIT,
	 PROGRAM_RUNS_NOT_KNOWN,
	 PROGRAM_NO,
	 2},
	{"/usr/bin/timeout",
	 {"timeout", "--fore", "-k9", "100", self},
	 PROGRAM_TIMEOUT,
	 PROGRAM_RUNS_NOT_KNOWN,
	 PROGRAM_NO,
	 4},
};

/* Whether that is what the process is seen as by now: before its own exec() it is another one. */
static bool is_seen_as(pid_t pid, size_t i)
{
	struct process_words w;
	struct program_facts facts = {.comm = "", .stdin_known = true};
	struct program p;
	bool same;

	read_words(pid, &w);
	facts.exe = w.exe;
	facts.words = (const char *const *)w.words;
	facts.words_len = w.len;
	program_identify(&facts, &p);
	same = w.exe && p.kind == programs[i].kind && p.runs == programs[i].runs &&
	       p.to_group == programs[i].to_group && p.command == programs[i].command;
	process_words_free(&w);
	return same;
}

static void test_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const struct setup s = {
			.path = programs[i].path, .words = programs[i].words, .terminal = -1};
		const time_t until = time(NULL) + WAIT_S;
		pid_t pid;

		if (access(programs[i].path, X_OK) != 0)
			continue;
		pid = start(&s);
		while (!is_seen_as(pid, i)) {
			if (time(NULL) > until)
				fail_msg("row %zu: %s", i, programs[i].path);
			poll(NULL, 0, 10);
		}
		stop(pid);
	}
}

/* It keeps the arguments that it got, or the title that it gives itself. */
static _Noreturn void hold(int argc, char **argv)
{
	static const char title[] = "npm run x";

	if (strcmp(argv[argc - 1], "--title") == 0) {
		const size_t size = (size_t)(argv[argc - 1] + sizeof("--title") - argv[0]);

		memset(argv[0], 0, size);
		memcpy(argv[0], title, sizeof(title));
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	    cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_long_words),  cmocka_unit_test(test_title),
		cmocka_unit_test(test_gone),	    cmocka_unit_test(test_variable),
		cmocka_unit_test(test_terminal),    cmocka_unit_test(test_background),
		cmocka_unit_test(test_no_terminal), cmocka_unit_test(test_programs),
	};
	ssize_t n;

	if (getenv(HOLDER_ENV))
		hold(argc, argv);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || setenv(HOLDER_ENV, "1", 1) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
