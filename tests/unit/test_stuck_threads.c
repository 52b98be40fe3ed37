/* SPDX-License-Identifier: BSD-2-Clause */
/* The stuck report: what the threads of a process are held by. */
#include "stuck_scene.h"

#define S_NS UINT64_C(1000000000)

static void test_frozen(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);

	(void)state;
	scene_expect_not(p, STUCK_RULE_FROZEN);
	p->threads[0].frozen = true;
	scene_expect(p, STUCK_RULE_FROZEN,
		     "frozen by the cgroup freezer (v1): not even SIGKILL acts before it is thawed",
		     "thaw it: docker unpause, or write THAWED to freezer.state of its cgroup");
	scene_expect_not(p, STUCK_RULE_UNINTERRUPTIBLE);
	p->freezer_path = strdup("/sys/fs/cgroup/freezer/a\x1b");
	scene_expect(p, STUCK_RULE_FROZEN,
		     "frozen by cgroup /sys/fs/cgroup/freezer/a\\x1b (v1): not even SIGKILL acts "
		     "before it is thawed",
		     "thaw it: docker unpause, or write THAWED to "
		     "/sys/fs/cgroup/freezer/a\\x1b/freezer.state");
	p->known &= ~PROCESS_KNOWN_FROZEN;
	scene_expect_not(p, STUCK_RULE_FROZEN);
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE, "is in uninterruptible sleep (D)",
		     "no signal ends that wait, often for a disk, NFS or a lock: see "
		     "/proc/20/task/20/stack");
}

static void test_frozen_v2(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	p->threads[0].frozen_v2 = true;
	scene_expect(
		p, STUCK_RULE_FROZEN,
		"frozen by the cgroup freezer (v2): only a signal that ends it acts before it is "
		"thawed",
		"thaw it: docker unpause, or write 0 to cgroup.freeze of its cgroup");
	scene_expect_not(p, STUCK_RULE_SLEEPING);
	p->freezer_path = strdup("/sys/fs/cgroup/x");
	scene_expect(
		p, STUCK_RULE_FROZEN,
		"frozen by cgroup /sys/fs/cgroup/x (v2): only a signal that ends it acts before it "
		"is thawed",
		"thaw it: docker unpause, or write 0 to /sys/fs/cgroup/x/cgroup.freeze");
	/* By both: what holds even SIGKILL is what counts. */
	scene_thread(p, 21, "w", SLEEPS)->frozen = true;
	scene_expect(p, STUCK_RULE_FROZEN,
		     "frozen by cgroup /sys/fs/cgroup/x (v1): not even SIGKILL acts before it is "
		     "thawed",
		     "thaw it: docker unpause, or write THAWED to /sys/fs/cgroup/x/freezer.state");
}

/* Frozen while it runs, waits, exits: that it is frozen is all there is to say. */
static void test_frozen_is_all(void **state)
{
	struct process *p = scene_process(20, "app", 17, RUNS);
	struct stuck s;

	(void)state;
	p->threads[0].frozen = true;
	scene_thread(p, 21, "w", SLEEPS)->frozen = true;
	scene_place(&p->threads[1], "wait4", "do_wait")->args[0] = UINT64_MAX;
	s = scene_examine(p, SIGTERM);
	assert_int_equal(s.len, 1);
	p->signal_flags = GROUP_EXIT;
	p->threads[0].exiting = true;
	s = scene_examine(p, SIGTERM);
	assert_int_equal(s.len, 1);
}

static void test_traced(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_expect_not(p, STUCK_RULE_TRACED);
	scene_process(77, "strace", 1, SLEEPS);
	p->threads[0].tracer_tgid = 77;
	scene_expect(p, STUCK_RULE_TRACED,
		     "traced by strace[77], which decides what becomes of its signals", NULL);
	p->threads[0].state = HELD;
	scene_expect(p, STUCK_RULE_TRACED,
		     "held by its tracer strace[77]: nothing happens until that lets it run",
		     "let the tracer continue it, detach, or end");
	scene_thread(p, 21, "w", SLEEPS)->tracer_tgid = 78;
	scene_expect(p, STUCK_RULE_TRACED,
		     "thread app[20] is held by its tracer strace[77]: nothing happens until that "
		     "lets it run",
		     "let the tracer continue it, detach, or end");
	p->threads[1].state = HELD;
	p->threads[0].tracer_tgid = 78;
	scene_expect(p, STUCK_RULE_TRACED,
		     "2 threads are held by its tracer process 78: nothing happens until that "
		     "lets it run",
		     "let the tracer continue it, detach, or end");
}

/* Held comes before the sleep of the others, traced only after what the threads do. */
static void test_traced_order(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);
	struct stuck s;

	(void)state;
	p->threads[0].tracer_tgid = 77;
	s = scene_examine(p, SIGTERM);
	assert_int_equal(s.len, 2);
	assert_int_equal(s.findings[0].rule, STUCK_RULE_UNINTERRUPTIBLE);
	assert_int_equal(s.findings[1].rule, STUCK_RULE_TRACED);
	scene_thread(p, 21, "w", HELD)->tracer_tgid = 77;
	s = scene_examine(p, SIGTERM);
	assert_int_equal(s.len, 2);
	assert_int_equal(s.findings[0].rule, STUCK_RULE_TRACED);
}

static void test_stopped(void **state)
{
	struct process *p = scene_process(20, "app", 17, STOPPED);

	(void)state;
	scene_expect(p, STUCK_RULE_STOPPED, "stopped: nothing but SIGKILL acts before a SIGCONT",
		     "kill -CONT 20");
	p->signal_flags = STOP_STOPPED;
	p->group_exit_code = SIGTSTP;
	scene_expect(p, STUCK_RULE_STOPPED,
		     "stopped by SIGTSTP: nothing but SIGKILL acts before a SIGCONT",
		     "kill -CONT 20");
	p->group_exit_code = SIGTERM;
	scene_expect(p, STUCK_RULE_STOPPED, "stopped: nothing but SIGKILL acts before a SIGCONT",
		     "kill -CONT 20");
	p->group_exit_code = SIGTSTP;
	p->known &= ~PROCESS_KNOWN_SIGNAL_FLAGS;
	scene_expect(p, STUCK_RULE_STOPPED, "stopped: nothing but SIGKILL acts before a SIGCONT",
		     "kill -CONT 20");
	/* Held by a tracer, which is another kind of stop. */
	p->threads[0].state = HELD;
	scene_expect_not(p, STUCK_RULE_STOPPED);
}

static void test_vfork(void **state)
{
	struct process *p = scene_process(20, "app", 17, KILLABLE);
	struct process *child = scene_process(21, "kid", 20, SLEEPS);

	(void)state;
	scene_expect_not(p, STUCK_RULE_VFORK);
	child->vfork_child = true;
	scene_expect(p, STUCK_RULE_VFORK,
		     "waits in vfork (D) until its child kid[21] calls exec or ends",
		     "see what holds that: sigtrace inspect -p 21");
	scene_expect_not(p, STUCK_RULE_UNINTERRUPTIBLE);
	scene_place(&p->threads[0], "clone3", "kernel_clone");
	scene_asleep(&p->threads[0], 3 * S_NS);
	scene_expect(p, STUCK_RULE_VFORK,
		     "waits in vfork (D) until its child kid[21] calls exec or ends, 3.0 s so far",
		     "see what holds that: sigtrace inspect -p 21");
	child->known &= ~PROCESS_KNOWN_VFORK;
	scene_expect_not(p, STUCK_RULE_VFORK);
	child->known |= PROCESS_KNOWN_VFORK;
	child->parent_tgid = 17;
	scene_expect_not(p, STUCK_RULE_VFORK);
	child->parent_tgid = 20;
	/* Of a kernel thread the same member of the task means something else. */
	child->kernel_thread = true;
	scene_expect_not(p, STUCK_RULE_VFORK);
	child->kernel_thread = false;
	p->threads[0].state = SLEEPS;
	scene_expect_not(p, STUCK_RULE_VFORK);
	p->threads[0].state = KILLABLE;
	p->threads[0].place->syscall = scene_syscall("read");
	scene_expect_not(p, STUCK_RULE_VFORK);
}

static void test_vfork_not_the_leader(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_thread(p, 22, "v", KILLABLE);
	scene_process(23, "kid", 20, SLEEPS)->vfork_child = true;
	scene_expect(p, STUCK_RULE_VFORK,
		     "thread v[22] waits in vfork (D) until its child kid[23] calls exec or ends",
		     "see what holds that: sigtrace inspect -p 23");
}

static void test_vfork_which_thread(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);
	struct process *child;

	(void)state;
	scene_thread(p, 22, "v", KILLABLE);
	child = scene_process(23, "kid", 20, SLEEPS);
	child->vfork_child = true;
	/* One of the two is in vfork(), and nothing tells which. */
	scene_expect_not(p, STUCK_RULE_VFORK);
	scene_place(&p->threads[0], "read", "");
	scene_place(&p->threads[1], "clone", "");
	scene_expect(p, STUCK_RULE_VFORK,
		     "thread v[22] waits in vfork (D) until its child kid[23] calls exec or ends",
		     "see what holds that: sigtrace inspect -p 23");
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "the main thread app[20] is in uninterruptible sleep (D) in system call read",
		     "no signal ends that wait, often for a disk, NFS or a lock: see "
		     "/proc/20/task/20/stack");
}

#define IN_D	  "uninterruptible sleep (D)"
#define NO_SIGNAL "no signal ends that wait, often for a disk, NFS or a lock: see "

static void test_uninterruptible(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);

	(void)state;
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE, "is in " IN_D,
		     NO_SIGNAL "/proc/20/task/20/stack");
	scene_place(&p->threads[0], NULL, "io_schedule");
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE, "is in " IN_D " in io_schedule",
		     NO_SIGNAL "/proc/20/task/20/stack");
	p->threads[0].place->in_syscall = true;
	p->threads[0].place->syscall = scene_syscall("read");
	scene_asleep(&p->threads[0], 12300000000);
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "is in " IN_D " in system call read (io_schedule) for 12.3 s",
		     NO_SIGNAL "/proc/20/task/20/stack");
	p->threads[0].place->syscall = 99999;
	p->threads[0].place->wchan[0] = '\0';
	p->threads[0].state = KILLABLE;
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "is in " IN_D " in system call 99999 for 12.3 s; only a fatal signal wakes it",
		     "kill -KILL 20");
	/* That is under way. */
	p->signal_flags = GROUP_EXIT;
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "is in " IN_D " in system call 99999 for 12.3 s; only a fatal signal wakes it",
		     NULL);
}

static void test_uninterruptible_many(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_expect_not(p, STUCK_RULE_UNINTERRUPTIBLE);
	scene_thread(p, 21, "a", SLEEPS_D);
	scene_thread(p, 22, "b", SLEEPS_D);
	scene_thread(p, 23, "c", SLEEPS_D);
	scene_thread(p, 24, "d", IDLE);
	scene_asleep(&p->threads[1], 1 * S_NS);
	scene_asleep(&p->threads[2], 5 * S_NS);
	/* As long as another: the first one. */
	scene_asleep(&p->threads[3], 5 * S_NS);
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "3 threads are in " IN_D ", such as b[22] for 5.0 s",
		     NO_SIGNAL "/proc/20/task/22/stack");
	p->threads[0].state = SLEEPS_D;
	p->threads[4].state = SLEEPS_D;
	scene_asleep(&p->threads[0], 50 * S_NS);
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "all 5 threads are in " IN_D ", the main thread app[20] for 50.0 s",
		     NO_SIGNAL "/proc/20/task/20/stack");
}

/* Before 5.16 the threads wait for the end of a core dump in D. */
static void test_uninterruptible_core_dump(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS_D);

	(void)state;
	p->core_dumping = true;
	scene_thread(p, 21, "w", SLEEPS_D)->exiting = true;
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE, "the main thread app[20] is in " IN_D,
		     NO_SIGNAL "/proc/20/task/20/stack");
	p->core_dumping = false;
	p->signal_flags = GROUP_EXIT;
	scene_expect(p, STUCK_RULE_UNINTERRUPTIBLE,
		     "all 2 threads are in " IN_D ", the main thread app[20]",
		     NO_SIGNAL "/proc/20/task/20/stack");
}

static void test_exiting(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_thread(p, 21, "w", RUNS)->exiting = true;
	/* A thread that ends while the process goes on is nothing to tell. */
	scene_expect_not(p, STUCK_RULE_EXITING);
	scene_expect_not(p, STUCK_RULE_RUNNING);
	p->signal_flags = GROUP_EXIT;
	scene_place(&p->threads[1], NULL, "exit_mmap");
	scene_expect(p, STUCK_RULE_EXITING, "thread w[21] is on its way out in exit_mmap", NULL);
	scene_thread(p, 22, "x", ZOMBIE);
	scene_expect(p, STUCK_RULE_EXITING, "thread w[21] is on its way out in exit_mmap", NULL);
	scene_asleep(&p->threads[1], 3 * S_NS);
	scene_expect(p, STUCK_RULE_EXITING, "thread w[21] is on its way out in exit_mmap for 3.0 s",
		     NULL);
	p->threads[1].asleep_known = false;
	scene_thread(p, 23, "y", SLEEPS)->exiting = true;
	scene_asleep(&p->threads[3], 2 * S_NS);
	scene_expect(p, STUCK_RULE_EXITING,
		     "2 threads are on their way out, such as w[21] in exit_mmap", NULL);
	/* What is more telling is said instead. */
	p->threads[1].state = SLEEPS_D;
	p->threads[3].state = HELD;
	p->threads[3].tracer_tgid = 77;
	scene_expect_not(p, STUCK_RULE_EXITING);
}

#define UNBLOCK                                                                               \
	"unblock SIGTERM in the program (a blocked mask is inherited across fork and exec); " \
	"SIGKILL cannot be blocked: kill -KILL 20"

static void test_blocked(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	p->threads[0].blocked = signal_bit(SIGTERM);
	scene_expect_not(p, STUCK_RULE_BLOCKED);
	p->pending = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "it blocks SIGTERM, which stays pending until it is unblocked", UNBLOCK);
	p->signalfd = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "it blocks SIGTERM, which stays pending until it is unblocked", UNBLOCK);
	p->known |= PROCESS_KNOWN_SIGNALFD;
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "it blocks SIGTERM, which stays pending until it is unblocked, or read from "
		     "the signalfd that takes it",
		     UNBLOCK);
	p->threads[0].blocked = signal_bit(SIGINT);
	scene_expect_not(p, STUCK_RULE_BLOCKED);
	p->pending = signal_bit(SIGKILL);
	p->threads[0].blocked = UINT64_MAX;
	scene_expect_not(p, STUCK_RULE_BLOCKED);
}

static void test_blocked_by_threads(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	p->threads[0].blocked = signal_bit(SIGTERM);
	p->pending = signal_bit(SIGTERM);
	scene_thread(p, 21, "w", SLEEPS);
	scene_expect_not(p, STUCK_RULE_BLOCKED);
	/* One that exits takes no signals. */
	p->threads[1].exiting = true;
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "it blocks SIGTERM, which stays pending until it is unblocked", UNBLOCK);
	p->threads[1].exiting = false;
	p->threads[1].blocked = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "all its threads block SIGTERM, which stays pending until it is unblocked",
		     UNBLOCK);
}

static void test_blocked_for_one_thread(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_thread(p, 21, "w", SLEEPS);
	p->threads[1].blocked = signal_bit(SIGTERM);
	p->threads[1].pending = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "thread w[21] blocks SIGTERM, which stays pending until it is unblocked",
		     UNBLOCK);
	/* It is for one, whoever else blocks it. */
	p->threads[0].blocked = signal_bit(SIGTERM);
	assert_int_equal(scene_examine(p, 0).findings[0].count, 1);
	assert_int_equal(scene_examine(p, 0).findings[0].rule, STUCK_RULE_BLOCKED);
	/* Blocked by another thread than the one it is for. */
	p->threads[1].blocked = 0;
	p->threads[0].blocked = signal_bit(SIGTERM);
	scene_expect_not(p, STUCK_RULE_BLOCKED);
}

static void test_blocked_for_the_only_thread(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	p->threads[0].blocked = signal_bit(SIGTERM);
	p->threads[0].pending = signal_bit(SIGTERM);
	scene_expect(p, STUCK_RULE_BLOCKED,
		     "it blocks SIGTERM, which stays pending until it is unblocked", UNBLOCK);
	/* Nobody has looked at its threads: then nobody blocks anything. */
	process_forget_details(p);
	p->pending = signal_bit(SIGTERM);
	scene_expect_not(p, STUCK_RULE_BLOCKED);
}

static void test_running(void **state)
{
	struct process *p = scene_process(20, "app", 17, RUNS);

	(void)state;
	scene_expect(p, STUCK_RULE_RUNNING, "is running or ready to run (R)", NULL);
	scene_thread(p, 21, "w", SLEEPS);
	scene_expect(p, STUCK_RULE_RUNNING,
		     "the main thread app[20] is running or ready to run (R)", NULL);
	scene_thread(p, 22, "x", RUNS);
	scene_expect(p, STUCK_RULE_RUNNING,
		     "2 threads are running or ready to run (R), the main thread app[20]", NULL);
	p->threads[0].state = SLEEPS;
	p->threads[2].state = IDLE;
	scene_expect_not(p, STUCK_RULE_RUNNING);
}

static void test_sleeping(void **state)
{
	struct process *p = scene_process(20, "app", 17, SLEEPS);

	(void)state;
	scene_expect(p, STUCK_RULE_SLEEPING, "sleeps", NULL);
	scene_place(&p->threads[0], "futex", "futex_wait_queue");
	scene_asleep(&p->threads[0], 5 * S_NS);
	scene_expect(p, STUCK_RULE_SLEEPING,
		     "sleeps in system call futex (futex_wait_queue) for 5.0 s", NULL);
	scene_asleep(scene_thread(p, 21, "w", SLEEPS), 50 * S_NS);
	scene_expect(p, STUCK_RULE_SLEEPING,
		     "all 2 threads sleep, the main thread app[20] in system call futex "
		     "(futex_wait_queue) for 5.0 s",
		     NULL);
	p->threads[0].state = RUNS;
	scene_thread(p, 22, "x", IDLE);
	scene_expect(p, STUCK_RULE_SLEEPING, "2 threads sleep, such as w[21] for 50.0 s", NULL);
	p->threads[1].state = RUNS;
	p->threads[2].exiting = true;
	scene_expect_not(p, STUCK_RULE_SLEEPING);
}

#define TEST(name) cmocka_unit_test_teardown(name, scene_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frozen),
		TEST(test_frozen_v2),
		TEST(test_frozen_is_all),
		TEST(test_traced),
		TEST(test_traced_order),
		TEST(test_stopped),
		TEST(test_vfork),
		TEST(test_vfork_not_the_leader),
		TEST(test_vfork_which_thread),
		TEST(test_uninterruptible),
		TEST(test_uninterruptible_many),
		TEST(test_uninterruptible_core_dump),
		TEST(test_exiting),
		TEST(test_blocked),
		TEST(test_blocked_by_threads),
		TEST(test_blocked_for_one_thread),
		TEST(test_blocked_for_the_only_thread),
		TEST(test_running),
		TEST(test_sleeping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
