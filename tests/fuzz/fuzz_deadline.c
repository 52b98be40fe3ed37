/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to a few processes, their exits, and what is late, in any order. */
#include <string.h>

#include "deadline.h"
#include "fuzz.h"
#include "signal_numbers.h"
#include "signals.h"

#define FIRST_NS  100
#define SECOND_NS DEADLINE_SECOND_NS
#define TAKE	  (REPORT_KIND_COUNT + 1)
#define SIG_KILL  9
#define SIG_TERM  15

/* One event of the input. */
struct step {
	uint8_t what;
	uint8_t sig;
	uint8_t process; /* bit 7: its number was used again */
	uint8_t sender;	 /* bit 7: the kernel */
	uint8_t result;
	uint8_t disposition; /* bit 7: a group exit of the signal */
	uint8_t far;	     /* bit 7: the time goes on by seconds */
	uint8_t elapsed;
};

static struct report report_of(const struct step *s, uint64_t boot_ns)
{
	struct report r = {
		.kind = (enum report_kind)(s->what % TAKE),
		.boot_ns = boot_ns,
		.sig = 1 + s->sig % SIGNAL_MAX,
		.target = {.source = REPORT_SOURCE_EVENT,
			   .start_boot_ns = 1 + (s->process >> 7),
			   .tgid = s->process & 0x0f,
			   .tid = s->process & 0x0f},
	};

	if (r.kind != REPORT_GENERATE)
		return r;
	r.result = (enum event_result)(s->result % EVENT_RESULT_COUNT);
	r.facts = s->result & 0x80 ? EVENT_FACT_KTHREAD : 0;
	r.handler = s->disposition % 3;
	r.signal_flags = s->disposition & 0x80 ? 0x4 : 0;
	r.group_exit_code = s->disposition & 0x40 ? r.sig : s->disposition & 0x3f;
	r.sender_kind = s->sender & 0x80 ? SENDER_KERNEL : SENDER_USER;
	if (r.sender_kind == SENDER_USER)
		r.sender = (struct report_task){.source = REPORT_SOURCE_EVENT,
						.start_boot_ns = 1,
						.tgid = s->sender & 0x0f};
	return r;
}

static void take_late(struct deadline *d, uint64_t boot_ns)
{
	struct deadline_late late;
	unsigned int count = 0;

	while (deadline_take(d, boot_ns, &late)) {
		FUZZ_CHECK(late.boot_ns + FIRST_NS <= boot_ns);
		FUZZ_CHECK(late.asked.sig == SIG_TERM || late.asked.sig == SIG_KILL);
		FUZZ_CHECK(late.asked.elapsed_ns == 0 && !late.asked.caused);
		FUZZ_CHECK((late.asked.sender.source == REPORT_SOURCE_ABSENT) ==
			   (late.asked.sender_kind == SENDER_KERNEL));
		FUZZ_CHECK(late.asked.sender_kind == SENDER_KERNEL ||
			   late.asked.sender.tgid != late.process.tgid ||
			   late.asked.sender.start_boot_ns != late.process.start_boot_ns);
		/* Each twice at most, and there are 32. */
		FUZZ_CHECK(++count <= 64);
	}
	FUZZ_CHECK(deadline_due_ns(d) > boot_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct deadline *d;
	uint64_t boot_ns = 1000;
	struct step s;

	if (!d)
		FUZZ_CHECK(deadline_new(FIRST_NS, signal_bit(SIG_TERM) | signal_bit(SIG_KILL),
					&d) == 0);
	for (; size >= sizeof(s); data += sizeof(s), size -= sizeof(s)) {
		struct report r;

		memcpy(&s, data, sizeof(s));
		boot_ns += s.far & 0x80 ? s.elapsed * 1000000000ULL : s.elapsed;
		r = report_of(&s, boot_ns);
		if (s.what % TAKE == REPORT_KIND_COUNT)
			take_late(d, boot_ns);
		else
			deadline_report(d, &r);
	}
	/* Far fewer processes than there is room for. */
	FUZZ_CHECK(deadline_evicted(d) == 0);
	/* In the end everybody is late, and nobody is left for the next input. */
	take_late(d, boot_ns + FIRST_NS);
	take_late(d, boot_ns + SECOND_NS);
	FUZZ_CHECK(deadline_due_ns(d) == UINT64_MAX);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct step seeds[][4] = {
		/* Ignored, late, SIGKILL, late. */
		{{REPORT_GENERATE, 14, 1, 2, EVENT_RESULT_IGNORED, 1, 0, 10},
		 {REPORT_KIND_COUNT, 0, 0, 0, 0, 0, 0, 200},
		 {REPORT_GENERATE, 8, 1, 2, EVENT_RESULT_DELIVERED, 0xc0, 0, 10},
		 {REPORT_KIND_COUNT, 0, 0, 0, 0, 0, 0x80, 31}},
		/* From the kernel, and the end; the number is used again. */
		{{REPORT_GENERATE, 14, 1, 0x80, EVENT_RESULT_DELIVERED, 2, 0, 10},
		 {REPORT_EXIT, 0, 1, 0, 0, 0, 0, 10},
		 {REPORT_GENERATE, 14, 0x81, 2, EVENT_RESULT_DELIVERED, 2, 0, 10},
		 {REPORT_KIND_COUNT, 0, 0, 0, 0, 0, 0, 200}},
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	memcpy(data, seeds[index], sizeof(seeds[0]));
	return sizeof(seeds[0]);
}
