// SPDX-License-Identifier: BSD-2-Clause
#include "process_words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

/* Of an environment so much is read; most have some thousand bytes. */
#define ENVIRONMENT_MAX 262144

/* Documentation/admin-guide/devices.txt */
#define TTY_MAJOR     4
#define TTYAUX_MAJOR  5
#define PTS_MAJOR     136
#define VIRTUAL_FIRST 1 /* of TTY_MAJOR: tty1; from 64 on they are serial lines */
#define VIRTUAL_LAST  63
#define CONSOLE_MINOR 1

/* 0, NUL-terminated; or a negative errno: one that is cut is nobody's path. */
static int read_link(const struct proc_dir *d, const char *name, char *buffer, size_t size)
{
	const ssize_t n = readlinkat(d->fd, name, buffer, size);

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buffer[n] = '\0';
	return 0;
}

/* Up to `size` bytes; or a negative errno. */
static ssize_t read_beginning(const struct proc_dir *d, const char *name, char *buffer, size_t size)
{
	const int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while ((size_t)len < size && (n = read(fd, buffer + len, size - (size_t)len)) != 0) {
		if (n < 0) {
			len = -errno;
			break;
		}
		len += n;
	}
	close(fd);
	return len;
}

/* text[0..len) and a NUL behind it: words that each end with a NUL, the last perhaps with none. */
static size_t count_words(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		count++;
	return count;
}

/* The length without the empty words at the end, if they are two or more. */
static size_t without_rest_of_title(const char *text, size_t len)
{
	size_t end = len;

	while (end > 0 && !text[end - 1])
		end--;
	return len - end > 2 ? end : len;
}

/* 0 or -ENOMEM. */
static int split_words(const char *text, size_t len, struct process_words *w)
{
	size_t count = count_words(text, len);
	char *copy;

	if (count > PROCESS_WORDS_MAX) {
		count = PROCESS_WORDS_MAX;
		w->cut = true;
	}
	if (count == 0)
		return 0;
	w->words = malloc(count * sizeof(w->words[0]) + len + 1);
	if (!w->words)
		return -ENOMEM;
	copy = (char *)(w->words + count);
	memcpy(copy, text, len + 1);
	w->len = count;
	for (size_t i = 0; i < count; i++) {
		w->words[i] = copy;
		copy += strlen(copy) + 1;
	}
	return 0;
}

int process_words_read(const struct proc_dir *d, struct process_words *ret)
{
	/* One byte more: there are more. */
	char text[PROCESS_WORDS_BYTES_MAX + 2] = "";
	char exe[PATH_MAX];
	struct process_words w = {.exe = NULL};
	ssize_t len = read_beginning(d, "cmdline", text, PROCESS_WORDS_BYTES_MAX + 1);
	int r = 0;

	if (len == -ESRCH)
		return -ESRCH;
	if (len > PROCESS_WORDS_BYTES_MAX) {
		len = PROCESS_WORDS_BYTES_MAX;
		w.cut = true;
	}
	if (len > 0) {
		len = (ssize_t)without_rest_of_title(text, (size_t)len);
		text[len] = '\0';
		r = split_words(text, (size_t)len, &w);
	}
	if (r == 0 && read_link(d, "exe", exe, sizeof(exe)) == 0) {
		w.exe = strdup(exe);
		r = w.exe ? 0 : -ENOMEM;
	}
	if (r < 0) {
		process_words_free(&w);
		return r;
	}
	*ret = w;
	return 0;
}

void process_words_free(struct process_words *w)
{
	free(w->exe);
	free(w->words);
	*w = (struct process_words){.exe = NULL};
}

/* text[0..len): variables, each with a NUL behind it. */
static bool has_variable(const char *text, size_t len, const char *name)
{
	const size_t name_len = strlen(name);

	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (strncmp(text + at, name, name_len) == 0 && text[at + name_len] == '=')
			return true;
	return false;
}

bool process_has_variable(const struct proc_dir *d, const char *name, bool *known)
{
	char *text = malloc(ENVIRONMENT_MAX + 1);
	ssize_t len = text ? read_beginning(d, "environ", text, ENVIRONMENT_MAX) : -ENOMEM;
	bool found = false;

	*known = false;
	if (len >= 0) {
		text[len] = '\0';
		found = has_variable(text, (size_t)len, name);
		*known = found || len < ENVIRONMENT_MAX;
	}
	free(text);
	return found;
}

enum terminal {
	TERMINAL_NOT_KNOWN,
	TERMINAL_NO,
	TERMINAL_YES,
};

/*
 * By the name that its terminal had: a stat() of what it points to may wait for a dead file server.
 * Who gives another file such a name in its own mount namespace is called interactive, no more.
 */
static enum terminal find_terminal(const struct proc_dir *d, const char *name)
{
	static const char *const beginnings[] = {"/dev/pts/", "/dev/tty", "/dev/console",
						 "/dev/hvc"};
	char path[PATH_MAX];
	const int r = read_link(d, name, path, sizeof(path));

	if (r < 0)
		return r == -ENOENT ? TERMINAL_NO : TERMINAL_NOT_KNOWN;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(path, beginnings[i], strlen(beginnings[i])) == 0)
			return TERMINAL_YES;
	/* "/3" is what is left of a terminal of a file system that was unmounted since. */
	if (path[0] == '/' && path[1] && !path[1 + strspn(path + 1, "0123456789")])
		return TERMINAL_NOT_KNOWN;
	return TERMINAL_NO;
}

bool process_stdin_is_tty(const struct proc_dir *d, bool *known)
{
	const enum terminal input = find_terminal(d, "fd/0");

	*known = input == TERMINAL_NO;
	if (input != TERMINAL_YES)
		return false;
	*known = find_terminal(d, "fd/1") == TERMINAL_YES &&
		 find_terminal(d, "fd/2") == TERMINAL_YES;
	return *known;
}

static void write_name(const struct proctext_stat *stat, char *name, size_t size)
{
	if (stat->tty_major == PTS_MAJOR)
		snprintf(name, size, "pts/%u", stat->tty_minor);
	else if (stat->tty_major == TTY_MAJOR && stat->tty_minor >= VIRTUAL_FIRST &&
		 stat->tty_minor <= VIRTUAL_LAST)
		snprintf(name, size, "tty%u", stat->tty_minor);
	else if (stat->tty_major == TTYAUX_MAJOR && stat->tty_minor == CONSOLE_MINOR)
		snprintf(name, size, "console");
	else
		snprintf(name, size, "%u:%u", stat->tty_major, stat->tty_minor);
}

int process_tty_read(const struct proc_dir *d, struct process_tty *ret)
{
	struct process_tty tty = {.known = false};
	struct proctext_stat stat;
	const int r = procfs_read_stat_at(d->fd, "stat", &stat);

	if (r == -ESRCH)
		return r;
	if (r == 0 && stat.has_ids) {
		tty.known = true;
		if (stat.has_tty)
			write_name(&stat, tty.name, sizeof(tty.name));
		if (stat.has_tty && stat.tpgid > 0) {
			tty.foreground_pgid = (uint32_t)stat.tpgid;
			tty.foreground = stat.pgid == tty.foreground_pgid;
		}
	}
	*ret = tty;
	return 0;
}
