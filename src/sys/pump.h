/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output of a program on its way through: from a pipe to a file descriptor, and line by line to
 * whoever looks for one. It is always read, so that the program never waits for us: what the other
 * side does not take is kept up to PUMP_KEPT_MAX, and beyond that dropped and counted.
 */
#ifndef SIGTRACE_SYS_PUMP_H
#define SIGTRACE_SYS_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUMP_KEPT_MAX (1024UL * 1024)
/*
 * A longer line is looked at in pieces of this size. What regexec() takes may grow with the square
 * of it.
 */
#define PUMP_LINE_MAX 4096

struct pump;

/* One line without its newline, NUL-terminated; bytes that are NUL inside it are as they are. */
typedef void (*pump_line_fn)(void *context, const char *line, size_t len);

/*
 * `to`: borrowed, its flags stay as they are (it may be shared with a shell). -1: nowhere. `line`
 * may be NULL. *ret_write_end is the end that the program gets; the caller closes it. Negative
 * errno.
 */
int pump_new(int to, pump_line_fn line, void *context, struct pump **ret, int *ret_write_end);
/* Accepts NULL. */
void pump_free(struct pump *p);
/* To be polled for POLLIN; -1 once the last writer has closed it. */
int pump_fd(const struct pump *p);
/* Something waits to be written: poll `to` for POLLOUT, too. */
bool pump_waits(const struct pump *p);
/*
 * Reads and writes what is possible without waiting, a bounded amount. 0; or, once, what `to`
 * answered (-EPIPE, -ENOSPC; SIGPIPE must be ignored): from then on output is read and dropped.
 */
int pump_run(struct pump *p);
/*
 * At the end: until everything is read and written, or deadline_boot_ns (CLOCK_BOOTTIME). 0; what
 * `to` answered; -ETIMEDOUT: somebody still has the write end, or `to` does not take it, and the
 * rest is dropped.
 */
int pump_finish(struct pump *p, uint64_t deadline_boot_ns);
/* Bytes that `to` did not get. */
uint64_t pump_dropped(const struct pump *p);

#endif
