/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of sentences about a check, which reasons and remedies share. */
#ifndef SIGTRACE_CORE_CHECK_PHRASES_H
#define SIGTRACE_CORE_CHECK_PHRASES_H

#include "check.h"

/* "SIGTERM" */
void check_put_signal(const struct check_run *run, struct strbuf *out);
/* "TERM", as kill(1) and trap take it. */
void check_put_short_signal(const struct check_run *run, struct strbuf *out);
/* "bash[1]"; "app[4242]" where it is no namespace's init; "PID 1" where its name is not known. */
void check_put_init(const struct check_run *run, struct strbuf *out);
/* "sleep[7]", by its number inside its PID namespace; without one "sleep". */
void check_put_process(const struct check_process *p, struct strbuf *out);
/*
 * Who sent the signal of a generation: "dockerd[901]", "the OOM killer", "itself". By its number
 * inside of the init's PID namespace, if it is in there. False: that is not known.
 */
bool check_put_sender(const struct check_run *run, const struct report *r, struct strbuf *out);
/* "12.3 ms after SIGTERM" */
void check_put_since_sent(const struct check_run *run, uint64_t boot_ns, struct strbuf *out);

/*
 * "node[40]", "node[40] and sh[41]", "node[40], sh[41] and 3 more": of the processes for which
 * `is` holds.
 */
typedef bool (*check_process_fn)(const struct check_run *run, const struct check_process *p);
void check_put_processes(const struct check_run *run, check_process_fn is, struct strbuf *out);

/* A shell, or a script that the kernel started by its first line, is PID 1. */
bool check_init_is_shell(const struct check_run *run);
/*
 * The descendant that explains best why the init lives on: it is left, and the signal that it got
 * had no effect; failing that one that was asked. NULL: none.
 */
const struct check_process *check_deaf(const struct check_run *run);

#endif
