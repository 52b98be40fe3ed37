/* SPDX-License-Identifier: BSD-2-Clause */
/* The path of a cgroup. */
#include <string.h>

#include "container.h"
#include "fuzz.h"

#define ID   "1f2e3d4c5b6a798897a6b5c4d3e2f1001f2e3d4c5b6a798897a6b5c4d3e2f100"
#define POD  "0c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5"
#define POD_ "0c1d2e3f_4a5b_4c6d_8e7f_90a1b2c3d4e5"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data;
	struct container_path p;
	struct container_path own;
	char told[512] = "";
	size_t uid_len;

	if (!container_path_parse(path, size, &p)) {
		static const struct container_path zero;

		FUZZ_CHECK(!p.id[0] && !p.pod_uid[0] && p.runtime == zero.runtime && !p.len);
		return 0;
	}
	FUZZ_CHECK(container_id_is_valid(p.id, strnlen(p.id, sizeof(p.id))));
	FUZZ_CHECK(p.runtime < CONTAINER_RUNTIME_COUNT);
	FUZZ_CHECK(p.len <= size && p.len > CONTAINER_ID_SIZE - 1);
	FUZZ_CHECK(p.len == size || path[p.len] == '/');
	uid_len = strnlen(p.pod_uid, sizeof(p.pod_uid));
	FUZZ_CHECK(uid_len == 0 || uid_len == 32 || uid_len == 36);
	FUZZ_CHECK(strspn(p.pod_uid, "0123456789abcdef-") == uid_len);
	FUZZ_CHECK(!memchr(path, '\0', size));
	/* Whatever its runtime was told: the first half says something of the second. */
	memcpy(told, path, size / 2 < sizeof(told) ? size / 2 : sizeof(told) - 1);
	container_path_is_of(path + size / 2, size - size / 2, told);
	/* Of its own cgroup the same is told. */
	FUZZ_CHECK(container_path_parse(path, p.len, &own));
	FUZZ_CHECK(strcmp(own.id, p.id) == 0 && strcmp(own.pod_uid, p.pod_uid) == 0 &&
		   own.runtime == p.runtime && own.len == p.len && own.user == p.user &&
		   own.helper == p.helper);
	return 0;
}

size_t fuzz_seed(size_t index, uint8_t *data)
{
	static const char *const paths[] = {
		"/docker/" ID,
		"/system.slice/docker-" ID ".scope/init.scope",
		"/kubepods/besteffort/pod" POD "/" ID,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
		".slice/cri-containerd-" ID ".scope",
		"/system.slice/containerd.service/kubepods-pod" POD_ ".slice:cri-containerd:" ID,
		"/kubepods-besteffort-podd41d8cd98f00b204e9800998ecf8427e.slice/crio-conmon-" ID
		".scope",
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		".scope/container",
		"/libpod_parent/" ID "/libpod-" ID,
		"/docker/" ID "/kubepods/pod" POD "/" ID,
		"/user.slice/user-1000.slice/session-3.scope",
	};
	size_t size;

	if (index >= sizeof(paths) / sizeof(paths[0]))
		return 0;
	size = strlen(paths[index]);
	memcpy(data, paths[index], size);
	return size;
}
