/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs for what inspect must find: tables of actions, places, namespaces. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Another mask for every signal: the multiplier is odd, so no two are the same. */
static uint64_t mask_of(int sig)
{
	return 0x9e3779b97f4a7c15ULL * (uint64_t)sig;
}

/* Every combination of flags occurs, and neighbours differ. SA_NOCLDWAIT would reap the fixture's
 * children. */
static unsigned long flags_of(int sig)
{
	return ((sig & 1) ? SA_RESTART : 0) | ((sig & 2) ? SA_NODEFER : 0) |
	       ((sig & 4) ? SA_ONSTACK : 0) | ((sig & 8) ? SA_SIGINFO : 0) |
	       ((sig & 16) ? SA_NOCLDSTOP : 0) | ((sig & 32) ? SA_RESETHAND : 0);
}

/* Nobody sends anything to a process that was set up so, but other tests' signals would end it. */
static void verb_dispositions(struct script *s)
{
	long shift = script_number(s, 0, 3);
	struct line l;

	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++) {
		int choice = sig == SIGKILL || sig == SIGSTOP ? 0 : (int)((sig + shift) % 4);
		uint64_t mask = 0;

		if (choice == 0 && sig != SIGKILL && sig != SIGSTOP)
			signal_install(sig, SIG_DFL, 0);
		if (choice == 1)
			signal_install(sig, SIG_IGN, 0);
		if (choice >= 2) {
			mask = mask_of(sig);
			signal_install_masked(sig, matrix_handler(sig), flags_of(sig), mask);
		}
		line_start(&l, "disposition");
		line_number(&l, "sig", sig);
		line_text(&l, "is", choice == 0 ? "default" : choice == 1 ? "ignored" : "caught");
		line_hex(&l, "handler", choice >= 2 ? (uint64_t)(uintptr_t)matrix_handler(sig) : 0);
		line_hex(&l, "flags", choice >= 2 ? flags_of(sig) | signal_restorer_flag() : 0);
		line_hex(&l, "mask", mask);
		line_end(&l);
	}
}

/* As `pause`, but what a signalfd could be read for stays where it is. */
static void verb_idle(struct script *s)
{
	(void)s;
	while (poll(NULL, 0, deadline_left_ms()) != 0)
		;
	deadline_passed();
}

static void verb_spin(struct script *s)
{
	volatile unsigned long turns;

	(void)s;
	while (deadline_left_ms())
		for (turns = 0; turns < 10000000; turns++)
			;
	deadline_passed();
}

static void verb_enter(struct script *s)
{
	long pid = script_number(s, 1, INT_MAX);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/ns/pid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWPID))
		die("setns", path);
	close(fd);
}

const struct verb inspect_verbs[] = {
	{"dispositions", "0..3", "default, ignored and caught by turns; print what was installed",
	 verb_dispositions},
	{"idle", "", "wait until the deadline, and read no signalfd", verb_idle},
	{"spin", "", "use CPU time in user space until the deadline", verb_spin},
	{"enter", "PID", "later children are born into the PID namespace of that process",
	 verb_enter},
	{0},
};
