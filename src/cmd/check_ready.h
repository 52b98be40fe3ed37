/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what is checked is up, and when its init began to catch the signal. */
#ifndef SIGTRACE_CMD_CHECK_READY_H
#define SIGTRACE_CMD_CHECK_READY_H

#include "check_program.h"
#include "proc_dir.h"

struct check_ready {
	const struct check_options *options;
	struct check_program *program;
	struct check_run *run;
	struct proc_dir proc; /* of the init; fd -1: it is not a process of this machine */
	struct settle settle;
	bool line_matched;  /* READY_LOG */
	pid_t command;	    /* READY_CMD: it runs; 0: it does not */
	int command_status; /* of the last one that ended, as waitpid() gives it */
	uint64_t probed_ns; /* when it was last looked */
};

/* After the start, once the init is known. */
void check_ready_open(struct check_ready *ready, const struct check_options *o,
		      struct check_program *program);
/* Ends a command that still runs. */
void check_ready_close(struct check_ready *ready);
/* A line of the program's output. */
void check_ready_line(struct check_ready *ready, const char *line);
/* Looks at the init's dispositions and mask: run->handler_missing_ns, handler_seen_ns. */
void check_ready_sample(struct check_ready *ready);
/* True: it is up. Takes a sample, too. -EINVAL: that cannot be told here, run->failure. */
int check_ready_is_up(struct check_ready *ready);
/* It was not up in time: what is known of why, run->failure. */
void check_ready_give_up(struct check_ready *ready);
/* What is waited for, for the progress line: "for it to come to rest". */
const char *check_ready_words(const struct check_ready *ready);

#endif
