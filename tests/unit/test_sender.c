/* SPDX-License-Identifier: BSD-2-Clause */
/* Every si_code with every signal; single cases with their stories are in test_decode.c. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sender.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define CODE_FIRST (-70) /* below SI_ASYNCNL, the lowest with a name */
#define CODE_LAST  140	 /* above SI_KERNEL, the highest */

static const int extremes[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX - 1, INT32_MAX};

static const struct {
	uint32_t sender_nr;
	int32_t info_pid;
	bool same; /* both are the number of the same process */
} numbers[] = {
	{7, 7, true},
	{4194304, 4194304, true},
	{7, 8, false},
	{7, 0, false},
	{0, 0, false},
	{0, 7, false},
	{7, -7, false},
	{UINT32_MAX, -1, false},
	{1U << 31, INT32_MIN, false},
};

/* Codes that only kernel code uses for signals that are nobody's doing at that moment. */
static bool is_kernel_code(int code)
{
	switch (code) {
	case SI_TIMER:
	case SI_MESGQ:
	case SI_ASYNCIO:
	case SI_SIGIO:
	case -7: /* SI_DETHREAD */
		return true;
	default:
		return false;
	}
}

/* Signals whose codes from 1 on say what happened, and to whom info_pid may be anything. */
static bool has_own_codes(int sig)
{
	switch (sig) {
	case SIGILL:
	case SIGTRAP:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGIO:
	case SIGSYS:
		return true;
	default:
		return false;
	}
}

static enum sender_kind expected_kind(int code, int sig, bool same)
{
	if (code <= 0)
		return is_kernel_code(code) ? SENDER_KERNEL : SENDER_USER;
	if (!same || has_own_codes(sig))
		return SENDER_KERNEL;
	/* A child tells its parent; stop and continue always by SIGCHLD. */
	return code <= (sig == SIGCHLD ? CLD_CONTINUED : CLD_DUMPED) ? SENDER_USER : SENDER_KERNEL;
}

static void check_code(int code)
{
	for (int sig = 1; sig <= EVENT_SIG_MAX; sig++) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			enum sender_kind kind = sender_kind_of(code, 0, sig, numbers[i].sender_nr,
							       numbers[i].info_pid);

			if (kind != expected_kind(code, sig, numbers[i].same))
				fail_msg("code %d, signal %d, current %u, info_pid %d: %d", code,
					 sig, numbers[i].sender_nr, numbers[i].info_pid, kind);
		}
	}
}

static void test_codes(void **state)
{
	(void)state;
	for (int code = CODE_FIRST; code <= CODE_LAST; code++)
		check_code(code);
	for (size_t i = 0; i < ARRAY_SIZE(extremes); i++)
		check_code(extremes[i]);
}

/* Without a siginfo, the code means nothing. */
static void test_no_siginfo(void **state)
{
	(void)state;
	for (int code = CODE_FIRST; code <= CODE_LAST; code++) {
		for (int sig = 1; sig <= EVENT_SIG_MAX; sig++) {
			assert_int_equal(sender_kind_of(code, EVENT_FACT_INFO_PRIV, sig, 7, 7),
					 SENDER_KERNEL);
			assert_int_equal(
				sender_kind_of(code,
					       EVENT_FACT_INFO_PRIV | EVENT_FACT_SENDER_IS_TARGET,
					       sig, 7, 7),
				SENDER_KERNEL);
			assert_int_equal(sender_kind_of(code, EVENT_FACT_INFO_NONE, sig, 7, 0),
					 SENDER_USER);
			assert_int_equal(
				sender_kind_of(code,
					       EVENT_FACT_INFO_NONE | EVENT_FACT_SENDER_IS_TARGET,
					       sig, 7, 0),
				SENDER_KERNEL);
		}
	}
}

/* Facts about the target say nothing about the sender. */
static void test_other_facts(void **state)
{
	const uint32_t sender_facts = EVENT_FACT_INFO_PRIV | EVENT_FACT_INFO_NONE;

	(void)state;
	for (int code = CODE_FIRST; code <= CODE_LAST; code++) {
		for (int sig = 1; sig <= EVENT_SIG_MAX; sig++) {
			enum sender_kind kind = sender_kind_of(code, 0, sig, 7, 7);

			for (int bit = 0; bit < 32; bit++)
				if (!(sender_facts >> bit & 1))
					assert_int_equal(sender_kind_of(code, 1U << bit, sig, 7, 7),
							 kind);
			assert_int_equal(sender_kind_of(code, ~sender_facts, sig, 7, 7), kind);
		}
	}
}

/* With F_SETSIG, info_pid is half of the band, and a process may happen to have that number. */
static void test_bands_that_look_like_a_pid(void **state)
{
	static const struct {
		int code;
		int32_t band;
	} rows[] = {{POLL_IN, 0x41}, {POLL_OUT, 0x304}, {POLL_MSG, 0x441}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int sig = 1; sig <= EVENT_SIG_MAX; sig++) {
			bool child = sig == SIGCHLD;

			assert_int_equal(sender_kind_of(rows[i].code, 0, sig,
							(uint32_t)rows[i].band, rows[i].band),
					 child ? SENDER_USER : SENDER_KERNEL);
			child = !has_own_codes(sig);
			assert_int_equal(sender_kind_of(rows[i].code, 0, sig,
							(uint32_t)rows[i].band + 1,
							rows[i].band + 1),
					 child ? SENDER_USER : SENDER_KERNEL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_no_siginfo),
		cmocka_unit_test(test_other_facts),
		cmocka_unit_test(test_bands_that_look_like_a_pid),
	};

	return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
