/* SPDX-License-Identifier: BSD-2-Clause */
/* The origins of what the kernel sent: its stack, the names on it, what they prove. */
#ifndef SIGTRACE_CMD_TRACE_ORIGINS_H
#define SIGTRACE_CMD_TRACE_ORIGINS_H

#include "bpf_session.h"
#include "report.h"

struct trace_origins;

/* Reads nothing yet. 0 and *ret, or -ENOMEM. */
int trace_origins_new(struct session *session, struct trace_origins **ret);
/* Accepts NULL. */
void trace_origins_free(struct trace_origins *o);

/*
 * Sets the origin of a generate report; and the sender of one that a process made up so that it
 * looks like the kernel's (origin_is_request()). The first one with a stack reads /proc/kallsyms, a
 * tenth of a second in which records wait in the ring buffer. Where the kernel hides its addresses,
 * only the siginfo is asked.
 */
void trace_origins_find(struct trace_origins *o, struct report *r);

#endif
