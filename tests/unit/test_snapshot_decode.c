/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot_decode.h"

/* Sixteen bytes without a NUL. */
static const char comm[EVENT_COMM_SIZE] = {'0', '1', '2', '3', '4', '5', '6', '7',
					   '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

static struct snapshot_process process(uint32_t tgid, uint32_t facts)
{
	struct snapshot_process r = {
		.head = {.size = sizeof(r), .kind = SNAPSHOT_PROCESS},
		.start_boot_ns = 1000 + tgid,
		.tgid = tgid,
		.parent_tgid = 812,
		.facts = facts,
		.threads = 1,
	};

	memcpy(r.comm, comm, sizeof(r.comm));
	return r;
}

static struct snapshot_actions actions(uint32_t tgid)
{
	struct snapshot_actions r = {
		.head = {.size = sizeof(r), .kind = SNAPSHOT_ACTIONS},
		.tgid = tgid,
	};

	for (uint32_t i = 0; i < EVENT_SIG_MAX; i++)
		r.actions[i] = (struct snapshot_action){i, 100 + i, UINT64_MAX - i};
	return r;
}

static struct snapshot_thread thread(uint32_t tgid, uint32_t tid)
{
	struct snapshot_thread r = {
		.head = {.size = sizeof(r), .kind = SNAPSHOT_THREAD},
		.tgid = tgid,
		.tid = tid,
		.ns_tid = tid + 1,
		.state = 1,
	};

	memcpy(r.comm, comm, sizeof(r.comm));
	return r;
}

/* A stream of records, and what is decoded from it. */
struct stream {
	unsigned char data[16384];
	size_t size;
};

static void append(struct stream *s, const void *record, size_t size)
{
	assert_true(s->size + size <= sizeof(s->data));
	memcpy(s->data + s->size, record, size);
	s->size += size;
}

#define APPEND(stream, record) append(stream, &(record), sizeof(record))

/* Feeds the stream in pieces, and finishes it if they were taken. */
static int decode(const struct stream *s, size_t piece, struct process_table *t)
{
	struct snapshot_decoder *d;
	int r;

	assert_int_equal(snapshot_decoder_new(&d), 0);
	r = snapshot_decoder_feed(d, s->data, 0);
	for (size_t at = 0; r == 0 && at < s->size; at += piece) {
		size_t count = s->size - at < piece ? s->size - at : piece;
		unsigned char *copy = malloc(count);

		assert_non_null(copy);
		memcpy(copy, s->data + at, count);
		r = snapshot_decoder_feed(d, copy, count);
		free(copy);
	}
	if (r == 0)
		r = snapshot_decoder_finish(d, t);
	snapshot_decoder_free(d);
	return r;
}

static struct process_table decode_well(const struct stream *s)
{
	struct process_table t = {0};

	assert_int_equal(decode(s, s->size, &t), 0);
	return t;
}

/* The stream is refused, and the table left alone. */
static void assert_refused(const struct stream *s, int error)
{
	struct process_table t = {.len = 77};

	assert_int_equal(decode(s, s->size, &t), error);
	assert_int_equal(t.len, 77);
}

static void test_process(void **state)
{
	struct snapshot_process r = process(4242, 0);
	struct stream s = {.size = 0};
	struct process_table t;
	const struct process *p;

	(void)state;
	r.ns_tgid = 1;
	r.pid_ns = 25;
	r.ns_level = 2;
	r.pgid = 4240;
	r.sid = 4239;
	r.uid = 1000;
	r.ignored = 1;
	r.caught = 2;
	r.pending = 4;
	r.signal_flags = 0x40;
	r.group_exit_code = -3;
	r.threads = 12;
	r.pdeath_signal = 9;
	r.state = 0x402;
	APPEND(&s, r);
	t = decode_well(&s);
	assert_int_equal(t.evidence, PROCESS_EVIDENCE_BPF);
	assert_int_equal(t.len, 1);
	p = process_table_find(&t, 4242);
	assert_non_null(p);
	assert_int_equal(p->start_boot_ns, 5242);
	assert_int_equal(p->parent_tgid, 812);
	assert_int_equal(p->ns_tgid, 1);
	assert_int_equal(p->pid_ns, 25);
	assert_int_equal(p->ns_level, 2);
	assert_int_equal(p->pgid, 4240);
	assert_int_equal(p->sid, 4239);
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->saved_uid, 1000);
	assert_int_equal(p->pending, 4);
	assert_int_equal(p->signal_flags, 0x40);
	assert_int_equal(p->group_exit_code, -3);
	assert_int_equal(p->thread_count, 12);
	assert_int_equal(p->leader_state, 0x402);
	assert_memory_equal(p->comm, comm, sizeof(comm));
	/* Without ACTIONS_KNOWN the masks mean nothing. */
	assert_int_equal(p->known, PROCESS_KNOWN_SIGNAL_FLAGS | PROCESS_KNOWN_FROZEN |
					   PROCESS_KNOWN_IDS | PROCESS_KNOWN_VFORK |
					   PROCESS_KNOWN_STATE | PROCESS_KNOWN_PDEATH);
	assert_int_equal(p->pdeath_signal, 9);
	assert_int_equal(p->ignored, 0);
	assert_int_equal(p->caught, 0);
	assert_false(p->kernel_thread || p->namespace_init || p->global_init || p->selected ||
		     p->core_dumping || p->group_exec || p->vfork_child || p->signalfd_polled ||
		     p->has_tty);
	process_table_free(&t);
}

/* Every fact alone sets its own member. */
static void test_process_facts(void **state)
{
	static const struct {
		uint32_t fact;
		size_t member;
	} rows[] = {
		{SNAPSHOT_PROCESS_SELECTED, offsetof(struct process, selected)},
		{SNAPSHOT_PROCESS_KTHREAD, offsetof(struct process, kernel_thread)},
		{SNAPSHOT_PROCESS_NAMESPACE_INIT, offsetof(struct process, namespace_init)},
		{SNAPSHOT_PROCESS_GLOBAL_INIT, offsetof(struct process, global_init)},
		{SNAPSHOT_PROCESS_CORE_DUMPING, offsetof(struct process, core_dumping)},
		{SNAPSHOT_PROCESS_GROUP_EXEC, offsetof(struct process, group_exec)},
		{SNAPSHOT_PROCESS_VFORK_CHILD, offsetof(struct process, vfork_child)},
		{SNAPSHOT_PROCESS_SIGNALFD_POLLED, offsetof(struct process, signalfd_polled)},
		{SNAPSHOT_PROCESS_HAS_TTY, offsetof(struct process, has_tty)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snapshot_process r = process(7,
						    rows[i].fact | SNAPSHOT_PROCESS_ACTIONS_KNOWN);
		struct stream s = {.size = 0};
		struct process_table t;

		APPEND(&s, r);
		t = decode_well(&s);
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			assert_int_equal(*((const char *)&t.list[0] + rows[j].member), i == j);
		process_table_free(&t);
	}
}

static void test_actions(void **state)
{
	struct snapshot_process r = process(7, SNAPSHOT_PROCESS_SELECTED |
						       SNAPSHOT_PROCESS_ACTIONS_KNOWN |
						       SNAPSHOT_PROCESS_SIGNALFD_POLLED);
	struct snapshot_actions a = actions(7);
	struct stream s = {.size = 0};
	struct process_table t;

	(void)state;
	r.ignored = 1ULL << 63;
	r.caught = 1ULL << 14;
	APPEND(&s, r);
	APPEND(&s, a);
	t = decode_well(&s);
	assert_true(t.list[0].known & PROCESS_KNOWN_DISPOSITIONS);
	assert_true(t.list[0].known & PROCESS_KNOWN_POLLED);
	assert_true(t.list[0].ignored == 1ULL << 63);
	assert_true(t.list[0].caught == 1ULL << 14);
	assert_non_null(t.list[0].actions);
	for (uint32_t i = 0; i < EVENT_SIG_MAX; i++) {
		assert_int_equal(t.list[0].actions[i].handler, i);
		assert_int_equal(t.list[0].actions[i].flags, 100 + i);
		assert_true(t.list[0].actions[i].mask == UINT64_MAX - i);
	}
	process_table_free(&t);
}

/* Actions that are not right behind their own process. */
static void test_misplaced_actions(void **state)
{
	const uint32_t full = SNAPSHOT_PROCESS_SELECTED | SNAPSHOT_PROCESS_ACTIONS_KNOWN;
	struct snapshot_process wanted = process(7, full);
	struct snapshot_process other = process(8, full);
	struct snapshot_process light = process(7, SNAPSHOT_PROCESS_ACTIONS_KNOWN);
	struct snapshot_process released = process(7, SNAPSHOT_PROCESS_SELECTED);
	struct snapshot_actions a = actions(7);
	struct stream s = {.size = 0};

	(void)state;
	APPEND(&s, a);
	assert_refused(&s, -EBADMSG);
	s.size = 0;
	APPEND(&s, wanted);
	APPEND(&s, other);
	APPEND(&s, a);
	assert_refused(&s, -EBADMSG);
	s.size = 0;
	APPEND(&s, light);
	APPEND(&s, a);
	assert_refused(&s, -EBADMSG);
	s.size = 0;
	APPEND(&s, released);
	APPEND(&s, a);
	assert_refused(&s, -EBADMSG);
	s.size = 0;
	APPEND(&s, wanted);
	APPEND(&s, a);
	APPEND(&s, a);
	assert_refused(&s, -EBADMSG);
}

static struct thread decode_thread(const struct snapshot_thread *record)
{
	struct snapshot_process r = process(record->tgid, SNAPSHOT_PROCESS_SELECTED);
	struct stream s = {.size = 0};
	struct process_table t;
	struct thread ret;

	APPEND(&s, r);
	APPEND(&s, *record);
	t = decode_well(&s);
	assert_int_equal(t.list[0].threads_len, 1);
	ret = t.list[0].threads[0];
	process_table_free(&t);
	return ret;
}

static void test_thread(void **state)
{
	struct snapshot_thread r = thread(7, 9);
	struct thread h;

	(void)state;
	r.blocked = 0x6;
	r.pending = 0x8;
	r.state = 0x402;
	r.tracer_tgid = 77;
	r.exit_code = 0x8b;
	r.asleep_ns = 5;
	h = decode_thread(&r);
	assert_int_equal(h.tid, 9);
	assert_int_equal(h.ns_tid, 10);
	assert_memory_equal(h.comm, comm, sizeof(comm));
	assert_int_equal(h.blocked, 0x6);
	assert_int_equal(h.pending, 0x8);
	assert_true(h.waited_for_known);
	assert_int_equal(h.waited_for, 0);
	assert_int_equal(h.state, 0x402);
	assert_int_equal(h.tracer_tgid, 77);
	assert_int_equal(h.exit_code, 0x8b);
	assert_false(h.asleep_known);
	assert_int_equal(h.asleep_ns, 0);
	assert_false(h.exiting || h.frozen || h.frozen_v2);
	assert_null(h.place);

	r.facts = SNAPSHOT_THREAD_ASLEEP_KNOWN;
	h = decode_thread(&r);
	assert_true(h.asleep_known);
	assert_int_equal(h.asleep_ns, 5);
	r.facts = SNAPSHOT_THREAD_FROZEN;
	h = decode_thread(&r);
	assert_true(h.frozen && !h.frozen_v2 && !h.exiting && !h.asleep_known);
	r.facts = SNAPSHOT_THREAD_FROZEN_V2;
	h = decode_thread(&r);
	assert_true(h.frozen_v2 && !h.frozen && !h.exiting);
	r.facts = SNAPSHOT_THREAD_EXITING;
	h = decode_thread(&r);
	assert_true(h.exiting && !h.frozen && !h.frozen_v2);
}

/* sigtimedwait() unblocks what it waits for, and keeps the mask from before. */
static void test_waited_for(void **state)
{
	struct snapshot_thread r = thread(7, 7);
	struct thread h;

	(void)state;
	r.real_blocked = 0x4200;
	r.blocked = 0x0200;
	h = decode_thread(&r);
	assert_int_equal(h.waited_for, 0x4000);
	assert_int_equal(h.blocked, 0x0200);
}

/* The fact is of the moment before: exit_state says it, too. */
static void test_zombie_exits(void **state)
{
	struct snapshot_thread r = thread(7, 7);

	(void)state;
	r.state = 0x20;
	assert_true(decode_thread(&r).exiting);
	r.state = 0x10;
	assert_true(decode_thread(&r).exiting);
	r.state = 0x40;
	assert_false(decode_thread(&r).exiting);
}

/* The numbers wrap: threads come before and behind their processes, and so do processes. */
static void mixed_stream(struct stream *s)
{
	const uint32_t wanted = SNAPSHOT_PROCESS_SELECTED;
	struct snapshot_process first = process(300, wanted);
	struct snapshot_process second = process(20, wanted);
	struct snapshot_process light = process(100, 0);
	struct snapshot_thread threads[] = {thread(300, 5),   thread(300, 300), thread(20, 20),
					    thread(300, 301), thread(100, 100), thread(20, 21),
					    thread(400, 400), thread(300, 299)};

	s->size = 0;
	APPEND(s, threads[0]);
	APPEND(s, first);
	APPEND(s, threads[1]);
	APPEND(s, light);
	APPEND(s, threads[4]);
	APPEND(s, second);
	for (size_t i = 2; i < sizeof(threads) / sizeof(threads[0]); i++)
		if (i != 4)
			APPEND(s, threads[i]);
}

static void assert_mixed(struct process_table *t)
{
	assert_int_equal(t->len, 3);
	assert_int_equal(t->list[0].tgid, 20);
	assert_int_equal(t->list[1].tgid, 100);
	assert_int_equal(t->list[2].tgid, 300);
	assert_int_equal(t->list[0].threads_len, 2);
	assert_int_equal(t->list[0].threads[0].tid, 20);
	assert_int_equal(t->list[0].threads[1].tid, 21);
	assert_int_equal(t->list[1].threads_len, 0); /* nobody asked for it */
	assert_int_equal(t->list[2].threads_len, 4);
	assert_int_equal(t->list[2].threads[0].tid, 300);
	assert_int_equal(t->list[2].threads[1].tid, 5);
	assert_int_equal(t->list[2].threads[2].tid, 299);
	assert_int_equal(t->list[2].threads[3].tid, 301);
}

static void test_sorted(void **state)
{
	struct stream s;
	struct process_table t;

	(void)state;
	mixed_stream(&s);
	t = decode_well(&s);
	assert_mixed(&t);
	process_table_free(&t);
}

/* Cut anywhere. */
static void test_pieces(void **state)
{
	struct stream s;

	(void)state;
	mixed_stream(&s);
	for (size_t piece = 1; piece < s.size; piece++) {
		struct process_table t = {0};

		assert_int_equal(decode(&s, piece, &t), 0);
		assert_mixed(&t);
		process_table_free(&t);
	}
}

/* A thread in exec takes its leader's number while the iterator is between the two. */
static void test_repeated(void **state)
{
	const uint32_t full = SNAPSHOT_PROCESS_SELECTED | SNAPSHOT_PROCESS_ACTIONS_KNOWN;
	struct snapshot_process p = process(7, full);
	struct snapshot_process other = process(6, full);
	struct snapshot_actions a = actions(7);
	struct snapshot_thread h = thread(7, 7);
	struct stream s = {.size = 0};
	struct process_table t;

	(void)state;
	for (int i = 0; i < 2; i++) {
		APPEND(&s, p);
		APPEND(&s, a);
		APPEND(&s, h);
	}
	APPEND(&s, other);
	t = decode_well(&s);
	assert_int_equal(t.len, 2);
	assert_int_equal(t.list[0].tgid, 6);
	assert_int_equal(t.list[1].tgid, 7);
	assert_int_equal(t.list[1].threads_len, 1);
	assert_non_null(t.list[1].actions);
	process_table_free(&t);
}

static void test_empty_stream(void **state)
{
	struct stream s = {.size = 0};
	struct process_table t;

	(void)state;
	t = decode_well(&s);
	assert_int_equal(t.len, 0);
	process_table_free(&t);
}

/* The stream ends within a record, wherever that is. */
static void test_cut(void **state)
{
	struct snapshot_process p = process(7, 0);
	struct snapshot_thread h = thread(7, 7);
	struct stream s = {.size = 0};

	(void)state;
	APPEND(&s, p);
	APPEND(&s, h);
	while (--s.size > sizeof(p))
		assert_refused(&s, -EBADMSG);
	while (--s.size > 0)
		assert_refused(&s, -EBADMSG);
}

static void test_malformed(void **state)
{
	struct snapshot_process good = process(7, 0);
	struct snapshot_process p = good;
	struct snapshot_thread h = thread(7, 7);
	struct stream s = {.size = 0};

	(void)state;
	/* A size that is wrong for the kind, though the stream ends just there. */
	p.head.size = sizeof(p) - 1;
	append(&s, &p, p.head.size);
	assert_refused(&s, -EBADMSG);
	s.size = 0;
	p.head.size = sizeof(p) + 1;
	APPEND(&s, p);
	append(&s, "", 1);
	assert_refused(&s, -EBADMSG);

	s.size = 0;
	p = good;
	p.head.kind = SNAPSHOT_THREAD;
	APPEND(&s, p);
	assert_refused(&s, -EBADMSG);

	s.size = 0;
	p.head.kind = 0;
	APPEND(&s, p);
	assert_refused(&s, -EPROTO);

	s.size = 0;
	p.head.kind = SNAPSHOT_KIND_COUNT;
	APPEND(&s, p);
	assert_refused(&s, -EPROTO);

	s.size = 0;
	p = process(0, 0);
	APPEND(&s, p);
	assert_refused(&s, -EBADMSG);

	s.size = 0;
	h.tid = 0;
	APPEND(&s, h);
	assert_refused(&s, -EBADMSG);

	s.size = 0;
	h = thread(0, 7);
	APPEND(&s, h);
	assert_refused(&s, -EBADMSG);
}

/* After an error nothing more is taken, however good. */
static void test_error_stays(void **state)
{
	struct snapshot_process good = process(7, 0);
	struct snapshot_process bad = process(8, 0);
	struct process_table t = {.len = 77};
	struct snapshot_decoder *d;

	(void)state;
	bad.head.kind = 99;
	assert_int_equal(snapshot_decoder_new(&d), 0);
	assert_int_equal(snapshot_decoder_feed(d, &good, sizeof(good)), 0);
	assert_int_equal(snapshot_decoder_feed(d, &bad, sizeof(bad)), -EPROTO);
	assert_int_equal(snapshot_decoder_feed(d, &good, sizeof(good)), -EPROTO);
	assert_int_equal(snapshot_decoder_finish(d, &t), -EPROTO);
	assert_int_equal(t.len, 77);
	snapshot_decoder_free(d);
	snapshot_decoder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),	     cmocka_unit_test(test_process_facts),
		cmocka_unit_test(test_actions),	     cmocka_unit_test(test_misplaced_actions),
		cmocka_unit_test(test_thread),	     cmocka_unit_test(test_waited_for),
		cmocka_unit_test(test_zombie_exits), cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_pieces),	     cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_empty_stream), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_malformed),    cmocka_unit_test(test_error_stays),
	};

	return cmocka_run_group_tests_name("snapshot_decode", tests, NULL, NULL);
}
