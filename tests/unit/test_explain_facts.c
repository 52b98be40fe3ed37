/* SPDX-License-Identifier: BSD-2-Clause */
/* Explanations of facts by the million: whatever is recorded, and whatever a kernel can do. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "explain.h"
#include "render_reports.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SENTENCE_SIZE	  512

#define GROUP_EXIT  0x04
#define GROUP_DUMP  0x08
#define CLD_RESUMED 0x20
#define UNKILLABLE  0x40

#define HANDLER_DFL	       0
#define HANDLER_IGN	       1
#define HANDLER_KTHREAD	       2
#define HANDLER_KTHREAD_KERNEL 3

static void check_text(const struct strbuf *text)
{
	assert_false(text->cut);
	if (text->len == 0 || strpbrk(text->data, "{}\n") || strstr(text->data, "  ") ||
	    strchr(" .;,:", text->data[text->len - 1]))
		fail_msg("\"%s\"", text->data);
}

static struct verdict check_report(const struct report *r)
{
	const struct verdict v = explain_report(r);
	char memory[SENTENCE_SIZE];
	struct strbuf text;

	assert_true(v.cause < CAUSE_COUNT);
	assert_true(v.effect < EFFECT_COUNT);
	assert_non_null(v.rule);
	strbuf_init(&text, memory, sizeof(memory));
	explain_write(r, &v, &text);
	check_text(&text);
	strbuf_reset(&text);
	if (explain_write_remedy(r, &v, &text))
		check_text(&text);
	else
		assert_int_equal(text.len, 0);
	/* A failed send has neither a generation nor a delivery. */
	assert_true(v.cause != CAUSE_EPERM && v.cause != CAUSE_ESRCH && v.cause != CAUSE_EINVAL &&
		    v.cause != CAUSE_EACCES);
	return v;
}

static void test_any_facts(void **state)
{
	static const uint64_t handlers[] = {HANDLER_DFL, HANDLER_IGN, 0x1000};
	const unsigned int kinds = EVENT_SIG_MAX * ARRAY_SIZE(handlers) * (EVENT_RESULT_COUNT + 1);
	uint64_t seed = 15;

	(void)state;
	for (unsigned int i = 0; i < 1000000; i++) {
		unsigned int kind = i % kinds;
		struct report r = random_report(&seed);
		struct verdict v;

		r.sig = 1 + (int)(kind % EVENT_SIG_MAX);
		kind /= EVENT_SIG_MAX;
		r.handler = handlers[kind % ARRAY_SIZE(handlers)];
		kind /= ARRAY_SIZE(handlers);
		r.kind = kind < EVENT_RESULT_COUNT ? REPORT_GENERATE : REPORT_DELIVER;
		r.result = kind < EVENT_RESULT_COUNT ? (enum event_result)kind : 0;
		strncpy(r.tracer_comm, "strace", sizeof(r.tracer_comm));
		r.handler_symbol =
			"app!on_signal"; /* names of strangers may have anything in them */
		if (random_next(&seed) % 2)
			r.signal_flags &= ~(uint32_t)GROUP_EXIT;
		v = check_report(&r);
		if (v.cause == CAUSE_UNEXPLAINED && r.result != EVENT_RESULT_IGNORED)
			assert_true(r.facts & EVENT_FACT_SCAN_CUT);
	}
}

/* A kernel, a target and a signal, as far as prepare_signal() and sig_ignored() look at them. */
struct scene {
	bool before_5_16; /* a group exit in progress drops nothing, and a core dump is a flag */
	bool from_7_0;	  /* an exiting thread takes nothing that is for it alone */
	bool forced;	  /* from the kernel or an ancestor namespace */
	bool process_directed;
	int sig;

	bool dying;
	bool core_dumping;
	bool exiting;
	bool stopped;
	bool blocked;
	bool ptraced;
	bool global_init;
	bool unkillable;
	bool kthread;
	uint64_t handler;
};

static bool one_in(uint64_t *seed, unsigned int n)
{
	return random_next(seed) % n == 0;
}

static struct scene random_scene(uint64_t *seed)
{
	static const uint64_t handlers[] = {HANDLER_DFL, HANDLER_IGN, 0x401000};
	struct scene s = {
		.sig = 1 + (int)(random_next(seed) % EVENT_SIG_MAX),
		.forced = one_in(seed, 2),
		.process_directed = one_in(seed, 2),
		.dying = one_in(seed, 8),
		.exiting = one_in(seed, 8),
		.stopped = one_in(seed, 4),
		.blocked = one_in(seed, 4),
		.ptraced = one_in(seed, 6),
		.handler = handlers[random_next(seed) % ARRAY_SIZE(handlers)],
	};

	if (one_in(seed, 3))
		s.sig = one_in(seed, 2) ? SIGKILL : SIGSTOP;
	if (one_in(seed, 4))
		s.sig = SIGCONT;
	if (s.sig == SIGKILL || s.sig == SIGSTOP) {
		s.handler = HANDLER_DFL;
		s.blocked = false;
	}
	s.before_5_16 = one_in(seed, 3);
	s.from_7_0 = !s.before_5_16 && one_in(seed, 2);
	s.core_dumping = s.dying && one_in(seed, 3);
	/* A group exit assigns the flags, and SIGNAL_UNKILLABLE with them. */
	s.unkillable = !s.dying && one_in(seed, 3);
	s.global_init = s.unkillable && one_in(seed, 3);
	if (!s.unkillable && !s.dying && one_in(seed, 6)) {
		s.kthread = true;
		s.handler = HANDLER_IGN + random_next(seed) % 3;
		s.ptraced = false;
		s.stopped = false;
	}
	return s;
}

static bool default_ignores(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

static bool is_unblockable(int sig)
{
	return sig == SIGKILL || sig == SIGSTOP;
}

/* sig_task_ignored(), or CAUSE_COUNT if it is not ignored. */
static enum cause task_ignores(const struct scene *s)
{
	if (s->global_init && is_unblockable(s->sig))
		return CAUSE_GLOBAL_INIT;
	if (s->unkillable && s->handler == HANDLER_DFL && !(s->forced && is_unblockable(s->sig)))
		return CAUSE_UNKILLABLE_SIG_DFL;
	if (s->kthread && s->handler == HANDLER_KTHREAD_KERNEL && !s->forced)
		return CAUSE_KERNEL_THREAD;
	if (s->handler == HANDLER_IGN)
		return CAUSE_SIG_IGN;
	if (s->handler == HANDLER_DFL && default_ignores(s->sig))
		return CAUSE_SIG_DFL_IGNORE;
	return CAUSE_COUNT;
}

/* Why the kernel drops the signal at once, or CAUSE_COUNT if it queues it. */
static enum cause kernel_ignores(const struct scene *s)
{
	enum cause cause;

	if (s->from_7_0 && s->exiting && !s->process_directed)
		return CAUSE_EXITING;
	if (s->core_dumping)
		return s->sig == SIGKILL ? CAUSE_COUNT : CAUSE_EXITING;
	if (s->dying && !s->before_5_16)
		return CAUSE_EXITING;
	if (s->blocked || (s->ptraced && s->sig != SIGKILL))
		return CAUSE_COUNT;
	cause = task_ignores(s);
	/* Both are true then, and that it is dying comes first. */
	if (cause != CAUSE_COUNT && (s->dying || (s->exiting && !s->process_directed)))
		return CAUSE_EXITING;
	return cause;
}

/* What the tracepoint then sees. */
static struct report scene_report(const struct scene *s, enum event_result result)
{
	struct report r = {
		.kind = REPORT_GENERATE,
		.sig = s->sig,
		.result = result,
		.process_directed = s->process_directed,
		.target = everyday_task("app", 200),
		.handler = s->handler,
		.threads = 1,
		.receiver_tid = 200,
		.state = s->stopped && !s->exiting ? 0x4 : 0x1,
	};

	if (s->process_directed)
		r.facts |= EVENT_FACT_PROCESS_DIRECTED;
	if (s->exiting)
		r.facts |= EVENT_FACT_EXITING;
	if (s->exiting && s->process_directed && result != EVENT_RESULT_IGNORED)
		r.facts |= EVENT_FACT_ALL_EXITING;
	if (s->blocked)
		r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED;
	if (s->ptraced) {
		r.facts |= EVENT_FACT_PTRACED;
		r.tracer_tgid = 77;
	}
	if (s->global_init)
		r.facts |= EVENT_FACT_GLOBAL_INIT;
	if (s->unkillable) {
		r.facts |= EVENT_FACT_NAMESPACE_INIT;
		r.signal_flags |= UNKILLABLE;
	}
	if (s->kthread)
		r.facts |= EVENT_FACT_KTHREAD;
	if (s->core_dumping) {
		r.facts |= EVENT_FACT_CORE_DUMPING;
		r.signal_flags |= s->before_5_16 ? GROUP_DUMP : GROUP_EXIT;
		r.group_exit_code = SIGSEGV;
	} else if (s->dying) {
		r.signal_flags |= GROUP_EXIT;
		r.group_exit_code = 3 << 8;
	} else if (s->stopped && s->sig == SIGCONT) {
		r.signal_flags |= CLD_RESUMED;
		r.state = 0;
	}
	return r;
}

static void test_what_the_kernel_ignores(void **state)
{
	bool seen[CAUSE_COUNT + 1] = {false};
	uint64_t seed = 9;

	(void)state;
	for (unsigned int i = 0; i < 300000; i++) {
		const struct scene s = random_scene(&seed);
		enum cause expected = kernel_ignores(&s);
		struct report r;
		struct verdict v;

		seen[expected] = true;
		if (expected == CAUSE_COUNT)
			continue;
		r = scene_report(&s, EVENT_RESULT_IGNORED);
		v = check_report(&r);
		if (v.cause != expected)
			fail_msg("signal %d, handler %d, flags 0x%x, facts 0x%x: %s, not %s", r.sig,
				 (int)r.handler, r.signal_flags, r.facts, cause_name(v.cause),
				 cause_name(expected));
		/* Dropped is dropped, but SIGCONT has resumed a stopped process before that. */
		assert_int_equal(v.effect, s.sig == SIGCONT && s.stopped && !s.dying &&
							   expected != CAUSE_EXITING
						   ? EFFECT_ACTS
						   : EFFECT_NONE);
		if (v.effect == EFFECT_ACTS)
			assert_false(v.problem);
	}
	assert_true(seen[CAUSE_EXITING] && seen[CAUSE_GLOBAL_INIT] && seen[CAUSE_SIG_IGN] &&
		    seen[CAUSE_UNKILLABLE_SIG_DFL] && seen[CAUSE_KERNEL_THREAD] &&
		    seen[CAUSE_SIG_DFL_IGNORE] && seen[CAUSE_COUNT]);
}

/* Causes that belong to another moment. */
static bool is_for_queued(enum cause cause)
{
	return cause != CAUSE_UNEXPLAINED && cause != CAUSE_GLOBAL_INIT &&
	       cause != CAUSE_KERNEL_THREAD && cause != CAUSE_GROUP_EXIT && cause != CAUSE_EAGAIN;
}

static void test_what_the_kernel_queues(void **state)
{
	static const enum event_result results[] = {
		EVENT_RESULT_DELIVERED, EVENT_RESULT_ALREADY_PENDING, EVENT_RESULT_LOSE_INFO};
	unsigned int queued = 0;
	uint64_t seed = 18;

	(void)state;
	for (unsigned int i = 0; i < 300000; i++) {
		const struct scene s = random_scene(&seed);
		struct report r;
		struct verdict v;

		if (kernel_ignores(&s) != CAUSE_COUNT)
			continue;
		queued++;
		r = scene_report(&s, results[i % ARRAY_SIZE(results)]);
		v = check_report(&r);
		if (!is_for_queued(v.cause))
			fail_msg("signal %d, handler %d, flags 0x%x, facts 0x%x: %s", r.sig,
				 (int)r.handler, r.signal_flags, r.facts, cause_name(v.cause));
		if (v.effect == EFFECT_ACTS)
			assert_false(v.problem);
	}
	assert_true(queued > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_facts),
		cmocka_unit_test(test_what_the_kernel_ignores),
		cmocka_unit_test(test_what_the_kernel_queues),
	};

	return cmocka_run_group_tests_name("explain_facts", tests, NULL, NULL);
}
