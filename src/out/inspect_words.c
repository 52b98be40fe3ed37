/* SPDX-License-Identifier: BSD-2-Clause */
#include "inspect_words.h"

#include "inspect_facts.h"
#include "row.h"

/* The names of more than these are longer than those of the rest. */
#define FEW_SIGNALS_MAX 40

#define REAL_TIME_MIN 32				/* the kernel's own */
#define LIBC_SIGNALS  (signal_bit(32) | signal_bit(33)) /* NPTL's, in glibc and musl */

static void write_name(struct strbuf *out, int sig)
{
	strbuf_add(out, signal_name(sig) + sizeof("SIG") - 1);
}

static bool is_in(uint64_t set, int sig)
{
	return sig <= SIGNAL_MAX && (set & signal_bit(sig));
}

static void write_names(struct strbuf *out, uint64_t set)
{
	const char *separator = "";

	for (int sig = 1; sig <= SIGNAL_MAX; sig++) {
		int last = sig;

		if (!is_in(set, sig))
			continue;
		strbuf_add(out, separator);
		separator = " ";
		write_name(out, sig);
		while (sig >= REAL_TIME_MIN && is_in(set, last + 1))
			last++;
		if (last > sig + 1) {
			strbuf_add(out, "..");
			write_name(out, last);
			sig = last;
		}
	}
}

/* Not the compiler's: without the instruction that is a function of its own library. */
static unsigned int count_signals(uint64_t set)
{
	unsigned int count = 0;

	for (; set != 0; set &= set - 1)
		count++;
	return count;
}

uint64_t inspect_without_libc(uint64_t set)
{
	return count_signals(set) > FEW_SIGNALS_MAX ? set : set & ~LIBC_SIGNALS;
}

void inspect_write_signals(struct strbuf *out, uint64_t set)
{
	if (set == 0) {
		strbuf_add(out, "nothing");
	} else if (~set == 0) {
		strbuf_add(out, "all");
	} else if (count_signals(set) > FEW_SIGNALS_MAX) {
		strbuf_add(out, "all but ");
		write_names(out, ~set);
	} else {
		write_names(out, set);
	}
}

const char *inspect_state_words(uint32_t state)
{
	switch (task_state_letter(state)) {
	case 'R':
		return "running (R)";
	case 'S':
		return "sleeping (S)";
	case 'D':
		return "in uninterruptible sleep (D)";
	case 'T':
		return "stopped (T)";
	case 't':
		return "held by its tracer (t)";
	case 'Z':
		return "zombie (Z)";
	case 'X':
		return "dead (X)";
	case 'P':
		return "parked (P)";
	case 'I':
		return "idle (I)";
	default:
		return "in an unknown state";
	}
}

const char *inspect_effect_word(const struct prediction *p)
{
	if (!p->known || p->effect == PREDICT_EFFECT_UNKNOWN)
		return "unknown";
	if (p->effect == PREDICT_EFFECT_YES)
		return "acts";
	return p->verdict.effect == EFFECT_WAITS ? "waits" : "NO EFFECT";
}

void inspect_write_explanation(const struct prediction *p, struct strbuf *out)
{
	if (p->known) {
		explain_write(&p->report, &p->verdict, out);
		return;
	}
	strbuf_add(out, "not known: ");
	strbuf_add(out, p->missing);
}

static void separate(struct strbuf *out, size_t start)
{
	if (out->len > start)
		strbuf_add(out, ", ");
}

static void write_other(const struct process_table *table, uint32_t tgid, bool shorten,
			struct strbuf *out)
{
	const struct process *other = process_table_find(table, tgid);

	if (!other) {
		strbuf_add_u64(out, tgid);
		return;
	}
	row_write_process(out,
			  &(struct row_process){.comm = other->comm, .tgid = tgid, .tid = tgid},
			  shorten);
}

void inspect_write_tracer(const struct process_table *table, uint32_t tracer_tgid, bool shorten,
			  struct strbuf *out)
{
	strbuf_add(out, "traced by ");
	write_other(table, tracer_tgid, shorten, out);
}

/* What it is among processes. */
static void write_kind(const struct process *p, struct strbuf *out, size_t start)
{
	if (!p->kernel_thread && !p->global_init && !p->namespace_init && p->ns_level == 0)
		return;
	separate(out, start);
	if (p->kernel_thread) {
		strbuf_add(out, "kernel thread");
	} else if (p->global_init) {
		strbuf_add(out, "init of this machine");
	} else {
		strbuf_add(out, p->namespace_init ? "init of PID namespace" : "in PID namespace");
		if (p->pid_ns != 0) {
			strbuf_add_char(out, ' ');
			strbuf_add_u64(out, p->pid_ns);
		}
	}
}

static void write_end(const struct process *p, struct strbuf *out)
{
	uint32_t code = (uint32_t)p->group_exit_code;
	const char *name = signal_name((int)(code & 0x7f));

	if (p->group_exec) {
		strbuf_add(out, "one thread is in exec");
	} else if ((code & 0x7f) == 0) {
		strbuf_add(out, "exiting with code ");
		strbuf_add_u64(out, code >> 8 & 0xff);
	} else {
		strbuf_add(out, "dying of ");
		strbuf_add(out, name ? name : "a signal");
	}
}

static void write_state(const struct process_table *table, const struct process *p, bool shorten,
			struct strbuf *out, size_t start)
{
	const struct thread *leader = process_leader(p);

	if (process_has_zombie_leader(p)) {
		separate(out, start);
		strbuf_add(out, "its first thread has exited and others live");
	} else if (leader) {
		separate(out, start);
		strbuf_add(out, inspect_state_words(leader->state));
	}
	if (inspect_in_group_exit(p)) {
		separate(out, start);
		write_end(p, out);
	}
	if (leader && leader->tracer_tgid != 0) {
		separate(out, start);
		inspect_write_tracer(table, leader->tracer_tgid, shorten, out);
	}
	if ((p->known & PROCESS_KNOWN_FROZEN) && inspect_is_frozen(p)) {
		separate(out, start);
		strbuf_add(out, "frozen");
	}
}

void inspect_write_process_facts(const struct process_table *table, const struct process *p,
				 bool shorten, struct strbuf *out)
{
	size_t start = out->len;

	if (p->container) {
		strbuf_add(out, "in ");
		row_write_container(out, p->container);
	}
	write_kind(p, out, start);
	write_state(table, p, shorten, out, start);
	if (p->thread_count > 0) {
		separate(out, start);
		row_write_count(out, p->thread_count, "thread", "threads");
	}
	separate(out, start);
	strbuf_add(out, "uid ");
	strbuf_add_u64(out, p->uid);
	if (p->parent_tgid != 0) {
		strbuf_add(out, ", parent ");
		write_other(table, p->parent_tgid, shorten, out);
	}
}
