// SPDX-License-Identifier: BSD-2-Clause
/* The clauses of the stuck report, one writer for each rule. */
#include <string.h>

#include "kernel_bits.h"
#include "signals.h"
#include "stuck.h"
#include "stuck_wait.h"
#include "stuck_words.h"
#include "syscalls.h"

typedef void (*write_fn)(const struct stuck_topic *c, struct strbuf *out);

/* Parts of clauses. */

static void write_wchan(const struct thread_place *place, struct strbuf *out)
{
	strbuf_add_escaped(out, place->wchan, sizeof(place->wchan));
}

/* " in system call read (nfs_wait_bit_killable)": whichever of the two is known. */
static void write_place(const struct thread *thread, struct strbuf *out)
{
	const struct thread_place *place = thread->place;
	const char *name;

	if (!place)
		return;
	if (place->syscall_known && place->in_syscall) {
		name = syscall_name(place->syscall);
		strbuf_add(out, " in system call ");
		if (name)
			strbuf_add(out, name);
		else
			strbuf_add_i64(out, place->syscall);
		if (place->wchan[0]) {
			strbuf_add(out, " (");
			write_wchan(place, out);
			strbuf_add_char(out, ')');
		}
	} else if (place->wchan[0]) {
		strbuf_add(out, " in ");
		write_wchan(place, out);
	}
}

static void write_asleep(const struct thread *thread, struct strbuf *out)
{
	if (thread->asleep_known) {
		strbuf_add(out, " for ");
		strbuf_add_duration(out, thread->asleep_ns);
	}
}

static void write_so_far(const struct thread *thread, struct strbuf *out)
{
	if (thread->asleep_known) {
		strbuf_add(out, ", ");
		strbuf_add_duration(out, thread->asleep_ns);
		strbuf_add(out, " so far");
	}
}

/*
 * "sleeps", "thread w[7] sleeps" or "3 threads sleep, such as w[7]": the process itself is the
 * subject where it has one thread only. What is said next is about that thread.
 */
static void write_threads(const struct stuck_topic *c, const char *one, const char *many,
			  struct strbuf *out)
{
	const struct thread *thread = c->f->thread;

	if (c->f->count > 1) {
		if (c->f->count == c->p->threads_len)
			strbuf_add(out, "all ");
		strbuf_add_u64(out, c->f->count);
		strbuf_add(out, " threads ");
		strbuf_add(out, many);
		strbuf_add(out, thread->tid == c->p->tgid ? ", the main thread " : ", such as ");
	} else if (c->p->threads_len > 1) {
		strbuf_add(out, thread->tid == c->p->tgid ? "the main thread " : "thread ");
	} else {
		strbuf_add(out, one);
		return;
	}
	stuck_put_name(thread->comm, thread->tid, out);
	if (c->f->count == 1) {
		strbuf_add_char(out, ' ');
		strbuf_add(out, one);
	}
}

/* " (SIGKILL)", " (exit code 1)"; nothing where /proc did not show it: 0 may mean that. */
static void write_status(const struct process *p, struct strbuf *out)
{
	const struct thread *leader = process_leader(p);
	uint32_t code = leader ? (uint32_t)leader->exit_code : 0;

	if (!stuck_knows(p, PROCESS_KNOWN_SIGNAL_FLAGS)) {
		if (!code)
			return;
	} else if (p->signal_flags & SIGNAL_GROUP_EXIT) {
		code = (uint32_t)p->group_exit_code;
	}
	strbuf_add(out, " (");
	if (code & 0x7f)
		stuck_put_signal((int)(code & 0x7f), out);
	else
		stuck_put_number("exit code ", code >> 8 & 0xff, out);
	strbuf_add_char(out, ')');
}

static void write_zombie(const struct stuck_topic *c, struct strbuf *out)
{
	const struct thread *traced = c->f->thread;

	strbuf_add(out, "a zombie: it has ended");
	write_status(c->p, out);
	if (traced) {
		strbuf_add(out, ", and its tracer ");
		stuck_put_process(c->f->other, traced->tracer_tgid, out);
		strbuf_add(out, " has not reaped ");
		if (traced->tid == c->p->tgid) {
			strbuf_add(out, "it");
		} else {
			strbuf_add(out, "its thread ");
			stuck_put_name(traced->comm, traced->tid, out);
		}
		return;
	}
	strbuf_add(out, ", and its parent ");
	if (c->p->parent_tgid) {
		stuck_put_process(c->f->other, c->p->parent_tgid, out);
		strbuf_add_char(out, ' ');
	}
	strbuf_add(out, "has not reaped it");
}

static void write_zombie_leader(const struct stuck_topic *c, struct strbuf *out)
{
	strbuf_add(out, "its main thread has exited, but ");
	strbuf_add_u64(out, c->f->count);
	strbuf_add(out, c->f->count == 1 ? " thread lives: " : " threads live, such as ");
	stuck_put_name(c->f->thread->comm, c->f->thread->tid, out);
}

static void write_namespace_teardown(const struct stuck_topic *c, struct strbuf *out)
{
	const struct process *left = c->f->other;

	strbuf_add(out, "PID 1 of a namespace, it ends after all others in there: ");
	/* Of processes that nobody asked for /proc was not asked in which namespace they are. */
	if (c->t->evidence == PROCESS_EVIDENCE_PROCFS)
		strbuf_add(out, "at least ");
	strbuf_add_u64(out, c->f->count);
	strbuf_add(out, c->f->count == 1 ? " is left, " : " are left, such as ");
	if (stuck_has_ended(left)) {
		strbuf_add(out, "the zombie ");
		stuck_put_process(left, left->tgid, out);
		strbuf_add(out, " that ");
		stuck_put_process(process_table_find(c->t, left->parent_tgid), left->parent_tgid,
				  out);
		strbuf_add(out, " has not reaped");
		return;
	}
	stuck_put_process(left, left->tgid, out);
	if (stuck_state_letter(left) == 'D')
		strbuf_add(out, " in uninterruptible sleep (D)");
}

static void write_core_dump(const struct stuck_topic *c, struct strbuf *out)
{
	(void)c;
	strbuf_add(out, "its core dump is being written");
}

static void write_frozen(const struct stuck_topic *c, struct strbuf *out)
{
	strbuf_add(out, "frozen by ");
	if (c->p->freezer_path) {
		strbuf_add(out, "cgroup ");
		strbuf_add_escaped(out, c->p->freezer_path, strlen(c->p->freezer_path));
	} else {
		strbuf_add(out, "the cgroup freezer");
	}
	strbuf_add(out, c->f->thread->frozen
				? " (v1): not even SIGKILL acts before it is thawed"
				: " (v2): only a signal that ends it acts before it is thawed");
}

static void write_traced(const struct stuck_topic *c, struct strbuf *out)
{
	const struct thread *thread = c->f->thread;
	bool held = task_state_letter(thread->state) == 't';

	if (held && c->f->count == 1 && c->p->threads_len > 1) {
		strbuf_add(out, "thread ");
		stuck_put_name(thread->comm, thread->tid, out);
		strbuf_add(out, " is ");
	} else if (held && c->f->count > 1) {
		strbuf_add_u64(out, c->f->count);
		strbuf_add(out, " threads are ");
	}
	strbuf_add(out, held ? "held by its tracer " : "traced by ");
	stuck_put_process(c->f->other, thread->tracer_tgid, out);
	strbuf_add(out, held ? ": nothing happens until that lets it run"
			     : ", which decides what becomes of its signals");
}

/* The signal that stopped it, until the parent has asked for it; 0: not known. */
static int stop_signal(const struct process *p)
{
	int sig = p->group_exit_code & 0x7f;

	if (!stuck_knows(p, PROCESS_KNOWN_SIGNAL_FLAGS) || !(p->signal_flags & SIGNAL_STOP_STOPPED))
		return 0;
	return sig && signal_default_action(sig) == DEFAULT_STOP ? sig : 0;
}

static void write_stopped(const struct stuck_topic *c, struct strbuf *out)
{
	int sig = stop_signal(c->p);

	strbuf_add(out, "stopped");
	if (sig) {
		strbuf_add(out, " by ");
		stuck_put_signal(sig, out);
	}
	strbuf_add(out, ": nothing but SIGKILL acts before a SIGCONT");
}

static void write_exec(const struct stuck_topic *c, struct strbuf *out)
{
	(void)c;
	strbuf_add(out, "one of its threads is in exec, which waits for the others to end");
}

static void write_vfork(const struct stuck_topic *c, struct strbuf *out)
{
	write_threads(c, "waits", "wait", out);
	strbuf_add(out, " in vfork (D) until its child ");
	stuck_put_process(c->f->other, c->f->other->tgid, out);
	strbuf_add(out, " calls exec or ends");
	write_so_far(c->f->thread, out);
}

static void write_uninterruptible(const struct stuck_topic *c, struct strbuf *out)
{
	const struct thread *thread = c->f->thread;

	write_threads(c, "is in uninterruptible sleep (D)", "are in uninterruptible sleep (D)",
		      out);
	write_place(thread, out);
	write_asleep(thread, out);
	if (stuck_is_killable(thread))
		strbuf_add(out, "; only a fatal signal wakes it");
}

static void write_exiting(const struct stuck_topic *c, struct strbuf *out)
{
	write_threads(c, "is on its way out", "are on their way out", out);
	write_place(c->f->thread, out);
	write_asleep(c->f->thread, out);
}

static void write_blocked(const struct stuck_topic *c, struct strbuf *out)
{
	const struct process *p = c->p;

	if (c->f->thread && p->threads_len > 1) {
		strbuf_add(out, "thread ");
		stuck_put_name(c->f->thread->comm, c->f->thread->tid, out);
		strbuf_add(out, " blocks ");
	} else if (c->f->count > 1) {
		strbuf_add(out, "all its threads block ");
	} else {
		strbuf_add(out, "it blocks ");
	}
	stuck_put_signal(c->f->sig, out);
	strbuf_add(out, ", which stays pending until it is unblocked");
	if (stuck_knows(p, PROCESS_KNOWN_SIGNALFD) && (p->signalfd & signal_bit(c->f->sig)))
		strbuf_add(out, ", or read from the signalfd that takes it");
}

static void write_awaited(const struct stuck_topic *c, const struct stuck_wait *wait,
			  struct strbuf *out)
{
	const struct process *only;
	uint32_t children;

	switch (wait->kind) {
	case STUCK_WAIT_PID:
		strbuf_add(out, "its child ");
		if (c->f->other) {
			stuck_put_process(c->f->other, c->f->other->tgid, out);
			return;
		}
		strbuf_add_u64(out, wait->number);
		if (c->p->ns_level)
			strbuf_add(out, " (as its PID namespace counts)");
		return;
	case STUCK_WAIT_GROUP:
		strbuf_add(out, "a child of one process group");
		return;
	case STUCK_WAIT_PIDFD:
		strbuf_add(out, "the child of a pidfd");
		return;
	case STUCK_WAIT_ANY:
		break;
	}
	children = stuck_count_children(c->t, c->p, &only);
	if (only) {
		strbuf_add(out, "its only child ");
		stuck_put_process(only, only->tgid, out);
	} else if (children) {
		stuck_put_number("any of its ", children, out);
		strbuf_add(out, " children");
	} else {
		strbuf_add(out, "any child or tracee");
	}
}

static void write_waits_for_child(const struct stuck_topic *c, struct strbuf *out)
{
	const struct thread *thread = c->f->thread;
	struct stuck_wait wait;

	write_threads(c, "waits", "wait", out);
	if (!stuck_wait_of(thread, &wait))
		return;
	strbuf_add(out, " (");
	strbuf_add(out, wait.syscall);
	strbuf_add(out, ") for ");
	write_awaited(c, &wait, out);
	write_so_far(thread, out);
	if (stuck_defers_trap(c->p, c->f->sig))
		strbuf_add(out,
			   "; a shell runs its traps only when its foreground child has ended");
}

static void write_running(const struct stuck_topic *c, struct strbuf *out)
{
	write_threads(c, "is running or ready to run (R)", "are running or ready to run (R)", out);
}

static void write_sleeping(const struct stuck_topic *c, struct strbuf *out)
{
	write_threads(c, "sleeps", "sleep", out);
	write_place(c->f->thread, out);
	write_asleep(c->f->thread, out);
}

/* By the enum, so that none is forgotten. */
static const write_fn writers[] = {
	[STUCK_RULE_ZOMBIE] = write_zombie,
	[STUCK_RULE_ZOMBIE_LEADER] = write_zombie_leader,
	[STUCK_RULE_NAMESPACE_TEARDOWN] = write_namespace_teardown,
	[STUCK_RULE_CORE_DUMP] = write_core_dump,
	[STUCK_RULE_FROZEN] = write_frozen,
	[STUCK_RULE_TRACED] = write_traced,
	[STUCK_RULE_STOPPED] = write_stopped,
	[STUCK_RULE_EXEC] = write_exec,
	[STUCK_RULE_VFORK] = write_vfork,
	[STUCK_RULE_UNINTERRUPTIBLE] = write_uninterruptible,
	[STUCK_RULE_EXITING] = write_exiting,
	[STUCK_RULE_BLOCKED] = write_blocked,
	[STUCK_RULE_WAITS_FOR_CHILD] = write_waits_for_child,
	[STUCK_RULE_RUNNING] = write_running,
	[STUCK_RULE_SLEEPING] = write_sleeping,
};
_Static_assert(sizeof(writers) / sizeof(writers[0]) == STUCK_RULE_COUNT, "writers");

void stuck_write(const struct process_table *t, const struct process *p,
		 const struct stuck_finding *f, struct strbuf *out)
{
	const struct stuck_topic c = {.t = t, .p = p, .f = f};

	writers[f->rule](&c, out);
}
