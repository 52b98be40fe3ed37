/* SPDX-License-Identifier: BSD-2-Clause */
/* What the modules of the stuck report share: questions about a process, and parts of sentences. */
#ifndef SIGTRACE_CORE_STUCK_WORDS_H
#define SIGTRACE_CORE_STUCK_WORDS_H

#include "strbuf.h"
#include "stuck.h"

/* What a sentence is written about. */
struct stuck_topic {
	const struct process_table *t;
	const struct process *p;
	const struct stuck_finding *f;
};

/* `what`: PROCESS_KNOWN_ bits. */
bool stuck_knows(const struct process *p, uint32_t what);
/* Of the leader, as ps shows it; '?': not known. */
char stuck_state_letter(const struct process *p);
/* A zombie, also where the threads of the process were not asked for. */
bool stuck_has_ended(const struct process *p);
/* In D state, but SIGKILL wakes it (TASK_KILLABLE); /proc does not tell, and false then. */
bool stuck_is_killable(const struct thread *thread);
/*
 * A shell with a handler for `sig` (0: for any signal that asks for the end): it runs the trap when
 * its foreground child ends.
 */
bool stuck_defers_trap(const struct process *p, int sig);

/* "w[7]"; the name is untrusted. */
void stuck_put_name(const char *comm, uint32_t number, struct strbuf *out);
/* "app[7]", or "process 7" where it is not in the table (NULL). */
void stuck_put_process(const struct process *p, uint32_t tgid, struct strbuf *out);
void stuck_put_signal(int sig, struct strbuf *out);
void stuck_put_number(const char *text, uint64_t number, struct strbuf *out);

#endif
