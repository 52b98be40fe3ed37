/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>

#include "decode_records.h"
#include "sender.h"

static struct event_generate generate(void)
{
	struct event_generate e = {
		.head = {.boot_ns = 1000,
			 .size = sizeof(e),
			 .kind = EVENT_GENERATE,
			 .sig = 15,
			 .lost = 1007,
			 .cgroup = UINT32_MAX},
		.sender = sender,
		.target = target,
		.handler = 0x401000,
		.value = 0x1122334455667788,
		.pending_process = 1ULL << 14,
		.pending_thread = 1ULL << 63,
		.facts = EVENT_FACT_PROCESS_DIRECTED | EVENT_FACT_BLOCKED |
			 EVENT_FACT_NAMESPACE_INIT,
		.sa_flags = 0x14000000,
		.sender_cgroup = 1012,
		.state = 0x402,
		.signal_flags = 0xfff0,
		.group_exit_code = 0xff8b,
		.sender_uid = 1000,
		.info_pid = 812,
		.info_uid = 1001,
		.sender_nr = 812,
		.receiver_tid = 4244,
		.tracer_tgid = 77,
		.threads = 65535,
		.result = EVENT_RESULT_IGNORED,
		.tracer_comm = "strace",
		.stack_id = -17,
		.image = 0xfd123456,
	};

	return e;
}

static struct event_generate_by generate_by(unsigned int ancestors)
{
	struct event_generate_by by = {
		.generate = generate(),
		/* Sixteen bytes without a NUL. */
		.ancestors = {{700, "0123456789abcde"},
			      {1, "systemd"},
			      {3, "c"},
			      {4, "d"},
			      {5, "e"},
			      {6, "f"},
			      {7, "g"},
			      {8, "h"}},
	};

	by.ancestors[0].comm[15] = 'f';
	by.generate.head.size = sizeof(by);
	by.generate.ancestors = (__u8)ancestors;
	return by;
}

static struct event_deliver deliver(void)
{
	struct event_deliver e = {
		.head = {.boot_ns = 2000,
			 .size = sizeof(e),
			 .kind = EVENT_DELIVER,
			 .sig = 64,
			 .code = -1,
			 .lost = 2007,
			 .cgroup = 2011},
		.process = target,
		.handler = 1,
		.value = 5,
		.pending_process = 6,
		.pending_thread = 7,
		.facts = EVENT_FACT_PTRACED,
		.sa_flags = 8,
		.signal_flags = 4,
		.group_exit_code = 15,
		.info_pid = -9,
		.info_uid = 10,
		.image = 0xfd123457,
	};

	return e;
}

static struct event_exit process_exit(void)
{
	struct event_exit e = {
		.head = {.boot_ns = 3000,
			 .size = sizeof(e),
			 .kind = EVENT_EXIT,
			 .lost = 3007,
			 .cgroup = 3011},
		.process = target,
		.exit_code = 0x8b,
		.facts = EVENT_FACT_NAMESPACE_INIT | EVENT_FACT_MATCHED_TO,
		.signal_flags = 0x4,
		.pad = 9,
	};

	return e;
}

static void test_generate(void **state)
{
	const struct event_generate e = generate();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_GENERATE);
	assert_int_equal(r.boot_ns, 1000);
	assert_int_equal(r.lost, 1007);
	assert_int_equal(r.sig, 15);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.result, EVENT_RESULT_IGNORED);
	assert_int_equal(r.facts, e.facts);
	assert_true(r.process_directed);
	assert_int_equal(r.sender_kind, SENDER_USER);
	assert_task(&r.sender, &sender, 1012);
	assert_int_equal(r.sender_uid, 1000);
	assert_int_equal(r.sender_nr, 812);
	assert_int_equal(r.info_pid, 812);
	assert_int_equal(r.info_uid, 1001);
	assert_int_equal(r.value, 0x1122334455667788);
	assert_task(&r.target, &target, UINT32_MAX);
	assert_int_equal(r.handler, 0x401000);
	assert_int_equal(r.sa_flags, 0x14000000);
	assert_int_equal(r.signal_flags, 0xfff0);
	assert_int_equal(r.state, 0x402);
	assert_int_equal(r.group_exit_code, 0xff8b);
	assert_int_equal(r.receiver_tid, 4244);
	assert_int_equal(r.threads, 65535);
	assert_int_equal(r.pending_process, 1ULL << 14);
	assert_int_equal(r.pending_thread, 1ULL << 63);
	assert_int_equal(r.tracer_tgid, 77);
	assert_string_equal(r.tracer_comm, "strace");
	assert_int_equal(r.stack_id, -17);
	assert_int_equal(r.image, 0xfd123456);
	assert_int_equal(r.sender_acts_for.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.ancestors_len, 0);
	assert_int_equal(r.ancestors[0].tgid, 0);
	assert_int_equal(r.exit_code, 0);
	assert_false(r.has_latency);
	assert_int_equal(r.latency_ns, 0);
}

/* As many as the record says, and nothing of the entries behind them. */
static void test_ancestors(void **state)
{
	(void)state;
	for (unsigned int n = 0; n <= EVENT_ANCESTORS_MAX; n++) {
		const struct event_generate_by by = generate_by(n);
		struct report r;

		memset(&r, 0xff, sizeof(r));
		assert_int_equal(decode_record(&by, sizeof(by), &r), 0);
		assert_task(&r.sender, &sender, 1012);
		assert_task(&r.target, &target, UINT32_MAX);
		assert_int_equal(r.ancestors_len, n);
		for (unsigned int i = 0; i < EVENT_ANCESTORS_MAX; i++) {
			const struct event_ancestor none = {0};
			const struct event_ancestor *expected = i < n ? &by.ancestors[i] : &none;

			assert_int_equal(r.ancestors[i].tgid, expected->tgid);
			assert_memory_equal(r.ancestors[i].comm, expected->comm, EVENT_COMM_SIZE);
		}
	}
}

/* They are of `current`, which did not send it. */
static void test_ancestors_of_nobody(void **state)
{
	struct event_generate_by by = generate_by(2);
	struct report r;

	(void)state;
	by.generate.head.code = SI_TIMER;
	assert_int_equal(decode_record(&by, sizeof(by), &r), 0);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.ancestors_len, 0);
	assert_int_equal(r.ancestors[0].tgid, 0);
}

static void test_generate_by_the_kernel(void **state)
{
	struct event_generate e = generate();
	const struct report_task absent = {0};
	struct report r;

	(void)state;
	e.head.code = 0x80;
	e.facts = EVENT_FACT_INFO_PRIV;
	e.stack_id = 1023;
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.stack_id, 1023);
	assert_int_equal(r.code, 0x80);
	assert_false(r.process_directed);
	assert_int_equal(r.sender_kind, SENDER_KERNEL);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_memory_equal(&r.sender, &absent, sizeof(absent));
	assert_task(&r.sender_acts_for, &sender, 1012);
	assert_int_equal(r.sender_uid, 1000);
	assert_task(&r.target, &target, UINT32_MAX);
}

static void test_deliver(void **state)
{
	const struct event_deliver e = deliver();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_DELIVER);
	assert_int_equal(r.boot_ns, 2000);
	assert_int_equal(r.lost, 2007);
	assert_int_equal(r.sig, 64);
	assert_int_equal(r.code, -1);
	assert_int_equal(r.facts, EVENT_FACT_PTRACED);
	assert_task(&r.target, &target, 2011);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.handler, 1);
	assert_int_equal(r.value, 5);
	assert_int_equal(r.pending_process, 6);
	assert_int_equal(r.pending_thread, 7);
	assert_int_equal(r.sa_flags, 8);
	assert_int_equal(r.signal_flags, 4);
	assert_int_equal(r.group_exit_code, 15);
	assert_int_equal(r.info_pid, -9);
	assert_int_equal(r.info_uid, 10);
	assert_int_equal(r.image, 0xfd123457);
	assert_int_equal(r.result, 0);
	assert_false(r.process_directed);
	assert_int_equal(r.state, 0);
	assert_int_equal(r.threads, 0);
	assert_int_equal(r.tracer_tgid, 0);
	assert_false(r.has_latency);
}

static void test_exit(void **state)
{
	const struct event_exit e = process_exit();
	struct report r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_int_equal(decode_record(&e, sizeof(e), &r), 0);
	assert_int_equal(r.kind, REPORT_EXIT);
	assert_int_equal(r.boot_ns, 3000);
	assert_int_equal(r.lost, 3007);
	assert_int_equal(r.exit_code, 0x8b);
	assert_task(&r.target, &target, 3011);
	assert_int_equal(r.sender.source, REPORT_SOURCE_ABSENT);
	assert_int_equal(r.sig, 0);
	assert_int_equal(r.facts, EVENT_FACT_NAMESPACE_INIT | EVENT_FACT_MATCHED_TO);
	assert_int_equal(r.signal_flags, 0x4);
}

/* Only as many as fit are believed: none in a short record. */
static void test_ancestor_counts(void **state)
{
	struct event_generate e = generate();

	(void)state;
	for (unsigned int n = 0; n < 256; n++) {
		const struct event_generate_by by = generate_by(n);

		assert_int_equal(decode_copy(&by, sizeof(by)),
				 n <= EVENT_ANCESTORS_MAX ? 0 : -EBADMSG);
		e.ancestors = (__u8)n;
		assert_int_equal(decode_copy(&e, sizeof(e)), n == 0 ? 0 : -EBADMSG);
	}
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
	char bytes[640];
};

static void make_record(union record *record, enum event_kind kind)
{
	memset(record, 0, sizeof(*record));
	if (kind == EVENT_GENERATE)
		record->generate = generate();
	else if (kind == EVENT_DELIVER)
		record->deliver = deliver();
	else if (kind == EVENT_EXIT)
		record->exit = process_exit();
	else if (kind == EVENT_RETURN)
		record->back = handler_return();
	else if (kind == EVENT_FAILED)
		record->failed = failed();
	else
		record->cgroup = cgroup_made();
}

/* Every length, told honestly and not: only those of the kind decode. */
static void test_lengths(void **state)
{
	(void)state;
	for (enum event_kind kind = EVENT_GENERATE; kind < EVENT_KIND_COUNT; kind++) {
		union record record;
		size_t exact;

		make_record(&record, kind);
		exact = record.head.size;
		for (size_t size = 0; size <= sizeof(record); size++) {
			const bool with_ancestors = kind == EVENT_GENERATE &&
						    size == sizeof(struct event_generate_by);
			const bool good = size == exact || with_ancestors;

			record.head.size = (__u16)exact;
			assert_int_equal(decode_copy(&record, size), size == exact ? 0 : -EBADMSG);
			record.head.size = (__u16)size;
			assert_int_equal(decode_copy(&record, size), good ? 0 : -EBADMSG);
			if (size != exact)
				assert_int_equal(decode_copy(&record, exact), -EBADMSG);
		}
	}
}

static void test_kinds(void **state)
{
	(void)state;
	for (enum event_kind good = EVENT_GENERATE; good < EVENT_KIND_COUNT; good++) {
		union record record;

		make_record(&record, good);
		for (int kind = 0; kind < 256; kind++) {
			int expected = -EBADMSG; /* another kind's length */

			if (kind == (int)good)
				expected = 0;
			else if (kind == 0 || kind >= EVENT_KIND_COUNT)
				expected = -EPROTO;
			record.head.kind = (__u8)kind;
			assert_int_equal(decode_copy(&record, record.head.size), expected);
		}
	}
}

static void test_signal_numbers(void **state)
{
	(void)state;
	for (enum event_kind kind = EVENT_GENERATE; kind < EVENT_KIND_COUNT; kind++) {
		union record record;

		make_record(&record, kind);
		for (int sig = 0; sig < 256; sig++) {
			bool good = kind == EVENT_EXIT || kind == EVENT_CGROUP_MADE
					    ? sig == 0
					    : sig >= 1 && sig <= 64;

			if (kind == EVENT_FAILED)
				good = sig == 15; /* the one that was given */
			record.head.sig = (__u8)sig;
			assert_int_equal(decode_copy(&record, record.head.size),
					 good ? 0 : -EBADMSG);
		}
	}
}

static void test_results(void **state)
{
	struct event_generate e = generate();

	(void)state;
	for (int result = 0; result < 256; result++) {
		e.result = (__u8)result;
		assert_int_equal(decode_copy(&e, sizeof(e)),
				 result < EVENT_RESULT_COUNT ? 0 : -EBADMSG);
	}
}

#define PRIV EVENT_FACT_INFO_PRIV
#define NONE EVENT_FACT_INFO_NONE
#define SELF EVENT_FACT_SENDER_IS_TARGET

static const struct {
	const char *what;
	int sig;
	int code;
	uint32_t facts;
	uint32_t sender_nr;
	int32_t info_pid;
	enum sender_kind kind;
} senders[] = {
	{"kill(2)", SIGTERM, SI_USER, 0, 7, 7, SENDER_USER},
	{"kill(2) from an ancestor namespace", SIGTERM, SI_USER, 0, 0, 0, SENDER_USER},
	{"kill(2) to itself", SIGTERM, SI_USER, SELF, 7, 7, SENDER_USER},
	{"sigqueue(3)", SIGUSR1, SI_QUEUE, 0, 7, 7, SENDER_USER},
	{"sigqueue(3) with a forged si_pid", SIGUSR1, SI_QUEUE, 0, 7, 1, SENDER_USER},
	{"tgkill(2)", SIGUSR1, SI_TKILL, 0, 7, 7, SENDER_USER},
	{"tgkill(2) to itself", SIGURG, SI_TKILL, SELF, 7, 7, SENDER_USER},
	{"rt_sigqueueinfo(2), a code of its own", SIGUSR1, -8, 0, 7, 7, SENDER_USER},
	{"rt_sigqueueinfo(2), lowest code", SIGUSR1, INT32_MIN, 0, 7, 7, SENDER_USER},
	{"getaddrinfo_a(3)", SIGUSR1, SI_ASYNCNL, 0, 7, 7, SENDER_USER},

	{"terminal, OOM killer, alarm(2)", SIGINT, SI_KERNEL, PRIV, 7, 0, SENDER_KERNEL},
	{"as above, current is the target", SIGALRM, SI_KERNEL, PRIV | SELF, 7, 0, SENDER_KERNEL},
	{"a privileged siginfo wins over its code", SIGKILL, SI_USER, PRIV, 7, 7, SENDER_KERNEL},
	{"SI_KERNEL with a siginfo", SIGSEGV, SI_KERNEL, 0, 7, 7, SENDER_KERNEL},

	{"cgroup.kill's writer", SIGKILL, SI_USER, NONE, 7, 0, SENDER_USER},
	{"the dying parent of PR_SET_PDEATHSIG", SIGTERM, SI_USER, NONE, 0, 0, SENDER_USER},
	{"SIGPIPE to the writer", SIGPIPE, SI_USER, NONE | SELF, 7, 0, SENDER_KERNEL},
	{"SIGXFSZ", SIGXFSZ, SI_USER, NONE | SELF, 7, 0, SENDER_KERNEL},

	{"POSIX timer, whoever is interrupted", SIGALRM, SI_TIMER, 0, 7, 0, SENDER_KERNEL},
	{"POSIX timer, in the target itself", SIGALRM, SI_TIMER, SELF, 7, 7, SENDER_KERNEL},
	{"message queue", SIGUSR1, SI_MESGQ, 0, 7, 7, SENDER_KERNEL},
	{"USB", SIGUSR1, SI_ASYNCIO, 0, 7, 7, SENDER_KERNEL},
	{"F_SETSIG of a signal with codes of its own", SIGCHLD, SI_SIGIO, 0, 7, 7, SENDER_KERNEL},
	{"SI_DETHREAD", SIGKILL, -7, 0, 7, 7, SENDER_KERNEL},

	{"child exited", SIGCHLD, CLD_EXITED, 0, 7, 7, SENDER_USER},
	{"child killed", SIGCHLD, CLD_KILLED, 0, 7, 7, SENDER_USER},
	{"child dumped core", SIGCHLD, CLD_DUMPED, 0, 7, 7, SENDER_USER},
	{"child stopped", SIGCHLD, CLD_STOPPED, 0, 7, 7, SENDER_USER},
	{"child continued", SIGCHLD, CLD_CONTINUED, 0, 7, 7, SENDER_USER},
	{"child number 65: no descriptor on SIGCHLD", SIGCHLD, CLD_EXITED, 0, 65, 65, SENDER_USER},
	{"zombie announced by its dying parent", SIGCHLD, CLD_EXITED, 0, 7, 9, SENDER_KERNEL},
	{"child not visible", SIGCHLD, CLD_EXITED, 0, 0, 0, SENDER_KERNEL},
	{"child's number unknown", SIGCHLD, CLD_EXITED, 0, 7, 0, SENDER_KERNEL},
	{"negative numbers", SIGCHLD, CLD_EXITED, 0, (uint32_t)-7, -7, SENDER_KERNEL},
	{"no code of SIGCHLD", SIGCHLD, 7, 0, 7, 7, SENDER_KERNEL},

	{"clone(2) with another exit signal", SIGUSR1, CLD_EXITED, 0, 7, 7, SENDER_USER},
	{"the same, real-time", 40, CLD_KILLED, 0, 7, 7, SENDER_USER},
	{"the same, dying parent", SIGUSR1, CLD_EXITED, 0, 7, 9, SENDER_KERNEL},
	{"stop notices are always SIGCHLD", SIGUSR1, CLD_STOPPED, 0, 7, 7, SENDER_KERNEL},
	{"F_SETSIG: POLL_IN of band 65 to 65", 40, POLL_IN, 0, 65, 65, SENDER_KERNEL},
	{"F_SETSIG: POLL_OUT of band 772 to 772", 40, POLL_OUT, 0, 772, 772, SENDER_KERNEL},
	{"F_SETSIG: POLL_MSG of band 1089 to 1089", 40, POLL_MSG, 0, 1089, 1089, SENDER_KERNEL},
	{"F_SETSIG: POLL_ERR of band 8 to 8", 40, POLL_ERR, 0, 8, 8, SENDER_KERNEL},
	{"exit signal, killed child number 65", 40, CLD_KILLED, 0, 65, 65, SENDER_USER},

	{"fault whose address looks like a number", SIGSEGV, SEGV_MAPERR, SELF, 7, 7,
	 SENDER_KERNEL},
	{"the same", SIGBUS, BUS_ADRERR, 0, 7, 7, SENDER_KERNEL},
	{"the same", SIGFPE, FPE_INTDIV, SELF, 7, 7, SENDER_KERNEL},
	{"the same", SIGILL, ILL_ILLOPC, SELF, 7, 7, SENDER_KERNEL},
	{"the same", SIGTRAP, TRAP_BRKPT, SELF, 7, 7, SENDER_KERNEL},
	{"seccomp", SIGSYS, 1, SELF, 7, 7, SENDER_KERNEL},
	{"SIGIO", SIGIO, POLL_IN, 0, 7, 7, SENDER_KERNEL},
	{"highest code", SIGUSR1, INT32_MAX, 0, 7, 7, SENDER_KERNEL},
};

static void test_senders(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		enum sender_kind kind = sender_kind_of(senders[i].code, senders[i].facts,
						       senders[i].sig, senders[i].sender_nr,
						       senders[i].info_pid);

		if (kind != senders[i].kind)
			fail_msg("row %zu: %s", i, senders[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_generate_by_the_kernel),
		cmocka_unit_test(test_ancestors),
		cmocka_unit_test(test_ancestors_of_nobody),
		cmocka_unit_test(test_ancestor_counts),
		cmocka_unit_test(test_deliver),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_signal_numbers),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_senders),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
