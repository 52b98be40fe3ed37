/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space and the BPF programs share beside the records: the filter, fixed before the load
 * (read-only data, so that the verifier removes what is not asked for), the process table's values,
 * the counters, and the reader's state.
 */
#ifndef SIGTRACE_SETTINGS_H
#define SIGTRACE_SETTINGS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "event.h"

#define MAYBE_SIZE 65536 /* entries of the quick filter in front of the process table */
#define SETTINGS_TICK_NS                                                        \
	10000000 /* /proc/PID/stat gives a start time in USER_HZ ticks, 1/100 s \
		  */

/* Of a stack that is kept. Few of what a timer interrupted, which makes stacks that differ. */
#define STACK_FRAMES_MAX 16

struct settings {
	__u64 signals;	     /* bit sig - 1: wanted */
	__u64 noise;	     /* bit sig - 1: hidden and counted; SIGURG only to itself */
	__u64 wake_bytes;    /* unread bytes that wake a napping reader */
	__u8 by_process;     /* only signals to or by what is selected */
	__u8 direction_to;   /* sent to them */
	__u8 direction_from; /* sent by them */
	__u8 problems_only;  /* drop what surely takes effect, and exits */
	__u8 stacks;	     /* the kernel can keep stacks */
	__u8 handlers;	     /* --handlers: records of handlers that return */
	__u8 failed;	     /* --failed: records of sends that fail */
	__u8 probes;	     /* with `failed`: of signal 0, too */
	__u8 cgroup_v1;	     /* cgroups are those of the pids controller's v1 hierarchy */
	__u8 by_cgroup;	     /* with by_process: the table of cgroups selects, too */
	__u8 by_pid_ns;	     /* with by_process: that of PID namespaces selects, too */
	__u8 pid_ns_below;   /* with by_pid_ns: what is in a namespace below one of them, too */
	__u8 pad[4];
};

/* A selected process: the value of the process table, whose key is the tgid. */
struct selected {
	__u64 start_boot_ns; /* the start lies in [this, this + SETTINGS_TICK_NS) */
	__u32 forked;	     /* not named by the user: followed */
	__u32 pad;
};

struct awaited {
	__u32 tgid;
	__u32 sig;
};

struct ended {
	__u64 start_boot_ns;
	__u32 tgid;
	__u32 pad;
};

/* Per CPU. */
struct counters {
	__u64 lost[EVENT_LOST_COUNT];
	__u64 hidden;
	__u64 exits_saved; /* seen by the second program for exits, and not by the first */
};

enum reader_state {
	READER_WORKS,  /* it will look at the buffer again by itself */
	READER_NAPS,   /* for some milliseconds: only a well-filled buffer wakes it */
	READER_SLEEPS, /* the next record wakes it */
};

struct shared {
	__u32 reader;	/* enum reader_state */
	__s32 followed; /* living processes that -f added */
	__u32 lost;	/* on all CPUs, for event_head.lost */
	__u32 pad;
};

#endif
