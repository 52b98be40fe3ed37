/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "predict.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SENTENCE_SIZE	  256

#define BIT(sig) (1ULL << ((sig)-1))
#define KEYBOARD (BIT(SIGINT) | BIT(SIGQUIT))
#define KNOWN	 (PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_IDS)

/* One of two processes: a child of 17, and 17. */
struct side {
	const char *comm; /* NULL: app, bash */
	uint64_t ignored;
	uint64_t blocked;
	uint64_t waited_for;
	uint64_t other_blocked; /* with two threads: of the second */
	size_t threads;		/* NONE: not seen, as of a process that nobody asked for */
	bool leader_exiting;
	bool kernel_thread;
	uint32_t pgid; /* 0: 17 */
	uint32_t unknown;
	uint64_t start_boot_ns;
};

#define NONE 9

struct row {
	const char *what;
	int sig;
	struct side child;
	struct side parent;
	uint32_t parent_tgid; /* 0: 17 */
	enum provenance expected;
};

static const struct row rows[] = {
	{"nothing special", SIGTERM, {0}, {0}, 0, PROVENANCE_NONE},

	{"both ignore it",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGHUP)},
	 0,
	 PROVENANCE_IGNORED_INHERITED},
	{"the parent does not ignore it",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGINT)},
	 0,
	 PROVENANCE_NONE},
	{"only the parent ignores it", SIGHUP, {0}, {.ignored = BIT(SIGHUP)}, 0, PROVENANCE_NONE},
	{"another signal",
	 SIGTERM,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGHUP)},
	 0,
	 PROVENANCE_NONE},
	{"the highest one",
	 64,
	 {.ignored = BIT(64)},
	 {.ignored = BIT(64)},
	 0,
	 PROVENANCE_IGNORED_INHERITED},
	{"the parent's dispositions are not known",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGHUP), .unknown = PROCESS_KNOWN_DISPOSITIONS},
	 0,
	 PROVENANCE_NONE},
	{"its own are not known",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP), .unknown = PROCESS_KNOWN_DISPOSITIONS},
	 {.ignored = BIT(SIGHUP)},
	 0,
	 PROVENANCE_NONE},
	{"the parent is gone",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGHUP)},
	 18,
	 PROVENANCE_NONE},
	{"the parent's number is new",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP), .start_boot_ns = 5},
	 {.ignored = BIT(SIGHUP), .start_boot_ns = 6},
	 0,
	 PROVENANCE_NONE},
	{"both began in one tick",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP), .start_boot_ns = 5},
	 {.ignored = BIT(SIGHUP), .start_boot_ns = 5},
	 0,
	 PROVENANCE_IGNORED_INHERITED},
	{"kernel threads ignore everything",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP), .kernel_thread = true},
	 {.ignored = BIT(SIGHUP), .kernel_thread = true},
	 0,
	 PROVENANCE_NONE},
	{"a program that the kernel started",
	 SIGHUP,
	 {.ignored = BIT(SIGHUP)},
	 {.ignored = BIT(SIGHUP), .kernel_thread = true},
	 0,
	 PROVENANCE_NONE},

	{"both block it",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM)},
	 {.blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_BLOCKED_INHERITED},
	{"the parent does not block it",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM)},
	 {.blocked = BIT(SIGINT)},
	 0,
	 PROVENANCE_NONE},
	{"only the parent blocks it", SIGTERM, {0}, {.blocked = BIT(SIGTERM)}, 0, PROVENANCE_NONE},
	{"the parent's masks are not known",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM)},
	 {.blocked = BIT(SIGTERM), .threads = NONE},
	 0,
	 PROVENANCE_NONE},
	{"one of its threads does not block it",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM), .threads = 2},
	 {.blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_NONE},
	{"all of its threads block it",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM), .other_blocked = BIT(SIGTERM), .threads = 2},
	 {.blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_BLOCKED_INHERITED},
	{"its leader has exited, and does not count",
	 SIGTERM,
	 {.other_blocked = BIT(SIGTERM), .threads = 2, .leader_exiting = true},
	 {.blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_BLOCKED_INHERITED},
	{"it has exited altogether",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM), .leader_exiting = true},
	 {.blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_NONE},
	{"one of the parent's threads does not block it",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM)},
	 {.blocked = BIT(SIGTERM), .threads = 2},
	 0,
	 PROVENANCE_NONE},
	{"the parent waits for it in sigwait(): it blocks it otherwise",
	 SIGTERM,
	 {.blocked = BIT(SIGTERM)},
	 {.waited_for = BIT(SIGTERM)},
	 0,
	 PROVENANCE_BLOCKED_INHERITED},
	{"it ignores and blocks it, and blocked counts",
	 SIGTERM,
	 {.ignored = BIT(SIGTERM), .blocked = BIT(SIGTERM)},
	 {.ignored = BIT(SIGTERM), .blocked = BIT(SIGTERM)},
	 0,
	 PROVENANCE_BLOCKED_INHERITED},
	{"blocked counts, and for that the parent proves nothing",
	 SIGTERM,
	 {.ignored = BIT(SIGTERM), .blocked = BIT(SIGTERM)},
	 {.ignored = BIT(SIGTERM)},
	 0,
	 PROVENANCE_NONE},

	{"cmd &, SIGINT", SIGINT, {.ignored = KEYBOARD}, {0}, 0, PROVENANCE_BACKGROUND_JOB},
	{"cmd &, SIGQUIT", SIGQUIT, {.ignored = KEYBOARD}, {0}, 0, PROVENANCE_BACKGROUND_JOB},
	{"cmd &, of a shell that ignores SIGQUIT itself, as bash does",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.ignored = BIT(SIGQUIT)},
	 0,
	 PROVENANCE_BACKGROUND_JOB},
	{"of a shell that ignores SIGINT itself",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.ignored = BIT(SIGINT)},
	 0,
	 PROVENANCE_IGNORED_INHERITED},
	{"cmd &, of dash",
	 SIGQUIT,
	 {.ignored = KEYBOARD},
	 {.comm = "dash"},
	 0,
	 PROVENANCE_BACKGROUND_JOB},
	{"cmd &, another signal", SIGTERM, {.ignored = KEYBOARD}, {0}, 0, PROVENANCE_NONE},
	{"one of the two", SIGINT, {.ignored = BIT(SIGINT)}, {0}, 0, PROVENANCE_NONE},
	{"the other of the two", SIGQUIT, {.ignored = BIT(SIGQUIT)}, {0}, 0, PROVENANCE_NONE},
	{"the parent is no shell",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.comm = "make"},
	 0,
	 PROVENANCE_NONE},
	{"the parent's name begins like one",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.comm = "bashful"},
	 0,
	 PROVENANCE_NONE},
	{"the shell ignores both itself: the more general",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.ignored = KEYBOARD},
	 0,
	 PROVENANCE_IGNORED_INHERITED},
	{"a group of its own: job control",
	 SIGINT,
	 {.ignored = KEYBOARD, .pgid = 500},
	 {0},
	 0,
	 PROVENANCE_NONE},
	{"groups that are not known",
	 SIGINT,
	 {.ignored = KEYBOARD, .unknown = PROCESS_KNOWN_IDS},
	 {0},
	 0,
	 PROVENANCE_NONE},
	{"the shell's group is not known",
	 SIGINT,
	 {.ignored = KEYBOARD},
	 {.unknown = PROCESS_KNOWN_IDS},
	 0,
	 PROVENANCE_NONE},
	{"it waits in system(3)",
	 SIGINT,
	 {.ignored = KEYBOARD, .blocked = BIT(SIGCHLD)},
	 {0},
	 0,
	 PROVENANCE_NONE},
	{"its mask is not known",
	 SIGINT,
	 {.ignored = KEYBOARD, .threads = NONE},
	 {0},
	 0,
	 PROVENANCE_NONE},
};

struct family {
	struct process_table table;
	struct process list[2];
	struct thread threads[2][2];
};

static void set_side(struct process *p, struct thread *threads, const struct side *is,
		     const char *comm, uint32_t tgid)
{
	*p = (struct process){
		.tgid = tgid,
		.pgid = is->pgid ? is->pgid : 17,
		.known = KNOWN & ~is->unknown,
		.ignored = is->ignored,
		.kernel_thread = is->kernel_thread,
		.start_boot_ns = is->start_boot_ns,
		.threads = threads,
		.threads_len = is->threads == NONE ? 0
			       : is->threads	   ? is->threads
						   : 1,
	};
	memcpy(p->comm, is->comm ? is->comm : comm, strlen(is->comm ? is->comm : comm));
	threads[0] = (struct thread){
		.tid = tgid,
		.blocked = is->blocked,
		.waited_for = is->waited_for,
		.exiting = is->leader_exiting,
	};
	threads[1] = (struct thread){.tid = tgid + 1, .blocked = is->other_blocked};
}

static const struct process *set_family(struct family *f, const struct row *row)
{
	memset(f, 0, sizeof(*f));
	set_side(&f->list[0], f->threads[0], &row->parent, "bash", 17);
	set_side(&f->list[1], f->threads[1], &row->child, "app", 500);
	f->list[1].parent_tgid = row->parent_tgid ? row->parent_tgid : 17;
	f->table = (struct process_table){.list = f->list, .len = 2};
	return &f->list[1];
}

static void write_clause(const struct family *f, const struct process *p, int sig,
			 enum provenance provenance, char text[SENTENCE_SIZE])
{
	struct strbuf out;

	strbuf_init(&out, text, SENTENCE_SIZE);
	provenance_write(&f->table, p, sig, provenance, &out);
	assert_false(out.cut);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct family family;
		const struct process *p = set_family(&family, &rows[i]);
		const enum provenance found = provenance_of(&family.table, p, rows[i].sig);
		char text[SENTENCE_SIZE];

		if (found != rows[i].expected)
			fail_msg("%s: %d", rows[i].what, found);
		write_clause(&family, p, rows[i].sig, found, text);
		assert_int_equal(found == PROVENANCE_NONE, text[0] == '\0');
		if (found != PROVENANCE_NONE)
			assert_true(text[strlen(text) - 1] != '.');
	}
}

static void test_clauses(void **state)
{
	static const struct {
		enum provenance provenance;
		const char *text;
	} clauses[] = {
		{PROVENANCE_IGNORED_INHERITED,
		 "its parent bash[17] ignores it, too: an ignored signal is inherited across fork "
		 "and exec"},
		{PROVENANCE_BLOCKED_INHERITED,
		 "its parent bash[17] blocks it, too: a blocked mask is inherited across fork and "
		 "exec"},
		{PROVENANCE_BACKGROUND_JOB,
		 "it ignores SIGINT and SIGQUIT, as all does that is started with & by the "
		 "non-interactive shell bash[17], its parent"},
	};
	struct family family;
	const struct process *p = set_family(&family, &rows[0]);
	char text[SENTENCE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clauses); i++) {
		write_clause(&family, p, SIGINT, clauses[i].provenance, text);
		assert_string_equal(text, clauses[i].text);
	}
	memcpy(family.list[0].comm, "\033]0;{name}\a\xff%s%n-", EVENT_COMM_SIZE);
	write_clause(&family, p, SIGINT, PROVENANCE_IGNORED_INHERITED, text);
	assert_non_null(strstr(text, "its parent \\x1b]0;{name}\\x07\\xff%s%n[17] ignores"));
}

static void test_names(void **state)
{
	(void)state;
	assert_null(provenance_name(PROVENANCE_NONE));
	assert_string_equal(provenance_name(PROVENANCE_IGNORED_INHERITED), "ignored_inherited");
	assert_string_equal(provenance_name(PROVENANCE_BLOCKED_INHERITED), "blocked_inherited");
	assert_string_equal(provenance_name(PROVENANCE_BACKGROUND_JOB), "background_job");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_clauses),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("provenance", tests, NULL, NULL);
}
