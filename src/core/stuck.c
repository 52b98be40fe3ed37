// SPDX-License-Identifier: BSD-2-Clause
#include "stuck.h"

#include <string.h>

#include "signal_numbers.h"
#include "signals.h"
#include "stuck_wait.h"
#include "stuck_words.h"
#include "syscalls.h"

/* Nested PID namespaces times a few processes each: a circle of parents ends here. */
#define ANCESTORS_MAX 1024

static const char *const rule_names[] = {
#define X(name, text) [STUCK_RULE_##name] = text,
	STUCK_RULE_LIST(X)
#undef X
};
_Static_assert(sizeof(rule_names) / sizeof(rule_names[0]) == STUCK_RULE_COUNT, "rule_names");

const char *stuck_rule_name(enum stuck_rule rule)
{
	return rule_names[rule];
}

/* Facts of a thread. */

struct scene {
	const struct process_table *t;
	const struct process *p;
	const struct stuck *s;
	/* The thread that sleeps until a vfork child lets it go on, and that child; or NULL. */
	const struct thread *vfork_parent;
	const struct process *vfork_child;
	struct stuck_finding left; /* of a namespace whose init is dying; count 0: none */
};

typedef bool (*thread_fn)(const struct scene *c, const struct thread *thread);

static char letter(const struct thread *thread)
{
	return task_state_letter(thread->state);
}

static bool is_gone(const struct thread *thread)
{
	return letter(thread) == 'Z' || letter(thread) == 'X';
}

static bool is_frozen_v1(const struct scene *c, const struct thread *thread)
{
	return stuck_knows(c->p, PROCESS_KNOWN_FROZEN) && thread->frozen && !is_gone(thread);
}

static bool is_frozen_v2(const struct scene *c, const struct thread *thread)
{
	return stuck_knows(c->p, PROCESS_KNOWN_FROZEN) && thread->frozen_v2 && !is_gone(thread);
}

static bool is_frozen(const struct scene *c, const struct thread *thread)
{
	return is_frozen_v1(c, thread) || is_frozen_v2(c, thread);
}

static bool is_live(const struct scene *c, const struct thread *thread)
{
	(void)c;
	return !is_gone(thread) && !thread->exiting;
}

static bool is_held_by_tracer(const struct scene *c, const struct thread *thread)
{
	(void)c;
	return thread->tracer_tgid && letter(thread) == 't';
}

static bool is_traced(const struct scene *c, const struct thread *thread)
{
	(void)c;
	return thread->tracer_tgid && !is_gone(thread);
}

static bool is_stopped(const struct scene *c, const struct thread *thread)
{
	(void)c;
	return letter(thread) == 'T';
}

static bool sleeps_in_d(const struct scene *c, const struct thread *thread)
{
	/* Before 5.16 the threads that wait for the end of a core dump do so in D, too. */
	return letter(thread) == 'D' && !is_frozen(c, thread) &&
	       !(c->p->core_dumping && thread->exiting);
}

static bool is_uninterruptible(const struct scene *c, const struct thread *thread)
{
	return sleeps_in_d(c, thread) && thread != c->vfork_parent;
}

static bool is_exiting(const struct scene *c, const struct thread *thread)
{
	return thread->exiting && !is_gone(thread) && !c->left.count &&
	       !is_uninterruptible(c, thread) && !is_frozen(c, thread) &&
	       !is_held_by_tracer(c, thread);
}

static bool is_running(const struct scene *c, const struct thread *thread)
{
	return letter(thread) == 'R' && !thread->exiting && !is_frozen(c, thread);
}

static bool waits_for_child(const struct scene *c, const struct thread *thread)
{
	struct stuck_wait wait;

	return letter(thread) == 'S' && is_live(c, thread) && !is_frozen(c, thread) &&
	       stuck_wait_of(thread, &wait);
}

static bool is_asleep(const struct scene *c, const struct thread *thread)
{
	/* I is a sleep, too: of kernel threads, and of those that wait for a core dump. */
	return (letter(thread) == 'S' || letter(thread) == 'I') && is_live(c, thread) &&
	       !is_frozen(c, thread) && !waits_for_child(c, thread);
}

static bool slept_longer(const struct thread *thread, const struct thread *than)
{
	return thread->asleep_known && than->asleep_known && thread->asleep_ns > than->asleep_ns;
}

/* Counts the threads it is true for, and picks one: that slept longest, else the first. */
static bool find_threads(const struct scene *c, thread_fn is, struct stuck_finding *f)
{
	for (size_t i = 0; i < c->p->threads_len; i++) {
		const struct thread *thread = &c->p->threads[i];

		if (!is(c, thread))
			continue;
		f->count++;
		if (!f->thread || slept_longer(thread, f->thread))
			f->thread = thread;
	}
	return f->count > 0;
}

/* Facts of a process. */

/* In vfork() until the child lets go of the memory they share: always in D. */
static bool may_be_vfork_parent(const struct scene *c, const struct thread *thread, bool only)
{
	const struct thread_place *place = thread->place;
	const char *name;

	if (!sleeps_in_d(c, thread))
		return false;
	if (!place || !place->syscall_known)
		return only;
	name = place->in_syscall ? syscall_name(place->syscall) : NULL;
	return name && (strcmp(name, "vfork") == 0 || strcmp(name, "clone") == 0 ||
			strcmp(name, "clone3") == 0);
}

static const struct process *find_vfork_child(const struct process_table *t,
					      const struct process *p)
{
	for (size_t i = 0; i < t->len; i++) {
		const struct process *q = &t->list[i];

		if (q->parent_tgid == p->tgid && !q->kernel_thread &&
		    stuck_knows(q, PROCESS_KNOWN_VFORK) && q->vfork_child)
			return q;
	}
	return NULL;
}

static void look_for_vfork(struct scene *c)
{
	struct stuck_finding d = {0};

	if (!find_threads(c, sleeps_in_d, &d))
		return;
	for (size_t i = 0; i < c->p->threads_len && !c->vfork_child; i++) {
		const struct thread *thread = &c->p->threads[i];

		if (!may_be_vfork_parent(c, thread, d.count == 1))
			continue;
		c->vfork_child = find_vfork_child(c->t, c->p);
		if (!c->vfork_child)
			return;
		c->vfork_parent = thread;
	}
}

/* In the PID namespace of init, or in one below it. */
static bool is_below_init(const struct process_table *t, const struct process *init,
			  const struct process *p)
{
	if (p == init)
		return false;
	for (unsigned int i = 0; p && i < ANCESTORS_MAX; i++) {
		if (p == init || (init->pid_ns && p->pid_ns == init->pid_ns))
			return true;
		/* Who entered the namespace has its parent outside, but is in it itself. */
		if (p->ns_level <= init->ns_level && init->pid_ns && p->pid_ns)
			return false;
		p = p->parent_tgid ? process_table_find(t, p->parent_tgid) : NULL;
	}
	return false;
}

/* How likely it is the one that the others wait for. */
static unsigned int how_telling(const struct process_table *t, const struct process *init,
				const struct process *p)
{
	if (stuck_has_ended(p)) {
		const struct process *parent = process_table_find(t, p->parent_tgid);

		/* init reaps its own and those whose parents end; nobody reaps these for it. */
		return parent && parent != init && !is_below_init(t, init, parent) ? 4 : 1;
	}
	return stuck_state_letter(p) == 'D' ? 3 : 2;
}

/* zap_pid_ns_processes() in kernel/pid_namespace.c: PID 1 stays until it is the last one. */
static void look_for_left_in_namespace(struct scene *c)
{
	unsigned int most = 0;

	if (c->s->reason != STUCK_REASON_DYING || !c->p->namespace_init)
		return;
	for (size_t i = 0; i < c->t->len; i++) {
		const struct process *q = &c->t->list[i];
		unsigned int telling;

		if (!is_below_init(c->t, c->p, q))
			continue;
		c->left.count++;
		telling = how_telling(c->t, c->p, q);
		if (telling > most) {
			most = telling;
			c->left.other = q;
		}
	}
}

/* The rules. */

static bool holds_zombie(const struct scene *c, struct stuck_finding *f)
{
	if (c->s->reason != STUCK_REASON_ZOMBIE)
		return false;
	f->count = 1;
	/* A traced thread that has ended is its tracer's to reap, before anybody else's. */
	for (size_t i = 0; i < c->p->threads_len && !f->thread; i++)
		if (c->p->threads[i].tracer_tgid &&
		    c->p->threads[i].tracer_tgid != c->p->parent_tgid)
			f->thread = &c->p->threads[i];
	f->other = process_table_find(c->t, f->thread ? f->thread->tracer_tgid : c->p->parent_tgid);
	return true;
}

static bool holds_zombie_leader(const struct scene *c, struct stuck_finding *f)
{
	return process_has_zombie_leader(c->p) && find_threads(c, is_live, f);
}

static bool holds_namespace_teardown(const struct scene *c, struct stuck_finding *f)
{
	f->count = c->left.count;
	f->other = c->left.other;
	return f->count > 0;
}

static bool holds_core_dump(const struct scene *c, struct stuck_finding *f)
{
	f->count = 1;
	return c->p->core_dumping;
}

static bool holds_frozen(const struct scene *c, struct stuck_finding *f)
{
	return find_threads(c, is_frozen_v1, f) || find_threads(c, is_frozen_v2, f);
}

static bool holds_held(const struct scene *c, struct stuck_finding *f)
{
	if (!find_threads(c, is_held_by_tracer, f))
		return false;
	f->other = process_table_find(c->t, f->thread->tracer_tgid);
	return true;
}

static bool holds_stopped(const struct scene *c, struct stuck_finding *f)
{
	return find_threads(c, is_stopped, f);
}

static bool holds_exec(const struct scene *c, struct stuck_finding *f)
{
	f->count = 1;
	return c->p->group_exec;
}

static bool holds_vfork(const struct scene *c, struct stuck_finding *f)
{
	f->thread = c->vfork_parent;
	f->other = c->vfork_child;
	f->count = 1;
	return c->vfork_parent;
}

static bool holds_uninterruptible(const struct scene *c, struct stuck_finding *f)
{
	return find_threads(c, is_uninterruptible, f);
}

static bool holds_exiting(const struct scene *c, struct stuck_finding *f)
{
	return c->s->reason == STUCK_REASON_DYING && find_threads(c, is_exiting, f);
}

static bool holds_blocked(const struct scene *c, struct stuck_finding *f)
{
	const int sig = c->s->sig;
	const struct thread *of = NULL; /* in whose own set it is */
	uint32_t live = 0;

	if (c->s->reason != STUCK_REASON_PENDING || sig == SIG_KILL)
		return false;
	for (size_t i = 0; i < c->p->threads_len; i++) {
		const struct thread *thread = &c->p->threads[i];
		bool blocks = thread->blocked & signal_bit(sig);

		if (!is_live(c, thread))
			continue;
		live++;
		f->count += blocks;
		if (blocks && (thread->pending & signal_bit(sig)) && !of)
			of = thread;
	}
	f->sig = sig;
	if (c->p->pending & signal_bit(sig))
		return live > 0 && f->count == live;
	f->thread = of;
	f->count = 1;
	return of;
}

static bool holds_waits_for_child(const struct scene *c, struct stuck_finding *f)
{
	struct stuck_wait wait;

	if (!find_threads(c, waits_for_child, f) || !stuck_wait_of(f->thread, &wait))
		return false;
	f->sig = c->s->sig;
	if (wait.kind == STUCK_WAIT_PID)
		f->other = stuck_child_by_number(c->t, c->p, wait.number);
	else if (wait.kind == STUCK_WAIT_ANY)
		stuck_count_children(c->t, c->p, &f->other);
	return true;
}

/* One that runs on: the tracer decides about each of its signals. */
static bool holds_traced(const struct scene *c, struct stuck_finding *f)
{
	struct stuck_finding held = {0};

	if (find_threads(c, is_held_by_tracer, &held) || !find_threads(c, is_traced, f))
		return false;
	f->other = process_table_find(c->t, f->thread->tracer_tgid);
	return true;
}

static bool holds_running(const struct scene *c, struct stuck_finding *f)
{
	return find_threads(c, is_running, f);
}

static bool holds_sleeping(const struct scene *c, struct stuck_finding *f)
{
	const struct thread *leader = process_leader(c->p);

	if (!find_threads(c, is_asleep, f))
		return false;
	/* The main thread is most often the one that should have noticed. */
	if (leader && is_asleep(c, leader))
		f->thread = leader;
	return true;
}

/* What is most telling comes first: what ends by itself, or explains nothing, is at the end. */
static const struct rule {
	enum stuck_rule rule;
	bool (*holds)(const struct scene *c, struct stuck_finding *f);
} rules[] = {
	{STUCK_RULE_ZOMBIE, holds_zombie},
	{STUCK_RULE_NAMESPACE_TEARDOWN, holds_namespace_teardown},
	{STUCK_RULE_CORE_DUMP, holds_core_dump},
	{STUCK_RULE_FROZEN, holds_frozen},
	{STUCK_RULE_TRACED, holds_held},
	{STUCK_RULE_STOPPED, holds_stopped},
	{STUCK_RULE_EXEC, holds_exec},
	{STUCK_RULE_VFORK, holds_vfork},
	{STUCK_RULE_UNINTERRUPTIBLE, holds_uninterruptible},
	{STUCK_RULE_EXITING, holds_exiting},
	{STUCK_RULE_BLOCKED, holds_blocked},
	{STUCK_RULE_ZOMBIE_LEADER, holds_zombie_leader},
	{STUCK_RULE_WAITS_FOR_CHILD, holds_waits_for_child},
	{STUCK_RULE_TRACED, holds_traced},
	{STUCK_RULE_RUNNING, holds_running},
	{STUCK_RULE_SLEEPING, holds_sleeping},
};

void stuck_examine(const struct process_table *t, const struct process *p, struct stuck *s)
{
	struct scene c = {.t = t, .p = p, .s = s};

	look_for_left_in_namespace(&c);
	look_for_vfork(&c);
	s->len = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct stuck_finding f = {.rule = rules[i].rule};

		if (s->len < STUCK_FINDINGS_MAX && rules[i].holds(&c, &f))
			s->findings[s->len++] = f;
	}
}
