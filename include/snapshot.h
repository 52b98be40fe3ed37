/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract of the task iterator: what bpf/snapshot.bpf.c writes, one record after the other,
 * and core/snapshot_decode reads. Records begin with struct snapshot_head, members are fixed-width,
 * padding is explicit, sizes are asserted.
 *
 * Every process of the node gives one struct snapshot_process, in the order of its leader's number.
 * A selected process gives its struct snapshot_actions right behind it, and one struct
 * snapshot_thread for every thread, its leader's included, wherever the iterator meets it. Nothing
 * is locked meanwhile: a thread may be there whose process record is not, and the reverse.
 */
#ifndef SIGTRACE_SNAPSHOT_H
#define SIGTRACE_SNAPSHOT_H

#include "event.h"

enum snapshot_kind {
	SNAPSHOT_PROCESS = 1,
	SNAPSHOT_ACTIONS,
	SNAPSHOT_THREAD,
	SNAPSHOT_KIND_COUNT,
};

/* Facts of a process. */
#define SNAPSHOT_PROCESS_SELECTED	 (1U << 0) /* actions and threads are there, too */
#define SNAPSHOT_PROCESS_KTHREAD	 (1U << 1)
#define SNAPSHOT_PROCESS_NAMESPACE_INIT	 (1U << 2) /* number 1 in its own PID namespace */
#define SNAPSHOT_PROCESS_GLOBAL_INIT	 (1U << 3)
#define SNAPSHOT_PROCESS_CORE_DUMPING	 (1U << 4)
#define SNAPSHOT_PROCESS_GROUP_EXEC	 (1U << 5) /* a thread is in exec and ends its siblings */
#define SNAPSHOT_PROCESS_ACTIONS_KNOWN	 (1U << 6) /* sighand was there: not yet released */
#define SNAPSHOT_PROCESS_VFORK_CHILD	 (1U << 7) /* its parent sleeps until it execs or ends */
#define SNAPSHOT_PROCESS_SIGNALFD_POLLED (1U << 8) /* a signalfd of the process is waited on */
#define SNAPSHOT_PROCESS_HAS_TTY	 (1U << 9) /* a controlling terminal */

/* Facts of a thread. */
#define SNAPSHOT_THREAD_PTRACED	     (1U << 0)
#define SNAPSHOT_THREAD_FROZEN	     (1U << 1) /* cgroup v1 or system: even SIGKILL waits */
#define SNAPSHOT_THREAD_FROZEN_V2    (1U << 2) /* cgroup v2: fatal signals pass */
#define SNAPSHOT_THREAD_EXITING	     (1U << 3) /* PF_EXITING */
#define SNAPSHOT_THREAD_ASLEEP_KNOWN (1U << 4) /* asleep_ns means something */

struct snapshot_head {
	__u16 size; /* of the whole record, bytes */
	__u8 kind;  /* enum snapshot_kind */
	__u8 pad[5];
};

/* 112 bytes. */
struct snapshot_process {
	struct snapshot_head head;
	__u64 start_boot_ns; /* of the leader, CLOCK_BOOTTIME, ns */
	__u64 ignored;	     /* bit sig - 1: SIG_IGN; with ACTIONS_KNOWN */
	__u64 caught;	     /* bit sig - 1: a handler; with ACTIONS_KNOWN */
	__u64 pending;	     /* the shared set */
	__u32 tgid;
	__u32 parent_tgid; /* of real_parent: who has to reap it; 0: nobody */
	__u32 ns_tgid;	   /* its number inside its own PID namespace */
	__u32 pid_ns;	   /* inode of that PID namespace */
	__u32 ns_level;	   /* 0: the initial one */
	__u32 pgid;	   /* numbers in the initial PID namespace; 0: not known */
	__u32 sid;
	__u32 uid; /* real */
	__u32 facts;
	__u32 signal_flags;
	__s32 group_exit_code;
	__u32 threads;	     /* signal->nr_threads: a zombie leader counts */
	__u32 pdeath_signal; /* it asked for it with PR_SET_PDEATHSIG; of the leader; 0: none */
	__u32 state;	     /* of the leader: raw, with exit_state in the same word */
	char comm[EVENT_COMM_SIZE]; /* of the leader */
};

/* As the kernel's struct sigaction, in one layout for all architectures. */
struct snapshot_action {
	__u64 handler; /* 0 is SIG_DFL, 1 is SIG_IGN */
	__u64 flags;
	__u64 mask; /* bit sig - 1: blocked while the handler runs */
};

/* 1552 bytes; only with ACTIONS_KNOWN. */
struct snapshot_actions {
	struct snapshot_head head;
	__u32 tgid;
	__u32 pad;
	struct snapshot_action actions[EVENT_SIG_MAX];
};

/* 104 bytes. */
struct snapshot_thread {
	struct snapshot_head head;
	__u64 blocked;
	__u64 real_blocked; /* not 0 only in sigtimedwait(): the mask before it */
	__u64 pending;	    /* the thread's own set */
	__u64 jobctl;
	__u64 asleep_ns; /* since it last ran on a CPU */
	__u32 tgid;
	__u32 tid;
	__u32 ns_tid;
	__u32 flags; /* task->flags, PF_ */
	__u32 state; /* raw, with exit_state in the same word */
	__u32 ptrace;
	__u32 tracer_tgid; /* 0: not traced */
	__u32 facts;
	__s32 exit_code; /* means something once the thread exits */
	__u32 pad;
	char comm[EVENT_COMM_SIZE];
};

_Static_assert(sizeof(struct snapshot_head) == 8, "snapshot_head");
_Static_assert(sizeof(struct snapshot_process) == 112, "snapshot_process");
_Static_assert(sizeof(struct snapshot_actions) == 1552, "snapshot_actions");
_Static_assert(sizeof(struct snapshot_thread) == 104, "snapshot_thread");

#endif
