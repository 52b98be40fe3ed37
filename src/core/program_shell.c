/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of shells. They all read "-abc" and "+abc" up to an operand, "-" or "--", and take
 * the command of -c from the operands: `bash -c -e CMD` is `bash -ec CMD`. Sources: bash(1) and
 * shell.c, dash's and busybox ash's options(), zsh's parseopts(), ksh(1), mksh(1).
 */
#include <string.h>

#include "program_parts.h"

struct reader {
	const struct program_facts *facts;
	enum program_kind kind;
	size_t at;
	bool zsh_letters; /* zsh that does not play another shell: their letters differ */
	bool not_known;	  /* an option that may or may not take a value */
	bool ended;

	bool command;
	bool from_stdin;
	bool interactive;
	enum program_answer monitor; /* NOT_KNOWN: not said */
};

/*
 * Letters without a value, besides c, s, i, m, o, O. ksh: those of ksh93 and of mksh, without A and
 * T, which take a value in one of them; so does o, of the same word, in mksh.
 */
static const char *letters_of(enum program_kind kind)
{
	if (kind == PROGRAM_BASH)
		return "abefhklnprtuvxBCDEHPT";
	if (kind == PROGRAM_KSH)
		return "abefhklnprtuvxCGX";
	return "abefhlnpquvxCEIV";
}

static const char *take_word(struct reader *r)
{
	if (r->at < r->facts->words_len)
		return r->facts->words[r->at++];
	r->not_known = true;
	return "";
}

/* The names of zsh's options: without case, '_' and '-' ("NO_monitor"). */
static bool zsh_name_is(const char *name, const char *wanted)
{
	for (; *name; name++) {
		const char lower = *name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name;

		if (*name == '_' || *name == '-')
			continue;
		if (lower != *wanted)
			return false;
		wanted++;
	}
	return !*wanted;
}

static void set_monitor(struct reader *r, bool on)
{
	r->monitor = on ? PROGRAM_YES : PROGRAM_NO;
}

static void set_zsh_option(struct reader *r, const char *name, bool on)
{
	if (zsh_name_is(name, "monitor"))
		set_monitor(r, on);
	else if (zsh_name_is(name, "nomonitor"))
		set_monitor(r, !on);
	else if (zsh_name_is(name, "interactive") && on)
		r->interactive = true;
	else if ((zsh_name_is(name, "shinstdin") || zsh_name_is(name, "stdin")) && on)
		r->from_stdin = true;
	else if (zsh_name_is(name, "interactive") || zsh_name_is(name, "nointeractive") ||
		 zsh_name_is(name, "shinstdin") || zsh_name_is(name, "noshinstdin") ||
		 zsh_name_is(name, "stdin") || zsh_name_is(name, "nostdin"))
		r->not_known = true;
}

static void set_option(struct reader *r, const char *name, bool on)
{
	if (r->kind == PROGRAM_ZSH)
		set_zsh_option(r, name, on);
	else if (strcmp(name, "monitor") == 0)
		set_monitor(r, on);
	else if (strcmp(name, "interactive") == 0 || strcmp(name, "stdin") == 0)
		r->not_known = true;
}

/* Reads the letter at *at, and the rest of the word if that is its value. */
static void read_letter(struct reader *r, const char **at, bool on)
{
	const char letter = *(*at)++;
	const bool any = r->kind == PROGRAM_ZSH &&
			 ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
			  (letter >= '0' && letter <= '9'));

	if (letter == 'c') {
		r->command = true;
	} else if (letter == 's') {
		r->from_stdin = on;
	} else if (letter == 'i') {
		r->interactive = on;
		/* What the shell then takes itself for differs. */
		r->not_known |= !on;
	} else if (letter == 'm') {
		set_monitor(r, on);
	} else if (letter == 'o' && **at && r->kind == PROGRAM_ZSH) {
		set_option(r, *at, on);
		*at += strlen(*at);
	} else if (letter == 'o' && !(**at && r->kind == PROGRAM_KSH)) {
		set_option(r, take_word(r), on);
	} else if (letter == 'O' && r->kind == PROGRAM_BASH) {
		take_word(r);
	} else if (letter == 'b' && r->kind == PROGRAM_ZSH) {
		r->ended = true;
		r->not_known |= !r->zsh_letters;
		*at += strlen(*at);
	} else if (!any && !strchr(letters_of(r->kind), letter)) {
		r->not_known = true;
	}
}

/* "--norc" and, older, "-norc": in front of all other options only. False: it is none. */
static bool read_bash_long(struct reader *r)
{
	static const struct {
		const char *name;
		bool value;
	} longs[] = {
		{"debug", false},	 {"debugger", false},	{"dump-po-strings", false},
		{"dump-strings", false}, {"help", false},	{"init-file", true},
		{"login", false},	 {"noediting", false},	{"noprofile", false},
		{"norc", false},	 {"posix", false},	{"pretty-print", false},
		{"rcfile", true},	 {"restricted", false}, {"verbose", false},
		{"version", false},
	};
	const char *name = r->facts->words[r->at];

	if (*name != '-')
		return false;
	name += name[1] == '-' ? 2 : 1;
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
		if (strcmp(longs[i].name, name) != 0)
			continue;
		r->at++;
		if (longs[i].value)
			take_word(r);
		return true;
	}
	return false;
}

/* Behind "--" in the same word. */
static void read_long(struct reader *r, const char *name, bool on)
{
	if (r->kind == PROGRAM_ZSH)
		set_zsh_option(r, name, on);
	/* busybox knows --login alone, and steps over the others. */
	else if (r->kind != PROGRAM_ASH)
		r->not_known = true;
}

static void read_word(struct reader *r, const char *word)
{
	const bool on = *word++ == '-';

	if (on && (!*word || strcmp(word, "-") == 0)) {
		r->ended = true;
		return;
	}
	if (*word == '-') {
		read_long(r, word + 1, on);
		return;
	}
	while (*word && !r->not_known)
		read_letter(r, &word, on);
}

static void read_options(struct reader *r)
{
	const struct program_facts *facts = r->facts;

	while (r->kind == PROGRAM_BASH && r->at < facts->words_len && !r->not_known &&
	       read_bash_long(r))
		;
	while (r->at < facts->words_len && !r->not_known && !r->ended) {
		const char *word = facts->words[r->at];

		if (*word != '-' && *word != '+')
			break;
		r->at++;
		read_word(r, word);
	}
	if (r->at == facts->words_len && facts->words_cut)
		r->not_known = true;
}

static void find_what_runs(const struct reader *r, struct program *ret)
{
	const char *operand = r->at < r->facts->words_len ? r->facts->words[r->at] : NULL;

	if (r->command) {
		ret->runs = operand ? PROGRAM_RUNS_COMMAND : PROGRAM_RUNS_NOT_KNOWN;
		ret->operand = operand;
	} else if (r->from_stdin || !operand) {
		ret->runs = PROGRAM_RUNS_STDIN;
	} else {
		ret->runs = PROGRAM_RUNS_SCRIPT;
		ret->operand = operand;
	}
}

static enum program_answer find_interactive(const struct reader *r, enum program_runs runs)
{
	if (r->interactive)
		return PROGRAM_YES;
	if (runs == PROGRAM_RUNS_NOT_KNOWN)
		return PROGRAM_ANSWER_NOT_KNOWN;
	if (runs != PROGRAM_RUNS_STDIN)
		return PROGRAM_NO;
	if (!r->facts->stdin_known)
		return PROGRAM_ANSWER_NOT_KNOWN;
	return r->facts->stdin_is_tty ? PROGRAM_YES : PROGRAM_NO;
}

void program_read_shell(const struct program_facts *facts, size_t first, struct program *ret)
{
	struct reader r = {.facts = facts, .kind = ret->kind, .at = first + 1};
	const char *name;

	if (facts->words_len <= first)
		return;
	name = program_base(facts->words[first]);
	name += *name == '-';
	r.zsh_letters = strncmp(name, "zsh", 3) == 0;
	read_options(&r);
	if (r.not_known)
		return;
	find_what_runs(&r, ret);
	ret->interactive = find_interactive(&r, ret->runs);
	ret->job_control = r.monitor != PROGRAM_ANSWER_NOT_KNOWN ? r.monitor : ret->interactive;
}
