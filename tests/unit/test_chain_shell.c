/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shell does right now; the places and signals are those of real ones. */
#include "chain_scene.h"

#define SHELL 10
#define FIRST 11
#define LAST  12

#define KEYBOARD (signal_bit(SIGINT) | signal_bit(SIGQUIT))
/* include/uapi/linux/wait.h: WUNTRACED | WCONTINUED */
#define JOBS 0xa

/* Of SHELL. */
struct waits {
	enum program_kind kind;
	const char *syscall; /* NULL: it runs */
	int64_t pid;
	uint64_t options;
};

static const struct waits bash_waits = {PROGRAM_BASH, "wait4", -1, 0};
static const struct waits bash_waits_for_jobs = {PROGRAM_BASH, "wait4", -1, JOBS};
static const struct waits dash_waits = {PROGRAM_DASH, "wait4", -1, 0};
static const struct waits dash_suspended = {PROGRAM_DASH, "rt_sigsuspend", 0x7ffe, 0};

/* As bash is while it waits; dash ignores nothing, but that changes nothing. */
static struct process *shell(void)
{
	struct process *p = chain_process(SHELL, 1, "sh");

	chain_ignores(p, SIGQUIT);
	chain_catches(p, SIGINT);
	chain_catches(p, SIGCHLD);
	return p;
}

static struct process *foreground(uint32_t tgid)
{
	return chain_process(tgid, SHELL, "sleep");
}

static struct process *background(uint32_t tgid)
{
	struct process *p = chain_process(tgid, SHELL, "sleep");

	p->ignored = KEYBOARD;
	return p;
}

/* Started with &, and then it catches SIGINT whatever it was before: uvicorn, for one. */
static struct process *catcher(uint32_t tgid)
{
	struct process *p = chain_process(tgid, SHELL, "uvicorn");

	chain_ignores(p, SIGQUIT);
	chain_catches(p, SIGINT);
	return p;
}

static void look(const struct waits *w)
{
	chain_make(SHELL, 0);
	chain_runs(SHELL, w->kind);
	chain_sits(&chain.table.list[chain_node(SHELL)->process - chain.table.list], w->syscall,
		   w->pid);
	chain_node(SHELL)->process->threads[0].place->args[2] = w->options;
	chain_find_shells(&chain);
}

/* bash -c TEXT */
static void look_with_text(const char *text)
{
	if (!chain.len)
		look(&bash_waits);
	chain_node(SHELL)->program.runs = PROGRAM_RUNS_COMMAND;
	chain_node(SHELL)->program.operand = text;
	chain_find_shells(&chain);
}

/* `waits_for` 0: CHAIN_NONE. */
static void expect(enum chain_shell shell, uint32_t waits_for)
{
	const struct chain_node *n = chain_node(SHELL);

	assert_int_equal(n->shell, shell);
	assert_int_equal(n->waits_for, waits_for ? chain_index(waits_for) : CHAIN_NONE);
}

static void look_and_expect(const struct waits *w, enum chain_shell shell, uint32_t waits_for)
{
	look(w);
	expect(shell, waits_for);
}

static void test_bash_foreground(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

static void test_bash_builtin(void **state)
{
	(void)state;
	shell();
	background(FIRST);
	background(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* In a script it could as well be `server & exec > >(tee log); wait`. */
static void test_bash_foreground_beside_background(void **state)
{
	(void)state;
	shell();
	background(FIRST);
	foreground(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("server & pytest; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, LAST);
	look_with_text("server & pytest; wait");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, LAST);
	look_with_text("server & exec > >(tee log); wait");
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("server & reset-signals other & wait");
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	/* What this runs decides, and it is not here. */
	look_with_text(". ./lib.sh; main");
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* env --default-signal=INT,QUIT sleep 9 & wait */
static void test_bash_signals_reset(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	look_with_text("env --default-signal=INT,QUIT sleep 9 & wait");
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("sleep 9; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
	/* The end of what it was told may be missing. */
	look_with_text("sleep 9; true");
	chain_node(SHELL)->words_cut = true;
	chain_catches(&chain.table.list[1], SIGINT);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* node, which resets all signals when it begins, and then catches SIGINT. */
static void test_bash_runtime_resets(void **state)
{
	(void)state;
	shell();
	chain_catches(foreground(FIRST), SIGINT);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("node server.js & p=$!; wait $p");
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("migrate && node server.js; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

/* It leaves SIGQUIT as it was. */
static void test_bash_python(void **state)
{
	(void)state;
	shell();
	chain_catches(foreground(FIRST), SIGINT);
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_node(FIRST)->exe = strdup("/usr/bin/python3.11");
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
	/* It was told to ignore it: uvicorn, in the background. */
	chain_ignores(&chain.table.list[1], SIGQUIT);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_bash_init_text(void **state)
{
	(void)state;
	chain_ignores(chain_init(SHELL, 1, "bash"), SIGQUIT);
	background(FIRST);
	foreground(LAST);
	look_with_text("server & pytest; wait");
	/* FIRST may have been adopted, and `server` be the other one. */
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("server & pytest; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, LAST);
}

/* `exec > >(tee log); server & wait` */
static void test_bash_builtin_with_process_substitution(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	background(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* `exec > >(tee log); pytest`, or a pipe */
static void test_bash_one_of_several(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	foreground(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_FOREGROUND, 0);
}

/* What was started last is what counts, not who has the highest number. */
static void test_bash_after_wrap(void **state)
{
	struct process *p;

	(void)state;
	shell();
	p = background(FIRST);
	foreground(LAST);
	p->start_boot_ns += S;
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* Of /proc: in the same tick. */
static void test_bash_same_start(void **state)
{
	struct process *p;

	(void)state;
	shell();
	p = background(FIRST);
	foreground(LAST)->start_boot_ns = p->start_boot_ns;
	look_with_text("server & pytest; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, LAST);
}

static void test_bash_catcher(void **state)
{
	(void)state;
	shell();
	catcher(FIRST);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_bash_older_catcher(void **state)
{
	(void)state;
	shell();
	catcher(FIRST);
	foreground(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
	look_with_text("uvicorn & pytest; true");
	expect(CHAIN_SHELL_WAITS_FOREGROUND, 0);
}

/* A bash catches SIGINT only if it was not ignored. */
static void test_bash_waits_for_bash(void **state)
{
	(void)state;
	shell();
	catcher(FIRST);
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_runs(FIRST, PROGRAM_BASH);
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);

	chain_node(FIRST)->program.by_name_only = true;
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* `(trap - INT; sleep 9; true) & wait`: bash lets a job take that back. */
static void test_bash_subshell_with_trap(void **state)
{
	static const char *const words[] = {"bash", "run.sh", NULL};
	static const char *const others[] = {"bash", "other.sh", NULL};

	(void)state;
	shell();
	catcher(FIRST);
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_runs(FIRST, PROGRAM_BASH);
	chain_words(SHELL, words);
	chain_words(FIRST, words);
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	/* Another script's bash ignores SIGQUIT by itself. */
	chain_words(FIRST, others);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
	/* As a subshell in the foreground has it. */
	chain_words(FIRST, words);
	chain.table.list[1].ignored = 0;
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

/* It waits in system(3): that ignores both, too, and blocks SIGCHLD. */
static void test_bash_child_in_system(void **state)
{
	(void)state;
	shell();
	background(FIRST)->threads[0].blocked = signal_bit(SIGCHLD);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
}

/* A bash in the background blocks SIGCHLD, too, while it waits. */
static void test_bash_background_bash(void **state)
{
	(void)state;
	shell();
	background(FIRST)->threads[0].blocked = signal_bit(SIGCHLD);
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_runs(FIRST, PROGRAM_BASH);
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* Then all its children do. */
static void test_bash_ignores_it_itself(void **state)
{
	(void)state;
	chain_ignores(shell(), SIGINT);
	background(FIRST);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_bash_dispositions_not_known(void **state)
{
	(void)state;
	shell();
	foreground(FIRST)->known &= ~PROCESS_KNOWN_DISPOSITIONS;
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_bash_zombie_is_no_child(void **state)
{
	(void)state;
	shell();
	background(FIRST);
	chain_zombie(foreground(LAST));
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* The first process of a container adopts what others leave. */
static void test_bash_init(void **state)
{
	struct process *p;

	(void)state;
	p = chain_init(SHELL, 1, "bash");
	chain_ignores(p, SIGQUIT);
	background(FIRST);
	foreground(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_bash_init_of_background(void **state)
{
	(void)state;
	chain_ignores(chain_init(SHELL, 1, "bash"), SIGQUIT);
	background(FIRST);
	background(LAST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

static void test_bash_init_of_foreground(void **state)
{
	(void)state;
	chain_ignores(chain_init(SHELL, 1, "bash"), SIGQUIT);
	foreground(FIRST);
	look_and_expect(&bash_waits, CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

/* x=$(sleep 9): it reads. */
static void test_bash_elsewhere(void **state)
{
	const struct waits reads = {PROGRAM_BASH, "read", 3, 0};
	const struct waits runs = {PROGRAM_BASH, NULL, 0, 0};
	const struct waits one = {PROGRAM_BASH, "wait4", FIRST, 0};
	const struct waits *const all[] = {&reads, &runs, &one};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (i)
			assert_int_equal(chain_setup(state), 0);
		shell();
		foreground(FIRST);
		look_and_expect(all[i], CHAIN_SHELL_NOT_KNOWN, 0);
		if (i + 1 < ARRAY_SIZE(all))
			chain_teardown(state);
	}
}

static void test_place_not_read(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
	chain_runs(SHELL, PROGRAM_DASH);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* Job control: nobody ignores anything. */
static void make_job(bool known, bool shell_in_front, bool job_in_front)
{
	shell()->has_tty = true;
	chain_group(foreground(FIRST));
	chain_group(foreground(LAST));
	chain_make(SHELL, 0);
	chain_runs(SHELL, PROGRAM_BASH)->interactive = PROGRAM_YES;
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain.table.list[0].threads[0].place->args[2] = JOBS;
	if (known) {
		chain_terminal(SHELL, "pts/3", shell_in_front);
		chain_terminal(FIRST, "pts/3", job_in_front);
		chain_terminal(LAST, "pts/3", false);
	}
	chain_find_shells(&chain);
}

static void test_job_in_front(void **state)
{
	(void)state;
	make_job(true, false, true);
	expect(CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

static void test_job_builtin(void **state)
{
	(void)state;
	make_job(true, true, false);
	expect(CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* The shell is a background job itself. */
static void test_job_nobody_in_front(void **state)
{
	(void)state;
	make_job(true, false, false);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_job_without_terminal(void **state)
{
	(void)state;
	make_job(false, false, false);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* `set -m` in a script without a terminal. */
static void test_job_of_script(void **state)
{
	(void)state;
	shell();
	chain_group(foreground(FIRST));
	look(&bash_waits_for_jobs);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_dash_foreground(void **state)
{
	(void)state;
	shell();
	background(FIRST);
	foreground(LAST);
	look_and_expect(&dash_waits, CHAIN_SHELL_WAITS_FOREGROUND, LAST);
}

static void test_dash_builtin(void **state)
{
	(void)state;
	shell();
	background(FIRST);
	look_and_expect(&dash_suspended, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* A catcher says nothing, but where dash sits does. */
static void test_dash_catcher(void **state)
{
	(void)state;
	shell();
	catcher(FIRST);
	look_and_expect(&dash_waits, CHAIN_SHELL_WAITS_FOREGROUND, FIRST);
}

static void test_dash_pipe(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	foreground(LAST);
	look_and_expect(&dash_waits, CHAIN_SHELL_WAITS_FOREGROUND, 0);
}

/* The `wait` of an old one. */
static void test_old_ash(void **state)
{
	const struct waits ash = {PROGRAM_ASH, "wait4", -1, 0};

	(void)state;
	shell();
	background(FIRST);
	look_and_expect(&ash, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_ash_builtin(void **state)
{
	const struct waits ash = {PROGRAM_ASH, "rt_sigsuspend", 0x7ffe, 0};

	(void)state;
	shell();
	background(FIRST);
	look_and_expect(&ash, CHAIN_SHELL_WAITS_BUILTIN, 0);
}

/* zsh suspends itself for both. */
static void test_other_shells(void **state)
{
	const struct waits zsh = {PROGRAM_ZSH, "rt_sigsuspend", 0x7ffe, 0};

	(void)state;
	shell();
	background(FIRST);
	look_and_expect(&zsh, CHAIN_SHELL_NOT_KNOWN, 0);
}

static void test_without_child(void **state)
{
	(void)state;
	shell();
	look_and_expect(&bash_waits, CHAIN_SHELL_READS, 0);
}

static void test_by_name_only(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	look(&bash_waits);
	chain_node(SHELL)->program.by_name_only = true;
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

/* Its other children are no nodes. */
static void test_above_the_root(void **state)
{
	(void)state;
	shell();
	foreground(FIRST);
	chain_make(FIRST, 1);
	chain_runs(SHELL, PROGRAM_BASH);
	chain_sits(&chain.table.list[0], "wait4", -1);
	chain_find_shells(&chain);
	expect(CHAIN_SHELL_NOT_KNOWN, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bash_foreground),
		TEST(test_bash_builtin),
		TEST(test_bash_foreground_beside_background),
		TEST(test_bash_signals_reset),
		TEST(test_bash_runtime_resets),
		TEST(test_bash_python),
		TEST(test_bash_builtin_with_process_substitution),
		TEST(test_bash_one_of_several),
		TEST(test_bash_after_wrap),
		TEST(test_bash_same_start),
		TEST(test_bash_catcher),
		TEST(test_bash_older_catcher),
		TEST(test_bash_waits_for_bash),
		TEST(test_bash_subshell_with_trap),
		TEST(test_bash_child_in_system),
		TEST(test_bash_background_bash),
		TEST(test_bash_ignores_it_itself),
		TEST(test_bash_dispositions_not_known),
		TEST(test_bash_zombie_is_no_child),
		TEST(test_bash_init),
		TEST(test_bash_init_of_background),
		TEST(test_bash_init_of_foreground),
		TEST(test_bash_init_text),
		TEST(test_bash_elsewhere),
		TEST(test_place_not_read),
		TEST(test_job_in_front),
		TEST(test_job_builtin),
		TEST(test_job_nobody_in_front),
		TEST(test_job_without_terminal),
		TEST(test_job_of_script),
		TEST(test_dash_foreground),
		TEST(test_dash_builtin),
		TEST(test_dash_catcher),
		TEST(test_dash_pipe),
		TEST(test_old_ash),
		TEST(test_ash_builtin),
		TEST(test_other_shells),
		TEST(test_without_child),
		TEST(test_by_name_only),
		TEST(test_above_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
