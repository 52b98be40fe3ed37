/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of inits and of programs that start a command: which word begins it, and what the
 * options say of signals. Sources: each program's man page and --help; getopt's way with operands
 * (tini, catatonit and su read options behind them, too) was tried.
 */
#include <string.h>

#include "arguments.h"
#include "parse.h"
#include "program_parts.h"

/* dumb-init knows 1 to 31. */
#define REWRITE_SIG_MAX 31

/* What the options have said so far. */
struct seen {
	bool group; /* tini, catatonit: -g */
	bool alone; /* dumb-init -c, timeout --foreground */
	bool no_command;
	size_t value_at; /* su: the word that is the value of -c; 0: none, or part of another */
};

static const struct arguments_long no_longs[] = {{.name = NULL}};
static const struct arguments_long help_longs[] = {
	{"help", "", 'h'},
	{"version", "", 'V'},
	{.name = NULL},
};
static const struct arguments_long catatonit_longs[] = {
	{"version", "", 'V'},
	{.name = NULL},
};
static const struct arguments_long dumb_init_longs[] = {
	{"single-child", "", 'c'}, {"rewrite", ":", 'r'}, {"verbose", "", 'v'},
	{"version", "", 'V'},	   {"help", "", 'h'},	  {.name = NULL},
};
static const struct arguments_long timeout_longs[] = {
	{"foreground", "", 'f'},  {"preserve-status", "", 'p'},
	{"kill-after", ":", 'k'}, {"signal", ":", 's'},
	{"verbose", "", 'v'},	  {"help", "", 'h'},
	{"version", "", 'V'},	  {.name = NULL},
};
static const struct arguments_long xargs_longs[] = {
	{"null", "", '0'},
	{"arg-file", ":", 'a'},
	{"delimiter", ":", 'd'},
	{"eof", "::", 'e'},
	{"replace", "::", 'i'},
	{"max-lines", "::", 'l'},
	{"max-args", ":", 'n'},
	{"open-tty", "", 'o'},
	{"max-procs", ":", 'P'},
	{"interactive", "", 'p'},
	{"process-slot-var", ":", 'n'},
	{"no-run-if-empty", "", 'r'},
	{"max-chars", ":", 's'},
	{"show-limits", "", 't'},
	{"verbose", "", 't'},
	{"exit", "", 'x'},
	{"help", "", 'h'},
	{"version", "", 'V'},
	{.name = NULL},
};
static const struct arguments_long env_longs[] = {
	{"ignore-environment", "", 'i'},
	{"null", "", '0'},
	{"unset", ":", 'u'},
	{"chdir", ":", 'C'},
	{"split-string", ":", 'S'},
	{"argv0", ":", 'a'},
	{"block-signal", "::", 'b'},
	{"default-signal", "::", 'b'},
	{"ignore-signal", "::", 'b'},
	{"list-signal-handling", "", 'b'},
	{"debug", "", 'v'},
	{"help", "", 'h'},
	{"version", "", 'V'},
	{.name = NULL},
};
static const struct arguments_long setsid_longs[] = {
	{"ctty", "", 'c'}, {"fork", "", 'f'},	 {"wait", "", 'w'},
	{"help", "", 'h'}, {"version", "", 'V'}, {.name = NULL},
};
static const struct arguments_long sudo_longs[] = {
	{"askpass", "", 'A'},
	{"background", "", 'b'},
	{"bell", "", 'B'},
	{"chdir", ":", 'D'},
	{"chroot", ":", 'R'},
	{"close-from", ":", 'C'},
	{"command-timeout", ":", 'T'},
	{"edit", "", 'e'},
	{"group", ":", 'g'},
	{"help", "", 'h'},
	{"host", ":", 'o'},
	{"list", "", 'l'},
	{"login", "", 'i'},
	{"no-update", "", 'N'},
	{"non-interactive", "", 'n'},
	{"other-user", ":", 'U'},
	{"preserve-env", "::", 'E'},
	{"preserve-groups", "", 'P'},
	{"prompt", ":", 'p'},
	{"remove-timestamp", "", 'K'},
	{"reset-timestamp", "", 'k'},
	{"role", ":", 'r'},
	{"set-home", "", 'H'},
	{"shell", "", 's'},
	{"stdin", "", 'S'},
	{"type", ":", 't'},
	{"user", ":", 'u'},
	{"validate", "", 'v'},
	{"version", "", 'V'},
	{.name = NULL},
};
static const struct arguments_long su_longs[] = {
	{"command", ":", 'c'},	  {"session-command", ":", 'c'},
	{"fast", "", 'f'},	  {"group", ":", 'g'},
	{"login", "", 'l'},	  {"preserve-environment", "", 'm'},
	{"pty", "", 'P'},	  {"shell", ":", 's'},
	{"supp-group", ":", 'G'}, {"whitelist-environment", ":", 'w'},
	{"help", "", 'h'},	  {"version", "", 'V'},
	{.name = NULL},
};

/* "15:2": exactly as dumb-init prints it in its help, or it is one of those that are not kept. */
static void add_rewrite(const char *text, struct program *p)
{
	const char *colon = strchr(text, ':');
	uint64_t from, to;

	if (!colon || parse_u64_span(text, (size_t)(colon - text), 1, REWRITE_SIG_MAX, &from) < 0 ||
	    parse_u64(colon + 1, 0, REWRITE_SIG_MAX, &to) < 0 ||
	    (p->rewrite_from && p->rewrite_from != (int)from)) {
		p->rewrite_more = true;
		return;
	}
	p->rewrite_from = (int)from;
	p->rewrite_to = (int)to;
}

static void read_init_option(char letter, const struct arguments *a, struct seen *seen,
			     struct program *p)
{
	if (p->kind == PROGRAM_DUMB_INIT && letter == 'r')
		add_rewrite(a->value, p);
	else if (p->kind == PROGRAM_DUMB_INIT)
		seen->alone |= letter == 'c';
	else
		seen->group |= letter == 'g';
	/* It waits for nothing but signals, as a pod's first process. */
	seen->no_command |= p->kind == PROGRAM_CATATONIT && letter == 'P';
}

/* `sudo -s CMD` and `sudo -i CMD` start a shell; the others start nothing of theirs. */
static bool sudo_starts_none(char letter)
{
	return strchr("ehilKsUvV", letter);
}

static void read_option(char letter, const struct arguments *a, struct seen *seen,
			struct program *p)
{
	if (p->kind == PROGRAM_SUDO)
		seen->no_command |= sudo_starts_none(letter);
	else if (p->kind == PROGRAM_TIMEOUT)
		seen->alone |= letter == 'f';
	else if (p->kind == PROGRAM_ENV)
		seen->no_command |= letter == 'S';
	else if (p->kind == PROGRAM_SU && letter == 'c')
		seen->value_at = a->value_at;
	else if (program_is_init(p->kind))
		read_init_option(letter, a, seen, p);
}

static bool is_assignment(const char *word)
{
	return strchr(word, '=');
}

/* Whether the options go on behind this operand. */
static bool step_over_operand(struct arguments *a, enum program_kind kind)
{
	const char *word = a->words[a->at];

	if (a->ended || (kind != PROGRAM_SU && kind != PROGRAM_SUDO))
		return false;
	if (kind == PROGRAM_SUDO && (*word == '/' || !is_assignment(word)))
		return false;
	a->at++;
	return true;
}

/* False: there is an option that is not known. */
static bool read_options(struct arguments *a, struct seen *seen, struct program *p)
{
	for (;;) {
		const int letter = arguments_next(a);

		if (letter == ARGUMENTS_NOT_KNOWN)
			return false;
		if (letter != ARGUMENTS_END)
			read_option((char)letter, a, seen, p);
		else if (a->at == a->len || !step_over_operand(a, p->kind))
			return true;
	}
}

/*
 * tini and catatonit of glibc read options up to a "--", behind the command, too; those of musl
 * stop at the command.
 */
static bool group_option_behind(const struct arguments *a)
{
	if (a->ended)
		return false;
	for (size_t i = a->at; i < a->len && strcmp(a->words[i], "--") != 0; i++)
		if (a->words[i][0] == '-' && strchr(a->words[i], 'g'))
			return true;
	return false;
}

static enum program_answer find_group(const struct arguments *a, const struct seen *seen,
				      const struct program *p)
{
	if (seen->no_command)
		return PROGRAM_ANSWER_NOT_KNOWN;
	if (p->kind == PROGRAM_DUMB_INIT || p->kind == PROGRAM_TIMEOUT)
		return seen->alone ? PROGRAM_NO : PROGRAM_YES;
	if (p->kind != PROGRAM_TINI && p->kind != PROGRAM_CATATONIT)
		return PROGRAM_ANSWER_NOT_KNOWN;
	if (seen->group)
		return PROGRAM_YES;
	return group_option_behind(a) ? PROGRAM_ANSWER_NOT_KNOWN : PROGRAM_NO;
}

static size_t find_command(const struct arguments *a, const struct seen *seen,
			   const struct program *p)
{
	size_t at = a->at;

	if (seen->no_command)
		return 0;
	if (p->kind == PROGRAM_SU)
		return seen->value_at;
	if (p->kind == PROGRAM_TIMEOUT)
		at++;
	if (p->kind == PROGRAM_ENV) {
		at += at < a->len && strcmp(a->words[at], "-") == 0;
		while (at < a->len && is_assignment(a->words[at]))
			at++;
	}
	return at < a->len ? at : 0;
}

static const struct {
	const char *shorts;
	const struct arguments_long *longs;
} options[PROGRAM_COUNT] = {
	[PROGRAM_TINI] = {"e:ghlp:svw", no_longs},
	[PROGRAM_CATATONIT] = {"ghLPV", catatonit_longs},
	[PROGRAM_DUMB_INIT] = {"chr:vV", dumb_init_longs},
	/* -f and -p: newer coreutils, 9.7 has them. */
	[PROGRAM_TIMEOUT] = {"fk:ps:v", timeout_longs},
	[PROGRAM_XARGS] = {"0a:d:E:e::I:i::L:l::n:oP:prs:tx", xargs_longs},
	[PROGRAM_NOHUP] = {"", help_longs},
	[PROGRAM_ENV] = {"0a:C:iS:u:v", env_longs},
	[PROGRAM_SETSID] = {"cfhVw", setsid_longs},
	/* Not -h: help, or the name of a host in the same word or the next. */
	[PROGRAM_SUDO] = {"AbBC:D:eEg:HiklKnNp:Pr:R:sSt:T:u:U:vV", sudo_longs},
	[PROGRAM_SU] = {"c:fg:G:hlmpPs:T:u:Vw:", su_longs},
};

void program_read_wrapper(const struct program_facts *facts, size_t first, struct program *ret)
{
	struct arguments a = {
		.words = facts->words,
		.len = facts->words_len,
		.at = first + 1,
		.shorts = options[ret->kind].shorts,
		.longs = options[ret->kind].longs,
	};
	struct seen seen = {.group = false};

	if (!a.shorts)
		return;
	if (a.len <= first || !read_options(&a, &seen, ret) ||
	    (a.at == a.len && facts->words_cut)) {
		if (seen.group)
			ret->to_group = PROGRAM_YES;
		/* Behind what is not understood may be any. */
		ret->rewrite_more = ret->kind == PROGRAM_DUMB_INIT;
		return;
	}
	ret->to_group = find_group(&a, &seen, ret);
	ret->command = find_command(&a, &seen, ret);
}
