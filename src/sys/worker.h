/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread for what may take its time: files of symbols, snapshots of processes. The thread that
 * reads events hands it jobs and gets them back done, and never waits for it.
 *
 * Only the caller's thread calls these functions. A job, and whatever it alone leads to, belongs to
 * one thread at a time: to the worker's from worker_submit() until `done`. What several jobs share
 * (a cache) belongs to the worker's thread as long as the worker lives, and must not go away before
 * all of them were handed back: one that was left behind goes on using it.
 */
#ifndef SIGTRACE_SYS_WORKER_H
#define SIGTRACE_SYS_WORKER_H

#include <stdint.h>

/*
 * How long a line of output may wait for an answer. A look-up takes some milliseconds, a snapshot
 * that it has to wait for less than a hundred; on a machine that is busy with other things the
 * thread may have to wait for its turn. After this time something is stuck, and the line goes
 * without.
 */
#define WORKER_PATIENCE_NS 1000000000ULL

struct worker;

/* The head of whoever's own struct: a job belongs to the worker from submit to take. */
struct worker_job {
	void (*run)(struct worker_job *job); /* in the worker's thread */
	void (*done)(
		struct worker_job *job); /* in the caller's, from worker_finish(); may free it */
	struct worker_job *next;	 /* the worker's own */
};

/* Starts the thread, with all signals blocked in it. 0 and *ret, or a negative errno. */
int worker_new(struct worker **ret);
/*
 * Ends it. Jobs that did not begin are handed to `done`, too, so that they can be freed: `run` was
 * not called for them. A job that hangs in the kernel is waited for a moment only, and then left
 * behind with the thread, and `done` is never called for it: the process is about to end. Accepts
 * NULL.
 */
void worker_free(struct worker *w);
/* Becomes readable when jobs are done: for epoll. */
int worker_fd(const struct worker *w);
/*
 * Takes over a job. In the order of submission. `done` may submit another one; from worker_free()
 * that one is handed back at once, without having run.
 */
void worker_submit(struct worker *w, struct worker_job *job);
/* Calls `done` for every job that is done. */
void worker_finish(struct worker *w);

#endif
