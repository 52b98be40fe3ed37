/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees of any shape and of any history, drawn in every format, against what must always hold. */
#include <jansson.h>
#include <string.h>

#include "chain_renderer.h"
#include "fuzz.h"
#include "renderer.h"
#include "signals.h"
#include "utf8.h"

#define ROOT	 1
#define PID_NS	 77
#define TEXT_MAX (1U << 20)
#define MS	 UINT64_C(1000000)

/* What the input begins with. */
struct request {
	uint8_t sig;
	uint8_t to;    /* bit 7: watched; bit 6: sent; bit 5: up */
	uint8_t width; /* of the text */
	uint8_t processes;
	uint8_t lost;
};

struct process_bytes {
	uint8_t parent;
	uint8_t group;
	uint8_t facts;
	uint8_t signals;
	uint8_t program;
	uint8_t comm[3];
};

struct step {
	uint8_t what;
	uint8_t target;
	uint8_t sender;
	uint8_t result;
	uint8_t elapsed;
};

static const struct started {
	const char *exe;
	const char *words[4];
} started[] = {
	{NULL, {NULL}},
	{"/usr/bin/bash", {"bash", "-c", "a\033[2J; b", NULL}},
	{"/usr/bin/dash", {"sh", "run.sh", NULL}},
	{"/usr/bin/bash", {"-bash", NULL}},
	{"/usr/bin/tini", {"tini", "-g", "app", NULL}},
	{"/usr/bin/dumb-init", {"dumb-init", "-r", "15:3", NULL}},
	{"/usr/bin/timeout", {"timeout", "5", "app", NULL}},
	{"/usr/bin/sudo", {"sudo", "app", NULL}},
};

/* What was written. */
struct output {
	char data[TEXT_MAX];
	size_t len;
};

static struct output output;

static void put(void *context, const char *bytes, size_t len)
{
	struct output *out = context;

	FUZZ_CHECK(len < sizeof(out->data) - out->len);
	memcpy(out->data + out->len, bytes, len);
	out->len += len;
	out->data[out->len] = '\0';
}

static void add_process(struct chain *c, uint32_t tgid, const struct process_bytes *b)
{
	struct process *p = process_table_add(&c->table, tgid);
	struct thread *t;

	FUZZ_CHECK(p);
	memcpy(p->comm, b->comm, sizeof(b->comm));
	p->parent_tgid = b->parent % (tgid + 2);
	p->start_boot_ns = tgid * MS * 20;
	p->pgid = b->group % 8;
	p->sid = b->group >> 6;
	p->ns_tgid = b->facts & 1 ? 1 : tgid;
	p->namespace_init = b->facts & 1;
	p->ns_level = p->namespace_init;
	p->pid_ns = PID_NS + p->namespace_init;
	p->has_tty = b->facts & 2;
	p->known = b->facts & 4 ? UINT32_MAX : PROCESS_KNOWN_DISPOSITIONS;
	p->selected = true;
	p->caught = b->signals & 1 ? UINT64_MAX : 0;
	p->ignored = b->signals & 2 ? ~p->caught : 0;
	p->pdeath_signal = b->signals & 4 ? b->program % SIGNAL_MAX : 0;
	p->thread_count = 1;
	t = process_add_thread(p, tgid);
	FUZZ_CHECK(t);
	t->state = b->facts & 8 ? 0x20 : 1;
	t->exiting = b->facts & 8;
	t->blocked = b->signals & 8 ? UINT64_MAX : 0;
	t->waited_for = b->signals & 16 ? UINT64_MAX : 0;
	t->waited_for_known = b->signals & 32;
	t->place = calloc(1, sizeof(*t->place));
	FUZZ_CHECK(t->place);
	t->place->syscall_known = true;
	t->place->in_syscall = true;
	t->place->syscall = b->signals & 64 ? 61 : 130;
	t->place->args[0] = b->signals & 128 ? UINT64_MAX : b->group;
}

static void start(struct chain_node *n, uint8_t which, bool tty)
{
	const struct started *s = &started[which % (sizeof(started) / sizeof(started[0]))];
	char comm[EVENT_COMM_SIZE + 1] = "";
	size_t len = 0;

	memcpy(comm, n->process->comm, EVENT_COMM_SIZE);
	while (s->words[len])
		len++;
	program_identify(
		&(struct program_facts){
			.exe = s->exe,
			.comm = comm,
			.words = s->words,
			.words_len = len,
			.stdin_known = which & 0x80,
			.stdin_is_tty = tty,
		},
		&n->program);
	n->tty_known = which & 0x40;
	n->foreground = tty && n->tty_known;
	if (n->foreground)
		memcpy(n->tty, "pts/\033", sizeof("pts/\033"));
}

static struct report_task task_of(uint32_t tgid)
{
	return (struct report_task){
		.source = tgid == 0 ? REPORT_SOURCE_ABSENT : REPORT_SOURCE_EVENT,
		.start_boot_ns = tgid * MS * 20,
		.tgid = tgid,
		.tid = tgid,
		.comm = {'\033', (char)tgid, '"'},
	};
}

static void run_step(struct chain *c, const struct step *step, uint64_t *now)
{
	struct report r = {
		.kind = (enum report_kind)(step->what % REPORT_KIND_COUNT),
		.boot_ns = *now += step->elapsed * MS,
		.sig = step->what & 0x80 ? 9 : 15,
		.result = (enum event_result)(step->result % EVENT_RESULT_COUNT),
		.facts = (uint32_t)step->result << (step->elapsed & 7),
		.process_directed = true,
		.sender_kind = step->sender & 0x80 ? SENDER_KERNEL : SENDER_USER,
		.sender = task_of(step->sender & 0xf),
		.target = task_of(step->target & 0xf),
		.handler = step->result >> 6,
		.threads = 1,
		.stack_id = -1,
		.exit_code = step->result,
		.origin = (enum origin)(step->elapsed % ORIGIN_COUNT),
	};
	const bool has_verdict = r.kind == REPORT_GENERATE || r.kind == REPORT_DELIVER;
	const struct verdict v = has_verdict ? explain_report(&r) : (struct verdict){0};
	struct process late = {
		.tgid = 16U + (step->target & 3),
		.parent_tgid = step->sender & 0xf,
		.start_boot_ns = *now,
	};

	FUZZ_CHECK(chain_watch_report(c, &r, has_verdict ? &v : NULL) == 0);
	if (step->target & 0x80)
		chain_watch_add(c, &late);
	if (step->target & 0x40)
		chain_watch_gone(c, step->sender % c->len, *now);
}

static void check_text(size_t width)
{
	const char *line = output.data;

	for (const char *end; (end = strchr(line, '\n')); line = end + 1) {
		/* The marks count as two columns, so that no terminal draws them wider. */
		FUZZ_CHECK(utf8_columns(line, (size_t)(end - line)) <= width + 1);
	}
	FUZZ_CHECK(*line == '\0');
}

static void check_json(const struct chain *c)
{
	json_t *document = json_loads(output.data, 0, NULL);

	FUZZ_CHECK(document);
	FUZZ_CHECK(strchr(output.data, '\n') == output.data + output.len - 1);
	FUZZ_CHECK(json_array_size(json_object_get(document, "nodes")) == c->len);
	FUZZ_CHECK(json_array_size(json_object_get(document, "edges")) == c->edges_len);
	FUZZ_CHECK(json_array_size(json_object_get(document, "breaks")) == c->breaks_len);
	FUZZ_CHECK(json_array_size(json_object_get(document, "notes")) == c->notes_len);
	json_decref(document);
}

static void check_clean(void)
{
	for (size_t i = 0; i < output.len;) {
		uint32_t code;
		const size_t size = utf8_decode(output.data + i, output.len - i, &code);

		FUZZ_CHECK(size > 0);
		FUZZ_CHECK(code >= ' ' || code == '\n' || code == '\t');
		i += size;
	}
}

static void draw(const struct chain *c, unsigned int width)
{
	static const char *const formats[] = {"text", "json", "dot", "mermaid"};
	const struct inspect_sink sink = {.put = put, .context = &output};
	const struct chain_config config = {.width = width};
	const size_t usable = width == 0 ? 100 : width;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		output.len = 0;
		chain_ops_from_name(formats[i])->write(&config, c, &sink);
		check_clean();
		if (i == 0)
			check_text(usable < RENDERER_WIDTH_MIN ? RENDERER_WIDTH_MIN : usable);
		if (i == 1)
			check_json(c);
	}
}

static void check_nodes(const struct chain *c)
{
	for (uint32_t i = 0; i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];

		FUZZ_CHECK(n->parent == CHAIN_NONE || n->parent < i);
		FUZZ_CHECK(n->from == CHAIN_NONE || n->from < c->len);
		FUZZ_CHECK(n->waits_for == CHAIN_NONE || c->nodes[n->waits_for].parent == i);
		FUZZ_CHECK(n->gets != CHAIN_YES || (n->sig != 0 && n->way != CHAIN_WAY_NONE));
	}
	for (size_t i = 0; i < c->breaks_len; i++) {
		const struct chain_break *b = &c->breaks[i];

		FUZZ_CHECK(c->nodes[b->at].gets == CHAIN_YES);
		FUZZ_CHECK(b->missed == CHAIN_NONE || c->nodes[b->missed].parent == b->at);
	}
}

static void watch(struct chain *c, const struct request *q, const uint8_t *data, size_t size)
{
	uint64_t now = 3600 * 1000 * MS;
	struct step step;

	c->watched = true;
	c->sent = q->to & 0x40;
	c->began_ns = now;
	c->deadline_ns = 5000 * MS;
	c->wanted = UINT64_MAX;
	for (; size >= sizeof(step); data += sizeof(step), size -= sizeof(step)) {
		memcpy(&step, data, sizeof(step));
		run_step(c, &step, &now);
	}
	c->lost = q->lost & 3;
	(void)chain_watch_due_ns(c);
	chain_watch_conclude(c, now + q->lost * MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process_bytes bytes[16];
	struct chain c = {0};
	struct request q;
	uint32_t len;

	if (size < sizeof(q))
		return 0;
	memcpy(&q, data, sizeof(q));
	data += sizeof(q);
	size -= sizeof(q);
	len = q.processes % 15U + 1;
	if (size < len * sizeof(bytes[0]))
		return 0;
	memcpy(bytes, data, len * sizeof(bytes[0]));
	c.sig = q.sig % SIGNAL_MAX + 1;
	c.to = (enum chain_to)(q.to % CHAIN_TO_COUNT);
	for (uint32_t i = 0; i < len; i++)
		add_process(&c, i + 1, &bytes[i]);
	process_table_sort(&c.table);
	FUZZ_CHECK(chain_build(&c, q.to & 0x20 ? len : ROOT, q.to & 0x20 ? 2 : 0, NULL, NULL) == 0);
	for (uint32_t i = 0; i < c.len; i++) {
		const struct process_bytes *b = &bytes[c.nodes[i].process->tgid - 1];

		start(&c.nodes[i], b->program, b->facts & 2);
	}
	chain_find_shells(&c);
	if (q.to & 0x80)
		watch(&c, &q, data + len * sizeof(bytes[0]), size - len * sizeof(bytes[0]));
	else
		chain_predict(&c);
	FUZZ_CHECK(chain_find_breaks(&c) == 0);
	check_nodes(&c);
	draw(&c, q.width);
	chain_free(&c);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const struct {
		struct request request;
		struct process_bytes processes[4];
		struct step steps[4];
	} seeds[] = {
		/* tini -g, a shell, its child and one in a session of its own: predicted. */
		{{14, CHAIN_TO_PROCESS, 100, 3, 0},
		 {{0, 1, 5, 16 | 32, 0xc4, "tin"},
		  {1, 2, 4, 32 | 128, 0xc2, "sh"},
		  {2, 2, 4, 32, 0, "app"},
		  {2, 0xc4, 4, 32 | 2, 0, "own"}},
		 {{0}}},
		/* Alike, and to their group. */
		{{14, CHAIN_TO_GROUP, 80, 3, 0},
		 {{0, 1, 6, 32 | 1, 0xc1, "sh"},
		  {1, 1, 6, 32, 0, "\033\"&"},
		  {1, 1, 6, 32, 0, "\033\"&"},
		  {1, 1, 6, 32, 0, "\033\"&"}},
		 {{0}}},
		/* Watched: one handles it and ends, another one is killed, one is born. */
		{{14, 0x80 | 0x40 | CHAIN_TO_PROCESS, 0, 3, 0},
		 {{0, 1, 4, 32 | 1, 0xc2, "sh"},
		  {1, 1, 4, 32, 0, "a"},
		  {1, 1, 4, 32, 0, "b"},
		  {3, 1, 4, 32, 0, "c"}},
		 {{REPORT_GENERATE, 1, 9, 0x80, 1},
		  {0x80 | REPORT_GENERATE, 2, 1, 0, 9},
		  {REPORT_EXIT, 0x82, 1, 9, 1},
		  {REPORT_EXIT, 0x41, 3, 0, 9}}},
		/* From an ancestor, to a terminal's foreground. */
		{{1, 0x20 | CHAIN_TO_FOREGROUND, 60, 3, 0},
		 {{0, 1, 6, 32, 0xc3, "sh"},
		  {1, 2, 6, 32, 0xc1, "sh"},
		  {2, 2, 14, 32, 0, "z"},
		  {2, 2, 6, 32 | 8, 0, "v"}},
		 {{0}}},
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	memcpy(data, &seeds[index], sizeof(seeds[0]));
	return sizeof(seeds[0]);
}
