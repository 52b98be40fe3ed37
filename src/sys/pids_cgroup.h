/* SPDX-License-Identifier: BSD-2-Clause */
/* A cgroup below that of this process, which limits how many processes and threads are in it. */
#ifndef SIGTRACE_SYS_PIDS_CGROUP_H
#define SIGTRACE_SYS_PIDS_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Makes it and moves the process into it; its directory to `path`. The process counts. -ENOENT: the
 * pids controller is not there, or our cgroup is not to be seen here; -EOPNOTSUPP: cgroup v2 does
 * not have it below our cgroup, which cannot be changed while processes are in that; or what the
 * kernel said: -EACCES, -EPERM, -EROFS where this process may not make one.
 */
int pids_cgroup_make(pid_t pid, uint64_t max, char *path, size_t size);
/*
 * Removes it. The kernel counts those that have just ended for a moment more: it is tried until
 * deadline_boot_ns (CLOCK_BOOTTIME). 0, also if it is gone; -EBUSY: something is in it.
 */
int pids_cgroup_remove(const char *path, uint64_t deadline_boot_ns);

#endif
