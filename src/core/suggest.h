/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean …?": the known name nearest to a misspelt word. Pure; nothing is allocated. */
#ifndef SIGTRACE_CORE_SUGGEST_H
#define SIGTRACE_CORE_SUGGEST_H

#include <stddef.h>

/* Longer words and names are never near anything: the tables of distances are this wide. */
#define SUGGEST_LENGTH_MAX 32

/* Offer every known name in turn, then ask for the result; ties go to the name offered first. */
struct suggest {
	const char *word;
	const char *best;
	unsigned int distance;
};

void suggest_init(struct suggest *s, const char *word);
/* `name` must outlive `s`. */
void suggest_offer(struct suggest *s, const char *name);
/* The nearest name, or NULL if none is near enough to be what was meant. */
const char *suggest_result(const struct suggest *s);

/*
 * How many insertions, deletions, substitutions and swaps of neighbours (optimal string alignment)
 * lead from a to b, ASCII case ignored; UINT_MAX if one of them is longer than SUGGEST_LENGTH_MAX.
 */
unsigned int suggest_distance(const char *a, const char *b);

#endif
