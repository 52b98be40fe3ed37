// SPDX-License-Identifier: BSD-2-Clause
#include "symbol_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_symbols.h"
#include "mapped_file.h"

#define FILES_MAX	512
#define FILES_BYTES_MAX (12 << 20) /* of tables; the last one read may exceed it */
#define ANSWERS_MAX	32	   /* programs have few handlers */

/* A name, or that there is none, so that the file need not be opened again for it. */
struct answer {
	uint64_t vaddr;
	char *name; /* NULL: no function is proven */
	uint64_t offset;
};

struct file_key {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};

struct file {
	struct file_key key;
	uint64_t used; /* when, as symbol_cache.clock counts */
	enum symbol_file kind;
	struct elf_symbols *elf; /* with SYMBOL_FILE_ELF */
	struct answer answers[ANSWERS_MAX];
	size_t answers_count; /* ever given: the oldest makes room */
};

struct symbol_cache {
	struct file *files[FILES_MAX];
	size_t files_len;
	size_t bytes;
	uint64_t clock;
	size_t tables_read;
};

int symbol_cache_new(struct symbol_cache **ret)
{
	struct symbol_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*ret = c;
	return 0;
}

static void file_free(struct file *f)
{
	for (size_t i = 0; i < ANSWERS_MAX; i++)
		free(f->answers[i].name);
	elf_symbols_free(f->elf);
	free(f);
}

void symbol_cache_free(struct symbol_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->files_len; i++)
		file_free(c->files[i]);
	free(c);
}

size_t symbol_cache_tables_read(const struct symbol_cache *c)
{
	return c->tables_read;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct file_key *a, const struct file_key *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->size == b->size &&
	       same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

static struct file *find_file(struct symbol_cache *c, const struct file_key *key)
{
	for (size_t i = 0; i < c->files_len; i++)
		if (same_file(&c->files[i]->key, key))
			return c->files[i];
	return NULL;
}

static size_t table_bytes(const struct file *f)
{
	return f->elf ? elf_symbols_size(f->elf) : 0;
}

static void forget_oldest_file(struct symbol_cache *c)
{
	size_t oldest = 0;

	for (size_t i = 1; i < c->files_len; i++)
		if (c->files[i]->used < c->files[oldest]->used)
			oldest = i;
	c->bytes -= table_bytes(c->files[oldest]);
	file_free(c->files[oldest]);
	c->files[oldest] = c->files[--c->files_len];
}

/* One that fails is remembered, too: it will fail again. */
static int add_file(struct symbol_cache *c, const struct file_key *key, int fd, struct file **ret)
{
	struct file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = elf_symbols_read(fd, &f->elf);
	if (err == -ENOMEM) {
		free(f);
		return err;
	}
	c->tables_read++;
	f->key = *key;
	f->kind = SYMBOL_FILE_UNKNOWN;
	if (!err)
		f->kind = SYMBOL_FILE_ELF;
	else if (err == -EBADMSG)
		f->kind = SYMBOL_FILE_NOT_ELF;
	while (c->files_len > 0 &&
	       (c->files_len == FILES_MAX || c->bytes + table_bytes(f) > FILES_BYTES_MAX))
		forget_oldest_file(c);
	c->files[c->files_len++] = f;
	c->bytes += table_bytes(f);
	*ret = f;
	return 0;
}

/* *ret stays NULL where the file cannot be read now. 0 or -ENOMEM. */
static int get_file(struct symbol_cache *c, int found_fd, const struct stat *st, struct file **ret)
{
	const struct file_key key = {st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim};
	struct file *f = find_file(c, &key);
	int err = 0;
	int fd;

	if (!f) {
		fd = mapped_file_open(found_fd);
		if (fd < 0)
			return 0;
		err = add_file(c, &key, fd, &f);
		close(fd);
	}
	if (err)
		return err;
	f->used = ++c->clock;
	*ret = f;
	return 0;
}

static const struct answer *find_answer(const struct file *f, uint64_t vaddr)
{
	const size_t known = f->answers_count < ANSWERS_MAX ? f->answers_count : ANSWERS_MAX;

	for (size_t i = 0; i < known; i++)
		if (f->answers[i].vaddr == vaddr)
			return &f->answers[i];
	return NULL;
}

/* Looks the function up in the file; *ret stays NULL where it cannot be read now. 0 or -ENOMEM. */
static int add_answer(struct file *f, int found_fd, uint64_t vaddr, const struct answer **ret)
{
	struct elf_symbol symbol = {.offset = 0};
	struct answer *answer;
	char *name = NULL;
	int found;
	int fd = mapped_file_open(found_fd);

	if (fd < 0)
		return 0;
	found = elf_symbols_find(f->elf, fd, vaddr, &symbol);
	close(fd);
	if (found < 0)
		return 0;
	if (found > 0) {
		name = strdup(symbol.name);
		if (!name)
			return -ENOMEM;
	}
	answer = &f->answers[f->answers_count++ % ANSWERS_MAX];
	free(answer->name);
	*answer = (struct answer){vaddr, name, symbol.offset};
	*ret = answer;
	return 0;
}

int symbol_cache_look_up(struct symbol_cache *c, int found_fd, const struct stat *st,
			 uint64_t file_offset, struct symbol_place *ret)
{
	struct symbol_place place = {.offset = file_offset};
	const struct answer *answer;
	struct file *f = NULL;
	int err = get_file(c, found_fd, st, &f);

	if (err)
		return err;
	if (f)
		place.file = f->kind;
	if (place.file == SYMBOL_FILE_ELF) {
		place.is_go = elf_symbols_is_go(f->elf);
		if (elf_symbols_vaddr(f->elf, file_offset, &place.offset)) {
			answer = find_answer(f, place.offset);
			if (!answer)
				err = add_answer(f, found_fd, place.offset, &answer);
			if (err)
				return err;
			if (answer && answer->name) {
				place.name = answer->name;
				place.offset = answer->offset;
			}
		}
	}
	*ret = place;
	return 0;
}
