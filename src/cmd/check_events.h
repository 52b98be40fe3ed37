/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's events of the init's PID namespace, on their way into a check_run. */
#ifndef SIGTRACE_CMD_CHECK_EVENTS_H
#define SIGTRACE_CMD_CHECK_EVENTS_H

#include "check.h"

struct check_events;

/*
 * Loads the programs, before the start: that takes its time. Where it cannot be, *ret is NULL and
 * run->evidence_why says why: 0. Negative: -ENOMEM.
 */
int check_events_new(struct check_run *run, struct check_events **ret);
/*
 * Attaches them, for run->pid_ns, once the init is known; sets run->evidence. 0; where it cannot be
 * *e is freed and NULL, and run->evidence_why says why.
 */
void check_events_begin(struct check_run *run, struct check_events **e);
/* Accepts NULL, as all of these. */
void check_events_free(struct check_events *e);
/* To be polled for POLLIN; -1: there is none. */
int check_events_fd(const struct check_events *e);
/* Adds to the run what has come. 0 or -ENOMEM. */
int check_events_read(struct check_events *e);
/* The end: no more events come after it, all are in the run, and so is what was lost. */
int check_events_finish(struct check_events *e);

#endif
