/* SPDX-License-Identifier: BSD-2-Clause */
#include "proctext_thread.h"

#include <errno.h>
#include <string.h>

#include "cursor.h"
#include "parse.h"

/* include/uapi/linux/auxvec.h */
#define AUXV_NULL  0
#define AUXV_PHENT 4

/* " 0x…" `count` times, and the end of the line behind the last. */
static bool take_registers(struct cursor *c, uint64_t *ret, size_t count)
{
	struct cursor field;
	char end;

	for (size_t i = 0; i < count; i++)
		if (!cursor_next_field(c, " \n", &field, &end) || !cursor_to_hex(&field, &ret[i]) ||
		    (end == '\n') != (i == count - 1))
			return false;
	return c->at == c->end;
}

int proctext_parse_syscall(const char *text, size_t size, struct thread_place *ret)
{
	struct cursor c = {text, text + size};
	struct cursor field;
	uint64_t registers[8]; /* arguments, sp, pc */
	int64_t number;
	char end;

	if (cursor_is(&c, "running\n")) {
		ret->syscall_known = true;
		ret->in_syscall = false;
		return 0;
	}
	if (!cursor_next_field(&c, " \n", &field, &end) || end != ' ' ||
	    parse_i64_span(field.at, cursor_len(&field), INT32_MIN, INT32_MAX, &number) < 0 ||
	    !take_registers(&c, registers, number < 0 ? 2 : 8))
		return -EINVAL;
	ret->syscall_known = true;
	ret->in_syscall = number >= 0;
	if (ret->in_syscall) {
		ret->syscall = number;
		memcpy(ret->args, registers, sizeof(ret->args));
	}
	return 0;
}

int proctext_parse_wchan(const char *text, size_t size, char *ret, size_t ret_size)
{
	struct cursor c = {text, text + size};

	if (size >= ret_size)
		return -EINVAL;
	for (const char *p = c.at; p < c.end; p++)
		if (*p <= ' ' || *p > '~')
			return -EINVAL;
	if (cursor_is(&c, "0"))
		size = 0;
	memcpy(ret, text, size);
	ret[size] = '\0';
	return 0;
}

int proctext_parse_signalfd(const char *text, size_t size, uint64_t *ret)
{
	struct cursor c = {text, text + size};
	struct cursor line;
	uint64_t mask = 0;
	bool seen = false;

	while (cursor_next_field(&c, "\n", &line, NULL)) {
		if (!cursor_take(&line, "sigmask:\t"))
			continue;
		if (seen || !cursor_to_mask(&line, &mask))
			return -EINVAL;
		seen = true;
	}
	if (!seen)
		return -EINVAL;
	*ret = mask;
	return 0;
}

int proctext_parse_auxv_phent(const char *data, size_t size, uint64_t *ret)
{
	unsigned long pair[2]; /* type, value; as the kernel's struct mm_struct keeps them */

	for (size_t at = 0; size - at >= sizeof(pair); at += sizeof(pair)) {
		memcpy(pair, data + at, sizeof(pair));
		if (pair[0] == AUXV_NULL)
			break;
		if (pair[0] == AUXV_PHENT) {
			*ret = pair[1];
			return 0;
		}
	}
	return -EINVAL;
}
