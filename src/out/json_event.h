/* SPDX-License-Identifier: BSD-2-Clause */
/* The object of one event: a line of trace, an element of check's timeline. */
#ifndef SIGTRACE_OUT_JSON_EVENT_H
#define SIGTRACE_OUT_JSON_EVENT_H

#include "json_node.h"
#include "renderer.h"

/* "v", "type" and all that the report tells; `v` as struct renderer_ops has it. */
void json_add_event(struct node line, const struct renderer_config *config, const struct report *r,
		    const struct verdict *v);
/* "time": that moment on the wall clock, RFC 3339, UTC. */
void json_add_time(struct node line, const struct renderer_config *config, uint64_t boot_ns);

#endif
