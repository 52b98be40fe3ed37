// SPDX-License-Identifier: BSD-2-Clause
#include "enrich.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "place.h"
#include "proctext_thread.h"

/* A server may have a million open: more take too long. */
#define DESCRIPTORS_MAX 65536

/* -ESRCH or 0. */
static int is_still_there(const struct proc_dir *d)
{
	char text[2048];

	return proc_dir_read(d, "stat", text, sizeof(text)) == -ESRCH ? -ESRCH : 0;
}

/* 1: it is one, 0: it is none or is closed, or a negative errno. */
static int is_signalfd(int fd_dir, const char *name)
{
	static const char wanted[] = "anon_inode:[signalfd]";
	char target[sizeof(wanted) + 1];
	ssize_t len = readlinkat(fd_dir, name, target, sizeof(target));

	if (len < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	return len == sizeof(wanted) - 1 && memcmp(target, wanted, sizeof(wanted) - 1) == 0;
}

/* What signalfds take: at least one of them, and each. */
struct sets {
	uint64_t any;
	uint64_t each; /* all signals as long as there is none */
};

/* False: what the signalfd takes is not known. */
static bool add_signalfd(const struct proc_dir *d, const char *name, struct sets *sets)
{
	char path[64];
	char text[1024];
	uint64_t set;
	ssize_t len;

	snprintf(path, sizeof(path), "fdinfo/%.20s", name);
	len = proc_dir_read(d, path, text, sizeof(text));
	if (len == -ESRCH) /* closed meanwhile */
		return true;
	if (len < 0 || proctext_parse_signalfd(text, len, &set) < 0)
		return false;
	sets->any |= set;
	sets->each &= set;
	return true;
}

/* Adds up the sets of all signalfds; false: there may be others. */
static bool read_signalfds(const struct proc_dir *d, DIR *dir, struct sets *sets)
{
	for (unsigned int count = 0; count <= DESCRIPTORS_MAX; count++) {
		struct dirent *entry;
		uint64_t number;
		int is;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno == 0;
		if (parse_u64(entry->d_name, 0, UINT32_MAX, &number) < 0)
			continue;
		is = is_signalfd(dirfd(dir), entry->d_name);
		if (is < 0 || (is && !add_signalfd(d, entry->d_name, sets)))
			return false;
	}
	return false;
}

int enrich_signalfds(const struct proc_dir *d, struct process *p)
{
	int fd = openat(d->fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sets sets = {.each = UINT64_MAX};
	DIR *dir;

	if (fd < 0)
		return is_still_there(d);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	if (read_signalfds(d, dir, &sets)) {
		p->signalfd = sets.any;
		/* 0 without any signalfd. */
		p->signalfd_each = sets.any & sets.each;
		p->known |= PROCESS_KNOWN_SIGNALFD;
	}
	closedir(dir);
	return is_still_there(d);
}

int enrich_places(const struct proc_dir *d, struct process *p)
{
	const bool native = place_is_native(d);

	for (size_t i = 0; i < p->threads_len && i < ENRICH_THREADS_MAX; i++) {
		struct thread *thread = &p->threads[i];

		if (!thread->place)
			thread->place = malloc(sizeof(*thread->place));
		if (!thread->place)
			return -ENOMEM;
		place_read(d, thread->tid, native, thread->place);
	}
	return is_still_there(d);
}
