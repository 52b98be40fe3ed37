// SPDX-License-Identifier: BSD-2-Clause
/* sigtrace chain: how far a signal goes down a tree of processes, and where it stops. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "chain_collect.h"
#include "chain_live.h"
#include "chain_options.h"
#include "choice_processes.h"
#include "cli.h"
#include "clock.h"
#include "log.h"
#include "parse.h"
#include "proc_dir.h"
#include "procfs.h"
#include "signals.h"
#include "stop.h"

#define DEADLINE_NS 5000000000ULL
#define DURATION_NS 60000000000ULL
#define UP_MAX	    1000

/* What begins a story without -s: people and runtimes send these to end something. */
#define WANTED                                                                                 \
	(signal_bit(SIGHUP) | signal_bit(SIGINT) | signal_bit(SIGQUIT) | signal_bit(SIGTERM) | \
	 signal_bit(SIGKILL))

static struct chain_options options = {
	.up = CHAIN_UP_DEFAULT,
	.deadline_ns = DEADLINE_NS,
	.duration_ns = DURATION_NS,
	.ops = &chain_text,
};
_Static_assert(offsetof(struct chain_options, common) == 0, "the shared parsers find it");

static int take_pid(void *context, uint32_t pid)
{
	struct chain_options *o = context;

	if (o->pid && o->pid != pid) {
		cli_error("-p: one process, the root of the tree");
		return -EINVAL;
	}
	o->pid = pid;
	return 0;
}

static int parse_root(const char *argument, void *data)
{
	return options_each_pid(argument, take_pid, data);
}

static int parse_to(const char *argument, void *data)
{
	struct chain_options *o = data;

	for (int to = 0; to < CHAIN_TO_COUNT; to++) {
		if (strcmp(argument, chain_to_name(to)) == 0) {
			o->to = to;
			o->to_given = true;
			return 0;
		}
	}
	cli_error("--to: %s is not process, group or foreground", cli_quote(argument));
	return -EINVAL;
}

static int parse_up(const char *argument, void *data)
{
	uint64_t up;

	if (parse_u64(argument, 0, UP_MAX, &up) < 0) {
		cli_error("--up: %s is not a number of ancestors from 0 to %d", cli_quote(argument),
			  UP_MAX);
		return -EINVAL;
	}
	((struct chain_options *)data)->up = (uint32_t)up;
	return 0;
}

static int parse_watch(const char *argument, void *data)
{
	(void)argument;
	((struct chain_options *)data)->watch = true;
	return 0;
}

static int parse_send(const char *argument, void *data)
{
	struct chain_options *o = data;

	o->watch = true;
	return options_parse_signal("--send", argument, &o->send);
}

static int parse_deadline(const char *argument, void *data)
{
	return options_parse_wait("--deadline", argument,
				  &((struct chain_options *)data)->deadline_ns);
}

static int parse_duration_option(const char *argument, void *data)
{
	struct chain_options *o = data;

	if (strcmp(argument, "none") == 0) {
		o->duration_ns = UINT64_MAX;
		return 0;
	}
	return options_parse_wait("-d", argument, &o->duration_ns);
}

static int parse_output(const char *argument, void *data)
{
	struct chain_options *o = data;

	o->ops = chain_ops_from_name(argument);
	return o->ops ? 0 : options_unknown_format(argument, "text, json, dot, mermaid");
}

static const struct cli_option chain_option_rows[] = {
	{"pid", 'p', "PID", "the root of the tree that the signal goes down", "@pid", parse_root},
	CHOICE_OPTIONS,
	{"signal", 's', "LIST",
	 "the signal to predict (TERM; with --to foreground INT); with --watch those that are "
	 "waited for (HUP, INT, QUIT, TERM, KILL)",
	 "@signal", options_parse_signals},
	{"to", 0, "WHOM",
	 "process: the root alone, as kill does (the default); group: its process group;\n"
	 "foreground: the foreground group of its terminal, as Ctrl-C does",
	 "process group foreground", parse_to},
	{"up", 0, "N",
	 "show so many ancestors of the root (up to the runtime's shim or the CI agent, else "
	 "whoever started the container's PID 1, else the leader of the session)",
	 NULL, parse_up},
	{"watch", 'w', NULL, "show what really happens to a signal that somebody sends", NULL,
	 parse_watch},
	{"send", 0, "SIGNAL", "send this signal, and watch; without it nothing is ever sent",
	 "@signal", parse_send},
	{"deadline", 0, "TIME", "with --watch: how long a process has to send it on (5s)", NULL,
	 parse_deadline},
	{"duration", 'd', "TIME", "with --watch: wait so long for the first signal (1m); or none",
	 NULL, parse_duration_option},
	{"output", 'o', "FORMAT", "text, json, dot or mermaid", "text json dot mermaid",
	 parse_output},
	{"color", 0, "WHEN", "auto (on a terminal, without NO_COLOR), always or never",
	 "auto always never", options_parse_color},
	CHOICE_PLACES,
	{"verbose", 'v', NULL, "show what libbpf says; twice for its debug messages", NULL,
	 options_parse_verbose},
	{0},
};

static const struct cli_example chain_examples[] = {
	{"sigtrace chain -p 4242", "how far would a SIGTERM for 4242 go, and where would it stop?"},
	{"sigtrace chain -p 4242 -s INT --to foreground", "and Ctrl-C on its terminal?"},
	{"sigtrace chain -c web", "the same for a container's processes, from its PID 1"},
	{"sigtrace chain -p 4242 --send TERM", "send it, and see who got it, who did not, and why"},
	{"sigtrace chain -p 4242 --watch -d none", "wait until somebody else sends one"},
	{"sigtrace chain -p 4242 -o mermaid", "a picture for a ticket or a pull request"},
	{0},
};

/* The roots: as named, or the topmost processes of what was chosen. Zeroed, it is empty. */
struct roots {
	struct procfs_process *list;
	size_t len;
	size_t capacity;
};

static int add_root(void *context, const struct procfs_process *process)
{
	struct roots *roots = context;

	if (roots->len == roots->capacity) {
		const size_t capacity = roots->capacity ? 2 * roots->capacity : 64;
		struct procfs_process *list = reallocarray(roots->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		roots->list = list;
		roots->capacity = capacity;
	}
	roots->list[roots->len++] = *process;
	return 0;
}

static int by_number(const void *left, const void *right)
{
	const struct procfs_process *a = left, *b = right;

	return (a->tgid > b->tgid) - (a->tgid < b->tgid);
}

/* Takes out whose parent is there, too. */
static int keep_topmost(struct roots *roots)
{
	struct roots top = {0};
	int r = 0;

	qsort(roots->list, roots->len, sizeof(*roots->list), by_number);
	for (size_t i = 0; r == 0 && i < roots->len; i++) {
		const struct procfs_process parent = {.tgid = roots->list[i].ppid};

		if (!bsearch(&parent, roots->list, roots->len, sizeof(parent), by_number))
			r = add_root(&top, &roots->list[i]);
	}
	free(roots->list);
	*roots = top;
	return r;
}

static bool is_sandbox(const struct procfs_process *process)
{
	const struct container *container =
		choice_container_of(options.node.cgroups, options.node.containers, process->tgid);

	return container && container->sandbox;
}

/* A pod's own container only waits: it counts where there is nothing else. */
static void leave_out_sandboxes(struct roots *roots)
{
	size_t len = 0;

	for (size_t i = 0; i < roots->len; i++)
		if (!is_sandbox(&roots->list[i]))
			roots->list[len++] = roots->list[i];
	if (len)
		roots->len = len;
}

/* /proc shows the leader's state, and the others live on without it. */
static bool has_other_threads(const struct procfs_process *process)
{
	struct proctext_stat stat;
	struct proc_dir dir;
	int r = proc_dir_open(process->tgid, process->start_boot_ns, &dir);

	if (r < 0)
		return false;
	r = procfs_read_stat_at(dir.fd, "stat", &stat);
	proc_dir_close(&dir);
	return r == 0 && stat.num_threads > 1;
}

static int find_named(struct roots *roots)
{
	struct procfs_process process;
	int r = procfs_read_process(options.pid, &process);

	if (r == 0 &&
	    ((process.state != 'Z' && process.state != 'X') || has_other_threads(&process)))
		r = add_root(roots, &process);
	else if (r == 0 || r == -ESRCH)
		return cli_usage_error(r ? "-p: there is no process %u"
					 : "-p: process %u has ended; its parent has not reaped it",
				       options.pid);
	if (r < 0)
		cli_error("cannot read process %u: %s", options.pid, strerror(-r));
	return r < 0 ? EXIT_INTERNAL : 0;
}

static int find_chosen(struct roots *roots)
{
	int r = choice_take_processes(&options.common.choice, &options.node, add_root, roots);

	if (r)
		return r;
	if (keep_topmost(roots) < 0) {
		cli_error("cannot follow the chain: %s", strerror(ENOMEM));
		return EXIT_INTERNAL;
	}
	/* By --pid-ns alone no cgroups may be there to tell. */
	if (options.node.cgroups)
		leave_out_sandboxes(roots);
	if (roots->len)
		return 0;
	cli_error("no process is in what was named: it has ended, or has not begun");
	return EXIT_INCONCLUSIVE;
}

static int one_root(const struct roots *roots)
{
	char list[256];
	struct strbuf text;

	if (roots->len < 2)
		return 0;
	strbuf_init(&text, list, sizeof(list));
	for (size_t i = 0; i < roots->len && i < 8; i++) {
		strbuf_add(&text, i ? ", " : "");
		strbuf_add_u64(&text, roots->list[i].tgid);
	}
	strbuf_add(&text, roots->len > 8 ? " …" : "");
	return cli_usage_error("--watch: what was named has %zu trees; name the root of one with "
			       "-p: %s",
			       roots->len, list);
}

static void put(void *context, const char *bytes, size_t len)
{
	writer_put(context, bytes, len);
}

/* `shown`: trees before it. */
static void write_chain(const struct chain *c, size_t shown)
{
	const struct chain_config config = {
		.color = options.ops->for_people && options_want_color(options.common.color),
		.width = options_terminal_width(),
		.realtime_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME),
	};
	const struct inspect_sink sink = {.put = put, .context = cli_stdout()};

	if (options.ops->for_people && shown)
		put(sink.context, "\n", 1);
	options.ops->write(&config, c, &sink);
}

static void set_signal(struct chain *c)
{
	const uint64_t asked = options.common.signals;

	c->wanted = asked ? asked : WANTED;
	if (options.send) {
		c->sig = options.send;
		c->wanted |= signal_bit(options.send);
	} else if (asked) {
		c->sig = __builtin_ctzll(asked) + 1;
	} else {
		c->sig = options.to == CHAIN_TO_FOREGROUND ? SIGINT : SIGTERM;
	}
}

/* 0, an exit code, or a negative errno. */
static int fill(struct chain *c, const struct procfs_process *root)
{
	int r;

	set_signal(c);
	c->to = options.to;
	c->deadline_ns = options.deadline_ns;
	r = chain_collect(c, root->tgid, root->start_boot_ns, options.up, &options.node);
	if (r == -ESRCH) {
		cli_error("process %u: gone", root->tgid);
		return EXIT_INCONCLUSIVE;
	}
	if (r == 0 && options.watch)
		r = chain_live(c, &options);
	else if (r == 0)
		chain_predict(c);
	return r != 0 ? r : chain_find_breaks(c);
}

static int judge(const struct chain *c)
{
	switch (chain_result_of(c)) {
	case CHAIN_RESULT_BROKEN:
		return EXIT_FINDING;
	case CHAIN_RESULT_NOTHING_HAPPENED:
		return EXIT_INCONCLUSIVE;
	case CHAIN_RESULT_NOT_KNOWN:
		/* Of a prediction that is no failure: the verdict says how to find out. */
		return c->watched ? EXIT_INCONCLUSIVE : EXIT_FINE;
	case CHAIN_RESULT_NO_BREAK:
	case CHAIN_RESULT_COUNT:
		break;
	}
	return EXIT_FINE;
}

static int show(const struct procfs_process *root, size_t *shown)
{
	struct chain c = {0};
	int r = fill(&c, root);

	if (r < 0) {
		cli_error("cannot follow the chain: %s", strerror(-r));
		r = EXIT_INTERNAL;
	} else if (r == 0) {
		write_chain(&c, (*shown)++);
		r = judge(&c);
	}
	chain_free(&c);
	return r;
}

/* Of several trees a break in one is what somebody has to look at; then what could not be done. */
static int worse(int a, int b)
{
	if (a == EXIT_FINDING || b == EXIT_FINDING)
		return EXIT_FINDING;
	return a > b ? a : b;
}

static int run_roots(void)
{
	struct roots roots = {0};
	int r = options.pid ? find_named(&roots) : find_chosen(&roots);
	int result = EXIT_FINE;
	size_t shown = 0;

	if (r == 0 && options.watch)
		r = one_root(&roots);
	if (r == 0 && options.watch)
		r = chain_live_check();
	for (size_t i = 0; r == 0 && i < roots.len && !cli_stdout()->error; i++)
		result = worse(result, show(&roots.list[i], &shown));
	free(roots.list);
	return r ? r : result;
}

static int check_options_fit(void)
{
	const uint64_t asked = options.common.signals;

	if (!options.pid && !options.common.choice.len)
		return cli_usage_error("which tree? -p PID for its root, or -c, --pod, --cgroup, "
				       "--pid-ns");
	if (options.pid && options.common.choice.len)
		return cli_usage_error("either -p or -c, --pod, --cgroup, --pid-ns");
	if (!options.watch && asked && (asked & (asked - 1)))
		return cli_usage_error("-s: one signal is predicted at a time");
	if (options.common.signals_given && !asked)
		return cli_usage_error("-s: no signal is left");
	if (options.watch && options.to_given && !options.send)
		return cli_usage_error("--to says to whom to send: with --watch it needs --send");
	return 0;
}

static int run(int argc, char **argv)
{
	int r = check_options_fit();

	(void)argc;
	(void)argv;
	if (r)
		return r;
	log_init(options.common.verbosity);
	if (options.watch) {
		options.stop_fd = stop_open();
		if (options.stop_fd < 0) {
			cli_error("cannot wait for signals: %s", strerror(-options.stop_fd));
			return EXIT_INTERNAL;
		}
	}
	r = node_open(&options.common.choice, &options.node);
	if (r < 0)
		return r == -EOPNOTSUPP ? EXIT_CANNOT_RUN : EXIT_INTERNAL;
	r = run_roots();
	node_close(&options.node);
	return cli_finish(r);
}

const struct cli_command chain_command = {
	.name = "chain",
	.summary = "show how far a signal goes down a tree of processes, and where it stops",
	.usage = "-p PID [OPTIONS]",
	.description =
		"Draws the tree of a process, from the runtime's shim, the CI agent or the leader "
		"of its session down to the leaves, across PID namespaces, and says for each "
		"process whether it would get a signal that is sent to the root, what it would do "
		"with it, and where the signal would stop and why. What is not known is said to "
		"be not known. A container, a pod or a cgroup gives a tree for each of its "
		"processes whose parent is outside.\n"
		"With --watch it shows what really happens: who got the signal from whom and when, "
		"who ended, who was left behind. It ends when the tree is gone, when nothing more "
		"has come for the time of --deadline, or with Ctrl-C. --send sends the signal, "
		"too; without it nothing is sent.\n"
		"The exit status is 0 without a break, 1 if there is or would be one, 5 if no "
		"signal came.",
	.options = chain_option_rows,
	.examples = chain_examples,
	.run = run,
	.options_data = &options,
};
