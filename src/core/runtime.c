// SPDX-License-Identifier: BSD-2-Clause
#include "runtime.h"

#include <string.h>

#include "signal_numbers.h"

/* Go's runtime has one handler for about 55 signals; hardly another program has one for so many. */
#define GO_SIGNALS_MIN 20

const char *runtime_name(enum runtime runtime)
{
	static const char *const names[] = {
		[RUNTIME_NONE] = NULL,
		[RUNTIME_GO] = "go",
		[RUNTIME_JVM] = "jvm",
		[RUNTIME_CPYTHON] = "cpython",
		[RUNTIME_LIBUV] = "libuv",
		[RUNTIME_NODE] = "node",
		[RUNTIME_BASH_TRAP] = "bash",
		[RUNTIME_BASH] = "bash",
		[RUNTIME_BASH_INTERRUPT] = "bash",
		[RUNTIME_BASH_WAIT] = "bash",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == RUNTIME_COUNT, "names");

	return names[runtime];
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The function itself, or what a compiler made of it: "signal_handler.lto_priv.0". */
static bool is_function(const char *symbol, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(symbol, name, len) == 0 && (symbol[len] == '\0' || symbol[len] == '.');
}

static unsigned int count_bits(uint64_t set)
{
	unsigned int count = 0;

	for (; set; set &= set - 1)
		count++;
	return count;
}

/* "python3.11", "python3.13t", "libpython3.11.so.1.0", "libpython3.10d.so". */
static bool is_cpython_module(const char *module)
{
	const bool library = begins_with(module, "lib");
	const char *rest = module + (library ? strlen("lib") : 0);
	size_t digits;

	if (!begins_with(rest, "python3."))
		return false;
	rest += strlen("python3.");
	digits = strspn(rest, "0123456789");
	rest += digits;
	rest += strspn(rest, "dmtu"); /* letters of build variants */
	return digits > 0 && (library ? begins_with(rest, ".so") : *rest == '\0');
}

static bool is_go(const struct handler_facts *facts)
{
	/* Stripped of symbols, but not of what the runtime itself needs. */
	if (!facts->symbol)
		return facts->go_file && count_bits(facts->signals) >= GO_SIGNALS_MIN;
	return is_function(facts->symbol, "runtime.sigtramp") ||
	       is_function(facts->symbol, "runtime.cgoSigtramp");
}

/* signal_handler() is static: distributions' builds have no symbol for it. */
static bool is_cpython(const struct handler_facts *facts)
{
	return is_cpython_module(facts->module) &&
	       (!facts->symbol || is_function(facts->symbol, "signal_handler") ||
		begins_with(facts->symbol, "faulthandler_"));
}

/* Mangled: node::SignalExit, node::inspector::…::StartIoThreadWakeup, and so on. */
static bool is_node(const char *symbol)
{
	return begins_with(symbol, "_ZN4node10SignalExitE") ||
	       begins_with(symbol, "_ZN4node25TrapWebAssemblyOrContinueE") ||
	       (begins_with(symbol, "_ZN4node9inspector") && strstr(symbol, "StartIoThreadWakeup"));
}

static enum runtime bash_function(const char *symbol)
{
	static const struct {
		const char *name;
		enum runtime runtime;
	} functions[] = {
		{"trap_handler", RUNTIME_BASH_TRAP},
		{"termsig_sighandler", RUNTIME_BASH},
		{"sigint_sighandler", RUNTIME_BASH_INTERRUPT},
		{"wait_sigint_handler", RUNTIME_BASH_WAIT},
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (is_function(symbol, functions[i].name))
			return functions[i].runtime;
	return RUNTIME_NONE;
}

enum runtime runtime_of_handler(const struct handler_facts *facts)
{
	if (is_go(facts))
		return RUNTIME_GO;
	/* Nothing else is in that library. */
	if (strcmp(facts->module, "libjvm.so") == 0)
		return RUNTIME_JVM;
	if (is_cpython(facts))
		return RUNTIME_CPYTHON;
	if (!facts->symbol)
		return RUNTIME_NONE;
	if (is_function(facts->symbol, "uv__signal_handler"))
		return RUNTIME_LIBUV;
	if (is_node(facts->symbol))
		return RUNTIME_NODE;
	if (strcmp(facts->module, "bash") == 0)
		return bash_function(facts->symbol);
	return RUNTIME_NONE;
}

/* runtime/sigtab_linux_generic.go and sighandler() in runtime/signal_unix.go. */
static const char *go_meaning(int sig, bool namespace_init)
{
	switch (sig) {
	case SIG_HUP:
	case SIG_INT:
	case SIG_TERM:
		return namespace_init
			       ? "Go's runtime catches every signal; without signal.Notify for "
				 "{signal} it raises it again, which an init never gets, and exits 2"
			       : "Go's runtime catches every signal: whether the program handles "
				 "{signal} (signal.Notify) does not show; if not, it dies of it";
	case SIG_QUIT:
	case SIG_ILL:
	case SIG_TRAP:
	case SIG_ABRT:
	case SIG_BUS:
	case SIG_FPE:
	case SIG_SEGV:
	case SIG_STKFLT:
	case SIG_SYS:
		return "Go's runtime catches every signal; unless the program handles {signal} "
		       "(signal.Notify), it prints stack traces and ends";
	case SIG_URG:
	case SIG_PROF:
		return "Go's runtime uses {signal} itself (preemption, profiling); whether the "
		       "program handles it does not show";
	case SIG_CONT:
	case SIG_TSTP:
	case SIG_TTIN:
	case SIG_TTOU:
		return "the program asked Go's runtime for {signal} (signal.Notify); what it does "
		       "with it does not show";
	default:
		return "Go's runtime catches every signal; unless the program handles {signal} "
		       "(signal.Notify), nothing comes of it";
	}
}

/* os/posix/signals_posix.cpp, and jdk.internal.misc.Signal. */
static const char *jvm_meaning(int sig)
{
	switch (sig) {
	case SIG_HUP:
	case SIG_INT:
	case SIG_TERM:
		return "the JVM starts its shutdown hooks and exits, unless Java code took "
		       "{signal} over (sun.misc.Signal); neither shows here";
	case SIG_QUIT:
		return "the JVM prints a thread dump and goes on; the application does not see it";
	case SIG_ILL:
	case SIG_BUS:
	case SIG_FPE:
	case SIG_SEGV:
		return "the JVM uses {signal} itself; one that a process sends is a crash to it, "
		       "with an error report";
	case SIG_PIPE:
	case SIG_XFSZ:
		return "the JVM drops {signal}; the application does not see it";
	case SIG_USR2:
		return "the JVM uses {signal} between its own threads; one from elsewhere may "
		       "crash it";
	default:
		return "the JVM's handler; Java code that asked for {signal} (sun.misc.Signal) "
		       "runs on a thread of its own";
	}
}

/* Modules/signalmodule.c: trip_signal(); Modules/faulthandler.c. */
static const char *cpython_meaning(int sig)
{
	switch (sig) {
	case SIG_INT:
		return "CPython's handler; KeyboardInterrupt, or a function of the program, comes "
		       "only once its main thread is back in bytecode";
	case SIG_ILL:
	case SIG_ABRT:
	case SIG_BUS:
	case SIG_FPE:
	case SIG_SEGV:
		return "CPython's handler: faulthandler's, which prints a traceback and ends, or "
		       "one that signal.signal() asked for";
	default:
		return "CPython's handler; a function given to signal.signal() runs only once the "
		       "main thread is back in bytecode";
	}
}

/* src/node.cc: RegisterSignalHandler(), src/inspector_agent.cc. */
static const char *node_meaning(int sig, bool namespace_init)
{
	switch (sig) {
	case SIG_USR1:
		return "Node opens its debugger's port; no JavaScript handles {signal}";
	case SIG_SEGV:
		return "Node's own, for faults in WebAssembly; else {signal} ends it as by default";
	default:
		return namespace_init
			       ? "Node's own, no JavaScript handles {signal}: it raises it again "
				 "with SIG_DFL, which the kernel drops for a namespace init"
			       : "Node's own, no JavaScript handles {signal}: it resets the "
				 "terminal and raises {signal} again with SIG_DFL";
	}
}

const char *runtime_meaning(enum runtime runtime, int sig, bool namespace_init)
{
	switch (runtime) {
	case RUNTIME_GO:
		return go_meaning(sig, namespace_init);
	case RUNTIME_JVM:
		return jvm_meaning(sig);
	case RUNTIME_CPYTHON:
		return cpython_meaning(sig);
	case RUNTIME_LIBUV:
		return "libuv only wakes its event loop; the callback (in Node: JavaScript) runs "
		       "once the loop is free, and decides what happens";
	case RUNTIME_NODE:
		return node_meaning(sig, namespace_init);
	case RUNTIME_BASH_TRAP:
		return "a bash trap; it runs when the foreground command ends (in `wait`: at "
		       "once), and decides what happens";
	case RUNTIME_BASH:
		return "bash's own: it runs the EXIT trap, if there is one, and ends the shell";
	case RUNTIME_BASH_INTERRUPT:
		return "bash's own: an interactive shell drops the command line and goes on";
	case RUNTIME_BASH_WAIT:
		return "bash waits for its foreground command, and acts on {signal} only if that "
		       "dies of it, too";
	case RUNTIME_NONE:
	case RUNTIME_COUNT:
		break;
	}
	return NULL;
}
