// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clean_exec.h"

int child_hold(char *const *argv, struct child *ret)
{
	int gate[2], report[2];
	pid_t pid;
	int r = clean_exec_open(gate, report);

	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		close(report[0]);
		clean_exec_signals(0);
		clean_exec_run(argv, gate[0], report[1]);
	}
	r = pid < 0 ? -errno : 0;
	clean_exec_close(&gate[0]);
	clean_exec_close(&report[1]);
	if (r < 0) {
		clean_exec_close(&gate[1]);
		clean_exec_close(&report[0]);
		return r;
	}
	*ret = (struct child){
		.pid = pid,
		.command = argv[0],
		.gate = gate[1],
		.report = report[0],
	};
	return 0;
}

int child_release(struct child *child)
{
	return clean_exec_release(&child->gate, &child->report, -1, UINT64_MAX);
}

void child_abandon(struct child *child)
{
	if (!child->pid)
		return;
	clean_exec_close(&child->gate);
	clean_exec_close(&child->report);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
}

void child_exit_like(int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		const struct rlimit no_core = {};
		sigset_t set;
		int sig = WTERMSIG(wait_status);

		/* The child's core is the interesting one; as in strace. */
		setrlimit(RLIMIT_CORE, &no_core);
		signal(sig, SIG_DFL);
		sigemptyset(&set);
		sigaddset(&set, sig);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(sig);
		/* Still here: as init of a PID namespace, nobody dies by SIG_DFL. */
		exit(128 + sig);
	}
	exit(WEXITSTATUS(wait_status));
}
