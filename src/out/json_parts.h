/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts that several kinds of trace's JSON lines have. What is not known is left out. */
#ifndef SIGTRACE_OUT_JSON_PARTS_H
#define SIGTRACE_OUT_JSON_PARTS_H

#include "explain.h"
#include "json_node.h"
#include "report.h"

/* "v" and "type" of a line or document. */
void json_add_type(struct node line, const char *type);
/* An exit status, as wait4() gives it. */
void json_add_status(struct node to, const char *key, int32_t status);
/* "signal": number and name. */
void json_add_signal(struct node line, int sig);
/* "code": of a siginfo of that signal. */
void json_add_code(struct node line, int sig, int code);
/* "cause", "explanation", "remedy". */
void json_add_verdict(struct node line, const struct report *r, const struct verdict *v);
/* tgid, tid and comm of a sender, target or process; nothing of an absent one. */
void json_add_task(struct node to, const struct report_task *t);
/* Where it runs: ns_tgid, pid_ns and container; nothing of an absent one. */
void json_add_place(struct node to, const struct report_task *t);
/* "process": all of these. */
struct node json_add_process(struct node line, const struct report_task *t);
/* "kind" of a sender. */
void json_add_sender_kind(struct node sender, enum sender_kind kind);
/* "ancestors" of the sender of a report. */
void json_add_ancestors(struct node sender, const struct report *r);
/* "origin_by": whom the kernel acted for, where the origin says that there is one. */
void json_add_origin_by(struct node sender, enum origin origin, const struct report_task *by);
/* "handler_symbol" and "runtime" of a handler. */
void json_add_symbol(struct node to, const struct report *r);
/* The earlier signal of a report: "after", or "escalation" of a SIGKILL. */
void json_add_earlier(struct node line, const char *key, const struct report *r);

#endif
