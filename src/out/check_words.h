/* SPDX-License-Identifier: BSD-2-Clause */
/* What several formats of check's reports say with the same words. */
#ifndef SIGTRACE_OUT_CHECK_WORDS_H
#define SIGTRACE_OUT_CHECK_WORDS_H

#include "check_renderer.h"

/* A name is cut to so many columns, and ends in ".." then: a command may be megabytes long. */
#define CHECK_WORDS_NAME_COLUMNS 160
/* Room for it: its characters are four bytes at most. */
#define CHECK_WORDS_NAME_SIZE (4 * CHECK_WORDS_NAME_COLUMNS + 3)
/* The longest sentence that is not cut. */
#define CHECK_WORDS_SENTENCE_SIZE 1536

/* "image", "command". Stable (JSON). */
const char *check_words_subject(const struct check_run *run);
/* The image or the command; escaped, of one line. */
void check_words_write_name(const struct check_run *run, struct strbuf *out);
/* "SIGTERM". */
const char *check_words_signal(const struct check_run *run);
/* "12.345": seconds, for people and for JUnit. */
void check_words_write_seconds(uint64_t ns, struct strbuf *out);
/* "PASS IMAGE: graceful: exited with 0, 12 ms after SIGTERM". */
void check_words_write_verdict(const struct check_result *result, struct strbuf *out);
/* "graceful: exited with 0, 12 ms after SIGTERM": of the judgement's reason, or of a warning. */
void check_words_write_reason(const struct check_run *run, enum check_reason reason,
			      struct strbuf *out);

/* The init has ended, not by check, and it is known how. */
bool check_words_has_exit(const struct check_run *run);
/*
 * A process that was there when it was over: when the init ended by itself, or when check ended
 * everything.
 */
bool check_words_survived(const struct check_run *run, const struct check_process *p);

#endif
