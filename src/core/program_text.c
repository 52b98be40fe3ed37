/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the text of `bash -c` can do, without parsing it: words and signs are looked for wherever
 * they stand, in strings and comments, too. They can be more than there are in truth, not less: the
 * answers stay true.
 */
#include <string.h>

#include "program.h"

struct text {
	bool waits;	/* the word `wait` */
	bool elsewhere; /* it runs text that is not here */
	bool repeats;	/* a loop or a function: what it starts once here it may start twice */
	bool pipes;	/* <(…), >(…), coproc: they run beside it, and not with & */
	uint32_t jobs;	/* how often it says & */
};

static bool is_word_letter(char c)
{
	return c && !strchr(" \t\n;|&()<>'\"`$\\{}!", c);
}

static void see_word(struct text *t, const char *word, size_t len)
{
	static const struct {
		const char *word;
		size_t place;
	} words[] = {
		{"wait", offsetof(struct text, waits)},
		{"eval", offsetof(struct text, elsewhere)},
		{"source", offsetof(struct text, elsewhere)},
		{".", offsetof(struct text, elsewhere)},
		{"do", offsetof(struct text, repeats)},
		{"for", offsetof(struct text, repeats)},
		{"function", offsetof(struct text, repeats)},
		{"coproc", offsetof(struct text, pipes)},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0)
			*(bool *)((char *)t + words[i].place) = true;
}

/* `at` is at an '&'. Not one of these: "&&", "|&", ">&2", "<&0", "&>file". */
static bool starts_job(const char *text, const char *at)
{
	const char before = at > text ? at[-1] : '\0';

	return before != '&' && before != '|' && before != '>' && before != '<' && at[1] != '&' &&
	       at[1] != '>';
}

static struct text look_at(const char *text)
{
	struct text t = {.jobs = 0};
	const char *at = text;

	while (*at) {
		const char *word = at;

		while (is_word_letter(*at))
			at++;
		see_word(&t, word, (size_t)(at - word));
		if (!*at)
			break;
		t.jobs += *at == '&' && starts_job(text, at);
		t.pipes |= (*at == '<' || *at == '>') && at[1] == '(';
		t.repeats |= *at == '(' && at[1 + strspn(at + 1, " \t")] == ')';
		at++;
	}
	return t;
}

enum program_answer program_text_waits(const char *text, uint32_t jobs)
{
	const struct text t = look_at(text);

	if (t.elsewhere)
		return PROGRAM_ANSWER_NOT_KNOWN;
	if (!t.waits)
		return PROGRAM_NO;
	if (t.pipes)
		return PROGRAM_YES;
	return t.jobs > jobs || (t.jobs && t.repeats) ? PROGRAM_YES : PROGRAM_NO;
}
