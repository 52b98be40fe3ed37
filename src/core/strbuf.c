/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Once something did not fit, nothing more is appended until strbuf_reset(), so that a cut text is
 * always a beginning of the whole one. No snprintf: a trace line is built a million times a second.
 */
#include "strbuf.h"

#include <string.h>

#include "utf8.h"

#define DECIMAL_DIGITS_MAX 20 /* of UINT64_MAX */

void strbuf_init(struct strbuf *b, char *data, size_t size)
{
	b->data = data;
	b->size = size;
	strbuf_reset(b);
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->cut = false;
	b->data[0] = '\0';
}

static size_t room(const struct strbuf *b)
{
	return b->cut ? 0 : b->size - 1 - b->len;
}

void strbuf_add_bytes(struct strbuf *b, const char *bytes, size_t len)
{
	size_t left = room(b);

	if (len > left) {
		len = left;
		b->cut = true;
	}
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void strbuf_add_char(struct strbuf *b, char c)
{
	if (!room(b)) {
		b->cut = true;
		return;
	}
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
	strbuf_add_bytes(b, text, strlen(text));
}

static void add_repeated(struct strbuf *b, char c, size_t count)
{
	size_t left = room(b);

	if (count > left) {
		count = left;
		b->cut = true;
	}
	memset(b->data + b->len, c, count);
	b->len += count;
	b->data[b->len] = '\0';
}

/* Writes the digits so that they end before `end`; returns where they start. */
static char *format_decimal(char *end, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	while (value >= 100) {
		end -= 2;
		memcpy(end, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, pairs + value * 2, 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

void strbuf_add_u64(struct strbuf *b, uint64_t value)
{
	char digits[DECIMAL_DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *start = format_decimal(end, value);

	strbuf_add_bytes(b, start, (size_t)(end - start));
}

void strbuf_add_i64(struct strbuf *b, int64_t value)
{
	char digits[1 + DECIMAL_DIGITS_MAX];
	char *end = digits + sizeof(digits);
	/* Negated as unsigned: -INT64_MIN does not fit an int64_t. */
	char *start = format_decimal(end, value < 0 ? -(uint64_t)value : (uint64_t)value);

	if (value < 0)
		*--start = '-';
	strbuf_add_bytes(b, start, (size_t)(end - start));
}

void strbuf_add_hex(struct strbuf *b, uint64_t value)
{
	char digits[2 + 16];
	char *end = digits + sizeof(digits);
	char *start = end;

	do {
		*--start = "0123456789abcdef"[value & 0xf];
		value >>= 4;
	} while (value);
	*--start = 'x';
	*--start = '0';
	strbuf_add_bytes(b, start, (size_t)(end - start));
}

void strbuf_add_u64_padded(struct strbuf *b, uint64_t value, unsigned int width)
{
	char digits[DECIMAL_DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *start = format_decimal(end, value);
	size_t len = (size_t)(end - start);

	if (width > len)
		add_repeated(b, '0', width - len);
	strbuf_add_bytes(b, start, len);
}

void strbuf_pad_to(struct strbuf *b, size_t from, size_t column)
{
	size_t used = b->len > from ? b->len - from : 0;

	if (used < column)
		add_repeated(b, ' ', column - used);
}

struct code_point_range {
	uint32_t first;
	uint32_t last;
};

/*
 * Code points that are valid in UTF-8 and still do not go to a terminal: controls, format controls
 * and line separators (Unicode categories Cc, Cf, Zl, Zp), invisible fillers, private use and
 * noncharacters. Ascending. What ends in FFFE or FFFF is tested apart.
 */
static const struct code_point_range unprintable[] = {
	{0x0080, 0x009f},    /* C1 */
	{0x00ad, 0x00ad},    /* soft hyphen */
	{0x034f, 0x034f},    /* combining grapheme joiner */
	{0x0600, 0x0605},    /* Arabic number signs */
	{0x061c, 0x061c},    /* Arabic letter mark */
	{0x06dd, 0x06dd},    /* Arabic end of ayah */
	{0x070f, 0x070f},    /* Syriac abbreviation mark */
	{0x0890, 0x0891},    /* Arabic currency marks above */
	{0x08e2, 0x08e2},    /* Arabic disputed end of ayah */
	{0x115f, 0x1160},    /* Hangul fillers */
	{0x17b4, 0x17b5},    /* Khmer inherent vowels */
	{0x180b, 0x180f},    /* Mongolian selectors and separator */
	{0x200b, 0x200f},    /* zero width, LRM, RLM */
	{0x2028, 0x202e},    /* line and paragraph separator, bidirectional embeddings */
	{0x2060, 0x206f},    /* word joiner, invisible operators, bidirectional isolates */
	{0x3164, 0x3164},    /* Hangul filler */
	{0xe000, 0xf8ff},    /* private use */
	{0xfdd0, 0xfdef},    /* noncharacters */
	{0xfeff, 0xfeff},    /* byte order mark */
	{0xffa0, 0xffa0},    /* halfwidth Hangul filler */
	{0xfff0, 0xfffb},    /* unassigned, interlinear annotation */
	{0x110bd, 0x110bd},  /* Kaithi number sign */
	{0x110cd, 0x110cd},  /* Kaithi number sign above */
	{0x13430, 0x1343f},  /* Egyptian hieroglyph format controls */
	{0x1bca0, 0x1bca3},  /* shorthand format controls */
	{0x1d173, 0x1d17a},  /* musical format controls */
	{0xe0000, 0xe0fff},  /* tags and variation selectors supplement */
	{0xf0000, 0x10ffff}, /* private use planes */
};

static bool is_printable(uint32_t code_point)
{
	if ((code_point & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++)
		if (code_point <= unprintable[i].last)
			return code_point < unprintable[i].first;
	return true;
}

/* Length of the printable character at bytes[0..size), or 0 if there is none. */
static size_t printable_length(const char *bytes, size_t size)
{
	uint32_t code_point;
	size_t len = utf8_decode(bytes, size, &code_point);

	return len && is_printable(code_point) ? len : 0;
}

/* All of it or nothing: half of an escape or of a character is neither. */
static void add_unit(struct strbuf *b, const char *bytes, size_t len)
{
	if (len > room(b))
		b->cut = true;
	else
		strbuf_add_bytes(b, bytes, len);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

void strbuf_add_escaped(struct strbuf *b, const char *bytes, size_t size)
{
	const unsigned char *at = (const unsigned char *)bytes;
	const unsigned char *end = at + strnlen(bytes, size);

	while (at < end && !b->cut) {
		const unsigned char *start = at;
		size_t len;

		while (at < end && is_plain(*at))
			at++;
		strbuf_add_bytes(b, (const char *)start, (size_t)(at - start));
		if (at == end)
			break;
		if (*at == '\\') {
			add_unit(b, "\\\\", 2);
			at++;
			continue;
		}
		len = *at >= 0x80 ? printable_length((const char *)at, (size_t)(end - at)) : 0;
		if (len) {
			add_unit(b, (const char *)at, len);
			at += len;
		} else {
			char escape[] = {'\\', 'x', "0123456789abcdef"[*at >> 4],
					 "0123456789abcdef"[*at & 0xf]};

			add_unit(b, escape, sizeof(escape));
			at++;
		}
	}
}

/* value / 10^decimals, exact. */
static void add_fixed(struct strbuf *b, uint64_t value, unsigned int decimals)
{
	static const uint64_t scale[] = {1, 10, 100};

	strbuf_add_u64(b, value / scale[decimals]);
	if (decimals) {
		strbuf_add_char(b, '.');
		strbuf_add_u64_padded(b, value % scale[decimals], decimals);
	}
}

static uint64_t divide_rounded(uint64_t value, uint64_t by)
{
	return value / by + (value % by >= by - by / 2);
}

#define US_NS  1000ULL
#define MS_NS  (1000 * US_NS)
#define SEC_NS (1000 * MS_NS)
#define MIN_NS (60 * SEC_NS)
#define HOUR_S 3600ULL

/*
 * Below a second three digits are left, from there on tenths of a second, then whole seconds, then
 * minutes. Each limit is where rounding would carry into the next row: 999.9 us is 1.00 ms.
 */
static const struct duration_row {
	uint64_t limit_ns;
	uint64_t step_ns; /* what the last digit stands for */
	unsigned int decimals;
	const char *unit;
} duration_rows[] = {
	{US_NS, 1, 0, " ns"},
	{9995, US_NS / 100, 2, " us"},
	{99950, US_NS / 10, 1, " us"},
	{999500, US_NS, 0, " us"},
	{9995 * US_NS, MS_NS / 100, 2, " ms"},
	{99950 * US_NS, MS_NS / 10, 1, " ms"},
	{999500 * US_NS, MS_NS, 0, " ms"},
	{59950 * MS_NS, SEC_NS / 10, 1, " s"},
};

void strbuf_add_duration(struct strbuf *b, uint64_t ns)
{
	uint64_t seconds;
	uint64_t minutes;

	for (size_t i = 0; i < sizeof(duration_rows) / sizeof(duration_rows[0]); i++) {
		const struct duration_row *row = &duration_rows[i];

		if (ns < row->limit_ns) {
			add_fixed(b, divide_rounded(ns, row->step_ns), row->decimals);
			strbuf_add(b, row->unit);
			return;
		}
	}
	seconds = divide_rounded(ns, SEC_NS);
	if (seconds < HOUR_S) {
		strbuf_add_u64(b, seconds / 60);
		strbuf_add(b, " min");
		if (seconds % 60) {
			strbuf_add_char(b, ' ');
			strbuf_add_u64(b, seconds % 60);
			strbuf_add(b, " s");
		}
		return;
	}
	minutes = divide_rounded(ns, MIN_NS);
	strbuf_add_u64(b, minutes / 60);
	strbuf_add(b, " h");
	if (minutes % 60) {
		strbuf_add_char(b, ' ');
		strbuf_add_u64(b, minutes % 60);
		strbuf_add(b, " min");
	}
}
