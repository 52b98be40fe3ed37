/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of program_identify(): what the arguments of a known program say. */
#ifndef SIGTRACE_CORE_PROGRAM_PARTS_H
#define SIGTRACE_CORE_PROGRAM_PARTS_H

#include "program.h"

/*
 * Both read words[first + 1] and on: words[first] is the program's own name, as it sees it. `ret`
 * has its kind; *ret gets what the arguments prove, and nothing where there are none.
 */
void program_read_shell(const struct program_facts *facts, size_t first, struct program *ret);
void program_read_wrapper(const struct program_facts *facts, size_t first, struct program *ret);

#endif
