/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JUnit's XML, of which there is no standard: what the schema of Jenkins' plugin allows
 * (tests/golden/junit.xsd) and GitLab reads. GitLab shows the text of a failure and nothing else of
 * a case, so that it holds the explanation and the remedy; system-out is the whole report.
 */
#include <string.h>

#include "check_renderer.h"
#include "check_words.h"
#include "escape.h"
#include "page.h"

/* A name and a sentence, where each byte may need six: "&quot;". */
#define LINE_SIZE_MAX 16384
#define ESCAPE_GROWTH 6

/* Of the text report in it. */
#define REPORT_COLUMNS 100

/* What of the time stamp is there: no fraction, no zone (it is UTC). */
#define TIMESTAMP_LEN (sizeof("2026-01-31T23:59:59") - 1)

static void put(const struct inspect_sink *sink, const char *text)
{
	sink->put(sink->context, text, strlen(text));
}

static void put_line(struct strbuf *line, const struct inspect_sink *sink)
{
	strbuf_add_char(line, '\n');
	sink->put(sink->context, line->data, line->len);
	strbuf_reset(line);
}

static void add_attribute(struct strbuf *line, const char *key, const char *text)
{
	strbuf_add_char(line, ' ');
	strbuf_add(line, key);
	strbuf_add(line, "=\"");
	escape_add_xml(line, text, strlen(text));
	strbuf_add_char(line, '"');
}

static void add_count(struct strbuf *line, const char *key, uint64_t count)
{
	char data[sizeof("18446744073709551615")];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	strbuf_add_u64(&text, count);
	add_attribute(line, key, data);
}

static void add_seconds(struct strbuf *line, uint64_t ns)
{
	char data[sizeof("18446744073.710")];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	check_words_write_seconds(ns, &text);
	add_attribute(line, "time", data);
}

static size_t count_of(const struct check_result *results, size_t len, enum check_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += results[i].judgement.verdict == verdict;
	return count;
}

static void put_suite(const struct renderer_config *config, const struct check_result *results,
		      size_t len, const struct inspect_sink *sink)
{
	char data[LINE_SIZE_MAX];
	char time[RENDERER_UTC_SIZE];
	uint64_t total_ns = 0;
	struct strbuf text;
	struct strbuf line;

	for (size_t i = 0; i < len; i++)
		total_ns += results[i].elapsed_ns;
	strbuf_init(&line, data, sizeof(data));
	strbuf_add(&line, "  <testsuite");
	add_attribute(&line, "name", "sigtrace check");
	add_count(&line, "tests", len);
	add_count(&line, "failures", count_of(results, len, CHECK_FAIL));
	add_count(&line, "errors", count_of(results, len, CHECK_INCONCLUSIVE));
	add_count(&line, "skipped", 0);
	add_seconds(&line, total_ns);
	if (len > 0 && results[0].run->began_ns != 0) {
		strbuf_init(&text, time, sizeof(time));
		renderer_write_utc(config, results[0].run->began_ns, &text);
		time[TIMESTAMP_LEN] = '\0';
		add_attribute(&line, "timestamp", time);
	}
	strbuf_add_char(&line, '>');
	put_line(&line, sink);
}

/* The line of a sentence that was written as text. */
static void put_sentence(const char *label, const struct strbuf *sentence,
			 const struct inspect_sink *sink)
{
	char data[LINE_SIZE_MAX];
	struct strbuf line;

	strbuf_init(&line, data, sizeof(data));
	strbuf_add(&line, label);
	escape_add_xml(&line, sentence->data, sentence->len);
	put_line(&line, sink);
}

static void put_remedy(const struct check_run *run, enum check_reason reason,
		       const struct inspect_sink *sink)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (check_write_remedy(run, reason, &text))
		put_sentence("remedy: ", &text, sink);
}

static void put_warnings(const struct check_result *result, const struct inspect_sink *sink)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	for (int i = 0; i < CHECK_REASON_COUNT; i++) {
		if (!(result->judgement.warnings & 1U << i))
			continue;
		strbuf_reset(&text);
		check_words_write_reason(result->run, (enum check_reason)i, &text);
		put_sentence("warning: ", &text, sink);
		put_remedy(result->run, (enum check_reason)i, sink);
	}
}

/* A failure, or an error: the test could not be made. */
static void put_failure(const struct check_result *result, const char *element,
			const struct inspect_sink *sink)
{
	const enum check_reason reason = result->judgement.reason;
	char sentence[CHECK_WORDS_SENTENCE_SIZE];
	char data[LINE_SIZE_MAX];
	struct strbuf text;
	struct strbuf line;

	strbuf_init(&text, sentence, sizeof(sentence));
	check_write_reason(result->run, reason, &text);
	strbuf_init(&line, data, sizeof(data));
	strbuf_add(&line, "      <");
	strbuf_add(&line, element);
	add_attribute(&line, "message", sentence);
	add_attribute(&line, "type", check_reason_name(reason));
	strbuf_add_char(&line, '>');
	sink->put(sink->context, line.data, line.len);
	put_sentence("", &text, sink);
	put_remedy(result->run, reason, sink);
	put_warnings(result, sink);
	put(sink, "</");
	put(sink, element);
	put(sink, ">\n");
}

/* Takes the pieces of the text report: of whole characters, and a page's room at most. */
static void put_escaped(void *context, const char *bytes, size_t len)
{
	const struct inspect_sink *sink = context;
	char data[ESCAPE_GROWTH * sizeof(((struct page *)NULL)->data) + 1];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	escape_add_xml(&text, bytes, len);
	sink->put(sink->context, data, text.len);
}

static void put_report(const struct renderer_config *config, const struct check_result *result,
		       const struct inspect_sink *sink)
{
	const struct renderer_config plain = {.width = REPORT_COLUMNS,
					      .realtime_offset_ns = config->realtime_offset_ns};
	struct inspect_sink inner = {.put = put_escaped};
	struct inspect_sink outer = *sink;

	inner.context = &outer;
	put(sink, "      <system-out>");
	check_text.write(&plain, result, 1, &inner);
	put(sink, "</system-out>\n");
}

static void put_case(const struct renderer_config *config, const struct check_result *result,
		     const struct inspect_sink *sink)
{
	char name[CHECK_WORDS_NAME_SIZE];
	char data[LINE_SIZE_MAX];
	struct strbuf text;
	struct strbuf line;

	strbuf_init(&text, name, sizeof(name));
	check_words_write_name(result->run, &text);
	strbuf_init(&line, data, sizeof(data));
	strbuf_add(&line, "    <testcase");
	add_attribute(&line, "name", name);
	add_attribute(&line, "classname", "sigtrace.check");
	add_seconds(&line, result->elapsed_ns);
	strbuf_add_char(&line, '>');
	put_line(&line, sink);
	if (result->judgement.verdict == CHECK_FAIL)
		put_failure(result, "failure", sink);
	else if (result->judgement.verdict == CHECK_INCONCLUSIVE)
		put_failure(result, "error", sink);
	put_report(config, result, sink);
	put(sink, "    </testcase>\n");
}

static void junit_write(const struct renderer_config *config, const struct check_result *results,
			size_t len, const struct inspect_sink *sink)
{
	put(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	put_suite(config, results, len, sink);
	for (size_t i = 0; i < len; i++)
		put_case(config, &results[i], sink);
	put(sink, "  </testsuite>\n</testsuites>\n");
}

const struct check_ops check_junit = {
	.name = "junit",
	.write = junit_write,
};
