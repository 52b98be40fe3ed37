/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that do not run, and process groups without job control: for chain. */
#ifndef SIGTRACE_CORE_CHAIN_HALT_H
#define SIGTRACE_CORE_CHAIN_HALT_H

#include "chain.h"

/*
 * Of a signal as it is generated, seen or predicted: what keeps its receiver from running until
 * somebody else lets it. A signal for which the kernel does not wait so long has none.
 */
enum chain_halt chain_halt_of(const struct report *r);
/*
 * The cause alone does not say so: the signal is blocked, or waited for in sigwait(), and stays
 * pending whoever would take it.
 */
bool chain_halt_hides(enum chain_halt halt, enum cause cause);

/*
 * The process group is orphaned, or will be when those that end have ended: no member has a parent
 * in another group of its session. The kernel's stop signals but for SIGSTOP have no default action
 * there then (will_become_orphaned_pgrp() in kernel/exit.c).
 */
enum chain_answer chain_is_orphaned(const struct chain *c, uint32_t pgid);

#endif
