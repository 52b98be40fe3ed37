// SPDX-License-Identifier: BSD-2-Clause
#include "snapshot_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "feature.h"
#include "log.h"
#include "proc_dir.h"

/* What /proc does not tell, and what that means for the answer. */
#define PROCFS_LACKS                                                                       \
	"the addresses, names and flags of handlers are not known, nor whether a process " \
	"is being ended already (signal->flags)"

/* Why the snapshot is from /proc, what is missing by it, and what to do: one line. */
static void say_procfs(const char *why, const char *remedy)
{
	cli_error("reading /proc only, because %s: " PROCFS_LACKS "; %s", why, remedy);
}

/* One that exists, and that the snapshot does not have; 0: none. */
static uint32_t find_hidden(const struct snapshot_request *request, const uint64_t *start_boot_ns,
			    const struct process_table *t)
{
	for (size_t i = 0; i < request->tgids_len; i++) {
		struct proc_dir dir;

		if (process_table_find(t, request->tgids[i]) ||
		    proc_dir_open(request->tgids[i], start_boot_ns[i], &dir) < 0)
			continue;
		proc_dir_close(&dir);
		return request->tgids[i];
	}
	return 0;
}

int snapshot_source_take(const struct snapshot_request *request, const uint64_t *start_boot_ns,
			 struct process_table *t)
{
	struct features_problem problem;
	uint32_t hidden;
	char why[128];
	int r;

	if (features_check_inspect(&problem) < 0) {
		say_procfs(problem.why, problem.remedy);
		return procfs_snapshot_take(request, t);
	}
	r = bpf_snapshot_take(request, t);
	hidden = r == 0 ? find_hidden(request, start_boot_ns, t) : 0;
	if (r == -ENOMEM || (r == 0 && !hidden))
		return r;
	if (r == 0) {
		/* Whoever runs the machine may hide its own processes from BPF. */
		process_table_free(t);
		snprintf(why, sizeof(why), "the kernel does not show process %u to BPF", hidden);
		say_procfs(why, "name the others without it");
	} else {
		snprintf(why, sizeof(why), "the kernel did not take the BPF program (%s)",
			 strerror(-r));
		say_procfs(why, "see 'sigtrace features', and -v -v for the kernel's own words");
		log_show_kept();
	}
	return procfs_snapshot_take(request, t);
}
