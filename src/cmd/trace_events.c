// SPDX-License-Identifier: BSD-2-Clause
#include "trace_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "explain.h"
#include "latency.h"
#include "log.h"
#include "outcome.h"
#include "recent_exits.h"
#include "trace_origins.h"
#include "writer.h"

#define SENDERS_COUNT 64 /* a power of two */

/* A process whose ancestors were shown. */
struct recent_sender {
	uint64_t start_boot_ns;
	uint32_t tgid; /* 0: free */
};

struct trace_events {
	const struct trace_options *options;
	struct session *session;
	const struct renderer_ops *renderer;
	struct renderer_config config;
	struct trace_summary summary;
	uint64_t lost_reported;
	uint32_t lost_seen;
	struct latency *latency;
	struct outcome *outcome;
	struct trace_origins *origins;
	struct recent_exits exits;
	struct recent_sender senders[SENDERS_COUNT];
	const struct cause_rule *last_rule; /* its remedy was the last thing printed, for … */
	int last_sig;
	uint32_t last_tgid;
	struct writer writer;
	char buffer[2 * RENDERER_REPORT_SIZE_MAX];
};

void trace_events_set_clocks(struct trace_events *e)
{
	const time_t now = time(NULL);
	struct tm local;

	e->config.realtime_offset_ns =
		(int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	e->config.utc_offset_s = localtime_r(&now, &local) ? local.tm_gmtoff : 0;
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
	e->renderer = options->renderer;
	e->config.color = options_want_color(options->common.color);
	e->config.width = options_terminal_width();
	trace_events_set_clocks(e);
	writer_init(&e->writer, STDOUT_FILENO);
	e->writer.stop = stop_writes;
	r = latency_new(&e->latency);
	if (r == 0)
		r = outcome_new(&e->outcome);
	if (r == 0)
		r = trace_origins_new(session, &e->origins);
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
	latency_free(e->latency);
	outcome_free(e->outcome);
	trace_origins_free(e->origins);
	free(e);
}

/* Lines that are not data go to stderr, unless the format keeps them in its data. */
static int put_aside(struct trace_events *e, const struct strbuf *text)
{
	if (e->renderer->summary_is_data)
		return writer_put(&e->writer, text->data, text->len);
	if (write(STDERR_FILENO, text->data, text->len) < 0)
		log_debug("stderr: %s", strerror(errno));
	return 0;
}

int trace_events_begin(struct trace_events *e)
{
	struct strbuf text;
	int r;

	strbuf_init(&text, e->buffer, sizeof(e->buffer));
	e->renderer->begin(&e->config, &text);
	r = writer_put(&e->writer, text.data, text.len);
	return r < 0 ? r : writer_flush(&e->writer);
}

int trace_events_flush(struct trace_events *e)
{
	return writer_flush(&e->writer);
}

int trace_events_count_lost(struct trace_events *e)
{
	struct counters counters;
	struct strbuf text;
	uint64_t total;
	int r = session_read_counters(e->session, &counters);

	if (r < 0)
		return r;
	memcpy(e->summary.lost, counters.lost, sizeof(e->summary.lost));
	e->summary.hidden = counters.hidden;
	total = trace_summary_lost(&e->summary);
	if (total <= e->lost_reported)
		return 0;
	strbuf_init(&text, e->buffer, sizeof(e->buffer));
	e->renderer->lost(&e->config, total - e->lost_reported, &text);
	e->lost_reported = total;
	return put_aside(e, &text);
}

int trace_events_summary(struct trace_events *e, uint64_t elapsed_ns)
{
	struct strbuf text;
	int r;

	e->summary.elapsed_ns = elapsed_ns;
	e->summary.forgotten = outcome_evicted(e->outcome);
	log_debug("%llu pending signals were forgotten before their delivery",
		  (unsigned long long)latency_evicted(e->latency));
	strbuf_init(&text, e->buffer, sizeof(e->buffer));
	e->renderer->summary(&e->config, &e->summary, &text);
	r = put_aside(e, &text);
	return r < 0 ? r : writer_flush(&e->writer);
}

bool trace_events_is_full(const struct trace_events *e)
{
	return e->options->count && e->summary.events >= e->options->count;
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

static bool repeats_remedy(struct trace_events *e, const struct report *r, const struct verdict *v)
{
	const bool repeats = e->last_rule == v->rule && e->last_sig == r->sig &&
			     e->last_tgid == r->target.tgid;

	e->last_rule = v->problem ? v->rule : NULL;
	e->last_sig = r->sig;
	e->last_tgid = r->target.tgid;
	return repeats && v->problem;
}

/* Who started whom is told once for each sender; what the table has forgotten, once more. */
static bool repeats_ancestors(struct trace_events *e, const struct report *r)
{
	struct recent_sender *sender = &e->senders[r->sender.tgid % SENDERS_COUNT];

	if (r->ancestors_len == 0)
		return false;
	if (sender->tgid == r->sender.tgid && sender->start_boot_ns == r->sender.start_boot_ns)
		return true;
	*sender = (struct recent_sender){
		.start_boot_ns = r->sender.start_boot_ns,
		.tgid = r->sender.tgid,
	};
	return false;
}

static int show(struct trace_events *e, const struct report *r, const struct verdict *v)
{
	struct strbuf text;
	int error;

	strbuf_init(&text, e->buffer, sizeof(e->buffer));
	e->renderer->report(&e->config, r, v, &text);
	if (text.cut)
		return -ENOMEM;
	error = writer_put(&e->writer, text.data, text.len);
	if (error < 0)
		return error;
	e->summary.events++;
	return trace_events_is_full(e) ? -ECANCELED : 0;
}

/* An exit is shown if its process is selected, or got a signal of this trace. */
static int show_exit(struct trace_events *e, struct report *r)
{
	const bool got_signal = outcome_exit(e->outcome, r);

	if (e->options->problems || (!got_signal && !(r->facts & EVENT_FACT_MATCHED_TO)))
		return 0;
	e->last_rule = NULL;
	return show(e, r, NULL);
}

int trace_events_record(void *context, const void *data, size_t size)
{
	struct trace_events *e = context;
	struct verdict verdict;
	struct report report;

	if (decode_record(data, size, &report) < 0) {
		e->summary.corrupt++;
		return 0;
	}
	if (report.lost != e->lost_seen) {
		latency_lost(e->latency, report.boot_ns);
		outcome_lost(e->outcome);
		e->lost_seen = report.lost;
	}
	pair_latency(e, &report);
	if (report.kind == REPORT_EXIT)
		return show_exit(e, &report);
	verdict = explain_report(&report);
	if (!is_wanted(e, &report, &verdict))
		return 0;
	join(e, &report, &verdict);
	if (!e->renderer->summary_is_data && recent_exits_repeats(&e->exits, &report)) {
		e->summary.repeated++;
		return 0;
	}
	if (report.kind == REPORT_GENERATE)
		report.origin = trace_origins_find(e->origins, &report);
	e->config.skip_remedy = repeats_remedy(e, &report, &verdict);
	e->config.skip_ancestors = repeats_ancestors(e, &report);
	return show(e, &report, &verdict);
}
