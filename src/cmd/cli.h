/* SPDX-License-Identifier: BSD-2-Clause */
/* What the generated texts (help, completions, features) share beyond cmd.h. */
#ifndef SIGTRACE_CMD_CLI_H
#define SIGTRACE_CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd.h"
#include "writer.h"

#define CLI_TEXT_WIDTH 80

/* The writer of stdout, one for the process. Its errors are sticky: the last flush tells. */
struct writer *cli_stdout(void);

/* Flushes stdout; the exit code is `result`, or what cli_output_result() says if that failed. */
int cli_finish(int result);

/* The command of that exact name, or NULL. */
const struct cli_command *cli_find_command(const char *name);
/* The usage error for a word that should have been a command; returns EXIT_USAGE. */
int cli_unknown_command(const char *word);

/*
 * The index-th option of a command, those that every command has included; NULL past the last. All
 * that is generated from the tables (parsing, help, completion) goes through here.
 */
const struct cli_option *cli_option_at(const struct cli_command *command, size_t index);

/* The columns of UTF-8 text in which every character is one column wide. */
size_t cli_columns(const char *text, size_t size);
/*
 * Writes the words of `text` from `column` on, broken before `width`; every further line, also
 * after a \n in the text, starts at `indent`. Ends with a newline.
 */
void cli_put_wrapped(struct writer *w, const char *text, size_t column, size_t indent,
		     size_t width);
void cli_put_spaces(struct writer *w, size_t count);

/*
 * Prints the help of a command, and with_commands the list of all, as `sigtrace --help` does.
 * Returns the exit code.
 */
int cli_help(const struct cli_command *command, bool with_commands);

#endif
