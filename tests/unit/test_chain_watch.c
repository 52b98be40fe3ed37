// SPDX-License-Identifier: BSD-2-Clause
#include "chain_reports.h"

static void assert_seen(uint32_t tgid, int sig, enum signal_fate fate, enum cause cause)
{
	const struct chain_node *n = chain_node(tgid);

	assert_int_equal(n->sig, sig);
	assert_int_equal(n->fate, fate);
	assert_string_equal(cause_name(n->cause), cause_name(cause));
}

/* When it begins, and when it is over. */

static void test_story_begins_with_wanted(void **state)
{
	uint64_t began;

	(void)state;
	make_tree();
	assert_true(chain_watch_due_ns(&chain) == UINT64_MAX);
	sends(SIGUSR1, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, ROOT, HANDLES);
	sends(SIGTERM, ROOT, 77, DIES);
	sends(SIGTERM, DOCKERD, CHILD, DEAD);
	sends(SIGTERM, DOCKERD, CHILD, REFUSED);
	kernel_sends(SIGTERM, ORIGIN_POSIX_TIMER, CHILD, HANDLES);
	assert_int_equal(chain.first_ns, 0);
	assert_int_equal(chain.edges_len, 0);
	assert_true(chain_watch_due_ns(&chain) == UINT64_MAX);
	sends(SIGTERM, DOCKERD, CHILD, QUEUED);
	began = now;
	assert_int_equal(chain.first_ns, began);
	assert_int_equal(chain_watch_due_ns(&chain), began + chain.deadline_ns);
	sends(SIGUSR1, DOCKERD, CHILD, QUEUED);
	assert_int_equal(chain_watch_due_ns(&chain), began + chain.deadline_ns);
	sends(SIGTERM, DOCKERD, CHILD, QUEUED);
	assert_int_equal(chain_watch_due_ns(&chain), began + chain.deadline_ns);
	sends(SIGTERM, CHILD, LEAF, QUEUED);
	assert_int_equal(chain_watch_due_ns(&chain), now + chain.deadline_ns);
	chain.last_ns = began + 11 * chain.deadline_ns + 1;
	assert_int_equal(chain_watch_due_ns(&chain), began + 12 * chain.deadline_ns);
	assert_int_equal(chain.edges_len, 4);
	assert_true(chain.edges[0].asks);
	assert_false(chain.edges[1].asks);
	assert_true(chain.edges[2].asks);
	assert_true(chain.edges[3].asks);
	assert_int_equal(chain.edges[0].sender_node, CHAIN_NONE);
	assert_int_equal(chain.edges[3].sender_node, chain_index(CHILD));
	assert_int_equal(chain.edges[3].target, chain_index(LEAF));
}

static void test_nothing_is_left(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "bash");
	chain_process(CHILD, ROOT, "runner");
	chain_zombie(chain_process(LEAF, CHILD, "old"));
	chain_make(ROOT, 0);
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGTERM);
	assert_int_not_equal(chain_watch_due_ns(&chain), 0);
	ends(CHILD, EXITED(0));
	assert_int_equal(chain_watch_due_ns(&chain), 0);
}

/* Whatever else the session shows. */
static void test_strangers(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, QUEUED);
	sends(SIGTERM, ROOT, 77, HANDLES);
	taken(77, SIGTERM);
	ends(77, SIGTERM);
	ends(1, EXITED(0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_NOT_KNOWN);
	assert_ended(ROOT, CHAIN_END_NONE);
}

static void test_number_given_again(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	r = generation(SIGTERM, DOCKERD, CHILD, DIES);
	r.target.start_boot_ns += 20 * MS;
	feed(r);
	assert_int_equal(chain.first_ns, 0);
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	r = generation(SIGTERM, CHILD, LEAF, DIES);
	r.sender.start_boot_ns += 20 * MS;
	feed(r);
	conclude();
	chain_expect(LEAF, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
}

static void test_nothing_happened(void **state)
{
	(void)state;
	make_tree();
	conclude();
	assert_int_equal(chain.first_ns, 0);
	assert_int_equal(chain.ended_ns, now);
	chain_expect(ROOT, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_PARENT_WITHOUT, 0, CHAIN_DOES_NOTHING);
}

/* From whom. */

static void test_forwarded(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, CHILD, HANDLES);
	sends(SIGTERM, CHILD, LEAF, DIES);
	ends(LEAF, SIGTERM);
	ends(CHILD, EXITED(143));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_FORWARD);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_FORWARD);
	chain_expect(LEAF, CHAIN_YES, CHAIN_WAY_FORWARDED, CHILD, CHAIN_DOES_END);
	chain_expect(OTHER, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
	assert_ended(LEAF, CHAIN_END_SIGNAL);
	assert_ended(CHILD, CHAIN_END_EXITED);
	assert_ended(ROOT, CHAIN_END_NONE);
	assert_true(chain_node(CHILD)->status_known);
	assert_int_equal(chain_node(CHILD)->status, EXITED(143));
	assert_true(chain_node(ROOT)->got_ns < chain_node(CHILD)->got_ns);
}

/* Only what had the signal forwards it; a script may as well end its child of its own accord. */
static void test_sender_without_signal(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, ROOT, CHILD, DIES);
	sends(SIGTERM, DOCKERD, OTHER, DIES);
	sends(SIGTERM, DOCKERD, LEAF, DIES);
	conclude();
	chain_expect(ROOT, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, ROOT, CHAIN_DOES_END);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
}

static void test_forwarded_to_group(void **state)
{
	(void)state;
	make_tree();
	chain_runs(ROOT, PROGRAM_TINI)->to_group = PROGRAM_YES;
	sends(SIGTERM, DOCKERD, ROOT, SIGWAITS);
	sends(SIGTERM, ROOT, LEAF, DIES);
	sends(SIGTERM, ROOT, CHILD, DIES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_FORWARD);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_END);
	chain_expect(LEAF, CHAIN_YES, CHAIN_WAY_FORWARDED_GROUP, ROOT, CHAIN_DOES_END);
	assert_true(chain_node(ROOT)->taken);
}

/* A script may have sent to the group, or to both: events do not tell. */
static void test_group_is_not_proven(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGTERM, ROOT, LEAF, DIES);
	conclude();
	chain_expect(LEAF, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, ROOT, CHAIN_DOES_END);
}

static void test_own_signal(void **state)
{
	(void)state;
	make_tree();
	chain.sent = true;
	chain.sig = SIGTERM;
	sends(SIGTERM, 555, ROOT, HANDLES);
	sends(SIGTERM, DOCKERD, OTHER, DIES);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
}

/* To the root, but it was somebody else's signal to somebody else that came first. */
static void test_somebody_was_faster(void **state)
{
	(void)state;
	make_tree();
	chain.sent = true;
	chain.sig = SIGTERM;
	sends(SIGTERM, DOCKERD, OTHER, DIES);
	sends(SIGTERM, 555, ROOT, HANDLES);
	conclude();
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_HANDLE);
}

static void test_own_signal_to_group(void **state)
{
	(void)state;
	chain_process(ROOT, 1, "bash");
	chain_process(CHILD, ROOT, "runner");
	chain_session(chain_process(LEAF, CHILD, "escaped"));
	chain_group(chain_process(OTHER, ROOT, "job"));
	chain_make(ROOT, 0);
	chain.sent = true;
	chain.sig = SIGTERM;
	chain.to = CHAIN_TO_GROUP;
	chain.group = ROOT;
	sends(SIGTERM, 555, CHILD, DIES);
	sends(SIGTERM, 555, ROOT, HANDLES);
	sends(SIGTERM, 555, OTHER, DIES);
	conclude();
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_IN_GROUP, 0, CHAIN_DOES_END);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_IN_GROUP, 0, CHAIN_DOES_HANDLE);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_OUTSIDE_GROUP, 0, CHAIN_DOES_NOTHING);
}

static void test_terminal(void **state)
{
	(void)state;
	make_tree();
	kernel_sends(SIGINT, ORIGIN_TTY_INTERRUPT, CHILD, DIES);
	kernel_sends(SIGINT, ORIGIN_TTY_INTERRUPT, ROOT, IGNORES);
	kernel_sends(SIGHUP, ORIGIN_TTY_HANGUP, OTHER, DIES);
	chain.table.list[2].pgid = 7;
	conclude();
	chain_expect(LEAF, CHAIN_NO, CHAIN_WAY_PARENT_ENDS, 0, CHAIN_DOES_NOTHING);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_IN_GROUP, 0, CHAIN_DOES_END);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_IN_GROUP, 0, CHAIN_DOES_DROP);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_END);
}

static void test_hangup(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, DIES);
	kernel_sends(SIGHUP, ORIGIN_SESSION_LEADER_EXIT, CHILD, DIES);
	kernel_sends(SIGCONT, ORIGIN_SESSION_LEADER_EXIT, CHILD, QUEUED);
	conclude();
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_HANGUP, ROOT, CHAIN_DOES_END);
	assert_int_equal(chain_node(CHILD)->sig, SIGHUP);
	assert_false(chain.edges[2].asks);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
}

/* Whose session's leader is not in the tree. */
static void test_hangup_from_above(void **state)
{
	(void)state;
	chain_process(5, 1, "agent");
	chain_process(ROOT, 5, "bash");
	chain_process(CHILD, ROOT, "runner");
	chain_process(OTHER, 999, "orphan")->sid = 999;
	chain.table.list[3].parent_tgid = ROOT;
	chain_make(ROOT, 1);
	kernel_sends(SIGTERM, ORIGIN_NOT_KNOWN, ROOT, HANDLES);
	kernel_sends(SIGHUP, ORIGIN_SESSION_LEADER_EXIT, CHILD, DIES);
	kernel_sends(SIGHUP, ORIGIN_SESSION_LEADER_EXIT, OTHER, DIES);
	conclude();
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_HANGUP, 0, CHAIN_DOES_END);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_HANGUP, 0, CHAIN_DOES_END);
}

/* The kernel sends it in the name of the parent, who forwards nothing by it. */
static void test_parent_death(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	r = generation(SIGKILL, ROOT, CHILD, DIES);
	r.origin = ORIGIN_PARENT_DEATH;
	feed(r);
	ends(CHILD, SIGKILL);
	conclude();
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_PARENT_DEATH, ROOT, CHAIN_DOES_END);
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
	assert_ended(CHILD, CHAIN_END_SIGNAL);
}

/* What asks. */

static void test_what_asks(void **state)
{
	static const struct {
		int sig;
		uint32_t from;
		bool asks;
	} rows[] = {
		{SIGTERM, ROOT, true},	     {SIGTERM, DOCKERD, true}, {SIGINT, OTHER, true},
		{SIGHUP, DOCKERD, true},     {SIGQUIT, ROOT, true},    {SIGUSR1, ROOT, true},
		{SIGABRT, ROOT, true},	     {SIGUSR1, OTHER, false},  {SIGUSR1, DOCKERD, false},
		{SIGNAL_RT_MIN, ROOT, true}, {SIGCHLD, ROOT, false},   {SIGCONT, ROOT, false},
		{SIGWINCH, ROOT, false},     {SIGSTOP, ROOT, false},   {SIGALRM, ROOT, false},
		{SIGPIPE, ROOT, false},	     {SIGVTALRM, ROOT, false}, {SIGPROF, ROOT, false},
		{SIGSEGV, ROOT, false},	     {SIGKILL, ROOT, false},   {SIGTERM, CHILD, false},
		{SIGTERM, KERNEL, true},     {SIGUSR2, KERNEL, false}, {32, ROOT, false},
		{SIGTERM, 999999999, true},
	};

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sends(rows[i].sig, rows[i].from, CHILD, QUEUED);
		if (chain.edges[i + 1].asks != rows[i].asks)
			fail_msg("signal %d from %u", rows[i].sig, rows[i].from);
	}
}

/* Names of the kernel's functions may not be readable: what it sends by itself is not known. */
static void test_kernel_without_origin(void **state)
{
	(void)state;
	make_tree();
	chain.wanted |= signal_bit(SIGUSR2);
	sends(SIGUSR2, KERNEL, ROOT, HANDLES);
	assert_int_equal(chain.first_ns, 0);
	sends(SIGKILL, KERNEL, ROOT, DIES);
	assert_int_equal(chain.first_sig, SIGKILL);
}

/* By the origin that the kernel's stack proves: in none of these does anybody ask. */
static void test_origins_that_do_not_ask(void **state)
{
	static const enum origin origins[] = {
		ORIGIN_POSIX_TIMER, ORIGIN_ITIMER,  ORIGIN_SIGPIPE,
		ORIGIN_SIGIO,	    ORIGIN_SECCOMP, ORIGIN_CPU_LIMIT,
		ORIGIN_FAULT,	    ORIGIN_CHILD,   ORIGIN_FILE_SIZE_LIMIT};

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	for (size_t i = 0; i < ARRAY_SIZE(origins); i++) {
		kernel_sends(SIGTERM, origins[i], CHILD, DIES);
		assert_false(chain.edges[i + 1].asks);
	}
	conclude();
	chain_expect(CHILD, CHAIN_NO, CHAIN_WAY_NOT_SENT, 0, CHAIN_DOES_NOTHING);
}

static void test_rewritten(void **state)
{
	struct program *init;

	(void)state;
	make_tree();
	init = chain_runs(ROOT, PROGRAM_DUMB_INIT);
	init->rewrite_from = SIGTERM;
	init->rewrite_to = SIGWINCH;
	sends(SIGWINCH, ROOT, CHILD, HANDLES);
	sends(SIGTERM, DOCKERD, ROOT, SIGWAITS);
	sends(SIGWINCH, ROOT, CHILD, HANDLES);
	conclude();
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_HANDLE);
	assert_seen(CHILD, SIGWINCH, SIGNAL_FATE_HANDLED, CAUSE_CAUGHT);
	assert_seen(ROOT, SIGTERM, SIGNAL_FATE_HANDLED, CAUSE_SIGWAIT);
}

/* The one that had an effect tells more than the ones that had none. */
static void test_later_one_has_effect(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, IGNORES);
	sends(SIGTERM, DOCKERD, CHILD, BLOCKS);
	sends(SIGTERM, DOCKERD, OTHER, DIES);
	sends(SIGHUP, CHILD, ROOT, IGNORES);
	sends(SIGINT, DOCKERD, ROOT, HANDLES);
	sends(SIGINT, ROOT, CHILD, DIES);
	sends(SIGINT, ROOT, OTHER, DEAD);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_FORWARD);
	assert_seen(ROOT, SIGINT, SIGNAL_FATE_HANDLED, CAUSE_CAUGHT);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_END);
	assert_seen(OTHER, SIGTERM, SIGNAL_FATE_ACTED, CAUSE_DEFAULT_TERMINATE);
}

static void test_first_effect_stays(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	sends(SIGINT, DOCKERD, ROOT, DIES);
	sends(SIGTERM, DOCKERD, CHILD, QUEUED);
	sends(SIGINT, DOCKERD, CHILD, DIES);
	sends(SIGTERM, DOCKERD, OTHER, IGNORES);
	sends(SIGINT, DOCKERD, OTHER, BLOCKS);
	sends(SIGTERM, DOCKERD, LEAF, BLOCKS);
	sends(SIGINT, DOCKERD, LEAF, IGNORES);
	conclude();
	assert_seen(ROOT, SIGTERM, SIGNAL_FATE_HANDLED, CAUSE_CAUGHT);
	assert_seen(CHILD, SIGTERM, SIGNAL_FATE_PENDING, CAUSE_CAUGHT);
	assert_seen(OTHER, SIGTERM, SIGNAL_FATE_IGNORED, CAUSE_SIG_IGN);
	assert_seen(LEAF, SIGTERM, SIGNAL_FATE_PENDING, CAUSE_BLOCKED);
}

/* What became of it. */

static void test_dropped_at_delivery(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, QUEUED);
	feed(delivery(SIGTERM, ROOT, IGNORE));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_DROP);
	assert_seen(ROOT, SIGTERM, SIGNAL_FATE_IGNORED, CAUSE_SIG_IGN);
}

static void test_other_delivery(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, QUEUED);
	feed(delivery(SIGUSR1, ROOT, HANDLER));
	r = delivery(SIGTERM, ROOT, HANDLER);
	r.pending_process = signal_bit(SIGTERM);
	feed(r);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_NOT_KNOWN);
	assert_int_equal(chain_node(ROOT)->fate, SIGNAL_FATE_PENDING);
}

/* The kernel shows SIGKILL at delivery. */
static void test_group_exit_delivery(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	sends(SIGQUIT, DOCKERD, ROOT, QUEUED);
	sends(SIGTERM, DOCKERD, ROOT, QUEUED);
	r = delivery(SIGKILL, ROOT, 0);
	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = SIGTERM;
	feed(r);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
}

/* Its end shows what the signal did to it. */
static void test_died_of_it(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, QUEUED);
	ends(ROOT, SIGTERM);
	sends(SIGTERM, DOCKERD, CHILD, QUEUED);
	ends(CHILD, SIGSEGV);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_END);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_NOT_KNOWN);
}

static void test_stopped_by_default(void **state)
{
	(void)state;
	make_tree();
	chain.wanted = signal_bit(SIGTSTP);
	sends(SIGTSTP, DOCKERD, ROOT, QUEUED);
	feed(delivery(SIGTSTP, ROOT, 0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_STOP);
}

static void test_taken(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, BLOCKS);
	taken(ROOT, SIGTERM);
	sends(SIGTERM, DOCKERD, CHILD, BLOCKS);
	taken(CHILD, SIGINT);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_HANDLE);
	assert_true(chain_node(ROOT)->taken);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_DROP);
	assert_false(chain_node(CHILD)->taken);
}

/* Pending until it was killed; and until it ended by itself, perhaps because of the signal. */
static void test_blocked_to_the_end(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, BLOCKS);
	sends(SIGTERM, DOCKERD, CHILD, BLOCKS);
	sends(SIGTERM, DOCKERD, OTHER, BLOCKS);
	sends(SIGTERM, OTHER, LEAF, DIES);
	sends(SIGKILL, DOCKERD, ROOT, DIES);
	ends(ROOT, SIGKILL);
	ends(CHILD, EXITED(0));
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_DROP);
	assert_ended(ROOT, CHAIN_END_KILLED);
	chain_expect(CHILD, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_NOT_KNOWN);
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_OTHER_SENDER, 0, CHAIN_DOES_FORWARD);
}

/* Somebody waits on a signalfd: it may take what is pending at any moment. */
static void test_blocked_for_signalfd(void **state)
{
	struct report r;

	(void)state;
	make_tree();
	r = generation(SIGTERM, DOCKERD, ROOT, BLOCKS);
	r.facts |= EVENT_FACT_SIGNALFD_POLLED;
	feed(r);
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_NOT_KNOWN);
}

static void test_blocked_with_losses(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, BLOCKS);
	chain.lost = 1;
	conclude();
	chain_expect(ROOT, CHAIN_YES, CHAIN_WAY_SENT, 0, CHAIN_DOES_NOT_KNOWN);
}

static void test_edges_are_bounded(void **state)
{
	(void)state;
	make_tree();
	sends(SIGTERM, DOCKERD, ROOT, HANDLES);
	for (unsigned int i = 0; i < CHAIN_EDGES_MAX; i++)
		sends(SIGUSR1, OTHER, LEAF, QUEUED);
	assert_true(chain.edges_len < CHAIN_EDGES_MAX);
	assert_int_equal(chain.edges_len + chain.edges_dropped, CHAIN_EDGES_MAX + 1);
	sends(SIGKILL, DOCKERD, CHILD, DIES);
	assert_int_equal(chain.edges[chain.edges_len - 1].sig, SIGKILL);
	for (unsigned int i = 0; i < CHAIN_EDGES_MAX; i++)
		sends(SIGTERM, ROOT, LEAF, QUEUED);
	assert_int_equal(chain.edges_len, CHAIN_EDGES_MAX);
	sends(SIGTERM, ROOT, OTHER, DIES);
	conclude();
	chain_expect(OTHER, CHAIN_YES, CHAIN_WAY_FORWARDED, ROOT, CHAIN_DOES_END);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_story_begins_with_wanted),
		TEST(test_nothing_is_left),
		TEST(test_strangers),
		TEST(test_number_given_again),
		TEST(test_nothing_happened),
		TEST(test_forwarded),
		TEST(test_sender_without_signal),
		TEST(test_forwarded_to_group),
		TEST(test_group_is_not_proven),
		TEST(test_own_signal),
		TEST(test_somebody_was_faster),
		TEST(test_own_signal_to_group),
		TEST(test_terminal),
		TEST(test_hangup),
		TEST(test_hangup_from_above),
		TEST(test_parent_death),
		TEST(test_kernel_without_origin),
		TEST(test_what_asks),
		TEST(test_origins_that_do_not_ask),
		TEST(test_rewritten),
		TEST(test_later_one_has_effect),
		TEST(test_first_effect_stays),
		TEST(test_dropped_at_delivery),
		TEST(test_other_delivery),
		TEST(test_group_exit_delivery),
		TEST(test_died_of_it),
		TEST(test_stopped_by_default),
		TEST(test_taken),
		TEST(test_blocked_to_the_end),
		TEST(test_blocked_for_signalfd),
		TEST(test_blocked_with_losses),
		TEST(test_edges_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
