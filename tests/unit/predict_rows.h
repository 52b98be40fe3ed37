/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a process, and what a signal would do to it: rows for test_predict.c. */
#ifndef SIGTRACE_TESTS_PREDICT_ROWS_H
#define SIGTRACE_TESTS_PREDICT_ROWS_H

#include <signal.h>

#include "predict.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define PREDICT_TGID	500
#define PREDICT_THREADS 3

/* include/linux/sched/signal.h, sched.h */
#define STOP_STOPPED 0x01
#define GROUP_EXIT   0x04
#define RESUMED	     0x20
#define UNKILLABLE   0x40
#define SLEEPS	     0x0001
#define SLEEPS_D     0x0002
#define STOPPED	     0x0104
#define TRACED	     0x0108
#define ZOMBIE	     0x0020
#define KILLABLE     0x0102
#define IDLE	     0x0402
#define IGN	     1
#define HANDLER	     0x401000

/* All 0: a running process with one thread, without handlers, in the initial namespace. */
struct predict_facts {
	uint64_t handler; /* of the signal that is sent */
	uint32_t sa_flags;
	const char *symbol;
	enum runtime runtime;

	bool namespace_init; /* with UNKILLABLE, where flags are known */
	bool global_init;
	bool kernel_thread;
	bool core_dumping;
	uint32_t signal_flags;
	int32_t group_exit_code;
	uint64_t pending;

	bool polled;
	uint64_t signalfd;
	uint64_t signalfd_each;

	bool procfs; /* evidence from /proc: flags, handlers, waits, signalfds, freezer unknown */
	uint32_t known;	  /* there: that all the same */
	uint32_t unknown; /* with BPF: but not that */
	uint32_t missed;  /* threads that the snapshot did not see */

	size_t len; /* of threads; 0: one */
	struct thread threads[PREDICT_THREADS];
};

struct predict_row {
	const char *what;
	int sig;
	struct predict_facts is;
	enum cause cause; /* CAUSE_COUNT: not known, and the sentence is a fragment of `missing` */
	enum predict_effect effect;
	const char *sentence; /* a fragment; "$" is the end */
	/* From inside the namespace; NULL: the same. */
	const char *inside;
	enum cause inside_cause;
};

/* In the order of struct predict_row. */
#define ROW(...)                               \
	{                                      \
		__VA_ARGS__, NULL, CAUSE_COUNT \
	}
/* And what another sender gets. */
#define ROW_DIFFERS(...)    \
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
/* Threads, the leader first. */
#define ARE(...)             \
	.threads = {         \
		__VA_ARGS__, \
	}
#define BIT(sig) (1ULL << ((sig)-1))
#define BLOCKS(sig, ...)                         \
	{                                        \
		.blocked = BIT(sig), __VA_ARGS__ \
	}

#define YES	  PREDICT_EFFECT_YES
#define NO	  PREDICT_EFFECT_NO
#define UNKNOWN	  PREDICT_EFFECT_UNKNOWN
#define NOT_KNOWN CAUSE_COUNT, PREDICT_EFFECT_UNKNOWN

static const struct predict_row predict_rows[] = {
	/* Already dying: prepare_signal(). */
	ROW("a group exit by a signal", SIGTERM,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL), CAUSE_EXITING, NO,
	    "already dying of SIGKILL"),
	ROW("a group exit by exit_group(), and SIGKILL is no exception", SIGKILL,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = 3 << 8), CAUSE_EXITING, NO,
	    "exit_group(3)"),
	ROW("a group exit, and it ignores the signal besides", SIGTERM,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGINT, .handler = IGN),
	    CAUSE_EXITING, NO, "already dying of SIGINT"),
	ROW("a group exit, and the same is pending", SIGTERM,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGTERM, .pending = BIT(SIGTERM)),
	    CAUSE_EXITING, NO, "already dying of SIGTERM"),
	ROW("a group exit, and a thread waits for the signal", SIGTERM,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGINT,
	       ARE({.waited_for = BIT(SIGTERM)})),
	    CAUSE_EXITING, NO, "already dying of SIGINT"),
	ROW("SIGCONT to one that dies while it is stopped", SIGCONT,
	    IS(.signal_flags = GROUP_EXIT, .group_exit_code = SIGKILL, ARE({.state = STOPPED})),
	    CAUSE_EXITING, NO, "nothing to continue"),
	ROW("a namespace init that dies", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = GROUP_EXIT, .group_exit_code = 0),
	    CAUSE_EXITING, NO, "exit_group(0)"),
	ROW("a core dump", SIGTERM,
	    IS(.core_dumping = true, .signal_flags = GROUP_EXIT, .group_exit_code = SIGSEGV),
	    CAUSE_EXITING, NO, "core dump is in progress"),
	ROW("a core dump before 5.16", SIGTERM,
	    IS(.core_dumping = true, .signal_flags = 0x8, .group_exit_code = SIGSEGV),
	    CAUSE_EXITING, NO, "core dump is in progress"),
	ROW("SIGKILL ends a core dump", SIGKILL,
	    IS(.core_dumping = true, .signal_flags = GROUP_EXIT, .group_exit_code = SIGSEGV,
	       ARE({.state = SLEEPS_D})),
	    CAUSE_EXITING, YES, "gives up the core dump"),
	ROW("a zombie", SIGTERM,
	    IS(.signal_flags = GROUP_EXIT, ARE({.exiting = true, .state = ZOMBIE})), CAUSE_EXITING,
	    NO, "a zombie that its parent has not reaped"),
	ROW("a zombie without the flag: it called exit(), before 6.1", SIGKILL,
	    IS(ARE({.exiting = true, .state = ZOMBIE})), CAUSE_EXITING, NO,
	    "a zombie that its parent has not reaped"),
	ROW("a zombie whose dispositions are gone", SIGTERM,
	    IS(.unknown = PROCESS_KNOWN_DISPOSITIONS, ARE({.exiting = true, .state = ZOMBIE})),
	    CAUSE_EXITING, NO, "a zombie that its parent has not reaped"),
	ROW("a zombie, SIGCONT", SIGCONT, IS(ARE({.exiting = true, .state = ZOMBIE})),
	    CAUSE_EXITING, NO, "nothing to continue"),
	ROW("a zombie that ignored the signal", SIGTERM,
	    IS(.handler = IGN, ARE({.exiting = true, .state = ZOMBIE})), CAUSE_EXITING, NO,
	    "a zombie that its parent has not reaped"),
	ROW("all threads exit", SIGTERM,
	    IS(.len = 2, ARE({.exiting = true, .state = ZOMBIE}, {.exiting = true})), CAUSE_EXITING,
	    NO, "a zombie that its parent"),
	ROW("it exits, but has not come to the end", SIGTERM, IS(ARE({.exiting = true})),
	    CAUSE_EXITING, NO, "no thread is left to take it"),
	ROW("a zombie leader with a live thread", SIGTERM,
	    IS(.len = 2, ARE({.exiting = true, .state = ZOMBIE}, {.state = SLEEPS})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("a zombie leader with a live thread that blocks it", SIGTERM,
	    IS(.len = 2, ARE({.exiting = true, .state = ZOMBIE}, BLOCKS(SIGTERM))), CAUSE_BLOCKED,
	    NO, "all 2 threads block SIGTERM"),
	ROW("a zombie leader decides what is ignored", SIGTERM,
	    IS(.len = 2, .handler = IGN, ARE({.exiting = true, .state = ZOMBIE}, BLOCKS(SIGTERM))),
	    CAUSE_SIG_IGN, NO, "it ignores SIGTERM (SIG_IGN)"),

	/* Inits: sig_task_ignored(). */
	ROW("the machine's init, SIGKILL", SIGKILL,
	    IS(.namespace_init = true, .global_init = true, .signal_flags = UNKILLABLE),
	    CAUSE_GLOBAL_INIT, NO, "machine's own init"),
	ROW("the machine's init, SIGSTOP", SIGSTOP,
	    IS(.namespace_init = true, .global_init = true, .signal_flags = UNKILLABLE),
	    CAUSE_GLOBAL_INIT, NO, "machine's own init"),
	ROW("the machine's init, SIGTERM", SIGTERM,
	    IS(.namespace_init = true, .global_init = true, .signal_flags = UNKILLABLE),
	    CAUSE_UNKILLABLE_SIG_DFL, NO, "the machine's init has no SIGTERM handler"),
	ROW("the machine's init with a handler", SIGTERM,
	    IS(.namespace_init = true, .global_init = true, .signal_flags = UNKILLABLE,
	       .handler = HANDLER),
	    CAUSE_CAUGHT, YES, "its handler 0x401000 will run"),
	ROW("namespace init, SIGTERM", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL, NO,
	    "namespace init without a SIGTERM handler"),
	ROW("namespace init, real-time", SIGNAL_MAX,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL, NO,
	    "namespace init without a SIGRTMAX handler"),
	ROW("namespace init, SIGTSTP", SIGTSTP,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL, NO,
	    "namespace init without a SIGTSTP handler"),
	ROW("namespace init, SIGCHLD", SIGCHLD,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_UNKILLABLE_SIG_DFL, NO,
	    "no SIGCHLD handler: ignored by default"),
	ROW_DIFFERS("namespace init, SIGKILL", SIGKILL,
		    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_DEFAULT_TERMINATE,
		    YES, "nothing can catch SIGKILL", "sent from inside the PID namespace",
		    CAUSE_UNKILLABLE_SIG_DFL),
	ROW_DIFFERS("namespace init, SIGSTOP", SIGSTOP,
		    IS(.namespace_init = true, .signal_flags = UNKILLABLE), CAUSE_DEFAULT_STOP, YES,
		    "the default action stops the process$", "takes SIGSTOP only from an ancestor",
		    CAUSE_UNKILLABLE_SIG_DFL),
	ROW("namespace init with a handler", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE, .handler = HANDLER),
	    CAUSE_CAUGHT, YES, "its handler 0x401000 will run"),
	ROW("namespace init that ignores it", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE, .handler = IGN), CAUSE_SIG_IGN,
	    NO, "it ignores SIGTERM (SIG_IGN)"),
	ROW("no namespace init: a fault took the flag", SIGTERM, IS(.namespace_init = true),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("namespace init, stopped from outside, SIGCONT", SIGCONT,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE | STOP_STOPPED,
	       ARE({.state = STOPPED})),
	    CAUSE_UNKILLABLE_SIG_DFL, YES, "resumes the stopped process; beyond that, an init"),
	ROW("namespace init whose leader blocks it: another thread dies of it, and all with it",
	    SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE, .len = 2,
	       ARE(BLOCKS(SIGTERM), {.state = SLEEPS})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("the same with a core dump, which begins at delivery", SIGQUIT,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE, .len = 2,
	       ARE(BLOCKS(SIGQUIT), {.state = SLEEPS})),
	    CAUSE_UNKILLABLE_SIG_DFL, NO, "it will be dropped (namespace init"),
	ROW("namespace init in sigwait()", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE,
	       ARE({.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    CAUSE_SIGWAIT, YES, "thread 500 waits for it"),
	ROW("namespace init, traced", SIGTERM,
	    IS(.namespace_init = true, .signal_flags = UNKILLABLE, ARE({.tracer_tgid = 77})),
	    CAUSE_PTRACED, NO, "queued only because strace[77] traces it"),
	ROW_DIFFERS(
		"namespace init, traced, SIGKILL", SIGKILL,
		IS(.namespace_init = true, .signal_flags = UNKILLABLE, ARE({.tracer_tgid = 77})),
		CAUSE_DEFAULT_TERMINATE, YES, "nothing can catch SIGKILL", "sent from inside",
		CAUSE_UNKILLABLE_SIG_DFL),

	/* Kernel threads. */
	ROW("kernel thread", SIGTERM, IS(.kernel_thread = true, .handler = IGN), CAUSE_SIG_IGN, NO,
	    "kernel thread: it ignores every signal"),
	ROW("kernel thread, SIGKILL", SIGKILL, IS(.kernel_thread = true, .handler = IGN),
	    CAUSE_SIG_IGN, NO, "kernel thread: it ignores every signal"),
	ROW("kernel thread that allowed it", SIGTERM,
	    IS(.kernel_thread = true, .handler = 2, ARE({.state = IDLE})), CAUSE_CAUGHT, YES,
	    "a kernel thread that asked for SIGTERM"),
	ROW("kernel thread that allowed it to the kernel", SIGTERM,
	    IS(.kernel_thread = true, .handler = 3), CAUSE_KERNEL_THREAD, NO,
	    "kernel thread that takes SIGTERM only from the kernel"),
	ROW("a handler at address 3 of a user's process", SIGTERM, IS(.handler = 3), CAUSE_CAUGHT,
	    YES, "its handler 0x3 will run"),

	/* By disposition. */
	ROW("ignored", SIGTERM, IS(.handler = IGN), CAUSE_SIG_IGN, NO,
	    "it ignores SIGTERM (SIG_IGN)"),
	ROW("ignored, and pending from before", SIGTERM,
	    IS(.handler = IGN, .pending = BIT(SIGTERM)), CAUSE_SIG_IGN, NO,
	    "it ignores SIGTERM (SIG_IGN)"),
	ROW("ignored by a process that is stopped and frozen", SIGTERM,
	    IS(.handler = IGN, ARE({.state = STOPPED, .frozen = true})), CAUSE_SIG_IGN, NO,
	    "it ignores SIGTERM (SIG_IGN)"),
	ROW("SIGINT of `cmd &`", SIGINT, IS(.handler = IGN), CAUSE_SIG_IGN, NO,
	    "it ignores SIGINT (SIG_IGN)"),
	ROW("SIGCHLD", SIGCHLD, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, NO, "no SIGCHLD handler"),
	ROW("SIGURG", SIGURG, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, NO, "no SIGURG handler"),
	ROW("SIGWINCH", SIGWINCH, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, NO, "no SIGWINCH handler"),
	ROW("SIGCHLD, which the leader blocks", SIGCHLD, IS(ARE(BLOCKS(SIGCHLD))), CAUSE_BLOCKED,
	    NO, "it blocks SIGCHLD"),
	ROW("SIGCHLD, which only the leader blocks", SIGCHLD,
	    IS(.len = 2, ARE(BLOCKS(SIGCHLD), {.state = SLEEPS})), CAUSE_SIG_DFL_IGNORE, NO,
	    "queued only because the target thread blocks it; by default"),
	ROW("ignored, but only the leader blocks it", SIGTERM,
	    IS(.len = 2, .handler = IGN, ARE(BLOCKS(SIGTERM), {.state = SLEEPS})), CAUSE_SIG_IGN,
	    NO, "it will be dropped (SIG_IGN)"),
	ROW("ignored, but another thread blocks it", SIGTERM,
	    IS(.len = 2, .handler = IGN, ARE({.state = SLEEPS}, BLOCKS(SIGTERM))), CAUSE_SIG_IGN,
	    NO, "it ignores SIGTERM (SIG_IGN)$"),

	/* SIGCONT. */
	ROW("SIGCONT, not stopped", SIGCONT, IS_PLAIN, CAUSE_SIG_DFL_IGNORE, NO,
	    "no handler, and not stopped"),
	ROW("SIGCONT, not stopped, but a resume not yet told to the parent", SIGCONT,
	    IS(.signal_flags = RESUMED), CAUSE_SIG_DFL_IGNORE, NO, "no handler, and not stopped"),
	ROW("SIGCONT, stopped", SIGCONT, IS(.signal_flags = STOP_STOPPED, ARE({.state = STOPPED})),
	    CAUSE_SIG_DFL_IGNORE, YES, "resumes the stopped process; SIGCONT does no more"),
	ROW("SIGCONT, the stop is not complete", SIGCONT,
	    IS(.len = 2, ARE({.state = SLEEPS_D}, {.state = STOPPED})), CAUSE_SIG_DFL_IGNORE, YES,
	    "resumes the stopped process; SIGCONT does no more"),
	ROW("SIGCONT, stopped and ignored", SIGCONT,
	    IS(.signal_flags = STOP_STOPPED, .handler = IGN, ARE({.state = STOPPED})),
	    CAUSE_SIG_IGN, YES, "resumes the stopped process; beyond that it ignores"),
	ROW("SIGCONT, ignored and not stopped", SIGCONT, IS(.handler = IGN), CAUSE_SIG_IGN, NO,
	    "is not stopped: nothing to continue"),
	ROW("SIGCONT, stopped and blocked", SIGCONT,
	    IS(.signal_flags = STOP_STOPPED, ARE(BLOCKS(SIGCONT, .state = STOPPED))), CAUSE_BLOCKED,
	    YES, "resumes the stopped process; beyond that SIGCONT stays pending"),
	ROW("SIGCONT, stopped and caught", SIGCONT,
	    IS(.signal_flags = STOP_STOPPED, .handler = HANDLER, ARE({.state = STOPPED})),
	    CAUSE_CAUGHT, YES, "its handler 0x401000 will run"),
	ROW("SIGCONT, which only the leader blocks", SIGCONT,
	    IS(.len = 2, ARE(BLOCKS(SIGCONT), {.state = SLEEPS})), CAUSE_DEFAULT_CONTINUE, YES,
	    "SIGCONT resumes the process if it is stopped"),
	ROW("SIGCONT, held by a tracer", SIGCONT, IS(ARE({.tracer_tgid = 77, .state = TRACED})),
	    CAUSE_PTRACED, NO, "traced and held by strace[77]"),
	ROW("SIGCONT, stopped under a tracer that listens", SIGCONT,
	    IS(ARE({.tracer_tgid = 77, .state = TRACED, .listening = true})), CAUSE_PTRACED,
	    UNKNOWN, "the tracer decides"),
	ROW("/proc: SIGCONT, held by a tracer that may listen", SIGCONT,
	    IS(.procfs = true, ARE({.tracer_tgid = 77, .state = TRACED})), NOT_KNOWN,
	    "whether its tracer lets a SIGCONT through"),
	ROW("/proc: SIGTERM, held by a tracer", SIGTERM,
	    IS(.procfs = true, ARE({.tracer_tgid = 77, .state = TRACED})), CAUSE_PTRACED, NO,
	    "traced and held by strace[77]"),

	/* sigwait. */
	ROW("sigwait", SIGTERM, IS(ARE({.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    CAUSE_SIGWAIT, YES, "thread 500 waits for it"),
	ROW("sigwait for another signal", SIGTERM,
	    IS(ARE({.waited_for = BIT(SIGINT), .state = SLEEPS})), CAUSE_DEFAULT_TERMINATE, YES,
	    "default action ends the process"),
	ROW("sigwait for a signal that is ignored", SIGTERM,
	    IS(.handler = IGN, ARE({.waited_for = BIT(SIGTERM), .state = SLEEPS})), CAUSE_SIGWAIT,
	    YES, "thread 500 waits for it"),
	ROW("sigwait for SIGCHLD", SIGCHLD, IS(ARE({.waited_for = BIT(SIGCHLD), .state = SLEEPS})),
	    CAUSE_SIGWAIT, YES, "thread 500 waits for it"),
	ROW("sigwait in the thread for signals", SIGTERM,
	    IS(.len = 3, ARE(BLOCKS(SIGTERM), BLOCKS(SIGTERM),
			     {.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    CAUSE_SIGWAIT, YES, "thread 502 waits for it"),
	ROW("sigwait, but the leader takes it first", SIGTERM,
	    IS(.len = 2, .handler = HANDLER,
	       ARE({.state = SLEEPS}, {.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    CAUSE_CAUGHT, YES, "its handler 0x401000 will run"),
	ROW("one of two others waits for it, and the kernel takes either", SIGTERM,
	    IS(.len = 3, ARE(BLOCKS(SIGTERM), {.state = SLEEPS},
			     {.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    NOT_KNOWN, "which thread the kernel would choose"),
	ROW("both others wait for it", SIGTERM,
	    IS(.len = 3, ARE(BLOCKS(SIGTERM), {.waited_for = BIT(SIGTERM), .state = SLEEPS},
			     {.waited_for = BIT(SIGTERM), .state = SLEEPS})),
	    CAUSE_SIGWAIT, YES, "thread 501 waits for it"),

	/* Blocked. */
	ROW("blocked", SIGTERM, IS(ARE(BLOCKS(SIGTERM))), CAUSE_BLOCKED, NO,
	    "it blocks SIGTERM: pending until it is unblocked$"),
	ROW("blocked, real-time", SIGNAL_MAX, IS(ARE(BLOCKS(SIGNAL_MAX))), CAUSE_BLOCKED, NO,
	    "it blocks SIGRTMAX: pending until it is unblocked$"),
	ROW("blocked and already pending", SIGTERM,
	    IS(.pending = BIT(SIGTERM), ARE(BLOCKS(SIGTERM))), CAUSE_BLOCKED, NO,
	    "one is already pending, and this one adds nothing; it blocks SIGTERM"),
	ROW("blocked and pending, but real-time ones queue", 32,
	    IS(.pending = BIT(32), ARE(BLOCKS(32))), CAUSE_BLOCKED, NO,
	    "it blocks SIG32: pending until it is unblocked$"),
	ROW("31 does not queue", SIGSYS, IS(.pending = BIT(SIGSYS), ARE(BLOCKS(SIGSYS))),
	    CAUSE_BLOCKED, NO, "one is already pending"),
	ROW("pending for a thread alone: another queue", SIGTERM,
	    IS(ARE(BLOCKS(SIGTERM, .pending = BIT(SIGTERM)))), CAUSE_BLOCKED, NO,
	    "it blocks SIGTERM: pending until it is unblocked$"),
	ROW("blocked by all of two", SIGTERM, IS(.len = 2, ARE(BLOCKS(SIGTERM), BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, NO, "all 2 threads block SIGTERM"),
	ROW("blocked by the leader alone", SIGTERM,
	    IS(.len = 2, .handler = HANDLER, ARE(BLOCKS(SIGTERM), {.state = SLEEPS})), CAUSE_CAUGHT,
	    YES, "its handler 0x401000 will run"),
	ROW("blocked by all that live", SIGTERM,
	    IS(.len = 2, ARE(BLOCKS(SIGTERM), {.exiting = true})), CAUSE_BLOCKED, NO,
	    "all 2 threads block SIGTERM"),
	ROW("blocked by all that were seen, and one was not", SIGTERM,
	    IS(.missed = 1, ARE(BLOCKS(SIGTERM))), NOT_KNOWN, "all of its threads"),
	ROW("one was not seen, but the leader takes it", SIGTERM, IS(.missed = 1),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("a signalfd takes it, and it is the one that is waited on", SIGTERM,
	    IS(.polled = true, .signalfd = BIT(SIGTERM), .signalfd_each = BIT(SIGTERM),
	       ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, YES, "with a signalfd, which is being waited on"),
	ROW("a signalfd takes it, but another one may be waited on", SIGTERM,
	    IS(.polled = true, .signalfd = BIT(SIGTERM), ARE(BLOCKS(SIGTERM))), CAUSE_BLOCKED,
	    UNKNOWN, "one of its own takes SIGTERM"),
	ROW("a signalfd takes it, and nobody waits on it", SIGTERM,
	    IS(.signalfd = BIT(SIGTERM), .signalfd_each = BIT(SIGTERM), ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, UNKNOWN, "one of its own takes SIGTERM"),
	ROW("a signalfd is waited on, but does not take it", SIGTERM,
	    IS(.polled = true, .signalfd = BIT(SIGINT), .signalfd_each = BIT(SIGINT),
	       ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, NO, "it blocks SIGTERM: pending until it is unblocked$"),
	ROW("a signalfd is waited on, and its set is not known", SIGTERM,
	    IS(.polled = true, .unknown = PROCESS_KNOWN_SIGNALFD, ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, UNKNOWN, "(one is being waited on)"),
	ROW("nobody could look for signalfds", SIGTERM,
	    IS(.unknown = PROCESS_KNOWN_SIGNALFD, ARE(BLOCKS(SIGTERM))), CAUSE_BLOCKED, UNKNOWN,
	    "or read from a signalfd if it has one"),
	ROW("a signalfd takes it, but it is not blocked", SIGTERM,
	    IS(.polled = true, .signalfd = BIT(SIGTERM), .signalfd_each = BIT(SIGTERM)),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),

	/* Traced. */
	ROW("traced", SIGTERM, IS(ARE({.tracer_tgid = 77, .state = SLEEPS})), CAUSE_PTRACED,
	    UNKNOWN, "traced by strace[77]: the tracer decides"),
	ROW("traced and held", SIGTERM, IS(ARE({.tracer_tgid = 77, .state = TRACED})),
	    CAUSE_PTRACED, NO, "traced and held by strace[77]"),
	ROW("traced by a process that is not in the table", SIGTERM,
	    IS(ARE({.tracer_tgid = 78, .state = SLEEPS})), CAUSE_PTRACED, UNKNOWN,
	    "traced by [78]: the tracer decides"),
	ROW("traced, and ignored without", SIGTERM,
	    IS(.handler = IGN, ARE({.tracer_tgid = 77, .state = SLEEPS})), CAUSE_PTRACED, NO,
	    "untraced, the kernel drops SIGTERM (SIG_IGN)"),
	ROW("traced and blocked", SIGTERM,
	    IS(ARE(BLOCKS(SIGTERM, .tracer_tgid = 77, .state = SLEEPS))), CAUSE_BLOCKED, NO,
	    "it blocks SIGTERM"),
	ROW("traced, SIGKILL", SIGKILL, IS(ARE({.tracer_tgid = 77, .state = TRACED})),
	    CAUSE_DEFAULT_TERMINATE, YES, "nothing can catch SIGKILL"),
	ROW("another thread is traced", SIGTERM,
	    IS(.len = 2, ARE({.state = SLEEPS}, {.tracer_tgid = 77, .state = TRACED})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),

	/* Frozen, stopped, asleep. */
	ROW("frozen by cgroup v1", SIGKILL, IS(ARE({.frozen = true})), CAUSE_FROZEN, NO,
	    "not even SIGKILL acts"),
	ROW("frozen by cgroup v2, with a handler", SIGTERM,
	    IS(.handler = HANDLER, ARE({.frozen_v2 = true, .state = SLEEPS})), CAUSE_FROZEN, NO,
	    "it acts on SIGTERM when thawed"),
	ROW("frozen by cgroup v2, fatal at once", SIGTERM,
	    IS(ARE({.frozen_v2 = true, .state = SLEEPS})), CAUSE_DEFAULT_TERMINATE, YES,
	    "default action ends the process"),
	ROW("frozen by cgroup v2, a core dump is begun at delivery", SIGQUIT,
	    IS(ARE({.frozen_v2 = true, .state = SLEEPS})), CAUSE_FROZEN, NO,
	    "it acts on SIGQUIT when thawed"),
	ROW("frozen by cgroup v2, fatal, but already pending", SIGTERM,
	    IS(.pending = BIT(SIGTERM), ARE({.frozen_v2 = true, .state = SLEEPS})), CAUSE_FROZEN,
	    NO, "one is already pending"),
	ROW("frozen by cgroup v2, SIGKILL", SIGKILL, IS(ARE({.frozen_v2 = true, .state = SLEEPS})),
	    CAUSE_DEFAULT_TERMINATE, YES, "nothing can catch SIGKILL"),
	ROW("stopped", SIGTERM, IS(.signal_flags = STOP_STOPPED, ARE({.state = STOPPED})),
	    CAUSE_STOPPED, NO, "it acts on SIGTERM after a SIGCONT"),
	ROW("stopped, but not all threads", SIGTERM,
	    IS(.len = 2, ARE({.state = STOPPED}, {.state = SLEEPS_D})), CAUSE_DEFAULT_TERMINATE,
	    YES, "default action ends the process"),
	ROW("stopped twice", SIGTSTP, IS(.signal_flags = STOP_STOPPED, ARE({.state = STOPPED})),
	    CAUSE_STOPPED, NO, "already stopped: nothing changes"),
	ROW("stopped, SIGKILL", SIGKILL, IS(.signal_flags = STOP_STOPPED, ARE({.state = STOPPED})),
	    CAUSE_DEFAULT_TERMINATE, YES, "nothing can catch SIGKILL"),
	ROW("D", SIGTERM, IS(ARE({.state = SLEEPS_D})), CAUSE_UNINTERRUPTIBLE, NO,
	    "uninterruptible sleep (D)"),
	ROW("D, SIGKILL", SIGKILL, IS(ARE({.state = SLEEPS_D})), CAUSE_UNINTERRUPTIBLE, NO,
	    "uninterruptible sleep (D)"),
	ROW("D that fatal signals end: a vfork parent, NFS", SIGTERM, IS(ARE({.state = KILLABLE})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("D that fatal signals end, but it has a handler", SIGTERM,
	    IS(.handler = HANDLER, ARE({.state = KILLABLE})), CAUSE_UNINTERRUPTIBLE, NO,
	    "uninterruptible sleep (D)"),
	ROW("D that fatal signals end, but a core dump is begun at delivery", SIGQUIT,
	    IS(ARE({.state = KILLABLE})), CAUSE_UNINTERRUPTIBLE, NO, "uninterruptible sleep (D)"),

	/* Nothing in the way. */
	ROW("caught", SIGTERM, IS(.handler = HANDLER, .sa_flags = 0x14000000), CAUSE_CAUGHT, YES,
	    "its handler 0x401000 will run (SA_RESTART)$"),
	ROW("caught, with a name", SIGTERM, IS(.handler = HANDLER, .symbol = "app!on_term"),
	    CAUSE_CAUGHT, YES, "its handler app!on_term will run$"),
	ROW("caught by a runtime", SIGTERM,
	    IS(.handler = HANDLER, .symbol = "app!runtime.sigtramp", .runtime = RUNTIME_GO),
	    CAUSE_CAUGHT, YES, "its handler app!runtime.sigtramp will run: "),
	ROW("caught, and about to be", SIGTERM, IS(.handler = HANDLER, .pending = BIT(SIGTERM)),
	    CAUSE_CAUGHT, YES, "one is already pending, and this one adds nothing; its handler"),
	ROW("SIG32", 32, IS_PLAIN, CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("SIG33 with a handler", 33, IS(.handler = HANDLER), CAUSE_CAUGHT, YES,
	    "its handler 0x401000 will run"),
	ROW("core dump", SIGABRT, IS_PLAIN, CAUSE_DEFAULT_CORE, YES, "with a core dump"),
	ROW("stop", SIGSTOP, IS_PLAIN, CAUSE_DEFAULT_STOP, YES, "stops the process$"),
	ROW("stop of the terminal", SIGTSTP, IS_PLAIN, CAUSE_DEFAULT_STOP, YES, "orphaned"),
	ROW("SIGKILL", SIGKILL, IS_PLAIN, CAUSE_DEFAULT_TERMINATE, YES,
	    "nothing can catch SIGKILL"),

	/* What /proc tells, and what it does not. */
	ROW("its threads were not seen", SIGTERM, IS(.len = PREDICT_THREADS + 1), NOT_KNOWN,
	    "all of its threads"),
	ROW("what it does with signals was not seen", SIGTERM,
	    IS(.unknown = PROCESS_KNOWN_DISPOSITIONS), NOT_KNOWN, "what it does with signals"),
	ROW("/proc: default", SIGTERM, IS(.procfs = true), CAUSE_DEFAULT_TERMINATE, YES,
	    "default action ends the process"),
	ROW("/proc: caught", SIGTERM, IS(.procfs = true, .handler = HANDLER), CAUSE_CAUGHT, YES,
	    "its handler will run$"),
	ROW("/proc: ignored", SIGTERM, IS(.procfs = true, .handler = IGN), CAUSE_SIG_IGN, NO,
	    "it ignores SIGTERM (SIG_IGN)"),
	ROW("/proc: blocked", SIGTERM, IS(.procfs = true, ARE(BLOCKS(SIGTERM))), CAUSE_BLOCKED,
	    UNKNOWN, "or read from a signalfd if it has one"),
	ROW("/proc: blocked, without signalfds", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_SIGNALFD, ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, NO, "it blocks SIGTERM: pending until it is unblocked$"),
	ROW("/proc: blocked, with a signalfd", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_SIGNALFD, .polled = true,
	       .signalfd = BIT(SIGTERM), .signalfd_each = BIT(SIGTERM), ARE(BLOCKS(SIGTERM))),
	    CAUSE_BLOCKED, UNKNOWN, "one of its own takes SIGTERM"),
	ROW("/proc: asleep, perhaps in sigwait()", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, ARE({.state = SLEEPS})), NOT_KNOWN,
	    "whether a thread waits for it in sigwait()"),
	ROW("/proc: asleep, ignored, perhaps in sigwait()", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, .handler = IGN,
	       ARE({.state = SLEEPS})),
	    NOT_KNOWN, "whether a thread waits for it in sigwait()"),
	ROW("/proc: another thread, perhaps in sigwait()", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, .len = 2,
	       ARE(BLOCKS(SIGTERM, .state = SLEEPS), {.state = SLEEPS})),
	    NOT_KNOWN, "whether a thread waits for it in sigwait()"),
	ROW("/proc: the second of the others, perhaps in sigwait()", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, .len = 3,
	       ARE(BLOCKS(SIGTERM), {.state = 0}, {.state = SLEEPS})),
	    NOT_KNOWN, "whether a thread waits for it in sigwait()"),
	ROW("/proc: asleep, but nobody waits for SIGKILL", SIGKILL,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, ARE({.state = SLEEPS})),
	    CAUSE_DEFAULT_TERMINATE, YES, "nothing can catch SIGKILL"),
	ROW("/proc: asleep, not in sigwait()", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN,
	       ARE({.state = SLEEPS, .waited_for_known = true})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("/proc: asleep, perhaps in sigwait(), but it blocks the signal", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_SIGNALFD,
	       ARE(BLOCKS(SIGTERM, .state = SLEEPS))),
	    CAUSE_BLOCKED, NO, "it blocks SIGTERM"),
	ROW("/proc: a kernel thread that takes it, from whom is not told", SIGTERM,
	    IS(.procfs = true, .kernel_thread = true, .handler = 2, ARE({.state = IDLE})),
	    NOT_KNOWN, "whether the kernel thread takes it from user space"),
	ROW("/proc: namespace init", SIGTERM, IS(.procfs = true, .namespace_init = true),
	    CAUSE_UNKILLABLE_SIG_DFL, NO, "namespace init without a SIGTERM handler"),
	ROW_DIFFERS("/proc: namespace init, SIGKILL", SIGKILL,
		    IS(.procfs = true, .namespace_init = true), CAUSE_DEFAULT_TERMINATE, YES,
		    "nothing can catch SIGKILL", "sent from inside the PID namespace",
		    CAUSE_UNKILLABLE_SIG_DFL),
	ROW("/proc: the machine's init, SIGKILL", SIGKILL,
	    IS(.procfs = true, .namespace_init = true, .global_init = true), CAUSE_GLOBAL_INIT, NO,
	    "machine's own init"),
	ROW("/proc: stopped, SIGCONT", SIGCONT, IS(.procfs = true, ARE({.state = STOPPED})),
	    CAUSE_SIG_DFL_IGNORE, YES, "resumes the stopped process"),
	ROW("/proc: stopped, SIGTERM", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, ARE({.state = STOPPED})),
	    CAUSE_STOPPED, NO, "it acts on SIGTERM after a SIGCONT"),
	ROW("/proc: stopped, perhaps frozen, too", SIGTERM,
	    IS(.procfs = true, ARE({.state = STOPPED})), NOT_KNOWN, "whether its cgroup is frozen"),
	ROW("/proc: asleep with a handler, perhaps frozen by cgroup v2", SIGTERM,
	    IS(.procfs = true, .handler = HANDLER,
	       ARE({.state = SLEEPS, .waited_for_known = true})),
	    NOT_KNOWN, "whether its cgroup is frozen"),
	ROW("/proc: asleep, perhaps frozen by cgroup v2, but it is fatal", SIGTERM,
	    IS(.procfs = true, ARE({.state = SLEEPS, .waited_for_known = true})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("/proc: asleep, ignored, frozen or not", SIGTERM,
	    IS(.procfs = true, .handler = IGN, ARE({.state = SLEEPS, .waited_for_known = true})),
	    CAUSE_SIG_IGN, NO, "it ignores SIGTERM (SIG_IGN)"),
	ROW("/proc: D, perhaps the cgroup v1 freezer", SIGTERM,
	    IS(.procfs = true, .handler = HANDLER, ARE({.state = SLEEPS_D})), NOT_KNOWN,
	    "whether its cgroup is frozen"),
	ROW("/proc: D, not frozen, with a handler", SIGTERM,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, .handler = HANDLER,
	       ARE({.state = SLEEPS_D})),
	    CAUSE_UNINTERRUPTIBLE, NO, "uninterruptible sleep (D)"),
	ROW("/proc: D, not frozen, fatal: perhaps that ends it", SIGKILL,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN, ARE({.state = SLEEPS_D})), NOT_KNOWN,
	    "whether a fatal signal ends its uninterruptible sleep"),
	ROW("/proc: frozen", SIGKILL,
	    IS(.procfs = true, .known = PROCESS_KNOWN_FROZEN,
	       ARE({.state = SLEEPS_D, .frozen = true})),
	    CAUSE_FROZEN, NO, "not even SIGKILL acts"),
	ROW("/proc: an idle kernel thread is not frozen", SIGTERM,
	    IS(.procfs = true, .kernel_thread = true, .handler = IGN, ARE({.state = IDLE})),
	    CAUSE_SIG_IGN, NO, "kernel thread"),
	ROW("/proc: a kernel thread that sleeps waits for no signal", SIGTERM,
	    IS(.procfs = true, .kernel_thread = true, .known = PROCESS_KNOWN_FROZEN, .handler = IGN,
	       ARE({.state = SLEEPS})),
	    CAUSE_SIG_IGN, NO, "kernel thread"),
	ROW("/proc: a zombie", SIGTERM, IS(.procfs = true, ARE({.exiting = true, .state = ZOMBIE})),
	    CAUSE_EXITING, NO, "a zombie that its parent has not reaped"),
	ROW("/proc: every thread has a SIGKILL", SIGTERM,
	    IS(.procfs = true, .len = 2,
	       ARE({.pending = BIT(SIGKILL), .state = SLEEPS_D}, {.exiting = true})),
	    CAUSE_EXITING, NO, "every thread has been told to end"),
	ROW("/proc: a thread is in exec and ends the others", SIGTERM,
	    IS(.procfs = true, .len = 2, ARE({.pending = BIT(SIGKILL)}, {.state = 0})),
	    CAUSE_DEFAULT_TERMINATE, YES, "default action ends the process"),
	ROW("/proc: a namespace init with a SIGKILL in every thread", SIGTERM,
	    IS(.procfs = true, .namespace_init = true,
	       ARE({.pending = BIT(SIGKILL), .state = SLEEPS_D})),
	    CAUSE_EXITING, NO, "every thread has been told to end"),
};

#endif
