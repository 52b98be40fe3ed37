/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports that no record has, from lines of a recording (tests/golden/records.py): what is found by
 * looking again later. Each is about the last generation for its process that was played.
 */
#ifndef SIGTRACE_TESTS_REPLAY_LATER_H
#define SIGTRACE_TESTS_REPLAY_LATER_H

#include "outcome.h"
#include "replay_inspect.h"
#include "report.h"

#define REPLAY_SENT_MAX 64

/* The last generation for each process, and the snapshot that the recording is about to tell. */
struct replay_later {
	struct report sent[REPLAY_SENT_MAX];
	size_t sent_len;
	struct replay_reader reader;
	struct stuck stuck;
};

static void replay_remember(struct replay_later *later, const struct report *r)
{
	size_t i = 0;

	while (i < later->sent_len && later->sent[i].target.tgid != r->target.tgid)
		i++;
	if (i == REPLAY_SENT_MAX)
		replay_fail("too many processes");
	later->sent[i] = *r;
	later->sent_len += i == later->sent_len;
}

static const struct report *replay_sent(const struct replay_later *later, uint32_t tgid)
{
	for (size_t i = 0; i < later->sent_len; i++)
		if (later->sent[i].target.tgid == tgid)
			return &later->sent[i];
	replay_fail("no signal was sent to that process");
	return NULL;
}

static void replay_about(struct report *r, const struct report *sent, enum report_kind kind,
			 uint64_t elapsed_ns)
{
	*r = (struct report){
		.kind = kind,
		.boot_ns = sent->boot_ns + elapsed_ns,
		.lost = sent->lost,
		.target = sent->target,
		.earlier =
			{
				.sig = sent->sig,
				.elapsed_ns = elapsed_ns,
				.sender_kind = sent->sender_kind,
				.sender = sent->sender,
				.origin = sent->origin,
				.instead = sent->sender_acts_for,
			},
	};
}

static enum taken_by replay_taken_by(const char *name)
{
	if (strcmp(name, "sigwait") == 0)
		return TAKEN_BY_SIGWAIT;
	return strcmp(name, "signalfd") == 0 ? TAKEN_BY_SIGNALFD : TAKEN_BY_NOT_KNOWN;
}

/* As cmd/trace_alive does with the snapshot, if there is one. */
static void replay_look(struct replay_later *later, struct report *r)
{
	struct replay_snapshot *s = &later->reader.snapshot;
	struct process *p;

	if (!replay_reader_finish(&later->reader))
		return;
	p = replay_find(s, r->target.tgid);
	if (!stuck_is_due(p, 0, &later->stuck))
		later->stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = r->earlier.sig};
	stuck_examine(&s->table, p, &later->stuck);
	r->alive = (struct report_alive){&s->table, p, &later->stuck};
}

/* One line that begins with @. The report is good until the next one. */
static void replay_later(struct replay_later *later, struct outcome *outcome, const char *line,
			 struct report *r)
{
	const struct report *sent;
	uint64_t elapsed_ns;
	uint64_t missing_ns;
	uint64_t age_ns;
	uint32_t tgid;
	char by[16];

	if (sscanf(line, "@taken %" SCNu32 " %15s %" SCNu64, &tgid, by, &elapsed_ns) == 3) {
		sent = replay_sent(later, tgid);
		replay_about(r, sent, REPORT_TAKEN, elapsed_ns);
		r->sig = sent->sig;
		r->taken_by = replay_taken_by(by);
	} else if (sscanf(line, "@handler %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64, &tgid,
			  &missing_ns, &elapsed_ns, &age_ns) == 4) {
		sent = replay_sent(later, tgid);
		replay_about(r, sent, REPORT_HANDLER, elapsed_ns);
		r->sig = sent->sig;
		r->earlier.fate = SIGNAL_FATE_IGNORED;
		r->missing_ns = missing_ns;
		r->age_ns = age_ns;
	} else if (sscanf(line, "@alive %" SCNu32 " %" SCNu64, &tgid, &elapsed_ns) == 2) {
		sent = replay_sent(later, tgid);
		replay_about(r, sent, REPORT_ALIVE, elapsed_ns);
		r->earlier.fate = outcome_fate(outcome, &sent->target, sent->sig, sent->boot_ns);
		replay_look(later, r);
	} else {
		replay_fail("a line that nobody understands");
	}
}

#endif
