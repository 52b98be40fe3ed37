// SPDX-License-Identifier: BSD-2-Clause
#include "chain_collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice_processes.h"
#include "enrich.h"
#include "process_details.h"
#include "process_words.h"
#include "signals.h"
#include "snapshot_source.h"

static struct program identify(const struct proc_dir *dir, const struct process *p,
			       const struct process_words *words)
{
	char comm[sizeof(p->comm) + 1] = "";
	struct program_facts facts = {
		.exe = words->exe,
		.comm = comm,
		.words = (const char *const *)words->words,
		.words_len = words->len,
		.words_cut = words->cut,
	};
	struct program program;

	memcpy(comm, p->comm, sizeof(p->comm));
	facts.stdin_is_tty = process_stdin_is_tty(dir, &facts.stdin_known);
	program_identify(&facts, &program);
	return program;
}

static enum program_kind kind_of(void *context, const struct process *p)
{
	struct process_words words = {0};
	struct proc_dir dir;
	enum program_kind kind = PROGRAM_NOT_KNOWN;

	(void)context;
	if (proc_dir_open(p->tgid, p->start_boot_ns, &dir) < 0)
		return kind;
	if (process_words_read(&dir, &words) == 0)
		kind = identify(&dir, p, &words).kind;
	process_words_free(&words);
	proc_dir_close(&dir);
	return kind;
}

/* tini has its -g from the environment, too: docker run --init takes no options for it. */
static void ask_environment(const struct proc_dir *dir, struct program *program)
{
	bool known;

	if (program->kind != PROGRAM_TINI || program->to_group != PROGRAM_NO)
		return;
	if (process_has_variable(dir, "TINI_KILL_PROCESS_GROUP", &known))
		program->to_group = PROGRAM_YES;
	else if (!known)
		program->to_group = PROGRAM_ANSWER_NOT_KNOWN;
}

static int read_words(struct chain_node *n, const struct proc_dir *dir)
{
	struct process_words words = {0};
	struct process_tty tty;
	int r = process_words_read(dir, &words);

	if (r < 0)
		return r;
	n->exe = words.exe;
	n->words = words.words;
	n->words_len = words.len;
	n->words_cut = words.cut;
	n->program = identify(dir, n->process, &words);
	ask_environment(dir, &n->program);
	r = process_tty_read(dir, &tty);
	if (r < 0)
		return r;
	n->tty_known = tty.known;
	memcpy(n->tty, tty.name, sizeof(n->tty));
	n->foreground = tty.foreground;
	return 0;
}

struct look {
	struct chain *chain;
	struct symbols *symbols; /* NULL: no prediction is wanted */
	const struct node *node;
};

/* A process that ends meanwhile keeps what is known of it. 0 or -ENOMEM. */
static int look_at(const struct look *l, struct chain_node *n)
{
	struct process *p = process_table_find(&l->chain->table, n->process->tgid);
	struct proc_dir dir;
	int r = proc_dir_open(n->process->tgid, n->process->start_boot_ns, &dir);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = read_words(n, &dir);
	if (r == 0 && p && l->node->cgroups)
		p->container = choice_container_of(l->node->cgroups, l->node->containers, p->tgid);
	/* The forwarders may send another signal than the one that they get. */
	if (r == 0 && p && n->in_tree && l->symbols)
		r = process_details_for_prediction(l->symbols, &l->chain->table, &dir, p,
						   UINT64_MAX);
	if (r == 0 && p && n->in_tree && program_is_shell(n->program.kind))
		r = enrich_places(&dir, p);
	proc_dir_close(&dir);
	return r == -ENOMEM ? r : 0;
}

/*
 * Started from a shell of the tree, sigtrace is below it, and in its process group where there is
 * no job control, and so is the sudo that started it: they are gone when the answer is read.
 */
static void leave_out_self(struct process_table *t)
{
	struct process *p = process_table_find(t, (uint32_t)getpid());

	while (p) {
		struct process *parent = process_table_find(t, p->parent_tgid);

		p->parent_tgid = 0;
		p->pgid = 0;
		p = parent && strncmp(parent->comm, "sudo", sizeof(parent->comm)) == 0 ? parent
										       : NULL;
	}
}

/* The group that is meant, as the root has it now. */
static void find_group(struct chain *c)
{
	const struct process *root = c->nodes[c->root].process;
	struct process_tty tty = {0};
	struct proc_dir dir;

	if (c->to == CHAIN_TO_GROUP && (root->known & PROCESS_KNOWN_IDS))
		c->group = root->pgid;
	if (c->to != CHAIN_TO_FOREGROUND ||
	    proc_dir_open(root->tgid, root->start_boot_ns, &dir) < 0)
		return;
	if (process_tty_read(&dir, &tty) == 0 && tty.known)
		c->group = tty.foreground_pgid;
	proc_dir_close(&dir);
}

int chain_collect(struct chain *c, uint32_t tgid, uint64_t start_boot_ns, uint32_t up,
		  const struct node *node)
{
	const struct snapshot_request request = {
		.tgids = &tgid, .tgids_len = 1, .descendants = true};
	struct look look = {.chain = c, .node = node};
	int r = snapshot_source_take(&request, &start_boot_ns, &c->table);

	leave_out_self(&c->table);
	if (r == 0)
		r = chain_build(c, tgid, up, kind_of, NULL);
	if (r == 0)
		r = symbols_new(&look.symbols);
	for (uint32_t i = 0; r == 0 && i < c->len; i++)
		r = look_at(&look, &c->nodes[i]);
	symbols_free(look.symbols);
	if (r < 0)
		return r;
	find_group(c);
	chain_find_shells(c);
	return 0;
}

int chain_collect_new(struct chain *c, const struct node *node,
		      int (*each)(void *context, const struct chain_node *node), void *context)
{
	const struct snapshot_request request = {0};
	const struct look look = {.chain = c, .node = node};
	struct process_table now = {0};
	int r = procfs_snapshot_take(&request, &now);

	leave_out_self(&now);
	for (size_t i = 0; r == 0 && i < now.len; i++) {
		const uint32_t before = c->len;
		const uint32_t added = chain_watch_add(c, &now.list[i]);

		if (c->len == before || added == CHAIN_NONE)
			continue;
		r = look_at(&look, &c->nodes[added]);
		if (r == 0)
			r = each(context, &c->nodes[added]);
	}
	process_table_free(&now);
	return r;
}
