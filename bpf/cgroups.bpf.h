/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that follow cgroups. A container's cgroup may be gone before user space has a look
 * at it, so its path is told when it is made; nobody can be in it before that.
 */
#ifndef SIGTRACE_CGROUPS_BPF_H
#define SIGTRACE_CGROUPS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "cgroup.bpf.h"
#include "session.bpf.h"

/* Whether it is in the hierarchy whose numbers the records have. */
static __always_inline bool is_in_hierarchy(struct cgroup *cgroup)
{
	struct task_struct *current = (void *)bpf_get_current_task();

	if (!has_cgroups(settings.cgroup_v1))
		return false;
	if (settings.cgroup_v1) /* all tasks are somewhere in the one of the pids controller */
		return BPF_CORE_READ(cgroup, root) ==
		       BPF_CORE_READ(task_find_cgroup(current, true, false), root);
	return BPF_CORE_READ(cgroup, root, hierarchy_id) == V2_HIERARCHY;
}

/* What is made in a selected cgroup is selected, too. False: it should be, and there is no room. */
static __always_inline bool select_child(__u32 parent, __u32 number)
{
	__u8 value = 0;

	if (!settings.by_cgroup || !bpf_map_lookup_elem(&selected_cgroups, &parent))
		return true;
	return bpf_map_update_elem(&selected_cgroups, &number, &value, BPF_ANY) == 0;
}

/*
 * The tracepoint writes the path to a buffer of its own, which it has locked. Probed, because such
 * an event is rare, and each pointer that is followed directly costs time at the load.
 */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	struct event_cgroup *e;
	__u32 number, parent;
	char beyond = 0;
	long size;

	if (!is_in_hierarchy(cgroup))
		return 0;
	number = BPF_CORE_READ(cgroup, kn, id);
	parent = BPF_CORE_READ(cgroup, self.parent, cgroup, kn, id);
	if (!select_child(parent, number))
		count_lost(EVENT_LOST_CGROUP);

	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		count_lost(EVENT_LOST_CGROUP);
		return 0;
	}
	__builtin_memset(e->path, 0, sizeof(e->path));
	size = bpf_probe_read_kernel_str(e->path, sizeof(e->path), path);
	if (size < 2) {
		bpf_ringbuf_discard(e, 0);
		count_lost(EVENT_LOST_CGROUP);
		return 0;
	}
	if (size == sizeof(e->path))
		bpf_probe_read_kernel(&beyond, sizeof(beyond), path + sizeof(e->path) - 1);
	fill_head(&e->head, EVENT_CGROUP_MADE, sizeof(*e), 0, 0, number);
	e->pad = 0;
	e->path_len = beyond ? sizeof(e->path) : size - 1;
	bpf_ringbuf_submit(e, wake_flags());
	return 0;
}

/*
 * The last process that was in it is reaped, and its number can be another one's. Loaded for
 * settings.by_cgroup, so that the table does not fill up.
 */
SEC("tp_btf/cgroup_release")
int BPF_PROG(on_cgroup_release, struct cgroup *cgroup, const char *path)
{
	__u32 number;

	if (!is_in_hierarchy(cgroup))
		return 0;
	number = BPF_CORE_READ(cgroup, kn, id);
	bpf_map_delete_elem(&selected_cgroups, &number);
	return 0;
}

#endif
