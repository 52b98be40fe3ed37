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

/*
 * Zero, but the verifier does not know it. A sum of facts that begins with it is never a constant
 * in its eyes; with constants it would walk the rest of the program once for every combination of
 * facts. For the same reason facts are added, each at most once, and not or-ed.
 */
__u64 unknown_zero;

/* MAX_PID_NS_LEVEL of include/linux/pid_namespace.h: what pid->level can be. */
#define PID_LEVEL_MASK 31

/*
 * Forgets the type of a pointer, so that it is a number to the verifier, too: it allows no sums on
 * a pointer whose type it knows (before 6.2), or none with a variable.
 */
static __always_inline void *untyped(const void *pointer)
{
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return (void *)number;
}

/* Entry `level` of pid->numbers, whose stride is the kernel's. An address, not to be followed. */
static __always_inline struct upid *pid_number_at(struct pid *pid, u32 level)
{
	return untyped(pid) + bpf_core_field_offset(pid->numbers) +
	       (level & PID_LEVEL_MASK) * bpf_core_type_size(struct upid);
}

/* The pid of the task's process. */
static __always_inline struct pid *task_tgid_pid(struct task_struct *task, const bool direct)
{
	struct signal_struct *signal = FIELD(direct, task, signal);

	return FIELD(direct, signal, pids[PIDTYPE_TGID]);
}

/* A process's number inside its own PID namespace, and that namespace's inode. */
static __always_inline void pid_read_namespace(struct pid *pid, struct event_task *ret,
					       const bool direct)
{
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

/* When the process started: with its number, an identity that survives the reuse of pids. */
static __always_inline u64 task_start(struct task_struct *task, const bool direct)
{
	struct task_struct *leader = FIELD(direct, task, group_leader);

	return FIELD(direct, leader, start_boottime);
}

/*
 * EVENT_IMAGE of a task. One without memory has none: to read from NULL gives 0. Probed, because a
 * direct read of this member takes new verifiers longer (see read_ancestors()) than it ever saves.
 */
static __always_inline u32 task_image(struct task_struct *task, const bool direct)
{
	struct mm_struct *mm = FIELD(direct, task, mm);

	return EVENT_IMAGE(BPF_CORE_READ(mm, start_stack));
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

/* Everything of struct event_task but the namespace's part, which pid_read_namespace() reads. */
static __always_inline void task_read(struct task_struct *task, struct event_task *ret,
				      const bool direct)
{
	ret->start_boot_ns = task_start(task, direct);
	ret->tgid = FIELD(direct, task, tgid);
	ret->tid = FIELD(direct, task, pid);
	task_read_comm(task, ret->comm, direct);
}

/*
 * The processes above the one of `current`: its parent, that one's parent and so on, up to number
 * 1. Returns how many; the other entries are 0.
 *
 * No way out of the loop but its end: number 0 is its own parent, and every exit would be one more
 * state in which the verifier walks what follows. Probed, whatever the kernel: to follow a pointer
 * directly makes new verifiers search the names of all types for a safe variant of the struct, and
 * this many of them took longer than the rest of the load.
 */
static __always_inline u8 read_ancestors(struct event_ancestor ret[EVENT_ANCESTORS_MAX])
{
	struct task_struct *current = (void *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(current, group_leader);
	u8 count = unknown_zero;

	for (int i = 0; i < EVENT_ANCESTORS_MAX; i++) {
		leader = BPF_CORE_READ(leader, real_parent, group_leader);
		ret[i].tgid = BPF_CORE_READ(leader, tgid);
		if (ret[i].tgid) {
			task_read_comm(leader, ret[i].comm, false);
			count++;
		} else {
			__builtin_memset(ret[i].comm, 0, sizeof(ret[i].comm));
		}
	}
	return count;
}

/* The number of a process in the PID namespace of `target`; 0 if it is not visible there. */
static __always_inline u32 pid_number_in(struct pid *pid, struct pid *target, const bool direct)
{
	u32 level = target->level;

	if (level == 0)
		return direct ? pid->numbers[0].nr : BPF_CORE_READ(pid, numbers[0].nr);
	if (FIELD(direct, pid, level) < level)
		return 0;
	struct upid *own = pid_number_at(pid, level);
	struct upid *wanted = pid_number_at(target, level);

	if (BPF_CORE_READ(own, ns) != BPF_CORE_READ(wanted, ns))
		return 0;
	return BPF_CORE_READ(own, nr);
}

/* The beginning of the kernel's struct sigaction, the same on x86_64 and arm64. */
struct action {
	u64 handler;
	u64 flags;
};

static __always_inline void task_read_action(struct task_struct *task, u32 sig, struct action *ret)
{
	struct sighand_struct *sighand = untyped(task->sighand);
	struct k_sigaction *action = (void *)sighand + bpf_core_field_offset(sighand->action) +
				     ((sig - 1) & (EVENT_SIG_MAX - 1)) *
					     bpf_core_type_size(struct k_sigaction);

	/* The first two members, one helper call. */
	bpf_core_read(ret, sizeof(*ret), &action->sa);
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
	/* sigtimedwait() saves the whole mask there, and unblocks only what it waits for. */
	if (FIELD(direct, task, real_blocked.sig[0]) & ~FIELD(direct, task, blocked.sig[0]) &
	    sig_bit)
		ret->facts += EVENT_FACT_WAITED_FOR;
	if (compat_task_frozen(FIELD(direct, task, flags), ret->state))
		ret->facts += EVENT_FACT_FROZEN;
	if (FIELD(direct, task, jobctl) & JOBCTL_TRAP_FREEZE)
		ret->facts += EVENT_FACT_FROZEN_V2;
	if (FIELD(direct, task, ptrace)) {
		struct task_struct *tracer = FIELD(direct, task, parent);

		ret->facts += EVENT_FACT_PTRACED;
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

/* What scan_find() returns instead of a thread. */
enum thread_scan_result {
	SCAN_ALL_BLOCKED = 1,
	SCAN_ALL_EXITING,
	SCAN_CUT,
};

/*
 * The first thread behind `first` that could take the signal, or an enum thread_scan_result. A
 * global function with numbers as arguments: the verifier walks the loop once, whatever the
 * caller's state. Few branches a round, because it walks all 512, too: the list has no end but its
 * head, and what keeps a thread from the signal is one number.
 */
__noinline u64 scan_find(u64 head, u64 first, u64 sig_bit)
{
	u64 node = first;
	u64 alive = 0;

	for (int i = 0; i < SCAN_THREADS_MAX; i++) {
		struct task_struct *thread;
		u64 exiting;

		if (node == head)
			return alive ? SCAN_ALL_BLOCKED : SCAN_ALL_EXITING;
		thread = (void *)(node - bpf_core_field_offset(struct task_struct, thread_node));
		exiting = BPF_CORE_READ(thread, flags) & PF_EXITING;
		alive |= exiting ^ PF_EXITING;
		if (!((BPF_CORE_READ(thread, blocked.sig[0]) & sig_bit) | exiting))
			return (u64)thread;
		node = (u64)BPF_CORE_READ((struct list_head *)node, next);
	}
	return SCAN_CUT;
}

/*
 * Finds the thread that a queued process-directed signal goes to when the target itself cannot take
 * it, and reads what stands in its way; adds EVENT_FACT_ALL_BLOCKED, ALL_EXITING and SCAN_CUT. Runs
 * under siglock, so that the list of threads stands still.
 */
static __always_inline u32 scan_threads(struct task_struct *target, struct signal_struct *signal,
					u64 sig_bit, struct receiver *ret)
{
	struct task_struct *chosen = signal->curr_target;
	u64 found;

	/* complete_signal() leaves its choice here. */
	if (chosen && task_could_take(chosen, sig_bit, true)) {
		receiver_read(chosen, sig_bit, ret, true);
		return 0;
	}

	found = scan_find((u64)BPF_CORE_READ(target, signal) +
				  bpf_core_field_offset(signal->thread_head),
			  (u64)BPF_CORE_READ(signal, thread_head.next), sig_bit);
	if (found > SCAN_CUT) {
		receiver_read((struct task_struct *)found, sig_bit, ret, false);
		return 0;
	}
	receiver_read(target, sig_bit, ret, true);
	if (found == SCAN_CUT)
		return EVENT_FACT_SCAN_CUT;
	return found == SCAN_ALL_BLOCKED ? EVENT_FACT_ALL_BLOCKED : EVENT_FACT_ALL_EXITING;
}

/* Somebody waits on a signalfd of the process: poll, epoll or a blocking read. */
static __always_inline bool sighand_signalfd_polled(struct sighand_struct *sighand)
{
	struct list_head *head = __builtin_preserve_access_index(&sighand->signalfd_wqh.head);

	return BPF_CORE_READ(sighand, signalfd_wqh.head.next) != head;
}

static __always_inline bool task_signalfd_polled(struct task_struct *task)
{
	return sighand_signalfd_polled(task->sighand);
}

#endif
