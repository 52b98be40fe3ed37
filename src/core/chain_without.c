// SPDX-License-Identifier: BSD-2-Clause
/* Those that a signal would not reach: why, or that it is not known. */
#include "chain_spread.h"

static bool may_act(const struct chain_node *n)
{
	return n->gets == CHAIN_YES && n->does != CHAIN_DOES_DROP && n->does != CHAIN_DOES_STOP;
}

/* A shell goes on, and its trap runs, once the child that it waits for has ended. */
static void find_waits_that_end(struct chain_spread *s)
{
	for (uint32_t i = 0; i < s->c->len; i++) {
		const struct chain_node *n = chain_spread_node(s, i);
		const struct chain_node *parent = n->parent == CHAIN_NONE
							  ? NULL
							  : chain_spread_node(s, n->parent);

		if (parent && parent->does == CHAIN_DOES_WAIT && may_act(n) &&
		    (parent->waits_for == CHAIN_NONE || parent->waits_for == i))
			s->marks[n->parent].child_may_end = true;
	}
}

static uint32_t reaper_of(const struct chain_spread *s, uint32_t node)
{
	const struct chain_node *n = chain_spread_node(s, node);

	if (n->parent != CHAIN_NONE && s->marks[n->parent].reaper != CHAIN_NONE)
		return s->marks[n->parent].reaper;
	/* Who entered the namespace from outside is not below its init. */
	for (uint32_t i = 0; i < s->reapers_len; i++)
		if (n->process->pid_ns && s->reapers[i] != node &&
		    chain_spread_node(s, s->reapers[i])->process->pid_ns == n->process->pid_ns)
			return s->reapers[i];
	return CHAIN_NONE;
}

static enum chain_answer answer_of(enum chain_way way)
{
	return way == CHAIN_WAY_PARENT_MAY_FORWARD || way == CHAIN_WAY_PARENT_NOT_KNOWN
		       ? CHAIN_NOT_KNOWN
		       : CHAIN_NO;
}

static enum chain_way way_without(const struct chain_spread *s, uint32_t node)
{
	const struct chain_node *n = chain_spread_node(s, node);
	const struct chain_node *parent = chain_spread_node(s, n->parent);
	enum chain_way way = s->marks[node].way;

	if (parent->gets == CHAIN_NOT_KNOWN)
		return CHAIN_WAY_PARENT_NOT_KNOWN;
	if (parent->gets != CHAIN_YES)
		return CHAIN_WAY_PARENT_WITHOUT;
	if (parent->does == CHAIN_DOES_NOT_KNOWN)
		return CHAIN_WAY_PARENT_NOT_KNOWN;
	if (way == CHAIN_WAY_SHELL_WAITS && s->marks[n->parent].child_may_end)
		return CHAIN_WAY_PARENT_MAY_FORWARD;
	/* Its parent got it with a whole group, in which it would have got it, too. */
	if ((way == CHAIN_WAY_PARENT_ENDS || way == CHAIN_WAY_NOT_SENT) &&
	    s->marks[n->parent].as_group)
		way = CHAIN_WAY_OUTSIDE_GROUP;
	return way == CHAIN_WAY_OUTSIDE_GROUP && !chain_knows_ids(n) ? CHAIN_WAY_PARENT_NOT_KNOWN
								     : way;
}

/* It is outside of the foreground group, and who got it above it sends it nothing. */
static enum chain_way way_of_root(const struct chain_spread *s)
{
	const struct chain_node *n = chain_spread_node(s, s->c->root);
	enum chain_way way;

	if (!n->tty_known)
		return CHAIN_WAY_PARENT_NOT_KNOWN;
	if (n->parent == CHAIN_NONE || chain_spread_node(s, n->parent)->gets != CHAIN_YES)
		return CHAIN_WAY_OUTSIDE_GROUP;
	way = way_without(s, s->c->root);
	return answer_of(way) == CHAIN_NOT_KNOWN ? way : CHAIN_WAY_OUTSIDE_GROUP;
}

static void go_without(struct chain_spread *s, uint32_t node)
{
	struct chain_node *n = chain_spread_node(s, node);
	struct chain_mark *mark = &s->marks[node];
	const uint32_t reaper = reaper_of(s, node);

	if (reaper != CHAIN_NONE && mark->reaper == CHAIN_NONE)
		mark->reaper = reaper;
	if (n->gets != CHAIN_NO || !n->in_tree || chain_is_gone(n))
		return;
	if (reaper != CHAIN_NONE) {
		n->way = CHAIN_WAY_TEARDOWN;
		n->from = reaper;
	} else if (n->doubt != CHAIN_DOUBT_NONE) {
		n->way = CHAIN_WAY_PARENT_NOT_KNOWN;
	} else if (node == s->c->root) {
		n->way = way_of_root(s);
	} else {
		n->way = way_without(s, node);
		if (n->way == CHAIN_WAY_CHILD_ONLY)
			n->from = n->parent;
	}
	n->gets = answer_of(n->way);
}

void chain_go_without(struct chain_spread *s)
{
	find_waits_that_end(s);
	/* Parents first: their answers are those of their children, too. */
	for (uint32_t i = 0; i < s->c->len; i++)
		go_without(s, i);
}
