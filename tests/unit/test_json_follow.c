/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON of handlers that return, failed sends, and what was found by looking again later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "render_reports.h"
#include "renderer.h"

#define APP                                                                                  \
	"\"process\":{\"tgid\":200,\"tid\":200,\"comm\":\"app\",\"ns_tgid\":200,\"pid_ns\":" \
	"4026531836}"
#define RUNC                                                                                    \
	"\"sender\":{\"kind\":\"user\",\"tgid\":812,\"tid\":812,\"comm\":\"runc\",\"ns_tgid\":" \
	"812,\"pid_ns\":4026531836}"
#define SIGTERM_15 "\"signal\":{\"number\":15,\"name\":\"SIGTERM\"}"

static char text[RENDERER_REPORT_SIZE_MAX];

static void render(const struct report *r)
{
	static const struct renderer_config config;
	struct verdict v = verdict_of(r);
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	json_renderer.report(&config, r, has_verdict(r) ? &v : NULL, &out);
	assert_false(out.cut);
}

static void assert_rendered(const struct report *r, const char *expected)
{
	render(r);
	if (!strstr(text, expected))
		fail_msg("%s is not in %s", expected, text);
}

static void assert_not_rendered(const struct report *r, const char *unexpected)
{
	render(r);
	if (strstr(text, unexpected))
		fail_msg("%s is in %s", unexpected, text);
}

/* All behind the moment. */
static void assert_members(const struct report *r, const char *type, const char *expected)
{
	const char *members;

	render(r);
	assert_memory_equal(text, "{\"v\":1,\"type\":\"", 15);
	assert_memory_equal(text + 15, type, strlen(type));
	members = strstr(text, "\"boot_ns\":5000000000,");
	assert_non_null(members);
	assert_string_equal(members + strlen("\"boot_ns\":5000000000,"), expected);
}

static void test_return(void **state)
{
	struct report r = everyday_return();

	(void)state;
	assert_members(&r, "handler_return\"",
		       SIGTERM_15 "," APP
				  ",\"handler\":\"0x401136\",\"handler_symbol\":\"app!on_term\","
				  "\"duration_ns\":104000}\n");
	r.handler_runtime = RUNTIME_BASH_TRAP;
	assert_rendered(&r, "\"handler_symbol\":\"app!on_term\",\"runtime\":\"bash\",");
	r.handler_runtime = RUNTIME_NONE;
	r.handler_symbol = NULL;
	assert_rendered(&r, "\"handler\":\"0x401136\",\"duration_ns\":104000}\n");
	r.handler_symbol = "\033\xff\"";
	assert_rendered(&r, "\"handler_symbol\":\"\\u001B\\uFFFD\\\"\",");
}

static void test_symbols(void **state)
{
	struct report r = everyday_report();

	(void)state;
	r.handler_symbol = "app!on_term"; /* it is not caught any more */
	assert_not_rendered(&r, "handler_symbol");
	r.handler = 0x401136;
	r.handler_runtime = RUNTIME_GO;
	assert_rendered(&r, "\"handler\":\"0x401136\",\"handler_symbol\":\"app!on_term\","
			    "\"runtime\":\"go\",\"sa_flags\":[]");
	r.kind = REPORT_DELIVER;
	assert_rendered(&r, "\"handler_symbol\":\"app!on_term\",\"runtime\":\"go\",\"sa_flags\":");
}

static void test_taken(void **state)
{
	struct report r = everyday_later(REPORT_TAKEN);

	(void)state;
	assert_members(&r, "taken\"",
		       SIGTERM_15
		       "," APP ",\"after\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":102000000," RUNC
		       "}}\n");
	r.taken_by = TAKEN_BY_SIGWAIT;
	assert_rendered(&r, ",\"by\":\"sigtimedwait\",\"after\"");
	r.taken_by = TAKEN_BY_SIGNALFD;
	r.earlier.fate = SIGNAL_FATE_PENDING;
	assert_rendered(&r, ",\"by\":\"signalfd\",\"after\"");
	assert_not_rendered(&r, "became");
}

static void test_handler(void **state)
{
	struct report r = everyday_later(REPORT_HANDLER);

	(void)state;
	r.missing_ns = 51000000;
	r.age_ns = 400000000;
	r.earlier.fate = SIGNAL_FATE_IGNORED;
	assert_members(
		&r, "handler_installed\"",
		SIGTERM_15
		"," APP
		",\"missing_ns\":51000000,\"after\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":102000000," RUNC
		"},\"age_ns\":400000000}\n");
}

static void test_alive(void **state)
{
	struct report r = everyday_later(REPORT_ALIVE);
	struct process_table table = {0};
	struct stuck stuck;

	(void)state;
	assert_members(&r, "still_alive\"",
		       APP ",\"after\":{\"signal\":\"SIGTERM\",\"elapsed_ns\":102000000," RUNC
			   "}}\n");
	r.earlier.fate = SIGNAL_FATE_HANDLED;
	assert_rendered(&r, "\"elapsed_ns\":102000000,\"became\":\"handled\",\"sender\"");
	alive_scene("\033", "futex_do_wait", &table, &stuck, &r.alive);
	assert_rendered(&r,
			",\"stuck\":{\"reason\":\"pending\",\"signal\":\"SIGTERM\",\"explanation\":"
			"\"SIGTERM is pending, and has not been acted on\",\"findings\":[{\"rule\":"
			"\"uninterruptible\",\"explanation\":\"thread \\\\x1b[201] is in "
			"uninterruptible sleep (D) in futex_do_wait\",\"remedy\":\"no signal");
	assert_rendered(&r, "\"tid\":201,\"count\":1},{\"rule\":\"blocked\",");
	stuck.reason = STUCK_REASON_NONE;
	assert_not_rendered(&r, "stuck");
	process_table_free(&table);
}

static void test_failed(void **state)
{
	struct report r = everyday_failure();

	(void)state;
	add_ancestor(&r, "systemd", 1);
	assert_rendered(&r, "\"syscall\":\"kill\",\"error\":\"EPERM\"," SIGTERM_15
			    ",\"cause\":\"eperm\",\"explanation\":\"uid 1000 may not signal");
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\",\"tgid\":100,\"tid\":100,\"comm\":"
			    "\"bash\",\"uid\":1000,\"euid\":1000,\"user_ns\":4026531837,"
			    "\"ns_tgid\":100,\"pid_ns\":4026531836,\"ancestors\":[{\"tgid\":1,"
			    "\"comm\":\"systemd\"}]},");
	assert_rendered(&r, "\"target\":{\"argument\":200,\"tgid\":200,\"tid\":200,\"comm\":"
			    "\"app\",\"uid\":0,\"suid\":0,\"user_ns\":4026531837,\"ns_tgid\":200,"
			    "\"pid_ns\":4026531836}}\n");
	r.code = 1;
	assert_not_rendered(&r, "\"code\""); /* kill() has no siginfo of its own */
	r.failure.facts |= EVENT_FAILED_INFO_KNOWN;
	assert_rendered(&r, "\"code\":{\"value\":1},\"cause\"");
	r.failure.error = 4095;
	assert_rendered(&r, "\"error\":\"E4095\",");
	assert_rendered(&r, "\"facts\":{\"facts\":\"0x85\"}}\n");
	r.failure.sig = -1;
	assert_rendered(&r, "\"signal\":{\"number\":-1},");
	r.sender.source = REPORT_SOURCE_ABSENT;
	assert_rendered(&r, "\"sender\":{\"kind\":\"user\"},");
}

static void test_failed_targets(void **state)
{
	static const struct {
		enum event_syscall syscall;
		const char *target;
	} rows[] = {
		{EVENT_SYSCALL_KILL, "\"target\":{\"argument\":-7}}\n"},
		{EVENT_SYSCALL_TKILL, "\"target\":{\"argument\":9}}\n"},
		{EVENT_SYSCALL_TGKILL, "\"target\":{\"argument\":-7,\"argument_tid\":9}}\n"},
		{EVENT_SYSCALL_RT_SIGQUEUEINFO, "\"target\":{\"argument\":-7}}\n"},
		{EVENT_SYSCALL_RT_TGSIGQUEUEINFO,
		 "\"target\":{\"argument\":-7,\"argument_tid\":9}}\n"},
		{EVENT_SYSCALL_PIDFD_SEND_SIGNAL, "\"target\":{\"argument\":-7}}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = everyday_failure();

		r.target.source = REPORT_SOURCE_ABSENT;
		r.failure.facts = 0;
		r.failure.syscall = rows[i].syscall;
		r.failure.target_nr = -7;
		r.failure.target_tid = 9;
		assert_rendered(&r, rows[i].target);
	}
}

/* Only where the origin says that there is one, and it is not the sender anyway. */
static void test_origin_by(void **state)
{
	struct report r = everyday_report();

	(void)state;
	r.sender_kind = SENDER_KERNEL;
	r.sender.source = REPORT_SOURCE_ABSENT;
	r.sender_acts_for = everyday_task("\xff", 4242);
	for (int origin = ORIGIN_NOT_KNOWN; origin < ORIGIN_COUNT; origin++) {
		r.origin = (enum origin)origin;
		r.sig = 9;
		if (origin_has_actor(r.origin))
			assert_rendered(&r, "\",\"origin_by\":{\"tgid\":4242,\"comm\":\"\\uFFFD\","
					    "\"ns_tgid\":4242,\"pid_ns\":4026531836}},");
		else
			assert_not_rendered(&r, "origin_by");
	}
	r.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	r.sender_acts_for.source = REPORT_SOURCE_ABSENT;
	assert_not_rendered(&r, "origin_by");
	r.sender_kind = SENDER_USER;
	r.sender_acts_for.source = REPORT_SOURCE_EVENT;
	assert_not_rendered(&r, "origin_by");
}

static void test_origin_of_the_earlier_signal(void **state)
{
	struct report r = everyday_exit();

	(void)state;
	r.earlier.origin = ORIGIN_CGROUP_KILL;
	assert_rendered(&r, "\"pid_ns\":4026531836,\"origin\":\"cgroup_kill\"}}}\n");
	r.earlier.sender_kind = SENDER_KERNEL;
	assert_rendered(&r, "\"sender\":{\"kind\":\"kernel\",\"origin\":\"cgroup_kill\"}}}\n");
	r.earlier.instead = everyday_task("systemd", 1);
	r.earlier.instead.pid_ns = 0;
	assert_rendered(&r, "\"origin\":\"cgroup_kill\",\"origin_by\":{\"tgid\":1,\"comm\":"
			    "\"systemd\",\"ns_tgid\":1}}}}\n");
	r.earlier.origin = ORIGIN_OOM_KILLER;
	assert_rendered(&r, "\"sender\":{\"kind\":\"kernel\",\"origin\":\"oom_killer\"}}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_handler),
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_failed_targets),
		cmocka_unit_test(test_origin_by),
		cmocka_unit_test(test_origin_of_the_earlier_signal),
	};

	return cmocka_run_group_tests_name("json_follow", tests, NULL, NULL);
}
