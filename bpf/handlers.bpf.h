/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --handlers: when a signal handler returns, which is the system call sigreturn.
 *
 * Which handler it is, the stack tells. A handler runs below the frame in which the kernel saved
 * the thread's registers, and sigreturn restores exactly them: what the thread's stack pointer was
 * at the delivery is what is read from the frame at the return. So nested handlers and those on a
 * stack of their own pair up by themselves. A handler that never returns leaves its entry behind,
 * which no return can hit: for the same stack pointer to be saved again there has to be another
 * delivery there, and each handler's delivery, whether anybody wants to see it or not, removes
 * what it finds.
 */
#ifndef SIGTRACE_HANDLERS_BPF_H
#define SIGTRACE_HANDLERS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi.bpf.h"
#include "session.bpf.h"
#include "task.bpf.h"

struct running_key {
	__u64 sp; /* of the thread, in user space, when the signal was delivered */
	__u32 tid;
	__u32 pad;
};

struct running_handler {
	__u64 began_boot_ns;
	__u64 handler;
	__u32 image;
	__u32 sig;
};

/* Handlers that were begun and have not returned. The oldest are forgotten when it is full. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct running_key);
	__type(value, struct running_handler);
} running SEC(".maps");

/* Like maybe_selected, but for tids: the thread had a handler in `running`. */
__u8 maybe_running[MAYBE_SIZE];

/*
 * Where a thread's stack pointer of user space is, from the end of its kernel stack that
 * task->stack names. The kernel puts it at the same place whenever user space is left, in all
 * threads, but where that is depends on how it was built, and bpf_task_pt_regs() is there from 5.15
 * on only. So it is learned from the first system call that anybody makes. 0: not yet.
 */
__u64 user_sp_offset;

static __always_inline __u64 stack_of_current(void)
{
	struct task_struct *current = (void *)bpf_get_current_task();

	return (__u64)BPF_CORE_READ(current, stack);
}

static __always_inline __u64 user_sp_address(struct pt_regs *regs)
{
	return (__u64)untyped(regs) + bpf_core_field_offset(struct pt_regs, sp);
}

/* False, as long as user_sp_offset is not known. */
static __always_inline bool find_running_key(struct running_key *ret)
{
	ret->sp = 0;
	ret->tid = bpf_get_current_pid_tgid();
	ret->pad = 0;
	return user_sp_offset &&
	       bpf_probe_read_kernel(&ret->sp, sizeof(ret->sp),
				     (void *)(stack_of_current() + user_sp_offset)) == 0;
}

/* A handler is about to run in `current`, any: what was there never returned. */
static __always_inline void forget_running(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct running_key key;

	if (maybe_running[tid % MAYBE_SIZE] && find_running_key(&key))
		bpf_map_delete_elem(&running, &key);
}

/* A handler is about to run in `current`, and its delivery was recorded. */
static __always_inline void remember_running(const struct event_deliver *e)
{
	const struct running_handler handler = {
		.began_boot_ns = e->head.boot_ns,
		.handler = e->handler,
		.image = e->image,
		.sig = e->head.sig,
	};
	struct running_key key;

	if (find_running_key(&key) && bpf_map_update_elem(&running, &key, &handler, BPF_ANY) == 0)
		maybe_running[key.tid % MAYBE_SIZE] = 1;
}

static __always_inline void report_return(struct task_struct *current,
					  const struct running_handler *handler, const bool direct)
{
	struct event_return *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count_lost(EVENT_LOST_RETURN);
		return;
	}
	fill_head(&e->head, EVENT_RETURN, sizeof(*e), handler->sig, 0,
		  read_cgroup(FIELD(direct, current, signal), direct));
	task_read(current, &e->process, direct);
	pid_read_namespace(task_tgid_pid(current, direct), &e->process, direct);
	e->began_boot_ns = handler->began_boot_ns;
	e->handler = handler->handler;
	e->image = handler->image;
	e->pad = 0;
	bpf_ringbuf_submit(e, wake_flags());
}

/* Runs for every system call of the machine; loaded only for --handlers. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	struct running_handler *handler;
	struct running_key key = {};

	if (!user_sp_offset)
		user_sp_offset = user_sp_address(regs) - stack_of_current();
	if (!abi_may_be_sigreturn(id))
		return 0;
	key.tid = bpf_get_current_pid_tgid();
	if (!maybe_running[key.tid % MAYBE_SIZE] || !abi_read_saved_sp(id, regs->sp, &key.sp))
		return 0;
	handler = bpf_map_lookup_elem(&running, &key);
	if (!handler)
		return 0;
	if (compat_has_current_btf())
		report_return(compat_current(), handler, true);
	else
		report_return((void *)bpf_get_current_task(), handler, false);
	bpf_map_delete_elem(&running, &key);
	return 0;
}

#endif
