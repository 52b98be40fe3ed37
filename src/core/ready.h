/* SPDX-License-Identifier: BSD-2-Clause */
/* When a program counts as up: --ready of check. */
#ifndef SIGTRACE_CORE_READY_H
#define SIGTRACE_CORE_READY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ready_kind {
	READY_SETTLE, /* the init has stopped exec'ing, and sleeps */
	READY_LOG,    /* a line of its output matches a POSIX extended regular expression */
	READY_TCP,    /* somebody listens on the port in the init's network namespace */
	READY_FILE,   /* the path exists in the init's root */
	READY_CMD,    /* the command, run by /bin/sh -c beside it, exits with 0 */
	READY_DELAY,  /* so long after the start */
	READY_KIND_COUNT,
};

struct ready {
	enum ready_kind kind;
	const char *text; /* LOG, FILE, CMD: behind the colon, in the argument */
	uint16_t port;
	uint64_t delay_ns;
};

/*
 * "settle", "log:REGEX", "tcp:PORT", "file:PATH" (absolute), "cmd:COMMAND", "delay:DURATION". 0, or
 * -EINVAL with a clause that says what is wrong in *why. Of an expression only that is looked at:
 * it may have no back-references, with which matching may take longer than anybody waits.
 */
int ready_parse(const char *argument, struct ready *ret, const char **why);

/*
 * Whether a text of /proc/PID/net/tcp or tcp6 has a socket that listens on the port. It may be cut
 * in its last line. Source: Documentation/networking/proc_net_tcp.rst.
 */
bool ready_listens(const char *text, size_t len, uint16_t port);

/* What tells that the init has come to rest: taken again and again. */
struct settle_sample {
	uint64_t boot_ns;
	uint64_t start_stack; /* of the program that runs: changes with every exec; 0: not known */
	uint64_t caught;      /* bit sig - 1 */
	uint64_t ignored;
	uint64_t cpu_ticks; /* of all its threads, in SETTLE_TICK_NS */
	bool asleep;	    /* every thread of it sleeps, interruptibly */
};

/* Zeroed at the start. */
struct settle {
	struct settle_sample last;
	uint64_t since_boot_ns; /* nothing has changed since then; 0: no sample yet */
	uint64_t since_ticks;	/* what it had used then */
};

/* How long nothing may change. */
#define SETTLE_NS 500000000ULL
/* USER_HZ, in which /proc counts, is 100 on every architecture that sigtrace supports. */
#define SETTLE_TICK_NS 10000000ULL

/*
 * True once nothing has changed for SETTLE_NS (program, dispositions), and it was asleep at the
 * last sample and used less than a tenth of that time on CPUs: a shell that polls `sleep 0.1` has
 * settled, a program that still computes has not.
 */
bool settle_add(struct settle *s, const struct settle_sample *sample);

#endif
