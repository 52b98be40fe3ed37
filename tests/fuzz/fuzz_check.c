/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that went in any way, against what must hold of every judgement and sentence. */
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "kernel_bits.h"
#include "signals.h"

#define INIT   2
#define PID_NS 77

/* What the input begins with. */
struct request {
	uint8_t evidence; /* bit 7: an image; bit 6: of shell form */
	uint8_t sig;
	uint8_t flags;
	uint8_t text; /* of names and failures; 0: none */
	uint8_t expected[4];
};

enum {
	STEP_MARK,
	STEP_REPORT,
	STEP_LOOK,
	STEP_BEFORE,
	STEP_AFTER,
	STEP_COUNT,
};

struct step {
	uint8_t what; /* bit 7: the init, else a process by `process` */
	uint8_t kind;
	uint8_t sig;
	uint8_t process;
	uint8_t facts;
	uint8_t state;
	uint8_t result;
	uint8_t elapsed;
};

struct scene {
	struct check_run run;
	uint64_t now;
};

static struct report_task task_of(uint8_t process, bool init)
{
	return (struct report_task){
		.source = process == 0xff ? REPORT_SOURCE_ABSENT : REPORT_SOURCE_EVENT,
		.start_boot_ns = init ? 0 : (process >> 6) * UINT64_C(10000000),
		.tgid = init ? INIT : (process & 0xf) + 1,
		.ns_tgid = process & 0x10 ? process : 0,
		.comm = {(char)process, 's', 'h'},
	};
}

static struct report report_of(const struct scene *s, const struct step *step)
{
	struct report r = {
		.kind = (enum report_kind)(step->kind % REPORT_KIND_COUNT),
		.boot_ns = s->now,
		.sig = step->sig % (SIGNAL_MAX + 1),
		.target = task_of(step->process, step->what & 0x80),
		.stack_id = -1,
		.threads = 1,
	};

	if (r.kind == REPORT_EXIT) {
		r.exit_code = step->sig << 8 | step->state;
		r.sig = 0;
		return r;
	}
	if (r.sig == 0 && r.kind != REPORT_FAILED)
		r.sig = 1;
	r.result = (enum event_result)(step->result % EVENT_RESULT_COUNT);
	r.facts = (uint32_t)step->facts * 0x1011;
	r.handler = step->result >> 4 & 3;
	if (r.handler == 2)
		r.handler_symbol = "m\033!handler";
	r.state = step->state;
	r.signal_flags = step->state & SIGNAL_UNKILLABLE;
	r.group_exit_code = step->elapsed;
	r.process_directed = true;
	r.sender_kind = step->elapsed & 1 ? SENDER_KERNEL : SENDER_USER;
	r.sender = task_of(step->elapsed, step->elapsed & 2);
	r.sender_acts_for = r.sender;
	r.sender_nr = step->elapsed & 4;
	r.origin = (enum origin)(step->kind % ORIGIN_COUNT);
	if (r.kind == REPORT_FAILED) {
		r.failure.error = step->result;
		r.failure.sig = r.sig;
	}
	return r;
}

static void add_report(struct scene *s, const struct step *step)
{
	const struct report r = report_of(s, step);
	const bool has_verdict = r.kind == REPORT_GENERATE || r.kind == REPORT_DELIVER ||
				 r.kind == REPORT_FAILED;
	const struct verdict v = has_verdict ? explain_report(&r) : (struct verdict){0};

	FUZZ_CHECK(check_run_add_report(&s->run, &r, has_verdict ? &v : NULL) == 0);
}

static void fill_table(const struct scene *s, const struct step *step, struct process_table *t)
{
	const uint8_t len = step->kind % 9;

	for (uint8_t i = 0; i < len; i++) {
		const uint8_t bits = (uint8_t)(step->process * (i + 1));
		struct process *p = process_table_add(t, i + 1U);
		struct thread *thread;

		FUZZ_CHECK(p);
		p->parent_tgid = (bits >> 2 & 7) + 1;
		p->start_boot_ns = p->tgid == INIT ? 0 : (bits >> 6) * UINT64_C(10000000);
		p->ns_tgid = bits & 1 ? i : 0;
		p->pid_ns = bits & 2 ? PID_NS : 0;
		p->known = step->facts;
		p->caught = step->sig ? UINT64_MAX : 0;
		p->ignored = step->result & 1 ? UINT64_MAX : 0;
		p->pending = step->result & 2 ? UINT64_MAX : 0;
		p->signal_flags = step->result & SIGNAL_GROUP_EXIT;
		p->thread_count = 1;
		if (step->result & 8)
			continue;
		thread = process_add_thread(p, p->tgid);
		FUZZ_CHECK(thread);
		thread->state = step->state;
		thread->blocked = step->result & 0x10 ? UINT64_MAX : 0;
		thread->place = calloc(1, sizeof(*thread->place));
		FUZZ_CHECK(thread->place);
		thread->place->syscall_known = step->result & 0x20;
		thread->place->in_syscall = true;
		thread->place->syscall = step->sig;
		thread->place->args[0] = step->elapsed & 1 ? UINT64_MAX : step->elapsed;
	}
	(void)s;
	process_table_sort(t);
}

static void look(struct scene *s, const struct step *step)
{
	struct process_table t = {0};

	fill_table(s, step, &t);
	FUZZ_CHECK(check_run_look(&s->run, &t, s->now) == 0);
	process_table_free(&t);
}

static void look_before(struct scene *s, const struct step *step)
{
	struct report r = report_of(s, step);

	r.kind = REPORT_GENERATE;
	r.handler_symbol = NULL;
	if (r.sig == 0)
		r.sig = 1;
	s->run.has_before = true;
	s->run.before = (struct prediction){
		.known = step->what & 0x40,
		.report = r,
		.verdict = explain_report(&r),
	};
	s->run.handler_missing_ns = step->kind & 1 ? s->now : 0;
}

static void look_after(struct scene *s, const struct step *step)
{
	struct check_run *run = &s->run;

	process_table_free(&run->table);
	run->table = (struct process_table){0};
	fill_table(s, step, &run->table);
	run->after = process_table_find(&run->table, INIT);
	run->stuck = (struct stuck){0};
	if (!run->after)
		return;
	if (!stuck_is_due(run->after, 0, &run->stuck))
		run->stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = run->sig};
	stuck_examine(&run->table, run->after, &run->stuck);
	FUZZ_CHECK(check_run_look(run, &run->table, s->now) == 0);
}

static void run_step(struct scene *s, const struct step *step)
{
	s->now += step->elapsed * UINT64_C(1000000);
	switch (step->what % STEP_COUNT) {
	case STEP_MARK:
		FUZZ_CHECK(check_run_add_mark(&s->run,
					      (enum check_mark)(step->kind % CHECK_MARK_REPORT),
					      s->now) == 0);
		break;
	case STEP_REPORT:
		add_report(s, step);
		break;
	case STEP_LOOK:
		look(s, step);
		break;
	case STEP_BEFORE:
		look_before(s, step);
		break;
	case STEP_AFTER:
		look_after(s, step);
		break;
	}
}

static void check_kept(const struct check_run *run)
{
	FUZZ_CHECK(run->events_len <= CHECK_EVENTS_MAX);
	FUZZ_CHECK(run->processes_len <= CHECK_PROCESSES_MAX);
	for (size_t i = 1; i < run->events_len; i++)
		FUZZ_CHECK(run->events[i - 1].boot_ns <= run->events[i].boot_ns);
	for (size_t i = 0; i < run->processes_len; i++)
		FUZZ_CHECK(!run->processes[i].asked || run->processes[i].signalled);
}

static void check_judgement(const struct check_run *run, const struct check_limits *limits)
{
	const struct check_judgement j = check_judge(run, limits);
	const uint32_t all = 1U << CHECK_REASON_KILLED_DESCENDANTS | 1U << CHECK_REASON_ODD_EXIT |
			     1U << CHECK_REASON_CRASHED;

	FUZZ_CHECK(j.reason < CHECK_REASON_COUNT);
	FUZZ_CHECK((j.verdict == CHECK_PASS) == (j.reason == CHECK_REASON_GRACEFUL));
	FUZZ_CHECK(!(j.warnings & ~all) && !(j.warnings & 1U << j.reason));
	FUZZ_CHECK(!(limits->strict && j.verdict == CHECK_PASS && j.warnings));
	FUZZ_CHECK(!(run->interrupted && j.verdict != CHECK_INCONCLUSIVE));
	FUZZ_CHECK(j.verdict != CHECK_PASS ||
		   (run->ended_ns && run->sent_ns && !run->killed_by_check));
	FUZZ_CHECK(j.verdict != CHECK_FAIL || run->sent_ns);
}

/* Every sentence, also those of reasons that do not hold: no facts, no crash, no bytes of theirs.
 */
static void check_texts(const struct check_run *run, size_t size)
{
	char text[2048];
	struct strbuf out;

	for (int i = 0; i < CHECK_REASON_COUNT; i++) {
		strbuf_init(&out, text, size);
		check_write_reason(run, (enum check_reason)i, &out);
		FUZZ_CHECK(out.len > 0 && out.len < size && strlen(text) == out.len);
		FUZZ_CHECK(!memchr(text, '\033', out.len) && !memchr(text, '\n', out.len));
		strbuf_reset(&out);
		FUZZ_CHECK(check_write_remedy(run, (enum check_reason)i, &out) == (out.len > 0));
		FUZZ_CHECK(!memchr(text, '\033', out.len) && !memchr(text, '\n', out.len));
	}
	strbuf_init(&out, text, size);
	check_write_status(run, &out);
	FUZZ_CHECK(out.len > 0);
}

static void begin(struct scene *s, const struct request *q, struct check_limits *limits)
{
	struct check_run *run = &s->run;

	run->evidence = (enum check_evidence)((q->evidence & 0x3f) % CHECK_EVIDENCE_COUNT);
	run->subject = q->evidence & 0x80 ? CHECK_SUBJECT_IMAGE : CHECK_SUBJECT_COMMAND;
	run->shell_form = q->evidence & 0x40;
	run->sig = q->sig % SIGNAL_MAX + 1;
	run->grace_ns = 1000000;
	run->init_tgid = q->flags & 1 ? INIT : 0;
	run->is_namespace_init = q->flags & 2;
	run->pid_ns = q->flags & 4 ? PID_NS : 0;
	run->interrupted = q->flags & 8;
	run->sender_failed = q->flags & 16;
	run->lost = q->flags & 32;
	run->status_known = q->flags & 64;
	run->oom_killed = q->flags & 128;
	run->status = q->text << 8 | q->expected[0];
	run->ready_wait = q->text ? "log:\033" : NULL;
	memset(run->failure, q->text, sizeof(run->failure) - 1);
	memset(run->evidence_why, q->text, sizeof(run->evidence_why) - 1);
	memset(run->comm, q->text, q->text % sizeof(run->comm));
	limits->strict = q->expected[1] & 1;
	limits->expects = q->expected[1] & 2;
	limits->startup_window_ns = q->expected[1] & 4 ? q->expected[2] * UINT64_C(1000000) : 0;
	memcpy(limits->expected, q->expected, sizeof(q->expected));
	s->now = 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene s = {0};
	struct check_limits limits = {0};
	struct request request;
	struct step step;

	if (size < sizeof(request))
		return 0;
	memcpy(&request, data, sizeof(request));
	begin(&s, &request, &limits);
	for (size_t at = sizeof(request); at + sizeof(step) <= size; at += sizeof(step)) {
		memcpy(&step, data + at, sizeof(step));
		run_step(&s, &step);
	}
	check_kept(&s.run);
	check_judgement(&s.run, &limits);
	check_texts(&s.run, 2048);
	check_texts(&s.run, 20);
	check_run_free(&s.run);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct {
		struct request request;
		struct step steps[6];
	} seeds[] = {
		/* Handled, and ended. */
		{{CHECK_EVIDENCE_BPF, 14, 7, 'a', {0}},
		 {{STEP_MARK, CHECK_MARK_STARTED, 0, 0, 0, 0, 0, 2},
		  {STEP_MARK, CHECK_MARK_READY, 0, 0, 0, 0, 0, 2},
		  {STEP_MARK, CHECK_MARK_SENT, 0, 0, 0, 0, 0, 2},
		  {0x80 + 3, REPORT_GENERATE, 15, 0, 0, 0x41, 0x20, 8},
		  {0x80 + 3, REPORT_DELIVER, 15, 0, 0, 0x41, 0x20, 8},
		  {STEP_MARK, CHECK_MARK_EXITED, 0, 0, 0, 0, 0, 9}}},
		/* Alive, with a child. */
		{{CHECK_EVIDENCE_BPF, 14, 7, 's', {0}},
		 {{STEP_MARK, CHECK_MARK_STARTED, 0, 0, 0, 0, 0, 2},
		  {STEP_LOOK, 5, 1, 0x25, 0xff, 1, 0x20, 1},
		  {STEP_MARK, CHECK_MARK_READY, 0, 0, 0, 0, 0, 2},
		  {STEP_MARK, CHECK_MARK_SENT, 0, 0, 0, 0, 0, 2},
		  {STEP_MARK, CHECK_MARK_GRACE_OVER, 0, 0, 0, 0, 0, 9},
		  {STEP_AFTER, 5, 61, 0x25, 0xff, 1, 0x20, 1}}},
		/* By a look. */
		{{CHECK_EVIDENCE_PROCFS, 14, 0x47, 0, {0}},
		 {{STEP_MARK, CHECK_MARK_STARTED, 0, 0, 0, 0, 0, 2},
		  {STEP_MARK, CHECK_MARK_READY, 0, 0, 0, 0, 0, 2},
		  {0x40 + 4, REPORT_GENERATE, 15, 0, 0, 0x40, 1, 2},
		  {STEP_MARK, CHECK_MARK_SENT, 0, 0, 0, 0, 0, 2},
		  {STEP_LOOK, 5, 0, 0x25, 0xff, 1, 0, 1},
		  {STEP_MARK, CHECK_MARK_EXITED, 0, 0, 0, 0, 0, 9}}},
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	memcpy(data, &seeds[index], sizeof(seeds[0]));
	return sizeof(seeds[0]);
}
