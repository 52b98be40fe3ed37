/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file behind a mapping of a process: the very one that is mapped, whatever its path leads to
 * by now, and found without harm. It may be deleted, in another mount namespace, or a device.
 */
#ifndef SIGTRACE_SYS_MAPPED_FILE_H
#define SIGTRACE_SYS_MAPPED_FILE_H

#include <sys/stat.h>

#include "maps.h"
#include "proc_dir.h"

/*
 * Finds it, without opening it for reading yet: through map_files (the file itself; needs
 * CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE), else `exe`, else the path below the process's root; the
 * last two count only if the inode is the mapping's. Returns an O_PATH descriptor of a regular
 * file, and its stat; -EACCES if it cannot be had, -ESRCH if the process is gone.
 */
int mapped_file_find(const struct proc_dir *d, const struct maps_line *line, const char *path,
		     struct stat *ret);
/* Opens for reading what mapped_file_find() found. */
int mapped_file_open(int found_fd);
/*
 * Whether another machine or process has to answer for the file, which it may never do: a stuck
 * server must not get sigtrace stuck. True also where that cannot be told.
 */
bool mapped_file_is_remote(const struct proc_dir *d, const struct maps_line *line);

#endif
