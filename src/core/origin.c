// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the comments name functions, they are those of kernels 5.10 to 7.x. A static function is
 * inlined into its caller by some compilers, so callers stand in the lists, too, as far as they
 * prove the same for these signals and this siginfo.
 */
#include "origin.h"

#include <string.h>

#include "report.h"
#include "signal_numbers.h"
#include "signals.h"

/* include/uapi/asm-generic/siginfo.h */
#define CODE_SI_TIMER	   (-2)
#define CODE_SI_KERNEL	   128
#define CODE_SYS_SECCOMP   1
#define CODE_CLD_EXITED	   1
#define CODE_CLD_KILLED	   2
#define CODE_CLD_DUMPED	   3
#define CODE_CLD_CONTINUED 6
#define CODE_POLL_HUP	   6

static const char *const origin_names[] = {
#define X(name, text) [ORIGIN_##name] = text,
	ORIGIN_LIST(X)
#undef X
};
_Static_assert(sizeof(origin_names) / sizeof(origin_names[0]) == ORIGIN_COUNT, "origin_names");

const char *origin_name(enum origin origin)
{
	return origin_names[origin];
}

/*
 * kernel/signal.c: from whom the event comes, and what only hands on what it was given. The first
 * known function must be one of these (or one of SIGQUEUE_FUNCTIONS), and only the first behind
 * them decides: what lies further out may be anything that was interrupted.
 */
#define SEND_FUNCTIONS                                                                      \
	"__send_signal_locked", "send_signal_locked", "__send_signal", "send_signal",       \
		"__group_send_sig_info", "do_send_sig_info", "group_send_sig_info",         \
		"send_sig_info", "send_sig", "kill_pid_info", "kill_pid_info_type",         \
		"__kill_pgrp_info", "kill_pgrp_info", "kill_pgrp", "kill_pid", "force_sig", \
		"force_sig_info", "force_sig_info_to_task", "force_sig_fault",              \
		"force_sig_fault_to_task"

/* These send for POSIX timers only, and are origins themselves; the second from 6.13. */
#define SIGQUEUE_FUNCTIONS "send_sigqueue", "posixtimer_send_sigqueue"

/* System calls by which a process may send itself any siginfo, even a fault. */
#define TEXT(name) #name
#define SYSCALL_FUNCTIONS(name)                                               \
	TEXT(__do_sys_##name), TEXT(__se_sys_##name), TEXT(__x64_sys_##name), \
		TEXT(__arm64_sys_##name), TEXT(__do_compat_sys_##name),       \
		TEXT(__se_compat_sys_##name), TEXT(__ia32_compat_sys_##name), \
		TEXT(__x32_compat_sys_##name), TEXT(__arm64_compat_sys_##name)
#define REQUEST_FUNCTIONS                                                                   \
	"kill_proc_info", "do_rt_sigqueueinfo", "do_rt_tgsigqueueinfo", "do_send_specific", \
		"do_pidfd_send_signal", SYSCALL_FUNCTIONS(rt_sigqueueinfo),                 \
		SYSCALL_FUNCTIONS(rt_tgsigqueueinfo), "__do_sys_pidfd_send_signal",         \
		"__se_sys_pidfd_send_signal", "__x64_sys_pidfd_send_signal",                \
		"__ia32_sys_pidfd_send_signal", "__arm64_sys_pidfd_send_signal"

/* kill(), tkill(), tgkill(): without a siginfo from 7.0 on, as what the kernel sends to `current`.
 */
#define KILL_FUNCTIONS                                                                        \
	"kill_something_info", "do_tkill", SYSCALL_FUNCTIONS(kill), SYSCALL_FUNCTIONS(tkill), \
		SYSCALL_FUNCTIONS(tgkill)

/* drivers/tty/n_tty.c */
#define TTY_INPUT_FUNCTIONS                                                          \
	"__isig", "isig", "n_tty_receive_signal_char", "n_tty_receive_char_special", \
		"n_tty_receive_break"
/* drivers/tty/tty_jobctrl.c, tty_io.c */
#define TTY_HANGUP_FUNCTIONS	   "tty_signal_session_leader", "__tty_hangup"
#define TTY_HANGUP_ENTRY_FUNCTIONS "tty_vhangup_session"
#define TTY_LEAVE_FUNCTIONS	   "disassociate_ctty"
/* kernel/exit.c: what it sends differs by signal and siginfo. */
#define EXIT_FUNCTIONS	   "forget_original_parent", "exit_notify", "do_exit"
#define ORPHANED_FUNCTIONS "kill_orphaned_pgrp", "reparent_leader"
/* mm/oom_kill.c */
#define OOM_FUNCTIONS \
	"__oom_kill_process", "oom_kill_process", "oom_kill_memcg_member", "out_of_memory"
/* kernel/pid_namespace.c */
#define PID_NAMESPACE_FUNCTIONS "zap_pid_ns_processes"
/* kernel/cgroup/cgroup.c, from 5.14 */
#define CGROUP_FUNCTIONS "__cgroup_kill", "cgroup_kill", "cgroup_kill_write"
/* kernel/time/itimer.c, posix-cpu-timers.c */
#define ITIMER_REAL_FUNCTIONS "it_real_fn"
#define ITIMER_CPU_FUNCTIONS  "check_cpu_itimer"
#define RLIMIT_FUNCTIONS      "check_rlimit"
#define CPU_TIMER_FUNCTIONS                                                       \
	"check_process_timers", "check_thread_timers", "handle_posix_cpu_timers", \
		"posix_cpu_timers_work", "__run_posix_cpu_timers", "run_posix_cpu_timers"
/* fs/fcntl.c */
#define SIGIO_FUNCTIONS	 "send_sigio_to_task", "send_sigio"
#define SIGURG_FUNCTIONS "send_sigurg_to_task", "send_sigurg"
/* arch/x86/kernel/traps.c: traps that name no address. */
#define TRAP_FUNCTIONS                                                                             \
	"exc_general_protection", "gp_user_force_sig_segv", "exc_int3", "do_int3_user", "do_trap", \
		"do_error_trap"
/* kernel/signal.c */
#define CHILD_FUNCTIONS "do_notify_parent", "do_notify_parent_cldstop"

const char *const origin_functions[] = {
	/* The names of SYSCALL_FUNCTIONS() are put together. */
	/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma) */
	SEND_FUNCTIONS,
	SIGQUEUE_FUNCTIONS,
	REQUEST_FUNCTIONS,
	KILL_FUNCTIONS,
	TTY_INPUT_FUNCTIONS,
	TTY_HANGUP_FUNCTIONS,
	TTY_HANGUP_ENTRY_FUNCTIONS,
	TTY_LEAVE_FUNCTIONS,
	EXIT_FUNCTIONS,
	ORPHANED_FUNCTIONS,
	OOM_FUNCTIONS,
	PID_NAMESPACE_FUNCTIONS,
	CGROUP_FUNCTIONS,
	ITIMER_REAL_FUNCTIONS,
	ITIMER_CPU_FUNCTIONS,
	RLIMIT_FUNCTIONS,
	CPU_TIMER_FUNCTIONS,
	SIGIO_FUNCTIONS,
	SIGURG_FUNCTIONS,
	TRAP_FUNCTIONS,
	CHILD_FUNCTIONS,
	NULL,
};

/* What the kernel was given as siginfo. */
enum info {
	INFO_ANY,
	INFO_NONE, /* SEND_SIG_NOINFO */
	INFO_PRIV, /* SEND_SIG_PRIV */
	INFO_FULL,
};

/* Whether `current` belongs to the target's process. */
enum by {
	BY_ANY,
	BY_ITSELF,
	BY_OTHER,
	BY_OTHER_SENDER, /* and it is proven to be the sender */
};

/* Everything that is set must hold. */
struct rule {
	enum origin origin;
	uint64_t signals; /* 0: any */
	enum info info;
	enum by by;
	struct {
		int first;
		int last;
	} codes;		    /* si_code; both 0: any */
	const char *const *through; /* further functions that only hand on; NULL: none */
	const char *const *senders; /* who called the functions that hand on; NULL: anybody */
};

#define SIGNAL(name)   (1ULL << (SIG_##name - 1))
#define FUNCTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const sigqueue_functions[] = {SIGQUEUE_FUNCTIONS, NULL};
static const char *const request_functions[] = {REQUEST_FUNCTIONS, NULL};
static const char *const kill_functions[] = {KILL_FUNCTIONS, "kill_proc_info", "do_send_specific",
					     NULL};
static const char *const send_functions[] = {SEND_FUNCTIONS, NULL};

/* The first that holds decides; order matters only where it is said. */
static const struct rule rules[] = {
	/* Before all: here the siginfo is only what a process made up. */
	{.origin = ORIGIN_NOT_KNOWN, .senders = request_functions},
	{.origin = ORIGIN_NOT_KNOWN, .senders = kill_functions},

	{.origin = ORIGIN_TTY_INTERRUPT,
	 .signals = SIGNAL(INT) | SIGNAL(QUIT) | SIGNAL(TSTP),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(TTY_INPUT_FUNCTIONS)},
	/*
	 * disassociate_ctty(1): by the leader's exit. TIOCNOTTY makes it disassociate_ctty(0),
	 * which sends with SEND_SIG_NOINFO. Before TTY_HANGUP: the exit hangs up a terminal that is
	 * no pty.
	 */
	{.origin = ORIGIN_SESSION_LEADER_EXIT,
	 .signals = SIGNAL(HUP) | SIGNAL(CONT),
	 .info = INFO_PRIV,
	 .through = FUNCTIONS(TTY_HANGUP_FUNCTIONS, TTY_HANGUP_ENTRY_FUNCTIONS),
	 .senders = FUNCTIONS(TTY_LEAVE_FUNCTIONS)},
	{.origin = ORIGIN_TTY_HANGUP,
	 .signals = SIGNAL(HUP) | SIGNAL(CONT),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(TTY_HANGUP_FUNCTIONS)},
	{.origin = ORIGIN_ORPHANED_PROCESS_GROUP,
	 .signals = SIGNAL(HUP) | SIGNAL(CONT),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(ORPHANED_FUNCTIONS, EXIT_FUNCTIONS)},
	{.origin = ORIGIN_OOM_KILLER,
	 .signals = SIGNAL(KILL),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(OOM_FUNCTIONS)},
	{.origin = ORIGIN_PID_NAMESPACE_TEARDOWN,
	 .signals = SIGNAL(KILL),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(PID_NAMESPACE_FUNCTIONS)},
	{.origin = ORIGIN_CGROUP_KILL,
	 .signals = SIGNAL(KILL),
	 .info = INFO_NONE,
	 .senders = FUNCTIONS(CGROUP_FUNCTIONS)},
	/* Nothing else that kernel/exit.c sends comes with SEND_SIG_NOINFO. */
	{.origin = ORIGIN_PARENT_DEATH,
	 .info = INFO_NONE,
	 .by = BY_OTHER,
	 .senders = FUNCTIONS(EXIT_FUNCTIONS)},

	{.origin = ORIGIN_POSIX_TIMER,
	 .info = INFO_FULL,
	 .codes = {CODE_SI_TIMER, CODE_SI_TIMER},
	 .senders = FUNCTIONS(SIGQUEUE_FUNCTIONS)},
	{.origin = ORIGIN_ITIMER,
	 .signals = SIGNAL(ALRM),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(ITIMER_REAL_FUNCTIONS)},
	{.origin = ORIGIN_ITIMER,
	 .signals = SIGNAL(VTALRM) | SIGNAL(PROF),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(ITIMER_CPU_FUNCTIONS, CPU_TIMER_FUNCTIONS)},
	{.origin = ORIGIN_CPU_LIMIT,
	 .signals = SIGNAL(XCPU) | SIGNAL(KILL),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(RLIMIT_FUNCTIONS, CPU_TIMER_FUNCTIONS)},

	/* No system call leaves the siginfo out, so that these two need no stack. */
	{.origin = ORIGIN_SIGPIPE, .signals = SIGNAL(PIPE), .info = INFO_NONE, .by = BY_ITSELF},
	{.origin = ORIGIN_FILE_SIZE_LIMIT,
	 .signals = SIGNAL(XFSZ),
	 .info = INFO_NONE,
	 .by = BY_ITSELF},

	/* With F_SETSIG it may be any signal. */
	{.origin = ORIGIN_SIGIO, .senders = FUNCTIONS(SIGIO_FUNCTIONS)},
	{.origin = ORIGIN_SIGIO,
	 .signals = SIGNAL(URG),
	 .info = INFO_PRIV,
	 .senders = FUNCTIONS(SIGURG_FUNCTIONS)},
	{.origin = ORIGIN_SIGIO,
	 .signals = SIGNAL(IO),
	 .info = INFO_FULL,
	 .codes = {1, CODE_POLL_HUP}},

	{.origin = ORIGIN_SECCOMP,
	 .signals = SIGNAL(SYS),
	 .info = INFO_FULL,
	 .codes = {CODE_SYS_SECCOMP, CODE_SYS_SECCOMP}},
	{.origin = ORIGIN_FAULT,
	 .signals = SIGNAL(SEGV) | SIGNAL(BUS) | SIGNAL(FPE) | SIGNAL(ILL) | SIGNAL(TRAP),
	 .info = INFO_FULL,
	 .codes = {1, CODE_SI_KERNEL - 1}},
	{.origin = ORIGIN_FAULT,
	 .signals = SIGNAL(SEGV) | SIGNAL(BUS) | SIGNAL(TRAP),
	 .info = INFO_FULL,
	 .by = BY_ITSELF,
	 .codes = {CODE_SI_KERNEL, CODE_SI_KERNEL},
	 .senders = FUNCTIONS(TRAP_FUNCTIONS)},

	/* clone(2) may have set any signal as the one of exit. */
	{.origin = ORIGIN_CHILD,
	 .info = INFO_FULL,
	 .codes = {CODE_CLD_EXITED, CODE_CLD_CONTINUED},
	 .senders = FUNCTIONS(CHILD_FUNCTIONS)},
	/* A process can make up a positive code for itself only. */
	{.origin = ORIGIN_CHILD,
	 .signals = SIGNAL(CHLD),
	 .info = INFO_FULL,
	 .by = BY_OTHER,
	 .codes = {CODE_CLD_EXITED, CODE_CLD_CONTINUED}},
	{.origin = ORIGIN_CHILD,
	 .info = INFO_FULL,
	 .by = BY_OTHER_SENDER,
	 .codes = {CODE_CLD_EXITED, CODE_CLD_CONTINUED}},
};

static bool info_holds(enum info info, uint32_t facts)
{
	switch (info) {
	case INFO_NONE:
		return facts & EVENT_FACT_INFO_NONE;
	case INFO_PRIV:
		return facts & EVENT_FACT_INFO_PRIV;
	case INFO_FULL:
		return !(facts & (EVENT_FACT_INFO_NONE | EVENT_FACT_INFO_PRIV));
	case INFO_ANY:
		break;
	}
	return true;
}

static bool by_holds(enum by by, const struct report *r)
{
	const bool itself = r->facts & EVENT_FACT_SENDER_IS_TARGET;

	switch (by) {
	case BY_ITSELF:
		return itself;
	case BY_OTHER:
		return !itself;
	case BY_OTHER_SENDER:
		return !itself && r->sender_kind == SENDER_USER;
	case BY_ANY:
		break;
	}
	return true;
}

/* The functions on a stack, of which those from `first` on have not been looked at. */
struct stack {
	const char *const *functions;
	size_t len;
	size_t first;
};

static bool is_first(const struct stack *stack, const char *const names[])
{
	const char *name = stack->first < stack->len ? stack->functions[stack->first] : NULL;

	for (; name && *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static void skip_all(struct stack *stack, const char *const names[])
{
	while (is_first(stack, names))
		stack->first++;
}

/* Skips the tracepoint itself, and what hands on. False: this is not how a signal is sent. */
static bool skip_to_sender(struct stack *stack)
{
	while (stack->first < stack->len && !stack->functions[stack->first])
		stack->first++;
	if (is_first(stack, sigqueue_functions))
		return true;
	if (!is_first(stack, send_functions))
		return false;
	skip_all(stack, send_functions);
	return true;
}

static bool rule_holds(const struct rule *rule, const struct report *r, struct stack stack)
{
	if (rule->signals && !(rule->signals & signal_bit(r->sig)))
		return false;
	if (!info_holds(rule->info, r->facts) || !by_holds(rule->by, r))
		return false;
	if (rule->codes.first != 0 && (r->code < rule->codes.first || r->code > rule->codes.last))
		return false;
	if (rule->through)
		skip_all(&stack, rule->through);
	return !rule->senders || is_first(&stack, rule->senders);
}

enum origin origin_of(const struct report *r, const char *const functions[], size_t len)
{
	struct stack stack = {.functions = functions, .len = len};

	if (r->kind != REPORT_GENERATE)
		return ORIGIN_NOT_KNOWN;
	if (!skip_to_sender(&stack))
		stack.len = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rule_holds(&rules[i], r, stack))
			return rules[i].origin;
	return ORIGIN_NOT_KNOWN;
}

bool origin_is_request(const struct report *r, const char *const functions[], size_t len)
{
	struct stack stack = {.functions = functions, .len = len};

	if (r->kind != REPORT_GENERATE || !skip_to_sender(&stack))
		return false;
	if (info_holds(INFO_NONE, r->facts))
		return is_first(&stack, kill_functions);
	return info_holds(INFO_FULL, r->facts) && is_first(&stack, request_functions);
}
