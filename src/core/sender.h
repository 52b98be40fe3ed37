/* SPDX-License-Identifier: BSD-2-Clause */
/* Who sent a signal: the process that runs at signal_generate, or the kernel. */
#ifndef SIGTRACE_CORE_SENDER_H
#define SIGTRACE_CORE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/*
 * `current` at signal_generate is whoever happened to run; it is the sender only where the siginfo
 * proves it (kernel/signal.c, siginfo(2)). Arguments as in struct event_generate: si_code, the
 * EVENT_FACT_ bits, the signal, the tgid of `current` in the target's PID namespace (0: not
 * visible there), info_pid. Returns SENDER_USER if `current` sent it, or if the kernel sent it on
 * the spot for what `current` did to somebody else; SENDER_KERNEL in every other case and in doubt.
 */
enum sender_kind sender_kind_of(int code, uint32_t facts, int sig, uint32_t sender_nr,
				int32_t info_pid);
/* Whether a process sent the signal to itself. */
bool sender_is_target(const struct report *r);

#endif
