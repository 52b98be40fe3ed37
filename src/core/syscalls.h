/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the system calls of the architecture that sigtrace was built for; <asm/unistd.h>. */
#ifndef SIGTRACE_CORE_SYSCALLS_H
#define SIGTRACE_CORE_SYSCALLS_H

#include <stdint.h>

/* "futex"; NULL: no such number. */
const char *syscall_name(int64_t number);

#endif
