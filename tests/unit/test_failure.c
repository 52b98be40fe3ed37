/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said about sends that failed: every rule, and what is not enough for it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cause_table.h"
#include "failure.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define KNOWN	EVENT_FAILED_TARGET_KNOWN
#define CAP	EVENT_FAILED_CAP_KILL
#define SAME	EVENT_FAILED_NS_SAME
#define BELOW	EVENT_FAILED_NS_BELOW
#define OWNER	EVENT_FAILED_NS_OWNER
#define SESSION EVENT_FAILED_SAME_SESSION
#define SECCOMP EVENT_FAILED_SECCOMP
#define INFO	EVENT_FAILED_INFO_KNOWN
#define SELF	EVENT_FAILED_SELF

#define KILL	       EVENT_SYSCALL_KILL
#define TKILL	       EVENT_SYSCALL_TKILL
#define TGKILL	       EVENT_SYSCALL_TGKILL
#define SIGQUEUEINFO   EVENT_SYSCALL_RT_SIGQUEUEINFO
#define TGSIGQUEUEINFO EVENT_SYSCALL_RT_TGSIGQUEUEINFO
#define PIDFD	       EVENT_SYSCALL_PIDFD_SEND_SIGNAL

#define INITIAL_PID_NS 4026531836U
#define OTHER_PID_NS   4026532202U
#define RT	       40

/* By bash[77] of uid 1000, of which thread `tid` (0: the first), to sleep[4242]. */
struct row {
	int error;
	enum event_syscall syscall;
	uint32_t facts;
	int sig;
	int nr;
	int to_tid;
	int code;
	struct {
		uint32_t uid, suid;
	} target;
	uint32_t sender_tid, target_tid, target_pid_ns;
	const char *text;
	const char *remedy;
};

#define AUDIT "look in the audit log who refused it (ausearch, dmesg)"
#define NUMBER                                                                                 \
	"check the number: the process may have ended, and numbers are those of the sender's " \
	"own PID namespace"
#define QUEUE "let the receivers take their signals, or raise the limit (ulimit -i)"

static struct report report_of(const struct row *row)
{
	const bool self = row->facts & SELF;
	struct report r = {
		.kind = REPORT_FAILED,
		.sig = row->sig >= 1 && row->sig <= 64 ? row->sig : 0,
		.code = row->code,
		.sender_kind = SENDER_USER,
		.sender = {.source = REPORT_SOURCE_EVENT,
			   .tgid = 77,
			   .tid = row->sender_tid ? row->sender_tid : 77,
			   .ns_tgid = 77,
			   .pid_ns = INITIAL_PID_NS,
			   .comm = "bash"},
		.sender_uid = 1000,
		.failure = {.syscall = row->syscall,
			    .error = row->error,
			    .facts = row->facts,
			    .sig = row->sig,
			    .target_nr = row->nr,
			    .target_tid = row->to_tid,
			    .sender_euid = 1000,
			    .sender_user_ns = 4026531837,
			    .target_uid = row->target.uid,
			    .target_suid = row->target.suid,
			    .target_user_ns = 4026532201},
	};

	if (row->facts & KNOWN) {
		r.target = (struct report_task){.source = REPORT_SOURCE_EVENT,
						.tgid = self ? 77 : 4242,
						.tid = self ? 77 : 4242,
						.ns_tgid = self ? 77 : 4242,
						.pid_ns = row->target_pid_ns ? row->target_pid_ns
									     : INITIAL_PID_NS,
						.comm = "sleep"};
		if (row->target_tid)
			r.target.tid = row->target_tid;
	}
	return r;
}

static void assert_says(const struct report *r, enum cause cause, const char *text,
			const char *remedy)
{
	const struct verdict v = explain_report(r);
	char memory[512];
	struct strbuf out;

	strbuf_init(&out, memory, sizeof(memory));
	explain_write(r, &v, &out);
	assert_string_equal(memory, text);
	assert_false(out.cut);
	strbuf_reset(&out);
	assert_int_equal(explain_write_remedy(r, &v, &out), remedy != NULL);
	assert_string_equal(memory, remedy ? remedy : "");
	assert_int_equal(v.cause, cause);
	assert_int_equal(v.effect, EFFECT_NONE);
	assert_int_equal(v.problem, r->failure.sig != 0);
	assert_non_null(v.rule);
}

static void check_rows(const struct row *rows, size_t count, enum cause cause)
{
	for (size_t i = 0; i < count; i++) {
		struct report r = report_of(&rows[i]);

		assert_says(&r, cause, rows[i].text, rows[i].remedy);
	}
}

#define CHECK(rows, cause) check_rows(rows, ARRAY_SIZE(rows), cause)

/* do_rt_sigqueueinfo(), do_rt_tgsigqueueinfo(), do_pidfd_send_signal() */
static void test_made_up_codes(void **state)
{
#define CLAIM(code, who)                                                                          \
	"the si_code " code " of its siginfo says that " who " sent it, and a thread may say so " \
	"only to itself"
#define KERNEL	CLAIM("128 (SI_KERNEL)", "the kernel")
#define OWNCODE "use a negative si_code of its own, such as SI_QUEUE"
	static const struct row rows[] = {
		{EPERM, SIGQUEUEINFO, INFO | KNOWN | SAME | CAP, SIGTERM, 4242, .code = SI_KERNEL,
		 .text = KERNEL, .remedy = OWNCODE},
		{EPERM, SIGQUEUEINFO, INFO | KNOWN | SAME | CAP | SECCOMP, SIGTERM, 4242,
		 .code = SI_USER, .text = CLAIM("0 (SI_USER)", "kill()"), .remedy = OWNCODE},
		{EPERM, TGSIGQUEUEINFO, INFO | KNOWN, SIGTERM, 4242, 4242, .code = SI_TKILL,
		 .text = CLAIM("-6 (SI_TKILL)", "tkill()"), .remedy = OWNCODE},
		{EPERM, PIDFD, INFO | KNOWN, SIGTERM, 5, .code = 77,
		 .text = CLAIM("77", "the kernel"), .remedy = OWNCODE},
		/* Nobody is there: the code is looked at first. */
		{EPERM, SIGQUEUEINFO, INFO, SIGTERM, 66, .code = SI_KERNEL, .text = KERNEL,
		 .remedy = OWNCODE},
		{EPERM, TGSIGQUEUEINFO, INFO, SIGTERM, 77, 66, .code = SI_KERNEL, .text = KERNEL,
		 .remedy = OWNCODE},
		/* Another thread of the same process. */
		{EPERM, SIGQUEUEINFO, INFO | KNOWN | SELF | SAME, SIGTERM, 77, .sender_tid = 78,
		 .code = SI_KERNEL, .text = KERNEL, .remedy = OWNCODE},
		/* Not proven to be another one: its own thread, a pidfd, a number of its own. */
		{EPERM, SIGQUEUEINFO, INFO | KNOWN | SELF | SAME, SIGTERM, 77, .code = SI_KERNEL,
		 .text = "a process may always signal itself: a security module (LSM) refused it",
		 .remedy = AUDIT},
		{EPERM, PIDFD, INFO, SIGTERM, 5, .code = SI_KERNEL,
		 .text = "uid 1000 may not signal the process of pidfd 5, of which no more is known, "
			 "and lacks CAP_KILL",
		 .remedy = "send it as the target's user or root, or give the sender CAP_KILL"},
		{EPERM, SIGQUEUEINFO, INFO, SIGTERM, 77, .code = SI_KERNEL,
		 .text = "uid 1000 may not signal process 77, of which no more is known, and lacks "
			 "CAP_KILL",
		 .remedy = "send it as the target's user or root, or give the sender CAP_KILL"},
		{EPERM, TGSIGQUEUEINFO, INFO, SIGTERM, 77, 79, .sender_tid = 78, .code = SI_KERNEL,
		 .text = "uid 1000 may not signal thread 79 of process 77, of which no more is "
			 "known, and lacks CAP_KILL",
		 .remedy = "send it as the target's user or root, or give the sender CAP_KILL"},
		/* What everybody may say. */
		{EPERM, SIGQUEUEINFO, INFO | KNOWN | SAME, SIGTERM, 4242, .code = SI_QUEUE,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = "send it as root, or give the sender CAP_KILL where the target's user "
			   "namespace is"},
		/* A siginfo that could not be read. */
		{EPERM, SIGQUEUEINFO, KNOWN | SAME | CAP, SIGTERM, 4242, .code = 0,
		 .text = "refused, and the recorded facts do not show why"},
		{EPERM, TGSIGQUEUEINFO, SECCOMP, SIGTERM, 4242, 4242,
		 .text = "refused, and the recorded facts do not show why, unless the seccomp "
			 "filter of its thread refused it"},
	};

	(void)state;
	CHECK(rows, CAUSE_EPERM);
}

/* kill_ok_by_cred(), cap_capable(), check_kill_permission() */
static void test_allowed_by_credentials(void **state)
{
#define BY_UIDS(owner)                                                                       \
	"the credentials allow it, uid 1000 to sleep[4242] of " owner ": a security module " \
	"(LSM) refused it"
#define BY_CAP                                                                                   \
	"the credentials allow it, uid 1000 has CAP_KILL over sleep[4242] of uid 0: a security " \
	"module (LSM) refused it"
	static const struct row rows[] = {
		{EPERM, KILL, KNOWN | SAME, SIGTERM, 4242, .target = {1000, 1000},
		 .text = BY_UIDS("uid 1000"), .remedy = AUDIT},
		/* The uids count whatever the user namespaces are. */
		{EPERM, KILL, KNOWN, SIGTERM, 4242, .target = {0, 1000},
		 .text = BY_UIDS("uid 0 (saved 1000)"), .remedy = AUDIT},
		{EPERM, KILL, KNOWN | SECCOMP, SIGTERM, 4242, .target = {1000, 0},
		 .text = "the credentials allow it, uid 1000 to sleep[4242] of uid 1000 (saved 0): a "
			 "security module (LSM) or the seccomp filter of its thread refused it",
		 .remedy = AUDIT},
		{EPERM, KILL, KNOWN | SAME | CAP, SIGTERM, 4242, .text = BY_CAP, .remedy = AUDIT},
		{EPERM, KILL, KNOWN | BELOW | CAP, SIGTERM, 4242, .text = BY_CAP, .remedy = AUDIT},
		{EPERM, KILL, KNOWN | BELOW | OWNER, SIGTERM, 4242,
		 .text = "the credentials allow it, uid 1000 owns a user namespace that sleep[4242] is "
			 "in: a security module (LSM) refused it",
		 .remedy = AUDIT},
		{EPERM, KILL, KNOWN | SAME | SESSION, SIGCONT, 4242,
		 .text = "the credentials allow it, sleep[4242] is in the sender's session and may "
			 "be sent SIGCONT: a security module (LSM) refused it",
		 .remedy = AUDIT},
		{EPERM, KILL, KNOWN | SELF | SAME, SIGTERM, 77,
		 .text = "a process may always signal itself: a security module (LSM) refused it",
		 .remedy = AUDIT},
		{EPERM, KILL, 0, SIGTERM, 0,
		 .text = "the sender is in the group itself and may always signal itself: a "
			 "security module (LSM) refused it",
		 .remedy = AUDIT},
	};

	(void)state;
	CHECK(rows, CAUSE_EPERM);
}

static void test_effective_uid(void **state)
{
	const struct row row = {EPERM, KILL, KNOWN | SAME, SIGTERM, .nr = 4242};
	struct report r = report_of(&row);

	(void)state;
	r.failure.sender_euid = 1001;
	assert_says(
		&r, CAUSE_EPERM,
		"uid 1000 (effective 1001) may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		"send it as root, or give the sender CAP_KILL where the target's user namespace "
		"is");
	/* Either of its uids, with either of the target's. */
	for (uint32_t uid = 1000; uid <= 1001; uid++) {
		for (int saved = 0; saved < 2; saved++) {
			struct verdict v;

			r.failure.target_uid = saved ? 0 : uid;
			r.failure.target_suid = saved ? uid : 0;
			v = explain_report(&r);
			assert_string_equal(v.rule->remedy, AUDIT);
		}
	}
	r.failure.target_uid = 0;
	assert_says(&r, CAUSE_EPERM,
		    "the credentials allow it, uid 1000 (effective 1001) to sleep[4242] of uid 0 "
		    "(saved 1001): a security module (LSM) refused it",
		    AUDIT);
}

static void test_not_allowed(void **state)
{
#define AS(who) \
	"send it as " who ", or give the sender CAP_KILL where the target's user namespace is"
#define OUTSIDE(counts)                                                                        \
	"uid 1000 may not signal sleep[4242] of uid 100000: its user namespace 4026531837 is " \
	"not an ancestor of the target's 4026532201, so that " counts " there"
#define INSIDE "send it from the target's user namespace, or from one above it"
	static const struct row rows[] = {
		{EPERM, KILL, KNOWN | SAME, SIGTERM, 4242,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = AS("root")},
		{EPERM, KILL, KNOWN | BELOW | SECCOMP, SIGTERM, 4242, .target = {500, 501},
		 .text = "uid 1000 may not signal sleep[4242] of uid 500 (saved 501), and lacks "
			 "CAP_KILL",
		 .remedy = AS("uid 500 or root")},
		/* For SIGCONT only, and only in one session. */
		{EPERM, KILL, KNOWN | SAME | SESSION, SIGTERM, 4242,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = AS("root")},
		{EPERM, KILL, KNOWN | SAME, SIGCONT, 4242,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = AS("root")},
		{EPERM, TGKILL, KNOWN | SAME, SIGTERM, 4242, 4243, .target_tid = 4243,
		 .text = "uid 1000 may not signal thread 4243 of sleep[4242] of uid 0, and lacks "
			 "CAP_KILL",
		 .remedy = AS("root")},
		/* kill() takes the number of any thread for its process. */
		{EPERM, KILL, KNOWN | SAME, SIGTERM, 4243, .target_tid = 4243,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = AS("root")},
		{EPERM, PIDFD, KNOWN | SAME, SIGTERM, 5,
		 .text = "uid 1000 may not signal sleep[4242] of uid 0, and lacks CAP_KILL",
		 .remedy = AS("root")},
		{EPERM, KILL, KNOWN, SIGTERM, 4242, .target = {100000, 100000},
		 .text = OUTSIDE("CAP_KILL would not count"), .remedy = INSIDE},
		{EPERM, KILL, KNOWN | CAP, SIGTERM, 4242, .target = {100000, 100000},
		 .text = OUTSIDE("its CAP_KILL does not count"), .remedy = INSIDE},
	};

	(void)state;
	CHECK(rows, CAUSE_EPERM);
}

/* Nothing is known of the target. */
static void test_refused_by_many(void **state)
{
#define GROUP_REMEDY "send it as their user or root, or give the sender CAP_KILL"
#define ONE_REMEDY   "send it as the target's user or root, or give the sender CAP_KILL"
#define FILTER	     ", unless the seccomp filter of its thread refused it"
	static const struct row rows[] = {
		{EPERM, KILL, 0, SIGTERM, -17,
		 .text = "uid 1000 may signal none of the processes of process group 17, and lacks "
			 "CAP_KILL",
		 .remedy = GROUP_REMEDY},
		{EPERM, KILL, SECCOMP, SIGTERM, -17,
		 .text = "uid 1000 may signal none of the processes of process group 17, and lacks "
			 "CAP_KILL" FILTER,
		 .remedy = GROUP_REMEDY},
		{EPERM, KILL, CAP, SIGTERM, -17,
		 .text = "uid 1000 may signal none of the processes of process group 17 although it "
			 "has CAP_KILL in its user namespace: they are outside of it, or a security "
			 "module (LSM) refuses"},
		/* kill(-1) succeeds although it reached nobody. */
		{EPERM, KILL, SECCOMP, SIGTERM, -1,
		 .text = "the seccomp filter of its thread refused it: kill(-1) itself never "
			 "reports EPERM"},
		{EPERM, KILL, 0, SIGTERM, -1,
		 .text = "refused, and the recorded facts do not show why"},
		{EPERM, KILL, 0, SIGTERM, 4242,
		 .text = "uid 1000 may not signal process 4242, of which no more is known, and lacks "
			 "CAP_KILL",
		 .remedy = ONE_REMEDY},
		{EPERM, TKILL, CAP | SECCOMP, SIGTERM, 0, 4243,
		 .text = "uid 1000 may not signal thread 4243, of which no more is known, although it "
			 "has CAP_KILL in its user namespace" FILTER},
	};

	(void)state;
	CHECK(rows, CAUSE_EPERM);
}

static void test_access_denied(void **state)
{
	static const struct row rows[] = {
		{EACCES, KILL, KNOWN | SAME | CAP, SIGTERM, 4242,
		 .text = "a security module (LSM) refused it", .remedy = AUDIT},
		{EACCES, KILL, SECCOMP, SIGTERM, -17,
		 .text = "a security module (LSM) or the seccomp filter of its thread refused it",
		 .remedy = AUDIT},
	};

	(void)state;
	CHECK(rows, CAUSE_EACCES);
}

static void test_nobody(void **state)
{
	static const struct row rows[] = {
		{ESRCH, KILL, 0, SIGTERM, 4242, .text = "there is no process 4242",
		 .remedy = NUMBER},
		{ESRCH, SIGQUEUEINFO, INFO | SECCOMP, SIGTERM, 4242, .code = SI_QUEUE,
		 .text = "there is no process 4242", .remedy = NUMBER},
		{ESRCH, SIGQUEUEINFO, INFO, SIGTERM, -5, .code = SI_QUEUE,
		 .text = "there is no process -5: the call sends to no groups"},
		{ESRCH, SIGQUEUEINFO, INFO, SIGTERM, 0, .code = SI_QUEUE,
		 .text = "there is no process 0: the call sends to no groups"},
		{ESRCH, TKILL, 0, SIGTERM, 0, 4243, .text = "there is no thread 4243",
		 .remedy = NUMBER},
		{ESRCH, TGKILL, 0, SIGTERM, 4242, 4243, .text = "process 4242 has no thread 4243",
		 .remedy = NUMBER},
		{ESRCH, TGSIGQUEUEINFO, 0, SIGTERM, 4242, 4243,
		 .text = "process 4242 has no thread 4243", .remedy = NUMBER},
		{ESRCH, KILL, 0, SIGTERM, -17, .text = "no process is in process group 17",
		 .remedy = NUMBER},
		{ESRCH, KILL, 0, SIGTERM, 0, .text = "no process is in its own process group",
		 .remedy = NUMBER},
		{ESRCH, KILL, 0, SIGTERM, INT32_MIN,
		 .text = "no process is in process group 2147483648", .remedy = NUMBER},
		{ESRCH, KILL, 0, SIGTERM, -1,
		 .text = "beside the sender and the init, no process is in its PID namespace"},
		{ESRCH, PIDFD, 0, SIGTERM, 5,
		 .text = "the process of pidfd 5 has ended, and its parent has reaped it"},
		/* Of a number that was used again. */
		{ESRCH, TGKILL, KNOWN, SIGTERM, 66, 4243, .target_tid = 4243,
		 .text = "thread 4243 is none of process 66: it is one of sleep[4242]",
		 .remedy = "check both numbers: the first may have ended, and the other was used "
			   "again"},
		/* Numbers of two namespaces cannot be compared. */
		{ESRCH, TGKILL, KNOWN, SIGTERM, 66, 4243, .target_tid = 4243,
		 .target_pid_ns = OTHER_PID_NS,
		 .text = "thread 4243 of sleep[4242] was there a moment later: why it was not found "
			 "is not known"},
		{ESRCH, TGKILL, KNOWN, SIGTERM, 4242, 4243, .target_tid = 4243,
		 .text = "thread 4243 of sleep[4242] was there a moment later: why it was not found "
			 "is not known"},
		{ESRCH, KILL, KNOWN | SECCOMP, SIGTERM, 4242,
		 .text = "sleep[4242] was there a moment later: why it was not found is not "
			 "known" FILTER},
		{ESRCH, PIDFD, KNOWN, SIGTERM, 5,
		 .text = "sleep[4242] was there a moment later: why it was not found is not known"},
	};

	(void)state;
	CHECK(rows, CAUSE_ESRCH);
}

static void test_numbers_of_a_namespace(void **state)
{
	const struct row row = {ESRCH, KILL, 0, SIGTERM, .nr = 4242};
	struct report r = report_of(&row);

	(void)state;
	r.sender.pid_ns = OTHER_PID_NS;
	assert_says(&r, CAUSE_ESRCH,
		    "there is no process 4242 in its PID namespace, whose numbers are not the "
		    "machine's",
		    NUMBER);
	r.sender.pid_ns = 0;
	assert_says(&r, CAUSE_ESRCH, "there is no process 4242 in its PID namespace", NUMBER);
}

static void test_not_valid(void **state)
{
#define SIGNALS "use a number from 1 to 64; kill -l lists them"
#define ABOVE	"the call sends to one thread: the numbers it is given must be above 0"
	static const struct row rows[] = {
		{EINVAL, KILL, KNOWN, 65, 4242, .text = "65 is not the number of a signal",
		 .remedy = SIGNALS},
		{EINVAL, PIDFD, KNOWN, -1, 4242, .text = "-1 is not the number of a signal",
		 .remedy = SIGNALS},
		{EINVAL, TKILL, 0, SIGTERM, 0, 0, .text = ABOVE},
		{EINVAL, TGKILL, 0, SIGTERM, 4242, -1, .text = ABOVE},
		{EINVAL, TGKILL, 0, SIGTERM, 0, 4243, .text = ABOVE},
		{EINVAL, TGSIGQUEUEINFO, 0, SIGTERM, -4242, 4243, .text = ABOVE},
		{EINVAL, PIDFD, KNOWN, SIGTERM, 5,
		 .text = "its flags are none that this kernel knows, or its siginfo is of another "
			 "signal",
		 .remedy = "pass 0 as flags (kernels before 6.9 know none) and NULL as siginfo"},
		{EINVAL, PIDFD, KNOWN, SIGTERM, 5, .target_pid_ns = OTHER_PID_NS,
		 .text = "sleep[4242] is not in the sender's PID namespace or one below it, or the "
			 "call's flags are none that this kernel knows, or its siginfo is of "
			 "another signal"},
		{EINVAL, PIDFD, 0, SIGTERM, 5,
		 .text = "the process of pidfd 5 is not in the sender's PID namespace or one below "
			 "it, or the call's flags are none that this kernel knows, or its siginfo "
			 "is of another signal"},
		{EINVAL, KILL, KNOWN, SIGTERM, 4242,
		 .text = "an argument of the call is not valid; the recorded facts do not show which"},
		{EINVAL, TKILL, KNOWN | SECCOMP, 64, 0, 4242,
		 .text = "an argument of the call is not valid; the recorded facts do not show "
			 "which" FILTER},
	};

	(void)state;
	CHECK(rows, CAUSE_EINVAL);
}

static void test_full_queue(void **state)
{
#define FULL	  " has too many signals pending, over all processes (RLIMIT_SIGPENDING)"
#define NOT_SHOWN "not accepted now, and the recorded facts do not show why"
	static const struct row rows[] = {
		{EAGAIN, SIGQUEUEINFO, KNOWN | INFO, RT, 4242, .code = SI_QUEUE,
		 .target = {1000, 1000}, .text = "the user of sleep[4242] (uid 1000)" FULL,
		 .remedy = QUEUE},
		{EAGAIN, TGKILL, 0, 32, 4242, 4243,
		 .text = "the user of thread 4243 of process 4242" FULL, .remedy = QUEUE},
		{EAGAIN, PIDFD, INFO, 64, 5, .code = SI_QUEUE,
		 .text = "the user of the process of pidfd 5" FULL, .remedy = QUEUE},
		/* A standard signal is queued without its siginfo, and so is one of kill(). */
		{EAGAIN, SIGQUEUEINFO, KNOWN | INFO, 31, 4242, .code = SI_QUEUE, .text = NOT_SHOWN},
		{EAGAIN, KILL, KNOWN | SECCOMP, RT, 4242, .text = NOT_SHOWN FILTER},
	};

	(void)state;
	CHECK(rows, CAUSE_EAGAIN);
}

/* Signal 0: nobody is to do anything about it. */
static void test_probes(void **state)
{
	static const struct row rows[] = {
		{ESRCH, KILL, 0, 0, 4242, .text = "a probe: there is no process 4242"},
	};
	const struct row refused = {
		EPERM,
		KILL,
		KNOWN | SAME,
		0,
		4242,
		.text = "a probe: uid 1000 may not signal sleep[4242] of uid 0, and lacks "
			"CAP_KILL"};

	(void)state;
	CHECK(rows, CAUSE_ESRCH);
	check_rows(&refused, 1, CAUSE_EPERM);
}

static void test_other_errors(void **state)
{
	const struct row row = {EIO, KILL, KNOWN, SIGTERM, .nr = 4242};
	struct report r = report_of(&row);

	(void)state;
	assert_says(&r, CAUSE_UNEXPLAINED, "error 5 is none that a send is known to report",
		    "please report this line, with the output of `sigtrace features`");
	assert_null(failure_error_name(EIO));
	assert_null(failure_error_name(0));
	assert_string_equal(failure_error_name(EPERM), "EPERM");
	assert_string_equal(failure_error_name(ESRCH), "ESRCH");
	assert_string_equal(failure_error_name(EINVAL), "EINVAL");
	assert_string_equal(failure_error_name(EAGAIN), "EAGAIN");
	assert_string_equal(failure_error_name(EACCES), "EACCES");
}

static void test_system_calls(void **state)
{
	(void)state;
	assert_string_equal(event_syscall_name(KILL), "kill");
	assert_string_equal(event_syscall_name(PIDFD), "pidfd_send_signal");
	assert_null(event_syscall_name(EVENT_SYSCALL_COUNT));
	assert_null(event_syscall_name((enum event_syscall) - 1));
}

/* Untrusted bytes, without a NUL. */
static void test_hostile_name(void **state)
{
	const struct row row = {EPERM, KILL, KNOWN | SAME, SIGTERM, .nr = 4242};
	struct report r = report_of(&row);

	(void)state;
	memcpy(r.target.comm, "\033[2J{target}abcde", sizeof(r.target.comm));
	assert_says(
		&r, CAUSE_EPERM,
		"uid 1000 may not signal \\x1b[2J{target}abcd[4242] of uid 0, and lacks CAP_KILL",
		"send it as root, or give the sender CAP_KILL where the target's user namespace "
		"is");
}

/* Whatever the facts: a sentence that ends without a full stop and leaves no word unwritten. */
static void test_all_facts(void **state)
{
	static const int all_errors[] = {EPERM, ESRCH, EINVAL, EAGAIN, EACCES, EIO};
	static const int numbers[] = {INT32_MIN, -17, -1, 0, 77, 4242};
	char memory[512];
	struct strbuf out;

	(void)state;
	strbuf_init(&out, memory, sizeof(memory));
	for (uint32_t facts = 0; facts < 1U << 9; facts++) {
		for (int call = 0; call < EVENT_SYSCALL_COUNT; call++) {
			for (size_t i = 0; i < ARRAY_SIZE(all_errors) * ARRAY_SIZE(numbers); i++) {
				const struct row row = {
					.error = all_errors[i % ARRAY_SIZE(all_errors)],
					.syscall = (enum event_syscall)call,
					.facts = facts,
					.sig = (int)(facts % 66),
					.nr = numbers[i / ARRAY_SIZE(all_errors)],
					.to_tid = 4243,
				};
				struct report r = report_of(&row);
				bool has_remedy;

				strbuf_reset(&out);
				failure_write(&r, &out);
				assert_true(out.len > 10 && !out.cut);
				assert_null(strpbrk(memory, "{}"));
				assert_true(memory[out.len - 1] != '.');
				strbuf_reset(&out);
				has_remedy = failure_write_remedy(&r, &out);
				assert_int_equal(has_remedy, out.len > 0);
				assert_null(strpbrk(memory, "{}"));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_up_codes),
		cmocka_unit_test(test_allowed_by_credentials),
		cmocka_unit_test(test_effective_uid),
		cmocka_unit_test(test_not_allowed),
		cmocka_unit_test(test_refused_by_many),
		cmocka_unit_test(test_access_denied),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_numbers_of_a_namespace),
		cmocka_unit_test(test_not_valid),
		cmocka_unit_test(test_full_queue),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_other_errors),
		cmocka_unit_test(test_system_calls),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_all_facts),
	};

	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
