/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "suggest.h"

/* Not tolower(): that depends on the locale. */
static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned int suggest_distance(const char *a, const char *b)
{
	unsigned int rows[3][SUGGEST_LENGTH_MAX + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t a_len = strnlen(a, SUGGEST_LENGTH_MAX + 1);
	size_t b_len = strnlen(b, SUGGEST_LENGTH_MAX + 1);

	if (a_len > SUGGEST_LENGTH_MAX || b_len > SUGGEST_LENGTH_MAX)
		return UINT_MAX;

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

static bool is_abbreviation(const char *word, const char *name)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < len; i++)
		if (fold(word[i]) != fold(name[i]))
			return false;
	return len >= 2;
}

void suggest_init(struct suggest *s, const char *word)
{
	*s = (struct suggest){.word = word, .distance = UINT_MAX};
}

void suggest_offer(struct suggest *s, const char *name)
{
	unsigned int distance = suggest_distance(s->word, name);

	/* What other tools accept as an abbreviation is what was meant, however much is missing. */
	if (is_abbreviation(s->word, name))
		distance = 0;
	if (distance < s->distance) {
		s->distance = distance;
		s->best = name;
	}
}

const char *suggest_result(const struct suggest *s)
{
	/* One slip in a short word, two in a word of six, three in one of nine: more is a guess. */
	size_t allowed = strlen(s->word) / 3;

	if (!s->best || s->distance > (allowed ? allowed : 1))
		return NULL;
	return s->best;
}
