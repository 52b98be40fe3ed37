// SPDX-License-Identifier: BSD-2-Clause
#include "cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "proc_dir.h"
#include "procfs.h"
#include "proctext_cgroup.h"

#define MOUNTINFO_MAX (16UL * 1024 * 1024)
#define KERNFS_ROOT   1 /* the number of the root of every hierarchy: kernfs_create_root() */

int cgroup_tree_open(const struct cgroup_tree *tree, const char *below, unsigned int flags)
{
	struct open_how how = {
		.flags = flags | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, tree->fd, *below ? below : ".", &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

void cgroup_tree_close(struct cgroup_tree *tree)
{
	if (!tree->point)
		return;
	free(tree->point);
	free(tree->root);
	close(tree->fd);
	tree->point = NULL;
}

/* Something else may be mounted over it, and it may be any part of the hierarchy. */
static int open_mount(const struct proctext_mount *mount, bool *ret_whole)
{
	const unsigned int magic = mount->v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
	int fd = open(mount->point, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0 || (unsigned int)fs.f_type != magic || fstat(fd, &st) < 0) {
		close(fd);
		return -ENOENT;
	}
	*ret_whole = st.st_ino == KERNFS_ROOT;
	return fd;
}

struct search {
	struct proctext_mount mount;
	const char *host_root;
	struct cgroup_tree v1;
	struct cgroup_tree v2;
};

/* The first one, unless another shows all of it. */
static int take_mount(void *context, const char *text, size_t len)
{
	struct search *s = context;
	const size_t prefix = strlen(s->host_root);
	struct cgroup_tree found = {0};
	struct cgroup_tree *tree;

	if (proctext_parse_mount(text, len, &s->mount) < 0 || !(s->mount.v1_pids || s->mount.v2))
		return 1;
	if (strncmp(s->mount.point, s->host_root, prefix) != 0 ||
	    (s->mount.point[prefix] != '/' && s->mount.point[prefix] != '\0'))
		return 1;
	tree = s->mount.v2 ? &s->v2 : &s->v1;
	if (tree->point && tree->whole)
		return 1;
	found.is_v1 = !s->mount.v2;
	found.fd = open_mount(&s->mount, &found.whole);
	if (found.fd < 0)
		return 1;
	if (tree->point && !found.whole) {
		close(found.fd);
		return 1;
	}
	/* Of a part, seen from a cgroup namespace, the paths are those of that namespace. */
	found.root = strdup(found.whole || strcmp(s->mount.root, "/") == 0 ? "" : s->mount.root);
	found.point = strdup(s->mount.point);
	if (found.root && found.point) {
		cgroup_tree_close(tree);
		*tree = found;
		return 1;
	}
	free(found.root);
	free(found.point);
	close(found.fd);
	return 0;
}

bool cgroup_tree_lists_pids(int dir_fd, const char *file)
{
	char text[1024];
	const char *rest = text;

	if (procfs_read_at(dir_fd, file, text, sizeof(text)) < 0)
		return false;
	for (;;) {
		const size_t len = strcspn(rest, " \n");

		if (len == strlen("pids") && memcmp(rest, "pids", len) == 0)
			return true;
		if (!rest[len])
			return false;
		rest += len + 1;
	}
}

int cgroup_tree_find(const char *host_root, struct cgroup_tree *ret)
{
	struct search *s = calloc(1, sizeof(*s));
	struct proc_dir self;
	bool use_v1;
	int r;

	if (!s)
		return -ENOMEM;
	s->host_root = host_root;
	self.fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = proc_dir_each_line(&self, "mountinfo", MOUNTINFO_MAX, take_mount, s);
	proc_dir_close(&self);
	use_v1 = s->v1.point &&
		 !(s->v2.point && cgroup_tree_lists_pids(s->v2.fd, "cgroup.controllers"));
	if (r == 1) /* take_mount() ended it */
		r = -ENOMEM;
	else if (!s->v1.point && !s->v2.point)
		r = -ENOENT;
	else
		r = 0;
	if (r == 0)
		*ret = use_v1 ? s->v1 : s->v2;
	if (r < 0 || use_v1)
		cgroup_tree_close(&s->v2);
	if (r < 0 || !use_v1)
		cgroup_tree_close(&s->v1);
	free(s);
	return r;
}
