// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the end of some processes may bring to others, by the kernel: a hangup of their terminal,
 * or of a process group that becomes orphaned. Who holds the other side of a terminal is not known,
 * nor who becomes the parent of those that are left: so it is never said that they get SIGHUP.
 */
#include <string.h>

#include "chain_halt.h"
#include "chain_spread.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

/* A hangup may end what the signal itself did not, a stopped process among them. */
static void doubt(struct chain_node *n, enum chain_doubt why)
{
	if (n->gets == CHAIN_NO)
		n->doubt = why;
	else if (n->does == CHAIN_DOES_DROP && !(n->process->ignored & signal_bit(SIG_HUP)))
		n->does = CHAIN_DOES_NOT_KNOWN;
}

/* Whoever holds the master of a pseudoterminal: when it ends, the session's leader is hung up. */
static bool has_own_pty(const struct chain_node *n)
{
	const struct process *p = n->process;

	return chain_knows_ids(n) && p->sid == p->tgid && p->has_tty &&
	       (!n->tty_known || strncmp(n->tty, "pts/", 4) == 0);
}

static void find_terminals(struct chain_spread *s)
{
	/* Parents come first. */
	for (uint32_t i = 0; i < s->c->len; i++) {
		struct chain_node *n = chain_spread_node(s, i);

		if (n->parent == CHAIN_NONE)
			continue;
		s->marks[i].end_above = s->marks[n->parent].end_above ||
					chain_ends(chain_spread_node(s, n->parent));
		if (s->marks[i].end_above && has_own_pty(n))
			doubt(n, CHAIN_DOUBT_TERMINAL);
	}
}

static bool has_stopped(struct chain_spread *s, uint32_t pgid)
{
	size_t place = 0;
	bool stopped = false;
	uint32_t i;

	while ((i = chain_index_next_member(&s->index, pgid, &place)) != CHAIN_NONE) {
		const struct chain_node *n = chain_spread_node(s, i);

		if (s->marks[i].group_seen)
			return false;
		s->marks[i].group_seen = true;
		stopped |= stuck_state_letter(n->process) == 'T' && !chain_ends(n);
	}
	return stopped;
}

/* kill_orphaned_pgrp(): SIGHUP and SIGCONT to all members, if one of them is stopped. */
static void look_at_group(struct chain_spread *s, uint32_t pgid)
{
	size_t place = 0;
	uint32_t i;

	if (!has_stopped(s, pgid) || chain_is_orphaned(s->c, pgid) == CHAIN_NO)
		return;
	while ((i = chain_index_next_member(&s->index, pgid, &place)) != CHAIN_NONE)
		if (!chain_is_gone(chain_spread_node(s, i)))
			doubt(chain_spread_node(s, i), CHAIN_DOUBT_ORPHANED);
}

/* One of them kept the group of the other from being orphaned. */
static bool connect(const struct process *p, const struct process *q)
{
	return stuck_knows(p, PROCESS_KNOWN_IDS) && stuck_knows(q, PROCESS_KNOWN_IDS) &&
	       p->sid == q->sid && p->pgid != q->pgid;
}

/* exit_notify(): the groups of its children, and its own. */
static void look_at_end(struct chain_spread *s, uint32_t node)
{
	const struct process *p = chain_spread_node(s, node)->process;
	const struct process *parent = process_table_find(&s->c->table, p->parent_tgid);

	for (uint32_t i = s->index.first_child[node]; i != CHAIN_NONE;
	     i = s->index.next_sibling[i]) {
		const struct process *child = chain_spread_node(s, i)->process;

		if (connect(p, child))
			look_at_group(s, child->pgid);
	}
	if (parent && connect(p, parent))
		look_at_group(s, p->pgid);
}

void chain_find_hangups(struct chain_spread *s)
{
	find_terminals(s);
	for (uint32_t i = 0; i < s->c->len; i++)
		if (chain_ends(chain_spread_node(s, i)))
			look_at_end(s, i);
}
