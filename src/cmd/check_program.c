// SPDX-License-Identifier: BSD-2-Clause
#include "check_program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_printable.h"
#include "check_script.h"
#include "clock.h"
#include "cmd.h"
#include "proc_dir.h"
#include "procfs.h"
#include "signals.h"
#include "stop.h"
#include "subprocess.h"

/* Between two calls of the engine that ask for the state: each is a process. */
#define INSPECT_NS 100000000ULL
/* What the whole may take besides --ready-timeout and --grace: a promise of the man page. */
#define SLACK_NS 5000000000ULL
/* At least so long for any call, and for the one that removes: each starts processes. */
#define CALL_NS	  500000000ULL
#define REMOVE_NS 1000000000ULL
/* So much of the slack is left to those that come behind the call. */
#define BEHIND_SEND_NS	 4000000000ULL
#define BEHIND_STATUS_NS 2500000000ULL
#define BEHIND_REMOVE_NS 1500000000ULL
/* When we are told to stop, these may go on: what the engine has begun it does not give up. */
#define STOP_CREATE_NS	1500000000ULL
#define STOP_REMOVE_NS	2000000000ULL
#define STOP_UNKNOWN_NS 1000000000ULL /* to remove what is perhaps not there, after the first */
/* For what was ended by force to be gone. */
#define END_NS 3000000000ULL

static void fail(struct check_program *s, const char *what, const char *why)
{
	struct strbuf failure;

	strbuf_init(&failure, s->run->failure, sizeof(s->run->failure));
	strbuf_add(&failure, what);
	if (*why)
		strbuf_add(&failure, ": ");
	strbuf_add(&failure, why);
}

static void set_status(struct check_run *run, int status)
{
	run->status = status;
	run->status_known = true;
}

/* A command. */

static int create_command(struct check_program *s)
{
	const struct pid1_config config = {
		.argv = s->options->argv,
		.output_fd = s->output_fd,
		.pids_max = s->options->pids_max,
	};
	struct pid1_problem problem = {};
	int r = pid1_hold(&config, &s->pid1, &problem);

	if (r < 0) {
		cli_error("%s; %s", problem.what, problem.remedy);
		return r == -ENOMEM ? EXIT_INTERNAL : EXIT_CANNOT_RUN;
	}
	s->run->init_tgid = (uint32_t)s->pid1.pid;
	s->run->init_start_boot_ns = s->pid1.start_boot_ns;
	s->run->pid_ns = s->pid1.pid_ns;
	s->run->is_namespace_init = true;
	s->pidfd = s->pid1.pidfd;
	return 0;
}

static int start_command(struct check_program *s)
{
	const uint64_t deadline_ns = clock_ns(CLOCK_BOOTTIME) + s->run->ready_timeout_ns;
	int r = pid1_release(&s->pid1, s->options->stop_fd, deadline_ns);

	if (r == -EINTR) {
		s->run->interrupted = true;
	} else if (r == -ETIMEDOUT) {
		fail(s, "it was not started in the time of --ready-timeout", "");
	} else if (r < 0) {
		fail(s, strerror(-r), "");
		check_script_note_error(s->run, s->options->argv[0], -r);
	}
	return r;
}

/* A container. */

/* If we are ended by force, the container goes, too; with --keep it is only stopped. */
static int start_janitor(struct check_program *s)
{
	char *path = (char *)s->options->engine.path;
	char *remove[] = {path, "rm", "--force", "--volumes", s->name, NULL};
	char *kill[] = {path, "kill", s->name, NULL};

	return janitor_start(s->options->keep ? kill : remove, &s->janitor);
}

static uint64_t ready_deadline(const struct check_program *s)
{
	return s->run->began_ns + s->run->ready_timeout_ns;
}

uint64_t check_program_deadline(const struct check_program *s)
{
	return ready_deadline(s) + s->run->grace_ns + SLACK_NS;
}

static struct subprocess_limits limits_until(uint64_t deadline_ns, uint64_t least_ns)
{
	const uint64_t least_deadline_ns = clock_ns(CLOCK_BOOTTIME) + least_ns;

	return (struct subprocess_limits){
		.deadline_boot_ns = deadline_ns > least_deadline_ns ? deadline_ns
								    : least_deadline_ns,
		.stop = &stop_signal,
	};
}

/* What becomes of the run by the result of a call: `what` was not done. Returns it. */
static int note_call(struct check_program *s, int r, const char *what,
		     const struct engine_error *error)
{
	if (r == -EINTR)
		s->run->interrupted = true;
	else if (r < 0)
		fail(s, what, error->text);
	return r;
}

static void show_creation(void *context)
{
	const struct check_program *s = context;

	check_progress_show(s->progress, s->run->name,
			    "for the engine, which may have to pull the image", ready_deadline(s));
}

static int create_container(struct check_program *s)
{
	struct check_run *run = s->run;
	const struct check_options *o = s->options;
	const struct subprocess_limits limits = {
		.deadline_boot_ns = ready_deadline(s),
		.stop = &stop_signal,
		.stop_ns = STOP_CREATE_NS,
		.on_wait = show_creation,
		.context = s,
	};
	struct engine_error error = {};
	char *args[CHECK_RUN_ARGS_MAX + 3];
	unsigned long long random;
	char pids[48];
	size_t len = 0;
	int r;

	/* Small pids are alike where several CI jobs share an engine, and we remove by name. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	snprintf(s->name, sizeof(s->name), "sigtrace-check-%016llx", (unsigned long long)random);
	memcpy(args, o->run_args, o->run_args_len * sizeof(args[0]));
	len = o->run_args_len;
	if (o->pids_max) {
		snprintf(pids, sizeof(pids), "--pids-limit=%llu", (unsigned long long)o->pids_max);
		args[len++] = pids;
	}
	args[len] = NULL;
	r = start_janitor(s);
	if (r < 0)
		return r;
	r = engine_create(&s->options->engine, s->name, args, s->image, o->argc ? o->argv : NULL,
			  &limits, s->id, &error);
	check_progress_clear(s->progress);
	if (r == -EINTR)
		run->interrupted = true;
	else if (r < 0)
		fail(s, "the engine did not create the container",
		     r == -ETIMEDOUT ? "the engine did not do it in the time of --ready-timeout"
				     : error.text);
	if (r == 0 && o->keep)
		strcpy(run->container, s->name);
	return r;
}

#define OTHER_SIGNAL "set STOPSIGNAL in the image to one that it handles, or name one with -s"

/* What -s refuses proves nothing when it comes from the image, either. */
static int take_over_signal(struct check_program *s, const struct engine_container *c)
{
	struct check_run *run = s->run;
	char what[64];

	if (c->stop_signal_unknown) {
		fail(s, "its STOPSIGNAL is no signal", OTHER_SIGNAL);
		return -EINVAL;
	}
	if (!c->stop_signal)
		return 0;
	run->sig = c->stop_signal;
	run->sig_from_image = true;
	if (run->sig != SIGKILL && run->sig != SIGSTOP)
		return 0;
	snprintf(what, sizeof(what), "its STOPSIGNAL is %s, which no program can handle",
		 signal_name(run->sig));
	fail(s, what, OTHER_SIGNAL);
	return -EINVAL;
}

static int read_options_of_image(struct check_program *s)
{
	const struct subprocess_limits limits = limits_until(ready_deadline(s), CALL_NS);
	struct engine_container c;
	struct engine_error error = {};
	int r = engine_inspect(&s->options->engine, s->id, &limits, &c, &error);

	if (r < 0)
		return note_call(s, r, "the engine does not say how the container is set up",
				 &error);
	s->run->shell_form = c.shell_form;
	return s->options->sig ? 0 : take_over_signal(s, &c);
}

static int start_container(struct check_program *s)
{
	int r = engine_start(&s->options->engine, s->id, s->output_fd, &s->client);

	if (r < 0)
		fail(s, "the engine could not be run", strerror(-r));
	return r;
}

/* The cgroup of a container bears its id: so this is the process, and not one of another machine.
 */
static bool is_of_container(const struct proc_dir *dir, const char *id)
{
	char text[8192];

	return proc_dir_read(dir, "cgroup", text, sizeof(text)) > 0 && strstr(text, id);
}

static bool is_namespace_init(const struct proc_dir *dir)
{
	struct proctext_status status;

	return procfs_read_status_at(dir->fd, "status", &status) == 0 && status.ns_pid_count > 0 &&
	       status.ns_pid[status.ns_pid_count - 1] == 1;
}

static uint32_t pid_ns_of(const struct proc_dir *dir)
{
	char text[64] = "";
	unsigned int inode = 0;

	if (readlinkat(dir->fd, "ns/pid", text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "pid:[%u]", &inode) != 1)
		return 0;
	return inode;
}

/* Where the engine runs on another machine, or in a container of its own, the number means nothing
 * here. */
static void take_over_init(struct check_program *s, uint32_t pid)
{
	struct check_run *run = s->run;
	struct procfs_process process;
	struct proc_dir dir = {.fd = -1};

	if (procfs_read_process(pid, &process) < 0 || process.tgid != pid ||
	    proc_dir_open(pid, process.start_boot_ns, &dir) < 0)
		return;
	if (is_of_container(&dir, s->id))
		s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* Read behind the descriptor: it is of the same process, then. */
	if (s->pidfd >= 0 && is_of_container(&dir, s->id)) {
		run->init_tgid = pid;
		run->init_start_boot_ns = process.start_boot_ns;
		run->is_namespace_init = is_namespace_init(&dir);
		run->pid_ns = run->is_namespace_init ? pid_ns_of(&dir) : 0;
	}
	proc_dir_close(&dir);
}

static bool has_client_ended(struct check_program *s)
{
	if (s->client && waitpid(s->client, NULL, WNOHANG) == s->client)
		s->client = 0;
	return !s->client;
}

/* docker keeps the reason with the container; podman only prints it. */
int check_program_explain_start(struct check_program *s)
{
	char text[sizeof(s->last_line)];
	struct strbuf complaint;

	strbuf_init(&complaint, text, sizeof(text));
	engine_read_complaint(s->last_line, strlen(s->last_line), &complaint);
	fail(s, "the engine did not start the container",
	     s->start_error[0] ? s->start_error : text);
	return -ECHILD;
}

int check_program_find_init(struct check_program *s)
{
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	struct subprocess_limits limits;
	struct engine_container c;
	struct engine_error error = {};
	int r;

	if (!s->image)
		return 1;
	if (now_ns - s->inspected_ns < INSPECT_NS && s->client)
		return 0;
	s->inspected_ns = now_ns;
	limits = limits_until(ready_deadline(s), CALL_NS);
	r = engine_inspect(&s->options->engine, s->id, &limits, &c, &error);
	if (r < 0)
		return note_call(s, r, "the engine does not say whether the container runs",
				 &error);
	s->exited = c.exited;
	if (c.running && c.pid)
		take_over_init(s, c.pid);
	if (s->run->init_tgid || c.exited)
		return 1;
	if (c.running) /* one that has just ended is not here, either: the next answer says so */
		return s->running++ > 0;
	if (!has_client_ended(s))
		return 0;
	snprintf(s->start_error, sizeof(s->start_error), "%s", c.error);
	return 2;
}

/*
 * The engine knows an exit code only: 137 may be a SIGKILL or exit(137). An event of the kernel,
 * where there is one, has the truth.
 */
static void read_exit_code(struct check_program *s)
{
	const struct subprocess_limits limits =
		limits_until(check_program_deadline(s) - BEHIND_STATUS_NS, CALL_NS);
	struct check_run *run = s->run;
	struct engine_container c;
	struct engine_error error;
	int r = engine_inspect(&s->options->engine, s->id, &limits, &c, &error);

	if (r == -EINTR)
		run->interrupted = true;
	if (r < 0)
		return;
	run->oom_killed = c.oom_killed;
	if (c.exited && !run->status_known)
		set_status(run, W_EXITCODE(c.exit_code & 0xff, 0));
}

/* Both. */

int check_program_create(struct check_program *s)
{
	int r = s->image ? create_container(s) : create_command(s);

	return r == 0 && s->image ? read_options_of_image(s) : r;
}

int check_program_start(struct check_program *s)
{
	int r = s->image ? start_container(s) : start_command(s);

	close(s->output_fd);
	s->output_fd = -1;
	return r;
}

void check_program_line(struct check_program *s, const char *line, size_t len)
{
	if (len && !s->run->started_ns)
		snprintf(s->last_line, sizeof(s->last_line), "%s", line);
}

int check_program_fd(const struct check_program *s)
{
	return s->run->ended_ns ? -1 : s->pidfd;
}

static bool is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/*
 * Where the init cannot be seen, the end of the engine's client hints at its end. It is no proof:
 * the connection to the engine may have broken.
 */
static int has_container_ended(struct check_program *s)
{
	const struct check_run *run = s->run;
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	struct subprocess_limits limits;
	struct engine_container c;
	struct engine_error error = {};
	int r;

	if (s->pidfd >= 0)
		return is_readable(s->pidfd);
	if (s->exited)
		return 1;
	if (!run->started_ns || !has_client_ended(s) || now_ns - s->inspected_ns < INSPECT_NS)
		return 0;
	s->inspected_ns = now_ns;
	limits = limits_until(run->sent_ns ? run->sent_ns + run->grace_ns : ready_deadline(s),
			      CALL_NS);
	r = engine_inspect(&s->options->engine, s->id, &limits, &c, &error);
	if (r < 0)
		return note_call(s, r, "the engine does not say whether the container has ended",
				 &error);
	s->exited = c.exited;
	return s->exited;
}

static int has_command_ended(struct check_program *s)
{
	int status;
	int r = pid1_reap(&s->pid1, &status);

	if (r > 0)
		set_status(s->run, status);
	return r != 0;
}

int check_program_has_ended(struct check_program *s)
{
	struct check_run *run = s->run;
	int r;

	if (run->ended_ns)
		return 1;
	r = s->image ? has_container_ended(s) : has_command_ended(s);
	if (r > 0)
		run->ended_ns = clock_ns(CLOCK_BOOTTIME);
	return r;
}

bool check_program_is_noted(struct check_program *s)
{
	return has_client_ended(s);
}

static int send_by_engine(struct check_program *s, struct engine_error *error)
{
	const struct subprocess_limits limits = limits_until(
		check_program_deadline(s) - s->run->grace_ns - BEHIND_SEND_NS, CALL_NS);

	s->sent_by_engine = true;
	return engine_kill(&s->options->engine, s->id, s->run->sig, &limits, error);
}

int check_program_send(struct check_program *s)
{
	struct engine_error error = {};
	int r = -EPERM;

	if (s->pidfd >= 0)
		r = syscall(SYS_pidfd_send_signal, s->pidfd, s->run->sig, NULL, 0) < 0 ? -errno : 0;
	if (r == -EPERM && s->image) /* of another user, or not here: the engine may */
		r = send_by_engine(s, &error);
	if (r == -EINTR)
		s->run->interrupted = true;
	else if (r < 0 && r != -ESRCH)
		fail(s, error.text[0] ? error.text : strerror(-r), "");
	s->exited = s->exited || r == -ESRCH;
	return r;
}

/* With --keep it stays, but does not go on. */
static int remove_container(struct check_program *s, struct engine_error *error)
{
	const struct engine *engine = &s->options->engine;
	struct subprocess_limits limits = limits_until(check_program_deadline(s) - BEHIND_REMOVE_NS,
						       REMOVE_NS);
	int r = 0;

	limits.stop_ns = s->id[0] ? STOP_REMOVE_NS : STOP_UNKNOWN_NS;
	if (s->name[0] && !s->options->keep) {
		r = engine_remove(engine, s->name, &limits, error);
	} else if (s->id[0] && !s->run->ended_ns) {
		r = engine_kill(engine, s->id, SIGKILL, &limits, error);
		if (r == -ESRCH) /* it was not started, or has just ended */
			r = 0;
	}
	return r;
}

/* The janitor is not dismissed, then: it does the same once we are gone. */
static void say_left_behind(const struct check_program *s, int r, const struct engine_error *error)
{
	const bool certain = r != -ETIMEDOUT && r != -EINTR;
	char name[2 * sizeof(s->options->engine.path)], why[2 * sizeof(error->text)];

	cli_error("the container %s %s left behind: %s; it is tried once more in the background; "
		  "if it stays, remove it by '%s rm --force %s'",
		  s->name, certain ? "is" : "may be",
		  check_printable(error->text, why, sizeof(why)),
		  check_printable(s->options->engine.name, name, sizeof(name)), s->name);
}

static int end_container(struct check_program *s)
{
	struct engine_error error = {};
	int r;

	if (s->id[0] && s->run->ended_ns && !s->run->interrupted)
		read_exit_code(s);
	if (s->client)
		subprocess_end(s->client, NULL);
	s->client = 0;
	r = remove_container(s, &error);
	if (r < 0)
		say_left_behind(s, r, &error);
	else
		janitor_dismiss(&s->janitor);
	s->name[0] = s->id[0] = '\0';
	return r;
}

int check_program_end(struct check_program *s)
{
	int r = 0;

	if (s->output_fd >= 0)
		close(s->output_fd);
	s->output_fd = -1;
	if (s->image) {
		r = end_container(s);
		if (s->pidfd >= 0)
			close(s->pidfd);
	} else if (s->pid1.pid) {
		r = pid1_end(&s->pid1, clock_ns(CLOCK_BOOTTIME) + END_NS);
		if (r < 0)
			cli_error(
				"process %u, which was started for the check, cannot be ended now: "
				"%s; see 'sigtrace inspect -p %u'",
				s->run->init_tgid, strerror(-r), s->run->init_tgid);
	}
	s->pidfd = -1;
	return r;
}
