/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

void writer_init(struct writer *w, int fd)
{
	w->fd = fd;
	w->error = 0;
	w->len = 0;
	w->stop = NULL;
}

static bool asked_to_stop(const struct writer *w)
{
	return w->stop && *w->stop;
}

/* Writes until done or failed; *written is right in both cases. */
static int write_all(struct writer *w, const char *bytes, size_t len, size_t *written)
{
	*written = 0;
	while (*written < len) {
		ssize_t n = write(w->fd, bytes + *written, len - *written);

		if (n > 0) {
			*written += (size_t)n;
			continue;
		}
		/* No error, and no progress: do not spin. */
		if (n == 0)
			return w->error = -EIO;
		if (errno == EINTR) {
			if (asked_to_stop(w))
				return -EINTR;
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd ready = {.fd = w->fd, .events = POLLOUT};

			if (poll(&ready, 1, -1) < 0) {
				if (errno != EINTR)
					return w->error = -errno;
				if (asked_to_stop(w))
					return -EINTR;
			}
			continue;
		}
		return w->error = -errno;
	}
	return 0;
}

int writer_flush(struct writer *w)
{
	size_t written;
	int err;

	if (w->error)
		return w->error;
	err = write_all(w, w->data, w->len, &written);
	memmove(w->data, w->data + written, w->len - written);
	w->len -= written;
	return err;
}

int writer_put(struct writer *w, const void *bytes, size_t len)
{
	size_t written;
	int err;

	if (w->error)
		return w->error;
	if (len > sizeof(w->data) - w->len) {
		err = writer_flush(w);
		if (err < 0)
			return err;
	}
	if (len > sizeof(w->data))
		return write_all(w, bytes, len, &written);
	memcpy(w->data + w->len, bytes, len);
	w->len += len;
	return 0;
}

int writer_puts(struct writer *w, const char *text)
{
	return writer_put(w, text, strlen(text));
}
