// SPDX-License-Identifier: BSD-2-Clause
/*
 * How far a signal would go: from those that get it at once, each that gets it is asked what it
 * does with it, and whom it sends it to. What nobody reaches gets its answer from its parent at the
 * end, parents first. Each process is asked once, or twice if another signal follows one that it
 * drops.
 */
#include <stdlib.h>

#include "chain_does.h"
#include "chain_forward.h"
#include "chain_halt.h"
#include "chain_phrases.h"
#include "chain_spread.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

/* What it drops, and then what it does not. */
#define ASKED_MAX 2

/*
 * The kernel asks for the sender only where an init is the target. From outside of the tree it
 * comes from the PID namespace in which the processes are counted.
 */
static enum predict_from sent_from(const struct chain_spread *s, uint32_t node, uint32_t from)
{
	const struct process *p = chain_spread_node(s, node)->process;

	if (from == CHAIN_NONE)
		return p->ns_level == 0 ? PREDICT_INSIDE : PREDICT_OUTSIDE;
	return p->pid_ns && chain_spread_node(s, from)->process->pid_ns == p->pid_ns
		       ? PREDICT_INSIDE
		       : PREDICT_OUTSIDE;
}

/* Who gets it. */

/* do_signal_stop() does not stop who would never be continued by a shell; SIGSTOP stops all. */
static bool is_stop_dropped(const struct chain_spread *s, const struct chain_node *n, int sig)
{
	return sig != SIG_STOP && chain_knows_ids(n) &&
	       chain_is_orphaned(s->c, n->process->pgid) == CHAIN_YES;
}

static enum chain_does does_with(const struct chain_spread *s, const struct chain_node *n,
				 const struct prediction *p)
{
	const enum chain_does does = chain_does_of(n, p);

	return does == CHAIN_DOES_STOP && is_stop_dropped(s, n, p->report.sig) ? CHAIN_DOES_DROP
									       : does;
}

static void receive(struct chain_spread *s, uint32_t node, enum chain_way way, uint32_t from,
		    int sig)
{
	struct chain_node *n = chain_spread_node(s, node);
	const unsigned int asked = s->marks[node].asked;
	struct prediction p;
	enum chain_does does;

	if (asked == ASKED_MAX || (asked && (n->does != CHAIN_DOES_DROP || n->sig == sig)))
		return;
	/* Nobody misses it there; only who asked for that very process should hear of it. */
	if (chain_is_gone(n) && node != s->c->root)
		return;
	predict_signal(&s->c->table, n->process, sig, sent_from(s, node, from), &p);
	does = does_with(s, n, &p);
	if (asked && does == CHAIN_DOES_DROP)
		return;
	s->marks[node].asked++;
	n->gets = CHAIN_YES;
	n->way = way;
	n->from = from;
	n->sig = sig;
	n->does = does;
	n->halt = p.known ? chain_halt_of(&p.report) : CHAIN_HALT_NONE;
	n->doubt = CHAIN_DOUBT_NONE;
	n->has_prediction = true;
	n->prediction = p;
	s->queue[s->len++] = node;
}

static void doubt(struct chain_spread *s, uint32_t node, enum chain_doubt why, uint32_t from)
{
	struct chain_node *n = chain_spread_node(s, node);

	if (n->gets == CHAIN_YES || chain_is_gone(n))
		return;
	n->doubt = why;
	n->from = from;
}

/* A process of the tree sends it to another one; false: the kernel may not let it. */
static bool send_on(struct chain_spread *s, uint32_t node, enum chain_way way, uint32_t from,
		    int sig)
{
	if (chain_may_refuse(s->c, from, node, sig)) {
		doubt(s, node, CHAIN_DOUBT_USER, from);
		return false;
	}
	receive(s, node, way, from, sig);
	return true;
}

static void receive_group(struct chain_spread *s, uint32_t pgid, enum chain_way way, uint32_t from,
			  int sig)
{
	size_t place = 0;
	uint32_t i;

	while ((i = chain_index_next_member(&s->index, pgid, &place)) != CHAIN_NONE) {
		if (i == from)
			continue;
		if (from == CHAIN_NONE)
			receive(s, i, way, from, sig);
		else if (!send_on(s, i, way, from, sig))
			continue;
		/* Also of one that got it in another way before. */
		s->marks[i].as_group = true;
	}
}

static void doubt_group(struct chain_spread *s, uint32_t pgid, enum chain_doubt why, uint32_t from)
{
	size_t place = 0;
	uint32_t i;

	while ((i = chain_index_next_member(&s->index, pgid, &place)) != CHAIN_NONE)
		if (i != from)
			doubt(s, i, why, from);
}

static void mark_children(struct chain_spread *s, uint32_t node, enum chain_way way)
{
	for (uint32_t i = s->index.first_child[node]; i != CHAIN_NONE; i = s->index.next_sibling[i])
		s->marks[i].way = way;
}

static bool by_terminal(const struct chain_spread *s, const struct chain_node *n)
{
	return s->c->to == CHAIN_TO_FOREGROUND && n->way == CHAIN_WAY_IN_GROUP;
}

static void forward(struct chain_spread *s, uint32_t node)
{
	struct chain_node *n = chain_spread_node(s, node);
	const struct chain_forward f = chain_forward_of(s->c, &s->index, node, n->sig,
							by_terminal(s, n));

	switch (f.kind) {
	case CHAIN_FORWARDS_NOT_KNOWN:
		mark_children(s, node, CHAIN_WAY_PARENT_MAY_FORWARD);
		return;
	case CHAIN_FORWARDS_KEPT:
		mark_children(s, node, CHAIN_WAY_NOT_SENT);
		return;
	case CHAIN_FORWARDS:
		break;
	}
	n->does = CHAIN_DOES_FORWARD;
	mark_children(s, node, f.group ? CHAIN_WAY_OUTSIDE_GROUP : CHAIN_WAY_CHILD_ONLY);
	send_on(s, f.child, CHAIN_WAY_FORWARDED, node, f.sig);
	if (f.group)
		receive_group(s, f.group, CHAIN_WAY_FORWARDED_GROUP, node, f.sig);
}

/*
 * disassociate_ctty(): the end of a session's leader. The foreground group of its terminal is in
 * the same session.
 */
static void hang_up(struct chain_spread *s, uint32_t leader)
{
	const struct process *p = chain_spread_node(s, leader)->process;

	if (!chain_knows_ids(chain_spread_node(s, leader)) || p->sid != p->tgid || !p->has_tty)
		return;
	for (uint32_t i = 0; i < s->c->len; i++) {
		const struct chain_node *n = chain_spread_node(s, i);

		if (i != leader && chain_knows_ids(n) && n->process->sid == p->sid &&
		    n->tty_known && n->tty[0] && n->foreground)
			receive(s, i, CHAIN_WAY_HANGUP, leader, SIG_HUP);
	}
}

/*
 * Who is below an init and no node may be its own child: that one lives as long as the init, and
 * leads a session.
 */
static bool has_hidden_child(const struct chain *c, const struct process *init)
{
	for (size_t i = 0; i < c->table.len; i++) {
		const struct process *p = &c->table.list[i];

		if (p->parent_tgid == init->tgid && (p->known & PROCESS_KNOWN_IDS) &&
		    p->sid == p->tgid && !stuck_has_ended(p) &&
		    chain_find(c, p->tgid) == CHAIN_NONE)
			return true;
	}
	return false;
}

/*
 * dumb-init in its usual mode, when its own child has ended: it sends SIGTERM to that one's group,
 * before it ends itself. Who was adopted may lead a session, too.
 */
static void end_below_dumb_init(struct chain_spread *s, uint32_t node)
{
	const struct chain_node *n = chain_spread_node(s, node);
	const struct chain_node *init = n->parent == CHAIN_NONE ? NULL
								: chain_spread_node(s, n->parent);
	struct chain_forward f;

	if (!init || init->program.kind != PROGRAM_DUMB_INIT || init->program.by_name_only ||
	    init->program.to_group != PROGRAM_YES || chain_is_gone(init) || !chain_knows_ids(n) ||
	    n->process->sid != n->process->tgid)
		return;
	f = chain_forward_of(s->c, &s->index, n->parent, SIG_TERM, false);
	if (f.kind == CHAIN_FORWARDS_KEPT || (f.kind == CHAIN_FORWARDS && f.child != node))
		return;
	if (f.kind == CHAIN_FORWARDS && !has_hidden_child(s->c, init->process))
		receive_group(s, n->process->pgid, CHAIN_WAY_FORWARDED_GROUP, n->parent, f.sig);
	else
		doubt_group(s, n->process->pgid, CHAIN_DOUBT_CHILD, n->parent);
}

static void end(struct chain_spread *s, uint32_t node)
{
	const struct process *p = chain_spread_node(s, node)->process;

	mark_children(s, node, CHAIN_WAY_PARENT_ENDS);
	for (uint32_t i = s->index.first_child[node]; i != CHAIN_NONE;
	     i = s->index.next_sibling[i]) {
		const struct process *child = chain_spread_node(s, i)->process;

		if ((child->known & PROCESS_KNOWN_PDEATH) && child->pdeath_signal > 0 &&
		    child->pdeath_signal <= SIGNAL_MAX)
			/* In the name of the parent, who may be another user. */
			send_on(s, i, CHAIN_WAY_PARENT_DEATH, node, child->pdeath_signal);
	}
	hang_up(s, node);
	end_below_dumb_init(s, node);
	if (p->namespace_init && !p->global_init) {
		s->marks[node].reaper = node;
		s->reapers[s->reapers_len++] = node;
	}
}

static void act(struct chain_spread *s, uint32_t node)
{
	struct chain_node *n = chain_spread_node(s, node);

	switch (n->does) {
	case CHAIN_DOES_END:
		end(s, node);
		break;
	case CHAIN_DOES_HANDLE:
		forward(s, node);
		break;
	case CHAIN_DOES_WAIT:
		mark_children(s, node, CHAIN_WAY_SHELL_WAITS);
		break;
	case CHAIN_DOES_DROP:
		mark_children(s, node, CHAIN_WAY_PARENT_DROPS);
		break;
	case CHAIN_DOES_STOP:
		mark_children(s, node, CHAIN_WAY_NOT_SENT);
		break;
	case CHAIN_DOES_RUN_TRAP:
		mark_children(s, node, CHAIN_WAY_PARENT_MAY_FORWARD);
		break;
	case CHAIN_DOES_NOT_KNOWN:
		mark_children(s, node, CHAIN_WAY_PARENT_NOT_KNOWN);
		break;
	case CHAIN_DOES_NOTHING:
	case CHAIN_DOES_FORWARD:
	case CHAIN_DOES_COUNT:
		break;
	}
}

/* The beginning. */

/* The foreground group of the root's terminal: a terminal has one session. */
static uint32_t find_foreground(const struct chain *c)
{
	const struct chain_node *root = &c->nodes[c->root];

	if (!chain_knows_ids(root) || !root->tty_known || !root->tty[0])
		return 0;
	for (uint32_t i = 0; i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];

		if (chain_knows_ids(n) && n->process->sid == root->process->sid && n->tty_known &&
		    n->foreground)
			return n->process->pgid;
	}
	return 0;
}

static uint32_t find_group(const struct chain *c)
{
	const struct chain_node *root = &c->nodes[c->root];

	switch (c->to) {
	case CHAIN_TO_GROUP:
		return chain_knows_ids(root) ? root->process->pgid : 0;
	case CHAIN_TO_FOREGROUND:
		return find_foreground(c);
	case CHAIN_TO_PROCESS:
	case CHAIN_TO_COUNT:
		break;
	}
	return 0;
}

static uint32_t count_beside(const struct chain *c)
{
	uint32_t count = 0;

	for (size_t i = 0; c->group && i < c->table.len; i++) {
		const struct process *p = &c->table.list[i];

		if ((p->known & PROCESS_KNOWN_IDS) && p->pgid == c->group && !stuck_has_ended(p) &&
		    chain_find(c, p->tgid) == CHAIN_NONE)
			count++;
	}
	return count;
}

static void reset(struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++) {
		struct chain_node *n = &c->nodes[i];

		n->gets = CHAIN_NO;
		n->way = CHAIN_WAY_NONE;
		n->from = CHAIN_NONE;
		n->sig = 0;
		n->does = CHAIN_DOES_NOTHING;
		n->halt = CHAIN_HALT_NONE;
		n->doubt = CHAIN_DOUBT_NONE;
		n->has_prediction = false;
	}
	c->group = find_group(c);
	c->beside = count_beside(c);
}

static bool scene_init(struct chain_spread *s)
{
	const size_t len = s->c->len + 1UL;

	s->marks = calloc(len, sizeof(*s->marks));
	s->queue = malloc(ASKED_MAX * len * sizeof(*s->queue));
	s->reapers = malloc(len * sizeof(*s->reapers));
	if (!s->marks || !s->queue || !s->reapers || chain_index_init(&s->index, s->c))
		return false;
	for (size_t i = 0; i < len; i++)
		s->marks[i].reaper = CHAIN_NONE;
	return true;
}

static void begin(struct chain_spread *s)
{
	if (s->c->to != CHAIN_TO_FOREGROUND && !s->c->group)
		receive(s, s->c->root,
			s->c->to == CHAIN_TO_GROUP ? CHAIN_WAY_IN_GROUP : CHAIN_WAY_SENT,
			CHAIN_NONE, s->c->sig);
	else if (s->c->group)
		receive_group(s, s->c->group, CHAIN_WAY_IN_GROUP, CHAIN_NONE, s->c->sig);
}

void chain_predict(struct chain *c)
{
	struct chain_spread s = {.c = c};

	reset(c);
	if (scene_init(&s)) {
		begin(&s);
		while (s.first < s.len)
			act(&s, s.queue[s.first++]);
		chain_find_hangups(&s);
		chain_go_without(&s);
	} else {
		/* Without memory nothing is known. */
		for (uint32_t i = 0; i < c->len; i++)
			c->nodes[i].gets = CHAIN_NOT_KNOWN;
	}
	chain_index_free(&s.index);
	free(s.marks);
	free(s.queue);
	free(s.reapers);
}
