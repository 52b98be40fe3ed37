/* SPDX-License-Identifier: BSD-2-Clause */
/* chain: what is said where a process does not run, or may not be signalled. */
#include <stdio.h>

#include "chain_scene.h"

#define SENTENCE_SIZE 1536
#define NOBODY	      65534

typedef void (*write_fn)(const struct chain *c, uint32_t node, struct strbuf *out);

static const char *sentence(write_fn write, uint32_t tgid)
{
	static char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	write(&chain, chain_index(tgid), &out);
	assert_false(out.cut);
	return data;
}

static struct chain_break at(uint32_t tgid, enum chain_rule rule, uint32_t missed)
{
	return (struct chain_break){chain_index(tgid), rule,
				    missed ? chain_index(missed) : CHAIN_NONE, missed ? 1 : 0,
				    missed ? 1 : 0};
}

static const char *remedy(const struct chain_break b)
{
	static char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	chain_write_remedy(&chain, &b, &out);
	assert_false(out.cut);
	return data;
}

/* tini[12] → app[13], the group of which it leads. */
static struct chain_node *build(void)
{
	chain_process(12, 1, "tini");
	chain_group(chain_process(13, 12, "app"));
	chain_make(12, 0);
	for (uint32_t i = 0; i < chain.len; i++)
		chain.nodes[i].from = CHAIN_NONE;
	return chain_node(12);
}

static struct process *process_of(uint32_t tgid)
{
	return (struct process *)chain_node(tgid)->process;
}

static struct chain_node *build_dropped(enum cause cause)
{
	struct chain_node *n = build();

	chain.watched = true;
	n->gets = CHAIN_YES;
	n->does = CHAIN_DOES_DROP;
	n->sig = SIGTERM;
	n->cause = cause;
	return n;
}

static void test_halted(void **state)
{
	static const struct {
		enum chain_halt halt;
		const char *why, *remedy;
	} rows[] = {
		{CHAIN_HALT_STOPPED,
		 "it is stopped (job control), and SIGTERM stays pending at least until a SIGCONT",
		 "kill -CONT 12"},
		{CHAIN_HALT_FROZEN,
		 "it is frozen by the cgroup freezer, and SIGTERM stays pending at least until it "
		 "is thawed",
		 "thaw it: docker unpause, or write THAWED to freezer.state of its cgroup"},
		{CHAIN_HALT_FROZEN_V2,
		 "it is frozen by its cgroup, and SIGTERM stays pending at least until it is "
		 "thawed",
		 "thaw it: docker unpause, or write 0 to cgroup.freeze of its cgroup"},
	};
	struct chain_node *n;

	(void)state;
	n = build_dropped(CAUSE_BLOCKED);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char expected[SENTENCE_SIZE] = "no effect: ";

		n->halt = rows[i].halt;
		assert_string_equal(sentence(chain_write_does, 12), strcat(expected, rows[i].why));
		/* What it would do is known of a program that is there to take signals. */
		chain_runs(12, PROGRAM_TINI);
		strcat(strcpy(expected, rows[i].remedy), "; then it takes SIGTERM");
		assert_string_equal(remedy(at(12, CHAIN_RULE_DROPPED, 0)), expected);
		n->program.by_name_only = true;
		strcat(strcpy(expected, rows[i].remedy),
		       "; if it blocks the signal still, unblock SIGTERM (pthread_sigmask), or "
		       "take it with sigwait or a signalfd");
		assert_string_equal(remedy(at(12, CHAIN_RULE_DROPPED, 0)), expected);
		n->program.by_name_only = false;
	}
}

static void test_frozen_in_sigwait(void **state)
{
	(void)state;
	build_dropped(CAUSE_SIGWAIT)->halt = CHAIN_HALT_FROZEN;
	assert_string_equal(
		remedy(at(12, CHAIN_RULE_DROPPED, 0)),
		"thaw it: docker unpause, or write THAWED to freezer.state of its cgroup; then it "
		"takes SIGTERM");
}

/* By the cause alone, and how it was frozen is known besides. */
static void test_frozen(void **state)
{
	struct chain_node *n;

	(void)state;
	n = build_dropped(CAUSE_FROZEN);
	n->halt = CHAIN_HALT_FROZEN;
	assert_string_equal(sentence(chain_write_does, 12),
			    "no effect: it is frozen by its cgroup");
	assert_string_equal(
		remedy(at(12, CHAIN_RULE_DROPPED, 0)),
		"thaw it: docker unpause, or write THAWED to freezer.state of its cgroup");
}

/* The sentence is that of inspect; of an init more is known than that it blocks it. */
static void test_halt_predicted(void **state)
{
	(void)state;
	build();
	process_of(12)->threads[0].state = 4;
	process_of(12)->threads[0].blocked = signal_bit(SIGTERM);
	chain_foretell(SIGTERM, CHAIN_TO_PROCESS);
	assert_string_equal(sentence(chain_write_does, 12),
			    "no effect: stopped (job control), and it blocks SIGTERM: pending at "
			    "least until a SIGCONT");
	chain_runs(12, PROGRAM_DUMB_INIT);
	assert_string_equal(remedy(at(12, CHAIN_RULE_DROPPED, 13)),
			    "kill -CONT 12; then it takes SIGTERM");
}

static void test_orphaned_group(void **state)
{
	(void)state;
	build_dropped(CAUSE_DEFAULT_STOP)->sig = SIGTSTP;
	assert_string_equal(
		sentence(chain_write_does, 12),
		"no effect: its process group is orphaned, and in such a one SIGTSTP stops nobody");
	assert_string_equal(remedy(at(12, CHAIN_RULE_DROPPED, 0)),
			    "SIGSTOP stops it all the same: kill -STOP 12");
}

static void test_orphaned_group_predicted(void **state)
{
	(void)state;
	chain_process(1, 0, "init")->global_init = true;
	build();
	chain_foretell(SIGTSTP, CHAIN_TO_PROCESS);
	assert_string_equal(
		sentence(chain_write_does, 12),
		"no effect: its process group is orphaned, and in such a one SIGTSTP stops nobody");
}

static void test_doubts(void **state)
{
	struct chain_node *n;

	(void)state;
	build();
	n = chain_node(13);
	n->gets = CHAIN_NOT_KNOWN;
	n->way = CHAIN_WAY_PARENT_NOT_KNOWN;
	n->from = chain_index(12);
	n->doubt = CHAIN_DOUBT_USER;
	process_of(12)->uid = NOBODY;
	assert_string_equal(sentence(chain_write_way, 13),
			    "not known: the kernel may refuse the signal (EPERM): tini[12] runs as "
			    "user 65534, app[13] as user 0");
	n->doubt = CHAIN_DOUBT_CHILD;
	assert_string_equal(sentence(chain_write_way, 13),
			    "not known: tini[12] signals the process group of its own child when "
			    "that ends, and may have started this one or adopted it");
	n->from = CHAIN_NONE;
	n->doubt = CHAIN_DOUBT_TERMINAL;
	chain_terminal(13, "pts/\x1b", true);
	assert_string_equal(sentence(chain_write_way, 13),
			    "not known: a process above it ends, and if that holds its terminal "
			    "(pts/\\x1b), the kernel sends it SIGHUP");
	n->tty_known = false;
	assert_string_equal(sentence(chain_write_way, 13),
			    "not known: a process above it ends, and if that holds its terminal, "
			    "the kernel sends it SIGHUP");
	n->doubt = CHAIN_DOUBT_ORPHANED;
	assert_string_equal(sentence(chain_write_way, 13),
			    "not known: a member of its process group is stopped, and if others "
			    "end and leave the group orphaned, the kernel sends it SIGHUP and "
			    "SIGCONT");
}

/* Nothing that the program does, and nothing in front of it, would help. */
static void test_refused(void **state)
{
	char data[SENTENCE_SIZE];
	struct chain_break b;
	struct strbuf out;

	(void)state;
	build_dropped(CAUSE_CAUGHT)->does = CHAIN_DOES_HANDLE;
	b = at(12, CHAIN_RULE_NOT_FORWARDED, 13);
	process_of(12)->uid = process_of(12)->saved_uid = NOBODY;
	strbuf_init(&out, data, sizeof(data));
	chain_write_break(&chain, &b, &out);
	assert_non_null(strstr(data,
			       ": tini[12] runs as user 65534, app[13] as user 0, and without "
			       "CAP_KILL the kernel refuses its signals (EPERM)"));
	for (int rule = CHAIN_RULE_SHELL_WAITS; rule < CHAIN_RULE_COUNT; rule++)
		if (rule != CHAIN_RULE_OUTSIDE_GROUP)
			assert_string_equal(
				remedy(at(12, (enum chain_rule)rule, 13)),
				"run both as one user, for the kernel may refuse what user 65534 "
				"sends to user 0; or as root send it to app[13] and all of its "
				"group: kill -TERM -13");
	process_of(13)->uid = process_of(13)->saved_uid = NOBODY;
	assert_null(strstr(remedy(b), "as root"));
}

static const char *before_kill(uint32_t tgid)
{
	static char first[64];
	const char *text, *end;

	chain_node(tgid)->sig = SIGKILL;
	text = remedy(at(tgid, CHAIN_RULE_ENDS_WITHOUT_FORWARDING, 13));
	text = strchr(text, ':') + 2;
	end = strstr(text, "; or ");
	snprintf(first, sizeof(first), "%.*s", end ? (int)(end - text) : 0, text);
	return first;
}

/* SIGTERM in place of SIGKILL: only to those that take it. */
static void test_asked_first(void **state)
{
	struct program *program;

	(void)state;
	build();
	assert_string_equal(before_kill(12), "send SIGTERM first");
	chain_ignores(process_of(12), SIGTERM);
	assert_string_equal(before_kill(12), "");
	program = chain_runs(12, PROGRAM_BASH);
	program->interactive = PROGRAM_YES;
	assert_string_equal(before_kill(12),
			    "send SIGHUP first, for an interactive shell ignores SIGTERM");
	chain_ignores(process_of(12), SIGHUP);
	assert_string_equal(before_kill(12), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_halted),	   TEST(test_frozen_in_sigwait),
		TEST(test_frozen),	   TEST(test_halt_predicted),
		TEST(test_orphaned_group), TEST(test_orphaned_group_predicted),
		TEST(test_doubts),	   TEST(test_refused),
		TEST(test_asked_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
