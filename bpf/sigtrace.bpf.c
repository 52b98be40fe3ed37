// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One small program a hook. They decide what to keep and copy facts; they explain nothing.
 *
 * Order matters for cost: the mask of signals, then the processes, then noise, then problems; only
 * then room in the ring buffer is reserved. A signal that nobody wants leaves after a few loads.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "compat.bpf.h"
#include "event.h"
#include "settings.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct settings settings = {};
struct shared shared = {};

/*
 * A quick "certainly not" in front of the process table: one byte for all tgids that share their
 * low 16 bits. Only ever set; a stale or shared byte costs a look-up, never an answer.
 */
__u8 maybe_selected[MAYBE_SIZE];
__u8 maybe_awaited[MAYBE_SIZE];
__u8 maybe_signalled[MAYBE_SIZE]; /* a generate record of the process was submitted */

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

/* Per CPU against contention; still added to atomically, because siglock can be preempted on RT. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

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
				      __u8 sig, __s32 code)
{
	head->boot_ns = bpf_ktime_get_boot_ns();
	head->size = size;
	head->kind = kind;
	head->sig = sig;
	head->code = code;
	head->lost = shared.lost;
	head->pad = 0;
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

/*
 * siginfo as both tracepoints give it. 0 and 1 are no addresses (include/linux/signal_types.h), so
 * newer verifiers take it for a number, and older ones refuse wide reads of the union: always
 * probed.
 */
struct info {
	struct { /* from si_code on, as siginfo is laid out for user space; kill(2) leaves out value
		  */
		int code;
		__u32 pad;
		__s32 pid;
		__u32 uid;
		__u64 value;
	} fields;
	__u32 facts;
};

enum info_kind {
	INFO_NONE, /* SEND_SIG_NOINFO */
	INFO_PRIV, /* SEND_SIG_PRIV */
	INFO_FULL,
};

/*
 * Some verifiers (6.3 to 6.12 at least) believe that a tracepoint's argument is never NULL and
 * remove what follows a comparison with 0. So it is compared with 1 only, and the barrier keeps the
 * compiler from making "== 1" a "!= 0".
 */
static __always_inline enum info_kind info_kind(const struct kernel_siginfo *siginfo)
{
	u64 address = (u64)siginfo;

	if (address > INFO_PRIV)
		return INFO_FULL;
	barrier_var(address);
	return address == INFO_PRIV ? INFO_PRIV : INFO_NONE;
}

static __always_inline int info_code(const struct kernel_siginfo *siginfo)
{
	enum info_kind kind = info_kind(siginfo);

	if (kind == INFO_FULL)
		return BPF_CORE_READ(siginfo, si_code);
	return (kind == INFO_PRIV ? SI_KERNEL : SI_USER) + unknown_zero;
}

static __always_inline void info_read(const struct kernel_siginfo *siginfo, struct info *ret)
{
	enum info_kind kind = info_kind(siginfo);

	if (kind == INFO_FULL) {
		bpf_core_read(&ret->fields, sizeof(ret->fields), &siginfo->si_code);
		return;
	}
	ret->fields.code = info_code(siginfo);
	ret->facts += kind == INFO_PRIV ? EVENT_FACT_INFO_PRIV : EVENT_FACT_INFO_NONE;
}

/*
 * Could `current` be the sender? A little generous with SIGCHLD, whose exact rule is core's: it
 * sees the whole record.
 */
static __always_inline bool maybe_sent_by_current(int sig, const struct kernel_siginfo *siginfo,
						  bool to_itself)
{
	int code = info_code(siginfo);

	if (code == SI_USER) /* without siginfo it is SIGPIPE and the like */
		return !to_itself || info_kind(siginfo) == INFO_FULL;
	if (code > 0)
		return sig == SIG_CHLD;
	return code == SI_QUEUE || code == SI_TKILL || code < SI_DETHREAD;
}

/*
 * What the end of a generate record depends on. Not from siginfo or sig: with what is known
 * of them kept until there, the verifier would walk the record once for each kind of them.
 */
static __always_inline bool is_users_code(int code)
{
	return code == SI_USER || code == SI_QUEUE || code == SI_TKILL || code < SI_DETHREAD;
}

/* By another process, as far as core shows a sender; a child's notice needs no ancestors. */
static __always_inline bool has_ancestors(int code, __u32 facts)
{
	return !(facts & EVENT_FACT_SENDER_IS_TARGET) && is_users_code(code);
}

/*
 * Sent by kernel code, for its own reasons or for what `current` did (cgroup.kill, the death of a
 * parent, the end of a PID namespace): the stack tells which. A child's notice needs none.
 */
static __always_inline bool has_stack(__u64 bit, int code, __u32 facts)
{
	if (facts & (EVENT_FACT_INFO_PRIV | EVENT_FACT_INFO_NONE))
		return true;
	return !is_users_code(code) && (code <= 0 || !(bit & sig_bit(SIG_CHLD)));
}

/*
 * What nobody asked for: SIGCHLD; SIGURG of a process to itself (how Go preempts its threads);
 * SIGWINCH of the terminal. Somebody's SIGWINCH may be a stop signal (httpd's images).
 */
static __always_inline bool is_noise(__u32 sig, int code, bool to_itself)
{
	if (sig == SIG_URG)
		return to_itself;
	return sig != SIG_WINCH || code > 0;
}

/* `current`, read in full. The self-kill, by far the most frequent case in a flood, copies. */
static __always_inline void read_sender(struct event_generate *e, struct pid *target)
{
	if (compat_has_current_btf()) {
		struct task_struct *current = bpf_get_current_task_btf();
		const struct cred *cred = current->cred;

		e->sender_uid = cred->uid.val;
		if (e->facts & EVENT_FACT_SENDER_IS_TARGET) {
			e->sender = e->target;
			e->sender.tid = current->pid;
			task_read_comm(current, e->sender.comm, true);
			e->sender_nr = e->target.ns_tgid;
			return;
		}
		struct pid *pid = task_tgid_pid(current, true);

		task_read(current, &e->sender, true);
		pid_read_namespace(pid, &e->sender, true);
		e->sender_nr = pid_number_in(pid, target, true);
	} else {
		struct task_struct *current = (void *)bpf_get_current_task();
		struct pid *pid = task_tgid_pid(current, false);

		e->sender_uid = BPF_CORE_READ(current, cred, uid.val);
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

	__u32 sender_tgid = bpf_get_current_pid_tgid() >> 32;
	__u32 target_tgid = task->tgid;
	__u32 facts = unknown_zero;
	struct info info = {.facts = unknown_zero};

	if (settings.by_process) {
		if (settings.direction_to && find_selected(target_tgid, task, true))
			facts += EVENT_FACT_MATCHED_TO;
		if (settings.direction_from && maybe_selected[sender_tgid % MAYBE_SIZE] &&
		    maybe_sent_by_current(sig, siginfo, sender_tgid == target_tgid)) {
			struct task_struct *current = (void *)bpf_get_current_task();

			if (find_selected(sender_tgid, current, false))
				facts += EVENT_FACT_MATCHED_FROM;
		}
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

	fill_head(&e->head, EVENT_GENERATE, size, sig, info.fields.code);
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
	e->pad = 0;
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
	__u32 began = sig_that_began(current, sig, direct);
	__u32 facts = unknown_zero;
	struct info info = {.facts = unknown_zero};

	if (!(settings.signals & (bit | sig_bit(began))))
		return 0;
	if (settings.by_process) {
		if (settings.direction_to && find_selected(tgid, current, direct))
			facts += EVENT_FACT_MATCHED_TO;
		else if (settings.direction_from && maybe_awaited[tgid % MAYBE_SIZE] &&
			 (is_awaited(tgid, sig) || is_awaited(tgid, began)))
			facts += EVENT_FACT_MATCHED_FROM;
		else
			return 0;
	}

	struct signal_struct *signal = FIELD(direct, current, signal);
	__u32 signal_flags = FIELD(direct, signal, flags);
	__u64 handler = (u64)ka->sa.sa_handler;
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
	fill_head(&e->head, EVENT_DELIVER, sizeof(*e), sig, info.fields.code);
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
	bpf_ringbuf_submit(e, wake_flags());
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal_deliver, int sig, struct kernel_siginfo *siginfo, struct k_sigaction *ka)
{
	if (compat_has_current_btf())
		return deliver(bpf_get_current_task_btf(), sig, siginfo, ka, true);
	return deliver((void *)bpf_get_current_task(), sig, siginfo, ka, false);
}

/* With -f: a child of a selected process is selected, too. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 child_tgid = child->tgid;
	struct selected selected = {};

	if (child->pid != child->tgid || !find_selected(parent->tgid, parent, true))
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

static __always_inline bool is_first_end(__u32 tgid, struct task_struct *leader)
{
	struct ended key = {.start_boot_ns = leader->start_boottime, .tgid = tgid};
	__u8 value = 0;

	return bpf_map_update_elem(&ended, &key, &value, BPF_NOEXIST) != -EEXIST;
}

/*
 * The last thread of a process that is selected, or that may have got a signal. With -f user space
 * learns from it, at once, when the last followed process is gone. Not loaded for -x without -f.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
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
	if (!selected && (settings.problems_only || !maybe_signalled[tgid % MAYBE_SIZE]))
		return 0;
	if (!is_first_end(tgid, leader))
		return 0;
	if (selected) {
		facts += EVENT_FACT_MATCHED_TO;
		if (selected->forked) {
			__sync_fetch_and_add(&shared.followed, -1);
			wake = BPF_RB_FORCE_WAKEUP;
		}
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
	fill_head(&e->head, EVENT_EXIT, sizeof(*e), 0, 0);
	e->exit_code = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code
							 : leader->exit_code;
	e->facts = facts;
	e->signal_flags = signal->flags;
	e->pad = 0;
	bpf_ringbuf_submit(e, wake ? wake : wake_flags());
	return 0;
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
