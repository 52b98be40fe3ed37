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
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "latency.h"
#include "log.h"
#include "recent_exits.h"
#include "writer.h"

#define NAP_MS	       10
#define FIRST_SLEEP_MS 40   /* a record may just have been submitted without a wake-up */
#define SLEEP_MS       1000 /* nothing can be missed for longer than this, whatever happens */
#define ROUND_RECORDS  4096 /* between two looks at everything else */
#define COUNTERS_NS    1000000000ULL

/* What became readable; the rest are indices of selected processes. */
enum source {
	SOURCE_RING,
	SOURCE_STOP,
	SOURCE_DURATION,
	SOURCE_CHILD,
	SOURCE_PROCESS,
};

struct trace_loop {
	const struct trace_options *options;
	struct session *session;
	struct selection *selection;
	struct child *child;
	const struct renderer_ops *renderer;
	struct renderer_config config;
	int epoll;
	int duration;
	int child_fd;
	int child_status;
	bool child_done;
	bool child_warned; /* one signal was passed on */
	bool stop;
	bool ended; /* because nothing that is selected is left */
	uint64_t began_ns;
	struct trace_summary summary;
	uint64_t lost_reported;
	uint32_t lost_seen;
	struct latency *latency;
	struct recent_exits exits;
	const struct cause_rule *last_rule; /* its remedy was the last thing printed, for … */
	int last_sig;
	uint32_t last_tgid;
	struct writer writer;
	char buffer[2 * RENDERER_REPORT_SIZE_MAX];
};

/* Signal handlers have no argument; there is one loop a process. */
static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t stop_from_terminal;
static volatile sig_atomic_t stop_writes;
static int stop_fd = -1;

static void on_stop_signal(int sig, siginfo_t *info, void *context)
{
	const int saved = errno;
	const uint64_t one = 1;

	(void)context;
	if (stop_signal) /* the second time: even if the reader of our output does not read */
		stop_writes = 1;
	stop_signal = sig;
	stop_from_terminal = info->si_code == SI_KERNEL;
	if (write(stop_fd, &one, sizeof(one)) < 0)
		stop_signal = sig; /* the counter is full: the loop is awake anyway */
	errno = saved;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void sample_clocks(struct renderer_config *config)
{
	const time_t now = time(NULL);
	struct tm local;

	config->realtime_offset_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
	config->utc_offset_s = localtime_r(&now, &local) ? local.tm_gmtoff : 0;
}

static int watch(struct trace_loop *l, int fd, uint32_t events, uint64_t source)
{
	struct epoll_event event = {.events = events, .data.u64 = source};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch_duration(struct trace_loop *l, uint64_t duration_ns)
{
	const struct itimerspec when = {
		.it_value = {.tv_sec = duration_ns / 1000000000,
			     .tv_nsec = duration_ns % 1000000000},
	};

	l->duration = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->duration < 0 || timerfd_settime(l->duration, 0, &when, NULL) < 0)
		return -errno;
	return watch(l, l->duration, EPOLLIN, SOURCE_DURATION);
}

static int open_sources(struct trace_loop *l)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_sigaction = on_stop_signal, .sa_flags = SA_SIGINFO};
	struct sigaction now;
	int r;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || stop_fd < 0)
		return -errno;
	r = watch(l, stop_fd, EPOLLIN, SOURCE_STOP);
	if (r == 0)
		r = watch(l, session_fd(l->session), EPOLLIN | EPOLLET, SOURCE_RING);
	if (r == 0 && l->options->duration_ns)
		r = watch_duration(l, l->options->duration_ns);
	if (r == 0 && l->child->pid) {
		l->child_fd = syscall(SYS_pidfd_open, l->child->pid, 0);
		r = l->child_fd < 0 ? -errno : watch(l, l->child_fd, EPOLLIN, SOURCE_CHILD);
	}
	for (size_t i = 0; r == 0 && i < l->selection->count; i++) {
		const struct selected_process *process = &l->selection->list[i];

		if (process->pidfd >= 0 && !process->zombie)
			r = watch(l, process->pidfd, EPOLLIN, SOURCE_PROCESS + i);
	}
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; r == 0 && i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* nohup asks for SIGHUP to be ignored. `cmd &` in a script does so for SIGINT, too,
		 * but whoever sends that to a tracer wants it to end. */
		if (signals[i] == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 &&
		    now.sa_handler == SIG_IGN)
			continue;
		if (sigaction(signals[i], &action, NULL) < 0)
			r = -errno;
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
	l->renderer = options->renderer;
	l->epoll = l->duration = l->child_fd = -1;
	l->config.color = options_want_color(options->common.color);
	l->config.width = options_terminal_width();
	sample_clocks(&l->config);
	writer_init(&l->writer, STDOUT_FILENO);
	l->writer.stop = &stop_writes;
	r = latency_new(&l->latency);
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
	latency_free(l->latency);
	close_fd(l->duration);
	close_fd(l->child_fd);
	close_fd(l->epoll);
	free(l);
}

/* Lines that are not data go to stderr, unless the format keeps them in its data. */
static int put_aside(struct trace_loop *l, const struct strbuf *text)
{
	if (l->renderer->summary_is_data)
		return writer_put(&l->writer, text->data, text->len);
	if (write(STDERR_FILENO, text->data, text->len) < 0)
		log_debug("stderr: %s", strerror(errno));
	return 0;
}

static int report_lost(struct trace_loop *l, uint64_t total)
{
	struct strbuf text;

	if (total <= l->lost_reported)
		return 0;
	strbuf_init(&text, l->buffer, sizeof(l->buffer));
	l->renderer->lost(&l->config, total - l->lost_reported, &text);
	l->lost_reported = total;
	return put_aside(l, &text);
}

static int read_counters(struct trace_loop *l)
{
	struct counters counters;
	int r = session_read_counters(l->session, &counters);

	if (r < 0)
		return r;
	memcpy(l->summary.lost, counters.lost, sizeof(l->summary.lost));
	l->summary.hidden = counters.hidden;
	return report_lost(l, trace_summary_lost(&l->summary));
}

/* A latency is claimed only where every generation of that signal for the target is seen. */
static void pair_latency(struct trace_loop *l, struct report *r)
{
	if (r->lost != l->lost_seen) {
		latency_lost(l->latency, r->boot_ns);
		l->lost_seen = r->lost;
	}
	if (l->options->problems ||
	    ((r->facts & EVENT_FACT_MATCHED_FROM) && !(r->facts & EVENT_FACT_MATCHED_TO)))
		return;
	switch (r->kind) {
	case REPORT_GENERATE:
		latency_generate(l->latency, r);
		break;
	case REPORT_DELIVER:
		latency_deliver(l->latency, r);
		break;
	case REPORT_EXIT:
		latency_exit(l->latency, r->target.tgid);
		break;
	case REPORT_KIND_COUNT:
		break;
	}
}

/* What the BPF side's coarser filter let through. */
static bool is_wanted(const struct trace_loop *l, const struct report *r, const struct verdict *v)
{
	/* Kept for `current`, which turned out to be whoever was interrupted. */
	if (r->kind == REPORT_GENERATE && r->sender_kind == SENDER_KERNEL &&
	    (r->facts & EVENT_FACT_MATCHED_FROM) && !(r->facts & EVENT_FACT_MATCHED_TO))
		return false;
	return !l->options->problems || v->problem;
}

static bool repeats_remedy(struct trace_loop *l, const struct report *r, const struct verdict *v)
{
	const bool repeats = l->last_rule == v->rule && l->last_sig == r->sig &&
			     l->last_tgid == r->target.tgid;

	l->last_rule = v->problem ? v->rule : NULL;
	l->last_sig = r->sig;
	l->last_tgid = r->target.tgid;
	return repeats && v->problem;
}

static int on_record(void *context, const void *data, size_t size)
{
	struct trace_loop *l = context;
	struct verdict verdict;
	struct report report;
	struct strbuf text;
	int r;

	if (decode_record(data, size, &report) < 0) {
		l->summary.corrupt++;
		return 0;
	}
	pair_latency(l, &report);
	if (report.kind == REPORT_EXIT)
		return 0; /* it ends what is kept of the process; nothing is said about it yet */
	verdict = explain_report(&report);
	if (!is_wanted(l, &report, &verdict))
		return 0;
	if (!l->renderer->summary_is_data && recent_exits_repeats(&l->exits, &report)) {
		l->summary.repeated++;
		return 0;
	}
	strbuf_init(&text, l->buffer, sizeof(l->buffer));
	l->config.skip_remedy = repeats_remedy(l, &report, &verdict);
	l->renderer->report(&l->config, &report, &verdict, &text);
	if (text.cut)
		return -ENOMEM;
	r = writer_put(&l->writer, text.data, text.len);
	if (r < 0)
		return r;
	l->summary.events++;
	if (l->summary.events == l->options->count) {
		l->stop = true;
		return -ECANCELED;
	}
	return 0;
}

/* Returns how many records there were, or the negative errno of the output. */
static int read_round(struct trace_loop *l)
{
	int flushed, r = session_read(l->session, on_record, l, ROUND_RECORDS);

	if (r < 0 && r != -ECANCELED)
		return r;
	flushed = writer_flush(&l->writer);
	return flushed < 0 ? flushed : r < 0 ? 0 : r;
}

static void on_signal(struct trace_loop *l)
{
	uint64_t count;
	int sig = stop_signal;

	if (read(stop_fd, &count, sizeof(count)) < 0)
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
		break; /* the next round reads it */
	case SOURCE_STOP:
		on_signal(l);
		break;
	case SOURCE_DURATION:
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->duration, NULL);
		l->stop = true;
		break;
	case SOURCE_CHILD:
		reap_child(l);
		break;
	default:
		selection_ended(l->selection, source - SOURCE_PROCESS);
		break;
	}
}

static int wait_for(struct trace_loop *l, int timeout_ms)
{
	struct epoll_event events[16];
	int n = epoll_wait(l->epoll, events, sizeof(events) / sizeof(events[0]), timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		on_source(l, events[i].data.u64);
	return 0;
}

/* Nothing that was selected is left to get or to send a signal. */
static bool all_ended(const struct trace_loop *l)
{
	if (l->child->pid && !l->child_done)
		return false;
	if (!l->child->pid && l->selection->count == 0)
		return false; /* everything on the machine is selected */
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
		if (all_ended(l)) {
			l->stop = true;
			l->ended = true;
		}
		if (clock_ns(CLOCK_BOOTTIME) - counters_at >= COUNTERS_NS) {
			counters_at = clock_ns(CLOCK_BOOTTIME);
			sample_clocks(&l->config);
			r = read_counters(l);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static bool is_full(const struct trace_loop *l)
{
	return l->options->count && l->summary.events >= l->options->count;
}

/* No event is generated for us any more; what is in the buffer still counts. */
static int finish(struct trace_loop *l)
{
	struct strbuf text;
	int r = 1;

	session_detach(l->session);
	while (r > 0 && !is_full(l))
		r = read_round(l);
	if (r >= 0)
		r = read_counters(l);
	if (r < 0)
		return r;
	l->summary.elapsed_ns = clock_ns(CLOCK_BOOTTIME) - l->began_ns;
	log_debug("%llu pending signals were forgotten before their delivery",
		  (unsigned long long)latency_evicted(l->latency));
	if (l->ended && l->selection->count)
		cli_error("%s", l->selection->count == 1 ? "the process has ended"
							 : "all selected processes have ended");
	strbuf_init(&text, l->buffer, sizeof(l->buffer));
	l->renderer->summary(&l->config, &l->summary, &text);
	r = put_aside(l, &text);
	return r < 0 ? r : writer_flush(&l->writer);
}

int trace_loop_run(struct trace_loop *l)
{
	struct strbuf text;
	int r;

	l->began_ns = clock_ns(CLOCK_BOOTTIME);
	strbuf_init(&text, l->buffer, sizeof(l->buffer));
	l->renderer->begin(&l->config, &text);
	r = writer_put(&l->writer, text.data, text.len);
	if (r == 0)
		r = writer_flush(&l->writer);
	if (r == 0)
		r = loop(l);
	if (r == 0)
		return finish(l);
	session_detach(l->session);
	return r;
}

int trace_loop_wait_child(struct trace_loop *l)
{
	while (!l->child_done)
		wait_for(l, SLEEP_MS);
	return l->child_status;
}
