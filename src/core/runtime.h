/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Language runtimes that install signal handlers for the program they run. That such a handler is
 * installed says little about what the application does with the signal.
 */
#ifndef SIGTRACE_CORE_RUNTIME_H
#define SIGTRACE_CORE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum runtime {
	RUNTIME_NONE, /* not known to be one */
	RUNTIME_GO,
	RUNTIME_JVM,
	RUNTIME_CPYTHON,
	RUNTIME_LIBUV,		/* a JavaScript or other handler behind libuv's */
	RUNTIME_NODE,		/* Node's own, which raises the signal again */
	RUNTIME_BASH_TRAP,	/* bash runs a trap */
	RUNTIME_BASH,		/* bash's own: ends the shell as the signal would */
	RUNTIME_BASH_INTERRUPT, /* an interactive bash goes back to its prompt */
	RUNTIME_BASH_WAIT,	/* SIGINT while bash waits for a foreground command */
	RUNTIME_COUNT,
};

/* What is known of a handler. The names are untrusted and end with a NUL. */
struct handler_facts {
	const char *module; /* base name of the file that it lies in */
	const char *symbol; /* of the function; NULL: not known */
	bool go_file;	    /* the file has the tables of Go's linker */
	uint64_t signals;   /* all signals that the process has this handler for; bit sig - 1 */
};

/* "go", "jvm", "cpython", "libuv", "node", "bash"; NULL for RUNTIME_NONE. Stable (JSON). */
const char *runtime_name(enum runtime runtime);
/* The runtime that a handler belongs to, as the facts prove it. */
enum runtime runtime_of_handler(const struct handler_facts *facts);
/*
 * What the handler of a runtime means for signal `sig`: a template as those of the cause table, a
 * clause that follows "its handler X will run: ". Never NULL but for RUNTIME_NONE.
 * With namespace_init, what differs for PID 1.
 */
const char *runtime_meaning(enum runtime runtime, int sig, bool namespace_init);

#endif
