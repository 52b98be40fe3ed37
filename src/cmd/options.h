/* SPDX-License-Identifier: BSD-2-Clause */
/* Options that several commands have, and what they mean for the output. */
#ifndef SIGTRACE_CMD_OPTIONS_H
#define SIGTRACE_CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "choice.h"

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* The first member of the options of every command that uses the parsers below. */
struct common_options {
	uint64_t signals;	  /* -s: bit sig - 1 */
	uint64_t signals_by_name; /* of these, the ones that were named, not what exclusions left */
	bool signals_given;	  /* -s; with nothing but 0 in it, signals is empty */
	bool probes;		  /* -s: 0 */
	unsigned int verbosity;
	enum color_mode color;
	struct choice choice; /* -c, --pod, --cgroup, --pid-ns */
};

/* For tables of options; `data` begins with a struct common_options. */
int options_parse_signals(const char *argument, void *data);
/* The same, and 0 is not refused: it sets `probes`. */
int options_parse_signals_and_probes(const char *argument, void *data);
int options_parse_color(const char *argument, void *data);
int options_parse_verbose(const char *argument, void *data);

/*
 * Calls `each` for every word of a list of pids. Returns 0; -EINVAL for a word that is no pid,
 * which it prints; or what is negative of `each`, which says itself what is wrong.
 */
int options_each_pid(const char *argument, int (*each)(void *context, uint32_t pid), void *context);
/* One signal, a time to wait; `option` is for messages. 0, or prints what is wrong and -EINVAL. */
int options_parse_signal(const char *option, const char *argument, int *ret);
int options_parse_wait(const char *option, const char *argument, uint64_t *ret_ns);
/* Prints that -o does not know this format; `names` are those that it knows. Returns -EINVAL. */
int options_unknown_format(const char *argument, const char *names);

/* Whether stdout gets colours: with COLOR_AUTO on a terminal, without NO_COLOR. */
bool options_want_color(enum color_mode mode);
/* The columns of the terminal on stdout; 0: it is none. */
unsigned int options_terminal_width(void);

#endif
