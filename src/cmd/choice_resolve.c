// SPDX-License-Identifier: BSD-2-Clause
/* What is there now of what was named, and what to say if it is not, or is not clear. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "choice.h"
#include "choice_processes.h"
#include "cmd.h"
#include "container_words.h"
#include "parse.h"
#include "privilege.h"
#include "procfs.h"

#define LISTED_MAX 12 /* that a message lists */
#define ID_SHOWN   12

/* --pid-ns */

struct search {
	uint32_t number;
	bool found;
	uint32_t refused; /* one that may not be read; 0: all may */
};

/* What holds for another process may hold for all. */
static int report_refused(uint32_t pid, uint32_t number)
{
	char found[64] = "";

	if (number)
		snprintf(found, sizeof(found), "no process is seen in PID namespace %u, but ",
			 number);
	cli_error("--pid-ns: %sthe PID namespace of process %u may not be read: %s%s", found, pid,
		  choice_refused_remedy(), geteuid() ? "" : ", or name its processes with -p");
	return -EACCES;
}

/* Process 1 of our namespace, which is found by our own process. */
static bool is_own_init(uint32_t tgid)
{
	return tgid == 1 && !privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_PID);
}

static int compare_pid_ns(void *context, const struct procfs_process *process)
{
	struct search *search = context;
	char path[64];
	struct stat st;

	if (search->found)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/ns/pid", process->tgid);
	if (stat(path, &st) == 0)
		search->found = (uint32_t)st.st_ino == search->number;
	else if ((errno == EACCES || errno == EPERM) && !is_own_init(process->tgid))
		search->refused = process->tgid;
	return 0;
}

static int find_pid_ns(const struct choice_word *word)
{
	struct search search = {.number = word->number};
	int r = procfs_each_process(compare_pid_ns, &search);

	if (r < 0 || search.found)
		return r;
	if (search.refused)
		return report_refused(search.refused, word->number);
	cli_error("--pid-ns: no process is in PID namespace %u (lsns -t pid lists them)",
		  word->number);
	return -EINVAL;
}

/* A pid, or the inode itself: no pid is as large as an inode of a namespace. */
static int resolve_pid_ns(struct choice_word *word)
{
	char path[64];
	struct stat st;

	word->met = true;
	if (word->number > PARSE_PID_MAX)
		return find_pid_ns(word);
	snprintf(path, sizeof(path), "/proc/%u/ns/pid", word->number);
	if (stat(path, &st) == 0) {
		word->number = (uint32_t)st.st_ino;
		word->is_pid = true;
		return 0;
	}
	if (errno == EACCES || errno == EPERM)
		return report_refused(word->number, 0);
	cli_error("--pid-ns: there is no process %u", word->number);
	return -EINVAL;
}

/* --cgroup */

static int resolve_cgroup(const struct choice *c, struct choice_word *word,
			  const struct cgroups *cgroups)
{
	const bool is_v1 = cgroups_is_v1(cgroups);
	cgroup_number number;
	int r = cgroups_number(cgroups, word->text, &number);

	if (r == 0)
		word->met = true;
	if (r != -ENOENT || c->wait)
		return r == -ENOENT ? 0 : r;
	cli_error("--cgroup: there is no cgroup %s in %s%s", cli_quote(word->text),
		  cgroups_mount(cgroups), c->can_wait ? "; --wait waits for it" : "");
	cli_error(
		"of this node's trees that one counts: name a directory there, or the path behind "
		"'%s' in /proc/PID/cgroup",
		is_v1 ? "pids:" : "0::");
	return -EINVAL;
}

/* -c and --pod */

/* Copies of containers, each once: those that have a cgroup, and those with files only. */
struct inventory {
	struct item {
		struct container container;
		bool runs;
	} * items;
	size_t len;
	size_t capacity;
};

static void inventory_free(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->len; i++)
		container_free(&inventory->items[i].container);
	free(inventory->items);
}

static int add_item(struct inventory *inventory, const struct container *container, bool runs)
{
	struct item *item;
	int r;

	if (inventory->len == inventory->capacity) {
		const size_t capacity = inventory->capacity ? inventory->capacity * 2 : 64;
		struct item *items = reallocarray(inventory->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		inventory->items = items;
		inventory->capacity = capacity;
	}
	item = &inventory->items[inventory->len];
	*item = (struct item){.runs = runs};
	r = container_complete(&item->container, container);
	if (r == 0)
		inventory->len++;
	return r;
}

static int compare_texts(const char *a, const char *b)
{
	/* What has no name comes last. */
	return a && b ? strcmp(a, b) : !a - !b;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *const x = a, *const y = b;
	const struct container *const l = &x->container, *const r = &y->container;
	int order = compare_texts(l->namespace, r->namespace);

	order = order ? order : compare_texts(l->pod, r->pod);
	order = order ? order : compare_texts(l->in_pod, r->in_pod);
	order = order ? order : compare_texts(l->name, r->name);
	order = order ? order : strcmp(l->id, r->id);
	return order ? order : y->runs - x->runs;
}

static bool has_id_of(const struct item *a, const struct item *b)
{
	return strcmp(a->container.id, b->container.id) == 0;
}

struct survey {
	struct containers *containers;
	struct inventory *inventory;
};

static int add_running(void *context, cgroup_number number, const char *path)
{
	const struct survey *s = context;
	const struct inventory *known = s->inventory;
	const struct container *container = containers_of_path(s->containers, path);

	(void)number;
	/* What is inside of it comes right behind it. */
	if (!container ||
	    (known->len && strcmp(known->items[known->len - 1].container.id, container->id) == 0))
		return 0;
	return add_item(s->inventory, container, true);
}

static int add_listed(void *context, const struct container *container)
{
	return add_item(context, container, false);
}

static int take_inventory(struct cgroups *cgroups, struct containers *containers,
			  struct inventory *ret)
{
	struct survey survey = {containers, ret};
	int r = cgroups_scan(cgroups, add_running, &survey);
	size_t len = 0;

	if (r == 0)
		r = containers_each(containers, add_listed, ret);
	if (r < 0 || ret->len == 0)
		return r;
	qsort(ret->items, ret->len, sizeof(*ret->items), compare_items);
	for (size_t i = 0; i < ret->len; i++) {
		if (len > 0 && has_id_of(&ret->items[len - 1], &ret->items[i]))
			container_free(&ret->items[i].container);
		else
			ret->items[len++] = ret->items[i];
	}
	ret->len = len;
	return 0;
}

/* What the word names is a container, or a pod, which several containers have in common. */
static bool is_same(const struct choice_word *word, const struct item *a, const struct item *b)
{
	if (word->kind != CHOICE_POD)
		return has_id_of(a, b);
	return compare_texts(a->container.namespace, b->container.namespace) == 0 &&
	       compare_texts(a->container.pod, b->container.pod) == 0;
}

static const char *option_of(const struct choice_word *word)
{
	return word->kind == CHOICE_POD ? "--pod" : "-c";
}

static void print_item(const struct choice_word *word, const struct item *item)
{
	const struct container *container = &item->container;
	struct container pod = {.namespace = container->namespace, .pod = container->pod};
	char data[CHOICE_NAME_SIZE];
	struct strbuf name;

	strbuf_init(&name, data, sizeof(data));
	if (word->kind == CHOICE_POD) {
		container_write_name(&pod, &name);
		cli_error("  %s", data);
		return;
	}
	container_write_name(container, &name);
	cli_error("  %s (%.*s)%s", data, ID_SHOWN, container->id,
		  item->runs ? "" : ", does not run");
}

/* The containers, or the pods, of which only those that match if `matching`; after a headline. */
static void print_items(const struct choice_word *word, const struct inventory *inventory,
			bool matching)
{
	const struct item *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < inventory->len; i++) {
		const struct item *item = &inventory->items[i];

		if ((matching && !choice_word_matches(word, &item->container)) ||
		    (word->kind == CHOICE_POD && !item->container.pod) ||
		    (last && is_same(word, last, item)))
			continue;
		last = item;
		if (count++ < LISTED_MAX)
			print_item(word, item);
	}
	if (count > LISTED_MAX)
		cli_error("  … and %zu more", count - LISTED_MAX);
}

/* Nothing could be listed, and nothing is in the way of it. */
static void print_none(bool wants_pod, const struct inventory *inventory,
		       const struct containers *containers)
{
	char places[1024];

	if (wants_pod && inventory->len) {
		cli_error("none of the containers here (%zu) is known to be in a pod",
			  inventory->len);
		return;
	}
	containers_write_places(containers, places, sizeof(places));
	cli_error("there is no container here: neither among the cgroups nor in %s; other places "
		  "are named with --host-root, --containerd-state, --docker-root or "
		  "--storage-root",
		  places);
}

/* Why it may be there, and still have no name. True: there is something to be said. */
static bool print_nameless(const struct inventory *inventory, struct containers *containers)
{
	char missing[1024];
	size_t nameless = 0;

	for (size_t i = 0; i < inventory->len; i++)
		nameless += !inventory->items[i].container.name &&
			    !inventory->items[i].container.pod;
	containers_write_missing(containers, missing, sizeof(missing));
	if (nameless > 0)
		cli_error("of %zu of the containers here only the id is known", nameless);
	if (missing[0])
		cli_error("names are in the runtimes' files, which are not there or may not be "
			  "read: %s",
			  missing);
	if (nameless > 0 || missing[0])
		cli_error(geteuid() ? "run it with sudo"
				    : "name where they are with --host-root, --containerd-state, "
				      "--docker-root or --storage-root");
	return nameless > 0 || missing[0];
}

/* An id, of which too little was given for container_matches(). */
static bool begins_an_id(const struct choice_word *word, const struct inventory *inventory)
{
	const size_t len = strlen(word->text);

	for (size_t i = 0; word->kind == CHOICE_CONTAINER && i < inventory->len; i++)
		if (strncmp(inventory->items[i].container.id, word->text, len) == 0)
			return true;
	return false;
}

static int report_nothing(const struct choice *c, const struct choice_word *word,
			  const struct inventory *inventory, struct containers *containers)
{
	const bool wants_pod = word->kind == CHOICE_POD;
	const struct choice_word other = {.kind = wants_pod ? CHOICE_CONTAINER : CHOICE_POD,
					  .text = word->text};
	const char *name = cli_quote(word->text);
	size_t listed = 0;

	for (size_t i = 0; i < inventory->len; i++) {
		const struct container *container = &inventory->items[i].container;

		listed += !wants_pod || container->pod;
		if (!choice_word_matches(&other, container))
			continue;
		cli_error("%s: %s is no %s; try %s %s", option_of(word), name,
			  wants_pod ? "pod, but a container" : "container, but a pod",
			  option_of(&other), name);
		return -EINVAL;
	}
	cli_error("%s: no %s is called %s%s%s%s", option_of(word), wants_pod ? "pod" : "container",
		  name,
		  begins_an_id(word, inventory)
			  ? ", and as the beginning of an id it is too short (4 digits or more)"
			  : "",
		  c->can_wait ? "; --wait waits for it" : "", listed ? "; there are:" : "");
	print_items(word, inventory, false);
	if (!print_nameless(inventory, containers) && !listed)
		print_none(wants_pod, inventory, containers);
	return -EINVAL;
}

static int check_name(const struct choice *c, struct choice_word *word,
		      const struct inventory *inventory, struct containers *containers)
{
	const struct item *first = NULL;
	bool ambiguous = false;

	for (size_t i = 0; i < inventory->len; i++) {
		const struct item *item = &inventory->items[i];

		if (!choice_word_matches(word, &item->container))
			continue;
		ambiguous |= first && !is_same(word, first, item);
		word->met |= item->runs;
		first = first ? first : item;
	}
	if (ambiguous) {
		cli_error("%s: %s is not the name of one %s; name one of these in full:",
			  option_of(word), cli_quote(word->text),
			  word->kind == CHOICE_POD ? "pod" : "container");
		print_items(word, inventory, true);
		return -EINVAL;
	}
	if (word->met || c->wait)
		return 0;
	if (!first)
		return report_nothing(c, word, inventory, containers);
	cli_error("%s: %s does not run%s", option_of(word), cli_quote(word->text),
		  c->can_wait ? "; --wait waits for its start" : "");
	return -EINVAL;
}

static int resolve_word(const struct choice *c, struct choice_word *word, struct cgroups *cgroups,
			const struct inventory *inventory, struct containers *containers)
{
	switch (word->kind) {
	case CHOICE_CONTAINER:
	case CHOICE_POD:
		return check_name(c, word, inventory, containers);
	case CHOICE_CGROUP:
		return resolve_cgroup(c, word, cgroups);
	case CHOICE_PID_NS:
		return resolve_pid_ns(word);
	case CHOICE_KIND_COUNT:
		break;
	}
	return -EINVAL;
}

struct walk {
	struct choice *choice;
	struct cgroups *cgroups;
	struct containers *containers;
	int (*select)(void *context, cgroup_number number);
	void *context;
};

static int visit(void *context, cgroup_number number, const char *path)
{
	const struct walk *w = context;
	const struct container *container = containers_of_path(w->containers, path);
	bool meets = choice_meets_path(w->choice, w->cgroups, path);

	if (container)
		meets |= choice_meets_container(w->choice, container);
	return meets ? w->select(w->context, number) : 0;
}

int choice_select(struct choice *c, struct cgroups *cgroups, struct containers *containers,
		  int (*select)(void *context, cgroup_number number), void *context)
{
	struct walk w = {
		.choice = c,
		.cgroups = cgroups,
		.containers = containers,
		.select = select,
		.context = context,
	};

	return choice_has_cgroups(c) ? cgroups_scan(cgroups, visit, &w) : 0;
}

int choice_check(struct choice *c, struct cgroups *cgroups, struct containers *containers)
{
	struct inventory inventory = {0};
	int r = 0;

	if (choice_has_names(c))
		r = take_inventory(cgroups, containers, &inventory);
	for (size_t i = 0; r == 0 && i < c->len; i++)
		r = resolve_word(c, &c->words[i], cgroups, &inventory, containers);
	inventory_free(&inventory);
	return r;
}
