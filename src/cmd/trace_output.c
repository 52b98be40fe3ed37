// SPDX-License-Identifier: BSD-2-Clause
#include "trace_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "kernel_bits.h"
#include "log.h"
#include "recent_exits.h"
#include "trace_queue.h"
#include "worker.h"
#include "writer.h"

#define RECENT_COUNT 64 /* a power of two */

/* Processes of which something was told: what the table has forgotten is told once more. */
struct recent_processes {
	struct recent_process {
		uint64_t start_boot_ns;
		uint32_t tgid; /* 0: free */
	} list[RECENT_COUNT];
};

struct trace_output {
	const struct trace_options *options;
	const struct renderer_ops *renderer;
	struct trace_symbols *symbols;
	struct trace_containers *containers;
	struct renderer_config config;
	uint64_t events;
	uint64_t repeated;
	struct recent_exits exits;
	struct recent_processes senders;    /* their ancestors and containers */
	struct recent_processes targets;    /* their containers */
	const struct cause_rule *last_rule; /* its remedy was the last thing printed, for … */
	int last_sig;
	uint32_t last_tgid;
	struct writer writer;
	struct trace_queue queue;
	char buffer[2 * RENDERER_REPORT_SIZE_MAX];
};

void trace_output_set_clocks(struct trace_output *o)
{
	const time_t now = time(NULL);
	struct tm local;

	o->config.realtime_offset_ns =
		(int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	o->config.utc_offset_s = localtime_r(&now, &local) ? local.tm_gmtoff : 0;
}

int trace_output_new(const struct trace_options *options, struct trace_symbols *symbols,
		     struct trace_containers *containers, const volatile sig_atomic_t *stop_writes,
		     struct trace_output **ret)
{
	struct trace_output *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->options = options;
	o->renderer = options->renderer;
	o->symbols = symbols;
	o->containers = containers;
	o->config.color = options_want_color(options->common.color);
	o->config.width = options_terminal_width();
	trace_output_set_clocks(o);
	writer_init(&o->writer, STDOUT_FILENO);
	o->writer.stop = stop_writes;
	*ret = o;
	return 0;
}

void trace_output_free(struct trace_output *o)
{
	free(o);
}

/* Shows everything that waits, as it is. */
static int release(struct trace_output *o)
{
	return trace_output_run(o, UINT64_MAX);
}

/* Lines that are not data go to stderr, unless the format keeps them in its data. */
static int put_aside(struct trace_output *o, const struct strbuf *text)
{
	if (o->renderer->summary_is_data)
		return writer_put(&o->writer, text->data, text->len);
	if (write(STDERR_FILENO, text->data, text->len) < 0)
		log_debug("stderr: %s", strerror(errno));
	return 0;
}

int trace_output_begin(struct trace_output *o)
{
	struct strbuf text;
	int r;

	strbuf_init(&text, o->buffer, sizeof(o->buffer));
	o->renderer->begin(&o->config, &text);
	r = writer_put(&o->writer, text.data, text.len);
	return r < 0 ? r : writer_flush(&o->writer);
}

int trace_output_flush(struct trace_output *o)
{
	return writer_flush(&o->writer);
}

int trace_output_lost(struct trace_output *o, uint64_t count)
{
	struct strbuf text;
	int r = release(o);

	/* Lost they are even if -n is reached; trace_output_run() tells that again. */
	if (r < 0 && r != -ECANCELED)
		return r;
	strbuf_init(&text, o->buffer, sizeof(o->buffer));
	o->renderer->lost(&o->config, count, &text);
	return put_aside(o, &text);
}

int trace_output_absent(struct trace_output *o, uint64_t waited_ns)
{
	char data[RENDERER_REPORT_SIZE_MAX];
	char what_data[1024];
	struct strbuf what, text;

	strbuf_init(&what, what_data, sizeof(what_data));
	trace_options_write_selection(o->options, &what);
	strbuf_init(&text, data, sizeof(data));
	o->renderer->absent(&o->config, what_data, o->options->common.signals, waited_ns, &text);
	return writer_put(&o->writer, text.data, text.len);
}

int trace_output_summary(struct trace_output *o, const struct trace_summary *counts)
{
	struct trace_summary summary = *counts;
	struct strbuf text;
	int r;

	summary.events = o->events;
	summary.repeated = o->repeated;
	strbuf_init(&text, o->buffer, sizeof(o->buffer));
	o->renderer->summary(&o->config, &summary, &text);
	r = put_aside(o, &text);
	return r < 0 ? r : writer_flush(&o->writer);
}

bool trace_output_is_full(const struct trace_output *o)
{
	return o->options->count && o->events >= o->options->count;
}

static bool repeats_remedy(struct trace_output *o, const struct report *r, const struct verdict *v)
{
	const bool repeats = v && v->problem && o->last_rule == v->rule && o->last_sig == r->sig &&
			     o->last_tgid == r->target.tgid;

	o->last_rule = v && v->problem ? v->rule : NULL;
	o->last_sig = r->sig;
	o->last_tgid = r->target.tgid;
	return repeats;
}

/* True: it is there already. Otherwise it is from now on. */
static bool is_recent(struct recent_processes *recent, const struct report_task *task)
{
	struct recent_process *process = &recent->list[task->tgid % RECENT_COUNT];

	if (process->tgid == task->tgid && process->start_boot_ns == task->start_boot_ns)
		return true;
	*process = (struct recent_process){
		.start_boot_ns = task->start_boot_ns,
		.tgid = task->tgid,
	};
	return false;
}

/* Who started whom, and where, is told once for each sender. */
static bool repeats_ancestors(struct trace_output *o, const struct report *r)
{
	return (r->ancestors_len > 0 || r->sender.container) && is_recent(&o->senders, &r->sender);
}

static bool repeats_container(struct trace_output *o, const struct report *r)
{
	return r->target.container && is_recent(&o->targets, &r->target);
}

static int show(struct trace_output *o, const struct report *r, const struct verdict *v)
{
	struct strbuf text;
	int error;

	if (trace_output_is_full(o))
		return -ECANCELED;
	if (!o->renderer->summary_is_data && recent_exits_repeats(&o->exits, r)) {
		o->repeated++;
		return 0;
	}
	o->config.skip_remedy = repeats_remedy(o, r, v);
	o->config.skip_ancestors = repeats_ancestors(o, r);
	o->config.skip_container = repeats_container(o, r);
	strbuf_init(&text, o->buffer, sizeof(o->buffer));
	o->renderer->report(&o->config, r, v, &text);
	if (text.cut)
		return -ENOMEM;
	error = writer_put(&o->writer, text.data, text.len);
	if (error < 0)
		return error;
	o->events++;
	return trace_output_is_full(o) ? -ECANCELED : 0;
}

/* True: the name of its handler is on its way. */
static bool find_symbol(struct trace_output *o, struct report *r, struct verdict *v)
{
	bool waits;

	if (!o->symbols || r->handler <= HANDLER_IGN)
		return false;
	r->handler_symbol = NULL;
	r->handler_runtime = RUNTIME_NONE;
	waits = trace_symbols_find(o->symbols, r);
	/* A handler of a language's runtime is told in other words. */
	if (r->handler_runtime != RUNTIME_NONE && v)
		*v = explain_report(r);
	return waits;
}

/* True: the name of its handler, or of a container, is on its way. */
static bool find_names(struct trace_output *o, struct report *r, struct verdict *v)
{
	const bool waits = o->containers && trace_containers_find(o->containers, r);

	return find_symbol(o, r, v) || waits;
}

static int show_first(struct trace_output *o)
{
	struct held_report *held = trace_queue_first(&o->queue);
	int r = show(o, &held->report, held->has_verdict ? &held->verdict : NULL);

	trace_queue_drop_first(&o->queue);
	return r;
}

int trace_output_run(struct trace_output *o, uint64_t now_boot_ns)
{
	struct held_report *held;
	int r = trace_output_is_full(o) ? -ECANCELED : 0;

	while (r == 0 && (held = trace_queue_first(&o->queue))) {
		const bool waits = find_names(o, &held->report,
					      held->has_verdict ? &held->verdict : NULL);

		if (waits && now_boot_ns < held->until_boot_ns)
			break;
		r = show_first(o);
	}
	return r;
}

uint64_t trace_output_due_ns(struct trace_output *o)
{
	const struct held_report *held = trace_queue_first(&o->queue);

	return held ? held->until_boot_ns : UINT64_MAX;
}

int trace_output_report(struct trace_output *o, struct report *r, const struct verdict *v)
{
	struct verdict verdict = v ? *v : (struct verdict){};
	const bool waits = find_names(o, r, v ? &verdict : NULL);
	int error = 0;

	if (!waits && !trace_queue_first(&o->queue))
		return show(o, r, v ? &verdict : NULL);
	if (trace_queue_is_full(&o->queue)) {
		find_names(o, &trace_queue_first(&o->queue)->report, NULL);
		error = show_first(o);
	}
	if (error == 0)
		trace_queue_put(&o->queue, r, v ? &verdict : NULL,
				clock_ns(CLOCK_BOOTTIME) + WORKER_PATIENCE_NS);
	return error;
}

int trace_output_report_now(struct trace_output *o, struct report *r)
{
	int error = release(o);

	if (error < 0)
		return error;
	find_names(o, r, NULL);
	return show(o, r, NULL);
}
