/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only /proc and the cgroup file systems tell of a process of a snapshot, read after it. Each
 * leaves what it cannot read unknown, and returns -ESRCH if the process is gone, else 0 or -ENOMEM.
 */
#ifndef SIGTRACE_SYS_ENRICH_H
#define SIGTRACE_SYS_ENRICH_H

#include "proc_dir.h"
#include "process.h"

/* The sets of its signalfds (fdinfo), for a process that blocks something. */
int enrich_signalfds(const struct proc_dir *d, struct process *p);
/* System call and kernel function of its first threads, ENRICH_THREADS_MAX at most. */
int enrich_places(const struct proc_dir *d, struct process *p);
/* The frozen cgroup, and, where the snapshot is from /proc, whether the process is frozen. */
int enrich_freezer(const struct proc_dir *d, struct process *p);

#define ENRICH_THREADS_MAX 256

#endif
