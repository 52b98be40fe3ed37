// SPDX-License-Identifier: BSD-2-Clause
/*
 * Origins by stack and siginfo. Stacks are those that kernels show, the tracepoint's own frames
 * left out; "?" is a function whose name nobody asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define STACK_MAX	  32

#define NONE   EVENT_FACT_INFO_NONE
#define PRIV   EVENT_FACT_INFO_PRIV
#define ITSELF EVENT_FACT_SENDER_IS_TARGET

/* Ends of stacks that say nothing. */
#define SYSCALL " do_syscall_64 entry_SYSCALL_64_after_hwframe"
#define EXITED	" do_exit do_group_exit __x64_sys_exit_group x64_sys_call" SYSCALL
#define TIMER_TICK                                                               \
	" __hrtimer_run_queues hrtimer_interrupt __sysvec_apic_timer_interrupt " \
	"sysvec_apic_timer_interrupt asm_sysvec_apic_timer_interrupt"
#define TICK_WORK " task_work_run irqentry_exit_to_user_mode asm_sysvec_apic_timer_interrupt"
#define TTY_WORK                                                                               \
	" tty_port_default_receive_buf flush_to_ldisc process_one_work worker_thread kthread " \
	"ret_from_fork ret_from_fork_asm"

struct row {
	enum origin origin;
	int sig;
	uint32_t facts;
	int code;
	const char *stack;
};

/* Of 6.18 on x86_64, as events of the processes that were provoked. */
static const struct row observed[] = {
	{ORIGIN_ITIMER, SIGALRM, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info kill_pid_info_type it_real_fn" TIMER_TICK},
	{ORIGIN_ITIMER, SIGVTALRM, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked check_cpu_itimer posix_cpu_timers_work" TICK_WORK},
	{ORIGIN_ITIMER, SIGPROF, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked check_cpu_itimer posix_cpu_timers_work" TICK_WORK},
	{ORIGIN_POSIX_TIMER, SIGUSR1, 0, SI_TIMER,
	 "posixtimer_send_sigqueue posix_timer_fn" TIMER_TICK
	 " pv_native_safe_halt default_idle default_idle_call do_idle cpu_startup_entry"},
	{ORIGIN_POSIX_TIMER, SIGUSR1, ITSELF, SI_TIMER,
	 "posixtimer_send_sigqueue posix_cpu_timers_work" TICK_WORK},
	{ORIGIN_CPU_LIMIT, SIGXCPU, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked posix_cpu_timers_work" TICK_WORK},
	{ORIGIN_CPU_LIMIT, SIGKILL, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked posix_cpu_timers_work" TICK_WORK},
	{ORIGIN_SIGPIPE, SIGPIPE, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info anon_pipe_write vfs_write ksys_write" SYSCALL},
	{ORIGIN_SIGPIPE, SIGPIPE, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info unix_stream_sendmsg __sys_sendto" SYSCALL},
	{ORIGIN_SIGPIPE, SIGPIPE, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info sk_stream_error tcp_sendmsg_locked" SYSCALL},
	{ORIGIN_SIGPIPE, SIGPIPE, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info do_splice __do_splice __x64_sys_splice" SYSCALL},
	{ORIGIN_FAULT, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault exc_page_fault "
	 "asm_exc_page_fault"},
	{ORIGIN_FAULT, SIGSEGV, ITSELF, SEGV_ACCERR,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault bad_area_access_error "
	 "exc_page_fault asm_exc_page_fault"},
	{ORIGIN_FAULT, SIGBUS, ITSELF, BUS_ADRERR,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault exc_page_fault "
	 "asm_exc_page_fault"},
	{ORIGIN_FAULT, SIGFPE, ITSELF, FPE_INTDIV,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault do_error_trap "
	 "exc_divide_error asm_exc_divide_error"},
	{ORIGIN_FAULT, SIGILL, ITSELF, ILL_ILLOPN,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault do_error_trap "
	 "exc_invalid_op asm_exc_invalid_op"},
	{ORIGIN_FAULT, SIGTRAP, ITSELF, SI_KERNEL,
	 "__send_signal_locked force_sig_info_to_task force_sig exc_int3 asm_exc_int3"},
	{ORIGIN_FAULT, SIGSEGV, ITSELF, SI_KERNEL,
	 "__send_signal_locked force_sig_info_to_task force_sig exc_general_protection "
	 "asm_exc_general_protection"},
	{ORIGIN_FILE_SIZE_LIMIT, SIGXFSZ, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info generic_write_check_limits generic_write_checks "
	 "ext4_generic_write_checks ext4_buffered_write_iter vfs_write ksys_write" SYSCALL},
	{ORIGIN_FILE_SIZE_LIMIT, SIGXFSZ, NONE | ITSELF, SI_USER,
	 "__send_signal_locked do_send_sig_info inode_newsize_ok setattr_prepare ext4_setattr "
	 "notify_change do_truncate do_ftruncate" SYSCALL},
	{ORIGIN_SECCOMP, SIGSYS, ITSELF, 1,
	 "__send_signal_locked force_sig_info_to_task force_sig_seccomp __seccomp_filter "
	 "syscall_trace_enter" SYSCALL},
	{ORIGIN_PID_NAMESPACE_TEARDOWN, SIGKILL, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info zap_pid_ns_processes" EXITED},
	{ORIGIN_PARENT_DEATH, SIGTERM, NONE, SI_USER,
	 "__send_signal_locked do_send_sig_info" EXITED},
	{ORIGIN_SIGIO, SIGIO, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info send_sigio kill_fasync sock_wake_async "
	 "sock_def_readable unix_stream_sendmsg __sys_sendto" SYSCALL},
	{ORIGIN_SIGIO, 34, ITSELF, POLL_IN,
	 "__send_signal_locked do_send_sig_info send_sigio_to_task send_sigio kill_fasync "
	 "sock_wake_async sock_def_readable unix_stream_sendmsg" SYSCALL},
	{ORIGIN_SIGIO, SIGIO, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info send_sigio kill_fasync pipe_release __fput "
	 "task_work_run" EXITED},
	{ORIGIN_SIGIO, SIGIO, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info send_sigio kill_fasync lease_break_callback "
	 "__break_lease do_dentry_open vfs_open path_openat do_filp_open" SYSCALL},
	{ORIGIN_SIGIO, SIGIO, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info send_sigio dnotify_handle_event fsnotify "
	 "path_openat do_filp_open" SYSCALL},
	{ORIGIN_SIGIO, SIGURG, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info send_sigurg sk_send_sigurg tcp_urg "
	 "tcp_rcv_established tcp_v4_do_rcv tcp_v4_rcv" SYSCALL},
	{ORIGIN_TTY_INTERRUPT, SIGINT, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp isig "
	 "n_tty_receive_signal_char n_tty_receive_buf_standard n_tty_receive_buf_common" TTY_WORK},
	{ORIGIN_TTY_INTERRUPT, SIGQUIT, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp isig "
	 "n_tty_receive_signal_char n_tty_receive_buf_standard n_tty_receive_buf_common" TTY_WORK},
	{ORIGIN_TTY_INTERRUPT, SIGTSTP, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp isig "
	 "n_tty_receive_signal_char n_tty_receive_buf_standard n_tty_receive_buf_common" TTY_WORK},
	{ORIGIN_TTY_HANGUP, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked tty_signal_session_leader __tty_hangup tty_release __fput "
	 "__x64_sys_close" SYSCALL},
	{ORIGIN_TTY_HANGUP, SIGCONT, PRIV, SI_KERNEL,
	 "__send_signal_locked tty_signal_session_leader __tty_hangup tty_release __fput "
	 "__x64_sys_close" SYSCALL},
	{ORIGIN_SESSION_LEADER_EXIT, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp disassociate_ctty" EXITED},
	{ORIGIN_SESSION_LEADER_EXIT, SIGCONT, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp disassociate_ctty "
	 "do_exit do_group_exit get_signal arch_do_signal_or_restart" SYSCALL},
	{ORIGIN_ORPHANED_PROCESS_GROUP, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_orphaned_pgrp" EXITED},
	{ORIGIN_ORPHANED_PROCESS_GROUP, SIGCONT, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info" EXITED},
	{ORIGIN_CGROUP_KILL, SIGKILL, NONE, SI_USER,
	 "__send_signal_locked do_send_sig_info __cgroup_kill cgroup_kill_write "
	 "kernfs_fop_write_iter vfs_write ksys_write" SYSCALL},
	{ORIGIN_OOM_KILLER, SIGKILL, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __oom_kill_process oom_kill_process "
	 "out_of_memory mem_cgroup_out_of_memory try_charge_memcg charge_memcg "
	 "__mem_cgroup_charge do_anonymous_page __handle_mm_fault exc_page_fault"},
	{ORIGIN_CHILD, SIGCHLD, 0, CLD_EXITED, "__send_signal_locked do_notify_parent" EXITED},
	{ORIGIN_CHILD, SIGCHLD, 0, CLD_STOPPED,
	 "__send_signal_locked do_notify_parent_cldstop do_signal_stop get_signal" SYSCALL},
};

/* From the sources of other kernels, and what compilers may have put into its caller. */
static const struct row others[] = {
	/* 5.10 */
	{ORIGIN_ITIMER, SIGALRM, PRIV, SI_KERNEL,
	 "__send_signal send_signal do_send_sig_info group_send_sig_info kill_pid_info "
	 "it_real_fn" TIMER_TICK},
	{ORIGIN_ITIMER, SIGPROF, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal send_signal __group_send_sig_info check_process_timers "
	 "run_posix_cpu_timers update_process_times" TIMER_TICK},
	{ORIGIN_POSIX_TIMER, SIGALRM, 0, SI_TIMER,
	 "send_sigqueue posix_timer_event posix_timer_fn" TIMER_TICK},
	{ORIGIN_POSIX_TIMER, SIGALRM, 0, SI_TIMER,
	 "send_sigqueue posix_timer_event alarm_handle_timer alarmtimer_fired" TIMER_TICK},
	{ORIGIN_CPU_LIMIT, SIGXCPU, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal send_signal __group_send_sig_info check_rlimit check_process_timers"},
	{ORIGIN_TTY_INTERRUPT, SIGINT, PRIV, SI_KERNEL,
	 "__send_signal send_signal do_send_sig_info group_send_sig_info __kill_pgrp_info "
	 "kill_pgrp __isig isig n_tty_receive_signal_char" TTY_WORK},
	{ORIGIN_TTY_INTERRUPT, SIGINT, PRIV, SI_KERNEL,
	 "__send_signal send_signal do_send_sig_info __kill_pgrp_info kill_pgrp "
	 "n_tty_receive_signal_char" TTY_WORK},
	{ORIGIN_OOM_KILLER, SIGKILL, PRIV, SI_KERNEL,
	 "__send_signal send_signal do_send_sig_info __oom_kill_process oom_kill_memcg_member "
	 "mem_cgroup_scan_tasks oom_kill_process out_of_memory"},
	{ORIGIN_OOM_KILLER, SIGKILL, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info out_of_memory"},
	{ORIGIN_PARENT_DEATH, SIGHUP, NONE, SI_USER,
	 "__send_signal send_signal do_send_sig_info group_send_sig_info "
	 "forget_original_parent exit_notify" EXITED},
	{ORIGIN_ORPHANED_PROCESS_GROUP, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_orphaned_pgrp "
	 "reparent_leader forget_original_parent exit_notify" EXITED},
	{ORIGIN_CGROUP_KILL, SIGKILL, NONE | ITSELF, SI_USER,
	 "__send_signal_locked send_signal_locked do_send_sig_info send_sig_info send_sig "
	 "cgroup_kill cgroup_kill_write"},
	{ORIGIN_SECCOMP, SIGSYS, ITSELF, 1,
	 "__send_signal send_signal force_sig_info_to_task force_sig_info seccomp_send_sigsys "
	 "__seccomp_filter"},
	/* A serial line: the leader's exit hangs it up. */
	{ORIGIN_SESSION_LEADER_EXIT, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked tty_signal_session_leader __tty_hangup tty_vhangup_session "
	 "disassociate_ctty" EXITED},
	{ORIGIN_SESSION_LEADER_EXIT, SIGHUP, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp "
	 "tty_signal_session_leader __tty_hangup disassociate_ctty" EXITED},
	/* The exit signal of clone(2), and a zombie that its dying parent hands over. */
	{ORIGIN_CHILD, SIGUSR1, 0, CLD_EXITED, "__send_signal_locked do_notify_parent" EXITED},
	{ORIGIN_CHILD, SIGCHLD, 0, CLD_KILLED,
	 "__send_signal_locked do_notify_parent forget_original_parent exit_notify" EXITED},
	/* The tracepoint's own frames. */
	{ORIGIN_OOM_KILLER, SIGKILL, PRIV, SI_KERNEL,
	 "? ? ? __send_signal_locked do_send_sig_info __oom_kill_process"},
	{ORIGIN_POSIX_TIMER, SIGALRM, 0, SI_TIMER, "? ? posixtimer_send_sigqueue ?"},
	/* Without a stack, what the siginfo proves. */
	{ORIGIN_FAULT, SIGSEGV, ITSELF, SEGV_MAPERR, ""},
	{ORIGIN_FAULT, SIGBUS, 0, BUS_MCEERR_AO, ""},
	{ORIGIN_SECCOMP, SIGSYS, ITSELF, 1, ""},
	{ORIGIN_SIGPIPE, SIGPIPE, NONE | ITSELF, SI_USER, ""},
	{ORIGIN_FILE_SIZE_LIMIT, SIGXFSZ, NONE | ITSELF, SI_USER, ""},
	{ORIGIN_SIGIO, SIGIO, 0, POLL_HUP, ""},
	{ORIGIN_CHILD, SIGCHLD, 0, CLD_CONTINUED, ""},
};

static const struct row near_misses[] = {
	/* Interrupts: what they came upon is not the origin. */
	{ORIGIN_ITIMER, SIGALRM, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info kill_pid_info_type it_real_fn" TIMER_TICK
	 " zap_pid_ns_processes" EXITED},
	{ORIGIN_NOT_KNOWN, SIGKILL, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info ? zap_pid_ns_processes" EXITED},
	{ORIGIN_NOT_KNOWN, SIGKILL, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info do_SAK_work __oom_kill_process"},
	{ORIGIN_FAULT, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal_locked force_sig_info_to_task force_sig_fault exc_page_fault isig"},
	{ORIGIN_NOT_KNOWN, SIGINT, PRIV, SI_KERNEL, "? isig n_tty_receive_signal_char"},
	{ORIGIN_NOT_KNOWN, SIGINT, PRIV, SI_KERNEL, "isig __send_signal_locked isig"},
	/* A siginfo that a process made up. */
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal_locked do_send_sig_info kill_pid_info_type do_rt_sigqueueinfo "
	 "__x64_sys_rt_sigqueueinfo" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal_locked do_send_sig_info do_send_specific __x64_sys_rt_tgsigqueueinfo" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal_locked do_send_sig_info kill_pid_info_type do_pidfd_send_signal" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SEGV_MAPERR,
	 "__send_signal send_signal do_send_sig_info group_send_sig_info kill_pid_info "
	 "__arm64_sys_rt_sigqueueinfo invoke_syscall"},
	{ORIGIN_NOT_KNOWN, SIGUSR1, ITSELF, SI_TIMER, ""},
	{ORIGIN_NOT_KNOWN, SIGUSR2, ITSELF, SI_TIMER,
	 "__send_signal_locked do_send_sig_info kill_pid_info_type do_rt_sigqueueinfo"},
	{ORIGIN_NOT_KNOWN, SIGCHLD, ITSELF, CLD_EXITED, ""},
	{ORIGIN_NOT_KNOWN, SIGIO, 0, SI_SIGIO, ""},
	/* TIOCNOTTY is what a process does, not its exit. */
	{ORIGIN_NOT_KNOWN, SIGHUP, NONE, SI_USER,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp disassociate_ctty "
	 "tty_jobctrl_ioctl tty_ioctl" SYSCALL},
	/* Job control, the window's size, kill(2), exec's and sigreturn's SIGSEGV, syscall user
	 * dispatch. */
	{ORIGIN_NOT_KNOWN, SIGTTIN, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp __tty_check_change "
	 "n_tty_read tty_read" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGWINCH, PRIV, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_pgrp tty_do_resize" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGINT, 0, SI_USER,
	 "__send_signal_locked do_send_sig_info __kill_pgrp_info kill_something_info" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SI_KERNEL, ""},
	{ORIGIN_NOT_KNOWN, SIGSEGV, ITSELF, SI_KERNEL,
	 "__send_signal_locked force_sig_info_to_task force_sig __do_sys_rt_sigreturn" SYSCALL},
	{ORIGIN_NOT_KNOWN, SIGSEGV, PRIV | ITSELF, SI_KERNEL,
	 "__send_signal_locked do_send_sig_info exc_general_protection"},
	{ORIGIN_NOT_KNOWN, SIGSYS, ITSELF, 2, ""},
	/* The right function, but another signal or siginfo. */
	{ORIGIN_NOT_KNOWN, SIGTERM, PRIV, SI_KERNEL, "__send_signal_locked isig"},
	{ORIGIN_NOT_KNOWN, SIGINT, NONE, SI_USER, "__send_signal_locked isig"},
	{ORIGIN_NOT_KNOWN, SIGTERM, PRIV, SI_KERNEL, "__send_signal_locked" EXITED},
	{ORIGIN_NOT_KNOWN, SIGTERM, NONE | ITSELF, SI_USER, "__send_signal_locked" EXITED},
	{ORIGIN_NOT_KNOWN, SIGKILL, NONE, SI_USER, "__send_signal_locked zap_pid_ns_processes"},
	{ORIGIN_NOT_KNOWN, SIGKILL, PRIV, SI_KERNEL, "__send_signal_locked __cgroup_kill"},
	{ORIGIN_NOT_KNOWN, SIGKILL, 0, SI_USER, "__send_signal_locked __oom_kill_process"},
	{ORIGIN_NOT_KNOWN, SIGTERM, PRIV, SI_KERNEL, "__send_signal_locked __oom_kill_process"},
	{ORIGIN_NOT_KNOWN, SIGVTALRM, PRIV, SI_KERNEL, "__send_signal_locked it_real_fn"},
	{ORIGIN_NOT_KNOWN, SIGALRM, PRIV, SI_KERNEL, "__send_signal_locked check_cpu_itimer"},
	{ORIGIN_NOT_KNOWN, SIGTERM, PRIV, SI_KERNEL, "__send_signal_locked send_sigurg"},
	{ORIGIN_NOT_KNOWN, SIGPIPE, NONE, SI_USER, ""},
	{ORIGIN_NOT_KNOWN, SIGXFSZ, NONE, SI_USER, ""},
	{ORIGIN_NOT_KNOWN, SIGFPE, ITSELF, SI_KERNEL,
	 "__send_signal_locked force_sig_info_to_task force_sig do_error_trap"},
	{ORIGIN_NOT_KNOWN, SIGSEGV, 0, SI_KERNEL,
	 "__send_signal_locked force_sig_info_to_task force_sig exc_general_protection"},
	{ORIGIN_NOT_KNOWN, SIGIO, PRIV, POLL_IN, ""},
	{ORIGIN_NOT_KNOWN, SIGURG, 0, SI_USER, "__send_signal_locked send_sigurg"},
	{ORIGIN_NOT_KNOWN, SIGPIPE, ITSELF, SI_USER, ""},
	{ORIGIN_NOT_KNOWN, SIGXFSZ, PRIV | ITSELF, SI_KERNEL, ""},
	{ORIGIN_NOT_KNOWN, SIGTERM, 0, SI_USER, ""},
};

/* Splits at spaces; names that no rule asks for become NULL, as kernel_symbols gives them. */
static size_t split_stack(const char *text, char *names, const char *functions[])
{
	size_t len = 0;

	strcpy(names, text);
	for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
		assert_in_range(len, 0, STACK_MAX - 1);
		functions[len] = NULL;
		for (const char *const *known = origin_functions; *known; known++)
			if (strcmp(*known, name) == 0)
				functions[len] = *known;
		len++;
	}
	return len;
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct report r = {.kind = REPORT_GENERATE,
				   .sig = rows[i].sig,
				   .code = rows[i].code,
				   .facts = rows[i].facts,
				   .sender_kind = SENDER_KERNEL};
		const char *functions[STACK_MAX];
		char names[1024];
		size_t len = split_stack(rows[i].stack, names, functions);
		enum origin origin = origin_of(&r, functions, len);

		if (origin != rows[i].origin)
			fail_msg("row %zu, signal %d, code %d, stack \"%s\": %d, not %d", i,
				 rows[i].sig, rows[i].code, rows[i].stack, origin, rows[i].origin);
	}
}

static void test_observed(void **state)
{
	bool seen[ORIGIN_COUNT] = {false};

	(void)state;
	check_rows(observed, ARRAY_SIZE(observed));
	for (size_t i = 0; i < ARRAY_SIZE(observed); i++)
		seen[observed[i].origin] = true;
	for (int origin = ORIGIN_NOT_KNOWN + 1; origin < ORIGIN_COUNT; origin++)
		if (!seen[origin])
			fail_msg("no row for %s", origin_name(origin));
}

static void test_others(void **state)
{
	(void)state;
	check_rows(others, ARRAY_SIZE(others));
}

static void test_near_misses(void **state)
{
	(void)state;
	check_rows(near_misses, ARRAY_SIZE(near_misses));
}

static bool takes_any_signal(enum origin origin)
{
	return origin == ORIGIN_PARENT_DEATH || origin == ORIGIN_POSIX_TIMER ||
	       origin == ORIGIN_SIGIO || origin == ORIGIN_CHILD;
}

/* Where one thing is not as it was observed, nothing is proven any more. */
static void test_observed_but_for_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(observed); i++) {
		struct row row = observed[i];
		enum origin origin = row.origin;

		row.origin = ORIGIN_NOT_KNOWN;
		if (!takes_any_signal(origin)) {
			row.sig = SIGUSR2;
			check_rows(&row, 1);
			row.sig = observed[i].sig;
		}
		if (origin == ORIGIN_SIGIO)
			continue;
		if (row.facts & NONE)
			row.facts ^= NONE | PRIV;
		else
			row.facts ^= row.facts & PRIV ? PRIV : NONE;
		check_rows(&row, 1);
		row.facts ^= ITSELF;
		check_rows(&row, 1);
		row.facts = observed[i].facts;
		if (row.facts & (NONE | PRIV))
			continue;
		row.code = SI_USER;
		check_rows(&row, 1);
	}
}

/* The exit signal of clone(2) without a stack: the sender is proven to be the child itself. */
static void test_child_that_sends(void **state)
{
	struct report r = {.kind = REPORT_GENERATE,
			   .sig = SIGUSR1,
			   .code = CLD_EXITED,
			   .sender_kind = SENDER_USER};

	(void)state;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_CHILD);
	r.sender_kind = SENDER_KERNEL;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_NOT_KNOWN);
	r.sender_kind = SENDER_USER;
	r.facts = EVENT_FACT_SENDER_IS_TARGET;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_NOT_KNOWN);
	r.facts = EVENT_FACT_INFO_NONE;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_NOT_KNOWN);
	r.facts = 0;
	r.code = SI_USER;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_NOT_KNOWN);
}

static void test_other_kinds(void **state)
{
	struct report r = {.kind = REPORT_DELIVER, .sig = SIGSEGV, .code = SEGV_MAPERR};

	(void)state;
	assert_int_equal(origin_of(&r, NULL, 0), ORIGIN_NOT_KNOWN);
}

static void test_names(void **state)
{
	(void)state;
	assert_null(origin_name(ORIGIN_NOT_KNOWN));
	assert_string_equal(origin_name(ORIGIN_OOM_KILLER), "oom_killer");
	assert_string_equal(origin_name(ORIGIN_CHILD), "child");
	for (const char *const *a = origin_functions; *a; a++) {
		assert_null(strchr(*a, '.'));
		for (const char *const *b = a + 1; *b; b++)
			assert_string_not_equal(*a, *b);
	}
}

static const char *clause(const struct report *r)
{
	static char text[256];
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	origin_write(r, &out);
	assert_false(out.cut);
	return text;
}

static void check_fault(int sig, int code, uint64_t address, const char *expected)
{
	const struct report r = {.kind = REPORT_GENERATE,
				 .sig = sig,
				 .code = code,
				 .info_pid = (int32_t)(uint32_t)address,
				 .info_uid = address >> 32,
				 .origin = ORIGIN_FAULT};

	assert_string_equal(clause(&r), expected);
}

static void test_faults(void **state)
{
	(void)state;
	check_fault(SIGSEGV, SEGV_MAPERR, 0,
		    "an access to address 0x0, which is not mapped (SEGV_MAPERR)");
	check_fault(SIGSEGV, SEGV_ACCERR, 0x7fffdeadbeef,
		    "an access to address 0x7fffdeadbeef, which its mapping forbids (SEGV_ACCERR)");
	check_fault(SIGSEGV, 8, 0, "a memory fault at address 0x0 (SEGV_MTEAERR)");
	check_fault(SIGSEGV, 77, 16, "a memory fault at address 0x10 (code 77)");
	check_fault(SIGSEGV, SI_KERNEL, 0,
		    "an instruction or access that the processor refuses without naming an "
		    "address, as one to a non-canonical address (SI_KERNEL)");
	check_fault(SIGBUS, BUS_ADRERR, 0xffff800012345678,
		    "an access to address 0xffff800012345678, which is mapped, but whose contents "
		    "cannot be had, as past the end of a file (BUS_ADRERR)");
	check_fault(SIGBUS, SI_KERNEL, 0, "a bus error without an address (SI_KERNEL)");
	check_fault(SIGFPE, FPE_INTDIV, 0x401000,
		    "a division by zero, or one whose result does not fit, by the instruction at "
		    "0x401000 (FPE_INTDIV)");
	check_fault(SIGILL, ILL_ILLOPN, 0x401000,
		    "an illegal instruction at 0x401000 (ILL_ILLOPN)");
	check_fault(SIGTRAP, SI_KERNEL, 0, "a breakpoint instruction (SI_KERNEL)");
}

static void test_terminal_clauses(void **state)
{
	struct report r = {.kind = REPORT_GENERATE, .origin = ORIGIN_TTY_INTERRUPT, .sig = SIGINT};

	(void)state;
	assert_string_equal(clause(&r), "Ctrl-C or the like on its terminal");
	r.sig = SIGQUIT;
	assert_string_equal(clause(&r), "Ctrl-\\ or the like on its terminal");
	r.sig = SIGTSTP;
	assert_string_equal(clause(&r), "Ctrl-Z or the like on its terminal");
}

static void test_task_clauses(void **state)
{
	const struct report_task task = {.source = REPORT_SOURCE_EVENT,
					 .tgid = 812,
					 .tid = 812,
					 .pid_ns = 4026532202,
					 .comm = "a\033b"};
	struct report r = {.kind = REPORT_GENERATE, .origin = ORIGIN_PID_NAMESPACE_TEARDOWN};

	(void)state;
	assert_string_equal(clause(&r), "the end of its PID namespace, whose init exited");
	r.sender_acts_for = task;
	assert_string_equal(clause(&r),
			    "the end of its PID namespace, whose init a\\x1bb[812] exited");
	r.target.pid_ns = 4026532202;
	assert_string_equal(clause(&r),
			    "the end of its PID namespace, whose init a\\x1bb[812] exited");
	r.target.pid_ns = 4026532203;
	assert_string_equal(
		clause(&r),
		"the end of a PID namespace above its own, whose init a\\x1bb[812] exited");
	r.origin = ORIGIN_CGROUP_KILL;
	assert_string_equal(
		clause(&r),
		"a write to the cgroup.kill of its cgroup or one above it by a\\x1bb[812]");
	r.facts = EVENT_FACT_SENDER_IS_TARGET;
	assert_string_equal(clause(&r),
			    "a write to the cgroup.kill of its cgroup or one above it by itself");
	r.sender_acts_for = (struct report_task){0};
	assert_string_equal(clause(&r), "a write to the cgroup.kill of its cgroup or one above it");
	/* Of these two it is the sender itself. */
	r.facts = 0;
	r.sender = task;
	assert_string_equal(
		clause(&r),
		"a write to the cgroup.kill of its cgroup or one above it by a\\x1bb[812]");
	r.origin = ORIGIN_PARENT_DEATH;
	assert_string_equal(clause(&r),
			    "the exit of a\\x1bb[812], its parent, after which it asked "
			    "for this signal (PR_SET_PDEATHSIG)");
	r.sender.tid = 813;
	assert_string_equal(clause(&r), "the exit of thread 813 of a\\x1bb[812], its parent, after "
					"which it asked for this signal (PR_SET_PDEATHSIG)");
}

static void test_other_clauses(void **state)
{
	struct report r = {.kind = REPORT_GENERATE, .origin = ORIGIN_ITIMER, .sig = SIGALRM};

	(void)state;
	assert_string_equal(clause(&r), "its timer of alarm() or setitimer(ITIMER_REAL)");
	r.sig = SIGVTALRM;
	assert_string_equal(clause(&r), "its timer of setitimer(ITIMER_VIRTUAL)");
	r.sig = SIGPROF;
	assert_string_equal(clause(&r), "its timer of setitimer(ITIMER_PROF)");
	r.origin = ORIGIN_CHILD;
	r.sig = SIGCHLD;
	r.code = CLD_KILLED;
	r.info_pid = 17;
	assert_string_equal(clause(&r), "its child or tracee 17, which was ended by a signal");
	r.origin = ORIGIN_SIGIO;
	r.sig = SIGRTMIN;
	r.code = POLL_IN;
	assert_string_equal(clause(&r), "an event on a file whose signals it gets (O_ASYNC, "
					"F_NOTIFY or F_SETLEASE; POLL_IN)");
	r.origin = ORIGIN_SECCOMP;
	r.value = 0x1234ULL << 32 | 39;
	assert_string_equal(clause(&r),
			    "its seccomp filter, at system call 39 of architecture 0x1234");
#ifdef __x86_64__
	r.value = 0xc000003eULL << 32 | 39;
	assert_string_equal(clause(&r), "its seccomp filter, at system call getpid");
#endif
}

/* Every known origin says something, whatever the rest of the report; no other does. */
static void test_every_clause(void **state)
{
	struct report r = {.kind = REPORT_GENERATE, .sig = SIGSEGV, .code = 1};

	(void)state;
	assert_string_equal(clause(&r), "");
	for (int origin = ORIGIN_NOT_KNOWN + 1; origin < ORIGIN_COUNT; origin++) {
		r.origin = origin;
		assert_true(strlen(clause(&r)) > 5);
		assert_true(clause(&r)[strlen(clause(&r)) - 1] != '.');
	}
}

/* With the right stack, though it is a timer's code: a process sent it. */
static void test_requests(void **state)
{
	static const struct {
		bool request;
		uint32_t facts;
		const char *stack;
	} rows[] = {
		{true, 0,
		 "__send_signal_locked do_send_sig_info kill_pid_info_type do_rt_sigqueueinfo "
		 "__x64_sys_rt_sigqueueinfo" SYSCALL},
		{true, ITSELF,
		 "? ? __send_signal_locked do_send_sig_info do_send_specific "
		 "__x64_sys_rt_tgsigqueueinfo" SYSCALL},
		{true, 0,
		 "__send_signal_locked do_send_sig_info kill_pid_info_type do_pidfd_send_signal"},
		{true, 0,
		 "__send_signal send_signal do_send_sig_info group_send_sig_info kill_pid_info "
		 "kill_proc_info __arm64_sys_rt_sigqueueinfo invoke_syscall"},
		{false, 0, "posixtimer_send_sigqueue posix_timer_fn" TIMER_TICK},
		/* A timer that came upon such a call. */
		{false, 0,
		 "posixtimer_send_sigqueue posix_timer_fn" TIMER_TICK
		 " do_rt_sigqueueinfo __x64_sys_rt_sigqueueinfo"},
		{false, 0, "__send_signal_locked do_send_sig_info ? do_rt_sigqueueinfo"},
		{false, 0, "do_rt_sigqueueinfo __x64_sys_rt_sigqueueinfo"},
		{false, PRIV, "__send_signal_locked do_send_sig_info do_rt_sigqueueinfo"},
		{false, NONE, "__send_signal_locked do_send_sig_info do_rt_sigqueueinfo"},
		{true, NONE | ITSELF,
		 "__send_signal_locked do_send_sig_info kill_pid_info_type kill_something_info "
		 "__x64_sys_kill" SYSCALL},
		{true, NONE | ITSELF,
		 "__send_signal_locked do_send_sig_info do_send_specific do_tkill "
		 "__x64_sys_tgkill" SYSCALL},
		{true, NONE | ITSELF,
		 "__send_signal_locked do_send_sig_info kill_pid_info_type __arm64_sys_kill"},
		{false, NONE | ITSELF,
		 "__send_signal_locked do_send_sig_info send_sig anon_pipe_write"},
		{false, PRIV | ITSELF, "__send_signal_locked do_send_sig_info kill_something_info"},
		{false, 0, "__send_signal_locked do_send_sig_info kill_something_info"},
		{false, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report r = {.kind = REPORT_GENERATE,
				   .sig = SIGUSR1,
				   .code = SI_TIMER,
				   .facts = rows[i].facts,
				   .sender_kind = SENDER_KERNEL};
		const char *functions[STACK_MAX];
		char names[1024];
		size_t len = split_stack(rows[i].stack, names, functions);

		if (origin_is_request(&r, functions, len) != rows[i].request)
			fail_msg("row %zu: %s", i, rows[i].stack);
		r.kind = REPORT_DELIVER;
		assert_false(origin_is_request(&r, functions, len));
	}
}

/* The other origins are of the target's own doing, of nobody's, or of somebody who is not known. */
static void test_actors(void **state)
{
	(void)state;
	for (int origin = ORIGIN_NOT_KNOWN; origin < ORIGIN_COUNT; origin++)
		assert_int_equal(origin_has_actor(origin),
				 origin == ORIGIN_PID_NAMESPACE_TEARDOWN ||
					 origin == ORIGIN_PARENT_DEATH ||
					 origin == ORIGIN_CGROUP_KILL);
}

static void test_phrases(void **state)
{
	(void)state;
	assert_null(origin_phrase(ORIGIN_NOT_KNOWN));
	assert_string_equal(origin_phrase(ORIGIN_OOM_KILLER), "the OOM killer");
	assert_string_equal(origin_phrase(ORIGIN_CHILD), "a child or tracee");
	for (int origin = ORIGIN_NOT_KNOWN + 1; origin < ORIGIN_COUNT; origin++) {
		assert_non_null(origin_phrase(origin));
		assert_in_range(strlen(origin_phrase(origin)), 5, 40);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_observed),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_observed_but_for_one),
		cmocka_unit_test(test_child_that_sends),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_terminal_clauses),
		cmocka_unit_test(test_task_clauses),
		cmocka_unit_test(test_other_clauses),
		cmocka_unit_test(test_every_clause),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_actors),
		cmocka_unit_test(test_phrases),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
