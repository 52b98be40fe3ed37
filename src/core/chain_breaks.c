// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the signal stopped: every pair of a process that had it and a child that does not get it,
 * by the last one that had it and by the rule that says why. No process is looked at more than a
 * few times: trees have thousands of them.
 */
#include <errno.h>
#include <stdlib.h>

#include "chain.h"
#include "chain_index.h"
#include "chain_notes.h"
#include "chain_phrases.h"

/* From /proc a start is the beginning of its tick: 1 / USER_HZ s. */
#define TICK_NS UINT64_C(10000000)

/* It does not get the signal, and is there to miss it. Who ended by itself misses nothing. */
static bool goes_without(const struct chain *c, const struct chain_node *n)
{
	if (!n->in_tree || n->gets != CHAIN_NO)
		return false;
	if (!c->watched)
		return !chain_is_gone(n);
	return n->end == CHAIN_END_NONE || n->end == CHAIN_END_TEARDOWN ||
	       n->end == CHAIN_END_KILLED;
}

bool chain_is_missed(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];
	const struct chain_node *parent = n->parent == CHAIN_NONE ? NULL : &c->nodes[n->parent];

	if (!parent || !parent->in_tree || parent->gets != CHAIN_YES || !goes_without(c, n))
		return false;
	if (!parent->got_ns)
		return true;
	if (n->process->start_boot_ns / TICK_NS >= parent->got_ns / TICK_NS)
		return false;
	return !n->end_ns || n->end_ns >= parent->got_ns;
}

/* The rules. */

static bool at_drops(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)missed;
	return c->nodes[at].does == CHAIN_DOES_DROP;
}

static bool at_waits(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)missed;
	return c->nodes[at].does == CHAIN_DOES_WAIT;
}

static bool at_ends(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)missed;
	return c->nodes[at].does == CHAIN_DOES_END;
}

static bool shell_ends(const struct chain *c, uint32_t at, uint32_t missed)
{
	return at_ends(c, at, missed) && chain_is_shell(c, at);
}

/* Whether `at` has it from a signal that was meant for its whole group. */
static bool has_as_group(const struct chain *c, uint32_t at)
{
	const struct chain_node *n = &c->nodes[at];

	if (n->way == CHAIN_WAY_IN_GROUP || n->way == CHAIN_WAY_FORWARDED_GROUP)
		return true;
	return n->way == CHAIN_WAY_FORWARDED && n->from != CHAIN_NONE &&
	       !c->nodes[n->from].program.by_name_only &&
	       c->nodes[n->from].program.to_group == PROGRAM_YES;
}

static bool outside_group(const struct chain *c, uint32_t at, uint32_t missed)
{
	const struct process *p = c->nodes[at].process, *q = c->nodes[missed].process;

	if (c->nodes[missed].way == CHAIN_WAY_OUTSIDE_GROUP)
		return true;
	return has_as_group(c, at) && (p->known & PROCESS_KNOWN_IDS) &&
	       (q->known & PROCESS_KNOWN_IDS) && p->pgid != q->pgid;
}

static bool is_torn_down(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)at;
	return c->nodes[missed].way == CHAIN_WAY_TEARDOWN;
}

static bool is_killed(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)at;
	return c->nodes[missed].way == CHAIN_WAY_KILLED;
}

static bool child_only(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)at;
	return c->nodes[missed].way == CHAIN_WAY_CHILD_ONLY;
}

static bool always(const struct chain *c, uint32_t at, uint32_t missed)
{
	(void)c;
	(void)at;
	(void)missed;
	return true;
}

static bool (*const rules[])(const struct chain *c, uint32_t at, uint32_t missed) = {
	[CHAIN_RULE_DROPPED] = at_drops,
	[CHAIN_RULE_SHELL_WAITS] = at_waits,
	[CHAIN_RULE_SHELL_ENDS] = shell_ends,
	[CHAIN_RULE_OUTSIDE_GROUP] = outside_group,
	[CHAIN_RULE_ENDS_WITHOUT_FORWARDING] = at_ends,
	[CHAIN_RULE_TEARDOWN] = is_torn_down,
	[CHAIN_RULE_KILLED_UNASKED] = is_killed,
	[CHAIN_RULE_CHILD_ONLY] = child_only,
	[CHAIN_RULE_NOT_FORWARDED] = always,
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == CHAIN_RULE_COUNT, "a condition for every rule");

static enum chain_rule rule_of(const struct chain *c, uint32_t at, uint32_t missed)
{
	int rule = 0;

	while (!rules[rule](c, at, missed))
		rule++;
	return rule;
}

/* The breaks. */

static int by_place(const void *left, const void *right)
{
	const struct chain_break *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return (a->missed > b->missed) - (a->missed < b->missed);
}

/* Whether a child of each gets it: then it has passed there, though the process itself drops it. */
static bool *find_passed(const struct chain *c)
{
	bool *passed = calloc(c->len ? c->len : 1, sizeof(*passed));

	for (uint32_t i = 0; passed && i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];

		if (n->parent != CHAIN_NONE && n->in_tree && n->gets == CHAIN_YES)
			passed[n->parent] = true;
	}
	return passed;
}

/* One for each that is missed; and for each that drops it, for that alone. */
static size_t find_all(const struct chain *c, const uint32_t *without, const bool *passed,
		       struct chain_break *list)
{
	size_t len = 0;

	for (uint32_t i = 0; i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];

		if (chain_is_missed(c, i))
			list[len++] = (struct chain_break){.at = n->parent,
							   .rule = rule_of(c, n->parent, i),
							   .missed = i,
							   .missed_count = 1,
							   .beyond = without[i]};
		if (n->in_tree && n->gets == CHAIN_YES && n->does == CHAIN_DOES_DROP && !passed[i])
			list[len++] = (struct chain_break){
				.at = i, .rule = CHAIN_RULE_DROPPED, .missed = CHAIN_NONE};
	}
	return len;
}

/* Those of one place and rule become one: the first that is missed, and how many they are. */
static size_t join(struct chain_break *list, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		struct chain_break *last = kept ? &list[kept - 1] : NULL;

		if (!last || last->at != list[i].at || last->rule != list[i].rule) {
			list[kept++] = list[i];
			continue;
		}
		last->missed_count += list[i].missed_count;
		last->beyond += list[i].beyond;
	}
	return kept;
}

/* How many go without from each process down to those that get it from elsewhere. */
static uint32_t *count_without(const struct chain *c)
{
	uint32_t *without = calloc(c->len ? c->len : 1, sizeof(*without));

	for (uint32_t i = c->len; without && i-- > 0;) {
		const struct chain_node *n = &c->nodes[i];

		if (n->gets == CHAIN_YES)
			without[i] = 0;
		else
			without[i] += goes_without(c, n);
		if (n->parent != CHAIN_NONE)
			without[n->parent] += without[i];
	}
	return without;
}

int chain_find_breaks(struct chain *c)
{
	uint32_t *without = count_without(c);
	bool *passed = find_passed(c);
	/* None is missed and drops it. */
	struct chain_break *list = malloc((c->len + 1UL) * sizeof(*list));
	size_t len;

	if (!without || !passed || !list) {
		free(without);
		free(passed);
		free(list);
		return -ENOMEM;
	}
	len = find_all(c, without, passed, list);
	free(without);
	free(passed);
	/* CHAIN_NONE sorts behind all nodes: of those that drop it the missed one stays. */
	qsort(list, len, sizeof(*list), by_place);
	free(c->breaks);
	c->breaks = list;
	c->breaks_len = join(list, len);
	return chain_find_notes(c);
}
