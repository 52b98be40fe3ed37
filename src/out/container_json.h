/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGTRACE_OUT_CONTAINER_JSON_H
#define SIGTRACE_OUT_CONTAINER_JSON_H

#include "container.h"
#include "json_node.h"

/* "container" of a process: what is known of it. NULL: nothing is added. */
void container_add(struct node to, const struct container *c);

#endif
