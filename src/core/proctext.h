/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of /proc/PID/stat and /proc/PID/status, parsed; those of task/TID are alike. Source:
 * proc_pid_stat(5), proc_pid_status(5), fs/proc/array.c.
 *
 * The text need not end with a NUL, may hold any bytes and may be cut: a value that the text does
 * not show completely is an error, never a shorter number. All return 0 and write *ret, or return
 * -EINVAL and leave it alone.
 */
#ifndef SIGTRACE_CORE_PROCTEXT_H
#define SIGTRACE_CORE_PROCTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define PROCTEXT_NS_LEVELS_MAX 33 /* MAX_PID_NS_LEVEL nested namespaces and the initial one */

struct proctext_stat {
	uint32_t pid;
	uint32_t ppid; /* 0: the parent is not visible from this /proc */
	char state;    /* the letter: R S D T t X Z P I, or others in old kernels */
	bool has_ids;  /* pgid, sid, has_tty are known: the task is not being released */
	uint32_t pgid; /* 0: not visible from this /proc */
	uint32_t sid;  /* as pgid */
	bool has_tty;  /* a controlling terminal */
	/* Of the controlling terminal, as new_encode_dev() packs them; 0 and 0: none. */
	uint32_t tty_major;
	uint32_t tty_minor;
	/* The terminal's foreground group; 0: not visible from this /proc; negative: none. */
	int32_t tpgid;
	uint32_t flags;	    /* PF_ bits */
	uint64_t cpu_ticks; /* utime + stime: of all threads that it has and had, unless of task/TID
			     */
	uint32_t num_threads; /* 0 once the task is being released */
	uint64_t start_ticks; /* since boot, in 1 / sysconf(_SC_CLK_TCK) s */
	/*
	 * mm->start_stack: where the stack began at exec, random unless PF_RANDOMIZE is off. 0: no
	 * memory, or the reader may not know it, as with the exit code.
	 */
	uint64_t start_stack;
	/*
	 * As wait4() gives it, once the task has ended. 0 may also mean that the reader may not
	 * know it: the kernel shows it to whoever may trace the process.
	 */
	int32_t exit_code;
	/* Untrusted. Cut as the kernel's comm is: names of kernel threads are longer here. */
	char comm[EVENT_COMM_SIZE];
};

/*
 * One line. The name stands in parentheses and may itself hold blanks, parentheses and line feeds:
 * the last ')' of the text ends it, nothing after it is ever free text. The text may be cut behind
 * the start time: then what stands behind the cut is 0.
 */
int proctext_parse_stat(const char *text, size_t size, struct proctext_stat *ret);

struct proctext_status {
	uint32_t tgid;
	/* The task's number in each PID namespace, from that of /proc's mount to its own. */
	uint32_t ns_pid[PROCTEXT_NS_LEVELS_MAX];
	uint32_t ns_pid_count; /* 0: a kernel without PID namespaces */
	uint64_t cap_prm;
	uint64_t cap_eff;
	uint64_t cap_bnd;
	uint64_t sigq_queued; /* signals queued for the real user ID of the process */
	uint64_t sigq_max;    /* its RLIMIT_SIGPENDING; UINT64_MAX: unlimited */

	uint32_t tracer_tid; /* a thread of the tracer; 0: none that this /proc shows */
	bool has_uids;
	uint32_t real_uid;
	uint32_t saved_uid;

	/* The sets are there, bit sig - 1; false once the task is being released: they read as 0.
	 */
	bool has_signals;
	uint32_t threads;	 /* a zombie leader counts */
	uint64_t pending;	 /* the thread's own set */
	uint64_t shared_pending; /* that of the process */
	uint64_t blocked;
	uint64_t ignored;
	uint64_t caught;
};

/* Needs Tgid, CapPrm, CapEff, CapBnd and SigQ, each once. The others may be missing. */
int proctext_parse_status(const char *text, size_t size, struct proctext_status *ret);

#endif
