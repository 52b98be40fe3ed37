/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check: a program was started as PID 1, was sent its stop signal, and was watched. struct
 * check_run is everything that was observed, in the order in which it happened; the judgement is an
 * ordered table of rules over it (check_judge.c), and the sentences are check_text.c's.
 *
 * Strings from the outside (names, the engine's messages) are untrusted bytes; whoever writes them
 * escapes them.
 */
#ifndef SIGTRACE_CORE_CHECK_H
#define SIGTRACE_CORE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explain.h"
#include "predict.h"
#include "process.h"
#include "report.h"
#include "strbuf.h"
#include "stuck.h"

/* How what happened to the signal is known. Stable (JSON): the names in lower case. */
enum check_evidence {
	CHECK_EVIDENCE_BPF,    /* the kernel's own events */
	CHECK_EVIDENCE_PROCFS, /* /proc before and after the signal, and the outcome */
	/* The outcome as the engine tells it: its containers are not processes of this machine. */
	CHECK_EVIDENCE_ENGINE,
	CHECK_EVIDENCE_COUNT,
};

const char *check_evidence_name(enum check_evidence evidence);

enum check_verdict {
	CHECK_PASS,
	CHECK_FAIL,
	CHECK_INCONCLUSIVE,
	CHECK_VERDICT_COUNT,
};

/* "pass", "fail", "inconclusive". Stable (JSON). */
const char *check_verdict_name(enum check_verdict verdict);

/* Stable identifiers: X(enum suffix, JSON name). */
#define CHECK_REASON_LIST(X)                        \
	X(GRACEFUL, "graceful")                     \
	X(UNKILLABLE_SIG_DFL, "unkillable_sig_dfl") \
	X(SIG_IGN, "sig_ign")                       \
	X(BLOCKED, "blocked")                       \
	X(STOPPED, "stopped")                       \
	X(NOT_FORWARDED, "not_forwarded")           \
	X(STILL_RUNNING, "still_running")           \
	X(BAD_EXIT, "bad_exit")                     \
	X(KILLED_DESCENDANTS, "killed_descendants") \
	X(ODD_EXIT, "odd_exit")                     \
	X(CRASHED, "crashed")                       \
	X(STARTUP_WINDOW, "startup_window")         \
	X(EXITED_EARLY, "exited_early")             \
	X(NOT_READY, "not_ready")                   \
	X(COULD_NOT_START, "could_not_start")       \
	X(NOT_SENT, "not_sent")                     \
	X(NOT_WATCHED, "not_watched")               \
	X(KILLED, "killed")                         \
	X(INTERRUPTED, "interrupted")

/*
 * KILLED_DESCENDANTS, ODD_EXIT (neither 0, 128 + signal nor one of --expect-exit) and CRASHED
 * (ended by a signal of its own, SIGSEGV) are warnings beside GRACEFUL, and the reason of a failure
 * with --strict. KILLED: somebody else's SIGKILL (the OOM killer's) was faster than the answer.
 * NOT_WATCHED: how it ended, or whether it did, could not be found out.
 */
enum check_reason {
#define X(name, text) CHECK_REASON_##name,
	CHECK_REASON_LIST(X)
#undef X
		CHECK_REASON_COUNT,
};

const char *check_reason_name(enum check_reason reason);

/* What happened when. Stable (JSON): the names in lower case. */
enum check_mark {
	CHECK_MARK_STARTED, /* the program's first instruction, or as soon as the engine shows it */
	CHECK_MARK_HANDLER, /* the init was first seen to catch the signal */
	CHECK_MARK_READY,
	CHECK_MARK_SENT,
	CHECK_MARK_GRACE_OVER, /* and the init is alive */
	CHECK_MARK_KILLED,     /* by check itself, because the check is over */
	CHECK_MARK_EXITED,     /* the init; also where there is an exit event of it */
	CHECK_MARK_REPORT,     /* an event of the kernel */
	CHECK_MARK_COUNT,
};

const char *check_mark_name(enum check_mark mark);

struct check_event {
	enum check_mark mark;
	uint64_t boot_ns;
	/* REPORT: with its verdict, where its kind has one. The name of its handler is owned. */
	struct report report;
	struct verdict verdict;
	bool has_verdict;
	bool of_init; /* its target is the init */
};

/* So much of a script the kernel reads (BINPRM_BUF_SIZE in include/uapi/linux/binfmts.h). */
#define CHECK_SCRIPT_HEAD 256

/* Of these more are counted, not kept: a process may send signals in a loop. */
#define CHECK_EVENTS_MAX 512

/* A process in the init's PID namespace, but for the init. */
struct check_process {
	uint32_t tgid;
	uint32_t ns_tgid;	/* 0: not known */
	uint32_t parent_tgid;	/* when it was last looked at */
	uint64_t start_boot_ns; /* at least to its 10 ms tick */
	char comm[EVENT_COMM_SIZE];
	bool waiting; /* the init waits for this very one: from the snapshot at the end */
	int asked;    /* the first signal it got since SENT that asks to end; 0: none was seen */
	enum cause asked_cause; /* what became of that */
	bool asked_by_init;	/* the init sent it */
	/* It got any signal since SENT from a process other than itself, or was asked. */
	bool signalled;
	bool ended; /* its end was seen, before that of the init */
	/* It was there when the init ended: BPF: killed by the end of its namespace, which is
	 * proven by the event. Else: at the last look before, at most looks_ns earlier. */
	bool torn_down;
};

/* Of these more are counted, not kept. */
#define CHECK_PROCESSES_MAX 16384

enum check_subject {
	CHECK_SUBJECT_COMMAND,
	CHECK_SUBJECT_IMAGE,
	CHECK_SUBJECT_COUNT,
};

/* What was asked for, and what happened. Zeroed, nothing has happened. Times: CLOCK_BOOTTIME, ns;
 * 0: it did not happen. */
struct check_run {
	/* What was asked for. Borrowed strings. */
	enum check_subject subject;
	const char *name;   /* the image as it was given, or the command's words with blanks */
	const char *engine; /* "docker"; NULL: none */
	char container[64]; /* its name at the engine; "": none, or not kept (--keep) */
	int sig;
	bool sig_from_image;	/* its STOPSIGNAL */
	const char *ready_wait; /* as it was given: "settle", "tcp:80" */
	uint64_t ready_timeout_ns;
	uint64_t grace_ns;
	bool shell_form; /* image: entrypoint or command run by "/bin/sh -c" */

	enum check_evidence evidence;
	char evidence_why[256]; /* why not BPF: a clause, from sys/feature; "": BPF */

	/* How far it got. */
	uint64_t began_ns;
	uint64_t started_ns;
	uint64_t ready_ns;
	uint64_t sent_ns;
	uint64_t over_ns;  /* the grace ended, and the init was alive */
	uint64_t ended_ns; /* the init ended */
	bool interrupted;
	char failure[512]; /* could not be started, sent or watched: why, one clause; untrusted */
	int start_error;   /* positive errno: the command could not be executed; 0: it could */
	/* With that: whom the first line of the script names; untrusted. "": it is none. */
	char interpreter[CHECK_SCRIPT_HEAD];
	bool ready_unseen; /* --ready looks at what cannot be seen here: `failure` */
	bool killed_by_check;
	bool left_behind; /* check could not end or remove all of it; cmd has said what */
	bool oom_killed;  /* the engine says so */
	bool status_known;
	int status;	    /* of the init, as wait4() gives it, once it has ended */
	bool sender_failed; /* the signal could not be sent: `failure` */

	/* The handler: not there yet at missing_ns (0: never looked before), there at seen_ns. */
	uint64_t handler_missing_ns;
	uint64_t handler_seen_ns;

	/* The init. */
	uint32_t init_tgid; /* 0: not a process of this machine */
	uint64_t init_start_boot_ns;
	uint32_t pid_ns;	    /* 0: not known */
	bool is_namespace_init;	    /* and not, for example, with --run-arg --pid=host */
	char comm[EVENT_COMM_SIZE]; /* when the signal was sent */
	/* Right before the signal was sent, from a snapshot. */
	bool has_before;
	struct prediction before; /* points to nothing but the next one */
	char handler_name[256];	  /* of before.report.handler_symbol, cut; untrusted */
	/* At the end of the grace. `after` is the init in the table, NULL: not looked at. */
	struct process_table table;
	const struct process *after;
	struct stuck stuck; /* reason NONE: nothing examined */

	struct check_event *events;
	size_t events_len;
	uint64_t events_dropped;
	uint64_t lost; /* records that BPF lost: then what was not seen proves nothing */
	struct check_process *processes;
	size_t processes_len;
	uint64_t processes_dropped;
	uint32_t *process_slots; /* check_run.c's: finds them by number and start */
	uint64_t looks_ns;	 /* how long at most between two looks at the processes; 0: BPF */
};

void check_run_free(struct check_run *run);
/*
 * Sets the time that belongs to the mark, too, where it is 0 (KILLED: killed_by_check). SENT has to
 * be the time before it was sent. EXITED, without BPF: every process of the last look is torn_down.
 * -ENOMEM is the only failure of these three.
 */
int check_run_add_mark(struct check_run *run, enum check_mark mark, uint64_t boot_ns);
/*
 * An event of a process of the init's namespace (its target or, for a failed send, its sender).
 * Keeps it in order of time, and remembers what it says of a process; an exit of the init gives the
 * status, not the end: a PID 1 is gone only after all others. `v`: NULL where its kind has none.
 */
int check_run_add_report(struct check_run *run, const struct report *r, const struct verdict *v);
/*
 * A look at the init and its descendants, from /proc or the task iterator, at boot_ns: adds those
 * that are new; one that is not there any more has `ended`. Says which one the init waits for, if
 * the places of its threads were read, and whether it has a handler. Tells nothing once the init
 * ends, or is not in the table, which is sorted.
 */
int check_run_look(struct check_run *run, const struct process_table *t, uint64_t boot_ns);
/* NULL: not known. start_boot_ns is compared by its 10 ms tick. */
struct check_process *check_run_find(struct check_run *run, uint32_t tgid, uint64_t start_boot_ns);
/*
 * The event of the signal's generation for the init since SENT; NULL: none was seen. Of several the
 * first that came from outside the namespace.
 */
const struct check_event *check_run_generation(const struct check_run *run);
/* Of the init, since SENT, as events prove it: its handler ran, or sigwait() or a signalfd took it.
 */
bool check_run_was_handled(const struct check_run *run);
/*
 * There is an exit event of the init: it is gone in a moment, when the others in its namespace are.
 * A grace that is over by now is no reason to kill it before that.
 */
bool check_run_has_exited(const struct check_run *run);
/*
 * A command could not be executed for `error` (positive errno). `head` are the first bytes of its
 * file, at most CHECK_SCRIPT_HEAD are looked at; len 0: it could not be read.
 */
void check_run_set_start_error(struct check_run *run, int error, const char *head, size_t len);
/* From its start until the handler was seen; false: it was not, or nobody looked. */
bool check_run_handler_after(const struct check_run *run, uint64_t *ret_ns);

/* --strict, --expect-exit, --max-startup-window. */
struct check_limits {
	bool strict;
	bool expects;		    /* --expect-exit */
	uint8_t expected[256 / 8];  /* bit code */
	uint64_t startup_window_ns; /* 0: none */
};

struct check_judgement {
	enum check_verdict verdict;
	enum check_reason reason;
	uint32_t warnings; /* bit enum check_reason; never the reason itself */
};

struct check_judgement check_judge(const struct check_run *run, const struct check_limits *limits);

/*
 * One sentence that names the facts, without a full stop, and never more than the evidence proves.
 * For the judgement's reason, or for one of its warnings.
 */
void check_write_reason(const struct check_run *run, enum check_reason reason, struct strbuf *out);
/* What to do, one sentence; false, and nothing written, if there is nothing. */
bool check_write_remedy(const struct check_run *run, enum check_reason reason, struct strbuf *out);
/* "exited with 0", "was killed by SIGKILL", "is still running". */
void check_write_status(const struct check_run *run, struct strbuf *out);

#endif
