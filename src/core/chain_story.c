// SPDX-License-Identifier: BSD-2-Clause
#include "chain_story.h"

#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

/* From /proc a start is the beginning of its tick: 1 / USER_HZ s. */
#define TICK_NS UINT64_C(10000000)

#define BIT(number) (UINT64_C(1) << ((number)-1))

/* What people and programs send to end something. */
static const uint64_t plain = BIT(SIG_HUP) | BIT(SIG_INT) | BIT(SIG_QUIT) | BIT(SIG_TERM);

/* They end a process, too, but nobody who forwards sends them: clocks, faults, libc's own. */
static const uint64_t never_forwarded = BIT(SIG_ILL) | BIT(SIG_TRAP) | BIT(SIG_BUS) | BIT(SIG_FPE) |
					BIT(SIG_SEGV) | BIT(SIG_PIPE) | BIT(SIG_ALRM) |
					BIT(SIG_XCPU) | BIT(SIG_XFSZ) | BIT(SIG_VTALRM) |
					BIT(SIG_PROF) | BIT(SIG_IO) | BIT(SIG_SYS) | BIT(SIG_KILL) |
					BIT(KERNEL_SIGRTMIN) | BIT(KERNEL_SIGRTMIN + 1);

static bool is_same(const struct process *p, const struct report_task *task)
{
	return p->tgid == task->tgid && p->start_boot_ns / TICK_NS == task->start_boot_ns / TICK_NS;
}

uint32_t chain_story_node(const struct chain *c, const struct report_task *task)
{
	uint32_t node;

	if (task->source == REPORT_SOURCE_ABSENT)
		return CHAIN_NONE;
	node = chain_find(c, task->tgid);
	if (node == CHAIN_NONE || !c->nodes[node].in_tree || !is_same(c->nodes[node].process, task))
		return CHAIN_NONE;
	return node;
}

/*
 * zap_pid_ns_processes() kills in the context of the init, behind sched_process_exit: where the
 * kernel's stack has no names, that order still proves it.
 */
bool chain_story_is_teardown(const struct chain *c, const struct report *r)
{
	uint32_t init;

	if (r->sig != SIG_KILL || r->sender_kind != SENDER_KERNEL)
		return false;
	if (r->origin != ORIGIN_NOT_KNOWN)
		return r->origin == ORIGIN_PID_NAMESPACE_TEARDOWN;
	init = chain_story_node(c, &r->sender_acts_for);
	return init != CHAIN_NONE && c->nodes[init].process->namespace_init &&
	       c->nodes[init].end != CHAIN_END_NONE;
}

bool chain_story_from_others(const struct chain *c, const struct report *r, const struct verdict *v)
{
	if (r->result == EVENT_RESULT_OVERFLOW_FAIL ||
	    (v->cause == CAUSE_EXITING && v->effect == EFFECT_NONE))
		return false;
	if (sender_is_target(r) || chain_story_is_teardown(c, r))
		return false;
	switch (r->origin) {
	case ORIGIN_POSIX_TIMER:
	case ORIGIN_ITIMER:
	case ORIGIN_SIGPIPE:
	case ORIGIN_SIGIO:
	case ORIGIN_SECCOMP:
	case ORIGIN_CPU_LIMIT:
	case ORIGIN_FILE_SIZE_LIMIT:
	case ORIGIN_FAULT:
	case ORIGIN_CHILD:
		return false;
	case ORIGIN_NOT_KNOWN:
		return r->sender_kind == SENDER_USER || (signal_bit(r->sig) & plain) ||
		       r->sig == SIG_KILL;
	case ORIGIN_TTY_INTERRUPT:
	case ORIGIN_TTY_HANGUP:
	case ORIGIN_SESSION_LEADER_EXIT:
	case ORIGIN_ORPHANED_PROCESS_GROUP:
	case ORIGIN_OOM_KILLER:
	case ORIGIN_PID_NAMESPACE_TEARDOWN:
	case ORIGIN_CGROUP_KILL:
	case ORIGIN_PARENT_DEATH:
	case ORIGIN_COUNT:
		break;
	}
	return true;
}

static bool rewrites(const struct chain_node *sender, int sig)
{
	const struct program *program = &sender->program;
	const uint64_t terminal_stops = BIT(SIG_TSTP) | BIT(SIG_TTIN) | BIT(SIG_TTOU);

	if (program->by_name_only)
		return false;
	/* Their default action stops no session without a shell (core/program.h). */
	if (sig == SIG_STOP && program->kind == PROGRAM_DUMB_INIT &&
	    (signal_bit(sender->sig) & terminal_stops))
		return true;
	return program->rewrite_from && program->rewrite_to == sig;
}

bool chain_story_asks(const struct chain *c, const struct report *r, uint32_t sender)
{
	const uint64_t bit = signal_bit(r->sig);
	const enum default_action action = signal_default_action(r->sig);

	/* The process chose it for itself, and SIGKILL is the usual choice. */
	if (r->origin == ORIGIN_PARENT_DEATH)
		return true;
	if (r->sig == SIG_KILL)
		return c->first_sig == SIG_KILL;
	if (bit & (c->wanted | plain))
		return true;
	if (sender == CHAIN_NONE || !c->nodes[sender].got_ns)
		return false;
	if (rewrites(&c->nodes[sender], r->sig))
		return true;
	return (action == DEFAULT_TERMINATE || action == DEFAULT_CORE) && !(bit & never_forwarded);
}

bool chain_story_has_ended(const struct chain_node *n)
{
	return n->end != CHAIN_END_NONE || stuck_has_ended(n->process);
}
