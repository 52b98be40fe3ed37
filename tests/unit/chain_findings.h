/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees whose processes are told what they get and do, and what is found in them. */
#ifndef SIGTRACE_TESTS_CHAIN_FINDINGS_H
#define SIGTRACE_TESTS_CHAIN_FINDINGS_H

#include "chain_reports.h"

static inline struct chain_node *gets(uint32_t tgid, enum chain_does does)
{
	struct chain_node *n = chain_node(tgid);

	n->gets = CHAIN_YES;
	n->way = CHAIN_WAY_SENT;
	n->sig = chain.sig;
	n->does = does;
	return n;
}

static inline struct chain_node *misses(uint32_t tgid, enum chain_way way)
{
	struct chain_node *n = chain_node(tgid);

	n->gets = CHAIN_NO;
	n->way = way;
	return n;
}

static inline void expect_break(size_t place, uint32_t at, enum chain_rule rule, uint32_t missed,
				uint32_t missed_count, uint32_t beyond)
{
	const struct chain_break *b;
	uint32_t first;

	if (place >= chain.breaks_len)
		fail_msg("%zu breaks", chain.breaks_len);
	b = &chain.breaks[place];
	first = b->missed == CHAIN_NONE ? 0 : chain.nodes[b->missed].process->tgid;
	if (chain.nodes[b->at].process->tgid != at || b->rule != rule || first != missed ||
	    b->missed_count != missed_count || b->beyond != beyond)
		fail_msg("%u %s %u %u %u, not %u %s %u %u %u", chain.nodes[b->at].process->tgid,
			 chain_rule_name(b->rule), first, b->missed_count, b->beyond, at,
			 chain_rule_name(rule), missed, missed_count, beyond);
}

static inline void find(void)
{
	assert_int_equal(chain_find_breaks(&chain), 0);
	for (size_t i = 1; i < chain.notes_len; i++) {
		const struct chain_note *a = &chain.notes[i - 1], *b = &chain.notes[i];

		assert_true(a->kind < b->kind ||
			    (a->kind == CHAIN_NOTE_GROUP_REACHES && a->kind == b->kind &&
			     a->at < b->at && a->other != b->other));
	}
}

/* And no other. */
static inline void expect_only(uint32_t at, enum chain_rule rule, uint32_t missed,
			       uint32_t missed_count, uint32_t beyond)
{
	find();
	expect_break(0, at, rule, missed, missed_count, beyond);
	assert_int_equal(chain.breaks_len, 1);
}

static inline void expect_none(void)
{
	find();
	assert_int_equal(chain.breaks_len, 0);
}

static inline const struct chain_note *find_note(enum chain_note_kind kind)
{
	for (size_t i = 0; i < chain.notes_len; i++)
		if (chain.notes[i].kind == kind)
			return &chain.notes[i];
	return NULL;
}

/* `other` 0: nobody. */
static inline void expect_note(enum chain_note_kind kind, uint32_t at, uint32_t other,
			       uint32_t count)
{
	const struct chain_note *n;
	uint32_t second;

	find();
	n = find_note(kind);
	if (!n)
		fail_msg("no %s", chain_note_name(kind));
	second = n->other == CHAIN_NONE ? 0 : chain.nodes[n->other].process->tgid;
	if (chain.nodes[n->at].process->tgid != at || second != other || n->count != count)
		fail_msg("%s %u %u %u", chain_note_name(kind), chain.nodes[n->at].process->tgid,
			 second, n->count);
}

static inline void expect_no_note(enum chain_note_kind kind)
{
	find();
	if (find_note(kind))
		fail_msg("%s", chain_note_name(kind));
}

#endif
