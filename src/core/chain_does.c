// SPDX-License-Identifier: BSD-2-Clause
#include "chain_does.h"

#include "signal_numbers.h"
#include "signals.h"

static bool is_plain_shell(const struct program *program)
{
	return !program->by_name_only &&
	       (program->kind == PROGRAM_BASH || program->kind == PROGRAM_DASH ||
		program->kind == PROGRAM_ASH);
}

/*
 * An interactive bash, and one with a trap for EXIT, has one handler of its own for all signals
 * that would end it, SIGSYS and SIGXCPU among them: it ends at once, whatever it waits for. Where
 * addresses are not known, a trap for this signal could be behind it just as well.
 */
static bool bash_may_end_itself(const struct process *p, int sig)
{
	const uint64_t others = signal_bit(SIG_SYS) | signal_bit(SIG_XCPU);

	if ((p->caught & others) != others)
		return false;
	return !p->actions || p->actions[sig - 1].handler == p->actions[SIG_SYS - 1].handler;
}

/*
 * Whether a trap runs, and nothing else. All of them catch SIGINT and SIGCHLD for themselves, and
 * look at a SIGINT when the foreground child has ended, as they do for a trap.
 */
static enum chain_does does_shell(const struct chain_node *n, int sig)
{
	if (!is_plain_shell(&n->program) || sig == SIG_CHLD || sig == SIG_WINCH)
		return CHAIN_DOES_HANDLE;
	if (n->program.kind == PROGRAM_BASH && sig != SIG_INT &&
	    bash_may_end_itself(n->process, sig))
		return CHAIN_DOES_HANDLE;
	if (sig == SIG_INT &&
	    (n->program.interactive != PROGRAM_NO || n->shell != CHAIN_SHELL_WAITS_FOREGROUND))
		return CHAIN_DOES_HANDLE;
	switch (n->shell) {
	case CHAIN_SHELL_WAITS_FOREGROUND:
		return CHAIN_DOES_WAIT;
	case CHAIN_SHELL_WAITS_BUILTIN:
		return CHAIN_DOES_RUN_TRAP;
	case CHAIN_SHELL_NOT_KNOWN:
	case CHAIN_SHELL_READS:
	case CHAIN_SHELL_COUNT:
		break;
	}
	return CHAIN_DOES_HANDLE;
}

static enum chain_does does_of_cause(const struct chain_node *n, const struct prediction *p)
{
	const enum cause cause = p->verdict.cause;

	if (cause == CAUSE_DEFAULT_TERMINATE || cause == CAUSE_DEFAULT_CORE)
		return CHAIN_DOES_END;
	if (cause == CAUSE_DEFAULT_STOP)
		return CHAIN_DOES_STOP;
	if (cause == CAUSE_CAUGHT && program_is_shell(n->program.kind))
		return does_shell(n, p->report.sig);
	if (cause == CAUSE_CAUGHT || cause == CAUSE_SIGWAIT)
		return CHAIN_DOES_HANDLE;
	/* By a signalfd; a SIGCONT acts in its own way. */
	if (cause == CAUSE_BLOCKED && p->report.sig != SIG_CONT)
		return CHAIN_DOES_HANDLE;
	return CHAIN_DOES_NOT_KNOWN;
}

/* catatonit reads its signalfd without waiting for it in poll(), which is all that shows it. */
static bool reads_signalfd(const struct chain_node *n, const struct prediction *p)
{
	return n->program.kind == PROGRAM_CATATONIT && !n->program.by_name_only &&
	       p->verdict.cause == CAUSE_BLOCKED &&
	       (p->report.snapshot_facts & REPORT_FACT_SIGNALFD_TAKES);
}

enum chain_does chain_does_of(const struct chain_node *n, const struct prediction *p)
{
	switch (p->effect) {
	case PREDICT_EFFECT_NO:
		return CHAIN_DOES_DROP;
	case PREDICT_EFFECT_YES:
		return does_of_cause(n, p);
	case PREDICT_EFFECT_UNKNOWN:
	case PREDICT_EFFECT_COUNT:
		break;
	}
	return reads_signalfd(n, p) ? CHAIN_DOES_HANDLE : CHAIN_DOES_NOT_KNOWN;
}
