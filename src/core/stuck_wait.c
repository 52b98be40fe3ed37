// SPDX-License-Identifier: BSD-2-Clause
#include "stuck_wait.h"

#include <string.h>

#include "syscalls.h"

/* include/uapi/linux/wait.h: the first argument of waitid() */
#define WAITID_PID   1
#define WAITID_PGID  2
#define WAITID_PIDFD 3

static void read_wait4(const uint64_t args[], struct stuck_wait *ret)
{
	/* The kernel takes the lower half of the register. */
	int32_t pid = (int32_t)(uint32_t)args[0];

	if (pid > 0) {
		ret->kind = STUCK_WAIT_PID;
		ret->number = (uint32_t)pid;
	} else {
		ret->kind = pid == -1 ? STUCK_WAIT_ANY : STUCK_WAIT_GROUP;
	}
}

static void read_waitid(const uint64_t args[], struct stuck_wait *ret)
{
	switch ((uint32_t)args[0]) {
	case WAITID_PID:
		ret->kind = STUCK_WAIT_PID;
		ret->number = (uint32_t)args[1];
		break;
	case WAITID_PGID:
		ret->kind = STUCK_WAIT_GROUP;
		break;
	case WAITID_PIDFD:
		ret->kind = STUCK_WAIT_PIDFD;
		break;
	default:
		ret->kind = STUCK_WAIT_ANY;
		break;
	}
}

bool stuck_wait_of(const struct thread *thread, struct stuck_wait *ret)
{
	const struct thread_place *place = thread->place;
	struct stuck_wait wait = {0};

	if (!place || !place->syscall_known || !place->in_syscall)
		return false;
	/* By name: the numbers differ between architectures. */
	wait.syscall = syscall_name(place->syscall);
	if (!wait.syscall)
		return false;
	if (strcmp(wait.syscall, "wait4") == 0)
		read_wait4(place->args, &wait);
	else if (strcmp(wait.syscall, "waitid") == 0)
		read_waitid(place->args, &wait);
	else
		return false;
	*ret = wait;
	return true;
}

static bool is_child(const struct process *p, const struct process *other)
{
	return other->parent_tgid == p->tgid && other->tgid != p->tgid;
}

/* The number of a child in the PID namespace of its parent; 0: not known. */
static uint32_t number_for_parent(const struct process *p, const struct process *child)
{
	if (!p->ns_tgid)
		return 0;
	/* The namespace that tgid counts in. */
	if (p->ns_level == 0)
		return child->tgid;
	/* A child is in the namespace of its parent, or in one below where it has other numbers. */
	return child->ns_level == p->ns_level ? child->ns_tgid : 0;
}

const struct process *stuck_child_by_number(const struct process_table *t, const struct process *p,
					    uint32_t number)
{
	for (size_t i = 0; i < t->len; i++)
		if (is_child(p, &t->list[i]) && number_for_parent(p, &t->list[i]) == number)
			return &t->list[i];
	return NULL;
}

uint32_t stuck_count_children(const struct process_table *t, const struct process *p,
			      const struct process **only)
{
	uint32_t count = 0;

	*only = NULL;
	for (size_t i = 0; i < t->len; i++) {
		if (!is_child(p, &t->list[i]))
			continue;
		*only = count == 0 ? &t->list[i] : NULL;
		count++;
	}
	return count;
}
