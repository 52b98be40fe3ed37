/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbols of files, each file's table read once. A file is known again by device, inode, size
 * and the times of its last changes, so that one that was replaced or rewritten is another one.
 * Bounded in files and in bytes; the file that was not asked for the longest time goes first. No
 * file stays open: a file system can be unmounted while sigtrace runs.
 */
#ifndef SIGTRACE_SYS_SYMBOL_CACHE_H
#define SIGTRACE_SYS_SYMBOL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct symbol_cache;

enum symbol_file {
	SYMBOL_FILE_UNKNOWN, /* it cannot be read, or is too large */
	SYMBOL_FILE_NOT_ELF, /* or a malformed one */
	SYMBOL_FILE_ELF,
	SYMBOL_FILE_COUNT,
};

/* What a file says of one of its bytes. */
struct symbol_place {
	enum symbol_file file;
	bool is_go;	  /* see elf_symbols_is_go() */
	const char *name; /* of the function, untrusted; NULL: none is proven. Good until the next
			     call */
	/* From the function's start; without one the virtual address in the file; or, where no
	 * segment loads that byte or the file is no ELF file, the offset in the file. */
	uint64_t offset;
};

/* 0 or -ENOMEM. */
int symbol_cache_new(struct symbol_cache **ret);
/* Accepts NULL. */
void symbol_cache_free(struct symbol_cache *c);
/*
 * found_fd and st as from mapped_file_find(); the file is opened only if the answer is not known.
 * 0 or -ENOMEM.
 */
int symbol_cache_look_up(struct symbol_cache *c, int found_fd, const struct stat *st,
			 uint64_t file_offset, struct symbol_place *ret);
/* How many tables were read, the failed ones included. */
size_t symbol_cache_tables_read(const struct symbol_cache *c);

#endif
