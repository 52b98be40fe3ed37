/* SPDX-License-Identifier: BSD-2-Clause */
/* An ELF file of a process that is looked at, from its bytes to the name of a handler. */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_symbols.h"
#include "fuzz.h"

#define TEXT_OFFSET 0x200
#define TEXT_SIZE   0x100
#define TEXT_VADDR  0x401200
/* Behind symbols and names. */
#define SECTIONS_OFFSET 0x600

static void look_up(const struct elf_symbols *e, int fd, uint64_t vaddr)
{
	struct elf_symbol first;
	struct elf_symbol second;
	int r;

	memset(&first, 0x55, sizeof(first));
	memset(&second, 0x55, sizeof(second));
	r = elf_symbols_find(e, fd, vaddr, &first);
	FUZZ_CHECK(r == 1 || r == 0 || r == -EBADMSG);
	FUZZ_CHECK(elf_symbols_find(e, fd, vaddr, &second) == r);
	FUZZ_CHECK(memcmp(&first.offset, &second.offset, sizeof(first.offset)) == 0);
	if (r == 1) {
		FUZZ_CHECK(memchr(first.name, '\0', sizeof(first.name)) && first.name[0]);
		FUZZ_CHECK(strcmp(first.name, second.name) == 0);
		FUZZ_CHECK(first.offset <= vaddr);
	}
}

static int file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz_elf", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_symbols *e = NULL;
	const int fd = file_of(data, size);
	const int r = elf_symbols_read(fd, &e);

	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -EFBIG);
	FUZZ_CHECK((r == 0) == (e != NULL));
	if (!e)
		return 0;
	/* A symbol takes 16 bytes in a file at least, and 16 here. */
	FUZZ_CHECK(elf_symbols_size(e) <= 2 * size + 16384);
	for (uint64_t offset = 0; offset <= size; offset += 48) {
		uint64_t vaddr;

		if (elf_symbols_vaddr(e, offset, &vaddr))
			look_up(e, fd, vaddr);
	}
	for (uint64_t vaddr = TEXT_VADDR; vaddr < TEXT_VADDR + TEXT_SIZE; vaddr += 16)
		look_up(e, fd, vaddr);
	look_up(e, fd, 0);
	look_up(e, fd, UINT64_MAX);
	/* Its owner cuts it while it is read. */
	FUZZ_CHECK(ftruncate(fd, (off_t)(size / 2)) == 0);
	look_up(e, fd, TEXT_VADDR);
	elf_symbols_free(e);
	return 0;
}

/* The sections of the seeds. */
enum {
	SECTION_NULL,
	SECTION_TEXT,
	SECTION_SYMTAB,
	SECTION_STRTAB,
	SECTION_SHSTRTAB,
	SECTION_GO,
	SECTION_COUNT,
};

static const char section_names[] = "\0.text\0.symtab\0.strtab\0.shstrtab\0.gopclntab";
/* The last one has no end in the table. */
static const char strings[] = "\0on_term\0alias\0weak\0local\0label\0$x\0tiny\0plt\0open";

enum {
	NAME_ON_TERM = 1,
	NAME_ALIAS = 9,
	NAME_WEAK = 15,
	NAME_LOCAL = 20,
	NAME_LABEL = 26,
	NAME_MARK = 32,
	NAME_TINY = 35,
	NAME_PLT = 40,
	NAME_OPEN = 44,
	STRINGS_SIZE = 48,
	NAME_OUTSIDE = STRINGS_SIZE + 2, /* in section_names */
};
_Static_assert(sizeof(strings) == STRINGS_SIZE + 1, "strings");

static const struct {
	uint32_t name;
	uint8_t bind;
	uint8_t type;
	uint8_t section;
	uint32_t value; /* from TEXT_VADDR */
	uint32_t size;
} symbols[] = {
	{0, STB_LOCAL, STT_NOTYPE, SHN_UNDEF, 0, 0},
	{NAME_ON_TERM, STB_GLOBAL, STT_FUNC, SECTION_TEXT, 0x00, 0x40},
	{NAME_ALIAS, STB_GLOBAL, STT_FUNC, SECTION_TEXT, 0x00, 0x40},
	{NAME_WEAK, STB_WEAK, STT_FUNC, SECTION_TEXT, 0x00, 0x40},
	{NAME_LOCAL, STB_LOCAL, STT_FUNC, SECTION_TEXT, 0x00, 0x40},
	{NAME_MARK, STB_LOCAL, STT_NOTYPE, SECTION_TEXT, 0x00, 0},
	{NAME_TINY, STB_LOCAL, STT_FUNC, SECTION_TEXT, 0x20, 0x08},
	{NAME_LABEL, STB_GLOBAL, STT_NOTYPE, SECTION_TEXT, 0x80, 0},
	{NAME_LABEL, STB_GLOBAL, STT_NOTYPE, SECTION_TEXT, 0x90, 0},
	{NAME_LOCAL, STB_LOCAL, STT_FUNC, SECTION_TEXT, 0x90, 0x08},
	{NAME_LOCAL, STB_LOCAL, STT_OBJECT, SECTION_TEXT, 0xa0, 0x10},
	{NAME_PLT, STB_GLOBAL, STT_FUNC, SHN_UNDEF, 0xb0, 0x10},
	{NAME_LABEL, STB_GLOBAL, STT_NOTYPE, SECTION_GO, 0xc0, 0},
	{NAME_OPEN, STB_GLOBAL, STT_FUNC, SECTION_TEXT, 0xd0, 0x10},
	{NAME_OUTSIDE, STB_GLOBAL, STT_FUNC, SECTION_TEXT, 0xe0, 0x10},
	{NAME_MARK, STB_LOCAL, STT_NOTYPE, SECTION_TEXT, 0xf0, 0},
};
#define SYMBOLS_COUNT (sizeof(symbols) / sizeof(symbols[0]))

/* From TEXT_VADDR: what must be found there, and how far into it that is. */
static const struct {
	uint32_t at;
	const char *name;
	uint64_t offset;
} expected[] = {
	{0x00, "alias", 0},    {0x01, "alias", 1},    {0x20, "tiny", 0},  {0x27, "tiny", 7},
	{0x28, "alias", 0x28}, {0x3f, "alias", 0x3f}, {0x40, NULL, 0},	  {0x7f, NULL, 0},
	{0x80, "label", 0},    {0x81, NULL, 0},	      {0x90, "local", 0}, {0xa0, NULL, 0},
	{0xb0, NULL, 0},       {0xc0, NULL, 0},	      {0xd0, NULL, 0},	  {0xe0, NULL, 0},
	{0xf0, NULL, 0},
};

#define DEFINE_SEED(bits)                                                                         \
	static size_t seed##bits(uint8_t *data)                                                   \
	{                                                                                         \
		Elf##bits##_Ehdr *header = (Elf##bits##_Ehdr *)data;                              \
		Elf##bits##_Phdr *segment = (Elf##bits##_Phdr *)(header + 1);                     \
		Elf##bits##_Sym *symbol = (Elf##bits##_Sym *)(data + TEXT_OFFSET + TEXT_SIZE);    \
		char *names = (char *)(symbol + SYMBOLS_COUNT);                                   \
		char *shstrtab = names + sizeof(strings);                                         \
		Elf##bits##_Shdr *section = (Elf##bits##_Shdr *)(data + SECTIONS_OFFSET);         \
		memset(data, 0, SECTIONS_OFFSET + SECTION_COUNT * sizeof(*section));              \
		memcpy(names, strings, sizeof(strings));                                          \
		memcpy(shstrtab, section_names, sizeof(section_names));                           \
		*header = (Elf##bits##_Ehdr){                                                     \
			.e_type = ET_EXEC,                                                        \
			.e_machine = EM_AARCH64,                                                  \
			.e_version = EV_CURRENT,                                                  \
			.e_phoff = sizeof(*header),                                               \
			.e_shoff = SECTIONS_OFFSET,                                               \
			.e_ehsize = sizeof(*header),                                              \
			.e_phentsize = sizeof(*segment),                                          \
			.e_phnum = 1,                                                             \
			.e_shentsize = sizeof(*section),                                          \
			.e_shnum = SECTION_COUNT,                                                 \
			.e_shstrndx = SECTION_SHSTRTAB,                                           \
		};                                                                                \
		memcpy(header->e_ident, ELFMAG, SELFMAG);                                         \
		header->e_ident[EI_CLASS] = ELFCLASS##bits;                                       \
		header->e_ident[EI_DATA] = ELFDATA2LSB;                                           \
		header->e_ident[EI_VERSION] = EV_CURRENT;                                         \
		*segment = (Elf##bits##_Phdr){                                                    \
			.p_type = PT_LOAD,                                                        \
			.p_flags = PF_R | PF_X,                                                   \
			.p_offset = TEXT_OFFSET,                                                  \
			.p_vaddr = TEXT_VADDR,                                                    \
			.p_filesz = TEXT_SIZE,                                                    \
			.p_memsz = TEXT_SIZE,                                                     \
		};                                                                                \
		for (size_t i = 0; i < SYMBOLS_COUNT; i++)                                        \
			symbol[i] = (Elf##bits##_Sym){                                            \
				.st_name = symbols[i].name,                                       \
				.st_info = ELF##bits##_ST_INFO(symbols[i].bind, symbols[i].type), \
				.st_shndx = symbols[i].section,                                   \
				.st_value = i ? TEXT_VADDR + symbols[i].value : 0,                \
				.st_size = symbols[i].size,                                       \
			};                                                                        \
		section[SECTION_TEXT] = (Elf##bits##_Shdr){                                       \
			.sh_name = 1,                                                             \
			.sh_type = SHT_PROGBITS,                                                  \
			.sh_flags = SHF_ALLOC | SHF_EXECINSTR,                                    \
			.sh_addr = TEXT_VADDR,                                                    \
			.sh_offset = TEXT_OFFSET,                                                 \
			.sh_size = TEXT_SIZE,                                                     \
		};                                                                                \
		section[SECTION_SYMTAB] = (Elf##bits##_Shdr){                                     \
			.sh_name = 7,                                                             \
			.sh_type = SHT_SYMTAB,                                                    \
			.sh_offset = TEXT_OFFSET + TEXT_SIZE,                                     \
			.sh_size = SYMBOLS_COUNT * sizeof(*symbol),                               \
			.sh_link = SECTION_STRTAB,                                                \
			.sh_entsize = sizeof(*symbol),                                            \
		};                                                                                \
		section[SECTION_STRTAB] = (Elf##bits##_Shdr){                                     \
			.sh_name = 15,                                                            \
			.sh_type = SHT_STRTAB,                                                    \
			.sh_offset = (size_t)(names - (char *)data),                              \
			.sh_size = STRINGS_SIZE,                                                  \
		};                                                                                \
		section[SECTION_SHSTRTAB] = (Elf##bits##_Shdr){                                   \
			.sh_name = 23,                                                            \
			.sh_type = SHT_STRTAB,                                                    \
			.sh_offset = (size_t)(shstrtab - (char *)data),                           \
			.sh_size = sizeof(section_names),                                         \
		};                                                                                \
		section[SECTION_GO] = (Elf##bits##_Shdr){                                         \
			.sh_name = 33,                                                            \
			.sh_type = SHT_PROGBITS,                                                  \
			.sh_offset = TEXT_OFFSET,                                                 \
			.sh_size = 1,                                                             \
		};                                                                                \
		return SECTIONS_OFFSET + SECTION_COUNT * sizeof(*section);                        \
	}

DEFINE_SEED(32)
DEFINE_SEED(64)

/* The seeds are read as what they are. */
static void check_seed(const uint8_t *data, size_t size)
{
	const int fd = file_of(data, size);
	struct elf_symbols *e = NULL;
	uint64_t vaddr = 0;

	FUZZ_CHECK(elf_symbols_read(fd, &e) == 0);
	FUZZ_CHECK(elf_symbols_is_go(e));
	FUZZ_CHECK(elf_symbols_vaddr(e, TEXT_OFFSET + 5, &vaddr) && vaddr == TEXT_VADDR + 5);
	FUZZ_CHECK(!elf_symbols_vaddr(e, TEXT_OFFSET - 1, &vaddr));
	FUZZ_CHECK(!elf_symbols_vaddr(e, TEXT_OFFSET + TEXT_SIZE, &vaddr));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct elf_symbol symbol;
		const int r = elf_symbols_find(e, fd, TEXT_VADDR + expected[i].at, &symbol);

		FUZZ_CHECK(r == (expected[i].name != NULL));
		if (r == 1) {
			FUZZ_CHECK(strcmp(symbol.name, expected[i].name) == 0);
			FUZZ_CHECK(symbol.offset == expected[i].offset);
		}
	}
	elf_symbols_free(e);
}

static void check_rejected(const uint8_t *data, size_t size)
{
	struct elf_symbols *e = NULL;

	FUZZ_CHECK(elf_symbols_read(file_of(data, size), &e) == -EBADMSG);
	FUZZ_CHECK(!e);
}

/* What the reader must not believe, one at a time. */
static void check_rejections(const uint8_t *seed, size_t size)
{
	static union {
		uint8_t data[FUZZ_SIZE_MAX];
		Elf64_Ehdr header;
	} file;
	Elf64_Shdr *const section = (Elf64_Shdr *)(file.data + SECTIONS_OFFSET);

#define REJECTED(change)                         \
	do {                                     \
		memcpy(file.data, seed, size);   \
		change;                          \
		check_rejected(file.data, size); \
	} while (0)
	REJECTED(file.header.e_ident[0] = 0);
	REJECTED(file.header.e_ident[EI_CLASS] = 3);
	REJECTED(file.header.e_ident[EI_DATA] = ELFDATA2MSB);
	REJECTED(file.header.e_type = ET_REL);
	REJECTED(file.header.e_phnum = PN_XNUM);
	REJECTED(file.header.e_phnum = 300);
	REJECTED(file.header.e_shnum = 0);
	REJECTED(file.header.e_shnum = 0xfeff);
	REJECTED(section[SECTION_SYMTAB].sh_link = SECTION_TEXT);
	REJECTED(section[SECTION_SYMTAB].sh_link = SECTION_COUNT);
	REJECTED(section[SECTION_SYMTAB].sh_offset = UINT64_MAX);
	REJECTED(section[SECTION_SYMTAB].sh_size = 1ULL << 40);
	REJECTED(section[SECTION_STRTAB].sh_offset = size);
	REJECTED(section[SECTION_STRTAB].sh_size = UINT64_MAX);
	REJECTED(section[SECTION_GO].sh_type = SHT_SYMTAB;
		 section[SECTION_GO].sh_link = SECTION_STRTAB);
#undef REJECTED
	for (size_t cut = 0; cut < sizeof(Elf64_Ehdr); cut++)
		check_rejected(seed, cut);
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	size_t size;

	if (index > 1)
		return 0;
	size = index ? seed32(data) : seed64(data);
	check_seed(data, size);
	if (index == 0)
		check_rejections(data, size);
	return size;
}
