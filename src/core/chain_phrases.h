/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of sentences about a tree, and questions about it, which the chain_*text.c share. */
#ifndef SIGTRACE_CORE_CHAIN_PHRASES_H
#define SIGTRACE_CORE_CHAIN_PHRASES_H

#include "chain.h"

/* Bytes of a foreign text that a sentence shows. */
#define CHAIN_OPERAND_MAX 40

/* The signal that the node gets; failing that the first one, or what was asked for; 0: not known.
 */
int chain_signal_of(const struct chain *c, uint32_t node);
/* "SIGTERM"; "the signal" for 0. */
void chain_put_signal(int sig, struct strbuf *out);
/* "TERM", as kill(1) and trap take it. */
void chain_put_short_signal(int sig, struct strbuf *out);
/* "5 s", "60 s", "2.5 s": how long something was watched. */
void chain_put_span(uint64_t ns, struct strbuf *out);
/* " at 0.012 s", counted from the first signal; nothing where one of both is not known. */
void chain_put_at(const struct chain *c, uint64_t boot_ns, struct strbuf *out);
/* "5 s": for how long the node was watched after it had got its signal. */
void chain_put_watched(const struct chain *c, uint32_t node, struct strbuf *out);
/* Untrusted text, escaped, its end cut off where it is long. */
void chain_put_cut(const char *text, struct strbuf *out);
/* The name of a file, without its folder. */
void chain_put_file(const char *path, struct strbuf *out);
/* "node[40]", "a process" for CHAIN_NONE. */
void chain_put_node(const struct chain *c, uint32_t node, struct strbuf *out);
/* "bash[12] (script run.sh)": what a shell runs, where that is proven. */
void chain_put_subject(const struct chain *c, uint32_t node, struct strbuf *out);
/* "node[40]", "node[40] and 2 below it", "node[40] and 3 more": who does not get it. */
void chain_put_missed(const struct chain *c, const struct chain_break *b, struct strbuf *out);
/* "timeout[12] runs as user 1000, suid[13] as user 0": where chain_may_refuse(). */
void chain_put_users(const struct chain *c, uint32_t from, uint32_t to, struct strbuf *out);
/* The child that the shell waits for; "a child" where it is not known which. */
void chain_put_awaited(const struct chain *c, uint32_t shell, struct strbuf *out);
/* "it is in process group 31, not in 12": as much of it as is known. */
void chain_put_other_group(const struct chain *c, uint32_t node, uint32_t than, struct strbuf *out);
/* " and 2 more", for all but the first. */
void chain_put_more(uint32_t count, struct strbuf *out);

/* Its group is known, and is not 1: kill(-1) means every process there is (kill(2)). */
bool chain_can_kill_group(const struct chain *c, uint32_t node);
/* "kill -TERM -12", to the group of the node; only where that can be. */
void chain_put_kill_group(const struct chain *c, uint32_t node, int sig, struct strbuf *out);

/* Its file proves it. */
bool chain_is(const struct chain *c, uint32_t node, enum program_kind kind);
bool chain_is_shell(const struct chain *c, uint32_t node);
/* The signal is caught by nothing but a trap. */
bool chain_has_trap(const struct chain *c, uint32_t node, int sig);
/* It did not end before the child that it waits for: a trap on EXIT makes a bash end at once. */
bool chain_waits_on(const struct chain *c, uint32_t shell);
/*
 * Whether the kernel may refuse the signal of `from` (EPERM): as far as is known it is not root,
 * and has no user in common with the other one. Capabilities and user namespaces are not looked at.
 */
bool chain_may_refuse(const struct chain *c, uint32_t from, uint32_t to, int sig);
/* So it may be with a break: who had the signal could not have sent it on. */
bool chain_is_refused(const struct chain *c, const struct chain_break *b);
bool chain_same_group(const struct chain *c, uint32_t a, uint32_t b);
/* Their sessions are known, and not the same. */
bool chain_other_session(const struct chain *c, uint32_t a, uint32_t b);
/* The child of `top` that `node` is, or is below of; CHAIN_NONE: it is not below. */
uint32_t chain_child_towards(const struct chain *c, uint32_t top, uint32_t node);
/* The first signal that the node got, or with `sig` the first of that number; NULL: none is kept.
 */
const struct chain_edge *chain_edge_to(const struct chain *c, uint32_t node, int sig);
/* " by dockerd[901]", " by the kernel (the OOM killer)"; nothing where it is not known. */
void chain_put_sender(const struct chain *c, const struct chain_edge *edge, struct strbuf *out);

/* Why the signal has no effect on it: its prediction's sentence, or what the cause proves alone. */
void chain_put_drop(const struct chain *c, uint32_t node, struct strbuf *out);
/* And what to do; perhaps nothing. */
void chain_put_drop_remedy(const struct chain *c, uint32_t node, struct strbuf *out);
/* "send SIGTERM first; or ": what ends it in place of SIGKILL; perhaps nothing. */
void chain_put_ask_first(const struct chain *c, uint32_t node, struct strbuf *out);
/* The prediction of the node is there, and says what was seen. NULL: it is not. */
const struct prediction *chain_prediction(const struct chain *c, uint32_t node);
/* "got SIGTERM at 0.000 s, sent nothing to node[40] in 5 s": all that a broken link shows. */
void chain_put_broken(const struct chain *c, const struct chain_break *b, struct strbuf *out);
/*
 * chain_write_break() without the name of the process that had the signal last, and shorter: to
 * stand behind "chain broken at bash[12]: ".
 */
void chain_put_break(const struct chain *c, const struct chain_break *b, struct strbuf *out);

#endif
