// SPDX-License-Identifier: BSD-2-Clause
#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_symbols.h"
#include "mapped_file.h"
#include "maps.h"
#include "strbuf.h"
#include "symbol_cache.h"

/* What the kernel shows of vm.max_map_count (65530) mappings with long names. */
#define MAPS_BYTES_MAX (16 << 20)
#define DEVICES_MAX    64
#define MODULE_SIZE    256

#define HANDLER_IGN 1 /* include/uapi/asm-generic/signal-defs.h */

struct device {
	uint32_t dev_major;
	uint32_t dev_minor;
	bool remote;
};

struct symbols {
	struct symbol_cache *cache;
	struct device devices[DEVICES_MAX];
	size_t devices_count; /* ever seen: the oldest makes room */
};

/* A handler that is looked up. */
struct wanted {
	uint64_t handler;
	uint64_t signals; /* that the process has it for */
	bool mapped;	  /* `line` and `path` are there */
	bool described;
	struct maps_line line;
	char *path;
	char *text; /* NULL: not known */
	enum runtime runtime;
};

struct request {
	struct wanted wanted[EVENT_SIG_MAX];
	size_t len;
	int err; /* -ENOMEM while the mappings were read */
};

int symbols_new(struct symbols **ret)
{
	struct symbols *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = symbol_cache_new(&s->cache);
	if (err) {
		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	symbol_cache_free(s->cache);
	free(s);
}

size_t symbols_tables_read(const struct symbols *s)
{
	return symbol_cache_tables_read(s->cache);
}

/* mapped_file_is_remote(), once for each device. */
static bool is_remote(struct symbols *s, const struct proc_dir *d, const struct maps_line *line)
{
	const size_t known = s->devices_count < DEVICES_MAX ? s->devices_count : DEVICES_MAX;
	struct device *device;

	if (line->dev_major != 0)
		return false;
	for (size_t i = 0; i < known; i++) {
		device = &s->devices[i];
		if (device->dev_major == line->dev_major && device->dev_minor == line->dev_minor)
			return device->remote;
	}
	device = &s->devices[s->devices_count++ % DEVICES_MAX];
	*device = (struct device){line->dev_major, line->dev_minor, mapped_file_is_remote(d, line)};
	return device->remote;
}

static int set_text(struct wanted *w, const char *module, const char *name, uint64_t offset)
{
	char memory[MODULE_SIZE + ELF_SYMBOL_NAME_SIZE + sizeof("!+0x0123456789abcdef")];
	struct strbuf text;

	strbuf_init(&text, memory, sizeof(memory));
	strbuf_add_bytes(&text, module, strnlen(module, MODULE_SIZE));
	if (name) {
		strbuf_add_char(&text, '!');
		strbuf_add(&text, name);
	}
	if (!name || offset > 0) {
		strbuf_add_char(&text, '+');
		strbuf_add_hex(&text, offset);
	}
	w->text = strdup(memory);
	return w->text ? 0 : -ENOMEM;
}

/* found_fd: of the file, or -1. */
static int describe_in_file(struct symbols *s, int found_fd, const struct stat *st,
			    struct wanted *w)
{
	struct handler_facts facts = {.module = maps_base_name(w->path), .signals = w->signals};
	struct symbol_place place = {.offset = w->handler - w->line.start + w->line.offset};
	int err = 0;

	if (found_fd >= 0)
		err = symbol_cache_look_up(s->cache, found_fd, st, place.offset, &place);
	if (err)
		return err;
	/* What a JIT writes and runs may be a memfd (.NET) or a deleted file (libffi): no module.
	 */
	if (facts.module[0] == '\0' || (w->line.deleted && place.file == SYMBOL_FILE_NOT_ELF) ||
	    (w->line.kind == MAPS_KIND_MEMFD && place.file != SYMBOL_FILE_ELF))
		return 0;
	facts.symbol = place.name;
	facts.go_file = place.is_go;
	w->runtime = runtime_of_handler(&facts);
	return set_text(w, facts.module, place.name, place.offset);
}

/* All handlers that lie in the mapping of this one. */
static int describe_mapping(struct symbols *s, const struct proc_dir *d, struct request *request,
			    const struct wanted *first)
{
	struct stat st;
	int found_fd = -1;
	int err = 0;

	if (first->line.kind == MAPS_KIND_MEMFD || !is_remote(s, d, &first->line))
		found_fd = mapped_file_find(d, &first->line, first->path, &st);
	for (size_t i = 0; i < request->len && !err; i++) {
		struct wanted *w = &request->wanted[i];

		if (w->mapped && w->line.start == first->line.start) {
			w->described = true;
			err = describe_in_file(s, found_fd, &st, w);
		}
	}
	if (found_fd >= 0)
		close(found_fd);
	return err;
}

static int describe_all(struct symbols *s, const struct proc_dir *d, struct request *request)
{
	int err = 0;

	for (size_t i = 0; i < request->len && !err; i++) {
		struct wanted *w = &request->wanted[i];

		if (w->described || !w->mapped || !w->line.executable)
			continue;
		if (w->line.kind == MAPS_KIND_FILE || w->line.kind == MAPS_KIND_MEMFD)
			err = describe_mapping(s, d, request, w);
		else if (w->line.kind == MAPS_KIND_VDSO)
			err = set_text(w, "[vdso]", NULL, w->handler - w->line.start);
	}
	return err;
}

/* 0 or -ENOMEM. */
static int set_mapping(struct wanted *w, const struct maps_line *line)
{
	w->path = malloc(line->path_len + 1);
	if (!w->path)
		return -ENOMEM;
	w->line = *line;
	w->line.path = w->path;
	w->line.path_len = maps_copy_path(line, w->path, line->path_len + 1);
	w->mapped = true;
	return 0;
}

/* proc_dir_each_line(): 0 to end it. Mappings come in the order of their addresses. */
static int look_at_mapping(void *context, const char *text, size_t len)
{
	struct request *request = context;
	struct maps_line line;
	int more = 0;

	if (maps_parse_line(text, len, &line) < 0)
		return 1;
	for (size_t i = 0; i < request->len && !request->err; i++) {
		struct wanted *w = &request->wanted[i];

		if (w->handler >= line.end)
			more = 1;
		else if (w->handler >= line.start && !w->mapped)
			request->err = set_mapping(w, &line);
	}
	return more && !request->err;
}

static struct wanted *find_wanted(struct request *request, uint64_t handler)
{
	for (size_t i = 0; i < request->len; i++)
		if (request->wanted[i].handler == handler)
			return &request->wanted[i];
	return NULL;
}

static bool is_known(const struct process *p, uint64_t handler)
{
	for (size_t i = 0; i < p->symbols_len; i++)
		if (p->symbols[i].handler == handler)
			return true;
	return false;
}

static void collect(const struct process *p, uint64_t mask, struct request *request)
{
	const uint64_t caught = p->actions ? p->caught : 0;

	for (size_t i = 0; i < EVENT_SIG_MAX; i++) {
		if (!(caught & mask & 1ULL << i) || p->actions[i].handler <= HANDLER_IGN ||
		    is_known(p, p->actions[i].handler) ||
		    find_wanted(request, p->actions[i].handler))
			continue;
		request->wanted[request->len++].handler = p->actions[i].handler;
	}
	for (size_t i = 0; i < EVENT_SIG_MAX && request->len > 0; i++) {
		struct wanted *w = find_wanted(request,
					       caught & 1ULL << i ? p->actions[i].handler : 0);

		if (w)
			w->signals |= 1ULL << i;
	}
}

static int store(struct process *p, struct request *request)
{
	struct process_symbol *grown;

	grown = reallocarray(p->symbols, p->symbols_len + request->len, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->symbols = grown;
	for (size_t i = 0; i < request->len; i++) {
		struct wanted *w = &request->wanted[i];

		p->symbols[p->symbols_len++] = (struct process_symbol){
			.handler = w->handler,
			.text = w->text,
			.runtime = w->runtime,
		};
		w->text = NULL;
	}
	return 0;
}

static int resolve(struct symbols *s, const struct proc_dir *d, struct request *request)
{
	char stat[512];
	int err = proc_dir_each_line(d, "maps", MAPS_BYTES_MAX, look_at_mapping, request);

	if (request->err)
		return request->err;
	/* A zombie has no memory: some kernels say that in the same way. */
	if (err == -ESRCH && proc_dir_read(d, "stat", stat, sizeof(stat)) == -ESRCH)
		return -ESRCH;
	return describe_all(s, d, request);
}

static void clear(struct request *request)
{
	for (size_t i = 0; i < request->len; i++) {
		free(request->wanted[i].path);
		free(request->wanted[i].text);
	}
}

int symbols_resolve(struct symbols *s, const struct proc_dir *d, struct process *p, uint64_t mask)
{
	struct request request = {0};
	int err;

	collect(p, mask, &request);
	if (request.len == 0)
		return 0;
	err = resolve(s, d, &request);
	if (!err)
		err = store(p, &request);
	clear(&request);
	return err;
}

int symbols_resolve_handler(struct symbols *s, const struct proc_dir *d, uint64_t handler,
			    uint64_t signals, struct process_symbol *ret)
{
	struct request request = {.wanted = {{.handler = handler, .signals = signals}}, .len = 1};
	struct wanted *w = &request.wanted[0];
	int err = resolve(s, d, &request);

	if (!err) {
		*ret = (struct process_symbol){handler, w->text, w->runtime};
		w->text = NULL;
	}
	clear(&request);
	return err;
}
