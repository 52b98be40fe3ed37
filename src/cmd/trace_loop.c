// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the reader waits. While records come, it naps for NAP_MS between two rounds, and only a
 * well-filled buffer wakes it before. After a nap without records it sleeps, and the next record
 * wakes it at once. So an idle trace costs nothing, a single event is shown immediately, and a
 * flood wakes the reader a hundred times a second instead of once a record.
 */
#include "trace_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "stop.h"
#include "trace_events.h"

#define NAP_MS	       10
#define FIRST_SLEEP_MS 40   /* a record may just have been submitted without a wake-up */
#define SLEEP_MS       1000 /* nothing can be missed for longer than this, whatever happens */
#define ROUND_RECORDS  4096 /* between two looks at everything else */
#define COUNTERS_NS    1000000000ULL
#define END_NAPS       25 /* from the exit of a process to its end: it closes its files there */

/* What became readable; the rest are indices of selected processes. */
enum source {
	SOURCE_RING,
	SOURCE_STOP,
	SOURCE_DURATION,
	SOURCE_CHILD,
	SOURCE_LOOKUPS,
	SOURCE_ABSENT,
	SOURCE_PROCESS,
};

struct trace_loop {
	const struct trace_options *options;
	struct session *session;
	struct selection *selection;
	struct child *child;
	struct trace_events *events;
	int epoll;
	int duration;
	int absent;
	int child_fd;
	int child_status;
	bool child_done;
	bool child_warned; /* one signal was passed on */
	bool stop;
	bool absent_over; /* the time of --absent */
	int result;	  /* trace_loop_result() */
	bool ended;	  /* because nothing that is selected is left */
	uint64_t began_ns;
	uint64_t absent_began_ns;
};

static int watch(struct trace_loop *l, int fd, uint32_t events, uint64_t source)
{
	struct epoll_event event = {.events = events, .data.u64 = source};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch_timer(struct trace_loop *l, uint64_t duration_ns, uint64_t source, int *fd)
{
	const struct itimerspec when = {
		.it_value = {.tv_sec = duration_ns / 1000000000,
			     .tv_nsec = duration_ns % 1000000000},
	};

	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*fd < 0 || timerfd_settime(*fd, 0, &when, NULL) < 0)
		return -errno;
	return watch(l, *fd, EPOLLIN, source);
}

/* Its time begins when there is somebody to whom a signal could be sent. */
static int begin_absent(struct trace_loop *l)
{
	if (!l->options->absent_ns || l->absent >= 0 || !trace_events_has_target(l->events))
		return 0;
	l->absent_began_ns = clock_ns(CLOCK_BOOTTIME);
	return watch_timer(l, l->options->absent_ns, SOURCE_ABSENT, &l->absent);
}

static int open_sources(struct trace_loop *l)
{
	const int stop_fd = stop_open();
	int r;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return -errno;
	if (stop_fd < 0)
		return stop_fd;
	r = watch(l, stop_fd, EPOLLIN, SOURCE_STOP);
	if (r == 0)
		r = watch(l, session_fd(l->session), EPOLLIN | EPOLLET, SOURCE_RING);
	if (r == 0 && trace_events_fd(l->events) >= 0)
		r = watch(l, trace_events_fd(l->events), EPOLLIN, SOURCE_LOOKUPS);
	if (r == 0)
		r = begin_absent(l); /* before -d, which may be as long */
	if (r == 0 && l->options->duration_ns)
		r = watch_timer(l, l->options->duration_ns, SOURCE_DURATION, &l->duration);
	if (r == 0 && l->child->pid) {
		l->child_fd = syscall(SYS_pidfd_open, l->child->pid, 0);
		r = l->child_fd < 0 ? -errno : watch(l, l->child_fd, EPOLLIN, SOURCE_CHILD);
	}
	for (size_t i = 0; r == 0 && i < l->selection->count; i++) {
		const struct selected_process *process = &l->selection->list[i];

		if (process->pidfd >= 0 && !process->zombie)
			r = watch(l, process->pidfd, EPOLLIN, SOURCE_PROCESS + i);
	}
	return r;
}

int trace_loop_new(const struct trace_options *options, struct session *session,
		   struct selection *selection, struct child *child, struct trace_loop **ret)
{
	struct trace_loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->options = options;
	l->session = session;
	l->selection = selection;
	l->child = child;
	l->epoll = l->duration = l->absent = l->child_fd = -1;
	r = trace_events_new(options, session, &stop_again, &l->events);
	if (r == 0)
		r = open_sources(l);
	if (r < 0) {
		trace_loop_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void trace_loop_free(struct trace_loop *l)
{
	if (!l)
		return;
	trace_events_free(l->events);
	close_fd(l->duration);
	close_fd(l->absent);
	close_fd(l->child_fd);
	close_fd(l->epoll);
	free(l);
}

/* Returns how many records there were, or the negative errno of the output. */
static int read_round(struct trace_loop *l)
{
	const int count = session_read(l->session, trace_events_record, l->events, ROUND_RECORDS);
	int r = count < 0 ? count : trace_events_run(l->events);
	int flushed;

	if (r < 0 && r != -ECANCELED)
		return r;
	if (r == -ECANCELED)
		l->stop = true;
	flushed = trace_events_flush(l->events);
	return flushed < 0 ? flushed : count < 0 ? 0 : count;
}

static void on_signal(struct trace_loop *l)
{
	const int sig = stop_signal;

	if (!stop_take())
		return;
	if (!l->child->pid || l->child_done) {
		l->stop = true;
		return;
	}
	/*
	 * The command is ours: what is meant for us is meant for it, and it ends the trace by
	 * ending. From the terminal it has got the signal already. The second time it has to go.
	 */
	if (l->child_warned)
		kill(l->child->pid, SIGKILL);
	else if (!stop_from_terminal)
		kill(l->child->pid, sig);
	l->child_warned = true;
}

static void reap_child(struct trace_loop *l)
{
	pid_t pid;

	do
		pid = waitpid(l->child->pid, &l->child_status, 0);
	while (pid < 0 && errno == EINTR);
	l->child_done = true;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->child_fd, NULL);
}

static void on_source(struct trace_loop *l, uint64_t source)
{
	switch (source) {
	case SOURCE_RING:
	case SOURCE_LOOKUPS:
		break; /* the next round reads it */
	case SOURCE_STOP:
		on_signal(l);
		break;
	case SOURCE_DURATION:
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->duration, NULL);
		l->stop = true;
		break;
	case SOURCE_ABSENT:
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->absent, NULL);
		l->absent_over = true;
		break;
	case SOURCE_CHILD:
		reap_child(l);
		break;
	default:
		selection_ended(l->selection, source - SOURCE_PROCESS);
		break;
	}
}

/* At most that long, and not past what is due without a record. */
static int timeout_until_due(struct trace_loop *l, int timeout_ms)
{
	const uint64_t due_ns = trace_events_due_ns(l->events);
	const uint64_t now_ns = due_ns == UINT64_MAX ? 0 : clock_ns(CLOCK_BOOTTIME);

	if (due_ns == UINT64_MAX || due_ns >= now_ns + timeout_ms * 1000000ULL)
		return timeout_ms;
	return due_ns > now_ns ? (int)((due_ns - now_ns) / 1000000) + 1 : 0;
}

static int wait_sources(struct trace_loop *l, int timeout_ms)
{
	struct epoll_event events[16];
	int n = epoll_wait(l->epoll, events, sizeof(events) / sizeof(events[0]), timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		on_source(l, events[i].data.u64);
	return 0;
}

static int wait_for(struct trace_loop *l, int timeout_ms)
{
	return wait_sources(l, timeout_until_due(l, timeout_ms));
}

/* Nothing that was selected is left to get or to send a signal. */
static bool all_ended(const struct trace_loop *l)
{
	if (l->child->pid && !l->child_done)
		return false;
	if (!l->child->pid && (l->selection->count == 0 || l->options->common.choice.len))
		return false; /* everything on the machine, or what may get new processes */
	return !selection_is_alive(l->selection) && session_followed(l->session) <= 0;
}

static int loop(struct trace_loop *l)
{
	uint64_t counters_at = l->began_ns;
	int sleep_ms = FIRST_SLEEP_MS;
	int r;

	while (!l->stop) {
		r = read_round(l);
		if (r < 0 || l->stop)
			return r < 0 ? r : 0;
		/* Only what is read to its end shows that nothing came. */
		if (l->absent_over && r < ROUND_RECORDS && !trace_events_has_arrived(l->events))
			return 0;
		if (r == ROUND_RECORDS) {
			r = wait_for(l, 0);
		} else if (r > 0) {
			sleep_ms = FIRST_SLEEP_MS;
			session_set_reader(l->session, READER_NAPS);
			r = wait_for(l, NAP_MS);
		} else {
			session_set_reader(l->session, READER_SLEEPS);
			r = read_round(l); /* what came before the kernel knew that we sleep */
			if (r == 0 && !l->stop) {
				r = wait_for(l, sleep_ms);
				sleep_ms = SLEEP_MS;
			}
		}
		session_set_reader(l->session, READER_WORKS);
		if (r < 0)
			return r;
		r = begin_absent(l);
		if (r < 0)
			return r;
		if (all_ended(l)) {
			l->stop = true;
			l->ended = true;
		}
		if (clock_ns(CLOCK_BOOTTIME) - counters_at >= COUNTERS_NS) {
			counters_at = clock_ns(CLOCK_BOOTTIME);
			trace_events_set_clocks(l->events);
			r = trace_events_count_lost(l->events);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static void nap(void)
{
	const struct timespec time = {.tv_nsec = NAP_MS * 1000000L};

	nanosleep(&time, NULL);
}

/*
 * -n may be reached by the exit of the last process, which is recorded an instant before its end is
 * told. --absent is answered by that end. Before the programs are detached: as long as something
 * lives, what is sent to it has to be recorded.
 */
static int await_end(struct trace_loop *l)
{
	int r = 0;

	if (!l->options->absent_ns || !trace_events_is_full(l->events) ||
	    trace_events_has_arrived(l->events))
		return 0;
	for (int naps = 0; naps < END_NAPS && r == 0 && !l->absent_over && !all_ended(l); naps++) {
		nap();
		r = wait_sources(l, 0);
	}
	l->ended |= all_ended(l);
	return r;
}

/* Of what comes after -n is reached nothing is shown, but it may be what --absent asks for. */
static int read_rest(struct trace_loop *l)
{
	if (!trace_events_is_full(l->events))
		return read_round(l);
	return session_read(l->session, trace_events_unshown_record, l->events, ROUND_RECORDS);
}

/*
 * No event is generated for us any more; what is in the buffer still counts. A program that had
 * begun may be writing its record, and all behind it, such as the exit that ended the trace, wait
 * for that: so the buffer is empty only if it is so once more after a nap.
 */
static int drain(struct trace_loop *l)
{
	const bool all = l->options->absent_ns;
	int r = 0;

	for (int empty = 0; r >= 0 && empty < 2 && (all || !trace_events_is_full(l->events));) {
		if (empty)
			nap();
		r = read_rest(l);
		empty = r > 0 ? 0 : empty + 1;
	}
	return r < 0 ? r : 0;
}

/* What --absent has to say, once all is read. 0 or a negative errno. */
static int conclude_absent(struct trace_loop *l)
{
	const uint64_t waited_ns = l->absent_over ? l->options->absent_ns
						  : clock_ns(CLOCK_BOOTTIME) - l->absent_began_ns;
	int r;

	if (!l->options->absent_ns || trace_events_has_arrived(l->events))
		return 0;
	l->result = EXIT_INCONCLUSIVE;
	if (l->absent < 0) {
		cli_error("--absent: what was named was never there");
		return 0;
	}
	if (!l->absent_over && !l->ended) {
		cli_error("--absent: no such signal came, but the trace ended before its time was "
			  "over");
		return 0;
	}
	r = trace_events_absent(l->events, waited_ns);
	if (r == 0)
		l->result = EXIT_FINDING;
	if (r == -ENODATA)
		cli_error("--absent: no such signal was seen, but records were lost: it may have "
			  "been among them");
	return r == -ENODATA ? 0 : r;
}

static int finish(struct trace_loop *l)
{
	int r = await_end(l);

	trace_events_stop(l->events);
	session_detach(l->session);
	if (r == 0)
		r = drain(l);
	if (r == 0)
		r = trace_events_finish(l->events);
	if (r == 0)
		r = trace_events_count_lost(l->events);
	if (r == 0)
		r = conclude_absent(l);
	if (r == 0)
		r = trace_events_flush(l->events); /* the summary comes last */
	if (r < 0)
		return r;
	if (l->ended && l->selection->count)
		cli_error("%s", l->selection->count == 1 ? "the process has ended"
							 : "all selected processes have ended");
	return trace_events_summary(l->events, clock_ns(CLOCK_BOOTTIME) - l->began_ns);
}

int trace_loop_run(struct trace_loop *l)
{
	int r;

	l->began_ns = clock_ns(CLOCK_BOOTTIME);
	r = trace_events_begin(l->events);
	if (r == 0)
		r = loop(l);
	if (r == 0)
		return finish(l);
	session_detach(l->session);
	return r;
}

int trace_loop_result(const struct trace_loop *l)
{
	return l->result;
}

int trace_loop_wait_child(struct trace_loop *l)
{
	while (!l->child_done)
		wait_sources(l, SLEEP_MS);
	return l->child_status;
}
