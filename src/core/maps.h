/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of /proc/PID/maps, and of /proc/PID/mountinfo as far as the files behind mappings need
 * it. Source: proc_pid_maps(5), proc_pid_mountinfo(5), show_map_vma() in fs/proc/task_mmu.c,
 * show_mountinfo() in fs/proc_namespace.c.
 *
 * The text holds no newline, need not end with a NUL, and the names in it are the process's own
 * choice. Both parsers return 0 and write *ret, or return -EINVAL and leave it alone.
 */
#ifndef SIGTRACE_CORE_MAPS_H
#define SIGTRACE_CORE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum maps_kind {
	MAPS_KIND_ANONYMOUS, /* no name, one in brackets (the heap, a stack), or the file of shared
				memory */
	MAPS_KIND_VDSO,
	MAPS_KIND_FILE,	 /* the name begins with a slash */
	MAPS_KIND_MEMFD, /* a file without a file system: a copy of a program, or what a JIT wrote
			  */
	MAPS_KIND_OTHER,
	MAPS_KIND_COUNT,
};

struct maps_line {
	uint64_t start;
	uint64_t end; /* the first byte behind it */
	uint64_t offset;
	uint64_t inode;
	uint32_t dev_major;
	uint32_t dev_minor;
	bool executable;
	enum maps_kind kind;
	/*
	 * Inside the text. A newline is "\012" as the kernel writes it (and a backslash is itself:
	 * what is "\012" in the name cannot be told from it). Without " (deleted)".
	 */
	const char *path;
	size_t path_len; /* 0: no name */
	bool deleted;
};

int maps_parse_line(const char *text, size_t len, struct maps_line *ret);
/*
 * Copies the path with its newlines, cut at size - 1 bytes, and a NUL. Returns the whole length,
 * which is size or more if it was cut.
 */
size_t maps_copy_path(const struct maps_line *line, char *out, size_t size);
/* The part of a path behind its last slash; the whole text without one. */
const char *maps_base_name(const char *path);

struct mount_line {
	uint32_t dev_major;
	uint32_t dev_minor;
	/* Another machine or process answers for the files: it may never do so. */
	bool remote;
};

int mountinfo_parse_line(const char *text, size_t len, struct mount_line *ret);

#endif
