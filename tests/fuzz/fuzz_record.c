/* SPDX-License-Identifier: BSD-2-Clause */
/* A record of the ring buffer, from its bytes to the lines that the user sees. */
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "event.h"
#include "explain.h"
#include "fuzz.h"
#include "latency.h"
#include "recent_exits.h"
#include "renderer.h"
#include "report.h"

#define SENTENCE_SIZE_MAX 1024

/* No byte that a terminal could obey, but for the colours and line feeds that are ours. */
static void check_text(const struct strbuf *text, bool color)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];

		if (color && c == '\033') {
			FUZZ_CHECK(text->data[i + 1] == '[');
			i += 2 + strspn(text->data + i + 2, "0123456789;");
			FUZZ_CHECK(text->data[i] == 'm');
			continue;
		}
		FUZZ_CHECK(c == '\n' || (c >= ' ' && c != 0x7f));
	}
}

/* Exactly one line, exactly one object. */
static void check_json(const struct strbuf *text)
{
	json_error_t error;
	json_t *object;

	FUZZ_CHECK(text->len > 0 && text->data[text->len - 1] == '\n');
	FUZZ_CHECK(memchr(text->data, '\n', text->len) == text->data + text->len - 1);
	object = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, &error);
	FUZZ_CHECK(json_is_object(object));
	json_decref(object);
}

static void render(const struct renderer_ops *ops, const struct renderer_config *config,
		   const struct report *r, const struct verdict *v)
{
	static char memory[RENDERER_REPORT_SIZE_MAX];
	struct strbuf out;

	strbuf_init(&out, memory, sizeof(memory));
	ops->report(config, r, v, &out);
	FUZZ_CHECK(!out.cut);
	FUZZ_CHECK(out.len > 0);
	FUZZ_CHECK(strlen(out.data) == out.len);
	if (ops == &json_renderer)
		check_json(&out);
	else
		check_text(&out, config->color);
}

static void explain(const struct report *r, const struct verdict *v)
{
	char memory[SENTENCE_SIZE_MAX];
	struct strbuf out;

	FUZZ_CHECK(v->cause < CAUSE_COUNT && v->effect < EFFECT_COUNT);
	strbuf_init(&out, memory, sizeof(memory));
	explain_write(r, v, &out);
	FUZZ_CHECK(out.len > 0 && !out.cut);
	check_text(&out, false);
	strbuf_reset(&out);
	FUZZ_CHECK(explain_write_remedy(r, v, &out) == (out.len > 0) && !out.cut);
	check_text(&out, false);
}

/* Whatever state the pairing is in, it takes any report. */
static void pair(struct report *r)
{
	static struct latency *latency;
	static struct recent_exits exits;
	static unsigned int fed;

	if (!latency)
		FUZZ_CHECK(latency_new(&latency) == 0);
	/* So that what fails does not depend on all that came before. */
	if (++fed % 1024 == 0) {
		latency_free(latency);
		FUZZ_CHECK(latency_new(&latency) == 0);
		exits = (struct recent_exits){0};
	}
	if (r->kind == REPORT_GENERATE)
		latency_generate(latency, r);
	else if (r->kind == REPORT_DELIVER)
		latency_deliver(latency, r);
	else if (r->kind == REPORT_EXIT)
		latency_exit(latency, r->target.tgid);
	/* What repeats an earlier report also repeats itself. */
	if (recent_exits_repeats(&exits, r))
		FUZZ_CHECK(recent_exits_repeats(&exits, r));
}

static bool has_verdict(const struct report *r)
{
	return r->kind == REPORT_GENERATE || r->kind == REPORT_DELIVER || r->kind == REPORT_FAILED;
}

/* What core/watch and core/deadline make of such a report, and what outcome adds to one. */
static void render_later(const struct renderer_config *config, const struct report *r)
{
	static const enum report_kind kinds[] = {REPORT_TAKEN, REPORT_HANDLER, REPORT_ALIVE};
	struct report later = *r;

	later.kind = kinds[r->boot_ns % (sizeof(kinds) / sizeof(kinds[0]))];
	later.earlier = (struct report_earlier){
		.sig = r->sig,
		.elapsed_ns = r->boot_ns,
		.fate = (enum signal_fate)(r->facts % SIGNAL_FATE_COUNT),
		.sender_kind = r->sender_kind,
		.sender = r->sender,
		.origin = (enum origin)(r->handler % ORIGIN_COUNT),
		.instead = r->sender_acts_for,
	};
	later.taken_by = (enum taken_by)(r->state % TAKEN_BY_COUNT);
	later.missing_ns = r->value;
	later.age_ns = r->pending_thread;
	render(&text_renderer, config, &later, NULL);
	render(&json_renderer, config, &later, NULL);
}

static void run_record(const uint8_t *data, size_t size)
{
	static const struct renderer_config configs[] = {
		{.width = 100, .utc_offset_s = 3600, .realtime_offset_ns = 1700000000000000000},
		{.width = RENDERER_WIDTH_MIN, .color = true},
		{.width = 0, .skip_remedy = true, .realtime_offset_ns = INT64_MIN},
	};
	const struct renderer_config *config;
	struct verdict v = {0};
	struct report r;

	if (decode_record(data, size, &r) < 0)
		return;
	if (r.kind == REPORT_CGROUP) {
		FUZZ_CHECK(r.cgroup_path[0] == '/' && r.target.cgroup != 0);
		FUZZ_CHECK(r.cgroup_path + strlen(r.cgroup_path) < (const char *)data + size);
		return;
	}
	pair(&r);
	if (has_verdict(&r)) {
		v = explain_report(&r);
		explain(&r, &v);
	}
	/* One a record, for speed; which one depends on the input only, so that it can be repeated.
	 */
	config = &configs[r.target.tid % (sizeof(configs) / sizeof(configs[0]))];
	render(&text_renderer, config, &r, has_verdict(&r) ? &v : NULL);
	render(&json_renderer, config, &r, has_verdict(&r) ? &v : NULL);
	if (r.kind == REPORT_GENERATE)
		render_later(config, &r);
}

union record {
	struct event_head head;
	struct event_generate generate;
	struct event_generate_by by;
	struct event_deliver deliver;
	struct event_exit exit;
	struct event_return back;
	struct event_failed failed;
	struct event_cgroup cgroup;
};

static void mend_failed(struct event_failed *e)
{
	static const int errors[] = {EPERM, ESRCH, EINVAL, EAGAIN, EACCES, EFAULT};

	e->syscall %= EVENT_SYSCALL_COUNT;
	e->ancestors_len %= EVENT_ANCESTORS_MAX + 1;
	e->error = errors[(uint32_t)e->error % (sizeof(errors) / sizeof(errors[0]))];
	e->head.sig = e->sig >= 1 && e->sig <= EVENT_SIG_MAX ? (uint8_t)e->sig : 0;
}

static void mend_cgroup(struct event_cgroup *e)
{
	e->head.cgroup |= 1;
	e->path[0] = '/';
	e->path[sizeof(e->path) - 1] = '\0';
	e->path_len = (uint32_t)strlen(e->path);
}

/* Mends what decode_record() looks at, so that the rest of the record is what is tried out. */
static void run_mended_record(const uint8_t *data, size_t size)
{
	static const struct {
		uint16_t size;
		uint8_t kind;
	} shapes[] = {
		{sizeof(struct event_generate), EVENT_GENERATE},
		{sizeof(struct event_deliver), EVENT_DELIVER},
		{sizeof(struct event_exit), EVENT_EXIT},
		{sizeof(struct event_generate_by), EVENT_GENERATE},
		{sizeof(struct event_return), EVENT_RETURN},
		{sizeof(struct event_failed), EVENT_FAILED},
		{sizeof(struct event_cgroup), EVENT_CGROUP_MADE},
	};
	union record record = {0};
	unsigned int shape;

	memcpy(&record, data, size < sizeof(record) ? size : sizeof(record));
	shape = record.head.kind % (sizeof(shapes) / sizeof(shapes[0]));
	record.head.kind = shapes[shape].kind;
	record.head.size = shapes[shape].size;
	record.head.sig = record.head.kind == EVENT_EXIT || record.head.kind == EVENT_CGROUP_MADE
				  ? 0
				  : (uint8_t)(1 + record.head.sig % EVENT_SIG_MAX);
	if (record.head.kind == EVENT_GENERATE) {
		record.generate.result %= EVENT_RESULT_COUNT;
		record.generate.ancestors %= EVENT_ANCESTORS_MAX + 1;
		if (record.head.size == sizeof(record.generate))
			record.generate.ancestors = 0;
	}
	if (record.head.kind == EVENT_RETURN && record.back.began_boot_ns > record.head.boot_ns)
		record.back.began_boot_ns = record.head.boot_ns;
	if (record.head.kind == EVENT_FAILED)
		mend_failed(&record.failed);
	if (record.head.kind == EVENT_CGROUP_MADE)
		mend_cgroup(&record.cgroup);
	run_record((const uint8_t *)&record, shapes[shape].size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Nearly everything decodes after mending; before it, little does. */
	run_record(data, size);
	run_mended_record(data, size);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct event_task task = {
		.start_boot_ns = 1000000000,
		.tgid = 4242,
		.tid = 4243,
		.ns_tgid = 1,
		.pid_ns = 4026531836,
		.comm = "test.sh\033[2J\xff\\\"",
	};
	union record record = {0};

	switch (index) {
	case 0:
		record.generate = (struct event_generate){
			.head = {.boot_ns = 5000000000, .kind = EVENT_GENERATE, .sig = 15},
			.sender = task,
			.target = task,
			.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_PTRACED |
				 EVENT_FACT_NAMESPACE_INIT,
			.signal_flags = 0x40,
			.state = 1,
			.receiver_tid = 4242,
			.tracer_tgid = 77,
			.threads = 1,
			.tracer_comm = "strace{signal}",
		};
		record.head.size = sizeof(record.generate);
		break;
	case 1:
		record.generate = (struct event_generate){
			.head = {.boot_ns = 5000000000,
				 .kind = EVENT_GENERATE,
				 .sig = 40,
				 .code = -1},
			.sender = task,
			.target = task,
			.handler = 0x401000,
			.sa_flags = 0x14000004,
			.value = 7,
			.threads = 12,
			.result = EVENT_RESULT_LOSE_INFO,
		};
		record.head.size = sizeof(record.generate);
		break;
	case 2:
		record.deliver = (struct event_deliver){
			.head = {.boot_ns = 5000001000, .kind = EVENT_DELIVER, .sig = 9},
			.process = task,
			.signal_flags = 0x4,
			.group_exit_code = 15,
		};
		record.head.size = sizeof(record.deliver);
		break;
	case 3:
		record.exit = (struct event_exit){
			.head = {.boot_ns = 5000002000, .kind = EVENT_EXIT},
			.process = task,
			.exit_code = 0x8b,
		};
		record.head.size = sizeof(record.exit);
		break;
	case 4:
		record.by = (struct event_generate_by){
			.generate = {.head = {.boot_ns = 5000003000,
					      .kind = EVENT_GENERATE,
					      .sig = 9},
				     .sender = task,
				     .target = task,
				     .threads = 1,
				     .ancestors = 2,
				     .stack_id = -1},
			.ancestors = {{700, "shim\033]0;\xff"}, {1, "systemd"}},
		};
		record.head.size = sizeof(record.by);
		break;
	case 5:
		record.back = (struct event_return){
			.head = {.boot_ns = 5000004000, .kind = EVENT_RETURN, .sig = 15},
			.process = task,
			.began_boot_ns = 5000000000,
			.handler = 0x401000,
		};
		record.head.size = sizeof(record.back);
		break;
	case 6:
		record.failed = (struct event_failed){
			.head = {.boot_ns = 5000005000, .kind = EVENT_FAILED, .sig = 15},
			.sender = task,
			.target = task,
			.sig = 15,
			.target_nr = 4242,
			.error = EPERM,
			.facts = EVENT_FAILED_TARGET_KNOWN | EVENT_FAILED_NS_SAME,
			.sender_uid = 1000,
			.sender_euid = 1000,
			.ancestors_len = 2,
			.ancestors = {{700, "shim\033]0;\xff"}, {1, "systemd"}},
		};
		record.head.size = sizeof(record.failed);
		break;
	case 7:
		record.cgroup = (struct event_cgroup){
			.head = {.boot_ns = 5000006000, .kind = EVENT_CGROUP_MADE, .cgroup = 4242},
			.path_len = 19,
			.path = "/kubepods/pod1/1f\033\xff",
		};
		record.head.size = sizeof(record.cgroup);
		break;
	default:
		return 0;
	}
	memcpy(data, &record, record.head.size);
	return record.head.size;
}
