/* SPDX-License-Identifier: BSD-2-Clause */
/* The live fixture: verbs for what follows a signal, or keeps one from being sent. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE     65536
#define SIGNAL_BYTES   (FIXTURE_SIGNAL_MAX / 8)
#define WAIT_S	       20
#define CODE_HANDLED   143
#define SHORT_LIVED_NR 100000

/* include/uapi/linux/landlock.h of Linux 6.12; the headers of the build may be older. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF	446
#define LANDLOCK_SCOPES_SIGNALS 2

struct landlock_attributes {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

static int hold_fd[FIXTURE_SIGNAL_MAX + 1];
static char *hold_stack;
static sigjmp_buf jump_back;
static volatile sig_atomic_t jump_sig;

/* --- Handlers that take their time, or do not return --- */

static bool on_hold_stack(const void *address)
{
	const char *at = address;

	return hold_stack && at >= hold_stack && at < hold_stack + STACK_SIZE;
}

/* A line from the test ends it, however many other signals come meanwhile. */
static void on_hold(int sig)
{
	int saved_errno = errno;
	struct line l;
	ssize_t got;
	char byte;

	line_start(&l, "holding");
	line_number(&l, "sig", sig);
	line_number(&l, "onstack", on_hold_stack(&byte));
	line_end(&l);
	do {
		deadline_wait_readable(hold_fd[sig]);
		got = read(hold_fd[sig], &byte, 1);
	} while (got != 1 || byte != '\n');
	line_start(&l, "released");
	line_number(&l, "sig", sig);
	line_end(&l);
	errno = saved_errno;
}

static void verb_hold(struct script *s)
{
	int sig = signal_parse(script_word(s));
	int fd = (int)script_number(s, 0, INT_MAX);
	const char *how = script_word(s);
	bool own_stack = strcmp(how, "own-stack") == 0;
	stack_t stack = {.ss_size = STACK_SIZE};

	if (sig < 1 || sig > FIXTURE_SIGNAL_MAX || (!own_stack && strcmp(how, "plain") != 0))
		die("hold", how);
	if (own_stack) {
		hold_stack = malloc(STACK_SIZE);
		stack.ss_sp = hold_stack;
		if (!hold_stack || sigaltstack(&stack, NULL))
			die("sigaltstack", how);
	}
	hold_fd[sig] = fd;
	signal_install(sig, on_hold, own_stack ? SA_ONSTACK : 0);
}

/* The frame is told, so that a test can rely on two of them at one address. */
static void on_jump(int sig)
{
	struct line l;

	line_start(&l, "frame");
	line_number(&l, "sig", sig);
	line_hex(&l, "at", (uint64_t)(uintptr_t)__builtin_frame_address(0));
	line_end(&l);
	if (sig == jump_sig)
		siglongjmp(jump_back, 1);
}

/* Both signals find the thread at the same depth, whichever of them comes first. */
static void verb_jump_on(struct script *s)
{
	struct line l;

	jump_sig = signal_parse(script_word(s));
	signal_install(jump_sig, on_jump, 0);
	signal_install(signal_parse(script_word(s)), on_jump, 0);
	if (sigsetjmp(jump_back, 1)) {
		line_start(&l, "jumped");
		line_end(&l);
	} else {
		line_start(&l, "jump-ready");
		line_host(&l);
		line_end(&l);
	}
	while (poll(NULL, 0, deadline_left_ms()) != 0)
		;
	deadline_passed();
}

/* --- Readers of signals --- */

static void tell_taken(const char *how, int sig)
{
	struct line l;

	line_start(&l, "took");
	line_text(&l, "how", how);
	line_number(&l, "sig", sig);
	line_end(&l);
}

static void take_by_sigwait(const char *how, uint64_t set, const struct timespec *timeout)
{
	while (deadline_left_ms()) {
		siginfo_t info;
		long got = syscall(SYS_rt_sigtimedwait, &set, &info, timeout, SIGNAL_BYTES);

		if (got > 0)
			tell_taken(how, (int)got);
	}
}

static void take_by_signalfd(const char *how, int fd, bool by_epoll)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = by_epoll ? epoll_create1(EPOLL_CLOEXEC) : -1;

	if (by_epoll && (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)))
		die("epoll", how);
	while (deadline_left_ms()) {
		struct signalfd_siginfo info;

		if (by_epoll && epoll_wait(epoll, &event, 1, deadline_left_ms()) != 1)
			continue;
		if (read(fd, &info, sizeof(info)) == sizeof(info))
			tell_taken(how, (int)info.ssi_signo);
	}
}

/* The timeout is long, so that a test finds the process waiting, and not on its way round. */
static void verb_take(struct script *s)
{
	static const struct timespec timeout = {.tv_sec = WAIT_S};
	const char *how = script_word(s);
	uint64_t set = signal_parse_set(script_word(s));
	struct line l;
	int fd = -1;

	signal_change_mask(SIG_BLOCK, set);
	if (strncmp(how, "signalfd", 8) == 0) {
		fd = (int)syscall(SYS_signalfd4, -1, &set, SIGNAL_BYTES, SFD_CLOEXEC);
		if (fd < 0)
			die("signalfd", how);
	}
	line_start(&l, "taking");
	line_host(&l);
	line_end(&l);
	if (strcmp(how, "sigtimedwait") == 0)
		take_by_sigwait(how, set, &timeout);
	else if (strcmp(how, "sigwaitinfo") == 0)
		take_by_sigwait(how, set, NULL);
	else if (fd >= 0)
		take_by_signalfd(how, fd, strcmp(how, "signalfd-epoll") == 0);
	else
		die("not a way to take signals", how);
	deadline_passed();
}

/* --- What keeps a signal from being sent --- */

static void verb_user_ns(struct script *s)
{
	(void)s;
	if (unshare(CLONE_NEWUSER))
		die("unshare", "user-ns");
	process_die_with_parent();
}

static void verb_drop_cap_kill(struct script *s)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	(void)s;
	if (syscall(SYS_capget, &header, data))
		die("capget", "drop-cap-kill");
	data[0].effective &= ~(1U << CAP_KILL);
	data[0].permitted &= ~(1U << CAP_KILL);
	data[0].inheritable &= ~(1U << CAP_KILL);
	if (syscall(SYS_capset, &header, data))
		die("capset", "drop-cap-kill");
	process_die_with_parent();
}

static void verb_refuse_kill(struct script *s)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};

	(void)s;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("PR_SET_SECCOMP", "refuse-kill");
}

/* A security module that every kernel of 6.12 and later may have, and that needs no policy. */
static void verb_landlock(struct script *s)
{
	struct landlock_attributes attributes = {.scoped = LANDLOCK_SCOPES_SIGNALS};
	int fd = (int)syscall(LANDLOCK_CREATE_RULESET, &attributes, sizeof(attributes), 0);
	struct line l;

	(void)s;
	line_start(&l, "landlock");
	if (fd < 0 || syscall(LANDLOCK_RESTRICT_SELF, fd, 0))
		line_number(&l, "errno", errno);
	else
		line_number(&l, "errno", 0);
	line_end(&l);
	close(fd);
}

static void verb_pidfd_flags(struct script *s)
{
	unsigned long flags = (unsigned long)script_number(s, 0, INT_MAX);
	int sig = signal_parse(script_word(s));
	pid_t pid = (pid_t)script_number(s, 1, INT_MAX);
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct line l;
	long got;

	if (fd < 0)
		die("pidfd_open", "pidfd-flags");
	got = syscall(SYS_pidfd_send_signal, fd, sig, NULL, flags);
	line_start(&l, "sent");
	line_number(&l, "fd", fd);
	line_number(&l, "errno", got < 0 ? errno : 0);
	line_end(&l);
	close(fd);
}

/* --- Many --- */

static void on_handled(int sig)
{
	(void)sig;
	_exit(CODE_HANDLED);
}

/* The child takes the disposition over, so that nobody has to wait until it has set up its own. */
static void live_shortly(int sig, void (*handler)(int))
{
	int end[2];
	char byte;
	pid_t pid;

	signal_install(sig, handler, 0);
	if (pipe(end))
		die("pipe", "short-lived");
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		close(end[1]);
		while (read(end[0], &byte, 1) < 0)
			;
		_exit(0);
	}
	if (pid < 0 || kill(pid, sig))
		die("fork", "short-lived");
	close(end[0]);
	close(end[1]);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid", "short-lived");
}

static void verb_short_lived(struct script *s)
{
	void (*const handlers[])(int) = {SIG_DFL, SIG_IGN, on_handled};
	long count = script_number(s, 1, SHORT_LIVED_NR);
	int sig = signal_parse(script_word(s));

	for (long i = 0; i < count && deadline_left_ms(); i++)
		live_shortly(sig, handlers[i % 3]);
	signal_install(sig, SIG_DFL, 0);
}

const struct verb story_verbs[] = {
	{"hold", "SIG FD plain|own-stack",
	 "install a handler that lasts until a line comes from FD", verb_hold},
	{"jump-on", "SIG OTHER",
	 "wait with handlers: SIG's is left by siglongjmp(), OTHER's returns", verb_jump_on},
	{"take", "HOW SIGS",
	 "read signals until the deadline: sigtimedwait sigwaitinfo signalfd-epoll signalfd-read",
	 verb_take},
	{"user-ns", "", "move to a new user namespace", verb_user_ns},
	{"drop-cap-kill", "", "give CAP_KILL up", verb_drop_cap_kill},
	{"refuse-kill", "", "a seccomp filter answers kill() with EPERM", verb_refuse_kill},
	{"landlock", "", "let no signal out of this process and its children", verb_landlock},
	{"pidfd-flags", "FLAGS SIG PID", "pidfd_send_signal() with flags", verb_pidfd_flags},
	{"short-lived", "N SIG",
	 "N children in a row get it and end: by default, of a handler, or after they ignored it",
	 verb_short_lived},
	{0},
};
