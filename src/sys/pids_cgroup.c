// SPDX-License-Identifier: BSD-2-Clause
#include "pids_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot_clock.h"
#include "cgroup_tree.h"
#include "parse.h"
#include "procfs.h"
#include "proctext_cgroup.h"

#define CGROUP_TEXT_SIZE (64 * 1024) /* a long path in each of the hierarchies */
#define NAP_NS		 2000000ULL

static int write_at(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Our cgroup, as a path below the tree's mount. */
static int find_own(const struct cgroup_tree *tree, char *below, size_t size)
{
	char text[CGROUP_TEXT_SIZE];
	const size_t root_len = strlen(tree->root);
	struct proctext_cgroup_path own;
	ssize_t len = procfs_read_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

	if (len < 0)
		return (int)len;
	if (proctext_parse_cgroup_of(text, (size_t)len, tree->is_v1 ? "pids" : NULL, &own) < 0 ||
	    !own.path || own.len < root_len || memcmp(own.path, tree->root, root_len) != 0)
		return -ENOENT;
	own.path += root_len;
	own.len -= root_len;
	while (own.len > 0 && own.path[0] == '/') {
		own.path++;
		own.len--;
	}
	return snprintf(below, size, "%.*s", (int)own.len, own.path) < (int)size ? 0
										 : -ENAMETOOLONG;
}

/*
 * A cgroup of v2 in which processes are has no controllers below it, but for the root. In a cgroup
 * namespace the kernel would accept pids there: as a threaded controller, and then the cgroup is
 * not what it was before for whoever runs it.
 */
static int enable_pids(const struct cgroup_tree *tree, int own_fd, const char *below)
{
	if (tree->is_v1 || cgroup_tree_lists_pids(own_fd, "cgroup.subtree_control"))
		return 0;
	if (!cgroup_tree_lists_pids(own_fd, "cgroup.controllers"))
		return -ENOENT;
	if (!tree->whole || *below)
		return -EOPNOTSUPP;
	return write_at(own_fd, "cgroup.subtree_control", "+pids");
}

static int make_below(int own_fd, const char *name, pid_t pid, uint64_t max)
{
	char text[32];
	int fd, r;

	if (mkdirat(own_fd, name, 0755) < 0)
		return -errno;
	fd = openat(own_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : 0;
	if (r == 0) {
		/* The kernel refuses a larger number: there are never so many. */
		snprintf(text, sizeof(text), "%" PRIu64, max < PARSE_PID_MAX ? max : PARSE_PID_MAX);
		r = write_at(fd, "pids.max", text);
	}
	if (r == 0) {
		snprintf(text, sizeof(text), "%d", pid);
		r = write_at(fd, "cgroup.procs", text);
	}
	if (fd >= 0)
		close(fd);
	if (r < 0)
		unlinkat(own_fd, name, AT_REMOVEDIR);
	return r;
}

static int make_in(const struct cgroup_tree *tree, pid_t pid, uint64_t max, char *path, size_t size)
{
	char below[PROCTEXT_PATH_SIZE], name[64];
	int own_fd;
	int r = find_own(tree, below, sizeof(below));

	if (r < 0)
		return r;
	/* Nobody else's: one that was left behind may have the same number. */
	snprintf(name, sizeof(name), "sigtrace-%d-%" PRIu64, pid, boot_clock_now());
	if (snprintf(path, size, "%s%s%s/%s", tree->point, *below ? "/" : "", below, name) >=
	    (int)size)
		return -ENAMETOOLONG;
	own_fd = cgroup_tree_open(tree, below, O_RDONLY);
	if (own_fd < 0)
		return own_fd;
	r = enable_pids(tree, own_fd, below);
	if (r == 0)
		r = make_below(own_fd, name, pid, max);
	close(own_fd);
	return r;
}

int pids_cgroup_make(pid_t pid, uint64_t max, char *path, size_t size)
{
	char made[PROCTEXT_PATH_SIZE];
	struct cgroup_tree tree = {};
	int r = cgroup_tree_find("", &tree);

	if (r < 0)
		return r;
	r = make_in(&tree, pid, max, made, size < sizeof(made) ? size : sizeof(made));
	cgroup_tree_close(&tree);
	if (r == 0)
		memcpy(path, made, strlen(made) + 1);
	return r;
}

int pids_cgroup_remove(const char *path, uint64_t deadline_boot_ns)
{
	while (rmdir(path) < 0) {
		const uint64_t now_ns = boot_clock_now();
		int r;

		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || now_ns >= deadline_boot_ns)
			return -errno;
		r = boot_clock_poll(NULL, 0, now_ns + NAP_NS);
		if (r < 0)
			return r;
	}
	return 0;
}
