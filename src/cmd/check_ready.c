// SPDX-License-Identifier: BSD-2-Clause
#include "check_ready.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "procfs.h"
#include "signals.h"
#include "subprocess.h"

/* A namespace with more sockets than fit is asked by tcp: in vain; it is said so. */
#define SOCKETS_SIZE_MAX (4UL * 1024 * 1024)
#define PROBE_NS	 100000000ULL
#define COMMAND_NS	 200000000ULL

void check_ready_open(struct check_ready *ready, const struct check_options *o,
		      struct check_program *program)
{
	struct check_run *run = program->run;

	ready->options = o;
	ready->program = program;
	ready->run = run;
	ready->proc.fd = -1;
	if (run->init_tgid)
		proc_dir_open(run->init_tgid, run->init_start_boot_ns, &ready->proc);
}

static void end_command(struct check_ready *ready)
{
	if (ready->command)
		subprocess_end(ready->command, NULL);
	ready->command = 0;
}

void check_ready_close(struct check_ready *ready)
{
	if (!ready->run)
		return;
	end_command(ready);
	proc_dir_close(&ready->proc);
}

void check_ready_line(struct check_ready *ready, const char *line)
{
	if (ready->options->ready.kind == READY_LOG && !ready->line_matched)
		ready->line_matched = regexec(&ready->options->ready_regex, line, 0, NULL, 0) == 0;
}

void check_ready_sample(struct check_ready *ready)
{
	struct check_run *run = ready->run;
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	struct proctext_status status;
	struct proctext_stat stat;

	if (!run->sent_ns && ready->proc.fd >= 0 &&
	    procfs_read_stat_at(ready->proc.fd, "stat", &stat) == 0)
		memcpy(run->comm, stat.comm, sizeof(run->comm));
	if (run->handler_seen_ns || ready->proc.fd < 0 ||
	    procfs_read_status_at(ready->proc.fd, "status", &status) < 0 || !status.has_signals)
		return;
	if (!(status.caught & signal_bit(run->sig))) {
		run->handler_missing_ns = now_ns;
		return;
	}
	check_run_add_mark(run, CHECK_MARK_HANDLER, now_ns);
}

static bool has_settled(struct check_ready *ready)
{
	struct settle_sample sample = {.boot_ns = clock_ns(CLOCK_BOOTTIME)};
	struct proctext_status status;
	struct proctext_stat stat;

	if (procfs_read_status_at(ready->proc.fd, "status", &status) < 0 ||
	    procfs_read_stat_at(ready->proc.fd, "stat", &stat) < 0)
		return false;
	sample.start_stack = stat.start_stack;
	sample.caught = status.caught;
	sample.ignored = status.ignored;
	sample.cpu_ticks = stat.cpu_ticks;
	sample.asleep = stat.state == 'S';
	return settle_add(&ready->settle, &sample);
}

static bool listens(const struct check_ready *ready, const char *name)
{
	static char text[SOCKETS_SIZE_MAX];
	const ssize_t len = proc_dir_read(&ready->proc, name, text, sizeof(text));

	return len > 0 && ready_listens(text, (size_t)len, ready->options->ready.port);
}

/* In the init's root, so that its links lead where they lead for the init. */
static bool exists(const struct check_ready *ready)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	int root = openat(ready->proc.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (root >= 0)
		fd = (int)syscall(SYS_openat2, root, ready->options->ready.text, &how, sizeof(how));
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	return fd >= 0;
}

/* What the command may want to know: `docker exec "$SIGTRACE_CONTAINER" pg_isready`. */
static void set_environment(const struct check_ready *ready)
{
	char pid[16];

	/* What is not known is not that of the image before, either. */
	unsetenv("SIGTRACE_PID");
	unsetenv("SIGTRACE_CONTAINER");
	snprintf(pid, sizeof(pid), "%u", ready->run->init_tgid);
	if (ready->run->init_tgid)
		setenv("SIGTRACE_PID", pid, 1);
	if (ready->program->image)
		setenv("SIGTRACE_CONTAINER", ready->program->name, 1);
}

/* What it left in the background ends with it: its group is that as long as it is not reaped. */
static bool reap_command(struct check_ready *ready, int *ret_status)
{
	siginfo_t info = {};

	if (waitid(P_PID, (id_t)ready->command, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != ready->command)
		return false;
	return subprocess_end(ready->command, ret_status) == 0;
}

static bool command_succeeds(struct check_ready *ready)
{
	char *argv[] = {"/bin/sh", "-c", (char *)ready->options->ready.text, NULL};
	int status;

	if (!ready->command)
		set_environment(ready);
	if (!ready->command && subprocess_start(argv, -1, -1, &ready->command) < 0)
		ready->command = 0;
	if (!ready->command)
		return false;
	if (!reap_command(ready, &status))
		return false;
	ready->command = 0;
	ready->command_status = status;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void check_ready_give_up(struct check_ready *ready)
{
	const int status = ready->command_status;
	char *failure = ready->run->failure;

	if (ready->command)
		snprintf(failure, sizeof(ready->run->failure), "the command was still running");
	else if (WIFSIGNALED(status))
		snprintf(failure, sizeof(ready->run->failure), "the command was killed by %s",
			 signal_name(WTERMSIG(status)));
	else if (status)
		snprintf(failure, sizeof(ready->run->failure), "the command exited with %d",
			 WEXITSTATUS(status));
}

static int refuse(struct check_ready *ready, const char *why)
{
	snprintf(ready->run->failure, sizeof(ready->run->failure), "%s", why);
	ready->run->ready_unseen = true;
	return -EINVAL;
}

/* Without an init here, what needs one cannot be asked. */
static int is_possible(struct check_ready *ready)
{
	const enum ready_kind kind = ready->options->ready.kind;

	if (ready->proc.fd >= 0 || kind == READY_LOG || kind == READY_CMD || kind == READY_DELAY)
		return 0;
	return refuse(ready, "settle, tcp and file look at the container's processes, and these "
			     "cannot be seen from here; use --ready log, cmd or delay");
}

static bool look(struct check_ready *ready)
{
	const struct ready *how = &ready->options->ready;

	switch (how->kind) {
	case READY_SETTLE:
		return has_settled(ready);
	case READY_LOG:
		return ready->line_matched;
	case READY_TCP:
		return listens(ready, "net/tcp") || listens(ready, "net/tcp6");
	case READY_FILE:
		return exists(ready);
	case READY_CMD:
		return command_succeeds(ready);
	case READY_DELAY:
		return clock_ns(CLOCK_BOOTTIME) >= ready->run->started_ns + how->delay_ns;
	case READY_KIND_COUNT:
		break;
	}
	return false;
}

/* What only costs a read of /proc is looked at with every sample. */
static uint64_t interval_ns(enum ready_kind kind)
{
	return kind == READY_CMD ? COMMAND_NS : kind == READY_TCP ? PROBE_NS : 0;
}

int check_ready_is_up(struct check_ready *ready)
{
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	int r = is_possible(ready);

	check_ready_sample(ready);
	if (r < 0 || now_ns - ready->probed_ns < interval_ns(ready->options->ready.kind))
		return r;
	ready->probed_ns = now_ns;
	return look(ready);
}

const char *check_ready_words(const struct check_ready *ready)
{
	static const char *const words[] = {
		[READY_SETTLE] = "for it to come to rest",
		[READY_LOG] = "for the line in its output",
		[READY_TCP] = "for it to listen on the port",
		[READY_FILE] = "for the file",
		[READY_CMD] = "for the command to succeed",
		[READY_DELAY] = "for the delay",
	};

	return words[ready->options->ready.kind];
}
