// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plays a recording through decode, latency, origin, outcome, explain and a renderer, without a
 * kernel: replay FORMAT [--width N] [--color] [--inspect [--threads] | --check | --chain]
 *
 * stdin holds one record a line, in hexadecimal, then perhaps " latency=NS" (that of a signal whose
 * generation is not in the recording), " stack=FUNCTION,FUNCTION" (the kernel's, for its origin;
 * "-" is one that is not known), " symbol=RUNTIME,HEX" (of the handler), " sender_in=" and
 * " target_in=" (their containers, as replay_words.h reads them). Lines that begin with @ are
 * reports that no record has (replay_later.h), and those with | the snapshot for the next of them;
 * with ! the finding that nothing was generated; with # they are comments. Everything, the summary
 * included, goes to stdout. With --inspect it is a snapshot of processes (replay_inspect.h), with
 * --check what was observed of checks, with --chain of trees: lines with %, too (replay_check.h,
 * replay_chain.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "outcome.h"
#include "renderer.h"
#include "replay_chain.h"
#include "replay_check.h"
#include "replay_inspect.h"
#include "replay_later.h"

#define LINE_SIZE_MAX	16384
#define RECORD_SIZE_MAX 2048
/* The recordings begin one hour after boot; that is 2026-01-02T03:00:00Z. */
#define REALTIME_OFFSET_NS 1767319200000000000
#define STACK_MAX	   32

struct replay {
	const struct renderer_ops *ops;
	const struct check_ops *check_ops; /* NULL: no check is played */
	struct renderer_config config;
	struct trace_summary summary;
	struct latency *latency;
	struct outcome *outcome;
	struct replay_later later;
	struct replay_check check;
	struct replay_chain chain; /* ops NULL: no chain is played */
	uint32_t lost;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Returns the number of bytes, and where the digits end in *end. */
static size_t read_hex(const char *line, unsigned char *record, const char **end)
{
	size_t size = 0;

	while (size < RECORD_SIZE_MAX && hex_digit(line[0]) >= 0 && hex_digit(line[1]) >= 0) {
		record[size++] = (unsigned char)(hex_digit(line[0]) << 4 | hex_digit(line[1]));
		line += 2;
	}
	*end = line;
	return size;
}

/* A copy of exactly `size` bytes: a sanitizer then sees every read past the record's end. */
static bool decode(const unsigned char *bytes, size_t size, struct report *report)
{
	void *record = malloc(size > 0 ? size : 1);
	int r;

	if (!record)
		abort();
	memcpy(record, bytes, size);
	r = decode_record(record, size, report);
	free(record);
	return r == 0;
}

/* The value of " KEY=VALUE" behind a record, or NULL. */
static char *extra(char *line, const char *key)
{
	char *found = strstr(line, key);

	return found ? found + strlen(key) : NULL;
}

static enum origin origin_from(const struct report *report, char *stack)
{
	const char *functions[STACK_MAX];
	size_t len = 0;

	if (stack)
		stack[strcspn(stack, " \n")] = '\0';
	for (char *name = stack ? strtok(stack, ",") : NULL; name && len < STACK_MAX;
	     name = strtok(NULL, ","))
		functions[len++] = strcmp(name, "-") == 0 ? NULL : name;
	return origin_of(report, functions, len);
}

static void add_symbol(struct report *report, const char *line)
{
	static char symbol[LINE_SIZE_MAX];
	const char *found = strstr(line, " symbol=");
	char runtime[16];
	char *text;

	if (!found || sscanf(found, " symbol=%15[^,],", runtime) != 1)
		return;
	text = replay_text(strchr(found, ',') + 1);
	snprintf(symbol, sizeof(symbol), "%s", text);
	free(text);
	report->handler_symbol = symbol;
	report->handler_runtime = replay_runtime(runtime);
}

/* By their cgroups, as cmd does. */
static void add_containers(struct report *report, char *line)
{
	const char *sender = extra(line, " sender_in=");
	const char *target = extra(line, " target_in=");

	if (sender) {
		report->sender.container = replay_container(sender);
		report->sender_acts_for.container = report->sender.container;
	}
	if (target)
		report->target.container = replay_container(target);
}

static void join(struct replay *replay, struct report *report, struct verdict *verdict, char *line)
{
	const char *latency = extra(line, " latency=");

	switch (report->kind) {
	case REPORT_GENERATE:
		latency_generate(replay->latency, report);
		report->origin = origin_from(report, extra(line, " stack="));
		*verdict = explain_report(report);
		outcome_generate(replay->outcome, report, verdict);
		replay_remember(&replay->later, report);
		break;
	case REPORT_DELIVER:
		latency_deliver(replay->latency, report);
		if (latency) {
			report->has_latency = true;
			report->latency_ns = strtoull(latency, NULL, 10);
		}
		*verdict = explain_report(report);
		outcome_deliver(replay->outcome, report, verdict);
		break;
	case REPORT_EXIT:
		latency_exit(replay->latency, report->target.tgid);
		outcome_exit(replay->outcome, report);
		break;
	case REPORT_FAILED:
		*verdict = explain_report(report);
		break;
	case REPORT_RETURN:
	case REPORT_TAKEN:
	case REPORT_HANDLER:
	case REPORT_CGROUP:
	case REPORT_ALIVE:
	case REPORT_KIND_COUNT:
		break;
	}
}

static void show(struct replay *replay, const struct report *report, const struct verdict *verdict,
		 struct strbuf *out)
{
	replay->summary.events++;
	replay->summary.elapsed_ns = report->boot_ns - 3600000000000;
	if (replay->check_ops)
		replay_check_report(&replay->check, report, verdict);
	else if (replay->chain.ops)
		replay_chain_report(&replay->chain, report, verdict);
	else
		replay->ops->report(&replay->config, report, verdict, out);
}

static bool has_verdict(const struct report *report)
{
	return report->kind == REPORT_GENERATE || report->kind == REPORT_DELIVER ||
	       report->kind == REPORT_FAILED;
}

static void play(struct replay *replay, const unsigned char *bytes, size_t size, char *line,
		 struct strbuf *out)
{
	struct verdict verdict = {0};
	struct report report;

	if (!decode(bytes, size, &report)) {
		replay->summary.corrupt++;
		return;
	}
	if (report.lost != replay->lost) {
		latency_lost(replay->latency, report.boot_ns);
		outcome_lost(replay->outcome);
		replay->lost = report.lost;
	}
	add_symbol(&report, line);
	add_containers(&report, line);
	join(replay, &report, &verdict, line);
	show(replay, &report, has_verdict(&report) ? &verdict : NULL, out);
}

static void play_later(struct replay *replay, const char *line, struct strbuf *out)
{
	struct report report;

	replay_later(&replay->later, replay->outcome, line, &report);
	show(replay, &report, NULL, out);
	replay_reader_reset(&replay->later.reader);
}

static void play_absent(struct replay *replay, const char *line, struct strbuf *out)
{
	static char hex[LINE_SIZE_MAX];
	uint64_t waited_ns;
	uint64_t signals;
	char *what;

	if (sscanf(line, "!absent %" SCNx64 " %" SCNu64 " %16383s", &signals, &waited_ns, hex) != 3)
		replay_fail("a line that nobody understands");
	what = replay_text(hex);
	replay->ops->absent(&replay->config, what, signals, waited_ns, out);
	free(what);
}

static void play_line(struct replay *replay, char *line, struct strbuf *out)
{
	unsigned char record[RECORD_SIZE_MAX];
	const char *end;
	size_t size;

	if (line[0] == '@') {
		play_later(replay, line, out);
	} else if (line[0] == '|') {
		replay_reader_line(&replay->later.reader, line + sizeof("| ") - 1, read_hex);
	} else if (line[0] == '%' && replay->chain.ops) {
		replay_chain_line(&replay->chain, &replay->later.reader, line);
	} else if (line[0] == '%') {
		replay_check_line(&replay->check, &replay->later.reader, line);
	} else if (line[0] == '!') {
		play_absent(replay, line, out);
	} else if (line[0] != '#') {
		size = read_hex(line, record, &end);
		play(replay, record, size, line + (end - line), out);
	}
}

static void flush(struct strbuf *out)
{
	if (out->cut)
		fprintf(stderr, "replay: a report was longer than RENDERER_REPORT_SIZE_MAX\n");
	fwrite(out->data, 1, out->len, stdout);
	strbuf_reset(out);
}

static void play_check(struct replay *replay, char *line, size_t line_size)
{
	while (fgets(line, (int)line_size, stdin))
		play_line(replay, line, NULL);
	replay_check_end(&replay->check, replay->check_ops, &replay->config);
}

static void play_chain(struct replay *replay, char *line, size_t line_size)
{
	struct chain_config *config = &replay->chain.config;

	config->color = replay->config.color;
	config->width = replay->config.width;
	config->realtime_offset_ns = (uint64_t)replay->config.realtime_offset_ns;
	while (fgets(line, (int)line_size, stdin))
		play_line(replay, line, NULL);
	replay_draw(&replay->chain);
}

static void play_trace(struct replay *replay, char *line, size_t line_size)
{
	static char text[RENDERER_REPORT_SIZE_MAX];
	struct strbuf out;

	strbuf_init(&out, text, sizeof(text));
	replay->ops->begin(&replay->config, &out);
	flush(&out);
	while (fgets(line, (int)line_size, stdin)) {
		play_line(replay, line, &out);
		flush(&out);
	}
	replay->summary.forgotten = outcome_evicted(replay->outcome);
	replay->ops->summary(&replay->config, &replay->summary, &out);
	flush(&out);
}

int main(int argc, char **argv)
{
	static char line[LINE_SIZE_MAX];
	static struct replay replay = {.config = {.realtime_offset_ns = REALTIME_OFFSET_NS}};
	struct inspect_config inspect_config = {0};
	bool inspect = false;
	bool check = false;
	bool chain = false;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--color") == 0) {
			replay.config.color = true;
		} else if (strcmp(argv[i], "--check") == 0) {
			check = true;
		} else if (strcmp(argv[i], "--chain") == 0) {
			chain = true;
		} else if (strcmp(argv[i], "--inspect") == 0) {
			inspect = true;
		} else if (strcmp(argv[i], "--threads") == 0) {
			inspect_config.threads = true;
		} else if (strcmp(argv[i], "--width") == 0 && i + 1 < argc) {
			replay.config.width = (unsigned int)strtoul(argv[++i], NULL, 10);
		} else {
			fprintf(stderr, "replay: unknown argument '%s'\n", argv[i]);
			return 2;
		}
	}
	replay.ops = argc > 1 ? renderer_from_name(argv[1]) : NULL;
	replay.check_ops = argc > 1 && check ? check_ops_from_name(argv[1]) : NULL;
	replay.chain.ops = argc > 1 && chain ? chain_ops_from_name(argv[1]) : NULL;
	if (check ? !replay.check_ops : chain ? !replay.chain.ops : !replay.ops) {
		fprintf(stderr, "usage: replay FORMAT [--width N] [--color] "
				"[--inspect [--threads] | --check | --chain]\n");
		return 2;
	}
	if (inspect) {
		inspect_config.width = replay.config.width;
		inspect_config.color = replay.config.color;
		replay_inspect(argv[1], &inspect_config, line, sizeof(line), read_hex);
		return 0;
	}
	if (latency_new(&replay.latency) != 0 || outcome_new(&replay.outcome) != 0)
		abort();
	if (check)
		play_check(&replay, line, sizeof(line));
	else if (chain)
		play_chain(&replay, line, sizeof(line));
	else
		play_trace(&replay, line, sizeof(line));
	latency_free(replay.latency);
	outcome_free(replay.outcome);
	return 0;
}
