/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers by what their runtimes leave on the disk, without their sockets: containerd's task
 * folders, docker's containers/ID/config.v2.json, the userdata of CRI-O and podman. Read once for
 * each container; what was read is remembered when it is gone.
 */
#ifndef SIGTRACE_SYS_CONTAINERS_H
#define SIGTRACE_SYS_CONTAINERS_H

#include <stddef.h>

#include "container.h"

/*
 * Where the runtimes keep their state, absolute; NULL: the usual places, among them those of k3s,
 * RKE2, k0s and MicroK8s. host_root comes before each. A place may be a link, as the host follows
 * it. That of rootless runtimes, in their users' homes, is looked at only if it is named here.
 */
struct containers_config {
	const char *host_root;	      /* "/" */
	const char *containerd_state; /* /run/containerd */
	const char *docker_root;      /* /var/lib/docker */
	const char *storage_root;     /* /var/lib/containers/storage (CRI-O, podman) */
	const char *storage_run;      /* /run/containers/storage */
};

struct containers;

/* 0 and *ret, or -ENOMEM. Reads nothing yet; a folder that is missing is a runtime that is not
 * there. */
int containers_new(const struct containers_config *config, struct containers **ret);
/* Accepts NULL. */
void containers_free(struct containers *c);

/*
 * The container of a cgroup path: what the path proves, completed by the runtime's files. NULL: the
 * path is in no container (conmon's is beside one), or in a cgroup that is only called as one,
 * whose runtime says that it is elsewhere; or there is no memory. Good until some thousands of
 * others have been asked for; a later call may add to it what is missing. One thread at a time.
 * Files that cannot be read, are no regular files, or are too large leave members unknown; a later
 * call tries again after a second, and never more than a few times.
 */
const struct container *containers_of_path(struct containers *c, const char *path);

/*
 * Calls `each` once for every container that the runtimes' folders show now: docker's and podman's
 * with those that do not run. 0, what `each` returned, -errno.
 */
int containers_each(struct containers *c, container_fn each, void *context);

/* All folders in which names are looked for, for messages; they need not be there. */
void containers_write_places(const struct containers *c, char *text, size_t size);
/*
 * What is missing for names, for messages. If no runtime's state is there: all folders that were
 * tried; else those that the configuration names, and those that are there and may not be read; "":
 * none. With the reason where it is another than that there is none.
 */
void containers_write_missing(const struct containers *c, char *text, size_t size);

#endif
