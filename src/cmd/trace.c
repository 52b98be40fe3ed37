// SPDX-License-Identifier: BSD-2-Clause
/* sigtrace [trace]: every signal, what the kernel decided, and why, as it happens. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf_session.h"
#include "child.h"
#include "cmd.h"
#include "feature.h"
#include "log.h"
#include "parse.h"
#include "procfs.h"
#include "renderer.h"
#include "trace_loop.h"
#include "trace_options.h"
#include "trace_select.h"

#define DEADLINE_NS_DEFAULT  5000000000ULL
#define DEADLINE_NS_MAX	     (24ULL * 3600 * 1000000000)
#define BUFFER_BYTES_DEFAULT (64ULL << 20)
#define BUFFER_BYTES_MAX     (1ULL << 30)

/* SIGCHLD, SIGURG, SIGWINCH: bit sig - 1. */
#define NOISE ((1ULL << 16) | (1ULL << 22) | (1ULL << 27))

static struct trace_options options = {
	.buffer_bytes = BUFFER_BYTES_DEFAULT,
	.deadline_ns = DEADLINE_NS_DEFAULT,
};

static int add_pid(void *context, uint32_t pid)
{
	int r = selection_add(context, pid);

	if (r == -ESRCH)
		cli_error("-p: there is no process %u", pid);
	else if (r < 0)
		cli_error("-p: cannot read process %u: %s", pid, strerror(-r));
	return r < 0 ? -EINVAL : 0;
}

static int parse_pids(const char *argument, void *data)
{
	return options_each_pid(argument, add_pid, &((struct trace_options *)data)->selection);
}

static int parse_to(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->to = true;
	return 0;
}

static int parse_from(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->from = true;
	return 0;
}

static int parse_follow(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->follow = true;
	return 0;
}

static int parse_tree(const char *argument, void *data)
{
	((struct trace_options *)data)->tree = true;
	return parse_follow(argument, data);
}

static int parse_problems(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->problems = true;
	return 0;
}

static int parse_count(const char *argument, void *data)
{
	if (parse_u64(argument, 1, UINT64_MAX, &((struct trace_options *)data)->count) == 0)
		return 0;
	cli_error("-n: %s is not a number of events (1 or more)", cli_quote(argument));
	return -EINVAL;
}

static int parse_for(const char *argument, void *data)
{
	uint64_t *ns = &((struct trace_options *)data)->duration_ns;

	if (parse_duration(argument, ns) == 0 && *ns)
		return 0;
	cli_error("-d: %s is not a duration (a number with a unit: 500ms, 30s, 5m, 1h30m)",
		  cli_quote(argument));
	return -EINVAL;
}

static int parse_handlers(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->handlers = true;
	return 0;
}

static int parse_failed(const char *argument, void *data)
{
	(void)argument;
	((struct trace_options *)data)->failed = true;
	return 0;
}

static int parse_absent(const char *argument, void *data)
{
	uint64_t *ns = &((struct trace_options *)data)->absent_ns;

	if (parse_duration(argument, ns) == 0 && *ns)
		return 0;
	cli_error("--absent: %s is not a duration (a number with a unit: 500ms, 30s, 5m)",
		  cli_quote(argument));
	return -EINVAL;
}

static int parse_deadline(const char *argument, void *data)
{
	uint64_t deadline_ns;

	if (strcmp(argument, "0") == 0 || strcmp(argument, "none") == 0) {
		((struct trace_options *)data)->deadline_ns = 0;
		return 0;
	}
	if (parse_duration(argument, &deadline_ns) < 0 || deadline_ns > DEADLINE_NS_MAX) {
		cli_error("--deadline: %s is not a duration up to 24h (a number with a unit: "
			  "500ms, 5s, 1m; or none)",
			  cli_quote(argument));
		return -EINVAL;
	}
	((struct trace_options *)data)->deadline_ns = deadline_ns;
	return 0;
}

static int parse_output(const char *argument, void *data)
{
	struct trace_options *o = data;
	char names[64];
	struct strbuf list;

	o->renderer = renderer_from_name(argument);
	if (o->renderer)
		return 0;
	strbuf_init(&list, names, sizeof(names));
	renderer_write_names(&list);
	return options_unknown_format(argument, names);
}

static int parse_buffer(const char *argument, void *data)
{
	struct trace_options *o = data;
	const uint64_t page = sysconf(_SC_PAGESIZE);
	uint64_t bytes;

	if (parse_size(argument, &bytes) < 0) {
		cli_error("--buffer-size: %s is not a size (a number with K, M or G: 256K, 64M)",
			  cli_quote(argument));
		return -EINVAL;
	}
	if (bytes < page || bytes > BUFFER_BYTES_MAX || (bytes & (bytes - 1))) {
		cli_error("--buffer-size: %s is not a power of two from %lluK to 1G",
			  cli_quote(argument), (unsigned long long)page / 1024);
		return -EINVAL;
	}
	o->buffer_bytes = bytes;
	return 0;
}

static const struct cli_option trace_option_rows[] = {
	{"pid", 'p', "PID[,PID…]", "signals sent to or by these processes, any of their threads",
	 "@pid", parse_pids},
	CHOICE_OPTIONS,
	{"wait", 0, NULL, "a container, pod or cgroup that is not there is waited for", NULL,
	 choice_parse_wait},
	{"to", 0, NULL, "of a selection, only what is sent to it", NULL, parse_to},
	{"from", 0, NULL, "of a selection, only what is sent by it", NULL, parse_from},
	{"follow", 'f', NULL, "children that a selected process forks are selected, too", NULL,
	 parse_follow},
	{"tree", 't', NULL, "the descendants that exist now as well; implies -f", NULL, parse_tree},
	{"signal", 's', "LIST",
	 "only these: names, numbers, ranges, RTMIN+n;\n!CHLD excludes (TERM,INT or 1-15 or !CHLD)",
	 "@signal", options_parse_signals_and_probes},
	{"problems", 'x', NULL, "only what did not take effect", NULL, parse_problems},
	{"handlers", 0, NULL,
	 "when a handler returns, too, and how long it ran;\nslows every system call a little",
	 NULL, parse_handlers},
	{"failed", 0, NULL,
	 "signals that could not be sent, too, and why;\nslows every system call a little", NULL,
	 parse_failed},
	{"deadline", 0, "TIME",
	 "what a process is doing that was asked to end and has not, after this time (5s; none: "
	 "never)",
	 NULL, parse_deadline},
	{"absent", 0, "TIME",
	 "with a selection and -s: if no such signal is sent to it in this time, say so and exit "
	 "with 1",
	 NULL, parse_absent},
	{"count", 'n', "N", "end after N events", NULL, parse_count},
	{"duration", 'd', "TIME", "end after this time (500ms, 30s, 5m)", NULL, parse_for},
	{"output", 'o', "FORMAT", "text or json (one object a line)", "text json", parse_output},
	{"color", 0, "WHEN", "auto (on a terminal, without NO_COLOR), always or never",
	 "auto always never", options_parse_color},
	CHOICE_PLACES,
	{"buffer-size", 0, "SIZE", "ring buffer, a power of two (64M)", NULL, parse_buffer},
	{"verbose", 'v', NULL, "show what libbpf says; twice for its debug messages", NULL,
	 options_parse_verbose},
	{0},
};

static const struct cli_example trace_examples[] = {
	{"sigtrace -p 4242", "what happens to the signals of a process that does not stop"},
	{"sigtrace --pod shop/web-0", "a pod that is stuck in Terminating"},
	{"sigtrace -c web -s TERM --absent 30s", "does docker stop send its SIGTERM at all?"},
	{"sigtrace -x", "every signal on this machine that had no effect"},
	{"sigtrace -t -p 4242 -s TERM,INT,KILL", "how far a signal gets in a tree of processes"},
	{"sigtrace --handlers -p 4242", "how long its handlers run, and whether they return"},
	{"sigtrace --from -p 901", "whom does this process signal?"},
	{"sigtrace -x --failed", "every signal that had no effect, or could not be sent"},
	{"sigtrace -f -- ./entrypoint.sh",
	 "start a command and trace it from its first instruction"},
	{"sigtrace -o json -d 30s -s TERM,KILL", "thirty seconds as JSON lines"},
	{0},
};

/* Cannot run here: what is missing, and what to do. Returns the exit code. */
static int report_problem(const struct features_problem *problem)
{
	cli_error("%s; %s", problem->what, problem->remedy);
	return EXIT_CANNOT_RUN;
}

static int report_failed_load(int error)
{
	struct features_problem problem;

	if (error == -ENOMEM) {
		cli_error("no memory for a ring buffer of %llu KiB: choose a smaller --buffer-size",
			  (unsigned long long)options.buffer_bytes / 1024);
		return EXIT_INTERNAL;
	}
	if (features_explain_trace(&problem) < 0)
		return report_problem(&problem);
	cli_error("the kernel did not take the BPF programs: %s; see `sigtrace features`, and "
		  "-v -v for the kernel's own words",
		  strerror(-error));
	log_show_kept();
	return EXIT_CANNOT_RUN;
}

static int open_session(bool by_process, struct session **ret)
{
	const struct choice *choice = &options.common.choice;
	const struct session_config config = {
		.settings =
			{
				.signals = options.common.signals_given ? options.common.signals
									: UINT64_MAX,
				.noise = NOISE & ~options.common.signals_by_name,
				.by_process = by_process,
				.by_cgroup = choice_has_cgroups(choice),
				.by_pid_ns = choice_has_pid_ns(choice),
				.cgroup_v1 = options.node.cgroups &&
					     cgroups_is_v1(options.node.cgroups),
				.direction_to = !options.from,
				.direction_from = !options.to,
				.problems_only = options.problems,
				.handlers = options.handlers,
				.failed = options.failed,
				.probes = options.common.probes,
			},
		.follow = options.follow,
		.buffer_bytes = options.buffer_bytes,
	};

	return session_open(&config, ret);
}

/* The output's reader has gone, or the disk is full: what to tell, and the exit code. */
static int report_end(int error)
{
	if (error == 0)
		return EXIT_FINE;
	if (error == -EINTR) {
		cli_error("interrupted while the output was stuck: not everything was written");
		return EXIT_INTERNAL;
	}
	return cli_output_result(error);
}

static int trace(struct session *session, struct child *child)
{
	const size_t named = options.selection.count;
	struct trace_loop *loop = NULL;
	int r, result = EXIT_FINE;

	r = trace_select(&options, session, child, &result);
	if (result != EXIT_FINE) {
		child_abandon(child);
		return result;
	}
	if (r == 0)
		r = trace_loop_new(&options, session, &options.selection, child, &loop);
	if (r < 0) {
		if (r == -E2BIG)
			cli_error(
				"too many processes to select: name fewer, or trace all without -p");
		else
			cli_error("cannot start tracing: %s", strerror(-r));
		log_show_kept();
		child_abandon(child);
		return r == -EPERM || r == -EACCES ? EXIT_CANNOT_RUN : EXIT_INTERNAL;
	}
	if (child->pid) {
		const char *command = child->command;

		cli_error("tracing %s[%d]", cli_quote(command), child->pid);
		r = child_release(child);
		if (r < 0) {
			cli_error("cannot run %s: %s", cli_quote(command), strerror(-r));
			child_abandon(child);
			trace_loop_free(loop);
			return r == -ENOENT ? 127 : 126;
		}
	} else {
		trace_select_say(&options, named);
	}
	result = report_end(trace_loop_run(loop));
	if (result == EXIT_FINE)
		result = trace_loop_result(loop);
	if (child->pid) {
		const int status = trace_loop_wait_child(loop);

		trace_loop_free(loop);
		session_close(session);
		if (result == EXIT_FINE)
			child_exit_like(status);
		exit(result);
	}
	trace_loop_free(loop);
	return result;
}

static int run(int argc, char **argv)
{
	const bool by_process = options.selection.count > 0 || argc > 0 ||
				options.common.choice.len > 0;
	struct features_problem problem;
	struct session *session = NULL;
	struct child child = {};
	int r, result;

	if (options.to && options.from)
		return cli_usage_error("--to and --from exclude each other; without both, -p shows "
				       "both directions");
	if ((options.to || options.from || options.follow) && !by_process)
		return cli_usage_error("%s needs a selection: -p PID, -c, --pod, or -- CMD",
				       options.to     ? "--to"
				       : options.from ? "--from"
				       : options.tree ? "-t"
						      : "-f");
	if (options.handlers && options.problems)
		return cli_usage_error("--handlers shows what took effect, -x what did not: choose "
				       "one");
	if (options.common.probes && !options.failed)
		return cli_usage_error("-s: signal 0 is never generated, it only asks whether a "
				       "process exists; --failed shows such probes that fail");
	if (options.absent_ns && (!by_process || !options.common.signals))
		return cli_usage_error("--absent needs a selection and -s: which signal to which "
				       "process, container or pod?");
	if (options.absent_ns && (options.from || options.problems))
		return cli_usage_error("--absent asks for every signal that is sent to the "
				       "selection, %s leaves some out: choose one",
				       options.from ? "--from" : "-x");
	if (options.duration_ns && options.duration_ns < options.absent_ns)
		return cli_usage_error("-d ends the trace before the time of --absent is over");
	if (options.common.choice.wait && !choice_has_cgroups(&options.common.choice))
		return cli_usage_error("--wait needs something to wait for: -c, --pod or --cgroup");
	if (!options.renderer)
		options.renderer = &text_renderer;
	log_init(options.common.verbosity);
	if (features_check_trace(&problem) < 0 || (by_process && features_check_pids(&problem) < 0))
		return report_problem(&problem);
	options.sees_node = features_check_pids(&problem) == 0;
	options.common.choice.can_wait = true;
	options.command = argc > 0 ? argv[0] : NULL;
	r = options.sees_node ? node_open(&options.common.choice, &options.node) : 0;
	if (r < 0)
		return r == -EOPNOTSUPP ? EXIT_CANNOT_RUN : EXIT_INTERNAL;

	r = open_session(by_process, &session);
	if (r < 0) {
		node_close(&options.node);
		return report_failed_load(r);
	}
	if (argc > 0)
		r = child_hold(argv, &child);
	if (r < 0) {
		cli_error("cannot start %s: %s", cli_quote(argv[0]), strerror(-r));
		result = EXIT_INTERNAL;
	} else {
		result = trace(session, &child);
	}
	session_close(session);
	selection_free(&options.selection);
	/* The node stays: a lookup that hangs was left behind, and may still read it. */
	return result;
}

const struct cli_command trace_command = {
	.name = "trace",
	.summary = "show every signal, what the kernel decided, and why (the default command)",
	.usage = "[OPTIONS] [-- CMD ARGS…]",
	.description =
		"Shows signals the moment they are sent and delivered: who sent what to whom, what "
		"the kernel did with it (delivered, ignored, already pending …), the cause as the "
		"kernel's own data prove it, what to do if the signal had no effect, and what "
		"became of the process.\n"
		"Without a selection, every process on the machine. SIGCHLD, SIGWINCH from the "
		"terminal and SIGURG of a process to itself are hidden unless -s names them.\n"
		"With -- CMD the exit status is that of CMD; 127 if there is no such command, 126 "
		"if it cannot be run.",
	.options = trace_option_rows,
	.examples = trace_examples,
	.takes_command = true,
	.run = run,
	.options_data = &options,
};
