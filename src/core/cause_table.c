// SPDX-License-Identifier: BSD-2-Clause
#include "cause_table.h"

#include "signals.h"

/* include/linux/sched/signal.h */
#define SIGNAL_GROUP_EXIT 0x04u
#define SIGNAL_CLD_MASK	  0x30u /* a stopped process was resumed, its parent will hear of it */
#define SIGNAL_UNKILLABLE 0x40u
/* include/linux/sched.h */
#define TASK_UNINTERRUPTIBLE 0x0002u
#define TASK_STOPPED	     0x0004u
#define TASK_TRACED	     0x0008u
#define TASK_EXITED	     0x0030u /* exit_state: EXIT_DEAD, EXIT_ZOMBIE */
#define TASK_NOLOAD	     0x0400u
/* include/linux/signal_types.h: handlers that are no addresses */
#define HANDLER_DFL	       0u
#define HANDLER_IGN	       1u
#define HANDLER_KTHREAD	       2u
#define HANDLER_KTHREAD_KERNEL 3u

#define SIG_INT	 2
#define SIG_QUIT 3
#define SIG_KILL 9
#define SIG_CHLD 17
#define SIG_CONT 18
#define SIG_STOP 19

static bool has(const struct report *r, uint32_t facts)
{
	return r->facts & facts;
}

static bool unblockable(const struct report *r)
{
	return r->sig == SIG_KILL || r->sig == SIG_STOP;
}

static bool group_exit(const struct report *r)
{
	/* Before 5.16 a core dump has a flag of its own in place of SIGNAL_GROUP_EXIT. */
	return (r->signal_flags & SIGNAL_GROUP_EXIT) || has(r, EVENT_FACT_CORE_DUMPING);
}

int explain_group_exit_signal(const struct report *r)
{
	return group_exit(r) ? r->group_exit_code & 0x7f : 0;
}

/* This very signal began the group exit: complete_signal() did so before the tracepoint fired. */
static bool began_group_exit(const struct report *r)
{
	return explain_group_exit_signal(r) == r->sig;
}

static bool is_default(const struct report *r)
{
	return r->handler == HANDLER_DFL;
}

static bool is_kernel_thread(const struct report *r)
{
	return has(r, EVENT_FACT_KTHREAD);
}

static bool unkillable_default(const struct report *r)
{
	return (r->signal_flags & SIGNAL_UNKILLABLE) && is_default(r);
}

static bool default_ignores(const struct report *r)
{
	enum default_action action = signal_default_action(r->sig);

	return is_default(r) && (action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE);
}

/* Generation, result ignored. */

/* The last thread that is left has exited: a leader's siblings go before it does. */
static bool dead(const struct report *r)
{
	return has(r, EVENT_FACT_EXITING) && (r->state & TASK_EXITED) && r->threads <= 1;
}

static bool dying_core_dump(const struct report *r)
{
	return has(r, EVENT_FACT_CORE_DUMPING);
}

static bool dying_by_signal(const struct report *r)
{
	return explain_group_exit_signal(r) != 0;
}

static bool dying_by_exit(const struct report *r)
{
	return group_exit(r);
}

static bool thread_exiting(const struct report *r)
{
	return has(r, EVENT_FACT_EXITING) && !r->process_directed;
}

/* systemd and timeout(1) send a SIGCONT after the signal that ends a process. */
static bool dying_continue(const struct report *r)
{
	return r->sig == SIG_CONT &&
	       (group_exit(r) || dead(r) || thread_exiting(r) || has(r, EVENT_FACT_ALL_EXITING));
}

static bool global_init_kill(const struct report *r)
{
	return has(r, EVENT_FACT_GLOBAL_INIT) && unblockable(r);
}

static bool resumed(const struct report *r)
{
	return r->sig == SIG_CONT && (r->signal_flags & SIGNAL_CLD_MASK);
}

static bool unkillable_resumed(const struct report *r)
{
	return unkillable_default(r) && resumed(r);
}

static bool unkillable_not_forced(const struct report *r)
{
	return unkillable_default(r) && unblockable(r);
}

/* SIGCHLD, SIGCONT, SIGURG, SIGWINCH: nobody expects a process without a handler to act on them. */
static bool unkillable_harmless(const struct report *r)
{
	return unkillable_default(r) && default_ignores(r);
}

static bool unkillable_global(const struct report *r)
{
	return unkillable_default(r) && has(r, EVENT_FACT_GLOBAL_INIT);
}

static bool kernel_only_thread(const struct report *r)
{
	return is_kernel_thread(r) && r->handler == HANDLER_KTHREAD_KERNEL;
}

static bool ignored_resumed(const struct report *r)
{
	return r->handler == HANDLER_IGN && resumed(r);
}

static bool ignored_continue(const struct report *r)
{
	return r->handler == HANDLER_IGN && r->sig == SIG_CONT;
}

static bool ignored_kernel_thread(const struct report *r)
{
	return r->handler == HANDLER_IGN && is_kernel_thread(r);
}

static bool ignored_keyboard(const struct report *r)
{
	return r->handler == HANDLER_IGN && (r->sig == SIG_INT || r->sig == SIG_QUIT);
}

static bool ignored(const struct report *r)
{
	return r->handler == HANDLER_IGN;
}

static bool default_ignores_resumed(const struct report *r)
{
	return default_ignores(r) && resumed(r);
}

static bool default_ignores_continue(const struct report *r)
{
	return default_ignores(r) && r->sig == SIG_CONT;
}

static bool default_ignores_child(const struct report *r)
{
	return default_ignores(r) && r->sig == SIG_CHLD;
}

/* Generation, queued. */

static bool zombie(const struct report *r)
{
	return dead(r) || (has(r, EVENT_FACT_ALL_EXITING) && (r->state & TASK_EXITED));
}

static bool all_exiting(const struct report *r)
{
	return has(r, EVENT_FACT_ALL_EXITING);
}

/*
 * Kernels before 5.16 queue signals for a process whose group exit is under way. What was pending
 * already began nothing.
 */
static bool queued_while_dying(const struct report *r)
{
	return group_exit(r) && (!began_group_exit(r) || r->result == EVENT_RESULT_ALREADY_PENDING);
}

/* The one signal that a core dump in progress lets pass. */
static bool ends_core_dump(const struct report *r)
{
	return r->sig == SIG_KILL && has(r, EVENT_FACT_CORE_DUMPING);
}

static bool waited_for(const struct report *r)
{
	return has(r, EVENT_FACT_WAITED_FOR);
}

static bool blocked(const struct report *r)
{
	return has(r, EVENT_FACT_ALL_BLOCKED) && !has(r, EVENT_FACT_SCAN_CUT) && !unblockable(r);
}

static bool blocked_resumed(const struct report *r)
{
	return blocked(r) && resumed(r);
}

static bool blocked_signalfd(const struct report *r)
{
	return blocked(r) && has(r, EVENT_FACT_SIGNALFD_POLLED);
}

static bool blocked_thread_directed(const struct report *r)
{
	return blocked(r) && !r->process_directed && r->threads > 1;
}

static bool blocked_one_thread(const struct report *r)
{
	return blocked(r) && r->threads <= 1;
}

/* Too many threads to read them all: perhaps one takes it, perhaps none. */
static bool scan_cut(const struct report *r)
{
	return has(r, EVENT_FACT_SCAN_CUT) && !unblockable(r);
}

static bool ptraced(const struct report *r)
{
	return has(r, EVENT_FACT_PTRACED) && r->sig != SIG_KILL;
}

static bool ptraced_unkillable(const struct report *r)
{
	return ptraced(r) && unkillable_default(r) && !unblockable(r);
}

/* The same without a namespace: what sig_ignored() would have dropped. */
static bool ptraced_ignored(const struct report *r)
{
	return ptraced(r) && !has(r, EVENT_FACT_BLOCKED) && r->handler == HANDLER_IGN;
}

static bool ptraced_stopped(const struct report *r)
{
	return ptraced(r) && (r->state & TASK_TRACED);
}

static bool frozen_v1(const struct report *r)
{
	return has(r, EVENT_FACT_FROZEN);
}

/* A task frozen by cgroup v2 still dies at once of what is fatal. */
static bool frozen_v2(const struct report *r)
{
	return has(r, EVENT_FACT_FROZEN_V2) && !group_exit(r) && r->sig != SIG_KILL;
}

static bool stopped(const struct report *r)
{
	return (r->state & TASK_STOPPED) && !group_exit(r) && r->sig != SIG_KILL &&
	       r->sig != SIG_CONT;
}

static bool stopped_again(const struct report *r)
{
	return stopped(r) && is_default(r) && signal_default_action(r->sig) == DEFAULT_STOP;
}

static bool uninterruptible(const struct report *r)
{
	return (r->state & TASK_UNINTERRUPTIBLE) && !(r->state & TASK_NOLOAD);
}

static bool caught_by_kernel_thread(const struct report *r)
{
	return is_kernel_thread(r) &&
	       (r->handler == HANDLER_KTHREAD || r->handler == HANDLER_KTHREAD_KERNEL);
}

static bool caught(const struct report *r)
{
	return r->handler > HANDLER_IGN;
}

static bool caught_with_flags(const struct report *r)
{
	return caught(r) && (r->sa_flags & ~CAUSE_SA_RESTORER);
}

/* SIGNAL_UNKILLABLE spares nobody from SIGKILL and SIGSTOP once they are queued. */
static bool drop_unkillable(const struct report *r)
{
	return unkillable_default(r) && !unblockable(r);
}

static bool default_is(const struct report *r, enum default_action action)
{
	return is_default(r) && signal_default_action(r->sig) == action;
}

static bool default_kill(const struct report *r)
{
	return is_default(r) && r->sig == SIG_KILL;
}

static bool default_terminate(const struct report *r)
{
	return default_is(r, DEFAULT_TERMINATE);
}

static bool default_core(const struct report *r)
{
	return default_is(r, DEFAULT_CORE);
}

static bool default_stop(const struct report *r)
{
	return default_is(r, DEFAULT_STOP);
}

static bool stop_by_terminal(const struct report *r)
{
	return default_stop(r) && r->sig != SIG_STOP;
}

static bool sent_by_kernel(const struct report *r)
{
	return r->sender_kind == SENDER_KERNEL;
}

static bool default_continue(const struct report *r)
{
	return default_is(r, DEFAULT_CONTINUE);
}

/* Delivery. */

static bool killed_by_group_exit(const struct report *r)
{
	return r->sig == SIG_KILL && group_exit(r);
}

static bool killed_by_sigkill(const struct report *r)
{
	return killed_by_group_exit(r) && explain_group_exit_signal(r) == SIG_KILL;
}

static bool killed_by_signal(const struct report *r)
{
	return killed_by_group_exit(r) && explain_group_exit_signal(r) != 0;
}

static bool killed_by_exec(const struct report *r)
{
	return r->sig == SIG_KILL && has(r, EVENT_FACT_GROUP_EXEC);
}

static bool drop_unkillable_traced(const struct report *r)
{
	return drop_unkillable(r) && has(r, EVENT_FACT_PTRACED);
}

static bool always(const struct report *r)
{
	(void)r;
	return true;
}

#define REMEDY_IGNORED                                                                          \
	"install a handler, or reset {signal} to SIG_DFL before exec: an ignored signal stays " \
	"ignored across fork and exec"
#define REMEDY_UNBLOCK                                                                         \
	"unblock it (sigprocmask, pthread_sigmask), or take it with sigwait or a signalfd; a " \
	"blocked mask is inherited across fork and exec"

const struct cause_rule cause_rules[] = {
	/* ignored, or in older kernels queued */
	{STAGE_IGNORED | STAGE_QUEUED, CAUSE_EXITING, EFFECT_NONE, false, dying_continue,
	 "already dying: there was nothing to continue", NULL},

	/* ignored */
	{STAGE_IGNORED, CAUSE_EXITING, EFFECT_NONE, true, dead,
	 "already dead: a zombie that its parent has not reaped",
	 "no signal removes a zombie: its parent must wait() for it, or end itself"},
	{STAGE_IGNORED, CAUSE_EXITING, EFFECT_NONE, true, dying_core_dump,
	 "already dying: a core dump is in progress, and only SIGKILL passes",
	 "wait for the dump to end, or send SIGKILL to give it up"},
	{STAGE_IGNORED, CAUSE_EXITING, EFFECT_NONE, true, dying_by_signal,
	 "already dying of {exit_signal}: nothing more can be sent to it",
	 "if it does not go away, see where it is stuck: /proc/{tgid}/task/*/stack"},
	{STAGE_IGNORED, CAUSE_EXITING, EFFECT_NONE, true, dying_by_exit,
	 "already exiting: it called exit_group({exit_code})",
	 "if it does not go away, see where it is stuck: /proc/{tgid}/task/*/stack"},
	{STAGE_IGNORED, CAUSE_EXITING, EFFECT_NONE, true, thread_exiting,
	 "thread {tid} is already exiting, and the signal was for that thread alone",
	 "send it to the process instead: kill -{name} {tgid}"},
	{STAGE_IGNORED, CAUSE_GLOBAL_INIT, EFFECT_NONE, true, global_init_kill,
	 "the machine's own init takes neither SIGKILL nor SIGSTOP",
	 "use the machine's shutdown or reboot command"},
	{STAGE_IGNORED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_ACTS, false, unkillable_resumed,
	 "resumed the stopped process; beyond that, an init without a SIGCONT handler ignores it",
	 NULL},
	{STAGE_IGNORED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, unkillable_not_forced,
	 "sent from inside the PID namespace: its init takes {signal} only from an ancestor "
	 "namespace (SIGNAL_UNKILLABLE)",
	 "send it from outside (the node, or docker kill), or let PID 1 handle SIGTERM and send that"},
	{STAGE_IGNORED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, false, unkillable_harmless,
	 "no {signal} handler: ignored by default, by an init as by everybody", NULL},
	{STAGE_IGNORED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, unkillable_global,
	 "the machine's init has no {signal} handler (SIGNAL_UNKILLABLE + SIG_DFL)", NULL},
	{STAGE_IGNORED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, unkillable_default,
	 "namespace init without a {signal} handler (SIGNAL_UNKILLABLE + SIG_DFL)",
	 "{handle_in_init}"},
	{STAGE_IGNORED, CAUSE_KERNEL_THREAD, EFFECT_NONE, true, kernel_only_thread,
	 "kernel thread that takes {signal} only from the kernel itself", NULL},
	{STAGE_IGNORED, CAUSE_SIG_IGN, EFFECT_ACTS, false, ignored_resumed,
	 "resumed the stopped process; beyond that it ignores SIGCONT (SIG_IGN)", NULL},
	{STAGE_IGNORED, CAUSE_SIG_IGN, EFFECT_NONE, false, ignored_continue,
	 "it ignores SIGCONT (SIG_IGN), and was not stopped: there was nothing to continue", NULL},
	{STAGE_IGNORED, CAUSE_SIG_IGN, EFFECT_NONE, true, ignored_kernel_thread,
	 "kernel thread: it ignores every signal that it did not ask for (SIG_IGN)",
	 "kernel threads cannot be killed: stop the device, mount or service that they work for"},
	{STAGE_IGNORED, CAUSE_SIG_IGN, EFFECT_NONE, true, ignored_keyboard,
	 "it ignores {signal} (SIG_IGN)",
	 "use SIGTERM, or reset {signal} before exec: `cmd &` in a script starts cmd with SIGINT and "
	 "SIGQUIT ignored, and that survives exec"},
	{STAGE_IGNORED, CAUSE_SIG_IGN, EFFECT_NONE, true, ignored, "it ignores {signal} (SIG_IGN)",
	 REMEDY_IGNORED},
	{STAGE_IGNORED, CAUSE_SIG_DFL_IGNORE, EFFECT_ACTS, false, default_ignores_resumed,
	 "resumed the stopped process; SIGCONT does no more without a handler", NULL},
	{STAGE_IGNORED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, false, default_ignores_continue,
	 "no handler, and not stopped: there was nothing to continue", NULL},
	{STAGE_IGNORED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, false, default_ignores_child,
	 "no SIGCHLD handler: by default it is ignored", NULL},
	{STAGE_IGNORED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, true, default_ignores,
	 "no {signal} handler: by default it is ignored", "install a handler for {signal}"},

	/* queued */
	{STAGE_QUEUED, CAUSE_EXITING, EFFECT_NONE, true, zombie,
	 "already dead: a zombie that its parent has not reaped",
	 "no signal removes a zombie: its parent must wait() for it, or end itself"},
	{STAGE_QUEUED, CAUSE_EXITING, EFFECT_NONE, true, all_exiting,
	 "already exiting: no thread is left to take it",
	 "if it does not go away, see where it is stuck: /proc/{tgid}/task/*/stack"},
	{STAGE_QUEUED, CAUSE_EXITING, EFFECT_NONE, true, thread_exiting,
	 "thread {tid} is already exiting, and the signal was for that thread alone",
	 "send it to the process instead: kill -{name} {tgid}"},
	{STAGE_QUEUED, CAUSE_EXITING, EFFECT_ACTS, false, ends_core_dump,
	 "already dying: it gives up the core dump that is in progress", NULL},
	{STAGE_QUEUED, CAUSE_EXITING, EFFECT_NONE, true, queued_while_dying,
	 "already dying: a group exit is in progress",
	 "if it does not go away, see where it is stuck: /proc/{tgid}/task/*/stack"},
	{STAGE_QUEUED, CAUSE_SIGWAIT, EFFECT_ACTS, false, waited_for,
	 "thread {receiver} waits for it in sigwait() or sigtimedwait() and takes it", NULL},
	{STAGE_QUEUED, CAUSE_BLOCKED, EFFECT_ACTS, false, blocked_resumed,
	 "resumed the stopped process; beyond that SIGCONT stays pending, because it is blocked",
	 NULL},
	{STAGE_QUEUED, CAUSE_BLOCKED, EFFECT_WAITS, true, blocked_thread_directed,
	 "thread {tid} blocks {signal}, and the signal is for that thread alone: it stays pending",
	 "send it to the process instead (kill -{name} {tgid}), or unblock it in that thread"},
	{STAGE_QUEUED, CAUSE_BLOCKED, EFFECT_WAITS, false, blocked_signalfd,
	 "it blocks {signal}: pending until it is unblocked or read from a signalfd (one is being "
	 "waited on)",
	 NULL},
	{STAGE_QUEUED, CAUSE_BLOCKED, EFFECT_WAITS, true, blocked_one_thread,
	 "it blocks {signal}: pending until it is unblocked", REMEDY_UNBLOCK},
	{STAGE_QUEUED, CAUSE_BLOCKED, EFFECT_WAITS, true, blocked,
	 "all {threads} threads block {signal}: pending until one unblocks it", REMEDY_UNBLOCK},
	{STAGE_QUEUED, CAUSE_UNEXPLAINED, EFFECT_WAITS, true, scan_cut,
	 "not proven: the process has {threads} threads, and all that sigtrace read block {signal}",
	 NULL},
	{STAGE_QUEUED, CAUSE_PTRACED, EFFECT_WAITS, true, ptraced_unkillable,
	 "queued only because {tracer} traces it: untraced, the kernel drops {signal} (namespace "
	 "init, SIG_DFL)",
	 "do not trust what the tracer shows: {handle_in_init}"},
	{STAGE_QUEUED, CAUSE_PTRACED, EFFECT_WAITS, true, ptraced_ignored,
	 "queued only because {tracer} traces it: untraced, the kernel drops {signal} (SIG_IGN)",
	 REMEDY_IGNORED},
	{STAGE_QUEUED, CAUSE_PTRACED, EFFECT_WAITS, true, ptraced_stopped,
	 "traced and held by {tracer}: nothing happens until the tracer lets it run",
	 "let the tracer continue it, or detach"},
	{STAGE_QUEUED, CAUSE_PTRACED, EFFECT_WAITS, false, ptraced,
	 "traced by {tracer}: the tracer decides what becomes of it", NULL},
	{STAGE_QUEUED, CAUSE_FROZEN, EFFECT_WAITS, true, frozen_v1,
	 "frozen by the cgroup freezer: not even SIGKILL acts before it is thawed",
	 "thaw it: docker unpause, or write THAWED to freezer.state of its cgroup"},
	{STAGE_QUEUED, CAUSE_FROZEN, EFFECT_WAITS, true, frozen_v2,
	 "frozen by its cgroup: it acts on {signal} when thawed",
	 "thaw it: docker unpause, or write 0 to cgroup.freeze; SIGKILL acts at once"},
	{STAGE_QUEUED, CAUSE_STOPPED, EFFECT_WAITS, false, stopped_again,
	 "already stopped: nothing changes", NULL},
	{STAGE_QUEUED, CAUSE_STOPPED, EFFECT_WAITS, true, stopped,
	 "stopped (job control): it acts on {signal} after a SIGCONT", "kill -CONT {tgid}"},
	{STAGE_QUEUED, CAUSE_UNINTERRUPTIBLE, EFFECT_WAITS, true, uninterruptible,
	 "uninterruptible sleep (D): it acts when the kernel's own wait ends",
	 "see what it waits for: /proc/{tgid}/stack; often a disk, NFS, or a vfork child"},
	{STAGE_QUEUED, CAUSE_CAUGHT, EFFECT_ACTS, false, caught_by_kernel_thread,
	 "a kernel thread that asked for {signal} will see it", NULL},
	{STAGE_QUEUED, CAUSE_CAUGHT, EFFECT_ACTS, false, caught_with_flags,
	 "its handler {handler} will run ({sa_flags})", NULL},
	{STAGE_QUEUED, CAUSE_CAUGHT, EFFECT_ACTS, false, caught, "its handler {handler} will run",
	 NULL},
	{STAGE_QUEUED, CAUSE_SIG_IGN, EFFECT_NONE, true, ignored,
	 "queued only because the target thread blocks it; it will be dropped (SIG_IGN)",
	 REMEDY_IGNORED},
	{STAGE_QUEUED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, drop_unkillable,
	 "queued only because the target thread blocks it; it will be dropped (namespace init, "
	 "SIG_DFL)",
	 "{handle_in_init}"},
	{STAGE_QUEUED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, false, default_ignores_child,
	 "queued only because the target thread blocks it; by default it is ignored", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, false, default_kill,
	 "nothing can catch SIGKILL: it ends the process", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, false, default_terminate,
	 "no handler: the default action ends the process", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_CORE, EFFECT_ACTS, false, default_core,
	 "no handler: the default action ends the process with a core dump", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_STOP, EFFECT_ACTS, false, stop_by_terminal,
	 "the default action stops the process, unless its process group is orphaned", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_STOP, EFFECT_ACTS, false, default_stop,
	 "the default action stops the process", NULL},
	{STAGE_QUEUED, CAUSE_DEFAULT_CONTINUE, EFFECT_ACTS, false, default_continue,
	 "no handler: SIGCONT resumes the process if it is stopped", NULL},
	{STAGE_QUEUED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, true, default_ignores,
	 "queued only because the target thread blocks it; by default {signal} is ignored", NULL},

	/* refused */
	{STAGE_OVERFLOW, CAUSE_EAGAIN, EFFECT_NONE, true, sent_by_kernel,
	 "dropped: its user has too many signals pending, over all processes (RLIMIT_SIGPENDING)",
	 "let the receivers take their signals, or raise the limit (ulimit -i)"},
	{STAGE_OVERFLOW, CAUSE_EAGAIN, EFFECT_NONE, true, always,
	 "refused with EAGAIN: its user has too many signals pending, over all processes "
	 "(RLIMIT_SIGPENDING)",
	 "let the receivers take their signals, or raise the limit (ulimit -i)"},

	/* delivered */
	{STAGE_DELIVERED, CAUSE_GROUP_EXIT, EFFECT_ACTS, false, killed_by_sigkill,
	 "SIGKILL ends the process", NULL},
	{STAGE_DELIVERED, CAUSE_GROUP_EXIT, EFFECT_ACTS, false, killed_by_signal,
	 "{exit_signal} ends the process (the kernel shows every death as SIGKILL)", NULL},
	{STAGE_DELIVERED, CAUSE_GROUP_EXIT, EFFECT_ACTS, false, killed_by_group_exit,
	 "exit_group({exit_code}) of another thread ends this one", NULL},
	{STAGE_DELIVERED, CAUSE_GROUP_EXIT, EFFECT_ACTS, false, killed_by_exec,
	 "exec() of another thread ends this one", NULL},
	{STAGE_DELIVERED, CAUSE_CAUGHT, EFFECT_ACTS, false, caught, "its handler {handler} runs",
	 NULL},
	{STAGE_DELIVERED, CAUSE_SIG_IGN, EFFECT_NONE, true, ignored,
	 "dropped at delivery: it ignores {signal} (SIG_IGN)", REMEDY_IGNORED},
	{STAGE_DELIVERED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, false, default_ignores_continue,
	 "no handler: SIGCONT has already done its work", NULL},
	{STAGE_DELIVERED, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, false, default_ignores,
	 "dropped at delivery: no handler, and by default {signal} is ignored", NULL},
	{STAGE_DELIVERED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, drop_unkillable_traced,
	 "dropped at delivery: namespace init with SIG_DFL; it was queued only because it is traced",
	 "{handle_in_init}"},
	{STAGE_DELIVERED, CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, true, drop_unkillable,
	 "dropped at delivery: namespace init with SIG_DFL; it was queued only because it was blocked "
	 "or traced",
	 "{handle_in_init}"},
	{STAGE_DELIVERED, CAUSE_DEFAULT_STOP, EFFECT_ACTS, false, stop_by_terminal,
	 "stops the process, unless its process group is orphaned", NULL},
	{STAGE_DELIVERED, CAUSE_DEFAULT_STOP, EFFECT_ACTS, false, default_stop, "stops the process",
	 NULL},
	{STAGE_DELIVERED, CAUSE_DEFAULT_CORE, EFFECT_ACTS, false, default_core,
	 "ends the process, with a core dump if the limits allow one", NULL},
	{STAGE_DELIVERED, CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, false, default_terminate,
	 "ends the process", NULL},

	{STAGE_ANY, CAUSE_UNEXPLAINED, EFFECT_WAITS, true, always,
	 "not explained by the recorded facts: result {result}, si_code {code}, handler {handler}, "
	 "signal flags {signal_flags}, facts {facts}, state {state}",
	 "please report this line, with the output of `sigtrace features`"},
};
