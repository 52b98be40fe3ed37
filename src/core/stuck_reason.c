// SPDX-License-Identifier: BSD-2-Clause
/* Whether a stuck report is due, and why. */
#include "kernel_bits.h"
#include "signal_numbers.h"
#include "signals.h"
#include "stuck.h"
#include "stuck_words.h"

const char *stuck_reason_name(enum stuck_reason reason)
{
	static const char *const names[] = {
		[STUCK_REASON_ZOMBIE] = "zombie",   [STUCK_REASON_DYING] = "dying",
		[STUCK_REASON_PENDING] = "pending", [STUCK_REASON_NO_EFFECT] = "no_effect",
		[STUCK_REASON_ALIVE] = "alive",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == STUCK_REASON_COUNT, "names");
	return names[reason];
}

/* An init drops what it has no handler for; SIGKILL is dropped before it is pending. */
static bool drops_default(const struct process *p)
{
	return p->namespace_init || p->global_init ||
	       (stuck_knows(p, PROCESS_KNOWN_SIGNAL_FLAGS) &&
		(p->signal_flags & SIGNAL_UNKILLABLE));
}

/* What is sent to end a process that may do something before it ends. */
static bool asks_to_end(int sig)
{
	return sig == SIG_TERM || sig == SIG_INT || sig == SIG_QUIT || sig == SIG_HUP;
}

/* Whether a pending signal is one that should have ended the process. */
static bool should_have_ended(const struct process *p, int sig)
{
	enum default_action action = signal_default_action(sig);

	if (sig == SIG_KILL)
		return true;
	if (!stuck_knows(p, PROCESS_KNOWN_DISPOSITIONS) || (p->ignored & signal_bit(sig)))
		return false;
	if (p->caught & signal_bit(sig))
		return asks_to_end(sig);
	return !drops_default(p) && (action == DEFAULT_TERMINATE || action == DEFAULT_CORE);
}

static int pending_end(const struct process *p)
{
	static const int first[] = {SIG_KILL, SIG_TERM, SIG_INT, SIG_QUIT, SIG_HUP};
	uint64_t pending = p->pending;

	/* Nothing ends a kernel thread but its own code. */
	if (p->kernel_thread)
		return 0;
	for (size_t i = 0; i < p->threads_len; i++)
		pending |= p->threads[i].pending;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if ((pending & signal_bit(first[i])) && should_have_ended(p, first[i]))
			return first[i];
	for (int sig = 1; sig <= SIGNAL_MAX; sig++)
		if ((pending & signal_bit(sig)) && should_have_ended(p, sig))
			return sig;
	return 0;
}

/* Without a group exit the code is that of a stop, or nothing. */
static int group_exit_signal(const struct process *p)
{
	if (!stuck_knows(p, PROCESS_KNOWN_SIGNAL_FLAGS) ||
	    (!(p->signal_flags & SIGNAL_GROUP_EXIT) && !p->core_dumping))
		return 0;
	return p->group_exit_code & 0x7f;
}

bool stuck_is_due(const struct process *p, int no_effect, struct stuck *ret)
{
	int sig;

	*ret = (struct stuck){.reason = STUCK_REASON_NONE};
	if (process_is_zombie(p)) {
		ret->reason = STUCK_REASON_ZOMBIE;
	} else if (process_is_dying(p)) {
		ret->reason = STUCK_REASON_DYING;
		ret->sig = group_exit_signal(p);
	} else if ((sig = pending_end(p)) != 0) {
		ret->reason = STUCK_REASON_PENDING;
		ret->sig = sig;
	} else if (no_effect) {
		ret->reason = STUCK_REASON_NO_EFFECT;
		ret->sig = no_effect;
	}
	return ret->reason != STUCK_REASON_NONE;
}

static void write_dying(const struct process *p, const struct stuck *s, struct strbuf *out)
{
	if (s->sig) {
		strbuf_add(out, "it is dying of ");
		stuck_put_signal(s->sig, out);
	} else if (stuck_knows(p, PROCESS_KNOWN_SIGNAL_FLAGS) &&
		   (p->signal_flags & SIGNAL_GROUP_EXIT)) {
		stuck_put_number("it is exiting with code ",
				 (uint32_t)p->group_exit_code >> 8 & 0xff, out);
	} else {
		strbuf_add(out, "it is exiting");
	}
	strbuf_add(out, ", and has not ended");
}

void stuck_write_reason(const struct process *p, const struct stuck *s, struct strbuf *out)
{
	switch (s->reason) {
	case STUCK_REASON_NONE:
	case STUCK_REASON_COUNT:
		break;
	case STUCK_REASON_ZOMBIE:
		strbuf_add(out, "it has ended, and has not been reaped");
		break;
	case STUCK_REASON_DYING:
		write_dying(p, s, out);
		break;
	case STUCK_REASON_PENDING:
		stuck_put_signal(s->sig, out);
		strbuf_add(out, " is pending, and has not been acted on");
		break;
	case STUCK_REASON_NO_EFFECT:
		stuck_put_signal(s->sig, out);
		strbuf_add(out, " would have no effect on it");
		break;
	case STUCK_REASON_ALIVE:
		stuck_put_signal(s->sig, out);
		strbuf_add(out, " was sent to it, and it has not ended");
		break;
	}
}
