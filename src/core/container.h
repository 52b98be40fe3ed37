/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a container is called: the place of a process in the tree of cgroups, and what the runtime's
 * own files say of it. Everything in it was written by a runtime, or by whoever may write in its
 * folders: untrusted text.
 */
#ifndef SIGTRACE_CORE_CONTAINER_H
#define SIGTRACE_CORE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum container_runtime {
	CONTAINER_RUNTIME_NOT_KNOWN,
	CONTAINER_RUNTIME_DOCKER,
	CONTAINER_RUNTIME_CONTAINERD,
	CONTAINER_RUNTIME_CRIO,
	CONTAINER_RUNTIME_PODMAN,
	CONTAINER_RUNTIME_COUNT,
};

/* "docker", "containerd", "cri-o", "podman"; NULL for NOT_KNOWN. Stable (JSON). */
const char *container_runtime_name(enum container_runtime runtime);

#define CONTAINER_ID_SIZE  65  /* 64 hexadecimal digits; podman and nerdctl use the same */
#define CONTAINER_UID_SIZE 64  /* of a pod: 36 characters, or 32 for static pods of old kubelets */
#define CONTAINER_NAME_MAX 253 /* bytes of a name; a longer one is cut, never an error */

/*
 * What a cgroup path proves by its form alone. Sources: the kubelet's cgroup managers (cgroupfs and
 * systemd), runc's systemd driver, docker, containerd, CRI-O, podman and conmon.
 */
struct container_path {
	char id[CONTAINER_ID_SIZE];	  /* of the outermost container; "": not in a container */
	char pod_uid[CONTAINER_UID_SIZE]; /* with '-'; "": none, or not in the path */
	enum container_runtime runtime;	  /* NOT_KNOWN: the form is that of several */
	/* Whose manager names what is below user-UID.slice, so that others' state proves nothing
	 * there; 0: root's, or the system's. */
	uint32_t user;
	bool helper; /* it is the runtime's own process beside the container (conmon) */
	/* How many bytes of the path are the container's own cgroup; what follows is inside of it.
	 */
	size_t len;
};

/*
 * Reads a path of any hierarchy, "/kubepods/besteffort/pod…/1f…", "/system.slice/docker-1f….scope".
 * It need not end with a NUL. False: it is in no container, and *ret is zeroed.
 */
bool container_path_parse(const char *path, size_t len, struct container_path *ret);
/*
 * Whether a runtime that was told `cgroup` puts its container's own cgroup at this path. Source:
 * the linux.cgroupsPath of runc, "/docker/1f…" or, for systemd, "SLICE:PREFIX:1f…". What is not
 * absolute is below the cgroup of the runtime itself, wherever that is.
 */
bool container_path_is_of(const char *path, size_t len, const char *cgroup);
/* 64 hexadecimal digits in lower case, and nothing else. */
bool container_id_is_valid(const char *text, size_t len);

/* Text that is owned; NULL: not known. NUL-terminated; names have CONTAINER_NAME_MAX bytes at most.
 */
struct container {
	char id[CONTAINER_ID_SIZE];
	enum container_runtime runtime;
	char *name; /* docker's or podman's name */
	char *image;
	char *pod;	 /* the pod's name */
	char *namespace; /* the pod's */
	char *pod_uid;
	char *in_pod; /* the name of the container inside the pod */
	char *cgroup; /* where its runtime was told to put it, for container_path_is_of(); whole */
	bool sandbox; /* the pod's own container (pause), which has no name in the pod */
};

/* Frees what it owns, not *c itself. */
void container_free(struct container *c);
/*
 * Adds copies of what is known of `from` and not of `c`, whatever their ids. 0, or -ENOMEM with *c
 * as it was.
 */
int container_complete(struct container *c, const struct container *from);

/*
 * A state file may not be larger than this, nor nested deeper, nor have more values. A pod whose
 * environment is as large as exec takes it (2 MiB with the usual stack) is within these, so that no
 * pod can hide its name; and so is a list of some thousands of containers.
 */
#define CONTAINER_STATE_MAX    (8UL * 1024 * 1024)
#define CONTAINER_STATE_DEPTH  64
#define CONTAINER_STATE_VALUES 262144

/*
 * The runtimes' own files; each adds what it finds to *c and leaves alone what is known there. A
 * runtime that is known already decides which keys count: a pod's author can write those of the
 * others. `text` need not end with a NUL. 0; -EINVAL for what is no such file (not JSON, wrong
 * types, too large, too deep, another container's); -ENOMEM; *c is as it was then. A member of the
 * wrong type is an error, a missing one is not; null and "" are as missing.
 */

/* config.json of an OCI bundle: its cgroup, annotations io.kubernetes.cri.*, io.kubernetes.cri-o.*,
 * io.kubernetes.pod.*, nerdctl/…, and podman's; containerd's task folder, CRI-O's and podman's
 * userdata. */
int container_read_bundle(const char *text, size_t size, struct container *c);
/* config.v2.json of docker. */
int container_read_docker(const char *text, size_t size, struct container *c);

/* One entry of containers.json (containers/storage: CRI-O, podman); returns 0, or a negative errno.
 */
typedef int (*container_fn)(void *context, const struct container *c);
/*
 * overlay-containers/containers.json and volatile-containers.json: calls `each` for every entry, of
 * a file that is right as a whole. Entries of other tools (buildah) have no runtime.
 */
int container_each_stored(const char *text, size_t size, container_fn each, void *context);

/*
 * What the user asked for. `text` of -c: a prefix of an id (at least 4 digits), docker's or
 * podman's name; --pod: "NAME" or "NAMESPACE/NAME".
 */
bool container_matches(const struct container *c, const char *text);
bool container_matches_pod(const struct container *c, const char *text);

#endif
