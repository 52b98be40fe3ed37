/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object of one event: docs/json-schema.json says what every field means, and every golden line
 * is validated against it. A field that is not known is left out; 0 and "" are never stand-ins.
 */
#include "json_event.h"

#include "follow_json.h"
#include "json_parts.h"
#include "signals.h"
#include "story_words.h"

void json_add_time(struct node line, const struct renderer_config *config, uint64_t boot_ns)
{
	char text[RENDERER_UTC_SIZE];
	struct strbuf time;

	strbuf_init(&time, text, sizeof(text));
	renderer_write_utc(config, boot_ns, &time);
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
	if (event_result_name(r->result))
		node_add_name(line, "result", event_result_name(r->result));
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
	struct node process = json_add_process(line, &r->target);

	if (r->target.source != REPORT_SOURCE_ABSENT && r->target.ns_tgid != 0)
		node_add_bool(process, "namespace_init", r->target.ns_tgid == 1);
	json_add_status(line, "status", r->exit_code);
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

void json_add_event(struct node line, const struct renderer_config *config, const struct report *r,
		    const struct verdict *v)
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

	_Static_assert(sizeof(types) / sizeof(types[0]) == REPORT_KIND_COUNT, "types");
	json_add_type(line, types[r->kind]);
	json_add_time(line, config, r->boot_ns);
	node_add_u64(line, "boot_ns", r->boot_ns);
	add_members(line, r, v);
}
