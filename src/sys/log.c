/* SPDX-License-Identifier: BSD-2-Clause */
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* A screenful: the end of a verifier log is where the reason is. */
#define KEPT_LINES 24
#define LINE_SIZE  240

/* One state, because libbpf has one print callback for the process, and gives it no context. */
static struct {
	unsigned int verbosity;
	bool discarding;
	unsigned int count; /* of lines since log_forget(); the last KEPT_LINES are there */
	char lines[KEPT_LINES][LINE_SIZE];
} state;

/* For all of the state but its verbosity, which is set before there is a second thread. */
static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;

static void write_stderr(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* There is nobody left to tell. */
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* libbpf repeats names that it read from the kernel's BTF: a terminal gets printable ASCII only. */
static void make_printable(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || (unsigned char)*line > '~')
			*line = *line == '\t' ? ' ' : '?';
}

static void keep_line(const char *line, size_t len)
{
	static const char prefix[] = "libbpf: ";
	char *slot = state.lines[state.count % KEPT_LINES];

	if (len >= sizeof(prefix) - 1 && !memcmp(line, prefix, sizeof(prefix) - 1)) {
		line += sizeof(prefix) - 1;
		len -= sizeof(prefix) - 1;
	}
	if (!len)
		return;
	if (len >= LINE_SIZE)
		len = LINE_SIZE - 1;
	memcpy(slot, line, len);
	slot[len] = '\0';
	make_printable(slot);
	state.count++;
}

static void keep(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		keep_line(text, len);
		text += len + (text[len] == '\n');
	}
}

/* The verifier's log comes as one message of up to megabytes; only its end is wanted. */
static void keep_message(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static void keep_message(const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return;
	text = malloc((size_t)len + 1);
	if (!text)
		return;
	vsnprintf(text, (size_t)len + 1, format, args);
	pthread_mutex_lock(&state_lock);
	if (!state.discarding)
		keep(text);
	pthread_mutex_unlock(&state_lock);
	free(text);
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	/* libbpf 1.1 reads errno after it has printed. */
	int saved_errno = errno;

	if (state.verbosity >= LOG_VERBOSITY_DEBUG ||
	    (state.verbosity == LOG_VERBOSITY_VERBOSE && level != LIBBPF_DEBUG))
		vdprintf(STDERR_FILENO, format, args);
	else if (level == LIBBPF_WARN)
		keep_message(format, args);
	errno = saved_errno;
	return 0;
}

void log_init(unsigned int verbosity)
{
	state.verbosity = verbosity;
	libbpf_set_print(print_libbpf);
}

void log_debug(const char *format, ...)
{
	char line[512];
	va_list args;
	int len;

	if (state.verbosity < LOG_VERBOSITY_DEBUG)
		return;
	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len] = '\n';
	write_stderr(line, (size_t)len + 1);
}

void log_set_keeping(bool keeping)
{
	pthread_mutex_lock(&state_lock);
	state.discarding = !keeping;
	pthread_mutex_unlock(&state_lock);
}

void log_forget(void)
{
	pthread_mutex_lock(&state_lock);
	state.count = 0;
	pthread_mutex_unlock(&state_lock);
}

bool log_show_kept(void)
{
	unsigned int first;
	bool any;

	pthread_mutex_lock(&state_lock);
	first = state.count > KEPT_LINES ? state.count - KEPT_LINES : 0;
	any = state.count > 0;
	for (unsigned int i = first; i < state.count; i++) {
		char line[LINE_SIZE + 16];
		int len = snprintf(line, sizeof(line), "  libbpf: %s\n",
				   state.lines[i % KEPT_LINES]);

		write_stderr(line, (size_t)len);
	}
	pthread_mutex_unlock(&state_lock);
	return any;
}
