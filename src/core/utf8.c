/* SPDX-License-Identifier: BSD-2-Clause */
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

size_t utf8_decode(const char *text, size_t len, uint32_t *ret)
{
	/* The smallest code point that needs so many bytes; a smaller one is an overlong form. */
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text[0];
	uint32_t code;
	size_t size;

	if (first < 0x80) {
		*ret = first;
		return 1;
	}
	if ((first & 0xe0) == 0xc0) {
		size = 2;
		code = first & 0x1f;
	} else if ((first & 0xf0) == 0xe0) {
		size = 3;
		code = first & 0x0f;
	} else if ((first & 0xf8) == 0xf0) {
		size = 4;
		code = first & 0x07;
	} else {
		return 0;
	}
	if (size > len)
		return 0;
	for (size_t i = 1; i < size; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < smallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return size;
}

/*
 * East Asian Wide and Fullwidth by whole blocks (Unicode's EastAsianWidth.txt, generously): a
 * terminal that draws one of them narrow leaves a gap, the other way round a line would run over.
 */
static bool code_is_wide(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} wide[] = {
		{0x1100, 0x115f},   {0x231a, 0x23ff},	{0x25fd, 0x27bf},   {0x2b1b, 0x2b55},
		{0x2e80, 0xa4cf},   {0xa960, 0xa97f},	{0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe10, 0xfe6f},   {0xff01, 0xff60},	{0xffe0, 0xffe6},   {0x16fe0, 0x1b2ff},
		{0x1d300, 0x1d37f}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (code >= wide[i].first && code <= wide[i].last)
			return true;
	return false;
}

/* One character: its bytes, and its columns in *columns. */
static size_t utf8_step(const char *text, size_t len, size_t *columns)
{
	uint32_t code;
	size_t size = utf8_decode(text, len, &code);

	*columns = size > 0 && code_is_wide(code) ? 2 : 1;
	return size > 0 ? size : 1;
}

static bool text_is_ascii(const char *text, size_t len)
{
	uint64_t high = 0;

	for (; len >= sizeof(high); text += sizeof(high), len -= sizeof(high)) {
		uint64_t eight;

		memcpy(&eight, text, sizeof(eight));
		high |= eight;
	}
	for (; len > 0; text++, len--)
		high |= (unsigned char)*text;
	return (high & 0x8080808080808080ULL) == 0;
}

size_t utf8_columns(const char *text, size_t len)
{
	size_t total = 0;

	if (text_is_ascii(text, len))
		return len;
	for (size_t i = 0; i < len;) {
		size_t columns;

		i += utf8_step(text + i, len - i, &columns);
		total += columns;
	}
	return total;
}

size_t utf8_fit(const char *text, size_t len, size_t columns)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t width;
		size_t size = utf8_step(text + i, len - i, &width);

		used += width;
		if (used > columns)
			return i;
		i += size;
	}
	return len;
}
