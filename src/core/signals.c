/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers are those of include/uapi/asm-generic, which x86_64, arm64 and every other architecture
 * that libbpf runs on (but MIPS, Alpha, PA-RISC and SPARC) share. They are written out because the
 * C library's headers hide some and rename others.
 */
#include "signals.h"

#include <errno.h>
#include <stddef.h>

#include "parse.h"
#include "suggest.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct signal_row {
	const char *name;
	enum default_action action; /* signal(7); sig_kernel_*() in include/linux/signal.h */
} signal_rows[] = {
	[1] = {"SIGHUP", DEFAULT_TERMINATE},
	[2] = {"SIGINT", DEFAULT_TERMINATE},
	[3] = {"SIGQUIT", DEFAULT_CORE},
	[4] = {"SIGILL", DEFAULT_CORE},
	[5] = {"SIGTRAP", DEFAULT_CORE},
	[6] = {"SIGABRT", DEFAULT_CORE},
	[7] = {"SIGBUS", DEFAULT_CORE},
	[8] = {"SIGFPE", DEFAULT_CORE},
	[9] = {"SIGKILL", DEFAULT_TERMINATE},
	[10] = {"SIGUSR1", DEFAULT_TERMINATE},
	[11] = {"SIGSEGV", DEFAULT_CORE},
	[12] = {"SIGUSR2", DEFAULT_TERMINATE},
	[13] = {"SIGPIPE", DEFAULT_TERMINATE},
	[14] = {"SIGALRM", DEFAULT_TERMINATE},
	[15] = {"SIGTERM", DEFAULT_TERMINATE},
	[16] = {"SIGSTKFLT", DEFAULT_TERMINATE},
	[17] = {"SIGCHLD", DEFAULT_IGNORE},
	[18] = {"SIGCONT", DEFAULT_CONTINUE},
	[19] = {"SIGSTOP", DEFAULT_STOP},
	[20] = {"SIGTSTP", DEFAULT_STOP},
	[21] = {"SIGTTIN", DEFAULT_STOP},
	[22] = {"SIGTTOU", DEFAULT_STOP},
	[23] = {"SIGURG", DEFAULT_IGNORE},
	[24] = {"SIGXCPU", DEFAULT_CORE},
	[25] = {"SIGXFSZ", DEFAULT_CORE},
	[26] = {"SIGVTALRM", DEFAULT_TERMINATE},
	[27] = {"SIGPROF", DEFAULT_TERMINATE},
	[28] = {"SIGWINCH", DEFAULT_IGNORE},
	[29] = {"SIGIO", DEFAULT_TERMINATE},
	[30] = {"SIGPWR", DEFAULT_TERMINATE},
	[31] = {"SIGSYS", DEFAULT_CORE},
	[32] = {"SIG32", DEFAULT_TERMINATE},
	[33] = {"SIG33", DEFAULT_TERMINATE},
	[34] = {"SIGRTMIN", DEFAULT_TERMINATE},
#define RT(n) [SIGNAL_RT_MIN + (n)] = {"SIGRTMIN+" #n, DEFAULT_TERMINATE}
	RT(1),
	RT(2),
	RT(3),
	RT(4),
	RT(5),
	RT(6),
	RT(7),
	RT(8),
	RT(9),
	RT(10),
	RT(11),
	RT(12),
	RT(13),
	RT(14),
	RT(15),
	RT(16),
	RT(17),
	RT(18),
	RT(19),
	RT(20),
	RT(21),
	RT(22),
	RT(23),
	RT(24),
	RT(25),
	RT(26),
	RT(27),
	RT(28),
	RT(29),
#undef RT
	[64] = {"SIGRTMAX", DEFAULT_TERMINATE},
};

_Static_assert(ARRAY_SIZE(signal_rows) == SIGNAL_MAX + 1, "a row for every signal");

#define PREFIX_LENGTH 3 /* SIG */

/* Second names. */
static const struct signal_alias {
	const char *name;
	int sig;
} signal_aliases[] = {
	{"SIGIOT", 6},
	{"SIGCLD", 17},
	{"SIGPOLL", 29},
	{"SIGUNUSED", 31},
};

static bool signal_is_valid(int sig)
{
	return sig >= 1 && sig <= SIGNAL_MAX;
}

const char *signal_name(int sig)
{
	return signal_is_valid(sig) ? signal_rows[sig].name : NULL;
}

/* ASCII only: the names do not depend on the locale. */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool equal_ignoring_case(const char *a, const char *b)
{
	while (*a && upper(*a) == upper(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

/* What follows a prefix, or NULL if the text does not start with it. */
static const char *after_prefix(const char *text, const char *prefix)
{
	while (*prefix) {
		if (upper(*text) != *prefix)
			return NULL;
		text++;
		prefix++;
	}
	return text;
}

static const char *without_sig(const char *text)
{
	const char *rest = after_prefix(text, "SIG");

	return rest ? rest : text;
}

int signal_from_name(const char *text)
{
	const char *name = without_sig(text);
	const char *offset;
	uint64_t number;

	if (parse_u64(text, 1, SIGNAL_MAX, &number) == 0)
		return (int)number;
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		/* "32" is a number, but only "SIG32" is a name: there is no "SIG15". */
		if (equal_ignoring_case(name, signal_rows[sig].name + PREFIX_LENGTH))
			return sig;
	}
	for (size_t i = 0; i < ARRAY_SIZE(signal_aliases); i++)
		if (equal_ignoring_case(name, signal_aliases[i].name + PREFIX_LENGTH))
			return signal_aliases[i].sig;
	offset = after_prefix(name, "RTMIN+");
	if (offset && parse_u64(offset, 0, SIGNAL_MAX - SIGNAL_RT_MIN, &number) == 0)
		return SIGNAL_RT_MIN + (int)number;
	offset = after_prefix(name, "RTMAX-");
	if (offset && parse_u64(offset, 0, SIGNAL_MAX - SIGNAL_RT_MIN, &number) == 0)
		return SIGNAL_MAX - (int)number;
	return -EINVAL;
}

const char *signal_nearest(const char *text)
{
	const char *name = without_sig(text);
	const char *nearest;
	struct suggest s;

	/* A number that is out of range is no misspelt name. */
	if (name[0] >= '0' && name[0] <= '9')
		return NULL;
	suggest_init(&s, name);
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		suggest_offer(&s, signal_rows[sig].name + PREFIX_LENGTH);
	for (size_t i = 0; i < ARRAY_SIZE(signal_aliases); i++)
		suggest_offer(&s, signal_aliases[i].name + PREFIX_LENGTH);
	nearest = suggest_result(&s);
	/* Every name that was offered is the end of one with SIG. */
	return nearest ? nearest - PREFIX_LENGTH : NULL;
}

enum default_action signal_default_action(int sig)
{
	return signal_is_valid(sig) ? signal_rows[sig].action : DEFAULT_TERMINATE;
}

enum disposition disposition_of(uint64_t handler)
{
	if (handler == 0)
		return DISPOSITION_DEFAULT;
	return handler == 1 ? DISPOSITION_IGNORED : DISPOSITION_CAUGHT;
}

const char *disposition_name(enum disposition disposition)
{
	static const char *const names[] = {
		[DISPOSITION_DEFAULT] = "default",
		[DISPOSITION_IGNORED] = "ignored",
		[DISPOSITION_CAUGHT] = "caught",
	};

	_Static_assert(ARRAY_SIZE(names) == DISPOSITION_COUNT, "a name for every disposition");
	return (size_t)disposition < ARRAY_SIZE(names) ? names[disposition] : NULL;
}

/* include/uapi/asm-generic/siginfo.h. The codes that any signal may carry: 1 - code, and one apart.
 */
static const char *const common_codes[] = {
	"SI_USER",    "SI_QUEUE", "SI_TIMER", "SI_MESGQ",
	"SI_ASYNCIO", "SI_SIGIO", "SI_TKILL", "SI_DETHREAD",
};

#define CODE_SI_KERNEL	0x80
#define CODE_SI_ASYNCNL (-60)

/* Positive codes by signal: names[code - 1]. */
#define CODES_MAX 15
static const struct code_row {
	int sig;
	const char *names[CODES_MAX];
} code_rows[] = {
	{4,
	 {"ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC", "ILL_PRVREG",
	  "ILL_COPROC", "ILL_BADSTK", "ILL_BADIADDR"}},
	{5, {"TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF"}},
	{7, {"BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"}},
	{8,
	 {"FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES",
	  "FPE_FLTINV", "FPE_FLTSUB", [13] = "FPE_FLTUNK", [14] = "FPE_CONDTRAP"}},
	{11,
	 {"SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR", "SEGV_ACCADI", "SEGV_ADIDERR",
	  "SEGV_ADIPERR", "SEGV_MTEAERR", "SEGV_MTESERR", "SEGV_CPERR"}},
	{17,
	 {"CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"}},
	{29, {"POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"}},
	{31, {"SYS_SECCOMP", "SYS_USER_DISPATCH"}},
};

const char *si_code_name(int sig, int code)
{
	if (code == CODE_SI_KERNEL)
		return "SI_KERNEL";
	if (code == CODE_SI_ASYNCNL)
		return "SI_ASYNCNL";
	if (code <= 0)
		return code > -(int)ARRAY_SIZE(common_codes) ? common_codes[-code] : NULL;
	if (code > CODES_MAX)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(code_rows); i++)
		if (code_rows[i].sig == sig)
			return code_rows[i].names[code - 1];
	/* Codes 1 to 6 of any other signal may be POLL_ (F_SETSIG) or CLD_ (clone's exit signal).
	 */
	return NULL;
}

struct flag_row {
	uint32_t bit;
	const char *name;
};

/* include/uapi/asm-generic/signal-defs.h; SA_IMMUTABLE is the kernel's own (linux/signal_types.h).
 */
static const struct flag_row sa_flag_rows[] = {
	{0x00000001, "SA_NOCLDSTOP"},	   {0x00000002, "SA_NOCLDWAIT"},
	{0x00000004, "SA_SIGINFO"},	   {0x00000400, "SA_UNSUPPORTED"},
	{0x00000800, "SA_EXPOSE_TAGBITS"}, {0x00800000, "SA_IMMUTABLE"},
	{0x04000000, "SA_RESTORER"},	   {0x08000000, "SA_ONSTACK"},
	{0x10000000, "SA_RESTART"},	   {0x40000000, "SA_NODEFER"},
	{0x80000000, "SA_RESETHAND"},
};

/* include/linux/sched/signal.h; SIGNAL_GROUP_COREDUMP until 5.16. */
static const struct flag_row signal_flag_rows[] = {
	{0x00000001, "SIGNAL_STOP_STOPPED"}, {0x00000002, "SIGNAL_STOP_CONTINUED"},
	{0x00000004, "SIGNAL_GROUP_EXIT"},   {0x00000008, "SIGNAL_GROUP_COREDUMP"},
	{0x00000010, "SIGNAL_CLD_STOPPED"},  {0x00000020, "SIGNAL_CLD_CONTINUED"},
	{0x00000040, "SIGNAL_UNKILLABLE"},
};

static void visit_flags(const struct flag_row *rows, size_t count, uint32_t flags,
			flag_visit_fn each, void *context)
{
	while (flags) {
		uint32_t bit = flags & -flags;
		const char *name = NULL;

		for (size_t i = 0; i < count && !name; i++)
			if (rows[i].bit == bit)
				name = rows[i].name;
		each(context, name, bit);
		flags &= ~bit;
	}
}

void sa_flags_visit(uint32_t sa_flags, flag_visit_fn each, void *context)
{
	visit_flags(sa_flag_rows, ARRAY_SIZE(sa_flag_rows), sa_flags, each, context);
}

void signal_flags_visit(uint32_t signal_flags, flag_visit_fn each, void *context)
{
	visit_flags(signal_flag_rows, ARRAY_SIZE(signal_flag_rows), signal_flags, each, context);
}

/* include/linux/sched.h, the same from 5.10 on as far as the bits exist. */
#define STATE_UNINTERRUPTIBLE 0x0002U
#define STATE_NOLOAD	      0x0400U
#define STATE_RTLOCK_WAIT     0x1000U
#define STATE_FROZEN	      0x8000U
#define STATE_REPORT	      0x007fU

char task_state_letter(uint32_t state)
{
	static const char letters[] = "SDTtXZP"; /* by bit of STATE_REPORT */
	const uint32_t idle = STATE_UNINTERRUPTIBLE | STATE_NOLOAD;
	uint32_t shown = state & STATE_REPORT;
	int highest;

	/* As get_task_state() in fs/proc/array.c, except that a dead task is dead whatever it did
	 * last. */
	if (shown < 0x10) {
		if ((state & idle) == idle)
			return 'I';
		if (state & (STATE_RTLOCK_WAIT | STATE_FROZEN))
			return 'D';
	}
	if (!shown)
		return 'R';
	highest = 31 - __builtin_clz(shown);
	return letters[highest];
}
