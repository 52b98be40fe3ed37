/* SPDX-License-Identifier: BSD-2-Clause */
#include "cursor.h"

#include <string.h>

#include "parse.h"

size_t cursor_len(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

bool cursor_next_field(struct cursor *c, const char *ends, struct cursor *field, char *end)
{
	const char *first = NULL;

	for (const char *limit = c->end; *ends; ends++) {
		const char *p = memchr(c->at, *ends, (size_t)(limit - c->at));

		if (p)
			first = limit = p;
	}
	if (!first)
		return false;
	*field = (struct cursor){c->at, first};
	c->at = first + 1;
	if (end)
		*end = *first;
	return true;
}

bool cursor_take(struct cursor *c, const char *word)
{
	size_t len = strlen(word);

	if (cursor_len(c) < len || memcmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

bool cursor_is(const struct cursor *c, const char *word)
{
	struct cursor rest = *c;

	return cursor_take(&rest, word) && rest.at == rest.end;
}

bool cursor_to_u64(const struct cursor *c, uint64_t max, uint64_t *ret)
{
	return parse_u64_span(c->at, cursor_len(c), 0, max, ret) == 0;
}

/* Lower-case digits, at most 16 of them. */
static bool hex_digits(const char *at, const char *end, uint64_t *ret)
{
	uint64_t bits = 0;

	for (; at < end; at++) {
		if (*at >= '0' && *at <= '9')
			bits = bits << 4 | (uint64_t)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			bits = bits << 4 | (uint64_t)(*at - 'a' + 10);
		else
			return false;
	}
	*ret = bits;
	return true;
}

bool cursor_to_mask(const struct cursor *c, uint64_t *ret)
{
	return cursor_len(c) == 16 && hex_digits(c->at, c->end, ret);
}

bool cursor_to_hex(const struct cursor *c, uint64_t *ret)
{
	struct cursor digits = *c;
	size_t len;

	if (!cursor_take(&digits, "0x"))
		return false;
	len = cursor_len(&digits);
	if (len == 0 || len > 16 || (len > 1 && *digits.at == '0'))
		return false;
	return hex_digits(digits.at, digits.end, ret);
}
