// SPDX-License-Identifier: BSD-2-Clause
/*
 * JSON of chain: one document, one line. What has no bound (nodes, edges, breaks) is written piece
 * by piece; see json_piece.h. Arguments are not written: they may hold secrets.
 */
#include "chain_cells.h"
#include "chain_renderer.h"
#include "container_json.h"
#include "inspect_facts.h"
#include "json_event.h"
#include "json_parts.h"
#include "json_piece.h"
#include "story_words.h"

static const char *const shell_names[] = {
	[CHAIN_SHELL_NOT_KNOWN] = NULL,
	[CHAIN_SHELL_WAITS_FOREGROUND] = "waits_foreground",
	[CHAIN_SHELL_WAITS_BUILTIN] = "waits_builtin",
	[CHAIN_SHELL_READS] = "reads",
};
_Static_assert(sizeof(shell_names) / sizeof(shell_names[0]) == CHAIN_SHELL_COUNT, "shell_names");

static uint32_t tgid_of(const struct chain *c, uint32_t node)
{
	return c->nodes[node].process->tgid;
}

static void add_node_tgid(struct node to, const char *key, const struct chain *c, uint32_t node)
{
	if (node != CHAIN_NONE)
		node_add_u64(to, key, tgid_of(c, node));
}

/* A moment, as the time since the first signal. */
static void add_after(struct node to, const char *key, const struct chain *c, uint64_t boot_ns)
{
	if (c->first_ns != 0 && boot_ns >= c->first_ns)
		node_add_u64(to, key, boot_ns - c->first_ns);
}

static void add_text(struct node to, const char *key, const struct strbuf *text)
{
	if (text->len > 0)
		node_add_name(to, key, text->data);
}

static void add_answer(struct node to, const char *key, enum program_answer answer)
{
	if (answer != PROGRAM_ANSWER_NOT_KNOWN)
		node_add_bool(to, key, answer == PROGRAM_YES);
}

static void add_rewrite(struct node program, const struct program *p)
{
	struct node rewrite;

	if (p->rewrite_from == 0)
		return;
	rewrite = node_add_object(program, "rewrites");
	node_add_signal_name(rewrite, "from", p->rewrite_from);
	if (p->rewrite_to != 0)
		node_add_signal_name(rewrite, "to", p->rewrite_to);
	if (p->rewrite_more)
		node_add_bool(rewrite, "more", true);
}

static void add_program(struct node to, const struct chain *c, uint32_t node)
{
	const struct program *p = &c->nodes[node].program;
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;
	struct node program;

	if (p->kind == PROGRAM_NOT_KNOWN)
		return;
	program = node_add_object(to, "program");
	node_add_name(program, "kind", program_name(p->kind));
	if (p->by_name_only)
		node_add_bool(program, "by_name_only", true);
	if (program_runs_name(p->runs))
		node_add_name(program, "runs", program_runs_name(p->runs));
	add_answer(program, "interactive", p->interactive);
	add_answer(program, "job_control", p->job_control);
	add_answer(program, "to_group", p->to_group);
	add_rewrite(program, p);
	strbuf_init(&text, data, sizeof(data));
	chain_write_program(c, node, &text);
	add_text(program, "explanation", &text);
}

static void add_place(struct node to, const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];
	const struct process *p = n->process;

	node_add_u64(to, "tgid", p->tgid);
	add_node_tgid(to, "parent", c, n->parent);
	node_add_comm(to, "comm", p->comm);
	node_add_bool(to, "in_tree", n->in_tree);
	node_add_u64_if_known(to, "ns_tgid", p->ns_tgid);
	node_add_u64_if_known(to, "pid_ns", p->pid_ns);
	if (p->ns_tgid != 0)
		node_add_bool(to, "namespace_init", p->namespace_init);
	container_add(to, p->container);
	if (p->known & PROCESS_KNOWN_IDS) {
		node_add_u64_if_known(to, "pgid", p->pgid);
		node_add_u64_if_known(to, "sid", p->sid);
	}
	if (process_is_zombie(p))
		node_add_bool(to, "zombie", true);
	if (!n->tty_known)
		return;
	node_add_bool(to, "has_tty", n->tty[0] != '\0');
	if (n->tty[0] == '\0')
		return;
	node_add_text(to, "tty", n->tty, sizeof(n->tty));
	node_add_bool(to, "foreground", n->foreground);
}

static void add_disposition(struct node to, const struct chain *c, const struct chain_node *n)
{
	const struct process *p = n->process;
	const int sig = n->sig != 0 ? n->sig : c->sig;
	enum disposition disposition;

	if (sig == 0)
		return;
	if (inspect_disposition_of(p, sig, &disposition))
		node_add_name(to, "disposition", disposition_name(disposition));
	if (inspect_masks_known(p))
		node_add_bool(to, "blocked", inspect_blocked_by_all(p) & signal_bit(sig));
}

/* What the signal does to it by the kernel's rules: "cause", or what is "missing" for one. */
static void add_cause(struct node to, const struct chain *c, const struct chain_node *n)
{
	if (n->has_prediction && n->prediction.known)
		node_add_name(to, "cause", cause_name(n->prediction.verdict.cause));
	else if (n->has_prediction)
		node_add_name(to, "missing", n->prediction.missing);
	else if (c->watched && n->got_ns != 0)
		node_add_name(to, "cause", cause_name(n->cause));
}

static void add_signal(struct node to, const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];
	char data[2 * JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	if (n->way != CHAIN_WAY_NONE) {
		node_add_name(to, "gets", chain_answer_name(n->gets));
		node_add_name(to, "way", chain_way_name(n->way));
		add_node_tgid(to, "from", c, n->from);
		if (n->sig != 0)
			json_add_signal(to, n->sig);
		if (n->gets != CHAIN_NOT_KNOWN)
			node_add_name(to, "does", chain_does_name(n->does));
		add_cause(to, c, n);
	}
	strbuf_init(&text, data, sizeof(data));
	chain_cells_write_story(c, node, &text);
	add_text(to, "explanation", &text);
}

static void add_watched(struct node to, const struct chain *c, const struct chain_node *n)
{
	if (!c->watched)
		return;
	if (n->got_ns != 0)
		add_after(to, "got_ns", c, n->got_ns);
	if (n->got_ns != 0 && signal_fate_name(n->fate))
		node_add_name(to, "fate", signal_fate_name(n->fate));
	if (n->taken)
		node_add_bool(to, "taken", true);
	if (n->end == CHAIN_END_NONE)
		return;
	node_add_name(to, "end", chain_end_name(n->end));
	if (n->end_ns != 0)
		add_after(to, "end_ns", c, n->end_ns);
	if (n->status_known)
		json_add_status(to, "status", n->status);
}

static void add_chain_node(struct node to, const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	add_place(to, c, node);
	add_program(to, c, node);
	if (shell_names[n->shell])
		node_add_name(to, "shell", shell_names[n->shell]);
	add_node_tgid(to, "waits_for", c, n->waits_for);
	add_disposition(to, c, n);
	add_signal(to, c, node);
	add_watched(to, c, n);
}

static void add_edge_sender(struct node edge, const struct chain_edge *e)
{
	struct node sender = node_add_object(edge, "sender");

	json_add_sender_kind(sender, e->sender_kind);
	if (e->sender_kind != SENDER_KERNEL) {
		json_add_task(sender, &e->sender);
		json_add_place(sender, &e->sender);
	}
	if (e->origin != ORIGIN_NOT_KNOWN)
		node_add_name(sender, "origin", origin_name(e->origin));
	if (e->sender_kind == SENDER_KERNEL)
		json_add_origin_by(sender, e->origin, &e->sender);
}

static void add_edge(struct node to, const struct renderer_config *times, const struct chain *c,
		     const struct chain_edge *e)
{
	json_add_time(to, times, e->boot_ns);
	node_add_u64(to, "boot_ns", e->boot_ns);
	json_add_signal(to, e->sig);
	if (event_result_name(e->result))
		node_add_name(to, "result", event_result_name(e->result));
	node_add_name(to, "cause", cause_name(e->cause));
	add_edge_sender(to, e);
	node_add_u64(to, "target", tgid_of(c, e->target));
	node_add_bool(to, "asks", e->asks);
}

static void add_break(struct node to, const struct chain *c, const struct chain_break *b)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	node_add_u64(to, "at", tgid_of(c, b->at));
	node_add_name(to, "rule", chain_rule_name(b->rule));
	add_node_tgid(to, "missed", c, b->missed);
	node_add_u64(to, "missed_count", b->missed_count);
	node_add_u64(to, "beyond", b->beyond);
	strbuf_init(&text, data, sizeof(data));
	chain_write_break(c, b, &text);
	add_text(to, "explanation", &text);
	strbuf_reset(&text);
	if (chain_write_remedy(c, b, &text))
		add_text(to, "remedy", &text);
}

static void add_note(struct node to, const struct chain *c, const struct chain_note *n)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	node_add_name(to, "kind", chain_note_name(n->kind));
	add_node_tgid(to, "at", c, n->at);
	add_node_tgid(to, "other", c, n->other);
	node_add_u64(to, "count", n->count);
	strbuf_init(&text, data, sizeof(data));
	chain_write_note(c, n, &text);
	add_text(to, "explanation", &text);
}

static void add_watch(struct node document, const struct chain *c)
{
	if (!c->watched)
		return;
	node_add_u64(document, "deadline_ns", c->deadline_ns);
	node_add_u64_if_known(document, "first_ns", c->first_ns);
	if (c->ended_ns >= c->began_ns)
		node_add_u64(document, "elapsed_ns", c->ended_ns - c->began_ns);
	if (c->interrupted)
		node_add_bool(document, "interrupted", true);
	node_add_u64_if_known(document, "lost", c->lost);
	node_add_u64_if_known(document, "edges_dropped", c->edges_dropped);
}

/* Everything but the arrays. */
static void put_head(const struct chain *c, const struct inspect_sink *sink)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct json_piece piece;
	struct node document = json_piece_begin(&piece);
	struct strbuf text;

	json_add_type(document, "chain");
	node_add_u64(document, "root", tgid_of(c, c->root));
	/* Where others send, nothing was asked for. */
	if (!c->watched || c->sent) {
		json_add_signal(document, c->sig);
		node_add_name(document, "to", chain_to_name(c->to));
	}
	node_add_u64_if_known(document, "group", c->group);
	node_add_bool(document, "watched", c->watched);
	node_add_bool(document, "sent", c->sent);
	node_add_name(document, "evidence", process_evidence_name(c->table.evidence));
	node_add_u64_if_known(document, "hidden_up", c->hidden_up);
	add_watch(document, c);
	node_add_name(document, "verdict", chain_result_name(chain_result_of(c)));
	strbuf_init(&text, data, sizeof(data));
	chain_write_verdict(c, &text);
	add_text(document, "explanation", &text);
	json_piece_put(&piece, 1, sink);
}

/* What stands before the element of an array. */
static struct node begin_element(struct json_piece *piece, bool first,
				 const struct inspect_sink *sink)
{
	if (!first)
		json_put(sink, ",");
	return json_piece_begin(piece);
}

static void json_write(const struct chain_config *config, const struct chain *c,
		       const struct inspect_sink *sink)
{
	const struct renderer_config times = {
		.realtime_offset_ns = (int64_t)config->realtime_offset_ns};
	struct json_piece piece;

	put_head(c, sink);
	json_put(sink, ",\"nodes\":[");
	for (uint32_t i = 0; i < c->len; i++) {
		add_chain_node(begin_element(&piece, i == 0, sink), c, i);
		json_piece_put(&piece, 0, sink);
	}
	json_put(sink, "],\"edges\":[");
	for (size_t i = 0; i < c->edges_len; i++) {
		add_edge(begin_element(&piece, i == 0, sink), &times, c, &c->edges[i]);
		json_piece_put(&piece, 0, sink);
	}
	json_put(sink, "],\"breaks\":[");
	for (size_t i = 0; i < c->breaks_len; i++) {
		add_break(begin_element(&piece, i == 0, sink), c, &c->breaks[i]);
		json_piece_put(&piece, 0, sink);
	}
	json_put(sink, "],\"notes\":[");
	for (size_t i = 0; i < c->notes_len; i++) {
		add_note(begin_element(&piece, i == 0, sink), c, &c->notes[i]);
		json_piece_put(&piece, 0, sink);
	}
	json_put(sink, "]}\n");
}

const struct chain_ops chain_json = {
	.name = "json",
	.write = json_write,
};
