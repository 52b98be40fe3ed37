// SPDX-License-Identifier: BSD-2-Clause
#include "check_events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "event_feed.h"
#include "feature.h"
#include "log.h"
#include "signals.h"

struct check_events {
	struct check_run *run;
	struct event_feed *feed;
};

static void say_why(struct check_run *run, const char *why)
{
	snprintf(run->evidence_why, sizeof(run->evidence_why), "%s", why);
}

/* Not before everything else was tried: the probes take their time. */
static void say_why_not_loaded(struct check_run *run)
{
	struct features_problem problem;

	log_show_kept();
	say_why(run, features_explain_trace(&problem) < 0
			     ? problem.why
			     : "the kernel did not take the BPF programs");
}

/* The address counts only for the program that ran: an exec puts the handlers away. */
static void name_handler(const struct check_run *run, struct report *r)
{
	const struct report *before = &run->before.report;

	if (run->has_before && r->target.tgid == run->init_tgid && r->handler > 1 &&
	    before->handler == r->handler && before->handler_symbol) {
		r->handler_symbol = before->handler_symbol;
		r->handler_runtime = before->handler_runtime;
	}
}

/* Sent by the namespace to somebody outside: nothing that it is judged by. */
static bool wants(void *context, struct report *r)
{
	struct check_events *e = context;

	if (!(r->facts & EVENT_FACT_MATCHED_TO))
		return false;
	name_handler(e->run, r);
	return true;
}

static int on_report(void *context, struct report *r, const struct verdict *v)
{
	struct check_run *run = ((struct check_events *)context)->run;

	if (r->kind == REPORT_EXIT && r->target.tgid == run->init_tgid && !run->status_known) {
		run->status = r->exit_code;
		run->status_known = true;
	}
	return check_run_add_report(run, r, v);
}

int check_events_new(struct check_run *run, struct check_events **ret)
{
	struct features_problem problem;
	struct check_events *e;
	int r;

	*ret = NULL;
	if (features_check_trace(&problem) < 0 || features_check_pids(&problem) < 0) {
		say_why(run, problem.why);
		return 0;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->run = run;
	r = event_feed_new(
		&(struct event_feed_config){
			.signals = signal_bit(run->sig),
			.by_pid_ns = true,
			.wants = wants,
			.each = on_report,
			.context = e,
		},
		&e->feed);
	if (r == 0) {
		*ret = e;
		return 0;
	}
	check_events_free(e);
	if (r != -ENOMEM)
		say_why_not_loaded(run);
	return r == -ENOMEM ? r : 0;
}

static void give_up(struct check_run *run, struct check_events **e, const char *why)
{
	if (*e) /* else why they were not loaded is what counts */
		say_why(run, why);
	check_events_free(*e);
	*e = NULL;
}

void check_events_begin(struct check_run *run, struct check_events **e)
{
	run->evidence = run->init_tgid ? CHECK_EVIDENCE_PROCFS : CHECK_EVIDENCE_ENGINE;
	if (!run->init_tgid) {
		check_events_free(*e);
		*e = NULL;
		say_why(run, run->ended_ns ? "it had ended before it could be looked at"
					   : "the container is not a process of this machine");
	} else if (!run->is_namespace_init) {
		give_up(run, e, "the container has no PID namespace of its own");
	} else if (!run->pid_ns) {
		give_up(run, e, "its PID namespace cannot be read");
	} else if (*e && (session_select_pid_ns(event_feed_session((*e)->feed), run->pid_ns) < 0 ||
			  event_feed_attach((*e)->feed) < 0)) {
		give_up(run, e, "the kernel did not attach the BPF programs");
	}
	if (*e)
		run->evidence = CHECK_EVIDENCE_BPF;
}

void check_events_free(struct check_events *e)
{
	if (!e)
		return;
	event_feed_free(e->feed);
	free(e);
}

int check_events_fd(const struct check_events *e)
{
	return e ? event_feed_fd(e->feed) : -1;
}

int check_events_read(struct check_events *e)
{
	return e ? event_feed_read(e->feed) : 0;
}

int check_events_finish(struct check_events *e)
{
	return e ? event_feed_finish(e->feed, &e->run->lost) : 0;
}
