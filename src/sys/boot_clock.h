/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits that end at a moment of CLOCK_BOOTTIME. */
#ifndef SIGTRACE_SYS_BOOT_CLOCK_H
#define SIGTRACE_SYS_BOOT_CLOCK_H

#include <poll.h>
#include <stdint.h>

uint64_t boot_clock_now(void);
/*
 * poll(2) until something is ready: how many are, or 0 at the deadline, which may be over before it
 * begins. A signal does not end it. Negative errno.
 */
int boot_clock_poll(struct pollfd *fds, nfds_t count, uint64_t deadline_boot_ns);

#endif
