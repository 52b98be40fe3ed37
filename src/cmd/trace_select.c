// SPDX-License-Identifier: BSD-2-Clause
#include "trace_select.h"

#include <errno.h>

#include "cmd.h"
#include "procfs.h"
#include "strbuf.h"

/* Tells the kernel about processes [from, count) of the selection. */
static int select_processes(const struct trace_options *o, struct session *session, size_t from)
{
	for (size_t i = from; i < o->selection.count; i++) {
		const struct selected_process *process = &o->selection.list[i];
		int r = session_select(session, process->tgid, process->start_boot_ns);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Children may be forked while /proc is read: with fork followed, a pass without news is the last.
 */
static int select_descendants(struct trace_options *o, struct session *session)
{
	int added;

	do {
		const size_t from = o->selection.count;
		int r;

		added = selection_add_descendants(&o->selection);
		r = added < 0 ? added : select_processes(o, session, from);
		if (r < 0)
			return r;
	} while (added > 0);
	return 0;
}

static int select_child(struct session *session, const struct child *child)
{
	struct procfs_process process;
	int r;

	if (!child->pid)
		return 0;
	r = procfs_read_process(child->pid, &process);
	return r < 0 ? r : session_select(session, process.tgid, process.start_boot_ns);
}

static int select_cgroup(void *context, cgroup_number number)
{
	return session_select_cgroup(context, number);
}

static int select_choice(struct trace_options *o, struct session *session, int *ret_exit)
{
	struct choice *choice = &o->common.choice;
	int r;

	if (choice->len == 0)
		return 0;
	r = choice_check(choice, o->node.cgroups, o->node.containers);
	if (r == -EINVAL || r == -EACCES) {
		*ret_exit = r == -EINVAL ? EXIT_USAGE : EXIT_CANNOT_RUN;
		return r;
	}
	if (r == 0)
		r = choice_select(choice, o->node.cgroups, o->node.containers, select_cgroup,
				  session);
	for (size_t i = 0; r == 0 && i < choice->len; i++)
		if (choice->words[i].kind == CHOICE_PID_NS)
			r = session_select_pid_ns(session, choice->words[i].number);
	return r;
}

int trace_select(struct trace_options *o, struct session *session, const struct child *child,
		 int *ret_exit)
{
	int r = select_processes(o, session, 0);

	if (r == 0)
		r = select_child(session, child);
	if (r == 0)
		r = select_choice(o, session, ret_exit);
	if (r == 0)
		r = session_attach(session);
	if (r == 0 && o->tree)
		r = select_descendants(o, session);
	return r;
}

void trace_options_write_selection(const struct trace_options *o, struct strbuf *out)
{
	const size_t count = o->selection.count;

	if (o->command) {
		strbuf_add(out, "command ");
		strbuf_add(out, o->command);
	}
	if (o->common.choice.len)
		strbuf_add(out, o->command ? ", " : "");
	choice_write(&o->common.choice, false, out);
	if (count == 0)
		return;
	if (o->command || o->common.choice.len)
		strbuf_add(out, ", ");
	strbuf_add(out, count == 1 ? "process " : "processes ");
	for (size_t i = 0; i < count && i < 8; i++) {
		if (i > 0)
			strbuf_add(out, ", ");
		strbuf_add_u64(out, o->selection.list[i].tgid);
	}
	if (count > 8)
		strbuf_add(out, " …");
}

static void say_choice(const struct trace_options *o)
{
	char what_data[2048], shown_data[2048];
	struct strbuf what, shown;

	strbuf_init(&what, what_data, sizeof(what_data));
	trace_options_write_selection(o, &what);
	if (o->common.choice.len == 1 && !o->selection.count && !choice_is_met(&o->common.choice)) {
		strbuf_add(&what, " once it is there");
	} else if (!choice_is_met(&o->common.choice)) {
		strbuf_add(&what, "; not there yet: ");
		choice_write(&o->common.choice, true, &what);
	}
	strbuf_init(&shown, shown_data, sizeof(shown_data));
	strbuf_add_escaped(&shown, what_data, SIZE_MAX);
	cli_error("tracing %s; Ctrl-C ends it", shown_data);
}

/* The first `named` processes of the selection were named by the user, the others are descendants.
 */
void trace_select_say(const struct trace_options *o, size_t named)
{
	const size_t count = o->selection.count;

	for (size_t i = 0; i < named; i++) {
		const struct selected_process *process = &o->selection.list[i];

		if (process->zombie)
			cli_error(
				"process %u is a zombie already: it waits for its parent to reap it",
				process->tgid);
	}
	if (o->common.choice.len) {
		say_choice(o);
		return;
	}
	if (o->tree || count > 1)
		cli_error("tracing %zu processes; Ctrl-C ends it", count);
	else if (count == 1)
		cli_error("tracing process %u; Ctrl-C ends it", o->selection.list[0].tgid);
	else
		cli_error("tracing every process; Ctrl-C ends it");
}
