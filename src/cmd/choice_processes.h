/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that are in what the user chose, as /proc shows them now. */
#ifndef SIGTRACE_CMD_CHOICE_PROCESSES_H
#define SIGTRACE_CMD_CHOICE_PROCESSES_H

#include "choice.h"
#include "node.h"
#include "procfs.h"

/*
 * Calls `each` for every process that is in what the user chose, as it is now. 0, or the exit code,
 * and why was said.
 */
int choice_take_processes(struct choice *c, const struct node *node, procfs_process_fn each,
			  void *context);
/*
 * Calls `each` for every process that is in a chosen container, pod, cgroup (or one below it) or
 * PID namespace, after choice_check(). 0, what `each` returned, or a negative errno.
 */
int choice_each_process(struct choice *c, struct cgroups *cgroups, struct containers *containers,
			procfs_process_fn each, void *context);
/* The container of a process, as /proc shows it now; NULL: none, or not known. */
const struct container *choice_container_of(struct cgroups *cgroups, struct containers *containers,
					    uint32_t tgid);

#endif
