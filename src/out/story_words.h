/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an event follows, in words for people: the end of a process and the signal before it, a
 * SIGKILL and the wish that it enforces, what made the kernel send, who started the sender.
 */
#ifndef SIGTRACE_OUT_STORY_WORDS_H
#define SIGTRACE_OUT_STORY_WORDS_H

#include "report.h"
#include "strbuf.h"

/* The kernel's word: "delivered", "ignored" …; NULL for none of them. Stable (JSON). */
const char *event_result_name(enum event_result result);
/* "ignored", "pending", "handled", "acted"; NULL: not known. Stable (JSON). */
const char *signal_fate_name(enum signal_fate fate);

/* An exit: "exit code 0, 102 ms after SIGTERM from runc[812] (handled)". */
void story_write_exit(const struct report *r, struct strbuf *out);
/* Before the explanation of a generation: "caused by the OOM killer; ", or nothing. */
void story_write_origin(const struct report *r, struct strbuf *out);
/* Behind the explanation: "; 10.0 s after SIGTERM from runc[812], which it ignored", or nothing. */
void story_write_escalation(const struct report *r, struct strbuf *out);
/* The earlier signal of a report: "SIGTERM from runc[812]", "SIGKILL from the OOM killer". */
void story_write_sent(const struct report *r, struct strbuf *out);
/* Of a process that lives on: "10.0 s after SIGTERM from runc[812], which it handled". */
void story_write_life(const struct report *r, struct strbuf *out);
/*
 * The sender, who started it, root side first, and with `container` the sender's: "systemd[1] ->
 * sh[812] in shop/web-0:app". False: the sender alone would stand there, or its container, which is
 * that of the target since it is the same process.
 */
bool story_write_sender(const struct report *r, bool container, struct strbuf *out);

#endif
