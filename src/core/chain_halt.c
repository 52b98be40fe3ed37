// SPDX-License-Identifier: BSD-2-Clause
#include "chain_halt.h"

#include "kernel_bits.h"
#include "signal_numbers.h"
#include "stuck_words.h"

enum chain_halt chain_halt_of(const struct report *r)
{
	if (r->result == EVENT_RESULT_IGNORED || r->sig == SIG_CONT)
		return CHAIN_HALT_NONE;
	if (r->facts & EVENT_FACT_FROZEN)
		return CHAIN_HALT_FROZEN;
	/* SIGKILL has begun one, too. */
	if (r->signal_flags & SIGNAL_GROUP_EXIT)
		return CHAIN_HALT_NONE;
	if (r->facts & EVENT_FACT_FROZEN_V2)
		return CHAIN_HALT_FROZEN_V2;
	return r->state & TASK_STOPPED ? CHAIN_HALT_STOPPED : CHAIN_HALT_NONE;
}

bool chain_halt_hides(enum chain_halt halt, enum cause cause)
{
	return halt != CHAIN_HALT_NONE && (cause == CAUSE_SIGWAIT || cause == CAUSE_BLOCKED);
}

/* It has ended, or the default action of the signal ends it. */
static bool is_leaving(const struct chain *c, const struct process *p)
{
	const uint32_t node = chain_find(c, p->tgid);
	const struct chain_node *n = node == CHAIN_NONE ? NULL : &c->nodes[node];

	if (stuck_has_ended(p))
		return true;
	return n &&
	       (n->end != CHAIN_END_NONE || (n->gets == CHAIN_YES && n->does == CHAIN_DOES_END));
}

/* Whether that member keeps its group from being orphaned. */
static enum chain_answer connects(const struct chain *c, const struct process *p)
{
	const struct process *parent;

	if (p->global_init || is_leaving(c, p))
		return CHAIN_NO;
	parent = process_table_find(&c->table, p->parent_tgid);
	if (!parent || !stuck_knows(parent, PROCESS_KNOWN_IDS))
		return CHAIN_NOT_KNOWN;
	if (parent->global_init || is_leaving(c, parent))
		return CHAIN_NO;
	return parent->sid == p->sid && parent->pgid != p->pgid ? CHAIN_YES : CHAIN_NO;
}

enum chain_answer chain_is_orphaned(const struct chain *c, uint32_t pgid)
{
	enum chain_answer answer = CHAIN_YES;

	for (size_t i = 0; i < c->table.len; i++) {
		const struct process *p = &c->table.list[i];
		enum chain_answer connected;

		if (!stuck_knows(p, PROCESS_KNOWN_IDS) || p->pgid != pgid)
			continue;
		connected = connects(c, p);
		if (connected == CHAIN_YES)
			return CHAIN_NO;
		if (connected == CHAIN_NOT_KNOWN)
			answer = CHAIN_NOT_KNOWN;
	}
	return answer;
}
