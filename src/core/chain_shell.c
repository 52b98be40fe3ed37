// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a shell does right now, as the system call that it sits in and its children prove it; seen
 * with bash 5.2, dash 0.5.12 and the ash of busybox 1.35.
 *
 * For `wait` dash and ash sit in rt_sigsuspend, for a foreground child in wait4. bash sits in
 * wait4(-1) for both. There the youngest child tells: who waits for a foreground child starts
 * nothing meanwhile, so that child is the last one that was started.
 *
 * A job that was started with & has SIGINT and SIGQUIT ignored, which exec keeps. That it does not
 * ignore them proves less: a program may have reset them (node resets all when it begins; env
 * --default-signal=INT cmd), and `exec > >(tee log)` leaves a child that never ignored them. It is
 * a foreground child if the text of -c leaves nothing else. A script's text is not known here:
 * there its program must be one that keeps what it begins with, and so must be those of all other
 * children, for bash may be in `wait` for them.
 *
 * With job control no signal is ignored, bash asks wait4() for stopped children, too, and the
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
	STARTED_OPEN, /* it does not ignore both: in the foreground, <(…), or it has reset them */
	STARTED_KEPT, /* the same, and its program does not reset them by itself */
	STARTED_BACKGROUND,
};

struct children {
	uint32_t count; /* all that live */
	uint32_t kept;
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

/* A subshell: it was not exec'd. */
static bool same_words(const struct chain_node *a, const struct chain_node *b)
{
	if (!a->words_len || a->words_len != b->words_len)
		return false;
	for (size_t i = 0; i < a->words_len; i++)
		if (strcmp(a->words[i], b->words[i]) != 0)
			return false;
	return true;
}

/*
 * What a shell ignored when it began it ignores for good. A subshell may reset SIGINT with `trap -
 * INT`, though; without that it ignores neither or both.
 */
static bool shell_keeps(const struct chain_node *shell, const struct chain_node *child)
{
	const uint64_t ignored = child->process->ignored;

	return is_plain_shell(child) && !(ignored & signal_bit(SIG_INT)) &&
	       !((ignored & signal_bit(SIG_QUIT)) && same_words(shell, child));
}

/*
 * A program that catches SIGINT says nothing by that: many do so whatever they inherit. And
 * system(3) ignores both signals, too, while it blocks SIGCHLD.
 */
static enum started how_started(const struct chain_node *shell, const struct chain_node *child)
{
	const uint64_t keyboard = signal_bit(SIG_INT) | signal_bit(SIG_QUIT);
	const struct process *p = child->process;
	const struct thread *leader = process_leader(p);
	const bool no_int = p->ignored & signal_bit(SIG_INT);

	if (!(shell->process->known & p->known & PROCESS_KNOWN_DISPOSITIONS) ||
	    (shell->process->ignored & signal_bit(SIG_INT)) || !leader)
		return STARTED_NOT_KNOWN;
	if ((p->ignored & keyboard) == keyboard)
		return is_plain_shell(child) || !(leader->blocked & signal_bit(SIG_CHLD))
			       ? STARTED_BACKGROUND
			       : STARTED_NOT_KNOWN;
	if (shell_keeps(shell, child) ||
	    (is_open(p, SIG_QUIT) &&
	     (is_open(p, SIG_INT) || (program_is_python(child->exe) && !no_int))))
		return STARTED_KEPT;
	return is_open(p, SIG_INT) || is_open(p, SIG_QUIT) ? STARTED_OPEN : STARTED_NOT_KNOWN;
}

static struct children look_at_children(const struct chain *c, const struct chain_index *x,
					uint32_t shell)
{
	struct children all = {.last = CHAIN_NONE, .last_not_background = CHAIN_NONE};

	for (uint32_t i = x->first_child[shell]; i != CHAIN_NONE; i = x->next_sibling[i]) {
		const struct chain_node *child = &c->nodes[i];
		const enum started started = how_started(&c->nodes[shell], child);

		if (chain_is_gone(child))
			continue;
		all.count++;
		all.kept += started == STARTED_KEPT;
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

static enum program_answer text_waits(const struct chain_node *n, uint32_t jobs)
{
	/* What is cut may be the text. */
	if (n->program.runs != PROGRAM_RUNS_COMMAND || !n->program.operand || n->words_cut)
		return PROGRAM_ANSWER_NOT_KNOWN;
	return program_text_waits(n->program.operand, jobs);
}

/*
 * An init has adopted children, too: the last one that began need not be its own, and one that
 * ignores both signals need not be a job of its text.
 */
static enum chain_shell find_wait(const struct chain_node *n, const struct children *all)
{
	const bool adopts = n->process->namespace_init || n->process->global_init;

	if (all->last_started == STARTED_NOT_KNOWN)
		return CHAIN_SHELL_NOT_KNOWN;
	if (all->last_started == STARTED_BACKGROUND)
		return adopts && all->background < all->count ? CHAIN_SHELL_NOT_KNOWN
							      : CHAIN_SHELL_WAITS_BUILTIN;
	switch (text_waits(n, adopts ? 0 : all->background)) {
	case PROGRAM_NO:
		return CHAIN_SHELL_WAITS_FOREGROUND;
	case PROGRAM_YES:
		return CHAIN_SHELL_NOT_KNOWN;
	case PROGRAM_ANSWER_NOT_KNOWN:
		break;
	}
	return all->kept == all->count ? CHAIN_SHELL_WAITS_FOREGROUND : CHAIN_SHELL_NOT_KNOWN;
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
	n->shell = find_wait(n, &all);
	if (n->shell == CHAIN_SHELL_WAITS_FOREGROUND)
		wait_in_foreground(n, &all);
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
