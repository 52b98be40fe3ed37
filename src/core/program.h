/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What program a process runs, as its file and its arguments prove it, and what that program is
 * known to do with a signal that it gets: shells, inits, wrappers. What is not proven is not known.
 */
#ifndef SIGTRACE_CORE_PROGRAM_H
#define SIGTRACE_CORE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stable identifiers: X(enum suffix, JSON name). */
#define PROGRAM_LIST(X)              \
	X(BASH, "bash")              \
	X(DASH, "dash")              \
	X(ASH, "ash")                \
	X(ZSH, "zsh")                \
	X(KSH, "ksh")                \
	X(TINI, "tini")              \
	X(DUMB_INIT, "dumb-init")    \
	X(CATATONIT, "catatonit")    \
	X(S6, "s6")                  \
	X(DOCKER, "docker")          \
	X(COMPOSE, "docker-compose") \
	X(NPM, "npm")                \
	X(YARN, "yarn")              \
	X(SUDO, "sudo")              \
	X(SU, "su")                  \
	X(TIMEOUT, "timeout")        \
	X(XARGS, "xargs")            \
	X(NOHUP, "nohup")            \
	X(ENV, "env")                \
	X(SETSID, "setsid")          \
	X(SHIM, "container-shim")    \
	X(CI_AGENT, "ci-agent")

/*
 * TINI is docker-init, too. ASH is busybox's. NOHUP, ENV and SETSID replace themselves by their
 * command: one that is seen has not done so yet (setsid -w and -f stay or fork). SHIM: the
 * runtime's process above a container (containerd-shim, conmon). CI_AGENT: the process of a CI
 * system that starts jobs.
 */
enum program_kind {
	PROGRAM_NOT_KNOWN,
#define X(name, text) PROGRAM_##name,
	PROGRAM_LIST(X)
#undef X
		PROGRAM_COUNT,
};

/* "dumb-init"; NULL for NOT_KNOWN. */
const char *program_name(enum program_kind kind);
bool program_is_shell(enum program_kind kind);
/* An init for containers: it is there to forward signals. Not s6: its scripts say what it does. */
bool program_is_init(enum program_kind kind);

/* What a shell was told to run. Stable (JSON): the names in lower case. */
enum program_runs {
	PROGRAM_RUNS_NOT_KNOWN,
	PROGRAM_RUNS_SCRIPT,  /* a file: `operand` */
	PROGRAM_RUNS_COMMAND, /* -c: `operand` */
	PROGRAM_RUNS_STDIN,   /* nothing named: what comes from stdin, perhaps a terminal's */
	PROGRAM_RUNS_COUNT,
};

const char *program_runs_name(enum program_runs runs); /* NULL for NOT_KNOWN */

enum program_answer {
	PROGRAM_ANSWER_NOT_KNOWN,
	PROGRAM_NO,
	PROGRAM_YES,
};

struct program_facts {
	/* Where /proc/PID/exe points to, untrusted; NULL: not readable. " (deleted)" may follow. */
	const char *exe;
	const char *comm; /* NUL-terminated, untrusted */
	/* Its arguments, untrusted, each NUL-terminated; 0: a kernel thread, a zombie, not
	 * readable. A process may overwrite them (npm does). */
	const char *const *words;
	size_t words_len;
	bool words_cut; /* there were more */
	bool stdin_known;
	bool stdin_is_tty;
};

struct program {
	enum program_kind kind;
	/* The file of the program could not be read: the name alone says so, which any process may
	 * give itself. Nothing that is proven may rest on it. */
	bool by_name_only;

	/* Of a shell. */
	enum program_runs runs;
	const char *operand; /* points into the facts; NULL: none */
	/*
	 * -i, or what the shell itself takes for interactive: nothing named, stdin a terminal. A
	 * subshell has the arguments of its parent, and is never interactive.
	 */
	enum program_answer interactive;
	enum program_answer
		job_control; /* -m, or interactive without +m, as far as arguments tell */

	/*
	 * Of an init, timeout and sudo: whether it sends what it gets to the whole process group of
	 * its child (tini -g, dumb-init without -c, timeout without --foreground). tini has it from
	 * its environment, too, where the caller has to look. Of sudo it is not known: with a
	 * terminal of its own (use_pty) it does, else it does not.
	 */
	enum program_answer to_group;
	/*
	 * The signal that it sends in place of `from`, dumb-init -r from:to; 0: none such. By
	 * itself, with to_group, it sends SIGSTOP in place of SIGTSTP, SIGTTIN and SIGTTOU.
	 */
	int rewrite_from;
	int rewrite_to;	   /* 0: it forwards nothing */
	bool rewrite_more; /* there are others: which is not kept */

	/*
	 * Of a wrapper or an init: which of `words` begins the command that it starts; 0: none, or
	 * not certain. Of su it is the text of -c, which a shell runs.
	 */
	size_t command;
};

/* *ret points into what `facts` points to. */
void program_identify(const struct program_facts *facts, struct program *ret);

/* Behind the last '/'. */
const char *program_base(const char *path);
/*
 * What /proc/PID/exe points to, or NULL: python catches SIGINT only if it was not ignored when it
 * began, and leaves SIGQUIT as it was (CPython, Modules/signalmodule.c).
 */
bool program_is_python(const char *exe);
/*
 * Whether a bash that runs the text of -c, and has `jobs` children that were started with &, can be
 * in its builtin `wait` for another child than these. NOT_KNOWN: it runs text from elsewhere, too.
 * Functions that it has from its environment are not thought of.
 */
enum program_answer program_text_waits(const char *text, uint32_t jobs);

#endif
