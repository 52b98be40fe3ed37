// SPDX-License-Identifier: BSD-2-Clause
#include "trace_origins.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_symbols.h"
#include "log.h"

#define KNOWN_COUNT 64 /* a power of two; a machine has few different ways to send a signal */

/* The kernel numbers a stack by its addresses, so a number means the same stack for the whole
 * trace. */
struct known_stack {
	bool used;
	int32_t id;
	size_t len;
	const char *functions[STACK_FRAMES_MAX];
};

struct trace_origins {
	struct session *session;
	struct kernel_symbols *symbols;
	bool asked; /* symbols is what there is */
	struct known_stack known[KNOWN_COUNT];
};

int trace_origins_new(struct session *session, struct trace_origins **ret)
{
	struct trace_origins *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->session = session;
	*ret = o;
	return 0;
}

void trace_origins_free(struct trace_origins *o)
{
	if (!o)
		return;
	kernel_symbols_free(o->symbols);
	free(o);
}

static bool have_symbols(struct trace_origins *o)
{
	int r;

	if (o->asked)
		return o->symbols;
	o->asked = true;
	r = kernel_symbols_new(origin_functions, &o->symbols);
	if (r < 0)
		log_debug("/proc/kallsyms: %s: origins are told from the siginfo only",
			  strerror(-r));
	return o->symbols;
}

/* NULL: the stack is not there. */
static const struct known_stack *find_stack(struct trace_origins *o, int32_t id)
{
	struct known_stack *known = &o->known[(uint32_t)id % KNOWN_COUNT];
	uint64_t addresses[STACK_FRAMES_MAX];
	int len;

	if (known->used && known->id == id)
		return known;
	len = session_read_stack(o->session, id, addresses, STACK_FRAMES_MAX);
	if (len < 0)
		return NULL;
	*known = (struct known_stack){.used = true, .id = id, .len = len};
	for (int i = 0; i < len; i++)
		known->functions[i] = kernel_symbols_find(o->symbols, addresses[i]);
	return known;
}

void trace_origins_find(struct trace_origins *o, struct report *r)
{
	const struct known_stack *stack = NULL;

	/* Even if the siginfo tells one: a process can make one up for itself, the stack shows it.
	 */
	if (r->stack_id >= 0 && have_symbols(o))
		stack = find_stack(o, r->stack_id);
	if (stack && r->sender_kind == SENDER_KERNEL &&
	    origin_is_request(r, stack->functions, stack->len)) {
		r->sender_kind = SENDER_USER;
		r->sender = r->sender_acts_for;
		r->sender_acts_for = (struct report_task){};
	}
	r->origin = stack ? origin_of(r, stack->functions, stack->len) : origin_of(r, NULL, 0);
}
