// SPDX-License-Identifier: BSD-2-Clause
#include "stuck_json.h"

static void add_finding(struct node findings, const struct process_table *t,
			const struct process *p, const struct stuck_finding *f)
{
	struct node finding = node_append_object(findings);
	char data[JSON_SENTENCE_SIZE_MAX];
	struct strbuf text;

	strbuf_init(&text, data, sizeof(data));
	stuck_write(t, p, f, &text);
	node_add_name(finding, "rule", stuck_rule_name(f->rule));
	node_add_name(finding, "explanation", data);
	strbuf_reset(&text);
	if (stuck_write_remedy(t, p, f, &text))
		node_add_name(finding, "remedy", data);
	if (f->rule == STUCK_RULE_BLOCKED)
		node_add_signal_name(finding, "signal", f->sig);
	if (f->thread)
		node_add_u64(finding, "tid", f->thread->tid);
	if (f->other)
		node_add_process_name(finding, "other", f->other->tgid, f->other->comm);
	node_add_u64_if_known(finding, "count", f->count);
}

void stuck_add_members(struct node to, const struct process_table *t, const struct process *p,
		       const struct stuck *s)
{
	char data[JSON_SENTENCE_SIZE_MAX];
	struct node findings;
	struct strbuf text;

	node_add_name(to, "reason", stuck_reason_name(s->reason));
	if (s->sig != 0)
		node_add_signal_name(to, "signal", s->sig);
	strbuf_init(&text, data, sizeof(data));
	stuck_write_reason(p, s, &text);
	node_add_name(to, "explanation", data);
	findings = node_add_array(to, "findings");
	for (size_t i = 0; i < s->len; i++)
		add_finding(findings, t, p, &s->findings[i]);
}
