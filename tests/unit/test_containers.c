/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "container_fixtures.h"
#include "container_words.h"
#include "containers.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define DOCKER_FILE(id)	  HOST_DOCKER id "/config.v2.json"
#define DOCKER_PATH(id)	  "/system.slice/docker-" id ".scope"
#define KUBE_PATH(id)	  "/kubepods/besteffort/pod" POD_UID "/" id
#define CRIO_SLICE	  "kubepods-besteffort-pod0c1d2e3f_4a5b_4c6d_8e7f_90a1b2c3d4e5.slice"
#define CRIO_PATH(id)	  "/kubepods.slice/kubepods-besteffort.slice/" CRIO_SLICE "/crio-" id ".scope"

/* Time goes on when a test says so. */
static struct timespec now = {.tv_sec = 1000};

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = now;
	return 0;
}

/* A host that is empty. */
static char host[64];

static int make_host(void **state)
{
	(void)state;
	strcpy(host, "/tmp/containers-XXXXXX");
	return mkdtemp(host) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int remove_host(void **state)
{
	(void)state;
	return nftw(host, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the folders above host/path, and writes its name. */
static const char *place(const char *path)
{
	static char whole[1024];

	snprintf(whole, sizeof(whole), "%s%s", host, path);
	for (char *at = whole + strlen(host) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		if (mkdir(whole, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*at = '/';
	}
	return whole;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(place(path), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void put_docker(const char *id, const char *name)
{
	char path[512], text[512];

	snprintf(path, sizeof(path), HOST_DOCKER "%s/config.v2.json", id);
	snprintf(text, sizeof(text), "{\"ID\":\"%s\",\"Name\":\"/%s\"}", id, name);
	put(path, text);
}

static struct containers *open_host(const char *root)
{
	const struct containers_config config = {.host_root = root};
	struct containers *c = NULL;

	assert_int_equal(containers_new(&config, &c), 0);
	return c;
}

static const char *name_of(struct containers *c, const char *path)
{
	static char text[256];
	const struct container *found = containers_of_path(c, path);
	struct strbuf b;

	strbuf_init(&b, text, sizeof(text));
	if (found)
		container_write_name(found, &b);
	return text;
}

static void test_fixtures(void **state)
{
	static const struct {
		const char *path;
		const char *name;
		const char *image;
		enum container_runtime runtime;
	} rows[] = {
		{KUBE_PATH(ID_CONTAINERD_APP), "shop/web-0:app", "docker.io/library/busybox:1.36",
		 CONTAINER_RUNTIME_CONTAINERD},
		{KUBE_PATH(ID_CONTAINERD_SANDBOX) "/init.scope", "shop/web-0",
		 "registry.k8s.io/pause:3.9", CONTAINER_RUNTIME_CONTAINERD},
		{"/system.slice/nerdctl-" ID_NERDCTL ".scope", "containerd:proxy", NULL,
		 CONTAINER_RUNTIME_CONTAINERD},
		{"/default/" ID_CTR, "containerd:2752ea5db34c", NULL, CONTAINER_RUNTIME_CONTAINERD},
		{DOCKER_PATH(ID_DOCKER_DB), "docker:db", "postgres:16", CONTAINER_RUNTIME_DOCKER},
		{"/docker/" ID_DOCKER_STOPPED, "docker:old", "debian:12", CONTAINER_RUNTIME_DOCKER},
		{KUBE_PATH(ID_CRI_DOCKERD_APP), "shop/api-7:app", NULL, CONTAINER_RUNTIME_DOCKER},
		{KUBE_PATH(ID_CRI_DOCKERD_SANDBOX), "shop/api-7", "registry.k8s.io/pause:3.9",
		 CONTAINER_RUNTIME_DOCKER},
		{CRIO_PATH(ID_CRIO_APP) "/container", "shop/cart-1:app", "quay.io/shop/cart:2",
		 CONTAINER_RUNTIME_CRIO},
		{"/" CRIO_SLICE ":crio:" ID_CRIO_SANDBOX, "shop/cart-1",
		 "registry.k8s.io/pause:3.9", CONTAINER_RUNTIME_CRIO},
		{"/machine.slice/libpod-" ID_PODMAN_WEB ".scope/container", "podman:web",
		 "docker.io/library/nginx:latest", CONTAINER_RUNTIME_PODMAN},
		{"/machine.slice/libpod-" ID_PODMAN_RM ".scope", "podman:job", "localhost/job:1",
		 CONTAINER_RUNTIME_PODMAN},
		/* Of another runtime than its path says: that one's files do not tell. */
		{"/crio/crio-" ID_DOCKER_DB, "cri-o:ea34ce586a0e", NULL, CONTAINER_RUNTIME_CRIO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct containers *c = open_host(HOST);
		const struct container *found;

		assert_string_equal(name_of(c, rows[i].path), rows[i].name);
		found = containers_of_path(c, rows[i].path);
		assert_int_equal(found->runtime, rows[i].runtime);
		if (rows[i].image)
			assert_string_equal(found->image, rows[i].image);
		containers_free(c);
	}
}

static void test_no_container(void **state)
{
	struct containers *c = open_host(HOST);

	(void)state;
	assert_null(containers_of_path(c, "/system.slice/docker.service"));
	assert_null(containers_of_path(c, "/"));
	assert_null(containers_of_path(c, ""));
	/* conmon is no process of the container. */
	assert_null(containers_of_path(c, "/machine.slice/libpod-conmon-" ID_PODMAN_WEB ".scope"));
	containers_free(c);
	containers_free(NULL);
}

#define LISTED_MAX 16

struct list {
	const struct container *found[LISTED_MAX];
	size_t len;
	size_t stop_at;
};

static int list_one(void *context, const struct container *c)
{
	struct list *l = context;

	assert_true(l->len < LISTED_MAX);
	l->found[l->len++] = c;
	return l->len == l->stop_at ? -ECANCELED : 0;
}

static void test_each(void **state)
{
	static const char *const names[] = {
		"shop/web-0:app",  "shop/web-0",  "containerd:proxy", "containerd:2752ea5db34c",
		"docker:db",	   "docker:old",  "shop/api-7:app",   "shop/api-7",
		"shop/cart-1:app", "shop/cart-1", "podman:web",	      "podman:job",
	};
	struct containers *c = open_host(HOST);

	(void)state;
	for (int again = 0; again < 2; again++) {
		struct list l = {.len = 0};

		assert_int_equal(containers_each(c, list_one, &l), 0);
		assert_int_equal(l.len, ARRAY_SIZE(names));
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			size_t count = 0;

			for (size_t j = 0; j < l.len; j++) {
				char text[256];
				struct strbuf b;

				strbuf_init(&b, text, sizeof(text));
				container_write_name(l.found[j], &b);
				count += strcmp(text, names[i]) == 0;
			}
			if (count != 1)
				fail_msg("%s: %zu times", names[i], count);
		}
	}
	for (size_t stop_at = 1; stop_at <= ARRAY_SIZE(names); stop_at++) {
		struct list l = {.stop_at = stop_at};

		assert_int_equal(containers_each(c, list_one, &l), -ECANCELED);
		assert_int_equal(l.len, stop_at);
	}
	containers_free(c);
}

static void test_remembered(void **state)
{
	struct containers *c = open_host(host);
	const struct container *found;

	(void)state;
	put_docker(ID_DOCKER_DB, "db");
	found = containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB));
	assert_string_equal(found->name, "db");
	assert_int_equal(remove(place(DOCKER_FILE(ID_DOCKER_DB))), 0);
	now.tv_sec += 100;
	assert_ptr_equal(containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB) "/init"), found);
	assert_string_equal(found->name, "db");
	/* Read once only. */
	put(DOCKER_FILE(ID_DOCKER_DB), "{\"Name\":\"/other\",\"Config\":{\"Image\":\"i\"}}");
	now.tv_sec += 100;
	assert_ptr_equal(containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB)), found);
	assert_string_equal(found->name, "db");
	assert_null(found->image);
	containers_free(c);
}

static void test_tried_again(void **state)
{
	struct containers *c = open_host(host);
	struct containers *never = open_host(host);

	(void)state;
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:ea34ce586a0e");
	put_docker(ID_DOCKER_DB, "db");
	now.tv_nsec = 999999999;
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:ea34ce586a0e");
	now.tv_nsec = 0;
	now.tv_sec++;
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:db");
	containers_free(c);

	/* A few times, and then it is left at that. */
	assert_int_equal(remove(place(DOCKER_FILE(ID_DOCKER_DB))), 0);
	for (int i = 0; i < 10; i++, now.tv_sec += 2)
		name_of(never, DOCKER_PATH(ID_DOCKER_DB));
	put_docker(ID_DOCKER_DB, "db");
	assert_string_equal(name_of(never, DOCKER_PATH(ID_DOCKER_DB)), "docker:ea34ce586a0e");
	containers_free(never);
}

/* What is no plain file of the right size is not read, and nothing waits for it. */
static void test_hostile(void **state)
{
	enum { FIFO, LINK, FOLDER_LINK, FOLDER, LARGE, NOT_JSON, OTHER_ID, COUNT };

	(void)state;
	for (int kind = 0; kind < COUNT; kind++) {
		const char *file = place(DOCKER_FILE(ID_DOCKER_DB));
		struct containers *c = open_host(host);

		switch (kind) {
		case FIFO:
			assert_int_equal(mkfifo(file, 0600), 0);
			break;
		case LINK:
			put("/real.json", "{\"Name\":\"/db\"}");
			assert_int_equal(symlink("../../../../../real.json",
						 place(DOCKER_FILE(ID_DOCKER_DB))),
					 0);
			break;
		case FOLDER_LINK:
			put("/real/config.v2.json", "{\"Name\":\"/db\"}");
			assert_int_equal(rmdir(place(HOST_DOCKER ID_DOCKER_DB)), 0);
			assert_int_equal(
				symlink("../../../../real", place(HOST_DOCKER ID_DOCKER_DB)), 0);
			break;
		case FOLDER:
			assert_int_equal(mkdir(file, 0700), 0);
			break;
		case LARGE:
			put(DOCKER_FILE(ID_DOCKER_DB), "{\"Name\":\"/db\"}");
			assert_int_equal(truncate(place(DOCKER_FILE(ID_DOCKER_DB)), 100L << 20), 0);
			break;
		case NOT_JSON:
			put(DOCKER_FILE(ID_DOCKER_DB), "{\"Name\":\"/db\"");
			break;
		default:
			put(DOCKER_FILE(ID_DOCKER_DB),
			    "{\"Name\":\"/db\",\"ID\":\"" ID_DOCKER_STOPPED "\"}");
			break;
		}
		if (strcmp(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:ea34ce586a0e") != 0)
			fail_msg("kind %d", kind);
		containers_free(c);
		remove_host(NULL);
		assert_int_equal(mkdir(host, 0700), 0);
	}
}

/* The largest file that is read. */
static void test_large(void **state)
{
	static const char start[] = "{\"Name\":\"/db\"}";
	struct containers *c = open_host(host);
	char *text = malloc(CONTAINER_STATE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', CONTAINER_STATE_MAX);
	text[CONTAINER_STATE_MAX] = '\0';
	memcpy(text, start, sizeof(start) - 1);
	put(DOCKER_FILE(ID_DOCKER_DB), text);
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:db");
	free(text);
	containers_free(c);
}

/* Only a root may be a link, which stays on its host. */
static void test_linked_root(void **state)
{
	static const char *const targets[] = {"/data/docker", "../../data/docker",
					      "../../../../../../../../data/docker"};

	(void)state;
	put("/data/docker/containers/" ID_DOCKER_DB "/config.v2.json", "{\"Name\":\"/db\"}");
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct containers *c = open_host(host);

		assert_int_equal(symlink(targets[i], place("/var/lib/docker")), 0);
		assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:db");
		assert_int_equal(remove(place("/var/lib/docker")), 0);
		containers_free(c);
	}
}

static void test_other_roots(void **state)
{
	const struct containers_config config = {
		.host_root = host,
		.containerd_state = "/a",
		.docker_root = "/b",
		.storage_root = "/c",
		.storage_run = "/d",
	};
	struct containers *c = NULL;

	(void)state;
	put("/a/io.containerd.runtime.v1.linux/k8s.io/" ID_CONTAINERD_APP "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"web-0\"}}");
	put("/b/containers/" ID_DOCKER_DB "/config.v2.json", "{\"Name\":\"/db\"}");
	put("/c/vfs-containers/containers.json",
	    "[{\"id\":\"" ID_PODMAN_WEB "\",\"names\":[\"web\"],\"metadata\":"
	    "\"{\\\"name\\\":\\\"web\\\",\\\"image-name\\\":\\\"i\\\"}\"}]");
	put("/d/zfs-containers/" ID_CRIO_APP "/userdata/config.json",
	    "{\"annotations\":{\"io.container.manager\":\"cri-o\","
	    "\"io.kubernetes.pod.name\":\"cart-1\"}}");
	/* Not asked for. */
	put_docker(ID_DOCKER_STOPPED, "old");
	assert_int_equal(containers_new(&config, &c), 0);
	assert_string_equal(name_of(c, KUBE_PATH(ID_CONTAINERD_APP)), "web-0");
	assert_string_equal(name_of(c, KUBE_PATH(ID_DOCKER_DB)), "docker:db");
	assert_string_equal(name_of(c, "/libpod_parent/libpod-" ID_PODMAN_WEB), "podman:web");
	assert_string_equal(name_of(c, KUBE_PATH(ID_CRIO_APP)), "cart-1");
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_STOPPED)), "docker:60508868a7fc");
	containers_free(c);
}

/* The places of other distributions of Kubernetes are usual, too. */
static void test_usual_roots(void **state)
{
	static const char *const roots[] = {"/run/k3s/containerd", "/run/k0s/containerd",
					    "/var/snap/microk8s/common/run/containerd"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		struct containers *c = open_host(host);
		char path[512];

		snprintf(path, sizeof(path),
			 "%s/io.containerd.runtime.v2.task/k8s.io/" ID_CONTAINERD_APP
			 "/config.json",
			 roots[i]);
		put(path, "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"web-0\"}}");
		assert_string_equal(name_of(c, KUBE_PATH(ID_CONTAINERD_APP)), "web-0");
		assert_int_equal(remove(place(path)), 0);
		containers_free(c);
	}
}

/* Who may name cgroups can use any id there; the system's files do not speak for those. */
static void test_users(void **state)
{
	const uid_t user = geteuid() ? geteuid() : 1000;
	const char *const format = "/user.slice/user-%u.slice/user@%u.service/user.slice/docker-"
				   "%s.scope";
	struct containers *c = open_host(host);
	char own[256], others[256];

	(void)state;
	snprintf(own, sizeof(own), format, user, user, ID_DOCKER_DB);
	snprintf(others, sizeof(others), format, user + 1, user + 1, ID_DOCKER_DB);
	put_docker(ID_DOCKER_DB, "db");
	assert_int_equal(chown(place(DOCKER_FILE(ID_DOCKER_DB)), user, (gid_t)-1), 0);
	assert_string_equal(name_of(c, others), "docker:ea34ce586a0e");
	assert_string_equal(name_of(c, own), "docker:db");
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:db");
	now.tv_sec += 100;
	assert_string_equal(name_of(c, others), "docker:ea34ce586a0e");
	assert_ptr_not_equal(containers_of_path(c, own),
			     containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB)));
	containers_free(c);
}

/*
 * Whoever may make cgroups (a container of a runtime that is not known here, a service) can call
 * one as a container. Its runtime says where that is.
 */
static void test_elsewhere(void **state)
{
	static const char *const claims[] = {
		"/lxc.payload.web" KUBE_PATH(ID_CONTAINERD_APP),
		"/kubepods/besteffort/pod00000000-4a5b-4c6d-8e7f-90a1b2c3d4e5/" ID_CONTAINERD_APP,
		"/x/" ID_CONTAINERD_APP,
		"/lxc.payload.web/system.slice/docker-" ID_CONTAINERD_APP ".scope",
		"/system.slice/x.service/cri-containerd-" ID_CONTAINERD_APP ".scope",
		"/lxc.payload.web" DOCKER_PATH(ID_DOCKER_DB),
		"/docker/" ID_DOCKER_DB,
		"/" ID_DOCKER_DB,
		"/machine.slice/x.scope" CRIO_PATH(ID_CRIO_APP),
		"/lxc.payload.web/" CRIO_SLICE ":crio:" ID_CRIO_APP,
		"/kubepods.slice/crio-" ID_CRIO_APP ".scope",
		"/kubepods/besteffort/pod" POD_UID "/" ID_CRIO_APP,
		"/system.slice/x.service/libpod-payload-" ID_PODMAN_WEB,
	};
	static const struct {
		const char *path;
		const char *name;
	} real[] = {
		{KUBE_PATH(ID_CONTAINERD_APP), "shop/web-0:app"},
		{DOCKER_PATH(ID_DOCKER_DB), "docker:db"},
		{CRIO_PATH(ID_CRIO_APP), "shop/cart-1:app"},
		{"/machine.slice/libpod-" ID_PODMAN_WEB ".scope", "podman:web"},
	};
	struct containers *c = open_host(HOST);

	(void)state;
	/* Before the real ones and after them: neither changes what is told of the other. */
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
			if (containers_of_path(c, claims[i]))
				fail_msg("%s: %s", claims[i], name_of(c, claims[i]));
		for (size_t i = 0; i < ARRAY_SIZE(real); i++)
			assert_string_equal(name_of(c, real[i].path), real[i].name);
	}
	assert_string_equal(containers_of_path(c, KUBE_PATH(ID_CONTAINERD_APP))->pod_uid, POD_UID);
	containers_free(c);
}

/* Very many cgroups of users make nobody else's forgotten; of very many others the oldest go. */
static void test_many(void **state)
{
	struct containers *c = open_host(host);
	const struct container *first;
	char path[256];

	(void)state;
	put_docker(ID_DOCKER_DB, "db");
	first = containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB));
	assert_int_equal(remove(place(DOCKER_FILE(ID_DOCKER_DB))), 0);
	for (unsigned int i = 0; i < 70000; i++) {
		snprintf(path, sizeof(path), "/user.slice/user-1000.slice/docker-%064x.scope", i);
		assert_non_null(containers_of_path(c, path));
	}
	assert_ptr_equal(containers_of_path(c, DOCKER_PATH(ID_DOCKER_DB)), first);
	for (unsigned int i = 0; i < 70000; i++) {
		snprintf(path, sizeof(path), "/docker/%064x", i);
		assert_non_null(containers_of_path(c, path));
	}
	assert_string_equal(name_of(c, DOCKER_PATH(ID_DOCKER_DB)), "docker:ea34ce586a0e");
	containers_free(c);
}

static void test_missing(void **state)
{
	struct containers *fixtures = open_host(HOST);
	struct containers *none = open_host("/nonexistent/");
	struct containers *root = open_host("/");
	struct containers *usual = open_host(host);
	const struct containers_config config = {
		.host_root = host,
		.containerd_state = "/a",
		.docker_root = "/b",
		.storage_root = "/c",
		.storage_run = "/d",
	};
	struct containers *empty = NULL;
	char text[1024], wanted[512];
	struct list l = {.len = 0};

	(void)state;
	containers_write_missing(fixtures, text, sizeof(text));
	assert_string_equal(text, "");
	containers_write_missing(none, text, sizeof(text));
	assert_string_equal(
		text,
		"/nonexistent/run/containerd, /nonexistent/run/docker/containerd/daemon, "
		"/nonexistent/run/k3s/containerd, "
		"/nonexistent/run/k0s/containerd, "
		"/nonexistent/var/snap/microk8s/common/run/containerd, "
		"/nonexistent/var/lib/docker, "
		"/nonexistent/var/snap/docker/common/var-lib-docker, "
		"/nonexistent/var/lib/containers/storage, /nonexistent/run/containers/storage");
	containers_write_missing(none, text, 14);
	assert_string_equal(text, "/nonexistent/");
	assert_int_equal(containers_each(none, list_one, &l), 0);
	assert_int_equal(l.len, 0);

	assert_int_equal(containers_new(&config, &empty), 0);
	containers_write_missing(empty, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/a, %s/b, %s/c, %s/d", host, host, host, host);
	assert_string_equal(text, wanted);
	/* Folders that prove nothing, and what is none. */
	assert_int_equal(mkdir(place("/a"), 0700), 0);
	put("/b/x", "");
	assert_int_equal(mkdir(place("/c/overlay"), 0700), 0);
	put("/d", "");
	containers_write_missing(empty, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/a, %s/b, %s/c, %s/d (Not a directory)", host, host,
		 host, host);
	assert_string_equal(text, wanted);
	/* What was named is told of, even if another is there. */
	assert_int_equal(mkdir(place("/c/overlay-containers"), 0700), 0);
	assert_int_equal(mkdir(place("/a/io.containerd.runtime.v2.task"), 0700), 0);
	assert_int_equal(mkdir(place("/b/containers"), 0700), 0);
	containers_write_missing(empty, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/d (Not a directory)", host);
	assert_string_equal(text, wanted);
	assert_int_equal(remove(place("/d")), 0);
	containers_write_missing(empty, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/d", host);
	assert_string_equal(text, wanted);
	put("/d/zfs-containers/x", "");
	containers_write_missing(empty, text, sizeof(text));
	assert_string_equal(text, "");

	/* Of the usual places one is enough; what may not be read is told nevertheless. */
	containers_write_missing(usual, text, sizeof(text));
	assert_non_null(strstr(text, "/var/lib/docker, "));
	put("/run/containers/storage/vfs-containers/x", "");
	containers_write_missing(usual, text, sizeof(text));
	assert_string_equal(text, "");
	put("/var/lib/docker", "");
	containers_write_missing(usual, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/var/lib/docker (Not a directory)", host);
	assert_string_equal(text, wanted);

	containers_free(fixtures);
	containers_free(none);
	containers_free(root);
	containers_free(usual);
	containers_free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_no_container),
		cmocka_unit_test(test_each),
		cmocka_unit_test_setup_teardown(test_remembered, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_tried_again, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_hostile, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_large, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_linked_root, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_other_roots, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_usual_roots, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_users, make_host, remove_host),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test_setup_teardown(test_many, make_host, remove_host),
		cmocka_unit_test_setup_teardown(test_missing, make_host, remove_host),
	};

	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
