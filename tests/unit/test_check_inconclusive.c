/* SPDX-License-Identifier: BSD-2-Clause */
/* check: what could not be found out. */
#include <errno.h>

#include "check_scene.h"

static void failure(const char *text)
{
	memcpy(run.failure, text, strlen(text) + 1);
}

static void test_could_not_start(void **state)
{
	(void)state;
	failure("no such image: \033[31mnope");
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_COULD_NOT_START,
		   "it could not be started: no such image: \\x1b[31mnope", NULL);
	run.interrupted = true;
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_COULD_NOT_START, 0);
}

#define NO_FILE "No such file or directory"

static void cannot_exec(int error, const char *head)
{
	memset(run.interpreter, 0, sizeof(run.interpreter));
	check_run_set_start_error(&run, error, head, strlen(head));
}

static void test_bad_interpreter(void **state)
{
	(void)state;
	failure(NO_FILE);
	cannot_exec(ENOENT, "");
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_COULD_NOT_START,
		"it could not be started: " NO_FILE,
		"see that it is there, by its path or in a directory of PATH; and, of a program, "
		"its loader (ldd)");
	cannot_exec(ENOENT, "#! \t/no/such/interp -e\n");
	expect_text(CHECK_REASON_COULD_NOT_START,
		    "it could not be started: " NO_FILE ": the interpreter that its first line "
		    "names, \"/no/such/interp\", cannot be found",
		    "install that, or name another in the first line (#!)");
	cannot_exec(ENOENT, "#!/bin/sh\r\nsleep 1\r\n");
	expect_text(
		CHECK_REASON_COULD_NOT_START,
		"it could not be started: " NO_FILE ": the interpreter that its first line "
		"names, \"/bin/sh\\x0d\", cannot be found",
		"give the script the line ends of Unix (sed -i 's/\\r$//'): the carriage return "
		"counts as part of the interpreter's name");
	cannot_exec(EACCES, "#!/bin/sh\n");
	expect_text(CHECK_REASON_COULD_NOT_START, "it could not be started: " NO_FILE,
		    "see that it, and the interpreter of a script, is a file that may be executed "
		    "(chmod +x), on no file system that is mounted noexec");
}

static void test_interpreter_is_cut(void **state)
{
	char head[2 * CHECK_SCRIPT_HEAD];

	(void)state;
	memset(head, 'x', sizeof(head));
	memcpy(head, "#!", 2);
	check_run_set_start_error(&run, ENOENT, head, sizeof(head));
	assert_int_equal(strnlen(run.interpreter, sizeof(run.interpreter)), CHECK_SCRIPT_HEAD - 2);
	cannot_exec(ENOENT, "#");
	assert_string_equal(run.interpreter, "");
	cannot_exec(ENOENT, "\177ELF");
	assert_string_equal(run.interpreter, "");
}

static void test_interrupted(void **state)
{
	(void)state;
	run.interrupted = true;
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_INTERRUPTED,
		   "the check was interrupted before the start", NULL);
	mark(CHECK_MARK_STARTED, STARTED);
	failure("somewhere else");
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_INTERRUPTED,
		   "the check was interrupted while it waited until app[1] was ready (settle)",
		   NULL);
	mark(CHECK_MARK_READY, READY);
	expect_text(CHECK_REASON_INTERRUPTED, "the check was interrupted", NULL);
	mark(CHECK_MARK_SENT, SENT);
	mark(CHECK_MARK_KILLED, SENT + MS);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_INTERRUPTED,
		   "the check was interrupted after SIGTERM was sent", NULL);
	ended(EXITED(0), 2 * MS);
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_INTERRUPTED, 0);
}

#define SEE_OUTPUT                                                                            \
	"see its output: it may lack an argument, a file or a variable; a program that ends " \
	"by itself cannot be checked"

#define BEFORE_SENT \
	"app[1] exited with 1, 300 ms after its start, before this check sent SIGTERM to it"
#define BY_ITSELF                                                                                  \
	"app[1] exited with 1, 300 ms after its start: by itself, before this check sent SIGTERM " \
	"to it"

static void test_exited_early(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	init_exit(EXITED(1), STARTED + 300 * MS);
	mark(CHECK_MARK_EXITED, STARTED + 301 * MS);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY,
		   "app[1] exited with 1, 300 ms after its start, before it was ready (settle)",
		   SEE_OUTPUT);
	run.subject = CHECK_SUBJECT_IMAGE;
	expect_text(CHECK_REASON_EXITED_EARLY,
		    "app[1] exited with 1, 300 ms after its start, before it was ready (settle)",
		    "see its output: it may lack an argument, a file or a variable (--run-arg, "
		    "arguments behind --); a program that ends by itself cannot be checked");
	mark(CHECK_MARK_READY, STARTED + 200 * MS);
	/* The first events of a container were not seen. */
	expect_text(CHECK_REASON_EXITED_EARLY,
		    "app[1] exited with 1, 300 ms after its start, before this check sent SIGTERM "
		    "to it",
		    "see its output: it may lack an argument, a file or a variable (--run-arg, "
		    "arguments behind --); a program that ends by itself cannot be checked");
	run.subject = CHECK_SUBJECT_COMMAND;
	expect_text(CHECK_REASON_EXITED_EARLY, BY_ITSELF, SEE_OUTPUT);
	run.lost = 1;
	expect_text(CHECK_REASON_EXITED_EARLY, BEFORE_SENT, SEE_OUTPUT);
	run.lost = 0;
	/* Its end was noticed after the signal had been sent, and is older. */
	mark(CHECK_MARK_SENT, STARTED + 301 * MS);
	run.ended_ns = STARTED + 302 * MS;
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY, 0);
}

static void test_was_exiting(void **state)
{
	struct report r;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.result = EVENT_RESULT_IGNORED;
	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = EXITED(3);
	add(r);
	ended(EXITED(3), 1 * MS);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY,
		   "app[1] exited with 3, 702 ms after its start: it was exiting already when "
		   "this check sent SIGTERM to it",
		   SEE_OUTPUT);
}

static void test_not_ready(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	mark(CHECK_MARK_KILLED, STARTED + 30 * S);
	run.ready_wait = "tcp:80";
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_READY,
		   "app[1] was not ready within 30.0 s (tcp:80)",
		   "see its output, give it more time (--ready-timeout), or tell otherwise when it "
		   "is up (--ready)");
	/* What check killed did not exit early. */
	run.status_known = true;
	run.status = SIGKILL;
	mark(CHECK_MARK_EXITED, STARTED + 30 * S + MS);
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_READY, 0);
	failure("its root cannot be entered");
	run.ready_unseen = true;
	memset(run.comm, 0, sizeof(run.comm));
	expect_text(CHECK_REASON_NOT_READY,
		    "whether PID 1 was ready (tcp:80) could not be found out: its root cannot be "
		    "entered",
		    NULL);
}

static void test_not_sent(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	mark(CHECK_MARK_READY, READY);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_SENT, "SIGTERM was not sent to app[1]",
		   NULL);
	mark(CHECK_MARK_SENT, SENT);
	run.sender_failed = true;
	failure("kill: EPERM");
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_SENT,
		   "SIGTERM could not be sent to app[1]: kill: EPERM", NULL);
	/* Because it had ended. */
	ended(EXITED(0), 5 * MS);
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY, 0);
}

static void test_not_watched(void **state)
{
	(void)state;
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED,
		   "what became of app[1] could not be watched to the end", NULL);
	sent();
	failure("the engine does not answer");
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED,
		   "what became of app[1] could not be watched to the end: the engine does not "
		   "answer",
		   NULL);
	failure("");
	procfs();
	mark(CHECK_MARK_EXITED, SENT + MS);
	limits.expects = true;
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED,
		   "app[1] ended, and with which exit code is not known", NULL);
	limits.expects = false;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

#define MORE_MEMORY                                                                                \
	"give it more memory, or let it need less: the kernel's log (dmesg) says whether a limit " \
	"was hit, such as that of the CI job, container or unit that sigtrace runs in, or the "    \
	"machine's memory was used up"

static struct report kill_by_oom(struct report_task victim, uint64_t boot_ns)
{
	struct report r = generation(SIGKILL, boot_ns);

	r.target = victim;
	r.handler = 0;
	r.sender_kind = SENDER_KERNEL;
	r.sender = (struct report_task){0};
	r.origin = ORIGIN_OOM_KILLER;
	return r;
}

/* While it starts. */
static void test_killed_early(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	add(kill_by_oom(init_task(), STARTED + 299 * MS));
	init_exit(SIGKILL, STARTED + 300 * MS);
	mark(CHECK_MARK_EXITED, STARTED + 301 * MS);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY,
		   "app[1] was killed by SIGKILL, 300 ms after its start, before it was ready "
		   "(settle): a SIGKILL from the OOM killer",
		   MORE_MEMORY);
	run.events[1].report.origin = ORIGIN_NOT_KNOWN;
	expect_text(CHECK_REASON_EXITED_EARLY,
		    "app[1] was killed by SIGKILL, 300 ms after its start, before it was ready "
		    "(settle)",
		    "check it again where nobody else ends it");
	run.events[1].report.sender_kind = SENDER_USER;
	run.events[1].report.sender = task_of(901, 3, 0, "dockerd");
	expect_text(CHECK_REASON_EXITED_EARLY,
		    "app[1] was killed by SIGKILL, 300 ms after its start, before it was ready "
		    "(settle): a SIGKILL from dockerd[901]",
		    "find out why dockerd[901] sends it SIGKILL, and check it again where nobody "
		    "does");
	run.events[1].report.sender_kind = SENDER_KERNEL;
	run.events[1].report.origin = ORIGIN_CPU_LIMIT;
	expect_text(CHECK_REASON_EXITED_EARLY,
		    "app[1] was killed by SIGKILL, 300 ms after its start, before it was ready "
		    "(settle): a SIGKILL from the hard limit of its CPU time (RLIMIT_CPU, or "
		    "RLIMIT_RTTIME of a real-time thread)",
		    "raise the limit of its CPU time (ulimit -t)");
}

/* A shell tells of the death of its child by its exit code. */
static void test_child_killed_early(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	add(kill_by_oom(child_task(), STARTED + 290 * MS));
	init_exit(EXITED(137), STARTED + 300 * MS);
	mark(CHECK_MARK_EXITED, STARTED + 301 * MS);
	run.oom_killed = true;
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY,
		   "app[1] exited with 137, 300 ms after its start, before it was ready (settle); "
		   "the OOM killer killed sleep[7] 10.0 ms before app[1] ended",
		   MORE_MEMORY);
}

static void from(struct report r, struct report_task sender, uint64_t boot_ns)
{
	r.sender = sender;
	r.boot_ns = boot_ns;
	add(r);
}

/* Its handler runs, and ends it: not by itself. */
static void test_asked_by_others(void **state)
{
	const uint64_t asked = STARTED + 790 * MS;
	struct report r = generation(SIGTERM, asked);

	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	mark(CHECK_MARK_READY, READY);
	from(r, task_of(977, 3, 0, "sh"), asked);
	/* What has no effect, is everyday or its own is none of it. */
	r.result = EVENT_RESULT_IGNORED;
	from(r, task_of(978, 3, 0, "other"), asked + MS);
	r.result = EVENT_RESULT_DELIVERED;
	r.sig = SIGCHLD;
	from(r, task_of(978, 3, 0, "other"), asked + 2 * MS);
	r.sig = SIGUSR1;
	r.facts |= EVENT_FACT_SENDER_IS_TARGET;
	from(r, init_task(), asked + 3 * MS);
	r.facts &= ~EVENT_FACT_SENDER_IS_TARGET;
	r.sender_kind = SENDER_KERNEL;
	r.origin = ORIGIN_POSIX_TIMER;
	from(r, (struct report_task){0}, asked + 4 * MS);
	init_exit(EXITED(143), asked + 10 * MS);
	mark(CHECK_MARK_EXITED, asked + 11 * MS);
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_EXITED_EARLY,
		"app[1] exited with 143, 800 ms after its start, before this check sent SIGTERM to "
		"it; a SIGTERM from sh[977] had come 10.0 ms before app[1] ended",
		"find out why sh[977] sends it SIGTERM, and check it again where nobody does");
	/* Inside, it has the number that it has there. */
	run.events[2].report.sender = child_task();
	expect_text(
		CHECK_REASON_EXITED_EARLY,
		"app[1] exited with 143, 800 ms after its start, before this check sent SIGTERM to "
		"it; a SIGTERM from sleep[7] had come 10.0 ms before app[1] ended",
		"find out why sleep[7] sends it SIGTERM, and check it again where nobody does");
}

static void test_killed(void **state)
{
	struct report r;

	(void)state;
	sent();
	handled();
	r = generation(SIGKILL, SENT + 2 * S);
	r.sender = task_of(901, 3, 0, "dockerd");
	r.handler = 0;
	add(r);
	/* From others or inside, and in vain. */
	r.boot_ns++;
	r.sender = task_of(7, 3, 7, "inside");
	r.result = EVENT_RESULT_IGNORED;
	add(r);
	r.result = EVENT_RESULT_DELIVERED;
	r.target = child_task();
	add(r);
	r.target = init_task();
	r.sig = SIGUSR1;
	add(r);
	ended(SIGKILL, 2 * S + 1);
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_KILLED,
		"app[1] was killed by SIGKILL, 2.0 s after SIGTERM: a SIGKILL from dockerd[901], "
		"not of this check",
		"find out why dockerd[901] sends it SIGKILL, and check it again where nobody "
		"does");
	run.oom_killed = true;
	for (size_t i = 0; i < run.events_len; i++) {
		run.events[i].report.sender_kind = SENDER_KERNEL;
		run.events[i].report.origin = ORIGIN_OOM_KILLER;
	}
	expect_text(
		CHECK_REASON_KILLED,
		"app[1] was killed by SIGKILL, 2.0 s after SIGTERM: a SIGKILL from the OOM killer, "
		"not of this check; the engine says that the container ran out of memory",
		MORE_MEMORY);
	/* An engine that does not say so changes nothing. */
	run.oom_killed = false;
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_KILLED,
		"app[1] was killed by SIGKILL, 2.0 s after SIGTERM: a SIGKILL from the OOM killer, "
		"not of this check",
		MORE_MEMORY);
	run.subject = CHECK_SUBJECT_IMAGE;
	expect_text(
		CHECK_REASON_KILLED,
		"app[1] was killed by SIGKILL, 2.0 s after SIGTERM: a SIGKILL from the OOM killer, "
		"not of this check",
		"give it more memory, or let it need less: the kernel's log (dmesg) says whether a "
		"limit was hit, such as the container's (--run-arg=--memory=SIZE), or the machine's "
		"memory was used up");
	/* Asked for. */
	run.oom_killed = false;
	run.sig = SIGKILL;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

/* An engine has no other word for it. */
static void test_killed_by_code(void **state)
{
	(void)state;
	sent();
	run.subject = CHECK_SUBJECT_IMAGE;
	run.evidence = CHECK_EVIDENCE_ENGINE;
	ended(EXITED(137), 2 * S);
	expect_all(CHECK_INCONCLUSIVE, CHECK_REASON_KILLED,
		   "app[1] exited with 137, 2.0 s after SIGTERM, which is what an engine tells of "
		   "SIGKILL",
		   "check it again where nobody else ends it");
	/* A command's own status is no engine's. */
	run.subject = CHECK_SUBJECT_COMMAND;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
	/* Nor is what the kernel said of the container. */
	run.subject = CHECK_SUBJECT_IMAGE;
	run.evidence = CHECK_EVIDENCE_BPF;
	init_exit(EXITED(137), SENT + 2 * S);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
	run.oom_killed = true;
	expect(CHECK_INCONCLUSIVE, CHECK_REASON_KILLED, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_could_not_start),
		TEST(test_interrupted),
		TEST(test_exited_early),
		TEST(test_was_exiting),
		TEST(test_not_ready),
		TEST(test_not_sent),
		TEST(test_not_watched),
		TEST(test_killed_early),
		TEST(test_child_killed_early),
		TEST(test_asked_by_others),
		TEST(test_bad_interpreter),
		TEST(test_interpreter_is_cut),
		TEST(test_killed),
		TEST(test_killed_by_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
