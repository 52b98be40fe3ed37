/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container engine prints: the first byte says whether on stdout or on stderr. */
#include <errno.h>
#include <string.h>

#include "engine_text.h"
#include "fuzz.h"
#include "parse.h"
#include "signals.h"

#define ID "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"

static void run_container(const char *text, size_t size)
{
	struct engine_container c, before;
	int r;

	memset(&c, 0x5a, sizeof(c));
	memcpy(&before, &c, sizeof(c));
	r = engine_read_container(text, size, &c);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r < 0) {
		FUZZ_CHECK(memcmp(&c, &before, sizeof(c)) == 0);
		return;
	}
	FUZZ_CHECK(container_id_is_valid(c.id, strnlen(c.id, sizeof(c.id))));
	FUZZ_CHECK(c.stop_signal >= 0 && c.stop_signal <= SIGNAL_MAX);
	FUZZ_CHECK(!c.stop_signal_unknown || c.stop_signal == 0);
	FUZZ_CHECK(!(c.running && c.exited));
	FUZZ_CHECK(c.pid <= PARSE_PID_MAX && (c.running || c.pid == 0));
	FUZZ_CHECK(c.exited || c.exit_code == 0);
	FUZZ_CHECK(memchr(c.error, '\0', sizeof(c.error)));
}

static void run_complaint(const char *text, size_t size)
{
	char room[64];
	struct strbuf b;

	strbuf_init(&b, room, sizeof(room));
	engine_read_complaint(text, size, &b);
	FUZZ_CHECK(b.len <= size + 2 && room[b.len] == '\0');
	FUZZ_CHECK(!memchr(room, '\n', b.len));
	FUZZ_CHECK(engine_classify_complaint(room) < ENGINE_COMPLAINT_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		run_complaint((const char *)data + 1, size - 1);
	else
		run_container((const char *)data + 1, size - 1);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const texts[] = {
		"0[{\"Id\":\"" ID "\",\"Path\":\"/bin/sh\",\"Args\":[\"-eo\",\"x\",\"-c\",\"y\"],"
		"\"State\":{\"Status\":\"running\",\"Running\":true,\"Paused\":false,"
		"\"Restarting\":false,\"OOMKilled\":false,\"Pid\":17353,\"ExitCode\":0,"
		"\"Error\":\"\"},\"HostConfig\":{\"Init\":null},"
		"\"Config\":{\"StopSignal\":\"SIGRTMIN+3\",\"Labels\":{}}}]",
		"0{\"Id\":\"" ID "\",\"State\":{\"Status\":\"exited\",\"ExitCode\":137},"
		"\"Config\":{\"StopSignal\":37}}",
		"0{\"Id\":\"" ID "\",\"State\":{\"Restarting\":true,\"Pid\":0,\"Error\":\"x\"},"
		"\"Config\":{\"Labels\":{\"nerdctl/namespace\":\"a\","
		"\"io.containerd.image.config.stop-signal\":\"SIGQUIT\"}}}",
		"1docker: unknown flag: --x\n\nUsage:  docker create\n\nRun 'docker --help'\n",
		"1Unable to find image 'x:1' locally\r\nError response from daemon: denied.\n",
		"1time=\"2026\" level=fatal msg=\"no such \\\"container\\\"\"\n"
		"time=\"2026\" level=warning msg=slow\n",
		"1Error: Container x is not running\nCannot connect to it\n",
	};

	return fuzz_seed_text(texts, sizeof(texts) / sizeof(texts[0]), index, data);
}
