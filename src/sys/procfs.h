/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of /proc. What a process is now, never what it was at an event. Source: proc(5). */
#ifndef SIGTRACE_SYS_PROCFS_H
#define SIGTRACE_SYS_PROCFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proctext.h"

/* USER_HZ is 100 on every architecture that sigtrace supports. */
#define PROCFS_TICK_NS 10000000ULL

struct procfs_process {
	uint32_t tgid;
	uint32_t ppid;
	char state;		/* as in proc(5): R S D Z T t X I */
	uint64_t start_boot_ns; /* the beginning of the 10 ms tick in which the process started */
};

/*
 * Reads the process that `pid` belongs to; a thread's number gives its process. -ESRCH if there is
 * none (any more), -EINVAL if /proc says what it should not.
 */
int procfs_read_process(uint32_t pid, struct procfs_process *ret);

/* Called for one process; returns 0, or a negative errno that ends the walk. */
typedef int (*procfs_process_fn)(void *context, const struct procfs_process *process);
/* Every process that exists now; one that ends meanwhile is left out. */
int procfs_each_process(procfs_process_fn each, void *context);

/*
 * Reads a file from its start to its end: up to size - 1 bytes, NUL-terminated. `path` is below the
 * directory dir_fd, and its last component no link. Returns the length; -ESRCH where the file, its
 * process or its thread is not there, -EFBIG if it does not fit, or another negative errno.
 */
ssize_t procfs_read_at(int dir_fd, const char *path, char *buffer, size_t size);
/* Both read and parse: negative errno as procfs_read_at(), -EINVAL as core/proctext. */
int procfs_read_stat_at(int dir_fd, const char *path, struct proctext_stat *ret);
int procfs_read_status_at(int dir_fd, const char *path, struct proctext_status *ret);

#endif
