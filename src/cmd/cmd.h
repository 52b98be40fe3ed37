/* SPDX-License-Identifier: BSD-2-Clause */
/* What main, cli and the sub-commands share. */
#ifndef SIGTRACE_CMD_CMD_H
#define SIGTRACE_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes of every command. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 2,
	EXIT_CANNOT_RUN = 3,
	EXIT_INTERNAL = 4,
	EXIT_INCONCLUSIVE = 5,
};

/*
 * One option of a command. `parse` gets the argument (NULL for a flag) and the command's
 * options_data; it returns 0, or prints what is wrong with cli_error() and returns -EINVAL (a usage
 * error; cli adds where to find help), or prints and returns another negative errno (an internal
 * error).
 */
struct cli_option {
	const char *name;     /* long name, without "--" */
	char short_name;      /* 0: none */
	const char *argument; /* name of the argument in help; NULL: a flag */
	const char *help;     /* one line, or several separated by \n; cli wraps each */
	/* For shells: words, separated by blanks; or "@pid", "@signal", "@file"; NULL: nothing. */
	const char *completion;
	int (*parse)(const char *argument, void *options);
};

struct cli_example {
	const char *command;
	const char *text;
};

struct cli_command {
	const char *name;
	const char *summary;	 /* one line, for the list of commands */
	const char *usage;	 /* "[OPTIONS] [-- CMD ARGS…]", without the name */
	const char *description; /* paragraphs for --help, separated by \n */
	/* Both end with a zeroed row, and may be NULL. cli adds --help and --version. */
	const struct cli_option *options;
	const struct cli_example *examples;
	bool takes_command;		/* `-- CMD ARGS` is allowed */
	bool command_may_be_empty;	/* `--` with nothing behind it, too */
	unsigned int operand_max;	/* how many words beside the options are allowed */
	const char *operand_completion; /* as cli_option.completion; "@command": a command's name */
	/*
	 * The exit code. argv holds the operands, or with takes_command the CMD and its arguments;
	 * argv[argc] is NULL, and argc is 0 if there are none.
	 */
	int (*run)(int argc, char **argv);
	void *options_data; /* given to every parse function */
};

/* Every command, ends with NULL; [0] is the default one. */
extern const struct cli_command *const cli_commands[];
extern const struct cli_command trace_command;
extern const struct cli_command inspect_command;
extern const struct cli_command check_command;
extern const struct cli_command chain_command;
extern const struct cli_command features_command;
extern const struct cli_command completion_command;
extern const struct cli_command help_command;

/* Runs the whole program: finds the command, parses its options, returns the exit code. */
int cli_main(int argc, char **argv);

/* One line on stderr: "sigtrace: …". Foreign text in arguments goes through cli_quote(). */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* As cli_error(), and "sigtrace: try 'sigtrace COMMAND --help'". Returns EXIT_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* 'word', escaped for a terminal and cut at a sane length; static, good for four calls. */
const char *cli_quote(const char *word);
/* The same for bytes without a NUL behind them. */
const char *cli_quote_span(const char *word, size_t len);
/*
 * The exit code for what a writer on stdout returned: 0 for 0 and for a reader that has gone (it
 * got what it wanted); else says on stderr what happened and returns EXIT_INTERNAL.
 */
int cli_output_result(int err);

#endif
