/* SPDX-License-Identifier: BSD-2-Clause */
/* check: what is kept of what was observed. */
#include "check_scene.h"

static void test_marks(void **state)
{
	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	mark(CHECK_MARK_STARTED, STARTED + S); /* the first counts */
	mark(CHECK_MARK_HANDLER, STARTED + 1);
	mark(CHECK_MARK_READY, READY);
	mark(CHECK_MARK_SENT, SENT);
	mark(CHECK_MARK_GRACE_OVER, OVER);
	assert_false(run.killed_by_check);
	mark(CHECK_MARK_KILLED, OVER + 1);
	assert_true(run.killed_by_check);
	mark(CHECK_MARK_EXITED, OVER + 2);
	assert_int_equal(run.started_ns, STARTED);
	assert_int_equal(run.handler_seen_ns, STARTED + 1);
	assert_int_equal(run.ready_ns, READY);
	assert_int_equal(run.sent_ns, SENT);
	assert_int_equal(run.over_ns, OVER);
	assert_int_equal(run.ended_ns, OVER + 2);
}

static void test_order(void **state)
{
	const enum check_mark expected[] = {CHECK_MARK_STARTED, CHECK_MARK_READY,
					    CHECK_MARK_SENT,	CHECK_MARK_REPORT,
					    CHECK_MARK_REPORT,	CHECK_MARK_GRACE_OVER};

	(void)state;
	mark(CHECK_MARK_GRACE_OVER, OVER);
	sent();
	handled();
	assert_int_equal(run.events_len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(run.events[i].mark, expected[i]);
	assert_int_equal(run.events[3].report.kind, REPORT_GENERATE);
	assert_true(run.events[3].has_verdict);
	assert_true(run.events[3].of_init);
	/* What is there already stands in front of what comes at the same time. */
	mark(CHECK_MARK_HANDLER, READY);
	assert_int_equal(run.events[1].mark, CHECK_MARK_READY);
	assert_int_equal(run.events[2].mark, CHECK_MARK_HANDLER);
}

static void test_names_are_owned(void **state)
{
	char name[] = "app!on_term";
	struct report r = generation(SIGTERM, SENT);

	(void)state;
	r.handler_symbol = name;
	r.cgroup_path = name;
	add(r);
	name[0] = 'X';
	assert_string_equal(run.events[0].report.handler_symbol, "app!on_term");
	assert_null(run.events[0].report.cgroup_path);
}

/* A process that sends signals in a loop leaves room for what the init is judged by. */
static void test_flood(void **state)
{
	(void)state;
	sent();
	for (int i = 0; i < 2 * CHECK_EVENTS_MAX; i++)
		to_child(SIGUSR1, HANDLER, true, EVENT_RESULT_DELIVERED);
	assert_true(run.events_len < CHECK_EVENTS_MAX);
	handled();
	init_exit(EXITED(0), SENT + 5 * MS);
	assert_non_null(check_run_generation(&run));
	assert_true(check_run_was_handled(&run));
	for (int i = 0; i < 2 * CHECK_EVENTS_MAX; i++)
		handled();
	mark(CHECK_MARK_EXITED, SENT + 6 * MS);
	assert_int_equal(run.events[run.events_len - 1].mark, CHECK_MARK_EXITED);
	assert_true(run.events_len <= CHECK_EVENTS_MAX);
	assert_true(run.events_dropped > 2 * CHECK_EVENTS_MAX);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

/* Of the init, too, what it is not judged by: what came before, and other signals. */
static void test_flood_of_init(void **state)
{
	(void)state;
	for (int i = 0; i < CHECK_EVENTS_MAX; i++)
		add(generation(SIGTERM, STARTED));
	sent();
	for (int i = 0; i < CHECK_EVENTS_MAX; i++)
		add(generation(SIGUSR1, SENT + 1));
	handled();
	add(generation(SIGKILL, SENT + MS));
	init_exit(SIGKILL, SENT + MS);
	assert_int_equal(run.events[run.events_len - 1].report.kind, REPORT_EXIT);
	assert_int_equal(run.events[run.events_len - 2].report.sig, SIGKILL);
	assert_true(check_run_was_handled(&run));
}

static void test_generation(void **state)
{
	struct report r;

	(void)state;
	add(generation(SIGTERM, SENT - MS)); /* before it was sent */
	sent();
	add(generation(SIGUSR1, SENT + 1));
	assert_null(check_run_generation(&run));
	/* From inside, and then ours. */
	r = generation(SIGTERM, SENT + 2);
	r.sender_nr = 7;
	add(r);
	assert_int_equal(check_run_generation(&run)->boot_ns, SENT + 2);
	add(generation(SIGTERM, SENT + 3));
	assert_int_equal(check_run_generation(&run)->boot_ns, SENT + 3);
	/* Another process. */
	r = generation(SIGTERM, SENT + 1);
	r.target = child_task();
	add(r);
	assert_int_equal(check_run_generation(&run)->boot_ns, SENT + 3);
	/* The number of the init, and not its start. */
	r.target = init_task();
	r.target.start_boot_ns += S;
	add(r);
	assert_int_equal(check_run_generation(&run)->boot_ns, SENT + 3);
}

static void test_look(void **state)
{
	struct process_table t = {0};
	struct check_process *p;

	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	init_in(&t, "app");
	child_in(&t);
	in_table(&t, CHILD + 1, CHILD_START, 8, CHILD, "grandchild");
	in_table(&t, CHILD + 2, CHILD_START, 9, 9, "entered"); /* with docker exec */
	in_table(&t, CHILD + 3, CHILD_START, 0, 9, "stranger");
	in_table(&t, CHILD + 4, CHILD_START, 0, CHILD + 1, "zombie")->threads[0].state = ZOMBIE;
	/* Parents may form a circle while a snapshot is taken. */
	in_table(&t, CHILD + 5, CHILD_START, 0, CHILD + 6, "circle");
	in_table(&t, CHILD + 6, CHILD_START, 0, CHILD + 5, "circle");
	look(&t, STARTED + 60 * MS);
	assert_int_equal(run.processes_len, 3);
	p = check_run_find(&run, CHILD + 1, CHILD_START + 9 * MS);
	assert_non_null(p);
	assert_string_equal(p->comm, "grandchild");
	assert_int_equal(p->ns_tgid, 8);
	assert_int_equal(p->parent_tgid, CHILD);
	assert_null(check_run_find(&run, CHILD + 1, CHILD_START + 10 * MS));
	assert_null(check_run_find(&run, CHILD + 3, CHILD_START));
	/* One has another name, one has ended, one number was used again, one is a zombie. */
	memcpy(t.list[1].comm, "other", 6);
	t.list[2].start_boot_ns += S;
	t.list[3].threads[0].state = ZOMBIE;
	look(&t, STARTED + 61 * MS);
	assert_int_equal(run.processes_len, 4);
	assert_string_equal(check_run_find(&run, CHILD, CHILD_START)->comm, "other");
	assert_false(check_run_find(&run, CHILD, CHILD_START)->ended);
	assert_true(check_run_find(&run, CHILD + 1, CHILD_START)->ended);
	assert_false(check_run_find(&run, CHILD + 1, CHILD_START + S)->ended);
	assert_true(check_run_find(&run, CHILD + 2, CHILD_START)->ended);
	process_table_free(&t);
}

/* Once the init ends, nobody tells who ended before it. */
static void test_look_too_late(void **state)
{
	struct process_table t = {0}, empty = {0};

	(void)state;
	sent();
	init_in(&t, "app");
	child_in(&t);
	look(&t, SENT);
	look(&empty, SENT + 1);
	t.len = 1; /* without the child */
	t.list[0].signal_flags = GROUP_EXIT;
	look(&t, SENT + 2);
	t.list[0].signal_flags = 0;
	t.list[0].start_boot_ns += S;
	look(&t, SENT + 3);
	t.list[0].start_boot_ns -= S;
	init_exit(EXITED(0), SENT + 4);
	look(&t, SENT + 5);
	assert_false(run.processes[0].ended);
	t.len = 2;
	process_table_free(&t);
}

static void test_awaited(void **state)
{
	struct process_table t = {0};
	struct process *init;

	(void)state;
	init = init_in(&t, "app");
	child_in(&t);
	look(&t, STARTED);
	assert_false(run.processes[0].waiting);
	in_syscall(init, "wait4", 7);
	look(&t, STARTED);
	assert_true(run.processes[0].waiting);
	init->threads[0].place->args[0] = 8;
	look(&t, STARTED);
	assert_false(run.processes[0].waiting);
	init->threads[0].place->args[0] = (uint64_t)-1;
	look(&t, STARTED);
	assert_true(run.processes[0].waiting);
	process_table_free(&t);
}

static void test_handler(void **state)
{
	struct process_table t = {0};
	struct process *init;
	uint64_t after_ns;

	(void)state;
	mark(CHECK_MARK_STARTED, STARTED);
	init = init_in(&t, "app");
	init->caught = signal_bit(SIGINT);
	look(&t, STARTED + 1 * MS);
	assert_int_equal(run.handler_missing_ns, STARTED + 1 * MS);
	assert_false(check_run_handler_after(&run, &after_ns));
	init->caught = signal_bit(SIGTERM);
	look(&t, STARTED + 2 * MS);
	look(&t, STARTED + 3 * MS);
	assert_true(check_run_handler_after(&run, &after_ns));
	assert_int_equal(after_ns, 2 * MS);
	assert_int_equal(run.events_len, 2);
	/* Gone with an exec. */
	init->caught = 0;
	look(&t, STARTED + 4 * MS);
	assert_false(check_run_handler_after(&run, &after_ns));
	assert_int_equal(run.handler_missing_ns, STARTED + 4 * MS);
	assert_int_equal(run.events_len, 1);
	init->caught = signal_bit(SIGTERM);
	look(&t, STARTED + 5 * MS);
	assert_int_equal(run.handler_seen_ns, STARTED + 5 * MS);
	/* Gone because it ran. */
	mark(CHECK_MARK_SENT, SENT);
	init->caught = 0;
	look(&t, SENT + MS);
	assert_int_equal(run.handler_seen_ns, STARTED + 5 * MS);
	assert_int_equal(run.handler_missing_ns, STARTED + 4 * MS);
	/* Not known. */
	init->known = 0;
	run.handler_seen_ns = 0;
	look(&t, SENT + 2 * MS);
	assert_int_equal(run.handler_missing_ns, STARTED + 4 * MS);
	process_table_free(&t);
}

static const struct check_process *child(void)
{
	return check_run_find(&run, CHILD, CHILD_START);
}

static void test_asked(void **state)
{
	struct report r;

	(void)state;
	to_child(SIGTERM, HANDLER, true, EVENT_RESULT_DELIVERED); /* before SENT */
	sent();
	assert_int_equal(child()->asked, 0);
	/* Its own, and what the kernel tells of its children: nobody told it anything. */
	r = generation(SIGTERM, SENT + MS);
	r.target = child_task();
	r.facts = EVENT_FACT_SENDER_IS_TARGET;
	r.sender = child_task();
	add(r);
	to_child(SIGCHLD, 0, true, EVENT_RESULT_DELIVERED);
	to_child(SIGTERM, HANDLER, true, EVENT_RESULT_OVERFLOW_FAIL);
	assert_false(child()->signalled);
	assert_int_equal(child()->asked, 0);
	to_child(SIGUSR1, HANDLER, true, EVENT_RESULT_DELIVERED);
	assert_true(child()->signalled);
	assert_int_equal(child()->asked, 0);
	to_child(SIGTERM, IGNORE, true, EVENT_RESULT_IGNORED);
	assert_int_equal(child()->asked, SIGTERM);
	assert_int_equal(child()->asked_cause, CAUSE_SIG_IGN);
	assert_true(child()->asked_by_init);
	/* The first counts, and what becomes of that. */
	to_child(SIGHUP, HANDLER, false, EVENT_RESULT_DELIVERED);
	r = delivery(SIGHUP, SENT + 2 * MS);
	r.target = child_task();
	add(r);
	assert_int_equal(child()->asked_cause, CAUSE_SIG_IGN);
	r.sig = SIGTERM;
	add(r);
	assert_int_equal(child()->asked_cause, CAUSE_CAUGHT);
	assert_int_equal(child()->asked, SIGTERM);
	assert_int_equal(child()->ns_tgid, 7);
	assert_string_equal(child()->comm, "sleep");
}

static void test_asks(void **state)
{
	static const int asks[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL, SIGUSR2};

	(void)state;
	run.sig = SIGUSR2; /* what was asked for */
	sent();
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		if (run.processes_len)
			run.processes[0].asked = 0;
		to_child(asks[i], 0, false, EVENT_RESULT_DELIVERED);
		assert_int_equal(child()->asked, asks[i]);
		assert_false(child()->asked_by_init);
	}
}

static void test_ended(void **state)
{
	struct report r = {.kind = REPORT_EXIT, .boot_ns = SENT + 1, .target = child_task()};

	(void)state;
	sent();
	looked(true);
	add(r);
	assert_true(child()->ended);
	/* Behind the init. */
	init_exit(EXITED(3), SENT + 2);
	assert_int_equal(run.status, EXITED(3));
	r.target = task_of(CHILD + 1, CHILD_START, 8, "late");
	r.boot_ns = SENT + 3;
	add(r);
	assert_false(check_run_find(&run, CHILD + 1, CHILD_START)->ended);
}

/* Of the origins of a SIGKILL in the init's context only one is the end of the namespace. */
static void test_teardown(void **state)
{
	struct report r = generation(SIGKILL, SENT + 5);

	(void)state;
	sent();
	r.target = child_task();
	r.sender_kind = SENDER_KERNEL;
	r.sender = (struct report_task){0};
	r.sender_acts_for = init_task();
	r.origin = ORIGIN_CGROUP_KILL;
	add(r);
	assert_false(child()->torn_down);
	assert_int_equal(child()->asked, SIGKILL);
	/* Without names of the kernel's functions: behind the end of the init, or nothing. */
	r.origin = ORIGIN_NOT_KNOWN;
	add(r);
	assert_false(child()->torn_down);
	init_exit(EXITED(0), SENT + 6);
	add(r);
	assert_false(child()->torn_down);
	r.boot_ns = SENT + 7;
	r.sender_acts_for = task_of(9, 1, 0, "other");
	add(r);
	assert_false(child()->torn_down);
	r.sender_acts_for = init_task();
	r.result = EVENT_RESULT_IGNORED; /* a zombie */
	add(r);
	assert_false(child()->torn_down);
	r.result = EVENT_RESULT_DELIVERED;
	add(r);
	assert_true(child()->torn_down);
}

static void test_torn_down_by_look(void **state)
{
	(void)state;
	procfs();
	sent();
	looked(true);
	mark(CHECK_MARK_GRACE_OVER, SENT + MS);
	assert_false(child()->torn_down);
	mark(CHECK_MARK_EXITED, SENT + MS);
	assert_true(child()->torn_down);
	/* With BPF only an event proves it. */
	run.processes[0].torn_down = false;
	run.evidence = CHECK_EVIDENCE_BPF;
	mark(CHECK_MARK_EXITED, SENT + MS);
	assert_false(child()->torn_down);
}

static void test_many_processes(void **state)
{
	struct report r = generation(SIGUSR1, STARTED);

	(void)state;
	for (uint32_t i = 0; i < CHECK_PROCESSES_MAX + 10; i++) {
		r.target = task_of(10000 + i, CHILD_START + i % 7 * 10 * MS, 0, "bomb");
		add(r);
	}
	assert_int_equal(run.processes_len, CHECK_PROCESSES_MAX);
	assert_int_equal(run.processes_dropped, 10);
	for (uint32_t i = 0; i < CHECK_PROCESSES_MAX; i++)
		assert_ptr_equal(check_run_find(&run, 10000 + i, CHILD_START + i % 7 * 10 * MS),
				 &run.processes[i]);
	assert_null(check_run_find(&run, 10000 + CHECK_PROCESSES_MAX, CHILD_START));
}

static void test_nothing_is_left(void **state)
{
	(void)state;
	check_run_free(&run);
	check_run_free(&run);
	assert_null(check_run_find(&run, CHILD, CHILD_START));
	assert_null(check_run_generation(&run));
	assert_false(check_run_was_handled(&run));
}

static void test_names(void **state)
{
	static const char *const reasons[] = {
		"graceful",
		"unkillable_sig_dfl",
		"sig_ign",
		"blocked",
		"stopped",
		"not_forwarded",
		"still_running",
		"bad_exit",
		"killed_descendants",
		"odd_exit",
		"crashed",
		"startup_window",
		"exited_early",
		"not_ready",
		"could_not_start",
		"not_sent",
		"not_watched",
		"killed",
		"interrupted",
	};
	static const char *const marks[] = {"started",	  "handler", "ready",  "sent",
					    "grace_over", "killed",  "exited", "report"};

	(void)state;
	assert_int_equal(ARRAY_SIZE(reasons), CHECK_REASON_COUNT);
	for (int i = 0; i < CHECK_REASON_COUNT; i++)
		assert_string_equal(check_reason_name((enum check_reason)i), reasons[i]);
	assert_int_equal(ARRAY_SIZE(marks), CHECK_MARK_COUNT);
	for (int i = 0; i < CHECK_MARK_COUNT; i++)
		assert_string_equal(check_mark_name((enum check_mark)i), marks[i]);
	assert_string_equal(check_evidence_name(CHECK_EVIDENCE_BPF), "bpf");
	assert_string_equal(check_evidence_name(CHECK_EVIDENCE_PROCFS), "procfs");
	assert_string_equal(check_evidence_name(CHECK_EVIDENCE_ENGINE), "engine");
	assert_string_equal(check_verdict_name(CHECK_PASS), "pass");
	assert_string_equal(check_verdict_name(CHECK_FAIL), "fail");
	assert_string_equal(check_verdict_name(CHECK_INCONCLUSIVE), "inconclusive");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_marks),	   TEST(test_order),	       TEST(test_names_are_owned),
		TEST(test_flood),	   TEST(test_flood_of_init),   TEST(test_generation),
		TEST(test_look),	   TEST(test_look_too_late),   TEST(test_awaited),
		TEST(test_handler),	   TEST(test_asked),	       TEST(test_asks),
		TEST(test_ended),	   TEST(test_teardown),	       TEST(test_torn_down_by_look),
		TEST(test_many_processes), TEST(test_nothing_is_left), TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
