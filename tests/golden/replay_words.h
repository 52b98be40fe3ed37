/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a recording that no record has: texts, and the containers of processes. */
#ifndef SIGTRACE_TESTS_REPLAY_WORDS_H
#define SIGTRACE_TESTS_REPLAY_WORDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"

#define REPLAY_CONTAINERS_MAX 64

static void replay_fail(const char *what)
{
	fprintf(stderr, "replay: %s\n", what);
	exit(1);
}

/* A text in hexadecimal digits. */
static char *replay_text(const char *hex)
{
	size_t len = strspn(hex, "0123456789abcdef") / 2;
	char *text = calloc(1, len + 1);

	if (!text)
		replay_fail("no memory");
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			replay_fail("not hexadecimal");
		text[i] = (char)byte;
	}
	return text;
}

static enum container_runtime replay_container_runtime(const char *name)
{
	int runtime = CONTAINER_RUNTIME_COUNT - 1;

	if (strcmp(name, "-") == 0)
		return CONTAINER_RUNTIME_NOT_KNOWN;
	while (strcmp(container_runtime_name((enum container_runtime)runtime), name) != 0)
		if (--runtime == CONTAINER_RUNTIME_NOT_KNOWN)
			replay_fail("no such runtime of containers");
	return (enum container_runtime)runtime;
}

static void replay_container_member(struct container *c, const char *key, char *text)
{
	if (strcmp(key, "id") == 0) {
		snprintf(c->id, sizeof(c->id), "%s", text);
		free(text);
	} else if (strcmp(key, "sandbox") == 0) {
		c->sandbox = true;
		free(text);
	} else if (strcmp(key, "name") == 0) {
		c->name = text;
	} else if (strcmp(key, "image") == 0) {
		c->image = text;
	} else if (strcmp(key, "pod") == 0) {
		c->pod = text;
	} else if (strcmp(key, "namespace") == 0) {
		c->namespace = text;
	} else if (strcmp(key, "pod_uid") == 0) {
		c->pod_uid = text;
	} else if (strcmp(key, "container_name") == 0) {
		c->in_pod = text;
	} else {
		replay_fail("no such member of a container");
	}
}

/* From "RUNTIME,KEY:HEX,…", up to a blank. It is good until the program ends. */
static const struct container *replay_container(const char *words)
{
	static struct container containers[REPLAY_CONTAINERS_MAX];
	static size_t len;
	char *copy = strndup(words, strcspn(words, " \n"));
	struct container *c = &containers[len];
	char *rest = copy;
	char *word;

	if (!copy || len++ == REPLAY_CONTAINERS_MAX)
		replay_fail("too many containers");
	c->runtime = replay_container_runtime(strsep(&rest, ","));
	while ((word = strsep(&rest, ","))) {
		char *hex = strchr(word, ':');

		if (!hex)
			replay_fail("a member of a container without a value");
		*hex++ = '\0';
		replay_container_member(c, word, replay_text(hex));
	}
	free(copy);
	return c;
}

#endif
