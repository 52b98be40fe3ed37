/* SPDX-License-Identifier: BSD-2-Clause */
#include "inspect_facts.h"

#include "kernel_bits.h"

const char *inspect_pending_name(enum inspect_pending pending)
{
	static const char *const names[] = {
		[INSPECT_PENDING_NONE] = "none",
		[INSPECT_PENDING_THREAD] = "thread",
		[INSPECT_PENDING_PROCESS] = "process",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == INSPECT_PENDING_COUNT, "names");
	return names[pending];
}

enum inspect_pending inspect_pending_of(const struct process *p, int sig)
{
	if (p->pending & signal_bit(sig))
		return INSPECT_PENDING_PROCESS;
	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].pending & signal_bit(sig))
			return INSPECT_PENDING_THREAD;
	return INSPECT_PENDING_NONE;
}

bool inspect_disposition_of(const struct process *p, int sig, enum disposition *ret)
{
	if (!(p->known & PROCESS_KNOWN_DISPOSITIONS))
		return false;
	*ret = disposition_of(process_handler(p, sig));
	return true;
}

const struct process_action *inspect_action_of(const struct process *p, int sig)
{
	enum disposition disposition;

	if (!p->actions || !inspect_disposition_of(p, sig, &disposition) ||
	    disposition != DISPOSITION_CAUGHT)
		return NULL;
	return &p->actions[sig - 1];
}

bool inspect_masks_known(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (!p->threads[i].exiting)
			return true;
	return false;
}

uint64_t inspect_blocked_by_all(const struct process *p)
{
	uint64_t blocked = inspect_masks_known(p) ? UINT64_MAX : 0;

	for (size_t i = 0; i < p->threads_len; i++)
		if (!p->threads[i].exiting)
			blocked &= p->threads[i].blocked;
	return blocked;
}

uint64_t inspect_blocked_by_any(const struct process *p)
{
	uint64_t blocked = 0;

	for (size_t i = 0; i < p->threads_len; i++)
		if (!p->threads[i].exiting)
			blocked |= p->threads[i].blocked;
	return blocked;
}

bool inspect_is_frozen(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++)
		if (p->threads[i].frozen || p->threads[i].frozen_v2)
			return true;
	return false;
}

bool inspect_in_group_exit(const struct process *p)
{
	if (!(p->known & PROCESS_KNOWN_SIGNAL_FLAGS))
		return false;
	return (p->signal_flags & SIGNAL_GROUP_EXIT) || p->group_exec;
}
