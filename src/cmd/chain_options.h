/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked chain for. */
#ifndef SIGTRACE_CMD_CHAIN_OPTIONS_H
#define SIGTRACE_CMD_CHAIN_OPTIONS_H

#include "chain_renderer.h"
#include "node.h"
#include "options.h"

struct chain_options {
	struct common_options common; /* -s: the signals; color, verbosity, containers */
	uint32_t pid;		      /* -p; 0: none */
	enum chain_to to;
	bool to_given;
	uint32_t up; /* CHAIN_UP_DEFAULT: not given */
	bool watch;
	int send;	      /* the signal; 0: sends nothing */
	uint64_t deadline_ns; /* for a signal to go on */
	uint64_t duration_ns; /* for the first one to come; UINT64_MAX: for ever */
	const struct chain_ops *ops;
	struct node node;
	int stop_fd; /* of stop.h, with `watch` */
};

#endif
