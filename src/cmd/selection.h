/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that the user named: checked, identified by number and start, watched for their
 * end. */
#ifndef SIGTRACE_CMD_SELECTION_H
#define SIGTRACE_CMD_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct selected_process {
	uint32_t tgid;
	uint64_t start_boot_ns;
	bool zombie; /* ended before sigtrace came; it is watched as long as the user likes */
	int pidfd;   /* readable when the process has ended; or one of the two below */
};

#define SELECTION_ENDED	    (-1)
#define SELECTION_UNWATCHED (-2) /* no descriptor was left: its end goes unnoticed */

/* Zeroed, it is empty. */
struct selection {
	struct selected_process *list;
	size_t count;
	size_t capacity;
};

void selection_free(struct selection *s);
/*
 * Adds the process that a pid names; a thread's number stands for its process. Adding one twice is
 * fine. Returns 1 if it was added, 0 if it was there, -ESRCH if there is no such process.
 */
int selection_add(struct selection *s, uint32_t pid);
/*
 * Adds all descendants, as of now, of the processes in the selection. Returns how many were new: a
 * tree that grows meanwhile is complete when a call returns 0 while fork is followed.
 */
int selection_add_descendants(struct selection *s);
/* Does one of them still live, as far as their pidfds tell? */
bool selection_is_alive(const struct selection *s);
/* After its pidfd became readable. */
void selection_ended(struct selection *s, size_t index);

#endif
