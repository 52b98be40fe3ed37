/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about what was observed of a check, which its rules and its sentences share. */
#ifndef SIGTRACE_CORE_CHECK_FACTS_H
#define SIGTRACE_CORE_CHECK_FACTS_H

#include "check.h"

/* /proc/PID/stat gives a start in USER_HZ ticks, 1/100 s. */
#define CHECK_TICK_NS 10000000ULL

/* How what is told is known: of a container that did not start, from the engine alone. */
enum check_evidence check_evidence(const struct check_run *run);
/* The kernel's event of the init's end; NULL: none was seen. */
const struct check_event *check_exit_event(const struct check_run *run);
/* When the init ended, as exactly as it is known; 0: it did not, or nobody saw it. One that is not
 * gone (below) has ended, too. */
uint64_t check_end_ns(const struct check_run *run);
/* It ended, and not because check killed it. */
bool check_ended_alone(const struct check_run *run);
/* The same, at most the grace after the signal. */
bool check_ended_in_time(const struct check_run *run);
/* The same, later than that for certain: then it outlived the grace, too. */
bool check_ended_late(const struct check_run *run);
/*
 * It exited at most the grace after the signal, and nobody saw it gone: others in its namespace, or
 * the kernel, held it up, or it had no more time for that.
 */
bool check_is_not_gone(const struct check_run *run);
/* It was sent the signal, and was there when the grace was over, for certain. */
bool check_outlived_grace(const struct check_run *run);
/* False for the end of the grace that was marked before it was known that the init had ended. */
bool check_mark_holds(const struct check_run *run, const struct check_event *e);
/* It ended after the signal, and nobody knows whether in time. */
bool check_end_is_in_doubt(const struct check_run *run);

/* Whether every signal to a process of the namespace was seen: what was not seen is proven, then.
 */
bool check_sees_signals(const struct check_run *run);
/* The first delivery of the signal to the init after its generation; NULL: none was seen. */
const struct check_event *check_delivery(const struct check_run *run);
/* The event that tells what became of the signal that asked a process to end; NULL: not kept. */
const struct check_event *check_request(const struct check_run *run, const struct check_process *p);

/* The signal had no effect, and never will. */
struct check_drop {
	const struct report *report;
	const struct verdict *verdict;
	bool by_look;	/* not by an event: as /proc or a snapshot showed right before it */
	bool and_after; /* with by_look: and after it */
};

/* CAUSE_UNKILLABLE_SIG_DFL or CAUSE_SIG_IGN; false: neither is known. */
bool check_was_dropped(const struct check_run *run, struct check_drop *ret);
/*
 * A snapshot from right before the signal says that it would be dropped; whether or not that holds
 * for the moment of the signal.
 */
bool check_drop_expected(const struct check_run *run);

/* The exit code, or 128 + the signal that ended it; with status_known only. */
int check_exit_number(const struct check_run *run);
/*
 * The status is what an engine tells: an exit code, which for a death by a signal is 128 + that.
 * The same code may have been given to exit().
 */
bool check_status_is_engines(const struct check_run *run);
/* The signal that ended it; 0: none, or only an engine's exit code says so. */
int check_end_signal(const struct check_run *run);

/* The generation of the signal that killed it; NULL: none did, or it was not seen. */
const struct check_event *check_killer(const struct check_run *run);
/*
 * The last signal before its end that asks to end, had an effect, and was neither check's own nor
 * the init's own doing (a timer of it); NULL: none was seen.
 */
const struct check_event *check_foreign_request(const struct check_run *run);
/* The OOM killer's last SIGKILL to a process of the namespace before its end; NULL: none seen. */
const struct check_event *check_oom_kill(const struct check_run *run);
/* It ended by itself: that no signal of others had a part in it is proven. */
bool check_is_alone(const struct check_run *run);

/* Processes that were killed by the end of the namespace, or may have been, and got no signal. */
size_t check_count_torn_down(const struct check_run *run);
/* The signal is pending in the init, and no thread of it takes it. */
bool check_is_blocked(const struct check_run *run);
/*
 * As a program of Go ends that did not ask for the signal: its runtime's handler raises the signal
 * again, which does not end an init, and then it exits with 2.
 */
bool check_go_reraised(const struct check_run *run);
/* Of what was examined at the end of the grace; NULL: no such finding. */
const struct stuck_finding *check_finding(const struct check_run *run, enum stuck_rule rule);
/* The process of a finding's `other`; NULL: none, or not a descendant. */
const struct check_process *check_process_of(const struct check_run *run, const struct process *p);
/* The one child that the init waits for at the end of the grace; NULL: none that is certain. */
const struct check_process *check_awaited(const struct check_run *run);
/* The signal found it exiting already. */
bool check_was_exiting(const struct check_run *run);
/* It was there when the signal was sent, and is still. */
bool check_is_left(const struct check_run *run, const struct check_process *p);
/* How many of these there are; `unsignalled`: that got no signal since. */
size_t check_count_left(const struct check_run *run, bool unsignalled);

#endif
