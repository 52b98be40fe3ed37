/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that are in what the user chose, as /proc shows them now. */
#ifndef SIGTRACE_CMD_CHOICE_PROCESSES_H
#define SIGTRACE_CMD_CHOICE_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

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
 * /proc/PID/ns is there, and may not be read: as for most of what /proc tells of a process, its
 * owner may, unless it has privileges, and who has CAP_SYS_PTRACE.
 */
bool choice_is_refused(uint32_t pid);
/* Why, as far as that is known, and what to do: for the end of a message, after a colon. */
const char *choice_refused_remedy(void);
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
