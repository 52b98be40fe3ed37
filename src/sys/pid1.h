/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command as init of a PID namespace of its own, with a /proc of that namespace: what a container
 * runtime makes of it as far as signals go. As root, or through a user namespace without privilege.
 * When this process ends, however it ends, the kernel ends the whole namespace.
 */
#ifndef SIGTRACE_SYS_PID1_H
#define SIGTRACE_SYS_PID1_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "janitor.h"

struct pid1_config {
	char *const *argv; /* ends with NULL; found in PATH */
	int output_fd;	   /* its stdout and stderr, borrowed; stdin is /dev/null */
	uint64_t pids_max; /* processes and threads in the namespace; 0: no limit */
};

struct pid1 {
	pid_t pid;		/* in our namespace; 0: none */
	int pidfd;		/* readable when everything in the namespace has ended */
	uint32_t pid_ns;	/* inode */
	uint64_t start_boot_ns; /* the beginning of its 10 ms tick */
	bool user_ns;		/* made through a user namespace */
	bool reaped;
	int gate;
	int report;
	char cgroup[1024]; /* made for pids_max: its directory; "": none */
	struct janitor janitor;
};

/* Why it could not be made, for the user: a clause, and what to do. */
struct pid1_problem {
	char what[256];
	char remedy[256];
};

/*
 * Makes the namespace with its init, which waits in front of the program. It has the default
 * dispositions, no signal blocked, whatever this process inherited; a session of its own; no
 * descriptor but 0, 1 and 2; mounts that are private. User, umask, limits, environment and current
 * directory are ours: through a user namespace it is the same user with the same rights, and no
 * privilege.
 *
 * To be called by a thread that lives as long as the process: if it ends, so does the init. A
 * SIGCHLD that this process ignores (which its parent may have wanted) is set to its default for
 * good, because the kernel would throw the init's status away.
 *
 * 0; or a negative errno with *problem: -EPERM (not allowed here), -EOPNOTSUPP (--pids-max needs
 * the pids controller of a cgroup that this process may make), others.
 */
int pid1_hold(const struct pid1_config *config, struct pid1 *ret, struct pid1_problem *problem);
/*
 * Lets it exec; once. 0 once it has; a negative errno if the command could not be started, as
 * -ENOENT: it has ended, or is about to. SIGPIPE must be ignored. -ETIMEDOUT and -EINTR as
 * clean_exec_release(): what is left to do is pid1_end().
 */
int pid1_release(struct pid1 *p, int stop_fd, uint64_t deadline_boot_ns);
/*
 * Reaps it if it has ended: 1 and *status as waitpid() gives it, 0 if it has not, -ECHILD if
 * somebody else has reaped it. After 1 or -ECHILD only pid1_end() does something: it is called in
 * any case, and the descriptor and the number stay what they were until then.
 */
int pid1_reap(struct pid1 *p, int *status);
/*
 * Ends the namespace with everything in it by SIGKILL, and waits for that, at most until
 * deadline_boot_ns (CLOCK_BOOTTIME); a cgroup that was made is removed. -ETIMEDOUT: something in it
 * cannot be ended now (uninterruptible); its end, and what it leaves, is then seen to for a minute
 * more when this process is gone. -EBUSY: the cgroup is left behind. *p is zeroed. Accepts a zeroed
 * one.
 */
int pid1_end(struct pid1 *p, uint64_t deadline_boot_ns);

#endif
