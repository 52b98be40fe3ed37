/* SPDX-License-Identifier: BSD-2-Clause */
#include "container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define ID_PREFIX_MIN 4

const char *container_runtime_name(enum container_runtime runtime)
{
	static const char *const names[] = {
		[CONTAINER_RUNTIME_NOT_KNOWN] = NULL,
		[CONTAINER_RUNTIME_DOCKER] = "docker",
		[CONTAINER_RUNTIME_CONTAINERD] = "containerd",
		[CONTAINER_RUNTIME_CRIO] = "cri-o",
		[CONTAINER_RUNTIME_PODMAN] = "podman",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == CONTAINER_RUNTIME_COUNT, "names");
	return runtime < CONTAINER_RUNTIME_COUNT ? names[runtime] : NULL;
}

static bool are_hex_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

bool container_id_is_valid(const char *text, size_t len)
{
	return len == CONTAINER_ID_SIZE - 1 && are_hex_digits(text, len);
}

void container_free(struct container *c)
{
	free(c->name);
	free(c->image);
	free(c->pod);
	free(c->namespace);
	free(c->pod_uid);
	free(c->in_pod);
	free(c->cgroup);
	*c = (struct container){.runtime = CONTAINER_RUNTIME_NOT_KNOWN};
}

/* At most `max` bytes, of whole characters. */
static char *copy_text(const char *text, size_t max)
{
	size_t size = strlen(text);
	size_t len = 0;
	char *copy;

	while (len < size) {
		uint32_t code;
		size_t step = utf8_decode(text + len, size - len, &code);

		step = step ? step : 1;
		if (step > max - len)
			break;
		len += step;
	}
	copy = malloc(len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

int container_complete(struct container *c, const struct container *from)
{
	const char *const texts[] = {from->name,    from->image,  from->pod,   from->namespace,
				     from->pod_uid, from->in_pod, from->cgroup};
	char **const members[] = {&c->name,    &c->image,  &c->pod,   &c->namespace,
				  &c->pod_uid, &c->in_pod, &c->cgroup};
	enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
	char *copies[COUNT] = {NULL};

	for (size_t i = 0; i < COUNT; i++) {
		if (*members[i] || !texts[i])
			continue;
		copies[i] = copy_text(texts[i],
				      members[i] == &c->cgroup ? SIZE_MAX : CONTAINER_NAME_MAX);
		if (copies[i])
			continue;
		while (i-- > 0)
			free(copies[i]);
		return -ENOMEM;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (copies[i])
			*members[i] = copies[i];
	if (c->id[0] == '\0')
		memcpy(c->id, from->id, sizeof(c->id));
	if (c->runtime == CONTAINER_RUNTIME_NOT_KNOWN)
		c->runtime = from->runtime;
	c->sandbox = c->sandbox || from->sandbox;
	return 0;
}

static bool is_text(const char *known, const char *text, size_t len)
{
	return known && strlen(known) == len && memcmp(known, text, len) == 0;
}

bool container_matches(const struct container *c, const char *text)
{
	size_t len = strlen(text);

	if (len >= ID_PREFIX_MIN && len < CONTAINER_ID_SIZE && strncmp(c->id, text, len) == 0)
		return true;
	return is_text(c->name, text, len);
}

bool container_matches_pod(const struct container *c, const char *text)
{
	const char *slash = strchr(text, '/');

	if (!slash)
		return is_text(c->pod, text, strlen(text));
	return is_text(c->namespace, text, (size_t)(slash - text)) &&
	       is_text(c->pod, slash + 1, strlen(slash + 1));
}
