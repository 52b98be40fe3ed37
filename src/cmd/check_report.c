// SPDX-License-Identifier: BSD-2-Clause
#include "check_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "stop.h"
#include "writer.h"

/* What is written to; those that we open are looked at for being one of those before them. */
struct file {
	const char *option; /* or "stdout", which was open before us: then there is no path */
	const char *path;
	int fd;
};

struct files {
	struct file list[CHECK_REPORTS_MAX + 3];
	size_t len;
};

/* Of a file only: what two write to a pipe, or to /dev/null, goes there one after the other. */
static bool is_same_file(int a, int b)
{
	struct stat of_a, of_b;

	return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && S_ISREG(of_a.st_mode) &&
	       of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* It keeps what it has until it is known to be nobody else's. */
static int open_file(struct files *files, const char *option, const char *path, int *ret_fd)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0) {
		cli_error("%s: cannot write %s: %s", option, cli_quote(path), strerror(errno));
		return EXIT_INTERNAL;
	}
	*ret_fd = fd;
	for (size_t i = 0; i < files->len; i++) {
		const struct file *other = &files->list[i];

		if (is_same_file(fd, other->fd))
			return cli_usage_error("%s: %s is the same file as that of %s; each needs "
					       "one of its own",
					       option, cli_quote(path), other->option);
	}
	files->list[files->len++] = (struct file){option, path, fd};
	return 0;
}

/* A file that is no regular one has nothing to be emptied. */
static int empty_file(const struct file *file)
{
	struct stat st;

	if (!file->path || fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    ftruncate(file->fd, 0) == 0)
		return 0;
	cli_error("%s: cannot write %s: %s", file->option, cli_quote(file->path), strerror(errno));
	return EXIT_INTERNAL;
}

int check_report_open(struct check_options *o)
{
	struct files files = {
		.list = {{"stdout", NULL, STDOUT_FILENO}, {"stderr", NULL, STDERR_FILENO}},
		.len = 2,
	};
	int code = 0;

	if (o->log)
		code = open_file(&files, "--log", o->log, &o->output_fd);
	for (size_t i = 0; i < o->reports_len && code == 0; i++)
		code = open_file(&files, "--report", o->reports[i].path, &o->reports[i].fd);
	for (size_t i = 0; i < files.len && code == 0; i++)
		code = empty_file(&files.list[i]);
	return code;
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
