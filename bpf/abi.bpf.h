/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls as each architecture has them: numbers, arguments, and the frame of a signal
 * handler. The programs are the same for all, so the kernel's own types tell at load which one it
 * is; the loader's answers are constants, and the verifier removes the rest.
 *
 * An x86 kernel has two: a number of i386 means another call on x86_64, and the way into the kernel
 * counts, not the kind of program (int 0x80 works in any). x32, and 32 bits on arm64, are not
 * known here: their calls are left alone.
 */
#ifndef SIGTRACE_ABI_BPF_H
#define SIGTRACE_ABI_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

enum abi {
	ABI_UNKNOWN,
	ABI_X86_64,
	ABI_I386,
	ABI_ARM64,
};

/* What returns from a handler. A number alone does not tell: 15 is chmod on i386. */
enum {
	RT_SIGRETURN_X86_64 = 15,
	RT_SIGRETURN_I386 = 173,
	SIGRETURN_I386 = 119,
	RT_SIGRETURN_ARM64 = 139,
};

struct pt_regs___x86 {
	unsigned long r10, bx, cx, dx, si, di, orig_ax;
} __attribute__((preserve_access_index));

struct pt_regs___arm64 {
	u64 regs[31];
	u64 orig_x0;
	s32 syscallno;
} __attribute__((preserve_access_index));

#define abi_is_x86()   bpf_core_field_exists(struct pt_regs___x86, orig_ax)
#define abi_is_arm64() bpf_core_field_exists(struct pt_regs___arm64, orig_x0)

#define TS_COMPAT     0x00000002 /* arch/x86/include/asm/thread_info.h */
#define TIF_32BIT_BIT 0x00400000 /* arch/arm64/include/asm/thread_info.h */

/* Of the system call that `current` is in. */
static __always_inline enum abi abi_of_call(void)
{
	struct task_struct *current = (void *)bpf_get_current_task();

	if (abi_is_x86())
		return BPF_CORE_READ(current, thread_info.status) & TS_COMPAT ? ABI_I386
									      : ABI_X86_64;
	if (abi_is_arm64() && !(BPF_CORE_READ(current, thread_info.flags) & TIF_32BIT_BIT))
		return ABI_ARM64;
	return ABI_UNKNOWN;
}

/* Is it sigreturn or rt_sigreturn of any ABI? For all other calls of the machine this is all. */
static __always_inline bool abi_may_be_sigreturn(long number)
{
	if (abi_is_x86())
		return number == RT_SIGRETURN_X86_64 || number == RT_SIGRETURN_I386 ||
		       number == SIGRETURN_I386;
	return number == RT_SIGRETURN_ARM64;
}

/*
 * The stack pointer that sigreturn will restore, read from the frame that the kernel built for the
 * handler, struct rt_sigframe and the like; the handler's return has taken the first word from the
 * stack on x86. False if it is not sigreturn, or the frame cannot be read.
 */
static __always_inline bool abi_read_saved_sp(long number, u64 sp, u64 *ret)
{
	enum abi abi = abi_of_call();
	u32 narrow = 0;

	*ret = 0;
	/* sp is at the ucontext; in it flags, link, stack (40), then 15 words of sigcontext. */
	if (abi == ABI_X86_64 && number == RT_SIGRETURN_X86_64)
		return bpf_probe_read_user(ret, sizeof(*ret), (void *)(sp + 160)) == 0;
	/* siginfo (128); in the ucontext 176 to sigcontext; there 256. */
	if (abi == ABI_ARM64 && number == RT_SIGRETURN_ARM64)
		return bpf_probe_read_user(ret, sizeof(*ret), (void *)(sp + 560)) == 0;
	/* sig, two pointers, siginfo (140); in the ucontext 20 to sigcontext; there 28. */
	if (abi == ABI_I386 && number == RT_SIGRETURN_I386)
		sp = (u32)(sp + 188);
	/* The vdso has taken sig, too. */
	else if (abi == ABI_I386 && number == SIGRETURN_I386)
		sp = (u32)(sp + 28);
	else
		return false;
	if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)sp))
		return false;
	*ret = narrow;
	return true;
}

/* A system call's number and arguments, as far as sends have them. */
struct abi_call {
	enum abi abi;
	s64 number;
	u64 args[4];
};

/* At the call's end, where arm64 has the result in the register of the first argument. */
static __always_inline void abi_read_call(struct pt_regs *regs, struct abi_call *ret)
{
	ret->abi = abi_of_call();
	if (abi_is_x86()) {
		struct pt_regs___x86 *r = (void *)regs;

		ret->number = r->orig_ax;
		if (ret->abi == ABI_I386) {
			ret->args[0] = (u32)r->bx;
			ret->args[1] = (u32)r->cx;
			ret->args[2] = (u32)r->dx;
			ret->args[3] = (u32)r->si;
		} else {
			ret->args[0] = r->di;
			ret->args[1] = r->si;
			ret->args[2] = r->dx;
			ret->args[3] = r->r10;
		}
	} else if (abi_is_arm64()) {
		struct pt_regs___arm64 *r = (void *)regs;

		ret->number = r->syscallno;
		ret->args[0] = r->orig_x0;
		ret->args[1] = r->regs[1];
		ret->args[2] = r->regs[2];
		ret->args[3] = r->regs[3];
	}
}

/* Which of the calls that send it is; EVENT_SYSCALL_COUNT: none of them. */
static __always_inline enum event_syscall abi_find_send(enum abi abi, s64 number)
{
	if (abi != ABI_UNKNOWN && number == 424) /* the same in all: calls from 5.1 on are */
		return EVENT_SYSCALL_PIDFD_SEND_SIGNAL;
	if (abi == ABI_X86_64) { /* arch/x86/entry/syscalls/syscall_64.tbl */
		switch (number) {
		case 62:
			return EVENT_SYSCALL_KILL;
		case 200:
			return EVENT_SYSCALL_TKILL;
		case 234:
			return EVENT_SYSCALL_TGKILL;
		case 129:
			return EVENT_SYSCALL_RT_SIGQUEUEINFO;
		case 297:
			return EVENT_SYSCALL_RT_TGSIGQUEUEINFO;
		}
	} else if (abi == ABI_I386) { /* syscall_32.tbl */
		switch (number) {
		case 37:
			return EVENT_SYSCALL_KILL;
		case 238:
			return EVENT_SYSCALL_TKILL;
		case 270:
			return EVENT_SYSCALL_TGKILL;
		case 178:
			return EVENT_SYSCALL_RT_SIGQUEUEINFO;
		case 335:
			return EVENT_SYSCALL_RT_TGSIGQUEUEINFO;
		}
	} else if (abi == ABI_ARM64) { /* include/uapi/asm-generic/unistd.h */
		switch (number) {
		case 129:
			return EVENT_SYSCALL_KILL;
		case 130:
			return EVENT_SYSCALL_TKILL;
		case 131:
			return EVENT_SYSCALL_TGKILL;
		case 138:
			return EVENT_SYSCALL_RT_SIGQUEUEINFO;
		case 240:
			return EVENT_SYSCALL_RT_TGSIGQUEUEINFO;
		}
	}
	return EVENT_SYSCALL_COUNT;
}

#endif
