/* SPDX-License-Identifier: BSD-2-Clause */
/* Help, generated from the tables of the commands. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* Options that are longer have their help on the next line. */
#define HELP_COLUMN_MAX 28

size_t cli_columns(const char *text, size_t size)
{
	size_t columns = 0;

	/* Bytes 10xxxxxx continue a character. */
	for (size_t i = 0; i < size && text[i]; i++)
		columns += ((unsigned char)text[i] & 0xC0) != 0x80;
	return columns;
}

void cli_put_spaces(struct writer *w, size_t count)
{
	while (count-- > 0)
		writer_puts(w, " ");
}

void cli_put_wrapped(struct writer *w, const char *text, size_t column, size_t indent, size_t width)
{
	bool line_start = true;

	while (*text) {
		size_t len, columns;

		if (*text == '\n') {
			writer_puts(w, "\n");
			cli_put_spaces(w, indent);
			column = indent;
			line_start = true;
			text++;
			continue;
		}
		if (*text == ' ') {
			text++;
			continue;
		}
		len = strcspn(text, " \n");
		columns = cli_columns(text, len);
		if (!line_start && column + 1 + columns > width) {
			writer_puts(w, "\n");
			cli_put_spaces(w, indent);
			column = indent;
		} else if (!line_start) {
			writer_puts(w, " ");
			column++;
		}
		writer_put(w, text, len);
		column += columns;
		line_start = false;
		text += len;
	}
	writer_puts(w, "\n");
}

static void put_paragraphs(struct writer *w, const char *text)
{
	cli_put_wrapped(w, text, 0, 0, CLI_TEXT_WIDTH);
}

/* "  -p, --pid PID[,PID…]" */
static void format_option(const struct cli_option *option, char *text, size_t size)
{
	char short_name[] = "  -x, ";

	short_name[3] = option->short_name;
	snprintf(text, size, "%s--%s%s%s", option->short_name ? short_name : "      ", option->name,
		 option->argument ? " " : "", option->argument ? option->argument : "");
}

static void put_options(struct writer *w, const struct cli_command *command)
{
	const struct cli_option *option;
	size_t help_column = 0;
	char text[128];

	for (size_t i = 0; (option = cli_option_at(command, i)); i++) {
		size_t columns;

		format_option(option, text, sizeof(text));
		columns = cli_columns(text, sizeof(text)) + 2;
		if (columns <= HELP_COLUMN_MAX && columns > help_column)
			help_column = columns;
	}
	writer_puts(w, "\nOptions:\n");
	for (size_t i = 0; (option = cli_option_at(command, i)); i++) {
		size_t columns;

		format_option(option, text, sizeof(text));
		writer_puts(w, text);
		columns = cli_columns(text, sizeof(text));
		if (columns + 2 > help_column) {
			writer_puts(w, "\n");
			columns = 0;
		}
		cli_put_spaces(w, help_column - columns);
		cli_put_wrapped(w, option->help, help_column, help_column, CLI_TEXT_WIDTH);
	}
}

static void put_commands(struct writer *w)
{
	size_t column = 0;

	for (size_t i = 0; cli_commands[i]; i++)
		if (strlen(cli_commands[i]->name) + 4 > column)
			column = strlen(cli_commands[i]->name) + 4;
	writer_puts(w, "\nCommands:\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *command = cli_commands[i];

		writer_puts(w, "  ");
		writer_puts(w, command->name);
		cli_put_spaces(w, column - 2 - strlen(command->name));
		cli_put_wrapped(w, command->summary, column, column, CLI_TEXT_WIDTH);
	}
	put_paragraphs(w, "\n'sigtrace COMMAND --help' shows the help of one; without a command, "
			  "sigtrace traces.");
}

static void put_examples(struct writer *w, const struct cli_example *example)
{
	if (!example || !example->command)
		return;
	writer_puts(w, "\nExamples:\n");
	for (; example->command; example++) {
		/* Not wrapped: it is there to be copied. */
		writer_puts(w, "  ");
		writer_puts(w, example->command);
		writer_puts(w, "\n      ");
		cli_put_wrapped(w, example->text, 6, 6, CLI_TEXT_WIDTH);
	}
}

static void put_usage(struct writer *w, const char *lead, const char *name, const char *usage)
{
	writer_puts(w, lead);
	writer_puts(w, "sigtrace");
	writer_puts(w, name[0] ? " " : "");
	writer_puts(w, name);
	writer_puts(w, usage[0] ? " " : "");
	writer_puts(w, usage);
	writer_puts(w, "\n");
}

int cli_help(const struct cli_command *command, bool with_commands)
{
	struct writer *w = cli_stdout();

	if (with_commands) {
		put_usage(w, "Usage: ", "", command->usage);
		put_usage(w, "       ", "", "COMMAND [OPTIONS]");
	} else {
		put_usage(w, "Usage: ", command->name, command->usage);
	}
	writer_puts(w, "\n");
	put_paragraphs(w, command->description);
	put_options(w, command);
	if (with_commands)
		put_commands(w);
	put_examples(w, command->examples);
	put_paragraphs(w, "\nExit status: 0 fine, 1 a finding, 2 usage, 3 cannot run here, "
			  "4 internal or I/O error, 5 inconclusive.");
	return cli_finish(EXIT_FINE);
}

static int run_help(int argc, char **argv)
{
	const struct cli_command *command;

	if (!argc)
		return cli_help(cli_commands[0], true);
	command = cli_find_command(argv[0]);
	if (!command)
		return cli_unknown_command(argv[0]);
	return cli_help(command, false);
}

static const struct cli_example help_examples[] = {
	{"sigtrace help features", "the same as 'sigtrace features --help'"},
	{0},
};

const struct cli_command help_command = {
	.name = "help",
	.summary = "show help on a command",
	.usage = "[COMMAND]",
	.description = "Shows the help of a command, or what commands there are.",
	.examples = help_examples,
	.operand_max = 1,
	.operand_completion = "@command",
	.run = run_help,
};
