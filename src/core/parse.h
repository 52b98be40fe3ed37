/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict parsers for what users type: the whole text is understood, or it is an error. Nothing is
 * skipped, no blanks, no second spelling by accident: "1ABC" is not 1, "" is not 0.
 *
 * All return 0 and write *ret, or return -EINVAL (not in the form described) or -ERANGE (the form
 * is right, the value is outside the bounds) and leave *ret alone.
 */
#ifndef SIGTRACE_CORE_PARSE_H
#define SIGTRACE_CORE_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* The kernel's PID_MAX_LIMIT on 64-bit machines (include/linux/threads.h). */
#define PARSE_PID_MAX 4194304

/*
 * Decimal digits, min <= value <= max. No sign, and no leading zero: "010" is 8 in some tools and
 * 10 in others. The _span form reads text[0..len), which needs no NUL.
 */
int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
int parse_u64_span(const char *text, size_t len, uint64_t min, uint64_t max, uint64_t *ret);
/* As parse_u64, with a "-" allowed in front of a number that is not 0. "+1" is an error. */
int parse_i64_span(const char *text, size_t len, int64_t min, int64_t max, int64_t *ret);

/* A process number, 1..PARSE_PID_MAX. */
int parse_pid(const char *text, uint32_t *ret);
int parse_pid_span(const char *text, size_t len, uint32_t *ret);

/*
 * A duration in nanoseconds: numbers with a unit (h m s ms us ns), the larger unit first, each at
 * most once: "500ms", "1h", "1m30s". The last number may have a fraction: "1.5s". A number without
 * a unit is an error, except "0". A fraction of a nanosecond is -EINVAL; more than INT64_MAX
 * nanoseconds (292 years, what the kernel's timers take) is -ERANGE.
 */
int parse_duration(const char *text, uint64_t *ret_ns);

/*
 * A size in bytes, in powers of 1024: "4096", "4096B", "256K", "256KiB", "64M", "64MiB", "1G",
 * "1GiB"; the letter alone also in lower case ("64m"). "64MB" is an error: it means 1000 * 1000 to
 * some. -ERANGE if it does not fit 64 bits.
 */
int parse_size(const char *text, uint64_t *ret_bytes);

/*
 * Walks the words of a comma-separated list:
 *
 *	parse_words_init(&words, text);
 *	while ((r = parse_words_next(&words, &word, &len)) > 0)
 *		...
 *
 * parse_words_next() returns 1 with a word (inside text, at least one byte, not NUL-terminated), 0
 * at the end, -EINVAL for an empty word: *word then is where it should be and *len is 0. An empty
 * text is one empty word.
 */
struct parse_words {
	const char *next; /* NULL: at the end */
};

void parse_words_init(struct parse_words *w, const char *text);
int parse_words_next(struct parse_words *w, const char **word, size_t *len);

#endif
