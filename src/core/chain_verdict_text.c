// SPDX-License-Identifier: BSD-2-Clause
/* The one line at the end of a chain. */
#include "chain.h"
#include "chain_phrases.h"
#include "stuck_words.h"

static const struct chain_note *find_note(const struct chain *c, enum chain_note_kind kind)
{
	for (size_t i = 0; i < c->notes_len; i++)
		if (c->notes[i].kind == kind)
			return &c->notes[i];
	return NULL;
}

/* What the processes that were there for the signal came to. */
struct tally {
	uint32_t asked; /* of the root and all below it */
	uint32_t got;
	uint32_t not_known;
	uint32_t by_signal; /* of `got`: how they ended */
	uint32_t exited;
	uint32_t killed;
	uint32_t ended_somehow;
	uint32_t alive;
	uint32_t left; /* of `asked` */
	uint32_t last; /* index */
	int sig;       /* that all got; 0: not the same */
};

static bool was_there(const struct chain *c, const struct chain_node *n)
{
	if (!n->in_tree || (!c->watched && process_is_zombie(n->process)))
		return false;
	return n->gets == CHAIN_YES || n->end == CHAIN_END_NONE || n->end_ns >= c->first_ns;
}

static struct tally count(const struct chain *c)
{
	struct tally t = {.sig = c->sig};

	for (uint32_t i = 0; i < c->len; i++) {
		const struct chain_node *n = &c->nodes[i];
		const int sig = chain_signal_of(c, i);

		if (!was_there(c, n))
			continue;
		t.asked++;
		t.last = i;
		t.left += n->end == CHAIN_END_NONE;
		t.not_known += n->gets == CHAIN_NOT_KNOWN;
		if (n->gets != CHAIN_YES)
			continue;
		t.sig = !t.got || t.sig == sig ? sig : 0;
		t.got++;
		t.by_signal += n->end == CHAIN_END_SIGNAL;
		t.exited += n->end == CHAIN_END_EXITED;
		t.killed += n->end == CHAIN_END_KILLED || n->end == CHAIN_END_TEARDOWN;
		t.ended_somehow += n->end == CHAIN_END_NOT_KNOWN;
		t.alive += n->end == CHAIN_END_NONE;
	}
	return t;
}

/* "all 3 processes got SIGTERM", "both processes …", "2 of 3 processes get SIGTERM" */
static void put_tally(const struct chain *c, const struct tally *t, struct strbuf *out)
{
	const bool all = t->got == t->asked;

	if (t->asked == 1 && all) {
		chain_write_node(c, t->last, out);
		strbuf_add(out, c->watched ? " got " : " gets ");
	} else {
		strbuf_add(out, !all ? "" : t->asked == 2 ? "both" : "all ");
		if (!all || t->asked != 2)
			strbuf_add_u64(out, t->got);
		if (!all)
			stuck_put_number(" of ", t->asked, out);
		strbuf_add(out, t->asked == 1 ? " process" : " processes");
		strbuf_add(out, c->watched ? " got " : all || t->got != 1 ? " get " : " gets ");
	}
	chain_put_signal(t->sig, out);
}

static void put_number_of(uint32_t number, const char *what, bool *any, struct strbuf *out)
{
	if (!number)
		return;
	strbuf_add(out, *any ? ", " : "; ");
	*any = true;
	strbuf_add_u64(out, number);
	strbuf_add_char(out, ' ');
	strbuf_add(out, what);
}

static void write_none_watched(const struct chain *c, struct strbuf *out)
{
	const struct tally t = count(c);
	bool any = false;

	if (c->lost)
		strbuf_add(out, "no break is proven, for records of signals were lost: ");
	else
		strbuf_add(out, t.not_known ? "no break is proven: " : "no break: ");
	put_tally(c, &t, out);
	put_number_of(t.by_signal, t.by_signal == 1 ? "was ended by it" : "were ended by it", &any,
		      out);
	put_number_of(t.exited, "exited", &any, out);
	put_number_of(t.killed, t.killed == 1 ? "was killed" : "were killed", &any, out);
	put_number_of(t.ended_somehow, t.ended_somehow == 1 ? "is gone" : "are gone", &any, out);
	put_number_of(t.alive, t.alive == 1 ? "is still alive" : "are still alive", &any, out);
	if (t.not_known) {
		stuck_put_number("; of ", t.not_known, out);
		strbuf_add(out, " it is not known");
	}
}

static void write_nothing_came(const struct chain *c, struct strbuf *out)
{
	const struct tally t = count(c);

	strbuf_add(out, "no signal came in ");
	chain_put_span(c->ended_ns > c->began_ns ? c->ended_ns - c->began_ns : 0, out);
	if (!t.left)
		strbuf_add(out, ": no process of the tree is left");
	else if (c->interrupted)
		strbuf_add(out, ", then the watch was interrupted");
	if (c->lost)
		strbuf_add(out, "; but records of signals were lost");
}

static void write_none_predicted(const struct chain *c, struct strbuf *out)
{
	const struct chain_note *note = find_note(c, CHAIN_NOTE_NO_TERMINAL);
	const struct tally t = count(c);

	if (note && !t.got) {
		strbuf_add(out, "nobody gets it: ");
		chain_write_note(c, note, out);
		return;
	}
	note = find_note(c, CHAIN_NOTE_MAY_FORWARD);
	if (note) {
		strbuf_add(out, "no break is proven; whether ");
		chain_write_node(c, note->at, out);
		strbuf_add(out, " forwards is not known: watch it with --watch --send ");
		chain_put_short_signal(c->sig, out);
	} else if (t.not_known) {
		strbuf_add(out, "no break is proven; of ");
		strbuf_add_u64(out, t.not_known);
		strbuf_add(out, t.not_known == 1 ? " process" : " processes");
		strbuf_add(out, " it is not known: watch with --watch --send ");
		chain_put_short_signal(c->sig, out);
	} else {
		strbuf_add(out, "no break predicted: ");
		put_tally(c, &t, out);
	}
}

void chain_write_verdict(const struct chain *c, struct strbuf *out)
{
	const struct chain_break *first = c->breaks;

	if (c->watched && !c->first_ns) {
		write_nothing_came(c, out);
		return;
	}
	if (!c->breaks_len) {
		(c->watched ? write_none_watched : write_none_predicted)(c, out);
		return;
	}
	strbuf_add(out, c->watched ? "chain broken at " : "break predicted at ");
	chain_write_node(c, first->at, out);
	strbuf_add(out, ": ");
	chain_put_break(c, first, out);
	if (c->breaks_len > 1) {
		stuck_put_number(" (and ", c->breaks_len - 1, out);
		strbuf_add(out, " more)");
	}
}
