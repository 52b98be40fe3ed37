// SPDX-License-Identifier: BSD-2-Clause
#include "check_events.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bpf_session.h"
#include "explain.h"
#include "feature.h"
#include "log.h"
#include "outcome.h"
#include "signals.h"
#include "trace_origins.h"

/* Room for a hundred thousand signals that nobody reads meanwhile. */
#define BUFFER_BYTES (16UL * 1024 * 1024)
/* A program that had begun its record may still be writing it. */
#define NAP_NS	      10000000L
#define ROUND_RECORDS 4096

/* Tells nothing about an end. */
#define NOISE (signal_bit(SIGCHLD) | signal_bit(SIGURG) | signal_bit(SIGWINCH))

struct check_events {
	struct check_run *run;
	struct session *session;
	struct outcome *outcome;
	struct trace_origins *origins;
	uint32_t lost_seen;
};

static void say_why(struct check_run *run, const char *why)
{
	snprintf(run->evidence_why, sizeof(run->evidence_why), "%s", why);
}

static int load(struct check_events *e)
{
	const struct session_config config = {
		.settings = {.signals = UINT64_MAX,
			     .noise = NOISE & ~signal_bit(e->run->sig),
			     .by_process = true,
			     .by_pid_ns = true,
			     .direction_to = true,
			     .direction_from = true},
		.buffer_bytes = BUFFER_BYTES,
	};
	int r = session_open(&config, &e->session);

	if (r == 0)
		r = outcome_new(&e->outcome);
	if (r == 0)
		r = trace_origins_new(e->session, &e->origins);
	return r;
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
	r = load(e);
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
	} else if (*e && (session_select_pid_ns((*e)->session, run->pid_ns) < 0 ||
			  session_attach((*e)->session) < 0)) {
		give_up(run, e, "the kernel did not attach the BPF programs");
	}
	if (!*e)
		return;
	session_set_reader((*e)->session, READER_NAPS);
	run->evidence = CHECK_EVIDENCE_BPF;
}

void check_events_free(struct check_events *e)
{
	if (!e)
		return;
	outcome_free(e->outcome);
	trace_origins_free(e->origins);
	session_close(e->session);
	free(e);
}

int check_events_fd(const struct check_events *e)
{
	return e ? session_fd(e->session) : -1;
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

static int on_report(struct check_events *e, struct report *r)
{
	struct verdict verdict;

	if (r->kind == REPORT_EXIT) {
		outcome_exit(e->outcome, r);
		if (r->target.tgid == e->run->init_tgid && !e->run->status_known) {
			e->run->status = r->exit_code;
			e->run->status_known = true;
		}
		return check_run_add_report(e->run, r, NULL);
	}
	if (r->kind != REPORT_GENERATE && r->kind != REPORT_DELIVER)
		return 0;
	/* Sent by the namespace to somebody outside: nothing that it is judged by. */
	if (!(r->facts & EVENT_FACT_MATCHED_TO))
		return 0;
	name_handler(e->run, r);
	if (r->kind == REPORT_GENERATE)
		trace_origins_find(e->origins, r);
	verdict = explain_report(r);
	if (r->kind == REPORT_GENERATE)
		outcome_generate(e->outcome, r, &verdict);
	else
		outcome_deliver(e->outcome, r, &verdict);
	return check_run_add_report(e->run, r, &verdict);
}

static int on_record(void *context, const void *data, size_t size)
{
	struct check_events *e = context;
	struct report report;

	if (decode_record(data, size, &report) < 0) {
		e->run->lost++;
		return 0;
	}
	if (report.lost != e->lost_seen) {
		outcome_lost(e->outcome);
		e->lost_seen = report.lost;
	}
	return on_report(e, &report);
}

int check_events_read(struct check_events *e)
{
	int r = e ? session_read(e->session, on_record, e, ROUND_RECORDS) : 0;

	return r < 0 ? r : 0;
}

static int drain(struct check_events *e)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	int r = 0;

	for (int empty = 0; r >= 0 && empty < 2;) {
		if (empty)
			nanosleep(&nap, NULL);
		r = session_read(e->session, on_record, e, ROUND_RECORDS);
		empty = r > 0 ? 0 : empty + 1;
	}
	return r < 0 ? r : 0;
}

int check_events_finish(struct check_events *e)
{
	struct counters counters;
	int r;

	if (!e)
		return 0;
	session_detach(e->session);
	r = drain(e);
	if (r < 0 || session_read_counters(e->session, &counters) < 0)
		return r;
	for (size_t i = 0; i < EVENT_LOST_COUNT; i++)
		e->run->lost += counters.lost[i];
	return 0;
}
