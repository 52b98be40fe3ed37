/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_writer.h"

#include <string.h>

#include "utf8.h"

void json_begin_line(struct json_writer *w, struct strbuf *out)
{
	*w = (struct json_writer){.out = out, .start = out->len, .cut = out->cut};
	out->cut = false;
	json_begin_object(w, NULL);
}

void json_end_line(struct json_writer *w)
{
	json_end_object(w);
	strbuf_add_char(w->out, '\n');
	if (w->out->cut) {
		w->out->len = w->start;
		w->out->data[w->start] = '\0';
	}
	w->out->cut |= w->cut;
}

static void add_key(struct json_writer *w, const char *key)
{
	if (w->comma)
		strbuf_add_char(w->out, ',');
	w->comma = true;
	if (key) {
		strbuf_add_char(w->out, '"');
		strbuf_add(w->out, key);
		strbuf_add_bytes(w->out, "\":", 2);
	}
}

void json_begin_object(struct json_writer *w, const char *key)
{
	add_key(w, key);
	strbuf_add_char(w->out, '{');
	w->comma = false;
}

void json_end_object(struct json_writer *w)
{
	strbuf_add_char(w->out, '}');
	w->comma = true;
}

void json_begin_array(struct json_writer *w, const char *key)
{
	add_key(w, key);
	strbuf_add_char(w->out, '[');
	w->comma = false;
}

void json_end_array(struct json_writer *w)
{
	strbuf_add_char(w->out, ']');
	w->comma = true;
}

void json_add_u64(struct json_writer *w, const char *key, uint64_t value)
{
	add_key(w, key);
	strbuf_add_u64(w->out, value);
}

void json_add_i64(struct json_writer *w, const char *key, int64_t value)
{
	add_key(w, key);
	strbuf_add_i64(w->out, value);
}

void json_add_bool(struct json_writer *w, const char *key, bool value)
{
	add_key(w, key);
	strbuf_add(w->out, value ? "true" : "false");
}

void json_add_hex(struct json_writer *w, const char *key, uint64_t value)
{
	add_key(w, key);
	strbuf_add_char(w->out, '"');
	strbuf_add_hex(w->out, value);
	strbuf_add_char(w->out, '"');
}

void json_add_name(struct json_writer *w, const char *key, const char *name)
{
	add_key(w, key);
	strbuf_add_char(w->out, '"');
	strbuf_add(w->out, name);
	strbuf_add_char(w->out, '"');
}

static void add_unit(struct strbuf *out, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	char text[6] = {'\\', 'u'};

	for (int i = 0; i < 4; i++)
		text[2 + i] = digits[unit >> (12 - 4 * i) & 0xf];
	strbuf_add_bytes(out, text, sizeof(text));
}

/* \uXXXX, as a surrogate pair past the Basic Multilingual Plane (RFC 8259, section 7). */
static void add_code(struct strbuf *out, uint32_t code)
{
	if (code >= 0x10000) {
		code -= 0x10000;
		add_unit(out, 0xd800 | code >> 10);
		add_unit(out, 0xdc00 | (code & 0x3ff));
	} else {
		add_unit(out, code);
	}
}

/* strbuf_add_escaped() decides, so that text and JSON never disagree about what is dangerous. */
static bool character_is_printable(const char *text, size_t size)
{
	char copy[4 * sizeof("\\xNN")];
	struct strbuf escaped;

	strbuf_init(&escaped, copy, sizeof(copy));
	strbuf_add_escaped(&escaped, text, size);
	return escaped.len == size && memcmp(copy, text, size) == 0;
}

/* Everything but printable ASCII that stands for itself. Returns the bytes read. */
static size_t add_special(struct strbuf *out, const char *text, size_t size)
{
	uint32_t code;
	size_t used;

	if (*text == '"' || *text == '\\') {
		strbuf_add_char(out, '\\');
		strbuf_add_char(out, *text);
		return 1;
	}
	used = utf8_decode(text, size, &code);
	if (used == 0) {
		strbuf_add_bytes(out, "\xef\xbf\xbd", 3);
		return 1;
	}
	if (character_is_printable(text, used))
		strbuf_add_bytes(out, text, used);
	else
		add_code(out, code);
	return used;
}

void json_add_text(struct json_writer *w, const char *key, const char *text, size_t size)
{
	size_t plain = 0;
	size_t i = 0;

	size = strnlen(text, size);
	add_key(w, key);
	strbuf_add_char(w->out, '"');
	while (i < size) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		strbuf_add_bytes(w->out, text + plain, i - plain);
		i += add_special(w->out, text + i, size - i);
		plain = i;
	}
	strbuf_add_bytes(w->out, text + plain, i - plain);
	strbuf_add_char(w->out, '"');
}
