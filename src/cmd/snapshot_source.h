/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot of the processes from the best source there is, and a word about it if that is /proc.
 */
#ifndef SIGTRACE_CMD_SNAPSHOT_SOURCE_H
#define SIGTRACE_CMD_SNAPSHOT_SOURCE_H

#include <stdint.h>

#include "process_snapshot.h"

/*
 * As the two of process_snapshot.h: from BPF where that may be, else from /proc; then stderr says
 * why, what is missing by it and what to do. start_boot_ns[i] is that of request->tgids[i]: one
 * that exists in /proc only is hidden from BPF. 0 or a negative errno.
 */
int snapshot_source_take(const struct snapshot_request *request, const uint64_t *start_boot_ns,
			 struct process_table *t);

#endif
