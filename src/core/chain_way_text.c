// SPDX-License-Identifier: BSD-2-Clause
/* Why a process of a tree gets the signal, or does not: one clause for each way. */
#include "chain.h"
#include "chain_phrases.h"
#include "signal_numbers.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct chain *c, uint32_t node, struct strbuf *out);

static const struct chain_node *node_of(const struct chain *c, uint32_t node)
{
	return &c->nodes[node];
}

static void put_signal(const struct chain *c, uint32_t node, struct strbuf *out)
{
	chain_put_signal(chain_signal_of(c, node), out);
}

/* "SIGTERM was sent to it by dockerd[901]" */
static void put_sent(const struct chain *c, uint32_t node, const char *to, struct strbuf *out)
{
	const bool own = c->watched && c->sent;

	if (own)
		strbuf_add(out, "sigtrace sent ");
	put_signal(c, node, out);
	strbuf_add(out, own ? " " : c->watched ? " was sent " : " is sent ");
	strbuf_add(out, to);
}

static void write_sent(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_sent(c, node, "to it", out);
	if (c->watched && !c->sent)
		chain_put_sender(c, chain_edge_to(c, node, node_of(c, node)->sig), out);
}

static void write_in_group(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_sent(c, node,
		 c->to == CHAIN_TO_FOREGROUND ? "to its terminal's foreground group"
					      : "to its process group",
		 out);
	if (c->group)
		stuck_put_number(", ", c->group, out);
}

/* "dumb-init[1] forwards SIGTERM as SIGQUIT" */
static void put_forwards(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t from = node_of(c, node)->from;
	const int sig = chain_signal_of(c, node);

	chain_put_node(c, from, out);
	strbuf_add(out, c->watched ? " sent " : " forwards ");
	if (from != CHAIN_NONE && node_of(c, from)->sig && node_of(c, from)->sig != sig) {
		chain_put_signal(node_of(c, from)->sig, out);
		strbuf_add(out, c->watched ? " on as " : " as ");
	}
	chain_put_signal(sig, out);
	strbuf_add(out, " to ");
}

static void write_forwarded(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_forwards(c, node, out);
	strbuf_add(out, "it");
}

static void write_forwarded_group(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct process *p = node_of(c, node)->process;

	put_forwards(c, node, out);
	strbuf_add(out, "its process group");
	if (stuck_knows(p, PROCESS_KNOWN_IDS))
		stuck_put_number(", ", p->pgid, out);
}

static void write_hangup(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t from = node_of(c, node)->from;

	put_signal(c, node, out);
	strbuf_add(out, " from the kernel: its session's leader");
	if (from != CHAIN_NONE) {
		strbuf_add_char(out, ' ');
		chain_write_node(c, from, out);
	}
	strbuf_add(out, c->watched ? " ended" : " ends");
}

static void write_parent_death(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_signal(c, node, out);
	strbuf_add(out, " from the kernel: its parent");
	if (node_of(c, node)->from != CHAIN_NONE) {
		strbuf_add_char(out, ' ');
		chain_write_node(c, node_of(c, node)->from, out);
	}
	strbuf_add(out, c->watched ? " ended" : " ends");
	strbuf_add(out, " (PR_SET_PDEATHSIG)");
}

static void write_other_sender(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_signal(c, node, out);
	strbuf_add(out, c->watched ? " was sent to it" : " is sent to it");
	if (node_of(c, node)->from != CHAIN_NONE) {
		strbuf_add(out, " by ");
		chain_write_node(c, node_of(c, node)->from, out);
	} else {
		chain_put_sender(c, chain_edge_to(c, node, node_of(c, node)->sig), out);
	}
}

static void write_outside_group(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (!c->group && c->to == CHAIN_TO_FOREGROUND) {
		strbuf_add(out, "no foreground group is known");
		return;
	}
	strbuf_add(out, "it ");
	chain_put_other_group(c, node, CHAIN_NONE, out);
}

static void put_parent(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t parent = node_of(c, node)->parent;

	strbuf_add(out, "its parent");
	if (parent != CHAIN_NONE) {
		strbuf_add_char(out, ' ');
		chain_write_node(c, parent, out);
	}
}

static void write_parent_without(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_parent(c, node, out);
	strbuf_add(out, c->watched ? " did not get it" : " does not get it");
}

static void write_parent_drops(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_parent(c, node, out);
	strbuf_add(out, c->watched ? " got it without effect" : " gets it without effect");
}

static void write_parent_ends(const struct chain *c, uint32_t node, struct strbuf *out)
{
	put_parent(c, node, out);
	strbuf_add(out, c->watched ? " was ended by it and sent nothing"
				   : " ends by it and sends nothing");
}

static void write_shell_waits(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t parent = node_of(c, node)->parent;

	put_parent(c, node, out);
	strbuf_add(out, c->watched ? " waited for " : " waits for ");
	if (parent != CHAIN_NONE && node_of(c, parent)->waits_for == node)
		strbuf_add(out, "it");
	else if (parent != CHAIN_NONE)
		chain_put_awaited(c, parent, out);
	else
		strbuf_add(out, "a child");
	strbuf_add(out, c->watched ? " and sent nothing" : " and sends nothing meanwhile");
}

static void write_child_only(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t from = node_of(c, node)->from;
	const uint32_t child = from == CHAIN_NONE ? CHAIN_NONE : chain_child_towards(c, from, node);

	chain_put_node(c, from, out);
	strbuf_add(out, c->watched ? " sent it to its child " : " sends it to its child ");
	if (child != CHAIN_NONE && child != node) {
		chain_write_node(c, child, out);
		strbuf_add_char(out, ' ');
	}
	strbuf_add(out, "alone");
}

static void write_not_sent(const struct chain *c, uint32_t node, struct strbuf *out)
{
	(void)node;
	strbuf_add(out, c->watched ? "nobody sent it a signal" : "nobody sends it a signal");
}

static void write_teardown(const struct chain *c, uint32_t node, struct strbuf *out)
{
	(void)node;
	strbuf_add(out, c->watched ? "killed by the end of its PID namespace"
				   : "the end of its PID namespace kills it");
	strbuf_add(out, ", not asked before");
}

static void write_killed(const struct chain *c, uint32_t node, struct strbuf *out)
{
	strbuf_add(out, "killed with SIGKILL");
	chain_put_sender(c, chain_edge_to(c, node, SIG_KILL), out);
	strbuf_add(out, ", not asked before");
}

static void write_parent_may_forward(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const uint32_t parent = node_of(c, node)->parent;

	strbuf_add(out, c->watched ? "not known: the watch ended before " : "not known: ");
	put_parent(c, node, out);
	if (c->watched) {
		strbuf_add(out, " had its time to send it on");
		return;
	}
	strbuf_add(out, " handles ");
	chain_put_signal(parent != CHAIN_NONE ? chain_signal_of(c, parent) : c->sig, out);
	strbuf_add(out, " and may send it on");
}

static void put_terminal(const struct chain_node *n, struct strbuf *out)
{
	if (!n->tty_known)
		return;
	strbuf_add(out, " (");
	strbuf_add_escaped(out, n->tty, sizeof(n->tty));
	strbuf_add_char(out, ')');
}

/* The kernel, or `from`, may send it one. */
static void put_doubt(const struct chain *c, uint32_t node, enum chain_doubt doubt,
		      struct strbuf *out)
{
	const uint32_t from = node_of(c, node)->from;

	switch (doubt) {
	case CHAIN_DOUBT_USER:
		strbuf_add(out, "the kernel may refuse the signal (EPERM): ");
		chain_put_users(c, from, node, out);
		break;
	case CHAIN_DOUBT_TERMINAL:
		strbuf_add(out, "a process above it ends, and if that holds its terminal");
		put_terminal(node_of(c, node), out);
		strbuf_add(out, ", the kernel sends it SIGHUP");
		break;
	case CHAIN_DOUBT_ORPHANED:
		strbuf_add(out, "a member of its process group is stopped, and if others end and "
				"leave the group orphaned, the kernel sends it SIGHUP and SIGCONT");
		break;
	case CHAIN_DOUBT_CHILD:
		chain_put_node(c, from, out);
		strbuf_add(out, " signals the process group of its own child when that ends, and "
				"may have started this one or adopted it");
		break;
	case CHAIN_DOUBT_NONE:
		break;
	}
}

static void write_parent_not_known(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const enum chain_doubt doubt = node_of(c, node)->doubt;
	const uint32_t parent = node_of(c, node)->parent;

	if (doubt != CHAIN_DOUBT_NONE) {
		strbuf_add(out, "not known: ");
		put_doubt(c, node, doubt, out);
		return;
	}
	strbuf_add(out, "not known: what ");
	put_parent(c, node, out);
	strbuf_add(out, parent != CHAIN_NONE && node_of(c, parent)->gets == CHAIN_YES
				? " does with it is not known, either"
				: " gets or does is not known, either");
}

static void write_lost(const struct chain *c, uint32_t node, struct strbuf *out)
{
	(void)c;
	(void)node;
	strbuf_add(out, "not known: records of signals were lost");
}

static const write_fn ways[] = {
	[CHAIN_WAY_SENT] = write_sent,
	[CHAIN_WAY_IN_GROUP] = write_in_group,
	[CHAIN_WAY_FORWARDED] = write_forwarded,
	[CHAIN_WAY_FORWARDED_GROUP] = write_forwarded_group,
	[CHAIN_WAY_HANGUP] = write_hangup,
	[CHAIN_WAY_PARENT_DEATH] = write_parent_death,
	[CHAIN_WAY_OTHER_SENDER] = write_other_sender,
	[CHAIN_WAY_OUTSIDE_GROUP] = write_outside_group,
	[CHAIN_WAY_PARENT_WITHOUT] = write_parent_without,
	[CHAIN_WAY_PARENT_DROPS] = write_parent_drops,
	[CHAIN_WAY_PARENT_ENDS] = write_parent_ends,
	[CHAIN_WAY_SHELL_WAITS] = write_shell_waits,
	[CHAIN_WAY_CHILD_ONLY] = write_child_only,
	[CHAIN_WAY_NOT_SENT] = write_not_sent,
	[CHAIN_WAY_TEARDOWN] = write_teardown,
	[CHAIN_WAY_KILLED] = write_killed,
	[CHAIN_WAY_PARENT_MAY_FORWARD] = write_parent_may_forward,
	[CHAIN_WAY_PARENT_NOT_KNOWN] = write_parent_not_known,
	[CHAIN_WAY_LOST] = write_lost,
};
_Static_assert(sizeof(ways) / sizeof(ways[0]) == CHAIN_WAY_COUNT, "a clause for every way");

void chain_write_way(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (ways[node_of(c, node)->way])
		ways[node_of(c, node)->way](c, node, out);
}
