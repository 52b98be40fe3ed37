/* SPDX-License-Identifier: BSD-2-Clause */
/* One subject of check from its start to its end. */
#ifndef SIGTRACE_CMD_CHECK_ONE_H
#define SIGTRACE_CMD_CHECK_ONE_H

#include "check_options.h"

/*
 * `image`: NULL for the command. Fills *run (zeroed before), whatever happened; nothing that it
 * started is left on return, and the output is where it belongs, or *ret_trouble, after it has said
 * what. 0; an exit code, after it has said why nothing can be checked here; or a negative errno.
 * *run is to be freed in any case.
 */
int check_one(const struct check_options *o, const char *image, struct check_run *run,
	      bool *ret_trouble);

#endif
