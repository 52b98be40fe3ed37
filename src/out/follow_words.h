/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What followed a signal, or kept it from being sent, in words for people: handlers that return,
 * failed sends, and what was found by looking again later.
 */
#ifndef SIGTRACE_OUT_FOLLOW_WORDS_H
#define SIGTRACE_OUT_FOLLOW_WORDS_H

#include "report.h"
#include "strbuf.h"

/* Each is one sentence, without a full stop. */
void follow_write_return(const struct report *r, struct strbuf *out);
void follow_write_taken(const struct report *r, struct strbuf *out);
void follow_write_handler(const struct report *r, struct strbuf *out);
void follow_write_alive(const struct report *r, struct strbuf *out);

/*
 * "EPERM"; "E" and the number if it has no name here. What was called: "kill(): ". Both of a failed
 * send.
 */
void follow_write_error(const struct report *r, struct strbuf *out);
void follow_write_call(const struct report *r, struct strbuf *out);
/* What a failed send was directed at, as the caller named it: "pid 4242", "group 17", "pidfd 5". */
void follow_write_argument(const struct report *r, struct strbuf *out);

/* How many remedies a report without a verdict may have, and one of them; false: it has none. */
size_t follow_remedies(const struct report *r);
bool follow_write_remedy(const struct report *r, size_t index, struct strbuf *out);

#endif
