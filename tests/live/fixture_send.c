/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs that send signals or make the kernel send some. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum send_how {
	SEND_KILL,
	SEND_TKILL,
	SEND_TGKILL,
	SEND_SIGQUEUE,
	SEND_TGSIGQUEUE,
	SEND_PIDFD,
	SEND_COUNT,
};

static const char *const send_names[] = {
	[SEND_KILL] = "kill",	      [SEND_TKILL] = "tkill",		[SEND_TGKILL] = "tgkill",
	[SEND_SIGQUEUE] = "sigqueue", [SEND_TGSIGQUEUE] = "tgsigqueue", [SEND_PIDFD] = "pidfd",
};

struct send_plan {
	enum send_how how;
	int sig;
	pid_t tgid; /* of the thread, for those that need both */
	pid_t number;
	long value;
};

static enum send_how send_parse_how(const char *word)
{
	for (int how = 0; how < SEND_COUNT; how++)
		if (strcmp(send_names[how], word) == 0)
			return (enum send_how)how;
	die("not a way to send", word);
}

static void send_parse_target(struct send_plan *plan, const char *word)
{
	bool thread = plan->how == SEND_TKILL || plan->how == SEND_TGKILL ||
		      plan->how == SEND_TGSIGQUEUE;
	char *end;

	plan->tgid = (pid_t)syscall(SYS_getpid);
	if (word[0] == '@') {
		plan->number = named_number(word + 1);
	} else if (strcmp(word, "self") == 0) {
		plan->number = (pid_t)syscall(thread ? SYS_gettid : SYS_getpid);
	} else if (strcmp(word, "parent") == 0) {
		plan->number = (pid_t)syscall(SYS_getppid);
		plan->tgid = plan->number;
	} else if (strcmp(word, "init") == 0) {
		plan->number = plan->tgid = 1;
	} else if (strcmp(word, "group") == 0) {
		plan->number = 0;
	} else {
		plan->number = (pid_t)strtol(word, &end, 10);
		if (end == word || (*end && *end != ':'))
			die("not a target", word);
		plan->tgid = plan->number;
		if (*end == ':')
			plan->number = (pid_t)atoi(end + 1);
	}
}

static long send_signal(const struct send_plan *plan)
{
	siginfo_t info;
	long got;
	int fd;

	memset(&info, 0, sizeof(info));
	info.si_signo = plan->sig;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)(uintptr_t)plan->value;
	switch (plan->how) {
	case SEND_KILL:
		return syscall(SYS_kill, plan->number, plan->sig);
	case SEND_TKILL:
		return syscall(SYS_tkill, plan->number, plan->sig);
	case SEND_TGKILL:
		return syscall(SYS_tgkill, plan->tgid, plan->number, plan->sig);
	case SEND_SIGQUEUE:
		return syscall(SYS_rt_sigqueueinfo, plan->number, plan->sig, &info);
	case SEND_TGSIGQUEUE:
		return syscall(SYS_rt_tgsigqueueinfo, plan->tgid, plan->number, plan->sig, &info);
	case SEND_PIDFD:
		fd = (int)syscall(SYS_pidfd_open, plan->number, 0);
		if (fd < 0)
			return -1;
		got = syscall(SYS_pidfd_send_signal, fd, plan->sig, NULL, 0);
		close(fd);
		return got;
	case SEND_COUNT:
		break;
	}
	return -1;
}

static struct send_plan send_parse(struct script *s)
{
	struct send_plan plan = {.value = 0};

	plan.how = send_parse_how(script_word(s));
	plan.sig = signal_parse(script_word(s));
	send_parse_target(&plan, script_word(s));
	return plan;
}

static void verb_send(struct script *s)
{
	struct send_plan plan = send_parse(s);
	struct line l;
	long got;

	got = send_signal(&plan);
	line_start(&l, "sent");
	line_number(&l, "sig", plan.sig);
	line_text(&l, "how", send_names[plan.how]);
	line_number(&l, "to", plan.number);
	line_number(&l, "errno", got < 0 ? errno : 0);
	line_end(&l);
}

static void verb_flood(struct script *s)
{
	long count = script_number(s, 1, INT_MAX);
	struct send_plan plan = send_parse(s);
	long failed = 0;
	struct line l;

	for (long i = 0; i < count; i++) {
		plan.value = i;
		failed += send_signal(&plan) < 0;
	}
	line_start(&l, "flood");
	line_number(&l, "sent", count - failed);
	line_number(&l, "failed", failed);
	line_end(&l);
}

/* Queues a blocked real-time signal to itself until the kernel refuses (RLIMIT_SIGPENDING). */
static void verb_fill(struct script *s)
{
	struct send_plan plan = {.how = SEND_SIGQUEUE, .number = getpid()};
	long queued = 0;
	struct line l;

	plan.sig = signal_parse(script_word(s));
	signal_change_mask(SIG_BLOCK, 1ULL << (plan.sig - 1));
	while (send_signal(&plan) == 0)
		plan.value = ++queued;
	line_start(&l, "fill");
	line_number(&l, "sig", plan.sig);
	line_number(&l, "queued", queued);
	line_number(&l, "errno", errno);
	line_end(&l);
}

/* --- Signals that the kernel sends --- */

static void timer_posix(int sig, long ms, bool thread)
{
	struct itimerspec when = {.it_value = {ms / 1000, (ms % 1000) * 1000000}};
	struct sigevent event;
	int timer;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = thread ? SIGEV_THREAD_ID : SIGEV_SIGNAL;
	event.sigev_signo = sig;
	if (thread)
		event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) ||
	    syscall(SYS_timer_settime, timer, 0, &when, NULL))
		die("timer_create", "timer");
}

static void verb_timer(struct script *s)
{
	const char *kind = script_word(s);
	int sig = signal_parse(script_word(s));
	long ms = script_number(s, 1, 60000);
	struct itimerval when = {.it_value = {ms / 1000, (ms % 1000) * 1000}};

	if (strcmp(kind, "posix") == 0 || strcmp(kind, "posix-thread") == 0)
		timer_posix(sig, ms, strcmp(kind, "posix") != 0);
	else if (strcmp(kind, "real") == 0 && setitimer(ITIMER_REAL, &when, NULL) == 0)
		return;
	else if (strcmp(kind, "prof") == 0 && setitimer(ITIMER_PROF, &when, NULL) == 0)
		return;
	else if (strcmp(kind, "alarm") == 0)
		alarm((unsigned int)((ms + 999) / 1000));
	else
		die("not a timer", kind);
}

static void verb_spin_until(struct script *s)
{
	int sig = signal_parse(script_word(s));

	while (!signal_caught(sig))
		if (!deadline_left_ms())
			deadline_passed();
}

static void verb_sigpipe(struct script *s)
{
	struct line l;
	int fds[2];
	ssize_t got;

	(void)s;
	if (pipe(fds))
		die("pipe", "sigpipe");
	close(fds[0]);
	got = write(fds[1], "x", 1);
	line_start(&l, "sigpipe");
	line_number(&l, "errno", got < 0 ? errno : 0);
	line_end(&l);
	close(fds[1]);
}

static void verb_crash(struct script *s)
{
	volatile char *volatile nowhere = NULL;

	(void)s;
	*nowhere = 1;
}

const struct verb send_verbs[] = {
	{"send", "HOW SIG TARGET", "HOW: kill tkill tgkill sigqueue tgsigqueue pidfd", verb_send},
	{"flood", "N HOW SIG TARGET", "send N times, print how many were sent", verb_flood},
	{"fill", "SIG", "queue it, blocked, to itself until the kernel refuses", verb_fill},
	{"timer", "KIND SIG MS", "KIND: posix posix-thread real prof alarm", verb_timer},
	{"spin-until", "SIG", "use CPU time until the handler ran", verb_spin_until},
	{"sigpipe", "", "write to a pipe without a reader", verb_sigpipe},
	{"crash", "", "write to address 0", verb_crash},
	{0},
};
