// SPDX-License-Identifier: BSD-2-Clause
#include "place.h"

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proctext_thread.h"
#include "signals.h"

bool place_is_native(const struct proc_dir *d)
{
	char data[1024];
	ssize_t len = proc_dir_read(d, "auxv", data, sizeof(data));
	uint64_t phent;

	/* Not the header of its file: that may be on a server that does not answer. */
	return len >= 0 && proctext_parse_auxv_phent(data, len, &phent) == 0 &&
	       phent == sizeof(ElfW(Phdr));
}

static bool read_syscall(const struct proc_dir *d, uint32_t tid, struct thread_place *ret)
{
	char path[64];
	char text[256];
	ssize_t len;

	snprintf(path, sizeof(path), "task/%u/syscall", tid);
	len = proc_dir_read(d, path, text, sizeof(text));
	return len >= 0 && proctext_parse_syscall(text, len, ret) == 0;
}

static bool read_wchan(const struct proc_dir *d, uint32_t tid, char *ret, size_t size)
{
	char path[64];
	char text[1024]; /* KSYM_NAME_LEN is 512 */
	ssize_t len;

	snprintf(path, sizeof(path), "task/%u/wchan", tid);
	len = proc_dir_read(d, path, text, sizeof(text));
	return len >= 0 && proctext_parse_wchan(text, len, ret, size) == 0;
}

void place_read(const struct proc_dir *d, uint32_t tid, bool native, struct thread_place *ret)
{
	struct thread_place place = {0};

	if (!read_syscall(d, tid, &place) || (place.in_syscall && !native))
		place = (struct thread_place){0};
	read_wchan(d, tid, place.wchan, sizeof(place.wchan));
	*ret = place;
}

/* Through the directory, not by number: the memory is that of the same process. */
static bool read_set(const struct proc_dir *d, uint64_t address, uint64_t *ret)
{
	int fd = openat(d->fd, "mem", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t set;
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, &set, sizeof(set), (off_t)address);
	close(fd);
	if (n != sizeof(set))
		return false;
	*ret = set & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	return true;
}

bool place_read_waited_for(const struct proc_dir *d, uint32_t tid, char letter, bool native,
			   uint64_t *ret)
{
	struct thread_place place = {0};
	bool known;

	/* D: frozen by cgroup v1 in the middle of it. In all other states it has left the call. */
	if (letter != 'S' && letter != 'D') {
		*ret = 0;
		return true;
	}
	known = read_syscall(d, tid, &place);
	if (known && (!place.in_syscall || (native && place.syscall != SYS_rt_sigtimedwait))) {
		*ret = 0;
		return true;
	}
	/*
	 * The number is that of the last system call until the thread is back in user space: one
	 * that cgroup v2 freezes has left it. Before Linux 6.1, cgroup v1 froze within it.
	 */
	if (!read_wchan(d, tid, place.wchan, sizeof(place.wchan)) || !place.wchan[0] ||
	    strstr(place.wchan, "refrigerator"))
		return false;
	if (!strstr(place.wchan, "sigtimedwait")) {
		*ret = 0;
		return true;
	}
	return known && native && place.args[3] == sizeof(*ret) && read_set(d, place.args[0], ret);
}
