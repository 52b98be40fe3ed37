/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A row of text output in the making: cells that have columns of their own, and sentences that are
 * wrapped. No line passes the width; where a cell is too long, it pushes the next ones to the right
 * and they fall back into their columns as soon as they can.
 */
#ifndef SIGTRACE_OUT_ROW_H
#define SIGTRACE_OUT_ROW_H

#include <stdbool.h>

#include "container.h"
#include "strbuf.h"

#define COLOR_PROBLEM "\033[1;31m"
#define COLOR_WAITS   "\033[33m"
#define COLOR_ACTS    "\033[32m"
#define COLOR_TIME    "\033[2m"
#define COLOR_REMEDY  "\033[36m"
#define COLOR_HEADING "\033[1m"
#define COLOR_OFF     "\033[0m"

struct row {
	struct strbuf *out;
	size_t width; /* 0: endless */
	size_t column;
};

/* The width to wrap at on a terminal of so many columns: RENDERER_WIDTH_MIN at least; 0 stays. */
size_t row_usable_width(unsigned int columns);

void row_pad(struct row *row, size_t column);
void row_break(struct row *row);
/* Appends one cell that wants to begin at `start`. color: NULL for none. */
void row_add(struct row *row, size_t start, const char *color, const char *text, size_t len);
void row_add_word(struct row *row, size_t start, const char *color, const char *word);
/*
 * Appends `text`, broken at blanks. It begins at `start`, or where the row has got to already;
 * every further line begins at `indent`. A word that is longer than a line is broken anywhere.
 */
void row_wrap(struct row *row, size_t start, size_t indent, const char *text, size_t len);
/* A line of its own: the label at `start`, and the text behind it, wrapped there. */
void row_add_labelled(struct row *row, size_t start, const char *color, const char *label,
		      const char *text, size_t len);

/*
 * How a process is written: comm[tgid], with its number in its own PID namespace, and a thread;
 * " in " and its container.
 */
struct row_process {
	const char *comm; /* EVENT_COMM_SIZE untrusted bytes, perhaps without a NUL */
	uint32_t tgid;
	uint32_t ns_tgid;		   /* 0: not known */
	uint32_t tid;			   /* named where it is not tgid */
	const struct container *container; /* named, too; NULL: none, or it is not to be */
};

/* EVENT_COMM_SIZE untrusted bytes. With `shorten` a name that grew by escapes is cut. */
void row_write_comm(struct strbuf *out, const char *comm, bool shorten);
void row_write_process(struct strbuf *out, const struct row_process *p, bool shorten);
/*
 * The longest name of a container, with its NUL: Kubernetes allows 63 bytes for a namespace and for
 * a name inside a pod, and 253 for a pod's. What is longer is cut, and ends in "..".
 */
#define ROW_CONTAINER_SIZE_MAX (63 + 1 + 253 + 1 + 63 + (sizeof("..") - 1) + 1)
/* The short name: "shop/web-0:app". */
void row_write_container(struct strbuf *out, const struct container *c);
/* "1 thread", "2 threads". */
void row_write_count(struct strbuf *out, uint64_t count, const char *singular, const char *plural);

#endif
