// SPDX-License-Identifier: BSD-2-Clause
/* What to do about a finding of the stuck report. */
#include <string.h>

#include "signals.h"
#include "stuck.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct stuck_topic *c, struct strbuf *out);

static void write_inspect(const struct process *p, struct strbuf *out)
{
	stuck_put_number("see what holds that: sigtrace inspect -p ", p->tgid, out);
}

static void remedy_zombie(const struct stuck_topic *c, struct strbuf *out)
{
	const struct process *parent = c->f->other;

	if (c->f->thread) {
		strbuf_add(out, "no signal removes a zombie: ");
		stuck_put_process(c->f->other, c->f->thread->tracer_tgid, out);
		strbuf_add(out, " must wait() for it, detach, or end");
		return;
	}
	strbuf_add(out, "no signal removes a zombie: ");
	if (c->p->parent_tgid)
		stuck_put_process(parent, c->p->parent_tgid, out);
	else
		strbuf_add(out, "its parent");
	strbuf_add(out, " must wait() for it");
	if (parent && parent->namespace_init && !parent->global_init)
		strbuf_add(out,
			   "; as PID 1 it gets the orphans of its namespace, too: start an init "
			   "in front of it (docker run --init, tini)");
	else if (!parent || !parent->global_init)
		strbuf_add(out, ", or end itself");
}

static void remedy_zombie_leader(const struct stuck_topic *c, struct strbuf *out)
{
	stuck_put_number("ps shows it as defunct, but it is no zombie: see its threads with "
			 "ps -L -p ",
			 c->p->tgid, out);
}

static void remedy_namespace_teardown(const struct stuck_topic *c, struct strbuf *out)
{
	const struct process *left = c->f->other;

	if (!stuck_has_ended(left)) {
		write_inspect(left, out);
		return;
	}
	stuck_put_process(process_table_find(c->t, left->parent_tgid), left->parent_tgid, out);
	strbuf_add(out, " must wait() for it, or end itself");
}

static void remedy_core_dump(const struct stuck_topic *c, struct strbuf *out)
{
	stuck_put_number("wait for the dump to end, or give it up: kill -KILL ", c->p->tgid, out);
}

/* Words, not a command to paste: who named the cgroup may have had ideas. */
static void remedy_frozen(const struct stuck_topic *c, struct strbuf *out)
{
	const char *path = c->p->freezer_path;
	bool v1 = c->f->thread->frozen;

	strbuf_add(out, "thaw it: docker unpause, or write ");
	strbuf_add(out, v1 ? "THAWED to " : "0 to ");
	if (path) {
		strbuf_add_escaped(out, path, strlen(path));
		strbuf_add_char(out, '/');
	}
	strbuf_add(out, v1 ? "freezer.state" : "cgroup.freeze");
	if (!path)
		strbuf_add(out, " of its cgroup");
}

static void remedy_traced(const struct stuck_topic *c, struct strbuf *out)
{
	if (task_state_letter(c->f->thread->state) != 't')
		return;
	strbuf_add(out, "let the tracer continue it, detach, or end");
}

static void remedy_stopped(const struct stuck_topic *c, struct strbuf *out)
{
	stuck_put_number("kill -CONT ", c->p->tgid, out);
}

static void remedy_vfork(const struct stuck_topic *c, struct strbuf *out)
{
	write_inspect(c->f->other, out);
}

static void remedy_uninterruptible(const struct stuck_topic *c, struct strbuf *out)
{
	const struct thread *thread = c->f->thread;

	if (stuck_is_killable(thread)) {
		/* On its way already, if the process is dying. */
		if (!process_is_dying(c->p))
			stuck_put_number("kill -KILL ", c->p->tgid, out);
		return;
	}
	strbuf_add(out, "no signal ends that wait, often for a disk, NFS or a lock: see /proc/");
	strbuf_add_u64(out, c->p->tgid);
	stuck_put_number("/task/", thread->tid, out);
	strbuf_add(out, "/stack");
}

static void remedy_blocked(const struct stuck_topic *c, struct strbuf *out)
{
	strbuf_add(out, "unblock ");
	stuck_put_signal(c->f->sig, out);
	strbuf_add(out, " in the program (a blocked mask is inherited across fork and exec); ");
	stuck_put_number("SIGKILL cannot be blocked: kill -KILL ", c->p->tgid, out);
}

static void remedy_waits_for_child(const struct stuck_topic *c, struct strbuf *out)
{
	if (stuck_defers_trap(c->p, c->f->sig)) {
		strbuf_add(out, "let it start the command with & and `wait` for it, which a trap "
				"interrupts, or `exec` the last command");
		if (c->f->other)
			stuck_put_number("; now: kill ", c->f->other->tgid, out);
	} else if (c->f->other) {
		write_inspect(c->f->other, out);
	}
}

/* NULL: nothing can be done, or it ends by itself. */
static const write_fn remedies[STUCK_RULE_COUNT] = {
	[STUCK_RULE_ZOMBIE] = remedy_zombie,
	[STUCK_RULE_ZOMBIE_LEADER] = remedy_zombie_leader,
	[STUCK_RULE_NAMESPACE_TEARDOWN] = remedy_namespace_teardown,
	[STUCK_RULE_CORE_DUMP] = remedy_core_dump,
	[STUCK_RULE_FROZEN] = remedy_frozen,
	[STUCK_RULE_TRACED] = remedy_traced,
	[STUCK_RULE_STOPPED] = remedy_stopped,
	[STUCK_RULE_VFORK] = remedy_vfork,
	[STUCK_RULE_UNINTERRUPTIBLE] = remedy_uninterruptible,
	[STUCK_RULE_BLOCKED] = remedy_blocked,
	[STUCK_RULE_WAITS_FOR_CHILD] = remedy_waits_for_child,
};

bool stuck_write_remedy(const struct process_table *t, const struct process *p,
			const struct stuck_finding *f, struct strbuf *out)
{
	const struct stuck_topic c = {.t = t, .p = p, .f = f};
	const size_t before = out->len;

	if (remedies[f->rule])
		remedies[f->rule](&c, out);
	return out->len > before;
}
