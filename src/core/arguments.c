/* SPDX-License-Identifier: BSD-2-Clause */
#include "arguments.h"

#include <string.h>

static int take_next_word(struct arguments *a, int letter)
{
	if (a->at == a->len)
		return ARGUMENTS_NOT_KNOWN;
	a->value_at = a->at;
	a->value = a->words[a->at++];
	return letter;
}

static int read_short(struct arguments *a)
{
	const char letter = *a->cluster++;
	const char *known = letter != ':' ? strchr(a->shorts, letter) : NULL;
	const char *rest = a->cluster;

	if (!*rest)
		a->cluster = NULL;
	if (!known)
		return ARGUMENTS_NOT_KNOWN;
	if (known[1] != ':')
		return letter;
	a->cluster = NULL;
	if (*rest) {
		a->value = rest;
		return letter;
	}
	return known[2] == ':' ? letter : take_next_word(a, letter);
}

/* The whole name, or the beginning of one only. NULL: none, or more than one. */
static const struct arguments_long *find_long(const struct arguments_long *longs, const char *name,
					      size_t len)
{
	const struct arguments_long *found = NULL;

	for (; longs && longs->name; longs++) {
		if (strncmp(longs->name, name, len) != 0)
			continue;
		if (!longs->name[len])
			return longs;
		if (found)
			return NULL;
		found = longs;
	}
	return found;
}

static int read_long(struct arguments *a, const char *name)
{
	const size_t len = strcspn(name, "=");
	const struct arguments_long *known = find_long(a->longs, name, len);

	if (!known || (name[len] && !*known->value))
		return ARGUMENTS_NOT_KNOWN;
	if (name[len])
		a->value = name + len + 1;
	else if (strcmp(known->value, ":") == 0)
		return take_next_word(a, known->letter);
	return known->letter;
}

int arguments_next(struct arguments *a)
{
	const char *word;

	a->value = NULL;
	a->value_at = 0;
	if (a->cluster)
		return read_short(a);
	if (a->ended || a->at == a->len)
		return ARGUMENTS_END;
	word = a->words[a->at];
	if (word[0] != '-' || !word[1])
		return ARGUMENTS_END;
	a->at++;
	if (word[1] != '-') {
		a->cluster = word + 1;
		return read_short(a);
	}
	if (word[2])
		return read_long(a, word + 2);
	a->ended = true;
	return ARGUMENTS_END;
}
