/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process does with a signal that it would get. */
#ifndef SIGTRACE_CORE_CHAIN_DOES_H
#define SIGTRACE_CORE_CHAIN_DOES_H

#include "chain.h"

/*
 * As far as the prediction, its program and what its shell does right now prove it. HANDLE, if a
 * program takes it: whether that one forwards it is not asked (chain_forward.h).
 */
enum chain_does chain_does_of(const struct chain_node *n, const struct prediction *p);

#endif
