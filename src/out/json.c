/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, schema version 1: docs/json-schema.json says what every field means, and every golden line
 * is validated against it. A field that is not known is left out; 0 and "" are never stand-ins.
 */
#include <time.h>

#include "follow_json.h"
#include "json_parts.h"
#include "renderer.h"
#include "signals.h"

static const char *const result_names[] = {
	[EVENT_RESULT_DELIVERED] = "delivered",
	[EVENT_RESULT_IGNORED] = "ignored",
	[EVENT_RESULT_ALREADY_PENDING] = "already_pending",
	[EVENT_RESULT_OVERFLOW_FAIL] = "overflow_fail",
	[EVENT_RESULT_LOSE_INFO] = "lose_info",
};
_Static_assert(sizeof(result_names) / sizeof(result_names[0]) == EVENT_RESULT_COUNT,
	       "result_names");

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

static void begin_line(struct node line, const char *type)
{
	node_add_u64(line, "v", JSON_SCHEMA_VERSION);
	node_add_name(line, "type", type);
}

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

/* RFC 3339, UTC. 64 bits of nanoseconds reach from 1677 to 2846. */
static void add_time(struct node line, const struct renderer_config *config, uint64_t boot_ns)
{
	struct renderer_time now = renderer_wall_time(config, boot_ns);
	time_t seconds = now.seconds;
	char text[sizeof("2026-01-31T23:59:59.123456789Z")];
	struct strbuf time;
	struct tm tm;

	/* Never fails for such a year. Not strftime(): it looks at /etc/localtime each time. */
	gmtime_r(&seconds, &tm);
	strbuf_init(&time, text, sizeof(text));
	strbuf_add_u64_padded(&time, (uint64_t)(tm.tm_year + 1900), 4);
	strbuf_add_char(&time, '-');
	strbuf_add_u64_padded(&time, (uint64_t)(tm.tm_mon + 1), 2);
	strbuf_add_char(&time, '-');
	strbuf_add_u64_padded(&time, (uint64_t)tm.tm_mday, 2);
	strbuf_add_char(&time, 'T');
	strbuf_add_u64_padded(&time, (uint64_t)tm.tm_hour, 2);
	strbuf_add_char(&time, ':');
	strbuf_add_u64_padded(&time, (uint64_t)tm.tm_min, 2);
	strbuf_add_char(&time, ':');
	strbuf_add_u64_padded(&time, (uint64_t)tm.tm_sec, 2);
	strbuf_add_char(&time, '.');
	strbuf_add_u64_padded(&time, now.nanoseconds, 9);
	strbuf_add_char(&time, 'Z');
	node_add_name(line, "time", text);
}

static void add_origin(struct node sender, const struct report *r)
{
	char text[JSON_SENTENCE_SIZE_MAX];
	struct strbuf detail;

	if (r->origin == ORIGIN_NOT_KNOWN)
		return;
	node_add_name(sender, "origin", origin_name(r->origin));
	strbuf_init(&detail, text, sizeof(text));
	origin_write(r, &detail);
	if (detail.len > 0)
		node_add_name(sender, "origin_detail", text);
	if (r->sender_kind == SENDER_KERNEL)
		json_add_origin_by(sender, r->origin, &r->sender_acts_for);
}

static void add_sender(struct node line, const struct report *r)
{
	struct node sender = node_add_object(line, "sender");

	json_add_sender_kind(sender, r->sender_kind);
	if (r->sender_kind != SENDER_KERNEL && r->sender.source != REPORT_SOURCE_ABSENT) {
		json_add_task(sender, &r->sender);
		node_add_u64(sender, "uid", r->sender_uid);
		json_add_place(sender, &r->sender);
		json_add_ancestors(sender, r);
	}
	add_origin(sender, r);
}

static void add_disposition(struct node to, const struct report *r)
{
	enum disposition disposition = disposition_of(r->handler);
	struct node flags;

	node_add_name(to, "disposition", disposition_name(disposition));
	if (disposition != DISPOSITION_CAUGHT)
		return;
	node_add_hex(to, "handler", r->handler);
	json_add_symbol(to, r);
	flags = node_add_array(to, "sa_flags");
	sa_flags_visit(r->sa_flags, node_append_flag, &flags);
}

static void add_signal_flags(struct node to, const struct report *r)
{
	struct node flags = node_add_array(to, "signal_flags");

	signal_flags_visit(r->signal_flags, node_append_flag, &flags);
}

/* "blocked" speaks of whoever could take it: that thread, or every thread of the process. */
static void add_blocked(struct node target, const struct report *r)
{
	bool all = r->facts & EVENT_FACT_ALL_BLOCKED;

	if (!r->process_directed)
		node_add_bool(target, "blocked", r->facts & EVENT_FACT_BLOCKED);
	else if (!all || !(r->facts & EVENT_FACT_SCAN_CUT))
		node_add_bool(target, "blocked", all);
}

static void add_tracer(struct node target, const struct report *r)
{
	node_add_bool(target, "ptraced", r->facts & EVENT_FACT_PTRACED);
	if ((r->facts & EVENT_FACT_PTRACED) && r->tracer_tgid != 0)
		node_add_process_name(target, "tracer", r->tracer_tgid, r->tracer_comm);
}

static void add_target(struct node line, const struct report *r)
{
	const char state[] = {task_state_letter(r->state), '\0'};
	struct node target = node_add_object(line, "target");

	json_add_task(target, &r->target);
	json_add_place(target, &r->target);
	node_add_bool(target, "namespace_init", r->facts & EVENT_FACT_NAMESPACE_INIT);
	add_disposition(target, r);
	add_blocked(target, r);
	add_tracer(target, r);
	node_add_name(target, "state", state);
	node_add_bool(target, "frozen", r->facts & (EVENT_FACT_FROZEN | EVENT_FACT_FROZEN_V2));
	add_signal_flags(target, r);
	node_add_u64_if_known(target, "threads", r->threads);
}

/* What a delivery tells of its process: nothing about masks, states or freezers. */
static void add_deliver_process(struct node line, const struct report *r)
{
	struct node process = json_add_process(line, &r->target);

	node_add_bool(process, "namespace_init", r->facts & EVENT_FACT_NAMESPACE_INIT);
	add_disposition(process, r);
	node_add_bool(process, "ptraced", r->facts & EVENT_FACT_PTRACED);
	add_signal_flags(process, r);
}

static void add_start(struct node facts, const char *key, const struct report_task *t)
{
	if (t->source != REPORT_SOURCE_ABSENT)
		node_add_u64_if_known(facts, key, t->start_boot_ns);
}

/* Every raw number of a report that no rule explains, for the bug report that should follow. */
static void add_facts(struct node line, const struct report *r)
{
	bool generate = r->kind == REPORT_GENERATE;
	struct node facts = node_add_object(line, "facts");

	node_add_hex(facts, "facts", r->facts);
	node_add_hex(facts, "handler", r->handler);
	node_add_hex(facts, "sa_flags", r->sa_flags);
	node_add_hex(facts, "signal_flags", r->signal_flags);
	node_add_i64(facts, "group_exit_code", r->group_exit_code);
	node_add_i64(facts, "si_pid", r->info_pid);
	node_add_u64(facts, "si_uid", r->info_uid);
	node_add_hex(facts, "value", r->value);
	node_add_hex(facts, "pending_process", r->pending_process);
	node_add_hex(facts, "pending_thread", r->pending_thread);
	add_start(facts, "target_start_boot_ns", &r->target);
	if (generate) {
		node_add_hex(facts, "state", r->state);
		node_add_u64(facts, "receiver_tid", r->receiver_tid);
		node_add_u64(facts, "threads", r->threads);
		node_add_u64(facts, "tracer_tgid", r->tracer_tgid);
		node_add_u64(facts, "sender_nr", r->sender_nr);
	}
	if (generate && r->sender.source != REPORT_SOURCE_ABSENT) {
		node_add_u64(facts, "sender_uid", r->sender_uid);
		add_start(facts, "sender_start_boot_ns", &r->sender);
	}
}

static void add_generate(struct node line, const struct report *r, const struct verdict *v)
{
	json_add_signal(line, r->sig);
	json_add_code(line, r->sig, r->code);
	node_add_name(line, "scope", r->process_directed ? "process" : "thread");
	if ((size_t)r->result < EVENT_RESULT_COUNT)
		node_add_name(line, "result", result_names[r->result]);
	json_add_verdict(line, r, v);
	add_sender(line, r);
	add_target(line, r);
	json_add_earlier(line, "escalation", r);
	if (v->cause == CAUSE_UNEXPLAINED)
		add_facts(line, r);
}

static void add_deliver(struct node line, const struct report *r, const struct verdict *v)
{
	json_add_signal(line, r->sig);
	json_add_code(line, r->sig, r->code);
	json_add_verdict(line, r, v);
	add_deliver_process(line, r);
	if (r->has_latency)
		node_add_u64(line, "latency_ns", r->latency_ns);
	if (v->cause == CAUSE_GROUP_EXIT)
		node_add_group_exit(line, r->signal_flags, r->group_exit_code);
	if (v->cause == CAUSE_UNEXPLAINED)
		add_facts(line, r);
}

static void add_exit(struct node line, const struct report *r)
{
	uint32_t code = (uint32_t)r->exit_code;
	int sig = (int)(code & 0x7f);
	struct node process = json_add_process(line, &r->target);
	struct node status = node_add_object(line, "status");

	if (r->target.source != REPORT_SOURCE_ABSENT && r->target.ns_tgid != 0)
		node_add_bool(process, "namespace_init", r->target.ns_tgid == 1);
	if (sig != 0) {
		node_add_signal_name(status, "signal", sig);
		node_add_bool(status, "core_dumped", code & 0x80);
	} else {
		node_add_u64(status, "code", code >> 8 & 0xff);
	}
	json_add_earlier(line, "after", r);
}

static void add_members(struct node line, const struct report *r, const struct verdict *v)
{
	switch (r->kind) {
	case REPORT_GENERATE:
		add_generate(line, r, v);
		break;
	case REPORT_DELIVER:
		add_deliver(line, r, v);
		break;
	case REPORT_EXIT:
		add_exit(line, r);
		break;
	case REPORT_RETURN:
		follow_add_return(line, r);
		break;
	case REPORT_FAILED:
		follow_add_failed(line, r, v);
		break;
	case REPORT_TAKEN:
		follow_add_taken(line, r);
		break;
	case REPORT_HANDLER:
		follow_add_handler(line, r);
		break;
	case REPORT_ALIVE:
		follow_add_alive(line, r);
		break;
	case REPORT_CGROUP:
	case REPORT_KIND_COUNT:
		break;
	}
}

static void json_begin(const struct renderer_config *config, struct strbuf *out)
{
	(void)config;
	(void)out;
}

static void json_report(const struct renderer_config *config, const struct report *r,
			const struct verdict *v, struct strbuf *out)
{
	static const char *const types[] = {
		[REPORT_GENERATE] = "generate",
		[REPORT_DELIVER] = "deliver",
		[REPORT_EXIT] = "exit",
		[REPORT_RETURN] = "handler_return",
		[REPORT_FAILED] = "send_failed",
		[REPORT_TAKEN] = "taken",
		[REPORT_HANDLER] = "handler_installed",
		[REPORT_ALIVE] = "still_alive",
	};
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	_Static_assert(sizeof(types) / sizeof(types[0]) == REPORT_KIND_COUNT, "types");
	begin_line(line, types[r->kind]);
	add_time(line, config, r->boot_ns);
	node_add_u64(line, "boot_ns", r->boot_ns);
	add_members(line, r, v);
	write_line(line, out);
}

static void json_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out)
{
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	(void)config;
	begin_line(line, "lost");
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
	begin_line(line, "absent");
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
	begin_line(line, "summary");
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
