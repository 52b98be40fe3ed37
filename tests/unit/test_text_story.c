/* SPDX-License-Identifier: BSD-2-Clause */
/* What text says about the end of a process, a SIGKILL after a wish, origins and ancestors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "text_scene.h"

/* Renders an exit with this earlier signal, changed by the caller, and compares what is said. */
static void assert_end(const struct report *r, const char *expected)
{
	struct renderer_config config = {.width = 0};
	const char *why;

	render(&config, r);
	why = strstr(text, r->exit_code & 0x7f ? "ended by" : "exit code");
	assert_non_null(why);
	assert_string_equal(why, expected);
}

static void test_exit_after_a_signal(void **state)
{
	struct report r = everyday_exit();

	(void)state;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from runc[812]\n");
	r.earlier.fate = SIGNAL_FATE_HANDLED;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from runc[812] (handled)\n");
	r.exit_code = 143 << 8;
	r.earlier.fate = SIGNAL_FATE_IGNORED;
	assert_end(&r, "exit code 143, 102 ms after SIGTERM from runc[812] (ignored)\n");
	r.earlier.fate = SIGNAL_FATE_PENDING;
	assert_end(&r, "exit code 143, 102 ms after SIGTERM from runc[812]\n");
	r.earlier.fate = SIGNAL_FATE_ACTED;
	assert_end(&r, "exit code 143, 102 ms after SIGTERM from runc[812] "
		       "(default action taken)\n");
	r.earlier.sig = 65; /* no such signal, but the number is not lost */
	r.earlier.fate = SIGNAL_FATE_NOT_KNOWN;
	assert_end(&r, "exit code 143, 102 ms after signal 65 from runc[812]\n");
	r.earlier.sig = 0;
	r.earlier.fate = SIGNAL_FATE_HANDLED;
	assert_end(&r, "exit code 143\n");
}

/* Only a signal that is proven to be the cause is said to be it. */
static void test_exit_by_a_signal(void **state)
{
	struct report r = everyday_exit();

	(void)state;
	r.exit_code = 15;
	r.earlier.fate = SIGNAL_FATE_ACTED;
	r.earlier.caused = true;
	assert_end(&r, "ended by SIGTERM from runc[812], sent 102 ms before\n");
	r.exit_code = 15 | 0x80;
	assert_end(&r, "ended by SIGTERM from runc[812], sent 102 ms before, core dumped\n");
	r.exit_code = 9;
	assert_end(&r, "ended by SIGKILL; 102 ms after SIGTERM from runc[812] "
		       "(default action taken)\n");
	r.earlier.caused = false;
	r.exit_code = 15;
	r.earlier.fate = SIGNAL_FATE_NOT_KNOWN;
	assert_end(&r, "ended by SIGTERM; 102 ms after SIGTERM from runc[812]\n");
	r.exit_code = 11 | 0x80;
	r.earlier.fate = SIGNAL_FATE_HANDLED;
	assert_end(&r, "ended by SIGSEGV, core dumped; 102 ms after SIGTERM from runc[812] "
		       "(handled)\n");
	r.earlier.caused = true;
	r.exit_code = 0;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from runc[812] (handled)\n");
	r.exit_code = 0x80; /* no signal, so no core */
	r.earlier.sig = 0;  /* and nothing else of it counts */
	assert_end(&r, "exit code 0\n");
}

static void test_who_sent_the_earlier_signal(void **state)
{
	struct report r = everyday_exit();

	(void)state;
	r.earlier.sender = r.target;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from itself\n");
	r.earlier.sender.start_boot_ns++; /* the same number, another process */
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from app[200]\n");
	strncpy(r.earlier.sender.comm, "\033[2J\n\xff", EVENT_COMM_SIZE);
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from \\x1b[2J\\x0a\\xff[200]\n");
	r.earlier.sender.source = REPORT_SOURCE_ABSENT;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM\n");
	r.earlier.sender_kind = SENDER_KERNEL;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from the kernel\n");
	r.exit_code = 15;
	r.earlier.caused = true;
	assert_end(&r, "ended by SIGTERM from the kernel, sent 102 ms before\n");
}

/* What made the kernel send, and who is behind that, as far as it is known. */
static void test_origin_of_the_earlier_signal(void **state)
{
	struct report r = everyday_exit();

	(void)state;
	r.earlier.sender_kind = SENDER_KERNEL;
	r.earlier.sender.source = REPORT_SOURCE_ABSENT;
	r.earlier.origin = ORIGIN_OOM_KILLER;
	r.earlier.instead = everyday_task("java", 200); /* whoever happened to run */
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from the OOM killer\n");
	r.earlier.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	r.earlier.instead = everyday_task("app-init", 4242);
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from the teardown of its PID namespace "
		       "(app-init[4242])\n");
	r.earlier.instead.source = REPORT_SOURCE_ABSENT;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from the teardown of its PID "
		       "namespace\n");
	for (int origin = ORIGIN_NOT_KNOWN + 1; origin < ORIGIN_COUNT; origin++) {
		struct renderer_config config = {.width = 0};

		r.earlier.origin = (enum origin)origin;
		render(&config, &r);
		assert_null(strstr(text, "the kernel"));
		assert_contains(" after SIGTERM from ");
	}
	/* A process that had the kernel send. */
	r.earlier.sender_kind = SENDER_USER;
	r.earlier.sender = everyday_task("\033[2J", 901);
	r.earlier.origin = ORIGIN_CGROUP_KILL;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from cgroup.kill (\\x1b[2J[901])\n");
	r.earlier.origin = ORIGIN_CHILD;
	assert_end(&r, "exit code 0, 102 ms after SIGTERM from \\x1b[2J[901]\n");
}

static void test_escalation(void **state)
{
	static const char *const words[SIGNAL_FATE_COUNT] = {
		[SIGNAL_FATE_NOT_KNOWN] = "\n",
		[SIGNAL_FATE_IGNORED] = ", which it ignored\n",
		[SIGNAL_FATE_PENDING] = ", which was still pending\n",
		[SIGNAL_FATE_HANDLED] = ", which it handled\n",
		[SIGNAL_FATE_ACTED] = ", whose default action was taken\n",
	};
	struct renderer_config config = {.width = 0};
	struct report r = everyday_escalation();

	(void)state;
	for (int fate = 0; fate < SIGNAL_FATE_COUNT; fate++) {
		char expected[128] = "it ends the process; 10.0 s after SIGTERM from runc[812]";

		r.earlier.fate = (enum signal_fate)fate;
		render(&config, &r);
		assert_contains(strcat(expected, words[fate]));
	}
	r.earlier.sig = 0;
	render(&config, &r);
	assert_null(strstr(text, "after"));
	r = everyday_escalation(); /* a delivery has no words for it */
	r.kind = REPORT_DELIVER;
	render(&config, &r);
	assert_null(strstr(text, "after"));
}

static void test_origin(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_escalation();

	(void)state;
	r.sender_kind = SENDER_KERNEL;
	r.sender.source = REPORT_SOURCE_ABSENT;
	r.earlier.sig = 0;
	render(&config, &r);
	assert_contains(" kernel ");
	assert_null(strstr(text, "caused by"));
	r.origin = ORIGIN_OOM_KILLER;
	render(&config, &r);
	assert_contains(" caused by the OOM killer; nothing can catch SIGKILL: it ends");
	r.kind = REPORT_DELIVER;
	render(&config, &r);
	assert_null(strstr(text, "caused by"));
}

static void test_ancestors(void **state)
{
	struct renderer_config config = {.width = 0};
	struct report r = everyday_report();

	(void)state;
	config.skip_remedy = true;
	add_ancestor(&r, "sshd", 90);
	add_ancestor(&r, "systemd", 1);
	render(&config, &r);
	assert_contains("(SIG_IGN)\n             sender: systemd[1] -> sshd[90] -> bash[100]\n");
	config.skip_ancestors = true;
	render(&config, &r);
	assert_null(strstr(text, "sender:"));
	config.skip_ancestors = false;
	config.skip_remedy = false;
	render(&config, &r);
	assert_contains(" -> bash[100]\n             remedy: ");
	r.sender.source = REPORT_SOURCE_ABSENT;
	render(&config, &r);
	assert_null(strstr(text, "sender:"));
	r = everyday_report();
	r.ancestors[0].tgid = 90; /* beyond the length */
	render(&config, &r);
	assert_null(strstr(text, "sender:"));
}

/* A full record says that the chain may go on, unless it ends with a process without a parent. */
static void test_all_ancestors(void **state)
{
	struct renderer_config config = {.width = 100};
	struct report r = everyday_report();

	(void)state;
	for (uint32_t i = 1; i < EVENT_ANCESTORS_MAX; i++)
		add_ancestor(&r, i == 3 ? "\033[2J" : "sh", 100 - i);
	render(&config, &r);
	assert_contains("sender: sh[93] -> ");
	add_ancestor(&r, "sh", 92);
	render(&config, &r);
	assert_contains(
		"             sender: ... -> sh[92] -> sh[93] -> sh[94] -> sh[95] -> sh[96] -> "
		"\\x1b[2J[97] -> sh[98]\n"
		"                     -> sh[99] -> bash[100]\n");
	r.ancestors[EVENT_ANCESTORS_MAX - 1].tgid = 1;
	render(&config, &r);
	assert_contains("sender: sh[1] -> ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_after_a_signal),
		cmocka_unit_test(test_exit_by_a_signal),
		cmocka_unit_test(test_who_sent_the_earlier_signal),
		cmocka_unit_test(test_origin_of_the_earlier_signal),
		cmocka_unit_test(test_escalation),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_ancestors),
		cmocka_unit_test(test_all_ancestors),
	};

	return cmocka_run_group_tests_name("text_story", tests, NULL, NULL);
}
