/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of one ELF file, by address. The file belongs to whoever is looked at: it may be
 * malformed, and change while it is read. Everything is bounded, and nothing is ever mapped: a
 * mapping of a file that its owner truncates is a SIGBUS. Source: elf(5), the gABI.
 */
#ifndef SIGTRACE_SYS_ELF_SYMBOLS_H
#define SIGTRACE_SYS_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names are cut to this, the NUL included; a cut one ends in "...". */
#define ELF_SYMBOL_NAME_SIZE 200

struct elf_symbols;

struct elf_symbol {
	char name[ELF_SYMBOL_NAME_SIZE]; /* untrusted bytes */
	uint64_t offset;		 /* of the address from the function's start */
};

/*
 * Reads the program headers and, of .symtab and .dynsym, where each function is; names stay in the
 * file. fd: a regular file, opened for reading; not kept. -EBADMSG: not an ELF file, or malformed;
 * -EFBIG: more than ELF_SYMBOLS_MAX functions, or tables beyond reason; -ENOMEM; what read() gives.
 */
int elf_symbols_read(int fd, struct elf_symbols **ret);
/* Accepts NULL. */
void elf_symbols_free(struct elf_symbols *e);

/* Memory that it holds. */
size_t elf_symbols_size(const struct elf_symbols *e);
/* It has the tables that Go's linker writes, which survive stripping. */
bool elf_symbols_is_go(const struct elf_symbols *e);
/*
 * The virtual address, as the file's own headers and tables count, of a byte of the file; false if
 * no segment loads it. An executable segment goes first: segments may share a page of the file.
 */
bool elf_symbols_vaddr(const struct elf_symbols *e, uint64_t file_offset, uint64_t *ret);
/*
 * The function that an address lies in, or exactly at one of unknown size. Of several at one place
 * a function goes before a label, then global before weak before local, then the shorter name.
 * fd: the same file, for the names. 1 with *ret written, 0: none is proven, or what read() gives.
 */
int elf_symbols_find(const struct elf_symbols *e, int fd, uint64_t vaddr, struct elf_symbol *ret);

/* 16 bytes each. The largest programs that distributions ship with symbols have half of it. */
#define ELF_SYMBOLS_MAX (512U << 10)

#endif
