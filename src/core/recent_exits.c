/* SPDX-License-Identifier: BSD-2-Clause */
#include "recent_exits.h"

#include "signal_numbers.h"

#define FLAG_GROUP_EXIT 0x4U /* SIGNAL_GROUP_EXIT, include/linux/sched/signal.h */
#define EXEC_REPEAT_NS	1000000000ULL

_Static_assert((RECENT_EXITS_COUNT & (RECENT_EXITS_COUNT - 1)) == 0, "a power of two");

bool recent_exits_repeats(struct recent_exits *e, const struct report *r)
{
	struct recent_exit *recent;
	bool exec;
	bool repeated;

	if (r->kind != REPORT_DELIVER || r->sig != SIG_KILL)
		return false;
	if (r->signal_flags & FLAG_GROUP_EXIT)
		exec = false;
	else if (r->facts & EVENT_FACT_GROUP_EXEC)
		exec = true;
	else
		return false;
	/* Multiplied by 2^32 / phi: neighbouring pids end up far apart. */
	recent = &e->recent[(r->target.tgid * 2654435769U >> 16) & (RECENT_EXITS_COUNT - 1)];
	repeated = recent->tgid != 0 && recent->tgid == r->target.tgid &&
		   recent->start_boot_ns == r->target.start_boot_ns && recent->exec == exec;
	/* A process ends once, but may exec again and again. */
	if (repeated && exec && r->boot_ns - recent->boot_ns > EXEC_REPEAT_NS)
		repeated = false;
	*recent = (struct recent_exit){
		.start_boot_ns = r->target.start_boot_ns,
		.boot_ns = r->boot_ns,
		.tgid = r->target.tgid,
		.exec = exec,
	};
	return repeated;
}
