/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked trace for. */
#ifndef SIGTRACE_CMD_TRACE_OPTIONS_H
#define SIGTRACE_CMD_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "renderer.h"
#include "selection.h"

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct trace_options {
	struct selection selection; /* -p */
	bool to;
	bool from;
	bool follow; /* -f, -t */
	bool tree;
	bool problems;
	uint64_t signals;	  /* -s: bit sig - 1; 0: not given, all */
	uint64_t signals_by_name; /* of these, the ones that were named, not what exclusions left */
	uint64_t count;		  /* -n: 0 is no limit */
	uint64_t duration_ns;	  /* -d: 0 is no limit */
	uint64_t buffer_bytes;
	unsigned int verbosity;
	enum color_mode color;
	const struct renderer_ops *renderer;
};

#endif
