/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of inspect, for people: what a process is, what it does with signals, and for each signal
 * that is shown what would become of it if it were sent now. Meaning never rests on colour alone.
 *
 * IF SENT:
 *   acts       it would be acted on: a handler, a default action, a waiting thread
 *   waits      it would stay pending, as things are
 *   NO EFFECT  it would be dropped
 *   unknown    the program or its tracer decides, or the snapshot does not tell enough
 */
#include <string.h>

#include "inspect_facts.h"
#include "inspect_threads.h"
#include "inspect_words.h"
#include "page.h"
#include "signal_numbers.h"

/* A symbol that is longer is cut; JSON has more of it. */
#define SYMBOL_SIZE_MAX 256

#define INDENT	       2
#define FINDING_INDENT 4
#define FINDING_REMEDY 6

/* Columns of the signals; what belongs to one, below it, begins at SET TO. */
#define SET_TO_COLUMN  11
#define IF_SENT_COLUMN 20
#define WHY_COLUMN     30

/* Ends before IF SENT. */
#define INSIDE_LABEL  "from inside:"
#define INSIDE_COLUMN (IF_SENT_COLUMN - sizeof(INSIDE_LABEL))

/* On a terminal that is narrower, WHY is on lines of its own. */
#define WHY_WIDTH_MIN 70

#define REMEDY_LABEL "remedy:"

static void add_head(struct page *page, const struct inspect_process *ip)
{
	const struct process *p = ip->process;
	const struct row_process name = {
		.comm = p->comm,
		.tgid = p->tgid,
		.ns_tgid = p->ns_tgid,
		.tid = p->tgid,
	};
	bool shorten = page->row.width > 0;
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	row_write_process(&text, &name, shorten);
	strbuf_add_char(&text, ':');
	row_add(&page->row, 0, page_color(page, COLOR_HEADING), data, text.len);
	strbuf_reset(&text);
	inspect_write_process_facts(ip->table, p, shorten, &text);
	row_wrap(&page->row, page->row.column + 1, INDENT, data, text.len);
	page_end_line(page);
}

static void add_set(struct page *page, const char *label, uint64_t set, bool known)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (known)
		inspect_write_signals(&text, set);
	else
		strbuf_add(&text, "not known");
	page_add_labelled(page, INDENT, NULL, label, &text);
}

/* "TERM; in thread 4245: USR1": the process's set, then what only threads have. */
static void write_pending(const struct process *p, struct strbuf *out)
{
	const struct thread *only = NULL;
	uint64_t set = 0;
	size_t count = 0;

	for (size_t i = 0; i < p->threads_len; i++) {
		if (p->threads[i].pending == 0)
			continue;
		only = &p->threads[i];
		set |= only->pending;
		count++;
	}
	if (p->pending != 0 || count == 0)
		inspect_write_signals(out, p->pending);
	if (count == 0)
		return;
	strbuf_add(out, p->pending != 0 ? "; in " : "in ");
	if (count == 1) {
		strbuf_add(out, "thread ");
		strbuf_add_u64(out, only->tid);
	} else {
		row_write_count(out, count, "thread", "threads");
	}
	strbuf_add(out, ": ");
	inspect_write_signals(out, set);
}

static void add_pending(struct page *page, const struct process *p)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	write_pending(p, &text);
	page_add_labelled(page, INDENT, NULL, "pending:", &text);
}

static void add_blocked(struct page *page, const struct process *p)
{
	uint64_t all = inspect_blocked_by_all(p);
	uint64_t some = inspect_blocked_by_any(p) & ~all;
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	if ((all | some) == 0)
		return;
	strbuf_init(&text, data, sizeof(data));
	if (all != 0)
		inspect_write_signals(&text, all);
	if (some != 0) {
		strbuf_add(&text, all != 0 ? "; in some threads: " : "in some threads: ");
		inspect_write_signals(&text, some);
	}
	page_add_labelled(page, INDENT, NULL, "blocks: ", &text);
}

/* What it takes without a handler. */
static void add_awaited(struct page *page, const struct process *p)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;
	uint64_t set = 0;

	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].waited_for_known)
			set |= p->threads[i].waited_for;
	strbuf_init(&text, data, sizeof(data));
	if (set != 0) {
		strbuf_add(&text, "in sigwait(): ");
		inspect_write_signals(&text, set);
	}
	if ((p->known & PROCESS_KNOWN_SIGNALFD) && p->signalfd != 0) {
		strbuf_add(&text, text.len > 0 ? "; by signalfd: " : "by signalfd: ");
		inspect_write_signals(&text, p->signalfd);
	}
	if (text.len > 0)
		page_add_labelled(page, INDENT, NULL, "awaits: ", &text);
}

static void add_sets(struct page *page, const struct process *p)
{
	bool known = p->known & PROCESS_KNOWN_DISPOSITIONS;

	add_set(page, "catches:", inspect_without_libc(p->caught), known);
	add_set(page, "ignores:", inspect_without_libc(p->ignored), known);
	add_blocked(page, p);
	add_awaited(page, p);
	add_pending(page, p);
}

static const char *effect_color(const struct page *page, const struct prediction *p)
{
	if (!p->known || p->effect == PREDICT_EFFECT_UNKNOWN)
		return page_color(page, COLOR_WAITS);
	if (p->effect == PREDICT_EFFECT_YES)
		return page_color(page, COLOR_ACTS);
	return p->verdict.problem ? page_color(page, COLOR_PROBLEM) : NULL;
}

/* IF SENT and WHY. */
static void add_prediction(struct page *page, const struct prediction *p)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct row *row = &page->row;
	size_t start = WHY_COLUMN;
	struct strbuf why;

	row_add_word(row, IF_SENT_COLUMN, effect_color(page, p), inspect_effect_word(p));
	strbuf_init(&why, data, sizeof(data));
	inspect_write_explanation(p, &why);
	if (row->width > 0 && row->width < WHY_WIDTH_MIN) {
		row_break(row);
		start = SET_TO_COLUMN;
	}
	row_wrap(row, start, start, data, why.len);
	page_end_line(page);
}

static bool has_rule(const struct prediction *p, const struct cause_rule *rule)
{
	return p->known && p->verdict.rule == rule;
}

/* The one signal below which the remedy of a rule is shown: SIGTERM, or the first. */
static const struct inspect_signal *remedy_place(const struct inspect_process *ip,
						 const struct cause_rule *rule)
{
	const struct inspect_signal *place = NULL;

	for (size_t i = 0; i < ip->signals_len; i++) {
		const struct inspect_signal *s = &ip->signals[i];

		if (!has_rule(&s->outside, rule) && !(s->differs && has_rule(&s->inside, rule)))
			continue;
		if (!place || s->sig == SIG_TERM)
			place = s;
	}
	return place;
}

static void add_remedy(struct page *page, const struct inspect_process *ip,
		       const struct inspect_signal *s, const struct prediction *p)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	if (!p->known || remedy_place(ip, p->verdict.rule) != s)
		return;
	if (p == &s->inside && has_rule(&s->outside, p->verdict.rule))
		return;
	strbuf_init(&text, data, sizeof(data));
	if (explain_write_remedy(&p->report, &p->verdict, &text))
		page_add_labelled(page, SET_TO_COLUMN, COLOR_REMEDY, REMEDY_LABEL, &text);
}

static void add_disposition(struct page *page, const struct process *p, int sig)
{
	enum disposition disposition;
	bool known = inspect_disposition_of(p, sig, &disposition);

	row_add_word(&page->row, SET_TO_COLUMN, NULL, known ? disposition_name(disposition) : "-");
}

/* What no disposition says. */
static void add_now(struct page *page, const struct process *p, int sig)
{
	enum inspect_pending pending = inspect_pending_of(p, sig);
	char data[64];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (inspect_blocked_by_all(p) & signal_bit(sig))
		strbuf_add(&text, "blocked");
	if (pending != INSPECT_PENDING_NONE) {
		strbuf_add(&text, text.len > 0 ? ", pending for " : "pending for ");
		strbuf_add(&text,
			   pending == INSPECT_PENDING_PROCESS ? "the process" : "single threads");
	}
	if (text.len > 0)
		page_add_labelled(page, SET_TO_COLUMN, NULL, "now:", &text);
}

/* The handler of a signal, unless the explanation has just named it. */
static void add_handler(struct page *page, const struct process *p, const struct inspect_signal *s)
{
	const struct process_action *action = inspect_action_of(p, s->sig);
	const struct process_symbol *symbol;
	char data[SYMBOL_SIZE_MAX];
	struct strbuf text;

	if (!action || (s->outside.known && s->outside.verdict.cause == CAUSE_CAUGHT))
		return;
	symbol = process_symbol_of(p, action->handler);
	strbuf_init(&text, data, sizeof(data));
	if (symbol && symbol->text)
		strbuf_add_escaped(&text, symbol->text, SIZE_MAX);
	else
		strbuf_add_hex(&text, action->handler);
	page_add_labelled(page, SET_TO_COLUMN, NULL, "handler:", &text);
}

/* The first signal that is shown with the same provenance: the clause is the same, too. */
static const struct inspect_signal *provenance_place(const struct inspect_process *ip,
						     enum provenance provenance)
{
	const struct inspect_signal *s = ip->signals;

	while (s->provenance != provenance)
		s++;
	return s;
}

static void add_provenance(struct page *page, const struct inspect_process *ip,
			   const struct inspect_signal *s)
{
	char data[PAGE_SENTENCE_SIZE_MAX];
	const struct inspect_signal *first;
	struct strbuf text;

	if (s->provenance == PROVENANCE_NONE)
		return;
	strbuf_init(&text, data, sizeof(data));
	first = provenance_place(ip, s->provenance);
	if (first == s) {
		provenance_write(ip->table, ip->process, s->sig, s->provenance, &text);
	} else {
		strbuf_add(&text, "as ");
		strbuf_add(&text, signal_name(first->sig));
	}
	page_add_labelled(page, SET_TO_COLUMN, NULL, "origin:", &text);
}

static void add_signal(struct page *page, const struct inspect_process *ip,
		       const struct inspect_signal *s)
{
	row_add_word(&page->row, INDENT, NULL, signal_name(s->sig));
	add_disposition(page, ip->process, s->sig);
	add_prediction(page, &s->outside);
	if (s->differs) {
		row_add_word(&page->row, INSIDE_COLUMN, NULL, INSIDE_LABEL);
		add_prediction(page, &s->inside);
	}
	add_now(page, ip->process, s->sig);
	add_handler(page, ip->process, s);
	add_provenance(page, ip, s);
	add_remedy(page, ip, s, &s->outside);
	if (s->differs)
		add_remedy(page, ip, s, &s->inside);
}

static void add_signals(struct page *page, const struct inspect_process *ip)
{
	const char *color = page_color(page, COLOR_HEADING);

	if (ip->signals_len == 0)
		return;
	row_add_word(&page->row, INDENT, color, "SIGNAL");
	row_add_word(&page->row, SET_TO_COLUMN, color, "SET TO");
	row_add_word(&page->row, IF_SENT_COLUMN, color, "IF SENT");
	row_add_word(&page->row, WHY_COLUMN, color, "WHY");
	page_end_line(page);
	for (size_t i = 0; i < ip->signals_len; i++)
		add_signal(page, ip, &ip->signals[i]);
}

static void add_stuck(struct page *page, const struct inspect_process *ip)
{
	const struct stuck *s = &ip->stuck;
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text;

	if (s->reason == STUCK_REASON_NONE)
		return;
	strbuf_init(&text, data, sizeof(data));
	stuck_write_reason(ip->process, s, &text);
	row_add_word(&page->row, INDENT, page_color(page, COLOR_PROBLEM), "stuck:");
	row_wrap(&page->row, page->row.column + 1, page->row.column + 1, data, text.len);
	page_end_line(page);
	for (size_t i = 0; i < s->len; i++) {
		strbuf_reset(&text);
		stuck_write(ip->table, ip->process, &s->findings[i], &text);
		page_add_labelled(page, FINDING_INDENT, NULL, "-", &text);
		strbuf_reset(&text);
		if (stuck_write_remedy(ip->table, ip->process, &s->findings[i], &text))
			page_add_labelled(page, FINDING_REMEDY, COLOR_REMEDY, REMEDY_LABEL, &text);
	}
}

static void text_begin(const struct inspect_config *config, enum process_evidence evidence,
		       const struct inspect_sink *sink)
{
	(void)config;
	(void)evidence;
	(void)sink;
}

static void text_process(const struct inspect_config *config, const struct inspect_process *ip,
			 const struct inspect_sink *sink)
{
	struct page page;

	page_init(&page, config, sink);
	if (ip->index > 0)
		page_end_line(&page);
	add_head(&page, ip);
	add_sets(&page, ip->process);
	add_signals(&page, ip);
	add_stuck(&page, ip);
	if (config->threads)
		inspect_add_threads(&page, ip);
}

static void text_end(const struct inspect_config *config, const uint32_t *gone, size_t gone_len,
		     const struct inspect_sink *sink)
{
	(void)config;
	(void)gone;
	(void)gone_len;
	(void)sink;
}

const struct inspect_ops inspect_text = {
	.name = "text",
	.begin = text_begin,
	.process = text_process,
	.end = text_end,
};
