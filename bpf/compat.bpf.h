/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every difference between kernels, in one place. What leaves this header is the same on all of
 * them.
 *
 * FIELD() reads one member of a kernel struct. `direct` says whether the verifier knows the
 * pointer's type (an argument of a tp_btf program, or reached from one): then it is one load.
 * Otherwise the pointer is just a number and bpf_probe_read_kernel() does it. `direct` must be a
 * constant.
 */
#ifndef SIGTRACE_COMPAT_BPF_H
#define SIGTRACE_COMPAT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#ifndef NULL
#define NULL ((void *)0)
#endif

#define FIELD(direct, pointer, ...) \
	((direct) ? (pointer)->__VA_ARGS__ : BPF_CORE_READ(pointer, __VA_ARGS__))

/* Not in BTF, because they are macros: include/linux/sched.h, sched/signal.h, signal_types.h. */
#define PF_EXITING	     0x00000004
#define PF_KTHREAD	     0x00200000
#define SIGNAL_GROUP_EXIT    0x00000004
#define SIGNAL_GROUP_DUMP    0x00000008 /* SIGNAL_GROUP_COREDUMP, until 5.16 */
#define TASK_RUNNING	     0x00000000 /* or waits for a CPU */
#define TASK_UNINTERRUPTIBLE 0x00000002
#define TASK_STOPPED_BIT     0x00000004
#define TASK_FROZEN	     0x00008000 /* from 6.1; no older kernel sets this bit */
#define PF_FROZEN	     0x00010000 /* until 6.0; the bit has another meaning since */
#define JOBCTL_TRAP_FREEZE   0x00800000 /* wants to be, or is, frozen by cgroup v2 */

#define SI_USER	    0
#define SI_KERNEL   0x80
#define SI_QUEUE    (-1)
#define SI_TKILL    (-6)
#define SI_DETHREAD (-7) /* the last of the kernel's own below 0; users may send what is below */
#define SIG_KILL    9
#define SIG_CHLD    17
#define SIG_URG	    23
#define SIG_WINCH   28
#define HANDLER_IGN 1
#define EEXIST	    17

extern unsigned int LINUX_KERNEL_VERSION __kconfig;

/* 2f064a59a11f ("sched: Change task_struct::state"), 5.14. */
struct task_struct___v5_13 {
	volatile long state;
} __attribute__((preserve_access_index));

/* 60700e38fb68 ("signal: Rename group_exit_task group_exec_task"), 5.17. */
struct signal_struct___v5_16 {
	struct task_struct *group_exit_task;
} __attribute__((preserve_access_index));

/* The task's state with exit_state in the same word, as /proc/PID/stat combines them. */
static __always_inline u32 compat_task_state(struct task_struct *task, const bool direct)
{
	u32 exit_state = FIELD(direct, task, exit_state);

	if (bpf_core_field_exists(task->__state))
		return FIELD(direct, task, __state) | exit_state;
	struct task_struct___v5_13 *old = (void *)task;
	return (u32)FIELD(direct, old, state) | exit_state;
}

/*
 * Frozen by a cgroup v1 freezer (or the system's own): not even SIGKILL is acted on before the
 * thaw. f5d39b020809 ("freezer,sched: Rewrite core freezer logic"), 6.1, made the flag a state.
 */
static __always_inline bool compat_task_frozen(u32 task_flags, u32 state)
{
	if (state & TASK_FROZEN)
		return true;
	return LINUX_KERNEL_VERSION < KERNEL_VERSION(6, 1, 0) && (task_flags & PF_FROZEN);
}

/* Another thread of the process is in exec (de_thread()) and ends all its siblings. */
static __always_inline bool compat_group_exec(struct signal_struct *signal, const bool direct)
{
	if (bpf_core_field_exists(signal->group_exec_task))
		return FIELD(direct, signal, group_exec_task) != NULL;
	struct signal_struct___v5_16 *old = (void *)signal;
	return FIELD(direct, old, group_exit_task) != NULL;
}

/* 0258b5fd7c71 ("coredump: Limit coredumps to a single thread group"), 5.16: a pointer for a flag.
 */
static __always_inline bool compat_core_dumping(struct signal_struct *signal, u32 signal_flags,
						const bool direct)
{
	if (bpf_core_field_exists(signal->core_state))
		return FIELD(direct, signal, core_state) != NULL;
	return signal_flags & SIGNAL_GROUP_DUMP;
}

/*
 * How far the clock of the task's CPU is ahead of the one that leaves out interrupts and what the
 * hypervisor took. That one is read first: an update in between makes the difference too large,
 * and what is computed from it too short.
 */
static __always_inline s64 compat_clock_ahead(struct task_struct *task)
{
	struct rq *rq = BPF_CORE_READ(task, se.cfs_rq, rq);
	u64 clock_task = BPF_CORE_READ(rq, clock_task);

	return BPF_CORE_READ(rq, clock) - clock_task;
}

/*
 * How long ago a sleeping task last ran, ns; false if that is not known, or it runs. For all
 * scheduling classes se.exec_start is where the CPU's clock_task stood when the task last stopped
 * running; 0 for one that is being moved to another CPU (update_curr(), migrate_task_rq_fair() in
 * kernel/sched). Now is exec_start of `current`, which the last tick or switch wrote.
 *
 * Too short by up to a tick, and by what interrupts and the hypervisor took from the task's CPU
 * since; time in system suspend does not count. Never too long by more than a tick.
 */
static __always_inline bool compat_task_asleep(struct task_struct *task, u32 state, u64 *ret)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	u64 stopped, now;
	s64 asleep;

	/* Without CONFIG_FAIR_GROUP_SCHED there is no way from a task to its CPU's clocks. */
	if (!bpf_core_field_exists(task->se.cfs_rq) || !bpf_core_field_exists(struct cfs_rq, rq) ||
	    !bpf_core_field_exists(task->se.exec_start) ||
	    !bpf_core_field_exists(struct rq, clock) ||
	    !bpf_core_field_exists(struct rq, clock_task))
		return false;
	if (state == TASK_RUNNING)
		return false;
	stopped = BPF_CORE_READ(task, se.exec_start);
	now = BPF_CORE_READ(current, se.exec_start);
	if (stopped == 0 || now == 0)
		return false;
	asleep = now + compat_clock_ahead(current) - stopped - compat_clock_ahead(task);
	*ret = asleep > 0 ? asleep : 0;
	return true;
}

/*
 * The same task, read in the same way, but not trusted by the verifier. Of every pointer that is
 * read through one that is trusted it asks since 6.2 whether it can be trusted, too, and searches
 * all names of the kernel's BTF for the answer: most of the time that a load takes. The cast is
 * 6.2's. Kernels before 5.16 refuse a program with such a call, even where it is never reached:
 * hence an object of its own (sigtrace_cast, which the Makefile makes of the same source).
 */
#ifdef WITH_RDONLY_CAST
extern void *bpf_rdonly_cast(const void *object, u32 btf_id) __ksym;

static __always_inline struct task_struct *compat_plain_task(struct task_struct *task)
{
	return bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct));
}
#else
static __always_inline struct task_struct *compat_plain_task(struct task_struct *task)
{
	return task;
}
#endif

/* bpf_get_current_task_btf(), 5.11: before it, `current` is no pointer that may be followed
 * directly. */
#define compat_has_current_btf() \
	bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

/* Where there is that. */
static __always_inline struct task_struct *compat_current(void)
{
	return compat_plain_task(bpf_get_current_task_btf());
}

#endif
