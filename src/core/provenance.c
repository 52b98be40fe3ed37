// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel does not record where a disposition or a mask comes from. What proves something is the
 * parent: fork and exec keep what is ignored and blocked, so a parent that does the same may have
 * passed it on; the sentences name that fact, not more.
 */
#include "predict.h"
#include "signal_numbers.h"
#include "signals.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static bool knows(const struct process *p, uint32_t what)
{
	return (p->known & what) == what;
}

/* NULL: none that can be asked, or one that got the number only after the child had begun. */
static const struct process *parent_of(const struct process_table *t, const struct process *p)
{
	const struct process *parent = process_table_find(t, p->parent_tgid);

	/* All kernel threads ignore everything, and none of them by inheritance. */
	if (!parent || p->kernel_thread || parent->kernel_thread)
		return NULL;
	return parent->start_boot_ns <= p->start_boot_ns ? parent : NULL;
}

static bool ignores(const struct process *p, uint64_t set)
{
	return knows(p, PROCESS_KNOWN_DISPOSITIONS) && (p->ignored & set) == set;
}

/* In all threads that have not exited; what a thread waits for in sigwait() it blocks otherwise. */
static bool blocks(const struct process *p, uint64_t bit)
{
	bool any = false;

	for (size_t i = 0; i < p->threads_len; i++) {
		const struct thread *thread = &p->threads[i];

		if (thread->exiting)
			continue;
		if (!((thread->blocked | thread->waited_for) & bit))
			return false;
		any = true;
	}
	return any;
}

/*
 * A shell without job control sets both to SIG_IGN for `cmd &`, and leaves it in its own group.
 * Whoever waits in system(3) ignores both, too, but blocks SIGCHLD meanwhile; so does a bash that
 * waits for a command, and no shell calls system().
 */
static bool is_background_job(const struct process *p, const struct process *parent, uint64_t bit)
{
	const uint64_t keyboard = signal_bit(SIG_INT) | signal_bit(SIG_QUIT);
	const uint32_t facts = PROCESS_KNOWN_DISPOSITIONS | PROCESS_KNOWN_IDS;
	const struct thread *leader = process_leader(p);

	if (!(bit & keyboard) || !ignores(p, keyboard) || !explain_is_shell(parent->comm))
		return false;
	/* bash, busybox and zsh ignore SIGQUIT themselves, always. */
	if (!knows(p, facts) || !knows(parent, facts) || ignores(parent, signal_bit(SIG_INT)))
		return false;
	if (!leader || ((leader->blocked & signal_bit(SIG_CHLD)) && !explain_is_shell(p->comm)))
		return false;
	return p->pgid != 0 && p->pgid == parent->pgid;
}

const char *provenance_name(enum provenance provenance)
{
	static const char *const names[] = {
		[PROVENANCE_IGNORED_INHERITED] = "ignored_inherited",
		[PROVENANCE_BLOCKED_INHERITED] = "blocked_inherited",
		[PROVENANCE_BACKGROUND_JOB] = "background_job",
	};

	_Static_assert(ARRAY_SIZE(names) == PROVENANCE_COUNT, "a name for every provenance");
	return names[provenance];
}

/* What is both blocked and ignored is blocked first of all: that is what the prediction says. */
enum provenance provenance_of(const struct process_table *t, const struct process *p, int sig)
{
	const struct process *parent = parent_of(t, p);
	const uint64_t bit = signal_bit(sig);

	if (!parent)
		return PROVENANCE_NONE;
	if (blocks(p, bit))
		return blocks(parent, bit) ? PROVENANCE_BLOCKED_INHERITED : PROVENANCE_NONE;
	if (is_background_job(p, parent, bit))
		return PROVENANCE_BACKGROUND_JOB;
	return ignores(p, bit) && ignores(parent, bit) ? PROVENANCE_IGNORED_INHERITED
						       : PROVENANCE_NONE;
}

void provenance_write(const struct process_table *t, const struct process *p, int sig,
		      enum provenance provenance, struct strbuf *out)
{
	static const char *const before[] = {
		[PROVENANCE_IGNORED_INHERITED] = "its parent ",
		[PROVENANCE_BLOCKED_INHERITED] = "its parent ",
		[PROVENANCE_BACKGROUND_JOB] =
			"it ignores SIGINT and SIGQUIT, as all does that is started with & by the "
			"non-interactive shell ",
	};
	static const char *const after[] = {
		[PROVENANCE_IGNORED_INHERITED] =
			" ignores it, too: an ignored signal is inherited across fork and exec",
		[PROVENANCE_BLOCKED_INHERITED] =
			" blocks it, too: a blocked mask is inherited across fork and exec",
		[PROVENANCE_BACKGROUND_JOB] = ", its parent",
	};
	const struct process *parent = parent_of(t, p);

	(void)sig;
	if (provenance == PROVENANCE_NONE || !parent)
		return;
	strbuf_add(out, before[provenance]);
	strbuf_add_escaped(out, parent->comm, EVENT_COMM_SIZE);
	strbuf_add_char(out, '[');
	strbuf_add_u64(out, parent->tgid);
	strbuf_add_char(out, ']');
	strbuf_add(out, after[provenance]);
}
