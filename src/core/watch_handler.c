/* SPDX-License-Identifier: BSD-2-Clause */
/* A signal was ignored: does its handler come after all? */
#include <string.h>

#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"
#include "watch_rules.h"

#define FIRST_PAUSE_NS 10000000ULL
/* The longer it takes, the less it matters exactly how long. */
#define PAUSE_SHARE 16

/* What the process did to itself by a system call: SIGPIPE, SIGXFSZ. Nobody asked it to end. */
static bool is_own_doing(const struct report *r)
{
	return (r->facts & EVENT_FACT_INFO_NONE) && (r->facts & EVENT_FACT_SENDER_IS_TARGET);
}

/* There is no handler for the first two, and nobody asks for anything with the others. */
static bool is_no_wish(int sig)
{
	return sig == SIG_KILL || sig == SIG_STOP || sig == SIG_CHLD || sig == SIG_CONT;
}

static bool was_wasted(const struct report *r, const struct verdict *v)
{
	const uint32_t never = EVENT_FACT_KTHREAD | EVENT_FACT_EXITING | EVENT_FACT_ALL_EXITING;

	if (r->result != EVENT_RESULT_IGNORED || (r->facts & never))
		return false;
	if (v->cause != CAUSE_UNKILLABLE_SIG_DFL && v->cause != CAUSE_SIG_IGN &&
	    v->cause != CAUSE_SIG_DFL_IGNORE)
		return false;
	return !is_no_wish(r->sig) && !is_own_doing(r);
}

void watch_handler_begin(struct watch *w, const struct report *r, const struct verdict *v)
{
	struct watch_key key;
	struct watch_entry *e;
	uint16_t index;

	if (!was_wasted(r, v))
		return;
	key = watch_key_of(r, WATCH_HANDLER, 0);
	index = watch_table_find(w, &key);
	if (!index) {
		index = watch_table_add(w, &key);
		w->entries[index].first_ns = r->boot_ns;
		watch_table_set_due(w, index, r->boot_ns + FIRST_PAUSE_NS);
	}
	e = &w->entries[index];
	/* The next look stays where it is: a signal a millisecond would put it off for ever. */
	watch_table_renew(w, index);
	watch_entry_remember(e, r);
}

/* What is left of the entry keeps it from being told again. */
static int tell(struct watch *w, uint16_t index, uint64_t boot_ns, const char *comm)
{
	struct watch_entry *e = &w->entries[index];
	struct report r = watch_entry_report(w, index, boot_ns);

	r.kind = REPORT_HANDLER;
	r.earlier.fate = SIGNAL_FATE_IGNORED;
	/* A look that came after this record says nothing of the time before it. */
	if (e->missing_ns <= boot_ns)
		r.missing_ns = watch_since_ns(e->boot_ns, e->missing_ns);
	r.age_ns = watch_since_ns(e->target.start_boot_ns, e->boot_ns);
	/* It may be another program by now, and the report is of now. */
	memcpy(r.target.comm, comm, sizeof(r.target.comm));
	e->done = true;
	watch_table_set_due(w, index, WATCH_NEVER_NS);
	return w->show(w->context, &r);
}

int watch_handler_evidence(struct watch *w, const struct report *r)
{
	const struct watch_key key = watch_key_of(r, WATCH_HANDLER, 0);
	const uint16_t index = r->handler > HANDLER_KTHREAD_KERNEL ? watch_table_find(w, &key) : 0;

	if (!index || w->entries[index].done)
		return 0;
	return tell(w, index, r->boot_ns, r->target.comm);
}

int watch_handler_see(struct watch *w, uint16_t index, const struct watch_seen *seen)
{
	struct watch_entry *e = &w->entries[index];
	uint64_t pause_ns;

	if (seen->caught & signal_bit(w->keys[index].sig))
		return tell(w, index, seen->after_ns, seen->comm);
	if (watch_since_ns(e->boot_ns, seen->after_ns) >= WATCH_GIVE_UP_NS) {
		watch_table_remove(w, index);
		return 0;
	}
	e->missing_ns = seen->before_ns;
	/* Of the first: one that is ignored again and again is not looked at all the time. */
	pause_ns = watch_since_ns(e->first_ns, seen->after_ns) / PAUSE_SHARE;
	if (pause_ns < FIRST_PAUSE_NS)
		pause_ns = FIRST_PAUSE_NS;
	if (pause_ns > WATCH_GIVE_UP_NS / PAUSE_SHARE)
		pause_ns = WATCH_GIVE_UP_NS / PAUSE_SHARE;
	watch_table_set_due(w, index, seen->after_ns + pause_ns);
	return 0;
}
