/* SPDX-License-Identifier: BSD-2-Clause */
#include "ready.h"

#include <errno.h>
#include <string.h>

#include "cursor.h"
#include "parse.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* TCP_LISTEN (include/net/tcp_states.h), as the file prints it. */
#define STATE_LISTEN "0A"

static const struct {
	const char *prefix;
	enum ready_kind kind;
} kinds[] = {
	{"log:", READY_LOG}, {"tcp:", READY_TCP},     {"file:", READY_FILE},
	{"cmd:", READY_CMD}, {"delay:", READY_DELAY},
};

_Static_assert(ARRAY_SIZE(kinds) == READY_KIND_COUNT - 1, "every kind but settle");

/* Behind a bracket expression, from behind its '[': a backslash is nothing special in one. */
static const char *skip_bracket(const char *at)
{
	at += *at == '^';
	at += *at == ']';
	while (*at && *at != ']') {
		const char kind = at[0] == '[' ? at[1] : '\0';

		at++;
		if (!kind || !strchr(".:=", kind))
			continue;
		for (at++; *at && !(at[0] == kind && at[1] == ']');)
			at++;
		at += *at ? 2 : 0;
	}
	return *at ? at + 1 : at;
}

/* glibc knows them in extended expressions, too. */
static bool has_back_reference(const char *expression)
{
	for (const char *at = expression; *at;) {
		if (at[0] == '\\' && at[1] >= '1' && at[1] <= '9')
			return true;
		if (*at == '[')
			at = skip_bracket(at + 1);
		else
			at += at[0] == '\\' && at[1] ? 2 : 1;
	}
	return false;
}

/* NULL, or what is wrong with what stands behind the colon. */
static const char *parse_value(struct ready *r)
{
	uint64_t port;

	switch (r->kind) {
	case READY_LOG:
		if (has_back_reference(r->text))
			return "a back-reference (\\1 to \\9) may take for ever: write out what it "
			       "stands for";
		return *r->text ? NULL : "nothing stands behind the colon";
	case READY_CMD:
		return *r->text ? NULL : "nothing stands behind the colon";
	case READY_FILE:
		return *r->text == '/' ? NULL : "the path has to begin with /";
	case READY_TCP:
		if (parse_u64(r->text, 1, UINT16_MAX, &port) < 0)
			return "a port is a number from 1 to 65535";
		r->port = (uint16_t)port;
		break;
	case READY_DELAY:
		if (parse_duration(r->text, &r->delay_ns) < 0)
			return "a duration has a unit: 500ms, 10s, 1m30s";
		break;
	case READY_SETTLE:
	case READY_KIND_COUNT:
		return "no such word";
	}
	r->text = NULL;
	return NULL;
}

int ready_parse(const char *argument, struct ready *ret, const char **why)
{
	struct ready r = {.kind = READY_SETTLE};

	if (strcmp(argument, "settle") == 0) {
		*ret = r;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const size_t len = strlen(kinds[i].prefix);
		const char *wrong;

		if (strncmp(argument, kinds[i].prefix, len) != 0)
			continue;
		r.kind = kinds[i].kind;
		r.text = argument + len;
		wrong = parse_value(&r);
		if (wrong) {
			*why = wrong;
			return -EINVAL;
		}
		*ret = r;
		return 0;
	}
	*why = "it is settle, log:REGEX, tcp:PORT, file:PATH, cmd:COMMAND or delay:DURATION";
	return -EINVAL;
}

static bool next_word(struct cursor *line, struct cursor *word)
{
	while (line->at < line->end && *line->at == ' ')
		line->at++;
	return cursor_next_field(line, " ", word, NULL);
}

/* "0100007F:1F90": the port in hexadecimal digits, which are upper case here. */
static bool is_port(const struct cursor *address, uint16_t port)
{
	static const char digits[] = "0123456789ABCDEF";
	const char text[] = {':', digits[port >> 12], digits[port >> 8 & 15],
			     digits[port >> 4 & 15], digits[port & 15]};

	return cursor_len(address) > sizeof(text) &&
	       memcmp(address->end - sizeof(text), text, sizeof(text)) == 0;
}

/* "  sl  local_address rem_address   st …"; of a line that is cut, the words before the cut. */
bool ready_listens(const char *text, size_t len, uint16_t port)
{
	for (const char *at = text, *end = text + len; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct cursor line = {at, newline ? newline : end};
		struct cursor slot, local, remote, state;

		if (next_word(&line, &slot) && next_word(&line, &local) &&
		    next_word(&line, &remote) && next_word(&line, &state) &&
		    is_port(&local, port) && cursor_is(&state, STATE_LISTEN))
			return true;
		at = newline ? newline + 1 : end;
	}
	return false;
}

static bool is_same_program(const struct settle_sample *a, const struct settle_sample *b)
{
	return a->start_stack == b->start_stack && a->caught == b->caught &&
	       a->ignored == b->ignored;
}

/* A tenth of the time that has passed, and of SETTLE_NS at least: a tick more is no reason yet. */
static bool computes(const struct settle *s, const struct settle_sample *sample)
{
	const uint64_t passed_ns = sample->boot_ns - s->since_boot_ns;
	const uint64_t limit_ns = (passed_ns > SETTLE_NS ? passed_ns : SETTLE_NS) / 10;

	return sample->cpu_ticks - s->since_ticks >= limit_ns / SETTLE_TICK_NS;
}

bool settle_add(struct settle *s, const struct settle_sample *sample)
{
	if (!s->since_boot_ns || !is_same_program(&s->last, sample) || computes(s, sample)) {
		s->since_boot_ns = sample->boot_ns;
		s->since_ticks = sample->cpu_ticks;
	}
	s->last = *sample;
	return sample->asleep && sample->boot_ns - s->since_boot_ns >= SETTLE_NS;
}
