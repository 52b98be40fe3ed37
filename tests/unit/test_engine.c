/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real calls, with an engine that the tests write: a script `docker`, which notes its words in
 * the file `calls` and then does what the file `on-VERB` beside it says.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"
#include "subprocess.h"

#define ID	"1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"
#define SECOND	1000000000ULL
#define SHELL	"#!/bin/sh\n"
#define FOREVER "while :; do sleep 1000; done"
/* For what happens soon, on a machine that has much else to do. */
#define PATIENCE_S 60

/* Time goes on by so much with every look at it, and else stands still: no test depends on it. */
static uint64_t step_ns;
static uint64_t now_ns = 1000 * SECOND;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	now_ns += step_ns;
	ret->tv_sec = (time_t)(now_ns / SECOND);
	ret->tv_nsec = (long)(now_ns % SECOND);
	return 0;
}

static uint64_t after(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec + ns;
}

static char folder[64];
static char *search;
static int here = -1;
static struct engine engine;
static struct engine_error error;
/* Limits that are none, but for those of every call. */
static const struct subprocess_limits patient = {.deadline_boot_ns = UINT64_MAX};

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* "": it is not there. */
static const char *get(const char *name)
{
	static char text[4096];
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void put_engine(const char *name)
{
	put(name,
	    SHELL "here=${0%/*}\n"
		  "printf '%s\\n' \"$*\" >> \"$here/calls\"\n"
		  ". \"$here/on-$1\"\n",
	    0755);
}

static int make_engine(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/engine-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	put_engine("docker");
	put("on-version", "exit 0", 0644);
	memset(&error, 0, sizeof(error));
	search = strdup(getenv("PATH"));
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return engine_find(path_of("docker"), &patient, &engine, &error);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int remove_engine(void **state)
{
	(void)state;
	step_ns = 0;
	setenv("PATH", search, 1);
	free(search);
	if (fchdir(here) < 0)
		return -1;
	close(here);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void sleep_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* A process that is a zombie has ended: nobody may be there to reap it. */
static bool has_ended(pid_t pid)
{
	char name[64], text[256] = "";
	const char *state;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	state = strrchr(text, ')');
	return !state || strchr("ZX", state[2]);
}

static void wait_for_end(pid_t pid)
{
	for (int i = 0; i < PATIENCE_S * 100; i++) {
		if (has_ended(pid))
			return;
		sleep_ms(10);
	}
	fail_msg("process %d is still there", pid);
}

static void wait_for_file(const char *name)
{
	for (int i = 0; i < PATIENCE_S * 100; i++) {
		if (access(path_of(name), F_OK) == 0)
			return;
		sleep_ms(10);
	}
	fail_msg("%s was not made", name);
}

static void assert_says(const char *text)
{
	if (!strstr(error.text, text))
		fail_msg("\"%s\" does not have \"%s\"", error.text, text);
}

static void set_search(const char *path)
{
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void test_find(void **state)
{
	char path[256];
	struct engine e;

	(void)state;
	assert_string_equal(engine.path, path_of("docker"));
	assert_string_equal(engine.name, "docker");
	assert_string_equal(get("calls"), "version\n");

	assert_int_equal(engine_find(path_of("nothing"), &patient, &e, &error), -ENOENT);
	assert_says("there is no program ");
	put("plain", "exit 0", 0644);
	assert_int_equal(engine_find(path_of("plain"), &patient, &e, &error), -ENOENT);
	assert_int_equal(engine_find(folder, &patient, &e, &error), -ENOENT);
	assert_int_equal(engine_find("", &patient, &e, &error), -ENOENT);

	snprintf(path, sizeof(path), "/nonexistent:%s:%s", folder, search);
	set_search(path);
	assert_int_equal(engine_find("docker", &patient, &e, &error), 0);
	assert_string_equal(e.path, path_of("docker"));
	put_engine("my-engine");
	assert_int_equal(engine_find("my-engine", &patient, &e, &error), 0);
	assert_string_equal(e.name, "my-engine");
	assert_int_equal(engine_find("no-such-engine", &patient, &e, &error), -ENOENT);
	assert_says("there is no program no-such-engine in PATH");

	/* What is not absolute leads where this process happens to be. */
	assert_int_equal(chdir(folder), 0);
	snprintf(path, sizeof(path), ".::%s", search);
	set_search(path);
	assert_int_equal(engine_find("my-engine", &patient, &e, &error), -ENOENT);
}

static void test_find_the_one_that_answers(void **state)
{
	static const char no_daemon[] =
		"case $0 in\n"
		"*/docker) echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1;;\n"
		"*/podman) test -e ${0%/*}/podman-works && exit 0\n"
		"	echo 'Error: no storage' >&2; exit 125;;\n"
		"esac\n";
	struct engine e;

	(void)state;
	set_search("/nonexistent");
	assert_int_equal(engine_find(NULL, &patient, &e, &error), -ENOENT);
	assert_says("neither docker nor podman nor nerdctl");

	put_engine("podman");
	put("on-version", no_daemon, 0644);
	set_search(folder);
	assert_int_equal(engine_find(NULL, &patient, &e, &error), -ECONNREFUSED);
	assert_string_equal(error.text, "Cannot connect to the Docker daemon at unix:///x");
	assert_int_equal(engine_find("podman", &patient, &e, &error), -ECONNREFUSED);
	assert_string_equal(error.text, "no storage");

	put("podman-works", "", 0644);
	assert_int_equal(engine_find(NULL, &patient, &e, &error), 0);
	assert_string_equal(e.name, "podman");
}

static void test_find_an_engine_that_hangs(void **state)
{
	struct engine e;

	(void)state;
	put("on-version", FOREVER, 0644);
	step_ns = SECOND / 4;
	assert_int_equal(engine_find(path_of("docker"), &patient, &e, &error), -ETIMEDOUT);
	assert_says("docker did not answer within 9.");
}

/* No other engine is asked when the time is over, or the user wants to go. */
static void test_find_within_limits(void **state)
{
	const struct subprocess_limits short_ones = {.deadline_boot_ns = after(2 * SECOND)};
	volatile sig_atomic_t stop = SIGINT;
	const struct subprocess_limits stopped = {
		.deadline_boot_ns = UINT64_MAX, .stop = &stop, .stop_ns = SECOND};
	struct engine e;

	(void)state;
	put_engine("podman");
	put("on-version", "echo > ${0%/*}/asked-${0##*/}\n" FOREVER, 0644);
	set_search(folder);
	step_ns = SECOND / 16;
	assert_int_equal(engine_find(NULL, &short_ones, &e, &error), -ETIMEDOUT);
	assert_says("docker did not answer within ");
	assert_int_equal(engine_find(NULL, &stopped, &e, &error), -EINTR);
	assert_int_not_equal(access(path_of("asked-podman"), F_OK), 0);
}

static unsigned int waits;

static void count_call(void *context)
{
	++*(unsigned int *)context;
}

static int create_with(const volatile sig_atomic_t *stop, char id[CONTAINER_ID_SIZE])
{
	char *run_args[] = {"--network=none", "--env=A=b c", NULL};
	char *args[] = {"--", "-x", NULL};
	const struct subprocess_limits limits = {.deadline_boot_ns = after(10 * SECOND),
						 .stop = stop,
						 .stop_ns = 2 * SECOND,
						 .on_wait = count_call,
						 .context = &waits};

	waits = 0;
	return engine_create(&engine, "check-1", run_args, "img:1", args, &limits, id, &error);
}

static void test_create(void **state)
{
	const struct subprocess_limits limits = {.deadline_boot_ns = after(10 * SECOND)};
	char id[CONTAINER_ID_SIZE] = "";

	(void)state;
	put("on-create",
	    "for word; do printf '<%s>' \"$word\"; done > ${0%/*}/words\n"
	    "echo pulling; echo layer >&2; echo " ID "; echo",
	    0644);
	assert_int_equal(create_with(NULL, id), 0);
	assert_string_equal(id, ID);
	assert_string_equal(get("words"),
			    "<create><--network=none><--env=A=b c><--name><check-1><--rm=false>"
			    "<--restart=no><--stop-timeout=0><--><img:1><--><-x>");

	id[0] = '\0';
	assert_int_equal(
		engine_create(&engine, "check-2", NULL, "--privileged", NULL, &limits, id, &error),
		0);
	assert_string_equal(id, ID);
	assert_string_equal(get("words"), "<create><--name><check-2><--rm=false><--restart=no>"
					  "<--stop-timeout=0><--><--privileged>");
}

static void test_create_is_refused(void **state)
{
	static const struct {
		const char *script;
		int err;
		const char *says;
	} rows[] = {
		{"echo 'docker: Error response from daemon: No such image: img:1.' >&2\n"
		 "echo \"See 'docker create --help'.\" >&2; exit 1",
		 -EINVAL, "No such image: img:1"},
		{"echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1",
		 -ECONNREFUSED, "Cannot connect to the Docker daemon. Is it running?"},
		{"head -c 10000 /dev/zero >&2; exit 3", -EINVAL,
		 "docker said nothing, and exited with 3"},
		{"kill -9 $$", -EINVAL, "docker was ended by signal 9"},
		{"exit 0", -EINVAL, "docker created a container, and did not print its id"},
		{"echo 1f2e3d4c", -EINVAL, "did not print its id"},
		{"echo x" ID, -EINVAL, "did not print its id"},
		{"head -c 10000000 /dev/zero", -EINVAL, "did not print its id"},
		/* The end of what it said counts, however much it was. */
		{"head -c 10000000 /dev/zero >&2; echo >&2; echo 'no room' >&2; exit 1", -EINVAL,
		 "no room"},
		/* In pieces. */
		{"head -c 16380 /dev/zero >&2; printf '\\nno ' >&2; sleep 0.1; echo room >&2; exit 1",
		 -EINVAL, "no room"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[CONTAINER_ID_SIZE] = "as it was";

		put("on-create", rows[i].script, 0644);
		assert_int_equal(create_with(NULL, id), rows[i].err);
		assert_says(rows[i].says);
		assert_string_equal(id, "as it was");
	}
}

/* With all that it started, as far as that stayed with it. */
static void test_create_hangs(void **state)
{
	char id[CONTAINER_ID_SIZE];
	pid_t pid;

	(void)state;
	put("on-create",
	    "sleep 1000 & echo $! > ${0%/*}/pid.new; mv ${0%/*}/pid.new ${0%/*}/pid\n"
	    "yes >&2 & wait",
	    0644);
	step_ns = SECOND / 100;
	assert_int_equal(create_with(NULL, id), -ETIMEDOUT);
	assert_says("docker did not answer within 10.0 s");
	assert_true(waits > 10); /* a thousand looks at a clock that advances 10 ms each time */
	wait_for_file("pid");
	pid = atoi(get("pid"));
	assert_true(pid > 0);
	wait_for_end(pid);
}

static void test_create_is_stopped(void **state)
{
	volatile sig_atomic_t stop = SIGINT;
	char id[CONTAINER_ID_SIZE] = "";

	(void)state;
	put("on-create", FOREVER, 0644);
	step_ns = SECOND / 8;
	assert_int_equal(create_with(&stop, id), -EINTR);
	assert_string_equal(error.text, "docker was not waited for any longer");

	/* It is so far that the container is there: then that has to be known. */
	step_ns = 0;
	put("on-create", "sleep 0.2; echo " ID, 0644);
	assert_int_equal(create_with(&stop, id), 0);
	assert_string_equal(id, ID);
}

/* As helpers do that stay: nobody waits for the end of the pipes. */
static void test_pipes_stay_open(void **state)
{
	char id[CONTAINER_ID_SIZE] = "";

	(void)state;
	put("on-create", "sleep 1000 & echo $! > ${0%/*}/pid; echo " ID, 0644);
	assert_int_equal(create_with(NULL, id), 0);
	assert_string_equal(id, ID);
	kill(atoi(get("pid")), SIGKILL);
}

static void test_inspect(void **state)
{
	struct engine_container c;

	(void)state;
	put("on-container",
	    "echo '[{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\",\"Running\":true,"
	    "\"Pid\":4242}}]'; echo careful >&2",
	    0644);
	assert_int_equal(engine_inspect(&engine, ID, &patient, &c, &error), 0);
	assert_true(c.running);
	assert_int_equal(c.pid, 4242);
	assert_non_null(strstr(get("calls"), "\ncontainer inspect " ID "\n"));
}

static void test_inspect_is_hostile(void **state)
{
	static const struct {
		const char *script;
		int err;
		const char *says;
	} rows[] = {
		{"echo 'Error: No such container: x' >&2; echo '[]'; exit 1", -ENOENT,
		 "No such container: x"},
		{"exit 0", -EINVAL, "docker printed what is no state of a container"},
		{"echo '[]'", -EINVAL, "no state"},
		{"head -c 1000 /dev/urandom", -EINVAL, "no state"},
		{"echo '[{\"Id\":\"" ID "\",\"State\":{\"Pid\":\"7\"}}]'", -EINVAL, "no state"},
		{"echo '[{\"Id\":\"" ID "\",\"State\":{}'", -EINVAL, "no state"},
		/* It is right so far, and longer than any such text. */
		{"echo '[{\"Id\":\"" ID "\",\"State\":{}}]'; head -c 10000000 /dev/zero | tr "
		 "'\\0' ' '",
		 -EINVAL, "no state"},
		{"kill -TERM $$", -EINVAL, "docker was ended by signal 15"},
	};
	struct engine_container c, before;

	(void)state;
	memset(&c, 0x5a, sizeof(c));
	memcpy(&before, &c, sizeof(c));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("on-container", rows[i].script, 0644);
		assert_int_equal(engine_inspect(&engine, ID, &patient, &c, &error), rows[i].err);
		assert_says(rows[i].says);
		assert_memory_equal(&c, &before, sizeof(c));
	}
	put("on-container", "yes", 0644);
	step_ns = SECOND / 10;
	assert_int_equal(engine_inspect(&engine, ID, &patient, &c, &error), -ETIMEDOUT);
}

static int inspect_within(const struct subprocess_limits *limits)
{
	struct engine_container c;

	return engine_inspect(&engine, ID, limits, &c, &error);
}

static int kill_within(const struct subprocess_limits *limits)
{
	return engine_kill(&engine, ID, SIGTERM, limits, &error);
}

static int remove_within(const struct subprocess_limits *limits)
{
	return engine_remove(&engine, "check-1", limits, &error);
}

static void test_kill(void **state)
{
	(void)state;
	put("on-kill", "exit 0", 0644);
	assert_int_equal(engine_kill(&engine, ID, 50, &patient, &error), 0);
	assert_non_null(strstr(get("calls"), "\nkill --signal SIGRTMAX-14 " ID "\n"));
	put("on-kill", "echo 'Error: Container x is not running' >&2; exit 1", 0644);
	assert_int_equal(engine_kill(&engine, ID, SIGTERM, &patient, &error), -ESRCH);
	put("on-kill", "echo 'Error: No such container: x' >&2; exit 1", 0644);
	assert_int_equal(engine_kill(&engine, ID, SIGTERM, &patient, &error), -ENOENT);
	put("on-kill", FOREVER, 0644);
	step_ns = SECOND / 4;
	assert_int_equal(engine_kill(&engine, ID, SIGTERM, &patient, &error), -ETIMEDOUT);
}

/* Whatever hangs, and however little time is left. */
static void test_calls_within_limits(void **state)
{
	static const struct {
		const char *script;
		int (*call)(const struct subprocess_limits *limits);
	} rows[] = {
		{"on-container", inspect_within},
		{"on-kill", kill_within},
		{"on-rm", remove_within},
	};
	volatile sig_atomic_t stop = SIGINT;

	(void)state;
	step_ns = SECOND / 4;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t began_ns = after(0);
		struct subprocess_limits limits = {.deadline_boot_ns = began_ns + 3 * SECOND};

		put(rows[i].script, FOREVER, 0644);
		assert_int_equal(rows[i].call(&limits), -ETIMEDOUT);
		assert_says("docker did not answer within 2.");
		assert_true(after(0) < began_ns + 5 * SECOND);
		limits = (struct subprocess_limits){.deadline_boot_ns = UINT64_MAX, .stop = &stop};
		assert_int_equal(rows[i].call(&limits), -EINTR);
		limits.deadline_boot_ns = 0;
		limits.stop = NULL;
		assert_int_equal(rows[i].call(&limits), -ETIMEDOUT);
	}
}

static void test_remove(void **state)
{
	(void)state;
	put("on-rm", "exit 0", 0644);
	assert_int_equal(engine_remove(&engine, "check-1", &patient, &error), 0);
	assert_non_null(strstr(get("calls"), "\nrm --force --volumes check-1\n"));
	put("on-rm", "echo 'Error: No such container: check-1' >&2; exit 1", 0644);
	assert_int_equal(engine_remove(&engine, "check-1", &patient, &error), 0);
	put("on-rm", "echo 'Error: device is busy' >&2; exit 1", 0644);
	assert_int_equal(engine_remove(&engine, "check-1", &patient, &error), -EINVAL);
	assert_string_equal(error.text, "device is busy");
}

static void test_start(void **state)
{
	int output[4], null;
	char text[64] = "";
	pid_t client;
	int status;

	(void)state;
	put("on-start", "echo out; echo err >&2; exit 7", 0644);
	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	assert_int_equal(engine_start(&engine, ID, output[1], &client), 0);
	close(output[1]);
	assert_int_equal(waitpid(client, &status, 0), client);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(read(output[0], text, sizeof(text) - 1), strlen("out\nerr\n"));
	assert_string_equal(text, "out\nerr\n");
	assert_non_null(strstr(get("calls"), "\nstart --attach " ID "\n"));

	/* Where this process had no stdin, such a pipe is descriptor 0. */
	assert_int_equal(pipe2(output + 2, O_CLOEXEC), 0);
	assert_int_equal(dup2(output[3], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(engine_start(&engine, ID, STDIN_FILENO, &client), 0);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(null, STDIN_FILENO), STDIN_FILENO);
	close(output[3]), close(null);
	assert_int_equal(waitpid(client, &status, 0), client);
	assert_int_equal(read(output[2], text, sizeof(text) - 1), strlen("out\nerr\n"));
	close(output[0]), close(output[2]);

	put("on-start", "trap 'echo > ${0%/*}/trapped' INT TERM HUP; echo > ${0%/*}/up\n" FOREVER,
	    0644);
	assert_int_equal(engine_start(&engine, ID, -1, &client), 0);
	wait_for_file("up");
	assert_int_equal(waitpid(client, &status, WNOHANG), 0);
	assert_int_equal(subprocess_end(client, &status), 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_string_equal(get("trapped"), "");
	assert_int_equal(subprocess_end(client, &status), -ECHILD);
}

static void test_not_there_any_more(void **state)
{
	struct engine_container c;
	pid_t client = 7;

	(void)state;
	assert_int_equal(unlink(engine.path), 0);
	assert_int_equal(engine_start(&engine, ID, -1, &client), -ENOENT);
	assert_int_equal(client, 7);
	assert_int_equal(engine_inspect(&engine, ID, &patient, &c, &error), -ENOEXEC);
	assert_says("docker cannot be run: ");
	/* Whether the container is gone is not known, then. */
	assert_int_equal(engine_remove(&engine, ID, &patient, &error), -ENOEXEC);
}

/* Whatever this process inherited, or was told to do. */
static void test_what_it_gets(void **state)
{
	static const char look[] =
		"{ grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | tr '\\n' ' '\n"
		"readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '\n"
		"[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ] && echo \"leads, $DOCKER_HOST\"\n"
		"} > ${0%/*}/seen";
	int extra = dup(STDIN_FILENO), null, saved = dup(STDOUT_FILENO);
	sigset_t all, before;
	pid_t client;
	int status;

	(void)state;
	assert_true(extra >= 0 && saved >= 0);
	put("on-start", look, 0644);
	setenv("DOCKER_HOST", "tcp://x:1", 1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	/* Output onto descriptors that are in the way of each other. */
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	close(STDOUT_FILENO);
	assert_int_equal(fcntl(null, F_DUPFD_CLOEXEC, STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(engine_start(&engine, ID, STDOUT_FILENO, &client), 0);
	dup2(saved, STDOUT_FILENO);
	assert_int_equal(waitpid(client, &status, 0), client);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	unsetenv("DOCKER_HOST");
	close(extra), close(saved), close(null);
	/* 3 is the folder that ls reads. */
	assert_string_equal(get("seen"), "0000000000000000 0000000000000000 "
					 "/dev/null\n0 1 2 3 leads, tcp://x:1\n");
}

/* kill -9 leaves no client behind. */
static void test_dies_with_its_starter(void **state)
{
	pid_t starter, client = 0;
	int report[2];

	(void)state;
	put("on-start", "exec sleep 1000", 0644);
	assert_int_equal(pipe2(report, O_CLOEXEC), 0);
	starter = fork();
	assert_true(starter >= 0);
	if (starter == 0) {
		if (engine_start(&engine, ID, -1, &client) < 0 ||
		    write(report[1], &client, sizeof(client)) != sizeof(client))
			_exit(1);
		for (;;)
			pause();
	}
	close(report[1]);
	assert_int_equal(read(report[0], &client, sizeof(client)), sizeof(client));
	close(report[0]);
	assert_false(has_ended(client));
	kill(starter, SIGKILL);
	assert_int_equal(waitpid(starter, NULL, 0), starter);
	wait_for_end(client);
}

static void test_ignored_sigchld_is_an_error(void **state)
{
	(void)state;
	put("on-kill", "exit 0", 0644);
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(engine_kill(&engine, ID, SIGTERM, &patient, &error), -ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_engine, remove_engine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find),
		TEST(test_find_the_one_that_answers),
		TEST(test_find_an_engine_that_hangs),
		TEST(test_find_within_limits),
		TEST(test_create),
		TEST(test_create_is_refused),
		TEST(test_create_hangs),
		TEST(test_create_is_stopped),
		TEST(test_pipes_stay_open),
		TEST(test_inspect),
		TEST(test_inspect_is_hostile),
		TEST(test_kill),
		TEST(test_calls_within_limits),
		TEST(test_remove),
		TEST(test_start),
		TEST(test_not_there_any_more),
		TEST(test_what_it_gets),
		TEST(test_dies_with_its_starter),
		TEST(test_ignored_sigchld_is_an_error),
	};

	signal(SIGCHLD, SIG_DFL); /* it may have been inherited ignored */
	alarm(5 * PATIENCE_S);	  /* no test waits for a clock that stands still */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
