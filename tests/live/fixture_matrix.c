/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live fixture: all 64 signals in every disposition. The fixture works out from signal(7) what
 * must happen, checks against the child's real fate that it did, and prints that as "expect" lines
 * for comparison with what sigtrace says.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode {
	MODE_DEFAULT,
	MODE_IGNORE,
	MODE_CATCH,
	MODE_BLOCK,
	MODE_COUNT,
};

static const char *const mode_names[] = {
	[MODE_DEFAULT] = "default",
	[MODE_IGNORE] = "ignore",
	[MODE_CATCH] = "catch",
	[MODE_BLOCK] = "block",
};

/* The default actions that are not "terminate"; from signal(7). */
static const int core_signals[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
				   SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
static const int stop_signals[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
static const int ignored_signals[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};

struct expectation {
	const char *result;
	const char *cause;
	const char *deliver; /* the cause at delivery; "-": never delivered */
	int deliver_sig;
	int stopped_by; /* the child's fate; 0 and 0: it lives on */
	int killed_by;
};

static volatile sig_atomic_t matrix_caught;

static void on_matrix_signal(int sig)
{
	(void)sig;
	matrix_caught++;
}

static bool is_one_of(int sig, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == sig)
			return true;
	return false;
}

#define IS_ONE_OF(sig, list) is_one_of(sig, list, sizeof(list) / sizeof(*(list)))

static struct expectation expect_default(int sig)
{
	if (IS_ONE_OF(sig, ignored_signals))
		return (struct expectation){"ignored", "sig_dfl_ignore", "-", 0, 0, 0};
	if (IS_ONE_OF(sig, stop_signals))
		return (struct expectation){
			"delivered", "default_stop", "default_stop", sig, sig, 0};
	if (IS_ONE_OF(sig, core_signals))
		return (struct expectation){"delivered", "default_core", "default_core", sig, 0,
					    sig};
	/* The kernel shows every other fatal signal as SIGKILL when it is delivered. */
	return (struct expectation){"delivered", "default_terminate", "group_exit", SIGKILL, 0,
				    sig};
}

static struct expectation expect(enum mode mode, int sig)
{
	switch (mode) {
	case MODE_DEFAULT:
		return expect_default(sig);
	case MODE_IGNORE:
		return (struct expectation){"ignored", "sig_ign", "-", 0, 0, 0};
	case MODE_CATCH:
		return (struct expectation){"delivered", "caught", "caught", sig, 0, 0};
	case MODE_BLOCK:
		return (struct expectation){"delivered", "blocked", "-", 0, 0, 0};
	case MODE_COUNT:
		break;
	}
	die("no such mode", "matrix");
}

/* A different set of flags for every signal, so that a wrong stride through the table of actions
 * shows. */
static unsigned long matrix_flags(int sig)
{
	return ((sig & 1) ? SA_RESTART : 0) | ((sig & 2) ? SA_NODEFER : 0) |
	       ((sig & 4) ? SA_ONSTACK : 0);
}

/* Runs in the child: sets up, says "s" when ready, waits for the end of `go`, and checks what
 * reached it. */
static void matrix_child(enum mode mode, int sig, int say, int go)
{
	bool right = true;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In a process group of its own whose leader's parent is outside it: not orphaned, so TSTP,
	 * TTIN and TTOU stop. */
	setpgid(0, 0);
	/* posix_spawn() of glibc starts programs with 32 and 33 ignored. */
	if (mode == MODE_DEFAULT && sig != SIGKILL && sig != SIGSTOP)
		signal_install(sig, SIG_DFL, 0);
	if (mode == MODE_IGNORE)
		signal_install(sig, SIG_IGN, 0);
	if (mode == MODE_CATCH)
		signal_install(sig, on_matrix_signal, matrix_flags(sig));
	if (mode == MODE_BLOCK)
		signal_change_mask(SIG_BLOCK, 1ULL << (sig - 1));
	if (write(say, "s", 1) != 1)
		_exit(3);
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	if (mode == MODE_CATCH)
		right = matrix_caught == 1;
	if (mode == MODE_BLOCK)
		right = signal_pending_set() & (1ULL << (sig - 1));
	_exit(right ? 0 : 1);
}

static void print_expectation(const struct expectation *e, enum mode mode, int sig, pid_t pid)
{
	struct line l;

	line_start(&l, "expect");
	line_number(&l, "target", pid);
	line_number(&l, "sig", sig);
	line_text(&l, "mode", mode_names[mode]);
	line_text(&l, "result", e->result);
	line_text(&l, "cause", e->cause);
	line_text(&l, "deliver", e->deliver);
	line_number(&l, "deliver_sig", e->deliver_sig);
	if (mode == MODE_CATCH) {
		line_hex(&l, "handler", (uint64_t)(uintptr_t)on_matrix_signal);
		line_hex(&l, "flags", matrix_flags(sig) | signal_restorer_flag());
	}
	line_end(&l);
}

static void print_wrong_fate(enum mode mode, int sig, int status)
{
	struct line l;

	line_start(&l, "wrong-fate");
	line_number(&l, "sig", sig);
	line_text(&l, "mode", mode_names[mode]);
	line_hex(&l, "status", (unsigned int)status);
	line_end(&l);
}

static void matrix_one(enum mode mode, int sig)
{
	struct expectation e = expect(mode, sig);
	int say[2], go[2];
	int status = 0;
	bool right;
	char byte;
	long pid;

	if (pipe(say) || pipe(go))
		die("pipe", "matrix");
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		die("clone", "matrix");
	if (pid == 0) {
		close(say[0]);
		close(go[1]);
		matrix_child(mode, sig, say[1], go[0]);
	}
	close(say[1]);
	close(go[0]);
	if (read(say[0], &byte, 1) != 1)
		die("the child did not start", "matrix");
	print_expectation(&e, mode, sig, (pid_t)pid);
	syscall(SYS_kill, pid, sig);
	if (e.stopped_by) {
		right = waitpid((pid_t)pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
			WSTOPSIG(status) == e.stopped_by;
		syscall(SYS_kill, pid, SIGKILL);
		close(go[1]);
		waitpid((pid_t)pid, NULL, 0);
	} else {
		/* A child that lives on ends when its pipe closes; one that is dying does not care.
		 */
		close(go[1]);
		right = waitpid((pid_t)pid, &status, 0) == pid;
		if (e.killed_by)
			right = right && WIFSIGNALED(status) && WTERMSIG(status) == e.killed_by;
		else
			right = right && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	close(say[0]);
	if (!right)
		print_wrong_fate(mode, sig, status);
}

static void verb_matrix(struct script *s)
{
	const char *word = script_word(s);
	const struct rlimit no_core = {0, 0};
	enum mode mode = MODE_DEFAULT;
	struct line l;

	while (mode < MODE_COUNT && strcmp(mode_names[mode], word) != 0)
		mode++;
	if (mode == MODE_COUNT)
		die("not a mode", word);
	setrlimit(RLIMIT_CORE, &no_core);
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++) {
		if (mode != MODE_DEFAULT && (sig == SIGKILL || sig == SIGSTOP))
			continue;
		matrix_one(mode, sig);
	}
	line_start(&l, "matrix-end");
	line_end(&l);
}

/* 64 handlers at 64 addresses. */
#define HANDLER(n)                       \
	static void on_##n(int sig)      \
	{                                \
		matrix_caught = sig + n; \
	}
#define HANDLERS_8(a, b, c, d, e, f, g, h) \
	HANDLER(a) HANDLER(b) HANDLER(c) HANDLER(d) HANDLER(e) HANDLER(f) HANDLER(g) HANDLER(h)
HANDLERS_8(1, 2, 3, 4, 5, 6, 7, 8)
HANDLERS_8(9, 10, 11, 12, 13, 14, 15, 16)
HANDLERS_8(17, 18, 19, 20, 21, 22, 23, 24)
HANDLERS_8(25, 26, 27, 28, 29, 30, 31, 32)
HANDLERS_8(33, 34, 35, 36, 37, 38, 39, 40)
HANDLERS_8(41, 42, 43, 44, 45, 46, 47, 48)
HANDLERS_8(49, 50, 51, 52, 53, 54, 55, 56)
HANDLERS_8(57, 58, 59, 60, 61, 62, 63, 64)

static void (*const handlers[FIXTURE_SIGNAL_MAX + 1])(int) = {
	NULL,  on_1,  on_2,  on_3,  on_4,  on_5,  on_6,	 on_7,	on_8,  on_9,  on_10, on_11, on_12,
	on_13, on_14, on_15, on_16, on_17, on_18, on_19, on_20, on_21, on_22, on_23, on_24, on_25,
	on_26, on_27, on_28, on_29, on_30, on_31, on_32, on_33, on_34, on_35, on_36, on_37, on_38,
	on_39, on_40, on_41, on_42, on_43, on_44, on_45, on_46, on_47, on_48, on_49, on_50, on_51,
	on_52, on_53, on_54, on_55, on_56, on_57, on_58, on_59, on_60, on_61, on_62, on_63, on_64,
};

void (*matrix_handler(int sig))(int)
{
	return handlers[sig];
}

/* Gives every signal a handler of its own, prints them, then sends itself every signal once. */
static void verb_handlers(struct script *s)
{
	struct line l;

	(void)s;
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		signal_install(sig, handlers[sig], matrix_flags(sig));
		line_start(&l, "handler");
		line_number(&l, "sig", sig);
		line_hex(&l, "handler", (uint64_t)(uintptr_t)handlers[sig]);
		line_hex(&l, "flags", matrix_flags(sig) | signal_restorer_flag());
		line_end(&l);
	}
	for (int sig = 1; sig <= FIXTURE_SIGNAL_MAX; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			syscall(SYS_kill, syscall(SYS_getpid), sig);
	line_start(&l, "handlers-end");
	line_end(&l);
}

const struct verb matrix_verbs[] = {
	{"matrix", "default|ignore|catch|block",
	 "every signal to a fresh child each, with what must happen", verb_matrix},
	{"handlers", "", "a handler of its own for every signal, then one signal of each to itself",
	 verb_handlers},
	{0},
};
