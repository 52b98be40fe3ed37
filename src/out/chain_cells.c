// SPDX-License-Identifier: BSD-2-Clause
#include "chain_cells.h"

#include <string.h>

#include "chain_phrases.h"
#include "row.h"
#include "signals.h"

#define NS_PER_MS 1000000

static const char *const look_marks[] = {
	[CHAIN_LOOK_BESIDE] = "·", [CHAIN_LOOK_GETS] = "✓",	 [CHAIN_LOOK_DROPS] = "!",
	[CHAIN_LOOK_NOT] = "✗",	   [CHAIN_LOOK_NOT_KNOWN] = "?",
};
_Static_assert(sizeof(look_marks) / sizeof(look_marks[0]) == CHAIN_LOOK_COUNT, "look_marks");

static const char *const does_words[] = {
	[CHAIN_DOES_NOTHING] = NULL,
	[CHAIN_DOES_END] = "ends",
	[CHAIN_DOES_STOP] = "stops",
	[CHAIN_DOES_HANDLE] = "handles it",
	[CHAIN_DOES_FORWARD] = "forwards it",
	[CHAIN_DOES_WAIT] = "waits",
	[CHAIN_DOES_RUN_TRAP] = "runs its trap",
	[CHAIN_DOES_DROP] = NULL, /* the verb says it already */
	[CHAIN_DOES_NOT_KNOWN] = "then not known",
};
_Static_assert(sizeof(does_words) / sizeof(does_words[0]) == CHAIN_DOES_COUNT, "does_words");

static bool has_begun(const struct chain *c)
{
	return !c->watched || c->first_ns != 0;
}

enum chain_look chain_cells_look(const struct chain *c, const struct chain_node *n)
{
	if (!has_begun(c) || (n->way == CHAIN_WAY_NONE && n->gets != CHAIN_NOT_KNOWN))
		return CHAIN_LOOK_BESIDE;
	switch (n->gets) {
	case CHAIN_YES:
		return n->does == CHAIN_DOES_DROP ? CHAIN_LOOK_DROPS : CHAIN_LOOK_GETS;
	case CHAIN_NO:
		return CHAIN_LOOK_NOT;
	case CHAIN_NOT_KNOWN:
	case CHAIN_ANSWER_COUNT:
		break;
	}
	return CHAIN_LOOK_NOT_KNOWN;
}

void chain_cells_write_signal(int sig, struct strbuf *out)
{
	const char *name = signal_name(sig);

	if (name) {
		strbuf_add(out, name);
		return;
	}
	strbuf_add(out, "SIG");
	strbuf_add_i64(out, sig);
}

static void write_verb(const struct chain *c, const struct chain_node *n, const char *now,
		       const char *past, struct strbuf *out)
{
	strbuf_add(out, c->watched ? past : now);
	if (n->sig != 0) {
		strbuf_add_char(out, ' ');
		chain_cells_write_signal(n->sig, out);
	}
}

static void write_beside(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = &c->nodes[node];

	if (!n->in_tree)
		strbuf_add(out, chain_is_below(c, c->root, node) ? "above" : "beside");
	else
		strbuf_add(out, process_is_zombie(n->process) ? "has ended" : "no signal");
}

void chain_cells_write_answer(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = &c->nodes[node];
	const enum chain_look look = chain_cells_look(c, n);

	strbuf_add(out, look_marks[look]);
	strbuf_add_char(out, ' ');
	switch (look) {
	case CHAIN_LOOK_BESIDE:
		write_beside(c, node, out);
		break;
	case CHAIN_LOOK_GETS:
		write_verb(c, n, "gets", "got", out);
		if (does_words[n->does]) {
			strbuf_add(out, ", ");
			strbuf_add(out, does_words[n->does]);
		}
		break;
	case CHAIN_LOOK_DROPS:
		write_verb(c, n, "drops", "dropped", out);
		break;
	case CHAIN_LOOK_NOT:
		strbuf_add(out, n->way == CHAIN_WAY_TEARDOWN || n->way == CHAIN_WAY_KILLED
					? "killed, not asked"
					: "not reached");
		break;
	case CHAIN_LOOK_NOT_KNOWN:
	case CHAIN_LOOK_COUNT:
		strbuf_add(out, "not known");
		break;
	}
}

void chain_cells_write_name(const struct chain_rows *rows, uint32_t node, struct strbuf *out)
{
	const struct chain_node *nodes = rows->chain->nodes;
	const struct chain_row *row = &rows->rows[node];
	const struct process *p = nodes[node].process;

	row_write_comm(out, p->comm, true);
	if (row->times <= 1) {
		strbuf_add_char(out, '[');
		chain_write_number(p, out);
		strbuf_add_char(out, ']');
		return;
	}
	strbuf_add(out, " ×");
	strbuf_add_u64(out, row->times);
	strbuf_add(out, " [");
	strbuf_add_u64(out, p->tgid);
	strbuf_add(out, row->times == 2 && row->count == 2 ? ", " : " …");
	/* Of those below a row for several, the last number says nothing. */
	if (row->times == row->count) {
		strbuf_add(out, row->times == 2 ? "" : " ");
		strbuf_add_u64(out, nodes[row->last].process->tgid);
	}
	strbuf_add_char(out, ']');
}

static void separate(struct strbuf *out, size_t start)
{
	if (out->len > start)
		strbuf_add(out, "; ");
}

/* Takes the separator away again where nothing came behind it. */
static void add_clause(const struct chain *c, uint32_t node,
		       void (*write)(const struct chain *c, uint32_t node, struct strbuf *out),
		       struct strbuf *out, size_t start)
{
	const size_t before = out->len;
	size_t behind;

	separate(out, start);
	behind = out->len;
	write(c, node, out);
	if (out->len > behind)
		return;
	out->len = before;
	out->data[before] = '\0';
}

/* As chain_put_at(): what is in a sentence is found in the column, too. */
void chain_cells_write_time(const struct chain *c, uint64_t boot_ns, struct strbuf *out)
{
	const uint64_t ms = boot_ns > c->first_ns ? (boot_ns - c->first_ns) / NS_PER_MS : 0;

	strbuf_add_u64(out, ms / 1000);
	strbuf_add_char(out, '.');
	strbuf_add_u64_padded(out, ms % 1000, 3);
	strbuf_add(out, " s");
}

static void write_status(const struct chain_node *n, struct strbuf *out)
{
	const uint32_t status = (uint32_t)n->status;

	if ((status & 0x7f) != 0) {
		strbuf_add(out, "killed by ");
		chain_cells_write_signal((int)(status & 0x7f), out);
	} else {
		strbuf_add(out, "exited with ");
		strbuf_add_u64(out, status >> 8 & 0xff);
	}
}

/* Its way or what it does with the signal says how it ended. */
static bool is_end_told(const struct chain_node *n)
{
	const int sig = (int)((uint32_t)n->status & 0x7f);

	if (n->way == CHAIN_WAY_TEARDOWN || n->way == CHAIN_WAY_KILLED)
		return true;
	return n->does == CHAIN_DOES_END && n->status_known && sig != 0 && sig == n->sig;
}

static void write_end(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = &c->nodes[node];

	if (n->end == CHAIN_END_NONE)
		return;
	if (is_end_told(n))
		strbuf_add(out, "ended");
	else if (n->status_known)
		write_status(n, out);
	else
		strbuf_add(out, "gone");
	chain_put_at(c, n->end_ns, out);
	if (!n->status_known)
		strbuf_add(out, ", how is not known");
}

void chain_cells_write_story(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const size_t start = out->len;

	if (c->nodes[node].way != CHAIN_WAY_NONE) {
		add_clause(c, node, chain_write_way, out, start);
		add_clause(c, node, chain_write_does, out, start);
	}
	add_clause(c, node, write_end, out, start);
}

/* A container where it begins: everything below is in it, too. */
static bool begins_container(const struct chain *c, const struct chain_node *n)
{
	const struct container *own = n->process->container;
	const struct container *above = n->parent == CHAIN_NONE
						? NULL
						: c->nodes[n->parent].process->container;

	return own && (!above || strcmp(own->id, above->id) != 0);
}

static void write_place(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const struct chain_node *n = &c->nodes[node];
	const size_t start = out->len;

	if (begins_container(c, n)) {
		strbuf_add(out, "in ");
		row_write_container(out, n->process->container);
	}
	if (!n->process->namespace_init)
		return;
	strbuf_add(out, out->len > start ? ", " : "");
	strbuf_add(out,
		   n->process->global_init ? "init of this machine" : "init of its PID namespace");
}

static void write_zombie(const struct chain *c, uint32_t node, struct strbuf *out)
{
	if (process_is_zombie(c->nodes[node].process))
		strbuf_add(out, "zombie: its parent has to reap it");
}

void chain_cells_write_facts(const struct chain *c, uint32_t node, struct strbuf *out)
{
	const size_t start = out->len;

	add_clause(c, node, write_place, out, start);
	add_clause(c, node, chain_write_program, out, start);
	add_clause(c, node, write_zombie, out, start);
	add_clause(c, node, chain_cells_write_story, out, start);
}

static void write_receiver(const struct chain *c, struct strbuf *out)
{
	switch (c->to) {
	case CHAIN_TO_PROCESS:
	case CHAIN_TO_COUNT:
		strbuf_add(out, "process ");
		chain_write_node(c, c->root, out);
		return;
	case CHAIN_TO_GROUP:
		strbuf_add(out, "the process group");
		break;
	case CHAIN_TO_FOREGROUND:
		strbuf_add(out, "the foreground group");
		break;
	}
	if (c->group != 0) {
		strbuf_add_char(out, ' ');
		strbuf_add_u64(out, c->group);
	}
	strbuf_add(out, c->to == CHAIN_TO_GROUP ? " of " : " of the terminal of ");
	chain_write_node(c, c->root, out);
}

static void write_watched(const struct chain *c, struct strbuf *out)
{
	strbuf_add(out, "watched for ");
	strbuf_add_duration(out, c->ended_ns > c->began_ns ? c->ended_ns - c->began_ns : 0);
	if (c->interrupted)
		strbuf_add(out, ", then interrupted");
}

void chain_cells_write_heading(const struct chain *c, struct strbuf *out)
{
	if (c->watched && !c->sent) {
		chain_write_node(c, c->root, out);
		strbuf_add(out, " and all below it: ");
		write_watched(c, out);
		return;
	}
	chain_cells_write_signal(c->sig, out);
	strbuf_add(out, " to ");
	write_receiver(c, out);
	if (c->watched) {
		strbuf_add(out, ": sent by sigtrace, ");
		write_watched(c, out);
		return;
	}
	strbuf_add(out, ": predicted, nothing was sent");
	if (c->table.evidence == PROCESS_EVIDENCE_PROCFS)
		strbuf_add(out, "; facts from /proc alone");
}
