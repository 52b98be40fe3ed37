/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "container.h"
#include "cursor.h"
#include "parse.h"

#define POD_UID_LEN  36 /* 8-4-4-4-12 digits */
#define POD_HASH_LEN 32 /* of a static pod's manifest, instead */
#define UID_MAX	     4294967294

/*
 * PREFIX-ID.scope: runc's and crun's systemd drivers make it of "SLICE:PREFIX:ID". PREFIX-ID: the
 * same runtimes on plain cgroups, and podman --cgroups=split, which is how quadlets run.
 */
static const struct form {
	const char *prefix;
	enum container_runtime runtime;
	bool bare; /* without ".scope", too */
	bool helper;
} forms[] = {
	{"docker", CONTAINER_RUNTIME_DOCKER, false, false},
	{"cri-containerd", CONTAINER_RUNTIME_CONTAINERD, false, false},
	{"nerdctl", CONTAINER_RUNTIME_CONTAINERD, false, false},
	{"crio", CONTAINER_RUNTIME_CRIO, true, false},
	{"crio-conmon", CONTAINER_RUNTIME_CRIO, true, true},
	{"libpod", CONTAINER_RUNTIME_PODMAN, true, false},
	{"libpod-payload", CONTAINER_RUNTIME_PODMAN, true, false},
	{"libpod-conmon", CONTAINER_RUNTIME_PODMAN, true, true},
};

/* What the components before the present one were. */
struct place {
	bool kubepods;	     /* the kubelet's tree, made by cgroupfs */
	bool libpod_parent;  /* podman's: a bare id is a pod's there */
	struct cursor above; /* the component before */
};

static bool drop_end(struct cursor *c, const char *end)
{
	size_t len = strlen(end);

	if (cursor_len(c) < len || memcmp(c->end - len, end, len) != 0)
		return false;
	c->end -= len;
	return true;
}

static bool take_cursor(struct cursor *c, const struct cursor *word)
{
	size_t len = cursor_len(word);

	if (cursor_len(c) < len || memcmp(c->at, word->at, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* The digits of a pod's uid with '-' between them, or whatever stands for it. */
static bool take_pod_uid(const struct cursor *c, char separator, struct container_path *ret)
{
	size_t len = cursor_len(c);

	if (len != POD_UID_LEN && len != POD_HASH_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		const char digit = c->at[i];
		bool between = len == POD_UID_LEN && (i == 8 || i == 13 || i == 18 || i == 23);

		if (between ? digit != separator
			    : !(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f'))
			return false;
	}
	for (size_t i = 0; i < len; i++)
		ret->pod_uid[i] = c->at[i] == separator ? '-' : c->at[i];
	ret->pod_uid[len] = '\0';
	return true;
}

/* "kubepods-burstable-pod0c1d….slice", with "kubelet-" and the like before it; less ".slice". */
static void take_pod_slice(struct cursor c, struct container_path *ret)
{
	static const size_t lens[] = {POD_UID_LEN, POD_HASH_LEN};
	static const char *const parents[] = {"kubepods", "kubepods-burstable",
					      "kubepods-besteffort"};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct cursor head = {c.at, c.end};
		struct cursor uid;

		if (cursor_len(&c) < lens[i])
			continue;
		head.end -= lens[i];
		uid = (struct cursor){head.end, c.end};
		if (!drop_end(&head, "-pod"))
			continue;
		for (size_t j = 0; j < sizeof(parents) / sizeof(parents[0]); j++) {
			struct cursor root = head;

			if (drop_end(&root, parents[j]) &&
			    (root.at == root.end || root.end[-1] == '-') &&
			    take_pod_uid(&uid, '_', ret))
				return;
		}
	}
}

static void set_container(struct container_path *ret, const struct cursor *id,
			  enum container_runtime runtime, bool helper)
{
	memcpy(ret->id, id->at, CONTAINER_ID_SIZE - 1);
	ret->id[CONTAINER_ID_SIZE - 1] = '\0';
	ret->runtime = runtime;
	ret->helper = helper;
}

static bool is_id(const struct cursor *c)
{
	return container_id_is_valid(c->at, cursor_len(c));
}

/* "docker-1f….scope" */
static bool take_form(struct cursor c, struct container_path *ret)
{
	bool scope = drop_end(&c, ".scope");

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct cursor id = c;

		if (!(scope || forms[i].bare) || !cursor_take(&id, forms[i].prefix) ||
		    !cursor_take(&id, "-") || !is_id(&id))
			continue;
		set_container(ret, &id, forms[i].runtime, forms[i].helper);
		return true;
	}
	return false;
}

/*
 * "kubepods-besteffort-pod….slice:cri-containerd:1f…": what is meant for systemd, taken as a name
 * by a runtime that was not told to use systemd.
 */
static bool take_unsplit(struct cursor c, struct container_path *ret)
{
	struct cursor slice, prefix;

	if (!cursor_next_field(&c, ":", &slice, NULL) ||
	    !cursor_next_field(&c, ":", &prefix, NULL) || !drop_end(&slice, ".slice") || !is_id(&c))
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!cursor_is(&prefix, forms[i].prefix))
			continue;
		take_pod_slice(slice, ret);
		set_container(ret, &c, forms[i].runtime, forms[i].helper);
		return true;
	}
	return false;
}

/* True when the component is a container's; else what it tells is noted. */
static bool take_component(const struct cursor *c, struct place *place, struct container_path *ret)
{
	struct cursor rest = *c;

	if (is_id(c) && !place->libpod_parent) {
		bool docker = cursor_is(&place->above, "docker");

		set_container(ret, c,
			      docker ? CONTAINER_RUNTIME_DOCKER : CONTAINER_RUNTIME_NOT_KNOWN,
			      false);
		return true;
	}
	if (take_form(*c, ret) || take_unsplit(*c, ret))
		return true;
	if (cursor_is(c, "kubepods"))
		place->kubepods = true;
	else if (cursor_is(c, "libpod_parent"))
		place->libpod_parent = true;
	else if (place->kubepods && cursor_take(&rest, "pod"))
		take_pod_uid(&rest, '-', ret);
	else if (drop_end(&rest, ".slice"))
		take_pod_slice(rest, ret);
	place->above = *c;
	return false;
}

/* "/user.slice/user-1000.slice/…" */
static uint32_t read_user(struct cursor c)
{
	uint64_t uid = 0;
	struct cursor slice;

	if (!cursor_take(&c, "/user.slice/user-") || !cursor_next_field(&c, "/", &slice, NULL) ||
	    !drop_end(&slice, ".slice") || !cursor_to_u64(&slice, UID_MAX, &uid))
		return 0;
	return (uint32_t)uid;
}

/* Steps over "/component", which is as the kernel prints it: never empty, ".", nor "..". */
static bool next_component(struct cursor *c, struct cursor *ret)
{
	const char *end;

	if (!cursor_take(c, "/"))
		return false;
	end = c->at < c->end ? memchr(c->at, '/', cursor_len(c)) : NULL;
	*ret = (struct cursor){c->at, end ? end : c->end};
	c->at = ret->end;
	return ret->at < ret->end && !cursor_is(ret, ".") && !cursor_is(ret, "..") &&
	       !memchr(ret->at, '\0', cursor_len(ret));
}

/*
 * Steps over "/a.slice/a-b.slice", where systemd has "a-b.slice". "-" is the root. Source:
 * systemd.slice(5).
 */
static bool take_slice(struct cursor *path, const struct cursor *slice)
{
	struct cursor name = *slice;

	if (cursor_is(slice, "-") || cursor_is(slice, "-.slice"))
		return true;
	if (!drop_end(&name, ".slice") || name.at == name.end)
		return false;
	for (const char *end = name.at; end < name.end; end++) {
		const struct cursor part = {name.at, end + 1};

		if (part.end < name.end && *part.end != '-')
			continue;
		if (!cursor_take(path, "/") || !take_cursor(path, &part) ||
		    !cursor_take(path, ".slice"))
			return false;
	}
	return true;
}

/* What runc's systemd driver makes of SLICE:PREFIX:NAME. */
static bool is_scope_of(struct cursor path, const struct cursor parts[3])
{
	static const char usual[] = "system.slice";
	const struct cursor slice = parts[0].at < parts[0].end
					    ? parts[0]
					    : (struct cursor){usual, usual + sizeof(usual) - 1};

	return take_slice(&path, &slice) && cursor_take(&path, "/") &&
	       take_cursor(&path, &parts[1]) && cursor_take(&path, "-") &&
	       take_cursor(&path, &parts[2]) && cursor_is(&path, ".scope");
}

/* "" or "/system.slice/containerd.service": where a runtime itself may be, and no container. */
static bool is_service(struct cursor path)
{
	return path.at == path.end ||
	       (cursor_take(&path, "/system.slice/") && drop_end(&path, ".service") &&
		path.at < path.end && !memchr(path.at, '/', cursor_len(&path)));
}

bool container_path_is_of(const char *path, size_t len, const char *cgroup)
{
	const size_t cgroup_len = strlen(cgroup);
	struct cursor rest = {cgroup, cgroup + cgroup_len};
	struct cursor c = {path, path + len};
	struct cursor parts[3];

	if (cgroup[0] == '/')
		return cgroup_len == len && memcmp(path, cgroup, len) == 0;
	if (cgroup_len == 0)
		return true;
	if (!strchr(cgroup, '/') && cursor_next_field(&rest, ":", &parts[0], NULL) &&
	    cursor_next_field(&rest, ":", &parts[1], NULL)) {
		parts[2] = rest;
		return is_scope_of(c, parts) ||
		       /* taken as a name: see take_unsplit() */
		       (drop_end(&c, cgroup) && drop_end(&c, "/") && is_service(c));
	}
	return drop_end(&c, cgroup) && drop_end(&c, "/");
}

bool container_path_parse(const char *path, size_t len, struct container_path *ret)
{
	struct cursor c = {path, path + len};
	struct container_path found = {.user = read_user(c)};
	struct place place = {.above = {path, path}};

	*ret = (struct container_path){.len = 0};
	while (c.at < c.end) {
		struct cursor component;

		if (!next_component(&c, &component))
			return false;
		/* What is inside of a container was named there, and proves nothing. */
		if (found.len == 0 && take_component(&component, &place, &found))
			found.len = (size_t)(c.at - path);
	}
	if (found.len == 0)
		return false;
	*ret = found;
	return true;
}
