// SPDX-License-Identifier: BSD-2-Clause
/*
 * crowd PROCESSES THREADS: that many processes with that many threads in all, as a busy node has
 * them: handlers, ignored and blocked signals, and every tenth is another program (sleep, shells
 * with a trap, Python). All are children of this process.
 *
 * Prints "ready PID PROCESSES THREADS" when all are there, with what it has got: kernel.pid_max is
 * raised if it is too low, or fewer are started. Ends all, and puts pid_max back, when stdin does,
 * or at SIGTERM, SIGINT or SIGHUP. If it is killed, the children go with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PID_MAX_FILE  "/proc/sys/kernel/pid_max"
#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h */
#define PIDS_SPARE    4096    /* for everybody else */

#define STACK_SIZE  4096 /* of a thread that only sleeps */
#define THREADS_MAX 256	 /* in one process */

/* The number at which the children find the pipe: all have begun when its last writer is gone. */
#define READY_FD 3

static volatile sig_atomic_t told_to_end;

static void on_end(int sig)
{
	(void)sig;
	told_to_end = 1;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void on_other_signal(int sig)
{
	(void)sig;
}

/* Negative: not to be had. */
static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

/* Of all processes; negative: not to be had. */
static long count_threads(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%*f %*f %*f %*d/%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static bool write_pid_max(long value)
{
	FILE *file = fopen(PID_MAX_FILE, "we");
	bool written;

	if (!file)
		return false;
	written = fprintf(file, "%ld\n", value) > 0;
	return fclose(file) == 0 && written;
}

static long pid_max_before = -1;
static long pid_max_raised = -1;

static void restore_pid_max(void)
{
	/* Unless somebody else has set it meanwhile. */
	if (pid_max_raised > 0 && read_number(PID_MAX_FILE) == pid_max_raised &&
	    !write_pid_max(pid_max_before))
		fprintf(stderr, "crowd: " PID_MAX_FILE " was %ld and is %ld: %s\n", pid_max_before,
			pid_max_raised, strerror(errno));
}

/* How many threads there is room for, at most what is wanted. */
static long make_room(long threads)
{
	long there = count_threads();
	long threads_max = read_number("/proc/sys/kernel/threads-max");
	long pid_max = read_number(PID_MAX_FILE);
	long need = there + threads + PIDS_SPARE;

	if (there < 0 || threads_max < 0 || pid_max < 0)
		return threads;
	if (pid_max < need && need <= PID_MAX_LIMIT && write_pid_max(need)) {
		pid_max_before = pid_max;
		pid_max_raised = pid_max = need;
	}
	if (pid_max > threads_max)
		pid_max = threads_max;
	return pid_max < need ? pid_max - there - PIDS_SPARE : threads;
}

static int sleep_as_thread(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return 0;
}

/* No pthreads: 16 KiB and two mappings less for each. */
static bool start_threads(long count)
{
	static char stacks[THREADS_MAX][STACK_SIZE] __attribute__((aligned(16)));

	for (long i = 0; i < count; i++)
		if (clone(sleep_as_thread, stacks[i] + STACK_SIZE,
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				  CLONE_SYSVSEM,
			  NULL) < 0)
			return false;
	return true;
}

static void handle(int sig, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	/* SIGKILL, SIGSTOP and the two of libc refuse. */
	sigaction(sig, &action, NULL);
}

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void behave(long number)
{
	switch (number % 5) {
	case 0:
		handle(SIGTERM, on_signal);
		handle(SIGHUP, on_other_signal);
		break;
	case 1:
		handle(SIGTERM, SIG_IGN);
		handle(SIGINT, SIG_IGN);
		break;
	case 2:
		block(SIGTERM);
		break;
	case 3: /* as a language runtime does */
		for (int sig = 1; sig < NSIG; sig++)
			handle(sig, on_signal);
		break;
	default:
		break;
	}
}

#define TRAP_SCRIPT "trap : TERM HUP; exec 3>&-; read -r line"
#define PYTHON_SCRIPT                                         \
	"import os, signal\n"                                 \
	"signal.signal(signal.SIGTERM, lambda *ignored: 0)\n" \
	"os.close(3)\n"                                       \
	"while True: signal.pause()\n"

/* Returns only if the program is not there. */
static void become_another(long number)
{
	static const char *const sleeper[] = {"sleep", "infinity", NULL};
	static const char *const bash[] = {"bash", "-c", TRAP_SCRIPT, NULL};
	static const char *const sh[] = {"sh", "-c", TRAP_SCRIPT, NULL};
	static const char *const python[] = {"python3", "-S", "-c", PYTHON_SCRIPT, NULL};
	const char *const *choice[] = {sleeper, bash, sh};
	const char *const *args = number % 200 == 199 ? python : choice[number % 3];

	if (args == sleeper)
		fcntl(READY_FD, F_SETFD, FD_CLOEXEC);
	execvp(args[0], (char *const *)args);
}

static _Noreturn void be_child(pid_t parent, long number, long threads, bool another)
{
	handle(SIGTERM, SIG_DFL);
	handle(SIGINT, SIG_DFL);
	handle(SIGHUP, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (another)
		become_another(number);
	behave(number);
	if (!start_threads(threads - 1)) {
		/* Whatever is written there says that it went wrong. */
		if (write(READY_FD, &errno, sizeof(errno)) < 0)
			_exit(2);
		_exit(1);
	}
	close(READY_FD);
	for (;;)
		pause();
}

/*
 * Those that read shall wait for ever: their stdin is a pipe that nobody writes to. READY_FD is in
 * use from then on, if only by one end of it.
 */
static bool make_stdin_for_children(int *saved)
{
	int ends[2];

	*saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, READY_FD + 1);
	return *saved >= 0 && pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[0], STDIN_FILENO) >= 0;
}

static int complain(const char *what, int error)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(error));
	return 1;
}

struct crowd {
	pid_t *pids;
	long len;
	long threads;
};

static int start_all(struct crowd *c, long processes, long threads)
{
	long others = (processes - 1) / 10;
	long plain = processes - 1 - others;
	long left = threads - 1 - others; /* for the plain ones */
	pid_t self = getpid();

	for (long i = 0; i < processes - 1 && !told_to_end; i++) {
		bool another = i % 10 == 9;
		/* What is left is shared out evenly among those that are left. */
		long own = another ? 1 : left / plain;
		pid_t pid;

		if (own < 1)
			own = 1;
		if (own > THREADS_MAX)
			own = THREADS_MAX;
		if (!another) {
			left -= own;
			plain--;
		}
		pid = fork();
		if (pid < 0)
			return complain("fork", errno);
		if (pid == 0)
			be_child(self, i, own, another);
		c->pids[c->len++] = pid;
		c->threads += own;
	}
	return 0;
}

static int wait_until_ready(int ready)
{
	int error;
	ssize_t got;

	do
		got = read(ready, &error, sizeof(error));
	while (got < 0 && errno == EINTR && !told_to_end);
	if (got > 0)
		return complain("clone", error);
	return got < 0 ? complain("read", errno) : 0;
}

static void wait_for_end(int in)
{
	char byte;
	ssize_t got;

	do
		got = read(in, &byte, sizeof(byte));
	while (!told_to_end && (got > 0 || (got < 0 && errno == EINTR)));
}

static void end_all(struct crowd *c)
{
	for (long i = 0; i < c->len; i++)
		kill(c->pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		errno = 0;
}

static int run(struct crowd *c, long processes, long threads)
{
	int ready[2], in, r;

	if (!make_stdin_for_children(&in) || pipe2(ready, O_CLOEXEC) < 0 ||
	    dup2(ready[1], READY_FD) < 0)
		return complain("pipe", errno);
	close(ready[1]);
	r = start_all(c, processes, threads);
	close(READY_FD);
	if (r == 0)
		r = wait_until_ready(ready[0]);
	if (r == 0 && !told_to_end) {
		printf("ready %d %ld %ld\n", (int)getpid(), c->len + 1, c->threads + 1);
		fflush(stdout);
		wait_for_end(in);
	}
	return r;
}

static bool parse(const char *text, long max, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(text, &end, 10);
	return !errno && end != text && !*end && *ret >= 1 && *ret <= max;
}

int main(int argc, char **argv)
{
	struct crowd c = {0};
	long processes, threads, room;
	int r;

	if (argc != 3 || !parse(argv[1], 100000, &processes) ||
	    !parse(argv[2], PID_MAX_LIMIT, &threads) || threads < processes) {
		fputs("usage: crowd PROCESSES THREADS\n", stderr);
		return 2;
	}
	handle(SIGTERM, on_end);
	handle(SIGINT, on_end);
	handle(SIGHUP, on_end);
	/* Its stdin ends with the parent, too; this is for one that does not close it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	room = make_room(threads);
	if (room < threads) {
		processes = processes * room / threads;
		threads = room;
	}
	c.pids = calloc((size_t)processes, sizeof(*c.pids));
	r = c.pids ? run(&c, processes, threads) : complain("memory", ENOMEM);
	end_all(&c);
	restore_pid_max();
	free(c.pids);
	return r;
}
