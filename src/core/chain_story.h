/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the signals that are seen while a tree is watched belong to the story that is told. */
#ifndef SIGTRACE_CORE_CHAIN_STORY_H
#define SIGTRACE_CORE_CHAIN_STORY_H

#include "chain.h"

/*
 * CHAIN_NONE: it is not of the tree; a process that has the number of a node may be another one.
 */
uint32_t chain_story_node(const struct chain *c, const struct report_task *task);
/* The SIGKILL with which the kernel ends what is left of a PID namespace. */
bool chain_story_is_teardown(const struct chain *c, const struct report *r);
/*
 * It was sent by another process, or by the kernel because of what others did, and it arrived. Any
 * such signal of c->wanted begins the story.
 */
bool chain_story_from_others(const struct chain *c, const struct report *r,
			     const struct verdict *v);
/*
 * The story has begun, and the signal comes from others: whether it asks. A forwarder, the node
 * `sender`, may send another one than it got. SIGKILL is what follows when nobody asked, unless the
 * story is about SIGKILL.
 */
bool chain_story_asks(const struct chain *c, const struct report *r, uint32_t sender);
/* It has ended, or had before it was first seen. */
bool chain_story_has_ended(const struct chain_node *n);

#endif
