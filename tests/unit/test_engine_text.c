/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_text.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define ID	  "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"
#define WITH(...) "[{\"Id\":\"" ID "\"," __VA_ARGS__ "}]"
#define STATE	  "\"State\":{\"Status\":\"created\",\"Running\":false,\"Pid\":0,\"ExitCode\":0}"

static struct engine_container read_good(const char *text)
{
	struct engine_container c;

	memset(&c, 0x5a, sizeof(c));
	if (engine_read_container(text, strlen(text), &c) != 0)
		fail_msg("refused: %s", text);
	assert_string_equal(c.id, ID);
	return c;
}

/* What engines really print of it, without what is not read. */
static void test_engines(void **state)
{
	static const char docker[] = WITH(
		"\"Path\":\"/bin/sh\",\"Args\":[\"-c\",\"sleep 1000\"],"
		"\"State\":{\"Status\":\"running\",\"Running\":true,\"Paused\":false,"
		"\"Restarting\":false,\"OOMKilled\":false,\"Dead\":false,\"Pid\":17353,"
		"\"ExitCode\":0,\"Error\":\"\",\"StartedAt\":\"2026-11-22T05:40:01.2Z\"},"
		"\"HostConfig\":{\"Init\":null,\"OomScoreAdj\":0},"
		"\"Config\":{\"Cmd\":null,\"Entrypoint\":[\"/bin/sh\",\"-c\",\"sleep 1000\"],"
		"\"Labels\":{},\"StopSignal\":\"SIGQUIT\"}");
	static const char podman[] = WITH(
		"\"Path\":\"/bin/sleep\",\"Args\":[\"1000\"],"
		"\"State\":{\"OciVersion\":\"1.0.2-dev\",\"Status\":\"paused\",\"Running\":false,"
		"\"Paused\":true,\"OOMKilled\":false,\"Pid\":773,\"ConmonPid\":771,"
		"\"ExitCode\":0,\"Error\":\"\"},"
		"\"Config\":{\"Entrypoint\":\"/bin/sleep\",\"StopSignal\":37,\"Labels\":null}");
	static const char nerdctl[] = WITH(
		"\"Path\":\"nginx\",\"Args\":[\"-g\",\"daemon off;\"],"
		"\"State\":{\"Status\":\"exited\",\"Running\":false,\"Paused\":false,"
		"\"Pid\":4242,\"ExitCode\":7},"
		"\"Config\":{\"Labels\":{\"nerdctl/namespace\":\"default\","
		"\"io.containerd.image.config.stop-signal\":\"SIGQUIT\"}}");
	struct engine_container c = read_good(docker);

	(void)state;
	assert_true(c.running && !c.paused && !c.exited && !c.oom_killed && c.shell_form);
	assert_int_equal(c.pid, 17353);
	assert_int_equal(c.stop_signal, 3);
	assert_string_equal(c.error, "");

	c = read_good(podman);
	assert_true(c.running && c.paused && !c.exited && !c.shell_form);
	assert_int_equal(c.pid, 773);
	assert_int_equal(c.stop_signal, 37);

	c = read_good(nerdctl);
	assert_true(!c.running && c.exited);
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.exit_code, 7);
	assert_int_equal(c.stop_signal, 3);
}

static void test_state(void **state)
{
	static const struct {
		const char *text;
		bool running;
		bool exited;
		uint32_t pid;
		int exit_code;
	} rows[] = {
		{"{}", false, false, 0, 0},
		{"{\"Status\":\"created\",\"ExitCode\":127}", false, false, 0, 0},
		{"{\"Status\":\"exited\",\"ExitCode\":137}", false, true, 0, 137},
		{"{\"Status\":\"stopped\",\"ExitCode\":-1}", false, true, 0, -1},
		{"{\"Status\":\"stopping\",\"Pid\":7}", true, false, 7, 0},
		{"{\"Status\":\"running\",\"Running\":true,\"Pid\":0}", true, false, 0, 0},
		/* docker, between two runs */
		{"{\"Status\":\"restarting\",\"Running\":true,\"Restarting\":true,\"Pid\":0,"
		 "\"ExitCode\":3}",
		 false, true, 0, 3},
		{"{\"Status\":\"running\",\"Running\":true,\"Restarting\":true,\"Pid\":9}", true,
		 false, 9, 0},
		{"{\"Running\":null,\"Pid\":null,\"Error\":null,\"Status\":null}", false, false, 0,
		 0},
		{"{\"Status\":\"dead\"}", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512] = "{\"Id\":\"" ID "\",\"State\":";
		struct engine_container c;

		strcat(strcat(text, rows[i].text), "}");
		c = read_good(text);
		assert_int_equal(c.running, rows[i].running);
		assert_int_equal(c.exited, rows[i].exited);
		assert_int_equal(c.pid, rows[i].pid);
		assert_int_equal(c.exit_code, rows[i].exit_code);
	}
	assert_true(read_good(WITH("\"State\":{\"OOMKilled\":true}")).oom_killed);
}

static void test_error_is_cut(void **state)
{
	static char text[2048];
	struct engine_container c = read_good(
		WITH("\"State\":{\"Status\":\"created\",\"Error\":\"exec: \\\"/nope\\\"\"}"));

	(void)state;
	assert_string_equal(c.error, "exec: \"/nope\"");
	strcpy(text, "{\"Id\":\"" ID "\",\"State\":{\"Error\":\"");
	memset(text + strlen(text), 'e', 1000);
	strcat(text, "\"}}");
	c = read_good(text);
	assert_int_equal(strlen(c.error), sizeof(c.error) - 1);
}

static void test_stop_signal(void **state)
{
	static const struct {
		const char *text;
		int sig; /* -1: none that is known */
	} rows[] = {
		{"", 0},
		{"\"StopSignal\":null", 0},
		{"\"StopSignal\":\"\"", 0},
		{"\"StopSignal\":\"SIGTERM\"", 0},
		{"\"StopSignal\":\"15\"", 0},
		{"\"StopSignal\":15", 0},
		{"\"StopSignal\":0", 0},
		{"\"StopSignal\":\"QUIT\"", 3},
		{"\"StopSignal\":\"sigusr1\"", 10},
		{"\"StopSignal\":\"RTMIN+3\"", 37},
		{"\"StopSignal\":\"SIGRTMAX-14\"", 50},
		{"\"StopSignal\":\"9\"", 9},
		{"\"StopSignal\":9", 9},
		{"\"StopSignal\":64.0", 64},
		{"\"StopSignal\":65", -1},
		{"\"StopSignal\":-3", -1},
		{"\"StopSignal\":\"FOO\"", -1},
		{"\"StopSignal\":\"3x\"", -1},
		/* A label that an image can bring, where no nerdctl wrote it. */
		{"\"Labels\":{\"io.containerd.image.config.stop-signal\":\"SIGQUIT\"}", 0},
		{"\"Labels\":{\"nerdctl/namespace\":\"a\"}", 0},
		{"\"StopSignal\":\"SIGINT\",\"Labels\":{\"nerdctl/namespace\":\"a\","
		 "\"io.containerd.image.config.stop-signal\":\"SIGQUIT\"}",
		 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512] = "{\"Id\":\"" ID "\"," STATE ",\"Config\":{";
		struct engine_container c;

		strcat(strcat(text, rows[i].text), "}}");
		c = read_good(text);
		assert_int_equal(c.stop_signal_unknown ? -1 : c.stop_signal, rows[i].sig);
	}
	assert_int_equal(read_good(WITH(STATE)).stop_signal, 0);
	assert_int_equal(read_good(WITH(STATE ",\"Config\":null")).stop_signal, 0);
}

static void test_shell_form(void **state)
{
	static const struct {
		const char *text;
		bool shell;
	} rows[] = {
		{"\"Path\":\"/bin/sh\",\"Args\":[\"-c\",\"x\"]", true},
		{"\"Path\":\"bash\",\"Args\":[\"-ec\",\"x\"]", true},
		{"\"Path\":\"/bin/bash\",\"Args\":[\"-o\",\"pipefail\",\"-c\",\"x\"]", true},
		{"\"Path\":\"/bin/bash\",\"Args\":[\"-eo\",\"pipefail\",\"--norc\",\"-c\",\"x\"]",
		 true},
		{"\"Path\":\"/bin/bash\",\"Args\":[\"+x\",\"-c\",\"x\"]", true},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"/run.sh\",\"-c\"]", false},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"-o\"]", false},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"\"]", false},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"-\"]", false},
		/* podman repeats the one word of a command. */
		{"\"Path\":\"/bin/sh\",\"Args\":[\"/bin/sh\"]", false},
		{"\"Path\":\"/bin/sh\",\"Args\":null", false},
		{"\"Path\":\"/bin/sh\"", false},
		{"\"Path\":\"/bin/sleep\",\"Args\":[\"-c\"]", false},
		{"\"Path\":\"/run/podman-init\",\"Args\":[\"--\",\"/bin/sh\",\"-c\",\"x\"]", false},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"-c\",\"x\"],\"HostConfig\":{\"Init\":true}",
		 false},
		{"\"Path\":\"/bin/sh\",\"Args\":[\"-c\",\"x\"],\"HostConfig\":{\"Init\":false}",
		 true},
		{"\"Path\":\"\",\"Args\":[]", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512] = "{\"Id\":\"" ID "\"," STATE ",";

		strcat(strcat(text, rows[i].text), "}");
		if (read_good(text).shell_form != rows[i].shell)
			fail_msg("%s", rows[i].text);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"null",
		"\"" ID "\"",
		"{\"Id\":\"" ID "\"}",
		"{\"Id\":\"" ID "\",\"State\":null}",
		"{\"Id\":\"" ID "\",\"State\":[]}",
		"{\"Id\":\"1f2e\"," STATE "}",
		"{\"Id\":7," STATE "}",
		"{" STATE "}",
		WITH(STATE) "x",
		"[{\"Id\":\"" ID "\"," STATE "},{\"Id\":\"" ID "\"," STATE "}]",
		"[[{\"Id\":\"" ID "\"," STATE "}]]",
		WITH("\"State\":{\"Running\":1}"),
		WITH("\"State\":{\"Running\":\"true\"}"),
		WITH("\"State\":{\"Pid\":\"7\"}"),
		WITH("\"State\":{\"Pid\":-1}"),
		WITH("\"State\":{\"Pid\":1.5}"),
		WITH("\"State\":{\"Pid\":4194305}"),
		WITH("\"State\":{\"Pid\":1e300}"),
		WITH("\"State\":{\"Pid\":7,\"Pid\":8}"),
		WITH("\"State\":{\"ExitCode\":4294967296}"),
		WITH("\"State\":{\"Status\":7}"),
		WITH("\"State\":{\"Error\":{}}"),
		WITH("\"State\":{\"OOMKilled\":0}"),
		WITH(STATE ",\"Config\":[]"),
		WITH(STATE ",\"Config\":{\"StopSignal\":{}}"),
		WITH(STATE ",\"Config\":{\"StopSignal\":1.5}"),
		/* Whoever cut it at its NUL would send what nobody named. */
		WITH(STATE ",\"Config\":{\"StopSignal\":\"INT\\u0000X\"}"),
		WITH(STATE ",\"Config\":{\"Labels\":[]}"),
		WITH(STATE ",\"Config\":{\"Labels\":{\"nerdctl/namespace\":\"a\","
			   "\"io.containerd.image.config.stop-signal\":7}}"),
		WITH(STATE ",\"Path\":[]"),
		WITH(STATE ",\"Path\":\"sh\",\"Args\":{}"),
		WITH(STATE ",\"Path\":\"sh\",\"Args\":[7]"),
		WITH(STATE ",\"HostConfig\":7"),
		WITH(STATE ",\"HostConfig\":{\"Init\":\"yes\"}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct engine_container c, before;

		memset(&c, 0x5a, sizeof(c));
		memcpy(&before, &c, sizeof(c));
		if (engine_read_container(texts[i], strlen(texts[i]), &c) != -EINVAL)
			fail_msg("not refused: %s", texts[i]);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

static int read_nested(char *text, size_t depth)
{
	struct engine_container c;
	size_t len;

	strcpy(text, "[{\"Id\":\"" ID "\"," STATE ",\"Mounts\":");
	len = strlen(text);
	memset(text + len, '[', depth);
	memset(text + len + depth, ']', depth);
	strcpy(text + len + 2 * depth, "}]");
	return engine_read_container(text, strlen(text), &c);
}

static void test_too_large(void **state)
{
	static const char head[] = WITH(STATE);
	char *text = malloc(CONTAINER_STATE_MAX + 1);
	struct engine_container c;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', CONTAINER_STATE_MAX + 1);
	memcpy(text, head, strlen(head));
	assert_int_equal(engine_read_container(text, CONTAINER_STATE_MAX, &c), 0);
	assert_int_equal(engine_read_container(text, CONTAINER_STATE_MAX + 1, &c), -EINVAL);
	/* The outer two are there already. */
	assert_int_equal(read_nested(text, CONTAINER_STATE_DEPTH - 2), 0);
	assert_int_equal(read_nested(text, CONTAINER_STATE_DEPTH - 1), -EINVAL);
	free(text);
}

/* moby/sys/signal, the table of docker, podman and nerdctl. */
static void test_signal_words(void **state)
{
	static const struct {
		int sig;
		const char *word;
	} rows[] = {
		{1, "SIGHUP"},	     {15, "SIGTERM"},	  {34, "SIGRTMIN"},   {37, "SIGRTMIN+3"},
		{49, "SIGRTMIN+15"}, {50, "SIGRTMAX-14"}, {63, "SIGRTMAX-1"}, {64, "SIGRTMAX"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[16];
		struct strbuf b;

		strbuf_init(&b, text, sizeof(text));
		engine_write_signal(rows[i].sig, &b);
		assert_string_equal(text, rows[i].word);
	}
	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		char text[16];
		struct strbuf b;

		strbuf_init(&b, text, sizeof(text));
		engine_write_signal(sig, &b);
		assert_false(b.cut);
		if (sig != 32 && sig != 33)
			assert_int_equal(signal_from_name(text), sig);
	}
}

static const struct {
	const char *text;
	const char *complaint;
	enum engine_complaint kind;
} complaints[] = {
	{"", "", ENGINE_COMPLAINT_OTHER},
	{"\n \n\n", "", ENGINE_COMPLAINT_OTHER},
	{"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
	 "running?\n",
	 "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
	 "running?",
	 ENGINE_COMPLAINT_UNREACHABLE},
	{"permission denied while trying to connect to the Docker daemon socket at "
	 "unix:///var/run/docker.sock",
	 "permission denied while trying to connect to the Docker daemon socket at "
	 "unix:///var/run/docker.sock",
	 ENGINE_COMPLAINT_UNREACHABLE},
	{"Error: No such container: t1\n", "No such container: t1", ENGINE_COMPLAINT_NO_CONTAINER},
	{"Error response from daemon: No such container: t1\n", "No such container: t1",
	 ENGINE_COMPLAINT_NO_CONTAINER},
	{"Error: inspecting object: no such container t1\n",
	 "inspecting object: no such container t1", ENGINE_COMPLAINT_NO_CONTAINER},
	{"Error response from daemon: Cannot kill container: t1: Container 1f is not running",
	 "Cannot kill container: t1: Container 1f is not running", ENGINE_COMPLAINT_NOT_RUNNING},
	{"Error: can only kill running containers. 1f is in state created: container state "
	 "improper\n",
	 "can only kill running containers. 1f is in state created: container state improper",
	 ENGINE_COMPLAINT_NOT_RUNNING},
	{"docker: unknown flag: --foo\n\nUsage:  docker create [OPTIONS] IMAGE\n\n"
	 "Run 'docker create --help' for more information\n",
	 "unknown flag: --foo", ENGINE_COMPLAINT_OTHER},
	{"unknown flag: --foo\nSee 'docker create --help'.\n", "unknown flag: --foo",
	 ENGINE_COMPLAINT_OTHER},
	{"docker: Error response from daemon: No such image: x:1.\r\n", "No such image: x:1",
	 ENGINE_COMPLAINT_OTHER},
	{"Unable to find image 'x:latest' locally\nlatest: Pulling from library/x\n"
	 "docker: Error response from daemon: Get \"https://r/v2/\": no such host.\n"
	 "See 'docker run --help'.\n",
	 "Unable to find image 'x:latest' locally: Get \"https://r/v2/\": no such host",
	 ENGINE_COMPLAINT_OTHER},
	{"Unable to find image 'x:latest' locally\n", "Unable to find image 'x:latest' locally",
	 ENGINE_COMPLAINT_OTHER},
	{"time=\"2026-11-22T05:40:01Z\" level=fatal msg=\"no such container: \\\"a\\\\b\\\"\"\n"
	 "time=\"2026-11-22T05:40:02Z\" level=warning msg=\"slow\"\n",
	 "no such container: \"a\\b\"", ENGINE_COMPLAINT_NO_CONTAINER},
	{"time=\"2026-11-22T05:40:01Z\" level=fatal msg=broken", "broken", ENGINE_COMPLAINT_OTHER},
	{"time=\"2026-11-22T05:40:01Z\" level=fatal msg=\"cut in the mid", "cut in the mid",
	 ENGINE_COMPLAINT_OTHER},
	{"time=\"x", "time=\"x", ENGINE_COMPLAINT_OTHER},
	{"cannot access containerd socket \"/run/containerd/containerd.sock\": no such file",
	 "cannot access containerd socket \"/run/containerd/containerd.sock\": no such file",
	 ENGINE_COMPLAINT_UNREACHABLE},
};

static void test_complaints(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
		char text[512];
		struct strbuf b;

		strbuf_init(&b, text, sizeof(text));
		engine_read_complaint(complaints[i].text, strlen(complaints[i].text), &b);
		assert_string_equal(text, complaints[i].complaint);
		assert_int_equal(engine_classify_complaint(text), complaints[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engines),	     cmocka_unit_test(test_state),
		cmocka_unit_test(test_error_is_cut), cmocka_unit_test(test_stop_signal),
		cmocka_unit_test(test_shell_form),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_large),    cmocka_unit_test(test_signal_words),
		cmocka_unit_test(test_complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
