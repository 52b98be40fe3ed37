/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document that is written piece by piece, so that memory does not grow with what has no bound:
 * each piece is one small object in jansson.
 */
#ifndef SIGTRACE_OUT_JSON_PIECE_H
#define SIGTRACE_OUT_JSON_PIECE_H

#include "inspect_renderer.h"
#include "json_node.h"

struct json_piece {
	json_t *json;
	bool failed;
};

struct node json_piece_begin(struct json_piece *piece);
/*
 * Writes the object and frees it, without its last `open` bytes: 1 leaves it open for an array that
 * is too long to be built. What no memory was left for says so, and the document stays one.
 */
void json_piece_put(struct json_piece *piece, size_t open, const struct inspect_sink *sink);
/* What stands between the pieces. */
void json_put(const struct inspect_sink *sink, const char *text);

#endif
