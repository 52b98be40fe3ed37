// SPDX-License-Identifier: BSD-2-Clause
/*
 * timed [-b] FILE COMMAND ARGS…: runs a command with its output in FILE, and prints one line: exit
 * status (128 + signal), nanoseconds by the clock, nanoseconds of CPU time, peak resident KiB.
 * With -b without the capabilities that BPF needs.
 *
 * A program of its own, and a small one: the peak of a process counts what it was before exec, so
 * that of a child of Python is never below Python's.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_US INT64_C(1000)

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t timeval_ns(struct timeval t)
{
	return t.tv_sec * NS_PER_S + t.tv_usec * NS_PER_US;
}

/* What root gets at exec is what the bounding set has. */
static int drop_bpf(void)
{
	static const int caps[] = {CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF};

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (prctl(PR_CAPBSET_READ, caps[i]) == 1 && prctl(PR_CAPBSET_DROP, caps[i]) < 0)
			return -1;
	return 0;
}

static _Noreturn void be_command(const char *file, char **command, int without_bpf)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		perror(file);
		_exit(127);
	}
	if (without_bpf && drop_bpf() < 0) {
		perror("timed: capabilities");
		_exit(127);
	}
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	int without_bpf = argc > 1 && strcmp(argv[1], "-b") == 0;
	struct rusage usage;
	int64_t start_ns, wall_ns;
	int status;
	pid_t pid;

	argv += without_bpf;
	argc -= without_bpf;
	if (argc < 3) {
		fputs("usage: timed [-b] FILE COMMAND ARGS...\n", stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	start_ns = now_ns();
	pid = fork();
	if (pid == 0)
		be_command(argv[1], argv + 2, without_bpf);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("timed");
		return 1;
	}
	wall_ns = now_ns() - start_ns;
	printf("%d %" PRId64 " %" PRId64 " %ld\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall_ns,
	       timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime), usage.ru_maxrss);
	return 0;
}
