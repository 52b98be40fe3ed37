// SPDX-License-Identifier: BSD-2-Clause
/* What each process of a tree is, and what it does with the signal that it gets. */
#include "chain.h"
#include "chain_phrases.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct chain *c, uint32_t node, struct strbuf *out);

static const struct chain_node *node_of(const struct chain *c, uint32_t node)
{
	return &c->nodes[node];
}

void chain_write_number(const struct process *p, struct strbuf *out)
{
	strbuf_add_u64(out, p->tgid);
	if (p->ns_tgid == 1)
		strbuf_add(out, ", init");
	else if (p->ns_tgid && p->ns_tgid != p->tgid)
		stuck_put_number(", ns ", p->ns_tgid, out);
}

void chain_write_node(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct process *p = c->nodes[node].process;

	strbuf_add_escaped(out, p->comm, sizeof(p->comm));
	strbuf_add_char(out, '[');
	chain_write_number(p, out);
	strbuf_add_char(out, ']');
}

/* What it is. */

static void put_shell(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct program *program = &node_of(c, node)->program;

	if (program->runs == PROGRAM_RUNS_SCRIPT && program->operand) {
		strbuf_add(out, ", script ");
		chain_put_file(program->operand, out);
	} else if (program->runs == PROGRAM_RUNS_COMMAND && program->operand) {
		strbuf_add(out, ", -c '");
		chain_put_cut(program->operand, out);
		strbuf_add_char(out, '\'');
	} else if (program->runs == PROGRAM_RUNS_STDIN && program->interactive == PROGRAM_NO) {
		strbuf_add(out, ", commands from stdin");
	}
	if (program->interactive == PROGRAM_YES)
		strbuf_add(out, ", interactive");
	if (program->job_control == PROGRAM_YES)
		strbuf_add(out, ", job control");
	else if (program->job_control == PROGRAM_NO && program->interactive == PROGRAM_YES)
		strbuf_add(out, ", no job control");
}

static void put_shell_state(const struct chain *c, uint32_t node, struct strbuf *out)
{
	switch (node_of(c, node)->shell) {
	case CHAIN_SHELL_WAITS_FOREGROUND:
		strbuf_add(out, ", waits for ");
		chain_put_awaited(c, node, out);
		break;
	case CHAIN_SHELL_WAITS_BUILTIN:
		strbuf_add(out, ", in `wait`");
		break;
	case CHAIN_SHELL_READS:
		strbuf_add(out, ", waits for no child");
		break;
	case CHAIN_SHELL_NOT_KNOWN:
	case CHAIN_SHELL_COUNT:
		break;
	}
}

static void put_forwarder(const struct program *program, struct strbuf *out)
{
	if (program->to_group == PROGRAM_YES)
		strbuf_add(out, ", signals its child's whole group");
	else if (program->to_group == PROGRAM_NO)
		strbuf_add(out, ", signals its child alone");
	if (!program->rewrite_from)
		return;
	strbuf_add(out, program->rewrite_to ? ", sends " : ", keeps ");
	if (program->rewrite_to) {
		chain_put_signal(program->rewrite_to, out);
		strbuf_add(out, " for ");
	}
	chain_put_signal(program->rewrite_from, out);
	strbuf_add(out, program->rewrite_to ? "" : " to itself");
	if (program->rewrite_more)
		strbuf_add(out, " (-r, and others)");
	else
		strbuf_add(out, " (-r)");
}

void chain_write_program(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct program *program = &node_of(c, node)->program;
	const char *name = program_name(program->kind);

	if (program->kind == PROGRAM_SHIM)
		name = "a container runtime's shim";
	else if (program->kind == PROGRAM_CI_AGENT)
		name = "a CI agent";
	if (!name)
		return;
	strbuf_add(out, name);
	if (program->by_name_only) {
		strbuf_add(out, " by its name alone");
		return;
	}
	if (chain_is_shell(c, node)) {
		put_shell(c, node, out);
		put_shell_state(c, node, out);
	} else {
		put_forwarder(program, out);
	}
}

/* What it does with the signal. */

static void put_signal(const struct chain *c, uint32_t node, struct strbuf *out)
{
	chain_put_signal(chain_signal_of(c, node), out);
}

/* The sentence of inspect; false: it is not known. */
static bool put_explanation(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct prediction *prediction = c->watched ? NULL : chain_prediction(c, node);

	if (prediction)
		explain_write(&prediction->report, &prediction->verdict, out);
	return prediction;
}

static void write_end(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (put_explanation(c, node, out))
		return;
	strbuf_add(out, c->watched ? "the default action of " : "the default action ends it");
	if (c->watched) {
		put_signal(c, node, out);
		strbuf_add(out, " ended it");
	}
}

static void write_stop(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (!put_explanation(c, node, out))
		strbuf_add(out, c->watched ? "the default action stopped it"
					   : "the default action stops it");
}

/* What the program does then is its own affair. */
static void put_taken(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = node_of(c, node);

	if (n->taken)
		strbuf_add(out, "it took the signal with sigwait() or a signalfd");
	else if (n->fate == SIGNAL_FATE_HANDLED)
		strbuf_add(out, "its handler ran");
	else
		strbuf_add(out, "it handled the signal");
}

static void write_handle(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (c->watched)
		put_taken(c, node, out);
	else if (!put_explanation(c, node, out))
		strbuf_add(out, "its program handles it");
}

/* "sent it on to bash[12] and 2 more": as the edges show, each process once. */
static bool put_receivers(const struct chain *c, uint32_t node, struct strbuf *out)
{
	uint32_t first = CHAIN_NONE, count = 0;

	for (size_t i = 0; i < c->edges_len; i++) {
		const struct chain_edge *edge = &c->edges[i];

		if (edge->sender_node != node || edge->target == node || !edge->asks ||
		    chain_edge_to(c, edge->target, 0) != edge)
			continue;
		if (first == CHAIN_NONE)
			first = edge->target;
		count++;
	}
	if (!count)
		return false;
	strbuf_add(out, "sent it on to ");
	chain_write_node(c, first, out);
	chain_put_more(count, out);
	return true;
}

static void write_forward(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct program *program = &node_of(c, node)->program;

	if (c->watched) {
		if (!put_receivers(c, node, out))
			strbuf_add(out, "sent it on");
		return;
	}
	strbuf_add(out, "forwards it");
	if (program->to_group == PROGRAM_YES)
		strbuf_add(out, " to its child's whole group");
	else if (program->to_group == PROGRAM_NO)
		strbuf_add(out, " to its child alone");
}

static void write_wait(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const int sig = chain_signal_of(c, node);

	if (!chain_waits_on(c, node)) {
		put_taken(c, node, out);
		return;
	}
	if (chain_has_trap(c, node, sig)) {
		strbuf_add(out, "its trap runs when ");
	} else {
		strbuf_add(out, "it acts on ");
		chain_put_signal(sig, out);
		strbuf_add(out, " when ");
	}
	chain_put_awaited(c, node, out);
	strbuf_add(out, " ends");
}

static void write_run_trap(const struct chain *c, uint32_t node, struct strbuf *out)
{
	(void)node;
	strbuf_add(out, c->watched ? "its trap ran, which ended its `wait`"
				   : "its trap runs at once: it sits in `wait`");
}

static void write_drop(const struct chain *c, uint32_t node, struct strbuf *out)
{
	strbuf_add(out, "no effect: ");
	chain_put_drop(c, node, out);
}

static void write_not_known(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = node_of(c, node);

	if (c->watched || !n->has_prediction || n->prediction.known || !n->prediction.missing) {
		strbuf_add(out, c->watched ? "what it did with it is not known"
					   : "what it does with it is not known");
		return;
	}
	strbuf_add(out, "not known: ");
	strbuf_add(out, n->prediction.missing);
}

static const write_fn deeds[] = {
	[CHAIN_DOES_NOTHING] = NULL,
	[CHAIN_DOES_END] = write_end,
	[CHAIN_DOES_STOP] = write_stop,
	[CHAIN_DOES_HANDLE] = write_handle,
	[CHAIN_DOES_FORWARD] = write_forward,
	[CHAIN_DOES_WAIT] = write_wait,
	[CHAIN_DOES_RUN_TRAP] = write_run_trap,
	[CHAIN_DOES_DROP] = write_drop,
	[CHAIN_DOES_NOT_KNOWN] = write_not_known,
};
_Static_assert(sizeof(deeds) / sizeof(deeds[0]) == CHAIN_DOES_COUNT, "a clause for every deed");

void chain_write_does(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (deeds[node_of(c, node)->does])
		deeds[node_of(c, node)->does](c, node, out);
}
