// SPDX-License-Identifier: BSD-2-Clause
/* Why a signal has no effect on a process of a tree, and what to do about it. */
#include <string.h>

#include "chain.h"
#include "chain_halt.h"
#include "chain_phrases.h"
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

/* What a cause proves by itself; {} is the signal. Other causes are no drops. */
static const char *const drops[CAUSE_COUNT] = {
	[CAUSE_EXITING] = "it was exiting already",
	[CAUSE_GLOBAL_INIT] = "the machine's own init takes no {}",
	[CAUSE_UNKILLABLE_SIG_DFL] =
		"namespace init without a {} handler (SIGNAL_UNKILLABLE + SIG_DFL)",
	[CAUSE_KERNEL_THREAD] = "a kernel thread takes no {} from a process",
	[CAUSE_SIG_IGN] = "it ignores {} (SIG_IGN)",
	[CAUSE_SIG_DFL_IGNORE] = "no {} handler: by default it is ignored",
	[CAUSE_BLOCKED] = "it blocks {}, which stays pending",
	[CAUSE_PTRACED] = "it is traced: its tracer decides what becomes of {}",
	[CAUSE_FROZEN] = "it is frozen by its cgroup",
	[CAUSE_STOPPED] = "it is stopped (job control)",
	[CAUSE_UNINTERRUPTIBLE] = "it is in uninterruptible sleep (D)",
	[CAUSE_DEFAULT_STOP] = "its process group is orphaned, and in such a one {} stops nobody",
	[CAUSE_EAGAIN] = "its user has too many signals pending (RLIMIT_SIGPENDING)",
};

/* Whatever it does with the signal when it runs again. */
static const char *const halts[] = {
	[CHAIN_HALT_STOPPED] =
		"it is stopped (job control), and {} stays pending at least until a SIGCONT",
	[CHAIN_HALT_FROZEN] = "it is frozen by the cgroup freezer, and {} stays pending at least "
			      "until it is thawed",
	[CHAIN_HALT_FROZEN_V2] = "it is frozen by its cgroup, and {} stays pending at least until "
				 "it is thawed",
};

static void put_template(const char *text, int sig, struct strbuf *out)
{
	const char *at = strstr(text, "{}");

	if (at) {
		strbuf_add_bytes(out, text, (size_t)(at - text));
		chain_put_signal(sig, out);
		text = at + 2;
	}
	strbuf_add(out, text);
}

/* As predicted, where that is what was seen, or as it was seen. */
static enum cause cause_of(const struct chain *c, uint32_t node)
{
	const struct prediction *prediction = chain_prediction(c, node);

	return prediction ? prediction->verdict.cause : c->nodes[node].cause;
}

/* Nobody installs a handler for these two. */
static bool is_forced(int sig)
{
	return sig == SIG_KILL || sig == SIG_STOP;
}

void chain_put_drop(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct prediction *prediction = chain_prediction(c, node);
	const enum cause cause = cause_of(c, node);
	const int sig = chain_signal_of(c, node);
	const char *text = drops[cause];

	if (prediction && cause != CAUSE_DEFAULT_STOP) {
		explain_write(&prediction->report, &prediction->verdict, out);
		return;
	}
	if (c->watched && chain_halt_hides(c->nodes[node].halt, cause))
		text = halts[c->nodes[node].halt];
	if (cause == CAUSE_UNKILLABLE_SIG_DFL && is_forced(sig))
		text = "a PID namespace's init takes {} only from an ancestor namespace "
		       "(SIGNAL_UNKILLABLE)";
	/* Without events the cause is that of the prediction, which was not known. */
	if (!(prediction || c->watched) || !text) {
		strbuf_add(out, "why is not known");
		return;
	}
	put_template(text, sig, out);
}

/* Advice by the cause alone; {} is the signal. */
static const char *const advice[CAUSE_COUNT] = {
	[CAUSE_UNKILLABLE_SIG_DFL] =
		"handle {} in PID 1, or start an init in front of it (docker run --init, tini)",
	[CAUSE_SIG_IGN] =
		"install a handler, or reset {} to SIG_DFL before exec, which inherits it ignored",
	[CAUSE_SIG_DFL_IGNORE] = "install a handler for {}",
	[CAUSE_BLOCKED] = "unblock {} (pthread_sigmask), or take it with sigwait or a signalfd",
	[CAUSE_FROZEN] =
		"thaw it: docker unpause, or its cgroup's cgroup.freeze (v1: freezer.state)",
};

/* kill -CONT, or how it is thawed. */
static void put_resume(enum chain_halt halt, uint32_t tgid, struct strbuf *out)
{
	switch (halt) {
	case CHAIN_HALT_STOPPED:
		stuck_put_number("kill -CONT ", tgid, out);
		break;
	case CHAIN_HALT_FROZEN:
		strbuf_add(
			out,
			"thaw it: docker unpause, or write THAWED to freezer.state of its cgroup");
		break;
	case CHAIN_HALT_FROZEN_V2:
		strbuf_add(out,
			   "thaw it: docker unpause, or write 0 to cgroup.freeze of its cgroup");
		break;
	case CHAIN_HALT_NONE:
		break;
	}
}

/* While it does not run, it blocks what it takes otherwise; an init does that for certain. */
static void put_halt_remedy(const struct chain *c, uint32_t node, enum cause cause,
			    struct strbuf *out)
{
	const struct chain_node *n = &c->nodes[node];
	const bool takes = cause == CAUSE_SIGWAIT ||
			   (!n->program.by_name_only && program_is_init(n->program.kind));

	put_resume(n->halt, n->process->tgid, out);
	if (takes) {
		strbuf_add(out, "; then it takes ");
		chain_put_signal(chain_signal_of(c, node), out);
	} else {
		strbuf_add(out, "; if it blocks the signal still, ");
		put_template(advice[CAUSE_BLOCKED], chain_signal_of(c, node), out);
	}
}

/* As bash 5.2 and dash 0.5.12 do; others were not tried. */
static bool ends_by_hangup(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	return n->program.interactive == PROGRAM_YES &&
	       stuck_knows(n->process, PROCESS_KNOWN_DISPOSITIONS) &&
	       !(n->process->ignored & signal_bit(SIG_HUP)) &&
	       (chain_is(c, node, PROGRAM_BASH) || chain_is(c, node, PROGRAM_DASH));
}

void chain_put_ask_first(const struct chain *c, uint32_t node, struct strbuf *out)
{
	struct prediction term;

	predict_signal(&c->table, c->nodes[node].process, SIG_TERM, PREDICT_OUTSIDE, &term);
	if (term.effect != PREDICT_EFFECT_NO)
		strbuf_add(out, "send SIGTERM first; or ");
	else if (ends_by_hangup(c, node))
		strbuf_add(out, "send SIGHUP first, for an interactive shell ignores SIGTERM; or ");
}

/* What is known of the program or the moment, beyond the cause: another signal helps, or one first.
 */
static bool put_other_signal(const struct chain *c, uint32_t node, enum cause cause,
			     struct strbuf *out)
{
	const uint32_t tgid = c->nodes[node].process->tgid;
	const int sig = chain_signal_of(c, node);

	if (chain_halt_hides(c->nodes[node].halt, cause)) {
		put_halt_remedy(c, node, cause, out);
	} else if (cause == CAUSE_DEFAULT_STOP) {
		stuck_put_number("SIGSTOP stops it all the same: kill -STOP ", tgid, out);
	} else if (cause == CAUSE_SIG_IGN && sig == SIG_TERM && ends_by_hangup(c, node)) {
		strbuf_add(out, "an interactive shell ignores SIGTERM, but SIGHUP ends it");
		if (chain_is(c, node, PROGRAM_BASH))
			strbuf_add(out, ", with its jobs");
		stuck_put_number(": kill -HUP ", tgid, out);
	} else if (cause == CAUSE_BLOCKED && sig != SIG_TERM && chain_is(c, node, PROGRAM_SU)) {
		stuck_put_number("su takes SIGTERM, and sends that on: kill -TERM ", tgid, out);
	} else {
		return false;
	}
	return true;
}

void chain_put_drop_remedy(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct prediction *prediction = chain_prediction(c, node);
	const uint32_t tgid = c->nodes[node].process->tgid;
	const int sig = chain_signal_of(c, node);
	const enum cause cause = cause_of(c, node);

	if (!prediction && !c->watched)
		return;
	if (put_other_signal(c, node, cause, out))
		return;
	if (prediction) {
		explain_write_remedy(&prediction->report, &prediction->verdict, out);
	} else if (cause == CAUSE_FROZEN && c->nodes[node].halt != CHAIN_HALT_NONE) {
		put_resume(c->nodes[node].halt, tgid, out);
	} else if (cause == CAUSE_STOPPED) {
		stuck_put_number("kill -CONT ", tgid, out);
	} else if (cause == CAUSE_UNKILLABLE_SIG_DFL && is_forced(sig)) {
		strbuf_add(out, "send it from outside of the PID namespace");
	} else if (cause == CAUSE_UNKILLABLE_SIG_DFL && chain_is_shell(c, node)) {
		strbuf_add(out, "in the script, `trap 'exit 0' ");
		chain_put_short_signal(sig, out);
		strbuf_add(out, "` before the work, `exec` the last command, or start an init in "
				"front (docker run --init, tini)");
	} else if (advice[cause]) {
		put_template(advice[cause], sig, out);
	}
}
