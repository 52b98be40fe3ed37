// SPDX-License-Identifier: BSD-2-Clause
#include "choice_processes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "feature.h"
#include "privilege.h"
#include "proctext_cgroup.h"

struct walk {
	struct choice *choice;
	struct cgroups *cgroups;
	struct containers *containers;
	procfs_process_fn each;
	void *context;
};

static bool is_in_pid_ns(const struct walk *w, uint32_t tgid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", tgid);
	if (stat(path, &st) < 0)
		return false;
	for (size_t i = 0; i < w->choice->len; i++) {
		const struct choice_word *word = &w->choice->words[i];

		if (word->kind == CHOICE_PID_NS && word->number == (uint32_t)st.st_ino)
			return true;
	}
	return false;
}

static bool is_chosen(const struct walk *w, uint32_t tgid)
{
	char path[PROCTEXT_PATH_SIZE];
	const struct container *container;

	if (is_in_pid_ns(w, tgid))
		return true;
	if (!w->cgroups || cgroups_of_process(w->cgroups, tgid, path, sizeof(path)) < 0)
		return false;
	container = containers_of_path(w->containers, path);
	return choice_meets_path(w->choice, w->cgroups, path) ||
	       (container && choice_meets_container(w->choice, container));
}

static int visit(void *context, const struct procfs_process *process)
{
	const struct walk *w = context;

	return is_chosen(w, process->tgid) ? w->each(w->context, process) : 0;
}

int choice_each_process(struct choice *c, struct cgroups *cgroups, struct containers *containers,
			procfs_process_fn each, void *context)
{
	struct walk w = {
		.choice = c,
		.cgroups = cgroups,
		.containers = containers,
		.each = each,
		.context = context,
	};

	return procfs_each_process(visit, &w);
}

int choice_take_processes(struct choice *c, const struct node *node, procfs_process_fn each,
			  void *context)
{
	struct features_problem problem;
	int r;

	if (choice_has_cgroups(c) && features_check_pids(&problem) < 0) {
		cli_error("%s; %s", problem.what, problem.remedy);
		return EXIT_CANNOT_RUN;
	}
	r = choice_check(c, node->cgroups, node->containers);
	if (r == -EACCES)
		return EXIT_CANNOT_RUN;
	if (r == 0)
		r = choice_each_process(c, node->cgroups, node->containers, each, context);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0)
		cli_error("cannot read which processes are in what was named: %s", strerror(-r));
	return r < 0 ? EXIT_INTERNAL : 0;
}

bool choice_is_refused(uint32_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", pid);
	return stat(path, &st) < 0 && (errno == EACCES || errno == EPERM);
}

const char *choice_refused_remedy(void)
{
	if (geteuid())
		return "run it with sudo";
	if (privilege_in_foreign_namespace(PRIVILEGE_NAMESPACE_USER))
		return "not even by root, which counts only in its own user namespace; run it on "
		       "the node, outside rootless containers";
	if (!privilege_has(CAP_SYS_PTRACE))
		return "not even by root, because CAP_SYS_PTRACE is missing; give it to the "
		       "container or service that starts it (docker run --cap-add SYS_PTRACE)";
	return "not even by root, because something forbids it, such as a security module (LSM) or a "
	       "sandbox around this machine; ask whoever runs it";
}

const struct container *choice_container_of(struct cgroups *cgroups, struct containers *containers,
					    uint32_t tgid)
{
	char path[PROCTEXT_PATH_SIZE];

	if (cgroups_of_process(cgroups, tgid, path, sizeof(path)) < 0)
		return NULL;
	return containers_of_path(containers, path);
}
