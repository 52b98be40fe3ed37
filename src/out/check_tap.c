/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Test Anything Protocol, version 13, with diagnostics in YAML. It knows no third verdict, and
 * its directives make a harness count a test as passed: what is inconclusive is "not ok", and says
 * so in its diagnostics.
 */
#include "check_facts.h"
#include "check_renderer.h"

#include <string.h>

#include "check_words.h"
#include "escape.h"

/* A name and a sentence, where each byte may need three: U+FFFD. */
#define LINE_SIZE_MAX 8192

#define NS_PER_MS 1000000

struct tap {
	const struct inspect_sink *sink;
	char data[LINE_SIZE_MAX];
	struct strbuf line;
};

static void end_line(struct tap *tap)
{
	strbuf_add_char(&tap->line, '\n');
	tap->sink->put(tap->sink->context, tap->line.data, tap->line.len);
	strbuf_reset(&tap->line);
}

static void put_string(struct tap *tap, const char *key, const char *text)
{
	strbuf_add(&tap->line, key);
	escape_add_yaml(&tap->line, text, strlen(text));
	end_line(tap);
}

static void put_number(struct tap *tap, const char *key, uint64_t number)
{
	strbuf_add(&tap->line, key);
	strbuf_add_u64(&tap->line, number);
	end_line(tap);
}

static void put_line(struct tap *tap, const char *text)
{
	strbuf_add(&tap->line, text);
	end_line(tap);
}

static void put_test(struct tap *tap, const struct check_result *result, size_t number)
{
	char data[CHECK_WORDS_NAME_SIZE];
	struct strbuf name;

	strbuf_init(&name, data, sizeof(data));
	check_words_write_name(result->run, &name);
	strbuf_add(&tap->line, result->judgement.verdict == CHECK_PASS ? "ok " : "not ok ");
	strbuf_add_u64(&tap->line, number);
	strbuf_add(&tap->line, " - ");
	escape_add_tap(&tap->line, data, name.len);
	strbuf_add(&tap->line, ": ");
	strbuf_add(&tap->line, check_reason_name(result->judgement.reason));
	end_line(tap);
}

static void put_sentences(struct tap *tap, const struct check_run *run, enum check_reason reason,
			  const char *message_key, const char *remedy_key)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	check_write_reason(run, reason, &text);
	put_string(tap, message_key, data);
	strbuf_reset(&text);
	if (check_write_remedy(run, reason, &text))
		put_string(tap, remedy_key, data);
}

static void put_warnings(struct tap *tap, const struct check_result *result)
{
	if (result->judgement.warnings == 0)
		return;
	put_line(tap, "  warnings:");
	for (int i = 0; i < CHECK_REASON_COUNT; i++) {
		if (!(result->judgement.warnings & 1U << i))
			continue;
		put_string(tap, "    - reason: ", check_reason_name((enum check_reason)i));
		put_sentences(tap, result->run, (enum check_reason)i,
			      "      message: ", "      remedy: ");
	}
}

static void put_diagnostics(struct tap *tap, const struct check_result *result)
{
	const struct check_run *run = result->run;

	put_line(tap, "  ---");
	put_string(tap, "  verdict: ", check_verdict_name(result->judgement.verdict));
	put_string(tap, "  reason: ", check_reason_name(result->judgement.reason));
	put_sentences(tap, run, result->judgement.reason, "  message: ", "  remedy: ");
	put_string(tap, "  evidence: ", check_evidence_name(check_evidence(run)));
	put_string(tap, "  signal: ", check_words_signal(run));
	put_number(tap, "  grace_ms: ", run->grace_ns / NS_PER_MS);
	put_number(tap, "  duration_ms: ", result->elapsed_ns / NS_PER_MS);
	put_warnings(tap, result);
	put_line(tap, "  ...");
}

static void tap_write(const struct renderer_config *config, const struct check_result *results,
		      size_t len, const struct inspect_sink *sink)
{
	struct tap tap = {.sink = sink};

	(void)config;
	strbuf_init(&tap.line, tap.data, sizeof(tap.data));
	put_line(&tap, "TAP version 13");
	put_number(&tap, "1..", len);
	for (size_t i = 0; i < len; i++) {
		put_test(&tap, &results[i], i + 1);
		put_diagnostics(&tap, &results[i]);
	}
}

const struct check_ops check_tap = {
	.name = "tap",
	.write = tap_write,
};
