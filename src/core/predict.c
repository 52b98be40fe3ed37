// SPDX-License-Identifier: BSD-2-Clause
#include "predict.h"

#include <string.h>

#include "cause_conditions.h"
#include "signal_numbers.h"

#define SENTENCE_SIZE 1024

/* What `missing` says: the fact that would be needed, and how to get it. */
#define MISSING_THREADS                                                             \
	"all of its threads: some began or ended while the snapshot was taken, so " \
	"ask again"
#define MISSING_DISPOSITIONS \
	"what it does with signals: it ended while the snapshot was taken, so ask again"
#define MISSING_KERNEL_THREAD                                                             \
	"whether the kernel thread takes it from user space, too: run sigtrace as root, " \
	"where BPF is available"
#define MISSING_SIGWAIT                                                                  \
	"whether a thread waits for it in sigwait() or sigtimedwait(): run sigtrace as " \
	"root, where BPF is available"
#define MISSING_CHOICE                                                                      \
	"which thread the kernel would choose: one waits for it in sigwait(), and another " \
	"one does not block it either"
#define MISSING_FREEZER                                                               \
	"whether its cgroup is frozen: run sigtrace as root, or where the cgroup is " \
	"visible"
#define MISSING_SLEEP                                                                       \
	"whether a fatal signal ends its uninterruptible sleep (D): run sigtrace as root, " \
	"where BPF is available"
#define MISSING_LISTEN                                                                      \
	"whether its tracer lets a SIGCONT through (PTRACE_LISTEN): run sigtrace as root, " \
	"where BPF is available"

/* The decision on its way through the kernel. */
struct scene {
	const struct process_table *table;
	const struct process *process;
	const struct thread *leader;   /* the target of kill(2) */
	const struct thread *receiver; /* as event.h defines it */
	uint64_t bit;
	bool force; /* sent from an ancestor PID namespace */
};

static bool knows(const struct process *p, uint32_t what)
{
	return p->known & what;
}

/* complete_signal() and zap_process() leave a SIGKILL in every thread that they tell to end. */
static bool every_thread_is_killed(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (!p->threads[i].exiting && !(p->threads[i].pending & signal_bit(SIG_KILL)))
			return false;
	return p->threads_len > 0;
}

static bool any_thread_is_stopped(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].state & TASK_STOPPED)
			return true;
	return false;
}

/*
 * signal->flags, or where they are not known what the threads prove of them. copy_process() gives
 * every child_reaper SIGNAL_UNKILLABLE, and only its own end takes that away.
 */
static void read_signal_flags(const struct process *p, struct report *r)
{
	if (knows(p, PROCESS_KNOWN_SIGNAL_FLAGS)) {
		r->signal_flags = p->signal_flags;
		r->group_exit_code = p->group_exit_code;
	} else if (every_thread_is_killed(p)) {
		r->signal_flags = SIGNAL_GROUP_EXIT;
		r->snapshot_facts |= REPORT_FACT_END_NOT_KNOWN;
	} else {
		r->signal_flags = p->namespace_init ? SIGNAL_UNKILLABLE : 0;
	}
}

static uint32_t facts_of(const struct scene *s)
{
	const struct process *p = s->process;
	uint32_t facts = EVENT_FACT_PROCESS_DIRECTED;

	if (s->leader->blocked & s->bit)
		facts |= EVENT_FACT_BLOCKED;
	if (s->leader->exiting)
		facts |= EVENT_FACT_EXITING;
	if (p->kernel_thread)
		facts |= EVENT_FACT_KTHREAD;
	if (p->namespace_init)
		facts |= EVENT_FACT_NAMESPACE_INIT;
	if (p->global_init)
		facts |= EVENT_FACT_GLOBAL_INIT;
	if (p->core_dumping)
		facts |= EVENT_FACT_CORE_DUMPING;
	if (p->group_exec)
		facts |= EVENT_FACT_GROUP_EXEC;
	return facts;
}

static void read_action(const struct process *p, struct report *r)
{
	const struct process_symbol *symbol;

	r->handler = process_handler(p, r->sig);
	symbol = process_symbol_of(p, r->handler);
	if (p->actions)
		r->sa_flags = (uint32_t)p->actions[r->sig - 1].flags;
	else if (r->handler == REPORT_HANDLER_NOT_KNOWN)
		r->snapshot_facts |= REPORT_FACT_HANDLER_NOT_KNOWN;
	if (symbol) {
		r->handler_symbol = symbol->text;
		r->handler_runtime = symbol->runtime;
	}
}

/* The signal as it is sent, and the process before anything has happened. */
static struct report begin(const struct scene *s, int sig)
{
	const struct process *p = s->process;
	struct report r = {
		.kind = REPORT_GENERATE,
		.sig = sig,
		.result = EVENT_RESULT_DELIVERED,
		.facts = facts_of(s),
		.process_directed = true,
		.sender_kind = SENDER_USER,
		.target = {.source = REPORT_SOURCE_EVENT, /* which the snapshot stands for */
			   .start_boot_ns = p->start_boot_ns,
			   .tgid = p->tgid,
			   .tid = p->tgid,
			   .ns_tgid = p->ns_tgid,
			   .pid_ns = p->pid_ns},
		.state = s->leader->state,
		.receiver_tid = s->leader->tid,
		.threads = p->thread_count,
		.pending_process = p->pending,
		.pending_thread = s->leader->pending,
	};

	memcpy(r.target.comm, p->comm, sizeof(r.target.comm));
	read_action(p, &r);
	read_signal_flags(p, &r);
	return r;
}

/*
 * prepare_signal() resumes a stopped process, whatever becomes of the SIGCONT. Without that the
 * flags must not look as if this one had done so: an earlier one may not have been told to the
 * parent yet.
 */
static void resume(const struct process *p, struct report *r)
{
	uint32_t why = 0;

	if (r->signal_flags & SIGNAL_STOP_STOPPED)
		why = SIGNAL_CLD_CONTINUED | SIGNAL_STOP_CONTINUED;
	else if (any_thread_is_stopped(p)) /* not yet all of them, or the flags are not known */
		why = SIGNAL_CLD_STOPPED | SIGNAL_STOP_CONTINUED;
	r->signal_flags &= ~SIGNAL_CLD_MASK;
	if (!why)
		return;
	r->signal_flags &= ~(SIGNAL_STOP_STOPPED | SIGNAL_STOP_CONTINUED);
	r->signal_flags |= why;
	r->group_exit_code = 0;
}

/* sig_task_ignored() */
static bool task_ignores(const struct scene *s, const struct report *r)
{
	if (global_init_kill(r))
		return true;
	if (unkillable_default(r) && !(s->force && unblockable(r)))
		return true;
	if (kernel_only_thread(r)) /* its namespace has no ancestor */
		return true;
	return ignored(r) || default_ignores(r);
}

/* sig_ignored() */
static bool is_ignored(const struct scene *s, const struct report *r)
{
	if ((s->leader->blocked | s->leader->waited_for) & s->bit)
		return false;
	if (s->leader->tracer_tgid && r->sig != SIG_KILL)
		return false;
	return task_ignores(s, r);
}

static bool can_take(const struct scene *s, const struct thread *thread)
{
	return !thread->exiting && !(thread->blocked & s->bit);
}

/* Whether the thread may sit in sigtimedwait() for the signal, and nobody could look. */
static bool may_wait(const struct scene *s, const struct report *r, const struct thread *thread)
{
	return !thread->waited_for_known && !s->process->kernel_thread && !unblockable(r) &&
	       can_take(s, thread);
}

/*
 * Sets the receiver and, without one, why. Returns what is missing to know it, or NULL. Where the
 * leader cannot take it, the kernel begins at the thread that it chose last: any of the others.
 */
static const char *find_receiver(struct scene *s, struct report *r)
{
	const struct process *p = s->process;
	bool alive = false;

	if (can_take(s, s->leader)) {
		s->receiver = s->leader;
		return NULL;
	}
	for (size_t i = 0; i < p->threads_len; i++) {
		const struct thread *thread = &p->threads[i];

		alive |= !thread->exiting;
		if (!can_take(s, thread))
			continue;
		if (may_wait(s, r, thread))
			return MISSING_SIGWAIT;
		if (!s->receiver)
			s->receiver = thread;
		else if ((s->receiver->waited_for ^ thread->waited_for) & s->bit)
			return MISSING_CHOICE;
	}
	if (s->receiver)
		return NULL;
	s->receiver = s->leader;
	r->facts |= alive ? EVENT_FACT_ALL_BLOCKED : EVENT_FACT_ALL_EXITING;
	return p->threads_len < p->thread_count ? MISSING_THREADS : NULL;
}

/*
 * complete_signal(): a signal that is fatal by default begins the group exit at once, if a thread
 * wants it that does not wait for it. The core dump is begun at delivery.
 */
static bool begins_group_exit(const struct scene *s, const struct report *r)
{
	const struct process *p = s->process;

	if (!default_terminate(r) || (s->leader->tracer_tgid && r->sig != SIG_KILL))
		return false;
	for (size_t i = 0; i < p->threads_len; i++) {
		const struct thread *thread = &p->threads[i];

		if (can_take(s, thread) &&
		    (r->sig == SIG_KILL || !(thread->state & (TASK_STOPPED | TASK_TRACED))))
			return !(thread->waited_for & s->bit);
	}
	return false;
}

/* Whether a blocked signal is taken by a signalfd. A set that is known proves more than a poll. */
static void read_signalfds(const struct scene *s, struct report *r)
{
	const struct process *p = s->process;
	bool polled = knows(p, PROCESS_KNOWN_POLLED) && p->signalfd_polled;

	if (!knows(p, PROCESS_KNOWN_SIGNALFD)) {
		r->snapshot_facts |= REPORT_FACT_SIGNALFD_NOT_KNOWN;
		if (polled)
			r->facts |= EVENT_FACT_SIGNALFD_POLLED;
	} else if (p->signalfd & s->bit) {
		r->snapshot_facts |= REPORT_FACT_SIGNALFD_TAKES;
		/* Which of them is waited on nobody says: certain only if each would do. */
		if (polled && (p->signalfd_each & s->bit))
			r->snapshot_facts |= REPORT_FACT_SIGNALFD_AWAITED;
	}
}

/* What stands between the signal and its receiver. */
static void read_receiver(const struct scene *s, struct report *r)
{
	const struct thread *thread = s->receiver;

	r->receiver_tid = thread->tid;
	r->state = thread->state;
	/* It is awake when the tracepoint fires; PTRACE_LISTEN is for that (ptrace_trap_notify()).
	 */
	if (began_group_exit(r) && (r->state & TASK_WAKEKILL))
		r->state = 0;
	if (r->sig == SIG_CONT && thread->listening)
		r->state = 0;
	if (thread->waited_for & s->bit)
		r->facts |= EVENT_FACT_WAITED_FOR;
	if (thread->frozen)
		r->facts |= EVENT_FACT_FROZEN;
	if (thread->frozen_v2)
		r->facts |= EVENT_FACT_FROZEN_V2;
	if (thread->tracer_tgid) {
		const struct process *tracer = process_table_find(s->table, thread->tracer_tgid);

		r->facts |= EVENT_FACT_PTRACED;
		r->tracer_tgid = thread->tracer_tgid;
		if (tracer)
			memcpy(r->tracer_comm, tracer->comm, sizeof(r->tracer_comm));
	}
	if (has(r, EVENT_FACT_ALL_BLOCKED))
		read_signalfds(s, r);
}

/* __send_signal_locked(). Returns what is missing to tell, or NULL. */
static const char *send(struct scene *s, struct report *r)
{
	const struct process *p = s->process;
	const char *missing;

	/* Before 5.16 it goes on to the next test; what comes of it is the same. */
	if (group_exit(r) && !ends_core_dump(r)) {
		r->result = EVENT_RESULT_IGNORED;
		return NULL;
	}
	if (!group_exit(r) && r->sig == SIG_CONT)
		resume(p, r);

	missing = find_receiver(s, r);
	if (has(r, EVENT_FACT_ALL_EXITING))
		return missing;
	if (!knows(p, PROCESS_KNOWN_DISPOSITIONS))
		return MISSING_DISPOSITIONS;
	if (p->kernel_thread && (r->snapshot_facts & REPORT_FACT_HANDLER_NOT_KNOWN))
		return MISSING_KERNEL_THREAD;
	if (may_wait(s, r, s->leader))
		return MISSING_SIGWAIT;
	if (!ends_core_dump(r) && is_ignored(s, r)) {
		r->result = EVENT_RESULT_IGNORED;
		return NULL;
	}
	if (missing)
		return missing;

	if (r->sig < KERNEL_SIGRTMIN && (p->pending & s->bit)) {
		r->result = EVENT_RESULT_ALREADY_PENDING;
	} else if (begins_group_exit(s, r)) {
		r->signal_flags = SIGNAL_GROUP_EXIT;
		r->group_exit_code = r->sig;
	}
	r->pending_process |= s->bit;
	read_receiver(s, r);
	return NULL;
}

/*
 * Facts of the receiver that the source does not tell, and that would change the cause. In /proc a
 * thread that the cgroup v1 freezer holds is in D, one that cgroup v2 holds sleeps like any other;
 * and D may be a sleep that fatal signals end (TASK_KILLABLE).
 */
static const char *find_doubt(const struct scene *s, const struct report *r,
			      const struct verdict *v)
{
	const uint32_t state = s->receiver ? s->receiver->state : 0;
	struct report other = *r;

	if (!knows(s->process, PROCESS_KNOWN_FROZEN)) {
		if (state & TASK_UNINTERRUPTIBLE)
			other.facts |= EVENT_FACT_FROZEN;
		else if (state & (TASK_INTERRUPTIBLE | TASK_STOPPED))
			other.facts |= EVENT_FACT_FROZEN_V2;
		if (explain_report(&other).cause != v->cause)
			return MISSING_FREEZER;
	}
	if (s->table->evidence == PROCESS_EVIDENCE_PROCFS && v->cause == CAUSE_UNINTERRUPTIBLE &&
	    began_group_exit(r))
		return MISSING_SLEEP;
	if (s->table->evidence == PROCESS_EVIDENCE_PROCFS && r->sig == SIG_CONT &&
	    ptraced_stopped(r))
		return MISSING_LISTEN;
	return NULL;
}

static enum predict_effect effect_of(const struct verdict *v)
{
	switch (v->effect) {
	case EFFECT_ACTS:
		return PREDICT_EFFECT_YES;
	case EFFECT_WAITS:
		/* A signalfd or a tracer is in between, and nothing says that it holds it back. */
		if ((v->cause == CAUSE_BLOCKED || v->cause == CAUSE_PTRACED) && !v->problem)
			return PREDICT_EFFECT_UNKNOWN;
		break;
	case EFFECT_NONE:
	case EFFECT_COUNT:
		break;
	}
	return PREDICT_EFFECT_NO;
}

void predict_signal(const struct process_table *t, const struct process *p, int sig,
		    enum predict_from from, struct prediction *ret)
{
	struct scene s = {
		.table = t,
		.process = p,
		.leader = process_leader(p),
		.bit = signal_bit(sig),
		.force = from == PREDICT_OUTSIDE && p->namespace_init, /* only an init asks */
	};

	*ret = (struct prediction){.effect = PREDICT_EFFECT_UNKNOWN, .missing = MISSING_THREADS};
	if (!s.leader)
		return;
	ret->report = begin(&s, sig);
	ret->missing = send(&s, &ret->report);
	if (ret->missing)
		return;
	ret->verdict = explain_report(&ret->report);
	ret->missing = find_doubt(&s, &ret->report, &ret->verdict);
	if (ret->missing)
		return;
	ret->known = true;
	ret->effect = effect_of(&ret->verdict);
}

static void write_sentence(const struct prediction *prediction, char text[SENTENCE_SIZE])
{
	struct strbuf out;

	strbuf_init(&out, text, SENTENCE_SIZE);
	explain_write(&prediction->report, &prediction->verdict, &out);
}

bool predict_differs(const struct prediction *outside, const struct prediction *inside)
{
	char texts[2][SENTENCE_SIZE];

	if (outside->known != inside->known)
		return true;
	if (!outside->known)
		return strcmp(outside->missing, inside->missing) != 0;
	if (outside->verdict.cause != inside->verdict.cause || outside->effect != inside->effect)
		return true;
	write_sentence(outside, texts[0]);
	write_sentence(inside, texts[1]);
	return strcmp(texts[0], texts[1]) != 0;
}
