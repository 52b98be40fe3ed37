// SPDX-License-Identifier: BSD-2-Clause
#include "mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All lines of a node with some thousand containers. */
#define MOUNTINFO_BYTES_MAX (4 << 20)

/* O_PATH first: to open a device may do something, to look at it does not. */
static int keep_if_mapped(int fd, const struct maps_line *line, struct stat *ret)
{
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (line && st.st_ino != line->inode)) {
		close(fd);
		return -EACCES;
	}
	*ret = st;
	return fd;
}

static int find_below_root(const struct proc_dir *d, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	/* A magic link itself, which openat2() would not take as part of a path. */
	int root = openat(d->fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;
	int err;

	if (root < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	err = errno;
	close(root);
	errno = err;
	return fd;
}

int mapped_file_find(const struct proc_dir *d, const struct maps_line *line, const char *path,
		     struct stat *ret)
{
	char name[64];
	int fd;

	/* The inode is not compared: overlayfs and btrfs show different ones in maps and stat(). */
	snprintf(name, sizeof(name), "map_files/%llx-%llx", (unsigned long long)line->start,
		 (unsigned long long)line->end);
	fd = keep_if_mapped(openat(d->fd, name, O_PATH | O_CLOEXEC), NULL, ret);
	if (fd >= 0)
		return fd;
	fd = keep_if_mapped(openat(d->fd, "exe", O_PATH | O_CLOEXEC), line, ret);
	if (fd >= 0 || fd == -ESRCH)
		return fd;
	fd = line->deleted ? -EACCES : keep_if_mapped(find_below_root(d, path), line, ret);
	return fd >= 0 || fd == -ESRCH ? fd : -EACCES;
}

int mapped_file_open(int found_fd)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", found_fd);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct mount_search {
	const struct maps_line *line;
	bool found;
	bool remote;
};

static int look_at_mount(void *context, const char *text, size_t len)
{
	struct mount_search *search = context;
	struct mount_line mount;

	if (mountinfo_parse_line(text, len, &mount) < 0 ||
	    mount.dev_major != search->line->dev_major ||
	    mount.dev_minor != search->line->dev_minor)
		return 1;
	search->found = true;
	search->remote = mount.remote;
	return 0;
}

static void search_mounts(const struct proc_dir *d, struct mount_search *search)
{
	/* What cannot be read shows no mount. */
	(void)proc_dir_each_line(d, "mountinfo", MOUNTINFO_BYTES_MAX, look_at_mount, search);
}

bool mapped_file_is_remote(const struct proc_dir *d, const struct maps_line *line)
{
	struct mount_search search = {.line = line};

	/* Devices have numbers of their own; overlay, tmpfs, NFS and FUSE have major 0. */
	if (line->dev_major != 0)
		return false;
	search_mounts(d, &search);
	if (!search.found) {
		/* Opened before the process went into its mount namespace, as a container's init.
		 */
		struct proc_dir self = {.fd = open("/proc/self", O_DIRECTORY | O_CLOEXEC)};

		if (self.fd >= 0) {
			search_mounts(&self, &search);
			close(self.fd);
		}
	}
	return !search.found || search.remote;
}
