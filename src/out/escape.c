/* SPDX-License-Identifier: BSD-2-Clause */
#include "escape.h"

#include <string.h>

#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct escape {
	char c;
	const char *text;
};

static const struct escape xml[] = {
	{'&', "&amp;"},	 {'<', "&lt;"},	  {'>', "&gt;"},
	{'"', "&quot;"}, {'\r', "&#13;"}, /* which a parser would make a newline */
	{'\0', NULL},
};

static const struct escape yaml[] = {
	{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\0', NULL},
};

static const struct escape tap[] = {
	{'#', "\\#"}, {'\\', "\\\\"}, {'\n', " "}, {'\r', " "}, {'\0', NULL},
};

static const struct escape github_message[] = {
	{'%', "%25"},
	{'\r', "%0D"},
	{'\n', "%0A"},
	{'\0', NULL},
};

static const struct escape github_property[] = {
	{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}, {'\0', NULL},
};

static const char *find(const struct escape *escapes, char c)
{
	while (escapes->text && escapes->c != c)
		escapes++;
	return escapes->text;
}

/* XML 1.0, production 2, as far as valid UTF-8 can break it. The other formats have no use for
 * such characters, either. */
static bool is_allowed(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code != 0xfffe && code != 0xffff;
}

static void add(struct strbuf *out, const struct escape *escapes, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		const char *escaped = find(escapes, text[i]);
		uint32_t code;
		size_t size = utf8_decode(text + i, len - i, &code);

		if (escaped)
			strbuf_add(out, escaped);
		else if (size > 0 && is_allowed(code))
			strbuf_add_bytes(out, text + i, size);
		else
			strbuf_add(out, REPLACEMENT);
		i += size > 0 ? size : 1;
	}
}

void escape_add_xml(struct strbuf *out, const char *text, size_t len)
{
	add(out, xml, text, len);
}

void escape_add_yaml(struct strbuf *out, const char *text, size_t len)
{
	strbuf_add_char(out, '"');
	add(out, yaml, text, len);
	strbuf_add_char(out, '"');
}

void escape_add_tap(struct strbuf *out, const char *text, size_t len)
{
	add(out, tap, text, len);
}

void escape_add_github_message(struct strbuf *out, const char *text, size_t len)
{
	add(out, github_message, text, len);
}

void escape_add_github_property(struct strbuf *out, const char *text, size_t len)
{
	add(out, github_property, text, len);
}
