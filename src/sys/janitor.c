// SPDX-License-Identifier: BSD-2-Clause
#include "janitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_clock.h"
#include "clean_exec.h"
#include "pids_cgroup.h"

/* How long the command, or the end of the process, may take: nobody is left to wait for us. */
#define ACT_NS 60000000000ULL
/* All but SIGCHLD: one that is ignored would take the end of our own child from us. */
#define IGNORED (~(1ULL << (SIGCHLD - 1)))

static void forget_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
}

/* In the janitor: returns once we are gone. */
static void wait_for_end(int fd, int pidfd)
{
	const int keep[] = {fd, pidfd};
	char nothing;

	setsid();
	clean_exec_signals(IGNORED);
	clean_exec_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	forget_stdio();
	/* Else it would keep a file system from being unmounted. */
	(void)!chdir("/");
	while (read(fd, &nothing, 1) < 0 && errno == EINTR)
		;
}

static void wait_then_kill(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	if (boot_clock_poll(&end, 1, boot_clock_now() + ACT_NS) <= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

static void run_command(const char *path, char *const *argv)
{
	int pidfd;
	pid_t pid = clean_exec_fork(0, &pidfd);

	if (pid < 0)
		return;
	if (pid == 0) {
		clean_exec_signals(0);
		execve(path, argv, environ);
		_exit(127);
	}
	wait_then_kill(pidfd);
	waitpid(pid, NULL, 0);
}

static void end_process(int pidfd, const char *cgroup)
{
	const uint64_t deadline_boot_ns = boot_clock_now() + ACT_NS;
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	boot_clock_poll(&end, 1, deadline_boot_ns);
	if (*cgroup)
		pids_cgroup_remove(cgroup, deadline_boot_ns);
}

/* As execvp() finds it; absolute, because the janitor leaves the current directory. */
static int find_program(const char *name, char *path, size_t size)
{
	const char *dirs = strchr(name, '/') ? "" : getenv("PATH");
	char found[PATH_MAX], cwd[PATH_MAX] = "";
	int r = -ENOENT;

	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;;) {
		const size_t len = strcspn(dirs, ":");
		const bool named = len > 0;
		struct stat st;

		snprintf(found, sizeof(found), "%.*s%s%s", (int)len, dirs, named ? "/" : "", name);
		if (stat(found, &st) == 0 && S_ISREG(st.st_mode)) {
			if (access(found, X_OK) == 0)
				break;
			r = -errno;
		}
		if (!dirs[len])
			return r;
		dirs += len + 1;
	}
	if (found[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return -errno;
	if (snprintf(path, size, "%s%s%s", cwd, cwd[0] ? "/" : "", found) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}

/* As fork(): 0 in the janitor, with j->fd the end that it waits for. */
static int start(struct janitor *j)
{
	struct janitor made;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	made.fd = ends[1];
	made.pid = clean_exec_fork(0, &made.pidfd);
	if (made.pid == 0) {
		j->fd = ends[0];
		return 0;
	}
	close(ends[0]);
	if (made.pid < 0)
		close(ends[1]);
	else
		*j = made;
	return made.pid;
}

int janitor_start(char *const *argv, struct janitor *ret)
{
	char path[PATH_MAX];
	struct janitor j = {0};
	int r = find_program(argv[0], path, sizeof(path));

	if (r < 0)
		return r;
	r = start(&j);
	if (r < 0)
		return r;
	if (r == 0) {
		wait_for_end(j.fd, -1);
		run_command(path, argv);
		_exit(0);
	}
	*ret = j;
	return 0;
}

int janitor_start_for_process(int pidfd, const char *cgroup, struct janitor *ret)
{
	struct janitor j = {0};
	int r = start(&j);

	if (r < 0)
		return r;
	if (r == 0) {
		wait_for_end(j.fd, pidfd);
		end_process(pidfd, cgroup);
		_exit(0);
	}
	*ret = j;
	return 0;
}

void janitor_dismiss(struct janitor *j)
{
	if (!j->pid)
		return;
	/* The pidfd: where SIGCHLD is ignored, its number may be somebody else's by now. */
	syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL, 0);
	while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(j->pidfd);
	close(j->fd);
	*j = (struct janitor){};
}
