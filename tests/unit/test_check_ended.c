/* SPDX-License-Identifier: BSD-2-Clause */
/* check: the init ended within the grace. */
#include "check_scene.h"

static void test_graceful(void **state)
{
	(void)state;
	sent();
	handled();
	ended(EXITED(0), 12 * MS);
	expect_all(CHECK_PASS, CHECK_REASON_GRACEFUL,
		   "app[1] exited with 0, 12.0 ms after SIGTERM; its handler app!on_term ran",
		   NULL);
	/* As a shell tells it. */
	run.status = EXITED(128 + SIGTERM);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
	/* Only what is no init of its own namespace can die of it. */
	run.status = SIGTERM;
	run.is_namespace_init = false;
	expect_all(
		CHECK_PASS, CHECK_REASON_GRACEFUL,
		"app[4242] was killed by SIGTERM, 12.0 ms after SIGTERM; its handler app!on_term "
		"ran",
		NULL);
}

/* Its exit counts, not when that was noticed, and not when others let it go. */
static void test_in_the_last_moment(void **state)
{
	(void)state;
	sent();
	handled();
	mark(CHECK_MARK_GRACE_OVER, OVER);
	init_exit(EXITED(0), OVER - MS);
	mark(CHECK_MARK_EXITED, OVER + 20 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

#define LONGER                                                                                \
	"let it end sooner on SIGTERM, or give it a longer --grace, and so to what stops it " \
	"(docker stop --time, terminationGracePeriodSeconds)"

/* Nobody looked when the grace was over: sigtrace itself was stopped. */
static void test_too_late(void **state)
{
	(void)state;
	sent();
	handled();
	run.grace_ns = S;
	ended(EXITED(0), 2 * S);
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] ran its handler app!on_term, and exited with 0, 2.0 s after SIGTERM: "
		   "later than the grace period of 1.0 s",
		   LONGER);
	/* As long as it was left to it. */
	run.grace_ns = 2 * S;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

static void test_killed_too_late(void **state)
{
	struct report r;

	(void)state;
	sent();
	add(generation(SIGTERM, SENT + MS));
	run.grace_ns = S;
	r = generation(SIGKILL, SENT + 2 * S - MS);
	r.sender = task_of(901, 3, 0, "dockerd");
	r.handler = 0;
	add(r);
	ended(SIGKILL, 2 * S);
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] was killed by SIGKILL, 2.0 s after SIGTERM: later than the grace period "
		   "of 1.0 s; a SIGKILL from dockerd[901]",
		   LONGER);
}

/* The signal came later than the engine was asked for it. */
static void test_grace_begins_with_the_signal(void **state)
{
	(void)state;
	sent();
	run.grace_ns = S;
	add(generation(SIGTERM, SENT + 1500 * MS));
	ended(EXITED(0), 2400 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

/* Without events the end is known by when it was noticed. */
static void test_end_in_doubt(void **state)
{
	(void)state;
	procfs();
	sent();
	before(HANDLER, 0);
	run.grace_ns = S;
	ended(EXITED(0), 2 * S);
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED,
		"app[1] exited with 0, at most 2.0 s after SIGTERM: whether that was within the "
		"grace period of 1.0 s, nobody saw in time",
		"check it again where sigtrace and the engine get their share of the CPUs, or with "
		"a longer --grace");
	/* It was seen alive. */
	mark(CHECK_MARK_GRACE_OVER, SENT + S);
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] exited with 0, 2.0 s after SIGTERM: later than the grace period of "
		   "1.0 s; as was seen right before the signal: its handler will run",
		   LONGER);
}

/* Its exit is no end while the namespace's other processes hold it; but it does not run, either. */
static void test_exit_is_no_end(void **state)
{
	(void)state;
	sent();
	handled();
	init_exit(EXITED(0), SENT + MS);
	assert_true(run.status_known);
	assert_int_equal(run.ended_ns, 0);
	mark(CHECK_MARK_GRACE_OVER, OVER);
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] ran its handler app!on_term, and exited with 0, 1.00 ms after SIGTERM; "
		   "it was not gone 10.0 s after that signal",
		   NULL);
	mark(CHECK_MARK_KILLED, OVER + MS);
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

/* The grace was over before it could be gone. */
static void test_exit_at_the_end_of_the_grace(void **state)
{
	(void)state;
	sent();
	handled();
	init_exit(EXITED(143), OVER - MS);
	assert_true(check_run_has_exited(&run));
	mark(CHECK_MARK_GRACE_OVER, OVER + MS);
	mark(CHECK_MARK_KILLED, OVER + 2 * MS);
	expect_all(
		CHECK_INCONCLUSIVE, CHECK_REASON_NOT_WATCHED,
		"app[1] exited with 143, 10.0 s after SIGTERM: whether it was gone within the "
		"grace period of 10.0 s, nobody saw in time",
		"check it again where sigtrace and the engine get their share of the CPUs, or with "
		"a longer --grace");
}

static void test_taken(void **state)
{
	struct report r;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.facts |= EVENT_FACT_WAITED_FOR;
	r.handler = 0;
	add(r);
	ended(EXITED(0), 12 * MS);
	expect_all(
		CHECK_PASS, CHECK_REASON_GRACEFUL,
		"app[1] exited with 0, 12.0 ms after SIGTERM; it took SIGTERM with sigwait() or a "
		"signalfd",
		NULL);
}

/* Blocked and read from a signalfd: the end tells nothing of how. */
static void test_blocked_and_ended(void **state)
{
	struct report r;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED;
	r.handler = 0;
	add(r);
	ended(EXITED(0), 12 * MS);
	expect_all(CHECK_PASS, CHECK_REASON_GRACEFUL, "app[1] exited with 0, 12.0 ms after SIGTERM",
		   NULL);
}

static void test_engine(void **state)
{
	(void)state;
	sent();
	run.evidence = CHECK_EVIDENCE_ENGINE;
	run.subject = CHECK_SUBJECT_IMAGE;
	memset(run.comm, 0, sizeof(run.comm));
	ended(EXITED(0), 400 * MS);
	expect_all(CHECK_PASS, CHECK_REASON_GRACEFUL,
		   "PID 1 exited with 0, 400 ms after SIGTERM, as the engine tells; what became of "
		   "the signal cannot be seen from here",
		   NULL);
	run.status = EXITED(139);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
	expect_text(CHECK_REASON_ODD_EXIT,
		    "PID 1 exited with 139, 400 ms after SIGTERM: neither 0 nor 143 (128 + "
		    "SIGTERM); to an engine a death by SIGSEGV is the same",
		    "exit with 0 after a clean stop, or say that it is meant: --expect-exit 139");
}

static void test_odd_exit(void **state)
{
	(void)state;
	sent();
	handled();
	ended(EXITED(2), 12 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
	expect_text(
		CHECK_REASON_ODD_EXIT,
		"app[1] exited with 2, 12.0 ms after SIGTERM: neither 0 nor 143 (128 + SIGTERM)",
		"exit with 0 after a clean stop, or say that it is meant: --expect-exit 2");
	/* Of other runtimes the handler says nothing about the code. */
	before(HANDLER, 0);
	run.before.report.handler_runtime = RUNTIME_BASH_TRAP;
	run.before.verdict = explain_report(&run.before.report);
	expect_text(
		CHECK_REASON_ODD_EXIT,
		"app[1] exited with 2, 12.0 ms after SIGTERM: neither 0 nor 143 (128 + SIGTERM)",
		"exit with 0 after a clean stop, or say that it is meant: --expect-exit 2");
	run.before.report.handler_runtime = RUNTIME_GO;
	run.before.verdict = explain_report(&run.before.report);
	expect_text(
		CHECK_REASON_ODD_EXIT,
		"app[1] exited with 2, 12.0 ms after SIGTERM: neither 0 nor 143 (128 + SIGTERM); "
		"right before: its handler will run: Go's runtime catches every signal; without "
		"signal.Notify for SIGTERM it raises it again, which an init never gets, and "
		"exits 2",
		"handle SIGTERM (signal.Notify) and exit with 0, or say that it is meant: "
		"--expect-exit 2");
	limits.strict = true;
	expect(CHECK_FAIL, CHECK_REASON_ODD_EXIT, 0);
	limits.expects = true;
	limits.expected[0] = 1 << 2;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

static void test_crashed(void **state)
{
	(void)state;
	sent();
	handled();
	ended(SIGSEGV | 0x80, 100 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(CRASHED));
	expect_text(
		CHECK_REASON_CRASHED,
		"app[1] was killed by SIGSEGV, with a core dump, 100 ms after SIGTERM: it was "
		"asked to end, and died of another signal",
		"see its output, or a core dump of it: what it does when it is asked to end has a "
		"defect");
	limits.strict = true;
	expect(CHECK_FAIL, CHECK_REASON_CRASHED, 0);
}

static void test_bad_exit(void **state)
{
	(void)state;
	sent();
	handled();
	ended(EXITED(3), 12 * MS);
	limits.expects = true;
	limits.expected[0] = 1;
	expect_all(CHECK_FAIL, CHECK_REASON_BAD_EXIT,
		   "app[1] exited with 3, 12.0 ms after SIGTERM: that is not one of --expect-exit",
		   "let it exit with one of them on SIGTERM, or add 3 to --expect-exit");
	run.status = SIGSEGV;
	expect_all(
		CHECK_FAIL, CHECK_REASON_BAD_EXIT,
		"app[1] was killed by SIGSEGV, 12.0 ms after SIGTERM: 139 (128 + the signal) is not "
		"one of --expect-exit",
		"let it exit with one of them on SIGTERM, or add 139 to --expect-exit");
	limits.expected[139 / 8] |= 1 << 139 % 8;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
	run.status = EXITED(0);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

#define WAIT_FOR_OTHERS                                                                     \
	"let PID 1 pass SIGTERM on and wait until all others have ended (tini -g asks the " \
	"whole process group)"

static void test_killed_descendants(void **state)
{
	(void)state;
	sent();
	handled();
	to_child(SIGTERM, HANDLER, true, EVENT_RESULT_DELIVERED);
	init_exit(EXITED(0), SENT + 3 * MS);
	torn_down(CHILD, 7, "sleep", SENT + 4 * MS); /* which had been asked */
	ended(EXITED(0), 3 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
	torn_down(4300, 40, "node", SENT + 4 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(KILLED_DESCENDANTS));
	expect_text(
		CHECK_REASON_KILLED_DESCENDANTS,
		"1 process got no signal before app[1] ended, and SIGKILL with the end of the PID "
		"namespace: node[40]",
		WAIT_FOR_OTHERS);
	torn_down(4301, 0, "a\033", SENT + 4 * MS);
	torn_down(4302, 42, "b", SENT + 4 * MS);
	torn_down(4303, 43, "c", SENT + 4 * MS);
	torn_down(4304, 44, "d", SENT + 4 * MS);
	expect_text(
		CHECK_REASON_KILLED_DESCENDANTS,
		"5 processes got no signal before app[1] ended, and SIGKILL with the end of the PID "
		"namespace: node[40], a\\x1b, b[42] and 2 more",
		WAIT_FOR_OTHERS);
	comm("sh");
	expect_text(
		CHECK_REASON_KILLED_DESCENDANTS,
		"5 processes got no signal before sh[1] ended, and SIGKILL with the end of the PID "
		"namespace: node[40], a\\x1b, b[42] and 2 more",
		"`exec` the last command (exec \"$@\"), so that it takes the shell's place, "
		"or " WAIT_FOR_OTHERS);
	run.shell_form = true;
	expect_text(
		CHECK_REASON_KILLED_DESCENDANTS,
		"5 processes got no signal before sh[1] ended, and SIGKILL with the end of the PID "
		"namespace: node[40], a\\x1b, b[42] and 2 more",
		"write ENTRYPOINT and CMD in exec form (a JSON array), so that no shell is PID 1, "
		"or begin the command with `exec`");
	/* With --strict the first warning is the reason, the others stay. */
	run.status = EXITED(9);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(KILLED_DESCENDANTS) | WARNING(ODD_EXIT));
	limits.strict = true;
	expect(CHECK_FAIL, CHECK_REASON_KILLED_DESCENDANTS, WARNING(ODD_EXIT));
	/* What is lost may have been the request. */
	run.lost = 1;
	expect(CHECK_FAIL, CHECK_REASON_ODD_EXIT, 0);
	run.lost = 0;
	run.processes_dropped = 1;
	expect(CHECK_FAIL, CHECK_REASON_ODD_EXIT, 0);
}

/* From /proc nobody can tell who was asked. */
static void test_left_without_bpf(void **state)
{
	(void)state;
	procfs();
	sent();
	before(HANDLER, 0);
	looked(true);
	ended(EXITED(0), 12 * MS);
	expect_all(CHECK_PASS, CHECK_REASON_GRACEFUL,
		   "app[1] exited with 0, 12.1 ms after SIGTERM; 1 other process was there at most "
		   "50.0 ms before: whether it was asked to end cannot be seen without BPF",
		   NULL);
	limits.strict = true;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

static void test_startup_window(void **state)
{
	(void)state;
	sent();
	handled();
	ended(EXITED(3), 12 * MS);
	run.handler_missing_ns = STARTED + 400 * MS;
	run.handler_seen_ns = STARTED + 500 * MS;
	limits.startup_window_ns = 500 * MS;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
	/* By the upper bound. */
	limits.startup_window_ns = 450 * MS;
	expect(CHECK_FAIL, CHECK_REASON_STARTUP_WINDOW, WARNING(ODD_EXIT));
	expect_text(CHECK_REASON_STARTUP_WINDOW,
		    "its SIGTERM handler appeared within 500 ms of the start, and was not there "
		    "after 400 ms: longer than --max-startup-window allows; a stop in that time is "
		    "lost",
		    "install the handler before everything else, or start an init in front of it "
		    "(docker run --init, tini)");
	run.handler_missing_ns = 0;
	comm("entry.sh");
	expect_text(
		CHECK_REASON_STARTUP_WINDOW,
		"its SIGTERM handler appeared within 500 ms of the start: longer than "
		"--max-startup-window allows; a stop in that time is lost",
		"install the handler before everything else: `trap` in the script's first line");
	/* Nobody knows. */
	run.handler_seen_ns = 0;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, WARNING(ODD_EXIT));
}

static void expect_status(const char *sentence)
{
	char text[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	check_write_status(&run, &out);
	assert_string_equal(text, sentence);
}

static void test_status(void **state)
{
	(void)state;
	expect_status("did not start");
	sent();
	expect_status("is still running");
	run.ended_ns = OVER;
	expect_status("ended");
	run.status_known = true;
	expect_status("exited with 0");
	run.status = EXITED(143);
	expect_status("exited with 143");
	run.status = SIGKILL;
	expect_status("was killed by SIGKILL");
	run.killed_by_check = true;
	expect_status("was killed by SIGKILL (by sigtrace, when the check was over)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_graceful),
		TEST(test_in_the_last_moment),
		TEST(test_too_late),
		TEST(test_killed_too_late),
		TEST(test_grace_begins_with_the_signal),
		TEST(test_end_in_doubt),
		TEST(test_exit_is_no_end),
		TEST(test_exit_at_the_end_of_the_grace),
		TEST(test_taken),
		TEST(test_blocked_and_ended),
		TEST(test_engine),
		TEST(test_odd_exit),
		TEST(test_crashed),
		TEST(test_bad_exit),
		TEST(test_killed_descendants),
		TEST(test_left_without_bpf),
		TEST(test_startup_window),
		TEST(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
