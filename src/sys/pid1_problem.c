// SPDX-License-Identifier: BSD-2-Clause
#include "pid1_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "privilege.h"
#include "procfs.h"

#ifndef CAP_SETFCAP
#define CAP_SETFCAP 31
#endif

#define AS_ROOT "run it as root (sudo)"
#define IN_CONTAINER                                                                \
	"run it outside of the container, or start that with --privileged or with " \
	"--cap-add SYS_ADMIN --security-opt apparmor=unconfined"
#define UNMASKED                                                                     \
	"run it outside of the container, or start that with --privileged, or with " \
	"--security-opt systempaths=unconfined (podman: --security-opt unmask=ALL)"
#define WITHOUT_LIMIT                                             \
	"leave --pids-max out, or limit all of it from outside: " \
	"systemd-run --scope -p TasksMax=NUMBER sigtrace check …"

#define NO_RIGHT \
	"--pids-max needs a cgroup below that of this process, which this user may not make"

static char sysctl_digit(const char *path)
{
	char text[32];

	return procfs_read_at(AT_FDCWD, path, text, sizeof(text)) > 0 ? text[0] : '\0';
}

static bool user_namespaces_off(void)
{
	return sysctl_digit("/proc/sys/user/max_user_namespaces") == '0';
}

/* A patch of Debian and others. */
static bool unprivileged_off(void)
{
	return sysctl_digit("/proc/sys/kernel/unprivileged_userns_clone") == '0';
}

static bool apparmor_restricts(void)
{
	return sysctl_digit("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == '1';
}

static bool is_filtered(void)
{
	return prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;
}

static bool lacks_setfcap(void)
{
	return geteuid() == 0 && !privilege_has(CAP_SETFCAP);
}

/* Whether a line of a uid_map or gid_map has the number: "inside outside length". */
static bool is_mapped(const char *path, unsigned int number)
{
	unsigned int first, count;
	char text[8192];
	int line = 0;

	if (procfs_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return true; /* not known */
	for (const char *at = text; sscanf(at, " %u %*u %u%n", &first, &count, &line) == 2;
	     at += line)
		if (number >= first && number - first < count)
			return true;
	return false;
}

/* Who has no number in a user namespace may not make another: create_user_ns(). */
static bool is_unmapped(void)
{
	return !is_mapped("/proc/self/uid_map", geteuid()) ||
	       !is_mapped("/proc/self/gid_map", getegid());
}

#define AT(step) (1U << PID1_STEP_##step)

/* The first row that holds counts. */
static const struct {
	unsigned int steps;
	int error;	  /* 0: any */
	bool user_ns;	  /* only through a user namespace */
	bool (*is)(void); /* NULL: holds */
	const char *what;
	const char *remedy;
} rows[] = {
	{AT(CLONE), ENOSPC, true, user_namespaces_off,
	 "user namespaces are switched off (sysctl user.max_user_namespaces is 0)",
	 AS_ROOT ", or: sudo sysctl user.max_user_namespaces=10000"},
	{AT(CLONE), ENOSPC, false, NULL,
	 "there are as many namespaces as are allowed, or as deep inside each other",
	 "see sysctl user.max_pid_namespaces, user.max_mnt_namespaces and "
	 "user.max_user_namespaces"},
	{AT(CLONE), EPERM, true, unprivileged_off,
	 "unprivileged user namespaces are switched off (sysctl kernel.unprivileged_userns_clone "
	 "is 0)",
	 AS_ROOT ", or: sudo sysctl kernel.unprivileged_userns_clone=1"},
	{AT(CLONE) | AT(MAP) | AT(PRIVATE) | AT(PROC), 0, true, apparmor_restricts,
	 "AppArmor restricts user namespaces (sysctl "
	 "kernel.apparmor_restrict_unprivileged_userns is 1)",
	 AS_ROOT ", or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
	{AT(CLONE), EPERM, false, is_filtered,
	 "namespaces may not be made here: a seccomp filter is in force, as container runtimes "
	 "have one",
	 IN_CONTAINER},
	{AT(CLONE), EPERM, true, is_unmapped,
	 "namespaces may not be made here: this user, or its group, has no number in the user "
	 "namespace that this process is in (/proc/self/uid_map, gid_map)",
	 "run it outside of that namespace, or map the user into it (unshare --map-root-user)"},
	{AT(CLONE), EPERM, false, NULL,
	 "namespaces may not be made here: the system refuses it, as in a chroot",
	 AS_ROOT ", and outside of a chroot"},
	{AT(CLONE), EACCES, false, NULL,
	 "a security module (AppArmor, SELinux) does not allow namespaces", AS_ROOT},
	{AT(CLONE), EINVAL, false, NULL, "this kernel has no PID namespaces, or no user namespaces",
	 AS_ROOT "; it takes a kernel with CONFIG_PID_NS, and without root CONFIG_USER_NS"},
	{AT(MAP), EPERM, true, lacks_setfcap,
	 "root has neither CAP_SYS_ADMIN nor CAP_SETFCAP, one of which a new namespace needs",
	 IN_CONTAINER},
	{AT(PRIVATE), EINVAL, false, NULL,
	 "the root directory is no mount point, as in a chroot: mounts cannot be kept apart",
	 "run it outside of the chroot"},
	{AT(PRIVATE) | AT(PROC), EACCES, false, NULL,
	 "a security module, such as a container's AppArmor profile, does not allow to mount",
	 IN_CONTAINER},
	{AT(PROC), EPERM, false, NULL,
	 "a new /proc may not be mounted, as where parts of the one here are hidden (in a "
	 "container)",
	 UNMASKED},
	{AT(CGROUP), ENOENT, false, NULL,
	 "--pids-max needs the pids controller of cgroups, which is not mounted here, or not for "
	 "the cgroup of this process",
	 WITHOUT_LIMIT},
	{AT(CGROUP), EOPNOTSUPP, false, NULL,
	 "--pids-max needs a cgroup with the pids controller below that of this process, and "
	 "cgroup v2 allows none while processes are in that one",
	 WITHOUT_LIMIT},
	{AT(CGROUP), EACCES, false, NULL, NO_RIGHT, AS_ROOT ", or " WITHOUT_LIMIT},
	{AT(CGROUP), EPERM, false, NULL, NO_RIGHT, AS_ROOT ", or " WITHOUT_LIMIT},
	{AT(CGROUP), EROFS, false, NULL,
	 "--pids-max needs a cgroup, and they are mounted read-only here, as in a container",
	 WITHOUT_LIMIT},
};

/* Where the kernel's answer is all that is known. */
static const struct {
	const char *what;
	const char *remedy;
} others[] = {
	[PID1_STEP_CLONE] = {"a PID namespace cannot be made", AS_ROOT},
	[PID1_STEP_MAP] = {"a user namespace cannot be set up", AS_ROOT},
	[PID1_STEP_PRIVATE] = {"mounts cannot be kept apart", AS_ROOT},
	[PID1_STEP_PROC] = {"a new /proc cannot be mounted", AS_ROOT},
	[PID1_STEP_STDIO] = {"stdin cannot be /dev/null", "see to it that there is a /dev/null"},
	[PID1_STEP_LOOK] = {"/proc here does not show processes that this one starts",
			    "mount the /proc of this PID namespace: mount -t proc proc /proc"},
	[PID1_STEP_CGROUP] = {"the cgroup for --pids-max cannot be made", WITHOUT_LIMIT},
	[PID1_STEP_JANITOR] = {"the process that clears up cannot be started",
			       "raise the limit on processes"},
};
_Static_assert(sizeof(others) / sizeof(others[0]) == PID1_STEP_COUNT, "a row for every step");

void pid1_explain(enum pid1_step step, int error, bool user_ns, struct pid1_problem *ret)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(rows[i].steps & 1U << step) || (rows[i].error && rows[i].error != -error) ||
		    (rows[i].user_ns && !user_ns) || (rows[i].is && !rows[i].is()))
			continue;
		snprintf(ret->what, sizeof(ret->what), "%s", rows[i].what);
		snprintf(ret->remedy, sizeof(ret->remedy), "%s", rows[i].remedy);
		return;
	}
	snprintf(ret->what, sizeof(ret->what), "%s: %s", others[step].what, strerror(-error));
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", others[step].remedy);
}
