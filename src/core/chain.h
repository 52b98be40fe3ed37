/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain: a tree of processes, and how far a signal goes down it. chain_tree.c builds the tree from
 * a snapshot; chain_predict.c says from its facts who would get the signal and what each would do;
 * chain_watch.c takes the kernel's events and says who got it. Both fill the same members of the
 * nodes, from which chain_breaks.c finds where the signal stopped. The sentences are
 * chain_text.c's.
 *
 * All processes of the tree are nodes, parents before their children; a node is named by its index.
 * Strings from the outside (names, arguments) are untrusted bytes; whoever writes them escapes
 * them.
 */
#ifndef SIGTRACE_CORE_CHAIN_H
#define SIGTRACE_CORE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explain.h"
#include "predict.h"
#include "process.h"
#include "program.h"
#include "report.h"
#include "strbuf.h"

#define CHAIN_NONE UINT32_MAX

/* To whom it is sent. Stable (JSON, --to): the names in lower case. */
enum chain_to {
	CHAIN_TO_PROCESS,    /* kill(root) */
	CHAIN_TO_GROUP,	     /* kill(-pgid of the root) */
	CHAIN_TO_FOREGROUND, /* the foreground group of the root's terminal: Ctrl-C */
	CHAIN_TO_COUNT,
};

const char *chain_to_name(enum chain_to to);

enum chain_answer {
	CHAIN_NO,
	CHAIN_YES,
	CHAIN_NOT_KNOWN,
	CHAIN_ANSWER_COUNT,
};

/* "no", "yes", "unknown". Stable (JSON). */
const char *chain_answer_name(enum chain_answer answer);

/*
 * Why a process gets the signal, or does not. Each is said in one clause (chain_write_way). Stable
 * (JSON): X(enum suffix, JSON name).
 */
#define CHAIN_WAY_LIST(X)                                                                         \
	/* It gets it: */                                                                         \
	X(SENT, "sent")		  /* it is the root, to which it is sent */                       \
	X(IN_GROUP, "in_group")	  /* it is in the group that it is sent to */                     \
	X(FORWARDED, "forwarded") /* its parent is a forwarder, or was seen to send it */         \
	X(FORWARDED_GROUP,                                                                        \
	  "forwarded_group")		/* the same, to its group: `from` is not its parent */    \
	X(HANGUP, "hangup")		/* the kernel's SIGHUP: its session's leader ends */      \
	X(PARENT_DEATH, "parent_death") /* PR_SET_PDEATHSIG: `from` is the parent */              \
	X(OTHER_SENDER, "other_sender") /* watched: somebody else sent it: `from` or outside */   \
	/* It does not: */                                                                        \
	X(OUTSIDE_GROUP, "outside_group") /* the group that it is sent to is another one */       \
	X(PARENT_WITHOUT,                                                                         \
	  "parent_without")		/* its parent does not get it, and nobody else sends */   \
	X(PARENT_DROPS, "parent_drops") /* its parent gets it, without effect */                  \
	X(PARENT_ENDS, "parent_ends")	/* its parent ends by it and sends nothing */             \
	X(SHELL_WAITS, "shell_waits")	/* its parent is a shell that waits for a child */        \
	X(CHILD_ONLY, "child_only")	/* `from` forwards to its child alone */                  \
	X(NOT_SENT, "not_sent")		/* watched: nobody sent it anything */                    \
	X(TEARDOWN, "teardown")		/* killed by the end of its PID namespace, not asked */   \
	X(KILLED, "killed")		/* SIGKILL by somebody, not asked */                      \
	/* Not known: */                                                                          \
	X(PARENT_MAY_FORWARD, "parent_may_forward") /* its parent's handler decides */            \
	X(PARENT_NOT_KNOWN, "parent_not_known") /* whether its parent gets it, or what it does */ \
	X(LOST, "lost")				/* watched: records were lost */

enum chain_way {
	CHAIN_WAY_NONE, /* not decided: beside the tree */
#define X(name, text) CHAIN_WAY_##name,
	CHAIN_WAY_LIST(X)
#undef X
		CHAIN_WAY_COUNT,
};

const char *chain_way_name(enum chain_way way); /* NULL for NONE */

/* What a process does with the signal that it gets. Stable (JSON): the names in lower case. */
enum chain_does {
	CHAIN_DOES_NOTHING,   /* it does not get one */
	CHAIN_DOES_END,	      /* the default action ends it */
	CHAIN_DOES_STOP,      /* the default action stops it */
	CHAIN_DOES_HANDLE,    /* a handler, sigwait or signalfd: its program decides */
	CHAIN_DOES_FORWARD,   /* the same, and it sends it on */
	CHAIN_DOES_WAIT,      /* a shell: its trap runs, or it looks at it, when its child ends */
	CHAIN_DOES_RUN_TRAP,  /* a shell in `wait`: the trap runs at once */
	CHAIN_DOES_DROP,      /* no effect: dropped, or pending for as long as things are so */
	CHAIN_DOES_NOT_KNOWN, /* it gets one, what it does with it is not known */
	CHAIN_DOES_COUNT,
};

const char *chain_does_name(enum chain_does does);

/* What a shell does right now, as far as it is proven. */
enum chain_shell {
	CHAIN_SHELL_NOT_KNOWN,
	CHAIN_SHELL_WAITS_FOREGROUND, /* for the child `waits_for`, or for one of them: CHAIN_NONE
				       */
	CHAIN_SHELL_WAITS_BUILTIN,    /* in `wait`: a signal with a trap ends it at once */
	CHAIN_SHELL_READS,	      /* it has no child: it reads its input, or runs itself */
	CHAIN_SHELL_COUNT,
};

/* How a process of the tree ended while it was watched. */
enum chain_end {
	CHAIN_END_NONE,	     /* it lives, or it is only predicted */
	CHAIN_END_EXITED,    /* by itself: with a code */
	CHAIN_END_SIGNAL,    /* by a signal that it had got */
	CHAIN_END_TEARDOWN,  /* SIGKILL by the end of its PID namespace */
	CHAIN_END_KILLED,    /* SIGKILL by somebody */
	CHAIN_END_NOT_KNOWN, /* it is gone; how is not known */
	CHAIN_END_COUNT,
};

const char *chain_end_name(enum chain_end end); /* NULL for NONE */

/* Why a process does not run, so that it takes nothing that it blocks or waits for. */
enum chain_halt {
	CHAIN_HALT_NONE,
	CHAIN_HALT_STOPPED,   /* job control */
	CHAIN_HALT_FROZEN,    /* cgroup v1, or the whole system: not even SIGKILL acts */
	CHAIN_HALT_FROZEN_V2, /* cgroup v2: what is fatal passes */
};

/* What makes it unknown whether a process gets one, beside what its parent does. */
enum chain_doubt {
	CHAIN_DOUBT_NONE,
	CHAIN_DOUBT_USER,     /* `from` would send it one, and runs as another user */
	CHAIN_DOUBT_TERMINAL, /* it leads a session, and who ends above it may hold its terminal */
	CHAIN_DOUBT_ORPHANED, /* its group has a stopped member, and the end of others may leave it
				 orphaned: the kernel sends SIGHUP then */
	CHAIN_DOUBT_CHILD,    /* `from` ends its own child's group, perhaps the one that it is in */
};

struct chain_node {
	/* In the table of the chain; its `container`, where known, is looked up by the caller. */
	const struct process *process;
	uint32_t parent; /* index; CHAIN_NONE: the top */
	uint32_t depth;	 /* 0: the top */
	uint32_t children;
	bool in_tree; /* the root or below it; others are shown for their place above it, or beside
			 it in a group that it is sent to */

	struct program program; /* its strings point to `words` */
	char *exe;		/* owned; NULL: not readable */
	char **words;		/* its arguments, owned, one block; NULL: none */
	size_t words_len;
	bool words_cut;
	bool tty_known;
	char tty[32];	 /* "pts/3"; "": none */
	bool foreground; /* its group is the foreground group of its terminal */
	enum chain_shell shell;
	uint32_t waits_for; /* index of the child that it sits in wait4() for; CHAIN_NONE */

	/* Of the signal that is predicted, or was seen. */
	enum chain_answer gets;
	enum chain_way way;
	uint32_t from; /* index of whom it gets it from, or might; CHAIN_NONE: from outside, or
			  nobody */
	int sig;       /* the one that it gets: forwarders rewrite; 0: none */
	enum chain_does does;
	enum chain_halt halt;	/* when it gets it */
	enum chain_doubt doubt; /* CHAIN_WAY_PARENT_NOT_KNOWN: why; NONE: its parent is why */
	bool has_prediction;
	struct prediction prediction; /* of `sig`; points into the process */

	/* Watched. */
	uint64_t got_ns; /* CLOCK_BOOTTIME of the first one; 0: none */
	enum signal_fate fate;
	enum cause cause; /* of its generation, or where it was dropped of its delivery */
	bool taken;	  /* by sigwait or a signalfd */
	bool held;	  /* something stood in its way when it was sent */
	bool sends_on;	  /* it sent one that asks to another process of the tree */
	bool torn_down;	  /* SIGKILL by the end of its PID namespace */
	bool killed;	  /* SIGKILL by somebody else */
	enum chain_end end;
	uint64_t end_ns;
	bool status_known;
	int status; /* as wait4() gives it */
};

/* One signal that was generated for a process of the tree. */
struct chain_edge {
	uint64_t boot_ns;
	int sig;
	enum event_result result;
	enum cause cause;
	enum sender_kind sender_kind;
	struct report_task sender; /* ABSENT: the kernel */
	uint32_t sender_node;	   /* index; CHAIN_NONE: not of the tree */
	enum origin origin;	   /* of the kernel's, where it is known */
	uint32_t target;	   /* index */
	bool asks; /* it is one that `gets` counts: not a SIGCHLD, not a teardown's SIGKILL … */
};

/* Of these more are counted, not kept. */
#define CHAIN_EDGES_MAX 16384

/* Stable identifiers: X(enum suffix, JSON name). In the order in which they are tried. */
#define CHAIN_RULE_LIST(X)                                    \
	X(DROPPED, "dropped")                                 \
	X(SHELL_WAITS, "shell_waits")                         \
	X(SHELL_ENDS, "shell_ends")                           \
	X(OUTSIDE_GROUP, "outside_group")                     \
	X(ENDS_WITHOUT_FORWARDING, "ends_without_forwarding") \
	X(TEARDOWN, "teardown")                               \
	X(KILLED_UNASKED, "killed_unasked")                   \
	X(CHILD_ONLY, "child_only")                           \
	X(NOT_FORWARDED, "not_forwarded")

/*
 * DROPPED: it gets the signal, without effect, and no child of it gets one either. SHELL_WAITS: a
 * shell that waits for its foreground child. SHELL_ENDS: a shell that dies of it and leaves its
 * child. OUTSIDE_GROUP: the missed child is in another process group (setsid, job control).
 * ENDS_WITHOUT_FORWARDING: any other program that dies of it and leaves its child. TEARDOWN,
 * KILLED_UNASKED: the child was killed and never asked. CHILD_ONLY: a forwarder that sends it to
 * its child alone, and the missed one is further down. NOT_FORWARDED: watched: it was handled, and
 * nothing was sent on.
 */
enum chain_rule {
#define X(name, text) CHAIN_RULE_##name,
	CHAIN_RULE_LIST(X)
#undef X
		CHAIN_RULE_COUNT,
};

const char *chain_rule_name(enum chain_rule rule);

struct chain_break {
	uint32_t at; /* the node that had the signal last */
	enum chain_rule rule;
	/* The first of those that it does not reach, right below `at`; CHAIN_NONE: none is there.
	 */
	uint32_t missed;
	uint32_t missed_count; /* right below `at` */
	uint32_t beyond;       /* how many processes do not get it, all below these included */
};

/* Stable identifiers: X(enum suffix, JSON name). Things worth knowing that are no break. */
#define CHAIN_NOTE_LIST(X)                                                                         \
	X(SHELL_REPLACED, "shell_replaced") /* `bash -c 'one command'`: there is no shell here */  \
	X(NEW_SESSION, "new_session")	    /* setsid put it outside the group of its parent */    \
	X(MAY_FORWARD, "may_forward")	    /* its handler decides whether others get it */        \
	X(BY_DAEMON, "by_daemon")	    /* docker, compose: the container hangs on a daemon */ \
	X(GROUP_REACHES, "group_reaches")   /* a kill to the group would reach what is missed */   \
	X(BESIDE, "beside")		    /* the group has members outside the tree */           \
	X(NO_TERMINAL, "no_terminal")	    /* --to foreground, and it has none */                 \
	X(STILL_ALIVE, "still_alive")	    /* watched: it handled the signal and is alive */      \
	X(ESCAPED, "escaped")		    /* watched: alive, and its parent is gone */

enum chain_note_kind {
#define X(name, text) CHAIN_NOTE_##name,
	CHAIN_NOTE_LIST(X)
#undef X
		CHAIN_NOTE_COUNT,
};

const char *chain_note_name(enum chain_note_kind kind);

struct chain_note {
	enum chain_note_kind kind;
	uint32_t at;
	uint32_t other; /* CHAIN_NONE: none */
	uint32_t count; /* of those that it is true for; `at` is the first */
};

struct chain {
	/* What was asked for. */
	int sig;
	enum chain_to to;
	bool watched;	      /* the nodes say what was seen, not what is predicted */
	bool sent;	      /* by sigtrace itself (--send) */
	uint64_t deadline_ns; /* --deadline */

	struct process_table table; /* owned */
	struct chain_node *nodes;   /* owned */
	uint32_t len;
	uint32_t capacity;  /* of nodes and of by_tgid */
	uint32_t *by_tgid;  /* owned: the nodes' indices in the order of their numbers */
	uint32_t root;	    /* index of -p */
	uint32_t hidden_up; /* ancestors above the top that are not shown */
	uint32_t group;	    /* the process group that it is sent to, as tgid counts; 0: none */
	uint32_t beside;    /* processes of that group that are no nodes */

	/* Watched. */
	uint64_t began_ns; /* CLOCK_BOOTTIME */
	uint64_t first_ns; /* of the first signal; 0: none came */
	int first_sig;
	struct report_task first_sender; /* ABSENT: the kernel */
	uint64_t last_ns;		 /* of the last signal that reached another process */
	uint64_t ended_ns;		 /* when the watch ended */
	struct chain_edge *edges;
	size_t edges_len;
	uint64_t edges_dropped;
	uint64_t lost; /* records that BPF lost: then what was not seen proves nothing */
	bool interrupted;
	uint64_t wanted; /* signals that begin the story; bit sig - 1 */

	/* Found by chain_find_breaks(). */
	struct chain_break *breaks;
	size_t breaks_len;
	struct chain_note *notes;
	size_t notes_len;
};

/* Where the tree begins above the root. */
#define CHAIN_UP_DEFAULT UINT32_MAX

/*
 * Builds the nodes from c->table (sorted): the root, all its descendants, and what is above it:
 * `up` ancestors, or with CHAIN_UP_DEFAULT up to and including the nearest shim or CI agent;
 * failing that, from a PID namespace of its own, the process that started its init; failing that
 * the leader of its session; failing that none. Programs, words and terminals are not there yet:
 * the ancestors' kinds are told by `kind_of`, which may be NULL. -ESRCH: no process has that tgid.
 * -ENOMEM.
 */
int chain_build(struct chain *c, uint32_t root_tgid, uint32_t up,
		enum program_kind (*kind_of)(void *context, const struct process *p),
		void *context);
void chain_free(struct chain *c);
/* CHAIN_NONE: none. Of several that had the number one after the other, the one that came last. */
uint32_t chain_find(const struct chain *c, uint32_t tgid);
bool chain_is_below(const struct chain *c, uint32_t node, uint32_t ancestor); /* or the same */

/* After the nodes' programs, words and terminals are filled: what each shell does right now. */
void chain_find_shells(struct chain *c);
/*
 * Fills gets, way, from, sig, does and prediction of every node for c->sig and c->to, and c->group.
 * The details that predict_signal() needs were read before.
 */
void chain_predict(struct chain *c);
/* Fills breaks and notes from the nodes, predicted or watched. 0 or -ENOMEM. */
int chain_find_breaks(struct chain *c);

/* What it comes to, once the breaks are found. Stable (JSON): the names in lower case. */
enum chain_result {
	CHAIN_RESULT_NO_BREAK,
	CHAIN_RESULT_BROKEN,
	CHAIN_RESULT_NOT_KNOWN,	       /* no break is proven, and not everything is known */
	CHAIN_RESULT_NOTHING_HAPPENED, /* no signal came, or there is nobody who would get it */
	CHAIN_RESULT_COUNT,
};

enum chain_result chain_result_of(const struct chain *c);
const char *chain_result_name(enum chain_result result);

/*
 * Watched. One report after the other in the order of the ring buffer, as core/outcome and
 * core/watch completed it; `v` NULL for a kind without one. 0 or -ENOMEM.
 */
int chain_watch_report(struct chain *c, const struct report *r, const struct verdict *v);
/* That process was seen to be gone at that time, and no report tells of its end. */
void chain_watch_gone(struct chain *c, uint32_t node, uint64_t boot_ns);
/* A process that a new snapshot has and the tree has not: a node below its parent, if that is one;
 * CHAIN_NONE: it is not of the tree, or there is no memory. Nodes are moved, indices are not. */
uint32_t chain_watch_add(struct chain *c, const struct process *p);
/*
 * When the story is over if nothing more happens, CLOCK_BOOTTIME: c->deadline_ns after the last
 * signal that reached another process, and at most twelve times that after the first; UINT64_MAX:
 * it has not begun. 0: nothing of the tree is left.
 */
uint64_t chain_watch_due_ns(const struct chain *c);
/* At the end: gets, way, from, does of every node from what was seen. */
void chain_watch_conclude(struct chain *c, uint64_t boot_ns);

/* Sentences and clauses, without a full stop; chain_text.c. Names are escaped already. */
/* "4242", "4242, init", and where its number in its own namespace differs "4242, ns 12". */
void chain_write_number(const struct process *p, struct strbuf *out);
/* "bash[4242, ns 12]" */
void chain_write_node(const struct chain *c, uint32_t node, struct strbuf *out);
/* What it is: "bash, script run.sh, waits for sleep[13]"; nothing written: not known. */
void chain_write_program(const struct chain *c, uint32_t node, struct strbuf *out);
/* Why it gets the signal or does not, and what it does with it. */
void chain_write_way(const struct chain *c, uint32_t node, struct strbuf *out);
void chain_write_does(const struct chain *c, uint32_t node, struct strbuf *out);
void chain_write_break(const struct chain *c, const struct chain_break *b, struct strbuf *out);
/* False, and nothing written, if there is nothing to do. */
bool chain_write_remedy(const struct chain *c, const struct chain_break *b, struct strbuf *out);
void chain_write_note(const struct chain *c, const struct chain_note *n, struct strbuf *out);
/* The one line at the end: "chain broken at bash[12]: …", "no break", "no break predicted …". */
void chain_write_verdict(const struct chain *c, struct strbuf *out);

#endif
