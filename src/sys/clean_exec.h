/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that sigtrace makes: what they begin with, and how one is held back before the first
 * instruction of its program. What is said to be for the new process uses nothing that another
 * thread may have locked when it was made.
 */
#ifndef SIGTRACE_SYS_CLEAN_EXEC_H
#define SIGTRACE_SYS_CLEAN_EXEC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * fork() with flags of clone(2) and a pidfd. In the new process every signal is blocked, until
 * clean_exec_signals(): no handler of ours runs there. Returns its number, 0 in it, or a negative
 * errno. From Linux 5.2 on.
 */
pid_t clean_exec_fork(unsigned long flags, int *ret_pidfd);
/*
 * For the new process: every disposition is the default, or to ignore it (bit sig - 1), and no
 * signal is blocked. What is ignored or blocked survives exec.
 */
void clean_exec_signals(uint64_t ignored);
/* For the new process: closes all descriptors from 3 on, but for those to keep. */
void clean_exec_close_others(const int *keep, size_t count);

/*
 * Two pipes, of which no end survives exec: the gate, which a byte opens and its end closes for
 * good; and the report, on which errno of an exec that failed comes, or the end of file. [0] is to
 * be read, [1] to be written. Negative errno.
 */
int clean_exec_open(int gate[2], int report[2]);
/* For the new process: waits at the gate, and execs. */
void clean_exec_run(char *const *argv, int gate, int report) __attribute__((noreturn));
/*
 * Opens the gate, and closes both. 0 once the program runs; a negative errno if it could not be
 * started. SIGPIPE must be ignored. An exec may take long (a network file system), or for ever
 * (frozen): -ETIMEDOUT at deadline_boot_ns (CLOCK_BOOTTIME), -EINTR once stop_fd, unless it is -1,
 * is readable; then it may still run later.
 */
int clean_exec_release(int *gate, int *report, int stop_fd, uint64_t deadline_boot_ns);
/* Closes it unless it is -1, which it becomes. */
void clean_exec_close(int *fd);

#endif
