/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ring-buffer contract: the only header that the BPF programs and the user-space program share.
 *
 * Every record starts with struct event_head. Members are fixed-width, padding is explicit, sizes
 * are asserted, and the BPF side writes every member before it submits. A record holds facts that
 * were read at the event, under the target's siglock; nothing in it is an explanation.
 */
#ifndef SIGTRACE_EVENT_H
#define SIGTRACE_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define EVENT_COMM_SIZE 16 /* TASK_COMM_LEN; comm is not always NUL-terminated text */
#define EVENT_SIG_MAX	64

enum event_kind {
	EVENT_GENERATE = 1,
	EVENT_DELIVER,
	EVENT_EXIT,
	EVENT_RETURN,
	EVENT_FAILED,
	EVENT_CGROUP_MADE,
	EVENT_KIND_COUNT,
};

/* `result` of the signal_generate tracepoint: TRACE_SIGNAL_* in include/trace/events/signal.h. */
enum event_result {
	EVENT_RESULT_DELIVERED,
	EVENT_RESULT_IGNORED,
	EVENT_RESULT_ALREADY_PENDING,
	EVENT_RESULT_OVERFLOW_FAIL,
	EVENT_RESULT_LOSE_INFO,
	EVENT_RESULT_COUNT,
};

/*
 * Facts, one bit each, already independent of the kernel's version (bpf/compat.bpf.h).
 * "The target" is the task that the tracepoint names; "the receiver" is the thread that the kernel
 * is expected to choose: the target if it does not block the signal, else the thread that
 * complete_signal() left in signal->curr_target, else any other thread that does not block it.
 * Without such a thread the receiver is the target itself and EVENT_FACT_ALL_BLOCKED is set.
 */
#define EVENT_FACT_PROCESS_DIRECTED (1U << 0)  /* not directed at one thread */
#define EVENT_FACT_BLOCKED	    (1U << 1)  /* in the target's blocked mask */
#define EVENT_FACT_WAITED_FOR	    (1U << 2)  /* the receiver is in sigtimedwait() for it */
#define EVENT_FACT_ALL_BLOCKED	    (1U << 3)  /* every thread that could take it blocks it */
#define EVENT_FACT_SCAN_CUT	    (1U << 4)  /* too many threads to prove ALL_BLOCKED */
#define EVENT_FACT_SIGNALFD_POLLED  (1U << 5)  /* a signalfd of the process is waited on */
#define EVENT_FACT_PTRACED	    (1U << 6)  /* the receiver is traced */
#define EVENT_FACT_FROZEN	    (1U << 7)  /* the receiver is frozen: even SIGKILL waits */
#define EVENT_FACT_FROZEN_V2	    (1U << 8)  /* the same by cgroup v2: fatal signals pass */
#define EVENT_FACT_KTHREAD	    (1U << 9)  /* PF_KTHREAD */
#define EVENT_FACT_EXITING	    (1U << 10) /* the target has PF_EXITING, or is a zombie */
#define EVENT_FACT_GROUP_EXEC	    (1U << 11) /* another thread is in exec and ends its siblings */
#define EVENT_FACT_NAMESPACE_INIT   (1U << 12) /* number 1 in its own PID namespace */
#define EVENT_FACT_GLOBAL_INIT	    (1U << 13) /* number 1 of the initial PID namespace */
#define EVENT_FACT_INFO_NONE	    (1U << 14) /* SEND_SIG_NOINFO: sent by kernel code for `current` */
#define EVENT_FACT_INFO_PRIV	    (1U << 15) /* SEND_SIG_PRIV: sent by the kernel */
#define EVENT_FACT_SENDER_IS_TARGET (1U << 16) /* `current` belongs to the target's process */
#define EVENT_FACT_CORE_DUMPING	    (1U << 17) /* a core dump of the target is in progress */
#define EVENT_FACT_ALL_EXITING	    (1U << 18) /* no live thread is left: a zombie */
#define EVENT_FACT_MATCHED_TO	    (1U << 19) /* kept because the target is selected */
#define EVENT_FACT_MATCHED_FROM	    (1U << 20) /* kept because `current` is selected */

/* One task as it was at the event. 40 bytes. */
struct event_task {
	__u64 start_boot_ns; /* when the process started (its leader), CLOCK_BOOTTIME, ns */
	__u32 tgid;
	__u32 tid;
	__u32 ns_tgid; /* the process's number inside its own PID namespace */
	__u32 pid_ns;  /* inode of that PID namespace */
	char comm[EVENT_COMM_SIZE];
};

struct event_head {
	__u64 boot_ns; /* CLOCK_BOOTTIME, ns */
	__u16 size;    /* of the whole record, bytes */
	__u8 kind;     /* enum event_kind */
	__u8 sig;
	__s32 code; /* si_code; SI_USER or SI_KERNEL when there was no siginfo */
	__u32 lost; /* records lost so far, low 32 bits; it changes after a gap */
	/*
	 * The cgroup of the target, of the process, or the new one: the low 32 bits of its kernfs
	 * number, which is its directory's inode. In the hierarchy that settings.cgroup_v1 chose.
	 * 0: not known.
	 */
	__u32 cgroup;
};

/*
 * Tells one program that a process executed from the next: of mm->start_stack, which is random at
 * each exec and which /proc/PID/stat shows as startstack, the bits that are. 0: no memory of its
 * own (any more).
 */
#define EVENT_IMAGE(start_stack) ((__u32)((start_stack) >> 4))

/*
 * signal_generate. 208 bytes; with the ancestors of `current` behind it (struct
 * event_generate_by) where `current` may be the sender and is not the target's process.
 */
struct event_generate {
	struct event_head head;
	struct event_task sender; /* `current`: the sender only if the si_code says so */
	struct event_task target;
	__u64 handler;	       /* sa_handler: 0 is SIG_DFL, 1 is SIG_IGN */
	__u64 value;	       /* si_value, raw */
	__u64 pending_process; /* shared pending set after the event; bit sig - 1 */
	__u64 pending_thread;  /* the target's own pending set after the event */
	__u32 facts;
	__u32 sa_flags;
	__u32 sender_cgroup;   /* as head.cgroup */
	__u32 state;	       /* the receiver's task state and exit_state, raw */
	__u16 signal_flags;    /* signal->flags after the event; the kernel uses no more bits */
	__u16 group_exit_code; /* an exit code and a signal: 16 bits, as wait4() gives them */
	__u32 sender_uid;
	__s32 info_pid; /* si_pid, which <signal.h> makes a macro */
	__u32 info_uid;
	__u32 sender_nr; /* the sender's tgid in the target's PID namespace; 0: not visible there */
	__u32 receiver_tid;
	__u32 tracer_tgid; /* 0: not traced */
	__u16 threads;	   /* in the target's process, 65535 at most */
	__u8 result;	   /* enum event_result */
	__u8 ancestors;	   /* how many of event_generate_by.ancestors are there */
	char tracer_comm[EVENT_COMM_SIZE];
	__s32 stack_id; /* of the kernel's stack, for what the kernel sent; negative: none */
	__u32 image;	/* EVENT_IMAGE of the target */
};

#define EVENT_ANCESTORS_MAX 8

struct event_ancestor {
	__u32 tgid;
	char comm[EVENT_COMM_SIZE];
};

/* 368 bytes. */
struct event_generate_by {
	struct event_generate generate;
	struct event_ancestor ancestors[EVENT_ANCESTORS_MAX]; /* the parent first */
};

/* signal_deliver. 128 bytes. */
struct event_deliver {
	struct event_head head;
	struct event_task process; /* tid is the thread that took the signal */
	__u64 handler;
	__u64 value;
	__u64 pending_process; /* after this signal was taken out */
	__u64 pending_thread;
	__u32 facts; /* PTRACED, NAMESPACE_INIT, GLOBAL_INIT, GROUP_EXEC, CORE_DUMPING, INFO_* */
	__u32 sa_flags;
	__u32 signal_flags;
	__s32 group_exit_code;
	__s32 info_pid;
	__u32 info_uid;
	__u32 image; /* EVENT_IMAGE */
	__u32 pad;
};

/*
 * The last thread of a process exited that is selected, or that got a signal of this trace. A few
 * others come with them, for the BPF side knows the latter by 16 bits of their tgid only. 80 bytes.
 */
struct event_exit {
	struct event_head head; /* sig and code are 0 */
	struct event_task process;
	__s32 exit_code;    /* as wait4() gives it */
	__u32 facts;	    /* NAMESPACE_INIT, GLOBAL_INIT, MATCHED_TO if it is selected */
	__u32 signal_flags; /* signal->flags */
	__u32 pad;
};

/* A signal handler returned: sigreturn for a frame of which the delivery was recorded. 88 bytes. */
struct event_return {
	struct event_head head;	   /* sig; code is 0 */
	struct event_task process; /* tid is the thread that ran it */
	__u64 began_boot_ns;	   /* its delivery */
	__u64 handler;
	__u32 image; /* EVENT_IMAGE */
	__u32 pad;
};

enum event_syscall {
	EVENT_SYSCALL_KILL,
	EVENT_SYSCALL_TKILL,
	EVENT_SYSCALL_TGKILL,
	EVENT_SYSCALL_RT_SIGQUEUEINFO,
	EVENT_SYSCALL_RT_TGSIGQUEUEINFO,
	EVENT_SYSCALL_PIDFD_SEND_SIGNAL,
	EVENT_SYSCALL_COUNT,
};

/* Facts of a failed send. What has to do with the target is there with TARGET_KNOWN only. */
#define EVENT_FAILED_TARGET_KNOWN (1U << 0) /* target, target_uid, target_suid, target_user_ns */
#define EVENT_FAILED_CAP_KILL	  (1U << 1) /* the sender has CAP_KILL, in its own user namespace */
#define EVENT_FAILED_NS_SAME	  (1U << 2) /* both are in one user namespace */
#define EVENT_FAILED_NS_BELOW	  (1U << 3) /* the target's descends from the sender's */
#define EVENT_FAILED_NS_OWNER	  (1U << 4) /* NS_BELOW, and the sender's euid made it */
#define EVENT_FAILED_SAME_SESSION (1U << 5) /* of the terminal: SIGCONT is allowed then */
#define EVENT_FAILED_SECCOMP	  (1U << 6) /* a seccomp filter is on the sender's thread */
#define EVENT_FAILED_INFO_KNOWN	  (1U << 7) /* head.code is the si_code that the sender made up */
#define EVENT_FAILED_SELF	  (1U << 8) /* the target is the sender's own process */
#define EVENT_FAILED_MATCHED_TO	  (1U << 9) /* kept because the target is selected */
#define EVENT_FAILED_MATCHED_FROM (1U << 10)

/*
 * A system call that should have sent a signal failed, so that nothing was generated. The facts are
 * those at its end, a moment after the decision. 320 bytes.
 */
struct event_failed {
	struct event_head head; /* sig is 0 for signal 0 and for a number that is no signal */
	struct event_task sender;
	struct event_task target;
	__s32 sig;	  /* as it was given */
	__s32 target_nr;  /* as given: kill's pid (0, -1 and groups, too), the tgid, or a pidfd */
	__s32 target_tid; /* as given to tkill (target_nr is 0), tgkill, rt_tgsigqueueinfo; else 0
			   */
	__s32 error;	  /* positive errno: EPERM, ESRCH, EINVAL, EAGAIN, EACCES */
	__u32 facts;	  /* EVENT_FAILED_ */
	__u32 sender_uid;
	__u32 sender_euid;
	__u32 sender_user_ns; /* inode */
	__u32 target_uid;
	__u32 target_suid; /* saved */
	__u32 target_user_ns;
	__u32 sender_cgroup; /* as head.cgroup, which is that of the target */
	__u8 syscall;	     /* enum event_syscall */
	__u8 ancestors_len;
	__u8 pad[6];
	struct event_ancestor ancestors[EVENT_ANCESTORS_MAX]; /* of the sender, the parent first */
};

#define EVENT_CGROUP_PATH_SIZE 512

/* A cgroup was made. 544 bytes. */
struct event_cgroup {
	struct event_head head; /* cgroup is the new one; sig and code are 0 */
	__u32 pad;
	__u32 path_len; /* without the NUL; EVENT_CGROUP_PATH_SIZE: the path is longer, and cut */
	/* From the hierarchy's root. Ends with a NUL, and zeros fill what is left. */
	char path[EVENT_CGROUP_PATH_SIZE];
};

/* Why a record that should have been kept was not; counted by the BPF side in lost[]. */
enum event_lost {
	EVENT_LOST_GENERATE, /* no room in the ring buffer */
	EVENT_LOST_DELIVER,
	EVENT_LOST_EXIT,
	EVENT_LOST_FOLLOW, /* a child that should be followed found no room in the process table */
	EVENT_LOST_RETURN, /* no room in the ring buffer */
	EVENT_LOST_FAILED,
	EVENT_LOST_CGROUP, /* the same, or no room for a new one in the table of selected ones */
	EVENT_LOST_COUNT,
};

_Static_assert(sizeof(struct event_task) == 40, "event_task");
_Static_assert(sizeof(struct event_head) == 24, "event_head");
_Static_assert(sizeof(struct event_generate) == 208, "event_generate");
_Static_assert(sizeof(struct event_generate_by) == 368, "event_generate_by");
_Static_assert(sizeof(struct event_deliver) == 128, "event_deliver");
_Static_assert(sizeof(struct event_exit) == 80, "event_exit");
_Static_assert(sizeof(struct event_return) == 88, "event_return");
_Static_assert(sizeof(struct event_failed) == 320, "event_failed");
_Static_assert(sizeof(struct event_cgroup) == 544, "event_cgroup");

#endif
