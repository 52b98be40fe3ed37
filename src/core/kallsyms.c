// SPDX-License-Identifier: BSD-2-Clause
#include "kallsyms.h"

#include <string.h>

#define ADDRESS_DIGITS_MAX 16

/* -1: none. The kernel prints lower case only. */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the number of digits; 0: no address, or one of too many. */
static size_t parse_address(const char *line, size_t len, uint64_t *ret)
{
	uint64_t address = 0;
	size_t i = 0;

	for (; i < len && digit_of(line[i]) >= 0; i++) {
		if (i == ADDRESS_DIGITS_MAX)
			return 0;
		address = address << 4 | (unsigned int)digit_of(line[i]);
	}
	*ret = address;
	return i;
}

static bool is_code(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/* Where the name ends: at the first of " ", "\t" and ".". */
static size_t name_length(const char *name, size_t len)
{
	size_t i = 0;

	while (i < len && name[i] != ' ' && name[i] != '\t' && name[i] != '.')
		i++;
	return i;
}

bool kallsyms_parse_function(const char *line, size_t len, struct kallsyms_function *ret)
{
	uint64_t address;
	size_t digits = parse_address(line, len, &address);
	size_t name_len;
	const char *name;

	/* " T ", and a name, which may be missing. */
	if (digits == 0 || len - digits < 3)
		return false;
	name = line + digits + 3;
	if (line[digits] != ' ' || !is_code(line[digits + 1]) || line[digits + 2] != ' ')
		return false;
	/* What begins with a dot is a local label, and would have no name. */
	name_len = name_length(name, len - digits - 3);
	if (name_len == 0 || name[0] == '$' || memchr(name, '\0', name_len))
		return false;
	*ret = (struct kallsyms_function){address, name, name_len};
	return true;
}
