/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user named beside processes: containers, pods, cgroups, PID namespaces. Strings are the
 * command line's own, but for the path of a cgroup, which is a copy that stays to the end.
 */
#ifndef SIGTRACE_CMD_CHOICE_H
#define SIGTRACE_CMD_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroups.h"
#include "containers.h"
#include "strbuf.h"

#define CHOICE_WORDS_MAX 64
#define CHOICE_NAME_SIZE 2048 /* of a container as it is shown, escaped */

enum choice_kind {
	CHOICE_CONTAINER,
	CHOICE_POD,
	CHOICE_CGROUP,
	CHOICE_PID_NS,
	CHOICE_KIND_COUNT,
};

struct choice {
	struct choice_word {
		enum choice_kind kind;
		const char *text;
		uint32_t number; /* of CHOICE_PID_NS: as given, and once it is resolved the inode */
		bool is_pid;	 /* it was given as a process of that namespace */
		bool met;	 /* something that runs has that name */
	} words[CHOICE_WORDS_MAX];
	size_t len;
	bool can_wait; /* the command has --wait */
	bool wait;     /* --wait: a name that nothing has yet is no error */
	struct containers_config places;
};

/* For tables of options; `data` begins with a struct common_options, which has the choice. */
int choice_parse_container(const char *argument, void *data);
int choice_parse_pod(const char *argument, void *data);
int choice_parse_cgroup(const char *argument, void *data);
int choice_parse_pid_ns(const char *argument, void *data);
int choice_parse_wait(const char *argument, void *data);
int choice_parse_host_root(const char *argument, void *data);
int choice_parse_containerd_state(const char *argument, void *data);
int choice_parse_docker_root(const char *argument, void *data);
int choice_parse_storage_root(const char *argument, void *data);

/* Rows of options that trace and inspect share. */
#define CHOICE_OPTIONS                                                                             \
	{"container", 'c',                                                                         \
	 "ID|NAME",   "processes in this container (a prefix of its id will do)",                  \
	 NULL,	      choice_parse_container},                                                     \
		{"pod",                                                                            \
		 0,                                                                                \
		 "[NAMESPACE/]NAME",                                                               \
		 "processes in this pod, all its containers",                                      \
		 NULL,                                                                             \
		 choice_parse_pod},                                                                \
		{"cgroup",	     0, "PATH", "processes in this cgroup or below", "@file",      \
		 choice_parse_cgroup},                                                             \
	{                                                                                          \
		"pid-ns", 0, "INODE|PID", "processes of this PID namespace, or that of a process", \
			"@pid", choice_parse_pid_ns                                                \
	}

#define CHOICE_PLACES                                                                             \
	{"host-root", 0,                                                                          \
	 "DIR",	      "where the node's root is seen (/; in a pod for example /host)",            \
	 "@file",     choice_parse_host_root},                                                    \
		{"containerd-state",                                                              \
		 0,                                                                               \
		 "DIR",                                                                           \
		 "state of containerd (/run/containerd)",                                         \
		 "@file",                                                                         \
		 choice_parse_containerd_state},                                                  \
		{"docker-root",		  0, "DIR", "files of docker (/var/lib/docker)", "@file", \
		 choice_parse_docker_root},                                                       \
	{                                                                                         \
		"storage-root", 0, "DIR",                                                         \
			"files of CRI-O and podman (/var/lib/containers/storage)", "@file",       \
			choice_parse_storage_root                                                 \
	}

/* Whether cgroups select: by themselves, or as those of containers; those alone; PID namespaces. */
bool choice_has_cgroups(const struct choice *c);
bool choice_has_names(const struct choice *c);
bool choice_has_pid_ns(const struct choice *c);

/* One word of -c or --pod. A container may also be named as it is shown: "docker:web". */
bool choice_word_matches(const struct choice_word *word, const struct container *container);

/*
 * Whether a cgroup is chosen: as that of a container, or by its path in the tree, which is that of
 * --cgroup or below it. Both mark the words that they meet.
 */
bool choice_meets_container(struct choice *c, const struct container *container);
bool choice_meets_path(struct choice *c, const struct cgroups *cgroups, const char *path);
/* There is something for every word. */
bool choice_is_met(const struct choice *c);
/* For people: "pod shop/web, cgroup /a"; all of it, or only what is not met. */
void choice_write(const struct choice *c, bool missing_only, struct strbuf *out);

/*
 * In choice_resolve.c. What the words name now; --pid-ns becomes an inode. Prints what is wrong: a
 * name that several containers have, or (without --wait) nothing that runs has, with the
 * candidates. 0; -EINVAL (a usage error) and -EACCES (it takes root), both said; or another
 * negative errno. Without choice_has_cgroups() both may be NULL, here and below.
 */
int choice_check(struct choice *c, struct cgroups *cgroups, struct containers *containers);
/*
 * Calls `select` for every cgroup that is chosen now, those below it, too. 0, what `select`
 * returned, or a negative errno.
 */
int choice_select(struct choice *c, struct cgroups *cgroups, struct containers *containers,
		  int (*select)(void *context, cgroup_number number), void *context);

#endif
