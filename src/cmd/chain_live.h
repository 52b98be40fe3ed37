/* SPDX-License-Identifier: BSD-2-Clause */
/* chain --watch: what really happens to the signals of a tree. */
#ifndef SIGTRACE_CMD_CHAIN_LIVE_H
#define SIGTRACE_CMD_CHAIN_LIVE_H

#include "chain_options.h"

/* Whether events can be had here: 0, or an exit code, and why was said. */
int chain_live_check(void);
/*
 * Watches the tree of a chain that was collected until its story is over, the first signal has not
 * come in time, or somebody stops it; sends the signal if that was asked for. Then the chain says
 * what was seen. 0, an exit code (nothing can be watched or sent, and why was said), or a negative
 * errno.
 */
int chain_live(struct chain *c, const struct chain_options *o);

#endif
