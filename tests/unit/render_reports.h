/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports for the tests of the renderers: an everyday one, and hostile ones without end. */
#ifndef SIGTRACE_TESTS_RENDER_REPORTS_H
#define SIGTRACE_TESTS_RENDER_REPORTS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "process.h"
#include "report.h"
#include "stuck.h"

static inline bool has_verdict(const struct report *r)
{
	return r->kind == REPORT_GENERATE || r->kind == REPORT_DELIVER || r->kind == REPORT_FAILED;
}

static inline struct verdict verdict_of(const struct report *r)
{
	return has_verdict(r) ? explain_report(r) : (struct verdict){0};
}

static inline struct report_task everyday_task(const char *comm, uint32_t tgid)
{
	struct report_task task = {
		.source = REPORT_SOURCE_EVENT,
		.start_boot_ns = 1000000000,
		.tgid = tgid,
		.tid = tgid,
		.ns_tgid = tgid,
		.pid_ns = 4026531836,
	};

	strncpy(task.comm, comm, sizeof(task.comm));
	return task;
}

/* SIGTERM from bash[100] to app[200], ignored with SIG_IGN. */
static inline struct report everyday_report(void)
{
	return (struct report){
		.kind = REPORT_GENERATE,
		.boot_ns = 5000000000,
		.sig = 15,
		.result = EVENT_RESULT_IGNORED,
		.facts = EVENT_FACT_PROCESS_DIRECTED,
		.process_directed = true,
		.sender_kind = SENDER_USER,
		.sender = everyday_task("bash", 100),
		.target = everyday_task("app", 200),
		.handler = 1,
		.state = 1,
		.threads = 1,
	};
}

/* The end of app[200], 102 ms after SIGTERM from runc[812]. */
static inline struct report everyday_exit(void)
{
	return (struct report){
		.kind = REPORT_EXIT,
		.boot_ns = 5000000000,
		.target = everyday_task("app", 200),
		.earlier =
			{
				.sig = 15,
				.elapsed_ns = 102000000,
				.sender = everyday_task("runc", 812),
			},
	};
}

/* SIGKILL from dockerd[901] to app[200], 10 s after SIGTERM from runc[812]. */
static inline struct report everyday_escalation(void)
{
	struct report r = everyday_report();

	r.sig = 9;
	r.handler = 0;
	r.result = EVENT_RESULT_DELIVERED;
	r.sender = everyday_task("dockerd", 901);
	r.earlier = everyday_exit().earlier;
	r.earlier.elapsed_ns = 10000000000;
	return r;
}

/* SIGTERM from runc[812] to app[200], of which something was found by looking again later. */
static inline struct report everyday_later(enum report_kind kind)
{
	struct report r = everyday_exit();

	r.kind = kind;
	r.sig = kind == REPORT_ALIVE ? 0 : r.earlier.sig;
	return r;
}

/* The handler app!on_term of app[200] returns after 104 us. */
static inline struct report everyday_return(void)
{
	return (struct report){
		.kind = REPORT_RETURN,
		.boot_ns = 5000000000,
		.sig = 15,
		.target = everyday_task("app", 200),
		.handler = 0x401136,
		.handler_symbol = "app!on_term",
		.duration_ns = 104000,
	};
}

/* kill(200, SIGTERM) of bash[100], uid 1000, fails: app[200] is root's. */
static inline struct report everyday_failure(void)
{
	return (struct report){
		.kind = REPORT_FAILED,
		.boot_ns = 5000000000,
		.sig = 15,
		.sender = everyday_task("bash", 100),
		.sender_uid = 1000,
		.target = everyday_task("app", 200),
		.failure =
			{
				.syscall = EVENT_SYSCALL_KILL,
				.error = EPERM,
				.facts = EVENT_FAILED_TARGET_KNOWN | EVENT_FAILED_NS_SAME,
				.sig = 15,
				.target_nr = 200,
				.sender_euid = 1000,
				.sender_user_ns = 4026531837,
				.target_user_ns = 4026531837,
			},
	};
}

/* Two threads of that name that block the pending SIGTERM, and sleep in that function. */
static inline void alive_scene(const char *comm, const char *wchan, struct process_table *t,
			       struct stuck *stuck, struct report_alive *ret)
{
	struct process *p = process_table_add(t, 200);
	struct thread *thread;

	if (!p)
		abort();
	p->known = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_SIGNAL_FLAGS;
	p->caught = 1 << 14;
	p->pending = 1 << 14;
	strncpy(p->comm, comm, sizeof(p->comm));
	for (uint32_t tid = 200; tid < 202; tid++) {
		thread = process_add_thread(p, tid);
		if (!thread)
			abort();
		thread->state = tid == 200 ? 1 : 2;
		thread->blocked = 1 << 14;
		strncpy(thread->comm, comm, sizeof(thread->comm));
		thread->place = calloc(1, sizeof(*thread->place));
		if (!thread->place)
			abort();
		strncpy(thread->place->wchan, wchan, sizeof(thread->place->wchan) - 1);
	}
	process_table_sort(t);
	if (!stuck_is_due(p, 0, stuck))
		abort();
	stuck_examine(t, p, stuck);
	*ret = (struct report_alive){t, p, stuck};
}

/* shop/web-0:app */
static inline struct container everyday_container(void)
{
	return (struct container){
		.id = "1f2e3d4c5b6a79880716253443526170898f9e9dacbbcad9e8f7061524334251",
		.runtime = CONTAINER_RUNTIME_CONTAINERD,
		.image = "busybox:1.36",
		.pod = "web-0",
		.namespace = "shop",
		.pod_uid = "9d7a0b52-6f1c-4d3e-8a55-0c1b2d3e4f50",
		.in_pod = "app",
	};
}

static inline void add_ancestor(struct report *r, const char *comm, uint32_t tgid)
{
	struct report_ancestor *ancestor = &r->ancestors[r->ancestors_len++];

	ancestor->tgid = tgid;
	strncpy(ancestor->comm, comm, sizeof(ancestor->comm));
}

static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Small, large and extreme numbers, each often. */
static inline uint64_t random_number(uint64_t *seed)
{
	uint64_t value = random_next(seed);

	switch (value >> 60 & 3) {
	case 0:
		return value & 3;
	case 1:
		return UINT64_MAX;
	default:
		return value >> (value & 63);
	}
}

static inline void random_comm(uint64_t *seed, char *comm)
{
	static const char *const pool[] = {
		"bash",
		"containerd-shim",
		"VM-Periodic-Tas",
		"",
		"                ",
		"\033[2J\033[31mpwned\a",
		"\r\n\t\b\v\f\177\001\002\003",
		"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xc0\xc1\x80\x81\xbf",
		"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\",
		"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c",
		"\xc2\x9b"
		"31m\xe2\x80\xae\xe2\x80\x8b\xc2\xad",
		"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
		"\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xe0\x80\xaf",
		"a\xcc\x81"
		"e\xcc\x80",
		"{{}}{signal}%s%n",
	};
	uint64_t pick = random_next(seed) % (sizeof(pool) / sizeof(pool[0]) + 4);

	if (pick < sizeof(pool) / sizeof(pool[0])) {
		strncpy(comm, pool[pick], EVENT_COMM_SIZE);
		return;
	}
	for (int i = 0; i < EVENT_COMM_SIZE; i++)
		comm[i] = (char)random_next(seed);
}

/* What a runtime, or whoever may write in its folders, could put there. */
static inline char *random_name(uint64_t *seed, char *text)
{
	size_t len = 0;

	if (random_next(seed) & 1)
		return NULL;
	while (len < CONTAINER_NAME_MAX) {
		char comm[EVENT_COMM_SIZE];
		size_t size = CONTAINER_NAME_MAX - len;

		random_comm(seed, comm);
		size = strnlen(comm, size < sizeof(comm) ? size : sizeof(comm));
		memcpy(text + len, comm, size);
		len += size;
		if ((random_next(seed) & 7) == 0)
			break;
	}
	text[len] = '\0';
	return text;
}

/* Good for as many calls as a report has processes. NULL half of the time. */
static inline const struct container *random_container(uint64_t *seed)
{
	static struct {
		struct container container;
		char texts[6][CONTAINER_NAME_MAX + 1];
	} pool[8];
	static unsigned int next;
	struct container *c = &pool[next % 8].container;
	char(*texts)[CONTAINER_NAME_MAX + 1] = pool[next % 8].texts;

	if (random_next(seed) & 1)
		return NULL;
	next++;
	*c = (struct container){
		.runtime = (enum container_runtime)(random_next(seed) % CONTAINER_RUNTIME_COUNT),
		.name = random_name(seed, texts[0]),
		.image = random_name(seed, texts[1]),
		.pod = random_name(seed, texts[2]),
		.namespace = random_name(seed, texts[3]),
		.pod_uid = random_name(seed, texts[4]),
		.in_pod = random_name(seed, texts[5]),
		.sandbox = random_next(seed) & 1,
	};
	random_comm(seed, c->id);
	c->id[EVENT_COMM_SIZE] = '\0';
	return c;
}

static inline struct report_task random_task(uint64_t *seed)
{
	struct report_task task = {
		.source = (enum report_source)(random_next(seed) % REPORT_SOURCE_COUNT),
		.start_boot_ns = random_number(seed),
		.tgid = (uint32_t)random_number(seed),
		.tid = (uint32_t)random_number(seed),
		.ns_tgid = (uint32_t)random_number(seed),
		.pid_ns = (uint32_t)random_number(seed),
	};

	random_comm(seed, task.comm);
	task.container = random_container(seed);
	return task;
}

/* What it follows, in half of the reports. */
static inline struct report_earlier random_earlier(uint64_t *seed)
{
	if (random_next(seed) & 1)
		return (struct report_earlier){0};
	return (struct report_earlier){
		.sig = (int)(random_next(seed) % 127) + 1,
		.elapsed_ns = random_number(seed),
		.fate = (enum signal_fate)(random_next(seed) % SIGNAL_FATE_COUNT),
		.sender_kind = (enum sender_kind)(random_next(seed) % SENDER_KIND_COUNT),
		.sender = random_task(seed),
		.origin = (enum origin)(random_next(seed) % ORIGIN_COUNT),
		.instead = random_task(seed),
		.caused = random_next(seed) & 1,
	};
}

/* What decode_record() lets through. */
static inline struct report_failure random_failure(uint64_t *seed)
{
	static const int errors[] = {EPERM, ESRCH, EINVAL, EAGAIN, EACCES, ENOSYS, 4095};

	return (struct report_failure){
		.syscall = (enum event_syscall)(random_next(seed) % EVENT_SYSCALL_COUNT),
		.error = errors[random_next(seed) % (sizeof(errors) / sizeof(errors[0]))],
		.facts = (uint32_t)random_next(seed),
		.sig = (int32_t)random_number(seed),
		.target_nr = (int32_t)random_number(seed),
		.target_tid = (int32_t)random_number(seed),
		.sender_euid = (uint32_t)random_number(seed),
		.sender_user_ns = (uint32_t)random_number(seed),
		.target_uid = (uint32_t)random_number(seed),
		.target_suid = (uint32_t)random_number(seed),
		.target_user_ns = (uint32_t)random_number(seed),
	};
}

static inline const char *random_symbol(uint64_t *seed)
{
	static const char *const pool[] = {
		NULL,
		"app!on_term",
		"app+0x1f40",
		"\033[2J!\377\376\r\n{signal}%s\"\\",
		"app!_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE10_M_replaceEmmPKcm"
		"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE10_M_replaceEmmPKcm",
	};

	return pool[random_next(seed) % (sizeof(pool) / sizeof(pool[0]))];
}

/* In half of the reports nobody could look. */
static inline struct report_alive random_alive(uint64_t *seed)
{
	static struct process_table table;
	static struct stuck stuck;
	char wchan[EVENT_COMM_SIZE + 1] = {0};
	char comm[EVENT_COMM_SIZE];
	struct report_alive alive;

	if (random_next(seed) & 1)
		return (struct report_alive){0};
	process_table_free(&table);
	random_comm(seed, comm);
	random_comm(seed, wchan);
	alive_scene(comm, wchan, &table, &stuck, &alive);
	return alive;
}

/* Any report that decode_record() could give, and more. */
static inline struct report random_report(uint64_t *seed)
{
	struct report r = {
		.kind = (enum report_kind)(random_next(seed) % REPORT_KIND_COUNT),
		.boot_ns = random_number(seed),
		.sig = (int)(random_next(seed) % EVENT_SIG_MAX) + 1,
		.code = (int)random_number(seed),
		.result = (enum event_result)(random_next(seed) % EVENT_RESULT_COUNT),
		.facts = (uint32_t)(random_next(seed) & random_next(seed)),
		.process_directed = random_next(seed) & 1,
		.sender_kind = (enum sender_kind)(random_next(seed) % SENDER_KIND_COUNT),
		.sender = random_task(seed),
		.sender_acts_for = random_task(seed),
		.sender_uid = (uint32_t)random_number(seed),
		.sender_nr = (uint32_t)random_number(seed),
		.info_pid = (int32_t)random_number(seed),
		.info_uid = (uint32_t)random_number(seed),
		.value = random_number(seed),
		.target = random_task(seed),
		.handler = random_number(seed),
		.sa_flags = (uint32_t)random_number(seed),
		.signal_flags = (uint32_t)random_number(seed),
		.state = (uint32_t)random_number(seed),
		.group_exit_code = (int32_t)random_number(seed),
		.receiver_tid = (uint32_t)random_number(seed),
		.threads = (uint32_t)random_number(seed),
		.pending_process = random_number(seed),
		.pending_thread = random_number(seed),
		.tracer_tgid = (uint32_t)random_number(seed),
		.exit_code = (int32_t)random_number(seed),
		.has_latency = random_next(seed) & 1,
		.latency_ns = random_number(seed),
		.earlier = random_earlier(seed),
		.ancestors_len = (uint32_t)(random_next(seed) % (EVENT_ANCESTORS_MAX + 1)),
		.origin = (enum origin)(random_next(seed) % ORIGIN_COUNT),
		.handler_symbol = random_symbol(seed),
		.handler_runtime = (enum runtime)(random_next(seed) % RUNTIME_COUNT),
		.duration_ns = random_number(seed),
		.failure = random_failure(seed),
		.taken_by = (enum taken_by)(random_next(seed) % TAKEN_BY_COUNT),
		.missing_ns = random_number(seed),
		.age_ns = random_number(seed),
	};

	if (r.kind == REPORT_CGROUP) /* never shown */
		r.kind = REPORT_EXIT;
	if (r.kind == REPORT_ALIVE)
		r.alive = random_alive(seed);
	if (r.kind != REPORT_GENERATE && r.kind != REPORT_FAILED)
		r.ancestors_len = 0;
	if (r.kind == REPORT_FAILED) {
		r.sender.source = REPORT_SOURCE_EVENT;
		r.sender_kind = SENDER_USER;
		if (r.failure.facts & EVENT_FAILED_TARGET_KNOWN)
			r.target.source = REPORT_SOURCE_EVENT;
		else
			r.target.source = REPORT_SOURCE_ABSENT;
	}
	random_comm(seed, r.tracer_comm);
	for (uint32_t i = 0; i < r.ancestors_len; i++) {
		r.ancestors[i].tgid = (uint32_t)random_number(seed);
		random_comm(seed, r.ancestors[i].comm);
	}
	if (random_next(seed) & 1) /* it died of it */
		r.exit_code = r.earlier.sig;
	return r;
}

#endif
