/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cause_table.h"
#include "explain.h"
#include "explain_rows.h"
#include "signals.h"

#define SENTENCE_SIZE 512

static struct verdict verdict_of(const struct explain_row *row)
{
	const struct report r = explain_row_report(row);

	return explain_report(&r);
}

static void write_sentence(const struct report *r, char text[SENTENCE_SIZE])
{
	const struct verdict v = explain_report(r);
	struct strbuf out;

	strbuf_init(&out, text, SENTENCE_SIZE);
	explain_write(r, &v, &out);
	assert_false(out.cut);
}

/* False if there is none. */
static bool write_remedy(const struct report *r, char text[SENTENCE_SIZE])
{
	const struct verdict v = explain_report(r);
	struct strbuf out;
	bool any;

	strbuf_init(&out, text, SENTENCE_SIZE);
	any = explain_write_remedy(r, &v, &out);
	assert_false(out.cut);
	assert_int_equal(any, out.len > 0);
	return any;
}

/* strstr(), and a fragment that ends with "$" must be the end. */
static bool contains(const char *text, const char *fragment)
{
	size_t len = strlen(fragment);

	if (fragment[len - 1] != '$')
		return strstr(text, fragment);
	len--;
	return strlen(text) >= len && strncmp(text + strlen(text) - len, fragment, len) == 0;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXPLAIN_ROWS_COUNT; i++) {
		const struct explain_row *row = &explain_rows[i];
		const struct report r = explain_row_report(row);
		const struct verdict v = explain_report(&r);
		char sentence[SENTENCE_SIZE];
		char remedy[SENTENCE_SIZE];

		write_sentence(&r, sentence);
		if (v.cause != row->cause)
			fail_msg("%s: cause %s: %s", row->what, cause_name(v.cause), sentence);
		if (v.effect != row->effect)
			fail_msg("%s: effect %d", row->what, v.effect);
		if (v.problem != (row->problem == PROBLEM))
			fail_msg("%s: problem %d", row->what, v.problem);
		if (!contains(sentence, row->sentence))
			fail_msg("%s: %s", row->what, sentence);
		if (write_remedy(&r, remedy) != (row->remedy != NULL))
			fail_msg("%s: remedy %s", row->what, row->remedy ? "missing" : remedy);
		if (row->remedy && !strstr(remedy, row->remedy))
			fail_msg("%s: %s", row->what, remedy);
	}
}

static bool has_row(const struct cause_rule *rule)
{
	for (size_t i = 0; i < EXPLAIN_ROWS_COUNT; i++)
		if (verdict_of(&explain_rows[i]).rule == rule)
			return true;
	return false;
}

/* The last row of the cause table holds always. */
static bool is_last(const struct cause_rule *rule)
{
	return rule->stages == STAGE_ANY;
}

/* No rule that nothing reaches, because one in front of it holds whenever it would. */
static void test_every_rule_has_a_row(void **state)
{
	const struct cause_rule *rule = cause_rules;

	(void)state;
	do {
		if (!has_row(rule))
			fail_msg("no row for %s: %s", cause_name(rule->cause), rule->explanation);
	} while (!is_last(rule++));
}

static void check_words(const char *text)
{
	static const char *const words[] = {
		"{signal}",	 "{name}",	"{handler}",	 "{sa_flags}", "{handle_in_init}",
		"{tgid}",	 "{tid}",	"{receiver}",	 "{threads}",  "{tracer}",
		"{exit_signal}", "{exit_code}", "{result}",	 "{code}",     "{signal_flags}",
		"{facts}",	 "{state}",	"{its_handler}", "{runtime}",
	};
	for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(words) && !known; i++)
			known = strncmp(open, words[i], strlen(words[i])) == 0;
		if (!known)
			fail_msg("unknown word: %s", open);
	}
	assert_true(text[0] != '\0');
	assert_true(text[strlen(text) - 1] != '.');
}

/* A word that explain.c does not know would vanish from the sentence. */
static void test_templates(void **state)
{
	const struct cause_rule *rule = cause_rules;

	(void)state;
	do {
		check_words(rule->explanation);
		if (rule->remedy)
			check_words(rule->remedy);
	} while (!is_last(rule++));
}

static void test_every_cause_has_a_row(void **state)
{
	bool seen[CAUSE_COUNT] = {
		/* Failed sends never reach the two tracepoints. */
		[CAUSE_EPERM] = true,
		[CAUSE_ESRCH] = true,
		[CAUSE_EINVAL] = true,
		[CAUSE_EACCES] = true,
	};

	(void)state;
	for (size_t i = 0; i < EXPLAIN_ROWS_COUNT; i++)
		seen[explain_rows[i].cause] = true;
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (!seen[cause])
			fail_msg("no row for %s", cause_name(cause));
}

/* They are the interface of the JSON output: never renamed, never two alike. */
static void test_names(void **state)
{
	static const char *const names[] = {
		"exiting",
		"global_init",
		"unkillable_sig_dfl",
		"kernel_thread",
		"sig_ign",
		"sig_dfl_ignore",
		"sigwait",
		"blocked",
		"ptraced",
		"frozen",
		"stopped",
		"uninterruptible",
		"caught",
		"default_terminate",
		"default_core",
		"default_stop",
		"default_continue",
		"group_exit",
		"eperm",
		"esrch",
		"einval",
		"eagain",
		"eacces",
		"unexplained",
	};

	(void)state;
	assert_int_equal(ARRAY_SIZE(names), CAUSE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned int found = 0;

		for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
			found += strcmp(cause_name(cause), names[i]) == 0;
		if (found != 1)
			fail_msg("%u causes are called %s", found, names[i]);
	}
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		for (const char *c = cause_name(cause); *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '_');
}

/* Every combination of what may stand in a queued signal's way: the first in the table is named. */
static void test_order_when_queued(void **state)
{
	static const struct {
		uint32_t facts;
		uint32_t task_state;
		enum cause cause;
	} obstacles[] = {
		{EVENT_FACT_ALL_EXITING, 0, CAUSE_EXITING},
		{EVENT_FACT_WAITED_FOR, 0, CAUSE_SIGWAIT},
		{EVENT_FACT_ALL_BLOCKED, 0, CAUSE_BLOCKED},
		{EVENT_FACT_PTRACED, 0, CAUSE_PTRACED},
		{EVENT_FACT_FROZEN, 0, CAUSE_FROZEN},
		{EVENT_FACT_FROZEN_V2, 0, CAUSE_FROZEN},
		{0, 0x4, CAUSE_STOPPED},
		{0, 0x2, CAUSE_UNINTERRUPTIBLE},
	};
	static const struct {
		int sig;
		uint64_t handler;
		enum cause cause;
	} ends[] = {
		{SIGTERM, 0x401000, CAUSE_CAUGHT}, {SIGTERM, 0, CAUSE_DEFAULT_TERMINATE},
		{SIGQUIT, 0, CAUSE_DEFAULT_CORE},  {SIGTERM, 1, CAUSE_SIG_IGN},
		{SIGURG, 0, CAUSE_SIG_DFL_IGNORE},
	};
	static const enum event_result results[] = {
		EVENT_RESULT_DELIVERED, EVENT_RESULT_ALREADY_PENDING, EVENT_RESULT_LOSE_INFO};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends) * ARRAY_SIZE(results); i++) {
		const size_t end = i % ARRAY_SIZE(ends);

		for (unsigned int set = 0; set < 1U << ARRAY_SIZE(obstacles); set++) {
			struct explain_row row = {
				.sig = ends[end].sig,
				.outcome = (int)results[i / ARRAY_SIZE(ends)],
				.is = {.handler = ends[end].handler},
			};
			enum cause expected = ends[end].cause;

			for (size_t o = ARRAY_SIZE(obstacles); o-- > 0;) {
				if (!(set >> o & 1))
					continue;
				row.is.facts |= obstacles[o].facts;
				row.is.state |= obstacles[o].task_state;
				expected = obstacles[o].cause;
			}
			/* It waits there, and does not take it: no place in the order for this. */
			if (expected == CAUSE_SIGWAIT && (row.is.facts & EVENT_FACT_FROZEN))
				expected = CAUSE_FROZEN;
			if (verdict_of(&row).cause != expected)
				fail_msg("signal %d, facts 0x%x, state 0x%x: %s instead of %s",
					 row.sig, row.is.facts, row.is.state,
					 cause_name(verdict_of(&row).cause), cause_name(expected));
		}
	}
}

static void test_order_when_ignored(void **state)
{
	static const struct {
		uint32_t facts;
		uint32_t signal_flags;
		enum cause cause;
	} reasons[] = {
		{0, 0x4, CAUSE_EXITING},
		{EVENT_FACT_CORE_DUMPING, 0, CAUSE_EXITING},
		{EVENT_FACT_EXITING, 0, CAUSE_EXITING},
		{EVENT_FACT_GLOBAL_INIT, 0, CAUSE_GLOBAL_INIT},
		{0, 0x40, CAUSE_UNKILLABLE_SIG_DFL},
	};

	(void)state;
	for (unsigned int set = 1; set < 1U << ARRAY_SIZE(reasons); set++) {
		struct explain_row row = {
			.sig = SIGKILL, .outcome = EVENT_RESULT_IGNORED, .is = {.thread = true}};
		enum cause expected = CAUSE_UNEXPLAINED;

		for (size_t i = ARRAY_SIZE(reasons); i-- > 0;) {
			if (!(set >> i & 1))
				continue;
			row.is.facts |= reasons[i].facts;
			row.is.signal_flags |= reasons[i].signal_flags;
			expected = reasons[i].cause;
		}
		assert_int_equal(verdict_of(&row).cause, expected);
	}
}

static struct report traced_by(const char *comm)
{
	const struct explain_row row = {
		.sig = SIGTERM,
		.outcome = EVENT_RESULT_DELIVERED,
		.is = {.facts = EVENT_FACT_PTRACED},
	};
	struct report r = explain_row_report(&row);

	memset(r.tracer_comm, 0, sizeof(r.tracer_comm));
	memcpy(r.tracer_comm, comm, strnlen(comm, sizeof(r.tracer_comm)));
	return r;
}

static void test_hostile_names(void **state)
{
	static const struct {
		const char *comm;
		const char *shown;
	} rows[] = {
		{"strace", "by strace[77]:"},
		{"", "by [77]:"},
		{"\033[2J\033[31m\a\r\n", "by \\x1b[2J\\x1b[31m\\x07\\x0d\\x0a[77]:"},
		{"{signal}{tracer}%s%n", "by {signal}{tracer}[77]:"},
		{"0123456789abcdef", "by 0123456789abcdef[77]:"},
		{"a\\b\xff\xc2\x9b", "by a\\\\b\\xff\\xc2\\x9b[77]:"},
		{"\xe2\x80\xae\xe6\x97\xa5", "by \\xe2\\x80\\xae\xe6\x97\xa5[77]:"},
	};
	char sentence[SENTENCE_SIZE];
	char remedy[SENTENCE_SIZE];
	struct report r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		r = traced_by(rows[i].comm);
		memcpy(r.target.comm, "\033]0;pwned\a{name}", EVENT_COMM_SIZE);
		write_sentence(&r, sentence);
		if (!strstr(sentence, rows[i].shown))
			fail_msg("%s", sentence);
		r.facts = EVENT_FACT_ALL_BLOCKED;
		write_sentence(&r, sentence);
		assert_null(strchr(sentence, '\033'));
		assert_true(write_remedy(&r, remedy));
		assert_null(strchr(remedy, '\033'));
	}
}

/* A symbol is the traced side's own, and as long as it likes. */
static void test_hostile_symbols(void **state)
{
	static const struct {
		const char *symbol;
		const char *sentence;
	} rows[] = {
		{"app!on_term+0x10", "its handler app!on_term+0x10 will run"},
		{"a\033[2J\n{signal}%s!f", "its handler a\\x1b[2J\\x0a{signal}%s!f will run"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct explain_row row = {
			.sig = SIGTERM, .is = {.handler = 0x401000, .symbol = rows[i].symbol}};
		const struct report r = explain_row_report(&row);
		char sentence[SENTENCE_SIZE];

		write_sentence(&r, sentence);
		assert_string_equal(sentence, rows[i].sentence);
	}
}

static void test_long_symbols(void **state)
{
	(void)state;
	for (size_t len = 95; len <= 98; len++) {
		char symbol[SENTENCE_SIZE] = "", expected[SENTENCE_SIZE] = "its handler ";
		const struct explain_row row = {.sig = SIGTERM,
						.is = {.handler = 0x401000, .symbol = symbol}};
		const struct report r = explain_row_report(&row);
		char sentence[SENTENCE_SIZE];

		memset(symbol, 'x', len);
		memset(expected + strlen(expected), 'x', len <= 96 ? len : 96);
		strcat(expected, len <= 96 ? " will run" : "… will run");
		write_sentence(&r, sentence);
		assert_string_equal(sentence, expected);
	}
}

/* What a runtime's handler means is a clause of the sentence, and differs for an init. */
static void test_runtimes(void **state)
{
	(void)state;
	for (enum runtime runtime = RUNTIME_NONE + 1; runtime < RUNTIME_COUNT; runtime++) {
		for (unsigned int init = 0; init < 2; init++) {
			const struct explain_row row = {
				.sig = SIGTERM,
				.is = {.handler = 0x401000,
				       .runtime = runtime,
				       .facts = init ? EVENT_FACT_NAMESPACE_INIT : 0},
			};
			const struct report r = explain_row_report(&row);
			const char *meaning = runtime_meaning(runtime, SIGTERM, init);
			const size_t literal = strcspn(meaning, "{");
			char sentence[SENTENCE_SIZE];
			const char *clause;

			check_words(meaning);
			write_sentence(&r, sentence);
			clause = strstr(sentence, " will run: ");
			assert_non_null(clause);
			clause += strlen(" will run: ");
			assert_int_equal(strncmp(clause, meaning, literal), 0);
			assert_null(strpbrk(sentence, "{}"));
		}
	}
}

static void test_shells(void **state)
{
	static const struct {
		char comm[EVENT_COMM_SIZE];
		bool shell;
	} rows[] = {
		{"sh", true},
		{"bash", true},
		{"dash", true},
		{"ash", true},
		{"zsh", true},
		{"ksh", true},
		{"busybox", true},
		{"", false},
		{"bas", false},
		{"bashful", false},
		{"run.sh", false},
		{"-bash", false},
		{"0123456789abcde", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (explain_is_shell(rows[i].comm) != rows[i].shell)
			fail_msg("%s", rows[i].comm);
}

/* Whatever room there is: nothing beyond it is touched, and what did not fit is told. */
static void test_little_room(void **state)
{
	const struct report r =
		traced_by("\033\033\033\033\033\033\033\033\033\033\033\033\033\033");
	const struct verdict v = explain_report(&r);
	char whole[SENTENCE_SIZE];

	(void)state;
	write_sentence(&r, whole);
	for (size_t size = 1; size <= strlen(whole) + 1; size++) {
		char text[SENTENCE_SIZE];
		struct strbuf out;

		memset(text, '#', sizeof(text));
		strbuf_init(&out, text, size);
		explain_write(&r, &v, &out);
		assert_int_equal(out.cut, size <= strlen(whole));
		assert_int_equal(text[out.len], '\0');
		assert_true(out.len < size);
		for (size_t i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
	}
}

static void test_group_exit_signal(void **state)
{
	static const struct {
		uint32_t signal_flags;
		int32_t code;
		int sig;
	} rows[] = {
		{0x4, SIGTERM, SIGTERM}, {0x4, 0x80 | SIGSEGV, SIGSEGV},
		{0x4, 3 << 8, 0},	 {0x4, 0, 0},
		{0x4, 64, 64},		 {0x44, SIGKILL, SIGKILL},
		{0, SIGTERM, 0}, /* no group exit: ptrace and job control leave their code there */
		{0x40, SIGTERM, 0},	 {0x1, SIGSTOP, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct report r = {.kind = REPORT_DELIVER,
					 .signal_flags = rows[i].signal_flags,
					 .group_exit_code = rows[i].code};

		assert_int_equal(explain_group_exit_signal(&r), rows[i].sig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_rule_has_a_row),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_every_cause_has_a_row),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_order_when_queued),
		cmocka_unit_test(test_order_when_ignored),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_hostile_symbols),
		cmocka_unit_test(test_long_symbols),
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_shells),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_group_exit_signal),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
