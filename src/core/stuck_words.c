// SPDX-License-Identifier: BSD-2-Clause
#include "stuck_words.h"

#include <string.h>

#include "explain.h"
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"

bool stuck_knows(const struct process *p, uint32_t what)
{
	return (p->known & what) == what;
}

char stuck_state_letter(const struct process *p)
{
	const struct thread *leader = process_leader(p);

	if (leader)
		return task_state_letter(leader->state);
	return stuck_knows(p, PROCESS_KNOWN_STATE) ? task_state_letter(p->leader_state) : '?';
}

bool stuck_has_ended(const struct process *p)
{
	if (p->threads_len)
		return process_is_zombie(p);
	return stuck_state_letter(p) == 'Z' && p->thread_count <= 1;
}

bool stuck_is_killable(const struct thread *thread)
{
	return thread->state & TASK_WAKEKILL;
}

bool stuck_defers_trap(const struct process *p, int sig)
{
	const uint64_t ends = signal_bit(SIG_HUP) | signal_bit(SIG_INT) | signal_bit(SIG_QUIT) |
			      signal_bit(SIG_TERM);
	size_t len = strnlen(p->comm, sizeof(p->comm));

	if (!stuck_knows(p, PROCESS_KNOWN_DISPOSITIONS) || !(p->caught & ends))
		return false;
	if (sig && !(p->caught & signal_bit(sig)))
		return false;
	return explain_is_shell(p->comm) || (len > 3 && memcmp(p->comm + len - 3, ".sh", 3) == 0);
}

void stuck_put_name(const char *comm, uint32_t number, struct strbuf *out)
{
	strbuf_add_escaped(out, comm, EVENT_COMM_SIZE);
	strbuf_add_char(out, '[');
	strbuf_add_u64(out, number);
	strbuf_add_char(out, ']');
}

void stuck_put_process(const struct process *p, uint32_t tgid, struct strbuf *out)
{
	if (p)
		stuck_put_name(p->comm, p->tgid, out);
	else
		stuck_put_number("process ", tgid, out);
}

void stuck_put_signal(int sig, struct strbuf *out)
{
	const char *name = signal_name(sig);

	if (name)
		strbuf_add(out, name);
	else
		stuck_put_number("signal ", (uint64_t)sig, out);
}

void stuck_put_number(const char *text, uint64_t number, struct strbuf *out)
{
	strbuf_add(out, text);
	strbuf_add_u64(out, number);
}
