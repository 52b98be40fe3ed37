/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the kernel what is selected, and attaches. */
#ifndef SIGTRACE_CMD_TRACE_SELECT_H
#define SIGTRACE_CMD_TRACE_SELECT_H

#include "bpf_session.h"
#include "child.h"
#include "trace_options.h"

/*
 * Everything up to the moment from which no signal is missed. 0 or a negative errno. If something
 * is wrong with a name, it says what, and sets *ret_exit to the exit code.
 */
int trace_select(struct trace_options *o, struct session *session, const struct child *child,
		 int *ret_exit);
/*
 * Says on stderr what is traced. The first `named` processes of the selection were named by the
 * user, the others are descendants.
 */
void trace_select_say(const struct trace_options *o, size_t named);

#endif
