// SPDX-License-Identifier: BSD-2-Clause
#include "chain_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Further up an ancestor is named by its index: then only nodes below the same one are alike. */
#define LEVELS_UP_MAX 64

/* FNV-1a. */
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

#define LOOKS_MAX 64

/*
 * Everything that a reader would see of a node, but for its number and times: one number after the
 * other, so that it can be compared and hashed as bytes.
 */
struct looks {
	uint32_t values[LOOKS_MAX];
	size_t len;
};

/* What is the same from each node's own place. */
enum place {
	PLACE_NONE,
	PLACE_OWN,
	PLACE_PARENT,
	PLACE_ELSEWHERE,
	PLACE_UP,
};

static void add(struct looks *l, uint32_t value)
{
	l->values[l->len++] = value;
}

static void add_text(struct looks *l, const char *text, size_t size)
{
	const size_t words = (size + sizeof(uint32_t) - 1) / sizeof(uint32_t);

	memset(&l->values[l->len], 0, words * sizeof(uint32_t));
	memcpy(&l->values[l->len], text, strnlen(text, size));
	l->len += words;
}

static void add_pointer(struct looks *l, const void *pointer)
{
	const uint64_t value = (uintptr_t)pointer;

	add(l, (uint32_t)value);
	add(l, (uint32_t)(value >> 32));
}

static void add_place(struct looks *l, enum place place, uint32_t value)
{
	add(l, place);
	add(l, value);
}

/* A process group or session. */
static void add_group(struct looks *l, const struct chain *c, const struct chain_node *n,
		      uint32_t id, uint32_t id_of_parent)
{
	if (id == 0 || !(n->process->known & PROCESS_KNOWN_IDS))
		add_place(l, PLACE_NONE, 0);
	else if (id == n->process->tgid)
		add_place(l, PLACE_OWN, 0);
	else if (n->parent != CHAIN_NONE && id == id_of_parent &&
		 (c->nodes[n->parent].process->known & PROCESS_KNOWN_IDS))
		add_place(l, PLACE_PARENT, 0);
	else
		add_place(l, PLACE_ELSEWHERE, id);
}

static void add_node(struct looks *l, const struct chain *c, const struct chain_node *n,
		     uint32_t other)
{
	uint32_t at = n->parent;

	if (other == CHAIN_NONE) {
		add_place(l, PLACE_NONE, 0);
		return;
	}
	for (uint32_t levels = 0; at != CHAIN_NONE && levels < LEVELS_UP_MAX; levels++) {
		if (at == other) {
			add_place(l, PLACE_UP, levels);
			return;
		}
		at = c->nodes[at].parent;
	}
	add_place(l, PLACE_ELSEWHERE, other);
}

static void add_program(struct looks *l, const struct program *p)
{
	add(l, p->kind);
	add(l, p->by_name_only);
	add(l, p->runs);
	add(l, p->interactive);
	add(l, p->job_control);
	add(l, p->to_group);
	add(l, (uint32_t)p->rewrite_from);
	add(l, (uint32_t)p->rewrite_to);
	add(l, p->rewrite_more);
}

static void add_signal(struct looks *l, const struct chain *c, const struct chain_node *n)
{
	add(l, n->gets);
	add(l, n->way);
	add_node(l, c, n, n->from);
	add(l, (uint32_t)n->sig);
	add(l, n->does);
	add(l, n->halt);
	add(l, n->doubt);
	add(l, n->has_prediction);
	add(l, n->has_prediction && n->prediction.known);
	add(l, n->has_prediction ? n->prediction.verdict.cause : 0);
	add(l, n->has_prediction ? n->prediction.effect : 0);
	add(l, n->fate);
	add(l, n->cause);
	add(l, n->taken);
	add(l, n->end);
	add(l, n->status_known);
	add(l, (uint32_t)n->status);
}

static void look_at(const struct chain_rows *rows, uint32_t node, struct looks *ret)
{
	const struct chain *c = rows->chain;
	const struct chain_node *n = &c->nodes[node];
	const struct process *p = n->process;
	const struct process *parent = n->parent == CHAIN_NONE ? p : c->nodes[n->parent].process;

	ret->len = 0;
	add_text(ret, p->comm, sizeof(p->comm));
	add_text(ret, n->tty, sizeof(n->tty));
	add(ret, n->tty_known);
	add(ret, n->foreground);
	add_pointer(ret, p->container);
	add(ret, p->pid_ns);
	add(ret, p->namespace_init);
	add_group(ret, c, n, p->pgid, parent->pgid);
	add_group(ret, c, n, p->sid, parent->sid);
	add(ret, n->in_tree);
	add(ret, process_is_zombie(p));
	add_program(ret, &n->program);
	add(ret, n->shell);
	add(ret, n->waits_for == CHAIN_NONE ? CHAIN_NONE : rows->rows[n->waits_for].like);
	add_signal(ret, c, n);
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * HASH_PRIME;
	return hash;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool are_alike(const struct chain_rows *rows, uint32_t a, const struct looks *looks_of_a,
		      uint32_t b)
{
	const struct chain_row *list = rows->rows;
	const struct chain_node *nodes = rows->chain->nodes;
	struct looks looks_of_b;

	look_at(rows, b, &looks_of_b);
	/* They are of one length always. */
	if (memcmp(looks_of_a->values, looks_of_b.values, looks_of_b.len * sizeof(uint32_t)) != 0 ||
	    !same_text(nodes[a].program.operand, nodes[b].program.operand))
		return false;
	a = list[a].first_child;
	b = list[b].first_child;
	for (; a != CHAIN_NONE && b != CHAIN_NONE && list[a].like == list[b].like;
	     a = list[a].next_sibling)
		b = list[b].next_sibling;
	return a == b;
}

/* Which node it is like; those below it know that already. table: nodes by their hash. */
static uint32_t find_like(const struct chain_rows *rows, uint32_t *table, uint64_t mask,
			  uint32_t node)
{
	struct looks looks;
	uint64_t hash;

	look_at(rows, node, &looks);
	hash = hash_bytes(HASH_BASIS, looks.values, looks.len * sizeof(uint32_t));
	for (uint32_t i = rows->rows[node].first_child; i != CHAIN_NONE;
	     i = rows->rows[i].next_sibling)
		hash = hash_bytes(hash, &rows->rows[i].like, sizeof(rows->rows[i].like));
	hash ^= hash >> 32;
	for (;; hash++) {
		uint32_t *slot = &table[hash & mask];

		if (*slot == CHAIN_NONE)
			*slot = node;
		if (*slot == node || are_alike(rows, node, &looks, *slot))
			return *slot;
	}
}

static int find_alike(struct chain_rows *rows)
{
	const uint32_t len = rows->chain->len;
	uint64_t size = 2;
	uint32_t *table;

	while (size < 2 * (uint64_t)len)
		size *= 2;
	table = malloc(size * sizeof(*table));
	if (!table)
		return -ENOMEM;
	memset(table, 0xff, size * sizeof(*table));
	/* Those below come behind. */
	for (uint32_t i = len; i-- > 0;)
		rows->rows[i].like = find_like(rows, table, size - 1, i);
	free(table);
	return 0;
}

static uint32_t parent_row(const struct chain *c, uint32_t node)
{
	return c->nodes[node].parent == CHAIN_NONE ? c->len : c->nodes[node].parent;
}

static void link_children(struct chain_rows *rows)
{
	const struct chain *c = rows->chain;

	for (uint32_t i = 0; i <= c->len; i++)
		rows->rows[i].first_child = CHAIN_NONE;
	for (uint32_t i = c->len; i-- > 0;) {
		struct chain_row *parent = &rows->rows[parent_row(c, i)];

		rows->rows[i].next_sibling = parent->first_child;
		parent->first_child = i;
	}
}

/* Gives rows to the children of a node that has one. first_of: by what they are like. */
static void fold_children(struct chain_rows *rows, uint32_t *first_of, uint32_t parent)
{
	struct chain_row *list = rows->rows;
	uint32_t last = CHAIN_NONE;

	for (uint32_t i = list[parent].first_child; i != CHAIN_NONE; i = list[i].next_sibling) {
		uint32_t *first = &first_of[list[i].like];

		if (*first == CHAIN_NONE || parent_row(rows->chain, *first) != parent)
			*first = last = i;
		list[*first].count++;
		list[*first].times = list[*first].count * list[parent].times;
		list[*first].last = i;
	}
	if (last != CHAIN_NONE)
		list[last].ends = true;
}

/* The next node with a row, the children first; the one above the tops ends it. */
static uint32_t next_row(const struct chain_rows *rows, uint32_t node)
{
	const uint32_t end = rows->chain->len;
	uint32_t next = rows->rows[node].first_child;

	while (next == CHAIN_NONE && node != end) {
		next = rows->rows[node].next_sibling;
		while (next != CHAIN_NONE && rows->rows[next].count == 0)
			next = rows->rows[next].next_sibling;
		node = parent_row(rows->chain, node);
	}
	return next == CHAIN_NONE ? end : next;
}

static int put_in_order(struct chain_rows *rows)
{
	const uint32_t end = rows->chain->len;
	uint32_t *first_of = malloc((end + 1) * sizeof(*first_of));
	uint32_t node = end;

	if (!first_of)
		return -ENOMEM;
	memset(first_of, 0xff, (end + 1) * sizeof(*first_of));
	rows->rows[end].times = 1;
	do {
		fold_children(rows, first_of, node);
		node = next_row(rows, node);
		if (node != end)
			rows->order[rows->len++] = node;
	} while (node != end);
	free(first_of);
	return 0;
}

int chain_rows_init(struct chain_rows *ret, const struct chain *c)
{
	struct chain_rows rows = {
		.chain = c,
		.rows = calloc(c->len + 1, sizeof(*rows.rows)),
		.order = calloc(c->len + 1, sizeof(*rows.order)),
	};
	int r = rows.rows && rows.order ? 0 : -ENOMEM;

	if (r == 0) {
		link_children(&rows);
		r = find_alike(&rows);
	}
	if (r == 0)
		r = put_in_order(&rows);
	if (r < 0) {
		chain_rows_free(&rows);
		return r;
	}
	*ret = rows;
	return 0;
}

void chain_rows_free(struct chain_rows *rows)
{
	free(rows->rows);
	free(rows->order);
	*rows = (struct chain_rows){0};
}
