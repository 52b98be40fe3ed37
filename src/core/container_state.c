/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "container.h"
#include "json_text.h"

/*
 * As json_text_get_string(); a known text stays. It belongs to the JSON: what holds it is only ever
 * copied from.
 */
static int get_text(const json_t *object, const char *key, char **ret)
{
	const char *text = "";

	if (json_text_get_string(object, key, &text) < 0)
		return -EINVAL;
	if (!*ret && text[0] != '\0')
		*ret = (char *)text;
	return 0;
}

static bool is_word(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

/*
 * The keys of one runtime's annotations or labels; each may have a second. Sources: containerd's
 * internal/cri/annotations, CRI-O's annotations and the kubelet's labels, which it copies, podman's
 * pkg/annotations, nerdctl's pkg/labels. podman's bundle does not tell the container's name.
 */
struct keys {
	const char *type; /* "sandbox" or "container" */
	const char *name;
	const char *image[2];
	const char *pod[2];
	const char *namespace[2];
	const char *pod_uid;
	const char *in_pod;
};

static const struct keys bundle_keys[CONTAINER_RUNTIME_COUNT] = {
	[CONTAINER_RUNTIME_CONTAINERD] =
		{
			.type = "io.kubernetes.cri.container-type",
			.name = "nerdctl/name",
			.image = {"io.kubernetes.cri.image-name",
				  "io.kubernetes.cri.podsandbox.image-name"},
			.pod = {"io.kubernetes.cri.sandbox-name"},
			.namespace = {"io.kubernetes.cri.sandbox-namespace"},
			.pod_uid = "io.kubernetes.cri.sandbox-uid",
			.in_pod = "io.kubernetes.cri.container-name",
		},
	[CONTAINER_RUNTIME_CRIO] =
		{
			.type = "io.kubernetes.cri-o.ContainerType",
			.image = {"io.kubernetes.cri-o.ImageName"},
			.pod = {"io.kubernetes.pod.name", "io.kubernetes.cri-o.KubeName"},
			.namespace = {"io.kubernetes.pod.namespace",
				      "io.kubernetes.cri-o.Namespace"},
			.pod_uid = "io.kubernetes.pod.uid",
			.in_pod = "io.kubernetes.container.name",
		},
	[CONTAINER_RUNTIME_PODMAN] =
		{
			.type = "io.kubernetes.cri-o.ContainerType",
		},
};

/* cri-dockerd's and dockershim's labels. */
static const struct keys docker_keys = {
	.pod = {"io.kubernetes.pod.name"},
	.namespace = {"io.kubernetes.pod.namespace"},
	.pod_uid = "io.kubernetes.pod.uid",
	.in_pod = "io.kubernetes.container.name",
};

static int read_keys(const json_t *object, const struct keys *keys, struct container *ret)
{
	struct {
		const char *key;
		char **member;
	} rows[] = {
		{keys->name, &ret->name},
		{keys->image[0], &ret->image},
		{keys->image[1], &ret->image},
		{keys->pod[0], &ret->pod},
		{keys->pod[1], &ret->pod},
		{keys->namespace[0], &ret -> namespace},
		{keys->namespace[1], &ret -> namespace},
		{keys->pod_uid, &ret->pod_uid},
		{keys->in_pod, &ret->in_pod},
	};
	char *type = NULL;
	int err = keys->type ? get_text(object, keys->type, &type) : 0;

	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].key)
			err = get_text(object, rows[i].key, rows[i].member);
	ret->sandbox = ret->sandbox || is_word(type, "sandbox");
	/* CRI-O and cri-dockerd call it "POD" there. */
	if (ret->sandbox)
		ret->in_pod = NULL;
	return err;
}

/* What the annotations prove. podman has some of CRI-O's. */
static int find_runtime(const json_t *annotations, enum container_runtime *ret)
{
	static const struct {
		const char *key;
		const char *value; /* NULL: any */
		enum container_runtime runtime;
	} rows[] = {
		{"io.container.manager", "libpod", CONTAINER_RUNTIME_PODMAN},
		{"io.container.manager", "cri-o", CONTAINER_RUNTIME_CRIO},
		{"io.kubernetes.cri.container-type", NULL, CONTAINER_RUNTIME_CONTAINERD},
		{"nerdctl/name", NULL, CONTAINER_RUNTIME_CONTAINERD},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *value = NULL;

		if (get_text(annotations, rows[i].key, &value) < 0)
			return -EINVAL;
		if (!value || (rows[i].value && strcmp(value, rows[i].value) != 0))
			continue;
		*ret = rows[i].runtime;
		return 0;
	}
	return 0;
}

static int read_bundle(const json_t *json, struct container *c)
{
	struct container found = {.runtime = c->runtime};
	const json_t *annotations = NULL;
	const json_t *os = NULL;
	int err;

	if (!json_is_object(json) || json_text_get_object(json, "annotations", &annotations) < 0 ||
	    json_text_get_object(json, "linux", &os) < 0 ||
	    get_text(os, "cgroupsPath", &found.cgroup) < 0)
		return -EINVAL;
	if (!annotations)
		return container_complete(c, &found);
	if (found.runtime == CONTAINER_RUNTIME_NOT_KNOWN &&
	    find_runtime(annotations, &found.runtime) < 0)
		return -EINVAL;
	err = read_keys(annotations, &bundle_keys[found.runtime], &found);
	return err ? err : container_complete(c, &found);
}

int container_read_bundle(const char *text, size_t size, struct container *c)
{
	json_t *json = NULL;
	int err = json_text_load(text, size, &json);

	if (err)
		return err;
	err = read_bundle(json, c);
	json_decref(json);
	return err;
}

static int take_id(const json_t *object, const char *key, struct container *ret)
{
	char *id = NULL;

	if (get_text(object, key, &id) < 0)
		return -EINVAL;
	if (!id)
		return 0;
	if (!container_id_is_valid(id, strlen(id)))
		return -EINVAL;
	memcpy(ret->id, id, sizeof(ret->id));
	return 0;
}

/*
 * An image can bring labels that say anything. Only the kubelet's shims have containers of such
 * names and a type.
 */
static int read_docker_labels(const json_t *config, struct container *found)
{
	const json_t *labels = NULL;
	char *type = NULL;

	if (json_text_get_object(config, "Labels", &labels) < 0)
		return -EINVAL;
	if (!found->name || strncmp(found->name, "k8s_", strlen("k8s_")) != 0 || !labels)
		return 0;
	if (get_text(labels, "io.kubernetes.docker.type", &type) < 0)
		return -EINVAL;
	found->sandbox = is_word(type, "podsandbox");
	return found->sandbox || is_word(type, "container") ? read_keys(labels, &docker_keys, found)
							    : 0;
}

static int read_docker(const json_t *json, struct container *c)
{
	struct container found = {.runtime = CONTAINER_RUNTIME_DOCKER};
	const json_t *config = NULL;
	int err;

	if (!json_is_object(json) || take_id(json, "ID", &found) < 0 ||
	    get_text(json, "Name", &found.name) < 0 ||
	    json_text_get_object(json, "Config", &config) < 0)
		return -EINVAL;
	if (c->id[0] && found.id[0] && strcmp(c->id, found.id) != 0)
		return -EINVAL;
	if (found.name && found.name[0] == '/')
		found.name++;
	if (is_word(found.name, ""))
		found.name = NULL;
	err = config ? get_text(config, "Image", &found.image) : 0;
	if (!err && config)
		err = read_docker_labels(config, &found);
	return err ? err : container_complete(c, &found);
}

int container_read_docker(const char *text, size_t size, struct container *c)
{
	json_t *json = NULL;
	int err = json_text_load(text, size, &json);

	if (err)
		return err;
	err = read_docker(json, c);
	json_decref(json);
	return err;
}

/*
 * What the tool that stored it wrote: CRI-O names the pod's container first, podman knows none.
 * Source: the RuntimeContainerMetadata of both.
 */
static int read_metadata(const json_t *metadata, struct container *found)
{
	const json_t *is_pod = json_object_get(metadata, "pod");
	char *pod_id = NULL;
	char *name = NULL;
	int err = get_text(metadata, "pod-id", &pod_id);

	if (!err)
		err = get_text(metadata, "image-name", &found->image);
	if (!err && !pod_id) {
		err = get_text(metadata, "name", &name);
		if (name && found->image)
			found->runtime = CONTAINER_RUNTIME_PODMAN;
		return err;
	}
	if (is_pod && !json_is_boolean(is_pod) && !json_is_null(is_pod))
		return -EINVAL;
	found->runtime = CONTAINER_RUNTIME_CRIO;
	found->sandbox = json_is_true(is_pod);
	found->name = NULL; /* "k8s_app_web-0_…": nobody's name for it */
	if (!err)
		err = get_text(metadata, "metadata-name",
			       found->sandbox ? &found->pod : &found->in_pod);
	if (!err)
		err = get_text(metadata, "namespace", &found->namespace);
	if (!err)
		err = get_text(metadata, "uid", &found->pod_uid);
	return err;
}

static int read_stored(const json_t *entry, container_fn each, void *context)
{
	struct container found = {.runtime = CONTAINER_RUNTIME_NOT_KNOWN};
	const json_t *names = json_object_get(entry, "names");
	struct container copy = found;
	json_t *metadata = NULL;
	char *text = NULL;
	int err;

	if (!json_is_object(entry) || take_id(entry, "id", &found) < 0 || found.id[0] == '\0' ||
	    get_text(entry, "metadata", &text) < 0)
		return -EINVAL;
	if (names && !json_is_null(names)) {
		const json_t *first = json_array_get(names, 0);

		if (!json_is_array(names) || (first && !json_text_is_string(first)))
			return -EINVAL;
		if (first && json_string_length(first) > 0)
			found.name = (char *)json_string_value(first);
	}
	/* Any text may stand there; what is no JSON is another tool's. */
	err = text ? json_text_load(text, strlen(text), &metadata) : 0;
	if (err == -EINVAL)
		err = 0;
	if (!err && json_is_object(metadata))
		err = read_metadata(metadata, &found);
	if (!err && each)
		err = container_complete(&copy, &found);
	json_decref(metadata);
	if (!err && each)
		err = each(context, &copy);
	container_free(&copy);
	return err;
}

int container_each_stored(const char *text, size_t size, container_fn each, void *context)
{
	json_t *json = NULL;
	int err = json_text_load(text, size, &json);

	if (err)
		return err;
	if (!json_is_array(json))
		err = -EINVAL;
	/* Once without a call: the whole file has to be right. */
	for (int called = 0; called < 2; called++) {
		for (size_t i = 0; !err && i < json_array_size(json); i++)
			err = read_stored(json_array_get(json, i), called ? each : NULL, context);
	}
	json_decref(json);
	return err;
}
