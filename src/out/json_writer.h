/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON onto a strbuf: no allocation, keys in the order they are written, every uint64_t exact.
 * jansson spends 8 us on dumping an object of this size (10 us with building it), which is twice
 * what a whole record may cost; this spends a tenth.
 *
 * A `key` is NULL inside an array and for the outermost object; otherwise it and every `name` are
 * trusted ASCII without anything to escape. What the text functions call `text` is not trusted.
 */
#ifndef SIGTRACE_OUT_JSON_WRITER_H
#define SIGTRACE_OUT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

struct json_writer {
	struct strbuf *out;
	size_t start; /* where the outermost object begins in `out` */
	bool cut;     /* what `out` knew before */
	bool comma;   /* the next value is not the first of its object or array */
};

/* One object a line. If it does not fit, nothing of it stays in `out`, and out->cut is set. */
void json_begin_line(struct json_writer *w, struct strbuf *out);
void json_end_line(struct json_writer *w);

void json_begin_object(struct json_writer *w, const char *key);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w, const char *key);
void json_end_array(struct json_writer *w);

void json_add_u64(struct json_writer *w, const char *key, uint64_t value);
void json_add_i64(struct json_writer *w, const char *key, int64_t value);
void json_add_bool(struct json_writer *w, const char *key, bool value);
/* A string "0x…", for bit sets and addresses. */
void json_add_hex(struct json_writer *w, const char *key, uint64_t value);
void json_add_name(struct json_writer *w, const char *key, const char *name);
/*
 * Untrusted bytes up to a NUL or `size`. Every byte that is not valid UTF-8 becomes U+FFFD. What
 * would harm a terminal (the same characters that strbuf_add_escaped() does not let through) is
 * written as \uXXXX; all other UTF-8 stays as it is.
 */
void json_add_text(struct json_writer *w, const char *key, const char *text, size_t size);

#endif
