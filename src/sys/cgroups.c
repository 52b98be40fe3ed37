// SPDX-License-Identifier: BSD-2-Clause
#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_tree.h"
#include "log.h"
#include "procfs.h"
#include "proctext_cgroup.h"

#define CGROUP_TEXT_SIZE (64UL * 1024) /* a long path in each of the hierarchies */

/*
 * Whoever may make cgroups, in a container, too, can make very many of them, each in the other.
 * Neither may keep a trace from its start; what is beyond the bounds has no path.
 */
#define DEPTH_MAX 64
#define PATHS_MAX 100000
#define LOOKS_MAX 16

#define BUCKETS 8192
#define NONE	UINT32_MAX

static const char deleted[] = " (deleted)"; /* proc_cgroup_show() of kernel/cgroup/cgroup.c */

/* Known paths, the oldest at `oldest` once there are PATHS_MAX of them. */
struct known {
	char *path;
	cgroup_number number;
	uint32_t next; /* in its bucket; NONE: the last */
};

struct cgroups {
	struct cgroup_tree tree;
	dev_t device;
	char *host_root; /* without '/' at its end: "" or "/host" */
	struct known *known;
	uint32_t len;
	uint32_t capacity;
	uint32_t oldest;
	uint32_t buckets[BUCKETS];
};

int cgroups_new(const char *host_root, struct cgroups **ret)
{
	struct cgroups *c = calloc(1, sizeof(*c));
	size_t len = strlen(host_root);
	struct stat st = {0};
	int r;

	if (!c)
		return -ENOMEM;
	memset(c->buckets, 0xff, sizeof(c->buckets)); /* NONE */
	while (len > 0 && host_root[len - 1] == '/')
		len--;
	c->host_root = strndup(host_root, len);
	r = c->host_root ? cgroup_tree_find(c->host_root, &c->tree) : -ENOMEM;
	if (r == 0 && fstat(c->tree.fd, &st) < 0)
		r = -errno;
	if (r < 0) {
		cgroups_free(c);
		return r;
	}
	c->device = st.st_dev;
	log_debug("cgroups: %s, version %d, %s", c->tree.point, c->tree.is_v1 ? 1 : 2,
		  c->tree.whole ? "whole" : "a part");
	*ret = c;
	return 0;
}

void cgroups_free(struct cgroups *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->len; i++)
		free(c->known[i].path);
	free(c->known);
	cgroup_tree_close(&c->tree);
	free(c->host_root);
	free(c);
}

bool cgroups_is_v1(const struct cgroups *c)
{
	return c->tree.is_v1;
}

const char *cgroups_mount(const struct cgroups *c)
{
	return c->tree.point;
}

/* Paths. */

/* What of the path is behind the prefix: "" or "/x"; NULL: it is not below it. */
static const char *path_behind(const char *path, const char *prefix)
{
	const size_t len = strlen(prefix);

	if (strncmp(path, prefix, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

static int read_number(const struct cgroups *c, const char *below, cgroup_number *ret)
{
	struct stat st;
	int fd;

	while (*below == '/')
		below++;
	fd = cgroup_tree_open(&c->tree, below, O_PATH);
	if (fd < 0)
		return fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE ? fd : -ENOENT;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -ENOENT;
	}
	close(fd);
	*ret = (cgroup_number)st.st_ino;
	return 0;
}

static uint32_t *bucket_of(struct cgroups *c, cgroup_number number)
{
	return &c->buckets[number % BUCKETS];
}

static uint32_t find_known(const struct cgroups *c, cgroup_number number)
{
	uint32_t i = c->buckets[number % BUCKETS];

	while (i != NONE && c->known[i].number != number)
		i = c->known[i].next;
	return i;
}

static void unlink_known(struct cgroups *c, uint32_t index)
{
	uint32_t *link = bucket_of(c, c->known[index].number);

	while (*link != index)
		link = &c->known[*link].next;
	*link = c->known[index].next;
}

static bool still_exists(const struct cgroups *c, const struct known *known)
{
	const char *below = path_behind(known->path, c->tree.root);
	cgroup_number number;

	return below && read_number(c, below, &number) == 0 && number == known->number;
}

/* The place of the oldest one that does not exist any more, as far as a few looks find one. */
static uint32_t find_oldest(struct cgroups *c)
{
	uint32_t oldest = c->oldest;

	for (int i = 0; i < LOOKS_MAX && still_exists(c, &c->known[oldest]); i++)
		oldest = (oldest + 1) % PATHS_MAX;
	c->oldest = (oldest + 1) % PATHS_MAX;
	return oldest;
}

/* A place for a new path. */
static int make_place(struct cgroups *c, uint32_t *ret)
{
	struct known *grown;
	uint32_t capacity;

	if (c->len == PATHS_MAX) {
		*ret = find_oldest(c);
		unlink_known(c, *ret);
		free(c->known[*ret].path);
		return 0;
	}
	if (c->len == c->capacity) {
		capacity = c->capacity ? c->capacity * 2 : 256;
		grown = reallocarray(c->known, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		c->known = grown;
		c->capacity = capacity;
	}
	*ret = c->len++;
	return 0;
}

int cgroups_add(struct cgroups *c, cgroup_number number, const char *path)
{
	uint32_t i = find_known(c, number);
	uint32_t *bucket = bucket_of(c, number);
	char *copy;
	int r;

	/* A cgroup of v1 can be renamed; and a number is used again, after 2^31 others. */
	if (i != NONE && strcmp(c->known[i].path, path) == 0)
		return 0;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	if (i != NONE) {
		free(c->known[i].path);
		c->known[i].path = copy;
		return 0;
	}
	r = make_place(c, &i);
	if (r < 0) {
		free(copy);
		return r;
	}
	c->known[i] = (struct known){.path = copy, .number = number, .next = *bucket};
	*bucket = i;
	return 0;
}

const char *cgroups_path(const struct cgroups *c, cgroup_number number)
{
	const uint32_t i = find_known(c, number);

	return i == NONE ? NULL : c->known[i].path;
}

ptrdiff_t cgroups_place(const struct cgroups *c, cgroup_number number)
{
	const uint32_t i = find_known(c, number);

	return i == NONE ? -1 : (ptrdiff_t)i;
}

/* The walk. */

struct walk {
	struct cgroups *cgroups;
	cgroup_fn each;
	void *context;
	size_t left; /* how many may still be visited */
	size_t len;
	char path[PROCTEXT_PATH_SIZE]; /* of the directory that is being read; "" for the root */
};

static int walk_below(struct walk *w, int fd, unsigned int depth);

static int visit(struct walk *w, int fd, unsigned int depth)
{
	const char *path = w->len ? w->path : "/";
	cgroup_number number;
	struct stat st;
	int r;

	/* A mount inside of the tree is not of it. */
	if (fstat(fd, &st) < 0 || st.st_dev != w->cgroups->device || w->left == 0)
		return 0;
	w->left--;
	number = (cgroup_number)st.st_ino;
	r = cgroups_add(w->cgroups, number, path);
	if (r == 0 && w->each)
		r = w->each(w->context, number, path);
	return r == 0 && depth < DEPTH_MAX ? walk_below(w, fd, depth + 1) : r;
}

/* What is gone meanwhile, or may not be read, has no path. */
static int visit_child(struct walk *w, int dir_fd, const char *name, unsigned int depth)
{
	const size_t len = w->len;
	const size_t name_len = strlen(name);
	int fd, r;

	if (len + 1 + name_len >= sizeof(w->path))
		return 0;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : 0;
	w->path[len] = '/';
	memcpy(w->path + len + 1, name, name_len + 1);
	w->len = len + 1 + name_len;
	r = visit(w, fd, depth);
	w->len = len;
	w->path[len] = '\0';
	close(fd);
	return r;
}

static int walk_below(struct walk *w, int fd, unsigned int depth)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* at its beginning */
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (copy < 0)
		return -errno;
	dir = fdopendir(copy);
	if (!dir) {
		r = -errno;
		close(copy);
		return r;
	}
	/* kernfs tells the type of each entry: most are files. */
	while (r == 0 && w->left > 0 && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = visit_child(w, fd, entry->d_name, depth);
	closedir(dir);
	return r;
}

int cgroups_scan(struct cgroups *c, cgroup_fn each, void *context)
{
	struct walk *w = malloc(sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	*w = (struct walk){.cgroups = c, .each = each, .context = context, .left = PATHS_MAX};
	w->len = strlen(c->tree.root);
	memcpy(w->path, c->tree.root, w->len + 1);
	r = visit(w, c->tree.fd, 0);
	if (w->left == 0)
		log_debug("cgroups: more than %d, some are not known", PATHS_MAX);
	free(w);
	return r;
}

/* What of the path, as somebody typed it, is behind the tree's root; NULL: it is none of this tree.
 */
static const char *path_in_tree(const struct cgroups *c, const char *path)
{
	const char *point = c->tree.point;
	const char *below = *path == '/' ? path_behind(path, point) : NULL;

	if (!below && *path == '/') /* as it is called on the host */
		below = path_behind(path, point + strlen(c->host_root));
	if (!below && *path == '/')
		below = path_behind(path, c->tree.root);
	return below;
}

int cgroups_number(const struct cgroups *c, const char *path, cgroup_number *ret)
{
	const char *below = path_in_tree(c, path);

	return below ? read_number(c, below, ret) : -ENOENT;
}

bool cgroups_is_in(const struct cgroups *c, const char *path, const char *above)
{
	const char *below = path_behind(path, c->tree.root);
	size_t len;

	above = path_in_tree(c, above);
	if (!above || !below)
		return false;
	len = strlen(above);
	while (len > 0 && above[len - 1] == '/')
		len--;
	return strncmp(below, above, len) == 0 && (!below[len] || below[len] == '/');
}

/* v2 marks the path of a process whose cgroup is removed. A cgroup can also be called that. */
static size_t length_without_mark(const struct cgroups *c, const char *path, size_t len)
{
	const size_t mark = strlen(deleted);
	cgroup_number number;

	if (c->tree.is_v1 || len <= mark || memcmp(path + len - mark, deleted, mark) != 0 ||
	    cgroups_number(c, path, &number) == 0)
		return len;
	return len - mark;
}

int cgroups_of_process(const struct cgroups *c, uint32_t pid, char *path, size_t size)
{
	struct proctext_cgroup_path found;
	char name[64];
	char *text = malloc(CGROUP_TEXT_SIZE);
	char *copy;
	ssize_t len;
	int r;

	if (!text)
		return -ENOMEM;
	snprintf(name, sizeof(name), "/proc/%u/cgroup", pid);
	len = procfs_read_at(AT_FDCWD, name, text, CGROUP_TEXT_SIZE);
	r = len < 0 ? (int)len
		    : proctext_parse_cgroup_of(text, len, c->tree.is_v1 ? "pids" : NULL, &found);
	if (r == 0 && !found.path)
		r = -ENOENT;
	copy = r == 0 ? strndup(found.path, found.len) : NULL;
	if (r == 0 && !copy)
		r = -ENOMEM;
	if (r == 0) {
		const size_t kept = length_without_mark(c, copy, found.len);

		if (kept >= size) {
			r = -EFBIG;
		} else {
			memcpy(path, copy, kept);
			path[kept] = '\0';
		}
	}
	free(copy);
	free(text);
	return r;
}
