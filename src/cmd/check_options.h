/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked check for. Strings are the command line's own. */
#ifndef SIGTRACE_CMD_CHECK_OPTIONS_H
#define SIGTRACE_CMD_CHECK_OPTIONS_H

#include <regex.h>

#include "check_renderer.h"
#include "engine.h"
#include "options.h"
#include "ready.h"

#define CHECK_IMAGES_MAX   64
#define CHECK_RUN_ARGS_MAX 256
#define CHECK_REPORTS_MAX  16

struct check_report_file {
	const struct check_ops *ops;
	const char *path;
	int fd;
};

struct check_options {
	struct common_options common; /* color, verbosity */
	const char *images[CHECK_IMAGES_MAX];
	size_t images_len;
	char *run_args[CHECK_RUN_ARGS_MAX + 1]; /* ends with NULL */
	size_t run_args_len;
	const char *engine_name; /* NULL: the first that answers */
	struct engine engine;	 /* with images */
	uint64_t began_ns; /* when the engine was looked for, which the first image waits for */
	bool keep;
	char **argv; /* the command, or what goes behind the image; argc 0: nothing */
	int argc;
	char command[256]; /* its words with blanks, cut; untrusted */

	struct ready ready;
	const char *ready_wait; /* as it was given */
	regex_t ready_regex;	/* READY_LOG */
	uint64_t ready_timeout_ns;
	int sig; /* 0: the image's, or SIGTERM */
	uint64_t grace_ns;
	uint64_t pids_max; /* 0: no limit */
	struct check_limits limits;
	const char *log; /* NULL: the output goes to stderr */
	int output_fd;	 /* where it goes */
	int stop_fd;	 /* of stop.h */
	const struct check_ops *format;
	struct check_report_file reports[CHECK_REPORTS_MAX];
	size_t reports_len;
};

#endif
