/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "feature.h"
#include "feature_bpf.h"
#include "kernel_symbols.h"
#include "log.h"
#include "origin.h"
#include "privilege.h"

#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

#define GIVE_CAPABILITY \
	"run it as root, or give the capability to the binary (setcap) or the container"
#define NEWER_KERNEL	     "run a newer kernel (5.10 or later)"
#define GET_BTF		     "run a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount /sys"
#define SHOW_ADDRESSES	     "run it as root or with CAP_SYSLOG, and sysctl kernel.kptr_restrict=1"
#define LEAVE_LOCKDOWN	     "boot without lockdown=confidentiality (integrity does no harm)"
#define LEAVE_USER_NAMESPACE "run it on the node, outside rootless containers"
#define LEAVE_PID_NAMESPACE \
	"run it on the node, or in a container with --pid=host (Kubernetes: hostPID: true)"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define CLEANUP_FD __attribute__((cleanup(close_fd)))

/* A small file of one line, as they are in /proc/sys. Returns the length, or negative errno. */
static int read_line(const char *path, char *line, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, line, size - 1);
	if (len < 0)
		return -errno;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return (int)strlen(line);
}

/* The privileges of this process. */

static void probe_capability(struct features_item *item, int capability)
{
	bool implied = capability == CAP_BPF || capability == CAP_PERFMON;

	if (privilege_has(capability)) {
		if (privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_USER))
			features_conclude(item, FEATURES_NO,
					  "counts only inside this user namespace");
		else
			features_conclude(item, FEATURES_YES, "in the effective set");
	} else if (implied && privilege_may_use(capability)) {
		features_conclude(item, FEATURES_YES,
				  "CAP_SYS_ADMIN, which includes it, is in the effective set");
	} else {
		features_conclude(item, FEATURES_NO, "not in the effective set");
	}
}

static void probe_namespace(struct features_item *item, int which)
{
	const char *path = privilege_namespace_path(which);
	unsigned long long initial = privilege_namespace_initial(which);
	unsigned long long own = privilege_namespace_own(which);

	if (!own)
		features_conclude(item, FEATURES_UNKNOWN, "%s: %s", path, strerror(errno));
	else if (own == initial)
		features_conclude(item, FEATURES_YES, "%s is the initial one (%llu)", path, own);
	else
		features_conclude(item, FEATURES_NO, "%s is %llu, the initial one is %llu", path,
				  own, initial);
}

/* The kernel and how it is set up. */

static void probe_kernel(struct features_item *item, int unused)
{
	struct utsname name;
	unsigned int major, minor;

	(void)unused;
	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
		features_conclude(item, FEATURES_UNKNOWN, "uname: no version");
		return;
	}
	features_conclude(item,
			  major > 5 || (major == 5 && minor >= 10) ? FEATURES_YES : FEATURES_NO,
			  "uname: %s", name.release);
}

static void probe_architecture(struct features_item *item, int unused)
{
	struct utsname name;

	(void)unused;
	if (uname(&name) < 0)
		features_conclude(item, FEATURES_UNKNOWN, "uname: %s", strerror(errno));
	else if (!strcmp(name.machine, "x86_64") || !strcmp(name.machine, "aarch64"))
		features_conclude(item, FEATURES_YES, "uname: %s", name.machine);
	else
		features_conclude(item, FEATURES_UNKNOWN,
				  "uname: %s, on which sigtrace is not tested", name.machine);
}

enum file {
	FILE_UNPRIVILEGED_BPF,
	FILE_JIT,
	FILE_SECURITY_MODULES,
	FILE_COUNT,
};

static const struct {
	const char *path;
	enum features_state if_zero; /* the state for "0" */
	enum features_state if_other;
} files[] = {
	[FILE_UNPRIVILEGED_BPF] = {"/proc/sys/kernel/unprivileged_bpf_disabled", FEATURES_YES,
				   FEATURES_NO},
	[FILE_JIT] = {"/proc/sys/net/core/bpf_jit_enable", FEATURES_NO, FEATURES_YES},
	[FILE_SECURITY_MODULES] = {"/sys/kernel/security/lsm", FEATURES_YES, FEATURES_YES},
};
_Static_assert(ARRAY_SIZE(files) == FILE_COUNT, "a row for every file");

static void probe_file(struct features_item *item, int file)
{
	const char *path = files[file].path;
	char line[128];
	int len = read_line(path, line, sizeof(line));

	if (len < 0)
		features_conclude(item, FEATURES_UNKNOWN, "%s: %s", path, strerror(-len));
	else
		features_conclude(item,
				  strcmp(line, "0") ? files[file].if_other : files[file].if_zero,
				  "%s is %s", path, line);
}

/* The mode in brackets of "none [integrity] confidentiality"; negative errno if unreadable. */
static int read_lockdown(char *mode, size_t size)
{
	char line[128];
	int len = read_line(LOCKDOWN_PATH, line, sizeof(line));
	char *open_bracket, *close_bracket;

	if (len < 0)
		return len;
	open_bracket = strchr(line, '[');
	close_bracket = open_bracket ? strchr(open_bracket, ']') : NULL;
	if (!close_bracket)
		return -EBADMSG;
	*close_bracket = '\0';
	snprintf(mode, size, "%s", open_bracket + 1);
	return 0;
}

static void probe_lockdown(struct features_item *item, int unused)
{
	char mode[32];
	int err = read_lockdown(mode, sizeof(mode));

	(void)unused;
	if (err < 0)
		features_conclude(item, FEATURES_UNKNOWN, "%s: %s", LOCKDOWN_PATH, strerror(-err));
	else
		features_conclude(item,
				  strcmp(mode, "confidentiality") ? FEATURES_YES : FEATURES_NO,
				  "%s is [%s]", LOCKDOWN_PATH, mode);
}

static void probe_cgroups(struct features_item *item, int unused)
{
	struct statfs root, unified;

	(void)unused;
	if (statfs("/sys/fs/cgroup", &root) < 0)
		features_conclude(item, FEATURES_UNKNOWN, "/sys/fs/cgroup: %s", strerror(errno));
	else if (root.f_type == CGROUP2_SUPER_MAGIC)
		features_conclude(item, FEATURES_YES, "v2: /sys/fs/cgroup is cgroup2");
	else if (statfs("/sys/fs/cgroup/unified", &unified) == 0 &&
		 unified.f_type == CGROUP2_SUPER_MAGIC)
		features_conclude(item, FEATURES_YES,
				  "hybrid: v1, and cgroup2 at /sys/fs/cgroup/unified");
	else if (root.f_type == TMPFS_MAGIC)
		features_conclude(item, FEATURES_YES,
				  "v1: /sys/fs/cgroup is a tmpfs without cgroup2");
	else
		features_conclude(item, FEATURES_UNKNOWN,
				  "/sys/fs/cgroup has no cgroup file system");
}

/* As trace will do it: the file is there for everybody, but perhaps with zeroes for addresses. */
static void probe_kallsyms(struct features_item *item, int unused)
{
	struct kernel_symbols *symbols = NULL;
	int r = kernel_symbols_new(origin_functions, &symbols);

	(void)unused;
	kernel_symbols_free(symbols);
	if (r == 0)
		features_conclude(item, FEATURES_YES, "/proc/kallsyms shows addresses");
	else if (r == -EACCES)
		features_conclude(item, FEATURES_NO, "/proc/kallsyms hides its addresses");
	else
		features_conclude(item, r == -ENOENT ? FEATURES_NO : FEATURES_UNKNOWN,
				  "/proc/kallsyms: %s", strerror(-r));
}

static const char *const by_nothing[] = {NULL};
static const char *const by_trace[] = {"trace", NULL};
static const char *const by_inspect[] = {"inspect", NULL};
static const char *const by_both[] = {"trace", "inspect", NULL};
static const char *const by_pid[] = {"trace --pid", "inspect", NULL};
static const char *const by_own_command[] = {"trace -- CMD", NULL};

static const struct {
	const char *name;
	const char *const *needed_by;
	bool required;
	const char *cost;
	const char *remedy;
	void (*probe)(struct features_item *item, int argument);
	int argument;
} rows[] = {
	{"kernel", by_both, false,
	 "older kernels than 5.10 are not tested and may lack what follows", NEWER_KERNEL,
	 probe_kernel, 0},
	{"architecture", by_both, false, "nobody has tried sigtrace here", "use x86_64 or arm64",
	 probe_architecture, 0},
	{"btf", by_both, true, "the programs cannot be fitted to this kernel", GET_BTF,
	 features_probe_btf, 0},
	{"ring_buffer", by_trace, true, "events cannot be handed to user space", NEWER_KERNEL,
	 features_probe_ring_buffer, 0},
	{"tp_btf_signal_generate", by_trace, true, "it cannot be seen which signals are sent",
	 NEWER_KERNEL, features_probe_hooks, FEATURES_HOOKS_GENERATE},
	{"tp_btf_signal_deliver", by_trace, true, "it cannot be seen which signals are delivered",
	 NEWER_KERNEL, features_probe_hooks, FEATURES_HOOKS_DELIVER},
	{"tp_btf_sched_process", by_trace, true,
	 "ends of processes cannot be seen, and children that are forked later not be followed",
	 NEWER_KERNEL, features_probe_hooks, FEATURES_HOOKS_PROCESS},
	{"bpf_probe_read_kernel", by_both, true, "the state of a target cannot be read",
	 LEAVE_LOCKDOWN, features_probe_helper, BPF_FUNC_probe_read_kernel},
	{"bpf_ktime_get_boot_ns", by_trace, true, "events have no time", NEWER_KERNEL,
	 features_probe_helper, BPF_FUNC_ktime_get_boot_ns},
	{"bpf_get_current_task_btf", by_trace, false,
	 "nothing: before 5.11 bpf_get_current_task does the same, a little slower", NEWER_KERNEL,
	 features_probe_helper, BPF_FUNC_get_current_task_btf},
	{"task_iterators", by_inspect, false,
	 "inspect reads /proc, which does not tell handlers' addresses and flags", NEWER_KERNEL,
	 features_probe_task_iterators, 0},
	{"tp_btf_syscalls", by_nothing, false, "nothing: no command of this version needs them",
	 "run a kernel built with CONFIG_FTRACE_SYSCALLS=y", features_probe_hooks,
	 FEATURES_HOOKS_SYSCALLS},
	{"kallsyms", by_trace, false,
	 "what made the kernel send a signal is told only where the siginfo proves it",
	 SHOW_ADDRESSES, probe_kallsyms, 0},
	{"bpf_jit", by_trace, false, "every traced signal costs several times as much",
	 "sysctl net.core.bpf_jit_enable=1", probe_file, FILE_JIT},
	{"cap_bpf", by_both, true, "no BPF program can be loaded", GIVE_CAPABILITY,
	 probe_capability, CAP_BPF},
	{"cap_perfmon", by_both, true, "no BPF program can be attached to tracepoints",
	 GIVE_CAPABILITY, probe_capability, CAP_PERFMON},
	{"cap_sys_admin", by_nothing, false,
	 "nothing where CAP_BPF and CAP_PERFMON are there; before Linux 5.8 there was only this",
	 GIVE_CAPABILITY, probe_capability, CAP_SYS_ADMIN},
	{"cap_sys_resource", by_trace, false,
	 "nothing from Linux 5.11 on; before, the buffer has to fit into 'ulimit -l'",
	 GIVE_CAPABILITY, probe_capability, CAP_SYS_RESOURCE},
	{"cap_sys_ptrace", by_inspect, false,
	 "handlers of other users' processes have no names, and what their threads do is not known",
	 GIVE_CAPABILITY, probe_capability, CAP_SYS_PTRACE},
	{"cap_kill", by_own_command, false,
	 "a CMD that has changed its user cannot be sent signals", GIVE_CAPABILITY,
	 probe_capability, CAP_KILL},
	{"initial_user_namespace", by_both, true,
	 "no capability counts: the kernel wants them in the initial user namespace",
	 LEAVE_USER_NAMESPACE, probe_namespace, PRIVILEGE_NAMESPACE_USER},
	{"initial_pid_namespace", by_pid, false,
	 "pids here are not the node's, which trace takes and prints; inspect reads /proc",
	 LEAVE_PID_NAMESPACE, probe_namespace, PRIVILEGE_NAMESPACE_PID},
	{"lockdown_allows_tracing", by_both, true, "BPF programs may not read the kernel's memory",
	 LEAVE_LOCKDOWN, probe_lockdown, 0},
	{"unprivileged_bpf", by_nothing, false, "nothing: tracing always needs capabilities",
	 "not needed", probe_file, FILE_UNPRIVILEGED_BPF},
	{"security_modules", by_nothing, false,
	 "nothing; where one is active, its policy may refuse bpf(2) with EACCES",
	 "mount -t securityfs none /sys/kernel/security", probe_file, FILE_SECURITY_MODULES},
	{"cgroups", by_nothing, false, "nothing: it only shows how containers can be told here",
	 "mount the cgroup file system at /sys/fs/cgroup", probe_cgroups, 0},
};
_Static_assert(ARRAY_SIZE(rows) <= FEATURES_ITEM_MAX, "every row has room");

void features_probe(struct features *ret)
{
	struct utsname name = {0};

	/* Failure leaves the zeroes: the kernel's name is then unknown, and its row says so. */
	uname(&name);
	*ret = (struct features){0};
	snprintf(ret->kernel, sizeof(ret->kernel), "%s", name.release);
	snprintf(ret->machine, sizeof(ret->machine), "%s", name.machine);
	log_set_keeping(false);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct features_item *item = &ret->items[ret->count++];

		item->name = rows[i].name;
		item->needed_by = rows[i].needed_by;
		item->required = rows[i].required;
		item->cost = rows[i].cost;
		item->remedy = rows[i].remedy;
		rows[i].probe(item, rows[i].argument);
	}
	log_set_keeping(true);
}

/* Judgement. */

static void explain(struct features_problem *ret, const char *remedy, const char *why,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void explain(struct features_problem *ret, const char *remedy, const char *why,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret->what, sizeof(ret->what), format, args);
	va_end(args);
	snprintf(ret->why, sizeof(ret->why), "%s", why);
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", remedy);
}

static int check_privilege(struct features_problem *ret)
{
	bool bpf = privilege_may_use(CAP_BPF), perfmon = privilege_may_use(CAP_PERFMON);

	if (bpf && perfmon)
		return 0;
	if (privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_USER)) {
		explain(ret, LEAVE_USER_NAMESPACE,
			"capabilities do not count in this user namespace",
			"tracing needs CAP_BPF and CAP_PERFMON in the initial user namespace; "
			"it runs in another one, where its capabilities do not count");
		return -EPERM;
	}
	explain(ret,
		geteuid() == 0 ? "give the capabilities to the container or service that starts it "
				 "(docker run --cap-add BPF --cap-add PERFMON)"
			       : "run it with sudo",
		bpf	  ? "CAP_PERFMON is missing"
		: perfmon ? "CAP_BPF is missing"
			  : "CAP_BPF and CAP_PERFMON are missing",
		"tracing needs CAP_BPF and CAP_PERFMON (or root); missing: %s%s%s",
		bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : ", ", perfmon ? "" : "CAP_PERFMON");
	return -EPERM;
}

int features_check_trace(struct features_problem *ret)
{
	char lockdown[32];
	int err = check_privilege(ret);

	if (err < 0)
		return err;
	if (read_lockdown(lockdown, sizeof(lockdown)) == 0 &&
	    !strcmp(lockdown, "confidentiality")) {
		explain(ret, LEAVE_LOCKDOWN, "the kernel is locked down (confidentiality)",
			"the kernel is locked down (confidentiality): BPF may not read its memory");
		return -EPERM;
	}
	if (!features_have_btf()) {
		explain(ret, GET_BTF, "the kernel's BTF is missing",
			"the kernel's BTF is missing (%s)", FEATURES_BTF_PATH);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int explain_item(const struct features_item *item, struct features_problem *ret)
{
	char why[sizeof(ret->why)];

	snprintf(why, sizeof(why), "%s is not there", item->name);
	explain(ret, item->remedy, why, "%s: %s (%s)", item->name, item->cost, item->evidence);
	return -EOPNOTSUPP;
}

int features_judge(const struct features *f, struct features_problem *ret)
{
	int err = features_check_trace(ret);

	if (err < 0)
		return err;
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].required && f->items[i].state == FEATURES_NO)
			return explain_item(&f->items[i], ret);
	return 0;
}

int features_judge_inspect(const struct features *f, struct features_problem *ret)
{
	int err = features_check_inspect(ret);

	if (err < 0)
		return err;
	for (size_t i = 0; i < f->count; i++)
		if (rows[i].probe == features_probe_task_iterators &&
		    f->items[i].state == FEATURES_NO)
			return explain_item(&f->items[i], ret);
	return 0;
}

int features_explain_trace(struct features_problem *ret)
{
	struct features f;

	features_probe(&f);
	return features_judge(&f, ret);
}

int features_check_pids(struct features_problem *ret)
{
	if (!privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_PID))
		return 0;
	explain(ret, LEAVE_PID_NAMESPACE, "it runs in a PID namespace of its own",
		"-p, -c, --pod and the like name what is on the node, and sigtrace runs in a "
		"PID namespace of its own");
	return -EPERM;
}

int features_check_inspect(struct features_problem *ret)
{
	int err = features_check_trace(ret);

	return err < 0 ? err : features_check_pids(ret);
}
