/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that inspect is to look at: as named, each once, and since when each exists. */
#ifndef SIGTRACE_CMD_INSPECT_PIDS_H
#define SIGTRACE_CMD_INSPECT_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process.h"
#include "procfs.h"

struct inspect_pid {
	uint32_t pid;		/* as named */
	uint32_t tgid;		/* the process it belongs to; = pid if there is none */
	uint64_t start_boot_ns; /* the beginning of the 10 ms tick in which it started */
	bool gone;
	bool found; /* in what was chosen: nobody named its number, or misses it */
};

/* Zeroed, it is empty. */
struct inspect_pids {
	struct inspect_pid *list;
	size_t len;
	size_t capacity;
	uint8_t *seen; /* a bit for each number that is in the list */
	bool read_stdin;
};

void inspect_pids_free(struct inspect_pids *p);
/*
 * The argument of -p: pids separated by commas, or "-" for those on stdin, separated by blanks,
 * commas or line feeds. Returns 0, or prints what is wrong and returns -EINVAL, or prints and
 * returns another negative errno.
 */
int inspect_pids_parse(struct inspect_pids *p, const char *argument);
/* One that was just seen in /proc. 0, or prints and returns a negative errno. */
int inspect_pids_add(struct inspect_pids *p, const struct procfs_process *process);
/* How many of them exist, as far as is known by now. */
size_t inspect_pids_living(const struct inspect_pids *p);
/* Those that are not in the snapshot, or whose number another process has there, are gone. */
void inspect_pids_compare(struct inspect_pids *p, const struct process_table *t);

#endif
