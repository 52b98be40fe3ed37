/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_renderer.h"

#include <string.h>

static const struct check_ops *const formats[] = {
	&check_text, &check_json, &check_junit, &check_tap, &check_github,
};
static const size_t formats_count = sizeof(formats) / sizeof(formats[0]);

const struct check_ops *check_ops_from_name(const char *name)
{
	for (size_t i = 0; i < formats_count; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

void check_write_names(struct strbuf *out)
{
	for (size_t i = 0; i < formats_count; i++) {
		if (i > 0)
			strbuf_add(out, ", ");
		strbuf_add(out, formats[i]->name);
	}
}
