// SPDX-License-Identifier: BSD-2-Clause
#include "chain_index.h"

#include <errno.h>
#include <stdlib.h>

#include "stuck_words.h"

static int compare_keys(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void link_children(struct chain_index *x, const struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++)
		x->first_child[i] = CHAIN_NONE;
	for (uint32_t i = c->len; i-- > 0;) {
		const uint32_t parent = c->nodes[i].parent;

		x->next_sibling[i] = CHAIN_NONE;
		if (parent == CHAIN_NONE)
			continue;
		x->next_sibling[i] = x->first_child[parent];
		x->first_child[parent] = i;
	}
}

static void sort_groups(struct chain_index *x, const struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++) {
		const struct process *p = c->nodes[i].process;

		if (p->known & PROCESS_KNOWN_IDS)
			x->by_group[x->by_group_len++] = (uint64_t)p->pgid << 32 | i;
	}
	qsort(x->by_group, x->by_group_len, sizeof(*x->by_group), compare_keys);
}

int chain_index_init(struct chain_index *ret, const struct chain *c)
{
	/* An allocation of nothing may give NULL. */
	const size_t len = c->len + 1UL;
	struct chain_index x = {
		.first_child = malloc(len * sizeof(*x.first_child)),
		.next_sibling = malloc(len * sizeof(*x.next_sibling)),
		.by_group = malloc(len * sizeof(*x.by_group)),
	};

	*ret = (struct chain_index){0};
	if (!x.first_child || !x.next_sibling || !x.by_group) {
		chain_index_free(&x);
		return -ENOMEM;
	}
	link_children(&x, c);
	sort_groups(&x, c);
	*ret = x;
	return 0;
}

void chain_index_free(struct chain_index *x)
{
	free(x->first_child);
	free(x->next_sibling);
	free(x->by_group);
	*x = (struct chain_index){0};
}

static size_t first_member(const struct chain_index *x, uint32_t pgid)
{
	const uint64_t key = (uint64_t)pgid << 32;
	size_t low = 0, high = x->by_group_len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (x->by_group[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t chain_index_next_member(const struct chain_index *x, uint32_t pgid, size_t *place)
{
	if (*place == 0)
		*place = first_member(x, pgid) + 1;
	else
		(*place)++;
	if (*place > x->by_group_len || x->by_group[*place - 1] >> 32 != pgid)
		return CHAIN_NONE;
	return (uint32_t)x->by_group[*place - 1];
}

bool chain_is_gone(const struct chain_node *n)
{
	return stuck_has_ended(n->process) || process_is_dying(n->process);
}
