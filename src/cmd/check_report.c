// SPDX-License-Identifier: BSD-2-Clause
#include "check_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "stop.h"
#include "writer.h"

int check_report_open(struct check_options *o)
{
	for (size_t i = 0; i < o->reports_len; i++) {
		struct check_report_file *report = &o->reports[i];

		report->fd = open(report->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY,
				  0666);
		if (report->fd >= 0)
			continue;
		cli_error("--report: cannot write %s: %s", cli_quote(report->path),
			  strerror(errno));
		return -EINVAL;
	}
	return 0;
}

static void put(void *context, const char *bytes, size_t len)
{
	writer_put(context, bytes, len);
}

static struct renderer_config config_of(const struct check_options *o, const struct check_ops *ops,
					bool is_stdout)
{
	struct renderer_config config = {
		.realtime_offset_ns =
			(int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME)),
	};

	if (is_stdout && ops->for_people) {
		config.color = options_want_color(o->common.color);
		config.width = options_terminal_width();
	}
	return config;
}

static int write_file(const struct check_options *o, const struct check_report_file *report,
		      const struct check_result *results, size_t len, struct writer *writer)
{
	const struct renderer_config config = config_of(o, report->ops, false);
	const struct inspect_sink sink = {.put = put, .context = writer};
	int r;

	writer_init(writer, report->fd);
	writer->stop = &stop_again;
	report->ops->write(&config, results, len, &sink);
	r = writer_flush(writer);
	if (close(report->fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		return 0;
	cli_error("--report: cannot write %s: %s", cli_quote(report->path), strerror(-r));
	return 1;
}

int check_report_write(const struct check_options *o, const struct check_result *results,
		       size_t len)
{
	const struct renderer_config config = config_of(o, o->format, true);
	const struct inspect_sink sink = {.put = put, .context = cli_stdout()};
	struct writer *writer = malloc(sizeof(*writer));
	int r = 0, flushed;

	if (!writer)
		return -ENOMEM;
	for (size_t i = 0; i < o->reports_len; i++)
		r |= write_file(o, &o->reports[i], results, len, writer);
	free(writer);
	cli_stdout()->stop = &stop_again;
	o->format->write(&config, results, len, &sink);
	flushed = writer_flush(cli_stdout());
	return flushed < 0 ? flushed : r;
}
