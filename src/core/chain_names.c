// SPDX-License-Identifier: BSD-2-Clause
/* Stable names, for JSON and options. */
#include "chain.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

const char *chain_to_name(enum chain_to to)
{
	static const char *const names[] = {
		[CHAIN_TO_PROCESS] = "process",
		[CHAIN_TO_GROUP] = "group",
		[CHAIN_TO_FOREGROUND] = "foreground",
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_TO_COUNT, "a name for every way to send");
	return names[to];
}

const char *chain_answer_name(enum chain_answer answer)
{
	static const char *const names[] = {
		[CHAIN_NO] = "no",
		[CHAIN_YES] = "yes",
		[CHAIN_NOT_KNOWN] = "unknown",
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_ANSWER_COUNT, "a name for every answer");
	return names[answer];
}

const char *chain_way_name(enum chain_way way)
{
	static const char *const names[] = {
#define X(name, text) [CHAIN_WAY_##name] = text,
		CHAIN_WAY_LIST(X)
#undef X
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_WAY_COUNT, "a name for every way");
	return names[way];
}

const char *chain_does_name(enum chain_does does)
{
	static const char *const names[] = {
		[CHAIN_DOES_NOTHING] = "nothing",     [CHAIN_DOES_END] = "end",
		[CHAIN_DOES_STOP] = "stop",	      [CHAIN_DOES_HANDLE] = "handle",
		[CHAIN_DOES_FORWARD] = "forward",     [CHAIN_DOES_WAIT] = "wait",
		[CHAIN_DOES_RUN_TRAP] = "run_trap",   [CHAIN_DOES_DROP] = "drop",
		[CHAIN_DOES_NOT_KNOWN] = "not_known",
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_DOES_COUNT, "a name for all that it does");
	return names[does];
}

const char *chain_end_name(enum chain_end end)
{
	static const char *const names[] = {
		[CHAIN_END_EXITED] = "exited",	     [CHAIN_END_SIGNAL] = "signal",
		[CHAIN_END_TEARDOWN] = "teardown",   [CHAIN_END_KILLED] = "killed",
		[CHAIN_END_NOT_KNOWN] = "not_known",
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_END_COUNT, "a name for every end");
	return names[end];
}

const char *chain_rule_name(enum chain_rule rule)
{
	static const char *const names[] = {
#define X(name, text) [CHAIN_RULE_##name] = text,
		CHAIN_RULE_LIST(X)
#undef X
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_RULE_COUNT, "a name for every rule");
	return names[rule];
}

const char *chain_note_name(enum chain_note_kind kind)
{
	static const char *const names[] = {
#define X(name, text) [CHAIN_NOTE_##name] = text,
		CHAIN_NOTE_LIST(X)
#undef X
	};

	_Static_assert(ARRAY_SIZE(names) == CHAIN_NOTE_COUNT, "a name for every note");
	return names[kind];
}

const char *chain_result_name(enum chain_result result)
{
	static const char *const names[] = {
		[CHAIN_RESULT_NO_BREAK] = "no_break",
		[CHAIN_RESULT_BROKEN] = "broken",
		[CHAIN_RESULT_NOT_KNOWN] = "not_known",
		[CHAIN_RESULT_NOTHING_HAPPENED] = "nothing_happened",
	};

	return names[result];
}

enum chain_result chain_result_of(const struct chain *c)
{
	if (c->watched ? c->first_ns == 0 : c->to == CHAIN_TO_FOREGROUND && c->group == 0)
		return CHAIN_RESULT_NOTHING_HAPPENED;
	if (c->breaks_len > 0)
		return CHAIN_RESULT_BROKEN;
	if (c->lost > 0)
		return CHAIN_RESULT_NOT_KNOWN;
	for (uint32_t i = 0; i < c->len; i++)
		if (c->nodes[i].in_tree && c->nodes[i].gets == CHAIN_NOT_KNOWN)
			return CHAIN_RESULT_NOT_KNOWN;
	return CHAIN_RESULT_NO_BREAK;
}
