/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON of inspect: one document. What has no bound (processes, threads, gone numbers) is written
 * piece by piece, so that memory does not grow with it; each signal and thread is one small object
 * in jansson. A field that is not known is left out.
 */
#include <string.h>

#include "container_json.h"
#include "inspect_facts.h"
#include "inspect_renderer.h"
#include "json_piece.h"
#include "stuck_json.h"
#include "syscalls.h"

static void add_state(struct node to, const struct thread *t)
{
	const char state[] = {task_state_letter(t->state), '\0'};

	node_add_name(to, "state", state);
}

/* A process that is only named: a parent, a tracer. */
static void add_process_name(struct node to, const char *key, const struct process_table *table,
			     uint32_t tgid)
{
	const struct process *p = process_table_find(table, tgid);

	node_add_process_name(to, key, tgid, p ? p->comm : NULL);
}

static void add_tracer(struct node to, const struct process_table *table, const struct thread *t)
{
	node_add_bool(to, "ptraced", t->tracer_tgid != 0);
	if (t->tracer_tgid != 0)
		add_process_name(to, "tracer", table, t->tracer_tgid);
}

static void add_ids(struct node to, const struct process_table *table, const struct process *p)
{
	node_add_u64(to, "tgid", p->tgid);
	node_add_comm(to, "comm", p->comm);
	node_add_u64(to, "uid", p->uid);
	node_add_u64_if_known(to, "ns_tgid", p->ns_tgid);
	node_add_u64_if_known(to, "pid_ns", p->pid_ns);
	if (p->ns_tgid != 0)
		node_add_bool(to, "namespace_init", p->namespace_init);
	if (p->kernel_thread)
		node_add_bool(to, "kernel_thread", true);
	if (p->parent_tgid != 0)
		add_process_name(to, "parent", table, p->parent_tgid);
	container_add(to, p->container);
}

static void add_signal_struct(struct node to, const struct process *p)
{
	struct node flags;

	if (p->known & PROCESS_KNOWN_SIGNAL_FLAGS) {
		flags = node_add_array(to, "signal_flags");
		signal_flags_visit(p->signal_flags, node_append_flag, &flags);
	}
	if (inspect_in_group_exit(p))
		node_add_group_exit(to, p->signal_flags, p->group_exit_code);
	node_add_u64_if_known(to, "thread_count", p->thread_count);
	if (p->known & PROCESS_KNOWN_DISPOSITIONS) {
		node_add_signal_set(to, "caught", p->caught);
		node_add_signal_set(to, "ignored", p->ignored);
	}
	node_add_signal_set(to, "pending", p->pending);
}

/* Everything of the process but its arrays. */
static void put_process(const struct inspect_process *ip, const struct inspect_sink *sink)
{
	const struct process *p = ip->process;
	const struct thread *leader = process_leader(p);
	struct json_piece object;
	struct node process = json_piece_begin(&object);

	add_ids(process, ip->table, p);
	if (leader) {
		add_state(process, leader);
		add_tracer(process, ip->table, leader);
	}
	if (p->known & PROCESS_KNOWN_FROZEN)
		node_add_bool(process, "frozen", inspect_is_frozen(p));
	add_signal_struct(process, p);
	json_piece_put(&object, 1, sink);
}

static void add_handler(struct node to, const struct process *p, int sig)
{
	const struct process_action *action = inspect_action_of(p, sig);
	const struct process_symbol *symbol;
	struct node flags;

	if (!action)
		return;
	symbol = process_symbol_of(p, action->handler);
	node_add_hex(to, "handler", action->handler);
	if (symbol && symbol->text)
		node_add_text(to, "handler_symbol", symbol->text, SIZE_MAX);
	if (symbol && symbol->runtime != RUNTIME_NONE)
		node_add_name(to, "runtime", runtime_name(symbol->runtime));
	flags = node_add_array(to, "sa_flags");
	sa_flags_visit((uint32_t)action->flags, node_append_flag, &flags);
	node_add_signal_set(to, "sa_mask", action->mask);
}

static void add_provenance(struct node to, const struct inspect_process *ip,
			   const struct inspect_signal *s)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct node provenance;
	struct strbuf text;

	if (s->provenance == PROVENANCE_NONE)
		return;
	provenance = node_add_object(to, "provenance");
	strbuf_init(&text, data, sizeof(data));
	provenance_write(ip->table, ip->process, s->sig, s->provenance, &text);
	node_add_name(provenance, "rule", provenance_name(s->provenance));
	node_add_name(provenance, "explanation", data);
}

static void add_prediction(struct node to, const char *key, const struct prediction *p)
{
	struct node prediction = node_add_object(to, key);
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	if (!p->known) {
		node_add_name(prediction, "missing", p->missing);
		return;
	}
	node_add_name(prediction, "cause", cause_name(p->verdict.cause));
	if (p->effect != PREDICT_EFFECT_UNKNOWN)
		node_add_bool(prediction, "effect", p->effect == PREDICT_EFFECT_YES);
	strbuf_init(&text, data, sizeof(data));
	explain_write(&p->report, &p->verdict, &text);
	node_add_name(prediction, "explanation", data);
	strbuf_reset(&text);
	if (explain_write_remedy(&p->report, &p->verdict, &text))
		node_add_name(prediction, "remedy", data);
}

static void put_signal(const struct inspect_process *ip, const struct inspect_signal *s,
		       const struct inspect_sink *sink)
{
	const struct process *p = ip->process;
	struct json_piece object;
	struct node signal = json_piece_begin(&object);
	enum disposition disposition;
	struct node if_sent;

	node_add_i64(signal, "number", s->sig);
	node_add_signal_name(signal, "name", s->sig);
	if (inspect_disposition_of(p, s->sig, &disposition))
		node_add_name(signal, "disposition", disposition_name(disposition));
	add_handler(signal, p, s->sig);
	if (inspect_masks_known(p))
		node_add_bool(signal, "blocked", inspect_blocked_by_all(p) & signal_bit(s->sig));
	node_add_name(signal, "pending", inspect_pending_name(inspect_pending_of(p, s->sig)));
	add_provenance(signal, ip, s);
	if_sent = node_add_object(signal, "if_sent");
	add_prediction(if_sent, "outside", &s->outside);
	if (s->differs)
		add_prediction(if_sent, "inside", &s->inside);
	json_piece_put(&object, 0, sink);
}

static void add_place(struct node to, const struct thread_place *place)
{
	struct node syscall;
	const char *name;

	if (place->syscall_known && !place->in_syscall) {
		node_add_bool(to, "in_syscall", false);
	} else if (place->syscall_known) {
		syscall = node_add_object(to, "syscall");
		node_add_i64(syscall, "number", place->syscall);
		name = syscall_name(place->syscall);
		if (name)
			node_add_name(syscall, "name", name);
	}
	if (place->wchan[0] != '\0')
		node_add_text(to, "wchan", place->wchan, sizeof(place->wchan));
}

static void put_thread(const struct inspect_process *ip, const struct thread *t,
		       const struct inspect_sink *sink)
{
	struct json_piece object;
	struct node thread = json_piece_begin(&object);

	node_add_u64(thread, "tid", t->tid);
	node_add_u64_if_known(thread, "ns_tid", t->ns_tid);
	node_add_comm(thread, "comm", t->comm);
	add_state(thread, t);
	node_add_signal_set(thread, "blocked", t->blocked);
	node_add_signal_set(thread, "pending", t->pending);
	if (t->waited_for_known)
		node_add_signal_set(thread, "waits_for", t->waited_for);
	add_tracer(thread, ip->table, t);
	if (ip->process->known & PROCESS_KNOWN_FROZEN)
		node_add_bool(thread, "frozen", t->frozen || t->frozen_v2);
	node_add_bool(thread, "exiting", t->exiting);
	if (t->asleep_known)
		node_add_u64(thread, "asleep_ns", t->asleep_ns);
	if (t->place)
		add_place(thread, t->place);
	json_piece_put(&object, 0, sink);
}

static void put_stuck(const struct inspect_process *ip, const struct inspect_sink *sink)
{
	struct json_piece object;
	struct node stuck;

	if (ip->stuck.reason == STUCK_REASON_NONE)
		return;
	stuck = json_piece_begin(&object);
	stuck_add_members(stuck, ip->table, ip->process, &ip->stuck);
	json_put(sink, ",\"stuck\":");
	json_piece_put(&object, 0, sink);
}

static void json_begin(const struct inspect_config *config, enum process_evidence evidence,
		       const struct inspect_sink *sink)
{
	struct json_piece object;
	struct node document = json_piece_begin(&object);

	(void)config;
	node_add_u64(document, "v", JSON_SCHEMA_VERSION);
	node_add_name(document, "type", "inspect");
	node_add_name(document, "evidence", process_evidence_name(evidence));
	json_piece_put(&object, 1, sink);
	json_put(sink, ",\"processes\":[");
}

static void json_process(const struct inspect_config *config, const struct inspect_process *ip,
			 const struct inspect_sink *sink)
{
	const struct process *p = ip->process;

	(void)config;
	if (ip->index > 0)
		json_put(sink, ",");
	put_process(ip, sink);
	json_put(sink, ",\"signals\":[");
	for (size_t i = 0; i < ip->signals_len; i++) {
		if (i > 0)
			json_put(sink, ",");
		put_signal(ip, &ip->signals[i], sink);
	}
	json_put(sink, "],\"threads\":[");
	for (size_t i = 0; i < p->threads_len; i++) {
		if (i > 0)
			json_put(sink, ",");
		put_thread(ip, &p->threads[i], sink);
	}
	json_put(sink, "]");
	put_stuck(ip, sink);
	json_put(sink, "}");
}

static void json_end(const struct inspect_config *config, const uint32_t *gone, size_t gone_len,
		     const struct inspect_sink *sink)
{
	char data[32];
	struct strbuf number;

	(void)config;
	json_put(sink, "],\"gone\":[");
	for (size_t i = 0; i < gone_len; i++) {
		strbuf_init(&number, data, sizeof(data));
		if (i > 0)
			strbuf_add_char(&number, ',');
		strbuf_add_u64(&number, gone[i]);
		sink->put(sink->context, data, number.len);
	}
	json_put(sink, "]}\n");
}

const struct inspect_ops inspect_json = {
	.name = "json",
	.begin = json_begin,
	.process = json_process,
	.end = json_end,
};
