/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the prediction share: two trees, and what is expected of them. */
#ifndef SIGTRACE_TESTS_CHAIN_PREDICT_SCENE_H
#define SIGTRACE_TESTS_CHAIN_PREDICT_SCENE_H

#include "chain_scene.h"

#define LARGE 20000

#define PROCESS	   CHAIN_TO_PROCESS
#define GROUP	   CHAIN_TO_GROUP
#define FOREGROUND CHAIN_TO_FOREGROUND

/* chain_expect() with the names without their prefixes. */
#define GETS(tgid, way, from, does) \
	chain_expect(tgid, CHAIN_YES, CHAIN_WAY_##way, from, CHAIN_DOES_##does)
#define MISSES(tgid, way) chain_expect(tgid, CHAIN_NO, CHAIN_WAY_##way, 0, CHAIN_DOES_NOTHING)
#define MISSES_FROM(tgid, way, from) \
	chain_expect(tgid, CHAIN_NO, CHAIN_WAY_##way, from, CHAIN_DOES_NOTHING)
#define NOT_KNOWN(tgid, way) \
	chain_expect(tgid, CHAIN_NOT_KNOWN, CHAIN_WAY_##way, 0, CHAIN_DOES_NOTHING)

/* In the table: what hangs on it may still be changed. */
static inline struct process *process(uint32_t tgid)
{
	return process_table_find(&chain.table, tgid);
}

static inline void background(struct process *p)
{
	p->ignored |= signal_bit(SIGINT) | signal_bit(SIGQUIT);
}

/* bash[12] runs a script: test_pipeline[13], pytest[14]. */
static inline void add_pipeline(void)
{
	chain_group(chain_process(12, 1, "bash"));
	chain_ignores(process(12), SIGQUIT);
	chain_catches(process(12), SIGINT);
	chain_catches(process(12), SIGCHLD);
	chain_process(13, 12, "test_pipeline");
	chain_process(14, 13, "pytest");
}

static inline void make_pipeline(void)
{
	chain_make(12, 0);
	chain_runs(12, PROGRAM_BASH);
	chain_sits(process(12), "wait4", -1);
}

#define TINI_SET (~(signal_bit(SIGCHLD) | signal_bit(SIGKILL) | signal_bit(SIGSTOP)))

/* tini[2] → bash[3] → sleep[4]; orphan[5], which it has adopted. */
static inline void add_init(const char *comm)
{
	chain_sigwaits(chain_init(2, 1, comm), TINI_SET);
	chain_group(chain_process(3, 2, "bash"));
	chain_process(4, 3, "sleep");
	chain_process(5, 2, "orphan")->pgid = 3;
}

static inline struct program *make_init(enum program_kind kind, enum program_answer to_group)
{
	struct program *program;

	chain_make(2, 0);
	program = chain_runs(2, kind);
	program->to_group = to_group;
	return program;
}

#endif
