/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events of a few processes and looks at them in any order, against a simple memory of what may be
 * told: what was queued and neither delivered nor lost since, and what was ignored.
 */
#include <string.h>

#include "fuzz.h"
#include "signals.h"
#include "watch.h"

#define PROCESSES 4 /* the upper two have the numbers of the lower two, used again */
#define THREADS	  3 /* queues: the shared one, and two of threads */

/* One step of the input. */
struct step {
	uint8_t what;	 /* an event, or something else that happens */
	uint8_t sig;	 /* bit 7: real-time */
	uint8_t process; /* bits 0 and 1; bits 2 and 3: the thread; bit 7: another image */
	uint8_t result;	 /* bit 7: a timer's */
	uint8_t facts;
	uint8_t handler;
	uint8_t pending;
	uint8_t elapsed;
};

static struct {
	bool taken[PROCESSES][THREADS][SIGNAL_MAX + 1];
	bool handler[PROCESSES][SIGNAL_MAX + 1];
	uint64_t now;
} may;

static unsigned int process_of(const struct report_task *task)
{
	return task->tgid - 100 + 2 * (unsigned int)(task->start_boot_ns - 1);
}

static int on_told(void *context, struct report *r)
{
	const unsigned int process = process_of(&r->target);
	bool *allowed;

	(void)context;
	FUZZ_CHECK(process < PROCESSES && r->sig >= 1 && r->sig <= SIGNAL_MAX);
	FUZZ_CHECK(r->earlier.sig == r->sig && r->earlier.elapsed_ns <= may.now);
	FUZZ_CHECK(r->boot_ns <= may.now);
	if (r->kind == REPORT_HANDLER) {
		allowed = &may.handler[process][r->sig];
		FUZZ_CHECK(r->missing_ns <= r->earlier.elapsed_ns);
		FUZZ_CHECK(r->earlier.fate == SIGNAL_FATE_IGNORED);
	} else {
		const unsigned int queue = r->process_directed ? 0 : r->target.tid - 100;

		FUZZ_CHECK(r->kind == REPORT_TAKEN && queue < THREADS);
		FUZZ_CHECK(r->taken_by < TAKEN_BY_COUNT);
		FUZZ_CHECK(signal_default_action(r->sig) != DEFAULT_STOP && r->sig != 9);
		allowed = &may.taken[process][queue][r->sig];
	}
	FUZZ_CHECK(*allowed);
	*allowed = false;
	return 0;
}

static struct report report_of(const struct step *s)
{
	const uint64_t facts[] = {
		EVENT_FACT_ALL_BLOCKED | EVENT_FACT_BLOCKED,
		EVENT_FACT_WAITED_FOR,
		EVENT_FACT_ALL_BLOCKED | EVENT_FACT_SIGNALFD_POLLED,
		0,
		EVENT_FACT_ALL_BLOCKED | EVENT_FACT_PTRACED,
		EVENT_FACT_ALL_BLOCKED | EVENT_FACT_MATCHED_FROM,
		EVENT_FACT_KTHREAD,
		EVENT_FACT_EXITING,
	};
	const unsigned int queue = (s->process >> 2) % THREADS;
	struct report r = {
		.kind = (enum report_kind)(s->what % 3),
		.boot_ns = may.now,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .start_boot_ns = 1 + (s->process >> 1 & 1),
			   .tgid = 100 + (s->process & 1),
			   .tid = 100 + queue},
		.image = s->process & 0x80 ? 0x1000 : 0x2000,
	};

	if (r.kind == REPORT_EXIT)
		return r;
	r.sig = s->sig & 0x80 ? 34 + (s->sig & 1) : s->sig % (SIGNAL_MAX + 2);
	r.handler = s->handler < 4 ? s->handler : s->handler < 128 ? 0x401000 : 0;
	r.facts = (uint32_t)facts[s->facts % 8];
	r.code = s->result & 0x80 ? -2 : 0;
	/* Few signals, but all of them at times. */
	r.pending_process = s->pending & 1 ? UINT64_MAX : 0;
	r.pending_thread = s->pending & 2 ? UINT64_MAX : 0;
	if (r.kind == REPORT_GENERATE) {
		r.result = (enum event_result)(s->result % EVENT_RESULT_COUNT);
		r.process_directed = queue == 0;
		r.threads = s->facts >> 6;
		r.signal_flags = s->facts & 0x20 ? 0x40 : 0;
	}
	return r;
}

/* Before the report is handed in: what it proves it proves of what came before it. */
static void forbid(const struct report *r)
{
	const unsigned int process = process_of(&r->target);
	const bool bit_process = r->pending_process != 0;
	const bool bit_thread = r->pending_thread != 0;

	if (r->kind == REPORT_EXIT) {
		memset(may.taken[process], 0, sizeof(may.taken[process]));
		memset(may.handler[process], 0, sizeof(may.handler[process]));
		return;
	}
	if (r->sig < 1 || r->sig > SIGNAL_MAX)
		return;
	if (r->facts & EVENT_FACT_PTRACED)
		memset(may.taken[process], 0, sizeof(may.taken[process]));
	if (r->kind == REPORT_DELIVER) {
		if (!bit_process)
			may.taken[process][0][r->sig] = false;
		if (!bit_thread && r->target.tid > 100)
			may.taken[process][r->target.tid - 100][r->sig] = false;
	}
}

/* After it was handed in. */
static void allow(const struct report *r)
{
	const unsigned int process = process_of(&r->target);

	if (r->kind != REPORT_GENERATE || r->sig < 1 || r->sig > SIGNAL_MAX)
		return;
	if (r->result == EVENT_RESULT_DELIVERED || r->result == EVENT_RESULT_LOSE_INFO)
		may.taken[process][r->target.tid - 100][r->sig] =
			r->code == 0 &&
			!(r->facts &
			  (EVENT_FACT_PTRACED | EVENT_FACT_KTHREAD | EVENT_FACT_EXITING)) &&
			(r->facts & (EVENT_FACT_ALL_BLOCKED | EVENT_FACT_WAITED_FOR));
	if (r->result == EVENT_RESULT_IGNORED)
		may.handler[process][r->sig] = true;
}

static void report_step(struct watch *w, const struct step *s)
{
	const struct report r = report_of(s);
	struct verdict v = {.cause = CAUSE_UNEXPLAINED};

	forbid(&r);
	if (r.kind != REPORT_EXIT && r.sig >= 1 && r.sig <= SIGNAL_MAX)
		v = explain_report(&r);
	FUZZ_CHECK(watch_report(w, &r, r.kind == REPORT_EXIT ? NULL : &v) == 0);
	allow(&r);
}

static void look_step(struct watch *w, const struct step *s)
{
	const struct watch_seen seen = {
		.before_ns = may.now,
		.after_ns = may.now,
		.written = s->elapsed,
		.pending = s->pending & 1 ? UINT64_MAX : 0,
		.ignored = s->pending & 4 ? UINT64_MAX : 0,
		.caught = s->pending & 8 ? UINT64_MAX : 0,
		.signalfd = s->pending & 16 ? UINT64_MAX : 0,
		.image = s->process & 0x80 ? 0x1000 : 0x2000,
		.threads = s->facts >> 6,
		.traced = s->facts & 1,
	};
	struct watch_look look;

	if (!watch_next(w, may.now, &look))
		return;
	FUZZ_CHECK(look.sig >= 1 && look.sig <= SIGNAL_MAX && look.signal_ns <= may.now);
	FUZZ_CHECK(watch_see(w, s->result & 1 ? &seen : NULL) == 0);
}

static void run_step(struct watch *w, const struct step *s)
{
	switch (s->what >> 5) {
	case 0:
	case 1:
	case 2:
		report_step(w, s);
		break;
	case 3:
	case 4:
	case 5:
		look_step(w, s);
		break;
	case 6:
		FUZZ_CHECK(watch_conclude(w, s->elapsed) == 0);
		break;
	default:
		memset(may.taken, 0, sizeof(may.taken));
		watch_lost(w);
		FUZZ_CHECK(!watch_is_waiting(w));
		break;
	}
}

/* A new table for every input would cost more than everything else. */
static void forget_all(struct watch *w)
{
	for (uint8_t process = 0; process < PROCESSES; process++) {
		const struct step s = {.what = REPORT_EXIT, .process = process};

		report_step(w, &s);
	}
	FUZZ_CHECK(watch_due_ns(w) == UINT64_MAX);
	FUZZ_CHECK(!watch_is_waiting(w));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct watch *w;
	struct step s;

	if (!w)
		FUZZ_CHECK(watch_new(on_told, NULL, &w) == 0);
	may.now = 1000;
	for (; size >= sizeof(s); data += sizeof(s), size -= sizeof(s)) {
		memcpy(&s, data, sizeof(s));
		/* Mostly within a look's patience. */
		may.now += (uint64_t)s.elapsed * (s.elapsed & 1 ? 1000 : 1000000);
		run_step(w, &s);
	}
	/* Far fewer questions than there is room for. */
	FUZZ_CHECK(watch_evicted(w) == 0);
	forget_all(w);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct step seeds[][4] = {
		/* Waited for, gone, and all records read; then a signal that is lost from sight. */
		{{REPORT_GENERATE, 15, 0, 0, 1, 100, 1, 10},
		 {0x60, 0, 0, 1, 0xc0, 0, 8, 20},
		 {0xc0, 0, 0, 0, 0, 0, 0, 30},
		 {REPORT_GENERATE, 0x80, 4, 0, 0, 100, 2, 10}},
		/* Ignored, no handler yet, a handler, an exit. */
		{{REPORT_GENERATE, 15, 1, 1, 3, 1, 0, 10},
		 {0x60, 0, 0, 1, 0xc0, 0, 0, 20},
		 {0x60, 0, 0, 1, 0xc0, 0, 8, 200},
		 {REPORT_EXIT, 0, 1, 0, 0, 0, 0, 10}},
		/* Blocked, queued twice, delivered, lost. */
		{{REPORT_GENERATE, 10, 8, 0, 0xc0, 100, 2, 10},
		 {REPORT_GENERATE, 10, 8, 0, 0xc0, 100, 2, 10},
		 {REPORT_DELIVER, 10, 8, 0, 3, 100, 0, 10},
		 {0xe0, 0, 0, 0, 0, 0, 0, 10}},
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	memcpy(data, seeds[index], sizeof(seeds[0]));
	return sizeof(seeds[0]);
}
