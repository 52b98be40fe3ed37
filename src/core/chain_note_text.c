// SPDX-License-Identifier: BSD-2-Clause
/* What is worth knowing of a tree and is no break: one sentence for each note. */
#include "chain.h"
#include "chain_phrases.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct chain *c, const struct chain_note *n, struct strbuf *out);

static void put_nodes(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	chain_write_node(c, n->at, out);
	chain_put_more(n->count, out);
}

static bool is_many(const struct chain_note *n)
{
	return n->count > 1;
}

/* The word with which `starter` started a shell: "bash", "/bin/sh"; NULL: not known. */
static const char *shell_word(const struct chain *c, uint32_t starter)
{
	const struct chain_node *n = starter == CHAIN_NONE ? NULL : &c->nodes[starter];

	return n && n->program.command && n->program.command < n->words_len
		       ? n->words[n->program.command]
		       : NULL;
}

static void write_shell_replaced(const struct chain *c, const struct chain_note *n,
				 struct strbuf *out)
{
	const char *shell = shell_word(c, n->other);

	strbuf_add_char(out, '`');
	if (shell)
		chain_put_file(shell, out);
	else
		strbuf_add(out, "sh");
	strbuf_add(out, " -c` replaced itself by its last command, ");
	chain_write_node(c, n->at, out);
	strbuf_add(out, ": there is no ");
	if (shell)
		chain_put_file(shell, out);
	else
		strbuf_add(out, "shell");
	strbuf_add(out, " here");
	if (is_many(n)) {
		stuck_put_number("; nor in ", n->count - 1, out);
		strbuf_add(out, n->count == 2 ? " other place" : " other places");
	}
}

static void write_new_session(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const uint32_t parent = n->other != CHAIN_NONE ? n->other : c->nodes[n->at].parent;

	strbuf_add(out, "setsid put ");
	put_nodes(c, n, out);
	strbuf_add(out, " outside the group");
	if (is_many(n)) {
		strbuf_add(out, " of their parents");
	} else if (parent != CHAIN_NONE) {
		strbuf_add(out, " of ");
		chain_write_node(c, parent, out);
	}
}

static void write_may_forward(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const bool trap = c->nodes[n->at].does == CHAIN_DOES_RUN_TRAP ||
			  chain_has_trap(c, n->at, chain_signal_of(c, n->at));

	strbuf_add(out, "whether ");
	put_nodes(c, n, out);
	strbuf_add(out, is_many(n) ? " forward " : " forwards ");
	chain_put_signal(chain_signal_of(c, n->at), out);
	strbuf_add(out, " is not known: ");
	if (c->watched)
		strbuf_add(out, "the watch ended too early");
	else if (is_many(n))
		strbuf_add(out, "their programs decide");
	else
		strbuf_add(out, trap ? "its trap decides" : "its program decides");
}

static void write_by_daemon(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	strbuf_add(out, "the container's processes hang on the daemon's shim, not on ");
	chain_write_node(c, n->at, out);
	strbuf_add(out, ": sigtrace chain -c CONTAINER shows them");
}

/* Whoever else a kill to the group of the missed would hit: outside of what is below `top`. */
static uint32_t count_others(const struct chain *c, uint32_t missed, uint32_t top,
			     const struct process **first)
{
	const uint32_t group = c->nodes[missed].process->pgid;
	uint32_t count = 0;

	for (size_t i = 0; i < c->table.len; i++) {
		const struct process *p = &c->table.list[i];
		const uint32_t node = chain_find(c, p->tgid);

		if (!(p->known & PROCESS_KNOWN_IDS) || p->pgid != group ||
		    (node != CHAIN_NONE && top != CHAIN_NONE && chain_is_below(c, node, top)))
			continue;
		if (count++ == 0)
			*first = p;
	}
	return count;
}

/* A command that is to be pasted must not hit what nobody thinks of. */
static void put_others(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const struct process *first = NULL;
	const uint32_t count = count_others(c, n->at, n->other, &first);

	if (!count)
		return;
	strbuf_add(out, "; it would hit ");
	stuck_put_process(first, first->tgid, out);
	chain_put_more(count, out);
	strbuf_add(out, count > 1 ? ", too, which are not below " : ", too, which is not below ");
	chain_put_node(c, n->other, out);
}

/* `at` is the first of those that the group, which is known, has and the signal misses. */
static void write_group_reaches(const struct chain *c, const struct chain_note *n,
				struct strbuf *out)
{
	const int sig = chain_signal_of(c, n->other != CHAIN_NONE ? n->other : c->root);

	put_nodes(c, n, out);
	strbuf_add(out, is_many(n) ? " share" : " shares");
	strbuf_add(out, " the process group of ");
	chain_put_node(c, n->other, out);
	if (!chain_can_kill_group(c, n->at)) {
		strbuf_add(out, ": it is 1, and no kill can name that group (-1 means everybody)");
		return;
	}
	strbuf_add(out, ": `");
	chain_put_kill_group(c, n->at, sig, out);
	strbuf_add(out, is_many(n) ? "` would reach them" : "` would reach it");
	put_others(c, n, out);
}

static void write_beside(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const bool named = n->at != c->root;
	const uint32_t all = (named ? n->count : 0) + c->beside;

	if (named) {
		chain_write_node(c, n->at, out);
		chain_put_more(all, out);
	} else {
		strbuf_add_u64(out, all);
		strbuf_add(out, all > 1 ? " processes" : " process");
	}
	strbuf_add(out, all > 1 ? " are in process group " : " is in process group ");
	strbuf_add_u64(out, c->group);
	strbuf_add(out, ", but not below ");
	chain_write_node(c, c->root, out);
	strbuf_add(out, c->watched ? ": what was sent to the group reached "
				   : ": what is sent to the group reaches ");
	strbuf_add(out, all > 1 ? "them, too" : "it, too");
}

static void write_no_terminal(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[n->at];

	if (!at->tty[0]) {
		strbuf_add(out, at->tty_known ? "" : "whether ");
		chain_write_node(c, n->at, out);
		strbuf_add(out, at->tty_known
					? " has no controlling terminal, and so no foreground group"
					: " has a controlling terminal is not known");
		return;
	}
	strbuf_add(out, "the foreground group of ");
	strbuf_add_escaped(out, at->tty, sizeof(at->tty));
	strbuf_add(out, ", the terminal of ");
	chain_write_node(c, n->at, out);
	strbuf_add(out, ", is not known");
}

/* Whether it is meant to end by this signal nobody told. */
static void write_still_alive(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	const struct chain_node *at = &c->nodes[n->at];

	put_nodes(c, n, out);
	strbuf_add(out, " handled ");
	chain_put_signal(chain_signal_of(c, n->at), out);
	strbuf_add(out, is_many(n) ? " and are alive" : " and is alive");
	if (at->got_ns) {
		strbuf_add_char(out, ' ');
		chain_put_watched(c, n->at, out);
		strbuf_add(out, " later");
	}
	if (at->process->namespace_init)
		strbuf_add(out, "; an image that stops on another signal says so with STOPSIGNAL");
}

static void write_escaped(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	put_nodes(c, n, out);
	if (is_many(n)) {
		strbuf_add(out, " are alive, and their parents are gone");
		return;
	}
	strbuf_add(out, " is alive, and its parent ");
	if (n->other != CHAIN_NONE) {
		chain_write_node(c, n->other, out);
		strbuf_add_char(out, ' ');
	}
	strbuf_add(out, "is gone");
}

static const write_fn writers[] = {
	[CHAIN_NOTE_SHELL_REPLACED] = write_shell_replaced,
	[CHAIN_NOTE_NEW_SESSION] = write_new_session,
	[CHAIN_NOTE_MAY_FORWARD] = write_may_forward,
	[CHAIN_NOTE_BY_DAEMON] = write_by_daemon,
	[CHAIN_NOTE_GROUP_REACHES] = write_group_reaches,
	[CHAIN_NOTE_BESIDE] = write_beside,
	[CHAIN_NOTE_NO_TERMINAL] = write_no_terminal,
	[CHAIN_NOTE_STILL_ALIVE] = write_still_alive,
	[CHAIN_NOTE_ESCAPED] = write_escaped,
};
_Static_assert(sizeof(writers) / sizeof(writers[0]) == CHAIN_NOTE_COUNT, "a sentence each");

void chain_write_note(const struct chain *c, const struct chain_note *n, struct strbuf *out)
{
	writers[n->kind](c, n, out);
}
