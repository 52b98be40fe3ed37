// SPDX-License-Identifier: BSD-2-Clause
#include "stop.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Signal handlers have no argument. */
volatile sig_atomic_t stop_signal;
volatile sig_atomic_t stop_from_terminal;
volatile sig_atomic_t stop_again;
static int stop_fd = -1;

static void on_stop_signal(int sig, siginfo_t *info, void *context)
{
	const int saved = errno;
	const uint64_t one = 1;

	(void)context;
	if (stop_signal)
		stop_again = 1;
	stop_signal = sig;
	stop_from_terminal = info->si_code == SI_KERNEL;
	if (write(stop_fd, &one, sizeof(one)) < 0)
		stop_signal = sig; /* the counter is full: it is readable anyway */
	errno = saved;
}

/* `cmd &` in a script ignores SIGINT, too, but whoever sends that to us wants us to end. */
static bool is_to_be_ignored(int sig)
{
	struct sigaction now;

	return sig == SIGHUP && sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int stop_open(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_sigaction = on_stop_signal, .sa_flags = SA_SIGINFO};
	sigset_t set;

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	sigemptyset(&action.sa_mask);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (is_to_be_ignored(signals[i]))
			continue;
		if (sigaction(signals[i], &action, NULL) < 0)
			return -errno;
		sigaddset(&set, signals[i]);
	}
	return sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ? -errno : stop_fd;
}

bool stop_take(void)
{
	uint64_t count;

	return read(stop_fd, &count, sizeof(count)) > 0;
}
