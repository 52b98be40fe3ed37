/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports of check: on stdout, and in files; and the file of the program's output. */
#ifndef SIGTRACE_CMD_CHECK_REPORT_H
#define SIGTRACE_CMD_CHECK_REPORT_H

#include "check_options.h"

/*
 * Opens the files of --log and --report, before anything is started: what cannot be written, or
 * would be written to twice, is told at once. 0, or the exit code after it has said which.
 */
int check_report_open(struct check_options *o);
/* 0; 1 after it has said which file could not be written; or the negative errno of stdout. */
int check_report_write(const struct check_options *o, const struct check_result *results,
		       size_t len);

#endif
