/* SPDX-License-Identifier: BSD-2-Clause */
#include "feature_bpf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privilege.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

#define CLEANUP_FD  __attribute__((cleanup(close_fd)))
#define CLEANUP_BTF __attribute__((cleanup(free_btf)))

bool features_have_btf(void)
{
	CLEANUP_BTF struct btf *btf = NULL;

	if (access(FEATURES_BTF_PATH, R_OK) == 0)
		return true;
	/* A vmlinux file of the running kernel in /boot serves, too, but slowly. */
	btf = btf__load_vmlinux_btf();
	return btf;
}

/* `err` is a negative errno of bpf(2). */
static void conclude_refused(struct features_item *item, const char *what, int err)
{
	bool refused = err == -EPERM || err == -EACCES;

	if (refused && !privilege_may_trace())
		features_conclude(item, FEATURES_UNKNOWN,
				  "%s: %s; cannot be tried without CAP_BPF and CAP_PERFMON", what,
				  strerror(-err));
	else if (refused)
		features_conclude(
			item, FEATURES_NO,
			"%s: %s with the capabilities: seccomp, lockdown or a security module",
			what, strerror(-err));
	else if (err == -ENOSYS)
		features_conclude(item, FEATURES_NO, "%s: the kernel has no bpf(2)", what);
	else
		features_conclude(item, FEATURES_NO, "%s: %s", what, strerror(-err));
}

void features_probe_btf(struct features_item *item, int unused)
{
	CLEANUP_BTF struct btf *btf = btf__load_vmlinux_btf();
	bool there = access(FEATURES_BTF_PATH, R_OK) == 0;
	__u32 size;

	(void)unused;
	if (!btf) {
		features_conclude(item, FEATURES_NO, "%s: %s", FEATURES_BTF_PATH, strerror(errno));
		return;
	}
	btf__raw_data(btf, &size);
	features_conclude(item, FEATURES_YES, "%s, %u KiB",
			  there ? FEATURES_BTF_PATH : "a vmlinux file found by libbpf",
			  size / 1024);
}

void features_probe_ring_buffer(struct features_item *item, int unused)
{
	CLEANUP_FD int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "probe", 0, 0,
					   (__u32)sysconf(_SC_PAGESIZE), NULL);

	(void)unused;
	if (fd < 0)
		conclude_refused(item, "bpf(BPF_MAP_CREATE)", fd);
	else
		features_conclude(item, FEATURES_YES, "one page was created");
}

/*
 * Loads `insns` for a hook that is found in the kernel's BTF. Returns an fd, or negative errno:
 * -ESRCH if the hook is not there.
 */
static int load_tracing(const char *hook, enum bpf_attach_type type, const struct bpf_insn *insns,
			size_t count, char *log, size_t log_size)
{
	struct bpf_prog_load_opts options = {
		.sz = sizeof(options),
		.expected_attach_type = type,
		.log_buf = log,
		.log_size = (__u32)log_size,
		.log_level = log ? 1 : 0,
	};
	int id = libbpf_find_vmlinux_btf_id(hook, type);

	if (id < 0)
		return id == -ENOENT ? -ESRCH : id;
	options.attach_btf_id = (__u32)id;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", insns, count, &options);
}

static const struct bpf_insn return_zero[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
	{.code = BPF_JMP | BPF_EXIT},
};

static void conclude_load_failed(struct features_item *item, const char *hook, int err)
{
	char what[64];

	snprintf(what, sizeof(what), "load for %s", hook);
	if (err == -ESRCH)
		features_conclude(item, FEATURES_NO, "%s is not in the kernel's BTF", hook);
	else
		conclude_refused(item, what, err);
}

/* One hook; false, with the item concluded, if it does not work. */
static bool try_raw_tp(struct features_item *item, const char *hook, bool attach)
{
	CLEANUP_FD int program = load_tracing(hook, BPF_TRACE_RAW_TP, return_zero,
					      ARRAY_SIZE(return_zero), NULL, 0);
	CLEANUP_FD int link = -1;
	char what[64];

	if (program < 0) {
		conclude_load_failed(item, hook, program);
		return false;
	}
	if (!attach)
		return true;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link >= 0)
		return true;
	snprintf(what, sizeof(what), "attach to %s", hook);
	conclude_refused(item, what, link);
	return false;
}

static const struct {
	const char *hooks[3];
	bool attach; /* while sys_enter is attached, every system call of the node is slower */
} hook_sets[] = {
	[FEATURES_HOOKS_GENERATE] = {{"signal_generate"}, true},
	[FEATURES_HOOKS_DELIVER] = {{"signal_deliver"}, true},
	[FEATURES_HOOKS_PROCESS] = {{"sched_process_exit", "sched_process_fork",
				     "sched_process_free"},
				    true},
	[FEATURES_HOOKS_SYSCALLS] = {{"sys_enter", "sys_exit"}, false},
};
_Static_assert(ARRAY_SIZE(hook_sets) == FEATURES_HOOKS_COUNT, "a row for every set of hooks");

void features_probe_hooks(struct features_item *item, int set)
{
	for (size_t i = 0; i < ARRAY_SIZE(hook_sets[set].hooks) && hook_sets[set].hooks[i]; i++)
		if (!try_raw_tp(item, hook_sets[set].hooks[i], hook_sets[set].attach))
			return;
	features_conclude(item, FEATURES_YES,
			  hook_sets[set].attach ? "a trivial program was loaded and attached"
						: "a trivial program was loaded");
}

void features_probe_task_iterators(struct features_item *item, int unused)
{
	CLEANUP_FD int program = load_tracing("task", BPF_TRACE_ITER, return_zero,
					      ARRAY_SIZE(return_zero), NULL, 0);

	(void)unused;
	if (program < 0)
		conclude_load_failed(item, "bpf_iter_task", program);
	else
		features_conclude(item, FEATURES_YES, "a trivial program was loaded");
}

/*
 * The call has no arguments, so the verifier rejects it even where the helper exists: its log tells
 * the two apart. The words are those of kernel/bpf/verifier.c, 5.10 to 7.x.
 */
void features_probe_helper(struct features_item *item, int helper)
{
	static const char *const unknown_words[] = {"unknown func", "invalid func",
						    "cannot use helper"};
	const struct bpf_insn call[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = helper},
		return_zero[0],
		return_zero[1],
	};
	char log[8192] = "";
	CLEANUP_FD int program = load_tracing("signal_generate", BPF_TRACE_RAW_TP, call,
					      ARRAY_SIZE(call), log, sizeof(log));

	if (program >= 0) {
		features_conclude(item, FEATURES_YES, "a program that calls it was loaded");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown_words); i++) {
		if (strstr(log, unknown_words[i])) {
			features_conclude(item, FEATURES_NO,
					  "the verifier does not know it for this program type");
			return;
		}
	}
	if (log[0])
		features_conclude(item, FEATURES_YES, "the verifier knows it");
	else
		conclude_load_failed(item, "signal_generate", program);
}
