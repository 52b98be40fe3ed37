/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of files of /proc/PID, of mountinfo and of a cgroup's freezer. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "parse.h"
#include "proctext.h"
#include "proctext_cgroup.h"
#include "proctext_thread.h"

static void run_stat(const char *text, size_t size)
{
	struct proctext_stat stat;
	struct proctext_stat before;
	int r;

	memset(&stat, 0x5a, sizeof(stat));
	memcpy(&before, &stat, sizeof(stat));
	r = proctext_parse_stat(text, size, &stat);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r < 0) {
		FUZZ_CHECK(memcmp(&before, &stat, sizeof(stat)) == 0);
		return;
	}
	FUZZ_CHECK(stat.pid >= 1 && stat.pid <= PARSE_PID_MAX);
	FUZZ_CHECK(stat.ppid <= PARSE_PID_MAX);
	FUZZ_CHECK(stat.num_threads <= PARSE_PID_MAX);
	FUZZ_CHECK(stat.pgid <= PARSE_PID_MAX && stat.sid <= PARSE_PID_MAX);
	FUZZ_CHECK(memchr(stat.comm, '\0', sizeof(stat.comm)));
	FUZZ_CHECK(memchr(text, stat.state, size));
}

static void run_status(const char *text, size_t size)
{
	struct proctext_status status;
	struct proctext_status before;
	int r;

	memset(&status, 0x5a, sizeof(status));
	memcpy(&before, &status, sizeof(status));
	r = proctext_parse_status(text, size, &status);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r < 0) {
		FUZZ_CHECK(memcmp(&before, &status, sizeof(status)) == 0);
		return;
	}
	FUZZ_CHECK(status.tgid >= 1 && status.tgid <= PARSE_PID_MAX);
	FUZZ_CHECK(status.ns_pid_count <= PROCTEXT_NS_LEVELS_MAX);
	for (uint32_t i = 0; i < status.ns_pid_count; i++)
		FUZZ_CHECK(status.ns_pid[i] >= 1 && status.ns_pid[i] <= PARSE_PID_MAX);
	FUZZ_CHECK(status.tracer_tid <= PARSE_PID_MAX && status.threads <= PARSE_PID_MAX);
	FUZZ_CHECK(!status.has_signals || status.threads > 0);
}

static void run_place(const char *text, size_t size)
{
	struct thread_place place;
	struct thread_place before;
	int r;

	memset(&place, 0x5a, sizeof(place));
	memcpy(&before, &place, sizeof(place));
	r = proctext_parse_syscall(text, size, &place);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		FUZZ_CHECK(memcmp(&before, &place, sizeof(place)) == 0);
	else
		FUZZ_CHECK(place.syscall_known && (!place.in_syscall || place.syscall >= 0));

	r = proctext_parse_wchan(text, size, place.wchan, sizeof(place.wchan));
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		FUZZ_CHECK(memcmp(before.wchan, place.wchan, sizeof(place.wchan)) == 0);
	else
		FUZZ_CHECK(memchr(place.wchan, '\0', sizeof(place.wchan)));
}

static void run_numbers(const char *text, size_t size)
{
	uint64_t number = 0x5a5a;
	int r = proctext_parse_signalfd(text, size, &number);

	FUZZ_CHECK(r == 0 || (r == -EINVAL && number == 0x5a5a));
	number = 0x5a5a;
	r = proctext_parse_auxv_phent(text, size, &number);
	FUZZ_CHECK(r == 0 || (r == -EINVAL && number == 0x5a5a));
}

/* No path that is used leads out of where it begins. */
static void check_path(const char *path, size_t len)
{
	FUZZ_CHECK(len > 0 && path[0] == '/' && !memchr(path, '\0', len));
	FUZZ_CHECK(!memmem(path, len, "/../", 4));
	FUZZ_CHECK(!memmem(path, len, "//", 2));
	FUZZ_CHECK(len < 3 || memcmp(path + len - 3, "/..", 3) != 0);
}

static void run_cgroup(const char *text, size_t size)
{
	struct proctext_cgroup_path paths[CGROUP_HIERARCHY_COUNT];
	static struct proctext_mount mount;
	int r = proctext_parse_cgroup(text, size, paths);

	FUZZ_CHECK(r == 0 || r == -EINVAL);
	for (int i = 0; r == 0 && i < CGROUP_HIERARCHY_COUNT; i++) {
		if (!paths[i].path)
			continue;
		FUZZ_CHECK(paths[i].path >= text && paths[i].path + paths[i].len < text + size);
		check_path(paths[i].path, paths[i].len);
	}
	mount.hierarchy = CGROUP_HIERARCHY_COUNT;
	r = proctext_parse_mount(text, size, &mount);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r == 0 && mount.hierarchy != CGROUP_HIERARCHY_COUNT) {
		check_path(mount.root, strnlen(mount.root, sizeof(mount.root)));
		check_path(mount.point, strnlen(mount.point, sizeof(mount.point)));
	}
}

static void run_freezer(const char *text, size_t size)
{
	enum cgroup_freezer state = CGROUP_FREEZING;
	bool flag = true;
	int r = proctext_parse_freezer_state(text, size, &state);

	FUZZ_CHECK(r == 0 || (r == -EINVAL && state == CGROUP_FREEZING));
	r = proctext_parse_cgroup_events(text, size, &flag);
	FUZZ_CHECK(r == 0 || (r == -EINVAL && flag));
	flag = true;
	r = proctext_parse_flag(text, size, &flag);
	FUZZ_CHECK(r == 0 || (r == -EINVAL && flag));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_stat((const char *)data, size);
	run_status((const char *)data, size);
	run_place((const char *)data, size);
	run_numbers((const char *)data, size);
	run_cgroup((const char *)data, size);
	run_freezer((const char *)data, size);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const texts[] = {
		"4242 (bash) S 812 4242 4242 34816 4250 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 9 10 "
		"18446744073709551615 1 2 3 0 0 0 65536 3670020 1266777851 1 0 0 17 1 0 0 0 0 0\n",
		"7 (a) Z (b)\n) R 0 0 0 0 -1 0 0 0 0 0 0 0 -1 -1 -20 -20 3 0 99 0 0\n",
		"Name:\tbash\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t4242\nNgid:\t0\nPid:\t4242\n"
		"NSpid:\t4242\t17\t1\nThreads:\t1\nSigQ:\t3/63427\nSigPnd:\t0000000000000000\n"
		"CapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\n"
		"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n",
		"Tgid:\t1\nSigQ:\t0/18446744073709551615\nCapPrm:\t0000000000000000\n"
		"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
		"Tgid:\t7\nTracerPid:\t9\nUid:\t0\t1\t2\t3\nThreads:\t2\nSigQ:\t0/1\n"
		"SigPnd:\t0000000000000200\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000010000\n"
		"SigIgn:\t0000000000001000\nSigCgt:\t00000001800004ef\nCapPrm:\t0000000000000000\n"
		"CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n",
		"128 0x7ffd40d00360 0x7ffd40d00220 0x0 0x8 0x0 0x0 0x7ffd40d001f0 0x7f60ef05ac2f\n",
		"-1 0x7ffd40d001f0 0x7f60ef05ac2f\n",
		"running\n",
		"do_sigtimedwait.isra.0",
		"pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t2056\nsigmask:\t0000000000004000\n",
		"9:name=systemd:/\n6:cpu,freezer:/docker/1f\n0::/a b/c.slice\n",
		"37 31 0:34 /pod /sys/fs/cgroup/a\\040b rw shared:9 - cgroup none rw,freezer",
		"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
		"populated 1\nfrozen 1\n",
		"FROZEN\n",
		"1\n",
	};

	return fuzz_seed_text(texts, sizeof(texts) / sizeof(texts[0]), index, data);
}
