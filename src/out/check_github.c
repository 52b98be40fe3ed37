/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workflow commands of GitHub Actions: one annotation for each result, and one for each warning.
 * What is inconclusive is an error, too, because the step fails with it.
 */
#include <string.h>

#include "check_renderer.h"
#include "check_words.h"
#include "escape.h"

/* A name, and a sentence and a remedy, where each byte may need three: "%25". */
#define LINE_SIZE_MAX 16384

static void write_remedy(const struct check_run *run, enum check_reason reason, struct strbuf *out)
{
	char data[CHECK_WORDS_SENTENCE_SIZE];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	if (!check_write_remedy(run, reason, &text))
		return;
	escape_add_github_message(out, "\nremedy: ", strlen("\nremedy: "));
	escape_add_github_message(out, data, text.len);
}

static void begin(const char *level, const struct check_run *run, struct strbuf *out)
{
	char data[CHECK_WORDS_NAME_SIZE];
	struct strbuf name;

	strbuf_init(&name, data, sizeof(data));
	check_words_write_name(run, &name);
	strbuf_add(out, "::");
	strbuf_add(out, level);
	strbuf_add(out, " title=sigtrace check ");
	escape_add_github_property(out, data, name.len);
	strbuf_add(out, "::");
}

static void put_line(struct strbuf *line, const struct inspect_sink *sink)
{
	strbuf_add_char(line, '\n');
	sink->put(sink->context, line->data, line->len);
	strbuf_reset(line);
}

static void put_verdict(const struct check_result *result, const struct inspect_sink *sink)
{
	const bool passed = result->judgement.verdict == CHECK_PASS;
	char sentence[CHECK_WORDS_NAME_SIZE + CHECK_WORDS_SENTENCE_SIZE];
	char data[LINE_SIZE_MAX];
	struct strbuf text;
	struct strbuf line;

	strbuf_init(&line, data, sizeof(data));
	strbuf_init(&text, sentence, sizeof(sentence));
	begin(passed ? "notice" : "error", result->run, &line);
	check_words_write_verdict(result, &text);
	escape_add_github_message(&line, sentence, text.len);
	write_remedy(result->run, result->judgement.reason, &line);
	put_line(&line, sink);
}

static void put_warning(const struct check_run *run, enum check_reason reason,
			const struct inspect_sink *sink)
{
	char sentence[CHECK_WORDS_SENTENCE_SIZE];
	char data[LINE_SIZE_MAX];
	struct strbuf text;
	struct strbuf line;

	strbuf_init(&line, data, sizeof(data));
	strbuf_init(&text, sentence, sizeof(sentence));
	begin("warning", run, &line);
	check_words_write_reason(run, reason, &text);
	escape_add_github_message(&line, sentence, text.len);
	write_remedy(run, reason, &line);
	put_line(&line, sink);
}

static void github_write(const struct renderer_config *config, const struct check_result *results,
			 size_t len, const struct inspect_sink *sink)
{
	(void)config;
	for (size_t i = 0; i < len; i++) {
		put_verdict(&results[i], sink);
		for (int reason = 0; reason < CHECK_REASON_COUNT; reason++)
			if (results[i].judgement.warnings & 1U << reason)
				put_warning(results[i].run, (enum check_reason)reason, sink);
	}
}

const struct check_ops check_github = {
	.name = "github",
	.write = github_write,
};
