/* SPDX-License-Identifier: BSD-2-Clause */
/* One small interface for the output formats of chain. Bytes go to a sink, never to a file. */
#ifndef SIGTRACE_OUT_CHAIN_RENDERER_H
#define SIGTRACE_OUT_CHAIN_RENDERER_H

#include "chain.h"
#include "inspect_renderer.h"

struct chain_config {
	bool color;
	unsigned int width; /* columns to fit; 0: 100 */
	/* Added to CLOCK_BOOTTIME it is CLOCK_REALTIME, ns. */
	uint64_t realtime_offset_ns;
};

struct chain_ops {
	const char *name; /* as given to --output */
	/* One tree. JSON: one document, one line. */
	void (*write)(const struct chain_config *config, const struct chain *c,
		      const struct inspect_sink *sink);
	bool for_people; /* may have colours, and blank lines between trees */
};

extern const struct chain_ops chain_text;
extern const struct chain_ops chain_json;
extern const struct chain_ops chain_dot;     /* Graphviz */
extern const struct chain_ops chain_mermaid; /* flowchart */

/* The format of that name, or NULL. */
const struct chain_ops *chain_ops_from_name(const char *name);

#endif
