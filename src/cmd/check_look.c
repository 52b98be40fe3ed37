// SPDX-License-Identifier: BSD-2-Clause
#include "check_look.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "process_details.h"
#include "process_snapshot.h"
#include "procfs.h"
#include "signals.h"

static int take_snapshot(const struct check_run *run, bool bpf, struct process_table *t)
{
	const struct snapshot_request request = {
		.tgids = &run->init_tgid, .tgids_len = 1, .descendants = true};

	/* Whoever may not trace loses nothing but the addresses of handlers. */
	if (bpf && bpf_snapshot_take(&request, t) == 0)
		return 0;
	return procfs_snapshot_take(&request, t);
}

/* NULL: it has ended, and perhaps another process has its number. */
static struct process *find_init(const struct check_run *run, const struct process_table *t)
{
	struct process *p = process_table_find(t, run->init_tgid);

	if (!p || process_is_zombie(p) ||
	    p->start_boot_ns / PROCFS_TICK_NS != run->init_start_boot_ns / PROCFS_TICK_NS)
		return NULL;
	return p;
}

/* The prediction outlives the snapshot and what it points to there. */
static void keep_name(struct check_run *run)
{
	struct report *r = &run->before.report;

	r->target.container = NULL;
	if (!r->handler_symbol)
		return;
	snprintf(run->handler_name, sizeof(run->handler_name), "%s", r->handler_symbol);
	r->handler_symbol = run->handler_name;
}

static int predict(struct check_run *run, struct symbols *symbols, const struct process_table *t,
		   struct process *p)
{
	struct proc_dir dir = {.fd = -1};
	int r = proc_dir_open(p->tgid, p->start_boot_ns, &dir);

	if (r == 0)
		r = process_details_for_prediction(symbols, t, &dir, p, signal_bit(run->sig));
	proc_dir_close(&dir);
	if (r == -ESRCH || r == -ENOMEM)
		return r;
	predict_signal(t, p, run->sig, PREDICT_OUTSIDE, &run->before);
	run->has_before = true;
	memcpy(run->comm, p->comm, sizeof(run->comm));
	keep_name(run);
	return 0;
}

int check_look_before(struct check_run *run, struct symbols *symbols)
{
	struct process_table t = {};
	struct process *p;
	int r = take_snapshot(run, run->evidence == CHECK_EVIDENCE_BPF, &t);

	if (r == 0) {
		p = find_init(run, &t);
		r = p ? predict(run, symbols, &t, p) : -ESRCH;
	}
	if (r == 0)
		r = check_run_look(run, &t, clock_ns(CLOCK_BOOTTIME));
	process_table_free(&t);
	return r;
}

int check_look_descendants(struct check_run *run)
{
	struct process_table t = {};
	int r = take_snapshot(run, false, &t);

	if (r == 0 && !find_init(run, &t))
		r = -ESRCH;
	if (r == 0)
		r = check_run_look(run, &t, clock_ns(CLOCK_BOOTTIME));
	process_table_free(&t);
	return r;
}

int check_look_after(struct check_run *run)
{
	struct proc_dir dir = {.fd = -1};
	struct process *p;
	int r = take_snapshot(run, run->evidence == CHECK_EVIDENCE_BPF, &run->table);

	if (r < 0)
		return r;
	p = find_init(run, &run->table);
	if (!p)
		return -ESRCH;
	r = proc_dir_open(p->tgid, p->start_boot_ns, &dir);
	if (r == 0)
		r = process_details_for_stuck(&dir, p);
	proc_dir_close(&dir);
	if (r == -ESRCH || r == -ENOMEM)
		return r;
	if (!stuck_is_due(p, 0, &run->stuck))
		run->stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = run->sig};
	stuck_examine(&run->table, p, &run->stuck);
	run->after = p;
	return check_run_look(run, &run->table, clock_ns(CLOCK_BOOTTIME));
}
