/* SPDX-License-Identifier: BSD-2-Clause */
/* The stuck report: why there is one, and what the process as a whole is held by. */
#include "stuck_scene.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void test_names(void **state)
{
	static const char *const rules[] = {
		"zombie",	   "zombie_leader", "namespace_teardown",
		"core_dump",	   "frozen",	    "traced",
		"stopped",	   "exec",	    "vfork",
		"uninterruptible", "exiting",	    "blocked",
		"waits_for_child", "running",	    "sleeping",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(rules), STUCK_RULE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		assert_string_equal(stuck_rule_name((enum stuck_rule)i), rules[i]);
	assert_string_equal(stuck_reason_name(STUCK_REASON_ZOMBIE), "zombie");
	assert_string_equal(stuck_reason_name(STUCK_REASON_DYING), "dying");
	assert_string_equal(stuck_reason_name(STUCK_REASON_PENDING), "pending");
	assert_string_equal(stuck_reason_name(STUCK_REASON_NO_EFFECT), "no_effect");
	assert_string_equal(stuck_reason_name(STUCK_REASON_ALIVE), "alive");
}

static void test_not_due(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
}

static void test_due_no_effect(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	scene_expect_reason(p, SIGTERM, STUCK_REASON_NO_EFFECT, SIGTERM,
			    "SIGTERM would have no effect on it");
}

/* For whoever has seen the signal. */
static void test_reason_alive(void **state)
{
	const struct process *p = scene_process(10, "app", 1, SLEEPS);
	const struct stuck s = {.reason = STUCK_REASON_ALIVE, .sig = SIGTERM};
	char text[SENTENCE_SIZE];
	struct strbuf out;

	(void)state;
	strbuf_init(&out, text, sizeof(text));
	stuck_write_reason(p, &s, &out);
	assert_string_equal(text, "SIGTERM was sent to it, and it has not ended");
}

static void test_due_zombie(void **state)
{
	struct process *p = scene_process(10, "app", 1, ZOMBIE);

	(void)state;
	/* It is dying, too, and the pending signal does not matter any more. */
	p->signal_flags = GROUP_EXIT;
	p->group_exit_code = SIGKILL;
	p->pending = signal_bit(SIGTERM);
	scene_expect_reason(p, SIGTERM, STUCK_REASON_ZOMBIE, 0,
			    "it has ended, and has not been reaped");
	scene_thread(p, 11, "w", SLEEPS);
	scene_expect_reason(p, SIGTERM, STUCK_REASON_DYING, SIGKILL,
			    "it is dying of SIGKILL, and has not ended");
}

static void test_due_dying(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	p->pending = signal_bit(SIGTERM);
	p->signal_flags = GROUP_EXIT;
	p->group_exit_code = SIGTERM | 0x80;
	scene_expect_reason(p, 0, STUCK_REASON_DYING, SIGTERM,
			    "it is dying of SIGTERM, and has not ended");
	p->group_exit_code = 200 << 8;
	scene_expect_reason(p, 0, STUCK_REASON_DYING, 0,
			    "it is exiting with code 200, and has not ended");
}

static void test_due_dying_not_known_of_what(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	/* No group exit: what is in the code is the signal that stopped it. */
	p->threads[0].exiting = true;
	p->group_exit_code = SIGTSTP;
	scene_expect_reason(p, 0, STUCK_REASON_DYING, 0, "it is exiting, and has not ended");
	p->known &= ~PROCESS_KNOWN_SIGNAL_FLAGS;
	p->signal_flags = GROUP_EXIT;
	scene_expect_reason(p, 0, STUCK_REASON_DYING, 0, "it is exiting, and has not ended");
	p->threads[0].exiting = false;
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
}

static void test_due_core_dump_before_5_16(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	p->core_dumping = true;
	p->signal_flags = 0x8;
	p->group_exit_code = SIGSEGV;
	scene_expect_reason(p, 0, STUCK_REASON_DYING, SIGSEGV,
			    "it is dying of SIGSEGV, and has not ended");
}

enum how {
	AT_DEFAULT,
	CAUGHT,
	IGNORED,
};

/* Which pending signals should have ended the process. */
static void test_due_pending(void **state)
{
	static const struct row {
		const char *what;
		int sig;
		enum how how;
		bool init;
		bool due;
	} rows[] = {
		{"at default", SIGTERM, AT_DEFAULT, false, true},
		{"at default, not one to end things", SIGALRM, AT_DEFAULT, false, true},
		{"real-time, at default", 40, AT_DEFAULT, false, true},
		{"the last", SIGNAL_MAX, AT_DEFAULT, false, true},
		{"core", SIGABRT, AT_DEFAULT, false, true},
		{"stops", SIGTSTP, AT_DEFAULT, false, false},
		{"ignored by default", SIGCHLD, AT_DEFAULT, false, false},
		{"ignored", SIGTERM, IGNORED, false, false},
		{"caught, may end it", SIGTERM, CAUGHT, false, true},
		{"caught, may end it", SIGINT, CAUGHT, false, true},
		{"caught, may end it", SIGQUIT, CAUGHT, false, true},
		{"caught, may end it", SIGHUP, CAUGHT, false, true},
		{"caught, does anything", SIGUSR1, CAUGHT, false, false},
		{"init drops it", SIGTERM, AT_DEFAULT, true, false},
		{"init, caught", SIGTERM, CAUGHT, true, true},
		{"init, SIGKILL", SIGKILL, AT_DEFAULT, true, true},
		{"SIGKILL", SIGKILL, AT_DEFAULT, false, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int of_thread = 0; of_thread < 2; of_thread++) {
			struct process *p = scene_process(10, "app", 1, SLEEPS);
			struct stuck s;

			*(of_thread ? &p->threads[0].pending
				    : &p->pending) = signal_bit(rows[i].sig);
			*(rows[i].how == CAUGHT ? &p->caught : &p->ignored) =
				rows[i].how == AT_DEFAULT ? 0 : signal_bit(rows[i].sig);
			p->namespace_init = rows[i].init;
			if (stuck_is_due(p, 0, &s) != rows[i].due)
				fail_msg("%s: SIG %d", rows[i].what, rows[i].sig);
			assert_int_equal(s.reason,
					 rows[i].due ? STUCK_REASON_PENDING : STUCK_REASON_NONE);
			assert_int_equal(s.sig, rows[i].due ? rows[i].sig : 0);
			scene_clear(state);
		}
	}
}

static void test_due_pending_of_a_later_thread(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	scene_thread(p, 11, "w", SLEEPS)->pending = signal_bit(SIGTERM);
	scene_expect_reason(p, SIGINT, STUCK_REASON_PENDING, SIGTERM,
			    "SIGTERM is pending, and has not been acted on");
}

static void test_due_pending_which(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);
	struct stuck s;

	(void)state;
	p->pending = signal_bit(SIGHUP) | signal_bit(SIGUSR1) | signal_bit(SIGTERM);
	assert_true(stuck_is_due(p, 0, &s));
	assert_int_equal(s.sig, SIGTERM);
	p->pending |= signal_bit(SIGKILL);
	assert_true(stuck_is_due(p, 0, &s));
	assert_int_equal(s.sig, SIGKILL);
}

static void test_due_pending_unkillable(void **state)
{
	struct process *p = scene_process(10, "app", 1, SLEEPS);

	(void)state;
	p->pending = signal_bit(SIGTERM);
	p->signal_flags = UNKILLABLE;
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
	p->known &= ~PROCESS_KNOWN_SIGNAL_FLAGS;
	scene_expect_reason(p, 0, STUCK_REASON_PENDING, SIGTERM,
			    "SIGTERM is pending, and has not been acted on");
	/* Neither caught nor ignored is proven. */
	p->known &= ~PROCESS_KNOWN_DISPOSITIONS;
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
}

static void test_due_pending_init(void **state)
{
	struct process *p = scene_process(1, "init", 0, SLEEPS);

	(void)state;
	p->known &= ~PROCESS_KNOWN_SIGNAL_FLAGS;
	p->pending = signal_bit(SIGTERM);
	p->global_init = true;
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
}

static void test_due_kernel_thread(void **state)
{
	struct process *p = scene_process(10, "kworker/0:1", 2, IDLE);

	(void)state;
	p->kernel_thread = true;
	p->pending = signal_bit(SIGKILL);
	scene_expect_reason(p, 0, STUCK_REASON_NONE, 0, "");
}

#define NO_SIGNAL "no signal removes a zombie: "

static void test_zombie(void **state)
{
	struct process *p;

	(void)state;
	scene_process(17, "foo", 1, SLEEPS);
	p = scene_process(20, "app", 17, ZOMBIE);
	p->threads[0].exit_code = SIGKILL;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (SIGKILL), and its parent foo[17] has not reaped it",
		     NO_SIGNAL "foo[17] must wait() for it, or end itself");
	p->threads[0].exit_code = 201 << 8;
	scene_expect(
		p, STUCK_RULE_ZOMBIE,
		"a zombie: it has ended (exit code 201), and its parent foo[17] has not reaped "
		"it",
		NO_SIGNAL "foo[17] must wait() for it, or end itself");
	/* wait4() gives the code of the group exit, whatever the main thread's is. */
	p->signal_flags = GROUP_EXIT;
	p->group_exit_code = 0;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its parent foo[17] has not reaped "
		     "it",
		     NO_SIGNAL "foo[17] must wait() for it, or end itself");
}

static void test_zombie_from_proc(void **state)
{
	struct process *p = scene_process(20, "app", 17, ZOMBIE);

	(void)state;
	p->known &= ~PROCESS_KNOWN_SIGNAL_FLAGS;
	p->group_exit_code = SIGKILL;
	p->signal_flags = GROUP_EXIT;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended, and its parent process 17 has not reaped it",
		     NO_SIGNAL "process 17 must wait() for it, or end itself");
	p->threads[0].exit_code = SIGSEGV | 0x80;
	p->parent_tgid = 0;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (SIGSEGV), and its parent has not reaped it",
		     NO_SIGNAL "its parent must wait() for it, or end itself");
}

static void test_zombie_of_init(void **state)
{
	struct process *init = scene_process(17, "app", 1, SLEEPS);
	struct process *p = scene_process(20, "sh", 17, ZOMBIE);

	(void)state;
	init->namespace_init = true;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its parent app[17] has not reaped "
		     "it",
		     NO_SIGNAL "app[17] must wait() for it; as PID 1 it gets the orphans of its "
			       "namespace, too: start an init in front of it (docker run --init, "
			       "tini)");
	/* The machine's: nobody may end it. */
	init->global_init = true;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its parent app[17] has not reaped "
		     "it",
		     NO_SIGNAL "app[17] must wait() for it");
}

static void test_zombie_traced(void **state)
{
	struct process *p;

	(void)state;
	scene_process(17, "foo", 1, SLEEPS);
	p = scene_process(20, "app", 17, ZOMBIE);
	scene_thread(p, 21, "w", ZOMBIE)->tracer_tgid = 77;
	scene_process(77, "strace", 1, SLEEPS);
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its tracer strace[77] has not "
		     "reaped its thread w[21]",
		     NO_SIGNAL "strace[77] must wait() for it, detach, or end");
	p->threads[0].tracer_tgid = 78;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its tracer process 78 has not "
		     "reaped it",
		     NO_SIGNAL "process 78 must wait() for it, detach, or end");
	/* Traced by its parent: then it is the parent's in both ways. */
	p->threads[0].tracer_tgid = 17;
	p->threads[1].tracer_tgid = 17;
	scene_expect(p, STUCK_RULE_ZOMBIE,
		     "a zombie: it has ended (exit code 0), and its parent foo[17] has not reaped "
		     "it",
		     NO_SIGNAL "foo[17] must wait() for it, or end itself");
}

/* A zombie is nothing else: nothing of it runs, sleeps or is traced. */
static void test_zombie_is_all(void **state)
{
	struct process *p = scene_process(20, "app", 17, ZOMBIE);
	struct stuck s;

	(void)state;
	p->threads[0].tracer_tgid = 77;
	p->threads[0].frozen = true;
	scene_thread(p, 21, "w", DEAD)->frozen_v2 = true;
	s = scene_examine(p, SIGTERM);
	assert_int_equal(s.len, 1);
	assert_int_equal(s.findings[0].rule, STUCK_RULE_ZOMBIE);
}

static void test_zombie_leader(void **state)
{
	struct process *p = scene_process(20, "app", 17, ZOMBIE);
	struct thread *w = scene_thread(p, 21, "w", SLEEPS);

	(void)state;
	scene_expect(p, STUCK_RULE_ZOMBIE_LEADER,
		     "its main thread has exited, but 1 thread lives: w[21]",
		     "ps shows it as defunct, but it is no zombie: see its threads with ps -L -p "
		     "20");
	scene_expect_not(p, STUCK_RULE_ZOMBIE);
	scene_thread(p, 22, "gone", ZOMBIE);
	scene_asleep(scene_thread(p, 23, "x\n", SLEEPS), 5);
	scene_expect(p, STUCK_RULE_ZOMBIE_LEADER,
		     "its main thread has exited, but 2 threads live, such as w[21]",
		     "ps shows it as defunct, but it is no zombie: see its threads with ps -L -p "
		     "20");
	/* The array may have moved. */
	w = &p->threads[1];
	w->exiting = true;
	scene_expect(p, STUCK_RULE_ZOMBIE_LEADER,
		     "its main thread has exited, but 1 thread lives: x\\x0a[23]",
		     "ps shows it as defunct, but it is no zombie: see its threads with ps -L -p "
		     "20");
	p->threads[0].state = SLEEPS;
	scene_expect_not(p, STUCK_RULE_ZOMBIE_LEADER);
}

#define INSIDE 4026532001
#define BELOW  4026532002

/* An init that is exiting, number 30, and what starts it, number 29. */
static struct process *dying_init(void)
{
	struct process *init;

	scene_process(29, "shim", 1, SLEEPS);
	init = scene_process(30, "init", 29, SLEEPS);
	init->namespace_init = true;
	init->pid_ns = INSIDE;
	init->ns_level = 1;
	init->threads[0].exiting = true;
	return init;
}

static struct process *inside(struct process *p, uint32_t pid_ns, uint32_t level)
{
	p->pid_ns = pid_ns;
	p->ns_level = level;
	return p;
}

#define ENDS_LAST "PID 1 of a namespace, it ends after all others in there: "

static void test_namespace_teardown(void **state)
{
	struct process *init = dying_init();

	(void)state;
	scene_expect_not(init, STUCK_RULE_NAMESPACE_TEARDOWN);
	scene_stranger(31, "out", 29, SLEEPS_D);
	scene_expect_not(init, STUCK_RULE_NAMESPACE_TEARDOWN);
	inside(scene_stranger(40, "a", 30, SLEEPS), INSIDE, 1);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN, ENDS_LAST "1 is left, a[40]",
		     "see what holds that: sigtrace inspect -p 40");
	/* In a namespace below, by way of a process that was started from outside. */
	inside(scene_stranger(41, "entered", 29, SLEEPS), INSIDE, 1);
	inside(scene_stranger(42, "b", 41, SLEEPS), BELOW, 2);
	inside(scene_stranger(43, "c", 42, SLEEPS_D), BELOW, 2);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "4 are left, such as c[43] in uninterruptible sleep (D)",
		     "see what holds that: sigtrace inspect -p 43");
	/* One that init reaps by itself, then one that only its parent outside can reap. */
	inside(scene_stranger(44, "d", 40, ZOMBIE), INSIDE, 1);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "5 are left, such as c[43] in uninterruptible sleep (D)",
		     "see what holds that: sigtrace inspect -p 43");
	inside(scene_stranger(45, "e", 29, ZOMBIE), INSIDE, 1);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "6 are left, such as the zombie e[45] that shim[29] has not reaped",
		     "shim[29] must wait() for it, or end itself");
}

static void test_namespace_teardown_only_when_dying(void **state)
{
	struct process *init = dying_init();

	(void)state;
	inside(scene_stranger(40, "a", 30, SLEEPS), INSIDE, 1);
	init->threads[0].exiting = false;
	scene_expect_not(init, STUCK_RULE_NAMESPACE_TEARDOWN);
	init->threads[0].exiting = true;
	init->namespace_init = false;
	scene_expect_not(init, STUCK_RULE_NAMESPACE_TEARDOWN);
}

/* The namespaces' numbers may be unreadable in /proc: then only the descent counts. */
static void test_namespace_teardown_without_numbers(void **state)
{
	struct process *init = dying_init();

	(void)state;
	init->pid_ns = 0;
	scene_stranger(31, "out", 29, SLEEPS)->pid_ns = 0;
	inside(scene_stranger(40, "a", 30, SLEEPS), 0, 1);
	inside(scene_stranger(41, "b", 40, SLEEPS), 0, 1);
	inside(scene_stranger(42, "loop", 43, SLEEPS), 0, 1);
	inside(scene_stranger(43, "loop", 42, SLEEPS), 0, 1);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN, ENDS_LAST "2 are left, such as a[40]",
		     "see what holds that: sigtrace inspect -p 40");
	scene.evidence = PROCESS_EVIDENCE_PROCFS;
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "at least 2 are left, such as a[40]",
		     "see what holds that: sigtrace inspect -p 40");
}

/* The leader of one that nobody asked for has exited, and others live: not a zombie. */
static void test_namespace_teardown_zombie_leader(void **state)
{
	struct process *init = dying_init();
	struct process *left = inside(scene_stranger(40, "a", 29, ZOMBIE), INSIDE, 1);

	(void)state;
	left->thread_count = 2;
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN, ENDS_LAST "1 is left, a[40]",
		     "see what holds that: sigtrace inspect -p 40");
	left->thread_count = 1;
	left->known &= ~PROCESS_KNOWN_STATE;
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN, ENDS_LAST "1 is left, a[40]",
		     "see what holds that: sigtrace inspect -p 40");
	left->known |= PROCESS_KNOWN_STATE;
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "1 is left, the zombie a[40] that shim[29] has not reaped",
		     "shim[29] must wait() for it, or end itself");
}

/* What was asked for, too: its own threads tell. */
static void test_namespace_teardown_selected(void **state)
{
	struct process *init = dying_init();
	struct process *left = inside(scene_process(40, "a", 29, SLEEPS_D), INSIDE, 1);

	(void)state;
	inside(scene_stranger(39, "b", 30, SLEEPS), INSIDE, 1);
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "2 are left, such as a[40] in uninterruptible sleep (D)",
		     "see what holds that: sigtrace inspect -p 40");
	left = process_table_find(&scene, 40);
	left->threads[0].state = ZOMBIE;
	scene_expect(init, STUCK_RULE_NAMESPACE_TEARDOWN,
		     ENDS_LAST "2 are left, such as the zombie a[40] that shim[29] has not reaped",
		     "shim[29] must wait() for it, or end itself");
}

static void test_core_dump(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_expect_not(p, STUCK_RULE_CORE_DUMP);
	p->core_dumping = true;
	scene_expect(p, STUCK_RULE_CORE_DUMP, "its core dump is being written",
		     "wait for the dump to end, or give it up: kill -KILL 20");
}

static void test_exec(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);

	(void)state;
	scene_expect_not(p, STUCK_RULE_EXEC);
	p->group_exec = true;
	scene_expect(p, STUCK_RULE_EXEC,
		     "one of its threads is in exec, which waits for the others to end", NULL);
}

/* Everything at once: the bound holds, and what is most telling is there. */
static void test_bounded_and_in_order(void **state)
{
	struct process *p = dying_init();
	struct stuck s;

	(void)state;
	p->core_dumping = true;
	p->group_exec = true;
	inside(scene_stranger(40, "a", 30, SLEEPS), INSIDE, 1);
	scene_thread(p, 31, "f", SLEEPS)->frozen = true;
	scene_thread(p, 32, "h", HELD)->tracer_tgid = 77;
	scene_thread(p, 33, "s", STOPPED);
	scene_thread(p, 34, "d", SLEEPS_D);
	scene_thread(p, 35, "r", RUNS);
	scene_place(scene_thread(p, 36, "w", SLEEPS), "wait4", "do_wait")->args[0] = UINT64_MAX;
	scene_thread(p, 37, "z", SLEEPS);
	p->signal_flags = GROUP_EXIT;
	s = scene_examine(p, 0);
	assert_int_equal(s.len, STUCK_FINDINGS_MAX);
	assert_int_equal(s.findings[0].rule, STUCK_RULE_NAMESPACE_TEARDOWN);
	for (size_t i = 1; i < s.len; i++)
		assert_true(s.findings[i].rule != s.findings[i - 1].rule);
	assert_int_equal(s.findings[1].rule, STUCK_RULE_CORE_DUMP);
	assert_int_equal(s.findings[2].rule, STUCK_RULE_FROZEN);
	assert_int_equal(s.findings[3].rule, STUCK_RULE_TRACED);
	assert_int_equal(s.findings[4].rule, STUCK_RULE_STOPPED);
	assert_int_equal(s.findings[5].rule, STUCK_RULE_EXEC);
	assert_int_equal(s.findings[6].rule, STUCK_RULE_UNINTERRUPTIBLE);
	assert_int_equal(s.findings[7].rule, STUCK_RULE_WAITS_FOR_CHILD);
}

#define TEST(name) cmocka_unit_test_teardown(name, scene_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_not_due),
		TEST(test_due_no_effect),
		TEST(test_reason_alive),
		TEST(test_due_zombie),
		TEST(test_due_dying),
		TEST(test_due_dying_not_known_of_what),
		TEST(test_due_core_dump_before_5_16),
		TEST(test_due_pending),
		TEST(test_due_pending_of_a_later_thread),
		TEST(test_due_pending_which),
		TEST(test_due_pending_unkillable),
		TEST(test_due_pending_init),
		TEST(test_due_kernel_thread),
		TEST(test_zombie),
		TEST(test_zombie_from_proc),
		TEST(test_zombie_of_init),
		TEST(test_zombie_traced),
		TEST(test_zombie_is_all),
		TEST(test_zombie_leader),
		TEST(test_namespace_teardown),
		TEST(test_namespace_teardown_only_when_dying),
		TEST(test_namespace_teardown_without_numbers),
		TEST(test_namespace_teardown_zombie_leader),
		TEST(test_namespace_teardown_selected),
		TEST(test_core_dump),
		TEST(test_exec),
		TEST(test_bounded_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
