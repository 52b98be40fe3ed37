// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "enrich.h"
#include "procfs.h"
#include "proctext_cgroup.h"

#define MOUNTINFO_MAX	 (16UL * 1024 * 1024)
#define CGROUP_TEXT_SIZE (64UL * 1024) /* a long path in each of the hierarchies */

/* Files of the same purpose in both hierarchies. */
static const struct {
	unsigned int magic;
	const char *state; /* of all tasks in the cgroup; the hierarchy's root has none */
	const char *told;  /* "1": this very cgroup was told to freeze */
} files[] = {
	[CGROUP_V1_FREEZER] = {CGROUP_SUPER_MAGIC, "freezer.state", "freezer.self_freezing"},
	[CGROUP_V2] = {CGROUP2_SUPER_MAGIC, "cgroup.events", "cgroup.freeze"},
};
_Static_assert(sizeof(files) / sizeof(files[0]) == CGROUP_HIERARCHY_COUNT,
	       "a row for every hierarchy");

/* Where the hierarchies are mounted; a node has thousands of mounts, so they are read once. */
static struct hierarchy {
	char *point; /* NULL: not found */
	char *root;  /* the cgroup that is seen there */
	int fd;	     /* the directory at `point` */
} hierarchies[CGROUP_HIERARCHY_COUNT];

static bool hierarchies_read;

enum freezing {
	FREEZING_NO,
	FREEZING_YES,
	FREEZING_NOT_KNOWN, /* also: on the way there, with some tasks not frozen yet */
};

static int open_hierarchy(const struct proctext_mount *mount)
{
	int fd = open(mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	/* Something else may be mounted over it. */
	if (fstatfs(fd, &fs) < 0 || (unsigned int)fs.f_type != files[mount->hierarchy].magic) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static int take_mount(void *context, const char *text, size_t len)
{
	struct proctext_mount *mount = context;
	struct hierarchy *h;
	int fd;

	if (proctext_parse_mount(text, len, mount) < 0 ||
	    mount->hierarchy == CGROUP_HIERARCHY_COUNT)
		return 1;
	h = &hierarchies[mount->hierarchy];
	/* The first one, unless another shows all of it. */
	if (h->point && (strcmp(h->root, "/") == 0 || strcmp(mount->root, "/") != 0))
		return 1;
	fd = open_hierarchy(mount);
	if (fd < 0)
		return 1;
	if (h->point) {
		close(h->fd);
		free(h->point);
		free(h->root);
	}
	*h = (struct hierarchy){strdup(mount->point), strdup(mount->root), fd};
	if (h->point && h->root)
		return 1;
	free(h->point);
	free(h->root);
	close(fd);
	*h = (struct hierarchy){0};
	return 0;
}

/* 0 or -ENOMEM; what is not found stays so. */
static int read_hierarchies(void)
{
	struct proc_dir self;
	struct proctext_mount *mount;
	int r;

	if (hierarchies_read)
		return 0;
	mount = malloc(sizeof(*mount));
	if (!mount)
		return -ENOMEM;
	self.fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = proc_dir_each_line(&self, "mountinfo", MOUNTINFO_MAX, take_mount, mount);
	proc_dir_close(&self);
	free(mount);
	hierarchies_read = r == 0;
	return r == 1 ? -ENOMEM : 0; /* 1: take_mount() ended it */
}

/* The path below the mount point, "" for the point itself; false: it is not to be seen there. */
static bool path_below(const struct hierarchy *h, const struct proctext_cgroup_path *cgroup,
		       char ret[PROCTEXT_PATH_SIZE])
{
	size_t root_len;
	size_t len;

	if (!h->point)
		return false;
	root_len = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);
	if (cgroup->len < root_len || memcmp(cgroup->path, h->root, root_len) != 0)
		return false;
	len = cgroup->len - root_len;
	if (len == 0) {
		ret[0] = '\0';
		return true;
	}
	if (cgroup->path[root_len] != '/' || len > PROCTEXT_PATH_SIZE)
		return false;
	memcpy(ret, cgroup->path + root_len + 1, len - 1);
	ret[len - 1] = '\0';
	return true;
}

static int open_cgroup(const struct hierarchy *h, const char *below)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, h->fd, *below ? below : ".", &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static ssize_t read_file(const struct hierarchy *h, const char *below, const char *name,
			 char *buffer, size_t size)
{
	int fd = open_cgroup(h, below);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = procfs_read_at(fd, name, buffer, size);
	close(fd);
	return len;
}

/* Shortens the path to the cgroup that was told to freeze, itself or the nearest above it. */
static bool find_told(enum cgroup_hierarchy which, char *below)
{
	for (;;) {
		char text[64];
		ssize_t len = read_file(&hierarchies[which], below, files[which].told, text,
					sizeof(text));
		char *slash;
		bool told;

		if (len >= 0 && proctext_parse_flag(text, len, &told) == 0 && told)
			return true;
		if (!*below)
			return false;
		slash = strrchr(below, '/');
		*(slash ? slash : below) = '\0';
	}
}

/* Stores where the frozen cgroup is, if it is found. 0 or -ENOMEM. */
static int set_path(struct process *p, enum cgroup_hierarchy which,
		    const struct proctext_cgroup_path *cgroup)
{
	char below[PROCTEXT_PATH_SIZE];
	char *path;

	if (!path_below(&hierarchies[which], cgroup, below) || !find_told(which, below))
		return 0;
	if (asprintf(&path, "%s%s%s", hierarchies[which].point, *below ? "/" : "", below) < 0)
		return -ENOMEM;
	free(p->freezer_path);
	p->freezer_path = path;
	return 0;
}

static enum freezing read_v1_state(const char *text, size_t len)
{
	enum cgroup_freezer state;

	if (proctext_parse_freezer_state(text, len, &state) < 0 || state == CGROUP_FREEZING)
		return FREEZING_NOT_KNOWN;
	return state == CGROUP_FROZEN ? FREEZING_YES : FREEZING_NO;
}

static enum freezing read_v2_state(const char *text, size_t len, char *below)
{
	bool frozen;

	if (proctext_parse_cgroup_events(text, len, &frozen) < 0)
		return FREEZING_NOT_KNOWN;
	if (frozen)
		return FREEZING_YES;
	/* It says so of all tasks together: single ones may be frozen already. */
	return find_told(CGROUP_V2, below) ? FREEZING_NOT_KNOWN : FREEZING_NO;
}

/* Whether all tasks of the cgroup are frozen. */
static enum freezing read_freezing(enum cgroup_hierarchy which,
				   const struct proctext_cgroup_path *cgroup)
{
	const struct hierarchy *h = &hierarchies[which];
	char below[PROCTEXT_PATH_SIZE];
	char text[1024];
	ssize_t len;

	if (!cgroup->path)
		return FREEZING_NO;
	if (!path_below(h, cgroup, below))
		return FREEZING_NOT_KNOWN;
	len = read_file(h, below, files[which].state, text, sizeof(text));
	if (len == -ESRCH && !*below && strcmp(h->root, "/") == 0)
		return FREEZING_NO;
	if (len < 0)
		return FREEZING_NOT_KNOWN;
	return which == CGROUP_V1_FREEZER ? read_v1_state(text, len)
					  : read_v2_state(text, len, below);
}

/* The text of /proc/PID/cgroup of one thread. */
struct membership {
	char text[CGROUP_TEXT_SIZE];
	struct proctext_cgroup_path paths[CGROUP_HIERARCHY_COUNT];
};

static int read_membership(const struct proc_dir *d, uint32_t tid, struct membership *ret)
{
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "task/%u/cgroup", tid);
	len = proc_dir_read(d, path, ret->text, sizeof(ret->text));
	return len < 0 ? len : proctext_parse_cgroup(ret->text, len, ret->paths);
}

static bool is_same(const struct membership *a, const struct membership *b)
{
	for (int i = 0; i < CGROUP_HIERARCHY_COUNT; i++)
		if (a->paths[i].len != b->paths[i].len ||
		    (a->paths[i].len > 0 &&
		     memcmp(a->paths[i].path, b->paths[i].path, a->paths[i].len) != 0))
			return false;
	return true;
}

/*
 * The cgroups of all threads that have not exited, if they are the same: threads of one process may
 * be in different ones. An exited one is shown in the root. 1: found, 0: all threads have exited,
 * or a negative errno.
 */
static int find_common(const struct proc_dir *d, const struct process *p, struct membership both[2])
{
	bool all_exited = true;
	int found = 0;

	for (size_t i = 0; i < p->threads_len; i++) {
		int r;

		if (p->threads[i].exiting)
			continue;
		all_exited = false;
		r = read_membership(d, p->threads[i].tid, &both[found]);
		if (r == -ESRCH) /* this one has exited meanwhile */
			continue;
		if (r < 0)
			return r;
		if (found && !is_same(&both[0], &both[1]))
			return -EXDEV;
		found = 1;
	}
	return found || all_exited ? found : -ESRCH;
}

/* For a snapshot from /proc: whether the process is frozen, and by what. */
static int find_out(const struct proc_dir *d, struct process *p, struct membership both[2])
{
	const struct proctext_cgroup_path *paths = both[0].paths;
	enum freezing v1, v2;
	int r = find_common(d, p, both);

	if (r == 0)
		p->known |= PROCESS_KNOWN_FROZEN;
	if (r <= 0)
		return 0;
	v1 = read_freezing(CGROUP_V1_FREEZER, &paths[CGROUP_V1_FREEZER]);
	v2 = read_freezing(CGROUP_V2, &paths[CGROUP_V2]);
	if (v1 == FREEZING_NOT_KNOWN || (v1 == FREEZING_NO && v2 == FREEZING_NOT_KNOWN))
		return 0;
	p->known |= PROCESS_KNOWN_FROZEN;
	for (size_t i = 0; i < p->threads_len; i++) {
		p->threads[i].frozen = v1 == FREEZING_YES && !p->threads[i].exiting;
		p->threads[i].frozen_v2 = v2 == FREEZING_YES && !p->threads[i].exiting;
	}
	if (v1 == FREEZING_YES)
		return set_path(p, CGROUP_V1_FREEZER, &paths[CGROUP_V1_FREEZER]);
	if (v2 == FREEZING_YES)
		return set_path(p, CGROUP_V2, &paths[CGROUP_V2]);
	return 0;
}

/* For a snapshot that tells which threads are frozen: by what. */
static int find_path(const struct proc_dir *d, struct process *p, struct membership *m)
{
	for (size_t i = 0; i < p->threads_len; i++) {
		const struct thread *thread = &p->threads[i];
		const enum cgroup_hierarchy which = thread->frozen ? CGROUP_V1_FREEZER : CGROUP_V2;

		if (!thread->frozen && !thread->frozen_v2)
			continue;
		if (read_membership(d, thread->tid, m) < 0 || !m->paths[which].path)
			continue;
		return set_path(p, which, &m->paths[which]);
	}
	return 0;
}

int enrich_freezer(const struct proc_dir *d, struct process *p)
{
	struct membership *both;
	char stat[2048];
	int r = read_hierarchies();

	if (r < 0)
		return r;
	both = malloc(2 * sizeof(*both));
	if (!both)
		return -ENOMEM;
	r = p->known & PROCESS_KNOWN_FROZEN ? find_path(d, p, both) : find_out(d, p, both);
	free(both);
	if (r < 0)
		return r;
	return proc_dir_read(d, "stat", stat, sizeof(stat)) == -ESRCH ? -ESRCH : 0;
}
