// SPDX-License-Identifier: BSD-2-Clause
/* The words of failure.c's sentences. */
#include <stddef.h>
#include <string.h>

#include "cause_table.h"
#include "failure.h"
#include "signals.h"

/* PROC_PID_INIT_INO, the same in every kernel (include/linux/proc_ns.h). */
#define INITIAL_PID_NAMESPACE 0xeffffffcU
/* include/uapi/asm-generic/siginfo.h */
#define CODE_SI_USER  0
#define CODE_SI_TKILL (-6)

static bool has(const struct report *r, uint32_t fact)
{
	return r->failure.facts & fact;
}

static void write_number(struct strbuf *out, const char *what, int64_t number)
{
	strbuf_add(out, what);
	strbuf_add_i64(out, number);
}

static void write_process(const struct report *r, struct strbuf *out)
{
	strbuf_add_escaped(out, r->target.comm, sizeof(r->target.comm));
	write_number(out, "[", r->target.tgid);
	strbuf_add_char(out, ']');
}

static void write_known_target(const struct report *r, struct strbuf *out)
{
	if (r->failure.target_tid != 0 && r->target.tid != r->target.tgid) {
		write_number(out, "thread ", r->target.tid);
		strbuf_add(out, " of ");
	}
	write_process(r, out);
}

/* As the call named it. */
static void write_named_target(const struct report_failure *f, struct strbuf *out)
{
	switch (f->syscall) {
	case EVENT_SYSCALL_TKILL:
		write_number(out, "thread ", f->target_tid);
		return;
	case EVENT_SYSCALL_TGKILL:
	case EVENT_SYSCALL_RT_TGSIGQUEUEINFO:
		write_number(out, "thread ", f->target_tid);
		write_number(out, " of process ", f->target_nr);
		return;
	case EVENT_SYSCALL_PIDFD_SEND_SIGNAL:
		write_number(out, "the process of pidfd ", f->target_nr);
		return;
	case EVENT_SYSCALL_KILL:
		if (f->target_nr > 0)
			break;
		if (f->target_nr == 0)
			strbuf_add(out, "its own process group");
		else
			write_number(out, "process group ", -(int64_t)f->target_nr);
		return;
	case EVENT_SYSCALL_RT_SIGQUEUEINFO:
	case EVENT_SYSCALL_COUNT:
		break;
	}
	write_number(out, "process ", f->target_nr);
}

static void write_target(const struct report *r, struct strbuf *out)
{
	if (has(r, EVENT_FAILED_TARGET_KNOWN))
		write_known_target(r, out);
	else
		write_named_target(&r->failure, out);
}

/* "uid 1000"; "uid 1000 (effective 0)" where that one differs. */
static void write_uids(struct strbuf *out, uint32_t uid, const char *kind, uint32_t other)
{
	write_number(out, "uid ", uid);
	if (other == uid)
		return;
	strbuf_add(out, " (");
	strbuf_add(out, kind);
	write_number(out, " ", other);
	strbuf_add_char(out, ')');
}

static void write_as_owner(const struct report *r, struct strbuf *out)
{
	if (r->failure.target_uid != 0) {
		write_number(out, "uid ", r->failure.target_uid);
		strbuf_add(out, " or ");
	}
	strbuf_add(out, "root");
}

static void write_receiver(const struct report *r, struct strbuf *out)
{
	strbuf_add(out, "the user of ");
	write_target(r, out);
	if (!has(r, EVENT_FAILED_TARGET_KNOWN))
		return;
	write_number(out, " (uid ", r->failure.target_uid);
	strbuf_add_char(out, ')');
}

static void write_code(const struct report *r, struct strbuf *out)
{
	const char *name = si_code_name(r->sig, r->code);

	write_number(out, "si_code ", r->code);
	if (!name)
		return;
	strbuf_add(out, " (");
	strbuf_add(out, name);
	strbuf_add_char(out, ')');
}

/* Of whom a si_code is proof (do_rt_sigqueueinfo() says why). */
static const char *claimed_sender(int code)
{
	if (code == CODE_SI_TKILL)
		return "tkill()";
	return code == CODE_SI_USER ? "kill()" : "the kernel";
}

/* A number that the sender has from elsewhere is of another process here, or of none. */
static void write_in_namespace(const struct report *r, struct strbuf *out)
{
	if (r->sender.pid_ns == INITIAL_PID_NAMESPACE)
		return;
	strbuf_add(out, " in its PID namespace");
	if (r->sender.pid_ns != 0)
		strbuf_add(out, ", whose numbers are not the machine's");
}

static void write_word(const struct report *r, const char *word, size_t len, struct strbuf *out)
{
	const struct report_failure *f = &r->failure;

#define IS(text) (len == sizeof(text) - 1 && memcmp(word, text, len) == 0)
	if (IS("user")) {
		write_uids(out, r->sender_uid, "effective", f->sender_euid);
	} else if (IS("owner")) {
		write_uids(out, f->target_uid, "saved", f->target_suid);
	} else if (IS("as_owner")) {
		write_as_owner(r, out);
	} else if (IS("target")) {
		write_target(r, out);
	} else if (IS("target_process")) {
		write_process(r, out);
	} else if (IS("receiver")) {
		write_receiver(r, out);
	} else if (IS("target_nr")) {
		strbuf_add_i64(out, f->target_nr);
	} else if (IS("target_tid")) {
		strbuf_add_i64(out, f->target_tid);
	} else if (IS("user_ns")) {
		strbuf_add_u64(out, f->sender_user_ns);
	} else if (IS("target_ns")) {
		strbuf_add_u64(out, f->target_user_ns);
	} else if (IS("in_namespace")) {
		write_in_namespace(r, out);
	} else if (IS("refuser")) {
		strbuf_add(out, "a security module (LSM)");
		if (has(r, EVENT_FAILED_SECCOMP))
			strbuf_add(out, " or the seccomp filter of its thread");
	} else if (IS("unless_seccomp")) {
		if (has(r, EVENT_FAILED_SECCOMP))
			strbuf_add(out, ", unless the seccomp filter of its thread refused it");
	} else if (IS("code")) {
		write_code(r, out);
	} else if (IS("claimed")) {
		strbuf_add(out, claimed_sender(r->code));
	} else if (IS("sig")) {
		strbuf_add_i64(out, f->sig);
	} else if (IS("error")) {
		strbuf_add_i64(out, f->error);
	}
#undef IS
}

static void write_template(const struct report *r, const char *text, struct strbuf *out)
{
	const char *open;

	while ((open = strchr(text, '{'))) {
		const size_t len = strcspn(open + 1, "}");

		strbuf_add_bytes(out, text, open - text);
		write_word(r, open + 1, len, out);
		text = open + 1 + len + 1;
	}
	strbuf_add(out, text);
}

void failure_write(const struct report *r, struct strbuf *out)
{
	if (r->failure.sig == 0)
		strbuf_add(out, "a probe: ");
	write_template(r, failure_explain(r).rule->explanation, out);
}

bool failure_write_remedy(const struct report *r, struct strbuf *out)
{
	const char *remedy = failure_explain(r).rule->remedy;

	if (!remedy || r->failure.sig == 0)
		return false;
	write_template(r, remedy, out);
	return true;
}
