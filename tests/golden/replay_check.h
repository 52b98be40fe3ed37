/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays what was observed of checks, and reports them as `sigtrace check` does: lines with %
 * (tests/golden/check_specs.py) say what no record has; events and snapshots are those of trace and
 * inspect.
 */
#ifndef SIGTRACE_TESTS_REPLAY_CHECK_H
#define SIGTRACE_TESTS_REPLAY_CHECK_H

#include "check_renderer.h"
#include "replay_inspect.h"

#define REPLAY_RUNS_MAX 8

struct replay_check {
	struct check_run runs[REPLAY_RUNS_MAX];
	struct check_limits limits[REPLAY_RUNS_MAX];
	uint64_t elapsed_ns[REPLAY_RUNS_MAX];
	size_t len;
};

static struct check_run *replay_run(struct replay_check *check)
{
	if (check->len == 0)
		replay_fail("no check has begun");
	return &check->runs[check->len - 1];
}

static void replay_begin(struct replay_check *check, enum check_subject subject, const char *hex)
{
	struct check_run *run = &check->runs[check->len];

	if (check->len++ == REPLAY_RUNS_MAX)
		replay_fail("too many checks");
	run->subject = subject;
	run->name = replay_text(hex);
}

/* From here on all numbers of check_run: the one of that name, or NULL. */
static uint64_t *replay_number(struct check_run *run, struct check_limits *limits,
			       uint64_t *elapsed_ns, const char *name)
{
	const struct {
		const char *name;
		uint64_t *number;
	} rows[] = {
		{"ready_timeout_ns", &run->ready_timeout_ns},
		{"grace_ns", &run->grace_ns},
		{"began_ns", &run->began_ns},
		{"handler_missing_ns", &run->handler_missing_ns},
		{"init_start_boot_ns", &run->init_start_boot_ns},
		{"events_dropped", &run->events_dropped},
		{"processes_dropped", &run->processes_dropped},
		{"lost", &run->lost},
		{"looks_ns", &run->looks_ns},
		{"window_ns", &limits->startup_window_ns},
		{"elapsed_ns", elapsed_ns},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].number;
	return NULL;
}

static bool *replay_flag(struct check_run *run, struct check_limits *limits, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} rows[] = {
		{"sig_from_image", &run->sig_from_image},
		{"shell_form", &run->shell_form},
		{"interrupted", &run->interrupted},
		{"oom_killed", &run->oom_killed},
		{"sender_failed", &run->sender_failed},
		{"is_namespace_init", &run->is_namespace_init},
		{"strict", &limits->strict},
		{"expects", &limits->expects},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].flag;
	return NULL;
}

static void replay_copy(char *to, size_t size, char *text)
{
	snprintf(to, size, "%s", text);
	free(text);
}

static void replay_replace(const char **to, char *text)
{
	free((char *)*to);
	*to = text;
}

static void replay_set_text(struct check_run *run, const char *name, char *text)
{
	if (strcmp(name, "engine") == 0)
		replay_replace(&run->engine, text);
	else if (strcmp(name, "container") == 0)
		replay_copy(run->container, sizeof(run->container), text);
	else if (strcmp(name, "ready_wait") == 0)
		replay_replace(&run->ready_wait, text);
	else if (strcmp(name, "evidence_why") == 0)
		replay_copy(run->evidence_why, sizeof(run->evidence_why), text);
	else if (strcmp(name, "failure") == 0)
		replay_copy(run->failure, sizeof(run->failure), text);
	else if (strcmp(name, "comm") == 0)
		replay_copy(run->comm, sizeof(run->comm), text);
	else
		replay_fail("no such text of a check");
}

static enum check_evidence replay_evidence(const char *name)
{
	int evidence = CHECK_EVIDENCE_COUNT - 1;

	while (strcmp(check_evidence_name((enum check_evidence)evidence), name) != 0)
		if (evidence-- == 0)
			replay_fail("no such evidence");
	return (enum check_evidence)evidence;
}

static void replay_mark(struct check_run *run, const char *name, uint64_t boot_ns)
{
	int mark = CHECK_MARK_COUNT - 1;

	while (strcmp(check_mark_name((enum check_mark)mark), name) != 0)
		if (mark-- == 0)
			replay_fail("no such mark");
	if (check_run_add_mark(run, (enum check_mark)mark, boot_ns) < 0)
		replay_fail("no memory");
}

/* The snapshot that was read: what it says right before the signal. */
static void replay_before(struct check_run *run, const struct replay_snapshot *s)
{
	predict_signal(&s->table, process_table_find(&s->table, run->init_tgid), run->sig,
		       PREDICT_OUTSIDE, &run->before);
	run->has_before = true;
	if (!run->before.report.handler_symbol)
		return;
	snprintf(run->handler_name, sizeof(run->handler_name), "%s",
		 run->before.report.handler_symbol);
	run->before.report.handler_symbol = run->handler_name;
}

/* And at the end of the grace. Takes the table. */
static void replay_after(struct check_run *run, struct replay_snapshot *s)
{
	run->table = s->table;
	s->table = (struct process_table){0};
	run->after = process_table_find(&run->table, run->init_tgid);
	if (!run->after)
		replay_fail("the init is not in the snapshot");
	if (!stuck_is_due(run->after, 0, &run->stuck))
		run->stuck = (struct stuck){.reason = STUCK_REASON_ALIVE, .sig = run->sig};
	stuck_examine(&run->table, run->after, &run->stuck);
}

static void replay_set(struct replay_check *check, const char *name, uint64_t value)
{
	const size_t index = check->len - 1;
	struct check_run *run = replay_run(check);
	struct check_limits *limits = &check->limits[index];
	uint64_t *number = replay_number(run, limits, &check->elapsed_ns[index], name);
	bool *flag = replay_flag(run, limits, name);

	if (number) {
		*number = value;
	} else if (flag) {
		*flag = value;
	} else if (strcmp(name, "sig") == 0) {
		run->sig = (int)value;
	} else if (strcmp(name, "init_tgid") == 0) {
		run->init_tgid = (uint32_t)value;
	} else if (strcmp(name, "pid_ns") == 0) {
		run->pid_ns = (uint32_t)value;
	} else if (strcmp(name, "status") == 0) {
		run->status = (int)value;
		run->status_known = true;
	} else if (strcmp(name, "expect") == 0) {
		limits->expected[value / 8 % sizeof(limits->expected)] |= (uint8_t)(1U
										    << value % 8);
	} else {
		replay_fail("no such number of a check");
	}
}

/* One line that begins with %. */
static void replay_check_line(struct replay_check *check, struct replay_reader *reader,
			      const char *line)
{
	static char hex[REPLAY_TEXT_MAX];
	static char word[64];
	uint64_t value;

	if (sscanf(line, "%%image %2047s", hex) == 1) {
		replay_begin(check, CHECK_SUBJECT_IMAGE, hex);
	} else if (sscanf(line, "%%command %2047s", hex) == 1) {
		replay_begin(check, CHECK_SUBJECT_COMMAND, hex);
	} else if (sscanf(line, "%%text %63s %2047s", word, hex) == 2) {
		replay_set_text(replay_run(check), word, replay_text(hex));
	} else if (sscanf(line, "%%set %63s %" SCNu64, word, &value) == 2) {
		replay_set(check, word, value);
	} else if (sscanf(line, "%%evidence %63s", word) == 1) {
		replay_run(check)->evidence = replay_evidence(word);
	} else if (sscanf(line, "%%mark %63s %" SCNu64, word, &value) == 2) {
		replay_mark(replay_run(check), word, value);
	} else if (sscanf(line, "%%snapshot %63s %" SCNu64, word, &value) == 2) {
		if (!replay_reader_finish(reader))
			replay_fail("no record of a snapshot");
		if (strcmp(word, "before") == 0)
			replay_before(replay_run(check), &reader->snapshot);
		else if (strcmp(word, "after") == 0)
			replay_after(replay_run(check), &reader->snapshot);
		else if (check_run_look(replay_run(check), &reader->snapshot.table, value) < 0)
			replay_fail("no memory");
		replay_reader_reset(reader);
	} else {
		replay_fail("a line that nobody understands");
	}
}

static void replay_check_report(struct replay_check *check, const struct report *r,
				const struct verdict *v)
{
	if (check_run_add_report(replay_run(check), r, v) < 0)
		replay_fail("no memory");
}

static void replay_check_end(struct replay_check *check, const struct check_ops *ops,
			     const struct renderer_config *config)
{
	static const struct inspect_sink sink = {.put = replay_put};
	struct check_result results[REPLAY_RUNS_MAX];

	for (size_t i = 0; i < check->len; i++)
		results[i] = (struct check_result){
			.run = &check->runs[i],
			.judgement = check_judge(&check->runs[i], &check->limits[i]),
			.elapsed_ns = check->elapsed_ns[i],
		};
	ops->write(config, results, check->len, &sink);
	for (size_t i = 0; i < check->len; i++) {
		free((char *)check->runs[i].name);
		free((char *)check->runs[i].engine);
		free((char *)check->runs[i].ready_wait);
		check_run_free(&check->runs[i]);
	}
}

#endif
