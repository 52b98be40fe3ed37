/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes for the tests of what inspect prints: one with everything, one with nothing, any. */
#ifndef SIGTRACE_TESTS_INSPECT_TABLES_H
#define SIGTRACE_TESTS_INSPECT_TABLES_H

#include <stdlib.h>
#include <string.h>

#include "inspect_renderer.h"
#include "render_reports.h"
#include "signals.h"

#define SCENE_SYMBOLS_MAX 4

/* A table of a parent (100), a tracer (200) and the process that is shown (300). */
struct scene {
	struct process_table table;
	struct process list[3];
	struct process_action actions[EVENT_SIG_MAX];
	struct thread_place places[2];
	struct thread threads[2];
	struct process_symbol symbols[SCENE_SYMBOLS_MAX];
	char symbol_text[SCENE_SYMBOLS_MAX][64];
	struct inspect_signal signals[EVENT_SIG_MAX];
	struct inspect_process shown;
};

/* What a renderer wrote. */
struct written {
	char *text; /* NUL-terminated, once something was written */
	size_t len;
	size_t size;
	size_t longest; /* piece */
};

static inline void written_put(void *context, const char *bytes, size_t len)
{
	struct written *w = context;

	if (w->len + len + 1 > w->size) {
		w->size = 2 * (w->len + len + 1);
		w->text = realloc(w->text, w->size);
	}
	if (!w->text)
		abort();
	memcpy(w->text + w->len, bytes, len);
	w->len += len;
	w->text[w->len] = '\0';
	w->longest = len > w->longest ? len : w->longest;
}

static inline struct inspect_sink written_sink(struct written *w)
{
	return (struct inspect_sink){.put = written_put, .context = w};
}

static inline void written_free(struct written *w)
{
	free(w->text);
	*w = (struct written){0};
}

static inline void scene_name(char *comm, const char *text)
{
	strncpy(comm, text, EVENT_COMM_SIZE);
}

static inline struct process *scene_process(struct scene *s)
{
	return &s->list[2];
}

/* The process 300 with one thread, of which nothing is known that may be unknown. */
static inline void scene_init(struct scene *s)
{
	*s = (struct scene){0};
	s->list[0].tgid = 100;
	scene_name(s->list[0].comm, "parent");
	s->list[1].tgid = 200;
	scene_name(s->list[1].comm, "strace");
	s->list[2].tgid = 300;
	s->list[2].selected = true;
	s->list[2].uid = 1000;
	s->list[2].saved_uid = 1000;
	s->list[2].thread_count = 1;
	s->list[2].threads = s->threads;
	s->list[2].threads_len = 1;
	scene_name(s->list[2].comm, "app");
	s->threads[0] = (struct thread){.tid = 300, .state = 1};
	scene_name(s->threads[0].comm, "app");
	s->table = (struct process_table){.list = s->list, .len = 3, .capacity = 3};
	s->shown = (struct inspect_process){
		.table = &s->table,
		.process = &s->list[2],
		.signals = s->signals,
	};
}

static inline void scene_know_everything(struct scene *s)
{
	struct process *p = scene_process(s);

	s->table.evidence = PROCESS_EVIDENCE_BPF;
	p->parent_tgid = 100;
	p->ns_tgid = 7;
	p->pid_ns = 4026532281;
	p->ns_level = 1;
	p->known = UINT32_MAX;
	p->actions = s->actions;
	p->threads_len = 2;
	p->thread_count = 2;
	p->caught = signal_bit(15);
	p->ignored = signal_bit(1) | signal_bit(13);
	p->pending = signal_bit(10);
	s->actions[0].handler = 1;
	s->actions[12].handler = 1;
	s->actions[14] = (struct process_action){
		.handler = 0x401136,
		.flags = 0x14000000,
		.mask = signal_bit(2) | signal_bit(64),
	};
	s->symbols[0] = (struct process_symbol){
		.handler = 0x401136,
		.text = s->symbol_text[0],
		.runtime = RUNTIME_GO,
	};
	strcpy(s->symbol_text[0], "app!runtime.sigtramp");
	p->symbols = s->symbols;
	p->symbols_len = 1;
	s->threads[0].ns_tid = 7;
	s->threads[0].waited_for_known = true;
	s->threads[0].asleep_known = true;
	s->threads[0].asleep_ns = 1500000000;
	s->threads[0].place = &s->places[0];
	s->places[0] = (struct thread_place){.syscall_known = true, .wchan = "do_wait"};
	s->places[0].in_syscall = true;
	s->threads[1] = s->threads[0];
	s->threads[1].tid = 301;
	s->threads[1].ns_tid = 8;
	s->threads[1].tracer_tgid = 200;
	s->threads[1].blocked = signal_bit(12);
	s->threads[1].pending = signal_bit(12);
	s->threads[1].waited_for = signal_bit(17);
	s->threads[1].state = 0;
	s->threads[1].place = &s->places[1];
	s->places[1] = (struct thread_place){.syscall_known = true};
	scene_name(s->threads[1].comm, "worker");
}

/* Asks about a signal, as cmd does. */
static inline struct inspect_signal *scene_ask(struct scene *s, int sig)
{
	struct inspect_signal *signal = &s->signals[s->shown.signals_len++];
	const struct process *p = scene_process(s);

	signal->sig = sig;
	predict_signal(&s->table, p, sig, PREDICT_OUTSIDE, &signal->outside);
	predict_signal(&s->table, p, sig, PREDICT_INSIDE, &signal->inside);
	signal->differs = predict_differs(&signal->outside, &signal->inside);
	signal->provenance = provenance_of(&s->table, p, sig);
	return signal;
}

static inline void random_thread(uint64_t *seed, struct thread *t, struct thread_place *place)
{
	*t = (struct thread){
		.tid = (uint32_t)random_number(seed),
		.ns_tid = (uint32_t)random_number(seed),
		.blocked = random_number(seed),
		.pending = random_number(seed) & random_number(seed),
		.waited_for = random_number(seed) & random_number(seed),
		.state = (uint32_t)random_number(seed),
		.tracer_tgid = (random_next(seed) & 1) ? 200 : (uint32_t)random_number(seed),
		.asleep_ns = random_number(seed),
		.waited_for_known = random_next(seed) & 1,
		.asleep_known = random_next(seed) & 1,
		.exiting = random_next(seed) & 1,
		.frozen = random_next(seed) & 1,
		.frozen_v2 = random_next(seed) & 1,
		.place = (random_next(seed) & 1) ? place : NULL,
	};
	random_comm(seed, t->comm);
	*place = (struct thread_place){
		.syscall_known = random_next(seed) & 1,
		.in_syscall = random_next(seed) & 1,
		.syscall = (int64_t)random_number(seed),
	};
	random_comm(seed, place->wchan);
	random_comm(seed, place->wchan + EVENT_COMM_SIZE);
}

/* Any process that sys could read, and more. */
static inline void scene_random(struct scene *s, uint64_t *seed)
{
	struct process *p;

	scene_init(s);
	p = scene_process(s);
	*p = (struct process){
		.tgid = 300,
		.parent_tgid = (random_next(seed) & 1) ? 100 : (uint32_t)random_number(seed),
		.ns_tgid = (uint32_t)random_number(seed),
		.pid_ns = (uint32_t)random_number(seed),
		.ns_level = (uint32_t)random_number(seed),
		.uid = (uint32_t)random_number(seed),
		.known = (uint32_t)random_next(seed),
		.kernel_thread = (random_next(seed) & 7) == 0,
		.namespace_init = random_next(seed) & 1,
		.global_init = (random_next(seed) & 7) == 0,
		.core_dumping = (random_next(seed) & 7) == 0,
		.group_exec = (random_next(seed) & 7) == 0,
		.ignored = random_number(seed),
		.pending = random_number(seed),
		.signalfd = random_number(seed),
		.signal_flags = (uint32_t)random_number(seed),
		.group_exit_code = (int32_t)random_number(seed),
		.thread_count = (uint32_t)random_number(seed),
		.threads = s->threads,
		.threads_len = random_next(seed) % 3,
		.symbols = s->symbols,
		.symbols_len = SCENE_SYMBOLS_MAX,
		.actions = (random_next(seed) & 1) ? s->actions : NULL,
	};
	p->container = random_container(seed);
	random_comm(seed, s->list[0].comm);
	random_comm(seed, s->list[1].comm);
	random_comm(seed, p->comm);
	for (int i = 0; i < 2; i++)
		random_thread(seed, &s->threads[i], &s->places[i]);
	if (random_next(seed) & 1)
		s->threads[0].tid = p->tgid;
	for (int i = 0; i < SCENE_SYMBOLS_MAX; i++) {
		s->symbols[i] = (struct process_symbol){
			.handler = (uint64_t)i + 0x1000,
			.text = (random_next(seed) & 3) ? s->symbol_text[i] : NULL,
			.runtime = (enum runtime)(random_next(seed) % RUNTIME_COUNT),
		};
		random_comm(seed, s->symbol_text[i]);
	}
	for (int i = 0; i < EVENT_SIG_MAX; i++) {
		uint64_t pick = random_next(seed) % 8;

		s->actions[i].handler = pick < 4 ? 0x1000 + pick : pick % 2;
		s->actions[i].flags = random_number(seed);
		s->actions[i].mask = random_number(seed);
		if (s->actions[i].handler > 1)
			p->caught |= signal_bit(i + 1);
	}
	for (int sig = 1; sig <= EVENT_SIG_MAX; sig++)
		if (random_next(seed) & 1)
			scene_ask(s, sig);
	if (stuck_is_due(p, 15, &s->shown.stuck))
		stuck_examine(&s->table, p, &s->shown.stuck);
}

#endif
