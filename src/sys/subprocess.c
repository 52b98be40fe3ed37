// SPDX-License-Identifier: BSD-2-Clause
#include "subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clean_exec.h"

#define END_NS 1000000000ULL
/*
 * How often an end is looked for that closes no pipe, because others hold it open, and an order to
 * stop that came right before poll().
 */
#define LOOK_MS	      20
#define CHUNK_SIZE    16384
#define CHUNKS_A_TURN 64

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* Above the standard descriptors, so that dup2() onto one of them overwrites none of the others. */
static int move_up(int fd)
{
	return fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int set_up(pid_t parent, int out_fd, int err_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[3];

	if (null < 0)
		return -errno;
	fds[STDIN_FILENO] = move_up(null);
	fds[STDOUT_FILENO] = move_up(out_fd >= 0 ? out_fd : null);
	fds[STDERR_FILENO] = move_up(err_fd >= 0 ? err_fd : null);
	for (int i = 0; i < 3; i++)
		if (fds[i] < 0 || dup2(fds[i], i) < 0)
			return -errno;
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	/* It may have ended before that counted. */
	return getppid() == parent ? 0 : -ESRCH;
}

static void run(char *const *argv, pid_t parent, int out_fd, int err_fd, int report)
	__attribute__((noreturn));
static void run(char *const *argv, pid_t parent, int out_fd, int err_fd, int report)
{
	int error = set_up(parent, out_fd, err_fd);

	clean_exec_close_others(&report, 1);
	clean_exec_signals(0);
	if (!error) {
		execvp(argv[0], argv);
		error = -errno;
	}
	while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* The errno of an exec that failed, or the end of file when exec has closed it. */
static int read_report(int report)
{
	int error = 0;
	ssize_t len;

	do
		len = read(report, &error, sizeof(error));
	while (len < 0 && errno == EINTR);
	return len == sizeof(error) ? error : 0;
}

int subprocess_start(char *const *argv, int out_fd, int err_fd, pid_t *ret)
{
	const pid_t parent = getpid();
	int pidfd = -1, report[2];
	pid_t pid;
	int r;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = clean_exec_fork(0, &pidfd);
	if (pid == 0)
		run(argv, parent, out_fd, err_fd, move_up(report[1]));
	clean_exec_close(&report[1]);
	clean_exec_close(&pidfd);
	r = pid < 0 ? pid : read_report(report[0]);
	clean_exec_close(&report[0]);
	if (r == 0)
		*ret = pid;
	else if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return r;
}

/* 1: it is reaped; 0: not yet; -ECHILD. */
static int reap(pid_t pid, int *ret_status)
{
	pid_t r = waitpid(pid, ret_status, WNOHANG);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == pid;
}

int subprocess_end(pid_t pid, int *ret_status)
{
	const uint64_t deadline_ns = now_ns() + END_NS;
	int status;
	int r;

	/* Before it is reaped, its number is nobody else's, neither as a process nor as a group. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while ((r = reap(pid, &status)) == 0) {
		if (now_ns() > deadline_ns)
			return -ETIMEDOUT;
		poll(NULL, 0, 1);
	}
	if (r < 0)
		return r;
	if (ret_status)
		*ret_status = status;
	return 0;
}

static void keep_beginning(struct subprocess_output *o, const char *bytes, size_t len)
{
	const size_t room = o->out_size - o->out_len;

	len = len < room ? len : room;
	memcpy(o->out + o->out_len, bytes, len);
	o->out_len += len;
}

static void keep_end(struct subprocess_output *o, const char *bytes, size_t len)
{
	size_t over;

	if (len > o->err_size) {
		bytes += len - o->err_size;
		len = o->err_size;
	}
	over = o->err_len + len > o->err_size ? o->err_len + len - o->err_size : 0;
	memmove(o->err, o->err + over, o->err_len - over);
	memcpy(o->err + o->err_len - over, bytes, len);
	o->err_len += len - over;
}

/* What is there now, and of an endless flood only a part. Closes it at its end. */
static void read_some(int *fd, struct subprocess_output *o,
		      void (*keep)(struct subprocess_output *, const char *, size_t))
{
	char chunk[CHUNK_SIZE];

	for (int i = 0; *fd >= 0 && i < CHUNKS_A_TURN; i++) {
		ssize_t len = read(*fd, chunk, sizeof(chunk));

		if (len > 0)
			keep(o, chunk, (size_t)len);
		else if (len == 0 || (errno != EAGAIN && errno != EINTR))
			clean_exec_close(fd);
		else if (errno == EAGAIN)
			return;
	}
}

/* Why it has to end now; 0: it may go on. *asked_ns: when it was first seen to be asked to stop. */
static int check_limits(const struct subprocess_limits *limits, uint64_t *asked_ns)
{
	const uint64_t now = now_ns();

	if (limits->stop && *limits->stop && !*asked_ns)
		*asked_ns = now;
	if (*asked_ns && now - *asked_ns >= limits->stop_ns)
		return -EINTR;
	return now >= limits->deadline_boot_ns ? -ETIMEDOUT : 0;
}

static int attend(pid_t pid, int *out, int *err, const struct subprocess_limits *limits,
		  struct subprocess_output *output, int *ret_status)
{
	uint64_t asked_ns = 0;
	int status = 0;

	for (;;) {
		/* First: what it wrote before its end is in the pipes, then. */
		int ended = reap(pid, &status);
		int r;

		read_some(out, output, keep_beginning);
		read_some(err, output, keep_end);
		if (ended < 0)
			return ended;
		if (ended) {
			*ret_status = status;
			return 0;
		}
		r = check_limits(limits, &asked_ns);
		if (r < 0) {
			subprocess_end(pid, NULL);
			return r;
		}
		if (limits->on_wait)
			limits->on_wait(limits->context);
		struct pollfd fds[] = {{.fd = *out, .events = POLLIN},
				       {.fd = *err, .events = POLLIN}};

		poll(fds, 2, *out < 0 && *err < 0 ? 1 : LOOK_MS);
	}
}

int subprocess_run(char *const *argv, const struct subprocess_limits *limits,
		   struct subprocess_output *output, int *ret_status)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	pid_t pid = 0;
	int r = 0;

	output->out_len = output->err_len = 0;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(err[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0)
		r = subprocess_start(argv, out[1], err[1], &pid);
	clean_exec_close(&out[1]);
	clean_exec_close(&err[1]);
	if (r == 0)
		r = attend(pid, &out[0], &err[0], limits, output, ret_status);
	clean_exec_close(&out[0]);
	clean_exec_close(&err[0]);
	return r;
}
