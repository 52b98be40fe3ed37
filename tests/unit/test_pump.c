/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pump.h"

#define WAIT_MS 60000

static uint64_t boot_ns(unsigned int later_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec + later_ms * 1000000ULL;
}

/* The lines that were seen, each with its length. */
struct lines {
	char text[4096];
	size_t len;
	size_t count;
	size_t bytes;
};

static void add_line(void *context, const char *line, size_t len)
{
	struct lines *l = context;

	assert_int_equal(line[len], '\0');
	l->count++;
	l->bytes += len;
	if (l->len + 32 < sizeof(l->text))
		l->len += (size_t)snprintf(l->text + l->len, sizeof(l->text) - l->len,
					   "[%.16s|%zu]", line, len);
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void open_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

static void test_lines(void **state)
{
	static const struct {
		const char *input[4];
		const char *lines;
	} rows[] = {
		{{"one\ntwo\n"}, "[one|3][two|3]"},
		{{"o", "ne\ntw", "o\n"}, "[one|3][two|3]"},
		{{"\n\na\n"}, "[|0][|0][a|1]"},
		{{"no newline"}, "[no newline|10]"},
		{{""}, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lines seen = {.len = 0};
		struct pump *p;
		int end;

		assert_int_equal(pump_new(-1, add_line, &seen, &p, &end), 0);
		for (size_t j = 0; j < 4 && rows[i].input[j]; j++) {
			put(end, rows[i].input[j]);
			assert_int_equal(pump_run(p), 0);
		}
		close(end);
		assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
		assert_string_equal(seen.text, rows[i].lines);
		assert_int_equal(pump_fd(p), -1);
		assert_int_equal(pump_dropped(p), 0);
		pump_free(p);
	}
}

static void test_bytes_inside(void **state)
{
	struct lines seen = {.len = 0};
	struct pump *p;
	int end;

	(void)state;
	assert_int_equal(pump_new(-1, add_line, &seen, &p, &end), 0);
	assert_int_equal(write(end, "a\0b\n", 4), 4);
	close(end);
	assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
	assert_string_equal(seen.text, "[a|3]");
	pump_free(p);
}

/* A line as long as a piece is one line; a longer one is looked at in pieces. */
static void test_long_lines(void **state)
{
	static const struct {
		size_t len;
		size_t count;
	} rows[] = {
		{PUMP_LINE_MAX - 1, 1},
		{PUMP_LINE_MAX, 1},
		{PUMP_LINE_MAX + 1, 2},
		{3 * PUMP_LINE_MAX, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = malloc(rows[i].len + 1);
		struct lines seen = {.len = 0};
		struct pump *p;
		int end;

		memset(text, 'x', rows[i].len);
		text[rows[i].len] = '\0';
		assert_int_equal(pump_new(-1, add_line, &seen, &p, &end), 0);
		put(end, text);
		/* Its newline comes later; and behind it an empty line. */
		assert_int_equal(pump_run(p), 0);
		put(end, "\n\n");
		close(end);
		assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
		assert_int_equal(seen.count, rows[i].count + 1);
		assert_int_equal(seen.bytes, rows[i].len);
		pump_free(p);
		free(text);
	}
}

/* Byte for byte, through a pipe that takes it slowly. */
static void test_passes_on(void **state)
{
	enum { SIZE = 900 * 1024 };
	char *sent = malloc(SIZE), *got = malloc(SIZE + 1);
	size_t in = 0, out = 0;
	struct pump *p;
	int to[2], end;

	(void)state;
	open_pipe(to);
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)(i * 7 + i / 251);
	assert_int_equal(pump_new(to[1], NULL, NULL, &p, &end), 0);
	/* The program's end blocks, so it is not written more than fits. */
	while (in < SIZE) {
		size_t n = SIZE - in < 32768 ? SIZE - in : 32768;

		assert_int_equal(write(end, sent + in, n), n);
		in += n;
		assert_int_equal(pump_run(p), 0);
	}
	assert_true(pump_waits(p));
	close(end);
	while (out < SIZE) {
		ssize_t n = read(to[0], got + out, SIZE + 1 - out < 3000 ? SIZE + 1 - out : 3000);

		assert_true(n > 0);
		out += (size_t)n;
		assert_int_equal(pump_run(p), 0);
	}
	assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
	assert_false(pump_waits(p));
	assert_memory_equal(sent, got, SIZE);
	assert_int_equal(pump_dropped(p), 0);
	pump_free(p);
	/* The flags of what may be somebody else's are what they were; ours is closed. */
	assert_int_equal(fcntl(to[1], F_GETFL) & O_NONBLOCK, 0);
	close(to[1]);
	assert_int_equal(read(to[0], got, 1), 0);
	close(to[0]);
	free(sent);
	free(got);
}

/* Nobody reads: the program is not held up, and every byte is accounted for. */
static void test_nobody_reads(void **state)
{
	enum { SIZE = 4 * 1024 * 1024 };
	static char bytes[65536];
	uint64_t sent = 0, got = 0;
	struct pump *p;
	int to[2], end;
	ssize_t n;

	(void)state;
	open_pipe(to);
	assert_int_equal(pump_new(to[1], NULL, NULL, &p, &end), 0);
	while (sent < SIZE) {
		assert_int_equal(write(end, bytes, sizeof(bytes)), sizeof(bytes));
		sent += sizeof(bytes);
		assert_int_equal(pump_run(p), 0);
	}
	close(end);
	assert_int_equal(pump_finish(p, boot_ns(1)), -ETIMEDOUT);
	assert_false(pump_waits(p));
	fcntl(to[0], F_SETFL, O_NONBLOCK);
	while ((n = read(to[0], bytes, sizeof(bytes))) > 0)
		got += (uint64_t)n;
	assert_true(got > 0);
	assert_int_equal(got + pump_dropped(p), sent);
	pump_free(p);
	close(to[0]);
	close(to[1]);
}

/* One that writes as fast as it can, for ever: each call comes back, and so does the end. */
static void test_flood(void **state)
{
	struct lines seen = {.len = 0};
	struct pump *p;
	int end, status;
	pid_t pid;

	(void)state;
	assert_int_equal(pump_new(-1, add_line, &seen, &p, &end), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static char bytes[65536];

		close(pump_fd(p));
		memset(bytes, '\n', sizeof(bytes));
		while (write(end, bytes, sizeof(bytes)) > 0)
			;
		_exit(0);
	}
	close(end);
	while (seen.count < 5000000) {
		struct pollfd ready = {.fd = pump_fd(p), .events = POLLIN};

		assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
		const size_t before = seen.count;

		assert_int_equal(pump_run(p), 0);
		assert_true(seen.count - before <= 1024 * 1024);
	}
	assert_int_equal(pump_finish(p, boot_ns(20)), -ETIMEDOUT);
	pump_free(p);
	/* Now nobody reads it any more. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* The end does not read on for ever, however much there is. */
static void test_end_is_bounded(void **state)
{
	enum { SIZE = 1024 * 1024 };
	struct lines seen = {.len = 0};
	char *bytes = malloc(SIZE);
	struct pump *p;
	int end;

	(void)state;
	memset(bytes, '\n', SIZE);
	assert_int_equal(pump_new(-1, add_line, &seen, &p, &end), 0);
	if (fcntl(end, F_SETPIPE_SZ, SIZE) < 0) {
		fprintf(stderr, "skipped: no pipe of %d bytes\n", SIZE);
		pump_free(p);
		free(bytes);
		skip();
	}
	assert_int_equal(write(end, bytes, SIZE), SIZE);
	assert_int_equal(pump_finish(p, 0), -ETIMEDOUT);
	assert_true(seen.count > 0);
	assert_true(seen.count < SIZE);
	close(end);
	pump_free(p);
	free(bytes);
}

/* What does not take it is told once, and the program's output is read all the same. */
static void check_broken(int to, int error)
{
	struct lines seen = {.len = 0};
	struct pump *p;
	int end;

	assert_int_equal(pump_new(to, add_line, &seen, &p, &end), 0);
	put(end, "first\n");
	assert_int_equal(pump_run(p), error);
	put(end, "second\n");
	assert_int_equal(pump_run(p), 0);
	assert_false(pump_waits(p));
	close(end);
	assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
	assert_string_equal(seen.text, "[first|5][second|6]");
	assert_int_equal(pump_dropped(p), strlen("first\nsecond\n"));
	pump_free(p);
}

static void test_broken(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int to[2], closed;

	(void)state;
	assert_true(full >= 0);
	check_broken(full, -ENOSPC);
	close(full);
	open_pipe(to);
	close(to[0]);
	check_broken(to[1], -EPIPE);
	close(to[1]);
	closed = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 900);
	close(closed);
	check_broken(900, -EBADF);
}

/* poll() says that a terminal takes something; it does not take all of it. */
static void test_terminal(void **state)
{
	static char bytes[65536];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct pump *p;
	int end, slave;

	(void)state;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
		fprintf(stderr, "skipped: no pseudo-terminals\n");
		skip();
	}
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	/* Each newline takes two: so its room is of any size in the end. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 71 == 70 ? '\n' : 'x';
	assert_int_equal(pump_new(slave, NULL, NULL, &p, &end), 0);
	for (int i = 0; i < 32; i++) {
		assert_int_equal(write(end, bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(pump_run(p), 0);
	}
	assert_true(pump_dropped(p) > 0);
	assert_int_equal(fcntl(slave, F_GETFL) & O_NONBLOCK, 0);
	close(end);
	pump_free(p);
	close(slave);
	close(master);
}

/* A file that is shared keeps its position: what others write behind it is not overwritten. */
static void test_shared_file(void **state)
{
	char path[] = "/tmp/pump-XXXXXX", text[64] = "";
	int fd = mkstemp(path);
	struct pump *p;
	int end;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	put(fd, "before ");
	assert_int_equal(pump_new(fd, NULL, NULL, &p, &end), 0);
	put(end, "through ");
	close(end);
	assert_int_equal(pump_finish(p, boot_ns(WAIT_MS)), 0);
	put(fd, "behind");
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 21);
	assert_string_equal(text, "before through behind");
	pump_free(p);
	close(fd);
}

static void test_free_of_nothing(void **state)
{
	(void)state;
	pump_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),		cmocka_unit_test(test_bytes_inside),
		cmocka_unit_test(test_long_lines),	cmocka_unit_test(test_passes_on),
		cmocka_unit_test(test_nobody_reads),	cmocka_unit_test(test_flood),
		cmocka_unit_test(test_end_is_bounded),	cmocka_unit_test(test_broken),
		cmocka_unit_test(test_terminal),	cmocka_unit_test(test_shared_file),
		cmocka_unit_test(test_free_of_nothing),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("pump", tests, NULL, NULL);
}
