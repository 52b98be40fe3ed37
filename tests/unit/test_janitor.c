/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include "janitor.h"
#include "namespace_run.h"

char *part_says;

/* A folder of the test's own, with a place for a mark in it. */
static char folder[64], mark[96];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/janitor-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(mark, sizeof(mark), "%s/mark", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(mark);
	return rmdir(folder);
}

static int has_mark(void)
{
	return access(mark, F_OK) == 0;
}

static int mark_comes(void)
{
	const uint64_t deadline_ns = test_boot_ns(WAIT_MS);

	while (!has_mark()) {
		if (test_boot_ns(0) > deadline_ns)
			return 0;
		poll(NULL, 0, 5);
	}
	return 1;
}

/* A process with a janitor. */
struct started {
	pid_t pid;
	int janitor_fd; /* a pidfd */
};

static struct started start(char *const *argv, void (*before)(void))
{
	struct started s;
	pid_t janitor = 0;
	int ready[2];

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	s.pid = fork();
	assert_true(s.pid >= 0);
	if (s.pid == 0) {
		struct janitor j;

		if (before)
			before();
		if (janitor_start(argv, &j) < 0)
			_exit(1);
		(void)!write(ready[1], &j.pid, sizeof(j.pid));
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_true(becomes_readable(ready[0]));
	assert_int_equal(read(ready[0], &janitor, sizeof(janitor)), sizeof(janitor));
	s.janitor_fd = open_pidfd(janitor);
	assert_true(s.janitor_fd >= 0);
	close(ready[0]);
	return s;
}

static void end(struct started *s)
{
	assert_int_equal(kill(s->pid, SIGKILL), 0);
	assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
}

static void test_acts_after_kill(void **state)
{
	char *argv[] = {"touch", mark, NULL};
	struct started s = start(argv, NULL);

	(void)state;
	assert_false(has_mark());
	end(&s);
	assert_true(mark_comes());
	assert_true(has_ended(s.janitor_fd));
	close(s.janitor_fd);
}

static void ignore_children(void)
{
	sigset_t all;

	signal(SIGCHLD, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* The command begins with nothing inherited, whatever the checker was started with. */
static void test_command_is_clean(void **state)
{
	char script[512];
	char *argv[] = {"sh", "-c", script, NULL};
	struct started s;
	char text[4096] = "";
	int fd;

	(void)state;
	snprintf(script, sizeof(script), "exec 3>%s.new; cat /proc/self/status >&3; mv %s.new %s",
		 mark, mark, mark);
	s = start(argv, ignore_children);
	end(&s);
	assert_true(mark_comes());
	assert_true(has_ended(s.janitor_fd));
	close(s.janitor_fd);
	fd = open(mark, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "SigBlk:\t0000000000000000\n"));
	assert_non_null(strstr(text, "SigIgn:\t0000000000000000\n"));
	close(fd);
}

static void test_dismissed(void **state)
{
	char *argv[] = {"touch", mark, NULL};
	struct janitor j, none = {0};
	int fd;

	(void)state;
	assert_int_equal(janitor_start(argv, &j), 0);
	fd = open_pidfd(j.pid);
	janitor_dismiss(&j);
	assert_int_equal(j.pid, 0);
	assert_true(has_ended(fd));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* reaped */
	assert_false(has_mark());
	janitor_dismiss(&j);
	janitor_dismiss(&none);
	close(fd);
}

/* What ends the checker does not end it: a terminal's signals, an operator's. */
static void test_survives(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1, SIGPIPE};
	char *argv[] = {"touch", mark, NULL};
	struct started s;

	(void)state;
	/* From its first moment on. */
	s = start(argv, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(syscall(SYS_pidfd_send_signal, s.janitor_fd, signals[i], NULL, 0),
				 0);
	assert_false(has_mark());
	end(&s);
	assert_true(mark_comes());
	close(s.janitor_fd);
}

/* It holds nothing of ours open: whoever reads what we write sees its end. */
static void test_keeps_nothing_open(void **state)
{
	char *argv[] = {"true", NULL};
	struct janitor j;
	int ends[2];
	char c;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(janitor_start(argv, &j), 0);
	close(ends[1]);
	assert_true(becomes_readable(ends[0]));
	assert_int_equal(read(ends[0], &c, 1), 0);
	janitor_dismiss(&j);
	close(ends[0]);
}

static void test_program_not_found(void **state)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = {
		{"/nonexistent/program", -ENOENT},
		{"no-such-program-anywhere", -ENOENT},
		{"/tmp", -ENOENT},
		{"/proc/self/status", -EACCES},
	};
	struct janitor j = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = {(char *)rows[i].name, NULL};

		assert_int_equal(janitor_start(argv, &j), rows[i].error);
	}
	assert_int_equal(j.pid, 0);
}

static void go_to_folder(void)
{
	if (chdir(folder) < 0 || setenv("PATH", ".", 1) < 0)
		_exit(1);
}

/* It is looked for at the start, from the directory of then. */
static void test_found_at_start(void **state)
{
	char *argv[] = {"program", NULL};
	char program[96];
	struct started s;
	int fd;

	(void)state;
	snprintf(program, sizeof(program), "%s/program", folder);
	fd = open(program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	dprintf(fd, "#!/bin/sh\n: > %s\n", mark);
	close(fd);
	s = start(argv, go_to_folder);
	end(&s);
	assert_true(mark_comes());
	assert_true(has_ended(s.janitor_fd));
	close(s.janitor_fd);
	unlink(program);
}

/* A process is ended, whatever it ignores, when we are gone. */
static void test_ends_process(void **state)
{
	pid_t victim = fork(), owner;
	int fd, ready[2], status;
	char c;

	(void)state;
	if (victim == 0) {
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	fd = open_pidfd(victim);
	owner = fork();
	if (owner == 0) {
		struct janitor j;

		if (janitor_start_for_process(fd, "", &j) < 0)
			_exit(1);
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(waitpid(victim, NULL, WNOHANG), 0);
	kill(owner, SIGKILL);
	assert_int_equal(waitpid(owner, NULL, 0), owner);
	assert_int_equal(waitpid(victim, &status, 0), victim);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(fd);
	close(ready[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_acts_after_kill),    TEST(test_command_is_clean),
		TEST(test_dismissed),	       TEST(test_survives),
		TEST(test_keeps_nothing_open), TEST(test_program_not_found),
		TEST(test_found_at_start),     TEST(test_ends_process),
	};

	part_says = mmap(NULL, PART_SAYS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	return cmocka_run_group_tests_name("janitor", tests, NULL, NULL);
}
