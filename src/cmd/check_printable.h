/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of an engine, and paths, as a terminal may get them. */
#ifndef SIGTRACE_CMD_CHECK_PRINTABLE_H
#define SIGTRACE_CMD_CHECK_PRINTABLE_H

#include <stdint.h>

#include "strbuf.h"

/* Returns the buffer; what does not fit is cut. */
static inline const char *check_printable(const char *text, char *buffer, size_t size)
{
	struct strbuf b;

	strbuf_init(&b, buffer, size);
	strbuf_add_escaped(&b, text, SIZE_MAX);
	return buffer;
}

#endif
