/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine lets this process do: asked of the kernel, never guessed from its version.
 * The file is not called features.h: with -Isrc/sys that would take the place of libc's own.
 */
#ifndef SIGTRACE_SYS_FEATURE_H
#define SIGTRACE_SYS_FEATURE_H

#include <stddef.h>

#include "feature_item.h"

#define FEATURES_ITEM_MAX 32

struct features {
	char kernel[65]; /* uname(2): release and machine */
	char machine[65];
	size_t count;
	struct features_item items[FEATURES_ITEM_MAX];
};

/* Why something cannot run here, for the user: sentences without a full stop. */
struct features_problem {
	char what[256];	  /* "tracing needs CAP_BPF and CAP_PERFMON (or root); missing: CAP_BPF" */
	char why[128];	  /* the fact alone, after "because": "CAP_BPF is missing" */
	char remedy[256]; /* "run it with sudo" */
};

/*
 * Tries everything: loads and, where that slows nothing down, attaches trivial BPF programs, all of
 * which are gone on return. Takes a tenth of a second and more: the kernel's BTF is parsed often.
 */
void features_probe(struct features *ret);

/*
 * Whether trace can run, from what is cheap to read (capabilities, user namespace, lockdown, BTF):
 * 0, or -EPERM (not this process) or -EOPNOTSUPP (not this kernel) with the reason in *ret. 0 is no
 * promise: seccomp and security modules show only when something is loaded.
 */
int features_check_trace(struct features_problem *ret);
/* The same, from everything that features_probe() tried. */
int features_judge(const struct features *f, struct features_problem *ret);
/* Probes and judges: the reason to tell after a failed load. */
int features_explain_trace(struct features_problem *ret);
/* Whether this process sees the pids of the node, which -p takes; as features_check_trace(). */
int features_check_pids(struct features_problem *ret);
/* Whether inspect can read its facts in the kernel, cheap to read and of everything that was tried;
 * without that it reads /proc. As the two above. */
int features_check_inspect(struct features_problem *ret);
int features_judge_inspect(const struct features *f, struct features_problem *ret);

#endif
