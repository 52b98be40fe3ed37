// SPDX-License-Identifier: BSD-2-Clause
/* Where a signal stopped: one writer for each rule. */
#include "chain.h"
#include "chain_phrases.h"
#include "signal_numbers.h"
#include "stuck_words.h"

/*
 * `subject`: with the name of the process that had the signal last; without it the clause stands
 * behind "chain broken at bash[12]: ".
 */
typedef void (*write_fn)(const struct chain *c, const struct chain_break *b, bool subject,
			 struct strbuf *out);

static void put_subject(const struct chain *c, const struct chain_break *b, bool subject,
			struct strbuf *out)
{
	if (!subject)
		return;
	chain_put_subject(c, b->at, out);
	strbuf_add_char(out, ' ');
}

static bool is_one(const struct chain_break *b)
{
	return b->missed_count < 2 && b->beyond < 2;
}

static void put_signal(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	chain_put_signal(chain_signal_of(c, b->at), out);
}

/* ": test_pipeline[13] and 2 below it go on without it" */
static void put_goes_on(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	if (b->missed == CHAIN_NONE)
		return;
	strbuf_add(out, ": ");
	if (!c->watched && c->nodes[b->missed].way == CHAIN_WAY_TEARDOWN) {
		strbuf_add(out, "the end of its PID namespace kills ");
		chain_put_missed(c, b, out);
		return;
	}
	chain_put_missed(c, b, out);
	if (c->watched)
		strbuf_add(out, " got nothing");
	else
		strbuf_add(out, is_one(b) ? " goes on without it" : " go on without it");
}

static void put_got(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	strbuf_add(out, c->watched ? "got " : "gets ");
	put_signal(c, b, out);
	chain_put_at(c, c->nodes[b->at].got_ns, out);
}

static bool is_ignored(enum cause cause)
{
	return cause == CAUSE_UNKILLABLE_SIG_DFL || cause == CAUSE_SIG_DFL_IGNORE;
}

static void write_dropped(const struct chain *c, const struct chain_break *b, bool subject,
			  struct strbuf *out)
{
	const struct prediction *prediction = chain_prediction(c, b->at);

	put_subject(c, b, subject, out);
	if (!c->watched && prediction && is_ignored(prediction->verdict.cause)) {
		strbuf_add(out, "ignores ");
		put_signal(c, b, out);
		strbuf_add(out, ": ");
	} else {
		put_got(c, b, out);
		strbuf_add(out, c->watched ? ", without effect: " : " without effect: ");
	}
	chain_put_drop(c, b->at, out);
}

/* "waits for test_pipeline[13]" */
static void put_waits(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	strbuf_add(out, c->watched ? "waited for " : "waits for ");
	chain_put_awaited(c, b->at, out);
}

static void write_shell_waits(const struct chain *c, const struct chain_break *b, bool subject,
			      struct strbuf *out)
{
	const bool trap = chain_has_trap(c, b->at, chain_signal_of(c, b->at));

	put_subject(c, b, subject, out);
	if (c->watched) {
		chain_put_broken(c, b, out);
		if (!subject || !chain_waits_on(c, b->at))
			return;
		strbuf_add(out, ": it ");
		put_waits(c, b, out);
		strbuf_add(out, trap ? ", and runs its trap only when that ends"
				     : ", and acts on the signal only when that ends");
	} else if (trap) {
		strbuf_add(out, "has a trap for ");
		put_signal(c, b, out);
		strbuf_add(out, " and ");
		put_waits(c, b, out);
		strbuf_add(out,
			   ": the trap runs when that ends, and nothing is forwarded until then");
	} else {
		put_waits(c, b, out);
		strbuf_add(out, " and acts on ");
		put_signal(c, b, out);
		strbuf_add(out, " only when that ends");
	}
}

static void write_ends(const struct chain *c, const struct chain_break *b, bool subject,
		       struct strbuf *out)
{
	put_subject(c, b, subject, out);
	if (c->watched) {
		put_got(c, b, out);
		strbuf_add(out, ", was ended by it and sent nothing");
	} else {
		strbuf_add(out, "ends by ");
		put_signal(c, b, out);
		strbuf_add(out, " and forwards nothing");
	}
	put_goes_on(c, b, out);
}

/* A session of its own shows setsid; only a shell knows jobs, others call setpgid, too. */
static void write_outside_group(const struct chain *c, const struct chain_break *b, bool subject,
				struct strbuf *out)
{
	const bool known = b->missed != CHAIN_NONE &&
			   stuck_knows(c->nodes[b->missed].process, PROCESS_KNOWN_IDS) &&
			   stuck_knows(c->nodes[b->at].process, PROCESS_KNOWN_IDS);

	(void)subject;
	chain_put_node(c, b->missed, out);
	strbuf_add_char(out, ' ');
	if (c->watched)
		strbuf_add(out, "got nothing: it ");
	if (b->missed == CHAIN_NONE)
		strbuf_add(out, "is in another process group");
	else
		chain_put_other_group(c, b->missed, b->at, out);
	if (!known)
		strbuf_add(out, ": setsid or job control put it outside the group");
	else if (chain_other_session(c, b->missed, b->at))
		strbuf_add(out, ": setsid put it outside the group");
	else
		strbuf_add(out, ": job control, or another call of setpgid, put it outside the "
				"group");
	if (b->missed_count > 1) {
		stuck_put_number("; so it is with ", b->missed_count - 1, out);
		strbuf_add(out, b->missed_count == 2 ? " other" : " others");
	}
}

/* Of the others it is not said how they ended. */
static void put_unasked(const struct chain_break *b, struct strbuf *out)
{
	const uint32_t all = b->missed_count > b->beyond ? b->missed_count : b->beyond;

	strbuf_add(out, ", not asked before");
	if (all < 2)
		return;
	stuck_put_number("; ", all - 1, out);
	strbuf_add(out, " more got nothing, either");
}

static void write_teardown(const struct chain *c, const struct chain_break *b, bool subject,
			   struct strbuf *out)
{
	put_subject(c, b, subject, out);
	if (c->watched) {
		chain_put_broken(c, b, out);
		strbuf_add(out, ": the end of the PID namespace killed ");
		chain_put_node(c, b->missed, out);
		put_unasked(b, out);
	} else {
		strbuf_add(out, "sends nothing on: the end of the PID namespace kills ");
		chain_put_missed(c, b, out);
		strbuf_add(out, ", not asked before");
	}
}

static void write_killed_unasked(const struct chain *c, const struct chain_break *b, bool subject,
				 struct strbuf *out)
{
	const struct chain_edge *kill = b->missed == CHAIN_NONE
						? NULL
						: chain_edge_to(c, b->missed, SIG_KILL);

	put_subject(c, b, subject, out);
	if (!c->watched) {
		strbuf_add(out, "sends nothing on");
		put_goes_on(c, b, out);
		return;
	}
	chain_put_broken(c, b, out);
	strbuf_add(out, ": ");
	chain_put_node(c, b->missed, out);
	strbuf_add(out, " was killed with SIGKILL");
	chain_put_sender(c, kill, out);
	if (kill)
		chain_put_at(c, kill->boot_ns, out);
	put_unasked(b, out);
}

/* The forwarder is `at` itself, or the last one that had the signal is its child. */
static void write_child_only(const struct chain *c, const struct chain_break *b, bool subject,
			     struct strbuf *out)
{
	const uint32_t from = b->missed == CHAIN_NONE ||
					      c->nodes[b->missed].way != CHAIN_WAY_CHILD_ONLY
				      ? CHAIN_NONE
				      : c->nodes[b->missed].from;
	const uint32_t by = from == CHAIN_NONE ? b->at : from;
	const uint32_t child = b->missed == CHAIN_NONE ? CHAIN_NONE
						       : chain_child_towards(c, by, b->missed);

	put_subject(c, b, subject, out);
	if (by != b->at) {
		put_got(c, b, out);
		strbuf_add(out, " from ");
		chain_write_node(c, by, out);
		strbuf_add(out, ", which signals its child alone");
	} else {
		strbuf_add(out, c->watched ? "sent " : "forwards ");
		put_signal(c, b, out);
		strbuf_add(out, " to its child ");
		if (child != CHAIN_NONE && child != b->missed) {
			chain_write_node(c, child, out);
			strbuf_add_char(out, ' ');
		}
		strbuf_add(out, "alone");
	}
	put_goes_on(c, b, out);
}

static void write_not_forwarded(const struct chain *c, const struct chain_break *b, bool subject,
				struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[b->at];

	put_subject(c, b, subject, out);
	if (!c->watched) {
		put_got(c, b, out);
		strbuf_add(out, " and sends nothing on");
		put_goes_on(c, b, out);
		return;
	}
	chain_put_broken(c, b, out);
	if (chain_is_refused(c, b)) {
		strbuf_add(out, ": ");
		chain_put_users(c, b->at, b->missed, out);
		strbuf_add(out, ", and without CAP_KILL the kernel refuses its signals (EPERM)");
		return;
	}
	if (!subject)
		return;
	if (at->taken)
		strbuf_add(out, "; it took the signal with sigwait() or a signalfd");
	else if (at->fate == SIGNAL_FATE_HANDLED)
		strbuf_add(out, "; its handler ran");
}

static const write_fn writers[] = {
	[CHAIN_RULE_DROPPED] = write_dropped,
	[CHAIN_RULE_SHELL_WAITS] = write_shell_waits,
	[CHAIN_RULE_SHELL_ENDS] = write_ends,
	[CHAIN_RULE_OUTSIDE_GROUP] = write_outside_group,
	[CHAIN_RULE_ENDS_WITHOUT_FORWARDING] = write_ends,
	[CHAIN_RULE_TEARDOWN] = write_teardown,
	[CHAIN_RULE_KILLED_UNASKED] = write_killed_unasked,
	[CHAIN_RULE_CHILD_ONLY] = write_child_only,
	[CHAIN_RULE_NOT_FORWARDED] = write_not_forwarded,
};
_Static_assert(sizeof(writers) / sizeof(writers[0]) == CHAIN_RULE_COUNT, "a clause for every rule");

void chain_write_break(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	writers[b->rule](c, b, true, out);
}

void chain_put_break(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	writers[b->rule](c, b, false, out);
}
