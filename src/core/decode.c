/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring-buffer records to reports. Records are copied out first: those of a file may lie anywhere.
 */
#include <errno.h>
#include <string.h>

#include "report.h"
#include "sender.h"
#include "signals.h"

_Static_assert(EVENT_SIG_MAX == SIGNAL_MAX, "one range of signal numbers");

static struct report_task decode_task(const struct event_task *task)
{
	struct report_task ret = {
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = task->start_boot_ns,
		.tgid = task->tgid,
		.tid = task->tid,
		.ns_tgid = task->ns_tgid,
		.pid_ns = task->pid_ns,
	};

	memcpy(ret.comm, task->comm, sizeof(ret.comm));
	return ret;
}

static bool signal_in_range(const struct event_head *head)
{
	return head->sig >= 1 && head->sig <= EVENT_SIG_MAX;
}

/* Of the sender; where that was not `current`, they are of somebody who happened to run. */
static void decode_ancestors(const struct event_generate_by *by, struct report *ret)
{
	for (unsigned int i = 0; i < by->generate.ancestors; i++) {
		ret->ancestors[i].tgid = by->ancestors[i].tgid;
		memcpy(ret->ancestors[i].comm, by->ancestors[i].comm,
		       sizeof(ret->ancestors[i].comm));
	}
	ret->ancestors_len = by->generate.ancestors;
}

/* A short record has no ancestors; a long one may have none, too: number 1 has no parent. */
static int decode_generate(const void *data, size_t size, struct report *ret)
{
	const size_t room = size == sizeof(struct event_generate_by) ? EVENT_ANCESTORS_MAX : 0;
	struct event_generate_by by;
	struct event_generate e;

	memcpy(&by, data, size);
	e = by.generate;
	if (!signal_in_range(&e.head) || e.result >= EVENT_RESULT_COUNT || e.ancestors > room)
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_GENERATE,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.sig = e.head.sig,
		.code = e.head.code,
		.result = (enum event_result)e.result,
		.facts = e.facts,
		.process_directed = e.facts & EVENT_FACT_PROCESS_DIRECTED,
		.sender_kind = sender_kind_of(e.head.code, e.facts, e.head.sig, e.sender_nr,
					      e.info_pid),
		.sender_nr = e.sender_nr,
		.info_pid = e.info_pid,
		.info_uid = e.info_uid,
		.value = e.value,
		.target = decode_task(&e.target),
		.handler = e.handler,
		.sa_flags = e.sa_flags,
		.signal_flags = e.signal_flags,
		.state = e.state,
		.group_exit_code = e.group_exit_code,
		.receiver_tid = e.receiver_tid,
		.threads = e.threads,
		.pending_process = e.pending_process,
		.pending_thread = e.pending_thread,
		.tracer_tgid = e.tracer_tgid,
		.stack_id = e.stack_id,
	};
	memcpy(ret->tracer_comm, e.tracer_comm, sizeof(ret->tracer_comm));
	if (ret->sender_kind == SENDER_USER) {
		ret->sender = decode_task(&e.sender);
		ret->sender_uid = e.sender_uid;
		decode_ancestors(&by, ret);
	}
	return 0;
}

static int decode_deliver(const void *data, size_t size, struct report *ret)
{
	struct event_deliver e;

	memcpy(&e, data, size);
	if (!signal_in_range(&e.head))
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_DELIVER,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.sig = e.head.sig,
		.code = e.head.code,
		.facts = e.facts,
		.info_pid = e.info_pid,
		.info_uid = e.info_uid,
		.value = e.value,
		.target = decode_task(&e.process),
		.handler = e.handler,
		.sa_flags = e.sa_flags,
		.signal_flags = e.signal_flags,
		.group_exit_code = e.group_exit_code,
		.pending_process = e.pending_process,
		.pending_thread = e.pending_thread,
	};
	return 0;
}

static int decode_exit(const void *data, size_t size, struct report *ret)
{
	struct event_exit e;

	memcpy(&e, data, size);
	if (e.head.sig != 0)
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_EXIT,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.facts = e.facts,
		.target = decode_task(&e.process),
		.signal_flags = e.signal_flags,
		.exit_code = e.exit_code,
	};
	return 0;
}

static const struct record_kind {
	size_t size;
	size_t long_size; /* 0: none */
	int (*decode)(const void *data, size_t size, struct report *ret);
} record_kinds[] = {
	[EVENT_GENERATE] = {sizeof(struct event_generate), sizeof(struct event_generate_by),
			    decode_generate},
	[EVENT_DELIVER] = {sizeof(struct event_deliver), 0, decode_deliver},
	[EVENT_EXIT] = {sizeof(struct event_exit), 0, decode_exit},
};

_Static_assert(sizeof(record_kinds) / sizeof(record_kinds[0]) == EVENT_KIND_COUNT,
	       "a decoder for every kind");

int decode_record(const void *data, size_t size, struct report *ret)
{
	const struct record_kind *kind;
	struct event_head head;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, data, sizeof(head));
	if (head.size != size)
		return -EBADMSG;
	if (head.kind >= EVENT_KIND_COUNT || !record_kinds[head.kind].decode)
		return -EPROTO;
	kind = &record_kinds[head.kind];
	if (size != kind->size && size != kind->long_size)
		return -EBADMSG;
	return kind->decode(data, size, ret);
}
