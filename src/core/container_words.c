/* SPDX-License-Identifier: BSD-2-Clause */
#include "container_words.h"

#include <string.h>

/* As the runtimes' own lists show an id. */
#define SHORT_ID_DIGITS 12

static void add_escaped(struct strbuf *out, const char *text)
{
	strbuf_add_escaped(out, text, strlen(text));
}

void container_write_name(const struct container *c, struct strbuf *out)
{
	const char *runtime = container_runtime_name(c->runtime);

	if (c->pod) {
		if (c->namespace) {
			add_escaped(out, c->namespace);
			strbuf_add_char(out, '/');
		}
		add_escaped(out, c->pod);
		if (c->in_pod) {
			strbuf_add_char(out, ':');
			add_escaped(out, c->in_pod);
		}
		return;
	}
	strbuf_add(out, runtime ? runtime : "container");
	strbuf_add_char(out, ':');
	if (c->name)
		add_escaped(out, c->name);
	else
		strbuf_add_escaped(out, c->id, SHORT_ID_DIGITS);
}
