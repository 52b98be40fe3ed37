/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What container engines print: the JSON of `docker inspect`, which podman and nerdctl (in its mode
 * that is compatible with docker) print, too, and their complaints. Untrusted: bounded in size,
 * depth and number of values as the state files of core/container.h are.
 */
#ifndef SIGTRACE_CORE_ENGINE_TEXT_H
#define SIGTRACE_CORE_ENGINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"
#include "strbuf.h"

/* Of a container that was created, with what its image and the run options say together. */
struct engine_container {
	char id[CONTAINER_ID_SIZE];
	/* 0: none is set, or SIGTERM, which podman and nerdctl name for those that have none. */
	int stop_signal;
	bool stop_signal_unknown; /* one is set that is no signal */
	bool shell_form;	  /* its PID 1 is a shell with -c */
	/* State. */
	bool running; /* a paused one, too */
	bool paused;
	bool exited; /* it has run, and is not running */
	bool oom_killed;
	uint32_t pid;	 /* in the engine's PID namespace; 0: not running */
	int exit_code;	 /* with exited */
	char error[512]; /* State.Error: why it could not be started; untrusted; "": none */
};

/*
 * An array with one object, or the object itself. StopSignal is a name with or without SIG,
 * "RTMIN+3", or a number, as a string or not. 0; -EINVAL for anything else; -ENOMEM. *ret is
 * written on success only.
 */
int engine_read_container(const char *text, size_t size, struct engine_container *ret);

/* A signal in the words that `kill --signal` of all three takes: "SIGTERM", "SIGRTMAX-14". */
void engine_write_signal(int sig, struct strbuf *out);

/*
 * What an engine said on stderr, without what is said every time: the last line that is neither a
 * hint at --help nor a warning of its log, and of that what is behind "Error response from
 * daemon:". Untrusted. "": nothing.
 */
void engine_read_complaint(const char *text, size_t size, struct strbuf *out);

enum engine_complaint {
	ENGINE_COMPLAINT_OTHER,
	ENGINE_COMPLAINT_NO_CONTAINER, /* there is no such container */
	ENGINE_COMPLAINT_NOT_RUNNING,  /* the container does not run */
	ENGINE_COMPLAINT_UNREACHABLE,  /* the engine's client does not reach its daemon */
	ENGINE_COMPLAINT_COUNT,
};

/* By the words that docker, podman and nerdctl use. */
enum engine_complaint engine_classify_complaint(const char *complaint);

#endif
