/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "container.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define ID    "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"
#define OTHER "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define POD   "0c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5"
#define POD_  "0c1d2e3f_4a5b_4c6d_8e7f_90a1b2c3d4e5"
#define HASH  "d41d8cd98f00b204e9800998ecf8427e"

#define NONE	   CONTAINER_RUNTIME_NOT_KNOWN
#define DOCKER	   CONTAINER_RUNTIME_DOCKER
#define CONTAINERD CONTAINER_RUNTIME_CONTAINERD
#define CRIO	   CONTAINER_RUNTIME_CRIO
#define PODMAN	   CONTAINER_RUNTIME_PODMAN

/* `inside`: what follows the container's own cgroup. */
static const struct {
	const char *path;
	const char *inside;
	enum container_runtime runtime;
	const char *pod_uid;
	bool helper;
	uint32_t user;
} rows[] = {
	/* docker: cgroupfs, systemd, --cgroup-parent of both, rootless */
	{"/docker/" ID, "", DOCKER, "", false, 0},
	{"/system.slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/build/" ID, "", NONE, "", false, 0},
	{"/ecs/0123456789abcdef0123456789abcdef/" ID, "", NONE, "", false, 0},
	{"/build.slice/build-heavy.slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "", DOCKER,
	 "", false, 1000},
	{"/user.slice/user-0.slice/session-1.scope/docker/" ID, "", DOCKER, "", false, 0},
	/* the kubelet's cgroupfs driver, all classes, over any runtime */
	{"/kubepods/pod" POD "/" ID, "", NONE, POD, false, 0},
	{"/kubepods/burstable/pod" POD "/" ID, "", NONE, POD, false, 0},
	{"/kubepods/besteffort/pod" POD "/" ID, "", NONE, POD, false, 0},
	{"/kubepods/besteffort/pod" HASH "/" ID, "", NONE, HASH, false, 0},
	{"/kubelet/kubepods/burstable/pod" POD "/" ID, "", NONE, POD, false, 0},
	{"/kubepods/burstable/pod" POD "/crio-" ID, "", CRIO, POD, false, 0},
	{"/kubepods/burstable/pod" POD "/crio-conmon-" ID, "", CRIO, POD, true, 0},
	/* its systemd driver */
	{"/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" ID ".scope", "", CONTAINERD,
	 POD, false, 0},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
	 ".slice/cri-containerd-" ID ".scope",
	 "", CONTAINERD, POD, false, 0},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_
	 ".slice/cri-containerd-" ID ".scope",
	 "", CONTAINERD, POD, false, 0},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" HASH
	 ".slice/cri-containerd-" ID ".scope",
	 "", CONTAINERD, HASH, false, 0},
	{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
	 "kubelet-kubepods-burstable-pod" POD_ ".slice/cri-containerd-" ID ".scope",
	 "", CONTAINERD, POD, false, 0},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice/docker-" ID
	 ".scope",
	 "", DOCKER, POD, false, 0},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice/crio-" ID
	 ".scope",
	 "", CRIO, POD, false, 0},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice/crio-" ID
	 ".scope/container",
	 "/container", CRIO, POD, false, 0},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
	 ".slice/crio-conmon-" ID ".scope",
	 "", CRIO, POD, true, 0},
	/* the kubelet with systemd, containerd without */
	{"/system.slice/containerd.service/kubepods-besteffort-pod" POD_
	 ".slice:cri-containerd:" ID,
	 "", CONTAINERD, POD, false, 0},
	{"/kubepods-besteffort-pod" POD_ ".slice:cri-containerd:" ID, "", CONTAINERD, POD, false,
	 0},
	{"/kubepods-pod" HASH ".slice:crio:" ID, "", CRIO, HASH, false, 0},
	{"/system.slice:docker:" ID, "", DOCKER, "", false, 0},
	/* CRI without a kubelet */
	{"/k8s.io/" ID, "", NONE, "", false, 0},
	{"/system.slice/crio-" ID ".scope", "", CRIO, "", false, 0},
	/* containerd alone */
	{"/default/" ID, "", NONE, "", false, 0},
	{"/system.slice/nerdctl-" ID ".scope", "", CONTAINERD, "", false, 0},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/nerdctl-" ID ".scope", "",
	 CONTAINERD, "", false, 1000},
	/* podman: systemd, crun's inner cgroup, conmon, rootless, pods, cgroupfs, quadlets */
	{"/machine.slice/libpod-" ID ".scope", "", PODMAN, "", false, 0},
	{"/machine.slice/libpod-" ID ".scope/container", "/container", PODMAN, "", false, 0},
	{"/machine.slice/libpod-conmon-" ID ".scope", "", PODMAN, "", true, 0},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container",
	 "/container", PODMAN, "", false, 1000},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-" ID ".scope", "",
	 PODMAN, "", true, 1000},
	{"/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope", "", PODMAN, "",
	 false, 0},
	{"/libpod_parent/libpod-" ID, "", PODMAN, "", false, 0},
	{"/libpod_parent/" OTHER "/libpod-" ID, "", PODMAN, "", false, 0},
	{"/libpod_parent/libpod-conmon-" ID, "", PODMAN, "", true, 0},
	{"/system.slice/web.service/libpod-payload-" ID, "", PODMAN, "", false, 0},
	{"/user.slice/user-3020.slice/user@3020.service/app.slice/web.service/libpod-payload-" ID,
	 "", PODMAN, "", false, 3020},
	/* nested: the outermost counts */
	{"/docker/" ID "/init.scope", "/init.scope", DOCKER, "", false, 0},
	{"/docker/" ID "/docker/" OTHER, "/docker/" OTHER, DOCKER, "", false, 0},
	{"/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
	 ".slice/cri-containerd-" OTHER ".scope",
	 "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
	 ".slice/cri-containerd-" OTHER ".scope",
	 DOCKER, "", false, 0},
	{"/kubepods/besteffort/pod" POD "/" ID "/system.slice/docker-" OTHER ".scope",
	 "/system.slice/docker-" OTHER ".scope", NONE, POD, false, 0},
	{"/system.slice/docker-" ID ".scope/user.slice/user-1000.slice",
	 "/user.slice/user-1000.slice", DOCKER, "", false, 0},
	/* not a user's: */
	{"/user.slice/user-4294967295.slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/user.slice/user-1000x.slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/x/user.slice/user-1000.slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	/* in no pod that is proven */
	{"/kubepods/besteffort/pod" POD_ "/" ID, "", NONE, "", false, 0},
	{"/kubepods/besteffort/pod" POD "0/" ID, "", NONE, "", false, 0},
	{"/kubepods/besteffort/podX" HASH "/" ID, "", NONE, "", false, 0},
	{"/kubepods/besteffort/pod0C1D2E3F-4a5b-4c6d-8e7f-90a1b2c3d4e5/" ID, "", NONE, "", false,
	 0},
	{"/kubepods/besteffort/pod" HASH "-4a5/" ID, "", NONE, "", false, 0},
	{"/pod" POD "/" ID, "", NONE, "", false, 0},
	{"/kubepods-foo-pod" POD_ ".slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/xkubepods-pod" POD_ ".slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/kubepods-pod" POD ".slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
	{"/kubepods-xpod" POD_ ".slice/docker-" ID ".scope", "", DOCKER, "", false, 0},
};

/* A copy of exactly the bytes, so that the sanitizer sees a read beyond them. */
static bool parse(const char *path, size_t len, struct container_path *ret)
{
	char *exact = malloc(len ? len : 1);
	bool found;

	assert_non_null(exact);
	memcpy(exact, path, len);
	memset(ret, 0xff, sizeof(*ret));
	found = container_path_parse(exact, len, ret);
	free(exact);
	return found;
}

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].path);
		struct container_path p;

		if (!parse(rows[i].path, len, &p))
			fail_msg("not seen: %s", rows[i].path);
		if (strcmp(p.id, ID) != 0 || strcmp(p.pod_uid, rows[i].pod_uid) != 0 ||
		    p.runtime != rows[i].runtime || p.helper != rows[i].helper ||
		    p.user != rows[i].user || p.len != len - strlen(rows[i].inside))
			fail_msg("%s: %s %s %d %d %u %zu", rows[i].path, p.id, p.pod_uid, p.runtime,
				 p.helper, p.user, p.len);
	}
}

static const char *const others[] = {
	"",
	"/",
	"/init.scope",
	"/system.slice/docker.service",
	"/system.slice/containerd.service",
	"/user.slice/user-1000.slice/session-3.scope",
	"/kubepods.slice",
	"/kubepods/besteffort/pod" POD,
	"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_ ".slice",
	"/docker",
	"/docker/buildkit/jq2t5jzd1y5zqpkgcc0qzv8p2",
	"/default/redis", /* ctr run: a name, which is anybody's */
	"/system.slice/web.service/runtime",
	"/libpod_parent/conmon",
	"/libpod_parent/" OTHER, /* a pod of podman's */
	"/machine.slice/machine-libpod_pod_" ID ".slice",
	"/lxc.payload.web/init.scope",
	"/machine.slice/systemd-nspawn@web.service/payload",
	/* one digit less or more, upper case, no digit */
	"/docker/1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f10",
	"/docker/" ID "0",
	"/docker/1F2E3D4C5B6A798897A6B5C4D3E2F1001F2E3D4C5B6A798897A6B5C4D3E2F100",
	"/docker/gf2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100",
	"/docker/1f2e3d4c5b6a",
	"/system.slice/docker-1f2e3d4c5b6a.scope",
	"/system.slice/docker-" ID "0.scope",
	/* the form, but not quite */
	"/system.slice/docker-" ID,
	"/system.slice/docker-" ID ".service",
	"/system.slice/docker-" ID ".scope.mount",
	"/system.slice/docker-" ID ".slice",
	"/system.slice/docker" ID ".scope",
	"/system.slice/docker--" ID ".scope",
	"/system.slice/xdocker-" ID ".scope",
	"/system.slice/" ID ".scope",
	"/system.slice/foo-" ID ".scope",
	"/system.slice/docker_" ID ".scope",
	"/system.slice/cri-containerd-" ID,
	"/system.slice/libpod-conmon-conmon-" ID ".scope",
	"/kubepods.slice/crio-" ID "-x.scope",
	"/system.slice:foo:" ID,
	"/system:docker:" ID,
	"/system.slice:docker:" ID ":x",
	"/system.slice:docker:x:" ID,
	"/system.slice::" ID,
	"/docker/" ID ".mount",
	/* not as the kernel prints a path */
	"docker/" ID,
	"//docker/" ID,
	"/docker//" ID,
	"/docker/" ID "/",
	"/docker/" ID "//x",
	"/../docker/" ID,
	"/../../" ID,
	"/docker/../" ID,
	"/docker/./" ID,
	"/docker/" ID "/..",
	"/docker/" ID "/.",
	"0::/docker/" ID,
	" /docker/" ID,
	"/docker/" ID "\n",
	"/docker/" ID " ",
};

static void test_others(void **state)
{
	static const struct container_path zero;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct container_path p;

		if (parse(others[i], strlen(others[i]), &p))
			fail_msg("%s", others[i]);
		assert_memory_equal(p.id, zero.id, sizeof(p.id));
		assert_memory_equal(p.pod_uid, zero.pod_uid, sizeof(p.pod_uid));
		assert_true(!p.runtime && !p.helper && !p.user && !p.len);
	}
}

static void test_nul(void **state)
{
	static const char before[] = "/doc\0er/" ID;
	static const char within[] = "/system.slice/docker-1f2e\0.scope";
	static const char behind[] = "/docker/" ID "/in\0it.scope";
	static const char at_end[] = "/docker/" ID "\0";
	struct container_path p;

	(void)state;
	assert_false(parse(before, sizeof(before) - 1, &p));
	assert_false(parse(within, sizeof(within) - 1, &p));
	assert_false(parse(behind, sizeof(behind) - 1, &p));
	assert_false(parse(at_end, sizeof(at_end) - 1, &p));
}

/* Wherever it is cut, nothing behind the cut is read, and no other id comes of it. */
static void test_cut(void **state)
{
	static const char path[] =
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
		".slice/crio-" ID ".scope/container";
	/* In CRI-O's form without ".scope" it is whole before. */
	const size_t bare = sizeof(path) - sizeof(".scope/container");

	(void)state;
	for (size_t len = 0; len < sizeof(path); len++) {
		struct container_path p;
		bool whole = len == bare || len == bare + strlen(".scope") ||
			     len > bare + strlen(".scope/");

		if (parse(path, len, &p) != whole)
			fail_msg("%zu: %.*s", len, (int)len, path);
		if (whole)
			assert_string_equal(p.id, ID);
	}
}

/* What a runtime was told, and where it puts the container. */
static void test_is_of(void **state)
{
	static const struct {
		const char *path;
		const char *cgroup;
		bool is_of;
	} of[] = {
		{"/docker/" ID, "/docker/" ID, true},
		{"/kubepods/burstable/pod" POD "/" ID, "/kubepods/burstable/pod" POD "/" ID, true},
		{"/docker/" ID, "/docker/" OTHER, false},
		{"/x/docker/" ID, "/docker/" ID, false},
		{"/docker/" ID, "/docker/" ID "/x", false},
		{"/docker/" ID "/x", "/docker/" ID, false},
		{"/system.slice/docker-" ID ".scope", "system.slice:docker:" ID, true},
		{"/system.slice/nerdctl-" ID ".scope", ":nerdctl:" ID, true},
		{"/docker-" ID ".scope", "-.slice:docker:" ID, true},
		{"/docker-" ID ".scope", "-:docker:" ID, true},
		{"/a.slice/a-b.slice/a-b-c.slice/crio-" ID ".scope", "a-b-c.slice:crio:" ID, true},
		{"/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" ID ".scope",
		 "kubepods-pod" POD_ ".slice:cri-containerd:" ID, true},
		{"/a.slice/a-c.slice/crio-" ID ".scope", "a-b.slice:crio:" ID, false},
		{"/a-b.slice/crio-" ID ".scope", "a-b.slice:crio:" ID, false},
		{"/x/a.slice/crio-" ID ".scope", "a.slice:crio:" ID, false},
		{"/a.slice/x/crio-" ID ".scope", "a.slice:crio:" ID, false},
		{"/a.slice/crio-" ID ".scope/x", "a.slice:crio:" ID, false},
		{"/a.slice/crio-" ID, "a.slice:crio:" ID, false},
		{"/a.slice/crio-" OTHER ".scope", "a.slice:crio:" ID, false},
		{"/a.slice/docker-" ID ".scope", "a.slice:crio:" ID, false},
		{"/a.slice/crio-" ID ".scope", "a:crio:" ID, false},
		{"/.slice/crio-" ID ".scope", ".slice:crio:" ID, false},
		/* without systemd: a name */
		{"/a.slice:crio:" ID, "a.slice:crio:" ID, true},
		{"/system.slice/k3s.service/a.slice:crio:" ID, "a.slice:crio:" ID, true},
		{"/system.slice/.service/a.slice:crio:" ID, "a.slice:crio:" ID, false},
		{"/system.slice/x.service/x.service/a.slice:crio:" ID, "a.slice:crio:" ID, false},
		{"/x/a.slice:crio:" ID, "a.slice:crio:" ID, false},
		{"a.slice:crio:" ID, "a.slice:crio:" ID, false},
		/* below the runtime's own, wherever that is */
		{"/system.slice/containerd.service/x/" ID, "x/" ID, true},
		{"/x/" ID, "x/" ID, true},
		{"/xx/" ID, "x/" ID, false},
		{"/x/" ID, "a:b:x/" ID, false},
		{"/docker/" ID, "", true},
		{"", "/docker/" ID, false},
		{"", "a.slice:docker:" ID, false},
		{"", "x", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		size_t len = strlen(of[i].path);
		char *exact = malloc(len ? len : 1);

		assert_non_null(exact);
		memcpy(exact, of[i].path, len);
		if (container_path_is_of(exact, len, of[i].cgroup) != of[i].is_of)
			fail_msg("%s, %s", of[i].path, of[i].cgroup);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths), cmocka_unit_test(test_others),
		cmocka_unit_test(test_nul),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_is_of),
	};

	return cmocka_run_group_tests_name("container_path", tests, NULL, NULL);
}
