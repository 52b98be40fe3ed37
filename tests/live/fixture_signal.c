/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs for dispositions, masks and waiting. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIGNALFD_MAX	8
#define SIGNAL_RT_BASE	34 /* what users mean with RTMIN; the kernel's own is 32 */
#define SIGNAL_SET_SIZE sizeof(uint64_t)

/* The kernel's struct sigaction on x86_64 and arm64; glibc's own refuses signals 32 and 33. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

struct name_value {
	const char *name;
	long value;
};

static const char *const signal_names[] = {
	[1] = "HUP", "INT",    "QUIT", "ILL",	"TRAP", "ABRT", "BUS",	"FPE",
	"KILL",	     "USR1",   "SEGV", "USR2",	"PIPE", "ALRM", "TERM", "STKFLT",
	"CHLD",	     "CONT",   "STOP", "TSTP",	"TTIN", "TTOU", "URG",	"XCPU",
	"XFSZ",	     "VTALRM", "PROF", "WINCH", "IO",	"PWR",	"SYS",
};

static const struct name_value flag_names[] = {
	{"RESTART", SA_RESTART},     {"SIGINFO", SA_SIGINFO},
	{"NODEFER", SA_NODEFER},     {"RESETHAND", (long)SA_RESETHAND},
	{"ONSTACK", SA_ONSTACK},     {"NOCLDSTOP", SA_NOCLDSTOP},
	{"NOCLDWAIT", SA_NOCLDWAIT}, {"NONE", 0},
};

static volatile sig_atomic_t caught_count[FIXTURE_SIGNAL_MAX + 1];
static volatile sig_atomic_t exit_code[FIXTURE_SIGNAL_MAX + 1];
static volatile sig_atomic_t quiet;
static unsigned long install_flags;
static int signal_fds[SIGNALFD_MAX];
static size_t signal_fd_count;

/* --- Parsing --- */

int signal_parse(const char *word)
{
	const char *name = strncasecmp(word, "SIG", 3) == 0 ? word + 3 : word;
	char *end;
	long number = strtol(name, &end, 10);

	if (end != name && !*end && number >= 0 && number <= 255)
		return (int)number;
	for (size_t i = 1; i < sizeof(signal_names) / sizeof(*signal_names); i++)
		if (strcasecmp(signal_names[i], name) == 0)
			return (int)i;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return SIGNAL_RT_BASE + atoi(name + 5);
	if (strncasecmp(name, "RTMAX", 5) == 0)
		return FIXTURE_SIGNAL_MAX + atoi(name + 5);
	die("not a signal", word);
}

static uint64_t signal_set_bit(int sig)
{
	return 1ULL << (sig - 1);
}

uint64_t signal_parse_set(const char *words)
{
	char text[512];
	char *rest = text;
	char *item;
	uint64_t set = 0;

	if (strcmp(words, "all") == 0)
		return ~(signal_set_bit(SIGKILL) | signal_set_bit(SIGSTOP));
	if (strlen(words) >= sizeof(text))
		die("too long", words);
	strcpy(text, words);
	while ((item = strtok_r(rest, ",", &rest))) {
		char *dash = strchr(item, '-');
		int first, last;

		/* "RTMAX-1" is one signal, "1-31" a range. */
		if (dash && item[0] >= '0' && item[0] <= '9') {
			*dash = 0;
			first = signal_parse(item);
			last = signal_parse(dash + 1);
		} else {
			first = last = signal_parse(item);
		}
		if (first < 1 || last > FIXTURE_SIGNAL_MAX)
			die("not a signal", words);
		for (int sig = first; sig <= last; sig++)
			set |= signal_set_bit(sig);
	}
	return set;
}

/* --- Dispositions and masks --- */

#ifdef __x86_64__
/* This architecture returns from a handler through code that the program supplies. */
void fixture_restorer(void);
__asm__(".text\n"
	".type fixture_restorer, @function\n"
	"fixture_restorer:\n"
	"	mov $15, %rax\n"
	"	syscall\n"
	".size fixture_restorer, . - fixture_restorer\n");
#define RESTORER      fixture_restorer
#define RESTORER_FLAG 0x04000000UL
#else
#define RESTORER      NULL
#define RESTORER_FLAG 0UL
#endif

unsigned long signal_restorer_flag(void)
{
	return RESTORER_FLAG;
}

void signal_install_masked(int sig, void (*handler)(int), unsigned long flags, uint64_t mask)
{
	struct kernel_sigaction action = {.handler = handler, .mask = mask};

	action.flags = flags | RESTORER_FLAG;
	action.restorer = RESTORER;
	if (syscall(SYS_rt_sigaction, sig, &action, NULL, SIGNAL_SET_SIZE))
		die("rt_sigaction", sig <= 31 ? signal_names[sig] : "real-time");
}

void signal_install(int sig, void (*handler)(int), unsigned long flags)
{
	signal_install_masked(sig, handler, flags, 0);
}

void signal_change_mask(int how, uint64_t set)
{
	if (syscall(SYS_rt_sigprocmask, how, &set, NULL, SIGNAL_SET_SIZE))
		die("rt_sigprocmask", "mask");
}

uint64_t signal_pending_set(void)
{
	uint64_t set = 0;

	syscall(SYS_rt_sigpending, &set, SIGNAL_SET_SIZE);
	return set;
}

static void on_signal(int sig)
{
	int saved_errno = errno;
	struct line l;

	caught_count[sig]++;
	if (!quiet) {
		line_start(&l, "caught");
		line_number(&l, "sig", sig);
		line_number(&l, "count", caught_count[sig]);
		line_end(&l);
	}
	if (exit_code[sig] >= 0)
		_exit(exit_code[sig]);
	errno = saved_errno;
}

static void install_set(uint64_t set, void (*handler)(int))
{
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++)
		if (set & signal_set_bit(sig))
			signal_install(sig, handler, handler == on_signal ? install_flags : 0);
}

static void verb_default(struct script *s)
{
	install_set(signal_parse_set(script_word(s)), SIG_DFL);
}

static void verb_ignore(struct script *s)
{
	install_set(signal_parse_set(script_word(s)), SIG_IGN);
}

static void catch_set(uint64_t set, int code)
{
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++)
		if (set & signal_set_bit(sig))
			exit_code[sig] = code;
	install_set(set, on_signal);
}

static void verb_catch(struct script *s)
{
	const char *words = script_word(s);
	struct line l;

	catch_set(signal_parse_set(words), -1);
	line_start(&l, "catch");
	line_text(&l, "sigs", words);
	line_hex(&l, "handler", (uint64_t)(uintptr_t)on_signal);
	line_hex(&l, "flags", install_flags | RESTORER_FLAG);
	line_end(&l);
}

static void verb_exit_on(struct script *s)
{
	char *words = script_word(s);
	char *equals = strchr(words, '=');

	if (!equals)
		die("expected SIGS=CODE", words);
	*equals = 0;
	catch_set(signal_parse_set(words), atoi(equals + 1));
}

static void verb_flags(struct script *s)
{
	char text[256];
	char *rest = text;
	char *item;
	const char *words = script_word(s);

	if (strlen(words) >= sizeof(text))
		die("too long", words);
	strcpy(text, words);
	install_flags = 0;
	while ((item = strtok_r(rest, ",", &rest))) {
		size_t i = 0;

		while (i < sizeof(flag_names) / sizeof(*flag_names) &&
		       strcmp(flag_names[i].name, item) != 0)
			i++;
		if (i == sizeof(flag_names) / sizeof(*flag_names))
			die("not a flag", item);
		install_flags |= (unsigned long)flag_names[i].value & 0xffffffffUL;
	}
}

static void verb_block(struct script *s)
{
	signal_change_mask(SIG_BLOCK, signal_parse_set(script_word(s)));
}

static void verb_unblock(struct script *s)
{
	signal_change_mask(SIG_UNBLOCK, signal_parse_set(script_word(s)));
}

static void verb_quiet(struct script *s)
{
	(void)s;
	quiet = 1;
}

static void verb_show(struct script *s)
{
	uint64_t ignored = 0;
	uint64_t caught = 0;
	uint64_t blocked = 0;
	struct line l;

	(void)s;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, SIGNAL_SET_SIZE);
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++) {
		struct kernel_sigaction action = {.handler = SIG_DFL};

		syscall(SYS_rt_sigaction, sig, NULL, &action, SIGNAL_SET_SIZE);
		if (action.handler == SIG_IGN)
			ignored |= signal_set_bit(sig);
		else if (action.handler != SIG_DFL)
			caught |= signal_set_bit(sig);
	}
	line_start(&l, "state");
	line_hex(&l, "blocked", blocked);
	line_hex(&l, "ignored", ignored);
	line_hex(&l, "caught", caught);
	line_hex(&l, "pending", signal_pending_set());
	line_end(&l);
}

static void verb_count(struct script *s)
{
	int sig = signal_parse(script_word(s));
	struct line l;

	line_start(&l, "count");
	line_number(&l, "sig", sig);
	line_number(&l, "caught", sig >= 1 && sig <= FIXTURE_SIGNAL_MAX ? caught_count[sig] : -1);
	line_end(&l);
}

/* --- Waiting --- */

static void verb_sigwait(struct script *s)
{
	uint64_t set = signal_parse_set(script_word(s));
	struct timespec left;
	siginfo_t info;
	struct line l;
	long got;

	signal_change_mask(SIG_BLOCK, set);
	line_start(&l, "sigwait");
	line_host(&l);
	line_end(&l);
	do {
		int left_ms = deadline_left_ms();

		if (!left_ms)
			deadline_passed();
		left.tv_sec = left_ms / 1000;
		left.tv_nsec = (long)(left_ms % 1000) * 1000000;
		got = syscall(SYS_rt_sigtimedwait, &set, &info, &left, SIGNAL_SET_SIZE);
	} while (got < 0);
	line_start(&l, "sigwait-got");
	line_number(&l, "sig", got);
	line_end(&l);
}

static void verb_signalfd(struct script *s)
{
	uint64_t set = signal_parse_set(script_word(s));
	sigset_t mask;
	int fd;

	signal_change_mask(SIG_BLOCK, set);
	sigemptyset(&mask);
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++)
		if (set & signal_set_bit(sig))
			sigaddset(&mask, sig);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || signal_fd_count == SIGNALFD_MAX)
		die("signalfd", "signalfd");
	signal_fds[signal_fd_count++] = fd;
}

size_t signalfd_prepare(struct pollfd *fds, size_t max)
{
	size_t count = signal_fd_count < max ? signal_fd_count : max;

	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){.fd = signal_fds[i], .events = POLLIN};
	return count;
}

void signalfd_read(int fd)
{
	struct signalfd_siginfo info;
	struct line l;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	line_start(&l, "signalfd-got");
	line_number(&l, "sig", info.ssi_signo);
	line_number(&l, "code", info.ssi_code);
	line_end(&l);
}

int signal_caught(int sig)
{
	return caught_count[sig];
}

const struct verb signal_verbs[] = {
	{"default", "SIGS", "SIG_DFL", verb_default},
	{"ignore", "SIGS", "SIG_IGN", verb_ignore},
	{"catch", "SIGS", "install a handler that counts and prints", verb_catch},
	{"exit-on", "SIGS=CODE", "install a handler that ends the process", verb_exit_on},
	{"flags", "RESTART,SIGINFO,…|NONE", "sa_flags of the handlers installed from here on",
	 verb_flags},
	{"block", "SIGS", "in this thread", verb_block},
	{"unblock", "SIGS", "in this thread", verb_unblock},
	{"quiet", "", "handlers count, but print nothing", verb_quiet},
	{"show", "", "print the blocked, ignored, caught and pending sets", verb_show},
	{"count", "SIG", "print how often the handler ran", verb_count},
	{"sigwait", "SIGS", "block them, wait for one in sigtimedwait, print it", verb_sigwait},
	{"signalfd", "SIGS", "block them and open a signalfd; `pause` and `serve` read it",
	 verb_signalfd},
	{0},
};
