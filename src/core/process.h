/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes of a snapshot: what each of them and of its threads does with signals. Filled from
 * the kernel's task iterator (core/snapshot_decode) or from /proc (sys/procfs_snapshot); everything
 * that is said about a process that is not traced (core/predict, core/stuck, out/inspect_*) reads
 * this.
 *
 * A snapshot is read without locks while the processes go on: two facts of one process may be from
 * different moments. What the source cannot tell is marked unknown, and nobody may read it.
 */
#ifndef SIGTRACE_CORE_PROCESS_H
#define SIGTRACE_CORE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "runtime.h"

enum process_evidence {
	PROCESS_EVIDENCE_BPF,	 /* the task iterator: everything */
	PROCESS_EVIDENCE_PROCFS, /* what /proc tells */
	PROCESS_EVIDENCE_COUNT,
};

/* "bpf", "procfs" */
const char *process_evidence_name(enum process_evidence evidence);

/* As the kernel's struct sigaction. handler: 0 is SIG_DFL, 1 is SIG_IGN. */
struct process_action {
	uint64_t handler;
	uint64_t flags;
	uint64_t mask; /* bit sig - 1: blocked while the handler runs */
};

/* Where a thread sits, read from /proc for the threads of a process that does not end. */
struct thread_place {
	bool syscall_known;
	bool in_syscall; /* false with syscall_known: it runs in user space, or just ran */
	int64_t syscall; /* the number, of this machine's own table */
	uint64_t args[6];
	char wchan[64]; /* the kernel function it sleeps in; "": not known, or it runs */
};

struct thread {
	uint32_t tid;
	uint32_t ns_tid;
	char comm[EVENT_COMM_SIZE]; /* untrusted bytes, perhaps without a NUL */
	uint64_t blocked;
	uint64_t pending; /* its own set */
	/* What it waits for in sigtimedwait() or sigwait(); bit sig - 1. */
	uint64_t waited_for;
	uint32_t state;	      /* raw, with exit_state: as struct report has it */
	uint32_t tracer_tgid; /* 0: not traced */
	int32_t exit_code;    /* as wait4() gives it, once it exits */
	uint64_t asleep_ns;   /* since it last ran on a CPU */
	bool waited_for_known;
	bool asleep_known;
	bool exiting;		    /* PF_EXITING, or a zombie */
	bool frozen;		    /* cgroup v1 freezer: even SIGKILL waits */
	bool frozen_v2;		    /* cgroup v2: fatal signals pass */
	bool listening;		    /* PTRACE_LISTEN: a SIGCONT wakes it although it is traced */
	struct thread_place *place; /* NULL: not read */
};

/* The name of a handler: "bash!termsig_sighandler", "app+0x12a0". */
struct process_symbol {
	uint64_t handler;
	char *text; /* untrusted bytes, NUL-terminated; NULL: not known */
	enum runtime runtime;
};

/* What is known of a process, beside what every source tells. */
#define PROCESS_KNOWN_DISPOSITIONS (1U << 0) /* ignored, caught */
#define PROCESS_KNOWN_SIGNAL_FLAGS (1U << 1) /* signal_flags, group_exit_code, core_dumping, … */
#define PROCESS_KNOWN_SIGNALFD	   (1U << 2) /* signalfd: the sets of its signalfds */
#define PROCESS_KNOWN_POLLED	   (1U << 3) /* signalfd_polled */
#define PROCESS_KNOWN_FROZEN	   (1U << 4) /* frozen and frozen_v2 of its threads */
#define PROCESS_KNOWN_IDS	   (1U << 5) /* pgid, sid, has_tty */
#define PROCESS_KNOWN_VFORK	   (1U << 6) /* vfork_child */
#define PROCESS_KNOWN_STATE	   (1U << 7) /* leader_state */
#define PROCESS_KNOWN_PDEATH	   (1U << 8) /* pdeath_signal */

struct process {
	uint32_t tgid;
	uint32_t parent_tgid; /* who has to reap it; 0: nobody that is visible */
	uint32_t ns_tgid;     /* 0: not known */
	uint32_t pid_ns;      /* inode; 0: not known */
	uint32_t ns_level;    /* nesting below the namespace that tgid counts in; 0: that one */
	uint32_t pgid;
	uint32_t sid;
	uint32_t uid;		/* real */
	uint32_t saved_uid;	/* = uid where only that is known */
	uint64_t start_boot_ns; /* exact, or from /proc the beginning of its 10 ms tick */
	char comm[EVENT_COMM_SIZE];

	uint32_t known; /* PROCESS_KNOWN_ */
	bool kernel_thread;
	bool namespace_init;
	bool global_init;
	bool selected; /* asked for: actions (where known) and threads are there */
	bool core_dumping;
	bool group_exec;
	bool vfork_child; /* its parent sleeps until it execs or ends */
	bool signalfd_polled;
	bool has_tty;

	uint64_t ignored; /* bit sig - 1: SIG_IGN */
	uint64_t caught;
	uint64_t pending;	/* the shared set */
	uint64_t signalfd;	/* what its signalfds take */
	uint64_t signalfd_each; /* what every one of them takes; 0: none, or not looked at */
	uint32_t signal_flags;
	int32_t group_exit_code;
	uint32_t thread_count; /* a zombie leader counts, as in /proc */
	/* Raw, as in struct thread, for a process that nobody asked for: there it is all that is
	 * known of its threads. */
	uint32_t leader_state;
	int pdeath_signal; /* that it gets when its parent ends (PR_SET_PDEATHSIG); 0: none */

	struct process_action *actions; /* EVENT_SIG_MAX of them; NULL: not known */
	struct thread *threads;		/* the leader first, if it is there; then by tid */
	size_t threads_len;
	struct process_symbol *symbols; /* of the handlers that were looked up */
	size_t symbols_len;
	uint32_t cgroup; /* struct event_head; 0: not known */
	/* Of that cgroup; NULL: in none, or not looked up. Outlives the table. */
	const struct container *container;
	char *freezer_path; /* the frozen cgroup's directory, untrusted; NULL: not known */
};

/* All processes of a snapshot, by tgid. Owns everything that hangs on them. Zeroed, it is empty. */
struct process_table {
	enum process_evidence evidence;
	struct process *list;
	size_t len;
	size_t capacity;
};

void process_table_free(struct process_table *t);
/*
 * Adds a zeroed process with that number at the end; call process_table_sort() before any look-up.
 * NULL: no memory. The pointer is good until the next one is added.
 */
struct process *process_table_add(struct process_table *t, uint32_t tgid);
/* Adds a zeroed thread. NULL: no memory. */
struct thread *process_add_thread(struct process *p, uint32_t tid);
/* By tgid, and the threads of each: leader first, then by tid. */
void process_table_sort(struct process_table *t);
/* NULL: not there. The table must be sorted. */
struct process *process_table_find(const struct process_table *t, uint32_t tgid);
/*
 * Marks all descendants of the processes that are marked `selected`, these included. Returns 0 or
 * -ENOMEM. Bounded by the table's length even if parents form a circle.
 */
int process_table_select_descendants(struct process_table *t);
/* Forgets threads, actions and what was looked up; for a process that nobody asked for. */
void process_forget_details(struct process *p);

/* The leader's thread; NULL if it was not seen. */
const struct thread *process_leader(const struct process *p);
/* sa_handler of a signal; HANDLER_NOT_KNOWN where it is caught and the address is not known. */
uint64_t process_handler(const struct process *p, int sig);
/* The symbol of a handler that was looked up; NULL: none. */
const struct process_symbol *process_symbol_of(const struct process *p, uint64_t handler);
/* No thread is left that has not exited: a zombie. */
bool process_is_zombie(const struct process *p);
/* The leader has exited, others live. */
bool process_has_zombie_leader(const struct process *p);
/* A group exit is under way, or every thread exits: it has been told to end. */
bool process_is_dying(const struct process *p);

#endif
