/* SPDX-License-Identifier: BSD-2-Clause */
/* What check runs: a command in a PID namespace of its own, or a container at an engine. */
#ifndef SIGTRACE_CMD_CHECK_PROGRAM_H
#define SIGTRACE_CMD_CHECK_PROGRAM_H

#include "check_options.h"
#include "check_progress.h"
#include "engine.h"
#include "janitor.h"
#include "pid1.h"

struct check_program {
	const struct check_options *options;
	struct check_run *run;
	struct check_progress *progress;
	int output_fd; /* the end of a pipe that the program writes to; -1 once it is handed over */

	/* A command. */
	struct pid1 pid1;

	/* A container. */
	const char *image; /* NULL: a command */
	char name[64];	   /* "sigtrace-check-0123456789abcdef" */
	char id[CONTAINER_ID_SIZE];
	pid_t client; /* of the engine, attached; its end is the container's; 0: none, or reaped */
	struct janitor janitor;
	uint64_t inspected_ns; /* when the engine was asked last */
	unsigned int running;  /* how often it said that the container runs */
	bool exited;	       /* it says that the container has ended */
	char last_line[512]; /* of the output: perhaps the engine's, why it could not be started */
	char start_error[512]; /* or so the engine says; untrusted */
	bool sent_by_engine;   /* its answer is the only sign that the signal was sent */

	/* The init where it is a process of this machine: readable when it has ended. -1 */
	int pidfd;
};

/*
 * Calls of an engine end, however it hangs, at the deadline of the phase, and with -EINTR and
 * run->interrupted when we are told to stop.
 *
 * Makes what is to be started; run->init_tgid and run->pid_ns are known for a command. The negative
 * errno of a program that could not be made, with run->failure; or an exit code, after it has said
 * why nothing can be checked here.
 */
int check_program_create(struct check_program *s);
/* Starts it. 0, or a negative errno with run->failure. */
int check_program_start(struct check_program *s);
/*
 * Finds the init of a container that is starting. 1: it is known, and run->init_tgid is 0 if it is
 * not a process of this machine; 0: not yet; 2: it was not started, check_program_explain_start()
 * says why once the output is read; negative: it cannot be told, run->failure.
 */
int check_program_find_init(struct check_program *s);
/* -ECHILD, with run->failure. */
int check_program_explain_start(struct check_program *s);
/* A line of the output. */
void check_program_line(struct check_program *s, const char *line, size_t len);
/* To be polled for POLLIN: the init's end, or -1. */
int check_program_fd(const struct check_program *s);
/*
 * Whether the init, which was started, has ended: 1, and run->ended_ns and, of a command, its
 * status are set, from then on; 0; or a negative errno with run->failure: it cannot be told.
 */
int check_program_has_ended(struct check_program *s);
/* After that: the engine has noted it. True at once for a command. */
bool check_program_is_noted(struct check_program *s);
/*
 * Sends the signal from outside. 0, or a negative errno with run->failure; -ESRCH: it has ended;
 * -EINTR: whether it was sent is not known.
 */
int check_program_send(struct check_program *s);
/*
 * Ends everything that is left, waits for it and removes it. 0, or a negative errno, after it has
 * said what is left behind. May be called at any time, and more than once.
 */
int check_program_end(struct check_program *s);

/*
 * Until then all has to be over, whatever hangs: --ready-timeout, --grace and five seconds after
 * the beginning.
 */
uint64_t check_program_deadline(const struct check_program *s);

#endif
