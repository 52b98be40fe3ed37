/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_words.h"

#include "check_facts.h"
#include "signals.h"
#include "utf8.h"

#define NS_PER_S  1000000000
#define NS_PER_MS 1000000

const char *check_words_subject(const struct check_run *run)
{
	return run->subject == CHECK_SUBJECT_IMAGE ? "image" : "command";
}

void check_words_write_name(const struct check_run *run, struct strbuf *out)
{
	static const char cut[] = "..";
	char text[CHECK_WORDS_NAME_SIZE];
	struct strbuf name;

	strbuf_init(&name, text, sizeof(text));
	strbuf_add_escaped(&name, run->name, SIZE_MAX);
	if (!name.cut && utf8_columns(text, name.len) <= CHECK_WORDS_NAME_COLUMNS) {
		strbuf_add_bytes(out, text, name.len);
		return;
	}
	strbuf_add_bytes(out, text,
			 utf8_fit(text, name.len, CHECK_WORDS_NAME_COLUMNS - (sizeof(cut) - 1)));
	strbuf_add(out, cut);
}

const char *check_words_signal(const struct check_run *run)
{
	const char *name = signal_name(run->sig);

	return name ? name : "the signal";
}

void check_words_write_seconds(uint64_t ns, struct strbuf *out)
{
	uint64_t ms = ns / NS_PER_MS + (ns % NS_PER_MS >= NS_PER_MS / 2);

	strbuf_add_u64(out, ms / (NS_PER_S / NS_PER_MS));
	strbuf_add_char(out, '.');
	strbuf_add_u64_padded(out, ms % (NS_PER_S / NS_PER_MS), 3);
}

void check_words_write_reason(const struct check_run *run, enum check_reason reason,
			      struct strbuf *out)
{
	strbuf_add(out, check_reason_name(reason));
	strbuf_add(out, ": ");
	check_write_reason(run, reason, out);
}

void check_words_write_verdict(const struct check_result *result, struct strbuf *out)
{
	static const char *const words[] = {
		[CHECK_PASS] = "PASS ",
		[CHECK_FAIL] = "FAIL ",
		[CHECK_INCONCLUSIVE] = "INCONCLUSIVE ",
	};

	_Static_assert(sizeof(words) / sizeof(words[0]) == CHECK_VERDICT_COUNT, "words");
	strbuf_add(out, words[result->judgement.verdict]);
	check_words_write_name(result->run, out);
	strbuf_add(out, ": ");
	check_words_write_reason(result->run, result->judgement.reason, out);
}

bool check_words_has_exit(const struct check_run *run)
{
	return run->status_known && (check_ended_alone(run) || check_is_not_gone(run));
}

bool check_words_survived(const struct check_run *run, const struct check_process *p)
{
	return check_ended_alone(run) ? p->torn_down : !p->ended;
}
