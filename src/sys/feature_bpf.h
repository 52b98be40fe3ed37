/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes that load BPF: what the kernel really takes. Nothing of it stays. */
#ifndef SIGTRACE_SYS_FEATURE_BPF_H
#define SIGTRACE_SYS_FEATURE_BPF_H

#include <stdbool.h>

#include "feature_item.h"

#define FEATURES_BTF_PATH "/sys/kernel/btf/vmlinux"

/* Tracepoints that are needed together. */
enum features_hooks {
	FEATURES_HOOKS_GENERATE,
	FEATURES_HOOKS_DELIVER,
	FEATURES_HOOKS_PROCESS,
	FEATURES_HOOKS_SYSCALLS,
	FEATURES_HOOKS_COUNT,
};

/* Whether libbpf finds the kernel's BTF; cheap where it is at FEATURES_BTF_PATH. */
bool features_have_btf(void);

/* Each concludes the item; they are rows of one table, so all have the same shape. */
void features_probe_btf(struct features_item *item, int unused);
void features_probe_ring_buffer(struct features_item *item, int unused);
void features_probe_hooks(struct features_item *item, int set);
void features_probe_task_iterators(struct features_item *item, int unused);
/* `helper`: a BPF_FUNC_… number */
void features_probe_helper(struct features_item *item, int helper);

#endif
