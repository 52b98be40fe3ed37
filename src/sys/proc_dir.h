/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/PID of one certain process: opened once, so that every later read is of the same process,
 * or fails with -ESRCH; a number that was given to another one is never mistaken for it.
 */
#ifndef SIGTRACE_SYS_PROC_DIR_H
#define SIGTRACE_SYS_PROC_DIR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_dir {
	int fd; /* O_DIRECTORY; -1: closed */
	uint32_t tgid;
};

/*
 * Opens the process that has this number and started at start_boot_ns (exact, or the beginning of
 * its 10 ms tick; 0: whoever has the number now). -ESRCH: gone, or another one.
 */
int proc_dir_open(uint32_t tgid, uint64_t start_boot_ns, struct proc_dir *ret);
/* Accepts one that is closed, or zeroed with fd -1. */
void proc_dir_close(struct proc_dir *d);
/*
 * Reads a small file below it ("status", "task/17/syscall") from its start: up to size - 1 bytes,
 * NUL-terminated. Returns the length; -ESRCH when the process or thread is gone, -EACCES or -EPERM,
 * -EFBIG if it does not fit.
 */
ssize_t proc_dir_read(const struct proc_dir *d, const char *name, char *buffer, size_t size);
/*
 * Reads a file of any length in pieces, at most `max` bytes of it, one whole line at a time: calls
 * `line` without its newline. Ends early, returning 1, when `line` returns 0 (1: go on). A line
 * that is longer than 8 KiB is left out. Negative errno as proc_dir_read().
 */
int proc_dir_each_line(const struct proc_dir *d, const char *name, size_t max,
		       int (*line)(void *context, const char *text, size_t len), void *context);

#endif
