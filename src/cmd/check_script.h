/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command is that could not be executed. */
#ifndef SIGTRACE_CMD_CHECK_SCRIPT_H
#define SIGTRACE_CMD_CHECK_SCRIPT_H

#include "check.h"

/* `name`: of the command, a path or looked for in PATH; `error`: the positive errno of its exec. */
void check_script_note_error(struct check_run *run, const char *name, int error);

#endif
