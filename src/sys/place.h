/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a thread sits in the kernel, and what it waits for there. Source: proc(5). */
#ifndef SIGTRACE_SYS_PLACE_H
#define SIGTRACE_SYS_PLACE_H

#include "proc_dir.h"
#include "process.h"

/*
 * Whether the program is of this machine's own kind, so that the numbers of its system calls are
 * those of this machine; false also where that cannot be read.
 */
bool place_is_native(const struct proc_dir *d);
/* Fills what can be read; with `native` false no number of a system call is believed. */
void place_read(const struct proc_dir *d, uint32_t tid, bool native, struct thread_place *ret);
/*
 * What the thread takes in sigtimedwait(), bit sig - 1; 0: it is not there. False: not known.
 * `letter` is its state. Needs the right to trace the process.
 */
bool place_read_waited_for(const struct proc_dir *d, uint32_t tid, char letter, bool native,
			   uint64_t *ret);

#endif
