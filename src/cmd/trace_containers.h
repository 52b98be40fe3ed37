/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The containers of a trace: those of senders and targets, by the number of their cgroup, and those
 * that are selected, also when they are made later. Names come from files, which the worker reads.
 */
#ifndef SIGTRACE_CMD_TRACE_CONTAINERS_H
#define SIGTRACE_CMD_TRACE_CONTAINERS_H

#include <stdbool.h>

#include "bpf_session.h"
#include "cgroups.h"
#include "choice.h"
#include "containers.h"
#include "report.h"
#include "worker.h"

struct trace_containers;

/*
 * Copies the choice, as choice_resolve() left it, and borrows the rest. From now on `containers`
 * belongs to the worker's thread, and `cgroups` to this one. 0 and *ret, or -ENOMEM.
 */
int trace_containers_new(struct worker *worker, struct session *session,
			 const struct choice *choice, struct cgroups *cgroups,
			 struct containers *containers, struct trace_containers **ret);
/* After worker_free(). Accepts NULL. */
void trace_containers_free(struct trace_containers *t);
/*
 * Once the programs are attached: what was made between the selection and then. 0 or a negative
 * errno.
 */
int trace_containers_catch_up(struct trace_containers *t);
/*
 * Sets the containers of a report's processes, as far as they are known. True: an answer is on its
 * way, and worth a little patience.
 */
bool trace_containers_find(struct trace_containers *t, struct report *r);
/* A REPORT_CGROUP. */
void trace_containers_made(struct trace_containers *t, const struct report *r);
/* Everything that was chosen has been there, now or earlier. */
bool trace_containers_are_met(const struct trace_containers *t);
/* 0, or why a cgroup that is chosen could not be selected, since the last call. */
int trace_containers_error(struct trace_containers *t);

#endif
