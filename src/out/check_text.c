/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of check, for people: what was checked, when what happened (check_timeline.c), what to think
 * of, what to do, and one line that is the verdict. That line comes last and is never wrapped, so
 * that a script finds it, too.
 */
#include "check_renderer.h"
#include "check_timeline.h"
#include "check_words.h"
#include "page.h"

#define INDENT 2

static const char *const verdict_colors[] = {
	[CHECK_PASS] = COLOR_ACTS,
	[CHECK_FAIL] = COLOR_PROBLEM,
	[CHECK_INCONCLUSIVE] = COLOR_WAITS,
};
_Static_assert(sizeof(verdict_colors) / sizeof(verdict_colors[0]) == CHECK_VERDICT_COUNT,
	       "verdict_colors");

/* "image shop/web:1.4 (docker): SIGQUIT, its STOPSIGNAL; grace period 10.0 s" */
static void add_heading(struct page *page, const struct check_run *run)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	check_words_write_name(run, &text);
	if (run->engine) {
		strbuf_add(&text, " (");
		strbuf_add_escaped(&text, run->engine, SIZE_MAX);
		strbuf_add_char(&text, ')');
	}
	strbuf_add(&text, ": ");
	strbuf_add(&text, check_words_signal(run));
	if (run->sig_from_image)
		strbuf_add(&text, ", its STOPSIGNAL");
	strbuf_add(&text, "; grace period ");
	strbuf_add_duration(&text, run->grace_ns);
	page_add_labelled(page, 0, COLOR_HEADING, check_words_subject(run), &text);
}

static void add_evidence(struct page *page, const struct check_run *run)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	if (run->evidence == CHECK_EVIDENCE_BPF)
		return;
	strbuf_init(&text, data, sizeof(data));
	strbuf_add(&text, run->evidence == CHECK_EVIDENCE_PROCFS
				  ? "/proc before and after the signal, and the outcome"
				  : "the outcome, as the engine tells it");
	if (run->evidence_why[0] != '\0') {
		strbuf_add(&text, "; no events of the kernel: ");
		strbuf_add_escaped(&text, run->evidence_why, sizeof(run->evidence_why));
	}
	page_add_labelled(page, INDENT, NULL, "evidence:", &text);
}

static void add_kept(struct page *page, const struct check_run *run)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	if (!run->container[0])
		return;
	strbuf_init(&text, data, sizeof(data));
	strbuf_add_escaped(&text, run->container, SIZE_MAX);
	page_add_labelled(page, INDENT, NULL, "kept container:", &text);
}

static void add_note(struct page *page, uint64_t count, const char *one, const char *many,
		     const char *meaning)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	if (count == 0)
		return;
	strbuf_init(&text, data, sizeof(data));
	row_write_count(&text, count, one, many);
	strbuf_add(&text, meaning);
	page_add_labelled(page, INDENT, COLOR_WAITS, "note:", &text);
}

static void add_notes(struct page *page, const struct check_run *run)
{
	add_note(page, run->lost, "event of the kernel was lost", "events of the kernel were lost",
		 ": that something was not seen proves nothing");
	add_note(page, run->events_dropped, "more event", "more events", " than are kept");
	add_note(page, run->processes_dropped, "more process", "more processes", " than are kept");
}

static void add_remedy(struct page *page, const struct check_run *run, enum check_reason reason)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (check_write_remedy(run, reason, &text))
		page_add_labelled(page, INDENT, COLOR_REMEDY, "remedy:", &text);
}

static void add_warnings(struct page *page, const struct check_result *result)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	for (int i = 0; i < CHECK_REASON_COUNT; i++) {
		if (!(result->judgement.warnings & 1U << i))
			continue;
		strbuf_reset(&text);
		check_words_write_reason(result->run, (enum check_reason)i, &text);
		page_add_labelled(page, INDENT, COLOR_WAITS, "warning:", &text);
		add_remedy(page, result->run, (enum check_reason)i);
	}
}

static void add_verdict(struct page *page, const struct check_result *result)
{
	const char *color = page_color(page, verdict_colors[result->judgement.verdict]);

	if (color)
		strbuf_add(&page->out, color);
	check_words_write_verdict(result, &page->out);
	if (color)
		strbuf_add(&page->out, COLOR_OFF);
	page_end_line(page);
}

static void write_result(const struct inspect_config *config, const struct check_result *result,
			 const struct inspect_sink *sink)
{
	const struct check_run *run = result->run;
	struct page page;

	page_init(&page, config, sink);
	add_heading(&page, run);
	add_kept(&page, run);
	add_evidence(&page, run);
	check_timeline_write(&page, run);
	check_list_write(&page, run);
	add_notes(&page, run);
	add_warnings(&page, result);
	add_remedy(&page, run, result->judgement.reason);
	add_verdict(&page, result);
}

static void text_write(const struct renderer_config *config, const struct check_result *results,
		       size_t len, const struct inspect_sink *sink)
{
	const struct inspect_config page = {.color = config->color, .width = config->width};

	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			sink->put(sink->context, "\n", 1);
		write_result(&page, &results[i], sink);
	}
}

const struct check_ops check_text = {
	.name = "text",
	.write = text_write,
	.for_people = true,
};
