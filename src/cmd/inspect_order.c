// SPDX-License-Identifier: BSD-2-Clause
#include "inspect_order.h"

#include <errno.h>
#include <stdlib.h>

void inspect_order_free(struct inspect_order *o)
{
	free(o->list);
	*o = (struct inspect_order){};
}

static int by_parent(const void *left, const void *right)
{
	const struct process *a = ((const struct inspect_entry *)left)->process;
	const struct process *b = ((const struct inspect_entry *)right)->process;

	if (a->parent_tgid != b->parent_tgid)
		return a->parent_tgid < b->parent_tgid ? -1 : 1;
	return (a->tgid > b->tgid) - (a->tgid < b->tgid);
}

/* The first of the processes, sorted by parent, whose parent is `tgid` or above. */
static size_t first_child(const struct inspect_entry *children, size_t len, uint32_t tgid)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (children[middle].process->parent_tgid < tgid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What one walk needs; each array has room for every process of the table. */
struct walk {
	const struct process_table *table;
	struct inspect_entry *children; /* all, sorted by parent */
	struct inspect_entry *stack;
	size_t depth;
	bool *listed;
	struct inspect_order *order;
};

static void list(struct walk *w, struct process *p, struct inspect_pid *named)
{
	w->listed[p - w->table->list] = true;
	w->order->list[w->order->len++] = (struct inspect_entry){p, named};
}

/*
 * In reverse, so that the first child is taken first. A process has one parent, and each parent's
 * children are pushed once: the stack needs no more room than there are processes.
 */
static void push_children(struct walk *w, uint32_t tgid)
{
	const size_t begin = first_child(w->children, w->table->len, tgid);
	size_t end = begin;

	while (end < w->table->len && w->children[end].process->parent_tgid == tgid)
		end++;
	while (end-- > begin)
		if (w->children[end].process->selected)
			w->stack[w->depth++] = w->children[end];
}

static void list_descendants(struct walk *w, uint32_t tgid)
{
	push_children(w, tgid);
	while (w->depth > 0) {
		struct process *p = w->stack[--w->depth].process;

		/* One that was named has its own turn. */
		if (w->listed[p - w->table->list])
			continue;
		list(w, p, NULL);
		push_children(w, p->tgid);
	}
}

static void walk(struct walk *w, struct inspect_pids *pids)
{
	for (size_t i = 0; i < pids->len; i++)
		if (!pids->list[i].gone)
			list(w, process_table_find(w->table, pids->list[i].tgid), &pids->list[i]);
	for (size_t i = 0; i < pids->len; i++)
		if (!pids->list[i].gone)
			list_descendants(w, pids->list[i].tgid);
}

int inspect_order_make(struct inspect_pids *pids, const struct process_table *t,
		       struct inspect_order *ret)
{
	struct inspect_order order = {.list = calloc(t->len + 1, sizeof(*order.list))};
	struct walk w = {
		.table = t,
		.children = calloc(t->len + 1, sizeof(*w.children)),
		.stack = calloc(t->len + 1, sizeof(*w.stack)),
		.listed = calloc(t->len + 1, sizeof(*w.listed)),
		.order = &order,
	};
	const bool ok = order.list && w.children && w.stack && w.listed;

	if (ok) {
		for (size_t i = 0; i < t->len; i++)
			w.children[i].process = &t->list[i];
		qsort(w.children, t->len, sizeof(*w.children), by_parent);
		walk(&w, pids);
		*ret = order;
	} else {
		free(order.list);
	}
	free(w.children);
	free(w.stack);
	free(w.listed);
	return ok ? 0 : -ENOMEM;
}
