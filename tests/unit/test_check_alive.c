/* SPDX-License-Identifier: BSD-2-Clause */
/* check: the init was alive at the end of the grace. */
#include "check_scene.h"

#define EXEC_FORM                                                                              \
	"write ENTRYPOINT and CMD in exec form (a JSON array), so that no shell is PID 1, or " \
	"begin the command with `exec`"
#define PASS_ON "`exec` the last command (exec \"$@\"), so that it takes the shell's place"
#define TRAP	"start it with &, `trap 'kill -TERM $!' TERM`, and `wait` for it"
#define LONGER                                                                                     \
	"let the program end on SIGTERM; if it needs more time, give it a longer --grace, and so " \
	"to what stops it (docker stop --time, terminationGracePeriodSeconds)"
#define OTHER_SIGNAL "; if it stops on another signal, name that (STOPSIGNAL, --signal)"

static struct process *init_after(const char *name)
{
	return init_in(&run.table, name);
}

static void test_blocked(void **state)
{
	static const char remedy[] =
		"unblock SIGTERM (sigprocmask, pthread_sigmask) where a handler is installed, or "
		"take it with sigwait or a signalfd";
	struct process *p;

	(void)state;
	procfs();
	sent();
	p = init_after("app");
	p->pending = signal_bit(SIGTERM);
	p->threads[0].blocked = signal_bit(SIGTERM);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_BLOCKED,
		   "SIGTERM had no effect on app[1] within 10.0 s: it blocks SIGTERM, which is "
		   "still pending",
		   remedy);
	p->signalfd = signal_bit(SIGTERM);
	expect_text(CHECK_REASON_BLOCKED,
		    "SIGTERM had no effect on app[1] within 10.0 s: it blocks SIGTERM, which is "
		    "still pending; one of its signalfds takes it, but is not read",
		    remedy);
	/* One that is on its way out takes nothing. */
	process_add_thread(p, INIT + 1)->exiting = true;
	expect(CHECK_FAIL, CHECK_REASON_BLOCKED, 0);
	process_add_thread(p, INIT + 2)->blocked = signal_bit(SIGTERM);
	p->signalfd = 0;
	expect_all(CHECK_FAIL, CHECK_REASON_BLOCKED,
		   "SIGTERM had no effect on app[1] within 10.0 s: all its threads block SIGTERM, "
		   "which is still pending",
		   remedy);
	p->threads[2].blocked = 0;
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
	p->threads[2].blocked = signal_bit(SIGTERM);
	p->pending = 0;
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

/* It ran its handler; another signal of the kind came while that ran. */
static void test_blocked_in_handler(void **state)
{
	struct process *p;

	(void)state;
	sent();
	handled();
	p = init_after("app");
	p->pending = signal_bit(SIGTERM);
	p->threads[0].blocked = signal_bit(SIGTERM);
	outlived();
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

static void test_stopped(void **state)
{
	struct process *p;

	(void)state;
	sent();
	add(generation(SIGTERM, SENT + MS / 10));
	p = init_after("app");
	p->threads[0].state = STOPPED;
	p->pending = signal_bit(SIGTERM);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STOPPED,
		"SIGTERM had no effect on app[1] within 10.0 s: stopped: nothing but SIGKILL acts "
		"before a SIGCONT",
		"find out who stops it (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU), and send it a "
		"SIGCONT");
	/* It acted before it was stopped. */
	add(delivery(SIGTERM, SENT + MS / 5));
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

static void test_frozen(void **state)
{
	struct process *p;

	(void)state;
	sent();
	p = init_after("app");
	p->threads[0].frozen_v2 = true;
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STOPPED,
		"SIGTERM had no effect on app[1] within 10.0 s: frozen by the cgroup freezer (v2): "
		"only a signal that ends it acts before it is thawed",
		"thaw it (docker unpause) before it is stopped");
}

/* No look at the end: the event tells how it was. */
static void test_stopped_by_event(void **state)
{
	struct report r;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.state = STOPPED;
	add(r);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STOPPED,
		"SIGTERM had no effect on app[1] within 10.0 s: stopped (job control): it acts on "
		"SIGTERM after a SIGCONT",
		"find out who stops it (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU), and send it a "
		"SIGCONT");
	run.events[run.events_len - 2].verdict.cause = CAUSE_FROZEN;
	expect(CHECK_FAIL, CHECK_REASON_STOPPED, 0);
	/* It was continued since. */
	init_after("app");
	outlived();
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

static void test_not_forwarded(void **state)
{
	static const char *const sentences[] = {
		"npm[1] ran its handler app!on_term and passed nothing on: sleep[7] never got a "
		"signal; still running 10.0 s later",
		"sh[1] ran its handler app!on_term and passed nothing on: sleep[7] never got a "
		"signal; still running 10.0 s later",
	};

	(void)state;
	sent();
	comm("npm");
	handled();
	init_after("npm");
	child_in(&run.table);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_NOT_FORWARDED, sentences[0],
		"start sleep[7] as PID 1 itself, or behind an init that passes signals on (docker "
		"run --init, tini), or let npm[1] send it SIGTERM");
	comm("sh");
	expect_text(CHECK_REASON_NOT_FORWARDED, sentences[1], PASS_ON ", or " TRAP);
	run.shell_form = true;
	expect_text(CHECK_REASON_NOT_FORWARDED, sentences[1], EXEC_FORM);
	/* What is not seen proves nothing. */
	run.lost = 1;
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
	run.lost = 0;
	run.evidence = CHECK_EVIDENCE_PROCFS;
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
	run.evidence = CHECK_EVIDENCE_BPF;
	/* It was told in another way. */
	to_child(SIGUSR1, HANDLER, true, EVENT_RESULT_DELIVERED);
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

/* Started after the signal, perhaps by the handler: nothing is expected of it. */
static void test_started_later(void **state)
{
	(void)state;
	sent();
	handled();
	init_after("app");
	in_table(&run.table, CHILD, SENT + S, 7, INIT, "cleanup");
	outlived();
	expect(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, 0);
}

#define NO_PASS_ON "let app[1] pass SIGTERM on to sleep[7], or `exec` it"

static void test_waits_for_child(void **state)
{
	struct process *p;

	(void)state;
	sent();
	handled();
	p = init_after("app");
	child_in(&run.table);
	in_syscall(p, "wait4", 7);
	outlived();
	assert_true(run.processes[0].waiting);
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: it waits "
		"for its child sleep[7], which never got a signal",
		NO_PASS_ON);
	run.lost = 1;
	expect_text(
		CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: it waits "
		"for its child sleep[7]",
		NO_PASS_ON);
}

static void test_shell_waits(void **state)
{
	static const char sentence[] =
		"bash[1] ran its handler app!on_term, and is still running 10.0 s later: it waits "
		"for its child sleep[7], which never got a signal; a shell runs its traps only when "
		"its foreground child has ended";
	struct process *p;

	(void)state;
	sent();
	comm("bash");
	handled();
	p = init_after("bash");
	child_in(&run.table);
	in_syscall(p, "wait4", (uint64_t)-1);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING, sentence, PASS_ON "; or " TRAP);
	run.shell_form = true;
	expect_text(CHECK_REASON_STILL_RUNNING, sentence, EXEC_FORM);
}

/* A shell without BPF. */
static void test_shell_waits_by_look(void **state)
{
	struct process *p;

	(void)state;
	procfs();
	sent();
	comm("bash");
	before(HANDLER, 0);
	p = init_after("bash");
	child_in(&run.table);
	in_syscall(p, "wait4", (uint64_t)-1);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"bash[1] is still running 10.0 s after SIGTERM: it waits for its child sleep[7]; a "
		"shell runs its traps only when its foreground child has ended; as was seen right "
		"before the signal: its handler will run",
		PASS_ON "; or " TRAP);
}

static void test_forwarded_in_vain(void **state)
{
	(void)state;
	sent();
	comm("tini");
	handled();
	to_child(SIGTERM, IGNORE, true, EVENT_RESULT_IGNORED);
	init_after("tini");
	child_in(&run.table);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"tini[1] ran its handler app!on_term, and is still running 10.0 s later: it sent "
		"SIGTERM to sleep[7], which lives, too: it ignores SIGTERM (SIG_IGN)",
		"let sleep[7] end on SIGTERM");
}

static void test_asked_by_another(void **state)
{
	struct report r;

	(void)state;
	sent();
	handled();
	to_child(SIGINT, HANDLER, false, EVENT_RESULT_DELIVERED);
	r = delivery(SIGINT, SENT + 2 * MS);
	r.facts = 0;
	r.signal_flags = 0;
	r.target = child_task();
	add(r);
	init_after("app");
	child_in(&run.table);
	outlived();
	assert_int_equal(run.processes[0].asked_cause, CAUSE_CAUGHT);
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: sleep[7] "
		"got SIGINT, and lives, too: its handler 0x401000 runs",
		"let sleep[7] end on SIGINT");
	/* The event was not kept. */
	run.events_len = 5;
	assert_int_equal(run.events[4].report.kind, REPORT_DELIVER);
	expect_text(
		CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: sleep[7] "
		"got SIGINT, and lives, too (caught)",
		"let sleep[7] end on SIGINT");
	run.events_len = 8;
}

/* One that was asked and could not act says more than one that was asked and caught it. */
static void test_most_telling(void **state)
{
	static const struct row {
		enum cause cause;
		bool telling;
	} rows[] = {
		{CAUSE_SIG_IGN, true},	{CAUSE_UNKILLABLE_SIG_DFL, true},
		{CAUSE_BLOCKED, true},	{CAUSE_STOPPED, true},
		{CAUSE_FROZEN, true},	{CAUSE_SIG_DFL_IGNORE, true},
		{CAUSE_CAUGHT, false},	{CAUSE_SIGWAIT, false},
		{CAUSE_PTRACED, false}, {CAUSE_DEFAULT_TERMINATE, false},
	};
	struct report r = generation(SIGTERM, SENT + MS);

	(void)state;
	sent();
	handled();
	to_child(SIGTERM, HANDLER, true, EVENT_RESULT_DELIVERED);
	r.target = task_of(CHILD + 1, CHILD_START, 8, "deaf");
	r.handler = IGNORE;
	r.result = EVENT_RESULT_IGNORED;
	add(r);
	r.target = task_of(CHILD + 2, CHILD_START, 9, "gone");
	add(r);
	init_after("app");
	child_in(&run.table);
	in_table(&run.table, CHILD + 1, CHILD_START, 8, INIT, "deaf");
	outlived();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		run.processes[1].asked_cause = rows[i].cause;
		expect_text(
			CHECK_REASON_STILL_RUNNING,
			rows[i].telling
				? "app[1] ran its handler app!on_term, and is still running 10.0 s "
				  "later: deaf[8] got SIGTERM, and lives, too: it ignores SIGTERM "
				  "(SIG_IGN)"
				: "app[1] ran its handler app!on_term, and is still running 10.0 s "
				  "later: it sent SIGTERM to sleep[7], which lives, too: its "
				  "handler 0x401000 will run",
			rows[i].telling ? "let deaf[8] end on SIGTERM"
					: "let sleep[7] end on SIGTERM");
	}
}

static void test_still_running(void **state)
{
	struct process *p;

	(void)state;
	sent();
	handled();
	p = init_after("app");
	in_syscall(p, "futex", 0);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: sleeps in "
		"system call futex",
		LONGER OTHER_SIGNAL);
	run.sig_from_image = true;
	expect_text(
		CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: sleeps in "
		"system call futex",
		LONGER);
	p->threads[0].tracer_tgid = 77;
	stuck_examine(&run.table, run.after, &run.stuck);
	expect_text(
		CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and is still running 10.0 s later: traced by "
		"process 77, which decides what becomes of its signals",
		"let the tracer continue it, or detach");
}

/* What sigwait() or a signalfd took is no reason by itself. */
static void test_taken(void **state)
{
	struct report r;
	struct process *p;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED;
	add(r);
	p = init_after("app");
	p->threads[0].blocked = signal_bit(SIGTERM);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] took SIGTERM with sigwait() or a signalfd, and is still running 10.0 s "
		   "later: sleeps",
		   LONGER OTHER_SIGNAL);
	/* Not proven: thrown away by SIG_IGN, or delivered in a record that was lost. */
	p->ignored = signal_bit(SIGTERM);
	assert_false(check_run_was_handled(&run));
	p->ignored = 0;
	run.lost = 1;
	assert_false(check_run_was_handled(&run));
	expect_text(
		CHECK_REASON_STILL_RUNNING,
		"app[1] is still running 10.0 s after SIGTERM: sleeps; when it was sent: it blocks "
		"SIGTERM: pending until it is unblocked",
		LONGER OTHER_SIGNAL);
	run.lost = 0;
	p->pending = signal_bit(SIGTERM);
	expect(CHECK_FAIL, CHECK_REASON_BLOCKED, 0);
}

/* As with a sandbox, whose signals are not the kernel's. */
static void test_nothing_seen(void **state)
{
	(void)state;
	sent();
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "app[1] is still running 10.0 s after SIGTERM; no SIGTERM was seen to reach it",
		   LONGER OTHER_SIGNAL);
	run.lost = 3;
	expect_text(CHECK_REASON_STILL_RUNNING, "app[1] is still running 10.0 s after SIGTERM",
		    LONGER OTHER_SIGNAL);
}

static void test_engine(void **state)
{
	static const char remedy[] =
		"run the check on the engine's own machine, as root, to see why";

	(void)state;
	sent();
	run.evidence = CHECK_EVIDENCE_ENGINE;
	memset(run.comm, 0, sizeof(run.comm));
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		   "PID 1 is still running 10.0 s after SIGTERM; why cannot be seen from here: the "
		   "container runs on another machine",
		   remedy);
	memcpy(run.evidence_why, "no\tthing", 9);
	expect_text(CHECK_REASON_STILL_RUNNING,
		    "PID 1 is still running 10.0 s after SIGTERM; why cannot be seen from here: "
		    "no\\x09thing",
		    remedy);
}

/* It has exited, and cannot end. */
static void test_teardown_hangs(void **state)
{
	struct process *p;

	(void)state;
	sent();
	handled();
	init_exit(EXITED(0), SENT + MS);
	p = init_after("app");
	p->signal_flags = GROUP_EXIT;
	p->threads[0].exiting = true;
	child_in(&run.table)->threads[0].state = ZOMBIE;
	mark(CHECK_MARK_GRACE_OVER, OVER);
	process_table_sort(&run.table);
	run.after = process_table_find(&run.table, INIT);
	assert_true(stuck_is_due(run.after, 0, &run.stuck));
	stuck_examine(&run.table, run.after, &run.stuck);
	expect_all(
		CHECK_FAIL, CHECK_REASON_STILL_RUNNING,
		"app[1] ran its handler app!on_term, and exited with 0, 1.00 ms after SIGTERM; it "
		"was not gone 10.0 s after that signal: PID 1 of a namespace, it ends after all others in there: 1 is left, the zombie sleep[4250] "
		"that app[4242] has not reaped",
		NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocked),
		TEST(test_blocked_in_handler),
		TEST(test_stopped),
		TEST(test_frozen),
		TEST(test_stopped_by_event),
		TEST(test_not_forwarded),
		TEST(test_started_later),
		TEST(test_waits_for_child),
		TEST(test_shell_waits),
		TEST(test_shell_waits_by_look),
		TEST(test_forwarded_in_vain),
		TEST(test_asked_by_another),
		TEST(test_most_telling),
		TEST(test_still_running),
		TEST(test_taken),
		TEST(test_nothing_seen),
		TEST(test_engine),
		TEST(test_teardown_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
