/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays a recorded snapshot as `sigtrace inspect` goes on with one: decode, predict, look why it is
 * stuck, and a renderer of inspect. Lines with @ hold what no record has
 * (tests/golden/snapshots.py).
 */
#ifndef SIGTRACE_TESTS_REPLAY_INSPECT_H
#define SIGTRACE_TESTS_REPLAY_INSPECT_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect_renderer.h"
#include "replay_words.h"
#include "signals.h"
#include "snapshot_decode.h"

#define REPLAY_TEXT_MAX 2048
#define REPLAY_GONE_MAX 16
#define REPLAY_TERM	15

struct replay_snapshot {
	struct process_table table;
	uint64_t asked; /* 0: the default */
	uint32_t gone[REPLAY_GONE_MAX];
	size_t gone_len;
};

/* HUP INT QUIT TERM USR1 USR2 */
static const uint64_t replay_default_signals = 1 | 2 | 4 | 1 << 14 | 1 << 9 | 1 << 11;

/* Two handlers of one runtime mean different things, and runtime_name() does not tell them apart.
 */
static enum runtime replay_runtime(const char *name)
{
	static const char *const names[] = {
		[RUNTIME_NONE] = "-",
		[RUNTIME_GO] = "go",
		[RUNTIME_JVM] = "jvm",
		[RUNTIME_CPYTHON] = "cpython",
		[RUNTIME_LIBUV] = "libuv",
		[RUNTIME_NODE] = "node",
		[RUNTIME_BASH_TRAP] = "bash_trap",
		[RUNTIME_BASH] = "bash",
		[RUNTIME_BASH_INTERRUPT] = "bash_interrupt",
		[RUNTIME_BASH_WAIT] = "bash_wait",
	};
	int runtime = RUNTIME_COUNT - 1;

	_Static_assert(sizeof(names) / sizeof(names[0]) == RUNTIME_COUNT, "names");
	while (strcmp(names[runtime], name) != 0)
		if (runtime-- == 0)
			replay_fail("no such runtime");
	return (enum runtime)runtime;
}

static struct process *replay_find(struct replay_snapshot *s, uint32_t tgid)
{
	struct process *p = process_table_find(&s->table, tgid);

	if (!p)
		replay_fail("a line names a process that is not there");
	return p;
}

static void replay_symbol(struct process *p, uint64_t handler, const char *runtime, const char *hex)
{
	size_t size = (p->symbols_len + 1) * sizeof(*p->symbols);

	p->symbols = realloc(p->symbols, size);
	if (!p->symbols)
		replay_fail("no memory");
	p->symbols[p->symbols_len++] = (struct process_symbol){
		.handler = handler,
		.text = replay_text(hex),
		.runtime = replay_runtime(runtime),
	};
}

static void replay_place(struct process *p, uint32_t tid, const char *syscall, uint64_t argument,
			 const char *hex)
{
	char *wchan = replay_text(hex);

	for (size_t i = 0; i < p->threads_len; i++) {
		struct thread *t = &p->threads[i];

		if (t->tid != tid)
			continue;
		t->place = calloc(1, sizeof(*t->place));
		if (!t->place)
			replay_fail("no memory");
		t->place->syscall_known = strcmp(syscall, "-") != 0;
		t->place->in_syscall = t->place->syscall_known && strcmp(syscall, "user") != 0;
		t->place->syscall = strtoll(syscall, NULL, 0);
		t->place->args[0] = argument;
		if (strcmp(wchan, "-") != 0)
			snprintf(t->place->wchan, sizeof(t->place->wchan), "%s", wchan);
		/* Whoever sits elsewhere is not in sigwait(). */
		t->waited_for_known |= !strstr(t->place->wchan, "sigtimedwait");
	}
	free(wchan);
}

/* What /proc does not tell is not known. */
static void replay_forget(struct process_table *t)
{
	t->evidence = PROCESS_EVIDENCE_PROCFS;
	for (size_t i = 0; i < t->len; i++) {
		struct process *p = &t->list[i];

		p->known &= PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_IDS | PROCESS_KNOWN_FROZEN;
		p->signal_flags = 0;
		p->group_exit_code = 0;
		free(p->actions);
		p->actions = NULL;
		for (size_t j = 0; j < p->threads_len; j++) {
			p->threads[j].waited_for = 0;
			p->threads[j].waited_for_known = false;
			p->threads[j].asleep_known = false;
		}
	}
}

static void replay_order(struct replay_snapshot *s, const char *line)
{
	static char word[REPLAY_TEXT_MAX];
	static char last[REPLAY_TEXT_MAX];
	uint64_t number;
	uint32_t tgid;
	uint32_t tid;

	if (sscanf(line, "@symbol %" SCNu32 " %" SCNx64 " %15s %2047s", &tgid, &number, word,
		   last) == 4) {
		replay_symbol(replay_find(s, tgid), number, word, last);
	} else if (sscanf(line, "@place %" SCNu32 " %" SCNu32 " %31s %" SCNx64 " %2047s", &tgid,
			  &tid, word, &number, last) == 5) {
		replay_place(replay_find(s, tgid), tid, word, number, last);
	} else if (sscanf(line, "@signalfd %" SCNu32 " %" SCNx64, &tgid, &number) == 2) {
		struct process *p = replay_find(s, tgid);

		p->known |= PROCESS_KNOWN_SIGNALFD;
		p->signalfd = number;
		p->signalfd_each = number;
	} else if (sscanf(line, "@container %" SCNu32 " %2047s", &tgid, last) == 2) {
		replay_find(s, tgid)->container = replay_container(last);
	} else if (sscanf(line, "@asked %" SCNx64, &number) == 1) {
		s->asked = number;
	} else if (sscanf(line, "@gone %" SCNu32, &tgid) == 1 && s->gone_len < REPLAY_GONE_MAX) {
		s->gone[s->gone_len++] = tgid;
	} else if (strcmp(line, "@procfs\n") == 0) {
		replay_forget(&s->table);
	} else {
		replay_fail("a line that nobody understands");
	}
}

static void replay_put(void *context, const char *bytes, size_t len)
{
	(void)context;
	fwrite(bytes, 1, len, stdout);
}

static uint64_t replay_pending(const struct process *p)
{
	uint64_t pending = p->pending;

	for (size_t i = 0; i < p->threads_len; i++)
		pending |= p->threads[i].pending;
	return pending;
}

static void replay_process(const struct replay_snapshot *s, const struct inspect_ops *ops,
			   const struct inspect_config *config, const struct process *p,
			   size_t index)
{
	static const struct inspect_sink sink = {.put = replay_put};
	uint64_t wanted = s->asked ? s->asked : replay_default_signals | replay_pending(p);
	struct inspect_signal *signals = calloc(SIGNAL_MAX, sizeof(*signals));
	struct inspect_process ip = {.index = index, .table = &s->table, .process = p};
	int no_effect = 0;

	if (!signals)
		replay_fail("no memory");
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		struct inspect_signal *signal = &signals[ip.signals_len];

		if (!(wanted & signal_bit(sig)))
			continue;
		ip.signals_len++;
		signal->sig = sig;
		predict_signal(&s->table, p, sig, PREDICT_OUTSIDE, &signal->outside);
		predict_signal(&s->table, p, sig, PREDICT_INSIDE, &signal->inside);
		signal->differs = predict_differs(&signal->outside, &signal->inside);
		signal->provenance = provenance_of(&s->table, p, sig);
		if (sig == REPLAY_TERM && signal->outside.effect == PREDICT_EFFECT_NO)
			no_effect = sig;
	}
	ip.signals = signals;
	if (stuck_is_due(p, no_effect, &ip.stuck))
		stuck_examine(&s->table, p, &ip.stuck);
	ops->process(config, &ip, &sink);
	free(signals);
}

/* Reads a snapshot line by line. */
struct replay_reader {
	struct snapshot_decoder *decoder; /* NULL: no line so far */
	bool decoded;
	struct replay_snapshot snapshot;
};

static void replay_reader_decode(struct replay_reader *reader)
{
	if (!reader->decoded &&
	    snapshot_decoder_finish(reader->decoder, &reader->snapshot.table) < 0)
		replay_fail("the records do not decode");
	reader->decoded = true;
}

/* `read_hex` fills a record from a line and returns its size. */
static void replay_reader_line(struct replay_reader *reader, const char *line,
			       size_t (*read_hex)(const char *line, unsigned char *record,
						  const char **end))
{
	static unsigned char record[REPLAY_TEXT_MAX];
	const char *end;
	size_t size;

	if (line[0] == '#')
		return;
	if (!reader->decoder && snapshot_decoder_new(&reader->decoder) < 0)
		replay_fail("no memory");
	if (line[0] == '@') {
		replay_reader_decode(reader);
		replay_order(&reader->snapshot, line);
		return;
	}
	size = read_hex(line, record, &end);
	if (snapshot_decoder_feed(reader->decoder, record, size) < 0)
		replay_fail("a record does not decode");
}

/* False: there was none. */
static bool replay_reader_finish(struct replay_reader *reader)
{
	if (!reader->decoder)
		return false;
	replay_reader_decode(reader);
	return true;
}

static void replay_reader_reset(struct replay_reader *reader)
{
	snapshot_decoder_free(reader->decoder);
	process_table_free(&reader->snapshot.table);
	*reader = (struct replay_reader){0};
}

/* The whole of stdin. */
static void replay_inspect(const char *format, const struct inspect_config *config, char *line,
			   size_t line_size,
			   size_t (*read_hex)(const char *line, unsigned char *record,
					      const char **end))
{
	static const struct inspect_sink sink = {.put = replay_put};
	const struct inspect_ops *ops = inspect_ops_from_name(format);
	struct replay_reader reader = {0};
	struct replay_snapshot *s = &reader.snapshot;
	size_t index = 0;

	if (!ops)
		replay_fail("no such format");
	while (fgets(line, (int)line_size, stdin))
		replay_reader_line(&reader, line, read_hex);
	if (!replay_reader_finish(&reader))
		replay_fail("no record");
	ops->begin(config, s->table.evidence, &sink);
	for (size_t i = 0; i < s->table.len; i++)
		if (s->table.list[i].selected)
			replay_process(s, ops, config, &s->table.list[i], index++);
	ops->end(config, s->gone, s->gone_len, &sink);
	replay_reader_reset(&reader);
}

#endif
