/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered output over write(2). stdio is not used for data: its errors come late and once, and it
 * cannot tell a closed pipe from a full disk.
 */
#ifndef SIGTRACE_SYS_WRITER_H
#define SIGTRACE_SYS_WRITER_H

#include <signal.h>
#include <stddef.h>

/* What an empty pipe takes in one write. */
#define WRITER_SIZE (64 * 1024)

/* Large: static, or on the heap. */
struct writer {
	int fd;
	int error;  /* the first failure, negative errno; every later call returns it */
	size_t len; /* bytes that wait in data */
	/*
	 * May be set after writer_init(). A write that a signal interrupts is retried, unless *stop
	 * is non-zero: then the call returns -EINTR and keeps what is left, so that a reader that
	 * has stopped reading cannot keep the program from ending. Not a sticky error.
	 */
	const volatile sig_atomic_t *stop;
	char data[WRITER_SIZE];
};

/* The writer borrows fd; it is never closed here. */
void writer_init(struct writer *w, int fd);
/*
 * Both return 0, or the negative errno of write(2): -EPIPE when the reader has gone (SIGPIPE must
 * be ignored), -ENOSPC, -EIO … Partial writes are continued; a non-blocking fd is waited for.
 * Unless it is longer than WRITER_SIZE, what one call puts is handed to one write, and is taken
 * whole or, if the call fails, not at all.
 */
int writer_put(struct writer *w, const void *bytes, size_t len);
int writer_puts(struct writer *w, const char *text);
int writer_flush(struct writer *w);

#endif
