// SPDX-License-Identifier: BSD-2-Clause
#include "process_details.h"

#include "enrich.h"

static bool blocks_any(const struct process *p, uint64_t set)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].blocked & set)
			return true;
	return false;
}

int process_details_for_prediction(struct symbols *symbols, const struct process_table *t,
				   const struct proc_dir *dir, struct process *p, uint64_t shown)
{
	int r = symbols_resolve(symbols, dir, p, shown);

	if (r == 0 && blocks_any(p, shown))
		r = enrich_signalfds(dir, p);
	/* The task iterator has it already. */
	if (r == 0 && t->evidence == PROCESS_EVIDENCE_PROCFS)
		r = enrich_freezer(dir, p);
	return r;
}

int process_details_for_stuck(const struct proc_dir *dir, struct process *p)
{
	int r = enrich_places(dir, p);

	return r < 0 ? r : enrich_freezer(dir, p);
}
