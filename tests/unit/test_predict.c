/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "predict.h"
#include "predict_rows.h"

#define SENTENCE_SIZE 1024

#define KNOWN_BPF                                                                           \
	(PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_SIGNALFD | \
	 PROCESS_KNOWN_POLLED | PROCESS_KNOWN_FROZEN | PROCESS_KNOWN_IDS | PROCESS_KNOWN_VFORK)
#define KNOWN_PROCFS (PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_IDS)

/* A process with everything that hangs on it, and its tracer. */
struct stage {
	struct process_table table;
	struct process list[2];
	struct thread threads[PREDICT_THREADS];
	struct process_action actions[EVENT_SIG_MAX];
	struct process_symbol symbol;
};

static void set_stage(struct stage *s, int sig, const struct predict_facts *is)
{
	struct process *tracer = &s->list[0];
	struct process *p = &s->list[1];
	const size_t len = is->len ? is->len : 1;

	memset(s, 0, sizeof(*s));
	*tracer = (struct process){.tgid = 77, .comm = "strace"};
	*p = (struct process){
		.tgid = PREDICT_TGID,
		.ns_tgid = is->namespace_init ? 1 : PREDICT_TGID,
		.comm = "app",
		.known = ((is->procfs ? KNOWN_PROCFS : KNOWN_BPF) | is->known) & ~is->unknown,
		.kernel_thread = is->kernel_thread,
		.namespace_init = is->namespace_init,
		.global_init = is->global_init,
		.selected = true,
		.core_dumping = is->core_dumping,
		.signalfd_polled = is->polled,
		.ignored = is->handler == IGN ? BIT(sig) : 0,
		.caught = is->handler > IGN ? BIT(sig) : 0,
		.pending = is->pending,
		.signalfd = is->signalfd,
		.signalfd_each = is->signalfd_each,
		.signal_flags = is->signal_flags,
		.group_exit_code = is->group_exit_code,
		.thread_count = (uint32_t)len + is->missed,
	};
	if (len <= PREDICT_THREADS) {
		p->threads = s->threads;
		p->threads_len = len;
	}
	for (size_t i = 0; i < p->threads_len; i++) {
		s->threads[i] = is->threads[i];
		s->threads[i].tid = PREDICT_TGID + (uint32_t)i;
		/* /proc tells that, too, but for some threads that sleep. */
		if (!is->procfs || !(s->threads[i].state & SLEEPS))
			s->threads[i].waited_for_known = true;
	}
	if (!is->procfs) {
		s->actions[sig - 1].handler = is->handler;
		s->actions[sig - 1].flags = is->sa_flags;
		p->actions = s->actions;
	}
	if (is->symbol) {
		s->symbol = (struct process_symbol){
			.handler = is->handler, .text = (char *)is->symbol, .runtime = is->runtime};
		p->symbols = &s->symbol;
		p->symbols_len = 1;
	}
	s->table = (struct process_table){
		.evidence = is->procfs ? PROCESS_EVIDENCE_PROCFS : PROCESS_EVIDENCE_BPF,
		.list = s->list,
		.len = ARRAY_SIZE(s->list),
	};
}

static void predict(const struct stage *s, int sig, enum predict_from from, struct prediction *ret)
{
	memset(ret, 0x55, sizeof(*ret));
	predict_signal(&s->table, &s->list[1], sig, from, ret);
}

/* The sentence, or what is missing. */
static void write_answer(const struct prediction *a, char text[SENTENCE_SIZE])
{
	struct strbuf out;

	strbuf_init(&out, text, SENTENCE_SIZE);
	if (a->known)
		explain_write(&a->report, &a->verdict, &out);
	else
		strbuf_add(&out, a->missing);
	assert_false(out.cut);
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

static void check(const struct predict_row *row, const struct prediction *a, enum cause cause,
		  enum predict_effect effect, const char *sentence)
{
	char text[SENTENCE_SIZE];

	write_answer(a, text);
	if (a->known != (cause != CAUSE_COUNT))
		fail_msg("%s: known %d: %s", row->what, a->known, text);
	if (a->known && a->verdict.cause != cause)
		fail_msg("%s: cause %s: %s", row->what, cause_name(a->verdict.cause), text);
	if (a->effect != effect)
		fail_msg("%s: effect %d: %s", row->what, a->effect, text);
	if (!contains(text, sentence))
		fail_msg("%s: %s", row->what, text);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(predict_rows); i++) {
		const struct predict_row *row = &predict_rows[i];
		struct prediction outside, inside;
		struct stage stage;

		set_stage(&stage, row->sig, &row->is);
		predict(&stage, row->sig, PREDICT_OUTSIDE, &outside);
		predict(&stage, row->sig, PREDICT_INSIDE, &inside);
		check(row, &outside, row->cause, row->effect, row->sentence);
		if (row->inside)
			check(row, &inside, row->inside_cause, PREDICT_EFFECT_NO, row->inside);
		else
			check(row, &inside, row->cause, row->effect, row->sentence);
		if (predict_differs(&outside, &inside) != (row->inside != NULL))
			fail_msg("%s: outside and inside", row->what);
	}
}

/* Causes that a prediction cannot have: failed sends, deliveries, and what has no explanation. */
static void test_every_cause_has_a_row(void **state)
{
	bool seen[CAUSE_COUNT] = {
		[CAUSE_GROUP_EXIT] = true,  [CAUSE_EPERM] = true,  [CAUSE_ESRCH] = true,
		[CAUSE_EINVAL] = true,	    [CAUSE_EAGAIN] = true, [CAUSE_EACCES] = true,
		[CAUSE_UNEXPLAINED] = true,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(predict_rows); i++)
		if (predict_rows[i].cause != CAUSE_COUNT)
			seen[predict_rows[i].cause] = true;
	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++)
		if (!seen[cause])
			fail_msg("no row for %s", cause_name(cause));
}

/* Whoever shows it reads more than the sentence. */
static void test_report(void **state)
{
	const struct predict_facts is = {
		.handler = HANDLER,
		.sa_flags = 0x14000000,
		.symbol = "app!on_term",
		.runtime = RUNTIME_JVM,
		.pending = BIT(SIGINT),
		.len = 2,
		.threads = {BLOCKS(SIGTERM, .pending = BIT(SIGHUP)),
			    {.state = SLEEPS, .tracer_tgid = 77}},
	};
	struct stage stage;
	struct prediction a;
	const struct report *r = &a.report;

	(void)state;
	set_stage(&stage, SIGTERM, &is);
	stage.list[1].start_boot_ns = 123;
	stage.list[1].pid_ns = 4026532000;
	stage.list[1].ns_tgid = 5;
	stage.list[1].group_exec = true;
	predict(&stage, SIGTERM, PREDICT_OUTSIDE, &a);
	assert_true(a.known);
	assert_int_equal(r->kind, REPORT_GENERATE);
	assert_int_equal(r->sig, SIGTERM);
	assert_int_equal(r->code, 0);
	assert_int_equal(r->result, EVENT_RESULT_DELIVERED);
	assert_int_equal(r->facts, EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_BLOCKED |
					   EVENT_FACT_PTRACED | EVENT_FACT_GROUP_EXEC);
	assert_true(r->process_directed);
	assert_int_equal(r->sender_kind, SENDER_USER);
	assert_int_equal(r->sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r->target.source, REPORT_SOURCE_EVENT);
	assert_int_equal(r->target.start_boot_ns, 123);
	assert_int_equal(r->target.tgid, PREDICT_TGID);
	assert_int_equal(r->target.tid, PREDICT_TGID);
	assert_int_equal(r->target.ns_tgid, 5);
	assert_int_equal(r->target.pid_ns, 4026532000);
	assert_string_equal(r->target.comm, "app");
	assert_int_equal(r->handler, HANDLER);
	assert_string_equal(r->handler_symbol, "app!on_term");
	assert_int_equal(r->handler_runtime, RUNTIME_JVM);
	assert_int_equal(r->sa_flags, 0x14000000);
	assert_int_equal(r->state, SLEEPS);
	assert_int_equal(r->receiver_tid, PREDICT_TGID + 1);
	assert_int_equal(r->threads, 2);
	assert_int_equal(r->pending_process, BIT(SIGINT) | BIT(SIGTERM));
	assert_int_equal(r->pending_thread, BIT(SIGHUP));
	assert_int_equal(r->tracer_tgid, 77);
	assert_string_equal(r->tracer_comm, "strace");
}

/* Each fact of the process has its bit, and no other. */
static void test_facts(void **state)
{
	static const struct {
		struct predict_facts is;
		uint32_t facts;
	} rows[] = {
		{IS_PLAIN, 0},
		{IS(ARE(BLOCKS(SIGTERM))), EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED},
		{IS(ARE(BLOCKS(SIGINT))), 0},
		{IS(ARE({.exiting = true})), EVENT_FACT_EXITING | EVENT_FACT_ALL_EXITING},
		{IS(ARE({.waited_for = BIT(SIGTERM)})), EVENT_FACT_WAITED_FOR},
		{IS(ARE({.waited_for = BIT(SIGINT)})), 0},
		{IS(ARE({.frozen = true})), EVENT_FACT_FROZEN},
		{IS(ARE({.frozen_v2 = true})), EVENT_FACT_FROZEN_V2},
		{IS(ARE({.tracer_tgid = 77})), EVENT_FACT_PTRACED},
		{IS(.kernel_thread = true), EVENT_FACT_KTHREAD},
		{IS(.namespace_init = true), EVENT_FACT_NAMESPACE_INIT},
		{IS(.global_init = true), EVENT_FACT_GLOBAL_INIT},
		{IS(.core_dumping = true), EVENT_FACT_CORE_DUMPING},
		{IS(.polled = true, .signalfd = BIT(SIGTERM)), 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stage stage;
		struct prediction a;

		set_stage(&stage, SIGTERM, &rows[i].is);
		predict(&stage, SIGTERM, PREDICT_OUTSIDE, &a);
		assert_true(a.known);
		assert_int_equal(a.report.facts, rows[i].facts | EVENT_FACT_PROCESS_DIRECTED);
		assert_int_equal(a.report.snapshot_facts, 0);
	}
}

/* What complete_signal() has done when the tracepoint fires: rules read the flags as they are then.
 */
static void test_group_exit(void **state)
{
	static const struct {
		const char *what;
		int sig;
		struct predict_facts is;
		bool begins;
	} rows[] = {
		{"default", SIGTERM, IS_PLAIN, true},
		{"real-time", 32, IS_PLAIN, true},
		{"core dump: at delivery", SIGQUIT, IS_PLAIN, false},
		{"stop", SIGTSTP, IS_PLAIN, false},
		{"caught", SIGTERM, IS(.handler = HANDLER), false},
		{"blocked", SIGTERM, IS(ARE(BLOCKS(SIGTERM))), false},
		{"sigwait", SIGTERM, IS(ARE({.waited_for = BIT(SIGTERM)})), false},
		{"traced", SIGTERM, IS(ARE({.tracer_tgid = 77})), false},
		{"traced, SIGKILL", SIGKILL, IS(ARE({.tracer_tgid = 77, .state = TRACED})), true},
		{"pending already", SIGTERM, IS(.pending = BIT(SIGTERM)), false},
		{"pending already, real-time", 32, IS(.pending = BIT(32)), true},
		{"stopped", SIGTERM, IS(ARE({.state = STOPPED})), false},
		{"another thread is not stopped", SIGTERM,
		 IS(.len = 2, ARE({.state = STOPPED}, {.state = SLEEPS_D})), true},
		{"and that one blocks it", SIGTERM,
		 IS(.len = 2, ARE({.state = STOPPED}, BLOCKS(SIGTERM))), false},
		{"SIGKILL in a core dump", SIGKILL,
		 IS(.core_dumping = true, .signal_flags = GROUP_EXIT, .group_exit_code = SIGSEGV),
		 true},
		{"an init loses its flag", SIGKILL,
		 IS(.namespace_init = true, .signal_flags = UNKILLABLE), true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stage stage;
		struct prediction a;
		bool began;

		set_stage(&stage, rows[i].sig, &rows[i].is);
		predict(&stage, rows[i].sig, PREDICT_OUTSIDE, &a);
		assert_true(a.known);
		began = a.report.signal_flags == GROUP_EXIT &&
			a.report.group_exit_code == rows[i].sig;
		if (began != rows[i].begins)
			fail_msg("%s: flags 0x%x, code %d", rows[i].what, a.report.signal_flags,
				 a.report.group_exit_code);
	}
}

/* prepare_signal() and the flags of a stop; only SIGCONT changes them. */
static void test_resume(void **state)
{
	static const struct {
		int sig;
		uint32_t before;
		uint32_t thread_state;
		uint32_t after;
	} rows[] = {
		{SIGCONT, 0x1, STOPPED, 0x22},	{SIGCONT, 0x41, STOPPED, 0x62},
		{SIGCONT, 0x0, STOPPED, 0x12},	{SIGCONT, 0x22, SLEEPS, 0x2},
		{SIGCONT, 0x12, STOPPED, 0x12}, {SIGCONT, 0x1, TRACED, 0x22},
		{SIGTSTP, 0x1, STOPPED, 0x1},	{SIGTSTP, 0x22, SLEEPS, 0x22},
		{SIGCHLD, 0x41, STOPPED, 0x41},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct predict_facts is = {
			.signal_flags = rows[i].before,
			.group_exit_code = SIGSTOP,
			.threads = {{.state = rows[i].thread_state}},
		};
		struct stage stage;
		struct prediction a;

		set_stage(&stage, rows[i].sig, &is);
		predict(&stage, rows[i].sig, PREDICT_OUTSIDE, &a);
		assert_true(a.known);
		assert_int_equal(a.report.signal_flags, rows[i].after);
		assert_int_equal(a.report.group_exit_code,
				 rows[i].sig == SIGCONT && rows[i].after & 0x30 ? 0 : SIGSTOP);
	}
}

static void test_differs(void **state)
{
	const struct predict_facts plain = {0};
	const struct predict_facts caught = {.handler = HANDLER};
	const struct predict_facts named = {.handler = HANDLER, .symbol = "app!on_term"};
	const struct predict_facts stopped = {.threads = {{.state = STOPPED}}};
	const struct predict_facts dying = {.signal_flags = GROUP_EXIT, .group_exit_code = 2};
	const struct predict_facts resumed = {.signal_flags = 0x1};
	const struct predict_facts unseen = {.len = PREDICT_THREADS + 1};
	const struct predict_facts vanished = {.unknown = PROCESS_KNOWN_DISPOSITIONS};
	const struct {
		const struct predict_facts *one, *other;
		int sig;
		bool differs;
	} rows[] = {
		{&plain, &plain, SIGTERM, false},    {&plain, &caught, SIGTERM, true},
		{&caught, &named, SIGTERM, true},    {&named, &named, SIGTERM, false},
		{&plain, &stopped, SIGTERM, true},   {&plain, &dying, SIGTERM, true},
		{&plain, &resumed, SIGCONT, true},   {&plain, &unseen, SIGTERM, true},
		{&unseen, &vanished, SIGTERM, true}, {&unseen, &unseen, SIGTERM, false},
		{&vanished, &plain, SIGTERM, true},
	};
	struct prediction one, other;
	struct stage stages[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set_stage(&stages[0], rows[i].sig, rows[i].one);
		set_stage(&stages[1], rows[i].sig, rows[i].other);
		predict(&stages[0], rows[i].sig, PREDICT_OUTSIDE, &one);
		predict(&stages[1], rows[i].sig, PREDICT_OUTSIDE, &other);
		if (predict_differs(&one, &other) != rows[i].differs)
			fail_msg("row %zu", i);
	}
	/* The same cause and sentence, another effect. */
	set_stage(&stages[0], SIGTERM, &plain);
	predict(&stages[0], SIGTERM, PREDICT_OUTSIDE, &one);
	other = one;
	other.effect = PREDICT_EFFECT_NO;
	assert_true(predict_differs(&one, &other));
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static bool one_in(uint64_t *seed, unsigned int n)
{
	return random_next(seed) % n == 0;
}

static struct predict_facts random_facts(uint64_t *seed, int sig)
{
	static const uint32_t states[] = {0, SLEEPS, SLEEPS_D, STOPPED, TRACED, KILLABLE, IDLE};
	static const uint64_t handlers[] = {0, IGN, HANDLER};
	struct predict_facts is = {
		.handler = sig == SIGKILL || sig == SIGSTOP ? 0 : handlers[random_next(seed) % 3],
		.signal_flags = one_in(seed, 4) ? (uint32_t)random_next(seed) & 0x37 : 0,
		.group_exit_code = (int32_t)(random_next(seed) % 64),
		.pending = one_in(seed, 3) ? random_next(seed) : 0,
		.polled = one_in(seed, 3),
		.signalfd = one_in(seed, 3) ? random_next(seed) : 0,
		.signalfd_each = one_in(seed, 3) ? random_next(seed) : 0,
		.procfs = one_in(seed, 3),
		.known = one_in(seed, 2) ? (uint32_t)random_next(seed) & KNOWN_BPF : 0,
		.unknown = one_in(seed, 4) ? (uint32_t)random_next(seed) : 0,
		.missed = one_in(seed, 8),
		.len = 1 + random_next(seed) % PREDICT_THREADS,
	};

	is.core_dumping = (is.signal_flags & GROUP_EXIT) && one_in(seed, 3);
	is.namespace_init = one_in(seed, 3);
	is.global_init = is.namespace_init && one_in(seed, 3);
	if (is.namespace_init && !(is.signal_flags & GROUP_EXIT))
		is.signal_flags |= UNKILLABLE;
	is.kernel_thread = !is.namespace_init && one_in(seed, 8);
	if (is.kernel_thread)
		is.handler = IGN + random_next(seed) % 3;
	for (size_t i = 0; i < is.len; i++) {
		struct thread *thread = &is.threads[i];

		thread->blocked = one_in(seed, 2) ? random_next(seed) : 0;
		if (!is.kernel_thread)
			thread->blocked &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
		if (one_in(seed, 4))
			thread->waited_for = random_next(seed) & ~thread->blocked & ~BIT(SIGKILL) &
					     ~BIT(SIGSTOP);
		thread->waited_for_known = one_in(seed, 2);
		thread->state = states[random_next(seed) % ARRAY_SIZE(states)];
		thread->tracer_tgid = one_in(seed, 5) ? 77 : 0;
		thread->frozen = one_in(seed, 8);
		thread->frozen_v2 = one_in(seed, 8);
		thread->exiting = one_in(seed, 6);
		if (thread->exiting && one_in(seed, 2))
			thread->state = ZOMBIE;
		thread->pending = one_in(seed, 6) ? random_next(seed) : 0;
	}
	return is;
}

/* Whatever a snapshot shows, a prediction explains it or says what is missing. */
static void test_any_facts(void **state)
{
	unsigned int known = 0, differing = 0;
	uint64_t seed = 15;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		const int sig = 1 + (int)(i % EVENT_SIG_MAX);
		const struct predict_facts is = random_facts(&seed, sig);
		struct prediction outside, inside;
		char text[SENTENCE_SIZE];
		struct stage stage;

		set_stage(&stage, sig, &is);
		predict(&stage, sig, PREDICT_OUTSIDE, &outside);
		predict(&stage, sig, PREDICT_INSIDE, &inside);
		write_answer(&outside, text);
		if (text[0] == '\0' || strpbrk(text, "{}\n") || strstr(text, "  "))
			fail_msg("%s", text);
		if (predict_differs(&outside, &inside)) {
			differing++;
			assert_true(is.namespace_init && !is.global_init);
			assert_true(sig == SIGKILL || sig == SIGSTOP);
		}
		if (!outside.known) {
			assert_int_equal(outside.effect, PREDICT_EFFECT_UNKNOWN);
			continue;
		}
		known++;
		assert_null(outside.missing);
		assert_true(outside.verdict.cause != CAUSE_UNEXPLAINED);
		assert_true(outside.verdict.cause != CAUSE_GROUP_EXIT);
		if (outside.verdict.effect == EFFECT_ACTS)
			assert_int_equal(outside.effect, PREDICT_EFFECT_YES);
		if (outside.verdict.effect == EFFECT_NONE || outside.verdict.problem)
			assert_int_equal(outside.effect, PREDICT_EFFECT_NO);
	}
	assert_true(known > 100000);
	assert_true(differing > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_every_cause_has_a_row),
		cmocka_unit_test(test_report),	   cmocka_unit_test(test_facts),
		cmocka_unit_test(test_group_exit), cmocka_unit_test(test_resume),
		cmocka_unit_test(test_differs),	   cmocka_unit_test(test_any_facts),
	};

	return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
