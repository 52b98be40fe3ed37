// SPDX-License-Identifier: BSD-2-Clause
#include "chain_live.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "chain_collect.h"
#include "chain_send.h"
#include "clock.h"
#include "cmd.h"
#include "event_feed.h"
#include "feature.h"
#include "log.h"
#include "proc_dir.h"
#include "signals.h"
#include "stop.h"

/* Of its time the watch spends at most this part in looking for new processes: 1 in so many. */
#define COLLECT_SHARE 4
/* Records below the kernel's threshold are read after this time. */
#define ROUND_MS 20

struct live {
	struct chain *chain;
	const struct chain_options *options;
	struct event_feed *feed;
	uint64_t collected_ns;	/* CLOCK_MONOTONIC: when that was done last */
	uint64_t collecting_ns; /* and how long it took */
};

static int select_node(void *context, const struct chain_node *n)
{
	struct live *l = context;
	int r;

	if (!n->in_tree)
		return 0;
	r = session_select(event_feed_session(l->feed), n->process->tgid,
			   n->process->start_boot_ns);
	return r == -E2BIG ? 0 : r;
}

/* A pass without news is the last: children are followed, and fork goes on meanwhile. */
static int collect_new(struct live *l)
{
	const uint64_t began_ns = clock_ns(CLOCK_MONOTONIC);
	uint32_t before;
	int r;

	do {
		before = l->chain->len;
		r = chain_collect_new(l->chain, &l->options->node, select_node, l);
	} while (r == 0 && l->chain->len != before);
	l->collected_ns = clock_ns(CLOCK_MONOTONIC);
	l->collecting_ns = l->collected_ns - began_ns;
	return r;
}

static bool is_unknown(const struct chain *c, const struct report_task *task)
{
	return task->source != REPORT_SOURCE_ABSENT && chain_find(c, task->tgid) == CHAIN_NONE;
}

static int on_report(void *context, struct report *r, const struct verdict *v)
{
	struct live *l = context;
	int err = 0;

	/* It has been forked since. */
	if (r->kind == REPORT_GENERATE && (r->facts & EVENT_FACT_MATCHED_TO) &&
	    is_unknown(l->chain, &r->target) &&
	    clock_ns(CLOCK_MONOTONIC) - l->collected_ns > COLLECT_SHARE * l->collecting_ns)
		err = collect_new(l);
	return err < 0 ? err : chain_watch_report(l->chain, r, v);
}

static int explain_failure(int r)
{
	struct features_problem problem;

	if (r == -ENOMEM)
		return r;
	log_show_kept();
	if (features_explain_trace(&problem) < 0)
		cli_error("%s; %s", problem.what, problem.remedy);
	else
		cli_error("--watch: the kernel did not take the BPF programs (%s); see 'sigtrace "
			  "features'",
			  strerror(-r));
	return EXIT_CANNOT_RUN;
}

/* What somebody may send in place of the signal, too: dumb-init -r 15:28. */
static uint64_t signals_of(const struct chain *c)
{
	uint64_t signals = c->wanted;

	for (uint32_t i = 0; i < c->len; i++)
		if (c->nodes[i].program.rewrite_to)
			signals |= signal_bit(c->nodes[i].program.rewrite_to);
	return signals;
}

static int begin(struct live *l)
{
	struct chain *c = l->chain;
	const struct event_feed_config config = {
		.signals = signals_of(c), .each = on_report, .context = l};
	int r = event_feed_new(&config, &l->feed);

	for (uint32_t i = 0; r == 0 && i < c->len; i++)
		r = select_node(l, &c->nodes[i]);
	if (r == 0)
		r = event_feed_attach(l->feed);
	if (r < 0)
		return explain_failure(r);
	c->began_ns = clock_ns(CLOCK_BOOTTIME);
	return collect_new(l);
}

static void say_watching(const struct live *l)
{
	const struct chain *c = l->chain;
	char data[256];
	struct strbuf name;
	uint32_t below = 0;

	for (uint32_t i = 0; i < c->len; i++)
		below += c->nodes[i].in_tree && i != c->root;
	strbuf_init(&name, data, sizeof(data));
	chain_write_node(c, c->root, &name);
	cli_error("watching %s and %u process%s below it; Ctrl-C ends it", data, below,
		  below == 1 ? "" : "es");
}

/* When to stop waiting if nothing more comes; 0: there is nothing to wait for. */
static uint64_t due_ns(const struct live *l)
{
	const struct chain *c = l->chain;
	const uint64_t story_ns = chain_watch_due_ns(c);

	if (story_ns != UINT64_MAX)
		return story_ns;
	if (l->options->duration_ns == UINT64_MAX)
		return UINT64_MAX;
	return c->began_ns + l->options->duration_ns;
}

static int watch(struct live *l)
{
	struct pollfd fds[] = {
		{.fd = event_feed_fd(l->feed), .events = POLLIN},
		{.fd = l->options->stop_fd, .events = POLLIN},
	};

	for (;;) {
		int r = event_feed_read(l->feed);
		const uint64_t due = due_ns(l);

		if (r < 0)
			return r;
		if (clock_ns(CLOCK_BOOTTIME) >= due)
			return 0;
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), ROUND_MS) < 0 && errno != EINTR)
			return -errno;
		if (stop_take()) {
			l->chain->interrupted = true;
			return 0;
		}
	}
}

/* An exit that no record tells of: it was lost, or the process was not selected in time. */
static void find_gone(struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];
		struct proc_dir dir = {.fd = -1};

		if (!n->in_tree || n->end != CHAIN_END_NONE)
			continue;
		if (proc_dir_open(n->process->tgid, n->process->start_boot_ns, &dir) == -ESRCH)
			chain_watch_gone(c, i, clock_ns(CLOCK_BOOTTIME));
		else
			proc_dir_close(&dir);
	}
}

static int end(struct live *l)
{
	struct chain *c = l->chain;
	int r;

	/* Those that were forked meanwhile and are there belong to the picture. */
	r = collect_new(l);
	if (r == 0)
		r = event_feed_finish(l->feed, &c->lost);
	if (r < 0)
		return r;
	find_gone(c);
	chain_watch_conclude(c, clock_ns(CLOCK_BOOTTIME));
	return 0;
}

static int run(struct live *l)
{
	struct chain *c = l->chain;
	int r = l->options->send ? chain_send_check(c) : 0;

	if (r == 0)
		r = begin(l);
	if (r != 0)
		return r;
	if (l->options->send) {
		c->sent = true;
		r = chain_send(c, l->options->send);
	} else {
		say_watching(l);
	}
	if (r == 0)
		r = watch(l);
	return r != 0 ? r : end(l);
}

int chain_live_check(void)
{
	struct features_problem problem;

	if (features_check_trace(&problem) == 0 && features_check_pids(&problem) == 0)
		return 0;
	cli_error("--watch: %s; %s", problem.what, problem.remedy);
	return EXIT_CANNOT_RUN;
}

int chain_live(struct chain *c, const struct chain_options *o)
{
	struct live l = {.chain = c, .options = o};
	int r;

	c->watched = true;
	r = run(&l);
	event_feed_free(l.feed);
	return r;
}
