/* SPDX-License-Identifier: BSD-2-Clause */
/* chain --send: the one signal that sigtrace sends itself. */
#ifndef SIGTRACE_CMD_CHAIN_SEND_H
#define SIGTRACE_CMD_CHAIN_SEND_H

#include "chain.h"

/*
 * Whether it may be sent to what c->to and c->group mean: says what stands against it. 0 or an exit
 * code.
 */
int chain_send_check(const struct chain *c);
/*
 * Sends it, and says on stderr what was sent to whom by which call. 0 or an exit code: nothing was
 * sent, and why was said.
 */
int chain_send(const struct chain *c, int sig);

#endif
