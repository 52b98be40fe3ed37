/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --failed: system calls that should have sent a signal and did not. The kernel has no event for
 * that, so their result is looked at, and the target is found again by its number, as the kernel
 * found it. Nothing is locked but RCU: everything is read by probes, whatever turns out to be NULL.
 */
#ifndef SIGTRACE_FAILED_BPF_H
#define SIGTRACE_FAILED_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi.bpf.h"
#include "compat.bpf.h"
#include "session.bpf.h"
#include "task.bpf.h"

/* A tree of 32-bit numbers that branches 64 ways, or 16 (CONFIG_BASE_SMALL), is no higher. */
#define NUMBER_TREE_HEIGHT_MAX 8
#define NODE_MARK	       2 /* the low bits of what is an inner node: include/linux/xarray.h */
#define MARK_MASK	       3

#define USER_NS_LEVELS	    33 /* create_user_ns() allows levels 0 to 32 */
#define CAP_KILL_BIT	    (1U << 5)
#define SECCOMP_MODE_FILTER 2
#define SI_CODE_OFFSET	    8 /* in siginfo of every ABI */

#define ERROR_BIT(number) (1ULL << (number))
#define ERROR_MAX	  63
/* EPERM, ESRCH, EAGAIN, EACCES (what security modules answer), EINVAL */
#define SEND_ERRORS (ERROR_BIT(1) | ERROR_BIT(3) | ERROR_BIT(11) | ERROR_BIT(13) | ERROR_BIT(22))

/* A send as it was asked for; the members as in struct event_failed. */
struct attempt {
	enum event_syscall syscall;
	s32 sig;
	s32 target_nr;
	s32 target_tid;
	u64 siginfo; /* in user memory; 0: none */
};

static __always_inline bool read_attempt(struct pt_regs *regs, struct attempt *ret)
{
	struct abi_call call = {};

	abi_read_call(regs, &call);
	ret->syscall = abi_find_send(call.abi, call.number);
	ret->target_nr = call.args[0];
	ret->target_tid = 0;
	ret->sig = call.args[1];
	ret->siginfo = 0;
	switch (ret->syscall) {
	case EVENT_SYSCALL_KILL:
		return true;
	case EVENT_SYSCALL_TKILL:
		ret->target_tid = ret->target_nr;
		ret->target_nr = 0;
		return true;
	case EVENT_SYSCALL_TGKILL:
		ret->target_tid = call.args[1];
		ret->sig = call.args[2];
		return true;
	case EVENT_SYSCALL_RT_SIGQUEUEINFO:
	case EVENT_SYSCALL_PIDFD_SEND_SIGNAL:
		ret->siginfo = call.args[2];
		return true;
	case EVENT_SYSCALL_RT_TGSIGQUEUEINFO:
		ret->target_tid = call.args[1];
		ret->sig = call.args[2];
		ret->siginfo = call.args[3];
		return true;
	default:
		return false;
	}
}

/* The number by which the kernel looks for a task; not positive: there is none. */
static __always_inline s32 attempt_number(const struct attempt *a)
{
	switch (a->syscall) {
	case EVENT_SYSCALL_KILL:
	case EVENT_SYSCALL_RT_SIGQUEUEINFO:
		return a->target_nr;
	case EVENT_SYSCALL_PIDFD_SEND_SIGNAL:
		return 0;
	default:
		return a->target_tid;
	}
}

/*
 * What a tree of numbers (struct xarray) has at `number`; 0: nothing, or it is not known how this
 * kernel builds them. A global function, see scan_find(); it is verified whether it is called or
 * not, so it has to ask for itself what there is.
 */
__noinline u64 tree_find(u64 entry, u32 number)
{
	struct xa_node *node = NULL;
	u32 slots;

	if (!bpf_core_field_exists(node->slots) || !bpf_core_field_exists(node->shift))
		return 0;
	slots = bpf_core_field_size(node->slots) / sizeof(u64);
	for (int i = 0; i < NUMBER_TREE_HEIGHT_MAX; i++) {
		u32 slot;

		if ((entry & MARK_MASK) != NODE_MARK)
			break;
		node = (void *)(entry - NODE_MARK);
		slot = (number >> (BPF_CORE_READ(node, shift) & 31)) % slots;
		entry = 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)node + bpf_core_field_offset(node->slots) +
					      slot * sizeof(u64));
	}
	return entry & MARK_MASK ? 0 : entry;
}

/*
 * The task that has that number in the PID namespace of `current`: find_task_by_vpid(). NULL if
 * there is none, or if this kernel keeps them in another way. What the tree has is believed only
 * if it says the same number.
 */
static __always_inline struct task_struct *find_task(struct task_struct *current, s32 number)
{
	struct task_struct *task = NULL;
	struct pid_namespace *ns = NULL;
	struct upid *found_number;
	struct pid *own, *found;
	u32 level;
	u64 link;

	if (!bpf_core_field_exists(ns->idr.idr_rt.xa_head) ||
	    !bpf_core_field_exists(task->pid_links))
		return NULL;
	if (number <= 0)
		return NULL;
	own = BPF_CORE_READ(current, thread_pid);
	level = BPF_CORE_READ(own, level);
	ns = BPF_CORE_READ(pid_number_at(own, level), ns);
	found = (void *)tree_find((u64)BPF_CORE_READ(ns, idr.idr_rt.xa_head), number);
	found_number = pid_number_at(found, level);
	if (BPF_CORE_READ(found_number, ns) != ns || BPF_CORE_READ(found_number, nr) != number)
		return NULL;
	link = (u64)BPF_CORE_READ(found, tasks[PIDTYPE_PID].first);
	return link ? (void *)(link - bpf_core_field_offset(task->pid_links[PIDTYPE_PID])) : NULL;
}

/*
 * How the user namespace `target` is related to `own`, for whoever has `euid` there: the facts
 * NS_SAME, NS_BELOW, NS_OWNER, as cap_capable() goes up. A global function, see scan_find().
 */
__noinline u64 user_ns_relation(u64 own, u64 target, u32 euid)
{
	struct user_namespace *ns = (void *)target;

	if (own == target)
		return EVENT_FAILED_NS_SAME;
	for (int i = 0; i < USER_NS_LEVELS; i++) {
		struct user_namespace *parent = BPF_CORE_READ(ns, parent);

		if (!parent)
			return 0;
		if ((u64)parent == own)
			return BPF_CORE_READ(ns, owner.val) == euid
				       ? EVENT_FAILED_NS_BELOW | EVENT_FAILED_NS_OWNER
				       : EVENT_FAILED_NS_BELOW;
		ns = parent;
	}
	return 0;
}

/* Fills in the target, and returns the facts about it and the sender. */
static __always_inline u32 read_target(struct event_failed *e, struct task_struct *current,
				       struct task_struct *target)
{
	const struct cred *own = BPF_CORE_READ(current, cred);
	const struct cred *cred = BPF_CORE_READ(target, real_cred);
	struct user_namespace *ns = BPF_CORE_READ(cred, user_ns);
	struct pid *session = BPF_CORE_READ(target, signal, pids[PIDTYPE_SID]);
	u32 facts = EVENT_FAILED_TARGET_KNOWN + unknown_zero;

	task_read(target, &e->target, false);
	pid_read_namespace(task_tgid_pid(target, false), &e->target, false);
	e->target_uid = BPF_CORE_READ(cred, uid.val);
	e->target_suid = BPF_CORE_READ(cred, suid.val);
	e->target_user_ns = BPF_CORE_READ(ns, ns.inum);
	facts += user_ns_relation((u64)BPF_CORE_READ(own, user_ns), (u64)ns, e->sender_euid);
	if (session && session == BPF_CORE_READ(current, signal, pids[PIDTYPE_SID]))
		facts += EVENT_FAILED_SAME_SESSION;
	if (e->target.tgid == e->sender.tgid)
		facts += EVENT_FAILED_SELF;
	return facts;
}

/* Fills in the sender, and returns the facts about it. */
static __always_inline u32 read_failed_sender(struct event_failed *e, struct task_struct *current)
{
	const struct cred *cred = BPF_CORE_READ(current, cred);
	u32 facts = unknown_zero;
	u32 capabilities = 0;

	task_read(current, &e->sender, false);
	pid_read_namespace(task_tgid_pid(current, false), &e->sender, false);
	e->sender_uid = BPF_CORE_READ(cred, uid.val);
	e->sender_euid = BPF_CORE_READ(cred, euid.val);
	e->sender_user_ns = BPF_CORE_READ(cred, user_ns, ns.inum);
	/* f122a08b197d ("capability: just use a 'u64'"), 6.3: the low half is where it was. */
	bpf_core_read(&capabilities, sizeof(capabilities), &cred->cap_effective);
	if (capabilities & CAP_KILL_BIT)
		facts += EVENT_FAILED_CAP_KILL;
	if (bpf_core_field_exists(current->seccomp.mode) &&
	    BPF_CORE_READ(current, seccomp.mode) == SECCOMP_MODE_FILTER)
		facts += EVENT_FAILED_SECCOMP;
	return facts;
}

static __always_inline bool is_signal(s32 sig)
{
	return sig >= 1 && sig <= EVENT_SIG_MAX;
}

/* A number that is no signal is wanted by who wants all; 0, a probe, by who asks for it, too. */
static __always_inline bool is_wanted_number(s32 sig)
{
	if (is_signal(sig))
		return settings.signals & sig_bit(sig);
	return settings.signals == ~0ULL || (sig == 0 && settings.probes);
}

static __always_inline void report_failed(const struct attempt *a, s32 error, u32 facts,
					  struct task_struct *current, struct task_struct *target)
{
	struct event_failed *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	s32 code = 0;

	if (!e) {
		count_lost(EVENT_LOST_FAILED);
		return;
	}
	if (a->siginfo &&
	    bpf_probe_read_user(&code, sizeof(code), (void *)(a->siginfo + SI_CODE_OFFSET)) == 0)
		facts += EVENT_FAILED_INFO_KNOWN;
	fill_head(&e->head, EVENT_FAILED, sizeof(*e), is_signal(a->sig) ? a->sig : 0, code,
		  target ? read_cgroup(BPF_CORE_READ(target, signal), false) : 0);
	e->sender_cgroup = read_cgroup(BPF_CORE_READ(current, signal), false);
	facts += read_failed_sender(e, current);
	if (target) {
		facts += read_target(e, current, target);
	} else {
		__builtin_memset(&e->target, 0, sizeof(e->target));
		e->target_uid = 0;
		e->target_suid = 0;
		e->target_user_ns = 0;
	}
	e->sig = a->sig;
	e->target_nr = a->target_nr;
	e->target_tid = a->target_tid;
	e->error = error;
	e->facts = facts;
	e->syscall = a->syscall;
	e->ancestors_len = read_ancestors(e->ancestors);
	__builtin_memset(e->pad, 0, sizeof(e->pad));
	bpf_ringbuf_submit(e, wake_flags());
}

/* Runs for every system call of the machine; loaded only for --failed. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	__u64 error = -ret;
	struct task_struct *current, *target;
	__u32 facts = unknown_zero;
	struct attempt attempt;

	if (error > ERROR_MAX || !(SEND_ERRORS & ERROR_BIT(error)))
		return 0;
	if (!read_attempt(regs, &attempt) || !is_wanted_number(attempt.sig))
		return 0;

	current = (void *)bpf_get_current_task();
	target = find_task(current, attempt_number(&attempt));
	if (settings.by_process) {
		__u32 tgid = bpf_get_current_pid_tgid() >> 32;

		if (settings.direction_from && is_selected(tgid, current, false))
			facts += EVENT_FAILED_MATCHED_FROM;
		if (settings.direction_to && target &&
		    is_selected(BPF_CORE_READ(target, tgid), target, false))
			facts += EVENT_FAILED_MATCHED_TO;
		if (!facts)
			return 0;
	}
	if (attempt.sig == 0 && !settings.probes) {
		count_hidden();
		return 0;
	}
	report_failed(&attempt, error, facts, current, target);
	return 0;
}

#endif
