/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel lets this process do, as far as its credentials and namespaces tell. */
#ifndef SIGTRACE_SYS_PRIVILEGE_H
#define SIGTRACE_SYS_PRIVILEGE_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

/* From Linux 5.8; builds with older headers, too. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

enum privilege_namespace {
	PRIVILEGE_NAMESPACE_PID,
	PRIVILEGE_NAMESPACE_USER,
	PRIVILEGE_NAMESPACE_COUNT,
};

/* "/proc/self/ns/pid" */
const char *privilege_namespace_path(enum privilege_namespace which);
/* The inode of the namespace that the node boots with. */
uint64_t privilege_namespace_initial(enum privilege_namespace which);
/* The inode of this process's namespace; 0, with errno, if it cannot be read. */
uint64_t privilege_namespace_own(enum privilege_namespace which);
/* Not the initial one, for certain. */
bool privilege_in_foreign_namespace(enum privilege_namespace which);

/* Is the capability in the effective set? */
bool privilege_has(int capability);
/*
 * The kernel's bpf_capable() and perfmon_capable(): CAP_BPF or CAP_PERFMON, for which CAP_SYS_ADMIN
 * stands in, and only in the initial user namespace.
 */
bool privilege_may_use(int capability);
/* Both: what loading and attaching a tracing program takes. */
bool privilege_may_trace(void);
/*
 * Whether this process may send signals to one with these user IDs, as kill(2) has it: its own, or
 * with CAP_KILL. With CAP_SYS_PTRACE it may at least read everything about it.
 */
bool privilege_may_signal(uint32_t uid, uint32_t saved_uid);

#endif
