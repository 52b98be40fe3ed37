/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "strbuf.h"
#include "suggest.h"

#ifndef SIGTRACE_VERSION
#define SIGTRACE_VERSION "unknown"
#endif

/* No command comes near; more would be a defect of its table. */
#define OPTIONS_MAX 64
/* Values that getopt_long() returns for long options, above every char. */
#define LONG_BASE 256

const struct cli_command *const cli_commands[] = {
	&trace_command,	   &inspect_command,	&check_command, &chain_command,
	&features_command, &completion_command, &help_command,	NULL,
};

static const struct cli_option common_options[] = {
	{.name = "help", .short_name = 'h', .help = "show this help and exit"},
	{.name = "version", .short_name = 'V', .help = "show the version and exit"},
	{0},
};

/* Whose --help a usage error points to; NULL: the program's. */
static const struct cli_command *current_command;

static void print_error(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static void print_error(const char *format, va_list args)
{
	static const char prefix[] = "sigtrace: ";
	char line[2048];
	size_t len = sizeof(prefix) - 1;
	int more;

	memcpy(line, prefix, len);
	more = vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	if (more > 0)
		len += strlen(line + len);
	line[len++] = '\n';
	/* One write: lines of several processes do not mix. Nobody could be told of a failure. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(format, args);
	va_end(args);
}

static int point_to_help(void)
{
	if (current_command)
		cli_error("try 'sigtrace %s --help'", current_command->name);
	else
		cli_error("try 'sigtrace --help'");
	return EXIT_USAGE;
}

int cli_usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_error(format, args);
	va_end(args);
	return point_to_help();
}

const char *cli_quote_span(const char *word, size_t len)
{
	static char ring[4][96];
	static unsigned int next;
	char *data = ring[next++ % 4];
	struct strbuf b;

	/* Room is left for what marks the end. */
	strbuf_init(&b, data, sizeof(ring[0]) - sizeof("…'"));
	strbuf_add_char(&b, '\'');
	strbuf_add_escaped(&b, word, len);
	strcpy(data + b.len, b.cut ? "…'" : "'");
	return data;
}

const char *cli_quote(const char *word)
{
	return cli_quote_span(word, strlen(word));
}

int cli_output_result(int err)
{
	if (err >= 0 || err == -EPIPE)
		return EXIT_FINE;
	cli_error("cannot write to stdout: %s", strerror(-err));
	return EXIT_INTERNAL;
}

struct writer *cli_stdout(void)
{
	static struct writer writer;
	static bool ready;

	if (!ready) {
		writer_init(&writer, STDOUT_FILENO);
		ready = true;
	}
	return &writer;
}

int cli_finish(int result)
{
	int output = cli_output_result(writer_flush(cli_stdout()));

	return output == EXIT_FINE ? result : output;
}

const struct cli_command *cli_find_command(const char *name)
{
	for (size_t i = 0; cli_commands[i]; i++)
		if (!strcmp(cli_commands[i]->name, name))
			return cli_commands[i];
	return NULL;
}

const struct cli_option *cli_option_at(const struct cli_command *command, size_t index)
{
	const struct cli_option *option = command->options;

	for (; option && option->name; option++)
		if (index-- == 0)
			return option;
	for (option = common_options; option->name; option++)
		if (index-- == 0)
			return option;
	return NULL;
}

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

int cli_unknown_command(const char *word)
{
	struct suggest nearest;

	if (is_number(word))
		return cli_usage_error("unknown command %s; did you mean '-p %.20s'?",
				       cli_quote(word), word);
	suggest_init(&nearest, word);
	for (size_t i = 0; cli_commands[i]; i++)
		suggest_offer(&nearest, cli_commands[i]->name);
	if (suggest_result(&nearest))
		return cli_usage_error("unknown command %s; did you mean '%s'?", cli_quote(word),
				       suggest_result(&nearest));
	return cli_usage_error("unknown command %s", cli_quote(word));
}

static const struct cli_option *find_long(const struct cli_command *command, const char *name,
					  size_t len)
{
	const struct cli_option *option;

	for (size_t i = 0; (option = cli_option_at(command, i)); i++)
		if (strlen(option->name) == len && !memcmp(option->name, name, len))
			return option;
	return NULL;
}

static const struct cli_option *find_short(const struct cli_command *command, int c)
{
	const struct cli_option *option;

	for (size_t i = 0; (option = cli_option_at(command, i)); i++)
		if (c && option->short_name == c)
			return option;
	return NULL;
}

static int unknown_long(const struct cli_command *command, const char *word)
{
	char name[SUGGEST_LENGTH_MAX + 2], quoted[128];
	const struct cli_option *option;
	struct suggest nearest;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	/* Without a name, as in "--=x", the whole word is what is wrong. */
	snprintf(quoted, sizeof(quoted), "%.*s", name[0] ? (int)strcspn(word, "=") : -1, word);
	suggest_init(&nearest, name);
	for (size_t i = 0; (option = cli_option_at(command, i)); i++)
		suggest_offer(&nearest, option->name);
	if (suggest_result(&nearest))
		return cli_usage_error("unknown option %s; did you mean '--%s'?", cli_quote(quoted),
				       suggest_result(&nearest));
	return cli_usage_error("unknown option %s", cli_quote(quoted));
}

static int unknown_short(const struct cli_command *command, const char *word, int c)
{
	int other_case = islower(c) ? toupper(c) : tolower(c);
	const char option[] = {'-', (char)c, '\0'};
	char where[128] = "";

	if (strlen(word) > 2)
		snprintf(where, sizeof(where), " in %s", cli_quote(word));
	if (find_short(command, other_case))
		return cli_usage_error("unknown option %s%s; did you mean '-%c'?",
				       cli_quote(option), where, other_case);
	return cli_usage_error("unknown option %s%s", cli_quote(option), where);
}

/*
 * What getopt_long() would let through or could not explain: abbreviated and misspelt long options,
 * arguments for flags, long options with one dash. Returns 0 or EXIT_USAGE.
 */
static int check_word(const struct cli_command *command, const char *word)
{
	const struct cli_option *option;
	size_t len;

	if (word[0] != '-' || !word[1])
		return 0;
	if (word[1] != '-') {
		len = strcspn(word + 1, "=");
		/* "-to" may be -t -o; no longer name makes sense as a row of short ones. */
		if (len < 3 || !find_long(command, word + 1, len))
			return 0;
		return cli_usage_error("unknown option %s; did you mean '-%.*s'?", cli_quote(word),
				       (int)len + 1, word);
	}
	if (!word[2])
		return 0;
	len = strcspn(word + 2, "=");
	option = find_long(command, word + 2, len);
	if (!option)
		return unknown_long(command, word);
	if (word[2 + len] == '=' && !option->argument)
		return cli_usage_error("option '--%s' takes no argument, but got %s", option->name,
				       cli_quote(word + 2 + len + 1));
	return 0;
}

static int unexpected_operand(const struct cli_command *command, const char *word)
{
	if (cli_find_command(word))
		return cli_usage_error(
			"unexpected argument %s; a command comes first: 'sigtrace %s …'",
			cli_quote(word), word);
	if (is_number(word) && find_short(command, 'p'))
		return cli_usage_error("unexpected argument %s; did you mean '-p %.20s'?",
				       cli_quote(word), word);
	if (command->takes_command)
		return cli_usage_error("unexpected argument %s; a program to start goes after '--'",
				       cli_quote(word));
	return cli_usage_error("unexpected argument %s", cli_quote(word));
}

static int missing_argument(const struct cli_command *command, const char *word, int c)
{
	const struct cli_option *option;

	if (word[1] == '-') {
		option = find_long(command, word + 2, strlen(word + 2));
		return cli_usage_error("option '--%s' needs an argument: %s", option->name,
				       option->argument);
	}
	option = find_short(command, c);
	return cli_usage_error("option '-%c' needs an argument: %s", c, option->argument);
}

static int print_version(void)
{
	writer_puts(cli_stdout(), "sigtrace " SIGTRACE_VERSION "\n");
	return cli_finish(EXIT_FINE);
}

/* The tables in the form that getopt_long() wants. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 3];
};

static void fill_tables(const struct cli_command *command, struct getopt_tables *tables)
{
	const struct cli_option *option;
	char *next = tables->shorts;

	/* '-': words come in their order, none is moved; ':': a missing argument is told apart. */
	*next++ = '-';
	*next++ = ':';
	for (size_t i = 0; (option = cli_option_at(command, i)); i++) {
		if (i == OPTIONS_MAX)
			abort();
		tables->longs[i] = (struct option){
			.name = option->name,
			.has_arg = option->argument ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (option->short_name) {
			*next++ = option->short_name;
			if (option->argument)
				*next++ = ':';
		}
	}
}

/* Calls the option's function; true if the program is to end with *exit_code. */
static bool apply_option(const struct cli_command *command, const struct cli_option *option,
			 bool with_commands, int *exit_code)
{
	int err;

	if (option->parse) {
		err = option->parse(option->argument ? optarg : NULL, command->options_data);
		if (err >= 0)
			return false;
		*exit_code = err == -EINVAL ? point_to_help() : EXIT_INTERNAL;
	} else if (!strcmp(option->name, "help")) {
		*exit_code = cli_help(command, with_commands);
	} else {
		*exit_code = print_version();
	}
	return true;
}

/* argv[0] is not looked at. */
static int run_command(const struct cli_command *command, bool with_commands, int argc, char **argv)
{
	struct getopt_tables tables = {0};
	int operands = 0, exit_code;

	fill_tables(command, &tables);
	opterr = 0;
	/* 0, not 1: glibc and musl then forget everything of an earlier scan. */
	optind = 0;
	for (;;) {
		int at = optind ? optind : 1;
		const char *word = at < argc ? argv[at] : "";
		int c;

		exit_code = check_word(command, word);
		if (exit_code)
			return exit_code;
		c = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
		if (c == -1) {
			if (command->takes_command && !command->command_may_be_empty &&
			    !strcmp(word, "--") && optind == argc)
				return cli_usage_error("no program to start after '--'");
			break;
		}
		if (c == 1) {
			if ((unsigned int)operands == command->operand_max)
				return unexpected_operand(command, optarg);
			/* Always a word that has been read already. */
			argv[1 + operands++] = optarg;
			continue;
		}
		if (c == ':')
			return missing_argument(command, word, optopt);
		if (c == '?')
			return unknown_short(command, word, (unsigned char)optopt);
		if (apply_option(command,
				 c >= LONG_BASE ? cli_option_at(command, (size_t)(c - LONG_BASE))
						: find_short(command, c),
				 with_commands, &exit_code))
			return exit_code;
	}
	if (command->takes_command)
		return command->run(argc - optind, argv + optind);
	while (optind < argc) {
		if ((unsigned int)operands == command->operand_max)
			return unexpected_operand(command, argv[optind]);
		argv[1 + operands++] = argv[optind++];
	}
	argv[1 + operands] = NULL;
	return command->run(operands, argv + 1);
}

int cli_main(int argc, char **argv)
{
	static char *no_words[] = {NULL, NULL};

	/* execve() allows an empty argv. */
	if (argc < 1)
		return run_command(cli_commands[0], true, 1, no_words);
	if (argc < 2 || argv[1][0] == '-')
		return run_command(cli_commands[0], true, argc, argv);
	current_command = cli_find_command(argv[1]);
	if (!current_command)
		return cli_unknown_command(argv[1]);
	return run_command(current_command, false, argc - 1, argv + 1);
}
