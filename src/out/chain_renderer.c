// SPDX-License-Identifier: BSD-2-Clause
#include "chain_renderer.h"

#include <string.h>

const struct chain_ops *chain_ops_from_name(const char *name)
{
	static const struct chain_ops *const formats[] = {
		&chain_text,
		&chain_json,
		&chain_dot,
		&chain_mermaid,
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}
