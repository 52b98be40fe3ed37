// SPDX-License-Identifier: BSD-2-Clause
#include "json_parts.h"

#include "container_json.h"
#include "signals.h"
#include "story_words.h"

void json_add_type(struct node line, const char *type)
{
	node_add_u64(line, "v", JSON_SCHEMA_VERSION);
	node_add_name(line, "type", type);
}

void json_add_status(struct node to, const char *key, int32_t status)
{
	struct node object = node_add_object(to, key);
	uint32_t code = (uint32_t)status;
	int sig = (int)(code & 0x7f);

	if (sig != 0) {
		node_add_signal_name(object, "signal", sig);
		node_add_bool(object, "core_dumped", code & 0x80);
	} else {
		node_add_u64(object, "code", code >> 8 & 0xff);
	}
}

void json_add_signal(struct node line, int sig)
{
	struct node signal = node_add_object(line, "signal");

	node_add_i64(signal, "number", sig);
	node_add_signal_name(signal, "name", sig);
}

void json_add_code(struct node line, int sig, int code)
{
	const char *name = si_code_name(sig, code);
	struct node to = node_add_object(line, "code");

	node_add_i64(to, "value", code);
	if (name)
		node_add_name(to, "name", name);
}

void json_add_verdict(struct node line, const struct report *r, const struct verdict *v)
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

void json_add_task(struct node to, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	node_add_u64(to, "tgid", t->tgid);
	node_add_u64(to, "tid", t->tid);
	node_add_comm(to, "comm", t->comm);
}

void json_add_place(struct node to, const struct report_task *t)
{
	if (t->source == REPORT_SOURCE_ABSENT)
		return;
	node_add_u64_if_known(to, "ns_tgid", t->ns_tgid);
	node_add_u64_if_known(to, "pid_ns", t->pid_ns);
	container_add(to, t->container);
}

struct node json_add_process(struct node line, const struct report_task *t)
{
	struct node process = node_add_object(line, "process");

	json_add_task(process, t);
	json_add_place(process, t);
	return process;
}

void json_add_sender_kind(struct node sender, enum sender_kind kind)
{
	node_add_name(sender, "kind", kind == SENDER_KERNEL ? "kernel" : "user");
}

void json_add_ancestors(struct node sender, const struct report *r)
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

void json_add_origin_by(struct node sender, enum origin origin, const struct report_task *by)
{
	struct node process;

	if (!origin_has_actor(origin) || by->source == REPORT_SOURCE_ABSENT)
		return;
	process = node_add_object(sender, "origin_by");
	node_add_u64(process, "tgid", by->tgid);
	node_add_comm(process, "comm", by->comm);
	json_add_place(process, by);
}

void json_add_symbol(struct node to, const struct report *r)
{
	if (r->handler_symbol)
		node_add_text(to, "handler_symbol", r->handler_symbol, SIZE_MAX);
	if (r->handler_runtime != RUNTIME_NONE)
		node_add_name(to, "runtime", runtime_name(r->handler_runtime));
}

static void add_earlier_sender(struct node earlier, const struct report_earlier *e)
{
	struct node sender = node_add_object(earlier, "sender");

	json_add_sender_kind(sender, e->sender_kind);
	if (e->sender_kind != SENDER_KERNEL) {
		json_add_task(sender, &e->sender);
		json_add_place(sender, &e->sender);
	}
	if (e->origin == ORIGIN_NOT_KNOWN)
		return;
	node_add_name(sender, "origin", origin_name(e->origin));
	if (e->sender_kind == SENDER_KERNEL)
		json_add_origin_by(sender, e->origin, &e->instead);
}

void json_add_earlier(struct node line, const char *key, const struct report *r)
{
	/* What became of it is what the report itself tells. */
	const bool told = r->kind == REPORT_TAKEN || r->kind == REPORT_HANDLER;
	const struct report_earlier *e = &r->earlier;
	const char *became = signal_fate_name(e->fate);
	struct node earlier;

	if (e->sig == 0)
		return;
	earlier = node_add_object(line, key);
	node_add_signal_name(earlier, "signal", e->sig);
	node_add_u64(earlier, "elapsed_ns", e->elapsed_ns);
	if (r->kind == REPORT_EXIT)
		node_add_bool(earlier, "caused", e->caused);
	if (became && !told)
		node_add_name(earlier, "became", became);
	add_earlier_sender(earlier, e);
}
