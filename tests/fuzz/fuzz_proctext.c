/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of /proc/PID/stat and /proc/PID/status. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "parse.h"
#include "proctext.h"

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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_stat((const char *)data, size);
	run_status((const char *)data, size);
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
	};
	size_t size;

	if (index >= sizeof(texts) / sizeof(texts[0]))
		return 0;
	size = strlen(texts[index]);
	memcpy(data, texts[index], size);
	return size;
}
