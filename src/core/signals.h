/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and default actions of signals, names of si_codes, sa_flags and signal_struct flags.
 * Source: signal(7), kernel/signal.c. */
#ifndef SIGTRACE_CORE_SIGNALS_H
#define SIGTRACE_CORE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "strbuf.h"

#define SIGNAL_MAX    64 /* the kernel's _NSIG on every architecture that sigtrace supports */
#define SIGNAL_RT_MIN 34 /* glibc's SIGRTMIN, what users mean; the kernel's own is 32 */

/* What the kernel does for SIG_DFL. */
enum default_action {
	DEFAULT_TERMINATE,
	DEFAULT_CORE,
	DEFAULT_STOP,
	DEFAULT_CONTINUE,
	DEFAULT_IGNORE,
	DEFAULT_ACTION_COUNT,
};

enum disposition {
	DISPOSITION_DEFAULT,
	DISPOSITION_IGNORED,
	DISPOSITION_CAUGHT,
	DISPOSITION_COUNT,
};

/* The bit of a signal in a 64-bit set; sig in 1..SIGNAL_MAX. */
static inline uint64_t signal_bit(int sig)
{
	return 1ULL << (sig - 1);
}

/*
 * The canonical name ("SIGTERM", "SIGRTMIN", "SIGRTMIN+3", "SIGRTMAX"), in static storage; "SIG32"
 * and "SIG33" for the two that glibc keeps for itself; NULL for a number outside 1..SIGNAL_MAX.
 */
const char *signal_name(int sig);
/*
 * Reads one name, with or without SIG, in any case: TERM, SIGTERM, RTMIN+3, RTMAX-2, IOT, POLL,
 * CLD, or a number 1..64. The whole string must match. Returns the number, or -EINVAL.
 */
int signal_from_name(const char *text);
/* The known name nearest to a misspelt one, or NULL if none is near. */
const char *signal_nearest(const char *text);

enum default_action signal_default_action(int sig);
enum disposition disposition_of(uint64_t handler);
const char *disposition_name(enum disposition disposition);

/* "SI_USER", "SI_TKILL", "SEGV_MAPERR", "CLD_EXITED" …; positive codes depend on the signal. NULL:
 * unknown. */
const char *si_code_name(int sig, int code);

/*
 * A list of flag names by bit: calls `each` for every set bit, lowest first; unknown bits come as
 * name NULL with the bit's value, so that nothing is dropped.
 */
typedef void (*flag_visit_fn)(void *context, const char *name, uint32_t bit);
void sa_flags_visit(uint32_t sa_flags, flag_visit_fn each, void *context);
void signal_flags_visit(uint32_t signal_flags, flag_visit_fn each, void *context);

/* The letter that ps shows for a raw task state (with exit_state in the same word): R S D T t X Z P
 * I. */
char task_state_letter(uint32_t state);

#endif
