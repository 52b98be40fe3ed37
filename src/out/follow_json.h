/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The members of JSON lines about what followed a signal, or kept it from being sent: handlers that
 * return, failed sends, and what was found by looking again later.
 */
#ifndef SIGTRACE_OUT_FOLLOW_JSON_H
#define SIGTRACE_OUT_FOLLOW_JSON_H

#include "explain.h"
#include "json_node.h"
#include "report.h"

void follow_add_return(struct node line, const struct report *r);
void follow_add_failed(struct node line, const struct report *r, const struct verdict *v);
void follow_add_taken(struct node line, const struct report *r);
void follow_add_handler(struct node line, const struct report *r);
void follow_add_alive(struct node line, const struct report *r);

#endif
