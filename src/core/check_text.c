// SPDX-License-Identifier: BSD-2-Clause
/* The sentences of check's reasons, one writer for each. */
#include <errno.h>

#include "check_facts.h"
#include "check_phrases.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct check_run *run, struct strbuf *out);

#define CORE_DUMPED 0x80 /* wait4(2) */

#define SENDER_SIZE_MAX 256

/* Parts of sentences. */

static void put_failure(const struct check_run *run, const char *before, struct strbuf *out)
{
	if (!run->failure[0])
		return;
	strbuf_add(out, before);
	strbuf_add_escaped(out, run->failure, sizeof(run->failure));
}

static void put_given(const char *text, struct strbuf *out)
{
	if (text)
		strbuf_add_escaped(out, text, SIZE_MAX);
}

void check_write_status(const struct check_run *run, struct strbuf *out)
{
	const int sig = check_end_signal(run);

	if (!run->started_ns) {
		strbuf_add(out, "did not start");
	} else if (!run->ended_ns && !check_is_not_gone(run)) {
		strbuf_add(out, "is still running");
	} else if (!run->status_known) {
		strbuf_add(out, "ended");
	} else if (sig) {
		strbuf_add(out, "was killed by ");
		stuck_put_signal(sig, out);
		if (run->status & CORE_DUMPED)
			strbuf_add(out, ", with a core dump");
	} else {
		stuck_put_number("exited with ", (uint64_t)check_exit_number(run), out);
	}
	if (run->ended_ns && run->killed_by_check && !check_is_not_gone(run))
		strbuf_add(out, " (by sigtrace, when the check was over)");
}

/* "bash[1] exited with 0, 12.3 ms after SIGTERM" */
static void put_end(const struct check_run *run, struct strbuf *out)
{
	check_put_init(run, out);
	strbuf_add_char(out, ' ');
	check_write_status(run, out);
	strbuf_add(out, ", ");
	check_put_since_sent(run, check_end_ns(run), out);
}

/* "10.0 s": for so long the init outlived the signal, at least. */
static void put_grace(const struct check_run *run, struct strbuf *out)
{
	strbuf_add_duration(out, run->over_ns > run->sent_ns ? run->over_ns - run->sent_ns
							     : run->grace_ns);
}

/* It ended in time. */

static void put_how(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *delivery = check_delivery(run);

	if (!check_run_was_handled(run))
		return;
	strbuf_add(out, "; ");
	if (delivery) {
		explain_write_handler(&delivery->report, out);
		strbuf_add(out, " ran");
	} else {
		strbuf_add(out, "it took ");
		check_put_signal(run, out);
		strbuf_add(out, " with sigwait() or a signalfd");
	}
}

static void write_graceful(const struct check_run *run, struct strbuf *out)
{
	const size_t left = run->evidence == CHECK_EVIDENCE_PROCFS ? check_count_torn_down(run) : 0;

	put_end(run, out);
	put_how(run, out);
	if (run->evidence == CHECK_EVIDENCE_ENGINE) {
		strbuf_add(out, ", as the engine tells; what became of the signal cannot be seen "
				"from here");
	} else if (!check_run_generation(run) && check_drop_expected(run)) {
		strbuf_add(out, "; as was seen right before: ");
		explain_write(&run->before.report, &run->before.verdict, out);
		strbuf_add(out, "; so it may have ended by itself");
	}
	if (left) {
		strbuf_add(out, "; ");
		strbuf_add_u64(out, left);
		strbuf_add(out, left == 1 ? " other process was" : " other processes were");
		strbuf_add(out, " there at most ");
		strbuf_add_duration(out, run->looks_ns);
		strbuf_add(out,
			   left == 1 ? " before: whether it was" : " before: whether they were");
		strbuf_add(out, " asked to end cannot be seen without BPF");
	}
}

static bool is_torn_down(const struct check_run *run, const struct check_process *p)
{
	(void)run;
	return p->torn_down && !p->signalled;
}

static void write_killed_descendants(const struct check_run *run, struct strbuf *out)
{
	const size_t count = check_count_torn_down(run);

	strbuf_add_u64(out, count);
	strbuf_add(out, count == 1 ? " process" : " processes");
	strbuf_add(out, " got no signal before ");
	check_put_init(run, out);
	strbuf_add(out, " ended, and SIGKILL with the end of the PID namespace: ");
	check_put_processes(run, is_torn_down, out);
}

static void write_odd_exit(const struct check_run *run, struct strbuf *out)
{
	const struct report *r = &run->before.report;
	const int number = check_exit_number(run);

	put_end(run, out);
	strbuf_add(out, ": neither 0 nor ");
	strbuf_add_i64(out, 128 + run->sig);
	strbuf_add(out, " (128 + ");
	check_put_signal(run, out);
	strbuf_add_char(out, ')');
	if (check_status_is_engines(run) && number > 128 && number <= 128 + EVENT_SIG_MAX) {
		strbuf_add(out, "; to an engine a death by ");
		stuck_put_signal(number - 128, out);
		strbuf_add(out, " is the same");
	}
	if (check_go_reraised(run)) {
		strbuf_add(out, "; right before: ");
		explain_write(r, &run->before.verdict, out);
	}
}

static void write_crashed(const struct check_run *run, struct strbuf *out)
{
	put_end(run, out);
	strbuf_add(out, ": it was asked to end, and died of another signal");
}

static void write_bad_exit(const struct check_run *run, struct strbuf *out)
{
	put_end(run, out);
	strbuf_add(out, ": ");
	if (check_end_signal(run)) {
		strbuf_add_i64(out, check_exit_number(run));
		strbuf_add(out, " (128 + the signal) is");
	} else {
		strbuf_add(out, "that is");
	}
	strbuf_add(out, " not one of --expect-exit");
}

static void write_startup_window(const struct check_run *run, struct strbuf *out)
{
	uint64_t after_ns = 0;

	check_run_handler_after(run, &after_ns);
	strbuf_add(out, "its ");
	check_put_signal(run, out);
	strbuf_add(out, " handler appeared within ");
	strbuf_add_duration(out, after_ns);
	strbuf_add(out, " of the start");
	if (run->handler_missing_ns > run->started_ns) {
		strbuf_add(out, ", and was not there after ");
		strbuf_add_duration(out, run->handler_missing_ns - run->started_ns);
	}
	strbuf_add(out, ": longer than --max-startup-window allows; a stop in that time is lost");
}

/* "a SIGKILL from the OOM killer"; false: it is not known whose it was. */
static bool put_killer(const struct check_run *run, const char *before, struct strbuf *out)
{
	const struct check_event *killer = check_killer(run);
	char data[SENDER_SIZE_MAX];
	struct strbuf sender;

	strbuf_init(&sender, data, sizeof(data));
	if (!killer || !check_put_sender(run, &killer->report, &sender))
		return false;
	strbuf_add(out, before);
	strbuf_add(out, "a ");
	stuck_put_signal(killer->report.sig, out);
	strbuf_add(out, " from ");
	strbuf_add_bytes(out, data, sender.len);
	return true;
}

static void put_before_end(const struct check_run *run, uint64_t boot_ns, struct strbuf *out)
{
	strbuf_add_char(out, ' ');
	strbuf_add_duration(out, check_end_ns(run) - boot_ns);
	strbuf_add(out, " before ");
	check_put_init(run, out);
	strbuf_add(out, " ended");
}

/* Of somebody else in the namespace, or as an engine tells it, who does not tell of whom. */
static void put_out_of_memory(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *kill = check_oom_kill(run);
	const struct report_task *victim = kill ? &kill->report.target : NULL;

	if (kill && !kill->of_init) {
		strbuf_add(out, "; the OOM killer killed ");
		stuck_put_name(victim->comm, victim->ns_tgid ? victim->ns_tgid : victim->tgid, out);
		put_before_end(run, kill->boot_ns, out);
	} else if (run->oom_killed) {
		strbuf_add(out, "; the engine says that the container ran out of memory");
	}
}

static void write_killed(const struct check_run *run, struct strbuf *out)
{
	put_end(run, out);
	if (check_end_signal(run)) {
		if (!put_killer(run, ": ", out))
			strbuf_add(out, ": a SIGKILL");
		strbuf_add(out, ", not of this check");
	} else if (run->status_known && check_exit_number(run) == 128 + SIG_KILL) {
		strbuf_add(out, ", which is what an engine tells of SIGKILL");
		put_killer(run, ": ", out);
	}
	put_out_of_memory(run, out);
}

/* It was not found out. */

/* "; a SIGTERM from kill[42] had come 1.2 ms before app[1] ended" */
static void put_foreign_request(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *e = check_foreign_request(run);
	char data[SENDER_SIZE_MAX];
	struct strbuf sender;

	if (!e)
		return;
	strbuf_init(&sender, data, sizeof(data));
	strbuf_add(out, "; a ");
	stuck_put_signal(e->report.sig, out);
	if (check_put_sender(run, &e->report, &sender)) {
		strbuf_add(out, " from ");
		strbuf_add_bytes(out, data, sender.len);
	}
	strbuf_add(out, " had come");
	put_before_end(run, e->boot_ns, out);
}

/* Who had a part in that it ended, while this check asked nobody to. */
static void put_cause_of_end(const struct check_run *run, struct strbuf *out)
{
	if (!put_killer(run, ": ", out) && !check_killer(run))
		put_foreign_request(run, out);
	put_out_of_memory(run, out);
}

static void write_exited_early(const struct check_run *run, struct strbuf *out)
{
	const uint64_t end_ns = check_end_ns(run);

	check_put_init(run, out);
	strbuf_add_char(out, ' ');
	check_write_status(run, out);
	if (run->started_ns && end_ns >= run->started_ns) {
		strbuf_add(out, ", ");
		strbuf_add_duration(out, end_ns - run->started_ns);
		strbuf_add(out, " after its start");
	}
	if (!run->ready_ns) {
		strbuf_add(out, ", before it was ready (");
		put_given(run->ready_wait, out);
		strbuf_add_char(out, ')');
	} else {
		strbuf_add(out, check_was_exiting(run) ? ": it was exiting already when "
				: check_is_alone(run)  ? ": by itself, before "
						       : ", before ");
		strbuf_add(out, "this check sent ");
		check_put_signal(run, out);
		strbuf_add(out, " to it");
	}
	put_cause_of_end(run, out);
}

static void write_not_ready(const struct check_run *run, struct strbuf *out)
{
	const bool told = !run->ready_unseen;

	strbuf_add(out, told ? "" : "whether ");
	check_put_init(run, out);
	if (told) {
		strbuf_add(out, " was not ready within ");
		strbuf_add_duration(out, run->ready_timeout_ns);
	} else {
		strbuf_add(out, " was ready");
	}
	strbuf_add(out, " (");
	put_given(run->ready_wait, out);
	strbuf_add_char(out, ')');
	put_failure(run, told ? ": " : " could not be found out: ", out);
}

static void write_could_not_start(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "it could not be started");
	put_failure(run, ": ", out);
	if (run->start_error == ENOENT && run->interpreter[0]) {
		strbuf_add(out, ": the interpreter that its first line names, \"");
		strbuf_add_escaped(out, run->interpreter, sizeof(run->interpreter));
		strbuf_add(out, "\", cannot be found");
	}
}

static void write_not_sent(const struct check_run *run, struct strbuf *out)
{
	check_put_signal(run, out);
	strbuf_add(out, run->sender_failed ? " could not be sent to " : " was not sent to ");
	check_put_init(run, out);
	put_failure(run, ": ", out);
}

/* Nobody saw in time whether it ended in time. */
static void put_end_in_doubt(const struct check_run *run, struct strbuf *out)
{
	if (check_is_not_gone(run)) {
		put_end(run, out);
		strbuf_add(out, ": whether it was gone");
	} else {
		check_put_init(run, out);
		strbuf_add_char(out, ' ');
		check_write_status(run, out);
		strbuf_add(out, ", at most ");
		check_put_since_sent(run, check_end_ns(run), out);
		strbuf_add(out, ": whether that was");
	}
	strbuf_add(out, " within the grace period of ");
	strbuf_add_duration(out, run->grace_ns);
	strbuf_add(out, ", nobody saw in time");
}

static void write_not_watched(const struct check_run *run, struct strbuf *out)
{
	if (check_end_is_in_doubt(run)) {
		put_end_in_doubt(run, out);
	} else if (run->ended_ns && !run->status_known) {
		check_put_init(run, out);
		strbuf_add(out, " ended, and with which exit code is not known");
	} else {
		strbuf_add(out, "what became of ");
		check_put_init(run, out);
		strbuf_add(out, " could not be watched to the end");
	}
	put_failure(run, ": ", out);
}

static void write_interrupted(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "the check was interrupted");
	if (!run->started_ns) {
		strbuf_add(out, " before the start");
	} else if (!run->ready_ns) {
		strbuf_add(out, " while it waited until ");
		check_put_init(run, out);
		strbuf_add(out, " was ready (");
		put_given(run->ready_wait, out);
		strbuf_add_char(out, ')');
	} else if (run->sent_ns) {
		strbuf_add(out, " after ");
		check_put_signal(run, out);
		strbuf_add(out, " was sent");
	}
}

/* The signal had no effect. */

static void put_late_handler(const struct check_run *run, struct strbuf *out)
{
	if (!run->sent_ns || run->handler_seen_ns <= run->sent_ns)
		return;
	strbuf_add(out, "; a handler was there within ");
	strbuf_add_duration(out, run->handler_seen_ns - run->sent_ns);
	strbuf_add(out, " after it");
}

static void write_dropped(const struct check_run *run, struct strbuf *out)
{
	struct check_drop drop;

	check_put_signal(run, out);
	strbuf_add(out, " had no effect on ");
	check_put_init(run, out);
	if (check_was_dropped(run, &drop)) {
		strbuf_add(out, ": ");
		explain_write(drop.report, drop.verdict, out);
		if (drop.by_look)
			strbuf_add(out, drop.and_after ? ", as was seen right before and after it"
						       : ", as was seen right before it");
	}
	put_late_handler(run, out);
	if (check_ended_alone(run) || check_is_not_gone(run)) {
		strbuf_add(out, check_is_alone(run) ? "; it ended by itself " : "; it ended ");
		strbuf_add_duration(out, check_end_ns(run) - run->sent_ns);
		strbuf_add(out, " later (");
		check_write_status(run, out);
		strbuf_add_char(out, ')');
		put_cause_of_end(run, out);
	} else if (check_outlived_grace(run)) {
		strbuf_add(out, "; it was still running ");
		put_grace(run, out);
		strbuf_add(out, " later");
	}
}

static void put_no_effect(const struct check_run *run, struct strbuf *out)
{
	check_put_signal(run, out);
	strbuf_add(out, " had no effect on ");
	check_put_init(run, out);
	strbuf_add(out, " within ");
	put_grace(run, out);
	strbuf_add(out, ": ");
}

static void write_blocked(const struct check_run *run, struct strbuf *out)
{
	const struct process *p = run->after;

	put_no_effect(run, out);
	strbuf_add(out, p && p->threads_len > 1 ? "all its threads block " : "it blocks ");
	check_put_signal(run, out);
	strbuf_add(out, ", which is still pending");
	if (p && stuck_knows(p, PROCESS_KNOWN_SIGNALFD) && (p->signalfd & signal_bit(run->sig)))
		strbuf_add(out, "; one of its signalfds takes it, but is not read");
}

static void write_stopped(const struct check_run *run, struct strbuf *out)
{
	const struct stuck_finding *f = check_finding(run, STUCK_RULE_FROZEN);
	const struct check_event *generation = check_run_generation(run);

	put_no_effect(run, out);
	if (!f)
		f = check_finding(run, STUCK_RULE_STOPPED);
	if (f)
		stuck_write(&run->table, run->after, f, out);
	else if (generation)
		explain_write(&generation->report, &generation->verdict, out);
}

/* It acted on the signal, or may have, and lives. */

/* "ran its handler bash!x"; false: what it did with the signal is not known. */
static bool put_what_it_did(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *delivery = check_delivery(run);

	if (!check_run_was_handled(run))
		return false;
	if (delivery) {
		strbuf_add(out, "ran ");
		explain_write_handler(&delivery->report, out);
	} else {
		strbuf_add(out, "took ");
		check_put_signal(run, out);
		strbuf_add(out, " with sigwait() or a signalfd");
	}
	return true;
}

static bool is_left_alone(const struct check_run *run, const struct check_process *p)
{
	return check_is_left(run, p) && !p->signalled;
}

static void write_not_forwarded(const struct check_run *run, struct strbuf *out)
{
	check_put_init(run, out);
	strbuf_add_char(out, ' ');
	put_what_it_did(run, out);
	strbuf_add(out, " and passed nothing on: ");
	check_put_processes(run, is_left_alone, out);
	strbuf_add(out, " never got a signal; still running ");
	put_grace(run, out);
	strbuf_add(out, " later");
}

/* "; it sent SIGTERM to python3[7], which lives, too: it ignores SIGTERM (SIG_IGN)" */
static void put_deaf(const struct check_run *run, const struct check_process *p, struct strbuf *out)
{
	const struct check_event *request = check_request(run, p);

	if (p->asked_by_init) {
		strbuf_add(out, "it sent ");
		stuck_put_signal(p->asked, out);
		strbuf_add(out, " to ");
		check_put_process(p, out);
	} else {
		check_put_process(p, out);
		strbuf_add(out, " got ");
		stuck_put_signal(p->asked, out);
	}
	strbuf_add(out, p->asked_by_init ? ", which lives, too" : ", and lives, too");
	if (request) {
		strbuf_add(out, ": ");
		explain_write(&request->report, &request->verdict, out);
	} else {
		strbuf_add(out, " (");
		strbuf_add(out, cause_name(p->asked_cause));
		strbuf_add_char(out, ')');
	}
}

static void put_awaited(const struct check_run *run, const struct check_process *child,
			struct strbuf *out)
{
	strbuf_add(out, "it waits for its child ");
	check_put_process(child, out);
	if (!child->signalled && check_sees_signals(run))
		strbuf_add(out, ", which never got a signal");
	if (stuck_defers_trap(run->after, run->sig))
		strbuf_add(out, "; a shell runs its traps only when its foreground child has "
				"ended");
}

/* What the signal came to, where nothing was done with it that is known. */
static void put_doubt(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *generation = check_run_generation(run);

	if (generation) {
		strbuf_add(out, "; when it was sent: ");
		explain_write(&generation->report, &generation->verdict, out);
	} else if (check_sees_signals(run)) {
		strbuf_add(out, "; no ");
		check_put_signal(run, out);
		strbuf_add(out, " was seen to reach it");
	} else if (run->has_before && run->before.known) {
		strbuf_add(out, "; as was seen right before the signal: ");
		explain_write(&run->before.report, &run->before.verdict, out);
	}
}

static void put_why(const struct check_run *run, struct strbuf *out)
{
	const struct check_process *deaf = check_deaf(run);
	const struct check_process *awaited = check_awaited(run);

	if (run->evidence == CHECK_EVIDENCE_ENGINE) {
		strbuf_add(out, "; why cannot be seen from here: ");
		if (run->evidence_why[0])
			strbuf_add_escaped(out, run->evidence_why, sizeof(run->evidence_why));
		else
			strbuf_add(out, "the container runs on another machine");
	} else if (deaf) {
		strbuf_add(out, ": ");
		put_deaf(run, deaf, out);
	} else if (awaited) {
		strbuf_add(out, ": ");
		put_awaited(run, awaited, out);
	} else if (run->after && run->stuck.reason != STUCK_REASON_NONE && run->stuck.len) {
		strbuf_add(out, ": ");
		stuck_write(&run->table, run->after, &run->stuck.findings[0], out);
	}
}

/* "slow.sh[1] ran its handler, and exited with 0, 2.0 s after SIGTERM"; as put_what_it_did(). */
static bool put_acts_and_end(const struct check_run *run, struct strbuf *out)
{
	bool known;

	check_put_init(run, out);
	strbuf_add_char(out, ' ');
	known = put_what_it_did(run, out);
	strbuf_add(out, known ? ", and " : "");
	check_write_status(run, out);
	strbuf_add(out, ", ");
	check_put_since_sent(run, check_end_ns(run), out);
	return known;
}

static void put_late_end(const struct check_run *run, struct strbuf *out)
{
	const bool known = put_acts_and_end(run, out);

	strbuf_add(out, ": later than the grace period of ");
	strbuf_add_duration(out, run->grace_ns);
	if (!put_killer(run, "; ", out) && !known && run->evidence != CHECK_EVIDENCE_ENGINE)
		put_doubt(run, out);
}

/* It has exited, and something holds it up. */
static void put_not_gone(const struct check_run *run, struct strbuf *out)
{
	put_acts_and_end(run, out);
	strbuf_add(out, "; it was not gone ");
	put_grace(run, out);
	strbuf_add(out, " after that signal");
	if (run->after && run->stuck.reason != STUCK_REASON_NONE && run->stuck.len) {
		strbuf_add(out, ": ");
		stuck_write(&run->table, run->after, &run->stuck.findings[0], out);
	}
}

static void write_still_running(const struct check_run *run, struct strbuf *out)
{
	bool known;

	if (check_ended_late(run)) {
		put_late_end(run, out);
		return;
	}
	if (check_is_not_gone(run)) {
		put_not_gone(run, out);
		return;
	}
	check_put_init(run, out);
	strbuf_add_char(out, ' ');
	known = put_what_it_did(run, out);
	strbuf_add(out, known ? ", and is still running " : "is still running ");
	put_grace(run, out);
	strbuf_add(out, known ? " later" : " after ");
	if (!known)
		check_put_signal(run, out);
	put_why(run, out);
	if (!known && run->evidence != CHECK_EVIDENCE_ENGINE)
		put_doubt(run, out);
}

/* By the enum, so that none is forgotten. */
static const write_fn writers[] = {
	[CHECK_REASON_GRACEFUL] = write_graceful,
	[CHECK_REASON_UNKILLABLE_SIG_DFL] = write_dropped,
	[CHECK_REASON_SIG_IGN] = write_dropped,
	[CHECK_REASON_BLOCKED] = write_blocked,
	[CHECK_REASON_STOPPED] = write_stopped,
	[CHECK_REASON_NOT_FORWARDED] = write_not_forwarded,
	[CHECK_REASON_STILL_RUNNING] = write_still_running,
	[CHECK_REASON_BAD_EXIT] = write_bad_exit,
	[CHECK_REASON_KILLED_DESCENDANTS] = write_killed_descendants,
	[CHECK_REASON_ODD_EXIT] = write_odd_exit,
	[CHECK_REASON_CRASHED] = write_crashed,
	[CHECK_REASON_STARTUP_WINDOW] = write_startup_window,
	[CHECK_REASON_EXITED_EARLY] = write_exited_early,
	[CHECK_REASON_NOT_READY] = write_not_ready,
	[CHECK_REASON_COULD_NOT_START] = write_could_not_start,
	[CHECK_REASON_NOT_SENT] = write_not_sent,
	[CHECK_REASON_NOT_WATCHED] = write_not_watched,
	[CHECK_REASON_KILLED] = write_killed,
	[CHECK_REASON_INTERRUPTED] = write_interrupted,
};
_Static_assert(sizeof(writers) / sizeof(writers[0]) == CHECK_REASON_COUNT, "writers");

void check_write_reason(const struct check_run *run, enum check_reason reason, struct strbuf *out)
{
	writers[reason](run, out);
}
