// SPDX-License-Identifier: BSD-2-Clause
#include "containers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "container_files.h"

#define BUCKETS	       4096
#define CONTAINERS_MAX 65536
#define USERS_MAX      8192
#define TRIES_MAX      5
#define TRY_AGAIN_NS   1000000000ULL

/*
 * A container's id is its own for ever, but whoever makes cgroups can name one by it: each place is
 * looked at for itself.
 */
struct entry {
	struct container container;
	char *place;   /* the path of its own cgroup; "": shown by a runtime's files */
	uint32_t user; /* struct container_path */
	bool complete;
	unsigned int tries;
	uint64_t again_ns;   /* not before */
	uint64_t listing;    /* the last containers_each() that showed it */
	struct entry *next;  /* in its bucket */
	struct entry *newer; /* in its queue */
};

/* In the order they were made. Those of users have their own: they must not crowd out others. */
struct queue {
	struct entry *oldest;
	struct entry *newest;
	size_t len;
	size_t max;
};

struct containers {
	struct container_files *files;
	struct entry *buckets[BUCKETS];
	struct queue system;
	struct queue users;
	uint64_t listing;
};

int containers_new(const struct containers_config *config, struct containers **ret)
{
	struct containers *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->system.max = CONTAINERS_MAX;
	c->users.max = USERS_MAX;
	err = container_files_new(config, &c->files);
	if (err) {
		free(c);
		return err;
	}
	*ret = c;
	return 0;
}

/* FNV-1a of the whole id: those that nobody has drawn by lot need not differ at their beginning. */
static size_t bucket_of(const char *id)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; id[i]; i++)
		hash = (hash ^ (uint8_t)id[i]) * 16777619;
	return (hash ^ hash >> 16) % BUCKETS;
}

static void drop_oldest(struct containers *c, struct queue *queue)
{
	struct entry *e = queue->oldest;
	struct entry **link = &c->buckets[bucket_of(e->container.id)];

	while (*link && *link != e)
		link = &(*link)->next;
	if (*link)
		*link = e->next;
	queue->oldest = e->newer;
	if (!queue->oldest)
		queue->newest = NULL;
	queue->len--;
	container_free(&e->container);
	free(e->place);
	free(e);
}

/* NULL: no memory. */
static struct entry *get_entry(struct containers *c, const struct container_path *found,
			       const char *path)
{
	struct queue *queue = found->user ? &c->users : &c->system;
	struct entry **bucket = &c->buckets[bucket_of(found->id)];
	struct entry *e;

	for (e = *bucket; e; e = e->next)
		if (strcmp(e->container.id, found->id) == 0 &&
		    strncmp(e->place, path, found->len) == 0 && e->place[found->len] == '\0')
			return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->place = strndup(path, found->len);
	if (!e->place) {
		free(e);
		return NULL;
	}
	memcpy(e->container.id, found->id, sizeof(e->container.id));
	e->user = found->user;
	if (queue->len == queue->max)
		drop_oldest(c, queue);
	e->next = *bucket;
	*bucket = e;
	if (queue->newest)
		queue->newest->newer = e;
	else
		queue->oldest = e;
	queue->newest = e;
	queue->len++;
	return e;
}

void containers_free(struct containers *c)
{
	if (!c)
		return;
	while (c->system.len)
		drop_oldest(c, &c->system);
	while (c->users.len)
		drop_oldest(c, &c->users);
	container_files_free(c->files);
	free(c);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void read_files(struct containers *c, struct entry *e)
{
	uint64_t now;

	if (e->complete || e->tries == TRIES_MAX)
		return;
	now = now_ns();
	if (now < e->again_ns)
		return;
	e->complete = container_files_read(c->files, e->user, &e->container);
	e->again_ns = now + TRY_AGAIN_NS;
	e->tries++;
}

/* What users write about themselves proves nothing against them. */
static bool is_elsewhere(const struct entry *e)
{
	return e->user == 0 && e->container.cgroup &&
	       !container_path_is_of(e->place, strlen(e->place), e->container.cgroup);
}

const struct container *containers_of_path(struct containers *c, const char *path)
{
	struct container_path found;
	struct container proven;
	struct entry *e;

	/* conmon is beside its container, not in it. */
	if (!container_path_parse(path, strlen(path), &found) || found.helper)
		return NULL;
	e = get_entry(c, &found, path);
	if (!e)
		return NULL;
	proven = (struct container){
		.runtime = found.runtime,
		.pod_uid = found.pod_uid[0] ? found.pod_uid : NULL,
	};
	/* What has no memory now is added when it is asked for again. */
	(void)container_complete(&e->container, &proven);
	read_files(c, e);
	return is_elsewhere(e) ? NULL : &e->container;
}

struct listing {
	struct containers *containers;
	container_fn each;
	void *context;
};

static int list(void *context, const struct container *shown)
{
	const struct listing *l = context;
	struct container_path nowhere = {.len = 0};
	struct entry *e;
	int err;

	memcpy(nowhere.id, shown->id, sizeof(nowhere.id));
	e = get_entry(l->containers, &nowhere, "");

	if (!e)
		return -ENOMEM;
	if (e->listing == l->containers->listing)
		return 0;
	e->listing = l->containers->listing;
	err = container_complete(&e->container, shown);
	if (err)
		return err;
	read_files(l->containers, e);
	/* Other tools keep theirs in the same storage. */
	if (e->container.runtime == CONTAINER_RUNTIME_NOT_KNOWN)
		return 0;
	return l->each(l->context, &e->container);
}

int containers_each(struct containers *c, container_fn each, void *context)
{
	struct listing l = {c, each, context};

	c->listing++;
	return container_files_each(c->files, list, &l);
}

void containers_write_places(const struct containers *c, char *text, size_t size)
{
	container_files_write_places(c->files, text, size);
}

void containers_write_missing(const struct containers *c, char *text, size_t size)
{
	container_files_write_missing(c->files, text, size);
}
