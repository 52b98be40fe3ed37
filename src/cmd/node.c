// SPDX-License-Identifier: BSD-2-Clause
#include "node.h"

#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "log.h"

static bool names_places(const struct containers_config *places)
{
	return places->host_root || places->containerd_state || places->docker_root ||
	       places->storage_root;
}

/* To who says where the files are. With names to look for, choice_resolve() tells it. */
static void report_missing_files(const struct choice *c, const struct containers *containers)
{
	char missing[1024];

	if (choice_has_cgroups(c) || !names_places(&c->places))
		return;
	containers_write_missing(containers, missing, sizeof(missing));
	if (missing[0])
		cli_error("containers may have no names: these folders of their runtimes are not "
			  "there, or may not be read: %s",
			  missing);
}

int node_open(const struct choice *c, struct node *ret)
{
	const char *root = c->places.host_root ? c->places.host_root : "/";
	struct node node = {0};
	int r = cgroups_new(root, &node.cgroups);

	if (r == 0)
		r = containers_new(&c->places, &node.containers);
	if (r < 0) {
		node_close(&node);
		if (r == -ENOMEM)
			return r;
		log_debug("cgroups below %s: %s", root, strerror(-r));
		if (!choice_has_cgroups(c) && !names_places(&c->places)) {
			*ret = node;
			return 0;
		}
		cli_error(
			"no tree of cgroups is mounted below %s, so that containers cannot be told "
			"apart; mount the node's /sys/fs/cgroup here, or name where its root is "
			"with --host-root",
			cli_quote(root));
		return -EOPNOTSUPP;
	}
	report_missing_files(c, node.containers);
	*ret = node;
	return 0;
}

void node_close(struct node *n)
{
	containers_free(n->containers);
	cgroups_free(n->cgroups);
	*n = (struct node){0};
}
