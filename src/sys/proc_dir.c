// SPDX-License-Identifier: BSD-2-Clause
#include "proc_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

#define LINE_MAX_BYTES 8192

int proc_dir_open(uint32_t tgid, uint64_t start_boot_ns, struct proc_dir *ret)
{
	struct proctext_stat stat;
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%u", tgid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	/* After the open: whoever the number belongs to now, the descriptor stays with it. */
	r = procfs_read_stat_at(fd, "stat", &stat);
	if (r == 0 && start_boot_ns && stat.start_ticks != start_boot_ns / PROCFS_TICK_NS)
		r = -ESRCH;
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret = (struct proc_dir){.fd = fd, .tgid = tgid};
	return 0;
}

void proc_dir_close(struct proc_dir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

ssize_t proc_dir_read(const struct proc_dir *d, const char *name, char *buffer, size_t size)
{
	return procfs_read_at(d->fd, name, buffer, size);
}

/* What was read and not yet handed over; `skip`: the rest of a line that was too long. */
struct pieces {
	char data[LINE_MAX_BYTES + 1]; /* a line and its line feed */
	size_t len;
	bool skip;
};

/* Hands over the whole lines. 1: `line` wants no more. */
static int hand_over(struct pieces *p, int (*line)(void *context, const char *text, size_t len),
		     void *context)
{
	size_t at = 0;
	int more = 1;

	while (more) {
		const char *end = memchr(p->data + at, '\n', p->len - at);

		if (!end)
			break;
		if (!p->skip)
			more = line(context, p->data + at, (size_t)(end - p->data) - at);
		p->skip = false;
		at = (size_t)(end - p->data) + 1;
	}
	memmove(p->data, p->data + at, p->len - at);
	p->len -= at;
	if (p->len == sizeof(p->data)) {
		p->skip = true;
		p->len = 0;
	}
	return !more;
}

int proc_dir_each_line(const struct proc_dir *d, const char *name, size_t max,
		       int (*line)(void *context, const char *text, size_t len), void *context)
{
	int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct pieces p = {.len = 0};
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r == 0 && max > 0) {
		size_t room = sizeof(p.data) - p.len;
		ssize_t n = read(fd, p.data + p.len, room < max ? room : max);

		if (n <= 0) {
			r = n < 0 ? -errno : 0;
			break;
		}
		max -= (size_t)n;
		p.len += (size_t)n;
		r = hand_over(&p, line, context);
	}
	close(fd);
	return r;
}
