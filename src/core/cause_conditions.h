/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conditions of the cause table, in the order of its rows. Each looks at facts of a report
 * only; what stands in front of it in the table it need not exclude.
 */
#ifndef SIGTRACE_CORE_CAUSE_CONDITIONS_H
#define SIGTRACE_CORE_CAUSE_CONDITIONS_H

#include "cause_table.h"
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"

static inline bool has(const struct report *r, uint32_t facts)
{
	return r->facts & facts;
}

static inline bool unblockable(const struct report *r)
{
	return r->sig == SIG_KILL || r->sig == SIG_STOP;
}

static inline bool group_exit(const struct report *r)
{
	/* Before 5.16 a core dump has a flag of its own in place of SIGNAL_GROUP_EXIT. */
	return (r->signal_flags & SIGNAL_GROUP_EXIT) || has(r, EVENT_FACT_CORE_DUMPING);
}

/* This very signal began the group exit: complete_signal() did so before the tracepoint fired. */
static inline bool began_group_exit(const struct report *r)
{
	return explain_group_exit_signal(r) == r->sig;
}

static inline bool is_default(const struct report *r)
{
	return r->handler == HANDLER_DFL;
}

static inline bool is_kernel_thread(const struct report *r)
{
	return has(r, EVENT_FACT_KTHREAD);
}

static inline bool unkillable_default(const struct report *r)
{
	return (r->signal_flags & SIGNAL_UNKILLABLE) && is_default(r);
}

static inline bool default_ignores(const struct report *r)
{
	enum default_action action = signal_default_action(r->sig);

	return is_default(r) && (action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE);
}

/* Generation, result ignored. */

/* The last thread that is left has exited: a leader's siblings go before it does. */
static inline bool dead(const struct report *r)
{
	return has(r, EVENT_FACT_EXITING) && (r->state & TASK_EXITED) && r->threads <= 1;
}

static inline bool dying_core_dump(const struct report *r)
{
	return has(r, EVENT_FACT_CORE_DUMPING);
}

static inline bool dying_by_signal(const struct report *r)
{
	return explain_group_exit_signal(r) != 0;
}

/* /proc shows that every thread is told to end, not what began it. */
static inline bool dying_somehow(const struct report *r)
{
	return group_exit(r) && (r->snapshot_facts & REPORT_FACT_END_NOT_KNOWN);
}

static inline bool dying_by_exit(const struct report *r)
{
	return group_exit(r);
}

static inline bool thread_exiting(const struct report *r)
{
	return has(r, EVENT_FACT_EXITING) && !r->process_directed;
}

/* systemd and timeout(1) send a SIGCONT after the signal that ends a process. */
static inline bool dying_continue(const struct report *r)
{
	return r->sig == SIG_CONT &&
	       (group_exit(r) || dead(r) || thread_exiting(r) || has(r, EVENT_FACT_ALL_EXITING));
}

static inline bool global_init_kill(const struct report *r)
{
	return has(r, EVENT_FACT_GLOBAL_INIT) && unblockable(r);
}

static inline bool resumed(const struct report *r)
{
	return r->sig == SIG_CONT && (r->signal_flags & SIGNAL_CLD_MASK);
}

static inline bool unkillable_resumed(const struct report *r)
{
	return unkillable_default(r) && resumed(r);
}

static inline bool unkillable_not_forced(const struct report *r)
{
	return unkillable_default(r) && unblockable(r);
}

/* SIGCHLD, SIGCONT, SIGURG, SIGWINCH: nobody expects a process without a handler to act on them. */
static inline bool unkillable_harmless(const struct report *r)
{
	return unkillable_default(r) && default_ignores(r);
}

static inline bool unkillable_global(const struct report *r)
{
	return unkillable_default(r) && has(r, EVENT_FACT_GLOBAL_INIT);
}

static inline bool kernel_only_thread(const struct report *r)
{
	return is_kernel_thread(r) && r->handler == HANDLER_KTHREAD_KERNEL;
}

static inline bool ignored_resumed(const struct report *r)
{
	return r->handler == HANDLER_IGN && resumed(r);
}

static inline bool ignored_continue(const struct report *r)
{
	return r->handler == HANDLER_IGN && r->sig == SIG_CONT;
}

static inline bool ignored_kernel_thread(const struct report *r)
{
	return r->handler == HANDLER_IGN && is_kernel_thread(r);
}

static inline bool ignored_keyboard(const struct report *r)
{
	return r->handler == HANDLER_IGN && (r->sig == SIG_INT || r->sig == SIG_QUIT);
}

static inline bool ignored(const struct report *r)
{
	return r->handler == HANDLER_IGN;
}

static inline bool default_ignores_resumed(const struct report *r)
{
	return default_ignores(r) && resumed(r);
}

static inline bool default_ignores_continue(const struct report *r)
{
	return default_ignores(r) && r->sig == SIG_CONT;
}

static inline bool default_ignores_child(const struct report *r)
{
	return default_ignores(r) && r->sig == SIG_CHLD;
}

/* Generation, queued. */

static inline bool zombie(const struct report *r)
{
	return dead(r) || (has(r, EVENT_FACT_ALL_EXITING) && (r->state & TASK_EXITED));
}

static inline bool all_exiting(const struct report *r)
{
	return has(r, EVENT_FACT_ALL_EXITING);
}

/*
 * Kernels before 5.16 queue signals for a process whose group exit is under way. What was pending
 * already began nothing.
 */
static inline bool queued_while_dying(const struct report *r)
{
	return group_exit(r) && (!began_group_exit(r) || r->result == EVENT_RESULT_ALREADY_PENDING);
}

/* The one signal that a core dump in progress lets pass. */
static inline bool ends_core_dump(const struct report *r)
{
	return r->sig == SIG_KILL && has(r, EVENT_FACT_CORE_DUMPING);
}

static inline bool frozen_v1(const struct report *r)
{
	return has(r, EVENT_FACT_FROZEN);
}

/* A task frozen by cgroup v2 still dies at once of what is fatal. */
static inline bool frozen_v2(const struct report *r)
{
	return has(r, EVENT_FACT_FROZEN_V2) && !group_exit(r) && r->sig != SIG_KILL;
}

static inline bool stopped(const struct report *r)
{
	return (r->state & TASK_STOPPED) && !group_exit(r) && r->sig != SIG_KILL &&
	       r->sig != SIG_CONT;
}

static inline bool waited_for(const struct report *r)
{
	return has(r, EVENT_FACT_WAITED_FOR);
}

/* The older freezer leaves a thread in its wait. */
static inline bool waited_for_frozen(const struct report *r)
{
	return waited_for(r) && frozen_v1(r);
}

static inline bool blocked(const struct report *r)
{
	return has(r, EVENT_FACT_ALL_BLOCKED) && !has(r, EVENT_FACT_SCAN_CUT) && !unblockable(r);
}

static inline bool blocked_resumed(const struct report *r)
{
	return blocked(r) && resumed(r);
}

/* Both take a thread out of sigtimedwait(), and its mask is then that of before. */
static inline bool blocked_frozen(const struct report *r)
{
	return blocked(r) && (frozen_v1(r) || frozen_v2(r));
}

static inline bool blocked_stopped(const struct report *r)
{
	return blocked(r) && stopped(r);
}

/* What the sets of its signalfds prove, which a prediction knows. */
static inline bool blocked_signalfd_awaited(const struct report *r)
{
	return blocked(r) && (r->snapshot_facts & REPORT_FACT_SIGNALFD_AWAITED);
}

static inline bool blocked_signalfd_takes(const struct report *r)
{
	return blocked(r) && (r->snapshot_facts & REPORT_FACT_SIGNALFD_TAKES);
}

static inline bool blocked_signalfd_not_known(const struct report *r)
{
	return blocked(r) && (r->snapshot_facts & REPORT_FACT_SIGNALFD_NOT_KNOWN);
}

static inline bool blocked_signalfd(const struct report *r)
{
	return blocked(r) && has(r, EVENT_FACT_SIGNALFD_POLLED);
}

static inline bool blocked_thread_directed(const struct report *r)
{
	return blocked(r) && !r->process_directed && r->threads > 1;
}

static inline bool blocked_one_thread(const struct report *r)
{
	return blocked(r) && r->threads <= 1;
}

/* Too many threads to read them all: perhaps one takes it, perhaps none. */
static inline bool scan_cut(const struct report *r)
{
	return has(r, EVENT_FACT_SCAN_CUT) && !unblockable(r);
}

static inline bool ptraced(const struct report *r)
{
	return has(r, EVENT_FACT_PTRACED) && r->sig != SIG_KILL;
}

static inline bool ptraced_unkillable(const struct report *r)
{
	return ptraced(r) && unkillable_default(r) && !unblockable(r);
}

/* The same without a namespace: what sig_ignored() would have dropped. */
static inline bool ptraced_ignored(const struct report *r)
{
	return ptraced(r) && !has(r, EVENT_FACT_BLOCKED) && r->handler == HANDLER_IGN;
}

static inline bool ptraced_stopped(const struct report *r)
{
	return ptraced(r) && (r->state & TASK_TRACED);
}

static inline bool stopped_again(const struct report *r)
{
	return stopped(r) && is_default(r) && signal_default_action(r->sig) == DEFAULT_STOP;
}

static inline bool uninterruptible(const struct report *r)
{
	return (r->state & TASK_UNINTERRUPTIBLE) && !(r->state & TASK_NOLOAD);
}

static inline bool caught_by_kernel_thread(const struct report *r)
{
	return is_kernel_thread(r) &&
	       (r->handler == HANDLER_KTHREAD || r->handler == HANDLER_KTHREAD_KERNEL);
}

static inline bool caught(const struct report *r)
{
	return r->handler > HANDLER_IGN;
}

static inline bool caught_by_runtime(const struct report *r)
{
	return caught(r) && r->handler_runtime != RUNTIME_NONE;
}

static inline bool caught_with_flags(const struct report *r)
{
	return caught(r) && (r->sa_flags & ~CAUSE_SA_RESTORER);
}

/* SIGNAL_UNKILLABLE spares nobody from SIGKILL and SIGSTOP once they are queued. */
static inline bool drop_unkillable(const struct report *r)
{
	return unkillable_default(r) && !unblockable(r);
}

static inline bool default_is(const struct report *r, enum default_action action)
{
	return is_default(r) && signal_default_action(r->sig) == action;
}

static inline bool default_kill(const struct report *r)
{
	return is_default(r) && r->sig == SIG_KILL;
}

static inline bool default_terminate(const struct report *r)
{
	return default_is(r, DEFAULT_TERMINATE);
}

static inline bool default_core(const struct report *r)
{
	return default_is(r, DEFAULT_CORE);
}

static inline bool default_stop(const struct report *r)
{
	return default_is(r, DEFAULT_STOP);
}

static inline bool stop_by_terminal(const struct report *r)
{
	return default_stop(r) && r->sig != SIG_STOP;
}

static inline bool sent_by_kernel(const struct report *r)
{
	return r->sender_kind == SENDER_KERNEL;
}

static inline bool default_continue(const struct report *r)
{
	return default_is(r, DEFAULT_CONTINUE);
}

/* Delivery. */

static inline bool killed_by_group_exit(const struct report *r)
{
	return r->sig == SIG_KILL && group_exit(r);
}

static inline bool killed_by_sigkill(const struct report *r)
{
	return killed_by_group_exit(r) && explain_group_exit_signal(r) == SIG_KILL;
}

static inline bool killed_by_signal(const struct report *r)
{
	return killed_by_group_exit(r) && explain_group_exit_signal(r) != 0;
}

static inline bool killed_by_exec(const struct report *r)
{
	return r->sig == SIG_KILL && has(r, EVENT_FACT_GROUP_EXEC);
}

static inline bool drop_unkillable_traced(const struct report *r)
{
	return drop_unkillable(r) && has(r, EVENT_FACT_PTRACED);
}

static inline bool always(const struct report *r)
{
	(void)r;
	return true;
}

#endif
