// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The task iterator: runs once for every thread of the node, while user space reads the iterator's
 * file, and writes the records of include/snapshot.h into it.
 *
 * Nothing is locked but RCU, so a task may end while it is read. Everything is therefore read by
 * probes (FIELD() with `direct` false), whatever pointer turns out to be NULL. That also keeps the
 * verifier's knowledge of kernel types out of it, which differs from kernel to kernel.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "compat.bpf.h"
#include "snapshot.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Actions and threads of all processes, not only of those in `selected`. */
const volatile bool take_all = false;

/* By tgid; only the keys count. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set by user space */
	__type(key, __u32);
	__type(value, __u8);
} selected SEC(".maps");

/* Room for one struct k_sigaction, which is 32 bytes on x86_64 and arm64. */
#define ACTION_SIZE_MAX 64

/*
 * What does not fit on the stack. One is enough: there is one reader, and the kernel locks the
 * iterator's file while it reads.
 */
static struct {
	__u8 actions[EVENT_SIG_MAX * ACTION_SIZE_MAX]; /* as they are in the kernel */
	struct snapshot_actions record;
} scratch;

static __always_inline void fill_head(struct snapshot_head *head, enum snapshot_kind kind,
				      __u16 size)
{
	head->size = size;
	head->kind = kind;
}

/*
 * Reads all actions at once, and fills in the record and the two masks. False if there are none to
 * read any more. The masks are sums for the sake of the verifier, see unknown_zero.
 */
static __always_inline bool read_actions(struct sighand_struct *sighand,
					 struct snapshot_process *process)
{
	const __u64 stride = bpf_core_type_size(struct k_sigaction);
	const __u64 handler = bpf_core_field_offset(struct k_sigaction, sa.sa_handler);
	const __u64 flags = bpf_core_field_offset(struct k_sigaction, sa.sa_flags);
	const __u64 mask = bpf_core_field_offset(struct k_sigaction, sa.sa_mask);
	__u64 ignored = unknown_zero;
	__u64 caught = unknown_zero;

	if (stride > ACTION_SIZE_MAX)
		return false;
	if (bpf_probe_read_kernel(scratch.actions, EVENT_SIG_MAX * stride, &sighand->action))
		return false;
	for (__u32 i = 0; i < EVENT_SIG_MAX; i++) {
		struct snapshot_action *action = &scratch.record.actions[i];
		const __u8 *kernel = scratch.actions + i * stride;

		action->handler = *(const __u64 *)(kernel + handler);
		action->flags = *(const __u64 *)(kernel + flags);
		action->mask = *(const __u64 *)(kernel + mask);
		if (action->handler == HANDLER_IGN)
			ignored += 1ULL << i;
		else if (action->handler)
			caught += 1ULL << i;
	}
	process->ignored = ignored;
	process->caught = caught;
	return true;
}

/* A process's number in the initial PID namespace. */
static __always_inline __u32 pid_number(struct pid *pid)
{
	return BPF_CORE_READ(pid, numbers[0].nr);
}

static __always_inline void write_process(struct seq_file *seq, struct task_struct *leader,
					  struct sighand_struct *sighand, bool wanted)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);
	struct pid *pid = task_tgid_pid(leader, false);
	__u32 flags = BPF_CORE_READ(leader, flags);
	struct snapshot_process process = {};
	struct event_task numbers = {};
	__u32 facts = unknown_zero;

	fill_head(&process.head, SNAPSHOT_PROCESS, sizeof(process));
	pid_read_namespace(pid, &numbers, false);
	process.start_boot_ns = task_start(leader, false);
	process.pending = BPF_CORE_READ(signal, shared_pending.signal.sig[0]);
	process.tgid = BPF_CORE_READ(leader, tgid);
	process.parent_tgid = BPF_CORE_READ(leader, real_parent, tgid);
	process.ns_tgid = numbers.ns_tgid;
	process.pid_ns = numbers.pid_ns;
	process.ns_level = BPF_CORE_READ(pid, level);
	process.pgid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_PGID]));
	process.sid = pid_number(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	process.uid = BPF_CORE_READ(leader, cred, uid.val);
	process.signal_flags = BPF_CORE_READ(signal, flags);
	process.group_exit_code = BPF_CORE_READ(signal, group_exit_code);
	process.threads = BPF_CORE_READ(signal, nr_threads);
	process.pdeath_signal = BPF_CORE_READ(leader, pdeath_signal);
	process.state = compat_task_state(leader, false);
	task_read_comm(leader, process.comm, false);

	if (wanted)
		facts += SNAPSHOT_PROCESS_SELECTED;
	if (flags & PF_KTHREAD)
		facts += SNAPSHOT_PROCESS_KTHREAD;
	else if (BPF_CORE_READ(leader, vfork_done)) /* a kthread has one for other purposes */
		facts += SNAPSHOT_PROCESS_VFORK_CHILD;
	if (process.ns_tgid == 1)
		facts += SNAPSHOT_PROCESS_NAMESPACE_INIT;
	if (process.tgid == 1)
		facts += SNAPSHOT_PROCESS_GLOBAL_INIT;
	if (compat_core_dumping(signal, process.signal_flags, false))
		facts += SNAPSHOT_PROCESS_CORE_DUMPING;
	if (compat_group_exec(signal, false))
		facts += SNAPSHOT_PROCESS_GROUP_EXEC;
	if (sighand_signalfd_polled(sighand))
		facts += SNAPSHOT_PROCESS_SIGNALFD_POLLED;
	if (BPF_CORE_READ(signal, tty))
		facts += SNAPSHOT_PROCESS_HAS_TTY;
	/*
	 * The memory of a sighand may be another process's by now (SLAB_TYPESAFE_BY_RCU): what was
	 * read counts only if it is still the leader's, as for lock_task_sighand().
	 */
	if (read_actions(sighand, &process) && BPF_CORE_READ(leader, sighand) == sighand)
		facts += SNAPSHOT_PROCESS_ACTIONS_KNOWN;
	process.facts = facts;
	bpf_seq_write(seq, &process, sizeof(process));
	if (!(wanted && (facts & SNAPSHOT_PROCESS_ACTIONS_KNOWN)))
		return;

	fill_head(&scratch.record.head, SNAPSHOT_ACTIONS, sizeof(scratch.record));
	scratch.record.tgid = process.tgid;
	bpf_seq_write(seq, &scratch.record, sizeof(scratch.record));
}

static __always_inline void write_thread(struct seq_file *seq, struct task_struct *task)
{
	struct snapshot_thread thread = {};
	struct event_task numbers = {};
	__u32 facts = unknown_zero;

	fill_head(&thread.head, SNAPSHOT_THREAD, sizeof(thread));
	pid_read_namespace(BPF_CORE_READ(task, thread_pid), &numbers, false);
	thread.blocked = BPF_CORE_READ(task, blocked.sig[0]);
	thread.real_blocked = BPF_CORE_READ(task, real_blocked.sig[0]);
	thread.pending = BPF_CORE_READ(task, pending.signal.sig[0]);
	thread.jobctl = BPF_CORE_READ(task, jobctl);
	thread.tgid = BPF_CORE_READ(task, tgid);
	thread.tid = BPF_CORE_READ(task, pid);
	thread.ns_tid = numbers.ns_tgid;
	thread.flags = BPF_CORE_READ(task, flags);
	thread.state = compat_task_state(task, false);
	thread.ptrace = BPF_CORE_READ(task, ptrace);
	thread.exit_code = BPF_CORE_READ(task, exit_code);
	task_read_comm(task, thread.comm, false);

	if (thread.ptrace) {
		facts += SNAPSHOT_THREAD_PTRACED;
		thread.tracer_tgid = BPF_CORE_READ(task, parent, tgid);
	}
	if (compat_task_frozen(thread.flags, thread.state))
		facts += SNAPSHOT_THREAD_FROZEN;
	if (thread.jobctl & JOBCTL_TRAP_FREEZE)
		facts += SNAPSHOT_THREAD_FROZEN_V2;
	if (thread.flags & PF_EXITING)
		facts += SNAPSHOT_THREAD_EXITING;
	if (compat_task_asleep(task, thread.state, &thread.asleep_ns))
		facts += SNAPSHOT_THREAD_ASLEEP_KNOWN;
	thread.facts = facts;
	bpf_seq_write(seq, &thread, sizeof(thread));
}

/* Too little room in the iterator's buffer: the kernel drops the task's records and calls again. */
SEC("iter/task")
int write_task(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = untyped(ctx->task);
	struct sighand_struct *sighand;
	__u32 tgid;
	bool wanted;

	if (!task) /* the end */
		return 0;
	sighand = BPF_CORE_READ(task, sighand);
	if (!sighand) /* reaped */
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	wanted = take_all || bpf_map_lookup_elem(&selected, &tgid);
	if (BPF_CORE_READ(task, group_leader) == task)
		write_process(seq, task, sighand, wanted);
	if (wanted)
		write_thread(seq, task);
	return 0;
}
