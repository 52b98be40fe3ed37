/* SPDX-License-Identifier: BSD-2-Clause */
/* sigtrace features: what this machine and this user can do. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "feature.h"
#include "log.h"
#include "options.h"

static struct {
	struct common_options common;
	bool json;
} options;

static int parse_output(const char *argument, void *unused)
{
	(void)unused;
	if (strcmp(argument, "text") && strcmp(argument, "json"))
		return options_unknown_format(argument, "text, json");
	options.json = argument[0] == 'j';
	return 0;
}

static const char *state_word(enum features_state state)
{
	static const char *const words[] = {
		[FEATURES_UNKNOWN] = "unknown",
		[FEATURES_NO] = "NO",
		[FEATURES_YES] = "yes",
	};
	_Static_assert(sizeof(words) / sizeof(words[0]) == FEATURES_STATE_COUNT,
		       "a word for every state");

	return words[state];
}

static void put_labelled(struct writer *w, size_t column, const char *label, const char *text)
{
	cli_put_spaces(w, column);
	writer_puts(w, label);
	cli_put_wrapped(w, text, column + strlen(label), column + strlen(label),
			CLI_TEXT_WIDTH + 20);
}

static void put_item(struct writer *w, const struct features_item *item, size_t name_width)
{
	size_t column = name_width + 2 + strlen("unknown") + 2;
	const char *word = state_word(item->state);

	writer_puts(w, item->name);
	cli_put_spaces(w, name_width + 2 - strlen(item->name));
	writer_puts(w, word);
	cli_put_spaces(w, column - name_width - 2 - strlen(word));
	cli_put_wrapped(w, item->evidence, column, column, CLI_TEXT_WIDTH + 20);
	if (item->state == FEATURES_YES)
		return;
	if (item->needed_by[0]) {
		char list[128] = "";

		for (size_t i = 0; item->needed_by[i]; i++) {
			strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
			strncat(list, item->needed_by[i], sizeof(list) - strlen(list) - 1);
		}
		put_labelled(w, column, "needed by: ", list);
	}
	put_labelled(w, column, "without it: ", item->cost);
	if (item->needed_by[0])
		put_labelled(w, column, "to get it: ", item->remedy);
}

/* What inspect reads; it can always run. */
static void put_inspect(struct writer *w, const struct features *f)
{
	struct features_problem problem;

	if (features_judge_inspect(f, &problem) == 0) {
		writer_puts(w, "inspect reads the kernel\n");
		return;
	}
	writer_puts(w, "inspect reads /proc only: ");
	writer_puts(w, problem.why);
	writer_puts(w, "; do: ");
	writer_puts(w, problem.remedy);
	writer_puts(w, "\n");
}

static int put_text(const struct features *f, const struct features_problem *problem)
{
	struct writer *w = cli_stdout();
	size_t name_width = 0;

	for (size_t i = 0; i < f->count; i++)
		if (strlen(f->items[i].name) > name_width)
			name_width = strlen(f->items[i].name);
	for (size_t i = 0; i < f->count; i++)
		put_item(w, &f->items[i], name_width);
	put_inspect(w, f);
	if (problem) {
		writer_puts(w, "trace cannot run: ");
		writer_puts(w, problem->what);
		writer_puts(w, "; do: ");
		writer_puts(w, problem->remedy);
		writer_puts(w, "\n");
	} else {
		writer_puts(w, "trace can run\n");
	}
	return 0;
}

static json_t *pack_item(const struct features_item *item)
{
	json_t *object, *needed_by = json_array();
	int err = needed_by ? 0 : -1;

	for (size_t i = 0; item->needed_by[i]; i++)
		err |= json_array_append_new(needed_by, json_string(item->needed_by[i]));
	/* Takes needed_by over, also when it fails. */
	object = json_pack("{s:s, s:o, s:b, s:s, s:s, s:s}", "name", item->name, "needed_by",
			   needed_by, "required", item->required, "evidence", item->evidence,
			   "cost", item->cost, "remedy", item->remedy);
	if (object && item->state != FEATURES_UNKNOWN)
		err |= json_object_set_new(object, "available",
					   json_boolean(item->state == FEATURES_YES));
	if (err) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *pack_features(const struct features *f, const struct features_problem *problem)
{
	json_t *document, *items = json_array();
	int err = items ? 0 : -1;

	for (size_t i = 0; i < f->count; i++)
		err |= json_array_append_new(items, pack_item(&f->items[i]));
	/* The release is the kernel's own text, and may be anything: "?" where it is not UTF-8. */
	document = json_pack("{s:i, s:s, s:o, s:o, s:o, s:b}", "v", 1, "type", "features", "kernel",
			     json_string(f->kernel) ?: json_string("?"), "architecture",
			     json_string(f->machine) ?: json_string("?"), "items", items,
			     "can_trace", problem == NULL);
	if (document && problem)
		err |= json_object_set_new(
			document, "problem",
			json_pack("{s:s, s:s}", "what", problem->what, "remedy", problem->remedy));
	if (err) {
		json_decref(document);
		return NULL;
	}
	return document;
}

static int put_json(const struct features *f, const struct features_problem *problem)
{
	json_t *document = pack_features(f, problem);
	char *text = document ? json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;

	json_decref(document);
	if (!text)
		return -ENOMEM;
	writer_puts(cli_stdout(), text);
	writer_puts(cli_stdout(), "\n");
	free(text);
	return 0;
}

static int run_features(int argc, char **argv)
{
	struct features_problem problem;
	struct features f;
	bool can_trace;
	int err;

	(void)argc;
	(void)argv;
	log_init(options.common.verbosity);
	features_probe(&f);
	can_trace = features_judge(&f, &problem) == 0;
	err = (options.json ? put_json : put_text)(&f, can_trace ? NULL : &problem);
	if (err < 0) {
		cli_error("cannot print the features: %s", strerror(-err));
		return EXIT_INTERNAL;
	}
	return cli_finish(can_trace ? EXIT_FINE : EXIT_CANNOT_RUN);
}

static const struct cli_option features_options[] = {
	{.name = "output",
	 .short_name = 'o',
	 .argument = "text|json",
	 .help = "how to print: text, or one JSON document",
	 .completion = "text json",
	 .parse = parse_output},
	{.name = "verbose",
	 .short_name = 'v',
	 .help = "show libbpf's messages on stderr; twice: all of them",
	 .parse = options_parse_verbose},
	{0},
};

static const struct cli_example features_examples[] = {
	{"sudo sigtrace features", "what root can do here"},
	{"sigtrace features", "what you can do here"},
	{"sudo sigtrace features -o json | jq '.items[] | select(.available != true)'",
	 "what is missing, for a script"},
	{0},
};

const struct cli_command features_command = {
	.name = "features",
	.summary = "show what this machine and this user can do",
	.usage = "[OPTIONS]",
	.description = "Shows what sigtrace finds on this machine and may do as this user: each "
		       "item with the evidence (what was read or tried), and for what is missing, "
		       "what that costs and how to get it. The last two lines say what inspect "
		       "reads and whether trace can run.\n"
		       "The exit status is 0 if trace can run, else 3. Nothing stays loaded.",
	.options = features_options,
	.examples = features_examples,
	.run = run_features,
	.options_data = &options,
};
