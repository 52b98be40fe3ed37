/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscalls.h"

#include <stddef.h>

static const char *const names[] = {
#define SYSCALL(number, name) [number] = name,
#include "syscall_names.h"
#undef SYSCALL
};

const char *syscall_name(int64_t number)
{
	if (number < 0 || (uint64_t)number >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[number];
}
