/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"
#include "runtime.h"
#include "signal_numbers.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define BIT(sig) (1ULL << ((sig)-1))
/* Nineteen and twenty signals. */
#define SIGNALS_19 ((1ULL << 19) - 1)
#define SIGNALS_20 ((1ULL << 20) - 1)

static const struct {
	const char *module;
	const char *symbol;
	bool go_file;
	uint64_t signals;
	enum runtime runtime;
} rows[] = {
	/* As they were seen, then what comes near. */
	{"app", "runtime.sigtramp.abi0", true, SIGNALS_20, RUNTIME_GO},
	{"app", "runtime.sigtramp", true, BIT(SIG_TERM), RUNTIME_GO},
	{"app", "runtime.cgoSigtramp.abi0", true, SIGNALS_20, RUNTIME_GO},
	{"app", NULL, true, SIGNALS_20, RUNTIME_GO},
	{"app", NULL, true, SIGNALS_19, RUNTIME_NONE},
	{"app", NULL, true, BIT(SIG_TERM), RUNTIME_NONE},
	{"app", NULL, false, SIGNALS_20, RUNTIME_NONE},
	{"app", "on_term", true, SIGNALS_20, RUNTIME_NONE},
	{"app", "runtime.sigtrampgo.abi0", true, SIGNALS_20, RUNTIME_NONE},
	{"app", "main.runtime.sigtramp", true, SIGNALS_20, RUNTIME_NONE},

	{"libjvm.so", "_ZL11UserHandleriPvS_", false, BIT(SIG_TERM), RUNTIME_JVM},
	{"libjvm.so", NULL, false, BIT(SIG_TERM), RUNTIME_JVM},
	{"libjvm.so.1", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"mylibjvm.so", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"app", "_ZL11UserHandleriPvS_", false, BIT(SIG_TERM), RUNTIME_NONE},

	{"python3.11", NULL, false, BIT(SIG_TERM), RUNTIME_CPYTHON},
	{"python3.13t", NULL, false, BIT(SIG_TERM), RUNTIME_CPYTHON},
	{"libpython3.10.so.1.0", "signal_handler", false, BIT(SIG_TERM), RUNTIME_CPYTHON},
	{"libpython3.11d.so", NULL, false, BIT(SIG_TERM), RUNTIME_CPYTHON},
	{"python3.12", "signal_handler.lto_priv.0", false, BIT(SIG_TERM), RUNTIME_CPYTHON},
	{"python3.12", "faulthandler_user", false, BIT(SIG_USR1), RUNTIME_CPYTHON},
	{"python3.12", "signal_handler_x", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"python3.12", "rl_signal_handler", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"python3.11-config", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"python3.", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"python3", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"libpython3.11", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"libpython3.so", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"app", "signal_handler", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"readline.cpython-311-x86_64-linux-gnu.so", NULL, false, BIT(SIG_INT), RUNTIME_NONE},

	{"node", "uv__signal_handler", false, BIT(SIG_TERM), RUNTIME_LIBUV},
	{"libuv.so.1.0.0", "uv__signal_handler", false, BIT(SIG_TERM), RUNTIME_LIBUV},
	{"libuv.so.1.0.0", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"node", "uv__signal_handler2", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"node", "_ZN4node10SignalExitEiP9siginfo_tPv", false, BIT(SIG_TERM), RUNTIME_NODE},
	{"node", "_ZN4node9inspector12_GLOBAL__N_1L19StartIoThreadWakeupEiP9siginfo_tPv", false,
	 BIT(SIG_USR1), RUNTIME_NODE},
	{"node", "_ZN4node25TrapWebAssemblyOrContinueEiP9siginfo_tPv", false, BIT(SIG_SEGV),
	 RUNTIME_NODE},
	{"node", "_ZN4node10SignalExits", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"node", "_ZN4node9inspector5AgentEv", false, BIT(SIG_USR1), RUNTIME_NONE},
	{"node", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},

	{"bash", "trap_handler", false, BIT(SIG_TERM), RUNTIME_BASH_TRAP},
	{"bash", "termsig_sighandler", false, BIT(SIG_TERM), RUNTIME_BASH},
	{"bash", "sigint_sighandler", false, BIT(SIG_INT), RUNTIME_BASH_INTERRUPT},
	{"bash", "wait_sigint_handler", false, BIT(SIG_INT), RUNTIME_BASH_WAIT},
	{"bash", "sigchld_handler", false, BIT(17), RUNTIME_NONE},
	{"bash", "trap_handlers", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"bash", NULL, false, BIT(SIG_TERM), RUNTIME_NONE},
	{"app", "trap_handler", false, BIT(SIG_TERM), RUNTIME_NONE},
	{"", "", false, 0, RUNTIME_NONE},
	{"", NULL, false, 0, RUNTIME_NONE},
};

static void test_of_handler(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct handler_facts facts = {
			.module = rows[i].module,
			.symbol = rows[i].symbol,
			.go_file = rows[i].go_file,
			.signals = rows[i].signals,
		};

		if (runtime_of_handler(&facts) != rows[i].runtime)
			fail_msg("row %zu: %s!%s", i, rows[i].module,
				 rows[i].symbol ? rows[i].symbol : "");
	}
}

static void test_names(void **state)
{
	static const struct {
		enum runtime runtime;
		const char *name;
	} names[] = {
		{RUNTIME_GO, "go"},	      {RUNTIME_JVM, "jvm"},
		{RUNTIME_CPYTHON, "cpython"}, {RUNTIME_LIBUV, "libuv"},
		{RUNTIME_NODE, "node"},	      {RUNTIME_BASH, "bash"},
		{RUNTIME_BASH_TRAP, "bash"},  {RUNTIME_BASH_INTERRUPT, "bash"},
		{RUNTIME_BASH_WAIT, "bash"},
	};

	(void)state;
	assert_null(runtime_name(RUNTIME_NONE));
	assert_int_equal(ARRAY_SIZE(names), RUNTIME_COUNT - 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(runtime_name(names[i].runtime), names[i].name);
}

/* One clause of a template: no full stop, no word that core/explain does not know. */
static void check_clause(const char *text)
{
	size_t len;

	assert_non_null(text);
	len = strlen(text);
	assert_in_range(len, 20, 150);
	assert_true(text[len - 1] != '.' && text[len - 1] != ' ');
	assert_null(strstr(text, "  "));
	for (const char *p = text; (p = strchr(p, '{')); p++)
		assert_true(strncmp(p, "{signal}", strlen("{signal}")) == 0);
}

static void test_meanings_are_clauses(void **state)
{
	(void)state;
	for (int sig = 1; sig <= EVENT_SIG_MAX; sig++) {
		assert_null(runtime_meaning(RUNTIME_NONE, sig, false));
		for (int runtime = RUNTIME_NONE + 1; runtime < RUNTIME_COUNT; runtime++) {
			check_clause(runtime_meaning((enum runtime)runtime, sig, false));
			check_clause(runtime_meaning((enum runtime)runtime, sig, true));
		}
	}
}

/* What each says that the others do not. */
static const struct {
	enum runtime runtime;
	int sig;
	bool namespace_init;
	const char *says;
} meaning_rows[] = {
	{RUNTIME_GO, SIG_TERM, false, "if not, it dies of it"},
	{RUNTIME_GO, SIG_TERM, true, "exits 2"},
	{RUNTIME_GO, SIG_QUIT, false, "stack traces"},
	{RUNTIME_GO, SIG_QUIT, true, "stack traces"},
	{RUNTIME_GO, SIG_USR1, false, "nothing comes of it"},
	{RUNTIME_GO, 40, false, "nothing comes of it"},
	{RUNTIME_GO, 23, false, "preemption"},
	{RUNTIME_GO, SIG_TSTP, false, "the program asked"},
	{RUNTIME_JVM, SIG_TERM, false, "shutdown hooks"},
	{RUNTIME_JVM, SIG_QUIT, false, "thread dump"},
	{RUNTIME_JVM, SIG_SEGV, false, "error report"},
	{RUNTIME_JVM, SIG_PIPE, false, "drops"},
	{RUNTIME_JVM, 12, false, "crash"},
	{RUNTIME_JVM, SIG_USR1, false, "sun.misc.Signal"},
	{RUNTIME_CPYTHON, SIG_INT, false, "KeyboardInterrupt"},
	{RUNTIME_CPYTHON, SIG_TERM, false, "signal.signal()"},
	{RUNTIME_CPYTHON, SIG_SEGV, false, "faulthandler"},
	{RUNTIME_LIBUV, SIG_TERM, false, "event loop"},
	{RUNTIME_NODE, SIG_TERM, false, "SIG_DFL"},
	{RUNTIME_NODE, SIG_INT, true, "drops for a namespace init"},
	{RUNTIME_NODE, SIG_USR1, true, "debugger"},
	{RUNTIME_NODE, SIG_SEGV, false, "WebAssembly"},
	{RUNTIME_BASH_TRAP, SIG_TERM, false, "foreground command ends"},
	{RUNTIME_BASH, SIG_TERM, true, "ends the shell"},
	{RUNTIME_BASH_INTERRUPT, SIG_INT, false, "interactive"},
	{RUNTIME_BASH_WAIT, SIG_INT, false, "dies of it"},
};

static void test_meanings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(meaning_rows); i++) {
		const char *text = runtime_meaning(meaning_rows[i].runtime, meaning_rows[i].sig,
						   meaning_rows[i].namespace_init);

		if (!strstr(text, meaning_rows[i].says))
			fail_msg("row %zu: %s", i, text);
	}
	assert_null(strstr(runtime_meaning(RUNTIME_GO, SIG_TERM, false), "exits 2"));
	assert_null(strstr(runtime_meaning(RUNTIME_NODE, SIG_TERM, false), "drops"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_handler),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_meanings_are_clauses),
		cmocka_unit_test(test_meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
