// SPDX-License-Identifier: BSD-2-Clause
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot_clock.h"

/* What a pipe holds. */
#define READ_SIZE (64UL * 1024)
/* Of one pump_run(): who floods the pipe must not keep the caller from looking at other things. */
#define ROUNDS 4

struct pump {
	int from; /* -1: at its end */
	int to;	  /* -1: nowhere, or it failed */
	int own_to;
	size_t at_once; /* so much is written at once */
	bool wanted;	/* there was a `to` */
	pump_line_fn line;
	void *context;
	uint64_t dropped;
	size_t text_len;
	bool in_pieces; /* the line that is looked at began in an earlier piece */
	char text[PUMP_LINE_MAX + 1];
	size_t kept_from;
	size_t kept_len;
	char kept[PUMP_KEPT_MAX]; /* a ring */
};

/*
 * A pipe or a terminal through a description of our own, which may be non-blocking: poll() promises
 * room for one byte of a terminal, and of a pipe until somebody else writes. A file has a position
 * that must stay shared, and does not block.
 */
static int reopen(int to)
{
	char path[64];
	struct stat st;

	if (fstat(to, &st) < 0 || !(S_ISFIFO(st.st_mode) || isatty(to)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int pump_new(int to, pump_line_fn line, void *context, struct pump **ret, int *ret_write_end)
{
	struct pump *p = calloc(1, sizeof(*p));
	int ends[2];

	if (!p)
		return -ENOMEM;
	/* The program's end blocks, as a program expects. */
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
		const int error = errno;

		free(p);
		return -error;
	}
	p->from = ends[0];
	p->own_to = to >= 0 ? reopen(to) : -1;
	p->to = p->own_to >= 0 ? p->own_to : to;
	p->at_once = p->own_to >= 0 ? READ_SIZE : PIPE_BUF;
	p->wanted = to >= 0;
	p->line = line;
	p->context = context;
	*ret = p;
	*ret_write_end = ends[1];
	return 0;
}

void pump_free(struct pump *p)
{
	if (!p)
		return;
	if (p->from >= 0)
		close(p->from);
	if (p->own_to >= 0)
		close(p->own_to);
	free(p);
}

int pump_fd(const struct pump *p)
{
	return p->from;
}

bool pump_waits(const struct pump *p)
{
	return p->kept_len > 0;
}

uint64_t pump_dropped(const struct pump *p)
{
	return p->dropped;
}

static void end_line(struct pump *p)
{
	p->text[p->text_len] = '\0';
	p->line(p->context, p->text, p->text_len);
	p->text_len = 0;
}

static void look(struct pump *p, const char *bytes, size_t len)
{
	while (p->line && len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t n = newline ? (size_t)(newline - bytes) : len;

		if (n > PUMP_LINE_MAX - p->text_len) {
			n = PUMP_LINE_MAX - p->text_len;
			newline = NULL;
		}
		memcpy(p->text + p->text_len, bytes, n);
		p->text_len += n;
		bytes += n + (newline ? 1 : 0);
		len -= n + (newline ? 1 : 0);
		if (newline) {
			/* Nothing is left of a line whose last piece was full. */
			if (p->text_len > 0 || !p->in_pieces)
				end_line(p);
			p->in_pieces = false;
		} else if (p->text_len == PUMP_LINE_MAX) {
			end_line(p);
			p->in_pieces = true;
		}
	}
}

static void keep(struct pump *p, const char *bytes, size_t len)
{
	const size_t room = p->to >= 0 ? PUMP_KEPT_MAX - p->kept_len : 0;

	if (len > room) {
		if (p->wanted)
			p->dropped += len - room;
		len = room;
	}
	while (len > 0) {
		const size_t at = (p->kept_from + p->kept_len) % PUMP_KEPT_MAX;
		const size_t n = len < PUMP_KEPT_MAX - at ? len : PUMP_KEPT_MAX - at;

		memcpy(p->kept + at, bytes, n);
		p->kept_len += n;
		bytes += n;
		len -= n;
	}
}

static void drop_kept(struct pump *p)
{
	p->dropped += p->kept_len;
	p->kept_len = 0;
}

static void end_reading(struct pump *p)
{
	close(p->from);
	p->from = -1;
	if (p->line && p->text_len > 0)
		end_line(p);
}

/* False: there is nothing to read now. */
static bool read_some(struct pump *p)
{
	char bytes[READ_SIZE];
	ssize_t len;

	if (p->from < 0)
		return false;
	do
		len = read(p->from, bytes, sizeof(bytes));
	while (len < 0 && errno == EINTR);
	if (len > 0) {
		look(p, bytes, (size_t)len);
		keep(p, bytes, (size_t)len);
		return true;
	}
	if (len == 0 || errno != EAGAIN)
		end_reading(p);
	return false;
}

/* Up to READ_SIZE bytes, and a piece more. 0, or what `to` answered. */
static int write_some(struct pump *p)
{
	size_t left = READ_SIZE;

	while (p->kept_len > 0 && left > 0) {
		struct pollfd ready = {.fd = p->to, .events = POLLOUT};
		size_t n = PUMP_KEPT_MAX - p->kept_from;
		ssize_t written;

		if (poll(&ready, 1, 0) <= 0)
			return 0;
		if (n > p->kept_len)
			n = p->kept_len;
		if (n > p->at_once)
			n = p->at_once;
		written = write(p->to, p->kept + p->kept_from, n);
		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (written <= 0) {
			const int r = written < 0 ? -errno : -EIO;

			p->to = -1;
			drop_kept(p);
			return r;
		}
		p->kept_from = (p->kept_from + (size_t)written) % PUMP_KEPT_MAX;
		p->kept_len -= (size_t)written;
		left -= (size_t)written < left ? (size_t)written : left;
	}
	return 0;
}

int pump_run(struct pump *p)
{
	int result = 0;

	for (int i = 0; i < ROUNDS; i++) {
		const bool more = read_some(p);
		const int r = write_some(p);

		if (result == 0)
			result = r;
		if (!more && p->kept_len == 0)
			break;
	}
	return result;
}

int pump_finish(struct pump *p, uint64_t deadline_boot_ns)
{
	int result = 0;

	for (;;) {
		struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLOUT}};
		int r = pump_run(p);

		if (result == 0)
			result = r;
		if (p->from < 0 && p->kept_len == 0)
			return result;
		fds[0].fd = p->from;
		fds[1].fd = p->kept_len > 0 ? p->to : -1;
		/* A flood is always ready. */
		r = 0;
		if (boot_clock_now() < deadline_boot_ns)
			r = boot_clock_poll(fds, 2, deadline_boot_ns);
		if (r > 0)
			continue;
		drop_kept(p);
		return result ? result : r < 0 ? r : -ETIMEDOUT;
	}
}
