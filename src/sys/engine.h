/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A container engine through its own command line: docker, podman, nerdctl. Never through a shell;
 * what it prints is bounded, and a call that hangs is ended at the deadline of its limits, or after
 * ENGINE_CALL_NS where it does not have to wait for a registry. The calls run in a
 * session of their own: Ctrl-C on the terminal is ours to pass on, not the kernel's. They get this
 * process's environment: DOCKER_HOST, CONTAINER_HOST, HOME, PATH. As to SIGCHLD see subprocess.h.
 *
 * Negative errno of all calls, besides their own: -ECONNREFUSED: the engine cannot be reached;
 * -ENOENT: there is no such container (any more); -ETIMEDOUT; -EINTR: *limits->stop was set, and it
 * did not come to an end within limits->stop_ns; -EINVAL: the engine refused; -ECHILD; -ENOEXEC and
 * others: its program could not be run. *error says why, then, in the engine's words
 * if it had any.
 */
#ifndef SIGTRACE_SYS_ENGINE_H
#define SIGTRACE_SYS_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine_text.h"
#include "subprocess.h"

/* How long a call may take that asks for what the engine has at hand. */
#define ENGINE_CALL_NS 10000000000ULL

struct engine {
	char path[256];	  /* absolute, or as it was given if that has a '/' */
	const char *name; /* the last part of the path: "docker"; in path, so do not copy this */
};

/* What an engine said of a failure, for the user: the last line on its stderr, untrusted. */
struct engine_error {
	char text[512];
};

/* Engines that are looked for, in this order; ends with NULL. */
extern const char *const engine_names[];

/*
 * Finds the program: a name in PATH, or a path; NULL: the first of engine_names that answers
 * `version` with its server (docker without a daemon is passed over for a podman that works; if
 * none answers, the first that exists is the one to tell about). -ENOENT: there is none;
 * -ECONNREFUSED: it is there, and cannot be talked to. Parts of PATH that are not absolute do not
 * count.
 */
int engine_find(const char *name, const struct subprocess_limits *limits, struct engine *ret,
		struct engine_error *error);

/*
 * Creates, and does not start. `name`: the container's; run_args: NULL-terminated, before the
 * image, but for what check has to decide: it is not restarted, not removed at its end, and ended
 * at once when it is removed; argv: behind it, NULL-terminated, may be NULL. A missing image is
 * pulled by the engine as it is set up to, within the limits. *ret_id: malloc-free,
 * CONTAINER_ID_SIZE. After any failure the container may exist.
 */
int engine_create(const struct engine *e, const char *name, char *const *run_args,
		  const char *image, char *const *argv, const struct subprocess_limits *limits,
		  char ret_id[CONTAINER_ID_SIZE], struct engine_error *error);
/*
 * Starts it attached: the container's stdout and stderr go to output_fd, stdin is /dev/null.
 * Returns at once with the pid of the engine's client, whose end says that the container has ended,
 * or could not be started: then its last words on output_fd say why (engine_read_complaint()), and
 * docker's State.Error. The caller reaps it, by subprocess_end() if it is still there: it passes
 * on to the container every signal but SIGKILL.
 */
int engine_start(const struct engine *e, const char *id, int output_fd, pid_t *ret_client);
/* The state of now. */
int engine_inspect(const struct engine *e, const char *id, const struct subprocess_limits *limits,
		   struct engine_container *ret, struct engine_error *error);
/* Sends a signal to the container's init: `kill --signal`. -ESRCH: the container does not run. */
int engine_kill(const struct engine *e, const char *id, int sig,
		const struct subprocess_limits *limits, struct engine_error *error);
/* `rm --force --volumes`: whatever its state. 0 also if it is gone already. */
int engine_remove(const struct engine *e, const char *name_or_id,
		  const struct subprocess_limits *limits, struct engine_error *error);

#endif
