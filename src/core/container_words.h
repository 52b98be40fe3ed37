/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIGTRACE_CORE_CONTAINER_WORDS_H
#define SIGTRACE_CORE_CONTAINER_WORDS_H

#include "container.h"
#include "strbuf.h"

/*
 * The short name beside a process, escaped: "shop/web-0:app", "shop/web-0" for its sandbox,
 * "docker:web", else the runtime and 12 digits of the id: "containerd:1f2e3d4c5b6a".
 */
void container_write_name(const struct container *c, struct strbuf *out);

#endif
