/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What made the kernel send a signal, as the kernel's stack at generation and the siginfo prove it.
 * An ordered table of rules in origin.c: names of functions, signals and codes.
 */
#ifndef SIGTRACE_CORE_ORIGIN_H
#define SIGTRACE_CORE_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

/* Stable identifiers: X(enum suffix, JSON name). */
#define ORIGIN_LIST(X)                                      \
	X(TTY_INTERRUPT, "tty_interrupt")                   \
	X(TTY_HANGUP, "tty_hangup")                         \
	X(SESSION_LEADER_EXIT, "session_leader_exit")       \
	X(ORPHANED_PROCESS_GROUP, "orphaned_process_group") \
	X(OOM_KILLER, "oom_killer")                         \
	X(PID_NAMESPACE_TEARDOWN, "pid_namespace_teardown") \
	X(CGROUP_KILL, "cgroup_kill")                       \
	X(PARENT_DEATH, "parent_death")                     \
	X(POSIX_TIMER, "posix_timer")                       \
	X(ITIMER, "itimer")                                 \
	X(SIGPIPE, "sigpipe")                               \
	X(SIGIO, "sigio")                                   \
	X(SECCOMP, "seccomp")                               \
	X(CPU_LIMIT, "cpu_limit")                           \
	X(FILE_SIZE_LIMIT, "file_size_limit")               \
	X(FAULT, "fault")                                   \
	X(CHILD, "child")

enum origin {
	ORIGIN_NOT_KNOWN, /* "kernel", not a guess */
#define X(name, text) ORIGIN_##name,
	ORIGIN_LIST(X)
#undef X
		ORIGIN_COUNT,
};

struct report;

/* "oom_killer"; NULL for ORIGIN_NOT_KNOWN. Stable (JSON). */
const char *origin_name(enum origin origin);
/*
 * The origin of a generate report. `functions` are the names of the kernel's functions on the
 * stack, the innermost first, as /proc/kallsyms has them; entries may be NULL (not known), and
 * there may be none: then only what the siginfo proves.
 */
enum origin origin_of(const struct report *r, const char *const functions[], size_t len);
/*
 * A clause for people, without a full stop: "the OOM killer", "Ctrl-C or the like on its terminal",
 * "a read or write at address 0x0, which is not mapped (SEGV_MAPERR)". Nothing for NOT_KNOWN.
 */
void origin_write(const struct report *r, struct strbuf *out);

/* Every name that a rule looks for, so that nobody has to keep all of kallsyms; ends with NULL. */
extern const char *const origin_functions[];

#endif
