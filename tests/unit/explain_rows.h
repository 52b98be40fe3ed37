/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a signal, and what must be said about it: rows for test_explain.c. */
#ifndef SIGTRACE_TESTS_EXPLAIN_ROWS_H
#define SIGTRACE_TESTS_EXPLAIN_ROWS_H

#include <signal.h>
#include <string.h>

#include "explain.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* In place of an enum event_result: the signal is being delivered. */
#define AT_DELIVERY (-1)

enum problem {
	FINE,
	PROBLEM,
};

/* All 0: a process-directed signal to a running single thread without a handler. */
struct explain_facts {
	uint64_t handler;
	uint32_t facts;
	uint32_t signal_flags;
	uint32_t state;
	int32_t group_exit_code;
	uint32_t threads; /* 0: one */
	uint32_t sa_flags;
	bool thread;	  /* directed at one thread */
	const char *comm; /* NULL: app */
};

struct explain_row {
	const char *what;
	int sig;
	int outcome; /* enum event_result, or AT_DELIVERY */
	struct explain_facts is;
	enum cause cause;
	enum effect effect;
	enum problem problem;
	const char *sentence; /* a fragment that no other rule writes; "$" is the end */
	const char *remedy;   /* a fragment; NULL: there is none */
};

static inline struct report explain_row_report(const struct explain_row *row)
{
	const char *comm = row->is.comm ? row->is.comm : "app";
	struct report r = {
		.kind = row->outcome == AT_DELIVERY ? REPORT_DELIVER : REPORT_GENERATE,
		.sig = row->sig,
		.result = row->outcome == AT_DELIVERY ? 0 : (enum event_result)row->outcome,
		.facts = row->is.facts,
		.process_directed = !row->is.thread,
		.target = {.source = REPORT_SOURCE_EVENT, .tgid = 4242, .tid = 4243},
		.handler = row->is.handler,
		.sa_flags = row->is.sa_flags,
		.signal_flags = row->is.signal_flags,
		.state = row->is.state,
		.group_exit_code = row->is.group_exit_code,
		.receiver_tid = 4244,
		.threads = row->is.threads ? row->is.threads : 1,
		.tracer_tgid = 77,
		.tracer_comm = "strace",
	};

	memcpy(r.target.comm, comm, strnlen(comm, sizeof(r.target.comm)));
	return r;
}

/* include/linux/sched/signal.h, sched.h, signal_types.h */
#define GROUP_EXIT	0x04
#define CLD_STOPPED_BIT 0x10 /* resumed before all threads had stopped */
#define CLD_RESUMED_BIT 0x20
#define UNKILLABLE	0x40
#define SLEEPS		0x0001
#define SLEEPS_D	0x0002
#define STOPPED		0x0004
#define TRACED		0x0008
#define ZOMBIE		0x0020
#define KILLABLE	0x0102
#define IDLE		0x0402
#define IGN		1
#define KTHREAD		2
#define KTHREAD_KERNEL	3
#define HANDLER		0x401000

#define F(name) EVENT_FACT_##name

#define DELIVERED	EVENT_RESULT_DELIVERED
#define IGNORED		EVENT_RESULT_IGNORED
#define ALREADY_PENDING EVENT_RESULT_ALREADY_PENDING
#define OVERFLOW_FAIL	EVENT_RESULT_OVERFLOW_FAIL
#define LOSE_INFO	EVENT_RESULT_LOSE_INFO

/* In the order of struct explain_row. */
#define ROW(...)            \
	{                   \
		__VA_ARGS__ \
	}
#define IS(...)             \
	{                   \
		__VA_ARGS__ \
	}
#define IS_PLAIN  \
	{         \
		0 \
	}

static const struct explain_row explain_rows[] = {
	/* Ignored: already dying. */
	ROW("core dump in progress", SIGTERM, IGNORED,
	    IS(.facts = F(CORE_DUMPING), .signal_flags = GROUP_EXIT, .group_exit_code = SIGSEGV),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "core dump is in progress", "SIGKILL"),
	ROW("core dump in progress, before 5.16", SIGTERM, IGNORED,
	    IS(.facts = F(CORE_DUMPING), .signal_flags = 0x8, .group_exit_code = SIGSEGV),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "core dump is in progress", "SIGKILL"),
	ROW("no core dump any more", SIGTERM, IGNORED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 0x80 | SIGSEGV), CAUSE_EXITING,
	    EFFECT_NONE, PROBLEM, "already dying of SIGSEGV", "/proc/4242/task"),
	ROW("the same signal again", SIGTERM, IGNORED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "already dying of SIGTERM", "/proc/4242/task"),
	ROW("SIGKILL after SIGTERM, ignored by its disposition besides", SIGUSR1, IGNORED,
	    IS(.handler = IGN, .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "already dying of SIGKILL", "/proc/4242/task"),
	ROW("dying of a signal without a name in the C library", SIGTERM, IGNORED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 33), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "already dying of SIG33", "/proc/4242/task"),
	ROW("exit_group(3)", SIGTERM, IGNORED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 3 << 8), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "exit_group(3)", "/proc/4242/task"),
	ROW("exit_group(-1)", SIGKILL, IGNORED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 255 << 8), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "exit_group(255)", "/proc/4242/task"),
	ROW("the code of an exit, but no exit", SIGTERM, IGNORED,
	    IS(.handler = IGN, .group_exit_code = 3 << 8), CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM,
	    "it ignores SIGTERM (SIG_IGN)", "SIG_DFL before exec"),
	ROW("to a thread that exits", SIGTERM, IGNORED,
	    IS(.facts = F(EXITING), .threads = 3, .thread = true), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "thread 4243 is already exiting", "kill -TERM 4242"),
	ROW("the thread exits, but the process was meant", SIGTERM, IGNORED,
	    IS(.handler = IGN, .facts = F(EXITING), .threads = 3), CAUSE_SIG_IGN, EFFECT_NONE,
	    PROBLEM, "it ignores SIGTERM (SIG_IGN)", "SIG_DFL before exec"),
	ROW("to a thread that does not exit", SIGTERM, IGNORED,
	    IS(.handler = IGN, .threads = 3, .thread = true), CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM,
	    "it ignores SIGTERM (SIG_IGN)", "SIG_DFL before exec"),

	/* Ignored: inits. */
	ROW("SIGKILL to the machine's init", SIGKILL, IGNORED,
	    IS(.facts = F(GLOBAL_INIT) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_GLOBAL_INIT, EFFECT_NONE, PROBLEM, "machine's own init", "shutdown"),
	ROW("SIGSTOP to the machine's init", SIGSTOP, IGNORED,
	    IS(.facts = F(GLOBAL_INIT) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_GLOBAL_INIT, EFFECT_NONE, PROBLEM, "machine's own init", "shutdown"),
	ROW("SIGTERM to the machine's init", SIGTERM, IGNORED,
	    IS(.facts = F(GLOBAL_INIT) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM, "machine's init has no SIGTERM handler",
	    NULL),
	ROW("SIGTERM to the machine's init, a rescue shell", SIGTERM, IGNORED,
	    IS(.facts = F(GLOBAL_INIT) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE,
	       .comm = "sh"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM, "machine's init has no SIGTERM handler",
	    NULL),
	ROW("SIGTERM to the machine's init, which ignores it", SIGTERM, IGNORED,
	    IS(.handler = IGN, .facts = F(GLOBAL_INIT) | F(NAMESPACE_INIT),
	       .signal_flags = UNKILLABLE),
	    CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM, "it ignores SIGTERM (SIG_IGN)",
	    "SIG_DFL before exec"),
	ROW("namespace init", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "sleep"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "handle SIGTERM in PID 1"),
	ROW("namespace init, real-time signal", SIGNAL_RT_MIN + 3, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "sleep"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGRTMIN+3 handler", "docker run --init"),
	ROW("namespace init, a shell", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "bash"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "`trap 'exit 0' TERM`"),
	ROW("namespace init, nearly a shell", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "bashful"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "handle SIGTERM in PID 1"),
	ROW("namespace init, a script", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "entrypoint-1.sh"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "`trap 'exit 0' TERM`"),
	ROW("namespace init, a script whose name fills comm", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "entrypoint-12.sh"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "`trap 'exit 0' TERM`"),
	ROW("namespace init, a name that is an ending only", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = ".sh"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "handle SIGTERM in PID 1"),
	ROW("namespace init, another ending", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "start.sh.bin"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "handle SIGTERM in PID 1"),
	ROW("namespace init that ignores it", SIGTERM, IGNORED,
	    IS(.handler = IGN, .facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM, "it ignores SIGTERM (SIG_IGN)",
	    "SIG_DFL before exec"),
	ROW("namespace init with a handler", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_CAUGHT, EFFECT_ACTS, FINE, "its handler 0x401000 will run", NULL),
	ROW("SIGKILL from inside", SIGKILL, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .comm = "bash"),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "sent from inside the PID namespace: its init takes SIGKILL only", "docker kill"),
	ROW("SIGSTOP from inside", SIGSTOP, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL,
	    EFFECT_NONE, PROBLEM, "sent from inside the PID namespace: its init takes SIGSTOP only",
	    "docker kill"),
	ROW("SIGKILL from outside", SIGKILL, DELIVERED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),
	ROW("SIGSTOP from outside", SIGSTOP, DELIVERED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_DEFAULT_STOP,
	    EFFECT_ACTS, FINE, "default action stops the process", NULL),
	ROW("SIGCONT that resumed a namespace init", SIGCONT, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE | CLD_RESUMED_BIT),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_ACTS, FINE,
	    "resumed the stopped process; beyond that, an init", NULL),
	ROW("resumed by another signal before", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE | CLD_RESUMED_BIT),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM,
	    "namespace init without a SIGTERM handler", "handle SIGTERM in PID 1"),

	/* Ignored: kernel threads. */
	ROW("kernel thread that listens to the kernel only", SIGTERM, IGNORED,
	    IS(.handler = KTHREAD_KERNEL, .facts = F(KTHREAD)), CAUSE_KERNEL_THREAD, EFFECT_NONE,
	    PROBLEM, "kernel thread that takes SIGTERM only from the kernel", NULL),
	ROW("kernel thread that listens to nobody", SIGKILL, IGNORED,
	    IS(.handler = IGN, .facts = F(KTHREAD)), CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM,
	    "kernel thread: it ignores every signal", "kernel threads cannot be killed"),
	ROW("a handler at address 3 is an ordinary one", SIGTERM, DELIVERED,
	    IS(.handler = KTHREAD_KERNEL), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "its handler 0x3 will run", NULL),

	/* Ignored: by disposition. */
	ROW("SIG_IGN", SIGTERM, IGNORED, IS(.handler = IGN), CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM,
	    "it ignores SIGTERM (SIG_IGN)", "SIG_DFL before exec"),
	ROW("SIG_IGN, thread-directed", SIGUSR1, IGNORED, IS(.handler = IGN, .thread = true),
	    CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM, "it ignores SIGUSR1 (SIG_IGN)",
	    "SIG_DFL before exec"),
	ROW("SIGINT of `cmd &`", SIGINT, IGNORED, IS(.handler = IGN), CAUSE_SIG_IGN, EFFECT_NONE,
	    PROBLEM, "it ignores SIGINT (SIG_IGN)", "`cmd &`"),
	ROW("SIGQUIT of `cmd &`", SIGQUIT, IGNORED, IS(.handler = IGN), CAUSE_SIG_IGN, EFFECT_NONE,
	    PROBLEM, "it ignores SIGQUIT (SIG_IGN)", "`cmd &`"),
	ROW("SIGHUP of nohup", SIGHUP, IGNORED, IS(.handler = IGN), CAUSE_SIG_IGN, EFFECT_NONE,
	    PROBLEM, "it ignores SIGHUP (SIG_IGN)", "SIG_DFL before exec"),
	ROW("SIGCHLD with SIG_IGN", SIGCHLD, IGNORED, IS(.handler = IGN), CAUSE_SIG_IGN,
	    EFFECT_NONE, PROBLEM, "it ignores SIGCHLD (SIG_IGN)", "SIG_DFL before exec"),
	ROW("SIGCONT that resumed, with SIG_IGN", SIGCONT, IGNORED,
	    IS(.handler = IGN, .signal_flags = CLD_RESUMED_BIT), CAUSE_SIG_IGN, EFFECT_ACTS, FINE,
	    "resumed the stopped process; beyond that it ignores", NULL),
	ROW("SIGCONT that resumed nothing, with SIG_IGN", SIGCONT, IGNORED,
	    IS(.handler = IGN, .signal_flags = 0x2), CAUSE_SIG_IGN, EFFECT_NONE, PROBLEM,
	    "it ignores SIGCONT (SIG_IGN)", "SIG_DFL before exec"),
	ROW("SIGCONT that resumed", SIGCONT, IGNORED, IS(.signal_flags = CLD_RESUMED_BIT | 0x2),
	    CAUSE_SIG_DFL_IGNORE, EFFECT_ACTS, FINE, "SIGCONT does no more without a handler",
	    NULL),
	ROW("SIGCONT that ended a stop half-way", SIGCONT, IGNORED,
	    IS(.signal_flags = CLD_STOPPED_BIT | 0x2), CAUSE_SIG_DFL_IGNORE, EFFECT_ACTS, FINE,
	    "SIGCONT does no more without a handler", NULL),
	ROW("SIGCONT that resumed nothing", SIGCONT, IGNORED, IS_PLAIN, CAUSE_SIG_DFL_IGNORE,
	    EFFECT_NONE, FINE, "nothing to continue", NULL),
	ROW("SIGCHLD", SIGCHLD, IGNORED, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, FINE,
	    "no SIGCHLD handler: by default", NULL),
	ROW("SIGCHLD while a resumed process has not told its parent", SIGCHLD, IGNORED,
	    IS(.signal_flags = CLD_RESUMED_BIT), CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, FINE,
	    "no SIGCHLD handler: by default", NULL),
	ROW("SIGWINCH", SIGWINCH, IGNORED, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, PROBLEM,
	    "no SIGWINCH handler: by default", "install a handler for SIGWINCH"),
	ROW("SIGURG", SIGURG, IGNORED, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, PROBLEM,
	    "no SIGURG handler: by default", "install a handler for SIGURG"),
	ROW("ignored, although nothing says why", SIGTERM, IGNORED,
	    IS(.handler = HANDLER, .state = SLEEPS), CAUSE_UNEXPLAINED, EFFECT_WAITS, PROBLEM,
	    "result 1, si_code 0, handler 0x401000, signal flags 0x0, facts 0x0, state 0x1",
	    "sigtrace features"),
	ROW("address 3 makes no kernel thread", SIGTERM, IGNORED, IS(.handler = KTHREAD_KERNEL),
	    CAUSE_UNEXPLAINED, EFFECT_WAITS, PROBLEM, "not explained by the recorded facts",
	    "sigtrace features"),
	ROW("the same, SIG_DFL that is not unkillable", SIGTERM, IGNORED,
	    IS(.facts = F(NAMESPACE_INIT)), CAUSE_UNEXPLAINED, EFFECT_WAITS, PROBLEM,
	    "not explained by the recorded facts", "sigtrace features"),

	/* Queued for somebody who dies. */
	ROW("zombie", SIGTERM, DELIVERED, IS(.facts = F(ALL_EXITING) | F(EXITING), .state = ZOMBIE),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "a zombie that its parent has not reaped",
	    "wait()"),
	ROW("zombie, once more", SIGKILL, ALREADY_PENDING,
	    IS(.facts = F(ALL_EXITING) | F(EXITING), .state = ZOMBIE), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "adds nothing; already dead: a zombie", "wait()"),
	ROW("no zombie yet", SIGTERM, DELIVERED, IS(.facts = F(ALL_EXITING) | F(EXITING)),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "no thread is left to take it", "/proc/4242/task"),
	ROW("the first thread is a zombie, others live", SIGTERM, DELIVERED,
	    IS(.facts = F(EXITING), .state = SLEEPS, .threads = 2), CAUSE_DEFAULT_TERMINATE,
	    EFFECT_ACTS, FINE, "default action ends the process", NULL),
	ROW("queued for a thread that exits", SIGTERM, DELIVERED,
	    IS(.facts = F(EXITING), .threads = 3, .thread = true), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "thread 4243 is already exiting", "kill -TERM 4242"),
	ROW("queued for the first thread, a zombie, while others live", SIGTERM, DELIVERED,
	    IS(.facts = F(EXITING), .state = ZOMBIE, .threads = 3, .thread = true), CAUSE_EXITING,
	    EFFECT_NONE, PROBLEM, "thread 4243 is already exiting", "kill -TERM 4242"),
	ROW("5.10: queued while dying of another", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_EXITING, EFFECT_NONE, PROBLEM, "a group exit is in progress", "/proc/4242/task"),
	ROW("5.10: queued while exiting", SIGTERM, DELIVERED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 0), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "a group exit is in progress", "/proc/4242/task"),
	ROW("5.10: queued while exiting, and a thread waits for it", SIGTERM, DELIVERED,
	    IS(.facts = F(WAITED_FOR), .signal_flags = GROUP_EXIT), CAUSE_EXITING, EFFECT_NONE,
	    PROBLEM, "a group exit is in progress", "/proc/4242/task"),
	ROW("this signal began the group exit", SIGTERM, DELIVERED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM), CAUSE_DEFAULT_TERMINATE,
	    EFFECT_ACTS, FINE, "default action ends the process", NULL),
	ROW("SIGKILL that ends a core dump", SIGKILL, DELIVERED,
	    IS(.facts = F(CORE_DUMPING), .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),

	/* Queued, and waited for or blocked. */
	ROW("sigwait", SIGTERM, DELIVERED, IS(.facts = F(WAITED_FOR) | F(BLOCKED)), CAUSE_SIGWAIT,
	    EFFECT_ACTS, FINE, "thread 4244 waits for it", NULL),
	ROW("sigwait, real-time", SIGNAL_MAX, LOSE_INFO, IS(.facts = F(WAITED_FOR)), CAUSE_SIGWAIT,
	    EFFECT_ACTS, FINE, "takes it; its siginfo was lost (RLIMIT_SIGPENDING)", NULL),
	ROW("blocked", SIGTERM, DELIVERED, IS(.facts = F(BLOCKED) | F(ALL_BLOCKED)), CAUSE_BLOCKED,
	    EFFECT_WAITS, PROBLEM, "it blocks SIGTERM: pending until it is unblocked",
	    "sigprocmask"),
	ROW("blocked, although it has a handler", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(BLOCKED) | F(ALL_BLOCKED), .state = STOPPED),
	    CAUSE_BLOCKED, EFFECT_WAITS, PROBLEM,
	    "it blocks SIGTERM: pending until it is unblocked", "sigprocmask"),
	ROW("blocked, again", SIGTERM, ALREADY_PENDING, IS(.facts = F(BLOCKED) | F(ALL_BLOCKED)),
	    CAUSE_BLOCKED, EFFECT_WAITS, PROBLEM,
	    "one is already pending, and this one adds nothing; it blocks SIGTERM", "sigprocmask"),
	ROW("blocked, siginfo lost", SIGTERM, LOSE_INFO, IS(.facts = F(BLOCKED) | F(ALL_BLOCKED)),
	    CAUSE_BLOCKED, EFFECT_WAITS, PROBLEM,
	    "until it is unblocked; its siginfo was lost (RLIMIT_SIGPENDING)", "sigprocmask"),
	ROW("blocked by all of many threads", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED), .threads = 12), CAUSE_BLOCKED, EFFECT_WAITS,
	    PROBLEM, "all 12 threads block SIGTERM", "sigprocmask"),
	ROW("blocked by the first of many threads", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED), .threads = 12), CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE,
	    "default action ends the process", NULL),
	ROW("blocked by the one thread that was meant", SIGUSR1, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED), .threads = 12, .thread = true), CAUSE_BLOCKED,
	    EFFECT_WAITS, PROBLEM, "thread 4243 blocks SIGUSR1", "kill -USR1 4242"),
	ROW("blocked, a signalfd is waited on", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED) | F(SIGNALFD_POLLED)), CAUSE_BLOCKED,
	    EFFECT_WAITS, PROBLEM, "read from a signalfd", NULL),
	ROW("blocked by the one thread that was meant, a signalfd is waited on", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED) | F(SIGNALFD_POLLED), .threads = 12,
	       .thread = true),
	    CAUSE_BLOCKED, EFFECT_WAITS, PROBLEM, "thread 4243 blocks SIGTERM", "kill -TERM 4242"),
	ROW("a signalfd is waited on, but the signal is not blocked", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(SIGNALFD_POLLED)), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "its handler 0x401000 will run", NULL),
	ROW("SIGCONT that resumed, blocked", SIGCONT, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(BLOCKED) | F(ALL_BLOCKED),
	       .signal_flags = CLD_RESUMED_BIT),
	    CAUSE_BLOCKED, EFFECT_ACTS, FINE, "because SIGCONT is blocked", NULL),
	ROW("SIGCONT that resumed, blocked by the one thread that was meant", SIGCONT, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(BLOCKED) | F(ALL_BLOCKED),
	       .signal_flags = CLD_RESUMED_BIT, .threads = 12, .thread = true),
	    CAUSE_BLOCKED, EFFECT_ACTS, FINE, "because SIGCONT is blocked", NULL),
	ROW("SIGCONT that resumed nothing, blocked", SIGCONT, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(BLOCKED) | F(ALL_BLOCKED)), CAUSE_BLOCKED,
	    EFFECT_WAITS, PROBLEM, "it blocks SIGCONT", "sigprocmask"),
	ROW("SIGKILL to a kernel thread that blocks everything", SIGKILL, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED)), CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE,
	    "nothing can catch SIGKILL", NULL),
	ROW("too many threads to tell", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(SCAN_CUT), .threads = 9000), CAUSE_UNEXPLAINED, EFFECT_WAITS,
	    PROBLEM, "not proven: the process has 9000 threads", NULL),
	ROW("too many threads to say that all block it", SIGTERM, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(ALL_BLOCKED) | F(SCAN_CUT), .threads = 9000),
	    CAUSE_UNEXPLAINED, EFFECT_WAITS, PROBLEM, "not proven: the process has 9000 threads",
	    NULL),

	/* Queued, and traced. */
	ROW("traced", SIGTERM, DELIVERED, IS(.facts = F(PTRACED), .state = SLEEPS), CAUSE_PTRACED,
	    EFFECT_WAITS, FINE, "traced by strace[77]: the tracer decides", NULL),
	ROW("traced, with a handler", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(PTRACED)), CAUSE_PTRACED, EFFECT_WAITS, FINE,
	    "traced by strace[77]: the tracer decides", NULL),
	ROW("traced and held", SIGTERM, DELIVERED, IS(.facts = F(PTRACED), .state = TRACED),
	    CAUSE_PTRACED, EFFECT_WAITS, PROBLEM, "traced and held by strace[77]", "detach"),
	ROW("held, SIGKILL", SIGKILL, DELIVERED,
	    IS(.facts = F(PTRACED), .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),
	ROW("the strace paradox", SIGTERM, DELIVERED,
	    IS(.facts = F(PTRACED) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE,
	       .state = SLEEPS),
	    CAUSE_PTRACED, EFFECT_WAITS, PROBLEM, "queued only because strace[77] traces it",
	    "do not trust what the tracer shows"),
	ROW("the strace paradox, while the tracer holds it", SIGTERM, DELIVERED,
	    IS(.facts = F(PTRACED) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE,
	       .state = TRACED),
	    CAUSE_PTRACED, EFFECT_WAITS, PROBLEM, "queued only because strace[77] traces it",
	    "do not trust what the tracer shows"),
	ROW("a traced namespace init with a handler", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .facts = F(PTRACED) | F(NAMESPACE_INIT),
	       .signal_flags = UNKILLABLE),
	    CAUSE_PTRACED, EFFECT_WAITS, FINE, "traced by strace[77]: the tracer decides", NULL),
	ROW("a traced namespace init takes SIGSTOP from outside", SIGSTOP, DELIVERED,
	    IS(.facts = F(PTRACED) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_PTRACED,
	    EFFECT_WAITS, FINE, "traced by strace[77]: the tracer decides", NULL),

	/* Queued, and the process cannot act. */
	ROW("frozen, cgroup v1", SIGKILL, DELIVERED,
	    IS(.facts = F(FROZEN), .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_FROZEN, EFFECT_WAITS, PROBLEM, "not even SIGKILL acts", "THAWED"),
	ROW("frozen, cgroup v2", SIGTERM, DELIVERED, IS(.handler = HANDLER, .facts = F(FROZEN_V2)),
	    CAUSE_FROZEN, EFFECT_WAITS, PROBLEM, "it acts on SIGTERM when thawed", "cgroup.freeze"),
	ROW("frozen, cgroup v2, SIGKILL", SIGKILL, DELIVERED,
	    IS(.facts = F(FROZEN_V2), .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),
	ROW("frozen, cgroup v2, fatal at once", SIGTERM, DELIVERED,
	    IS(.facts = F(FROZEN_V2), .signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "default action ends the process", NULL),
	ROW("frozen, cgroup v2, and stopped", SIGTSTP, DELIVERED,
	    IS(.facts = F(FROZEN_V2), .state = STOPPED), CAUSE_FROZEN, EFFECT_WAITS, PROBLEM,
	    "it acts on SIGTSTP when thawed", "cgroup.freeze"),
	ROW("stopped", SIGTERM, DELIVERED, IS(.state = STOPPED | 0x100, .signal_flags = 0x1),
	    CAUSE_STOPPED, EFFECT_WAITS, PROBLEM, "it acts on SIGTERM after a SIGCONT",
	    "kill -CONT 4242"),
	ROW("stopped, SIGKILL", SIGKILL, DELIVERED,
	    IS(.state = STOPPED, .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),
	ROW("stopped, but not by all threads, and fatal at once", SIGTERM, DELIVERED,
	    IS(.state = STOPPED, .signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "default action ends the process", NULL),
	ROW("stopped, SIGCONT", SIGCONT, DELIVERED,
	    IS(.handler = HANDLER, .state = STOPPED, .signal_flags = CLD_RESUMED_BIT), CAUSE_CAUGHT,
	    EFFECT_ACTS, FINE, "its handler 0x401000 will run", NULL),
	ROW("stopped twice", SIGTSTP, DELIVERED, IS(.state = STOPPED), CAUSE_STOPPED, EFFECT_WAITS,
	    FINE, "already stopped", NULL),
	ROW("stopped, SIGTSTP with a handler", SIGTSTP, DELIVERED,
	    IS(.handler = HANDLER, .state = STOPPED), CAUSE_STOPPED, EFFECT_WAITS, PROBLEM,
	    "it acts on SIGTSTP after a SIGCONT", "kill -CONT 4242"),
	ROW("uninterruptible", SIGTERM, DELIVERED, IS(.handler = HANDLER, .state = SLEEPS_D),
	    CAUSE_UNINTERRUPTIBLE, EFFECT_WAITS, PROBLEM, "uninterruptible sleep (D)",
	    "/proc/4242/stack"),
	ROW("uninterruptible, SIGKILL", SIGKILL, DELIVERED,
	    IS(.state = SLEEPS_D, .signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL),
	    CAUSE_UNINTERRUPTIBLE, EFFECT_WAITS, PROBLEM, "uninterruptible sleep (D)",
	    "/proc/4242/stack"),
	ROW("uninterruptible kernel thread", SIGTERM, DELIVERED,
	    IS(.handler = KTHREAD, .facts = F(KTHREAD), .state = SLEEPS_D), CAUSE_UNINTERRUPTIBLE,
	    EFFECT_WAITS, PROBLEM, "uninterruptible sleep (D)", "/proc/4242/stack"),
	ROW("in a sleep that only fatal signals end, with a handler", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .state = KILLABLE), CAUSE_UNINTERRUPTIBLE, EFFECT_WAITS, PROBLEM,
	    "uninterruptible sleep (D)", "/proc/4242/stack"),
	ROW("idle", SIGTERM, DELIVERED, IS(.handler = HANDLER, .state = IDLE), CAUSE_CAUGHT,
	    EFFECT_ACTS, FINE, "its handler 0x401000 will run", NULL),

	/* Queued, and nothing in the way. */
	ROW("handler without flags", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .sa_flags = 0x04000000), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "its handler 0x401000 will run", NULL),
	ROW("handler with flags", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .sa_flags = 0x94000004), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "will run (SA_SIGINFO, SA_RESTART, SA_RESETHAND)", NULL),
	ROW("handler with a flag that is not known", SIGTERM, DELIVERED,
	    IS(.handler = HANDLER, .sa_flags = 0x14000100), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "will run (0x100, SA_RESTART)", NULL),
	ROW("handler, already pending", SIGTERM, ALREADY_PENDING, IS(.handler = HANDLER),
	    CAUSE_CAUGHT, EFFECT_ACTS, FINE, "this one adds nothing; its handler 0x401000", NULL),
	ROW("handler, siginfo lost", SIGTERM, LOSE_INFO, IS(.handler = HANDLER), CAUSE_CAUGHT,
	    EFFECT_ACTS, FINE, "will run; its siginfo was lost", NULL),
	ROW("kernel thread that asked for it", SIGTERM, DELIVERED,
	    IS(.handler = KTHREAD, .facts = F(KTHREAD), .state = IDLE), CAUSE_CAUGHT, EFFECT_ACTS,
	    FINE, "a kernel thread that asked for SIGTERM", NULL),
	ROW("the kernel to its own thread", SIGTERM, DELIVERED,
	    IS(.handler = KTHREAD_KERNEL, .facts = F(KTHREAD)), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "a kernel thread that asked for SIGTERM", NULL),
	ROW("SIG_IGN, queued for the mask of the first thread", SIGTERM, DELIVERED,
	    IS(.handler = IGN, .facts = F(BLOCKED), .threads = 2), CAUSE_SIG_IGN, EFFECT_NONE,
	    PROBLEM, "it will be dropped (SIG_IGN)", "SIG_DFL before exec"),
	ROW("namespace init, queued for the mask of the first thread", SIGQUIT, DELIVERED,
	    IS(.facts = F(BLOCKED) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE, .threads = 2),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM, "it will be dropped (namespace init",
	    "handle SIGQUIT in PID 1"),
	ROW("SIGCHLD, queued for the mask of the first thread", SIGCHLD, DELIVERED,
	    IS(.facts = F(BLOCKED), .threads = 2), CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, PROBLEM,
	    "by default it is ignored", NULL),
	ROW("SIGURG, queued for the mask of the first thread", SIGURG, DELIVERED,
	    IS(.facts = F(BLOCKED), .threads = 2), CAUSE_SIG_DFL_IGNORE, EFFECT_NONE, PROBLEM,
	    "by default SIGURG is ignored", NULL),
	ROW("terminate, real-time", SIGNAL_RT_MIN, DELIVERED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGNAL_RT_MIN),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "default action ends the process", NULL),
	ROW("SIGKILL", SIGKILL, DELIVERED,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL), CAUSE_DEFAULT_TERMINATE,
	    EFFECT_ACTS, FINE, "nothing can catch SIGKILL", NULL),
	ROW("core dump", SIGABRT, DELIVERED, IS_PLAIN, CAUSE_DEFAULT_CORE, EFFECT_ACTS, FINE,
	    "ends the process with a core dump", NULL),
	ROW("stop", SIGSTOP, DELIVERED, IS_PLAIN, CAUSE_DEFAULT_STOP, EFFECT_ACTS, FINE,
	    "default action stops the process", NULL),
	ROW("continue, queued for the mask of the first thread", SIGCONT, DELIVERED,
	    IS(.facts = F(BLOCKED), .threads = 2), CAUSE_DEFAULT_CONTINUE, EFFECT_ACTS, FINE,
	    "SIGCONT resumes the process", NULL),

	/* Refused. */
	ROW("real-time queue full", SIGNAL_RT_MIN + 1, OVERFLOW_FAIL,
	    IS(.handler = HANDLER, .facts = F(BLOCKED) | F(ALL_BLOCKED)), CAUSE_EAGAIN, EFFECT_NONE,
	    PROBLEM, "RLIMIT_SIGPENDING", "ulimit -i"),
	ROW("real-time queue full, whatever else holds", SIGNAL_MAX, OVERFLOW_FAIL,
	    IS(.facts = F(PTRACED) | F(FROZEN), .state = STOPPED), CAUSE_EAGAIN, EFFECT_NONE,
	    PROBLEM, "RLIMIT_SIGPENDING", "ulimit -i"),

	/* Delivered. */
	ROW("SIGKILL at delivery", SIGKILL, AT_DELIVERY,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL), CAUSE_GROUP_EXIT,
	    EFFECT_ACTS, FINE, "SIGKILL ends the process$", NULL),
	ROW("death by SIGTERM, shown as SIGKILL", SIGKILL, AT_DELIVERY,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM), CAUSE_GROUP_EXIT,
	    EFFECT_ACTS, FINE, "SIGTERM ends the process (the kernel", NULL),
	ROW("the same with a core dump", SIGKILL, AT_DELIVERY,
	    IS(.facts = F(CORE_DUMPING), .signal_flags = GROUP_EXIT,
	       .group_exit_code = 0x80 | SIGSEGV),
	    CAUSE_GROUP_EXIT, EFFECT_ACTS, FINE, "SIGSEGV ends the process (the kernel", NULL),
	ROW("exit_group() of another thread", SIGKILL, AT_DELIVERY,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 7 << 8), CAUSE_GROUP_EXIT,
	    EFFECT_ACTS, FINE, "exit_group(7) of another thread", NULL),
	ROW("exit_group() while another thread is in exec", SIGKILL, AT_DELIVERY,
	    IS(.facts = F(GROUP_EXEC), .signal_flags = GROUP_EXIT, .group_exit_code = 7 << 8),
	    CAUSE_GROUP_EXIT, EFFECT_ACTS, FINE, "exit_group(7) of another thread", NULL),
	ROW("exec of another thread", SIGKILL, AT_DELIVERY, IS(.facts = F(GROUP_EXEC)),
	    CAUSE_GROUP_EXIT, EFFECT_ACTS, FINE, "exec() of another thread", NULL),
	ROW("neither exec nor a group exit", SIGKILL, AT_DELIVERY, IS(.group_exit_code = SIGTERM),
	    CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE, "ends the process$", NULL),
	ROW("another signal while a thread is in exec", SIGUSR1, AT_DELIVERY,
	    IS(.handler = HANDLER, .facts = F(GROUP_EXEC)), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "its handler 0x401000 runs", NULL),
	ROW("handler runs", SIGTERM, AT_DELIVERY,
	    IS(.handler = HANDLER, .signal_flags = UNKILLABLE), CAUSE_CAUGHT, EFFECT_ACTS, FINE,
	    "its handler 0x401000 runs", NULL),
	ROW("SIG_IGN at delivery", SIGTERM, AT_DELIVERY, IS(.handler = IGN), CAUSE_SIG_IGN,
	    EFFECT_NONE, PROBLEM, "dropped at delivery: it ignores SIGTERM", "SIG_DFL before exec"),
	ROW("SIGCONT at delivery", SIGCONT, AT_DELIVERY, IS_PLAIN, CAUSE_SIG_DFL_IGNORE,
	    EFFECT_NONE, FINE, "SIGCONT has already done its work", NULL),
	ROW("SIGCHLD at delivery", SIGCHLD, AT_DELIVERY, IS_PLAIN, CAUSE_SIG_DFL_IGNORE,
	    EFFECT_NONE, FINE, "by default SIGCHLD is ignored", NULL),
	ROW("a namespace init's SIGCHLD at delivery", SIGCHLD, AT_DELIVERY,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_SIG_DFL_IGNORE,
	    EFFECT_NONE, FINE, "by default SIGCHLD is ignored", NULL),
	ROW("the strace paradox, second half", SIGTERM, AT_DELIVERY,
	    IS(.facts = F(PTRACED) | F(NAMESPACE_INIT), .signal_flags = UNKILLABLE),
	    CAUSE_UNKILLABLE_SIG_DFL, EFFECT_NONE, PROBLEM, "queued only because it is traced",
	    "handle SIGTERM in PID 1"),
	ROW("dropped when unblocked", SIGTERM, AT_DELIVERY,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL,
	    EFFECT_NONE, PROBLEM, "because it was blocked or traced", "handle SIGTERM in PID 1"),
	ROW("a namespace init's SIGTSTP is dropped, too", SIGTSTP, AT_DELIVERY,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL,
	    EFFECT_NONE, PROBLEM, "because it was blocked or traced", "handle SIGTSTP in PID 1"),
	ROW("SIGSTOP stops a namespace init", SIGSTOP, AT_DELIVERY,
	    IS(.facts = F(NAMESPACE_INIT), .signal_flags = UNKILLABLE), CAUSE_DEFAULT_STOP,
	    EFFECT_ACTS, FINE, "stops the process", NULL),
	ROW("no namespace init any more: a fault took SIGNAL_UNKILLABLE", SIGTERM, AT_DELIVERY,
	    IS(.facts = F(NAMESPACE_INIT)), CAUSE_DEFAULT_TERMINATE, EFFECT_ACTS, FINE,
	    "ends the process", NULL),
	ROW("SIGTSTP", SIGTSTP, AT_DELIVERY, IS_PLAIN, CAUSE_DEFAULT_STOP, EFFECT_ACTS, FINE,
	    "unless its process group is orphaned", NULL),
	ROW("core dump at delivery", SIGSEGV, AT_DELIVERY, IS_PLAIN, CAUSE_DEFAULT_CORE,
	    EFFECT_ACTS, FINE, "with a core dump if the limits allow one", NULL),
	ROW("terminate at delivery", SIGALRM, AT_DELIVERY, IS_PLAIN, CAUSE_DEFAULT_TERMINATE,
	    EFFECT_ACTS, FINE, "ends the process$", NULL),
};

#undef F

#define EXPLAIN_ROWS_COUNT ARRAY_SIZE(explain_rows)

#endif
