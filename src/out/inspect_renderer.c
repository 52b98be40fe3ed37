/* SPDX-License-Identifier: BSD-2-Clause */
#include "inspect_renderer.h"

#include <string.h>

const struct inspect_ops *inspect_ops_from_name(const char *name)
{
	static const struct inspect_ops *const formats[] = {&inspect_text, &inspect_json};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}
