/* SPDX-License-Identifier: BSD-2-Clause */
/* The stuck report: for which child a thread waits. */
#include "stuck_scene.h"
#include "stuck_wait.h"

#define S_NS UINT64_C(1000000000)

#define P_ALL	0
#define P_PID	1
#define P_PGID	2
#define P_PIDFD 3

#define TRAPS "; a shell runs its traps only when its foreground child has ended"
#define BACKGROUND                                                                               \
	"let it start the command with & and `wait` for it, which a trap interrupts, or `exec` " \
	"the last command"

/* A process that waits for one child: wait4(pid), its upper half as it was in the register. */
static struct process *waiting(const char *comm, int32_t pid)
{
	struct process *p = scene_process(20, comm, 17, SLEEPS);

	scene_place(&p->threads[0], "wait4", "do_wait")->args[0] = UINT64_C(0xabcd00000000) |
								   (uint32_t)pid;
	return p;
}

static void waitid(struct process *p, uint64_t type, uint64_t id)
{
	p->threads[0].place->syscall = scene_syscall("waitid");
	p->threads[0].place->args[0] = type;
	p->threads[0].place->args[1] = id;
}

static void test_for_a_number(void **state)
{
	struct process *p = waiting("make", 22);

	(void)state;
	scene_process(22, "cc", 20, SLEEPS);
	scene_process(23, "cc1", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child cc[22]",
		     "see what holds that: sigtrace inspect -p 22");
	scene_expect_not(p, STUCK_RULE_SLEEPING);
	scene_asleep(&p->threads[0], 7 * S_NS);
	p->threads[0].place->args[0] = 24;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child 24, 7.0 s so far",
		     NULL);
	/* Somebody else's. */
	scene_process(24, "other", 17, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child 24, 7.0 s so far",
		     NULL);
}

static void test_for_any(void **state)
{
	struct process *p = waiting("make", -1);

	(void)state;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for any child or tracee", NULL);
	scene_process(22, "cc", 20, SLEEPS);
	scene_process(23, "other", 17, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its only child cc[22]",
		     "see what holds that: sigtrace inspect -p 22");
	scene_process(24, "cc", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for any of its 2 children",
		     NULL);
	scene_process(25, "cc", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for any of its 3 children",
		     NULL);
}

static void test_for_a_group(void **state)
{
	struct process *p = waiting("make", 0);

	(void)state;
	scene_process(22, "cc", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for a child of one process group", NULL);
	p->threads[0].place->args[0] = (uint64_t)-22;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for a child of one process group", NULL);
}

static void test_waitid(void **state)
{
	struct process *p = waiting("make", 0);

	(void)state;
	scene_process(22, "cc", 20, SLEEPS);
	scene_process(23, "cc", 20, SLEEPS);
	waitid(p, P_PID, 23);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (waitid) for its child cc[23]",
		     "see what holds that: sigtrace inspect -p 23");
	waitid(p, P_ALL, 23);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (waitid) for any of its 2 children",
		     NULL);
	waitid(p, P_PGID, 23);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (waitid) for a child of one process group", NULL);
	waitid(p, P_PIDFD, 23);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (waitid) for the child of a pidfd",
		     NULL);
}

static void test_not_waiting(void **state)
{
	struct process *p = waiting("make", 22);

	(void)state;
	scene_process(22, "cc", 20, SLEEPS);
	p->threads[0].state = RUNS;
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
	p->threads[0].state = SLEEPS;
	p->threads[0].place->in_syscall = false;
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
	p->threads[0].place->in_syscall = true;
	p->threads[0].place->syscall_known = false;
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
	p->threads[0].place->syscall_known = true;
	p->threads[0].place->syscall = scene_syscall("read");
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
	p->threads[0].place->syscall = -1;
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
}

/* The number is that of the waiting process's namespace. */
static void test_in_a_namespace(void **state)
{
	struct process *p = waiting("sh.sh", 7);
	struct process *child = scene_process(22, "sleep", 20, SLEEPS);

	(void)state;
	p->ns_level = 1;
	p->ns_tgid = 1;
	child->ns_level = 1;
	child->ns_tgid = 7;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
	p->threads[0].place->args[0] = 22;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for its child 22 (as its PID namespace counts)", NULL);
	/* An init of a namespace below: 7 in there, and in here nobody knows. */
	p->threads[0].place->args[0] = 7;
	child->ns_level = 2;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for its child 7 (as its PID namespace counts)", NULL);
	/* At the top it is known. */
	p->ns_level = 0;
	p->ns_tgid = 20;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child 7", NULL);
	p->threads[0].place->args[0] = 22;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
	child->ns_level = 0;
	child->ns_tgid = 0;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
	/* Without the number nothing says that it is the top. */
	p->ns_tgid = 0;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its child 22", NULL);
}

static void test_shell(void **state)
{
	struct process *p = waiting("bash", -1);

	(void)state;
	scene_process(22, "sleep", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its only child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
	/* bash's own handler for the end of its children. */
	p->caught = signal_bit(SIGCHLD);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its only child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
	/* The report is about SIGTERM: a trap for another signal has nothing to do with it. */
	for (size_t i = 0; i < 3; i++) {
		p->caught = signal_bit((const int[]){SIGINT, SIGHUP, SIGQUIT}[i]);
		scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
			     "waits (wait4) for its only child sleep[22]",
			     "see what holds that: sigtrace inspect -p 22");
	}
	p->caught = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for its only child sleep[22]" TRAPS,
		     BACKGROUND "; now: kill 22");
	scene_process(23, "sleep", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for any of its 2 children" TRAPS,
		     BACKGROUND);
	p->known &= ~PROCESS_KNOWN_DISPOSITIONS;
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for any of its 2 children",
		     NULL);
}

static void test_script(void **state)
{
	struct process *p = waiting("0123456789ab.sh", -1);

	(void)state;
	p->caught = signal_bit(SIGTERM);
	scene_process(22, "sleep", 20, SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "waits (wait4) for its only child sleep[22]" TRAPS,
		     BACKGROUND "; now: kill 22");
	memcpy(p->comm, "supervisor\0\0\0\0\0", sizeof(p->comm));
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD, "waits (wait4) for its only child sleep[22]",
		     "see what holds that: sigtrace inspect -p 22");
}

static void test_by_threads(void **state)
{
	struct process *p = waiting("app", -1);

	(void)state;
	scene_process(30, "kid", 20, SLEEPS);
	scene_thread(p, 21, "w", SLEEPS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "the main thread app[20] waits (wait4) for its only child kid[30]",
		     "see what holds that: sigtrace inspect -p 30");
	scene_expect(p, STUCK_RULE_SLEEPING, "thread w[21] sleeps", NULL);
	scene_place(&p->threads[1], "waitid", "do_wait");
	scene_asleep(&p->threads[0], 1 * S_NS);
	scene_asleep(&p->threads[1], 2 * S_NS);
	scene_expect(p, STUCK_RULE_WAITS_FOR_CHILD,
		     "all 2 threads wait, such as w[21] (waitid) for its only child kid[30], 2.0 "
		     "s so far",
		     "see what holds that: sigtrace inspect -p 30");
	scene_expect_not(p, STUCK_RULE_SLEEPING);
	p->threads[1].exiting = true;
	p->threads[0].exiting = true;
	scene_expect_not(p, STUCK_RULE_WAITS_FOR_CHILD);
}

#define TEST(name) cmocka_unit_test_teardown(name, scene_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_for_a_number), TEST(test_for_any),	 TEST(test_for_a_group),
		TEST(test_waitid),	 TEST(test_not_waiting), TEST(test_in_a_namespace),
		TEST(test_shell),	 TEST(test_script),	 TEST(test_by_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
