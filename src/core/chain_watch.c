// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel's events say of the processes of a tree, as they come. Each process keeps the
 * first signal that asks, or the first one that had an effect; what that means for the tree is
 * found out at the end (chain_conclude.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "chain.h"
#include "chain_halt.h"
#include "chain_story.h"
#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"

#define EDGES_ROOM_MIN 64
/* What a busy program does to itself must not use up the room for what the story is about. */
#define EDGES_OTHER_MAX (CHAIN_EDGES_MAX / 2)

static bool is_same_task(const struct report_task *a, const struct report_task *b)
{
	return a->source != REPORT_SOURCE_ABSENT && b->source != REPORT_SOURCE_ABSENT &&
	       a->tgid == b->tgid && a->start_boot_ns == b->start_boot_ns;
}

/* How it came. */

static uint32_t find_leader(const struct chain *c, const struct process *p)
{
	const uint32_t leader = (p->known & PROCESS_KNOWN_IDS) && p->sid ? chain_find(c, p->sid)
									 : CHAIN_NONE;

	return leader != CHAIN_NONE && c->nodes[leader].in_tree ? leader : CHAIN_NONE;
}

/* Of those that --send sent: the first was its, and what the same sender sends is. */
static bool is_sent_by_chain(const struct chain *c, const struct report *r)
{
	return c->sent && r->sig == c->sig && c->first_sig == c->sig &&
	       is_same_task(&r->sender, &c->first_sender);
}

/* A process of the tree that had the signal itself, or one that had not, or is not of the tree. */
static enum chain_way way_from_process(const struct chain *c, const struct report *r,
				       const struct chain_node *n, uint32_t sender)
{
	const struct chain_node *from;

	if (sender == CHAIN_NONE) {
		if (!c->sent)
			return r->boot_ns == c->first_ns ? CHAIN_WAY_SENT : CHAIN_WAY_OTHER_SENDER;
		if (!is_sent_by_chain(c, r))
			return CHAIN_WAY_OTHER_SENDER;
		if (c->to == CHAIN_TO_PROCESS)
			return n == &c->nodes[c->root] ? CHAIN_WAY_SENT : CHAIN_WAY_OTHER_SENDER;
		return c->group && n->process->pgid == c->group ? CHAIN_WAY_IN_GROUP
								: CHAIN_WAY_OTHER_SENDER;
	}
	from = &c->nodes[sender];
	if (!from->got_ns)
		return CHAIN_WAY_OTHER_SENDER;
	if (n->parent == sender)
		return CHAIN_WAY_FORWARDED;
	/* Events do not tell a signal to a group from several to its members. */
	return from->program.to_group == PROGRAM_YES && !from->program.by_name_only
		       ? CHAIN_WAY_FORWARDED_GROUP
		       : CHAIN_WAY_OTHER_SENDER;
}

static void set_way(const struct chain *c, const struct report *r, struct chain_node *n,
		    uint32_t sender)
{
	n->from = sender;
	if (r->origin == ORIGIN_PARENT_DEATH) {
		n->way = CHAIN_WAY_PARENT_DEATH;
	} else if (r->origin == ORIGIN_SESSION_LEADER_EXIT) {
		n->way = CHAIN_WAY_HANGUP;
		n->from = find_leader(c, n->process);
	} else if (r->origin == ORIGIN_TTY_INTERRUPT) {
		n->way = CHAIN_WAY_IN_GROUP;
	} else {
		n->way = way_from_process(c, r, n, sender);
	}
}

/* What became of it. */

static enum signal_fate fate_at_generation(const struct report *r, const struct verdict *v)
{
	if (r->result == EVENT_RESULT_IGNORED)
		return v->effect == EFFECT_NONE ? SIGNAL_FATE_IGNORED : SIGNAL_FATE_ACTED;
	if (chain_halt_of(r) != CHAIN_HALT_NONE)
		return SIGNAL_FATE_PENDING;
	if (v->cause == CAUSE_SIGWAIT)
		return SIGNAL_FATE_HANDLED;
	/* complete_signal() has begun the group exit already. */
	if (explain_group_exit_signal(r) == r->sig)
		return SIGNAL_FATE_ACTED;
	return SIGNAL_FATE_PENDING;
}

static bool had_no_effect(const struct chain_node *n)
{
	return n->fate == SIGNAL_FATE_IGNORED || (n->fate == SIGNAL_FATE_PENDING && n->held);
}

static void receive(const struct chain *c, const struct report *r, const struct verdict *v,
		    struct chain_node *n, uint32_t sender)
{
	const enum signal_fate fate = fate_at_generation(r, v);
	const enum chain_halt halt = chain_halt_of(r);
	const bool held = (v->effect == EFFECT_WAITS && v->problem) ||
			  chain_halt_hides(halt, v->cause);

	if (n->got_ns && (!had_no_effect(n) || fate == SIGNAL_FATE_IGNORED || held))
		return;
	set_way(c, r, n, sender);
	n->gets = CHAIN_YES;
	n->got_ns = r->boot_ns;
	n->sig = r->sig;
	n->fate = fate;
	n->cause = v->cause;
	n->halt = halt;
	n->held = held;
	n->taken = v->cause == CAUSE_SIGWAIT && fate == SIGNAL_FATE_HANDLED;
}

static int keep_edge(struct chain *c, const struct chain_edge *e)
{
	const bool kept_longest = e->asks || e->sig == SIG_KILL;
	struct chain_edge *larger;
	size_t room;

	if (c->edges_len >= (kept_longest ? CHAIN_EDGES_MAX : EDGES_OTHER_MAX)) {
		c->edges_dropped++;
		return 0;
	}
	/* It grows where its length is a power of two: its room needs no member of its own. */
	if (!c->edges || (c->edges_len >= EDGES_ROOM_MIN && !(c->edges_len & (c->edges_len - 1)))) {
		room = c->edges ? 2 * c->edges_len : EDGES_ROOM_MIN;
		larger = realloc(c->edges, room * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		c->edges = larger;
	}
	c->edges[c->edges_len++] = *e;
	return 0;
}

static void note_kill(const struct chain *c, const struct report *r, const struct verdict *v,
		      struct chain_node *n)
{
	if (r->sig != SIG_KILL || v->effect == EFFECT_NONE ||
	    r->result == EVENT_RESULT_OVERFLOW_FAIL)
		return;
	if (chain_story_is_teardown(c, r))
		n->torn_down = true;
	else if (!sender_is_target(r))
		n->killed = true;
}

static void begin_story(struct chain *c, const struct report *r)
{
	c->first_ns = r->boot_ns;
	c->first_sig = r->sig;
	c->first_sender = r->sender;
}

static int on_generate(struct chain *c, const struct report *r, const struct verdict *v)
{
	const uint32_t target = chain_story_node(c, &r->target);
	const uint32_t sender = r->sender_kind == SENDER_USER ? chain_story_node(c, &r->sender)
							      : CHAIN_NONE;
	const bool from_others = v && chain_story_from_others(c, r, v);
	struct chain_edge e;

	if (target == CHAIN_NONE || !v)
		return 0;
	note_kill(c, r, v, &c->nodes[target]);
	if (!c->first_ns && from_others && (c->wanted & signal_bit(r->sig)))
		begin_story(c, r);
	if (!c->first_ns)
		return 0;
	e = (struct chain_edge){
		.boot_ns = r->boot_ns,
		.sig = r->sig,
		.result = r->result,
		.cause = v->cause,
		.sender_kind = r->sender_kind,
		.sender = r->sender,
		.sender_node = sender,
		.origin = r->origin,
		.target = target,
		.asks = from_others && chain_story_asks(c, r, sender),
	};
	if (e.asks) {
		/* Who is told again and again keeps nobody waiting. */
		if (!c->nodes[target].got_ns)
			c->last_ns = r->boot_ns;
		receive(c, r, v, &c->nodes[target], sender);
		if (sender != CHAIN_NONE && r->origin == ORIGIN_NOT_KNOWN)
			c->nodes[sender].sends_on = true;
	}
	return keep_edge(c, &e);
}

static bool is_pending(const struct report *r, int sig)
{
	return (r->pending_process | r->pending_thread) & signal_bit(sig);
}

/* The default action of SIGTSTP, SIGTTIN and SIGTTOU; SIGSTOP stops in any case. */
static bool is_stop_dropped(const struct chain *c, const struct chain_node *n,
			    const struct verdict *v)
{
	return v->cause == CAUSE_DEFAULT_STOP && n->sig != SIG_STOP &&
	       (n->process->known & PROCESS_KNOWN_IDS) &&
	       chain_is_orphaned(c, n->process->pgid) == CHAIN_YES;
}

static void on_deliver(struct chain *c, const struct report *r, const struct verdict *v)
{
	static const uint8_t fates[CAUSE_COUNT] = {
		[CAUSE_CAUGHT] = SIGNAL_FATE_HANDLED,
		[CAUSE_DEFAULT_TERMINATE] = SIGNAL_FATE_ACTED,
		[CAUSE_DEFAULT_CORE] = SIGNAL_FATE_ACTED,
		[CAUSE_DEFAULT_STOP] = SIGNAL_FATE_ACTED,
		[CAUSE_GROUP_EXIT] = SIGNAL_FATE_ACTED,
		[CAUSE_SIG_IGN] = SIGNAL_FATE_IGNORED,
		[CAUSE_SIG_DFL_IGNORE] = SIGNAL_FATE_IGNORED,
		[CAUSE_UNKILLABLE_SIG_DFL] = SIGNAL_FATE_IGNORED,
	};
	const uint32_t node = chain_story_node(c, &r->target);
	struct chain_node *n = node == CHAIN_NONE ? NULL : &c->nodes[node];
	bool group_exit;
	int sig;

	if (!n || !n->got_ns || !v || n->fate != SIGNAL_FATE_PENDING)
		return;
	group_exit = v->cause == CAUSE_GROUP_EXIT;
	sig = group_exit ? explain_group_exit_signal(r) : r->sig;
	/* Still pending: this was one of the same number from the other queue, or an older one. */
	if (sig != n->sig || (!group_exit && is_pending(r, sig)))
		return;
	n->fate = is_stop_dropped(c, n, v) ? SIGNAL_FATE_IGNORED
					   : (enum signal_fate)fates[v->cause];
	if (n->fate == SIGNAL_FATE_IGNORED)
		n->cause = v->cause;
}

static void on_taken(struct chain *c, const struct report *r)
{
	const uint32_t node = chain_story_node(c, &r->target);
	struct chain_node *n = node == CHAIN_NONE ? NULL : &c->nodes[node];

	if (!n || !n->got_ns || n->sig != r->sig || n->fate != SIGNAL_FATE_PENDING)
		return;
	n->fate = SIGNAL_FATE_HANDLED;
	n->taken = true;
}

/* Its end. */

static enum chain_end end_by_kill(const struct chain_node *n)
{
	if (n->got_ns && n->sig == SIG_KILL)
		return CHAIN_END_SIGNAL;
	if (n->torn_down)
		return CHAIN_END_TEARDOWN;
	return n->killed ? CHAIN_END_KILLED : CHAIN_END_NOT_KNOWN;
}

static void on_exit_report(struct chain *c, const struct report *r)
{
	const uint32_t node = chain_story_node(c, &r->target);
	const int sig = r->exit_code & 0x7f; /* wait4(2) */
	struct chain_node *n;

	if (node == CHAIN_NONE)
		return;
	n = &c->nodes[node];
	n->end_ns = r->boot_ns;
	n->status = r->exit_code;
	n->status_known = true;
	if (sig == SIG_KILL)
		n->end = end_by_kill(n);
	else
		n->end = sig ? CHAIN_END_SIGNAL : CHAIN_END_EXITED;
	if (sig && sig == n->sig && n->fate == SIGNAL_FATE_PENDING)
		n->fate = SIGNAL_FATE_ACTED;
}

int chain_watch_report(struct chain *c, const struct report *r, const struct verdict *v)
{
	switch (r->kind) {
	case REPORT_GENERATE:
		return on_generate(c, r, v);
	case REPORT_DELIVER:
		on_deliver(c, r, v);
		break;
	case REPORT_TAKEN:
		on_taken(c, r);
		break;
	case REPORT_EXIT:
		on_exit_report(c, r);
		break;
	case REPORT_RETURN:
	case REPORT_FAILED:
	case REPORT_HANDLER:
	case REPORT_CGROUP:
	case REPORT_ALIVE:
	case REPORT_KIND_COUNT:
		break;
	}
	return 0;
}
