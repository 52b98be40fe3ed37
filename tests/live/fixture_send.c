/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs that send signals. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
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
	int code; /* si_code of sigqueue and tgsigqueue */
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
	info.si_code = plan->code;
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
	struct send_plan plan = {.code = SI_QUEUE};

	plan.how = send_parse_how(script_word(s));
	plan.sig = signal_parse(script_word(s));
	send_parse_target(&plan, script_word(s));
	return plan;
}

static void send_and_tell(const struct send_plan *plan)
{
	long got = send_signal(plan);
	struct line l;

	line_start(&l, "sent");
	line_number(&l, "sig", plan->sig);
	line_text(&l, "how", send_names[plan->how]);
	line_number(&l, "to", plan->number);
	line_number(&l, "errno", got < 0 ? errno : 0);
	line_end(&l);
}

static void verb_send(struct script *s)
{
	struct send_plan plan = send_parse(s);

	send_and_tell(&plan);
}

static void verb_forge(struct script *s)
{
	int code = (int)script_number(s, INT_MIN, INT_MAX);
	struct send_plan plan = send_parse(s);

	plan.code = code;
	send_and_tell(&plan);
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
	struct send_plan plan = {.how = SEND_SIGQUEUE, .number = getpid(), .code = SI_QUEUE};
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

const struct verb send_verbs[] = {
	{"send", "HOW SIG TARGET", "HOW: kill tkill tgkill sigqueue tgsigqueue pidfd", verb_send},
	{"forge", "CODE HOW SIG TARGET", "the same with an si_code; HOW: sigqueue tgsigqueue",
	 verb_forge},
	{"flood", "N HOW SIG TARGET", "send N times, print how many were sent", verb_flood},
	{"fill", "SIG", "queue it, blocked, to itself until the kernel refuses", verb_fill},
	{0},
};
