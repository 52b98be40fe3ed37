/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's events of what is selected, decoded, completed by what came before (core/outcome)
 * and explained: for the commands that watch one story from its beginning to its end. A trace,
 * which goes on for ever, has its own way (trace_events).
 */
#ifndef SIGTRACE_CMD_EVENT_FEED_H
#define SIGTRACE_CMD_EVENT_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf_session.h"
#include "explain.h"
#include "report.h"

struct event_feed_config {
	uint64_t signals; /* wanted although they are noise (SIGCHLD, SIGURG, SIGWINCH) */
	bool by_pid_ns;	  /* with those below; else by process, and their children are followed */
	/* Before it is explained; false: of no interest. NULL: all are. */
	bool (*wants)(void *context, struct report *r);
	/* GENERATE, DELIVER and EXIT; `v` is NULL for an EXIT. 0 or a negative errno. */
	int (*each)(void *context, struct report *r, const struct verdict *v);
	void *context;
};

struct event_feed;

/* Loads the programs; nothing is attached yet. 0, -ENOMEM or as session_open(). */
int event_feed_new(const struct event_feed_config *config, struct event_feed **ret);
/* Accepts NULL. */
void event_feed_free(struct event_feed *f);
/* To select what is wanted. */
struct session *event_feed_session(struct event_feed *f);
int event_feed_attach(struct event_feed *f);
/* Readable, edge-triggered or not, when something has come. */
int event_feed_fd(const struct event_feed *f);
/* Hands over what has come. 0, or what `each` returned. */
int event_feed_read(struct event_feed *f);
/* The end: all that came before was handed over. Adds to *lost the records that were lost. */
int event_feed_finish(struct event_feed *f, uint64_t *lost);

#endif
