/* SPDX-License-Identifier: BSD-2-Clause */
/* What users type: lists of signals, durations, sizes, numbers. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "parse.h"
#include "signal_list.h"
#include "signals.h"

#define UNTOUCHED 0x5a5a5a5a5a5a5a5a

static void check_result(int r, bool untouched)
{
	FUZZ_CHECK(r == 0 || r == -EINVAL || r == -ERANGE);
	FUZZ_CHECK(r == 0 || untouched);
}

/* A list that is equal to the set: numbers that parse to the same again. */
static void check_round_trip(uint64_t mask)
{
	char text[4 * SIGNAL_MAX];
	const char *bad;
	uint64_t again;
	size_t bad_len;
	size_t len = 0;

	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		if (mask & signal_bit(sig))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d",
						len ? "," : "", sig);
	FUZZ_CHECK(signal_list_parse(text, &again, NULL, &bad, &bad_len) == 0);
	FUZZ_CHECK(again == mask);
}

static void run_signals(const char *text)
{
	uint64_t mask = UNTOUCHED;
	bool probes = false;
	const char *bad = NULL;
	size_t bad_len = 0;
	int r = signal_list_parse(text, &mask, &probes, &bad, &bad_len);

	FUZZ_CHECK(r == 0 || r == -EINVAL || r == -ENOMSG || r == -ENODATA);
	if (r == 0) {
		FUZZ_CHECK(mask != 0 || probes);
		if (mask != 0)
			check_round_trip(mask);
		/* The word alone is what the set does without. */
		FUZZ_CHECK((signal_list_parse(text, &mask, NULL, &bad, &bad_len) == -ENOMSG) ==
			   probes);
	} else {
		FUZZ_CHECK(mask == UNTOUCHED && !probes);
		FUZZ_CHECK(bad >= text && bad + bad_len <= text + strlen(text));
	}
	signal_list_only_excludes(text);
	r = signal_from_name(text);
	FUZZ_CHECK(r == -EINVAL || (r >= 1 && r <= SIGNAL_MAX));
	signal_nearest(text);
}

static void run_words(const char *text)
{
	struct parse_words words;
	const char *end = text;
	const char *word;
	size_t len;
	int r;

	parse_words_init(&words, text);
	while ((r = parse_words_next(&words, &word, &len)) > 0) {
		FUZZ_CHECK(word == end && len > 0 && !memchr(word, ',', len));
		end = word + len + 1;
	}
	FUZZ_CHECK(r == -EINVAL || end == text + strlen(text) + 1);
}

static void run_numbers(const char *text)
{
	uint64_t number = UNTOUCHED;
	uint32_t pid = 7;

	check_result(parse_duration(text, &number), number == UNTOUCHED);
	FUZZ_CHECK(number == UNTOUCHED || number <= INT64_MAX);
	number = UNTOUCHED;
	check_result(parse_size(text, &number), number == UNTOUCHED);
	number = UNTOUCHED;
	check_result(parse_u64(text, 5, 4096, &number), number == UNTOUCHED);
	FUZZ_CHECK(number == UNTOUCHED || (number >= 5 && number <= 4096));
	check_result(parse_pid(text, &pid), pid == 7);
	FUZZ_CHECK(pid >= 1 && pid <= PARSE_PID_MAX);
	number = UNTOUCHED;
	if (parse_u64(text, 0, UINT64_MAX, &number) == 0) {
		char again[32];

		/* No number has two spellings. */
		snprintf(again, sizeof(again), "%llu", (unsigned long long)number);
		FUZZ_CHECK(strcmp(again, text) == 0);
	}
}

/* Without a NUL, in exactly these bytes. */
static void run_spans(const uint8_t *data, size_t size)
{
	uint64_t number = UNTOUCHED;
	int64_t whole = 1;
	uint32_t pid = 7;

	check_result(parse_u64_span((const char *)data, size, 0, 100, &number),
		     number == UNTOUCHED);
	check_result(parse_i64_span((const char *)data, size, -100, 0, &whole), whole == 1);
	FUZZ_CHECK(whole == 1 || (whole >= -100 && whole <= 0));
	check_result(parse_pid_span((const char *)data, size, &pid), pid == 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	run_signals(text);
	run_words(text);
	run_numbers(text);
	run_spans(data, size);
	free(text);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const texts[] = {
		"TERM,INT",
		"SIGRTMIN+1-SIGRTMIN+4,!RTMIN+2",
		"1-15,!KILL",
		"all,!CHLD",
		"RTMAX-5-RTMAX-2",
		"!CHLD,!URG",
		"0,TERM,0-15,!0",
		"iot,POLL,cld,SIG32,64",
		"1h30m",
		"1.5s",
		"500ms",
		"9223372036854775807ns",
		"1us1ns",
		"64MiB",
		"18446744073709551615",
		"256K",
		"4194304",
		"1,2,3",
		"-9",
	};

	return fuzz_seed_text(texts, sizeof(texts) / sizeof(texts[0]), index, data);
}
