/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of cgroups that shows containers on this machine: where it is mounted. */
#ifndef SIGTRACE_SYS_CGROUP_TREE_H
#define SIGTRACE_SYS_CGROUP_TREE_H

#include <stdbool.h>

struct cgroup_tree {
	char *point; /* NULL: not found */
	char *root;  /* the path of the cgroup that is seen there; "" for the root */
	int fd;	     /* the directory at `point` */
	bool whole;  /* it is the root of the hierarchy that is seen there */
	bool is_v1;
};

/*
 * Finds it, below host_root, which has no '/' at its end: that of v2 if the pids controller is
 * there, else that of v1 with the pids controller, else v2 again. 0 and *ret, -ENOENT or -ENOMEM.
 */
int cgroup_tree_find(const char *host_root, struct cgroup_tree *ret);
/* Accepts one that is zeroed. */
void cgroup_tree_close(struct cgroup_tree *tree);
/*
 * Opens the directory at a path below the tree's mount ("" is that itself), whatever it says: it
 * does not lead out of the tree. `flags` of open(2), beside O_DIRECTORY and O_CLOEXEC. Returns a
 * descriptor, or a negative errno.
 */
int cgroup_tree_open(const struct cgroup_tree *tree, const char *below, unsigned int flags);
/*
 * Whether a file of a cgroup's directory, "cgroup.controllers" or "cgroup.subtree_control", which
 * is a line of words with blanks between them, names the pids controller.
 */
bool cgroup_tree_lists_pids(int dir_fd, const char *file);

#endif
