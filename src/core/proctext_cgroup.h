/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text that leads to the cgroup of a process and to its freezer: /proc/PID/cgroup,
 * /proc/self/mountinfo and the files of the cgroup. The rules are those of proctext.h: a cut text
 * is an error, and all return 0 and write *ret, or return -EINVAL and leave it alone.
 */
#ifndef SIGTRACE_CORE_PROCTEXT_CGROUP_H
#define SIGTRACE_CORE_PROCTEXT_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The hierarchies that can freeze: the one of cgroup v1 that has the freezer controller, and that
 * of v2. A path begins with '/' and has no component that is empty, "." or "..".
 */
enum cgroup_hierarchy {
	CGROUP_V1_FREEZER,
	CGROUP_V2,
	CGROUP_HIERARCHY_COUNT,
};

struct proctext_cgroup_path {
	const char *path; /* within the text, no NUL; NULL: the process has none there */
	size_t len;
};

/*
 * /proc/PID/cgroup, "6:freezer:/docker/1f…" and "0::/user.slice" a line. The paths are not escaped;
 * the kernel takes no line feed in a cgroup's name. One that is outside of the reader's cgroup
 * namespace ("/../…") is an error. `ret` has CGROUP_HIERARCHY_COUNT elements.
 */
int proctext_parse_cgroup(const char *text, size_t size, struct proctext_cgroup_path *ret);
/*
 * The same text: the path in the one hierarchy of v1 that has this controller; NULL: in that of v2.
 * ret->path NULL: there is no such hierarchy.
 */
int proctext_parse_cgroup_of(const char *text, size_t size, const char *controller,
			     struct proctext_cgroup_path *ret);

#define PROCTEXT_PATH_SIZE 4096 /* the kernel's PATH_MAX */

struct proctext_mount {
	/* COUNT: none of them, or which cgroup is seen there is not known. */
	enum cgroup_hierarchy hierarchy;
	bool v2;
	bool v1_pids; /* the hierarchy of v1 that has the pids controller */
	/*
	 * The cgroup that is seen at `point`; "": one outside of the reader's cgroup namespace.
	 * Both are empty unless one of the three above holds.
	 */
	char root[PROCTEXT_PATH_SIZE];
	char point[PROCTEXT_PATH_SIZE];
};

/* One line of mountinfo, without its line feed. Source: proc_pid_mountinfo(5). */
int proctext_parse_mount(const char *text, size_t size, struct proctext_mount *ret);

enum cgroup_freezer {
	CGROUP_THAWED,
	CGROUP_FREEZING, /* some of its tasks may not be frozen yet */
	CGROUP_FROZEN,
};

/* freezer.state of cgroup v1. Source: kernel/cgroup/legacy_freezer.c. */
int proctext_parse_freezer_state(const char *text, size_t size, enum cgroup_freezer *ret);
/* cgroup.events of cgroup v2: whether all tasks are frozen. From Linux 5.2. */
int proctext_parse_cgroup_events(const char *text, size_t size, bool *ret_frozen);
/* freezer.self_freezing, cgroup.freeze: "0" or "1". */
int proctext_parse_flag(const char *text, size_t size, bool *ret);

#endif
