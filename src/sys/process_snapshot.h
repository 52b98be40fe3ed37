/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a snapshot of the processes of this machine: from the kernel's task iterator, or /proc. */
#ifndef SIGTRACE_SYS_PROCESS_SNAPSHOT_H
#define SIGTRACE_SYS_PROCESS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process.h"

struct snapshot_request {
	const uint32_t *tgids; /* wanted with actions and threads */
	size_t tgids_len;
	bool descendants; /* and all their descendants */
};

/*
 * Both fill *ret (empty before) with every process that exists, sorted, evidence set; the wanted
 * ones are `selected` and have threads and, from BPF, actions. A wanted process that is not there
 * is not in the table: no error.
 *
 * BPF: negative errno as session_open() of bpf_session.h; libbpf's words are with log_show_kept().
 * The tgids are those of the initial PID namespace.
 */
int bpf_snapshot_take(const struct snapshot_request *request, struct process_table *ret);
/* /proc: -errno if /proc cannot be read at all. The numbers are those of the mounted /proc. */
int procfs_snapshot_take(const struct snapshot_request *request, struct process_table *ret);

#endif
