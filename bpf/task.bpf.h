/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CO-RE readers of tasks: who a task is, what it does with a signal, which thread will take it. */
#ifndef SIGTRACE_TASK_BPF_H
#define SIGTRACE_TASK_BPF_H

#include "compat.bpf.h"
#include "event.h"

/*
 * Threads that the search for a receiver reads. The verifier walks every round of the loop, so this
 * is paid for at each start of the program; a process with more threads sets EVENT_FACT_SCAN_CUT.
 */
#define SCAN_THREADS_MAX 512

/* MAX_PID_NS_LEVEL of include/linux/pid_namespace.h: what pid->level can be. */
#define PID_LEVEL_MASK 31

/* Entry `level` of pid->numbers, whose real stride is the kernel's. An address, not to be followed.
 */
static __always_inline struct upid *pid_number_at(struct pid *pid, u32 level)
{
	return (void *)pid + bpf_core_field_offset(pid->numbers) +
	       (level & PID_LEVEL_MASK) * bpf_core_type_size(struct upid);
}

/* The process's number inside its own PID namespace, and that namespace's inode. */
static __always_inline void task_read_namespace(struct task_struct *task, struct event_task *ret,
						const bool direct)
{
	struct signal_struct *signal = FIELD(direct, task, signal);
	struct pid *pid = FIELD(direct, signal, pids[PIDTYPE_TGID]);
	u32 level = FIELD(direct, pid, level);

	if (direct && level == 0) { /* nearly every process of a node: no helper call */
		struct pid_namespace *ns = pid->numbers[0].ns;

		ret->ns_tgid = pid->numbers[0].nr;
		ret->pid_ns = ns->ns.inum;
		return;
	}
	struct upid *number = pid_number_at(pid, level);
	struct pid_namespace *ns = BPF_CORE_READ(number, ns);

	ret->ns_tgid = BPF_CORE_READ(number, nr);
	ret->pid_ns = BPF_CORE_READ(ns, ns.inum);
}

/* When the process started; with the number it makes an identity that survives the reuse of pids.
 */
static __always_inline u64 task_start(struct task_struct *task, const bool direct)
{
	struct task_struct *leader = FIELD(direct, task, group_leader);

	return FIELD(direct, leader, start_boottime);
}

static __always_inline void task_read_comm(struct task_struct *task, char ret[EVENT_COMM_SIZE],
					   const bool direct)
{
	if (direct) {
		const u64 *comm = (const u64 *)__builtin_preserve_access_index(&task->comm);

		((u64 *)ret)[0] = comm[0];
		((u64 *)ret)[1] = comm[1];
	} else {
		bpf_core_read(ret, EVENT_COMM_SIZE, &task->comm);
	}
}

/* Everything of struct event_task. */
static __always_inline void task_read(struct task_struct *task, struct event_task *ret,
				      const bool direct)
{
	ret->start_boot_ns = task_start(task, direct);
	ret->tgid = FIELD(direct, task, tgid);
	ret->tid = FIELD(direct, task, pid);
	task_read_comm(task, ret->comm, direct);
	task_read_namespace(task, ret, direct);
}

/* The number of `sender`'s process in the PID namespace of `target`; 0 if it is not visible there.
 */
static __always_inline u32 task_number_in(struct task_struct *sender, struct task_struct *target,
					  const bool direct_sender)
{
	struct signal_struct *target_signal = target->signal;
	struct pid *target_pid = target_signal->pids[PIDTYPE_TGID];
	struct signal_struct *signal = FIELD(direct_sender, sender, signal);
	struct pid *pid = FIELD(direct_sender, signal, pids[PIDTYPE_TGID]);
	u32 level = target_pid->level;

	if (level == 0)
		return FIELD(direct_sender, sender, tgid);
	if (FIELD(direct_sender, pid, level) < level)
		return 0;
	struct upid *own = pid_number_at(pid, level);
	struct upid *wanted = pid_number_at(target_pid, level);

	if (BPF_CORE_READ(own, ns) != BPF_CORE_READ(wanted, ns))
		return 0;
	return BPF_CORE_READ(own, nr);
}

/* What the kernel holds of a signal's action. */
struct action {
	u64 handler;
	u32 flags;
};

static __always_inline void task_read_action(struct task_struct *task, u32 sig, struct action *ret)
{
	struct sighand_struct *sighand = task->sighand;
	struct k_sigaction *action = (void *)sighand + bpf_core_field_offset(sighand->action) +
				     ((sig - 1) & (EVENT_SIG_MAX - 1)) *
					     bpf_core_type_size(struct k_sigaction);

	ret->handler = (u64)BPF_CORE_READ(action, sa.sa_handler);
	ret->flags = BPF_CORE_READ(action, sa.sa_flags);
}

/* What stands between a queued signal and the thread that is to take it. */
struct receiver {
	u32 tid;
	u32 state;
	u32 facts; /* WAITED_FOR, PTRACED, FROZEN, FROZEN_V2 */
	u32 tracer_tgid;
	char tracer_comm[EVENT_COMM_SIZE];
};

static __always_inline void receiver_read(struct task_struct *task, u64 sig_bit,
					  struct receiver *ret, const bool direct)
{
	ret->tid = FIELD(direct, task, pid);
	ret->state = compat_task_state(task, direct);
	if (FIELD(direct, task, real_blocked.sig[0]) & sig_bit)
		ret->facts |= EVENT_FACT_WAITED_FOR;
	if (compat_task_frozen(FIELD(direct, task, flags), ret->state))
		ret->facts |= EVENT_FACT_FROZEN;
	if (direct ? BPF_CORE_READ_BITFIELD(task, frozen)
		   : BPF_CORE_READ_BITFIELD_PROBED(task, frozen))
		ret->facts |= EVENT_FACT_FROZEN_V2;
	if (FIELD(direct, task, ptrace)) {
		struct task_struct *tracer = FIELD(direct, task, parent);

		ret->facts |= EVENT_FACT_PTRACED;
		ret->tracer_tgid = FIELD(direct, tracer, tgid);
		task_read_comm(tracer, ret->tracer_comm, direct);
	}
}

/* wants_signal() of kernel/signal.c, as far as it does not depend on the moment. */
static __always_inline bool task_could_take(struct task_struct *task, u64 sig_bit,
					    const bool direct)
{
	return !(FIELD(direct, task, blocked.sig[0]) & sig_bit) &&
	       !(FIELD(direct, task, flags) & PF_EXITING);
}

/*
 * Finds the thread that a queued process-directed signal goes to when the target itself cannot take
 * it, and reads what stands in its way; adds EVENT_FACT_ALL_BLOCKED, ALL_EXITING and SCAN_CUT. Runs
 * under siglock, so that the list of threads stands still.
 */
static __always_inline u32 scan_threads(struct task_struct *target, u64 sig_bit,
					struct receiver *ret)
{
	struct signal_struct *signal = target->signal;
	struct task_struct *chosen = signal->curr_target;
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *node;
	bool alive = false;

	/* complete_signal() leaves its choice here. */
	if (chosen && task_could_take(chosen, sig_bit, true)) {
		receiver_read(chosen, sig_bit, ret, true);
		return 0;
	}

	node = BPF_CORE_READ(signal, thread_head.next);
	for (int i = 0; i < SCAN_THREADS_MAX; i++) {
		struct task_struct *thread;

		if (node == head || !node) {
			receiver_read(target, sig_bit, ret, true);
			return alive ? EVENT_FACT_ALL_BLOCKED : EVENT_FACT_ALL_EXITING;
		}
		thread = (void *)node - bpf_core_field_offset(struct task_struct, thread_node);
		if (!(BPF_CORE_READ(thread, flags) & PF_EXITING)) {
			alive = true;
			if (!(BPF_CORE_READ(thread, blocked.sig[0]) & sig_bit)) {
				receiver_read(thread, sig_bit, ret, false);
				return 0;
			}
		}
		node = BPF_CORE_READ(node, next);
	}
	receiver_read(target, sig_bit, ret, true);
	return EVENT_FACT_SCAN_CUT;
}

/* Somebody waits on a signalfd of the process: poll, epoll or a blocking read. */
static __always_inline bool task_signalfd_polled(struct task_struct *task)
{
	struct sighand_struct *sighand = task->sighand;
	struct list_head *head = __builtin_preserve_access_index(&sighand->signalfd_wqh.head);

	return BPF_CORE_READ(sighand, signalfd_wqh.head.next) != head;
}

#endif
