/* SPDX-License-Identifier: BSD-2-Clause */
/* Watched: signals to processes that do not run, and stop signals. */
#include "chain_reports.h"

/* include/linux/sched.h */
#define STOPPED 0x0004

static void assert_fate(uint32_t tgid, enum signal_fate fate, enum chain_halt halt, bool is_taken)
{
	const struct chain_node *n = chain_node(tgid);

	assert_int_equal(n->fate, fate);
	assert_int_equal(n->halt, halt);
	assert_int_equal(n->taken, is_taken);
}

static struct report to_halted(int sig, uint32_t to, enum reaction reaction, enum chain_halt halt)
{
	struct report r = generation(sig, DOCKERD, to, reaction);

	if (halt == CHAIN_HALT_STOPPED)
		r.state = STOPPED;
	else if (halt != CHAIN_HALT_NONE)
		r.facts |= halt == CHAIN_HALT_FROZEN ? EVENT_FACT_FROZEN : EVENT_FACT_FROZEN_V2;
	return r;
}

/* Nobody took it: it is pending until the process runs. */
static void test_not_taken(void **state)
{
	static const struct {
		enum reaction reaction;
		enum chain_halt halt;
	} rows[] = {
		{SIGWAITS, CHAIN_HALT_FROZEN},	{SIGWAITS, CHAIN_HALT_FROZEN_V2},
		{SIGWAITS, CHAIN_HALT_STOPPED}, {BLOCKS, CHAIN_HALT_FROZEN},
		{BLOCKS, CHAIN_HALT_FROZEN_V2}, {BLOCKS, CHAIN_HALT_STOPPED},
		{QUEUED, CHAIN_HALT_FROZEN},	{QUEUED, CHAIN_HALT_STOPPED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_free(&chain);
		watch_setup(state);
		make_tree();
		feed(to_halted(SIGTERM, ROOT, rows[i].reaction, rows[i].halt));
		assert_fate(ROOT, SIGNAL_FATE_PENDING, rows[i].halt, false);
		conclude();
		chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_DROP);
		chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_PARENT_DROPS, 0, CHAIN_DOES_NOTHING);
	}
}

/* Meanwhile somebody else let it run. */
static void test_taken_later(void **state)
{
	(void)state;
	make_tree();
	feed(to_halted(SIGTERM, ROOT, SIGWAITS, CHAIN_HALT_FROZEN));
	taken(ROOT, SIGTERM);
	assert_fate(ROOT, SIGNAL_FATE_HANDLED, CHAIN_HALT_FROZEN, true);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
}

/* Not even a group exit that has begun acts in the freezer of cgroup v1. */
static void test_dies_later(void **state)
{
	(void)state;
	make_tree();
	feed(to_halted(SIGTERM, ROOT, DIES, CHAIN_HALT_FROZEN));
	assert_fate(ROOT, SIGNAL_FATE_PENDING, CHAIN_HALT_FROZEN, false);
	feed(to_halted(SIGTERM, OTHER, DIES, CHAIN_HALT_FROZEN_V2));
	assert_fate(OTHER, SIGNAL_FATE_ACTED, CHAIN_HALT_NONE, false);
	ends(ROOT, SIGTERM);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
}

/* A second signal has the effect that the first one had not. */
static void test_second_signal(void **state)
{
	(void)state;
	make_tree();
	feed(to_halted(SIGTERM, ROOT, SIGWAITS, CHAIN_HALT_FROZEN_V2));
	sends(SIGINT, DOCKERD, ROOT, DIES);
	assert_int_equal(chain_node(ROOT)->sig, SIGINT);
	assert_fate(ROOT, SIGNAL_FATE_ACTED, CHAIN_HALT_NONE, false);
}

/* dumb-init makes SIGSTOP of the terminal's stop signals, and only of these. */
static void test_terminal_stop_rewritten(void **state)
{
	(void)state;
	make_tree();
	chain.wanted |= signal_bit(SIGTSTP);
	chain_runs(ROOT, PROGRAM_DUMB_INIT)->to_group = PROGRAM_YES;
	sends(SIGTSTP, DOCKERD, ROOT, SIGWAITS);
	sends(SIGSTOP, ROOT, CHILD, QUEUED);
	feed(delivery(SIGSTOP, CHILD, 0));
	assert_true(chain.edges[1].asks);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_FORWARD);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_STOP);
}

static void test_stop_is_no_forwarding(void **state)
{
	(void)state;
	make_tree();
	chain_runs(ROOT, PROGRAM_DUMB_INIT);
	sends(SIGTERM, DOCKERD, ROOT, SIGWAITS);
	sends(SIGSTOP, ROOT, CHILD, QUEUED);
	assert_false(chain.edges[1].asks);
	chain_node(ROOT)->program.by_name_only = true;
	chain_node(ROOT)->sig = SIGTSTP;
	sends(SIGSTOP, ROOT, CHILD, QUEUED);
	assert_false(chain.edges[2].asks);
}

/* The kernel gives it up at delivery: nobody could continue whom it stops. */
static void stop_in_group_of(uint32_t parent)
{
	chain_process(1, 0, "init")->global_init = true;
	chain_session(chain_process(5, 1, "shell"));
	chain_group(chain_process(ROOT, parent, "bash"));
	chain_process(CHILD, ROOT, "runner");
	process_table_find(&chain.table, ROOT)->sid = 5;
	process_table_find(&chain.table, CHILD)->sid = 5;
	chain_make(ROOT, 0);
	chain.wanted |= signal_bit(SIGTSTP) | signal_bit(SIGSTOP);
}

static void test_stop_in_orphaned_group(void **state)
{
	(void)state;
	stop_in_group_of(1);
	sends(SIGTSTP, DOCKERD, ROOT, QUEUED);
	feed(delivery(SIGTSTP, ROOT, 0));
	sends(SIGSTOP, DOCKERD, CHILD, QUEUED);
	feed(delivery(SIGSTOP, CHILD, 0));
	conclude();
	assert_fate(ROOT, SIGNAL_FATE_IGNORED, CHAIN_HALT_NONE, false);
	assert_int_equal(chain_node(ROOT)->cause, CAUSE_DEFAULT_STOP);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_DROP);
	assert_int_equal(chain_node(CHILD)->does, CHAIN_DOES_STOP);
}

static void test_stop_in_job(void **state)
{
	(void)state;
	stop_in_group_of(5);
	sends(SIGTSTP, DOCKERD, ROOT, QUEUED);
	feed(delivery(SIGTSTP, ROOT, 0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_STOP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_taken),
		TEST(test_taken_later),
		TEST(test_dies_later),
		TEST(test_second_signal),
		TEST(test_terminal_stop_rewritten),
		TEST(test_stop_is_no_forwarding),
		TEST(test_stop_in_orphaned_group),
		TEST(test_stop_in_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
