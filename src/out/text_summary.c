/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_summary.h"

#include "row.h"

void text_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out)
{
	(void)config;
	strbuf_add(out, "sigtrace: lost ");
	row_write_count(out, count, "record", "records");
	strbuf_add(out, " here: more came than the buffer holds\n");
}

/* Answers that were given up because a table was full. */
static void add_forgotten(struct strbuf *out, const struct trace_summary *s)
{
	if (s->forgotten > 0) {
		strbuf_add(out, "; the end of ");
		row_write_count(out, s->forgotten, "process", "processes");
		strbuf_add(out, " was not followed: too many at once");
	}
	if (s->watch_forgotten > 0) {
		strbuf_add(out, "; what became of ");
		row_write_count(out, s->watch_forgotten, "signal", "signals");
		strbuf_add(out, " was not watched: too many at once");
	}
	if (s->alive_forgotten > 0) {
		strbuf_add(out, "; the deadline of ");
		row_write_count(out, s->alive_forgotten, "process", "processes");
		strbuf_add(out, " was not kept: too many at once");
	}
}

/* "; 7 lost: 5 generate, 2 deliver". */
static void add_lost(struct strbuf *out, const struct trace_summary *s)
{
	static const char *const reasons[] = {
		[EVENT_LOST_GENERATE] = "generate",
		[EVENT_LOST_DELIVER] = "deliver",
		[EVENT_LOST_EXIT] = "exit",
		[EVENT_LOST_FOLLOW] = "follow",
		[EVENT_LOST_RETURN] = "handler return",
		[EVENT_LOST_FAILED] = "failed send",
	};
	uint64_t lost = trace_summary_lost(s);
	const char *separator = ": ";

	_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == EVENT_LOST_COUNT, "reasons");
	if (lost == 0) {
		strbuf_add(out, "; none lost");
		return;
	}
	strbuf_add(out, "; ");
	strbuf_add_u64(out, lost);
	strbuf_add(out, " lost");
	for (int i = 0; i < EVENT_LOST_COUNT; i++) {
		if (s->lost[i] == 0)
			continue;
		strbuf_add(out, separator);
		strbuf_add_u64(out, s->lost[i]);
		strbuf_add_char(out, ' ');
		strbuf_add(out, reasons[i]);
		separator = ", ";
	}
}

void text_summary(const struct renderer_config *config, const struct trace_summary *s,
		  struct strbuf *out)
{
	(void)config;
	strbuf_add(out, "sigtrace: ");
	row_write_count(out, s->events, "event", "events");
	strbuf_add(out, " in ");
	strbuf_add_duration(out, s->elapsed_ns);
	if (s->hidden > 0) {
		strbuf_add(out, "; ");
		strbuf_add_u64(out, s->hidden);
		strbuf_add(out,
			   " hidden (SIGCHLD, SIGWINCH, SIGURG to itself; select them with -s)");
	}
	if (s->repeated > 0) {
		strbuf_add(out, "; ");
		row_write_count(out, s->repeated, "thread", "threads");
		strbuf_add(out, " that ended with the process left out");
	}
	add_forgotten(out, s);
	add_lost(out, s);
	strbuf_add_char(out, '\n');
	if (trace_summary_lost(s) > s->lost[EVENT_LOST_FOLLOW])
		strbuf_add(
			out,
			"sigtrace: the ring buffer was full: use a larger --buffer-size, or select "
			"fewer processes or signals\n");
	if (s->lost[EVENT_LOST_FOLLOW] > 0)
		strbuf_add(
			out,
			"sigtrace: too many processes to follow them all: select a smaller tree\n");
	if (s->corrupt > 0) {
		strbuf_add(out, "sigtrace: ");
		row_write_count(out, s->corrupt, "record was", "records were");
		strbuf_add(out, " corrupt and not shown: a defect of sigtrace, please report it\n");
	}
}
