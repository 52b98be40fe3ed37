/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs after which the kernel itself sends a signal. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* --- Timers --- */

static void timer_posix(clockid_t clock, int sig, long ms, bool thread)
{
	struct itimerspec when = {.it_value = {ms / 1000, (ms % 1000) * 1000000}};
	struct sigevent event;
	int timer;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = thread ? SIGEV_THREAD_ID : SIGEV_SIGNAL;
	event.sigev_signo = sig;
	if (thread)
		event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (syscall(SYS_timer_create, clock, &event, &timer) ||
	    syscall(SYS_timer_settime, timer, 0, &when, NULL))
		die("timer_create", "timer");
}

static void timer_interval(int which, long ms)
{
	struct itimerval when = {.it_value = {ms / 1000, (ms % 1000) * 1000}};

	if (setitimer(which, &when, NULL))
		die("setitimer", "timer");
}

static void verb_timer(struct script *s)
{
	const char *kind = script_word(s);
	int sig = signal_parse(script_word(s));
	long ms = script_number(s, 1, 60000);

	if (strcmp(kind, "posix") == 0)
		timer_posix(CLOCK_MONOTONIC, sig, ms, false);
	else if (strcmp(kind, "posix-thread") == 0)
		timer_posix(CLOCK_MONOTONIC, sig, ms, true);
	else if (strcmp(kind, "posix-cpu") == 0)
		timer_posix(CLOCK_PROCESS_CPUTIME_ID, sig, ms, false);
	else if (strcmp(kind, "real") == 0)
		timer_interval(ITIMER_REAL, ms);
	else if (strcmp(kind, "virtual") == 0)
		timer_interval(ITIMER_VIRTUAL, ms);
	else if (strcmp(kind, "prof") == 0)
		timer_interval(ITIMER_PROF, ms);
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

/* --- Files --- */

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

/* One event only: the end of the descriptors would be another. */
static void verb_sigio(struct script *s)
{
	const char *word = script_word(s);
	int sig = strcmp(word, "plain") == 0 ? 0 : signal_parse(word);
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) || fcntl(fds[0], F_SETOWN, (int)syscall(SYS_getpid)) ||
	    fcntl(fds[0], F_SETSIG, sig) || fcntl(fds[0], F_SETFL, O_ASYNC | O_NONBLOCK) ||
	    write(fds[1], "x", 1) != 1 || fcntl(fds[0], F_SETFL, O_NONBLOCK))
		die("O_ASYNC", word);
	close(fds[1]);
	close(fds[0]);
}

static void verb_outgrow(struct script *s)
{
	const struct rlimit limit = {4096, RLIM_INFINITY};
	int fd = memfd_create("outgrow", MFD_CLOEXEC);
	struct line l;
	ssize_t got;

	(void)s;
	if (fd < 0 || setrlimit(RLIMIT_FSIZE, &limit))
		die("setrlimit", "outgrow");
	got = pwrite(fd, "x", 1, 4096);
	line_start(&l, "outgrow");
	line_number(&l, "errno", got < 0 ? errno : 0);
	line_end(&l);
	close(fd);
}

/* --- Limits and filters --- */

static void verb_cpu_limit(struct script *s)
{
	const char *which = script_word(s);
	struct rlimit limit = {1, 1};

	if (strcmp(which, "soft") == 0)
		limit.rlim_max = RLIM_INFINITY;
	else if (strcmp(which, "hard") != 0)
		die("not a limit", which);
	if (setrlimit(RLIMIT_CPU, &limit))
		die("setrlimit", which);
}

static void verb_seccomp(struct script *s)
{
	const char *what = script_word(s);
	uint32_t action = strcmp(what, "trap") == 0 ? SECCOMP_RET_TRAP : SECCOMP_RET_KILL_PROCESS;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(code) / sizeof(*code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		die("seccomp", what);
	syscall(SYS_getsid, 0);
}

/* --- Faults --- */

static void fault_read_only(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
}

/* A mapping whose file has no byte there. */
static void fault_beyond_end(void)
{
	int fd = memfd_create("empty", MFD_CLOEXEC);
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	(void)*page;
}

/* Division by zero is no fault on arm64. */
static void fault_divide(void)
{
#ifdef __x86_64__
	int zero = 0;
	int one = 1;

	__asm__ volatile("cltd; idivl %1" : "+a"(one) : "r"(zero) : "edx", "cc");
#endif
}

static void fault_illegal(void)
{
#ifdef __x86_64__
	__asm__ volatile("ud2");
#else
	__asm__ volatile(".inst 0");
#endif
}

static void verb_fault(struct script *s)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} faults[] = {
		{"read-only", fault_read_only},
		{"beyond-end", fault_beyond_end},
		{"divide", fault_divide},
		{"illegal", fault_illegal},
	};
	const char *kind = script_word(s);

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (strcmp(faults[i].name, kind) == 0)
			faults[i].run();
	die("no such fault here", kind);
}

static void verb_crash(struct script *s)
{
	volatile char *volatile nowhere = NULL;

	(void)s;
	*nowhere = 1;
}

const struct verb kernel_verbs[] = {
	{"timer", "KIND SIG MS",
	 "KIND: posix posix-thread posix-cpu real virtual prof alarm; the last 4 have their own SIG",
	 verb_timer},
	{"spin-until", "SIG", "use CPU time until the handler ran", verb_spin_until},
	{"sigpipe", "", "write to a pipe without a reader", verb_sigpipe},
	{"sigio", "plain|SIG", "write to a pipe that announces it (O_ASYNC, F_SETSIG)", verb_sigio},
	{"outgrow", "", "write beyond RLIMIT_FSIZE", verb_outgrow},
	{"cpu-limit", "soft|hard", "one second of CPU time from the start", verb_cpu_limit},
	{"seccomp", "kill|trap", "make a system call that a filter forbids", verb_seccomp},
	{"fault", "KIND", "KIND: read-only beyond-end divide illegal", verb_fault},
	{"crash", "", "write to address 0", verb_crash},
	{0},
};
