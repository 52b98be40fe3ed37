/* SPDX-License-Identifier: BSD-2-Clause */
#include "feature_item.h"

#include <stdarg.h>
#include <stdio.h>

void features_conclude(struct features_item *item, enum features_state state, const char *format,
		       ...)
{
	va_list args;

	item->state = state;
	va_start(args, format);
	vsnprintf(item->evidence, sizeof(item->evidence), format, args);
	va_end(args);
	for (char *c = item->evidence; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}
