/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of handlers: an address of a process to "module!symbol+offset", through its mappings and
 * the symbol tables of the files behind them (symbol_cache.h: each is read once).
 *
 * "bash!trap_handler+0x4"; "bash+0x5c0b0" where no function is proven: the virtual address in the
 * file, or the offset in a file that cannot be read; "[vdso]+0x600". None for memory without a
 * file. A file on NFS, FUSE and the like is not opened: its server may not answer.
 */
#ifndef SIGTRACE_SYS_SYMBOLS_H
#define SIGTRACE_SYS_SYMBOLS_H

#include "proc_dir.h"
#include "process.h"

struct symbols;

/* 0 or -ENOMEM. */
int symbols_new(struct symbols **ret);
/* Accepts NULL. */
void symbols_free(struct symbols *s);
/*
 * Looks up the handlers of the signals in `mask` (bit sig - 1) that the process catches and whose
 * addresses are known, and stores them in p->symbols. 0, also if no name was found; -ESRCH when the
 * process is gone, -ENOMEM.
 */
int symbols_resolve(struct symbols *s, const struct proc_dir *d, struct process *p, uint64_t mask);
/*
 * Looks up one address, the handler of the signals in `signals` (all that are known), as it was
 * seen in an event. 0, with a text that is the caller's to free, or NULL if no name was found;
 * errors as symbols_resolve().
 */
int symbols_resolve_handler(struct symbols *s, const struct proc_dir *d, uint64_t handler,
			    uint64_t signals, struct process_symbol *ret);

/* How many symbol tables were read, for tests and -v -v. */
size_t symbols_tables_read(const struct symbols *s);

#endif
