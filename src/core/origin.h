/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What made the kernel send a signal, as the kernel's stack at generation and the siginfo prove it.
 * An ordered table of rules in origin.c: names of functions, signals and codes.
 */
#ifndef SIGTRACE_CORE_ORIGIN_H
#define SIGTRACE_CORE_ORIGIN_H

#include <stdbool.h>
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
 * Whether the stack proves that a process sent it: by a system call that takes a siginfo which the
 * process made up, perhaps with the si_code of a timer; or to itself by kill() and the like where
 * the kernel makes no siginfo for that, as it makes none for SIGPIPE. Then `current` is the sender,
 * whatever sender_kind_of() said.
 */
bool origin_is_request(const struct report *r, const char *const functions[], size_t len);
/*
 * Whether a process made the kernel send it, which report.sender_acts_for (or report.sender) names:
 * the init of a PID namespace that ends, a parent that dies, the writer to cgroup.kill. In each of
 * these the kernel sends in the context of that process; see origin_text.c.
 */
bool origin_has_actor(enum origin origin);
/*
 * What sent it, as a noun that stands behind "from": "the OOM killer", "its terminal", "a timer".
 * NULL for NOT_KNOWN.
 */
const char *origin_phrase(enum origin origin);
/*
 * A clause for people, without a full stop: "the OOM killer", "Ctrl-C or the like on its terminal",
 * "an access to address 0x0, which is not mapped (SEGV_MAPERR)", "the end of its PID namespace,
 * whose init app[4242] exited". Nothing for NOT_KNOWN.
 */
void origin_write(const struct report *r, struct strbuf *out);

/* Every name that a rule looks for, so that nobody has to keep all of kallsyms; ends with NULL. */
extern const char *const origin_functions[];

#endif
