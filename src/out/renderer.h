/* SPDX-License-Identifier: BSD-2-Clause */
/* One small interface for every output format of trace. Renderers only append bytes to a strbuf. */
#ifndef SIGTRACE_OUT_RENDERER_H
#define SIGTRACE_OUT_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "explain.h"
#include "report.h"
#include "strbuf.h"

/*
 * No report, in any format, needs more than this. With less room text is cut and `cut` set; JSON
 * appends the whole object or nothing at all (and sets `cut`), because half an object is worse than
 * none.
 */
#define RENDERER_REPORT_SIZE_MAX 65536

/* Below this, text keeps to RENDERER_WIDTH_MIN columns and leaves the rest to the terminal. */
#define RENDERER_WIDTH_MIN 60

struct renderer_config {
	bool color;
	/*
	 * Text leaves the remedy line out. Renderers have no memory: whoever calls knows that the
	 * same remedy (verdict.rule) for the same target has just been printed, and sets this for
	 * the repetition.
	 */
	bool skip_remedy;
	/* The same for the line of the sender, with its ancestors and its container. */
	bool skip_ancestors;
	/* The same for the line of the target's container. */
	bool skip_container;
	unsigned int width;	    /* columns to wrap at; 0: one event a line, never wrapped */
	int64_t realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
	int32_t utc_offset_s;	    /* text shows local time; JSON always UTC */
};

struct trace_summary {
	uint64_t events;		 /* shown */
	uint64_t hidden;		 /* noise that nobody asked for */
	uint64_t repeated;		 /* further threads of one group exit, left out of text */
	uint64_t corrupt;		 /* records that did not decode */
	uint64_t forgotten;		 /* processes whose end was not followed: no room */
	uint64_t watch_forgotten;	 /* signals that were not looked after: no room */
	uint64_t alive_forgotten;	 /* processes whose deadline was not kept: no room */
	uint64_t lost[EVENT_LOST_COUNT]; /* by reason */
	uint64_t elapsed_ns;
};

struct renderer_ops {
	const char *name; /* as given to --output */
	/* Before the first report; may write nothing. */
	void (*begin)(const struct renderer_config *config, struct strbuf *out);
	/*
	 * One report, newline included. `v` is NULL for a kind without a verdict: all but
	 * generations, deliveries and failed sends.
	 */
	void (*report)(const struct renderer_config *config, const struct report *r,
		       const struct verdict *v, struct strbuf *out);
	/* `count` records were lost since the last call. */
	void (*lost)(const struct renderer_config *config, uint64_t count, struct strbuf *out);
	/*
	 * The finding that no such signal was generated: for `what` ("pod default/web-0"; of the
	 * user, who is not trusted with the terminal either), in a time as it was asked for.
	 * signals: bit sig - 1. Data in every format.
	 */
	void (*absent)(const struct renderer_config *config, const char *what, uint64_t signals,
		       uint64_t waited_ns, struct strbuf *out);
	/* At the end. */
	void (*summary)(const struct renderer_config *config, const struct trace_summary *s,
			struct strbuf *out);
	/* Where lost and summary belong: true: stdout, as data (json); false: stderr (text). */
	bool summary_is_data;
};

extern const struct renderer_ops text_renderer;
extern const struct renderer_ops json_renderer;

/* The renderer of that name, or NULL. */
const struct renderer_ops *renderer_from_name(const char *name);
/* Every name, for messages: "text, json". */
void renderer_write_names(struct strbuf *out);

/* A moment on the wall clock: seconds since 1970 (UTC), and 0..999999999. */
struct renderer_time {
	int64_t seconds;
	uint32_t nanoseconds;
};

struct renderer_time renderer_wall_time(const struct renderer_config *config, uint64_t boot_ns);

#define RENDERER_UTC_SIZE sizeof("2026-01-31T23:59:59.123456789Z")
/* The same in RFC 3339, UTC. */
void renderer_write_utc(const struct renderer_config *config, uint64_t boot_ns, struct strbuf *out);

/* Everything lost, over all reasons. */
uint64_t trace_summary_lost(const struct trace_summary *s);

#endif
