// SPDX-License-Identifier: BSD-2-Clause
#include "chain_send.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd.h"
#include "proc_dir.h"
#include "signals.h"

#define NAME_SIZE 256

static const char *root_name(const struct chain *c, char *data, size_t size)
{
	struct strbuf name;

	strbuf_init(&name, data, size);
	chain_write_node(c, c->root, &name);
	return data;
}

int chain_send_check(const struct chain *c)
{
	char name[NAME_SIZE];

	if (c->to == CHAIN_TO_PROCESS) {
		if (c->nodes[c->root].process->tgid != (uint32_t)getpid())
			return 0;
		cli_error("--send: %s is sigtrace itself", root_name(c, name, sizeof(name)));
		return EXIT_USAGE;
	}
	if (c->group > 1 && c->group != (uint32_t)getpgrp())
		return 0;
	if (c->group == 0)
		cli_error(c->to == CHAIN_TO_FOREGROUND
				  ? "--to foreground: %s has no terminal with a foreground group"
				  : "--to group: the process group of %s is not known",
			  root_name(c, name, sizeof(name)));
	else if (c->group == 1)
		cli_error("--send: group 1 is that of the machine's init: not sent");
	else
		cli_error("--send: sigtrace is in process group %u itself and would get the "
			  "signal, too: start it as `setsid -w sigtrace …`, or from another shell",
			  c->group);
	/* Nothing to send to, as where a tree is gone; the rest is refused. */
	return c->group == 0 && c->to == CHAIN_TO_FOREGROUND ? EXIT_INCONCLUSIVE : EXIT_USAGE;
}

/* By a descriptor: the number may have been given to another process meanwhile. */
static int send_to_process(const struct process *p, int sig)
{
	struct proc_dir dir;
	int fd = (int)syscall(SYS_pidfd_open, p->tgid, 0);
	int r;

	if (fd < 0)
		return -errno;
	r = proc_dir_open(p->tgid, p->start_boot_ns, &dir);
	if (r == 0) {
		proc_dir_close(&dir);
		r = syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) < 0 ? -errno : 0;
	}
	close(fd);
	return r;
}

/* While the root lives and is of the group, nobody else can have its number. */
static int send_to_group(const struct chain *c, int sig)
{
	const struct process *root = c->nodes[c->root].process;
	struct proc_dir dir;
	int r = proc_dir_open(root->tgid, root->start_boot_ns, &dir);

	if (r < 0)
		return r;
	proc_dir_close(&dir);
	return kill(-(pid_t)c->group, sig) < 0 ? -errno : 0;
}

int chain_send(const struct chain *c, int sig)
{
	const bool alone = c->to == CHAIN_TO_PROCESS;
	char name[NAME_SIZE];
	int r = alone ? send_to_process(c->nodes[c->root].process, sig) : send_to_group(c, sig);

	root_name(c, name, sizeof(name));
	if (r == 0 && alone)
		cli_error("sent %s to %s alone (pidfd_send_signal)", signal_name(sig), name);
	else if (r == 0)
		cli_error("sent %s to process group %u, %s (kill -%s -%u)", signal_name(sig),
			  c->group,
			  c->to == CHAIN_TO_GROUP ? "that of the root"
						  : "the terminal's foreground group",
			  signal_name(sig) + 3, c->group);
	else if (r == -ESRCH)
		cli_error("--send: nothing was sent: %s has ended", name);
	else
		cli_error("--send: nothing was sent to %s: %s%s", name, strerror(-r),
			  r == -EPERM ? "; it belongs to somebody else: run it with sudo" : "");
	if (r == 0)
		return 0;
	return r == -ESRCH ? EXIT_INCONCLUSIVE : r == -EPERM ? EXIT_CANNOT_RUN : EXIT_INTERNAL;
}
