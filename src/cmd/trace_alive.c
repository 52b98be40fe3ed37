// SPDX-License-Identifier: BSD-2-Clause
#include "trace_alive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "deadline.h"
#include "enrich.h"
#include "proc_dir.h"
#include "process_snapshot.h"
#include "procfs.h"
#include "signal_numbers.h"
#include "stuck.h"

/* That one job looks at. Others wait for the next: the worker has more to do. */
#define JOB_PROCESSES_MAX 64

struct subject {
	struct deadline_late late;
	bool ended;		       /* its exit was seen: of the event loop's thread */
	const struct process *process; /* in the table; NULL: it is not there any more */
	struct stuck stuck;
};

/* Of the worker from submit to done, but for what is said to be of the event loop's thread. */
struct alive_job {
	struct worker_job job;	   /* the head: it is cast back */
	struct trace_alive *owner; /* of the event loop's thread */
	uint64_t boot_ns;	   /* of the snapshot; 0: the worker never ran it */
	bool looked;		   /* the table is there */
	struct process_table table;
	size_t len;
	struct subject subjects[JOB_PROCESSES_MAX];
};

struct trace_alive {
	struct worker *worker;
	struct deadline *deadline;
	trace_alive_fn show;
	void *context;
	struct alive_job *asked; /* NULL: the worker has none */
	struct alive_job *done;	 /* and is to be shown */
	int error;
};

int trace_alive_new(struct worker *worker, uint64_t first_ns, uint64_t signals, trace_alive_fn show,
		    void *context, struct trace_alive **ret)
{
	struct trace_alive *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	r = deadline_new(first_ns, signals, &a->deadline);
	if (r < 0) {
		free(a);
		return r;
	}
	a->worker = worker;
	a->show = show;
	a->context = context;
	*ret = a;
	return 0;
}

static void free_job(struct alive_job *job)
{
	if (!job)
		return;
	process_table_free(&job->table);
	free(job);
}

void trace_alive_free(struct trace_alive *a)
{
	if (!a)
		return;
	/* What is still asked for is with a thread that hangs, and was left behind. */
	free_job(a->done);
	deadline_free(a->deadline);
	free(a);
}

uint64_t trace_alive_evicted(const struct trace_alive *a)
{
	return deadline_evicted(a->deadline);
}

void trace_alive_report(struct trace_alive *a, const struct report *r)
{
	struct alive_job *job = a->asked;

	deadline_report(a->deadline, r);
	if (r->kind != REPORT_EXIT || !job)
		return;
	for (size_t i = 0; i < job->len; i++) {
		const struct report_task *process = &job->subjects[i].late.process;

		if (process->tgid == r->target.tgid &&
		    process->start_boot_ns == r->target.start_boot_ns)
			job->subjects[i].ended = true;
	}
}

uint64_t trace_alive_due_ns(const struct trace_alive *a)
{
	/* A job that is done wakes the loop. */
	return a->asked ? UINT64_MAX : deadline_due_ns(a->deadline);
}

/* In the worker's thread. */

static int take_snapshot(struct alive_job *job)
{
	uint32_t tgids[JOB_PROCESSES_MAX];
	const struct snapshot_request request = {.tgids = tgids, .tgids_len = job->len};
	int r;

	for (size_t i = 0; i < job->len; i++)
		tgids[i] = job->subjects[i].late.process.tgid;
	r = bpf_snapshot_take(&request, &job->table);
	return r < 0 ? procfs_snapshot_take(&request, &job->table) : r;
}

/* -ESRCH: the process is gone. What cannot be read stays unknown. */
static int read_details(const struct proc_dir *dir, struct process *p, const struct stuck *s)
{
	int r = enrich_places(dir, p);

	if (r != -ESRCH)
		r = enrich_freezer(dir, p);
	if (r != -ESRCH && s->reason == STUCK_REASON_PENDING && s->sig != SIG_KILL)
		r = enrich_signalfds(dir, p);
	return r;
}

static void look_at(const struct process_table *t, struct subject *s)
{
	const struct report_task *process = &s->late.process;
	struct process *p = process_table_find(t, process->tgid);
	struct proc_dir dir = {.fd = -1};
	int r;

	/* /proc has the tick of the start only. A zombie has ended, and has an exit line. */
	if (!p || p->start_boot_ns / PROCFS_TICK_NS != process->start_boot_ns / PROCFS_TICK_NS ||
	    process_is_zombie(p))
		return;
	if (!stuck_is_due(p, 0, &s->stuck))
		s->stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = s->late.asked.sig};
	r = proc_dir_open(p->tgid, p->start_boot_ns, &dir);
	if (r == 0)
		r = read_details(&dir, p, &s->stuck);
	proc_dir_close(&dir);
	if (r == -ESRCH)
		return;
	stuck_examine(t, p, &s->stuck);
	s->process = p;
}

static void run(struct worker_job *head)
{
	struct alive_job *job = (struct alive_job *)head;

	job->looked = take_snapshot(job) == 0;
	/* To load the iterator takes longer than to run it. */
	job->boot_ns = clock_ns(CLOCK_BOOTTIME);
	for (size_t i = 0; job->looked && i < job->len; i++)
		look_at(&job->table, &job->subjects[i]);
}

/* In the event loop's thread. */

/* Shown by trace_alive_run(): at the end of the trace nobody wants it any more. */
static void done(struct worker_job *head)
{
	struct alive_job *job = (struct alive_job *)head;

	job->owner->asked = NULL;
	job->owner->done = job;
}

/* The process as the snapshot has it, but with the start time of the events. */
static struct report_task target_of(const struct subject *s)
{
	struct report_task target = s->late.process;

	target.tid = target.tgid;
	if (!s->process)
		return target;
	target.source = REPORT_SOURCE_PROC_LATER;
	target.ns_tgid = s->process->ns_tgid;
	target.pid_ns = s->process->pid_ns;
	memcpy(target.comm, s->process->comm, sizeof(target.comm));
	return target;
}

static int show_subject(struct trace_alive *a, const struct alive_job *job, const struct subject *s)
{
	struct report r = {
		.kind = REPORT_ALIVE,
		.boot_ns = job->boot_ns,
		.target = target_of(s),
		.earlier = s->late.asked,
	};

	r.earlier.elapsed_ns = job->boot_ns - s->late.boot_ns;
	if (job->looked)
		r.alive = (struct report_alive){
			.table = &job->table, .process = s->process, .stuck = &s->stuck};
	return a->show(a->context, &r);
}

static void show_done(struct trace_alive *a)
{
	struct alive_job *job = a->done;

	a->done = NULL;
	for (size_t i = 0; job && job->boot_ns && a->error == 0 && i < job->len; i++) {
		const struct subject *s = &job->subjects[i];

		if (!s->ended && (s->process || !job->looked))
			a->error = show_subject(a, job, s);
	}
	free_job(job);
}

int trace_alive_error(struct trace_alive *a)
{
	const int error = a->error;

	a->error = 0;
	return error;
}

static void ask(struct trace_alive *a, uint64_t now_boot_ns)
{
	struct alive_job *job;

	if (a->asked || deadline_due_ns(a->deadline) > now_boot_ns)
		return;
	job = calloc(1, sizeof(*job));
	if (!job) {
		a->error = -ENOMEM;
		return;
	}
	job->job = (struct worker_job){.run = run, .done = done};
	job->owner = a;
	while (job->len < JOB_PROCESSES_MAX &&
	       deadline_take(a->deadline, now_boot_ns, &job->subjects[job->len].late))
		job->len++;
	a->asked = job;
	worker_submit(a->worker, &job->job);
}

void trace_alive_run(struct trace_alive *a, uint64_t now_boot_ns)
{
	show_done(a);
	ask(a, now_boot_ns);
}
