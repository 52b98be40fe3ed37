/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs that follow processes: fork, exit, and the end of their numbers. */
#ifndef SIGTRACE_PROCESS_BPF_H
#define SIGTRACE_PROCESS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "session.bpf.h"

__u8 maybe_signalled[MAYBE_SIZE]; /* a generate record of the process was submitted */

/*
 * Processes whose end was seen. Two threads that exit at the same time can both find that no thread
 * is left: each counts itself out before its tracepoint fires.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct ended);
	__type(value, __u8);
} ended SEC(".maps");

/*
 * Newer kernels (seen with 7.x) can preempt a program of these tracepoints, and skip it on that CPU
 * until it is done. So there are two for a fork and two for an exit, which is enough unless two are
 * preempted at once. What both see is taken once.
 */

static __always_inline int process_forks(struct task_struct *parent, struct task_struct *child)
{
	__u32 child_tgid = child->tgid;
	struct selected selected = {};

	if (child->pid != child->tgid || !find_selected(parent->tgid, parent, true) ||
	    find_selected(child_tgid, child, true))
		return 0;
	selected.start_boot_ns = child->start_boottime;
	selected.forked = 1;
	if (bpf_map_update_elem(&processes, &child_tgid, &selected, BPF_ANY)) {
		count_lost(EVENT_LOST_FOLLOW);
		return 0;
	}
	maybe_selected[child_tgid % MAYBE_SIZE] = 1;
	__sync_fetch_and_add(&shared.followed, 1);
	return 0;
}

/* With -f: a child of a selected process is selected, too. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	return process_forks(parent, child);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork_again, struct task_struct *parent, struct task_struct *child)
{
	return process_forks(parent, child);
}

static __always_inline bool is_first_end(__u32 tgid, struct task_struct *leader)
{
	struct ended key = {.start_boot_ns = leader->start_boottime, .tgid = tgid};
	__u8 value = 0;
	/* To kernels before d7ba4cc900bf (6.4) it is an int: its upper half is not the sign. */
	int r = (int)bpf_map_update_elem(&ended, &key, &value, BPF_NOEXIST);

	return r != -EEXIST;
}

/*
 * The last thread of a process that is selected, or that may have got a signal. With -f user space
 * learns from it, at once, when the last followed process is gone.
 */
static __always_inline int thread_exits(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct task_struct *leader = task->group_leader;
	__u32 tgid = task->tgid;
	__u32 facts = unknown_zero;
	struct selected *selected;
	__u64 wake = 0;

	if (signal->live.counter != 0)
		return 0;
	selected = find_selected(tgid, task, true);
	if (selected || is_in_selected(task, true))
		facts += EVENT_FACT_MATCHED_TO;
	if (!selected && (settings.problems_only || !(facts || maybe_signalled[tgid % MAYBE_SIZE])))
		return 0;
	if (!is_first_end(tgid, leader))
		return 0;
	if (selected && selected->forked) {
		__sync_fetch_and_add(&shared.followed, -1);
		wake = BPF_RB_FORCE_WAKEUP;
	}

	struct event_exit *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count_lost(EVENT_LOST_EXIT);
		return 0;
	}
	/* -x shows no exits, but the reader has to wake up for the last one. */
	if (settings.problems_only) {
		bpf_ringbuf_discard(e, wake);
		return 0;
	}
	/* Of the leader, which waits for the others as a zombie, and whose code wait4() gives. */
	task_read(leader, &e->process, true);
	pid_read_namespace(signal->pids[PIDTYPE_TGID], &e->process, true);
	if (e->process.ns_tgid == 1) {
		facts += EVENT_FACT_NAMESPACE_INIT;
		if (tgid == 1)
			facts += EVENT_FACT_GLOBAL_INIT;
	}
	fill_head(&e->head, EVENT_EXIT, sizeof(*e), 0, 0, read_cgroup(signal, true));
	e->exit_code = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code
							 : leader->exit_code;
	e->facts = facts;
	e->signal_flags = signal->flags;
	e->pad = 0;
	bpf_ringbuf_submit(e, wake ? wake : wake_flags());
	return 0;
}

/* By the low 16 bits of the tid: 1 and the bits above them, of a thread that on_exit() has seen. */
__u8 seen_exits[MAYBE_SIZE];

/* Not loaded for -x without -f. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u32 tid = task->pid;

	seen_exits[tid % MAYBE_SIZE] = 1 + tid / MAYBE_SIZE;
	return thread_exits(compat_plain_task(task));
}

/* Counts what only this one saw: of the skips of the first, user space takes the rest for lost. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_again, struct task_struct *task)
{
	__u32 tid = task->pid;
	struct counters *c;

	if (seen_exits[tid % MAYBE_SIZE] != 1 + tid / MAYBE_SIZE) {
		c = get_counters();
		if (c)
			__sync_fetch_and_add(&c->exits_saved, 1);
	}
	seen_exits[tid % MAYBE_SIZE] = 0;
	return thread_exits(compat_plain_task(task));
}

/* With -f: the numbers of reaped processes leave the table, so that it does not fill up. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	__u32 tgid = task->tgid;

	if (task->pid == task->tgid && find_selected(tgid, task, true))
		bpf_map_delete_elem(&processes, &tgid);
	return 0;
}

#endif
