/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program that is there to forward signals does with one that it has taken or caught. */
#ifndef SIGTRACE_CORE_CHAIN_FORWARD_H
#define SIGTRACE_CORE_CHAIN_FORWARD_H

#include "chain_index.h"

enum chain_forwards {
	CHAIN_FORWARDS_NOT_KNOWN, /* its program decides */
	CHAIN_FORWARDS,
	CHAIN_FORWARDS_KEPT, /* not this one: it was told so, or it comes from the terminal */
};

struct chain_forward {
	enum chain_forwards kind;
	int sig;	/* CHAIN_FORWARDS: what it sends */
	uint32_t child; /* index of whom it sends it to, a child; CHAIN_NONE: not known which */
	uint32_t group; /* process group that it sends it to, too; 0: none */
};

/*
 * `node` gets `sig`, and a handler of it runs, or it takes it with sigwait or a signalfd.
 * by_terminal: it is Ctrl-C's.
 */
struct chain_forward chain_forward_of(const struct chain *c, const struct chain_index *x,
				      uint32_t node, int sig, bool by_terminal);

#endif
