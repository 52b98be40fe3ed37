// SPDX-License-Identifier: BSD-2-Clause
/*
 * flood MODE: a process that sends signals to itself, as fast as it can or at a rate, on command.
 *
 * MODE is "ignored" or "caught", what it does with SIGUSR1; or "failing": every send fails; or
 * "quiet": it sends none, and makes another system call instead. It prints "ready PID" and then
 * obeys lines on stdin, so that a tracer can be attached first:
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
#include <sys/syscall.h>
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

static void send_usr1(pid_t self)
{
	kill(self, SIGUSR1);
}

static void send_no_signal(pid_t self)
{
	kill(self, _NSIG);
}

static void call_system(pid_t self)
{
	(void)self;
	syscall(SYS_getppid);
}

static const struct mode {
	const char *name;
	void (*send)(pid_t self);
	sighandler_t handler; /* of SIGUSR1 */
} modes[] = {
	{"ignored", send_usr1, SIG_IGN},
	{"caught", send_usr1, on_signal},
	{"failing", send_no_signal, SIG_IGN},
	{"quiet", call_system, SIG_IGN},
};

/* NULL: there is none of that name. */
static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

static void send_signals(const struct mode *mode, pid_t self, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		mode->send(self);
}

/* Spins between the steps: a sleep would be longer than a step. */
static void send_paced(const struct mode *mode, pid_t self, uint64_t count, uint64_t rate)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC), sent = 0;

	for (uint64_t step = 1; sent < count; step++) {
		uint64_t due = rate * step / (NS_PER_S / NS_PER_STEP);

		if (due > count)
			due = count;
		send_signals(mode, self, due - sent);
		sent = due;
		while (now_ns(CLOCK_MONOTONIC) < start + step * NS_PER_STEP)
			;
	}
}

static int usage(void)
{
	fputs("usage: flood ignored|caught|failing|quiet\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc == 2 ? find_mode(argv[1]) : NULL;
	struct sigaction action = {0};
	pid_t self = getpid();
	char line[128];

	if (!mode)
		return usage();
	action.sa_handler = mode->handler;
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
			send_paced(mode, self, count, rate);
		else
			send_signals(mode, self, count);
		cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		wall_ns = now_ns(CLOCK_MONOTONIC) - wall_ns;
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", count, wall_ns, cpu_ns,
		       (int)caught);
	}
	return 0;
}
