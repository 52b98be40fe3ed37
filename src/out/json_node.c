/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_node.h"

#include <string.h>

#include "kernel_bits.h"
#include "report.h"
#include "signals.h"
#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define DELETE	    0x7f

#define NS_PER_US 1000
#define US_PER_MS 1000

/* As many digits as every double has: 12.3 stays 12.3. */
#define REAL_DIGITS 15

static void add(struct node to, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(to.json, key, value) != 0)
		*to.failed = true;
}

static void append(struct node to, json_t *value)
{
	if (json_array_append_new(to.json, value) != 0)
		*to.failed = true;
}

static struct node add_node(struct node to, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(to.json, key, value) == 0)
		return (struct node){value, to.failed};
	*to.failed = true;
	return (struct node){NULL, to.failed};
}

struct node node_add_object(struct node to, const char *key)
{
	return add_node(to, key, json_object());
}

struct node node_add_array(struct node to, const char *key)
{
	return add_node(to, key, json_array());
}

struct node node_append_object(struct node array)
{
	json_t *object = json_object();

	if (json_array_append_new(array.json, object) == 0)
		return (struct node){object, array.failed};
	*array.failed = true;
	return (struct node){NULL, array.failed};
}

void node_add_bool(struct node to, const char *key, bool value)
{
	add(to, key, json_boolean(value));
}

void node_add_i64(struct node to, const char *key, int64_t value)
{
	add(to, key, json_integer(value));
}

void node_add_u64(struct node to, const char *key, uint64_t value)
{
	node_add_i64(to, key, value < INT64_MAX ? (int64_t)value : INT64_MAX);
}

void node_add_ms(struct node to, const char *key, uint64_t ns)
{
	uint64_t us = ns / NS_PER_US + (ns % NS_PER_US >= NS_PER_US / 2);

	if (us % US_PER_MS == 0)
		node_add_u64(to, key, us / US_PER_MS);
	else
		add(to, key, json_real((double)us / US_PER_MS));
}

void node_add_u64_if_known(struct node to, const char *key, uint64_t value)
{
	if (value != 0)
		node_add_u64(to, key, value);
}

void node_add_name(struct node to, const char *key, const char *name)
{
	add(to, key, json_string_nocheck(name));
}

static json_t *hex_new(uint64_t value)
{
	char text[sizeof("0xffffffffffffffff")];
	struct strbuf hex;

	strbuf_init(&hex, text, sizeof(text));
	strbuf_add_hex(&hex, value);
	return json_stringn_nocheck(text, hex.len);
}

void node_add_hex(struct node to, const char *key, uint64_t value)
{
	add(to, key, hex_new(value));
}

void node_add_text(struct node to, const char *key, const char *bytes, size_t size)
{
	char text[NODE_TEXT_SIZE_MAX * (sizeof(REPLACEMENT) - 1) + 1];
	size_t len = strnlen(bytes, size < NODE_TEXT_SIZE_MAX ? size : NODE_TEXT_SIZE_MAX);
	struct strbuf valid;
	uint32_t code_point;

	strbuf_init(&valid, text, sizeof(text));
	for (size_t i = 0; i < len;) {
		size_t step = utf8_decode(bytes + i, len - i, &code_point);

		if (step > 0)
			strbuf_add_bytes(&valid, bytes + i, step);
		else
			strbuf_add(&valid, REPLACEMENT);
		i += step > 0 ? step : 1;
	}
	add(to, key, json_stringn_nocheck(text, valid.len));
}

void node_add_comm(struct node to, const char *key, const char *comm)
{
	node_add_text(to, key, comm, EVENT_COMM_SIZE);
}

void node_add_process_name(struct node to, const char *key, uint32_t tgid, const char *comm)
{
	struct node process = node_add_object(to, key);

	node_add_u64(process, "tgid", tgid);
	if (comm)
		node_add_comm(process, "comm", comm);
}

void node_add_signal_name(struct node to, const char *key, int sig)
{
	const char *name = signal_name(sig);
	char text[sizeof("SIG-2147483648")];
	struct strbuf unknown;

	if (!name) {
		strbuf_init(&unknown, text, sizeof(text));
		strbuf_add(&unknown, "SIG");
		strbuf_add_i64(&unknown, sig);
		name = text;
	}
	node_add_name(to, key, name);
}

void node_add_signal_set(struct node to, const char *key, uint64_t set)
{
	struct node names = node_add_array(to, key);

	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		if (set & signal_bit(sig))
			append(names, json_string_nocheck(signal_name(sig)));
}

void node_append_flag(void *context, const char *name, uint32_t bit)
{
	const struct node *flags = context;

	append(*flags, name ? json_string_nocheck(name) : hex_new(bit));
}

void node_add_group_exit(struct node to, uint32_t signal_flags, int32_t group_exit_code)
{
	struct node group_exit = node_add_object(to, "group_exit");
	uint32_t code = (uint32_t)group_exit_code;

	if (!(signal_flags & SIGNAL_GROUP_EXIT))
		node_add_bool(group_exit, "exec", true);
	else if ((code & 0x7f) != 0)
		node_add_signal_name(group_exit, "signal", (int)(code & 0x7f));
	else
		node_add_u64(group_exit, "code", code >> 8 & 0xff);
}

/* jansson leaves DEL as it is. It can stand only in strings, and there it may be escaped. */
static void escape_delete(struct strbuf *out, size_t start)
{
	static const char escape[] = "\\u007f";
	const size_t grows = sizeof(escape) - 2;
	char *at = out->data + start;

	while (!out->cut && (at = memchr(at, DELETE, strlen(at)))) {
		if (out->size - out->len <= grows) {
			out->cut = true;
			return;
		}
		memmove(at + 1 + grows, at + 1, strlen(at));
		memcpy(at, escape, 1 + grows);
		out->len += grows;
	}
}

void node_write(struct node document, struct strbuf *out)
{
	size_t start = out->len;
	size_t room = out->size - 1 - start;
	size_t len = 0;

	if (!*document.failed && !out->cut)
		len = json_dumpb(document.json, out->data + start, room,
				 JSON_COMPACT | JSON_ENSURE_ASCII |
					 JSON_REAL_PRECISION(REAL_DIGITS));
	if (len > 0 && len <= room)
		out->len += len;
	else
		out->cut = true;
	out->data[out->len] = '\0';
	escape_delete(out, start);
	if (!out->cut)
		return;
	out->len = start;
	out->data[start] = '\0';
}
