// SPDX-License-Identifier: BSD-2-Clause
/*
 * What was observed of a check. Whatever the program does, it is bounded: events beyond
 * CHECK_EVENTS_MAX and processes beyond CHECK_PROCESSES_MAX are counted only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "check_facts.h"
#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_wait.h"
#include "stuck_words.h"

/* What the program itself does must not use up the room for what it is judged by. */
#define ROOM_FOR_MARKS 16
#define ROOM_FOR_INIT  96

/* Open addressing in twice the room; a process is never taken out. */
#define SLOTS (2UL * CHECK_PROCESSES_MAX)
_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a power of two");

#define LIST_ROOM_MIN 16

void check_run_free(struct check_run *run)
{
	process_table_free(&run->table);
	for (size_t i = 0; i < run->events_len; i++)
		free((char *)run->events[i].report.handler_symbol);
	free(run->events);
	free(run->processes);
	free(run->process_slots);
	*run = (struct check_run){0};
}

/* A list grows where its length is a power of two: its room needs no member of its own. */
static int make_room(void **list, size_t len, size_t size)
{
	void *larger;

	if (*list && (len < LIST_ROOM_MIN || (len & (len - 1))))
		return 0;
	larger = *list ? realloc(*list, 2 * len * size) : calloc(LIST_ROOM_MIN, size);
	if (!larger)
		return -ENOMEM;
	*list = larger;
	return 0;
}

/* The start. */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* As load_script() in fs/binfmt_script.c reads it: a carriage return is part of the name. */
static void read_interpreter(struct check_run *run, const char *head, size_t len)
{
	size_t at = 2, end;

	if (len < 2 || head[0] != '#' || head[1] != '!')
		return;
	while (at < len && is_blank(head[at]))
		at++;
	for (end = at; end < len && head[end] && head[end] != '\n' && !is_blank(head[end]);)
		end++;
	memcpy(run->interpreter, head + at, end - at);
}

void check_run_set_start_error(struct check_run *run, int error, const char *head, size_t len)
{
	run->start_error = error;
	read_interpreter(run, head, len < CHECK_SCRIPT_HEAD ? len : CHECK_SCRIPT_HEAD);
}

/* Events. */

static bool is_since_sent(const struct check_run *run, uint64_t boot_ns)
{
	return run->sent_ns && boot_ns >= run->sent_ns;
}

/* How many events there may be so that this one is kept. */
static size_t room_for(const struct check_run *run, const struct check_event *e)
{
	if (e->mark != CHECK_MARK_REPORT)
		return CHECK_EVENTS_MAX;
	if (e->of_init && (e->report.kind == REPORT_EXIT ||
			   (is_since_sent(run, e->boot_ns) &&
			    (e->report.sig == run->sig || e->report.sig == SIG_KILL))))
		return CHECK_EVENTS_MAX - ROOM_FOR_MARKS;
	return CHECK_EVENTS_MAX - ROOM_FOR_MARKS - ROOM_FOR_INIT;
}

/* Behind those of the same time. Takes over what the event owns, on failure, too. */
static int insert_event(struct check_run *run, struct check_event *e)
{
	size_t place = run->events_len;
	void *list = run->events;
	int r;

	if (run->events_len >= room_for(run, e)) {
		run->events_dropped++;
		free((char *)e->report.handler_symbol);
		return 0;
	}
	r = make_room(&list, run->events_len, sizeof(*run->events));
	if (r < 0) {
		free((char *)e->report.handler_symbol);
		return r;
	}
	run->events = list;
	while (place > 0 && run->events[place - 1].boot_ns > e->boot_ns)
		place--;
	memmove(&run->events[place + 1], &run->events[place],
		(run->events_len - place) * sizeof(*run->events));
	run->events[place] = *e;
	run->events_len++;
	return 0;
}

static void remove_mark(struct check_run *run, enum check_mark mark)
{
	for (size_t i = 0; i < run->events_len; i++) {
		if (run->events[i].mark != mark)
			continue;
		run->events_len--;
		memmove(&run->events[i], &run->events[i + 1],
			(run->events_len - i) * sizeof(*run->events));
		return;
	}
}

static uint64_t *time_of(struct check_run *run, enum check_mark mark)
{
	switch (mark) {
	case CHECK_MARK_STARTED:
		return &run->started_ns;
	case CHECK_MARK_HANDLER:
		return &run->handler_seen_ns;
	case CHECK_MARK_READY:
		return &run->ready_ns;
	case CHECK_MARK_SENT:
		return &run->sent_ns;
	case CHECK_MARK_GRACE_OVER:
		return &run->over_ns;
	case CHECK_MARK_EXITED:
		return &run->ended_ns;
	case CHECK_MARK_KILLED:
	case CHECK_MARK_REPORT:
	case CHECK_MARK_COUNT:
		break;
	}
	return NULL;
}

int check_run_add_mark(struct check_run *run, enum check_mark mark, uint64_t boot_ns)
{
	struct check_event e = {.mark = mark, .boot_ns = boot_ns};
	uint64_t *time = time_of(run, mark);

	if (time && !*time)
		*time = boot_ns;
	if (mark == CHECK_MARK_KILLED)
		run->killed_by_check = true;
	if (mark == CHECK_MARK_EXITED && run->evidence != CHECK_EVIDENCE_BPF)
		for (size_t i = 0; i < run->processes_len; i++)
			run->processes[i].torn_down = !run->processes[i].ended;
	return insert_event(run, &e);
}

/* What lives no longer than the report is left out, or copied. */
static int keep_report(const struct report *r, struct report *ret)
{
	char *symbol = NULL;

	if (r->handler_symbol) {
		const size_t size = strlen(r->handler_symbol) + 1;

		symbol = malloc(size);
		if (!symbol)
			return -ENOMEM;
		memcpy(symbol, r->handler_symbol, size);
	}
	*ret = *r;
	ret->handler_symbol = symbol;
	ret->cgroup_path = NULL;
	ret->alive = (struct report_alive){0};
	return 0;
}

/* Processes. */

static uint64_t tick_of(uint64_t start_boot_ns)
{
	return start_boot_ns / CHECK_TICK_NS;
}

static bool is_init(const struct check_run *run, uint32_t tgid, uint64_t start_boot_ns)
{
	return run->init_tgid && tgid == run->init_tgid &&
	       (!run->init_start_boot_ns ||
		tick_of(start_boot_ns) == tick_of(run->init_start_boot_ns));
}

static bool is_process(const struct check_run *run, uint32_t number, uint32_t tgid,
		       uint64_t start_boot_ns)
{
	const struct check_process *p;

	if (number > run->processes_len)
		return false;
	p = &run->processes[number - 1];
	return p->tgid == tgid && tick_of(p->start_boot_ns) == tick_of(start_boot_ns);
}

/* The slot of that process, or the free one where it belongs. */
static uint32_t *find_slot(const struct check_run *run, uint32_t tgid, uint64_t start_boot_ns)
{
	const uint32_t tick = (uint32_t)tick_of(start_boot_ns);
	size_t slot = (tgid * 2654435761U ^ tick * 2246822519U) % SLOTS;

	while (run->process_slots[slot] &&
	       !is_process(run, run->process_slots[slot], tgid, start_boot_ns))
		slot = (slot + 1) % SLOTS;
	return &run->process_slots[slot];
}

struct check_process *check_run_find(struct check_run *run, uint32_t tgid, uint64_t start_boot_ns)
{
	uint32_t number;

	if (!run->process_slots)
		return NULL;
	number = *find_slot(run, tgid, start_boot_ns);
	return number ? &run->processes[number - 1] : NULL;
}

/* *ret is NULL if there is no room for one more. The pointer is good until the next is added. */
static int add_process(struct check_run *run, uint32_t tgid, uint64_t start_boot_ns,
		       struct check_process **ret)
{
	void *list = run->processes;
	int r;

	*ret = check_run_find(run, tgid, start_boot_ns);
	if (*ret)
		return 0;
	if (run->processes_len == CHECK_PROCESSES_MAX) {
		run->processes_dropped++;
		return 0;
	}
	if (!run->process_slots)
		run->process_slots = calloc(SLOTS, sizeof(*run->process_slots));
	if (!run->process_slots)
		return -ENOMEM;
	r = make_room(&list, run->processes_len, sizeof(*run->processes));
	if (r < 0)
		return r;
	run->processes = list;
	/* Before the array is longer: the slot is looked for among those that are in it. */
	*find_slot(run, tgid, start_boot_ns) = (uint32_t)run->processes_len + 1;
	*ret = &run->processes[run->processes_len++];
	**ret = (struct check_process){.tgid = tgid, .start_boot_ns = start_boot_ns};
	return 0;
}

static int add_task(struct check_run *run, const struct report_task *task,
		    struct check_process **ret)
{
	struct check_process *p;
	int r = add_process(run, task->tgid, task->start_boot_ns, &p);

	if (r < 0)
		return r;
	if (p) {
		memcpy(p->comm, task->comm, sizeof(p->comm));
		if (task->ns_tgid)
			p->ns_tgid = task->ns_tgid;
	}
	*ret = p;
	return 0;
}

/* What events say of a process. */

/*
 * zap_pid_ns_processes() kills in the context of the init, behind sched_process_exit: where the
 * kernel's stack has no names, that order still proves it.
 */
static bool is_teardown(const struct check_run *run, const struct report *r)
{
	const struct check_event *end;

	if (r->sig != SIG_KILL || r->sender_kind != SENDER_KERNEL ||
	    !is_init(run, r->sender_acts_for.tgid, r->sender_acts_for.start_boot_ns))
		return false;
	if (r->origin != ORIGIN_NOT_KNOWN)
		return r->origin == ORIGIN_PID_NAMESPACE_TEARDOWN;
	end = check_exit_event(run);
	return end && end->boot_ns <= r->boot_ns;
}

static bool asks_to_end(const struct check_run *run, int sig)
{
	return sig == run->sig || sig == SIG_TERM || sig == SIG_INT || sig == SIG_QUIT ||
	       sig == SIG_HUP || sig == SIG_KILL;
}

static void note_signal(const struct check_run *run, const struct report *r,
			const struct verdict *v, struct check_process *p)
{
	if (is_teardown(run, r)) {
		p->torn_down |= r->result != EVENT_RESULT_IGNORED;
		return;
	}
	if (!is_since_sent(run, r->boot_ns) || r->result == EVENT_RESULT_OVERFLOW_FAIL ||
	    sender_is_target(r))
		return;
	if (r->sender_kind == SENDER_USER && r->sig != SIG_CHLD)
		p->signalled = true;
	if (p->asked || !asks_to_end(run, r->sig))
		return;
	p->signalled = true;
	p->asked = r->sig;
	p->asked_cause = v->cause;
	p->asked_by_init = r->sender_kind == SENDER_USER &&
			   is_init(run, r->sender.tgid, r->sender.start_boot_ns);
}

static int note_report(struct check_run *run, const struct report *r, const struct verdict *v)
{
	struct check_process *p;
	int err;

	if (r->target.source == REPORT_SOURCE_ABSENT)
		return 0;
	if (is_init(run, r->target.tgid, r->target.start_boot_ns)) {
		if (r->kind == REPORT_EXIT) {
			run->status = r->exit_code;
			run->status_known = true;
		}
		return 0;
	}
	if (r->kind != REPORT_GENERATE && r->kind != REPORT_DELIVER && r->kind != REPORT_EXIT)
		return 0;
	err = add_task(run, &r->target, &p);
	if (err < 0 || !p)
		return err;
	if (r->kind == REPORT_EXIT)
		p->ended |= !check_exit_event(run);
	else if (r->kind == REPORT_GENERATE)
		note_signal(run, r, v, p);
	else if (p->asked == r->sig && is_since_sent(run, r->boot_ns))
		p->asked_cause = v->cause;
	return 0;
}

int check_run_add_report(struct check_run *run, const struct report *r, const struct verdict *v)
{
	struct check_event e = {.mark = CHECK_MARK_REPORT, .boot_ns = r->boot_ns};
	int err;

	if (r->kind == REPORT_CGROUP)
		return 0;
	err = note_report(run, r, v);
	if (err < 0)
		return err;
	err = keep_report(r, &e.report);
	if (err < 0)
		return err;
	if (v) {
		e.verdict = *v;
		e.has_verdict = true;
	}
	e.of_init = r->target.source != REPORT_SOURCE_ABSENT &&
		    is_init(run, r->target.tgid, r->target.start_boot_ns);
	return insert_event(run, &e);
}

/* Looks. */

/* What is known of a process of a table while its descent is looked into. */
enum descent {
	DESCENT_UNKNOWN,
	DESCENT_ON_PATH,
	DESCENT_NO,
	DESCENT_YES,
};

/* Who entered the namespace has its parent outside. */
static bool is_in_namespace(const struct check_run *run, const struct process *p)
{
	return run->is_namespace_init && run->pid_ns && p->pid_ns == run->pid_ns;
}

/* Each process is passed at most twice, whoever begins; see find_descent() in process.c. */
static void find_descent(const struct check_run *run, const struct process_table *t,
			 enum descent *known, struct process *first)
{
	enum descent answer = DESCENT_NO;
	struct process *p = first;

	while (p && known[p - t->list] == DESCENT_UNKNOWN) {
		known[p - t->list] = DESCENT_ON_PATH;
		if (p->tgid == run->init_tgid || is_in_namespace(run, p)) {
			answer = DESCENT_YES;
			break;
		}
		p = process_table_find(t, p->parent_tgid);
	}
	if (p && known[p - t->list] == DESCENT_YES)
		answer = DESCENT_YES;
	for (p = first; p && known[p - t->list] == DESCENT_ON_PATH;
	     p = process_table_find(t, p->parent_tgid))
		known[p - t->list] = answer;
}

static int look_at_descendant(struct check_run *run, const struct process *p)
{
	struct check_process *known;
	int r;

	if (p->tgid == run->init_tgid || p->kernel_thread || stuck_has_ended(p))
		return 0;
	r = add_process(run, p->tgid, p->start_boot_ns, &known);
	if (r < 0 || !known)
		return r;
	known->parent_tgid = p->parent_tgid;
	memcpy(known->comm, p->comm, sizeof(known->comm));
	if (p->ns_tgid)
		known->ns_tgid = p->ns_tgid;
	return 0;
}

static int look_at_descendants(struct check_run *run, const struct process_table *t)
{
	enum descent *known = calloc(t->len, sizeof(*known));
	int r = 0;

	if (!known)
		return -ENOMEM;
	for (size_t i = 0; i < t->len && r == 0; i++) {
		find_descent(run, t, known, &t->list[i]);
		if (known[i] == DESCENT_YES)
			r = look_at_descendant(run, &t->list[i]);
	}
	free(known);
	return r;
}

static void look_for_ended(struct check_run *run, const struct process_table *t)
{
	for (size_t i = 0; i < run->processes_len; i++) {
		struct check_process *p = &run->processes[i];
		const struct process *now = process_table_find(t, p->tgid);

		if (!now || tick_of(now->start_boot_ns) != tick_of(p->start_boot_ns) ||
		    stuck_has_ended(now))
			p->ended = true;
	}
}

static void look_for_awaited(struct check_run *run, const struct process_table *t,
			     const struct process *init)
{
	for (size_t i = 0; i < run->processes_len; i++)
		run->processes[i].waiting = false;
	for (size_t i = 0; i < init->threads_len; i++) {
		const struct process *child = NULL;
		struct check_process *p;
		struct stuck_wait wait;

		if (!stuck_wait_of(&init->threads[i], &wait))
			continue;
		if (wait.kind == STUCK_WAIT_PID)
			child = stuck_child_by_number(t, init, wait.number);
		else if (wait.kind == STUCK_WAIT_ANY)
			stuck_count_children(t, init, &child);
		p = child ? check_run_find(run, child->tgid, child->start_boot_ns) : NULL;
		if (p)
			p->waiting = true;
	}
}

/*
 * Before the signal a handler may go away with an exec: then the window in which a stop is lost is
 * not over. Afterwards it may go because it ran (SA_RESETHAND).
 */
static int look_for_handler(struct check_run *run, const struct process *init, uint64_t boot_ns)
{
	if (!stuck_knows(init, PROCESS_KNOWN_DISPOSITIONS) || !run->sig)
		return 0;
	if (init->caught & signal_bit(run->sig))
		return run->handler_seen_ns ? 0
					    : check_run_add_mark(run, CHECK_MARK_HANDLER, boot_ns);
	if (!run->handler_seen_ns || !run->sent_ns) {
		remove_mark(run, CHECK_MARK_HANDLER);
		run->handler_seen_ns = 0;
		run->handler_missing_ns = boot_ns;
	}
	return 0;
}

int check_run_look(struct check_run *run, const struct process_table *t, uint64_t boot_ns)
{
	const struct process *init = run->init_tgid ? process_table_find(t, run->init_tgid) : NULL;
	int r;

	if (!init || !is_init(run, init->tgid, init->start_boot_ns) || run->ended_ns ||
	    check_exit_event(run) || stuck_has_ended(init) || process_is_dying(init))
		return 0;
	r = look_at_descendants(run, t);
	if (r < 0)
		return r;
	look_for_ended(run, t);
	look_for_awaited(run, t, init);
	return look_for_handler(run, init, boot_ns);
}
