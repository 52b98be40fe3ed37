// SPDX-License-Identifier: BSD-2-Clause
#include "chain_phrases.h"

#include <string.h>

#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

#define SECOND_NS 1000000000ULL
/* From here on minutes read better. */
#define SECONDS_MAX 120

int chain_signal_of(const struct chain *c, uint32_t node)
{
	if (c->nodes[node].sig)
		return c->nodes[node].sig;
	return c->watched && c->first_sig ? c->first_sig : c->sig;
}

void chain_put_signal(int sig, struct strbuf *out)
{
	if (sig)
		stuck_put_signal(sig, out);
	else
		strbuf_add(out, "the signal");
}

void chain_put_short_signal(int sig, struct strbuf *out)
{
	const char *name = signal_name(sig);

	if (name)
		strbuf_add(out, name + sizeof("SIG") - 1);
	else
		strbuf_add_i64(out, sig);
}

void chain_put_span(uint64_t ns, struct strbuf *out)
{
	const uint64_t seconds = ns / SECOND_NS;

	/* Nobody reads tenths of a second of a minute. */
	if (seconds && seconds < SECONDS_MAX && (ns % SECOND_NS == 0 || seconds >= 10)) {
		strbuf_add_u64(out, seconds);
		strbuf_add(out, " s");
	} else {
		strbuf_add_duration(out, ns);
	}
}

void chain_put_at(const struct chain *c, uint64_t boot_ns, struct strbuf *out)
{
	uint64_t ms;

	if (!c->first_ns || boot_ns < c->first_ns)
		return;
	ms = (boot_ns - c->first_ns) / (SECOND_NS / 1000);
	strbuf_add(out, " at ");
	strbuf_add_u64(out, ms / 1000);
	strbuf_add_char(out, '.');
	strbuf_add_u64_padded(out, ms % 1000, 3);
	strbuf_add(out, " s");
}

void chain_put_watched(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint64_t got_ns = c->nodes[node].got_ns ? c->nodes[node].got_ns : c->first_ns;
	const uint64_t ns = c->ended_ns > got_ns ? c->ended_ns - got_ns : 0;

	/* It is the deadline that was asked for; what the end of the watch adds to it is chance. */
	chain_put_span(c->deadline_ns && ns >= c->deadline_ns ? c->deadline_ns : ns, out);
}

void chain_put_cut(const char *text, struct strbuf *out)
{
	char shown[CHAIN_OPERAND_MAX + 1];
	struct strbuf part;

	strbuf_init(&part, shown, sizeof(shown));
	strbuf_add_escaped(&part, text, SIZE_MAX);
	strbuf_add(out, shown);
	if (part.cut)
		strbuf_add(out, "…");
}

void chain_put_file(const char *path, struct strbuf *out)
{
	const char *slash = strrchr(path, '/');

	chain_put_cut(slash && slash[1] ? slash + 1 : path, out);
}

void chain_put_node(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (node == CHAIN_NONE)
		strbuf_add(out, "a process");
	else
		chain_write_node(c, node, out);
}

void chain_put_subject(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct program *program = &c->nodes[node].program;

	chain_write_node(c, node, out);
	if (!chain_is_shell(c, node) || !program->operand)
		return;
	if (program->runs == PROGRAM_RUNS_SCRIPT) {
		strbuf_add(out, " (script ");
		chain_put_file(program->operand, out);
		strbuf_add_char(out, ')');
	} else if (program->runs == PROGRAM_RUNS_COMMAND) {
		strbuf_add(out, " (-c '");
		chain_put_cut(program->operand, out);
		strbuf_add(out, "')");
	}
}

void chain_put_more(uint32_t count, struct strbuf *out)
{
	if (count < 2)
		return;
	stuck_put_number(" and ", count - 1, out);
	strbuf_add(out, " more");
}

void chain_put_missed(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	chain_put_node(c, b->missed, out);
	if (b->missed_count > 1 || b->beyond < 2) {
		chain_put_more(b->missed_count > b->beyond ? b->missed_count : b->beyond, out);
		return;
	}
	stuck_put_number(" and ", b->beyond - 1, out);
	strbuf_add(out, " below it");
}

void chain_put_users(const struct chain *c, uint32_t from, uint32_t to, struct strbuf *out)
{
	chain_put_node(c, from, out);
	stuck_put_number(" runs as user ", c->nodes[from].process->uid, out);
	strbuf_add(out, ", ");
	chain_put_node(c, to, out);
	stuck_put_number(" as user ", c->nodes[to].process->uid, out);
}

void chain_put_awaited(const struct chain *c, uint32_t shell, struct strbuf *out)
{
	const struct chain_node *node = &c->nodes[shell];

	if (node->shell == CHAIN_SHELL_WAITS_FOREGROUND && node->waits_for != CHAIN_NONE)
		chain_write_node(c, node->waits_for, out);
	else
		strbuf_add(out, "a child");
}

void chain_put_other_group(const struct chain *c, uint32_t node, uint32_t than, struct strbuf *out)
{
	const struct process *p = c->nodes[node].process;
	uint32_t group = c->group;

	/* A forwarder sent it to another group than whoever sent it to the forwarder. */
	if (than != CHAIN_NONE && stuck_knows(c->nodes[than].process, PROCESS_KNOWN_IDS))
		group = c->nodes[than].process->pgid;
	if (!stuck_knows(p, PROCESS_KNOWN_IDS) || p->pgid == group) {
		strbuf_add(out, "is in another process group");
		return;
	}
	stuck_put_number("is in process group ", p->pgid, out);
	if (!group)
		return;
	strbuf_add(out, c->to == CHAIN_TO_FOREGROUND && group == c->group
				? ", not in the terminal's foreground group "
				: ", not in ");
	strbuf_add_u64(out, group);
}

bool chain_can_kill_group(const struct chain *c, uint32_t node)
{
	const struct process *p = c->nodes[node].process;

	return stuck_knows(p, PROCESS_KNOWN_IDS) && p->pgid > 1;
}

void chain_put_kill_group(const struct chain *c, uint32_t node, int sig, struct strbuf *out)
{
	strbuf_add(out, "kill -");
	chain_put_short_signal(sig, out);
	stuck_put_number(" -", c->nodes[node].process->pgid, out);
}

bool chain_is(const struct chain *c, uint32_t node, enum program_kind kind)
{
	return node != CHAIN_NONE && !c->nodes[node].program.by_name_only &&
	       c->nodes[node].program.kind == kind;
}

bool chain_is_shell(const struct chain *c, uint32_t node)
{
	return node != CHAIN_NONE && !c->nodes[node].program.by_name_only &&
	       program_is_shell(c->nodes[node].program.kind);
}

/*
 * An interactive shell catches for itself; a bash that waits for a command catches SIGINT. What
 * zsh and ksh catch for themselves is not known here.
 */
bool chain_has_trap(const struct chain *c, uint32_t node, int sig)
{
	const struct process *p = c->nodes[node].process;

	if (!sig || c->nodes[node].program.interactive != PROGRAM_NO ||
	    !stuck_knows(p, PROCESS_KNOWN_DISPOSITIONS) || !(p->caught & signal_bit(sig)))
		return false;
	return chain_is(c, node, PROGRAM_DASH) || chain_is(c, node, PROGRAM_ASH) ||
	       (chain_is(c, node, PROGRAM_BASH) && sig != SIG_INT);
}

bool chain_waits_on(const struct chain *c, uint32_t shell)
{
	const struct chain_node *n = &c->nodes[shell];
	const struct chain_node *child;

	if (!c->watched || n->end == CHAIN_END_NONE)
		return true;
	if (n->waits_for == CHAIN_NONE)
		return false;
	child = &c->nodes[n->waits_for];
	return child->end != CHAIN_END_NONE && child->end_ns <= n->end_ns;
}

/* kill_ok_by_cred() in kernel/signal.c. Both sudo and su are set-user-ID root. */
bool chain_may_refuse(const struct chain *c, uint32_t from, uint32_t to, int sig)
{
	const struct process *p = c->nodes[from].process, *q = c->nodes[to].process;

	if (p->uid == 0 || p->saved_uid == 0 || chain_is(c, from, PROGRAM_SUDO) ||
	    chain_is(c, from, PROGRAM_SU))
		return false;
	if (sig == SIG_CONT && !chain_other_session(c, from, to))
		return false;
	return p->uid != q->uid && p->uid != q->saved_uid && p->saved_uid != q->uid &&
	       p->saved_uid != q->saved_uid;
}

bool chain_is_refused(const struct chain *c, const struct chain_break *b)
{
	return b->missed != CHAIN_NONE &&
	       chain_may_refuse(c, b->at, b->missed, chain_signal_of(c, b->at));
}

bool chain_same_group(const struct chain *c, uint32_t a, uint32_t b)
{
	const struct process *p = c->nodes[a].process, *q = c->nodes[b].process;

	return stuck_knows(p, PROCESS_KNOWN_IDS) && stuck_knows(q, PROCESS_KNOWN_IDS) && p->pgid &&
	       p->pgid == q->pgid;
}

bool chain_other_session(const struct chain *c, uint32_t a, uint32_t b)
{
	const struct process *p = c->nodes[a].process, *q = c->nodes[b].process;

	return stuck_knows(p, PROCESS_KNOWN_IDS) && stuck_knows(q, PROCESS_KNOWN_IDS) &&
	       p->sid != q->sid;
}

uint32_t chain_child_towards(const struct chain *c, uint32_t top, uint32_t node)
{
	while (node != CHAIN_NONE && c->nodes[node].parent != top)
		node = c->nodes[node].parent;
	return node;
}

const struct chain_edge *chain_edge_to(const struct chain *c, uint32_t node, int sig)
{
	for (size_t i = 0; i < c->edges_len; i++) {
		const struct chain_edge *edge = &c->edges[i];

		if (edge->target == node && (sig ? edge->sig == sig : edge->asks))
			return edge;
	}
	return NULL;
}

void chain_put_sender(const struct chain *c, const struct chain_edge *edge, struct strbuf *out)
{
	const char *origin;

	if (!edge)
		return;
	origin = origin_phrase(edge->origin);
	if (edge->sender_kind == SENDER_KERNEL) {
		strbuf_add(out, " by the kernel");
		if (origin) {
			strbuf_add(out, " (");
			strbuf_add(out, origin);
			strbuf_add_char(out, ')');
		}
	} else if (edge->sender_node != CHAIN_NONE) {
		strbuf_add(out, " by ");
		chain_write_node(c, edge->sender_node, out);
	} else if (edge->sender.source != REPORT_SOURCE_ABSENT) {
		strbuf_add(out, " by ");
		stuck_put_name(edge->sender.comm, edge->sender.tgid, out);
	}
}

const struct prediction *chain_prediction(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	if (!n->has_prediction || !n->prediction.known ||
	    n->prediction.report.sig != chain_signal_of(c, node))
		return NULL;
	if (c->watched && n->prediction.verdict.cause != n->cause)
		return NULL;
	return &n->prediction;
}

/* A process that has ended sends nothing more: how long it was watched then means nothing. */
void chain_put_broken(const struct chain *c, const struct chain_break *b, struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[b->at];

	strbuf_add(out, "got ");
	chain_put_signal(chain_signal_of(c, b->at), out);
	chain_put_at(c, at->got_ns, out);
	strbuf_add(out, ", sent nothing ");
	if (b->missed == CHAIN_NONE) {
		strbuf_add(out, "on");
	} else {
		strbuf_add(out, "to ");
		chain_put_node(c, b->missed, out);
		chain_put_more(b->missed_count, out);
	}
	if (at->end == CHAIN_END_NONE) {
		strbuf_add(out, " in ");
		chain_put_watched(c, b->at, out);
		return;
	}
	strbuf_add(out, " and ended");
	if (at->got_ns && at->end_ns >= at->got_ns) {
		strbuf_add_char(out, ' ');
		strbuf_add_duration(out, at->end_ns - at->got_ns);
		strbuf_add(out, " later");
	}
}
