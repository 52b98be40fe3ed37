// SPDX-License-Identifier: BSD-2-Clause
/* sigtrace inspect: what a signal would do to a process, without sending it, and why it is stuck.
 */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice_processes.h"
#include "cli.h"
#include "inspect_order.h"
#include "inspect_pids.h"
#include "inspect_process.h"
#include "log.h"
#include "node.h"
#include "options.h"
#include "privilege.h"
#include "process_snapshot.h"
#include "signals.h"
#include "snapshot_source.h"
#include "strbuf.h"

#define BIT(sig) (1ULL << ((sig)-1))

/* What people send to end a process, or to make it do something. */
#define SIGNALS_DEFAULT \
	(BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGTERM) | BIT(SIGUSR1) | BIT(SIGUSR2))

static struct inspect_options {
	struct common_options common;
	struct inspect_pids pids; /* -p */
	bool tree;
	bool threads;
	const struct inspect_ops *ops;
	struct node node;
} options;
_Static_assert(offsetof(struct inspect_options, common) == 0, "the shared parsers find it");

static int parse_pids(const char *argument, void *data)
{
	return inspect_pids_parse(&((struct inspect_options *)data)->pids, argument);
}

static int parse_tree(const char *argument, void *data)
{
	(void)argument;
	((struct inspect_options *)data)->tree = true;
	return 0;
}

static int parse_threads(const char *argument, void *data)
{
	(void)argument;
	((struct inspect_options *)data)->threads = true;
	return 0;
}

static int parse_output(const char *argument, void *data)
{
	struct inspect_options *o = data;

	o->ops = inspect_ops_from_name(argument);
	return o->ops ? 0 : options_unknown_format(argument, "text, json");
}

static const struct cli_option inspect_option_rows[] = {
	{"pid", 'p', "PID[,PID…]",
	 "these processes; - reads the numbers from stdin, separated by blanks, commas or lines",
	 "@pid", parse_pids},
	CHOICE_OPTIONS,
	{"signal", 's', "LIST",
	 "these signals: names, numbers, ranges, RTMIN+n, all;\n!CHLD excludes (without -s: HUP, "
	 "INT, QUIT, TERM, USR1, USR2 and what is pending)",
	 "@signal", options_parse_signals},
	{"tree", 't', NULL, "their descendants, too", NULL, parse_tree},
	{"threads", 0, NULL, "list the threads of each process (json always does)", NULL,
	 parse_threads},
	{"output", 'o', "FORMAT", "text or json (one document)", "text json", parse_output},
	{"color", 0, "WHEN", "auto (on a terminal, without NO_COLOR), always or never",
	 "auto always never", options_parse_color},
	CHOICE_PLACES,
	{"verbose", 'v', NULL, "show what libbpf says; twice for its debug messages", NULL,
	 options_parse_verbose},
	{0},
};

static const struct cli_example inspect_examples[] = {
	{"sigtrace inspect -p 4242", "why does this process not stop, and what would stop it?"},
	{"sigtrace inspect -p 4242 -s KILL", "would it at least die of SIGKILL?"},
	{"sigtrace inspect -t -p 4242", "the same for it and all its descendants"},
	{"pgrep -x nginx | sigtrace inspect -p - -s TERM",
	 "would SIGTERM have an effect on any of them? The exit status says so, too"},
	{"sigtrace inspect --pod shop/web-0", "the same for all processes of a pod"},
	{"sigtrace inspect -p 4242 -s all -o json", "every signal and every thread, for a script"},
	{0},
};

static void put(void *context, const char *bytes, size_t len)
{
	writer_put(context, bytes, len);
}

/* "root", "user 1234"; static. From the file alone: a stuck process may be the name service. */
static const char *user_name(uint32_t uid)
{
	static char name[64];
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *row;

	snprintf(name, sizeof(name), "user %u", uid);
	/* cppcheck-suppress fgetpwentCalled ; there is one thread */
	while (file && (row = fgetpwent(file))) {
		if (row->pw_uid == uid) {
			snprintf(name, sizeof(name), "%s", row->pw_name);
			break;
		}
	}
	if (file)
		fclose(file);
	return name;
}

/*
 * What /proc tells of a process of somebody else is not worth much: neither handlers nor places of
 * its threads can be read. The task iterator tells all.
 */
static bool may_answer(const struct process_table *t, const struct process *p)
{
	return t->evidence == PROCESS_EVIDENCE_BPF || privilege_may_signal(p->uid, p->saved_uid);
}

/* Takes out of the order whom it may not answer for, and says so. Returns how many were named. */
static size_t refuse_foreign(const struct process_table *t, struct inspect_order *order)
{
	size_t kept = 0, named = 0, descendants = 0;

	for (size_t i = 0; i < order->len; i++) {
		const struct inspect_entry entry = order->list[i];

		if (may_answer(t, entry.process)) {
			order->list[kept++] = entry;
		} else if (entry.named) {
			named++;
			cli_error("process %u belongs to %s: run it with sudo", entry.named->pid,
				  user_name(entry.process->uid));
		} else {
			descendants++;
		}
	}
	order->len = kept;
	if (descendants)
		cli_error("%zu of the descendants left out, because other users own them: run it "
			  "with sudo",
			  descendants);
	return named;
}

/*
 * Root is told what the remedies in the answers cannot know: that being root is not enough here.
 */
static void say_refused(const struct process_table *t, const struct inspect_order *order)
{
	size_t refused = 0;
	uint32_t first = 0;

	if (t->evidence == PROCESS_EVIDENCE_BPF || geteuid())
		return;
	for (size_t i = 0; i < order->len; i++) {
		const uint32_t tgid = order->list[i].process->tgid;

		if (!choice_is_refused(tgid))
			continue;
		first = refused++ ? first : tgid;
	}
	if (refused == 1)
		cli_error("much of what /proc tells of process %u may not be read: %s", first,
			  choice_refused_remedy());
	else if (refused)
		cli_error("much of what /proc tells of %zu of the processes, such as %u, may not "
			  "be read: %s",
			  refused, first, choice_refused_remedy());
}

/* -EPIPE and the like: the output cannot be written, and the rest is not looked at. */
static int show_all(struct inspection *in, const struct inspect_order *order)
{
	for (size_t i = 0; i < order->len; i++) {
		const struct inspect_entry *entry = &order->list[i];
		int r = inspection_show(in, entry->process);

		if (r == -ESRCH && entry->named)
			entry->named->gone = true;
		if (r < 0 && r != -ESRCH)
			return r;
		if (cli_stdout()->error)
			return cli_stdout()->error;
	}
	return 0;
}

static int end(const struct inspection *in)
{
	const struct inspect_pids *pids = &options.pids;
	uint32_t *gone = calloc(pids->len, sizeof(*gone));
	size_t len = 0;

	if (!gone)
		return -ENOMEM;
	for (size_t i = 0; i < pids->len; i++) {
		if (!pids->list[i].gone || pids->list[i].found)
			continue;
		gone[len++] = pids->list[i].pid;
		cli_error("process %u: gone", pids->list[i].pid);
	}
	in->ops->end(&in->config, gone, len, &in->sink);
	free(gone);
	return writer_flush(cli_stdout());
}

static int write_document(struct inspection *in, const struct inspect_order *order)
{
	int r = symbols_new(&in->symbols);

	if (r < 0)
		return r;
	in->ops->begin(&in->config, in->table->evidence, &in->sink);
	r = show_all(in, order);
	if (r == 0)
		r = end(in);
	log_debug("%zu symbol tables were read", symbols_tables_read(in->symbols));
	symbols_free(in->symbols);
	return r;
}

static int judge(const struct inspection *in, size_t refused)
{
	if (refused)
		return EXIT_CANNOT_RUN;
	if (!in->answered) {
		cli_error("nothing is left to inspect: what was named has ended meanwhile");
		return EXIT_INCONCLUSIVE;
	}
	return in->without_effect ? EXIT_FINDING : EXIT_FINE;
}

static int inspect(struct process_table *t)
{
	const uint64_t asked = options.common.signals;
	struct inspection in = {
		.ops = options.ops ?: &inspect_text,
		.config = {.color = options_want_color(options.common.color),
			   .threads = options.threads,
			   .width = options_terminal_width()},
		.sink = {.put = put, .context = cli_stdout()},
		.table = t,
		.asked = asked ?: BIT(SIGTERM),
		.shown = asked ?: SIGNALS_DEFAULT,
		.show_pending = !asked,
		.node = &options.node,
		.sandboxes_count = !options.common.choice.len,
	};
	struct inspect_order order = {};
	size_t refused = 0;
	int r;

	inspect_pids_compare(&options.pids, t);
	r = inspect_order_make(&options.pids, t, &order);
	if (r == 0) {
		refused = refuse_foreign(t, &order);
		say_refused(t, &order);
		if (order.len || refused < options.pids.len)
			r = write_document(&in, &order);
	}
	inspect_order_free(&order);
	if (cli_stdout()->error)
		return cli_output_result(cli_stdout()->error);
	if (r < 0) {
		cli_error("cannot inspect: %s", strerror(-r));
		return EXIT_INTERNAL;
	}
	return judge(&in, refused);
}

static int take_and_inspect(void)
{
	struct process_table table = {};
	uint32_t *tgids = calloc(options.pids.len, sizeof(*tgids));
	uint64_t *starts = calloc(options.pids.len, sizeof(*starts));
	struct snapshot_request request = {.tgids = tgids, .descendants = options.tree};
	int r = tgids && starts ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < options.pids.len; i++) {
		const struct inspect_pid *pid = &options.pids.list[i];

		if (pid->gone)
			continue;
		starts[request.tgids_len] = pid->start_boot_ns;
		tgids[request.tgids_len++] = pid->tgid;
	}
	if (r == 0)
		r = snapshot_source_take(&request, starts, &table);
	if (r < 0)
		cli_error("cannot read which processes there are: %s", strerror(-r));
	r = r < 0 ? EXIT_INTERNAL : inspect(&table);
	process_table_free(&table);
	free(tgids);
	free(starts);
	return r;
}

static int add_chosen(void *context, const struct procfs_process *process)
{
	return inspect_pids_add(context, process);
}

/* What was named is there: a cgroup without processes, or they ended just now. */
static int report_empty(void)
{
	char data[2048];
	char shown_data[2048];
	struct strbuf what, shown;

	strbuf_init(&what, data, sizeof(data));
	choice_write(&options.common.choice, false, &what);
	strbuf_init(&shown, shown_data, sizeof(shown_data));
	strbuf_add_escaped(&shown, data, SIZE_MAX);
	cli_error("no process is in %s", shown_data);
	return EXIT_INCONCLUSIVE;
}

static int inspect_selected(void)
{
	const struct inspect_pids *pids = &options.pids;
	int result = options.common.choice.len
			     ? choice_take_processes(&options.common.choice, &options.node,
						     add_chosen, &options.pids)
			     : 0;

	if (result)
		return result;
	if (!pids->len)
		return report_empty();
	if (!inspect_pids_living(pids))
		return cli_usage_error("-p: there is no process %u%s", pids->list[0].pid,
				       pids->len > 1 ? ", nor any other that was named" : "");
	return take_and_inspect();
}

static int run(int argc, char **argv)
{
	int r, result;

	(void)argc;
	(void)argv;
	if (!options.pids.len && !options.common.choice.len)
		return cli_usage_error("which process? -p PID, -p - for numbers on stdin, or -c, "
				       "--pod, --cgroup, --pid-ns");
	log_init(options.common.verbosity);
	r = node_open(&options.common.choice, &options.node);
	if (r < 0)
		return r == -EOPNOTSUPP ? EXIT_CANNOT_RUN : EXIT_INTERNAL;
	result = inspect_selected();
	inspect_pids_free(&options.pids);
	node_close(&options.node);
	return result;
}

const struct cli_command inspect_command = {
	.name = "inspect",
	.summary = "show what signals would do to a process, without sending any, and why it is "
		   "stuck",
	.usage = "-p PID[,PID…] [OPTIONS]",
	.description =
		"Shows for processes that run, or are stuck: which signals they catch, ignore, "
		"block and have pending, what would happen if one were sent now, the cause, and "
		"what to do if it had no effect. A signal that the kernel would treat differently "
		"from inside the process's PID namespace has both answers. If a signal that ends "
		"a process is pending or without effect, a report says what the process is stuck "
		"in.\n"
		"No signal is sent, and nothing is changed. The facts are read in the kernel; "
		"where that may not be, from /proc, and what /proc does not tell stays open.\n"
		"The exit status is 1 if a signal given with -s (without it SIGTERM) would have no "
		"effect on any of the processes: not on a single one of them. 3 if one of the "
		"processes named belongs to somebody else and may not be read; 5 if all have ended "
		"meanwhile.",
	.options = inspect_option_rows,
	.examples = inspect_examples,
	.run = run,
	.options_data = &options,
};
