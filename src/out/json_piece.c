/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_piece.h"

#include <string.h>

/*
 * Of one object. The largest are a signal of inspect (two explanations and two remedies of
 * JSON_SENTENCE_SIZE_MAX and a symbol of NODE_TEXT_SIZE_MAX, where each byte may need six) and an
 * event, which is RENDERER_REPORT_SIZE_MAX at most.
 */
#define OBJECT_SIZE_MAX 65536

struct node json_piece_begin(struct json_piece *piece)
{
	*piece = (struct json_piece){.json = json_object()};
	return (struct node){piece->json, &piece->failed};
}

void json_piece_put(struct json_piece *piece, size_t open, const struct inspect_sink *sink)
{
	char data[OBJECT_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	node_write((struct node){piece->json, &piece->failed}, &text);
	json_decref(piece->json);
	if (text.cut) {
		strbuf_reset(&text);
		strbuf_add(&text, "{\"incomplete\":true}");
	}
	sink->put(sink->context, data, text.len - open);
}

void json_put(const struct inspect_sink *sink, const char *text)
{
	sink->put(sink->context, text, strlen(text));
}
