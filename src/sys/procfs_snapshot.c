// SPDX-License-Identifier: BSD-2-Clause
#include "process_snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"
#include "place.h"
#include "privilege.h"
#include "procfs.h"

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* How much of a process is read. */
enum depth {
	DEPTH_STAT,	/* what its stat tells */
	DEPTH_IDENTITY, /* and its status: numbers, dispositions */
	DEPTH_THREADS,	/* and its threads */
	DEPTH_GONE,	/* nothing: it ended meanwhile */
};

struct snapshot {
	int proc_fd;
	struct process_table *table;
	bool initial_namespace; /* /proc counts in the PID namespace that the node boots with */
};

/* One process while it is read. */
struct subject {
	struct process *p;
	struct proc_dir dir;
	struct proctext_stat stat;
	bool native_known;
	bool native;
};

/* The opposite of task_state_letter(); include/linux/sched.h. False: no letter of today's. */
static bool state_of_letter(char letter, uint32_t *ret)
{
	static const struct {
		char letter;
		uint32_t state;
	} states[] = {
		{'R', 0},    {'S', 0x01}, {'D', 0x02}, {'T', 0x04},  {'t', 0x08},
		{'X', 0x10}, {'Z', 0x20}, {'P', 0x40}, {'I', 0x402},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i].letter != letter)
			continue;
		*ret = states[i].state;
		return true;
	}
	return false;
}

static bool is_exiting(const struct proctext_stat *stat)
{
	return (stat->flags & PF_EXITING) || stat->state == 'Z' || stat->state == 'X';
}

/* TracerPid of status is a thread's number, and only the main thread's is that of the process. */
static uint32_t process_of_thread(const struct snapshot *s, uint32_t tid)
{
	struct proctext_status status;
	char path[64];

	if (tid == 0 || process_table_find(s->table, tid))
		return tid;
	snprintf(path, sizeof(path), "%u/status", tid);
	return procfs_read_status_at(s->proc_fd, path, &status) < 0 ? tid : status.tgid;
}

static bool read_waited_for(struct subject *u, uint32_t tid, char letter, uint64_t *ret)
{
	if (u->p->kernel_thread) {
		*ret = 0;
		return true;
	}
	/* Only a thread that sleeps has a place to be judged. */
	if (!u->native_known && (letter == 'S' || letter == 'D')) {
		u->native = place_is_native(&u->dir);
		u->native_known = true;
	}
	return place_read_waited_for(&u->dir, tid, letter, u->native, ret);
}

/* 0, also if nothing can be said about the thread, or -ENOMEM. */
static int add_thread(const struct snapshot *s, struct subject *u, uint32_t tid,
		      const struct proctext_stat *stat, const struct proctext_status *status)
{
	struct thread *thread;
	uint32_t state;

	if (!status->has_signals || !state_of_letter(stat->state, &state))
		return 0;
	thread = process_add_thread(u->p, tid);
	if (!thread)
		return -ENOMEM;
	if (status->ns_pid_count > 0)
		thread->ns_tid = status->ns_pid[status->ns_pid_count - 1];
	memcpy(thread->comm, stat->comm, sizeof(thread->comm));
	thread->blocked = status->blocked;
	thread->pending = status->pending;
	thread->state = state;
	thread->tracer_tgid = process_of_thread(s, status->tracer_tid);
	thread->exiting = is_exiting(stat);
	if (thread->exiting)
		thread->exit_code = stat->exit_code;
	thread->waited_for_known = read_waited_for(u, tid, stat->state, &thread->waited_for);
	return 0;
}

/* The threads beside the leader. */
static int read_threads(const struct snapshot *s, struct subject *u)
{
	int fd = openat(u->dir.fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	int r = 0;
	DIR *dir;

	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (entry = readdir(dir))) {
		struct proctext_status status;
		struct proctext_stat stat;
		char path[64];
		uint32_t tid;

		if (parse_pid(entry->d_name, &tid) < 0 || tid == u->p->tgid)
			continue;
		snprintf(path, sizeof(path), "%u/stat", tid);
		if (procfs_read_stat_at(fd, path, &stat) < 0)
			continue;
		snprintf(path, sizeof(path), "%u/status", tid);
		if (procfs_read_status_at(fd, path, &status) < 0)
			continue;
		r = add_thread(s, u, tid, &stat, &status);
	}
	closedir(dir);
	return r;
}

static void set_identity(const struct snapshot *s, struct subject *u,
			 const struct proctext_status *status)
{
	struct process *p = u->p;
	struct stat st;

	if (fstatat(u->dir.fd, "ns/pid", &st, 0) == 0)
		p->pid_ns = (uint32_t)st.st_ino;
	if (status->ns_pid_count > 0) {
		p->ns_level = status->ns_pid_count - 1;
		p->ns_tgid = status->ns_pid[p->ns_level];
		p->namespace_init = p->ns_tgid == 1;
	}
	p->global_init = s->initial_namespace && p->namespace_init && p->ns_level == 0;
	if (status->has_uids) {
		p->uid = status->real_uid;
		p->saved_uid = status->saved_uid;
	}
	p->known |= PROCESS_KNOWN_DISPOSITIONS;
	p->ignored = status->ignored;
	p->caught = status->caught;
	p->pending = status->shared_pending;
	p->thread_count = status->threads;
}

static void set_from_stat(struct process *p, const struct proctext_stat *stat)
{
	p->parent_tgid = stat->ppid;
	p->start_boot_ns = stat->start_ticks * PROCFS_TICK_NS;
	memcpy(p->comm, stat->comm, sizeof(p->comm));
	p->kernel_thread = stat->flags & PF_KTHREAD;
	p->thread_count = stat->num_threads;
	p->known &= ~(PROCESS_KNOWN_IDS | PROCESS_KNOWN_STATE);
	if (state_of_letter(stat->state, &p->leader_state))
		p->known |= PROCESS_KNOWN_STATE;
	/* 0: its group or session is one of a namespace above, and may be any. */
	if (stat->has_ids && stat->pgid && stat->sid) {
		p->known |= PROCESS_KNOWN_IDS;
		p->pgid = stat->pgid;
		p->sid = stat->sid;
		p->has_tty = stat->has_tty;
	}
}

/* 0, -ENOMEM, or another negative errno if the process is gone or cannot be read. */
static int read_open(const struct snapshot *s, struct subject *u, enum depth depth)
{
	struct proctext_status status;
	int r = procfs_read_stat_at(u->dir.fd, "stat", &u->stat);

	if (r < 0)
		return r;
	if (u->stat.start_ticks * PROCFS_TICK_NS != u->p->start_boot_ns)
		return -ESRCH;
	r = procfs_read_status_at(u->dir.fd, "status", &status);
	if (r < 0)
		return r;
	/* Somebody reaps it right now. */
	if (!status.has_signals)
		return -ESRCH;
	set_from_stat(u->p, &u->stat);
	set_identity(s, u, &status);
	if (depth < DEPTH_THREADS)
		return 0;
	r = add_thread(s, u, u->p->tgid, &u->stat, &status);
	if (r == 0 && u->stat.num_threads != 1)
		r = read_threads(s, u);
	return r;
}

static int read_process(const struct snapshot *s, struct process *p, enum depth depth)
{
	struct subject u = {.p = p, .dir.tgid = p->tgid};
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%u", p->tgid);
	u.dir.fd = openat(s->proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (u.dir.fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = read_open(s, &u, depth);
	proc_dir_close(&u.dir);
	return r;
}

/* Every process, with what its stat tells. */
static int list_processes(const struct snapshot *s, DIR *proc)
{
	struct dirent *entry;

	while ((entry = readdir(proc))) {
		struct proctext_stat stat;
		struct process *p;
		char path[64];
		uint32_t tgid;

		if (parse_pid(entry->d_name, &tgid) < 0)
			continue;
		snprintf(path, sizeof(path), "%u/stat", tgid);
		if (procfs_read_stat_at(s->proc_fd, path, &stat) < 0)
			continue;
		p = process_table_add(s->table, tgid);
		if (!p)
			return -ENOMEM;
		set_from_stat(p, &stat);
		p->global_init = s->initial_namespace && tgid == 1;
	}
	process_table_sort(s->table);
	return 0;
}

static int select_wanted(const struct snapshot_request *request, struct process_table *table)
{
	for (size_t i = 0; i < request->tgids_len; i++) {
		struct process *p = process_table_find(table, request->tgids[i]);

		if (p)
			p->selected = true;
	}
	return request->descendants ? process_table_select_descendants(table) : 0;
}

/* Reads the processes of one depth, selected or not. Those that are gone meanwhile are marked. */
static int read_processes(const struct snapshot *s, enum depth *depths, bool selected)
{
	for (size_t i = 0; i < s->table->len; i++) {
		struct process *p = &s->table->list[i];
		int r;

		if (depths[i] == DEPTH_STAT || p->selected != selected)
			continue;
		r = read_process(s, p, depths[i]);
		if (r == -ENOMEM)
			return r;
		if (r == -ESRCH || (r < 0 && selected))
			depths[i] = DEPTH_GONE;
	}
	return 0;
}

static void deepen(const struct process_table *t, enum depth *depths, const struct process *p,
		   enum depth depth)
{
	if (p && depths[p - t->list] < depth)
		depths[p - t->list] = depth;
}

/*
 * Whom else the facts of the selected ones are compared with: parents, from which masks and
 * dispositions are inherited; children, which they may wait for; and for the init of a PID
 * namespace that comes to its end all that may be in there.
 */
static void find_relatives(const struct process_table *t, enum depth *depths)
{
	bool namespace_ends = false;

	for (size_t i = 0; i < t->len; i++) {
		const struct process *p = &t->list[i];
		const struct process *parent = process_table_find(t, p->parent_tgid);

		if (p->selected) {
			deepen(t, depths, parent, DEPTH_THREADS);
			namespace_ends |= p->namespace_init && process_is_dying(p);
		} else if (parent && parent->selected) {
			deepen(t, depths, p, DEPTH_IDENTITY);
		}
	}
	for (size_t i = 0; namespace_ends && i < t->len; i++)
		deepen(t, depths, &t->list[i], DEPTH_IDENTITY);
}

static void remove_gone(struct process_table *t, const enum depth *depths)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		if (depths[i] == DEPTH_GONE)
			process_forget_details(&t->list[i]);
		else
			t->list[kept++] = t->list[i];
	}
	t->len = kept;
}

static int read_details(const struct snapshot *s)
{
	struct process_table *t = s->table;
	enum depth *depths = calloc(t->len ? t->len : 1, sizeof(*depths));
	int r;

	if (!depths)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++)
		depths[i] = t->list[i].selected ? DEPTH_THREADS : DEPTH_STAT;
	r = read_processes(s, depths, true);
	if (r == 0) {
		find_relatives(t, depths);
		r = read_processes(s, depths, false);
	}
	if (r == 0) {
		remove_gone(t, depths);
		process_table_sort(t);
	}
	free(depths);
	return r;
}

int procfs_snapshot_take(const struct snapshot_request *request, struct process_table *ret)
{
	struct process_table table = {.evidence = PROCESS_EVIDENCE_PROCFS};
	DIR *proc = opendir("/proc");
	struct snapshot s;
	int r;

	if (!proc)
		return -errno;
	s = (struct snapshot){
		.proc_fd = dirfd(proc),
		.table = &table,
		.initial_namespace = privilege_namespace_own(PRIVILEGE_NAMESPACE_PID) ==
				     privilege_namespace_initial(PRIVILEGE_NAMESPACE_PID),
	};
	r = list_processes(&s, proc);
	if (r == 0)
		r = select_wanted(request, &table);
	if (r == 0)
		r = read_details(&s);
	closedir(proc);
	if (r < 0) {
		process_table_free(&table);
		return r;
	}
	*ret = table;
	return 0;
}
