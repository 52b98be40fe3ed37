// SPDX-License-Identifier: BSD-2-Clause
#include "selection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procfs.h"

void selection_free(struct selection *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].pidfd >= 0)
			close(s->list[i].pidfd);
	free(s->list);
	*s = (struct selection){};
}

/* A pidfd a process: a large tree needs more than the usual 1024 descriptors. */
static int open_pidfd(uint32_t tgid)
{
	struct rlimit limit;
	int fd = syscall(SYS_pidfd_open, tgid, 0);

	if (fd < 0 && errno == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		fd = syscall(SYS_pidfd_open, tgid, 0);
	}
	if (fd >= 0)
		return fd;
	return errno == ESRCH ? SELECTION_ENDED : SELECTION_UNWATCHED;
}

static int add(struct selection *s, const struct procfs_process *process)
{
	struct selected_process *added;
	struct procfs_process again;

	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].tgid == process->tgid &&
		    s->list[i].start_boot_ns == process->start_boot_ns)
			return 0;
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 16;
		struct selected_process *list = reallocarray(s->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		s->list = list;
		s->capacity = capacity;
	}
	added = &s->list[s->count];
	*added = (struct selected_process){
		.tgid = process->tgid,
		.start_boot_ns = process->start_boot_ns,
		.zombie = process->state == 'Z',
		.pidfd = open_pidfd(process->tgid),
	};
	/* The descriptor belongs to whoever has the number now: is that still the same process? */
	if (added->pidfd == SELECTION_ENDED || procfs_read_process(process->tgid, &again) < 0 ||
	    again.start_boot_ns != process->start_boot_ns) {
		if (added->pidfd >= 0)
			close(added->pidfd);
		return -ESRCH;
	}
	s->count++;
	return 1;
}

int selection_add(struct selection *s, uint32_t pid)
{
	struct procfs_process process;
	int r = procfs_read_process(pid, &process);

	return r < 0 ? r : add(s, &process);
}

struct process_list {
	struct procfs_process *list;
	size_t count;
	size_t capacity;
};

static int collect(void *context, const struct procfs_process *process)
{
	struct process_list *all = context;

	if (all->count == all->capacity) {
		size_t capacity = all->capacity ? 2 * all->capacity : 1024;
		struct procfs_process *list = reallocarray(all->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		all->list = list;
		all->capacity = capacity;
	}
	all->list[all->count++] = *process;
	return 0;
}

static int by_parent(const void *left, const void *right)
{
	const struct procfs_process *a = left, *b = right;

	return (a->ppid > b->ppid) - (a->ppid < b->ppid);
}

/* The first of the processes, sorted by parent, whose parent is `tgid` or above. */
static size_t first_child(const struct process_list *all, uint32_t tgid)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all->list[middle].ppid < tgid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int selection_add_descendants(struct selection *s)
{
	struct process_list all = {};
	int added = 0, r = procfs_each_process(collect, &all);

	if (r < 0) {
		free(all.list);
		return r;
	}
	qsort(all.list, all.count, sizeof(*all.list), by_parent);
	/* The selection grows while it is walked: children of children come later in the same loop.
	 */
	for (size_t i = 0; i < s->count && r >= 0; i++) {
		uint32_t parent = s->list[i].tgid;

		for (size_t j = first_child(&all, parent);
		     j < all.count && all.list[j].ppid == parent; j++) {
			r = add(s, &all.list[j]);
			if (r < 0 && r != -ESRCH)
				break;
			added += r > 0;
			r = 0;
		}
	}
	free(all.list);
	return r < 0 ? r : added;
}

bool selection_is_alive(const struct selection *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].zombie || s->list[i].pidfd != SELECTION_ENDED)
			return true;
	return false;
}

void selection_ended(struct selection *s, size_t index)
{
	close(s->list[index].pidfd);
	s->list[index].pidfd = SELECTION_ENDED;
}
