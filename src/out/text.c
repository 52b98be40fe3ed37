/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people: TIME SIGNAL SENDER TARGET RESULT WHY.
 *
 * RESULT of a generation is the kernel's word in capitals. RESULT of a delivery says what the
 * kernel does next, after "-> ":
 *
 *   -> handler    a handler is set up to run; that it does something useful is not proven here
 *   -> terminate  default action: the process ends
 *   -> core       default action: the process ends and a core is dumped, if limits allow
 *   -> stop       default action: the process stops
 *   -> continue   default action: the process goes on
 *   -> ignored    nothing happens: SIG_IGN, or a default action that does nothing
 *   -> dropped    nothing happens: namespace init with SIG_DFL
 *   -> exit       this thread ends with its process; SIGNAL is the kernel's SIGKILL, WHY has more
 *
 * Of what was found by looking again later:
 *
 *   -> taken      a thread took it out of the queue without a delivery: sigwait(), a signalfd
 *   -> too early  it was ignored, and a handler installed after that
 *   still alive   the process was asked to end, and has not by the deadline
 *
 * A handler that came to its end is "-> returned"; an exit is "exited" or "killed"; a failed send
 * is its error. Meaning never rests on colour alone. Below an event may stand the container of its
 * target ("target: shop/web-0:app"), who started its sender, and the container of that ("sender:
 * systemd[1] -> containerd-shim[790] -> sh[812] in shop/web-0:app"), and what to do ("remedy: …").
 *
 * Containers have lines of their own on a terminal because names of pods are 30 to 60 bytes: no
 * column that leaves room for the others holds one. Whoever calls has them shown once for each
 * process (skip_container, skip_ancestors); the number in brackets leads back to it. Without a
 * width the lines are for grep and files, where each has to stand for itself: there the container
 * stands in the cell of its process, always: "sleep[4243, init] in shop/web-0:app".
 *
 * On a terminal a cell that is too long pushes the next ones to the right, they fall back into
 * their columns as soon as they can, and no line passes the width: a cell that does not fit starts
 * a line of its own.
 *
 * This has to keep up with a million records a second: no printf, no libc time functions, no
 * allocation.
 */
#include <string.h>

#include "follow_words.h"
#include "renderer.h"
#include "row.h"
#include "signals.h"
#include "story_words.h"
#include "text_summary.h"
#include "utf8.h"

/* Longer ones are cut. Wrapped into the narrowest WHY this still fits RENDERER_REPORT_SIZE_MAX. */
#define SENTENCE_SIZE_MAX 2048

/*
 * A process at its longest: 16 bytes as \xNN, three numbers with ten digits, brackets, words, and
 * its container.
 */
#define CELL_SIZE_MAX (128 + ROW_CONTAINER_SIZE_MAX)

/* Nine processes at their longest, and a container. */
#define SENDER_SIZE_MAX (1024 + ROW_CONTAINER_SIZE_MAX)

/* After HH:MM:SS.mmm. What stands below its event begins here, too. */
#define SIGNAL_COLUMN 13
#define TARGET_LABEL  "target:"
#define SENDER_LABEL  "sender:"
#define REMEDY_LABEL  "remedy:"

/* Where WHY goes on a terminal. "Below" is on lines of its own, as wide as the terminal. */
enum why_place {
	WHY_PLACE_COLUMN,  /* into its column, wrapped there */
	WHY_PLACE_FITTING, /* a problem, and what does not fit the line, below; else COLUMN */
	WHY_PLACE_BELOW,
	WHY_PLACE_COUNT,
};

/*
 * Where the columns begin. Sender and target are wide enough for most names, not for all: room is
 * better spent on WHY.
 */
struct layout {
	unsigned int width_min;
	unsigned int sender;
	unsigned int target;
	unsigned int result;
	unsigned int why;
	enum why_place why_place;
};

/* Widest first; the last row always holds. */
static const struct layout layouts[] = {
	{.width_min = 140, .sender = 23, .target = 44, .result = 69, .why = 82, WHY_PLACE_COLUMN},
	{.width_min = 120, .sender = 22, .target = 41, .result = 66, .why = 79, WHY_PLACE_COLUMN},
	{.width_min = 96, .sender = 22, .target = 41, .result = 66, .why = 79, WHY_PLACE_FITTING},
	{.width_min = 74, .sender = 22, .target = 39, .result = 59, SIGNAL_COLUMN, WHY_PLACE_BELOW},
	{.width_min = 0, .sender = 22, .target = 34, .result = 49, SIGNAL_COLUMN, WHY_PLACE_BELOW},
};

static const char *const generate_words[] = {
	[EVENT_RESULT_DELIVERED] = "DELIVERED",
	[EVENT_RESULT_IGNORED] = "IGNORED",
	[EVENT_RESULT_ALREADY_PENDING] = "ALREADY_PENDING",
	[EVENT_RESULT_OVERFLOW_FAIL] = "OVERFLOW_FAIL",
	[EVENT_RESULT_LOSE_INFO] = "LOSE_INFO",
};
_Static_assert(sizeof(generate_words) / sizeof(generate_words[0]) == EVENT_RESULT_COUNT,
	       "generate_words");

static const char *const deliver_words[CAUSE_COUNT] = {
	[CAUSE_UNKILLABLE_SIG_DFL] = "-> dropped",
	[CAUSE_SIG_IGN] = "-> ignored",
	[CAUSE_SIG_DFL_IGNORE] = "-> ignored",
	[CAUSE_CAUGHT] = "-> handler",
	[CAUSE_DEFAULT_TERMINATE] = "-> terminate",
	[CAUSE_DEFAULT_CORE] = "-> core",
	[CAUSE_DEFAULT_STOP] = "-> stop",
	[CAUSE_DEFAULT_CONTINUE] = "-> continue",
	[CAUSE_GROUP_EXIT] = "-> exit",
};

static const struct layout *layout_for(const struct renderer_config *config)
{
	const struct layout *layout = layouts;

	if (config->width > 0)
		while (config->width < layout->width_min)
			layout++;
	return layout;
}

static void put_two_digits(char *text, uint32_t value)
{
	text[0] = (char)('0' + value / 10);
	text[1] = (char)('0' + value % 10);
}

static void row_add_time(struct row *row, const struct renderer_config *config, uint64_t boot_ns)
{
	struct renderer_time now = renderer_wall_time(config, boot_ns);
	int32_t second = (int32_t)((now.seconds + config->utc_offset_s) % 86400);
	uint32_t of_day = (uint32_t)(second < 0 ? second + 86400 : second);
	uint32_t milliseconds = now.nanoseconds / 1000000;
	char text[] = "HH:MM:SS.mmm";

	put_two_digits(text, of_day / 3600);
	put_two_digits(text + 3, of_day / 60 % 60);
	put_two_digits(text + 6, of_day % 60);
	text[9] = (char)('0' + milliseconds / 100);
	put_two_digits(text + 10, milliseconds % 100);
	row_add(row, 0, config->color ? COLOR_TIME : NULL, text, sizeof(text) - 1);
}

static void row_add_signal(struct row *row, const struct report *r)
{
	/* Those two are about a process. */
	const bool none = r->kind == REPORT_EXIT || r->kind == REPORT_ALIVE;
	const int sig = r->kind == REPORT_FAILED ? r->failure.sig : r->sig;
	const char *name = none ? "-" : signal_name(sig);
	char text[sizeof("-2147483648")];
	struct strbuf number;

	if (name) {
		row_add_word(row, SIGNAL_COLUMN, NULL, name);
		return;
	}
	strbuf_init(&number, text, sizeof(text));
	strbuf_add_i64(&number, sig);
	row_add(row, SIGNAL_COLUMN, NULL, text, number.len);
}

/*
 * comm[tgid], then "init" or the number inside its own PID namespace, then the thread; the
 * container only where a line has no end.
 */
static void row_add_process(struct row *row, size_t start, const struct report_task *t, bool thread)
{
	const struct row_process p = {
		.comm = t->comm,
		.tgid = t->tgid,
		.ns_tgid = t->ns_tgid,
		.tid = thread ? t->tid : t->tgid,
		.container = row->width > 0 ? NULL : t->container,
	};
	char text[CELL_SIZE_MAX];
	struct strbuf cell;

	if (t->source == REPORT_SOURCE_ABSENT) {
		row_add(row, start, NULL, "-", 1);
		return;
	}
	strbuf_init(&cell, text, sizeof(text));
	row_write_process(&cell, &p, row->width > 0);
	row_add(row, start, NULL, text, cell.len);
}

static void row_add_sender(struct row *row, size_t start, const struct report *r)
{
	if (r->kind == REPORT_GENERATE && r->sender_kind == SENDER_KERNEL)
		row_add_word(row, start, NULL, "kernel");
	else
		row_add_process(row, start, &r->sender, false);
}

static void row_add_target(struct row *row, size_t start, const struct report *r)
{
	const bool thread = r->kind == REPORT_DELIVER || r->kind == REPORT_RETURN ||
			    (r->kind == REPORT_GENERATE && !r->process_directed);
	char text[CELL_SIZE_MAX];
	struct strbuf cell;

	if (r->kind != REPORT_FAILED || r->target.source != REPORT_SOURCE_ABSENT) {
		row_add_process(row, start, &r->target, thread);
		return;
	}
	strbuf_init(&cell, text, sizeof(text));
	follow_write_argument(r, &cell);
	row_add(row, start, NULL, text, cell.len);
}

static const char *deliver_word(const struct verdict *v)
{
	const char *word = deliver_words[v->cause];

	if (word)
		return word;
	return v->effect == EFFECT_NONE ? "-> dropped" : "-> unknown";
}

/* `error` has room for that of a failed send. */
static const char *result_word(const struct report *r, const struct verdict *v,
			       struct strbuf *error)
{
	switch (r->kind) {
	case REPORT_GENERATE:
		return (size_t)r->result < EVENT_RESULT_COUNT ? generate_words[r->result] : "?";
	case REPORT_DELIVER:
		return deliver_word(v);
	case REPORT_EXIT:
		return (r->exit_code & 0x7f) != 0 ? "killed" : "exited";
	case REPORT_RETURN:
		return "-> returned";
	case REPORT_FAILED:
		follow_write_error(r, error);
		return error->data;
	case REPORT_TAKEN:
		return "-> taken";
	case REPORT_HANDLER:
		return "-> too early";
	case REPORT_ALIVE:
		return "still alive";
	case REPORT_CGROUP:
	case REPORT_KIND_COUNT:
		break;
	}
	return "?";
}

static bool is_problem(const struct report *r, const struct verdict *v)
{
	return v ? v->problem : r->kind == REPORT_HANDLER || r->kind == REPORT_ALIVE;
}

static const char *result_color(const struct renderer_config *config, const struct report *r,
				const struct verdict *v)
{
	if (!config->color)
		return NULL;
	if (r->kind == REPORT_ALIVE) /* it may well be about to end */
		return COLOR_WAITS;
	if (is_problem(r, v))
		return COLOR_PROBLEM;
	if (v && v->effect == EFFECT_WAITS)
		return COLOR_WAITS;
	if (r->kind == REPORT_TAKEN || (v && v->effect == EFFECT_ACTS))
		return COLOR_ACTS;
	return NULL;
}

static void row_add_result(struct row *row, size_t start, const struct renderer_config *config,
			   const struct report *r, const struct verdict *v)
{
	char text[sizeof("E-2147483648")];
	struct strbuf error;

	strbuf_init(&error, text, sizeof(text));
	row_add_word(row, start, result_color(config, r, v), result_word(r, v, &error));
}

static void write_why(const struct report *r, const struct verdict *v, struct strbuf *out)
{
	switch (r->kind) {
	case REPORT_GENERATE:
		story_write_origin(r, out);
		explain_write(r, v, out);
		story_write_escalation(r, out);
		break;
	case REPORT_DELIVER:
		if (r->has_latency) {
			strbuf_add(out, "after ");
			strbuf_add_duration(out, r->latency_ns);
			strbuf_add(out, ", ");
		}
		explain_write(r, v, out);
		break;
	case REPORT_EXIT:
		story_write_exit(r, out);
		break;
	case REPORT_RETURN:
		follow_write_return(r, out);
		break;
	case REPORT_FAILED:
		follow_write_call(r, out);
		explain_write(r, v, out);
		break;
	case REPORT_TAKEN:
		follow_write_taken(r, out);
		break;
	case REPORT_HANDLER:
		follow_write_handler(r, out);
		break;
	case REPORT_ALIVE:
		follow_write_alive(r, out);
		break;
	case REPORT_CGROUP:
	case REPORT_KIND_COUNT:
		break;
	}
}

static bool why_goes_below(const struct row *row, const struct layout *layout, bool problem,
			   size_t columns)
{
	size_t column = row->column >= layout->why ? row->column + 1 : layout->why;

	if (layout->why_place == WHY_PLACE_FITTING)
		return problem || column + columns > row->width;
	return layout->why_place == WHY_PLACE_BELOW;
}

static void row_add_why(struct row *row, const struct layout *layout, const struct report *r,
			const struct verdict *v)
{
	bool problem = is_problem(r, v);
	char text[SENTENCE_SIZE_MAX];
	size_t start = layout->why;
	struct strbuf why;

	if (row->width == 0) {
		row_pad(row, row->column >= start ? row->column + 1 : start);
		write_why(r, v, row->out);
		return;
	}
	strbuf_init(&why, text, sizeof(text));
	write_why(r, v, &why);
	if (why_goes_below(row, layout, problem, utf8_columns(text, why.len))) {
		row_break(row);
		start = SIGNAL_COLUMN;
	}
	row_wrap(row, start, start, text, why.len);
}

static void row_add_container(struct row *row, const struct report_task *target)
{
	char text[ROW_CONTAINER_SIZE_MAX];
	struct strbuf name;

	if (row->width == 0 || target->source == REPORT_SOURCE_ABSENT || !target->container)
		return;
	strbuf_init(&name, text, sizeof(text));
	row_write_container(&name, target->container);
	row_add_labelled(row, SIGNAL_COLUMN, NULL, TARGET_LABEL, text, name.len);
}

static void row_add_ancestors(struct row *row, const struct report *r)
{
	char text[SENDER_SIZE_MAX];
	struct strbuf chain;

	strbuf_init(&chain, text, sizeof(text));
	if (story_write_sender(r, row->width > 0, &chain))
		row_add_labelled(row, SIGNAL_COLUMN, NULL, SENDER_LABEL, text, chain.len);
}

static void row_add_remedy(struct row *row, const struct renderer_config *config,
			   const struct strbuf *remedy)
{
	row_add_labelled(row, SIGNAL_COLUMN, config->color ? COLOR_REMEDY : NULL, REMEDY_LABEL,
			 remedy->data, remedy->len);
}

static void row_add_remedies(struct row *row, const struct renderer_config *config,
			     const struct report *r, const struct verdict *v)
{
	char text[SENTENCE_SIZE_MAX];
	struct strbuf remedy;

	strbuf_init(&remedy, text, sizeof(text));
	if (v && v->problem && explain_write_remedy(r, v, &remedy))
		row_add_remedy(row, config, &remedy);
	for (size_t i = 0; i < follow_remedies(r); i++) {
		strbuf_reset(&remedy);
		if (follow_write_remedy(r, i, &remedy))
			row_add_remedy(row, config, &remedy);
	}
}

static void text_report(const struct renderer_config *config, const struct report *r,
			const struct verdict *v, struct strbuf *out)
{
	const struct layout *layout = layout_for(config);
	struct row row = {.out = out, .width = row_usable_width(config->width)};

	row_add_time(&row, config, r->boot_ns);
	row_add_signal(&row, r);
	row_add_sender(&row, layout->sender, r);
	row_add_target(&row, layout->target, r);
	row_add_result(&row, layout->result, config, r, v);
	row_add_why(&row, layout, r, v);
	row_break(&row);
	if (!config->skip_container)
		row_add_container(&row, &r->target);
	if (!config->skip_ancestors)
		row_add_ancestors(&row, r);
	if (!config->skip_remedy)
		row_add_remedies(&row, config, r, v);
}

static void text_begin(const struct renderer_config *config, struct strbuf *out)
{
	const struct layout *layout = layout_for(config);
	struct row row = {.out = out, .width = row_usable_width(config->width)};

	if (config->color)
		strbuf_add(out, COLOR_HEADING);
	row_add_word(&row, 0, NULL, "TIME");
	row_add_word(&row, SIGNAL_COLUMN, NULL, "SIGNAL");
	row_add_word(&row, layout->sender, NULL, "SENDER");
	row_add_word(&row, layout->target, NULL, "TARGET");
	row_add_word(&row, layout->result, NULL, "RESULT");
	if (layout->why_place == WHY_PLACE_BELOW)
		row_break(&row);
	row_add_word(&row, layout->why, NULL, "WHY");
	if (config->color)
		strbuf_add(out, COLOR_OFF);
	row_break(&row);
}

const struct renderer_ops text_renderer = {
	.name = "text",
	.begin = text_begin,
	.report = text_report,
	.lost = text_lost,
	.absent = text_absent,
	.summary = text_summary,
	.summary_is_data = false,
};
