// SPDX-License-Identifier: BSD-2-Clause
#include "check_facts.h"

#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"

/* From its exit event until a PID 1 is gone: its files and its namespace go in between. */
#define GOING_NS 100000000ULL

static bool is_report(const struct check_event *e, enum report_kind kind)
{
	return e->mark == CHECK_MARK_REPORT && e->report.kind == kind;
}

/* An event of the init and its signal. */
static bool is_about(const struct check_run *run, const struct check_event *e,
		     enum report_kind kind)
{
	return is_report(e, kind) && e->of_init && e->report.sig == run->sig && run->sent_ns &&
	       e->boot_ns >= run->sent_ns;
}

enum check_evidence check_evidence(const struct check_run *run)
{
	return run->subject == CHECK_SUBJECT_IMAGE && !run->started_ns ? CHECK_EVIDENCE_ENGINE
								       : run->evidence;
}

const struct check_event *check_exit_event(const struct check_run *run)
{
	for (size_t i = 0; i < run->events_len; i++)
		if (is_report(&run->events[i], REPORT_EXIT) && run->events[i].of_init)
			return &run->events[i];
	return NULL;
}

uint64_t check_end_ns(const struct check_run *run)
{
	if (run->ended_ns || check_is_not_gone(run))
		return check_exit_event(run) ? check_exit_event(run)->boot_ns : run->ended_ns;
	return 0;
}

bool check_ended_alone(const struct check_run *run)
{
	return run->ended_ns && !run->killed_by_check;
}

/* Sent is a moment that lies before the signal: an engine may take its time with it. */
static bool is_in_time(const struct check_run *run, uint64_t boot_ns)
{
	const struct check_event *e = check_run_generation(run);

	return !run->sent_ns || boot_ns <= (e ? e->boot_ns : run->sent_ns) + run->grace_ns;
}

bool check_ended_in_time(const struct check_run *run)
{
	return check_ended_alone(run) && is_in_time(run, check_end_ns(run));
}

/*
 * Without an exit event the end has the time at which it was noticed, which proves nothing: nobody
 * may have looked in between. That it was alive when the grace was over does.
 */
bool check_ended_late(const struct check_run *run)
{
	return check_ended_alone(run) && !check_ended_in_time(run) &&
	       (check_exit_event(run) || (run->over_ns && run->ended_ns > run->over_ns));
}

bool check_run_has_exited(const struct check_run *run)
{
	return check_exit_event(run);
}

bool check_is_not_gone(const struct check_run *run)
{
	const struct check_event *e = check_exit_event(run);

	return e && run->sent_ns && !check_ended_alone(run) && is_in_time(run, e->boot_ns);
}

bool check_mark_holds(const struct check_run *run, const struct check_event *e)
{
	return e->mark != CHECK_MARK_GRACE_OVER || !check_ended_in_time(run);
}

bool check_end_is_in_doubt(const struct check_run *run)
{
	return (check_ended_alone(run) || check_is_not_gone(run)) && run->sent_ns &&
	       !check_ended_in_time(run) && !check_outlived_grace(run);
}

bool check_outlived_grace(const struct check_run *run)
{
	if (!run->sent_ns || check_ended_in_time(run))
		return false;
	if (check_ended_alone(run))
		return check_ended_late(run);
	return run->over_ns && (!check_is_not_gone(run) ||
				run->over_ns - check_exit_event(run)->boot_ns >= GOING_NS);
}

bool check_sees_signals(const struct check_run *run)
{
	return run->evidence == CHECK_EVIDENCE_BPF && run->lost == 0 && run->processes_dropped == 0;
}

const struct check_event *check_run_generation(const struct check_run *run)
{
	const struct check_event *first = NULL;

	for (size_t i = 0; i < run->events_len; i++) {
		const struct check_event *e = &run->events[i];

		if (!is_about(run, e, REPORT_GENERATE))
			continue;
		if (e->report.sender_nr == 0)
			return e;
		if (!first)
			first = e;
	}
	return first;
}

const struct check_event *check_delivery(const struct check_run *run)
{
	const struct check_event *generation = check_run_generation(run);

	if (!generation || generation->report.result == EVENT_RESULT_IGNORED)
		return NULL;
	for (size_t i = 0; i < run->events_len; i++)
		if (is_about(run, &run->events[i], REPORT_DELIVER) &&
		    run->events[i].boot_ns >= generation->boot_ns)
			return &run->events[i];
	return NULL;
}

const struct check_event *check_request(const struct check_run *run, const struct check_process *p)
{
	const struct check_event *found = NULL;

	for (size_t i = 0; i < run->events_len; i++) {
		const struct check_event *e = &run->events[i];

		if (!e->has_verdict || e->boot_ns < run->sent_ns || e->report.sig != p->asked ||
		    e->report.target.tgid != p->tgid ||
		    e->report.target.start_boot_ns / CHECK_TICK_NS !=
			    p->start_boot_ns / CHECK_TICK_NS)
			continue;
		if (is_report(e, REPORT_DELIVER))
			return e;
		if (!found && is_report(e, REPORT_GENERATE))
			found = e;
	}
	return found;
}

static bool drops(const struct verdict *v)
{
	return v->effect == EFFECT_NONE &&
	       (v->cause == CAUSE_UNKILLABLE_SIG_DFL || v->cause == CAUSE_SIG_IGN);
}

bool check_drop_expected(const struct check_run *run)
{
	return run->has_before && run->before.known && drops(&run->before.verdict);
}

/* The kernel's own words. A signal that is queued is dropped only if its delivery says so. */
static const struct check_event *find_drop(const struct check_run *run)
{
	const struct check_event *e = check_delivery(run);

	if (!e) {
		e = check_run_generation(run);
		if (!e || e->report.result != EVENT_RESULT_IGNORED)
			return NULL;
	}
	return drops(&e->verdict) ? e : NULL;
}

/*
 * Without an event there is the look right before the signal. It proves nothing of the moment of
 * the signal if the init then ended: a handler may have appeared in between, and have run. It does
 * if a later look still found none, for a handler stays: one that appeared, ran and went away again
 * between two looks at a program that had come to rest is not believed. Who dies of the signal has
 * not dropped it, and who outlives the grace has not ended by a handler.
 */
bool check_was_dropped(const struct check_run *run, struct check_drop *ret)
{
	const struct check_event *e = find_drop(run);
	const bool after = run->sent_ns && run->handler_missing_ns > run->sent_ns;

	if (e) {
		*ret = (struct check_drop){.report = &e->report, .verdict = &e->verdict};
		return true;
	}
	if (check_run_generation(run) || !check_drop_expected(run) || !run->sent_ns)
		return false;
	if (!after && !check_outlived_grace(run))
		return false;
	if (check_ended_in_time(run) && check_end_signal(run) == run->sig)
		return false;
	*ret = (struct check_drop){.report = &run->before.report,
				   .verdict = &run->before.verdict,
				   .by_look = true,
				   .and_after = after};
	return true;
}

/*
 * It was queued, blocked, and is not pending any more without a delivery: somebody read it.
 * sigaction() throws away what is ignored from then on, and a lost record may be the delivery.
 */
static bool was_read(const struct check_run *run, const struct check_event *generation)
{
	const struct process *after = run->after;
	const uint64_t bit = signal_bit(run->sig);

	return generation->verdict.cause == CAUSE_BLOCKED && run->lost == 0 && after &&
	       !check_delivery(run) && !(after->pending & bit) &&
	       (after->known & PROCESS_KNOWN_DISPOSITIONS) && !(after->ignored & bit);
}

bool check_run_was_handled(const struct check_run *run)
{
	const struct check_event *generation = check_run_generation(run);
	const struct check_event *delivery = check_delivery(run);

	if (delivery)
		return delivery->verdict.cause == CAUSE_CAUGHT;
	for (size_t i = 0; i < run->events_len; i++)
		if (is_about(run, &run->events[i], REPORT_TAKEN))
			return true;
	return generation &&
	       (generation->verdict.cause == CAUSE_SIGWAIT || was_read(run, generation));
}

bool check_run_handler_after(const struct check_run *run, uint64_t *ret_ns)
{
	if (!run->started_ns || !run->handler_seen_ns)
		return false;
	*ret_ns = run->handler_seen_ns > run->started_ns ? run->handler_seen_ns - run->started_ns
							 : 0;
	return true;
}

/* wait4(2) */

bool check_status_is_engines(const struct check_run *run)
{
	return run->subject == CHECK_SUBJECT_IMAGE && !check_exit_event(run);
}

int check_end_signal(const struct check_run *run)
{
	return run->status_known ? run->status & 0x7f : 0;
}

int check_exit_number(const struct check_run *run)
{
	const int sig = check_end_signal(run);

	return sig ? 128 + sig : run->status >> 8 & 0xff;
}

/* Who ended it. */

/* An engine tells of a death by a signal as of an exit code. */
static int killing_signal(const struct check_run *run)
{
	if (!run->status_known)
		return 0;
	if (check_status_is_engines(run) && check_exit_number(run) == 128 + SIG_KILL)
		return SIG_KILL;
	return check_end_signal(run);
}

/* It was queued for the init, before that ended. */
static bool reached_init(const struct check_run *run, const struct check_event *e)
{
	return is_report(e, REPORT_GENERATE) && e->of_init && e->boot_ns <= check_end_ns(run) &&
	       (e->report.result == EVENT_RESULT_DELIVERED ||
		e->report.result == EVENT_RESULT_LOSE_INFO);
}

const struct check_event *check_killer(const struct check_run *run)
{
	const int sig = killing_signal(run);

	for (size_t i = run->events_len; sig && i-- > 0;)
		if (reached_init(run, &run->events[i]) && run->events[i].report.sig == sig)
			return &run->events[i];
	return NULL;
}

/* Whose default action ends a process: the others are everyday. */
static bool asks_to_end(int sig)
{
	const enum default_action action = signal_default_action(sig);

	return action == DEFAULT_TERMINATE || action == DEFAULT_CORE;
}

/* What the kernel sends for what the process itself has done, or asked for. */
static bool is_own_doing(const struct report *r)
{
	static const bool own[ORIGIN_COUNT] = {
		[ORIGIN_POSIX_TIMER] = true, [ORIGIN_ITIMER] = true,
		[ORIGIN_SIGPIPE] = true,     [ORIGIN_SIGIO] = true,
		[ORIGIN_SECCOMP] = true,     [ORIGIN_CPU_LIMIT] = true,
		[ORIGIN_FAULT] = true,	     [ORIGIN_FILE_SIZE_LIMIT] = true,
		[ORIGIN_CHILD] = true,
	};

	return own[r->origin] || sender_is_target(r);
}

const struct check_event *check_foreign_request(const struct check_run *run)
{
	for (size_t i = run->events_len; i-- > 0;) {
		const struct check_event *e = &run->events[i];

		if (reached_init(run, e) && e->has_verdict && e->verdict.effect != EFFECT_NONE &&
		    asks_to_end(e->report.sig) && !is_own_doing(&e->report) &&
		    e != check_run_generation(run))
			return e;
	}
	return NULL;
}

const struct check_event *check_oom_kill(const struct check_run *run)
{
	for (size_t i = run->events_len; i-- > 0;)
		if (is_report(&run->events[i], REPORT_GENERATE) &&
		    run->events[i].report.origin == ORIGIN_OOM_KILLER &&
		    run->events[i].report.result != EVENT_RESULT_IGNORED &&
		    run->events[i].boot_ns <= check_end_ns(run))
			return &run->events[i];
	return NULL;
}

bool check_is_alone(const struct check_run *run)
{
	/* The events of a container begin some time after its start. */
	return run->subject == CHECK_SUBJECT_COMMAND && check_sees_signals(run) &&
	       run->events_dropped == 0 && !check_killer(run) && !check_foreign_request(run) &&
	       !check_oom_kill(run);
}

/* dieFromSignal() in Go's runtime/signal_unix.go */
bool check_go_reraised(const struct check_run *run)
{
	return run->status_known && !check_end_signal(run) && check_exit_number(run) == 2 &&
	       run->has_before && run->before.known && run->before.verdict.cause == CAUSE_CAUGHT &&
	       run->before.report.handler_runtime == RUNTIME_GO;
}

const struct stuck_finding *check_finding(const struct check_run *run, enum stuck_rule rule)
{
	if (!run->after || run->stuck.reason == STUCK_REASON_NONE)
		return NULL;
	for (size_t i = 0; i < run->stuck.len; i++)
		if (run->stuck.findings[i].rule == rule)
			return &run->stuck.findings[i];
	return NULL;
}

const struct check_process *check_process_of(const struct check_run *run, const struct process *p)
{
	for (size_t i = 0; p && i < run->processes_len; i++)
		if (run->processes[i].tgid == p->tgid &&
		    run->processes[i].start_boot_ns / CHECK_TICK_NS ==
			    p->start_boot_ns / CHECK_TICK_NS)
			return &run->processes[i];
	return NULL;
}

const struct check_process *check_awaited(const struct check_run *run)
{
	const struct stuck_finding *f = check_finding(run, STUCK_RULE_WAITS_FOR_CHILD);

	return f ? check_process_of(run, f->other) : NULL;
}

bool check_is_left(const struct check_run *run, const struct check_process *p)
{
	return !p->ended && p->start_boot_ns / CHECK_TICK_NS <= run->sent_ns / CHECK_TICK_NS;
}

size_t check_count_left(const struct check_run *run, bool unsignalled)
{
	size_t count = 0;

	for (size_t i = 0; i < run->processes_len; i++)
		count += check_is_left(run, &run->processes[i]) &&
			 !(unsignalled && run->processes[i].signalled);
	return count;
}

bool check_was_exiting(const struct check_run *run)
{
	const struct check_event *generation = check_run_generation(run);

	return generation && generation->verdict.cause == CAUSE_EXITING &&
	       generation->verdict.effect == EFFECT_NONE;
}

size_t check_count_torn_down(const struct check_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->processes_len; i++)
		count += run->processes[i].torn_down && !run->processes[i].signalled;
	return count;
}

bool check_is_blocked(const struct check_run *run)
{
	const uint64_t bit = signal_bit(run->sig);
	size_t live = 0;

	if (!run->after || !(run->after->pending & bit))
		return false;
	for (size_t i = 0; i < run->after->threads_len; i++) {
		const struct thread *thread = &run->after->threads[i];

		if (thread->exiting)
			continue;
		if (!(thread->blocked & bit))
			return false;
		live++;
	}
	return live > 0;
}
