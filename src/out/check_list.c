/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of what happened: its marks, what the kernel showed between the signal and the end, and
 * who was left. Each line has the time since the start. Of many events the first are shown, and the
 * others are counted.
 */
#include "check_facts.h"
#include "check_timeline.h"
#include "check_words.h"
#include "follow_words.h"
#include "signals.h"
#include "story_words.h"

#define LETTER_COLUMN 2
#define TIME_END      14 /* right-aligned: "1234.567 s" */
#define TEXT_COLUMN   16

#define NAMES_MAX 3 /* of a group of processes */

struct list {
	struct page *page;
	const struct check_run *run;
	size_t room;   /* for events */
	uint64_t more; /* events that found none */
	char data[PAGE_SENTENCE_SIZE_MAX];
	struct strbuf text; /* of the line in the making */
};

/* Those that were left, in two groups: whether anything asked them to end matters. */
enum group {
	GROUP_NOT_ASKED,
	GROUP_ASKED,
	GROUP_COUNT,
};

static enum group group_of(const struct check_process *p)
{
	return p->asked != 0 ? GROUP_ASKED : GROUP_NOT_ASKED;
}

static void end_line(struct list *list, char letter, const uint64_t *boot_ns)
{
	struct row *row = &list->page->row;
	uint64_t start_ns = list->run->started_ns;
	char data[sizeof("18446744073.710 s")];
	struct strbuf time;

	if (letter != ' ')
		row_add(row, LETTER_COLUMN, NULL, &letter, 1);
	if (boot_ns) {
		strbuf_init(&time, data, sizeof(data));
		check_words_write_seconds(*boot_ns > start_ns ? *boot_ns - start_ns : 0, &time);
		strbuf_add(&time, " s");
		row_add(row,
			time.len < TIME_END - LETTER_COLUMN - 2 ? TIME_END - time.len
								: LETTER_COLUMN + 2,
			page_color(list->page, COLOR_TIME), data, time.len);
	}
	row_wrap(row, TEXT_COLUMN, TEXT_COLUMN, list->data, list->text.len);
	page_end_line(list->page);
	strbuf_reset(&list->text);
}

static void write_task(const struct report_task *t, struct strbuf *out)
{
	const struct row_process p = {
		.comm = t->comm, .tgid = t->tgid, .tid = t->tgid, .ns_tgid = t->ns_tgid};

	row_write_process(out, &p, false);
}

static void write_process(const struct check_process *p, struct strbuf *out)
{
	const struct row_process process = {
		.comm = p->comm, .tgid = p->tgid, .tid = p->tgid, .ns_tgid = p->ns_tgid};

	row_write_process(out, &process, false);
}

static void write_init(const struct check_run *run, struct strbuf *out)
{
	const struct row_process p = {.comm = run->comm,
				      .tgid = run->init_tgid,
				      .tid = run->init_tgid,
				      .ns_tgid = run->is_namespace_init ? 1 : 0};

	row_write_process(out, &p, false);
}

static void write_signal_name(int sig, struct strbuf *out)
{
	if (signal_name(sig)) {
		strbuf_add(out, signal_name(sig));
		return;
	}
	strbuf_add(out, "signal ");
	strbuf_add_i64(out, sig);
}

/* " -> ignored (unkillable_sig_dfl)" */
static void write_result(const struct check_event *e, struct strbuf *out)
{
	const char *result = event_result_name(e->report.result);

	strbuf_add(out, " -> ");
	strbuf_add(out, result ? result : "?");
	if (!e->has_verdict)
		return;
	strbuf_add(out, " (");
	strbuf_add(out, cause_name(e->verdict.cause));
	strbuf_add_char(out, ')');
}

static void write_explanation(const struct check_event *e, struct strbuf *out)
{
	if (!e->has_verdict)
		return;
	strbuf_add(out, ": ");
	explain_write(&e->report, &e->verdict, out);
}

static void write_started(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "started");
	if (run->init_tgid == 0)
		return;
	strbuf_add(out, ": ");
	if (run->comm[0] != '\0') {
		write_init(run, out);
		return;
	}
	strbuf_add(out, "process ");
	strbuf_add_u64(out, run->init_tgid);
}

static void write_handler(const struct check_run *run, struct strbuf *out)
{
	strbuf_add(out, "a handler for ");
	strbuf_add(out, check_words_signal(run));
	strbuf_add(out, " was seen");
	if (run->handler_missing_ns <= run->started_ns)
		return;
	strbuf_add(out, "; at ");
	check_words_write_seconds(run->handler_missing_ns - run->started_ns, out);
	strbuf_add(out, " s there was none");
}

/* What became of it; without an event what was to be expected of it right before. */
static void write_sent(const struct check_run *run, struct strbuf *out)
{
	const struct check_event *e = check_run_generation(run);

	strbuf_add(out, check_words_signal(run));
	strbuf_add(out, " sent");
	if (e) {
		write_result(e, out);
		write_explanation(e, out);
	} else if (run->has_before && run->before.known) {
		strbuf_add(out, "; right before, this was to be expected: ");
		explain_write(&run->before.report, &run->before.verdict, out);
	}
}

static void write_over(const struct check_run *run, struct strbuf *out)
{
	const char *separator = ": ";

	strbuf_add(out, "the grace period is over, and it is ");
	strbuf_add(out, check_is_not_gone(run) ? "not gone" : "still running");
	if (!run->after || run->stuck.reason == STUCK_REASON_NONE)
		return;
	for (size_t i = 0; i < run->stuck.len; i++) {
		strbuf_add(out, separator);
		stuck_write(&run->table, run->after, &run->stuck.findings[i], out);
		separator = "; ";
	}
}

static void write_exited(const struct check_run *run, struct strbuf *out)
{
	uint64_t end_ns = check_end_ns(run);

	check_write_status(run, out);
	if (run->sent_ns == 0 || end_ns < run->sent_ns)
		return;
	strbuf_add(out, ", ");
	strbuf_add_duration(out, end_ns - run->sent_ns);
	strbuf_add(out, " after ");
	strbuf_add(out, check_words_signal(run));
}

static void write_killed(const struct check_run *run, struct strbuf *out)
{
	if (run->left_behind)
		strbuf_add(out, "the check could not clear up all of it: the message on stderr "
				"says what is left");
	else
		strbuf_add(out, "killed by the check, with everything that it had started");
}

static void write_mark(const struct check_run *run, const struct check_event *e, struct strbuf *out)
{
	switch (e->mark) {
	case CHECK_MARK_STARTED:
		write_started(run, out);
		break;
	case CHECK_MARK_HANDLER:
		write_handler(run, out);
		break;
	case CHECK_MARK_READY:
		strbuf_add(out, "ready: ");
		strbuf_add_escaped(out, run->ready_wait, PAGE_SENTENCE_SIZE_MAX / 8);
		break;
	case CHECK_MARK_SENT:
		write_sent(run, out);
		break;
	case CHECK_MARK_GRACE_OVER:
		write_over(run, out);
		break;
	case CHECK_MARK_KILLED:
		write_killed(run, out);
		break;
	case CHECK_MARK_EXITED:
		write_exited(run, out);
		break;
	case CHECK_MARK_REPORT:
	case CHECK_MARK_COUNT:
		break;
	}
}

/* Of everybody but the init the name comes first; the init is "it". */
static void write_subject(const struct check_event *e, struct strbuf *out)
{
	if (e->of_init)
		return;
	write_task(&e->report.target, out);
	strbuf_add(out, ": ");
}

static void write_generate(const struct check_event *e, struct strbuf *out)
{
	const struct report *r = &e->report;

	write_signal_name(r->sig, out);
	strbuf_add(out, " from ");
	if (r->origin != ORIGIN_NOT_KNOWN)
		strbuf_add(out, origin_phrase(r->origin));
	else if (r->sender_kind == SENDER_KERNEL || r->sender.source == REPORT_SOURCE_ABSENT)
		strbuf_add(out, "the kernel");
	else
		write_task(&r->sender, out);
	strbuf_add(out, " to ");
	write_task(&r->target, out);
	write_result(e, out);
	if (e->has_verdict && e->verdict.problem)
		write_explanation(e, out);
}

static void write_failed(const struct check_event *e, struct strbuf *out)
{
	const struct report *r = &e->report;

	write_task(&r->sender, out);
	strbuf_add(out, " could not send ");
	write_signal_name(r->failure.sig, out);
	strbuf_add(out, " to ");
	if (r->target.source == REPORT_SOURCE_ABSENT)
		follow_write_argument(r, out);
	else
		write_task(&r->target, out);
	strbuf_add(out, ": ");
	follow_write_call(r, out);
	follow_write_error(r, out);
	write_explanation(e, out);
}

static void write_report(const struct check_event *e, struct strbuf *out)
{
	const struct report *r = &e->report;

	switch (r->kind) {
	case REPORT_GENERATE:
		write_generate(e, out);
		break;
	case REPORT_DELIVER:
		strbuf_add(out, "it takes ");
		write_signal_name(r->sig, out);
		write_explanation(e, out);
		break;
	case REPORT_EXIT:
		write_subject(e, out);
		story_write_exit(r, out);
		break;
	case REPORT_RETURN:
		follow_write_return(r, out);
		break;
	case REPORT_FAILED:
		write_failed(e, out);
		break;
	case REPORT_TAKEN:
		write_subject(e, out);
		write_signal_name(r->sig, out);
		strbuf_add(out, " was taken ");
		follow_write_taken(r, out);
		break;
	case REPORT_HANDLER:
		write_subject(e, out);
		follow_write_handler(r, out);
		break;
	case REPORT_CGROUP:
	case REPORT_ALIVE:
	case REPORT_KIND_COUNT:
		break;
	}
}

/* A child's end tells its parent by SIGCHLD, and so on. */
static bool is_noise(const struct check_run *run, int sig)
{
	enum default_action action = signal_default_action(sig);

	return sig != run->sig && (action == DEFAULT_IGNORE || action == DEFAULT_CONTINUE);
}

/* Between the signal and the end; all of the init's if it was never sent. */
static bool is_in_time(const struct check_run *run, const struct check_event *e)
{
	if (run->ended_ns != 0 && e->boot_ns > check_end_ns(run))
		return false;
	if (run->over_ns != 0 && e->boot_ns > run->over_ns)
		return false;
	return run->sent_ns != 0 ? e->boot_ns >= run->sent_ns : e->of_init;
}

/* What the marks and the processes that were left do not say already. */
static bool is_shown(const struct check_run *run, const struct check_event *e)
{
	const struct report *r = &e->report;

	if (e->mark != CHECK_MARK_REPORT || !is_in_time(run, e))
		return false;
	switch (r->kind) {
	case REPORT_GENERATE:
		return r->origin != ORIGIN_PID_NAMESPACE_TEARDOWN && !is_noise(run, r->sig) &&
		       e != check_run_generation(run);
	case REPORT_DELIVER: /* each thread of a process that ends has one of a group exit */
		return e->of_init && !is_noise(run, r->sig) && e->verdict.cause != CAUSE_GROUP_EXIT;
	case REPORT_RETURN:
		return e->of_init && !is_noise(run, r->sig);
	case REPORT_EXIT: /* there is no mark for an init that is not gone */
		return !e->of_init || check_is_not_gone(run);
	case REPORT_FAILED:
	case REPORT_TAKEN:
	case REPORT_HANDLER:
		return true;
	case REPORT_CGROUP:
	case REPORT_ALIVE:
	case REPORT_KIND_COUNT:
		break;
	}
	return false;
}

static size_t group_size(const struct check_run *run, enum group group)
{
	size_t count = 0;

	for (size_t i = 0; i < run->processes_len; i++)
		count += check_words_survived(run, &run->processes[i]) &&
			 group_of(&run->processes[i]) == group;
	return count;
}

static void write_names(const struct check_run *run, enum group group, size_t count,
			struct strbuf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < run->processes_len && shown < NAMES_MAX; i++) {
		const struct check_process *p = &run->processes[i];

		if (!check_words_survived(run, p) || group_of(p) != group)
			continue;
		if (shown++ > 0)
			strbuf_add(out, ", ");
		write_process(p, out);
		if (p->asked == 0)
			continue;
		strbuf_add(out, " (");
		write_signal_name(p->asked, out);
		strbuf_add(out, ": ");
		strbuf_add(out, cause_name(p->asked_cause));
		strbuf_add_char(out, ')');
	}
	if (count <= shown)
		return;
	strbuf_add(out, " and ");
	strbuf_add_u64(out, count - shown);
	strbuf_add(out, " more");
}

/* No more than the evidence proves: without events nobody knows who was asked. */
static const char *asked_words(const struct check_run *run, enum group group)
{
	if (group == GROUP_ASKED)
		return " that had been asked to end: ";
	if (run->evidence != CHECK_EVIDENCE_BPF)
		return ": ";
	return check_sees_signals(run) ? " that nothing had asked to end: "
				       : " of which no signal was seen that asks to end: ";
}

static void write_torn_down(const struct check_run *run, struct strbuf *out)
{
	if (run->evidence == CHECK_EVIDENCE_BPF) {
		strbuf_add(out, "the end of its PID namespace killed ");
		return;
	}
	strbuf_add(out, "still there at the last look");
	if (run->looks_ns != 0) {
		strbuf_add(out, ", at most ");
		strbuf_add_duration(out, run->looks_ns);
		strbuf_add(out, " before");
	}
	strbuf_add(out, ": ");
}

static void write_group(struct list *list, enum group group, bool torn_down)
{
	const struct check_run *run = list->run;
	struct strbuf *out = &list->text;
	size_t count = group_size(run, group);

	if (count == 0)
		return;
	if (torn_down)
		write_torn_down(run, out);
	else
		strbuf_add(out, "beside it, still there: ");
	row_write_count(out, count, "process", "processes");
	strbuf_add(out, asked_words(run, group));
	write_names(run, group, count, out);
	end_line(list, ' ', NULL);
}

static void write_more(struct list *list)
{
	if (list->more == 0)
		return;
	strbuf_add(&list->text, "and ");
	row_write_count(&list->text, list->more, "more event", "more events");
	end_line(list, ' ', NULL);
	list->more = 0;
}

/* How many lines the events may have. */
static size_t room_for_events(const struct check_run *run)
{
	size_t lines = 0;

	for (size_t i = 0; i < run->events_len; i++)
		lines += check_timeline_has(run, &run->events[i]);
	for (int group = 0; group < GROUP_COUNT; group++)
		lines += group_size(run, (enum group)group) > 0;
	return lines < CHECK_LIST_MAX ? CHECK_LIST_MAX - lines : 0;
}

static size_t count_events(const struct check_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->events_len; i++)
		count += is_shown(run, &run->events[i]);
	return count;
}

static void write_event(struct list *list, const struct check_event *e)
{
	if (list->room == 0) {
		list->more++;
		return;
	}
	list->room--;
	write_report(e, &list->text);
	end_line(list, ' ', &e->boot_ns);
}

static void write_marked(struct list *list, const struct check_event *e)
{
	const uint64_t boot_ns = check_timeline_ns(list->run, e);

	write_more(list);
	write_mark(list->run, e, &list->text);
	end_line(list, check_timeline_letter(e->mark), &boot_ns);
	if (e->mark != CHECK_MARK_EXITED && e->mark != CHECK_MARK_GRACE_OVER)
		return;
	for (int group = 0; group < GROUP_COUNT; group++)
		write_group(list, (enum group)group, e->mark == CHECK_MARK_EXITED);
}

void check_list_write(struct page *page, const struct check_run *run)
{
	struct list list = {.page = page, .run = run, .room = room_for_events(run)};

	strbuf_init(&list.text, list.data, sizeof(list.data));
	/* One line says how many are left out. */
	if (list.room > 0 && count_events(run) > list.room)
		list.room--;
	for (size_t i = 0; i < run->events_len; i++) {
		const struct check_event *e = &run->events[i];

		if (check_timeline_has(run, e))
			write_marked(&list, e);
		else if (is_shown(run, e))
			write_event(&list, e);
	}
	write_more(&list);
}
