/* SPDX-License-Identifier: BSD-2-Clause */
/* chain: what is said of one process of a tree. */
#include "chain_scene.h"

#define SENTENCE_SIZE 1536
#define NO_NODE	      0

typedef void (*write_fn)(const struct chain *c, uint32_t node, struct strbuf *out);

static void expect_text(write_fn write, uint32_t tgid, const char *text)
{
	char data[SENTENCE_SIZE];
	struct strbuf out;

	strbuf_init(&out, data, sizeof(data));
	write(&chain, chain_index(tgid), &out);
	assert_false(out.cut);
	assert_string_equal(data, text);
}

/* tini[1] -> bash[12] -> test_pipeline[13] -> pytest[14], and sleep[15] below bash. */
static void build(void)
{
	chain_process(1, 0, "tini");
	chain_process(12, 1, "bash");
	chain_process(13, 12, "test_pipeline");
	chain_process(14, 13, "pytest");
	chain_process(15, 12, "sleep");
	chain_make(1, 0);
}

static void test_node(void **state)
{
	struct process *p;

	(void)state;
	chain_process(12, 0, "bash");
	p = chain_init(4242, 12, "sle\nep\x1b");
	chain_process(5007, 4242, "exactly15bytes.");
	chain_make(12, 0);
	expect_text(chain_write_node, 12, "bash[12]");
	expect_text(chain_write_node, 4242, "sle\\x0aep\\x1b[4242, init]");
	expect_text(chain_write_node, 5007, "exactly15bytes.[5007, ns 7]");
	p->ns_tgid = 0;
	expect_text(chain_write_node, 4242, "sle\\x0aep\\x1b[4242]");
	p->ns_tgid = 4242;
	expect_text(chain_write_node, 4242, "sle\\x0aep\\x1b[4242]");
	/* A name without a NUL behind it. */
	memset(p->comm, 'x', sizeof(p->comm));
	expect_text(chain_write_node, 4242, "xxxxxxxxxxxxxxxx[4242]");
}

static void test_shell(void **state)
{
	static const struct {
		struct program program;
		enum chain_shell shell;
		uint32_t waits_for;
		const char *text;
	} rows[] = {
		{{.kind = PROGRAM_NOT_KNOWN}, CHAIN_SHELL_NOT_KNOWN, NO_NODE, ""},
		/* Nothing but the name is known: all else would rest on that. */
		{{.kind = PROGRAM_BASH,
		  .by_name_only = true,
		  .runs = PROGRAM_RUNS_SCRIPT,
		  .operand = "run.sh"},
		 CHAIN_SHELL_WAITS_FOREGROUND,
		 13,
		 "bash by its name alone"},
		{{.kind = PROGRAM_BASH}, CHAIN_SHELL_NOT_KNOWN, NO_NODE, "bash"},
		{{.kind = PROGRAM_BASH,
		  .runs = PROGRAM_RUNS_SCRIPT,
		  .operand = "run.sh",
		  .interactive = PROGRAM_NO},
		 CHAIN_SHELL_WAITS_FOREGROUND,
		 13,
		 "bash, script run.sh, waits for test_pipeline[13]"},
		{{.kind = PROGRAM_DASH,
		  .runs = PROGRAM_RUNS_SCRIPT,
		  .operand = "/opt/ci/\x1b[2Jrun.sh"},
		 CHAIN_SHELL_WAITS_FOREGROUND,
		 NO_NODE,
		 "dash, script \\x1b[2Jrun.sh, waits for a child"},
		{{.kind = PROGRAM_ASH,
		  .runs = PROGRAM_RUNS_COMMAND,
		  .operand = "a; b",
		  .interactive = PROGRAM_NO,
		  .job_control = PROGRAM_NO},
		 CHAIN_SHELL_WAITS_BUILTIN,
		 NO_NODE,
		 "ash, -c 'a; b', in `wait`"},
		{{.kind = PROGRAM_BASH,
		  .runs = PROGRAM_RUNS_COMMAND,
		  .operand = "0123456789012345678901234567890123456789"},
		 CHAIN_SHELL_NOT_KNOWN,
		 NO_NODE,
		 "bash, -c '0123456789012345678901234567890123456789'"},
		{{.kind = PROGRAM_BASH,
		  .runs = PROGRAM_RUNS_COMMAND,
		  .operand = "0123456789012345678901234567890123456789x"},
		 CHAIN_SHELL_NOT_KNOWN,
		 NO_NODE,
		 "bash, -c '0123456789012345678901234567890123456789…'"},
		{{.kind = PROGRAM_BASH,
		  .runs = PROGRAM_RUNS_STDIN,
		  .interactive = PROGRAM_YES,
		  .job_control = PROGRAM_YES},
		 CHAIN_SHELL_READS,
		 NO_NODE,
		 "bash, interactive, job control, waits for no child"},
		{{.kind = PROGRAM_ZSH,
		  .runs = PROGRAM_RUNS_STDIN,
		  .interactive = PROGRAM_YES,
		  .job_control = PROGRAM_NO},
		 CHAIN_SHELL_NOT_KNOWN,
		 NO_NODE,
		 "zsh, interactive, no job control"},
		{{.kind = PROGRAM_KSH,
		  .runs = PROGRAM_RUNS_STDIN,
		  .interactive = PROGRAM_NO,
		  .job_control = PROGRAM_YES},
		 CHAIN_SHELL_NOT_KNOWN,
		 NO_NODE,
		 "ksh, commands from stdin, job control"},
	};

	(void)state;
	build();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct chain_node *node = chain_node(12);

		node->program = rows[i].program;
		node->shell = rows[i].shell;
		node->waits_for = rows[i].waits_for ? chain_index(rows[i].waits_for) : CHAIN_NONE;
		expect_text(chain_write_program, 12, rows[i].text);
	}
}

/* As long as /proc gives one. */
static void test_long_operand(void **state)
{
	static char path[4096];
	char text[256];

	(void)state;
	build();
	memset(path, 'd', sizeof(path) - 1);
	path[0] = '/';
	chain_runs(12, PROGRAM_BASH)->operand = path;
	memset(text, 'd', sizeof(text));
	memcpy(text, "bash, script ", 13);
	strcpy(text + 13 + 40, "…");
	expect_text(chain_write_program, 12, text);
	/* Escapes are longer than what they stand for, and are not cut in two. */
	memset(path, '\n', sizeof(path) - 1);
	expect_text(chain_write_program, 12,
		    "bash, script \\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a…");
	strcpy(path, "/opt/run.d/");
	expect_text(chain_write_program, 12, "bash, script /opt/run.d/");
	strcpy(path, "/opt/run.d/very long name that ends somewhere.sh");
	expect_text(chain_write_program, 12, "bash, script very long name that ends somewhere.sh");
}

static void test_forwarder(void **state)
{
	static const struct {
		struct program program;
		const char *text;
	} rows[] = {
		{{.kind = PROGRAM_TINI}, "tini"},
		{{.kind = PROGRAM_TINI, .to_group = PROGRAM_YES},
		 "tini, signals its child's whole group"},
		{{.kind = PROGRAM_TINI, .to_group = PROGRAM_YES, .by_name_only = true},
		 "tini by its name alone"},
		{{.kind = PROGRAM_TIMEOUT, .to_group = PROGRAM_NO},
		 "timeout, signals its child alone"},
		{{.kind = PROGRAM_DUMB_INIT,
		  .to_group = PROGRAM_YES,
		  .rewrite_from = SIGTERM,
		  .rewrite_to = SIGQUIT},
		 "dumb-init, signals its child's whole group, sends SIGQUIT for SIGTERM (-r)"},
		{{.kind = PROGRAM_DUMB_INIT, .rewrite_from = SIGTERM, .rewrite_more = true},
		 "dumb-init, keeps SIGTERM to itself (-r, and others)"},
		{{.kind = PROGRAM_SHIM}, "a container runtime's shim"},
		{{.kind = PROGRAM_CI_AGENT}, "a CI agent"},
		{{.kind = PROGRAM_COMPOSE}, "docker-compose"},
	};

	(void)state;
	build();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		chain_node(1)->program = rows[i].program;
		expect_text(chain_write_program, 1, rows[i].text);
	}
}

/* What is said of the same in both modes; "" where it cannot be. */
static const struct way_row {
	enum chain_way way;
	uint32_t node, from;
	const char *predicted;
	const char *watched;
} way_rows[] = {
	{CHAIN_WAY_NONE, 13, NO_NODE, "", ""},
	{CHAIN_WAY_SENT, 13, NO_NODE, "SIGTERM is sent to it", "SIGTERM was sent to it"},
	{CHAIN_WAY_IN_GROUP, 13, NO_NODE, "SIGTERM is sent to its process group, 12",
	 "SIGTERM was sent to its process group, 12"},
	{CHAIN_WAY_FORWARDED, 13, 12, "bash[12] forwards SIGTERM to it",
	 "bash[12] sent SIGTERM to it"},
	{CHAIN_WAY_FORWARDED, 13, NO_NODE, "a process forwards SIGTERM to it",
	 "a process sent SIGTERM to it"},
	{CHAIN_WAY_FORWARDED_GROUP, 13, 1,
	 "tini[1, init] forwards SIGTERM to its process group, 12",
	 "tini[1, init] sent SIGTERM to its process group, 12"},
	{CHAIN_WAY_HANGUP, 13, 12, "SIGTERM from the kernel: its session's leader bash[12] ends",
	 "SIGTERM from the kernel: its session's leader bash[12] ended"},
	{CHAIN_WAY_HANGUP, 13, NO_NODE, "SIGTERM from the kernel: its session's leader ends",
	 "SIGTERM from the kernel: its session's leader ended"},
	{CHAIN_WAY_PARENT_DEATH, 13, 12,
	 "SIGTERM from the kernel: its parent bash[12] ends (PR_SET_PDEATHSIG)",
	 "SIGTERM from the kernel: its parent bash[12] ended (PR_SET_PDEATHSIG)"},
	{CHAIN_WAY_OTHER_SENDER, 13, 15, "SIGTERM is sent to it by sleep[15]",
	 "SIGTERM was sent to it by sleep[15]"},
	{CHAIN_WAY_OTHER_SENDER, 13, NO_NODE, "SIGTERM is sent to it", "SIGTERM was sent to it"},
	{CHAIN_WAY_OUTSIDE_GROUP, 14, NO_NODE, "it is in process group 14, not in 12",
	 "it is in process group 14, not in 12"},
	{CHAIN_WAY_PARENT_WITHOUT, 13, NO_NODE, "its parent bash[12] does not get it",
	 "its parent bash[12] did not get it"},
	{CHAIN_WAY_PARENT_DROPS, 13, NO_NODE, "its parent bash[12] gets it without effect",
	 "its parent bash[12] got it without effect"},
	{CHAIN_WAY_PARENT_ENDS, 13, NO_NODE, "its parent bash[12] ends by it and sends nothing",
	 "its parent bash[12] was ended by it and sent nothing"},
	{CHAIN_WAY_SHELL_WAITS, 13, NO_NODE,
	 "its parent bash[12] waits for it and sends nothing meanwhile",
	 "its parent bash[12] waited for it and sent nothing"},
	{CHAIN_WAY_SHELL_WAITS, 15, NO_NODE,
	 "its parent bash[12] waits for test_pipeline[13] and sends nothing meanwhile",
	 "its parent bash[12] waited for test_pipeline[13] and sent nothing"},
	{CHAIN_WAY_CHILD_ONLY, 13, 1, "tini[1, init] sends it to its child bash[12] alone",
	 "tini[1, init] sent it to its child bash[12] alone"},
	{CHAIN_WAY_CHILD_ONLY, 12, 1, "tini[1, init] sends it to its child alone",
	 "tini[1, init] sent it to its child alone"},
	{CHAIN_WAY_NOT_SENT, 13, NO_NODE, "nobody sends it a signal", "nobody sent it a signal"},
	{CHAIN_WAY_TEARDOWN, 13, NO_NODE, "the end of its PID namespace kills it, not asked before",
	 "killed by the end of its PID namespace, not asked before"},
	{CHAIN_WAY_KILLED, 13, NO_NODE, "killed with SIGKILL, not asked before",
	 "killed with SIGKILL, not asked before"},
	{CHAIN_WAY_PARENT_MAY_FORWARD, 13, NO_NODE,
	 "not known: its parent bash[12] handles SIGTERM and may send it on",
	 "not known: the watch ended before its parent bash[12] had its time to send it on"},
	{CHAIN_WAY_PARENT_NOT_KNOWN, 13, NO_NODE,
	 "not known: what its parent bash[12] gets or does is not known, either",
	 "not known: what its parent bash[12] gets or does is not known, either"},
	{CHAIN_WAY_LOST, 13, NO_NODE, "not known: records of signals were lost",
	 "not known: records of signals were lost"},
};

static void test_ways(void **state)
{
	uint32_t seen = 0;

	(void)state;
	build();
	chain.group = 12;
	for (uint32_t i = 0; i < chain.len; i++)
		((struct process *)chain.nodes[i].process)->pgid = 12;
	((struct process *)chain_node(14)->process)->pgid = 14;
	chain_node(12)->shell = CHAIN_SHELL_WAITS_FOREGROUND;
	chain_node(12)->waits_for = chain_index(13);
	for (size_t i = 0; i < ARRAY_SIZE(way_rows); i++) {
		const struct way_row *row = &way_rows[i];
		struct chain_node *node = chain_node(row->node);

		node->way = row->way;
		node->from = row->from ? chain_index(row->from) : CHAIN_NONE;
		chain.watched = false;
		expect_text(chain_write_way, row->node, row->predicted);
		chain.watched = true;
		expect_text(chain_write_way, row->node, row->watched);
		seen |= 1U << row->way;
	}
	assert_int_equal(seen, (1U << CHAIN_WAY_COUNT) - 1);
}

/* More than the table's rows know. */
static void test_way_details(void **state)
{
	struct chain_edge edges[] = {
		{.sig = SIGCHLD, .sender_node = CHAIN_NONE, .target = 2},
		{.sig = SIGTERM,
		 .sender = {.source = REPORT_SOURCE_EVENT, .tgid = 901, .comm = "dock\terd"},
		 .sender_node = CHAIN_NONE,
		 .target = 2,
		 .asks = true},
		{.sig = SIGKILL,
		 .sender_kind = SENDER_KERNEL,
		 .origin = ORIGIN_OOM_KILLER,
		 .sender_node = CHAIN_NONE,
		 .target = 2},
	};
	struct chain_node *node;

	(void)state;
	build();
	node = chain_node(13);
	assert_int_equal(chain_index(13), 2);
	chain.to = CHAIN_TO_FOREGROUND;
	chain.group = 12;
	node->way = CHAIN_WAY_IN_GROUP;
	expect_text(chain_write_way, 13, "SIGTERM is sent to its terminal's foreground group, 12");
	node->way = CHAIN_WAY_OUTSIDE_GROUP;
	expect_text(chain_write_way, 13,
		    "it is in process group 1, not in the terminal's foreground group 12");
	chain.group = 0;
	expect_text(chain_write_way, 13, "no foreground group is known");
	chain.to = CHAIN_TO_GROUP;
	expect_text(chain_write_way, 13, "it is in process group 1");
	((struct process *)node->process)->known &= ~PROCESS_KNOWN_IDS;
	expect_text(chain_write_way, 13, "it is in another process group");
	/* A forwarder that sends another one. */
	node->way = CHAIN_WAY_FORWARDED;
	node->from = chain_index(12);
	node->sig = SIGQUIT;
	chain_node(12)->sig = SIGTERM;
	expect_text(chain_write_way, 13, "bash[12] forwards SIGTERM as SIGQUIT to it");
	chain.watched = true;
	expect_text(chain_write_way, 13, "bash[12] sent SIGTERM on as SIGQUIT to it");
	node->way = CHAIN_WAY_FORWARDED_GROUP;
	expect_text(chain_write_way, 13,
		    "bash[12] sent SIGTERM on as SIGQUIT to its process group");
	/* What its parent does is not known, that it gets it is. */
	node->way = CHAIN_WAY_PARENT_NOT_KNOWN;
	chain_node(12)->gets = CHAIN_YES;
	expect_text(chain_write_way, 13,
		    "not known: what its parent bash[12] does with it is not known, either");
	/* By whom. */
	node->sig = SIGTERM;
	chain.edges = edges;
	chain.edges_len = ARRAY_SIZE(edges);
	node->way = CHAIN_WAY_SENT;
	expect_text(chain_write_way, 13, "SIGTERM was sent to it by dock\\x09erd[901]");
	node->way = CHAIN_WAY_OTHER_SENDER;
	node->from = CHAIN_NONE;
	expect_text(chain_write_way, 13, "SIGTERM was sent to it by dock\\x09erd[901]");
	node->way = CHAIN_WAY_KILLED;
	expect_text(chain_write_way, 13,
		    "killed with SIGKILL by the kernel (the OOM killer), not asked before");
	edges[2].origin = ORIGIN_NOT_KNOWN;
	expect_text(chain_write_way, 13, "killed with SIGKILL by the kernel, not asked before");
	edges[2].sender_kind = SENDER_USER;
	edges[2].sender_node = chain_index(1);
	expect_text(chain_write_way, 13, "killed with SIGKILL by tini[1, init], not asked before");
	/* sigtrace says what it did itself. */
	chain.sent = true;
	node->way = CHAIN_WAY_SENT;
	expect_text(chain_write_way, 13, "sigtrace sent SIGTERM to it");
	chain.edges = NULL;
	chain.edges_len = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_node, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_shell, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_long_operand, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_forwarder, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_ways, chain_setup, chain_teardown),
		cmocka_unit_test_setup_teardown(test_way_details, chain_setup, chain_teardown),
	};

	return cmocka_run_group_tests_name("chain_text", tests, NULL, NULL);
}
