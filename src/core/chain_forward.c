// SPDX-License-Identifier: BSD-2-Clause
/*
 * Of programs whose file proves what they are: seen with tini 0.19, dumb-init 1.2.5, catatonit
 * 0.1.7, timeout of coreutils 9.1, sudo 1.9.13 and su of util-linux 2.38. To whom they send it is
 * proven by what they made of their child, a process group or a session of its own,
 * and by the command that they were told to start.
 */
#include <string.h>

#include "chain_forward.h"
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"

/* "#!/usr/bin/env -S": one, and one option at the most. */
#define INTERPRETER_WORDS_MAX 2

struct scene {
	const struct chain *c;
	const struct chain_index *x;
	uint32_t node;
	int sig;
	bool by_terminal;
};

typedef bool (*is_child_fn)(const struct process *p, const struct process *child);

static const struct chain_forward not_known = {.child = CHAIN_NONE};

static const struct chain_node *self(const struct scene *s)
{
	return &s->c->nodes[s->node];
}

static bool any_child(const struct process *p, const struct process *child)
{
	(void)p;
	(void)child;
	return true;
}

static bool leads_group(const struct process *p, const struct process *child)
{
	(void)p;
	return child->pgid == child->tgid;
}

static bool leads_session(const struct process *p, const struct process *child)
{
	(void)p;
	return child->sid == child->tgid;
}

static bool shares_group(const struct process *p, const struct process *child)
{
	return child->pgid == p->pgid;
}

/*
 * Its arguments are those of the command that its parent was told to start. In front of a script's
 * stand its interpreter and perhaps an option of that; and the path at which it was found.
 */
static bool runs_command(const struct chain_node *parent, const struct chain_node *child)
{
	const size_t command = parent->program.command;
	size_t len, first;

	if (!command || parent->words_cut || child->words_cut || parent->words_len <= command)
		return false;
	len = parent->words_len - command;
	if (child->words_len < len || child->words_len > len + INTERPRETER_WORDS_MAX)
		return false;
	first = child->words_len - len;
	for (size_t i = 1; i < len; i++)
		if (strcmp(parent->words[command + i], child->words[first + i]) != 0)
			return false;
	return strcmp(program_base(parent->words[command]), program_base(child->words[first])) == 0;
}

/*
 * The child that it started: the only one that looks like it, or the only one of these that runs
 * its command. An init has others: it adopts, and there are those that the shell started which it
 * has replaced (`setsid a & exec tini b`). These are older, so age proves nothing.
 */
static uint32_t find_child(const struct scene *s, is_child_fn is_it)
{
	const struct chain_node *nodes = s->c->nodes;
	uint32_t found = CHAIN_NONE, count = 0, named = CHAIN_NONE, named_count = 0;

	for (uint32_t i = s->x->first_child[s->node]; i != CHAIN_NONE; i = s->x->next_sibling[i]) {
		const struct process *child = nodes[i].process;

		if (!(child->known & PROCESS_KNOWN_IDS) || !is_it(self(s)->process, child))
			continue;
		found = i;
		count++;
		if (runs_command(self(s), &nodes[i])) {
			named = i;
			named_count++;
		}
	}
	if (count == 1)
		return found;
	return named_count == 1 ? named : CHAIN_NONE;
}

static struct chain_forward to_child(uint32_t child, int sig)
{
	return (struct chain_forward){.kind = CHAIN_FORWARDS, .sig = sig, .child = child};
}

/* Both give the child a process group of its own; with -g they use kill(-child). */
static struct chain_forward by_tini(const struct scene *s)
{
	const enum program_answer to_group = self(s)->program.to_group;
	struct chain_forward f = to_child(find_child(s, leads_group), s->sig);

	if (to_group == PROGRAM_ANSWER_NOT_KNOWN || f.child == CHAIN_NONE)
		return not_known;
	if (to_group == PROGRAM_YES)
		f.group = s->c->nodes[f.child].process->tgid;
	return f;
}

/*
 * In its usual mode the child leads a session, and terminal stops become SIGSTOP: they would have
 * no effect on a group without a shell above it.
 */
static struct chain_forward by_dumb_init(const struct scene *s)
{
	const struct program *program = &self(s)->program;
	const bool rewrites = program->rewrite_from != 0;
	uint32_t child = find_child(s, any_child);
	struct chain_forward f;
	bool by_group;

	if (child == CHAIN_NONE && program->to_group == PROGRAM_YES)
		child = find_child(s, leads_session);
	by_group = child != CHAIN_NONE && program->to_group == PROGRAM_YES &&
		   leads_session(self(s)->process, s->c->nodes[child].process);
	f = to_child(child, s->sig);
	if (by_group)
		f.group = s->c->nodes[child].process->tgid;
	if (rewrites && program->rewrite_from == s->sig) {
		f.sig = program->rewrite_to;
		return f.sig ? f
			     : (struct chain_forward){.kind = CHAIN_FORWARDS_KEPT,
						      .child = CHAIN_NONE};
	}
	if (program->rewrite_more)
		return not_known;
	if (by_group && (s->sig == SIG_TSTP || s->sig == SIG_TTIN || s->sig == SIG_TTOU))
		f.sig = SIG_STOP;
	return f;
}

static bool is_stopped(const struct chain_node *n)
{
	const struct thread *leader = process_leader(n->process);

	return !chain_is_gone(n) &&
	       ((leader ? leader->state : n->process->leader_state) & TASK_STOPPED);
}

/*
 * Without --foreground timeout sends SIGCONT behind all but SIGKILL and SIGCONT. What is stopped
 * goes on, and acts on both: that is not predicted.
 */
static bool continues_one(const struct scene *s, const struct chain_forward *f)
{
	size_t place = 0;
	uint32_t i;

	if (f->child != CHAIN_NONE && is_stopped(&s->c->nodes[f->child]))
		return true;
	while ((i = chain_index_next_member(s->x, f->group, &place)) != CHAIN_NONE)
		if (i != s->node && is_stopped(&s->c->nodes[i]))
			return true;
	return false;
}

/* The child, and everything in its own group, which is a new one but for --foreground. */
static struct chain_forward by_timeout(const struct scene *s)
{
	const struct process *p = self(s)->process;
	struct chain_forward f = to_child(find_child(s, any_child), s->sig);

	/* SIGALRM is its own clock's: it sends what -s says. */
	if (s->sig == SIG_ALRM)
		return not_known;
	if (self(s)->program.to_group == PROGRAM_NO)
		return f;
	if (self(s)->program.to_group != PROGRAM_YES || p->pgid != p->tgid)
		return not_known;
	f.group = p->pgid;
	return continues_one(s, &f) ? not_known : f;
}

/*
 * What Ctrl-C sends the command gets from the terminal itself, and sudo does not relay it. (Nor
 * what a member of its own group sends, if it leads one; in a tree that is above it nobody is.)
 * With a pty the monitor, another sudo, is in between.
 */
static struct chain_forward by_sudo(const struct scene *s)
{
	const uint32_t child = find_child(s, shares_group);

	if (child == CHAIN_NONE || s->c->nodes[child].program.kind == PROGRAM_SUDO)
		return not_known;
	if (s->by_terminal && (s->sig == SIG_INT || s->sig == SIG_QUIT || s->sig == SIG_TSTP))
		return (struct chain_forward){.kind = CHAIN_FORWARDS_KEPT, .child = CHAIN_NONE};
	return to_child(child, s->sig);
}

static struct chain_forward by_su(const struct scene *s)
{
	if (s->sig != SIG_TERM)
		return not_known;
	return to_child(find_child(s, any_child), s->sig);
}

struct chain_forward chain_forward_of(const struct chain *c, const struct chain_index *x,
				      uint32_t node, int sig, bool by_terminal)
{
	static struct chain_forward (*const forwarders[PROGRAM_COUNT])(const struct scene *s) = {
		[PROGRAM_TINI] = by_tini,	    [PROGRAM_CATATONIT] = by_tini,
		[PROGRAM_DUMB_INIT] = by_dumb_init, [PROGRAM_TIMEOUT] = by_timeout,
		[PROGRAM_SUDO] = by_sudo,	    [PROGRAM_SU] = by_su,
	};
	const struct program *program = &c->nodes[node].program;
	const struct scene s = {c, x, node, sig, by_terminal};
	struct chain_forward f;

	/* All of them reap with it. */
	if (program->by_name_only || !forwarders[program->kind] || sig == SIG_CHLD ||
	    !(c->nodes[node].process->known & PROCESS_KNOWN_IDS))
		return not_known;
	f = forwarders[program->kind](&s);
	/* To somebody, but to whom? */
	if (f.kind == CHAIN_FORWARDS && f.child == CHAIN_NONE)
		return not_known;
	return f;
}
