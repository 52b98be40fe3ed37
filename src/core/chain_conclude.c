// SPDX-License-Identifier: BSD-2-Clause
/*
 * The end of a watch: from what was seen of each process, what it means that others of them got
 * nothing.
 */
#include "chain.h"
#include "chain_does.h"
#include "chain_story.h"
#include "signals.h"

static enum chain_end end_unseen(const struct chain_node *n)
{
	if (n->torn_down)
		return CHAIN_END_TEARDOWN;
	if (n->fate == SIGNAL_FATE_ACTED)
		return CHAIN_END_SIGNAL;
	return n->killed ? CHAIN_END_KILLED : CHAIN_END_NOT_KNOWN;
}

void chain_watch_gone(struct chain *c, uint32_t node, uint64_t boot_ns)
{
	struct chain_node *n = &c->nodes[node];

	if (n->end != CHAIN_END_NONE)
		return;
	n->end = end_unseen(n);
	n->end_ns = boot_ns;
}

/* Where new processes come and are asked for ever, it has to end, too. A deadline is a day at most.
 */
#define STORY_DEADLINES 12

uint64_t chain_watch_due_ns(const struct chain *c)
{
	uint32_t i = 0;

	while (i < c->len && (!c->nodes[i].in_tree || chain_story_has_ended(&c->nodes[i])))
		i++;
	if (i == c->len)
		return 0;
	if (!c->first_ns)
		return UINT64_MAX;
	if (c->last_ns - c->first_ns > (STORY_DEADLINES - 1) * c->deadline_ns)
		return c->first_ns + STORY_DEADLINES * c->deadline_ns;
	return c->last_ns + c->deadline_ns;
}

/* What it did with what it got. */

/*
 * The shell was seen to wait for a foreground child before the signal came. That holds for the
 * moment of the signal if that child lived then; and it did not end before that child did.
 */
static bool has_waited(const struct chain *c, const struct chain_node *n)
{
	const struct chain_node *child;

	if (n->waits_for == CHAIN_NONE)
		return n->end == CHAIN_END_NONE;
	child = &c->nodes[n->waits_for];
	if (child->end == CHAIN_END_NONE)
		return n->end == CHAIN_END_NONE;
	return child->end_ns >= n->got_ns &&
	       (n->end == CHAIN_END_NONE || n->end_ns >= child->end_ns);
}

static enum chain_does does_by_default(const struct chain_node *n)
{
	switch (signal_default_action(n->sig)) {
	case DEFAULT_TERMINATE:
	case DEFAULT_CORE:
		return CHAIN_DOES_END;
	case DEFAULT_STOP:
		return CHAIN_DOES_STOP;
	case DEFAULT_CONTINUE:
	case DEFAULT_IGNORE:
	case DEFAULT_ACTION_COUNT:
		break;
	}
	return CHAIN_DOES_NOT_KNOWN;
}

/* A handler ran, or it was taken: what is proven of a shell beforehand says what for. */
static enum chain_does does_handle(const struct chain *c, const struct chain_node *n)
{
	const struct prediction handled = {
		.known = true,
		.report = {.sig = n->sig},
		.verdict = {.cause = CAUSE_CAUGHT},
		.effect = PREDICT_EFFECT_YES,
	};
	enum chain_does does;

	if (n->sends_on)
		return CHAIN_DOES_FORWARD;
	does = chain_does_of(n, &handled);
	return does == CHAIN_DOES_WAIT && !has_waited(c, n) ? CHAIN_DOES_HANDLE : does;
}

/* Queued, and neither a delivery nor somebody who took it was seen. */
static enum chain_does does_pending(const struct chain *c, const struct chain_node *n)
{
	const bool unharmed = n->end == CHAIN_END_NONE || n->end == CHAIN_END_TEARDOWN ||
			      n->end == CHAIN_END_KILLED;

	if (n->sends_on)
		return CHAIN_DOES_FORWARD;
	return n->held && unharmed && !c->lost ? CHAIN_DOES_DROP : CHAIN_DOES_NOT_KNOWN;
}

static enum chain_does does_with(const struct chain *c, const struct chain_node *n)
{
	switch (n->fate) {
	case SIGNAL_FATE_IGNORED:
		return CHAIN_DOES_DROP;
	case SIGNAL_FATE_ACTED:
		return does_by_default(n);
	case SIGNAL_FATE_HANDLED:
		return does_handle(c, n);
	case SIGNAL_FATE_PENDING:
		return does_pending(c, n);
	case SIGNAL_FATE_NOT_KNOWN:
	case SIGNAL_FATE_COUNT:
		break;
	}
	return CHAIN_DOES_NOT_KNOWN;
}

/* Why it got nothing. */

static bool is_forwarder_to_child(const struct chain *c, uint32_t node)
{
	const struct program *program = &c->nodes[node].program;

	if (program->by_name_only || program->to_group == PROGRAM_YES)
		return false;
	return program_is_init(program->kind) || program->kind == PROGRAM_TIMEOUT ||
	       program->kind == PROGRAM_SUDO || program->kind == PROGRAM_SU;
}

/* Its parent had the signal. */
static enum chain_way way_below(const struct chain *c, const struct chain_node *n)
{
	const struct chain_node *parent = &c->nodes[n->parent];

	if (parent->does == CHAIN_DOES_DROP)
		return CHAIN_WAY_PARENT_DROPS;
	if (parent->does == CHAIN_DOES_WAIT)
		return CHAIN_WAY_SHELL_WAITS;
	if (parent->way == CHAIN_WAY_IN_GROUP && c->group &&
	    (n->process->known & PROCESS_KNOWN_IDS) && n->process->pgid != c->group)
		return CHAIN_WAY_OUTSIDE_GROUP;
	if (parent->does == CHAIN_DOES_END)
		return CHAIN_WAY_PARENT_ENDS;
	if (parent->does == CHAIN_DOES_FORWARD && is_forwarder_to_child(c, n->parent))
		return CHAIN_WAY_CHILD_ONLY;
	return CHAIN_WAY_NOT_SENT;
}

/* The watch ended while its parent still had time to send it on. */
static bool may_come(const struct chain *c, const struct chain_node *parent, uint64_t boot_ns)
{
	switch (parent->does) {
	case CHAIN_DOES_HANDLE:
	case CHAIN_DOES_FORWARD:
	case CHAIN_DOES_WAIT:
	case CHAIN_DOES_RUN_TRAP:
	case CHAIN_DOES_NOT_KNOWN:
		break;
	case CHAIN_DOES_NOTHING:
	case CHAIN_DOES_END:
	case CHAIN_DOES_STOP:
	case CHAIN_DOES_DROP:
	case CHAIN_DOES_COUNT:
		return false;
	}
	return parent->end == CHAIN_END_NONE && boot_ns >= parent->got_ns &&
	       boot_ns - parent->got_ns < c->deadline_ns;
}

static void conclude_without(struct chain *c, struct chain_node *n, uint64_t boot_ns)
{
	const struct chain_node *parent = n->parent == CHAIN_NONE ? NULL : &c->nodes[n->parent];

	if (c->lost) {
		n->gets = CHAIN_NOT_KNOWN;
		n->way = CHAIN_WAY_LOST;
	} else if (n->end == CHAIN_END_TEARDOWN) {
		n->way = CHAIN_WAY_TEARDOWN;
	} else if (n->end == CHAIN_END_KILLED) {
		n->way = CHAIN_WAY_KILLED;
	} else if (!parent || !parent->in_tree) {
		n->way = CHAIN_WAY_NOT_SENT;
	} else if (parent->gets != CHAIN_YES) {
		n->way = CHAIN_WAY_PARENT_WITHOUT;
	} else if (n->end == CHAIN_END_NONE && may_come(c, parent, boot_ns)) {
		n->gets = CHAIN_NOT_KNOWN;
		n->way = CHAIN_WAY_PARENT_MAY_FORWARD;
	} else {
		n->way = way_below(c, n);
		if (n->way == CHAIN_WAY_CHILD_ONLY)
			n->from = n->parent;
	}
}

static bool is_prediction_seen(const struct chain_node *n)
{
	return n->has_prediction && n->got_ns && n->prediction.report.sig == n->sig &&
	       n->prediction.verdict.cause == n->cause;
}

void chain_watch_conclude(struct chain *c, uint64_t boot_ns)
{
	c->ended_ns = boot_ns;
	for (uint32_t i = 0; i < c->len; i++) {
		struct chain_node *n = &c->nodes[i];

		n->has_prediction = is_prediction_seen(n);
		if (n->got_ns) {
			n->does = does_with(c, n);
			continue;
		}
		n->gets = CHAIN_NO;
		n->way = CHAIN_WAY_NONE;
		n->from = CHAIN_NONE;
		n->sig = 0;
		n->does = CHAIN_DOES_NOTHING;
		n->halt = CHAIN_HALT_NONE;
		n->doubt = CHAIN_DOUBT_NONE;
		if (!n->in_tree)
			continue;
		if (n->end == CHAIN_END_NONE && chain_story_has_ended(n))
			n->end = CHAIN_END_NOT_KNOWN;
		conclude_without(c, n, boot_ns);
	}
}
