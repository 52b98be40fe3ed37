/* SPDX-License-Identifier: BSD-2-Clause */
/* One process of a snapshot after the other: what only /proc tells, the predictions, the report. */
#ifndef SIGTRACE_CMD_INSPECT_PROCESS_H
#define SIGTRACE_CMD_INSPECT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect_renderer.h"
#include "node.h"
#include "symbols.h"

struct inspection {
	const struct inspect_ops *ops;
	struct inspect_config config;
	struct inspect_sink sink;
	struct process_table *table;
	struct symbols *symbols;
	uint64_t asked;		 /* signals whose lack of effect is a finding; bit sig - 1 */
	uint64_t shown;		 /* asked and others */
	bool show_pending;	 /* and what is pending */
	const struct node *node; /* for the names of containers */

	/* The pod's own container does not decide: it ends whatever its pod does. */
	bool sandboxes_count;

	size_t answered; /* shown */
	size_t counted;	 /* of these, for without_effect */
	/* Of `asked`: those that have no effect on any of the processes that were answered. */
	uint64_t without_effect;
};

/* 0; -ESRCH: it is gone, and nothing was written; -ENOMEM. */
int inspection_show(struct inspection *in, struct process *p);

#endif
