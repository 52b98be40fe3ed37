// SPDX-License-Identifier: BSD-2-Clause
#include "kernel_symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kallsyms.h"

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

/* bsearch() of a name that ends without a NUL. */
static int compare_found(const void *a, const void *b)
{
	const struct kallsyms_function *found = a;
	const char *name = *(const char *const *)b;
	const int order = strncmp(found->name, name, found->name_len);

	return order != 0 || name[found->name_len] == '\0' ? order : -1;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return (x->start > y->start) - (x->start < y->start);
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

static int add_line(struct reading *r, const char *line, size_t len)
{
	struct kallsyms_function found;
	const char **wanted;

	if (!kallsyms_parse_function(line, len, &found))
		return 0;
	if (add_address(r, found.address) < 0)
		return -ENOMEM;
	wanted = bsearch(&found, r->names, r->names_len, sizeof(*r->names), compare_found);
	return wanted ? add_entry(r->symbols, found.address, *wanted) : 0;
}

/* Adds the whole lines of text[0..len) and returns how many bytes they are, or -ENOMEM. */
static ssize_t add_lines(struct reading *r, const char *text, size_t len)
{
	const char *line = text;
	const char *newline;

	while ((newline = memchr(line, '\n', len - (line - text)))) {
		if (add_line(r, line, newline - line) < 0)
			return -ENOMEM;
		line = newline + 1;
	}
	return line - text;
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
