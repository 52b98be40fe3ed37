// SPDX-License-Identifier: BSD-2-Clause
#include "check_progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "strbuf.h"

#define SECOND_NS 1000000000ULL
#define NAME_SIZE 41

void check_progress_begin(struct check_progress *p)
{
	const char *term = getenv("TERM");

	p->wanted = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	p->began_ns = clock_ns(CLOCK_BOOTTIME);
}

static void put(const char *bytes, size_t len)
{
	if (write(STDERR_FILENO, bytes, len) < 0)
		return; /* progress is not worth an error */
}

void check_progress_show(struct check_progress *p, const char *name, const char *what,
			 uint64_t deadline_boot_ns)
{
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	const uint64_t left = deadline_boot_ns > now_ns ? deadline_boot_ns - now_ns : 0;
	char line[256];
	struct strbuf out;

	if (!p->wanted || now_ns - p->began_ns < SECOND_NS ||
	    (p->shown && p->second == left / SECOND_NS))
		return;
	strbuf_init(&out, line, sizeof(line));
	strbuf_add(&out, "\r\033[K");
	strbuf_add_escaped(&out, name, strnlen(name, NAME_SIZE - 1));
	strbuf_add(&out, ": waiting ");
	strbuf_add(&out, what);
	strbuf_add(&out, ", ");
	strbuf_add_u64(&out, (left + SECOND_NS - 1) / SECOND_NS);
	strbuf_add(&out, " s left");
	put(line, out.len);
	p->shown = true;
	p->second = left / SECOND_NS;
}

void check_progress_clear(struct check_progress *p)
{
	if (p->shown)
		put("\r\033[K", strlen("\r\033[K"));
	p->shown = false;
}
