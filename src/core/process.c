// SPDX-License-Identifier: BSD-2-Clause
#include "process.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel_bits.h"
#include "report.h"

#define TABLE_CAPACITY_MIN 256

const char *process_evidence_name(enum process_evidence evidence)
{
	static const char *const names[] = {
		[PROCESS_EVIDENCE_BPF] = "bpf",
		[PROCESS_EVIDENCE_PROCFS] = "procfs",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == PROCESS_EVIDENCE_COUNT,
		       "a name for every source");
	return names[evidence];
}

void process_forget_details(struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		free(p->threads[i].place);
	for (size_t i = 0; i < p->symbols_len; i++)
		free(p->symbols[i].text);
	free(p->threads);
	free(p->symbols);
	free(p->actions);
	free(p->freezer_path);
	p->threads = NULL;
	p->threads_len = 0;
	p->symbols = NULL;
	p->symbols_len = 0;
	p->actions = NULL;
	p->freezer_path = NULL;
	p->signalfd = 0;
	p->signalfd_each = 0;
	p->known &= ~(PROCESS_KNOWN_SIGNALFD | PROCESS_KNOWN_FROZEN);
	p->selected = false;
}

void process_table_free(struct process_table *t)
{
	for (size_t i = 0; i < t->len; i++)
		process_forget_details(&t->list[i]);
	free(t->list);
	*t = (struct process_table){0};
}

struct process *process_table_add(struct process_table *t, uint32_t tgid)
{
	struct process *p;

	if (t->len == t->capacity) {
		size_t capacity = t->capacity ? 2 * t->capacity : TABLE_CAPACITY_MIN;
		struct process *list = realloc(t->list, capacity * sizeof(*list));

		if (!list)
			return NULL;
		t->list = list;
		t->capacity = capacity;
	}
	p = &t->list[t->len++];
	*p = (struct process){.tgid = tgid};
	return p;
}

struct thread *process_add_thread(struct process *p, uint32_t tid)
{
	struct thread *thread;

	/* Most have one thread: the room is the next power of two, and needs no member of its own.
	 */
	if ((p->threads_len & (p->threads_len - 1)) == 0) {
		size_t capacity = p->threads_len ? 2 * p->threads_len : 1;
		struct thread *threads = realloc(p->threads, capacity * sizeof(*threads));

		if (!threads)
			return NULL;
		p->threads = threads;
	}
	thread = &p->threads[p->threads_len++];
	*thread = (struct thread){.tid = tid};
	return thread;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_processes(const void *a, const void *b)
{
	return compare_numbers(((const struct process *)a)->tgid,
			       ((const struct process *)b)->tgid);
}

static int compare_threads(const void *a, const void *b)
{
	return compare_numbers(((const struct thread *)a)->tid, ((const struct thread *)b)->tid);
}

/* By tid; after a wrap of the numbers the leader's may be anywhere. */
static void sort_threads(struct process *p)
{
	if (p->threads_len < 2)
		return;
	qsort(p->threads, p->threads_len, sizeof(*p->threads), compare_threads);
	for (size_t i = 1; i < p->threads_len; i++) {
		struct thread leader = p->threads[i];

		if (leader.tid != p->tgid)
			continue;
		for (size_t j = i; j > 0; j--)
			p->threads[j] = p->threads[j - 1];
		p->threads[0] = leader;
		return;
	}
}

void process_table_sort(struct process_table *t)
{
	if (t->len > 1)
		qsort(t->list, t->len, sizeof(*t->list), compare_processes);
	for (size_t i = 0; i < t->len; i++)
		sort_threads(&t->list[i]);
}

struct process *process_table_find(const struct process_table *t, uint32_t tgid)
{
	const struct process key = {.tgid = tgid};

	if (t->len == 0)
		return NULL;
	return bsearch(&key, t->list, t->len, sizeof(*t->list), compare_processes);
}

/* What is known of a process while its descent is looked into. */
enum descent {
	DESCENT_UNKNOWN,
	DESCENT_ON_PATH,
	DESCENT_NO,
	DESCENT_YES,
};

static struct process *parent_of(const struct process_table *t, const struct process *p)
{
	return process_table_find(t, p->parent_tgid);
}

/*
 * Walks from a process towards its ancestors until one is known, and writes what that one is to all
 * on the way: each process is passed at most twice, whoever begins.
 */
static void find_descent(const struct process_table *t, enum descent *known, struct process *first)
{
	enum descent answer = DESCENT_NO;
	struct process *p = first;

	while (p && known[p - t->list] == DESCENT_UNKNOWN) {
		known[p - t->list] = DESCENT_ON_PATH;
		if (p->selected) {
			answer = DESCENT_YES;
			break;
		}
		p = parent_of(t, p);
	}
	/* ON_PATH: the parents form a circle, in which nobody is selected. */
	if (p && known[p - t->list] == DESCENT_YES)
		answer = DESCENT_YES;
	for (p = first; p && known[p - t->list] == DESCENT_ON_PATH; p = parent_of(t, p))
		known[p - t->list] = answer;
}

int process_table_select_descendants(struct process_table *t)
{
	enum descent *known;

	if (t->len == 0)
		return 0;
	known = calloc(t->len, sizeof(*known));
	if (!known)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++)
		find_descent(t, known, &t->list[i]);
	for (size_t i = 0; i < t->len; i++)
		t->list[i].selected = known[i] == DESCENT_YES;
	free(known);
	return 0;
}

const struct thread *process_leader(const struct process *p)
{
	if (p->threads_len == 0 || p->threads[0].tid != p->tgid)
		return NULL;
	return &p->threads[0];
}

uint64_t process_handler(const struct process *p, int sig)
{
	const uint64_t bit = UINT64_C(1) << (sig - 1);

	if (p->actions)
		return p->actions[sig - 1].handler;
	if (p->caught & bit)
		return REPORT_HANDLER_NOT_KNOWN;
	return p->ignored & bit ? HANDLER_IGN : HANDLER_DFL;
}

const struct process_symbol *process_symbol_of(const struct process *p, uint64_t handler)
{
	for (size_t i = 0; i < p->symbols_len; i++)
		if (p->symbols[i].handler == handler)
			return &p->symbols[i];
	return NULL;
}

static bool leader_has_exited(const struct process *p)
{
	const struct thread *leader = process_leader(p);

	return leader && (leader->state & TASK_EXITED);
}

static bool has_live_thread(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (!(p->threads[i].state & TASK_EXITED))
			return true;
	return false;
}

bool process_is_zombie(const struct process *p)
{
	return leader_has_exited(p) && !has_live_thread(p);
}

bool process_has_zombie_leader(const struct process *p)
{
	return leader_has_exited(p) && has_live_thread(p);
}

bool process_is_dying(const struct process *p)
{
	/* Before 5.16 a core dump has a flag of its own in place of SIGNAL_GROUP_EXIT. */
	if ((p->known & PROCESS_KNOWN_SIGNAL_FLAGS) &&
	    ((p->signal_flags & SIGNAL_GROUP_EXIT) || p->core_dumping))
		return true;
	for (size_t i = 0; i < p->threads_len; i++)
		if (!p->threads[i].exiting)
			return false;
	return p->threads_len > 0;
}
