// SPDX-License-Identifier: BSD-2-Clause
/*
 * The phases of a check: start, wait until it is up, send, wait until it ends or the grace is over,
 * end everything. In each of them the same things are waited for, and what one of them brings may
 * end the check: a signal to us, the end of the init, the deadline.
 */
#include "check_one.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check_events.h"
#include "check_look.h"
#include "check_program.h"
#include "check_progress.h"
#include "check_ready.h"
#include "clock.h"
#include "cmd.h"
#include "pump.h"
#include "stop.h"

/* The rest of the output is waited for so long: a descendant may hold the pipe, or nobody reads. */
#define OUTPUT_NS 1000000000ULL
/* For the engine to note the end of a container, looked at every NOTE_MS. */
#define NOTE_NS 2000000000ULL
#define NOTE_MS 10
/* And so much before the end of everything it is not waited for any more: it is cleared up then. */
#define CLEAR_UP_NS 3000000000ULL
/* A PID 1 that has exited is gone only when all others in its namespace are. */
#define TEARDOWN_NS 500000000ULL
/* How often the init is looked at: often while it is young, later as often as its age allows. */
#define SAMPLE_NS_MIN  1000000ULL
#define SAMPLE_NS_MAX  20000000ULL
#define SAMPLES_OF_AGE 50
/* Looks at all processes of the machine cost more on a large one: a tenth of the time at most. */
#define LOOK_NS_MIN 50000000ULL
#define LOOK_SHARE  10

struct check_one {
	const struct check_options *options;
	struct check_run *run;
	struct check_program program;
	struct check_ready ready;
	struct check_events *events;
	struct check_progress progress;
	struct pump *pump;
	int output_error; /* of the pump: where the output goes did not take it */
	struct symbols *symbols;
	uint64_t look_due_ns;
	uint64_t sent_by_ns; /* the signal had been sent: the grace counts from here */
};

static uint64_t now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

static int mark(struct check_one *c, enum check_mark what)
{
	return check_run_add_mark(c->run, what, now());
}

/* What an engine needs to create and start it counts, too: the whole is bounded. */
static uint64_t ready_deadline(const struct check_one *c)
{
	const struct check_run *run = c->run;
	const uint64_t since_ns = c->program.image ? run->began_ns : run->started_ns;

	return since_ns ? since_ns + run->ready_timeout_ns : UINT64_MAX;
}

/*
 * A pump_line_fn. An expression may take its time with each of many lines: not when the wait for it
 * is over.
 */
static void on_line(void *context, const char *line, size_t len)
{
	struct check_one *c = context;

	if (!stop_signal && now() < ready_deadline(c))
		check_ready_line(&c->ready, line);
	check_program_line(&c->program, line, len);
}

static uint64_t sample_interval(const struct check_run *run)
{
	const uint64_t interval = run->started_ns ? (now() - run->started_ns) / SAMPLES_OF_AGE : 0;

	return interval < SAMPLE_NS_MIN	  ? SAMPLE_NS_MIN
	       : interval > SAMPLE_NS_MAX ? SAMPLE_NS_MAX
					  : interval;
}

/* If the output's reader has gone, the check goes on. */
static void run_pump(struct check_one *c)
{
	const int r = pump_run(c->pump);

	if (r < 0 && !c->output_error)
		c->output_error = r;
}

/* Takes what has come. 0; 1: the init has ended or we were told to; a negative errno. */
static int take(struct check_one *c)
{
	int r;

	if (stop_take())
		c->run->interrupted = true;
	run_pump(c);
	r = check_events_read(c->events);
	if (r < 0)
		return r;
	return c->run->interrupted ? 1 : check_program_has_ended(&c->program);
}

/* As take(), after it has waited for anything, at most for one interval between two samples. */
static int step(struct check_one *c)
{
	struct pollfd fds[] = {
		{.fd = c->options->stop_fd, .events = POLLIN},
		{.fd = pump_fd(c->pump), .events = POLLIN},
		{.fd = pump_waits(c->pump) ? c->options->output_fd : -1, .events = POLLOUT},
		{.fd = check_program_fd(&c->program), .events = POLLIN},
		{.fd = check_events_fd(c->events), .events = POLLIN},
	};
	const uint64_t wait_ns = sample_interval(c->run);
	const struct timespec wait = {.tv_nsec = (long)wait_ns};
	int r = ppoll(fds, sizeof(fds) / sizeof(fds[0]), &wait, NULL);

	if (r < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents || fds[2].revents)
		check_progress_clear(&c->progress);
	return take(c);
}

/* An engine's answer comes later than the start of the process, and so does that of an exec. */
static int mark_start(struct check_one *c, uint64_t released_ns)
{
	const uint64_t started_ns = c->program.image ? c->run->init_start_boot_ns : released_ns;

	return check_run_add_mark(c->run, CHECK_MARK_STARTED, started_ns ?: now());
}

/* As check_program_find_init(), until that is known; the last words of the engine are read. */
static int find_init(struct check_one *c)
{
	struct check_run *run = c->run;
	const uint64_t deadline_ns = run->began_ns + run->ready_timeout_ns;
	int r;

	while ((r = check_program_find_init(&c->program)) == 0) {
		if (now() >= deadline_ns) {
			strcpy(run->failure, "it was not started in the time of --ready-timeout");
			return -ETIMEDOUT;
		}
		check_progress_show(&c->progress, run->name, "for the engine to start it",
				    deadline_ns);
		r = step(c);
		if (run->interrupted)
			return -EINTR;
		if (r < 0)
			return r;
	}
	if (r != 2)
		return r;
	run_pump(c); /* reads more than a pipe holds */
	return check_program_explain_start(&c->program);
}

/* 0: it runs; 1: the check is over; a negative errno. */
static int start(struct check_one *c)
{
	struct check_run *run = c->run;
	uint64_t released_ns;
	int r = check_events_new(run, &c->events);

	if (r == 0 && !c->program.image) /* the namespace is there already: no event is missed */
		check_events_begin(run, &c->events);
	released_ns = now();
	if (r == 0)
		r = check_program_start(&c->program);
	if (r == 0)
		r = find_init(c);
	if (r < 0)
		return r;
	r = mark_start(c, released_ns);
	if (r == 0)
		r = check_program_has_ended(&c->program);
	check_ready_open(&c->ready, c->options, &c->program);
	check_ready_sample(&c->ready);
	if (c->program.image)
		check_events_begin(run, &c->events);
	return r;
}

/* 0: it is up; 1: the check is over; a negative errno. */
static int wait_until_ready(struct check_one *c)
{
	struct check_run *run = c->run;
	const uint64_t deadline_ns = ready_deadline(c);
	int r = 0;

	while (r == 0) {
		int up = check_ready_is_up(&c->ready);

		if (up == 1)
			return mark(c, CHECK_MARK_READY);
		if (up < 0)
			return 1;
		if (now() >= deadline_ns) {
			check_ready_give_up(&c->ready);
			return 1;
		}
		check_progress_show(&c->progress, run->name, check_ready_words(&c->ready),
				    deadline_ns);
		r = step(c);
	}
	return r;
}

/*
 * The kernel's events tell when it was sent; without them, an engine that sends it says only that
 * it has done so.
 */
static int mark_sent(struct check_one *c, uint64_t before_ns)
{
	const bool afterwards = c->program.sent_by_engine && c->run->evidence != CHECK_EVIDENCE_BPF;

	c->sent_by_ns = now();
	return check_run_add_mark(c->run, CHECK_MARK_SENT, afterwards ? c->sent_by_ns : before_ns);
}

static int send_signal(struct check_one *c)
{
	struct check_run *run = c->run;
	uint64_t before_ns;
	int r = 0, marked;

	if (run->init_tgid)
		r = check_look_before(run, c->symbols);
	if (r < 0)
		return r == -ESRCH ? 1 : r;
	before_ns = now();
	r = check_program_send(&c->program);
	if (r == -EINTR)
		return r;
	run->sender_failed = r < 0;
	marked = mark_sent(c, before_ns);
	if (marked < 0)
		return marked;
	return r == -ESRCH ? 1 : r;
}

/* What is proven by events needs no looks. */
static int look(struct check_one *c)
{
	struct check_run *run = c->run;
	const uint64_t began_ns = now();
	uint64_t cost_ns;
	int r;

	if (run->evidence != CHECK_EVIDENCE_PROCFS || began_ns < c->look_due_ns)
		return 0;
	r = check_look_descendants(run);
	cost_ns = now() - began_ns;
	c->look_due_ns = now() +
			 (cost_ns * LOOK_SHARE > LOOK_NS_MIN ? cost_ns * LOOK_SHARE : LOOK_NS_MIN);
	run->looks_ns = c->look_due_ns - began_ns;
	return r == -ESRCH ? 0 : r;
}

/* What came since the last look counts; and who has exited ends by itself. */
static int look_once_more(struct check_one *c, uint64_t deadline_ns)
{
	int r = take(c);

	while (r == 0 && check_run_has_exited(c->run) && now() < deadline_ns + TEARDOWN_NS)
		r = step(c);
	return r;
}

/* 0: the grace is over; 1: it has ended, or the check has; a negative errno. */
static int wait_until_ended(struct check_one *c)
{
	struct check_run *run = c->run;
	const uint64_t deadline_ns = c->sent_by_ns + run->grace_ns;
	int r = 0;

	while (r == 0 && now() < deadline_ns) {
		check_progress_show(&c->progress, run->name, "for it to end", deadline_ns);
		check_ready_sample(&c->ready);
		r = look(c);
		if (r == 0)
			r = step(c);
	}
	if (r == 0)
		r = look_once_more(c, deadline_ns);
	if (r)
		return r;
	r = mark(c, CHECK_MARK_GRACE_OVER);
	if (r == 0 && run->init_tgid)
		r = check_look_after(run);
	return r == -ESRCH ? 0 : r;
}

/* The engine's client has the last of the output, and ends when the engine has noted the end. */
static void read_last_output(struct check_one *c)
{
	const uint64_t last_ns = check_program_deadline(&c->program) - CLEAR_UP_NS;
	const uint64_t noted_ns = now() + NOTE_NS;
	const uint64_t deadline_ns = noted_ns < last_ns ? noted_ns : last_ns;
	struct pollfd output = {.events = POLLIN};

	while (!check_program_is_noted(&c->program) && now() < deadline_ns && !stop_signal) {
		output.fd = pump_fd(c->pump);
		poll(&output, 1, NOTE_MS);
		run_pump(c);
	}
}

/* The phases, until one of them ends the check. */
static int run_phases(struct check_one *c)
{
	int r = start(c);

	if (r == 0)
		r = wait_until_ready(c);
	if (r == 0)
		r = send_signal(c);
	if (r == 0)
		r = wait_until_ended(c);
	return r < 0 ? r : 0;
}

/* Where nobody reads the output, nobody may read messages, either: they would not end. */
static bool takes_messages(void)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLOUT);
}

/* The rest of the output goes where it belongs. False, after it has said so: not all of it did. */
static bool finish_output(struct check_one *c)
{
	const char *log = c->options->log;
	const int r = pump_finish(c->pump, now() + OUTPUT_NS);
	unsigned long long dropped;

	if (!c->output_error && r != -ETIMEDOUT)
		c->output_error = r;
	dropped = pump_dropped(c->pump);
	if (c->output_error && c->output_error != -EPIPE) {
		cli_error("%scannot write the program's output to %s: %s; %llu bytes are lost",
			  log ? "--log: " : "", log ? cli_quote(log) : "stderr",
			  strerror(-c->output_error), dropped);
		return false;
	}
	if (dropped && takes_messages())
		cli_error("%llu bytes of the program's output were dropped: nobody read them",
			  dropped);
	return true;
}

/* Ends what is left; the last events and the last output are read. */
static int finish(struct check_one *c, bool *ret_trouble)
{
	struct check_run *run = c->run;
	int r = 0;

	check_progress_clear(&c->progress);
	check_ready_close(&c->ready);
	if (run->started_ns && check_program_has_ended(&c->program) > 0)
		r = check_run_add_mark(run, CHECK_MARK_EXITED, run->ended_ns);
	else if (run->started_ns)
		r = mark(c, CHECK_MARK_KILLED);
	if (r == 0) /* what follows is our own doing */
		r = check_events_finish(c->events);
	if (run->ended_ns)
		read_last_output(c);
	run->left_behind = check_program_end(&c->program) < 0;
	*ret_trouble = !finish_output(c) || run->left_behind;
	return r;
}

static void fill_request(struct check_one *c, const char *image)
{
	const struct check_options *o = c->options;
	struct check_run *run = c->run;

	run->subject = image ? CHECK_SUBJECT_IMAGE : CHECK_SUBJECT_COMMAND;
	run->name = image ?: o->command;
	run->engine = image ? o->engine.name : NULL;
	run->sig = o->sig ?: SIGTERM;
	run->ready_wait = o->ready_wait;
	run->ready_timeout_ns = o->ready_timeout_ns;
	run->grace_ns = o->grace_ns;
	run->began_ns = o->began_ns ?: now();
}

int check_one(const struct check_options *o, const char *image, struct check_run *run,
	      bool *ret_trouble)
{
	struct check_one c = {
		.options = o,
		.run = run,
		.program = {.options = o, .run = run, .image = image, .pidfd = -1},
		.ready = {.options = o, .proc.fd = -1},
	};
	int r, finished;

	c.program.progress = &c.progress;
	fill_request(&c, image);
	check_progress_begin(&c.progress);
	r = pump_new(o->output_fd, on_line, &c, &c.pump, &c.program.output_fd);
	if (r == 0)
		r = symbols_new(&c.symbols);
	if (r == 0)
		r = check_program_create(&c.program);
	if (r == 0)
		r = run_phases(&c);
	if (c.pump) {
		finished = finish(&c, ret_trouble);
		if (r == 0)
			r = finished;
	}
	/* What the run says of it is the result. */
	if (r < 0 && r != -ENOMEM && (run->failure[0] || run->interrupted))
		r = 0;
	check_events_free(c.events);
	pump_free(c.pump);
	symbols_free(c.symbols);
	return r;
}
