/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGTRACE_OUT_INSPECT_THREADS_H
#define SIGTRACE_OUT_INSPECT_THREADS_H

#include "page.h"

/* The table of the threads of a process: TID NAME STATE ASLEEP, WAITS IN where known, SIGNALS. */
void inspect_add_threads(struct page *page, const struct inspect_process *ip);

#endif
