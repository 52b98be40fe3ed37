// SPDX-License-Identifier: BSD-2-Clause
#include "pid1.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_clock.h"
#include "clean_exec.h"
#include "pid1_problem.h"
#include "pids_cgroup.h"
#include "procfs.h"

/* For a cgroup to be empty whose only process is gone. */
#define CLEAR_UP_NS 1000000000ULL

/* What the new process sends on the report when it is set up, or cannot be. */
struct message {
	enum pid1_step step; /* that failed; COUNT: none */
	int error;
	uint64_t pid_ns;
};

/* What it needs to know; made before it is there. */
struct plan {
	const struct pid1_config *config;
	bool user_ns;
	char uid_map[64];
	char gid_map[64];
	int gate[2];
	int report[2];
};

/* In the new process. */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int map_user(const struct plan *plan)
{
	int r;

	/* The files belong to root if this program has capabilities of its own, or was root. */
	prctl(PR_SET_DUMPABLE, 1);
	r = write_file("/proc/self/uid_map", plan->uid_map);
	/* Without privilege a group can be mapped only where groups cannot be given up. */
	if (r == 0)
		r = write_file("/proc/self/setgroups", "deny");
	return r == 0 ? write_file("/proc/self/gid_map", plan->gid_map) : r;
}

static int set_stdio(int output_fd)
{
	int null;

	/* First: it may be any of the three. */
	if (dup2(output_fd, STDOUT_FILENO) < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return -errno;
	null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -errno;
	if (null > STDERR_FILENO)
		close(null);
	if (output_fd > STDERR_FILENO)
		close(output_fd);
	/* dup2() to itself leaves the flag as it is. */
	return fcntl(STDOUT_FILENO, F_SETFD, 0) < 0 ? -errno : 0;
}

static int set_up(const struct plan *plan, enum pid1_step *ret_step)
{
	int r = 0;

	*ret_step = PID1_STEP_MAP;
	if (plan->user_ns)
		r = map_user(plan);
	if (r < 0)
		return r;
	*ret_step = PID1_STEP_PRIVATE;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	*ret_step = PID1_STEP_PROC;
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return -errno;
	*ret_step = PID1_STEP_STDIO;
	setsid();
	r = set_stdio(plan->config->output_fd);
	if (r < 0)
		return r;
	*ret_step = PID1_STEP_COUNT;
	return 0;
}

static void be_init(const struct plan *plan) __attribute__((noreturn));
static void be_init(const struct plan *plan)
{
	const int keep[] = {plan->gate[0], plan->report[1], plan->config->output_fd};
	struct message message;
	struct stat st = {0};

	/* If we are gone by now, the gate will tell. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	clean_exec_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	clean_exec_signals(0);
	memset(&message, 0, sizeof(message));
	message.error = set_up(plan, &message.step);
	if (message.error == 0 && stat("/proc/self/ns/pid", &st) == 0)
		message.pid_ns = st.st_ino;
	if (write(plan->report[1], &message, sizeof(message)) < 0 || message.error)
		_exit(126);
	clean_exec_run(plan->config->argv, plan->gate[0], plan->report[1]);
}

/* In this one. */

/* The kernel reaps children by itself if it is ignored: do_notify_parent(). */
static void keep_status(void)
{
	struct sigaction now;

	if (sigaction(SIGCHLD, NULL, &now) == 0 &&
	    (now.sa_handler == SIG_IGN || (now.sa_flags & SA_NOCLDWAIT)))
		signal(SIGCHLD, SIG_DFL);
}

static pid_t make_init(struct plan *plan, int *ret_pidfd)
{
	unsigned long flags = CLONE_NEWPID | CLONE_NEWNS;
	pid_t pid;

	for (;;) {
		pid = clean_exec_fork(flags, ret_pidfd);
		if (pid == 0)
			be_init(plan);
		if (pid != -EPERM || plan->user_ns)
			return pid;
		/* Whoever may not otherwise may do it in a user namespace of its own. */
		plan->user_ns = true;
		flags |= CLONE_NEWUSER;
	}
}

static int read_message(int report, struct message *ret)
{
	ssize_t len;

	do
		len = read(report, ret, sizeof(*ret));
	while (len < 0 && errno == EINTR);
	return len == sizeof(*ret) ? 0 : -ECHILD;
}

static int take_look(struct pid1 *p, uint64_t pid_ns)
{
	struct procfs_process process;
	int r = procfs_read_process((uint32_t)p->pid, &process);

	if (r < 0)
		return r;
	if (process.tgid != (uint32_t)p->pid)
		return -ESRCH;
	p->start_boot_ns = process.start_boot_ns;
	p->pid_ns = (uint32_t)pid_ns;
	return 0;
}

/* What is left to do once it is there; the step that failed to *ret_step. */
static int complete(const struct pid1_config *config, struct pid1 *p, enum pid1_step *ret_step)
{
	struct message message;
	int r = read_message(p->report, &message);

	*ret_step = PID1_STEP_CLONE;
	if (r < 0)
		return r;
	*ret_step = message.step;
	if (message.error)
		return message.error;
	*ret_step = PID1_STEP_LOOK;
	r = take_look(p, message.pid_ns);
	if (r == 0 && config->pids_max) {
		*ret_step = PID1_STEP_CGROUP;
		r = pids_cgroup_make(p->pid, config->pids_max, p->cgroup, sizeof(p->cgroup));
	}
	if (r < 0)
		return r;
	*ret_step = PID1_STEP_JANITOR;
	return janitor_start_for_process(p->pidfd, p->cgroup, &p->janitor);
}

/* Descriptors, cgroup and janitor of one that has been reaped. */
static int clear_up(struct pid1 *p, uint64_t deadline_boot_ns)
{
	int r = p->cgroup[0] ? pids_cgroup_remove(p->cgroup, deadline_boot_ns) : 0;

	janitor_dismiss(&p->janitor);
	clean_exec_close(&p->pidfd);
	clean_exec_close(&p->gate);
	clean_exec_close(&p->report);
	*p = (struct pid1){};
	return r;
}

static void reap(struct pid1 *p)
{
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	p->reaped = true;
}

int pid1_hold(const struct pid1_config *config, struct pid1 *ret, struct pid1_problem *problem)
{
	struct plan plan = {.config = config};
	struct pid1 p = {.pidfd = -1};
	enum pid1_step step = PID1_STEP_CLONE;
	int r;

	snprintf(plan.uid_map, sizeof(plan.uid_map), "%u %u 1", geteuid(), geteuid());
	snprintf(plan.gid_map, sizeof(plan.gid_map), "%u %u 1", getegid(), getegid());
	keep_status();
	r = clean_exec_open(plan.gate, plan.report);
	if (r < 0) {
		pid1_explain(step, r, false, problem);
		return r;
	}
	p.pid = make_init(&plan, &p.pidfd);
	clean_exec_close(&plan.gate[0]);
	clean_exec_close(&plan.report[1]);
	p.gate = plan.gate[1];
	p.report = plan.report[0];
	p.user_ns = plan.user_ns;
	r = p.pid < 0 ? p.pid : complete(config, &p, &step);
	if (r == 0) {
		*ret = p;
		return 0;
	}
	pid1_explain(step, r, p.user_ns, problem);
	if (p.pid > 0) {
		syscall(SYS_pidfd_send_signal, p.pidfd, SIGKILL, NULL, 0);
		reap(&p);
	}
	clear_up(&p, boot_clock_now() + CLEAR_UP_NS);
	if (step == PID1_STEP_CGROUP && r != -ENOMEM)
		return -EOPNOTSUPP;
	return r == -EACCES ? -EPERM : r;
}

int pid1_release(struct pid1 *p, int stop_fd, uint64_t deadline_boot_ns)
{
	if (!p->pid || p->reaped || p->gate < 0)
		return 0;
	return clean_exec_release(&p->gate, &p->report, stop_fd, deadline_boot_ns);
}

int pid1_reap(struct pid1 *p, int *status)
{
	pid_t pid;
	int found;

	if (!p->pid || p->reaped)
		return 0;
	do
		pid = waitpid(p->pid, &found, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return 0;
	p->reaped = true;
	if (pid < 0)
		return -ECHILD;
	*status = found;
	return 1;
}

int pid1_end(struct pid1 *p, uint64_t deadline_boot_ns)
{
	struct pollfd end = {.fd = p->pidfd, .events = POLLIN};
	int r;

	if (!p->pid)
		return 0;
	if (p->reaped)
		return clear_up(p, deadline_boot_ns);
	syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	/* It becomes a zombie after all others are gone: zap_pid_ns_processes(). */
	r = boot_clock_poll(&end, 1, deadline_boot_ns);
	if (r > 0) {
		reap(p);
		return clear_up(p, deadline_boot_ns);
	}
	/* The janitor acts when its pipe is closed: at our end. */
	clean_exec_close(&p->pidfd);
	clean_exec_close(&p->gate);
	clean_exec_close(&p->report);
	*p = (struct pid1){};
	return r < 0 ? r : -ETIMEDOUT;
}
