/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_summary.h"

#include "row.h"
#include "signals.h"

/* What the user typed; longer ones are cut. */
#define SELECTION_SIZE_MAX 1024
#define SENTENCE_SIZE_MAX  (2 * SELECTION_SIZE_MAX)

/* So many signals are named. */
#define ABSENT_NAMES_MAX 8

#define NS_PER_S   1000000000ULL
#define NS_PER_MIN (60 * NS_PER_S)

void text_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out)
{
	(void)config;
	strbuf_add(out, "sigtrace: lost ");
	row_write_count(out, count, "record", "records");
	strbuf_add(out, " here: more came than the buffer holds\n");
}

static unsigned int count_signals(uint64_t set)
{
	unsigned int count = 0;

	for (; set != 0; set &= set - 1)
		count++;
	return count;
}

/* "no SIGTERM", "no SIGINT, SIGQUIT or SIGTERM", "none of 63 signals". */
static void add_no_signals(struct strbuf *out, uint64_t set)
{
	unsigned int left = count_signals(set);

	if (left == 0 || ~set == 0) {
		strbuf_add(out, "no signal");
		return;
	}
	if (left > ABSENT_NAMES_MAX) {
		strbuf_add(out, "none of ");
		row_write_count(out, left, "signal", "signals");
		return;
	}
	strbuf_add(out, "no ");
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		if (!(set & signal_bit(sig)))
			continue;
		strbuf_add(out, signal_name(sig));
		left--;
		if (left > 0)
			strbuf_add(out, left > 1 ? ", " : " or ");
	}
}

/* A wait is what somebody typed: "30 s", not "30.0 s". */
static void add_wait(struct strbuf *out, uint64_t ns)
{
	if (ns < NS_PER_S || ns >= NS_PER_MIN || ns % NS_PER_S != 0) {
		strbuf_add_duration(out, ns);
		return;
	}
	strbuf_add_u64(out, ns / NS_PER_S);
	strbuf_add(out, " s");
}

void text_absent(const struct renderer_config *config, const char *what, uint64_t signals,
		 uint64_t waited_ns, struct strbuf *out)
{
	struct row row = {.out = out, .width = row_usable_width(config->width)};
	char selection[SELECTION_SIZE_MAX];
	char text[SENTENCE_SIZE_MAX];
	struct strbuf sentence;
	struct strbuf name;

	strbuf_init(&name, selection, sizeof(selection));
	strbuf_add_escaped(&name, what, SIZE_MAX);
	strbuf_init(&sentence, text, sizeof(text));
	add_no_signals(&sentence, signals);
	strbuf_add(&sentence, " was generated for ");
	strbuf_add(&sentence, selection);
	strbuf_add(&sentence, name.cut ? ".. in " : " in ");
	add_wait(&sentence, waited_ns);
	if (config->color)
		strbuf_add(out, COLOR_PROBLEM);
	row_wrap(&row, 0, 0, text, sentence.len);
	if (config->color)
		strbuf_add(out, COLOR_OFF);
	row_break(&row);
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
		[EVENT_LOST_CGROUP] = "cgroup",
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
