/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded text buffer over memory that the caller owns. Appending past the end cuts the text and
 * sets `cut`; nothing is ever written outside [data, data + size). Never fails, never allocates.
 */
#ifndef SIGTRACE_CORE_STRBUF_H
#define SIGTRACE_CORE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *data;
	size_t size; /* bytes at data, the terminating NUL included */
	size_t len;  /* bytes used, the NUL not included; len < size always */
	bool cut;    /* something did not fit */
};

/* Starts an empty text in data[0..size), size >= 1. */
void strbuf_init(struct strbuf *b, char *data, size_t size);
void strbuf_reset(struct strbuf *b);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_add(struct strbuf *b, const char *text);
void strbuf_add_bytes(struct strbuf *b, const char *bytes, size_t len);
void strbuf_add_u64(struct strbuf *b, uint64_t value);
void strbuf_add_i64(struct strbuf *b, int64_t value);
/* "0x" and lower-case hexadecimal digits. */
void strbuf_add_hex(struct strbuf *b, uint64_t value);
/* Decimal, zero-filled to at least `width` digits. */
void strbuf_add_u64_padded(struct strbuf *b, uint64_t value, unsigned int width);
/* Fills with spaces up to `column`, counted in bytes from `from`; nothing if already there. */
void strbuf_pad_to(struct strbuf *b, size_t from, size_t column);
/*
 * Appends untrusted bytes (up to a NUL or size) so that no terminal can be harmed: printable ASCII
 * stays, valid printable UTF-8 stays, everything else (C0, DEL, C1, bidirectional and other format
 * controls, invalid UTF-8) becomes \xNN per byte; a backslash becomes \\.
 */
void strbuf_add_escaped(struct strbuf *b, const char *bytes, size_t size);
/* A duration in the unit that fits: "850 ns", "12.3 us", "4.56 ms", "7.8 s", "3 min 20 s". */
void strbuf_add_duration(struct strbuf *b, uint64_t ns);

#endif
