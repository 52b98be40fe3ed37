/* SPDX-License-Identifier: BSD-2-Clause */
#include "proctext.h"

#include <errno.h>
#include <string.h>

#include "cursor.h"
#include "parse.h"

/* Numbers of fields after the name, proc_pid_stat(5). */
enum stat_field {
	STAT_STATE = 3,
	STAT_PPID = 4,
	STAT_PGRP = 5,
	STAT_SESSION = 6,
	STAT_TTY_NR = 7,
	STAT_TPGID = 8,
	STAT_FLAGS = 9,
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_NUM_THREADS = 20,
	STAT_START_TIME = 22,
	STAT_START_STACK = 28,
	STAT_EXIT_CODE = 52,
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

static bool field_to_i64(const struct cursor *field, int64_t min, int64_t max, int64_t *ret)
{
	return parse_i64_span(field->at, cursor_len(field), min, max, ret) == 0;
}

static bool field_to_u32(const struct cursor *field, uint32_t max, uint32_t *ret)
{
	uint64_t number;

	if (!cursor_to_u64(field, max, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* do_task_stat() prints -1 once the task has no sighand any more. */
static bool parse_group(const struct cursor *field, bool *known, uint32_t *ret)
{
	int64_t number;

	if (!field_to_i64(field, -1, PARSE_PID_MAX, &number))
		return false;
	if (number < 0)
		*known = false;
	else
		*ret = (uint32_t)number;
	return true;
}

/* include/linux/kdev_t.h: 12 bits of major between the parts of a minor of 20. */
static void set_tty(struct proctext_stat *stat, uint32_t number)
{
	stat->tty_major = (number >> 8) & 0xfff;
	stat->tty_minor = (number & 0xff) | ((number >> 12) & 0xfff00);
}

static bool parse_stat_field(int index, const struct cursor *field, struct proctext_stat *stat)
{
	uint64_t any;
	int64_t number;

	switch (index) {
	case STAT_STATE:
		stat->state = *field->at;
		return cursor_len(field) == 1 && is_letter(stat->state);
	case STAT_PPID:
		return field_to_u32(field, PARSE_PID_MAX, &stat->ppid);
	case STAT_PGRP:
		return parse_group(field, &stat->has_ids, &stat->pgid);
	case STAT_SESSION:
		return parse_group(field, &stat->has_ids, &stat->sid);
	case STAT_TTY_NR:
		if (!field_to_i64(field, INT32_MIN, INT32_MAX, &number))
			return false;
		stat->has_tty = number != 0;
		set_tty(stat, (uint32_t)number);
		return true;
	case STAT_TPGID:
		if (!field_to_i64(field, -1, PARSE_PID_MAX, &number))
			return false;
		stat->tpgid = (int32_t)number;
		return true;
	case STAT_FLAGS:
		return field_to_u32(field, UINT32_MAX, &stat->flags);
	case STAT_UTIME:
	case STAT_STIME:
		if (!cursor_to_u64(field, UINT64_MAX / 2, &any))
			return false;
		stat->cpu_ticks += any;
		return true;
	case STAT_NUM_THREADS:
		return field_to_u32(field, PARSE_PID_MAX, &stat->num_threads);
	case STAT_START_TIME:
		return cursor_to_u64(field, UINT64_MAX, &stat->start_ticks);
	case STAT_START_STACK:
		return cursor_to_u64(field, UINT64_MAX, &stat->start_stack);
	case STAT_EXIT_CODE:
		if (!field_to_i64(field, INT32_MIN, INT32_MAX, &number))
			return false;
		stat->exit_code = (int32_t)number;
		return true;
	default:
		/* Signed: priorities may be negative. */
		return cursor_to_u64(field, UINT64_MAX, &any) ||
		       field_to_i64(field, INT64_MIN, -1, &number);
	}
}

int proctext_parse_stat(const char *text, size_t size, struct proctext_stat *ret)
{
	struct proctext_stat stat = {.has_ids = true};
	struct cursor c = {text, text + size};
	struct cursor field;
	const char *name_end;
	size_t name_len;

	if (!cursor_next_field(&c, " ", &field, NULL) ||
	    parse_pid_span(field.at, cursor_len(&field), &stat.pid) < 0)
		return -EINVAL;
	name_end = find_last(c.at, c.end, ')');
	if (!name_end || !cursor_take(&c, "("))
		return -EINVAL;
	name_len = (size_t)(name_end - c.at);
	memcpy(stat.comm, c.at, name_len < sizeof(stat.comm) ? name_len : sizeof(stat.comm) - 1);
	c.at = name_end + 1;
	if (!cursor_take(&c, " "))
		return -EINVAL;

	for (int i = STAT_STATE; i <= STAT_EXIT_CODE; i++) {
		if (!cursor_next_field(&c, " \n", &field, NULL)) {
			if (i <= STAT_START_TIME)
				return -EINVAL;
			break;
		}
		if (!parse_stat_field(i, &field, &stat))
			return -EINVAL;
	}
	*ret = stat;
	return 0;
}

static int parse_tgid(const struct cursor *value, void *member)
{
	return parse_pid_span(value->at, cursor_len(value), member);
}

static int parse_number(const struct cursor *value, void *member)
{
	return field_to_u32(value, PARSE_PID_MAX, member) ? 0 : -EINVAL;
}

static int parse_mask(const struct cursor *value, void *member)
{
	return cursor_to_mask(value, member) ? 0 : -EINVAL;
}

/* "4242\t17\t1": one number a namespace level, separated by tabs. */
static int parse_ns_pid(const struct cursor *value, void *member)
{
	struct proctext_status *status = member;
	const char *at = value->at;

	for (;;) {
		const char *tab = memchr(at, '\t', (size_t)(value->end - at));
		const char *end = tab ? tab : value->end;

		if (status->ns_pid_count == PROCTEXT_NS_LEVELS_MAX ||
		    parse_pid_span(at, (size_t)(end - at), &status->ns_pid[status->ns_pid_count]) <
			    0)
			return -EINVAL;
		status->ns_pid_count++;
		if (!tab)
			return 0;
		at = tab + 1;
	}
}

/* "3/63427" */
static int parse_sigq(const struct cursor *value, void *member)
{
	struct proctext_status *status = member;
	struct cursor max = *value;
	struct cursor queued;

	if (!cursor_next_field(&max, "/", &queued, NULL) ||
	    !cursor_to_u64(&queued, UINT64_MAX, &status->sigq_queued) ||
	    !cursor_to_u64(&max, UINT64_MAX, &status->sigq_max))
		return -EINVAL;
	return 0;
}

/* "0\t0\t0\t0": real, effective, saved, of the file system. */
static int parse_uids(const struct cursor *value, void *member)
{
	struct proctext_status *status = member;
	struct cursor last = *value;
	struct cursor field;
	uint32_t uids[4];

	for (int i = 0; i < 3; i++)
		if (!cursor_next_field(&last, "\t", &field, NULL) ||
		    !field_to_u32(&field, UINT32_MAX, &uids[i]))
			return -EINVAL;
	if (!field_to_u32(&last, UINT32_MAX, &uids[3]))
		return -EINVAL;
	status->real_uid = uids[0];
	status->saved_uid = uids[2];
	status->has_uids = true;
	return 0;
}

enum status_need {
	NEED_ALWAYS,
	NEED_NEVER,
	NEED_SIGNALS, /* for has_signals */
};

static const struct status_key {
	const char *name;
	enum status_need need;
	int (*parse)(const struct cursor *value, void *member);
	size_t member; /* its offset in struct proctext_status; 0 for those that set several */
} status_keys[] = {
#define KEY(name, need, parse, member)                                      \
	{                                                                   \
		name, need, parse, offsetof(struct proctext_status, member) \
	}
	KEY("Tgid", NEED_ALWAYS, parse_tgid, tgid),
	KEY("TracerPid", NEED_NEVER, parse_number, tracer_tid),
	{"Uid", NEED_NEVER, parse_uids, 0},
	{"NSpid", NEED_NEVER, parse_ns_pid, 0},
	KEY("Threads", NEED_SIGNALS, parse_number, threads),
	{"SigQ", NEED_ALWAYS, parse_sigq, 0},
	KEY("SigPnd", NEED_SIGNALS, parse_mask, pending),
	KEY("ShdPnd", NEED_SIGNALS, parse_mask, shared_pending),
	KEY("SigBlk", NEED_SIGNALS, parse_mask, blocked),
	KEY("SigIgn", NEED_SIGNALS, parse_mask, ignored),
	KEY("SigCgt", NEED_SIGNALS, parse_mask, caught),
	KEY("CapPrm", NEED_ALWAYS, parse_mask, cap_prm),
	KEY("CapEff", NEED_ALWAYS, parse_mask, cap_eff),
	KEY("CapBnd", NEED_ALWAYS, parse_mask, cap_bnd),
#undef KEY
};

#define STATUS_KEYS_COUNT (sizeof(status_keys) / sizeof(status_keys[0]))

/* The index of the key that a line starts with (then *value is what follows it), or -1. */
static int find_status_key(const struct cursor *line, struct cursor *value)
{
	for (size_t i = 0; i < STATUS_KEYS_COUNT; i++) {
		*value = *line;
		if (cursor_take(value, status_keys[i].name) && cursor_take(value, ":\t"))
			return (int)i;
	}
	return -1;
}

int proctext_parse_status(const char *text, size_t size, struct proctext_status *ret)
{
	struct proctext_status status = {.has_signals = true};
	bool seen[STATUS_KEYS_COUNT] = {false};
	struct cursor c = {text, text + size};
	struct cursor line;
	struct cursor value;

	while (cursor_next_field(&c, "\n", &line, NULL)) {
		int i = find_status_key(&line, &value);

		if (i < 0)
			continue;
		/* The kernel escapes line feeds in the name, so a second one is not the kernel's.
		 */
		if (seen[i] ||
		    status_keys[i].parse(&value, (char *)&status + status_keys[i].member) < 0)
			return -EINVAL;
		seen[i] = true;
	}
	for (size_t i = 0; i < STATUS_KEYS_COUNT; i++) {
		if (seen[i])
			continue;
		if (status_keys[i].need == NEED_ALWAYS)
			return -EINVAL;
		if (status_keys[i].need == NEED_SIGNALS)
			status.has_signals = false;
	}
	/* task_sig() counts no threads when it could not lock the sighand; all sets are 0 then. */
	status.has_signals = status.has_signals && status.threads > 0;
	*ret = status;
	return 0;
}
