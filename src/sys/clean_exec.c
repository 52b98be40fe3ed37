// SPDX-License-Identifier: BSD-2-Clause
#include "clean_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot_clock.h"

/* _NSIG of the kernel: its sigset_t has this many bits. */
#define KERNEL_SIGNALS	   64
#define KERNEL_SIGSET_SIZE (KERNEL_SIGNALS / 8)

/* From Linux 5.9; builds with older headers, too. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
/* Where there is no close_range(): as many are tried, should the limit allow even more. */
#define FDS_MAX (1U << 20)

void clean_exec_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

pid_t clean_exec_fork(unsigned long flags, int *ret_pidfd)
{
	const uint64_t all = UINT64_MAX;
	uint64_t before;
	int pidfd = -1;
	long pid;
	int error;

	/* The system calls themselves: libc keeps 32 and 33 from us. */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_SIGSET_SIZE);
	/* Not clone3(): runtimes' filters refuse it, because they cannot see its flags. */
	pid = syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, &pidfd, NULL, NULL);
	if (pid == 0)
		return 0;
	error = errno;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, KERNEL_SIGSET_SIZE);
	if (pid < 0)
		return -error;
	*ret_pidfd = pidfd;
	return (pid_t)pid;
}

void clean_exec_signals(uint64_t ignored)
{
	static const uint64_t none;

	/* The system calls themselves: libc keeps 32 and 33 from us, and they too survive exec. */
	for (int sig = 1; sig <= KERNEL_SIGNALS; sig++) {
		const struct {
			uint64_t words[4]; /* the handler; no flags, no restorer, empty mask */
		} action = {.words = {ignored >> (sig - 1) & 1 ? 1 /* SIG_IGN */ : 0}};

		syscall(SYS_rt_sigaction, sig, &action, NULL, KERNEL_SIGSET_SIZE);
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, KERNEL_SIGSET_SIZE);
}

static void close_span(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > FDS_MAX)
		limit.rlim_cur = FDS_MAX;
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

void clean_exec_close_others(const int *keep, size_t count)
{
	unsigned int from = STDERR_FILENO + 1;

	for (;;) {
		unsigned int next = UINT_MAX; /* the first that is to stay, from there on */

		for (size_t i = 0; i < count; i++)
			if ((unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		if (next == UINT_MAX) {
			close_span(from, UINT_MAX);
			return;
		}
		if (next > from)
			close_span(from, next - 1);
		from = next + 1;
	}
}

int clean_exec_open(int gate[2], int report[2])
{
	int r;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(report, O_CLOEXEC) == 0)
		return 0;
	r = -errno;
	clean_exec_close(&gate[0]);
	clean_exec_close(&gate[1]);
	return r;
}

void clean_exec_run(char *const *argv, int gate, int report)
{
	ssize_t len;
	char go;
	int error;

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

static int read_report(int report, int stop_fd, uint64_t deadline_boot_ns)
{
	struct pollfd fds[] = {{.fd = report, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
	int error = 0;
	ssize_t len;
	int r = boot_clock_poll(fds, sizeof(fds) / sizeof(fds[0]), deadline_boot_ns);

	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	if (!fds[0].revents)
		return -EINTR;
	do
		len = read(report, &error, sizeof(error));
	while (len < 0 && errno == EINTR);
	return len == sizeof(error) ? -error : 0;
}

int clean_exec_release(int *gate, int *report, int stop_fd, uint64_t deadline_boot_ns)
{
	ssize_t len;
	int r;

	do
		len = write(*gate, "", 1);
	while (len < 0 && errno == EINTR);
	clean_exec_close(gate);
	if (len != 1)
		return -EPIPE;
	r = read_report(*report, stop_fd, deadline_boot_ns);
	clean_exec_close(report);
	return r;
}
