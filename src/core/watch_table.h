/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The questions of core/watch, for core/watch*.c only: found by process, in the order in which they
 * were asked, and by the time of their next look. Links are indexes; 0 is none.
 */
#ifndef SIGTRACE_CORE_WATCH_TABLE_H
#define SIGTRACE_CORE_WATCH_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"
#include "watch.h"

#define WATCH_BUCKETS_BITS 10
#define WATCH_NEVER_NS	   UINT64_MAX

enum watch_question {
	WATCH_TAKEN,
	WATCH_HANDLER,
	WATCH_QUESTION_COUNT,
};

/* Apart from the rest, so that to look for one touches little memory. */
struct watch_key {
	uint64_t start_boot_ns;
	uint32_t tgid;
	uint32_t tid; /* TAKEN of a thread's own queue; else 0 */
	uint8_t sig;
	uint8_t question;
	uint16_t bucket_next;
};

struct watch_entry {
	/* What was asked: the last signal that was queued, or that was ignored. */
	uint64_t boot_ns;
	uint32_t image;
	uint32_t facts;
	uint32_t threads;
	enum sender_kind sender_kind;
	enum origin origin;
	struct report_task target;
	struct report_task sender;
	struct report_task instead;

	uint64_t due_ns; /* WATCH_NEVER_NS: no look is wanted */
	/* TAKEN */
	uint64_t pause_ns; /* to the next look */
	uint64_t clear_ns; /* by then it was not pending any more; WATCH_NEVER_NS: not known */
	uint64_t written;  /* with has_proof: all records up to there have to be read */
	bool has_proof;	   /* a look found it gone, and still not ignored */
	bool signalfd;	   /* that look found a signalfd which takes it */
	/* HANDLER */
	uint64_t first_ns;   /* of the first signal in a row that was ignored */
	uint64_t missing_ns; /* the last look that found no handler; 0: none */
	bool done;	     /* told: once is enough */

	uint16_t older;
	uint16_t newer; /* of a free one: the next free one */
	uint16_t heap_at;
};

struct watch {
	watch_fn show;
	void *context;
	uint64_t evicted;
	uint64_t proofs; /* entries with has_proof */
	uint16_t oldest;
	uint16_t newest;
	uint16_t free;
	uint16_t touched; /* entries that were ever used: the rest costs no resident memory */
	uint16_t count;
	uint16_t buckets[1 << WATCH_BUCKETS_BITS];
	uint16_t heap[WATCH_QUESTIONS_MAX + 1]; /* [1] is due first; `count` of them */
	struct watch_key keys[WATCH_QUESTIONS_MAX + 1];
	struct watch_entry entries[WATCH_QUESTIONS_MAX + 1];
};

struct watch_key watch_key_of(const struct report *r, enum watch_question question, uint32_t tid);
/* The first question of a process, and the next one after `index`; 0: no more. */
uint16_t watch_table_first(const struct watch *w, const struct report_task *process);
uint16_t watch_table_next(const struct watch *w, uint16_t index);
/* 0: not there. */
uint16_t watch_table_find(const struct watch *w, const struct watch_key *key);
/* Adds one that is not there, zeroed, never due. Other entries may go for it. */
uint16_t watch_table_add(struct watch *w, const struct watch_key *key);
/* Makes it the newest. */
void watch_table_renew(struct watch *w, uint16_t index);
void watch_table_remove(struct watch *w, uint16_t index);
void watch_table_set_due(struct watch *w, uint16_t index, uint64_t due_ns);
/* Sets or clears has_proof. */
void watch_table_set_proof(struct watch *w, uint16_t index, bool has_proof);

#endif
