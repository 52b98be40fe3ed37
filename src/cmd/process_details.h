/* SPDX-License-Identifier: BSD-2-Clause */
/* What only /proc tells of a process of a snapshot: what predictions and stuck reports need. */
#ifndef SIGTRACE_CMD_PROCESS_DETAILS_H
#define SIGTRACE_CMD_PROCESS_DETAILS_H

#include "proc_dir.h"
#include "process.h"
#include "symbols.h"

/* Before predict_signal() of the signals in `shown` (bit sig - 1). 0, -ESRCH: it is gone, -ENOMEM.
 */
int process_details_for_prediction(struct symbols *symbols, const struct process_table *t,
				   const struct proc_dir *dir, struct process *p, uint64_t shown);
/* Before stuck_examine(). As above. */
int process_details_for_stuck(const struct proc_dir *dir, struct process *p);

#endif
