/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trees of cgroups: which of them shows containers on this machine, and the paths of its
 * cgroups by their numbers, which events carry. A path that was seen is remembered when its cgroup
 * is gone.
 */
#ifndef SIGTRACE_SYS_CGROUPS_H
#define SIGTRACE_SYS_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgroups;

/*
 * Finds the hierarchy: that of cgroup v2 if the pids controller is there (a v2 host), else the v1
 * hierarchy of the pids controller, else v2 again. `host_root` ("/" or "/host") comes before every
 * path. Of a tree of which only a part is mounted, as in a container, the paths are those that the
 * mount tells; where it does not tell (a private cgroup namespace), they begin at that part. 0 and
 * *ret; -ENOENT: none is mounted there, -ENOMEM.
 */
int cgroups_new(const char *host_root, struct cgroups **ret);
/* Accepts NULL. */
void cgroups_free(struct cgroups *c);

/* The tree is one of v1: the BPF side reads the cgroup of the pids controller, not that of v2. */
bool cgroups_is_v1(const struct cgroups *c);
/* Where it is mounted, for messages. */
const char *cgroups_mount(const struct cgroups *c);

/* The low 32 bits of a cgroup's inode number, which is its number in the kernel (kernfs). */
typedef uint32_t cgroup_number;

/* One cgroup; its path from the tree's root. 0, or a negative errno that ends the walk. */
typedef int (*cgroup_fn)(void *context, cgroup_number number, const char *path);

/*
 * Walks the whole tree depth first, remembers every path, and calls `each` (may be NULL), a parent
 * before its children. What is beyond the bounds in depth and number is left out. 0, or what `each`
 * returned, or -errno.
 */
int cgroups_scan(struct cgroups *c, cgroup_fn each, void *context);
/*
 * Remembers a cgroup that was just made (an event says so); instead of the oldest one that is gone,
 * once there are very many. 0 or -ENOMEM.
 */
int cgroups_add(struct cgroups *c, cgroup_number number, const char *path);
/* NULL: not known. Good until the next call that adds. */
const char *cgroups_path(const struct cgroups *c, cgroup_number number);
/*
 * Where a cgroup whose path is known has its place: a small number, 0 and up, its own as long as
 * the path is known. For tables of whoever knows more of cgroups. Negative: the path is not known.
 */
ptrdiff_t cgroups_place(const struct cgroups *c, cgroup_number number);
/* The number of the cgroup at a path, absolute or from the tree's root. -ENOENT: there is none. */
int cgroups_number(const struct cgroups *c, const char *path, cgroup_number *ret);
/* A path of the tree is that of a cgroup that was named as for cgroups_number(), or is below it. */
bool cgroups_is_in(const struct cgroups *c, const char *path, const char *above);
/*
 * Of a process, from /proc/PID/cgroup: its path in this tree, to `path` of `size` bytes. With v1
 * the kernel says "/" of a process that is exiting. 0; -ESRCH: there is no such process; -ENOENT:
 * it is in none of this tree; -EINVAL: it is outside of the reader's cgroup namespace; -EFBIG,
 * -ENOMEM.
 */
int cgroups_of_process(const struct cgroups *c, uint32_t pid, char *path, size_t size);

#endif
