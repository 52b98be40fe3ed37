// SPDX-License-Identifier: BSD-2-Clause
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd.h"
#include "parse.h"
#include "signal_list.h"
#include "signals.h"

/* A day: what waits longer than that is a mistake. */
#define WAIT_NS_MAX 86400000000000ULL

static int parse_signals(const char *argument, struct common_options *o, bool *probes)
{
	const char *bad, *near;
	uint64_t mask;
	size_t len;
	char word[64];
	int r = signal_list_parse(argument, &mask, probes, &bad, &len);

	if (r == 0) {
		o->signals_given = true;
		o->signals |= mask;
		if (!signal_list_only_excludes(argument))
			o->signals_by_name |= mask;
		return 0;
	}
	if (r == -ENOMSG && probes) {
		cli_error("-s: signal 0 stands alone, neither excluded nor in a range: %s",
			  cli_quote(argument));
		return -EINVAL;
	}
	if (r == -ENOMSG) {
		cli_error("-s: signal 0 only asks whether a process exists; the kernel generates "
			  "nothing for it");
		return -EINVAL;
	}
	if (r == -ENODATA) {
		cli_error("-s: no signal is left of %s", cli_quote(argument));
		return -EINVAL;
	}
	if (len >= sizeof(word))
		len = sizeof(word) - 1;
	memcpy(word, bad, len);
	word[len] = '\0';
	near = signal_nearest(word);
	if (near)
		cli_error("-s: unknown signal %s; did you mean %s?", cli_quote(word), near);
	else
		cli_error("-s: unknown signal %s (a name with or without SIG, a number from 1 to "
			  "%d, a range; kill -l lists the names)",
			  cli_quote(word), SIGNAL_MAX);
	return -EINVAL;
}

int options_parse_signals(const char *argument, void *data)
{
	return parse_signals(argument, data, NULL);
}

int options_parse_signals_and_probes(const char *argument, void *data)
{
	struct common_options *o = data;

	return parse_signals(argument, o, &o->probes);
}

int options_parse_color(const char *argument, void *data)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argument, names[i]) == 0) {
			((struct common_options *)data)->color = i;
			return 0;
		}
	}
	cli_error("--color: %s is not one of auto, always, never", cli_quote(argument));
	return -EINVAL;
}

int options_parse_verbose(const char *argument, void *data)
{
	(void)argument;
	((struct common_options *)data)->verbosity++;
	return 0;
}

int options_each_pid(const char *argument, int (*each)(void *context, uint32_t pid), void *context)
{
	struct parse_words words;
	const char *word;
	size_t len;
	int r;

	parse_words_init(&words, argument);
	while ((r = parse_words_next(&words, &word, &len)) > 0) {
		uint32_t pid;

		if (parse_pid_span(word, len, &pid) < 0) {
			cli_error("-p: %s is not a process number (1 to %d)",
				  cli_quote_span(word, len), PARSE_PID_MAX);
			return -EINVAL;
		}
		r = each(context, pid);
		if (r < 0)
			return r;
	}
	if (r < 0)
		cli_error("-p: an empty word in %s", cli_quote(argument));
	return r < 0 ? -EINVAL : 0;
}

int options_unknown_format(const char *argument, const char *names)
{
	cli_error("-o: unknown format %s (one of: %s)", cli_quote(argument), names);
	return -EINVAL;
}

bool options_want_color(enum color_mode mode)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	if ((no_color && *no_color) || (term && strcmp(term, "dumb") == 0))
		return false;
	return isatty(STDOUT_FILENO);
}

unsigned int options_terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

int options_parse_signal(const char *option, const char *argument, int *ret)
{
	const int sig = signal_from_name(argument);
	const char *nearest = signal_nearest(argument);

	if (sig > 0) {
		*ret = sig;
		return 0;
	}
	if (nearest)
		cli_error("%s: unknown signal %s; did you mean %s?", option, cli_quote(argument),
			  nearest);
	else
		cli_error("%s: unknown signal %s; a name (TERM, RTMIN+3) or a number from 1 to 64",
			  option, cli_quote(argument));
	return -EINVAL;
}

int options_parse_wait(const char *option, const char *argument, uint64_t *ret_ns)
{
	uint64_t ns;

	if (parse_duration(argument, &ns) < 0 || ns == 0 || ns > WAIT_NS_MAX) {
		cli_error("%s: %s is not a duration from 1ns to 24h (500ms, 10s, 1m30s)", option,
			  cli_quote(argument));
		return -EINVAL;
	}
	*ret_ns = ns;
	return 0;
}
