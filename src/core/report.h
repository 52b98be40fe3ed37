/* SPDX-License-Identifier: BSD-2-Clause */
/* struct report: the hinge between the kernel's records and everything that is said about them. */
#ifndef SIGTRACE_CORE_REPORT_H
#define SIGTRACE_CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"
#include "event.h"
#include "origin.h"
#include "runtime.h"

enum report_kind {
	REPORT_GENERATE,
	REPORT_DELIVER,
	REPORT_EXIT,
	REPORT_RETURN,	/* a handler returned */
	REPORT_FAILED,	/* a system call that should have sent a signal failed */
	REPORT_TAKEN,	/* a pending signal left its queue without a delivery (core/watch) */
	REPORT_HANDLER, /* a handler was installed after a signal had been ignored (core/watch) */
	REPORT_CGROUP,	/* a cgroup was made: never shown, it teaches what later ones mean */
	REPORT_ALIVE,	/* a process that was asked to end has not (core/deadline) */
	REPORT_KIND_COUNT,
};

/* Where a snapshot was read. What is read from /proc after the event is never shown as the state at
 * the event. */
enum report_source {
	REPORT_SOURCE_ABSENT,
	REPORT_SOURCE_EVENT,
	REPORT_SOURCE_PROC_LATER,
	REPORT_SOURCE_COUNT,
};

enum sender_kind {
	SENDER_USER,
	SENDER_KERNEL,
	SENDER_KIND_COUNT,
};

struct report_task {
	enum report_source source; /* ABSENT: the other members mean nothing */
	uint64_t start_boot_ns;
	uint32_t tgid;
	uint32_t tid;
	uint32_t ns_tgid;	    /* 0: not known */
	uint32_t pid_ns;	    /* 0: not known */
	char comm[EVENT_COMM_SIZE]; /* untrusted bytes, perhaps without a NUL */
	uint32_t cgroup;	    /* struct event_head; 0: not known */
	/* Of that cgroup; NULL: in none, or not looked up. Outlives the report. */
	const struct container *container;
};

/* In place of an address: the signal is caught, and nothing more is known (/proc tells no more). */
#define REPORT_HANDLER_NOT_KNOWN UINT64_MAX

/*
 * What the snapshot of a process tells, and no event does: `snapshot_facts`. Events have none of
 * them, so that a rule that asks for one is for predictions only.
 */
#define REPORT_FACT_SIGNALFD_TAKES     (1U << 0) /* a signalfd of the process has it in its set */
#define REPORT_FACT_SIGNALFD_AWAITED   (1U << 1) /* the same, and it is being waited on */
#define REPORT_FACT_SIGNALFD_NOT_KNOWN (1U << 2) /* nobody could look whether it has one */
#define REPORT_FACT_END_NOT_KNOWN      (1U << 3) /* group_exit_code is not known */
#define REPORT_FACT_HANDLER_NOT_KNOWN  (1U << 4) /* it is caught; no address, no sa_flags */

struct report_ancestor {
	uint32_t tgid;
	char comm[EVENT_COMM_SIZE]; /* untrusted bytes, perhaps without a NUL */
};

/* What became of an earlier signal, as far as the trace saw. */
enum signal_fate {
	SIGNAL_FATE_NOT_KNOWN,
	SIGNAL_FATE_IGNORED, /* dropped, at generation or delivery */
	SIGNAL_FATE_PENDING, /* queued, and not delivered so far */
	SIGNAL_FATE_HANDLED, /* a handler was set up to run */
	SIGNAL_FATE_ACTED,   /* its default action was taken */
	SIGNAL_FATE_COUNT,
};

/*
 * An earlier signal to the same process. Of an exit: the one that it follows. Of a SIGKILL: the
 * last one before it that asked the process to end. Of what is TAKEN, of a HANDLER that comes too
 * late, of what is still ALIVE: the signal that it is about.
 */
struct report_earlier {
	int sig;	     /* 0: none that is known */
	uint64_t elapsed_ns; /* since its generation */
	enum signal_fate fate;
	enum sender_kind sender_kind;
	struct report_task sender;  /* ABSENT: the kernel */
	enum origin origin;	    /* of the kernel's, where it is known */
	struct report_task instead; /* see report.sender_acts_for; ABSENT: not known */
	bool caused;		    /* X: the process died of this very signal */
};

/* Who took a signal out of its queue. */
enum taken_by {
	TAKEN_BY_NOT_KNOWN, /* sigwait() or a signalfd: nothing shows which */
	TAKEN_BY_SIGWAIT,
	TAKEN_BY_SIGNALFD,
	TAKEN_BY_COUNT,
};

/* Of a REPORT_FAILED; as struct event_failed. */
struct report_failure {
	enum event_syscall syscall;
	int error;	   /* positive errno */
	uint32_t facts;	   /* EVENT_FAILED_ */
	int32_t sig;	   /* as it was given: 0 is a probe, others may be no signal at all */
	int32_t target_nr; /* as it was given */
	int32_t target_tid;
	uint32_t sender_euid;
	uint32_t sender_user_ns;
	uint32_t target_uid;
	uint32_t target_suid;
	uint32_t target_user_ns;
};

struct process_table;
struct process;
struct stuck;

/* Of a REPORT_ALIVE: what holds the process, from a snapshot taken a moment before the report. */
struct report_alive {
	const struct process_table *table;
	const struct process *process; /* in the table */
	const struct stuck *stuck;     /* examined */
};

/*
 * One event with everything known about it. `facts` are the EVENT_FACT_ bits of event.h. Members
 * that a kind does not have are 0; the comments say which kinds have them (G generate, D deliver, X
 * exit, R return, F failed, T taken, H handler, A alive).
 */
struct report {
	enum report_kind kind;
	uint64_t boot_ns; /* CLOCK_BOOTTIME */
	uint32_t lost; /* records lost so far (low 32 bits): a change means a gap right before this
			  one */

	int sig;		  /* G D R T H; F: 0 where the number is no signal */
	int code;		  /* G D: si_code; F with EVENT_FAILED_INFO_KNOWN */
	enum event_result result; /* G */
	uint32_t facts;		  /* G D */
	bool process_directed;	  /* G: scope "process", else "thread" */

	enum sender_kind sender_kind; /* G F */
	struct report_task sender;    /* G F: ABSENT when the kernel sent it */
	/*
	 * G by the kernel: the process that made it send, where the origin says that there is one:
	 * the init whose end tears down its namespace, the parent that died, whoever wrote to
	 * cgroup.kill. Decoded always (it is `current`), and to be shown only for such an origin.
	 */
	struct report_task sender_acts_for;
	uint32_t sender_uid; /* G F: of the sender; without one of sender_acts_for */
	uint32_t sender_nr;  /* G: the sender's number in the target's PID namespace; 0: not visible
				there */
	int32_t info_pid;    /* G D */
	uint32_t info_uid;   /* G D */
	uint64_t value;	     /* G D */

	struct report_task
		target;	  /* all kinds: but for G and F the process itself; F: may be ABSENT */
	uint32_t image;	  /* G D R: EVENT_IMAGE; 0: not known */
	uint64_t handler; /* G D R: sa_handler */
	/* G D R: "bash!termsig_sighandler", untrusted; NULL: not known */
	const char *handler_symbol;
	enum runtime handler_runtime; /* G D R */
	uint32_t sa_flags;	      /* G D */
	uint32_t signal_flags;	      /* G D */
	uint32_t state;		      /* G: of the receiver, raw */
	int32_t group_exit_code;      /* G D */
	uint32_t receiver_tid;	      /* G */
	uint32_t threads;	      /* G */
	uint32_t snapshot_facts;      /* G: 0 for an event */
	uint64_t pending_process;     /* G D */
	uint64_t pending_thread;      /* G D */
	uint32_t tracer_tgid;	      /* G: 0 when not traced */
	char tracer_comm[EVENT_COMM_SIZE];

	int32_t exit_code;	       /* X: as wait4() gives it */
	struct report_earlier earlier; /* G (SIGKILL), X T H A */

	struct report_ancestor
		ancestors[EVENT_ANCESTORS_MAX]; /* G F, of the sender: parent first */
	uint32_t ancestors_len;
	int32_t stack_id;   /* G by the kernel: negative: none */
	enum origin origin; /* G by the kernel, and what a process made it send; see origin.h */

	bool has_latency; /* D: paired with its generation */
	uint64_t latency_ns;

	uint64_t duration_ns; /* R: from the delivery to the return, nested handlers included */
	struct report_failure failure; /* F */
	enum taken_by taken_by;	       /* T; earlier.elapsed_ns is the most that it can have been */
	/*
	 * H: the handler was seen earlier.elapsed_ns after the signal, and was not there yet this
	 * long after it.
	 */
	uint64_t missing_ns;
	uint64_t age_ns; /* H: of the process when the signal was ignored */
	/*
	 * CGROUP, whose number is target.cgroup: from the hierarchy's root, untrusted, cut after
	 * EVENT_CGROUP_PATH_SIZE - 1 bytes. It lies in the record that was decoded.
	 */
	const char *cgroup_path;
	struct report_alive alive; /* A; table NULL: nobody could look */
};

/*
 * Reads one ring-buffer record of `size` bytes. `*ret` is written only on success. Checks length,
 * kind, signal number and result before it believes them: -EBADMSG for a record that is too short,
 * too long for its kind or out of range, -EPROTO for a kind that is not known.
 */
int decode_record(const void *data, size_t size, struct report *ret);

#endif
