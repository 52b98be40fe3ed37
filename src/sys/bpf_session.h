/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The BPF programs in the kernel: load, filter, attach, read records, count what was lost. Nothing
 * is pinned: when the process ends, however it ends, the kernel removes programs, maps and links.
 */
#ifndef SIGTRACE_SYS_BPF_SESSION_H
#define SIGTRACE_SYS_BPF_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"
#include "settings.h"

struct session_config {
	struct settings settings; /* session_open() sets wake_bytes and stacks */
	bool follow;		  /* children of selected processes are selected, too */
	size_t buffer_bytes;	  /* a power of two, at least one page */
};

struct session;

/*
 * Loads the programs; nothing is attached yet. Negative errno: -EPERM (a capability is missing),
 * -ENOENT or -ESRCH (no BTF), -ENOTSUP or -EINVAL (the kernel rejects a program), -ENOMEM.
 * libbpf's own words are with log_show_kept().
 */
int session_open(const struct session_config *config, struct session **ret);
/* Accepts NULL. */
void session_close(struct session *s);

/*
 * Adds a process to the selection. start_boot_ns is the beginning of the 10 ms tick in which it
 * started, as /proc/PID/stat has it. -E2BIG when the table is full.
 */
int session_select(struct session *s, uint32_t tgid, uint64_t start_boot_ns);
/*
 * Adds a cgroup, with everything that is made below it from now on; what exists below it has to be
 * added one by one. Selected are the processes that are in it at the moment of an event. Needs
 * settings.by_cgroup; a trace may run already. 0, or a negative errno: -E2BIG when the table is
 * full.
 */
int session_select_cgroup(struct session *s, uint32_t cgroup);
/* Adds a PID namespace by its inode: the processes whose own it is, or pid_ns_below. As above. */
int session_select_pid_ns(struct session *s, uint32_t inode);
int session_attach(struct session *s);
/* No new records come after this; what is in the buffer can still be read. */
void session_detach(struct session *s);

/* Becomes readable when the reader is woken; register it edge-triggered, and never close it. */
int session_fd(const struct session *s);

/* Hands over the records that wait; see ring_read(). */
int session_read(struct session *s, ring_record_fn each, void *context, unsigned int budget);

/*
 * How many bytes of records were begun, and how many were handed over, since the beginning. What
 * was submitted before a call of session_written() has been handed over once session_consumed() is
 * at least what that returned.
 */
uint64_t session_written(const struct session *s);
uint64_t session_consumed(const struct session *s);

/* Tells the BPF side how the reader waits (settings.h), which decides who wakes it. */
void session_set_reader(struct session *s, enum reader_state state);

/* Sums the counters of all CPUs; events that the kernel itself skipped count as lost, too. */
int session_read_counters(struct session *s, struct counters *ret);

/*
 * The kernel's stack of a generate record, innermost address first: up to `max` addresses to
 * `addresses`. Returns how many, -ENOENT if it is not there (any more).
 */
int session_read_stack(struct session *s, int32_t stack_id, uint64_t *addresses, size_t max);

/* Living processes that were selected only because -f followed them. */
int session_followed(const struct session *s);

#endif
