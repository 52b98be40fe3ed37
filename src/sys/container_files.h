/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files in which the runtimes keep what they know of their containers. Whatever they are, to
 * read them does no harm: only regular files of a bounded size, no links below a root, and nothing
 * that could wait.
 */
#ifndef SIGTRACE_SYS_CONTAINER_FILES_H
#define SIGTRACE_SYS_CONTAINER_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"
#include "containers.h"

struct container_files;

/* 0 and *ret, or -ENOMEM. */
int container_files_new(const struct containers_config *config, struct container_files **ret);
/* Accepts NULL. */
void container_files_free(struct container_files *f);

/*
 * Adds to *c, whose id is known, what the files say; if its runtime is known, only those of that
 * one. `user` as in struct container_path: 0, or only files of this user count. True: there is no
 * more to find.
 */
bool container_files_read(struct container_files *f, uint32_t user, struct container *c);

/*
 * Calls `each` for every container that the folders show: its id, its runtime, and what the lists
 * say. Some are shown twice; `each` may call container_files_read(). 0, or what `each` returned, or
 * -ENOMEM.
 */
int container_files_each(struct container_files *f, container_fn each, void *context);

/* containers_write_places(), containers_write_missing() */
void container_files_write_places(const struct container_files *f, char *text, size_t size);
void container_files_write_missing(const struct container_files *f, char *text, size_t size);

#endif
