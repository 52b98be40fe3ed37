/* SPDX-License-Identifier: BSD-2-Clause */
/* One small interface for the formats in which check reports. Bytes go to a sink, never to a file.
 */
#ifndef SIGTRACE_OUT_CHECK_RENDERER_H
#define SIGTRACE_OUT_CHECK_RENDERER_H

#include "check.h"
#include "inspect_renderer.h"
#include "renderer.h"

struct check_result {
	const struct check_run *run;
	struct check_judgement judgement;
	uint64_t elapsed_ns; /* of the whole check */
};

struct check_ops {
	const char *name; /* as given to --format and --report */
	/* All results, in the order in which they were asked for. */
	void (*write)(const struct renderer_config *config, const struct check_result *results,
		      size_t len, const struct inspect_sink *sink);
	bool for_people; /* may have colours */
};

extern const struct check_ops check_text;
extern const struct check_ops check_json; /* one document a line */
extern const struct check_ops check_junit;
extern const struct check_ops check_tap;    /* version 13 */
extern const struct check_ops check_github; /* workflow commands */

/* The format of that name, or NULL. */
const struct check_ops *check_ops_from_name(const char *name);
/* Every name, for messages: "text, json, junit, tap, github". */
void check_write_names(struct strbuf *out);

#endif
