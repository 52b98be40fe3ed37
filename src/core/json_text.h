/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON that somebody else wrote: a container runtime, an engine. */
#ifndef SIGTRACE_CORE_JSON_TEXT_H
#define SIGTRACE_CORE_JSON_TEXT_H

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

#endif
