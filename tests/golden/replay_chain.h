/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays snapshots of trees and what was seen of them, and draws them as `sigtrace chain` does:
 * lines with % (tests/golden/chain_specs.py) say what no record has; events and snapshots are those
 * of trace and inspect.
 */
#ifndef SIGTRACE_TESTS_REPLAY_CHAIN_H
#define SIGTRACE_TESTS_REPLAY_CHAIN_H

#include "chain_renderer.h"
#include "replay_inspect.h"

#define REPLAY_WORDS_MAX 64

struct replay_chain {
	const struct chain_ops *ops;
	struct chain_config config;
	struct chain chain;
	bool open; /* a tree is there, and not drawn yet */
	bool concluded;
};

static struct chain_node *replay_node(struct replay_chain *rc, uint32_t tgid)
{
	const uint32_t node = chain_find(&rc->chain, tgid);

	if (!rc->open || node == CHAIN_NONE)
		replay_fail("a line names a process that is not in the tree");
	return &rc->chain.nodes[node];
}

static void replay_draw(struct replay_chain *rc)
{
	static const struct inspect_sink sink = {.put = replay_put};

	if (!rc->open)
		return;
	if (!rc->concluded) {
		chain_find_shells(&rc->chain);
		chain_predict(&rc->chain);
	}
	if (chain_find_breaks(&rc->chain) < 0)
		replay_fail("no memory");
	rc->ops->write(&rc->config, &rc->chain, &sink);
	chain_free(&rc->chain);
	rc->open = false;
}

static enum chain_to replay_to(const char *name)
{
	int to = CHAIN_TO_COUNT - 1;

	while (strcmp(chain_to_name((enum chain_to)to), name) != 0)
		if (to-- == 0)
			replay_fail("no such way to send");
	return (enum chain_to)to;
}

static void *replay_dup(const void *from, size_t size)
{
	void *to = malloc(size > 0 ? size : 1);

	if (!to)
		replay_fail("no memory");
	if (size > 0)
		memcpy(to, from, size);
	return to;
}

/* Processes like one of the snapshot: beside each other, or each below the one before. */
static void replay_copy_process(struct replay_snapshot *s, uint32_t tgid, uint32_t count,
				uint32_t first, bool deep)
{
	const size_t index = (size_t)(replay_find(s, tgid) - s->table.list);

	for (uint32_t i = 0; i < count; i++) {
		struct process *p = process_table_add(&s->table, first + i);
		const struct process *like = &s->table.list[index];

		if (!p)
			replay_fail("no memory");
		*p = *like;
		p->tgid = first + i;
		p->ns_tgid = p->ns_tgid == tgid ? p->tgid : p->ns_tgid + 1 + i;
		p->pgid = p->pgid == tgid ? p->tgid : p->pgid;
		p->start_boot_ns += (uint64_t)(p->tgid - tgid) * 1000000;
		if (deep)
			p->parent_tgid = i == 0 ? tgid : p->tgid - 1;
		if (p->actions)
			p->actions = replay_dup(p->actions, EVENT_SIG_MAX * sizeof(*p->actions));
		p->threads = replay_dup(p->threads, p->threads_len * sizeof(*p->threads));
		for (size_t j = 0; j < p->threads_len; j++) {
			p->threads[j].tid = p->tgid + (uint32_t)j;
			p->threads[j].place = NULL;
		}
		p->symbols = NULL;
		p->symbols_len = 0;
		p->freezer_path = NULL;
	}
	process_table_sort(&s->table);
}

static void replay_tree(struct replay_chain *rc, struct replay_reader *reader, uint32_t root,
			int sig, const char *to, uint32_t up)
{
	replay_draw(rc);
	if (!replay_reader_finish(reader))
		replay_fail("no record of a snapshot");
	rc->chain = (struct chain){.sig = sig, .to = replay_to(to)};
	rc->chain.table = reader->snapshot.table;
	reader->snapshot.table = (struct process_table){0};
	replay_reader_reset(reader);
	if (chain_build(&rc->chain, root, up, NULL, NULL) < 0)
		replay_fail("no tree");
	if (rc->chain.to == CHAIN_TO_GROUP)
		rc->chain.group = rc->chain.nodes[rc->chain.root].process->pgid;
	rc->open = true;
	rc->concluded = false;
}

/* The file ("-": not readable), then the arguments; `words` in hexadecimal, with blanks between
 * them. */
static void replay_run_node(struct chain_node *n, char *words)
{
	char comm[EVENT_COMM_SIZE + 1] = "";
	char *list[REPLAY_WORDS_MAX];
	size_t size = 0, len = 0;
	char *at;

	free(n->exe);
	n->exe = replay_text(strtok(words, " \n"));
	if (strcmp(n->exe, "-") == 0) {
		free(n->exe);
		n->exe = NULL;
	}
	for (char *word = strtok(NULL, " \n"); word && len < REPLAY_WORDS_MAX;
	     word = strtok(NULL, " \n")) {
		list[len] = replay_text(word);
		size += strlen(list[len++]) + 1;
	}
	free(n->words);
	n->words = malloc(len * sizeof(char *) + size + 1);
	if (!n->words)
		replay_fail("no memory");
	at = (char *)(n->words + len);
	for (size_t i = 0; i < len; i++) {
		n->words[i] = at;
		at = stpcpy(at, list[i]) + 1;
		free(list[i]);
	}
	n->words_len = len;
	memcpy(comm, n->process->comm, EVENT_COMM_SIZE);
	program_identify(
		&(struct program_facts){
			.exe = n->exe,
			.comm = comm,
			.words = (const char *const *)n->words,
			.words_len = len,
			.stdin_known = true,
			.stdin_is_tty = n->tty[0] != '\0',
		},
		&n->program);
}

static void replay_tty(struct chain_node *n, char *name, bool foreground)
{
	n->tty_known = true;
	snprintf(n->tty, sizeof(n->tty), "%s", strcmp(name, "-") == 0 ? "" : name);
	n->foreground = foreground;
	free(name);
}

static void replay_added(struct replay_chain *rc, struct replay_reader *reader)
{
	if (!replay_reader_finish(reader))
		replay_fail("no record of a snapshot");
	for (size_t i = 0; i < reader->snapshot.table.len; i++)
		chain_watch_add(&rc->chain, &reader->snapshot.table.list[i]);
	replay_reader_reset(reader);
}

static void replay_watch(struct replay_chain *rc, uint64_t began_ns, uint64_t deadline_ns,
			 uint64_t wanted)
{
	struct chain *c = &rc->chain;

	chain_find_shells(c);
	c->watched = true;
	c->began_ns = began_ns;
	c->deadline_ns = deadline_ns;
	c->wanted = wanted;
}

static void replay_set_chain(struct chain *c, const char *name, uint64_t value)
{
	if (strcmp(name, "sent") == 0)
		c->sent = value;
	else if (strcmp(name, "lost") == 0)
		c->lost = value;
	else if (strcmp(name, "interrupted") == 0)
		c->interrupted = value;
	else if (strcmp(name, "edges_dropped") == 0)
		c->edges_dropped = value;
	else if (strcmp(name, "group") == 0)
		c->group = (uint32_t)value;
	else
		replay_fail("no such number of a chain");
}

/* One line that begins with %. */
static void replay_chain_line(struct replay_chain *rc, struct replay_reader *reader, char *line)
{
	static char hex[REPLAY_TEXT_MAX];
	char word[64];
	uint64_t numbers[3];
	uint32_t count;
	uint32_t tgid;
	uint32_t up;
	int at = 0;
	int sig;

	if (sscanf(line, "%%copy %" SCNu32 " %" SCNu32 " %" SCNu32 " %d", &tgid, &count, &up,
		   &sig) == 4) {
		if (!replay_reader_finish(reader))
			replay_fail("no record of a snapshot");
		replay_copy_process(&reader->snapshot, tgid, count, up, sig);
	} else if (sscanf(line, "%%tree %" SCNu32 " %d %63s %" SCNu32, &tgid, &sig, word, &up) ==
		   4) {
		replay_tree(rc, reader, tgid, sig, word, up);
	} else if (sscanf(line, "%%run %" SCNu32 " %n", &tgid, &at) == 1 && at > 0) {
		replay_run_node(replay_node(rc, tgid), line + at);
	} else if (sscanf(line, "%%tty %" SCNu32 " %2047s %d", &tgid, hex, &sig) == 3) {
		replay_tty(replay_node(rc, tgid), replay_text(hex), sig);
	} else if (sscanf(line, "%%watch %" SCNu64 " %" SCNu64 " %" SCNx64, &numbers[0],
			  &numbers[1], &numbers[2]) == 3) {
		replay_watch(rc, numbers[0], numbers[1], numbers[2]);
	} else if (sscanf(line, "%%set %63s %" SCNu64, word, &numbers[0]) == 2) {
		replay_set_chain(&rc->chain, word, numbers[0]);
	} else if (sscanf(line, "%%gone %" SCNu32 " %" SCNu64, &tgid, &numbers[0]) == 2) {
		chain_watch_gone(&rc->chain, (uint32_t)(replay_node(rc, tgid) - rc->chain.nodes),
				 numbers[0]);
	} else if (strcmp(line, "%added\n") == 0) {
		replay_added(rc, reader);
	} else if (sscanf(line, "%%conclude %" SCNu64, &numbers[0]) == 1) {
		chain_watch_conclude(&rc->chain, numbers[0]);
		rc->concluded = true;
	} else {
		replay_fail("a line that nobody understands");
	}
}

static void replay_chain_report(struct replay_chain *rc, const struct report *r,
				const struct verdict *v)
{
	if (chain_watch_report(&rc->chain, r, v) < 0)
		replay_fail("no memory");
}

#endif
