/* SPDX-License-Identifier: BSD-2-Clause */
/* The task iterator's records (include/snapshot.h) to a process table. */
#ifndef SIGTRACE_CORE_SNAPSHOT_DECODE_H
#define SIGTRACE_CORE_SNAPSHOT_DECODE_H

#include "process.h"
#include "snapshot.h"

struct snapshot_decoder;

/* 0 or -ENOMEM. */
int snapshot_decoder_new(struct snapshot_decoder **ret);
/* Accepts NULL. */
void snapshot_decoder_free(struct snapshot_decoder *d);
/*
 * Takes the next bytes of the stream, cut anywhere: a record that is not complete waits for the
 * next call. -EBADMSG for a malformed record, or actions that are not right behind their process,
 * -EPROTO for a kind that is not known, -ENOMEM; after an error nothing more is taken.
 */
int snapshot_decoder_feed(struct snapshot_decoder *d, const void *data, size_t size);
/*
 * Moves what was read into *t (empty before), sorted: threads to their process; those without one
 * that is selected (it ended, or began, meanwhile) are dropped. -EBADMSG if the stream ends within
 * a record, -ENOMEM. *t is written only on success.
 */
int snapshot_decoder_finish(struct snapshot_decoder *d, struct process_table *t);

#endif
