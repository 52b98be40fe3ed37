/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests that need the real kernel: runs a part of a test in a process of its own, which may
 * change what a process is, and end as it likes. There nothing of cmocka may be used: EXPECT() says
 * what is wrong, and ends it.
 */
#ifndef SIGTRACE_TESTS_NAMESPACE_RUN_H
#define SIGTRACE_TESTS_NAMESPACE_RUN_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS	    60000
#define EXIT_SKIP   77
#define EXIT_FAILED 78

/* What the part says of a skip or a failure: memory that is shared with the test. */
extern char *part_says;
#define PART_SAYS_SIZE 1024

static inline void end_part(int code, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
static inline void end_part(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(part_says, PART_SAYS_SIZE, format, args);
	va_end(args);
	_exit(code);
}

#define EXPECT(condition)                                                                  \
	do {                                                                               \
		if (!(condition))                                                          \
			end_part(EXIT_FAILED, "%s:%d: %s (errno: %s)", __FILE__, __LINE__, \
				 #condition, strerror(errno));                             \
	} while (0)

static inline uint64_t test_boot_ns(unsigned int later_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec + later_ms * 1000000ULL;
}

/* For a part that arranges what only root can. */
static inline void need_root(void)
{
	if (geteuid() != 0)
		end_part(EXIT_SKIP, "only root can arrange this");
}

/* Whether it becomes readable, or its other end is closed, before the deadline. */
static inline int becomes_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r;

	do
		r = poll(&p, 1, WAIT_MS);
	while (r < 0 && errno == EINTR);
	return r == 1;
}

/* Reads until `word` has come (NULL: until the end of the file). Whether it did before the
 * deadline. */
static inline int read_until(int fd, const char *word, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	while (!word || !strstr(text, word)) {
		ssize_t n;

		if (!becomes_readable(fd))
			return 0;
		n = read(fd, text + len, size - 1 - len);
		if (n <= 0)
			return n == 0 && !word;
		len += (size_t)n;
		text[len] = '\0';
	}
	return 1;
}

/* The process, which is no child of ours, has ended before the deadline. */
static inline int has_ended(int pidfd)
{
	return becomes_readable(pidfd);
}

static inline int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* A file or directory is gone before the deadline. */
static inline int vanishes(const char *path)
{
	const uint64_t deadline_ns = test_boot_ns(WAIT_MS);
	struct stat st;

	while (stat(path, &st) == 0) {
		if (test_boot_ns(0) > deadline_ns)
			return 0;
		poll(NULL, 0, 5);
	}
	return errno == ENOENT;
}

/* Runs part(context) in a process of its own, and skips or fails the test as it says. */
static inline void in_part(void (*part)(void *context), void *context)
{
	int status;
	pid_t pid;

	part_says[0] = '\0';
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		part(context);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP) {
		fprintf(stderr, "skipped: %s\n", part_says);
		skip();
	}
	if (status != 0)
		fail_msg("status 0x%x: %s", (unsigned int)status, part_says);
}

#endif
