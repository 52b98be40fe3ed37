/* SPDX-License-Identifier: BSD-2-Clause */
/* One small interface for the output formats of inspect. Bytes go to a sink, never to a file. */
#ifndef SIGTRACE_OUT_INSPECT_RENDERER_H
#define SIGTRACE_OUT_INSPECT_RENDERER_H

#include "predict.h"
#include "stuck.h"

/* Takes bytes in order. It never fails: whoever made it keeps its errors. */
struct inspect_sink {
	void (*put)(void *context, const char *bytes, size_t len);
	void *context;
};

struct inspect_config {
	bool color;
	bool threads;	    /* text: list the threads, too; JSON always does */
	unsigned int width; /* columns to wrap at; 0: never wrapped */
};

struct inspect_signal {
	int sig;
	struct prediction outside;
	struct prediction inside;
	bool differs; /* without it, `inside` says the same */
	enum provenance provenance;
};

struct inspect_process {
	size_t index;			   /* how many were shown before it */
	const struct process_table *table; /* names parents, tracers, children */
	const struct process *process;
	const struct inspect_signal *signals;
	size_t signals_len;
	struct stuck stuck; /* reason NONE: no report */
};

struct inspect_ops {
	const char *name; /* as given to --output */
	void (*begin)(const struct inspect_config *config, enum process_evidence evidence,
		      const struct inspect_sink *sink);
	void (*process)(const struct inspect_config *config, const struct inspect_process *p,
			const struct inspect_sink *sink);
	/* The processes that were asked for and are gone. */
	void (*end)(const struct inspect_config *config, const uint32_t *gone, size_t gone_len,
		    const struct inspect_sink *sink);
};

extern const struct inspect_ops inspect_text;
extern const struct inspect_ops inspect_json;

/* The format of that name, or NULL. */
const struct inspect_ops *inspect_ops_from_name(const char *name);

#endif
