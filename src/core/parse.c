/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* value = value * 10 + digit; false, and value untouched, if that does not fit. */
static bool append_digit(uint64_t *value, char digit)
{
	uint64_t next;

	if (__builtin_mul_overflow(*value, (uint64_t)10, &next) ||
	    __builtin_add_overflow(next, (uint64_t)(digit - '0'), &next))
		return false;
	*value = next;
	return true;
}

int parse_u64_span(const char *text, size_t len, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;
	bool fits = true;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return -EINVAL;
	/* To the end even if it does not fit: "99999999999999999999x" is no number at all. */
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return -EINVAL;
		fits = fits && append_digit(&value, text[i]);
	}
	if (!fits || value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	return parse_u64_span(text, strlen(text), min, max, ret);
}

int parse_i64_span(const char *text, size_t len, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = len > 0 && text[0] == '-';
	uint64_t magnitude;
	int64_t value;
	int r;

	r = parse_u64_span(text + negative, len - negative, 0, UINT64_MAX, &magnitude);
	if (r < 0)
		return r;
	if (negative && magnitude == 0)
		return -EINVAL;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	/* By way of magnitude - 1: INT64_MIN has no positive counterpart. */
	value = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_pid_span(const char *text, size_t len, uint32_t *ret)
{
	uint64_t pid;
	int r;

	r = parse_u64_span(text, len, 1, PARSE_PID_MAX, &pid);
	if (r < 0)
		return r;
	*ret = (uint32_t)pid;
	return 0;
}

int parse_pid(const char *text, uint32_t *ret)
{
	return parse_pid_span(text, strlen(text), ret);
}

static const struct duration_unit {
	const char *name;
	uint64_t ns;
} duration_units[] = {
	{"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
	{"ms", 1000000},      {"us", 1000},	  {"ns", 1},
};

/* The unit that is the whole of text[0..len), or NULL. */
static const struct duration_unit *find_duration_unit(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++)
		if (strlen(duration_units[i].name) == len &&
		    memcmp(duration_units[i].name, text, len) == 0)
			return &duration_units[i];
	return NULL;
}

/* The value of the digits after a decimal point, in ns; -EINVAL if it is no whole number of them.
 */
static int fraction_to_ns(const char *digits, size_t len, uint64_t unit_ns, uint64_t *ret)
{
	uint64_t place_ns = unit_ns;
	uint64_t sum = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		/* 0 from the first place on that is no whole number of ns: only zeros may stand
		 * there. */
		place_ns = place_ns % 10 ? 0 : place_ns / 10;
		if (digits[i] != '0' && place_ns == 0)
			return -EINVAL;
		sum += (uint64_t)(digits[i] - '0') * place_ns;
	}
	*ret = sum;
	return 0;
}

int parse_duration(const char *text, uint64_t *ret_ns)
{
	const struct duration_unit *last = NULL;
	const char *at = text;
	uint64_t sum = 0;
	bool fits = true;

	if (strcmp(text, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	do {
		const char *fraction = NULL;
		const char *fraction_end = NULL;
		const struct duration_unit *unit;
		uint64_t fraction_ns = 0;
		uint64_t whole = 0;
		size_t unit_len = 0;

		if (!is_digit(*at))
			return -EINVAL;
		for (; is_digit(*at); at++)
			fits = fits && append_digit(&whole, *at);
		if (*at == '.') {
			fraction = ++at;
			while (is_digit(*at))
				at++;
			fraction_end = at;
		}
		while (at[unit_len] >= 'a' && at[unit_len] <= 'z')
			unit_len++;
		unit = find_duration_unit(at, unit_len);
		/* The table descends, so a later row is a smaller unit. */
		if (!unit || (last && unit <= last))
			return -EINVAL;
		last = unit;
		at += unit_len;
		if (fraction &&
		    (*at != '\0' || fraction_to_ns(fraction, (size_t)(fraction_end - fraction),
						   unit->ns, &fraction_ns) < 0))
			return -EINVAL;
		fits = fits && !__builtin_mul_overflow(whole, unit->ns, &whole) &&
		       !__builtin_add_overflow(sum, whole, &sum) &&
		       !__builtin_add_overflow(sum, fraction_ns, &sum);
	} while (*at != '\0');
	if (!fits || sum > INT64_MAX)
		return -ERANGE;
	*ret_ns = sum;
	return 0;
}

static const struct size_unit {
	const char *name;
	unsigned int shift;
} size_units[] = {
	{"", 0},   {"B", 0},	{"K", 10}, {"k", 10}, {"KiB", 10}, {"M", 20},
	{"m", 20}, {"MiB", 20}, {"G", 30}, {"g", 30}, {"GiB", 30},
};

int parse_size(const char *text, uint64_t *ret_bytes)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t number;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(size_units); i++) {
		if (strcmp(text + digits, size_units[i].name) != 0)
			continue;
		r = parse_u64_span(text, digits, 0, UINT64_MAX >> size_units[i].shift, &number);
		if (r < 0)
			return r;
		*ret_bytes = number << size_units[i].shift;
		return 0;
	}
	return -EINVAL;
}

void parse_words_init(struct parse_words *w, const char *text)
{
	w->next = text;
}

int parse_words_next(struct parse_words *w, const char **word, size_t *len)
{
	if (!w->next)
		return 0;
	*word = w->next;
	*len = strcspn(w->next, ",");
	w->next = w->next[*len] == ',' ? w->next + *len + 1 : NULL;
	return *len > 0 ? 1 : -EINVAL;
}
