// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plays a recording through decode, explain and a renderer, without a kernel: replay text|json
 * [--width N] [--color] [--inspect [--threads]]
 *
 * stdin holds one record a line, in hexadecimal, then perhaps " latency=NS"; lines that begin with
 * # are comments. Everything, the summary included, goes to stdout. With --inspect it is a snapshot
 * of processes (replay_inspect.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "renderer.h"
#include "replay_inspect.h"

#define LINE_SIZE_MAX	4096
#define RECORD_SIZE_MAX 2048
/* The recordings begin one hour after boot; that is 2026-01-02T03:00:00Z. */
#define REALTIME_OFFSET_NS 1767319200000000000

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
static void play(const struct renderer_ops *ops, const struct renderer_config *config,
		 const unsigned char *bytes, size_t size, const char *latency,
		 struct trace_summary *summary, struct strbuf *out)
{
	void *record = malloc(size > 0 ? size : 1);
	struct verdict verdict = {0};
	struct report report;

	if (!record)
		abort();
	memcpy(record, bytes, size);
	if (decode_record(record, size, &report) != 0) {
		summary->corrupt++;
		free(record);
		return;
	}
	free(record);
	if (latency) {
		report.has_latency = true;
		report.latency_ns = strtoull(latency, NULL, 10);
	}
	summary->events++;
	summary->elapsed_ns = report.boot_ns - 3600000000000;
	if (report.kind != REPORT_EXIT)
		verdict = explain_report(&report);
	ops->report(config, &report, report.kind == REPORT_EXIT ? NULL : &verdict, out);
}

static void flush(struct strbuf *out)
{
	if (out->cut)
		fprintf(stderr, "replay: a report was longer than RENDERER_REPORT_SIZE_MAX\n");
	fwrite(out->data, 1, out->len, stdout);
	strbuf_reset(out);
}

int main(int argc, char **argv)
{
	static char line[LINE_SIZE_MAX];
	static char text[RENDERER_REPORT_SIZE_MAX];
	struct renderer_config config = {.realtime_offset_ns = REALTIME_OFFSET_NS};
	struct inspect_config inspect_config = {0};
	struct trace_summary summary = {0};
	bool inspect = false;
	const struct renderer_ops *ops = argc > 1 ? renderer_from_name(argv[1]) : NULL;
	struct strbuf out;

	if (!ops) {
		fprintf(stderr,
			"usage: replay text|json [--width N] [--color] [--inspect [--threads]]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--color") == 0) {
			config.color = true;
		} else if (strcmp(argv[i], "--inspect") == 0) {
			inspect = true;
		} else if (strcmp(argv[i], "--threads") == 0) {
			inspect_config.threads = true;
		} else if (strcmp(argv[i], "--width") == 0 && i + 1 < argc) {
			config.width = (unsigned int)strtoul(argv[++i], NULL, 10);
		} else {
			fprintf(stderr, "replay: unknown argument '%s'\n", argv[i]);
			return 2;
		}
	}
	if (inspect) {
		inspect_config.width = config.width;
		inspect_config.color = config.color;
		replay_inspect(argv[1], &inspect_config, line, sizeof(line), read_hex);
		return 0;
	}
	strbuf_init(&out, text, sizeof(text));
	ops->begin(&config, &out);
	flush(&out);
	while (fgets(line, sizeof(line), stdin)) {
		unsigned char record[RECORD_SIZE_MAX];
		const char *latency;
		size_t size;

		if (line[0] == '#')
			continue;
		size = read_hex(line, record, &latency);
		latency = strncmp(latency, " latency=", 9) == 0 ? latency + 9 : NULL;
		play(ops, &config, record, size, latency, &summary, &out);
		flush(&out);
	}
	ops->summary(&config, &summary, &out);
	flush(&out);
	return 0;
}
