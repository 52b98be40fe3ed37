// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One small program a hook. They decide what to keep and copy facts; they explain nothing. The two
 * of a signal are here, the others in headers: processes, cgroups, handlers that return, sends that
 * fail.
 *
 * Order matters for cost: the mask of signals, then the processes, then noise, then problems; only
 * then room in the ring buffer is reserved. A signal that nobody wants leaves after a few loads.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "cgroups.bpf.h"
#include "compat.bpf.h"
#include "event.h"
#include "failed.bpf.h"
#include "handlers.bpf.h"
#include "process.bpf.h"
#include "session.bpf.h"
#include "settings.h"
#include "siginfo.bpf.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u8 maybe_awaited[MAYBE_SIZE];

/*
 * Signals that a selected process sent to one that is not selected: their delivery is wanted, too.
 * The oldest are forgotten when it is full.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct awaited);
	__type(value, __u64);
} awaited SEC(".maps");

/*
 * The kernel's stacks, by what bpf_get_stackid() returns. Never reused for another stack: user
 * space remembers what an id means.
 */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384); /* many, because the second stack of a slot is not kept */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, STACK_FRAMES_MAX * sizeof(__u64)); /* user space may make it less */
} stacks SEC(".maps");

/*
 * Where a generate record is made. It has two sizes, and room for each in the ring buffer would be
 * a state of its own, with which the verifier walks all that is written (on the stack it is worse).
 * Nobody else uses it meanwhile: tracepoints are not preemptible, or (newer kernels) a program that
 * already runs on the CPU is skipped there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_generate_by);
} scratch SEC(".maps");

static __always_inline void await_delivery(__u32 tgid, __u32 sig, __u64 now)
{
	struct awaited key = {.tgid = tgid, .sig = sig};

	if (bpf_map_update_elem(&awaited, &key, &now, BPF_ANY) == 0)
		maybe_awaited[tgid % MAYBE_SIZE] = 1;
}

static __always_inline bool is_awaited(__u32 tgid, __u32 sig)
{
	struct awaited key = {.tgid = tgid, .sig = sig};

	return bpf_map_lookup_elem(&awaited, &key) != NULL;
}

/* `current`, read in full. The self-kill, by far the most frequent case in a flood, copies. */
static __always_inline void read_sender(struct event_generate *e, struct pid *target)
{
	if (compat_has_current_btf()) {
		struct task_struct *current = compat_current();
		const struct cred *cred = current->cred;

		e->sender_uid = cred->uid.val;
		if (e->facts & EVENT_FACT_SENDER_IS_TARGET) {
			e->sender = e->target;
			e->sender_cgroup = e->head.cgroup;
			e->sender.tid = current->pid;
			task_read_comm(current, e->sender.comm, true);
			e->sender_nr = e->target.ns_tgid;
			return;
		}
		struct pid *pid = task_tgid_pid(current, true);

		e->sender_cgroup = read_cgroup(current->signal, true);
		task_read(current, &e->sender, true);
		pid_read_namespace(pid, &e->sender, true);
		e->sender_nr = pid_number_in(pid, target, true);
	} else {
		struct task_struct *current = (void *)bpf_get_current_task();
		struct pid *pid = task_tgid_pid(current, false);

		e->sender_uid = BPF_CORE_READ(current, cred, uid.val);
		e->sender_cgroup = read_cgroup(BPF_CORE_READ(current, signal), false);
		task_read(current, &e->sender, false);
		pid_read_namespace(pid, &e->sender, false);
		e->sender_nr = pid_number_in(pid, target, false);
	}
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal_generate, int sig, struct kernel_siginfo *siginfo, struct task_struct *task,
	     int group, int result)
{
	__u64 bit = sig_bit(sig);

	if (!(settings.signals & bit))
		return 0;
	task = compat_plain_task(task);

	__u32 sender_tgid = bpf_get_current_pid_tgid() >> 32;
	__u32 target_tgid = task->tgid;
	__u32 facts = unknown_zero;
	struct info info = {.facts = unknown_zero};

	if (settings.by_process) {
		if (settings.direction_to && is_selected(target_tgid, task, true))
			facts += EVENT_FACT_MATCHED_TO;
		if (settings.direction_from &&
		    (settings.by_cgroup || settings.by_pid_ns ||
		     maybe_selected[sender_tgid % MAYBE_SIZE]) &&
		    maybe_sent_by_current(sig, siginfo) && current_is_selected(sender_tgid))
			facts += EVENT_FACT_MATCHED_FROM;
		if (!(facts & (EVENT_FACT_MATCHED_TO | EVENT_FACT_MATCHED_FROM)))
			return 0;
	}
	if (sender_tgid == target_tgid)
		facts += EVENT_FACT_SENDER_IS_TARGET;
	if ((settings.noise & bit) &&
	    is_noise(sig, info_code(siginfo), facts & EVENT_FACT_SENDER_IS_TARGET)) {
		count_hidden();
		return 0;
	}

	info_read(siginfo, &info);
	facts += info.facts;

	struct signal_struct *signal = task->signal;
	__u32 task_flags = task->flags;
	__u32 signal_flags = signal->flags;
	struct receiver receiver = {.facts = unknown_zero};

	if (group)
		facts += EVENT_FACT_PROCESS_DIRECTED;
	if (task->blocked.sig[0] & bit)
		facts += EVENT_FACT_BLOCKED;
	if (task_flags & PF_EXITING)
		facts += EVENT_FACT_EXITING;
	if (task_flags & PF_KTHREAD)
		facts += EVENT_FACT_KTHREAD;
	if (!(facts & (EVENT_FACT_BLOCKED | EVENT_FACT_EXITING)) || !group ||
	    result == EVENT_RESULT_IGNORED) {
		receiver_read(task, bit, &receiver, true);
		if (facts & EVENT_FACT_BLOCKED)
			facts += EVENT_FACT_ALL_BLOCKED;
	} else {
		facts += scan_threads(task, signal, bit, &receiver);
	}
	facts += receiver.facts;
	if ((facts & EVENT_FACT_ALL_BLOCKED) && task_signalfd_polled(task))
		facts += EVENT_FACT_SIGNALFD_POLLED;

	/* A first sieve that lets every problem pass; what it lets pass besides, core sorts out. */
	if (settings.problems_only && result == EVENT_RESULT_DELIVERED &&
	    !(signal_flags & SIGNAL_GROUP_EXIT) &&
	    !(facts & (EVENT_FACT_ALL_BLOCKED | EVENT_FACT_SCAN_CUT | EVENT_FACT_PTRACED |
		       EVENT_FACT_FROZEN | EVENT_FACT_FROZEN_V2 | EVENT_FACT_EXITING |
		       EVENT_FACT_ALL_EXITING | EVENT_FACT_BLOCKED)) &&
	    !(receiver.state & (TASK_STOPPED_BIT | TASK_UNINTERRUPTIBLE)))
		return 0;

	struct pid *pid = signal->pids[PIDTYPE_TGID];
	struct event_generate_by *by;
	struct event_generate *e;
	struct action action;
	__u32 zero = 0;
	__u32 size = sizeof(*e);

	by = bpf_map_lookup_elem(&scratch, &zero);
	if (!by)
		return 0;
	e = &by->generate;
	task_read(task, &e->target, true);
	pid_read_namespace(pid, &e->target, true);
	task_read_action(task, sig, &action);
	if (e->target.ns_tgid == 1) {
		facts += EVENT_FACT_NAMESPACE_INIT;
		if (target_tgid == 1)
			facts += EVENT_FACT_GLOBAL_INIT;
	}
	if (compat_group_exec(signal, true))
		facts += EVENT_FACT_GROUP_EXEC;
	if (compat_core_dumping(signal, signal_flags, true))
		facts += EVENT_FACT_CORE_DUMPING;

	fill_head(&e->head, EVENT_GENERATE, size, sig, info.fields.code, read_cgroup(signal, true));
	e->handler = action.handler;
	e->value = info.fields.value;
	e->pending_process = signal->shared_pending.signal.sig[0];
	e->pending_thread = task->pending.signal.sig[0];
	e->facts = facts;
	e->sa_flags = action.flags;
	e->signal_flags = signal_flags;
	e->state = receiver.state;
	e->group_exit_code = signal->group_exit_code;
	e->info_pid = info.fields.pid;
	e->info_uid = info.fields.uid;
	e->receiver_tid = receiver.tid;
	e->tracer_tgid = receiver.tracer_tgid;
	e->threads = signal->nr_threads;
	e->result = result;
	e->stack_id = -1;
	e->ancestors = 0;
	e->image = task_image(task, true);
	__builtin_memcpy(e->tracer_comm, receiver.tracer_comm, sizeof(e->tracer_comm));
	read_sender(e, pid);

	if (settings.stacks && has_stack(bit, info.fields.code, facts))
		e->stack_id = bpf_get_stackid(ctx, &stacks, 0);
	if (has_ancestors(info.fields.code, facts)) {
		e->ancestors = read_ancestors(by->ancestors);
		e->head.size = size = sizeof(*by);
	}
	if (bpf_ringbuf_output(&events, by, size, wake_flags())) {
		count_lost(EVENT_LOST_GENERATE);
		return 0;
	}
	maybe_signalled[target_tgid % MAYBE_SIZE] = 1;
	if (settings.by_process && !(facts & EVENT_FACT_MATCHED_TO) &&
	    result != EVENT_RESULT_IGNORED && result != EVENT_RESULT_OVERFLOW_FAIL)
		await_delivery(target_tgid, sig, e->head.boot_ns);
	return 0;
}

/* The signal that somebody sent: a death by any signal shows as SIGKILL at delivery. */
static __always_inline __u32 sig_that_began(struct task_struct *task, __u32 sig, const bool direct)
{
	if (sig != SIG_KILL)
		return sig;
	struct signal_struct *signal = FIELD(direct, task, signal);
	__u32 exit_signal = FIELD(direct, signal, group_exit_code) & 0x7f;

	if (!(FIELD(direct, signal, flags) & (SIGNAL_GROUP_EXIT | SIGNAL_GROUP_DUMP)))
		return sig;
	return exit_signal ? exit_signal : sig;
}

/* signal_deliver, once for each way to read `current`. */
static __always_inline int deliver(struct task_struct *current, int sig,
				   struct kernel_siginfo *siginfo, struct k_sigaction *ka,
				   const bool direct)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 bit = sig_bit(sig);
	__u64 handler = (u64)ka->sa.sa_handler;
	__u32 began = sig_that_began(current, sig, direct);
	__u32 facts = unknown_zero;
	struct info info = {.facts = unknown_zero};

	if (settings.handlers && handler > HANDLER_IGN)
		forget_running();
	if (!(settings.signals & (bit | sig_bit(began))))
		return 0;
	if (settings.by_process) {
		if (settings.direction_to && is_selected(tgid, current, direct))
			facts += EVENT_FACT_MATCHED_TO;
		else if (settings.direction_from && maybe_awaited[tgid % MAYBE_SIZE] &&
			 (is_awaited(tgid, sig) || is_awaited(tgid, began)))
			facts += EVENT_FACT_MATCHED_FROM;
		else
			return 0;
	}

	struct signal_struct *signal = FIELD(direct, current, signal);
	__u32 signal_flags = FIELD(direct, signal, flags);
	struct event_task process; /* only its number and namespace */

	info_read(siginfo, &info);
	facts += info.facts;
	pid_read_namespace(FIELD(direct, signal, pids[PIDTYPE_TGID]), &process, direct);
	if ((settings.noise & bit) &&
	    is_noise(sig, info.fields.code,
		     info.fields.code == SI_TKILL && (__u32)info.fields.pid == process.ns_tgid)) {
		count_hidden();
		return 0;
	}
	/* A handler runs: no problem. Of the rest, core sees which were dropped. */
	if (settings.problems_only && handler > HANDLER_IGN)
		return 0;

	struct event_deliver *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count_lost(EVENT_LOST_DELIVER);
		return 0;
	}
	if (process.ns_tgid == 1) {
		facts += EVENT_FACT_NAMESPACE_INIT;
		if (tgid == 1)
			facts += EVENT_FACT_GLOBAL_INIT;
	}
	if (FIELD(direct, current, ptrace))
		facts += EVENT_FACT_PTRACED;
	if (compat_group_exec(signal, direct))
		facts += EVENT_FACT_GROUP_EXEC;
	if (compat_core_dumping(signal, signal_flags, direct))
		facts += EVENT_FACT_CORE_DUMPING;

	task_read(current, &e->process, direct);
	e->process.ns_tgid = process.ns_tgid;
	e->process.pid_ns = process.pid_ns;
	fill_head(&e->head, EVENT_DELIVER, sizeof(*e), sig, info.fields.code,
		  read_cgroup(signal, direct));
	e->handler = handler;
	e->value = info.fields.value;
	e->pending_process = FIELD(direct, signal, shared_pending.signal.sig[0]);
	e->pending_thread = FIELD(direct, current, pending.signal.sig[0]);
	e->facts = facts;
	e->sa_flags = ka->sa.sa_flags;
	e->signal_flags = signal_flags;
	e->group_exit_code = FIELD(direct, signal, group_exit_code);
	e->info_pid = info.fields.pid;
	e->info_uid = info.fields.uid;
	e->image = task_image(current, direct);
	e->pad = 0;
	if (settings.handlers && handler > HANDLER_IGN)
		remember_running(e);
	bpf_ringbuf_submit(e, wake_flags());
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal_deliver, int sig, struct kernel_siginfo *siginfo, struct k_sigaction *ka)
{
	if (compat_has_current_btf())
		return deliver(compat_current(), sig, siginfo, ka, true);
	return deliver((void *)bpf_get_current_task(), sig, siginfo, ka, false);
}
