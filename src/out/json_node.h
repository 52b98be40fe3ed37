/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON documents in the making: what names, flags, signals and untrusted texts look like in every
 * one of them. They are written in ASCII only: no control and no bidirectional character of the
 * traced side gets to a terminal.
 */
#ifndef SIGTRACE_OUT_JSON_NODE_H
#define SIGTRACE_OUT_JSON_NODE_H

#include <jansson.h>
#include <stdbool.h>

#include "strbuf.h"

#define JSON_SCHEMA_VERSION 1

/* The longest explanation that is not cut. */
#define JSON_SENTENCE_SIZE_MAX 1536

/*
 * An object or array of a document, which owns it. After a failed allocation `json` may be NULL,
 * which jansson takes as one more failure: nobody has to look before the document is written.
 */
struct node {
	json_t *json;
	bool *failed; /* of the document */
};

/* Longer texts are cut. */
#define NODE_TEXT_SIZE_MAX 1024

struct node node_add_object(struct node to, const char *key);
struct node node_add_array(struct node to, const char *key);
/* One more element of an array. */
struct node node_append_object(struct node array);

void node_add_bool(struct node to, const char *key, bool value);
void node_add_i64(struct node to, const char *key, int64_t value);
/* For times (the kernel's have 63 bits) and counts. What cannot be must not turn negative. */
void node_add_u64(struct node to, const char *key, uint64_t value);
/* A time in milliseconds, to the microsecond: 10000, 12.345. */
void node_add_ms(struct node to, const char *key, uint64_t ns);
void node_add_u64_if_known(struct node to, const char *key, uint64_t value);
/* Names of our own, and what strbuf_add_escaped() has made valid UTF-8. */
void node_add_name(struct node to, const char *key, const char *name);
/* Bit sets, addresses, and whatever else needs all 64 bits. */
void node_add_hex(struct node to, const char *key, uint64_t value);
/*
 * Untrusted bytes, up to a NUL or `size`, NODE_TEXT_SIZE_MAX at most. Each that is not part of a
 * valid UTF-8 character becomes U+FFFD.
 */
void node_add_text(struct node to, const char *key, const char *bytes, size_t size);
/* EVENT_COMM_SIZE untrusted bytes. */
void node_add_comm(struct node to, const char *key, const char *comm);
/* A process that is only named. comm: as above; NULL: not known. */
void node_add_process_name(struct node to, const char *key, uint32_t tgid, const char *comm);
/* "SIGTERM"; a number that has no name is printed, too. */
void node_add_signal_name(struct node to, const char *key, int sig);
/* An array of names: a set of signals, bit sig - 1. */
void node_add_signal_set(struct node to, const char *key, uint64_t set);
/* Visits sa_flags or flags of a signal_struct; context: a struct node, the array. */
void node_append_flag(void *context, const char *name, uint32_t bit);

/* "group_exit": what began it; of a process in whose signal_struct one is under way. */
void node_add_group_exit(struct node to, uint32_t signal_flags, int32_t group_exit_code);

/* The whole document, or nothing of it and out->cut. */
void node_write(struct node document, struct strbuf *out);

#endif
