// SPDX-License-Identifier: BSD-2-Clause
#include "kernel_symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE    65536 /* a line has about 50 bytes, a name 511 at most (KSYM_NAME_LEN) */
#define FIRST_ENTRIES 128

struct entry {
	uint64_t start;
	uint64_t end; /* where the next symbol begins */
	const char *name;
};

struct kernel_symbols {
	struct entry *entries; /* by start */
	size_t len;
	size_t size;
};

/* What is needed while the file is read. */
struct reading {
	struct kernel_symbols *symbols;
	const char **names; /* sorted */
	size_t names_len;
	uint64_t *addresses; /* of all functions, for modules' are not in order */
	size_t addresses_len;
	size_t addresses_size;
	bool visible; /* an address was not 0 */
};

/* The array, moved where it had no room for one more element; NULL: no memory, it stays. */
static void *grow(void *array, size_t *size, size_t len, size_t element_size)
{
	size_t wanted = *size ? 2 * *size : FIRST_ENTRIES;
	void *bigger;

	if (len < *size)
		return array;
	bigger = reallocarray(array, wanted, element_size);
	if (bigger)
		*size = wanted;
	return bigger;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* "ffffffff81000000 T name\t[module]", of which `line` is changed. False: not of this form. */
static bool split_line(char *line, uint64_t *address, char *type, char **name)
{
	char *end;

	errno = 0;
	*address = strtoull(line, &end, 16);
	if (errno || end == line || end[0] != ' ' || end[1] == '\0' || end[2] != ' ')
		return false;
	*type = end[1];
	*name = end + 3;
	(*name)[strcspn(*name, " \t")] = '\0';
	return **name != '\0';
}

static bool is_function(char type, const char *name)
{
	/* $ are marks inside of functions, between code and data (arm64), .L are local labels. */
	return strchr("tTwW", type) && name[0] != '$' && strncmp(name, ".L", 2) != 0;
}

static int add_address(struct reading *r, uint64_t address)
{
	uint64_t *addresses = grow(r->addresses, &r->addresses_size, r->addresses_len,
				   sizeof(*addresses));

	if (!addresses)
		return -ENOMEM;
	r->addresses = addresses;
	r->addresses[r->addresses_len++] = address;
	if (address != 0)
		r->visible = true;
	return 0;
}

static int add_entry(struct kernel_symbols *s, uint64_t start, const char *name)
{
	struct entry *entries = grow(s->entries, &s->size, s->len, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	s->entries = entries;
	s->entries[s->len++] = (struct entry){start, UINT64_MAX, name};
	return 0;
}

static int add_line(struct reading *r, char *line)
{
	const char **wanted;
	uint64_t address;
	char *name;
	char type;

	if (!split_line(line, &address, &type, &name) || !is_function(type, name))
		return 0;
	if (add_address(r, address) < 0)
		return -ENOMEM;
	/* No function of C has a dot in its name: from there on it is the compiler's. */
	name[strcspn(name, ".")] = '\0';
	wanted = bsearch(&name, r->names, r->names_len, sizeof(*r->names), compare_names);
	return wanted ? add_entry(r->symbols, address, *wanted) : 0;
}

/* Adds the whole lines of text[0..len) and returns how many bytes they are, or -ENOMEM. */
static ssize_t add_lines(struct reading *r, char *text, size_t len)
{
	char *line = text;

	for (;;) {
		char *newline = memchr(line, '\n', len - (line - text));

		if (!newline)
			return line - text;
		*newline = '\0';
		if (add_line(r, line) < 0)
			return -ENOMEM;
		line = newline + 1;
	}
}

static int read_symbols(struct reading *r, int fd)
{
	char *text = malloc(CHUNK_SIZE);
	size_t len = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	while ((n = read(fd, text + len, CHUNK_SIZE - len)) != 0) {
		ssize_t used;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			break;
		}
		len += n;
		used = add_lines(r, text, len);
		if (used < 0 || (used == 0 && len == CHUNK_SIZE)) {
			n = used < 0 ? used : -EINVAL;
			break;
		}
		len -= used;
		memmove(text, text + used, len);
	}
	free(text);
	return n;
}

static void find_ends(struct reading *r)
{
	struct kernel_symbols *s = r->symbols;

	for (size_t i = 0; i < s->len; i++) {
		struct entry *entry = &s->entries[i];

		for (size_t k = 0; k < r->addresses_len; k++)
			if (r->addresses[k] > entry->start && r->addresses[k] < entry->end)
				entry->end = r->addresses[k];
	}
	if (s->len > 0)
		qsort(s->entries, s->len, sizeof(*s->entries), compare_entries);
}

static int read_file(struct reading *r)
{
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = read_symbols(r, fd);
	close(fd);
	if (ret < 0)
		return ret;
	if (!r->visible)
		return -EACCES;
	find_ends(r);
	return 0;
}

int kernel_symbols_new(const char *const names[], struct kernel_symbols **ret)
{
	struct reading r = {0};
	int error = -ENOMEM;

	while (names[r.names_len])
		r.names_len++;
	r.names = calloc(r.names_len + 1, sizeof(*r.names));
	r.symbols = calloc(1, sizeof(*r.symbols));
	if (r.names && r.symbols) {
		memcpy(r.names, names, r.names_len * sizeof(*r.names));
		qsort(r.names, r.names_len, sizeof(*r.names), compare_names);
		error = read_file(&r);
	}
	free(r.addresses);
	free(r.names);
	if (error < 0) {
		kernel_symbols_free(r.symbols);
		return error;
	}
	*ret = r.symbols;
	return 0;
}

void kernel_symbols_free(struct kernel_symbols *s)
{
	if (!s)
		return;
	free(s->entries);
	free(s);
}

const char *kernel_symbols_find(const struct kernel_symbols *s, uint64_t address)
{
	size_t low = 0;
	size_t high = s->len;

	/* The last one that starts at or below the address. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= s->entries[low - 1].end)
		return NULL;
	return s->entries[low - 1].name;
}
