// SPDX-License-Identifier: BSD-2-Clause
#include "trace_events.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "explain.h"
#include "latency.h"
#include "log.h"
#include "outcome.h"
#include "process.h"
#include "signals.h"
#include "trace_alive.h"
#include "trace_containers.h"
#include "trace_origins.h"
#include "trace_output.h"
#include "trace_symbols.h"
#include "trace_watch.h"
#include "worker.h"

/* Processes whose handlers are looked up before the first event: those that somebody named. */
#define PREPARED_MAX 16

struct trace_events {
	const struct trace_options *options;
	struct session *session;
	uint64_t corrupt;
	uint64_t arrived; /* generated for what is selected, shown or not */
	uint64_t lost_reported;
	uint64_t cgroups_lost; /* of those, when the tree was last looked through again */
	uint32_t lost_seen;
	struct latency *latency;
	struct outcome *outcome;
	struct trace_origins *origins;
	struct trace_output *output;
	struct worker *worker; /* NULL: nothing is looked up, and the next four are NULL, too */
	struct trace_symbols *symbols;
	struct trace_containers *containers; /* NULL also where no cgroups are mounted */
	struct trace_watch *watch;
	struct trace_alive *alive; /* NULL also without a deadline */
};

static int show_followed(void *context, struct report *r)
{
	struct trace_events *e = context;

	return trace_output_report(e->output, r, NULL);
}

/* A signal that was pending when it was last heard of, and that nobody sees pending any more. */
static bool is_pending_still(const struct report *r)
{
	const struct process *p = r->alive.process;
	uint64_t pending = p ? p->pending : 0;

	for (size_t i = 0; p && i < p->threads_len; i++)
		pending |= p->threads[i].pending;
	return pending & signal_bit(r->earlier.sig);
}

static int show_alive(void *context, struct report *r)
{
	struct trace_events *e = context;
	const uint64_t sent_boot_ns = r->boot_ns - r->earlier.elapsed_ns;

	r->earlier.fate = outcome_fate(e->outcome, &r->target, r->earlier.sig, sent_boot_ns);
	/* Taken by sigwait() or a signalfd, most likely. */
	if (r->earlier.fate == SIGNAL_FATE_PENDING && !is_pending_still(r))
		r->earlier.fate = SIGNAL_FATE_NOT_KNOWN;
	return trace_output_report_now(e->output, r);
}

/* The signals that somebody sends to end a process; others only if nothing else is selected. */
static uint64_t signals_that_end(const struct trace_options *options)
{
	const uint64_t plain = signal_bit(SIGTERM) | signal_bit(SIGINT) | signal_bit(SIGQUIT) |
			       signal_bit(SIGHUP) | signal_bit(SIGKILL);
	const uint64_t named = options->common.signals_by_name;
	uint64_t ends = 0;

	if (!named || (named & plain))
		return plain;
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		const enum default_action action = signal_default_action(sig);

		if (action == DEFAULT_TERMINATE || action == DEFAULT_CORE)
			ends |= signal_bit(sig);
	}
	return named & ends;
}

static int start_lookups(struct trace_events *e)
{
	const struct selection *selection = &e->options->selection;
	const struct node *node = &e->options->node;
	const uint64_t deadline_ns = e->options->deadline_ns;
	int r = worker_new(&e->worker);

	if (r == 0)
		r = trace_symbols_new(e->worker, &e->symbols);
	if (r == 0 && node->cgroups)
		r = trace_containers_new(e->worker, e->session, &e->options->common.choice,
					 node->cgroups, node->containers, &e->containers);
	if (r == 0 && e->containers)
		r = trace_containers_catch_up(e->containers);
	/* With -x most signals stay in the kernel: nothing is known of what came before or after.
	 */
	if (r == 0 && !e->options->problems)
		r = trace_watch_new(e->session, show_followed, e, &e->watch);
	if (r == 0 && !e->options->problems && deadline_ns)
		r = trace_alive_new(e->worker, deadline_ns, signals_that_end(e->options),
				    show_alive, e, &e->alive);
	for (size_t i = 0; r == 0 && i < selection->count && i < PREPARED_MAX; i++)
		trace_symbols_prepare(e->symbols, selection->list[i].tgid,
				      selection->list[i].start_boot_ns);
	return r;
}

int trace_events_new(const struct trace_options *options, struct session *session,
		     const volatile sig_atomic_t *stop_writes, struct trace_events **ret)
{
	struct trace_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->options = options;
	e->session = session;
	r = latency_new(&e->latency);
	if (r == 0)
		r = outcome_new(&e->outcome);
	if (r == 0)
		r = trace_origins_new(session, &e->origins);
	if (r == 0 && options->sees_node)
		r = start_lookups(e);
	if (r == 0)
		r = trace_output_new(options, e->symbols, e->containers, stop_writes, &e->output);
	if (r < 0) {
		trace_events_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void trace_events_free(struct trace_events *e)
{
	if (!e)
		return;
	worker_free(e->worker);
	trace_symbols_free(e->symbols);
	trace_containers_free(e->containers);
	trace_watch_free(e->watch);
	trace_alive_free(e->alive);
	trace_output_free(e->output);
	latency_free(e->latency);
	outcome_free(e->outcome);
	trace_origins_free(e->origins);
	free(e);
}

int trace_events_begin(struct trace_events *e)
{
	return trace_output_begin(e->output);
}

int trace_events_flush(struct trace_events *e)
{
	return trace_output_flush(e->output);
}

bool trace_events_has_target(const struct trace_events *e)
{
	return !e->containers || trace_containers_are_met(e->containers);
}

bool trace_events_has_arrived(const struct trace_events *e)
{
	return e->arrived > 0;
}

void trace_events_set_clocks(struct trace_events *e)
{
	trace_output_set_clocks(e->output);
}

bool trace_events_is_full(const struct trace_events *e)
{
	return trace_output_is_full(e->output);
}

static int read_counters(struct trace_events *e, struct trace_summary *ret)
{
	struct counters counters;
	int r = session_read_counters(e->session, &counters);

	if (r < 0)
		return r;
	memcpy(ret->lost, counters.lost, sizeof(ret->lost));
	ret->hidden = counters.hidden;
	return 0;
}

int trace_events_absent(struct trace_events *e, uint64_t waited_ns)
{
	struct trace_summary summary = {};
	int r = read_counters(e, &summary);

	if (r < 0)
		return r;
	if (summary.lost[EVENT_LOST_GENERATE] || summary.lost[EVENT_LOST_FOLLOW] ||
	    summary.lost[EVENT_LOST_CGROUP] || e->corrupt)
		return -ENODATA;
	return trace_output_absent(e->output, waited_ns);
}

/* A container that was made unseen would have no name, and would not be selected by its name. */
static void find_lost_cgroups(struct trace_events *e, uint64_t lost)
{
	int r;

	if (!e->containers || lost == e->cgroups_lost)
		return;
	e->cgroups_lost = lost;
	r = trace_containers_catch_up(e->containers);
	if (r < 0)
		log_debug("cgroups: %s", strerror(-r));
}

int trace_events_count_lost(struct trace_events *e)
{
	struct trace_summary summary = {};
	uint64_t total, before = e->lost_reported;
	int r = read_counters(e, &summary);

	if (r < 0)
		return r;
	total = trace_summary_lost(&summary);
	if (total <= before)
		return 0;
	e->lost_reported = total;
	find_lost_cgroups(e, summary.lost[EVENT_LOST_CGROUP]);
	return trace_output_lost(e->output, total - before);
}

int trace_events_summary(struct trace_events *e, uint64_t elapsed_ns)
{
	struct trace_summary summary = {
		.corrupt = e->corrupt,
		.forgotten = outcome_evicted(e->outcome),
		.watch_forgotten = e->watch ? trace_watch_evicted(e->watch) : 0,
		.alive_forgotten = e->alive ? trace_alive_evicted(e->alive) : 0,
		.elapsed_ns = elapsed_ns,
	};
	int r = read_counters(e, &summary);

	if (r < 0)
		return r;
	log_debug("%llu pending signals were forgotten before their delivery",
		  (unsigned long long)latency_evicted(e->latency));
	return trace_output_summary(e->output, &summary);
}

int trace_events_fd(const struct trace_events *e)
{
	return e->worker ? worker_fd(e->worker) : -1;
}

uint64_t trace_events_due_ns(struct trace_events *e)
{
	uint64_t due_ns = trace_output_due_ns(e->output);

	if (e->watch && trace_watch_due_ns(e->watch) < due_ns)
		due_ns = trace_watch_due_ns(e->watch);
	if (e->alive && trace_alive_due_ns(e->alive) < due_ns)
		due_ns = trace_alive_due_ns(e->alive);
	return due_ns;
}

int trace_events_run(struct trace_events *e)
{
	const uint64_t now_boot_ns = clock_ns(CLOCK_BOOTTIME);
	int r = 0;

	if (!e->worker)
		return 0;
	worker_finish(e->worker);
	if (e->containers)
		r = trace_containers_error(e->containers);
	if (r == 0 && e->alive) {
		r = trace_alive_error(e->alive);
		trace_alive_run(e->alive, now_boot_ns);
	}
	if (r == 0 && e->watch)
		r = trace_watch_run(e->watch, now_boot_ns);
	return r < 0 ? r : trace_output_run(e->output, now_boot_ns);
}

void trace_events_stop(struct trace_events *e)
{
	if (e->watch)
		trace_watch_stop(e->watch);
}

static void wait_for_lookup(struct trace_events *e, uint64_t until_boot_ns)
{
	struct pollfd done = {.fd = worker_fd(e->worker), .events = POLLIN};
	const uint64_t now_boot_ns = clock_ns(CLOCK_BOOTTIME);

	if (now_boot_ns < until_boot_ns)
		poll(&done, 1, (int)((until_boot_ns - now_boot_ns) / 1000000) + 1);
}

int trace_events_finish(struct trace_events *e)
{
	if (!e->worker) /* nothing waits */
		return 0;
	for (;;) {
		uint64_t due_ns;
		int r;

		worker_finish(e->worker);
		r = trace_output_run(e->output, clock_ns(CLOCK_BOOTTIME));
		if (r < 0)
			return r == -ECANCELED ? 0 : r;
		due_ns = trace_output_due_ns(e->output);
		if (due_ns == UINT64_MAX)
			return 0;
		wait_for_lookup(e, due_ns);
	}
}

/* A latency is claimed only where every generation of that signal for the target is seen. */
static void pair_latency(struct trace_events *e, struct report *r)
{
	if (e->options->problems ||
	    ((r->facts & EVENT_FACT_MATCHED_FROM) && !(r->facts & EVENT_FACT_MATCHED_TO)))
		return;
	switch (r->kind) {
	case REPORT_GENERATE:
		latency_generate(e->latency, r);
		break;
	case REPORT_DELIVER:
		latency_deliver(e->latency, r);
		break;
	case REPORT_EXIT:
		latency_exit(e->latency, r->target.tgid);
		break;
	case REPORT_RETURN:
	case REPORT_FAILED:
	case REPORT_TAKEN:
	case REPORT_HANDLER:
	case REPORT_ALIVE:
	case REPORT_CGROUP:
	case REPORT_KIND_COUNT:
		break;
	}
}

/* What the BPF side's coarser filter let through. */
static bool is_wanted(const struct trace_events *e, const struct report *r, const struct verdict *v)
{
	/* Kept for `current`, which turned out to be whoever was interrupted. */
	if (r->kind == REPORT_GENERATE && r->sender_kind == SENDER_KERNEL &&
	    (r->facts & EVENT_FACT_MATCHED_FROM) && !(r->facts & EVENT_FACT_MATCHED_TO))
		return false;
	return !e->options->problems || v->problem;
}

/* With -x most signals stay in the kernel: nothing is known of what came before. */
static void join(struct trace_events *e, struct report *r, const struct verdict *v)
{
	if (e->options->problems)
		return;
	if (r->kind == REPORT_GENERATE)
		outcome_generate(e->outcome, r, v);
	else
		outcome_deliver(e->outcome, r, v);
}

static int follow(struct trace_events *e, const struct report *r, const struct verdict *v)
{
	if (e->alive && r->kind != REPORT_DELIVER)
		trace_alive_report(e->alive, r);
	return e->watch ? trace_watch_report(e->watch, r, v) : 0;
}

/*
 * Of a container, the processes that come and go by themselves are not what somebody asked for, but
 * its init is.
 */
static bool is_named(const struct trace_events *e, const struct report *r)
{
	return (r->facts & EVENT_FACT_MATCHED_TO) &&
	       (!e->options->common.choice.len || (r->facts & EVENT_FACT_NAMESPACE_INIT));
}

/* An exit is shown if its process is named, or got a signal of this trace. */
static int on_exit_report(struct trace_events *e, struct report *r)
{
	const bool got_signal = outcome_exit(e->outcome, r);
	int error;

	if (e->options->problems)
		return 0;
	error = follow(e, r, NULL);
	if (error < 0 || (!got_signal && !is_named(e, r)))
		return error;
	return trace_output_report(e->output, r, NULL);
}

static void count_arrived(struct trace_events *e, const struct report *r)
{
	e->arrived += (r->facts & EVENT_FACT_MATCHED_TO) != 0;
}

static int on_signal_report(struct trace_events *e, struct report *r)
{
	struct verdict verdict;
	int error;

	if (r->kind == REPORT_GENERATE) {
		count_arrived(e, r);
		trace_origins_find(e->origins, r);
	}
	verdict = explain_report(r);
	if (!is_wanted(e, r, &verdict))
		return 0;
	join(e, r, &verdict);
	/* First: what this one proves of an earlier signal happened before it. */
	error = follow(e, r, &verdict);
	return error < 0 ? error : trace_output_report(e->output, r, &verdict);
}

static int on_failed_report(struct trace_events *e, struct report *r)
{
	const struct verdict verdict = explain_report(r);

	return is_wanted(e, r, &verdict) ? trace_output_report(e->output, r, &verdict) : 0;
}

int trace_events_unshown_record(void *context, const void *data, size_t size)
{
	struct trace_events *e = context;
	struct report report;

	if (decode_record(data, size, &report) < 0)
		e->corrupt++;
	else if (report.kind == REPORT_GENERATE)
		count_arrived(e, &report);
	return 0;
}

int trace_events_record(void *context, const void *data, size_t size)
{
	struct trace_events *e = context;
	struct report report;

	if (decode_record(data, size, &report) < 0) {
		e->corrupt++;
		return 0;
	}
	if (report.lost != e->lost_seen) {
		latency_lost(e->latency, report.boot_ns);
		outcome_lost(e->outcome);
		if (e->watch)
			trace_watch_lost(e->watch);
		e->lost_seen = report.lost;
	}
	pair_latency(e, &report);
	switch (report.kind) {
	case REPORT_EXIT:
		return on_exit_report(e, &report);
	case REPORT_FAILED:
		return on_failed_report(e, &report);
	case REPORT_RETURN:
		return trace_output_report(e->output, &report, NULL);
	case REPORT_GENERATE:
	case REPORT_DELIVER:
		return on_signal_report(e, &report);
	case REPORT_CGROUP:
		if (e->containers)
			trace_containers_made(e->containers, &report);
		break;
	case REPORT_TAKEN:
	case REPORT_HANDLER:
	case REPORT_ALIVE:
	case REPORT_KIND_COUNT:
		break;
	}
	return 0;
}
