/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all programs of a trace share: the filter, the selected processes, the way out. */
#ifndef SIGTRACE_SESSION_BPF_H
#define SIGTRACE_SESSION_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "cgroup.bpf.h"
#include "event.h"
#include "settings.h"
#include "task.bpf.h"

const volatile struct settings settings = {};
struct shared shared = {};

/*
 * A quick "certainly not" in front of the process table: one byte for all tgids that share their
 * low 16 bits. Only ever set; a stale or shared byte costs a look-up, never an answer.
 */
__u8 maybe_selected[MAYBE_SIZE];

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20); /* set by user space */
} events SEC(".maps");

/* The selected processes, by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct selected);
} processes SEC(".maps");

/* The selected cgroups, by their number. Made only if settings.by_cgroup. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} selected_cgroups SEC(".maps");

/* The selected PID namespaces, by their inode. Made only if settings.by_pid_ns. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} selected_pid_ns SEC(".maps");

/* Per CPU against contention; still added to atomically, because siglock can be preempted on RT. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

static __always_inline __u64 sig_bit(__u32 sig)
{
	return 1ULL << ((sig - 1) & (EVENT_SIG_MAX - 1));
}

static __always_inline struct counters *get_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline void count_lost(enum event_lost reason)
{
	struct counters *c = get_counters();

	if (c)
		__sync_fetch_and_add(&c->lost[reason], 1);
	__sync_fetch_and_add(&shared.lost, 1);
}

static __always_inline void count_hidden(void)
{
	struct counters *c = get_counters();

	if (c)
		__sync_fetch_and_add(&c->hidden, 1);
}

static __always_inline void fill_head(struct event_head *head, enum event_kind kind, __u16 size,
				      __u8 sig, __s32 code, __u32 cgroup)
{
	head->boot_ns = bpf_ktime_get_boot_ns();
	head->size = size;
	head->kind = kind;
	head->sig = sig;
	head->code = code;
	head->lost = shared.lost;
	head->cgroup = cgroup;
}

/* Wakes the reader only if it sleeps, or if it naps and a good part of the buffer is unread. */
static __always_inline __u64 wake_flags(void)
{
	switch (shared.reader) {
	case READER_NAPS:
		if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < settings.wake_bytes)
			return BPF_RB_NO_WAKEUP;
		break;
	case READER_SLEEPS:
		break;
	default:
		return BPF_RB_NO_WAKEUP;
	}
	shared.reader = READER_WORKS;
	return BPF_RB_FORCE_WAKEUP;
}

/* The entry of a process if it is selected, else NULL. */
static __always_inline struct selected *find_selected(__u32 tgid, struct task_struct *task,
						      const bool direct)
{
	struct selected *selected;

	if (!maybe_selected[tgid % MAYBE_SIZE])
		return NULL;
	selected = bpf_map_lookup_elem(&processes, &tgid);
	if (!selected)
		return NULL;
	/* /proc shows the start in ticks of 10 ms; a later owner of the number began after it. */
	if (task_start(task, direct) - selected->start_boot_ns >= SETTINGS_TICK_NS)
		return NULL;
	return selected;
}

/* The cgroup of a process, in the hierarchy that this trace looks at. */
static __always_inline __u32 read_cgroup(struct signal_struct *signal, const bool direct)
{
	return process_cgroup(signal, settings.cgroup_v1, direct);
}

/*
 * One of the namespaces that a process has a number in: its own, at `level`, and all above it. A
 * function of its own, so that the verifier forgets the rounds of the loop when it returns; and a
 * static one, for it may not be looked at where nothing calls it: then the map is not made.
 */
static __noinline int is_below_selected(u64 pid, u32 level)
{
	for (u32 i = 0; i <= PID_LEVEL_MASK; i++) {
		struct upid *number = pid_number_at((struct pid *)pid, i);
		struct pid_namespace *ns;
		u32 inode;

		if (i > level)
			return false;
		ns = BPF_CORE_READ(number, ns);
		inode = BPF_CORE_READ(ns, ns.inum);
		if (bpf_map_lookup_elem(&selected_pid_ns, &inode))
			return true;
	}
	return false;
}

/* By where it is: its cgroup or its PID namespace. */
static __always_inline bool is_in_selected(struct task_struct *task, const bool direct)
{
	if (settings.by_cgroup) {
		__u32 number = read_cgroup(FIELD(direct, task, signal), direct);

		if (bpf_map_lookup_elem(&selected_cgroups, &number))
			return true;
	}
	if (settings.by_pid_ns && settings.pid_ns_below) {
		struct pid *pid = task_tgid_pid(task, direct);

		return is_below_selected((u64)untyped(pid), FIELD(direct, pid, level));
	}
	if (settings.by_pid_ns) {
		struct event_task numbers; /* only its namespace */

		pid_read_namespace(task_tgid_pid(task, direct), &numbers, direct);
		if (bpf_map_lookup_elem(&selected_pid_ns, &numbers.pid_ns))
			return true;
	}
	return false;
}

static __always_inline bool is_selected(__u32 tgid, struct task_struct *task, const bool direct)
{
	return find_selected(tgid, task, direct) || is_in_selected(task, direct);
}

/* is_selected() of `current`, for the programs that have no better way to read it. */
static __always_inline bool current_is_selected(__u32 tgid)
{
	struct task_struct *current = (void *)bpf_get_current_task();

	if (find_selected(tgid, current, false))
		return true;
	if (compat_has_current_btf())
		return is_in_selected(compat_current(), true);
	return is_in_selected(current, false);
}

#endif
