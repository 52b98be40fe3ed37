/* SPDX-License-Identifier: BSD-2-Clause */
#include "renderer.h"

#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000

static const struct renderer_ops *const renderers[] = {&text_renderer, &json_renderer};
static const size_t renderers_count = sizeof(renderers) / sizeof(renderers[0]);

const struct renderer_ops *renderer_from_name(const char *name)
{
	for (size_t i = 0; i < renderers_count; i++)
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	return NULL;
}

void renderer_write_names(struct strbuf *out)
{
	for (size_t i = 0; i < renderers_count; i++) {
		if (i > 0)
			strbuf_add(out, ", ");
		strbuf_add(out, renderers[i]->name);
	}
}

struct renderer_time renderer_wall_time(const struct renderer_config *config, uint64_t boot_ns)
{
	/* Seconds and fractions apart: the sum in ns does not fit 64 bits for every input. */
	int64_t offset_ns = config->realtime_offset_ns;
	int64_t seconds = (int64_t)(boot_ns / NS_PER_S) + offset_ns / NS_PER_S;
	int64_t nanoseconds = (int64_t)(boot_ns % NS_PER_S) + offset_ns % NS_PER_S;

	if (nanoseconds < 0) {
		nanoseconds += NS_PER_S;
		seconds--;
	} else if (nanoseconds >= NS_PER_S) {
		nanoseconds -= NS_PER_S;
		seconds++;
	}
	return (struct renderer_time){.seconds = seconds, .nanoseconds = (uint32_t)nanoseconds};
}

/* 64 bits of nanoseconds reach from 1677 to 2846. */
void renderer_write_utc(const struct renderer_config *config, uint64_t boot_ns, struct strbuf *out)
{
	struct renderer_time now = renderer_wall_time(config, boot_ns);
	time_t seconds = now.seconds;
	struct tm tm;

	/* Never fails for such a year. Not strftime(): it looks at /etc/localtime each time. */
	gmtime_r(&seconds, &tm);
	strbuf_add_u64_padded(out, (uint64_t)(tm.tm_year + 1900), 4);
	strbuf_add_char(out, '-');
	strbuf_add_u64_padded(out, (uint64_t)(tm.tm_mon + 1), 2);
	strbuf_add_char(out, '-');
	strbuf_add_u64_padded(out, (uint64_t)tm.tm_mday, 2);
	strbuf_add_char(out, 'T');
	strbuf_add_u64_padded(out, (uint64_t)tm.tm_hour, 2);
	strbuf_add_char(out, ':');
	strbuf_add_u64_padded(out, (uint64_t)tm.tm_min, 2);
	strbuf_add_char(out, ':');
	strbuf_add_u64_padded(out, (uint64_t)tm.tm_sec, 2);
	strbuf_add_char(out, '.');
	strbuf_add_u64_padded(out, now.nanoseconds, 9);
	strbuf_add_char(out, 'Z');
}

uint64_t trace_summary_lost(const struct trace_summary *s)
{
	uint64_t lost = 0;

	for (int i = 0; i < EVENT_LOST_COUNT; i++)
		lost += s->lost[i];
	return lost;
}
