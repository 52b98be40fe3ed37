// SPDX-License-Identifier: BSD-2-Clause
#include "inspect_process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "choice_processes.h"
#include "log.h"
#include "process_details.h"
#include "signals.h"

static uint64_t pending_of(const struct process *p)
{
	uint64_t set = p->pending;

	for (size_t i = 0; i < p->threads_len; i++)
		set |= p->threads[i].pending;
	return set;
}

static void predict(const struct inspection *in, const struct process *p, int sig,
		    struct inspect_signal *ret)
{
	*ret = (struct inspect_signal){.sig = sig};
	predict_signal(in->table, p, sig, PREDICT_OUTSIDE, &ret->outside);
	predict_signal(in->table, p, sig, PREDICT_INSIDE, &ret->inside);
	ret->differs = predict_differs(&ret->outside, &ret->inside);
	ret->provenance = provenance_of(in->table, p, sig);
}

static bool ends_process(int sig)
{
	enum default_action action = signal_default_action(sig);

	return action == DEFAULT_TERMINATE || action == DEFAULT_CORE;
}

static bool has_no_effect(const struct inspect_signal *s)
{
	return s->outside.effect == PREDICT_EFFECT_NO;
}

/*
 * The signal that was meant to end the process and does not: SIGTERM where that was asked for, even
 * among others; else the first one that was. 0: there is none.
 */
static int find_failed(const struct inspection *in, const struct inspect_signal *signals,
		       size_t len)
{
	const bool term = in->asked & signal_bit(SIGTERM);

	for (size_t i = 0; i < len; i++) {
		const int sig = signals[i].sig;

		if ((in->asked & signal_bit(sig)) && (term ? sig == SIGTERM : ends_process(sig)) &&
		    has_no_effect(&signals[i]))
			return sig;
	}
	return 0;
}

static void count_effects(struct inspection *in, const struct process *p,
			  const struct inspect_signal *signals, size_t len)
{
	uint64_t without = 0;

	in->answered++;
	if (p->container && p->container->sandbox && !in->sandboxes_count)
		return;

	for (size_t i = 0; i < len; i++)
		if (has_no_effect(&signals[i]))
			without |= signal_bit(signals[i].sig);
	if (in->counted++ == 0)
		in->without_effect = in->asked;
	in->without_effect &= without;
}

static int answer(struct inspection *in, const struct proc_dir *dir, struct process *p)
{
	const uint64_t shown = in->shown | (in->show_pending ? pending_of(p) : 0);
	/* Large: each prediction holds a report. */
	static struct inspect_signal signals[SIGNAL_MAX];
	struct inspect_process view = {
		.index = in->answered, .table = in->table, .process = p, .signals = signals};
	bool stuck;
	int r = 0;

	if (in->node->cgroups)
		p->container = choice_container_of(in->node->cgroups, in->node->containers,
						   p->tgid);
	if (dir)
		r = process_details_for_prediction(in->symbols, in->table, dir, p, shown);
	if (r < 0)
		return r;
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		if (shown & signal_bit(sig))
			predict(in, p, sig, &signals[view.signals_len++]);
	stuck = stuck_is_due(p, find_failed(in, signals, view.signals_len), &view.stuck);
	if (dir && (stuck || in->config.threads))
		r = process_details_for_stuck(dir, p);
	if (r < 0)
		return r;
	if (stuck)
		stuck_examine(in->table, p, &view.stuck);
	count_effects(in, p, signals, view.signals_len);
	in->ops->process(&in->config, &view, &in->sink);
	return 0;
}

int inspection_show(struct inspection *in, struct process *p)
{
	struct proc_dir dir;
	int r = proc_dir_open(p->tgid, p->start_boot_ns, &dir);

	if (r == -ESRCH)
		return r;
	if (r < 0) {
		log_debug("/proc/%u: %s", p->tgid, strerror(-r));
		return answer(in, NULL, p);
	}
	r = answer(in, &dir, p);
	proc_dir_close(&dir);
	return r;
}
