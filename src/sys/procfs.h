/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads of /proc. What a process is now, never what it was at an event. Source: proc(5). */
#ifndef SIGTRACE_SYS_PROCFS_H
#define SIGTRACE_SYS_PROCFS_H

#include <stddef.h>
#include <stdint.h>

struct procfs_process {
	uint32_t tgid;
	uint32_t ppid;
	char state;		/* as in proc(5): R S D Z T t X I */
	uint64_t start_boot_ns; /* the beginning of the 10 ms tick in which the process started */
};

/*
 * Reads the process that `pid` belongs to; a thread's number gives its process. -ESRCH if there is
 * none (any more), -EBADMSG if /proc says what it should not.
 */
int procfs_read_process(uint32_t pid, struct procfs_process *ret);

/* Called for one process; returns 0, or a negative errno that ends the walk. */
typedef int (*procfs_process_fn)(void *context, const struct procfs_process *process);
/* Every process that exists now; one that ends meanwhile is left out. */
int procfs_each_process(procfs_process_fn each, void *context);

#endif
