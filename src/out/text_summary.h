/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What text says about a trace as a whole: records that were lost, signals that nobody sent, and
 * the summary at its end.
 */
#ifndef SIGTRACE_OUT_TEXT_SUMMARY_H
#define SIGTRACE_OUT_TEXT_SUMMARY_H

#include "renderer.h"

/* As struct renderer_ops has them. */
void text_lost(const struct renderer_config *config, uint64_t count, struct strbuf *out);
void text_absent(const struct renderer_config *config, const char *what, uint64_t signals,
		 uint64_t waited_ns, struct strbuf *out);
void text_summary(const struct renderer_config *config, const struct trace_summary *s,
		  struct strbuf *out);

#endif
