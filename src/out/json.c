/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON of trace, schema version 1: one object a line. Those of events are json_event.c's. */
#include "json_event.h"
#include "json_parts.h"
#include "renderer.h"

static const char *const lost_names[] = {
	[EVENT_LOST_GENERATE] = "generate",
	[EVENT_LOST_DELIVER] = "deliver",
	[EVENT_LOST_EXIT] = "exit",
	[EVENT_LOST_FOLLOW] = "follow",
	[EVENT_LOST_RETURN] = "handler_return",
	[EVENT_LOST_FAILED] = "send_failed",
	[EVENT_LOST_CGROUP] = "cgroup",
};
_Static_assert(sizeof(lost_names) / sizeof(lost_names[0]) == EVENT_LOST_COUNT, "lost_names");

/* The whole line, or nothing of it and out->cut. */
static void write_line(struct node line, struct strbuf *out)
{
	size_t start = out->len;

	node_write(line, out);
	strbuf_add_char(out, '\n');
	if (!out->cut)
		return;
	out->len = start;
	out->data[start] = '\0';
}

static void json_begin(const struct renderer_config *config, struct strbuf *out)
{
	(void)config;
	(void)out;
}

static void json_report(const struct renderer_config *config, const struct report *r,
			const struct verdict *v, struct strbuf *out)
{
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	json_add_event(line, config, r, v);
	write_line(line, out);
}

static void json_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out)
{
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	(void)config;
	json_add_type(line, "lost");
	node_add_u64(line, "count", count);
	write_line(line, out);
}

static void json_absent(const struct renderer_config *config, const char *what, uint64_t signals,
			uint64_t waited_ns, struct strbuf *out)
{
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	(void)config;
	json_add_type(line, "absent");
	node_add_signal_set(line, "signals", signals);
	node_add_text(line, "selection", what, SIZE_MAX);
	node_add_u64(line, "waited_ns", waited_ns);
	write_line(line, out);
}

static void json_summary(const struct renderer_config *config, const struct trace_summary *s,
			 struct strbuf *out)
{
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};
	struct node lost_by;

	(void)config;
	json_add_type(line, "summary");
	node_add_u64(line, "events", s->events);
	node_add_u64(line, "lost", trace_summary_lost(s));
	node_add_u64(line, "hidden", s->hidden);
	node_add_u64(line, "corrupt", s->corrupt);
	node_add_u64(line, "outcomes_forgotten", s->forgotten);
	node_add_u64(line, "watches_forgotten", s->watch_forgotten);
	node_add_u64(line, "deadlines_forgotten", s->alive_forgotten);
	lost_by = node_add_object(line, "lost_by");
	for (int i = 0; i < EVENT_LOST_COUNT; i++)
		node_add_u64(lost_by, lost_names[i], s->lost[i]);
	write_line(line, out);
}

const struct renderer_ops json_renderer = {
	.name = "json",
	.begin = json_begin,
	.report = json_report,
	.lost = json_lost,
	.absent = json_absent,
	.summary = json_summary,
	.summary_is_data = true,
};
