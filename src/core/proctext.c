/* SPDX-License-Identifier: BSD-2-Clause */
#include "proctext.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "parse.h"

/* What is left of a text. */
struct cursor {
	const char *at;
	const char *end;
};

/*
 * The next field, up to one of the bytes in `ends`, which is consumed and stored in *end (unless
 * NULL). False without such a byte: the text may have been cut in the middle of the field.
 */
static bool next_field(struct cursor *c, const char *ends, struct cursor *field, char *end)
{
	for (const char *p = c->at; p < c->end; p++) {
		if (*p == '\0' || !strchr(ends, *p))
			continue;
		*field = (struct cursor){c->at, p};
		c->at = p + 1;
		if (end)
			*end = *p;
		return true;
	}
	return false;
}

static bool field_to_u64(const struct cursor *field, uint64_t max, uint64_t *ret)
{
	return parse_u64_span(field->at, (size_t)(field->end - field->at), 0, max, ret) == 0;
}

/* Numbers of fields after the name, proc_pid_stat(5). */
enum stat_field {
	STAT_STATE = 3,
	STAT_PPID = 4,
	STAT_FLAGS = 9,
	STAT_NUM_THREADS = 20,
	STAT_START_TIME = 22,
};

/* The last byte c in [start, end), or NULL. */
static const char *find_last(const char *start, const char *end, char c)
{
	while (end > start)
		if (*--end == c)
			return end;
	return NULL;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int proctext_parse_stat(const char *text, size_t size, struct proctext_stat *ret)
{
	struct proctext_stat stat = {0};
	struct cursor c = {text, text + size};
	struct cursor field;
	const char *name_end;
	uint64_t number;
	int64_t any;

	if (!next_field(&c, " ", &field, NULL) || !field_to_u64(&field, PARSE_PID_MAX, &number) ||
	    number == 0)
		return -EINVAL;
	stat.pid = (uint32_t)number;
	name_end = find_last(c.at, c.end, ')');
	if (!name_end || c.at == name_end || *c.at != '(')
		return -EINVAL;
	c.at = name_end + 1;
	if (c.at == c.end || *c.at++ != ' ')
		return -EINVAL;

	for (int i = STAT_STATE; i <= STAT_START_TIME; i++) {
		if (!next_field(&c, " \n", &field, NULL))
			return -EINVAL;
		switch (i) {
		case STAT_STATE:
			if (field.end - field.at != 1 || !is_letter(*field.at))
				return -EINVAL;
			stat.state = *field.at;
			break;
		case STAT_PPID:
			if (!field_to_u64(&field, PARSE_PID_MAX, &number))
				return -EINVAL;
			stat.ppid = (uint32_t)number;
			break;
		case STAT_FLAGS:
			if (!field_to_u64(&field, UINT32_MAX, &number))
				return -EINVAL;
			stat.flags = (uint32_t)number;
			break;
		case STAT_NUM_THREADS:
			if (!field_to_u64(&field, PARSE_PID_MAX, &number))
				return -EINVAL;
			stat.num_threads = (uint32_t)number;
			break;
		case STAT_START_TIME:
			if (!field_to_u64(&field, UINT64_MAX, &stat.start_ticks))
				return -EINVAL;
			break;
		default:
			/* Signed: tpgid is -1 without a terminal, priorities may be negative. */
			if (field.end > field.at && *field.at == '-') {
				if (parse_i64_span(field.at, (size_t)(field.end - field.at),
						   INT64_MIN, -1, &any) < 0)
					return -EINVAL;
			} else if (!field_to_u64(&field, UINT64_MAX, &number)) {
				return -EINVAL;
			}
		}
	}
	*ret = stat;
	return 0;
}

static int parse_tgid(const struct cursor *value, struct proctext_status *ret)
{
	return parse_pid_span(value->at, (size_t)(value->end - value->at), &ret->tgid);
}

/* "4242\t17\t1": one number a namespace level, separated by tabs. */
static int parse_ns_pid(const struct cursor *value, struct proctext_status *ret)
{
	const char *at = value->at;

	for (;;) {
		const char *tab = memchr(at, '\t', (size_t)(value->end - at));
		const char *end = tab ? tab : value->end;

		if (ret->ns_pid_count == PROCTEXT_NS_LEVELS_MAX ||
		    parse_pid_span(at, (size_t)(end - at), &ret->ns_pid[ret->ns_pid_count]) < 0)
			return -EINVAL;
		ret->ns_pid_count++;
		if (!tab)
			return 0;
		at = tab + 1;
	}
}

/* Sixteen hexadecimal digits, as render_cap_t() in fs/proc/array.c prints them. */
static int parse_cap(const struct cursor *value, uint64_t *ret)
{
	uint64_t bits = 0;

	if (value->end - value->at != 16)
		return -EINVAL;
	for (const char *p = value->at; p < value->end; p++) {
		if (*p >= '0' && *p <= '9')
			bits = bits << 4 | (uint64_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			bits = bits << 4 | (uint64_t)(*p - 'a' + 10);
		else
			return -EINVAL;
	}
	*ret = bits;
	return 0;
}

static int parse_cap_prm(const struct cursor *value, struct proctext_status *ret)
{
	return parse_cap(value, &ret->cap_prm);
}

static int parse_cap_eff(const struct cursor *value, struct proctext_status *ret)
{
	return parse_cap(value, &ret->cap_eff);
}

static int parse_cap_bnd(const struct cursor *value, struct proctext_status *ret)
{
	return parse_cap(value, &ret->cap_bnd);
}

/* "3/63427" */
static int parse_sigq(const struct cursor *value, struct proctext_status *ret)
{
	const char *slash = memchr(value->at, '/', (size_t)(value->end - value->at));
	struct cursor queued;
	struct cursor max;

	if (!slash)
		return -EINVAL;
	queued = (struct cursor){value->at, slash};
	max = (struct cursor){slash + 1, value->end};
	if (!field_to_u64(&queued, UINT64_MAX, &ret->sigq_queued) ||
	    !field_to_u64(&max, UINT64_MAX, &ret->sigq_max))
		return -EINVAL;
	return 0;
}

static const struct status_key {
	const char *name;
	bool optional;
	int (*parse)(const struct cursor *value, struct proctext_status *ret);
} status_keys[] = {
	{"Tgid", false, parse_tgid},	  {"NSpid", true, parse_ns_pid},
	{"CapPrm", false, parse_cap_prm}, {"CapEff", false, parse_cap_eff},
	{"CapBnd", false, parse_cap_bnd}, {"SigQ", false, parse_sigq},
};

#define STATUS_KEYS_COUNT (sizeof(status_keys) / sizeof(status_keys[0]))

/* The index of the key that a line starts with (then *value is what follows it), or -1. */
static int find_status_key(const struct cursor *line, struct cursor *value)
{
	size_t len = (size_t)(line->end - line->at);

	for (size_t i = 0; i < STATUS_KEYS_COUNT; i++) {
		size_t name_len = strlen(status_keys[i].name);

		if (len < name_len + 2 || memcmp(line->at, status_keys[i].name, name_len) != 0 ||
		    memcmp(line->at + name_len, ":\t", 2) != 0)
			continue;
		*value = (struct cursor){line->at + name_len + 2, line->end};
		return (int)i;
	}
	return -1;
}

int proctext_parse_status(const char *text, size_t size, struct proctext_status *ret)
{
	struct proctext_status status = {0};
	bool seen[STATUS_KEYS_COUNT] = {false};
	struct cursor c = {text, text + size};
	struct cursor line;
	struct cursor value;

	while (next_field(&c, "\n", &line, NULL)) {
		int i = find_status_key(&line, &value);

		if (i < 0)
			continue;
		/* The kernel escapes line feeds in the name, so a second one is not the kernel's.
		 */
		if (seen[i] || status_keys[i].parse(&value, &status) < 0)
			return -EINVAL;
		seen[i] = true;
	}
	for (size_t i = 0; i < STATUS_KEYS_COUNT; i++)
		if (!seen[i] && !status_keys[i].optional)
			return -EINVAL;
	*ret = status;
	return 0;
}
