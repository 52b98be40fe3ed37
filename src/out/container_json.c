/* SPDX-License-Identifier: BSD-2-Clause */
#include "container_json.h"

static void add_if_known(struct node to, const char *key, const char *text, size_t size)
{
	if (text && text[0] != '\0')
		node_add_text(to, key, text, size);
}

void container_add(struct node to, const struct container *c)
{
	const char *runtime;
	struct node container;

	if (!c)
		return;
	runtime = container_runtime_name(c->runtime);
	container = node_add_object(to, "container");
	add_if_known(container, "id", c->id, sizeof(c->id));
	if (runtime)
		node_add_name(container, "runtime", runtime);
	add_if_known(container, "name", c->name, CONTAINER_NAME_MAX);
	add_if_known(container, "image", c->image, CONTAINER_NAME_MAX);
	add_if_known(container, "pod", c->pod, CONTAINER_NAME_MAX);
	add_if_known(container, "namespace", c->namespace, CONTAINER_NAME_MAX);
	add_if_known(container, "pod_uid", c->pod_uid, CONTAINER_NAME_MAX);
	add_if_known(container, "container_name", c->in_pod, CONTAINER_NAME_MAX);
	if (c->sandbox)
		node_add_bool(container, "sandbox", true);
}
