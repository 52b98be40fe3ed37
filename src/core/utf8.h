/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8: where a character ends, and how much room it takes on a terminal. */
#ifndef SIGTRACE_CORE_UTF8_H
#define SIGTRACE_CORE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads the character at text[0..len), len >= 1: returns its length in bytes and sets *ret; 0 for a
 * byte that begins no valid sequence (overlong forms, surrogates and everything past U+10FFFF are
 * not valid; RFC 3629).
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *ret);
/* Terminal columns of escaped text. Never too few; an invalid byte counts as one. */
size_t utf8_columns(const char *text, size_t len);
/* The longest prefix, in bytes, of whole characters that fits into `columns`. */
size_t utf8_fit(const char *text, size_t len, size_t columns);

#endif
