/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a system call that should have sent a signal failed: kill_ok_by_cred(), ns_capable() and the
 * checks around them in kernel/signal.c, as an ordered table of rules over the facts of a
 * REPORT_FAILED. explain_report(), explain_write() and explain_write_remedy() of explain.h come
 * here for one.
 */
#ifndef SIGTRACE_CORE_FAILURE_H
#define SIGTRACE_CORE_FAILURE_H

#include "explain.h"

/* The name of the system call: "kill", "pidfd_send_signal". NULL for a number out of range. */
const char *event_syscall_name(enum event_syscall syscall);
/* "EPERM"; NULL for an error that no send reports. */
const char *failure_error_name(int error);

/*
 * EPERM, ESRCH, EINVAL, EAGAIN and EACCES have a cause of their own; another error is UNEXPLAINED.
 * Not a problem for signal 0: who probes expects that it may fail.
 */
struct verdict failure_explain(const struct report *r);
/*
 * One sentence, without a full stop: "uid 1000 may not signal sleep[4242] of uid 0, and lacks
 * CAP_KILL"
 */
void failure_write(const struct report *r, struct strbuf *out);
/* False, and nothing is written, if there is no remedy. */
bool failure_write_remedy(const struct report *r, struct strbuf *out);

#endif
