/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of chain_find_breaks() share. */
#ifndef SIGTRACE_CORE_CHAIN_NOTES_H
#define SIGTRACE_CORE_CHAIN_NOTES_H

#include "chain.h"

/*
 * Its parent had the signal, and it does not get it. False for what the parent started afterwards,
 * knowing of the signal, and for what was gone before.
 */
bool chain_is_missed(const struct chain *c, uint32_t node);
/* Fills notes. 0 or -ENOMEM. */
int chain_find_notes(struct chain *c);

#endif
