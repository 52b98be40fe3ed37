// SPDX-License-Identifier: BSD-2-Clause
#include "follow_words.h"

#include <string.h>

#include "explain.h"
#include "failure.h"
#include "signals.h"
#include "story_words.h"
#include "stuck.h"

/* Of a duration: "12 min 34 s". */
#define DURATION_SIZE_MAX 64

void follow_write_return(const struct report *r, struct strbuf *out)
{
	explain_write_handler(r, out);
	strbuf_add(out, " returned after ");
	strbuf_add_duration(out, r->duration_ns);
}

/* It was still in its queue at the last look before, and nobody saw it go: an upper bound. */
void follow_write_taken(const struct report *r, struct strbuf *out)
{
	static const char *const takers[] = {
		[TAKEN_BY_NOT_KNOWN] = "by sigwait() or a signalfd",
		[TAKEN_BY_SIGWAIT] = "by sigwait() or sigtimedwait()",
		[TAKEN_BY_SIGNALFD] = "by a reader of its signalfd",
	};

	_Static_assert(sizeof(takers) / sizeof(takers[0]) == TAKEN_BY_COUNT, "takers");
	strbuf_add(out, takers[r->taken_by]);
	strbuf_add(out, ", without a handler, within ");
	strbuf_add_duration(out, r->earlier.elapsed_ns);
	strbuf_add(out, " after ");
	story_write_sent(r, out);
}

/* "0.5 s to 0.7 s"; one duration where both read the same, "at most 0.7 s" without a lower one. */
static void write_between(uint64_t from_ns, uint64_t to_ns, struct strbuf *out)
{
	char from[DURATION_SIZE_MAX];
	char to[DURATION_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, from, sizeof(from));
	strbuf_add_duration(&text, from_ns);
	strbuf_init(&text, to, sizeof(to));
	strbuf_add_duration(&text, to_ns);
	if (from_ns == 0) {
		strbuf_add(out, "at most ");
	} else if (strcmp(from, to) != 0) {
		strbuf_add(out, from);
		strbuf_add(out, " to ");
	}
	strbuf_add(out, to);
}

void follow_write_handler(const struct report *r, struct strbuf *out)
{
	story_write_sent(r, out);
	strbuf_add(out, " came ");
	write_between(r->missing_ns, r->earlier.elapsed_ns, out);
	strbuf_add(out, " too early");
	if (r->age_ns != 0) {
		strbuf_add(out, ", when the process was ");
		strbuf_add_duration(out, r->age_ns);
		strbuf_add(out, " old");
	}
	strbuf_add(out, ": it was ignored, and only then was a handler installed");
}

void follow_write_alive(const struct report *r, struct strbuf *out)
{
	const struct report_alive *alive = &r->alive;
	const char *separator = ": ";

	story_write_life(r, out);
	if (!alive->table) {
		strbuf_add(out, "; what it is doing is not known");
		return;
	}
	for (size_t i = 0; i < alive->stuck->len; i++) {
		strbuf_add(out, separator);
		stuck_write(alive->table, alive->process, &alive->stuck->findings[i], out);
		separator = "; ";
	}
}

void follow_write_error(const struct report *r, struct strbuf *out)
{
	const char *name = failure_error_name(r->failure.error);

	if (name) {
		strbuf_add(out, name);
		return;
	}
	strbuf_add_char(out, 'E');
	strbuf_add_i64(out, r->failure.error);
}

void follow_write_call(const struct report *r, struct strbuf *out)
{
	const char *name = event_syscall_name(r->failure.syscall);

	if (!name)
		return;
	strbuf_add(out, name);
	strbuf_add(out, "(): ");
}

static void write_number(const char *what, int64_t number, struct strbuf *out)
{
	strbuf_add(out, what);
	strbuf_add_i64(out, number);
}

/* kill(2): 0 is the caller's own process group, -1 everybody, and other negative numbers groups. */
static void write_kill_argument(int32_t pid, struct strbuf *out)
{
	if (pid == 0)
		strbuf_add(out, "its own group");
	else if (pid == -1)
		strbuf_add(out, "every process");
	else if (pid < 0)
		write_number("group ", -(int64_t)pid, out);
	else
		write_number("pid ", pid, out);
}

void follow_write_argument(const struct report *r, struct strbuf *out)
{
	const struct report_failure *f = &r->failure;

	switch (f->syscall) {
	case EVENT_SYSCALL_KILL:
		write_kill_argument(f->target_nr, out);
		break;
	case EVENT_SYSCALL_TKILL:
		write_number("tid ", f->target_tid, out);
		break;
	case EVENT_SYSCALL_TGKILL:
	case EVENT_SYSCALL_RT_TGSIGQUEUEINFO:
		write_number("pid ", f->target_nr, out);
		write_number(", tid ", f->target_tid, out);
		break;
	case EVENT_SYSCALL_PIDFD_SEND_SIGNAL:
		write_number("pidfd ", f->target_nr, out);
		break;
	case EVENT_SYSCALL_RT_SIGQUEUEINFO:
	case EVENT_SYSCALL_COUNT:
		write_number("pid ", f->target_nr, out);
		break;
	}
}

size_t follow_remedies(const struct report *r)
{
	if (r->kind == REPORT_HANDLER)
		return 1;
	return r->kind == REPORT_ALIVE && r->alive.table ? r->alive.stuck->len : 0;
}

bool follow_write_remedy(const struct report *r, size_t index, struct strbuf *out)
{
	if (r->kind == REPORT_ALIVE)
		return stuck_write_remedy(r->alive.table, r->alive.process,
					  &r->alive.stuck->findings[index], out);
	strbuf_add(out, "send ");
	strbuf_add(out, signal_name(r->sig) ? signal_name(r->sig) : "it");
	strbuf_add(out, " again, and let its sender wait until the process is ready");
	return true;
}
