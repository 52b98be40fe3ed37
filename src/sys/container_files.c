// SPDX-License-Identifier: BSD-2-Clause
#include "container_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "strbuf.h"

#define NAMES_MAX     16384 /* of one folder; what comes after them is not looked at */
#define PATH_BYTES    512   /* below a root: NAME_MAX, an id, and what is fixed */
#define ROOTS_MAX     5
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum root {
	ROOT_CONTAINERD,
	ROOT_DOCKER,
	ROOT_STORAGE,
	ROOT_STORAGE_RUN,
	ROOT_COUNT,
};

/*
 * The runtimes' own defaults, and those of k3s and RKE2, k0s, MicroK8s, docker's snap, and of the
 * containerd that docker starts where the system has none.
 */
static const char *const usual_roots[ROOT_COUNT][ROOTS_MAX] = {
	[ROOT_CONTAINERD] = {"/run/containerd", "/run/docker/containerd/daemon",
			     "/run/k3s/containerd", "/run/k0s/containerd",
			     "/var/snap/microk8s/common/run/containerd"},
	[ROOT_DOCKER] = {"/var/lib/docker", "/var/snap/docker/common/var-lib-docker"},
	[ROOT_STORAGE] = {"/var/lib/containers/storage"},
	[ROOT_STORAGE_RUN] = {"/run/containers/storage"},
};

/* The second is of the shims that containerd had until 1.7. */
static const char *const task_folders[] = {"io.containerd.runtime.v2.task",
					   "io.containerd.runtime.v1.linux"};
/* containers/storage names its folder by the driver. */
static const char *const storage_folders[] = {"overlay-containers", "vfs-containers",
					      "btrfs-containers", "zfs-containers"};
/* The second has those of podman's --rm. */
static const char *const storage_lists[] = {"containers.json", "volatile-containers.json"};

struct container_files {
	char *host_root;
	char *roots[ROOT_COUNT]; /* NULL: usual_roots */
	char *text;		 /* of the file that is being read: CONTAINER_STATE_MAX + 1 bytes */
	size_t len;
};

int container_files_new(const struct containers_config *config, struct container_files **ret)
{
	const char *const roots[ROOT_COUNT] = {
		[ROOT_CONTAINERD] = config->containerd_state,
		[ROOT_DOCKER] = config->docker_root,
		[ROOT_STORAGE] = config->storage_root,
		[ROOT_STORAGE_RUN] = config->storage_run,
	};
	struct container_files *f = calloc(1, sizeof(*f));
	bool enough;

	if (!f)
		return -ENOMEM;
	f->host_root = strdup(config->host_root ? config->host_root : "/");
	f->text = malloc(CONTAINER_STATE_MAX + 1);
	enough = f->host_root && f->text;
	for (size_t i = 0; i < ROOT_COUNT; i++) {
		f->roots[i] = roots[i] ? strdup(roots[i]) : NULL;
		enough = enough && (f->roots[i] || !roots[i]);
	}
	if (!enough) {
		container_files_free(f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

void container_files_free(struct container_files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < ROOT_COUNT; i++)
		free(f->roots[i]);
	free(f->host_root);
	free(f->text);
	free(f);
}

/* The index-th place of such state; NULL after the last. */
static const char *root_path(const struct container_files *f, enum root root, size_t index)
{
	if (f->roots[root])
		return index == 0 ? f->roots[root] : NULL;
	return index < ROOTS_MAX ? usual_roots[root][index] : NULL;
}

static int open_how(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/*
 * A root may be a link; below another root of the host it leads as it does there. Only search in it
 * is needed: /run/containerd may have no more. A negative errno.
 */
static int open_root(const struct container_files *f, const char *path)
{
	int host = open(f->host_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, err;

	if (host < 0)
		return -errno;
	fd = open_how(host, path, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	err = errno;
	close(host);
	return fd < 0 ? -err : fd;
}

static int open_below(int dir, const char *path, uint64_t flags)
{
	return open_how(dir, path, flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/*
 * To f->text. True: a file that may speak for containers of that user. Of one that is too large it
 * is a byte more than the parsers take.
 */
static bool read_file(struct container_files *f, int dir, const char *path, uint32_t user)
{
	int fd = open_below(dir, path, 0);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	f->len = 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (user == 0 || st.st_uid == user)) {
		do {
			n = read(fd, f->text + f->len, CONTAINER_STATE_MAX + 1 - f->len);
			f->len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
	}
	close(fd);
	return n == 0;
}

__attribute__((format(printf, 4, 5))) static bool read_named(struct container_files *f, int dir,
							     uint32_t user, const char *format, ...)
{
	char path[PATH_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return len >= 0 && len < PATH_BYTES && read_file(f, dir, path, user);
}

typedef int (*name_fn)(void *context, const char *name);

/* 0, or what `each` returned, or -ENOMEM; a folder that cannot be read is empty. */
static int each_name(int dir, const char *path, name_fn each, void *context)
{
	int fd = open_below(dir, path, O_DIRECTORY);
	const struct dirent *entry;
	DIR *names;
	int r = 0;

	if (fd < 0)
		return 0;
	names = fdopendir(fd);
	if (!names) {
		close(fd);
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < NAMES_MAX && (entry = readdir(names)); i++)
		if (entry->d_name[0] != '.')
			r = each(context, entry->d_name);
	closedir(names);
	return r;
}

/* A visit to one root. */
struct visit {
	struct container_files *files;
	int dir;
	const char *folder; /* below it */
	uint32_t user;
	struct container *container; /* to be read */
	bool complete;		     /* it is */
	container_fn each;	     /* to be shown containers, instead */
	void *context;
	enum container_runtime runtime; /* of those in the folder */
};

/* 0, or what `visitor` returned: not 0 ends it. */
static int visit_roots(struct visit *v, enum root root, int (*visitor)(struct visit *v))
{
	const char *path;
	int r = 0;

	for (size_t i = 0; r == 0 && (path = root_path(v->files, root, i)); i++) {
		v->dir = open_root(v->files, path);
		if (v->dir < 0)
			continue;
		r = visitor(v);
		close(v->dir);
	}
	return r;
}

/* docker keeps its containers in the namespace of containerd that is named so. */
static enum container_runtime runtime_of_namespace(const char *namespace)
{
	return strcmp(namespace, "moby") == 0 ? CONTAINER_RUNTIME_DOCKER
					      : CONTAINER_RUNTIME_CONTAINERD;
}

static int read_task(void *context, const char *namespace)
{
	struct visit *v = context;
	struct container *c = v->container;

	if (!read_named(v->files, v->dir, v->user, "%s/%s/%s/config.json", v->folder, namespace,
			c->id))
		return 0;
	if (c->runtime == CONTAINER_RUNTIME_NOT_KNOWN)
		c->runtime = runtime_of_namespace(namespace);
	v->complete = container_read_bundle(v->files->text, v->files->len, c) == 0 &&
		      c->runtime == CONTAINER_RUNTIME_CONTAINERD;
	return 1;
}

static int read_tasks(struct visit *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(task_folders); i++) {
		v->folder = task_folders[i];
		r = each_name(v->dir, v->folder, read_task, v);
	}
	return r;
}

static int read_docker(struct visit *v)
{
	struct container *c = v->container;

	if (!read_named(v->files, v->dir, v->user, "containers/%s/config.v2.json", c->id))
		return 0;
	v->complete = container_read_docker(v->files->text, v->files->len, c) == 0;
	return 1;
}

static int read_userdata(struct visit *v)
{
	struct container *c = v->container;

	for (size_t i = 0; i < ARRAY_SIZE(storage_folders); i++) {
		if (!read_named(v->files, v->dir, v->user, "%s/%s/userdata/config.json",
				storage_folders[i], c->id))
			continue;
		v->complete = container_read_bundle(v->files->text, v->files->len, c) == 0 &&
			      (c->runtime == CONTAINER_RUNTIME_CRIO || c->name);
		return 1;
	}
	return 0;
}

static int take_stored(void *context, const struct container *stored)
{
	struct visit *v = context;
	struct container *c = v->container;

	if (strcmp(stored->id, c->id) != 0 ||
	    (c->runtime != CONTAINER_RUNTIME_NOT_KNOWN && stored->runtime != c->runtime))
		return 0;
	if (container_complete(c, stored) == 0)
		v->complete = c->name != NULL;
	return 1;
}

/* Shows v->each, or take_stored(), what the lists of a storage have. */
static int visit_lists(struct visit *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(storage_folders); i++) {
		for (size_t j = 0; r == 0 && j < ARRAY_SIZE(storage_lists); j++) {
			if (!read_named(v->files, v->dir, v->user, "%s/%s", storage_folders[i],
					storage_lists[j]))
				continue;
			r = container_each_stored(v->files->text, v->files->len,
						  v->each ? v->each : take_stored,
						  v->each ? v->context : v);
			/* A list that is being written is looked at another time. */
			if (r == -EINVAL)
				r = 0;
		}
	}
	return r;
}

static bool may_be(const struct container *c, enum container_runtime runtime)
{
	return c->runtime == CONTAINER_RUNTIME_NOT_KNOWN || c->runtime == runtime;
}

bool container_files_read(struct container_files *f, uint32_t user, struct container *c)
{
	struct visit v = {.files = f, .user = user, .container = c};

	/* This can tell of one that it is docker's, and where docker's own files do not: its
	 * cgroup. */
	if (may_be(c, CONTAINER_RUNTIME_CONTAINERD) || may_be(c, CONTAINER_RUNTIME_DOCKER))
		visit_roots(&v, ROOT_CONTAINERD, read_tasks);
	if (!v.complete && may_be(c, CONTAINER_RUNTIME_DOCKER))
		visit_roots(&v, ROOT_DOCKER, read_docker);
	if (v.complete ||
	    (!may_be(c, CONTAINER_RUNTIME_CRIO) && !may_be(c, CONTAINER_RUNTIME_PODMAN)))
		return v.complete;
	if (visit_roots(&v, ROOT_STORAGE, read_userdata) == 0)
		visit_roots(&v, ROOT_STORAGE_RUN, read_userdata);
	/* podman's bundle has no name, and is not there before the first start. */
	if (!v.complete && !c->name && may_be(c, CONTAINER_RUNTIME_PODMAN) &&
	    visit_roots(&v, ROOT_STORAGE, visit_lists) == 0)
		visit_roots(&v, ROOT_STORAGE_RUN, visit_lists);
	return v.complete || c->name;
}

static int show(void *context, const char *id)
{
	const struct visit *v = context;
	struct container c = {.runtime = v->runtime};

	if (!container_id_is_valid(id, strlen(id)))
		return 0;
	memcpy(c.id, id, sizeof(c.id));
	return v->each(v->context, &c);
}

static int show_namespace(void *context, const char *namespace)
{
	struct visit *v = context;
	char path[PATH_BYTES];
	int len = snprintf(path, sizeof(path), "%s/%s", v->folder, namespace);

	if (len < 0 || len >= PATH_BYTES)
		return 0;
	v->runtime = runtime_of_namespace(namespace);
	return each_name(v->dir, path, show, v);
}

static int show_tasks(struct visit *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(task_folders); i++) {
		v->folder = task_folders[i];
		r = each_name(v->dir, v->folder, show_namespace, v);
	}
	return r;
}

static int show_docker(struct visit *v)
{
	v->runtime = CONTAINER_RUNTIME_DOCKER;
	return each_name(v->dir, "containers", show, v);
}

int container_files_each(struct container_files *f, container_fn each, void *context)
{
	struct visit v = {.files = f, .each = each, .context = context};
	int r = visit_roots(&v, ROOT_CONTAINERD, show_tasks);

	if (r == 0)
		r = visit_roots(&v, ROOT_DOCKER, show_docker);
	if (r == 0)
		r = visit_roots(&v, ROOT_STORAGE, visit_lists);
	if (r == 0)
		r = visit_roots(&v, ROOT_STORAGE_RUN, visit_lists);
	return r;
}

/*
 * 0 if a runtime keeps its state in this root, else why not: a root alone proves none, a tool can
 * have made it for its socket.
 */
static int check_root(const struct container_files *f, enum root root, const char *path)
{
	static const char *const docker_folders[] = {"containers"};
	static const struct {
		const char *const *folders;
		size_t len;
	} rows[ROOT_COUNT] = {
		[ROOT_CONTAINERD] = {task_folders, ARRAY_SIZE(task_folders)},
		[ROOT_DOCKER] = {docker_folders, ARRAY_SIZE(docker_folders)},
		[ROOT_STORAGE] = {storage_folders, ARRAY_SIZE(storage_folders)},
		[ROOT_STORAGE_RUN] = {storage_folders, ARRAY_SIZE(storage_folders)},
	};
	int dir = open_root(f, path);
	int err = -ENOENT;

	if (dir < 0)
		return dir;
	for (size_t i = 0; err && i < rows[root].len; i++) {
		int fd = open_below(dir, rows[root].folders[i], O_DIRECTORY);

		if (fd >= 0) {
			close(fd);
			err = 0;
		} else if (errno != ENOENT) {
			err = -errno;
		}
	}
	close(dir);
	return err;
}

static void write_root(const struct container_files *f, const char *path, struct strbuf *out)
{
	size_t host_len = strlen(f->host_root);

	while (host_len > 0 && f->host_root[host_len - 1] == '/')
		host_len--;
	strbuf_add(out, out->len ? ", " : "");
	strbuf_add_bytes(out, f->host_root, host_len);
	strbuf_add(out, path);
}

void container_files_write_places(const struct container_files *f, char *text, size_t size)
{
	const char *path;
	struct strbuf b;

	strbuf_init(&b, text, size);
	for (enum root root = 0; root < ROOT_COUNT; root++)
		for (size_t i = 0; (path = root_path(f, root, i)); i++)
			write_root(f, path, &b);
}

void container_files_write_missing(const struct container_files *f, char *text, size_t size)
{
	bool found = false;
	const char *path;
	struct strbuf b;

	for (enum root root = 0; root < ROOT_COUNT; root++)
		for (size_t i = 0; (path = root_path(f, root, i)); i++)
			found = found || check_root(f, root, path) == 0;
	strbuf_init(&b, text, size);
	for (enum root root = 0; root < ROOT_COUNT; root++) {
		for (size_t i = 0; (path = root_path(f, root, i)); i++) {
			int err = check_root(f, root, path);

			if (err == 0 || (found && err == -ENOENT && !f->roots[root]))
				continue;
			write_root(f, path, &b);
			if (err == -ENOENT)
				continue;
			strbuf_add(&b, " (");
			strbuf_add(&b, strerror(-err));
			strbuf_add_char(&b, ')');
		}
	}
}
