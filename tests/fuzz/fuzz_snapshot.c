/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream of the task iterator, cut into pieces anywhere, to the table of processes. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "snapshot_decode.h"

static void check_threads(const struct process *p)
{
	for (size_t i = 0; i < p->threads_len; i++) {
		FUZZ_CHECK(p->threads[i].tid != 0);
		FUZZ_CHECK(i == 0 || p->threads[i].tid != p->tgid);
		FUZZ_CHECK(i < 2 || p->threads[i].tid > p->threads[i - 1].tid);
		FUZZ_CHECK(p->threads[i].asleep_known || p->threads[i].asleep_ns == 0);
	}
	FUZZ_CHECK(p->selected || p->threads_len == 0);
	FUZZ_CHECK(p->threads_len == 0 || !process_is_zombie(p) || process_is_dying(p));
	FUZZ_CHECK(!process_is_zombie(p) || !process_has_zombie_leader(p));
}

static void check_table(struct process_table *t)
{
	FUZZ_CHECK(t->evidence == PROCESS_EVIDENCE_BPF);
	for (size_t i = 0; i < t->len; i++) {
		struct process *p = &t->list[i];

		FUZZ_CHECK(p->tgid != 0 && (i == 0 || p->tgid > t->list[i - 1].tgid));
		FUZZ_CHECK(process_table_find(t, p->tgid) == p);
		FUZZ_CHECK(!p->actions || (p->selected && (p->known & PROCESS_KNOWN_DISPOSITIONS)));
		for (int sig = 1; sig <= EVENT_SIG_MAX; sig++)
			(void)process_handler(p, sig);
		check_threads(p);
	}
}

/* Selected stays selected, and so is whoever has a selected parent. */
static void check_descendants(struct process_table *t)
{
	size_t before = 0;
	size_t after = 0;

	for (size_t i = 0; i < t->len; i++)
		before += t->list[i].selected;
	FUZZ_CHECK(process_table_select_descendants(t) == 0);
	for (size_t i = 0; i < t->len; i++) {
		const struct process *parent = process_table_find(t, t->list[i].parent_tgid);

		FUZZ_CHECK(!parent || !parent->selected || t->list[i].selected);
		after += t->list[i].selected;
	}
	FUZZ_CHECK(after >= before);
}

static int decode(const uint8_t *data, size_t size, size_t piece, struct process_table *t)
{
	struct snapshot_decoder *d;
	int r = 0;

	FUZZ_CHECK(snapshot_decoder_new(&d) == 0);
	for (size_t at = 0; r == 0 && at < size; at += piece)
		r = snapshot_decoder_feed(d, data + at, size - at < piece ? size - at : piece);
	if (r < 0) {
		FUZZ_CHECK(snapshot_decoder_feed(d, data, size) == r);
		FUZZ_CHECK(snapshot_decoder_finish(d, t) == r);
	} else {
		r = snapshot_decoder_finish(d, t);
	}
	snapshot_decoder_free(d);
	return r;
}

static void run_stream(const uint8_t *data, size_t size)
{
	struct process_table whole = {0};
	struct process_table pieces = {0};
	int r = decode(data, size, size ? size : 1, &whole);

	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -EPROTO);
	FUZZ_CHECK(decode(data, size, 1 + size % 61, &pieces) == r);
	FUZZ_CHECK(pieces.len == whole.len);
	if (r == 0) {
		check_table(&whole);
		check_table(&pieces);
		check_descendants(&whole);
	}
	process_table_free(&whole);
	process_table_free(&pieces);
}

static size_t record_size(unsigned int kind)
{
	switch (kind) {
	case SNAPSHOT_PROCESS:
		return sizeof(struct snapshot_process);
	case SNAPSHOT_ACTIONS:
		return sizeof(struct snapshot_actions);
	default:
		return sizeof(struct snapshot_thread);
	}
}

/* Mends the heads, so that what follows them is what is tried out; few numbers, so that they meet.
 */
static void run_mended_stream(const uint8_t *data, size_t size)
{
	static uint8_t stream[FUZZ_SIZE_MAX];
	size_t at = 0;

	memcpy(stream, data, size);
	while (size - at >= sizeof(struct snapshot_head)) {
		struct snapshot_head head;
		struct snapshot_process process;
		struct snapshot_thread thread;

		memcpy(&head, stream + at, sizeof(head));
		head.kind = (uint8_t)(SNAPSHOT_PROCESS + head.kind % (SNAPSHOT_KIND_COUNT - 1));
		if (record_size(head.kind) > size - at)
			head.kind = SNAPSHOT_THREAD;
		head.size = (uint16_t)record_size(head.kind);
		if (head.size > size - at)
			break;
		memcpy(stream + at, &head, sizeof(head));
		if (head.kind == SNAPSHOT_PROCESS) {
			memcpy(&process, stream + at, sizeof(process));
			process.tgid = 1 + process.tgid % 8;
			process.parent_tgid %= 8;
			memcpy(stream + at, &process, sizeof(process));
		} else if (head.kind == SNAPSHOT_THREAD) {
			memcpy(&thread, stream + at, sizeof(thread));
			thread.tgid = 1 + thread.tgid % 8;
			thread.tid = 1 + thread.tid % 16;
			memcpy(stream + at, &thread, sizeof(thread));
		}
		at += head.size;
	}
	run_stream(stream, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > FUZZ_SIZE_MAX)
		return 0;
	run_stream(data, size);
	run_mended_stream(data, size);
	return 0;
}

static size_t add(uint8_t *data, size_t at, const void *record, size_t size)
{
	memcpy(data + at, record, size);
	return at + size;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	struct snapshot_process process = {
		.head = {.size = sizeof(process), .kind = SNAPSHOT_PROCESS},
		.start_boot_ns = 1000000000,
		.tgid = 5,
		.parent_tgid = 4,
		.facts = SNAPSHOT_PROCESS_SELECTED | SNAPSHOT_PROCESS_ACTIONS_KNOWN,
		.threads = 2,
		.comm = "test.sh\033[2J\xff\\\"",
	};
	static const struct snapshot_actions actions = {
		.head = {.size = sizeof(actions), .kind = SNAPSHOT_ACTIONS},
		.tgid = 5,
		.actions = {{.handler = 1}, {.handler = 0x401000, .flags = 0x14000000}},
	};
	struct snapshot_thread thread = {
		.head = {.size = sizeof(thread), .kind = SNAPSHOT_THREAD},
		.real_blocked = 0x4000,
		.tgid = 5,
		.tid = 5,
		.state = 0x20,
		.facts = SNAPSHOT_THREAD_ASLEEP_KNOWN,
	};
	size_t size;

	switch (index) {
	case 0:
		return add(data, 0, &process, sizeof(process));
	case 1:
		size = add(data, 0, &process, sizeof(process));
		size = add(data, size, &actions, sizeof(actions));
		size = add(data, size, &thread, sizeof(thread));
		thread.tid = 2;
		return add(data, size, &thread, sizeof(thread));
	case 2:
		/* Each the parent of the next, in a circle, and threads before their process. */
		size = add(data, 0, &thread, sizeof(thread));
		for (uint32_t i = 0; i < 8; i++) {
			process.tgid = 1 + i;
			process.parent_tgid = 1 + (i + 1) % 8;
			process.facts = i == 3 ? SNAPSHOT_PROCESS_SELECTED : 0;
			size = add(data, size, &process, sizeof(process));
		}
		return size;
	default:
		return 0;
	}
}
