// SPDX-License-Identifier: BSD-2-Clause
#include "check_phrases.h"

#include <string.h>

#include "check_facts.h"
#include "sender.h"
#include "signals.h"
#include "stuck_words.h"

/* A list is for people: more than these are counted. */
#define NAMED_MAX 3

void check_put_signal(const struct check_run *run, struct strbuf *out)
{
	stuck_put_signal(run->sig, out);
}

void check_put_short_signal(const struct check_run *run, struct strbuf *out)
{
	const char *name = signal_name(run->sig);

	if (name)
		strbuf_add(out, name + sizeof("SIG") - 1);
	else
		strbuf_add_i64(out, run->sig);
}

void check_put_init(const struct check_run *run, struct strbuf *out)
{
	if (run->comm[0])
		stuck_put_name(run->comm, run->is_namespace_init ? 1 : run->init_tgid, out);
	else
		strbuf_add(out, "PID 1");
}

void check_put_process(const struct check_process *p, struct strbuf *out)
{
	if (p->ns_tgid)
		stuck_put_name(p->comm, p->ns_tgid, out);
	else
		strbuf_add_escaped(out, p->comm, sizeof(p->comm));
}

bool check_put_sender(const struct check_run *run, const struct report *r, struct strbuf *out)
{
	const struct report_task *sender = &r->sender;

	if (sender_is_target(r))
		strbuf_add(out, "itself");
	else if (r->origin != ORIGIN_NOT_KNOWN)
		origin_write(r, out);
	else if (r->sender_kind == SENDER_KERNEL || sender->source == REPORT_SOURCE_ABSENT)
		return false;
	else if (run->pid_ns && sender->pid_ns == run->pid_ns && sender->ns_tgid)
		stuck_put_name(sender->comm, sender->ns_tgid, out);
	else
		stuck_put_name(sender->comm, sender->tgid, out);
	return true;
}

void check_put_since_sent(const struct check_run *run, uint64_t boot_ns, struct strbuf *out)
{
	if (run->sent_ns && boot_ns >= run->sent_ns) {
		strbuf_add_duration(out, boot_ns - run->sent_ns);
		strbuf_add(out, " after ");
	} else {
		strbuf_add(out, "after ");
	}
	check_put_signal(run, out);
}

void check_put_processes(const struct check_run *run, check_process_fn is, struct strbuf *out)
{
	size_t count = 0, named = 0;

	for (size_t i = 0; i < run->processes_len; i++)
		count += is(run, &run->processes[i]);
	for (size_t i = 0; i < run->processes_len && named < NAMED_MAX; i++) {
		if (!is(run, &run->processes[i]))
			continue;
		if (named)
			strbuf_add(out, named + 1 == count ? " and " : ", ");
		check_put_process(&run->processes[i], out);
		named++;
	}
	if (count > named) {
		stuck_put_number(" and ", count - named, out);
		strbuf_add(out, " more");
	}
}

bool check_init_is_shell(const struct check_run *run)
{
	const size_t len = strnlen(run->comm, sizeof(run->comm));

	return explain_is_shell(run->comm) ||
	       (len > 3 && memcmp(run->comm + len - 3, ".sh", 3) == 0);
}

/* What was caught or ends it by default is not what it is deaf by. */
static bool has_no_effect(enum cause cause)
{
	return cause == CAUSE_SIG_IGN || cause == CAUSE_UNKILLABLE_SIG_DFL ||
	       cause == CAUSE_BLOCKED || cause == CAUSE_STOPPED || cause == CAUSE_FROZEN ||
	       cause == CAUSE_SIG_DFL_IGNORE;
}

const struct check_process *check_deaf(const struct check_run *run)
{
	const struct check_process *asked = NULL;

	for (size_t i = 0; i < run->processes_len; i++) {
		const struct check_process *p = &run->processes[i];

		if (!check_is_left(run, p) || !p->asked)
			continue;
		if (has_no_effect(p->asked_cause))
			return p;
		if (!asked)
			asked = p;
	}
	return asked;
}
