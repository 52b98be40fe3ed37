/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clears up what outlives this process if it is ended by force: a small process of its own, which
 * waits until we are gone, does one thing, and ends. It has a session of its own, ignores what a
 * terminal or an operator sends to end us, and keeps no descriptor of ours but what it needs. To be
 * started before maps of BPF are mapped: it would have the mappings, too.
 */
#ifndef SIGTRACE_SYS_JANITOR_H
#define SIGTRACE_SYS_JANITOR_H

#include <sys/types.h>

struct janitor {
	pid_t pid; /* 0: none */
	int pidfd;
	int fd; /* held open as long as we live */
};

/*
 * Runs argv, which ends with NULL, when we are gone (`docker rm --force NAME`): its output is
 * thrown away, and it is ended after a minute. The program is looked for now, in PATH, -ENOENT or
 * -EACCES if it is not there; its environment is ours of now. Negative errno.
 */
int janitor_start(char *const *argv, struct janitor *ret);
/*
 * Ends the process behind the pidfd by SIGKILL, waits for its end, and then removes a cgroup's
 * directory; "": none. The pidfd is borrowed.
 */
int janitor_start_for_process(int pidfd, const char *cgroup, struct janitor *ret);
/* It is not needed any more, and ends without doing anything. Accepts a zeroed one. */
void janitor_dismiss(struct janitor *j);

#endif
