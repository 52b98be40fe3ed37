/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the kernel's functions by address, from /proc/kallsyms; only those that are asked for.
 */
#ifndef SIGTRACE_SYS_KERNEL_SYMBOLS_H
#define SIGTRACE_SYS_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct kernel_symbols;

/*
 * Reads /proc/kallsyms once and keeps the functions whose names are in `names` (ends with NULL).
 * -EACCES if addresses are hidden (kptr_restrict, or no CAP_SYSLOG), -ENOENT if there is no such
 * file, -ENOMEM.
 */
int kernel_symbols_new(const char *const names[], struct kernel_symbols **ret);
/* Accepts NULL. */
void kernel_symbols_free(struct kernel_symbols *s);
/*
 * The name of the function that the address lies in, as it stands in `names`; NULL: another one.
 * A suffix that the compiler added (".isra.0", ".constprop.1", ".part.2", ".cold") is ignored.
 */
const char *kernel_symbols_find(const struct kernel_symbols *s, uint64_t address);

#endif
