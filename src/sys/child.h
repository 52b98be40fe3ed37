/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command that sigtrace starts and owns. It exists, held back before its first instruction, while
 * the tracing is set up; then it is released.
 */
#ifndef SIGTRACE_SYS_CHILD_H
#define SIGTRACE_SYS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	const char *command; /* argv[0], the caller's */
	int gate;	     /* closing it unread makes the held child exit */
	int report;	     /* errno of a failed exec comes from here, or end of file */
};

/*
 * Forks. The child has default dispositions and an empty mask, whatever sigtrace inherited: ignored
 * signals and masks survive exec. argv ends with NULL. Returns 0 or a negative errno.
 */
int child_hold(char *const *argv, struct child *ret);
/* Lets it exec. 0 once it has; a negative errno if the command could not be started. */
int child_release(struct child *child);
/* Gives up a held child, or waits for a released one; accepts a zeroed struct. */
void child_abandon(struct child *child);

/* Ends this process as the child ended: the same exit status, or death by the same signal. */
void child_exit_like(int wait_status) __attribute__((noreturn));

#endif
