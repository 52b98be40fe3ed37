/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cursor.h"
#include "engine_text.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* `word` is in lower case. */
static bool has_word(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t len = 0;

		while (word[len] && to_lower(text[len]) == word[len])
			len++;
		if (!word[len])
			return true;
	}
	return false;
}

enum engine_complaint engine_classify_complaint(const char *complaint)
{
	static const struct {
		const char *word;
		enum engine_complaint kind;
	} rows[] = {
		{"cannot connect to", ENGINE_COMPLAINT_UNREACHABLE},
		{"failed to connect to", ENGINE_COMPLAINT_UNREACHABLE},
		{"trying to connect to", ENGINE_COMPLAINT_UNREACHABLE},
		{"error during connect", ENGINE_COMPLAINT_UNREACHABLE},
		{"cannot access containerd socket", ENGINE_COMPLAINT_UNREACHABLE},
		{"no such container", ENGINE_COMPLAINT_NO_CONTAINER},
		{"no such object", ENGINE_COMPLAINT_NO_CONTAINER},
		{"not running", ENGINE_COMPLAINT_NOT_RUNNING},
		{"can only kill running containers", ENGINE_COMPLAINT_NOT_RUNNING},
		{"container state improper", ENGINE_COMPLAINT_NOT_RUNNING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (has_word(complaint, rows[i].word))
			return rows[i].kind;
	return ENGINE_COMPLAINT_OTHER;
}

static bool take_any(struct cursor *line, const char *const *words)
{
	for (; *words; words++)
		if (cursor_take(line, *words))
			return true;
	return false;
}

static void trim(struct cursor *line)
{
	while (line->at < line->end && (*line->at == ' ' || *line->at == '\t'))
		line->at++;
	while (line->at < line->end && strchr(" \t\r.", line->end[-1]))
		line->end--;
}

static bool find(const struct cursor *line, const char *word, struct cursor *behind)
{
	for (struct cursor c = *line; c.at < c.end; c.at++) {
		*behind = c;
		if (cursor_take(behind, word))
			return true;
	}
	return false;
}

/* A line of logrus, which podman and nerdctl have: time="…" level=fatal msg="…" */
static bool is_log(const struct cursor *line)
{
	struct cursor c = *line;

	return cursor_take(&c, "time=\"");
}

static bool is_worth_saying(const struct cursor *line)
{
	static const char *const hints[] = {"See '", "Run '", "Usage:", NULL};
	static const char *const chat[] = {" level=warning ", " level=info ", " level=debug ",
					   NULL};
	struct cursor c = *line;

	if (c.at == c.end || take_any(&c, hints))
		return false;
	for (size_t i = 0; chat[i] && is_log(line); i++)
		if (find(line, chat[i], &c))
			return false;
	return true;
}

/* The message of such a line is quoted as Go's %q does: quotes and backslashes are what matters. */
static void write_log_message(const struct cursor *line, struct strbuf *out)
{
	struct cursor c;

	if (!find(line, " msg=", &c)) {
		strbuf_add_bytes(out, line->at, cursor_len(line));
		return;
	}
	if (!cursor_take(&c, "\"")) {
		strbuf_add_bytes(out, c.at, cursor_len(&c));
		return;
	}
	for (; c.at < c.end && *c.at != '"'; c.at++) {
		c.at += *c.at == '\\' && c.at + 1 < c.end;
		strbuf_add_char(out, *c.at);
	}
}

/* docker says so before it tries a registry, and then why that failed. */
static bool is_missing_image(const struct cursor *line)
{
	struct cursor c = *line;

	return cursor_take(&c, "Unable to find image ");
}

void engine_read_complaint(const char *text, size_t size, struct strbuf *out)
{
	static const char *const prefixes[] = {
		"docker: ",
		"Error: ",
		"Error response from daemon: ",
		NULL,
	};
	struct cursor last = {text, text};
	struct cursor missing = last;

	for (const char *at = text, *end = text + size; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct cursor line = {at, newline ? newline : end};

		trim(&line);
		if (is_missing_image(&line))
			missing = line;
		else if (is_worth_saying(&line))
			last = line;
		at = newline ? newline + 1 : end;
	}
	strbuf_add_bytes(out, missing.at, cursor_len(&missing));
	if (cursor_len(&missing) > 0 && cursor_len(&last) > 0)
		strbuf_add(out, ": ");
	if (is_log(&last)) {
		write_log_message(&last, out);
		return;
	}
	while (take_any(&last, prefixes))
		;
	strbuf_add_bytes(out, last.at, cursor_len(&last));
}
