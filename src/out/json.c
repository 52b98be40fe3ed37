/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON, schema version 1: docs/json-schema.json says what every field means, and every golden line
 * is validated against it. A field that is not known is left out; 0 and "" are never stand-ins.
 */
#include <string.h>

#include "json_writer.h"
#include "renderer.h"
#include "signals.h"

#define SCHEMA_VERSION 1

#define SIGNAL_GROUP_EXIT 0x04u /* include/linux/sched/signal.h */

/* The longest explanation that is not cut. */
#define SENTENCE_SIZE_MAX 1536

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

/*
 * Counts from 1600-03-01: no time that 64-bit nanoseconds reach (1677 to 2846) lies before that, a
 * leap day is the last of its year, and the cycles of 400, 100 and 4 years begin there.
 */
static void add_date(struct strbuf *out, int64_t days_since_1970)
{
	static const uint32_t month_days[] = {31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29};
	uint32_t days = (uint32_t)(days_since_1970 + 135080);
	uint32_t year = 1600 + days / 146097 * 400;
	uint32_t centuries;
	uint32_t years;
	uint32_t month = 0; /* 0 is March */

	days %= 146097;
	/* The fourth century and the fourth year have one day more; it stays theirs. */
	centuries = days / 36524 < 3 ? days / 36524 : 3;
	days -= centuries * 36524;
	year += centuries * 100 + days / 1461 * 4;
	days %= 1461;
	years = days / 365 < 3 ? days / 365 : 3;
	days -= years * 365;
	year += years;
	while (days >= month_days[month])
		days -= month_days[month++];
	if (month >= 10)
		year++;
	strbuf_add_u64_padded(out, year, 4);
	strbuf_add_char(out, '-');
	strbuf_add_u64_padded(out, (month + 2) % 12 + 1, 2);
	strbuf_add_char(out, '-');
	strbuf_add_u64_padded(out, days + 1, 2);
}

/* RFC 3339, UTC. The year always has four digits. */
static void add_time(struct json_writer *w, const struct renderer_config *config, uint64_t boot_ns)
{
	struct renderer_time now = renderer_wall_time(config, boot_ns);
	int64_t days = now.seconds / 86400;
	int64_t second = now.seconds % 86400;
	char text[sizeof("2026-01-31T23:59:59.123456789Z")];
	struct strbuf time;

	if (second < 0) {
		second += 86400;
		days--;
	}
	strbuf_init(&time, text, sizeof(text));
	add_date(&time, days);
	strbuf_add_char(&time, 'T');
	strbuf_add_u64_padded(&time, (uint64_t)second / 3600, 2);
	strbuf_add_char(&time, ':');
	strbuf_add_u64_padded(&time, (uint64_t)second / 60 % 60, 2);
	strbuf_add_char(&time, ':');
	strbuf_add_u64_padded(&time, (uint64_t)second % 60, 2);
	strbuf_add_char(&time, '.');
	strbuf_add_u64_padded(&time, now.nanoseconds, 9);
	strbuf_add_char(&time, 'Z');
	json_add_name(w, "time", text);
}

static void begin_line(struct json_writer *w, struct strbuf *out, const char *type)
{
	json_begin_line(w, out);
	json_add_u64(w, "v", SCHEMA_VERSION);
	json_add_name(w, "type", type);
}

/* "SIGTERM"; a number that has no name is printed, too. */
static void add_signal_name(struct json_writer *w, const char *key, int sig)
{
	const char *name = signal_name(sig);
	char text[sizeof("SIG-2147483648")];
	struct strbuf unknown;

	if (!name) {
		strbuf_init(&unknown, text, sizeof(text));
		strbuf_add(&unknown, "SIG");
		strbuf_add_i64(&unknown, sig);
		name = text;
	}
	json_add_name(w, key, name);
}

static void add_signal(struct json_writer *w, const struct report *r)
{
	const char *code = si_code_name(r->sig, r->code);

	json_begin_object(w, "signal");
	json_add_i64(w, "number", r->sig);
	add_signal_name(w, "name", r->sig);
	json_end_object(w);
	json_begin_object(w, "code");
	json_add_i64(w, "value", r->code);
	if (code)
		json_add_name(w, "name", code);
	json_end_object(w);
}

static void add_verdict(struct json_writer *w, const struct report *r, const struct verdict *v)
{
	char text[SENTENCE_SIZE_MAX];
	struct strbuf sentence;

	json_add_name(w, "cause", cause_name(v->cause));
	json_add_name(w, "effect", effect_name(v->effect));
	json_add_bool(w, "problem", v->problem);
	strbuf_init(&sentence, text, sizeof(text));
	explain_write(r, v, &sentence);
	json_add_text(w, "explanation", text, sentence.len);
	strbuf_reset(&sentence);
	if (explain_write_remedy(r, v, &sentence))
		json_add_text(w, "remedy", text, sentence.len);
}

static void add_u64_if_known(struct json_writer *w, const char *key, uint64_t value)
{
	if (value != 0)
		json_add_u64(w, key, value);
}

/* The members that sender, target and process share. */
static void add_task(struct json_writer *w, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	json_add_u64(w, "tgid", t->tgid);
	json_add_u64(w, "tid", t->tid);
	json_add_text(w, "comm", t->comm, sizeof(t->comm));
}

static void add_namespace(struct json_writer *w, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	add_u64_if_known(w, "ns_tgid", t->ns_tgid);
	add_u64_if_known(w, "pid_ns", t->pid_ns);
}

static void add_sender(struct json_writer *w, const struct report *r)
{
	json_begin_object(w, "sender");
	json_add_name(w, "kind", r->sender_kind == SENDER_KERNEL ? "kernel" : "user");
	if (r->sender_kind != SENDER_KERNEL && r->sender.source != REPORT_SOURCE_ABSENT) {
		add_task(w, &r->sender);
		json_add_u64(w, "uid", r->sender_uid);
		add_namespace(w, &r->sender);
	}
	json_end_object(w);
}

static void add_flag(void *context, const char *name, uint32_t bit)
{
	struct json_writer *w = context;

	if (name)
		json_add_name(w, NULL, name);
	else
		json_add_hex(w, NULL, bit);
}

static void add_disposition(struct json_writer *w, const struct report *r)
{
	enum disposition disposition = disposition_of(r->handler);

	json_add_name(w, "disposition", disposition_name(disposition));
	if (disposition != DISPOSITION_CAUGHT)
		return;
	json_add_hex(w, "handler", r->handler);
	json_begin_array(w, "sa_flags");
	sa_flags_visit(r->sa_flags, add_flag, w);
	json_end_array(w);
}

static void add_signal_flags(struct json_writer *w, const struct report *r)
{
	json_begin_array(w, "signal_flags");
	signal_flags_visit(r->signal_flags, add_flag, w);
	json_end_array(w);
}

/* "blocked" speaks of whoever could take it: that thread, or every thread of the process. */
static void add_blocked(struct json_writer *w, const struct report *r)
{
	bool all = r->facts & EVENT_FACT_ALL_BLOCKED;

	if (!r->process_directed)
		json_add_bool(w, "blocked", r->facts & EVENT_FACT_BLOCKED);
	else if (!all || !(r->facts & EVENT_FACT_SCAN_CUT))
		json_add_bool(w, "blocked", all);
}

static void add_tracer(struct json_writer *w, const struct report *r)
{
	json_add_bool(w, "ptraced", r->facts & EVENT_FACT_PTRACED);
	if (!(r->facts & EVENT_FACT_PTRACED) || r->tracer_tgid == 0)
		return;
	json_begin_object(w, "tracer");
	json_add_u64(w, "tgid", r->tracer_tgid);
	json_add_text(w, "comm", r->tracer_comm, sizeof(r->tracer_comm));
	json_end_object(w);
}

static void add_target(struct json_writer *w, const struct report *r)
{
	const char state[] = {task_state_letter(r->state), '\0'};

	json_begin_object(w, "target");
	add_task(w, &r->target);
	add_namespace(w, &r->target);
	json_add_bool(w, "namespace_init", r->facts & EVENT_FACT_NAMESPACE_INIT);
	add_disposition(w, r);
	add_blocked(w, r);
	add_tracer(w, r);
	json_add_name(w, "state", state);
	json_add_bool(w, "frozen", r->facts & (EVENT_FACT_FROZEN | EVENT_FACT_FROZEN_V2));
	add_signal_flags(w, r);
	add_u64_if_known(w, "threads", r->threads);
	json_end_object(w);
}

/* What a delivery tells of its process: nothing about masks, states or freezers. */
static void add_deliver_process(struct json_writer *w, const struct report *r)
{
	json_begin_object(w, "process");
	add_task(w, &r->target);
	add_namespace(w, &r->target);
	json_add_bool(w, "namespace_init", r->facts & EVENT_FACT_NAMESPACE_INIT);
	add_disposition(w, r);
	json_add_bool(w, "ptraced", r->facts & EVENT_FACT_PTRACED);
	add_signal_flags(w, r);
	json_end_object(w);
}

static void add_start(struct json_writer *w, const char *key, const struct report_task *t)
{
	if (t->source != REPORT_SOURCE_ABSENT)
		add_u64_if_known(w, key, t->start_boot_ns);
}

/* Every raw number of a report that no rule explains, for the bug report that should follow. */
static void add_facts(struct json_writer *w, const struct report *r)
{
	bool generate = r->kind == REPORT_GENERATE;

	json_begin_object(w, "facts");
	json_add_hex(w, "facts", r->facts);
	json_add_hex(w, "handler", r->handler);
	json_add_hex(w, "sa_flags", r->sa_flags);
	json_add_hex(w, "signal_flags", r->signal_flags);
	json_add_i64(w, "group_exit_code", r->group_exit_code);
	json_add_i64(w, "si_pid", r->si_pid);
	json_add_u64(w, "si_uid", r->si_uid);
	json_add_hex(w, "value", r->value);
	json_add_hex(w, "pending_process", r->pending_process);
	json_add_hex(w, "pending_thread", r->pending_thread);
	add_start(w, "target_start_boot_ns", &r->target);
	if (generate) {
		json_add_hex(w, "state", r->state);
		json_add_u64(w, "receiver_tid", r->receiver_tid);
		json_add_u64(w, "threads", r->threads);
		json_add_u64(w, "tracer_tgid", r->tracer_tgid);
		json_add_u64(w, "sender_nr", r->sender_nr);
	}
	if (generate && r->sender.source != REPORT_SOURCE_ABSENT) {
		json_add_u64(w, "sender_uid", r->sender_uid);
		add_start(w, "sender_start_boot_ns", &r->sender);
	}
	json_end_object(w);
}

static void add_generate(struct json_writer *w, const struct report *r, const struct verdict *v)
{
	add_signal(w, r);
	json_add_name(w, "scope", r->process_directed ? "process" : "thread");
	if ((size_t)r->result < EVENT_RESULT_COUNT)
		json_add_name(w, "result", result_names[r->result]);
	add_verdict(w, r, v);
	add_sender(w, r);
	add_target(w, r);
}

static void add_deliver(struct json_writer *w, const struct report *r, const struct verdict *v)
{
	int sig;

	add_signal(w, r);
	add_verdict(w, r, v);
	add_deliver_process(w, r);
	if (r->has_latency)
		json_add_u64(w, "latency_ns", r->latency_ns);
	if (v->cause != CAUSE_GROUP_EXIT)
		return;
	json_begin_object(w, "group_exit");
	sig = explain_group_exit_signal(r);
	if (sig != 0)
		add_signal_name(w, "signal", sig);
	else if (r->signal_flags & SIGNAL_GROUP_EXIT)
		json_add_u64(w, "code", (uint32_t)r->group_exit_code >> 8 & 0xff);
	else
		json_add_bool(w, "exec", true);
	json_end_object(w);
}

static void add_exit(struct json_writer *w, const struct report *r)
{
	uint32_t code = (uint32_t)r->exit_code;
	int sig = (int)(code & 0x7f);

	json_begin_object(w, "process");
	add_task(w, &r->target);
	add_namespace(w, &r->target);
	if (r->target.source != REPORT_SOURCE_ABSENT && r->target.ns_tgid != 0)
		json_add_bool(w, "namespace_init", r->target.ns_tgid == 1);
	json_end_object(w);
	json_begin_object(w, "status");
	if (sig != 0) {
		add_signal_name(w, "signal", sig);
		json_add_bool(w, "core_dumped", code & 0x80);
	} else {
		json_add_u64(w, "code", code >> 8 & 0xff);
	}
	json_end_object(w);
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
	struct json_writer w;

	_Static_assert(sizeof(types) / sizeof(types[0]) == REPORT_KIND_COUNT, "types");
	begin_line(&w, out, types[r->kind]);
	add_time(&w, config, r->boot_ns);
	json_add_u64(&w, "boot_ns", r->boot_ns);
	if (r->kind == REPORT_GENERATE)
		add_generate(&w, r, v);
	else if (r->kind == REPORT_DELIVER)
		add_deliver(&w, r, v);
	else
		add_exit(&w, r);
	if (r->kind != REPORT_EXIT && v->cause == CAUSE_UNEXPLAINED)
		add_facts(&w, r);
	json_end_line(&w);
}

static void json_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out)
{
	struct json_writer w;

	(void)config;
	begin_line(&w, out, "lost");
	json_add_u64(&w, "count", count);
	json_end_line(&w);
}

static void json_summary(const struct renderer_config *config, const struct trace_summary *s,
			 struct strbuf *out)
{
	struct json_writer w;

	(void)config;
	begin_line(&w, out, "summary");
	json_add_u64(&w, "events", s->events);
	json_add_u64(&w, "lost", trace_summary_lost(s));
	json_add_u64(&w, "hidden", s->hidden);
	json_add_u64(&w, "corrupt", s->corrupt);
	json_begin_object(&w, "lost_by");
	for (int i = 0; i < EVENT_LOST_COUNT; i++)
		json_add_u64(&w, lost_names[i], s->lost[i]);
	json_end_object(&w);
	json_end_line(&w);
}

const struct renderer_ops json_renderer = {
	.name = "json",
	.begin = json_begin,
	.report = json_report,
	.lost = json_lost,
	.summary = json_summary,
	.summary_is_data = true,
};
