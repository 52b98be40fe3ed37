/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a signal's siginfo tells: who could have sent it, and whether anybody asked for it. */
#ifndef SIGTRACE_SIGINFO_BPF_H
#define SIGTRACE_SIGINFO_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "compat.bpf.h"
#include "session.bpf.h"

/*
 * siginfo as both tracepoints give it. 0 and 1 are no addresses (include/linux/signal_types.h), so
 * newer verifiers take it for a number, and older ones refuse wide reads of the union: always
 * probed.
 */
struct info {
	struct { /* from si_code on, as siginfo is laid out for user space; kill(2) leaves out value
		  */
		int code;
		__u32 pad;
		__s32 pid;
		__u32 uid;
		__u64 value;
	} fields;
	__u32 facts;
};

enum info_kind {
	INFO_NONE, /* SEND_SIG_NOINFO */
	INFO_PRIV, /* SEND_SIG_PRIV */
	INFO_FULL,
};

/*
 * Some verifiers (6.3 to 6.12 at least) believe that a tracepoint's argument is never NULL and
 * remove what follows a comparison with 0. So it is compared with 1 only, and the barrier keeps the
 * compiler from making "== 1" a "!= 0".
 */
static __always_inline enum info_kind info_kind(const struct kernel_siginfo *siginfo)
{
	u64 address = (u64)siginfo;

	if (address > INFO_PRIV)
		return INFO_FULL;
	barrier_var(address);
	return address == INFO_PRIV ? INFO_PRIV : INFO_NONE;
}

static __always_inline int info_code(const struct kernel_siginfo *siginfo)
{
	enum info_kind kind = info_kind(siginfo);

	if (kind == INFO_FULL)
		return BPF_CORE_READ(siginfo, si_code);
	return (kind == INFO_PRIV ? SI_KERNEL : SI_USER) + unknown_zero;
}

static __always_inline void info_read(const struct kernel_siginfo *siginfo, struct info *ret)
{
	enum info_kind kind = info_kind(siginfo);

	if (kind == INFO_FULL) {
		bpf_core_read(&ret->fields, sizeof(ret->fields), &siginfo->si_code);
		return;
	}
	ret->fields.code = info_code(siginfo);
	ret->facts += kind == INFO_PRIV ? EVENT_FACT_INFO_PRIV : EVENT_FACT_INFO_NONE;
}

/*
 * Could `current` be the sender? A little generous with SIGCHLD, whose exact rule is core's: it
 * sees the whole record.
 */
static __always_inline bool maybe_sent_by_current(int sig, const struct kernel_siginfo *siginfo)
{
	int code = info_code(siginfo);

	/* Without siginfo, to itself: SIGPIPE and the like, or from 7.0 on kill(). */
	if (code == SI_USER)
		return true;
	if (code > 0)
		return sig == SIG_CHLD;
	return code == SI_QUEUE || code == SI_TKILL || code < SI_DETHREAD;
}

/*
 * What the end of a generate record depends on. Not from siginfo or sig: with what is known
 * of them kept until there, the verifier would walk the record once for each kind of them.
 */
static __always_inline bool is_users_code(int code)
{
	return code == SI_USER || code == SI_QUEUE || code == SI_TKILL || code < SI_DETHREAD;
}

/* By another process, as far as core shows a sender; a child's notice needs no ancestors. */
static __always_inline bool has_ancestors(int code, __u32 facts)
{
	return !(facts & EVENT_FACT_SENDER_IS_TARGET) && is_users_code(code);
}

/*
 * Sent by kernel code, for its own reasons or for what `current` did (cgroup.kill, the death of a
 * parent, the end of a PID namespace): the stack tells which. A child's notice needs none.
 */
static __always_inline bool has_stack(__u64 bit, int code, __u32 facts)
{
	if (facts & (EVENT_FACT_INFO_PRIV | EVENT_FACT_INFO_NONE))
		return true;
	return !is_users_code(code) && (code <= 0 || !(bit & sig_bit(SIG_CHLD)));
}

/*
 * What nobody asked for: SIGCHLD; SIGURG of a process to itself (how Go preempts its threads);
 * SIGWINCH of the terminal. Somebody's SIGWINCH may be a stop signal (httpd's images).
 */
static __always_inline bool is_noise(__u32 sig, int code, bool to_itself)
{
	if (sig == SIG_URG)
		return to_itself;
	return sig != SIG_WINCH || code > 0;
}

#endif
