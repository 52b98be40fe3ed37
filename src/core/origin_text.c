// SPDX-License-Identifier: BSD-2-Clause
/* The clauses of origins. Each is true of all that its signal and code may mean, and says no more.
 */
#include "origin.h"

#include "report.h"
#include "signal_numbers.h"
#include "signals.h"
#include "syscalls.h"

/* include/uapi/asm-generic/siginfo.h */
#define CODE_SI_KERNEL 128
#define CODE_ANY       0

/* AUDIT_ARCH_ of include/uapi/linux/audit.h: whose numbers syscall_name() knows. */
#if defined(__x86_64__)
#define NATIVE_ARCH 0xc000003e
#elif defined(__aarch64__)
#define NATIVE_ARCH 0xc00000b7
#else
#define NATIVE_ARCH 0
#endif

/*
 * The kernel sends on the spot, so that `current` at the signal's generation is who made it do so:
 *
 * kernel/pid_namespace.c: zap_pid_ns_processes() runs in the last thread of the namespace's init
 * that exits (find_child_reaper() in kernel/exit.c hands over to another thread while there is
 * one). tgid is the init's; tid and comm are that thread's.
 * kernel/exit.c: forget_original_parent() runs in each thread that exits, for its own children.
 * kernel/cgroup/cgroup.c: cgroup_kill_write() kills before write(2) returns; where io_uring writes,
 * the thread that does it belongs to the process.
 */
bool origin_has_actor(enum origin origin)
{
	return origin == ORIGIN_PID_NAMESPACE_TEARDOWN || origin == ORIGIN_PARENT_DEATH ||
	       origin == ORIGIN_CGROUP_KILL;
}

/* It is the sender itself where the kernel sent without a siginfo of its own. */
static const struct report_task *actor_of(const struct report *r)
{
	return r->sender.source != REPORT_SOURCE_ABSENT ? &r->sender : &r->sender_acts_for;
}

const char *origin_phrase(enum origin origin)
{
	static const char *const phrases[] = {
		[ORIGIN_TTY_INTERRUPT] = "its terminal",
		[ORIGIN_TTY_HANGUP] = "the hang-up of its terminal",
		[ORIGIN_SESSION_LEADER_EXIT] = "the exit of its session leader",
		[ORIGIN_ORPHANED_PROCESS_GROUP] = "the orphaning of its process group",
		[ORIGIN_OOM_KILLER] = "the OOM killer",
		[ORIGIN_PID_NAMESPACE_TEARDOWN] = "the teardown of its PID namespace",
		[ORIGIN_CGROUP_KILL] = "cgroup.kill",
		[ORIGIN_PARENT_DEATH] = "the death of its parent",
		[ORIGIN_POSIX_TIMER] = "a timer",
		[ORIGIN_ITIMER] = "a timer",
		[ORIGIN_SIGPIPE] = "a write that nobody reads",
		[ORIGIN_SIGIO] = "an event on a file",
		[ORIGIN_SECCOMP] = "its seccomp filter",
		[ORIGIN_CPU_LIMIT] = "a limit of its CPU time",
		[ORIGIN_FILE_SIZE_LIMIT] = "the limit of its file size",
		[ORIGIN_FAULT] = "a fault of its own",
		[ORIGIN_CHILD] = "a child or tracee",
	};
	_Static_assert(sizeof(phrases) / sizeof(phrases[0]) == ORIGIN_COUNT, "phrases");

	return phrases[origin];
}

/* "app[4242]"; "a process" where it is not known. */
static void write_task(struct strbuf *out, const struct report_task *task)
{
	if (task->source == REPORT_SOURCE_ABSENT) {
		strbuf_add(out, "a process");
		return;
	}
	strbuf_add_escaped(out, task->comm, sizeof(task->comm));
	strbuf_add_char(out, '[');
	strbuf_add_u64(out, task->tgid);
	strbuf_add_char(out, ']');
}

/* {address} and {code} are replaced. The processor's address is the instruction's unless it is said
 * to be accessed. */
struct fault {
	int sig;
	int code; /* CODE_ANY: all that are not above it */
	const char *text;
};

static const struct fault faults[] = {
	{SIG_SEGV, 1, "an access to address {address}, which is not mapped ({code})"},
	{SIG_SEGV, 2, "an access to address {address}, which its mapping forbids ({code})"},
	{SIG_SEGV, 3, "an access to address {address}, which is out of its bounds ({code})"},
	{SIG_SEGV, 4, "an access to address {address}, which its protection key forbids ({code})"},
	{SIG_SEGV, 10, "a return or jump that its shadow stack or a landing pad forbids ({code})"},
	/* On x86 #GP has no address, and comes from many instructions. */
	{SIG_SEGV, CODE_SI_KERNEL,
	 "an instruction or access that the processor refuses without naming an address, as one to "
	 "a non-canonical address ({code})"},
	{SIG_SEGV, CODE_ANY, "a memory fault at address {address} ({code})"},

	{SIG_BUS, 1, "an access to address {address}, which is not aligned for it ({code})"},
	{SIG_BUS, 2,
	 "an access to address {address}, which is mapped, but whose contents cannot be had, as past the end of "
	 "a file ({code})"},
	{SIG_BUS, 4, "a use of address {address}, where the memory is broken ({code})"},
	{SIG_BUS, 5, "broken memory found at address {address}, not used by it so far ({code})"},
	{SIG_BUS, CODE_SI_KERNEL, "a bus error without an address ({code})"},
	{SIG_BUS, CODE_ANY, "a bus error at address {address} ({code})"},

	/* x86 raises the same exception for a quotient that is too large, as of INT_MIN / -1. */
	{SIG_FPE, 1,
	 "a division by zero, or one whose result does not fit, by the instruction at {address} "
	 "({code})"},
	{SIG_FPE, 2, "an integer overflow by the instruction at {address} ({code})"},
	{SIG_FPE, 3, "a floating-point division by zero by the instruction at {address} ({code})"},
	{SIG_FPE, 4, "a floating-point overflow by the instruction at {address} ({code})"},
	{SIG_FPE, 5, "a floating-point underflow by the instruction at {address} ({code})"},
	{SIG_FPE, 6, "an inexact floating-point result by the instruction at {address} ({code})"},
	{SIG_FPE, 7,
	 "an invalid floating-point operation by the instruction at {address} ({code})"},
	{SIG_FPE, CODE_ANY, "an arithmetic fault by the instruction at {address} ({code})"},

	{SIG_ILL, 5, "a privileged instruction at {address} ({code})"},
	{SIG_ILL, CODE_ANY, "an illegal instruction at {address} ({code})"},

	/* A breakpoint instruction is SI_KERNEL on x86. */
	{SIG_TRAP, CODE_SI_KERNEL, "a breakpoint instruction ({code})"},
	{SIG_TRAP, 1, "a breakpoint at {address} ({code})"},
	{SIG_TRAP, 2, "a single step at {address} ({code})"},
	{SIG_TRAP, 4, "a hardware breakpoint or watchpoint at {address} ({code})"},
	{SIG_TRAP, 6, "a perf event at {address} ({code})"},
	{SIG_TRAP, CODE_ANY, "a trap at {address} ({code})"},
};

/* si_addr lies where si_pid and si_uid do (union __sifields), the less significant half first. */
static uint64_t fault_address(const struct report *r)
{
	return (uint32_t)r->info_pid | (uint64_t)r->info_uid << 32;
}

static void write_code(struct strbuf *out, int sig, int code)
{
	const char *name = si_code_name(sig, code);

	if (name) {
		strbuf_add(out, name);
	} else {
		strbuf_add(out, "code ");
		strbuf_add_i64(out, code);
	}
}

static void write_fault(const struct report *r, struct strbuf *out)
{
	static const struct fault *const end = faults + sizeof(faults) / sizeof(faults[0]);
	const struct fault *fault = faults;

	while (fault < end &&
	       (fault->sig != r->sig || (fault->code != r->code && fault->code != CODE_ANY)))
		fault++;
	if (fault == end)
		return;
	for (const char *text = fault->text; *text;) {
		if (*text != '{') {
			strbuf_add_char(out, *text++);
			continue;
		}
		if (text[1] == 'a')
			strbuf_add_hex(out, fault_address(r));
		else
			write_code(out, r->sig, r->code);
		while (*text++ != '}')
			;
	}
}

static void write_tty_key(const struct report *r, struct strbuf *out)
{
	/* The keys are what a terminal starts with; stty changes them, and a break is SIGINT, too.
	 */
	switch (r->sig) {
	case SIG_INT:
		strbuf_add(out, "Ctrl-C or the like on its terminal");
		break;
	case SIG_QUIT:
		strbuf_add(out, "Ctrl-\\ or the like on its terminal");
		break;
	case SIG_TSTP:
		strbuf_add(out, "Ctrl-Z or the like on its terminal");
		break;
	default:
		strbuf_add(out, "a key on its terminal");
	}
}

static void write_namespace_end(const struct report *r, struct strbuf *out)
{
	const struct report_task *init = actor_of(r);

	/* The end of a namespace ends those inside of it, too. */
	if (init->source != REPORT_SOURCE_ABSENT && init->pid_ns != 0 && r->target.pid_ns != 0 &&
	    init->pid_ns != r->target.pid_ns)
		strbuf_add(out, "the end of a PID namespace above its own, whose init");
	else
		strbuf_add(out, "the end of its PID namespace, whose init");
	if (init->source != REPORT_SOURCE_ABSENT) {
		strbuf_add_char(out, ' ');
		write_task(out, init);
	}
	strbuf_add(out, " exited");
}

static void write_cgroup_kill(const struct report *r, struct strbuf *out)
{
	const struct report_task *writer = actor_of(r);

	strbuf_add(out, "a write to the cgroup.kill of its cgroup or one above it");
	if (writer->source == REPORT_SOURCE_ABSENT)
		return;
	strbuf_add(out, " by ");
	if (r->facts & EVENT_FACT_SENDER_IS_TARGET)
		strbuf_add(out, "itself");
	else
		write_task(out, writer);
}

static void write_parent_death(const struct report *r, struct strbuf *out)
{
	const struct report_task *parent = actor_of(r);

	strbuf_add(out, "the exit of ");
	/* prctl(2): "parent" is the thread that made the process; the others may live on. */
	if (parent->source != REPORT_SOURCE_ABSENT && parent->tid != parent->tgid) {
		strbuf_add(out, "thread ");
		strbuf_add_u64(out, parent->tid);
		strbuf_add(out, " of ");
	}
	write_task(out, parent);
	strbuf_add(out, ", its parent, after which it asked for this signal (PR_SET_PDEATHSIG)");
}

static void write_itimer(const struct report *r, struct strbuf *out)
{
	switch (r->sig) {
	case SIG_VTALRM:
		strbuf_add(out, "its timer of setitimer(ITIMER_VIRTUAL)");
		break;
	case SIG_PROF:
		strbuf_add(out, "its timer of setitimer(ITIMER_PROF)");
		break;
	default:
		strbuf_add(out, "its timer of alarm() or setitimer(ITIMER_REAL)");
	}
}

static void write_cpu_limit(const struct report *r, struct strbuf *out)
{
	/* check_dl_overrun() sends SIGXCPU from the same function as the limits' checks. */
	if (r->sig == SIG_KILL)
		strbuf_add(out, "the hard limit of its CPU time (RLIMIT_CPU, or RLIMIT_RTTIME of a "
				"real-time thread)");
	else
		strbuf_add(out, "a limit of its CPU time (RLIMIT_CPU, or RLIMIT_RTTIME or the "
				"deadline runtime of a real-time thread)");
}

static void write_sigio(const struct report *r, struct strbuf *out)
{
	if (r->sig == SIG_URG) {
		strbuf_add(out, "urgent data on a socket whose signals it gets (F_SETOWN)");
		return;
	}
	strbuf_add(out,
		   "an event on a file whose signals it gets (O_ASYNC, F_NOTIFY or F_SETLEASE");
	if (r->code > 0 && r->code < CODE_SI_KERNEL) {
		strbuf_add(out, "; ");
		write_code(out, SIG_IO, r->code); /* whatever F_SETSIG chose */
	}
	strbuf_add_char(out, ')');
}

static void write_seccomp(const struct report *r, struct strbuf *out)
{
	/* struct _sigsys: the number lies where si_value does, the architecture behind it. */
	const uint32_t number = (uint32_t)r->value;
	const uint32_t arch = (uint32_t)(r->value >> 32);
	const char *name = arch == NATIVE_ARCH ? syscall_name(number) : NULL;

	strbuf_add(out, "its seccomp filter, at system call ");
	if (name) {
		strbuf_add(out, name);
		return;
	}
	strbuf_add_u64(out, number);
	strbuf_add(out, " of architecture ");
	strbuf_add_hex(out, arch);
}

static void write_child(const struct report *r, struct strbuf *out)
{
	static const char *const events[] = {
		NULL,
		"exited",
		"was ended by a signal",
		"was ended by a signal and dumped core",
		"was stopped for its tracer",
		"was stopped",
		"was continued",
	};

	/* A tracer is told in place of the parent. */
	strbuf_add(out, "its child or tracee ");
	strbuf_add_i64(out, r->info_pid);
	strbuf_add(out, ", which ");
	if (r->code > 0 && (size_t)r->code < sizeof(events) / sizeof(events[0]))
		strbuf_add(out, events[r->code]);
}

void origin_write(const struct report *r, struct strbuf *out)
{
	switch (r->origin) {
	case ORIGIN_NOT_KNOWN:
	case ORIGIN_COUNT:
		break;
	case ORIGIN_TTY_INTERRUPT:
		write_tty_key(r, out);
		break;
	case ORIGIN_TTY_HANGUP:
		strbuf_add(out, "the hang-up of its terminal");
		break;
	case ORIGIN_SESSION_LEADER_EXIT:
		strbuf_add(out, "the exit of its terminal's session leader");
		break;
	case ORIGIN_ORPHANED_PROCESS_GROUP:
		strbuf_add(out, "an exit that orphaned its process group, of which a process was "
				"stopped");
		break;
	case ORIGIN_OOM_KILLER:
		strbuf_add(out, "the OOM killer");
		break;
	case ORIGIN_PID_NAMESPACE_TEARDOWN:
		write_namespace_end(r, out);
		break;
	case ORIGIN_CGROUP_KILL:
		write_cgroup_kill(r, out);
		break;
	case ORIGIN_PARENT_DEATH:
		write_parent_death(r, out);
		break;
	case ORIGIN_POSIX_TIMER:
		strbuf_add(out, "a timer of timer_create()");
		break;
	case ORIGIN_ITIMER:
		write_itimer(r, out);
		break;
	case ORIGIN_SIGPIPE:
		strbuf_add(out, "its write to a pipe or socket that takes no data any more");
		break;
	case ORIGIN_SIGIO:
		write_sigio(r, out);
		break;
	case ORIGIN_SECCOMP:
		write_seccomp(r, out);
		break;
	case ORIGIN_CPU_LIMIT:
		write_cpu_limit(r, out);
		break;
	case ORIGIN_FILE_SIZE_LIMIT:
		strbuf_add(out, "its attempt to make a file larger than its limit "
				"(RLIMIT_FSIZE)");
		break;
	case ORIGIN_FAULT:
		write_fault(r, out);
		break;
	case ORIGIN_CHILD:
		write_child(r, out);
		break;
	}
}
