/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libbpf says, and sigtrace's own debug lines; all on stderr. Unless asked for, libbpf's words
 * are only kept, so that a failed load can be explained with them and a good one stays silent.
 * Any thread may call it, once log_init() was called.
 */
#ifndef SIGTRACE_SYS_LOG_H
#define SIGTRACE_SYS_LOG_H

#include <stdbool.h>

/* What -v counts up to. */
enum log_verbosity {
	LOG_VERBOSITY_QUIET,   /* libbpf's warnings are kept for log_show_kept() */
	LOG_VERBOSITY_VERBOSE, /* -v: its warnings and messages are shown as they come */
	LOG_VERBOSITY_DEBUG,   /* -v -v: everything */
	LOG_VERBOSITY_COUNT,
};

/* Takes over libbpf's output, so call it first. Verbosities past the last are as the last. */
void log_init(unsigned int verbosity);
/* A line on stderr with -v -v. Escape foreign bytes before. */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether what libbpf says is kept at all; true at first. Probes, which are meant to fail, are not.
 */
void log_set_keeping(bool keeping);
/* Drops what was kept: what comes next belongs to another attempt. */
void log_forget(void);
/*
 * Prints the last lines that libbpf said since log_forget(), each as "  libbpf: …"; false if there
 * are none, or if they were shown as they came.
 */
bool log_show_kept(void);

#endif
