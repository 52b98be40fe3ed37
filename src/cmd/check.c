// SPDX-License-Identifier: BSD-2-Clause
/* sigtrace check: does PID 1 handle its stop signal? Options and results; check_one.c does the
 * work.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_one.h"
#include "check_options.h"
#include "check_printable.h"
#include "check_report.h"
#include "clock.h"
#include "cmd.h"
#include "log.h"
#include "parse.h"
#include "signals.h"
#include "stop.h"

#define READY_TIMEOUT_NS 30000000000ULL
#define GRACE_NS	 10000000000ULL

static struct check_options options = {
	.ready_wait = "settle",
	.ready_timeout_ns = READY_TIMEOUT_NS,
	.grace_ns = GRACE_NS,
	.output_fd = STDERR_FILENO,
};
_Static_assert(offsetof(struct check_options, common) == 0, "the shared parsers find it");

static int parse_image(const char *argument, void *data)
{
	struct check_options *o = data;

	if (!*argument || *argument == '-') {
		cli_error("--image: %s is not the name of an image", cli_quote(argument));
		return -EINVAL;
	}
	if (o->images_len == CHECK_IMAGES_MAX) {
		cli_error("--image: more than %d of them", CHECK_IMAGES_MAX);
		return -EINVAL;
	}
	o->images[o->images_len++] = argument;
	return 0;
}

static int parse_run_arg(const char *argument, void *data)
{
	struct check_options *o = data;

	if (o->run_args_len == CHECK_RUN_ARGS_MAX) {
		cli_error("--run-arg: more than %d of them", CHECK_RUN_ARGS_MAX);
		return -EINVAL;
	}
	o->run_args[o->run_args_len++] = (char *)argument;
	return 0;
}

static int parse_engine(const char *argument, void *data)
{
	if (!*argument) {
		cli_error("--engine: which one? docker, podman, nerdctl, or the path of one");
		return -EINVAL;
	}
	((struct check_options *)data)->engine_name = argument;
	return 0;
}

static int parse_keep(const char *argument, void *data)
{
	(void)argument;
	((struct check_options *)data)->keep = true;
	return 0;
}

static int parse_strict(const char *argument, void *data)
{
	(void)argument;
	((struct check_options *)data)->limits.strict = true;
	return 0;
}

static int parse_ready(const char *argument, void *data)
{
	struct check_options *o = data;
	const char *why;
	char message[256];
	int r = ready_parse(argument, &o->ready, &why);

	if (r < 0) {
		cli_error("--ready: %s: %s", cli_quote(argument), why);
		return -EINVAL;
	}
	o->ready_wait = argument;
	if (o->ready.kind != READY_LOG)
		return 0;
	r = regcomp(&o->ready_regex, o->ready.text, REG_EXTENDED | REG_NOSUB);
	if (r == 0)
		return 0;
	regerror(r, &o->ready_regex, message, sizeof(message));
	cli_error("--ready: %s is not an extended regular expression: %s", cli_quote(o->ready.text),
		  message);
	return -EINVAL;
}

static int parse_ready_timeout(const char *argument, void *data)
{
	return options_parse_wait("--ready-timeout", argument,
				  &((struct check_options *)data)->ready_timeout_ns);
}

static int parse_grace(const char *argument, void *data)
{
	return options_parse_wait("--grace", argument, &((struct check_options *)data)->grace_ns);
}

static int parse_startup_window(const char *argument, void *data)
{
	return options_parse_wait("--max-startup-window", argument,
				  &((struct check_options *)data)->limits.startup_window_ns);
}

static int parse_signal(const char *argument, void *data)
{
	int sig;
	int r = options_parse_signal("-s", argument, &sig);

	if (r < 0)
		return r;
	if (sig == SIGKILL || sig == SIGSTOP) {
		cli_error("-s: no program can handle %s: it proves nothing", signal_name(sig));
		return -EINVAL;
	}
	((struct check_options *)data)->sig = sig;
	return 0;
}

/* "0", "0,143", "0-3,143". */
static int add_codes(struct check_limits *limits, const char *word, size_t len)
{
	const char *dash = memchr(word, '-', len);
	const size_t first_len = dash ? (size_t)(dash - word) : len;
	uint64_t first, last;

	if (parse_u64_span(word, first_len, 0, 255, &first) < 0)
		return -EINVAL;
	last = first;
	if (dash && parse_u64_span(dash + 1, len - first_len - 1, first, 255, &last) < 0)
		return -EINVAL;
	for (uint64_t code = first; code <= last; code++)
		limits->expected[code / 8] |= (uint8_t)(1U << (code % 8));
	return 0;
}

static int parse_expect_exit(const char *argument, void *data)
{
	struct check_limits *limits = &((struct check_options *)data)->limits;
	struct parse_words words;
	const char *word;
	size_t len;
	int r;

	limits->expects = true;
	parse_words_init(&words, argument);
	while ((r = parse_words_next(&words, &word, &len)) > 0)
		if (add_codes(limits, word, len) < 0)
			break;
	if (r == 0)
		return 0;
	cli_error("--expect-exit: %s is not a list of exit codes from 0 to 255 (0 or 0,143 or 0-3)",
		  cli_quote(argument));
	return -EINVAL;
}

static int parse_pids_max(const char *argument, void *data)
{
	if (parse_u64(argument, 1, PARSE_PID_MAX, &((struct check_options *)data)->pids_max) < 0) {
		cli_error("--pids-max: %s is not a number of processes from 1 to %d",
			  cli_quote(argument), PARSE_PID_MAX);
		return -EINVAL;
	}
	return 0;
}

static int parse_log(const char *argument, void *data)
{
	((struct check_options *)data)->log = argument;
	return 0;
}

static int unknown_format(const char *option, const char *name)
{
	char names[128];
	struct strbuf list;

	strbuf_init(&list, names, sizeof(names));
	check_write_names(&list);
	cli_error("%s: unknown format %s (one of: %s)", option, cli_quote(name), names);
	return -EINVAL;
}

static int parse_format(const char *argument, void *data)
{
	struct check_options *o = data;

	o->format = check_ops_from_name(argument);
	return o->format ? 0 : unknown_format("-o", argument);
}

static int parse_report(const char *argument, void *data)
{
	struct check_options *o = data;
	const char *colon = strchr(argument, ':');
	char name[32];

	if (!colon || !colon[1]) {
		cli_error("--report: %s is not FORMAT:FILE (junit:result.xml)",
			  cli_quote(argument));
		return -EINVAL;
	}
	if (o->reports_len == CHECK_REPORTS_MAX) {
		cli_error("--report: more than %d of them", CHECK_REPORTS_MAX);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(colon - argument), argument);
	o->reports[o->reports_len] = (struct check_report_file){
		.ops = check_ops_from_name(name), .path = colon + 1, .fd = -1};
	return o->reports[o->reports_len++].ops ? 0 : unknown_format("--report", name);
}

static const struct cli_option check_option_rows[] = {
	{"image", 'i', "IMAGE", "check this image's PID 1; may be given several times", NULL,
	 parse_image},
	{"run-arg", 0, "ARG",
	 "an option for the engine's `create` (--run-arg=--env=A=b); may be given several times",
	 NULL, parse_run_arg},
	{"engine", 0, "NAME", "docker, podman, nerdctl or a path (the first that answers)",
	 "docker podman nerdctl", parse_engine},
	{"keep", 0, NULL, "leave the container behind, stopped, to look at it", NULL, parse_keep},
	{"signal", 's', "SIGNAL", "the stop signal (the image's STOPSIGNAL, else TERM)", "@signal",
	 parse_signal},
	{"grace", 'g', "TIME", "how long it may take to end (10s)", NULL, parse_grace},
	{"ready", 'r', "HOW",
	 "when it is up: settle (its PID 1 has come to rest; the default), log:REGEX, tcp:PORT,\n"
	 "file:PATH, cmd:COMMAND, delay:TIME",
	 "settle log: tcp: file: cmd: delay:", parse_ready},
	{"ready-timeout", 0, "TIME", "how long it may take to be up (30s)", NULL,
	 parse_ready_timeout},
	{"expect-exit", 0, "CODES", "fail on any other exit code (0 or 0,143 or 0-3)", NULL,
	 parse_expect_exit},
	{"max-startup-window", 0, "TIME",
	 "fail if the handler appears later after the start: a stop signal before is lost", NULL,
	 parse_startup_window},
	{"strict", 0, NULL, "warnings fail, too", NULL, parse_strict},
	{"pids-max", 0, "N", "no more processes and threads than this", NULL, parse_pids_max},
	{"log", 0, "FILE", "where the program's output goes (stderr)", "@file", parse_log},
	{"format", 'o', "FORMAT", "text, json, junit, tap or github, on stdout",
	 "text json junit tap github", parse_format},
	{"report", 0, "FORMAT:FILE", "a report in a file, too; may be given several times",
	 "text: json: junit: tap: github:", parse_report},
	{"color", 0, "WHEN", "auto (on a terminal, without NO_COLOR), always or never",
	 "auto always never", options_parse_color},
	{"verbose", 'v', NULL, "show what libbpf says; twice for its debug messages", NULL,
	 options_parse_verbose},
	{0},
};

static const struct cli_example check_examples[] = {
	{"sigtrace check --image shop:latest", "does this image's PID 1 stop when it is asked to?"},
	{"sigtrace check -- ./entrypoint.sh", "the same for a program, as PID 1"},
	{"sigtrace check -i web --run-arg=--init", "would an init help?"},
	{"sigtrace check -i db -r log:'ready to accept' -g 30s",
	 "wait for a line of its output, give it 30 seconds"},
	{"sigtrace check -i web -o github --report junit:check.xml",
	 "annotations for GitHub, and a report for the CI server"},
	{0},
};

/* Of several results the worst one; a failure is what somebody has to look at first. */
static int worse(int a, int b)
{
	static const int order[] = {EXIT_FINE, EXIT_INCONCLUSIVE, EXIT_CANNOT_RUN, EXIT_INTERNAL,
				    EXIT_FINDING};
	size_t at_a = 0, at_b = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == a)
			at_a = i;
		if (order[i] == b)
			at_b = i;
	}
	return at_a > at_b ? a : b;
}

static int exit_code_of(enum check_verdict verdict)
{
	static const int codes[] = {[CHECK_PASS] = EXIT_FINE,
				    [CHECK_FAIL] = EXIT_FINDING,
				    [CHECK_INCONCLUSIVE] = EXIT_INCONCLUSIVE};

	return codes[verdict];
}

/* The next one of several; its exit code is added to *code. False: it has no result. */
static bool check_next(const char *image, struct check_run *run, struct check_result *result,
		       int *code)
{
	bool trouble = false;
	int r = check_one(&options, image, run, &trouble);

	if (r < 0) {
		cli_error("cannot check: %s", strerror(-r));
		r = EXIT_INTERNAL;
	}
	options.began_ns = 0;
	*code = worse(*code, trouble ? EXIT_INTERNAL : r);
	if (r)
		return false;
	*result = (struct check_result){
		.run = run,
		.judgement = check_judge(run, &options.limits),
		.elapsed_ns = clock_ns(CLOCK_BOOTTIME) - run->began_ns,
	};
	*code = worse(*code, exit_code_of(result->judgement.verdict));
	return true;
}

/* What was found out is reported, whatever happened then; and no later error makes it a pass. */
static int check_all(struct check_result *results, struct check_run *runs, size_t len)
{
	int code = EXIT_FINE, r;
	size_t done = 0;

	while (done < len && !stop_signal &&
	       check_next(options.images_len ? options.images[done] : NULL, &runs[done],
			  &results[done], &code))
		done++;
	if (done < len && stop_signal) {
		cli_error("interrupted: %zu of %zu were not checked", len - done, len);
		code = worse(code, EXIT_INCONCLUSIVE);
	}
	if (done == 0)
		return code;
	r = check_report_write(&options, results, done);
	return worse(code, r < 0 ? cli_output_result(r) : r > 0 ? EXIT_INTERNAL : EXIT_FINE);
}

static void join_command(int argc, char **argv)
{
	size_t len = 0;

	for (int i = 0; i < argc && len < sizeof(options.command); i++)
		len += (size_t)snprintf(options.command + len, sizeof(options.command) - len,
					"%s%s", i ? " " : "", argv[i]);
}

/* What it takes counts as the first image's: the whole is bounded. */
static int find_engine(void)
{
	const uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	const struct subprocess_limits limits = {
		.deadline_boot_ns = now_ns + options.ready_timeout_ns, .stop = &stop_signal};
	struct engine_error error = {};
	char why[2 * sizeof(error.text)];
	int r;

	if (!options.images_len)
		return EXIT_FINE;
	options.began_ns = now_ns;
	r = engine_find(options.engine_name, &limits, &options.engine, &error);
	if (r == 0 || r == -EINTR) /* that is told as for any image that is not checked */
		return EXIT_FINE;
	cli_error("%s", check_printable(error.text, why, sizeof(why)));
	return EXIT_CANNOT_RUN;
}

static int run(int argc, char **argv)
{
	const size_t len = options.images_len ?: 1;
	struct check_result *results;
	struct check_run *runs;
	int code;

	if (!options.images_len && argc == 0)
		return cli_usage_error("check what? --image IMAGE, or -- CMD");
	if (!options.images_len && (options.run_args_len || options.engine_name || options.keep))
		return cli_usage_error("%s is for containers: it needs --image",
				       options.run_args_len  ? "--run-arg"
				       : options.engine_name ? "--engine"
							     : "--keep");
	if (options.ready.kind == READY_DELAY && options.ready.delay_ns >= options.ready_timeout_ns)
		return cli_usage_error("--ready %s: --ready-timeout is over before",
				       options.ready_wait);
	if (!options.format)
		options.format = &check_text;
	options.argv = argv;
	options.argc = argc;
	join_command(argc, argv);
	log_init(options.common.verbosity);
	code = check_report_open(&options);
	if (code)
		return code;
	/* Ignored SIGCHLD would take the status of our children away. */
	signal(SIGCHLD, SIG_DFL);
	options.stop_fd = stop_open();
	if (options.stop_fd < 0) {
		cli_error("cannot wait for signals: %s", strerror(-options.stop_fd));
		return EXIT_INTERNAL;
	}
	code = find_engine();
	if (code)
		return code;
	results = calloc(len, sizeof(*results));
	runs = calloc(len, sizeof(*runs));
	if (results && runs) {
		code = check_all(results, runs, len);
	} else {
		cli_error("no memory");
		code = EXIT_INTERNAL;
	}
	for (size_t i = 0; runs && i < len; i++)
		check_run_free(&runs[i]);
	free(results);
	free(runs);
	return code;
}

const struct cli_command check_command = {
	.name = "check",
	.summary = "prove whether an image's PID 1 ends on its stop signal, as a gate in CI",
	.usage = "[OPTIONS] --image IMAGE [-- ARGS…] | [OPTIONS] -- CMD ARGS…",
	.description =
		"Starts a program as PID 1 of a PID namespace, or an image by docker, podman or "
		"nerdctl; waits until it is up; sends its stop signal from outside; watches in the "
		"kernel what happens; and says whether it passes, with the reason and the remedy. "
		"It never traces by ptrace, which would change the answer.\n"
		"It passes if it ends within the grace because of the signal. Everything that was "
		"started is gone at the end, however check ends.\n"
		"Without the privilege for BPF the verdict comes from /proc and from the outcome, "
		"and the report says so.\n"
		"The exit status is 0 if all passed, 1 if one failed, 5 if one is inconclusive (it "
		"ended before it was up, or could not be started), 3 if check cannot run here, 2 "
		"for a wrong option.",
	.options = check_option_rows,
	.examples = check_examples,
	.takes_command = true,
	.command_may_be_empty = true, /* of an image: -- "$@" */
	.run = run,
	.options_data = &options,
};
