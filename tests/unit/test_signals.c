/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The C library of the machine is the judge of the numbers. */
static const struct {
	int sig;
	const char *name;
	enum default_action action;
} standard[] = {
#define ROW(sig, action)                    \
	{                                   \
		sig, #sig, DEFAULT_##action \
	}
	ROW(SIGHUP, TERMINATE),	   ROW(SIGINT, TERMINATE),    ROW(SIGQUIT, CORE),
	ROW(SIGILL, CORE),	   ROW(SIGTRAP, CORE),	      ROW(SIGABRT, CORE),
	ROW(SIGBUS, CORE),	   ROW(SIGFPE, CORE),	      ROW(SIGKILL, TERMINATE),
	ROW(SIGUSR1, TERMINATE),   ROW(SIGSEGV, CORE),	      ROW(SIGUSR2, TERMINATE),
	ROW(SIGPIPE, TERMINATE),   ROW(SIGALRM, TERMINATE),   ROW(SIGTERM, TERMINATE),
	ROW(SIGSTKFLT, TERMINATE), ROW(SIGCHLD, IGNORE),      ROW(SIGCONT, CONTINUE),
	ROW(SIGSTOP, STOP),	   ROW(SIGTSTP, STOP),	      ROW(SIGTTIN, STOP),
	ROW(SIGTTOU, STOP),	   ROW(SIGURG, IGNORE),	      ROW(SIGXCPU, CORE),
	ROW(SIGXFSZ, CORE),	   ROW(SIGVTALRM, TERMINATE), ROW(SIGPROF, TERMINATE),
	ROW(SIGWINCH, IGNORE),	   ROW(SIGIO, TERMINATE),     ROW(SIGPWR, TERMINATE),
	ROW(SIGSYS, CORE),
#undef ROW
};

static void test_standard_signals(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
		assert_string_equal(signal_name(standard[i].sig), standard[i].name);
		assert_int_equal(signal_default_action(standard[i].sig), standard[i].action);
		seen |= signal_bit(standard[i].sig);
	}
	assert_int_equal(seen, 0x7fffffff);
	for (int sig = 32; sig <= 64; sig++)
		assert_int_equal(signal_default_action(sig), DEFAULT_TERMINATE);
}

static void test_names_round_trip(void **state)
{
	char text[64];

	(void)state;
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		const char *name = signal_name(sig);

		assert_non_null(name);
		assert_memory_equal(name, "SIG", 3);
		assert_int_equal(signal_from_name(name), sig);
		assert_int_equal(signal_from_name(name + 3), sig);
		snprintf(text, sizeof(text), "%d", sig);
		assert_int_equal(signal_from_name(text), sig);
		snprintf(text, sizeof(text), "%s", name);
		for (char *c = text; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		assert_int_equal(signal_from_name(text), sig);
		snprintf(text, sizeof(text), "%sX", name);
		assert_int_equal(signal_from_name(text), -EINVAL);
		snprintf(text, sizeof(text), "%s ", name);
		assert_int_equal(signal_from_name(text), -EINVAL);
		snprintf(text, sizeof(text), " %s", name);
		assert_int_equal(signal_from_name(text), -EINVAL);
	}
	assert_null(signal_name(0));
	assert_null(signal_name(-1));
	assert_null(signal_name(65));
	assert_int_equal(SIGRTMIN, SIGNAL_RT_MIN);
	assert_int_equal(SIGRTMAX, SIGNAL_MAX);
}

static const struct {
	const char *text;
	int sig;
} names[] = {
	{"TERM", 15},
	{"sigTerm", 15},
	{"iot", 6},
	{"SIGIOT", 6},
	{"CLD", 17},
	{"SIGPOLL", 29},
	{"SIGRTMIN", 34},
	{"RTMIN+0", 34},
	{"RTMIN+3", 37},
	{"rtmin+30", 64},
	{"SIGRTMAX", 64},
	{"RTMAX-0", 64},
	{"RTMAX-2", 62},
	{"SIGRTMAX-30", 34},
	{"SIG32", 32},
	{"sig33", 33},
	{"1", 1},
	{"64", 64},
	{"", -EINVAL},
	{"SIG", -EINVAL},
	{"0", -EINVAL},
	{"65", -EINVAL},
	{"-1", -EINVAL},
	{"+9", -EINVAL},
	{"09", -EINVAL},
	{"9x", -EINVAL},
	{"0x9", -EINVAL},
	{"SIG9", -EINVAL},
	{"SIG15", -EINVAL},
	{"SIG34", -EINVAL},
	{"SIGSIGTERM", -EINVAL},
	{"TER", -EINVAL},
	{"TERMS", -EINVAL},
	{"RTMIN+", -EINVAL},
	{"RTMIN+31", -EINVAL},
	{"RTMIN-1", -EINVAL},
	{"RTMIN+-1", -EINVAL},
	{"RTMIN+ 1", -EINVAL},
	{"RTMIN+01", -EINVAL},
	{"RTMIN3", -EINVAL},
	{"RTMAX+1", -EINVAL},
	{"RTMAX-31", -EINVAL},
	{"RTMAX-", -EINVAL},
	{"99999999999999999999", -EINVAL},
	{"TERM,INT", -EINVAL},
	{"!TERM", -EINVAL},
	{"EXIT", -EINVAL},
};

static void test_from_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(signal_from_name(names[i].text), names[i].sig);
}

static const struct {
	const char *text;
	const char *nearest; /* NULL: none */
} misspelt[] = {
	{"TREM", "SIGTERM"},
	{"SIGTEMR", "SIGTERM"},
	{"TERMM", "SIGTERM"},
	{"sigter", "SIGTERM"},
	{"KIL", "SIGKILL"},
	{"KILLL", "SIGKILL"},
	{"SIGCHILD", "SIGCHLD"},
	{"INTR", "SIGINT"},
	{"USR", "SIGUSR1"},
	{"USR22", "SIGUSR2"},
	{"RTMIN3", "SIGRTMIN"},
	{"WINCHH", "SIGWINCH"},
	{"SIGPOL", "SIGPOLL"},
	{"", NULL},
	{"SIG", NULL},
	{"FOO", NULL},
	{"SIGBANANA", NULL},
	{"0", NULL},
	{"65", NULL},
	{"SIG99", NULL},
	{"\x1b[31m", NULL},
	{"AVERYLONGWORDTHATISNOSIGNALATALLANDGOESONANDONANDON", NULL},
};

static void test_nearest(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(misspelt); i++) {
		const char *nearest = signal_nearest(misspelt[i].text);

		if (misspelt[i].nearest) {
			assert_non_null(nearest);
			assert_string_equal(nearest, misspelt[i].nearest);
			assert_true(signal_from_name(nearest) > 0);
		} else {
			assert_null(nearest);
		}
	}
}

static void test_dispositions(void **state)
{
	(void)state;
	assert_int_equal(disposition_of(0), DISPOSITION_DEFAULT);
	assert_int_equal(disposition_of(1), DISPOSITION_IGNORED);
	assert_int_equal(disposition_of(2), DISPOSITION_CAUGHT);
	assert_int_equal(disposition_of(UINT64_MAX), DISPOSITION_CAUGHT);
	assert_string_equal(disposition_name(DISPOSITION_DEFAULT), "default");
	assert_string_equal(disposition_name(DISPOSITION_IGNORED), "ignored");
	assert_string_equal(disposition_name(DISPOSITION_CAUGHT), "caught");
	assert_null(disposition_name(DISPOSITION_COUNT));
}

static const struct {
	int sig;
	int code;
	const char *name; /* NULL: unknown */
} codes[] = {
#define ROW(sig, code)           \
	{                        \
		sig, code, #code \
	}
	ROW(SIGTERM, SI_USER),
	ROW(SIGTERM, SI_KERNEL),
	ROW(SIGTERM, SI_QUEUE),
	ROW(SIGTERM, SI_TIMER),
	ROW(SIGTERM, SI_MESGQ),
	ROW(SIGTERM, SI_ASYNCIO),
	ROW(SIGTERM, SI_SIGIO),
	ROW(SIGTERM, SI_TKILL),
	ROW(SIGTERM, SI_ASYNCNL),
	ROW(SIGILL, ILL_ILLOPC),
	ROW(SIGILL, ILL_BADSTK),
	ROW(SIGFPE, FPE_INTDIV),
	ROW(SIGFPE, FPE_FLTSUB),
	ROW(SIGSEGV, SEGV_MAPERR),
	ROW(SIGSEGV, SEGV_ACCERR),
	ROW(SIGSEGV, SEGV_BNDERR),
	ROW(SIGSEGV, SEGV_PKUERR),
	ROW(SIGBUS, BUS_ADRALN),
	ROW(SIGBUS, BUS_ADRERR),
	ROW(SIGBUS, BUS_OBJERR),
	ROW(SIGBUS, BUS_MCEERR_AO),
	ROW(SIGTRAP, TRAP_BRKPT),
	ROW(SIGTRAP, TRAP_TRACE),
	ROW(SIGCHLD, CLD_EXITED),
	ROW(SIGCHLD, CLD_KILLED),
	ROW(SIGCHLD, CLD_DUMPED),
	ROW(SIGCHLD, CLD_TRAPPED),
	ROW(SIGCHLD, CLD_STOPPED),
	ROW(SIGCHLD, CLD_CONTINUED),
	ROW(SIGIO, POLL_IN),
	ROW(SIGIO, POLL_OUT),
	ROW(SIGIO, POLL_MSG),
	ROW(SIGIO, POLL_ERR),
	ROW(SIGIO, POLL_PRI),
	ROW(SIGIO, POLL_HUP),
#undef ROW
	{SIGTERM, -7, "SI_DETHREAD"},
	{SIGSEGV, 10, "SEGV_CPERR"},
	{SIGFPE, 14, "FPE_FLTUNK"},
	{SIGFPE, 15, "FPE_CONDTRAP"},
	{SIGTRAP, 6, "TRAP_PERF"},
	{SIGSYS, 1, "SYS_SECCOMP"},
	{SIGSYS, 2, "SYS_USER_DISPATCH"},
	{SIGSEGV, SI_KERNEL, "SI_KERNEL"},
	{SIGFPE, 9, NULL},
	{SIGFPE, 16, NULL},
	{SIGSEGV, 11, NULL},
	{SIGSYS, 3, NULL},
	{SIGTERM, 1, NULL},
	{SIGUSR1, 3, NULL},
	{SIGTERM, -8, NULL},
	{SIGTERM, -59, NULL},
	{SIGTERM, -61, NULL},
	{SIGCHLD, 7, NULL},
	{SIGCHLD, 127, NULL},
	{SIGCHLD, 129, NULL},
	{SIGCHLD, INT32_MAX, NULL},
	{SIGCHLD, INT32_MIN, NULL},
	{0, 1, NULL},
	{-1, 1, NULL},
	{1000, 1, NULL},
};

static void test_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		const char *name = si_code_name(codes[i].sig, codes[i].code);

		if (codes[i].name)
			assert_string_equal(name, codes[i].name);
		else
			assert_null(name);
	}
}

struct visited {
	char text[1024];
	uint32_t bits;
};

static void collect(void *context, const char *name, uint32_t bit)
{
	struct visited *v = context;
	size_t len = strlen(v->text);

	assert_true((v->bits & bit) == 0 && bit > v->bits);
	assert_int_equal(bit & (bit - 1), 0);
	v->bits |= bit;
	if (name)
		snprintf(v->text + len, sizeof(v->text) - len, "%s ", name);
	else
		snprintf(v->text + len, sizeof(v->text) - len, "?%x ", bit);
}

static void test_flags(void **state)
{
	static const struct {
		void (*visit)(uint32_t flags, flag_visit_fn each, void *context);
		uint32_t flags;
		const char *expected;
	} rows[] = {
		{sa_flags_visit, 0, ""},
		{sa_flags_visit, (uint32_t)SA_RESTART, "SA_RESTART "},
		{sa_flags_visit, 0x14000000, "SA_RESTORER SA_RESTART "},
		{sa_flags_visit, (uint32_t)(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO),
		 "SA_NOCLDSTOP SA_NOCLDWAIT SA_SIGINFO "},
		{sa_flags_visit, (uint32_t)(SA_ONSTACK | SA_NODEFER) | (uint32_t)SA_RESETHAND,
		 "SA_ONSTACK SA_NODEFER SA_RESETHAND "},
		{sa_flags_visit, 0x80000c0c,
		 "SA_SIGINFO ?8 SA_UNSUPPORTED SA_EXPOSE_TAGBITS SA_RESETHAND "},
		{sa_flags_visit, 0x00800000, "SA_IMMUTABLE "},
		{sa_flags_visit, 0x20000000, "?20000000 "},
		{signal_flags_visit, 0, ""},
		{signal_flags_visit, 0x40, "SIGNAL_UNKILLABLE "},
		{signal_flags_visit, 0x7f,
		 "SIGNAL_STOP_STOPPED SIGNAL_STOP_CONTINUED SIGNAL_GROUP_EXIT SIGNAL_GROUP_COREDUMP "
		 "SIGNAL_CLD_STOPPED SIGNAL_CLD_CONTINUED SIGNAL_UNKILLABLE "},
		{signal_flags_visit, 0x80000084, "SIGNAL_GROUP_EXIT ?80 ?80000000 "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct visited v = {0};

		rows[i].visit(rows[i].flags, collect, &v);
		assert_string_equal(v.text, rows[i].expected);
		assert_int_equal(v.bits, rows[i].flags);
	}
	for (int visit = 0; visit < 2; visit++) {
		struct visited v = {0};

		(visit ? sa_flags_visit : signal_flags_visit)(UINT32_MAX, collect, &v);
		assert_int_equal(v.bits, UINT32_MAX);
	}
}

static const struct {
	uint32_t state;
	char letter;
} states[] = {
	{0x0000, 'R'},	   {0x0001, 'S'}, {0x0002, 'D'}, {0x0004, 'T'},
	{0x0008, 't'},	   {0x0010, 'X'}, {0x0020, 'Z'}, {0x0040, 'P'},
	{0x0402, 'I'},	   {0x0102, 'D'}, /* killable: TASK_WAKEKILL */
	{0x0104, 'T'},			  /* TASK_STOPPED */
	{0x0108, 't'},			  /* TASK_TRACED */
	{0x2001, 'S'},			  /* freezable sleep */
	{0x2402, 'I'},			  /* freezable kernel thread */
	{0x1000, 'D'},			  /* TASK_RTLOCK_WAIT */
	{0x8000, 'D'},			  /* TASK_FROZEN */
	{0x0080, 'R'},			  /* TASK_DEAD, not yet reaped of its exit state */
	{0x00a0, 'Z'},			  /* TASK_DEAD and EXIT_ZOMBIE */
	{0x0090, 'X'},			  /* TASK_DEAD and EXIT_DEAD */
	{0x0030, 'Z'},			  /* EXIT_TRACE */
	{0x0200, 'R'},			  /* TASK_WAKING */
	{0x0400, 'R'},			  /* TASK_NOLOAD alone */
	{0xffffffff, 'P'},
};

static void test_task_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		assert_int_equal(task_state_letter(states[i].state), states[i].letter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard_signals),
		cmocka_unit_test(test_names_round_trip),
		cmocka_unit_test(test_from_name),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_dispositions),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_task_states),
	};

	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
