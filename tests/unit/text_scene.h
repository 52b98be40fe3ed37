/* SPDX-License-Identifier: BSD-2-Clause */
/* A report rendered as text, and what is or is not in it. */
#ifndef SIGTRACE_TESTS_TEXT_SCENE_H
#define SIGTRACE_TESTS_TEXT_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render_reports.h"
#include "renderer.h"

static char text[RENDERER_REPORT_SIZE_MAX];

/* One report, with its verdict, into `text`. */
static inline void render(const struct renderer_config *config, const struct report *r)
{
	struct verdict v = verdict_of(r);
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	text_renderer.report(config, r, has_verdict(r) ? &v : NULL, &out);
	assert_false(out.cut);
}

static inline void assert_contains(const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("'%s' is not in '%s'", expected, text);
}

#endif
