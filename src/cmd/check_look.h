/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at the init and its descendants, before the signal, while it is waited for, and at the end.
 */
#ifndef SIGTRACE_CMD_CHECK_LOOK_H
#define SIGTRACE_CMD_CHECK_LOOK_H

#include "check.h"
#include "symbols.h"

/*
 * Right before the signal: run->before, and the descendants. 0; -ESRCH: the init has ended;
 * -ENOMEM. What may not be read stays unknown.
 */
int check_look_before(struct check_run *run, struct symbols *symbols);
/* The descendants, from /proc. As above. */
int check_look_descendants(struct check_run *run);
/* At the end of the grace: run->table, run->after and run->stuck, too. As above. */
int check_look_after(struct check_run *run);

#endif
