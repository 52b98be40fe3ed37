/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON that somebody else wrote: a container runtime, an engine. */
#ifndef SIGTRACE_CORE_JSON_TEXT_H
#define SIGTRACE_CORE_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/*
 * Reads text[0..size), which need not end with a NUL, within the bounds of CONTAINER_STATE_MAX and
 * its like. All numbers are reals: an rlimit without a limit is 2^64 - 1, which fits no integer of
 * jansson's and would cost the whole text. Nor does a NUL in a string, which the author of a pod
 * may write into an annotation; whoever takes a string looks for one. 0 and *ret, to be given to
 * json_decref(); -EINVAL; -ENOMEM.
 */
int json_text_load(const char *text, size_t size, struct json_t **ret);
/* A string without a NUL, as texts of C have to be. */
bool json_text_is_string(const struct json_t *json);
/*
 * A member of an object; what is missing, or null, leaves *ret as it is. *ret belongs to the
 * object. 0, or -EINVAL: it is of another type, or a string with a NUL in it.
 */
int json_text_get_object(const struct json_t *object, const char *key, const struct json_t **ret);
int json_text_get_string(const struct json_t *object, const char *key, const char **ret);

#endif
