/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of files of /proc/PID about where a thread sits and what its process waits for. The
 * rules are those of proctext.h: a cut text is an error, and all return 0 and write *ret, or return
 * -EINVAL and leave it alone.
 */
#ifndef SIGTRACE_CORE_PROCTEXT_THREAD_H
#define SIGTRACE_CORE_PROCTEXT_THREAD_H

#include "process.h"

/*
 * task/TID/syscall: "running", "-1 0xSP 0xPC" outside of a system call, else the number, six
 * arguments, sp and pc. Source: proc_pid_syscall() in fs/proc/base.c. Leaves wchan alone.
 */
int proctext_parse_syscall(const char *text, size_t size, struct thread_place *ret);

/*
 * task/TID/wchan: the name of a kernel function, without a line feed; "0" becomes "". *ret is an
 * array of `ret_size` bytes; a name that does not fit is an error.
 */
int proctext_parse_wchan(const char *text, size_t size, char *ret, size_t ret_size);

/* fdinfo of a signalfd: its set, bit sig - 1. Source: signalfd_show_fdinfo() in fs/signalfd.c. */
int proctext_parse_signalfd(const char *text, size_t size, uint64_t *ret);

/*
 * The size of a program header that auxv tells, in the words of this architecture: 56 for a program
 * of 64 bits, which is what the system call numbers depend on. For one of 32 bits, whose words are
 * smaller, another number or -EINVAL. Source: create_elf_tables() in fs/binfmt_elf.c.
 */
int proctext_parse_auxv_phent(const char *data, size_t size, uint64_t *ret);

#endif
