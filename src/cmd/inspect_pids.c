// SPDX-License-Identifier: BSD-2-Clause
#include "inspect_pids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "options.h"
#include "parse.h"
#include "proc_dir.h"
#include "procfs.h"

/* 100,000 pids of the largest size, and room to spare. */
#define STDIN_BYTES_MAX (1U << 20)

void inspect_pids_free(struct inspect_pids *p)
{
	free(p->list);
	free(p->seen);
	*p = (struct inspect_pids){};
}

static struct inspect_pid *append(struct inspect_pids *p)
{
	if (p->len == p->capacity) {
		size_t capacity = p->capacity ? 2 * p->capacity : 16;
		struct inspect_pid *list = reallocarray(p->list, capacity, sizeof(*list));

		if (!list)
			return NULL;
		p->list = list;
		p->capacity = capacity;
	}
	return &p->list[p->len++];
}

/* Each once. */
static int add_once(struct inspect_pids *p, const struct inspect_pid *named)
{
	struct inspect_pid *added;

	if (!p->seen)
		p->seen = calloc(1, PARSE_PID_MAX / 8 + 1);
	if (p->seen && (p->seen[named->tgid / 8] & (1U << named->tgid % 8)))
		return 0;
	added = p->seen ? append(p) : NULL;
	if (!added) {
		cli_error("too many processes: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	p->seen[named->tgid / 8] |= 1U << named->tgid % 8;
	*added = *named;
	return 0;
}

static int add(void *context, uint32_t pid)
{
	struct inspect_pid named = {.pid = pid, .tgid = pid};
	struct procfs_process process;
	int r = procfs_read_process(pid, &process);

	if (r == 0) {
		named.tgid = process.tgid;
		named.start_boot_ns = process.start_boot_ns;
	} else if (r == -ESRCH) {
		named.gone = true;
	} else {
		cli_error("-p: cannot read process %u: %s", pid, strerror(-r));
		return -EINVAL;
	}
	return add_once(context, &named);
}

int inspect_pids_add(struct inspect_pids *p, const struct procfs_process *process)
{
	const struct inspect_pid named = {
		.pid = process->tgid,
		.tgid = process->tgid,
		.start_boot_ns = process->start_boot_ns,
		.found = true,
	};

	return add_once(p, &named);
}

/* Returns how many bytes there were, at most `size`, or a negative errno. */
static ssize_t read_stdin(char *buffer, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(STDIN_FILENO, buffer + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += n;
	}
	return len;
}

static bool separates(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

static int add_words(struct inspect_pids *p, const char *text, size_t len)
{
	size_t words = 0, end;

	for (size_t at = 0; at < len; at = end) {
		uint32_t pid;
		int r;

		end = at + 1;
		if (separates(text[at]))
			continue;
		while (end < len && !separates(text[end]))
			end++;
		if (parse_pid_span(text + at, end - at, &pid) < 0) {
			cli_error("-p -: on stdin, %s is not a process number (1 to %d)",
				  cli_quote_span(text + at, end - at), PARSE_PID_MAX);
			return -EINVAL;
		}
		r = add(p, pid);
		if (r < 0)
			return r;
		words++;
	}
	if (!words)
		cli_error("-p -: there is no process number on stdin");
	return words ? 0 : -EINVAL;
}

static int add_from_stdin(struct inspect_pids *p)
{
	char *text;
	ssize_t len;
	int r;

	if (p->read_stdin) {
		cli_error("-p -: stdin can be read only once");
		return -EINVAL;
	}
	p->read_stdin = true;
	text = malloc(STDIN_BYTES_MAX + 1);
	if (!text) {
		cli_error("-p -: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	len = read_stdin(text, STDIN_BYTES_MAX + 1);
	if (len < 0) {
		cli_error("-p -: cannot read stdin: %s", strerror((int)-len));
		r = (int)len;
	} else if (len > STDIN_BYTES_MAX) {
		cli_error("-p -: there is more than %u KiB on stdin", STDIN_BYTES_MAX / 1024);
		r = -EINVAL;
	} else {
		r = add_words(p, text, len);
	}
	free(text);
	return r;
}

int inspect_pids_parse(struct inspect_pids *p, const char *argument)
{
	if (strcmp(argument, "-") == 0)
		return add_from_stdin(p);
	return options_each_pid(argument, add, p);
}

size_t inspect_pids_living(const struct inspect_pids *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->len; i++)
		count += !p->list[i].gone;
	return count;
}

void inspect_pids_compare(struct inspect_pids *p, const struct process_table *t)
{
	for (size_t i = 0; i < p->len; i++) {
		struct inspect_pid *named = &p->list[i];
		const struct process *process = process_table_find(t, named->tgid);

		if (!process || process->start_boot_ns / PROCFS_TICK_NS !=
					named->start_boot_ns / PROCFS_TICK_NS)
			named->gone = true;
	}
}
