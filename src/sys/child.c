// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* _NSIG of the kernel: its sigset_t has this many bits. */
#define KERNEL_SIGNALS 64

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void run(char *const *argv, int gate, int report) __attribute__((noreturn));
static void run(char *const *argv, int gate, int report)
{
	static const struct {
		uint64_t words[4]; /* handler SIG_DFL, no flags, no restorer, empty mask */
	} by_default;
	sigset_t none;
	ssize_t len;
	char go;
	int error;

	/* The system call itself: libc keeps 32 and 33 from us, and they too survive exec. */
	for (int sig = 1; sig <= KERNEL_SIGNALS; sig++)
		syscall(SYS_rt_sigaction, sig, &by_default, NULL, KERNEL_SIGNALS / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	do
		len = read(gate, &go, 1);
	while (len < 0 && errno == EINTR);
	if (len != 1)
		_exit(0); /* given up */
	execvp(argv[0], argv);
	error = errno;
	while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(error == ENOENT ? 127 : 126);
}

int child_hold(char *const *argv, struct child *ret)
{
	int gate[2] = {-1, -1}, report[2] = {-1, -1};
	pid_t pid = -1;
	int r = 0;

	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		r = -errno;
	if (pid == 0) {
		close(gate[1]);
		close(report[0]);
		run(argv, gate[0], report[1]);
	}
	close_fd(&gate[0]);
	close_fd(&report[1]);
	if (r < 0) {
		close_fd(&gate[1]);
		close_fd(&report[0]);
		return r;
	}
	*ret = (struct child){
		.pid = pid,
		.command = argv[0],
		.gate = gate[1],
		.report = report[0],
	};
	return 0;
}

int child_release(struct child *child)
{
	ssize_t len;
	int error = 0;

	do
		len = write(child->gate, "", 1);
	while (len < 0 && errno == EINTR);
	close_fd(&child->gate);
	if (len != 1)
		return -EPIPE;
	do
		len = read(child->report, &error, sizeof(error));
	while (len < 0 && errno == EINTR);
	close_fd(&child->report);
	return len == sizeof(error) ? -error : 0;
}

void child_abandon(struct child *child)
{
	if (!child->pid)
		return;
	close_fd(&child->gate);
	close_fd(&child->report);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
}

void child_exit_like(int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		const struct rlimit no_core = {};
		sigset_t set;
		int sig = WTERMSIG(wait_status);

		/* The child's core is the interesting one; as in strace. */
		setrlimit(RLIMIT_CORE, &no_core);
		signal(sig, SIG_DFL);
		sigemptyset(&set);
		sigaddset(&set, sig);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(sig);
		/* Still here: as init of a PID namespace, nobody dies by SIG_DFL. */
		exit(128 + sig);
	}
	exit(WEXITSTATUS(wait_status));
}
