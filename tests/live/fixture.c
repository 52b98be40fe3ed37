/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live fixture: its command line is a script of verbs that puts processes and threads into a
 * known signal state. Everything it does is printed as a line that a test can wait for. A deadline
 * and the parent-death signal make sure that nothing stays behind. Raw system calls where glibc
 * would hide signals 32 and 33 or cache a pid.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 60

static const struct verb *const verb_tables[] = {
	process_verbs, signal_verbs,  send_verbs,  kernel_verbs,
	matrix_verbs,  inspect_verbs, story_verbs,
};

static struct timespec deadline;
static char program_path[PATH_MAX];

__thread struct fixture_self fixture_self = {"main", -1};

/* --- Output --- */

static void line_add(struct line *l, const char *text)
{
	while (*text && l->len < sizeof(l->text) - 2)
		l->text[l->len++] = *text++;
}

static void line_add_digits(struct line *l, uint64_t value, unsigned int base)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	line_add(l, digits + at);
}

void line_text(struct line *l, const char *key, const char *value)
{
	line_add(l, " ");
	line_add(l, key);
	line_add(l, "=");
	line_add(l, value);
}

void line_number(struct line *l, const char *key, int64_t value)
{
	line_text(l, key, value < 0 ? "-" : "");
	line_add_digits(l, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void line_hex(struct line *l, const char *key, uint64_t value)
{
	line_text(l, key, "0x");
	line_add_digits(l, value, 16);
}

void line_start(struct line *l, const char *kind)
{
	l->len = 0;
	line_add(l, kind);
	line_text(l, "who", fixture_self.name);
	line_number(l, "pid", syscall(SYS_getpid));
	line_number(l, "tid", syscall(SYS_gettid));
}

void line_host(struct line *l)
{
	char link[64]; /* PID/task/TID, as the PID namespace of the mounted /proc sees it */
	ssize_t len = readlink("/proc/thread-self", link, sizeof(link) - 1);
	char *slash;

	if (len <= 0)
		return;
	link[len] = 0;
	slash = strchr(link, '/');
	if (!slash)
		return;
	*slash = 0;
	line_text(l, "host_pid", link);
	slash = strrchr(slash + 1, '/');
	if (slash)
		line_text(l, "host_tid", slash + 1);
}

void line_end(struct line *l)
{
	ssize_t ignored;

	l->text[l->len++] = '\n';
	do {
		ignored = write(STDOUT_FILENO, l->text, l->len);
	} while (ignored < 0 && errno == EINTR);
}

void die(const char *what, const char *word)
{
	dprintf(STDERR_FILENO, "fixture: %s: %s (%s)\n", what, word, errno ? strerror(errno) : "-");
	_exit(2);
}

/* --- The deadline --- */

void deadline_set(long seconds)
{
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += seconds;
}

int deadline_left_ms(void)
{
	struct timespec now;
	int64_t left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (int64_t)(deadline.tv_sec - now.tv_sec) * 1000 +
	       (deadline.tv_nsec - now.tv_nsec) / 1000000;
	return left < 0 ? 0 : (int)left;
}

void deadline_passed(void)
{
	struct line l;

	line_start(&l, "deadline");
	line_end(&l);
	_exit(FIXTURE_EXIT_DEADLINE);
}

void deadline_wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int got;

	do {
		got = poll(&p, 1, deadline_left_ms());
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		deadline_passed();
}

/* --- The script --- */

char *script_word(struct script *s)
{
	if (s->at >= s->end)
		die("a word is missing after", s->at ? s->words[s->at - 1] : "the start");
	return s->words[s->at++];
}

long script_number(struct script *s, long min, long max)
{
	char *word = script_word(s);
	char *end;
	long value;

	errno = 0;
	value = strtol(word, &end, 0);
	if (errno || end == word || *end || value < min || value > max)
		die("not a number in range", word);
	return value;
}

struct script script_block(struct script *s)
{
	struct script block = {.words = s->words};
	int depth = 1;

	if (strcmp(script_word(s), "[") != 0)
		die("expected [ after", s->words[s->at - 2]);
	block.at = s->at;
	while (depth) {
		char *word = script_word(s);

		depth += (strcmp(word, "[") == 0) - (strcmp(word, "]") == 0);
	}
	block.end = s->at - 1;
	return block;
}

static const struct verb *verb_find(const char *name)
{
	for (size_t t = 0; t < sizeof(verb_tables) / sizeof(*verb_tables); t++)
		for (const struct verb *v = verb_tables[t]; v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

void script_run(struct script s)
{
	while (s.at < s.end) {
		const char *word = script_word(&s);
		const struct verb *verb = verb_find(word);

		if (!verb)
			die("unknown verb (see --help)", word);
		verb->run(&s);
	}
}

static void print_help(void)
{
	printf("Usage: fixture VERB [ARGUMENTS] VERB [ARGUMENTS]…\n\n"
	       "SIGS is a comma-separated list of names, numbers and ranges, or `all` (without KILL\n"
	       "and STOP).\n"
	       "TARGET is a number, -GROUP, TGID:TID, @NAME, self, parent, group or init.\n\n");
	for (size_t t = 0; t < sizeof(verb_tables) / sizeof(*verb_tables); t++)
		for (const struct verb *v = verb_tables[t]; v->name; v++)
			printf("  %-14s %-28s %s\n", v->name, v->arguments, v->help);
}

char *fixture_program(void)
{
	return program_path;
}

int main(int argc, char **argv)
{
	struct script script = {.words = argv, .at = 1, .end = argc};
	ssize_t len;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_help();
		return argc < 2 ? 2 : 0;
	}
	len = readlink("/proc/self/exe", program_path, sizeof(program_path) - 1);
	if (len <= 0)
		snprintf(program_path, sizeof(program_path), "%s", argv[0]);
	deadline_set(DEADLINE_S);
	process_die_with_parent();
	script_run(script);
	return 0;
}
