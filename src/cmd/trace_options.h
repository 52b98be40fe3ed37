/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked trace for. */
#ifndef SIGTRACE_CMD_TRACE_OPTIONS_H
#define SIGTRACE_CMD_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node.h"
#include "options.h"
#include "renderer.h"
#include "selection.h"

struct trace_options {
	struct common_options common;
	struct selection selection; /* -p */
	bool to;
	bool from;
	bool follow; /* -f, -t */
	bool tree;
	bool problems;
	bool handlers;
	bool failed;
	/* /proc shows the processes of the events: sigtrace is in the initial PID namespace. */
	bool sees_node;
	uint64_t deadline_ns; /* --deadline: 0 is none */
	uint64_t absent_ns;   /* --absent: 0 is not given */
	struct node node;
	const char *command;  /* -- CMD; NULL: none */
	uint64_t count;	      /* -n: 0 is no limit */
	uint64_t duration_ns; /* -d: 0 is no limit */
	uint64_t buffer_bytes;
	const struct renderer_ops *renderer;
};
/* What is selected, for people: "process 4242", "pod shop/web-0, processes 1, 2". Not escaped. */
void trace_options_write_selection(const struct trace_options *o, struct strbuf *out);

_Static_assert(offsetof(struct trace_options, common) == 0, "the shared parsers find it");

#endif
