// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which processes are nodes. A table of the machine may hold a chain that is as long as itself, and
 * parents that form a circle (a snapshot is not taken at one moment): no recursion, and every
 * process is taken once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"

#define CAPACITY_MIN 64

/* From /proc a start is the beginning of its tick: 1 / USER_HZ s. */
#define TICK_NS UINT64_C(10000000)

/* Who is whose child in the table. All members hold indices of the table, or CHAIN_NONE. */
struct family {
	uint32_t *first_child;
	uint32_t *next_sibling;
	uint32_t *parent;
	uint32_t *up; /* the root's ancestors, the nearest first */
	uint32_t up_len;
	bool *taken;
};

static uint32_t find_parent(const struct process_table *t, const struct process *p)
{
	const struct process *parent = process_table_find(t, p->parent_tgid);

	/* One that began after its child got the number of a parent that is gone. */
	if (!parent || parent == p || parent->start_boot_ns > p->start_boot_ns)
		return CHAIN_NONE;
	return (uint32_t)(parent - t->list);
}

static void family_free(struct family *f)
{
	free(f->first_child);
	free(f->next_sibling);
	free(f->parent);
	free(f->up);
	free(f->taken);
	*f = (struct family){0};
}

static int family_init(struct family *f, const struct process_table *t)
{
	f->first_child = malloc(t->len * sizeof(*f->first_child));
	f->next_sibling = malloc(t->len * sizeof(*f->next_sibling));
	f->parent = malloc(t->len * sizeof(*f->parent));
	f->up = malloc(t->len * sizeof(*f->up));
	f->taken = calloc(t->len, sizeof(*f->taken));
	if (!f->first_child || !f->next_sibling || !f->parent || !f->up || !f->taken)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++)
		f->first_child[i] = CHAIN_NONE;
	/* From the end, so that siblings are in the order of the table. */
	for (size_t i = t->len; i-- > 0;) {
		const uint32_t parent = find_parent(t, &t->list[i]);

		f->parent[i] = parent;
		f->next_sibling[i] = CHAIN_NONE;
		if (parent == CHAIN_NONE)
			continue;
		f->next_sibling[i] = f->first_child[parent];
		f->first_child[parent] = (uint32_t)i;
	}
	return 0;
}

static void family_climb(struct family *f, uint32_t root)
{
	uint32_t i;

	f->taken[root] = true;
	for (i = f->parent[root]; i != CHAIN_NONE && !f->taken[i]; i = f->parent[i]) {
		f->taken[i] = true;
		f->up[f->up_len++] = i;
	}
	for (i = 0; i < f->up_len; i++)
		f->taken[f->up[i]] = false;
}

static bool knows(const struct process *p, uint32_t what)
{
	return p->known & what;
}

static const struct process *ancestor(const struct chain *c, const struct family *f, uint32_t i)
{
	return &c->table.list[f->up[i]];
}

/*
 * How many ancestors are shown. Where the root itself is what ends the search, none: it is the top.
 */
static uint32_t to_session_leader(const struct chain *c, const struct family *f,
				  const struct process *root)
{
	for (uint32_t i = 0; i < f->up_len; i++)
		if (ancestor(c, f, i)->tgid == root->sid)
			return i + 1;
	return 0;
}

/* One that gives its child a session of its own belongs to it (dumb-init). */
static uint32_t with_init(const struct chain *c, const struct family *f, uint32_t shown,
			  enum program_kind (*kind_of)(void *context, const struct process *p),
			  void *context)
{
	return kind_of && shown < f->up_len &&
			       program_is_init(kind_of(context, ancestor(c, f, shown)))
		       ? shown + 1
		       : shown;
}

static uint32_t choose_top(const struct chain *c, const struct family *f,
			   const struct process *root,
			   enum program_kind (*kind_of)(void *context, const struct process *p),
			   void *context)
{
	for (uint32_t i = 0; kind_of && i <= f->up_len; i++) {
		const enum program_kind kind = kind_of(context,
						       i == 0 ? root : ancestor(c, f, i - 1));

		if (kind == PROGRAM_SHIM || kind == PROGRAM_CI_AGENT)
			return i;
	}
	for (uint32_t i = 0; root->ns_level > 0 && root->pid_ns && i < f->up_len; i++)
		if (ancestor(c, f, i)->pid_ns && ancestor(c, f, i)->pid_ns != root->pid_ns)
			return i + 1;
	if (!knows(root, PROCESS_KNOWN_IDS))
		return 0;
	return with_init(c, f, to_session_leader(c, f, root), kind_of, context);
}

static int grow(struct chain *c)
{
	const uint32_t capacity = c->capacity ? 2 * c->capacity : CAPACITY_MIN;
	struct chain_node *nodes = realloc(c->nodes, capacity * sizeof(*nodes));
	uint32_t *by_tgid;

	if (!nodes)
		return -ENOMEM;
	c->nodes = nodes;
	by_tgid = realloc(c->by_tgid, capacity * sizeof(*by_tgid));
	if (!by_tgid)
		return -ENOMEM;
	c->by_tgid = by_tgid;
	c->capacity = capacity;
	return 0;
}

/* Its index. The caller has made room, and enters it in by_tgid. */
static uint32_t add_node(struct chain *c, const struct process *p, uint32_t parent, bool in_tree)
{
	const uint32_t index = c->len++;

	c->nodes[index] = (struct chain_node){
		.process = p,
		.parent = parent,
		.depth = parent == CHAIN_NONE ? 0 : c->nodes[parent].depth + 1,
		.in_tree = in_tree,
		.waits_for = CHAIN_NONE,
		.from = CHAIN_NONE,
	};
	if (parent != CHAIN_NONE)
		c->nodes[parent].children++;
	return index;
}

/* All below the root, each before those below it. */
static int add_descendants(struct chain *c, struct family *f, uint32_t root)
{
	uint32_t i = root, parent = c->root;

	for (;;) {
		uint32_t next = f->first_child[i];

		while (next != CHAIN_NONE && f->taken[next])
			next = f->next_sibling[next];
		while (next == CHAIN_NONE && i != root) {
			next = f->next_sibling[i];
			while (next != CHAIN_NONE && f->taken[next])
				next = f->next_sibling[next];
			i = f->parent[i];
			parent = c->nodes[parent].parent;
		}
		if (next == CHAIN_NONE)
			return 0;
		if (c->len == c->capacity && grow(c))
			return -ENOMEM;
		f->taken[next] = true;
		parent = add_node(c, &c->table.list[next], parent, true);
		i = next;
	}
}

static int add_all(struct chain *c, struct family *f, uint32_t root, uint32_t shown)
{
	uint32_t parent = CHAIN_NONE;

	while (c->capacity <= shown)
		if (grow(c))
			return -ENOMEM;
	for (uint32_t i = shown; i-- > 0;) {
		f->taken[f->up[i]] = true;
		parent = add_node(c, ancestor(c, f, i), parent, false);
	}
	c->root = add_node(c, &c->table.list[root], parent, true);
	return add_descendants(c, f, root);
}

/* The table is sorted: its order is that of the numbers. */
static int order_by_tgid(struct chain *c)
{
	uint32_t *node_of = malloc(c->table.len * sizeof(*node_of));
	uint32_t len = 0;

	if (!node_of)
		return -ENOMEM;
	for (size_t i = 0; i < c->table.len; i++)
		node_of[i] = CHAIN_NONE;
	for (uint32_t i = 0; i < c->len; i++)
		node_of[c->nodes[i].process - c->table.list] = i;
	for (size_t i = 0; i < c->table.len; i++)
		if (node_of[i] != CHAIN_NONE)
			c->by_tgid[len++] = node_of[i];
	free(node_of);
	return 0;
}

int chain_build(struct chain *c, uint32_t root_tgid, uint32_t up,
		enum program_kind (*kind_of)(void *context, const struct process *p), void *context)
{
	const struct process *root = process_table_find(&c->table, root_tgid);
	struct family f = {0};
	uint32_t index, shown;
	int err;

	if (!root)
		return -ESRCH;
	index = (uint32_t)(root - c->table.list);
	err = family_init(&f, &c->table);
	if (err)
		goto out;
	family_climb(&f, index);
	shown = up == CHAIN_UP_DEFAULT ? choose_top(c, &f, root, kind_of, context) : up;
	if (shown > f.up_len)
		shown = f.up_len;
	c->hidden_up = f.up_len - shown;
	err = add_all(c, &f, index, shown);
	if (!err)
		err = order_by_tgid(c);
out:
	family_free(&f);
	return err;
}

void chain_free(struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++) {
		free(c->nodes[i].exe);
		free(c->nodes[i].words);
	}
	free(c->nodes);
	free(c->by_tgid);
	free(c->edges);
	free(c->breaks);
	free(c->notes);
	process_table_free(&c->table);
	*c = (struct chain){0};
}

/* How many nodes have that number or a lower one. */
static uint32_t count_up_to(const struct chain *c, uint32_t tgid)
{
	uint32_t low = 0, high = c->len;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (c->nodes[c->by_tgid[middle]].process->tgid <= tgid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t chain_find(const struct chain *c, uint32_t tgid)
{
	const uint32_t count = count_up_to(c, tgid);

	if (count == 0 || c->nodes[c->by_tgid[count - 1]].process->tgid != tgid)
		return CHAIN_NONE;
	return c->by_tgid[count - 1];
}

bool chain_is_below(const struct chain *c, uint32_t node, uint32_t ancestor_node)
{
	while (node != CHAIN_NONE && c->nodes[node].depth > c->nodes[ancestor_node].depth)
		node = c->nodes[node].parent;
	return node == ancestor_node;
}

static bool is_same(const struct process *a, const struct process *b)
{
	const uint64_t start = a->start_boot_ns, other = b->start_boot_ns;

	return a->tgid == b->tgid && (start > other ? start - other : other - start) < TICK_NS;
}

/* The nodes point into the table: they are told while the old one is still there. */
static int grow_table(struct chain *c)
{
	struct process_table *t = &c->table;
	const size_t capacity = t->capacity ? 2 * t->capacity : CAPACITY_MIN;
	struct process *list = malloc(capacity * sizeof(*list));

	if (!list)
		return -ENOMEM;
	if (t->len)
		memcpy(list, t->list, t->len * sizeof(*list));
	for (uint32_t i = 0; i < c->len; i++)
		c->nodes[i].process = list + (c->nodes[i].process - t->list);
	free(t->list);
	t->list = list;
	t->capacity = capacity;
	return 0;
}

/*
 * Puts it behind all with that number or a lower one, which is nearly always the end. Its threads
 * and what else was looked up of it stay with the snapshot that it comes from.
 */
static const struct process *insert_process(struct chain *c, const struct process *p)
{
	struct process_table *t = &c->table;
	const struct thread *leader = process_leader(p);
	size_t place = t->len;
	struct process copy = *p;

	if (t->len == t->capacity && grow_table(c))
		return NULL;
	copy.actions = NULL;
	copy.threads = NULL;
	copy.threads_len = 0;
	copy.symbols = NULL;
	copy.symbols_len = 0;
	copy.freezer_path = NULL;
	process_forget_details(&copy);
	if (leader) {
		copy.leader_state = leader->state;
		copy.known |= PROCESS_KNOWN_STATE;
	}
	while (place > 0 && t->list[place - 1].tgid > p->tgid)
		place--;
	if (place < t->len) {
		memmove(&t->list[place + 1], &t->list[place], (t->len - place) * sizeof(*t->list));
		for (uint32_t i = 0; i < c->len; i++)
			if (c->nodes[i].process >= &t->list[place])
				c->nodes[i].process++;
	}
	t->list[place] = copy;
	t->len++;
	return &t->list[place];
}

uint32_t chain_watch_add(struct chain *c, const struct process *p)
{
	const uint32_t known = chain_find(c, p->tgid);
	const uint32_t parent = chain_find(c, p->parent_tgid);
	const struct process *inserted;
	uint32_t place, index;

	if (known != CHAIN_NONE && is_same(c->nodes[known].process, p))
		return known;
	if (parent == CHAIN_NONE || !c->nodes[parent].in_tree ||
	    c->nodes[parent].process->start_boot_ns > p->start_boot_ns)
		return CHAIN_NONE;
	if (c->len == c->capacity && grow(c))
		return CHAIN_NONE;
	inserted = insert_process(c, p);
	if (!inserted)
		return CHAIN_NONE;
	place = count_up_to(c, p->tgid);
	index = add_node(c, inserted, parent, true);
	memmove(&c->by_tgid[place + 1], &c->by_tgid[place], (index - place) * sizeof(*c->by_tgid));
	c->by_tgid[place] = index;
	return index;
}
