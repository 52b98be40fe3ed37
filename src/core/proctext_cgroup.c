/* SPDX-License-Identifier: BSD-2-Clause */
#include "proctext_cgroup.h"

#include <errno.h>
#include <string.h>

#include "cursor.h"

static bool path_is_clean(const struct cursor *path)
{
	struct cursor rest = *path;
	struct cursor name;

	if (!cursor_take(&rest, "/") || memchr(path->at, '\0', cursor_len(path)))
		return false;
	if (rest.at == rest.end)
		return true;
	for (;;) {
		bool last = !cursor_next_field(&rest, "/", &name, NULL);

		if (last)
			name = rest;
		if (name.at == name.end || cursor_is(&name, ".") || cursor_is(&name, ".."))
			return false;
		if (last)
			return true;
	}
}

/* Whether the list, separated by commas, has the word. */
static bool list_has(const struct cursor *list, const char *word)
{
	struct cursor rest = *list;
	struct cursor field;

	while (cursor_next_field(&rest, ",", &field, NULL))
		if (cursor_is(&field, word))
			return true;
	return cursor_is(&rest, word);
}

int proctext_parse_cgroup(const char *text, size_t size, struct proctext_cgroup_path *ret)
{
	struct proctext_cgroup_path found[CGROUP_HIERARCHY_COUNT] = {0};
	struct cursor c = {text, text + size};
	struct cursor line;

	while (cursor_next_field(&c, "\n", &line, NULL)) {
		enum cgroup_hierarchy hierarchy;
		struct cursor controllers;
		struct cursor field;
		uint64_t id;

		if (!cursor_next_field(&line, ":", &field, NULL) ||
		    !cursor_to_u64(&field, INT32_MAX, &id) ||
		    !cursor_next_field(&line, ":", &controllers, NULL))
			return -EINVAL;
		if (id == 0 && controllers.at == controllers.end)
			hierarchy = CGROUP_V2;
		else if (list_has(&controllers, "freezer"))
			hierarchy = CGROUP_V1_FREEZER;
		else
			continue;
		if (found[hierarchy].path || !path_is_clean(&line))
			return -EINVAL;
		found[hierarchy] = (struct proctext_cgroup_path){line.at, cursor_len(&line)};
	}
	if (c.at != c.end)
		return -EINVAL;
	memcpy(ret, found, sizeof(found));
	return 0;
}

/* Blanks, line feeds, backslashes and '#' stand as a backslash and three octal digits. */
static bool unescape(const struct cursor *field, char ret[PROCTEXT_PATH_SIZE])
{
	size_t len = 0;

	for (const char *p = field->at; p < field->end; p++) {
		unsigned int byte = (unsigned char)*p;

		if (byte == '\\') {
			if (field->end - p < 4)
				return false;
			byte = 0;
			for (int i = 1; i <= 3; i++) {
				if (p[i] < '0' || p[i] > '7')
					return false;
				byte = byte << 3 | (unsigned int)(p[i] - '0');
			}
			p += 3;
		}
		if (byte > 0xff || len == PROCTEXT_PATH_SIZE - 1)
			return false;
		ret[len++] = (char)byte;
	}
	ret[len] = '\0';
	return path_is_clean(&(struct cursor){ret, ret + len});
}

/* Steps over `count` fields that end with a blank, and stores them. */
static bool take_fields(struct cursor *c, struct cursor *ret, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!cursor_next_field(c, " ", &ret[i], NULL))
			return false;
	return true;
}

int proctext_parse_mount(const char *text, size_t size, struct proctext_mount *ret)
{
	/* Numbers of the mount and its parent, of the device; root, point, options. */
	enum { ROOT = 3, POINT = 4, FIRST_COUNT = 6 };
	enum cgroup_hierarchy hierarchy = CGROUP_HIERARCHY_COUNT;
	struct cursor c = {text, text + size};
	struct cursor first[FIRST_COUNT];
	struct cursor type[2]; /* of the file system, and what is mounted */
	struct proctext_mount mount;
	struct cursor field;

	if (!take_fields(&c, first, FIRST_COUNT))
		return -EINVAL;
	do {
		if (!cursor_next_field(&c, " ", &field, NULL))
			return -EINVAL;
	} while (!cursor_is(&field, "-"));
	if (!take_fields(&c, type, 2))
		return -EINVAL;

	if (cursor_is(&type[0], "cgroup2"))
		hierarchy = CGROUP_V2;
	else if (cursor_is(&type[0], "cgroup") && list_has(&c, "freezer"))
		hierarchy = CGROUP_V1_FREEZER;
	if (hierarchy == CGROUP_HIERARCHY_COUNT) {
		ret->hierarchy = hierarchy;
		ret->root[0] = ret->point[0] = '\0';
		return 0;
	}
	if (!unescape(&first[ROOT], mount.root) || !unescape(&first[POINT], mount.point))
		return -EINVAL;
	ret->hierarchy = hierarchy;
	memcpy(ret->root, mount.root, strlen(mount.root) + 1);
	memcpy(ret->point, mount.point, strlen(mount.point) + 1);
	return 0;
}

int proctext_parse_freezer_state(const char *text, size_t size, enum cgroup_freezer *ret)
{
	static const char *const words[] = {
		[CGROUP_THAWED] = "THAWED\n",
		[CGROUP_FREEZING] = "FREEZING\n",
		[CGROUP_FROZEN] = "FROZEN\n",
	};
	const struct cursor c = {text, text + size};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!cursor_is(&c, words[i]))
			continue;
		*ret = (enum cgroup_freezer)i;
		return 0;
	}
	return -EINVAL;
}

int proctext_parse_flag(const char *text, size_t size, bool *ret)
{
	const struct cursor c = {text, text + size};

	if (!cursor_is(&c, "0\n") && !cursor_is(&c, "1\n"))
		return -EINVAL;
	*ret = *c.at == '1';
	return 0;
}

int proctext_parse_cgroup_events(const char *text, size_t size, bool *ret_frozen)
{
	struct cursor c = {text, text + size};
	struct cursor line;
	bool frozen = false;
	bool seen = false;

	while (cursor_next_field(&c, "\n", &line, NULL)) {
		if (!cursor_take(&line, "frozen "))
			continue;
		if (seen || (!cursor_is(&line, "0") && !cursor_is(&line, "1")))
			return -EINVAL;
		frozen = *line.at == '1';
		seen = true;
	}
	if (!seen)
		return -EINVAL;
	*ret_frozen = frozen;
	return 0;
}
