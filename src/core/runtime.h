/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Language runtimes that install signal handlers for the program they run. That such a handler is
 * installed says little about what the application does with the signal.
 */
#ifndef SIGTRACE_CORE_RUNTIME_H
#define SIGTRACE_CORE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

enum runtime {
	RUNTIME_NONE, /* not known to be one */
	RUNTIME_GO,
	RUNTIME_JVM,
	RUNTIME_CPYTHON,
	RUNTIME_LIBUV,	   /* a JavaScript or other handler behind libuv's */
	RUNTIME_NODE,	   /* Node's own, which raises the signal again */
	RUNTIME_BASH_TRAP, /* bash runs a trap */
	RUNTIME_BASH,	   /* bash's own: ends the shell as the signal would */
	RUNTIME_COUNT,
};

/* "go", "jvm", "cpython", "libuv", "node", "bash"; NULL for RUNTIME_NONE. Stable (JSON). */
const char *runtime_name(enum runtime runtime);
/*
 * The runtime that a handler belongs to, as the names prove it. `module` is the file's base name,
 * `symbol` the function's name or NULL. Both are untrusted, NUL-terminated.
 */
enum runtime runtime_of_handler(const char *module, const char *symbol);
/*
 * What the handler of a runtime means for signal `sig`: a template as those of the cause table, a
 * clause that follows "its handler X will run: ". Never NULL but for RUNTIME_NONE.
 * With namespace_init, what differs for PID 1.
 */
const char *runtime_meaning(enum runtime runtime, int sig, bool namespace_init);

#endif
