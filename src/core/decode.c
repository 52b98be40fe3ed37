/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring-buffer records to reports. Records are copied out first: those of a file may lie anywhere.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "report.h"
#include "sender.h"
#include "signals.h"

_Static_assert(EVENT_SIG_MAX == SIGNAL_MAX, "one range of signal numbers");

static struct report_task decode_task(const struct event_task *task, uint32_t cgroup)
{
	struct report_task ret = {
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = task->start_boot_ns,
		.tgid = task->tgid,
		.tid = task->tid,
		.ns_tgid = task->ns_tgid,
		.pid_ns = task->pid_ns,
		.cgroup = cgroup,
	};

	memcpy(ret.comm, task->comm, sizeof(ret.comm));
	return ret;
}

static bool signal_in_range(const struct event_head *head)
{
	return head->sig >= 1 && head->sig <= EVENT_SIG_MAX;
}

static void decode_ancestors(const struct event_ancestor *ancestors, unsigned int len,
			     struct report *ret)
{
	for (unsigned int i = 0; i < len; i++) {
		ret->ancestors[i].tgid = ancestors[i].tgid;
		memcpy(ret->ancestors[i].comm, ancestors[i].comm, sizeof(ret->ancestors[i].comm));
	}
	ret->ancestors_len = len;
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
		.sender_uid = e.sender_uid,
		.info_pid = e.info_pid,
		.info_uid = e.info_uid,
		.value = e.value,
		.target = decode_task(&e.target, e.head.cgroup),
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
		.image = e.image,
	};
	memcpy(ret->tracer_comm, e.tracer_comm, sizeof(ret->tracer_comm));
	/* Where `current` was not the sender, the ancestors are of somebody who happened to run. */
	if (ret->sender_kind == SENDER_USER) {
		ret->sender = decode_task(&e.sender, e.sender_cgroup);
		decode_ancestors(by.ancestors, e.ancestors, ret);
	} else {
		ret->sender_acts_for = decode_task(&e.sender, e.sender_cgroup);
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
		.target = decode_task(&e.process, e.head.cgroup),
		.handler = e.handler,
		.sa_flags = e.sa_flags,
		.signal_flags = e.signal_flags,
		.group_exit_code = e.group_exit_code,
		.pending_process = e.pending_process,
		.pending_thread = e.pending_thread,
		.image = e.image,
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
		.target = decode_task(&e.process, e.head.cgroup),
		.signal_flags = e.signal_flags,
		.exit_code = e.exit_code,
	};
	return 0;
}

static int decode_return(const void *data, size_t size, struct report *ret)
{
	struct event_return e;

	memcpy(&e, data, size);
	if (!signal_in_range(&e.head) || e.began_boot_ns > e.head.boot_ns)
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_RETURN,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.sig = e.head.sig,
		.target = decode_task(&e.process, e.head.cgroup),
		.image = e.image,
		.handler = e.handler,
		.duration_ns = e.head.boot_ns - e.began_boot_ns,
	};
	return 0;
}

/* Security modules and seccomp filters have errors of their own; none is above MAX_ERRNO. */
#define ERROR_MAX 4095

/* head.sig is the number that was given, or 0 if that is no signal. */
static bool failed_is_consistent(const struct event_failed *e)
{
	const int sig = e->sig >= 1 && e->sig <= EVENT_SIG_MAX ? e->sig : 0;

	return e->head.sig == sig && e->syscall < EVENT_SYSCALL_COUNT &&
	       e->ancestors_len <= EVENT_ANCESTORS_MAX && e->error > 0 && e->error <= ERROR_MAX;
}

static int decode_failed(const void *data, size_t size, struct report *ret)
{
	struct event_failed e;

	memcpy(&e, data, size);
	if (!failed_is_consistent(&e))
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_FAILED,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.sig = e.head.sig,
		.sender_kind = SENDER_USER,
		.sender = decode_task(&e.sender, e.sender_cgroup),
		.sender_uid = e.sender_uid,
		.failure =
			{
				.syscall = (enum event_syscall)e.syscall,
				.error = e.error,
				.facts = e.facts,
				.sig = e.sig,
				.target_nr = e.target_nr,
				.target_tid = e.target_tid,
				.sender_euid = e.sender_euid,
				.sender_user_ns = e.sender_user_ns,
			},
	};
	if (e.facts & EVENT_FAILED_INFO_KNOWN)
		ret->code = e.head.code;
	if (e.facts & EVENT_FAILED_TARGET_KNOWN) {
		ret->target = decode_task(&e.target, e.head.cgroup);
		ret->failure.target_uid = e.target_uid;
		ret->failure.target_suid = e.target_suid;
		ret->failure.target_user_ns = e.target_user_ns;
	}
	decode_ancestors(e.ancestors, e.ancestors_len, ret);
	return 0;
}

/* Whole, or cut where there was no more room. */
static bool cgroup_path_is_consistent(const struct event_cgroup *e)
{
	const size_t len = strnlen(e->path, sizeof(e->path));

	if (e->path[0] != '/' || len == sizeof(e->path))
		return false;
	return e->path_len == len || (e->path_len == sizeof(e->path) && len == sizeof(e->path) - 1);
}

static int decode_cgroup(const void *data, size_t size, struct report *ret)
{
	struct event_cgroup e;

	memcpy(&e, data, size);
	if (e.head.sig != 0 || e.head.cgroup == 0 || !cgroup_path_is_consistent(&e))
		return -EBADMSG;
	*ret = (struct report){
		.kind = REPORT_CGROUP,
		.boot_ns = e.head.boot_ns,
		.lost = e.head.lost,
		.target = {.cgroup = e.head.cgroup},
		.cgroup_path = (const char *)data + offsetof(struct event_cgroup, path),
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
	[EVENT_RETURN] = {sizeof(struct event_return), 0, decode_return},
	[EVENT_FAILED] = {sizeof(struct event_failed), 0, decode_failed},
	[EVENT_CGROUP_MADE] = {sizeof(struct event_cgroup), 0, decode_cgroup},
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
