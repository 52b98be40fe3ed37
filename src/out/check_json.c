/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON of check: one document a line for each result. What may be long (timeline, survivors) is
 * written piece by piece; see json_piece.h.
 */
#include "check_facts.h"
#include "check_renderer.h"
#include "check_words.h"
#include "json_event.h"
#include "json_parts.h"
#include "json_piece.h"
#include "stuck_json.h"

static void add_subject(struct node document, const struct check_run *run)
{
	struct node subject = node_add_object(document, "subject");

	node_add_name(subject, "kind", check_words_subject(run));
	node_add_text(subject, "name", run->name, SIZE_MAX);
	if (run->engine)
		node_add_text(subject, "engine", run->engine, SIZE_MAX);
	if (run->container[0])
		node_add_text(subject, "container", run->container, SIZE_MAX);
}

/* "reason", "explanation", "remedy". */
static void add_reason(struct node to, const struct check_run *run, enum check_reason reason)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	node_add_name(to, "reason", check_reason_name(reason));
	strbuf_init(&text, data, sizeof(data));
	check_write_reason(run, reason, &text);
	node_add_name(to, "explanation", data);
	strbuf_reset(&text);
	if (check_write_remedy(run, reason, &text))
		node_add_name(to, "remedy", data);
}

static void add_evidence(struct node document, const struct check_run *run)
{
	node_add_name(document, "evidence", check_evidence_name(check_evidence(run)));
	if (run->evidence != CHECK_EVIDENCE_BPF && run->evidence_why[0] != '\0')
		node_add_text(document, "evidence_why", run->evidence_why,
			      sizeof(run->evidence_why));
	node_add_u64_if_known(document, "lost", run->lost);
}

/* Only what happened in this order has a length. */
static void add_span(struct node to, const char *key, uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns != 0 && to_ns >= from_ns)
		node_add_ms(to, key, to_ns - from_ns);
}

static void add_ready(struct node document, const struct check_run *run)
{
	struct node ready = node_add_object(document, "ready");

	node_add_text(ready, "wait", run->ready_wait, SIZE_MAX);
	node_add_ms(ready, "timeout_ms", run->ready_timeout_ns);
	add_span(ready, "after_ms", run->started_ns, run->ready_ns);
}

static void add_outcome(struct node document, const struct check_run *run)
{
	uint64_t handler_ns;

	if (check_words_has_exit(run)) {
		json_add_status(document, "exit", run->status);
		add_span(document, "answer_ms", run->sent_ns, check_end_ns(run));
	}
	if (check_run_handler_after(run, &handler_ns))
		node_add_ms(document, "handler_after_ms", handler_ns);
}

static void add_init(struct node document, const struct check_run *run)
{
	struct node init;

	if (run->init_tgid == 0)
		return;
	init = node_add_object(document, "init");
	node_add_u64(init, "tgid", run->init_tgid);
	if (run->comm[0] != '\0')
		node_add_comm(init, "comm", run->comm);
	if (run->is_namespace_init)
		node_add_u64(init, "ns_tgid", 1);
	node_add_u64_if_known(init, "pid_ns", run->pid_ns);
	node_add_bool(init, "namespace_init", run->is_namespace_init);
}

static void add_stuck(struct node document, const struct check_run *run)
{
	if (run->after && run->stuck.reason != STUCK_REASON_NONE)
		stuck_add_members(node_add_object(document, "stuck"), &run->table, run->after,
				  &run->stuck);
}

/* Everything but the warnings, the timeline and the survivors. */
static void put_head(const struct check_result *result, const struct inspect_sink *sink)
{
	const struct check_run *run = result->run;
	struct json_piece piece;
	struct node document = json_piece_begin(&piece);

	json_add_type(document, "check");
	add_subject(document, run);
	node_add_name(document, "verdict", check_verdict_name(result->judgement.verdict));
	add_reason(document, run, result->judgement.reason);
	add_evidence(document, run);
	json_add_signal(document, run->sig);
	if (run->sig_from_image)
		node_add_bool(document, "signal_from_image", true);
	add_ready(document, run);
	node_add_ms(document, "grace_ms", run->grace_ns);
	node_add_ms(document, "elapsed_ms", result->elapsed_ns);
	add_outcome(document, run);
	add_init(document, run);
	add_stuck(document, run);
	node_add_u64_if_known(document, "timeline_dropped", run->events_dropped);
	node_add_u64_if_known(document, "processes_dropped", run->processes_dropped);
	json_piece_put(&piece, 1, sink);
}

static void put_separator(bool *first, const struct inspect_sink *sink)
{
	if (!*first)
		json_put(sink, ",");
	*first = false;
}

static void put_warnings(const struct check_result *result, const struct inspect_sink *sink)
{
	struct json_piece piece;
	bool first = true;

	for (int i = 0; i < CHECK_REASON_COUNT; i++) {
		if (!(result->judgement.warnings & 1U << i))
			continue;
		put_separator(&first, sink);
		add_reason(json_piece_begin(&piece), result->run, (enum check_reason)i);
		json_piece_put(&piece, 0, sink);
	}
}

static void add_mark(struct node mark, const struct renderer_config *config,
		     const struct check_run *run, const struct check_event *e)
{
	json_add_type(mark, "mark");
	json_add_time(mark, config, e->boot_ns);
	node_add_u64(mark, "boot_ns", e->boot_ns);
	node_add_name(mark, "name", check_mark_name(e->mark));
	add_span(mark, "after_ms", run->started_ns, e->boot_ns);
}

static void put_timeline(const struct renderer_config *config, const struct check_run *run,
			 const struct inspect_sink *sink)
{
	struct json_piece piece;
	struct node element;
	bool first = true;

	for (size_t i = 0; i < run->events_len; i++) {
		const struct check_event *e = &run->events[i];

		if (!check_mark_holds(run, e))
			continue;
		put_separator(&first, sink);
		element = json_piece_begin(&piece);
		if (e->mark == CHECK_MARK_REPORT)
			json_add_event(element, config, &e->report,
				       e->has_verdict ? &e->verdict : NULL);
		else
			add_mark(element, config, run, e);
		json_piece_put(&piece, 0, sink);
	}
}

static void add_asked(struct node survivor, const struct check_process *p)
{
	struct node asked;

	if (p->asked == 0)
		return;
	asked = node_add_object(survivor, "asked");
	node_add_signal_name(asked, "signal", p->asked);
	node_add_name(asked, "cause", cause_name(p->asked_cause));
}

static void put_survivors(const struct check_run *run, const struct inspect_sink *sink)
{
	struct json_piece piece;
	struct node survivor;
	bool first = true;

	for (size_t i = 0; i < run->processes_len; i++) {
		const struct check_process *p = &run->processes[i];

		if (!check_words_survived(run, p))
			continue;
		put_separator(&first, sink);
		survivor = json_piece_begin(&piece);
		node_add_u64(survivor, "tgid", p->tgid);
		node_add_u64_if_known(survivor, "ns_tgid", p->ns_tgid);
		node_add_comm(survivor, "comm", p->comm);
		add_asked(survivor, p);
		if (p->waiting)
			node_add_bool(survivor, "awaited", true);
		json_piece_put(&piece, 0, sink);
	}
}

static void json_write(const struct renderer_config *config, const struct check_result *results,
		       size_t len, const struct inspect_sink *sink)
{
	for (size_t i = 0; i < len; i++) {
		put_head(&results[i], sink);
		json_put(sink, ",\"warnings\":[");
		put_warnings(&results[i], sink);
		json_put(sink, "],\"timeline\":[");
		put_timeline(config, results[i].run, sink);
		json_put(sink, "],\"survivors\":[");
		put_survivors(results[i].run, sink);
		json_put(sink, "]}\n");
	}
}

const struct check_ops check_json = {
	.name = "json",
	.write = json_write,
};
