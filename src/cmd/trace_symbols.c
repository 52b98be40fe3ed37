// SPDX-License-Identifier: BSD-2-Clause
#include "trace_symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "kernel_bits.h"
#include "log.h"
#include "process_snapshot.h"
#include "procfs.h"
#include "signals.h"
#include "symbols.h"

#define ENTRIES_MAX  4096 /* a power of two; a process has few handlers */
#define JOBS_MAX     64	  /* look-ups under way: more come from a storm of short-lived processes */
#define PREPARED_MAX 64

/* include/linux/sched.h: where the program was put in memory is random. */
#define PF_RANDOMIZE 0x00400000u

/* An address of a program that a process executes; the same address may be anything in the next. */
struct key {
	uint64_t start_boot_ns;
	uint32_t image;
	uint64_t handler;
	uint32_t tgid;
};

struct entry {
	struct key key;
	uint64_t asked_ns; /* CLOCK_MONOTONIC */
	char *text;	   /* NULL: there is none, or no answer yet */
	enum runtime runtime;
	bool answered;
	uint16_t next; /* of the same bucket: index + 1, 0: the last one */
};

struct wanted_process {
	uint32_t tgid;
	uint64_t start_boot_ns; /* or the beginning of its tick */
};

/*
 * Only the worker's thread uses `names`, from the first job on. All else belongs to the thread that
 * reads events.
 */
struct trace_symbols {
	struct worker *worker;
	struct symbols *names;
	size_t jobs; /* not handed back yet */
	struct entry entries[ENTRIES_MAX];
	size_t entries_count;	       /* ever added: the oldest makes room */
	uint16_t buckets[ENTRIES_MAX]; /* index + 1, 0: empty */
	/*
	 * Texts of entries that made room; reports may still have them until a job is done. Each
	 * was pushed out by a job that is not.
	 */
	char *retired[JOBS_MAX];
	size_t retired_len;
	struct wanted_process wanted[PREPARED_MAX]; /* for the preparation after this one */
	size_t wanted_len;
	bool preparing;
};

/* Looks up one handler. */
struct lookup {
	struct worker_job job; /* the head: it is cast back */
	struct trace_symbols *owner;
	struct key key;
	int sig;
	struct process_symbol found;
};

/* The handlers of one process. */
struct prepared {
	struct key key; /* but for the handler */
	struct process_symbol *symbols;
	size_t len;
};

/* Looks up all handlers of some processes: one snapshot tells the addresses of all. */
struct preparation {
	struct worker_job job; /* the head: it is cast back */
	struct trace_symbols *owner;
	size_t len;
	struct wanted_process wanted[PREPARED_MAX];
	struct prepared prepared[PREPARED_MAX];
};

int trace_symbols_new(struct worker *worker, struct trace_symbols **ret)
{
	struct trace_symbols *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	r = symbols_new(&s->names);
	if (r < 0) {
		free(s);
		return r;
	}
	s->worker = worker;
	*ret = s;
	return 0;
}

static void free_retired(struct trace_symbols *s)
{
	while (s->retired_len > 0)
		free(s->retired[--s->retired_len]);
}

void trace_symbols_free(struct trace_symbols *s)
{
	if (!s)
		return;
	/* One hangs, and was left behind with all that it uses. */
	if (s->jobs > 0)
		return;
	for (size_t i = 0; i < ENTRIES_MAX; i++)
		free(s->entries[i].text);
	free_retired(s);
	symbols_free(s->names);
	free(s);
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->handler == b->handler && a->image == b->image && a->tgid == b->tgid &&
	       a->start_boot_ns == b->start_boot_ns;
}

static uint16_t *bucket_of(struct trace_symbols *s, const struct key *key)
{
	uint64_t hash = (key->image ^ key->tgid) * 0x9e3779b97f4a7c15ULL;

	hash = (hash ^ key->handler) * 0x9e3779b97f4a7c15ULL;
	return &s->buckets[(hash >> 32) % ENTRIES_MAX];
}

/* NULL: not there. */
static struct entry *find_entry(struct trace_symbols *s, const struct key *key)
{
	for (uint16_t i = *bucket_of(s, key); i > 0; i = s->entries[i - 1].next)
		if (same_key(&s->entries[i - 1].key, key))
			return &s->entries[i - 1];
	return NULL;
}

/* Its text is kept until reports cannot have it any more. */
static void drop_entry(struct trace_symbols *s, struct entry *entry)
{
	uint16_t *link = bucket_of(s, &entry->key);

	while (&s->entries[*link - 1] != entry)
		link = &s->entries[*link - 1].next;
	*link = entry->next;
	if (entry->text)
		s->retired[s->retired_len++] = entry->text;
}

/* One that is not there yet. */
static struct entry *add_entry(struct trace_symbols *s, const struct key *key)
{
	const size_t slot = s->entries_count % ENTRIES_MAX;
	struct entry *entry = &s->entries[slot];
	uint16_t *bucket = bucket_of(s, key);

	if (s->entries_count++ >= ENTRIES_MAX)
		drop_entry(s, entry);
	*entry = (struct entry){.key = *key, .next = *bucket};
	*bucket = (uint16_t)(slot + 1);
	return entry;
}

/* Takes the text over. The first answer stays. */
static void answer(struct entry *entry, struct process_symbol *found)
{
	if (!entry->answered) {
		entry->answered = true;
		entry->text = found->text;
		entry->runtime = found->runtime;
		found->text = NULL;
	}
}

/*
 * Which program the process executes now, as events tell it. 0: not known, or it has no number of
 * its own, for without randomisation the next program's stack may begin at the same place.
 */
static uint32_t read_image(const struct proc_dir *d)
{
	struct proctext_stat stat;

	if (procfs_read_stat_at(d->fd, "stat", &stat) < 0 || !(stat.flags & PF_RANDOMIZE))
		return 0;
	return EVENT_IMAGE(stat.start_stack);
}

static void run_lookup(struct worker_job *job)
{
	struct lookup *l = (struct lookup *)job;
	struct process_symbol found = {0};
	struct proc_dir d;

	if (proc_dir_open(l->key.tgid, l->key.start_boot_ns, &d) < 0)
		return;
	/* The mappings must be those of the program of the event, from the first to the last. */
	if (read_image(&d) == l->key.image &&
	    symbols_resolve_handler(l->owner->names, &d, l->key.handler, signal_bit(l->sig),
				    &found) == 0 &&
	    read_image(&d) == l->key.image) {
		l->found = found;
		found.text = NULL;
	}
	free(found.text);
	proc_dir_close(&d);
}

static void end_lookup(struct worker_job *job)
{
	struct lookup *l = (struct lookup *)job;
	struct trace_symbols *s = l->owner;
	struct entry *entry = find_entry(s, &l->key);

	s->jobs--;
	free_retired(s);
	if (entry)
		answer(entry, &l->found);
	free(l->found.text);
	free(l);
}

/* True: the answer is on its way. */
static bool ask(struct trace_symbols *s, const struct key *key, int sig)
{
	struct lookup *l;

	if (s->jobs >= JOBS_MAX)
		return false;
	l = calloc(1, sizeof(*l));
	if (!l)
		return false;
	*l = (struct lookup){
		.job = {.run = run_lookup, .done = end_lookup},
		.owner = s,
		.key = *key,
		.sig = sig,
	};
	add_entry(s, key)->asked_ns = clock_ns(CLOCK_MONOTONIC);
	s->jobs++;
	worker_submit(s->worker, &l->job);
	return true;
}

bool trace_symbols_find(struct trace_symbols *s, struct report *r)
{
	const struct key key = {
		.start_boot_ns = r->target.start_boot_ns,
		.image = r->image,
		.handler = r->handler,
		.tgid = r->target.tgid,
	};
	const struct entry *entry;

	if (!r->image || r->handler <= HANDLER_KTHREAD_KERNEL)
		return false;
	entry = find_entry(s, &key);
	if (!entry)
		return ask(s, &key, r->sig);
	if (!entry->answered)
		return clock_ns(CLOCK_MONOTONIC) - entry->asked_ns < WORKER_PATIENCE_NS;
	r->handler_symbol = entry->text;
	r->handler_runtime = entry->runtime;
	return false;
}

static uint32_t read_image_of(const struct wanted_process *wanted)
{
	struct proc_dir d;
	uint32_t image;

	if (proc_dir_open(wanted->tgid, wanted->start_boot_ns, &d) < 0)
		return 0;
	image = read_image(&d);
	proc_dir_close(&d);
	return image;
}

/* `image` is from before the snapshot: the handlers are those of that program, too. */
static void prepare_process(struct symbols *names, uint32_t image, struct process *p,
			    struct prepared *ret)
{
	struct proc_dir d;

	if (!image || proc_dir_open(p->tgid, p->start_boot_ns, &d) < 0)
		return;
	if (symbols_resolve(names, &d, p, UINT64_MAX) == 0 && read_image(&d) == image) {
		ret->key = (struct key){
			.start_boot_ns = p->start_boot_ns,
			.image = image,
			.tgid = p->tgid,
		};
		ret->symbols = p->symbols;
		ret->len = p->symbols_len;
		p->symbols = NULL;
		p->symbols_len = 0;
	}
	proc_dir_close(&d);
}

static void run_preparation(struct worker_job *job)
{
	struct preparation *p = (struct preparation *)job;
	uint32_t tgids[PREPARED_MAX];
	uint32_t images[PREPARED_MAX];
	const struct snapshot_request request = {.tgids = tgids, .tgids_len = p->len};
	struct process_table table = {0};
	int r;

	for (size_t i = 0; i < p->len; i++) {
		tgids[i] = p->wanted[i].tgid;
		images[i] = read_image_of(&p->wanted[i]);
	}
	r = bpf_snapshot_take(&request, &table);
	if (r < 0) {
		log_debug("handlers of what is traced: %s", strerror(-r));
		return;
	}
	for (size_t i = 0; i < p->len; i++) {
		struct process *process = process_table_find(&table, tgids[i]);

		if (process && process->start_boot_ns / PROCFS_TICK_NS ==
				       p->wanted[i].start_boot_ns / PROCFS_TICK_NS)
			prepare_process(p->owner->names, images[i], process, &p->prepared[i]);
	}
	process_table_free(&table);
}

static void store_prepared(struct trace_symbols *s, const struct prepared *prepared)
{
	struct key key = prepared->key;

	for (size_t i = 0; i < prepared->len; i++) {
		struct process_symbol *symbol = &prepared->symbols[i];
		struct entry *entry;

		key.handler = symbol->handler;
		entry = find_entry(s, &key);
		if (!entry)
			entry = add_entry(s, &key);
		free_retired(s);
		answer(entry, symbol);
		free(symbol->text);
	}
	free(prepared->symbols);
}

static void start_preparation(struct trace_symbols *s);

static void end_preparation(struct worker_job *job)
{
	struct preparation *p = (struct preparation *)job;
	struct trace_symbols *s = p->owner;

	s->jobs--;
	s->preparing = false;
	free_retired(s);
	for (size_t i = 0; i < p->len; i++)
		store_prepared(s, &p->prepared[i]);
	log_debug("the handlers of %zu processes were looked up", p->len);
	free(p);
	if (s->wanted_len > 0)
		start_preparation(s);
}

/* Of all that are wanted by now. */
static void start_preparation(struct trace_symbols *s)
{
	struct preparation *p = calloc(1, sizeof(*p));

	if (p) {
		p->job = (struct worker_job){.run = run_preparation, .done = end_preparation};
		p->owner = s;
		p->len = s->wanted_len;
		memcpy(p->wanted, s->wanted, sizeof(p->wanted));
		s->jobs++;
		s->preparing = true;
		worker_submit(s->worker, &p->job);
	}
	s->wanted_len = 0;
}

void trace_symbols_prepare(struct trace_symbols *s, uint32_t tgid, uint64_t start_boot_ns)
{
	if (s->wanted_len == PREPARED_MAX)
		return;
	s->wanted[s->wanted_len++] = (struct wanted_process){tgid, start_boot_ns};
	/* Those that come while the first one is looked up are looked up together after it. */
	if (!s->preparing)
		start_preparation(s);
}
