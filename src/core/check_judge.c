// SPDX-License-Identifier: BSD-2-Clause
/*
 * The verdict: an ordered table of rules over what was observed. The first that holds gives verdict
 * and reason; what stands in front of it in the table a condition need not exclude. The last row
 * holds always.
 */
#include <string.h>

#include "check_facts.h"
#include "signal_numbers.h"

static const char *const evidence_names[] = {
	[CHECK_EVIDENCE_BPF] = "bpf",
	[CHECK_EVIDENCE_PROCFS] = "procfs",
	[CHECK_EVIDENCE_ENGINE] = "engine",
};
_Static_assert(sizeof(evidence_names) / sizeof(evidence_names[0]) == CHECK_EVIDENCE_COUNT,
	       "evidence_names");

static const char *const verdict_names[] = {
	[CHECK_PASS] = "pass",
	[CHECK_FAIL] = "fail",
	[CHECK_INCONCLUSIVE] = "inconclusive",
};
_Static_assert(sizeof(verdict_names) / sizeof(verdict_names[0]) == CHECK_VERDICT_COUNT,
	       "verdict_names");

static const char *const reason_names[] = {
#define X(name, text) [CHECK_REASON_##name] = text,
	CHECK_REASON_LIST(X)
#undef X
};
_Static_assert(sizeof(reason_names) / sizeof(reason_names[0]) == CHECK_REASON_COUNT,
	       "reason_names");
_Static_assert(CHECK_REASON_COUNT <= 32, "warnings has a bit for each");

static const char *const mark_names[] = {
	[CHECK_MARK_STARTED] = "started",	[CHECK_MARK_HANDLER] = "handler",
	[CHECK_MARK_READY] = "ready",		[CHECK_MARK_SENT] = "sent",
	[CHECK_MARK_GRACE_OVER] = "grace_over", [CHECK_MARK_KILLED] = "killed",
	[CHECK_MARK_EXITED] = "exited",		[CHECK_MARK_REPORT] = "report",
};
_Static_assert(sizeof(mark_names) / sizeof(mark_names[0]) == CHECK_MARK_COUNT, "mark_names");

const char *check_evidence_name(enum check_evidence evidence)
{
	return evidence_names[evidence];
}

const char *check_verdict_name(enum check_verdict verdict)
{
	return verdict_names[verdict];
}

const char *check_reason_name(enum check_reason reason)
{
	return reason_names[reason];
}

const char *check_mark_name(enum check_mark mark)
{
	return mark_names[mark];
}

struct scene {
	const struct check_run *run;
	const struct check_limits *limits;
	uint32_t warnings;
	bool dropped;
	struct check_drop drop;
};

/* It could not be found out. */

static bool could_not_start(const struct scene *s)
{
	return !s->run->started_ns && s->run->failure[0];
}

static bool interrupted(const struct scene *s)
{
	return s->run->interrupted;
}

/* Nobody had asked it to, or it was on its way already. */
static bool exited_early(const struct scene *s)
{
	const struct check_run *run = s->run;

	if (!run->ended_ns || run->killed_by_check)
		return false;
	return !run->sent_ns || check_end_ns(run) < run->sent_ns || run->sender_failed ||
	       check_was_exiting(run);
}

static bool not_ready(const struct scene *s)
{
	return s->run->started_ns && !s->run->ready_ns && !s->run->sent_ns;
}

static bool not_sent(const struct scene *s)
{
	return s->run->sender_failed || (s->run->ready_ns && !s->run->sent_ns);
}

/* The signal was dropped. That it ended all the same, by itself, does not make up for that. */

static bool dropped_unkillable(const struct scene *s)
{
	return s->dropped && s->drop.verdict->cause == CAUSE_UNKILLABLE_SIG_DFL;
}

static bool dropped_ignored(const struct scene *s)
{
	return s->dropped;
}

/* It ended within the grace. */

static bool ended(const struct scene *s)
{
	return check_ended_in_time(s->run);
}

/* An engine that tells 137 has seen a SIGKILL, or an exit(137): that is no pass either way. */
static bool killed(const struct scene *s)
{
	const struct check_run *run = s->run;

	if (!ended(s) || run->sig == SIG_KILL)
		return false;
	return run->oom_killed || check_end_signal(run) == SIG_KILL ||
	       (run->status_known && check_status_is_engines(run) &&
		check_exit_number(run) == 128 + SIG_KILL);
}

/* By the upper bound: a gate that lets through what may be beyond the limit is none. */
static bool startup_window(const struct scene *s)
{
	uint64_t after_ns;

	return ended(s) && s->limits->startup_window_ns &&
	       check_run_handler_after(s->run, &after_ns) &&
	       after_ns > s->limits->startup_window_ns;
}

static bool is_expected(const struct check_limits *limits, int number)
{
	return limits->expected[number / 8] & 1U << number % 8;
}

static bool status_missing(const struct scene *s)
{
	return ended(s) && s->limits->expects && !s->run->status_known;
}

static bool bad_exit(const struct scene *s)
{
	return ended(s) && s->limits->expects && !is_expected(s->limits, check_exit_number(s->run));
}

/* Warnings; with --strict the first of them is the reason. */

static bool killed_descendants(const struct scene *s)
{
	return check_sees_signals(s->run) && check_count_torn_down(s->run) > 0;
}

static bool crashed(const struct scene *s)
{
	const int sig = check_end_signal(s->run);

	return sig && !s->limits->expects && sig != s->run->sig && sig != SIG_KILL;
}

static bool odd_exit(const struct scene *s)
{
	const struct check_run *run = s->run;
	const int number = check_exit_number(run);

	return run->status_known && !check_end_signal(run) && !s->limits->expects && number != 0 &&
	       number != 128 + run->sig;
}

static const struct warning {
	enum check_reason reason;
	bool (*holds)(const struct scene *s);
} warnings[] = {
	{CHECK_REASON_KILLED_DESCENDANTS, killed_descendants},
	{CHECK_REASON_ODD_EXIT, odd_exit},
	{CHECK_REASON_CRASHED, crashed},
};

static bool is_strict_about(const struct scene *s, enum check_reason reason)
{
	return ended(s) && s->limits->strict && (s->warnings & 1U << reason);
}

static bool strict_descendants(const struct scene *s)
{
	return is_strict_about(s, CHECK_REASON_KILLED_DESCENDANTS);
}

static bool strict_odd_exit(const struct scene *s)
{
	return is_strict_about(s, CHECK_REASON_ODD_EXIT);
}

static bool strict_crashed(const struct scene *s)
{
	return is_strict_about(s, CHECK_REASON_CRASHED);
}

/* It was there at the end of the grace. */

/* And is: for one that ended later, or is about to, nothing of the following is true any more. */
static bool lives(const struct scene *s)
{
	return check_outlived_grace(s->run) && !check_ended_late(s->run) &&
	       !check_is_not_gone(s->run);
}

/* Stopped or frozen, and so since before it could act; one that ran its handler stopped later. */
static bool stopped(const struct scene *s)
{
	const struct check_run *run = s->run;
	const struct check_event *generation = check_run_generation(run);

	if (!lives(s) || check_run_was_handled(run))
		return false;
	if (run->after)
		return check_finding(run, STUCK_RULE_STOPPED) ||
		       check_finding(run, STUCK_RULE_FROZEN);
	return generation && (generation->verdict.cause == CAUSE_STOPPED ||
			      generation->verdict.cause == CAUSE_FROZEN);
}

/* What sigwait() or a signalfd took is not pending any more: judged by the outcome, as any other.
 */
static bool blocked(const struct scene *s)
{
	return lives(s) && !check_run_was_handled(s->run) && check_is_blocked(s->run);
}

/*
 * Only events prove that nobody got a signal. An init that waits for one certain child holds on to
 * that: what it would do when the child ends, nobody knows.
 */
static bool not_forwarded(const struct scene *s)
{
	const struct check_run *run = s->run;

	return lives(s) && check_sees_signals(run) && check_run_was_handled(run) &&
	       !check_awaited(run) && check_count_left(run, true) > 0 &&
	       check_count_left(run, true) == check_count_left(run, false);
}

static bool still_running(const struct scene *s)
{
	return check_outlived_grace(s->run);
}

static bool always(const struct scene *s)
{
	(void)s;
	return true;
}

static const struct rule {
	bool (*holds)(const struct scene *s);
	enum check_verdict verdict;
	enum check_reason reason;
} rules[] = {
	{could_not_start, CHECK_INCONCLUSIVE, CHECK_REASON_COULD_NOT_START},
	{interrupted, CHECK_INCONCLUSIVE, CHECK_REASON_INTERRUPTED},
	{exited_early, CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY},
	{not_ready, CHECK_INCONCLUSIVE, CHECK_REASON_NOT_READY},
	{not_sent, CHECK_INCONCLUSIVE, CHECK_REASON_NOT_SENT},

	{dropped_unkillable, CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL},
	{dropped_ignored, CHECK_FAIL, CHECK_REASON_SIG_IGN},

	{killed, CHECK_INCONCLUSIVE, CHECK_REASON_KILLED},
	{startup_window, CHECK_FAIL, CHECK_REASON_STARTUP_WINDOW},
	{status_missing, CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED},
	{bad_exit, CHECK_FAIL, CHECK_REASON_BAD_EXIT},
	{strict_descendants, CHECK_FAIL, CHECK_REASON_KILLED_DESCENDANTS},
	{strict_odd_exit, CHECK_FAIL, CHECK_REASON_ODD_EXIT},
	{strict_crashed, CHECK_FAIL, CHECK_REASON_CRASHED},
	{ended, CHECK_PASS, CHECK_REASON_GRACEFUL},

	{stopped, CHECK_FAIL, CHECK_REASON_STOPPED},
	{blocked, CHECK_FAIL, CHECK_REASON_BLOCKED},
	{not_forwarded, CHECK_FAIL, CHECK_REASON_NOT_FORWARDED},
	{still_running, CHECK_FAIL, CHECK_REASON_STILL_RUNNING},

	{always, CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED},
};

struct check_judgement check_judge(const struct check_run *run, const struct check_limits *limits)
{
	struct scene s = {.run = run, .limits = limits};
	const struct rule *rule = rules;
	struct check_judgement ret;

	s.dropped = check_was_dropped(run, &s.drop);
	/* They are about how it ended when it was asked to. */
	if (check_ended_in_time(run) && run->sent_ns && !s.dropped)
		for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++)
			if (warnings[i].holds(&s))
				s.warnings |= 1U << warnings[i].reason;
	while (!rule->holds(&s))
		rule++;
	ret = (struct check_judgement){.verdict = rule->verdict, .reason = rule->reason};
	if (ret.verdict != CHECK_INCONCLUSIVE)
		ret.warnings = s.warnings & ~(1U << rule->reason);
	return ret;
}
