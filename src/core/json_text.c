/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_text.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "container.h"

/*
 * jansson bounds the depth only to what its stack bears, and a byte of text can become a hundred of
 * memory. Counts over the brackets and commas outside of strings, which is exact for JSON.
 */
static bool is_bounded(const char *text, size_t size)
{
	size_t depth = 0;
	size_t values = 1;
	bool string = false;

	if (size > CONTAINER_STATE_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		switch (text[i]) {
		case '\\':
			i += string;
			break;
		case '"':
			string = !string;
			break;
		case '[':
		case '{':
			depth += !string;
			values += !string;
			break;
		case ']':
		case '}':
			depth -= !string && depth > 0;
			break;
		case ',':
			values += !string;
			break;
		default:
			break;
		}
		if (depth > CONTAINER_STATE_DEPTH || values > CONTAINER_STATE_VALUES)
			return false;
	}
	return true;
}

int json_text_load(const char *text, size_t size, struct json_t **ret)
{
	json_error_t error;
	json_t *json;

	if (!is_bounded(text, size))
		return -EINVAL;
	json = json_loadb(text, size,
			  JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL,
			  &error);
	if (!json)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EINVAL;
	*ret = json;
	return 0;
}

bool json_text_is_string(const json_t *json)
{
	return json_is_string(json) &&
	       !memchr(json_string_value(json), '\0', json_string_length(json));
}

/* NULL: missing. */
static const json_t *get_member(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);

	return member && !json_is_null(member) ? member : NULL;
}

int json_text_get_object(const json_t *object, const char *key, const json_t **ret)
{
	const json_t *member = get_member(object, key);

	if (!member)
		return 0;
	if (!json_is_object(member))
		return -EINVAL;
	*ret = member;
	return 0;
}

int json_text_get_string(const json_t *object, const char *key, const char **ret)
{
	const json_t *member = get_member(object, key);

	if (!member)
		return 0;
	if (!json_text_is_string(member))
		return -EINVAL;
	*ret = json_string_value(member);
	return 0;
}
