/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that sigtrace uses, `docker` for example: with default dispositions and an empty mask,
 * in a session of its own, so that Ctrl-C on the terminal does not reach it, and with this
 * process's environment. It dies with the thread that started it, however that ends.
 *
 * SIGCHLD must not be ignored in this process, nor have SA_NOCLDWAIT: the kernel would throw the
 * status away. It may have been inherited so; main() sets it right. Otherwise: -ECHILD.
 */
#ifndef SIGTRACE_SYS_SUBPROCESS_H
#define SIGTRACE_SYS_SUBPROCESS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Starts argv (ends with NULL; argv[0] is a path, or a name in PATH) with /dev/null as stdin, and
 * as stdout and stderr these descriptors; -1: /dev/null. 0 once it runs, and the caller reaps it; a
 * negative errno if it could not be started.
 */
int subprocess_start(char *const *argv, int out_fd, int err_fd, pid_t *ret);
/*
 * Ends it and its process group by SIGKILL, and reaps it; waits for that a second at most. 0 with
 * *ret_status as waitpid() gives it (unless NULL), also if it had ended already; -ETIMEDOUT;
 * -ECHILD.
 */
int subprocess_end(pid_t pid, int *ret_status);

/* What a program wrote. The caller brings the memory; *_size bytes are there, 1 at least. */
struct subprocess_output {
	char *out; /* the beginning of its stdout */
	size_t out_size;
	size_t out_len;
	char *err; /* the end of its stderr */
	size_t err_size;
	size_t err_len;
};

struct subprocess_limits {
	uint64_t deadline_boot_ns;	   /* CLOCK_BOOTTIME */
	const volatile sig_atomic_t *stop; /* not 0: asked to stop; NULL: never */
	/*
	 * How long it may go on then: what it has asked its server for goes on there without it,
	 * and so there is an answer that says what was done.
	 */
	uint64_t stop_ns;
	/* Called some times a second while it runs, to say what is waited for; NULL: nobody does.
	 */
	void (*on_wait)(void *context);
	void *context;
};

/*
 * Runs it until it ends, or until a limit ends it. Everything it writes is read, and what does not
 * fit is thrown away. What others that it started write later is not waited for. 0 with *ret_status
 * as waitpid() gives it; -ETIMEDOUT, -EINTR (stop): it has been ended by force; -ECHILD; or the
 * negative errno of a start that failed. out_len and err_len are right in all cases.
 */
int subprocess_run(char *const *argv, const struct subprocess_limits *limits,
		   struct subprocess_output *output, int *ret_status);

#endif
