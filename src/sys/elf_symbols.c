// SPDX-License-Identifier: BSD-2-Clause
#include "elf_symbols.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS_MAX	   256
#define SECTIONS_MAX	   8192
#define SECTION_NAMES_SIZE 65536
#define SYMTAB_BYTES_MAX   (128U << 20)
#define CHUNK_SYMBOLS	   2048
#define VALUE_MAX	   ((1ULL << 56) - 1)
/* How far back a function that holds an address is looked for, and how many share one place. */
#define NEIGHBOURS_MAX 1024
#define ALIASES_MAX    32

enum table {
	TABLE_SYMTAB,
	TABLE_DYNSYM,
	TABLE_COUNT,
};

/* Lower goes first. */
enum rank {
	RANK_GLOBAL,
	RANK_WEAK,
	RANK_LOCAL,
	RANK_LABEL, /* added to the others: no type */
};

struct function {
	uint64_t value : 56;
	uint64_t table : 1; /* enum table: whose strings */
	uint64_t rank : 7;
	uint32_t size; /* UINT32_MAX for what is larger */
	uint32_t name; /* offset in the table's strings */
};
_Static_assert(sizeof(struct function) == 16, "struct function");

struct segment {
	uint64_t offset;
	uint64_t size; /* in the file */
	uint64_t vaddr;
	bool executable;
};

struct strings {
	uint64_t offset; /* in the file */
	uint64_t size;
};

struct elf_symbols {
	struct function *functions; /* by value */
	size_t functions_len;
	struct segment *segments;
	size_t segments_len;
	struct strings strings[TABLE_COUNT];
	uint64_t address_flag; /* a bit of code addresses that is no part of them */
	bool is_go;
};

/* What is read, and with what. */
struct reader {
	int fd;
	uint64_t file_size;
	Elf *elf;
	size_t functions_capacity;
	struct elf_symbols *e;
};

/* Up to `size` bytes, fewer at the end of the file. */
static ssize_t read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	size_t done = 0;

	if (offset > INT64_MAX - size)
		return -EBADMSG;
	while (done < size) {
		ssize_t n = pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int read_exactly(int fd, uint64_t offset, void *buffer, size_t size)
{
	ssize_t n = read_at(fd, offset, buffer, size);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EBADMSG;
}

/* Whether [offset, offset + size) is inside the file. */
static bool inside_file(const struct reader *r, uint64_t offset, uint64_t size)
{
	return offset <= r->file_size && size <= r->file_size - offset;
}

/*
 * Looks at the numbers that libelf allocates memory by, before libelf does. Numbers that do not fit
 * the header (e_shnum 0 or PN_XNUM: the real one is in the first section) belong to no program.
 */
static int check_header(const struct reader *r)
{
	const unsigned char native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB
									       : ELFDATA2MSB;
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} header = {0};
	ssize_t n = read_at(r->fd, 0, &header, sizeof(header));
	unsigned int phnum = header.e64.e_phnum;
	unsigned int shnum = header.e64.e_shnum;
	uint64_t shoff = header.e64.e_shoff;

	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(header.e32) || memcmp(header.ident, ELFMAG, SELFMAG) != 0 ||
	    header.ident[EI_DATA] != native)
		return -EBADMSG;
	if (header.ident[EI_CLASS] == ELFCLASS32) {
		phnum = header.e32.e_phnum;
		shnum = header.e32.e_shnum;
		shoff = header.e32.e_shoff;
	} else if (header.ident[EI_CLASS] != ELFCLASS64) {
		return -EBADMSG;
	}
	if (phnum > SEGMENTS_MAX || shnum > SECTIONS_MAX || (shnum == 0 && shoff != 0))
		return -EBADMSG;
	return 0;
}

static int read_segments(struct reader *r, size_t count)
{
	struct elf_symbols *e = r->e;

	e->segments = calloc(count ? count : 1, sizeof(*e->segments));
	if (!e->segments)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(r->elf, (int)i, &header))
			return -EBADMSG;
		if (header.p_type != PT_LOAD)
			continue;
		e->segments[e->segments_len++] = (struct segment){
			.offset = header.p_offset,
			.size = header.p_filesz,
			.vaddr = header.p_vaddr,
			.executable = header.p_flags & PF_X,
		};
	}
	return 0;
}

/* Only functions, and what assembler code has in their place: labels between instructions. */
static bool rank_of_symbol(const struct reader *r, const Elf64_Sym *symbol, unsigned int *rank)
{
	const unsigned int type = ELF64_ST_TYPE(symbol->st_info);
	GElf_Shdr section;

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return false;
	switch (ELF64_ST_BIND(symbol->st_info)) {
	case STB_GLOBAL:
	case STB_GNU_UNIQUE:
		*rank = RANK_GLOBAL;
		break;
	case STB_WEAK:
		*rank = RANK_WEAK;
		break;
	case STB_LOCAL:
		*rank = RANK_LOCAL;
		break;
	default:
		return false;
	}
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	*rank += RANK_LABEL;
	return type == STT_NOTYPE && gelf_getshdr(elf_getscn(r->elf, symbol->st_shndx), &section) &&
	       (section.sh_flags & SHF_EXECINSTR);
}

static int add_function(struct reader *r, enum table table, const Elf64_Sym *symbol)
{
	struct elf_symbols *e = r->e;
	uint64_t value = symbol->st_value;
	unsigned int rank;

	if (symbol->st_name == 0 || value > VALUE_MAX || !rank_of_symbol(r, symbol, &rank))
		return 0;
	if (e->functions_len == r->functions_capacity) {
		const size_t capacity = r->functions_capacity ? r->functions_capacity * 2 : 1024;
		struct function *grown;

		if (capacity > ELF_SYMBOLS_MAX)
			return -EFBIG;
		grown = reallocarray(e->functions, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		e->functions = grown;
		r->functions_capacity = capacity;
	}
	e->functions[e->functions_len++] = (struct function){
		.value = value & ~e->address_flag,
		.table = table,
		.rank = rank,
		.size = symbol->st_size < UINT32_MAX ? (uint32_t)symbol->st_size : UINT32_MAX,
		.name = symbol->st_name,
	};
	return 0;
}

static void widen(const Elf32_Sym *from, Elf64_Sym *to)
{
	*to = (Elf64_Sym){
		.st_name = from->st_name,
		.st_info = from->st_info,
		.st_shndx = from->st_shndx,
		.st_value = from->st_value,
		.st_size = from->st_size,
	};
}

/* In pieces: libelf would keep the whole table in memory. */
static int read_symbols(struct reader *r, enum table table, const GElf_Shdr *section)
{
	const bool is_32 = gelf_getclass(r->elf) == ELFCLASS32;
	const size_t entry_size = is_32 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
	union {
		Elf32_Sym e32[CHUNK_SYMBOLS];
		Elf64_Sym e64[CHUNK_SYMBOLS];
	} * chunk;
	uint64_t left = section->sh_size / entry_size;
	uint64_t offset = section->sh_offset;
	int err = 0;

	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	while (left > 0 && !err) {
		const size_t count = left < CHUNK_SYMBOLS ? (size_t)left : CHUNK_SYMBOLS;

		err = read_exactly(r->fd, offset, chunk, count * entry_size);
		for (size_t i = 0; i < count && !err; i++) {
			Elf64_Sym symbol;

			if (is_32)
				widen(&chunk->e32[i], &symbol);
			else
				symbol = chunk->e64[i];
			err = add_function(r, table, &symbol);
		}
		offset += count * entry_size;
		left -= count;
	}
	free(chunk);
	return err;
}

static int read_table(struct reader *r, enum table table, const GElf_Shdr *section)
{
	GElf_Shdr strings;

	if (!inside_file(r, section->sh_offset, section->sh_size) ||
	    !gelf_getshdr(elf_getscn(r->elf, section->sh_link), &strings) ||
	    strings.sh_type != SHT_STRTAB || !inside_file(r, strings.sh_offset, strings.sh_size))
		return -EBADMSG;
	if (section->sh_size > SYMTAB_BYTES_MAX)
		return -EFBIG;
	r->e->strings[table] = (struct strings){strings.sh_offset, strings.sh_size};
	return read_symbols(r, table, section);
}

/* `names` ends with a NUL behind names_size. */
static bool is_go_section(const GElf_Shdr *section, const char *names, size_t names_size)
{
	/* The second is where the table is in a PIE. */
	static const char *const go[] = {".gopclntab", ".data.rel.ro.gopclntab",
					 ".note.go.buildid"};

	for (size_t i = 0; i < sizeof(go) / sizeof(go[0]); i++)
		if (section->sh_name < names_size && strcmp(names + section->sh_name, go[i]) == 0)
			return true;
	return false;
}

static int read_section_names(const struct reader *r, char *names, size_t *ret_size)
{
	GElf_Shdr section;
	size_t index;
	ssize_t n;

	if (elf_getshdrstrndx(r->elf, &index) != 0 || index == SHN_UNDEF) {
		*ret_size = 0;
		return 0;
	}
	if (!gelf_getshdr(elf_getscn(r->elf, index), &section))
		return -EBADMSG;
	n = read_at(r->fd, section.sh_offset, names,
		    section.sh_size < SECTION_NAMES_SIZE ? section.sh_size : SECTION_NAMES_SIZE);
	if (n < 0)
		return (int)n;
	names[n] = '\0';
	*ret_size = (size_t)n;
	return 0;
}

static int read_sections(struct reader *r, const char *names, size_t names_size)
{
	bool seen[TABLE_COUNT] = {false};
	Elf_Scn *at = NULL;

	while ((at = elf_nextscn(r->elf, at))) {
		enum table table;
		GElf_Shdr section;
		int err;

		if (!gelf_getshdr(at, &section))
			return -EBADMSG;
		if (is_go_section(&section, names, names_size))
			r->e->is_go = true;
		if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM)
			continue;
		table = section.sh_type == SHT_SYMTAB ? TABLE_SYMTAB : TABLE_DYNSYM;
		if (seen[table]) /* the gABI allows one of each */
			return -EBADMSG;
		seen[table] = true;
		err = read_table(r, table, &section);
		if (err)
			return err;
	}
	return 0;
}

static int compare_functions(const void *left, const void *right)
{
	const struct function *a = left;
	const struct function *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return a->name < b->name ? -1 : a->name > b->name;
}

static void finish_functions(struct elf_symbols *e)
{
	struct function *shrunk;

	if (e->functions_len == 0)
		return;
	qsort(e->functions, e->functions_len, sizeof(*e->functions), compare_functions);
	shrunk = reallocarray(e->functions, e->functions_len, sizeof(*shrunk));
	if (shrunk)
		e->functions = shrunk;
}

static int read_elf(struct reader *r)
{
	GElf_Ehdr header;
	char *names;
	size_t names_size = 0;
	int err;

	if (!gelf_getehdr(r->elf, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN))
		return -EBADMSG;
	r->e->address_flag = header.e_machine == EM_ARM; /* bit 0: it is Thumb code */
	err = read_segments(r, header.e_phnum);
	if (err)
		return err;
	names = malloc(SECTION_NAMES_SIZE + 1);
	if (!names)
		return -ENOMEM;
	err = read_section_names(r, names, &names_size);
	if (!err)
		err = read_sections(r, names, names_size);
	free(names);
	if (!err)
		finish_functions(r->e);
	return err;
}

int elf_symbols_read(int fd, struct elf_symbols **ret)
{
	struct reader r = {.fd = fd};
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	r.file_size = (uint64_t)st.st_size;
	err = check_header(&r);
	if (err)
		return err;
	r.e = calloc(1, sizeof(*r.e));
	if (!r.e)
		return -ENOMEM;
	/* ELF_C_READ reads; every other command that is of use here maps the file. */
	elf_version(EV_CURRENT);
	r.elf = elf_begin(fd, ELF_C_READ, NULL);
	err = r.elf ? read_elf(&r) : -EBADMSG;
	elf_end(r.elf);
	if (err) {
		elf_symbols_free(r.e);
		return err;
	}
	*ret = r.e;
	return 0;
}

void elf_symbols_free(struct elf_symbols *e)
{
	if (!e)
		return;
	free(e->functions);
	free(e->segments);
	free(e);
}

size_t elf_symbols_size(const struct elf_symbols *e)
{
	return sizeof(*e) + e->functions_len * sizeof(*e->functions) +
	       e->segments_len * sizeof(*e->segments);
}

bool elf_symbols_is_go(const struct elf_symbols *e)
{
	return e->is_go;
}

bool elf_symbols_vaddr(const struct elf_symbols *e, uint64_t file_offset, uint64_t *ret)
{
	const struct segment *found = NULL;

	for (size_t i = 0; i < e->segments_len; i++) {
		const struct segment *s = &e->segments[i];

		if (file_offset >= s->offset && file_offset - s->offset < s->size &&
		    (!found || (s->executable && !found->executable)))
			found = s;
	}
	if (!found)
		return false;
	*ret = found->vaddr + (file_offset - found->offset);
	return true;
}

/* 1: it has one. 0: no name that means something, or none that is inside the table. */
static int read_name(const struct elf_symbols *e, int fd, const struct function *f,
		     char name[static ELF_SYMBOL_NAME_SIZE])
{
	static const char cut[] = "...";
	const struct strings *strings = &e->strings[f->table];
	uint64_t left = f->name < strings->size ? strings->size - f->name : 0;
	size_t size = left < ELF_SYMBOL_NAME_SIZE ? (size_t)left : ELF_SYMBOL_NAME_SIZE;
	int err = read_exactly(fd, strings->offset + f->name, name, size);

	if (err)
		return err;
	if (!memchr(name, '\0', size)) {
		if (size < ELF_SYMBOL_NAME_SIZE)
			return 0;
		memcpy(name + ELF_SYMBOL_NAME_SIZE - sizeof(cut), cut, sizeof(cut));
	}
	/* "$x", "$d.1" and the like tell instructions from data on ARM and RISC-V. */
	return name[0] != '\0' && !(f->rank >= RANK_LABEL && name[0] == '$');
}

static bool covers(const struct function *f, uint64_t vaddr)
{
	return f->size ? vaddr - f->value < f->size : vaddr == f->value;
}

/*
 * Of the functions from `first` on that share its address, the one that goes first; as
 * elf_symbols_find().
 */
static int choose(const struct elf_symbols *e, int fd, size_t first, uint64_t vaddr,
		  struct elf_symbol *ret)
{
	const struct function *best = NULL;
	size_t aliases = 0;

	for (size_t i = first; i < e->functions_len && aliases < ALIASES_MAX; i++) {
		const struct function *f = &e->functions[i];
		char name[ELF_SYMBOL_NAME_SIZE] = "";
		size_t len;
		int r;

		if (f->value != e->functions[first].value || (best && f->rank != best->rank))
			break;
		if (!covers(f, vaddr))
			continue;
		aliases++;
		r = read_name(e, fd, f, name);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		len = strlen(name);
		if (best && (len > strlen(ret->name) ||
			     (len == strlen(ret->name) && strcmp(name, ret->name) >= 0)))
			continue;
		best = f;
		memcpy(ret->name, name, len + 1);
		ret->offset = vaddr - f->value;
	}
	return best != NULL;
}

/* The number of functions that begin before `value`. */
static size_t count_before(const struct elf_symbols *e, uint64_t value)
{
	size_t low = 0;
	size_t high = e->functions_len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (e->functions[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int elf_symbols_find(const struct elf_symbols *e, int fd, uint64_t vaddr, struct elf_symbol *ret)
{
	struct elf_symbol found;
	size_t end;

	vaddr &= ~e->address_flag;
	end = count_before(e, vaddr + 1);
	/* Backwards from place to place: a function may hold labels, or others. */
	for (unsigned int places = 0; end > 0 && places < NEIGHBOURS_MAX; places++) {
		const size_t first = count_before(e, e->functions[end - 1].value);
		const int r = choose(e, fd, first, vaddr, &found);

		if (r > 0)
			*ret = found;
		if (r != 0)
			return r;
		end = first;
	}
	return 0;
}
