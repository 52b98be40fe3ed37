// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rules are those of kernel/signal.c, 5.10 to 7.x; the comments name its functions. The facts
 * were read when the call ended, a moment after the decision, so the sentences speak in the
 * present.
 *
 * A seccomp filter may answer with any error. It is named where nothing else proves the error; that
 * one answers ESRCH for a process that is not there, or EINVAL for what is not valid, changes
 * nothing.
 */
#include "failure.h"

#include <errno.h>
#include <stddef.h>

#include "cause_table.h"
#include "signal_numbers.h"
#include "signals.h"

#define CODE_SI_TKILL (-6) /* include/uapi/asm-generic/siginfo.h */

const char *event_syscall_name(enum event_syscall syscall)
{
	static const char *const names[] = {
		[EVENT_SYSCALL_KILL] = "kill",
		[EVENT_SYSCALL_TKILL] = "tkill",
		[EVENT_SYSCALL_TGKILL] = "tgkill",
		[EVENT_SYSCALL_RT_SIGQUEUEINFO] = "rt_sigqueueinfo",
		[EVENT_SYSCALL_RT_TGSIGQUEUEINFO] = "rt_tgsigqueueinfo",
		[EVENT_SYSCALL_PIDFD_SEND_SIGNAL] = "pidfd_send_signal",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == EVENT_SYSCALL_COUNT, "names");

	return syscall < EVENT_SYSCALL_COUNT ? names[syscall] : NULL;
}

static const struct error {
	int number;
	const char *name;
	enum cause cause;
} errors[] = {
	{EPERM, "EPERM", CAUSE_EPERM},	  {ESRCH, "ESRCH", CAUSE_ESRCH},
	{EINVAL, "EINVAL", CAUSE_EINVAL}, {EAGAIN, "EAGAIN", CAUSE_EAGAIN},
	{EACCES, "EACCES", CAUSE_EACCES},
};

/* NULL: none of them. */
static const struct error *find_error(int number)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == number)
			return &errors[i];
	return NULL;
}

const char *failure_error_name(int error)
{
	const struct error *known = find_error(error);

	return known ? known->name : NULL;
}

static bool has(const struct report *r, uint32_t fact)
{
	return r->failure.facts & fact;
}

static bool is_known(const struct report *r)
{
	return has(r, EVENT_FAILED_TARGET_KNOWN);
}

static bool has_capability(const struct report *r)
{
	return has(r, EVENT_FAILED_CAP_KILL);
}

/* The call names a thread, and its process beside it or not at all. */
static bool is_to_thread(const struct report *r)
{
	return r->failure.syscall == EVENT_SYSCALL_TKILL ||
	       r->failure.syscall == EVENT_SYSCALL_TGKILL ||
	       r->failure.syscall == EVENT_SYSCALL_RT_TGSIGQUEUEINFO;
}

static bool names_process_of_thread(const struct report *r)
{
	return is_to_thread(r) && r->failure.syscall != EVENT_SYSCALL_TKILL;
}

static bool is_by_pidfd(const struct report *r)
{
	return r->failure.syscall == EVENT_SYSCALL_PIDFD_SEND_SIGNAL;
}

/* kill_something_info() */
static bool is_to_all(const struct report *r)
{
	return r->failure.syscall == EVENT_SYSCALL_KILL && r->failure.target_nr == -1;
}

static bool is_to_group(const struct report *r)
{
	return r->failure.syscall == EVENT_SYSCALL_KILL && r->failure.target_nr <= 0 &&
	       !is_to_all(r);
}

/* The caller is one of them. */
static bool is_to_own_group(const struct report *r)
{
	return is_to_group(r) && r->failure.target_nr == 0;
}

/* Whether the sender's thread is what the call names, as far as it can be told. */
static bool may_be_own_thread(const struct report *r)
{
	if (is_known(r))
		return has(r, EVENT_FAILED_SELF) && r->target.tid == r->sender.tid;
	if (is_by_pidfd(r))
		return true;
	/* Its own number inside its own PID namespace is known of its first thread only. */
	return r->sender.tid != r->sender.tgid || r->sender.ns_tgid == 0 ||
	       (int64_t)r->sender.ns_tgid ==
		       (is_to_thread(r) ? r->failure.target_tid : r->failure.target_nr);
}

/*
 * do_rt_sigqueueinfo(), do_rt_tgsigqueueinfo(), do_pidfd_send_signal(): before they look for the
 * target. They compare with the calling thread, so that another thread of the same process is
 * somebody else, too.
 */
static bool makes_up_code(const struct report *r)
{
	return has(r, EVENT_FAILED_INFO_KNOWN) && (r->code >= 0 || r->code == CODE_SI_TKILL) &&
	       !may_be_own_thread(r);
}

/* A siginfo that nobody could read may have had such a code; pidfd_send_signal() may have none. */
static bool may_make_up_code(const struct report *r)
{
	return !has(r, EVENT_FAILED_INFO_KNOWN) &&
	       (r->failure.syscall == EVENT_SYSCALL_RT_SIGQUEUEINFO ||
		r->failure.syscall == EVENT_SYSCALL_RT_TGSIGQUEUEINFO);
}

static bool is_judged(const struct report *r)
{
	return is_known(r) && !may_make_up_code(r);
}

/* check_kill_permission() does not ask for credentials within a process. */
static bool allowed_to_itself(const struct report *r)
{
	return is_judged(r) && has(r, EVENT_FAILED_SELF);
}

/* kill_ok_by_cred(). The numbers are the initial user namespace's for both. */
static bool uids_match(const struct report *r)
{
	const struct report_failure *f = &r->failure;

	return f->sender_euid == f->target_suid || f->sender_euid == f->target_uid ||
	       r->sender_uid == f->target_suid || r->sender_uid == f->target_uid;
}

static bool allowed_by_uids(const struct report *r)
{
	return is_judged(r) && uids_match(r);
}

/* cap_capable() with the user namespace of the target's credentials. */
static bool allowed_by_capability(const struct report *r)
{
	const uint32_t counts = EVENT_FAILED_NS_SAME | EVENT_FAILED_NS_BELOW;

	return is_judged(r) && has_capability(r) && has(r, counts);
}

static bool allowed_by_owner(const struct report *r)
{
	return is_judged(r) && has(r, EVENT_FAILED_NS_OWNER);
}

static bool allowed_by_session(const struct report *r)
{
	return is_judged(r) && r->failure.sig == SIG_CONT && has(r, EVENT_FAILED_SAME_SESSION);
}

/* kill_something_info() goes on after an EPERM, and forgets it. */
static bool is_to_all_through_filter(const struct report *r)
{
	return is_to_all(r) && has(r, EVENT_FAILED_SECCOMP);
}

static bool is_outside(const struct report *r)
{
	return is_judged(r) && !has(r, EVENT_FAILED_NS_SAME | EVENT_FAILED_NS_BELOW);
}

static bool is_outside_with_capability(const struct report *r)
{
	return is_outside(r) && has_capability(r);
}

static bool is_to_group_with_capability(const struct report *r)
{
	return is_to_group(r) && has_capability(r);
}

static bool is_not_known(const struct report *r)
{
	return !is_known(r) && !may_make_up_code(r) && !is_to_all(r);
}

static bool is_not_known_with_capability(const struct report *r)
{
	return is_not_known(r) && has_capability(r);
}

/*
 * do_send_specific() compares the number of the thread's process in the sender's PID namespace. It
 * is the one that the target has in its own only if they share it.
 */
static bool is_of_another_process(const struct report *r)
{
	return is_known(r) && names_process_of_thread(r) && r->target.ns_tgid != 0 &&
	       r->target.pid_ns != 0 && r->target.pid_ns == r->sender.pid_ns &&
	       (int64_t)r->target.ns_tgid != r->failure.target_nr;
}

/* find_vpid() knows none. */
static bool queues_to_group(const struct report *r)
{
	return r->failure.syscall == EVENT_SYSCALL_RT_SIGQUEUEINFO && r->failure.target_nr <= 0;
}

/* valid_signal() */
static bool is_no_signal(const struct report *r)
{
	return r->failure.sig < 0 || r->failure.sig > SIGNAL_MAX;
}

/* tkill(), tgkill(), do_rt_tgsigqueueinfo() */
static bool is_no_thread(const struct report *r)
{
	if (!is_to_thread(r))
		return false;
	return r->failure.target_tid <= 0 ||
	       (names_process_of_thread(r) && r->failure.target_nr <= 0);
}

/* access_pidfd_pidns() is content. */
static bool is_by_pidfd_in_namespace(const struct report *r)
{
	return is_by_pidfd(r) && is_known(r) && r->target.pid_ns != 0 &&
	       r->target.pid_ns == r->sender.pid_ns;
}

/* __send_signal_locked() gives up a real-time signal only, and never one of kill(). */
static bool is_queue_full(const struct report *r)
{
	return r->failure.syscall != EVENT_SYSCALL_KILL && r->failure.sig >= KERNEL_SIGRTMIN &&
	       r->failure.sig <= SIGNAL_MAX;
}

static bool always(const struct report *r)
{
	(void)r;
	return true;
}

#define RULE(CAUSE, HOLDS, EXPLANATION, REMEDY)                                             \
	{                                                                                   \
		.cause = (CAUSE), .effect = EFFECT_NONE, .problem = true, .holds = (HOLDS), \
		.explanation = (EXPLANATION), .remedy = (REMEDY),                           \
	}

#define REMEDY_AUDIT "look in the audit log who refused it (ausearch, dmesg)"
#define REMEDY_CREDENTIALS \
	"send it as {as_owner}, or give the sender CAP_KILL where the target's user namespace is"
#define REMEDY_NAMESPACE "send it from the target's user namespace, or from one above it"
#define REMEDY_NUMBER                                                                          \
	"check the number: the process may have ended, and numbers are those of the sender's " \
	"own PID namespace"
#define REMEDY_FLAGS "pass 0 as flags (kernels before 6.9 know none) and NULL as siginfo"

/* Of those for the error, the first that holds. The words in braces are in failure_text.c. */
static const struct cause_rule rules[] = {
	RULE(CAUSE_EPERM, makes_up_code,
	     "the {code} of its siginfo says that {claimed} sent it, and a thread may say so only to "
	     "itself",
	     "use a negative si_code of its own, such as SI_QUEUE"),
	RULE(CAUSE_EPERM, allowed_to_itself,
	     "a process may always signal itself: {refuser} refused it", REMEDY_AUDIT),
	RULE(CAUSE_EPERM, allowed_by_uids,
	     "the credentials allow it, {user} to {target} of {owner}: {refuser} refused it",
	     REMEDY_AUDIT),
	RULE(CAUSE_EPERM, allowed_by_capability,
	     "the credentials allow it, {user} has CAP_KILL over {target} of {owner}: {refuser} "
	     "refused it",
	     REMEDY_AUDIT),
	RULE(CAUSE_EPERM, allowed_by_owner,
	     "the credentials allow it, {user} owns a user namespace that {target} is in: {refuser} "
	     "refused it",
	     REMEDY_AUDIT),
	RULE(CAUSE_EPERM, allowed_by_session,
	     "the credentials allow it, {target} is in the sender's session and may be sent SIGCONT: "
	     "{refuser} refused it",
	     REMEDY_AUDIT),
	RULE(CAUSE_EPERM, is_outside_with_capability,
	     "{user} may not signal {target} of {owner}: its user namespace {user_ns} is not an "
	     "ancestor of the target's {target_ns}, so that its CAP_KILL does not count there",
	     REMEDY_NAMESPACE),
	RULE(CAUSE_EPERM, is_outside,
	     "{user} may not signal {target} of {owner}: its user namespace {user_ns} is not an "
	     "ancestor of the target's {target_ns}, so that CAP_KILL would not count there",
	     REMEDY_NAMESPACE),
	RULE(CAUSE_EPERM, is_judged,
	     "{user} may not signal {target} of {owner}, and lacks CAP_KILL", REMEDY_CREDENTIALS),
	RULE(CAUSE_EPERM, is_to_all_through_filter,
	     "the seccomp filter of its thread refused it: kill(-1) itself never reports EPERM",
	     NULL),
	RULE(CAUSE_EPERM, is_to_own_group,
	     "the sender is in the group itself and may always signal itself: {refuser} refused it",
	     REMEDY_AUDIT),
	/* __kill_pgrp_info() is content with one process that it could signal. */
	RULE(CAUSE_EPERM, is_to_group_with_capability,
	     "{user} may signal none of the processes of {target} although it has CAP_KILL in its user "
	     "namespace: they are outside of it, or a security module (LSM) "
	     "refuses{unless_seccomp}",
	     NULL),
	RULE(CAUSE_EPERM, is_to_group,
	     "{user} may signal none of the processes of {target}, and lacks CAP_KILL{unless_seccomp}",
	     "send it as their user or root, or give the sender CAP_KILL"),
	RULE(CAUSE_EPERM, is_not_known_with_capability,
	     "{user} may not signal {target}, of which no more is known, although it has CAP_KILL in "
	     "its user namespace{unless_seccomp}",
	     NULL),
	RULE(CAUSE_EPERM, is_not_known,
	     "{user} may not signal {target}, of which no more is known, and lacks "
	     "CAP_KILL{unless_seccomp}",
	     "send it as the target's user or root, or give the sender CAP_KILL"),
	RULE(CAUSE_EPERM, always, "refused, and the recorded facts do not show why{unless_seccomp}",
	     NULL),

	/* kernel/signal.c never answers so; SELinux, AppArmor and Smack do. */
	RULE(CAUSE_EACCES, always, "{refuser} refused it", REMEDY_AUDIT),

	RULE(CAUSE_ESRCH, is_of_another_process,
	     "thread {target_tid} is none of process {target_nr}: it is one of {target_process}",
	     "check both numbers: the first may have ended, and the other was used again"),
	RULE(CAUSE_ESRCH, is_known,
	     "{target} was there a moment later: why it was not found is not "
	     "known{unless_seccomp}",
	     NULL),
	RULE(CAUSE_ESRCH, is_by_pidfd, "{target} has ended, and its parent has reaped it", NULL),
	RULE(CAUSE_ESRCH, is_to_all,
	     "beside the sender and the init, no process is in its PID namespace", NULL),
	RULE(CAUSE_ESRCH, is_to_group, "no process is in {target}{in_namespace}", REMEDY_NUMBER),
	RULE(CAUSE_ESRCH, queues_to_group,
	     "there is no process {target_nr}: the call sends to no groups", NULL),
	RULE(CAUSE_ESRCH, names_process_of_thread,
	     "process {target_nr} has no thread {target_tid}{in_namespace}", REMEDY_NUMBER),
	RULE(CAUSE_ESRCH, always, "there is no {target}{in_namespace}", REMEDY_NUMBER),

	RULE(CAUSE_EINVAL, is_no_signal, "{sig} is not the number of a signal",
	     "use a number from 1 to 64; kill -l lists them"),
	RULE(CAUSE_EINVAL, is_no_thread,
	     "the call sends to one thread: the numbers it is given must be above 0", NULL),
	RULE(CAUSE_EINVAL, is_by_pidfd_in_namespace,
	     "its flags are none that this kernel knows, or its siginfo is of another signal",
	     REMEDY_FLAGS),
	RULE(CAUSE_EINVAL, is_by_pidfd,
	     "{target} is not in the sender's PID namespace or one below it, or the call's flags are "
	     "none that this kernel knows, or its siginfo is of another signal",
	     NULL),
	RULE(CAUSE_EINVAL, always,
	     "an argument of the call is not valid; the recorded facts do not show "
	     "which{unless_seccomp}",
	     NULL),

	RULE(CAUSE_EAGAIN, is_queue_full,
	     "{receiver} has too many signals pending, over all processes (RLIMIT_SIGPENDING)",
	     "let the receivers take their signals, or raise the limit (ulimit -i)"),
	RULE(CAUSE_EAGAIN, always,
	     "not accepted now, and the recorded facts do not show why{unless_seccomp}", NULL),

	RULE(CAUSE_UNEXPLAINED, always, "error {error} is none that a send is known to report",
	     "please report this line, with the output of `sigtrace features`"),
};

struct verdict failure_explain(const struct report *r)
{
	const struct error *error = find_error(r->failure.error);
	const enum cause cause = error ? error->cause : CAUSE_UNEXPLAINED;
	const struct cause_rule *rule = rules;

	while (rule->cause != cause || !rule->holds(r))
		rule++;
	return (struct verdict){
		.cause = rule->cause,
		.effect = rule->effect,
		.problem = rule->problem && r->failure.sig != 0,
		.rule = rule,
	};
}
