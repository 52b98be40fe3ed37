/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of a few processes in any order, against what must hold of every answer. */
#include <string.h>

#include "fuzz.h"
#include "outcome.h"
#include "signals.h"

/* One event of the input. */
struct step {
	uint8_t what;	 /* the kind; from 128 on records were lost before it */
	uint8_t sig;	 /* or the wait status */
	uint8_t process; /* bit 7: its number was used again */
	uint8_t sender;	 /* bit 7: the kernel */
	uint8_t result;
	uint8_t disposition; /* bit 7: a group exit of the signal */
	uint8_t pending;
	uint8_t elapsed;
};

static struct report report_of(const struct step *s, uint64_t boot_ns)
{
	struct report r = {
		.kind = (enum report_kind)(s->what % REPORT_KIND_COUNT),
		.boot_ns = boot_ns,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .start_boot_ns = 1 + (s->process >> 7),
			   .tgid = s->process & 0x3f,
			   .tid = (s->process & 0x3f) + (s->result >> 7)},
	};

	if (r.kind == REPORT_EXIT) {
		r.exit_code = s->sig & 0x80 ? (s->sig & 0x7f) << 8 : s->sig;
		return r;
	}
	r.sig = s->sig % (SIGNAL_MAX + 2);
	r.result = (enum event_result)(s->result % EVENT_RESULT_COUNT);
	r.process_directed = !(s->result & 0x40);
	r.handler = s->disposition % 3;
	r.signal_flags = s->disposition & 0x80 ? 0x4 : 0;
	r.group_exit_code = s->disposition & 0x40 ? r.sig : s->disposition & 0x3f;
	r.pending_process = s->pending & 1 ? UINT64_MAX : 0;
	r.pending_thread = s->pending & 2 ? UINT64_MAX : 0;
	if (r.kind == REPORT_GENERATE) {
		r.sender_kind = s->sender & 0x80 ? SENDER_KERNEL : SENDER_USER;
		if (r.sender_kind == SENDER_USER)
			r.sender = (struct report_task){.source = REPORT_SOURCE_EVENT,
							.start_boot_ns = 1,
							.tgid = s->sender & 0x3f};
	}
	return r;
}

static void check_earlier(const struct report *r)
{
	const struct report_earlier *e = &r->earlier;

	FUZZ_CHECK(e->sig >= 1 && e->sig <= SIGNAL_MAX);
	FUZZ_CHECK(signal_default_action(e->sig) == DEFAULT_TERMINATE ||
		   signal_default_action(e->sig) == DEFAULT_CORE);
	FUZZ_CHECK(e->elapsed_ns <= r->boot_ns);
	FUZZ_CHECK((e->sender.source == REPORT_SOURCE_ABSENT) == (e->sender_kind == SENDER_KERNEL));
	FUZZ_CHECK(e->fate < SIGNAL_FATE_COUNT);
	FUZZ_CHECK(r->kind == REPORT_EXIT || (r->sig == 9 && e->sig != 9 && !e->caused));
	FUZZ_CHECK(r->kind != REPORT_EXIT || e->fate != SIGNAL_FATE_PENDING);
	FUZZ_CHECK(!e->caused || (e->sig == (r->exit_code & 0x7f) && e->fate == SIGNAL_FATE_ACTED));
}

static void run_step(struct outcome *o, const struct step *s, uint64_t boot_ns)
{
	struct report r = report_of(s, boot_ns);
	struct verdict v;

	if (s->what & 0x80)
		outcome_lost(o);
	if (r.kind == REPORT_EXIT) {
		FUZZ_CHECK(outcome_exit(o, &r) == (r.earlier.sig != 0));
		if (r.earlier.sig != 0)
			check_earlier(&r);
		/* It is forgotten. */
		r.earlier.sig = 0;
		FUZZ_CHECK(!outcome_exit(o, &r));
		return;
	}
	v = explain_report(&r);
	if (r.kind == REPORT_DELIVER) {
		outcome_deliver(o, &r, &v);
		return;
	}
	outcome_generate(o, &r, &v);
	if (r.earlier.sig != 0)
		check_earlier(&r);
}

/* A new table for every input would cost more than everything else. */
static void forget_all(struct outcome *o)
{
	struct step s = {.what = REPORT_EXIT};

	for (unsigned int process = 0; process <= UINT8_MAX; process++) {
		struct report r;

		s.process = (uint8_t)process;
		r = report_of(&s, UINT64_MAX);
		outcome_exit(o, &r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome *o;
	uint64_t boot_ns = 1000;
	struct step s;

	if (!o)
		FUZZ_CHECK(outcome_new(&o) == 0);
	for (; size >= sizeof(s); data += sizeof(s), size -= sizeof(s)) {
		memcpy(&s, data, sizeof(s));
		/* Now and then a record comes late. */
		boot_ns += (uint64_t)s.elapsed - (s.elapsed == 255 ? 300 : 0);
		run_step(o, &s, boot_ns);
	}
	/* Far fewer processes than there is room for. */
	FUZZ_CHECK(outcome_evicted(o) == 0);
	forget_all(o);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct step seeds[][4] = {
		/* Ignored, then SIGKILL, its delivery, and the end. */
		{{REPORT_GENERATE, 15, 1, 2, EVENT_RESULT_IGNORED, 1, 0, 10},
		 {REPORT_GENERATE, 9, 1, 2, EVENT_RESULT_DELIVERED, 0xc0, 0, 10},
		 {REPORT_DELIVER, 9, 1, 0, 0, 0xc0, 0, 10},
		 {REPORT_EXIT, 9, 1, 0, 0, 0, 0, 10}},
		/* Handled, then an exit code. */
		{{REPORT_GENERATE, 15, 1, 2, EVENT_RESULT_DELIVERED, 2, 1, 10},
		 {REPORT_GENERATE, 40, 1, 0x80, EVENT_RESULT_LOSE_INFO, 2, 1, 10},
		 {REPORT_DELIVER, 15, 1, 0, 0, 2, 0, 10},
		 {REPORT_EXIT, 0x80, 1, 0, 0, 0, 0, 10}},
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	memcpy(data, seeds[index], sizeof(seeds[0]));
	return sizeof(seeds[0]);
}
