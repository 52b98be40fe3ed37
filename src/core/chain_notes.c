// SPDX-License-Identifier: BSD-2-Clause
/* What is worth knowing of a tree and is no break. There are a few notes, however large it is. */
#include "chain_notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chain_phrases.h"
#include "signals.h"

/* One for each process that has the signal and shares its group with who misses it. */
#define GROUPS_MAX 8

struct collector {
	struct chain_note *list;
	size_t len;
	uint32_t groups;
};

/* Alike: of the same kind; for a group also with the same `other`. */
static void add(struct collector *all, enum chain_note_kind kind, uint32_t at, uint32_t other)
{
	const bool of_group = kind == CHAIN_NOTE_GROUP_REACHES;

	for (size_t i = 0; i < all->len; i++) {
		if (all->list[i].kind != kind || (of_group && all->list[i].other != other))
			continue;
		all->list[i].count++;
		return;
	}
	if (of_group && all->groups++ >= GROUPS_MAX)
		return;
	all->list[all->len++] = (struct chain_note){kind, at, other, 1};
}

/* Shells that are gone. */

static bool is_shell_word(const char *word)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "zsh", "ksh"};
	const char *slash = strrchr(word, '/');
	const char *name = slash ? slash + 1 : word;

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(name, shells[i]) == 0)
			return true;
	return false;
}

/* "-c", or with other options: "-ec". */
static bool is_command_option(const char *word)
{
	return word[0] == '-' && word[1] != '-' && strchr(word, 'c');
}

/*
 * Reads one word of a command. `text` points behind it afterwards. False: it is not `word`, or a
 * shell would make something else of it than what is written.
 */
static bool take_word(const char **text, const char *word)
{
	const char *p = *text;
	char quote = '\0';

	for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
			continue;
		}
		if (quote != '\'' && strchr(quote ? "$`\\!" : "|&;<>(){}$`\\*?[#~!\n", *p))
			return false;
		if (*word++ != *p)
			return false;
	}
	*text = p;
	return !quote && !*word;
}

/* Nothing but the one simple command that the process runs. */
static bool is_command_of(const char *text, const struct chain_node *n)
{
	size_t words = 0;
	const char *after = text;

	if (n->words_cut || n->words_len == 0)
		return false;
	while (*after == ' ' || *after == '\t')
		after++;
	text = after;
	if (take_word(&after, "exec") && *after)
		text = after;
	for (;; words++) {
		while (*text == ' ' || *text == '\t')
			text++;
		if (!*text)
			return words == n->words_len;
		if (words == n->words_len || !take_word(&text, n->words[words]))
			return false;
	}
}

/* The command of a wrapper is `sh -c '…'`, and its child is what stands in the quotes. */
static bool is_replaced_shell(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];
	const struct chain_node *parent = n->parent == CHAIN_NONE ? NULL : &c->nodes[n->parent];
	size_t command;

	if (!parent || parent->children != 1 || parent->words_cut || parent->program.by_name_only ||
	    program_is_shell(n->program.kind))
		return false;
	command = parent->program.command;
	if (command == 0 || command + 3 != parent->words_len)
		return false;
	return is_shell_word(parent->words[command]) &&
	       is_command_option(parent->words[command + 1]) &&
	       is_command_of(parent->words[command + 2], n);
}

/* Other questions about one process. */

static bool starts_container(const struct chain *c, uint32_t node)
{
	static const char *const commands[] = {"run", "exec", "start", "attach", "up", "compose"};
	const struct chain_node *n = &c->nodes[node];

	if (!chain_is(c, node, PROGRAM_DOCKER) && !chain_is(c, node, PROGRAM_COMPOSE))
		return false;
	for (size_t word = 1; word < n->words_len; word++)
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			if (strcmp(n->words[word], commands[i]) == 0)
				return true;
	return false;
}

static bool is_new_session(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	return node != c->root && n->gets != CHAIN_YES && n->process->sid == n->process->tgid &&
	       chain_other_session(c, node, n->parent);
}

static bool may_be_forwarded(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	return node != c->root && n->gets == CHAIN_NOT_KNOWN &&
	       n->way == CHAIN_WAY_PARENT_MAY_FORWARD;
}

/* And is known not to ignore the signal. */
static bool is_reached_by_group(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];
	const struct process *p = n->process;

	if (!chain_is_missed(c, node) || n->end != CHAIN_END_NONE ||
	    !chain_same_group(c, node, n->parent))
		return false;
	return (p->known & PROCESS_KNOWN_DISPOSITIONS) && !(p->ignored & signal_bit(c->sig));
}

static bool is_still_alive(const struct chain_node *n)
{
	const enum default_action action = n->sig ? signal_default_action(n->sig) : DEFAULT_IGNORE;

	if (n->gets != CHAIN_YES || n->end != CHAIN_END_NONE)
		return false;
	if (action != DEFAULT_TERMINATE && action != DEFAULT_CORE)
		return false;
	return n->does == CHAIN_DOES_HANDLE || n->does == CHAIN_DOES_FORWARD ||
	       n->does == CHAIN_DOES_RUN_TRAP;
}

static bool has_escaped(const struct chain *c, uint32_t node)
{
	const struct chain_node *n = &c->nodes[node];

	return node != c->root && n->end == CHAIN_END_NONE &&
	       c->nodes[n->parent].end != CHAIN_END_NONE;
}

static void look_at(const struct chain *c, uint32_t node, struct collector *all)
{
	const struct chain_node *n = &c->nodes[node];

	if (is_replaced_shell(c, node))
		add(all, CHAIN_NOTE_SHELL_REPLACED, node, n->parent);
	if (is_new_session(c, node))
		add(all, CHAIN_NOTE_NEW_SESSION, node, n->parent);
	if (starts_container(c, node))
		add(all, CHAIN_NOTE_BY_DAEMON, node, CHAIN_NONE);
	if (is_reached_by_group(c, node))
		add(all, CHAIN_NOTE_GROUP_REACHES, node, n->parent);
	if (!c->watched || !c->first_ns)
		return;
	if (is_still_alive(n))
		add(all, CHAIN_NOTE_STILL_ALIVE, node, CHAIN_NONE);
	if (has_escaped(c, node))
		add(all, CHAIN_NOTE_ESCAPED, node, n->parent);
}

/* It is said of the parent, once for all its children. */
static void look_for_handlers(const struct chain *c, struct collector *all, bool *seen)
{
	for (uint32_t i = 0; i < c->len; i++) {
		const uint32_t parent = c->nodes[i].parent;

		if (!c->nodes[i].in_tree || !may_be_forwarded(c, i) || seen[parent])
			continue;
		seen[parent] = true;
		add(all, CHAIN_NOTE_MAY_FORWARD, parent, i);
	}
}

/* At the root: those that are no nodes alone. */
static void look_beside(const struct chain *c, struct collector *all)
{
	bool any = false;

	for (uint32_t i = 0; c->to != CHAIN_TO_PROCESS && c->group && i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];

		if (!n->in_tree && (n->process->known & PROCESS_KNOWN_IDS) &&
		    n->process->pgid == c->group) {
			add(all, CHAIN_NOTE_BESIDE, i, CHAIN_NONE);
			any = true;
		}
	}
	if (c->to != CHAIN_TO_PROCESS && c->beside && !any)
		add(all, CHAIN_NOTE_BESIDE, c->root, CHAIN_NONE);
}

static int by_kind(const void *left, const void *right)
{
	const struct chain_note *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

int chain_find_notes(struct chain *c)
{
	bool *seen = calloc(c->len + 1UL, sizeof(*seen));
	struct collector all = {.list = calloc(CHAIN_NOTE_COUNT + GROUPS_MAX, sizeof(*all.list))};

	if (!seen || !all.list) {
		free(seen);
		free(all.list);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < c->len; i++)
		if (c->nodes[i].in_tree)
			look_at(c, i, &all);
	look_for_handlers(c, &all, seen);
	free(seen);
	look_beside(c, &all);
	if (c->to == CHAIN_TO_FOREGROUND && !c->group)
		add(&all, CHAIN_NOTE_NO_TERMINAL, c->root, CHAIN_NONE);
	qsort(all.list, all.len, sizeof(*all.list), by_kind);
	free(c->notes);
	c->notes = all.list;
	c->notes_len = all.len;
	return 0;
}
