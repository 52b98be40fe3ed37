/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process says of itself: the first byte is flags, then come its file, its name and its
 * arguments, each up to a NUL.
 */
#include <string.h>

#include "fuzz.h"
#include "program.h"

#define WORDS_MAX 128

enum flags {
	WITHOUT_FILE = 1,
	WORDS_CUT = 2,
	STDIN_KNOWN = 4,
	STDIN_IS_TTY = 8,
};

static void check_program(const struct program *p, const struct program_facts *f)
{
	bool is_word = false;

	FUZZ_CHECK(p->kind < PROGRAM_COUNT && p->runs < PROGRAM_RUNS_COUNT);
	FUZZ_CHECK((p->kind == PROGRAM_NOT_KNOWN) == !program_name(p->kind));
	FUZZ_CHECK(p->by_name_only == !f->exe);
	/* Word 0 is the program itself. */
	FUZZ_CHECK(p->command == 0 || p->command < f->words_len);
	FUZZ_CHECK(!p->command || !program_is_shell(p->kind));
	for (size_t i = 1; i < f->words_len; i++)
		is_word |= p->operand == f->words[i];
	FUZZ_CHECK(!p->operand || (is_word && program_is_shell(p->kind)));
	FUZZ_CHECK(p->rewrite_from >= 0 && p->rewrite_from < 32);
	FUZZ_CHECK(p->rewrite_to >= 0 && p->rewrite_to < 32);
	FUZZ_CHECK(program_is_shell(p->kind) || (!p->interactive && !p->job_control && !p->runs));
	FUZZ_CHECK(f->words_len > 0 || (!p->command && !p->operand && !p->to_group && !p->runs));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[WORDS_MAX];
	struct program_facts facts = {.comm = "", .words = words};
	struct program p;
	char *text;
	size_t at = 1;
	size_t part = 0;

	if (size < 1)
		return 0;
	text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (; at < size && facts.words_len < WORDS_MAX; at += strlen(text + at) + 1) {
		if (part == 0 && !(data[0] & WITHOUT_FILE))
			facts.exe = text + at;
		else if (part == 1)
			facts.comm = text + at;
		else if (part > 1)
			words[facts.words_len++] = text + at;
		part++;
	}
	facts.words_cut = data[0] & WORDS_CUT;
	facts.stdin_known = data[0] & STDIN_KNOWN;
	facts.stdin_is_tty = data[0] & STDIN_IS_TTY;
	memset(&p, 0x5a, sizeof(p));
	program_identify(&facts, &p);
	check_program(&p, &facts);
	free(text);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	/* '|' stands for NUL. */
	static const char *const texts[] = {
		"\x04/usr/bin/bash|bash|-bash|-eo|pipefail|--norc|-ic|a; b",
		"\x0c/bin/busybox|sh|busybox|ash|-m",
		"\x04/usr/bin/zsh|zsh|zsh|-omonitor|--no_rcs|+m|x.zsh",
		"\x04/usr/bin/mksh|mksh|mksh|-o|monitor|x",
		"\x05x|dash|dash|-c|a",
		"\x04/usr/bin/tini|tini|tini|-gp|TERM|-e3|--|a|-g",
		"\x04/usr/bin/dumb-init|d|dumb-init|-r|15:2|--rewrite=1:0|-c|a",
		"\x04/usr/bin/timeout|timeout|timeout|-k|9|--fore|5|a",
		"\x04/usr/bin/coreutils|t|x|--coreutils-prog-shebang=env|env|-u|A|B=1|a",
		"\x04/usr/bin/sudo|sudo|sudo|-u|root|A=1|-E|--|a",
		"\x04/usr/bin/su|su|su|-|user|-c|a",
		"\x04/usr/bin/xargs|xargs|xargs|-I{}|--max-procs|4|a",
		"\x04/usr/bin/node (deleted)|npm run x|npm run x||",
		"\x04/usr/bin/python3.11|x|python3|-sE|/usr/bin/docker-compose",
		"\x06/usr/sbin/runc|runc|runc|--root|/x|run|a",
	};
	const size_t size = fuzz_seed_text(texts, sizeof(texts) / sizeof(texts[0]), index, data);

	for (size_t i = 0; i < size; i++)
		if (data[i] == '|')
			data[i] = '\0';
	return size;
}
