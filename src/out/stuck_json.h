/* SPDX-License-Identifier: BSD-2-Clause */
/* The stuck report as JSON: of inspect, and of what is still alive in trace. */
#ifndef SIGTRACE_OUT_STUCK_JSON_H
#define SIGTRACE_OUT_STUCK_JSON_H

#include "json_node.h"
#include "stuck.h"

/* The members of the object: why there is a report, and what was found. There must be a reason. */
void stuck_add_members(struct node to, const struct process_table *t, const struct process *p,
		       const struct stuck *s);

#endif
