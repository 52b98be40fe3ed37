/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals whose end no event shows. Two questions are asked of a process until /proc or a later
 * event has an answer:
 *
 * - TAKEN: a pending signal, which sigtimedwait() or a signalfd may take out of its queue without a
 *   delivery;
 * - HANDLER: a signal that was ignored by a process that may be about to install its handler.
 *
 * This module decides what is asked, when, and what an answer proves; it is shown what was seen.
 *
 * What a TAKEN rests on (kernel/signal.c): the receiver's siglock is held while a signal is queued
 * and its generation recorded, while it is dequeued for delivery and that recorded, and while
 * /proc/PID/status is read. So a bit that is not set any more without a record of a delivery was
 * cleared by somebody else: by dequeue_signal() for sigtimedwait() or a signalfd, or thrown away.
 * It is thrown away by sigaction(), where the signal is ignored from then on; by stop signals and
 * SIGCONT, which remove each other; with the POSIX timer that sent it; with the thread it was for.
 * A tracer may hold it or swallow it. None of these is ever taken for a TAKEN. Not seen is who made
 * a process ignore the signal and turned that back between two looks.
 *
 * Memory: one fixed block. When it is full, or a process has more than its share of it, the oldest
 * question is given up; so every report costs little, whatever the process does.
 */
#ifndef SIGTRACE_CORE_WATCH_H
#define SIGTRACE_CORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "report.h"

/* All of them take less than 512 KiB. */
#define WATCH_QUESTIONS_MAX 1024
/* Of these, about one process: its threads may each have a signal pending. */
#define WATCH_PER_PROCESS_MAX 64

struct watch;

/* A REPORT_TAKEN or REPORT_HANDLER. 0, or a negative errno, which whoever called hands on. */
typedef int (*watch_fn)(void *context, struct report *r);

/* 0 and *ret, or -ENOMEM. */
int watch_new(watch_fn show, void *context, struct watch **ret);
/* Accepts NULL. */
void watch_free(struct watch *w);

/*
 * Every generate, deliver and exit report in the order of the ring buffer; `v` is NULL for an exit.
 * Returns 0, or what `show` returned.
 */
int watch_report(struct watch *w, const struct report *r, const struct verdict *v);
/* Records were lost: a delivery may be among them, so that nothing pending is asked for any more.
 */
void watch_lost(struct watch *w);

/* What has to be looked at. */
struct watch_look {
	uint64_t start_boot_ns;
	uint64_t signal_ns; /* the time of the signal: a thread that is younger is another one */
	uint32_t tgid;
	uint32_t tid; /* the thread whose own pending set is wanted; 0: the shared one */
	int sig;
	bool pending;  /* a pending set is wanted */
	bool signalfd; /* if the signal is not in it, what the signalfds take is wanted, too */
};

/* What was found there. */
struct watch_seen {
	uint64_t before_ns; /* CLOCK_BOOTTIME before the sets were read */
	uint64_t after_ns;  /* and after that */
	uint64_t written;   /* session_written(), after that */
	uint64_t pending;   /* of the queue that was asked for; all sets: bit sig - 1 */
	uint64_t ignored;
	uint64_t caught;
	uint64_t signalfd; /* what its signalfds take; 0: none, or nobody looked */
	uint32_t image;	   /* 0: not known */
	uint32_t threads;
	bool traced;		    /* the process, or the thread that was asked for */
	char comm[EVENT_COMM_SIZE]; /* untrusted bytes, perhaps without a NUL */
};

/* When the next look is due, CLOCK_BOOTTIME; UINT64_MAX: nothing is asked. */
uint64_t watch_due_ns(const struct watch *w);
/*
 * The look that is due the longest, if one is by now; watch_see() has to follow before anything
 * else.
 */
bool watch_next(const struct watch *w, uint64_t now_ns, struct watch_look *ret);
/* NULL: the process or its thread is gone, or nobody may look: given up. */
int watch_see(struct watch *w, const struct watch_seen *seen);
/*
 * Every record before `consumed`, as session_consumed() counts, was handed to watch_report():
 * concludes from the looks that waited for that. As watch_report().
 */
int watch_conclude(struct watch *w, uint64_t consumed);

/* A look waits for watch_conclude(). */
bool watch_is_waiting(const struct watch *w);

/* How many questions were given up for want of room. */
uint64_t watch_evicted(const struct watch *w);

#endif
