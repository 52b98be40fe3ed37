/* SPDX-License-Identifier: BSD-2-Clause */
#include "signal_list.h"

#include <errno.h>
#include <string.h>

#include "parse.h"
#include "signals.h"

/* Longer than any name: "SIGRTMIN+29" and "SIGVTALRM" fit. */
#define WORD_SIZE 16

/* As signal_from_name() for text[0..len), and -ENOMSG for 0. */
static int signal_from_span(const char *text, size_t len)
{
	char word[WORD_SIZE];

	if (len == 1 && text[0] == '0')
		return -ENOMSG;
	if (len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, len);
	word[len] = '\0';
	return signal_from_name(word);
}

static uint64_t signal_range(int first, int last)
{
	/* All bits from first's up, without those above last's. */
	return (UINT64_MAX << (first - 1)) & (UINT64_MAX >> (SIGNAL_MAX - last));
}

static bool is_word_all(const char *text, size_t len)
{
	return len == 3 && (text[0] | 0x20) == 'a' && (text[1] | 0x20) == 'l' &&
	       (text[2] | 0x20) == 'l';
}

/* One word without its "!". */
static int parse_word(const char *text, size_t len, uint64_t *ret)
{
	int result = -EINVAL;
	int sig;

	if (is_word_all(text, len)) {
		*ret = UINT64_MAX;
		return 0;
	}
	sig = signal_from_span(text, len);
	if (sig > 0) {
		*ret = signal_bit(sig);
		return 0;
	}
	if (sig == -ENOMSG)
		return sig;
	/* Every "-" may be the one of the range: "RTMAX-5-RTMAX-2". Only one makes two signals. */
	for (size_t dash = 1; dash + 1 < len; dash++) {
		int first;
		int last;

		if (text[dash] != '-')
			continue;
		first = signal_from_span(text, dash);
		last = signal_from_span(text + dash + 1, len - dash - 1);
		if (first > 0 && last >= first) {
			*ret = signal_range(first, last);
			return 0;
		}
		if ((first == -ENOMSG && last != -EINVAL) || (last == -ENOMSG && first != -EINVAL))
			result = -ENOMSG;
	}
	return result;
}

int signal_list_parse(const char *text, uint64_t *mask, bool *probes, const char **bad,
		      size_t *bad_len)
{
	struct parse_words words;
	uint64_t included = 0;
	uint64_t excluded = 0;
	bool any_included = false;
	bool any_probes = false;
	const char *word;
	size_t len;
	int r;

	parse_words_init(&words, text);
	while ((r = parse_words_next(&words, &word, &len)) > 0) {
		bool exclude = word[0] == '!';
		uint64_t signals = 0;

		if (probes && len == 1 && word[0] == '0') {
			any_probes = true;
			continue;
		}
		r = parse_word(word + exclude, len - exclude, &signals);
		if (r < 0)
			break;
		if (exclude) {
			excluded |= signals;
		} else {
			included |= signals;
			any_included = true;
		}
	}
	if (r < 0) {
		*bad = word;
		*bad_len = len;
		return r;
	}
	if (!any_included && !any_probes)
		included = UINT64_MAX;
	if (!(included & ~excluded) && !any_probes) {
		*bad = text;
		*bad_len = strlen(text);
		return -ENODATA;
	}
	*mask = included & ~excluded;
	if (any_probes)
		*probes = true;
	return 0;
}

bool signal_list_only_excludes(const char *text)
{
	struct parse_words words;
	const char *word;
	size_t len;

	parse_words_init(&words, text);
	while (parse_words_next(&words, &word, &len) > 0)
		if (word[0] != '!')
			return false;
	return true;
}
