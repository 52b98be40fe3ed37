// SPDX-License-Identifier: BSD-2-Clause
#include "follow_json.h"

#include "failure.h"
#include "follow_words.h"
#include "json_parts.h"
#include "signals.h"
#include "stuck_json.h"

void follow_add_return(struct node line, const struct report *r)
{
	json_add_signal(line, r->sig);
	json_add_process(line, &r->target);
	node_add_hex(line, "handler", r->handler);
	json_add_symbol(line, r);
	node_add_u64(line, "duration_ns", r->duration_ns);
}

/* The number as it was given may be 0, or none that a signal has. */
static void add_failed_signal(struct node line, const struct report *r)
{
	struct node signal = node_add_object(line, "signal");

	node_add_i64(signal, "number", r->failure.sig);
	if (signal_name(r->failure.sig))
		node_add_signal_name(signal, "name", r->failure.sig);
}

static void add_failed_sender(struct node line, const struct report *r)
{
	struct node sender = node_add_object(line, "sender");

	json_add_sender_kind(sender, r->sender_kind);
	if (r->sender.source == REPORT_SOURCE_ABSENT)
		return;
	json_add_task(sender, &r->sender);
	node_add_u64(sender, "uid", r->sender_uid);
	node_add_u64(sender, "euid", r->failure.sender_euid);
	node_add_u64_if_known(sender, "user_ns", r->failure.sender_user_ns);
	json_add_place(sender, &r->sender);
	json_add_ancestors(sender, r);
}

/* What the caller named, and who that is, if it was there. */
static void add_failed_target(struct node line, const struct report *r)
{
	const struct report_failure *f = &r->failure;
	struct node target = node_add_object(line, "target");

	if (f->syscall == EVENT_SYSCALL_TKILL) {
		node_add_i64(target, "argument", f->target_tid);
	} else {
		node_add_i64(target, "argument", f->target_nr);
		if (f->syscall == EVENT_SYSCALL_TGKILL ||
		    f->syscall == EVENT_SYSCALL_RT_TGSIGQUEUEINFO)
			node_add_i64(target, "argument_tid", f->target_tid);
	}
	if (r->target.source == REPORT_SOURCE_ABSENT)
		return;
	json_add_task(target, &r->target);
	node_add_u64(target, "uid", f->target_uid);
	node_add_u64(target, "suid", f->target_suid);
	node_add_u64_if_known(target, "user_ns", f->target_user_ns);
	json_add_place(target, &r->target);
}

void follow_add_failed(struct node line, const struct report *r, const struct verdict *v)
{
	const char *syscall = event_syscall_name(r->failure.syscall);
	char text[sizeof("E-2147483648")];
	struct strbuf error;

	if (syscall)
		node_add_name(line, "syscall", syscall);
	strbuf_init(&error, text, sizeof(text));
	follow_write_error(r, &error);
	node_add_name(line, "error", text);
	add_failed_signal(line, r);
	if (r->failure.facts & EVENT_FAILED_INFO_KNOWN)
		json_add_code(line, r->failure.sig, r->code);
	json_add_verdict(line, r, v);
	add_failed_sender(line, r);
	add_failed_target(line, r);
	if (v->cause == CAUSE_UNEXPLAINED)
		node_add_hex(node_add_object(line, "facts"), "facts", r->failure.facts);
}

void follow_add_taken(struct node line, const struct report *r)
{
	static const char *const names[] = {
		[TAKEN_BY_SIGWAIT] = "sigtimedwait",
		[TAKEN_BY_SIGNALFD] = "signalfd",
	};
	const char *by;

	_Static_assert(sizeof(names) / sizeof(names[0]) == TAKEN_BY_COUNT, "names");
	by = names[r->taken_by];
	json_add_signal(line, r->sig);
	json_add_process(line, &r->target);
	if (by)
		node_add_name(line, "by", by);
	json_add_earlier(line, "after", r);
}

void follow_add_handler(struct node line, const struct report *r)
{
	json_add_signal(line, r->sig);
	json_add_process(line, &r->target);
	node_add_u64(line, "missing_ns", r->missing_ns);
	json_add_earlier(line, "after", r);
	node_add_u64(line, "age_ns", r->age_ns);
}

void follow_add_alive(struct node line, const struct report *r)
{
	const struct report_alive *alive = &r->alive;

	json_add_process(line, &r->target);
	json_add_earlier(line, "after", r);
	if (alive->table && alive->stuck->reason != STUCK_REASON_NONE)
		stuck_add_members(node_add_object(line, "stuck"), alive->table, alive->process,
				  alive->stuck);
}
