/* SPDX-License-Identifier: BSD-2-Clause */
/* check: the signal was dropped. */
#include "check_scene.h"

#define EXEC_FORM                                                                              \
	"write ENTRYPOINT and CMD in exec form (a JSON array), so that no shell is PID 1, or " \
	"begin the command with `exec`"
#define HANDLE_IN_PID1 \
	"handle SIGTERM in PID 1, or start an init in front of it (docker run --init, tini)"

/* Dropped as the kernel says: that it ended by itself does not make up for that. */
static void test_dropped_and_ended(void **state)
{
	(void)state;
	sent();
	dropped(0);
	ended(EXITED(0), 3100 * MS);
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		   "(SIGNAL_UNKILLABLE + SIG_DFL); it ended by itself 3.1 s later (exited with 0)",
		   HANDLE_IN_PID1);
	/* How it ended is no answer to the signal, either. */
	run.status = EXITED(3);
	expect(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL, 0);
	/* A look that says otherwise does not count against the event. */
	before(HANDLER, 0);
	expect(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL, 0);
}

/* And the reverse: what the event says holds. */
static void test_look_was_too_early(void **state)
{
	(void)state;
	sent();
	before(0, 0);
	handled();
	run.handler_missing_ns = SENT + MS;
	ended(EXITED(0), 12 * MS);
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

/* Without BPF a look before the signal alone proves nothing of one that ended. */
static void test_dropped_by_look(void **state)
{
	(void)state;
	procfs();
	sent();
	before(0, 0);
	run.handler_missing_ns = SENT - MS;
	ended(EXITED(0), 12 * MS);
	expect_all(
		CHECK_PASS, CHECK_REASON_GRACEFUL,
		"app[1] exited with 0, 12.1 ms after SIGTERM; as was seen right before: namespace init without a SIGTERM handler (SIGNAL_UNKILLABLE + SIG_DFL); so it may have ended by itself",
		NULL);
	/* One after it does. */
	run.handler_missing_ns = SENT + 5 * MS;
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		   "(SIGNAL_UNKILLABLE + SIG_DFL), as was seen right before and after it; it ended "
		   "12.1 ms later (exited with 0)",
		   HANDLE_IN_PID1);
	/* Who died of the signal has not dropped it. */
	run.status = SIGTERM;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
	run.status = EXITED(0);
	/* A snapshot that does not know proves nothing. */
	run.before.known = false;
	expect(CHECK_PASS, CHECK_REASON_GRACEFUL, 0);
}

/* Somebody else ended it: not it itself. */
static void test_dropped_and_killed(void **state)
{
	struct report r;

	(void)state;
	sent();
	dropped(0);
	r = generation(SIGKILL, SENT + 2 * S - MS);
	r.sender = task_of(901, 3, 0, "dockerd");
	r.handler = 0;
	add(r);
	ended(SIGKILL, 2 * S);
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		   "(SIGNAL_UNKILLABLE + SIG_DFL); it ended 2.0 s later (was killed by SIGKILL): a "
		   "SIGKILL from dockerd[901]",
		   HANDLE_IN_PID1);
}

/* Nobody ends on it by default, whoever stands in front; and some no program can handle. */
static void test_odd_signals(void **state)
{
	(void)state;
	run.sig = SIGWINCH;
	sent();
	dropped(0);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGWINCH had no effect on app[1]: no SIGWINCH handler: ignored by default, by "
		   "an init as by everybody; it was still running 10.0 s later",
		   "install a handler for SIGWINCH that ends PID 1; if it stops on another signal, "
		   "name that (STOPSIGNAL, --signal)");
	run.sig_from_image = true;
	run.shell_form = true;
	comm("sh");
	expect_text(CHECK_REASON_UNKILLABLE_SIG_DFL,
		    "SIGWINCH had no effect on sh[1]: no SIGWINCH handler: ignored by default, by "
		    "an init as by everybody; it was still running 10.0 s later",
		    "write ENTRYPOINT and CMD in exec form (a JSON array), so that no shell is PID "
		    "1, or begin the command with `exec`; the program then has to handle SIGWINCH");
}

static void test_signal_of_libc(void **state)
{
	(void)state;
	run.sig = 33;
	sent();
	dropped(0);
	outlived();
	comm("sh");
	expect_all(
		CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		"SIG33 had no effect on sh[1]: namespace init without a SIG33 handler "
		"(SIGNAL_UNKILLABLE + SIG_DFL); it was still running 10.0 s later",
		"stop it by another signal (STOPSIGNAL, --signal): the C library keeps SIG33 for "
		"itself, and no program that uses it can handle that");
}

static void test_unkillable(void **state)
{
	static const char sentence[] =
		"SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		"(SIGNAL_UNKILLABLE + SIG_DFL); it was still running 10.0 s later";

	(void)state;
	sent();
	dropped(0);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL, sentence,
		   "handle SIGTERM in PID 1, or start an init in front of it (docker run --init, "
		   "tini)");
	/* That check killed it then is no end of its own. */
	mark(CHECK_MARK_KILLED, OVER + MS);
	run.ended_ns = OVER + 2 * MS;
	run.status_known = true;
	run.status = SIGKILL;
	expect(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL, 0);
	/* Not the shell that the shell form brought, if that has gone by exec. */
	run.shell_form = true;
	expect_text(CHECK_REASON_UNKILLABLE_SIG_DFL, sentence,
		    "handle SIGTERM in PID 1, or start an init in front of it (docker run --init, "
		    "tini)");
}

static void test_unkillable_shell_form(void **state)
{
	(void)state;
	sent();
	comm("sh");
	dropped(0);
	outlived();
	run.shell_form = true;
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on sh[1]: namespace init without a SIGTERM handler "
		   "(SIGNAL_UNKILLABLE + SIG_DFL); it was still running 10.0 s later",
		   EXEC_FORM "; the program then has to handle SIGTERM, or an init in front of it "
			     "(docker run --init, tini)");
}

static void test_unkillable_too_early(void **state)
{
	(void)state;
	sent();
	dropped(0);
	outlived();
	run.handler_seen_ns = SENT + 700 * MS;
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		   "(SIGNAL_UNKILLABLE + SIG_DFL); a handler was there within 700 ms after it; it "
		   "was still running 10.0 s later",
		   "install the handler before everything else: a stop before it is there is lost; "
		   "to check the program once it is up, use another --ready");
}

/* Queued behind a mask, and dropped when that was lifted. */
static void test_unkillable_at_delivery(void **state)
{
	struct report r;

	(void)state;
	sent();
	r = generation(SIGTERM, SENT + MS / 10);
	r.facts |= EVENT_FACT_BLOCKED | EVENT_FACT_ALL_BLOCKED;
	r.handler = 0;
	add(r);
	r = delivery(SIGTERM, SENT + S);
	r.handler = 0;
	add(r);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		   "SIGTERM had no effect on app[1]: dropped at delivery: namespace init with "
		   "SIG_DFL; it was queued only because it was blocked or traced; it was still "
		   "running 10.0 s later",
		   "handle SIGTERM in PID 1, or start an init in front of it (docker run --init, "
		   "tini)");
}

/* Without BPF, and without a look behind the signal: it lives, so no handler ended it. */
static void test_unkillable_by_look(void **state)
{
	(void)state;
	procfs();
	sent();
	before(0, 0);
	outlived();
	expect_all(
		CHECK_FAIL, CHECK_REASON_UNKILLABLE_SIG_DFL,
		"SIGTERM had no effect on app[1]: namespace init without a SIGTERM handler "
		"(SIGNAL_UNKILLABLE + SIG_DFL), as was seen right before it; it was still running "
		"10.0 s later",
		"handle SIGTERM in PID 1, or start an init in front of it (docker run --init, "
		"tini)");
}

static void test_sig_ign(void **state)
{
	static const char sentence[] = "SIGTERM had no effect on app[1]: it ignores SIGTERM "
				       "(SIG_IGN); it was still running 10.0 s later";

	(void)state;
	sent();
	dropped(IGNORE);
	outlived();
	expect_all(CHECK_FAIL, CHECK_REASON_SIG_IGN, sentence,
		   "install a handler for SIGTERM in place of SIG_IGN; SIG_DFL is not enough for "
		   "PID 1");
	comm("bash");
	expect_text(CHECK_REASON_SIG_IGN,
		    "SIGTERM had no effect on bash[1]: it ignores SIGTERM (SIG_IGN); it was still "
		    "running 10.0 s later",
		    "in the script, replace `trap '' TERM` by a trap that ends it: what a shell "
		    "ignores, its commands ignore, too");
	run.is_namespace_init = false;
	expect_text(
		CHECK_REASON_SIG_IGN,
		"SIGTERM had no effect on bash[4242]: it ignores SIGTERM (SIG_IGN); it was still "
		"running 10.0 s later",
		"install a handler, or reset SIGTERM to SIG_DFL before exec: an ignored signal "
		"stays ignored across fork and exec");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dropped_and_ended),	 TEST(test_look_was_too_early),
		TEST(test_dropped_by_look),	 TEST(test_dropped_and_killed),
		TEST(test_odd_signals),		 TEST(test_signal_of_libc),
		TEST(test_unkillable),		 TEST(test_unkillable_shell_form),
		TEST(test_unkillable_too_early), TEST(test_unkillable_at_delivery),
		TEST(test_unkillable_by_look),	 TEST(test_sig_ign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
