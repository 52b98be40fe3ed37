/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of /proc/kallsyms. */
#ifndef SIGTRACE_CORE_KALLSYMS_H
#define SIGTRACE_CORE_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kallsyms_function {
	uint64_t address; /* 0 where the kernel hides them */
	const char *name; /* inside the line, without a NUL */
	size_t name_len;  /* at least 1 */
};

/*
 * Reads "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]", line[0..len) without its
 * newline. False if it is not of this form, or is no function: data, a mark between code and data
 * ("$x" of arm64), a local label (".L"). The name ends where a suffix of the compiler begins
 * (".isra.0", ".constprop.1", ".cold"): no function of C has a dot in its own.
 */
bool kallsyms_parse_function(const char *line, size_t len, struct kallsyms_function *ret);

#endif
