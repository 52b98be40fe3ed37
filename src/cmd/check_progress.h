/* SPDX-License-Identifier: BSD-2-Clause */
/* One line on a terminal while check waits: for what, and how long still. */
#ifndef SIGTRACE_CMD_CHECK_PROGRESS_H
#define SIGTRACE_CMD_CHECK_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct check_progress {
	bool wanted; /* stderr is a terminal */
	bool shown;
	uint64_t began_ns;
	uint64_t second; /* that is shown */
};

void check_progress_begin(struct check_progress *p);
/* "web: waiting for it to come to rest, 27 s left". Nothing in the first second. */
void check_progress_show(struct check_progress *p, const char *name, const char *what,
			 uint64_t deadline_boot_ns);
/* Before anything else is written to the terminal. */
void check_progress_clear(struct check_progress *p);

#endif
