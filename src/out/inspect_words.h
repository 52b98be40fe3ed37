/* SPDX-License-Identifier: BSD-2-Clause */
/* What the text of inspect calls things. */
#ifndef SIGTRACE_OUT_INSPECT_WORDS_H
#define SIGTRACE_OUT_INSPECT_WORDS_H

#include "predict.h"

/*
 * The names of a set of signals without SIG: "HUP INT TERM"; "nothing" for none. Real-time signals
 * in a row are "RTMIN..RTMAX", and what leaves out few is "all but KILL STOP".
 */
void inspect_write_signals(struct strbuf *out, uint64_t set);
/*
 * Leaves out the two signals that libc keeps for itself: it catches them in every program with
 * threads, and its posix_spawn() leaves them ignored. Not where nearly all signals are in the set.
 */
uint64_t inspect_without_libc(uint64_t set);
/* "sleeping (S)" of a raw task state. */
const char *inspect_state_words(uint32_t state);
/* "acts", "waits", "NO EFFECT", "unknown": readable without colour. */
const char *inspect_effect_word(const struct prediction *p);
/* The explanation, or what is missing for one. */
void inspect_write_explanation(const struct prediction *p, struct strbuf *out);
/* "init of PID namespace 4026532281, sleeping (S), 1 thread, uid 0, …": what a process is. */
void inspect_write_process_facts(const struct process_table *table, const struct process *p,
				 bool shorten, struct strbuf *out);
/* "traced by strace[77]". The name is left out if the tracer is not in the table. */
void inspect_write_tracer(const struct process_table *table, uint32_t tracer_tgid, bool shorten,
			  struct strbuf *out);

#endif
