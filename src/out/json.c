/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, schema version 1: docs/json-schema.json says what every field means, and every golden line
 * is validated against it. A field that is not known is left out; 0 and "" are never stand-ins.
 */
#include <time.h>

#include "json_node.h"
#include "renderer.h"
#include "signals.h"
#include "story_words.h"

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

static void add_signal(struct node line, const struct report *r)
{
	const char *name = si_code_name(r->sig, r->code);
	struct node signal = node_add_object(line, "signal");
	struct node code = node_add_object(line, "code");

	node_add_i64(signal, "number", r->sig);
	node_add_signal_name(signal, "name", r->sig);
	node_add_i64(code, "value", r->code);
	if (name)
		node_add_name(code, "name", name);
}

static void add_verdict(struct node line, const struct report *r, const struct verdict *v)
{
	char text[JSON_SENTENCE_SIZE_MAX];
	struct strbuf sentence;

	node_add_name(line, "cause", cause_name(v->cause));
	strbuf_init(&sentence, text, sizeof(text));
	explain_write(r, v, &sentence);
	node_add_name(line, "explanation", text);
	strbuf_reset(&sentence);
	if (explain_write_remedy(r, v, &sentence))
		node_add_name(line, "remedy", text);
}

/* The members that sender, target and process share. */
static void add_task(struct node to, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	node_add_u64(to, "tgid", t->tgid);
	node_add_u64(to, "tid", t->tid);
	node_add_comm(to, "comm", t->comm);
}

static void add_namespace(struct node to, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	node_add_u64_if_known(to, "ns_tgid", t->ns_tgid);
	node_add_u64_if_known(to, "pid_ns", t->pid_ns);
}

static void add_sender_kind(struct node sender, enum sender_kind kind)
{
	node_add_name(sender, "kind", kind == SENDER_KERNEL ? "kernel" : "user");
}

static void add_ancestors(struct node sender, const struct report *r)
{
	struct node ancestors;

	if (r->ancestors_len == 0)
		return;
	ancestors = node_add_array(sender, "ancestors");
	for (uint32_t i = 0; i < r->ancestors_len && i < EVENT_ANCESTORS_MAX; i++) {
		struct node ancestor = node_append_object(ancestors);

		node_add_u64(ancestor, "tgid", r->ancestors[i].tgid);
		node_add_comm(ancestor, "comm", r->ancestors[i].comm);
	}
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
}

static void add_sender(struct node line, const struct report *r)
{
	struct node sender = node_add_object(line, "sender");

	add_sender_kind(sender, r->sender_kind);
	if (r->sender_kind != SENDER_KERNEL && r->sender.source != REPORT_SOURCE_ABSENT) {
		add_task(sender, &r->sender);
		node_add_u64(sender, "uid", r->sender_uid);
		add_namespace(sender, &r->sender);
		add_ancestors(sender, r);
	}
	add_origin(sender, r);
}

/* The earlier signal: of an exit ("after") or of a SIGKILL ("escalation"). */
static void add_earlier(struct node line, const char *key, const struct report *r)
{
	const struct report_earlier *e = &r->earlier;
	const char *became = signal_fate_name(e->fate);
	struct node earlier;
	struct node sender;

	if (e->sig == 0)
		return;
	earlier = node_add_object(line, key);
	node_add_signal_name(earlier, "signal", e->sig);
	node_add_u64(earlier, "elapsed_ns", e->elapsed_ns);
	if (r->kind == REPORT_EXIT)
		node_add_bool(earlier, "caused", e->caused);
	if (became)
		node_add_name(earlier, "became", became);
	sender = node_add_object(earlier, "sender");
	add_sender_kind(sender, e->sender_kind);
	if (e->sender_kind == SENDER_KERNEL)
		return;
	add_task(sender, &e->sender);
	add_namespace(sender, &e->sender);
}

static void add_disposition(struct node to, const struct report *r)
{
	enum disposition disposition = disposition_of(r->handler);
	struct node flags;

	node_add_name(to, "disposition", disposition_name(disposition));
	if (disposition != DISPOSITION_CAUGHT)
		return;
	node_add_hex(to, "handler", r->handler);
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
	struct node tracer;

	node_add_bool(target, "ptraced", r->facts & EVENT_FACT_PTRACED);
	if (!(r->facts & EVENT_FACT_PTRACED) || r->tracer_tgid == 0)
		return;
	tracer = node_add_object(target, "tracer");
	node_add_u64(tracer, "tgid", r->tracer_tgid);
	node_add_comm(tracer, "comm", r->tracer_comm);
}

static void add_target(struct node line, const struct report *r)
{
	const char state[] = {task_state_letter(r->state), '\0'};
	struct node target = node_add_object(line, "target");

	add_task(target, &r->target);
	add_namespace(target, &r->target);
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
	struct node process = node_add_object(line, "process");

	add_task(process, &r->target);
	add_namespace(process, &r->target);
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
	add_signal(line, r);
	node_add_name(line, "scope", r->process_directed ? "process" : "thread");
	if ((size_t)r->result < EVENT_RESULT_COUNT)
		node_add_name(line, "result", result_names[r->result]);
	add_verdict(line, r, v);
	add_sender(line, r);
	add_target(line, r);
	add_earlier(line, "escalation", r);
}

static void add_deliver(struct node line, const struct report *r, const struct verdict *v)
{
	add_signal(line, r);
	add_verdict(line, r, v);
	add_deliver_process(line, r);
	if (r->has_latency)
		node_add_u64(line, "latency_ns", r->latency_ns);
	if (v->cause == CAUSE_GROUP_EXIT)
		node_add_group_exit(line, r->signal_flags, r->group_exit_code);
}

static void add_exit(struct node line, const struct report *r)
{
	uint32_t code = (uint32_t)r->exit_code;
	int sig = (int)(code & 0x7f);
	struct node process = node_add_object(line, "process");
	struct node status = node_add_object(line, "status");

	add_task(process, &r->target);
	add_namespace(process, &r->target);
	if (r->target.source != REPORT_SOURCE_ABSENT && r->target.ns_tgid != 0)
		node_add_bool(process, "namespace_init", r->target.ns_tgid == 1);
	if (sig != 0) {
		node_add_signal_name(status, "signal", sig);
		node_add_bool(status, "core_dumped", code & 0x80);
	} else {
		node_add_u64(status, "code", code >> 8 & 0xff);
	}
	add_earlier(line, "after", r);
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
	};
	json_auto_t *root = json_object();
	bool failed = false;
	struct node line = {root, &failed};

	_Static_assert(sizeof(types) / sizeof(types[0]) == REPORT_KIND_COUNT, "types");
	begin_line(line, types[r->kind]);
	add_time(line, config, r->boot_ns);
	node_add_u64(line, "boot_ns", r->boot_ns);
	if (r->kind == REPORT_GENERATE)
		add_generate(line, r, v);
	else if (r->kind == REPORT_DELIVER)
		add_deliver(line, r, v);
	else
		add_exit(line, r);
	if (r->kind != REPORT_EXIT && v->cause == CAUSE_UNEXPLAINED)
		add_facts(line, r);
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
	.summary = json_summary,
	.summary_is_data = true,
};
