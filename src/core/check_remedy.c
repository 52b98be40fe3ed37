// SPDX-License-Identifier: BSD-2-Clause
/* What to do about each of check's reasons, by what is known of the program. */
#include <errno.h>
#include <string.h>

#include "check_facts.h"
#include "check_phrases.h"
#include "sender.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck_words.h"

typedef void (*write_fn)(const struct check_run *run, struct strbuf *out);

#define EXEC_FORM                                                                              \
	"write ENTRYPOINT and CMD in exec form (a JSON array), so that no shell is PID 1, or " \
	"begin the command with `exec`"
#define PASS_ON "`exec` the last command (exec \"$@\"), so that it takes the shell's place"

static bool is_left(const struct check_run *run, const struct check_process *p)
{
	return check_is_left(run, p);
}

static bool is_shell_form(const struct check_run *run)
{
	return run->shell_form && check_init_is_shell(run);
}

/* "trap 'kill -TERM $pid' TERM" needs the command in the background, and a `wait`. */
static void put_trap(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "start it with &, `trap 'kill -");
	check_put_short_signal(run, out);
	strbuf_add(out, " $!' ");
	check_put_short_signal(run, out);
	strbuf_add(out, "`, and `wait` for it");
}

static void put_other_signal(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, run->sig_from_image
				? "; if it stops on another signal, change its STOPSIGNAL"
				: "; if it stops on another signal, name that (STOPSIGNAL, "
				  "--signal)");
}

/* Where the default action is no end, an init in front that passes it on is no help, either. */
static bool ends_by_default(int sig)
{
	const enum default_action action = signal_default_action(sig);

	return action == DEFAULT_TERMINATE || action == DEFAULT_CORE;
}

/* A handler that came later than the signal is not missing, but late. */
static void remedy_unkillable(const struct check_run *run, struct strbuf *out)
{
	struct check_drop drop;

	if (run->sent_ns && run->handler_seen_ns > run->sent_ns) {
		strbuf_add(out, "install the handler before everything else: a stop before it is "
				"there is lost; to check the program once it is up, use another "
				"--ready");
		return;
	}
	if (is_shell_form(run)) {
		strbuf_add(out, EXEC_FORM "; the program then has to handle ");
		check_put_signal(run, out);
		if (ends_by_default(run->sig))
			strbuf_add(out, ", or an init in front of it (docker run --init, tini)");
		return;
	}
	if (!ends_by_default(run->sig)) {
		strbuf_add(out, "install a handler for ");
		check_put_signal(run, out);
		strbuf_add(out, " that ends PID 1");
		put_other_signal(run, out);
		return;
	}
	if (check_was_dropped(run, &drop))
		explain_write_remedy(drop.report, drop.verdict, out);
}

/* SIG_DFL, which others are advised to reset to, would not help an init. */
static void remedy_sig_ign(const struct check_run *run, struct strbuf *out)
{
	struct check_drop drop;

	if (run->is_namespace_init && check_init_is_shell(run)) {
		strbuf_add(out, "in the script, replace `trap '' ");
		check_put_short_signal(run, out);
		strbuf_add(out, "` by a trap that ends it: what a shell ignores, its commands "
				"ignore, too");
	} else if (run->is_namespace_init) {
		strbuf_add(out, "install a handler for ");
		check_put_signal(run, out);
		strbuf_add(out, " in place of SIG_IGN; SIG_DFL is not enough for PID 1");
	} else if (check_was_dropped(run, &drop)) {
		explain_write_remedy(drop.report, drop.verdict, out);
	}
}

static void remedy_blocked(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "unblock ");
	check_put_signal(run, out);
	strbuf_add(out, " (sigprocmask, pthread_sigmask) where a handler is installed, or take it "
			"with sigwait or a signalfd");
}

static void remedy_stopped(const struct check_run *run, struct strbuf *out)
{
	if (check_finding(run, STUCK_RULE_FROZEN))
		strbuf_add(out, "thaw it (docker unpause) before it is stopped");
	else
		strbuf_add(out,
			   "find out who stops it (SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU), and send "
			   "it a SIGCONT");
}

static void remedy_not_forwarded(const struct check_run *run, struct strbuf *out)
{
	if (is_shell_form(run)) {
		strbuf_add(out, EXEC_FORM);
	} else if (check_init_is_shell(run)) {
		strbuf_add(out, PASS_ON ", or ");
		put_trap(run, out);
	} else {
		strbuf_add(out, "start ");
		check_put_processes(run, is_left, out);
		strbuf_add(out, " as PID 1 itself, or behind an init that passes signals on "
				"(docker run --init, tini), or let ");
		check_put_init(run, out);
		strbuf_add(out, " send it ");
		check_put_signal(run, out);
	}
}

static void remedy_awaited(const struct check_run *run, const struct check_process *child,
			   struct strbuf *out)
{
	if (is_shell_form(run)) {
		strbuf_add(out, EXEC_FORM);
	} else if (stuck_defers_trap(run->after, run->sig) || check_init_is_shell(run)) {
		strbuf_add(out, PASS_ON "; or ");
		put_trap(run, out);
	} else {
		strbuf_add(out, "let ");
		check_put_init(run, out);
		strbuf_add(out, " pass ");
		check_put_signal(run, out);
		strbuf_add(out, " on to ");
		check_put_process(child, out);
		strbuf_add(out, ", or `exec` it");
	}
}

#define STOPS_IT "to what stops it (docker stop --time, terminationGracePeriodSeconds)"

static void remedy_late(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "let it end sooner on ");
	check_put_signal(run, out);
	strbuf_add(out, ", or give it a longer --grace, and so " STOPS_IT);
}

/* It acts on the signal, and takes its time, or means something else by it. */
static void put_longer(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "let the program end on ");
	check_put_signal(run, out);
	strbuf_add(out, "; if it needs more time, give it a longer --grace, and so " STOPS_IT);
	if (!run->sig_from_image)
		put_other_signal(run, out);
}

/* It has exited: what is left to do is about what holds it up. */
static void put_remedy_of_finding(const struct check_run *run, struct strbuf *out)
{
	if (!check_finding(run, STUCK_RULE_NAMESPACE_TEARDOWN) && run->after &&
	    run->stuck.reason != STUCK_REASON_NONE && run->stuck.len)
		stuck_write_remedy(&run->table, run->after, &run->stuck.findings[0], out);
}

static void remedy_still_running(const struct check_run *run, struct strbuf *out)
{
	const struct check_process *deaf = check_deaf(run);
	const struct check_process *awaited = check_awaited(run);

	if (check_ended_late(run)) {
		remedy_late(run, out);
	} else if (check_is_not_gone(run)) {
		put_remedy_of_finding(run, out);
	} else if (run->evidence == CHECK_EVIDENCE_ENGINE) {
		strbuf_add(out, "run the check on the engine's own machine, as root, to see why");
	} else if (deaf) {
		strbuf_add(out, "let ");
		check_put_process(deaf, out);
		strbuf_add(out, " end on ");
		stuck_put_signal(deaf->asked, out);
	} else if (awaited) {
		remedy_awaited(run, awaited, out);
	} else if (check_finding(run, STUCK_RULE_TRACED)) {
		strbuf_add(out, "let the tracer continue it, or detach");
	} else if (!check_finding(run, STUCK_RULE_NAMESPACE_TEARDOWN)) {
		put_longer(run, out);
	}
}

static void remedy_bad_exit(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "let it exit with one of them on ");
	check_put_signal(run, out);
	stuck_put_number(", or add ", (uint64_t)check_exit_number(run), out);
	strbuf_add(out, " to --expect-exit");
}

static void remedy_killed_descendants(const struct check_run *run, struct strbuf *out)
{
	if (is_shell_form(run)) {
		strbuf_add(out, EXEC_FORM);
		return;
	}
	if (check_init_is_shell(run))
		strbuf_add(out, PASS_ON ", or ");
	strbuf_add(out, "let PID 1 pass ");
	check_put_signal(run, out);
	strbuf_add(out, " on and wait until all others have ended (tini -g asks the whole process "
			"group)");
}

static void remedy_odd_exit(const struct check_run *run, struct strbuf *out)
{
	if (check_go_reraised(run)) {
		strbuf_add(out, "handle ");
		check_put_signal(run, out);
		strbuf_add(out, " (signal.Notify) and exit with 0");
	} else {
		strbuf_add(out, "exit with 0 after a clean stop");
	}
	stuck_put_number(", or say that it is meant: --expect-exit ",
			 (uint64_t)check_exit_number(run), out);
}

static void remedy_crashed(const struct check_run *run, struct strbuf *out)
{
	(void)run;
	strbuf_add(out,
		   "see its output, or a core dump of it: what it does when it is asked to end "
		   "has a defect");
}

static void remedy_startup_window(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "install the handler before everything else");
	if (check_init_is_shell(run))
		strbuf_add(out, ": `trap` in the script's first line");
	else
		strbuf_add(out, ", or start an init in front of it (docker run --init, tini)");
}

/* Of the kernel's limits nobody knows which one it was: the kernel's log does. */
static void put_more_memory(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "give it more memory, or let it need less: the kernel's log (dmesg) says "
			"whether a limit was hit, such as ");
	strbuf_add(out, run->subject == CHECK_SUBJECT_IMAGE
				? "the container's (--run-arg=--memory=SIZE)"
				: "that of the CI job, container or unit that sigtrace runs in");
	strbuf_add(out, ", or the machine's memory was used up");
}

/* A process sent it: the sentence of the reason says which. */
static bool is_sent_by_others(const struct check_event *e)
{
	return e && e->report.origin == ORIGIN_NOT_KNOWN && e->report.sender_kind == SENDER_USER &&
	       e->report.sender.source != REPORT_SOURCE_ABSENT && !sender_is_target(&e->report);
}

/* "find out why dockerd[901] sends it SIGKILL, and check it again where nobody does" */
static void put_sender_to_blame(const struct check_run *run, const struct check_event *e,
				struct strbuf *out)
{
	strbuf_add(out, "find out why ");
	check_put_sender(run, &e->report, out);
	strbuf_add(out, " sends it ");
	stuck_put_signal(e->report.sig, out);
	strbuf_add(out, ", and check it again where nobody does");
}

/* What helps against somebody else who ended it; false: nobody is known to have. */
static bool put_blame(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *killer = check_killer(run);
	const struct check_event *request = check_foreign_request(run);

	if (run->oom_killed || check_oom_kill(run))
		put_more_memory(run, out);
	else if (killer && killer->report.origin == ORIGIN_CPU_LIMIT)
		strbuf_add(out, "raise the limit of its CPU time (ulimit -t)");
	else if (is_sent_by_others(killer))
		put_sender_to_blame(run, killer, out);
	else if (!killer && is_sent_by_others(request))
		put_sender_to_blame(run, request, out);
	else
		return false;
	return true;
}

static void remedy_exited_early(const struct check_run *run, struct strbuf *out)
{
	if (put_blame(run, out))
		return;
	if (check_end_signal(run) == SIG_KILL) {
		strbuf_add(out, "check it again where nobody else ends it");
		return;
	}
	strbuf_add(out, "see its output: it may lack an argument, a file or a variable");
	if (run->subject == CHECK_SUBJECT_IMAGE)
		strbuf_add(out, " (--run-arg, arguments behind --)");
	strbuf_add(out, "; a program that ends by itself cannot be checked");
}

/* The command of the user; of a container the engine's message says more. */
static void remedy_could_not_start(const struct check_run *run, struct strbuf *out)
{
	const size_t len = strnlen(run->interpreter, sizeof(run->interpreter));

	if (run->start_error == EACCES) {
		strbuf_add(out, "see that it, and the interpreter of a script, is a file that may "
				"be executed (chmod +x), on no file system that is mounted noexec");
	} else if (run->start_error == ENOENT && len && run->interpreter[len - 1] == '\r') {
		strbuf_add(out, "give the script the line ends of Unix (sed -i 's/\\r$//'): the "
				"carriage return counts as part of the interpreter's name");
	} else if (run->start_error == ENOENT && len) {
		strbuf_add(out, "install that, or name another in the first line (#!)");
	} else if (run->start_error == ENOENT) {
		strbuf_add(out, "see that it is there, by its path or in a directory of PATH; and, "
				"of a program, its loader (ldd)");
	}
}

static void remedy_not_watched(const struct check_run *run, struct strbuf *out)
{
	if (check_end_is_in_doubt(run))
		strbuf_add(out, "check it again where sigtrace and the engine get their share of "
				"the CPUs, or with a longer --grace");
}

static void remedy_not_ready(const struct check_run *run, struct strbuf *out)
{
	if (!run->ready_unseen)
		strbuf_add(out,
			   "see its output, give it more time (--ready-timeout), or tell otherwise "
			   "when it is up (--ready)");
}

static void remedy_killed(const struct check_run *run, struct strbuf *out)
{
	if (!put_blame(run, out))
		strbuf_add(out, "check it again where nobody else ends it");
}

/* NULL: there is nothing to be done, or the reason says it. */
static const write_fn remedies[CHECK_REASON_COUNT] = {
	[CHECK_REASON_UNKILLABLE_SIG_DFL] = remedy_unkillable,
	[CHECK_REASON_SIG_IGN] = remedy_sig_ign,
	[CHECK_REASON_BLOCKED] = remedy_blocked,
	[CHECK_REASON_STOPPED] = remedy_stopped,
	[CHECK_REASON_NOT_FORWARDED] = remedy_not_forwarded,
	[CHECK_REASON_STILL_RUNNING] = remedy_still_running,
	[CHECK_REASON_BAD_EXIT] = remedy_bad_exit,
	[CHECK_REASON_KILLED_DESCENDANTS] = remedy_killed_descendants,
	[CHECK_REASON_ODD_EXIT] = remedy_odd_exit,
	[CHECK_REASON_CRASHED] = remedy_crashed,
	[CHECK_REASON_STARTUP_WINDOW] = remedy_startup_window,
	[CHECK_REASON_EXITED_EARLY] = remedy_exited_early,
	[CHECK_REASON_NOT_READY] = remedy_not_ready,
	[CHECK_REASON_COULD_NOT_START] = remedy_could_not_start,
	[CHECK_REASON_NOT_WATCHED] = remedy_not_watched,
	[CHECK_REASON_KILLED] = remedy_killed,
};

/* Those that say what to do with the signal. */
static bool is_about_signal(enum check_reason reason)
{
	return reason == CHECK_REASON_UNKILLABLE_SIG_DFL || reason == CHECK_REASON_SIG_IGN ||
	       reason == CHECK_REASON_BLOCKED || reason == CHECK_REASON_NOT_FORWARDED ||
	       reason == CHECK_REASON_STILL_RUNNING;
}

/* Neither sigaction() nor a shell's trap takes them; see signal_name(). */
static bool is_of_libc(int sig)
{
	return sig >= KERNEL_SIGRTMIN && sig < SIGNAL_RT_MIN;
}

static void remedy_signal_of_libc(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "stop it by another signal (STOPSIGNAL, --signal): the C library keeps ");
	check_put_signal(run, out);
	strbuf_add(out, " for itself, and no program that uses it can handle that");
}

bool check_write_remedy(const struct check_run *run, enum check_reason reason, struct strbuf *out)
{
	const size_t before = out->len;

	if (is_of_libc(run->sig) && is_about_signal(reason))
		remedy_signal_of_libc(run, out);
	else if (remedies[reason])
		remedies[reason](run, out);
	return out->len > before;
}
