/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs for processes, threads, namespaces, credentials and tracers. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMED_MAX 256
#define WORDS_MAX 512
#define POLL_MAX  16

/* A child or a thread that the script named. */
struct named {
	const char *name;
	pid_t number;
	int ready_fd; /* becomes readable when it runs "ready" */
};

struct thread_start {
	struct script script;
	const char *name;
	int ready_fd;
	int started_fd;
};

static struct named named[NAMED_MAX];
static size_t named_count;

pid_t named_number(const char *name)
{
	for (size_t i = named_count; i > 0; i--)
		if (strcmp(named[i - 1].name, name) == 0)
			return named[i - 1].number;
	die("nobody has this name", name);
}

static int named_ready_fd(const char *name)
{
	for (size_t i = named_count; i > 0; i--)
		if (strcmp(named[i - 1].name, name) == 0)
			return named[i - 1].ready_fd;
	die("nobody has this name", name);
}

static void named_add(const char *name, pid_t number, int ready_fd)
{
	if (named_count == NAMED_MAX)
		die("too many names", name);
	named[named_count++] = (struct named){name, number, ready_fd};
}

void process_die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static long clone_raw(uint64_t flags, pid_t want)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};

	if (!want)
		return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	args.set_tid = (uint64_t)(uintptr_t)&want;
	args.set_tid_size = 1;
	return syscall(SYS_clone3, &args, sizeof(args));
}

static void start_process(struct script *s, uint64_t flags, pid_t want)
{
	const char *name = script_word(s);
	struct script block = script_block(s);
	struct line l;
	int ready[2];
	long pid;

	if (pipe2(ready, O_CLOEXEC))
		die("pipe", name);
	pid = clone_raw(flags, want);
	if (pid < 0) {
		line_start(&l, "fork-failed");
		line_text(&l, "child", name);
		line_number(&l, "errno", errno);
		line_end(&l);
		_exit(3);
	}
	if (pid == 0) {
		fixture_self.name = name;
		fixture_self.ready_fd = ready[1];
		close(ready[0]);
		process_die_with_parent();
		script_run(block);
		_exit(0);
	}
	close(ready[1]);
	named_add(name, (pid_t)pid, ready[0]);
	line_start(&l, "child");
	line_text(&l, "child", name);
	line_number(&l, "child_pid", pid);
	line_end(&l);
}

static void verb_fork(struct script *s)
{
	start_process(s, 0, 0);
}

static void verb_fork_at(struct script *s)
{
	pid_t want = (pid_t)script_number(s, 2, INT_MAX);

	start_process(s, 0, want);
}

static void verb_vfork(struct script *s)
{
	start_process(s, CLONE_VFORK, 0);
}

static void verb_init(struct script *s)
{
	start_process(s, CLONE_NEWPID, 0);
}

static void verb_user_init(struct script *s)
{
	start_process(s, CLONE_NEWUSER | CLONE_NEWPID, 0);
}

static void *thread_main(void *argument)
{
	struct thread_start *start = argument;
	struct script script = start->script;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	struct line l;

	fixture_self.name = start->name;
	fixture_self.ready_fd = start->ready_fd;
	if (write(start->started_fd, &tid, sizeof(tid)) != sizeof(tid))
		die("pipe", start->name);
	free(start);
	line_start(&l, "thread");
	line_host(&l);
	line_end(&l);
	script_run(script);
	return NULL;
}

static void verb_thread(struct script *s)
{
	struct thread_start *start = calloc(1, sizeof(*start));
	pthread_t thread;
	int started[2];
	int ready[2];
	pid_t tid;

	if (!start || pipe2(ready, O_CLOEXEC) || pipe2(started, O_CLOEXEC))
		die("pipe", "thread");
	start->name = script_word(s);
	start->script = script_block(s);
	start->ready_fd = ready[1];
	start->started_fd = started[1];
	named_add(start->name, 0, ready[0]);
	if (pthread_create(&thread, NULL, thread_main, start))
		die("pthread_create", start->name);
	pthread_detach(thread);
	deadline_wait_readable(started[0]);
	if (read(started[0], &tid, sizeof(tid)) != sizeof(tid))
		die("pipe", "thread");
	named[named_count - 1].number = tid;
	close(started[0]);
	close(started[1]);
}

static void *thread_pause(void *unused)
{
	(void)unused;
	for (;;) {
		if (poll(NULL, 0, deadline_left_ms()) == 0)
			deadline_passed();
	}
	return NULL;
}

static void verb_threads(struct script *s)
{
	long count = script_number(s, 1, 10000);

	for (long i = 0; i < count; i++) {
		pthread_attr_t attr;
		pthread_t thread;

		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + 16384);
		if (pthread_create(&thread, &attr, thread_pause, NULL))
			die("pthread_create", "threads");
		pthread_attr_destroy(&attr);
	}
}

static void verb_ready(struct script *s)
{
	struct line l;

	(void)s;
	line_start(&l, "ready");
	line_host(&l);
	line_end(&l);
	if (fixture_self.ready_fd >= 0 && write(fixture_self.ready_fd, "r", 1) != 1)
		die("pipe", "ready");
}

static void verb_await(struct script *s)
{
	int fd = named_ready_fd(script_word(s));
	char byte;

	deadline_wait_readable(fd);
	if (read(fd, &byte, 1) < 0)
		die("pipe", "await");
}

static void verb_wait(struct script *s)
{
	const char *name = script_word(s);
	pid_t pid = named_number(name);
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int status = 0;
	struct line l;

	if (fd < 0)
		die("pidfd_open", name);
	deadline_wait_readable(fd);
	close(fd);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid", name);
	line_start(&l, "waited");
	line_text(&l, "child", name);
	if (WIFSIGNALED(status)) {
		line_number(&l, "signal", WTERMSIG(status));
		line_number(&l, "core", WCOREDUMP(status) != 0);
	} else {
		line_number(&l, "code", WEXITSTATUS(status));
	}
	line_end(&l);
}

/* Waits on the signalfds, and on `fd` if that is not -1; returns when `fd` is readable. */
static void pause_until(int fd)
{
	struct pollfd fds[POLL_MAX] = {{.fd = fd, .events = POLLIN}};
	size_t count = 1 + signalfd_prepare(fds + 1, POLL_MAX - 1);

	while (!fds[0].revents) {
		int got = poll(fds, count, deadline_left_ms());

		if (got == 0)
			deadline_passed();
		if (got < 0)
			fds[0].revents = 0;
		for (size_t i = 1; got > 0 && i < count; i++)
			if (fds[i].revents)
				signalfd_read(fds[i].fd);
	}
}

static void verb_pause(struct script *s)
{
	(void)s;
	pause_until(-1);
}

/* Reads one line; false at the end of the input. The text is never freed: threads may still run
 * from it. */
static bool serve_read(int fd, char **text)
{
	size_t len = 0;
	char *buffer = malloc(4096);

	if (!buffer)
		die("malloc", "serve");
	for (;;) {
		ssize_t got;

		pause_until(fd);
		got = read(fd, buffer + len, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(buffer);
			return false;
		}
		if (buffer[len] == '\n')
			break;
		if (++len == 4096)
			die("line too long", "serve");
	}
	buffer[len] = 0;
	*text = buffer;
	return true;
}

static void verb_serve(struct script *s)
{
	int fd = (int)script_number(s, 0, INT_MAX);
	char *text;

	while (serve_read(fd, &text)) {
		char **words = calloc(WORDS_MAX, sizeof(*words));
		struct script script = {.words = words};
		char *rest = text;
		struct line l;

		if (!words)
			die("calloc", "serve");
		while (script.end < WORDS_MAX && (words[script.end] = strtok_r(rest, " ", &rest)))
			script.end++;
		script_run(script);
		line_start(&l, "done");
		line_end(&l);
	}
	_exit(0);
}

static void verb_exit(struct script *s)
{
	_exit((int)script_number(s, 0, 255));
}

static void verb_exit_thread(struct script *s)
{
	(void)s;
	syscall(SYS_exit, 0);
}

static void verb_exit_thread_with(struct script *s)
{
	syscall(SYS_exit, script_number(s, 0, 255));
}

/* Many processes in a row: child I ends with code I % 256. */
static void verb_spawn(struct script *s)
{
	long count = script_number(s, 1, 100000);

	for (long i = 0; i < count; i++) {
		long pid = clone_raw(0, 0);

		if (pid == 0)
			_exit((int)(i % 256));
		if (pid < 0 || waitpid((pid_t)pid, NULL, 0) != pid)
			die("fork", "spawn");
	}
}

/* Many that live, without names; inside another crowd, a whole tree of them. */
static void verb_crowd(struct script *s)
{
	long count = script_number(s, 1, 10000);
	struct script block = script_block(s);

	for (long i = 0; i < count; i++) {
		long pid = clone_raw(0, 0);

		if (pid < 0)
			die("fork", "crowd");
		if (pid == 0) {
			fixture_self.ready_fd = -1;
			process_die_with_parent();
			script_run(block);
			_exit(0);
		}
	}
}

static void verb_exec(struct script *s)
{
	struct script block = script_block(s);
	char **argv = calloc((size_t)(block.end - block.at) + 4, sizeof(*argv));
	char seconds[16];
	int argc = 0;

	if (!argv)
		die("calloc", "exec");
	snprintf(seconds, sizeof(seconds), "%d", deadline_left_ms() / 1000 + 1);
	argv[argc++] = fixture_program();
	argv[argc++] = (char *)"deadline";
	argv[argc++] = seconds;
	while (block.at < block.end)
		argv[argc++] = script_word(&block);
	execv(argv[0], argv);
	die("exec", argv[0]);
}

static void verb_deadline(struct script *s)
{
	deadline_set(script_number(s, 1, 3600));
}

static void verb_comm(struct script *s)
{
	prctl(PR_SET_NAME, script_word(s));
}

static void verb_comm_hex(struct script *s)
{
	const char *hex = script_word(s);
	char comm[16] = "";

	for (size_t i = 0; i < sizeof(comm) - 1 && hex[2 * i] && hex[2 * i + 1]; i++) {
		const char byte[3] = {hex[2 * i], hex[2 * i + 1], 0};

		comm[i] = (char)strtoul(byte, NULL, 16);
	}
	prctl(PR_SET_NAME, comm);
}

static void verb_setuid(struct script *s)
{
	long uid = script_number(s, 0, INT_MAX);

	if (setgroups(0, NULL) || syscall(SYS_setresgid, uid, uid, uid) ||
	    syscall(SYS_setresuid, uid, uid, uid))
		die("setuid", "setuid");
	/* A change of the credentials clears it. */
	process_die_with_parent();
}

static void verb_pdeathsig(struct script *s)
{
	if (prctl(PR_SET_PDEATHSIG, signal_parse(script_word(s))))
		die("PR_SET_PDEATHSIG", "pdeathsig");
}

static void verb_setsid(struct script *s)
{
	(void)s;
	if (setsid() < 0)
		die("setsid", "setsid");
}

static void verb_setpgid(struct script *s)
{
	(void)s;
	if (setpgid(0, 0))
		die("setpgid", "setpgid");
}

static void verb_rlimit(struct script *s)
{
	const char *which = script_word(s);
	struct rlimit limit;

	limit.rlim_cur = (rlim_t)script_number(s, 0, INT_MAX);
	limit.rlim_max = limit.rlim_cur;
	if (setrlimit(strcmp(which, "sigpending") == 0 ? RLIMIT_SIGPENDING : RLIMIT_CORE, &limit))
		die("setrlimit", which);
}

static void verb_say(struct script *s)
{
	struct line l;

	line_start(&l, "said");
	line_text(&l, "text", script_word(s));
	line_end(&l);
}

static void verb_eat(struct script *s)
{
	size_t size = (size_t)script_number(s, 1, 4096) << 20;
	char *memory = malloc(size);

	if (!memory)
		die("malloc", "eat");
	memset(memory, 1, size);
	__asm__ volatile("" : : "r"(memory) : "memory");
	free(memory);
}

/*
 * A tracer as simple as strace: seizes one thread and passes on what arrives. "swallow" injects
 * nothing, "hold" stops the tracee at once and lets it go no further, "hold-exit" keeps it in its
 * exit stop until the tracer ends.
 */
static void verb_trace(struct script *s)
{
	pid_t pid = (pid_t)script_number(s, 1, INT_MAX);
	const char *mode = script_word(s);
	bool swallow = strcmp(mode, "swallow") == 0;
	bool hold = strcmp(mode, "hold") == 0;
	bool hold_exit = strcmp(mode, "hold-exit") == 0;
	struct line l;
	int status;

	prctl(PR_SET_NAME, "fixture-trace");
	if (ptrace(PTRACE_SEIZE, pid, NULL, hold_exit ? PTRACE_O_TRACEEXIT : 0) ||
	    (hold && ptrace(PTRACE_INTERRUPT, pid, NULL, NULL)))
		die("ptrace", mode);
	line_start(&l, "tracing");
	line_end(&l);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		int event = status >> 16;
		int sig = WSTOPSIG(status);
		bool held = hold || event == PTRACE_EVENT_EXIT;

		line_start(&l, held ? "held" : "trace-stop");
		line_number(&l, "sig", sig);
		line_number(&l, "event", event);
		line_end(&l);
		if (held)
			pause_until(-1);
		if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
			ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		else
			ptrace(PTRACE_CONT, pid, NULL, event || swallow ? 0 : sig);
	}
}

const struct verb process_verbs[] = {
	{"fork", "NAME [ … ]", "start a child that runs the block, then exits 0", verb_fork},
	{"fork-at", "PID NAME [ … ]", "the same with this pid (clone3 set_tid)", verb_fork_at},
	{"vfork", "NAME [ … ]", "the same; the parent is in D state until the child ends",
	 verb_vfork},
	{"init", "NAME [ … ]", "start a child as init of a new PID namespace", verb_init},
	{"user-init", "NAME [ … ]", "the same in a new user namespace", verb_user_init},
	{"thread", "NAME [ … ]", "start a thread that runs the block, then ends", verb_thread},
	{"threads", "N", "start N threads that wait", verb_threads},
	{"ready", "", "say so, to the output and to `await`", verb_ready},
	{"await", "NAME", "wait until the child or thread ran `ready`", verb_await},
	{"wait", "NAME", "wait for the child's end and print its status", verb_wait},
	{"pause", "", "wait until the deadline; signalfds are read meanwhile", verb_pause},
	{"serve", "FD", "run a line of verbs at a time from FD, say `done` after each", verb_serve},
	{"exit", "CODE", "end the process (exit_group)", verb_exit},
	{"exit-thread", "", "end this thread only, be it the leader", verb_exit_thread},
	{"exit-thread-with", "CODE", "the same with a code", verb_exit_thread_with},
	{"spawn", "N", "N children in a row, each ends at once; waits for each", verb_spawn},
	{"crowd", "N [ … ]", "start N children that run the block, then exit 0", verb_crowd},
	{"exec", "[ … ]", "execute the fixture anew with the block as its script", verb_exec},
	{"deadline", "SECONDS", "from now on; 60 without it", verb_deadline},
	{"comm", "TEXT", "set this thread's comm", verb_comm},
	{"comm-hex", "HEX", "set this thread's comm to these bytes", verb_comm_hex},
	{"setuid", "UID", "become another user and group for good", verb_setuid},
	{"pdeathsig", "SIG|0", "instead of SIGKILL when the parent ends", verb_pdeathsig},
	{"setsid", "", "start a session", verb_setsid},
	{"setpgid", "", "start a process group", verb_setpgid},
	{"rlimit", "sigpending|core N", "set a limit", verb_rlimit},
	{"eat", "MIB", "use that much memory", verb_eat},
	{"say", "TEXT", "print it", verb_say},
	{"trace", "PID pass|swallow|hold|hold-exit", "ptrace a thread until it ends", verb_trace},
	{0},
};
