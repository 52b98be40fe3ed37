// SPDX-License-Identifier: BSD-2-Clause
#include "explain.h"

#include <string.h>

#include "cause_table.h"
#include "failure.h"
#include "signals.h"

static const char *const cause_names[] = {
#define X(name, text) [CAUSE_##name] = text,
	CAUSE_LIST(X)
#undef X
};
_Static_assert(sizeof(cause_names) / sizeof(cause_names[0]) == CAUSE_COUNT, "cause_names");

const char *cause_name(enum cause cause)
{
	return cause_names[cause];
}

static enum stage stage_of(const struct report *r)
{
	if (r->kind != REPORT_GENERATE)
		return STAGE_DELIVERED;
	switch (r->result) {
	case EVENT_RESULT_IGNORED:
		return STAGE_IGNORED;
	case EVENT_RESULT_OVERFLOW_FAIL:
		return STAGE_OVERFLOW;
	case EVENT_RESULT_DELIVERED:
	case EVENT_RESULT_ALREADY_PENDING:
	case EVENT_RESULT_LOSE_INFO:
	case EVENT_RESULT_COUNT:
		break;
	}
	return STAGE_QUEUED;
}

struct verdict explain_report(const struct report *r)
{
	const enum stage stage = stage_of(r);
	const struct cause_rule *rule = cause_rules;

	if (r->kind == REPORT_FAILED)
		return failure_explain(r);
	while (!(rule->stages & stage) || !rule->holds(r))
		rule++;
	return (struct verdict){
		.cause = rule->cause,
		.effect = rule->effect,
		.problem = rule->problem,
		.rule = rule,
	};
}

static void write_process(struct strbuf *out, const char *comm, uint32_t tgid)
{
	strbuf_add_escaped(out, comm, EVENT_COMM_SIZE);
	strbuf_add_char(out, '[');
	strbuf_add_u64(out, tgid);
	strbuf_add_char(out, ']');
}

static void write_signal(struct strbuf *out, int sig, size_t skip)
{
	const char *name = signal_name(sig);

	if (name)
		strbuf_add(out, name + skip);
	else
		strbuf_add_i64(out, sig);
}

struct flag_list {
	struct strbuf *out;
	bool any;
};

static void write_flag(void *context, const char *name, uint32_t bit)
{
	struct flag_list *list = context;

	if (list->any)
		strbuf_add(list->out, ", ");
	list->any = true;
	if (name)
		strbuf_add(list->out, name);
	else
		strbuf_add_hex(list->out, bit);
}

bool explain_is_shell(const char comm[EVENT_COMM_SIZE])
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strncmp(comm, shells[i], EVENT_COMM_SIZE) == 0)
			return true;
	return false;
}

/* A shell, or a script that the kernel started by its first line: `trap` is the natural handler. */
static bool target_is_shell(const struct report *r)
{
	const char *comm = r->target.comm;
	size_t len = strnlen(comm, EVENT_COMM_SIZE);

	return explain_is_shell(comm) || (len > 3 && memcmp(comm + len - 3, ".sh", 3) == 0);
}

/* Bytes of a symbol that a sentence shows: names of C++ have no end. */
#define SYMBOL_SHOWN_MAX 96

void explain_write_handler(const struct report *r, struct strbuf *out)
{
	strbuf_add(out, "its handler");
	if (r->handler_symbol) {
		strbuf_add_char(out, ' ');
		strbuf_add_escaped(out, r->handler_symbol, SYMBOL_SHOWN_MAX);
		if (strnlen(r->handler_symbol, SYMBOL_SHOWN_MAX + 1) > SYMBOL_SHOWN_MAX)
			strbuf_add(out, "…");
	} else if (!(r->snapshot_facts & REPORT_FACT_HANDLER_NOT_KNOWN)) {
		strbuf_add_char(out, ' ');
		strbuf_add_hex(out, r->handler);
	}
}

static void write_template(const struct report *r, const char *text, struct strbuf *out);

static void write_word(const struct report *r, const char *word, size_t len, struct strbuf *out)
{
#define IS(text) (len == sizeof(text) - 1 && memcmp(word, text, len) == 0)
	if (IS("signal")) {
		write_signal(out, r->sig, 0);
	} else if (IS("name")) { /* as kill(1) takes it */
		write_signal(out, r->sig, sizeof("SIG") - 1);
	} else if (IS("handle_in_init")) {
		write_template(
			r,
			target_is_shell(r)
				? "in the script, `trap 'exit 0' {name}` before the work, `exec` the "
				  "last command, or start an init in front (docker run --init, tini)"
				: "handle {signal} in PID 1, or start an init in front of it "
				  "(docker run --init, tini)",
			out);
	} else if (IS("its_handler")) {
		explain_write_handler(r, out);
	} else if (IS("runtime")) {
		write_template(r,
			       runtime_meaning(r->handler_runtime, r->sig,
					       r->facts & EVENT_FACT_NAMESPACE_INIT),
			       out);
	} else if (IS("handler")) {
		strbuf_add_hex(out, r->handler);
	} else if (IS("sa_flags")) {
		struct flag_list list = {.out = out};

		sa_flags_visit(r->sa_flags & ~CAUSE_SA_RESTORER, write_flag, &list);
	} else if (IS("tgid")) {
		strbuf_add_u64(out, r->target.tgid);
	} else if (IS("tid")) {
		strbuf_add_u64(out, r->target.tid);
	} else if (IS("receiver")) {
		strbuf_add_u64(out, r->receiver_tid);
	} else if (IS("threads")) {
		strbuf_add_u64(out, r->threads);
	} else if (IS("tracer")) {
		write_process(out, r->tracer_comm, r->tracer_tgid);
	} else if (IS("exit_signal")) {
		write_signal(out, explain_group_exit_signal(r), 0);
	} else if (IS("exit_code")) {
		strbuf_add_u64(out, (r->group_exit_code >> 8) & 0xff);
	} else if (IS("result")) {
		strbuf_add_u64(out, r->result);
	} else if (IS("code")) {
		strbuf_add_i64(out, r->code);
	} else if (IS("signal_flags")) {
		strbuf_add_hex(out, r->signal_flags);
	} else if (IS("facts")) {
		strbuf_add_hex(out, r->facts);
	} else if (IS("state")) {
		strbuf_add_hex(out, r->state);
	}
#undef IS
}

static void write_template(const struct report *r, const char *text, struct strbuf *out)
{
	const char *open;

	while ((open = strchr(text, '{'))) {
		size_t len = strcspn(open + 1, "}");

		strbuf_add_bytes(out, text, open - text);
		write_word(r, open + 1, len, out);
		text = open + 1 + len + 1;
	}
	strbuf_add(out, text);
}

void explain_write(const struct report *r, const struct verdict *v, struct strbuf *out)
{
	if (r->kind == REPORT_FAILED) {
		failure_write(r, out);
		return;
	}
	if (r->kind == REPORT_GENERATE && r->result == EVENT_RESULT_ALREADY_PENDING)
		strbuf_add(out, "one is already pending, and this one adds nothing; ");
	write_template(r, v->rule->explanation, out);
	if (r->kind == REPORT_GENERATE && r->result == EVENT_RESULT_LOSE_INFO)
		strbuf_add(out, "; its siginfo was lost (RLIMIT_SIGPENDING)");
}

bool explain_write_remedy(const struct report *r, const struct verdict *v, struct strbuf *out)
{
	if (r->kind == REPORT_FAILED)
		return failure_write_remedy(r, out);
	if (!v->rule->remedy)
		return false;
	write_template(r, v->rule->remedy, out);
	return true;
}
