// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a shell does right now, as the system call that it sits in and its children prove it; seen
 * with bash 5.2, dash 0.5.12 and the ash of busybox 1.35.
 *
 * For `wait` dash and ash sit in rt_sigsuspend, for a foreground child in wait4. bash sits in
 * wait4(-1) for both. There the youngest child tells: who waits for a foreground child starts
 * nothing meanwhile, so that child is the last one that was started. And a job that was started
 * with & has SIGINT and SIGQUIT ignored, which exec keeps; one in the foreground has neither.
 * Children of both kinds that were started earlier say nothing: `exec > >(tee log)` leaves one for
 * good. With job control no signal is ignored, bash asks wait4() for stopped children, too, and the
 * terminal's foreground group is that of the foreground child.
 */
#include <string.h>

#include "chain_index.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_wait.h"
#include "syscalls.h"

/* include/uapi/linux/wait.h */
#define WAIT_UNTRACED 2

enum started {
	STARTED_NOT_KNOWN,
	STARTED_FOREGROUND, /* or without & in another way: <(…) */
	STARTED_BACKGROUND,
};

struct children {
	uint32_t count; /* all that live */
	uint32_t background;
	uint32_t not_background;
	uint32_t last; /* the one that was started last */
	uint32_t last_not_background;
	enum started last_started;
};

static bool is_proven(const struct chain_node *n, enum program_kind kind)
{
	return n->program.kind == kind && !n->program.by_name_only;
}

static bool is_plain_shell(const struct chain_node *n)
{
	return is_proven(n, PROGRAM_BASH) || is_proven(n, PROGRAM_DASH) ||
	       is_proven(n, PROGRAM_ASH);
}

static bool is_open(const struct process *p, int sig)
{
	return !((p->ignored | p->caught) & signal_bit(sig));
}

/*
 * A program that catches SIGINT says nothing by that: many do so whatever they inherit. A shell
 * does not: what is ignored when it begins stays ignored. And system(3) ignores both signals, too,
 * while it blocks SIGCHLD.
 */
static enum started how_started(const struct process *shell, const struct chain_node *child)
{
	const uint64_t keyboard = signal_bit(SIG_INT) | signal_bit(SIG_QUIT);
	const struct process *p = child->process;
	const struct thread *leader = process_leader(p);
	const bool is_shell = is_plain_shell(child);

	if (!(shell->known & p->known & PROCESS_KNOWN_DISPOSITIONS) ||
	    (shell->ignored & signal_bit(SIG_INT)) || !leader)
		return STARTED_NOT_KNOWN;
	if ((p->ignored & keyboard) == keyboard)
		return is_shell || !(leader->blocked & signal_bit(SIG_CHLD)) ? STARTED_BACKGROUND
									     : STARTED_NOT_KNOWN;
	if (is_open(p, SIG_INT) || is_open(p, SIG_QUIT))
		return STARTED_FOREGROUND;
	return is_shell && !(p->ignored & signal_bit(SIG_INT)) ? STARTED_FOREGROUND
							       : STARTED_NOT_KNOWN;
}

static struct children look_at_children(const struct chain *c, const struct chain_index *x,
					uint32_t shell)
{
	struct children all = {.last = CHAIN_NONE, .last_not_background = CHAIN_NONE};

	for (uint32_t i = x->first_child[shell]; i != CHAIN_NONE; i = x->next_sibling[i]) {
		const struct chain_node *child = &c->nodes[i];
		const enum started started = how_started(c->nodes[shell].process, child);

		if (chain_is_gone(child))
			continue;
		all.count++;
		if (started == STARTED_BACKGROUND) {
			all.background++;
		} else {
			all.not_background++;
			all.last_not_background = i;
		}
		/* Siblings are in the order of their numbers: of two that began in one tick of
		 * /proc the later one has the higher number. */
		if (all.last == CHAIN_NONE ||
		    child->process->start_boot_ns >= c->nodes[all.last].process->start_boot_ns) {
			all.last = i;
			all.last_started = started;
		}
	}
	return all;
}

static void wait_in_foreground(struct chain_node *n, const struct children *all)
{
	n->shell = CHAIN_SHELL_WAITS_FOREGROUND;
	if (all->count == 1)
		n->waits_for = all->last;
	else if (all->not_background == 1)
		n->waits_for = all->last_not_background;
}

/* An init has adopted children, too: the last one that began need not be its own. */
static enum started kind_of_wait(const struct chain_node *n, const struct children *all)
{
	if (!n->process->namespace_init && !n->process->global_init)
		return all->last_started;
	if (all->background == all->count)
		return STARTED_BACKGROUND;
	return all->background == 0 ? all->last_started : STARTED_NOT_KNOWN;
}

/* bash -m, and an interactive one. */
static void find_job(const struct chain *c, const struct chain_index *x, uint32_t shell,
		     struct chain_node *n)
{
	uint32_t found = CHAIN_NONE, count = 0;

	if (!n->tty_known || !n->tty[0])
		return;
	for (uint32_t i = x->first_child[shell]; i != CHAIN_NONE; i = x->next_sibling[i]) {
		const struct chain_node *child = &c->nodes[i];

		if (chain_is_gone(child) || !child->tty_known || !child->foreground)
			continue;
		found = i;
		count++;
	}
	if (n->foreground) {
		n->shell = CHAIN_SHELL_WAITS_BUILTIN;
	} else if (count) {
		n->shell = CHAIN_SHELL_WAITS_FOREGROUND;
		n->waits_for = count == 1 ? found : CHAIN_NONE;
	}
}

static void find_bash(const struct chain *c, const struct chain_index *x, uint32_t shell,
		      struct chain_node *n)
{
	const struct thread *leader = process_leader(n->process);
	struct stuck_wait wait;
	struct children all;

	if (!leader || !stuck_wait_of(leader, &wait) || wait.kind != STUCK_WAIT_ANY ||
	    strcmp(wait.syscall, "wait4") != 0)
		return;
	if (leader->place->args[2] & WAIT_UNTRACED) {
		find_job(c, x, shell, n);
		return;
	}
	all = look_at_children(c, x, shell);
	switch (kind_of_wait(n, &all)) {
	case STARTED_BACKGROUND:
		n->shell = CHAIN_SHELL_WAITS_BUILTIN;
		break;
	case STARTED_FOREGROUND:
		wait_in_foreground(n, &all);
		break;
	case STARTED_NOT_KNOWN:
		break;
	}
}

/* dash and ash. A very old ash sits in wait4 for `wait`, too. */
static void find_almquist(const struct chain *c, const struct chain_index *x, uint32_t shell,
			  struct chain_node *n)
{
	const struct thread *leader = process_leader(n->process);
	const char *syscall = NULL;
	struct stuck_wait wait;
	struct children all;

	if (!leader || !leader->place || !leader->place->syscall_known ||
	    !leader->place->in_syscall)
		return;
	syscall = syscall_name(leader->place->syscall);
	if (syscall && strcmp(syscall, "rt_sigsuspend") == 0) {
		n->shell = CHAIN_SHELL_WAITS_BUILTIN;
		return;
	}
	if (!stuck_wait_of(leader, &wait) || wait.kind != STUCK_WAIT_ANY)
		return;
	all = look_at_children(c, x, shell);
	if (all.last_started != STARTED_BACKGROUND)
		wait_in_foreground(n, &all);
}

static bool has_live_child(const struct chain *c, const struct chain_index *x, uint32_t node)
{
	for (uint32_t i = x->first_child[node]; i != CHAIN_NONE; i = x->next_sibling[i])
		if (!chain_is_gone(&c->nodes[i]))
			return true;
	return false;
}

void chain_find_shells(struct chain *c)
{
	struct chain_index x;

	/* Without memory nothing is known. */
	if (chain_index_init(&x, c))
		return;
	for (uint32_t i = 0; i < c->len; i++) {
		struct chain_node *n = &c->nodes[i];

		n->shell = CHAIN_SHELL_NOT_KNOWN;
		n->waits_for = CHAIN_NONE;
		/* Above the root not all children are nodes. */
		if (!n->in_tree || !program_is_shell(n->program.kind) || n->program.by_name_only ||
		    chain_is_gone(n))
			continue;
		if (!has_live_child(c, &x, i))
			n->shell = CHAIN_SHELL_READS;
		else if (n->program.kind == PROGRAM_BASH)
			find_bash(c, &x, i, n);
		else if (n->program.kind == PROGRAM_DASH || n->program.kind == PROGRAM_ASH)
			find_almquist(c, &x, i, n);
	}
	chain_index_free(&x);
}
