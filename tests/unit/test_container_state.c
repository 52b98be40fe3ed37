/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "container.h"
#include "container_fixtures.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define DOCKER	   CONTAINER_RUNTIME_DOCKER
#define CONTAINERD CONTAINER_RUNTIME_CONTAINERD
#define CRIO	   CONTAINER_RUNTIME_CRIO
#define PODMAN	   CONTAINER_RUNTIME_PODMAN
#define UNKNOWN	   CONTAINER_RUNTIME_NOT_KNOWN

typedef int (*read_fn)(const char *text, size_t size, struct container *c);

/* In exactly these bytes. */
static int read_text(read_fn read, const char *text, size_t size, struct container *c)
{
	char *exact = malloc(size ? size : 1);
	int err;

	assert_non_null(exact);
	memcpy(exact, text, size);
	err = read(exact, size, c);
	free(exact);
	return err;
}

static char *load(const char *path, size_t *size)
{
	char *text = malloc(CONTAINER_STATE_MAX);
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s cannot be opened", path);
	assert_non_null(text);
	*size = fread(text, 1, CONTAINER_STATE_MAX, file);
	fclose(file);
	return text;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check(const char *what, const struct container *c, const struct container *wanted)
{
	if (c->runtime != wanted->runtime || c->sandbox != wanted->sandbox ||
	    strcmp(c->id, wanted->id) != 0 || !same(c->name, wanted->name) ||
	    !same(c->image, wanted->image) || !same(c->pod, wanted->pod) ||
	    !same(c->namespace, wanted->namespace) || !same(c->pod_uid, wanted->pod_uid) ||
	    !same(c->in_pod, wanted->in_pod) ||
	    (wanted->cgroup && !same(c->cgroup, wanted->cgroup)))
		fail_msg("%s: %s %d name %s image %s pod %s/%s:%s %s sandbox %d", what, c->id,
			 c->runtime, c->name, c->image, c->namespace, c->pod, c->in_pod, c->pod_uid,
			 c->sandbox);
}

static const struct {
	const char *path;
	read_fn read;
	struct container container;
} fixture_rows[] = {
	{HOST HOST_TASKS "k8s.io/" ID_CONTAINERD_APP "/config.json",
	 container_read_bundle,
	 {.runtime = CONTAINERD,
	  .image = "docker.io/library/busybox:1.36",
	  .pod = "web-0",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .in_pod = "app"}},
	{HOST HOST_TASKS "k8s.io/" ID_CONTAINERD_SANDBOX "/config.json",
	 container_read_bundle,
	 {.runtime = CONTAINERD,
	  .image = "registry.k8s.io/pause:3.9",
	  .pod = "web-0",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .sandbox = true}},
	{HOST HOST_TASKS "default/" ID_NERDCTL "/config.json",
	 container_read_bundle,
	 {.runtime = CONTAINERD, .name = "proxy"}},
	{HOST HOST_TASKS "default/" ID_CTR "/config.json",
	 container_read_bundle,
	 {.runtime = UNKNOWN}},
	{HOST HOST_TASKS "moby/" ID_DOCKER_DB "/config.json",
	 container_read_bundle,
	 {.runtime = UNKNOWN}},
	{HOST HOST_DOCKER ID_DOCKER_DB "/config.v2.json",
	 container_read_docker,
	 {.id = ID_DOCKER_DB, .runtime = DOCKER, .name = "db", .image = "postgres:16"}},
	{HOST HOST_DOCKER ID_DOCKER_STOPPED "/config.v2.json",
	 container_read_docker,
	 {.id = ID_DOCKER_STOPPED, .runtime = DOCKER, .name = "old", .image = "debian:12"}},
	{HOST HOST_DOCKER ID_CRI_DOCKERD_APP "/config.v2.json",
	 container_read_docker,
	 {.id = ID_CRI_DOCKERD_APP,
	  .runtime = DOCKER,
	  .name = "k8s_app_api-7_shop_" POD_UID "_0",
	  .image =
		  "busybox@sha256:9d75f0d7c398df565d7ac04c6819b62d6d8f9560f5eb4672596ecd8f7e96ae91",
	  .pod = "api-7",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .in_pod = "app"}},
	{HOST HOST_DOCKER ID_CRI_DOCKERD_SANDBOX "/config.v2.json",
	 container_read_docker,
	 {.id = ID_CRI_DOCKERD_SANDBOX,
	  .runtime = DOCKER,
	  .name = "k8s_POD_api-7_shop_" POD_UID "_0",
	  .image = "registry.k8s.io/pause:3.9",
	  .pod = "api-7",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .sandbox = true}},
	{HOST HOST_STORE ID_CRIO_APP "/userdata/config.json",
	 container_read_bundle,
	 {.runtime = CRIO,
	  .image = "quay.io/shop/cart:2",
	  .pod = "cart-1",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .in_pod = "app"}},
	{HOST HOST_STORE ID_CRIO_SANDBOX "/userdata/config.json",
	 container_read_bundle,
	 {.runtime = CRIO,
	  .image = "registry.k8s.io/pause:3.9",
	  .pod = "cart-1",
	  .namespace = "shop",
	  .pod_uid = POD_UID,
	  .sandbox = true}},
	{HOST HOST_STORE ID_PODMAN_WEB "/userdata/config.json",
	 container_read_bundle,
	 {.runtime = PODMAN}},
};

static void test_fixtures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixture_rows); i++) {
		struct container c = {.id = ""};
		size_t size;
		char *text = load(fixture_rows[i].path, &size);

		if (read_text(fixture_rows[i].read, text, size, &c) != 0)
			fail_msg("%s", fixture_rows[i].path);
		check(fixture_rows[i].path, &c, &fixture_rows[i].container);
		container_free(&c);
		free(text);
	}
}

/* Cut anywhere, it is an error, and nothing is known of it. */
static void test_truncated(void **state)
{
	static const struct container nothing = {.runtime = UNKNOWN};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixture_rows); i++) {
		size_t size;
		char *text = load(fixture_rows[i].path, &size);

		for (size_t len = 0; len < size; len++) {
			struct container c = {.id = ""};

			assert_int_equal(read_text(fixture_rows[i].read, text, len, &c), -EINVAL);
			check(fixture_rows[i].path, &c, &nothing);
		}
		free(text);
	}
}

static const struct {
	const char *text;
	enum container_runtime known; /* before */
	int result;
	struct container container;
} bundle_rows[] = {
	{"{}", UNKNOWN, 0, {.runtime = UNKNOWN}},
	{" {\"annotations\" : null}\n", UNKNOWN, 0, {.runtime = UNKNOWN}},
	{"{\"annotations\":{}}", CRIO, 0, {.runtime = CRIO}},
	{"{\"annotations\":{\"nerdctl/name\":\"a\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CONTAINERD, .name = "a"}},
	/* null and "" are as missing */
	{"{\"annotations\":{\"nerdctl/name\":\"\",\"io.kubernetes.cri.sandbox-name\":null}}",
	 CONTAINERD,
	 0,
	 {.runtime = CONTAINERD}},
	/* The keys of one runtime only: an author of a pod writes others. */
	{"{\"annotations\":{\"io.container.manager\":\"cri-o\",\"nerdctl/name\":\"forged\","
	 "\"io.kubernetes.cri.sandbox-name\":\"forged\","
	 "\"io.kubernetes.cri.container-type\":\"sandbox\",\"io.kubernetes.pod.name\":\"real\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CRIO, .pod = "real"}},
	{"{\"annotations\":{\"io.container.manager\":\"cri-o\","
	 "\"io.kubernetes.pod.name\":\"forged\"}}",
	 CONTAINERD,
	 0,
	 {.runtime = CONTAINERD}},
	{"{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"forged\"}}",
	 PODMAN,
	 0,
	 {.runtime = PODMAN}},
	{"{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"forged\"}}",
	 DOCKER,
	 0,
	 {.runtime = DOCKER}},
	/* a pod's own container of podman's */
	{"{\"annotations\":{\"io.container.manager\":\"libpod\","
	 "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = PODMAN, .sandbox = true}},
	{"{\"annotations\":{\"io.container.manager\":\"someone\"}}", UNKNOWN, 0, {.id = ""}},
	/* CRI-O under crictl, without a kubelet's labels */
	{"{\"annotations\":{\"io.container.manager\":\"cri-o\","
	 "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\",\"io.kubernetes.cri-o.KubeName\":\"p\","
	 "\"io.kubernetes.cri-o.Namespace\":\"n\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CRIO, .pod = "p", .namespace = "n", .sandbox = true}},
	/* what no integer holds */
	{"{\"a\":18446744073709551615,\"b\":-9223372036854775809,\"c\":1e300}",
	 UNKNOWN,
	 0,
	 {.id = ""}},
	/* where it is */
	{"{\"linux\":{\"cgroupsPath\":\"/docker/1f\"},\"annotations\":null}",
	 DOCKER,
	 0,
	 {.runtime = DOCKER, .cgroup = "/docker/1f"}},
	{"{\"linux\":{\"cgroupsPath\":\"a.slice:b:c\"},\"annotations\":{\"nerdctl/name\":\"a\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CONTAINERD, .name = "a", .cgroup = "a.slice:b:c"}},
	{"{\"linux\":null}", UNKNOWN, 0, {.id = ""}},
	{"{\"linux\":{\"cgroupsPath\":null}}", UNKNOWN, 0, {.id = ""}},
	{"{\"linux\":{\"cgroupsPath\":\"\"}}", UNKNOWN, 0, {.id = ""}},
	{"{\"linux\":{\"cgroupsPath\":1}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"linux\":{\"cgroupsPath\":\"/a\\u0000\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"linux\":[]}", UNKNOWN, -EINVAL, {.id = ""}},
	/* A NUL that nobody reads: whoever may write annotations must not hide by one. */
	{"{\"annotations\":{\"nerdctl/name\":\"a\",\"io.kubernetes.cri-o.Annotations\":\"\\u0000\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CONTAINERD, .name = "a"}},
	{"{\"annotations\":{\"nerdctl/name\":\"\\u00e9\\\"\\n\xc3\xa9\"}}",
	 UNKNOWN,
	 0,
	 {.runtime = CONTAINERD, .name = "é\"\né"}},
	/* of wrong types */
	{"[]", UNKNOWN, -EINVAL, {.id = ""}},
	{"\"annotations\"", UNKNOWN, -EINVAL, {.id = ""}},
	{"null", UNKNOWN, -EINVAL, {.id = ""}},
	{"1", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":[]}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":\"\"}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":false}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"io.container.manager\":1}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":[\"a\"]}}", CONTAINERD, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"a\",\"io.kubernetes.cri.sandbox-name\":{}}}",
	 UNKNOWN,
	 -EINVAL,
	 {.id = ""}},
	{"{\"annotations\":{\"io.kubernetes.cri.container-type\":true}}",
	 CONTAINERD,
	 -EINVAL,
	 {.id = ""}},
	/* two truths */
	{"{\"annotations\":{\"nerdctl/name\":\"a\",\"nerdctl/name\":\"b\"}}",
	 UNKNOWN,
	 -EINVAL,
	 {.id = ""}},
	{"{\"annotations\":{},\"annotations\":{}}", UNKNOWN, -EINVAL, {.id = ""}},
	/* no JSON, or not in UTF-8 */
	{"", UNKNOWN, -EINVAL, {.id = ""}},
	{"{}{}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"a\":1,}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{'a':1}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"a\":1e999}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"\xff\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"\xed\xa0\x80\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"\\ud800\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"a\\u0000b\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"{\"annotations\":{\"nerdctl/name\":\"a\nb\"}}", UNKNOWN, -EINVAL, {.id = ""}},
	{"\xef\xbb\xbf{}", UNKNOWN, -EINVAL, {.id = ""}},
};

static void test_bundles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bundle_rows); i++) {
		struct container c = {.runtime = bundle_rows[i].known};
		struct container wanted = bundle_rows[i].container;
		const char *text = bundle_rows[i].text;

		if (read_text(container_read_bundle, text, strlen(text), &c) !=
		    bundle_rows[i].result)
			fail_msg("%s", text);
		if (bundle_rows[i].result < 0)
			wanted.runtime = bundle_rows[i].known;
		check(text, &c, &wanted);
		container_free(&c);
	}
}

static void test_nul(void **state)
{
	static const char within[] = "{\"annotations\":{\"nerdctl/name\":\"a\0b\"}}";
	static const char behind[] = "{}\0";
	struct container c = {.id = ""};

	(void)state;
	assert_int_equal(read_text(container_read_bundle, within, sizeof(within) - 1, &c), -EINVAL);
	assert_int_equal(read_text(container_read_bundle, behind, sizeof(behind) - 1, &c), -EINVAL);
	assert_null(c.name);
}

#define LABELS                                                            \
	"\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.docker.type\":" \
	"\"container\""

static const struct {
	const char *text;
	const char *id; /* known before */
	int result;
	struct container container;
} docker_rows[] = {
	{"{}", "", 0, {.runtime = DOCKER}},
	{"{\"Name\":\"/a\"}", ID_DOCKER_DB, 0, {.id = ID_DOCKER_DB, .name = "a"}},
	{"{\"Name\":\"a\"}", "", 0, {.name = "a"}},
	{"{\"Name\":\"//a/b\"}", "", 0, {.name = "/a/b"}},
	{"{\"Name\":\"/\",\"Config\":null}", "", 0, {.id = ""}},
	{"{\"Name\":null,\"Config\":{\"Image\":null,\"Labels\":null}}", "", 0, {.id = ""}},
	{"{\"ID\":\"" ID_DOCKER_DB "\"}", ID_DOCKER_DB, 0, {.id = ID_DOCKER_DB}},
	/* An image's labels prove no pod, nor does such a name. */
	{"{\"Name\":\"/web\",\"Config\":{\"Labels\":{" LABELS "}}}", "", 0, {.name = "web"}},
	{"{\"Name\":\"/k8s_a\",\"Config\":{\"Labels\":{\"io.kubernetes.pod.name\":\"p\"}}}",
	 "",
	 0,
	 {.name = "k8s_a"}},
	{"{\"Name\":\"/k8s_a\",\"Config\":{\"Labels\":{" LABELS "}}}",
	 "",
	 0,
	 {.name = "k8s_a", .pod = "p"}},
	{"{\"Config\":{\"Labels\":{" LABELS "}}}", "", 0, {.id = ""}},
	/* another container's */
	{"{\"ID\":\"" ID_DOCKER_STOPPED "\",\"Name\":\"/a\"}", ID_DOCKER_DB, -EINVAL, {.id = ""}},
	{"{\"ID\":\"../x\",\"Name\":\"/a\"}", "", -EINVAL, {.id = ""}},
	{"{\"ID\":\"" ID_DOCKER_DB "0\"}", "", -EINVAL, {.id = ""}},
	{"{\"ID\":1}", "", -EINVAL, {.id = ""}},
	{"{\"Name\":[\"/a\"]}", "", -EINVAL, {.id = ""}},
	{"{\"Name\":\"/a\",\"Config\":[]}", "", -EINVAL, {.id = ""}},
	{"{\"Name\":\"/a\",\"Config\":{\"Image\":{}}}", "", -EINVAL, {.id = ""}},
	{"{\"Name\":\"/a\",\"Config\":{\"Labels\":[]}}", "", -EINVAL, {.id = ""}},
	{"{\"Name\":\"/k8s_a\",\"Config\":{\"Labels\":{\"io.kubernetes.docker.type\":0}}}",
	 "",
	 -EINVAL,
	 {.id = ""}},
	{"{\"Name\":\"/k8s_a\",\"Config\":{\"Labels\":{" LABELS
	 ",\"io.kubernetes.pod.namespace\":[]}}}",
	 "",
	 -EINVAL,
	 {.id = ""}},
	{"[]", "", -EINVAL, {.id = ""}},
};

static void test_docker(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(docker_rows); i++) {
		struct container c = {.id = ""};
		struct container wanted = docker_rows[i].container;
		const char *text = docker_rows[i].text;

		strcpy(c.id, docker_rows[i].id);
		if (read_text(container_read_docker, text, strlen(text), &c) !=
		    docker_rows[i].result)
			fail_msg("%s", text);
		wanted.runtime = docker_rows[i].result < 0 ? UNKNOWN : DOCKER;
		if (docker_rows[i].result < 0)
			strcpy(wanted.id, docker_rows[i].id);
		check(text, &c, &wanted);
		container_free(&c);
	}
}

struct seen {
	struct container containers[8];
	size_t len;
	size_t stop_at;
};

static int see(void *context, const struct container *c)
{
	struct seen *seen = context;
	struct container *to = &seen->containers[seen->len++];

	assert_true(seen->len <= ARRAY_SIZE(seen->containers));
	assert_int_equal(container_complete(to, c), 0);
	return seen->len == seen->stop_at ? -ECANCELED : 0;
}

static int each_stored(const char *text, size_t size, struct seen *seen)
{
	char *exact = malloc(size ? size : 1);
	int err;

	assert_non_null(exact);
	memcpy(exact, text, size);
	err = container_each_stored(exact, size, see, seen);
	free(exact);
	return err;
}

static void seen_free(struct seen *seen)
{
	for (size_t i = 0; i < seen->len; i++)
		container_free(&seen->containers[i]);
	*seen = (struct seen){.len = 0};
}

static void test_stored(void **state)
{
	static const struct container wanted[] = {
		{.id = ID_CRIO_SANDBOX,
		 .runtime = CRIO,
		 .image = "registry.k8s.io/pause:3.9",
		 .pod = "cart-1",
		 .namespace = "shop",
		 .pod_uid = POD_UID,
		 .sandbox = true},
		{.id = ID_CRIO_APP,
		 .runtime = CRIO,
		 .image = "quay.io/shop/cart:2",
		 .in_pod = "app"},
		{.id = ID_PODMAN_WEB,
		 .runtime = PODMAN,
		 .name = "web",
		 .image = "docker.io/library/nginx:latest"},
		{.id = ID_BUILDAH, .name = "debian-working-container"},
	};
	struct seen seen = {.len = 0};
	size_t size;
	char *text = load(HOST HOST_STORE "containers.json", &size);

	(void)state;
	assert_int_equal(each_stored(text, size, &seen), 0);
	assert_int_equal(seen.len, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		check(wanted[i].id, &seen.containers[i], &wanted[i]);
	seen_free(&seen);

	seen.stop_at = 2;
	assert_int_equal(each_stored(text, size, &seen), -ECANCELED);
	assert_int_equal(seen.len, 2);
	seen_free(&seen);

	for (size_t len = 0; len < size; len++)
		assert_int_equal(each_stored(text, len, &seen), -EINVAL);
	assert_int_equal(seen.len, 0);
	free(text);
}

#define ENTRY "{\"id\":\"" ID_PODMAN_WEB "\""

static const struct {
	const char *text;
	int result;
	size_t count;
	const char *name; /* of the first */
	enum container_runtime runtime;
} stored_rows[] = {
	{"[]", 0, 0, NULL, UNKNOWN},
	{"[" ENTRY "}]", 0, 1, NULL, UNKNOWN},
	{"[" ENTRY ",\"names\":null,\"metadata\":null}]", 0, 1, NULL, UNKNOWN},
	{"[" ENTRY ",\"names\":[]}]", 0, 1, NULL, UNKNOWN},
	{"[" ENTRY ",\"names\":[\"a\",\"b\"]}]", 0, 1, "a", UNKNOWN},
	/* What is no JSON, or none of theirs, is another tool's. */
	{"[" ENTRY ",\"names\":[\"a\"],\"metadata\":\"{\"}]", 0, 1, "a", UNKNOWN},
	{"[" ENTRY ",\"names\":[\"a\"],\"metadata\":\"[]\"}]", 0, 1, "a", UNKNOWN},
	{"[" ENTRY ",\"names\":[\"a\"],\"metadata\":\"{\\\"name\\\":\\\"b\\\"}\"}]", 0, 1, "a",
	 UNKNOWN},
	{"[" ENTRY ",\"names\":[\"a\"],\"metadata\":"
	 "\"{\\\"name\\\":\\\"b\\\",\\\"image-name\\\":\\\"i\\\"}\"}]",
	 0, 1, "a", PODMAN},
	{"[" ENTRY ",\"names\":[\"a\"],\"metadata\":\"{\\\"pod-id\\\":\\\"b\\\"}\"}]", 0, 1, NULL,
	 CRIO},
	/* One that is wrong spoils the file. */
	{"[" ENTRY "},{}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY "},[]]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY "},{\"id\":\"short\"}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[{\"id\":7}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY ",\"names\":\"a\"}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY ",\"names\":[1]}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY ",\"metadata\":{}}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY ",\"metadata\":\"{\\\"pod-id\\\":1}\"}]", -EINVAL, 0, NULL, UNKNOWN},
	{"[" ENTRY ",\"metadata\":\"{\\\"pod-id\\\":\\\"a\\\",\\\"pod\\\":1}\"}]", -EINVAL, 0, NULL,
	 UNKNOWN},
	{"{}", -EINVAL, 0, NULL, UNKNOWN},
	{ENTRY "}", -EINVAL, 0, NULL, UNKNOWN},
	{"null", -EINVAL, 0, NULL, UNKNOWN},
};

static void test_stored_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stored_rows); i++) {
		const char *text = stored_rows[i].text;
		struct seen seen = {.len = 0};

		if (each_stored(text, strlen(text), &seen) != stored_rows[i].result ||
		    seen.len != stored_rows[i].count)
			fail_msg("%s", text);
		if (seen.len && (!same(seen.containers[0].name, stored_rows[i].name) ||
				 seen.containers[0].runtime != stored_rows[i].runtime))
			fail_msg("%s: %s %d", text, seen.containers[0].name,
				 seen.containers[0].runtime);
		seen_free(&seen);
	}
}

/* `count` times `open`, then `inner`, then `count` times `close`. */
static char *nest(size_t count, const char *open, const char *inner, const char *close)
{
	size_t open_len = strlen(open);
	size_t close_len = strlen(close);
	char *text = malloc(count * (open_len + close_len) + strlen(inner) + 1);
	char *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++, at += open_len)
		memcpy(at, open, open_len);
	memcpy(at, inner, strlen(inner));
	at += strlen(inner);
	for (size_t i = 0; i < count; i++, at += close_len)
		memcpy(at, close, close_len);
	*at = '\0';
	return text;
}

static void expect(const char *what, char *text, size_t size, int result)
{
	static const read_fn readers[] = {container_read_bundle, container_read_docker};

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		struct container c = {.id = ""};

		if (read_text(readers[i], text, size, &c) != result)
			fail_msg("%s", what);
		container_free(&c);
	}
	free(text);
}

/* Within the bounds good, one beyond them an error; and what is far beyond. */
static void test_bounds(void **state)
{
	static const size_t depths[] = {CONTAINER_STATE_DEPTH + 1, 10000, 1 << 17};
	char *text = nest(CONTAINER_STATE_DEPTH, "{\"a\":", "0", "}");
	char *quoted;
	struct seen seen = {.len = 0};

	(void)state;
	expect("depth", text, strlen(text), 0);
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		text = nest(depths[i], "{\"a\":", "0", "}");
		expect("too deep", text, strlen(text), -EINVAL);
		text = nest(depths[i], "[", "", "]");
		assert_int_equal(each_stored(text, strlen(text), &seen), -EINVAL);
		free(text);
	}
	/* What stands in strings does not count. */
	text = nest((size_t)2 * CONTAINER_STATE_DEPTH, "[", "\\\"", "{");
	quoted = nest(1, "{\"a\":\"", text, "\\\\\"}");
	free(text);
	expect("brackets in strings", quoted, strlen(quoted), 0);

	text = malloc(CONTAINER_STATE_MAX + 1);
	assert_non_null(text);
	memset(text, ' ', CONTAINER_STATE_MAX + 1);
	memcpy(text, "{}", 2);
	expect("too large", text, CONTAINER_STATE_MAX + 1, -EINVAL);
	text = nest(10 << 20, " ", "{}", "");
	expect("ten megabytes", text, strlen(text), -EINVAL);
	text = malloc(CONTAINER_STATE_MAX);
	assert_non_null(text);
	memset(text, ' ', CONTAINER_STATE_MAX);
	memcpy(text, "{}", 2);
	expect("size", text, CONTAINER_STATE_MAX, 0);
}

static void test_many_values(void **state)
{
	/* One is the file, two are the brackets. */
	const size_t most = CONTAINER_STATE_VALUES - 2;

	(void)state;
	for (size_t count = most - 1; count <= most + 1; count++) {
		char *text = malloc(sizeof("{\"a\":[0]}") + 2 * count);
		char *at = text;

		assert_non_null(text);
		at = memcpy(at, "{\"a\":[0", strlen("{\"a\":[0"));
		at += strlen("{\"a\":[0");
		for (size_t i = 1; i < count; i++, at += 2)
			memcpy(at, ",0", 2);
		memcpy(at, "]}", 2);
		expect("values", text, (size_t)(at + 2 - text), count > most ? -EINVAL : 0);
	}
}

/* What was known stays, and an error adds nothing. */
static void test_known(void **state)
{
	static const char good[] = "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"b\","
				   "\"io.kubernetes.cri.sandbox-namespace\":\"n\"}}";
	static const char wrong[] = "{\"annotations\":{\"io.kubernetes.cri.image-name\":\"i\","
				    "\"io.kubernetes.cri.container-name\":7}}";
	const struct container known = {.runtime = CONTAINERD, .pod = "a", .pod_uid = "u"};
	struct container c = {.id = ""};

	(void)state;
	assert_int_equal(container_complete(&c, &known), 0);
	assert_int_equal(read_text(container_read_bundle, wrong, sizeof(wrong) - 1, &c), -EINVAL);
	check("wrong", &c, &known);
	assert_int_equal(read_text(container_read_bundle, good, sizeof(good) - 1, &c), 0);
	check("good", &c,
	      &(struct container){
		      .runtime = CONTAINERD, .pod = "a", .namespace = "n", .pod_uid = "u"});
	container_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),    cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bundles),	    cmocka_unit_test(test_nul),
		cmocka_unit_test(test_docker),	    cmocka_unit_test(test_stored),
		cmocka_unit_test(test_stored_rows), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_many_values), cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests_name("container_state", tests, NULL, NULL);
}
