/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of the signals, as they are in records: the kernel's, which are the same on every
 * architecture that sigtrace supports. Source: include/uapi/asm-generic/signal.h.
 */
#ifndef SIGTRACE_CORE_SIGNAL_NUMBERS_H
#define SIGTRACE_CORE_SIGNAL_NUMBERS_H

#define SIG_HUP	   1
#define SIG_INT	   2
#define SIG_QUIT   3
#define SIG_ILL	   4
#define SIG_TRAP   5
#define SIG_ABRT   6
#define SIG_BUS	   7
#define SIG_FPE	   8
#define SIG_KILL   9
#define SIG_USR1   10
#define SIG_SEGV   11
#define SIG_USR2   12
#define SIG_PIPE   13
#define SIG_ALRM   14
#define SIG_TERM   15
#define SIG_STKFLT 16
#define SIG_CHLD   17
#define SIG_CONT   18
#define SIG_STOP   19
#define SIG_TSTP   20
#define SIG_TTIN   21
#define SIG_TTOU   22
#define SIG_URG	   23
#define SIG_XCPU   24
#define SIG_XFSZ   25
#define SIG_VTALRM 26
#define SIG_PROF   27
#define SIG_WINCH  28
#define SIG_IO	   29
#define SIG_PWR	   30
#define SIG_SYS	   31

/* The kernel's first real-time signal; glibc's is another (SIGNAL_RT_MIN in signals.h). */
#define KERNEL_SIGRTMIN 32

#endif
