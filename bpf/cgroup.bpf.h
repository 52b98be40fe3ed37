/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CO-RE readers of cgroups: which one a task is in. Of its many, one for each hierarchy, it is that
 * of the hierarchy that shows containers: cgroup v2, or the v1 hierarchy of the pids controller.
 */
#ifndef SIGTRACE_CGROUP_BPF_H
#define SIGTRACE_CGROUP_BPF_H

#include "compat.bpf.h"

#define V2_HIERARCHY 0 /* cgroup_init() of kernel/cgroup/cgroup.c insists on it */

/* A kernel without CONFIG_CGROUPS, or for v1 without CONFIG_CGROUP_PIDS, has none. */
static __always_inline bool has_cgroups(const bool v1)
{
	return bpf_core_field_exists(struct task_struct, cgroups) &&
	       (!v1 || bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id));
}

/* Only if has_cgroups(). A process that has exited is still in its cgroup here. */
static __always_inline struct cgroup *task_find_cgroup(struct task_struct *task, const bool v1,
						       const bool direct)
{
	struct css_set *set = FIELD(direct, task, cgroups);
	struct cgroup_subsys_state *css;

	if (!v1)
		return FIELD(direct, set, dfl_cgrp);
	css = FIELD(direct, set, subsys[bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id)]);
	return FIELD(direct, css, cgroup);
}

/*
 * The low 32 bits of the number of the cgroup of a process; 0: not known.
 *
 * Of its thread in curr_target, which is always one that is not released: __exit_signal() sees to
 * that. Any would do, for they are all in the same unless somebody moves single threads (in v1, or
 * in a threaded subtree of v2), which no container engine does. But to follow pointers from a task
 * that it trusts makes a new verifier search the names of all types at each step, which took half
 * as long as the rest of the load; what was reached through `signal` it does not trust.
 */
static __always_inline u32 process_cgroup(struct signal_struct *signal, const bool v1,
					  const bool direct)
{
	struct kernfs_node *node;
	struct cgroup *cgroup;

	if (!has_cgroups(v1))
		return 0;
	cgroup = task_find_cgroup(FIELD(direct, signal, curr_target), v1, direct);
	node = FIELD(direct, cgroup, kn);
	return FIELD(direct, node, id);
}

#endif
