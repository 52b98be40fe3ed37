/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is left of a text that need not end with a NUL and may hold any bytes. The conversions take
 * the whole field or nothing: they return false and leave *ret alone.
 */
#ifndef SIGTRACE_CORE_CURSOR_H
#define SIGTRACE_CORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const char *at;
	const char *end;
};

size_t cursor_len(const struct cursor *c);
/*
 * The next field, up to one of the bytes in `ends`, which is consumed and stored in *end (unless
 * NULL). False without such a byte: the text may have been cut in the middle of the field.
 */
bool cursor_next_field(struct cursor *c, const char *ends, struct cursor *field, char *end);
/* Steps over `word` if the text begins with it. */
bool cursor_take(struct cursor *c, const char *word);
/* Nothing but `word` is left. */
bool cursor_is(const struct cursor *c, const char *word);

/* As parse_u64(): decimal, no leading zero. */
bool cursor_to_u64(const struct cursor *c, uint64_t max, uint64_t *ret);
/* Sixteen hexadecimal digits, as fs/proc/array.c prints sets of signals and capabilities. */
bool cursor_to_mask(const struct cursor *c, uint64_t *ret);
/* "0x7f00", as the kernel's "0x%llx" prints it. */
bool cursor_to_hex(const struct cursor *c, uint64_t *ret);

#endif
