// SPDX-License-Identifier: BSD-2-Clause
#include "maps.h"

#include <errno.h>
#include <string.h>

#include "cursor.h"

/* Lower-case hexadecimal digits, zero-filled, as many as the kernel likes. */
static bool to_hex(const struct cursor *c, uint64_t max, uint64_t *ret)
{
	const size_t len = cursor_len(c);
	uint64_t value = 0;

	if (len == 0 || len > 16)
		return false;
	for (const char *p = c->at; p < c->end; p++) {
		if (*p >= '0' && *p <= '9')
			value = value << 4 | (uint64_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			value = value << 4 | (uint64_t)(*p - 'a' + 10);
		else
			return false;
	}
	*ret = value;
	return value <= max;
}

static bool next_hex(struct cursor *c, const char *end, uint64_t max, uint64_t *ret)
{
	struct cursor field;

	return cursor_next_field(c, end, &field, NULL) && to_hex(&field, max, ret);
}

static bool next_u64(struct cursor *c, const char *end, uint64_t max, uint64_t *ret)
{
	struct cursor field;

	return cursor_next_field(c, end, &field, NULL) && cursor_to_u64(&field, max, ret);
}

/* "r-xp" */
static bool next_permissions(struct cursor *c, bool *executable)
{
	static const char *const bytes[] = {"r-", "w-", "x-", "ps"};
	const size_t count = sizeof(bytes) / sizeof(bytes[0]);
	struct cursor field;

	if (!cursor_next_field(c, " ", &field, NULL) || cursor_len(&field) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!strchr(bytes[i], field.at[i]))
			return false;
	*executable = field.at[2] == 'x';
	return true;
}

/*
 * memfd_create(), shared anonymous memory and System V's are deleted files of a tmpfs that the
 * kernel mounts for itself (mm/shmem.c).
 */
static enum maps_kind kind_of(const struct maps_line *line)
{
	struct cursor name = {line->path, line->path + line->path_len};

	if (line->path_len == 0 || line->path[0] == '[')
		return cursor_is(&name, "[vdso]") ? MAPS_KIND_VDSO : MAPS_KIND_ANONYMOUS;
	if (line->path[0] != '/')
		return MAPS_KIND_OTHER;
	if (cursor_is(&name, "/dev/zero"))
		return MAPS_KIND_ANONYMOUS;
	if (!line->deleted || line->dev_major != 0)
		return MAPS_KIND_FILE;
	if (cursor_take(&name, "/memfd:"))
		return MAPS_KIND_MEMFD;
	return cursor_take(&name, "/SYSV") ? MAPS_KIND_ANONYMOUS : MAPS_KIND_FILE;
}

static void set_path(struct maps_line *line, const char *path, size_t len)
{
	static const char deleted[] = " (deleted)";
	const size_t deleted_len = sizeof(deleted) - 1;

	if (len > deleted_len && memcmp(path + len - deleted_len, deleted, deleted_len) == 0) {
		line->deleted = true;
		len -= deleted_len;
	}
	line->path = path;
	line->path_len = len;
	line->kind = kind_of(line);
}

int maps_parse_line(const char *text, size_t len, struct maps_line *ret)
{
	struct cursor c = {text, text + len};
	struct maps_line line = {0};
	uint64_t dev_major;
	uint64_t dev_minor;

	if (memchr(text, '\0', len) || memchr(text, '\n', len))
		return -EINVAL;
	if (!next_hex(&c, "-", UINT64_MAX, &line.start) ||
	    !next_hex(&c, " ", UINT64_MAX, &line.end) || line.start >= line.end ||
	    !next_permissions(&c, &line.executable) ||
	    !next_hex(&c, " ", UINT64_MAX, &line.offset) ||
	    !next_hex(&c, ":", UINT32_MAX, &dev_major) ||
	    !next_hex(&c, " ", UINT32_MAX, &dev_minor) ||
	    !next_u64(&c, " ", UINT64_MAX, &line.inode))
		return -EINVAL;
	line.dev_major = (uint32_t)dev_major;
	line.dev_minor = (uint32_t)dev_minor;
	while (cursor_take(&c, " "))
		;
	set_path(&line, c.at, cursor_len(&c));
	*ret = line;
	return 0;
}

size_t maps_copy_path(const struct maps_line *line, char *out, size_t size)
{
	static const char newline[] = "\\012";
	const size_t escape_len = sizeof(newline) - 1;
	size_t len = 0;

	for (size_t i = 0; i < line->path_len; i++, len++) {
		char c = line->path[i];

		if (line->path_len - i >= escape_len &&
		    memcmp(line->path + i, newline, escape_len) == 0) {
			c = '\n';
			i += escape_len - 1;
		}
		if (len + 1 < size)
			out[len] = c;
	}
	out[len < size ? len : size - 1] = '\0';
	return len;
}

const char *maps_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Types of file systems (a FUSE one is "fuse.sshfs"); a subtype counts as its type. */
static bool is_remote_type(const struct cursor *type)
{
	static const char *const types[] = {
		"nfs",	"nfs4", "cifs", "smb3", "smbfs",  "fuse",   "fuseblk",
		"ceph", "afs",	"coda", "gpfs", "lustre", "beegfs", "orangefs",
	};
	const char *dot = memchr(type->at, '.', cursor_len(type));
	const struct cursor name = {type->at, dot ? dot : type->end};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cursor_is(&name, types[i]))
			return true;
	return false;
}

int mountinfo_parse_line(const char *text, size_t len, struct mount_line *ret)
{
	struct cursor c = {text, text + len};
	struct cursor field;
	uint64_t dev_major;
	uint64_t dev_minor;
	uint64_t mount;
	uint64_t parent;

	if (!next_u64(&c, " ", UINT32_MAX, &mount) || !next_u64(&c, " ", UINT32_MAX, &parent) ||
	    !next_u64(&c, ":", UINT32_MAX, &dev_major) ||
	    !next_u64(&c, " ", UINT32_MAX, &dev_minor))
		return -EINVAL;
	/* Root, mount point, options, then optional fields up to a lone dash: spaces are "\040". */
	do {
		if (!cursor_next_field(&c, " ", &field, NULL))
			return -EINVAL;
	} while (!cursor_is(&field, "-"));
	if (!cursor_next_field(&c, " ", &field, NULL) || cursor_len(&field) == 0)
		return -EINVAL;
	*ret = (struct mount_line){
		.dev_major = (uint32_t)dev_major,
		.dev_minor = (uint32_t)dev_minor,
		.remote = is_remote_type(&field),
	};
	return 0;
}
