// SPDX-License-Identifier: BSD-2-Clause
/*
 * flood MODE: a process that sends signals to itself, as fast as it can or at a rate, on command.
 *
 * MODE is "ignored" or "caught": what it does with SIGUSR1. It prints "ready PID" and then obeys
 * lines on stdin, so that a tracer can be attached first:
 *   run N        N signals at full speed
 *   pace N RATE  N signals, RATE a second, in steps of 100 us
 * Each is answered by one line: signals, nanoseconds by the clock, nanoseconds of CPU time of the
 * thread, signals caught. Ends with stdin.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S    UINT64_C(1000000000)
#define NS_PER_STEP UINT64_C(100000)

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	(void)sig;
	caught++;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void send_signals(pid_t self, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		kill(self, SIGUSR1);
}

/* Spins between the steps: a sleep would be longer than a step. */
static void send_paced(pid_t self, uint64_t count, uint64_t rate)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC), sent = 0;

	for (uint64_t step = 1; sent < count; step++) {
		uint64_t due = rate * step / (NS_PER_S / NS_PER_STEP);

		if (due > count)
			due = count;
		send_signals(self, due - sent);
		sent = due;
		while (now_ns(CLOCK_MONOTONIC) < start + step * NS_PER_STEP)
			;
	}
}

static int usage(void)
{
	fputs("usage: flood ignored|caught\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct sigaction action = {0};
	pid_t self = getpid();
	char line[128];

	if (argc != 2)
		return usage();
	if (strcmp(argv[1], "ignored") == 0)
		action.sa_handler = SIG_IGN;
	else if (strcmp(argv[1], "caught") == 0)
		action.sa_handler = on_signal;
	else
		return usage();
	if (sigaction(SIGUSR1, &action, NULL) < 0) {
		perror("sigaction");
		return 1;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", (int)self);
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t count, rate = 0, wall_ns, cpu_ns;

		if (sscanf(line, "pace %" SCNu64 " %" SCNu64, &count, &rate) != 2 &&
		    sscanf(line, "run %" SCNu64, &count) != 1)
			return usage();
		caught = 0;
		wall_ns = now_ns(CLOCK_MONOTONIC);
		cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
		if (rate)
			send_paced(self, count, rate);
		else
			send_signals(self, count);
		cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		wall_ns = now_ns(CLOCK_MONOTONIC) - wall_ns;
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", count, wall_ns, cpu_ns,
		       (int)caught);
	}
	return 0;
}
