// SPDX-License-Identifier: BSD-2-Clause
#include "trace_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "enrich.h"
#include "proc_dir.h"
#include "process.h"
#include "procfs.h"
#include "signals.h"
#include "watch.h"

/* A look takes about 50 us. After so many, or so long, the events come first for a while. */
#define ROUND_LOOKS 16
#define ROUND_NS    1000000ULL
#define PAUSE_NS    10000000ULL
/* To look again whether all records are read: somebody may be writing one just now. */
#define SOON_NS 1000000ULL
/* So many descriptors take about a millisecond to look at. */
#define DESCRIPTORS_MAX 512

struct trace_watch {
	struct session *session;
	struct watch *watch;
	uint64_t began_ns;	/* everything is recorded from here on */
	uint64_t ended_ns;	/* to here */
	uint64_t ran_ns;	/* the last time */
	uint64_t not_before_ns; /* the next look */
	uint64_t lost;		/* records, by the counters */
};

int trace_watch_new(struct session *session, trace_watch_fn show, void *context,
		    struct trace_watch **ret)
{
	struct trace_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	r = watch_new(show, context, &w->watch);
	if (r < 0) {
		free(w);
		return r;
	}
	w->session = session;
	w->began_ns = clock_ns(CLOCK_BOOTTIME);
	w->ended_ns = UINT64_MAX;
	*ret = w;
	return 0;
}

void trace_watch_free(struct trace_watch *w)
{
	if (!w)
		return;
	watch_free(w->watch);
	free(w);
}

int trace_watch_report(struct trace_watch *w, const struct report *r, const struct verdict *v)
{
	/* The programs are attached and detached one after another: deliveries may be missing. */
	if (r->boot_ns < w->began_ns || r->boot_ns > w->ended_ns)
		return 0;
	return watch_report(w->watch, r, v);
}

void trace_watch_stop(struct trace_watch *w)
{
	w->ended_ns = clock_ns(CLOCK_BOOTTIME);
	w->not_before_ns = UINT64_MAX;
}

void trace_watch_lost(struct trace_watch *w)
{
	watch_lost(w->watch);
}

uint64_t trace_watch_evicted(const struct trace_watch *w)
{
	return watch_evicted(w->watch);
}

uint64_t trace_watch_due_ns(const struct trace_watch *w)
{
	const uint64_t soon_ns = watch_is_waiting(w->watch) ? w->ran_ns + SOON_NS : UINT64_MAX;
	uint64_t due_ns = watch_due_ns(w->watch);

	if (due_ns < w->not_before_ns)
		due_ns = w->not_before_ns;
	return due_ns < soon_ns ? due_ns : soon_ns;
}

static bool has_few_descriptors(const struct proc_dir *d)
{
	const int fd = openat(d->fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int count = 0;
	DIR *dir;

	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return false;
	}
	while (count <= DESCRIPTORS_MAX && readdir(dir))
		count++;
	closedir(dir);
	return count <= DESCRIPTORS_MAX;
}

/* What its signalfds take; 0 also where that is not known. */
static uint64_t read_signalfds(const struct proc_dir *d)
{
	struct process process = {.tgid = d->tgid};

	if (!has_few_descriptors(d) || enrich_signalfds(d, &process) < 0)
		return 0;
	return process.signalfd;
}

/* Whether that thread was there when the signal came, as far as ticks can tell. */
static bool is_old_thread(const struct proc_dir *d, const struct watch_look *look)
{
	struct proctext_stat stat;
	char path[64];

	snprintf(path, sizeof(path), "task/%u/stat", look->tid);
	return procfs_read_stat_at(d->fd, path, &stat) == 0 &&
	       stat.start_ticks <= look->signal_ns / PROCFS_TICK_NS;
}

/* False: nothing is to be learned from it any more. */
static bool look_into(const struct trace_watch *w, const struct proc_dir *d,
		      const struct watch_look *look, struct watch_seen *ret)
{
	struct proctext_status status;
	struct proctext_stat stat;
	char path[64] = "status";

	if (look->tid)
		snprintf(path, sizeof(path), "task/%u/status", look->tid);
	ret->before_ns = clock_ns(CLOCK_BOOTTIME);
	if (procfs_read_status_at(d->fd, path, &status) < 0 || !status.has_signals)
		return false;
	ret->after_ns = clock_ns(CLOCK_BOOTTIME);
	ret->written = session_written(w->session);
	/* After the sets: as long as the program is the same now, it was so then. */
	if (procfs_read_stat_at(d->fd, "stat", &stat) < 0)
		return false;
	if (look->tid && !is_old_thread(d, look))
		return false;
	ret->pending = look->tid ? status.pending : status.shared_pending;
	ret->ignored = status.ignored;
	ret->caught = status.caught;
	ret->threads = status.threads;
	ret->traced = status.tracer_tid != 0;
	ret->image = EVENT_IMAGE(stat.start_stack);
	memcpy(ret->comm, stat.comm, sizeof(ret->comm));
	if (look->signalfd && !(ret->pending & signal_bit(look->sig)))
		ret->signalfd = read_signalfds(d);
	return true;
}

static bool look_at(const struct trace_watch *w, const struct watch_look *look,
		    struct watch_seen *ret)
{
	struct proc_dir dir;
	bool seen;

	*ret = (struct watch_seen){};
	if (proc_dir_open(look->tgid, look->start_boot_ns, &dir) < 0)
		return false;
	seen = look_into(w, &dir, look, ret);
	proc_dir_close(&dir);
	return seen;
}

/*
 * Since the last time. Records tell it, too, but only those that come after the gap, and a look
 * needs to know at once.
 */
static bool has_lost(struct trace_watch *w)
{
	struct counters counters;
	uint64_t lost;

	if (session_read_counters(w->session, &counters) < 0)
		return true;
	lost = counters.lost[EVENT_LOST_GENERATE] + counters.lost[EVENT_LOST_DELIVER];
	if (lost == w->lost)
		return false;
	w->lost = lost;
	return true;
}

/* Looks at what is due, for a while. */
static int look_around(struct trace_watch *w, uint64_t now_ns)
{
	const uint64_t until_ns = clock_ns(CLOCK_BOOTTIME) + ROUND_NS;
	struct watch_look look;
	unsigned int looks = 0;
	int r = 0;

	while (r == 0 && watch_next(w->watch, now_ns, &look)) {
		struct watch_seen seen;

		if (looks++ == ROUND_LOOKS || clock_ns(CLOCK_BOOTTIME) > until_ns) {
			w->not_before_ns = now_ns + PAUSE_NS;
			break;
		}
		r = watch_see(w->watch, look_at(w, &look, &seen) ? &seen : NULL);
	}
	if (looks > 0 && watch_is_waiting(w->watch) && has_lost(w))
		watch_lost(w->watch);
	return r;
}

int trace_watch_run(struct trace_watch *w, uint64_t now_boot_ns)
{
	int r = watch_conclude(w->watch, session_consumed(w->session));

	if (r == 0 && now_boot_ns >= w->not_before_ns)
		r = look_around(w, now_boot_ns);
	if (r == 0)
		r = watch_conclude(w->watch, session_consumed(w->session));
	w->ran_ns = now_boot_ns;
	return r;
}
