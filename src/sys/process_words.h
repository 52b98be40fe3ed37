/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process was started as, from /proc: its file, its arguments, its terminal. All untrusted.
 */
#ifndef SIGTRACE_SYS_PROCESS_WORDS_H
#define SIGTRACE_SYS_PROCESS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc_dir.h"

/* Of its arguments, so many bytes and words are read. */
#define PROCESS_WORDS_BYTES_MAX 4096
#define PROCESS_WORDS_MAX	128

struct process_words {
	char *exe; /* what /proc/PID/exe points to; NULL: not readable */
	/* One block, each NUL-terminated; NULL: none. Without the empty ones that a process leaves
	 * at the end which wrote a shorter title over them. */
	char **words;
	size_t len;
	bool cut; /* there are more */
};

/* 0; -ESRCH: the process is gone; -ENOMEM. What may not be read stays NULL. */
int process_words_read(const struct proc_dir *d, struct process_words *ret);
void process_words_free(struct process_words *w);
/*
 * Whether a shell finds terminals where it looks for one: descriptor 0, and 1 or 2, which it is
 * differs from shell to shell. False and *known false: not readable, or only some of them are.
 */
bool process_stdin_is_tty(const struct proc_dir *d, bool *known);

/*
 * Whether the environment that it was started with has that variable; nothing else of it is looked
 * at. False and *known false: not readable.
 */
bool process_has_variable(const struct proc_dir *d, const char *name, bool *known);

struct process_tty {
	bool known;
	char name[32];		  /* "pts/3", "tty1", "console", "4:64"; "": none */
	bool foreground;	  /* the process's group is the terminal's foreground group */
	uint32_t foreground_pgid; /* as /proc's mount counts; 0: none, or not visible from there */
};

/* 0, -ESRCH. */
int process_tty_read(const struct proc_dir *d, struct process_tty *ret);

#endif
