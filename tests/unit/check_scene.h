/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that never happened: built event by event, judged, and compared sentence by sentence. */
#ifndef SIGTRACE_TESTS_CHECK_SCENE_H
#define SIGTRACE_TESTS_CHECK_SCENE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check.h"
#include "signals.h"
#include "syscalls.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

/* When it happens, unless the test says otherwise. */
#define BEGAN	(100 * S)
#define STARTED (BEGAN + 100 * MS)
#define READY	(STARTED + 700 * MS)
#define SENT	(READY + 1 * MS)
#define OVER	(SENT + 10 * S)

#define INIT	    4242
#define INIT_START  (STARTED - 3 * MS)
#define CHILD	    4250
#define CHILD_START (STARTED + 50 * MS)
#define PID_NS	    4026533000

#define HANDLER	     0x401000
#define IGNORE	     1
#define SLEEPS	     0x0001
#define STOPPED	     0x0004
#define ZOMBIE	     0x0020
#define UNKILLABLE   0x40
#define GROUP_EXIT   0x04
#define EXITED(code) ((code) << 8)

#define SENTENCE_SIZE 1536

static struct check_run run;
static struct check_limits limits;

static inline int check_setup(void **state)
{
	(void)state;
	run = (struct check_run){
		.subject = CHECK_SUBJECT_COMMAND,
		.name = "./app --serve",
		.sig = SIGTERM,
		.ready_wait = "settle",
		.ready_timeout_ns = 30 * S,
		.grace_ns = 10 * S,
		.evidence = CHECK_EVIDENCE_BPF,
		.began_ns = BEGAN,
		.init_tgid = INIT,
		.init_start_boot_ns = INIT_START,
		.pid_ns = PID_NS,
		.is_namespace_init = true,
	};
	limits = (struct check_limits){0};
	memcpy(run.comm, "app", 3);
	return 0;
}

static inline int check_teardown(void **state)
{
	(void)state;
	check_run_free(&run);
	return 0;
}

static inline void mark(enum check_mark what, uint64_t boot_ns)
{
	assert_int_equal(check_run_add_mark(&run, what, boot_ns), 0);
}

static inline void comm(const char *name)
{
	memset(run.comm, 0, sizeof(run.comm));
	memcpy(run.comm, name, strlen(name));
}

/* Up to the signal. */
static inline void sent(void)
{
	mark(CHECK_MARK_STARTED, STARTED);
	mark(CHECK_MARK_READY, READY);
	mark(CHECK_MARK_SENT, SENT);
}

static inline void procfs(void)
{
	run.evidence = CHECK_EVIDENCE_PROCFS;
	run.looks_ns = 50 * MS;
}

static inline struct report_task task_of(uint32_t tgid, uint64_t start, uint32_t ns_tgid,
					 const char *name)
{
	struct report_task task = {
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = start,
		.tgid = tgid,
		.tid = tgid,
		.ns_tgid = ns_tgid,
		.pid_ns = PID_NS,
	};

	memcpy(task.comm, name, strlen(name));
	return task;
}

static inline struct report_task init_task(void)
{
	return task_of(INIT, INIT_START + 7, 1, "app");
}

/* "sleep", number 7 inside. */
static inline struct report_task child_task(void)
{
	return task_of(CHILD, CHILD_START, 7, "sleep");
}

/* From outside, for the init, queued for a handler. */
static inline struct report generation(int sig, uint64_t boot_ns)
{
	return (struct report){
		.kind = REPORT_GENERATE,
		.boot_ns = boot_ns,
		.sig = sig,
		.result = EVENT_RESULT_DELIVERED,
		.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_NAMESPACE_INIT,
		.process_directed = true,
		.sender_kind = SENDER_USER,
		.sender = task_of(9, 1, 0, "sigtrace"),
		.target = init_task(),
		.handler = HANDLER,
		.signal_flags = UNKILLABLE,
		.state = SLEEPS,
		.threads = 1,
		.stack_id = -1,
	};
}

static inline struct report delivery(int sig, uint64_t boot_ns)
{
	return (struct report){
		.kind = REPORT_DELIVER,
		.boot_ns = boot_ns,
		.sig = sig,
		.facts = EVENT_FACT_NAMESPACE_INIT,
		.target = init_task(),
		.handler = HANDLER,
		.signal_flags = UNKILLABLE,
	};
}

static inline void add(struct report r)
{
	struct verdict v = explain_report(&r);

	assert_int_equal(check_run_add_report(&run, &r, r.kind == REPORT_EXIT ? NULL : &v), 0);
}

/* The handler ran 0.2 ms after the signal. */
static inline void handled(void)
{
	struct report r = delivery(run.sig, SENT + MS / 5);

	add(generation(run.sig, SENT + MS / 10));
	r.handler_symbol = "app!on_term";
	add(r);
}

/* The kernel dropped it. */
static inline void dropped(uint64_t handler)
{
	struct report r = generation(run.sig, SENT + MS / 10);

	r.result = EVENT_RESULT_IGNORED;
	r.handler = handler;
	add(r);
}

static inline void init_exit(int status, uint64_t boot_ns)
{
	add((struct report){.kind = REPORT_EXIT,
			    .boot_ns = boot_ns,
			    .target = init_task(),
			    .exit_code = status});
}

/* It ends so long after the signal. */
static inline void ended(int status, uint64_t after_ns)
{
	if (run.evidence == CHECK_EVIDENCE_BPF)
		init_exit(status, SENT + after_ns);
	run.status = status;
	run.status_known = true;
	mark(CHECK_MARK_EXITED, SENT + after_ns + MS / 10);
}

static inline void to_child(int sig, uint64_t handler, bool by_init, enum event_result result)
{
	struct report r = generation(sig, SENT + MS);

	r.facts = EVENT_FACT_PROCESS_DIRECTED;
	r.signal_flags = 0;
	r.target = child_task();
	r.sender = by_init ? init_task() : task_of(9, 1, 0, "sigtrace");
	r.sender_nr = by_init ? 1 : 0;
	r.handler = handler;
	r.result = result;
	add(r);
}

/* By the kernel, for the init: what zap_pid_ns_processes() does. */
static inline void torn_down(uint32_t tgid, uint32_t ns_tgid, const char *name, uint64_t boot_ns)
{
	struct report r = generation(SIGKILL, boot_ns);

	r.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_INFO_PRIV;
	r.signal_flags = GROUP_EXIT;
	r.group_exit_code = SIGKILL;
	r.target = task_of(tgid, CHILD_START, ns_tgid, name);
	r.handler = 0;
	r.sender_kind = SENDER_KERNEL;
	r.sender = (struct report_task){0};
	r.sender_acts_for = init_task();
	r.origin = ORIGIN_PID_NAMESPACE_TEARDOWN;
	add(r);
}

/* What a snapshot right before the signal says. */
static inline void before(uint64_t handler, uint32_t facts)
{
	run.has_before = true;
	run.before = (struct prediction){
		.known = true,
		.report = generation(run.sig, SENT),
	};
	run.before.report.handler = handler;
	run.before.report.facts |= facts;
	if (handler <= IGNORE && !(facts & EVENT_FACT_ALL_BLOCKED))
		run.before.report.result = EVENT_RESULT_IGNORED;
	if (handler > IGNORE)
		run.before.report.snapshot_facts = REPORT_FACT_HANDLER_NOT_KNOWN;
	run.before.verdict = explain_report(&run.before.report);
}

/* Tables. */

static inline int64_t syscall_number(const char *name)
{
	for (int64_t i = 0; i < 1024; i++)
		if (syscall_name(i) && strcmp(syscall_name(i), name) == 0)
			return i;
	fail_msg("no system call %s", name);
	return -1;
}

/* In ascending order of the numbers. */
static inline struct process *in_table(struct process_table *t, uint32_t tgid, uint64_t start,
				       uint32_t ns_tgid, uint32_t parent, const char *name)
{
	struct process *p = process_table_add(t, tgid);
	struct thread *thread;

	assert_non_null(p);
	thread = process_add_thread(p, tgid);
	assert_non_null(thread);
	thread->state = SLEEPS;
	memcpy(thread->comm, name, strlen(name));
	p->start_boot_ns = start;
	p->parent_tgid = parent;
	p->ns_tgid = ns_tgid;
	p->pid_ns = ns_tgid ? PID_NS : 0;
	p->ns_level = ns_tgid ? 1 : 0;
	p->thread_count = 1;
	p->known = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN |
		   PROCESS_KNOWN_SIGNALFD;
	memcpy(p->comm, name, strlen(name));
	return p;
}

static inline struct process *init_in(struct process_table *t, const char *name)
{
	struct process *p = in_table(t, INIT, INIT_START, 1, 9, name);

	p->namespace_init = true;
	p->caught = signal_bit(SIGTERM);
	return p;
}

static inline struct process *child_in(struct process_table *t)
{
	return in_table(t, CHILD, CHILD_START, 7, INIT, "sleep");
}

static inline void in_syscall(struct process *p, const char *name, uint64_t arg)
{
	struct thread_place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->syscall_known = true;
	place->in_syscall = true;
	place->syscall = syscall_number(name);
	place->args[0] = arg;
	p->threads[0].place = place;
}

static inline void look(const struct process_table *t, uint64_t boot_ns)
{
	assert_int_equal(check_run_look(&run, t, boot_ns), 0);
}

/* The init alone, or with its child, before the signal. */
static inline void looked(bool child)
{
	struct process_table t = {0};

	init_in(&t, "app");
	if (child)
		child_in(&t);
	look(&t, SENT - MS);
	process_table_free(&t);
}

/* Alive at the end of the grace: run.table has the init, and perhaps more, and is examined. */
static inline void outlived(void)
{
	mark(CHECK_MARK_GRACE_OVER, OVER);
	if (!run.table.len)
		return;
	process_table_sort(&run.table);
	run.after = process_table_find(&run.table, INIT);
	assert_non_null(run.after);
	run.stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = run.sig};
	stuck_examine(&run.table, run.after, &run.stuck);
	look(&run.table, OVER);
}

/* What is said of it. */

static inline void expect_text(enum check_reason reason, const char *sentence, const char *remedy)
{
	char text[SENTENCE_SIZE];
	struct strbuf out;
	bool any;

	strbuf_init(&out, text, sizeof(text));
	check_write_reason(&run, reason, &out);
	assert_false(out.cut);
	assert_string_equal(text, sentence);
	strbuf_reset(&out);
	any = check_write_remedy(&run, reason, &out);
	assert_int_equal(any, out.len > 0);
	assert_false(out.cut);
	assert_string_equal(text, remedy ? remedy : "");
}

/* `warnings`: bits. */
static inline void expect(enum check_verdict verdict, enum check_reason reason, uint32_t warnings)
{
	const struct check_judgement j = check_judge(&run, &limits);

	assert_string_equal(check_reason_name(j.reason), check_reason_name(reason));
	assert_string_equal(check_verdict_name(j.verdict), check_verdict_name(verdict));
	assert_int_equal(j.warnings, warnings);
}

static inline void expect_all(enum check_verdict verdict, enum check_reason reason,
			      const char *sentence, const char *remedy)
{
	expect(verdict, reason, 0);
	expect_text(reason, sentence, remedy);
}

#define WARNING(name) (1U << CHECK_REASON_##name)

#endif
