/* SPDX-License-Identifier: BSD-2-Clause */
/* When what happened, for people: a bar that is drawn to scale, and the list below it. */
#ifndef SIGTRACE_OUT_CHECK_TIMELINE_H
#define SIGTRACE_OUT_CHECK_TIMELINE_H

#include "check.h"
#include "page.h"

/* The letter of a mark in the bar and in the list; ' ': it has none. */
char check_timeline_letter(enum check_mark mark);
/*
 * Whether text shows the mark or report of that moment as a mark. The end of an init that check
 * killed itself is none: that it was killed is.
 */
bool check_timeline_has(const struct check_run *run, const struct check_event *e);

/* When that was. The end of the init is the kernel's event, if there is one: it is reaped later. */
uint64_t check_timeline_ns(const struct check_run *run, const struct check_event *e);

/* The bar with its scale; nothing without two marks. */
void check_timeline_write(struct page *page, const struct check_run *run);
/* What happened, CHECK_LIST_MAX lines at most, in the order of time. */
void check_list_write(struct page *page, const struct check_run *run);

#define CHECK_LIST_MAX 12

#endif
