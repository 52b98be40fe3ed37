// SPDX-License-Identifier: BSD-2-Clause
#include "choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "container_words.h"
#include "options.h"
#include "parse.h"

static int add_word(const char *argument, void *data, enum choice_kind kind, const char *option)
{
	struct choice *c = &((struct common_options *)data)->choice;

	if (!*argument) {
		cli_error("%s: the name is empty", option);
		return -EINVAL;
	}
	if (c->len == CHOICE_WORDS_MAX) {
		cli_error("%s: more than %d are too many; select with -t, or without", option,
			  CHOICE_WORDS_MAX);
		return -EINVAL;
	}
	c->words[c->len++] = (struct choice_word){.kind = kind, .text = argument};
	return 0;
}

int choice_parse_container(const char *argument, void *data)
{
	return add_word(argument, data, CHOICE_CONTAINER, "-c");
}

int choice_parse_pod(const char *argument, void *data)
{
	const char *slash = strchr(argument, '/');

	if (slash && (slash == argument || !slash[1] || strchr(slash + 1, '/'))) {
		cli_error("--pod: %s is neither NAME nor NAMESPACE/NAME", cli_quote(argument));
		return -EINVAL;
	}
	return add_word(argument, data, CHOICE_POD, "--pod");
}

/*
 * The path as the kernel writes it, with one '/' before each part and without ".", because paths of
 * cgroups are compared as text. 0 and *ret, -EINVAL: it has "..", or -ENOMEM.
 */
static int fold_path(const char *path, char **ret)
{
	char *folded = malloc(strlen(path) + 2);
	size_t len = 0;

	if (!folded)
		return -ENOMEM;
	while (*path) {
		const size_t part = strcspn(path, "/");

		if (part == 2 && memcmp(path, "..", 2) == 0) {
			free(folded);
			return -EINVAL;
		}
		if (part > 0 && !(part == 1 && *path == '.')) {
			folded[len++] = '/';
			memcpy(folded + len, path, part);
			len += part;
		}
		path += part + (path[part] == '/');
	}
	if (len == 0)
		folded[len++] = '/';
	folded[len] = '\0';
	*ret = folded;
	return 0;
}

int choice_parse_cgroup(const char *argument, void *data)
{
	char *path = NULL;
	int r;

	if (argument[0] != '/') {
		cli_error(
			"--cgroup: %s is no absolute path: give its directory (/sys/fs/cgroup/…), "
			"or its path in the tree as in /proc/PID/cgroup",
			cli_quote(argument));
		return -EINVAL;
	}
	r = fold_path(argument, &path);
	if (r == -EINVAL)
		cli_error("--cgroup: %s has '..' in it: name the cgroup without that",
			  cli_quote(argument));
	else if (r < 0)
		cli_error("--cgroup: %s", strerror(-r));
	if (r == 0)
		r = add_word(path, data, CHOICE_CGROUP, "--cgroup");
	if (r < 0)
		free(path);
	return r;
}

int choice_parse_pid_ns(const char *argument, void *data)
{
	struct choice *c = &((struct common_options *)data)->choice;
	const char *digits = argument;
	size_t len = strlen(argument);
	uint64_t number;
	int r;

	if (strncmp(argument, "pid:[", 5) == 0 && argument[len - 1] == ']') {
		digits += 5;
		len -= 6;
	}
	if (parse_u64_span(digits, len, 1, UINT32_MAX, &number) < 0) {
		cli_error("--pid-ns: %s is neither the inode of a PID namespace nor a pid "
			  "(lsns -t pid lists them)",
			  cli_quote(argument));
		return -EINVAL;
	}
	r = add_word(argument, data, CHOICE_PID_NS, "--pid-ns");
	if (r == 0)
		c->words[c->len - 1].number = (uint32_t)number;
	return r;
}

int choice_parse_wait(const char *argument, void *data)
{
	(void)argument;
	((struct common_options *)data)->choice.wait = true;
	return 0;
}

static int take_folder(const char *argument, const char **place, const char *option)
{
	if (argument[0] != '/') {
		cli_error("%s: %s is no absolute path", option, cli_quote(argument));
		return -EINVAL;
	}
	*place = argument;
	return 0;
}

int choice_parse_host_root(const char *argument, void *data)
{
	struct choice *c = &((struct common_options *)data)->choice;

	return take_folder(argument, &c->places.host_root, "--host-root");
}

int choice_parse_containerd_state(const char *argument, void *data)
{
	struct choice *c = &((struct common_options *)data)->choice;

	return take_folder(argument, &c->places.containerd_state, "--containerd-state");
}

int choice_parse_docker_root(const char *argument, void *data)
{
	struct choice *c = &((struct common_options *)data)->choice;

	return take_folder(argument, &c->places.docker_root, "--docker-root");
}

int choice_parse_storage_root(const char *argument, void *data)
{
	struct choice *c = &((struct common_options *)data)->choice;

	return take_folder(argument, &c->places.storage_root, "--storage-root");
}

bool choice_has_cgroups(const struct choice *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->words[i].kind != CHOICE_PID_NS)
			return true;
	return false;
}

bool choice_has_names(const struct choice *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->words[i].kind == CHOICE_CONTAINER || c->words[i].kind == CHOICE_POD)
			return true;
	return false;
}

bool choice_has_pid_ns(const struct choice *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->words[i].kind == CHOICE_PID_NS)
			return true;
	return false;
}

/* As sigtrace itself shows it: what was copied from there is understood. */
static bool is_shown_as(const struct container *container, const char *text)
{
	char data[CHOICE_NAME_SIZE];
	struct strbuf name;

	if (container->sandbox) /* it is shown as its pod, which is more */
		return false;
	strbuf_init(&name, data, sizeof(data));
	container_write_name(container, &name);
	return !name.cut && strcmp(data, text) == 0;
}

bool choice_word_matches(const struct choice_word *word, const struct container *container)
{
	switch (word->kind) {
	case CHOICE_CONTAINER:
		return container_matches(container, word->text) ||
		       is_shown_as(container, word->text);
	case CHOICE_POD:
		return container_matches_pod(container, word->text);
	case CHOICE_CGROUP:
	case CHOICE_PID_NS:
	case CHOICE_KIND_COUNT:
		break;
	}
	return false;
}

bool choice_meets_container(struct choice *c, const struct container *container)
{
	bool meets = false;

	for (size_t i = 0; i < c->len; i++) {
		if (!choice_word_matches(&c->words[i], container))
			continue;
		c->words[i].met = true;
		meets = true;
	}
	return meets;
}

bool choice_meets_path(struct choice *c, const struct cgroups *cgroups, const char *path)
{
	bool meets = false;

	for (size_t i = 0; i < c->len; i++) {
		if (c->words[i].kind != CHOICE_CGROUP ||
		    !cgroups_is_in(cgroups, path, c->words[i].text))
			continue;
		c->words[i].met = true;
		meets = true;
	}
	return meets;
}

bool choice_is_met(const struct choice *c)
{
	for (size_t i = 0; i < c->len; i++)
		if (!c->words[i].met)
			return false;
	return true;
}

void choice_write(const struct choice *c, bool missing_only, struct strbuf *out)
{
	static const char *const kinds[] = {
		[CHOICE_CONTAINER] = "container ",
		[CHOICE_POD] = "pod ",
		[CHOICE_CGROUP] = "cgroup ",
		[CHOICE_PID_NS] = "PID namespace ",
	};

	const char *between = "";

	for (size_t i = 0; i < c->len; i++) {
		const struct choice_word *word = &c->words[i];

		if (missing_only && word->met)
			continue;
		strbuf_add(out, between);
		between = ", ";
		strbuf_add(out, kinds[word->kind]);
		strbuf_add(out, word->is_pid ? "of process " : "");
		strbuf_add(out, word->text);
	}
}
