/* SPDX-License-Identifier: BSD-2-Clause */
#include "story_words.h"

#include "row.h"
#include "signals.h"

/* The highest number of a process without a parent: init and kthreadd. */
#define PARENTLESS_TGID_MAX 2

static const struct fate_words {
	const char *name;
	const char *of_exit;	   /* what had become of it when the process ended */
	const char *of_escalation; /* when SIGKILL came */
	const char *of_life;	   /* while the process lives on */
} fate_words[] = {
	[SIGNAL_FATE_NOT_KNOWN] = {NULL, "", "", ""},
	[SIGNAL_FATE_IGNORED] = {"ignored", " (ignored)", ", which it ignored",
				 ", which it ignored"},
	/* sigwait() and signalfds take a signal without a delivery: an end does not show which. */
	[SIGNAL_FATE_PENDING] = {"pending", "", ", which was still pending",
				 ", which is still pending"},
	[SIGNAL_FATE_HANDLED] = {"handled", " (handled)", ", which it handled",
				 ", which it handled"},
	[SIGNAL_FATE_ACTED] = {"acted", " (default action taken)",
			       ", whose default action was taken",
			       ", whose default action has begun"},
};
_Static_assert(sizeof(fate_words) / sizeof(fate_words[0]) == SIGNAL_FATE_COUNT, "fate_words");

static const char *const result_names[] = {
	[EVENT_RESULT_DELIVERED] = "delivered",
	[EVENT_RESULT_IGNORED] = "ignored",
	[EVENT_RESULT_ALREADY_PENDING] = "already_pending",
	[EVENT_RESULT_OVERFLOW_FAIL] = "overflow_fail",
	[EVENT_RESULT_LOSE_INFO] = "lose_info",
};
_Static_assert(sizeof(result_names) / sizeof(result_names[0]) == EVENT_RESULT_COUNT,
	       "result_names");

const char *event_result_name(enum event_result result)
{
	return (size_t)result < EVENT_RESULT_COUNT ? result_names[result] : NULL;
}

const char *signal_fate_name(enum signal_fate fate)
{
	return fate_words[fate].name;
}

static void write_signal(struct strbuf *out, int sig)
{
	const char *name = signal_name(sig);

	if (name) {
		strbuf_add(out, name);
		return;
	}
	strbuf_add(out, "signal ");
	strbuf_add_i64(out, sig);
}

static void write_process(struct strbuf *out, const char *comm, uint32_t tgid)
{
	row_write_process(out, &(struct row_process){.comm = comm, .tgid = tgid, .tid = tgid},
			  false);
}

static bool same_process(const struct report_task *a, const struct report_task *b)
{
	return a->tgid == b->tgid && a->start_boot_ns == b->start_boot_ns;
}

/* "the teardown of its PID namespace (app-init[4242])" */
static void write_origin(struct strbuf *out, enum origin origin, const struct report_task *by)
{
	strbuf_add(out, origin_phrase(origin));
	if (!origin_has_actor(origin) || by->source == REPORT_SOURCE_ABSENT)
		return;
	strbuf_add(out, " (");
	write_process(out, by->comm, by->tgid);
	strbuf_add_char(out, ')');
}

/* " from runc[812]", or nothing where the sender is not known. */
static void write_from(struct strbuf *out, const struct report *r)
{
	const struct report_earlier *e = &r->earlier;
	const bool kernel = e->sender_kind == SENDER_KERNEL;

	if (e->origin != ORIGIN_NOT_KNOWN && (kernel || origin_has_actor(e->origin))) {
		strbuf_add(out, " from ");
		write_origin(out, e->origin, kernel ? &e->instead : &e->sender);
	} else if (kernel) {
		strbuf_add(out, " from the kernel");
	} else if (e->sender.source == REPORT_SOURCE_ABSENT) {
		return;
	} else if (same_process(&e->sender, &r->target)) {
		strbuf_add(out, " from itself");
	} else {
		strbuf_add(out, " from ");
		write_process(out, e->sender.comm, e->sender.tgid);
	}
}

void story_write_sent(const struct report *r, struct strbuf *out)
{
	write_signal(out, r->earlier.sig);
	write_from(out, r);
}

/* "102 ms after SIGTERM from runc[812]". */
static void write_after(struct strbuf *out, const struct report *r)
{
	strbuf_add_duration(out, r->earlier.elapsed_ns);
	strbuf_add(out, " after ");
	story_write_sent(r, out);
}

void story_write_exit(const struct report *r, struct strbuf *out)
{
	const struct report_earlier *e = &r->earlier;
	uint32_t code = (uint32_t)r->exit_code;
	int sig = (int)(code & 0x7f);
	bool caused = sig != 0 && e->caused && e->sig == sig;

	if (sig == 0) {
		strbuf_add(out, "exit code ");
		strbuf_add_u64(out, code >> 8 & 0xff);
	} else {
		strbuf_add(out, "ended by ");
		write_signal(out, sig);
	}
	if (caused) {
		write_from(out, r);
		strbuf_add(out, ", sent ");
		strbuf_add_duration(out, e->elapsed_ns);
		strbuf_add(out, " before");
	}
	if (sig != 0 && (code & 0x80))
		strbuf_add(out, ", core dumped");
	if (caused || e->sig == 0)
		return;
	strbuf_add(out, sig == 0 ? ", " : "; ");
	write_after(out, r);
	strbuf_add(out, fate_words[e->fate].of_exit);
}

void story_write_origin(const struct report *r, struct strbuf *out)
{
	if (r->kind != REPORT_GENERATE || r->origin == ORIGIN_NOT_KNOWN)
		return;
	strbuf_add(out, "caused by ");
	origin_write(r, out);
	strbuf_add(out, "; ");
}

void story_write_life(const struct report *r, struct strbuf *out)
{
	write_after(out, r);
	strbuf_add(out, fate_words[r->earlier.fate].of_life);
}

void story_write_escalation(const struct report *r, struct strbuf *out)
{
	if (r->kind != REPORT_GENERATE || r->earlier.sig == 0)
		return;
	strbuf_add(out, "; ");
	write_after(out, r);
	strbuf_add(out, fate_words[r->earlier.fate].of_escalation);
}

bool story_write_sender(const struct report *r, bool container, struct strbuf *out)
{
	const struct report_task *sender = &r->sender;
	const struct row_process last = {
		.comm = sender->comm,
		.tgid = sender->tgid,
		.tid = sender->tgid,
		.container = container ? sender->container : NULL,
	};
	uint32_t len = r->ancestors_len < EVENT_ANCESTORS_MAX ? r->ancestors_len
							      : EVENT_ANCESTORS_MAX;

	if (sender->source == REPORT_SOURCE_ABSENT)
		return false;
	if (len == 0 && (!last.container || same_process(sender, &r->target)))
		return false;
	if (len == EVENT_ANCESTORS_MAX && r->ancestors[len - 1].tgid > PARENTLESS_TGID_MAX)
		strbuf_add(out, "... -> "); /* the record holds no more */
	while (len-- > 0) {
		write_process(out, r->ancestors[len].comm, r->ancestors[len].tgid);
		strbuf_add(out, " -> ");
	}
	row_write_process(out, &last, false);
	return true;
}
