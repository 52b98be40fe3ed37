/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtimes' state files. The first byte says which, and what is known before. */
#include <errno.h>
#include <string.h>

#include "container.h"
#include "container_words.h"
#include "fuzz.h"
#include "utf8.h"

#define ID "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"

static void check_text(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	FUZZ_CHECK(!text || (len > 0 && len <= CONTAINER_NAME_MAX));
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t step = utf8_decode(text + at, len - at, &code);

		FUZZ_CHECK(step > 0);
		at += step;
	}
}

static void check(const struct container *c)
{
	char text[4096];
	struct strbuf b;

	FUZZ_CHECK(c->runtime < CONTAINER_RUNTIME_COUNT);
	FUZZ_CHECK(!c->id[0] || container_id_is_valid(c->id, strnlen(c->id, sizeof(c->id))));
	FUZZ_CHECK(!c->sandbox || !c->in_pod);
	check_text(c->name);
	check_text(c->image);
	check_text(c->pod);
	check_text(c->namespace);
	check_text(c->pod_uid);
	check_text(c->in_pod);
	strbuf_init(&b, text, sizeof(text));
	container_write_name(c, &b);
	FUZZ_CHECK(!b.cut && b.len > 0);
}

static int see(void *context, const struct container *c)
{
	size_t *left = context;

	FUZZ_CHECK(c->id[0]);
	check(c);
	return (*left)-- == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct container c = {.id = ""};
	const char *text = (const char *)data + 1;
	size_t left;
	int r = 0;

	if (size == 0)
		return 0;
	size--;
	left = data[0] >> 4;
	if (data[0] & 4)
		memcpy(c.id, ID, sizeof(ID));
	if (data[0] & 8)
		c.runtime = left % CONTAINER_RUNTIME_COUNT;
	switch (data[0] & 3) {
	case 0:
		r = container_read_bundle(text, size, &c);
		break;
	case 1:
		r = container_read_docker(text, size, &c);
		break;
	default:
		r = container_each_stored(text, size, see, &left);
		FUZZ_CHECK(r == 0 || r == 1 || r == -EINVAL);
		return 0;
	}
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	FUZZ_CHECK(r == 0 || (!c.name && !c.image && !c.pod && !c.in_pod && !c.sandbox));
	check(&c);
	container_free(&c);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const files[] = {
		"\x00{\"annotations\":{\"io.kubernetes.cri.container-name\":\"app\","
		"\"io.kubernetes.cri.container-type\":\"container\","
		"\"io.kubernetes.cri.image-name\":\"busybox\","
		"\"io.kubernetes.cri.sandbox-name\":\"web-0\","
		"\"io.kubernetes.cri.sandbox-namespace\":\"shop\","
		"\"io.kubernetes.cri.sandbox-uid\":\"0c1d\"}}",
		"\x00{\"annotations\":{\"io.container.manager\":\"cri-o\","
		"\"io.kubernetes.container.name\":\"POD\","
		"\"io.kubernetes.cri-o.ContainerType\":\"sandbox\","
		"\"io.kubernetes.cri-o.KubeName\":\"cart-1\","
		"\"io.kubernetes.pod.name\":\"cart-1\"}}",
		"\x04{\"annotations\":{\"io.container.manager\":\"libpod\"},\"process\":{\"args\":"
		"[\"\\u00e9\",\"\\\"\"],\"rlimits\":[{\"hard\":18446744073709551615}]}}",
		"\x00{\"annotations\":{\"nerdctl/name\":\"web\"}}",
		"\x05{\"ID\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Image\":\"nginx\","
		"\"Labels\":null}}",
		"\x01{\"Name\":\"/k8s_app_web-0_shop\",\"Config\":{\"Labels\":{"
		"\"io.kubernetes.docker.type\":\"podsandbox\","
		"\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.container.name\":\"POD\"}}}",
		"\xf2[{\"id\":\"" ID "\",\"names\":[\"web\"],\"metadata\":"
		"\"{\\\"image-name\\\":\\\"nginx\\\",\\\"name\\\":\\\"web\\\"}\"}]",
		"\xf2[{\"id\":\"" ID "\",\"names\":null,\"metadata\":"
		"\"{\\\"pod-id\\\":\\\"1f\\\",\\\"metadata-name\\\":\\\"app\\\",\\\"pod\\\":true,"
		"\\\"uid\\\":\\\"0c\\\",\\\"namespace\\\":\\\"shop\\\"}\"}]",
	};
	size_t size;

	if (index >= sizeof(files) / sizeof(files[0]))
		return 0;
	size = 1 + strlen(files[index] + 1);
	memcpy(data, files[index], size);
	return size;
}
