/* SPDX-License-Identifier: BSD-2-Clause */
#include "sender.h"

#include <stdbool.h>
#include <stddef.h>

#include "signal_numbers.h"

/* include/uapi/asm-generic/siginfo.h */
#define CODE_SI_USER	   0
#define CODE_SI_TIMER	   (-2)
#define CODE_SI_MESGQ	   (-3)
#define CODE_SI_ASYNCIO	   (-4)
#define CODE_SI_SIGIO	   (-5)
#define CODE_SI_DETHREAD   (-7)
#define CODE_CLD_DUMPED	   3
#define CODE_CLD_CONTINUED 6

/* Signals whose positive codes are their own (sig_specific_sicodes() in include/linux/signal.h). */
static bool has_own_codes(int sig)
{
	switch (sig) {
	case SIG_ILL:
	case SIG_TRAP:
	case SIG_BUS:
	case SIG_FPE:
	case SIG_SEGV:
	case SIG_IO:
	case SIG_SYS:
		return true;
	default:
		return false;
	}
}

/*
 * True if the siginfo is a child's notification to its parent, and `current` is that child.
 *
 * The kernel sends it for the child, often but not always in the child's context: a zombie that is
 * handed over to a new parent is announced by its dying old one. info_pid names the child; only
 * where it is also the number of `current` was it the child's own doing.
 *
 * On SIGCHLD codes 1 to 6 are always CLD_. The exit signal of clone() may be any other; then codes
 * 1 to 3 (stop and continue always use SIGCHLD) may as well be POLL_IN, POLL_OUT and POLL_MSG of a
 * descriptor with F_SETSIG. There info_pid is the lower half of si_band, whose value the code fixes
 * (band_table in fs/fcntl.c), so it is a child for certain if it differs from that. With a signal
 * that has codes of its own info_pid is half of an address or of a band: nothing is proven.
 */
static bool is_own_child_notice(int code, int sig, uint32_t sender_nr, int32_t info_pid)
{
	static const int32_t poll_band[] = {
		[1] = 0x0041, /* EPOLLIN | EPOLLRDNORM */
		[2] = 0x0304, /* EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND */
		[3] = 0x0441, /* EPOLLIN | EPOLLRDNORM | EPOLLMSG */
	};

	if (info_pid <= 0 || (uint32_t)info_pid != sender_nr)
		return false;
	if (sig == SIG_CHLD)
		return code <= CODE_CLD_CONTINUED;
	return !has_own_codes(sig) && code <= CODE_CLD_DUMPED && info_pid != poll_band[code];
}

enum sender_kind sender_kind_of(int code, uint32_t facts, int sig, uint32_t sender_nr,
				int32_t info_pid)
{
	if (facts & EVENT_FACT_INFO_PRIV)
		return SENDER_KERNEL;
	/*
	 * Kernel code that acts for `current`: on others it is what `current` did (wrote to
	 * cgroup.kill, died as the parent of somebody with a parent-death signal), on itself it is
	 * what happened to `current` (SIGPIPE, SIGXFSZ).
	 */
	if (facts & EVENT_FACT_INFO_NONE)
		return (facts & EVENT_FACT_SENDER_IS_TARGET) ? SENDER_KERNEL : SENDER_USER;
	if (code > 0)
		return is_own_child_notice(code, sig, sender_nr, info_pid) ? SENDER_USER
									   : SENDER_KERNEL;
	switch (code) {
	/* A process can make these up; that it did, only the stack shows: origin_is_request(). */
	case CODE_SI_TIMER:
	case CODE_SI_MESGQ:
	case CODE_SI_ASYNCIO: /* from USB; glibc's AIO threads use it, too: in doubt the kernel */
	case CODE_SI_SIGIO:
	case CODE_SI_DETHREAD:
		return SENDER_KERNEL;
	default:
		/*
		 * SI_USER, SI_QUEUE, SI_TKILL, and whatever else a process chose for
		 * rt_sigqueueinfo(2): no kernel code uses other numbers. SI_ASYNCNL is among them,
		 * it comes from glibc's getaddrinfo_a().
		 */
		return SENDER_USER;
	}
}

bool sender_is_target(const struct report *r)
{
	return r->sender_kind == SENDER_USER && r->sender.tgid == r->target.tgid &&
	       r->sender.start_boot_ns == r->target.start_boot_ns;
}
