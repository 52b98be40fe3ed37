// SPDX-License-Identifier: BSD-2-Clause
/*
 * What to do where a signal stops, by the rule and by what is proven of the program. Commands to
 * paste hold nothing but numbers and names of signals: whoever named the files may have had ideas.
 */
#include "chain.h"
#include "chain_phrases.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct chain *c, const struct chain_break *b, struct strbuf *out);

#define EXEC_FORM                                                                              \
	"write CMD and ENTRYPOINT in exec form (a JSON array), so that no shell is PID 1, or " \
	"begin the last command with `exec`"

static void put_signal(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	chain_put_signal(chain_signal_of(c, b->at), out);
}

/* Shells. */

/* SIGINT and SIGQUIT are ignored by what a shell without job control starts with &. */
static int sent_by_trap(int sig)
{
	return sig == SIG_INT || sig == SIG_QUIT ? SIG_TERM : sig;
}

/*
 * In bash, dash, busybox, zsh and ksh alike. The trap waits, too: a signal ends the `wait` below
 * it, and the script must not end before its command, least of all as PID 1.
 */
static void put_trap(int sig, struct strbuf *out)
{
	strbuf_add(out, "trap 'kill -");
	chain_put_short_signal(sent_by_trap(sig), out);
	strbuf_add(out, " \"$pid\"; wait \"$pid\"' ");
	chain_put_short_signal(sig, out);
	strbuf_add(out, "; cmd & pid=$!; wait \"$pid\"");
}

static void put_forward(int sig, struct strbuf *out)
{
	strbuf_add(out, "forward: `");
	put_trap(sig, out);
	strbuf_add_char(out, '`');
	if (sent_by_trap(sig) != sig) {
		strbuf_add(out, " (what is started with & ignores ");
		chain_put_signal(sig, out);
		strbuf_add_char(out, ')');
	}
}

/* Somebody typed its commands: nothing is to be changed but whom the signal is sent to. */
static void put_to_missed(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const int sig = chain_signal_of(c, b->at);
	const struct process *p;

	if (b->missed == CHAIN_NONE)
		return;
	p = c->nodes[b->missed].process;
	strbuf_add(out, "send it to ");
	chain_write_node(c, b->missed, out);
	/* A group of its own, whose leader it is: nobody else is hit. */
	if (chain_can_kill_group(c, b->missed) && p->pgid == p->tgid &&
	    !chain_same_group(c, b->at, b->missed)) {
		strbuf_add(out, " and all of its group: ");
		chain_put_kill_group(c, b->missed, sig, out);
	} else {
		strbuf_add(out, " itself: kill -");
		chain_put_short_signal(sig, out);
		stuck_put_number(" ", p->tgid, out);
	}
}

static void put_shell(const struct chain *c, const struct chain_break *b, bool trap,
		      struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[b->at];
	const struct program *program = &at->program;
	const int sig = chain_signal_of(c, b->at);

	if (program->interactive == PROGRAM_YES) {
		put_to_missed(c, b, out);
		return;
	}
	if (program->runs == PROGRAM_RUNS_COMMAND && at->process->namespace_init) {
		strbuf_add(out, EXEC_FORM);
		return;
	}
	if (program->runs == PROGRAM_RUNS_COMMAND &&
	    (chain_is(c, at->parent, PROGRAM_NPM) || chain_is(c, at->parent, PROGRAM_YARN))) {
		strbuf_add(out, "begin the last command of the script in package.json with `exec`, "
				"so that it takes the shell's place");
		return;
	}
	if (program->runs == PROGRAM_RUNS_SCRIPT && program->operand) {
		strbuf_add(out, "in ");
		chain_put_file(program->operand, out);
		strbuf_add(out, ", ");
	}
	/* `exec` forgets traps. */
	if (trap && at->shell != CHAIN_SHELL_WAITS_BUILTIN) {
		strbuf_add(out, "start the command with & (a trap interrupts `wait`, not a "
				"command), and ");
		put_forward(sig, out);
		return;
	}
	/* The command is in the background as it should be. */
	if (at->shell == CHAIN_SHELL_WAITS_BUILTIN) {
		strbuf_add(out, "trap and ");
	} else if (program->runs == PROGRAM_RUNS_COMMAND) {
		strbuf_add(out, "`exec` the last command (");
		strbuf_add(out, program_name(program->kind));
		strbuf_add(out,
			   " -c 'exec cmd'), so that it takes the shell's place; or trap and ");
	} else {
		strbuf_add(
			out,
			"`exec` the last command, so that it takes the shell's place; or trap and ");
	}
	put_forward(sig, out);
}

/* Inits and the like. */

/* A signal to the group of the forwarder's child would reach it. */
static bool group_has(const struct chain *c, uint32_t forwarder, uint32_t missed)
{
	const uint32_t child = chain_child_towards(c, forwarder, missed);

	return child != CHAIN_NONE && child != missed && chain_same_group(c, child, missed);
}

/* How that forwarder is made to signal the whole group; false: it cannot, or it would not help. */
static bool put_group_mode(const struct chain *c, uint32_t forwarder, uint32_t missed,
			   struct strbuf *out)
{
	if (missed == CHAIN_NONE || !group_has(c, forwarder, missed))
		return false;
	if (chain_is(c, forwarder, PROGRAM_TINI))
		strbuf_add(out, "tini -g signals the whole group (with docker run --init: "
				"-e TINI_KILL_PROCESS_GROUP=1)");
	else if (chain_is(c, forwarder, PROGRAM_CATATONIT))
		strbuf_add(out, "catatonit -g signals the whole group");
	else if (chain_is(c, forwarder, PROGRAM_DUMB_INIT))
		strbuf_add(out, "dumb-init without --single-child (-c, DUMB_INIT_SETSID=0) signals "
				"the whole group");
	else if (chain_is(c, forwarder, PROGRAM_TIMEOUT))
		strbuf_add(out, "timeout without --foreground signals the whole group");
	else
		return false;
	return true;
}

static void remedy_shell(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[b->at];

	/* The init in front of it could have reached the child without it. */
	if (at->way == CHAIN_WAY_FORWARDED && at->from != CHAIN_NONE &&
	    put_group_mode(c, at->from, b->missed, out))
		strbuf_add(out, "; or ");
	put_shell(c, b, chain_has_trap(c, b->at, chain_signal_of(c, b->at)), out);
}

/* By the program that had it last, which may be an init in front of a shell. */
static void put_generic(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	strbuf_add(out, "let ");
	chain_write_node(c, b->at, out);
	strbuf_add(out, " send ");
	put_signal(c, b, out);
	strbuf_add(out, " on");
	if (b->missed != CHAIN_NONE) {
		strbuf_add(out, " to ");
		chain_put_node(c, b->missed, out);
		chain_put_more(b->missed_count, out);
	}
	strbuf_add(out, " and wait for the end");
	if (b->missed != CHAIN_NONE && chain_same_group(c, b->at, b->missed))
		strbuf_add(out, ", or start it behind tini -g, which signals the whole group");
}

/*
 * By `trap ''`, or since it began; then it cannot even set a trap. But zsh can, and bash, ash and
 * zsh ignore SIGQUIT by themselves.
 */
static bool is_told_to_ignore(const struct chain *c, uint32_t node)
{
	const struct prediction *prediction = chain_prediction(c, node);
	enum cause cause = c->nodes[node].cause;

	if (prediction)
		cause = prediction->verdict.cause;
	return (prediction || c->watched) && cause == CAUSE_SIG_IGN && chain_is_shell(c, node) &&
	       c->nodes[node].program.kind != PROGRAM_ZSH &&
	       c->nodes[node].program.interactive == PROGRAM_NO &&
	       chain_signal_of(c, node) != SIG_QUIT;
}

static void remedy_dropped(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const struct program *program = &c->nodes[b->at].program;
	const int sig = chain_signal_of(c, b->at);

	if (is_told_to_ignore(c, b->at)) {
		strbuf_add(out, "remove `trap '' ");
		chain_put_short_signal(sig, out);
		strbuf_add(out, "` from ");
		if (program->runs == PROGRAM_RUNS_SCRIPT && program->operand)
			chain_put_file(program->operand, out);
		else
			strbuf_add(out, "its commands");
		strbuf_add(out, "; if the shell was started with ");
		put_signal(c, b, out);
		strbuf_add(out, " ignored, no trap in it helps: start it with `env "
				"--default-signal=");
		chain_put_short_signal(sig, out);
		strbuf_add_char(out, '`');
		return;
	}
	chain_put_drop_remedy(c, b->at, out);
}

static void remedy_child_only(const struct chain *c, const struct chain_break *b,
			      struct strbuf *out)
{
	const bool named = b->missed != CHAIN_NONE &&
			   c->nodes[b->missed].way == CHAIN_WAY_CHILD_ONLY &&
			   c->nodes[b->missed].from != CHAIN_NONE;
	const uint32_t forwarder = named ? c->nodes[b->missed].from : b->at;

	if (put_group_mode(c, forwarder, b->missed, out))
		return;
	if (chain_is_shell(c, b->at))
		remedy_shell(c, b, out);
	else
		put_to_missed(c, b, out);
}

/* The group. */

static void remedy_outside_group(const struct chain *c, const struct chain_break *b,
				 struct strbuf *out)
{
	const struct chain_node *missed;

	if (b->missed == CHAIN_NONE)
		return;
	missed = &c->nodes[b->missed];
	if (chain_is(c, b->missed, PROGRAM_TIMEOUT) && missed->program.to_group == PROGRAM_YES) {
		strbuf_add(out, "timeout --foreground stays in the group; or ");
	} else if (chain_other_session(c, b->at, b->missed)) {
		strbuf_add(out, "start it without setsid; or ");
	} else if (chain_is_shell(c, b->at) && c->nodes[b->at].program.interactive != PROGRAM_YES &&
		   c->nodes[b->at].program.job_control == PROGRAM_YES) {
		strbuf_add(out, "turn job control off in the shell (set +m); or ");
	}
	put_to_missed(c, b, out);
}

/* A program that ends, or handles it, and sends nothing on. */

static void remedy_ends(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	if (chain_is_shell(c, b->at))
		remedy_shell(c, b, out);
	else if (chain_is(c, b->at, PROGRAM_XARGS))
		put_to_missed(c, b, out);
	else
		put_generic(c, b, out);
}

static bool sent_from_own_group(const struct chain *c, uint32_t node)
{
	const struct chain_edge *edge = chain_edge_to(c, node, c->nodes[node].sig);

	return edge && edge->sender_node != CHAIN_NONE &&
	       chain_same_group(c, edge->sender_node, node);
}

static void remedy_not_forwarded(const struct chain *c, const struct chain_break *b,
				 struct strbuf *out)
{
	if (chain_is(c, b->at, PROGRAM_COMPOSE)) {
		strbuf_add(out, "docker compose before 2.19 passes nothing on to the container of "
				"`run`: update it, or stop the container itself (docker stop)");
	} else if (chain_is(c, b->at, PROGRAM_NPM) || chain_is(c, b->at, PROGRAM_YARN)) {
		strbuf_add(out, "start the program itself in place of ");
		strbuf_add(out, program_name(c->nodes[b->at].program.kind));
		strbuf_add(out, " (CMD [\"node\", \"server.js\"]); or ");
		put_to_missed(c, b, out);
	} else if (chain_is(c, b->at, PROGRAM_SUDO) && sent_from_own_group(c, b->at)) {
		strbuf_add(out, "sudo does not pass on what comes from its command's own process "
				"group: send it from outside of that; or ");
		put_to_missed(c, b, out);
	} else if (chain_is(c, b->at, PROGRAM_SUDO) || chain_is(c, b->at, PROGRAM_SU) ||
		   chain_is(c, b->at, PROGRAM_DOCKER)) {
		put_to_missed(c, b, out);
	} else {
		remedy_ends(c, b, out);
	}
}

static void remedy_teardown(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	if (put_group_mode(c, b->at, b->missed, out))
		return;
	if (program_is_init(c->nodes[b->at].program.kind) || chain_is_shell(c, b->at))
		remedy_child_only(c, b, out);
	else
		put_generic(c, b, out);
}

static void remedy_killed_unasked(const struct chain *c, const struct chain_break *b,
				  struct strbuf *out)
{
	strbuf_add(out, "send it ");
	put_signal(c, b, out);
	strbuf_add(out, " before SIGKILL, and give it time; or ");
	remedy_not_forwarded(c, b, out);
}

/* No program can pass these two on. */
static void remedy_forced(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const int sig = chain_signal_of(c, b->at);

	strbuf_add(out, "no program can pass ");
	chain_put_signal(sig, out);
	strbuf_add(out, " on: ");
	if (sig == SIG_KILL)
		chain_put_ask_first(c, b->at, out);
	if (b->missed != CHAIN_NONE && chain_same_group(c, b->at, b->missed) &&
	    chain_can_kill_group(c, b->at)) {
		strbuf_add(out, "send it to the whole group: ");
		chain_put_kill_group(c, b->at, sig, out);
	} else {
		put_to_missed(c, b, out);
	}
}

/* dumb-init -r 15:0 */
static bool keeps(const struct chain *c, uint32_t node)
{
	const struct program *program = &c->nodes[node].program;

	return chain_is(c, node, PROGRAM_DUMB_INIT) && program->rewrite_from &&
	       program->rewrite_from == chain_signal_of(c, node) && !program->rewrite_to;
}

static void remedy_keeps(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	stuck_put_number("leave -r ", (uint64_t)chain_signal_of(c, b->at), out);
	strbuf_add(out, ":0 out: it tells dumb-init to keep ");
	put_signal(c, b, out);
	strbuf_add(out, " to itself");
}

/* Whatever it would send on. */
static void remedy_refused(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	stuck_put_number("run both as one user, for the kernel may refuse what user ",
			 c->nodes[b->at].process->uid, out);
	stuck_put_number(" sends to user ", c->nodes[b->missed].process->uid, out);
	strbuf_add(out, "; or as root ");
	put_to_missed(c, b, out);
}

static const write_fn remedies[] = {
	[CHAIN_RULE_DROPPED] = remedy_dropped,
	[CHAIN_RULE_SHELL_WAITS] = remedy_shell,
	[CHAIN_RULE_SHELL_ENDS] = remedy_shell,
	[CHAIN_RULE_OUTSIDE_GROUP] = remedy_outside_group,
	[CHAIN_RULE_ENDS_WITHOUT_FORWARDING] = remedy_ends,
	[CHAIN_RULE_TEARDOWN] = remedy_teardown,
	[CHAIN_RULE_KILLED_UNASKED] = remedy_killed_unasked,
	[CHAIN_RULE_CHILD_ONLY] = remedy_child_only,
	[CHAIN_RULE_NOT_FORWARDED] = remedy_not_forwarded,
};
_Static_assert(sizeof(remedies) / sizeof(remedies[0]) == CHAIN_RULE_COUNT, "one for every rule");

bool chain_write_remedy(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const int sig = chain_signal_of(c, b->at);
	const size_t before = out->len;
	write_fn write = remedies[b->rule];

	if (b->rule != CHAIN_RULE_DROPPED && b->rule != CHAIN_RULE_OUTSIDE_GROUP) {
		if (sig == SIG_KILL || sig == SIG_STOP)
			write = remedy_forced;
		else if (keeps(c, b->at))
			write = remedy_keeps;
		else if (chain_is_refused(c, b))
			write = remedy_refused;
	}
	write(c, b, out);
	return out->len > before;
}
