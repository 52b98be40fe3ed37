/* SPDX-License-Identifier: BSD-2-Clause */
#include "noise.h"

#include <stddef.h>

#include "signals.h"

#define NUMBER_SIGKILL	9
#define NUMBER_SIGCHLD	17
#define NUMBER_SIGURG	23
#define NUMBER_SIGWINCH 28
#define CODE_SI_TKILL	(-6)
#define FLAG_GROUP_EXIT 0x4U /* SIGNAL_GROUP_EXIT, include/linux/sched/signal.h */
#define EXEC_REPEAT_NS	1000000000ULL

_Static_assert((NOISE_RECENT_COUNT & (NOISE_RECENT_COUNT - 1)) == 0, "a power of two");

static bool is_sent_to_self(const struct report *r)
{
	if (r->kind == REPORT_GENERATE)
		return r->sender_kind == SENDER_USER && r->sender.source != REPORT_SOURCE_ABSENT &&
		       r->sender.tgid == r->target.tgid;
	/* Go uses tgkill(2). A deliver report knows the sender from the siginfo only. */
	return r->code == CODE_SI_TKILL && r->si_pid > 0 &&
	       (uint32_t)r->si_pid == r->target.ns_tgid;
}

bool noise_is_hidden(const struct report *r, uint64_t selected_signals, bool any_selected)
{
	if (r->kind != REPORT_GENERATE && r->kind != REPORT_DELIVER)
		return false;
	switch (r->sig) {
	case NUMBER_SIGCHLD:
	case NUMBER_SIGWINCH:
		break;
	case NUMBER_SIGURG:
		if (!is_sent_to_self(r))
			return false;
		break;
	default:
		return false;
	}
	return !(any_selected && (selected_signals & signal_bit(r->sig)));
}

bool noise_is_repeated_group_exit(struct noise *n, const struct report *r)
{
	struct noise_recent *recent;
	bool exec;
	bool repeated;

	if (r->kind != REPORT_DELIVER || r->sig != NUMBER_SIGKILL)
		return false;
	if (r->signal_flags & FLAG_GROUP_EXIT)
		exec = false;
	else if (r->facts & EVENT_FACT_GROUP_EXEC)
		exec = true;
	else
		return false;
	/* Multiplied by 2^32 / phi: neighbouring pids end up far apart. */
	recent = &n->recent[(r->target.tgid * 2654435769U >> 16) & (NOISE_RECENT_COUNT - 1)];
	repeated = recent->tgid != 0 && recent->tgid == r->target.tgid &&
		   recent->start_boot_ns == r->target.start_boot_ns && recent->exec == exec;
	/* A process ends once, but may exec again and again. */
	if (repeated && exec && r->boot_ns - recent->boot_ns > EXEC_REPEAT_NS)
		repeated = false;
	*recent = (struct noise_recent){
		.start_boot_ns = r->target.start_boot_ns,
		.boot_ns = r->boot_ns,
		.tgid = r->target.tgid,
		.exec = exec,
	};
	return repeated;
}
