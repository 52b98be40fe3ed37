// SPDX-License-Identifier: BSD-2-Clause
#include "trace_containers.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define JOBS_MAX 8192 /* all that the first look at a node finds */

/* For a container of which only the id is known. */
#define RETRY_NS    2000000000ULL
#define RETRIES_MAX 4

/* A cgroup in which processes were seen, or which is a container's. */
struct entry {
	uint64_t asked_ns; /* CLOCK_MONOTONIC */
	const struct container *container;
	cgroup_number number; /* 0: never asked for, or not to the end */
	uint8_t retries;
	bool answered;
};

/*
 * A copy of what the worker has found. Reports hold it, so it stays to the end of the trace; a
 * container of which more was found later has a second one.
 */
struct named {
	struct named *next;
	/* Which one of sys/containers: another cgroup may bear the same id, and not be believed. It
	 * may be gone, and another one at its place. */
	const void *source;
	struct container container;
};

/* Reads the names of the container that a path belongs to. */
struct lookup {
	struct worker_job job; /* the head: it is cast back */
	struct trace_containers *owner;
	cgroup_number number;
	struct named *found; /* NULL: in no container */
	char path[];
};

struct trace_containers {
	struct worker *worker;
	struct session *session;
	struct choice choice;
	struct cgroups *cgroups;
	struct containers *containers; /* of the worker's thread */
	size_t jobs;
	struct named *named; /* the newest first */
	int error;
	struct entry *entries; /* by the place that cgroups_place() tells */
	size_t capacity;
};

int trace_containers_new(struct worker *worker, struct session *session,
			 const struct choice *choice, struct cgroups *cgroups,
			 struct containers *containers, struct trace_containers **ret)
{
	struct trace_containers *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->worker = worker;
	t->session = session;
	t->choice = *choice;
	t->cgroups = cgroups;
	t->containers = containers;
	*ret = t;
	return 0;
}

static void free_named(struct named *named)
{
	if (named)
		container_free(&named->container);
	free(named);
}

void trace_containers_free(struct trace_containers *t)
{
	struct named *next;

	/* A job that hangs was left behind with all that it uses. */
	if (!t || t->jobs > 0)
		return;
	for (struct named *named = t->named; named; named = next) {
		next = named->next;
		free_named(named);
	}
	free(t->entries);
	free(t);
}

bool trace_containers_are_met(const struct trace_containers *t)
{
	return choice_is_met(&t->choice);
}

int trace_containers_error(struct trace_containers *t)
{
	const int error = t->error;

	t->error = 0;
	return error;
}

/* NULL: never asked for. */
static struct entry *find_entry(struct trace_containers *t, cgroup_number number)
{
	const ptrdiff_t place = cgroups_place(t->cgroups, number);

	if (place < 0 || (size_t)place >= t->capacity || t->entries[place].number != number)
		return NULL;
	return &t->entries[place];
}

/* A cleared one for a cgroup whose path is known. NULL: no memory. */
static struct entry *make_entry(struct trace_containers *t, cgroup_number number)
{
	const ptrdiff_t place = cgroups_place(t->cgroups, number);
	size_t capacity = t->capacity;
	struct entry *grown;

	if (place < 0)
		return NULL;
	if ((size_t)place >= capacity) {
		while ((size_t)place >= capacity)
			capacity = capacity ? capacity * 2 : 256;
		grown = reallocarray(t->entries, capacity, sizeof(*grown));
		if (!grown)
			return NULL;
		memset(grown + t->capacity, 0, (capacity - t->capacity) * sizeof(*grown));
		t->entries = grown;
		t->capacity = capacity;
	}
	t->entries[place] = (struct entry){.number = number};
	return &t->entries[place];
}

static void select_cgroup(struct trace_containers *t, cgroup_number number)
{
	int r = session_select_cgroup(t->session, number);

	if (r < 0 && t->error == 0)
		t->error = r;
}

static void run_lookup(struct worker_job *job)
{
	struct lookup *l = (struct lookup *)job;
	const struct container *container = containers_of_path(l->owner->containers, l->path);
	struct named *copy = container ? calloc(1, sizeof(*copy)) : NULL;

	if (!copy)
		return;
	copy->source = container;
	memcpy(copy->container.id, container->id, sizeof(copy->container.id));
	copy->container.runtime = container->runtime;
	copy->container.sandbox = container->sandbox;
	if (container_complete(&copy->container, container) < 0) {
		free_named(copy);
		return;
	}
	l->found = copy;
}

static unsigned int count_members(const struct container *c)
{
	return !!c->name + !!c->image + !!c->pod + !!c->namespace + !!c->pod_uid + !!c->in_pod +
	       (c->runtime != CONTAINER_RUNTIME_NOT_KNOWN);
}

/* Takes `found` over, unless as much is known of that container already. */
static const struct container *keep(struct trace_containers *t, struct named *found)
{
	for (struct named *named = t->named; named; named = named->next) {
		if (named->source != found->source ||
		    strcmp(named->container.id, found->container.id) != 0)
			continue;
		/* What is known of a container only grows. */
		if (count_members(&named->container) < count_members(&found->container))
			break;
		free_named(found);
		return &named->container;
	}
	found->next = t->named;
	t->named = found;
	return &found->container;
}

static void end_lookup(struct worker_job *job)
{
	struct lookup *l = (struct lookup *)job;
	struct trace_containers *t = l->owner;
	struct entry *entry = find_entry(t, l->number);
	const struct container *container = l->found ? keep(t, l->found) : NULL;

	t->jobs--;
	if (entry) {
		entry->answered = true;
		entry->container = container;
	}
	if (container && choice_meets_container(&t->choice, container))
		select_cgroup(t, l->number);
	free(l);
}

/* True: the worker has it. */
static bool submit(struct trace_containers *t, cgroup_number number, const char *path)
{
	const size_t size = strlen(path) + 1;
	struct lookup *l;

	if (t->jobs == JOBS_MAX)
		return false;
	l = malloc(sizeof(*l) + size);
	if (!l)
		return false;
	*l = (struct lookup){
		.job = {.run = run_lookup, .done = end_lookup},
		.owner = t,
		.number = number,
	};
	memcpy(l->path, path, size);
	t->jobs++;
	worker_submit(t->worker, &l->job);
	return true;
}

/* True: the answer is on its way. */
static bool ask(struct trace_containers *t, cgroup_number number, const char *path)
{
	struct entry *entry = make_entry(t, number);
	struct container_path parsed;

	if (!entry)
		return false;
	entry->answered = true;
	if (!container_path_parse(path, strlen(path), &parsed))
		return false;
	if (!submit(t, number, path)) {
		entry->number = 0; /* the next event asks again */
		return false;
	}
	entry->answered = false;
	entry->asked_ns = clock_ns(CLOCK_MONOTONIC);
	return true;
}

/* The runtime may write its files, or make them readable, after the cgroup. */
static void ask_again(struct trace_containers *t, struct entry *entry)
{
	const uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	const char *path;

	if (entry->retries == RETRIES_MAX || now_ns - entry->asked_ns < RETRY_NS)
		return;
	entry->retries++;
	entry->asked_ns = now_ns;
	path = cgroups_path(t->cgroups, entry->number);
	if (path)
		submit(t, entry->number, path);
}

static int add_scanned(void *context, cgroup_number number, const char *path)
{
	struct trace_containers *t = context;

	if (choice_meets_path(&t->choice, t->cgroups, path))
		select_cgroup(t, number);
	if (!find_entry(t, number))
		ask(t, number, path);
	return 0;
}

int trace_containers_catch_up(struct trace_containers *t)
{
	return cgroups_scan(t->cgroups, add_scanned, t);
}

/* True: the answer is on its way. */
static bool find(struct trace_containers *t, struct report_task *task)
{
	struct entry *entry;
	const char *path;

	task->container = NULL;
	if (task->source == REPORT_SOURCE_ABSENT || task->cgroup == 0)
		return false;
	entry = find_entry(t, task->cgroup);
	if (!entry) {
		path = cgroups_path(t->cgroups, task->cgroup);
		return path && ask(t, task->cgroup, path);
	}
	if (!entry->answered)
		return clock_ns(CLOCK_MONOTONIC) - entry->asked_ns < WORKER_PATIENCE_NS;
	task->container = entry->container;
	if (entry->container && !entry->container->pod && !entry->container->name)
		ask_again(t, entry);
	return false;
}

bool trace_containers_find(struct trace_containers *t, struct report *r)
{
	bool waits = find(t, &r->target);

	waits |= find(t, &r->sender);
	waits |= find(t, &r->sender_acts_for);
	waits |= find(t, &r->earlier.sender);
	waits |= find(t, &r->earlier.instead);
	return waits;
}

void trace_containers_made(struct trace_containers *t, const struct report *r)
{
	/* Cut, it may look like another container's. */
	if (strlen(r->cgroup_path) >= EVENT_CGROUP_PATH_SIZE - 1 ||
	    cgroups_add(t->cgroups, r->target.cgroup, r->cgroup_path) < 0)
		return;
	if (choice_meets_path(&t->choice, t->cgroups, r->cgroup_path))
		select_cgroup(t, r->target.cgroup);
	ask(t, r->target.cgroup, r->cgroup_path);
}
