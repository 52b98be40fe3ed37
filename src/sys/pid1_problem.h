/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a namespace could not be made, and what helps: the words for what the kernel answered. */
#ifndef SIGTRACE_SYS_PID1_PROBLEM_H
#define SIGTRACE_SYS_PID1_PROBLEM_H

#include <stdbool.h>

#include "pid1.h"

/* In the order in which they are done. */
enum pid1_step {
	PID1_STEP_CLONE,   /* the namespaces */
	PID1_STEP_MAP,	   /* user and group of the user namespace */
	PID1_STEP_PRIVATE, /* mounts */
	PID1_STEP_PROC,	   /* a new /proc */
	PID1_STEP_STDIO,
	PID1_STEP_LOOK,	  /* at it, in our /proc */
	PID1_STEP_CGROUP, /* of pids_max */
	PID1_STEP_JANITOR,
	PID1_STEP_COUNT, /* all was done */
};

/* `error`: a negative errno. */
void pid1_explain(enum pid1_step step, int error, bool user_ns, struct pid1_problem *ret);

#endif
