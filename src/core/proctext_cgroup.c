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

int proctext_parse_cgroup_of(const char *text, size_t size, const char *controller,
			     struct proctext_cgroup_path *ret)
{
	struct proctext_cgroup_path found = {0};
	struct cursor c = {text, text + size};
	struct cursor line;

	while (cursor_next_field(&c, "\n", &line, NULL)) {
		struct cursor controllers;
		struct cursor field;
		uint64_t id;
		bool is_v2;

		if (!cursor_next_field(&line, ":", &field, NULL) ||
		    !cursor_to_u64(&field, INT32_MAX, &id) ||
		    !cursor_next_field(&line, ":", &controllers, NULL))
			return -EINVAL;
		is_v2 = id == 0 && controllers.at == controllers.end;
		if (controller ? !list_has(&controllers, controller) : !is_v2)
			continue;
		if (found.path || !path_is_clean(&line))
			return -EINVAL;
		found = (struct proctext_cgroup_path){line.at, cursor_len(&line)};
	}
	if (c.at != c.end)
		return -EINVAL;
	*ret = found;
	return 0;
}

int proctext_parse_cgroup(const char *text, size_t size, struct proctext_cgroup_path *ret)
{
	struct proctext_cgroup_path v1, v2;

	if (proctext_parse_cgroup_of(text, size, "freezer", &v1) < 0 ||
	    proctext_parse_cgroup_of(text, size, NULL, &v2) < 0)
		return -EINVAL;
	ret[CGROUP_V1_FREEZER] = v1;
	ret[CGROUP_V2] = v2;
	return 0;
}

/*
 * Blanks, line feeds, backslashes and '#' stand as a backslash and three octal digits. Returns the
 * length of the path, 0 if it does not fit or is none.
 */
static size_t unescape(const struct cursor *field, char ret[PROCTEXT_PATH_SIZE])
{
	size_t len = 0;

	for (const char *p = field->at; p < field->end; p++) {
		unsigned int byte = (unsigned char)*p;

		if (byte == '\\') {
			if (field->end - p < 4)
				return 0;
			byte = 0;
			for (int i = 1; i <= 3; i++) {
				if (p[i] < '0' || p[i] > '7')
					return 0;
				byte = byte << 3 | (unsigned int)(p[i] - '0');
			}
			p += 3;
		}
		if (byte > 0xff || len == PROCTEXT_PATH_SIZE - 1)
			return 0;
		ret[len++] = (char)byte;
	}
	ret[len] = '\0';
	return len;
}

/* "/.." and "/../../a": above the root of the reader's cgroup namespace, or beside it. */
static bool path_is_outside(const struct cursor *path)
{
	struct cursor rest = *path;

	return cursor_take(&rest, "/..") && (rest.at == rest.end || *rest.at == '/');
}

static bool read_mount_paths(const struct cursor *root, const struct cursor *point,
			     struct proctext_mount *ret)
{
	struct cursor path = {ret->root, ret->root + unescape(root, ret->root)};

	if (path_is_outside(&path))
		ret->root[0] = '\0';
	else if (!path_is_clean(&path))
		return false;
	path = (struct cursor){ret->point, ret->point + unescape(point, ret->point)};
	return path_is_clean(&path);
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
	struct proctext_mount mount = {.hierarchy = CGROUP_HIERARCHY_COUNT};
	struct cursor c = {text, text + size};
	struct cursor first[FIRST_COUNT];
	struct cursor type[2]; /* of the file system, and what is mounted */
	struct cursor field;
	bool v1_freezer;

	if (!take_fields(&c, first, FIRST_COUNT))
		return -EINVAL;
	do {
		if (!cursor_next_field(&c, " ", &field, NULL))
			return -EINVAL;
	} while (!cursor_is(&field, "-"));
	if (!take_fields(&c, type, 2))
		return -EINVAL;

	mount.v2 = cursor_is(&type[0], "cgroup2");
	mount.v1_pids = cursor_is(&type[0], "cgroup") && list_has(&c, "pids");
	v1_freezer = cursor_is(&type[0], "cgroup") && list_has(&c, "freezer");
	if ((mount.v2 || mount.v1_pids || v1_freezer) &&
	    !read_mount_paths(&first[ROOT], &first[POINT], &mount))
		return -EINVAL;
	if (mount.root[0] && (mount.v2 || v1_freezer))
		mount.hierarchy = mount.v2 ? CGROUP_V2 : CGROUP_V1_FREEZER;
	*ret = mount;
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
