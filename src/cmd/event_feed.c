// SPDX-License-Identifier: BSD-2-Clause
#include "event_feed.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

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

struct event_feed {
	struct event_feed_config config;
	struct session *session;
	struct outcome *outcome;
	struct trace_origins *origins;
	uint64_t corrupt;
	uint32_t lost_seen;
};

int event_feed_new(const struct event_feed_config *config, struct event_feed **ret)
{
	const struct session_config session = {
		.settings = {.signals = UINT64_MAX,
			     .noise = NOISE & ~config->signals,
			     .by_process = true,
			     .by_pid_ns = config->by_pid_ns,
			     .pid_ns_below = config->by_pid_ns,
			     .direction_to = true,
			     .direction_from = true},
		.follow = !config->by_pid_ns,
		.buffer_bytes = BUFFER_BYTES,
	};
	struct event_feed *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->config = *config;
	r = session_open(&session, &f->session);
	if (r == 0)
		r = outcome_new(&f->outcome);
	if (r == 0)
		r = trace_origins_new(f->session, &f->origins);
	if (r < 0) {
		event_feed_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

void event_feed_free(struct event_feed *f)
{
	if (!f)
		return;
	outcome_free(f->outcome);
	trace_origins_free(f->origins);
	session_close(f->session);
	free(f);
}

struct session *event_feed_session(struct event_feed *f)
{
	return f->session;
}

int event_feed_attach(struct event_feed *f)
{
	int r = session_attach(f->session);

	if (r == 0)
		session_set_reader(f->session, READER_NAPS);
	return r;
}

int event_feed_fd(const struct event_feed *f)
{
	return session_fd(f->session);
}

static int on_report(struct event_feed *f, struct report *r)
{
	const struct event_feed_config *c = &f->config;
	struct verdict verdict;

	if (r->kind == REPORT_EXIT) {
		outcome_exit(f->outcome, r);
		return c->each(c->context, r, NULL);
	}
	if (r->kind != REPORT_GENERATE && r->kind != REPORT_DELIVER)
		return 0;
	if (c->wants && !c->wants(c->context, r))
		return 0;
	if (r->kind == REPORT_GENERATE)
		trace_origins_find(f->origins, r);
	verdict = explain_report(r);
	if (r->kind == REPORT_GENERATE)
		outcome_generate(f->outcome, r, &verdict);
	else
		outcome_deliver(f->outcome, r, &verdict);
	return c->each(c->context, r, &verdict);
}

static int on_record(void *context, const void *data, size_t size)
{
	struct event_feed *f = context;
	struct report report;

	if (decode_record(data, size, &report) < 0) {
		f->corrupt++;
		return 0;
	}
	if (report.lost != f->lost_seen) {
		outcome_lost(f->outcome);
		f->lost_seen = report.lost;
	}
	return on_report(f, &report);
}

int event_feed_read(struct event_feed *f)
{
	int r = session_read(f->session, on_record, f, ROUND_RECORDS);

	return r < 0 ? r : 0;
}

static int drain(struct event_feed *f)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	int r = 0;

	for (int empty = 0; r >= 0 && empty < 2;) {
		if (empty)
			nanosleep(&nap, NULL);
		r = session_read(f->session, on_record, f, ROUND_RECORDS);
		empty = r > 0 ? 0 : empty + 1;
	}
	return r < 0 ? r : 0;
}

int event_feed_finish(struct event_feed *f, uint64_t *lost)
{
	struct counters counters;
	int r;

	session_detach(f->session);
	r = drain(f);
	*lost += f->corrupt;
	if (r < 0)
		return r;
	r = session_read_counters(f->session, &counters);
	for (size_t i = 0; r == 0 && i < EVENT_LOST_COUNT; i++)
		*lost += counters.lost[i];
	return r;
}
